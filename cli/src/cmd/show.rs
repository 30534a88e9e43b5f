//! `moot list` and `moot show`, and the words of `moot why`.

use clap_complete::ArgValueCandidates;
use folkmoot_node::{
    clock,
    control::view::{GroupView, NominationView, OptionView, PollView, ProposalView, TestView},
};

use super::{CliError, Ctx, tally::report_words};
use crate::{
    client::escape,
    complete,
    output::{
        Output, from_now, indent, local, short,
        table::{Grid, Tone},
    },
};

/// The arguments of `moot list`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only this group's
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// Only those that have not ended
    #[arg(long)]
    open: bool,
}

/// Runs `moot list`.
///
/// # Errors
/// If there is no such group, or the node does not answer.
pub(crate) async fn list(args: ListArgs, ctx: &Ctx) -> Result<(), CliError> {
    let group = args.group.map(|group| format!("&group={}", escape(&group))).unwrap_or_default();
    let proposals: Vec<ProposalView> = ctx.client().get(&format!("/v1/proposals?open={}{group}", args.open)).await?;
    let now = clock::now();
    ctx.out.show(&proposals, |proposals| {
        if proposals.is_empty() {
            return "No proposals yet (moot propose).".into();
        }
        let header = ["id", "group", "domain", "state", "closes", "title"];
        let mut grid = Grid::new(&header).spare(&["domain", "closes", "group"]);
        for view in proposals {
            let domains: Vec<&str> = view.domains.iter().map(|poll| poll.domain.as_str()).collect();
            let plain = |text: String| (text, Tone::Plain);
            grid.row([
                plain(short(&view.proposal).into()),
                plain(view.group_name.clone()),
                plain(domains.join(", ")),
                standing(view),
                plain(from_now(&view.closes, now)),
                plain(view.title.clone()),
            ]);
        }
        grid.render(ctx.out.place())
    })?;
    Ok(())
}

/// The arguments of `moot show`.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// A proposal, a matter or terms: its id, or the start of it; or domain:NAME, role:NAME, member:NAME, rule:NAME
    #[arg(add = ArgValueCandidates::new(complete::shown))]
    what: String,
    /// The group of a domain, role, member or rule, if the node holds several
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
}

/// Runs `moot show`.
///
/// # Errors
/// If there is no such proposal or part, or the node does not answer.
pub(crate) async fn show(args: ShowArgs, ctx: &Ctx) -> Result<(), CliError> {
    if let Ok(part) = args.what.parse() {
        return super::part::show(&part, args.group.as_deref(), ctx).await;
    }
    if super::matter::is_id(&args.what) {
        return super::matter::show(&args.what, ctx).await;
    }
    if super::resource::is_round(&args.what) {
        return super::resource::show_round(&args.what, ctx).await;
    }
    if super::resource::is_id(&args.what) {
        return super::resource::show(&args.what, 4, ctx).await;
    }
    let view = ctx.client().proposal(&args.what).await?;
    let next = next(&view, ctx).await?;
    ctx.out.show(&view, |view| show_words(view, &next, ctx.out))?;
    Ok(())
}

/// What may come next of an open proposal: of a group that others host, only what its liaisons are to answer.
async fn next(view: &ProposalView, ctx: &Ctx) -> Result<String, CliError> {
    if view.state != "open" {
        return Ok(String::new());
    }
    let id = short(&view.proposal);
    let groups: Vec<GroupView> = ctx.client().get("/v1/groups").await?;
    if groups.iter().any(|group| group.group == view.group && group.hosted) {
        return Ok(format!(
            "moot {}",
            match view {
                _ if view.awaits_nominee => format!("nominate {id} MEMBER"),
                _ if view.options.is_empty() => format!("agree|concern|object|aside|abstain {id}"),
                _ => format!("rank {id} FIRST SECOND …"),
            }
        ));
    }
    let there = format!("who speaks in {} answers on the node that hosts it", view.group_name);
    let senders = super::liaison::senders(&view.group, ctx).await?;
    let answers = if view.options.is_empty() { "agree|aside|object|abstain" } else { "rank FIRST SECOND …" };
    Ok(match senders.as_slice() {
        [] => there,
        some => format!("moot liaison mandate {id} {answers}, as {} decides; {there}", some.join(" or ")),
    })
}

fn show_words(view: &ProposalView, next: &str, out: Output) -> String {
    let mut text = heading(view, out);
    text.push_str(&section(out, "What changes", &view.effects));
    let matters = view.matters.iter().map(|id| format!("matter {0} (moot matter show {0})", short(id)));
    text.push_str(&section(out, "Between groups", &matters.collect::<Vec<_>>()));
    text.push_str(&section(out, "Options", &options(view)));
    text.push_str(&section(out, "Nominated", &nominations(view)));
    let standing = view.domains.iter().map(|poll| {
        let mark = if poll.passes { out.good("passes") } else { out.bad("does not pass") };
        format!("{}: {mark} as it stands: {}\n  {}{}", poll.domain, poll.reason, poll.rule, details(poll))
    });
    text.push_str(&section(out, "How it stands", &standing.collect::<Vec<_>>()));
    text.push_str(&counts(view, out));
    text.push_str(&responses(view, out));
    text.push_str(&objections(view, out));
    if is_unsafe(view) {
        let wait = format!("Wait for it: moot why {} --wait sealed", short(&view.proposal));
        text.push_str(&section(out, "Sealed", &[sealed(view, out), wait]));
    }
    if view.state == "open" {
        let who = if view.waiting_for.is_empty() { "nobody".into() } else { view.waiting_for.join(", ") };
        text.push_str(&format!("\nWaits for {who}; closes {}.\n", local(&view.closes)));
        text.push_str(&format!("Next: {next}\n"));
    }
    text
}

/// What members rank, an option each.
pub(crate) fn options(view: &ProposalView) -> Vec<String> {
    let line = |option: &OptionView| {
        let said = option.text.iter().chain(&option.effects).cloned().collect::<Vec<_>>().join("; ");
        let said = if said.is_empty() { "leaves things as they are".into() } else { said };
        let tags: String = option.tags.iter().map(|(tag, value)| format!(" ({tag} {value})")).collect();
        let withdrawn = option.withdrawn_by.as_ref().map(|by| format!(", withdrawn by {by}")).unwrap_or_default();
        format!("{}{tags}: {said}{withdrawn}", option.label)
    };
    view.options.iter().map(line).collect()
}

/// Whom members nominated, and why.
pub(crate) fn nominations(view: &ProposalView) -> Vec<String> {
    let line = |nomination: &NominationView| {
        let reason = nomination.reason.clone().unwrap_or_else(|| "(erased)".into());
        format!("{} by {}: {reason}", nomination.member, nomination.by)
    };
    view.nominations.iter().map(line).collect()
}

/// What it changes: its effects, and those of the options that won.
pub(crate) fn changes(view: &ProposalView) -> Vec<String> {
    let counts = view.domains.iter().filter_map(|poll| poll.count.as_ref()).filter(|count| count.decided);
    let winners: Vec<&String> = counts.flat_map(|count| &count.winners).collect();
    let won = view.options.iter().filter(|option| winners.contains(&&option.label));
    view.effects.iter().chain(won.flat_map(|option| &option.effects)).cloned().collect()
}

/// The counts of ballots: winners, ranking, rounds, ties.
fn counts(view: &ProposalView, out: Output) -> String {
    let reports = view.domains.iter().filter_map(|poll| poll.count.as_ref());
    reports.map(|report| section(out, "The count", &[report_words(report, out).trim().to_owned()])).collect()
}

/// What else there is to know of a domain: who was asked, who is silent, when its final period ends.
fn details(poll: &PollView) -> String {
    let mut lines = Vec::new();
    if !poll.asked.is_empty() {
        let awaited = match (poll.awaited.as_slice(), &poll.advice_until) {
            ([], _) | (_, None) => "all have advised".into(),
            (names, Some(until)) => format!("not yet: {} (until {})", names.join(", "), local(until)),
        };
        lines.push(format!("asked for advice: {}; {awaited}", poll.asked.join(", ")));
    }
    if let Some(period) = &poll.final_period {
        let end = if period.held {
            format!("held, until {} at the latest", local(&period.latest))
        } else {
            local(&period.until)
        };
        lines.push(format!("final period since {}: ends {end}", local(&period.from)));
    }
    if !poll.silent.is_empty() {
        lines.push(format!("left out, because nothing has long been heard of them: {}", poll.silent.join(", ")));
    }
    lines.iter().map(|line| format!("\n  {line}")).collect()
}

/// The answer to "why is it so": in the order in which an auditor asks.
pub(crate) fn why_words(view: &ProposalView, out: Output) -> String {
    why_words_with(view, &[], out)
}

/// The same with more sections of evidence.
pub(crate) fn why_words_with(view: &ProposalView, more: &[(&str, Vec<String>)], out: Output) -> String {
    let mut text = heading(view, out);
    text.push_str(&section(out, "Who decided", &deciders(view)));
    let rules = view.domains.iter().map(|poll| {
        let people = if poll.people_only { ", people only" } else { "" };
        format!(
            "'{}' ({}{people}), eligible: {}\n  {}{}\n  outcome: {}",
            poll.domain,
            poll.owner,
            poll.eligible.join(", "),
            poll.rule,
            details(poll),
            poll.reason
        )
    });
    text.push_str(&section(out, "By which rules, as they were when it opened", &rules.collect::<Vec<_>>()));
    text.push_str(&section(out, "What changes", &view.effects));
    text.push_str(&section(out, "Options", &options(view)));
    text.push_str(&section(out, "Nominated", &nominations(view)));
    text.push_str(&counts(view, out));
    text.push_str(&responses(view, out));
    text.push_str(&objections(view, out));
    if let Some(at) = &view.to_vote {
        let line = format!("at {}, because its last version did not pass", local(at));
        text.push_str(&section(out, "Sent to a vote", &[line]));
    }
    if let Some(call) = &view.called_in {
        let reason = call.reason.clone().unwrap_or_else(|| "(erased)".into());
        text.push_str(&section(out, "Called in", &[format!("by {} at {}: {reason}", call.by, local(&call.at))]));
    }
    text.push_str(&section(out, "Evidence", &evidence(view)));
    more.iter().for_each(|(title, lines)| text.push_str(&section(out, title, lines)));
    text.push_str(&section(out, "Sealed", &[sealed(view, out)]));
    if let Some(review) = &view.review {
        text.push_str(&format!("\nDue for review {}.\n", local(review)));
    }
    text
}

fn heading(view: &ProposalView, out: Output) -> String {
    let why = view.why.clone().unwrap_or_else(|| "(the words were erased or have not come; the proof stands)".into());
    let void = view.void_because.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!(
        "{}  {}\n{} by {} in {}, version {}, {}{void}\n\nWhy: {why}\n",
        short(&view.proposal),
        out.bold(&view.title),
        if view.entry.is_some() { "decided: proposed" } else { "proposed" },
        view.author,
        view.group_name,
        view.version,
        state(view, out),
    )
}

fn tone(view: &ProposalView) -> Tone {
    match view.state.as_str() {
        "passed" => Tone::Good,
        "not passed" | "void" => Tone::Bad,
        _ => Tone::Plain,
    }
}

fn state(view: &ProposalView, out: Output) -> String {
    match tone(view) {
        Tone::Good => out.good(&view.state),
        Tone::Bad => out.bad(&view.state),
        Tone::Plain => view.state.clone(),
    }
}

fn deciders(view: &ProposalView) -> Vec<String> {
    let with = |answer: &str| {
        let who: Vec<&str> = view
            .responses
            .iter()
            .filter(|response| response.answer == answer && !response.counts_in.is_empty())
            .map(|response| response.member.as_str())
            .collect();
        (!who.is_empty()).then(|| format!("{answer}: {}", who.join(", ")))
    };
    let mut lines: Vec<String> =
        ["agree", "rank", "concern", "stand aside", "abstain", "object"].into_iter().filter_map(with).collect();
    if !view.waiting_for.is_empty() {
        lines.push(format!("not yet: {}", view.waiting_for.join(", ")));
    }
    if lines.is_empty() {
        lines.push("nobody responded".into());
    }
    lines
}

fn responses(view: &ProposalView, out: Output) -> String {
    let lines = view.responses.iter().map(|response| {
        let reason = response.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let weighed = match response.weighs.len() {
            0 => String::new(),
            count => format!(", weighing {count} piece{} of advice", if count == 1 { "" } else { "s" }),
        };
        let order = response.ranking.iter().map(|equal| equal.join(" = ")).collect::<Vec<_>>().join(", ");
        let order = if order.is_empty() { order } else { format!(" {order}") };
        format!("{} {}{order}{weighed}, entry {}{reason}", response.member, response.answer, response.entry)
    });
    section(out, "Responses", &lines.collect::<Vec<_>>())
}

fn objections(view: &ProposalView, out: Output) -> String {
    let lines = view.objections.iter().map(|objection| {
        let reason = objection.reason.clone().unwrap_or_else(|| "(erased)".into());
        let when = objection.withdrawn_at.as_ref().map(|at| format!(" at {}", local(at))).unwrap_or_default();
        let tests: String = objection.tests.iter().map(test_words).collect();
        format!(
            "{} by {} to version {}: {reason}\n  → {}{when}{tests}",
            short(&objection.objection),
            objection.member,
            objection.version,
            objection.became
        )
    });
    section(out, "Objections, and what became of them", &lines.collect::<Vec<_>>())
}

fn test_words(word: &TestView) -> String {
    let finds = if word.qualifies { "it qualifies" } else { "it does not qualify" };
    let reason = word.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("\n  {} finds that {finds}{reason}", word.member)
}

fn evidence(view: &ProposalView) -> Vec<String> {
    let mut lines: Vec<String> = view
        .versions
        .iter()
        .enumerate()
        .map(|(at, version)| format!("version {} in entry {} at {}", at + 1, version.entry, local(&version.at)))
        .collect();
    if let Some(entry) = view.entry {
        lines.push(format!("ended in entry {entry} at {}", local(&view.closes)));
    }
    lines.push(format!("opened under the charter {}", short(&view.charter)));
    lines.push(format!("group {}; every entry: moot log {}", short(&view.group), view.group_name));
    lines
}

/// How it stands, for a table.
fn standing(view: &ProposalView) -> (String, Tone) {
    match is_unsafe(view) {
        true => (format!("{}, not yet safe", view.state), Tone::Bad),
        false => (view.state.clone(), tone(view)),
    }
}

/// Says whether it has ended and witnesses have yet to seal that; where there are none, nobody outside relies on it.
fn is_unsafe(view: &ProposalView) -> bool {
    view.entry.is_some() && !view.sealed && view.seal.witnesses > 0
}

fn sealed(view: &ProposalView, out: Output) -> String {
    let seal = &view.seal;
    match (view.entry, view.sealed) {
        (Some(entry), true) => {
            let at = view.sealed_at.as_ref().map(|at| format!(" since {}", local(at))).unwrap_or_default();
            let by = if seal.witnesses == 0 {
                "by its members".into()
            } else {
                format!("by {} of {} witnesses", seal.needed, seal.witnesses)
            };
            format!("{}: entry {entry} is covered {by}{at}", out.good("yes"))
        }
        (Some(_), false) if seal.elsewhere => {
            let known = "not known here";
            format!("{}: the panel of the group's federation is not either; its nodes show it", out.bad(known))
        }
        (Some(_), false) if seal.witnesses == 0 => {
            format!(
                "{}: more than half of the people must have seen it (moot seen)",
                out.bad("not yet safe to rely on")
            )
        }
        (Some(_), false) => format!(
            "{}: {} of {} witnesses must cover it",
            out.bad("not yet safe to rely on"),
            seal.needed,
            seal.witnesses
        ),
        (None, _) => "it has not ended".into(),
    }
}

fn section(out: Output, title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("\n{}\n{}\n", out.bold(title), indent(&lines.join("\n"), "  "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A decision of a group with that many witnesses.
    fn view(state: &str, entry: Option<u64>, sealed: bool, witnesses: u32) -> ProposalView {
        let seal = json!({"witnesses": witnesses, "needed": 2, "may_be_down": 1, "liars": 0, "up_to": null});
        serde_json::from_value(json!({
            "proposal": format!("p{:064x}", 7), "group": "g1", "group_name": "kitchen", "title": "t",
            "author": "ana", "why": "w", "state": state, "void_because": null, "version": 1, "versions": [],
            "opened": "1970-01-01T00:00:00Z", "charter": "h00", "closes": "1970-01-01T00:00:00Z", "to_vote": null,
            "entry": entry, "review": null, "domains": [], "effects": [], "responses": [], "objections": [],
            "called_in": null, "waiting_for": [], "sealed": sealed, "sealed_at": null, "seal": seal,
        }))
        .unwrap()
    }

    #[test]
    fn what_witnesses_have_yet_to_seal_is_not_yet_safe() {
        let unsealed = view("passed", Some(3), false, 3);
        let words = show_words(&unsealed, "", Output::PLAIN);
        assert!(words.contains("Sealed\n  not yet safe to rely on: 2 of 3 witnesses must cover it\n"), "{words}");
        assert!(words.contains("moot why p00000000 --wait sealed"), "{words}");
        assert_eq!(standing(&unsealed), ("passed, not yet safe".into(), Tone::Bad));
        // Sealed, open, or in a group that nobody outside has to rely on.
        for other in [view("passed", Some(3), true, 3), view("open", None, false, 3), view("passed", Some(3), false, 0)]
        {
            assert!(!show_words(&other, "", Output::PLAIN).contains("safe"));
            assert_eq!(standing(&other), (other.state.clone(), tone(&other)));
        }
    }
}
