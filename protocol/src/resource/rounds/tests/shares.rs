//! What comes after a division: shares that are given up, rounds that are forgotten, and how many of one steward are known.

use super::{
    BOTH,
    bench::{Bench, flour},
    opened, shares,
};
use crate::{
    effect::Effect,
    fixture::{DAY, assert_refused, days, name},
    id::{Hash, RoundId},
    limits::{ROUNDS_OF_ONE, TERMS_KEPT},
    resource::{CLAIMS_STAGE, Offer, Round, Window, division::Division},
    time::Span,
    voice::Says,
};

/// Brook got 4 and cellar 2 of attic's 6, for good.
fn divided() -> (Bench, RoundId) {
    let (mut bench, id) = opened();
    bench.claims_and_tells("brook", id, &[6]);
    bench.claims_and_tells("cellar", id, &[3]);
    bench.after(id, CLAIMS_STAGE);
    bench.divides(id).unwrap();
    (bench, id)
}

fn release(round: RoundId) -> Effect {
    Effect::ReleaseShare { domains: vec![name("policy")], round }
}

fn gives_up(bench: &mut Bench, called: &'static str, round: RoundId) {
    bench.decides(called, release(round)).unwrap();
    bench.seal(called);
}

#[test]
fn a_share_that_is_given_up_goes_free() {
    let (mut bench, id) = divided();
    gives_up(&mut bench, "brook", id);
    assert_eq!(bench.promised(), shares(&[("brook", 4), ("cellar", 2)]), "attic has not heard of it");
    let said = bench.shows("brook", |says| matches!(says, Says::ReleaseShare { .. }));
    bench.cites("attic", said.clone()).unwrap();
    assert_eq!(bench.promised(), shares(&[("cellar", 2)]));
    assert_refused!(bench.cites("attic", said), Conflict::Evidence { .. });
    let replica = &bench.groups["attic"].replica;
    assert_eq!(bench.groups["attic"].replayed().digest(), replica.digest());
    let other = bench.round(Division::MaxMin, vec![flour(8)], &BOTH);
    bench.opens(&other);
}

#[test]
fn nobody_gives_up_before_there_is_a_share() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("brook", id, &[6]);
    let last = bench.known("attic", id).round.claims_by;
    bench.tick_to(last);
    let early = bench.groups.get_mut("brook").unwrap().propose("ana", &[release(id)]);
    assert_refused!(early, Conflict::Effect { .. });
    bench.after(id, CLAIMS_STAGE);
    let silent = bench.groups.get_mut("cellar").unwrap().propose("ana", &[release(id)]);
    assert_refused!(silent, Conflict::Effect { .. });
    let nowhere = Effect::ReleaseShare { domains: Vec::new(), round: id };
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[nowhere]), Conflict::Effect { .. });
    // It is said before the division, and says something only after that.
    gives_up(&mut bench, "brook", id);
    let said = bench.shows("brook", |says| matches!(says, Says::ReleaseShare { .. }));
    assert_refused!(bench.cites("attic", said.clone()), Conflict::Evidence { .. });
    bench.tells("cellar", id, CLAIMS_STAGE).unwrap();
    bench.divides(id).unwrap();
    bench.cites("attic", said).unwrap();
    assert_eq!(bench.promised(), shares(&[]));
}

#[test]
fn a_share_is_given_up_by_whom_it_belongs_to() {
    let (mut bench, id) = divided();
    gives_up(&mut bench, "cellar", id);
    let release = Says::ReleaseShare { round: id };
    assert_refused!(bench.speaks("brook", release), Conflict::Round { .. });
    let said = bench.shows("cellar", |says| matches!(says, Says::ReleaseShare { .. }));
    assert_refused!(bench.cites("brook", said.clone()), Conflict::Evidence { .. });
    bench.cites("attic", said).unwrap();
    assert_eq!(bench.promised(), shares(&[("brook", 4)]));
    gives_up(&mut bench, "brook", Hash::of(b"another").into());
    let said = bench.shows("brook", |says| matches!(says, Says::ReleaseShare { .. }));
    assert_refused!(bench.cites("attic", said), Conflict::Evidence { .. });
}

#[test]
fn a_share_was_given_up_if_it_would_still_run_and_is_promised_no_more() {
    let mut bench = Bench::new();
    let from = bench.now + days(10);
    let window = Window::new(from, from + DAY).unwrap();
    let hall = Offer { resource: name("hall"), window, amount: 1 };
    let round = bench.round(Division::MaxMin, vec![hall], &BOTH);
    let id = bench.opens(&round);
    bench.claims_and_tells("brook", id, &[1]);
    bench.after(id, CLAIMS_STAGE);
    bench.tells("cellar", id, CLAIMS_STAGE).unwrap();
    bench.divides(id).unwrap();
    let share = bench.known("attic", id).result(id).unwrap().divided.shares[0].clone();
    let gave_up =
        |bench: &Bench, called: &str, now| bench.groups[called].replica.dealings().books.gave_up(&id, &share, now);
    assert!(!gave_up(&bench, "attic", bench.now), "it has it");
    gives_up(&mut bench, "brook", id);
    let said = bench.shows("brook", |says| matches!(says, Says::ReleaseShare { .. }));
    bench.cites("attic", said).unwrap();
    assert!(gave_up(&bench, "attic", bench.now));
    assert!(!gave_up(&bench, "brook", bench.now), "only the steward's log tells");
    assert!(!gave_up(&bench, "attic", window.until()), "by then it would be over");
}

#[test]
fn what_a_round_holds_is_told_from_what_terms_hold() {
    let (bench, id) = opened();
    let books = &bench.groups["attic"].replica.dealings().books;
    let held: Vec<_> = books.ledgers.values().flat_map(|ledger| ledger.iter()).map(|(held, _)| *held).collect();
    assert!(held == [id.into()] && books.is_round(&held[0]), "{held:?}");
    assert!(!books.is_round(&Hash::of(b"terms").into()) && !books.is_round(&Round::share(&id, &bench.log("brook"))));
}

/// A round is kept for 31 days after its last date, and in its steward's log while something of it is promised.
#[test]
fn a_round_is_forgotten_once_nothing_can_come_of_it() {
    let (mut bench, id) = divided();
    let kept = bench.known("attic", id).round.divides_by + TERMS_KEPT;
    let knows = |bench: &Bench, called: &str| {
        let mut books = bench.groups[called].replica.dealings().books.clone();
        books.expire(&bench.log(called), bench.now);
        books.rounds.contains_key(&id)
    };
    bench.tick_to(kept);
    assert!(["attic", "brook", "cellar"].iter().all(|called| knows(&bench, called)));
    bench.tick(Span::from_millis(1));
    assert!(!knows(&bench, "brook") && !knows(&bench, "cellar"));
    assert!(knows(&bench, "attic"), "shares of a stock are for good");
    for called in BOTH {
        gives_up(&mut bench, called, id);
        let said = bench.shows(called, |says| matches!(says, Says::ReleaseShare { .. }));
        bench.cites("attic", said).unwrap();
    }
    assert!(!knows(&bench, "attic"));
    let opening = bench.shows("attic", |says| matches!(says, Says::Round(_)));
    bench.tick(DAY);
    let other = bench.round(Division::MaxMin, vec![flour(8)], &BOTH);
    bench.opens(&other);
    let known = |bench: &Bench, called: &str| bench.groups[called].replica.dealings().books.rounds.contains_key(&id);
    assert!(!known(&bench, "brook"), "it goes when another one comes");
    assert_refused!(bench.cites("brook", opening), Conflict::Evidence { .. });
}

#[test]
fn a_log_knows_so_many_rounds_of_one_steward() {
    let mut bench = Bench::new();
    let opens = |bench: &mut Bench, day: usize| {
        let from = bench.now + days(10 + day as u64);
        let window = Window::new(from, from + DAY).unwrap();
        let round =
            bench.round(Division::MaxMin, vec![Offer { resource: name("hall"), window, amount: 1 }], &["brook"]);
        let open = Effect::OpenRound { domains: vec![name("policy")], round: Box::new(round.clone()) };
        bench.decides("attic", open).unwrap();
        bench.seal("attic");
        (round.id(), bench.shows("attic", |says| says.round() == Some(round.id())))
    };
    let mut first = None;
    for day in 0..ROUNDS_OF_ONE {
        let (id, opening) = opens(&mut bench, day);
        bench.cites("brook", opening).unwrap();
        first.get_or_insert(id);
    }
    let (_, more) = opens(&mut bench, ROUNDS_OF_ONE);
    assert_refused!(bench.cites("brook", more.clone()), Conflict::Evidence { .. });
    bench.claims("brook", first.unwrap(), &[1]);
    bench.cites("brook", more).unwrap();
}
