//! What must hold, whatever happens.

use super::{DOUBT, GROUPS, LowerFirst, Rivals, Set, State, Text, members};

impl Rivals {
    pub(super) fn stands(&self, state: &State, matter: usize) -> bool {
        self.enactable(state, matter) && !self.overridden(state, matter)
    }

    pub(super) fn one_stands(&self, state: &State) -> bool {
        self.matters().all(|a| {
            (0..a).filter(|b| self.rivals(a, *b)).all(|b| {
                let both = self.stands(state, a) && self.stands(state, b);
                !both || self.later(state, a, b) || self.later(state, b, a)
            })
        })
    }

    /// Whether a group's own log never has two of them to enact, where each part stands for itself and a log looks at its
    /// own consents alone: none to a rival that did not fail.
    pub(super) fn one_stands_in_each_log(&self, state: &State) -> bool {
        let own = |group: usize, matter: usize| {
            let consented = |rival: &usize| self.rivals(matter, *rival) && state.logs[group][*rival].is_some();
            let mut rivals = self.matters().filter(consented);
            self.adopted_high(state, matter)
                && (self.lower_first == LowerFirst::Nothing || rivals.all(|rival| self.out_of_the_way(state, rival)))
        };
        let enacts = |group: usize, matter: usize| {
            !self.overridden(state, matter) && (self.adopted_low(state, matter) || own(group, matter))
        };
        self.matters().all(|a| {
            (0..a).filter(|b| self.rivals(a, *b)).all(|b| {
                let shared = self.texts[a].touches & self.texts[b].touches;
                members(shared).all(|group| !(enacts(group, a) && enacts(group, b)))
            })
        })
    }

    /// Whether a log that enacted one matter may still enact another that touches the same group: it names the first, the
    /// first is overridden, or the second is the later one.
    fn may_follow(&self, state: &State, matter: usize, first: usize) -> bool {
        let Text { settles, cites, .. } = self.texts[matter];
        self.in_any_order
            || (settles | cites) & (1 << first) != 0
            || self.overridden(state, first)
            || self.later(state, matter, first)
    }

    /// Whether every log ends with what stands, in whatever order it enacts what it hears of.
    pub(super) fn what_stands_comes_last(&self, state: &State) -> bool {
        let shares = |a: usize, b: usize| a != b && self.texts[a].touches & self.texts[b].touches != 0;
        let over = |a: usize, b: usize| self.texts[a].cites & (1 << b) != 0 || self.later(state, a, b);
        let topmost = |matter: &usize| {
            self.stands(state, *matter) && !self.matters().any(|other| shares(other, *matter) && over(other, *matter))
        };
        self.matters().filter(topmost).all(|last| {
            let mut others = self.matters().filter(|other| shares(*other, last) && self.enactable(state, *other));
            others.all(|other| self.may_follow(state, last, other) && !self.may_follow(state, other, last))
        })
    }

    /// Whether each adopted matter can be enacted, once the dates of all are past, or something else stands instead, or
    /// somebody still has to override a rival that is in doubt.
    pub(super) fn none_is_stuck(&self, state: &State) -> bool {
        let excused = |matter: usize| {
            self.matters().any(|other| {
                let shared = self.texts[matter].touches & self.texts[other].touches;
                let doubt = members(shared).any(|group| state.logs[group][other] == Some(DOUBT));
                shared != 0 && (self.enactable(state, other) || doubt && !self.overridden(state, other))
            })
        };
        state.now < self.end() || self.matters().all(|matter| !self.adopted(state, matter) || excused(matter))
    }

    /// Whether an adopted matter waits for nothing where no rival had a sealed consent by its end.
    pub(super) fn none_waits_for_later_ones(&self, state: &State) -> bool {
        self.matters().all(|matter| {
            let high = self.texts[matter].high;
            let mut rivals = self.matters().filter(|rival| self.rivals(matter, *rival));
            let alone = rivals.all(|rival| (0..GROUPS).all(|group| self.dead(state, group, rival, high)));
            state.now <= high || !alone || !self.adopted(state, matter) || self.enactable(state, matter)
        })
    }

    /// Whether what an adopted matter bound ends only with a consent of each group that it touched, or of two thirds.
    pub(super) fn nobody_is_spoken_for(&self, state: &State) -> bool {
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

    /// Whether what is adopted beyond those it touches has more than half of the groups.
    pub(super) fn most_groups_agree(&self, state: &State) -> bool {
        self.matters().filter(|matter| self.adopted_high(state, *matter)).all(|matter| {
            let counts = |group: &usize| self.counted(state, *group, matter, self.texts[matter].high);
            self.sum((0..GROUPS).filter(counts)).most_groups(self.sum(0..GROUPS))
        })
    }
}
