//! An enactment that claims "this group's consent is dead" and cites a record: is it judged the same by everybody?
//!
//! The lying log of that group has a branch with the consent, x, and one without, y. A witness notes the place before
//! both, then perhaps x in time, then after D + g what it holds: x, perhaps only now, or y. The group that enacts cites a
//! record with any of the notes that exist; it may leave out what it likes. One replica judges and hears of more; what
//! it says first has to be what it says for ever, and so what any other replica says.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

/// A set of notes, four bits for each witness.
type Notes = u16;

const BITS: u32 = 4;
const BEFORE: Notes = 1;
const X: Notes = 2;
const AFTER_WITHOUT: Notes = 4;
const AFTER_WITH: Notes = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judges {
    /// By what the record holds, along the links from note to note; entries are fetched by hash, whatever their branch.
    ByRecord,
    /// By the record, with the notes that it happens to hold besides.
    ByWhatItHolds,
    /// By the record without the links: the last note that the record shows.
    WithoutLinks,
    /// By the record, with entries of the branch that it follows alone.
    OnItsBranch,
}

#[derive(Clone, Debug)]
struct Evidence {
    quorums: Quorums,
    judges: Judges,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Branch {
    Unknown,
    WithConsent,
    Without,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    exist: Notes,
    record: Option<Notes>,
    held: Notes,
    follows: Branch,
    /// Whether it fetched the entries that the record cites, whatever their branch.
    fetched: bool,
    said: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Note(Notes),
    Enact(Notes),
    Hear,
    Follow(Branch),
    Fetch,
    Judge,
}

impl Evidence {
    fn witness(&self, notes: Notes, witness: u32) -> Notes {
        notes >> (BITS * witness) & 0b1111
    }

    /// Whether the witness is silent by these notes: a later one has no consent under it, or the one that it links to.
    fn silent(&self, notes: Notes, exist: Notes) -> bool {
        let linked = match (exist & X != 0, exist & BEFORE != 0) {
            _ if matches!(self.judges, Judges::ByWhatItHolds | Judges::WithoutLinks) => notes & X == 0,
            (true, _) => false,
            (false, true) => notes & BEFORE != 0,
            (false, false) => true,
        };
        notes & AFTER_WITHOUT != 0 || notes & AFTER_WITH != 0 && linked
    }

    /// Valid, invalid, or wait.
    fn verdict(&self, state: &State) -> Option<bool> {
        let record = state.record?;
        let notes = if self.judges == Judges::ByWhatItHolds { record | state.held } else { record };
        let of = |witness: u32| self.witness(notes, witness);
        let silent = |witness: &u32| self.silent(of(*witness), self.witness(state.exist, *witness));
        let enough = (0..self.quorums.witnesses).filter(silent).count() >= self.quorums.settle as usize;
        // What is under the heads that count has to be read.
        let needs = |note: Notes| (0..self.quorums.witnesses).filter(silent).any(|witness| of(witness) & note != 0);
        let readable = state.fetched
            || (state.follows == Branch::Without || !needs(AFTER_WITHOUT))
                && (state.follows == Branch::WithConsent || !needs(AFTER_WITH));
        if enough && !readable { None } else { Some(enough) }
    }
}

impl Model for Evidence {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { exist: 0, record: None, held: 0, follows: Branch::Unknown, fetched: false, said: None }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for witness in 0..self.quorums.witnesses {
            let next: &[Notes] = match self.witness(state.exist, witness) {
                0 => &[BEFORE, X, AFTER_WITHOUT, AFTER_WITH],
                BEFORE => &[X, AFTER_WITHOUT, AFTER_WITH],
                noted if noted & X != 0 && noted & AFTER_WITH == 0 => &[AFTER_WITH],
                _ => &[],
            };
            actions.extend(next.iter().map(|note| Action::Note(note << (BITS * witness))));
        }
        let all = 1 << (BITS * self.quorums.witnesses);
        if state.record.is_none() {
            actions.extend((0..all).filter(|notes| notes & !state.exist == 0).map(Action::Enact));
        }
        if state.held != state.exist {
            actions.push(Action::Hear);
        }
        if state.follows == Branch::Unknown {
            actions.extend([Branch::WithConsent, Branch::Without].map(Action::Follow));
        }
        if state.record.is_some() && !state.fetched && self.judges != Judges::OnItsBranch {
            actions.push(Action::Fetch);
        }
        if state.said.is_none() && self.verdict(state).is_some() {
            actions.push(Action::Judge);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = *state;
        match action {
            Action::Note(note) => next.exist |= note,
            Action::Enact(notes) => next.record = Some(notes),
            Action::Hear => next.held = state.exist,
            Action::Follow(branch) => next.follows = branch,
            Action::Fetch => next.fetched = true,
            Action::Judge => next.said = self.verdict(state),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("judged the same for ever", |model: &Self, state: &State| {
                state.said.is_none_or(|said| model.verdict(state) == Some(said))
            }),
            Property::always("true if valid", |model: &Self, state: &State| {
                let covers = |witness: &u32| model.witness(state.exist, *witness) & X != 0;
                let sealed = (0..model.quorums.witnesses).filter(covers).count() >= model.quorums.seal as usize;
                !(state.said == Some(true) && sealed)
            }),
            Property::always("judged in the end", |model: &Self, state: &State| {
                let mut actions = Vec::new();
                model.actions(state, &mut actions);
                !actions.is_empty() || state.said.is_some()
            }),
            Property::sometimes("valid", |_, state: &State| state.said == Some(true)),
            Property::sometimes("invalid", |_, state: &State| state.said == Some(false)),
        ]
    }
}

fn judged(judges: Judges) -> Evidence {
    Evidence { quorums: Quorums::of(2), judges }
}

#[test]
fn an_enactment_is_judged_by_its_record_alone() {
    holds("evidence, m = 2", judged(Judges::ByRecord), 109_997);
}

#[test]
fn judging_by_the_notes_that_are_there_is_found() {
    finds("evidence and what is held", judged(Judges::ByWhatItHolds), "judged the same for ever");
}

#[test]
fn judging_without_links_is_found() {
    finds("evidence without links", judged(Judges::WithoutLinks), "true if valid");
}

#[test]
fn reading_one_branch_alone_is_found() {
    finds("evidence on one branch", judged(Judges::OnItsBranch), "judged in the end");
}
