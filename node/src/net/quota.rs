//! How much of something each peer, and all peers together, may use at a time.

use std::collections::HashMap;

use libp2p::PeerId;

/// Counts what is in use, per peer and in all.
#[derive(Debug)]
pub(super) struct Quota {
    per_peer: usize,
    total: usize,
    used: HashMap<PeerId, usize>,
    sum: usize,
}

impl Quota {
    pub(super) fn new(per_peer: usize, total: usize) -> Self {
        Self { per_peer, total, used: HashMap::new(), sum: 0 }
    }

    /// Takes `amount` for a peer; `false`, and nothing taken, if that is more than is left.
    pub(super) fn take(&mut self, peer: PeerId, amount: usize) -> bool {
        let used = self.used.get(&peer).copied().unwrap_or(0);
        if used + amount > self.per_peer || self.sum + amount > self.total {
            return false;
        }
        self.used.insert(peer, used + amount);
        self.sum += amount;
        true
    }

    /// Gives back what [`take`](Self::take) took.
    pub(super) fn give_back(&mut self, peer: PeerId, amount: usize) {
        self.sum = self.sum.saturating_sub(amount);
        if let Some(used) = self.used.get_mut(&peer) {
            *used = used.saturating_sub(amount);
            if *used == 0 {
                // A peer that left must not keep an entry.
                self.used.remove(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_share_of_a_peer_and_the_total() {
        let (a, b) = (PeerId::random(), PeerId::random());
        let mut quota = Quota::new(2, 3);

        assert!(quota.take(a, 2));
        assert!(!quota.take(a, 1), "over the share of a peer");
        assert!(quota.take(b, 1));
        assert!(!quota.take(b, 1), "over the total");

        quota.give_back(a, 2);
        assert!(quota.take(b, 1));
        assert_eq!(quota.used.len(), 1, "a peer that uses nothing has no entry");
    }
}
