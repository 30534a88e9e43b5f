//! Rivals of two versions whose electorates differ: are both adopted by groups of which none has a say in both?
//!
//! A is a matter of the version before, B one of the version that follows. Both touch a domain of a group that says
//! nothing, so that both pass by two thirds (L3). B opens once the version is in force: two thirds of the groups before
//! have enacted it; B's opening cites these enactments, and with them what is before them in those logs.

use stateright::{Model, Property};

use crate::search::{finds, holds};

#[derive(Clone, Debug)]
struct Versions {
    before: usize,
    added: usize,
    dropped: usize,
    /// A log enacts the version only when its consents are settled, and then consents to nothing of the one before.
    drains: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
struct Log {
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

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
        Self { before, added, dropped, drains }
    }

    fn adopted(&self, state: &State, text: Text) -> bool {
        let groups = match text {
            Text::A => self.before,
            Text::B => self.before + self.added - self.dropped,
        };
        3 * state.logs.iter().filter(|log| log.consents == Some(text)).count() >= 2 * groups
    }

    fn in_force(&self, state: &State) -> bool {
        3 * state.logs.iter().filter(|log| log.enacted).count() >= 2 * self.before
    }
}

impl Model for Versions {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let groups = 0..self.before + self.added;
        let logs =
            groups.map(|group| Log { before: group < self.before, after: group >= self.dropped, ..Log::default() });
        vec![State { ended: false, opened: None, logs: logs.collect() }]
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
