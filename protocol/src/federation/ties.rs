//! What one log says about federations: its consents to versions of an agreement, and its leaving.

use serde::{Deserialize, Serialize};

use super::{FederationAgreement, Share};
use crate::{
    decision::{Decision, Outcome},
    effect::Effect,
    id::{FederationId, Hash, LogId, MatterId},
    time::Timestamp,
};

/// A group's consent to a version of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The entry that carried it out.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// Whether the group was outside the federation: it founded it or joined it.
    pub joins: bool,
    /// The text.
    pub agreement: FederationAgreement,
    /// The matter that was adopted with this text, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Adopted>,
}

/// An amendment that was adopted as a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AdoptedWire", into = "AdoptedWire")]
pub struct Adopted {
    /// The matter.
    pub matter: MatterId,
    /// Which groups of the version before bring it into force.
    pub needed: Share,
}

/// As it is stored: the weight is left out where it is the number of groups.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdoptedWire {
    matter: MatterId,
    needed: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
}

impl From<AdoptedWire> for Adopted {
    fn from(wire: AdoptedWire) -> Self {
        let needed = Share { groups: wire.needed, weight: wire.weight.unwrap_or(wire.needed) };
        Self { matter: wire.matter, needed }
    }
}

impl From<Adopted> for AdoptedWire {
    fn from(Adopted { matter, needed: Share { groups, weight } }: Adopted) -> Self {
        Self { matter, needed: groups, weight: Some(weight).filter(|weight| *weight != groups) }
    }
}

/// A group's decision to leave a federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The entry that carried it out.
    pub entry: u64,
    /// The federation.
    pub federation: FederationId,
    /// The group is out from here on.
    pub from: Timestamp,
}

/// What a group has decided about federations, in the order of its log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ties {
    consents: Vec<Consent>,
    leavings: Vec<Leaving>,
    /// Versions of federations to which it does not belong, by which its members' groups are heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows: Vec<FederationAgreement>,
}

impl Ties {
    /// Its consents, the oldest first.
    pub fn consents(&self) -> impl Iterator<Item = &Consent> {
        self.consents.iter()
    }

    /// The versions of other federations that it follows, in the order of its log.
    pub fn followed(&self) -> impl Iterator<Item = &FederationAgreement> {
        self.follows.iter()
    }

    /// Its last consent to a version of a federation's agreement: the one by which it is bound.
    pub fn latest(&self, federation: &FederationId) -> Option<&Consent> {
        self.consents_to(federation).last()
    }

    /// Says whether it has decided nothing about federations.
    pub fn is_empty(&self) -> bool {
        self.consents.is_empty()
    }

    /// Its decisions to leave a federation, the oldest first.
    pub fn leavings(&self, federation: FederationId) -> impl Iterator<Item = &Leaving> {
        self.leavings.iter().filter(move |leaving| leaving.federation == federation)
    }

    /// The latest decision to leave a federation that no joining has followed.
    pub fn leaving(&self, federation: &FederationId) -> Option<&Leaving> {
        let last = self.leavings.iter().rfind(|leaving| leaving.federation == *federation)?;
        let came_back = |consent: &Consent| consent.joins && consent.entry > last.entry;
        let back = self.consents_to(federation).any(came_back);
        (!back).then_some(last)
    }

    /// Says whether the group has left the federation at `at`.
    pub fn is_out(&self, federation: &FederationId, at: Timestamp) -> bool {
        self.leaving(federation).is_some_and(|leaving| leaving.from <= at)
    }

    /// The successors of a version of which it was part that it took up: at most one by itself, and one that was adopted
    /// as a matter.
    pub fn successors_of(&self, version: &Hash) -> impl Iterator<Item = &Consent> {
        let version = *version;
        let follows =
            move |consent: &&Consent| consent.agreement.amends.is_some_and(|amends| amends.version == version);
        self.consents.iter().filter(|consent| !consent.joins).filter(follows)
    }

    /// The successor of a version that it took up by itself, by a decision of its own that no matter called for.
    pub fn decided_after(&self, version: &Hash) -> Option<&Consent> {
        self.successors_of(version).find(|consent| consent.adopted.is_none())
    }

    /// Its first consent to a version: what follows does not take it back.
    pub fn consent_to(&self, version: &Hash) -> Option<&Consent> {
        self.consents.iter().find(|consent| consent.agreement.hash() == *version)
    }

    /// The numbers of the entries that say something about federations.
    pub fn entries(&self) -> impl Iterator<Item = u64> {
        self.consents.iter().map(|consent| consent.entry).chain(self.leavings.iter().map(|leaving| leaving.entry))
    }

    /// Checks that a group inside a federation may consent to a version of it:
    /// - it has taken up no successor of the version before; but one that it took up by itself gives way to what was
    ///   adopted as a matter to which it consented
    /// - the change is one that groups may make each by itself: of that version's text where its log holds it, else of
    ///   the text to which it consented last; or it was adopted as a matter, which may change more: `adopted` says
    ///   whether the group consented to that
    pub(crate) fn may_amend(&self, agreement: &FederationAgreement, adopted: Option<bool>) -> Result<(), String> {
        let Some(amends) = agreement.amends else { return Err("it founds a federation".into()) };
        let stays =
            |consent: &&Consent| adopted != Some(true) || consent.adopted.is_some() || consent.agreement == *agreement;
        if let Some(consent) = self.successors_of(&amends.version).find(stays) {
            let number = consent.agreement.number();
            return Err(format!(
                "in entry {} the group consented to another version {number} of the agreement: a group consents to one \
                 successor of a version",
                consent.entry
            ));
        }
        if adopted.is_some() {
            return Ok(());
        }
        match self.consent_to(&amends.version) {
            Some(before) => agreement.check_amends(&before.agreement).map_err(|error| error.to_string()),
            None => match self.latest(&amends.federation) {
                Some(last) => agreement.check_stays(&last.agreement).map_err(|error| error.to_string()),
                None => Ok(()),
            },
        }
    }

    /// Takes what a decision says about leaving federations.
    pub(crate) fn take(&mut self, decision: &Decision) {
        if decision.outcome != Outcome::Applied {
            return;
        }
        for effect in &decision.proposal.content.effects {
            match effect {
                Effect::Leave { federation, from } => {
                    let notice = self.latest(federation).map(|consent| consent.agreement.timing.notice());
                    let earliest = decision.closed + notice.unwrap_or_default();
                    let from = (*from).max(earliest);
                    self.leavings.push(Leaving { entry: decision.entry, federation: *federation, from });
                }
                Effect::Follow(agreement) => self.follows.push(agreement.clone()),
                _ => {}
            }
        }
    }

    /// Takes the version that an entry consents to or takes up.
    pub(crate) fn consent(
        &mut self,
        (entry, at): (u64, Timestamp),
        agreement: FederationAgreement,
        log: LogId,
        adopted: Option<Adopted>,
    ) {
        let federation = agreement.id();
        let inside = self.latest(&federation).is_some() && !self.is_out(&federation, at);
        let joins = !inside && agreement.group(&log).is_some();
        self.consents.push(Consent { entry, at, joins, agreement, adopted });
    }

    fn consents_to<'a>(&'a self, federation: &FederationId) -> impl Iterator<Item = &'a Consent> {
        let federation = *federation;
        self.consents.iter().filter(move |consent| consent.agreement.id() == federation)
    }
}
