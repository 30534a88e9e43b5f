//! Two amendments of one version, each with an electorate of its own: can both be adopted?
//!
//! A log consents to one of them. An amendment may expel a group, which has no say in it, and may name dormant groups,
//! which are outside its electorate until they return; dormant groups can return and consent to the other one. Groups
//! may have weights: all choices of them are searched.

use stateright::{Model, Property};

use crate::{
    search::{finds, holds},
    weights::{Measure, Sum, choices},
};

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
    measure: Measure,
    /// The largest weight of a group.
    weights: u8,
}

/// Two amendments of an agreement, whose groups have these weights.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    weights: Vec<u8>,
    amendments: [Amendment; 2],
}

impl State {
    fn sum(&self, set: Set) -> Sum {
        Sum::of((0..).zip(&self.weights).filter(|(group, _)| set & (1 << group) != 0).map(|(_, weight)| *weight))
    }
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
    fn choices(&self, weights: &[u8]) -> Vec<State> {
        let all = 0..1u8 << self.groups;
        let none = Amendment { expels: 0, dormant: 0, consents: 0 };
        let state = State { weights: weights.to_vec(), amendments: [none; 2] };
        let total = state.sum(!0);
        let third = |set: Sum| 3 * set.groups <= total.groups && 3 * set.weight <= total.weight;
        let dormant = |set: &Set| if self.dormant { third(state.sum(*set)) } else { *set == 0 };
        let expels = |set: &Set| if self.expelled { set.count_ones() <= 1 } else { *set == 0 };
        let pairs = all.clone().filter(dormant).flat_map(|dormant| all.clone().map(move |expels| (dormant, expels)));
        let amendments: Vec<Amendment> = pairs
            .filter(|(dormant, set)| expels(set) && dormant & set == 0)
            .map(|(dormant, expels)| Amendment { expels, dormant, consents: 0 })
            .collect();
        let both = amendments.iter().flat_map(|a| amendments.iter().map(|b| [*a, *b]));
        both.map(|amendments| State { amendments, ..state.clone() }).collect()
    }

    fn adopted(&self, state: &State, which: usize) -> bool {
        let amendment = state.amendments[which];
        let (all, consents) = (state.sum(!0), state.sum(amendment.consents));
        let awake = state.sum(!amendment.dormant);
        let electorate = state.sum(!(amendment.dormant | amendment.expels));
        let half = self.measure.holds(2 * consents.groups > all.groups, 2 * consents.weight > all.weight);
        match self.threshold {
            Threshold::OfAll => consents.two_thirds(awake, self.measure) && half,
            Threshold::WithoutFloor => consents.two_thirds(awake, self.measure),
            Threshold::OfElectorate => consents.two_thirds(electorate, self.measure),
        }
    }
}

impl Model for Electorates {
    type State = State;
    type Action = Consent;

    fn init_states(&self) -> Vec<State> {
        choices(self.groups as usize, self.weights).iter().flat_map(|weights| self.choices(weights)).collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Consent>) {
        for group in 0..self.groups {
            let bit = 1 << group;
            if state.amendments.iter().all(|amendment| amendment.consents & bit == 0) {
                let outside = |to: usize| state.amendments[to].expels | state.amendments[to].dormant;
                actions.extend((0..2).filter(|to| outside(*to) & bit == 0).map(|to| Consent { group, to }));
            }
        }
    }

    fn next_state(&self, state: &State, Consent { group, to }: Consent) -> Option<State> {
        let mut next = state.clone();
        next.amendments[to].consents |= 1 << group;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one successor", |model: &Self, state: &State| {
                !(model.adopted(state, 0) && model.adopted(state, 1))
            }),
            Property::always("more than half of the groups", |model: &Self, state: &State| {
                !model.adopted(state, 0) || state.sum(state.amendments[0].consents).most_groups(state.sum(!0))
            }),
            Property::sometimes("adopted", |model: &Self, state: &State| model.adopted(state, 0)),
            Property::sometimes("expels somebody", |model: &Self, state: &State| {
                !model.expelled || state.amendments[0].expels != 0 && model.adopted(state, 0)
            }),
            Property::sometimes("without the dormant", |model: &Self, state: &State| {
                !model.dormant || state.amendments[0].dormant != 0 && model.adopted(state, 0)
            }),
        ]
    }
}

fn expulsions(groups: u32) -> Electorates {
    let (threshold, measure) = (Threshold::OfAll, Measure::Both);
    Electorates { groups, expelled: true, dormant: false, threshold, measure, weights: 1 }
}

fn dormancy(groups: u32) -> Electorates {
    Electorates { expelled: false, dormant: true, ..expulsions(groups) }
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

fn weighed(groups: u32, states: usize) {
    let name = format!("expulsions and dormant groups with weights, {groups} groups");
    holds(&name, Electorates { expelled: true, weights: 3, ..dormancy(groups) }, states);
}

#[test]
fn groups_with_weights_leave_one_successor() {
    weighed(3, 9_310);
    weighed(4, 128_749);
}

#[test]
#[ignore = "takes half a minute"]
fn five_groups_with_weights_leave_one_successor() {
    weighed(5, 1_216_413);
}

#[test]
fn two_thirds_of_an_electorate_without_the_expelled_is_found() {
    let model = Electorates { threshold: Threshold::OfElectorate, ..expulsions(4) };
    finds("expulsion, two thirds of the electorate", model.clone(), "one successor");
    let weighed = Electorates { measure: Measure::Weight, weights: 3, ..model };
    finds("expulsion, two thirds of the electorate's weight", weighed, "one successor");
}

#[test]
fn two_thirds_of_those_awake_alone_is_found() {
    let model = Electorates { threshold: Threshold::WithoutFloor, ..dormancy(6) };
    finds("dormant groups, no floor", model, "one successor");
    let model = Electorates { threshold: Threshold::WithoutFloor, weights: 3, measure: Measure::Weight, ..dormancy(4) };
    finds("dormant groups, no floor of the weight", model, "one successor");
}

#[test]
fn weight_alone_is_found() {
    let model = Electorates { weights: 3, measure: Measure::Weight, ..expulsions(4) };
    finds("weight alone", model, "more than half of the groups");
    let model = Electorates { weights: 4, measure: Measure::Either, ..expulsions(3) };
    finds("by groups or by weight", model, "one successor");
}
