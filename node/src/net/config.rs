//! What a node's operator may choose about the network.

use std::{fmt, path::PathBuf, time::Duration};

use libp2p::Multiaddr;
use serde::{Deserialize, Serialize};

/// What a node has to do with relays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelayMode {
    /// Neither serves nor asks for a place; it still dials members that are reached through one.
    #[default]
    Off,
    /// Carries connections between members.
    Serve,
    /// Asks members that serve for a place, to be reached there, and tries for direct connections from there.
    Use,
}

/// Configures the transport of one node.
#[derive(Clone)]
pub struct NetConfig {
    /// The seed of the node's Ed25519 key, which is its identity towards peers.
    pub secret: [u8; 32],
    /// The addresses to listen on: `/ip4/…/tcp/…` and `/ip4/…/udp/…/quic-v1`, IPv6 likewise; port 0 takes a free one.
    pub listen: Vec<Multiaddr>,
    /// The time between gossip heartbeats, which repair the mesh. A message lives ten of them for its verdict.
    pub heartbeat: Duration,
    /// How long a request may take from sending it to having the whole response.
    pub request_timeout: Duration,
    /// The wait before the first redial; it doubles with each failure.
    pub redial_first: Duration,
    /// The longest wait between two dials of one peer.
    pub redial_cap: Duration,
    /// The time between pings, which find connections that died without a goodbye.
    pub ping_interval: Duration,
    /// The most connections of one peer. Both sides may dial at once, so it is at least 2.
    pub max_connections_per_peer: u32,
    /// The most connections in all.
    pub max_connections: u32,
    /// The most requests under way with one peer, in each direction.
    pub max_requests_per_peer: usize,
    /// The most bytes of gossip that wait for a verdict; one peer may use a quarter of them.
    pub max_undecided_bytes: usize,
    /// The addresses to tell members instead of those that are listened on; empty tells those.
    pub announce: Vec<Multiaddr>,
    /// Whether to serve as a relay, or to be reached through one.
    pub relay: RelayMode,
    /// Whether to look for members on the local network, and be found there.
    pub mdns: bool,
    /// The file that keeps what is known of members' addresses; without one a restart forgets it.
    pub address_book: Option<PathBuf>,
    /// How often to ask a connected member for the addresses of others that are not.
    pub addresses_every: Duration,
    /// How long a guest may stay, and how long a call as a guest may take.
    pub guest_stay: Duration,
    /// How many events the consumer may fall behind before gossip is dropped.
    pub event_capacity: usize,
}

impl NetConfig {
    /// Gives the defaults for a node with this seed that listens on these addresses.
    pub fn new(secret: [u8; 32], listen: Vec<Multiaddr>) -> Self {
        Self {
            secret,
            listen,
            heartbeat: Duration::from_millis(700),
            request_timeout: Duration::from_secs(20),
            redial_first: Duration::from_millis(250),
            redial_cap: Duration::from_secs(30),
            ping_interval: Duration::from_secs(15),
            max_connections_per_peer: 4,
            max_connections: 512,
            max_requests_per_peer: 8,
            max_undecided_bytes: 16 * 1024 * 1024,
            announce: Vec::new(),
            relay: RelayMode::Off,
            mdns: false,
            address_book: None,
            addresses_every: Duration::from_secs(30),
            guest_stay: Duration::from_secs(30),
            event_capacity: 256,
        }
    }
}

/// Leaves the secret out, so that a logged configuration gives nothing away.
impl fmt::Debug for NetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetConfig")
            .field("listen", &self.listen)
            .field("heartbeat", &self.heartbeat)
            .field("request_timeout", &self.request_timeout)
            .field("redial_first", &self.redial_first)
            .field("redial_cap", &self.redial_cap)
            .field("ping_interval", &self.ping_interval)
            .field("max_connections_per_peer", &self.max_connections_per_peer)
            .field("max_connections", &self.max_connections)
            .field("max_requests_per_peer", &self.max_requests_per_peer)
            .field("max_undecided_bytes", &self.max_undecided_bytes)
            .field("announce", &self.announce)
            .field("relay", &self.relay)
            .field("mdns", &self.mdns)
            .field("address_book", &self.address_book)
            .field("addresses_every", &self.addresses_every)
            .field("guest_stay", &self.guest_stay)
            .field("event_capacity", &self.event_capacity)
            .finish_non_exhaustive()
    }
}
