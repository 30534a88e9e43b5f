//! Ed25519 keys: public keys as `did:key`, and whoever can sign.

use std::{fmt, str::FromStr};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::id::Bytes32;

/// The multicodec prefix of an Ed25519 public key (did:key, multicodec `0xed`).
const ED25519_PREFIX: [u8; 2] = [0xed, 0x01];

/// Says why something is no usable public key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The text is not a did:key of an Ed25519 key.
    #[error("'{0}' is not an Ed25519 did:key: it starts with did:key:z6Mk")]
    NotDidKey(String),
    /// The bytes are not the canonical encoding of a point on the curve.
    #[error("the public key is not a canonical point on the Ed25519 curve")]
    NotAPoint,
    /// The key is of small order: anybody could sign for it.
    #[error("the public key is weak (of small order): anybody could sign for it")]
    Weak,
}

/// An Ed25519 public key that is a canonical point and not weak.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes a key from its 32 bytes (RFC 8032 §5.1.2).
    ///
    /// # Errors
    /// - [`KeyError::NotAPoint`] if the bytes are no point or not its canonical encoding
    /// - [`KeyError::Weak`] if the point is of small order
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NotAPoint)?;
        // dalek accepts encodings that are not reduced; one key must have one encoding here.
        if key.to_edwards().compress().to_bytes() != bytes {
            return Err(KeyError::NotAPoint);
        }
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        Ok(Self(bytes))
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Says whether `signature` over `message` is this key's, strictly (RFC 8032 with the checks
    /// of `verify_strict`: canonical values, no small-order point, no cofactor).
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
    }

    /// The first characters that tell keys apart, for screens.
    pub fn short(&self) -> String {
        let did = self.to_string();
        did["did:key:".len()..].chars().take(12).collect()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = ED25519_PREFIX.to_vec();
        bytes.extend_from_slice(&self.0);
        write!(f, "did:key:z{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let not_did_key = || KeyError::NotDidKey(text.to_owned());
        let encoded = text.strip_prefix("did:key:z").filter(|rest| rest.len() <= 64).ok_or_else(not_did_key)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| not_did_key())?;
        let key = bytes.strip_prefix(&ED25519_PREFIX).ok_or_else(not_did_key)?;
        Self::from_bytes(key.try_into().map_err(|_| not_did_key())?)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_bytes(&self.0) }
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            let bytes = deserializer.deserialize_bytes(Bytes32("public key"))?;
            Self::from_bytes(bytes).map_err(de::Error::custom)
        }
    }
}

/// Says why somebody could not sign.
#[derive(Debug, Error)]
#[error("cannot sign with {key}: {reason}")]
pub struct SignError {
    /// The key that was asked for.
    pub key: PublicKey,
    /// What went wrong, and what to do.
    pub reason: String,
}

/// Whoever can sign with one Ed25519 key: a key in memory, or an agent that keeps it.
pub trait Signer {
    /// The public half of the key.
    fn public(&self) -> PublicKey;

    /// Signs `message` (RFC 8032 §5.1.6).
    ///
    /// # Errors
    /// If the key cannot be reached or its keeper refuses.
    fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;
}

/// A secret key in memory; wiped when dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Makes the key of a 32-byte seed (RFC 8032 §5.1.5); the caller brings the randomness.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The seed, to store it.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey of {:?}", self.public())
    }
}

impl Signer for SecretKey {
    fn public(&self) -> PublicKey {
        Self::public(self)
    }

    fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        Ok(self.sign(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn did_keys_read_what_they_write() {
        let key = SecretKey::from_seed([7; 32]).public();
        assert!(key.to_string().starts_with("did:key:z6Mk"));
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn weak_and_unreduced_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::from_bytes(identity), Err(KeyError::Weak));
        assert_eq!(PublicKey::from_bytes([0; 32]), Err(KeyError::Weak));
        // p + 3 encodes y = 3 once more: a second encoding of one key.
        let mut unreduced = [0xff; 32];
        unreduced[0] = 0xed + 3;
        unreduced[31] = 0x7f;
        assert!(PublicKey::from_bytes(unreduced).is_err());
        assert!("did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc".parse::<PublicKey>().is_err());
    }
}
