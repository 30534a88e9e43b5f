//! The peers that belong: where they are, and when to dial them again.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::PeerKey;

/// The doublings after which a wait grows no more, whatever the cap.
const MAX_DOUBLINGS: u32 = 16;

/// The shortest wait, so that no configuration dials in a tight loop.
const MIN_WAIT: Duration = Duration::from_millis(10);

/// Decides whom to dial and when. It does no dialling itself and reads no clock.
///
/// The wait doubles with each failure up to a cap. Of two peers the one with the smaller key leads: it dials at once and
/// the other gives it half as much time again, so both rarely dial together. When they do, both connections stand, and
/// do no harm.
#[derive(Debug)]
pub(super) struct PeerTable {
    own: PeerKey,
    first: Duration,
    cap: Duration,
    peers: HashMap<PeerId, Peer>,
    schedule: BTreeSet<(Instant, PeerId)>,
}

#[derive(Debug)]
struct Peer {
    key: PeerKey,
    /// Where the operator or an agreement says it is.
    addresses: Vec<Multiaddr>,
    /// Where it says itself that it is.
    learned: Vec<Multiaddr>,
    failures: u32,
    link: Link,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Not connected; with the time of the next dial, if there is an address to dial.
    Waiting(Option<Instant>),
    Dialling,
    Connected(Instant),
}

impl Peer {
    /// All places to dial, each once.
    fn places(&self) -> Vec<Multiaddr> {
        let mut places = [self.addresses.as_slice(), &self.learned].concat();
        places.sort();
        places.dedup();
        places
    }

    fn is_dialable(&self) -> bool {
        !self.addresses.is_empty() || !self.learned.is_empty()
    }
}

impl PeerTable {
    pub(super) fn new(own: PeerKey, first: Duration, cap: Duration) -> Self {
        let cap = cap.max(MIN_WAIT);
        let first = first.clamp(MIN_WAIT, cap);
        Self { own, first, cap, peers: HashMap::new(), schedule: BTreeSet::new() }
    }

    /// Replaces the set of peers that belong and returns those that no longer do.
    ///
    /// Who stays keeps the connection and the wait, except that a new address is tried at once.
    pub(super) fn replace(&mut self, set: Vec<(PeerKey, Vec<Multiaddr>)>, now: Instant) -> Vec<PeerId> {
        let mut wanted: HashMap<PeerId, (PeerKey, Vec<Multiaddr>)> = HashMap::new();
        for (key, addresses) in set {
            if key != self.own {
                let entry = wanted.entry(key.peer_id()).or_insert_with(|| (key, Vec::new()));
                entry.1.extend(addresses);
            }
        }
        let gone: Vec<PeerId> = self.peers.keys().filter(|peer| !wanted.contains_key(peer)).copied().collect();
        for peer in &gone {
            self.wait_until(*peer, None);
            self.peers.remove(peer);
        }
        for (peer, (key, mut addresses)) in wanted {
            // They are dialled together, so only the set counts; a new order is no news.
            addresses.sort();
            addresses.dedup();
            self.insert(peer, key, addresses, now);
        }
        gone
    }

    /// The peers that belong.
    pub(super) fn ids(&self) -> impl Iterator<Item = PeerId> {
        self.peers.keys().copied()
    }

    /// Tells whether a peer belongs and is connected.
    pub(super) fn is_connected(&self, peer: &PeerId) -> bool {
        self.peers.get(peer).is_some_and(|known| matches!(known.link, Link::Connected(_)))
    }

    /// The peers that belong and are connected.
    pub(super) fn connected_ids(&self) -> Vec<PeerId> {
        let connected = self.peers.iter().filter(|(_, known)| matches!(known.link, Link::Connected(_)));
        connected.map(|(peer, _)| *peer).collect()
    }

    /// The peers that belong and are not connected.
    pub(super) fn missed(&self) -> Vec<PeerKey> {
        let missed = self.peers.values().filter(|known| !matches!(known.link, Link::Connected(_)));
        missed.map(|known| known.key).collect()
    }

    /// Takes where a peer says it is, in place of what it said before; a new place is tried at once.
    pub(super) fn learn(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        let before = known.places();
        known.learned = addresses;
        if known.places().iter().any(|place| !before.contains(place)) {
            self.try_soon(peer, now);
        }
    }

    /// When the next dial is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.schedule.first().map(|(at, _)| *at)
    }

    /// Takes the peers whose dial is due, with their addresses.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let mut due = Vec::new();
        while let Some((at, peer)) = self.schedule.first().copied()
            && at <= now
        {
            self.set_link(peer, Link::Dialling);
            if let Some(known) = self.peers.get(&peer) {
                due.push((peer, known.places()));
            }
        }
        due
    }

    /// Notes that a dial came to nothing.
    pub(super) fn dial_failed(&mut self, peer: PeerId, now: Instant) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if known.link == Link::Dialling {
            known.failures = known.failures.saturating_add(1);
            self.schedule_dial(peer, now);
        }
    }

    /// Notes a connection, whichever side dialled. A second one changes nothing.
    pub(super) fn connected(&mut self, peer: PeerId, now: Instant) {
        let known = self.peers.get(&peer);
        if known.is_some_and(|known| !matches!(known.link, Link::Connected(_))) {
            self.set_link(peer, Link::Connected(now));
        }
    }

    /// Notes that the last connection has closed.
    ///
    /// Only one that lasted clears the failures: a peer that takes connections and drops them, because it does not
    /// know us yet, must not be dialled in a tight loop.
    pub(super) fn disconnected(&mut self, peer: PeerId, now: Instant) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if let Link::Connected(since) = known.link {
            let lasted = now.saturating_duration_since(since) >= self.cap;
            known.failures = if lasted { 0 } else { known.failures.saturating_add(1) };
            self.schedule_dial(peer, now);
        }
    }

    fn insert(&mut self, peer: PeerId, key: PeerKey, addresses: Vec<Multiaddr>, now: Instant) {
        let news = match self.peers.get_mut(&peer) {
            Some(known) => {
                let news = known.addresses != addresses;
                known.addresses = addresses;
                news
            }
            None => {
                let fresh = Peer { key, addresses, learned: Vec::new(), failures: 0, link: Link::Waiting(None) };
                self.peers.insert(peer, fresh);
                true
            }
        };
        if news {
            self.try_soon(peer, now);
        }
    }

    /// Dials a peer that waits as if nothing had failed before.
    fn try_soon(&mut self, peer: PeerId, now: Instant) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if matches!(known.link, Link::Waiting(_)) {
            known.failures = 0;
            let dialable = known.is_dialable();
            let head_start = if self.own < known.key { Duration::ZERO } else { self.first };
            self.wait_until(peer, dialable.then_some(now + head_start));
        }
    }

    fn schedule_dial(&mut self, peer: PeerId, now: Instant) {
        let Some(known) = self.peers.get(&peer) else { return };
        let dialable = known.is_dialable();
        let wait = self.wait(known);
        self.wait_until(peer, dialable.then_some(now + wait));
    }

    fn wait(&self, peer: &Peer) -> Duration {
        let doublings = peer.failures.saturating_sub(1).min(MAX_DOUBLINGS);
        let wait = self.first.saturating_mul(1 << doublings).min(self.cap);
        if self.own < peer.key { wait } else { wait + wait / 2 }
    }

    fn wait_until(&mut self, peer: PeerId, at: Option<Instant>) {
        self.set_link(peer, Link::Waiting(at));
    }

    /// Changes a link; the schedule holds exactly the peers that wait for a time.
    fn set_link(&mut self, peer: PeerId, link: Link) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if let Link::Waiting(Some(at)) = known.link {
            self.schedule.remove(&(at, peer));
        }
        known.link = link;
        if let Link::Waiting(Some(at)) = link {
            self.schedule.insert((at, peer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const CAP: Duration = Duration::from_secs(1);

    fn key(n: u8) -> PeerKey {
        PeerKey([n; 32])
    }

    fn somewhere() -> Vec<Multiaddr> {
        vec!["/ip4/192.0.2.1/tcp/4001".parse().unwrap()]
    }

    /// A table of peer 5 that knows peer `n`.
    fn table(n: u8, now: Instant) -> PeerTable {
        let mut table = PeerTable::new(key(5), FIRST, CAP);
        table.replace(vec![(key(n), somewhere())], now);
        table
    }

    fn wait_after_failure(table: &mut PeerTable, peer: PeerId) -> Duration {
        let due = table.next_due().unwrap();
        assert_eq!(table.take_due(due), [(peer, somewhere())]);
        assert_eq!(table.next_due(), None, "no second dial while one is under way");
        table.dial_failed(peer, due);
        table.next_due().unwrap() - due
    }

    #[test]
    fn the_smaller_key_leads_and_the_other_gives_it_time() {
        let now = Instant::now();

        assert_eq!(table(9, now).next_due(), Some(now));
        assert_eq!(table(1, now).next_due(), Some(now + FIRST));
    }

    #[test]
    fn the_wait_doubles_up_to_the_cap() {
        for (n, stretch) in [(9, 1.0), (1, 1.5)] {
            let mut table = table(n, Instant::now());
            let peer = key(n).peer_id();
            let waits: Vec<Duration> = (0..6).map(|_| wait_after_failure(&mut table, peer)).collect();
            let expected = [100, 200, 400, 800, 1000, 1000].map(|ms| Duration::from_millis(ms).mul_f64(stretch));
            assert_eq!(waits, expected);
        }
    }

    #[test]
    fn only_a_connection_that_lasted_clears_the_failures() {
        let now = Instant::now();
        let (mut table, peer) = (table(9, now), key(9).peer_id());
        for _ in 0..3 {
            wait_after_failure(&mut table, peer);
        }
        table.connected(peer, now);
        table.disconnected(peer, now + CAP / 2);
        assert_eq!(table.next_due(), Some(now + CAP / 2 + FIRST * 8));

        table.connected(peer, now);
        assert_eq!(table.next_due(), None);
        table.disconnected(peer, now + CAP);
        assert_eq!(table.next_due(), Some(now + CAP + FIRST));
    }

    #[test]
    fn replacing_returns_who_left_and_tries_new_addresses_at_once() {
        let now = Instant::now();
        let (mut table, peer) = (table(9, now), key(9).peer_id());
        wait_after_failure(&mut table, peer);

        let elsewhere: Vec<Multiaddr> = vec!["/ip4/192.0.2.2/tcp/4001".parse().unwrap()];
        assert!(table.replace(vec![(key(9), elsewhere.clone())], now).is_empty());
        assert_eq!(table.take_due(now), [(peer, elsewhere)]);

        assert_eq!(table.replace(vec![(key(5), somewhere())], now), [peer]);
        assert_eq!(table.ids().count(), 0, "a node does not dial itself");
    }

    #[test]
    fn a_peer_without_an_address_is_never_dialled() {
        let now = Instant::now();
        let (mut table, peer) = (table(9, now), key(9).peer_id());
        table.replace(vec![(key(9), Vec::new())], now);
        assert_eq!(table.next_due(), None);

        table.connected(peer, now);
        table.disconnected(peer, now);
        assert_eq!(table.next_due(), None);
    }

    #[test]
    fn what_happens_to_strangers_changes_nothing() {
        let now = Instant::now();
        let (mut table, stranger) = (table(9, now), key(7).peer_id());
        table.connected(stranger, now);
        table.disconnected(stranger, now);
        table.dial_failed(stranger, now);

        assert_eq!(table.ids().collect::<Vec<_>>(), [key(9).peer_id()]);
    }
}
