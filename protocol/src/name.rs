//! Names: handles, roles, domains, groups, seats.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

use crate::limits::NAME_BYTES;

/// Says why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is not a name: use a-z, 0-9, '.', '_' and '-', start with a letter or digit, at most {NAME_BYTES}")]
pub struct NameError(String);

impl NameError {
    pub(crate) fn of(text: &str) -> Self {
        Self(text.chars().take(80).collect())
    }
}

/// A short name in lower-case ASCII, so that nobody can write the same name in two ways.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// The name as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = text.len() <= NAME_BYTES
            && text.bytes().next().is_some_and(plain)
            && text.bytes().all(|c| plain(c) || b"._-".contains(&c));
        if good { Ok(Self(text.to_owned())) } else { Err(NameError::of(text)) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["ana", "wg-async", "the8472", "0x", "a.b_c"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "Ana", "-a", "a b", "ünal", "a/b", &"x".repeat(65)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
