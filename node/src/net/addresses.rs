//! Addresses in the loop: peers tell each other where they are, and where the members are that one of them misses.

use std::{collections::HashSet, io::Write as _, path::PathBuf, time::Duration};

use libp2p::{
    Multiaddr, PeerId,
    core::PeerRecord,
    identity::Keypair,
    request_response::{Event, Message, ResponseChannel},
};
use tokio::time::Instant;

use super::{
    NetConfig, PeerKey,
    book::{AddressBook, announced, pack, unpack},
    limits::MAX_WANTED,
    swarm::SwarmLoop,
};

/// What a node knows of addresses, and what it says of its own.
pub(super) struct Addresses {
    book: AddressBook,
    file: Option<PathBuf>,
    unsaved: bool,
    keypair: Keypair,
    announce: Vec<Multiaddr>,
    own: (Vec<Multiaddr>, Vec<u8>),
    every: Duration,
    due: Instant,
    turn: usize,
}

impl Addresses {
    /// Reads the saved book, if there is one; one that cannot be read is only a start without it.
    pub(super) fn new(config: &NetConfig, keypair: Keypair) -> Self {
        let file = config.address_book.clone();
        let saved = file.as_ref().and_then(|file| match std::fs::read(file) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(file = %file.display(), %error, "cannot read what was known of peers' addresses");
                None
            }
        });
        Self {
            book: AddressBook::load(&saved.unwrap_or_default()),
            file,
            unsaved: false,
            keypair,
            announce: config.announce.clone(),
            own: (Vec::new(), Vec::new()),
            every: config.addresses_every,
            due: Instant::now() + config.addresses_every,
            turn: 0,
        }
    }

    /// When to ask and to save next.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Signs anew where this node is; `false` if nothing has changed.
    fn renew(&mut self, listening: &[Multiaddr]) -> bool {
        let addresses = announced(&self.announce, listening);
        if addresses == self.own.0 && !self.own.1.is_empty() {
            return false;
        }
        match PeerRecord::new_interop(&self.keypair, addresses.clone()) {
            Ok(record) => self.own = (addresses, record.into_signed_envelope().into_protobuf_encoding()),
            Err(error) => tracing::error!(%error, "cannot sign where this node is"),
        }
        true
    }

    /// Writes the book beside the old one and puts it in its place.
    ///
    /// Without a sync: every record in it is verified when it is read, and losing it costs no more than looking again.
    fn save(&mut self) {
        let Some(file) = self.file.as_ref().filter(|_| self.unsaved) else { return };
        let new = file.with_extension("new");
        let written = std::fs::File::create(&new)
            .and_then(|mut out| out.write_all(&self.book.save()))
            .and_then(|()| std::fs::rename(&new, file));
        match written {
            Ok(()) => self.unsaved = false,
            Err(error) => tracing::warn!(file = %file.display(), %error, "cannot keep what is known of addresses"),
        }
    }
}

impl SwarmLoop {
    /// Where a peer is, as far as is known.
    pub(super) fn learned(&self, peer: &PeerId) -> &[Multiaddr] {
        self.addresses.book.addresses(peer)
    }

    /// Tells every connected member where this node is, if that has changed.
    pub(super) fn announce(&mut self, listening: &[Multiaddr]) {
        if self.addresses.renew(listening) {
            self.tell_relay(self.addresses.own.0.clone());
            for peer in self.peers.connected_ids() {
                self.ask_addresses(peer);
            }
        }
    }

    /// Tells a member where this node is, and asks where those are that it misses.
    pub(super) fn ask_addresses(&mut self, peer: PeerId) {
        let missed = self.peers.missed();
        // Not always the same ones, if there are too many to name.
        let start = self.addresses.turn.checked_rem(missed.len()).unwrap_or(0);
        let wanted = missed.iter().cycle().skip(start).take(missed.len().min(MAX_WANTED));
        let own = std::iter::once(self.addresses.own.1.as_slice());
        let question = pack(own.chain(wanted.map(|key| key.0.as_slice())));
        // What comes of it is an event; a lost question is asked again.
        let _ = self.swarm.behaviour_mut().gate.inside().addresses.send_request(&peer, question);
    }

    /// Asks one member after the other as long as some are missed, and saves what is new.
    pub(super) fn addresses_due(&mut self) {
        let connected = self.peers.connected_ids();
        if !connected.is_empty() && !self.peers.missed().is_empty() {
            self.addresses.turn = self.addresses.turn.wrapping_add(1);
            self.ask_addresses(connected[self.addresses.turn % connected.len()]);
        }
        self.reserve_all();
        self.save_addresses();
        self.addresses.due = Instant::now() + self.addresses.every;
    }

    pub(super) fn save_addresses(&mut self) {
        self.addresses.save();
    }

    pub(super) fn on_addresses(&mut self, event: Event<Vec<u8>, Vec<u8>>) {
        match event {
            Event::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                self.on_question(peer, &request, channel);
            }
            Event::Message { peer, message: Message::Response { response, .. }, .. } => {
                self.on_records(peer, &response);
            }
            Event::OutboundFailure { peer, error, .. } => tracing::debug!(%peer, %error, "no addresses"),
            Event::InboundFailure { .. } | Event::ResponseSent { .. } => {}
        }
    }

    fn on_question(&mut self, from: PeerId, question: &[u8], channel: ResponseChannel<Vec<u8>>) {
        let Some(parts) = unpack(question).filter(|parts| parts.len() <= MAX_WANTED + 1) else { return };
        let Some((own, wanted)) = parts.split_first() else { return };
        let members = self.peers.ids().collect();
        self.learn_own(from, own, &members);
        let wanted = wanted.iter().filter_map(|key| Some(PeerKey((*key).try_into().ok()?).peer_id()));
        let known = wanted.filter(|peer| members.contains(peer)).filter_map(|peer| self.addresses.book.record(&peer));
        let answer = pack(std::iter::once(self.addresses.own.1.as_slice()).chain(known));
        // It fails only if the peer has gone.
        let _ = self.swarm.behaviour_mut().gate.inside().addresses.send_response(channel, answer);
    }

    fn on_records(&mut self, from: PeerId, answer: &[u8]) {
        let Some(parts) = unpack(answer).filter(|parts| parts.len() <= MAX_WANTED + 1) else { return };
        let Some((own, others)) = parts.split_first() else { return };
        let members = self.peers.ids().collect();
        self.learn_own(from, own, &members);
        for record in others {
            if let Some(peer) = self.addresses.book.learn(record, &members) {
                self.moved(peer);
            }
        }
    }

    fn learn_own(&mut self, from: PeerId, record: &[u8], members: &HashSet<PeerId>) {
        if members.contains(&from) && self.addresses.book.learn_own(from, record, members) {
            self.moved(from);
        }
    }

    fn moved(&mut self, peer: PeerId) {
        self.addresses.unsaved = true;
        let addresses = self.addresses.book.addresses(&peer).to_vec();
        tracing::debug!(%peer, ?addresses, "a peer says where it is");
        self.peers.learn(peer, addresses, Instant::now());
        self.note(|status| status.learned_addresses += 1);
        self.reserve(peer);
    }
}
