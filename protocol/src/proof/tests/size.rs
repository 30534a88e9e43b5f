//! What a proof costs follows the evidence and not the log.

use std::time::Instant;

use super::{House, assert_passes};
use crate::{
    entry::EntryAct,
    fixture::{days, text},
    id::ProposalId,
    statement::Act,
};

/// A log with a digest every 1,000 entries, in which a policy is decided after about `entries`, 500 after a digest.
fn grown(entries: u64) -> (House, ProposalId) {
    let mut house = House::with(|charter| charter.times.digest_every = 1000);
    let mut members = ["ana", "ben", "cem"].into_iter().cycle();
    let mut look = |house: &mut House| match house.group.replica.due(house.group.now) {
        Some(EntryAct::Digest { .. }) => house.digest(),
        _ => drop(house.group.act(members.next().unwrap(), Act::Seen {}).map(drop)),
    };
    while house.group.replica.head().number < entries {
        look(&mut house);
    }
    let stale = house.group.statement("bot", Act::Seen {});
    while house.group.replica.head().number % 1000 != 500 {
        look(&mut house);
    }
    let policy = house.group.open("ana", &[text("policy")]);
    house.group.admit(&[stale]).unwrap();
    house.group.tick(days(7));
    house.seal();
    (house, policy)
}

/// Bytes of the proof, bytes behind a digest, and how many entries of the log were read; prints how long it took.
#[expect(clippy::disallowed_methods, reason = "a test may look at the clock, and only prints it")]
fn cost(house: &House, policy: ProposalId) -> (usize, usize, usize) {
    house.read.set(0);
    let started = Instant::now();
    let bundle = house.bundle(policy);
    let bytes = bundle.bytes();
    let made = started.elapsed();
    let read = house.read.get();
    let started = Instant::now();
    assert_passes(&house.verify(&bundle));
    let (number, len, entries) = (house.group.replica.head().number, bytes.len(), bundle.entries.len());
    println!("{number} entries: made in {made:?}, {len} bytes, {entries} entries, verified in {:?}", started.elapsed());
    let started = Instant::now();
    let _ = house.group.replica.digest();
    let snapshot = house.group.replica.snapshot().bytes().len();
    println!("a digest in {:?}, of {snapshot} bytes", started.elapsed());
    (bytes.len(), snapshot, read)
}

fn assert_flat(short: u64, long: u64) {
    let ((few, policy), (many, other)) = (grown(short), grown(long));
    let ((small, state, read), (large, later, read_of_many)) = (cost(&few, policy), cost(&many, other));
    assert_eq!(read, read_of_many, "no more of the log is looked at");
    assert!(later <= state + 512, "a digest covers {later} bytes after {long} entries, {state} after {short}");
    // A longer log has a few more roots, longer paths, and longer numbers.
    let numbers = 4 * read_of_many;
    assert!(large <= small + 2048 + numbers, "{large} bytes for {long} entries, {small} for {short}");
}

#[test]
fn a_proof_does_not_grow_with_the_log() {
    assert_flat(1_000, 4_000);
}

#[test]
#[ignore = "writes a log of 100,000 entries, which takes a minute"]
fn a_proof_does_not_grow_with_a_log_of_100_000_entries() {
    assert_flat(10_000, 100_000);
}
