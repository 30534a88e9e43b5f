//! Steps: what a member does at a time.

use std::collections::BTreeMap;

use folkmoot_protocol::{name::Name, time::Span};
use serde::Deserialize;

use super::ScenarioEffect;

/// What a member does at a time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When, after the start.
    pub at: Span,
    /// Who.
    #[serde(rename = "as")]
    pub member: Name,
    /// The name of the key to sign with, where it is not the member's first one: `ana-phone`.
    #[serde(default)]
    pub with: Option<Name>,
    /// In which group.
    pub group: Name,
    /// What.
    #[serde(rename = "do")]
    pub action: Action,
    /// The label of the proposal: `propose` gives it, the others name it.
    #[serde(default)]
    pub proposal: Option<String>,
    /// One line, for `propose`; for `amend` if it changes.
    #[serde(default)]
    pub title: Option<String>,
    /// Why.
    #[serde(default)]
    pub why: Option<String>,
    /// What the proposal changes, for `propose`; for `amend` if it changes.
    #[serde(default)]
    pub effects: Vec<ScenarioEffect>,
    /// What members rank, for `propose` and `amend`: instead of effects.
    #[serde(default)]
    pub options: Vec<StepOption>,
    /// The order of the options, for `rank`: those that rank equally stand together.
    #[serde(default)]
    pub ranking: Vec<Vec<Name>>,
    /// The option, for `withdraw_option`.
    #[serde(default)]
    pub option: Option<Name>,
    /// Who is nominated, for `nominate`.
    #[serde(default)]
    pub nominee: Option<Name>,
    /// The label of an objection: `object` gives it, `withdraw`, `test` and `erase` name it.
    #[serde(default)]
    pub objection: Option<String>,
    /// The objections that an `amend` means to integrate.
    #[serde(default)]
    pub integrates: Vec<String>,
    /// Whether the objection qualifies, for `test`.
    #[serde(default)]
    pub qualifies: Option<bool>,
    /// The label that `advise` gives its advice.
    #[serde(default)]
    pub advice: Option<String>,
    /// The advice that an `agree` weighs; left out: all that a decision must weigh.
    #[serde(default)]
    pub weighs: Option<Vec<String>>,
    /// After which time to review the decision.
    #[serde(default)]
    pub review: Option<Span>,
    /// The step must be refused, for a reason that has this word: `people-only`, `conflict`, or a part of its text.
    #[serde(default)]
    pub refused: Option<String>,
}

/// An option of a proposal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepOption {
    /// What ballots call it.
    pub label: Name,
    /// What it is.
    #[serde(default)]
    pub text: Option<String>,
    /// What it shares with others.
    #[serde(default)]
    pub tags: BTreeMap<Name, Name>,
    /// What changes if it wins.
    #[serde(default)]
    pub effects: Vec<ScenarioEffect>,
}

/// What a member can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Opens a proposal.
    Propose,
    /// Replaces a proposal's content by a new version.
    Amend,
    /// Is in favour; a delegate decides.
    Agree,
    /// Stands aside.
    Aside,
    /// Has a concern that does not block.
    Concern,
    /// Objects, with a reason.
    Object,
    /// Has no opinion.
    Abstain,
    /// Advises.
    Advise,
    /// Withdraws an own objection or proposal.
    Withdraw,
    /// Moves a delegate's decision up to consent.
    CallIn,
    /// Says in an objection's test whether it qualifies.
    Test,
    /// Ranks the options of a proposal.
    Rank,
    /// Names a member for a role.
    Nominate,
    /// Withdraws an option of a proposal.
    WithdrawOption,
    /// Says that the log was seen.
    Seen,
    /// Erases an own text: the why of a proposal or the reason of an objection.
    Erase,
}

impl Action {
    /// Its word in scenarios.
    pub fn word(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Amend => "amend",
            Self::Agree => "agree",
            Self::Aside => "aside",
            Self::Concern => "concern",
            Self::Object => "object",
            Self::Abstain => "abstain",
            Self::Advise => "advise",
            Self::Withdraw => "withdraw",
            Self::CallIn => "call_in",
            Self::Test => "test",
            Self::Rank => "rank",
            Self::Nominate => "nominate",
            Self::WithdrawOption => "withdraw_option",
            Self::Seen => "seen",
            Self::Erase => "erase",
        }
    }
}

impl Step {
    /// What the step lacks or has too much for what it does, if anything.
    pub(super) fn problem(&self) -> Option<String> {
        use Action::{
            Advise, Agree, Amend, CallIn, Erase, Nominate, Object, Propose, Rank, Seen, Test, Withdraw, WithdrawOption,
        };
        let word = self.action.word();
        let lacks = |what: &str| Some(format!("'{word}' needs {what}"));
        let needs_proposal = !matches!(self.action, Seen | Withdraw | Test | Erase);
        if needs_proposal && self.proposal.is_none() {
            return lacks("proposal = \"LABEL\"");
        }
        match self.action {
            Propose if self.title.is_none() => return lacks("title = \"…\""),
            Propose if self.effects.is_empty() && self.options.is_empty() => {
                return lacks("effects = [ … ] or options = [ … ]");
            }
            Rank if self.ranking.is_empty() => return lacks("ranking = [ [\"LABEL\"], … ]"),
            Nominate if self.nominee.is_none() => return lacks("nominee = \"NAME\""),
            WithdrawOption if self.option.is_none() => return lacks("option = \"LABEL\""),
            Propose | Amend | CallIn | Nominate if self.why.is_none() => return lacks("why = \"…\""),
            Test if self.objection.is_none() => return lacks("objection = \"LABEL\""),
            Test if self.qualifies.is_none() => return lacks("qualifies = true or false"),
            Withdraw | Erase if self.proposal.is_none() == self.objection.is_none() => {
                return lacks("either proposal = \"LABEL\" or objection = \"LABEL\"");
            }
            _ => {}
        }
        let content = matches!(self.action, Propose | Amend);
        let surplus = [
            ("title", self.title.is_some() && !content),
            ("effects", !self.effects.is_empty() && !content),
            ("options", !self.options.is_empty() && !content),
            ("ranking", !self.ranking.is_empty() && self.action != Rank),
            ("nominee", self.nominee.is_some() && self.action != Nominate),
            ("option", self.option.is_some() && self.action != WithdrawOption),
            ("review", self.review.is_some() && !content),
            ("integrates", !self.integrates.is_empty() && self.action != Amend),
            ("objection", self.objection.is_some() && !matches!(self.action, Object | Withdraw | Test | Erase)),
            ("proposal", self.proposal.is_some() && self.action == Test),
            ("qualifies", self.qualifies.is_some() && self.action != Test),
            ("advice", self.advice.is_some() && self.action != Advise),
            ("weighs", self.weighs.is_some() && self.action != Agree),
            ("why", self.why.is_some() && matches!(self.action, Withdraw | WithdrawOption | Seen | Erase)),
        ];
        let found = surplus.iter().find(|(_, there)| *there);
        found.map(|(part, _)| format!("'{word}' has no '{part}': leave it out"))
    }

    /// All effects, those of its options too.
    pub fn all_effects(&self) -> impl Iterator<Item = &ScenarioEffect> {
        self.effects.iter().chain(self.options.iter().flat_map(|option| &option.effects))
    }

    fn all_effects_mut(&mut self) -> impl Iterator<Item = &mut ScenarioEffect> {
        self.effects.iter_mut().chain(self.options.iter_mut().flat_map(|option| &mut option.effects))
    }

    pub(super) fn scale_down(&mut self, scale: u64) {
        self.at = self.at.scaled_down(scale);
        self.review = self.review.map(|span| span.scaled_down(scale));
        self.all_effects_mut().for_each(|effect| effect.scale_down(scale));
    }
}
