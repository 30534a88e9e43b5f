//! Matters that change the agreement of their federation: who has a say, how many are needed, and what binds a log to
//! one successor of a version.
//!
//! A log takes up one successor of a version by whatever path, so that two of them are never in force: each needs more
//! than half of all groups. Who consented to one takes up no other one, unless that is shown to be settled. And where
//! groups took up different ones, each by itself, what is adopted as a matter takes their place once enough of those who
//! consented show that none of the others can come into force any more.

use serde::{Deserialize, Serialize};

use super::{ASSEMBLY, Dealings, Known, Matter, Slot, Standing};
use crate::{
    effect::Effect,
    federation::{Adopted, Consent, FederationAgreement, Share, Ties},
    id::{Hash, LogId},
    time::Timestamp,
};

/// The next version of the agreement, as a matter proposes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// The whole text.
    pub agreement: FederationAgreement,
    /// Groups of the version before that are shown to be asleep: they have no say in it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dormant: Vec<LogId>,
    /// The successor that the group which opens it, and consents with that, took up by itself before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Hash>,
}

impl Amendment {
    /// The groups that have a say: those that the new text keeps, without the dormant ones. Who is expelled has none.
    pub fn voters<'a>(&'a self, before: &'a FederationAgreement) -> impl Iterator<Item = LogId> + 'a {
        let kept = before.logs().filter(|log| self.agreement.group(log).is_some());
        kept.filter(|log| !self.dormant.contains(log))
    }

    /// Which of them are needed: two thirds of all groups that are awake and of their weight, the expelled included,
    /// and more than half of all, of both. With less, two amendments with other electorates could both be adopted.
    pub fn needed(&self, before: &FederationAgreement) -> Share {
        let all = before.all();
        all.without(self.asleep(before)).two_thirds().max_each(all.more_than_half())
    }

    fn asleep(&self, before: &FederationAgreement) -> Share {
        before.share(self.dormant.iter().copied())
    }

    fn check(&self, before: &FederationAgreement) -> Result<(), String> {
        self.agreement.check().map_err(|error| error.to_string())?;
        self.agreement.check_follows(before).map_err(|error| error.to_string())?;
        let of_it = |log: &LogId| before.group(log).is_some();
        if !self.dormant.is_sorted_by(|a, b| a < b) || !self.dormant.iter().all(of_it) {
            return Err("the dormant groups must be groups of the version before, sorted, each once".into());
        }
        let all = before.all();
        if self.asleep(before).exceeds_a_third_of(all) {
            return Err("at most a third of the groups, and of the weight, may be dormant".into());
        }
        let (voters, needed) = (before.share(self.voters(before)), self.needed(before));
        if voters.groups < needed.groups {
            return Err(format!(
                "{} of {} groups have to consent to an amendment, and it leaves {} a say: expel fewer",
                needed.groups, all.groups, voters.groups
            ));
        }
        match voters.weight < needed.weight {
            true => Err(format!(
                "groups with {} of the weight of {} have to consent to an amendment, and it leaves {} a say: expel \
                 fewer",
                needed.weight, all.weight, voters.weight
            )),
            false => Ok(()),
        }
    }
}

impl Matter {
    /// Checks what it says of the agreement, if it amends that: the text follows the version before, and the parts are
    /// those of all groups that have a say, and nothing but that.
    pub(super) fn check_amendment(&self, before: &FederationAgreement) -> Result<(), String> {
        let Some(amendment) = self.amends.as_deref() else { return Ok(()) };
        amendment.check(before)?;
        let mut voters: Vec<LogId> = amendment.voters(before).collect();
        voters.sort_unstable();
        if !self.parts.iter().map(|part| part.group).eq(voters) {
            return Err("an amendment has a part for each group that it keeps and that is not dormant".into());
        }
        let bare =
            |part: &super::Part| part.effects.is_empty() && !part.linked && part.after.is_empty() && part.due.is_none();
        match self.parts.iter().all(bare) {
            true => Ok(()),
            false => Err("the parts of an amendment have no effects and no stages: its text is what changes".into()),
        }
    }

    /// What it changes in the group of a part.
    pub fn effects_of(&self, part: &super::Part) -> Vec<Effect> {
        match &self.amends {
            Some(amendment) => vec![Effect::Federate(amendment.agreement.clone())],
            None => part.effects.clone(),
        }
    }

    /// Says whether it changes something in the group of a part.
    pub fn changes(&self, part: &super::Part) -> bool {
        self.amends.is_some() || !part.effects.is_empty() || self.settled_with(&part.group).is_some()
    }

    /// The groups whose consents count: all of the version, or those that have a say in an amendment.
    pub fn electorate(&self, agreement: &FederationAgreement) -> Vec<LogId> {
        match &self.amends {
            Some(amendment) => amendment.voters(agreement).collect(),
            None => agreement.logs().collect(),
        }
    }

    /// Whose consents the last level takes.
    pub fn needed(&self, agreement: &FederationAgreement) -> Share {
        self.amends.as_ref().map_or_else(|| agreement.assembly(), |amendment| amendment.needed(agreement))
    }

    /// Says whether both amend one version: then they are rivals whenever they are open, but for one text.
    pub(super) fn amends_with(&self, other: &Self) -> bool {
        self.amends.is_some() && other.amends.is_some() && self.version == other.version
    }

    /// Says whether both amend one version with one text.
    pub(super) fn has_text_of(&self, other: &Self) -> bool {
        self.amends_with(other) && self.text_hash() == other.text_hash()
    }

    fn text_hash(&self) -> Option<Hash> {
        self.amends.as_ref().map(|amendment| amendment.agreement.hash())
    }

    /// If it is an amendment: the successor that a log took up by itself, as its consent has to say.
    pub(crate) fn taken_before(&self, ties: &Ties) -> Option<Hash> {
        self.amends.as_ref().and_then(|_| ties.decided_after(&self.version)).map(|taken| taken.agreement.hash())
    }

    /// Checks that an amendment which a log opens says what its group took up by itself, where that consents with it.
    pub(crate) fn check_says_taken(&self, log: &LogId, ties: &Ties) -> Result<(), String> {
        let expected = self.part(log).and_then(|_| self.taken_before(ties));
        match self.amends.as_ref().is_none_or(|amends| amends.taken == expected) {
            true => Ok(()),
            false => Err("it says otherwise than the log which successor the group took up by itself".into()),
        }
    }

    /// Checks that a log which took up what was adopted as a matter consents to no other successor of that version.
    pub(crate) fn check_taken_up(&self, ties: &Ties) -> Result<(), String> {
        let Some(text) = self.text_hash() else { return Ok(()) };
        let other = |taken: &&Consent| taken.adopted.is_some() && taken.agreement.hash() != text;
        match ties.successors_of(&self.version).find(other) {
            None => Ok(()),
            Some(taken) => Err(format!(
                "in entry {} the group took up another successor of that version, which was adopted",
                taken.entry
            )),
        }
    }
}

impl Known {
    /// Says whether no other text that a group took up by itself can have enough groups any more: of those that a consent
    /// names, and the own one. Who consented without it never takes it up while this one stands. Weights do not matter here:
    /// nothing is in force without more than half of the groups.
    fn leaves_no_other(&self, before: &FederationAgreement, own: Option<Hash>) -> bool {
        let news = before.timing.news;
        let counts = |(group, slot): &&(LogId, Slot)| slot.counts(&self.matter, group, ASSEMBLY, news);
        let counted: Vec<Option<Hash>> = self.slots.iter().filter(counts).map(|(_, slot)| slot.taken).collect();
        let all = before.groups.len();
        let enough = all / 2 + 1;
        let beaten = |text: Hash| {
            let without = counted.iter().filter(|taken| **taken != Some(text)).count();
            self.matter.text_hash() == Some(text) || without + enough > all
        };
        counted.iter().flatten().copied().chain(own).all(beaten)
    }
}

impl Dealings {
    /// Notes that a group is shown to be asleep until a date; says whether that is news.
    pub(crate) fn note_asleep(&mut self, group: LogId, until: Timestamp) -> bool {
        let news = self.asleep.get(&group).is_none_or(|before| *before < until);
        if news {
            self.asleep.insert(group, until);
        }
        news
    }

    /// Checks that the groups which a matter names dormant are shown to be asleep, not so long ago that they need no
    /// longer be.
    pub(crate) fn check_dormant(
        &self,
        matter: &Matter,
        agreement: &FederationAgreement,
        now: Timestamp,
    ) -> Result<(), String> {
        let lately =
            |group: &&LogId| self.asleep.get(*group).is_some_and(|until| *until + agreement.timing.dormant() >= now);
        match matter.amends.iter().flat_map(|amends| &amends.dormant).find(|group| !lately(group)) {
            Some(group) => Err(format!("no evidence here shows that {} is asleep", group.short())),
            None => Ok(()),
        }
    }

    /// The amendment that gives a text, where what is cited shows that it was adopted and leaves no other; and whether the
    /// group consented to it.
    pub(crate) fn adopted(&self, text: &FederationAgreement, ties: &Ties, now: Timestamp) -> Option<(Adopted, bool)> {
        let gives = |known: &&Known| known.matter.amends.as_ref().is_some_and(|amends| amends.agreement == *text);
        let found = self.matters.iter().filter(gives).filter_map(|known| {
            let before = super::version_of(ties, &known.matter.version).ok()?;
            let adopted = matches!(known.stands(&before, now), Standing::Adopted { .. });
            let adopted = adopted && known.leaves_no_other(&before, known.matter.taken_before(ties));
            let needed = known.matter.needed(&before);
            adopted.then_some((Adopted { matter: known.id, needed }, known.consented.is_some()))
        });
        found.max_by_key(|(_, consented)| *consented)
    }

    /// Checks that the group has given its word to no other successor of the version that a text follows: each
    /// amendment to which it consented gives that very text, or was not adopted. Where the text was `adopted` as a matter,
    /// one that was overridden binds no more, either.
    pub(crate) fn free_for(
        &self,
        text: &FederationAgreement,
        adopted: bool,
        ties: &Ties,
        now: Timestamp,
    ) -> Result<(), String> {
        let Some(follows) = text.amends else { return Ok(()) };
        let stands = |known: &Known| matches!(known.stands_in(ties, now), Some(Standing::Adopted { .. }));
        let over = |id| self.matters.iter().any(|later| later.matter.overrides.contains(&id) && stands(later));
        let binds = |known: &&Known| {
            let other = known.matter.amends.as_ref().is_some_and(|amends| amends.agreement != *text);
            let same_version = other && known.matter.version == follows.version;
            let failed = known.stands_in(ties, now) == Some(Standing::NotAdopted);
            same_version && known.consented.is_some() && !failed && !(adopted && over(known.id))
        };
        match self.matters.iter().find(binds) {
            Some(known) => Err(format!(
                "the group consented to the amendment {} ({}), which is not shown to have failed",
                known.id.short(),
                known.matter.title
            )),
            None => Ok(()),
        }
    }
}
