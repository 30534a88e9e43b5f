//! A node's public key, which is also its address among peers.

use std::fmt;

use libp2p::{PeerId, multihash::Multihash};

/// The protobuf of libp2p around an Ed25519 key: field 1, type Ed25519; field 2, 32 bytes.
const KEY_PREFIX: [u8; 4] = [0x08, 0x01, 0x12, 0x20];

/// The multihash code of the identity function, which libp2p uses for keys this short.
const IDENTITY: u64 = 0x00;

/// An Ed25519 public key that identifies a node.
///
/// The bytes are not checked to be a point of the curve: nobody can prove to hold the secret of one that is not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey(pub [u8; 32]);

impl PeerKey {
    /// Gives the libp2p peer id of this key.
    pub fn peer_id(&self) -> PeerId {
        let mut bytes = [0; 36];
        bytes[..4].copy_from_slice(&KEY_PREFIX);
        bytes[4..].copy_from_slice(&self.0);
        let hash = Multihash::wrap(IDENTITY, &bytes).expect("36 bytes fit a multihash of 64");
        PeerId::from_multihash(hash).expect("an identity hash of at most 42 bytes is a peer id")
    }

    /// Reads the key out of a peer id; `None` if it does not hold an Ed25519 key.
    pub fn from_peer_id(peer: &PeerId) -> Option<Self> {
        let hash: &Multihash<64> = peer.as_ref();
        if hash.code() != IDENTITY {
            return None;
        }
        let key = hash.digest().strip_prefix(&KEY_PREFIX)?;
        key.try_into().ok().map(Self)
    }
}

impl From<PeerKey> for PeerId {
    fn from(key: PeerKey) -> Self {
        key.peer_id()
    }
}

/// Writes the key as a base58 peer id, `12D3Koo…`.
impl fmt::Display for PeerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.peer_id().fmt(f)
    }
}

/// Writes the first bytes in hexadecimal: enough to tell the peers of a log line apart.
impl fmt::Debug for PeerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeerKey(")?;
        for byte in &self.0[..4] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}

#[cfg(test)]
mod tests {
    use libp2p::identity::{Keypair, PublicKey};

    use super::*;

    #[test]
    fn agrees_with_libp2p_in_both_directions() {
        let pair = Keypair::ed25519_from_bytes([7; 32]).unwrap();
        let bytes = pair.public().try_into_ed25519().unwrap().to_bytes();
        let peer = PublicKey::from(libp2p::identity::ed25519::PublicKey::try_from_bytes(&bytes).unwrap()).to_peer_id();

        assert_eq!(PeerKey(bytes).peer_id(), peer);
        assert_eq!(PeerKey::from_peer_id(&peer), Some(PeerKey(bytes)));
        assert_eq!(PeerKey(bytes).to_string(), peer.to_base58());
    }

    #[test]
    fn a_hashed_peer_id_holds_no_key() {
        let hash = Multihash::wrap(0x12, &[1; 32]).unwrap();
        let peer = PeerId::from_multihash(hash).unwrap();

        assert_eq!(PeerKey::from_peer_id(&peer), None);
    }
}
