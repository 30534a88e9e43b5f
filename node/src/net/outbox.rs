//! Events on their way to the consumer, and what happens when it is slow.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use super::{NetEvent, limits::MAX_HELD_EVENTS};

/// Hands events over without ever blocking the loop.
///
/// The loop must not wait for room in the channel: the consumer may itself be waiting for the loop to take a command,
/// and neither would move again. So gossip that finds no room is dropped, and everything else is held here, in order.
pub(super) struct Outbox {
    events: mpsc::Sender<NetEvent>,
    held: VecDeque<NetEvent>,
    closed: bool,
}

impl Outbox {
    pub(super) fn new(events: mpsc::Sender<NetEvent>) -> Self {
        Self { events, held: VecDeque::new(), closed: false }
    }

    /// Hands over an event that must not be lost; holds it if there is no room.
    pub(super) fn push(&mut self, event: NetEvent) {
        if !self.held.is_empty() {
            return self.held.push_back(event);
        }
        match self.events.try_send(event) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(event)) => self.held.push_back(event),
            Err(mpsc::error::TrySendError::Closed(_)) => self.closed = true,
        }
    }

    /// Hands over an event that may be lost; `false`, and the event is dropped, if there is no room.
    pub(super) fn offer(&mut self, event: NetEvent) -> bool {
        if !self.held.is_empty() {
            return false;
        }
        match self.events.try_send(event) {
            Ok(()) => true,
            Err(error) => {
                self.closed |= matches!(error, mpsc::error::TrySendError::Closed(_));
                false
            }
        }
    }

    /// Waits for room and hands over the first held event. Losing the wait loses nothing.
    pub(super) async fn flush_one(&mut self) {
        let Ok(permit) = self.events.reserve().await else {
            self.closed = true;
            return;
        };
        if let Some(event) = next_live(&mut self.held) {
            permit.send(event);
        }
    }

    pub(super) fn has_held(&self) -> bool {
        !self.held.is_empty()
    }

    /// Tells whether so much is held that the loop has to stop reading from the network.
    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= MAX_HELD_EVENTS
    }

    /// Tells whether the consumer has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

/// Takes the first event that still matters: a request whose peer has given up meanwhile does not.
fn next_live(held: &mut VecDeque<NetEvent>) -> Option<NetEvent> {
    loop {
        match held.pop_front()? {
            NetEvent::Request { reply, .. } if !reply.is_open() => {}
            event => return Some(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::PeerKey, *};

    fn connected(n: u8) -> NetEvent {
        NetEvent::Connected(PeerKey([n; 32]))
    }

    fn number(event: Option<NetEvent>) -> Option<u8> {
        match event? {
            NetEvent::Connected(key) => Some(key.0[0]),
            _ => None,
        }
    }

    #[tokio::test]
    async fn holds_what_must_not_be_lost_and_keeps_the_order() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut outbox = Outbox::new(sender);
        outbox.push(connected(1));
        outbox.push(connected(2));
        assert!(!outbox.offer(connected(3)), "nothing overtakes what is held");

        assert_eq!(number(receiver.recv().await), Some(1));
        outbox.flush_one().await;
        assert!(!outbox.has_held());
        assert_eq!(number(receiver.recv().await), Some(2));
        assert!(outbox.offer(connected(4)));
        assert_eq!(number(receiver.recv().await), Some(4));
    }

    #[tokio::test]
    async fn notices_that_the_consumer_has_gone() {
        let (sender, receiver) = mpsc::channel(1);
        let mut outbox = Outbox::new(sender);
        drop(receiver);

        outbox.push(connected(1));
        assert!(outbox.is_closed());
    }
}
