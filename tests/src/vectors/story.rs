//! A scenario's group on a bare replica: no node and no network; its host writes what is due at the moment it is due.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    body::Body,
    charter::{Charter, Host},
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::Kind,
    error::Refusal,
    federation::FederationAgreement,
    id::{FederationId, Hash, StateDigest},
    key::{PublicKey, SecretKey},
    machine::InputError,
    name::Name,
    replay::Replica,
    statement::{Act, Founding, FoundingContent, Statement, StatementContent},
    time::Timestamp,
};
use folkmoot_sim::{
    Scenario,
    keys::{log_key, member_key, node_key},
    scenario::Step,
    script::{Labels, Place, Setting, advice_for, is_expected},
};

/// 2026-03-01T00:00:00Z, when all stories start.
pub const START: &str = "2026-03-01T00:00:00Z";

/// An entry of a story, and what became of it.
#[derive(Debug)]
pub struct Told {
    /// The entry.
    pub entry: Entry,
    /// The texts that came with it.
    pub bodies: Vec<Body>,
    /// The digest of the state after it, or why it cannot be in the log.
    pub end: Result<StateDigest, Refusal>,
}

/// A group's story as it went.
#[derive(Debug)]
pub struct Story {
    /// The state at the end.
    pub replica: Replica,
    /// All entries that its host signed, also those that cannot be in the log, in order.
    pub told: Vec<Told>,
    labels: Labels,
    log_key: SecretKey,
    seed: u64,
}

/// Plays the part of a scenario that one group has.
///
/// # Errors
/// If a step is not taken that the scenario takes, or taken that it refuses.
pub fn play(scenario: &Scenario, group: &Name) -> Result<Story, String> {
    let start: Timestamp = START.parse().map_err(|_| "the start is a date")?;
    let mut story = Story::found(scenario, group, start)?;
    let mut steps: Vec<&Step> = scenario.steps.iter().filter(|step| step.group == *group).collect();
    steps.sort_by_key(|step| step.at);
    for (at, step) in steps.into_iter().enumerate() {
        story.write_due(start + step.at)?;
        story.step(step, start, at).map_err(|problem| format!("{} {:?}: {problem}", step.member, step.action))?;
    }
    story.write_due(start + scenario.duration)?;
    Ok(story)
}

impl Story {
    fn found(scenario: &Scenario, group: &Name, start: Timestamp) -> Result<Self, String> {
        let seed = scenario.seed;
        let hosted = &scenario.groups[group];
        let log_key = log_key(seed, group);
        let host = Host { log_key: log_key.public(), node: node_key(seed, &hosted.node).public() };
        let key = |member: &Name| Some(member_key(seed, member).public());
        let charter = hosted.charter.resolve(start, host, &key).map_err(|error| error.to_string())?;
        let foundings = foundings(&charter, seed);
        let act = EntryAct::Found { charter: Box::new(charter), foundings };
        let content = EntryContent { log: None, number: 0, previous: None, time: start, cites: Vec::new(), act };
        let entry = Entry::sign(content, &log_key);
        let replica = Replica::found(&entry).map_err(|refusal| refusal.to_string())?;
        let told = vec![Told { end: Ok(replica.digest()), entry, bodies: Vec::new() }];
        Ok(Self { replica, told, labels: Labels::default(), log_key, seed })
    }

    /// Writes what is due until `now`, each at its moment.
    fn write_due(&mut self, now: Timestamp) -> Result<(), String> {
        while let Some(due) = self.replica.due_at().filter(|due| *due <= now) {
            let at = due.max(self.replica.head().time);
            let act = self.replica.due(at).ok_or("what is due can be written")?;
            self.write(act, at, Vec::new()).map_err(|refusal| refusal.to_string())?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, start: Timestamp, at: usize) -> Result<(), String> {
        let now = start + step.at;
        let salt = Hash::of(format!("salt {at}").as_bytes()).0;
        let salt: [u8; 16] = std::array::from_fn(|byte| salt[byte]);
        let (act, bodies) = self.act(step, start, now, salt)?;
        let signer = member_key(self.seed, step.with.as_ref().unwrap_or(&step.member));
        let statement = self.say(act, &signer);
        let act = EntryAct::Admit { statements: vec![Raw(statement.bytes().to_vec())] };
        match (self.write(act, now, bodies), &step.refused) {
            (Ok(()), None) => self.labels.taken(step, &statement),
            (Err(refusal), Some(expected)) if is_expected(expected, &InputError::Refused(refusal.clone())) => {}
            (Err(refusal), _) => return Err(refusal.to_string()),
            (Ok(()), Some(expected)) => return Err(format!("it was taken, though it should be refused: {expected}")),
        }
        self.write_due(now)
    }

    fn act(&self, step: &Step, start: Timestamp, now: Timestamp, salt: [u8; 16]) -> Result<(Act, Vec<Body>), String> {
        let proposal = self.labels.proposal_of(step);
        let open = proposal.and_then(|id| self.replica.proposal(&id));
        let decided = proposal.and_then(|id| self.replica.decision(&id));
        let version = open.map(|proposal| proposal.version()).or(decided.map(|decision| decision.proposal.version()));
        let weighs = proposal.map(|id| advice_for(&self.replica, &id, &step.member, now)).unwrap_or_default();
        let key = |name: &Name| Some(member_key(self.seed, name).public());
        let place = OneLog { seed: self.seed, node: self.replica.charter().host.node };
        let setting = Setting { start, version: version.unwrap_or(0), weighs, key: &key, place: Some(&place) };
        self.labels.act(step, &setting, salt).map_err(|error| error.to_string())
    }

    fn say(&self, act: Act, key: &SecretKey) -> Statement {
        let content: StatementContent = self.replica.compose(&key.public(), act);
        Statement::sign(Kind::Statement, content, key)
    }

    /// Signs the next entry, and takes it into the log if it can be there.
    fn write(&mut self, act: EntryAct, now: Timestamp, bodies: Vec<Body>) -> Result<(), Refusal> {
        let moved = matches!(act, EntryAct::Close { .. } | EntryAct::Apply { .. });
        let entry = Entry::sign(self.replica.next(act, now), &self.log_key);
        let admitted = self.replica.check(&entry);
        let end = admitted.map(|admitted| {
            self.replica.apply(admitted);
            self.replica.digest()
        });
        self.told.push(Told { entry, bodies, end: end.clone() });
        if moved {
            self.take_over();
        }
        end.map(drop)
    }

    /// Signs on with the log key that a decision put in force; scenarios name them.
    fn take_over(&mut self) {
        let wanted = self.replica.charter().host.log_key;
        if self.log_key.public() != wanted {
            let names = (0..10).map(|number| format!("{}-{number}", self.replica.charter().name));
            let keys = names.filter_map(|name| name.parse().ok()).map(|name: Name| log_key(self.seed, &name));
            if let Some(key) = { keys }.find(|key| key.public() == wanted) {
                self.log_key = key;
            }
        }
    }
}

fn foundings(charter: &Charter, seed: u64) -> Vec<Raw> {
    let people = charter.members.iter().filter(|member| member.is_person());
    let keys = people.map(|member| member_key(seed, &member.name));
    let content = FoundingContent { charter: charter.hash() };
    let sign = |key: SecretKey| Raw(Founding::sign(Kind::Founding, content.clone(), &key).bytes().to_vec());
    // The signatures stand in the order of the members.
    let known: BTreeSet<PublicKey> = charter.members.iter().flat_map(|member| member.keys.iter().copied()).collect();
    keys.filter(|key| known.contains(&key.public())).map(sign).collect()
}

/// A log that stays on its node and in no federation.
struct OneLog {
    seed: u64,
    node: PublicKey,
}

impl Place for OneLog {
    fn host(&self, node: Option<&Name>, name: Option<&Name>) -> Option<Host> {
        let log_key = log_key(self.seed, name?).public();
        node.is_none().then_some(Host { log_key, node: self.node })
    }

    fn federation(&self) -> Option<FederationId> {
        None
    }

    fn admission(&self, _: &Name) -> Option<FederationAgreement> {
        None
    }
}
