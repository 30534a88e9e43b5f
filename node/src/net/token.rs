//! Proof that something from a peer waits for an answer. Each token answers once, at the latest when it is dropped.

use libp2p::{PeerId, gossipsub::MessageId, request_response::ResponseChannel};
use tokio::sync::mpsc;

/// What becomes of a gossip message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Forward it.
    Accept,
    /// Do not forward it, and hold nothing against the peer: not ours to judge, or not now.
    Ignore,
    /// Do not forward it, and count it against the peers that sent it: no honest peer would have.
    Reject,
}

/// A verdict on its way to the loop.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) message: MessageId,
    pub(super) source: PeerId,
    pub(super) cost: usize,
    pub(super) verdict: Verdict,
}

/// Stands for one gossip message that has no verdict yet. Dropping it is [`Verdict::Ignore`].
#[derive(Debug)]
#[must_use = "a dropped token is the verdict Ignore"]
pub struct GossipToken {
    open: Option<Open>,
    // Unbounded so that a verdict never waits, not even in `drop`. There is one per token, and those are bounded.
    decisions: mpsc::UnboundedSender<Decision>,
}

#[derive(Debug)]
struct Open {
    message: MessageId,
    source: PeerId,
    cost: usize,
}

impl GossipToken {
    pub(super) fn new(
        message: MessageId,
        source: PeerId,
        cost: usize,
        decisions: mpsc::UnboundedSender<Decision>,
    ) -> Self {
        Self { open: Some(Open { message, source, cost }), decisions }
    }

    /// Gives the verdict. It never waits, so any thread may call it.
    pub fn decide(mut self, verdict: Verdict) {
        self.report(verdict);
    }

    fn report(&mut self, verdict: Verdict) {
        if let Some(Open { message, source, cost }) = self.open.take() {
            // After the loop has ended there is nobody to tell.
            let _ = self.decisions.send(Decision { message, source, cost, verdict });
        }
    }
}

impl Drop for GossipToken {
    fn drop(&mut self) {
        self.report(Verdict::Ignore);
    }
}

/// Stands for one request that has no response yet. Dropping it closes the stream: the peer sees that no answer comes.
#[derive(Debug)]
#[must_use = "a dropped token leaves the request without an answer"]
pub struct ReplyToken {
    pub(super) channel: ResponseChannel<Vec<u8>>,
}

/// Stands for one request of a guest that has no response yet. Dropping it tells the guest that no answer comes.
#[derive(Debug)]
#[must_use = "a dropped token leaves the guest without an answer"]
pub struct GuestReply {
    pub(super) channel: ResponseChannel<Vec<u8>>,
}

impl ReplyToken {
    /// Tells whether the peer still waits: it has not timed out or gone away.
    pub fn is_open(&self) -> bool {
        self.channel.is_open()
    }
}
