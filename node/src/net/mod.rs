//! The transport: moves opaque bytes between the nodes that belong, and knows nothing of what they mean.
//!
//! Two ways to speak, for two needs: **gossip** spreads a message to everyone on a topic, quickly and without any
//! promise; a **request** asks one peer and gets an answer or an error. Gossip is a hint and requests are the truth, so
//! gossip is what gives way whenever something has to.
//!
//! ```text
//!            ┌── commands ──►┐                ┌── limits    how many connections
//!  consumer ─┤   (bounded)   SwarmLoop ─ swarm ┼── gate      shows members' connections alone to what is inside:
//!            │◄── events ────┤                │    ├── ping      finds dead connections
//!            │   (bounded)   PeerTable         │    ├── gossip    gossipsub, every message waits for a verdict
//!            └── verdicts ──►┘  when to dial   │    └── exchange  request-response, frames of bounded length
//!                                             └── guest     request-response, all that peers get that do not belong
//! ```
//!
//! # When the consumer is slow
//!
//! The loop takes commands at all times, so a consumer may call the handle from where it reads events. When the event
//! channel is full,
//!
//! - gossip is dropped with the verdict Ignore and counted;
//! - connections, requests and responses are held, in order, up to a few dozen; beyond that the loop stops reading from
//!   the network until there is room, and the senders feel it;
//! - a held request whose peer has given up is not handed over.
//!
//! # What is bounded
//!
//! The length of every frame before it is allocated, connections and streams, requests under way per peer and
//! direction, bytes of gossip that wait for a verdict (a quarter of them for one peer), topics, queues towards slow
//! peers. The numbers and their reasons are in `limits.rs`, and in [`NetConfig`] where the operator may choose.

mod addresses;
mod behaviour;
mod book;
mod codec;
mod config;
mod error;
mod exchange;
mod gate;
mod gossip;
mod guests;
mod key;
mod limits;
mod listening;
mod lobby;
mod outbox;
mod peers;
mod quota;
mod relaying;
mod status;
mod swarm;
#[cfg(test)]
mod tests;
mod token;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::Instant,
};

pub use libp2p::Multiaddr;

pub use self::{
    config::{NetConfig, RelayMode},
    error::{CallError, GuestError, NetError, RequestError},
    key::PeerKey,
    limits::{
        MAX_GOSSIP_BYTES, MAX_GUEST_REQUEST_BYTES, MAX_GUEST_RESPONSE_BYTES, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES,
        MAX_TOPIC_BYTES, MAX_TOPICS,
    },
    status::NetStatus,
    token::{GossipToken, GuestReply, ReplyToken, Verdict},
};

use self::{
    guests::GuestCall,
    swarm::{Command, SwarmLoop},
};

/// How many commands may wait for the loop before a caller does.
const COMMAND_CAPACITY: usize = 64;

/// Names a request, so that its response can be told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// Something that happened on the network.
#[derive(Debug)]
pub enum NetEvent {
    /// A peer has its first connection.
    ///
    /// A peer that does not know us yet may close it at once: [`Disconnected`](Self::Disconnected) follows.
    Connected(PeerKey),
    /// A peer's last connection has closed.
    Disconnected(PeerKey),
    /// A message that this node has not seen lately. It is forwarded only if the token is told to.
    Gossip {
        /// The topic it was published on.
        topic: String,
        /// The peer that sent it here, which need not have written it.
        from: PeerKey,
        /// The message.
        data: Vec<u8>,
        /// Takes the verdict.
        token: GossipToken,
    },
    /// A peer asks something.
    Request {
        /// The peer that asks.
        from: PeerKey,
        /// The question.
        data: Vec<u8>,
        /// Takes the answer.
        reply: ReplyToken,
    },
    /// A peer asks something that need not belong. It comes only while guests are [welcome](Net::welcome_guests), and may
    /// be lost when the consumer is behind.
    GuestRequest {
        /// The peer that asks; the handshake has proved that it holds this key.
        from: PeerKey,
        /// Where it is; `None` for a peer that belongs and uses the connection it has.
        address: Option<Multiaddr>,
        /// The question.
        data: Vec<u8>,
        /// Takes the answer, for [`Net::answer_guest`].
        reply: GuestReply,
    },
    /// A request of this node is over. Each has exactly one such event.
    Response {
        /// What [`Net::request`] returned.
        id: RequestId,
        /// The peer that was asked.
        from: PeerKey,
        /// Its answer, or why there is none.
        result: Result<Vec<u8>, RequestError>,
    },
}

/// The handle to a running network. Clones share it; when the last is dropped the network shuts down.
///
/// After a shutdown calls that return nothing do nothing.
#[derive(Debug, Clone)]
pub struct Net {
    key: PeerKey,
    commands: mpsc::Sender<Command>,
    requests: Arc<AtomicU64>,
    status: watch::Receiver<NetStatus>,
}

/// Starts the network of a node. Nobody may connect until [`Net::allow`] says who belongs.
///
/// When it returns, the listening addresses are known. Must be called within a Tokio runtime.
///
/// # Errors
///
/// Fails if the secret or the configuration does not work, or an address cannot be listened on.
pub async fn spawn(config: NetConfig) -> Result<(Net, mpsc::Receiver<NetEvent>, JoinHandle<()>), NetError> {
    let (commands, received) = mpsc::channel(COMMAND_CAPACITY);
    let (sender, events) = mpsc::channel(config.event_capacity.max(1));
    let (swarm, key, status) = SwarmLoop::start(&config, received, sender).await?;
    let task = tokio::spawn(swarm.run());
    let net = Net { key, commands, requests: Arc::default(), status };
    Ok((net, events, task))
}

impl Net {
    /// The key by which peers know this node.
    pub fn key(&self) -> PeerKey {
        self.key
    }

    /// The addresses this node listens on, with real ports.
    pub fn listening(&self) -> Vec<Multiaddr> {
        self.status.borrow().listening.clone()
    }

    /// What the network has done so far; the receiver can also wait for a change.
    pub fn status(&self) -> watch::Receiver<NetStatus> {
        self.status.clone()
    }

    /// Replaces the whole set of peers that belong, and is in force when it returns.
    ///
    /// - Others are refused, whoever dials, and their connections are closed.
    /// - A peer with addresses is dialled whenever it is not connected; one without can only dial us.
    pub async fn allow(&self, peers: Vec<(PeerKey, Vec<Multiaddr>)>) {
        let _ = self.ask(|done| Command::Allow { peers, done }).await;
    }

    /// Joins a topic, and has joined it when it returns. Joining twice is joining once.
    ///
    /// # Errors
    ///
    /// Fails if the name is longer than [`MAX_TOPIC_BYTES`], or with [`MAX_TOPICS`] topics already joined.
    pub async fn subscribe(&self, topic: String) -> Result<(), CallError> {
        topic_fits(&topic)?;
        self.ask(|done| Command::Subscribe { topic, done }).await?
    }

    /// Leaves a topic, and has left it when it returns.
    pub async fn unsubscribe(&self, topic: String) {
        let _ = self.ask(|done| Command::Unsubscribe { topic, done }).await;
    }

    /// Hands a message to every connected peer on the topic.
    ///
    /// That nobody listens, everybody has it or no queue has room is no failure, because gossip is only a hint; the
    /// [status](Self::status) counts it.
    ///
    /// # Errors
    ///
    /// Fails if the data is longer than [`MAX_GOSSIP_BYTES`], the topic than [`MAX_TOPIC_BYTES`], or after a shutdown.
    pub async fn publish(&self, topic: &str, data: Vec<u8>) -> Result<(), CallError> {
        topic_fits(topic)?;
        fits(data.len(), MAX_GOSSIP_BYTES)?;
        self.tell(Command::Publish { topic: topic.to_owned(), data }).await
    }

    /// Gives the verdict on a message, like [`GossipToken::decide`].
    ///
    /// It never waits, so it may be given from any thread. A message is forwarded only within ten heartbeats.
    pub fn verdict(&self, token: GossipToken, verdict: Verdict) {
        token.decide(verdict);
    }

    /// Asks a peer; the answer, or the reason for none, comes as [`NetEvent::Response`].
    ///
    /// Waits for nothing but room for the command. A request that cannot be sent, because the peer is not connected, too
    /// much is under way or the data is longer than [`MAX_REQUEST_BYTES`], is answered so at once.
    pub async fn request(&self, peer: PeerKey, data: Vec<u8>) -> RequestId {
        let id = RequestId(self.requests.fetch_add(1, Ordering::Relaxed));
        // After a shutdown the event channel has ended too: whoever waits there sees it.
        let _ = self.tell(Command::Request { id, peer, data }).await;
        id
    }

    /// Answers a request. If the peer has given up meanwhile, that is counted and no failure.
    ///
    /// # Errors
    ///
    /// Fails if the data is longer than [`MAX_RESPONSE_BYTES`]: the peer then sees that no answer comes.
    pub async fn respond(&self, reply: ReplyToken, data: Vec<u8>) -> Result<(), CallError> {
        fits(data.len(), MAX_RESPONSE_BYTES)?;
        self.tell(Command::Respond { reply, data }).await
    }

    /// Lets peers that do not belong in as guests, for so long from now; with zero, no more.
    ///
    /// - A guest may ask a few questions ([`NetEvent::GuestRequest`]) and nothing else, and has to go after
    ///   [`NetConfig::guest_stay`]. So many at a time get in, of one host fewer.
    /// - When the time is over nobody new gets in; with zero, who is inside has to go at once.
    /// - A later call replaces an earlier one; it is in force when it returns.
    pub async fn welcome_guests(&self, time: Duration) {
        let until = (!time.is_zero()).then(|| Instant::now() + time);
        let _ = self.ask(|done| Command::Welcome { until, done }).await;
    }

    /// Asks a node as its guest: one that is not, or not yet, in the set of peers that belong on one of the two sides.
    ///
    /// - Dials the addresses, unless there is a connection to the expected peer already; without an expected peer
    ///   whoever answers first is asked. Which peer answered comes with the answer.
    /// - The connection carries nothing but this, and closes when the call is over.
    ///
    /// # Errors
    ///
    /// Fails if nobody is reached, the wrong peer is, or it does not answer within [`NetConfig::guest_stay`].
    pub async fn ask_guest(
        &self,
        addresses: Vec<Multiaddr>,
        expected: Option<PeerKey>,
        data: Vec<u8>,
    ) -> Result<(PeerKey, Vec<u8>), GuestError> {
        let call = |answer| Command::Call(GuestCall { addresses, expected, data, answer });
        self.ask(call).await.map_err(|_| GuestError::Stopped)?
    }

    /// Answers a guest's request. If the guest has gone meanwhile, that is counted and no failure.
    ///
    /// # Errors
    ///
    /// Fails if the data is longer than [`MAX_GUEST_RESPONSE_BYTES`]: the guest then sees that no answer comes.
    pub async fn answer_guest(&self, reply: GuestReply, data: Vec<u8>) -> Result<(), CallError> {
        fits(data.len(), MAX_GUEST_RESPONSE_BYTES)?;
        self.tell(Command::AnswerGuest { reply, data }).await
    }

    /// Closes all connections and ends the loop; both are done when it returns. Events not yet read are kept.
    pub async fn shutdown(&self) {
        let _ = self.ask(|done| Command::Shutdown { done }).await;
    }

    async fn tell(&self, command: Command) -> Result<(), CallError> {
        self.commands.send(command).await.map_err(|_| CallError::Stopped)
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, CallError> {
        let (done, answer) = oneshot::channel();
        self.tell(command(done)).await?;
        answer.await.map_err(|_| CallError::Stopped)
    }
}

fn topic_fits(topic: &str) -> Result<(), CallError> {
    let (len, limit) = (topic.len(), MAX_TOPIC_BYTES);
    if len > limit {
        return Err(CallError::TopicTooLong { len, limit });
    }
    Ok(())
}

fn fits(len: usize, limit: usize) -> Result<(), CallError> {
    if len > limit {
        return Err(CallError::TooLarge { len, limit });
    }
    Ok(())
}
