//! Proposals, responses, agreements, and what waits for a member.

use std::collections::BTreeMap;

use folkmoot_protocol::ladder::tally::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SealView;

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
    /// The terms about resources that it states or is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
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
    /// `federation`, `matter`, `mediate`, `terms`, `round`, `mandate`.
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
    /// The round in which the group may claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<String>,
    /// Its title.
    pub title: Option<String>,
}
