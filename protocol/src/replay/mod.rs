//! Replay: one group's log from its first entry, entry by entry, to its state.
//!
//! `check` judges an entry against the state before it and changes nothing; `apply` takes what `check` admitted and
//! cannot fail. Both are pure functions of the log: every replica answers the same, for ever.

mod admit;
mod check;
mod close;
mod digest;
mod dividing;
mod effects;
mod history;
mod promising;
mod ranked;
mod representing;
mod settling;
mod snapshot;
mod speaking;
mod testing;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::history::{Entries, Namings};
pub use self::{
    check::Admitted,
    snapshot::{PastEntry, PastNaming, ResumeError, Snapshot},
};
use crate::{
    charter::{Charter, may_count},
    decision::{Agreement, AgreementEnd, AgreementId, Decision},
    entry::{Entry, EntryAct},
    error::{Forged, Malformed, Refusal, Unauthorised, size},
    federation::Ties,
    id::{BodyId, EntryId, FederationId, Hash, LogId, ProposalId, StatementId},
    key::PublicKey,
    limits::MEMBERS,
    matter::Dealings,
    name::Name,
    proposal::{OpenProposal, Stage},
    resource::Books,
    statement::{Act, StatementContent},
    time::Timestamp,
    witness::Moving,
};

/// The last entry of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: EntryId,
    /// Its date.
    pub time: Timestamp,
}

/// The state of one group, by replay of its log.
#[derive(Clone, Debug)]
pub struct Replica {
    log: LogId,
    head: Head,
    charter: Charter,
    /// The charter's hash, kept because a digest needs it and it changes rarely.
    charter_hash: Hash,
    entries: Entries,
    /// The last statement of each key.
    chains: BTreeMap<PublicKey, StatementId>,
    /// The highest entry that each member has seen.
    seen: BTreeMap<Name, u64>,
    founded: Timestamp,
    /// When each member was last heard.
    heard: BTreeMap<Name, Timestamp>,
    /// The latest start of a full window in which a member who could have answered said nothing.
    missed: BTreeMap<Name, Timestamp>,
    open: BTreeMap<ProposalId, OpenProposal>,
    decided: BTreeMap<ProposalId, Decision>,
    /// A hash over all decisions in the order in which they ended.
    decided_hash: Hash,
    agreements: BTreeMap<AgreementId, Agreement>,
    /// How agreements ended; it follows from the decisions, so no digest holds it.
    ended: BTreeMap<AgreementId, AgreementEnd>,
    /// What it has decided about federations; follows from the decisions.
    ties: Ties,
    namings: Namings,
    erased: BTreeSet<BodyId>,
    /// What it said to other groups, and knows of what they said.
    dealings: Dealings,
    /// The entries by which it spoke, by number; of those that are known.
    voices: BTreeMap<u64, EntryId>,
    /// The entries that changed its host or panel and are shown to be sealed; no rule reads them, so no digest holds them.
    moves: Vec<(u64, Hash)>,
    /// The number of the last entry that stated a digest.
    digest_at: u64,
}

impl Replica {
    /// Starts a group from its first entry:
    /// - number 0, no log, no previous entry, nothing cited, a charter that can stand and names no federation yet
    /// - signed by the charter's log key
    /// - at least one founding, each by another person of the charter, under this charter
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn found(entry: &Entry) -> Result<Self, Refusal> {
        let content = entry.content();
        let EntryAct::Found { charter, foundings } = &content.act else {
            return Err(Malformed::NotAFirstEntry.into());
        };
        let plain = content.log.is_none() && content.previous.is_none() && content.cites.is_empty();
        if !plain || content.number != 0 || charter.federation.is_some() {
            return Err(Malformed::NotAFirstEntry.into());
        }
        charter.check().map_err(Malformed::from)?;
        if entry.signer() != charter.host.log_key {
            return Err(
                Forged::NotTheLogKey { number: 0, found: entry.signer(), expected: charter.host.log_key }.into()
            );
        }
        size("the list of foundings", foundings.len(), 1, MEMBERS)?;
        check_founders(entry, charter)?;
        let head = Head { number: 0, id: entry.id(), time: content.time };
        let mut dealings = Dealings { books: Books::open(charter), ..Dealings::default() };
        dealings.note_ceded(charter, 0, content.time);
        Ok(Self {
            log: entry.log(),
            head,
            charter_hash: charter.hash(),
            charter: (**charter).clone(),
            entries: Entries::first(entry.id()),
            chains: BTreeMap::new(),
            seen: BTreeMap::new(),
            founded: content.time,
            heard: BTreeMap::new(),
            missed: BTreeMap::new(),
            open: BTreeMap::new(),
            decided: BTreeMap::new(),
            decided_hash: Hash::of(b"decided"),
            agreements: BTreeMap::new(),
            ended: BTreeMap::new(),
            ties: Ties::default(),
            namings: Namings::default(),
            erased: BTreeSet::new(),
            dealings,
            voices: BTreeMap::new(),
            moves: Vec::new(),
            digest_at: 0,
        })
    }

    /// The group's id.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The last entry.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The hash of the charter in force.
    pub fn charter_hash(&self) -> Hash {
        self.charter_hash
    }

    /// The charter in force.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// The id of an entry, of those that are known.
    pub fn entry(&self, number: u64) -> Option<EntryId> {
        self.entries.id(number)
    }

    /// The number of an entry, of those that are known.
    pub fn number_of(&self, entry: &EntryId) -> Option<u64> {
        self.entries.number(entry)
    }

    /// The last statement of a key in this log, which its next one must name.
    pub fn last_statement(&self, key: &PublicKey) -> Option<StatementId> {
        self.chains.get(key).copied()
    }

    /// The payload of the next statement of `key` with `act`, by somebody who has seen the whole log.
    pub fn compose(&self, key: &PublicKey, act: Act) -> StatementContent {
        StatementContent { log: self.log, seen: self.head.id, previous: self.last_statement(key), act }
    }

    /// A proposal that has not ended.
    pub fn proposal(&self, id: &ProposalId) -> Option<&OpenProposal> {
        self.open.get(id)
    }

    /// All proposals that have not ended.
    pub fn proposals(&self) -> impl Iterator<Item = &OpenProposal> {
        self.open.values()
    }

    /// A proposal that has ended.
    pub fn decision(&self, id: &ProposalId) -> Option<&Decision> {
        self.decided.get(id)
    }

    /// All proposals that have ended, by id.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decided.values()
    }

    /// All text agreements in force.
    pub fn agreements(&self) -> impl Iterator<Item = &Agreement> {
        self.agreements.values()
    }

    /// A text agreement in force.
    pub fn agreement(&self, id: &AgreementId) -> Option<&Agreement> {
        self.agreements.get(id)
    }

    /// How an agreement ended, if it has.
    pub fn agreement_end(&self, id: &AgreementId) -> Option<&AgreementEnd> {
        self.ended.get(id)
    }

    /// The members who would be left out of what opens at `now`, because nothing was heard of them.
    pub fn silent(&self, now: Timestamp) -> BTreeSet<Name> {
        view::View::new(self, self.head.number + 1, now.max(self.head.time)).silent()
    }

    /// What the group has decided about federations.
    pub fn ties(&self) -> &Ties {
        &self.ties
    }

    /// The federation that the group belongs to at `at`: until its notice has run, after it has decided to leave.
    pub fn federation_at(&self, at: Timestamp) -> Option<FederationId> {
        self.charter.federation.filter(|federation| !self.ties.is_out(federation, at))
    }

    /// The change of its host whose seal the next entry, dated `at`, has to show.
    pub fn moving(&self, at: Timestamp) -> Option<&Moving> {
        let moving = self.dealings.moving.as_ref()?;
        let federation = self.ties.consent_to(&moving.version)?.agreement.id();
        // Who has left has no witnesses any more, and waits for nobody.
        (self.federation_at(at) == Some(federation)).then_some(moving)
    }

    /// The node whose notes of the log count for nothing: its host, or the one before, until a move is shown to be sealed.
    pub fn unheard(&self) -> PublicKey {
        self.moving(self.head.time).map_or(self.charter.host.node, |moving| moving.host)
    }

    /// The entries that changed its host or its panel and are shown, in the log, to be sealed, each with the version by
    /// whose panel; since the replay started.
    pub fn moves(&self) -> &[(u64, Hash)] {
        &self.moves
    }

    /// What it said to other groups, and knows of what they said.
    pub fn dealings(&self) -> &Dealings {
        &self.dealings
    }

    /// The last entry up to `number` by which the group spoke to others, of those that are known.
    pub fn voice_at(&self, number: u64) -> Option<EntryId> {
        self.voices.range(..=number).next_back().map(|(_, id)| *id)
    }

    /// Says whether a body was erased.
    pub fn is_erased(&self, body: &BodyId) -> bool {
        self.erased.contains(body)
    }

    /// All erased bodies.
    pub fn erased(&self) -> impl Iterator<Item = &BodyId> {
        self.erased.iter()
    }

    /// The highest entry that more than half of the people of the group have seen: how far a group without witnesses
    /// is sealed.
    pub fn seen_by_most(&self) -> Option<u64> {
        let people = self.charter.members.iter().filter(|member| member.is_person());
        let mut seen: Vec<Option<u64>> = people.map(|member| self.seen.get(&member.name).copied()).collect();
        seen.sort_unstable_by(|a, b| b.cmp(a));
        // Of five people three are more than half: the third highest.
        seen.get(seen.len() / 2).copied().flatten()
    }

    /// The entry that the host may write at `now` because a rule calls for it: a digest, a voice, a close, or an
    /// application.
    pub fn due(&self, now: Timestamp) -> Option<EntryAct> {
        if self.moving(now).is_some() {
            return None;
        }
        if self.digest_is_due() {
            return Some(EntryAct::Digest { digest: self.digest() });
        }
        if let Some(voice) = self.voice_due() {
            return Some(EntryAct::Speak(voice));
        }
        let due = self.open.values().filter_map(|proposal| Some((self.moment(proposal)?, proposal)));
        // In the order of their moments, also after a pause of the host: one end may change what another finds.
        let first = due.filter(|(at, _)| *at <= now).min_by_key(|(at, proposal)| (*at, proposal.id));
        first.map(|(_, proposal)| match proposal.stage {
            Stage::Passed { .. } => EntryAct::Apply { proposal: proposal.id },
            Stage::Open => EntryAct::Close { proposal: proposal.id },
        })
    }

    /// The next moment at which [`Replica::due`] gives something, as things stand.
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.moving(self.head.time).is_some() {
            return None;
        }
        if self.digest_is_due() || self.voice_due().is_some() {
            return Some(self.head.time);
        }
        self.open.values().filter_map(|proposal| self.moment(proposal)).min()
    }

    /// Says whether `member` may call the decided proposal in at `at`.
    pub fn may_call_in(&self, proposal: &OpenProposal, member: &Name, at: Timestamp) -> bool {
        let open = matches!(proposal.stage, Stage::Passed { until, .. } if at < until) && proposal.called_in.is_none();
        let eligible = proposal.polls.iter().any(|poll| {
            let appeal = poll.call_in.as_ref().is_some_and(|appeal| appeal.reaches(member));
            let domain = self.charter.domains.find(&poll.domain);
            let member = self.charter.members.find(member);
            appeal && member.is_some_and(|member| domain.is_none_or(|domain| may_count(member, domain, at)))
        });
        open && eligible
    }

    /// When a proposal may be closed or carried out, as things stand.
    fn moment(&self, proposal: &OpenProposal) -> Option<Timestamp> {
        match proposal.stage {
            Stage::Passed { until, .. } => Some(until),
            Stage::Open => proposal.may_close(&self.charter),
        }
    }

    fn digest_is_due(&self) -> bool {
        self.head.number + 1 - self.digest_at >= u64::from(self.charter.times.digest_every)
    }
}

fn check_founders(entry: &Entry, charter: &Charter) -> Result<(), Refusal> {
    let inside = entry.inside().map_err(|source| Forged::Inside { number: 0, source: source.clone() })?;
    let mut founders = BTreeSet::new();
    for founding in &inside.foundings {
        if founding.content().charter != charter.hash() {
            return Err(Forged::OtherCharter(founding.signer()).into());
        }
        let founder = charter.member_of(&founding.signer()).filter(|member| member.is_person());
        if !founder.is_some_and(|member| founders.insert(member.name.clone())) {
            return Err(Unauthorised::NotAFounder(founding.signer()).into());
        }
    }
    Ok(())
}
