//! `moot export`: the proof of a decision or of a matter's result (`cmd/proof`), or a group's decisions as Markdown, for
//! people and archives that have no node.
//!
//! What is written is a function of the log alone, with dates in UTC: every node of a federation writes the same.

mod adr;
mod logbook;
mod markdown;
mod place;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::ArgGroup;
use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{GroupView, ProposalView};
use folkmoot_protocol::charter::Charter;
use serde_json::json;

use super::{
    CliError, Ctx,
    charter::{find_group, only_group},
    proof,
};
use crate::{client::escape, complete};

/// The arguments of `moot export`.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("what").required(true).args(["proposal", "logbook", "adr"])))]
pub(crate) struct ExportArgs {
    /// The decided proposal to prove, or the matter whose result a group's log shows: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::reasons), requires = "output")]
    proposal: Option<String>,
    /// Prove it from the first entry of the log on, which needs no trust in a panel
    #[arg(long, requires = "proposal")]
    full: bool,
    /// Every decision of the group in one Markdown document
    #[arg(long)]
    logbook: bool,
    /// One file per decision in this folder, as architecture decision records (MADR 4.0)
    #[arg(long, value_name = "DIR")]
    adr: Option<PathBuf>,
    /// The group, if the node holds several; of a matter the one whose log is to show it
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// The file: of a proof, which must not exist; or of the logbook, which is printed without one
    #[arg(short, long, value_name = "FILE", conflicts_with = "adr")]
    output: Option<PathBuf>,
    /// Also write over files that somebody else wrote or changed
    #[arg(long, conflicts_with = "proposal")]
    force: bool,
}

/// What is exported of a group.
#[derive(Debug)]
struct Group {
    view: GroupView,
    charter: Charter,
    /// Those that have ended, in the order of their ends.
    decisions: Vec<ProposalView>,
    /// The others, in the order in which they opened.
    open: Vec<ProposalView>,
}

/// Runs `moot export`.
///
/// # Errors
/// If there is no such group, the node does not answer, or a file is in the way.
pub(crate) async fn run(args: &ExportArgs, ctx: &Ctx) -> Result<(), CliError> {
    if let (Some(proposal), Some(file)) = (&args.proposal, &args.output) {
        return proof::export(proposal, args.group.as_deref(), file, args.full, ctx).await;
    }
    let group = Group::read(args.group.as_deref(), ctx).await?;
    match (&args.adr, &args.output) {
        (Some(folder), _) => {
            let records = adr::files(&group.decisions);
            let records: Vec<_> = records.into_iter().map(|(name, text)| (folder.join(name), text)).collect();
            let written = place::all(&records, args.force, |_| false)?;
            let done = json!({"folder": folder, "decisions": records.len(), "written": written});
            ctx.out.show(&done, |_| {
                let kept = records.len() - written;
                format!("Decisions in {}: {}; {written} written, {kept} were there", folder.display(), records.len())
            })?;
        }
        (None, Some(file)) => {
            let mark = logbook::mark(&group);
            let text = logbook::text(&group);
            let written = place::all(&[(file.clone(), text)], args.force, |there| there.starts_with(&mark))?;
            let done = json!({"file": file, "decisions": group.decisions.len(), "written": written > 0});
            ctx.out.show(&done, |_| format!("Decisions in {}: {}", file.display(), group.decisions.len()))?;
        }
        (None, None) => {
            let text = logbook::text(&group);
            ctx.out.show(&json!({"logbook": text}), |_| text.clone())?;
        }
    }
    Ok(())
}

impl Group {
    async fn read(named: Option<&str>, ctx: &Ctx) -> Result<Self, CliError> {
        let client = ctx.client();
        let mut groups: Vec<GroupView> = client.get("/v1/groups").await?;
        let name = match named {
            Some(name) => name.to_owned(),
            None => only_group(&groups)?,
        };
        // The node says which group a name or the start of an id means, or that there is none.
        let charter: Charter = client.get(&format!("/v1/groups/{}/charter", escape(&name))).await?;
        let proposals: Vec<ProposalView> = client.get(&format!("/v1/proposals?group={}", escape(&name))).await?;
        let at = find_group(&groups, &name).ok_or_else(|| CliError::Input(format!("no group '{name}'")))?;
        let view = groups.swap_remove(at);
        let (mut decisions, mut open): (Vec<_>, Vec<_>) =
            proposals.into_iter().partition(|proposal| proposal.entry.is_some());
        decisions.sort_by(|a, b| (a.entry, &a.proposal).cmp(&(b.entry, &b.proposal)));
        open.sort_by(|a, b| (&a.opened, &a.proposal).cmp(&(&b.opened, &b.proposal)));
        Ok(Self { view, charter, decisions, open })
    }
}
