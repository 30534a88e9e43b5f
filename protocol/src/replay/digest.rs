//! The digest of a group's state, which stands in its log at intervals.

use super::Replica;
use crate::{
    cbor,
    decision::{Decision, Outcome},
    id::{Hash, StateDigest},
};

impl Replica {
    /// SHA-256 over the CBOR of the state's parts; decisions enter as one hash that grows with each, so that the cost
    /// follows what is open and in force, not the history.
    pub fn digest(&self) -> StateDigest {
        let chains: Vec<_> = self.chains.iter().collect();
        let seen: Vec<_> = self.seen.iter().collect();
        let heard: Vec<_> = self.heard.iter().collect();
        let missed: Vec<_> = self.missed.iter().collect();
        let open: Vec<_> = self.open.values().collect();
        let agreements: Vec<_> = self.agreements.values().collect();
        let erased: Vec<_> = self.erased.iter().collect();
        let state = (
            ("folkmoot", "state", self.log, self.head.number, self.head.id),
            self.charter_hash,
            (chains, seen, heard, missed),
            open,
            self.decided_hash,
            (agreements, erased),
        );
        Hash::of(&cbor::encode(&state)).into()
    }

    /// Bytes of the parts that a digest covers and that may grow, by their names.
    pub fn state_sizes(&self) -> [(&'static str, usize); 7] {
        fn size<T: serde::Serialize>(parts: impl Iterator<Item = T>) -> usize {
            parts.map(|part| cbor::encode(&part).len()).sum()
        }
        [
            ("chains", size(self.chains.iter())),
            ("seen", size(self.seen.iter())),
            ("heard", size(self.heard.iter())),
            ("missed", size(self.missed.iter())),
            ("open", size(self.open.values())),
            ("agreements", size(self.agreements.values())),
            ("erased", size(self.erased.iter())),
        ]
    }
}

/// What of a decision enters the digest: all but the words of a void one's reason.
///
/// They are an error message, and a better wording must not stop the replay of a log that states a digest.
pub(super) fn record(decision: &Decision) -> Vec<u8> {
    let mut decision = decision.clone();
    if let Outcome::Void { reason } = &mut decision.outcome {
        reason.clear();
    }
    cbor::encode(&decision)
}
