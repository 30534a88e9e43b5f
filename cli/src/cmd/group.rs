//! `moot group`: found and show groups.

use std::path::PathBuf;

use clap_complete::ArgValueCandidates;
use folkmoot_node::{
    clock,
    control::view::{FoundRequest, GroupView, LogKeyView, Taken},
};
use folkmoot_protocol::{
    cbor,
    charter::{Host, RawCharter},
    envelope::{Kind, Signed},
    id::hex_encode,
    statement::FoundingContent,
};

use super::{CliError, Ctx, read_toml};
use crate::{
    client::ClientError,
    complete,
    output::{fields, local, short},
};

/// Found and show groups
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
        GroupCommand::Show { group } => show(group, ctx).await,
    }
}

async fn found(file: &std::path::Path, with: &[String], ctx: &Ctx) -> Result<(), CliError> {
    let raw: RawCharter = read_toml(file)?;
    let identities = ctx.identities();
    let mut signers = vec![ctx.signer()?];
    for name in with {
        signers.push(identities.signer(name, &ctx.passphrase.source())?);
    }
    // A look at the charter before the node makes a key for it.
    super::charter::run(super::charter::CharterCommand::Check { file: file.to_owned() }, &ctx.silent()).await?;
    let client = ctx.client();
    let key: LogKeyView = client.post("/v1/log-keys", &serde_json::json!({})).await?;
    let parse = |key: &str| key.parse().map_err(|error| ClientError::Answer(format!("{error}")));
    let host = Host { log_key: parse(&key.log_key)?, node: parse(&key.node)? };
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
    ctx.out.show(&serde_json::json!({"group": id, "name": charter.name, "node": key.node}), |_| {
        format!(
            "Founded '{}' ({}), signed by {} of its {} people.\nNext: moot propose --domain DOMAIN --title TITLE --why WHY --text TEXT",
            charter.name,
            short(&id),
            signers.len(),
            charter.people()
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

impl Ctx {
    /// The same surroundings, for a step whose answer is not printed.
    fn silent(&self) -> Self {
        Self { out: self.out.silenced(), ..self.clone() }
    }
}
