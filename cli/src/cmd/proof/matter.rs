//! What a file says of a matter, in words: the result, the certificate, and the dossier that travels with them.

use folkmoot_node::control::{effect_in_words, settled_in_words};
use folkmoot_protocol::proof::{MatterShown, PartShown, PieceShown, StanceShown, Verdict};

use super::lines;
use crate::output::{Output, indent, local};

/// How a matter stands in a log, what shows it, and what it is about.
pub(super) fn words(shown: &MatterShown, verdict: Verdict, out: Output) -> String {
    let claims = match verdict {
        Verdict::Pass => "What the log shows",
        Verdict::Fail | Verdict::Unresolved => "What it says that the log shows, which is not proven",
    };
    let mut result = vec![
        format!("{} ({})", shown.title, shown.matter.short()),
        format!("{}: {}", shown.name, shown.words()),
        format!("opened by {} {}", shown.sponsor, local(&shown.opened.to_string())),
    ];
    result.extend(shown.enacted.map(|enacted| {
        let (entry, at) = (enacted.entry, local(&enacted.at.to_string()));
        format!("{} enacted its part in entry {entry}, {at}, at level {}", shown.name, enacted.level)
    }));
    let sections = [
        (claims, result),
        ("Certificate", shown.certificate.iter().map(piece).collect()),
        ("Text", vec![shown.text.clone()]),
        ("Parts", shown.parts.iter().map(part).collect()),
        ("Stances that this log knows", shown.stances.iter().map(stance).collect()),
        ("The group's own decisions", shown.decisions.iter().flat_map(lines).collect()),
    ];
    let section = |(title, lines): (&str, Vec<String>)| match lines.is_empty() {
        true => String::new(),
        false => format!("\n{}\n{}\n", out.bold(title), indent(&lines.join("\n"), "  ")),
    };
    sections.into_iter().map(section).collect()
}

fn piece(piece: &PieceShown) -> String {
    let (group, level, at) = (&piece.group, piece.level, local(&piece.at.to_string()));
    let entry = piece.entry.map(|entry| format!(", entry {entry} of its log")).unwrap_or_default();
    match &piece.sealed {
        Some(sealed) => {
            format!("level {level}: {group} consented {at}{entry}, sealed by {}", local(&sealed.to_string()))
        }
        None => format!("level {level}: {group} was silent when it ended {at}, as enough witnesses show"),
    }
}

fn part(part: &PartShown) -> String {
    let domains: Vec<&str> = part.domains.iter().map(|name| name.as_str()).collect();
    let ceded = if part.ceded { ", ceded" } else { "" };
    let linked = if part.linked { ", linked with the others" } else { "" };
    let settles = part.settles.iter().map(|terms| settled_in_words(terms, &part.group_id));
    let changes: Vec<String> = part.effects.iter().map(effect_in_words).chain(settles).collect();
    let effects = match changes.is_empty() {
        true => "nothing is to change, so this is advice".into(),
        false => changes.join("; "),
    };
    format!("{} in {}{ceded}{linked}: {effects}", part.group, domains.join(", "))
}

fn stance(stance: &StanceShown) -> String {
    let entry = stance.entry.map(|entry| format!(" in entry {entry} of its log")).unwrap_or_default();
    let sealed = match (&stance.at, &stance.sealed) {
        (Some(_), Some(at)) => format!(", sealed by {}", local(&at.to_string())),
        (Some(_), None) => ", which this log does not show to be sealed".into(),
        (None, _) => String::new(),
    };
    let silent: Vec<String> = stance.silent_at.iter().map(u8::to_string).collect();
    let silent = if silent.is_empty() { String::new() } else { format!("; silent at level {}", silent.join(", ")) };
    let said = if stance.stance == "unknown" { "nothing is known" } else { stance.stance.as_str() };
    format!("{}: {said}{entry}{sealed}{silent}", stance.group)
}
