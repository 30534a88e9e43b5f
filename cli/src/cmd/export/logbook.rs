//! A group's logbook: its charter as it is, and every decision in the order in which they ended.

use std::fmt::Write as _;

use folkmoot_node::control::view::ProposalView;
use folkmoot_protocol::charter::MemberKind;

use super::{
    Group, adr,
    markdown::{inline, item, quote, subitem},
};
use crate::cmd::show;

/// The first line, by which an earlier logbook of the same group is known.
pub(super) fn mark(group: &Group) -> String {
    format!("<!-- The logbook of {}, written by moot export --logbook. -->\n", group.view.group)
}

/// The whole document.
pub(super) fn text(group: &Group) -> String {
    let (view, mut text) = (&group.view, mark(group));
    let _ = write!(
        text,
        "\n# Logbook of {}\n\n- Group `{}`\n- As of entry {} of {}, `{}`\n- State `{}`\n- Decisions: {}; open: {}\n",
        inline(&view.name),
        view.group,
        view.number,
        view.time,
        view.head,
        view.digest,
        group.decisions.len(),
        group.open.len()
    );
    text.push_str("\n## The charter as it is\n\n");
    text.push_str(&charter(group));
    text.push_str("\n## Decisions\n");
    if group.decisions.is_empty() {
        text.push_str("\nNone yet.\n");
    }
    for (at, decision) in group.decisions.iter().enumerate() {
        text.push_str(&entry(at + 1, decision));
    }
    if !group.open.is_empty() {
        text.push_str("\n## Not decided yet\n\n");
        let line = |open: &ProposalView| {
            format!("{}, by {}, closes {} (`{}`)", open.title, open.author, open.closes, open.proposal)
        };
        group.open.iter().for_each(|open| text.push_str(&format!("- {}\n", inline(&line(open)))));
    }
    text
}

fn charter(group: &Group) -> String {
    let charter = &group.charter;
    let mut text = quote(&charter.purpose);
    if !charter.values.is_empty() {
        text.push_str("\nValues:\n\n");
        charter.values.iter().for_each(|value| text.push_str(&item(value)));
    }
    text.push_str("\nMembers:\n\n");
    for member in charter.members.iter() {
        let kind = match &member.kind {
            MemberKind::Person => String::new(),
            MemberKind::Liaison(liaison) => format!(", the liaison '{}' of {}", liaison.role, liaison.group),
            MemberKind::Agent(limits) => format!(", an agent of {} until {}", limits.sponsor, limits.until),
        };
        text.push_str(&item(&format!("{}{kind}", member.name)));
    }
    if charter.roles.iter().next().is_some() {
        text.push_str("\nRoles:\n\n");
    }
    for role in charter.roles.iter() {
        let holders: Vec<String> =
            role.holders.iter().map(|holder| format!("{} until {}", holder.member, holder.until)).collect();
        let held = if holders.is_empty() { "held by nobody".into() } else { format!("held by {}", holders.join(", ")) };
        text.push_str(&item(&format!("{}: {}", role.name, role.purpose)));
        text.push_str(&subitem(&held));
    }
    text.push_str("\nDomains:\n\n");
    for domain in charter.domains.iter() {
        let people = if domain.people_only { ", people only" } else { "" };
        text.push_str(&item(&format!("{} ({}{people}): {}", domain.name, domain.owner, domain.purpose)));
        text.push_str(&subitem(&format!("Rule: {}", domain.rule)));
    }
    text
}

fn entry(number: usize, decision: &ProposalView) -> String {
    let mut text = format!(
        "\n### {number}. {}\n\n**{}** {}, proposed by {}, version {}.\n\n",
        inline(&decision.title),
        decision.state,
        decision.closes,
        decision.author,
        decision.version
    );
    text.push_str(&adr::why(decision));
    let part = |title: &str, lines: String| if lines.is_empty() { lines } else { format!("\n{title}\n\n{lines}") };
    let items = |lines: Vec<String>| -> String { lines.iter().map(|line| item(line)).collect() };
    text.push_str(&part("Options:", items(show::options(decision))));
    text.push_str(&part("Nominated:", items(show::nominations(decision))));
    text.push_str(&part(
        if decision.state == "passed" { "What changes:" } else { "What would have changed:" },
        items(show::changes(decision)),
    ));
    text.push_str(&part("Who:", responses(decision)));
    let mut rules = adr::polls(decision);
    if let Some(reason) = &decision.void_because {
        rules.push_str(&item(&format!("void: {reason}")));
    }
    if let Some(at) = &decision.to_vote {
        rules.push_str(&item(&format!("sent to a vote {at}, because its last version did not pass")));
    }
    if let Some(call) = &decision.called_in {
        let reason = call.reason.as_deref().unwrap_or("(erased)");
        rules.push_str(&item(&format!("called in by {} {}: {reason}", call.by, call.at)));
    }
    text.push_str(&part("By which rules:", rules));
    text.push_str(&part("Objections:", adr::objections(decision)));
    let mut ids = adr::ids(decision);
    if let Some(review) = &decision.review {
        ids.push_str(&item(&format!("Due for review {review}")));
    }
    text.push_str(&part("Ids and dates:", ids));
    text
}

fn responses(decision: &ProposalView) -> String {
    let line = |response: &folkmoot_node::control::view::ResponseView| {
        let reason = response.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        item(&format!("{} {}, {}, entry {}{reason}", response.member, response.answer, response.at, response.entry))
    };
    decision.responses.iter().map(line).collect()
}
