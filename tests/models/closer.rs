//! Terms whose closer lies: it signs a commit and a lapse with one number, shows them to whom and when it likes.
//!
//! Nobody has a clock here beyond the dates that count. Each holder has room for one hold or allocation, and somebody
//! else waits for it.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// A holder believes the closer's entry without its seal.
    Unsealed,
    /// A holder that has lapsed still takes when it sees the commit.
    TakesAfterLapse,
    /// Nobody may release when another lapsed.
    NoRelease,
}

#[derive(Clone, Debug)]
struct Closer {
    quorums: Quorums,
    liars: u32,
    holders: usize,
    mistake: Mistake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Noted {
    Nothing,
    Commit,
    LateCommit,
    Lapse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
struct Holder {
    /// Its log is past H.
    past: bool,
    took: bool,
    lapsed: bool,
    /// It lapsed citing the closer's lapse, and not by itself.
    cited: bool,
    released: bool,
    /// Somebody else has what was free.
    other: bool,
}

impl Holder {
    fn used(self) -> u32 {
        u32::from(self.holding()) + u32::from(self.took && !self.released) + u32::from(self.other)
    }

    fn holding(self) -> bool {
        !self.took && !self.lapsed
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// E + g is over.
    late: bool,
    honest: Vec<Noted>,
    holders: Vec<Holder>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Note { witness: usize, branch: Noted },
    DeadlineIsOver,
    PassH { holder: usize },
    Take { holder: usize },
    Lapse { holder: usize },
    LapseCiting { holder: usize },
    Release { holder: usize },
    Other { holder: usize },
}

impl Closer {
    fn new(witnesses: u32, liars: u32) -> Self {
        Self { quorums: Quorums::of(witnesses), liars, holders: 2, mistake: Mistake::None }
    }

    fn shown(&self, state: &State, branch: Noted) -> bool {
        let noted = state.honest.iter().filter(|noted| **noted == branch).count() + self.liars as usize;
        noted >= if self.mistake == Mistake::Unsealed { 1 } else { self.quorums.seal as usize }
    }

    fn broken(&self, state: &State) -> bool {
        state.holders.iter().any(|holder| holder.lapsed)
    }
}

impl Model for Closer {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let honest = vec![Noted::Nothing; (self.quorums.witnesses - self.liars) as usize];
        vec![State { late: false, honest, holders: vec![Holder::default(); self.holders] }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !state.late {
            actions.push(Action::DeadlineIsOver);
        }
        for witness in (0..state.honest.len()).filter(|witness| state.honest[*witness] == Noted::Nothing) {
            let commit = if state.late { Noted::LateCommit } else { Noted::Commit };
            actions.extend([commit, Noted::Lapse].map(|branch| Action::Note { witness, branch }));
        }
        for (index, holder) in state.holders.iter().enumerate() {
            if state.late && !holder.past {
                actions.push(Action::PassH { holder: index });
            }
            let after_lapse = self.mistake == Mistake::TakesAfterLapse && !holder.took;
            if (after_lapse || holder.holding() && !holder.past) && self.shown(state, Noted::Commit) {
                actions.push(Action::Take { holder: index });
            }
            if holder.holding() && holder.past {
                actions.push(Action::Lapse { holder: index });
            }
            if holder.holding() && self.shown(state, Noted::Lapse) {
                actions.push(Action::LapseCiting { holder: index });
            }
            let may_release = self.mistake != Mistake::NoRelease && self.broken(state);
            if holder.took && !holder.released && may_release {
                actions.push(Action::Release { holder: index });
            }
            if holder.used() == 0 {
                actions.push(Action::Other { holder: index });
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Note { witness, branch } => next.honest[witness] = branch,
            Action::DeadlineIsOver => next.late = true,
            Action::PassH { holder } => next.holders[holder].past = true,
            Action::Take { holder } => next.holders[holder].took = true,
            Action::Lapse { holder } => next.holders[holder].lapsed = true,
            Action::LapseCiting { holder } => {
                next.holders[holder].lapsed = true;
                next.holders[holder].cited = true;
            }
            Action::Release { holder } => next.holders[holder].released = true,
            Action::Other { holder } => next.holders[holder].other = true,
        }
        next.honest.sort_unstable();
        next.holders.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("never more than there is", |_, state: &State| {
                state.holders.iter().all(|holder| holder.used() <= 1)
            }),
            Property::always("a split only by a holder's own end", |_, state: &State| {
                let took = state.holders.iter().any(|holder| holder.took);
                !(took && state.holders.iter().any(|holder| holder.cited))
            }),
            Property::always("nobody is bound alone", |model: &Self, state: &State| {
                // Where all others lapsed, who took may release, and has if nothing else is left to do.
                let mut actions = Vec::new();
                model.actions(state, &mut actions);
                let done = actions.is_empty();
                let bound = state.holders.iter().any(|holder| holder.took && !holder.released);
                !(done && bound && model.broken(state))
            }),
            Property::sometimes("all took", |_, state: &State| state.holders.iter().all(|holder| holder.took)),
            Property::sometimes("all lapsed by the closer's lapse", |_, state: &State| {
                state.holders.iter().all(|holder| holder.cited)
            }),
            Property::sometimes("a split, and a release", |_, state: &State| {
                state.holders.iter().any(|holder| holder.released)
            }),
        ]
    }
}

#[test]
fn a_lying_closer_splits_terms_only_where_everybody_sees_it() {
    for (witnesses, liars, states) in [(2, 0, 158), (3, 0, 411), (6, 1, 782)] {
        holds(&format!("lying closer, m = {witnesses}"), Closer::new(witnesses, liars), states);
    }
    holds("lying closer, three holders", Closer { holders: 3, ..Closer::new(3, 0) }, 1_246);
}

#[test]
fn an_unsealed_commit_that_is_believed_is_found() {
    let model = Closer { mistake: Mistake::Unsealed, ..Closer::new(3, 0) };
    finds("closer believed without a seal", model, "a split only by a holder's own end");
}

#[test]
fn a_lying_witness_more_than_the_panel_bears_is_found() {
    finds("lying closer and witness", Closer::new(3, 1), "a split only by a holder's own end");
}

#[test]
fn taking_after_a_lapse_is_found() {
    let model = Closer { mistake: Mistake::TakesAfterLapse, ..Closer::new(3, 0) };
    finds("taken after a lapse", model, "never more than there is");
}

#[test]
fn terms_that_bind_one_alone_are_found() {
    let model = Closer { mistake: Mistake::NoRelease, ..Closer::new(3, 0) };
    finds("no release", model, "nobody is bound alone");
}
