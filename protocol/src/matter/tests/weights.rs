//! Matters of agreements whose groups have weights.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{NAMES, bench::Bench};
use crate::{
    effect::Effect,
    federation::{FederatedGroup, FederationAgreement, Seat, Share, Timing},
    fixture::{DAY, assert_refused, days, hours, name, public},
    id::{Hash, LogId, MatterId},
    matter::{Amendment, Matter, Part, Slot, Standing, stand},
    table::Table,
    time::{Span, Timestamp},
    voice::Says,
};

/// Attic weighs four of six, and opens a matter that affects attic and brook.
fn heavy() -> (Bench, MatterId) {
    let mut bench = Bench::weighed(&NAMES, &[4]);
    let matter = bench.matter(&["attic", "brook"]);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar"]);
    (bench, id)
}

fn own_consent(bench: &mut Bench, called: &'static str) {
    bench.seal(called);
    let own = bench.shows(called, |says| matches!(says, Says::Open(_) | Says::Consent { .. })).unwrap();
    bench.cites(called, own).unwrap();
}

#[test]
fn two_thirds_of_the_weight_adopt_with_more_than_half_of_the_groups() {
    let (mut bench, id) = heavy();
    own_consent(&mut bench, "attic");
    let end = bench.known("attic", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_eq!(bench.stands("attic", id), Standing::Open { level: 3 }, "four of six, and one of three");
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "attic");
    assert_eq!(bench.stands("attic", id), Standing::Adopted { level: 3 });
    bench.enacts("attic", id, 3).unwrap();
    bench.groups["attic"].replayed();
}

#[test]
fn two_thirds_of_the_groups_are_not_enough_without_the_weight() {
    let mut bench = Bench::weighed(&NAMES, &[4]);
    let matter = bench.matter(&["attic", "brook"]);
    let id = bench.opens("brook", &matter);
    bench.tells("brook", &["attic", "cellar"]);
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "brook");
    own_consent(&mut bench, "brook");
    for level in 1..=3 {
        let end = bench.known("brook", id).matter.end(level, hours(1));
        bench.tick_to(end + Span::from_millis(1));
        assert_ne!(bench.stands("brook", id), Standing::Adopted { level: 3 });
        bench.seal_all();
        let evidence = bench.shows_silence("brook", "attic", id, level).unwrap();
        bench.cites("brook", evidence).unwrap();
    }
    assert_eq!(bench.stands("brook", id), Standing::NotAdopted, "one group of three is silent, with the weight");
}

#[test]
fn weights_change_while_a_consent_is_not_settled() {
    let (mut bench, id) = heavy();
    bench.consents("cellar", id);
    let mut next = FederationAgreement { amends: Some(bench.agreement.successor()), ..bench.agreement.clone() };
    next.groups.find_mut(&name("attic")).unwrap().weight = 2;
    bench.decides("cellar", Effect::Federate(next.clone()));
    assert_eq!(bench.groups["cellar"].replica.ties().latest(&next.id()).unwrap().agreement, next);
    // Other groups wait for what is settled.
    let log = Hash::of(b"dairy").into();
    let dairy = FederatedGroup { name: name("dairy"), log, node: public("dairy"), escalates_to: None, weight: 1 };
    let more = bench.agreement.with_group(dairy).unwrap();
    assert_refused!(
        bench.groups.get_mut("attic").unwrap().propose("ana", &[Effect::Federate(more)]),
        Conflict::Effect { .. }
    );
}

#[test]
fn an_amendment_takes_two_thirds_of_both_and_who_is_expelled_counts_with_its_weight() {
    const FOUR: [&str; 4] = ["attic", "brook", "cellar", "dairy"];
    let check = |weights: &[u32], expelled: &str, dormant: &[&str]| {
        let bench = Bench::weighed(&FOUR, weights);
        let mut text = FederationAgreement { amends: Some(bench.agreement.successor()), ..bench.agreement.clone() };
        if !expelled.is_empty() {
            text.groups.take(&name(expelled)).unwrap();
        }
        let mut matter = bench.amendment(&text);
        let mut asleep: Vec<LogId> = dormant.iter().map(|called| bench.log(called)).collect();
        asleep.sort_unstable();
        matter.parts.retain(|part| !asleep.contains(&part.group));
        matter.amends.as_mut().unwrap().dormant = asleep;
        let needed = matter.needed(&bench.agreement);
        matter.check(&bench.agreement, bench.now).map(|()| (needed.groups, needed.weight))
    };
    assert_eq!(check(&[], "dairy", &[]), Ok((3, 3)));
    assert_eq!(check(&[2, 2], "dairy", &[]), Ok((3, 4)));
    let refused = check(&[4], "attic", &[]).unwrap_err();
    assert!(refused.contains("5 of the weight of 7") && refused.contains("leaves 3"), "{refused}");
    // A third of the weight may be dormant, and no more; more than half of all are needed anyhow.
    assert_eq!(check(&[2, 1, 2, 1], "", &["attic"]), Ok((3, 4)));
    assert_eq!(check(&[5, 5, 5, 1], "", &["dairy"]), Ok((3, 10)));
    assert!(check(&[3, 2, 2, 1], "", &["attic"]).unwrap_err().contains("at most a third"));
}

#[test]
fn an_amendment_of_groups_with_weights_is_in_force_by_both() {
    const FOUR: [&str; 4] = ["attic", "brook", "cellar", "dairy"];
    let mut bench = Bench::weighed(&FOUR, &[3]);
    let text = FederationAgreement {
        purpose: "Two streets".into(),
        amends: Some(bench.agreement.successor()),
        ..bench.agreement.clone()
    };
    let matter = bench.amendment(&text);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar", "dairy"]);
    ["brook", "cellar", "dairy"].iter().for_each(|called| bench.consents(called, id));
    for called in ["brook", "cellar", "dairy", "attic"] {
        assert_eq!(bench.in_force().agreement.number(), 1, "three groups of four weigh three of six");
        bench.tells_all_consents(called, id);
        bench.enacts(called, id, 1).unwrap();
        let adopted = bench.groups[called].replica.ties().latest(&bench.agreement.id()).unwrap().adopted.unwrap();
        assert_eq!(adopted.needed, Share { groups: 3, weight: 4 });
        bench.groups[called].replayed();
    }
    assert_eq!(bench.in_force().agreement, text);
}

fn log(at: usize) -> LogId {
    Hash([at as u8 + 1; 32]).into()
}

fn agreement(weights: &[u32]) -> FederationAgreement {
    let group = |(at, weight): (usize, &u32)| FederatedGroup {
        name: name(&format!("g{at}")),
        log: log(at),
        node: public("node"),
        escalates_to: None,
        weight: *weight,
    };
    let friend = Seat { name: name("friend"), node: public("friend"), addresses: Vec::new() };
    FederationAgreement {
        name: name("street"),
        purpose: "To share a street".into(),
        groups: Table::new(weights.iter().enumerate().map(group).collect()).unwrap(),
        panel: Table::new(vec![friend]).unwrap(),
        timing: Timing::default(),
        amends: None,
    }
}

fn chosen(of: u16, groups: usize) -> impl Iterator<Item = LogId> {
    (0..groups).filter(move |at| of >> at & 1 == 1).map(log)
}

/// A matter that affects the first group alone, of an agreement with these weights.
fn of_the_first(agreement: &FederationAgreement) -> Matter {
    let part = Part {
        group: log(0),
        head: 0,
        domains: vec![name("policy")],
        window: Span::ZERO,
        ceded: true,
        effects: Vec::new(),
        linked: false,
        after: Vec::new(),
        due: None,
    };
    let by = [10, 20, 30].map(|day| Timestamp::from_millis(0) + days(day));
    let (federation, version) = (agreement.id(), agreement.hash());
    let (title, text) = ("Quiet hours".into(), "From ten to six.".into());
    let (replaces, overrides, amends, about, settles, mediator) = (None, Vec::new(), None, None, None, None);
    let parts = vec![part];
    Matter { federation, version, title, text, parts, by, replaces, overrides, amends, about, settles, mediator }
}

proptest! {
    /// Whatever is adopted by the assembly, or as an amendment, has a group in common with everything else that is.
    #[test]
    fn what_reaches_a_threshold_shares_a_group(
        weights in prop::collection::vec(1u32..20, 1..9),
        one: u16,
        dormant: u16,
    ) {
        let agreement = agreement(&weights);
        let share = |set: u16| agreement.share(chosen(set, weights.len()));
        let dormant: Vec<LogId> = chosen(dormant, weights.len()).collect();
        let asleep = agreement.share(dormant.clone());
        let text = Amendment { agreement: agreement.clone(), dormant, taken: None };
        let needed = [agreement.assembly(), agreement.two_thirds(), text.needed(&agreement)];
        for (a, b) in needed.iter().flat_map(|a| needed.iter().map(move |b| (a, b))) {
            prop_assert!(!(share(one).reaches(*a) && share(!one).reaches(*b)), "{a:?} and {b:?}");
        }
        prop_assert!(agreement.all().reaches(text.needed(&agreement)));
        if !asleep.exceeds_a_third_of(agreement.all()) {
            prop_assert!(agreement.all().without(asleep).reaches(text.needed(&agreement)), "who is awake is enough");
        }
    }

    /// Where no group has a weight, everything comes out as by the number of groups.
    #[test]
    fn without_weights_groups_are_counted(groups in 1usize..9, consents: u16, dead: u16) {
        let weights = vec![1; groups];
        let agreement = agreement(&weights);
        let two_thirds = (2 * groups).div_ceil(3) as u32;
        let both = |number| Share { groups: number, weight: number };
        prop_assert_eq!([agreement.two_thirds(), agreement.assembly()], [both(two_thirds); 2]);
        let matter = of_the_first(&agreement);
        let consents: BTreeSet<LogId> = chosen(consents, groups).filter(|group| *group != log(0)).collect();
        let dead: BTreeSet<LogId> = chosen(dead, groups).filter(|group| !consents.contains(group)).collect();
        let at = matter.by[2].before(DAY);
        let yes = consents.iter().map(|group| (*group, Slot { consent: Some((at, at)), ..Slot::default() }));
        let no = dead.iter().map(|group| (*group, Slot { dead: [1, 2, 3].into(), ..Slot::default() }));
        let slots: BTreeMap<LogId, Slot> = yes.chain(no).collect();
        let expected = if 3 * consents.len() >= 2 * groups {
            Standing::Adopted { level: 3 }
        } else if dead.contains(&log(0)) && dead.len() + two_thirds as usize > groups {
            Standing::NotAdopted
        } else {
            Standing::InDoubt
        };
        prop_assert_eq!(stand(&matter, &agreement, &slots, matter.by[2] + days(2)), expected);
    }
}
