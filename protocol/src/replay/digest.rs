//! The digest of a group's state, which stands in its log at intervals.

use super::Replica;
use crate::{
    cbor,
    decision::{Decision, Outcome},
    id::StateDigest,
};

impl Replica {
    /// The digest of the [snapshot](super::Snapshot). Decisions enter it as one hash that grows with each, entries and
    /// named bodies as the roots of trees, so that the cost follows what is open and in force, not the history.
    pub fn digest(&self) -> StateDigest {
        self.snapshot().digest()
    }

    /// Bytes of the parts that a digest covers and that may grow, by their names.
    pub fn state_sizes(&self) -> [(&'static str, usize); 9] {
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
            ("charter", cbor::encode(&self.charter).len()),
            ("ties", cbor::encode(&self.ties).len()),
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
