//! By which panel is a log counted, once panels change? And can two changes in a row seal two branches?
//!
//! `Homes`: a lying group takes texts up in its own log, with made-up groups that agree to whatever it likes; the two
//! honest groups of the federation may agree to a real change. `Chain`: a lying log changes its panel twice, or forks.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

/// By which version of those that the lying group's log took up it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    /// The last one that was in force, or was adopted from one that counts; one taken up alone changes no nodes.
    Stands,
    /// The last one, whatever it is, where groups may change the panel each by itself.
    Last,
    /// The last one that was adopted, by the groups of whatever version it follows.
    Adopted,
}

#[derive(Clone, Debug)]
struct Homes {
    counted: Counted,
}

/// What the liar's log took up, in its order: the real change is `Real`; `Alone` has other groups and the same panel;
/// `Made` follows it, adopted by these groups, and has a panel of liars; `Own` has one, taken up alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Text {
    Real,
    Alone,
    Made,
    Own,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Log {
    taken: Vec<Text>,
    /// Which of all three groups consented to the real change; the liar is the first.
    consents: [bool; 3],
    /// Whether enough groups have taken the real change up: then it is in force.
    in_force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Take(Text),
    Consent(usize),
    ComesIntoForce,
}

impl Homes {
    fn adopted(state: &Log) -> bool {
        state.consents.iter().filter(|consents| **consents).count() >= 2
    }

    /// Whose panel counts: that of the text, or none of them.
    fn home(&self, state: &Log) -> Option<Text> {
        let last = state.taken.iter().rev();
        match self.counted {
            Counted::Last => last.copied().next(),
            Counted::Adopted => last.copied().find(|text| matches!(text, Text::Real | Text::Made)),
            Counted::Stands => last.copied().find(|text| *text == Text::Real),
        }
    }
}

impl Model for Homes {
    type State = Log;
    type Action = Step;

    fn init_states(&self) -> Vec<Log> {
        vec![Log::default()]
    }

    fn actions(&self, state: &Log, actions: &mut Vec<Step>) {
        let holds = |text| state.taken.contains(&text);
        // A log takes up one successor of a version by itself, and one that was adopted.
        if !holds(Text::Alone) && !holds(Text::Own) && !holds(Text::Real) {
            actions.extend([Step::Take(Text::Alone), Step::Take(Text::Own)]);
        }
        if holds(Text::Alone) && !holds(Text::Made) {
            actions.push(Step::Take(Text::Made));
        }
        if Self::adopted(state) && !holds(Text::Real) {
            actions.push(Step::Take(Text::Real));
        }
        actions.extend((0..3).filter(|group| !state.consents[*group]).map(Step::Consent));
        if Self::adopted(state) && !state.in_force {
            actions.push(Step::ComesIntoForce);
        }
    }

    fn next_state(&self, state: &Log, step: Step) -> Option<Log> {
        let mut next = state.clone();
        match step {
            Step::Take(text) => next.taken.push(text),
            Step::Consent(group) => next.consents[group] = true,
            Step::ComesIntoForce => next.in_force = true,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("two thirds chose the panel", |model: &Self, state: &Log| match model.home(state) {
                None => true,
                // Without another panel of its own it is counted by the one before.
                Some(Text::Alone) => true,
                Some(Text::Real) => Self::adopted(state),
                Some(Text::Made | Text::Own) => false,
            }),
            Property::sometimes("a new panel counts", |model: &Self, state| model.home(state) == Some(Text::Real)),
            Property::sometimes("before it is in force", |model: &Self, state| {
                model.home(state) == Some(Text::Real) && !state.in_force
            }),
            Property::sometimes("and after a text of its own", |model: &Self, state| {
                model.home(state) == Some(Text::Real) && state.taken.contains(&Text::Alone)
            }),
        ]
    }
}

#[test]
fn a_log_is_counted_by_a_panel_that_two_thirds_chose() {
    holds("which panel counts a log", Homes { counted: Counted::Stands }, 88);
}

#[test]
fn panels_that_a_group_chose_for_itself_are_found() {
    finds("the last text counts", Homes { counted: Counted::Last }, "two thirds chose the panel");
    finds("adopted from anything counts", Homes { counted: Counted::Adopted }, "two thirds chose the panel");
}

/// A log that goes from a panel to a second and to a third one, each with a node more and one less, and forks.
#[derive(Clone, Debug)]
struct Chain {
    size: usize,
    /// After how many changes its branches part.
    parts_at: usize,
    /// Whether the other branch changes to the last panel at once.
    jumps: bool,
    /// Whether what is after a change counts only once the change is sealed by the panel before it.
    change_first: bool,
}

/// How far along which branch a node noted: on the first one there are two changes and an entry after them, on the other
/// one, after what both have, two entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Place {
    other: bool,
    entry: usize,
}

const FIRST: usize = 3;

impl Chain {
    fn panel(&self, changes: usize) -> std::ops::Range<usize> {
        changes..changes + self.size
    }

    /// The panel that counts an entry of a branch.
    fn counts(&self, other: bool, entry: usize) -> std::ops::Range<usize> {
        let jumped = other && self.jumps && entry > self.parts_at + 1;
        let stays = if other { self.parts_at } else { 2 };
        self.panel(if jumped { 2 } else { (entry - 1).min(stays) })
    }

    fn covers(&self, place: Place, other: bool, entry: usize) -> bool {
        place.entry >= entry && (place.other == other || entry <= self.parts_at)
    }

    /// Whether an entry is sealed by the panel that counts it, and so is each change before it.
    fn sealed(&self, state: &[Place], other: bool, entry: usize) -> bool {
        let one = |entry: usize| {
            let panel = self.counts(other, entry);
            let notes = state[panel].iter().filter(|place| self.covers(**place, other, entry)).count();
            notes >= Quorums::of(self.size as u32).seal as usize
        };
        let from = if self.change_first { 1 } else { entry };
        (from..=entry).all(one)
    }

    fn branch(&self, state: &[Place], other: bool) -> bool {
        let last = if other { self.parts_at + 2 } else { FIRST };
        (self.parts_at + 1..=last).any(|entry| self.sealed(state, other, entry))
    }
}

impl Model for Chain {
    type State = Vec<Place>;
    type Action = (usize, Place);

    fn init_states(&self) -> Vec<Self::State> {
        vec![vec![Place { other: false, entry: 0 }; self.size + 2]]
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>) {
        for (node, place) in state.iter().enumerate() {
            let next = place.entry + 1;
            if !place.other && next <= FIRST {
                actions.push((node, Place { other: false, entry: next }));
            }
            let fits = if place.other { next <= self.parts_at + 2 } else { place.entry == self.parts_at };
            if fits {
                actions.push((node, Place { other: true, entry: next }));
            }
        }
    }

    fn next_state(&self, state: &Self::State, (node, place): Self::Action) -> Option<Self::State> {
        let mut next = state.clone();
        next[node] = place;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one branch sealed", |model: &Self, state: &Self::State| {
                !(model.branch(state, false) && model.branch(state, true))
            }),
            Property::sometimes("the last panel seals", |model: &Self, state: &Self::State| {
                model.sealed(state, false, FIRST)
            }),
            Property::sometimes("the other branch is sealed", |model: &Self, state: &Self::State| {
                model.branch(state, true)
            }),
        ]
    }
}

#[test]
fn of_two_branches_one_is_sealed_whatever_panels_come_one_after_another() {
    for (parts_at, jumps) in [(0, false), (0, true), (1, false), (1, true), (2, false)] {
        let name = format!("two changes, branches part after {parts_at}, the other one jumps: {jumps}");
        holds(&name, Chain { size: 3, parts_at, jumps, change_first: true }, 7_776);
    }
}

#[test]
fn a_second_change_that_rests_on_an_unsealed_first_one_is_found() {
    finds("two changes", Chain { size: 3, parts_at: 0, jumps: false, change_first: false }, "one branch sealed");
}
