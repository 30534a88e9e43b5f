//! A log that changes its panel or its host, and lies: can both of its branches be sealed?
//!
//! One branch changes the witnesses and goes on, the other goes on without. Honest witnesses note one branch; what is
//! after the change is sealed by the new ones. After a move the host before is one of them, and may be the liar.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

#[derive(Clone, Debug)]
struct Panels {
    old: u32,
    new: u32,
    /// How many sit on both: the last of the old ones are the first of the new ones.
    both: u32,
    /// Whether the last of the new ones is the lying host before.
    moves: bool,
    /// Whether what is after the change counts as sealed only once the change is sealed by the old panel.
    change_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Noted {
    Nothing,
    Change,
    After,
    Other,
    Everything,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Note {
    node: usize,
    noted: Noted,
}

impl Panels {
    fn sealed(&self, nodes: &[Noted], branch: &[Noted]) -> bool {
        let notes = nodes.iter().filter(|noted| **noted == Noted::Everything || branch.contains(noted)).count();
        notes >= Quorums::of(nodes.len() as u32).seal as usize
    }

    fn other(&self, state: &[Noted]) -> bool {
        self.sealed(&state[..self.old as usize], &[Noted::Other])
    }

    fn after(&self, state: &[Noted]) -> bool {
        let changed = self.sealed(&state[..self.old as usize], &[Noted::Change, Noted::After]);
        let first_new = (self.old - self.both) as usize;
        (changed || !self.change_first) && self.sealed(&state[first_new..], &[Noted::After])
    }
}

impl Model for Panels {
    type State = Vec<Noted>;
    type Action = Note;

    fn init_states(&self) -> Vec<Self::State> {
        let mut nodes = vec![Noted::Nothing; (self.old + self.new - self.both) as usize];
        if let Some(host) = nodes.last_mut().filter(|_| self.moves) {
            *host = Noted::Everything;
        }
        vec![nodes]
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Note>) {
        for (node, noted) in state.iter().enumerate() {
            let next: &[Noted] = match noted {
                Noted::Nothing => &[Noted::Change, Noted::After, Noted::Other],
                Noted::Change => &[Noted::After],
                _ => &[],
            };
            actions.extend(next.iter().map(|noted| Note { node, noted: *noted }));
        }
    }

    fn next_state(&self, state: &Self::State, Note { node, noted }: Note) -> Option<Self::State> {
        let mut next = state.clone();
        next[node] = noted;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one branch sealed", |model: &Self, state: &Self::State| {
                !(model.other(state) && model.after(state))
            }),
            Property::sometimes("the new panel seals", |model: &Self, state: &Self::State| model.after(state)),
            Property::sometimes("the other branch is sealed", |model: &Self, state: &Self::State| model.other(state)),
        ]
    }
}

#[test]
fn of_two_branches_one_is_sealed_whatever_the_panel_becomes() {
    for (old, new, both, states) in [(3, 3, 0, 4_096), (3, 5, 2, 4_096), (4, 3, 3, 256)] {
        let name = format!("panel of {old} becomes one of {new}, {both} on both");
        holds(&name, Panels { old, new, both, moves: false, change_first: true }, states);
    }
}

#[test]
fn a_new_panel_that_the_old_one_has_not_sealed_is_found() {
    let model = Panels { old: 3, new: 3, both: 1, moves: false, change_first: false };
    finds("a new panel by itself", model, "one branch sealed");
}

/// A log with all others of a panel as witnesses moves to the first of these: the host before comes in its place.
fn moved(witnesses: u32, change_first: bool) -> Panels {
    Panels { old: witnesses, new: witnesses, both: witnesses - 1, moves: true, change_first }
}

#[test]
fn of_two_branches_one_is_sealed_when_a_log_moves() {
    for (witnesses, states) in [(2, 16), (3, 64), (4, 256), (5, 1_024)] {
        holds(&format!("log moves, m = {witnesses}"), moved(witnesses, true), states);
    }
}

#[test]
fn a_host_before_that_seals_the_move_is_found() {
    finds("log moves, witnesses of now", moved(3, false), "one branch sealed");
}
