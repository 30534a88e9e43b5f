//! What the network has done so far, for operators and tests.

use libp2p::Multiaddr;

/// A picture of the network: where it listens, who is connected, and counters since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetStatus {
    /// The addresses that peers on the same network can dial.
    pub listening: Vec<Multiaddr>,
    /// Peers that belong with at least one connection; guests do not count.
    pub connected: usize,
    /// Gossip messages that wait for a verdict.
    pub undecided: usize,
    /// Messages handed to at least one peer.
    pub published: u64,
    /// Messages published while no peer listened to the topic. They are gone: sync brings them.
    pub published_to_nobody: u64,
    /// Messages that were published, or seen from a peer, a moment before.
    pub published_again: u64,
    /// Messages that no peer's queue had room for.
    pub published_to_full_queues: u64,
    /// Messages received for the first time.
    pub received: u64,
    /// Messages received and dropped because the consumer was behind or too many waited for a verdict.
    pub dropped: u64,
    /// Verdicts that came after gossipsub had forgotten the message.
    pub late_verdicts: u64,
    /// Incoming connections refused: not a peer that belongs, or over a limit.
    pub refused_connections: u64,
    /// Dials that reached nobody, or somebody else.
    pub failed_dials: u64,
    /// How often a peer turned out to be somewhere else than was known.
    pub learned_addresses: u64,
    /// Requests refused because the peer has too many under way, or because guests are not welcome.
    pub refused_requests: u64,
    /// Responses that came after the peer had gone or timed out.
    pub late_responses: u64,
}
