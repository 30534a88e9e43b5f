//! The sizes and counts that hold for every peer, each with its reason.

use std::time::Duration;

/// The largest gossipsub frame: 256 KiB, raised on purpose from the default of 64 KiB.
///
/// A full entry (64 KiB) with a body and its framing does not fit the default. All peers must agree on it: a longer
/// frame ends the stream at the receiver.
pub(super) const MAX_GOSSIP_FRAME: usize = 256 * 1024;

/// The largest message that may be published: 240 KiB.
///
/// Gossipsub reads in chunks of 8 KiB and counts the whole read buffer against the frame limit, so the beginning of the
/// next frame counts too; a message within 8 KiB of the limit would break the stream whenever another follows it. After
/// five breaks gossipsub gives the connection up. 16 KiB are room for that, for the topic and for the framing.
pub const MAX_GOSSIP_BYTES: usize = MAX_GOSSIP_FRAME - 16 * 1024;

/// The longest topic name in bytes: a word and a 32-byte id in hexadecimal fit.
pub const MAX_TOPIC_BYTES: usize = 128;

/// The most topics a node subscribes to, and the most it lets a peer subscribe to.
///
/// A federation has up to about 500 groups with a topic each; the default of gossipsub is 100.
pub const MAX_TOPICS: usize = 1024;

/// The most bytes of control messages in one frame; a longer one ends the stream at the receiver.
///
/// The greeting lists every topic of a node, so [`MAX_TOPICS`] topics of [`MAX_TOPIC_BYTES`] and 16 bytes of framing
/// each must fit; the default of 16 KiB holds about 130.
pub(super) const MAX_CONTROL_BYTES: usize = MAX_TOPICS * (MAX_TOPIC_BYTES + 16);

/// The most message ids in one IHAVE or IWANT.
///
/// An id takes 34 bytes, so the default of 5,000 overflows [`MAX_CONTROL_BYTES`] and the receiver would end the stream.
pub(super) const MAX_CONTROL_IDS: usize = 2048;

/// How many frames wait for one slow peer before more are dropped: 256 frames of an entry are 16 MiB. The default of
/// 5,000 would let one stuck peer hold more than 1 GiB.
pub(super) const GOSSIP_QUEUE: usize = 256;

/// What an undecided message costs besides its bytes: ids, map entries, the token.
pub(super) const GOSSIP_OVERHEAD: usize = 1024;

/// The largest request body: 64 KiB, enough for the heads of every log of a federation.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// The largest response body: 2 MiB, so an evidence record (1 MiB) or about 4,000 small entries travel in one.
pub const MAX_RESPONSE_BYTES: usize = 2 * 1024 * 1024;

/// The largest request of a guest: 128 KiB, a signed agreement and what proves that its group took it.
pub const MAX_GUEST_REQUEST_BYTES: usize = 128 * 1024;

/// The largest answer to a guest: 256 KiB.
pub const MAX_GUEST_RESPONSE_BYTES: usize = 256 * 1024;

/// How many guests that came by themselves may be inside at a time.
pub(super) const MAX_GUESTS: usize = 16;

/// How many of them from one host, so that one cannot take all places.
pub(super) const MAX_GUESTS_PER_HOST: usize = 2;

/// How many requests one guest's connection may carry.
pub(super) const MAX_GUEST_REQUESTS: usize = 4;

/// How many requests of guests may be under way, all together: 2 MiB of them.
pub(super) const MAX_GUEST_REQUESTS_UNDER_WAY: usize = 16;

/// How many calls of this node as a guest may be under way.
pub(super) const MAX_GUEST_CALLS: usize = 8;

/// How many addresses of one such call are tried.
pub(super) const MAX_GUEST_ADDRESSES: usize = 8;

/// The most addresses of one peer that are kept and dialled.
pub(super) const MAX_ADDRESSES: usize = 16;

/// The longest signed record of a peer's addresses: 16 of 200 bytes and the signature fit.
pub(super) const MAX_ADDRESS_RECORD: usize = 4 * 1024;

/// At how many relays a node has a place.
pub(super) const MAX_RELAYS: usize = 2;

/// How many connections a relay carries at a time, and how many of them for one member.
pub(super) const MAX_CIRCUITS: usize = 64;
pub(super) const MAX_CIRCUITS_PER_PEER: usize = 16;

/// How long a relayed connection lasts; then the two connect anew, perhaps directly.
pub(super) const CIRCUIT_DURATION: Duration = Duration::from_secs(3600);

/// How much a relayed connection carries each way: a federation's logs fit many times over.
pub(super) const MAX_CIRCUIT_BYTES: u64 = 1024 * 1024 * 1024;

/// How many sightings on the local network are kept.
pub(super) const MAX_SIGHTINGS: usize = 512;

/// How many members a node may ask for in one question about addresses.
pub(super) const MAX_WANTED: usize = 32;

/// The longest question about addresses: the asker's record and the keys of those it misses.
pub(super) const MAX_ADDRESS_QUESTION: usize = 8 * 1024;

/// The longest answer to it: a record of each, and of who answers.
pub(super) const MAX_ADDRESS_ANSWER: usize = (MAX_WANTED + 1) * (MAX_ADDRESS_RECORD + 2);

/// How many peers' addresses are kept: four federations of 500 groups.
pub(super) const MAX_BOOK: usize = 2048;

/// How far a body's buffer grows ahead of the bytes that have arrived.
pub(super) const READ_CHUNK: usize = 64 * 1024;

/// The most streams of one connection. Honest peers use a handful beside their requests.
pub(super) const MAX_STREAMS: usize = 128;

/// How many connections may be in their handshake at a time, so strangers cannot hold more than that many sockets.
pub(super) const MAX_PENDING_CONNECTIONS: u32 = 64;

/// How many events may wait beside the full event channel before the loop stops reading from the network.
pub(super) const MAX_HELD_EVENTS: usize = 32;

/// How long a peer may take to answer a ping. Two missed pings in a row close the connection.
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the first addresses may take to resolve when listening begins.
pub(super) const LISTEN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the goodbye to connected peers may take at shutdown.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
