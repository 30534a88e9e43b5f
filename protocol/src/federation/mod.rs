//! Federations: groups bound by an agreement that each of them decided for itself. No server, no leader.

mod amendment;
mod force;
mod guest;
mod home;
mod raw;
#[cfg(test)]
mod tests;
mod ticket;
mod ties;
mod weight;

use serde::{Deserialize, Serialize};

use thiserror::Error;

pub use self::{
    amendment::Amends,
    force::{Known, Pending, Standing},
    guest::{GUEST_BYTES, GuestAnswer, GuestRequest, Invitation, JoinRequest},
    home::Home,
    raw::{RawAgreement, RawAgreementError, RawGroup, RawSeat},
    ticket::{Ticket, TicketError, secret_hash},
    ties::{Adopted, Consent, Leaving, Ties},
    weight::Share,
};
use crate::{
    cbor,
    id::LogId,
    key::PublicKey,
    limits::{ADDRESSES, GROUPS, PANEL, STATEMENT_BYTES, TEXT_BYTES, TITLE_BYTES, WEIGHT},
    name::Name,
    table::{Named, Table},
    time::Span,
};

/// The text that binds groups: who, with which panel, by which times. The founding text's hash is the federation's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationAgreement {
    /// What the federation is called.
    pub name: Name,
    /// What it is there for.
    pub purpose: String,
    /// Its groups, by a name that is unique in it.
    pub groups: Table<FederatedGroup>,
    /// The nodes that witness its logs.
    pub panel: Table<Seat>,
    /// How long news may take, and how far clocks may differ.
    pub timing: Timing,
    /// The version before it; the founding text has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<Amends>,
}

/// A group of a federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederatedGroup {
    /// Its name in the federation.
    pub name: Name,
    /// Its log.
    pub log: LogId,
    /// The node that hosts it when the agreement is founded.
    pub node: PublicKey,
    /// The group that it turns to next when a matter goes beyond it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalates_to: Option<Name>,
    /// How much it counts where the agreement weighs its groups; left out, 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
}

/// The weight of a group of which nothing is said.
pub(super) fn one() -> u32 {
    1
}

/// Says whether a weight is that of a group of which nothing is said.
pub(super) fn is_one(weight: &u32) -> bool {
    *weight == 1
}

/// A seat on the panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Its name in the federation.
    pub name: Name,
    /// The node's identity key, which signs its notes.
    pub node: PublicKey,
    /// Where it can be reached, as multiaddrs.
    pub addresses: Vec<String>,
}

/// The times of a federation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// g: how long news may take; at least four times the skew.
    pub news: Span,
    /// How far clocks may differ.
    pub skew: Span,
    /// Shortest time between two notes of one witness on one log.
    pub notes: Span,
    /// How long before it is out a group says that it leaves; left out, 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Span>,
    /// After how long without an entry a group may be named dormant; left out, 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dormant: Option<Span>,
}

/// How long before it is out a group says that it leaves, where the agreement says nothing.
const NOTICE: Span = Span::from_days(30);
/// After how long without an entry a group may be named dormant, where the agreement says nothing.
const DORMANT: Span = Span::from_days(30);

impl Default for Timing {
    fn default() -> Self {
        Self {
            news: Span::from_secs(3600),
            skew: Span::from_secs(600),
            notes: Span::from_secs(60),
            notice: None,
            dormant: None,
        }
    }
}

impl Timing {
    /// How long before it is out a group says that it leaves.
    pub fn notice(&self) -> Span {
        self.notice.unwrap_or(NOTICE)
    }

    /// After how long without an entry a group may be named dormant.
    pub fn dormant(&self) -> Span {
        self.dormant.unwrap_or(DORMANT)
    }
}

impl Named for FederatedGroup {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Named for Seat {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// Says which part of an agreement cannot stand, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("federation agreement, {place}: {problem}")]
pub struct AgreementError {
    place: String,
    problem: String,
}

impl FederationAgreement {
    /// Says whether a node belongs: it has a seat or hosts a group.
    pub fn includes(&self, node: &PublicKey) -> bool {
        self.has_seat(node) || self.groups.iter().any(|group| group.node == *node)
    }

    /// Says whether a node has a seat on the panel.
    pub fn has_seat(&self, node: &PublicKey) -> bool {
        self.panel.iter().any(|seat| seat.node == *node)
    }

    /// The group of that log.
    pub fn group(&self, log: &LogId) -> Option<&FederatedGroup> {
        self.groups.iter().find(|group| group.log == *log)
    }

    /// Checks that the agreement can stand:
    /// - from 1 to 350 groups, each log once; `escalates_to` names a group and its steps end; weights from 1 to
    ///   1,000,000
    /// - from 1 to 13 seats, each node once, at most 8 addresses each
    /// - g is at least four times the skew, so that notes are in before anybody counts them; a group is dormant after g at
    ///   the soonest
    /// - an amendment is at least version 2
    /// - it is no longer than a statement, in which it would have to be proposed: whatever is stored can be read again
    ///
    /// # Errors
    /// The first part that cannot stand.
    pub fn check(&self) -> Result<(), AgreementError> {
        if self.purpose.is_empty() || self.purpose.len() > TEXT_BYTES {
            return Err(error("purpose", format!("must have from 1 to {TEXT_BYTES} bytes")));
        }
        if !(1..=GROUPS).contains(&self.groups.len()) {
            return Err(error("groups", format!("must be from 1 to {GROUPS}")));
        }
        if !(1..=PANEL).contains(&self.panel.len()) {
            return Err(error("panel", format!("must have from 1 to {PANEL} seats")));
        }
        if self.timing.news.millis() < 4 * self.timing.skew.millis() || self.timing.news == Span::ZERO {
            return Err(error(
                "timing.news",
                "must be at least four times timing.skew, and longer than nothing".into(),
            ));
        }
        if self.timing.dormant() < self.timing.news {
            return Err(error("timing.dormant", "must not be shorter than timing.news: news take that long".into()));
        }
        if self.number() < 2 && self.amends.is_some() {
            return Err(error("amends.number", "the founding text is version 1, an amendment at least 2".into()));
        }
        self.check_groups()?;
        self.check_seats()?;
        match cbor::encode(self).len() {
            bytes if bytes > STATEMENT_BYTES => Err(error(
                "all of it",
                format!("has {bytes} bytes, and a statement at most {STATEMENT_BYTES}: shorten it"),
            )),
            _ => Ok(()),
        }
    }

    fn check_groups(&self) -> Result<(), AgreementError> {
        let mut logs = std::collections::BTreeSet::new();
        for group in &self.groups {
            let place = format!("groups.{}", group.name);
            if !logs.insert(group.log) {
                return Err(error(&place, format!("the group {} stands twice", group.log.short())));
            }
            if !(1..=WEIGHT).contains(&group.weight) {
                return Err(error(&place, format!("its weight is {}: name one from 1 to {WEIGHT}", group.weight)));
            }
            let mut next = group.escalates_to.as_ref();
            for _ in 0..=self.groups.len() {
                let Some(name) = next else { break };
                let Some(above) = self.groups.find(name) else {
                    return Err(error(&place, format!("escalates_to names '{name}', which is no group of it")));
                };
                next = above.escalates_to.as_ref();
            }
            if next.is_some() {
                return Err(error(&place, "escalates_to runs in a circle: escalation must end".into()));
            }
        }
        Ok(())
    }

    fn check_seats(&self) -> Result<(), AgreementError> {
        let mut nodes = std::collections::BTreeSet::new();
        for seat in &self.panel {
            let place = format!("panel.{}", seat.name);
            if !nodes.insert(seat.node) {
                return Err(error(&place, "its node has another seat already".into()));
            }
            let fits = seat.addresses.len() <= ADDRESSES && seat.addresses.iter().all(|a| a.len() <= TITLE_BYTES);
            if !fits {
                return Err(error(&place, format!("at most {ADDRESSES} addresses of {TITLE_BYTES} bytes")));
            }
        }
        Ok(())
    }
}

fn error(place: &str, problem: String) -> AgreementError {
    AgreementError { place: place.to_owned(), problem }
}
