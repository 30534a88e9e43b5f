//! What is kept under a key: the SHA-256 of key and value, then the value.
//!
//! The database has its own CRC-32 for what it reads from disk. This check holds from the caller's value to the
//! caller's value, covers what the database does in memory, and ties a value to its key.

use sha2::{Digest, Sha256};

/// The length of the check before each value.
pub(super) const OVERHEAD: usize = 32;

/// Puts the check before a value.
pub(super) fn pack(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(OVERHEAD + value.len());
    stored.extend_from_slice(&digest(key, value));
    stored.extend_from_slice(value);
    stored
}

/// Returns the value if it is the one that was packed under `key`.
pub(super) fn unpack<'a>(key: &[u8], stored: &'a [u8]) -> Option<&'a [u8]> {
    let (check, value) = stored.split_at_checked(OVERHEAD)?;
    (check == digest(key, value)).then_some(value)
}

/// Hashes the key's length too, so that no other split of the same bytes has the same hash.
fn digest(key: &[u8], value: &[u8]) -> [u8; OVERHEAD] {
    let mut hash = Sha256::new();
    hash.update((key.len() as u64).to_be_bytes());
    hash.update(key);
    hash.update(value);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_unpacks() {
        assert_eq!(unpack(b"key", &pack(b"key", b"value")), Some(&b"value"[..]));
        assert_eq!(unpack(b"", &pack(b"", b"")), Some(&b""[..]));
    }

    #[test]
    fn any_flipped_bit_shows() {
        let stored = pack(b"key", b"value");
        for bit in 0..stored.len() * 8 {
            let mut rotten = stored.clone();
            rotten[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unpack(b"key", &rotten), None, "bit {bit}");
        }
    }

    #[test]
    fn a_value_belongs_to_its_key() {
        let stored = pack(b"key", b"value");
        assert_eq!(unpack(b"kez", &stored), None);
        assert_eq!(unpack(b"ke", &pack(b"key", b"value")), None);
        assert_ne!(digest(b"ab", b"c"), digest(b"a", b"bc"));
    }

    #[test]
    fn a_short_one_is_damaged() {
        assert_eq!(unpack(b"key", &pack(b"key", b"value")[..OVERHEAD - 1]), None);
        assert_eq!(unpack(b"key", b""), None);
    }
}
