//! The world: virtual time, the events in it, and the nodes.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use folkmoot_protocol::{
    id::{EntryId, LogId, StateDigest, StatementId},
    key::PublicKey,
    machine::{Input, InputError, Reply, Token},
    name::Name,
    sync::{Answer, Request},
    time::Timestamp,
};

use super::{
    Planted,
    clients::Clients,
    facts::Facts,
    network::{Network, NodeNo},
    node::Node,
    rng::Rng,
    standings::Results,
    trace::Trace,
};
use crate::scenario::Scenario;

/// Something that is to happen at a time.
#[derive(Debug)]
pub(crate) enum Event {
    /// A node asked to be woken.
    Wake(NodeNo, u32),
    /// What a node wrote is durable.
    Synced(NodeNo, u32),
    /// Gossip arrives.
    Gossip { from: NodeNo, to: NodeNo, epoch: u32, bytes: Rc<Vec<u8>> },
    /// A request arrives.
    Request { id: Token, epoch: u32, bytes: Vec<u8> },
    /// An answer arrives.
    Answer { id: Token, bytes: Vec<u8> },
    /// A request has waited long enough.
    TimedOut(Token),
    /// Who belongs or who is reachable has changed.
    Relink,
    /// A connection is made.
    LinkUp(NodeNo, NodeNo),
    /// A connection is found to be dead.
    LinkDown(NodeNo, NodeNo),
    /// A statement arrives at the node.
    Submit { op: usize, attempt: u64, signed: usize },
    /// A client gets its answer.
    Replied { op: usize, attempt: u64, reply: Box<Result<Reply, InputError>> },
    /// A client has waited long enough, or may try now.
    Client { op: usize, attempt: u64 },
    /// A step's time has come.
    Step(usize),
    /// A fault starts.
    FaultStart(usize),
    /// A fault ends.
    FaultEnd(usize),
    /// A node crashes, if it is still in that life.
    Crash(NodeNo, u32),
}

/// A group that was founded.
#[derive(Clone, Debug)]
pub(crate) struct Hosted {
    pub(crate) log: LogId,
    pub(crate) node: NodeNo,
}

/// What all nodes together have said and must not contradict.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: BTreeMap<(LogId, u64), EntryId>,
    pub(crate) acknowledged: BTreeSet<(LogId, StatementId)>,
    pub(crate) digests: BTreeMap<(LogId, u64), StateDigest>,
}

/// The world of one run.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) seed: u64,
    pub(crate) planted: Planted,
    pub(crate) rng: Rng,
    pub(crate) now: Timestamp,
    /// The scenario's time zero.
    pub(crate) zero: Timestamp,
    pub(crate) nodes: Vec<Node>,
    pub(crate) by_key: BTreeMap<PublicKey, NodeNo>,
    pub(crate) groups: BTreeMap<Name, Hosted>,
    pub(crate) network: Network,
    pub(crate) clients: Clients,
    pub(crate) ledger: Ledger,
    pub(crate) facts: Facts,
    pub(crate) results: Results,
    /// Logs of hosts that lied: nothing is promised about them.
    pub(crate) hostile: BTreeSet<LogId>,
    pub(crate) trace: Trace,
    pub(crate) setup_replies: BTreeMap<Token, Result<Reply, InputError>>,
    pub(crate) lost_records: u64,
    pub(crate) count: u64,
    events: BTreeMap<(Timestamp, u64), Event>,
    next_event: u64,
}

/// When scenarios start: any date will do, as long as it is always the same.
const START_MS: u64 = 1_767_225_600_000;
/// More events than any scenario needs: something goes round in circles.
const MOST_EVENTS: u64 = 50_000_000;

impl<'a> World<'a> {
    pub(crate) fn new(scenario: &'a Scenario, seed: u64, planted: Planted) -> Self {
        let now = Timestamp::from_millis(START_MS);
        Self {
            scenario,
            seed,
            planted,
            rng: Rng::new(seed),
            now,
            zero: now,
            nodes: Vec::new(),
            by_key: BTreeMap::new(),
            groups: BTreeMap::new(),
            network: Network::default(),
            clients: Clients::default(),
            ledger: Ledger::default(),
            facts: Facts::default(),
            results: Results::default(),
            hostile: BTreeSet::new(),
            trace: Trace::new(now),
            setup_replies: BTreeMap::new(),
            lost_records: 0,
            count: 0,
            events: BTreeMap::new(),
            next_event: 0,
        }
    }

    /// Schedules an event.
    pub(crate) fn at(&mut self, time: Timestamp, event: Event) {
        self.next_event += 1;
        self.events.insert((time.max(self.now), self.next_event), event);
    }

    /// Lets time pass until `end`.
    pub(crate) fn run_until(&mut self, end: Timestamp) -> Result<(), String> {
        while self.step(end)? {}
        self.now = self.now.max(end);
        Ok(())
    }

    /// Lets the next event happen if it comes at or before `end`.
    pub(crate) fn step(&mut self, end: Timestamp) -> Result<bool, String> {
        let Some(first) = self.events.first_entry().filter(|first| first.key().0 <= end) else { return Ok(false) };
        let ((time, _), event) = first.remove_entry();
        self.now = time;
        self.count += 1;
        if self.count > MOST_EVENTS {
            return Err(format!("{MOST_EVENTS} events and no end: something goes round in circles"));
        }
        self.happen(event)?;
        Ok(true)
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Wake(node, epoch) => self.wake(node, epoch),
            Event::Synced(node, epoch) => self.synced(node, epoch),
            Event::Gossip { from, to, epoch, bytes } => self.gossip_arrives(from, to, epoch, &bytes),
            Event::Request { id, epoch, bytes } => self.request_arrives(id, epoch, &bytes),
            Event::Answer { id, bytes } => self.answer_arrives(id, &bytes),
            Event::TimedOut(id) => self.request_ends(id, None),
            Event::Relink => {
                self.relink();
                Ok(())
            }
            Event::LinkUp(a, b) => self.link_up(a, b),
            Event::LinkDown(a, b) => self.link_down(a, b),
            Event::Submit { op, attempt, signed } => self.submit_arrives(op, attempt, signed),
            Event::Replied { op, attempt, reply } => self.reply_arrives(op, attempt, *reply),
            Event::Client { op, attempt } => self.client_wakes(op, attempt),
            Event::Step(step) => self.start_step(step),
            Event::FaultStart(fault) => self.start_fault(fault),
            Event::FaultEnd(fault) => self.end_fault(fault),
            Event::Crash(node, epoch) => self.crash(node, epoch),
        }
    }

    /// Gives an input to a node, if it is up, and carries out what it can of what follows.
    pub(crate) fn input(&mut self, at: NodeNo, input: Input) -> Result<(), String> {
        let now = self.nodes[at].clock(self.now);
        let Some(machine) = self.nodes[at].machine.as_mut() else { return Ok(()) };
        let effects = machine.handle(input, now);
        self.nodes[at].queue.extend(effects);
        self.pump(at)?;
        self.schedule_wake(at);
        Ok(())
    }

    fn wake(&mut self, at: NodeNo, epoch: u32) -> Result<(), String> {
        let node = &mut self.nodes[at];
        if node.epoch != epoch || node.wake != Some(self.now) {
            return Ok(());
        }
        node.wake = None;
        if self.planted == Planted::Oversleeps && self.zero != Timestamp::from_millis(START_MS) {
            return Ok(());
        }
        self.input(at, Input::Tick)?;
        if !self.is_honest(at) {
            return Ok(());
        }
        self.check_ends(at)?;
        self.check_matters(at)?;
        self.check_holds(at)?;
        let node = &self.nodes[at];
        match &node.machine {
            Some(machine) if machine.wake_at() <= node.clock(self.now) => {
                Err(format!("{} asks to be woken at once although it was woken just now", node.name))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn schedule_wake(&mut self, at: NodeNo) {
        let node = &mut self.nodes[at];
        let Some(machine) = &node.machine else { return };
        let wake_at = machine.wake_at();
        if wake_at == Timestamp::MAX {
            node.wake = None;
            return;
        }
        let wake = (wake_at + node.behind).before(node.ahead).max(self.now);
        if node.wake != Some(wake) {
            node.wake = Some(wake);
            let epoch = node.epoch;
            self.at(wake, Event::Wake(at, epoch));
        }
    }

    /// What a request asks and who is meant, while it waits.
    pub(crate) fn pending(&self, id: Token) -> Option<(NodeNo, NodeNo, Request)> {
        let pending = self.network.pending.get(&id)?;
        Some((pending.from, pending.to, pending.request.clone()))
    }

    /// Ends a request that still waits, with its answer or without.
    pub(crate) fn request_ends(&mut self, id: Token, answer: Option<&Answer>) -> Result<(), String> {
        let Some(pending) = self.network.pending.remove(&id) else { return Ok(()) };
        let verified = match answer {
            None => None,
            Some(answer) => {
                Some(self.facts.answer(answer).map_err(|e| format!("an honest answer does not verify: {e}"))?)
            }
        };
        let from = self.nodes[pending.to].public();
        self.input(pending.from, Input::Answer { from, request: pending.request, answer: verified })
    }

    pub(crate) fn group_of(&self, log: &LogId) -> String {
        let found = self.groups.iter().find(|(_, hosted)| hosted.log == *log);
        found.map_or_else(|| log.short(), |(name, _)| name.to_string())
    }
}
