//! What can go wrong, split by who has to do something about it.

use std::{io, time::Duration};

use libp2p::{Multiaddr, TransportError};

/// Why the network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The seed is not an Ed25519 secret.
    #[error("the node's secret is not an Ed25519 seed")]
    Key(#[source] libp2p::identity::DecodingError),
    /// The encryption of TCP connections could not be set up.
    #[error("the noise encryption could not be set up")]
    Noise(#[source] libp2p::noise::Error),
    /// The local network cannot be searched.
    #[error("cannot look for nodes on the local network; 'mdns = false' in the configuration does without")]
    Mdns(#[source] io::Error),
    /// Names cannot be looked up.
    #[error("the lookup of names could not be set up")]
    Dns(#[source] io::Error),
    /// Gossipsub refused its configuration.
    #[error("gossipsub refused its configuration: {0}")]
    Gossip(String),
    /// An address cannot be listened on: not supported, not this machine's, or in use.
    #[error(
        "cannot listen on {address}: stop what listens there, or choose another address (--listen, or listen in node.toml)"
    )]
    Listen {
        /// The address of the configuration.
        address: Multiaddr,
        /// What the transport said.
        #[source]
        source: TransportError<io::Error>,
    },
    /// A listener ended before it had an address.
    #[error("a listener ended while starting")]
    ListenerClosed(#[source] io::Error),
    /// No address came up in time.
    #[error("no listening address came up within {0:?}; does the machine have a network interface?")]
    ListenTimeout(Duration),
}

/// Why a call had no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The data is longer than peers accept.
    #[error("{len} bytes are too long, peers accept at most {limit}")]
    TooLarge {
        /// Length of the data.
        len: usize,
        /// The longest that is accepted.
        limit: usize,
    },
    /// The topic name is longer than peers accept.
    #[error("the topic name of {len} bytes is too long, peers accept at most {limit}")]
    TopicTooLong {
        /// Length of the name.
        len: usize,
        /// The longest that is accepted.
        limit: usize,
    },
    /// The node has as many topics as peers accept.
    #[error("already subscribed to {0} topics, peers accept no more")]
    TooManyTopics(usize),
    /// The network has been shut down.
    #[error("the network has been shut down")]
    Stopped,
}

/// Why a call as a guest has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// There is no address to dial.
    #[error("there is no address to dial")]
    NoAddress,
    /// No address leads to a peer.
    #[error("the node cannot be reached: {0}")]
    Unreachable(String),
    /// Who answers is not the peer that was expected.
    #[error("another node answers there than the one that was expected")]
    WrongPeer,
    /// The request is longer than peers accept.
    #[error("the request of {len} bytes is too long, nodes accept at most {limit} from guests")]
    TooLarge {
        /// Length of the request.
        len: usize,
        /// The longest that is accepted.
        limit: usize,
    },
    /// As many calls are under way as this node makes at a time.
    #[error("too many calls are under way: try again in a moment")]
    Busy,
    /// The whole call took too long.
    #[error("the node did not answer in time")]
    Timeout,
    /// The peer was reached and did not answer: [`RequestError::Disconnected`] also if it does not welcome guests.
    #[error("the node was reached and gave no answer; it may not welcome guests now")]
    Request(#[source] RequestError),
    /// The network has been shut down.
    #[error("the network has been shut down")]
    Stopped,
}

/// Why a request has no response.
///
/// Except for [`TooLarge`](Self::TooLarge), another peer or a later try may succeed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// There is no connection to the peer.
    #[error("the peer is not connected")]
    NotConnected,
    /// The request is longer than peers accept.
    #[error("the request of {len} bytes is too long, peers accept at most {limit}")]
    TooLarge {
        /// Length of the request.
        len: usize,
        /// The longest that is accepted.
        limit: usize,
    },
    /// As many requests to this peer, or in all, are under way as the configuration allows.
    #[error("too many requests are under way")]
    Busy,
    /// The response did not come in time.
    #[error("the peer did not answer in time")]
    Timeout,
    /// The connection closed first; the peer may or may not have seen the request.
    #[error("the connection closed before the response came")]
    Disconnected,
    /// The peer does not speak the protocol: another version, or another program.
    #[error("the peer does not speak the protocol")]
    Unsupported,
    /// The peer took the request and closed the stream: it has no answer, or too much to do.
    #[error("the peer closed the stream without an answer")]
    NoAnswer,
    /// The peer announced a response beyond the limit; nothing of it was read.
    #[error("the peer announced a response of {claimed} bytes, the limit is {limit}")]
    Oversized {
        /// The length that the peer announced.
        claimed: usize,
        /// The longest that is read.
        limit: usize,
    },
    /// The stream failed.
    #[error("the stream failed")]
    Io(#[source] io::Error),
}
