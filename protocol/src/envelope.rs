//! COSE_Sign1 (RFC 9052 §4.2), tag 18, alg −8 (EdDSA): how every record is signed and checked.
//!
//! The outer form is fixed: `18([protected ≤ 64 bytes, {}, payload, 64 bytes])`. The protected header is
//! exactly `{1: -8, 4: public key, -65537: rules version}`; `external_aad` is the CBOR of
//! `["folkmoot", 1, kind]`, so that a signature made for one kind of record passes for no other.

use coset::{CborSerializable as _, HeaderBuilder, ProtectedHeader, SignatureContext, cbor::Value, iana};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    cbor::{self, CborError, Reader},
    id::Hash,
    key::{KeyError, PublicKey, SecretKey, SignError, Signer},
    limits::{ENTRY_BYTES, NOTE_BYTES, PROTECTED_BYTES, RULES_VERSION, STATEMENT_BYTES},
};

/// The private header label of the rules version (RFC 9052 §16.2: below −65536).
const RULES_LABEL: i64 = -65537;
/// The first bytes of every record: tag 18, array of four.
const START: [u8; 2] = [0xd2, 0x84];
/// What stands around the payload besides the protected header: tag, lengths, signature.
const OVERHEAD: usize = PROTECTED_BYTES + 64 + 16;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What a founder signs before the group's log exists.
    Founding,
    /// What a member signs.
    Statement,
    /// A link of a log, signed by its log key.
    Entry,
    /// What a witness signs.
    Note,
    /// What a log key promises to a member.
    Receipt,
}

impl Kind {
    /// Its name in `external_aad`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Founding => "founding",
            Self::Statement => "statement",
            Self::Entry => "entry",
            Self::Note => "note",
            Self::Receipt => "receipt",
        }
    }

    /// Longest payload in bytes.
    pub fn limit(self) -> usize {
        match self {
            Self::Entry => ENTRY_BYTES,
            Self::Statement => STATEMENT_BYTES,
            Self::Founding | Self::Note | Self::Receipt => NOTE_BYTES,
        }
    }
}

/// Says why bytes are no record of the kind that was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// The outer form or the payload is not as it must be.
    #[error("malformed {kind}: {source}", kind = kind.name())]
    Malformed {
        /// The kind that was expected.
        kind: Kind,
        /// What is wrong, and where.
        source: CborError,
    },
    /// The protected header is not the one that this key and version have.
    #[error("malformed {kind}: the protected header is not canonical", kind = kind.name())]
    Header {
        /// The kind that was expected.
        kind: Kind,
    },
    /// The key id is no usable public key.
    #[error("malformed {kind}: {source}", kind = kind.name())]
    Key {
        /// The kind that was expected.
        kind: Kind,
        /// What is wrong with the key.
        source: KeyError,
    },
    /// The signature is not that key's over these bytes as this kind.
    #[error("forged {kind}: the signature is not by {key} over these bytes as a {kind}", kind = kind.name())]
    Forged {
        /// The kind that was expected.
        kind: Kind,
        /// The key that it names.
        key: PublicKey,
    },
    /// The record is signed, but by rules that this program does not know.
    #[error("{kind} of rules version {version}, known is {RULES_VERSION}: it needs an upgrade", kind = kind.name())]
    UnknownVersion {
        /// The kind that was expected.
        kind: Kind,
        /// The version that it names.
        version: u64,
    },
}

/// The parts of a record whose form was checked; `verified` says whether the signature was, too.
struct Parts<'a> {
    key: PublicKey,
    version: u64,
    payload: &'a [u8],
    to_be_signed: Vec<u8>,
    signature: &'a [u8; 64],
}

/// A record whose signature was verified: the original bytes, its id, its signer and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    bytes: Vec<u8>,
    id: Hash,
    signer: PublicKey,
    content: T,
}

impl<T> Signed<T> {
    /// The bytes as they were received or made.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the to-be-signed bytes; it does not cover the signature.
    pub fn hash(&self) -> Hash {
        self.id
    }

    /// The key that signed.
    pub fn signer(&self) -> PublicKey {
        self.signer
    }

    /// What was signed.
    pub fn content(&self) -> &T {
        &self.content
    }
}

impl<T: Serialize + DeserializeOwned> Signed<T> {
    /// Decodes `bytes` as a record of `kind` and verifies its signature strictly.
    ///
    /// # Errors
    /// - [`EnvelopeError::Malformed`], [`EnvelopeError::Header`], [`EnvelopeError::Key`]: not the one encoding of a record
    /// - [`EnvelopeError::Forged`]: the signature does not verify
    /// - [`EnvelopeError::UnknownVersion`]: properly signed by rules that are not known here
    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let parts = parts(kind, bytes)?;
        if !parts.key.verifies(&parts.to_be_signed, parts.signature) {
            return Err(EnvelopeError::Forged { kind, key: parts.key });
        }
        Self::content_of(kind, bytes, &parts)
    }

    /// Decodes bytes that this node verified before it stored them and that its store has checked by hash.
    ///
    /// # Errors
    /// As [`Signed::decode`], without the signature check.
    pub fn decode_stored(kind: Kind, bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let parts = parts(kind, bytes)?;
        Self::content_of(kind, bytes, &parts)
    }

    /// Signs `content` as a record of `kind`.
    ///
    /// # Errors
    /// If the content is over the limits of its kind, which every reader would refuse, or the signer cannot sign.
    pub fn try_sign(kind: Kind, content: T, signer: &dyn Signer) -> Result<Self, SignError> {
        let signer_key = signer.public();
        let protected = protected(&signer_key, RULES_VERSION);
        let payload = cbor::encode(&content);
        check_payload(kind, &payload).map_err(|error| SignError {
            key: signer_key,
            reason: format!("nobody would accept this {}: {error}", kind.name()),
        })?;
        let to_be_signed = to_be_signed(kind, &protected, &payload);
        let signature = signer.try_sign(&to_be_signed)?;
        let bytes = assemble(&protected, &payload, &signature);
        Ok(Self { bytes, id: Hash::of(&to_be_signed), signer: signer_key, content })
    }

    /// Signs `content` as a record of `kind` with a key in memory.
    ///
    /// # Panics
    /// If the content is over the limits of its kind; use [`Signed::try_sign`] where a peer or a person chose it.
    pub fn sign(kind: Kind, content: T, key: &SecretKey) -> Self {
        Self::try_sign(kind, content, key).expect("a key in memory signs what is within the limits")
    }

    fn content_of(kind: Kind, bytes: &[u8], parts: &Parts<'_>) -> Result<Self, EnvelopeError> {
        if parts.version != RULES_VERSION {
            return Err(EnvelopeError::UnknownVersion { kind, version: parts.version });
        }
        let content =
            cbor::decode(parts.payload, kind.limit()).map_err(|source| EnvelopeError::Malformed { kind, source })?;
        Ok(Self { bytes: bytes.to_vec(), id: Hash::of(&parts.to_be_signed), signer: parts.key, content })
    }
}

fn check_payload(kind: Kind, payload: &[u8]) -> Result<(), CborError> {
    if payload.len() > kind.limit() {
        return Err(CborError::TooLong { len: payload.len(), limit: kind.limit() });
    }
    cbor::check(payload)
}

/// Checks the fixed outer form before any other parser sees the bytes.
fn parts(kind: Kind, bytes: &[u8]) -> Result<Parts<'_>, EnvelopeError> {
    let malformed = |source| EnvelopeError::Malformed { kind, source };
    let limit = kind.limit() + OVERHEAD;
    if bytes.len() > limit {
        return Err(malformed(CborError::TooLong { len: bytes.len(), limit }));
    }
    let mut reader = Reader::new(bytes);
    reader.expect(&START, "not a tagged COSE_Sign1").map_err(malformed)?;
    let header = reader.bytes(PROTECTED_BYTES).map_err(malformed)?;
    reader.expect(&[0xa0], "an unprotected header that is not empty").map_err(malformed)?;
    let payload = reader.bytes(kind.limit()).map_err(malformed)?;
    let signature = reader.bytes(64).map_err(malformed)?;
    let signature =
        signature.try_into().map_err(|_| malformed(CborError::Shape("a signature that has not 64 bytes".into())))?;
    reader.end().map_err(malformed)?;
    let (key, version) = read_protected(kind, header)?;
    let to_be_signed = to_be_signed(kind, header, payload);
    Ok(Parts { key, version, payload, to_be_signed, signature })
}

fn read_protected(kind: Kind, bytes: &[u8]) -> Result<(PublicKey, u64), EnvelopeError> {
    let not_canonical = EnvelopeError::Header { kind };
    let header = coset::Header::from_slice(bytes).map_err(|_| not_canonical.clone())?;
    let version = header.rest.iter().find_map(|(label, value)| match (label, value) {
        (coset::Label::Int(RULES_LABEL), Value::Integer(version)) => u64::try_from(*version).ok(),
        _ => None,
    });
    let key: [u8; 32] = header.key_id.as_slice().try_into().map_err(|_| not_canonical.clone())?;
    let key = PublicKey::from_bytes(key).map_err(|source| EnvelopeError::Key { kind, source })?;
    match version {
        // One key and version have one header: whatever else is in it shows as a difference.
        Some(version) if protected(&key, version) == bytes => Ok((key, version)),
        _ => Err(not_canonical),
    }
}

fn protected(key: &PublicKey, version: u64) -> Vec<u8> {
    let header = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(key.as_bytes().to_vec())
        .value(RULES_LABEL, Value::from(version))
        .build();
    header.to_vec().expect("a header of integers and bytes encodes")
}

fn to_be_signed(kind: Kind, protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let header = ProtectedHeader { original_data: Some(protected.to_vec()), header: coset::Header::default() };
    let aad = cbor::encode(&("folkmoot", 1, kind.name()));
    coset::sig_structure_data(SignatureContext::CoseSign1, header, None, &aad, payload)
}

fn assemble(protected: &[u8], payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let parts = Value::Array(vec![
        Value::Bytes(protected.to_vec()),
        Value::Map(Vec::new()),
        Value::Bytes(payload.to_vec()),
        Value::Bytes(signature.to_vec()),
    ]);
    let mut bytes = vec![START[0]];
    ciborium::into_writer(&parts, &mut bytes).expect("writing to memory does not fail");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretKey {
        SecretKey::from_seed([1; 32])
    }

    #[test]
    fn a_record_passes_as_its_kind_only() {
        let signed = Signed::sign(Kind::Note, (1_u64, "x".to_owned()), &key());
        let again = Signed::<(u64, String)>::decode(Kind::Note, signed.bytes()).expect("verifies");
        assert_eq!(again, signed);
        let error = Signed::<(u64, String)>::decode(Kind::Receipt, signed.bytes()).unwrap_err();
        assert!(matches!(error, EnvelopeError::Forged { .. }));
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let signed = Signed::sign(Kind::Note, (1_u64, "text".to_owned()), &key());
        for at in 0..signed.bytes().len() {
            for bit in 0..8 {
                let mut bytes = signed.bytes().to_vec();
                bytes[at] ^= 1 << bit;
                assert!(Signed::<(u64, String)>::decode(Kind::Note, &bytes).is_err(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn a_protected_header_has_44_bytes() {
        assert_eq!(protected(&key().public(), RULES_VERSION).len(), 44);
    }
}
