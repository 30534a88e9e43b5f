//! Rules: a rung of the decision ladder with its numbers. Rules are data in the charter.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

use crate::time::Span;

/// Says why a text is no fraction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is not a fraction from 0 to 1: write it like 1/2 or 2/3")]
pub struct FractionError(String);

/// An exact fraction from 0 to 1 in lowest terms, written `2/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    numerator: u32,
    denominator: u32,
}

impl Fraction {
    /// Makes a fraction in lowest terms.
    ///
    /// # Errors
    /// If the denominator is zero or the fraction exceeds one.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, FractionError> {
        if denominator == 0 || numerator > denominator {
            return Err(FractionError(format!("{numerator}/{denominator}")));
        }
        let divisor = gcd(numerator, denominator);
        Ok(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// ⌈fraction × count⌉.
    pub fn ceil_of(self, count: u32) -> u32 {
        let product = u64::from(self.numerator) * u64::from(count);
        // A fraction is at most one, so the quotient fits.
        product.div_ceil(u64::from(self.denominator)) as u32
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Fraction {
    type Err = FractionError;

    fn from_str(text: &str) -> Result<Self, FractionError> {
        let error = || FractionError(text.chars().take(40).collect());
        let (numerator, denominator) = text.split_once('/').ok_or_else(error)?;
        let part = |part: &str| part.trim().parse().map_err(|_| error());
        Self::new(part(numerator)?, part(denominator)?).map_err(|_| error())
    }
}

impl Serialize for Fraction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.numerator, self.denominator).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?.parse().map_err(de::Error::custom);
        }
        // Lowest terms are the one encoding: 2/4 comes back as 1/2 and fails the byte comparison.
        let (numerator, denominator) = Deserialize::deserialize(deserializer)?;
        Self::new(numerator, denominator).map_err(de::Error::custom)
    }
}

/// How a domain decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The holder of the owning role decides, with a why.
    Delegate(Delegate),
    /// Passes if the quorum is met and no objection stands at close.
    Consent(Consent),
}

impl Rule {
    /// The rung's name.
    pub fn rung(&self) -> &'static str {
        match self {
            Self::Delegate(_) => "delegate",
            Self::Consent(_) => "consent",
        }
    }

    /// How long a version stays open.
    pub fn closing(&self) -> Span {
        match self {
            Self::Delegate(rule) => rule.closing,
            Self::Consent(rule) => rule.closing,
        }
    }

    /// How long a version stays open at least, even if everybody has responded.
    pub fn minimum(&self) -> Span {
        match self {
            Self::Delegate(_) => Span::ZERO,
            Self::Consent(rule) => rule.minimum,
        }
    }

    /// Most versions of one proposal.
    pub fn versions(&self) -> u32 {
        match self {
            Self::Delegate(_) => DEFAULT_VERSIONS,
            Self::Consent(rule) => rule.versions,
        }
    }

    /// After which time a decision is due for review, if the proposal names no date.
    pub fn review(&self) -> Option<Span> {
        match self {
            Self::Delegate(rule) => rule.review,
            Self::Consent(rule) => rule.review,
        }
    }
}

/// Most versions of one proposal unless the rule says otherwise.
pub const DEFAULT_VERSIONS: u32 = 5;
/// How long a version stays open unless the rule says otherwise.
const DEFAULT_CLOSING: Span = Span::from_days(7);
/// The shortest time that a version stays open unless the rule says otherwise.
const DEFAULT_MINIMUM: Span = Span::from_days(1);

/// The numbers of a delegate rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// How long the holder has to decide before the proposal lapses.
    #[serde(default = "default_closing")]
    pub closing: Span,
    /// The window in which a member may move the decision up to consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_in: Option<CallIn>,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

/// The call-in window of a delegate rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallIn {
    /// How long effects wait for it.
    pub window: Span,
    /// The consent rule by which the members then decide.
    pub rule: Consent,
}

/// The numbers of a consent rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// How long a version stays open.
    #[serde(default = "default_closing")]
    pub closing: Span,
    /// How long it stays open even if everybody has responded.
    #[serde(default = "default_minimum")]
    pub minimum: Span,
    /// The share of the eligible that must have responded.
    pub quorum: Fraction,
    /// Most versions of one proposal.
    #[serde(default = "default_versions")]
    pub versions: u32,
    /// After which time a decision is due for review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Span>,
}

fn default_closing() -> Span {
    DEFAULT_CLOSING
}

fn default_minimum() -> Span {
    DEFAULT_MINIMUM
}

fn default_versions() -> u32 {
    DEFAULT_VERSIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact_and_at_most_one() {
        let two_thirds: Fraction = "2/3".parse().unwrap();
        assert_eq!([3, 4, 5, 6].map(|n| two_thirds.ceil_of(n)), [2, 3, 4, 4]);
        assert_eq!("50/100".parse::<Fraction>().unwrap().to_string(), "1/2");
        assert_eq!("0/7".parse::<Fraction>().unwrap().ceil_of(9), 0);
        for bad in ["3/2", "1/0", "0.5", "", "-1/2", "1", "a/b"] {
            assert!(bad.parse::<Fraction>().is_err(), "{bad}");
        }
    }
}
