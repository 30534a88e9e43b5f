//! `moot charter`: start, check and show charters.

use std::path::PathBuf;

use clap_complete::ArgValueCandidates;
use folkmoot_node::{clock, control::view::GroupView};
use folkmoot_protocol::{
    charter::{Charter, Host, RawCharter},
    key::SecretKey,
};
use serde_json::json;

use super::{CliError, Ctx, read_toml};
use crate::{client::escape, complete};

/// Start, check and show charters
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CharterCommand {
    /// Write a first charter for a small group, to be edited
    New {
        /// Name of the group
        name: String,
        /// Where to write it; NAME.toml if left out
        #[arg(short, long)]
        out: Option<PathBuf>,
        /// Its first members by handle; their keys are looked up among yours
        #[arg(long = "member")]
        members: Vec<String>,
    },
    /// Check a charter file
    Check {
        /// The file
        file: PathBuf,
    },
    /// Show the charter in force
    Show {
        /// The group, if the node holds several
        #[arg(add = ArgValueCandidates::new(complete::groups))]
        group: Option<String>,
    },
}

/// Runs `moot charter`.
///
/// # Errors
/// If the charter cannot stand, be found or be written.
pub(crate) async fn run(command: CharterCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        CharterCommand::New { name, out, members } => new(&name, out, &members, ctx),
        CharterCommand::Check { file } => check(&file, ctx),
        CharterCommand::Show { group } => show(group, ctx).await,
    }
}

fn new(name: &str, out: Option<PathBuf>, members: &[String], ctx: &Ctx) -> Result<(), CliError> {
    let path = out.unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    name.parse::<folkmoot_protocol::name::Name>().map_err(|error| CliError::Input(error.to_string()))?;
    let members = if members.is_empty() { vec![ctx.who()?] } else { members.to_vec() };
    let mut lines = String::new();
    for member in &members {
        let key = ctx.identities().public(member).map(|key| key.to_string());
        let key = key.unwrap_or_else(|_| "did:key:…".into());
        lines.push_str(&format!("[members.{member}]\nkeys = [\"{key}\"]\n\n"));
    }
    let text = TEMPLATE.replace("NAME", name).replace("FIRST", &members[0]).replace("MEMBERS\n", &lines);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|error| CliError::Input(format!("cannot create {}: {error}", path.display())))?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    ctx.out.show(&json!({"file": path}), |_| {
        format!("Wrote {}. Edit it, then: moot charter check {}", path.display(), path.display())
    })?;
    Ok(())
}

fn check(file: &std::path::Path, ctx: &Ctx) -> Result<(), CliError> {
    let charter = resolve_for_check(file, ctx)?;
    let value = json!({
        "ok": true, "group": charter.name, "members": charter.members.len(), "people": charter.people(),
        "roles": charter.roles.len(), "domains": charter.domains.len(),
    });
    ctx.out.show(&value, |_| {
        format!(
            "The charter of '{}' can stand: {} members ({} people), {} roles, {} domains.\nNext: moot group found {}",
            charter.name,
            charter.members.len(),
            charter.people(),
            charter.roles.len(),
            charter.domains.len(),
            file.display()
        )
    })?;
    Ok(())
}

/// Resolves a charter for a look at it; the host's keys are stand-ins that are never used.
fn resolve_for_check(file: &std::path::Path, ctx: &Ctx) -> Result<Charter, CliError> {
    let raw: RawCharter = read_toml(file)?;
    let stand_in = |seed: u8| SecretKey::from_seed([seed; 32]).public();
    let host = Host { log_key: stand_in(251), node: stand_in(252) };
    let identities = ctx.identities();
    let find = |name: &folkmoot_protocol::name::Name| identities.public(name.as_str()).ok();
    raw.resolve(clock::now(), host, &find).map_err(|error| CliError::Input(format!("{}: {error}", file.display())))
}

async fn show(group: Option<String>, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let group = match group {
        Some(group) => group,
        None => only_group(&client.get::<Vec<GroupView>>("/v1/groups").await?)?,
    };
    let charter: serde_json::Value = client.get(&format!("/v1/groups/{}/charter", escape(&group))).await?;
    ctx.out.show(&charter, |value| toml::to_string_pretty(value).unwrap_or_else(|error| error.to_string()))?;
    Ok(())
}

/// The only group there is.
pub(crate) fn only_group(groups: &[GroupView]) -> Result<String, CliError> {
    match groups {
        [one] => Ok(one.group.clone()),
        [] => Err(CliError::Input("this node holds no group yet: found one (moot group found CHARTER)".into())),
        many => {
            let names: Vec<&str> = many.iter().map(|group| group.name.as_str()).take(20).collect();
            Err(CliError::Input(format!("this node holds several groups, name one: {}", names.join(", "))))
        }
    }
}

/// The place of the group that a name or the start of an id means; a name goes first.
pub(crate) fn find_group(groups: &[GroupView], text: &str) -> Option<usize> {
    let named = groups.iter().position(|group| group.name == text);
    named.or_else(|| groups.iter().position(|group| group.group.starts_with(text)))
}

const TEMPLATE: &str = r#"# The charter of NAME. Check it with: moot charter check NAME.toml
name = "NAME"
purpose = "Say in a sentence what the group is there for."
values = ["Who is affected is heard."]

# Members and their keys (moot id show prints them). An agent has a sponsor, a scope and an end:
#   [members.bot]
#   keys = ["did:key:…"]
#   agent = { sponsor = "FIRST", scope = ["purchases"], until = "+90d" }
MEMBERS
# Roles end by themselves. Dates are written 2027-01-31, or +180d for a time from the founding.
[roles.treasurer]
purpose = "Buys what the group needs, within what it has."
holders = [{ member = "FIRST", until = "+180d" }]

# Domains: who decides what, and how. Purpose, principle and belonging are for people only.
[domains.charter]
purpose = "Purpose, roles, domains and rules."
stakes = "high"
people_only = true
rule = { consent = { closing = "7d", minimum = "1d", quorum = "1/2" } }

[domains.membership]
purpose = "Who belongs, and with which keys."
stakes = "high"
people_only = true
rule = { consent = { closing = "7d", minimum = "1d", quorum = "1/2" } }

[domains.work]
purpose = "How we work together."
rule = { consent = { closing = "7d", minimum = "1d", quorum = "1/2" } }

[domains.purchases]
purpose = "What we buy."
owner = "role:treasurer"
stakes = "low"
rule = { delegate = { closing = "7d", call_in = { window = "2d", rule = { closing = "7d", minimum = "1d", quorum = "1/2" } } } }
"#;
