//! The ceilings: the same signatures, bytes and writes without the program around them.

use std::{
    fs::{File, OpenOptions},
    io::{Seek as _, Write as _},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use ciborium::Value;
use coset::{Header, ProtectedHeader, SignatureContext};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use folkmoot_protocol::{
    cbor,
    entry::{Entry, EntryContent},
    envelope::Kind,
    statement::{Statement, StatementContent},
};

use crate::report::cores;

/// sled as the node opens it: segments so large that no page goes where sled never makes it durable.
const SEGMENT: usize = 16 << 20;
const CACHE: u64 = 64 << 20;

/// One signature to verify.
pub(crate) struct Check {
    key: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
}

/// The payload of a record, of the kind that it has.
pub(crate) enum Payload {
    Entry(Vec<u8>),
    Statement(Vec<u8>),
}

/// A key and its value.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// The signatures and payloads of entries and of the statements in them.
pub(crate) fn parts(entries: &[Entry]) -> (Vec<Check>, Vec<Payload>) {
    let (mut checks, mut payloads) = (Vec::new(), Vec::new());
    for entry in entries {
        let (check, payload) = split(Kind::Entry, entry.bytes());
        checks.push(check);
        payloads.push(Payload::Entry(payload));
        for statement in &entry.inside().expect("it is whole").statements {
            let (check, payload) = split(Kind::Statement, statement.bytes());
            checks.push(check);
            payloads.push(Payload::Statement(payload));
        }
    }
    (checks, payloads)
}

/// The signatures of statements.
pub(crate) fn checks(statements: &[Statement]) -> Vec<Check> {
    statements.iter().map(|statement| split(Kind::Statement, statement.bytes()).0).collect()
}

/// Decodes each key and verifies each signature strictly, on so many threads.
pub(crate) fn verify(checks: &[Check], threads: usize) -> Duration {
    on_threads(checks, threads, |check| {
        let key = VerifyingKey::from_bytes(&check.key).expect("a key");
        let valid = key.verify_strict(&check.message, &Signature::from_bytes(&check.signature));
        assert!(valid.is_ok() && !key.is_weak(), "a signature of the log verifies");
    })
}

/// Decodes payloads into their types, without asking for the one encoding, on so many threads.
pub(crate) fn decode(payloads: &[Payload], threads: usize) -> Duration {
    on_threads(payloads, threads, |payload| match payload {
        Payload::Entry(bytes) => drop(ciborium::from_reader::<EntryContent, _>(&bytes[..]).expect("an entry")),
        Payload::Statement(bytes) => {
            drop(ciborium::from_reader::<StatementContent, _>(&bytes[..]).expect("a statement"));
        }
    })
}

/// Writes batches to a bare sled, each of them durable before the next.
pub(crate) fn write(dir: &Path, batches: &[Vec<Pair>]) -> Duration {
    let config = sled::Config::new().path(dir).cache_capacity(CACHE).segment_size(SEGMENT).flush_every_ms(None);
    let db = config.open().expect("sled opens");
    // sled does not synchronise its own file: a second handle does.
    let data = OpenOptions::new().write(true).open(dir.join("db")).expect("sled's file is there");
    let start = Instant::now();
    for pairs in batches {
        let mut batch = sled::Batch::default();
        for (key, value) in pairs {
            batch.insert(key.as_slice(), value.as_slice());
        }
        db.apply_batch(batch).expect("sled takes a batch");
        db.flush().expect("sled writes");
        data.sync_data().expect("the disk confirms");
    }
    start.elapsed()
}

/// What one that hosts cannot do without: verifies statements, signs an entry for each, writes and synchronises, a group
/// at a time.
pub(crate) fn host(dir: &Path, checks: &[Check], entry_bytes: usize, group: usize) -> Duration {
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut file = written(dir, entry_bytes * checks.len());
    let start = Instant::now();
    for group in checks.chunks(group) {
        verify(group, cores().min(group.len()));
        for _ in group {
            let mut entry = vec![1; entry_bytes - 64];
            entry.extend(key.sign(&entry).to_bytes());
            file.write_all(&entry).expect("the file takes it");
        }
        file.sync_data().expect("the disk confirms");
    }
    start.elapsed()
}

/// Writes so many bytes and synchronises, again and again.
pub(crate) fn synchronise(dir: &Path, bytes: usize, runs: usize) -> Vec<Duration> {
    let mut file = written(dir, bytes * runs);
    let write = |_| {
        let start = Instant::now();
        file.write_all(&vec![1; bytes]).and_then(|()| file.sync_data()).expect("the disk confirms");
        start.elapsed()
    };
    (0..runs).map(write).collect()
}

/// A file with room for so many bytes: synchronising one that grows costs the file system's journal besides, which a
/// store that grows in large steps does not pay either.
fn written(dir: &Path, bytes: usize) -> File {
    let mut file = File::create_new(dir.join("bare")).expect("a file can be made");
    let filled = file.write_all(&vec![0; bytes]).and_then(|()| file.rewind()).and_then(|()| file.sync_all());
    filled.expect("the file takes it");
    file
}

fn on_threads<T: Sync>(items: &[T], threads: usize, work: impl Fn(&T) + Sync) -> Duration {
    let start = Instant::now();
    if threads == 1 {
        items.iter().for_each(&work);
    } else {
        thread::scope(|scope| {
            for part in items.chunks(items.len().div_ceil(threads)) {
                scope.spawn(|| part.iter().for_each(&work));
            }
        });
    }
    start.elapsed()
}

/// Takes a record apart into its signature and its payload (RFC 9052 §4.4).
fn split(kind: Kind, bytes: &[u8]) -> (Check, Vec<u8>) {
    let value: Value = ciborium::from_reader(bytes).expect("a record is CBOR");
    let Value::Tag(18, value) = value else { panic!("a record is a COSE_Sign1") };
    let part = |at: usize| value.as_array().expect("an array")[at].as_bytes().expect("bytes").clone();
    let (protected, payload, signature) = (part(0), part(2), part(3));
    let header: Value = ciborium::from_reader(&protected[..]).expect("a header is CBOR");
    let named = header.as_map().expect("a map").iter().find(|(label, _)| *label == Value::from(4));
    let key = named.and_then(|(_, key)| key.as_bytes()).expect("a header names its key");
    let aad = cbor::encode(&("folkmoot", 1, kind.name()));
    let protected = ProtectedHeader { original_data: Some(protected), header: Header::default() };
    let message = coset::sig_structure_data(SignatureContext::CoseSign1, protected, None, &aad, &payload);
    let check = Check {
        key: key.as_slice().try_into().expect("32 bytes"),
        message,
        signature: signature.try_into().expect("64 bytes"),
    };
    (check, payload)
}
