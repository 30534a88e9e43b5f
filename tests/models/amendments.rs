//! A chain of amendments: can two successors of one version be in force?
//!
//! Amendment *a* of a version; when its schedule is over, amendment *b* that names a as overridden; when that is over,
//! a matter *c* that names b as overridden and cites the certificate of a. Everybody may be ignorant of everything, at
//! any time: an act needs only that its proof exists.

use stateright::{Model, Property};

use crate::{
    search::{finds, holds},
    weights::{Measure, Sum, choices},
};

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// In force by enactments of two thirds; who enacted does not override, who overrode does not enact.
    Locked,
    /// As `Locked`, but who overrode may still enact.
    OverriderEnacts,
    /// As `Locked`, but who enacted may still override.
    EnacterOverrides,
    /// In force by consents of two thirds.
    ByConsents,
}

#[derive(Clone, Debug)]
struct Amendments {
    groups: usize,
    rule: Rule,
    /// The largest weight of a group.
    weights: u8,
    /// What adopts, and what brings a version in force.
    measures: [Measure; 2],
}

/// What a log says of the three: whether its consent counts (it may come too late), and what it enacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
struct Log {
    weight: u8,
    consents: [Option<bool>; 3],
    enacted: [bool; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// Which of the three is open; 3 is after all of them.
    open: usize,
    logs: Vec<Log>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Consent { log: usize, matter: usize, counts: bool },
    Enact { log: usize, matter: usize },
    TimePasses,
}

impl Amendments {
    fn two_thirds(&self, state: &State, measure: Measure, counts: impl Fn(&Log) -> bool) -> bool {
        let sum = |counts: &dyn Fn(&&Log) -> bool| Sum::of(state.logs.iter().filter(counts).map(|log| log.weight));
        sum(&|log| counts(log)).two_thirds(sum(&|_| true), measure)
    }

    fn adopted(&self, state: &State, matter: usize) -> bool {
        self.two_thirds(state, self.measures[0], |log| log.consents[matter] == Some(true))
    }

    /// Too many are proved silent for two thirds.
    fn not_adopted(&self, state: &State, matter: usize) -> bool {
        state.open > matter && !self.adopted(state, matter)
    }

    fn in_force(&self, state: &State, matter: usize) -> bool {
        if self.rule == Rule::ByConsents {
            return self.adopted(state, matter);
        }
        self.two_thirds(state, self.measures[1], |log| log.enacted[matter])
    }

    fn may_consent(&self, state: &State, log: Log, matter: usize) -> bool {
        let lock = !matches!(self.rule, Rule::EnacterOverrides | Rule::ByConsents);
        let locked = lock && matter > A && log.enacted[matter - 1];
        let cites = matter != C || self.adopted(state, A);
        state.open == matter && log.consents[matter].is_none() && cites && !locked
    }

    fn may_enact(&self, state: &State, log: Log, matter: usize) -> bool {
        let lock = !matches!(self.rule, Rule::OverriderEnacts | Rule::ByConsents);
        // Released once the override was not adopted, or is overridden itself.
        let released = |by: usize| self.not_adopted(state, by) || by == B && self.adopted(state, C);
        let locked = lock && log.consents[matter + 1].is_some() && !released(matter + 1);
        let passed = log.enacted[B] || log.enacted[matter];
        self.adopted(state, matter) && !passed && !locked
    }
}

impl Model for Amendments {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let log = |weight| Log { weight, ..Log::default() };
        let start = |weights: Vec<u8>| State { open: A, logs: weights.into_iter().map(log).collect() };
        choices(self.groups, self.weights).into_iter().map(start).collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.open <= C {
            actions.push(Action::TimePasses);
        }
        for (log, said) in state.logs.iter().enumerate() {
            for matter in (A..=C).filter(|matter| self.may_consent(state, *said, *matter)) {
                actions.extend([true, false].map(|counts| Action::Consent { log, matter, counts }));
            }
            let enacts = (A..=B).filter(|matter| self.may_enact(state, *said, *matter));
            actions.extend(enacts.map(|matter| Action::Enact { log, matter }));
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::TimePasses => next.open += 1,
            Action::Consent { log, matter, counts } => next.logs[log].consents[matter] = Some(counts),
            Action::Enact { log, matter } => next.logs[log].enacted[matter] = true,
        }
        // Groups of one weight are alike.
        next.logs.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one successor", |model: &Self, state: &State| {
                !(model.in_force(state, A) && model.in_force(state, B))
            }),
            Property::sometimes("the first in force", |model: &Self, state: &State| model.in_force(state, A)),
            Property::sometimes("the override in force", |model: &Self, state: &State| model.in_force(state, B)),
            Property::sometimes(
                "some enacted what others overrode, and got out of it",
                |model: &Self, state: &State| {
                    let overrode = |log: &Log| log.consents[B].is_some() && log.enacted[A];
                    model.in_force(state, A) && model.adopted(state, C) && state.logs.iter().any(overrode)
                },
            ),
        ]
    }
}

fn model(groups: usize, rule: Rule) -> Amendments {
    Amendments { groups, rule, weights: 1, measures: [Measure::Both; 2] }
}

#[test]
fn two_successors_are_never_in_force() {
    for (groups, states) in [(3, 16_056), (4, 97_059)] {
        holds(&format!("amendments, {groups} groups"), model(groups, Rule::Locked), states);
    }
}

#[test]
fn with_weights_two_successors_are_never_in_force() {
    holds("amendments with weights, 3 groups", Amendments { weights: 4, ..model(3, Rule::Locked) }, 607_500);
}

#[test]
fn an_override_of_what_some_hold_adopted_is_found() {
    for rule in [Rule::ByConsents, Rule::EnacterOverrides, Rule::OverriderEnacts] {
        finds(&format!("amendments, {rule:?}"), model(3, rule), "one successor");
    }
}

#[test]
fn what_adopts_by_weight_and_is_in_force_by_groups_is_found() {
    for measures in [[Measure::Weight, Measure::Groups], [Measure::Groups, Measure::Weight]] {
        let model = Amendments { weights: 4, measures, ..model(3, Rule::Locked) };
        finds(&format!("amendments, {measures:?}"), model, "one successor");
    }
}
