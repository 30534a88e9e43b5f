//! Decisions as architecture decision records: MADR 4.0, one file each.

use std::fmt::Write as _;

use folkmoot_node::control::view::ProposalView;

use super::markdown::{inline, item, quote, slug, subitem, yaml};
use crate::{cmd::show, output::short};

const ADVICE: &str = "advice";

/// The files of decisions, by their names: `0001-meet-on-mondays.md`.
pub(super) fn files(decisions: &[ProposalView]) -> Vec<(String, String)> {
    let file = |(at, decision): (usize, &ProposalView)| {
        let slug = match slug(&decision.title) {
            slug if slug.is_empty() => short(&decision.proposal).to_owned(),
            slug => slug,
        };
        (format!("{:04}-{slug}.md", at + 1), text(decision))
    };
    decisions.iter().enumerate().map(file).collect()
}

/// The record of a decision. How far it is sealed is left out: that changes after the decision, and this must not.
pub(super) fn text(decision: &ProposalView) -> String {
    let mut text = front_matter(decision);
    let _ = write!(text, "\n# {}\n\n## Context and Problem Statement\n\n", inline(&decision.title));
    text.push_str(&why(decision));
    text.push_str("\n## Considered Options\n\n");
    text.push_str(&options(decision));
    text.push_str("\n## Decision Outcome\n\n");
    text.push_str(&outcome(decision));
    text.push_str("\n### Consequences\n\n");
    text.push_str(&consequences(decision));
    if !decision.objections.is_empty() {
        text.push_str("\n## Objections, and what became of them\n\n");
        text.push_str(&objections(decision));
    }
    text.push_str("\n## More Information\n\n");
    text.push_str(&more(decision));
    text
}

fn front_matter(decision: &ProposalView) -> String {
    let status = match decision.state.as_str() {
        "passed" => "accepted",
        "not passed" => "rejected",
        other => other,
    };
    let said = |advice: bool| {
        let who = decision.responses.iter().filter(move |response| (response.answer == ADVICE) == advice);
        let mut names: Vec<String> = who.map(|response| yaml(&response.member)).collect();
        names.sort();
        names.dedup();
        names.join(", ")
    };
    let day = decision.closes.get(..10).unwrap_or(&decision.closes);
    format!(
        "---\nstatus: {}\ndate: {}\ndecision-makers: [{}]\nconsulted: [{}]\n---\n",
        yaml(status),
        yaml(day),
        said(false),
        said(true)
    )
}

/// Why it was proposed, as its author wrote it.
pub(super) fn why(decision: &ProposalView) -> String {
    quote(decision.why.as_deref().unwrap_or("(The words were erased or are not here; the proof stands.)"))
}

fn options(decision: &ProposalView) -> String {
    let last = decision.versions.len();
    let mut text = String::new();
    for (at, version) in decision.versions.iter().enumerate() {
        let became = if at + 1 == last { "" } else { ", replaced by the next" };
        let integrates: Vec<&str> = version.integrates.iter().map(|id| short(id)).collect();
        let integrates = if integrates.is_empty() {
            String::new()
        } else {
            format!(", means to integrate {}", integrates.join(", "))
        };
        text.push_str(&item(&format!("Version {} of {}{integrates}{became}", at + 1, version.at)));
    }
    show::options(decision).iter().for_each(|option| text.push_str(&item(option)));
    show::nominations(decision).iter().for_each(|line| text.push_str(&item(&format!("Nominated: {line}"))));
    text.push_str("- Leaving it as it was\n");
    text
}

fn outcome(decision: &ProposalView) -> String {
    let chosen = match decision.state.as_str() {
        "passed" => format!("Chosen: version {}", decision.version),
        "withdrawn" => "Withdrawn by its author: it stays as it was".into(),
        "void" => "Void, because its effects no longer applied: it stays as it was".into(),
        _ => "Chosen: leaving it as it was".into(),
    };
    let mut text = format!("{chosen}.\n\n");
    if let Some(reason) = &decision.void_because {
        text.push_str(&item(reason));
    }
    text.push_str(&polls(decision));
    let counted = decision.responses.iter().filter(|response| response.answer != ADVICE);
    let advised = decision.responses.iter().filter(|response| response.answer == ADVICE);
    for response in counted.chain(advised) {
        let reason = response.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        text.push_str(&item(&format!("{} said {}{reason}", response.member, response.answer)));
    }
    text
}

/// The domains, with the rule by which each decided and why it passed or not.
pub(super) fn polls(decision: &ProposalView) -> String {
    let lines = decision.domains.iter().map(|poll| {
        let passed = if poll.passes { "passed" } else { "did not pass" };
        let how = item(&format!("In '{}' ({}) it {passed}: {}", poll.domain, poll.owner, poll.reason));
        how + &subitem(&format!("Rule: {}", poll.rule))
    });
    lines.collect()
}

fn consequences(decision: &ProposalView) -> String {
    if decision.state != "passed" {
        return "None.\n".into();
    }
    let mut text: String = show::changes(decision).iter().map(|change| item(change)).collect();
    if let Some(review) = &decision.review {
        text.push_str(&item(&format!("Due for review {review}")));
    }
    text
}

/// The objections and what became of each.
pub(super) fn objections(decision: &ProposalView) -> String {
    let lines = decision.objections.iter().map(|objection| {
        let reason = objection.reason.as_deref().unwrap_or("(erased)");
        let said = item(&format!("{} to version {}: {reason}", objection.member, objection.version));
        said + &subitem(&format!("What became of it: {}", objection.became))
    });
    lines.collect()
}

fn more(decision: &ProposalView) -> String {
    let entry = decision.entry.map_or("?".into(), |entry| entry.to_string());
    let mut text = format!("- Proposed by {} in the group {}\n", decision.author, inline(&decision.group_name));
    text.push_str(&ids(decision));
    let _ = writeln!(
        text,
        "- Verify it on any node that holds the log: `moot why {}` says whether entry {entry} is sealed, and `moot log {} \
         --json --bytes` prints the signed entries",
        decision.proposal, decision.group
    );
    text
}

/// What names the decision and what it rests on.
pub(super) fn ids(decision: &ProposalView) -> String {
    let entry = decision.entry.map_or("none yet".into(), |entry| entry.to_string());
    format!(
        "- Proposal `{}`\n- Group `{}`\n- Opened {} under the charter `{}`\n- Ended {} by entry {entry}\n",
        decision.proposal, decision.group, decision.opened, decision.charter, decision.closes
    )
}
