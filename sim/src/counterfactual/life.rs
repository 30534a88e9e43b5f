//! One run of all acts of a history under one charter.

mod filing;

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    charter::Charter,
    effect::Effect,
    entry::{Entry, EntryAct},
    error::{Premature, Refusal},
    id::{ProposalId, StatementId},
    key::PublicKey,
    name::Name,
    proposal::Objection,
    replay::Replica,
    statement::{Act, Answer, Statement},
    time::Timestamp,
};

use super::{
    CounterfactualError, OtherAct,
    driver::{Driver, StandIns},
    rules::NewRules,
    translate::Translation,
};
use crate::script::advice_for;

/// A history as it ran under a charter.
pub(super) struct Life {
    driver: Driver,
    translation: Translation,
    /// Who each key belongs to: by the history, which knows all of them.
    names: BTreeMap<PublicKey, Name>,
    /// The proposal of every objection and other statement of the history.
    about: BTreeMap<StatementId, ProposalId>,
    /// Where the history took filing a proposal as its author's agree.
    filed: BTreeSet<(ProposalId, Name)>,
    /// Decisions that came before the advice, until they may be made.
    early: Vec<Early>,
    /// Acts that were taken otherwise, by the proposal of the history that they are about.
    others: BTreeMap<Option<ProposalId>, Vec<OtherAct>>,
}

/// A decision that waits for advice.
struct Early {
    until: Timestamp,
    statement: Statement,
    at: Timestamp,
    /// The statement files what its author decides.
    filing: bool,
}

/// Replays a history as it was.
pub(super) fn replay(history: &[Entry]) -> Result<Replica, CounterfactualError> {
    let problem =
        |number: usize, problem: &dyn ToString| CounterfactualError::History { number, problem: problem.to_string() };
    let (first, rest) = history.split_first().ok_or_else(|| problem(0, &"there is none"))?;
    let mut replica = Replica::found(first).map_err(|refusal| problem(0, &refusal))?;
    for (at, entry) in rest.iter().enumerate() {
        let admitted = replica.check(entry).map_err(|refusal| problem(at + 1, &refusal))?;
        replica.apply(admitted);
    }
    Ok(replica)
}

/// The charter that a history starts with.
pub(super) fn founding_charter(history: &[Entry]) -> Result<Charter, CounterfactualError> {
    match history.first().map(|entry| &entry.content().act) {
        Some(EntryAct::Found { charter, .. }) => Ok((**charter).clone()),
        _ => Err(CounterfactualError::History { number: 0, problem: "it founds no group".into() }),
    }
}

/// Does all acts of a history again, under its own charter or under new rules; `real` is how it was.
pub(super) fn live(history: &[Entry], real: &Replica, rules: Option<NewRules>) -> Result<Life, CounterfactualError> {
    let founding = founding_charter(history)?;
    let charter = rules.as_ref().map_or_else(|| Ok(founding.clone()), |rules| rules.found(&founding))?;
    let mut keys = StandIns::default();
    let charter = keys.charter(&charter);
    let driver = Driver::found(charter, keys, history[0].content().time).map_err(|refusal| {
        CounterfactualError::Charter { group: founding.name.clone(), problem: refusal.to_string() }
    })?;
    let translation = Translation::new(history[0].log(), driver.replica().log(), rules);
    let (about, others) = (BTreeMap::new(), BTreeMap::new());
    let names = founding.members.iter().flat_map(|member| member.keys.iter().map(|key| (*key, member.name.clone())));
    let (names, filed) = (names.collect(), filing::counted(real));
    let mut life = Life { driver, translation, names, about, filed, early: Vec::new(), others };
    for entry in &history[1..] {
        life.advance(entry.content().time);
        for statement in entry.inside().iter().flat_map(|inside| &inside.statements) {
            life.take(statement, entry.content().time);
        }
    }
    life.advance(Timestamp::MAX);
    life.driver.finish();
    Ok(life)
}

impl Life {
    /// The group as it stands in the end.
    pub(super) fn replica(&self) -> &Replica {
        self.driver.replica()
    }

    /// The proposal that stands for one of the history, if it opened.
    pub(super) fn proposal(&self, id: &ProposalId) -> Option<ProposalId> {
        self.translation.proposal(id)
    }

    /// The acts about a proposal of the history that were taken otherwise.
    pub(super) fn others(&self, id: &ProposalId) -> &[OtherAct] {
        self.others.get(&Some(*id)).map_or(&[], Vec::as_slice)
    }

    /// Acts about no proposal that were taken otherwise.
    pub(super) fn strays(&self) -> &[OtherAct] {
        self.others.get(&None).map_or(&[], Vec::as_slice)
    }

    /// Sets the clock; decisions that waited for the end of an advice window are made on the way.
    fn advance(&mut self, to: Timestamp) {
        while let Some(until) = self.early.iter().map(|early| early.until).filter(|until| *until < to).min() {
            self.driver.advance(until);
            self.retry();
        }
        if to < Timestamp::MAX {
            self.driver.advance(to);
        }
    }

    /// Takes a statement of the history, as far as the rules let it.
    fn take(&mut self, statement: &Statement, at: Timestamp) {
        let act = &statement.content().act;
        self.learn(statement.id(), act);
        let replaces = match act {
            Act::Respond(response) => response.answer != Answer::Advice,
            Act::Amend(_) | Act::Rank(_) => true,
            _ => false,
        };
        if replaces {
            // What a member says later takes the place of what waited.
            let (by, about) = (statement.signer(), self.about.get(&statement.id()).copied());
            let names = &self.about;
            let same =
                |early: &Early| early.statement.signer() == by && names.get(&early.statement.id()).copied() == about;
            self.early.retain(|early| !same(early));
        }
        let filing = matches!(act, Act::Propose(_) | Act::Amend(_));
        match self.attempt(statement) {
            Ok(()) if filing => self.decide_by_filing(statement, at),
            Ok(()) => self.retry(),
            Err(Attempt::Early(until)) => {
                self.early.push(Early { until, statement: statement.clone(), at, filing: false });
            }
            Err(Attempt::Refused(why)) => self.other(statement, at, format!("refused: {why}")),
        }
    }

    /// Notes what a statement is about, and whose the keys are that it brings.
    fn learn(&mut self, id: StatementId, act: &Act) {
        let about = match act {
            Act::Propose(_) => Some(id.into()),
            Act::Amend(amendment) => Some(amendment.proposal),
            Act::Respond(response) => Some(response.proposal),
            Act::CallIn { proposal, .. } | Act::WithdrawOption { proposal, .. } => Some(*proposal),
            Act::Rank(ballot) => Some(ballot.proposal),
            Act::Nominate(nomination) => Some(nomination.proposal),
            Act::Withdraw { target } => self.about.get(target).copied(),
            Act::Test(test) => self.about.get(&test.objection).copied(),
            Act::Erase { .. } | Act::Seen {} => None,
        };
        self.about.extend(about.map(|about| (id, about)));
        let content = match act {
            Act::Propose(content) => Some(content),
            Act::Amend(amendment) => Some(&amendment.content),
            _ => None,
        };
        for effect in content.iter().flat_map(|content| content.all_effects()) {
            match effect {
                Effect::SetMember(member) => {
                    self.names.extend(member.keys.iter().map(|key| (*key, member.name.clone())));
                }
                Effect::AddKey { member, key } => {
                    self.names.insert(*key, member.clone());
                }
                _ => {}
            }
        }
    }

    fn attempt(&mut self, statement: &Statement) -> Result<(), Attempt> {
        let was = &statement.content().act;
        let charter = self.driver.replica().charter().clone();
        let mut act = self.translation.act(was, &charter, &mut self.driver.keys).map_err(Attempt::Refused)?;
        self.complete(&mut act, statement);
        let key = self.driver.keys.of(&statement.signer());
        match self.driver.act(&key, act) {
            Ok(id) => {
                let version = self.version_after(was);
                self.translation.taken(statement.id(), was, id, version);
                Ok(())
            }
            Err(Refusal::Premature(Premature::AdviceOpen { until, .. })) => Err(Attempt::Early(until)),
            Err(refusal) => Err(Attempt::Refused(refusal.to_string())),
        }
    }

    /// What an act can only say by what stands in the other log: the advice that a decision weighs, the objections that
    /// an amendment integrates, the version that a test is about.
    fn complete(&self, act: &mut Act, statement: &Statement) {
        let replica = self.driver.replica();
        match act {
            Act::Respond(response) if response.answer == Answer::Agree => {
                if let Some(name) = self.names.get(&statement.signer()) {
                    response.weighs = advice_for(replica, &response.proposal, name, self.driver.now());
                }
            }
            Act::Amend(amendment) => {
                let open = replica.proposal(&amendment.proposal);
                let stands = |id: &StatementId| {
                    open.is_some_and(|open| open.standing_objections().any(|other| other.given.statement == *id))
                };
                amendment.integrates.retain(stands);
            }
            Act::Test(test) => {
                let is = |objection: &Objection| objection.given.statement == test.objection;
                let found = replica.proposals().find(|open| open.objections.iter().any(is));
                test.version = found.map_or(test.version, |open| open.version());
            }
            _ => {}
        }
    }

    /// The version of the proposal that an act of the history is about.
    fn version_after(&self, was: &Act) -> u32 {
        let Act::Amend(amendment) = was else { return 1 };
        let id = self.translation.proposal(&amendment.proposal);
        id.and_then(|id| self.driver.replica().proposal(&id)).map_or(1, |open| open.version())
    }

    /// Makes the decisions that waited for advice, if they may be made now.
    fn retry(&mut self) {
        let waiting = std::mem::take(&mut self.early);
        for early in waiting {
            let tried = match early.filing {
                true => self.file(&early.statement).map(drop),
                false => self.attempt(&early.statement),
            };
            match tried {
                Ok(()) => {
                    let becomes = format!("waits for advice, until {}", self.driver.now());
                    self.other(&early.statement, early.at, becomes);
                }
                Err(Attempt::Early(until)) => self.early.push(Early { until, ..early }),
                Err(Attempt::Refused(why)) => {
                    self.other(&early.statement, early.at, format!("waits for advice, then refused: {why}"));
                }
            }
        }
    }

    fn other(&mut self, statement: &Statement, at: Timestamp, becomes: String) {
        let about = self.about.get(&statement.id()).copied();
        let member = self.names.get(&statement.signer()).cloned();
        // A key that no founding and no proposal named signs nothing in a valid history.
        let Some(member) = member else { return };
        let act = words(&statement.content().act);
        self.others.entry(about).or_default().push(OtherAct { at, member, act, becomes });
    }
}

/// Why an act was not taken.
enum Attempt {
    Early(Timestamp),
    Refused(String),
}

fn words(act: &Act) -> String {
    match act {
        Act::Propose(_) => "propose".into(),
        Act::Amend(amendment) => format!("amend to version {}", amendment.version),
        Act::Respond(response) => response.answer.word().into(),
        Act::Withdraw { .. } => "withdraw".into(),
        Act::CallIn { .. } => "call in".into(),
        Act::Test(_) => "test an objection".into(),
        Act::Rank(_) => "rank".into(),
        Act::Nominate(nomination) => format!("nominate {}", nomination.member),
        Act::WithdrawOption { option, .. } => format!("withdraw the option {option}"),
        Act::Erase { .. } => "erase".into(),
        Act::Seen {} => "seen".into(),
    }
}
