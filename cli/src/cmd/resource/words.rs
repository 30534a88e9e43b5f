//! Resources and terms in words.

use folkmoot_node::{
    clock,
    control::view::{
        BesideView, DealLineView, DealPartyView, DealView, DraftedDeal, PromiseView, ResourceView, SaidView,
    },
};

use crate::{
    cmd::matter::words::decision_words,
    output::{
        Output, fields, from_now, indent, local, short,
        table::{Grid, Tone},
    },
};

/// Above open terms that cannot all come into force.
const CONTESTED: &str = "Asked for by others then, and there is not enough for all";

/// Resources, and terms below them.
pub(super) fn list(resources: &[ResourceView], deals: &[DealView], out: Output) -> String {
    let plain = |text: String| (text, Tone::Plain);
    let mut text = match resources {
        [] => "No resources yet (moot resource set).".to_owned(),
        some => {
            let mut grid = Grid::new(&["resource", "kind", "capacity", "left now", "purpose"]).spare(&["purpose"]);
            for view in some {
                let path = format!("{}/{}", view.group, view.name);
                let capacity = format!("{} {}", view.capacity, view.unit);
                grid.row([path, kind(view), capacity, view.left.to_string(), view.purpose.clone()].map(plain));
            }
            grid.render(out.place())
        }
    };
    if !deals.is_empty() {
        let now = clock::now();
        let mut grid = Grid::new(&["id", "asks", "state", "until", "waits for", "title"]).spare(&["until", "asks"]);
        for view in deals {
            grid.row([
                plain(short(&view.terms).into()),
                plain(view.requester.clone()),
                (view.state.clone(), tone(view)),
                plain(view.until.as_deref().map(|until| from_now(until, now)).unwrap_or_default()),
                plain(view.waits_for.join(", ")),
                plain(view.title.clone()),
            ]);
        }
        text.push_str(&format!("\n\n{}", grid.render(out.place())));
    }
    text
}

/// A resource with its ledger and its calendar.
pub(super) fn resource(view: &ResourceView, out: Output) -> String {
    let unit = &view.unit;
    let mut rows = vec![
        ("kind", kind(view)),
        ("capacity", format!("{} {unit}", view.capacity)),
        ("now", format!("{} held, {} allocated, {} left", view.held, view.allocated, view.left)),
        ("promised by", format!("{} in the domain '{}'", view.group, view.domain)),
    ];
    rows.extend(view.until.as_deref().map(|until| ("promised until", local(until))));
    rows.extend(view.grants.clone().map(|grants| ("granted", grants)));
    let mut text =
        format!("{}: {}\n{}\n", out.bold(&format!("{}/{}", view.group, view.name)), view.purpose, fields(&rows));
    let ledger: Vec<String> = view.promises.iter().map(|promise| promised(promise, unit)).collect();
    text.push_str(&section(out, "Ledger", if ledger.is_empty() { vec!["nothing is promised".into()] } else { ledger }));
    text.push_str(&section(out, "Asked for", view.asked.iter().map(|asked| promised(asked, unit)).collect()));
    let calendar = view.calendar.iter().map(|stretch| {
        let (from, until) = (local(&stretch.from), local(&stretch.until));
        let left = format!("{} left", stretch.left);
        let left = if stretch.left == 0 { out.bad(&left) } else { out.good(&left) };
        format!("{from} to {until}: {} promised, {left}", stretch.promised)
    });
    text.push_str(&section(out, "Calendar", calendar.collect()));
    format!("{text}\nNext: moot resource request {}/{} --amount …", view.group, view.name)
}

/// Terms with what everybody said.
pub(super) fn deal(view: &DealView, out: Output) -> String {
    let mut text = format!(
        "{}  {}\n{}, {} closes by {}; stated by {} at {}\n{}\n",
        short(&view.terms),
        out.bold(&view.title),
        asks(&view.stated_by, &view.requester),
        view.closer,
        local(&view.by),
        view.stated_by,
        local(&view.stated),
        paint(view, out),
    );
    if !view.text.is_empty() {
        text.push_str(&format!("\n{}\n", view.text));
    }
    text.push_str(&section(out, subject(view), view.lines.iter().map(line).collect()));
    text.push_str(&section(out, "Parties", view.parties.iter().map(|who| party(who, view, out)).collect()));
    let mut others: Vec<String> = view.counters.iter().map(|id| format!("in the place of {}", short(id))).collect();
    others.extend(view.countered_by.iter().map(|id| format!("{} came in their place", short(id))));
    text.push_str(&section(out, "Other terms", others));
    text.push_str(&section(out, CONTESTED, view.contested.iter().map(beside).collect()));
    if let Some(until) = view.until.as_ref().filter(|_| view.by_matter) {
        text.push_str(&format!(
            "\nA matter gives them: who enacts its part accepts. Waits for {} until {}.\n",
            view.waits_for.join(", "),
            local(until)
        ));
    } else if let Some(until) = &view.until {
        let id = short(&view.terms);
        let waited = |party: &&DealPartyView| view.waits_for.contains(&party.group);
        let next = if view.parties.iter().filter(waited).any(|party| party.knows) {
            format!("Next: moot resource accept | counter | decline {id}, with --why \"…\"")
        } else {
            format!("They can answer once what {} says is sealed and has come to them.", view.stated_by)
        };
        text.push_str(&format!("\nWaits for {} until {}.\n{next}\n", view.waits_for.join(", "), local(until)));
    }
    text
}

/// What would be stated, and what is beside it.
pub(super) fn drafted(drafted: &DraftedDeal, out: Output) -> String {
    let mut text = format!(
        "{}  {}\n{}, {} closes by {}; {} decides in {}\n",
        short(&drafted.terms),
        out.bold(&drafted.title),
        asks(&drafted.group, &drafted.requester),
        drafted.closer,
        local(&drafted.by),
        drafted.group,
        drafted.domains.join(", ")
    );
    if let Some(hold) = &drafted.hold {
        text.push_str(&format!("{} would hold its part until {}\n", drafted.group, local(hold)));
    }
    text.push_str(&section(out, what(drafted), drafted.lines.iter().map(line).collect()));
    text.push_str(&section(out, "Promised to others then", drafted.beside.iter().map(beside).collect()));
    text.push_str(&section(out, CONTESTED, drafted.contested.iter().map(beside).collect()));
    let problems = drafted.problems.iter().map(|problem| out.bad(problem)).collect();
    text.push_str(&section(out, "In the way", problems));
    text.trim_end().to_owned()
}

fn what(drafted: &DraftedDeal) -> &'static str {
    asked_or_offered(&drafted.group, &drafted.requester)
}

/// What the lines of terms are: promised only once the terms have come into force.
fn subject(view: &DealView) -> &'static str {
    match view.state.as_str() {
        "in force" | "complete" | "broken" | "ended" => "What is promised",
        _ => asked_or_offered(&view.stated_by, &view.requester),
    }
}

fn asked_or_offered(states: &str, requester: &str) -> &'static str {
    if states == requester { "What is asked" } else { "What is offered" }
}

/// Who asks, or who offers to whom.
fn asks(states: &str, requester: &str) -> String {
    if states == requester { format!("{requester} asks") } else { format!("{states} offers to {requester}") }
}

/// Why something could not be promised now, and who has it.
pub(super) fn in_the_way(drafted: &DraftedDeal) -> String {
    let mut text = drafted.problems.join("; ");
    if !drafted.beside.is_empty() {
        let beside: Vec<String> = drafted.beside.iter().map(beside).collect();
        text.push_str(&format!("; promised to others then: {}", beside.join("; ")));
    }
    if drafted.own_problem {
        return format!(
            "{text}; {} cannot state what it cannot hold itself: offer less, or another time",
            drafted.group
        );
    }
    format!("{text}; --anyway files it all the same")
}

fn beside(beside: &BesideView) -> String {
    format!("{}/{}: {}", beside.steward, beside.resource, promised(&beside.promise, &beside.unit))
}

fn promised(promise: &PromiseView, unit: &str) -> String {
    let state = match &promise.held_until {
        Some(until) => format!("held until {}", local(until)),
        None if promise.asked => "asked for".into(),
        None => "allocated".into(),
    };
    let when = when(promise.from.as_deref(), promise.until.as_deref());
    let state = match promise.used {
        Some(used) => format!("{state}, {used} {unit} used so far"),
        None => state,
    };
    format!(
        "{} {unit}{when} for {}, {state} ({} {})",
        promise.amount,
        if promise.requester.is_empty() { "whoever claims it in a round" } else { &promise.requester },
        short(&promise.terms),
        promise.title
    )
}

pub(super) fn when(from: Option<&str>, until: Option<&str>) -> String {
    match (from, until) {
        (Some(from), Some(until)) => format!(" from {} to {}", local(from), local(until)),
        _ => String::new(),
    }
}

fn line(line: &DealLineView) -> String {
    let unit = line.unit.as_deref().unwrap_or("units");
    let portions = line
        .portions
        .iter()
        .map(|portion| format!("{} {unit}{}", portion.amount, when(portion.from.as_deref(), portion.until.as_deref())));
    let mut text = format!("{}/{}: {}", line.steward, line.resource, portions.collect::<Vec<_>>().join(", "));
    for used in &line.used {
        text.push_str(&format!("\n  {} {unit} of it used by now, says {}", used.amount, used.by));
    }
    text
}

fn party(party: &DealPartyView, view: &DealView, out: Output) -> String {
    let roles = [(party.asks, "asks"), (party.promises, "promises"), (party.closes, "closes")];
    let roles: Vec<&str> = roles.iter().filter(|(is, _)| *is).map(|(_, role)| *role).collect();
    let accepted = match (party.accepted, party.sealed) {
        (false, _) => "has not accepted".into(),
        (true, true) => out.good("accepted"),
        (true, false) => format!("{}, {}", out.good("accepted"), out.bad("not yet safe")),
    };
    let accepted = if party.granted { format!("{accepted}, by the rule of its charter") } else { accepted };
    let mut lines = vec![format!("{} ({}): {accepted}", party.group, roles.join(", "))];
    lines.extend(party.said.iter().map(|said| said_words(said, out)));
    lines.extend(party.held_until.iter().map(|until| format!("  holds its part until {}", local(until))));
    if party.allocated {
        lines.push("  its part is allocated".into());
    }
    if let Some(open) = &party.proposal {
        let id = short(&open.proposal);
        lines.push(format!("  {id} proposes to {}, open until {}", open.does, local(&open.closes)));
    }
    lines.extend(
        party.cannot.iter().filter(|_| view.open).map(|why| format!("  {}", out.bad(&format!("cannot now: {why}")))),
    );
    lines.join("\n")
}

/// Terms behind a decision: how they stand, and what every party said, by which decision and why.
pub(crate) fn behind(view: &DealView, out: Output) -> Vec<String> {
    let mut lines =
        vec![format!("{} '{}', asked by {}: {}", short(&view.terms), view.title, view.requester, paint(view, out))];
    lines.extend(view.lines.iter().map(|promised| indent(&line(promised), "  ")));
    for who in &view.parties {
        let granted = if who.granted { ", by the rule of its charter" } else { "" };
        let said = if who.said.is_empty() { ": has not answered" } else { ":" };
        lines.push(format!("  {}{granted}{said}", who.group));
        for said in &who.said {
            lines.push(format!("  {}", said_words(said, out)));
            lines.extend(said.decided.iter().map(|decided| indent(&decision_words(&who.group, decided), "      ")));
        }
    }
    lines
}

fn said_words(said: &SaidView, out: Output) -> String {
    let sealed = match &said.sealed_at {
        Some(at) => format!("sealed since {}", local(at)),
        None => out.bad("not yet safe"),
    };
    let by = said.decision.as_deref().or(said.matter.as_deref());
    let by = by.map(|id| format!(", by {}", short(id))).unwrap_or_default();
    format!("  {} in entry {} {} at {}{by}, {sealed}", said.says, said.entry, short(&said.entry_id), local(&said.at))
}

fn kind(view: &ResourceView) -> String {
    match &view.every {
        Some(every) => format!("{} {every}", view.kind),
        None => view.kind.clone(),
    }
}

fn tone(view: &DealView) -> Tone {
    match view.state.as_str() {
        "in force" | "complete" => Tone::Good,
        "lapsed" | "declined" | "broken" => Tone::Bad,
        _ => Tone::Plain,
    }
}

fn paint(view: &DealView, out: Output) -> String {
    match tone(view) {
        Tone::Good => out.good(&view.state),
        Tone::Bad => out.bad(&view.state),
        Tone::Plain => view.state.clone(),
    }
}

pub(super) fn section(out: Output, title: &str, lines: Vec<String>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("\n{}\n{}\n", out.bold(title), indent(&lines.join("\n"), "  "))
}
