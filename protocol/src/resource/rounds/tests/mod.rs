//! Rounds by hand: what each log may say, and on what a division rests.

mod bench;
mod lots;
mod shares;
mod texts;

use std::collections::BTreeMap;

use self::bench::{Bench, flour};
use super::{CLAIMS_STAGE, RoundState};
use crate::{
    effect::Effect,
    evidence::Evidence,
    fixture::{assert_refused, days, hours, name},
    id::{Hash, RoundId},
    resource::{Offer, division::Division},
    time::Span,
    voice::Says,
};

const BOTH: [&str; 2] = ["brook", "cellar"];

/// Attic offers 6 of its 10 in proportion; brook and cellar know.
fn opened() -> (Bench, RoundId) {
    let mut bench = Bench::new();
    let round = bench.round(Division::Proportional, vec![flour(6)], &BOTH);
    let id = bench.opens(&round);
    (bench, id)
}

fn shares(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
    of.iter().map(|(called, amount)| ((*called).to_owned(), *amount)).collect()
}

#[test]
fn each_gets_its_part_and_the_rest_goes_free() {
    let (mut bench, id) = opened();
    assert_eq!(bench.promised(), shares(&[("held", 6)]));
    bench.claims_and_tells("brook", id, &[6]);
    bench.claims_and_tells("cellar", id, &[3]);
    bench.after(id, CLAIMS_STAGE);
    bench.divides(id).unwrap();
    assert_eq!(bench.promised(), shares(&[("brook", 4), ("cellar", 2)]));
    assert_eq!(bench.known("attic", id).state(bench.now), RoundState::Divided);
    let replica = &bench.groups["attic"].replica;
    assert_eq!(bench.groups["attic"].replayed().digest(), replica.digest());
    bench.tick(days(30));
    assert_eq!(bench.promised(), shares(&[("brook", 4), ("cellar", 2)]), "shares are for good");
}

#[test]
fn what_nobody_claims_goes_free() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("brook", id, &[1]);
    bench.after(id, CLAIMS_STAGE);
    bench.tells("cellar", id, CLAIMS_STAGE).unwrap();
    bench.divides(id).unwrap();
    assert_eq!(bench.promised(), shares(&[("brook", 1)]), "who was silent gets nothing");
}

#[test]
fn what_is_offered_is_not_promised_twice() {
    let (mut bench, id) = opened();
    let mut other = bench.round(Division::MaxMin, vec![flour(5)], &BOTH);
    let open =
        |round: &super::Round| Effect::OpenRound { domains: vec![name("policy")], round: Box::new(round.clone()) };
    let group = bench.groups.get_mut("attic").unwrap();
    assert_refused!(group.propose("ana", &[open(&other)]), Conflict::Effect { .. });
    let mut smaller = group.replica.charter().resources.find(&name("flour")).unwrap().clone();
    smaller.capacity = 5;
    assert_refused!(group.propose("ana", &[Effect::SetResource(smaller)]), Conflict::Effect { .. });
    assert_refused!(group.propose("ana", &[Effect::DropResource { resource: name("flour") }]), Conflict::Effect { .. });
    other.offers = vec![flour(4)];
    bench.opens(&other);
    assert_eq!(bench.groups["attic"].replica.dealings().books.rounds.len(), 2);
    assert!(bench.known("attic", id).shown);
}

#[test]
fn a_steward_leaves_nobody_out() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("cellar", id, &[6]);
    bench.claims("brook", id, &[6]);
    bench.after(id, CLAIMS_STAGE);
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    // What shows the claim shows no silence, whatever the steward says that it shows.
    let claim = bench.answer("brook", id, CLAIMS_STAGE).unwrap();
    assert_eq!(claim.silent, None);
    let forged = Evidence { silent: Some((Hash(id.0), CLAIMS_STAGE)), ..claim.clone() };
    assert_refused!(bench.cites("attic", forged), Conflict::Evidence { .. });
    let mut blind = bench.shows("brook", |says| matches!(says, Says::Claim(_)));
    (blind.voices, blind.silent) = (Vec::new(), Some((Hash(id.0), CLAIMS_STAGE)));
    let attic = &bench.groups["attic"];
    assert!(attic.replica.citing(vec![blind], attic.now).is_err(), "the notes name a voice that is not shown");
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    bench.cites("attic", claim).unwrap();
    bench.divides(id).unwrap();
    assert_eq!(bench.promised(), shares(&[("brook", 3), ("cellar", 3)]));
}

#[test]
fn silence_needs_notes_from_after_the_end() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("brook", id, &[2]);
    let end = bench.known("attic", id).round.claims_by + hours(1);
    bench.tick_to(end);
    bench.seal("cellar");
    assert!(bench.answer("cellar", id, CLAIMS_STAGE).is_none(), "a claim could still be sealed at this moment");
    bench.tick(Span::from_millis(1));
    bench.note("one", "cellar");
    assert!(bench.answer("cellar", id, CLAIMS_STAGE).is_none(), "one of three is not enough");
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    bench.note("two", "cellar");
    bench.tells("cellar", id, CLAIMS_STAGE).unwrap();
    bench.divides(id).unwrap();
}

#[test]
fn nothing_is_divided_while_claims_may_be_sealed() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("brook", id, &[6]);
    bench.claims_and_tells("cellar", id, &[6]);
    let end = bench.known("attic", id).round.claims_by + hours(1);
    bench.tick_to(end);
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    bench.tick(Span::from_millis(1));
    assert_refused!(bench.speaks("brook", Says::Divide { round: id }), Conflict::Round { .. });
    assert_refused!(bench.speaks("attic", Says::Divide { round: RoundId([9; 32]) }), Conflict::NoRound(_));
    bench.divides(id).unwrap();
    assert_refused!(bench.divides(id), Conflict::Round { .. });
}

#[test]
fn a_claim_that_is_sealed_late_is_none() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("cellar", id, &[6]);
    bench.seal("brook");
    bench.tick_to(bench.known("attic", id).round.claims_by);
    let claim = bench.claim("brook", id, &[6]);
    bench.decides("brook", Effect::Claim { domains: vec![name("policy")], claim }).unwrap();
    bench.after(id, CLAIMS_STAGE);
    let late = bench.shows("brook", |says| matches!(says, Says::Claim(_)));
    assert_refused!(bench.cites("attic", late), Conflict::Evidence { .. });
    bench.tells("brook", id, CLAIMS_STAGE).unwrap();
    bench.divides(id).unwrap();
    assert_eq!(bench.promised(), shares(&[("cellar", 6)]));
}

#[test]
fn a_group_claims_once_and_in_time() {
    let (mut bench, id) = opened();
    let claim = bench.claim("brook", id, &[6]);
    let effect = Effect::Claim { domains: vec![name("policy")], claim };
    bench.decides("brook", effect.clone()).unwrap();
    assert_refused!(bench.decides("brook", effect.clone()), Conflict::Effect { .. });
    assert_refused!(bench.decides("attic", effect.clone()), Conflict::Effect { .. });
    bench.tick_to(bench.known("attic", id).round.claims_by + Span::from_millis(1));
    assert_refused!(bench.decides("cellar", effect), Conflict::Effect { .. });
}

#[test]
fn the_order_in_which_it_is_heard_does_not_matter() {
    let told = |order: &[&'static str]| {
        let (mut bench, id) = opened();
        bench.claims("brook", id, &[5]);
        bench.claims("cellar", id, &[4]);
        bench.after(id, CLAIMS_STAGE);
        order.iter().for_each(|called| bench.tells(called, id, CLAIMS_STAGE).unwrap());
        bench.divides(id).unwrap();
        bench.groups["attic"].replica.dealings().books.clone()
    };
    assert_eq!(told(&BOTH), told(&["cellar", "brook"]));
}

#[test]
fn what_is_known_already_is_no_news() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("brook", id, &[5]);
    let again = bench.answer("brook", id, CLAIMS_STAGE).unwrap();
    assert_refused!(bench.cites("attic", again.clone()), Conflict::Evidence { .. });
    assert_refused!(bench.cites("cellar", again), Conflict::Evidence { .. });
}

#[test]
fn a_round_that_is_not_divided_lapses_by_itself() {
    let (mut bench, id) = opened();
    bench.claims_and_tells("brook", id, &[5]);
    bench.after(id, CLAIMS_STAGE);
    let end = bench.known("attic", id).round.divides_by;
    bench.tick_to(end.before(Span::from_millis(1)));
    assert_eq!(bench.known("attic", id).state(bench.now), RoundState::Divides);
    bench.tick(Span::from_millis(1));
    assert_eq!(bench.known("attic", id).state(bench.now), RoundState::Lapsed);
    bench.tells("cellar", id, CLAIMS_STAGE).unwrap();
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    let mut next = bench.round(Division::MaxMin, vec![flour(10)], &BOTH);
    next.title = "Once more".into();
    bench.opens(&next);
    assert_eq!(bench.promised(), shares(&[("held", 10)]), "what was held is free");
}

#[test]
fn a_steward_may_claim_beside_the_others() {
    let mut bench = Bench::new();
    let round = bench.round(Division::MaxMin, vec![flour(9)], &["attic", "brook", "cellar"]);
    let id = bench.opens(&round);
    bench.claims("attic", id, &[9]);
    bench.claims_and_tells("brook", id, &[2]);
    bench.claims_and_tells("cellar", id, &[9]);
    bench.after(id, CLAIMS_STAGE);
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    bench.tells("attic", id, CLAIMS_STAGE).unwrap();
    bench.divides(id).unwrap();
    assert_eq!(bench.promised().values().sum::<u64>(), 9);
    assert_eq!(bench.promised()["brook"], 2);
}

#[test]
fn a_round_that_was_sealed_late_is_none() {
    let mut bench = Bench::new();
    bench.seal("attic");
    let round = bench.round(Division::MaxMin, vec![flour(9)], &BOTH);
    let effect = Effect::OpenRound { domains: vec![name("policy")], round: Box::new(round.clone()) };
    bench.decides("attic", effect).unwrap();
    bench.tick(hours(1));
    bench.tick(Span::from_millis(1));
    bench.seal("attic");
    let opening = bench.shows("attic", |says| matches!(says, Says::Round(_)));
    assert_refused!(bench.cites("brook", opening.clone()), Conflict::Evidence { .. });
    assert_refused!(bench.cites("attic", opening), Conflict::Evidence { .. });
    let id = round.id();
    bench.after(id, CLAIMS_STAGE);
    BOTH.into_iter().for_each(|called| bench.tells(called, id, CLAIMS_STAGE).unwrap());
    assert_refused!(bench.divides(id), Conflict::Round { .. });
}

/// Several resources and windows at once: dominant-resource fairness by records.
#[test]
fn several_offers_are_divided_together() {
    let mut bench = Bench::new();
    let window = crate::resource::Window::new(bench.now + days(9), bench.now + days(10)).unwrap();
    let hall = Offer { resource: name("hall"), window, amount: 10 };
    let round = bench.round(Division::DominantResource, vec![flour(10), hall], &BOTH);
    let id = bench.opens(&round);
    bench.claims_and_tells("brook", id, &[10, 2]);
    bench.claims_and_tells("cellar", id, &[2, 10]);
    bench.after(id, CLAIMS_STAGE);
    bench.divides(id).unwrap();
    let result = bench.known("attic", id).result(id).unwrap();
    let books = &bench.groups["attic"].replica.dealings().books;
    for (at, called) in ["flour", "hall"].into_iter().enumerate() {
        let promised: u64 =
            books.ledgers[&name(called)].iter().flat_map(|(_, promise)| &promise.portions).map(|p| p.amount).sum();
        assert_eq!(promised, result.divided.shares.iter().map(|share| share.amounts[at]).sum::<u64>());
        assert!(promised <= 10, "never more than there is");
    }
}
