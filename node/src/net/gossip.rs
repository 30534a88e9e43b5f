//! Gossip in the loop: publishing, receiving, and the verdicts between receiving and forwarding.

use libp2p::{
    PeerId,
    gossipsub::{Event, IdentTopic, Message, MessageAcceptance, MessageId, PublishError},
};

use super::{GossipToken, NetEvent, PeerKey, Verdict, limits::GOSSIP_OVERHEAD, swarm::SwarmLoop, token::Decision};

impl SwarmLoop {
    /// Publishes a hint. That it reached nobody is noted and is no failure.
    pub(super) fn publish(&mut self, topic: String, data: Vec<u8>) {
        let topic = IdentTopic::new(topic);
        let result = self.swarm.behaviour_mut().gate.inside().gossip.publish(topic.hash(), data);
        if let Err(error) = &result {
            tracing::debug!(%topic, %error, "published to nobody");
        }
        self.note(|status| match result {
            Ok(_) => status.published += 1,
            Err(PublishError::Duplicate) => status.published_again += 1,
            Err(PublishError::AllQueuesFull(_)) => status.published_to_full_queues += 1,
            // Nobody listens. Signing and transforming, the other failures, do not take place here.
            Err(_) => status.published_to_nobody += 1,
        });
    }

    pub(super) fn on_gossip(&mut self, event: Event) {
        match event {
            Event::Message { propagation_source, message_id, message } => {
                self.on_message(propagation_source, message_id, message);
            }
            Event::SlowPeer { peer_id, failed_messages } => {
                tracing::debug!(peer = %peer_id, ?failed_messages, "peer takes gossip too slowly");
            }
            Event::GossipsubNotSupported { peer_id } => {
                tracing::debug!(peer = %peer_id, "peer does not speak gossipsub");
            }
            Event::Subscribed { .. } | Event::Unsubscribed { .. } => {}
        }
    }

    /// Offers a message to the consumer. Whatever happens to it, its verdict comes: from the consumer, from the
    /// dropped token, or from here.
    fn on_message(&mut self, source: PeerId, id: MessageId, message: Message) {
        self.note(|status| status.received += 1);
        let cost = message.data.len() + GOSSIP_OVERHEAD;
        let from = PeerKey::from_peer_id(&source);
        let Some(from) = from.filter(|_| self.undecided.take(source, cost)) else {
            self.note(|status| status.dropped += 1);
            return self.report(&id, &source, Verdict::Ignore);
        };
        self.note(|status| status.undecided += 1);
        let token = GossipToken::new(id, source, cost, self.decisions.0.clone());
        let topic = message.topic.into_string();
        if !self.outbox.offer(NetEvent::Gossip { topic, from, data: message.data, token }) {
            self.note(|status| status.dropped += 1);
        }
    }

    /// Carries out the one verdict of a token.
    pub(super) fn decide(&mut self, decision: Decision) {
        let Decision { message, source, cost, verdict } = decision;
        self.undecided.give_back(source, cost);
        self.note(|status| status.undecided = status.undecided.saturating_sub(1));
        self.report(&message, &source, verdict);
    }

    fn report(&mut self, id: &MessageId, source: &PeerId, verdict: Verdict) {
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Ignore => MessageAcceptance::Ignore,
            Verdict::Reject => MessageAcceptance::Reject,
        };
        let gossip = &mut self.swarm.behaviour_mut().gate.inside().gossip;
        if !gossip.report_message_validation_result(id, source, acceptance) {
            self.note(|status| status.late_verdicts += 1);
        }
    }
}
