//! Rounds by lot: can somebody who has seen another's secret still claim?
//!
//! Time runs in skews: a clock is at most one off; g is four. Claims count that are sealed by the last date + g, by the
//! dates of the notes. A group that hosts its own log dates its claim back as it likes and shows it to whom and when it
//! likes; an honest witness notes it then, by its own clock, and a lying one with any date. An honest group reveals as
//! soon as its own clock lets it.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

const G: i8 = 4;
/// The last date of claims.
const BY: i8 = 1;
const LAST: i8 = BY + 3 * G;

#[derive(Clone, Debug)]
struct Lot {
    quorums: Quorums,
    liars: u32,
    /// How long after the last date of claims secrets are revealed.
    from: i8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Witness {
    ahead: i8,
    /// Whether its note of the claim is dated in time.
    noted: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    now: i8,
    /// The clock of the group that reveals.
    ahead: i8,
    /// The honest ones.
    witnesses: Vec<Witness>,
    revealed: bool,
    /// The claim was made, and whether the secret was known by then.
    claimed: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Claim,
    Show { witness: usize },
    Reveal,
    Tick,
}

impl Lot {
    fn of(members: u32, liars: u32, from: i8) -> Self {
        Self { quorums: Quorums::of(members), liars, from }
    }

    /// Whether the claim is sealed in time; who lies notes it in time whenever that was.
    fn counts(&self, state: &State) -> bool {
        let in_time = |witness: &&Witness| witness.noted == Some(true);
        let notes = state.witnesses.iter().filter(in_time).count() + self.liars as usize;
        state.claimed.is_some() && notes >= self.quorums.seal as usize
    }
}

impl Model for Lot {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let honest = (self.quorums.witnesses - self.liars) as usize;
        let digit = |code: usize, clock: usize| (code / 3usize.pow(clock as u32) % 3) as i8 - 1;
        let state = |code: usize| {
            let witness = |clock: usize| Witness { ahead: digit(code, clock), noted: None };
            let mut witnesses: Vec<Witness> = (1..=honest).map(witness).collect();
            witnesses.sort_unstable();
            State { now: 0, ahead: digit(code, 0), witnesses, revealed: false, claimed: None }
        };
        let mut states: Vec<State> = (0..3usize.pow(honest as u32 + 1)).map(state).collect();
        states.sort_unstable_by_key(|state| (state.ahead, state.witnesses.clone()));
        states.dedup();
        states
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.claimed.is_none() {
            actions.push(Action::Claim);
        }
        let unseen = |witness: &Witness| state.claimed.is_some() && witness.noted.is_none();
        actions.extend(
            (0..state.witnesses.len())
                .filter(|at| unseen(&state.witnesses[*at]))
                .map(|witness| Action::Show { witness }),
        );
        if !state.revealed && state.now + state.ahead >= BY + self.from {
            actions.push(Action::Reveal);
        }
        if state.now < LAST {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Claim => next.claimed = Some(state.revealed),
            Action::Show { witness } => {
                let witness = &mut next.witnesses[witness];
                witness.noted = Some(state.now + witness.ahead <= BY + G);
                next.witnesses.sort_unstable();
            }
            Action::Reveal => next.revealed = true,
            Action::Tick => next.now += 1,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(BLIND, |lot: &Self, state: &State| state.claimed != Some(true) || !lot.counts(state)),
            Property::sometimes("a claim counts", |lot: &Self, state: &State| lot.counts(state)),
            Property::sometimes("a secret is revealed", |_, state: &State| state.revealed),
        ]
    }
}

const BLIND: &str = "nobody who has seen a secret claims";

#[test]
fn nobody_claims_who_has_seen_a_secret() {
    holds("rounds, m = 3", Lot::of(3, 0, 2 * G), 8_802);
    holds("rounds, m = 6, one liar", Lot::of(6, 1, 2 * G), 58_851);
}

#[test]
fn reveals_wait_for_more_than_the_seals() {
    finds("rounds, from D + g", Lot::of(3, 0, G), BLIND);
    finds("rounds, from D + g and two skews", Lot::of(3, 0, G + 2), BLIND);
}

#[test]
fn more_liars_than_a_panel_bears_claim_with_open_eyes() {
    finds("rounds, m = 3, two liars", Lot::of(3, 2, 2 * G), BLIND);
}
