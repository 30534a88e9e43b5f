//! Versions of an agreement: who consents, what comes into force, who leaves.

use std::collections::{BTreeMap, BTreeSet};

use super::{FederatedGroup, FederationAgreement, Known, Seat, Share, Standing, Timing};
use crate::{
    cbor,
    decision::Outcome,
    effect::Effect,
    fixture::{Group, assert_refused, days, hours, name, public},
    id::{Hash, LogId},
    table::Table,
    time::Span,
};

/// Groups of a federation, each with its log, and how far each is sealed.
struct Federation {
    groups: BTreeMap<&'static str, Group>,
    sealed: BTreeMap<&'static str, u64>,
    founding: FederationAgreement,
}

fn group(called: &str) -> Group {
    Group::with(|charter| {
        charter.name = name(called);
        charter.host.node = public(&format!("{called}-node"));
    })
}

fn entry_of(called: &str, group: &Group) -> FederatedGroup {
    let (log, node) = (group.replica.log(), public(&format!("{called}-node")));
    FederatedGroup { name: name(called), log, node, escalates_to: None, weight: 1 }
}

impl Federation {
    /// Founds a federation of these groups; all of them consent, sealed.
    fn of(names: &[&'static str]) -> Self {
        Self::weighed(names, &[])
    }

    /// The same, of which the first groups have these weights.
    fn weighed(names: &[&'static str], weights: &[u32]) -> Self {
        let mut groups: BTreeMap<_, _> = names.iter().map(|called| (*called, group(called))).collect();
        let weight = |called: &str| {
            let at = names.iter().position(|name| *name == called);
            at.and_then(|at| weights.get(at)).copied().unwrap_or(1)
        };
        let entry_of =
            |called: &str, group: &Group| FederatedGroup { weight: weight(called), ..entry_of(called, group) };
        let seat = |called: &str| Seat { name: name(called), node: public(called), addresses: Vec::new() };
        let founding = FederationAgreement {
            name: name("street"),
            purpose: "To share a street".into(),
            groups: Table::new(groups.iter().map(|(called, group)| entry_of(called, group)).collect()).unwrap(),
            panel: Table::new(vec![seat("one"), seat("two"), seat("three")]).unwrap(),
            timing: Timing::default(),
            amends: None,
        };
        for group in groups.values_mut() {
            group.carry("ana", &[Effect::Federate(founding.clone())]);
        }
        let mut this = Self { groups, sealed: BTreeMap::new(), founding };
        this.seal_all();
        this
    }

    fn seal(&mut self, called: &'static str) {
        self.sealed.insert(called, self.groups[called].replica.head().number);
    }

    fn seal_all(&mut self) {
        let names: Vec<_> = self.groups.keys().copied().collect();
        names.into_iter().for_each(|called| self.seal(called));
    }

    /// Lets a group decide for a version, without a seal.
    fn consent(&mut self, called: &'static str, version: &FederationAgreement) {
        self.groups.get_mut(called).unwrap().carry("ana", &[Effect::Federate(version.clone())]);
    }

    fn sealed_consent(&mut self, called: &'static str, version: &FederationAgreement) {
        self.consent(called, version);
        self.seal(called);
    }

    fn log(&self, called: &str) -> LogId {
        self.groups[called].replica.log()
    }

    fn standing(&self) -> Standing {
        self.standing_after(Span::ZERO)
    }

    fn standing_after(&self, span: Span) -> Standing {
        let known: BTreeMap<LogId, Known<'_>> = self
            .groups
            .iter()
            .map(|(called, group)| {
                (group.replica.log(), Known { replica: &group.replica, sealed: self.sealed.get(called).copied() })
            })
            .collect();
        let now = self.groups.values().map(|group| group.now).max().unwrap() + span;
        Standing::of(self.founding.clone(), |log| known.get(log).copied(), now)
    }

    fn in_force(&self) -> u32 {
        self.standing().agreement.number()
    }
}

fn purpose(of: &FederationAgreement, purpose: &str) -> FederationAgreement {
    FederationAgreement { purpose: purpose.into(), amends: Some(of.successor()), ..of.clone() }
}

const FOUR: [&str; 4] = ["attic", "bakery", "cellar", "dairy"];

#[test]
fn a_version_is_in_force_when_two_thirds_of_the_groups_consent_and_it_is_sealed() {
    let mut federation = Federation::of(&FOUR);
    let second = purpose(&federation.founding, "To share two streets");
    assert_eq!((second.id(), second.number()), (federation.founding.id(), 2));
    federation.sealed_consent("attic", &second);
    federation.sealed_consent("bakery", &second);
    federation.consent("cellar", &second);
    let standing = federation.standing();
    assert_eq!(standing.agreement, federation.founding, "three of four are needed, and sealed");
    assert_eq!((standing.pending[0].consents.len(), standing.pending[0].sealed.len()), (3, 2));
    federation.seal("cellar");
    let standing = federation.standing();
    assert_eq!(standing.agreement, second);
    assert!(standing.pending.is_empty());
}

#[test]
fn a_group_consents_to_one_successor_of_a_version() {
    let mut federation = Federation::of(&FOUR);
    let (one, other) = (purpose(&federation.founding, "One"), purpose(&federation.founding, "Other"));
    federation.sealed_consent("attic", &one);
    let attic = federation.groups.get_mut("attic").unwrap();
    assert_refused!(attic.propose("ana", &[Effect::Federate(other.clone())]), Conflict::Effect { .. });
    assert_refused!(attic.propose("ana", &[Effect::Federate(one.clone())]), Conflict::Effect { .. });
    for called in ["bakery", "cellar"] {
        federation.sealed_consent(called, &other);
    }
    federation.sealed_consent("dairy", &one);
    let standing = federation.standing();
    assert_eq!((standing.agreement.number(), standing.pending.len()), (1, 2), "a split vote stays undecided");
}

/// A proposal that was open meanwhile is judged again when it is carried out.
#[test]
fn of_two_open_proposals_the_second_is_void() {
    let mut federation = Federation::of(&FOUR);
    let versions = ["One", "Other"].map(|text| purpose(&federation.founding, text));
    let attic = federation.groups.get_mut("attic").unwrap();
    let open = versions.map(|version| attic.open("ana", &[Effect::Federate(version)]));
    for proposal in open {
        attic.agree("ana", proposal).unwrap();
        attic.agree("ben", proposal).unwrap();
        attic.agree("cem", proposal).unwrap();
    }
    attic.tick(days(8));
    let outcomes = open.map(|proposal| attic.ended(proposal));
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Void { .. })).count(), 1);
    assert_eq!(attic.replayed().digest(), attic.replica.digest());
    assert_eq!(attic.replayed().ties(), attic.replica.ties());
}

#[test]
fn a_group_that_missed_a_version_consents_to_the_next() {
    let mut federation = Federation::of(&FOUR);
    let second = purpose(&federation.founding, "Second");
    for called in ["attic", "bakery", "cellar"] {
        federation.sealed_consent(called, &second);
    }
    let third = purpose(&second, "Third");
    for called in ["bakery", "cellar", "dairy"] {
        federation.sealed_consent(called, &third);
    }
    assert_eq!(federation.in_force(), 3);
}

#[test]
fn a_version_that_skips_one_or_is_of_another_federation_never_follows() {
    let mut federation = Federation::of(&FOUR);
    let second = purpose(&federation.founding, "Second");
    let third = purpose(&second, "Third");
    for called in FOUR {
        federation.sealed_consent(called, &third);
    }
    assert_eq!(federation.in_force(), 1, "nobody consented to version 2");
    let mut foreign = second.clone();
    foreign.amends.as_mut().unwrap().federation = Hash::of(b"elsewhere").into();
    let attic = federation.groups.get_mut("attic").unwrap();
    assert_refused!(attic.propose("ana", &[Effect::Federate(foreign)]), Conflict::Effect { .. });
    for called in FOUR {
        federation.sealed_consent(called, &second);
    }
    assert_eq!(federation.in_force(), 3, "what was consented to before counts once its turn comes");
}

#[test]
fn the_panel_and_the_times_stay() {
    let mut federation = Federation::of(&FOUR);
    let founding = federation.founding.clone();
    let second = purpose(&founding, "Second");
    let mut panel = second.clone();
    panel.panel.put(Seat { name: name("four"), node: public("four"), addresses: Vec::new() });
    let mut swapped = second.clone();
    swapped.panel.put(Seat { name: name("one"), node: public("four"), addresses: Vec::new() });
    let mut times = second.clone();
    times.timing.notes = Span::from_secs(1);
    let mut number = second.clone();
    number.amends.as_mut().unwrap().number = 7;
    let attic = federation.groups.get_mut("attic").unwrap();
    for bad in [panel, swapped, times, number] {
        assert_refused!(attic.propose("ana", &[Effect::Federate(bad)]), Conflict::Effect { .. });
    }
    let mut first = second.clone();
    first.amends.as_mut().unwrap().number = 1;
    assert_refused!(attic.propose("ana", &[Effect::Federate(first)]), Malformed::Agreement(_));
    // What people and wires need to move may change: names, addresses, escalation, hosts.
    let mut good = second;
    good.name = name("two-streets");
    good.panel = Table::new(
        founding.panel.iter().map(|s| Seat { addresses: vec!["/ip4/192.0.2.1/tcp/1".into()], ..s.clone() }).collect(),
    )
    .unwrap();
    attic.open("ana", &[Effect::Federate(good)]);
}

#[test]
fn a_group_joins_when_two_thirds_and_itself_have_decided() {
    let mut federation = Federation::of(&["attic", "bakery", "cellar"]);
    federation.groups.insert("dairy", group("dairy"));
    let dairy = entry_of("dairy", &federation.groups["dairy"]);
    let second = federation.founding.with_group(dairy.clone()).unwrap();
    assert!(second.with_group(dairy).is_err(), "once");
    federation.sealed_consent("attic", &second);
    federation.sealed_consent("bakery", &second);
    let missing = BTreeSet::from([federation.log("dairy")]);
    assert_eq!(federation.standing().pending[0].joins_missing, missing);
    federation.consent("dairy", &second);
    assert_eq!(federation.in_force(), 1, "its own decision is not sealed");
    federation.seal("dairy");
    let standing = federation.standing();
    assert_eq!(standing.agreement, second);
    assert!(standing.has_group(&federation.log("dairy")));
    assert_eq!(federation.groups["dairy"].replica.charter().federation, Some(second.id()));
    // From now on it is one of four.
    let third = purpose(&second, "Third");
    for called in ["dairy", "attic"] {
        federation.sealed_consent(called, &third);
    }
    assert_eq!(federation.in_force(), 2);
    federation.sealed_consent("cellar", &third);
    assert_eq!(federation.in_force(), 3);
}

#[test]
fn who_joins_has_to_be_named_with_its_node() {
    let federation = Federation::of(&["attic", "bakery", "cellar"]);
    let mut dairy = group("dairy");
    let without = purpose(&federation.founding, "Without");
    assert_refused!(dairy.propose("ana", &[Effect::Federate(without)]), Conflict::Effect { .. });
    let mut elsewhere = entry_of("dairy", &dairy);
    elsewhere.node = public("attic-node");
    let elsewhere = federation.founding.with_group(elsewhere).unwrap();
    assert_refused!(dairy.propose("ana", &[Effect::Federate(elsewhere)]), Conflict::Effect { .. });
}

/// The own decision to join says nothing in the name of the version before.
#[test]
fn a_join_is_no_consent_of_a_group_of_the_version_before() {
    let mut federation = Federation::of(&["attic", "bakery", "cellar"]);
    federation.groups.insert("dairy", group("dairy"));
    let dairy = entry_of("dairy", &federation.groups["dairy"]);
    let second = federation.founding.with_group(dairy.clone()).unwrap();
    federation.sealed_consent("dairy", &second);
    federation.sealed_consent("attic", &second);
    assert_eq!(federation.in_force(), 1);
    assert_eq!(federation.standing().pending[0].sealed.len(), 1);
    assert_eq!(federation.standing().pending_with(&dairy.log).unwrap().agreement, second);
    // Another version may get through instead, and the group follows it.
    let mut other = second.clone();
    other.purpose = "Another way".into();
    for called in ["bakery", "cellar", "dairy"] {
        federation.sealed_consent(called, &other);
    }
    assert_eq!(federation.standing().agreement, other);
}

#[test]
fn leaving_takes_notice_and_the_group_stays_in_until_then() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now }]);
    let decided = attic.replica.head().time;
    let from = attic.replica.ties().leaving(&id).unwrap().from;
    assert_eq!(from, decided + days(30), "a date within the notice is moved to its end");
    assert_refused!(attic.propose("ana", &[Effect::Leave { federation: id, from }]), Conflict::Effect { .. });
    assert_eq!(attic.replica.federation_at(from.before(Span::from_millis(1))), Some(id));
    assert_eq!(attic.replica.federation_at(from), None);
    let log = federation.log("attic");
    assert!(federation.standing().leaving.is_empty(), "it counts once it is sealed");
    federation.seal("attic");
    assert_eq!(federation.standing().leaving, BTreeMap::from([(log, from)]));
    assert!(federation.standing().has_group(&log));
    let after = federation.standing_after(days(31));
    assert!(!after.has_group(&log) && after.leaving.is_empty());
    assert_eq!(after.agreement.two_thirds().groups, 3, "its slot stays, and stays silent");
}

#[test]
fn a_leaving_group_consents_until_it_is_out_and_not_after() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now }]);
    let (second, mut third) = (purpose(&federation.founding, "Second"), purpose(&federation.founding, "Another"));
    for called in ["attic", "bakery", "cellar"] {
        federation.sealed_consent(called, &second);
    }
    assert_eq!(federation.in_force(), 2);
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.tick(days(32));
    assert_refused!(
        attic.propose("ana", &[Effect::Leave { federation: id, from: attic.now }]),
        Conflict::Effect { .. }
    );
    third.amends = Some(second.successor());
    federation.sealed_consent("attic", &third);
    let pending = federation.standing().pending;
    assert!(pending.is_empty(), "what it says once it is out is a wish to join: {pending:?}");
}

#[test]
fn an_amendment_drops_a_group_once_it_has_left() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now }]);
    federation.seal("attic");
    let mut second = purpose(&federation.founding, "Without the attic");
    second.groups.take(&name("attic"));
    for called in ["bakery", "cellar", "dairy"] {
        federation.sealed_consent(called, &second);
    }
    assert_eq!(federation.in_force(), 1, "its notice runs");
    assert_eq!(federation.standing().pending[0].not_left.len(), 1);
    assert_eq!(federation.standing_after(days(31)).agreement, second);
}

#[test]
fn nobody_is_dropped_who_has_not_left() {
    let mut federation = Federation::of(&FOUR);
    let mut second = purpose(&federation.founding, "Without the attic");
    second.groups.take(&name("attic"));
    for called in FOUR {
        federation.sealed_consent(called, &second);
    }
    assert_eq!(federation.standing_after(days(365)).agreement, federation.founding);
}

#[test]
fn a_group_that_has_left_may_found_or_join_another() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now + days(60) }]);
    let only = FederationAgreement {
        purpose: "Alone".into(),
        groups: Table::new(vec![entry_of("attic", attic)]).unwrap(),
        ..federation.founding.clone()
    };
    attic.tick(days(58));
    assert_refused!(attic.propose("ana", &[Effect::Federate(only.clone())]), Conflict::Effect { .. });
    attic.tick(days(2));
    attic.carry("ana", &[Effect::Federate(only.clone())]);
    assert_eq!(attic.replica.federation_at(attic.now), Some(only.id()));
}

/// The slot of a group that has left is its own until a version drops it: it may take it again.
#[test]
fn a_group_that_is_still_named_comes_back_by_itself() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now }]);
    attic.tick(days(32));
    federation.seal("attic");
    let log = federation.log("attic");
    assert!(!federation.standing().has_group(&log));
    let second = purpose(&federation.founding, "With the attic again");
    for called in ["bakery", "cellar", "dairy"] {
        federation.sealed_consent(called, &second);
    }
    let standing = federation.standing();
    assert_eq!(standing.agreement, second, "a slot that stays silent holds nobody up");
    assert!(!standing.has_group(&log));
    federation.sealed_consent("attic", &second);
    assert!(federation.standing().has_group(&log));
}

/// What came into force while a group's notice ran stays in force when that is over.
#[test]
fn a_version_stays_in_force_when_a_group_that_it_names_is_out() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now }]);
    federation.seal("attic");
    let second = purpose(&federation.founding, "Second");
    for called in ["bakery", "cellar", "dairy"] {
        federation.sealed_consent(called, &second);
    }
    assert_eq!(federation.in_force(), 2);
    let later = federation.standing_after(days(31));
    assert_eq!(later.agreement, second, "a replica that starts again, or comes late");
    assert!(!later.has_group(&federation.log("attic")));
}

/// A group is dropped and taken in again: what it decides later does not undo that it had left.
#[test]
fn a_group_that_was_dropped_comes_back_by_a_version_that_adds_it() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now }]);
    attic.tick(days(32));
    federation.seal("attic");
    let mut second = purpose(&federation.founding, "Without the attic");
    second.groups.take(&name("attic"));
    for called in ["bakery", "cellar", "dairy"] {
        federation.sealed_consent(called, &second);
    }
    assert_eq!(federation.in_force(), 2);
    // It takes its old place again, in its own log: the others have dropped it, and go on.
    let founding = federation.founding.clone();
    let mut alone = federation.groups["attic"].clone();
    std::mem::swap(federation.groups.get_mut("attic").unwrap(), &mut alone);
    federation.sealed_consent("attic", &founding);
    assert_eq!(federation.in_force(), 2, "a text that is in force no more takes nobody back");
    assert!(!federation.standing().has_group(&federation.log("attic")));
    federation.groups.insert("attic", alone);

    let third = second.with_group(entry_of("attic", &federation.groups["attic"])).unwrap();
    for called in ["bakery", "cellar"] {
        federation.sealed_consent(called, &third);
    }
    assert_eq!(federation.standing().pending[0].joins_missing, BTreeSet::from([federation.log("attic")]));
    federation.sealed_consent("attic", &third);
    let standing = federation.standing();
    assert_eq!(standing.agreement, third);
    assert!(standing.has_group(&federation.log("attic")));
}

/// Replicas that hold any parts of the same logs are one behind the other, and more of a log never takes a step back.
#[test]
fn more_of_the_logs_never_takes_a_version_back() {
    let mut federation = Federation::of(&FOUR);
    let id = federation.founding.id();
    let attic = federation.groups.get_mut("attic").unwrap();
    attic.carry("ana", &[Effect::Leave { federation: id, from: attic.now }]);
    attic.tick(days(32));
    let mut second = purpose(&federation.founding, "Without the attic");
    second.groups.take(&name("attic"));
    let third = second.with_group(entry_of("attic", &federation.groups["attic"])).unwrap();
    for called in ["bakery", "cellar", "dairy"] {
        federation.consent(called, &second);
        federation.consent(called, &third);
    }
    federation.consent("attic", &federation.founding.clone());
    federation.consent("attic", &third);
    // How far each log may be known: before its first tie after the founding, and after each.
    let steps: BTreeMap<&str, Vec<u64>> = FOUR
        .iter()
        .map(|called| {
            let mut entries: Vec<u64> = federation.groups[called].replica.ties().entries().collect();
            entries.sort_unstable();
            (*called, entries)
        })
        .collect();
    let at = |choice: usize, place: usize| choice / 4_usize.pow(place as u32) % 4;
    let version = |choice: usize| {
        let known: BTreeMap<LogId, Known<'_>> = FOUR
            .iter()
            .enumerate()
            .map(|(place, called)| {
                let sealed = steps[called].get(at(choice, place)).or(steps[called].last()).copied();
                let replica = &federation.groups[called].replica;
                (replica.log(), Known { replica, sealed })
            })
            .collect();
        let now = federation.groups.values().map(|group| group.now).max().unwrap() + days(365);
        Standing::of(federation.founding.clone(), |log| known.get(log).copied(), now).agreement.number()
    };
    let versions: Vec<u32> = (0..256).map(version).collect();
    assert_eq!(versions.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([1, 2, 3]));
    for choice in 0..256 {
        for place in (0..4).filter(|place| at(choice, *place) < 3) {
            let more = choice + 4_usize.pow(place as u32);
            assert!(versions[choice] <= versions[more], "{choice:04x} is ahead of {more:04x}");
        }
    }
}

#[test]
fn one_decision_ties_once() {
    let mut federation = Federation::of(&FOUR);
    let second = purpose(&federation.founding, "Second");
    let leave = Effect::Leave { federation: second.id(), from: federation.groups["attic"].now + hours(1) };
    let attic = federation.groups.get_mut("attic").unwrap();
    assert_refused!(attic.propose("ana", &[Effect::Federate(second), leave]), Conflict::Effect { .. });
}

/// Each of four groups consents to one of two successors or to none, and a replica has any part of the seals.
#[test]
fn two_successors_are_never_both_in_force() {
    let start = Federation::of(&FOUR);
    let versions = ["One", "Other"].map(|text| purpose(&start.founding, text));
    let choices: Vec<Vec<Group>> = FOUR
        .iter()
        .map(|called| {
            let choose = |version: &FederationAgreement| {
                let mut group = start.groups[called].clone();
                group.carry("ana", &[Effect::Federate(version.clone())]);
                group
            };
            [start.groups[called].clone()].into_iter().chain(versions.iter().map(choose)).collect()
        })
        .collect();
    for choice in 0..81_usize {
        let chosen: Vec<usize> = (0..4).map(|at| choice / 3_usize.pow(at) % 3).collect();
        let mut seen = BTreeSet::new();
        for seals in 0..16_u32 {
            let known: BTreeMap<LogId, Known<'_>> = (0..4)
                .map(|at| {
                    let replica = &choices[at][chosen[at]].replica;
                    // Without its last seal a log is sealed up to the founding.
                    let founded = start.groups[FOUR[at]].replica.head().number;
                    let sealed = if seals >> at & 1 == 1 { replica.head().number } else { founded };
                    (replica.log(), Known { replica, sealed: Some(sealed) })
                })
                .collect();
            let now = start.groups["attic"].now + days(1);
            let standing = Standing::of(start.founding.clone(), |log| known.get(log).copied(), now);
            let sealed = |version: usize| (0..4).filter(|at| chosen[*at] == version && seals >> at & 1 == 1).count();
            let due = [1, 2].into_iter().find(|version| sealed(*version) >= 3);
            let expected = due.map_or(&start.founding, |version| &versions[version - 1]);
            assert_eq!(standing.agreement, *expected, "{chosen:?}, seals {seals:04b}");
            seen.extend((standing.agreement.number() > 1).then(|| standing.agreement.hash()));
        }
        assert!(seen.len() <= 1, "two replicas of {chosen:?} have two versions in force");
    }
}

#[test]
fn two_thirds_are_rounded_up_and_more_than_half() {
    let mut agreement = Federation::of(&["attic"]).founding;
    assert_eq!(agreement.two_thirds().groups, 1);
    let more = ["bakery", "cellar", "dairy", "eyrie", "forge", "garden"].map(|called| (called, group(called)));
    let found: Vec<u32> = more
        .iter()
        .map(|(called, group)| {
            agreement = agreement.with_group(entry_of(called, group)).unwrap();
            agreement.two_thirds().groups
        })
        .collect();
    assert_eq!(found, [2, 2, 3, 4, 4, 5]);
}

#[test]
fn a_version_takes_two_thirds_of_the_groups_and_of_the_weight() {
    // Three of four groups are not enough without the one that has half of the weight.
    let mut federation = Federation::weighed(&FOUR, &[3]);
    let second = purpose(&federation.founding, "To share two streets");
    for called in ["bakery", "cellar", "dairy"] {
        federation.sealed_consent(called, &second);
    }
    let standing = federation.standing();
    assert_eq!(standing.agreement.number(), 1);
    assert_eq!(standing.pending[0].share, Share { groups: 3, weight: 3 });
    assert_eq!(standing.pending[0].least(), Share { groups: 3, weight: 4 });
    federation.sealed_consent("attic", &second);
    assert_eq!(federation.in_force(), 2);
    // And five sixths of the weight are not enough without the groups.
    let mut federation = Federation::weighed(&FOUR, &[5, 5]);
    let second = purpose(&federation.founding, "To share two streets");
    for (called, version) in [("attic", 1), ("bakery", 1), ("cellar", 2)] {
        federation.sealed_consent(called, &second);
        assert_eq!(federation.in_force(), version, "{called}");
    }
}

#[test]
fn groups_may_change_the_weights_each_by_itself() {
    let mut federation = Federation::weighed(&FOUR, &[3]);
    let mut second = purpose(&federation.founding, "Of one weight");
    second.groups.find_mut(&name("attic")).unwrap().weight = 1;
    for called in ["attic", "bakery", "cellar"] {
        federation.sealed_consent(called, &second);
    }
    let standing = federation.standing();
    assert_eq!(standing.agreement, second, "counted by the weights before");
    assert!(!standing.agreement.has_weights());
}

#[test]
fn a_weight_is_from_one_to_a_million_and_left_out_when_it_is_one() {
    let good = Federation::weighed(&FOUR, &[1_000_000]).founding;
    for weight in [0, 1_000_001] {
        let mut bad = good.clone();
        bad.groups.find_mut(&name("attic")).unwrap().weight = weight;
        assert!(bad.check().unwrap_err().to_string().contains("groups.attic: its weight is"));
    }
    let plain = Federation::of(&FOUR).founding;
    let bytes = |agreement: &FederationAgreement| cbor::encode(agreement);
    let says = |bytes: Vec<u8>| bytes.windows(6).any(|window| window == b"weight");
    assert!(says(bytes(&good)) && !says(bytes(&plain)));
    assert_eq!(cbor::decode::<FederationAgreement>(&bytes(&good), 10_000).unwrap(), good);
    // Said though it is 1, it would have two forms.
    let mut two = plain.clone();
    two.groups.find_mut(&name("attic")).unwrap().weight = 2;
    let mut said = bytes(&two);
    let at = said.windows(6).position(|window| window == b"weight").unwrap() + 6;
    assert_eq!(said[at], 2);
    said[at] = 1;
    assert!(cbor::decode::<FederationAgreement>(&said, 10_000).is_err());
}
