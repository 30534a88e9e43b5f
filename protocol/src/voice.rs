//! Voices: what a group says to other groups, each in an entry of its own.

use serde::{Deserialize, Serialize};

use crate::{
    id::{EntryId, Hash, LogId, MatterId, ProposalId, RoundId, TermsId},
    key::PublicKey,
    liaison::{Mandate, Sitting},
    matter::Matter,
    name::Name,
    resource::{Round, RoundClaim, Terms, division::Secret},
    time::Timestamp,
};

/// What a group says to others; it follows from the log and stands in an entry of its own.
///
/// The voices of a log are a chain, and notes name its last link: who has a note and the voices from there back to a
/// date knows all that the group said since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// The voice before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EntryId>,
    /// The node that hosts the log: its own notes of it count for nothing.
    pub host: PublicKey,
    /// The decision behind it; an enactment may have none of the group's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ProposalId>,
    /// What it says.
    pub says: Says,
}

/// What a voice says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// Opens a matter; where the group is affected, it consents with that.
    Open(Box<Matter>),
    /// Consents to a matter, for good.
    Consent {
        /// The matter.
        matter: MatterId,
        /// Where it is an amendment: the successor of that version which the group took up by itself before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken: Option<Hash>,
    },
    /// Says no to a matter, as silence does, but with a reason; a consent may follow.
    Decline {
        /// The matter.
        matter: MatterId,
    },
    /// Carries out its part of an adopted matter.
    Enact {
        /// The matter.
        matter: MatterId,
        /// The level at which it was adopted.
        level: u8,
    },
    /// States terms about resources, and accepts them with that: a request, an offer, or a counter.
    Terms {
        /// The terms.
        terms: Box<Terms>,
        /// Until when the group holds what it promises in them; who promises nothing holds nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Accepts terms that another party stated.
    AcceptTerms {
        /// The terms.
        terms: TermsId,
        /// Until when the group holds what it promises in them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Declines terms, and lets go what is held for them.
    DeclineTerms {
        /// The terms.
        terms: TermsId,
    },
    /// Brings terms into force: the closer has every acceptance.
    Commit {
        /// The terms.
        terms: TermsId,
    },
    /// Lets a hold go: the closer because terms did not come into force, another because of that, or by itself.
    Lapse {
        /// The terms.
        terms: TermsId,
    },
    /// Makes an allocation of what is held: the closer committed.
    Take {
        /// The terms.
        terms: TermsId,
    },
    /// Gives up what was promised under terms in force.
    ReleaseTerms {
        /// The terms.
        terms: TermsId,
        /// Whether the group breaks them with that, as far as its log knows.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        breach: bool,
    },
    /// Says how much of what terms in force promise was used so far.
    UseTerms {
        /// The terms.
        terms: TermsId,
        /// Whose resource.
        steward: LogId,
        /// The resource.
        resource: Name,
        /// How much of it, in all.
        amount: u64,
    },
    /// States that terms in force were broken.
    BreachTerms {
        /// The terms.
        terms: TermsId,
    },
    /// Opens a round, whose offers the group holds.
    Round(Box<Round>),
    /// Claims of a round.
    Claim(RoundClaim),
    /// Reveals the secret to which the group's claim committed.
    Reveal {
        /// The round.
        round: RoundId,
        /// The secret.
        secret: Secret,
    },
    /// Divides a round of this group by what its log cites.
    Divide {
        /// The round.
        round: RoundId,
    },
    /// Gives up what the group got, or gets, of a round.
    ReleaseShare {
        /// The round.
        round: RoundId,
    },
    /// Says who represents the group in another one.
    Represent(Box<Sitting>),
    /// Says what its liaison answers to a version of another group's proposal.
    Mandate(Mandate),
}

impl Says {
    /// Says whether it is a consent to a matter, other than by opening it.
    pub fn consents_to(&self, id: &MatterId) -> bool {
        matches!(self, Self::Consent { matter, .. } if matter == id)
    }

    /// The successor of a version that a group took up by itself before it consented to an amendment with this.
    pub fn taken(&self) -> Option<Hash> {
        match self {
            Self::Open(matter) => matter.amends.as_ref().and_then(|amends| amends.taken),
            Self::Consent { taken, .. } => *taken,
            _ => None,
        }
    }

    /// The matter that it is about, unless it opens one.
    pub fn matter(&self) -> Option<MatterId> {
        match self {
            Self::Consent { matter, .. } | Self::Decline { matter } | Self::Enact { matter, .. } => Some(*matter),
            _ => None,
        }
    }

    /// The round that it is about.
    pub fn round(&self) -> Option<RoundId> {
        match self {
            Self::Round(round) => Some(round.id()),
            Self::Claim(RoundClaim { round, .. })
            | Self::Reveal { round, .. }
            | Self::Divide { round }
            | Self::ReleaseShare { round } => Some(*round),
            _ => None,
        }
    }

    /// The terms that it is about.
    pub fn terms(&self) -> Option<TermsId> {
        match self {
            Self::Terms { terms, .. } => Some(terms.id()),
            Self::AcceptTerms { terms, .. }
            | Self::DeclineTerms { terms }
            | Self::Commit { terms }
            | Self::Lapse { terms }
            | Self::Take { terms }
            | Self::ReleaseTerms { terms, .. }
            | Self::UseTerms { terms, .. }
            | Self::BreachTerms { terms } => Some(*terms),
            _ => None,
        }
    }
}
