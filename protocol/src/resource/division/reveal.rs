//! Commitments and reveals: a seed that no claimant chooses alone.
//!
//! Each claimant commits to a secret by its hash, and reveals the secret when all commitments are sealed. The seed is
//! the hash of all secrets that were revealed in time; who does not reveal loses the share. The last one to reveal
//! still chooses between two seeds: with its secret, or without it and without its share.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::{
    cbor,
    id::{Hash, LogId, hex_encode},
};

/// What a claimant keeps to itself until all have committed: 32 bytes from a good source of randomness.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub Hash);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What the order of a lot is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub Hash);

impl Seed {
    /// The key of the lot: one source of RFC 3797, a text in capital letters and digits.
    pub fn key(&self) -> String {
        format!("{}/", hex_encode(&self.0.0).to_uppercase())
    }
}

/// What came of the reveals of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveals {
    /// The seed; none if nobody revealed.
    pub seed: Option<Seed>,
    /// Who takes part in the lot.
    pub revealed: BTreeSet<LogId>,
    /// Who committed, and did not reveal what it had committed to.
    pub lost: BTreeSet<LogId>,
}

/// The commitment of a claimant to a secret in a round.
///
/// It names both, so that nobody can take over the commitment of another, or one of an earlier round.
pub fn commit(round: &Hash, claimant: &LogId, secret: &Secret) -> Hash {
    Hash::of(&cbor::encode(&("folkmoot lot", round, claimant, secret)))
}

/// Makes the seed of a round from what was committed and revealed in time.
///
/// A reveal counts if it is what its claimant committed to; other reveals change nothing.
pub fn reveals(round: &Hash, commitments: &BTreeMap<LogId, Hash>, secrets: &BTreeMap<LogId, Secret>) -> Reveals {
    let kept = |(claimant, commitment): &(&LogId, &Hash)| {
        secrets.get(*claimant).is_some_and(|secret| commit(round, claimant, secret) == **commitment)
    };
    let (revealed, lost): (Vec<_>, Vec<_>) = commitments.iter().partition(kept);
    let names = |all: Vec<(&LogId, &Hash)>| all.into_iter().map(|(claimant, _)| *claimant).collect::<BTreeSet<_>>();
    let (revealed, lost) = (names(revealed), names(lost));
    let sources: Vec<(&LogId, &Secret)> = secrets.iter().filter(|(claimant, _)| revealed.contains(*claimant)).collect();
    let seed = (!sources.is_empty()).then(|| Seed(Hash::of(&cbor::encode(&("folkmoot seed", round, sources)))));
    Reveals { seed, revealed, lost }
}
