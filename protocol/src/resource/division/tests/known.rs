//! Published cases, cases by hand, and what is refused.

use super::*;
use crate::cbor;

/// With every claim of weight 1.
fn plain(amounts: &[u64]) -> Vec<(u64, u32)> {
    amounts.iter().map(|amount| (*amount, 1)).collect()
}

#[test]
fn dominant_resources_are_divided_as_in_the_paper_of_2011() {
    // Ghodsi et al., 4.1: 9 CPUs and 18 GB; a task of A needs 1 CPU and 4 GB, one of B 3 CPUs and 1 GB. A gets three
    // tasks, B two; each has two thirds of what it needs most of, and all CPUs are in use. Both would take more.
    let claims = [Claim::new("a", [18, 72]), Claim::new("b", [54, 18])];
    let divided = divide(Division::DominantResource, &[9, 18], &claims, None).unwrap();
    assert_eq!(divided.shares[0].amounts, [3, 12]);
    assert_eq!(divided.shares[1].amounts, [6, 2]);
    assert_eq!(divided.left, [0, 4]);
    let step = Step { level: "2/3".into(), met: vec![], exhausted: vec![0], stopped: vec!["a", "b"] };
    assert_eq!(divided.fillings, [Filling { resources: vec![0, 1], steps: vec![step], rounded_up: vec![] }]);
}

#[test]
fn dominant_resources_fill_on_where_others_have_stopped() {
    // A and B share CPUs alone, C takes memory alone: it goes on when the CPUs are used up, and stops when it is met.
    let claims = [Claim::new("a", [10, 0]), Claim::new("b", [10, 0]), Claim::new("c", [0, 15])];
    let divided = divide(Division::DominantResource, &[10, 20], &claims, None).unwrap();
    let steps = [
        Step { level: "1/2".into(), met: vec![], exhausted: vec![0], stopped: vec!["a", "b"] },
        Step { level: "3/4".into(), met: vec!["c"], exhausted: vec![], stopped: vec![] },
    ];
    assert_eq!(divided.fillings[0].steps, steps);
    assert_eq!(divided.left, [0, 5]);
    // With twice the weight, B has twice the share of what it needs most of.
    let claims = [Claim::new("a", [90, 90]), Claim { weight: 2, ..Claim::new("b", [90, 90]) }];
    let divided = divide(Division::DominantResource, &[90, 90], &claims, None).unwrap();
    assert_eq!([&divided.shares[0].amounts, &divided.shares[1].amounts], [&[30, 30], &[60, 60]]);
}

#[test]
fn a_claim_of_what_there_is_none_of_gets_nothing_and_stops_nobody() {
    let claims = [Claim::new("a", [1, 5]), Claim::new("b", [0, 5]), Claim::new("c", [0, 0])];
    let divided = divide(Division::DominantResource, &[0, 7], &claims, None).unwrap();
    assert_eq!(divided.shares.iter().map(|share| share.amounts[1]).collect::<Vec<_>>(), [0, 5, 0]);
    assert_eq!(divided.fillings[0].steps[0].stopped, ["a"]);
}

#[test]
fn water_fills_as_in_the_textbook() {
    // S. Keshav, An Engineering Approach to Computer Networking (1997), pages 215-217; the first in tenths, so that its
    // shares are whole.
    assert_eq!(shares_of(Division::MaxMin, 100, &plain(&[20, 26, 40, 50])), [20, 26, 27, 27]);
    let halves = [(4, 5), (2, 8), (10, 1), (4, 2)];
    assert_eq!(shares_of(Division::MaxMin, 16, &halves), [4, 2, 6, 4]);
    let claims = [Claim::new("a", [20]), Claim::new("b", [26]), Claim::new("c", [40]), Claim::new("d", [50])];
    let steps = divide(Division::MaxMin, &[100], &claims, None).unwrap().fillings.remove(0).steps;
    let levels: Vec<(&str, usize)> = steps.iter().map(|step| (step.level.as_str(), step.met.len())).collect();
    assert_eq!(levels, [("20", 1), ("26", 1), ("27", 0)]);
}

#[test]
fn units_that_are_left_go_to_the_largest_remainders_and_then_to_the_smaller_id() {
    // 2/3 each: two units are there for three claimants.
    assert_eq!(shares_of(Division::MaxMin, 2, &plain(&[5, 5, 5])), [1, 1, 0]);
    // 21.9, 32.85 and 45.25 of 100.
    assert_eq!(shares_of(Division::Proportional, 100, &plain(&[60, 90, 124])), [22, 33, 45]);
    // 1.875, 1.875 and 1.25 of 5: two units for three remainders.
    assert_eq!(shares_of(Division::Proportional, 5, &plain(&[3, 3, 2])), [2, 2, 1]);
    let claims = [Claim::new("x", [5]), Claim::new("y", [5]), Claim::new("z", [5])];
    let divided = divide(Division::MaxMin, &[2], &claims, None).unwrap();
    assert_eq!(divided.fillings[0].rounded_up, [(0, vec!["x", "y"])]);
}

#[test]
fn what_happens_at_one_level_is_one_step() {
    let steps = |capacity: u64, claims: &[u64]| {
        let claims: Vec<Claim<usize>> = claims.iter().enumerate().map(|(id, claim)| Claim::new(id, [*claim])).collect();
        divide(Division::MaxMin, &[capacity], &claims, None).unwrap().fillings.remove(0).steps
    };
    let step = |level: &str, met: &[usize], exhausted: &[usize], stopped: &[usize]| Step {
        level: level.into(),
        met: met.to_vec(),
        exhausted: exhausted.to_vec(),
        stopped: stopped.to_vec(),
    };
    assert_eq!(steps(20, &[3, 5, 3]), [step("3", &[0, 2], &[], &[]), step("5", &[1], &[], &[])]);
    // The last unit meets one claim and stops the other.
    assert_eq!(steps(10, &[5, 9]), [step("5", &[0], &[0], &[1])]);
    // All are met, and nothing is left.
    assert_eq!(steps(8, &[3, 5]), [step("3", &[0], &[], &[]), step("5", &[1], &[0], &[])]);
}

#[test]
fn in_proportion_each_has_the_same_part_of_its_claim() {
    assert_eq!(shares_of(Division::Proportional, 50, &plain(&[10, 30, 60])), [5, 15, 30]);
    assert_eq!(shares_of(Division::Proportional, 100, &plain(&[10, 30, 60])), [10, 30, 60]);
    assert_eq!(shares_of(Division::Proportional, 1000, &plain(&[10, 30, 60])), [10, 30, 60]);
    assert_eq!(shares_of(Division::Proportional, 0, &plain(&[10, 30])), [0, 0]);
    // Twice the weight is twice the part, at most all of it: the first has all, the others divide what is left.
    assert_eq!(shares_of(Division::Proportional, 70, &[(30, 2), (30, 1), (50, 1)]), [30, 15, 25]);
}

#[test]
fn nothing_overflows_at_the_limits() {
    let claims: Vec<(u64, u32)> = (0..CLAIMS).map(|at| (AMOUNT - at as u64, WEIGHT - at as u32)).collect();
    for rule in [Division::Proportional, Division::MaxMin, Division::DominantResource] {
        let shares = shares_of(rule, AMOUNT, &claims);
        assert_eq!(shares.iter().sum::<u64>(), AMOUNT, "{rule:?}");
    }
}

#[test]
fn what_cannot_be_divided_is_refused() {
    let divide = |rule, capacities: &[u64], claims: &[Claim<u8>]| divide(rule, capacities, claims, None).map(drop);
    let (two, many) = ([Claim::new(1, [3]), Claim::new(1, [4])], vec![Claim::new(1, [3]); CLAIMS + 1]);
    let weighing = |weight| Claim { weight, ..Claim::new(1, [3]) };
    let max_min = Division::MaxMin;
    let lot = Division::Lot(Fit::Part);
    for (rule, capacities, claims, error) in [
        (max_min, &[5][..], &two[..], DivisionError::Twice),
        (max_min, &[5], &many, DivisionError::Claims(CLAIMS + 1)),
        (max_min, &[], &[Claim::new(1, [])], DivisionError::Resources(0)),
        (max_min, &[5; RESOURCES_PER_ROUND + 1], &[], DivisionError::Resources(RESOURCES_PER_ROUND + 1)),
        (max_min, &[5, 5], &[Claim::new(1, [3])], DivisionError::Amounts(1)),
        (max_min, &[AMOUNT + 1], &[], DivisionError::Amount(AMOUNT + 1)),
        (max_min, &[5], &[Claim::new(1, [u64::MAX])], DivisionError::Amount(u64::MAX)),
        (max_min, &[5], &[weighing(0)], DivisionError::Weight(0)),
        (max_min, &[5], &[weighing(WEIGHT + 1)], DivisionError::Weight(WEIGHT + 1)),
        (lot, &[5], &[weighing(2)], DivisionError::Weighted),
        (lot, &[5], &[Claim::new(1, [3])], DivisionError::Seed),
    ] {
        assert_eq!(divide(rule, capacities, claims), Err(error));
    }
    let seed = super::seed(1);
    assert_eq!(super::divide(max_min, &[5], &[Claim::new(1, [3])], Some(&seed)), Err(DivisionError::Seed));
    assert!(super::divide::<u8>(max_min, &[5], &[], None).is_ok_and(|divided| divided.left == [5]));
}

#[test]
fn rules_and_divisions_have_one_encoding() {
    for (rule, json) in [
        (Division::Proportional, r#""proportional""#),
        (Division::MaxMin, r#""max_min""#),
        (Division::DominantResource, r#""dominant_resource""#),
        (Division::Lot(Fit::Whole), r#"{"lot":"whole"}"#),
    ] {
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        assert_eq!(cbor::decode(&cbor::encode(&rule), 100), Ok(rule));
    }
    let claims = [Claim::new("a".to_owned(), [5, 9]), Claim::new("b".to_owned(), [5, 2])];
    assert_eq!(cbor::decode(&cbor::encode(&claims[0]), 100), Ok(claims[0].clone()));
    for (rule, seed) in [(Division::MaxMin, None), (Division::Lot(Fit::Part), Some(super::seed(3)))] {
        let divided = divide(rule, &[7, 7], &claims, seed.as_ref()).unwrap();
        assert_eq!(cbor::decode(&cbor::encode(&divided), 1000), Ok(divided.clone()));
        let json = serde_json::to_string(&divided).unwrap();
        assert_eq!(serde_json::from_str::<Divided<String>>(&json).unwrap(), divided);
    }
}

#[test]
fn hundreds_of_odd_claims_are_divided_exactly() {
    // Amounts without common divisors: fractions in lowest terms would take minutes. Half of the claims run into one of
    // seven resources; the others take of the eighth alone and are met one after the other, at ever longer fractions.
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random & AMOUNT
    };
    let mut claim = |id: usize| {
        let mut amounts = vec![0; 8];
        match id % 14 {
            scarce @ 0..7 => amounts[scarce] = next() | 1,
            _ => amounts[7] = next() >> 8 | 1,
        }
        Claim { id, weight: 1 + id as u32 % 7, amounts }
    };
    let claims: Vec<Claim<usize>> = (0..CLAIMS).map(&mut claim).collect();
    let mut capacities: Vec<u64> = (1..8).map(|at| (1 << 50) + at).collect();
    capacities.push(AMOUNT);
    let divided = divide(Division::DominantResource, &capacities, &claims, None).unwrap();
    assert_eq!(divided.left[..7], [0; 7]);
    for (share, claim) in divided.shares.iter().zip(&claims) {
        assert_eq!(share.amounts == claim.amounts, claim.amounts[7] > 0);
    }
    let steps = &divided.fillings[0].steps;
    assert_eq!(steps.iter().filter(|step| !step.exhausted.is_empty()).count(), 7);
    assert!(steps.iter().all(|step| step.level.len() <= 40 && step.met.len() < 5));
}
