//! Guests in the loop: requests of peers that do not belong, and this node's own requests as a guest elsewhere.

use std::collections::{HashMap, VecDeque};

use libp2p::{
    Multiaddr, PeerId,
    request_response::{Event, InboundRequestId, Message, OutboundRequestId, ResponseChannel},
    swarm::{
        ConnectionId, DialError,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::{sync::oneshot, time::Instant};

use super::{
    GuestError, GuestReply, NetConfig, NetEvent, PeerKey,
    exchange::request_error,
    limits::{
        MAX_GUEST_ADDRESSES, MAX_GUEST_CALLS, MAX_GUEST_REQUEST_BYTES, MAX_GUEST_REQUESTS, MAX_GUEST_REQUESTS_UNDER_WAY,
    },
    lobby::Lobby,
    quota::Quota,
    swarm::SwarmLoop,
};

/// Takes what becomes of a call: who answered, and what.
pub(super) type CallAnswer = oneshot::Sender<Result<(PeerKey, Vec<u8>), GuestError>>;

/// A question to a peer that need not belong.
#[derive(Debug)]
pub(super) struct GuestCall {
    pub(super) addresses: Vec<Multiaddr>,
    pub(super) expected: Option<PeerKey>,
    pub(super) data: Vec<u8>,
    pub(super) answer: CallAnswer,
}

/// What guests have under way in the loop, in both directions.
pub(super) struct Guests {
    received: HashMap<InboundRequestId, PeerId>,
    quota: Quota,
    calls: Vec<Call>,
}

/// A call of this node.
struct Call {
    routes: VecDeque<DialOpts>,
    stage: Stage,
    data: Vec<u8>,
    until: Instant,
    answer: CallAnswer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Dialling(ConnectionId),
    /// With the connection, if it was opened for this call.
    Asking(OutboundRequestId, Option<ConnectionId>),
}

impl Guests {
    pub(super) fn new(config: &NetConfig) -> Self {
        let quota = Quota::new(config.max_requests_per_peer.min(MAX_GUEST_REQUESTS), MAX_GUEST_REQUESTS_UNDER_WAY);
        Self { received: HashMap::new(), quota, calls: Vec::new() }
    }

    fn finish_received(&mut self, id: InboundRequestId) {
        if let Some(peer) = self.received.remove(&id) {
            self.quota.give_back(peer, 1);
        }
    }

    fn take_call(&mut self, wanted: impl Fn(&Call) -> bool) -> Option<Call> {
        let place = self.calls.iter().position(wanted)?;
        Some(self.calls.swap_remove(place))
    }
}

impl SwarmLoop {
    /// The guests that are inside, and who may come.
    pub(super) fn lobby(&mut self) -> &mut Lobby {
        &mut self.swarm.behaviour_mut().gate.lobby
    }

    /// Lets guests in until then. Without a time it lets nobody in and sends away who came.
    pub(super) fn welcome(&mut self, until: Option<Instant>) {
        self.lobby().welcome(until);
        if until.is_none() {
            for connection in self.lobby().come() {
                self.swarm.close_connection(connection);
            }
        }
    }

    /// When a guest has to go or a call has taken too long.
    pub(super) fn guests_due(&self) -> Option<Instant> {
        let calls = self.guests.calls.iter().map(|call| call.until).min();
        calls.into_iter().chain(self.swarm.behaviour().gate.lobby.next_due()).min()
    }

    pub(super) fn dismiss_due(&mut self) {
        let now = Instant::now();
        for connection in self.lobby().take_due(now) {
            tracing::debug!(%connection, "a guest has been here long enough");
            self.swarm.close_connection(connection);
        }
        while let Some(call) = self.guests.take_call(|call| call.until <= now) {
            self.finish(call, Err(GuestError::Timeout));
        }
    }

    /// Begins a call: over a connection that is there, or by dialling one address after the other.
    pub(super) fn call(&mut self, call: GuestCall) {
        let GuestCall { addresses, expected, data, answer } = call;
        let (len, limit) = (data.len(), MAX_GUEST_REQUEST_BYTES);
        let refusal = if len > limit {
            Some(GuestError::TooLarge { len, limit })
        } else if self.guests.calls.len() >= MAX_GUEST_CALLS {
            Some(GuestError::Busy)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            // Whoever asked may have gone.
            let _ = answer.send(Err(refusal));
            return;
        }
        let until = Instant::now() + self.guest_stay;
        let connected = expected.map(|key| key.peer_id()).filter(|peer| self.swarm.is_connected(peer));
        if let Some(peer) = connected {
            let id = self.swarm.behaviour_mut().guest.send_request(&peer, data);
            let stage = Stage::Asking(id, None);
            let (data, routes) = (Vec::new(), VecDeque::new());
            return self.guests.calls.push(Call { routes, stage, data, until, answer });
        }
        self.dial_next(routes(addresses, expected), data, until, answer, GuestError::NoAddress);
    }

    fn dial_next(
        &mut self,
        mut routes: VecDeque<DialOpts>,
        data: Vec<u8>,
        until: Instant,
        answer: CallAnswer,
        mut failure: GuestError,
    ) {
        while let Some(route) = routes.pop_front() {
            let connection = route.connection_id();
            self.lobby().dialling(connection);
            match self.swarm.dial(route) {
                Ok(()) => {
                    let stage = Stage::Dialling(connection);
                    return self.guests.calls.push(Call { routes, stage, data, until, answer });
                }
                Err(error) => {
                    self.lobby().dial_failed(connection);
                    failure = dial_error(&error);
                }
            }
        }
        let _ = answer.send(Err(failure));
    }

    /// Asks over the connection that a call was waiting for; one that nobody waits for any more is closed.
    pub(super) fn on_guest_connected(&mut self, connection: ConnectionId, peer: PeerId) {
        tracing::debug!(%peer, %connection, "a guest's connection");
        if let Some(call) = self.guests.calls.iter_mut().find(|call| call.stage == Stage::Dialling(connection)) {
            let data = std::mem::take(&mut call.data);
            let id = self.swarm.behaviour_mut().guest.send_request(&peer, data);
            call.stage = Stage::Asking(id, Some(connection));
        } else if !self.lobby().come().contains(&connection) {
            self.swarm.close_connection(connection);
        }
    }

    /// Tries a call's next address; `false` if the dial was not a call's.
    pub(super) fn on_guest_dial_failed(&mut self, connection: ConnectionId, error: &DialError) -> bool {
        let was_guest = self.lobby().dial_failed(connection);
        if let Some(call) = self.guests.take_call(|call| call.stage == Stage::Dialling(connection)) {
            let Call { routes, data, until, answer, stage: _ } = call;
            self.dial_next(routes, data, until, answer, dial_error(error));
        }
        was_guest
    }

    pub(super) fn on_guest(&mut self, event: Event<Vec<u8>, Vec<u8>>) {
        match event {
            Event::Message { peer, connection_id, message: Message::Request { request_id, request, channel } } => {
                self.on_guest_request(peer, connection_id, request_id, request, channel);
            }
            Event::Message { peer, message: Message::Response { request_id, response }, .. } => {
                let from = PeerKey::from_peer_id(&peer);
                self.on_called(request_id, from.map(|from| (from, response)).ok_or(GuestError::WrongPeer));
            }
            Event::OutboundFailure { request_id, error, .. } => {
                self.on_called(request_id, Err(GuestError::Request(request_error(error))));
            }
            Event::InboundFailure { request_id, .. } | Event::ResponseSent { request_id, .. } => {
                self.guests.finish_received(request_id);
            }
        }
    }

    /// Hands a guest's request to the consumer. It is refused, by dropping the channel, when guests are not welcome, ask
    /// too much, or the consumer is behind: guests give way to members.
    fn on_guest_request(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        id: InboundRequestId,
        data: Vec<u8>,
        channel: ResponseChannel<Vec<u8>>,
    ) {
        let open = self.lobby().is_open(Instant::now());
        let (address, requests) = match self.lobby().guest(connection) {
            Some(guest) => {
                guest.requests += 1;
                (Some(guest.address.clone()), guest.requests)
            }
            None => (None, 0),
        };
        if !open || requests > MAX_GUEST_REQUESTS {
            self.note(|status| status.refused_requests += 1);
            if requests > 0 {
                self.swarm.close_connection(connection);
            }
            return;
        }
        let Some(from) = PeerKey::from_peer_id(&peer).filter(|_| self.guests.quota.take(peer, 1)) else {
            return self.note(|status| status.refused_requests += 1);
        };
        self.guests.received.insert(id, peer);
        if !self.outbox.offer(NetEvent::GuestRequest { from, address, data, reply: GuestReply { channel } }) {
            self.note(|status| status.refused_requests += 1);
        }
    }

    pub(super) fn answer_guest(&mut self, reply: GuestReply, data: Vec<u8>) {
        if self.swarm.behaviour_mut().guest.send_response(reply.channel, data).is_err() {
            self.note(|status| status.late_responses += 1);
        }
    }

    fn on_called(&mut self, id: OutboundRequestId, result: Result<(PeerKey, Vec<u8>), GuestError>) {
        let call = self.guests.take_call(|call| matches!(call.stage, Stage::Asking(asked, _) if asked == id));
        if let Some(call) = call {
            self.finish(call, result);
        }
    }

    /// Ends a call, and the connection that was opened for it. A dial that is still under way closes when it comes about.
    fn finish(&mut self, call: Call, result: Result<(PeerKey, Vec<u8>), GuestError>) {
        if let Stage::Asking(_, Some(connection)) = call.stage {
            self.swarm.close_connection(connection);
        }
        let _ = call.answer.send(result);
    }
}

/// The dials of a call: all addresses together if it is known who must answer, else one after the other.
///
/// A port of its own for each, as for members.
fn routes(mut addresses: Vec<Multiaddr>, expected: Option<PeerKey>) -> VecDeque<DialOpts> {
    addresses.truncate(MAX_GUEST_ADDRESSES);
    let Some(key) = expected else {
        let dial = |address| DialOpts::unknown_peer_id().address(address).allocate_new_port().build();
        return addresses.into_iter().map(dial).collect();
    };
    if addresses.is_empty() {
        return VecDeque::new();
    }
    let dial = DialOpts::peer_id(key.peer_id()).condition(PeerCondition::Always).addresses(addresses);
    VecDeque::from([dial.allocate_new_port().build()])
}

fn dial_error(error: &DialError) -> GuestError {
    match error {
        DialError::WrongPeerId { .. } | DialError::LocalPeerId { .. } => GuestError::WrongPeer,
        DialError::NoAddresses => GuestError::NoAddress,
        other => GuestError::Unreachable(other.to_string()),
    }
}
