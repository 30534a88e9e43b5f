//! Exact fractions, and the bars that a share must reach or exceed.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

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

    /// ⌊fraction × amount⌋.
    pub fn floor_of(self, amount: u64) -> u64 {
        let product = u128::from(self.numerator) * u128::from(amount);
        // A fraction is at most one, so the quotient fits.
        (product / u128::from(self.denominator)) as u64
    }

    /// ⌈fraction × count⌉.
    pub fn ceil_of(self, count: u32) -> u32 {
        let product = u64::from(self.numerator) * u64::from(count);
        // A fraction is at most one, so the quotient fits.
        product.div_ceil(u64::from(self.denominator)) as u32
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let cross = |a: &Self, b: &Self| u64::from(a.numerator) * u64::from(b.denominator);
        cross(self, other).cmp(&cross(other, self))
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

/// What a share of people must come to, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// The share must exceed the fraction: `{ more_than = "1/2" }`.
    MoreThan(Fraction),
    /// The share must reach the fraction: `{ at_least = "2/3" }`.
    AtLeast(Fraction),
}

impl Bar {
    /// Says whether `part` of `whole` meets it; of nothing there is no share.
    pub fn is_met_by(self, part: u32, whole: u32) -> bool {
        let compare = |fraction: Fraction| {
            let share = u64::from(part) * u64::from(fraction.denominator);
            share.cmp(&(u64::from(fraction.numerator) * u64::from(whole)))
        };
        whole > 0
            && match self {
                Self::MoreThan(fraction) => compare(fraction).is_gt(),
                Self::AtLeast(fraction) => compare(fraction).is_ge(),
            }
    }

    /// Says whether something can meet it and something can miss it.
    pub fn is_sound(self) -> bool {
        match self {
            Self::MoreThan(fraction) => fraction.numerator < fraction.denominator,
            Self::AtLeast(fraction) => fraction.numerator > 0,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoreThan(fraction) => write!(f, "more than {fraction}"),
            Self::AtLeast(fraction) => write!(f, "at least {fraction}"),
        }
    }
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

    #[test]
    fn bars_are_exact_at_their_edge() {
        let bar = |text: &str| text.parse::<Fraction>().unwrap();
        let half = Bar::MoreThan(bar("1/2"));
        assert_eq!(
            [(1, 2), (2, 3), (0, 0), (3, 6), (4, 6)].map(|(p, w)| half.is_met_by(p, w)),
            [false, true, false, false, true]
        );
        let thirds = Bar::AtLeast(bar("2/3"));
        assert_eq!(
            [(2, 3), (66, 100), (67, 100), (0, 0)].map(|(p, w)| thirds.is_met_by(p, w)),
            [true, false, true, false]
        );
        assert!(thirds.is_met_by(u32::MAX, u32::MAX) && half.is_sound() && thirds.is_sound());
        assert!(!Bar::MoreThan(bar("1/1")).is_sound() && !Bar::AtLeast(bar("0/1")).is_sound());
    }
}
