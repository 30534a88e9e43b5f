//! Divisions against published cases, and what must hold for all claims.

mod known;
mod lots;
mod properties;

use super::*;

/// Divides a single resource among claims called 0, 1, 2 ….
fn shares_of(rule: Division, capacity: u64, claims: &[(u64, u32)]) -> Vec<u64> {
    let claims: Vec<Claim<usize>> = claims
        .iter()
        .enumerate()
        .map(|(id, (amount, weight))| Claim { id, weight: *weight, amounts: vec![*amount] })
        .collect();
    let divided = divide(rule, &[capacity], &claims, None).unwrap();
    divided.shares.iter().map(|share| share.amounts[0]).collect()
}

fn seed(byte: u8) -> Seed {
    Seed(crate::id::Hash([byte; 32]))
}
