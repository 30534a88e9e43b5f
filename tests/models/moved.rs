//! A log that moves, or whose panel changes, while a matter is open: which notes count?
//!
//! A matter names a head of the log. Later the lying log moves to a node, or gets another panel, and signs siblings: one
//! with a consent and one without. Honest nodes note one branch; the node that hosts the log now notes both.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    /// The witnesses at the head named; a node that hosts the log at or before the consent does not seal it.
    Named,
    /// As `Named`, and the new host seals too.
    NamedWithHost,
    /// Consents are sealed by the witnesses at the consent, silence is shown by those at the head named.
    Current,
}

#[derive(Clone, Debug)]
struct Moved {
    /// How many witnesses the log has at the head named, and how many other ones after the change of panel.
    named: u32,
    others: u32,
    /// Whether the log moves to the first of the witnesses.
    moves: bool,
    /// How many more of the named ones lie.
    liars: u32,
    counts: Counts,
}

/// What a node noted: nothing, the branch without a consent, the consent; in time or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Noted {
    Nothing,
    Without,
    Consent,
    /// A note after D + g, of which the last one in time did not cover the consent.
    Silent,
    /// A note after D + g, of which one in time covered the consent.
    Held,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    over: bool,
    nodes: Vec<Noted>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Note { node: usize, to: Noted },
    TimeIsOver,
}

impl Moved {
    /// Whether a node says everything to everybody: the new host about its own log, and liars.
    fn lies(&self, node: usize) -> bool {
        let first = usize::from(self.moves);
        node < first + self.liars as usize
    }

    fn counted(&self, state: &State) -> bool {
        let covers = |node: &usize| self.lies(*node) || matches!(state.nodes[*node], Noted::Consent | Noted::Held);
        let named = self.named as usize;
        let (sealers, witnesses) = match self.counts {
            Counts::Named => (usize::from(self.moves)..named, self.named),
            Counts::NamedWithHost => (0..named, self.named),
            Counts::Current => (named..named + self.others as usize, self.others),
        };
        sealers.filter(covers).count() >= Quorums::of(witnesses).seal as usize
    }

    fn dead(&self, state: &State) -> bool {
        let silent = |node: &usize| self.lies(*node) || state.nodes[*node] == Noted::Silent;
        (0..self.named as usize).filter(silent).count() >= Quorums::of(self.named).settle as usize
    }
}

impl Model for Moved {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { over: false, nodes: vec![Noted::Nothing; (self.named + self.others) as usize] }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !state.over {
            actions.push(Action::TimeIsOver);
        }
        for (node, noted) in state.nodes.iter().enumerate().filter(|(node, _)| !self.lies(*node)) {
            let to: &[Noted] = match (noted, state.over) {
                (Noted::Nothing, false) => &[Noted::Without, Noted::Consent],
                (Noted::Nothing | Noted::Without, true) => &[Noted::Silent],
                // The branches part after what it noted.
                (Noted::Without, false) => &[Noted::Consent],
                (Noted::Consent, true) => &[Noted::Held],
                _ => &[],
            };
            actions.extend(to.iter().map(|to| Action::Note { node, to: *to }));
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::TimeIsOver => next.over = true,
            Action::Note { node, to } => next.nodes[node] = to,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("counted or dead", |model: &Self, state| !(model.counted(state) && model.dead(state))),
            Property::sometimes("counted", |model: &Self, state| model.counted(state)),
            Property::sometimes("dead", |model: &Self, state| model.dead(state)),
        ]
    }
}

#[test]
fn a_log_that_moves_to_a_witness_is_counted_one_way() {
    for (named, liars, states) in [(3, 0, 34), (4, 0, 152), (5, 0, 706), (6, 1, 706), (8, 1, 16_354)] {
        let model = Moved { named, others: 0, moves: true, liars, counts: Counts::Named };
        holds(&format!("log moves to one of {named} witnesses"), model, states);
    }
}

#[test]
fn a_log_with_a_new_panel_is_counted_by_the_old_one() {
    for (named, states) in [(3, 16_354), (4, 80_312)] {
        let model = Moved { named, others: 3, moves: false, liars: 0, counts: Counts::Named };
        holds(&format!("panel of {named} changes"), model, states);
    }
}

#[test]
fn a_host_that_seals_its_own_log_is_found() {
    for (named, liars) in [(3, 0), (6, 1)] {
        let model = Moved { named, others: 0, moves: true, liars, counts: Counts::NamedWithHost };
        finds("the new host seals", model, "counted or dead");
    }
}

#[test]
fn counting_by_the_new_panel_is_found() {
    let model = Moved { named: 3, others: 3, moves: false, liars: 0, counts: Counts::Current };
    finds("the new panel seals", model, "counted or dead");
}
