//! Which rounds can stand, and which claims fit.

use super::{BOTH, Bench, flour};
use crate::{
    effect::Effect,
    fixture::{days, hours, name},
    id::{Hash, LogId},
    resource::{
        Claimant, Round,
        division::{Division, Fit},
    },
    table::Table,
    time::Span,
};

type Change = Box<dyn Fn(&mut Round)>;

#[test]
fn a_round_can_stand() {
    let bench = Bench::new();
    let good = bench.round(Division::Lot(Fit::Part), vec![flour(6)], &BOTH);
    good.check(&bench.agreement, bench.now).unwrap();
    let stranger = LogId([7; 32]);
    let last = good.reveals_by.unwrap();
    let changes: [(&str, Change); 15] = [
        ("title", Box::new(|round| round.title.clear())),
        ("offers", Box::new(|round| round.offers.clear())),
        ("offers", Box::new(|round| round.offers = vec![flour(1); 9])),
        ("sorted", Box::new(|round| round.offers = vec![flour(1), flour(2)])),
        ("offers 0", Box::new(|round| round.offers = vec![flour(0)])),
        ("from 1 to 350 groups", Box::new(|round| round.claimants.clear())),
        ("sorted", Box::new(|round| round.claimants.reverse())),
        ("no group", Box::new(move |round| round.steward = stranger)),
        ("no group", Box::new(move |round| round.claimants = vec![Claimant { group: stranger, weight: 1 }])),
        ("weight", Box::new(|round| round.claimants[0].weight = 2)),
        ("let them claim", Box::new(|round| round.claims_by = round.claims_by.before(hours(23)))),
        ("last date of reveals", Box::new(|round| round.reveals_by = None)),
        ("no lot", Box::new(|round| round.division = Division::MaxMin)),
        ("sealed before", Box::new(|round| round.reveals_by = Some(round.claims_by + hours(2)))),
        ("divide it between", Box::new(move |round| round.divides_by = last + hours(3).scaled_down(2))),
    ];
    for (problem, change) in changes {
        let mut round = good.clone();
        change(&mut round);
        let refused = round.check(&bench.agreement, bench.now).unwrap_err();
        assert!(refused.contains(problem), "{problem}: {refused}");
    }
    let mut alone = bench.agreement.clone();
    alone.panel = Table::default();
    assert!(good.check(&alone, bench.now).unwrap_err().contains("nobody on the panel"));
    let mut longest = good.clone();
    longest.divides_by = last + days(14);
    longest.check(&bench.agreement, bench.now).unwrap();
    longest.divides_by = longest.divides_by + Span::from_millis(1);
    longest.check(&bench.agreement, bench.now).unwrap_err();
}

#[test]
fn the_least_times_are_enough() {
    let bench = Bench::new();
    let mut round = bench.round(Division::Lot(Fit::Part), vec![flour(6)], &BOTH);
    round.claims_by = bench.now + hours(2);
    round.reveals_by = Some(round.claims_by + hours(3));
    round.divides_by = round.claims_by + hours(6);
    round.check(&bench.agreement, bench.now).unwrap();
    assert!(round.reveals_from(hours(1)) < round.last(), "there is time for reveals");
}

#[test]
fn a_round_is_decided_where_its_resources_are() {
    let mut bench = Bench::new();
    let round = bench.round(Division::MaxMin, vec![flour(6)], &BOTH);
    let opening =
        |round: &Round, domain: &str| Effect::OpenRound { domains: vec![name(domain)], round: Box::new(round.clone()) };
    let mut refused = |effect: Effect| {
        let refused = bench.groups.get_mut("attic").unwrap().propose("ana", &[effect]).unwrap_err();
        refused.to_string()
    };
    assert!(refused(opening(&round, "charter")).contains("domains policy"));
    let mut other = round.clone();
    other.offers[0].resource = name("gold");
    assert!(refused(opening(&other, "policy")).contains("no resource 'gold'"));
    let mut other = round.clone();
    other.offers[0].amount = 11;
    assert!(refused(opening(&other, "policy")).contains("1 too few"));
    let mut other = round.clone();
    other.version = Hash([1; 32]);
    assert!(refused(opening(&other, "policy")).contains("another version"));
    let mut other = round;
    other.steward = other.claimants[0].group;
    assert!(refused(opening(&other, "policy")).contains("another group is named"));
}

#[test]
fn a_claim_fits_the_round() {
    let mut bench = Bench::new();
    let round = bench.round(Division::MaxMin, vec![flour(6)], &["brook"]);
    let id = bench.opens(&round);
    let good = bench.claim("brook", id, &[6]);
    let mut refused = |amounts: &[u64], commitment| {
        let claim = super::super::RoundClaim { amounts: amounts.to_vec(), commitment, ..good.clone() };
        let effect = Effect::Claim { domains: vec![name("policy")], claim };
        bench.groups.get_mut("brook").unwrap().propose("ana", &[effect]).unwrap_err().to_string()
    };
    assert!(refused(&[1, 1], None).contains("2 amounts"));
    assert!(refused(&[0], None).contains("not all of them 0"));
    assert!(refused(&[1 << 53], None).contains("its amounts"));
    assert!(refused(&[1], Some(Hash([1; 32]))).contains("no lot"));
    let effect = Effect::Claim { domains: vec![name("policy")], claim: good };
    let stranger = bench.groups.get_mut("cellar").unwrap().propose("ana", &[effect]).unwrap_err();
    assert!(stranger.to_string().contains("knows no round"), "{stranger}");
}
