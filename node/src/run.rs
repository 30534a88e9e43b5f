//! The one loop that owns the replica: it takes inputs, stores first, and then carries out the rest.

use std::{collections::BTreeMap, sync::Arc};

use folkmoot_protocol::{
    cbor,
    federation::GuestRequest,
    id::FederationId,
    key::{PublicKey, SecretKey},
    machine::{Effect, Event, Input, InputError, Machine, Record, Reply, Token},
    sync::{self, Answer, Gossip, Request},
};
use tokio::sync::{broadcast, mpsc, oneshot};
use tracing::{debug, error, info, warn};

use crate::{
    clock,
    control::class,
    disk::Watch,
    metrics::Metrics,
    net::{GossipToken, GuestReply, Multiaddr, Net, NetEvent, PeerKey, ReplyToken, RequestId, Verdict},
    records::{Records, RecordsError},
    verify::{Verified, Verifier},
};

/// Inputs taken in one turn of the loop: what waits shares one write to disk.
const TURN: usize = 256;
/// Most bytes of records in one write; a larger turn is written in parts.
const WRITE_BYTES: usize = 1024 * 1024;

/// Makes an input for whoever waits under a token.
type MakeInput = Box<dyn FnOnce(Token) -> Input + Send>;
/// Reads the replica.
type Query = Box<dyn FnOnce(&Machine, &Net) + Send + Sync>;
/// Takes the answer to an input.
type Answering = oneshot::Sender<Result<Reply, InputError>>;

/// What the control API asks of the loop.
pub(crate) enum Command {
    /// Takes an input that somebody waits for.
    Input(MakeInput, Answering),
    /// Reads the replica.
    Query(Query),
    /// Adds a log key that is already durable.
    Key(Box<SecretKey>, oneshot::Sender<()>),
}

/// The loop and what it owns.
pub(crate) struct Loop {
    machine: Machine,
    records: Records,
    net: Net,
    net_events: mpsc::Receiver<NetEvent>,
    commands: mpsc::Receiver<Command>,
    verifier: Verifier,
    verified: mpsc::Receiver<Verified>,
    events: broadcast::Sender<Event>,
    next_token: Token,
    answering: BTreeMap<Token, Answering>,
    gossip: BTreeMap<Token, GossipToken>,
    replies: BTreeMap<Token, ReplyToken>,
    guests: BTreeMap<Token, GuestReply>,
    asked: BTreeMap<RequestId, (PublicKey, Request)>,
    queries: Vec<Query>,
    metrics: Arc<Metrics>,
    disk: Watch,
    crowded: bool,
    steady: clock::Steady,
}

impl Loop {
    pub(crate) fn new(
        machine: Machine,
        records: Records,
        net: (Net, mpsc::Receiver<NetEvent>),
        commands: mpsc::Receiver<Command>,
        events: broadcast::Sender<Event>,
        metrics: Arc<Metrics>,
        disk: Watch,
    ) -> Self {
        let (verifier, verified) = Verifier::new();
        Self {
            machine,
            records,
            net: net.0,
            net_events: net.1,
            commands,
            verifier,
            verified,
            events,
            next_token: 0,
            answering: BTreeMap::new(),
            gossip: BTreeMap::new(),
            replies: BTreeMap::new(),
            guests: BTreeMap::new(),
            asked: BTreeMap::new(),
            queries: Vec::new(),
            metrics,
            disk,
            crowded: false,
            steady: clock::Steady::new(),
        }
    }

    /// Runs until `stop` is told, or the store fails: then what is in memory is ahead of the disk, and going on would
    /// acknowledge what may be lost.
    pub(crate) async fn run(mut self, mut stop: oneshot::Receiver<()>) -> Result<(), RecordsError> {
        self.look_at_disk();
        let started = self.machine.start(clock::now());
        self.carry_out(started).await?;
        loop {
            let sleep = tokio::time::sleep(clock::until(self.machine.wake_at()));
            let mut effects = Vec::new();
            let room = self.verifier.has_room();
            tokio::select! {
                _ = &mut stop => break,
                Some(command) = self.commands.recv() => self.command(command, &mut effects),
                Some(verified) = self.verified.recv() => self.verified(verified, &mut effects),
                event = self.net_events.recv(), if room => match event {
                    Some(event) => self.net_event(event, &mut effects),
                    None => break,
                },
                () = sleep => effects.extend(self.machine.handle(Input::Tick, clock::now())),
            }
            if let Some(ahead) = self.steady.set() {
                warn!(ahead, "the clock was set, by so many milliseconds");
                self.input(Input::ClockSet(ahead), &mut effects);
            }
            self.drain(&mut effects);
            self.carry_out(effects).await?;
            for query in std::mem::take(&mut self.queries) {
                query(&self.machine, &self.net);
            }
        }
        info!("stopping");
        self.net.shutdown().await;
        Ok(())
    }

    /// Takes what else is waiting, so that one write serves all of it.
    fn drain(&mut self, effects: &mut Vec<Effect>) {
        for _ in 0..TURN {
            if let Ok(command) = self.commands.try_recv() {
                self.command(command, effects);
            } else if let Ok(verified) = self.verified.try_recv() {
                self.verified(verified, effects);
            } else {
                return;
            }
        }
    }

    fn input(&mut self, input: Input, effects: &mut Vec<Effect>) {
        effects.extend(self.machine.handle(input, clock::now()));
    }

    fn token(&mut self) -> Token {
        self.next_token += 1;
        self.next_token
    }

    fn command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Input(make, answer) => {
                let token = self.token();
                self.answering.insert(token, answer);
                self.input(make(token), effects);
            }
            // After this turn's records are durable: nobody is shown what a power cut could take back.
            Command::Query(query) => self.queries.push(query),
            Command::Key(key, done) => {
                self.machine.add_key(*key);
                // Whoever asked may have gone; the key is there all the same.
                let _ = done.send(());
            }
        }
    }

    fn verified(&mut self, verified: Verified, effects: &mut Vec<Effect>) {
        match verified {
            Verified::Gossip(from, gossip, gossip_token) => {
                let token = self.token();
                self.gossip.insert(token, gossip_token);
                self.input(Input::Gossip { from, gossip, token }, effects);
            }
            Verified::Answer(from, request, answer) => self.input(Input::Answer { from, request, answer }, effects),
        }
    }

    fn net_event(&mut self, event: NetEvent, effects: &mut Vec<Effect>) {
        match event {
            NetEvent::Connected(peer) => {
                if let Some(peer) = public(peer) {
                    self.input(Input::Connected(peer), effects);
                }
            }
            NetEvent::Disconnected(peer) => {
                if let Some(peer) = public(peer) {
                    self.input(Input::Disconnected(peer), effects);
                }
            }
            NetEvent::Gossip { from, data, token, .. } => {
                self.metrics.exchanged("in", "gossip", data.len());
                if let Some(from) = public(from) {
                    self.verifier.gossip(from, data, token);
                }
            }
            NetEvent::GuestRequest { from, data, reply, .. } => {
                // What is no request gets no answer.
                if let (Some(from), Ok(request)) = (public(from), GuestRequest::decode(&data)) {
                    let token = self.token();
                    self.guests.insert(token, reply);
                    self.input(Input::Guest { from, request: Box::new(request), token }, effects);
                }
            }
            NetEvent::Request { from, data, reply } => self.request(from, &data, reply, effects),
            NetEvent::Response { id, result, .. } => {
                let Some((from, request)) = self.asked.remove(&id) else { return };
                match result {
                    Ok(data) => {
                        self.metrics.exchanged("in", "answer", data.len());
                        self.verifier.answer(from, request, data);
                    }
                    Err(error) => {
                        debug!(%error, "no answer");
                        self.input(Input::Answer { from, request, answer: None }, effects);
                    }
                }
            }
        }
    }

    fn request(&mut self, from: PeerKey, data: &[u8], reply: ReplyToken, effects: &mut Vec<Effect>) {
        // Without an answer the token's drop tells the peer that none comes.
        let (Some(from), Ok(request)) = (public(from), sync::decode::<Request>(data)) else { return };
        let token = self.token();
        self.replies.insert(token, reply);
        self.input(Input::Request { from, request, token }, effects);
    }

    /// Stores everything first, then carries out the rest in order.
    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), RecordsError> {
        let mut rest = Vec::new();
        let mut writes: Vec<Vec<Record>> = Vec::new();
        let mut bytes = usize::MAX;
        for effect in effects {
            match effect {
                Effect::Persist(records) => {
                    let size: usize = records.iter().map(size).sum();
                    if bytes.saturating_add(size) > WRITE_BYTES {
                        writes.push(Vec::new());
                        bytes = 0;
                    }
                    bytes += size;
                    if let Some(write) = writes.last_mut() {
                        write.extend(records);
                    }
                }
                other => rest.push(other),
            }
        }
        if !writes.is_empty() {
            self.write(writes).await?;
            self.look_at_disk();
        }
        for effect in rest {
            self.carry(effect).await;
        }
        Ok(())
    }

    /// Tells the machine whether there is room for what need not be taken.
    fn look_at_disk(&mut self) {
        let Some(crowded) = self.disk.crowded() else { return };
        if crowded != self.crowded {
            self.crowded = crowded;
            match crowded {
                true => {
                    warn!("the store takes more than max_disk_mib: no guests' logs and no texts of others are taken")
                }
                false => info!("the store takes less than max_disk_mib again"),
            }
            self.machine.set_crowded(crowded);
        }
    }

    async fn write(&mut self, writes: Vec<Vec<Record>>) -> Result<(), RecordsError> {
        let sizes = writes.iter().flatten().map(size).sum::<usize>();
        let (records, count) = (self.records.clone(), writes.len());
        let write = move || writes.iter().try_for_each(|write| records.commit(write));
        let result = tokio::task::spawn_blocking(write).await;
        result.unwrap_or_else(|panic| Err(RecordsError::Broken(panic.to_string()))).inspect_err(
            |failure| error!(%failure, "the store cannot write: the node stops; nothing unwritten was acknowledged"),
        )?;
        self.metrics.commits.inc_by(count as u64);
        self.metrics.commit_bytes.inc_by(sizes as u64);
        self.disk.wrote(sizes);
        Ok(())
    }

    async fn carry(&mut self, effect: Effect) {
        match effect {
            Effect::Persist(_) => {}
            Effect::Reply(token, result) => {
                if let Err(error) = &result {
                    self.metrics.refusals.get_or_create(&[("class", class(error))]).inc();
                }
                if let Some(answer) = self.answering.remove(&token) {
                    // Whoever asked may have gone; the record stands.
                    let _ = answer.send(result);
                }
            }
            Effect::Publish(federation, gossip) => {
                if matches!(gossip, Gossip::Note(_)) {
                    self.metrics.notes.inc();
                }
                let data = sync::encode(&gossip);
                self.metrics.exchanged("out", "gossip", data.len());
                if let Err(error) = self.net.publish(&topic(&federation), data).await {
                    debug!(%error, "not published; sync will bring it");
                }
            }
            Effect::Verdict(token, verdict) => {
                self.metrics.verdicts.get_or_create(&[("verdict", word(verdict))]).inc();
                if let Some(token) = self.gossip.remove(&token) {
                    token.decide(to_net(verdict));
                }
            }
            Effect::Ask(peer, request) => {
                let id = self.net.request(PeerKey(*peer.as_bytes()), sync::encode(&request)).await;
                self.asked.insert(id, (peer, request));
            }
            Effect::Serve(token, answer) => {
                if let Some(reply) = self.replies.remove(&token) {
                    respond(&self.net, reply, &answer, &self.metrics).await;
                }
            }
            Effect::ServeEntries(token, log, from) => {
                if let Some(reply) = self.replies.remove(&token) {
                    let (net, records, metrics) = (self.net.clone(), self.records.clone(), self.metrics.clone());
                    tokio::spawn(async move {
                        match tokio::task::spawn_blocking(move || records.answer(log, from)).await {
                            Ok(Ok(answer)) => respond(&net, reply, &answer, &metrics).await,
                            Ok(Err(error)) => error!(%error, log = %log.short(), "cannot serve entries"),
                            Err(_) => {}
                        }
                    });
                }
            }
            Effect::AnswerGuest(token, answer) => {
                if let Some(reply) = self.guests.remove(&token)
                    && let Err(error) = self.net.answer_guest(reply, cbor::encode(&answer)).await
                {
                    warn!(%error, "cannot answer a guest");
                }
            }
            Effect::Welcome(until) => self.net.welcome_guests(clock::until(until)).await,
            Effect::Belong(peers) => self.belong(peers).await,
            Effect::Subscribe(federation) => {
                if let Err(error) = self.net.subscribe(topic(&federation)).await {
                    warn!(%error, federation = %federation.short(), "cannot listen to the federation");
                }
            }
            Effect::Notify(event) => self.notify(event),
        }
    }

    async fn belong(&self, peers: BTreeMap<PublicKey, Vec<String>>) {
        let mut allowed = Vec::new();
        for (peer, addresses) in peers {
            let parsed = addresses.iter().filter_map(|address| match address.parse::<Multiaddr>() {
                Ok(address) => Some(address),
                Err(error) => {
                    warn!(%error, address, peer = %peer.short(), "not an address; the peer has to dial us");
                    None
                }
            });
            allowed.push((PeerKey(*peer.as_bytes()), parsed.collect()));
        }
        self.net.allow(allowed).await;
    }

    fn notify(&self, event: Event) {
        match &event {
            Event::Stopped { log, reason } => warn!(log = %log.short(), reason, "log stopped"),
            Event::Decided { log, proposal, outcome } => {
                info!(log = %log.short(), proposal = %proposal.short(), outcome = outcome.word(), "decided");
            }
            Event::InForce { federation, version } => {
                info!(federation = %federation.short(), version, "agreement in force");
            }
            Event::Guest { peer, what } => info!(peer = %peer.short(), "guest {what}"),
            Event::Peer { peer, connected } => info!(peer = %peer.short(), connected, "peer"),
            Event::Entry { log, number, entry, act, statements } => {
                self.metrics.entries.get_or_create(&[("act", *act)]).inc();
                self.metrics.statements.inc_by(*statements as u64);
                debug!(log = %log.short(), number, entry = %entry.short(), act, "entry");
            }
            Event::CatchingUp { log, lack } => {
                warn!(log = %log.short(), waits_for = lack.waits_for, "signs nothing for the log: {}", lack.words());
            }
            Event::CaughtUp { log } => info!(log = %log.short(), "has everything that it signed; signs again"),
            Event::Sealed { log, number } => debug!(log = %log.short(), number, "sealed"),
        }
        // Nobody may be watching.
        let _ = self.events.send(event);
    }
}

async fn respond(net: &Net, reply: ReplyToken, answer: &Answer, metrics: &Metrics) {
    let data = sync::encode(answer);
    metrics.exchanged("out", "answer", data.len());
    if let Err(error) = net.respond(reply, data).await {
        warn!(%error, "cannot answer a peer");
    }
}

fn topic(federation: &FederationId) -> String {
    format!("folkmoot/{federation}")
}

fn public(peer: PeerKey) -> Option<PublicKey> {
    PublicKey::from_bytes(peer.0).ok()
}

fn to_net(verdict: folkmoot_protocol::machine::Verdict) -> Verdict {
    use folkmoot_protocol::machine::Verdict as Rules;
    match verdict {
        Rules::Accept => Verdict::Accept,
        Rules::Ignore => Verdict::Ignore,
        Rules::Reject => Verdict::Reject,
    }
}

fn word(verdict: folkmoot_protocol::machine::Verdict) -> &'static str {
    use folkmoot_protocol::machine::Verdict as Rules;
    match verdict {
        Rules::Accept => "accept",
        Rules::Ignore => "ignore",
        Rules::Reject => "reject",
    }
}

fn size(record: &Record) -> usize {
    match record {
        Record::Entry { bytes, .. }
        | Record::Snapshot { bytes, .. }
        | Record::Body(_, _, bytes)
        | Record::Note(_, _, bytes)
        | Record::Stop(_, bytes)
        | Record::Agreement(_, bytes)
        | Record::Invitation(_, bytes) => bytes.len() + 128,
        Record::DropBody(..)
        | Record::DropNote(..)
        | Record::DropInvitation(_)
        | Record::NotIntact
        | Record::Complete(..) => 128,
    }
}
