//! `moot charter`: start, check, compare and show charters.

mod check;
mod diff;
mod new;

use std::path::{Path, PathBuf};

use clap_complete::ArgValueCandidates;
use folkmoot_node::{clock, control::view::GroupView};
use folkmoot_protocol::{
    charter::{Charter, Host, RawCharter},
    key::{PublicKey, SecretKey},
    name::Name,
    time::Timestamp,
};
use serde_json::Value;

use super::{CliError, Ctx, read_toml};
use crate::{client::escape, complete};

/// Start, check, compare and show charters
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CharterCommand {
    /// Write a first charter, to be edited
    New {
        /// Name of the group
        name: String,
        /// Where to write it; NAME.toml if left out
        #[arg(short, long)]
        out: Option<PathBuf>,
        /// Its first members by handle; their keys are looked up among yours
        #[arg(long = "member")]
        members: Vec<String>,
        /// What to start from (moot charter templates); left out, a first charter for a small group
        #[arg(long, value_parser = new::names())]
        template: Option<String>,
    },
    /// List what a charter can start from
    Templates,
    /// Check a charter: what cannot stand, what will not work as you expect, and what to change
    Check {
        /// A charter file, or a group by name or id: its charter in force
        #[arg(add = ArgValueCandidates::new(complete::groups))]
        charter: String,
    },
    /// Show what differs between two charters, and which domains must pass each change
    Diff {
        /// A charter file, or a group by name or id: its charter in force
        #[arg(add = ArgValueCandidates::new(complete::groups))]
        old: String,
        /// A charter file, or a group by name or id
        #[arg(add = ArgValueCandidates::new(complete::groups))]
        new: String,
        /// Write the effects that lead from the old one to the new one into this file, for moot propose --effects
        #[arg(long, value_name = "FILE")]
        effects: Option<PathBuf>,
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
        CharterCommand::New { name, out, members, template } => {
            new::new(&name, out, &members, template.as_deref(), ctx)
        }
        CharterCommand::Templates => new::list(ctx),
        CharterCommand::Check { charter } => check::check(&charter, ctx).await,
        CharterCommand::Diff { old, new, effects } => diff::diff(&old, &new, effects.as_deref(), ctx).await,
        CharterCommand::Show { group } => show(group, ctx).await,
    }
}

/// Resolves a charter file for a look at it, as if the group were founded at `now`; the host's keys are stand-ins that
/// are never used, and `key` finds members' keys that the file leaves out.
fn resolve(file: &Path, now: Timestamp, key: &dyn Fn(&Name) -> Option<PublicKey>) -> Result<Charter, CliError> {
    let raw: RawCharter = read_toml(file)?;
    let stand_in = |seed: u8| SecretKey::from_seed([seed; 32]).public();
    let host = Host { log_key: stand_in(251), node: stand_in(252) };
    raw.resolve(now, host, key).map_err(|error| CliError::Input(format!("{}: {error}", file.display())))
}

/// Checks that a charter file can stand; what may not work in it is for `moot charter check` to say.
///
/// # Errors
/// The first part that cannot stand.
pub(crate) fn stands(file: &Path, ctx: &Ctx) -> Result<Charter, CliError> {
    let identities = ctx.identities();
    resolve(file, clock::now(), &|name| identities.public(name.as_str()).ok())
}

async fn show(group: Option<String>, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let group = match group {
        Some(group) => group,
        None => only_group(&client.get::<Vec<GroupView>>("/v1/groups").await?)?,
    };
    let charter: Value = client.get(&format!("/v1/groups/{}/charter", escape(&group))).await?;
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

/// A value as a charter file writes it.
pub(crate) fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(items.iter().filter_map(written).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields =
                fields.iter().filter_map(|(key, value)| written(value).map(|value| format!("{key} = {value}")));
            Some(format!("{{ {} }}", fields.collect::<Vec<_>>().join(", ")))
        }
        other => Some(other.to_string()),
    }
}

/// The place of the group that a name or the start of an id means; a name goes first.
pub(crate) fn find_group(groups: &[GroupView], text: &str) -> Option<usize> {
    let named = groups.iter().position(|group| group.name == text);
    named.or_else(|| groups.iter().position(|group| group.group.starts_with(text)))
}
