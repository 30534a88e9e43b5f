//! What peers have signed about where they are.

use std::collections::{HashMap, HashSet};

use libp2p::{
    Multiaddr, PeerId,
    core::{PeerRecord, SignedEnvelope},
    multiaddr::Protocol,
};

use super::limits::{MAX_ADDRESS_RECORD, MAX_ADDRESSES, MAX_BOOK};

/// Keeps the latest address record of each peer: signed by the peer itself, so that nobody can move another.
///
/// It does no IO; the bytes of [`save`](Self::save) are what [`load`](Self::load) takes.
#[derive(Debug, Default)]
pub(super) struct AddressBook {
    entries: HashMap<PeerId, Entry>,
}

#[derive(Debug)]
struct Entry {
    seq: u64,
    addresses: Vec<Multiaddr>,
    record: Vec<u8>,
}

impl AddressBook {
    /// Reads a saved book; what does not verify is left out.
    pub(super) fn load(bytes: &[u8]) -> Self {
        let mut book = Self::default();
        for record in unpack(bytes).unwrap_or_default() {
            if let Some((peer, entry)) = read(record) {
                book.entries.insert(peer, entry);
            }
        }
        book
    }

    /// Writes the book.
    pub(super) fn save(&self) -> Vec<u8> {
        pack(self.entries.values().map(|entry| entry.record.as_slice()))
    }

    /// Takes what a peer says of itself over its own connection, which is true now whatever was so before.
    ///
    /// Gives whether the addresses are news.
    pub(super) fn learn_own(&mut self, from: PeerId, record: &[u8], members: &HashSet<PeerId>) -> bool {
        if self.entries.get(&from).is_some_and(|known| known.record == record) {
            return false;
        }
        read(record).filter(|(peer, _)| *peer == from).is_some_and(|(peer, entry)| self.insert(peer, entry, members))
    }

    /// Takes what another passes on, if it is of a member and not older; gives the member if its addresses are news.
    ///
    /// Records count in whole seconds. Of two of one second either may be the later, so the other one is tried.
    pub(super) fn learn(&mut self, record: &[u8], members: &HashSet<PeerId>) -> Option<PeerId> {
        let (peer, entry) = read(record)?;
        let current = self.entries.get(&peer).is_none_or(|known| entry.seq >= known.seq);
        (current && members.contains(&peer) && self.insert(peer, entry, members)).then_some(peer)
    }

    /// Where a peer is, as far as is known.
    pub(super) fn addresses(&self, peer: &PeerId) -> &[Multiaddr] {
        self.entries.get(peer).map_or(&[], |entry| &entry.addresses)
    }

    /// A peer's record, to pass on.
    pub(super) fn record(&self, peer: &PeerId) -> Option<&[u8]> {
        self.entries.get(peer).map(|entry| entry.record.as_slice())
    }

    fn insert(&mut self, peer: PeerId, entry: Entry, members: &HashSet<PeerId>) -> bool {
        if self.entries.len() >= MAX_BOOK {
            self.entries.retain(|known, _| members.contains(known));
        }
        if self.entries.len() >= MAX_BOOK && !self.entries.contains_key(&peer) {
            return false;
        }
        let addresses = entry.addresses.clone();
        self.entries.insert(peer, entry).is_none_or(|before| before.addresses != addresses)
    }
}

/// Reads a record and verifies its signature; addresses that are too many or not to be dialled are left out.
fn read(record: &[u8]) -> Option<(PeerId, Entry)> {
    if record.len() > MAX_ADDRESS_RECORD {
        return None;
    }
    let envelope = SignedEnvelope::from_protobuf_encoding(record).ok()?;
    let read = PeerRecord::from_signed_envelope_interop(envelope).ok()?;
    let dialable = read.addresses().iter().filter(|address| is_dialable(address));
    let mut addresses: Vec<Multiaddr> = dialable.take(MAX_ADDRESSES).cloned().collect();
    addresses.sort();
    addresses.dedup();
    Some((read.peer_id(), Entry { seq: read.seq(), addresses, record: record.to_vec() }))
}

/// Says whether an address is of a kind that this node dials and that names somebody.
fn is_dialable(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
        Some(Protocol::Ip6(ip)) => !ip.is_unspecified() && !ip.is_multicast(),
        Some(Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)) => true,
        _ => false,
    }
}

/// Chooses what a node tells others of itself: what its operator says; else where it listens, without this machine's own
/// addresses unless there are no others.
pub(super) fn announced(announce: &[Multiaddr], listening: &[Multiaddr]) -> Vec<Multiaddr> {
    let of = |local: bool| listening.iter().filter(move |address| is_local(address) == local).cloned();
    let mut addresses: Vec<Multiaddr> = match (announce, of(false).next()) {
        ([], Some(_)) => of(false).collect(),
        ([], None) => of(true).collect(),
        // A relay's address is not known before the relay has agreed, so it is never announced by hand.
        (given, _) => given.iter().chain(listening.iter().filter(|address| is_relayed(address))).cloned().collect(),
    };
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

/// Says whether an address goes through a relay.
pub(super) fn is_relayed(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

fn is_local(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => ip.is_loopback(),
        Some(Protocol::Ip6(ip)) => ip.is_loopback(),
        _ => false,
    }
}

/// Writes parts one after the other, each with its length in two bytes, big-endian; what is longer is left out.
pub(super) fn pack<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        if let Ok(len) = u16::try_from(part.len()) {
            bytes.extend(len.to_be_bytes());
            bytes.extend(part);
        }
    }
    bytes
}

/// Reads what [`pack`] wrote; `None` if it ends within a part.
pub(super) fn unpack(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let (len, rest) = bytes.split_first_chunk()?;
        let (part, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        parts.push(part);
        bytes = rest;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    fn pair(seed: u8) -> Keypair {
        Keypair::ed25519_from_bytes([seed; 32]).unwrap()
    }

    fn record(pair: &Keypair, addresses: &[&str]) -> Vec<u8> {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        PeerRecord::new_interop(pair, addresses).unwrap().into_signed_envelope().into_protobuf_encoding()
    }

    #[test]
    fn a_member_s_record_is_kept_and_found_again() {
        let (pair, mut book) = (pair(1), AddressBook::default());
        let peer = pair.public().to_peer_id();
        let record = record(&pair, &["/ip4/192.0.2.1/tcp/1", "/dns4/example.org/tcp/1"]);

        assert_eq!(book.learn(&record, &HashSet::new()), None, "not of a member");
        assert_eq!(book.learn(&record, &HashSet::from([peer])), Some(peer));
        assert_eq!(book.learn(&record, &HashSet::from([peer])), None, "no news");
        let again = AddressBook::load(&book.save());
        assert_eq!(again.addresses(&peer).len(), 2);
        assert_eq!(again.record(&peer), Some(record.as_slice()));
    }

    #[test]
    fn nobody_can_say_where_another_is() {
        let (mut book, liar) = (AddressBook::default(), pair(2));
        let peer = pair(1).public().to_peer_id();
        let members = HashSet::from([peer]);
        let mut forged = record(&pair(1), &["/ip4/192.0.2.1/tcp/1"]);
        let last = forged.len() - 1;
        forged[last] ^= 1;
        assert_eq!(book.learn(&forged, &members), None);
        assert!(!book.learn_own(peer, &record(&liar, &["/ip4/192.0.2.1/tcp/1"]), &members));
        assert_eq!(AddressBook::load(&pack([forged.as_slice()])).addresses(&peer), [] as [Multiaddr; 0]);
        assert!(book.addresses(&peer).is_empty());
    }

    #[test]
    fn an_older_record_replaces_none_unless_its_peer_brings_it() {
        let (pair, mut book) = (pair(1), AddressBook::default());
        let peer = pair.public().to_peer_id();
        let members = HashSet::from([peer]);
        let (here, there) = (record(&pair, &["/ip4/192.0.2.1/tcp/1"]), record(&pair, &["/ip4/192.0.2.2/tcp/1"]));
        book.learn(&here, &members);
        book.entries.get_mut(&peer).unwrap().seq += 1;
        assert_eq!(book.learn(&there, &members), None, "older");
        assert!(book.learn_own(peer, &there, &members));
        assert_eq!(book.addresses(&peer), ["/ip4/192.0.2.2/tcp/1".parse().unwrap()]);
    }

    #[test]
    fn addresses_have_their_bounds() {
        let (pair, mut book) = (pair(1), AddressBook::default());
        let peer = pair.public().to_peer_id();
        let mut many: Vec<String> = (0..40).map(|n| format!("/ip4/192.0.2.{n}/tcp/1")).collect();
        many.extend(["/ip4/0.0.0.0/tcp/1".to_owned(), "/unix/x".to_owned()]);
        let many: Vec<&str> = many.iter().map(String::as_str).rev().collect();
        book.learn(&record(&pair, &many), &HashSet::from([peer]));
        assert_eq!(book.addresses(&peer).len(), MAX_ADDRESSES);
        assert!(book.addresses(&peer).iter().all(is_dialable));
        let long = format!("/dns4/{}/tcp/1", "x".repeat(MAX_ADDRESS_RECORD));
        assert!(read(&record(&pair, &[&long])).is_none());
    }

    #[test]
    fn what_is_announced_is_what_others_can_dial() {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Multiaddr>>();
        let (own, net) = (parse(&["/ip4/127.0.0.1/tcp/1"]), parse(&["/ip4/192.0.2.1/tcp/1"]));
        let given = parse(&["/dns4/example.org/tcp/1"]);
        assert_eq!(announced(&[], &[own.clone(), net.clone()].concat()), net);
        assert_eq!(announced(&[], &own), own);
        assert_eq!(announced(&given, &net), given);
    }

    #[test]
    fn parts_are_read_as_they_were_written() {
        let parts: [&[u8]; 3] = [b"a", b"", b"bc"];
        let bytes = pack(parts);
        assert_eq!(unpack(&bytes).unwrap(), parts);
        assert_eq!(unpack(&bytes[..bytes.len() - 1]), None);
        assert_eq!(unpack(&[0]), None);
    }
}
