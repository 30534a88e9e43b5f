//! The version in force: what follows from the logs of a federation and their seals, the same for everybody who holds
//! them.
//!
//! It says nothing about the validity of any log. It only ever moves forward: a log consents to one successor of a
//! version, and two thirds are more than half, so that no version can have two successors in force.
//!
//! Whether a version follows rests on sealed decisions that are there and on nothing that is not there: entries that
//! come later, or in another order, never take a step back. So a replica that starts again, or comes late, ends where
//! the others are. Who is out at a time is for who belongs then, and not for what is in force.

use std::collections::{BTreeMap, BTreeSet};

use super::{Consent, FederationAgreement, Share};
use crate::{
    id::{Hash, LogId, MatterId},
    replay::Replica,
    time::Timestamp,
};

/// A log as a replica holds it, with how far it is sealed here.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The log.
    pub replica: &'a Replica,
    /// Sealed up to this entry.
    pub sealed: Option<u64>,
}

impl Known<'_> {
    fn is_sealed(&self, entry: u64) -> bool {
        self.sealed >= Some(entry)
    }
}

/// A version that groups of the one in force consent to and that is not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its text.
    pub agreement: FederationAgreement,
    /// The groups of the version before that consent to it.
    pub consents: BTreeSet<LogId>,
    /// Those whose consent is sealed.
    pub sealed: BTreeSet<LogId>,
    /// Groups that the version before does not name and whose own decision to join is not sealed.
    pub joins_missing: BTreeSet<LogId>,
    /// Groups that it drops and that have never left: only a matter can drop them.
    pub not_left: BTreeSet<LogId>,
    /// Which sealed consents bring it into force: as many as one of these, and as heavy.
    pub needed: BTreeSet<Share>,
    /// Those whose consent is sealed, by the version before.
    pub share: Share,
    /// The matter that was adopted with this text, where a group has taken it up, sealed.
    pub adopted: Option<MatterId>,
}

/// How a federation stands: its version in force, what is under way, and who has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The version in force.
    pub agreement: FederationAgreement,
    /// Versions that follow it and are not in force.
    pub pending: Vec<Pending>,
    /// Groups of it that have left: their slots stay empty until an amendment drops them.
    pub out: BTreeSet<LogId>,
    /// Groups of it that will leave, and when.
    pub leaving: BTreeMap<LogId, Timestamp>,
}

impl Standing {
    /// Follows a federation from a version that is known to be in force as far as the logs go. A version follows when
    /// - at least two thirds of the groups of the one before, and of the weight, have a sealed consent to it in their
    ///   logs, or what a matter needs that was adopted with it
    /// - the own decision of each group that the one before does not name is sealed in that group's log
    /// - the groups that it drops have left once, by `now`, and it changes nothing that groups may not change each by
    ///   itself; or it was adopted as a matter
    pub fn of<'a>(anchor: FederationAgreement, log: impl Fn(&LogId) -> Option<Known<'a>>, now: Timestamp) -> Self {
        let mut agreement = anchor;
        loop {
            let (out, leaving) = leavings(&agreement, &log, now);
            let pending = successors(&agreement, &log, now);
            match pending.iter().find(|pending| pending.is_in_force(&agreement)) {
                Some(next) => agreement = next.agreement.clone(),
                None => return Self { agreement, pending, out, leaving },
            }
        }
    }

    /// The version that adds a group, if one is under way.
    pub fn pending_with(&self, log: &LogId) -> Option<&Pending> {
        self.pending
            .iter()
            .find(|pending| pending.agreement.group(log).is_some() && self.agreement.group(log).is_none())
    }

    /// Says whether a group belongs: the version in force names it and it has not left.
    pub fn has_group(&self, log: &LogId) -> bool {
        self.agreement.group(log).is_some() && !self.out.contains(log)
    }
}

impl Pending {
    /// The least that brings it into force.
    pub fn least(&self) -> Share {
        self.needed.first().copied().unwrap_or_default()
    }

    fn count(&mut self, (group, before): (LogId, &FederationAgreement), consent: &Consent, is_sealed: bool) {
        self.consents.insert(group);
        if !is_sealed {
            return;
        }
        self.sealed.insert(group);
        self.share = before.share(self.sealed.iter().copied());
        if let Some(adopted) = consent.adopted {
            // Each of these counts by itself: who hears of one more needs no more than before.
            self.needed.insert(adopted.needed);
            self.adopted = self.adopted.min(Some(adopted.matter)).or(Some(adopted.matter));
        }
    }

    fn is_in_force(&self, before: &FederationAgreement) -> bool {
        let may = self.not_left.is_empty() && self.agreement.check_stays(before).is_ok();
        let may = may || self.adopted.is_some();
        let enough = self.needed.iter().any(|needed| self.share.reaches(*needed));
        enough && self.joins_missing.is_empty() && may
    }
}

fn leavings<'a>(
    agreement: &FederationAgreement,
    log: &impl Fn(&LogId) -> Option<Known<'a>>,
    now: Timestamp,
) -> (BTreeSet<LogId>, BTreeMap<LogId, Timestamp>) {
    let id = agreement.id();
    let (mut out, mut leaving) = (BTreeSet::new(), BTreeMap::new());
    for group in agreement.logs() {
        let Some(known) = log(&group) else { continue };
        let Some(decision) = known.replica.ties().leaving(&id) else { continue };
        if !known.is_sealed(decision.entry) {
            continue;
        }
        if decision.from <= now {
            out.insert(group);
        } else {
            leaving.insert(group, decision.from);
        }
    }
    (out, leaving)
}

fn successors<'a>(
    before: &FederationAgreement,
    log: &impl Fn(&LogId) -> Option<Known<'a>>,
    now: Timestamp,
) -> Vec<Pending> {
    let version = before.hash();
    let mut found: BTreeMap<Hash, Pending> = BTreeMap::new();
    for group in before.logs() {
        let Some(known) = log(&group) else { continue };
        for consent in known.replica.ties().successors_of(&version) {
            if consent.agreement.check_follows(before).is_ok() {
                let pending = found.entry(consent.agreement.hash()).or_insert_with(|| start(consent, before, log, now));
                pending.count((group, before), consent, known.is_sealed(consent.entry));
            }
        }
    }
    found.into_values().collect()
}

fn start<'a>(
    consent: &Consent,
    before: &FederationAgreement,
    log: &impl Fn(&LogId) -> Option<Known<'a>>,
    now: Timestamp,
) -> Pending {
    let agreement = consent.agreement.clone();
    let version = agreement.hash();
    let joined = |group: &LogId| {
        let known = log(group)?;
        let consent = known.replica.ties().consent_to(&version)?;
        known.is_sealed(consent.entry).then_some(())
    };
    let federation = before.id();
    // A group that has left may join again, in its own log and at any time: neither that nor what comes after may undo
    // a version that was in force before anybody knew of it.
    let left = |group: &LogId| {
        let known = log(group)?;
        let mut leavings = known.replica.ties().leavings(federation);
        leavings.find(|leaving| leaving.from <= now && known.is_sealed(leaving.entry)).map(drop)
    };
    let added = agreement.logs().filter(|group| before.group(group).is_none());
    let joins_missing = added.filter(|group| joined(group).is_none()).collect();
    let dropped = before.logs().filter(|group| agreement.group(group).is_none());
    let not_left = dropped.filter(|group| left(group).is_none()).collect();
    let (consents, sealed) = (BTreeSet::new(), BTreeSet::new());
    let (needed, share) = (BTreeSet::from([before.two_thirds()]), Share::default());
    Pending { agreement, consents, sealed, joins_missing, not_left, needed, share, adopted: None }
}
