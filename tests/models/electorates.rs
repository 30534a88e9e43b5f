//! Two amendments of one version, each with an electorate of its own: can both be adopted?
//!
//! A log consents to one of them. An amendment may expel a group, which has no say in it, and may name dormant groups,
//! which are outside its electorate until they return; dormant groups can return and consent to the other one.

use stateright::{Model, Property};

use crate::search::{finds, holds};

/// A set of groups.
type Set = u8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threshold {
    /// Two thirds of those who are not dormant, the expelled one included, and more than half of all of the version.
    OfAll,
    /// Two thirds of the electorate.
    OfElectorate,
    /// Two thirds of those who are not dormant, without the floor of more than half of all.
    WithoutFloor,
}

#[derive(Clone, Debug)]
struct Electorates {
    groups: u32,
    expelled: bool,
    dormant: bool,
    threshold: Threshold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Amendment {
    expels: Set,
    dormant: Set,
    consents: Set,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Consent {
    group: u32,
    to: usize,
}

impl Electorates {
    fn choices(&self) -> Vec<Amendment> {
        let all = 0..1u8 << self.groups;
        let dormant = |set: &Set| if self.dormant { 3 * set.count_ones() <= self.groups } else { *set == 0 };
        let expels = |set: &Set| if self.expelled { set.count_ones() <= 1 } else { *set == 0 };
        let pairs = all.clone().filter(dormant).flat_map(|dormant| all.clone().map(move |expels| (dormant, expels)));
        pairs
            .filter(|(dormant, set)| expels(set) && dormant & set == 0)
            .map(|(dormant, expels)| Amendment { expels, dormant, consents: 0 })
            .collect()
    }

    fn needed(&self, amendment: Amendment) -> u32 {
        let awake = self.groups - amendment.dormant.count_ones();
        let electorate = awake - amendment.expels.count_ones();
        match self.threshold {
            Threshold::OfAll => (2 * awake).div_ceil(3).max(self.groups / 2 + 1),
            Threshold::WithoutFloor => (2 * awake).div_ceil(3),
            Threshold::OfElectorate => (2 * electorate).div_ceil(3),
        }
    }

    fn adopted(&self, amendment: Amendment) -> bool {
        amendment.consents.count_ones() >= self.needed(amendment)
    }
}

impl Model for Electorates {
    type State = [Amendment; 2];
    type Action = Consent;

    fn init_states(&self) -> Vec<Self::State> {
        let choices = self.choices();
        choices.iter().flat_map(|a| choices.iter().map(|b| [*a, *b])).collect()
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Consent>) {
        for group in 0..self.groups {
            let bit = 1 << group;
            if state.iter().all(|amendment| amendment.consents & bit == 0) {
                let may = |to: &usize| (state[*to].expels | state[*to].dormant) & bit == 0;
                actions.extend((0..2).filter(may).map(|to| Consent { group, to }));
            }
        }
    }

    fn next_state(&self, state: &Self::State, Consent { group, to }: Consent) -> Option<Self::State> {
        let mut next = *state;
        next[to].consents |= 1 << group;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one successor", |model: &Self, state: &Self::State| {
                !state.iter().all(|amendment| model.adopted(*amendment))
            }),
            Property::sometimes("adopted", |model: &Self, state: &Self::State| model.adopted(state[0])),
            Property::sometimes("expels somebody", |model: &Self, state: &Self::State| {
                !model.expelled || state[0].expels != 0 && model.adopted(state[0])
            }),
            Property::sometimes("without the dormant", |model: &Self, state: &Self::State| {
                !model.dormant || state[0].dormant != 0 && model.adopted(state[0])
            }),
        ]
    }
}

fn expulsions(groups: u32) -> Electorates {
    Electorates { groups, expelled: true, dormant: false, threshold: Threshold::OfAll }
}

fn dormancy(groups: u32) -> Electorates {
    Electorates { groups, expelled: false, dormant: true, threshold: Threshold::OfAll }
}

#[test]
fn expulsions_leave_one_successor() {
    for (groups, states) in [(3, 234), (4, 1_053), (5, 4_428), (6, 17_739)] {
        holds(&format!("expulsions, {groups} groups"), expulsions(groups), states);
    }
}

#[test]
fn dormant_groups_leave_one_successor() {
    for (groups, states) in [(3, 234), (4, 1_053), (5, 4_428), (6, 90_234)] {
        holds(&format!("dormant groups, {groups} groups"), dormancy(groups), states);
    }
    let both = Electorates { expelled: true, ..dormancy(4) };
    holds("expulsions and dormant groups, 4 groups", both, 9_753);
}

#[test]
fn two_thirds_of_an_electorate_without_the_expelled_is_found() {
    let model = Electorates { threshold: Threshold::OfElectorate, ..expulsions(4) };
    finds("expulsion, two thirds of the electorate", model, "one successor");
}

#[test]
fn two_thirds_of_those_awake_alone_is_found() {
    let model = Electorates { threshold: Threshold::WithoutFloor, ..dormancy(6) };
    finds("dormant groups, no floor", model, "one successor");
}
