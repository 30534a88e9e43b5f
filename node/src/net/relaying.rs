//! Relays in the loop: reserving a place with members that serve as one, so that others reach this node through them.

use std::collections::{HashMap, HashSet};

use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    dcutr, identify,
    multiaddr::Protocol,
    relay::{self, HOP_PROTOCOL_NAME},
};

use super::{NetConfig, RelayMode, book::is_relayed, limits::MAX_RELAYS, swarm::SwarmLoop};

/// What this node has to do with relays.
pub(super) struct Relaying {
    mode: RelayMode,
    serving: HashSet<PeerId>,
    places: HashMap<PeerId, ListenerId>,
    told: Vec<Multiaddr>,
}

impl Relaying {
    pub(super) fn new(config: &NetConfig) -> Self {
        Self { mode: config.relay, serving: HashSet::new(), places: HashMap::new(), told: Vec::new() }
    }
}

impl SwarmLoop {
    /// Notes which members serve as a relay; what else they say of themselves is not used.
    pub(super) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, info, .. } = event else { return };
        if info.protocols.contains(&HOP_PROTOCOL_NAME) && self.peers.is_connected(&peer_id) {
            self.relaying.serving.insert(peer_id);
            self.reserve(peer_id);
        }
    }

    /// Asks a member for a place at it, if this node wants one there and has none.
    ///
    /// Its own record says where it is; as long as that is not known, there is nothing to tell others.
    pub(super) fn reserve(&mut self, peer: PeerId) {
        let relaying = &self.relaying;
        let wanted = relaying.mode == RelayMode::Use && relaying.serving.contains(&peer);
        if !wanted || relaying.places.contains_key(&peer) || relaying.places.len() >= MAX_RELAYS {
            return;
        }
        let Some(address) = relay_address(self.learned(&peer)).cloned() else { return };
        let place = address.with(Protocol::P2p(peer)).with(Protocol::P2pCircuit);
        match self.swarm.listen_on(place) {
            Ok(listener) => drop(self.relaying.places.insert(peer, listener)),
            Err(error) => tracing::warn!(%peer, %error, "cannot listen through a relay"),
        }
    }

    /// Asks again where a place was lost.
    pub(super) fn reserve_all(&mut self) {
        for peer in self.relaying.serving.iter().copied().collect::<Vec<_>>() {
            self.reserve(peer);
        }
    }

    pub(super) fn relay_left(&mut self, peer: &PeerId) {
        self.relaying.serving.remove(peer);
    }

    pub(super) fn listener_closed(&mut self, listener: ListenerId) {
        self.relaying.places.retain(|_, place| *place != listener);
    }

    /// Tells the relay where it is itself: it hands that to whoever gets a place.
    pub(super) fn tell_relay(&mut self, own: Vec<Multiaddr>) {
        if self.relaying.mode != RelayMode::Serve {
            return;
        }
        for address in std::mem::replace(&mut self.relaying.told, own.clone()) {
            self.swarm.remove_external_address(&address);
        }
        for address in own {
            self.swarm.add_external_address(address);
        }
    }
}

/// Chooses the address by which others reach a relay: TCP passes more networks than UDP.
fn relay_address(addresses: &[Multiaddr]) -> Option<&Multiaddr> {
    let direct = || addresses.iter().filter(|address| !is_relayed(address));
    direct().find(|address| address.iter().any(|part| matches!(part, Protocol::Tcp(_)))).or_else(|| direct().next())
}

pub(super) fn on_relay(event: &relay::Event) {
    tracing::debug!(?event, "serving as a relay");
}

pub(super) fn on_circuit(event: &relay::client::Event) {
    tracing::debug!(?event, "using a relay");
}

pub(super) fn on_punch(event: &dcutr::Event) {
    match &event.result {
        Ok(_) => tracing::debug!(peer = %event.remote_peer_id, "a direct connection in place of the relayed one"),
        Err(error) => tracing::debug!(peer = %event.remote_peer_id, %error, "no direct connection; the relay stays"),
    }
}
