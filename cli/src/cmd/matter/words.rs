//! Matters in words: for `moot matter`, and for `moot why`.

use folkmoot_node::control::view::{
    CertificateView, DraftedMatter, DraftedPart, EnactedView, MatterDecisionView, MatterLevelView, MatterRefView,
    MatterView, StanceView, WeightView,
};

use crate::output::{Output, indent, local, short, table::Tone};

/// A matter with its levels, and with what every group said and why.
pub(super) fn show(view: &MatterView, out: Output) -> String {
    let mut text = heading(view, out);
    for (title, lines) in sections(view, out) {
        text.push_str(&section(out, title, &lines));
    }
    if !view.waits_for.is_empty() {
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
        (Some(level), true) => format!("{} at level {level}", view.state),
        (None, true) => view.state.clone(),
    }
}

pub(super) fn tone(view: &MatterView) -> Tone {
    match view.state.as_str() {
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
    let affected = drafted.parts.len();
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
        format!("all {affected} affected groups consent"),
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
    let until = view.until.as_deref().map(|until| format!(" until {}", local(until))).unwrap_or_default();
    format!(
        "{}  {}\nof {} in '{}', opened {} in entry {} ({sealed}), {}{until}\n\n{}\n",
        short(&view.matter),
        out.bold(&view.title),
        view.sponsor,
        view.federation_name,
        local(&view.opened),
        view.entry,
        paint(out, tone(view), &state(view)),
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
