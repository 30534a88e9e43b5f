//! What the control API shows: the replica's state in words that a program can rely on.

use std::collections::BTreeMap;

use folkmoot_protocol::ladder::tally::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::deal_view::{
    BesideView, DealDraft, DealLineView, DealPartyView, DealView, DraftedDeal, LineDraft, OpenAnswerView, PortionDraft,
    PortionView, PromiseView, ResourceView, SaidView, StretchView,
};
pub use super::matter_view::{
    CertificateView, DraftedMatter, DraftedPart, EnactedView, MatterDecisionView, MatterDraft, MatterLevelView,
    MatterRefView, MatterView, OpenStanceView, PartDraft, StanceView,
};

/// A node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeView {
    /// Its identity as did:key.
    pub node: String,
    /// The same for libp2p.
    pub peer_id: String,
    /// The program's version.
    pub version: String,
    /// The rules version that it knows.
    pub rules_version: u64,
    /// Where it listens, as multiaddrs.
    pub listening: Vec<String>,
    /// Connected peers as did:key.
    pub peers: Vec<String>,
    /// The store and its disk.
    pub store: StoreView,
    /// By how many milliseconds the witnesses' clocks are ahead of this machine's, by the median of their last notes.
    pub clock_offset_ms: Option<i64>,
    /// Why the node cannot do all of its work now; nothing if it can.
    pub not_ready: Vec<String>,
    /// The nodes that witness with or for this one, with their last note.
    pub panel: Vec<SeatView>,
    /// The groups whose logs it holds.
    pub groups: Vec<GroupView>,
}

/// The store and its disk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StoreView {
    /// The version of its format.
    pub format: u32,
    /// Whether it has everything that the node ever signed.
    pub intact: bool,
    /// Bytes that it takes on the disk.
    pub used: Option<u64>,
    /// Bytes that are free there.
    pub free: Option<u64>,
    /// Bytes above which nothing of other groups is taken that need not be.
    pub max: Option<u64>,
    /// Whether the reserve against a full disk is there.
    pub reserve: Option<bool>,
}

/// A seat of a panel of which this node knows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SeatView {
    /// The federation's name.
    pub federation: String,
    /// The seat's name.
    pub name: String,
    /// The node.
    pub node: String,
    /// Whether it is this node, or connected.
    pub connected: bool,
    /// The date of its last note that is known here, of any log.
    pub last_note: Option<String>,
    /// By how many milliseconds its clock was ahead when its last fresh note came.
    pub clock_offset_ms: Option<i64>,
}

/// Whether the node lives.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Its loop answers.
    pub live: bool,
}

/// Whether the node can do its work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    /// It can.
    pub ready: bool,
    /// Why not, each as a word, a colon and what is the matter.
    pub reasons: Vec<String>,
}

/// What to log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogLevelRequest {
    /// A level, or a filter like `info,folkmoot_node=debug`.
    pub filter: String,
}

/// A group's log on this node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupView {
    /// The group's id.
    pub group: String,
    /// What it is called.
    pub name: String,
    /// Whether this node writes its log.
    pub hosted: bool,
    /// The host's identity.
    pub host: String,
    /// The number of the last entry.
    pub number: u64,
    /// The last entry.
    pub head: String,
    /// When it was written.
    pub time: String,
    /// The digest of the state at the head.
    pub digest: String,
    /// How many members.
    pub members: usize,
    /// Proposals that have not ended.
    pub open: usize,
    /// Proposals that have ended.
    pub decided: usize,
    /// How far the log is sealed.
    pub seal: SealView,
    /// The federation that it belongs to.
    pub federation: Option<String>,
    /// Why the log is stopped here, if it is.
    pub stopped: Option<String>,
    /// What this node waits for before it signs for the log again, if its store may have lost something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catching_up: Option<CatchUpView>,
}

/// What a log waits for before this node signs for it again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CatchUpView {
    /// How many more nodes have to report how far the log went.
    pub waits_for: u32,
    /// How many have to; zero if there are no witnesses and the operator has to say so.
    pub needed: u32,
    /// The highest entry that was reported and is not here.
    pub behind: Option<u64>,
    /// All of it in words.
    pub what: String,
}

/// How far a log is sealed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SealView {
    /// Witnesses of the log; with none, more than half of the members seal by having seen.
    pub witnesses: u32,
    /// Notes that seal.
    pub needed: u32,
    /// Witnesses that may be away while entries still get sealed.
    pub may_be_down: u32,
    /// Witnesses that may lie.
    pub liars: u32,
    /// Sealed up to this entry.
    pub up_to: Option<u64>,
}

/// Where the next statement of a key has to start.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeadView {
    /// The group's id.
    pub group: String,
    /// The group's name.
    pub name: String,
    /// The member that the key belongs to, if any.
    pub member: Option<String>,
    /// The last entry: what the author has seen.
    pub seen: String,
    /// The key's previous statement.
    pub previous: Option<String>,
}

/// A proposal, open or ended, with everything that `why` needs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// Its id.
    pub proposal: String,
    /// The group's id.
    pub group: String,
    /// The group's name.
    pub group_name: String,
    /// One line.
    pub title: String,
    /// Who filed it.
    pub author: String,
    /// Why, unless the words were erased or never came here.
    pub why: Option<String>,
    /// `open`, `call-in` (passed, waiting), `passed`, `not passed`, `withdrawn` or `void`.
    pub state: String,
    /// Why it is void.
    pub void_because: Option<String>,
    /// The current version.
    pub version: u32,
    /// All versions.
    pub versions: Vec<VersionView>,
    /// When it opened.
    pub opened: String,
    /// The hash of the charter under which it opened.
    pub charter: String,
    /// When it closes as things stand, or closed.
    pub closes: String,
    /// When it turned to a vote, because its last version did not pass.
    pub to_vote: Option<String>,
    /// The entry that ended it.
    pub entry: Option<u64>,
    /// When to review the decision.
    pub review: Option<String>,
    /// Its domains.
    pub domains: Vec<PollView>,
    /// What it changes, in words.
    pub effects: Vec<String>,
    /// The matters between groups that it opens or answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matters: Vec<String>,
    /// What members rank, if they do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionView>,
    /// Whom members nominate, if it opened for nominations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nominations: Vec<NominationView>,
    /// Whether nobody is named yet for the role that it fills.
    #[serde(default)]
    pub awaits_nominee: bool,
    /// Responses to the current version.
    pub responses: Vec<ResponseView>,
    /// All objections.
    pub objections: Vec<ObjectionView>,
    /// The call-in, if there was one.
    pub called_in: Option<CallInView>,
    /// Members who may respond and have not.
    pub waiting_for: Vec<String>,
    /// Whether what it ended with is sealed: safe to rely on.
    pub sealed: bool,
    /// Since when, by the witnesses' notes that are known here.
    pub sealed_at: Option<String>,
    /// How the log is sealed.
    pub seal: SealView,
}

/// One version of a proposal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// When it was filed.
    pub at: String,
    /// The entry that admitted it.
    pub entry: u64,
    /// The statement.
    pub statement: String,
    /// The objections that it means to integrate.
    pub integrates: Vec<String>,
}

/// A domain of a proposal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PollView {
    /// The domain.
    pub domain: String,
    /// The rung.
    pub rung: String,
    /// The rule in words.
    pub rule: String,
    /// Who decides.
    pub owner: String,
    /// Reserved for people.
    pub people_only: bool,
    /// Who may respond so that it counts.
    pub eligible: Vec<String>,
    /// Those left out because nothing has long been heard of them; a response brings them back.
    pub silent: Vec<String>,
    /// Who may decide alone now, where one does.
    pub deciders: Vec<String>,
    /// Who is asked for advice.
    pub asked: Vec<String>,
    /// Those of them who have not advised.
    pub awaited: Vec<String>,
    /// Until when their advice is awaited.
    pub advice_until: Option<String>,
    /// The final period, once it has started.
    pub final_period: Option<FinalPeriodView>,
    /// How many must respond.
    pub quorum: u32,
    /// Whether it passes as things stand, or did.
    pub passes: bool,
    /// Why, in words.
    pub reason: String,
    /// The count of the ballots, where members rank options: winners, ranking, rounds, ties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub count: Option<Report>,
}

/// An option that members rank.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OptionView {
    /// What ballots call it.
    pub label: String,
    /// What it is.
    pub text: Option<String>,
    /// What it shares with others.
    pub tags: BTreeMap<String, String>,
    /// What changes if it wins.
    pub effects: Vec<String>,
    /// Who withdrew it.
    pub withdrawn_by: Option<String>,
}

/// A member named for a role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NominationView {
    /// Who nominates.
    pub by: String,
    /// Whom.
    pub member: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: String,
}

/// A final period that runs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FinalPeriodView {
    /// When it started, the last time if objections restarted it.
    pub from: String,
    /// Its end as things stand.
    pub until: String,
    /// Its latest end.
    pub latest: String,
    /// Whether an objection, or a floor that is not met any more, holds it.
    pub held: bool,
}

/// A response.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResponseView {
    /// Who.
    pub member: String,
    /// What.
    pub answer: String,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// When.
    pub at: String,
    /// The statement.
    pub statement: String,
    /// The entry that admitted it.
    pub entry: u64,
    /// The domains in which it counts.
    pub counts_in: Vec<String>,
    /// The advice that it weighed, by the statements.
    pub weighs: Vec<String>,
    /// What a ballot ranks, the most preferred first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranking: Vec<Vec<String>>,
}

/// An objection and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ObjectionView {
    /// The statement that objected.
    pub objection: String,
    /// Who.
    pub member: String,
    /// The version objected to.
    pub version: u32,
    /// Why.
    pub reason: Option<String>,
    /// `stands`, `withdrawn`, `integrated` or `dismissed`.
    pub state: String,
    /// What members said in its test on the current version.
    pub tests: Vec<TestView>,
    /// The domains in which it was found not to qualify.
    pub dismissed_in: Vec<String>,
    /// What became of it, in words.
    pub became: String,
    /// When it was raised.
    pub at: String,
    /// When its author withdrew it.
    pub withdrawn_at: Option<String>,
}

/// A member's word in an objection's test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TestView {
    /// Who.
    pub member: String,
    /// Whether the objection qualifies.
    pub qualifies: bool,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: String,
}

/// A text agreement in force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgreementView {
    /// What names it: the decision's id, and after a dot which of its effects it is, if not the first.
    pub agreement: String,
    /// The decision behind it.
    pub decision: String,
    /// Which of the decision's effects it is.
    pub effect: u32,
    /// The matter between groups that brought it, in place of a decision of the group alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
    /// The decision's title.
    pub title: String,
    /// The group's id.
    pub group: String,
    /// The group's name.
    pub group_name: String,
    /// The domain in which it holds.
    pub domain: String,
    /// What is agreed.
    pub text: String,
    /// Since when.
    pub since: String,
    /// When it is due for review.
    pub review: Option<String>,
    /// Whether that is now.
    pub due: bool,
}

/// A call-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallInView {
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub reason: Option<String>,
}

/// Something that waits for a member.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxItem {
    /// By when; the list is sorted by it.
    pub by: String,
    /// What waits: `respond`, `decide`, `advise`, `call-in`, `objection`, `test`, `review`, `term`,
    /// `federation`, `matter`, `terms`.
    pub kind: String,
    /// What to do, in words.
    pub what: String,
    /// The group's name.
    pub group: String,
    /// The member by whom it is meant.
    pub member: String,
    /// The proposal.
    pub proposal: Option<String>,
    /// The matter, where another group waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
    /// The terms, where another group waits for an answer to them, or a hold for them ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// Its title.
    pub title: Option<String>,
}

/// An entry of a log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub entry: String,
    /// When it was written.
    pub time: String,
    /// Who acted, where members did.
    pub by: Vec<String>,
    /// What it does, in words.
    pub what: String,
    /// Whether it is sealed.
    pub sealed: bool,
    /// Its bytes in hexadecimal digits, if asked for.
    pub bytes: Option<String>,
}

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
    /// Groups that asked this node to be taken in.
    pub joins: Vec<JoinRequestView>,
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
    /// Groups that it adds.
    pub adds: Vec<String>,
    /// Groups that it drops.
    pub drops: Vec<String>,
    /// Groups that it adds and that have not decided to join.
    pub not_joined: Vec<String>,
    /// Groups that it drops and that have not left.
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

/// A new log key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogKeyView {
    /// The log key as did:key.
    pub log_key: String,
    /// The node as did:key.
    pub node: String,
}

/// What founds a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FoundRequest {
    /// The charter in its wire encoding, in hexadecimal digits.
    pub charter: String,
    /// Foundings, each in hexadecimal digits.
    pub foundings: Vec<String>,
}

/// What hands in statements.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatementsRequest {
    /// Statements in order, each in hexadecimal digits.
    pub statements: Vec<String>,
    /// The bodies that they name, each in hexadecimal digits.
    pub bodies: Vec<String>,
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
