//! Deterministic CBOR (RFC 8949 §4.2.1): one encoding per value, bounded before anything is allocated.
//!
//! The part of CBOR in use: integers, byte and text strings, arrays, maps with text keys, booleans, null.
//! Floats, tags, undefined, other simple values and indefinite lengths are refused.

use ciborium::Value;
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::limits::{DEPTH, FILE_DEPTH, ITEMS};

/// Says why bytes are no record, and at which byte where that is known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CborError {
    /// The bytes are longer than the record may be.
    #[error("{len} bytes, at most {limit} are allowed")]
    TooLong {
        /// Length found.
        len: usize,
        /// Length allowed.
        limit: usize,
    },
    /// The bytes end in the middle of an item.
    #[error("ends in the middle of an item at byte {0}")]
    Truncated(usize),
    /// There are bytes after the item.
    #[error("bytes after the end of the item at byte {0}")]
    Trailing(usize),
    /// The item is well-formed elsewhere but not in the part of CBOR in use.
    #[error("{what} at byte {at}")]
    Refused {
        /// What was found.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// The bytes are canonical but not the record that was expected.
    #[error("{0}")]
    Shape(String),
    /// The value decodes, but would be encoded in another way.
    #[error("not the one encoding of its value")]
    NotCanonical,
}

/// Encodes `value` in its one encoding.
///
/// # Panics
/// If `value`'s `Serialize` fails: our own types' does not.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut value = Value::serialized(value).expect("records serialise");
    sort_keys(&mut value);
    let mut bytes = Vec::new();
    ciborium::into_writer(&value, &mut bytes).expect("writing to memory does not fail");
    bytes
}

/// Decodes a record of at most `limit` bytes.
///
/// # Errors
/// Unless the bytes are exactly the one encoding of a `T`.
pub fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, CborError> {
    read(bytes, limit, Reader::new(bytes))
}

/// Decodes a file of at most `limit` bytes, whose arrays and maps have at most `items` items, and which nests a little
/// deeper than a record.
///
/// # Errors
/// Unless the bytes are exactly the one encoding of a `T`.
pub fn decode_large<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize, items: usize) -> Result<T, CborError> {
    read(bytes, limit, Reader { items, depth: FILE_DEPTH, ..Reader::new(bytes) })
}

fn read<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize, mut reader: Reader<'_>) -> Result<T, CborError> {
    if bytes.len() > limit {
        return Err(CborError::TooLong { len: bytes.len(), limit });
    }
    reader.item(0)?;
    reader.end()?;
    // The reader has bounded the depth; serde's enums and newtypes count again in ciborium.
    let value: T = ciborium::de::from_reader_with_recursion_limit(bytes, 4 * FILE_DEPTH)
        .map_err(|error| CborError::Shape(shape(&error)))?;
    if encode(&value) != bytes {
        return Err(CborError::NotCanonical);
    }
    Ok(value)
}

/// Checks that `bytes` are one item of the CBOR in use in its deterministic encoding.
///
/// # Errors
/// At the first byte that is not.
pub fn check(bytes: &[u8]) -> Result<(), CborError> {
    let mut reader = Reader::new(bytes);
    reader.item(0)?;
    reader.end()
}

fn shape<E: std::fmt::Debug>(error: &ciborium::de::Error<E>) -> String {
    match error {
        ciborium::de::Error::Semantic(_, message) => message.clone(),
        other => format!("{other:?}"),
    }
}

/// Sorts map keys by their encoded bytes (RFC 8949 §4.2.1), which for text is by length, then by bytes.
fn sort_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sort_keys),
        Value::Map(pairs) => {
            pairs.iter_mut().for_each(|(_, value)| sort_keys(value));
            pairs.sort_by(|(a, _), (b, _)| key_bytes(a).cmp(&key_bytes(b)));
        }
        _ => {}
    }
}

fn key_bytes(key: &Value) -> (usize, &[u8]) {
    key.as_text().map_or((usize::MAX, &[]), |text| (text.len(), text.as_bytes()))
}

/// Reads heads of CBOR items and refuses all that is not deterministic.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Most items in one array or map.
    items: usize,
    /// Deepest nesting.
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, items: ITEMS, depth: DEPTH }
    }

    /// Reads one head: major type and argument (RFC 8949 §3), shortest form only.
    pub(crate) fn head(&mut self) -> Result<(u8, u64), CborError> {
        let start = self.at;
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        let argument = match info {
            0..=23 => u64::from(info),
            24..=27 => self.argument(1 << (info - 24))?,
            31 => return Err(CborError::Refused { what: "an indefinite length", at: start }),
            _ => return Err(CborError::Refused { what: "a reserved length", at: start }),
        };
        let shortest = match argument {
            0..=23 => 0,
            24..=0xff => 24,
            0x100..=0xffff => 25,
            0x1_0000..=0xffff_ffff => 26,
            _ => 27,
        };
        // For simple values and floats the length is part of the kind; they are refused by `item`.
        if major != 7 && info.max(23) != shortest.max(23) {
            return Err(CborError::Refused { what: "a number longer than needed", at: start });
        }
        Ok((major, argument))
    }

    /// Reads a byte string of at most `limit` bytes.
    pub(crate) fn bytes(&mut self, limit: usize) -> Result<&'a [u8], CborError> {
        let at = self.at;
        match self.head()? {
            (2, len) if len <= limit as u64 => self.take(len as usize),
            (2, len) => Err(CborError::TooLong { len: usize::try_from(len).unwrap_or(usize::MAX), limit }),
            _ => Err(CborError::Refused { what: "not a byte string", at }),
        }
    }

    /// Reads exactly these bytes.
    pub(crate) fn expect(&mut self, expected: &[u8], what: &'static str) -> Result<(), CborError> {
        let at = self.at;
        if self.take(expected.len())? != expected {
            return Err(CborError::Refused { what, at });
        }
        Ok(())
    }

    /// Checks that nothing follows.
    pub(crate) fn end(&self) -> Result<(), CborError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(CborError::Trailing(self.at)) }
    }

    fn argument(&mut self, width: usize) -> Result<u64, CborError> {
        Ok(self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], CborError> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(CborError::Truncated(self.bytes.len()))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn item(&mut self, depth: usize) -> Result<(), CborError> {
        let at = self.at;
        if depth > self.depth {
            return Err(CborError::Refused { what: "nested too deep", at });
        }
        let (major, argument) = self.head()?;
        match major {
            0 | 1 => Ok(()),
            2 => self.string(argument).map(drop),
            3 => match std::str::from_utf8(self.string(argument)?) {
                Ok(_) => Ok(()),
                Err(_) => Err(CborError::Refused { what: "a text that is not UTF-8", at }),
            },
            4 => {
                for _ in 0..self.count(argument, at)? {
                    self.item(depth + 1)?;
                }
                Ok(())
            }
            5 => self.map(argument, at, depth),
            6 => Err(CborError::Refused { what: "a tag", at }),
            // False, true and null in their one-byte form; all else of major type 7 is refused.
            _ if self.at == at + 1 && (20..=22).contains(&argument) => Ok(()),
            _ => Err(CborError::Refused { what: "a float or simple value that is not in use", at }),
        }
    }

    fn map(&mut self, argument: u64, at: usize, depth: usize) -> Result<(), CborError> {
        let mut last: &[u8] = &[];
        for _ in 0..self.count(argument, at)? {
            let start = self.at;
            if self.bytes.get(start).is_some_and(|byte| byte >> 5 != 3) {
                return Err(CborError::Refused { what: "a map key that is not a text", at: start });
            }
            self.item(depth + 1)?;
            let key = &self.bytes[start..self.at];
            if key <= last {
                return Err(CborError::Refused { what: "map keys out of order or twice", at: start });
            }
            last = key;
            self.item(depth + 1)?;
        }
        Ok(())
    }

    fn string(&mut self, len: u64) -> Result<&'a [u8], CborError> {
        self.take(usize::try_from(len).unwrap_or(usize::MAX))
    }

    fn count(&self, argument: u64, at: usize) -> Result<u64, CborError> {
        if argument > self.items as u64 {
            return Err(CborError::Refused { what: "too many items", at });
        }
        Ok(argument)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        zebra: u64,
        b: Option<bool>,
        aa: Vec<String>,
    }

    #[test]
    fn keys_are_sorted_whatever_the_declaration_says() {
        let sample = Sample { zebra: 300, b: None, aa: vec!["x".into()] };
        let bytes = encode(&sample);
        assert_eq!(bytes, b"\xa3\x61b\xf6\x62aa\x81\x61x\x65zebra\x19\x01\x2c");
        assert_eq!(decode::<Sample>(&bytes, 100), Ok(sample));
    }

    #[test]
    fn other_encodings_are_refused() {
        let cases: [(&[u8], &str); 9] = [
            (b"\xa3\x62aa\x80\x61b\xf6\x65zebra\x00", "swapped keys"),
            (b"\xa3\x61b\xf6\x62aa\x80\x65zebra\x18\x05", "long integer"),
            (b"\xa3\x61b\xf6\x62aa\x9f\xff\x65zebra\x00", "indefinite"),
            (b"\xa3\x61b\xf6\x62aa\x80\x65zebra\x00\x00", "trailing"),
            (b"\xa4\x61b\xf6\x61c\xf6\x62aa\x80\x65zebra\x00", "unknown"),
            (b"\xa4\x61b\xf6\x61b\xf6\x62aa\x80\x65zebra\x00", "duplicate"),
            (b"\xa3\x61b\xf6\x62aa\x80\x65zebra\xc2\x41\x05", "bignum"),
            (b"\xc1\xa3\x61b\xf6\x62aa\x80\x65zebra\x00", "tag"),
            (b"\xa2\x62aa\x80\x65zebra\x00", "left out"),
        ];
        for (bytes, what) in cases {
            assert!(decode::<Sample>(bytes, 100).is_err(), "{what}");
        }
        assert!(matches!(decode::<Sample>(&[0; 101], 100), Err(CborError::TooLong { .. })));
    }

    #[test]
    fn lengths_are_bounded_before_allocation() {
        assert!(check(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(check(b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(check(&[0x81; 1000]).is_err());
    }
}
