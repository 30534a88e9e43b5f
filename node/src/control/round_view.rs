//! What the control API shows of rounds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deal_view::{OpenAnswerView, PortionDraft};

/// A round with what everybody claims, and the shares where it was divided.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoundView {
    /// Its id.
    pub round: String,
    /// One line.
    pub title: String,
    /// What it is for.
    pub text: String,
    /// The group that offers, and divides.
    pub steward: String,
    /// Its id.
    pub steward_group: String,
    /// The federation.
    pub federation: String,
    /// The version of its agreement.
    pub version: String,
    /// `proportional`, `max_min`, `dominant_resource` or `lot`.
    pub rule: String,
    /// What that means.
    pub division: String,
    /// When it was opened.
    pub opened: String,
    /// The last date of claims.
    pub claims_by: String,
    /// Of a lot: the last date of reveals.
    pub reveals_by: Option<String>,
    /// Before this date it is divided, or it lapses.
    pub divides_by: String,
    /// How it stands, in words.
    pub state: String,
    /// Whether something may still come of it.
    pub open: bool,
    /// The next of its dates.
    pub until: Option<String>,
    /// What is offered.
    pub offers: Vec<OfferView>,
    /// The groups that may claim.
    pub claimants: Vec<ClaimantView>,
    /// What the steward's log still needs.
    pub waits_for: Option<String>,
    /// When it was divided.
    pub divided: Option<String>,
    /// Of a lot: what the order was made from.
    pub seed: Option<String>,
    /// How the shares came about, step by step.
    pub how: Vec<String>,
}

/// What is divided of one resource over one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// The resource.
    pub resource: String,
    /// What is counted, if the steward's log is here.
    pub unit: Option<String>,
    /// The start of the window; a stock has none.
    pub from: Option<String>,
    /// Its end.
    pub until: Option<String>,
    /// How much is offered.
    pub amount: u64,
    /// How much of it nobody got, once it was divided.
    pub left: Option<u64>,
}

/// A group that may claim, and what it did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClaimantView {
    /// Its name.
    pub group: String,
    /// Its id.
    pub group_id: String,
    /// For how many it counts.
    pub weight: u32,
    /// Whether its own log knows of the round, so that it can claim.
    pub knows: bool,
    /// What it claims, by its own log or by what the steward cites.
    pub claims: Option<Vec<u64>>,
    /// Whether it has revealed what it committed to.
    pub revealed: bool,
    /// Whether it is shown that it was silent on claims, or did not reveal.
    pub silent: bool,
    /// Whether the steward's log holds all of that: what it claimed and revealed, or that it did not.
    pub cited: bool,
    /// What it got of each offer.
    pub share: Option<Vec<u64>>,
    /// Whether it has given that up again, as far as its time is not over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given_up: bool,
    /// A proposal to claim that is open in the group.
    pub proposal: Option<OpenAnswerView>,
}

/// A round as a person wants to open it; what is left out is found out here.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundDraft {
    /// The group that offers.
    pub group: String,
    /// One line.
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub text: String,
    /// `proportional`, `max_min`, `dominant_resource`, `lot_part` or `lot_whole`.
    pub rule: String,
    /// What is offered.
    pub offers: Vec<OfferDraft>,
    /// Who may claim; left out, all other groups of the federation.
    #[serde(default)]
    pub claimants: Vec<ClaimantDraft>,
    /// The last date of claims: a date, or `+1d`.
    #[serde(default)]
    pub claims_by: Option<String>,
    /// Of a lot: the last date of reveals; left out, as soon as may be.
    #[serde(default)]
    pub reveals_by: Option<String>,
    /// Before which date it is divided; left out, a day after the last date, or as soon as may be if that is later.
    #[serde(default)]
    pub divides_by: Option<String>,
}

/// Something that is offered.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferDraft {
    /// The resource.
    pub resource: String,
    /// How much of it, and when.
    pub portion: PortionDraft,
}

/// Somebody who may claim.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimantDraft {
    /// The group: a name or the start of an id.
    pub group: String,
    /// For how many it counts.
    pub weight: u32,
}

/// A round that could be opened, and what is in the way.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftedRound {
    /// The round in its encoding, in hexadecimal digits.
    pub bytes: String,
    /// The group that would open it.
    pub group: String,
    /// Its id.
    pub group_id: String,
    /// Where it would decide that.
    pub domains: Vec<String>,
    /// The round as it would be.
    pub view: RoundView,
    /// Why it could not be opened as things are now.
    pub problems: Vec<String>,
}

/// What a group wants of a round.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimDraft {
    /// The group that claims.
    pub group: String,
    /// An amount of each offer, in their order; of one resource also `RESOURCE=AMOUNT`.
    pub amounts: Vec<String>,
}

/// A claim that could be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftedClaim {
    /// The claim in its encoding, in hexadecimal digits; for a lot it commits to a secret of this node.
    pub bytes: String,
    /// The round.
    pub view: RoundView,
    /// The group that would claim.
    pub group: String,
    /// Its id.
    pub group_id: String,
    /// Where it decides that unless somebody says otherwise.
    pub domains: Vec<String>,
    /// What it would claim of each offer.
    pub amounts: Vec<u64>,
}
