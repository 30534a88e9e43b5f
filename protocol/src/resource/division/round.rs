//! The rules that fill up: each turns claims into growing ones, and exact shares into whole units.

use num_bigint::BigUint;

use super::{
    Claim, Divided, Division, Filling, Share, Step,
    fill::{Filled, Growing, fill, show},
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
            let (units, up) = to_units(&filled, &claimed);
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
    let weight = u128::from(claim.weight);
    let rate = match rule {
        Division::Proportional => (weight, 1),
        Division::DominantResource => match dominant(capacities, &amounts) {
            Some((amount, capacity)) => (weight * u128::from(capacity), amount),
            // It needs something of which there is nothing: it stops there, however fast it would grow.
            None => (weight, 1),
        },
        // A claim of nothing does not grow, at whatever rate.
        Division::MaxMin | Division::Lot(_) => (weight, amounts.iter().copied().max().unwrap_or(0).max(1)),
    };
    Growing { amounts, rate }
}

/// The amount that is the largest share of its capacity, and that capacity; none if a capacity is nothing of which the
/// claim takes, or if it takes nothing.
fn dominant(capacities: &[u64], amounts: &[u64]) -> Option<(u64, u64)> {
    let taken = || amounts.iter().copied().zip(capacities.iter().copied()).filter(|(amount, _)| *amount > 0);
    let product = |amount: u64, capacity: u64| u128::from(amount) * u128::from(capacity);
    if taken().any(|(_, capacity)| capacity == 0) {
        return None;
    }
    taken().max_by(|(a, of_a), (b, of_b)| product(*a, *of_b).cmp(&product(*b, *of_a)))
}

/// Cuts exact shares of claims down to whole units and hands out the units that are left to the largest remainders, the
/// first claim first where they are equal. Gives back the units, and which claims got one more.
fn to_units(filled: &Filled, claimed: &[u64]) -> (Vec<u64>, Vec<usize>) {
    let exact: Vec<BigUint> = filled.parts.iter().zip(claimed).map(|(part, claimed)| part * *claimed).collect();
    let mut units: Vec<u64> = exact.iter().map(|share| number(&(share / &filled.whole))).collect();
    let rests: Vec<BigUint> = exact.iter().map(|share| share % &filled.whole).collect();
    let spare = number(&(rests.iter().sum::<BigUint>() / &filled.whole));
    let mut by_rest: Vec<usize> = (0..rests.len()).collect();
    by_rest.sort_by(|a, b| rests[*b].cmp(&rests[*a]));
    // Fewer are spare than have a rest, which is less than a unit each.
    by_rest.truncate(usize::try_from(spare).unwrap_or(usize::MAX));
    by_rest.iter().for_each(|at| units[*at] += 1);
    by_rest.sort_unstable();
    (units, by_rest)
}

/// A whole number that is at most a sum of capacities.
fn number(whole: &BigUint) -> u64 {
    u64::try_from(whole).unwrap_or(u64::MAX)
}

fn steps<K: Clone>(filled: &Filled, resources: &[usize], claims: &[&Claim<K>]) -> Vec<Step<K>> {
    let stops = filled.stops.iter().map(|stop| Step {
        level: show(&stop.level),
        met: ids(claims, &stop.met),
        exhausted: stop.exhausted.iter().map(|at| resources[*at]).collect(),
        stopped: ids(claims, &stop.stopped),
    });
    stops.collect()
}

fn ids<K: Clone>(claims: &[&Claim<K>], places: &[usize]) -> Vec<K> {
    places.iter().map(|at| claims[*at].id.clone()).collect()
}
