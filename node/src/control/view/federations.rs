//! Federations, their versions, tickets and peers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A federation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FederationView {
    /// Its id.
    pub federation: String,
    /// What it is called.
    pub name: String,
    /// What it is there for.
    pub purpose: String,
    /// The number of the version in force.
    pub version: u32,
    /// The hash of its text.
    pub hash: String,
    /// Whether every group's consent is sealed: only then it exists.
    pub exists: bool,
    /// Its groups.
    pub groups: Vec<FederatedGroupView>,
    /// Its panel.
    pub panel: Vec<PanelSeatView>,
    /// What the panel withstands, in words.
    pub withstands: String,
    /// Versions that groups consent to and that are not in force.
    pub pending: Vec<PendingView>,
    /// Matters that amend the version in force.
    #[serde(default)]
    pub amendments: Vec<AmendmentView>,
    /// Groups that asked this node to be taken in.
    pub joins: Vec<JoinRequestView>,
}

/// How much some groups weigh of what is needed, where groups of an agreement have weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeightView {
    /// What they weigh together.
    pub has: u32,
    /// How much it takes.
    pub needed: u32,
    /// What all groups weigh.
    pub all: u32,
}

/// A version of an agreement that is under way.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PendingView {
    /// Its number.
    pub version: u32,
    /// The hash of its text.
    pub hash: String,
    /// The groups that consent to it.
    pub consents: Vec<String>,
    /// Those whose consent is sealed.
    pub sealed: Vec<String>,
    /// How many sealed consents it takes.
    pub needed: usize,
    /// The weight of those, where groups have weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<WeightView>,
    /// Groups that it adds.
    pub adds: Vec<String>,
    /// Groups that it drops.
    pub drops: Vec<String>,
    /// Groups that it adds and that have not decided to join.
    pub not_joined: Vec<String>,
    /// Groups that it drops and that have not left: only a matter can do that.
    pub not_left: Vec<String>,
}

/// A group that asks to join.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JoinRequestView {
    /// The name that it wants to have.
    pub name: String,
    /// Its id.
    pub group: String,
    /// The node that asked.
    pub node: String,
    /// What it is there for, by the charter that it was founded with.
    pub purpose: String,
    /// How many people founded it.
    pub people: u32,
    /// When it asked.
    pub at: String,
}

/// The text of a version of an agreement.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FederationTextView {
    /// The federation.
    pub federation: String,
    /// What it is called.
    pub name: String,
    /// The version's number.
    pub version: u32,
    /// The hash of the text.
    pub hash: String,
    /// The text in its wire encoding, in hexadecimal digits.
    pub agreement: String,
}

/// What makes a ticket.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct InviteRequest {
    /// The federation, if the node knows several.
    pub federation: Option<String>,
    /// The only node that it is good for, as did:key.
    pub peer: Option<String>,
    /// How long it is good, as `7d`; left out, 7 days.
    pub expires: Option<String>,
    /// Where this node is reached; empty: where it announces itself, or listens.
    #[serde(default)]
    pub addresses: Vec<String>,
}

/// A ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketView {
    /// The text to hand over; it cannot be shown again.
    pub ticket: String,
    /// The federation.
    pub federation: String,
    /// It is good until then.
    pub expires: String,
    /// The only node that it is good for.
    pub peer: Option<String>,
    /// Where the guest is to come.
    pub addresses: Vec<String>,
}

/// What goes to a federation with a ticket.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct JoinRequest {
    /// The ticket.
    pub ticket: String,
    /// The group that asks to join: a name or id; left out, the node only follows the federation.
    pub group: Option<String>,
    /// The name that it wants to have in the federation, if another than its own.
    pub name: Option<String>,
    /// The node has no place in the federation yet, and a group of it moves here.
    #[serde(default)]
    pub comes: bool,
}

/// What came of going to a federation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JoinView {
    /// The agreement in force.
    pub agreement: FederationTextView,
    /// The name under which the group asked to join.
    pub name: Option<String>,
}

/// A node that is known from an agreement or a log.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PeerView {
    /// Its identity.
    pub node: String,
    /// Its seats, as `alpha of riverside`.
    pub seats: Vec<String>,
    /// The groups that it hosts, by their names in the federation.
    pub groups: Vec<String>,
    /// Where agreements say that it is reached.
    pub addresses: Vec<String>,
    /// Whether it is connected, or this node.
    pub connected: bool,
    /// Whether it is this node.
    pub this: bool,
    /// The date of its latest note that is known here.
    pub last_note: Option<String>,
}

/// A group of a federation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FederatedGroupView {
    /// Its name.
    pub name: String,
    /// Its id.
    pub group: String,
    /// Where it turns to next.
    pub escalates_to: Option<String>,
    /// How much it counts where groups have weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// The node that hosts it.
    pub node: Option<String>,
    /// Whether its log is here.
    pub held: bool,
    /// Whether it has decided for the agreement.
    pub consents: bool,
    /// Whether that is sealed.
    pub sealed: bool,
    /// From when on it is out, if it has decided to leave.
    pub leaving: Option<String>,
    /// Whether it has left.
    pub left: bool,
    /// The number of the version by whose panel its log is counted: an older one until it has gone on.
    #[serde(default)]
    pub panel_of: Option<u32>,
}

/// A seat of a panel.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PanelSeatView {
    /// Its name.
    pub name: String,
    /// The node.
    pub node: String,
    /// Where it is reached.
    pub addresses: Vec<String>,
    /// Whether it is connected, or this node.
    pub connected: bool,
}

/// What tells a node of a federation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FederationRequest {
    /// The agreement in its wire encoding, in hexadecimal digits.
    pub agreement: String,
    /// This node has no place in it yet: a group moves here, or one of this node joins.
    #[serde(default)]
    pub comes: bool,
}

/// Another text of an agreement that a group wants to open a matter about.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendmentDraft {
    /// The group that opens it: a name, an id, or the start of an id.
    pub group: String,
    /// The whole text in its wire encoding, in hexadecimal digits; it names the version that it follows.
    pub agreement: String,
    /// One line; left out, the number of the version.
    #[serde(default)]
    pub title: Option<String>,
    /// Why.
    pub text: String,
    /// Groups that are dormant, and have no say in it.
    #[serde(default)]
    pub dormant: Vec<String>,
    /// The last moments of the three levels; empty: the earliest that leave time for every decision, and a tenth more.
    #[serde(default)]
    pub by: Vec<String>,
    /// Amendments in doubt that it overrides.
    #[serde(default)]
    pub overrides: Vec<String>,
}

/// A matter that amends the version in force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AmendmentView {
    /// The matter's id.
    pub matter: String,
    /// One line.
    pub title: String,
    /// How it stands.
    pub state: String,
    /// What it changes, a line each.
    pub changes: Vec<String>,
    /// The groups that consent.
    pub consents: Vec<String>,
    /// The groups that have enacted it.
    pub enacted: Vec<String>,
    /// How many sealed enactments bring it into force.
    pub needed: usize,
    /// The weight of those that have enacted it, where groups have weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<WeightView>,
}
