//! What one log knows of its dealings with other groups: what it said, what it has still to say, and what it cites.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ASSEMBLY, Matter, Part, Slot, Standing, stand, version_of};
use crate::{
    charter::Charter,
    federation::{FederationAgreement, Ties},
    id::{EntryId, Hash, LogId, MatterId, ProposalId},
    key::PublicKey,
    liaison::Liaisons,
    limits::REPLACEMENTS,
    name::Name,
    resource::Books,
    time::{Span, Timestamp},
    voice::{Says, Voice},
    witness::Moving,
};

/// What a log knows of its dealings with other groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dealings {
    /// The last entry by which the group spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoke: Option<EntryId>,
    /// A change of its host that its witnesses before are not shown to have sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<Moving>,
    /// What it has decided to say and not said yet, in order.
    pub unsaid: Vec<Unsaid>,
    /// The matters that it opened or cites, sorted by id.
    pub matters: Vec<Known>,
    /// When domains were ceded to the federation, in the order of their beginnings.
    pub ceded: Vec<Ceding>,
    /// Groups that are shown to be asleep, and until when, sorted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "crate::table::pairs")]
    pub asleep: BTreeMap<LogId, Timestamp>,
    /// What is promised of its resources, and the negotiations that it knows.
    pub books: Books,
    /// What it said of its liaisons, and knows of others'.
    #[serde(default, skip_serializing_if = "Liaisons::is_empty")]
    pub liaisons: Liaisons,
}

/// Something that a decision makes the group say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsaid {
    /// The decision.
    pub decision: ProposalId,
    /// What.
    pub says: Says,
}

/// A domain that was ceded for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceding {
    /// The domain.
    pub domain: Name,
    /// The entry from which on it was.
    pub from: u64,
    /// How long a decision there may take, meanwhile.
    pub window: Span,
    /// The entry from which on it was not any more, and its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<(u64, Timestamp)>,
}

/// A matter as a log knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The matter.
    pub id: MatterId,
    /// Its text.
    pub matter: Matter,
    /// The group that opened it.
    pub sponsor: LogId,
    /// When.
    pub opened: Timestamp,
    /// When this group consented to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consented: Option<Timestamp>,
    /// Whether this group said no, and has not consented since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declined: bool,
    /// The level at which it was adopted when this group enacted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enacted: Option<u8>,
    /// What the evidence that was cited says of the groups' stances, sorted by group.
    pub slots: Vec<(LogId, Slot)>,
}

impl Known {
    /// A matter of which nothing is known but that it was opened.
    pub fn new(id: MatterId, matter: Matter, sponsor: LogId, opened: Timestamp) -> Self {
        let slots = Vec::new();
        Self { id, matter, sponsor, opened, consented: None, declined: false, enacted: None, slots }
    }

    /// Notes a group's consent, and by when it was sealed; says whether that is news. One that is dated before the opening
    /// or after the last date is none.
    pub fn note_consent(&mut self, group: LogId, at: Timestamp, sealed: Timestamp, taken: Option<Hash>) -> bool {
        let noted = self.cited(&group).and_then(|slot| slot.consent);
        let in_time = (self.opened..=self.matter.by[2]).contains(&at);
        let news = in_time && noted.is_none_or(|(_, before)| sealed < before);
        if news {
            let slot = self.slot(group);
            (slot.consent, slot.taken) = (Some((at, sealed)), taken);
        }
        news
    }

    /// Checks that the consents of the stages before a part are cited.
    pub fn check_stages(&self, part: &Part) -> Result<(), String> {
        match part.after.iter().find(|group| !self.has_consent(group)) {
            Some(group) => {
                Err(format!("the consent of {}, whose stage comes before, is not cited here", group.short()))
            }
            None => Ok(()),
        }
    }

    /// What is cited of a group's stance.
    pub fn cited(&self, group: &LogId) -> Option<&Slot> {
        self.slots.binary_search_by(|(log, _)| log.cmp(group)).ok().map(|at| &self.slots[at].1)
    }

    /// Says whether a group's consent is cited.
    pub fn has_consent(&self, group: &LogId) -> bool {
        self.cited(group).is_some_and(|slot| slot.consent.is_some())
    }

    /// Says whether it is cited that a group was silent at a level.
    pub fn is_dead(&self, group: &LogId, level: u8) -> bool {
        self.cited(group).is_some_and(|slot| slot.dead.contains(&level))
    }

    /// What is cited of a group's stance, to change.
    pub fn slot(&mut self, group: LogId) -> &mut Slot {
        let at = match self.slots.binary_search_by(|(log, _)| log.cmp(&group)) {
            Ok(at) => at,
            Err(at) => {
                self.slots.insert(at, (group, Slot::default()));
                at
            }
        };
        &mut self.slots[at].1
    }

    /// How it stands by what is cited; `agreement` is the version that it names.
    pub fn stands(&self, agreement: &FederationAgreement, now: Timestamp) -> Standing {
        let slots: BTreeMap<LogId, Slot> = self.slots.iter().cloned().collect();
        stand(&self.matter, agreement, &slots, now)
    }

    /// How it stands by the version that it names, where the log holds that.
    pub fn stands_in(&self, ties: &Ties, now: Timestamp) -> Option<Standing> {
        version_of(ties, &self.matter.version).ok().map(|version| self.stands(&version, now))
    }

    /// Says whether an affected group's slot is shown to be dead at a level: the matter failed there.
    pub fn failed_at(&self, level: u8) -> bool {
        self.matter.parts.iter().any(|part| self.is_dead(&part.group, level))
    }
}

impl Dealings {
    /// A matter that the log knows.
    pub fn matter(&self, id: &MatterId) -> Option<&Known> {
        self.position(id).ok().map(|at| &self.matters[at])
    }

    /// A matter that the log knows, to change.
    pub fn matter_mut(&mut self, id: &MatterId) -> Option<&mut Known> {
        self.position(id).ok().map(|at| &mut self.matters[at])
    }

    /// Takes a matter in, unless it is known.
    pub fn meet(&mut self, known: Known) {
        if let Err(at) = self.position(&known.id) {
            self.matters.insert(at, known);
        }
    }

    /// The voice that decisions make due in the log that `host` keeps: what the next one says.
    pub fn due(&self, host: PublicKey) -> Option<Voice> {
        let next = self.unsaid.first()?;
        Some(Voice { previous: self.spoke, host, decision: Some(next.decision), says: next.says.clone() })
    }

    /// Says whether all domains of a part were ceded in the charter of its entry, and from then on until after `opened`,
    /// and decided no longer than the part gives them.
    ///
    /// Who opens a matter chooses the entry: one from long ago must not bind a group that has taken the domain back, or
    /// needs more time there by now.
    pub fn were_ceded(&self, part: &Part, opened: Timestamp) -> bool {
        let goes_on = |(until, at): (u64, Timestamp)| part.head < until && opened < at;
        let holds = |ceding: &Ceding| {
            ceding.from <= part.head && ceding.until.is_none_or(goes_on) && ceding.window <= part.window
        };
        part.domains.iter().all(|domain| self.ceded.iter().any(|ceding| ceding.domain == *domain && holds(ceding)))
    }

    /// Notes which domains the charter of entry `number`, dated `at`, cedes, and how long these decide.
    pub fn note_ceded(&mut self, charter: &Charter, number: u64, at: Timestamp) {
        let ceded = |name: &Name| charter.domains.find(name).filter(|domain| domain.ceded);
        let goes_on =
            |ceding: &Ceding| ceded(&ceding.domain).is_some_and(|domain| domain.rule.longest() == ceding.window);
        for ceding in self.ceded.iter_mut().filter(|ceding| ceding.until.is_none() && !goes_on(ceding)) {
            ceding.until = Some((number, at));
        }
        for domain in charter.domains.iter().filter(|domain| domain.ceded) {
            if !self.ceded.iter().any(|ceding| ceding.until.is_none() && ceding.domain == domain.name) {
                let (domain, window) = (domain.name.clone(), domain.rule.longest());
                self.ceded.push(Ceding { domain, from: number, window, until: None });
            }
        }
    }

    /// Checks what a matter builds on: what it replaces or overrides is known here, it touches all that they touch and
    /// overrides what they override, at most so many texts follow each other, and what it overrides is in doubt, has
    /// not been shown to be adopted and was not enacted here.
    pub(crate) fn may_build_on(&self, known: &Known, ties: &Ties, now: Timestamp) -> Result<(), String> {
        let find = |id: &MatterId| {
            self.matter(id)
                .ok_or_else(|| format!("this log does not know the matter {}, which it builds on", id.short()))
        };
        for id in known.matter.replaces.iter().chain(&known.matter.overrides) {
            let before = find(id)?;
            if !known.matter.covers(&before.matter) {
                return Err(format!("it must touch all groups and domains that {} touches", id.short()));
            }
            // What gives the very text again that was overridden takes it back into its own hands.
            let same = |id: &MatterId| self.matter(id).is_some_and(|other| other.matter.has_text_of(&known.matter));
            if before.matter.overrides.iter().any(|id| !known.matter.overrides.contains(id) && !same(id)) {
                return Err(format!("it must override what {} overrides", id.short()));
            }
        }
        let mut before = known.matter.replaces;
        for in_a_row in 1.. {
            let Some(id) = before else { break };
            if in_a_row > REPLACEMENTS {
                return Err(format!("at most {REPLACEMENTS} texts may follow the first one in a row"));
            }
            before = find(&id)?.matter.replaces;
        }
        for id in &known.matter.overrides {
            let other = find(id)?;
            let agreement = version_of(ties, &other.matter.version)?;
            let end = other.matter.doubtful_from(agreement.timing.news);
            if now < end {
                return Err(format!("the matter {} is not in doubt before {end}", id.short()));
            }
            if other.enacted.is_some() || matches!(other.stands(&agreement, now), Standing::Adopted { .. }) {
                return Err(format!("the matter {} was adopted: it is not in doubt", id.short()));
            }
        }
        Ok(())
    }

    /// Checks that the group has neither consented to a rival that may still be adopted, nor enacted one; what is
    /// overridden stands in no way.
    pub(crate) fn no_rival(&self, known: &Known, ties: &Ties, now: Timestamp) -> Result<(), String> {
        let consented =
            |other: &Known| other.consented.is_some() && other.stands_in(ties, now) != Some(Standing::NotAdopted);
        let blocks = |other: &&Known| {
            self.are_rivals(other, known)
                && (consented(other) || other.enacted.is_some())
                && !self.is_overridden(&other.id, ties, now)
        };
        match self.matters.iter().find(blocks) {
            Some(other) => {
                let (id, title) = (other.id.short(), &other.matter.title);
                Err(format!("the group has consented to its rival {id} ({title}), or enacted it"))
            }
            None => Ok(()),
        }
    }

    /// Says whether both are open at the same time and touch one domain of one group, and neither takes up the other.
    fn are_rivals(&self, a: &Known, b: &Known) -> bool {
        let follows = self.takes_up(a, &b.id) || self.takes_up(b, &a.id);
        a.id != b.id && !follows && a.matter.meets(a.opened, &b.matter, b.opened)
    }

    /// Says whether a matter takes up another, at once or through others that are known here.
    fn takes_up(&self, later: &Known, id: &MatterId) -> bool {
        let mut before = later.matter.replaces;
        while let Some(replaced) = before {
            if replaced == *id {
                return true;
            }
            before = self.matter(&replaced).and_then(|known| known.matter.replaces);
        }
        later.matter.overrides.contains(id)
    }

    /// Checks that every matter to which the group consented is settled, as a change of the federation's groups needs:
    /// shown to be adopted or not, or overridden by one that was adopted; or it gives the very text that is taken up.
    pub(crate) fn all_settled(&self, text: &FederationAgreement, ties: &Ties, now: Timestamp) -> Result<(), String> {
        let gives = |known: &Known| known.matter.amends.as_ref().is_some_and(|to| to.agreement == *text);
        let adopted = |known: &Known| matches!(known.stands_in(ties, now), Some(Standing::Adopted { .. }));
        let failed = |known: &Known| known.stands_in(ties, now) == Some(Standing::NotAdopted);
        let settled = |known: &Known| {
            let settled = known.enacted.is_some() || gives(known) || adopted(known) || failed(known);
            settled || self.is_overridden(&known.id, ties, now)
        };
        let open = self.matters.iter().find(|known| known.consented.is_some() && !settled(known));
        match open {
            Some(known) => Err(format!(
                "the group has consented to the matter {} ({}), whose outcome this log does not hold yet: who decides with \
                 it must not change before",
                known.id.short(),
                known.matter.title
            )),
            None => Ok(()),
        }
    }

    /// Says whether a matter that is known here to be adopted overrides another one: that is for good.
    fn is_overridden(&self, id: &MatterId, ties: &Ties, now: Timestamp) -> bool {
        let adopted = |known: &Known| matches!(known.stands_in(ties, now), Some(Standing::Adopted { .. }));
        self.matters.iter().any(|later| later.matter.overrides.contains(id) && adopted(later))
    }

    /// The part of an adopted matter that the group may carry out in entry `number` at `now` (rules 4, 5 and 7):
    /// - what is cited shows that it was adopted at that level
    /// - the group consented; or, at the last level, it had ceded all the domains that are touched, in an entry before, and
    ///   had not left when the matter opened
    /// - at the last level: every group of a linked part consented, and each rival to which this group consented is
    ///   shown to have failed before; groups that did not consent to a rival are not touched by it then
    /// - nothing that overrides or replaces it was adopted, or has the group's consent and may still be
    /// - nothing that touches one of its domains here and opened after its last date was enacted before
    pub(crate) fn may_enact<'a>(
        &self,
        known: &'a Known,
        log: &LogId,
        ties: &Ties,
        level: u8,
        (number, now): (u64, Timestamp),
    ) -> Result<&'a Part, String> {
        let part = known.matter.part(log).filter(|part| known.matter.changes(part));
        let part = part.ok_or("it changes nothing in this group")?;
        if known.enacted.is_some() {
            return Err("the group has enacted it".into());
        }
        if known.stands_in(ties, now) != Some(Standing::Adopted { level }) {
            return Err(format!("what is cited does not show that it was adopted at level {level}"));
        }
        let ceded = part.ceded && part.head < number && self.were_ceded(part, known.opened);
        let ceded = ceded && !ties.is_out(&known.matter.federation, known.opened);
        if known.consented.is_none() && !ceded {
            return Err("the group did not consent and had not ceded the domains that it touches: it is advice".into());
        }
        if level == ASSEMBLY {
            self.may_enact_over(known, part, (ties, now))?;
        }
        let prevails = |later: &&Known| {
            let stands = later.stands_in(ties, now);
            let may = later.consented.is_some() && stands != Some(Standing::NotAdopted);
            self.takes_up(later, &known.id)
                && (may || later.enacted.is_some() || matches!(stands, Some(Standing::Adopted { .. })))
        };
        if let Some(other) = self.matters.iter().find(prevails) {
            return Err(format!("{}, which takes it up, prevails or may yet", other.id.short()));
        }
        // Else a result from long ago could be put in the place of a newer one.
        let newer = |other: &&Known| {
            let theirs = other.matter.part(log).filter(|_| other.enacted.is_some());
            known.matter.by[2] < other.opened
                && theirs.is_some_and(|theirs| theirs.domains.iter().any(|domain| part.domains.contains(domain)))
        };
        match self.matters.iter().find(newer) {
            Some(other) => Err(format!("{}, which came after it in the same domain, is enacted", other.id.short())),
            None => Ok(part),
        }
    }

    /// What the last level's result needs besides.
    fn may_enact_over(&self, known: &Known, part: &Part, (ties, now): (&Ties, Timestamp)) -> Result<(), String> {
        let mut linked = known.matter.parts.iter().filter(|other| part.linked && other.linked);
        if let Some(free) = linked.find(|other| !known.has_consent(&other.group)) {
            return Err(format!("it binds together with {}, which is not shown to have consented", free.group.short()));
        }
        let rival = |other: &&Known| {
            other.consented.is_some()
                && self.are_rivals(other, known)
                && !other.failed_at(ASSEMBLY - 1)
                && !self.is_overridden(&other.id, ties, now)
        };
        match self.matters.iter().find(rival) {
            Some(other) => Err(format!(
                "the group consented to its rival {}, which is not shown to have failed at level 2",
                other.id.short()
            )),
            None => Ok(()),
        }
    }

    fn position(&self, id: &MatterId) -> Result<usize, usize> {
        self.matters.binary_search_by(|known| known.id.cmp(id))
    }
}
