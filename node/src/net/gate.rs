//! Who gets in, and as what: members to everything, guests to one protocol, others not at all.

use std::{
    collections::{HashMap, HashSet},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
        behaviour::{AddressChange, ConnectionClosed, ConnectionEstablished, DialFailure, ListenFailure},
        derive_prelude::Either,
        dummy,
    },
};
use tokio::time::Instant;

use super::lobby::Lobby;

/// Says that a peer is neither a member nor welcome as a guest.
#[derive(Debug, thiserror::Error)]
#[error("peer {0} does not belong here")]
struct Foreign(PeerId);

/// Shows members' connections, and no others, to the protocols inside.
///
/// A guest's connection has no handler of theirs, so it can open none of their streams; and they never hear of it, not
/// even in the counts of a peer's connections, so they do not take a guest for a neighbour.
pub(super) struct Gate<B> {
    /// The guests that are inside, and who may come.
    pub(super) lobby: Lobby,
    inside: B,
    members: HashSet<PeerId>,
    links: HashMap<PeerId, Vec<ConnectionId>>,
}

impl<B> Gate<B> {
    pub(super) fn new(inside: B, lobby: Lobby) -> Self {
        Self { lobby, inside, members: HashSet::new(), links: HashMap::new() }
    }

    /// The protocols for members.
    pub(super) fn inside(&mut self) -> &mut B {
        &mut self.inside
    }

    /// Lets a peer in from now on.
    pub(super) fn allow(&mut self, peer: PeerId) {
        self.members.insert(peer);
    }

    /// Lets a peer in no more; its connections are the caller's to close.
    pub(super) fn disallow(&mut self, peer: &PeerId) {
        self.members.remove(peer);
    }

    /// How many connections a peer has as a member.
    pub(super) fn links(&self, peer: &PeerId) -> usize {
        self.links.get(peer).map_or(0, Vec::len)
    }

    fn belongs(&self, peer: PeerId) -> Result<(), ConnectionDenied> {
        if self.members.contains(&peer) { Ok(()) } else { Err(ConnectionDenied::new(Foreign(peer))) }
    }

    fn opened(&mut self, peer: PeerId, connection: ConnectionId) -> usize {
        let links = self.links.entry(peer).or_default();
        links.push(connection);
        links.len() - 1
    }

    fn closed(&mut self, peer: PeerId, connection: ConnectionId) -> usize {
        let Some(links) = self.links.get_mut(&peer) else { return 0 };
        links.retain(|known| *known != connection);
        let left = links.len();
        if left == 0 {
            self.links.remove(&peer);
        }
        left
    }

    /// Gives an event as the protocols inside may see it.
    fn seen_inside<'a>(&mut self, event: FromSwarm<'a>) -> Option<FromSwarm<'a>> {
        Some(match event {
            FromSwarm::ConnectionEstablished(event) if !self.lobby.holds(event.connection_id) => {
                let other_established = self.opened(event.peer_id, event.connection_id);
                FromSwarm::ConnectionEstablished(ConnectionEstablished { other_established, ..event })
            }
            FromSwarm::ConnectionClosed(event) if !self.lobby.holds(event.connection_id) => {
                let remaining_established = self.closed(event.peer_id, event.connection_id);
                FromSwarm::ConnectionClosed(ConnectionClosed { remaining_established, ..event })
            }
            FromSwarm::ConnectionEstablished(_) | FromSwarm::ConnectionClosed(_) => return None,
            FromSwarm::AddressChange(AddressChange { connection_id, .. })
            | FromSwarm::DialFailure(DialFailure { connection_id, .. })
            | FromSwarm::ListenFailure(ListenFailure { connection_id, .. })
                if self.lobby.concerns(connection_id) =>
            {
                return None;
            }
            other => other,
        })
    }

    /// A guest's handler knows no event of theirs: what is for any connection of a peer goes to a member's.
    fn link(&self, peer: &PeerId, handler: NotifyHandler) -> Option<NotifyHandler> {
        match handler {
            NotifyHandler::Any => self.links.get(peer)?.first().copied().map(NotifyHandler::One),
            one @ NotifyHandler::One(_) => Some(one),
        }
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for Gate<B> {
    type ConnectionHandler = Either<THandler<B>, dummy::ConnectionHandler>;
    type ToSwarm = B::ToSwarm;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.inside.handle_pending_inbound_connection(connection, local, remote)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if self.belongs(peer).is_ok() {
            return self
                .inside
                .handle_established_inbound_connection(connection, peer, local, remote)
                .map(Either::Left);
        }
        if self.lobby.enter(connection, peer, remote, Instant::now()) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        Err(ConnectionDenied::new(Foreign(peer)))
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if self.lobby.concerns(connection) {
            return Ok(Vec::new());
        }
        peer.map_or(Ok(()), |peer| self.belongs(peer))?;
        self.inside.handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if self.lobby.reached(connection, peer, address, Instant::now()) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.belongs(peer)?;
        self.inside.handle_established_outbound_connection(connection, peer, address, role, port).map(Either::Left)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let Some(event) = self.seen_inside(event) {
            self.inside.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {
            Either::Left(event) => self.inside.on_connection_handler_event(peer, connection, event),
            Either::Right(never) => match never {},
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        while let Poll::Ready(event) = self.inside.poll(cx) {
            let ToSwarm::NotifyHandler { peer_id, handler, event } = event else {
                return Poll::Ready(event.map_in(Either::Left));
            };
            if let Some(handler) = self.link(&peer_id, handler) {
                return Poll::Ready(ToSwarm::NotifyHandler { peer_id, handler, event: Either::Left(event) });
            }
        }
        Poll::Pending
    }
}
