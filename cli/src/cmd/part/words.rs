//! A part of a charter in words.

use serde_json::Value;

use super::Shown;
use crate::{
    cmd::charter::written,
    output::{Output, fields, indent, local, short},
};

/// What `moot show` prints of a part.
pub(super) fn words(shown: &Shown, out: Output) -> String {
    let mut text = format!("{}  in {}\n", out.bold(&shown.part), shown.group);
    match &shown.now {
        Some(now) => text.push_str(&plain(now)),
        None => text.push_str("It has ended.\n"),
    }
    let facts: Vec<(&str, String)> = shown.facts.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    if !facts.is_empty() {
        text.push_str(&format!("{}\n", fields(&facts)));
    }
    let open =
        shown.open.iter().map(|one| format!("{}  {} (closes {})", short(&one.proposal), one.title, local(&one.closes)));
    text.push_str(&section(out, "Open", open.collect()));
    let mark = |safe: bool| if safe { String::new() } else { format!(" ({})", out.bad("not yet safe")) };
    let agreed = shown
        .agreements
        .iter()
        .map(|one| format!("{}  since {}{}: {}", one.agreement, one.since, mark(one.safe), one.text));
    text.push_str(&section(out, "In force", agreed.collect()));
    let changes = shown.changes.iter().map(|change| {
        let by = match (&change.proposal, &change.title) {
            (Some(proposal), Some(title)) => {
                format!("\n  by {} {title} (moot why {})", short(proposal), short(proposal))
            }
            _ => " (the founding)".into(),
        };
        format!("{}  {}{by}{}", local(&change.at.to_string()), change.what, mark(change.safe))
    });
    text + &section(out, "How it came to be so", changes.collect())
}

/// The part as the charter has it: its plain fields, without those that have a line of their own.
fn plain(now: &Value) -> String {
    let told = ["name", "rule", "holders", "owner", "kind", "keys"];
    let mut lines = Vec::new();
    for (field, value) in now.as_object().into_iter().flatten().filter(|(field, _)| !told.contains(&field.as_str())) {
        let nothing = *value == Value::Bool(false) || value.as_array().is_some_and(Vec::is_empty);
        let Some(value) = written(value).filter(|_| !nothing) else { continue };
        lines.push((field.replace('_', " "), value));
    }
    let lines: Vec<(&str, String)> = lines.iter().map(|(field, value)| (field.as_str(), value.clone())).collect();
    if lines.is_empty() { String::new() } else { fields(&lines) + "\n" }
}

fn section(out: Output, title: &str, lines: Vec<String>) -> String {
    if lines.is_empty() {
        String::new()
    } else {
        format!("\n{}\n{}\n", out.bold(title), indent(&lines.join("\n"), "  "))
    }
}
