//! An act of the history in the ids of the other log, where the same words have other hashes.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    charter::Charter,
    decision::AgreementId,
    effect::Effect,
    federation::{Amends, FederationAgreement},
    id::{BodyId, FederationId, Hash, LogId, ProposalId, StatementId},
    statement::{Act, Amendment, Answer, Ballot, Nomination, Proposal, Response, Test},
};

use super::{
    driver::StandIns,
    rules::{NewRules, within},
};

/// Stands for the words that an act needs under the new rules and did not have.
pub(super) const NO_WORDS: BodyId = BodyId([0; 32]);

/// What the ids of the history are in the other log.
pub(super) struct Translation {
    rules: Option<NewRules>,
    logs: (LogId, LogId),
    proposals: BTreeMap<ProposalId, ProposalId>,
    statements: BTreeMap<StatementId, StatementId>,
    /// The versions that came about, by proposal and number in the history.
    versions: BTreeMap<(ProposalId, u32), u32>,
    federations: BTreeMap<FederationId, FederationId>,
    agreements: BTreeMap<Hash, Hash>,
}

impl Translation {
    /// From the log of the history to another, whose domains follow the new rules if there are any.
    pub(super) fn new(from: LogId, to: LogId, rules: Option<NewRules>) -> Self {
        let (proposals, statements, versions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (federations, agreements) = (BTreeMap::new(), BTreeMap::new());
        Self { rules, logs: (from, to), proposals, statements, versions, federations, agreements }
    }

    /// The proposal in the other log, if it opened there.
    pub(super) fn proposal(&self, id: &ProposalId) -> Option<ProposalId> {
        self.proposals.get(id).copied()
    }

    /// Notes that a statement of the history was taken as another one; `version` is that which it made.
    pub(super) fn taken(&mut self, was: StatementId, act: &Act, is: StatementId, version: u32) {
        self.statements.insert(was, is);
        match act {
            Act::Propose(_) => {
                self.proposals.insert(was.into(), is.into());
                self.versions.insert((was.into(), 1), 1);
            }
            Act::Amend(amendment) => {
                self.versions.insert((amendment.proposal, amendment.version), version);
            }
            _ => {}
        }
    }

    /// The act in the other log.
    ///
    /// # Errors
    /// What it names that has not come about there.
    pub(super) fn act(&mut self, act: &Act, charter: &Charter, keys: &mut StandIns) -> Result<Act, String> {
        Ok(match act {
            Act::Propose(proposal) => Act::Propose(self.content(proposal, charter, keys)?),
            Act::Amend(amendment) => {
                let before = self.version(&amendment.proposal, amendment.version - 1)?;
                let mut integrates = self.known(&amendment.integrates);
                integrates.sort();
                Act::Amend(Amendment {
                    proposal: self.named(&amendment.proposal)?,
                    version: before + 1,
                    content: self.content(&amendment.content, charter, keys)?,
                    integrates,
                })
            }
            Act::Respond(response) => {
                let reason = response.reason.or((response.answer == Answer::Agree).then_some(NO_WORDS));
                let version = self.version(&response.proposal, response.version)?;
                // What a decision weighs is the advice as it stands there.
                let (proposal, weighs) = (self.named(&response.proposal)?, Vec::new());
                Act::Respond(Response { proposal, version, reason, weighs, ..response.clone() })
            }
            Act::Withdraw { target } => Act::Withdraw { target: self.statement(target)? },
            Act::CallIn { proposal, reason } => Act::CallIn { proposal: self.named(proposal)?, reason: *reason },
            Act::Test(test) => {
                let objection = self.statement(&test.objection)?;
                Act::Test(Test { objection, ..test.clone() })
            }
            Act::Rank(ballot) => {
                let version = self.version(&ballot.proposal, ballot.version)?;
                Act::Rank(Ballot { proposal: self.named(&ballot.proposal)?, version, ..ballot.clone() })
            }
            Act::Nominate(nomination) => {
                let version = self.version(&nomination.proposal, nomination.version)?;
                Act::Nominate(Nomination { proposal: self.named(&nomination.proposal)?, version, ..nomination.clone() })
            }
            Act::WithdrawOption { proposal, version, option } => Act::WithdrawOption {
                proposal: self.named(proposal)?,
                version: self.version(proposal, *version)?,
                option: option.clone(),
            },
            Act::Erase { body } => Act::Erase { body: *body },
            Act::Seen {} => Act::Seen {},
        })
    }

    fn content(&mut self, content: &Proposal, charter: &Charter, keys: &mut StandIns) -> Result<Proposal, String> {
        let mut content = content.clone();
        let options = content.options.iter_mut().flat_map(|option| &mut option.effects);
        for effect in content.effects.iter_mut().chain(options) {
            *effect = self.effect(effect, charter, keys)?;
        }
        content.effects = content.effects.into_iter().flat_map(to_nobody).collect();
        Ok(content)
    }

    fn effect(&mut self, effect: &Effect, charter: &Charter, keys: &mut StandIns) -> Result<Effect, String> {
        let effect = match effect.clone() {
            Effect::Text { domain, text, replaces } => {
                let replaces = replaces.map(|agreement| self.agreement(&agreement)).transpose()?;
                Effect::Text { domain, text, replaces }
            }
            Effect::Keep { domain, agreement, review } => {
                Effect::Keep { domain, agreement: self.agreement(&agreement)?, review }
            }
            Effect::Retire { domain, agreement } => Effect::Retire { domain, agreement: self.agreement(&agreement)? },
            Effect::SetMember(mut member) => {
                member.keys = keys.all(&member.keys);
                within(&mut member, &charter.domains);
                Effect::SetMember(member)
            }
            Effect::AddKey { member, key } => Effect::AddKey { member, key: keys.of(&key) },
            Effect::DropKey { member, key } => Effect::DropKey { member, key: keys.of(&key) },
            Effect::SetHost(mut host) => {
                (host.log_key, host.node) = (keys.of(&host.log_key), keys.of(&host.node));
                Effect::SetHost(host)
            }
            Effect::Federate(agreement) => Effect::Federate(self.federate(agreement, keys)),
            Effect::Leave { federation, from } => {
                let federation = self.federations.get(&federation).copied().unwrap_or(federation);
                Effect::Leave { federation, from }
            }
            other => other,
        };
        Ok(match &self.rules {
            Some(rules) => rules.over(effect),
            None => effect,
        })
    }

    /// The agreement of a federation with the other log in the place of the history's, and stand-ins for its nodes.
    fn federate(&mut self, was: FederationAgreement, keys: &mut StandIns) -> FederationAgreement {
        let mut is = was.clone();
        for mut group in was.groups.iter().cloned() {
            group.log = if group.log == self.logs.0 { self.logs.1 } else { group.log };
            group.node = keys.of(&group.node);
            is.groups.put(group);
        }
        for mut seat in was.panel.iter().cloned() {
            seat.node = keys.of(&seat.node);
            is.panel.put(seat);
        }
        is.amends = was.amends.map(|amends| Amends {
            federation: self.federations.get(&amends.federation).copied().unwrap_or(amends.federation),
            version: self.agreements.get(&amends.version).copied().unwrap_or(amends.version),
            number: amends.number,
        });
        self.federations.insert(was.id(), is.id());
        self.agreements.insert(was.hash(), is.hash());
        is
    }

    fn named(&self, id: &ProposalId) -> Result<ProposalId, String> {
        self.proposal(id).ok_or_else(|| "the proposal never opened".into())
    }

    fn version(&self, proposal: &ProposalId, version: u32) -> Result<u32, String> {
        self.named(proposal)?;
        let found = self.versions.get(&(*proposal, version)).copied();
        found.ok_or_else(|| format!("version {version} never came about"))
    }

    fn statement(&self, id: &StatementId) -> Result<StatementId, String> {
        self.statements.get(id).copied().ok_or_else(|| "what it names was not taken".into())
    }

    fn known(&self, ids: &[StatementId]) -> Vec<StatementId> {
        ids.iter().filter_map(|id| self.statements.get(id).copied()).collect()
    }

    fn agreement(&self, id: &AgreementId) -> Result<AgreementId, String> {
        let proposal = self.proposal(&id.0).ok_or("the agreement that it names was never made")?;
        Ok(AgreementId(proposal, id.1))
    }
}

/// What a decision says to other groups rests on evidence about them, which there is none of when a history is done again:
/// what is left is the decision, in the same domains.
fn to_nobody(effect: Effect) -> Vec<Effect> {
    let name = effect.name();
    match effect {
        Effect::OpenMatter { domains, .. }
        | Effect::Stance { domains, .. }
        | Effect::Terms { domains, .. }
        | Effect::AcceptTerms { domains, .. }
        | Effect::DeclineTerms { domains, .. }
        | Effect::ReleaseTerms { domains, .. }
        | Effect::UseTerms { domains, .. }
        | Effect::BreachTerms { domains, .. }
        | Effect::OpenRound { domains, .. }
        | Effect::Claim { domains, .. }
        | Effect::ReleaseShare { domains, .. } => domains
            .into_iter()
            .map(|domain| Effect::Text { domain, text: format!("Said to other groups: {name}"), replaces: None })
            .collect(),
        other => vec![other],
    }
}
