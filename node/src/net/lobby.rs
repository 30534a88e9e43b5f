//! Connections with peers that do not belong: how many, from where, and until when.

use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use libp2p::{Multiaddr, PeerId, multiaddr::Protocol, swarm::ConnectionId};
use tokio::time::Instant;

use super::limits::{MAX_GUESTS, MAX_GUESTS_PER_HOST};

/// A connection with a peer that does not belong.
#[derive(Debug)]
pub(super) struct Guest {
    /// Who it is.
    pub(super) peer: PeerId,
    /// Where it is.
    pub(super) address: Multiaddr,
    /// When it has to go.
    pub(super) until: Instant,
    /// How many requests it has made.
    pub(super) requests: usize,
    /// Whether this node dialled; then it counts against no bound of those who come.
    dialled: bool,
}

/// Knows the guests that are inside and decides who may come. It reads no clock.
#[derive(Debug)]
pub(super) struct Lobby {
    stay: Duration,
    welcome: Option<Instant>,
    guests: HashMap<ConnectionId, Guest>,
    dials: HashSet<ConnectionId>,
}

impl Lobby {
    /// A lobby that lets nobody in; a guest may later stay as long as `stay`.
    pub(super) fn new(stay: Duration) -> Self {
        Self { stay, welcome: None, guests: HashMap::new(), dials: HashSet::new() }
    }

    /// Lets guests in until then, or no more.
    pub(super) fn welcome(&mut self, until: Option<Instant>) {
        self.welcome = until;
    }

    /// Tells whether guests are welcome.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.welcome.is_some_and(|until| now < until)
    }

    /// Lets a peer in that has come, if guests are welcome and there is room for it.
    pub(super) fn enter(&mut self, connection: ConnectionId, peer: PeerId, address: &Multiaddr, now: Instant) -> bool {
        let come = || self.guests.values().filter(|guest| !guest.dialled);
        let neighbours = come().filter(|guest| host(&guest.address) == host(address)).count();
        let room = come().count() < MAX_GUESTS && neighbours < MAX_GUESTS_PER_HOST;
        let welcome = self.is_open(now) && room && come().all(|guest| guest.peer != peer);
        if welcome {
            self.insert(connection, peer, address, false, now);
        }
        welcome
    }

    /// Notes that a dial of this node is to a peer that need not belong.
    pub(super) fn dialling(&mut self, connection: ConnectionId) {
        self.dials.insert(connection);
    }

    /// Notes that such a dial came to nothing; `false` if it was not one.
    pub(super) fn dial_failed(&mut self, connection: ConnectionId) -> bool {
        self.dials.remove(&connection)
    }

    /// Notes that such a dial reached a peer; `false` if it was not one.
    pub(super) fn reached(&mut self, connection: ConnectionId, peer: PeerId, at: &Multiaddr, now: Instant) -> bool {
        let ours = self.dials.remove(&connection);
        if ours {
            self.insert(connection, peer, at, true, now);
        }
        ours
    }

    /// Tells whether a connection is a guest's.
    pub(super) fn holds(&self, connection: ConnectionId) -> bool {
        self.guests.contains_key(&connection)
    }

    /// Tells whether a connection is a guest's, or is to become one.
    pub(super) fn concerns(&self, connection: ConnectionId) -> bool {
        self.holds(connection) || self.dials.contains(&connection)
    }

    /// The guest on a connection.
    pub(super) fn guest(&mut self, connection: ConnectionId) -> Option<&mut Guest> {
        self.guests.get_mut(&connection)
    }

    /// Notes that a connection has closed; gives the guest if it was one.
    pub(super) fn left(&mut self, connection: ConnectionId) -> Option<Guest> {
        self.guests.remove(&connection)
    }

    /// The connections of the guests that came by themselves.
    pub(super) fn come(&self) -> Vec<ConnectionId> {
        self.guests.iter().filter(|(_, guest)| !guest.dialled).map(|(connection, _)| *connection).collect()
    }

    /// When the next guest has to go.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.guests.values().map(|guest| guest.until).min()
    }

    /// The connections whose guests have to go; they are not named again.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<ConnectionId> {
        let due = self.guests.iter_mut().filter(|(_, guest)| guest.until <= now);
        due.map(|(connection, guest)| {
            guest.until = now + self.stay;
            *connection
        })
        .collect()
    }

    fn insert(&mut self, connection: ConnectionId, peer: PeerId, at: &Multiaddr, dialled: bool, now: Instant) {
        let guest = Guest { peer, address: at.clone(), until: now + self.stay, requests: 0, dialled };
        self.guests.insert(connection, guest);
    }
}

/// What shares an uplink: an IPv4 address, or an IPv6 network of 64 bits. Addresses without an IP are one host.
fn host(address: &Multiaddr) -> Option<IpAddr> {
    address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => Some(ip.into()),
            None => Some(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into()),
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAY: Duration = Duration::from_secs(30);

    fn connection(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    fn at(host: usize) -> Multiaddr {
        format!("/ip4/192.0.2.{host}/tcp/4150").parse().unwrap()
    }

    fn open(now: Instant) -> Lobby {
        let mut lobby = Lobby::new(STAY);
        lobby.welcome(Some(now + STAY));
        lobby
    }

    #[test]
    fn nobody_enters_unless_welcome() {
        let now = Instant::now();
        let mut lobby = Lobby::new(STAY);
        assert!(!lobby.enter(connection(1), PeerId::random(), &at(1), now));
        lobby.welcome(Some(now + STAY));
        assert!(lobby.enter(connection(2), PeerId::random(), &at(1), now));
        assert!(!lobby.enter(connection(3), PeerId::random(), &at(2), now + STAY), "the time is over");
        lobby.welcome(None);
        assert!(!lobby.enter(connection(4), PeerId::random(), &at(2), now));
    }

    #[test]
    fn a_host_and_a_peer_and_all_together_have_their_bounds() {
        let now = Instant::now();
        let mut lobby = open(now);
        let twice = PeerId::random();
        assert!(lobby.enter(connection(0), twice, &at(200), now));
        assert!(!lobby.enter(connection(1), twice, &at(201), now), "a peer once");
        lobby.left(connection(0));

        for n in 0..MAX_GUESTS_PER_HOST {
            assert!(lobby.enter(connection(n), PeerId::random(), &at(1), now));
        }
        assert!(!lobby.enter(connection(90), PeerId::random(), &at(1), now), "a host so often");
        for n in MAX_GUESTS_PER_HOST..MAX_GUESTS {
            assert!(lobby.enter(connection(n), PeerId::random(), &at(n + 1), now));
        }
        assert!(!lobby.enter(connection(91), PeerId::random(), &at(100), now), "all together so many");
        lobby.dialling(connection(92));
        assert!(lobby.reached(connection(92), PeerId::random(), &at(1), now), "who is dialled has no bound here");
        lobby.left(connection(0));
        assert!(lobby.enter(connection(93), PeerId::random(), &at(1), now));
    }

    #[test]
    fn one_network_of_ipv6_is_one_host() {
        let host = |text: &str| host(&text.parse().unwrap());
        assert_eq!(host("/ip6/2001:db8::1/tcp/1"), host("/ip6/2001:db8::2:3/udp/2/quic-v1"));
        assert_ne!(host("/ip6/2001:db8::1/tcp/1"), host("/ip6/2001:db8:0:1::1/tcp/1"));
        assert_eq!(host("/ip6/::ffff:192.0.2.1/tcp/1"), host("/ip4/192.0.2.1/tcp/1"));
    }

    #[test]
    fn who_has_been_long_enough_has_to_go() {
        let now = Instant::now();
        let mut lobby = open(now);
        lobby.enter(connection(1), PeerId::random(), &at(1), now);
        assert_eq!(lobby.next_due(), Some(now + STAY));
        assert!(lobby.take_due(now).is_empty());
        assert_eq!(lobby.take_due(now + STAY), [connection(1)]);
        assert!(lobby.take_due(now + STAY).is_empty(), "once is enough while the connection closes");
        assert!(lobby.left(connection(1)).is_some());
        assert_eq!(lobby.next_due(), None);
    }
}
