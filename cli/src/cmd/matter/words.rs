//! Matters in words: for `moot matter`, and for `moot why`.

use folkmoot_node::control::view::{
    CertificateView, DraftedMatter, DraftedPart, EnactedView, MatterDecisionView, MatterLevelView, MatterRefView,
    MatterView, StanceView, WeightView,
};

use folkmoot_protocol::matter::LEVELS;

use crate::output::{Output, indent, local, short, table::Tone};

/// A matter with its levels, and with what every group said and why.
pub(super) fn show(view: &MatterView, out: Output) -> String {
    let mut text = heading(view, out);
    for (title, lines) in sections(view, out) {
        text.push_str(&section(out, title, &lines));
    }
    if let Some(way_out) = &view.way_out {
        text.push_str(&format!("\nIt does not count: {way_out}.\n"));
    } else if !view.waits_for.is_empty() {
        text.push_str(&format!(
            "\nWaits for {}.\nNext: moot matter stance {} --consent | --decline, with --why \"…\"\n",
            view.waits_for.join(", "),
            short(&view.matter)
        ));
    }
    text
}

/// Why a matter came out as it did: with how it was opened, what proves the result, and what a replay came to.
pub(crate) fn why(view: &MatterView, recomputed: Vec<String>, out: Output) -> String {
    let mut text = heading(view, out);
    let more = proof(view).into_iter().chain([("Recomputed", recomputed)]);
    for (title, lines) in sections(view, out).into_iter().chain(more) {
        text.push_str(&section(out, title, &lines));
    }
    text
}

/// The same beside a decision that opened or answered it: under one heading.
pub(crate) fn behind(view: &MatterView, out: Output) -> Vec<String> {
    let mut lines = vec![format!(
        "{} '{}' of {}, {}",
        short(&view.matter),
        view.title,
        view.sponsor,
        paint(out, tone(view), &state(view))
    )];
    for (title, more) in sections(view, out).into_iter().chain(proof(view)).filter(|(_, more)| !more.is_empty()) {
        lines.push(format!("{title}:"));
        lines.extend(more.iter().map(|line| indent(line, "  ")));
    }
    lines
}

/// Who has carried an adopted matter out, and why others have not.
pub(super) fn enactment(view: &MatterView, out: Output) -> String {
    let state = paint(out, tone(view), &state(view));
    let mut text = format!("{}  {}\n{state}\n", short(&view.matter), out.bold(&view.title));
    let what = match view.state.as_str() {
        _ if view.way_out.is_some() => "Nothing is enacted, because it does not count.",
        "adopted" => "Each group's node does it by itself as soon as its log holds the evidence.",
        "open" => "Nothing is enacted before it is adopted; then each group's node does it by itself.",
        _ => "It was not adopted: nothing is enacted, and things stay as they are.",
    };
    text.push_str(&format!("{what}\n"));
    let line = |stance: &StanceView| Some(format!("{}: {}", stance.group, enacted(stance, out)?));
    let lines: Vec<String> = view.stances.iter().filter_map(line).collect();
    text.push_str(&section(out, "Where", &lines));
    text
}

/// How it stands, on a line.
pub(super) fn state(view: &MatterView) -> String {
    match (view.level, view.counts) {
        (_, false) if view.sealed_at.is_none() => format!("{}, not yet safe: its opening is not sealed", view.state),
        (_, false) => "does not count: its opening was sealed too late".into(),
        (Some(level), true) if view.counted_until.is_some() => {
            format!("level {level} is counted, then {}", next(level))
        }
        (Some(level), true) => format!("{} at level {level}", view.state),
        (None, true) => view.state.clone(),
    }
}

/// What comes when a level has ended without a result.
fn next(level: u8) -> String {
    if level < LEVELS { format!("level {}", level + 1) } else { "it has a result or is in doubt".into() }
}

/// Until when the present level runs, or by when it is known what was said in time.
pub(super) fn until(view: &MatterView) -> Option<&str> {
    view.counted_until.as_deref().or(view.until.as_deref())
}

pub(super) fn tone(view: &MatterView) -> Tone {
    match view.state.as_str() {
        _ if view.way_out.is_some() => Tone::Bad,
        "adopted" => Tone::Good,
        "not adopted" | "in doubt" => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// How much they weigh of what it takes, where groups have weights.
pub(crate) fn weight(weight: Option<&WeightView>) -> String {
    weight.map(|is| format!(", with {} of {} of the weight ({} in all)", is.has, is.needed, is.all)).unwrap_or_default()
}

fn weighing(drafted: &DraftedMatter) -> String {
    let words = |weight: &WeightView| format!(", with {} of the weight of {}", weight.needed, weight.all);
    drafted.weight.as_ref().map(words).unwrap_or_default()
}

/// What a group is about to open.
pub(crate) fn drafted(title: &str, drafted: &DraftedMatter, out: Output) -> String {
    let part = |part: &DraftedPart| {
        let amends = !drafted.changes.is_empty();
        let mut lines = vec![format!("{} in {}: {}", part.group, part.domains.join(", "), touched(part, amends))];
        lines.extend(part.effects.iter().map(|effect| format!("  {effect}")));
        if !part.after.is_empty() {
            let due = part.due.as_deref().map(|due| format!(", by {}", local(due))).unwrap_or_default();
            lines.push(format!("  after {}{due}", part.after.join(", ")));
        } else if let Some(due) = &part.due {
            lines.push(format!("  its stage ends {}", local(due)));
        }
        lines.join("\n")
    };
    let who = [
        match drafted.parts.as_slice() {
            [only] => format!("the one affected group, {}, consents", only.group),
            all => format!("all {} affected groups consent", all.len()),
        },
        match &drafted.mediator {
            Some(mediator) => format!("the same, with a mediator: {mediator}"),
            None => "the same, with more time; nobody is named who mediates (--mediator GROUP/ROLE)".into(),
        },
        format!("at least {} of all {} groups consent{}", drafted.needed, drafted.groups, weighing(drafted)),
    ];
    let levels = who.iter().zip(&drafted.by).enumerate();
    let mut levels: Vec<String> =
        levels.map(|(at, (who, by))| format!("{}. {who}: until {}", at + 1, local(by))).collect();
    let settles = |by: &String| format!("The terms that it settles come into force until {}, or lapse.", local(by));
    levels.extend(drafted.settles_by.as_ref().map(settles));
    let first = format!(
        "{} decides in {} whether to open it; the dates hold if that is carried out by {}. It counts if its opening is \
         sealed within {}. Consents are for good, and what is adopted each node enacts by itself.",
        drafted.group,
        drafted.domains.join(", "),
        local(&drafted.open_by),
        drafted.news
    );
    let rivals: Vec<String> = drafted.rivals.iter().map(other_words).collect();
    let rivals = if rivals.is_empty() {
        rivals
    } else {
        [rivals, vec!["A group may consent to one of them only, as long as they do not fail.".into()]].concat()
    };
    format!(
        "{}\na matter between the groups of '{}'\n{}{}{}{}{}",
        out.bold(title),
        drafted.federation_name,
        section(out, "What it changes in the agreement", &drafted.changes),
        section(out, "What it touches", &drafted.parts.iter().map(part).collect::<Vec<_>>()),
        section(out, "Until when", &levels),
        section(out, "Rivals", &rivals),
        section(out, "What happens", &[first])
    )
}

fn touched(part: &DraftedPart, amends: bool) -> String {
    let may = if part.ceded {
        "ceded, so two thirds of all groups may bind it"
    } else {
        "not ceded, so it is bound only by its own consent"
    };
    let linked = if part.linked { ", linked with the others" } else { "" };
    let advice = if part.effects.is_empty() && !amends { "; nothing is to change, so this is advice" } else { "" };
    format!("{may}{linked}{advice} (a decision there takes up to {})", part.window)
}

fn heading(view: &MatterView, out: Output) -> String {
    let sealed = match &view.sealed_at {
        Some(at) => format!("sealed since {}", local(at)),
        None => out.bad("not yet safe"),
    };
    let state = match (view.level, view.counted_until.as_deref(), view.until.as_deref()) {
        (Some(level), Some(end), _) => {
            format!("open, level {level} is over and counted until {}; then {}", local(end), next(level))
        }
        (_, _, Some(until)) => format!("{} until {}", paint(out, tone(view), &state(view)), local(until)),
        _ => paint(out, tone(view), &state(view)),
    };
    format!(
        "{}  {}\nof {} in '{}', opened {} in entry {} ({sealed}), {state}\n\n{}\n",
        short(&view.matter),
        out.bold(&view.title),
        view.sponsor,
        view.federation_name,
        local(&view.opened),
        view.entry,
        view.text
    )
}

/// Levels, stances, and other matters that bear on it.
fn sections(view: &MatterView, out: Output) -> Vec<(&'static str, Vec<String>)> {
    let others = |what: &str, others: &[MatterRefView]| -> Vec<String> {
        others.iter().map(|other| format!("{what} {}", other_words(other))).collect()
    };
    let replaces: Vec<MatterRefView> = view.replaces.iter().cloned().collect();
    let mut about: Vec<String> =
        view.about.iter().map(|terms| format!("is about the terms {}", short(terms))).collect();
    about.extend(view.settles.iter().map(|terms| format!("settles that with the terms {}", short(terms))));
    let more = [
        about,
        others("takes up", &replaces),
        others("overrides", &view.overrides),
        others("is taken up by", &view.taken_up_by),
        others("is a rival of", &view.rivals),
    ];
    vec![
        ("What it changes in the agreement", view.changes.clone()),
        ("Levels", view.levels.iter().map(level_words).collect()),
        ("Mediator", view.mediator.iter().cloned().collect()),
        ("Stances", view.stances.iter().map(|stance| stance_words(stance, view, out)).collect()),
        ("Other matters", more.concat()),
    ]
}

/// How it was opened, and which entries prove the result.
fn proof(view: &MatterView) -> Vec<(&'static str, Vec<String>)> {
    let opened = view.decision.iter().map(|decision| decision_words(&view.sponsor, decision)).collect();
    let mut proof: Vec<String> = view.certificate.iter().map(certificate_words).collect();
    if proof.is_empty() {
        proof.push(match view.state.as_str() {
            "in doubt" => "none: the time is up, and neither result is proved; things stay as they are".into(),
            _ => "none yet".into(),
        });
    }
    vec![("Opened by", opened), ("Certificate", proof)]
}

fn other_words(other: &MatterRefView) -> String {
    let title = other.title.as_deref().unwrap_or("not known here");
    let state = other.state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
    format!("{} ({title}{state})", short(&other.matter))
}

fn level_words(level: &MatterLevelView) -> String {
    let named = |what: &str, names: &[String]| {
        if names.is_empty() { String::new() } else { format!("; {what}: {}", names.join(", ")) }
    };
    format!(
        "{}. {}, until {}: {} of {} consents{}{}",
        level.level,
        level.who,
        local(&level.by),
        level.consents.len(),
        level.needed,
        weight(level.weight.as_ref()),
        named("silent", &level.silent)
    )
}

fn stance_words(stance: &StanceView, view: &MatterView, out: Output) -> String {
    let mut lines = vec![format!("{}{}: {}", stance.group, role(stance), said(stance, out))];
    if let Some(decision) = &stance.decision {
        lines.push(indent(&decision_words(&stance.group, decision), "  "));
    }
    if let Some(open) = &stance.open {
        let does = if open.consents { "consent" } else { "say no" };
        lines.push(format!("  {} proposes to {does}, open until {}", short(&open.proposal), local(&open.closes)));
    }
    if let Some(until) = stance.waits_until.as_ref().filter(|_| stance.stance != "consents") {
        lines.push(format!("  a consent counts until {}", local(until)));
    }
    if !stance.after.is_empty() {
        lines.push(format!("  after {}", stance.after.join(", ")));
    }
    lines.extend(stance.effects.iter().map(|effect| format!("  changes: {effect}")));
    lines.extend(enacted(stance, out).filter(|_| view.state == "adopted").map(|line| format!("  {line}")));
    lines.join("\n")
}

fn role(stance: &StanceView) -> String {
    match (stance.affected, stance.ceded) {
        (false, _) => " (not affected)".into(),
        (true, true) => format!(" in {} (ceded)", stance.domains.join(", ")),
        (true, false) => format!(" in {}", stance.domains.join(", ")),
    }
}

fn said(stance: &StanceView, out: Output) -> String {
    let (Some(entry), Some(at)) = (stance.entry, &stance.at) else {
        return if stance.held { "has not answered".into() } else { "its log is not here".into() };
    };
    let does = if stance.stance == "consents" { out.good("consents") } else { out.bad("declines") };
    let sealed = match &stance.sealed_at {
        Some(at) => format!("sealed since {}", local(at)),
        None => out.bad("not yet safe"),
    };
    let id = stance.entry_id.as_deref().map(short).unwrap_or_default();
    format!("{does}, entry {entry} {id} at {}, {sealed}", local(at))
}

/// A group's decision: who filed it, how it passed, and why.
pub(crate) fn decision_words(group: &str, decision: &MatterDecisionView) -> String {
    let why = decision.why.as_deref().unwrap_or("(the words were erased or have not come; the proof stands)");
    format!(
        "{} of {group}, proposed by {}, {} {} in {}\nwhy: {why}",
        short(&decision.proposal),
        decision.author,
        decision.state,
        local(&decision.closed),
        decision.rules.join("; ")
    )
}

fn certificate_words(piece: &CertificateView) -> String {
    let CertificateView { group, level, needed, witnesses, .. } = piece;
    match (&piece.entry, &piece.sealed_at) {
        (Some(entry), Some(sealed)) => format!(
            "{group} consents: entry {entry} {} of {}, sealed by {} with {needed} of {witnesses} witnesses; counts at \
             level {level}",
            piece.entry_id.as_deref().map(short).unwrap_or_default(),
            local(&piece.at),
            local(sealed)
        ),
        _ => format!(
            "{group} was silent at level {level}: {needed} of {witnesses} witnesses show no consent by {}",
            local(&piece.at)
        ),
    }
}

/// How a group carried its part out, or why not.
fn enacted(stance: &StanceView, out: Output) -> Option<String> {
    match (&stance.enacted, &stance.not_enacted) {
        (Some(enacted), _) => Some(enacted_words(enacted, out)),
        (None, Some(reason)) if stance.breach => Some(format!("{}: {reason}", out.bad("bound, and not enacted"))),
        (None, Some(reason)) => Some(format!("not enacted: {reason}")),
        (None, None) => None,
    }
}

fn enacted_words(enacted: &EnactedView, out: Output) -> String {
    let id = enacted.entry_id.as_deref().map(short).unwrap_or_default();
    let at = enacted.at.as_deref().map(|at| format!(" at {}", local(at))).unwrap_or_default();
    let sealed = if enacted.sealed { "sealed".into() } else { out.bad("not yet safe") };
    format!("{} in entry {} {id}{at}, level {}, {sealed}", out.good("enacted"), enacted.entry, enacted.level)
}

fn paint(out: Output, tone: Tone, text: &str) -> String {
    match tone {
        Tone::Good => out.good(text),
        Tone::Bad => out.bad(text),
        Tone::Plain => text.to_owned(),
    }
}

pub(super) fn section(out: Output, title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("\n{}\n{}\n", out.bold(title), indent(&lines.join("\n"), "  "))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PLAIN: Output = Output::PLAIN;

    /// A matter of attic that waits for brook, with other words of the node.
    pub(crate) fn view(other: Value) -> MatterView {
        let mut value = json!({
            "matter": format!("m{:064x}", 5), "title": "Quiet hours", "text": "People sleep.", "federation": "f",
            "federation_name": "street", "version": 1, "sponsor": "attic", "sponsor_group": "g1",
            "opened": "2026-01-01T00:00:00Z", "entry": 7, "sealed_at": "2026-01-01T00:10:00Z", "counts": true,
            "decision": null, "state": "open", "level": 2, "until": "2026-01-20T00:00:00Z", "levels": [], "stances": [],
            "waits_for": ["brook"], "breaches": [], "certificate": [], "replaces": null, "overrides": [],
            "taken_up_by": [], "rivals": [],
        });
        let (Value::Object(all), Value::Object(other)) = (&mut value, other) else { panic!("both are objects") };
        all.extend(other);
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_does_not_count_asks_nobody_and_says_what_to_do_instead() {
        let words = show(&view(json!({})), PLAIN);
        let until = format!("open at level 2 until {}", local("2026-01-20T00:00:00Z"));
        assert!(words.contains(&until) && words.contains("Next: moot matter stance"), "{words}");
        let late = view(json!({"counts": false, "until": null, "waits_for": [], "way_out": "open it anew"}));
        let words = show(&late, PLAIN);
        assert!(words.contains("), does not count: its opening was sealed too late\n"), "{words}");
        assert!(words.contains("\nIt does not count: open it anew.\n"), "{words}");
        assert!(!words.contains("Waits for") && !words.contains("Next:") && !words.contains("until"), "{words}");
        assert!(enactment(&late, PLAIN).contains("because it does not count"));
    }

    #[test]
    fn a_level_that_is_over_is_counted_and_not_open_until_a_past_date() {
        let end = "2026-01-20T01:00:00Z";
        for (level, next) in [(2, "level 3"), (3, "it has a result or is in doubt")] {
            let counted = view(json!({"level": level, "counted_until": end, "waits_for": []}));
            let words = show(&counted, PLAIN);
            let says = format!("open, level {level} is over and counted until {}; then {next}\n", local(end));
            assert!(words.contains(&says), "{words}");
            assert_eq!(state(&counted), format!("level {level} is counted, then {next}"));
            assert_eq!(until(&counted), Some(end));
        }
        assert_eq!(
            (state(&view(json!({}))).as_str(), until(&view(json!({})))),
            ("open at level 2", Some("2026-01-20T00:00:00Z"))
        );
    }

    #[test]
    fn one_affected_group_is_one() {
        let part = |group: &str| {
            json!({"group": group, "domains": ["work"], "window": "1d", "ceded": false, "effects": [], "linked": false,
                   "after": [], "due": null})
        };
        let words = |parts: Value| {
            let plan = json!({
                "bytes": "", "group": "attic", "group_id": "g1", "federation_name": "street", "groups": 3, "needed": 2,
                "changes": [], "domains": ["work"], "open_by": "2026-01-01T00:00:00Z", "news": "1h",
                "by": vec!["2026-01-10T00:00:00Z"; 3], "parts": parts,
            });
            drafted("Quiet hours", &serde_json::from_value(plan).unwrap(), PLAIN)
        };
        assert!(words(json!([part("brook")])).contains("1. the one affected group, brook, consents: until"));
        assert!(words(json!([part("brook"), part("cellar")])).contains("1. all 2 affected groups consent: until"));
    }
}
