//! Matters: fixed texts that touch several groups, decided by what each group says in its own log. No leader, no
//! resolver: the outcome is a function of the sealed voices.
//!
//! - [`Matter`]: the text, its parts for each affected group, the schedule of its levels
//! - [`stand`]: how it stands, from the consents and the silences that are known
//! - [`Followed`]: a matter as a whole replica sees it
//! - [`Amendment`]: the next version of the agreement, where a matter proposes one
//! - [`Dealings`]: what one log knows of matters, by its own decisions and by the evidence that it cites

mod amendment;
mod dealings;
mod followed;
mod levels;
mod settling;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::{
    amendment::Amendment,
    dealings::{Ceding, Dealings, Known, Unsaid},
    followed::Followed,
    levels::{ASSEMBLY, LEVELS, Slot, Standing, stand},
};
use crate::{
    effect::Effect,
    federation::{FederationAgreement, Ties},
    id::{FederationId, Hash, LogId, MatterId, TermsId},
    limits::{EFFECTS, TEXT_BYTES, TITLE_BYTES},
    name::Name,
    resource::Terms,
    time::{Span, Timestamp},
};

/// A fixed text that touches several groups. Another text is another matter, which replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matter {
    /// The federation.
    pub federation: FederationId,
    /// The version of its agreement whose groups are the electorate, and whose panel seals what they say.
    pub version: Hash,
    /// One line.
    pub title: String,
    /// What is to hold, and why.
    pub text: String,
    /// What it means for each affected group, sorted by group, each once.
    pub parts: Vec<Part>,
    /// The last moment of each level: all affected, the same with a mediator, two thirds of all groups.
    pub by: [Timestamp; 3],
    /// The matter whose text it takes up again, after mediation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<MatterId>,
    /// Matters in doubt that it overrides, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<MatterId>,
    /// The next version of the agreement, if it is about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<Box<Amendment>>,
    /// The terms about which their parties do not agree, if it takes up a negotiation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<TermsId>,
    /// Who mediates at the second level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mediator: Option<Mediator>,
    /// The terms that each party accepts when it enacts its part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles: Option<Box<Terms>>,
}

/// Who mediates: whoever holds a role of a group of the federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mediator {
    /// The group.
    pub group: LogId,
    /// The role.
    pub role: Name,
}

/// What a matter means for one affected group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The group.
    pub group: LogId,
    /// The entry of its log by whose charter the matter was made.
    pub head: u64,
    /// The domains of the group that are touched, sorted; its decision there is its stance.
    pub domains: Vec<Name>,
    /// The longest window of these domains.
    pub window: Span,
    /// Whether all of them are ceded to the federation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ceded: bool,
    /// What changes in the group when the matter is adopted; without any the part is advice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Whether it binds only together with the other linked parts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linked: bool,
    /// Groups whose sealed consent its own must cite: the stages before, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<LogId>,
    /// The last moment of its stage, before that of the first level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

impl Matter {
    /// What it means for a group, if it affects it.
    pub fn part(&self, group: &LogId) -> Option<&Part> {
        self.parts.binary_search_by(|part| part.group.cmp(group)).ok().map(|at| &self.parts[at])
    }

    /// Says whether it touches a group besides its sponsor's, where the federation has others. What touches nobody else
    /// is no matter: a group could put one of its own in the way of what the assembly decides.
    pub fn reaches_others(&self, sponsor: &LogId, agreement: &FederationAgreement) -> bool {
        self.amends.is_some() || agreement.groups.len() == 1 || self.parts.iter().any(|part| part.group != *sponsor)
    }

    /// The last moment at which what is said at a level (from 1) can be sealed: its date and g.
    pub fn end(&self, level: u8, news: Span) -> Timestamp {
        self.by[usize::from(level.clamp(1, LEVELS)) - 1] + news
    }

    /// Says whether both touch one domain of one group.
    pub fn touches(&self, other: &Self) -> bool {
        self.parts.iter().any(|part| {
            let theirs = other.part(&part.group);
            theirs.is_some_and(|theirs| part.domains.iter().any(|domain| theirs.domains.contains(domain)))
        })
    }

    /// Says whether both, opened at these dates, are open at the same time, and touch one domain of one group or replace
    /// the same text. Two amendments of one version meet whenever they are open, unless they give one text.
    pub fn meets(&self, opened: Timestamp, other: &Self, other_opened: Timestamp) -> bool {
        if self.amends_with(other) {
            return !self.has_text_of(other);
        }
        let apart = self.by[2] < other_opened || other.by[2] < opened;
        let same = self.replaces.is_some() && self.replaces == other.replaces;
        !apart && (same || self.touches(other))
    }

    /// Says whether it touches every domain of every group that the other one touches; an amendment takes the place of
    /// another one of its version, whoever has a say in them.
    pub fn covers(&self, other: &Self) -> bool {
        self.amends_with(other)
            || other.parts.iter().all(|part| {
                let own = self.part(&part.group);
                own.is_some_and(|own| part.domains.iter().all(|domain| own.domains.contains(domain)))
            })
    }

    /// Checks that it can stand under the version that it names, opened at `now`:
    /// - title and text are within the limits; parts are sorted, of groups of the version whose logs somebody witnesses
    ///   unless it amends, and name domains
    /// - no part opens or answers a matter, or ties the group to a federation
    /// - the mediator is of a group of the version
    /// - each level has time for the news and for the longest window of the touched domains
    /// - stages come before the first date and build on parts of the matter, not on themselves
    /// - an amendment gives a text that may follow, and a part to each group that has a say in it
    /// - terms that it settles can be accepted in time by whoever is bound
    ///
    /// # Errors
    /// What does not hold, and what would.
    pub fn check(&self, agreement: &FederationAgreement, now: Timestamp) -> Result<(), String> {
        let bytes = |part: &str, text: &str, most: usize| match text.len() {
            1.. if text.len() <= most => Ok(()),
            len => Err(format!("its {part} has {len} bytes, from 1 to {most} are allowed")),
        };
        bytes("title", &self.title, TITLE_BYTES)?;
        bytes("text", &self.text, TEXT_BYTES)?;
        if self.parts.is_empty() {
            return Err("it names no affected group: a decision that touches nobody else needs no matter".into());
        }
        if !self.parts.is_sorted_by(|a, b| a.group < b.group) {
            return Err("its parts must be sorted by group, each group once".into());
        }
        if !self.overrides.is_sorted_by(|a, b| a < b) || self.replaces.is_some_and(|id| self.overrides.contains(&id)) {
            return Err("what it overrides must be sorted, each once, and not be what it replaces".into());
        }
        if let Some(mediator) = self.mediator.as_ref().filter(|mediator| agreement.group(&mediator.group).is_none()) {
            return Err(format!(
                "the version that it names has no group {}, which is to mediate",
                mediator.group.short()
            ));
        }
        let groups: BTreeSet<LogId> = self.parts.iter().map(|part| part.group).collect();
        // An amendment has a part for everybody who has a say: it may be what gives the others a witness.
        if self.amends.is_none() {
            agreement.check_heard(&groups)?;
        }
        self.parts.iter().try_for_each(|part| part.check(agreement, &groups, self.by[0]))?;
        self.check_amendment(agreement)?;
        self.check_settles(agreement, now)?;
        self.check_dates(agreement.timing.news, now)
    }

    fn check_dates(&self, news: Span, now: Timestamp) -> Result<(), String> {
        let window = self.parts.iter().map(|part| part.window).max().unwrap_or(Span::ZERO);
        let mut before = now;
        for (level, by) in (1..).zip(self.by) {
            let earliest = before + news + window;
            if by < earliest {
                return Err(format!(
                    "level {level} must have time for the news and the longest window of the touched domains: until \
                     {earliest} at least, not {by}"
                ));
            }
            before = by;
        }
        Ok(())
    }
}

impl Part {
    fn check(&self, agreement: &FederationAgreement, groups: &BTreeSet<LogId>, first: Timestamp) -> Result<(), String> {
        let Some(group) = agreement.group(&self.group) else {
            return Err(format!("the version that it names has no group {}", self.group.short()));
        };
        let fails = |problem: &str| Err(format!("its part for {}: {problem}", group.name));
        if self.domains.is_empty() || !self.domains.is_sorted_by(|a, b| a < b) {
            return fails("name the domains that it touches, sorted, each once");
        }
        if self.effects.len() > EFFECTS {
            return fails("it has too many effects");
        }
        if let Some(effect) = self.effects.iter().find(|effect| !effect.may_stand_in_a_matter()) {
            return fails(&format!("the {} is the group's own to decide", effect.name()));
        }
        let unknown = self.after.iter().any(|other| *other == self.group || !groups.contains(other));
        if unknown || !self.after.is_sorted_by(|a, b| a < b) {
            return fails("a stage follows those of other affected groups, sorted, each once");
        }
        if self.due.is_some_and(|due| due > first) {
            return fails("its stage ends after the first level does");
        }
        Ok(())
    }
}

/// The version of an agreement by which a log counts: one that it holds, because it consented to it.
pub(crate) fn version_of(ties: &Ties, version: &Hash) -> Result<FederationAgreement, String> {
    let held = ties.consent_to(version).map(|consent| &consent.agreement);
    let held = held.or_else(|| ties.followed().find(|agreement| agreement.hash() == *version)).cloned();
    held.ok_or_else(|| "the group has not consented to the version of the agreement by which that is counted".into())
}
