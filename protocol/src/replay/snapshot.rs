//! Snapshots: everything of a group's state that a later rule can read, which is what a digest stands for.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Head, Replica,
    history::{Entries, Namings, naming},
};
use crate::{
    cbor::{self, CborError},
    charter::{Charter, CharterError},
    decision::{Agreement, AgreementId},
    federation::Ties,
    id::{BodyId, EntryId, Hash, LogId, StateDigest, StatementId},
    key::PublicKey,
    limits::{SNAPSHOT_BYTES, SNAPSHOT_ITEMS},
    matter::Dealings,
    merkle::{self, Frontier},
    name::Name,
    proposal::OpenProposal,
    time::Timestamp,
};

/// Everything of a group's state that a later rule can read; lists are sorted by what they start with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The group.
    pub log: LogId,
    /// The last entry.
    pub head: Head,
    /// When the group was founded.
    pub founded: Timestamp,
    /// The number of the last entry that stated a digest; 0 without one.
    pub digest_at: u64,
    /// The charter in force.
    pub charter: Charter,
    /// The last statement of each key.
    pub chains: Vec<(PublicKey, StatementId)>,
    /// The highest entry that each member has seen.
    pub seen: Vec<(Name, u64)>,
    /// When each member was last heard.
    pub heard: Vec<(Name, Timestamp)>,
    /// The latest start of a full window in which a member who could have answered said nothing.
    pub missed: Vec<(Name, Timestamp)>,
    /// The proposals that have not ended, by id.
    pub open: Vec<OpenProposal>,
    /// A hash over all decisions in the order in which they ended.
    pub decided: Hash,
    /// The agreements in words that are in force.
    pub agreements: Vec<Agreement>,
    /// What the group has decided about federations.
    pub ties: Ties,
    /// The bodies that were erased.
    pub erased: Vec<BodyId>,
    /// What the group said to others, and knows of what they said.
    pub dealings: Dealings,
    /// The roots over the ids of all entries.
    pub entries: Frontier,
    /// The roots over who named which body.
    pub namings: Frontier,
}

/// An entry from before a snapshot, with its path to the snapshot's roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastEntry {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: EntryId,
    /// The hashes beside it, from below.
    pub path: Vec<Hash>,
}

/// Who named a body before a snapshot, with the path to the snapshot's roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastNaming {
    /// The body.
    pub body: BodyId,
    /// Which item of the list it is.
    pub index: u64,
    /// Who named it.
    pub by: Name,
    /// The hashes beside it, from below.
    pub path: Vec<Hash>,
}

/// Says why a replay cannot resume.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResumeError {
    /// The bytes are no snapshot.
    #[error("not a snapshot: {0}")]
    Malformed(#[from] CborError),
    /// The charter in it cannot stand.
    #[error("the snapshot's charter cannot stand: {0}")]
    Charter(#[from] CharterError),
    /// Its parts contradict each other.
    #[error("the snapshot contradicts itself: {0}")]
    Contradiction(&'static str),
    /// A path does not lead to the roots.
    #[error("{0} is not shown to be in the log before the snapshot: the path does not lead to the snapshot's roots")]
    Path(String),
}

impl Snapshot {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// The digest that stands for it.
    pub fn digest(&self) -> StateDigest {
        Hash::of(&cbor::encode(&("folkmoot", "state", self))).into()
    }

    /// Reads a snapshot.
    ///
    /// # Errors
    /// Unless the bytes are the one encoding of a snapshot within the limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode_large(bytes, SNAPSHOT_BYTES, SNAPSHOT_ITEMS)
    }
}

impl Replica {
    /// Everything of the state that a later rule can read.
    pub fn snapshot(&self) -> Snapshot {
        fn pairs<K: Clone, V: Clone>(map: &std::collections::BTreeMap<K, V>) -> Vec<(K, V)> {
            map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        Snapshot {
            log: self.log,
            head: self.head,
            founded: self.founded,
            digest_at: self.digest_at,
            charter: self.charter.clone(),
            chains: pairs(&self.chains),
            seen: pairs(&self.seen),
            heard: pairs(&self.heard),
            missed: pairs(&self.missed),
            open: self.open.values().cloned().collect(),
            decided: self.decided_hash,
            agreements: self.agreements.values().cloned().collect(),
            ties: self.ties.clone(),
            erased: self.erased.iter().copied().collect(),
            dealings: self.dealings.clone(),
            entries: self.entries.frontier.clone(),
            namings: self.namings.frontier.clone(),
        }
    }

    /// Goes on from a snapshot, which the caller trusts: it knows entries, texts and agreements that have ended from
    /// there on, and of the time before only what is handed in.
    ///
    /// # Errors
    /// If the snapshot contradicts itself or its charter cannot stand.
    pub fn resume(snapshot: &Snapshot) -> Result<Self, ResumeError> {
        snapshot.charter.check()?;
        let Snapshot { head, entries, digest_at, .. } = snapshot;
        if entries.size() > u64::from(u32::MAX) || Some(entries.size()) != head.number.checked_add(1) {
            return Err(ResumeError::Contradiction("it has not as many entries as its head says"));
        }
        if *digest_at > head.number {
            return Err(ResumeError::Contradiction("its last digest comes after its head"));
        }
        let agreements = snapshot.agreements.iter().map(|agreement| (agreement.id, agreement.clone()));
        let replica = Self {
            log: snapshot.log,
            head: *head,
            charter_hash: snapshot.charter.hash(),
            charter: snapshot.charter.clone(),
            entries: Entries::resume(head.id, entries.clone()),
            chains: snapshot.chains.iter().copied().collect(),
            seen: snapshot.seen.iter().cloned().collect(),
            founded: snapshot.founded,
            heard: snapshot.heard.iter().cloned().collect(),
            missed: snapshot.missed.iter().cloned().collect(),
            open: snapshot.open.iter().map(|proposal| (proposal.id, proposal.clone())).collect(),
            decided: std::collections::BTreeMap::new(),
            decided_hash: snapshot.decided,
            agreements: agreements.collect::<std::collections::BTreeMap<AgreementId, Agreement>>(),
            ended: std::collections::BTreeMap::new(),
            ties: snapshot.ties.clone(),
            namings: Namings::resume(snapshot.namings.clone()),
            erased: snapshot.erased.iter().copied().collect(),
            dealings: snapshot.dealings.clone(),
            // Its number is not known, but from the head on it is the last one.
            voices: snapshot.dealings.spoke.map(|spoke| (head.number, spoke)).into_iter().collect(),
            moves: Vec::new(),
            digest_at: *digest_at,
        };
        // Maps sort: what comes back otherwise was not sorted, or stood twice.
        match replica.snapshot() == *snapshot {
            true => Ok(replica),
            false => Err(ResumeError::Contradiction("a list is not sorted, or something stands in it twice")),
        }
    }

    /// Takes entries from before the start for known, each with its path to the roots of `start`.
    ///
    /// # Errors
    /// The first whose path does not lead there.
    pub fn hand_in_entries(&mut self, start: &Snapshot, past: &[PastEntry]) -> Result<(), ResumeError> {
        for PastEntry { number, id, path } in past {
            if !start.entries.holds(*number, merkle::leaf(&id.0), path) {
                return Err(ResumeError::Path(format!("entry {number}, {}", id.short())));
            }
            self.entries.hand_in(*id, *number);
        }
        Ok(())
    }

    /// Takes for known who named bodies before the start, each with its path to the roots of `start`.
    ///
    /// # Errors
    /// The first whose path does not lead there.
    pub fn hand_in_namings(&mut self, start: &Snapshot, past: &[PastNaming]) -> Result<(), ResumeError> {
        for PastNaming { body, index, by, path } in past {
            if !start.namings.holds(*index, naming(body, by), path) {
                return Err(ResumeError::Path(format!("the text {} by {by}", body.short())));
            }
            self.namings.hand_in(*body, by.clone());
        }
        Ok(())
    }

    /// Entries with their paths to the roots of an earlier snapshot of this log; those that it had not are left out.
    ///
    /// It takes a replica that started with the first entry.
    pub fn past_entries(&self, start: &Snapshot, ids: &[EntryId]) -> Vec<PastEntry> {
        let size = start.entries.size();
        let before = |id: &EntryId| Some((self.number_of(id).filter(|number| *number < size)?, *id));
        let mut found: Vec<(u64, EntryId)> = ids.iter().filter_map(before).collect();
        found.sort_unstable();
        found.dedup();
        let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
        let paths = self.entries.paths(size, &numbers);
        let past = found.into_iter().zip(paths);
        past.filter_map(|((number, id), path)| Some(PastEntry { number, id, path: path? })).collect()
    }

    /// Who named bodies, with the paths to the roots of an earlier snapshot of this log; those that it had not are left
    /// out.
    ///
    /// It takes a replica that started with the first entry.
    pub fn past_namings(&self, start: &Snapshot, bodies: &[BodyId]) -> Vec<PastNaming> {
        let size = start.namings.size();
        let before = |body: &BodyId| {
            let (index, by) = self.namings.first(body).filter(|(index, _)| *index < size)?;
            Some((*body, index, by.clone()))
        };
        let mut found: Vec<(BodyId, u64, Name)> = bodies.iter().filter_map(before).collect();
        found.sort_unstable();
        found.dedup();
        let indices: Vec<u64> = found.iter().map(|(_, index, _)| *index).collect();
        let paths = self.namings.paths(size, &indices);
        let past = found.into_iter().zip(paths);
        past.filter_map(|((body, index, by), path)| Some(PastNaming { body, index, by, path: path? })).collect()
    }
}
