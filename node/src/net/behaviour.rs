//! The protocols that every connection carries, and how each is set up.

use std::time::Duration;

use libp2p::{
    connection_limits::{self, ConnectionLimits},
    dcutr,
    gossipsub::{
        self, AllowAllSubscriptionFilter, IdentTopic, IdentityTransform, MaxCountSubscriptionFilter, Message,
        MessageAuthenticity, MessageId, PeerScoreParams, PeerScoreThresholds, TopicScoreParams, ValidationMode,
        score_parameter_decay,
    },
    identify,
    identity::Keypair,
    mdns, ping, relay,
    request_response::{self, ProtocolSupport},
    swarm::{NetworkBehaviour, behaviour::toggle::Toggle},
};
use sha2::{Digest, Sha256};

use super::{
    NetConfig, NetError, RelayMode,
    codec::{ADDRESS_PROTOCOL, FrameCodec, GUEST_PROTOCOL, PROTOCOL},
    gate::Gate,
    limits::{
        CIRCUIT_DURATION, GOSSIP_QUEUE, MAX_CIRCUIT_BYTES, MAX_CIRCUITS, MAX_CIRCUITS_PER_PEER, MAX_CONTROL_BYTES,
        MAX_CONTROL_IDS, MAX_GOSSIP_FRAME, MAX_GUEST_REQUESTS, MAX_PENDING_CONNECTIONS, MAX_TOPICS, PING_TIMEOUT,
    },
    lobby::Lobby,
};

/// How long a rejected message counts against the peer that sent it.
const REJECTION_MEMORY: Duration = Duration::from_secs(600);

/// How many questions about addresses one connection may have under way; one each way is usual.
const MAX_ADDRESS_STREAMS: usize = 8;

pub(super) type Gossip =
    gossipsub::Behaviour<IdentityTransform, MaxCountSubscriptionFilter<AllowAllSubscriptionFilter>>;

/// Everything that runs on a connection.
///
/// The order matters: a connection is shown to the fields in turn, and the first that denies it ends the round. The
/// guards come first, so that the protocols never hear of a connection that is refused.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    /// Bounds the number of connections.
    pub(super) limits: connection_limits::Behaviour,
    /// Refuses peers that do not belong, dialling or dialled, and keeps guests away from what is inside.
    pub(super) gate: Gate<Inside>,
    /// Asks and answers those who do not belong; it is on every connection.
    pub(super) guest: request_response::Behaviour<FrameCodec>,
}

/// What runs on connections between members.
#[derive(NetworkBehaviour)]
pub(super) struct Inside {
    /// Finds connections that died without a goodbye, which TCP alone notices after many minutes.
    pub(super) ping: ping::Behaviour,
    /// Spreads hints.
    pub(super) gossip: Gossip,
    /// Asks and answers.
    pub(super) exchange: request_response::Behaviour<FrameCodec>,
    /// Tells where members are.
    pub(super) addresses: request_response::Behaviour<FrameCodec>,
    /// Tells which members serve as relays, and how they see us; only where relays are used or served.
    pub(super) identify: Toggle<identify::Behaviour>,
    /// Serves as a relay for members, if the operator wants it.
    pub(super) relay: Toggle<relay::Behaviour>,
    /// Reaches members, and is reached, through a relay.
    pub(super) circuit: Toggle<relay::client::Behaviour>,
    /// Tries for a direct connection when one has come through a relay.
    pub(super) punch: Toggle<dcutr::Behaviour>,
    /// Finds nodes on the local network, if the operator wants it.
    pub(super) nearby: Toggle<mdns::tokio::Behaviour>,
}

impl Behaviour {
    pub(super) fn new(config: &NetConfig, keypair: &Keypair) -> Result<Self, NetError> {
        Ok(Self {
            limits: connection_limits::Behaviour::new(connection_limits(config)),
            gate: Gate::new(Inside::new(config, keypair)?, Lobby::new(config.guest_stay)),
            guest: guest(config),
        })
    }

    /// Adds the behaviour that belongs to the transport through relays; the two are made together.
    pub(super) fn with_circuit(mut self, circuit: relay::client::Behaviour) -> Self {
        self.gate.inside().circuit = Some(circuit).into();
        self
    }
}

impl Inside {
    fn new(config: &NetConfig, keypair: &Keypair) -> Result<Self, NetError> {
        let own = keypair.public().to_peer_id();
        Ok(Self {
            ping: ping::Behaviour::new(
                ping::Config::new().with_interval(config.ping_interval).with_timeout(PING_TIMEOUT),
            ),
            gossip: gossip(config)?,
            exchange: exchange(config),
            addresses: addresses(config),
            identify: (config.relay != RelayMode::Off).then(|| identify(keypair)).into(),
            relay: (config.relay == RelayMode::Serve).then(|| relay(keypair)).into(),
            circuit: None.into(),
            punch: (config.relay == RelayMode::Use).then(|| dcutr::Behaviour::new(own)).into(),
            nearby: nearby(config, keypair)?.into(),
        })
    }

    /// Joins a topic, with rejections in it counting against their senders.
    pub(super) fn subscribe(&mut self, topic: &IdentTopic) -> Result<(), NetError> {
        let refused = |reason: String| NetError::Gossip(reason);
        self.gossip.set_topic_params(topic.clone(), topic_scores()).map_err(|reason| refused(reason.to_owned()))?;
        self.gossip.subscribe(topic).map_err(|error| refused(error.to_string()))?;
        Ok(())
    }
}

fn connection_limits(config: &NetConfig) -> ConnectionLimits {
    ConnectionLimits::default()
        .with_max_pending_incoming(Some(MAX_PENDING_CONNECTIONS))
        .with_max_pending_outgoing(Some(MAX_PENDING_CONNECTIONS))
        .with_max_established(Some(config.max_connections))
        .with_max_established_per_peer(Some(config.max_connections_per_peer))
}

fn gossip(config: &NetConfig) -> Result<Gossip, NetError> {
    let mut gossip = Gossip::new_with_subscription_filter(
        MessageAuthenticity::Anonymous,
        gossip_config(config)?,
        MaxCountSubscriptionFilter {
            filter: AllowAllSubscriptionFilter {},
            max_subscribed_topics: MAX_TOPICS,
            max_subscriptions_per_request: MAX_TOPICS,
        },
    )
    .map_err(|reason| NetError::Gossip(reason.to_owned()))?;
    gossip.with_peer_score(peer_scores(), PeerScoreThresholds::default()).map_err(NetError::Gossip)?;
    Ok(gossip)
}

/// Sets gossipsub up for small meshes of peers that know each other.
///
/// - Anonymous: records carry their own signatures, so signing them again would cost and prove nothing.
/// - Up to 13 peers never prune one another for being too many; nobody needs a minimum of dialled peers, since who
///   may connect at all is decided by membership.
/// - A message stays ten heartbeats, so verification has that long to give its verdict.
fn gossip_config(config: &NetConfig) -> Result<gossipsub::Config, NetError> {
    gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(MAX_GOSSIP_FRAME)
        .max_control_message_size(MAX_CONTROL_BYTES)
        .max_control_messages_sent(MAX_CONTROL_IDS)
        .connection_handler_queue_len(GOSSIP_QUEUE)
        .heartbeat_interval(config.heartbeat)
        .heartbeat_initial_delay(Duration::ZERO)
        .history_length(10)
        .history_gossip(3)
        .mesh_outbound_min(0)
        .mesh_n_low(4)
        .mesh_n(6)
        .mesh_n_high(12)
        .flood_publish(true)
        .unsubscribe_backoff(Duration::from_secs(1))
        .build()
        .map_err(|error| NetError::Gossip(error.to_string()))
}

/// Names a message by its topic and whole bytes.
///
/// Whole, because a name that left the signature out would let a forged copy, sent first, hide the honest one.
fn message_id(message: &Message) -> MessageId {
    let topic = message.topic.as_str().as_bytes();
    let mut hash = Sha256::new();
    // The length keeps a topic's end and a message's beginning apart.
    hash.update((topic.len() as u64).to_be_bytes());
    hash.update(topic);
    hash.update(&message.data);
    MessageId::new(&hash.finalize())
}

/// Scores peers by what they do wrong and by nothing else.
///
/// - Peers of one household, and every test, share an address, so that counts for nothing.
/// - Slow peers are protected from, by bounded queues, and not punished.
/// - A few late heartbeats of a busy machine pass: the penalty for breaking gossip promises begins at the seventh.
fn peer_scores() -> PeerScoreParams {
    PeerScoreParams {
        ip_colocation_factor_weight: 0.0,
        slow_peer_weight: 0.0,
        behaviour_penalty_threshold: 6.0,
        ..PeerScoreParams::default()
    }
}

/// Scores a peer in a topic by its rejected messages: −10 × n².
///
/// With the default thresholds the first takes it out of the mesh, the third (−90) closes our ears to its gossip,
/// until [`REJECTION_MEMORY`] has passed. Requests are not affected. Quiet topics are normal, so silence costs nothing,
/// and there is nothing to earn that could be set against a rejection.
fn topic_scores() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.0,
        first_message_deliveries_weight: 0.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -10.0,
        invalid_message_deliveries_decay: score_parameter_decay(REJECTION_MEMORY),
        ..TopicScoreParams::default()
    }
}

fn exchange(config: &NetConfig) -> request_response::Behaviour<FrameCodec> {
    // Both directions of one connection, and as much again for streams that are just ending.
    let streams = config.max_requests_per_peer.saturating_mul(4);
    request_response::Behaviour::with_codec(
        FrameCodec::MEMBERS,
        [(PROTOCOL, ProtocolSupport::Full)],
        request_response::Config::default()
            .with_request_timeout(config.request_timeout)
            .with_max_concurrent_streams(streams),
    )
}

fn addresses(config: &NetConfig) -> request_response::Behaviour<FrameCodec> {
    request_response::Behaviour::with_codec(
        FrameCodec::ADDRESSES,
        [(ADDRESS_PROTOCOL, ProtocolSupport::Full)],
        request_response::Config::default()
            .with_request_timeout(config.request_timeout)
            .with_max_concurrent_streams(MAX_ADDRESS_STREAMS),
    )
}

/// Says which protocols this node speaks, and of the program its name alone.
fn identify(keypair: &Keypair) -> identify::Behaviour {
    let config = identify::Config::new("folkmoot/1".to_owned(), keypair.public());
    identify::Behaviour::new(config.with_agent_version("folkmoot".to_owned()).with_cache_size(0))
}

/// Serves members alone, so the library's limits, which are for strangers, are widened, and its rates left out.
fn relay(keypair: &Keypair) -> relay::Behaviour {
    let config = relay::Config {
        reservation_rate_limiters: Vec::new(),
        circuit_src_rate_limiters: Vec::new(),
        max_circuits: MAX_CIRCUITS,
        max_circuits_per_peer: MAX_CIRCUITS_PER_PEER,
        max_circuit_duration: CIRCUIT_DURATION,
        max_circuit_bytes: MAX_CIRCUIT_BYTES,
        ..relay::Config::default()
    };
    relay::Behaviour::new(keypair.public().to_peer_id(), config)
}

fn nearby(config: &NetConfig, keypair: &Keypair) -> Result<Option<mdns::tokio::Behaviour>, NetError> {
    let own = keypair.public().to_peer_id();
    let start = || mdns::tokio::Behaviour::new(mdns::Config::default(), own).map_err(NetError::Mdns);
    config.mdns.then(start).transpose()
}

fn guest(config: &NetConfig) -> request_response::Behaviour<FrameCodec> {
    request_response::Behaviour::with_codec(
        FrameCodec::GUESTS,
        [(GUEST_PROTOCOL, ProtocolSupport::Full)],
        request_response::Config::default()
            .with_request_timeout(config.request_timeout.min(config.guest_stay))
            .with_max_concurrent_streams(MAX_GUEST_REQUESTS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, data: &[u8]) -> Message {
        Message { source: None, data: data.to_vec(), sequence_number: None, topic: IdentTopic::new(topic).hash() }
    }

    #[test]
    fn a_message_is_named_by_its_topic_and_whole_bytes() {
        let id = message_id(&message("ab", b"c"));

        assert_eq!(id, message_id(&message("ab", b"c")));
        assert_ne!(id, message_id(&message("a", b"bc")), "the boundary counts");
        assert_ne!(id, message_id(&message("ab", b"d")));
    }

    #[test]
    fn the_configuration_is_one_that_gossipsub_takes() {
        let inside = Inside::new(&NetConfig::new([1; 32], Vec::new()), &Keypair::generate_ed25519()).unwrap();

        assert_eq!(inside.gossip.topics().count(), 0);
    }
}
