//! Rivals, levels and overrides: who may enact what, and does it ever stand beside something else?
//!
//! What is proved only grows, so a state says what can be proved at all by then, and an adversary hands everybody just
//! the proofs that do harm. L1 and L2 are one level here, *low*: who counts at L1 counts at L2, and a proof that L2
//! failed is one that L1 did.

use stateright::{Model, Property};

mod settings;

type Tick = u8;
/// A set of groups or of matters.
type Set = u8;

const MATTERS: usize = 3;
const GROUPS: usize = 4;
const NEVER: Tick = Tick::MAX;

/// A matter's text, as far as it counts here.
#[derive(Clone, Copy, Debug, Default)]
struct Text {
    open: Tick,
    /// D2, of the level at which all that are touched have to consent.
    low: Tick,
    /// D3, of the level at which two thirds of all groups are enough.
    high: Tick,
    touches: Set,
    /// What it names as overridden or replaced.
    settles: Set,
}

/// What an enactment at L3 has to prove about rivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LowerFirst {
    /// Of each touched group: that it consents, or consented to no rival in time, or that this rival failed.
    EachTouched,
    /// Of each rival that there is: that it failed.
    EachRival,
    /// Nothing, or what the group that enacts happens to have heard of, which may be nothing.
    Nothing,
}

#[derive(Clone, Debug)]
struct Rivals {
    texts: [Text; MATTERS],
    weights: [u8; GROUPS],
    lower_first: LowerFirst,
    /// Whether a log that consented to a matter may consent to an unsettled rival.
    consents_twice: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    now: Tick,
    /// When each group's consents are sealed: only at dates that count for something, or never.
    logs: [[Option<Tick>; MATTERS]; GROUPS],
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    Consent { group: usize, matter: usize, sealed: Tick },
    TimePasses,
}

fn members(set: Set) -> impl Iterator<Item = usize> {
    (0..8).filter(move |bit| set & (1 << bit) != 0)
}

impl Rivals {
    fn new(weights: [u8; GROUPS], texts: [Text; MATTERS]) -> Self {
        Self { texts, weights, lower_first: LowerFirst::EachTouched, consents_twice: false }
    }

    fn matters(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MATTERS).filter(|matter| self.texts[*matter].touches != 0)
    }

    /// The dates at which it counts whether a consent to a matter is sealed: its own and the ends of its rivals.
    fn dates(&self, matter: usize) -> impl Iterator<Item = Tick> {
        let rivals = self.matters().filter(|rival| self.rivals(matter, *rival)).map(|rival| self.texts[rival].high);
        let own = [self.texts[matter].low, self.texts[matter].high, NEVER];
        own.into_iter().chain(rivals).collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    fn end(&self) -> Tick {
        self.texts.iter().map(|text| text.high).max().unwrap_or(0) + 1
    }

    fn rivals(&self, a: usize, b: usize) -> bool {
        let settled = self.texts[a].settles & (1 << b) != 0 || self.texts[b].settles & (1 << a) != 0;
        a != b && self.texts[a].touches & self.texts[b].touches != 0 && !settled
    }

    fn counted(&self, state: &State, group: usize, matter: usize, by: Tick) -> bool {
        state.logs[group][matter].is_some_and(|sealed| sealed <= by.min(state.now))
    }

    fn dead(&self, state: &State, group: usize, matter: usize, by: Tick) -> bool {
        state.now > by && !self.counted(state, group, matter, by)
    }

    fn adopted_low(&self, state: &State, matter: usize) -> bool {
        members(self.texts[matter].touches).all(|group| self.counted(state, group, matter, self.texts[matter].low))
    }

    fn adopted_high(&self, state: &State, matter: usize) -> bool {
        let counts = |group: &usize| self.counted(state, *group, matter, self.texts[matter].high);
        self.two_thirds((0..GROUPS).filter(counts))
    }

    fn two_thirds(&self, groups: impl Iterator<Item = usize>) -> bool {
        3 * groups.map(|group| self.weights[group]).sum::<u8>() >= 2 * self.weights.iter().sum::<u8>()
    }

    fn adopted(&self, state: &State, matter: usize) -> bool {
        self.adopted_low(state, matter) || self.adopted_high(state, matter)
    }

    fn failed_low(&self, state: &State, matter: usize) -> bool {
        let text = self.texts[matter];
        members(text.touches).any(|group| self.dead(state, group, matter, text.low))
    }

    fn not_adopted(&self, state: &State, matter: usize) -> bool {
        let alive = |group: &usize| !self.dead(state, *group, matter, self.texts[matter].high);
        self.failed_low(state, matter) && !self.two_thirds((0..GROUPS).filter(alive))
    }

    /// Whether an adopted matter names this one; for ever, whatever becomes of that one.
    fn overridden(&self, state: &State, matter: usize) -> bool {
        self.matters().any(|by| {
            let names = self.texts[by].settles & (1 << matter) != 0;
            names && self.adopted(state, by)
        })
    }

    fn out_of_the_way(&self, state: &State, rival: usize) -> bool {
        self.failed_low(state, rival) || self.overridden(state, rival)
    }

    fn enactable(&self, state: &State, matter: usize) -> bool {
        if self.adopted_low(state, matter) || !self.adopted_high(state, matter) {
            return self.adopted_low(state, matter);
        }
        let high = self.texts[matter].high;
        let mut rivals = self.matters().filter(|rival| self.rivals(matter, *rival));
        match self.lower_first {
            LowerFirst::Nothing => true,
            LowerFirst::EachRival => rivals.all(|rival| self.out_of_the_way(state, rival)),
            LowerFirst::EachTouched => members(self.texts[matter].touches).all(|group| {
                let silent = |rival| self.dead(state, group, rival, high) || self.out_of_the_way(state, rival);
                self.counted(state, group, matter, high)
                    || self.matters().filter(|rival| self.rivals(matter, *rival)).all(silent)
            }),
        }
    }

    /// Whether every group that two rivals share consented to the first only after the other's end.
    fn later(&self, state: &State, first: usize, other: usize) -> bool {
        let shared = self.texts[first].touches & self.texts[other].touches;
        members(shared).all(|group| self.dead(state, group, first, self.texts[other].high))
    }

    fn stands(&self, state: &State, matter: usize) -> bool {
        self.enactable(state, matter) && !self.overridden(state, matter)
    }

    fn one_stands(&self, state: &State) -> bool {
        let share = |a: usize, b: usize| self.texts[a].touches & self.texts[b].touches != 0;
        self.matters().all(|a| {
            (0..a).filter(|b| share(a, *b)).all(|b| {
                let both = self.stands(state, a) && self.stands(state, b);
                !both || self.later(state, a, b) || self.later(state, b, a)
            })
        })
    }

    /// Whether each adopted matter can be enacted, once the dates of all are past, or something else stands instead.
    fn none_is_stuck(&self, state: &State) -> bool {
        let instead = |matter: usize| {
            self.matters().any(|other| {
                let shares = self.texts[matter].touches & self.texts[other].touches != 0;
                shares && self.enactable(state, other)
            })
        };
        state.now < self.end() || self.matters().all(|matter| !self.adopted(state, matter) || instead(matter))
    }

    /// Whether an adopted matter waits for nothing where no rival had a sealed consent by its end.
    fn none_waits_for_later_ones(&self, state: &State) -> bool {
        self.matters().all(|matter| {
            let high = self.texts[matter].high;
            let mut rivals = self.matters().filter(|rival| self.rivals(matter, *rival));
            let alone = rivals.all(|rival| (0..GROUPS).all(|group| self.dead(state, group, rival, high)));
            state.now <= high || !alone || !self.adopted(state, matter) || self.enactable(state, matter)
        })
    }

    /// Whether what an adopted matter bound ends only with a consent of each group that it touched, or of two thirds.
    fn nobody_is_spoken_for(&self, state: &State) -> bool {
        let agree = |by: usize, touched: Set| {
            members(touched).all(|group| self.counted(state, group, by, self.texts[by].high))
                || self.adopted_high(state, by)
        };
        self.matters().all(|matter| {
            let Text { touches, .. } = self.texts[matter];
            let names = |by: &usize| self.texts[*by].settles & (1 << matter) != 0;
            !(self.adopted(state, matter) && self.overridden(state, matter))
                || self.matters().filter(names).any(|by| agree(by, touches))
        })
    }

    fn may_consent(&self, state: &State, group: usize, matter: usize) -> bool {
        let log = &state.logs[group];
        let text = self.texts[matter];
        let free = |other: usize| {
            log[other].is_none()
                || !self.rivals(matter, other)
                || self.consents_twice
                || self.not_adopted(state, other)
                || self.overridden(state, other)
        };
        log[matter].is_none() && (text.open..=text.high).contains(&state.now) && self.matters().all(free)
    }
}

impl Model for Rivals {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { now: 0, logs: [[None; MATTERS]; GROUPS] }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.now < self.end() {
            actions.push(Action::TimePasses);
        }
        for group in (0..GROUPS).filter(|group| self.weights[*group] > 0) {
            for matter in self.matters().filter(|matter| self.may_consent(state, group, *matter)) {
                let seals = self.dates(matter).filter(|date| *date >= state.now);
                actions.extend(seals.map(|sealed| Action::Consent { group, matter, sealed }));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = *state;
        match action {
            Action::TimePasses => next.now += 1,
            Action::Consent { group, matter, sealed } => {
                next.logs[group][matter] = Some(sealed);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one stands", |model: &Self, state| model.one_stands(state)),
            Property::always("none is stuck", |model: &Self, state| model.none_is_stuck(state)),
            Property::always("none waits for later ones", |model: &Self, state| model.none_waits_for_later_ones(state)),
            Property::always("nobody is spoken for", |model: &Self, state| model.nobody_is_spoken_for(state)),
            Property::sometimes("adopted low", |model: &Self, state| {
                model.matters().any(|matter| model.adopted_low(state, matter))
            }),
            Property::sometimes("adopted high only", |model: &Self, state| {
                let high = |matter: &usize| model.failed_low(state, *matter) && model.adopted_high(state, *matter);
                model.matters().any(|matter| high(&matter))
            }),
        ]
    }
}
