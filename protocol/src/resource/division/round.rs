//! The rules that fill up: each turns claims into growing ones, and exact shares into whole units.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::{
    Claim, Divided, Division, Filling, Share, Step,
    fill::{Filled, Growing, fill, whole},
};

/// Divides by a rule that fills up; the claims are in the order of their ids.
pub(super) fn divide<K: Ord + Clone>(rule: Division, capacities: &[u64], claims: &[&Claim<K>]) -> Divided<K> {
    let together: Vec<Vec<usize>> = match rule {
        Division::DominantResource => vec![(0..capacities.len()).collect()],
        _ => (0..capacities.len()).map(|resource| vec![resource]).collect(),
    };
    let mut amounts = vec![vec![0; capacities.len()]; claims.len()];
    let mut fillings = Vec::new();
    for resources in together {
        let within: Vec<u64> = resources.iter().map(|resource| capacities[*resource]).collect();
        let growing: Vec<Growing> = claims.iter().map(|claim| grow(rule, &within, &resources, claim)).collect();
        let filled = fill(&within, &growing);
        let mut rounded_up = Vec::new();
        for resource in &resources {
            let claimed: Vec<u64> = claims.iter().map(|claim| claim.amounts[*resource]).collect();
            let (units, up) = to_units(&filled.parts, &claimed);
            units.iter().enumerate().for_each(|(at, units)| amounts[at][*resource] = *units);
            if !up.is_empty() {
                rounded_up.push((*resource, ids(claims, &up)));
            }
        }
        fillings.push(Filling { steps: steps(&filled, &resources, claims), resources, rounded_up });
    }
    let shares: Vec<Share<K>> =
        claims.iter().zip(amounts).map(|(claim, amounts)| Share { id: claim.id.clone(), amounts }).collect();
    Divided { left: left(capacities, &shares), shares, fillings, draws: Vec::new() }
}

/// What is left of each capacity.
pub(super) fn left<K>(capacities: &[u64], shares: &[Share<K>]) -> Vec<u64> {
    let given = |resource: usize| shares.iter().map(|share| share.amounts[resource]).sum::<u64>();
    capacities.iter().enumerate().map(|(resource, capacity)| capacity.saturating_sub(given(resource))).collect()
}

/// How fast a claim grows:
/// - proportional: at level 1 it is met as a whole, with a weight of 1
/// - max-min: at level 1 it has one unit for each weight
/// - dominant resource: at level 1 it has all of the resource that it needs most of, with a weight of 1
fn grow<K>(rule: Division, capacities: &[u64], resources: &[usize], claim: &Claim<K>) -> Growing {
    let amounts: Vec<u64> = resources.iter().map(|resource| claim.amounts[*resource]).collect();
    let weight = whole(u64::from(claim.weight));
    let rate = match rule {
        Division::Proportional => weight,
        Division::DominantResource => match dominant(capacities, &amounts) {
            Some(share) => weight / share,
            // It needs something of which there is nothing: it stops there, however fast it would grow.
            None => weight,
        },
        // A claim of nothing does not grow, at whatever rate.
        Division::MaxMin | Division::Lot(_) => weight / whole(amounts.iter().copied().max().unwrap_or(0).max(1)),
    };
    Growing { amounts, rate }
}

/// The largest share of a capacity that a claim takes; none if it takes of one that is nothing, or takes nothing.
fn dominant(capacities: &[u64], amounts: &[u64]) -> Option<BigRational> {
    let taken = || capacities.iter().zip(amounts).filter(|(_, amount)| **amount > 0);
    if taken().any(|(capacity, _)| *capacity == 0) {
        return None;
    }
    taken().map(|(capacity, amount)| BigRational::new(BigInt::from(*amount), BigInt::from(*capacity))).max()
}

/// Cuts exact shares of claims down to whole units and hands out the units that are left to the largest remainders, the
/// first claim first where they are equal. Gives back the units, and which claims got one more.
fn to_units(parts: &[BigRational], claimed: &[u64]) -> (Vec<u64>, Vec<usize>) {
    let exact: Vec<BigRational> = parts.iter().zip(claimed).map(|(part, claimed)| part * whole(*claimed)).collect();
    let sum = exact.iter().fold(whole(0), |sum, share| sum + share).floor();
    let mut units: Vec<u64> = exact.iter().map(|share| number(&share.floor())).collect();
    let spare = number(&sum).saturating_sub(units.iter().sum());
    let mut by_remainder: Vec<usize> = (0..exact.len()).filter(|at| !exact[*at].is_integer()).collect();
    by_remainder.sort_by_cached_key(|at| std::cmp::Reverse(exact[*at].fract()));
    by_remainder.truncate(usize::try_from(spare).unwrap_or(usize::MAX));
    by_remainder.iter().for_each(|at| units[*at] += 1);
    by_remainder.sort_unstable();
    (units, by_remainder)
}

/// A whole number that is at most a sum of capacities.
fn number(whole: &BigRational) -> u64 {
    u64::try_from(whole.numer()).unwrap_or(u64::MAX)
}

fn steps<K: Clone>(filled: &Filled, resources: &[usize], claims: &[&Claim<K>]) -> Vec<Step<K>> {
    let stops = filled.stops.iter().map(|stop| Step {
        level: stop.level.to_string(),
        met: ids(claims, &stop.met),
        exhausted: stop.exhausted.iter().map(|at| resources[*at]).collect(),
        stopped: ids(claims, &stop.stopped),
    });
    stops.collect()
}

fn ids<K: Clone>(claims: &[&Claim<K>], places: &[usize]) -> Vec<K> {
    places.iter().map(|at| claims[*at].id.clone()).collect()
}
