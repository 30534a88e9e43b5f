//! Recomputing a decision from the signed log: here, in this process, by the rules alone.

use folkmoot_node::control::view::{EntryView, GroupView, ProposalView};
use folkmoot_protocol::{
    entry::{Entry, EntryAct},
    id::hex_decode_vec,
    replay::Replica,
};
use serde::Serialize;

use super::chain::{self, Link};
use crate::{
    client::Client,
    cmd::{CliError, Ctx},
    output::{Output, short},
};

/// Longest log that is fetched and replayed for a look, in entries: what is longer would keep its reader waiting.
pub(super) const LONGEST: u64 = 5000;
/// Entries fetched at a time.
const PAGE: u64 = 500;

/// What the signed log says of a proposal.
#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    /// Every entry that is about it.
    pub(super) chain: Vec<Link>,
    /// What came of it when the log was replayed here.
    pub(super) recomputed: Recomputed,
}

/// What came of a replay.
#[derive(Debug, Serialize)]
pub(super) struct Recomputed {
    /// Whether it is what the node shows; nothing if it was not recomputed.
    pub(super) same: Option<bool>,
    /// How many entries were replayed.
    entries: u64,
    /// The outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// The digest of the state after the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The last digest that the log states, and every replica had to come to: the entry that states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stated_in: Option<u64>,
    /// The entry up to which the log's witnesses have signed what they recomputed themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed: Option<u64>,
    /// What differs, or why it was not recomputed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

/// Fetches the signed log behind a proposal and replays it.
///
/// # Errors
/// If the node does not answer.
pub(super) async fn evidence(proposal: &ProposalView, ctx: &Ctx) -> Result<Evidence, CliError> {
    let client = ctx.client();
    // Asked for after the proposal, so that its log is at least as long.
    let groups: Vec<GroupView> = client.get("/v1/groups").await?;
    let group = groups.into_iter().find(|group| group.group == proposal.group);
    let group = group.ok_or_else(|| CliError::Failed(format!("the node has no group {}", proposal.group)))?;
    let whole = group.number < LONGEST;
    let opened = proposal.versions.first().map_or(0, |version| version.entry);
    let from = if whole { 0 } else { opened };
    let last = if whole { group.number } else { proposal.entry.unwrap_or(group.number).min(from + LONGEST) };
    let (entries, bad) = fetch(&client, &group.group, from, last).await?;
    let recomputed = match bad {
        Some(problem) => Recomputed::different(&group, problem),
        None if whole => replay(proposal, &group, &entries),
        None => Recomputed::skipped(&group),
    };
    Ok(Evidence { chain: chain::links(proposal, &entries), recomputed })
}

/// Fetches entries and verifies their signatures; those up to the first bad one, and what is wrong with it.
async fn fetch(
    client: &Client,
    group: &str,
    mut from: u64,
    last: u64,
) -> Result<(Vec<(EntryView, Entry)>, Option<String>), CliError> {
    let mut entries = Vec::new();
    while from <= last {
        let limit = PAGE.min(last - from + 1);
        let path = format!("/v1/groups/{group}/log?from={from}&limit={limit}&bytes=true");
        let page: Vec<EntryView> = client.get(&path).await?;
        if page.is_empty() {
            return Ok((entries, Some(format!("entry {from} is missing"))));
        }
        for mut view in page {
            let bytes = view.bytes.take().as_deref().and_then(hex_decode_vec).unwrap_or_default();
            match Entry::decode(&bytes) {
                Ok(entry) if entry.number() == from => entries.push((view, entry)),
                Ok(entry) => return Ok((entries, Some(format!("entry {from} has the number {}", entry.number())))),
                Err(error) => return Ok((entries, Some(format!("entry {from} does not verify: {error}")))),
            }
            from += 1;
        }
    }
    Ok((entries, None))
}

pub(super) fn replay(proposal: &ProposalView, group: &GroupView, entries: &[(EntryView, Entry)]) -> Recomputed {
    let mut replica: Option<Replica> = None;
    let mut stated = None;
    for (_, entry) in entries {
        let taken = match &mut replica {
            None => Replica::found(entry).map(|founded| replica = Some(founded)),
            Some(replica) => replica.check(entry).map(|admitted| replica.apply(admitted)),
        };
        if let Err(refusal) = taken {
            return Recomputed::different(group, format!("entry {} breaks a rule: {refusal}", entry.number()));
        }
        if matches!(entry.content().act, EntryAct::Digest { .. }) {
            stated = Some(entry.number());
        }
    }
    match replica {
        Some(replica) => compare(proposal, group, &replica, stated),
        None => Recomputed::different(group, "the log is empty".into()),
    }
}

fn compare(proposal: &ProposalView, group: &GroupView, replica: &Replica, stated: Option<u64>) -> Recomputed {
    let decision = replica.decisions().find(|decision| decision.proposal.id.to_string() == proposal.proposal);
    let outcome = decision.map(|decision| decision.outcome.word().to_owned());
    let digest = replica.digest().to_string();
    let problem = if replica.log().to_string() != group.group {
        Some(format!("the log is that of {}", replica.log()))
    } else if digest != group.digest {
        Some(format!("the state is {digest}, the node shows {}", group.digest))
    } else if proposal.entry.is_some() && outcome.as_ref() != Some(&proposal.state) {
        let found = outcome.as_deref().unwrap_or("not decided");
        Some(format!("it is {found}, the node shows {}", proposal.state))
    } else if proposal.entry.is_some() && decision.map(|decision| decision.entry) != proposal.entry {
        Some("it ended in another entry".into())
    } else {
        None
    };
    Recomputed {
        same: Some(problem.is_none()),
        entries: group.number + 1,
        outcome,
        digest: Some(digest),
        stated_in: stated,
        witnessed: witnessed(group),
        problem,
    }
}

/// Members seal a log without witnesses by having seen it, which recomputes nothing.
fn witnessed(group: &GroupView) -> Option<u64> {
    group.seal.up_to.filter(|_| group.seal.witnesses > 0)
}

impl Recomputed {
    fn skipped(group: &GroupView) -> Self {
        let entries = group.number + 1;
        let problem = format!(
            "the log has {entries} entries, more than the {LONGEST} that are replayed for a look; the node did so when \
             it took them"
        );
        Self { same: None, entries: 0, problem: Some(problem), ..Self::different(group, String::new()) }
    }

    fn different(group: &GroupView, problem: String) -> Self {
        Self {
            same: Some(false),
            entries: group.number + 1,
            outcome: None,
            digest: None,
            stated_in: None,
            witnessed: witnessed(group),
            problem: Some(problem),
        }
    }

    /// The verdict in words, a line each.
    pub(super) fn words(&self, out: Output) -> Vec<String> {
        let problem = self.problem.as_deref().unwrap_or_default();
        let mut lines = match self.same {
            None => vec![format!("no: {problem}")],
            Some(false) => vec![format!("{}: {problem}", out.bad("IT DIFFERS"))],
            Some(true) => {
                let outcome = self.outcome.as_deref().unwrap_or("not decided yet");
                let digest = self.digest.as_deref().map(short).unwrap_or_default();
                vec![format!(
                    "{}: replayed here from its {} signed entries, it is {outcome}, and the state is {digest}, as the \
                     node shows",
                    out.good("yes"),
                    self.entries
                )]
            }
        };
        if self.same == Some(true) {
            lines.extend(self.stated_in.map(|entry| format!("the last digest in the log, entry {entry}, is the same")));
        }
        let up_to = |entry| format!("its witnesses have signed up to entry {entry}, after recomputing it themselves");
        lines.extend(self.witnessed.map(up_to));
        lines
    }
}
