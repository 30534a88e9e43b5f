//! Two nodes in memory and virtual time: one hosts the council, the other the groups that it gives to.
//!
//! Each is the other's witness, so that nothing counts before the other has seen it. What one says the other hears at
//! once; time passes in the steps in which either wakes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use folkmoot_protocol::{
    body::Body,
    charter::{Host, RawCharter, RawError},
    effect::Effect as Change,
    envelope::{Kind, Signed},
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    id::{Hash, LogId, ProposalId, StatementId},
    key::SecretKey,
    machine::{Effect, Input, InputError, Machine, Record, Reply, Settings, Token},
    name::Name,
    replay::Replica,
    statement::{Act, Answer, FoundingContent, Proposal, Response},
    sync::{Answer as SyncAnswer, Parcel, Request},
    table::Table,
    time::{Span, Timestamp},
};

/// Two members, so that a decision is one of two people.
const MEMBERS: [&str; 2] = ["first", "second"];
const CHARTER: &str = r#"{
    "name": "NAME", "purpose": "To do its part",
    "members": { "first": {}, "second": {} },
    "domains": {
        "charter": { "purpose": "All of it", "people_only": true,
            "rule": { "consent": { "quorum": "1/1", "minimum": "0s" } } },
        "budget": { "purpose": "What is given to whom",
            "rule": { "consent": { "quorum": "1/1", "minimum": "0s" } } }
    }
}"#;

struct Node {
    machine: Machine,
    entries: BTreeMap<(LogId, u64), Vec<u8>>,
    lets_in: bool,
    linked: bool,
}

/// The nodes, and their clock.
pub(super) struct World {
    nodes: [Node; 2],
    pub(super) now: Timestamp,
    queue: VecDeque<(usize, Effect)>,
    asked: BTreeMap<Token, (usize, Request)>,
    replies: BTreeMap<Token, Result<Reply, InputError>>,
    next: Token,
    groups: BTreeMap<Name, (usize, LogId)>,
}

/// What went wrong where nothing may.
pub(super) type Broken = String;

fn key(of: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of(of.as_bytes()).0)
}

fn node_key(at: usize) -> SecretKey {
    key(&format!("node {at} of a budget"))
}

impl World {
    /// A council on one node and groups on the other, federated.
    pub(super) fn new(start: Timestamp, council: &Name, groups: &BTreeSet<Name>) -> Result<Self, Broken> {
        // Nothing is lost between the two, so that they need not compare often.
        let settings = Settings { sync_every: Span::from_days(1), ..Settings::default() };
        let node = |at| Node {
            machine: Machine::new(node_key(at), settings),
            entries: BTreeMap::new(),
            lets_in: false,
            linked: false,
        };
        let mut world = Self {
            nodes: [node(0), node(1)],
            now: start,
            queue: VecDeque::new(),
            asked: BTreeMap::new(),
            replies: BTreeMap::new(),
            next: 0,
            groups: BTreeMap::new(),
        };
        world.found(0, council)?;
        groups.iter().try_for_each(|group| world.found(1, group))?;
        let agreement = world.agreement()?;
        let all: Vec<Name> = world.groups.keys().cloned().collect();
        for name in &all {
            world.carry(name, "Together", "We share a budget.", Change::Federate(agreement.clone()))?;
        }
        world.wait(Span::from_secs(600));
        Ok(world)
    }

    /// The version of the agreement that everybody consented to.
    pub(super) fn agreement(&self) -> Result<FederationAgreement, Broken> {
        let group = |(name, (at, log)): (&Name, &(usize, LogId))| FederatedGroup {
            name: name.clone(),
            log: *log,
            node: node_key(*at).public(),
            escalates_to: None,
            weight: 1,
        };
        let seat = |at: usize| -> Result<Seat, Broken> {
            let name = format!("node-{at}").parse().map_err(broken)?;
            Ok(Seat { name, node: node_key(at).public(), addresses: Vec::new() })
        };
        // A day is enough for news of a budget, and lets months pass in few steps.
        let timing = Timing { news: Span::from_days(1), ..Timing::default() };
        Ok(FederationAgreement {
            name: "budget".parse().map_err(broken)?,
            purpose: "To share a budget".into(),
            groups: Table::new(self.groups.iter().map(group).collect()).map_err(broken)?,
            panel: Table::new(vec![seat(0)?, seat(1)?]).map_err(broken)?,
            timing,
            amends: None,
        })
    }

    /// The log of a group.
    pub(super) fn id(&self, group: &Name) -> Option<LogId> {
        self.groups.get(group).map(|(_, log)| *log)
    }

    /// A group's log, as each node has it.
    pub(super) fn replicas(&self, group: &Name) -> impl Iterator<Item = &Replica> {
        let id = self.id(group);
        self.nodes.iter().filter_map(move |node| node.machine.log(&id?))
    }

    /// Lets the first member of a group propose and the second agree.
    ///
    /// # Errors
    /// Why it is refused, or has not passed.
    pub(super) fn carry(&mut self, group: &Name, title: &str, why: &str, change: Change) -> Result<(), Broken> {
        let why = Body::new([1; 16], why).map_err(broken)?;
        let effects = vec![change];
        let content = Proposal { title: title.into(), why: why.id(), effects, options: Vec::new(), review: None };
        let id: ProposalId = self.act(group, MEMBERS[0], Act::Propose(content), vec![why])?.into();
        let answer = Response { proposal: id, version: 1, answer: Answer::Agree, reason: None, weighs: Vec::new() };
        self.act(group, MEMBERS[1], Act::Respond(answer), Vec::new())?;
        self.wait(Span::from_secs(2));
        let decided = self.replicas(group).any(|replica| {
            replica
                .decision(&id)
                .is_some_and(|decision| decision.outcome == folkmoot_protocol::decision::Outcome::Applied)
        });
        if decided { Ok(()) } else { Err(format!("'{title}' did not pass in {group}")) }
    }

    /// Lets time pass until then, in steps in which everybody acts when due.
    pub(super) fn wait_until(&mut self, end: Timestamp) {
        while self.now < end {
            let next = self.nodes.iter().map(|node| node.machine.wake_at()).min().unwrap_or(end);
            self.now = next.max(self.now + Span::from_millis(1)).min(end);
            (0..self.nodes.len()).for_each(|at| self.handle(at, Input::Tick));
            self.settle();
        }
    }

    /// Lets some time pass.
    pub(super) fn wait(&mut self, span: Span) {
        self.wait_until(self.now + span);
    }

    fn found(&mut self, at: usize, called: &Name) -> Result<(), Broken> {
        let raw: RawCharter = serde_json::from_str(&CHARTER.replace("NAME", called.as_str())).map_err(broken)?;
        let log_key = key(&format!("log of {called}"));
        let host = Host { log_key: log_key.public(), node: node_key(at).public() };
        let member = |member: &Name| Some(key(&format!("{member} of {called}")).public());
        let charter = raw.resolve(self.now, host, &member).map_err(|error: RawError| broken(error))?;
        let content = FoundingContent { charter: charter.hash() };
        let foundings = vec![Signed::sign(Kind::Founding, content, &key(&format!("{} of {called}", MEMBERS[0])))];
        self.nodes[at].machine.add_key(log_key);
        match self.say(at, |token| Input::Found { charter: Box::new(charter), foundings, token })? {
            Reply::Founded(log) => drop(self.groups.insert(called.clone(), (at, log))),
            other => return Err(format!("{called} was not founded: {other:?}")),
        }
        Ok(())
    }

    fn act(&mut self, group: &Name, member: &str, act: Act, bodies: Vec<Body>) -> Result<StatementId, Broken> {
        let (at, log) = *self.groups.get(group).ok_or_else(|| format!("there is no group {group}"))?;
        let replica = self.nodes[at].machine.log(&log).ok_or_else(|| format!("{group} has no log"))?;
        let member = key(&format!("{member} of {group}"));
        let statement = Signed::sign(Kind::Statement, replica.compose(&member.public(), act), &member);
        let id = StatementId::from(statement.hash());
        self.say(at, |token| Input::Submit { log, statements: vec![statement], bodies, token }).map(|_| id)
    }

    fn say(&mut self, at: usize, input: impl FnOnce(Token) -> Input) -> Result<Reply, Broken> {
        let token = self.token();
        self.handle(at, input(token));
        self.settle();
        self.replies.remove(&token).ok_or("nobody answered")?.map_err(broken)
    }

    fn token(&mut self) -> Token {
        self.next += 1;
        self.next
    }

    fn handle(&mut self, at: usize, input: Input) {
        let effects = self.nodes[at].machine.handle(input, self.now);
        self.queue.extend(effects.into_iter().map(|effect| (at, effect)));
    }

    fn settle(&mut self) {
        while let Some((at, effect)) = self.queue.pop_front() {
            self.carry_out(at, effect);
        }
    }

    fn carry_out(&mut self, at: usize, effect: Effect) {
        let other = 1 - at;
        match effect {
            Effect::Persist(records) => {
                for record in records {
                    if let Record::Entry { log, number, bytes } = record {
                        self.nodes[at].entries.insert((log, number), bytes);
                    }
                }
            }
            Effect::Reply(token, reply) => drop(self.replies.insert(token, reply)),
            Effect::Publish(_, gossip) if self.nodes[at].linked => {
                // What a node signs itself verifies.
                let Ok(gossip) = gossip.verify() else { return };
                let (from, token) = (node_key(at).public(), self.token());
                self.handle(other, Input::Gossip { from, gossip: Box::new(gossip), token });
            }
            Effect::Ask(peer, request) if self.nodes[at].linked && peer == node_key(other).public() => {
                let token = self.token();
                self.asked.insert(token, (at, request.clone()));
                self.handle(other, Input::Request { from: node_key(at).public(), request, token });
            }
            Effect::Ask(from, request) => self.handle(at, Input::Answer { from, request, answer: None }),
            Effect::Serve(token, answer) => self.serve(at, token, &answer),
            Effect::ServeEntries(token, log, from) => {
                let stored = self.nodes[at].entries.range((log, from)..=(log, u64::MAX));
                let entries = stored.map(|(_, bytes)| Parcel::new(bytes, [])).collect();
                self.serve(at, token, &SyncAnswer::Entries { log, entries });
            }
            Effect::Belong(peers) => {
                self.nodes[at].lets_in = peers.contains_key(&node_key(other).public());
                self.link();
            }
            _ => {}
        }
    }

    fn serve(&mut self, at: usize, token: Token, answer: &SyncAnswer) {
        let Some((asker, request)) = self.asked.remove(&token) else { return };
        let answer = answer.verify().ok();
        self.handle(asker, Input::Answer { from: node_key(at).public(), request, answer });
    }

    fn link(&mut self) {
        let both = self.nodes.iter().all(|node| node.lets_in);
        for at in 0..self.nodes.len() {
            if both != self.nodes[at].linked {
                self.nodes[at].linked = both;
                let peer = node_key(1 - at).public();
                self.handle(at, if both { Input::Connected(peer) } else { Input::Disconnected(peer) });
            }
        }
    }
}

pub(super) fn broken(error: impl std::fmt::Display) -> Broken {
    error.to_string()
}
