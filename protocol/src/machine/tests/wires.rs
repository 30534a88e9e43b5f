//! Machines that hear each other at once, as far as each lets the other in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    body::Body,
    charter::{Host, RawCharter},
    effect::Effect as DecisionEffect,
    entry::Entry,
    envelope::{Kind, Signed},
    federation::{FederatedGroup, FederationAgreement, Seat, Standing, Timing},
    fixture::{hours, key, name},
    id::{FederationId, LogId, MatterId, ProposalId},
    key::{PublicKey, SecretKey},
    machine::{Effect, Event, Input, InputError, Machine, Record, Reply, Settings, Token},
    matter::{Matter, Part},
    replay::Replica,
    statement::{Act, Answer, FoundingContent, Proposal, Response},
    sync::{Answer as SyncAnswer, Parcel, Request},
    table::Table,
    time::{Span, Timestamp},
};

const CHARTER: &str = r#"{
    "name": "NAME", "purpose": "To do its part",
    "members": { "ana": {}, "ben": {} },
    "domains": { "charter": {
        "purpose": "All of it", "people_only": true,
        "rule": { "consent": { "quorum": "1/1", "minimum": "0s" } }
    } }
}"#;

/// One machine with what it stored.
struct Node {
    machine: Machine,
    entries: BTreeMap<(LogId, u64), Vec<u8>>,
    agreements: BTreeMap<FederationId, Vec<u8>>,
    /// Whom it lets in.
    lets_in: BTreeSet<PublicKey>,
    linked: BTreeSet<usize>,
    events: Vec<Event>,
    /// It is gone for good.
    gone: bool,
}

/// All machines, and a clock for all of them.
pub(super) struct Wires {
    nodes: Vec<Node>,
    pub(super) now: Timestamp,
    queue: VecDeque<(usize, Effect)>,
    asked: BTreeMap<Token, (usize, Request)>,
    replies: BTreeMap<Token, Result<Reply, InputError>>,
    next: Token,
}

pub(super) fn node_key(at: usize) -> SecretKey {
    key(&format!("node {at}"))
}

pub(super) fn log_key(called: &str) -> SecretKey {
    key(&format!("log key of {called}"))
}

impl Wires {
    pub(super) fn of(nodes: usize) -> Self {
        let node = |at| Node {
            machine: Machine::new(node_key(at), Settings::default()),
            entries: BTreeMap::new(),
            agreements: BTreeMap::new(),
            lets_in: BTreeSet::new(),
            linked: BTreeSet::new(),
            events: Vec::new(),
            gone: false,
        };
        let now = "2026-03-01".parse().unwrap();
        let (queue, asked, replies) = (VecDeque::new(), BTreeMap::new(), BTreeMap::new());
        Self { nodes: (0..nodes).map(node).collect(), now, queue, asked, replies, next: 0 }
    }

    /// A federation of `street`: three groups on nodes 0 to 2, which are its panel; node 3 hosts a group by itself.
    pub(super) fn street() -> (Self, FederationAgreement) {
        let mut wires = Self::of(4);
        for (at, called) in ["attic", "bakery", "cellar", "dairy"].into_iter().enumerate() {
            wires.found(at, called);
        }
        let agreement = wires.agreement(&["attic", "bakery", "cellar"]);
        for (at, called) in ["attic", "bakery", "cellar"].into_iter().enumerate() {
            wires.carry(at, called, DecisionEffect::Federate(agreement.clone()));
        }
        wires.wait(Span::from_secs(60));
        (wires, agreement)
    }

    pub(super) fn agreement(&self, groups: &[&str]) -> FederationAgreement {
        let group = |(at, called): (usize, &&str)| self.entry_of(at, called);
        let seat = |at| Seat { name: name(&format!("seat-{at}")), node: node_key(at).public(), addresses: Vec::new() };
        FederationAgreement {
            name: name("street"),
            purpose: "To share a street".into(),
            groups: Table::new(groups.iter().enumerate().map(group).collect()).unwrap(),
            panel: Table::new((0..3).map(seat).collect()).unwrap(),
            timing: Timing { notes: Span::from_secs(1), notice: Some(Span::from_secs(600)), ..Timing::default() },
            amends: None,
        }
    }

    /// A group's part of a matter, in its domain for the charter, which changes nothing.
    pub(super) fn part(&self, at: usize, called: &str) -> Part {
        let replica = self.replica(at, called).unwrap();
        Part {
            group: replica.log(),
            head: replica.head().number,
            domains: vec![name("charter")],
            window: hours(1),
            ceded: false,
            effects: Vec::new(),
            linked: false,
            after: Vec::new(),
            due: None,
        }
    }

    /// A matter with these parts, with the least time for each level.
    pub(super) fn matter(&self, agreement: &FederationAgreement, title: &str, mut parts: Vec<Part>) -> Matter {
        parts.sort_by_key(|part| part.group);
        let level = |at: u64| self.now + hours(3 * at);
        Matter {
            federation: agreement.id(),
            version: agreement.hash(),
            title: title.into(),
            text: "Because things have changed.".into(),
            parts,
            by: [level(1), level(2), level(3)],
            replaces: None,
            overrides: Vec::new(),
            amends: None,
            about: None,
            mediator: None,
            settles: None,
        }
    }

    /// Lets a group open a matter, in its domain for the charter.
    pub(super) fn open(&mut self, at: usize, called: &str, matter: Matter) -> MatterId {
        let domains = vec![name("charter")];
        self.carry(at, called, DecisionEffect::OpenMatter { domains, matter: Box::new(matter) });
        self.wait(Span::from_secs(60));
        self.replica(at, called).unwrap().dealings().spoke.unwrap().into()
    }

    pub(super) fn entry_of(&self, at: usize, called: &str) -> FederatedGroup {
        let (log, node) = (self.id(at, called), node_key(at).public());
        FederatedGroup { name: name(called), log, node, escalates_to: None, weight: 1 }
    }

    pub(super) fn machine(&self, at: usize) -> &Machine {
        &self.nodes[at].machine
    }

    pub(super) fn machine_mut(&mut self, at: usize) -> &mut Machine {
        &mut self.nodes[at].machine
    }

    pub(super) fn lets_in(&self, at: usize, other: usize) -> bool {
        self.nodes[at].lets_in.contains(&node_key(other).public())
    }

    /// A node is lost, and never comes back.
    pub(super) fn lose(&mut self, at: usize) {
        self.nodes[at].gone = true;
        self.relink();
        self.settle();
    }

    /// A node that was lost is there again, with all that it held.
    pub(super) fn find(&mut self, at: usize) {
        self.nodes[at].gone = false;
        self.relink();
        self.settle();
    }

    pub(super) fn saw_in_force(&self, at: usize, number: u32) -> bool {
        let is = |event: &Event| matches!(event, Event::InForce { version, .. } if *version == number);
        self.nodes[at].events.iter().any(is)
    }

    /// How often a node said how far a log is sealed.
    pub(super) fn seals(&self, at: usize) -> usize {
        self.nodes[at].events.iter().filter(|event| matches!(event, Event::Sealed { .. })).count()
    }

    pub(super) fn standing(&self, at: usize, federation: &FederationId) -> &Standing {
        self.nodes[at].machine.standing(federation).unwrap()
    }

    /// The group of that name on a node that hosts or follows it.
    pub(super) fn replica(&self, at: usize, called: &str) -> Option<&Replica> {
        self.nodes[at].machine.logs().find(|log| log.charter().name.as_str() == called)
    }

    pub(super) fn id(&self, at: usize, called: &str) -> LogId {
        self.replica(at, called).unwrap().log()
    }

    pub(super) fn found(&mut self, at: usize, called: &str) -> LogId {
        let raw: RawCharter = serde_json::from_str(&CHARTER.replace("NAME", called)).unwrap();
        let host = Host { log_key: log_key(called).public(), node: node_key(at).public() };
        let member = |member: &crate::name::Name| Some(key(&format!("{member} of {called}")).public());
        let charter = raw.resolve(self.now, host, &member).unwrap();
        let content = FoundingContent { charter: charter.hash() };
        let foundings = vec![Signed::sign(Kind::Founding, content, &key(&format!("ana of {called}")))];
        self.nodes[at].machine.add_key(log_key(called));
        let reply = self.say(at, |token| Input::Found { charter: Box::new(charter), foundings, token });
        let Ok(Reply::Founded(log)) = reply else { panic!("{reply:?}") };
        log
    }

    /// Lets both members of a group carry an effect.
    pub(super) fn carry(&mut self, at: usize, called: &str, effect: DecisionEffect) -> ProposalId {
        let why = Body::new([1; 16], "Because.").unwrap();
        let effects = vec![effect];
        let content = Proposal { title: "A title".into(), why: why.id(), effects, options: Vec::new(), review: None };
        let id: ProposalId = self.act(at, called, "ana", Act::Propose(content), vec![why]).unwrap().into();
        let answer = Response { proposal: id, version: 1, answer: Answer::Agree, reason: None, weighs: Vec::new() };
        self.act(at, called, "ben", Act::Respond(answer), Vec::new()).unwrap();
        self.wait(Span::from_secs(2));
        let decision = self.replica(at, called).unwrap().decision(&id).expect("both have agreed");
        assert_eq!(decision.outcome, crate::decision::Outcome::Applied);
        id
    }

    pub(super) fn act(
        &mut self,
        at: usize,
        called: &str,
        member: &str,
        act: Act,
        bodies: Vec<Body>,
    ) -> Result<crate::id::StatementId, InputError> {
        let replica = self.replica(at, called).unwrap();
        let (log, member) = (replica.log(), key(&format!("{member} of {called}")));
        let content = replica.compose(&member.public(), act);
        let statement = Signed::sign(Kind::Statement, content, &member);
        let id = crate::id::StatementId::from(statement.hash());
        self.say(at, |token| Input::Submit { log, statements: vec![statement], bodies, token }).map(|_| id)
    }

    /// Hands an input in that somebody waits for, and lets everything come to rest.
    pub(super) fn say(&mut self, at: usize, input: impl FnOnce(Token) -> Input) -> Result<Reply, InputError> {
        let token = self.token();
        self.handle(at, input(token));
        self.settle();
        self.replies.remove(&token).expect("whoever waits gets a reply")
    }

    /// Lets time pass in steps in which everybody acts when due.
    pub(super) fn wait(&mut self, span: Span) {
        let end = self.now + span;
        for turn in 0.. {
            assert!(turn < 100_000, "it never comes to rest");
            let here = self.nodes.iter().filter(|node| !node.gone);
            let next = here.map(|node| node.machine.wake_at()).min().unwrap();
            self.now = next.max(self.now + Span::from_millis(1)).min(end);
            let here = (0..self.nodes.len()).filter(|at| !self.nodes[*at].gone).collect::<Vec<_>>();
            here.into_iter().for_each(|at| self.handle(at, Input::Tick));
            self.settle();
            if self.now == end {
                return;
            }
        }
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
        match effect {
            Effect::Persist(records) => {
                for record in records {
                    match record {
                        Record::Entry { log, number, bytes } => {
                            self.nodes[at].entries.insert((log, number), bytes);
                        }
                        Record::Agreement(id, bytes) => drop(self.nodes[at].agreements.insert(id, bytes)),
                        _ => {}
                    }
                }
            }
            Effect::Reply(token, reply) => drop(self.replies.insert(token, reply)),
            Effect::Publish(_, gossip) => {
                for to in self.nodes[at].linked.clone() {
                    let gossip = Box::new(gossip.verify().unwrap());
                    let (from, token) = (node_key(at).public(), self.token());
                    self.handle(to, Input::Gossip { from, gossip, token });
                }
            }
            Effect::Ask(peer, request) => {
                let linked = self.nodes[at].linked.iter().find(|to| node_key(**to).public() == peer).copied();
                let Some(to) = linked else {
                    return self.handle(at, Input::Answer { from: peer, request, answer: None });
                };
                let token = self.token();
                self.asked.insert(token, (at, request.clone()));
                self.handle(to, Input::Request { from: node_key(at).public(), request, token });
            }
            Effect::Serve(token, answer) => self.serve(at, token, &answer),
            Effect::ServeEntries(token, log, from) => {
                let stored = self.nodes[at].entries.range((log, from)..=(log, u64::MAX));
                let entries = stored.map(|(_, bytes)| Parcel::new(bytes, [])).collect();
                self.serve(at, token, &SyncAnswer::Entries { log, entries });
            }
            Effect::Belong(peers) => {
                self.nodes[at].lets_in = peers.into_keys().collect();
                self.relink();
            }
            Effect::Notify(Event::Stopped { reason, .. }) => panic!("node {at} stops a log: {reason}"),
            Effect::Notify(event) => self.nodes[at].events.push(event),
            _ => {}
        }
    }

    fn serve(&mut self, at: usize, token: Token, answer: &SyncAnswer) {
        let (asker, request) = self.asked.remove(&token).unwrap();
        let answer = Some(answer.verify().unwrap());
        self.handle(asker, Input::Answer { from: node_key(at).public(), request, answer });
    }

    fn relink(&mut self) {
        for at in 0..self.nodes.len() {
            for other in 0..self.nodes.len() {
                let here = !self.nodes[at].gone && !self.nodes[other].gone;
                let both = here && at != other && self.lets_in(at, other) && self.lets_in(other, at);
                let peer = node_key(other).public();
                if both && self.nodes[at].linked.insert(other) {
                    self.handle(at, Input::Connected(peer));
                } else if !both && self.nodes[at].linked.remove(&other) {
                    self.handle(at, Input::Disconnected(peer));
                }
            }
        }
    }

    /// Checks that all who hold a log hold the same.
    #[track_caller]
    pub(super) fn agree(&self, called: &str) {
        let here = (0..self.nodes.len()).filter(|at| !self.nodes[*at].gone);
        let held: Vec<_> = here.filter_map(|at| self.replica(at, called)).collect();
        assert!(held.iter().all(|replica| replica.digest() == held[0].digest()), "they disagree about {called}");
    }

    /// The version that a node stored.
    pub(super) fn stored_agreement(&self, at: usize, federation: &FederationId) -> FederationAgreement {
        crate::cbor::decode(&self.nodes[at].agreements[federation], crate::limits::ENTRY_BYTES).unwrap()
    }

    /// The entries of a log that a node stored.
    pub(super) fn entries(&self, at: usize, log: LogId) -> Vec<Entry> {
        let stored = self.nodes[at].entries.range((log, 0)..=(log, u64::MAX));
        stored.map(|(_, bytes)| Entry::decode(bytes).unwrap()).collect()
    }
}
