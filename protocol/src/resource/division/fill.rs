//! Progressive filling: a level rises, claims grow with it, until each is met or runs into a resource that is used up.
//!
//! All numbers are whole numbers over a few common denominators, so that nothing is ever rounded and no fraction has to
//! be brought to lowest terms, which for hundreds of claims with different amounts would take minutes.

use num_bigint::BigUint;
use num_rational::Ratio;

/// A claim that grows with the level.
#[derive(Clone, Debug)]
pub(super) struct Growing {
    /// How much of each resource the whole claim takes.
    pub(super) amounts: Vec<u64>,
    /// Which share of the claim is met at level 1, as a fraction; at other levels in proportion, at most all of it.
    pub(super) rate: (u128, u64),
}

/// What was reached.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    /// Which share of each claim is met, in the order of the claims, over `whole`.
    pub(super) parts: Vec<BigUint>,
    /// What all of a claim is.
    pub(super) whole: BigUint,
    /// What happened, in the order of levels.
    pub(super) stops: Vec<Stop>,
}

/// A level at which something happened; claims and resources by their places.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// The level, as a fraction that may not be in lowest terms.
    pub(super) level: (BigUint, BigUint),
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
    while let Some(first) = filling.open.first().copied() {
        stops.push(match filling.bottleneck() {
            Some(resource) if filling.is_reached_before(resource, first) => filling.stop_at_resource(resource),
            _ => filling.stop_at_claim(first),
        });
    }
    Filled { parts: filling.parts, whole: filling.whole, stops }
}

struct Filling<'a> {
    claims: &'a [Growing],
    /// The rates of the claims over `base`.
    rates: Vec<BigUint>,
    base: BigUint,
    /// The places of claims that still grow, first those that are met first.
    open: Vec<usize>,
    /// How much the open claims take of each resource at level 1, over `base`.
    demand: Vec<BigUint>,
    /// What the closed claims have reached, over `whole`.
    parts: Vec<BigUint>,
    /// What is left of each resource beside the closed claims, over `whole`.
    room: Vec<BigUint>,
    whole: BigUint,
}

impl<'a> Filling<'a> {
    fn start(capacities: &[u64], claims: &'a [Growing]) -> Self {
        let base = claims.iter().fold(BigUint::from(1_u8), |base, claim| multiple(base, claim.rate.1));
        let rates: Vec<BigUint> = claims.iter().map(|claim| &base / claim.rate.1 * claim.rate.0).collect();
        let wants = |claim: &Growing| claim.amounts.iter().any(|amount| *amount > 0);
        let mut open: Vec<usize> = (0..claims.len()).filter(|at| wants(&claims[*at])).collect();
        open.sort_by(|a, b| rates[*b].cmp(&rates[*a]));
        let demand =
            |resource: usize| claims.iter().zip(&rates).map(|(claim, rate)| rate * claim.amounts[resource]).sum();
        Self {
            demand: (0..capacities.len()).map(demand).collect(),
            parts: vec![BigUint::ZERO; claims.len()],
            room: capacities.iter().map(|capacity| BigUint::from(*capacity)).collect(),
            whole: BigUint::from(1_u8),
            claims,
            rates,
            base,
            open,
        }
    }

    /// The resource that is used up first: whose room / demand is least, and the first of these.
    fn bottleneck(&self) -> Option<usize> {
        let demanded = (0..self.room.len()).filter(|resource| self.demand[*resource] > BigUint::ZERO);
        demanded.min_by(|a, b| (&self.room[*a] * &self.demand[*b]).cmp(&(&self.room[*b] * &self.demand[*a])))
    }

    /// Says whether a resource is used up before a claim is met, or when it is.
    fn is_reached_before(&self, resource: usize, claim: usize) -> bool {
        &self.room[resource] * &self.rates[claim] <= &self.whole * &self.demand[resource]
    }

    /// Raises the level until a claim is met, and all others that grow as fast.
    fn stop_at_claim(&mut self, first: usize) -> Stop {
        let (met, open): (Vec<usize>, Vec<usize>) =
            self.open.iter().partition(|at| self.rates[**at] == self.rates[first]);
        self.open = open;
        for at in &met {
            self.parts[*at] = self.whole.clone();
            self.close(*at);
        }
        let (numerator, denominator) = self.claims[first].rate;
        let level = (BigUint::from(denominator), BigUint::from(numerator));
        Stop { level, met: sorted(met), exhausted: Vec::new(), stopped: Vec::new() }
    }

    /// Raises the level until a resource is used up: to room / demand, which the new `whole` makes whole.
    fn stop_at_resource(&mut self, resource: usize) -> Stop {
        let (room, demand) = (self.room[resource].clone(), self.demand[resource].clone());
        let used_up =
            |at: &usize| self.demand[*at] > BigUint::ZERO && &self.room[*at] * &demand == &room * &self.demand[*at];
        let exhausted: Vec<usize> = (0..self.room.len()).filter(used_up).collect();
        let level = (&room * &self.base, &self.whole * &demand);
        self.parts.iter_mut().chain(&mut self.room).chain([&mut self.whole]).for_each(|number| *number *= &demand);

        let takes = |at: usize| exhausted.iter().any(|resource| self.claims[at].amounts[*resource] > 0);
        let (closed, open): (Vec<usize>, Vec<usize>) =
            self.open.iter().partition(|at| takes(**at) || &room * &self.rates[**at] >= self.whole);
        self.open = open;
        for at in &closed {
            self.parts[*at] = &room * &self.rates[*at];
            self.close(*at);
        }
        let (met, stopped) = sorted(closed).into_iter().partition(|at| self.parts[*at] >= self.whole);
        Stop { level, met, exhausted, stopped }
    }

    /// Takes a claim that grows no more out of the demand, and what it has out of the room.
    fn close(&mut self, at: usize) {
        for (resource, amount) in self.claims[at].amounts.iter().enumerate().filter(|(_, amount)| **amount > 0) {
            self.demand[resource] -= &self.rates[at] * *amount;
            self.room[resource] -= &self.parts[at] * *amount;
        }
    }
}

/// A level for people: the fraction in lowest terms, or nine decimal places where it is longer than a line can show.
pub(super) fn show((numerator, denominator): &(BigUint, BigUint)) -> String {
    // Lowest terms of longer numbers take noticeable time, and are never short where many claims differ.
    if denominator.bits() < 32_768 {
        let exact = Ratio::new(numerator.clone(), denominator.clone()).to_string();
        if exact.len() <= 40 {
            return exact;
        }
    }
    let billionths = numerator * 1_000_000_000_u64 / denominator;
    let (whole, rest) = (&billionths / 1_000_000_000_u64, &billionths % 1_000_000_000_u64);
    format!("{whole}.{:0>9}…", rest.to_string())
}

/// The least common multiple.
fn multiple(base: BigUint, number: u64) -> BigUint {
    let rest = u64::try_from(&base % number).unwrap_or(0);
    base * (number / divisor(number, rest))
}

/// The greatest common divisor; of a number and nothing, the number.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

fn sorted(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places
}
