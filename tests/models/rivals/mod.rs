//! Rivals, levels and overrides: who may enact what, and does it ever stand beside something else?
//!
//! What is proved only grows, so a state says what can be proved at all by then, and an adversary hands everybody just
//! the proofs that do harm. L1 and L2 are one level here, *low*: who counts at L1 counts at L2, and a proof that L2
//! failed is one that L1 did.

use stateright::{Model, Property};

use crate::weights::Measure;

mod proofs;
mod properties;
mod settings;

type Tick = u8;
/// A set of groups or of matters.
type Set = u8;

const MATTERS: usize = 3;
const GROUPS: usize = 4;
const NEVER: Tick = Tick::MAX;
/// Noted by too few for a seal and by too many for an absence.
const DOUBT: Tick = Tick::MAX - 1;

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
    /// Whose certificate its opening cites.
    cites: Set,
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
    /// How many groups each stands for, which act as one.
    groups: [u8; GROUPS],
    /// What each weighs.
    weights: [u8; GROUPS],
    measure: Measure,
    lower_first: LowerFirst,
    /// Groups whose logs consent to a matter though they consented to an unsettled rival.
    consent_twice: Set,
    /// Whether what was overridden comes back when its override is overridden.
    revives: bool,
    /// Whether a log enacts whatever it hears of, in any order.
    in_any_order: bool,
    /// Whether consents may stay in doubt.
    doubts: bool,
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
    fn new(groups: [u8; GROUPS], texts: [Text; MATTERS]) -> Self {
        Self {
            texts,
            groups,
            weights: groups,
            measure: Measure::Both,
            lower_first: LowerFirst::EachTouched,
            consent_twice: 0,
            revives: false,
            in_any_order: false,
            doubts: false,
        }
    }

    fn matters(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MATTERS).filter(|matter| self.texts[*matter].touches != 0)
    }

    /// The dates at which it counts whether a consent to a matter is sealed: its own and the ends of its rivals.
    fn dates(&self, matter: usize) -> impl Iterator<Item = Tick> {
        let rivals = self.matters().filter(|rival| self.rivals(matter, *rival)).map(|rival| self.texts[rival].high);
        let own = [self.texts[matter].low, self.texts[matter].high, NEVER, if self.doubts { DOUBT } else { NEVER }];
        own.into_iter().chain(rivals).collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    fn end(&self) -> Tick {
        self.texts.iter().map(|text| text.high).max().unwrap_or(0) + 1
    }

    fn may_consent(&self, state: &State, group: usize, matter: usize) -> bool {
        let log = &state.logs[group];
        let text = self.texts[matter];
        let free = |other: usize| {
            log[other].is_none()
                || !self.rivals(matter, other)
                || self.consent_twice & (1 << group) != 0
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
        for group in (0..GROUPS).filter(|group| self.groups[*group] > 0) {
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
            Property::always("one stands in each log", |model: &Self, state| model.one_stands_in_each_log(state)),
            Property::always("what stands comes last", |model: &Self, state| model.what_stands_comes_last(state)),
            Property::always("none is stuck", |model: &Self, state| model.none_is_stuck(state)),
            Property::always("none waits for later ones", |model: &Self, state| model.none_waits_for_later_ones(state)),
            Property::always("nobody is spoken for", |model: &Self, state| model.nobody_is_spoken_for(state)),
            Property::always("most groups", |model: &Self, state| model.most_groups_agree(state)),
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
