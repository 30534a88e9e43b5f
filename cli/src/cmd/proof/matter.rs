//! What a file says of a matter, in words: the result, the certificate, and the dossier that travels with them.

use folkmoot_node::control::{
    effect_in_words, settled_in_words,
    view::{MatterView, StanceView},
};
use folkmoot_protocol::proof::{MatterShown, PartShown, PieceShown, StanceShown, Verdict};

use super::lines;
use crate::output::{Output, indent, local, short};

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

/// Says whether that is how a matter ended, and not how it stands while nobody can tell.
pub(super) fn has_result(result: &str) -> bool {
    ["adopted", "not adopted"].contains(&result)
}

/// That a group's log does not show how a matter ended, and whose log may.
pub(super) fn no_result(name: &str, view: &MatterView) -> String {
    let id = short(&view.matter);
    if !has_result(&view.state) {
        return format!("This file proves no result: there is none yet (moot matter show {id}).");
    }
    let others = |is: &dyn Fn(&StanceView) -> bool| -> Vec<&str> {
        let found = view.stances.iter().filter(|stance| stance.group != name && is(stance));
        found.map(|stance| stance.group.as_str()).collect()
    };
    let enacted = others(&|stance| stance.enacted.is_some());
    let whose = match enacted.is_empty() {
        true => others(&|stance| stance.stance == "consents"),
        false => enacted,
    };
    let state = &view.state;
    let may = match whose.as_slice() {
        [] => "Try again when its node has taken the evidence into it".to_owned(),
        some => format!("The logs of those who consented or enacted it do: --group {}", some.join(", or ")),
    };
    format!(
        "This file proves no result. The matter is {state} (moot why {id}), which the log of {name} does not show. {may}."
    )
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cmd::matter::words::tests::view;

    fn stance(group: &str, stance: &str, enacted: Value) -> Value {
        json!({
            "group": group, "group_id": group, "held": true, "affected": true, "domains": [], "ceded": false,
            "linked": false, "after": [], "due": null, "effects": [], "stance": stance, "entry": null, "entry_id": null,
            "at": null, "sealed_at": null, "counts_at": [], "silent_at": [], "decision": null, "open": null,
            "waits_until": null, "enacted": enacted, "not_enacted": null, "breach": false,
        })
    }

    #[test]
    fn a_log_without_the_result_says_whose_has_it() {
        let nothing = no_result("attic", &view(json!({})));
        assert_eq!(nothing, "This file proves no result: there is none yet (moot matter show m00000000).");
        let adopted = |stances: Value| no_result("attic", &view(json!({"state": "adopted", "stances": stances})));
        let consents = |group: &str| stance(group, "consents", Value::Null);
        let says = adopted(json!([consents("attic"), consents("brook"), stance("dairy", "silent", Value::Null)]));
        assert!(says.contains("is adopted (moot why m00000000), which the log of attic does not show"), "{says}");
        assert!(says.ends_with("enacted it do: --group brook."), "{says}");
        let enacted = json!({"entry": 9, "entry_id": null, "at": null, "level": 3, "sealed": true});
        let says = adopted(json!([consents("brook"), stance("dairy", "silent", enacted)]));
        assert!(says.ends_with("--group dairy."), "{says}");
        assert!(adopted(json!([consents("attic")])).ends_with("taken the evidence into it."));
    }
}
