//! Carrying out what machines ask for, in order, and never before what they wrote is durable.

use std::{collections::BTreeMap, rc::Rc};

use folkmoot_protocol::{
    id::FederationId,
    key::PublicKey,
    machine::{Effect, Event as Notice, InputError, Reply, Token, Verdict},
    sync::{self, Answer, Gossip, Request},
    time::Span,
};

use super::{
    Planted,
    network::{CLIENT, NodeNo},
    setup::SETUP,
    world::{Event, World},
};

/// How long a request may take, in milliseconds.
const REQUEST_TIMEOUT_MS: u64 = 10_000;
/// How long a sync of the disk takes, in milliseconds: mostly little, now and then long.
const SYNC_MS: (u64, u64) = (1, 15);
const SLOW_SYNC_MS: (u64, u64) = (200, 2_000);
const SLOW_SYNC_OF_A_MILLION: u64 = 50_000;

impl World<'_> {
    /// Carries out a node's effects until one has to wait for the disk.
    pub(crate) fn pump(&mut self, at: NodeNo) -> Result<(), String> {
        while !self.nodes[at].syncing {
            let Some(effect) = self.nodes[at].queue.pop_front() else { return Ok(()) };
            self.carry_out(at, effect)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, at: NodeNo, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::Persist(records) => {
                self.nodes[at].disk.write(records);
                self.start_sync(at);
            }
            Effect::Reply(token, reply) => self.send_reply(at, token, reply)?,
            Effect::Publish(federation, gossip) => self.publish(at, federation, &gossip)?,
            Effect::Verdict(_, Verdict::Accept | Verdict::Ignore) => {}
            // Who shows two faces is not believed, nor whoever passes on what it said.
            Effect::Verdict(_, Verdict::Reject) if self.somebody_lied() => {}
            Effect::Verdict(_, Verdict::Reject) => {
                return Err(format!("{} rejects what an honest node sent", self.nodes[at].name));
            }
            Effect::Ask(peer, request) => self.ask(at, &peer, request),
            Effect::Serve(token, answer) => self.serve(at, token, &answer)?,
            Effect::ServeEntries(token, log, from) => {
                let entries = self.nodes[at].disk.store.parcels(&log, from, &mut self.facts);
                self.serve(at, token, &Answer::Entries { log, entries })?;
            }
            Effect::Belong(peers) => self.belong(at, &peers),
            Effect::Subscribe(federation) => drop(self.nodes[at].subscribed.insert(federation)),
            Effect::AnswerGuest(..) | Effect::Welcome(_) => {}
            Effect::Notify(notice) => self.notice(at, &notice)?,
        }
        Ok(())
    }

    fn start_sync(&mut self, at: NodeNo) {
        let (least, most) = if self.rng.chance(SLOW_SYNC_OF_A_MILLION) { SLOW_SYNC_MS } else { SYNC_MS };
        let done = self.now + self.rng.millis(least, most);
        let node = &mut self.nodes[at];
        let epoch = node.epoch;
        // A planted bug goes on without waiting; what it wrote becomes durable all the same, later.
        node.syncing = self.planted != Planted::GoesOnBeforeSync;
        let left = node.crash_on_write.map(|left| left.saturating_sub(1));
        node.crash_on_write = left.filter(|left| *left > 0);
        if left == Some(0) {
            self.at(self.now, Event::Crash(at, epoch));
        }
        self.at(done, Event::Synced(at, epoch));
    }

    pub(crate) fn synced(&mut self, at: NodeNo, epoch: u32) -> Result<(), String> {
        let node = &mut self.nodes[at];
        if node.epoch != epoch || node.machine.is_none() {
            return Ok(());
        }
        node.syncing = false;
        for (log, number, bytes) in node.disk.sync(&mut self.facts) {
            self.check_entry(at, log, number, &bytes)?;
        }
        self.pump(at)
    }

    fn send_reply(&mut self, at: NodeNo, token: Token, reply: Result<Reply, InputError>) -> Result<(), String> {
        if let Ok(Reply::Receipts(receipts)) = &reply {
            self.check_receipts(at, receipts)?;
        }
        if token & SETUP != 0 {
            self.setup_replies.insert(token, reply);
            return Ok(());
        }
        let (op, attempt) = super::clients::untoken(token);
        let text = reply.as_ref().map_or_else(ToString::to_string, |_| "taken".to_owned());
        self.trace.line(self.now, format_args!("{} replies to {op}/{attempt}: {text}", self.nodes[at].name));
        for time in self.network.arrivals(&mut self.rng, self.now, (at, CLIENT), false) {
            self.at(time, Event::Replied { op, attempt, reply: Box::new(reply.clone()) });
        }
        Ok(())
    }

    fn publish(&mut self, at: NodeNo, federation: FederationId, gossip: &Gossip) -> Result<(), String> {
        self.check_published(at, gossip)?;
        let bytes = Rc::new(sync::encode(gossip));
        for to in 0..self.nodes.len() {
            let listens = to != at && self.nodes[to].subscribed.contains(&federation);
            if !listens || !self.network.reaches(&self.nodes, at, to) {
                continue;
            }
            let epoch = self.nodes[to].epoch;
            for time in self.network.arrivals(&mut self.rng, self.now, (at, to), true) {
                self.at(time, Event::Gossip { from: at, to, epoch, bytes: Rc::clone(&bytes) });
            }
        }
        Ok(())
    }

    fn ask(&mut self, at: NodeNo, peer: &PublicKey, request: Request) {
        let Some(to) = self.seen_by(at, peer) else { return };
        let bytes = sync::encode(&request);
        let id = self.network.ask(at, to, request);
        self.at(self.now + Span::from_millis(REQUEST_TIMEOUT_MS), Event::TimedOut(id));
        if !self.network.reaches(&self.nodes, at, to) {
            return;
        }
        let epoch = self.nodes[to].epoch;
        for time in self.network.arrivals(&mut self.rng, self.now, (at, to), false) {
            self.at(time, Event::Request { id, epoch, bytes: bytes.clone() });
        }
    }

    fn serve(&mut self, at: NodeNo, id: Token, answer: &Answer) -> Result<(), String> {
        self.check_served(at, answer)?;
        let Some((asker, _, _)) = self.pending(id) else { return Ok(()) };
        if !self.network.reaches(&self.nodes, at, asker) {
            return Ok(());
        }
        let bytes = sync::encode(answer);
        for time in self.network.arrivals(&mut self.rng, self.now, (at, asker), false) {
            self.at(time, Event::Answer { id, bytes: bytes.clone() });
        }
        Ok(())
    }

    fn belong(&mut self, at: NodeNo, peers: &BTreeMap<PublicKey, Vec<String>>) {
        self.nodes[at].belong = peers.keys().copied().collect();
        self.at(self.now, Event::Relink);
    }

    fn notice(&mut self, at: NodeNo, notice: &Notice) -> Result<(), String> {
        let name = self.nodes[at].name.clone();
        match notice {
            Notice::Entry { log, number, entry, .. } => {
                let group = self.group_of(log);
                self.trace.line(self.now, format_args!("{name} has entry {number} of {group}: {entry:?}"));
                self.sample_digest(at, log, *number)?;
            }
            Notice::Decided { log, proposal, outcome } => {
                let group = self.group_of(log);
                self.trace.line(self.now, format_args!("{name} sees {proposal:?} of {group} {}", outcome.word()));
            }
            Notice::Sealed { log, number } => {
                let group = self.group_of(log);
                self.trace.line(self.now, format_args!("{name} sees {group} sealed up to {number}"));
                self.check_sealed(at, *log, *number)?;
            }
            Notice::InForce { federation, version } => {
                let federation = federation.short();
                self.trace.line(self.now, format_args!("{name} sees version {version} of {federation} in force"));
            }
            Notice::Stopped { log, reason } => {
                let group = self.group_of(log);
                if self.hostile.contains(log) {
                    self.trace.line(self.now, format_args!("{name} stops the log of {group}: {reason}"));
                    return Ok(());
                }
                return Err(format!("{name} stops the log of {group} although all nodes are honest: {reason}"));
            }
            Notice::CatchingUp { log, lack } => {
                let group = self.group_of(log);
                self.trace.line(self.now, format_args!("{name} signs nothing for {group}: {}", lack.words()));
            }
            Notice::CaughtUp { log } => {
                let group = self.group_of(log);
                self.trace.line(self.now, format_args!("{name} signs for {group} again"));
            }
            Notice::Guest { .. } => {}
            Notice::Peer { peer, connected } => {
                let word = if *connected { "meets" } else { "misses" };
                let peer = self.by_key.get(peer).map(|at| self.nodes[*at].name.to_string()).unwrap_or_default();
                self.trace.line(self.now, format_args!("{name} {word} {peer}"));
            }
        }
        Ok(())
    }
}
