//! From a step of a scenario to what its author signs; the same for the simulator and for real nodes.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    body::Body,
    cbor::CborError,
    charter::{Host, Owner, Rule},
    decision::AgreementId,
    effect::Effect,
    federation::FederationAgreement,
    id::{BodyId, FederationId, Hash, ProposalId, RoundId, StatementId},
    key::PublicKey,
    machine::InputError,
    matter::Matter,
    name::Name,
    replay::Replica,
    resource::{Round, Terms},
    statement::{Act, Amendment, Answer, Ballot, Nomination, Proposal, ProposalOption, Response, Statement, Test},
    time::Timestamp,
};
use thiserror::Error;

use crate::scenario::{Action, Find, ScenarioEffect, Step, StepOption, known};

/// What a step's translation needs to know besides the labels.
pub struct Setting<'a> {
    /// When the scenario started: relative dates count from here.
    pub start: Timestamp,
    /// The current version of the proposal that the step names; 0 if it names none.
    pub version: u32,
    /// The advice that a decision must weigh; [`advice_for`] finds it.
    pub weighs: Vec<StatementId>,
    /// Finds keys by their names: those of members whom a step adds, and of devices.
    pub key: &'a dyn Fn(&Name) -> Option<PublicKey>,
    /// Finds what steps about federations and hosts name; nothing where they cannot be run.
    pub place: Option<&'a dyn Place>,
}

/// Finds what steps about federations and hosts name, as the group sees it that acts.
pub trait Place {
    /// A log key of that name, or else a new one, of the node of that name, or else of the one that hosts the group.
    fn host(&self, node: Option<&Name>, log_key: Option<&Name>) -> Option<Host>;

    /// The federation.
    fn federation(&self) -> Option<FederationId>;

    /// The version of the agreement that takes a group in.
    fn admission(&self, group: &Name) -> Option<FederationAgreement>;

    /// The log of the group that acts.
    fn log(&self) -> Option<&Replica> {
        None
    }

    /// The log of another group, as the node sees it on which the group is that acts.
    fn log_of(&self, _: &Name) -> Option<&Replica> {
        None
    }

    /// What the group that acts commits to in a lot.
    fn commitment(&self, _: &RoundId) -> Option<Hash> {
        None
    }
}

/// The advice that a decision of `member` at `now` must weigh: all of the asked, in the domains that `member` decides by
/// consultation.
pub fn advice_for(replica: &Replica, proposal: &ProposalId, member: &Name, now: Timestamp) -> Vec<StatementId> {
    let Some(proposal) = replica.proposal(proposal) else { return Vec::new() };
    let decides = |owner: &Owner| match owner {
        Owner::Role(role) => replica.charter().roles.find(role).is_some_and(|role| role.is_held_by(member, now)),
        Owner::Group => false,
    };
    let consults = proposal.polls.iter().filter(|poll| matches!(poll.rule, Rule::Consult(_)) && decides(&poll.owner));
    let asked = consults.flat_map(|poll| &poll.asked);
    let advice: BTreeSet<StatementId> =
        asked.filter_map(|name| proposal.advice.get(name)).map(|given| given.statement).collect();
    advice.into_iter().collect()
}

/// Says why a step cannot be translated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScriptError {
    /// A label stands for nothing: the step that gives it was refused or has not come yet.
    #[error("the label '{0}' stands for nothing: the step that gives it was refused or has not come yet")]
    Unknown(String),
    /// An effect is not written as it must be.
    #[error("effects[{at}]: {problem}")]
    Effect {
        /// Which.
        at: usize,
        /// What is wrong.
        problem: String,
    },
    /// A text is too long.
    #[error("a text of the step: {0}")]
    Text(#[from] CborError),
}

/// What the labels of a scenario stand for, as its steps were taken.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    proposals: BTreeMap<String, Filed>,
    objections: BTreeMap<String, Objected>,
    advice: BTreeMap<String, StatementId>,
}

/// An objection that a label stands for.
#[derive(Clone, Debug)]
struct Objected {
    id: StatementId,
    proposal: ProposalId,
    reason: Option<BodyId>,
}

/// A proposal that a label stands for, with its latest content.
#[derive(Clone, Debug)]
struct Filed {
    id: ProposalId,
    group: Name,
    why: BodyId,
    content: Proposal,
}

impl Labels {
    /// What the author of `step` does, and the texts that go with it; `salt` are 16 random bytes.
    ///
    /// # Errors
    /// If a label stands for nothing, or an effect or text is not as it must be.
    pub fn act(&self, step: &Step, setting: &Setting<'_>, salt: [u8; 16]) -> Result<(Act, Vec<Body>), ScriptError> {
        let body = step.why.as_ref().map(|why| Body::new(salt, why.clone())).transpose()?;
        let reason = body.as_ref().map(Body::id);
        let act = match step.action {
            Action::Propose => Act::Propose(self.proposal(step, setting, reason, None)?),
            Action::Amend => Act::Amend(self.amendment(step, setting, reason)?),
            Action::Withdraw => Act::Withdraw { target: self.target(step)? },
            Action::CallIn => Act::CallIn { proposal: self.named(step)?.id, reason: reason.unwrap_or(BodyId([0; 32])) },
            Action::Seen => Act::Seen {},
            Action::Test => Act::Test(self.test(step, setting, reason)?),
            Action::Erase => Act::Erase { body: self.body(step)? },
            Action::Rank => Act::Rank(Ballot {
                proposal: self.named(step)?.id,
                version: setting.version,
                ranking: step.ranking.clone(),
                reason,
            }),
            Action::Nominate => Act::Nominate(Nomination {
                proposal: self.named(step)?.id,
                version: setting.version,
                member: step.nominee.clone().unwrap_or_else(|| step.member.clone()),
                reason: reason.unwrap_or(BodyId([0; 32])),
            }),
            Action::WithdrawOption => Act::WithdrawOption {
                proposal: self.named(step)?.id,
                version: setting.version,
                option: step.option.clone().unwrap_or_else(|| step.member.clone()),
            },
            Action::Agree => self.response(step, setting, Answer::Agree, reason)?,
            Action::Aside => self.response(step, setting, Answer::Aside, reason)?,
            Action::Concern => self.response(step, setting, Answer::Concern, reason)?,
            Action::Object => self.response(step, setting, Answer::Object, reason)?,
            Action::Abstain => self.response(step, setting, Answer::Abstain, reason)?,
            Action::Advise => self.response(step, setting, Answer::Advice, reason)?,
        };
        Ok((act, body.into_iter().collect()))
    }

    /// Notes what the labels of `step` stand for, once its statement was taken.
    pub fn taken(&mut self, step: &Step, statement: &Statement) {
        let id = statement.id();
        match (&statement.content().act, &step.proposal, &step.objection) {
            (Act::Propose(content), Some(label), _) => {
                let (group, why) = (step.group.clone(), content.why);
                self.proposals.insert(label.clone(), Filed { id: id.into(), group, why, content: content.clone() });
            }
            (Act::Amend(amendment), Some(label), _) => {
                if let Some(filed) = self.proposals.get_mut(label) {
                    filed.why = amendment.content.why;
                    filed.content = amendment.content.clone();
                }
            }
            (Act::Respond(response), _, Some(label)) => {
                let objected = Objected { id, proposal: response.proposal, reason: response.reason };
                self.objections.insert(label.clone(), objected);
            }
            (Act::Respond(_), _, None) => {
                self.advice.extend(step.advice.clone().map(|label| (label, id)));
            }
            _ => {}
        }
    }

    /// The proposal that a label stands for, with its group.
    pub fn find(&self, label: &str) -> Option<(ProposalId, &Name)> {
        self.proposals.get(label).map(|filed| (filed.id, &filed.group))
    }

    /// The proposal that a step is about, if its label stands for something already; its version is part of the
    /// [`Setting`].
    pub fn proposal_of(&self, step: &Step) -> Option<ProposalId> {
        let by_name = step.proposal.as_ref().and_then(|label| self.proposals.get(label)).map(|filed| filed.id);
        let tested = step.objection.as_ref().filter(|_| step.action == Action::Test);
        by_name.or_else(|| tested.and_then(|label| self.objections.get(label)).map(|objected| objected.proposal))
    }

    /// The agreement that the proposal with that label makes, by its effect with that number or the first text.
    pub fn agreement(&self, label: &str, effect: Option<u32>) -> Option<AgreementId> {
        let filed = self.proposals.get(label)?;
        let first = || filed.content.numbered().find(|(_, _, effect)| matches!(effect, Effect::Text { .. }));
        let at = effect.or_else(|| first().map(|(_, at, _)| at))?;
        Some(AgreementId(filed.id, at))
    }

    /// The matter that the proposal with that label opens.
    pub fn matter(&self, label: &str) -> Option<&Matter> {
        let opens = |effect: &'_ Effect| matches!(effect, Effect::OpenMatter { .. });
        match self.proposals.get(label)?.content.effects.iter().find(|effect| opens(effect))? {
            Effect::OpenMatter { matter, .. } => Some(matter),
            _ => None,
        }
    }

    /// The terms that the proposal with that label states.
    pub fn terms(&self, label: &str) -> Option<&Terms> {
        self.proposals.get(label)?.content.effects.iter().find_map(|effect| match effect {
            Effect::Terms { terms, .. } => Some(&**terms),
            Effect::OpenMatter { matter, .. } => matter.settles.as_deref(),
            _ => None,
        })
    }

    /// The round that the proposal with that label opens.
    pub fn round(&self, label: &str) -> Option<&Round> {
        self.proposals.get(label)?.content.effects.iter().find_map(|effect| match effect {
            Effect::OpenRound { round, .. } => Some(&**round),
            _ => None,
        })
    }

    /// Says whether a label stands for something that comes to other logs with evidence: a matter, terms or a round.
    pub fn is_told(&self, label: &str) -> bool {
        self.matter(label).is_some() || self.terms(label).is_some() || self.round(label).is_some()
    }

    /// Says whether a log knows the matter, the terms or the round that a label stands for: they come with evidence.
    pub fn is_known(&self, label: &str, own: &Replica) -> bool {
        let books = &own.dealings().books;
        let terms = self.terms(label).is_some_and(|terms| books.deals.contains_key(&terms.id()));
        let round = self.round(label).is_some_and(|round| books.rounds.contains_key(&round.id()));
        terms || round || self.matter(label).is_some_and(|matter| known(own, matter).is_some())
    }

    fn named(&self, step: &Step) -> Result<&Filed, ScriptError> {
        let label = step.proposal.as_deref().unwrap_or_default();
        self.proposals.get(label).ok_or_else(|| ScriptError::Unknown(label.to_owned()))
    }

    fn objection(&self, label: &str) -> Result<&Objected, ScriptError> {
        self.objections.get(label).ok_or_else(|| ScriptError::Unknown(label.to_owned()))
    }

    fn target(&self, step: &Step) -> Result<StatementId, ScriptError> {
        match &step.objection {
            Some(label) => self.objection(label).map(|objected| objected.id),
            None => self.named(step).map(|filed| filed.id.into()),
        }
    }

    fn body(&self, step: &Step) -> Result<BodyId, ScriptError> {
        match &step.objection {
            Some(label) => self.objection(label).map(|objected| objected.reason.unwrap_or(BodyId([0; 32]))),
            None => self.named(step).map(|filed| filed.why),
        }
    }

    fn response(
        &self,
        step: &Step,
        setting: &Setting<'_>,
        answer: Answer,
        reason: Option<BodyId>,
    ) -> Result<Act, ScriptError> {
        let proposal = self.named(step)?.id;
        let weighs = match &step.weighs {
            _ if answer != Answer::Agree => Vec::new(),
            None => setting.weighs.clone(),
            Some(labels) => {
                let find = |label: &String| {
                    self.advice.get(label).copied().ok_or_else(|| ScriptError::Unknown(label.to_owned()))
                };
                let mut weighs = labels.iter().map(find).collect::<Result<Vec<_>, _>>()?;
                weighs.sort();
                weighs
            }
        };
        Ok(Act::Respond(Response { proposal, version: setting.version, answer, reason, weighs }))
    }

    fn test(&self, step: &Step, setting: &Setting<'_>, reason: Option<BodyId>) -> Result<Test, ScriptError> {
        let objection = self.objection(step.objection.as_deref().unwrap_or_default())?.id;
        let qualifies = step.qualifies.unwrap_or(true);
        Ok(Test { objection, version: setting.version, qualifies, reason })
    }

    fn amendment(&self, step: &Step, setting: &Setting<'_>, why: Option<BodyId>) -> Result<Amendment, ScriptError> {
        let filed = self.named(step)?;
        let mut integrates = Vec::new();
        for label in &step.integrates {
            integrates.push(self.objection(label)?.id);
        }
        integrates.sort();
        let content = self.proposal(step, setting, why, Some(&filed.content))?;
        Ok(Amendment { proposal: filed.id, version: setting.version + 1, content, integrates })
    }

    /// The content that a step gives; what an amendment leaves out stays as it was.
    fn proposal(
        &self,
        step: &Step,
        setting: &Setting<'_>,
        why: Option<BodyId>,
        before: Option<&Proposal>,
    ) -> Result<Proposal, ScriptError> {
        let (effects, options) = match before {
            Some(before) if step.effects.is_empty() && step.options.is_empty() => {
                (before.effects.clone(), before.options.clone())
            }
            _ => (self.effects(&step.effects, setting)?, self.options(step, setting)?),
        };
        let title = step.title.clone().or_else(|| before.map(|before| before.title.clone())).unwrap_or_default();
        let why = why.or(before.map(|before| before.why)).unwrap_or(BodyId([0; 32]));
        Ok(Proposal { title, why, effects, options, review: step.review.or(before.and_then(|before| before.review)) })
    }

    fn options(&self, step: &Step, setting: &Setting<'_>) -> Result<Vec<ProposalOption>, ScriptError> {
        let resolve = |option: &StepOption| {
            Ok(ProposalOption {
                label: option.label.clone(),
                text: option.text.clone(),
                tags: option.tags.clone(),
                effects: self.effects(&option.effects, setting)?,
            })
        };
        step.options.iter().map(resolve).collect()
    }

    fn effects(&self, effects: &[ScenarioEffect], setting: &Setting<'_>) -> Result<Vec<Effect>, ScriptError> {
        let finder = Finder(self, setting);
        let resolve = |(at, effect): (usize, &ScenarioEffect)| {
            let is_known = |label: &String| finder.log().is_some_and(|own| self.is_known(label, own));
            if let Some(label) = effect.answers().into_iter().find(|label| !is_known(label)) {
                return Err(ScriptError::Unknown(label));
            }
            effect.resolve(setting.start, &finder).map_err(|problem| ScriptError::Effect { at, problem })
        };
        effects.iter().enumerate().map(resolve).collect()
    }
}

/// Finds keys by the runner and texts by the labels.
struct Finder<'a>(&'a Labels, &'a Setting<'a>);

impl Find for Finder<'_> {
    fn key(&self, member: &Name) -> Option<PublicKey> {
        (self.1.key)(member)
    }

    fn why(&self, proposal: &str) -> Option<BodyId> {
        self.0.proposals.get(proposal).map(|filed| filed.why)
    }

    fn reason(&self, objection: &str) -> Option<BodyId> {
        self.0.objections.get(objection).and_then(|objected| objected.reason)
    }

    fn agreement(&self, proposal: &str, effect: Option<u32>) -> Option<AgreementId> {
        self.0.agreement(proposal, effect)
    }

    fn host(&self, node: Option<&Name>, log_key: Option<&Name>) -> Option<Host> {
        self.1.place?.host(node, log_key)
    }

    fn federation(&self) -> Option<FederationId> {
        self.1.place?.federation()
    }

    fn admission(&self, group: &Name) -> Option<FederationAgreement> {
        self.1.place?.admission(group)
    }

    fn log(&self) -> Option<&Replica> {
        self.1.place?.log()
    }

    fn log_of(&self, group: &Name) -> Option<&Replica> {
        self.1.place?.log_of(group)
    }

    fn matter(&self, proposal: &str) -> Option<Matter> {
        self.0.matter(proposal).cloned()
    }

    fn terms(&self, proposal: &str) -> Option<Terms> {
        self.0.terms(proposal).cloned()
    }

    fn round(&self, proposal: &str) -> Option<Round> {
        self.0.round(proposal).cloned()
    }

    fn commitment(&self, round: &RoundId) -> Option<Hash> {
        self.1.place?.commitment(round)
    }
}

/// Says whether a refusal is the one that a step expects: `expected` is the name of its rule as `people-only`, its
/// kind as `conflict`, or a part of its text.
pub fn is_expected(expected: &str, refusal: &InputError) -> bool {
    names(refusal).iter().any(|name| name == expected) || refusal.to_string().contains(expected)
}

/// The names of a refusal, from the widest to the narrowest: `unauthorised`, `people-only`.
pub fn names(refusal: &InputError) -> Vec<String> {
    // The names of the variants are the names of the rules; their debug form starts with them.
    let debug = format!("{refusal:?}");
    let words = debug.split(|c: char| !c.is_ascii_alphanumeric()).take(3);
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase())).map(kebab).collect()
}

fn kebab(word: &str) -> String {
    let mut text = String::new();
    for (at, letter) in word.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
