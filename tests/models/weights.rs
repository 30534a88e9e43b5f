//! Thresholds by weight: groups of an agreement may have weights, and what is enough of them.

/// By what it is measured whether enough of the groups agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// By the number of groups and by their weight.
    Both,
    /// By the weight alone.
    Weight,
    /// By the number of groups alone.
    Groups,
    /// By the number of groups or by their weight.
    Either,
}

impl Measure {
    /// Says whether there are enough, by what holds of their number and of their weight.
    pub(crate) fn holds(self, groups: bool, weight: bool) -> bool {
        match self {
            Self::Both => groups && weight,
            Self::Weight => weight,
            Self::Groups => groups,
            Self::Either => groups || weight,
        }
    }
}

/// How many of something, and how much they weigh together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub groups: u32,
    pub weight: u32,
}

impl Sum {
    pub(crate) fn of(weights: impl IntoIterator<Item = u8>) -> Self {
        weights.into_iter().fold(Self::default(), |sum, weight| Self {
            groups: sum.groups + 1,
            weight: sum.weight + u32::from(weight),
        })
    }

    /// Says whether these are at least two thirds of all of those.
    pub(crate) fn two_thirds(self, all: Self, measure: Measure) -> bool {
        measure.holds(3 * self.groups >= 2 * all.groups, 3 * self.weight >= 2 * all.weight)
    }

    /// Says whether these are at least two thirds of the weight, and more than half of the groups.
    pub(crate) fn assembly(self, all: Self, measure: Measure) -> bool {
        match measure {
            Measure::Both => 2 * self.groups > all.groups && 3 * self.weight >= 2 * all.weight,
            _ => self.two_thirds(all, measure),
        }
    }

    /// Says whether these are more than half of the groups.
    pub(crate) fn most_groups(self, all: Self) -> bool {
        2 * self.groups > all.groups
    }
}

/// All choices of weights from 1 to `most` for so many groups, in no order of the groups: ascending.
pub(crate) fn choices(groups: usize, most: u8) -> Vec<Vec<u8>> {
    let mut found = vec![Vec::new()];
    for _ in 0..groups {
        let with = |known: &Vec<u8>| {
            let from = known.last().copied().unwrap_or(1);
            let known = known.clone();
            (from..=most).map(move |weight| known.iter().copied().chain([weight]).collect()).collect::<Vec<_>>()
        };
        found = found.iter().flat_map(with).collect();
    }
    found
}
