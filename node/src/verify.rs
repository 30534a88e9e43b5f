//! Verification of what comes from the network: on other threads, never in the loop that owns the replica.

use std::{sync::Arc, thread};

use folkmoot_protocol::{
    envelope::EnvelopeError,
    key::PublicKey,
    sync::{self, Answer, Arrival, Gossip, Parcel, Request, VerifiedAnswer, VerifiedGossip},
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::spawn_blocking,
};

use crate::net::{GossipToken, Verdict};

/// Messages under verification at the same time: a few per core, so that a flood of gossip waits outside.
const VERIFICATIONS: usize = 16;
/// Entries for which one thread more is worth its start: some milliseconds of work.
const ENTRIES_PER_THREAD: usize = 64;

/// What was verified, or not.
pub(crate) enum Verified {
    Gossip(PublicKey, Box<VerifiedGossip>, GossipToken),
    Answer(PublicKey, Request, Option<VerifiedAnswer>),
}

/// Verifies messages and sends them back to the loop.
pub(crate) struct Verifier {
    back: mpsc::Sender<Verified>,
    slots: Arc<Semaphore>,
}

impl Verifier {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Verified>) {
        let (back, verified) = mpsc::channel(VERIFICATIONS);
        (Self { back, slots: Arc::new(Semaphore::new(VERIFICATIONS)) }, verified)
    }

    /// Says whether one more would be begun at once.
    pub(crate) fn has_room(&self) -> bool {
        self.slots.available_permits() > 0
    }

    pub(crate) fn gossip(&self, from: PublicKey, data: Vec<u8>, token: GossipToken) {
        // Taken here, not in the task, so that the loop sees at once how much room is left.
        let (back, slot) = (self.back.clone(), self.slots.clone().try_acquire_owned());
        tokio::spawn(async move {
            let _slot = slot;
            match spawn_blocking(move || verify_gossip(&data)).await {
                // The loop may have ended meanwhile.
                Ok(Ok(gossip)) => drop(back.send(Verified::Gossip(from, Box::new(gossip), token)).await),
                Ok(Err(verdict)) => token.decide(verdict),
                Err(_) => token.decide(Verdict::Ignore),
            }
        });
    }

    pub(crate) fn answer(&self, from: PublicKey, request: Request, data: Vec<u8>) {
        let (back, slot) = (self.back.clone(), self.slots.clone().try_acquire_owned());
        tokio::spawn(async move {
            let _slot = slot;
            let answer = spawn_blocking(move || verify_answer(&data)).await.ok().flatten();
            drop(back.send(Verified::Answer(from, request, answer)).await);
        });
    }
}

fn verify_gossip(data: &[u8]) -> Result<VerifiedGossip, Verdict> {
    let gossip = sync::decode::<Gossip>(data).map_err(|_| Verdict::Reject)?;
    gossip.verify().map_err(|error| match error {
        // Whoever passes on what needs an upgrade here is ahead of us, not to blame.
        EnvelopeError::UnknownVersion { .. } => Verdict::Ignore,
        _ => Verdict::Reject,
    })
}

fn verify_answer(data: &[u8]) -> Option<VerifiedAnswer> {
    match sync::decode::<Answer>(data).ok()? {
        // A bad one ends the answer, but what came before it is good: another peer may have the rest.
        Answer::Entries { log, entries } => Some(VerifiedAnswer::Entries(log, verify_all(&entries))),
        other => other.verify().ok(),
    }
}

/// Verifies entries on all cores, up to the first bad one: signatures are the wall, some 40 µs each.
fn verify_all(entries: &[Parcel]) -> Vec<Arrival> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let each = entries.len().div_ceil(cores).max(ENTRIES_PER_THREAD);
    let verified = |part: &[Parcel]| -> Vec<Arrival> { part.iter().map_while(|entry| entry.verify().ok()).collect() };
    thread::scope(|scope| {
        let parts: Vec<_> =
            entries.chunks(each).map(|part| (part.len(), scope.spawn(move || verified(part)))).collect();
        let mut all = Vec::with_capacity(entries.len());
        for (wanted, part) in parts {
            let Ok(part) = part.join() else { break };
            let whole = part.len() == wanted;
            all.extend(part);
            if !whole {
                break;
            }
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        entry::{Entry, EntryAct, EntryContent},
        id::Hash,
        key::SecretKey,
        time::Timestamp,
    };

    use super::*;

    fn parcels(count: u64) -> Vec<Parcel> {
        let key = SecretKey::from_seed([7; 32]);
        let log = Some(Hash::of(b"log").into());
        let content = |number| EntryContent {
            log,
            number,
            previous: Some(Hash::of(b"before").into()),
            time: Timestamp::from_millis(1),
            cites: Vec::new(),
            act: EntryAct::Digest { digest: Hash::of(b"state").into() },
        };
        (0..count).map(|number| Parcel::new(Entry::sign(content(number), &key).bytes(), [])).collect()
    }

    #[test]
    fn entries_come_in_order_up_to_the_first_bad_one() {
        let mut entries = parcels(300);
        let numbers = |all: &[Arrival]| all.iter().map(|arrival| arrival.entry.number()).collect::<Vec<_>>();
        assert_eq!(numbers(&verify_all(&entries)), (0..300).collect::<Vec<_>>());
        for bad in [299, 200, 151, 150, 149, 0] {
            *entries[bad].entry.0.last_mut().expect("a signature") ^= 1;
            assert_eq!(numbers(&verify_all(&entries)), (0..bad as u64).collect::<Vec<_>>());
        }
        assert!(verify_all(&[]).is_empty());
    }
}
