//! `docs/protocol.md` cannot rot: the bytes of its worked example are those that this crate makes and reads, and its
//! limits are those of this crate.
//!
//! Where one changes on purpose, run these tests and copy what they print into the document.

use std::{fs, path::Path};

use folkmoot_protocol::{
    body::Body,
    cbor,
    charter::{Charter, Host, RawCharter},
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw, Receipt, ReceiptContent},
    envelope::{Kind, Signed},
    id::hex_encode,
    key::{PublicKey, SecretKey},
    limits::*,
    note::{Note, NoteContent},
    replay::Replica,
    statement::{Act, Founding, FoundingContent, Proposal, Statement},
    time::{Span, Timestamp},
};

const CHARTER: &str = r#"{
    "name": "duo",
    "purpose": "To cook for the street",
    "members": { "ana": {} },
    "domains": {
        "charter": { "purpose": "All of it", "people_only": true, "rule": { "consent": { "quorum": "1/2" } } }
    }
}"#;

#[test]
fn the_document_prints_the_bytes_that_the_code_makes() {
    let printed = digits(&document());
    let missing: Vec<String> = example()
        .into_iter()
        .filter(|(_, text)| !printed.contains(&digits(text)))
        .map(|(what, text)| format!("{what}:\n{}", lines(&text)))
        .collect();
    assert!(missing.is_empty(), "docs/protocol.md does not print:\n\n{}", missing.join("\n\n"));
}

#[test]
fn the_document_states_the_limits() {
    let document = document();
    macro_rules! rows {
        ($($limit:ident)*) => { [$(format!("| `{}` | {} |", stringify!($limit), $limit)),*] };
    }
    let rows = rows!(ENTRY_BYTES STATEMENT_BYTES NOTE_BYTES BODY_BYTES PROTECTED_BYTES DEPTH ITEMS NAME_BYTES TITLE_BYTES
        TEXT_BYTES MEMBERS ROLES DOMAINS KEYS HOLDERS EFFECTS STATEMENTS CITES EVIDENCE REPLACEMENTS OBJECTIONS OBJECTIONS_PER_MEMBER
        OPEN_PROPOSALS GROUPS PANEL ADDRESSES AMOUNT WEIGHT CLAIMS RESOURCES_PER_ROUND WAITING GUEST_LOGS_PER_PEER GUEST_LOGS HEADS ANSWER_BYTES
        RANGES_PER_PEER);
    let missing: Vec<&String> = rows.iter().filter(|row| !document.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/protocol.md does not state: {missing:#?}");
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The parts of the example, by name, in hexadecimal digits or as ids.
fn example() -> Vec<(&'static str, String)> {
    let [ana, log_key, node, witness] = [1, 2, 3, 4].map(|seed| SecretKey::from_seed([seed; 32]));
    let start: Timestamp = "2026-03-01".parse().expect("a date");
    let charter = charter(ana.public(), Host { log_key: log_key.public(), node: node.public() }, start);
    let founding = Signed::sign(Kind::Founding, FoundingContent { charter: charter.hash() }, &ana);
    assert_eq!(Founding::decode(Kind::Founding, founding.bytes()).as_ref(), Ok(&founding));

    let first = EntryContent {
        log: None,
        number: 0,
        previous: None,
        time: start,
        cites: Vec::new(),
        act: EntryAct::Found { charter: Box::new(charter.clone()), foundings: vec![raw(&founding)] },
    };
    let first = Entry::sign(first, &log_key);
    assert_eq!(Entry::decode(first.bytes()).as_ref(), Ok(&first));
    let mut replica = Replica::found(&first).expect("the group is founded");

    let why = Body::new([5; 16], "Most can come then.").expect("a short text");
    let effects = vec![Effect::Text {
        domain: "charter".parse().expect("a name"),
        text: "Mondays at 19:00".into(),
        replaces: None,
    }];
    let proposal =
        Proposal { title: "Meet on Mondays".into(), why: why.id(), effects, options: Vec::new(), review: None };
    let statement = Signed::sign(Kind::Statement, replica.compose(&ana.public(), Act::Propose(proposal)), &ana);
    assert_eq!(Statement::from_bytes(statement.bytes()).as_ref(), Ok(&statement));

    let act = EntryAct::Admit { statements: vec![raw(&statement)] };
    let second = Entry::sign(replica.next(act, start + Span::from_secs(60)), &log_key);
    let second = Entry::decode(second.bytes()).expect("verifies");
    let admitted = replica.check(&second).expect("the proposal is admitted");
    replica.apply(admitted);

    let time = start + Span::from_secs(60);
    let receipt = ReceiptContent {
        log: replica.log(),
        epoch: 0,
        statement: statement.id(),
        time,
        by: time + Span::from_secs(3600),
    };
    let receipt = Receipt::sign(Kind::Receipt, receipt, &log_key);
    let note = NoteContent {
        log: replica.log(),
        number: 1,
        previous: None,
        entry: second.id(),
        time: start + Span::from_secs(61),
        voice: None,
    };
    let note = Note::witness(note, &witness);

    vec![
        ("key of ana", hex_encode(ana.public().as_bytes())),
        ("did of ana", ana.public().to_string()),
        ("charter", hex_encode(&cbor::encode(&charter))),
        ("charter hash", charter.hash().to_string()),
        ("founding", hex_encode(founding.bytes())),
        ("first entry", hex_encode(first.bytes())),
        ("group", replica.log().to_string()),
        ("body", hex_encode(&why.bytes())),
        ("body id", why.id().to_string()),
        ("statement", hex_encode(statement.bytes())),
        ("statement id", statement.id().to_string()),
        ("second entry's id", second.id().to_string()),
        ("receipt", hex_encode(receipt.bytes())),
        ("note", hex_encode(note.bytes())),
        ("note id", note.id().to_string()),
        ("digest", replica.digest().to_string()),
    ]
}

fn charter(ana: PublicKey, host: Host, start: Timestamp) -> Charter {
    let raw: RawCharter = serde_json::from_str(CHARTER).expect("a charter file");
    raw.resolve(start, host, &|_| Some(ana)).expect("the charter can stand")
}

fn raw<T>(record: &Signed<T>) -> Raw {
    Raw(record.bytes().to_vec())
}

/// The text without what only breaks lines.
fn digits(text: &str) -> String {
    text.split_whitespace().collect()
}

fn lines(text: &str) -> String {
    let bytes = text.as_bytes().chunks(64);
    bytes.map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\n")
}
