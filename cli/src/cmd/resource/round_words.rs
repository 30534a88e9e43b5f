//! Rounds in words.

use folkmoot_node::{
    clock,
    control::view::{ClaimantView, DraftedClaim, DraftedRound, OfferView, RoundView},
};

use super::words::{section, when};
use crate::output::{
    Output, from_now, local, short,
    table::{Grid, Tone},
};

/// Rounds, one on a line.
pub(super) fn list(rounds: &[RoundView], out: Output) -> String {
    if rounds.is_empty() {
        return "No rounds (moot resource round open).".to_owned();
    }
    let now = clock::now();
    let mut grid = Grid::new(&["id", "steward", "state", "until", "claims", "title"]).spare(&["until", "steward"]);
    for view in rounds {
        let claims = view.claimants.iter().filter(|claimant| claimant.claims.is_some()).count();
        grid.row([
            (short(&view.round).into(), Tone::Plain),
            (view.steward.clone(), Tone::Plain),
            (view.state.clone(), tone(view)),
            (view.until.as_deref().map(|until| from_now(until, now)).unwrap_or_default(), Tone::Plain),
            (format!("{claims} of {}", view.claimants.len()), Tone::Plain),
            (view.title.clone(), Tone::Plain),
        ]);
    }
    grid.render(out.place())
}

/// A round with what everybody claims, and how the shares came about.
pub(super) fn round(view: &RoundView, out: Output) -> String {
    let state = match tone(view) {
        Tone::Good => out.good(&view.state),
        Tone::Bad => out.bad(&view.state),
        Tone::Plain => view.state.clone(),
    };
    let mut text = format!("{}  {}\n{}\n{state}\n", short(&view.round), out.bold(&view.title), dates(view));
    if !view.text.is_empty() {
        text.push_str(&format!("\n{}\n", view.text));
    }
    text.push_str(&section(out, "What is divided", view.offers.iter().map(offer).collect()));
    let who = view.claimants.iter().map(|who| claimant(who, view, out));
    text.push_str(&section(out, "Who may claim", who.collect()));
    text.push_str(&section(out, "How the shares came about", how(view)));
    if let Some(until) = view.until.as_ref().filter(|_| view.open) {
        let id = short(&view.round);
        let waits = view.waits_for.as_ref().map(|what| format!("\nNot yet divided: {what}.")).unwrap_or_default();
        let next = match view.state.as_str() {
            "open for claims" => format!("\nNext: moot resource round claim {id} AMOUNT, until {}", local(until)),
            _ => String::new(),
        };
        text.push_str(&format!("{waits}{next}\n"));
    }
    text
}

/// What would be opened, and what is in the way.
pub(super) fn drafted(drafted: &DraftedRound, out: Output) -> String {
    let view = &drafted.view;
    let domains = drafted.domains.join(", ");
    let mut text = format!(
        "{}  {}\n{}; {} decides in {domains}\n",
        short(&view.round),
        out.bold(&view.title),
        dates(view),
        drafted.group
    );
    text.push_str(&section(out, "What is divided", view.offers.iter().map(offer).collect()));
    let who = view.claimants.iter().map(weighed).collect();
    text.push_str(&section(out, "Who may claim", who));
    let problems = drafted.problems.iter().map(|problem| out.bad(problem)).collect();
    text.push_str(&section(out, "In the way", problems));
    text.trim_end().to_owned()
}

/// What comes after a claim.
pub(super) fn after_claim(drafted: &DraftedClaim) -> String {
    let view = &drafted.view;
    let lot = match &view.reveals_by {
        Some(_) => format!(" The node of {} reveals its secret by itself.", drafted.group),
        None => String::new(),
    };
    format!("It has to pass by {}, once and for all.{lot}", local(&view.claims_by))
}

/// Amounts of the offers, those of which there is something.
pub(super) fn amounts(view: &RoundView, amounts: &[u64]) -> String {
    let some = view.offers.iter().zip(amounts).filter(|(_, amount)| **amount > 0);
    let some: Vec<String> = some.map(|(offer, amount)| counted(offer, *amount)).collect();
    if some.is_empty() { "nothing".into() } else { some.join(", ") }
}

fn dates(view: &RoundView) -> String {
    let reveals = view.reveals_by.as_ref().map(|at| format!(", reveals by {}", local(at))).unwrap_or_default();
    format!(
        "{} divides {}\nclaims by {}{reveals}, divided before {}",
        view.steward,
        view.division,
        local(&view.claims_by),
        local(&view.divides_by)
    )
}

fn counted(offer: &OfferView, amount: u64) -> String {
    let unit = offer.unit.as_deref().unwrap_or("units");
    format!("{amount} {unit} of {}{}", offer.resource, when(offer.from.as_deref(), offer.until.as_deref()))
}

fn offer(offer: &OfferView) -> String {
    let left = offer.left.map(|left| format!(", {left} left over")).unwrap_or_default();
    format!("{}{left}", counted(offer, offer.amount))
}

fn weighed(who: &ClaimantView) -> String {
    match who.weight {
        1 => who.group.clone(),
        weight => format!("{} (weight {weight})", who.group),
    }
}

fn claimant(who: &ClaimantView, view: &RoundView, out: Output) -> String {
    let claims = match &who.claims {
        Some(claims) => format!("claims {}", amounts(view, claims)),
        None if who.silent => "claimed nothing".into(),
        None if !who.knows => "has not heard of it".into(),
        None => "has not claimed".into(),
    };
    let mut text = format!("{}: {claims}", weighed(who));
    if view.reveals_by.is_some() && who.claims.is_some() {
        text.push_str(match (who.revealed, who.silent) {
            (true, _) => ", has revealed",
            (false, true) => ", did not reveal",
            (false, false) => ", has not revealed",
        });
    }
    if let Some(share) = &who.share {
        let got = amounts(view, share);
        text.push_str(&match who.given_up {
            true => format!(", gave up {got}"),
            false => format!(", {}", out.good(&format!("gets {got}"))),
        });
    } else if who.claims.is_some() && !who.cited && view.open {
        text.push_str(&format!(", {}", out.bad("not yet safe")));
    }
    if let Some(open) = &who.proposal {
        text.push_str(&format!(
            "\n  {} proposes to {}, open until {}",
            short(&open.proposal),
            open.does,
            local(&open.closes)
        ));
    }
    text
}

fn how(view: &RoundView) -> Vec<String> {
    let seed = view.seed.iter().map(|seed| format!("the order follows from the seed {seed}"));
    seed.chain(view.how.iter().cloned()).collect()
}

fn tone(view: &RoundView) -> Tone {
    match view.state.as_str() {
        "divided" => Tone::Good,
        "lapsed" => Tone::Bad,
        _ => Tone::Plain,
    }
}
