//! What the control API shows of matters between groups.

use folkmoot_protocol::effect::Effect;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::WeightView;

/// A matter between groups, with all that travels with it: texts, stances, reasons, levels.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatterView {
    /// Its id.
    pub matter: String,
    /// One line.
    pub title: String,
    /// What is to hold, and why.
    pub text: String,
    /// What it changes in the agreement of the federation, a line each.
    #[serde(default)]
    pub changes: Vec<String>,
    /// The federation's id.
    pub federation: String,
    /// The federation's name.
    pub federation_name: String,
    /// The number of the version of its agreement by which it counts.
    pub version: u32,
    /// The group that opened it.
    pub sponsor: String,
    /// That group's id.
    pub sponsor_group: String,
    /// When it opened.
    pub opened: String,
    /// The number of the entry that opened it, in the sponsor's log.
    pub entry: u64,
    /// Since when the opening is sealed; nothing while it is not yet safe.
    pub sealed_at: Option<String>,
    /// Whether it counts: its opening was sealed in time, and it can stand.
    pub counts: bool,
    /// Where its opening was sealed too late: that nobody can answer it, and what to do instead, in words.
    #[serde(default)]
    pub way_out: Option<String>,
    /// The decision that opened it.
    pub decision: Option<MatterDecisionView>,
    /// `open`, `adopted`, `not adopted` or `in doubt`.
    pub state: String,
    /// The level at which groups answer now, or at which it was adopted.
    pub level: Option<u8>,
    /// While it is open: the last moment of that level.
    pub until: Option<String>,
    /// While it is open and that moment is over: by when it is known what was said in time.
    #[serde(default)]
    pub counted_until: Option<String>,
    /// The three levels.
    pub levels: Vec<MatterLevelView>,
    /// Every group of the electorate, those first that it affects.
    pub stances: Vec<StanceView>,
    /// The affected groups that it waits for now.
    pub waits_for: Vec<String>,
    /// Groups that are bound to change something and have not.
    pub breaches: Vec<String>,
    /// The entries that prove the result, once there is one.
    pub certificate: Vec<CertificateView>,
    /// The terms on which their parties do not agree.
    #[serde(default)]
    pub about: Option<String>,
    /// The terms that its parties accept when they enact it.
    #[serde(default)]
    pub settles: Option<String>,
    /// Who mediates at the second level: the group, its role, and who holds that now.
    #[serde(default)]
    pub mediator: Option<String>,
    /// The matter whose text it takes up again.
    pub replaces: Option<MatterRefView>,
    /// The matters in doubt that it overrides.
    pub overrides: Vec<MatterRefView>,
    /// Matters that replace or override it.
    pub taken_up_by: Vec<MatterRefView>,
    /// Matters that are open at the same time and touch the same domain of a group.
    pub rivals: Vec<MatterRefView>,
}

/// Another matter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatterRefView {
    /// Its id.
    pub matter: String,
    /// Its title, if it is known here.
    pub title: Option<String>,
    /// How it stands; `does not count` if its opening was sealed too late.
    pub state: Option<String>,
}

/// A level of a matter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatterLevelView {
    /// Its number, from 1.
    pub level: u8,
    /// Who has to consent, in words.
    pub who: String,
    /// The last moment at which a consent may be dated.
    pub by: String,
    /// The last moment at which it may be sealed.
    pub ends: String,
    /// How many consents it takes.
    pub needed: usize,
    /// Their weight, at the last level, where groups have weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<WeightView>,
    /// Groups whose consent counts here.
    pub consents: Vec<String>,
    /// Groups that are shown not to have consented in time.
    pub silent: Vec<String>,
}

/// What a matter means for a group, and what the group said.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StanceView {
    /// The group's name in the federation.
    pub group: String,
    /// Its id.
    pub group_id: String,
    /// Whether its log is here.
    pub held: bool,
    /// Whether the matter touches it.
    pub affected: bool,
    /// The domains in which it decides its stance.
    pub domains: Vec<String>,
    /// Whether these are ceded to the federation, whose assembly may then bind it.
    pub ceded: bool,
    /// Whether its part binds only together with the other linked ones.
    pub linked: bool,
    /// The groups whose consent has to come first.
    pub after: Vec<String>,
    /// The last moment of its stage, if it has one of its own.
    pub due: Option<String>,
    /// What changes in it when the matter is adopted, in words; nothing where it is advice.
    pub effects: Vec<String>,
    /// `consents`, `declines` or `silent`.
    pub stance: String,
    /// The number of the entry that says so, in its log.
    pub entry: Option<u64>,
    /// That entry.
    pub entry_id: Option<String>,
    /// The date of that entry.
    pub at: Option<String>,
    /// Since when it is sealed; nothing while it is not yet safe.
    pub sealed_at: Option<String>,
    /// The levels at which a sealed consent counts.
    pub counts_at: Vec<u8>,
    /// The levels at which it is shown not to have consented in time.
    pub silent_at: Vec<u8>,
    /// The decision behind what it says.
    pub decision: Option<MatterDecisionView>,
    /// Its proposal for a stance, while that is open.
    pub open: Option<OpenStanceView>,
    /// Until when its consent counts at the present level, if it has not consented.
    pub waits_until: Option<String>,
    /// How it enacted its part.
    pub enacted: Option<EnactedView>,
    /// Why it has not enacted its part of an adopted matter, in words.
    pub not_enacted: Option<String>,
    /// Whether it is bound to change something and has not.
    pub breach: bool,
}

/// A group's own decision behind what it said about a matter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatterDecisionView {
    /// The proposal.
    pub proposal: String,
    /// Its title.
    pub title: String,
    /// Who filed it.
    pub author: String,
    /// Why, unless the words were erased or never came here.
    pub why: Option<String>,
    /// How it ended.
    pub state: String,
    /// When.
    pub closed: String,
    /// By which rules it passed: the domain, the rung and the count, in words.
    pub rules: Vec<String>,
}

/// An open proposal of a group that answers a matter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenStanceView {
    /// The proposal.
    pub proposal: String,
    /// Whether it would consent.
    pub consents: bool,
    /// When it closes as things stand.
    pub closes: String,
}

/// The entry by which a group carried out its part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnactedView {
    /// Its number, in the group's log.
    pub entry: u64,
    /// Its id.
    pub entry_id: Option<String>,
    /// Its date.
    pub at: Option<String>,
    /// The level at whose result it did.
    pub level: u8,
    /// Whether that is sealed: safe to rely on.
    pub sealed: bool,
}

/// One piece of what proves the result of a matter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateView {
    /// The group.
    pub group: String,
    /// `consent`, or `silent` where enough witnesses show that there was none in time.
    pub says: String,
    /// The level for which it counts.
    pub level: u8,
    /// The number of the entry, in the group's log.
    pub entry: Option<u64>,
    /// The entry.
    pub entry_id: Option<String>,
    /// Its date; where the group was silent, the end of the level.
    pub at: String,
    /// By when it was sealed.
    pub sealed_at: Option<String>,
    /// How many notes it takes.
    pub needed: u32,
    /// Of how many witnesses.
    pub witnesses: u32,
}

/// What a group would open, before it is a proposal.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct MatterDraft {
    /// The group that opens it: a name, an id, or the start of an id.
    pub group: String,
    /// One line.
    pub title: String,
    /// What is to hold, and why.
    pub text: String,
    /// What it means for each affected group.
    pub parts: Vec<PartDraft>,
    /// The last moments of the three levels: dates, or times from now like `+20d`; empty: the earliest that leave time
    /// for every decision, and a tenth more.
    #[serde(default)]
    pub by: Vec<String>,
    /// Where the group decides to open it, if it is not affected; empty: its domain for federations.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The matter whose text it takes up again: an id, or the start of one.
    #[serde(default)]
    pub replaces: Option<String>,
    /// The matters in doubt that it overrides.
    #[serde(default)]
    pub overrides: Vec<String>,
    /// The terms on which their parties do not agree: their id. Without parts it touches each party, where it stewards
    /// what they are about.
    #[serde(default)]
    pub about: Option<String>,
    /// Whether it settles those terms: with a new deadline, after its last date, whoever enacts its part accepts them.
    #[serde(default)]
    pub settle: bool,
    /// Who mediates at the second level: a group and its role, like `council/mediator`.
    #[serde(default)]
    pub mediator: Option<String>,
}

/// What a matter would mean for a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartDraft {
    /// The group: its name in the federation, or its id.
    pub group: String,
    /// The domains that it touches, beside those that govern the effects.
    #[serde(default)]
    pub domains: Vec<String>,
    /// What changes when the matter is adopted; none makes the part advice.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub effects: Vec<Effect>,
    /// Whether it binds only together with the other linked parts.
    #[serde(default)]
    pub linked: bool,
    /// The groups whose consent has to come first.
    #[serde(default)]
    pub after: Vec<String>,
    /// The last moment of its stage: a date, or a time from now.
    #[serde(default)]
    pub due: Option<String>,
}

/// A matter that is ready to be proposed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftedMatter {
    /// Its text in its wire encoding, in hexadecimal digits.
    pub bytes: String,
    /// The group that opens it.
    pub group: String,
    /// That group's id.
    pub group_id: String,
    /// The federation's name.
    pub federation_name: String,
    /// How many groups the federation has.
    pub groups: usize,
    /// How many of them the last level takes.
    pub needed: usize,
    /// How much these have to weigh, where groups have weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<WeightView>,
    /// What it changes in the agreement of the federation, a line each.
    pub changes: Vec<String>,
    /// The domains in which the group decides to open it.
    pub domains: Vec<String>,
    /// By when that decision has to be carried out, for the dates to hold.
    pub open_by: String,
    /// How long news may take.
    pub news: String,
    /// The last moments of the three levels.
    pub by: Vec<String>,
    /// Until when the terms that it settles may come into force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles_by: Option<String>,
    /// What it means for each affected group.
    pub parts: Vec<DraftedPart>,
    /// Who would mediate at the second level: the group, its role, and who holds that now.
    #[serde(default)]
    pub mediator: Option<String>,
    /// Matters that it would be a rival of: a group may consent to one of them only.
    #[serde(default)]
    pub rivals: Vec<MatterRefView>,
}

/// What a drafted matter means for a group, by its charter as it is now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftedPart {
    /// The group.
    pub group: String,
    /// The domains that it touches.
    pub domains: Vec<String>,
    /// How long a decision there may take.
    pub window: String,
    /// Whether these domains are ceded to the federation.
    pub ceded: bool,
    /// What changes, in words.
    pub effects: Vec<String>,
    /// Whether it binds only together with the other linked parts.
    pub linked: bool,
    /// The groups whose consent has to come first.
    pub after: Vec<String>,
    /// The last moment of its stage.
    pub due: Option<String>,
}
