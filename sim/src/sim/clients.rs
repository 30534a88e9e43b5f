//! Members' clients: they sign, submit, and try again until they know.

use std::collections::{BTreeMap, VecDeque};

use folkmoot_protocol::{
    body::Body,
    envelope::{Kind, Signed},
    error::{Premature, Refusal},
    id::{EntryId, ProposalId},
    key::SecretKey,
    machine::{Input, InputError, Reply, Token},
    name::Name,
    replay::Replica,
    statement::{Act, Statement, StatementContent},
    time::Span,
};

use super::{
    network::{CLIENT, NodeNo},
    node::Node,
    place::Here,
    world::{Event, World},
};
use crate::{
    keys::member_key,
    script::{Labels, ScriptError, Setting, advice_for},
};

/// How long a client waits for an answer before it sends the same again, in milliseconds.
const PATIENCE_MS: u64 = 5_000;
/// How long a client waits before it looks again whether it can sign, in milliseconds.
const LOOK_AGAIN_MS: u64 = 1_000;
/// How often a client signs anew because its node fell back behind what it had shown.
const MOST_SIGNED: usize = 8;

/// Something that a member wants done.
#[derive(Debug)]
pub(crate) struct Op {
    pub(crate) task: Task,
    pub(crate) group: Name,
    pub(crate) member: Name,
    key: SecretKey,
    salt: [u8; 16],
    /// What was signed for it, the latest last; one of them is in the log, or none.
    signed: Vec<Statement>,
    bodies: Vec<Body>,
    /// The life of the node in which it showed what the latest was signed on.
    epoch: u32,
    attempt: u64,
    pub(crate) end: Option<End>,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// A step of the scenario.
    Step(usize),
    /// An act of the founding.
    Act(Box<Act>, Vec<Body>),
}

/// How it ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The log holds it.
    Taken(Box<Statement>),
    /// A rule refuses it.
    Refused(InputError),
    /// It could not be signed.
    Impossible(ScriptError),
}

/// All clients.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    pub(crate) ops: Vec<Op>,
    pub(crate) labels: Labels,
    /// A member does one thing at a time in a group.
    queues: BTreeMap<(Name, Name), VecDeque<usize>>,
}

impl Clients {
    /// Says whether everything has ended.
    pub(crate) fn are_idle(&self) -> bool {
        self.queues.values().all(VecDeque::is_empty)
    }
}

/// A token for an attempt.
fn token(op: usize, attempt: u64) -> Token {
    ((op as u64) << 24) | attempt
}

/// The attempt of a token.
pub(crate) fn untoken(token: Token) -> (usize, u64) {
    ((token >> 24) as usize, token & 0xff_ffff)
}

impl World<'_> {
    pub(crate) fn start_step(&mut self, at: usize) -> Result<(), String> {
        let step = &self.scenario.steps[at];
        // Each key has a chain of its own: what one signs does not wait for another.
        self.want(Task::Step(at), step.group.clone(), step.with.as_ref().unwrap_or(&step.member).clone()).map(drop)
    }

    /// Puts something into a member's queue.
    pub(crate) fn want(&mut self, task: Task, group: Name, member: Name) -> Result<usize, String> {
        let key = member_key(self.seed, &member);
        let salt = self.rng.salt();
        let number = self.clients.ops.len();
        let queue = self.clients.queues.entry((group.clone(), member.clone())).or_default();
        queue.push_back(number);
        let first = queue.len() == 1;
        let (signed, bodies) = (Vec::new(), Vec::new());
        self.clients.ops.push(Op { task, group, member, key, salt, signed, bodies, epoch: 0, attempt: 0, end: None });
        if first {
            self.try_op(number)?;
        }
        Ok(number)
    }

    pub(crate) fn client_wakes(&mut self, op: usize, attempt: u64) -> Result<(), String> {
        let waits = self.clients.ops[op].end.is_none() && self.clients.ops[op].attempt == attempt;
        if waits { self.try_op(op) } else { Ok(()) }
    }

    /// Signs if nothing is signed, and submits.
    fn try_op(&mut self, op: usize) -> Result<(), String> {
        if self.clients.ops[op].signed.is_empty() && !self.sign(op)? {
            return Ok(());
        }
        self.send(op);
        Ok(())
    }

    fn host(&self, op: usize) -> Result<(NodeNo, folkmoot_protocol::id::LogId), String> {
        let group = &self.clients.ops[op].group;
        let hosted = self.groups.get(group).ok_or_else(|| format!("the group '{group}' was not founded"))?;
        // A group that has moved is where it is signed.
        let signs = |node: &Node| node.machine.as_ref().is_some_and(|machine| machine.is_hosted(&hosted.log));
        let signing = if self.moves(group) { self.nodes.iter().position(signs) } else { None };
        // What members say to a node with two faces comes to one of them.
        let node = signing.unwrap_or(hosted.node);
        let face = if op.is_multiple_of(3) { self.second_face(node) } else { None };
        Ok((face.unwrap_or(node), hosted.log))
    }

    /// Signs on what the node shows; not possible while it is down or a label is still to come.
    fn sign(&mut self, op: usize) -> Result<bool, String> {
        let (node, log) = self.host(op)?;
        let node = &self.nodes[node];
        let Some(replica) = node.machine.as_ref().and_then(|machine| machine.log(&log)) else {
            self.look_again(op);
            return Ok(false);
        };
        let wanted = &self.clients.ops[op];
        let previous = replica.last_statement(&wanted.key.public());
        let seen = durable_head(replica, node.disk.store.head(&log));
        let epoch = node.epoch;
        match self.act(op, replica) {
            Ok((act, bodies)) => {
                let content = StatementContent { log, seen, previous, act };
                let wanted = &mut self.clients.ops[op];
                wanted.signed.push(Statement::sign(Kind::Statement, content, &wanted.key));
                wanted.bodies = bodies;
                wanted.epoch = epoch;
                Ok(true)
            }
            Err(ScriptError::Unknown(label)) if self.is_to_come(op, &label) => {
                self.look_again(op);
                Ok(false)
            }
            Err(error) => self.end_op(op, End::Impossible(error)).map(|()| false),
        }
    }

    fn act(&self, op: usize, replica: &Replica) -> Result<(Act, Vec<Body>), ScriptError> {
        let wanted = &self.clients.ops[op];
        let at = match &wanted.task {
            Task::Act(act, bodies) => return Ok(((**act).clone(), bodies.clone())),
            Task::Step(at) => *at,
        };
        let step = &self.scenario.steps[at];
        let (node, _) = self.host(op).map_err(ScriptError::Unknown)?;
        let proposal = self.clients.labels.proposal_of(step);
        let version = proposal.map_or(0, |id| version(replica, &id));
        let now = self.nodes[node].clock(self.now);
        let weighs = proposal.map(|id| advice_for(replica, &id, &step.member, now)).unwrap_or_default();
        let key = |name: &Name| Some(member_key(self.seed, name).public());
        let place = Here { world: self, group: &wanted.group, node };
        let setting = Setting { start: self.zero, version, weighs, key: &key, place: Some(&place) };
        self.clients.labels.act(step, &setting, wanted.salt)
    }

    /// Says whether a step that is under way gives the label, or what it stands for may still come to the log that waits.
    fn is_to_come(&self, waiting: usize, label: &str) -> bool {
        if self.clients.labels.is_told(label) {
            let Task::Step(at) = self.clients.ops[waiting].task else { return false };
            let news = self.scenario.federation.as_ref().map_or(Span::ZERO, |federation| federation.timing.news);
            return self.now < self.zero + self.scenario.steps[at].at + news;
        }
        self.clients.ops.iter().enumerate().any(|(number, op)| {
            let gives = match &op.task {
                Task::Step(at) => {
                    let step = &self.scenario.steps[*at];
                    [&step.proposal, &step.objection, &step.advice].into_iter().flatten().any(|given| given == label)
                }
                Task::Act(..) => false,
            };
            gives && number < waiting && op.end.is_none()
        })
    }

    fn look_again(&mut self, op: usize) {
        let attempt = self.clients.ops[op].attempt;
        self.at(self.now + Span::from_millis(LOOK_AGAIN_MS), Event::Client { op, attempt });
    }

    fn send(&mut self, op: usize) {
        let Ok((node, _)) = self.host(op) else { return };
        let wanted = &mut self.clients.ops[op];
        wanted.attempt += 1;
        let (attempt, signed) = (wanted.attempt, wanted.signed.len() - 1);
        self.trace.line(
            self.now,
            format_args!("{} of {} submits {op}/{attempt} ({})", wanted.member, wanted.group, self.nodes[node].name),
        );
        for time in self.network.arrivals(&mut self.rng, self.now, (CLIENT, node), true) {
            self.at(time, Event::Submit { op, attempt, signed });
        }
        self.at(self.now + Span::from_millis(PATIENCE_MS), Event::Client { op, attempt });
    }

    pub(crate) fn submit_arrives(&mut self, op: usize, attempt: u64, signed: usize) -> Result<(), String> {
        let (node, log) = self.host(op)?;
        let wanted = &self.clients.ops[op];
        let Some(statement) = wanted.signed.get(signed) else { return Ok(()) };
        // What a client sends comes as bytes, and the node verifies them.
        let statement =
            Statement::from_bytes(statement.bytes()).map_err(|e| format!("an honest statement is refused: {e}"))?;
        let bodies = wanted.bodies.clone();
        self.input(node, Input::Submit { log, statements: vec![statement], bodies, token: token(op, attempt) })
    }

    pub(crate) fn reply_arrives(
        &mut self,
        op: usize,
        attempt: u64,
        reply: Result<Reply, InputError>,
    ) -> Result<(), String> {
        if self.clients.ops[op].end.is_some() {
            return Ok(());
        }
        match reply {
            Ok(Reply::Receipts(receipts)) => {
                let held = |statement: &&Statement| receipts.iter().any(|r| r.content().statement == statement.id());
                let taken = self.clients.ops[op].signed.iter().find(held).cloned();
                let taken = taken.ok_or("a receipt is for another statement than the one that was sent")?;
                self.end_op(op, End::Taken(Box::new(taken)))
            }
            Ok(_) => Err("a node answers a statement with something that is no receipt".into()),
            Err(refusal) => self.refused(op, attempt, refusal),
        }
    }

    /// A refusal may mean that an earlier attempt succeeded, or that the node fell back; otherwise it stands.
    fn refused(&mut self, op: usize, attempt: u64, refusal: InputError) -> Result<(), String> {
        let (node, log) = self.host(op)?;
        let node = &self.nodes[node];
        let wanted = &self.clients.ops[op];
        let held = |statement: &&Statement| node.disk.store.statements.contains(&(log, statement.id()));
        if let Some(taken) = wanted.signed.iter().find(held).cloned() {
            return self.end_op(op, End::Taken(Box::new(taken)));
        }
        if attempt != wanted.attempt {
            return Ok(());
        }
        let unseen = matches!(refusal, InputError::Refused(Refusal::Premature(Premature::UnseenEntry(_))));
        let fell_back = unseen || node.epoch != wanted.epoch;
        if fell_back && wanted.signed.len() < MOST_SIGNED {
            if self.sign(op)? {
                self.send(op);
            }
            return Ok(());
        }
        self.end_op(op, End::Refused(refusal))
    }

    fn end_op(&mut self, op: usize, end: End) -> Result<(), String> {
        let wanted = &mut self.clients.ops[op];
        if let (Task::Step(at), End::Taken(statement)) = (&wanted.task, &end) {
            self.clients.labels.taken(&self.scenario.steps[*at], statement);
        }
        wanted.end = Some(end);
        let queue = (wanted.group.clone(), wanted.member.clone());
        let Some(queue) = self.clients.queues.get_mut(&queue) else { return Ok(()) };
        queue.retain(|waiting| *waiting != op);
        match queue.front().copied() {
            Some(next) => self.try_op(next),
            None => Ok(()),
        }
    }
}

/// The last entry that is durable: a client shows nothing that a crash could take back.
fn durable_head(replica: &Replica, number: Option<u64>) -> EntryId {
    number.and_then(|number| replica.entry(number)).unwrap_or(replica.head().id)
}

/// The version of a proposal, whether it has ended or not.
fn version(replica: &Replica, id: &ProposalId) -> u32 {
    let open = replica.proposal(id).map(|proposal| proposal.version());
    open.or_else(|| replica.decision(id).map(|decision| decision.proposal.version())).unwrap_or(1)
}

/// A receipt as a client checks it.
pub(crate) fn receipt_holds(bytes: &[u8]) -> bool {
    Signed::<folkmoot_protocol::entry::ReceiptContent>::decode(Kind::Receipt, bytes).is_ok()
}
