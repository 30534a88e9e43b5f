//! Does a matter end, and when? One slot of its electorate, by the clock.
//!
//! Time runs in skews: a clock is at most one off; g is four. An honest group that consents does so by its own clock's
//! D at the latest, each honest witness that is up hears of it within `news` and notes it at once, and notes once more
//! when its own clock is past D + g. Their notes reach the replica that judges within `news` as well.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

const G: i8 = 4;
/// D, the date by which a consent has to be dated.
const BY: i8 = 1;

#[derive(Clone, Debug)]
struct Slot {
    quorums: Quorums,
    /// How many witnesses are up; the others never say anything.
    up: usize,
    news: i8,
    /// When the judge calls what it cannot prove in doubt, after D, by its own clock.
    doubt: i8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Witness {
    ahead: i8,
    /// When it noted the consent.
    noted: Option<i8>,
    /// When it noted that D + g is over, and when the judge heard of both.
    over: Option<i8>,
    heard: [bool; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    now: i8,
    group_ahead: i8,
    judge_ahead: i8,
    consented: Option<i8>,
    witnesses: Vec<Witness>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Consent,
    Note { witness: usize },
    NoteOver { witness: usize },
    Hear { witness: usize, over: bool },
    Tick,
}

impl Slot {
    fn counted(&self, state: &State) -> bool {
        let covers = |witness: &&Witness| witness.heard[0] && in_time(witness);
        state.witnesses.iter().filter(covers).count() >= self.quorums.seal as usize
    }

    fn dead(&self, state: &State) -> bool {
        let silent = |witness: &&Witness| witness.heard[1] && !in_time(witness);
        state.witnesses.iter().filter(silent).count() >= self.quorums.settle as usize
    }

    /// What has to have happened before time may pass.
    fn due(&self, state: &State) -> bool {
        let old = |since: Option<i8>| since.is_some_and(|since| state.now >= since + self.news);
        state.witnesses.iter().any(|witness| {
            let note = witness.noted.is_none() && witness.over.is_none() && old(state.consented);
            let over = witness.over.is_none() && state.now + witness.ahead > BY + G;
            let hear = !witness.heard[0] && old(witness.noted) || !witness.heard[1] && old(witness.over);
            note || over || hear
        })
    }

    fn in_doubt(&self, state: &State) -> bool {
        state.now + state.judge_ahead > BY + self.doubt && !self.counted(state) && !self.dead(state)
    }
}

fn in_time(witness: &Witness) -> bool {
    witness.noted.is_some_and(|noted| noted + witness.ahead <= BY + G)
}

impl Model for Slot {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let clocks = self.up + 2;
        let digit = |code: usize, clock: usize| (code / 3usize.pow(clock as u32) % 3) as i8 - 1;
        let witness = |ahead| Witness { ahead, noted: None, over: None, heard: [false; 2] };
        let mut states: Vec<State> = (0..3usize.pow(clocks as u32))
            .map(|code| {
                let mut witnesses: Vec<Witness> = (2..clocks).map(|clock| witness(digit(code, clock))).collect();
                witnesses.sort_unstable();
                let [group_ahead, judge_ahead] = [digit(code, 0), digit(code, 1)];
                State { now: 0, group_ahead, judge_ahead, consented: None, witnesses }
            })
            .collect();
        states.sort_unstable_by_key(|state| (state.group_ahead, state.judge_ahead, state.witnesses.clone()));
        states.dedup();
        states
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.consented.is_none() && state.now + state.group_ahead <= BY {
            actions.push(Action::Consent);
        }
        for (index, witness) in state.witnesses.iter().enumerate() {
            if state.consented.is_some() && witness.noted.is_none() && witness.over.is_none() {
                actions.push(Action::Note { witness: index });
            }
            if witness.over.is_none() && state.now + witness.ahead > BY + G {
                actions.push(Action::NoteOver { witness: index });
            }
            let unheard = [(witness.noted, false), (witness.over, true)];
            let unheard =
                unheard.into_iter().filter(|(said, over)| said.is_some() && !witness.heard[usize::from(*over)]);
            actions.extend(unheard.map(|(_, over)| Action::Hear { witness: index, over }));
        }
        if state.now < BY + self.doubt + 2 && !self.due(state) {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Consent => next.consented = Some(state.now),
            Action::Note { witness } => next.witnesses[witness].noted = Some(state.now),
            Action::NoteOver { witness } => next.witnesses[witness].over = Some(state.now),
            Action::Hear { witness, over } => next.witnesses[witness].heard[usize::from(over)] = true,
            Action::Tick => next.now += 1,
        }
        next.witnesses.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("counted or dead", |model: &Self, state| !(model.counted(state) && model.dead(state))),
            Property::always("never in doubt", |model: &Self, state| !model.in_doubt(state)),
            Property::always("an honest consent is not dead", |model: &Self, state: &State| {
                state.consented.is_none() || !model.dead(state)
            }),
            Property::sometimes("counted", |model: &Self, state| model.counted(state)),
            Property::sometimes("dead", |model: &Self, state| model.dead(state)),
        ]
    }
}

/// w witnesses are up, news take two skews less than g, and the doubt begins 2 g after D: and one tick, because what comes
/// right after D + g comes a whole tick later here.
fn slot(witnesses: u32) -> Slot {
    let quorums = Quorums::of(witnesses);
    Slot { quorums, up: quorums.seal as usize, news: G - 2, doubt: 2 * G + 1 }
}

#[test]
fn with_w_witnesses_up_and_news_within_g_less_two_skews_a_slot_is_never_in_doubt() {
    for (witnesses, states) in [(3, 27_795), (4, 171_969)] {
        holds(&format!("slot by the clock, m = {witnesses}"), slot(witnesses), states);
    }
}

#[test]
fn news_that_take_one_skew_longer_are_found() {
    finds("slot, news of g - 1", Slot { news: G - 1, ..slot(2) }, "an honest consent is not dead");
}

#[test]
fn doubt_before_d_and_2_g_is_found_to_be_early() {
    for doubt in [G, 2 * G] {
        finds(&format!("slot, doubt from D + {doubt}"), Slot { doubt, ..slot(2) }, "never in doubt");
    }
}

#[test]
fn one_witness_fewer_than_seal_is_found_to_leave_doubt() {
    let quorums = Quorums::of(3);
    finds("slot, w - 1 up", Slot { up: quorums.seal as usize - 1, ..slot(3) }, "never in doubt");
}
