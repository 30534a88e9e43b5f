//! What holds for all claims.

use std::cmp::Ordering;

use num_rational::BigRational;
use proptest::{collection::vec, prelude::*};

use super::*;

/// Rules that fill up.
const FILLING: [Division; 3] = [Division::Proportional, Division::MaxMin, Division::DominantResource];

/// Capacities and claims: small numbers, so that ties, zeros and remainders are common, and large ones.
fn rounds() -> impl Strategy<Value = (Vec<u64>, Vec<Claim<u8>>)> {
    (1_usize..4).prop_flat_map(|resources| {
        let amount = || prop_oneof![4 => 0_u64..12, 1 => 0_u64..1000, 1 => 0..=AMOUNT];
        let claim = (1_u32..5, vec(amount(), resources));
        let claims = vec(claim, 0..8).prop_map(|claims| {
            let claim = |(id, (weight, amounts))| Claim { id: id as u8, weight, amounts };
            claims.into_iter().enumerate().map(claim).collect()
        });
        (vec(amount(), resources), claims)
    })
}

fn all_rules() -> impl Strategy<Value = (Division, Option<Seed>)> {
    let lot = |fit, byte| (Division::Lot(fit), Some(seed(byte)));
    prop_oneof![
        proptest::sample::select(&FILLING[..]).prop_map(|rule| (rule, None)),
        any::<u8>().prop_map(move |byte| lot(Fit::Part, byte)),
        any::<u8>().prop_map(move |byte| lot(Fit::Whole, byte)),
    ]
}

/// The claims as the rule takes them: a lot knows no weights.
fn suit(rule: Division, mut claims: Vec<Claim<u8>>) -> Vec<Claim<u8>> {
    if matches!(rule, Division::Lot(_)) {
        claims.iter_mut().for_each(|claim| claim.weight = 1);
    }
    claims
}

fn light(claims: &[Claim<u8>]) -> Vec<u64> {
    claims.iter().map(|claim| claim.amounts[0]).collect()
}

/// Hands out one unit after the other, each to whoever has least of those who want more.
fn one_by_one(capacity: u64, claims: &[u64]) -> Vec<u64> {
    let mut shares = vec![0; claims.len()];
    for _ in 0..capacity {
        let open = (0..claims.len()).filter(|at| shares[*at] < claims[*at]);
        let Some(least) = open.min_by_key(|at| (shares[*at], *at)) else { break };
        shares[least] += 1;
    }
    shares
}

/// Divides in proportion by Hamilton's method.
fn hamilton(capacity: u64, claims: &[u64]) -> Vec<u64> {
    let sum: u128 = claims.iter().map(|claim| u128::from(*claim)).sum();
    if sum <= u128::from(capacity) {
        return claims.to_vec();
    }
    let product = |at: usize| u128::from(claims[at]) * u128::from(capacity);
    let mut shares: Vec<u64> = (0..claims.len()).map(|at| (product(at) / sum) as u64).collect();
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(product(*at) % sum), *at));
    let spare = capacity - shares.iter().sum::<u64>();
    order.into_iter().take(spare as usize).for_each(|at| shares[at] += 1);
    shares
}

/// Compares a/b with c/d.
fn compare((a, b): (u128, u128), (c, d): (u128, u128)) -> Ordering {
    (a * d).cmp(&(c * b))
}

/// The largest share of a capacity that one has, for a weight of 1, with so many units more or less.
fn dominant(capacities: &[u64], share: &Share<u8>, claim: &Claim<u8>, units: i64) -> (u128, u128) {
    let of = |resource: usize| {
        let amount = u128::from(share.amounts[resource].saturating_add_signed(units));
        (amount, u128::from(capacities[resource]) * u128::from(claim.weight))
    };
    let takes = (0..capacities.len()).filter(|resource| claim.amounts[*resource] > 0 && capacities[*resource] > 0);
    takes.map(of).max_by(|a, b| compare(*a, *b)).unwrap_or((0, 1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn nobody_gets_more_than_it_claims_and_nothing_is_given_twice(
        (capacities, claims) in rounds(),
        (rule, seed) in all_rules(),
    ) {
        let claims = suit(rule, claims);
        let divided = divide(rule, &capacities, &claims, seed.as_ref()).unwrap();
        for (resource, capacity) in capacities.iter().enumerate() {
            let given: u64 = divided.shares.iter().map(|share| share.amounts[resource]).sum();
            prop_assert!(given <= *capacity);
            prop_assert_eq!(divided.left[resource], capacity - given);
        }
        for (share, claim) in divided.shares.iter().zip(&claims) {
            prop_assert_eq!(share.id, claim.id);
            prop_assert!(share.amounts.iter().zip(&claim.amounts).all(|(share, claim)| share <= claim));
        }
    }

    #[test]
    fn nothing_is_left_while_a_claim_is_open(
        (capacities, claims) in rounds(),
        (rule, seed) in all_rules(),
    ) {
        let claims = suit(rule, claims);
        let divided = divide(rule, &capacities, &claims, seed.as_ref()).unwrap();
        for (share, claim) in divided.shares.iter().zip(&claims) {
            let open = |resource: &usize| share.amounts[*resource] < claim.amounts[*resource];
            let mut wanted = (0..capacities.len()).filter(open).peekable();
            match rule {
                // What is needed together is worth nothing alone: one of the resources is used up.
                Division::DominantResource => prop_assert!(
                    wanted.peek().is_none()
                        || (0..capacities.len()).any(|at| claim.amounts[at] > 0 && divided.left[at] == 0)
                ),
                // A whole claim that was not met did not fit when its turn came, and less is left now.
                Division::Lot(Fit::Whole) => prop_assert!(
                    wanted.peek().is_none()
                        || (0..capacities.len()).any(|at| claim.amounts[at] > divided.left[at])
                ),
                _ => prop_assert!(wanted.all(|at| divided.left[at] == 0)),
            }
        }
    }

    #[test]
    fn the_order_of_claims_does_not_matter(
        (capacities, claims) in rounds(),
        (rule, seed) in all_rules(),
        keys in vec(any::<u32>(), 8),
    ) {
        let claims = suit(rule, claims);
        let mut shuffled = claims.clone();
        shuffled.sort_by_key(|claim| keys[usize::from(claim.id)]);
        prop_assert_eq!(
            divide(rule, &capacities, &shuffled, seed.as_ref()),
            divide(rule, &capacities, &claims, seed.as_ref())
        );
    }

    #[test]
    fn water_filling_is_handing_out_one_by_one(capacity in 0_u64..60, claims in vec(0_u64..20, 0..7)) {
        let weighed: Vec<(u64, u32)> = claims.iter().map(|claim| (*claim, 1)).collect();
        prop_assert_eq!(shares_of(Division::MaxMin, capacity, &weighed), one_by_one(capacity, &claims));
    }

    #[test]
    fn nobody_has_more_by_weight_than_one_who_wants_more((capacities, claims) in rounds()) {
        let divided = divide(Division::MaxMin, &capacities[..1], &cut(&claims), None).unwrap();
        let share = |at: usize| u128::from(divided.shares[at].amounts[0]);
        let weight = |at: usize| u128::from(claims[at].weight);
        for (poor, rich) in pairs(claims.len()) {
            if share(poor) < u128::from(claims[poor].amounts[0]) {
                let above = share(rich).saturating_sub(1) * weight(poor);
                prop_assert!(above < (share(poor) + 1) * weight(rich), "{poor} and {rich} of {:?}", light(&claims));
            }
        }
    }

    #[test]
    fn in_proportion_is_hamiltons_method((capacities, claims) in rounds()) {
        let claims = light(&claims);
        let weighed: Vec<(u64, u32)> = claims.iter().map(|claim| (*claim, 1)).collect();
        prop_assert_eq!(
            shares_of(Division::Proportional, capacities[0], &weighed),
            hamilton(capacities[0], &claims)
        );
    }

    #[test]
    fn of_a_single_resource_dominant_fairness_is_water_filling((capacities, claims) in rounds()) {
        let shares = |rule| divide(rule, &capacities[..1], &cut(&claims), None).unwrap().shares;
        prop_assert_eq!(shares(Division::DominantResource), shares(Division::MaxMin));
    }

    #[test]
    fn who_wants_more_has_a_bottleneck_where_nobody_is_ahead((capacities, claims) in rounds()) {
        let divided = divide(Division::DominantResource, &capacities, &claims, None).unwrap();
        let shares = &divided.shares;
        let unmet = (0..claims.len()).filter(|at| shares[*at].amounts != claims[*at].amounts);
        for poor in unmet {
            let mine = dominant(&capacities, &shares[poor], &claims[poor], 1);
            let nobody_ahead = |resource: &usize| {
                let others = (0..claims.len()).filter(|at| *at != poor && claims[*at].amounts[*resource] > 0);
                others
                    .map(|at| dominant(&capacities, &shares[at], &claims[at], -1))
                    .all(|theirs| compare(theirs, mine).is_lt())
            };
            let used_up = |at: &usize| claims[poor].amounts[*at] > 0 && divided.left[*at] == 0;
            prop_assert!((0..capacities.len()).filter(used_up).any(|at| capacities[at] == 0 || nobody_ahead(&at)));
        }
    }

    #[test]
    fn what_is_needed_together_comes_in_proportion((capacities, claims) in rounds()) {
        let divided = divide(Division::DominantResource, &capacities, &claims, None).unwrap();
        for (share, claim) in divided.shares.iter().zip(&claims) {
            for (one, other) in pairs(capacities.len()) {
                let product = |a: usize, b: usize| i128::from(share.amounts[a]) * i128::from(claim.amounts[b]);
                let off = (product(one, other) - product(other, one)).abs();
                let unit = i128::from(claim.amounts[one]) + i128::from(claim.amounts[other]);
                prop_assert!(off == 0 || off < unit);
            }
        }
    }
}

proptest! {
    #[test]
    fn the_working_explains_the_shares(
        (capacities, claims) in rounds(),
        rule in proptest::sample::select(&FILLING[..]),
    ) {
        let divided = divide(rule, &capacities, &claims, None).unwrap();
        for filling in &divided.fillings {
            let of = |part: &dyn Fn(usize) -> u64| filling.resources.iter().map(|at| part(*at)).collect::<Vec<_>>();
            let share = |id: u8| of(&|at| divided.shares[usize::from(id)].amounts[at]);
            let claim = |id: u8| of(&|at| claims[usize::from(id)].amounts[at]);
            let mut ended: Vec<u8> = Vec::new();
            for step in &filling.steps {
                prop_assert!(step.met.iter().all(|id| share(*id) == claim(*id)));
                prop_assert!(step.exhausted.iter().all(|at| divided.left[*at] == 0));
                let takes = |id: &u8| step.exhausted.iter().any(|at| claims[usize::from(*id)].amounts[*at] > 0);
                prop_assert!(step.stopped.iter().all(takes));
                ended.extend(step.met.iter().chain(&step.stopped));
            }
            ended.sort_unstable();
            let wanting = (0..claims.len() as u8).filter(|id| claim(*id).iter().any(|amount| *amount > 0));
            prop_assert!(ended.into_iter().eq(wanting));
            let exact = filling.steps.iter().filter_map(|step| step.level.parse::<BigRational>().ok());
            prop_assert!(exact.collect::<Vec<_>>().windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}

/// The claims of the first resource alone.
fn cut(claims: &[Claim<u8>]) -> Vec<Claim<u8>> {
    claims.iter().map(|claim| Claim { amounts: claim.amounts[..1].to_vec(), ..claim.clone() }).collect()
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |a| (0..count).map(move |b| (a, b))).filter(|(a, b)| a != b)
}
