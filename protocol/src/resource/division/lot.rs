//! The lot: an order that nobody could foresee and everybody can recompute (RFC 3797, section 4).

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::{Claim, Divided, Fit, Seed, Share, round::left};

/// One draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// The MD5 hash that it is drawn by, as a number.
    #[serde(serialize_with = "as_hex", deserialize_with = "from_hex")]
    pub hash: u128,
    /// Among how many.
    pub among: usize,
    /// Who was drawn: the place in the pool, counted from 0.
    pub drawn: usize,
}

/// Draws everybody out of a pool, one after the other, by the algorithm of RFC 3797.
///
/// The hash of draw n is MD5 of n in two bytes, the key, and n in two bytes again; as a number, modulo how many are
/// left, it says who is drawn of those who are. MD5 serves to spread the bits of a key that nobody chooses; that two
/// keys with one hash can be made does not matter where a key comes from hashes of secrets ([`Seed`]).
pub fn draw(key: &[u8], pool: u16) -> Vec<Draw> {
    let mut rest: Vec<usize> = (0..usize::from(pool)).collect();
    let draws = (0..pool).map(|number| {
        let hash = hash(key, number);
        let among = rest.len();
        // The remainder is smaller than the pool.
        let drawn = rest.remove((hash % among as u128) as usize);
        Draw { hash, among, drawn }
    });
    draws.collect()
}

fn hash(key: &[u8], number: u16) -> u128 {
    let number = number.to_be_bytes();
    let digest = Md5::new().chain_update(number).chain_update(key).chain_update(number).finalize();
    u128::from_be_bytes(digest.into())
}

/// Gives to the claims, which are in the order of their ids, in the order of the lot.
pub(super) fn divide<K: Ord + Clone>(fit: Fit, capacities: &[u64], claims: &[&Claim<K>], seed: &Seed) -> Divided<K> {
    let draws = draw(seed.key().as_bytes(), u16::try_from(claims.len()).unwrap_or(u16::MAX));
    let mut room = capacities.to_vec();
    let mut amounts = vec![vec![0; capacities.len()]; claims.len()];
    for Draw { drawn, .. } in &draws {
        let claimed = &claims[*drawn].amounts;
        let whole = claimed.iter().zip(&room).all(|(amount, room)| amount <= room);
        if fit == Fit::Whole && !whole {
            continue;
        }
        for (resource, amount) in claimed.iter().enumerate() {
            let given = room[resource].min(*amount);
            room[resource] -= given;
            amounts[*drawn][resource] = given;
        }
    }
    let shares: Vec<Share<K>> =
        claims.iter().zip(amounts).map(|(claim, amounts)| Share { id: claim.id.clone(), amounts }).collect();
    Divided { left: left(capacities, &shares), shares, fillings: Vec::new(), draws }
}

fn as_hex<S: serde::Serializer>(hash: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{hash:032x}"))
}

fn from_hex<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    let text = String::deserialize(deserializer)?;
    u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
}
