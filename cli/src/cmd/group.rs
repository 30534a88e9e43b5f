//! `moot group`: found, move and show groups.

use std::path::PathBuf;

use clap_complete::ArgValueCandidates;
use folkmoot_node::{
    clock,
    control::view::{FoundRequest, GroupView, LogKeyView, Taken},
};
use folkmoot_protocol::{
    cbor,
    charter::{Host, RawCharter},
    effect::Effect,
    envelope::{Kind, Signed},
    id::hex_encode,
    statement::FoundingContent,
};

use super::{CliError, Ctx, propose, read_toml};
use crate::{
    client::ClientError,
    complete,
    output::{fields, local},
};

/// Found, move and show groups
#[derive(Debug, clap::Subcommand)]
pub(crate) enum GroupCommand {
    /// Found a group on this node with a charter; you sign it as a founder
    Found {
        /// The charter file
        charter: PathBuf,
        /// Further founders, whose keys are here too
        #[arg(long = "with")]
        with: Vec<String>,
    },
    /// Make a log key on this node for a group that is to move here
    PrepareMove {
        /// The group, for the command that is shown
        group: String,
    },
    /// Propose to your group that another node hosts it
    Move {
        /// The group
        group: String,
        /// The log key that the other node made: `moot group prepare-move` prints it there
        #[arg(long)]
        log_key: String,
        /// The other node
        #[arg(long)]
        to: String,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Propose to your group to sign its log with a new key of this node
    NewKey {
        /// The group
        group: String,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Show the groups whose logs are here
    Show {
        /// Only this group
        #[arg(add = ArgValueCandidates::new(complete::groups))]
        group: Option<String>,
    },
}

/// Runs `moot group`.
///
/// # Errors
/// If the charter cannot stand, or the node refuses.
pub(crate) async fn run(command: GroupCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        GroupCommand::Found { charter, with } => found(&charter, &with, ctx).await,
        GroupCommand::PrepareMove { group } => prepare_move(&group, ctx).await,
        GroupCommand::Move { group, log_key, to, why } => {
            let parse = |key: &str| key.parse().map_err(|error| CliError::Input(format!("{error}")));
            let host = Host { log_key: parse(&log_key)?, node: parse(&to)? };
            let title = format!("Move '{group}' to another node");
            propose::file(ctx, Some(&group), &title, &why, vec![Effect::SetHost(host)], None).await
        }
        GroupCommand::NewKey { group, why } => {
            let host = new_log_key(ctx).await?;
            let title = format!("A new log key for '{group}'");
            propose::file(ctx, Some(&group), &title, &why, vec![Effect::SetHost(host)], None).await
        }
        GroupCommand::Show { group } => show(group, ctx).await,
    }
}

async fn new_log_key(ctx: &Ctx) -> Result<Host, CliError> {
    let key: LogKeyView = ctx.client().post("/v1/log-keys", &serde_json::json!({})).await?;
    let parse = |key: &str| key.parse().map_err(|error| ClientError::Answer(format!("{error}")));
    Ok(Host { log_key: parse(&key.log_key)?, node: parse(&key.node)? })
}

async fn prepare_move(group: &str, ctx: &Ctx) -> Result<(), CliError> {
    let host = new_log_key(ctx).await?;
    ctx.out.show(&serde_json::json!({"group": group, "log_key": host.log_key, "node": host.node}), |_| {
        format!(
            "This node is ready to host '{group}'. It has to follow the federation (moot federation follow --moving).\n\
             There: moot group move {group} --log-key {} --to {} --why WHY",
            host.log_key, host.node
        )
    })?;
    Ok(())
}

async fn found(file: &std::path::Path, with: &[String], ctx: &Ctx) -> Result<(), CliError> {
    let raw: RawCharter = read_toml(file)?;
    let identities = ctx.identities();
    let mut signers = vec![ctx.signer()?];
    for name in with {
        signers.push(identities.signer(name, &ctx.passphrase.source())?);
    }
    // A look at the charter before the node makes a key for it.
    super::charter::stands(file, ctx)?;
    let client = ctx.client();
    let host = new_log_key(ctx).await?;
    let find = |name: &folkmoot_protocol::name::Name| identities.public(name.as_str()).ok();
    let charter = raw
        .resolve(clock::now(), host, &find)
        .map_err(|error| CliError::Input(format!("{}: {error}", file.display())))?;
    let mut foundings = Vec::new();
    for signer in &signers {
        let founding = Signed::try_sign(Kind::Founding, FoundingContent { charter: charter.hash() }, signer.as_ref())?;
        foundings.push(hex_encode(founding.bytes()));
    }
    let request = FoundRequest { charter: hex_encode(&cbor::encode(&charter)), foundings };
    let taken: Taken = client.post("/v1/groups", &request).await?;
    let id = taken.id.unwrap_or_default();
    ctx.out.show(&serde_json::json!({"group": id, "name": charter.name, "node": host.node}), |_| {
        format!(
            "Founded '{}', signed by {} of its {} people.\n{}\n\
             Next: moot propose --domain DOMAIN --title TITLE --why WHY --text TEXT",
            charter.name,
            signers.len(),
            charter.people(),
            // As an agreement of a federation names them.
            fields(&[("log", id.clone()), ("node", host.node.to_string())])
        )
    })?;
    Ok(())
}

async fn show(group: Option<String>, ctx: &Ctx) -> Result<(), CliError> {
    let mut groups: Vec<GroupView> = ctx.client().get("/v1/groups").await?;
    if let Some(name) = &group {
        groups.retain(|group| group.name == *name || group.group.starts_with(name.as_str()));
        if groups.is_empty() {
            return Err(CliError::Input(format!("there is no group '{name}' here (moot group show lists them)")));
        }
    }
    ctx.out.show(&groups, |groups| groups.iter().map(|group| words(group, ctx)).collect::<Vec<_>>().join("\n\n"))?;
    Ok(())
}

fn words(group: &GroupView, ctx: &Ctx) -> String {
    let sealed = match (group.seal.up_to, group.seal.witnesses) {
        (Some(up_to), _) if up_to >= group.number => "sealed".to_owned(),
        (Some(up_to), _) => format!("sealed up to entry {up_to}"),
        (None, _) if group.seal.elsewhere => "sealed by a panel that is not known here".to_owned(),
        (None, 0) => "not sealed: nobody but the host holds it; a federation's witnesses would".to_owned(),
        (None, _) => "not yet sealed".to_owned(),
    };
    let nobody = if group.federation.is_some() { "" } else { " (in no federation)" };
    let rows = [
        ("id", group.group.clone()),
        ("host", format!("{}{nobody}", group.host)),
        ("entries", format!("{} (last {}), {sealed}", group.number + 1, local(&group.time))),
        ("proposals", format!("{} open, {} ended", group.open, group.decided)),
        ("digest", group.digest.clone()),
    ];
    let hosted = if group.hosted { "(hosted here)" } else { "" };
    let mut text = format!("{}  {hosted}\n{}", ctx.out.bold(&group.name), fields(&rows));
    if let Some(reason) = &group.stopped {
        text.push_str(&format!("\n  {} {reason}", ctx.out.bad("stopped:")));
    }
    text
}
