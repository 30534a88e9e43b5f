//! Terms with one closer, by the clock: how long must a hold outlive the deadline?
//!
//! Time runs in skews: a clock is at most one off. What somebody says reaches the others within `delay`; g is four.
//! The closer may commit until its own clock passes E (or date a commit back), a seal counts if its last note is dated
//! ≤ E + g, a holder takes if it knows of the seal while its clock says ≤ H, and lapses as soon as it says more.

use stateright::{Model, Property};

use crate::search::{finds, holds};

const G: i8 = 4;
/// E, the deadline of the closer.
const DEADLINE: i8 = 1;

#[derive(Clone, Debug)]
struct Terms {
    holders: usize,
    /// H − E.
    margin: i8,
    delay: i8,
    /// Whether the closer shows its commit as late as it likes, dated E.
    late: bool,
    /// Whether a seal after E + g counts as well.
    late_seals_count: bool,
    /// Whether a holder lapses by itself after H.
    lapses: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hold {
    Held,
    Taken,
    Lapsed,
    Crashed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    now: i8,
    /// How far the clocks are ahead: the closer's, the last witness's of the seal, the holders'.
    ahead: Vec<i8>,
    shown: Option<i8>,
    sealed: Option<i8>,
    holds: Vec<Hold>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    ShowCommit,
    Seal,
    Hear { holder: usize },
    Crash { holder: usize },
    Tick,
}

impl Terms {
    fn new(holders: usize, margin: i8) -> Self {
        Self { holders, margin, delay: G, late: false, late_seals_count: false, lapses: true }
    }

    fn end(&self) -> i8 {
        DEADLINE + self.margin + G
    }

    fn counts(&self, state: &State) -> bool {
        let in_time = |sealed: i8| self.late_seals_count || sealed + state.ahead[1] <= DEADLINE + G;
        state.sealed.is_some_and(in_time)
    }

    fn clock(&self, state: &State, holder: usize) -> i8 {
        state.now + state.ahead[2 + holder]
    }

    /// Whether time may pass: nothing that is under way has to arrive now.
    fn may_tick(&self, state: &State) -> bool {
        let due = |since: i8| state.now >= since + self.delay;
        let seal_due = state.sealed.is_none() && state.shown.is_some_and(due);
        let word_due = self.counts(state) && state.sealed.is_some_and(due) && state.holds.contains(&Hold::Held);
        state.now < self.end() && !seal_due && !word_due
    }
}

impl Model for Terms {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let clocks = 2 + self.holders;
        let ahead = |code: usize| (0..clocks).map(|clock| (code / 3usize.pow(clock as u32) % 3) as i8 - 1).collect();
        let holds = vec![Hold::Held; self.holders];
        (0..3usize.pow(clocks as u32))
            .map(|code| State { now: 0, ahead: ahead(code), shown: None, sealed: None, holds: holds.clone() })
            .collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.shown.is_none() && (self.late || state.now + state.ahead[0] <= DEADLINE) {
            actions.push(Action::ShowCommit);
        }
        if state.shown.is_some() && state.sealed.is_none() {
            actions.push(Action::Seal);
        }
        for (holder, _) in state.holds.iter().enumerate().filter(|(_, hold)| **hold == Hold::Held) {
            if self.counts(state) {
                actions.push(Action::Hear { holder });
            }
            if !state.holds.contains(&Hold::Crashed) {
                actions.push(Action::Crash { holder });
            }
        }
        if self.may_tick(state) {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::ShowCommit => next.shown = Some(state.now),
            Action::Seal => next.sealed = Some(state.now),
            Action::Hear { holder } => next.holds[holder] = Hold::Taken,
            Action::Crash { holder } => next.holds[holder] = Hold::Crashed,
            Action::Tick => {
                next.now += 1;
                for holder in 0..self.holders {
                    let past = self.clock(&next, holder) > DEADLINE + self.margin;
                    if self.lapses && past && next.holds[holder] == Hold::Held {
                        next.holds[holder] = Hold::Lapsed;
                    }
                }
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("all take or all lapse", |model: &Self, state: &State| {
                // The closer's own part is taken by a commit that counts.
                !(model.counts(state) && state.holds.contains(&Hold::Lapsed))
            }),
            Property::always("nobody holds past H", |model: &Self, state: &State| {
                let past = |holder: &usize| model.clock(state, *holder) > DEADLINE + model.margin;
                (0..model.holders).filter(past).all(|holder| state.holds[holder] != Hold::Held)
            }),
            Property::sometimes("all take", |_, state: &State| state.holds.iter().all(|hold| *hold == Hold::Taken)),
            Property::sometimes("all lapse", |_, state: &State| state.holds.iter().all(|hold| *hold == Hold::Lapsed)),
            Property::sometimes("a commit that is sealed too late", |model: &Self, state: &State| {
                !model.late || state.sealed.is_some() && !model.counts(state)
            }),
        ]
    }
}

/// 2 g + 2 skews; 3 g are more, because g is at least four skews.
const MARGIN: i8 = 2 * G + 2;

#[test]
fn holds_that_outlive_the_deadline_by_two_g_and_two_skews_are_taken_by_all_or_none() {
    for (holders, margin, states, more) in
        [(1, MARGIN, 9_879, 35_964), (1, 3 * G, 11_067, 44_982), (2, MARGIN, 57_843, 190_188)]
    {
        holds(&format!("terms, {holders} holders, margin {margin}"), Terms::new(holders, margin), states);
        let late = Terms { late: true, ..Terms::new(holders, margin) };
        holds(&format!("terms, {holders} holders, margin {margin}, late commit"), late, more);
    }
}

#[test]
fn a_margin_of_one_skew_less_is_found() {
    finds("terms, margin too small", Terms::new(1, MARGIN - 1), "all take or all lapse");
}

#[test]
fn news_that_take_longer_are_found() {
    let model = Terms { delay: G + 1, ..Terms::new(2, MARGIN) };
    finds("terms, news too slow", model, "all take or all lapse");
}

#[test]
fn commits_that_count_though_sealed_late_are_found() {
    let model = Terms { late: true, late_seals_count: true, ..Terms::new(1, 3 * G) };
    finds("terms, late seals count", model, "all take or all lapse");
}

#[test]
fn holds_without_an_end_of_their_own_are_found() {
    finds("terms, no end", Terms { lapses: false, ..Terms::new(1, MARGIN) }, "nobody holds past H");
}
