//! A record has one encoding: each other one that CBOR and COSE know is refused, though properly signed.
//!
//! Every variant is made mechanically from a valid record and signed anew with the real key wherever the
//! signature covers the change, so that nothing but the form can be the reason to refuse it.

mod records;

use std::{collections::BTreeSet, sync::LazyLock};

use ciborium::Value;
use folkmoot_protocol::{
    cbor,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::{EnvelopeError, Kind, Signed},
    evidence::Evidence,
    id::Hash,
    key::SecretKey,
    time::Timestamp,
};
use folkmoot_tests::cbor_tree::{Item, Node};
use serde::{Serialize, de::DeserializeOwned};

use crate::records::cases;

/// A valid record and how to read it.
struct Case {
    name: &'static str,
    kind: Kind,
    /// A record of the protocol and no sample.
    real: bool,
    record: Vec<u8>,
    /// Reads a record as nodes do.
    decode: fn(Kind, &[u8]) -> Result<(), EnvelopeError>,
    /// Reads a payload without any care for its form, and gives the one encoding of what was read.
    lenient: fn(&[u8]) -> Option<Vec<u8>>,
}

impl Case {
    /// A record of the protocol.
    fn real<T: Serialize + DeserializeOwned>(name: &'static str, kind: Kind, content: T) -> Self {
        Self { real: true, ..Self::new(name, kind, content) }
    }

    /// A record of any content.
    fn new<T: Serialize + DeserializeOwned>(name: &'static str, kind: Kind, content: T) -> Self {
        let record = Signed::sign(kind, content, key()).bytes().to_vec();
        Self {
            name,
            kind,
            real: false,
            record,
            decode: |kind, bytes| Signed::<T>::decode(kind, bytes).map(drop),
            lenient: |bytes| ciborium::from_reader::<T, _>(bytes).ok().map(|value| cbor::encode(&value)),
        }
    }

    fn parts(&self) -> Parts {
        let value: Value = ciborium::from_reader(&self.record[..]).expect("a record is CBOR");
        let Value::Tag(18, array) = value else { panic!("a record has tag 18") };
        let bytes = |at: usize| array.as_array().expect("of four")[at].as_bytes().expect("a byte string").clone();
        Parts { protected: bytes(0), payload: bytes(2) }
    }

    /// Asserts that every one of `variants` is refused for a reason that is `expected`; counts them, each once.
    fn refuses(&self, variants: &[Variant], expected: fn(&EnvelopeError) -> bool) -> usize {
        let mut seen = BTreeSet::new();
        for (name, bytes) in variants {
            assert_ne!(*bytes, self.record, "{}: {name} changes nothing", self.name);
            if !seen.insert(bytes) {
                continue;
            }
            match (self.decode)(self.kind, bytes) {
                Ok(()) => panic!("{}: {name} is accepted: {bytes:02x?}", self.name),
                Err(error) => assert!(expected(&error), "{}: {name} is refused, but: {error}", self.name),
            }
        }
        seen.len()
    }

    /// Every other writing of the payload, and what a lenient reader takes for it or for no payload at all.
    fn payloads(&self, keys: &[Node]) -> Vec<Variant> {
        let Parts { payload, .. } = self.parts();
        let written = |(name, tree): (String, Node)| (format!("payload: {name}"), tree.write());
        let mut payloads: Vec<Variant> = tree(&payload).variants(keys).into_iter().map(written).collect();
        payloads.extend(trailing(&payload));
        // What stands for itself is another value in its one encoding, and no wrong writing of this one.
        let rewrites = tree(&payload).rewrites().into_iter().map(written);
        payloads.extend(rewrites.filter(|(_, other)| (self.lenient)(other).as_ref() != Some(other)));
        payloads
    }

    /// A record of this case's kind with this payload, properly signed.
    fn with_payload(&self, payload: &[u8]) -> Vec<u8> {
        let Parts { protected, .. } = self.parts();
        record(&protected, payload, &sign(self.kind, &protected, payload))
    }
}

/// What is signed of a record.
struct Parts {
    protected: Vec<u8>,
    payload: Vec<u8>,
}

/// What was changed, and the record with the change.
type Variant = (String, Vec<u8>);

#[test]
fn the_one_encoding_is_accepted() {
    for case in cases() {
        (case.decode)(case.kind, &case.record).expect("the case is valid");
        let Parts { protected, payload } = case.parts();
        assert_eq!(tree(&payload).write(), payload, "{}", case.name);
        assert_eq!(tree(&payload).canonical(), payload, "{}", case.name);
        assert_eq!(tree(&protected).write(), protected, "{}", case.name);
        assert_eq!(record(&protected, &payload, &sign(case.kind, &protected, &payload)), case.record);
    }
}

#[test]
fn other_encodings_of_the_payload_are_refused() {
    let (mut count, mut same) = (0, 0);
    let keys = all_keys();
    for case in cases() {
        let payloads = case.payloads(&keys);
        // A reader that does not care for the form takes these for the record itself.
        let payload = Some(case.parts().payload);
        same += payloads.iter().filter(|(_, other)| (case.lenient)(other) == payload).count();
        let signed = |(name, payload): &Variant| (name.clone(), case.with_payload(payload));
        let variants: Vec<Variant> = payloads.iter().map(signed).collect();
        count += case.refuses(&variants, |error| matches!(error, EnvelopeError::Malformed { .. }));
    }
    println!("{count} payloads refused, {same} of them mean the same to a lenient reader");
    assert!(count > PAYLOADS.0 && same > PAYLOADS.1, "{count} payloads, {same} of the same meaning");
}

/// So that refusing is no matter of course: where one key is left out or two items are swapped and the result is
/// another value in its one encoding, it is accepted, signed by the same helper.
#[test]
fn other_values_are_accepted() {
    let mut count = 0;
    for case in cases() {
        for (name, other) in tree(&case.parts().payload).rewrites() {
            let other = other.write();
            if (case.lenient)(&other).as_ref() == Some(&other) {
                let accepted = (case.decode)(case.kind, &case.with_payload(&other));
                assert_eq!(accepted, Ok(()), "{}: {name}", case.name);
                count += 1;
            }
        }
    }
    println!("{count} other values accepted");
    assert!(count > 20, "{count} other values");
}

/// An entry can carry any bytes as a statement, or as evidence; the record inside still has one encoding only.
#[test]
fn other_encodings_inside_an_entry_are_refused() {
    let holds = |act: EntryAct| {
        let content =
            EntryContent { log: None, number: 1, previous: None, time: Timestamp::ZERO, cites: Vec::new(), act };
        let entry = Entry::sign(content, key());
        let entry = Entry::decode(entry.bytes()).expect("the entry itself is well-formed");
        entry.inside().is_ok()
    };
    let holds = |kind: Kind, record: &[u8]| {
        let record = vec![Raw(record.to_vec())];
        let evidence = Evidence {
            log: Hash::of(b"log").into(),
            version: Hash::of(b"version"),
            voices: Vec::new(),
            notes: Vec::new(),
            silent: None,
            asleep: false,
        };
        holds(match kind {
            Kind::Entry => EntryAct::Cite { evidence: vec![Evidence { voices: record, ..evidence }] },
            Kind::Note => EntryAct::Cite { evidence: vec![Evidence { notes: record, ..evidence }] },
            _ => EntryAct::Admit { statements: record },
        })
    };
    let mut count = 0;
    let of = |kind, most| cases().into_iter().filter(move |case| case.kind == kind && case.real).take(most);
    let voices = cases().into_iter().filter(|case| ["a first consent", "terms", "a taking"].contains(&case.name));
    for case in of(Kind::Statement, 3).chain(of(Kind::Note, 2)).chain(voices) {
        assert!(holds(case.kind, &case.record), "{}", case.name);
        let Parts { protected, payload } = case.parts();
        let mut variants = outer_variants(&case);
        let signed = |(name, payload): Variant| (name, case.with_payload(&payload));
        variants.extend(case.payloads(&[]).into_iter().map(signed));
        let signed = |(name, header): Variant| (name, record(&header, &payload, &sign(case.kind, &header, &payload)));
        variants.extend(protected_headers(&protected).into_iter().map(signed));
        for (name, bytes) in &variants {
            assert!(!holds(case.kind, bytes), "{}: {name}", case.name);
        }
        count += variants.len();
    }
    println!("{count} records inside entries refused");
    assert!(count > 1000, "{count} records");
}

#[test]
fn other_protected_headers_are_refused() {
    let mut count = 0;
    for case in cases() {
        let Parts { protected, payload } = case.parts();
        let variants: Vec<Variant> = protected_headers(&protected)
            .into_iter()
            .map(|(name, protected)| {
                let signature = sign(case.kind, &protected, &payload);
                (format!("protected header: {name}"), record(&protected, &payload, &signature))
            })
            .collect();
        // Never `Forged`: the form is the reason, and the signature is right.
        count += case.refuses(&variants, |error| {
            matches!(error, EnvelopeError::Malformed { .. } | EnvelopeError::Header { .. } | EnvelopeError::Key { .. })
        });
    }
    println!("{count} protected headers refused");
    assert!(count > 110 * cases().len(), "{count} protected headers");
}

#[test]
fn other_versions_are_known_as_such() {
    for case in cases() {
        let Parts { protected, payload } = case.parts();
        for version in [0, 2, 24, u64::MAX] {
            let header = with(&protected, RULES, Some(Node::int(version.into()))).canonical();
            assert!(header != protected);
            let bytes = record(&header, &payload, &sign(case.kind, &header, &payload));
            let error = (case.decode)(case.kind, &bytes).expect_err("an unknown version");
            assert_eq!(error, EnvelopeError::UnknownVersion { kind: case.kind, version });
            let forged = record(&header, &payload, &sign(case.kind, &protected, &payload));
            let error = (case.decode)(case.kind, &forged).expect_err("a forged unknown version");
            assert!(matches!(error, EnvelopeError::Forged { .. }));
        }
    }
}

#[test]
fn other_outer_forms_are_refused() {
    let mut count = 0;
    for case in cases() {
        count += case.refuses(&outer_variants(&case), |error| {
            matches!(error, EnvelopeError::Malformed { .. } | EnvelopeError::Header { .. })
        });
    }
    println!("{count} outer forms refused");
    assert!(count > 80 * cases().len(), "{count} outer forms");
}

#[test]
fn signatures_for_another_context_are_refused() {
    for case in cases() {
        let Parts { protected, payload } = case.parts();
        let contexts = [
            ("Signature", aad(case.kind.name())),
            ("CounterSignature", aad(case.kind.name())),
            ("Signature1", aad("")),
            ("Signature1", Node::bytes([])),
            ("Signature1", Node::bytes(Node::null().write())),
        ];
        for (context, aad) in contexts {
            let signature = key().sign(&to_be_signed(context, &protected, aad, &payload));
            let error = (case.decode)(case.kind, &record(&protected, &payload, &signature));
            assert!(matches!(error, Err(EnvelopeError::Forged { .. })), "{}: {context}", case.name);
        }
    }
}

/// The label of the rules version.
const RULES: i128 = -65537;
/// Fewest payloads that are tried, and of these such that mean the same to a lenient reader.
const PAYLOADS: (usize, usize) = (15_000, 5_000);

/// The names of all fields that occur in any case.
fn all_keys() -> Vec<Node> {
    let mut keys: Vec<Node> = cases().iter().flat_map(|case| tree(&case.parts().payload).text_keys()).collect();
    keys.sort_by_key(Node::canonical);
    keys.dedup();
    keys
}

/// Every other encoding of the protected header, and headers that say something else or more.
fn protected_headers(protected: &[u8]) -> Vec<Variant> {
    let key = key().public();
    let mut headers: Vec<Variant> =
        tree(protected).variants(&[]).into_iter().map(|(name, tree)| (name, tree.write())).collect();
    headers.extend(trailing(protected));
    let identity = [&[1], &[0; 31][..]].concat();
    let changes = [
        ("alg -19 (Ed25519)", 1, Some(Node::int(-19))),
        ("alg -7 (ES256)", 1, Some(Node::int(-7))),
        ("alg as text", 1, Some(Node::text("EdDSA"))),
        ("no alg", 1, None),
        ("kid as text", 4, Some(Node::text(&key.to_string()))),
        ("kid of 31 bytes", 4, Some(Node::bytes(&key.as_bytes()[..31]))),
        ("kid of 33 bytes", 4, Some(Node::bytes([key.as_bytes(), &[0][..]].concat()))),
        ("empty kid", 4, Some(Node::bytes([]))),
        ("kid null", 4, Some(Node::null())),
        ("kid of small order", 4, Some(Node::bytes(identity))),
        ("no kid", 4, None),
        ("version as text", RULES, Some(Node::text("1"))),
        ("version negative", RULES, Some(Node::int(-1))),
        ("version null", RULES, Some(Node::null())),
        ("version true", RULES, Some(Item::Simple(21).into())),
        ("no version", RULES, None),
        ("a critical version", 2, Some(Item::Array(vec![Node::int(RULES)]).into())),
        ("a content type", 3, Some(Node::int(0))),
        ("a content type as text", 3, Some(Node::text("a/b"))),
        ("an IV", 5, Some(Node::bytes([1]))),
        ("a partial IV", 6, Some(Node::bytes([1]))),
        ("a countersignature", 7, Some(countersignature())),
        ("an unknown number", 99, Some(Node::int(0))),
        ("another private label", -65538, Some(Node::int(1))),
    ];
    headers.extend(changes.map(|(name, label, value)| (name.to_owned(), with(protected, label, value).canonical())));
    let long = with(protected, 3, Some(Node::text(&"a/b".repeat(20))));
    headers.extend([
        ("zero-length".to_owned(), Vec::new()),
        ("an empty map".to_owned(), vec![0xa0]),
        ("null".to_owned(), vec![0xf6]),
        ("longer than 64 bytes".to_owned(), long.canonical()),
        ("in a byte string".to_owned(), Node::bytes(protected).write()),
    ]);
    headers
}

/// The protected header with another value at `label`, or without one; keys in canonical order.
fn with(protected: &[u8], label: i128, value: Option<Node>) -> Node {
    let Item::Map(mut pairs) = tree(protected).item else { panic!("a protected header is a map") };
    pairs.retain(|(key, _)| *key != Node::int(label));
    pairs.extend(value.map(|value| (Node::int(label), value)));
    Item::Map(pairs).into()
}

fn countersignature() -> Node {
    Item::Array(vec![Node::bytes([]), Item::Map(Vec::new()).into(), Node::bytes([0; 8])]).into()
}

/// Every other outer form of a case's record.
fn outer_variants(case: &Case) -> Vec<Variant> {
    let Parts { protected, payload } = case.parts();
    let tree = outer(&protected, &payload, &sign(case.kind, &protected, &payload));
    let written = tree.variants(&[]).into_iter().map(|(name, tree)| (format!("record: {name}"), tree.write()));
    written.chain(trailing(&case.record)).chain(outer_forms(case)).collect()
}

/// Outer forms that are no other writing of the same tree; where a signature covers the change, it is right.
fn outer_forms(case: &Case) -> Vec<Variant> {
    let Parts { protected, payload } = case.parts();
    let signature = sign(case.kind, &protected, &payload);
    let array = |tag: Option<u64>, items: Vec<Node>| {
        let array = Node::from(Item::Array(items));
        tag.map_or(array.clone(), |tag| array.tagged(tag)).write()
    };
    let filled = |label, value| {
        let mut items = items(&protected, &payload, &signature);
        items[1] = Item::Map(vec![(label, value)]).into();
        array(Some(18), items)
    };
    let with = |at: usize, node: Node| {
        let mut items = items(&protected, &payload, &signature);
        items[at] = node;
        array(Some(18), items)
    };
    let four = || items(&protected, &payload, &signature);
    let five = |node| [four(), vec![node]].concat();
    let nothing = sign(case.kind, &protected, &[]);
    let changes = [
        ("no tag", array(None, four())),
        ("tag 16 (COSE_Encrypt0)", array(Some(16), four())),
        ("tag 17 (COSE_Mac0)", array(Some(17), four())),
        ("tag 61 (CWT)", array(Some(61), four())),
        ("tag 98 (COSE_Sign)", array(Some(98), four())),
        ("tag 998", array(Some(998), four())),
        ("five elements, null", array(Some(18), five(Node::null()))),
        ("five elements, bytes", array(Some(18), five(Node::bytes([])))),
        ("three elements", array(Some(18), four()[..3].to_vec())),
        ("no elements", array(Some(18), Vec::new())),
        ("unprotected alg", filled(Node::int(1), Node::int(-8))),
        ("unprotected kid", filled(Node::int(4), Node::bytes(*key().public().as_bytes()))),
        ("unprotected countersignature", filled(Node::int(7), countersignature())),
        ("unprotected version 2 countersignature", filled(Node::int(11), countersignature())),
        ("unprotected text", filled(Node::text("a"), Node::text("b"))),
        ("unprotected null", with(1, Node::null())),
        ("unprotected in bytes", with(1, Node::bytes([0xa0]))),
        ("protected null", with(0, Node::null())),
        ("protected in the open", with(0, tree(&protected))),
        ("payload nil", with(2, Node::null())),
        ("payload in the open", with(2, tree(&payload).tagged(24))),
        ("payload text", with(2, Node::text("payload"))),
        ("no payload", record(&protected, &[], &nothing)),
        ("signature nil", with(3, Node::null())),
        ("signature empty", with(3, Node::bytes([]))),
        ("signature of 63 bytes", with(3, Node::bytes(&signature[..63]))),
        ("signature of 65 bytes", with(3, Node::bytes([&signature[..], &[0]].concat()))),
        ("signature of 128 bytes", with(3, Node::bytes([signature, signature].concat()))),
    ];
    changes.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

/// The bytes with more after them, and with some missing.
fn trailing(bytes: &[u8]) -> Vec<Variant> {
    let tails: [&[u8]; 6] = [&[0x00], &[0xf6], &[0xff], &[0xa0], &[0; 64], bytes];
    let mut variants: Vec<Variant> = tails
        .into_iter()
        .map(|tail| (format!("{} bytes trailing, {:02x?} first", tail.len(), tail[0]), [bytes, tail].concat()))
        .collect();
    variants.push(("the last byte missing".into(), bytes[..bytes.len() - 1].to_vec()));
    variants
}

fn key() -> &'static SecretKey {
    static KEY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_seed([42; 32]));
    &KEY
}

fn tree(bytes: &[u8]) -> Node {
    Node::from(&ciborium::from_reader::<Value, _>(bytes).expect("the case is CBOR"))
}

fn items(protected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<Node> {
    vec![Node::bytes(protected), Item::Map(Vec::new()).into(), Node::bytes(payload), Node::bytes(signature)]
}

fn outer(protected: &[u8], payload: &[u8], signature: &[u8]) -> Node {
    Node::from(Item::Array(items(protected, payload, signature))).tagged(18)
}

fn record(protected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    outer(protected, payload, signature).write()
}

fn aad(kind: &str) -> Node {
    let aad = Item::Array(vec![Node::text("folkmoot"), Node::int(1), Node::text(kind)]);
    Node::bytes(Node::from(aad).write())
}

/// The Sig_structure of RFC 9052 §4.4.
fn to_be_signed(context: &str, protected: &[u8], aad: Node, payload: &[u8]) -> Vec<u8> {
    Node::from(Item::Array(vec![Node::text(context), Node::bytes(protected), aad, Node::bytes(payload)])).write()
}

fn sign(kind: Kind, protected: &[u8], payload: &[u8]) -> [u8; 64] {
    key().sign(&to_be_signed("Signature1", protected, aad(kind.name()), payload))
}
