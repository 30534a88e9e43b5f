//! Single records that a reader takes, and bytes that it must not take, with the reason.

use ciborium::Value as Cbor;
use folkmoot_protocol::{
    entry::{Entry, EntryAct, EntryContent, Receipt, ReceiptContent},
    envelope::{EnvelopeError, Kind},
    id::{Hash, hex_encode},
    key::SecretKey,
    note::{Note, NoteContent},
    statement::{Act, Founding, FoundingContent, Statement, StatementContent},
    time::{Span, Timestamp},
};
use serde_json::{Value, json};

use super::story::START;
use crate::cbor_tree::Node;

struct Record {
    kind: Kind,
    bytes: Vec<u8>,
    id: Option<Hash>,
    signer: SecretKey,
}

pub(super) fn read() -> Value {
    let records = all().into_iter().map(|record| {
        json!({
            "kind": record.kind.name(),
            "bytes": hex_encode(&record.bytes),
            "id": record.id.map(|id| hex_encode(&id.0)),
            "seed": hex_encode(&record.signer.seed()),
            "signer": record.signer.public().to_string(),
        })
    });
    json!({
        "about": "One record of each kind, with the seed of the key that signed it (RFC 8032 \u{a7}5.1.5).",
        "records": records.collect::<Vec<_>>(),
    })
}

pub(super) fn not_read() -> Value {
    let mut bad = Vec::new();
    for record in all() {
        for (what, bytes) in changes(&record.bytes) {
            bad.extend(refused(record.kind, &what, &bytes));
        }
        for other in [Kind::Founding, Kind::Statement, Kind::Entry, Kind::Note, Kind::Receipt] {
            if other != record.kind {
                bad.extend(refused(
                    other,
                    &format!("a {} read as a {}", record.kind.name(), other.name()),
                    &record.bytes,
                ));
            }
        }
    }
    json!({
        "about": "Bytes that no reader may take for a record of that kind: malformed (not the one encoding), header, key, \
                  forged (the signature is not that key's over these bytes as this kind) or unknown-version.",
        "malformed": bad,
    })
}

fn refused(kind: Kind, what: &str, bytes: &[u8]) -> Option<Value> {
    let error = read_as(kind, bytes).err()?;
    let class = match error {
        EnvelopeError::Malformed { .. } => "malformed",
        EnvelopeError::Header { .. } => "header",
        EnvelopeError::Key { .. } => "key",
        EnvelopeError::Forged { .. } => "forged",
        EnvelopeError::UnknownVersion { .. } => "unknown-version",
    };
    Some(json!({ "kind": kind.name(), "what": what, "bytes": hex_encode(bytes), "refused": class }))
}

fn read_as(kind: Kind, bytes: &[u8]) -> Result<(), EnvelopeError> {
    match kind {
        Kind::Founding => Founding::decode(kind, bytes).map(drop),
        Kind::Statement => Statement::from_bytes(bytes).map(drop),
        Kind::Entry => Entry::decode(bytes).map(drop),
        Kind::Note => Note::from_bytes(bytes).map(drop),
        Kind::Receipt => Receipt::decode(kind, bytes).map(drop),
    }
}

/// Other bytes that look much like these; all are refused.
fn changes(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.to_vec();
        change(&mut bytes);
        bytes
    };
    let mut all = vec![
        ("nothing at all".to_owned(), Vec::new()),
        ("a byte more".to_owned(), with(&|bytes| bytes.push(0))),
        ("a byte less".to_owned(), with(&|bytes| bytes.truncate(bytes.len() - 1))),
        (
            "without its tag".to_owned(),
            with(&|bytes| {
                bytes.remove(0);
            }),
        ),
        ("another signature".to_owned(), with(&|bytes| *bytes.last_mut().expect("a byte") ^= 0x10)),
        (
            "a signature whose R is another".to_owned(),
            with(&|bytes| *bytes.iter_mut().rev().nth(63).expect("64 bytes") ^= 1),
        ),
        (
            "another byte in the payload".to_owned(),
            with(&|bytes| *bytes.iter_mut().rev().nth(67).expect("a payload") ^= 1),
        ),
        ("another key".to_owned(), with(&|bytes| bytes[20] ^= 1)),
    ];
    let tree: Cbor = ciborium::from_reader(bytes).expect("a record is CBOR");
    let variants = Node::from(&tree).variants(&[]).into_iter();
    all.extend(variants.map(|(what, tree)| (what, tree.write())));
    all
}

/// One record of each kind, all about the same made-up log.
fn all() -> Vec<Record> {
    let [member, log_key, witness] = [1, 2, 4].map(|seed| SecretKey::from_seed([seed; 32]));
    let start: Timestamp = START.parse().expect("a date");
    let log = Hash::of(b"log").into();
    let first = Hash::of(b"entry").into();
    let founding = FoundingContent { charter: Hash::of(b"charter") };
    let founding = Founding::sign(Kind::Founding, founding, &member);
    let statement = StatementContent { log, seen: first, previous: None, act: Act::Seen {} };
    let statement = Statement::sign(Kind::Statement, statement, &member);
    let act = EntryAct::Digest { digest: Hash::of(b"state").into() };
    let entry = EntryContent { log: Some(log), number: 1, previous: Some(first), time: start, cites: Vec::new(), act };
    let entry = Entry::sign(entry, &log_key);
    let by = start + Span::from_secs(3600);
    let receipt = ReceiptContent { log, epoch: 0, statement: statement.id(), time: start, by };
    let receipt = Receipt::sign(Kind::Receipt, receipt, &log_key);
    let note = NoteContent { log, number: 1, previous: None, entry: entry.id(), time: start, voice: None };
    let note = Note::sign(Kind::Note, note, &witness);
    let record =
        |kind, bytes: &[u8], id, signer: &SecretKey| Record { kind, bytes: bytes.to_vec(), id, signer: signer.clone() };
    vec![
        record(Kind::Founding, founding.bytes(), Some(founding.hash()), &member),
        record(Kind::Statement, statement.bytes(), Some(statement.hash()), &member),
        record(Kind::Entry, entry.bytes(), Some(Hash(entry.id().0)), &log_key),
        record(Kind::Receipt, receipt.bytes(), Some(receipt.hash()), &log_key),
        record(Kind::Note, note.bytes(), Some(note.hash()), &witness),
    ]
}
