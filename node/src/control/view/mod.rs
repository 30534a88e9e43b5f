//! What the control API shows: the replica's state in words that a program can rely on.

mod federations;
mod groups;
mod node;
mod proposals;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    federations::{
        AmendmentDraft, AmendmentView, FederatedGroupView, FederationRequest, FederationTextView, FederationView,
        InviteRequest, JoinRequest, JoinRequestView, JoinView, PanelSeatView, PeerView, PendingView, TicketView,
        WeightView,
    },
    groups::{CatchUpView, EntryView, FoundRequest, GroupView, HeadView, LogKeyView, SealView, StatementsRequest},
    node::{Health, LogLevelRequest, NodeView, Ready, SeatView, StoreView},
    proposals::{
        AgreementView, CallInView, FinalPeriodView, InboxItem, NominationView, ObjectionView, OptionView, PollView,
        ProposalView, ResponseView, TestView, VersionView,
    },
};

pub use super::deal_view::{
    BesideView, DealDraft, DealLineView, DealPartyView, DealView, DraftedDeal, LineDraft, OpenAnswerView, PortionDraft,
    PortionView, PromiseView, ResourceView, SaidView, StretchView,
};
pub use super::heard_matters::{HeardMatterView, HeardPartView};
pub use super::matter_view::{
    CertificateView, DraftedMatter, DraftedPart, EnactedView, MatterDecisionView, MatterDraft, MatterLevelView,
    MatterRefView, MatterView, OpenStanceView, PartDraft, StanceView,
};
pub use super::round_view::{
    ClaimDraft, ClaimantDraft, ClaimantView, DraftedClaim, DraftedRound, OfferDraft, OfferView, RoundDraft, RoundView,
};

/// What was taken.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Taken {
    /// The id of what was made, if something was.
    pub id: Option<String>,
    /// Receipts, each in hexadecimal digits.
    pub receipts: Vec<String>,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// One word for programs.
    pub kind: String,
    /// What, where, and what to do.
    pub message: String,
}
