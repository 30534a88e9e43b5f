//! Progressive filling: a level rises, claims grow with it, until each is met or runs into a resource that is used up.

use num_bigint::BigInt;
use num_rational::BigRational;

/// A claim that grows with the level.
#[derive(Clone, Debug)]
pub(super) struct Growing {
    /// How much of each resource the whole claim takes.
    pub(super) amounts: Vec<u64>,
    /// Which share of the claim is met at level 1; at other levels in proportion, at most all of it.
    pub(super) rate: BigRational,
}

/// What was reached.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    /// Which share of each claim is met, in the order of the claims.
    pub(super) parts: Vec<BigRational>,
    /// What happened, in the order of levels.
    pub(super) stops: Vec<Stop>,
}

/// A level at which something happened; claims and resources by their places.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    pub(super) level: BigRational,
    pub(super) met: Vec<usize>,
    pub(super) exhausted: Vec<usize>,
    pub(super) stopped: Vec<usize>,
}

/// Raises the level from zero until no claim grows any more.
///
/// Claims that want nothing of anything are left out: their part is none.
pub(super) fn fill(capacities: &[u64], claims: &[Growing]) -> Filled {
    let mut filling = Filling::start(capacities, claims);
    let mut stops = Vec::new();
    while let Some(level) = filling.next_level() {
        stops.push(filling.stop_at(level));
    }
    Filled { parts: filling.parts, stops }
}

struct Filling<'a> {
    claims: &'a [Growing],
    /// The places of claims that still grow, first those that are met first.
    open: Vec<usize>,
    parts: Vec<BigRational>,
    /// What is left of each resource for claims that still grow, from level zero on; nothing once it is used up.
    room: Vec<Option<BigRational>>,
    /// How much the open claims take of each resource for each step of the level.
    demand: Vec<BigRational>,
}

impl<'a> Filling<'a> {
    fn start(capacities: &[u64], claims: &'a [Growing]) -> Self {
        let wants = |claim: &Growing| claim.amounts.iter().any(|amount| *amount > 0);
        let mut open: Vec<usize> = (0..claims.len()).filter(|at| wants(&claims[*at])).collect();
        open.sort_by(|a, b| claims[*b].rate.cmp(&claims[*a].rate));
        let demand = (0..capacities.len()).map(|resource| {
            open.iter().map(|at| &claims[*at].rate * whole(claims[*at].amounts[resource])).fold(none(), |a, b| a + b)
        });
        Self {
            claims,
            parts: vec![none(); claims.len()],
            room: capacities.iter().map(|capacity| Some(whole(*capacity))).collect(),
            demand: demand.collect(),
            open,
        }
    }

    /// The lowest level at which a claim is met or a resource is used up.
    fn next_level(&self) -> Option<BigRational> {
        let met = self.open.first().map(|at| self.claims[*at].rate.recip())?;
        let used_up = (0..self.room.len()).filter_map(|resource| self.used_up_at(resource));
        Some(used_up.fold(met, std::cmp::min))
    }

    fn used_up_at(&self, resource: usize) -> Option<BigRational> {
        let room = self.room[resource].as_ref()?;
        (self.demand[resource] > none()).then(|| room / &self.demand[resource])
    }

    fn stop_at(&mut self, level: BigRational) -> Stop {
        let exhausted: Vec<usize> =
            (0..self.room.len()).filter(|resource| self.used_up_at(*resource).is_some_and(|at| at <= level)).collect();
        let all = whole(1);
        let part = |at: usize| &level * &self.claims[at].rate;
        let (met, rest): (Vec<usize>, Vec<usize>) = self.open.iter().partition(|at| part(**at) >= all);
        let takes = |at: usize| exhausted.iter().any(|resource| self.claims[at].amounts[*resource] > 0);
        let (stopped, open): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(|at| takes(*at));
        for at in met.iter().chain(&stopped) {
            self.parts[*at] = part(*at).min(all.clone());
        }
        self.open = open;
        met.iter().chain(&stopped).for_each(|at| self.close(*at));
        exhausted.iter().for_each(|resource| self.room[*resource] = None);
        let sorted = |mut places: Vec<usize>| {
            places.sort_unstable();
            places
        };
        Stop { level, met: sorted(met), exhausted, stopped: sorted(stopped) }
    }

    /// Takes a claim that grows no more out of the demand, and what it has out of the room.
    fn close(&mut self, at: usize) {
        for (resource, amount) in self.claims[at].amounts.iter().enumerate().filter(|(_, amount)| **amount > 0) {
            self.demand[resource] -= &self.claims[at].rate * whole(*amount);
            if let Some(room) = &mut self.room[resource] {
                *room -= &self.parts[at] * whole(*amount);
            }
        }
    }
}

/// A whole number.
pub(super) fn whole(number: u64) -> BigRational {
    BigRational::from_integer(BigInt::from(number))
}

fn none() -> BigRational {
    whole(0)
}
