//! Rivals of two versions whose electorates differ: are both adopted by groups of which none has a say in both?
//!
//! A is a matter of the version before, B one of the version that follows. Both touch a domain of a group that says
//! nothing, so that both pass by two thirds (L3). The versions may give the groups other weights. B opens once the version is in force: two thirds of the groups before
//! have enacted it; B's opening cites these enactments, and with them what is before them in those logs.

use std::collections::BTreeSet;

use stateright::{Model, Property};

use crate::{
    search::{finds, holds},
    weights::{Measure, Sum, choices},
};

#[derive(Clone, Debug)]
struct Versions {
    before: usize,
    added: usize,
    dropped: usize,
    /// A log enacts the version only when its consents are settled, and then consents to nothing of the one before.
    drains: bool,
    /// The largest weight of a group, in each version.
    weights: u8,
    /// What adopts a matter, and what brings the version in force.
    measures: [Measure; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
struct Log {
    /// Its weight in each version.
    weights: [u8; 2],
    before: bool,
    after: bool,
    consents: Option<Text>,
    enacted: bool,
    /// It cited the certificate of A before it enacted the version.
    cites: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Text {
    A,
    B,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct State {
    /// A's schedule is over.
    ended: bool,
    /// B is open, and whether its opening shows the certificate of A.
    opened: Option<bool>,
    logs: Vec<Log>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Consent { log: usize, to: Text },
    Enact { log: usize },
    EndA,
    OpenB,
}

impl Versions {
    fn new(before: usize, added: usize, dropped: usize, drains: bool) -> Self {
        Self { before, added, dropped, drains, weights: 1, measures: [Measure::Both; 2] }
    }

    fn sum(state: &State, version: usize, counts: impl Fn(&Log) -> bool) -> Sum {
        let named = |log: &&Log| if version == 0 { log.before } else { log.after };
        let logs = state.logs.iter().filter(named).filter(|log| counts(log));
        Sum::of(logs.map(|log| log.weights[version]))
    }

    fn adopted(&self, state: &State, text: Text) -> bool {
        let version = usize::from(text == Text::B);
        let consents = Self::sum(state, version, |log| log.consents == Some(text));
        consents.assembly(Self::sum(state, version, |_| true), self.measures[0])
    }

    fn in_force(&self, state: &State) -> bool {
        Self::sum(state, 0, |log| log.enacted).two_thirds(Self::sum(state, 0, |_| true), self.measures[1])
    }
}

impl Model for Versions {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let groups = self.before + self.added;
        let start = |weights: &[Vec<u8>; 2]| {
            let log = |group| Log {
                weights: [weights[0][group], weights[1][group]],
                before: group < self.before,
                after: group >= self.dropped,
                ..Log::default()
            };
            let mut logs: Vec<Log> = (0..groups).map(log).collect();
            logs.sort_unstable();
            State { ended: false, opened: None, logs }
        };
        let all = choices(groups, self.weights);
        // The second version's weights go to the groups in every order.
        let orders = || all.iter().flat_map(|weights| permutations(weights));
        let pairs = all.iter().flat_map(|first| orders().map(move |second| [first.clone(), second]));
        pairs.map(|weights| start(&weights)).collect::<BTreeSet<State>>().into_iter().collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !state.ended {
            actions.push(Action::EndA);
        }
        if state.opened.is_none() && self.in_force(state) {
            actions.push(Action::OpenB);
        }
        for (log, said) in state.logs.iter().enumerate() {
            let settled = said.consents.is_none() || state.ended || self.adopted(state, Text::A);
            if said.before && !said.enacted && (settled || !self.drains) {
                actions.push(Action::Enact { log });
            }
            if said.consents.is_none() && said.before && !state.ended && !(self.drains && said.enacted) {
                actions.push(Action::Consent { log, to: Text::A });
            }
            if said.consents.is_none() && said.after && state.opened.is_some() {
                actions.push(Action::Consent { log, to: Text::B });
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::EndA => next.ended = true,
            Action::OpenB => next.opened = Some(state.logs.iter().any(|log| log.enacted && log.cites)),
            Action::Consent { log, to } => next.logs[log].consents = Some(to),
            Action::Enact { log } => {
                let cites = state.logs[log].consents.is_some() && self.adopted(state, Text::A);
                next.logs[log] = Log { enacted: true, cites, ..state.logs[log] };
            }
        }
        next.logs.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one adopted, or the other knows of it", |model: &Self, state: &State| {
                let both = model.adopted(state, Text::A) && model.adopted(state, Text::B);
                !both || state.opened == Some(true)
            }),
            Property::sometimes("A adopted", |model: &Self, state: &State| model.adopted(state, Text::A)),
            Property::sometimes("B adopted", |model: &Self, state: &State| model.adopted(state, Text::B)),
        ]
    }
}

/// Every order of these, each once.
fn permutations(of: &[u8]) -> Vec<Vec<u8>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let first = |at: usize| {
        let rest: Vec<u8> = of[..at].iter().chain(&of[at + 1..]).copied().collect();
        permutations(&rest).into_iter().map(move |rest| [of[at]].into_iter().chain(rest).collect())
    };
    (0..of.len()).filter(|at| !of[..*at].contains(&of[*at])).flat_map(first).collect()
}

#[test]
fn rivals_of_two_versions_know_of_each_other() {
    for (before, added, dropped, states) in [(3, 3, 0, 241), (3, 6, 0, 394), (6, 0, 3, 1_238), (4, 4, 2, 669)] {
        let name = format!("versions, {before} groups, {added} more, {dropped} fewer");
        holds(&name, Versions::new(before, added, dropped, true), states);
    }
}

#[test]
fn versions_that_change_few_groups_share_a_voter() {
    for (before, added, dropped, states) in [(3, 2, 0, 358), (3, 0, 1, 304), (6, 1, 2, 6_528)] {
        let name = format!("versions without draining, {before} groups, {added} more, {dropped} fewer");
        holds(&name, Versions::new(before, added, dropped, false), states);
    }
}

#[test]
fn a_version_that_changes_many_groups_is_found() {
    for (before, added, dropped) in [(3, 3, 0), (6, 0, 3)] {
        let model = Versions::new(before, added, dropped, false);
        finds("versions without draining", model, "one adopted, or the other knows of it");
    }
}

/// Three groups, of which each version may have other weights.
fn weighed(drains: bool, measures: [Measure; 2]) -> Versions {
    Versions { weights: 4, measures, ..Versions::new(3, 0, 0, drains) }
}

#[test]
fn versions_with_other_weights_share_a_voter() {
    holds("versions with other weights, without draining", weighed(false, [Measure::Both; 2]), 310_848);
    let more = Versions { weights: 2, ..Versions::new(3, 3, 0, true) };
    holds("versions with other weights and three more groups", more, 73_648);
}

#[test]
fn weight_alone_is_found_to_leave_rivals_of_two_versions() {
    let property = "one adopted, or the other knows of it";
    finds("versions, by weight without draining", weighed(false, [Measure::Weight; 2]), property);
    finds("versions, by weight and in force by groups", weighed(true, [Measure::Weight, Measure::Groups]), property);
}
