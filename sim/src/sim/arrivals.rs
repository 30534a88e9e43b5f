//! Messages that arrive, and connections that come and go.

use folkmoot_protocol::{
    machine::{Input, Token},
    sync::{self, Answer, Gossip, Request},
};

use super::{
    network::{NodeNo, pair},
    world::{Event, World},
};

/// How long it takes to connect, and to find a connection dead, in milliseconds.
const DIAL_MS: (u64, u64) = (20, 500);
const NOTICE_MS: (u64, u64) = (0, 1_500);

impl World<'_> {
    pub(crate) fn gossip_arrives(&mut self, from: NodeNo, to: NodeNo, epoch: u32, bytes: &[u8]) -> Result<(), String> {
        if self.nodes[to].epoch != epoch || !self.network.reaches(&self.nodes, from, to) {
            return Ok(());
        }
        let gossip: Gossip = sync::decode(bytes).map_err(|e| format!("honest gossip does not decode: {e}"))?;
        let gossip = self.facts.gossip(&gossip).map_err(|e| format!("honest gossip does not verify: {e}"))?;
        let from = self.nodes[from].public();
        self.input(to, Input::Gossip { from, gossip: Box::new(gossip), token: 0 })
    }

    pub(crate) fn request_arrives(&mut self, id: Token, epoch: u32, bytes: &[u8]) -> Result<(), String> {
        let Some((from, to, _)) = self.pending(id) else { return Ok(()) };
        if self.nodes[to].epoch != epoch || !self.network.reaches(&self.nodes, from, to) {
            return Ok(());
        }
        let request: Request = sync::decode(bytes).map_err(|e| format!("an honest request does not decode: {e}"))?;
        let from = self.nodes[from].public();
        self.input(to, Input::Request { from, request, token: id })
    }

    pub(crate) fn answer_arrives(&mut self, id: Token, bytes: &[u8]) -> Result<(), String> {
        let Some((from, to, _)) = self.pending(id) else { return Ok(()) };
        if !self.network.reaches(&self.nodes, from, to) {
            return Ok(());
        }
        let answer: Answer = sync::decode(bytes).map_err(|e| format!("an honest answer does not decode: {e}"))?;
        self.request_ends(id, Some(&answer))
    }

    /// Says whether two nodes could be connected: both are up, each belongs for the other, nothing is between.
    fn may_link(&self, a: NodeNo, b: NodeNo) -> bool {
        let faces = self.faces(a, b);
        let (a, b) = (&self.nodes[a], &self.nodes[b]);
        let up = a.machine.is_some() && b.machine.is_some();
        up && faces
            && a.belong.contains(&b.public())
            && b.belong.contains(&a.public())
            && !self.network.is_cut(&a.name, &b.name)
    }

    /// Starts to make the connections that are missing and to give up those that are dead.
    pub(crate) fn relink(&mut self) {
        for a in 0..self.nodes.len() {
            for b in a + 1..self.nodes.len() {
                let linked = self.network.links.contains(&(a, b));
                match (self.may_link(a, b), linked) {
                    (true, false) if self.network.dialing.insert((a, b)) => {
                        let time = self.now + self.rng.millis(DIAL_MS.0, DIAL_MS.1);
                        self.at(time, Event::LinkUp(a, b));
                    }
                    (false, true) => {
                        let time = self.now + self.rng.millis(NOTICE_MS.0, NOTICE_MS.1);
                        self.at(time, Event::LinkDown(a, b));
                    }
                    _ => {}
                }
            }
        }
    }

    pub(crate) fn link_up(&mut self, a: NodeNo, b: NodeNo) -> Result<(), String> {
        self.network.dialing.remove(&(a, b));
        if !self.may_link(a, b) || !self.network.links.insert((a, b)) {
            return Ok(());
        }
        let (key_a, key_b) = (self.nodes[a].public(), self.nodes[b].public());
        self.input(a, Input::Connected(key_b))?;
        self.input(b, Input::Connected(key_a))
    }

    /// Ends a connection, unless what was in its way has gone before anybody noticed.
    pub(crate) fn link_down(&mut self, a: NodeNo, b: NodeNo) -> Result<(), String> {
        if self.may_link(a, b) { Ok(()) } else { self.unlink(a, b) }
    }

    /// Ends a connection now, with the requests on it.
    pub(crate) fn unlink(&mut self, a: NodeNo, b: NodeNo) -> Result<(), String> {
        if !self.network.links.remove(&pair(a, b)) {
            return Ok(());
        }
        self.network.pending.retain(|_, pending| pair(pending.from, pending.to) != pair(a, b));
        let (key_a, key_b) = (self.nodes[a].public(), self.nodes[b].public());
        self.input(a, Input::Disconnected(key_b))?;
        self.input(b, Input::Disconnected(key_a))
    }
}
