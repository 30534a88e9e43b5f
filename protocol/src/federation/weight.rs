//! Weights: how much each group of an agreement counts beside the others, and how many of them are enough.
//!
//! Whatever has to share a voter does so by the number of groups, more than half of all; the weight comes on top.

use serde::{Deserialize, Serialize};

use super::FederationAgreement;
use crate::id::LogId;

/// Some groups of an agreement: how many they are, and how much they weigh together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// How many.
    pub groups: u32,
    /// How much they weigh: at most 350 groups of a million each.
    pub weight: u32,
}

impl Share {
    /// Says whether they are as many as another share, and weigh as much.
    pub fn reaches(self, other: Self) -> bool {
        self.groups >= other.groups && self.weight >= other.weight
    }

    /// Says whether they are more than a third of the groups, or of the weight, of all.
    pub fn exceeds_a_third_of(self, all: Self) -> bool {
        3 * u64::from(self.groups) > u64::from(all.groups) || 3 * u64::from(self.weight) > u64::from(all.weight)
    }

    /// What is left of all without these.
    pub fn without(self, some: Self) -> Self {
        let (groups, weight) = (self.groups.saturating_sub(some.groups), self.weight.saturating_sub(some.weight));
        Self { groups, weight }
    }

    /// Two thirds of both, rounded up.
    pub fn two_thirds(self) -> Self {
        Self { groups: two_thirds(self.groups), weight: two_thirds(self.weight) }
    }

    /// The least that is more than half of both.
    pub fn more_than_half(self) -> Self {
        Self { groups: self.groups / 2 + 1, weight: self.weight / 2 + 1 }
    }

    /// The larger of both, each for itself.
    pub fn max_each(self, other: Self) -> Self {
        Self { groups: self.groups.max(other.groups), weight: self.weight.max(other.weight) }
    }
}

fn two_thirds(of: u32) -> u32 {
    // Two thirds of a number are no more than that number.
    (2 * u64::from(of)).div_ceil(3) as u32
}

impl FederationAgreement {
    /// What groups of it are together; who is none of them counts nothing.
    pub fn share(&self, groups: impl IntoIterator<Item = LogId>) -> Share {
        let groups = groups.into_iter().filter_map(|log| self.group(&log));
        groups.fold(Share::default(), |sum, group| Share {
            groups: sum.groups + 1,
            weight: sum.weight.saturating_add(group.weight),
        })
    }

    /// All groups of it.
    pub fn all(&self) -> Share {
        self.share(self.logs())
    }

    /// Says whether groups of it differ in their weights.
    pub fn has_weights(&self) -> bool {
        self.groups.iter().any(|group| group.weight != 1)
    }

    /// What it takes to bring a successor into force: two thirds of the groups and of the weight.
    pub fn two_thirds(&self) -> Share {
        self.all().two_thirds()
    }

    /// What the assembly takes to decide: two thirds of the weight, and more than half of the groups. Without weights
    /// these are two thirds of the groups.
    pub fn assembly(&self) -> Share {
        match self.has_weights() {
            true => Share { groups: self.all().more_than_half().groups, ..self.two_thirds() },
            false => self.two_thirds(),
        }
    }
}
