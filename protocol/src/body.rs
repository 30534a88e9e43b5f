//! Free texts (why, reason, advice): kept beside the entries and named in them by a salted hash.
//!
//! Without the salt a short text could be guessed from its hash after it was erased.

use serde::{Deserialize, Serialize};

use crate::{
    cbor::{self, CborError},
    id::{BodyId, Hash},
    limits::BODY_BYTES,
};

/// Room for the salt and the lengths around a text.
const OVERHEAD: usize = 64;

/// A free text with the salt of its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(with = "salt_bytes")]
    salt: [u8; 16],
    text: String,
}

impl Body {
    /// Makes a body; the caller brings 16 random bytes as `salt`.
    ///
    /// # Errors
    /// If the text is longer than a body may be.
    pub fn new(salt: [u8; 16], text: impl Into<String>) -> Result<Self, CborError> {
        let text = text.into();
        if text.len() > BODY_BYTES {
            return Err(CborError::TooLong { len: text.len(), limit: BODY_BYTES });
        }
        Ok(Self { salt, text })
    }

    /// Reads a body from its bytes.
    ///
    /// # Errors
    /// Unless they are the one encoding of a body within its limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let body: Self = cbor::decode(bytes, BODY_BYTES + OVERHEAD)?;
        Self::new(body.salt, body.text)
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// The hash that names it.
    pub fn id(&self) -> BodyId {
        Hash::of(&cbor::encode(&("folkmoot", "body", self))).into()
    }

    /// The words.
    pub fn text(&self) -> &str {
        &self.text
    }
}

mod salt_bytes {
    use serde::{Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(salt: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(salt)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
        struct Salt;
        impl de::Visitor<'_> for Salt {
            type Value = [u8; 16];
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the 16 bytes of a salt")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[u8; 16], E> {
                bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))
            }
        }
        deserializer.deserialize_bytes(Salt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_salt_changes_the_hash() {
        let a = Body::new([1; 16], "because").unwrap();
        let b = Body::new([2; 16], "because").unwrap();
        assert_ne!(a.id(), b.id());
        assert_eq!(Body::decode(&a.bytes()), Ok(a));
        assert!(Body::new([0; 16], "x".repeat(BODY_BYTES + 1)).is_err());
        assert!(Body::new([0; 16], "x".repeat(BODY_BYTES)).is_ok_and(|b| Body::decode(&b.bytes()).is_ok()));
    }
}
