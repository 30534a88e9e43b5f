//! Dividing scarce capacity among claims by a declared rule, so that everyone can recompute it.
//!
//! | rule | who gets what |
//! | --- | --- |
//! | proportional | each the same share of its claim |
//! | max-min | each the same amount, and who claims less just that: nobody gets more at the cost of one who has less |
//! | dominant resource | of resources that are needed together, each the same share of the one it needs most of |
//! | lot | one after the other, in an order that nobody could foresee, what it claims as long as there is some |
//!
//! Of the first two each resource is divided on its own. A weight of 2 counts like two claimants. Shares are exact
//! fractions until the end; then they are cut down to whole units, and the units that are left go one by one to those
//! who lost most by that, the smaller id first where two lost the same. No share exceeds its claim, no sum the
//! capacity.
//!
//! Sources: Keshav, *An Engineering Approach to Computer Networking* (1997), for max-min; Ghodsi et al., *Dominant
//! Resource Fairness* (NSDI 2011); RFC 3797 for the lot.

mod fill;
pub mod lot;
mod reveal;
mod round;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::{
    lot::Draw,
    reveal::{Reveals, Secret, Seed, commit, reveals},
};
use crate::limits::{AMOUNT, CLAIMS, RESOURCES_PER_ROUND, WEIGHT};

/// How a round divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Division {
    /// Each gets the same share of its claim.
    Proportional,
    /// Water filling: all get the same, nobody more than it claims.
    MaxMin,
    /// Dominant-resource fairness.
    DominantResource,
    /// In the order of a lot.
    Lot(Fit),
}

/// What a lot gives to a claim that exceeds what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// What is left.
    Part,
    /// Nothing: a claim is met as a whole or not at all.
    Whole,
}

impl Division {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proportional => "proportional",
            Self::MaxMin => "max_min",
            Self::DominantResource => "dominant_resource",
            Self::Lot(_) => "lot",
        }
    }

    /// Says whether claimants commit to secrets before and reveal them after.
    pub fn needs_seed(self) -> bool {
        matches!(self, Self::Lot(_))
    }
}

/// Writes it for screens and reports.
impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proportional => "in proportion: each gets the same part of its claim",
            Self::MaxMin => "max-min fair: all get the same, nobody more than it claims",
            Self::DominantResource => {
                "dominant-resource fair: each gets the same share of the resource that it needs most of"
            }
            Self::Lot(Fit::Part) => "by lot: one after the other, what it claims or what is left",
            Self::Lot(Fit::Whole) => "by lot: one after the other, all that it claims or nothing",
        })
    }
}

/// What somebody claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim<K> {
    /// Who; each once.
    pub id: K,
    /// For how many it counts.
    pub weight: u32,
    /// How much of each resource, in the order of the capacities.
    pub amounts: Vec<u64>,
}

impl<K> Claim<K> {
    /// Makes a claim of weight 1.
    pub fn new(id: K, amounts: impl Into<Vec<u64>>) -> Self {
        Self { id, weight: 1, amounts: amounts.into() }
    }
}

/// What somebody gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share<K> {
    /// Who.
    pub id: K,
    /// How much of each resource.
    pub amounts: Vec<u64>,
}

/// A division, with how it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divided<K> {
    /// What each gets, by id.
    pub shares: Vec<Share<K>>,
    /// What is left of each resource.
    pub left: Vec<u64>,
    /// The fillings, one for each resource or one for all that were divided together; a lot has none.
    pub fillings: Vec<Filling<K>>,
    /// The draws of a lot, in order, as places in `shares`.
    pub draws: Vec<Draw>,
}

/// How resources filled up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling<K> {
    /// Which resources.
    pub resources: Vec<usize>,
    /// What happened while the level rose, in order.
    pub steps: Vec<Step<K>>,
    /// Who got a unit more when what was cut off was handed out: the resource and the ids.
    pub rounded_up: Vec<(usize, Vec<K>)>,
}

/// A level at which something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<K> {
    /// The level for a weight of 1: the share of a claim (proportional), the amount (max-min), or the share of the
    /// resource that one needs most of (dominant resource). It is an exact fraction as `7/2`, or cut off as
    /// `0.318309886…` where that would be longer than 40 signs.
    pub level: String,
    /// Who has all that it claims, by id.
    pub met: Vec<K>,
    /// Which resources were used up.
    pub exhausted: Vec<usize>,
    /// Who gets no more because they were, by id.
    pub stopped: Vec<K>,
}

/// Says why claims cannot be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DivisionError {
    /// Too many claims.
    #[error("{0} claims, at most {CLAIMS} are divided in one round")]
    Claims(usize),
    /// No resources, or too many.
    #[error("{0} resources: one round divides from 1 to {RESOURCES_PER_ROUND}")]
    Resources(usize),
    /// A claim or a capacity is larger than may be counted.
    #[error("the amount is {0}, at most {AMOUNT} may be counted")]
    Amount(u64),
    /// A weight is out of range.
    #[error("the weight is {0}: name one from 1 to {WEIGHT}")]
    Weight(u32),
    /// A claim names another number of resources.
    #[error("a claim names {0} amounts: name one for each resource")]
    Amounts(usize),
    /// An id stands twice.
    #[error("a claimant stands twice: one claim each")]
    Twice,
    /// A lot without a seed, or a seed without a lot.
    #[error("a lot needs the seed of its reveals, and nothing else takes one")]
    Seed,
    /// A lot knows no weights.
    #[error("a lot knows no weights: give every claim the weight 1")]
    Weighted,
}

/// Divides capacities among claims; the order of the claims does not matter.
///
/// - each claimant stands once, with an amount for each capacity and a weight
/// - amounts, weights and counts are within the limits
/// - a lot has the seed of its reveals and weights of 1, nothing else has a seed
///
/// # Errors
/// The first condition that is not met.
pub fn divide<K: Ord + Clone>(
    rule: Division,
    capacities: &[u64],
    claims: &[Claim<K>],
    seed: Option<&Seed>,
) -> Result<Divided<K>, DivisionError> {
    check(capacities, claims)?;
    let mut claims: Vec<&Claim<K>> = claims.iter().collect();
    claims.sort_by(|a, b| a.id.cmp(&b.id));
    match (rule, seed) {
        (Division::Lot(_), _) if claims.iter().any(|claim| claim.weight != 1) => Err(DivisionError::Weighted),
        (Division::Lot(fit), Some(seed)) => Ok(lot::divide(fit, capacities, &claims, seed)),
        (Division::Lot(_), None) | (_, Some(_)) => Err(DivisionError::Seed),
        (rule, None) => Ok(round::divide(rule, capacities, &claims)),
    }
}

fn check<K: Ord>(capacities: &[u64], claims: &[Claim<K>]) -> Result<(), DivisionError> {
    if claims.len() > CLAIMS {
        return Err(DivisionError::Claims(claims.len()));
    }
    if capacities.is_empty() || capacities.len() > RESOURCES_PER_ROUND {
        return Err(DivisionError::Resources(capacities.len()));
    }
    let amounts = capacities.iter().chain(claims.iter().flat_map(|claim| &claim.amounts));
    if let Some(amount) = amounts.copied().find(|amount| *amount > AMOUNT) {
        return Err(DivisionError::Amount(amount));
    }
    if let Some(claim) = claims.iter().find(|claim| claim.amounts.len() != capacities.len()) {
        return Err(DivisionError::Amounts(claim.amounts.len()));
    }
    if let Some(claim) = claims.iter().find(|claim| claim.weight == 0 || claim.weight > WEIGHT) {
        return Err(DivisionError::Weight(claim.weight));
    }
    let ids: BTreeSet<&K> = claims.iter().map(|claim| &claim.id).collect();
    if ids.len() < claims.len() { Err(DivisionError::Twice) } else { Ok(()) }
}
