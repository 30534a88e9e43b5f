//! Notes one after another, and how far they seal a log.

use folkmoot_protocol::{
    id::{Hash, LogId, hex_encode},
    key::{PublicKey, SecretKey},
    note::{Note, NoteContent},
    time::{Span, Timestamp},
    witness::{Notes, Quorums},
};
use serde_json::{Value, json};

use super::story::START;

/// Who signs (of the witnesses, or one more who is none), the entry's number, and how many minutes after the start.
type Signed = (usize, u64, u64);

/// Three witnesses, of whom two seal; then six, of whom five do.
const THREE: &[Signed] =
    &[(0, 1, 0), (0, 2, 1), (3, 2, 1), (1, 1, 2), (1, 0, 3), (1, 3, 1), (1, 3, 4), (2, 3, 5), (0, 2, 6)];
const SIX: &[Signed] =
    &[(0, 4, 0), (1, 4, 0), (2, 5, 1), (3, 4, 1), (3, 4, 2), (4, 3, 2), (5, 4, 3), (4, 6, 4), (5, 6, 5), (6, 9, 6)];

pub(super) fn all() -> Value {
    json!({
        "about": "Notes in the order in which they come, whether a replica that holds all entries takes them, and the \
                  highest number that is sealed after each; null while nothing is.",
        "logs": [log("three", 3, THREE), log("six", 6, SIX)],
    })
}

fn log(name: &str, witnesses: usize, signed: &[Signed]) -> Value {
    let log: LogId = Hash::of(name.as_bytes()).into();
    let start: Timestamp = START.parse().expect("a date");
    let keys: Vec<SecretKey> = (0..=witnesses).map(|seed| SecretKey::from_seed([10 + seed as u8; 32])).collect();
    let panel: Vec<PublicKey> = keys[..witnesses].iter().map(SecretKey::public).collect();
    let seal = Quorums::of(witnesses as u32).seal;
    let mut notes = Notes::default();
    let mut last = vec![None; keys.len()];
    let told = signed.iter().map(|(who, number, minutes)| {
        let time = start + Span::from_secs(60 * minutes);
        let entry = Hash::of(format!("{name} {number}").as_bytes()).into();
        let content = NoteContent { log, number: *number, previous: last[*who], entry, time, voice: None };
        let note = Note::witness(content, &keys[*who]);
        last[*who] = Some(note.id());
        let bytes = hex_encode(note.bytes());
        let taken = panel.contains(&note.signer()) && notes.take(note).is_ok();
        json!({ "bytes": bytes, "taken": taken, "sealed_up_to": notes.sealed_up_to(&panel, seal) })
    });
    let told: Vec<Value> = told.collect();
    json!({
        "log": hex_encode(&log.0),
        "witnesses": panel.iter().map(PublicKey::to_string).collect::<Vec<_>>(),
        "seal": seal,
        "notes": told,
    })
}
