//! Requests in the loop: those under way in both directions, and what becomes of them.

use std::{collections::HashMap, io};

use libp2p::{
    PeerId,
    request_response::{
        Event, InboundFailure, InboundRequestId, Message, OutboundFailure, OutboundRequestId, ResponseChannel,
    },
};

use super::{
    NetConfig, NetEvent, PeerKey, ReplyToken, RequestError, RequestId, codec::FrameTooLong, limits::MAX_REQUEST_BYTES,
    quota::Quota, swarm::SwarmLoop,
};

/// How many peers' worth of requests may be under way in one direction, all peers together.
const BUSY_PEERS: usize = 8;

/// The requests under way.
pub(super) struct Exchange {
    sent: HashMap<OutboundRequestId, (RequestId, PeerId)>,
    sent_quota: Quota,
    received: HashMap<InboundRequestId, PeerId>,
    received_quota: Quota,
}

impl Exchange {
    pub(super) fn new(config: &NetConfig) -> Self {
        let (per_peer, total) = (config.max_requests_per_peer, config.max_requests_per_peer * BUSY_PEERS);
        Self {
            sent: HashMap::new(),
            sent_quota: Quota::new(per_peer, total),
            received: HashMap::new(),
            received_quota: Quota::new(per_peer, total),
        }
    }

    /// Notes that a received request is over, answered or not.
    fn finish_received(&mut self, id: InboundRequestId) {
        if let Some(peer) = self.received.remove(&id) {
            self.received_quota.give_back(peer, 1);
        }
    }

    /// Notes that a sent request is over and gives the name it has for the consumer.
    fn finish_sent(&mut self, id: OutboundRequestId) -> Option<RequestId> {
        let (name, peer) = self.sent.remove(&id)?;
        self.sent_quota.give_back(peer, 1);
        Some(name)
    }
}

impl SwarmLoop {
    pub(super) fn request(&mut self, id: RequestId, key: PeerKey, data: Vec<u8>) {
        let peer = key.peer_id();
        let (len, limit) = (data.len(), MAX_REQUEST_BYTES);
        let refusal = if len > limit {
            RequestError::TooLarge { len, limit }
        } else if !self.peers.is_connected(&peer) {
            // Otherwise libp2p would keep the request and dial by itself; dialling is the peer table's. A connection
            // as guests does not count.
            RequestError::NotConnected
        } else if !self.exchange.sent_quota.take(peer, 1) {
            RequestError::Busy
        } else {
            let sent = self.swarm.behaviour_mut().gate.inside().exchange.send_request(&peer, data);
            self.exchange.sent.insert(sent, (id, peer));
            return;
        };
        self.outbox.push(NetEvent::Response { id, from: key, result: Err(refusal) });
    }

    pub(super) fn respond(&mut self, reply: ReplyToken, data: Vec<u8>) {
        let exchange = &mut self.swarm.behaviour_mut().gate.inside().exchange;
        if exchange.send_response(reply.channel, data).is_err() {
            self.note(|status| status.late_responses += 1);
        }
    }

    pub(super) fn on_exchange(&mut self, event: Event<Vec<u8>, Vec<u8>>) {
        match event {
            Event::Message { peer, message: Message::Request { request_id, request, channel }, .. } => {
                self.on_request(peer, request_id, request, channel);
            }
            Event::Message { peer, message: Message::Response { request_id, response }, .. } => {
                self.on_response(peer, request_id, Ok(response));
            }
            Event::OutboundFailure { peer, request_id, error, .. } => {
                self.on_response(peer, request_id, Err(request_error(error)));
            }
            Event::InboundFailure { peer, request_id, error, .. } => {
                if !matches!(error, InboundFailure::ResponseOmission) {
                    tracing::debug!(%peer, %error, "a request went without its response");
                }
                self.exchange.finish_received(request_id);
            }
            Event::ResponseSent { request_id, .. } => self.exchange.finish_received(request_id),
        }
    }

    /// Hands a request to the consumer, unless the peer has its share under way. Dropping the channel then tells the
    /// peer that no answer comes.
    fn on_request(&mut self, peer: PeerId, id: InboundRequestId, data: Vec<u8>, channel: ResponseChannel<Vec<u8>>) {
        let Some(from) = PeerKey::from_peer_id(&peer) else { return };
        if !self.exchange.received_quota.take(peer, 1) {
            return self.note(|status| status.refused_requests += 1);
        }
        self.exchange.received.insert(id, peer);
        self.outbox.push(NetEvent::Request { from, data, reply: ReplyToken { channel } });
    }

    fn on_response(&mut self, peer: PeerId, id: OutboundRequestId, result: Result<Vec<u8>, RequestError>) {
        let (name, key) = (self.exchange.finish_sent(id), PeerKey::from_peer_id(&peer));
        if let (Some(id), Some(from)) = (name, key) {
            self.outbox.push(NetEvent::Response { id, from, result });
        }
    }
}

pub(super) fn request_error(failure: OutboundFailure) -> RequestError {
    match failure {
        OutboundFailure::DialFailure => RequestError::NotConnected,
        OutboundFailure::Timeout => RequestError::Timeout,
        OutboundFailure::ConnectionClosed => RequestError::Disconnected,
        OutboundFailure::UnsupportedProtocols => RequestError::Unsupported,
        OutboundFailure::Io(error) => stream_error(error),
    }
}

fn stream_error(error: io::Error) -> RequestError {
    let frame = error.get_ref().and_then(|inner| inner.downcast_ref::<FrameTooLong>());
    if let Some(FrameTooLong { claimed, limit }) = frame.copied() {
        return RequestError::Oversized { claimed, limit };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            RequestError::NoAnswer
        }
        _ => RequestError::Io(error),
    }
}
