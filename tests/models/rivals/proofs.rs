//! What can be proved at a time, and what an enactment has to prove.

use super::{DOUBT, GROUPS, LowerFirst, Rivals, State, Text, Tick, members};
use crate::weights::Sum;

impl Rivals {
    pub(super) fn rivals(&self, a: usize, b: usize) -> bool {
        let names = |text: Text, other: usize| (text.settles | text.cites) & (1 << other) != 0;
        let [first, second] = [a, b].map(|matter| self.texts[matter]);
        a != b && first.touches & second.touches != 0 && !names(first, b) && !names(second, a)
    }

    pub(super) fn counted(&self, state: &State, group: usize, matter: usize, by: Tick) -> bool {
        state.logs[group][matter].is_some_and(|sealed| sealed <= by.min(state.now))
    }

    pub(super) fn dead(&self, state: &State, group: usize, matter: usize, by: Tick) -> bool {
        state.now > by && !self.counted(state, group, matter, by) && state.logs[group][matter] != Some(DOUBT)
    }

    pub(super) fn adopted_low(&self, state: &State, matter: usize) -> bool {
        members(self.texts[matter].touches).all(|group| self.counted(state, group, matter, self.texts[matter].low))
    }

    pub(super) fn adopted_high(&self, state: &State, matter: usize) -> bool {
        let counts = |group: &usize| self.counted(state, *group, matter, self.texts[matter].high);
        self.assembly((0..GROUPS).filter(counts))
    }

    /// Whether these are two thirds of the weight, and more than half of the groups.
    pub(super) fn assembly(&self, groups: impl Iterator<Item = usize>) -> bool {
        self.sum(groups).assembly(self.sum(0..GROUPS), self.measure)
    }

    pub(super) fn sum(&self, groups: impl Iterator<Item = usize>) -> Sum {
        groups.fold(Sum::default(), |sum, group| Sum {
            groups: sum.groups + u32::from(self.groups[group]),
            weight: sum.weight + u32::from(self.weights[group]),
        })
    }

    pub(super) fn adopted(&self, state: &State, matter: usize) -> bool {
        self.adopted_low(state, matter) || self.adopted_high(state, matter)
    }

    pub(super) fn failed_low(&self, state: &State, matter: usize) -> bool {
        let text = self.texts[matter];
        members(text.touches).any(|group| self.dead(state, group, matter, text.low))
    }

    pub(super) fn not_adopted(&self, state: &State, matter: usize) -> bool {
        let alive = |group: &usize| !self.dead(state, *group, matter, self.texts[matter].high);
        self.failed_low(state, matter) && !self.assembly((0..GROUPS).filter(alive))
    }

    /// Whether an adopted matter names this one; for ever, whatever becomes of that one.
    pub(super) fn overridden(&self, state: &State, matter: usize) -> bool {
        self.matters().any(|by| {
            let names = self.texts[by].settles & (1 << matter) != 0;
            names && self.adopted(state, by) && !(self.revives && self.overridden(state, by))
        })
    }

    pub(super) fn out_of_the_way(&self, state: &State, rival: usize) -> bool {
        self.failed_low(state, rival) || self.overridden(state, rival)
    }

    pub(super) fn enactable(&self, state: &State, matter: usize) -> bool {
        if self.adopted_low(state, matter) || !self.adopted_high(state, matter) {
            return self.adopted_low(state, matter);
        }
        let high = self.texts[matter].high;
        let mut rivals = self.matters().filter(|rival| self.rivals(matter, *rival));
        match self.lower_first {
            LowerFirst::Nothing => true,
            LowerFirst::EachRival => rivals.all(|rival| self.out_of_the_way(state, rival)),
            LowerFirst::EachTouched => members(self.texts[matter].touches).all(|group| {
                // Who has a counted consent to this one has none to a rival that could still be adopted.
                let consents_here = |rival: usize| {
                    members(self.texts[rival].touches).any(|touched| self.counted(state, touched, matter, high))
                };
                let silent = |rival| {
                    self.dead(state, group, rival, high) || self.out_of_the_way(state, rival) || consents_here(rival)
                };
                self.counted(state, group, matter, high)
                    || self.matters().filter(|rival| self.rivals(matter, *rival)).all(silent)
            }),
        }
    }

    /// Whether a matter that all consent to has the consents of the groups that it shares with another only after that
    /// one's end: it is the later one then, and takes its place.
    pub(super) fn later(&self, state: &State, matter: usize, other: usize) -> bool {
        let shared = self.texts[matter].touches & self.texts[other].touches;
        let high = self.texts[other].high;
        self.adopted_low(state, matter) && members(shared).all(|group| self.dead(state, group, matter, high))
    }
}
