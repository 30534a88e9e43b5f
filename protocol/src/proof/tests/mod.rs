//! A group of a federation with three witnesses, and what proves its decisions.

mod bundles;
mod forgeries;
mod mutations;
mod panels;
mod size;
mod snapshots;

use std::{cell::Cell, collections::BTreeMap, convert::Infallible};

use super::{Anchors, Bundle, Kind, Report, Request, Source, Verdict, make, verify};
use crate::{
    body::Body,
    charter::Charter,
    effect::Effect,
    entry::EntryAct,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    fixture::{Group, key, name, public},
    id::{BodyId, EntryId, Hash, ProposalId},
    note::{Note, NoteContent},
    replay::{PastEntry, PastNaming, Replica, Snapshot},
    table::Table,
    time::Span,
};

/// The witnesses; two of three seal.
const WITNESSES: [&str; 3] = ["one", "two", "three"];

/// A group with its notes, its texts, and the snapshots of its digest entries.
#[derive(Clone)]
struct House {
    group: Group,
    notes: Vec<Note>,
    texts: BTreeMap<BodyId, Body>,
    snapshots: BTreeMap<u64, Snapshot>,
    agreement: FederationAgreement,
    /// Versions of the agreement that somebody else's log holds.
    versions: Vec<FederationAgreement>,
    /// How many entries were read.
    read: Cell<usize>,
}

impl House {
    /// A group that has founded a federation; its node has a seat as well, which does not count for its own log.
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Charter)) -> Self {
        let mut house = Self::alone(change);
        house.agreement = founding(&house.group);
        house.group.carry("ana", &[Effect::Federate(house.agreement.clone())]);
        house.seal();
        house
    }

    /// A group without federation.
    fn alone(change: impl FnOnce(&mut Charter)) -> Self {
        let group = Group::with(change);
        let texts = ["why", "because", "call in"].map(|text| Body::new([7; 16], text).unwrap());
        let texts = texts.into_iter().map(|body| (body.id(), body)).collect();
        let (notes, snapshots, versions) = (Vec::new(), BTreeMap::new(), Vec::new());
        let agreement = founding(&group);
        Self { group, notes, texts, snapshots, agreement, versions, read: Cell::new(0) }
    }

    /// Two of the witnesses sign the head.
    fn seal(&mut self) {
        ["one", "two"].into_iter().for_each(|witness| self.note(witness));
    }

    fn note(&mut self, witness: &str) {
        let head = self.group.replica.head();
        self.notes.push(note(witness, self.group.replica.log(), head.number, head.id));
    }

    /// States a digest.
    fn digest(&mut self) {
        let snapshot = self.group.replica.snapshot();
        self.group.write(EntryAct::Digest { digest: snapshot.digest() }).unwrap();
        self.snapshots.insert(self.group.replica.head().number, snapshot);
    }

    /// The bundle of a decision from the last snapshot before its opening, or from the first entry.
    fn bundle(&self, proposal: ProposalId) -> Bundle {
        let decision = self.group.replica.decision(&proposal).expect("it is decided");
        let opened = decision.proposal.versions[0].entry;
        let start = self.snapshots.range(..opened).next_back().map(|(_, snapshot)| snapshot.clone());
        self.bundle_from(proposal, start)
    }

    fn whole(&self, proposal: ProposalId) -> Bundle {
        self.bundle_from(proposal, None)
    }

    fn bundle_from(&self, proposal: ProposalId, start: Option<Snapshot>) -> Bundle {
        make(
            self,
            &Request { log: self.group.replica.log(), subject: proposal.into(), start, notes: self.notes.clone() },
        )
        .unwrap()
    }

    fn anchors(&self) -> Anchors {
        Anchors { log: Some(self.group.replica.log()), federation: Some(self.agreement.id()), agreement: None }
    }

    /// Verifies a bundle by what this group's auditor knows.
    fn verify(&self, bundle: &Bundle) -> Report {
        verify(&bundle.bytes(), &self.anchors())
    }
}

impl Source for House {
    type Error = Infallible;

    fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        let page: Vec<_> = self.group.log.iter().skip(from as usize).take(limit).cloned().collect();
        self.read.set(self.read.get() + page.len());
        Ok(page)
    }

    fn past(
        &self,
        start: &Snapshot,
        entries: &[EntryId],
        bodies: &[BodyId],
    ) -> Result<(Vec<PastEntry>, Vec<PastNaming>), Infallible> {
        let replica: &Replica = &self.group.replica;
        Ok((replica.past_entries(start, entries), replica.past_namings(start, bodies)))
    }

    fn body(&self, id: &BodyId) -> Result<Option<Body>, Infallible> {
        Ok(self.texts.get(id).cloned())
    }

    fn agreement(&self, version: &Hash) -> Option<FederationAgreement> {
        self.versions.iter().find(|text| text.hash() == *version).cloned()
    }
}

fn seat(called: &str) -> Seat {
    Seat { name: name(called), node: public(called), addresses: Vec::new() }
}

/// The founding text of a federation of this group alone.
fn founding(group: &Group) -> FederationAgreement {
    let own = FederatedGroup {
        name: name("kitchen"),
        log: group.replica.log(),
        node: group.replica.charter().host.node,
        escalates_to: None,
        weight: 1,
    };
    FederationAgreement {
        name: name("street"),
        purpose: "To share a street".into(),
        groups: Table::new(vec![own]).unwrap(),
        panel: Table::new([&WITNESSES[..], &["node"]].concat().into_iter().map(seat).collect()).unwrap(),
        timing: Timing::default(),
        amends: None,
    }
}

fn note(witness: &str, log: crate::id::LogId, number: u64, entry: EntryId) -> Note {
    let time = crate::fixture::start() + Span::from_secs(number);
    Note::witness(NoteContent { log, number, previous: None, entry, time, voice: None }, &key(witness))
}

/// Asserts that it passes, all of it.
#[track_caller]
fn assert_passes(report: &Report) {
    assert_eq!(report.verdict, Verdict::Pass, "{report:#?}");
    assert!(report.checks.iter().all(|check| check.result == Verdict::Pass), "{report:#?}");
}

/// Asserts that one check is answered so, with these words among its reasons.
#[track_caller]
fn assert_check(report: &Report, kind: Kind, result: Verdict, words: &str) {
    let check = report.check(kind).unwrap();
    assert!(check.result == result && check.detail.contains(words), "not {kind:?} {result:?} '{words}': {report:#?}");
}
