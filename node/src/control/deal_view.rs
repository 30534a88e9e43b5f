//! What the control API shows of resources, and of what groups agree about them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::matter_view::MatterDecisionView;

/// Something that a group stewards, with what is promised of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResourceView {
    /// The steward.
    pub group: String,
    /// Its id.
    pub group_id: String,
    /// Its name, unique in the group.
    pub name: String,
    /// What it is and what it is there for.
    pub purpose: String,
    /// What is counted.
    pub unit: String,
    /// The domain that promises it.
    pub domain: String,
    /// `stock`, `budget` or `slots`.
    pub kind: String,
    /// Of a budget: how long a period is, in words.
    pub every: Option<String>,
    /// Of budgets and slots: the latest end of a window that may be promised now.
    pub until: Option<String>,
    /// How much there is in every instant.
    pub capacity: u64,
    /// What each group that asks gets without a decision, in words; nothing where each decides.
    pub grants: Option<String>,
    /// How much of that is held now.
    pub held: u64,
    /// How much of it is allocated now.
    pub allocated: u64,
    /// What is left of it now.
    pub left: u64,
    /// What is promised, soonest first: holds and allocations that are not over.
    pub promises: Vec<PromiseView>,
    /// What open terms ask for, and what is not promised.
    pub asked: Vec<PromiseView>,
    /// What is promised in the time to come, piece by piece; a stock has none.
    pub calendar: Vec<StretchView>,
}

/// What is promised under some terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromiseView {
    /// The terms, or the round that it is offered in or a share of.
    pub terms: String,
    /// Their title.
    pub title: String,
    /// Who asked or claimed; of what a round offers nobody yet.
    pub requester: String,
    /// The start of the window; a stock has none.
    pub from: Option<String>,
    /// Its end.
    pub until: Option<String>,
    /// How much, in the resource's unit.
    pub amount: u64,
    /// When a hold ends by itself; an allocation does not.
    pub held_until: Option<String>,
    /// Whether it is asked for by open terms, and not promised.
    #[serde(default)]
    pub asked: bool,
    /// How much of what the terms promise of the resource was used so far, by the larger of two words.
    pub used: Option<u64>,
}

/// A stretch of time in which as much is promised in every instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StretchView {
    /// Its start.
    pub from: String,
    /// Its end.
    pub until: String,
    /// The most that is promised in it.
    pub promised: u64,
    /// What is left in every instant of it.
    pub left: u64,
}

/// Terms about resources, with how they stand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DealView {
    /// The id of the terms.
    pub terms: String,
    /// One line.
    pub title: String,
    /// What it is for, and what is given in return.
    pub text: String,
    /// The federation's id.
    pub federation: String,
    /// The hash of the version of its agreement by which they are sealed.
    pub version: String,
    /// Who asks.
    pub requester: String,
    /// Its id.
    pub requester_group: String,
    /// Whose log closes them.
    pub closer: String,
    /// Its id.
    pub closer_group: String,
    /// The last moment at which the closer commits.
    pub by: String,
    /// Who stated them.
    pub stated_by: String,
    /// When.
    pub stated: String,
    /// `requested`, `offered`, `countered`, `accepted`, `in force`, `complete`, `lapsed`, `declined`, `broken` or
    /// `ended`.
    pub state: String,
    /// The group by whose log they stand so.
    pub told_by: String,
    /// Whether they may still come into force.
    pub open: bool,
    /// The groups whose acceptance is missing; if none is, the closer alone.
    pub waits_for: Vec<String>,
    /// Until when it waits for them.
    pub until: Option<String>,
    /// What each steward promises.
    pub lines: Vec<DealLineView>,
    /// Everybody who has to accept.
    pub parties: Vec<DealPartyView>,
    /// Whether a matter gives them: who enacts its part accepts, and nobody answers them besides.
    #[serde(default)]
    pub by_matter: bool,
    /// The terms in whose place they come.
    pub counters: Option<String>,
    /// The terms that came in their place.
    pub countered_by: Vec<String>,
    /// Open terms that ask for the same, where there is not enough for all; as long as these are open.
    pub contested: Vec<BesideView>,
}

/// What one steward promises of one resource.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DealLineView {
    /// The steward.
    pub steward: String,
    /// Its id.
    pub steward_group: String,
    /// The resource.
    pub resource: String,
    /// What is counted, if the steward's log is here.
    pub unit: Option<String>,
    /// How much, and when.
    pub portions: Vec<PortionView>,
    /// What was used of it so far, by whose word.
    pub used: Vec<UsedView>,
}

/// How much of what is promised was used so far, as a party says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsedView {
    /// The party.
    pub by: String,
    /// How much, in the resource's unit.
    pub amount: u64,
}

/// An amount over a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortionView {
    /// The start of the window; a stock has none.
    pub from: Option<String>,
    /// Its end.
    pub until: Option<String>,
    /// How much, in the resource's unit.
    pub amount: u64,
}

/// A group that has to accept terms, and what it said.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DealPartyView {
    /// Its name.
    pub group: String,
    /// Its id.
    pub group_id: String,
    /// Whether it asks.
    pub asks: bool,
    /// Whether it promises something.
    pub promises: bool,
    /// Whether its log closes them.
    pub closes: bool,
    /// Whether it has accepted.
    pub accepted: bool,
    /// Whether it did so by a rule of its charter, without a decision.
    pub granted: bool,
    /// Whether that is sealed; until then it is not yet safe.
    pub sealed: bool,
    /// Until when it holds what it promises.
    pub held_until: Option<String>,
    /// Whether what it promises is allocated.
    pub allocated: bool,
    /// Whether its own log knows the terms: others can answer them once they are sealed, and cited there.
    #[serde(default)]
    pub knows: bool,
    /// Whether giving them up now would break them.
    #[serde(default)]
    pub would_break: bool,
    /// The domains in which it decides about them.
    pub domains: Vec<String>,
    /// The shortest hold that the terms need of it.
    pub least_hold: Option<String>,
    /// Why it could not hold its part now; nothing if it could, does already, or has none.
    pub cannot: Option<String>,
    /// A proposal about them that is open in the group.
    pub proposal: Option<OpenAnswerView>,
    /// What it said about them, in the order of its log.
    pub said: Vec<SaidView>,
}

/// A proposal that would answer terms.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenAnswerView {
    /// The proposal.
    pub proposal: String,
    /// What it would do, in words.
    pub does: String,
    /// Until when it is open.
    pub closes: String,
}

/// What a group said about terms.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaidView {
    /// `states`, `accepts`, `declines`, `commits`, `takes`, `lapses`, `uses`, `states a breach`, `releases`; or `breaks`,
    /// which is a release that breaks them.
    pub says: String,
    /// The number of the entry.
    pub entry: u64,
    /// Its id.
    pub entry_id: String,
    /// When.
    pub at: String,
    /// Since when it is sealed; nothing while it is not yet safe.
    pub sealed_at: Option<String>,
    /// The decision behind it; what follows by itself has none.
    pub decision: Option<String>,
    /// That decision: who filed it, why, and by which rules it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<MatterDecisionView>,
    /// The matter whose enactment it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
}

/// Terms as a person wants to state them; what is left out is found out here.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealDraft {
    /// The group that states them.
    pub group: String,
    /// One line; empty, that of the terms that they renew.
    pub title: String,
    /// What it is for, and what is given in return; empty, that of the terms that they renew.
    #[serde(default)]
    pub text: String,
    /// Who asks; left out, the group itself.
    #[serde(default)]
    pub requester: Option<String>,
    /// What is asked of whom.
    pub lines: Vec<LineDraft>,
    /// The steward whose log closes; left out, the first one, or that of the terms that they counter.
    #[serde(default)]
    pub closer: Option<String>,
    /// The last moment at which it commits: a date, or `+1d`; left out, as in the terms that they counter, or
    /// as long as the parties' rules need, a day at least, but before the first window starts or, where that is soon,
    /// ends.
    #[serde(default)]
    pub by: Option<String>,
    /// Until when the group holds what it promises; left out, as short as may be.
    #[serde(default)]
    pub hold: Option<String>,
    /// The terms that they counter.
    #[serde(default)]
    pub counters: Option<String>,
    /// The terms after which they ask for the same again: without lines, for the next period.
    #[serde(default)]
    pub renews: Option<String>,
    /// Where a group that promises nothing decides it; left out, where it decides about federations.
    #[serde(default)]
    pub domains: Vec<String>,
}

/// What is asked of one steward.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineDraft {
    /// The steward: a name or the start of an id.
    pub steward: String,
    /// The resource.
    pub resource: String,
    /// How much, and when.
    pub portions: Vec<PortionDraft>,
}

/// An amount over a window, as people write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortionDraft {
    /// A whole number, with the unit or without.
    pub amount: String,
    /// The start of the window; nothing for a stock.
    #[serde(default)]
    pub from: Option<String>,
    /// Its end; left out for a budget, that of the period.
    #[serde(default)]
    pub until: Option<String>,
}

/// Terms that could be stated, and what is in the way.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftedDeal {
    /// The terms in their encoding, in hexadecimal digits.
    pub bytes: String,
    /// Their id.
    pub terms: String,
    /// One line.
    pub title: String,
    /// The group that would state them.
    pub group: String,
    /// Its id.
    pub group_id: String,
    /// Where it would decide that.
    pub domains: Vec<String>,
    /// Who asks.
    pub requester: String,
    /// Whose log closes them.
    pub closer: String,
    /// The last moment at which it commits.
    pub by: String,
    /// Until when the group itself would hold, if it promises something.
    pub hold: Option<String>,
    /// What is asked of whom.
    pub lines: Vec<DealLineView>,
    /// Who else is promised something in the same windows.
    pub beside: Vec<BesideView>,
    /// Open terms that ask for the same, where there is not enough for all: whoever is accepted first has it.
    pub contested: Vec<BesideView>,
    /// Why a steward could not hold its part as things are now.
    pub problems: Vec<String>,
    /// Whether the group itself is such a steward: then it cannot state them at all.
    #[serde(default)]
    pub own_problem: bool,
}

/// What somebody else is promised of a resource in the same window.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BesideView {
    /// The steward.
    pub steward: String,
    /// The resource.
    pub resource: String,
    /// What is counted.
    pub unit: String,
    /// The promise.
    pub promise: PromiseView,
}
