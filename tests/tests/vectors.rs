//! Conformance vectors that others wrote, read from the directory that `FOLKMOOT_VECTORS` names.
//!
//! None of them is part of this repository; a relative path starts at the workspace's root. Folders and origins:
//!
//! - `wycheproof/ed25519_test.json`: C2SP/wycheproof
//! - `ed25519-speccheck/cases.json`: novifinancial/ed25519-speccheck
//! - `did-key/`: w3c-ccg/did-method-key
//! - `cose-wg-examples/`: cose-wg/Examples
//! - `cbor-appendix-a/`, `cbor-fail/`: cbor/test-vectors

use std::{collections::BTreeMap, env, fs, path::Path, path::PathBuf};

use ciborium::Value;
use coset::{Header, ProtectedHeader, SignatureContext};
use folkmoot_protocol::{
    cbor,
    envelope::{EnvelopeError, Kind, Signed},
    id::{Hash, hex_decode, hex_decode_vec, hex_encode},
    key::{KeyError, PublicKey, SecretKey},
};
use folkmoot_tests::cbor_tree::{Item, Node};
use serde_json::Value as Json;

const KINDS: [Kind; 5] = [Kind::Founding, Kind::Statement, Kind::Entry, Kind::Note, Kind::Receipt];

#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn wycheproof_ed25519() {
    let file = json("wycheproof/ed25519_test.json");
    let (mut valid, mut invalid) = (0, 0);
    for group in list(&file, "testGroups") {
        let key = text(&group["publicKey"], "pk");
        for case in list(group, "tests") {
            let expected = text(case, "result") == "valid";
            let verdict = verifies(key, &hex(text(case, "msg")), text(case, "sig"));
            assert_eq!(verdict, expected, "case {}: {}", case["tcId"], case["comment"]);
            if verdict { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid), (88, 63));
}

/// Counted from zero; `results.md` says the same of dalek's strict verification.
#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn speccheck_accepts_case_3_alone() {
    let file = json("ed25519-speccheck/cases.json");
    let cases = file.as_array().expect("an array");
    let accepted: Vec<usize> = (0..cases.len())
        .filter(|at| {
            let case = &cases[*at];
            verifies(text(case, "pub_key"), &hex(text(case, "message")), text(case, "signature"))
        })
        .collect();
    assert_eq!((cases.len(), accepted), (12, vec![3]));
    // Small-order keys fall at enrolment already, mixed-order ones only with their signatures.
    let refused: Vec<usize> =
        (0..cases.len()).filter(|at| public_key(text(&cases[*at], "pub_key")).is_none()).collect();
    assert_eq!(refused, [0, 1, 10, 11]);
}

#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn did_keys() {
    let file = json("did-key/ed25519-x25519.json");
    let documents = file.as_object().expect("documents by did:key");
    let mut agreement = 0;
    for (did, entry) in documents {
        let key: PublicKey = did.parse().expect("an Ed25519 did:key");
        assert_eq!(key.to_string(), *did);
        let methods = list(&entry["didDocument"], "verificationMethod");
        assert_eq!(document_key(&methods[0]), key.as_bytes());
        let seed = hex_decode(text(entry, "seed")).expect("a seed of 32 bytes");
        assert_eq!(SecretKey::from_seed(seed).public(), key);
        for other in [format!("{did}#{}", &did[8..]), format!(" {did}"), format!("{did}\n"), did[8..].to_owned()] {
            assert!(other.parse::<PublicKey>().is_err(), "{other:?}");
        }
        for id in list(&entry["didDocument"], "keyAgreement") {
            assert_x25519(id.as_str().expect("an id"));
            agreement += 1;
        }
    }
    assert_eq!((documents.len(), agreement), (5, 5));

    let file = json("did-key/x25519.json");
    let documents = file["didDocument"].as_object().expect("documents by did:key");
    for document in documents.values() {
        assert_x25519(text(&list(document, "verificationMethod")[0], "id"));
    }
    assert_eq!(documents.len(), 4);
}

#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn cose_eddsa_sign1() {
    let file = json("cose-wg-examples/eddsa-examples/eddsa-sig-01.json");
    let example = Sign1::of(&file);
    let theirs = hex(text(&file["intermediates"], "ToBeSign_hex"));
    let ours = example.to_be_signed(&[]);
    assert_eq!(hex_encode(&ours), hex_encode(&theirs));

    let key = &file["input"]["sign0"]["key"];
    let public = public_key(text(key, "x_hex")).expect("a usable key");
    let signature = example.signature.as_slice().try_into().expect("64 bytes");
    assert!(public.verifies(&ours, &signature));
    let secret = SecretKey::from_seed(hex_decode(text(key, "d_hex")).expect("32 bytes"));
    assert_eq!((secret.public(), secret.sign(&ours)), (public, signature));

    // It verifies, and still is none of our records: kid outside, no version, another external_aad.
    assert!(example.is_refused());
}

/// Ed448 shares alg −8 with Ed25519: its keys have 57 bytes and its signatures 114, so neither fits a record.
#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn cose_ed448_is_refused() {
    let file = json("cose-wg-examples/eddsa-examples/eddsa-sig-02.json");
    let example = Sign1::of(&file);
    assert_eq!(hex_encode(&example.to_be_signed(&[])), lower(&file["intermediates"], "ToBeSign_hex"));
    assert_eq!(example.signature.len(), 114);
    let key = hex(text(&file["input"]["sign0"]["key"], "x_hex"));
    assert_eq!(key.len(), 57);
    assert!(example.is_refused());
}

/// COSE_Sign (tag 98, several signers) is no form of a record, though its signature is fine.
#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn cose_sign_is_refused() {
    for name in ["eddsa-01", "eddsa-02"] {
        let file = json(&format!("cose-wg-examples/eddsa-examples/{name}.json"));
        let bytes = hex(text(&file["output"], "cbor"));
        assert_eq!(bytes[..2], [0xd8, 98]);
        for kind in KINDS {
            assert!(matches!(Signed::<Value>::decode(kind, &bytes), Err(EnvelopeError::Malformed { .. })));
        }
    }
}

/// What the examples that must fail change: nothing but the tag in one, what is signed in all others.
#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn cose_sign1_structure() {
    let (mut pass, mut fail) = (0, 0);
    for path in files("cose-wg-examples/sign1-tests") {
        let file = json(path.to_str().expect("a plain name"));
        let name = path.file_stem().expect("a name").to_string_lossy();
        let example = Sign1::of(&file);
        let external = file["input"]["sign0"].get("external").map(|text| hex(text.as_str().expect("hex")));
        let ours = hex_encode(&example.to_be_signed(&external.unwrap_or_default()));
        let signed_differs = file["fail"] == true && name != "sign-fail-01";
        assert_eq!(ours != lower(&file["intermediates"], "ToBeSign_hex"), signed_differs, "{name}");
        assert!(example.is_refused(), "{name}");
        if file["fail"] == true { fail += 1 } else { pass += 1 }
    }
    assert_eq!((pass, fail), (3, 6));
}

/// Ties our records to the vectors: the bytes under our signatures are those that the code above builds.
#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn our_records_are_signed_in_the_same_way() {
    for kind in KINDS {
        let signed = Signed::sign(kind, ("content".to_owned(), 1, vec![true]), &SecretKey::from_seed([1; 32]));
        let example = Sign1::read(signed.bytes());
        let aad = Item::Array(vec![Node::text("folkmoot"), Node::int(1), Node::text(kind.name())]);
        let to_be_signed = example.to_be_signed(&Node::from(aad).canonical());
        assert_eq!(Hash::of(&to_be_signed), signed.hash());
        let signature = example.signature.as_slice().try_into().expect("64 bytes");
        assert!(signed.signer().verifies(&to_be_signed, &signature));
    }
}

#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn cbor_appendix_a() {
    let file = json("cbor-appendix-a/appendix_a.json");
    let cases = file.as_array().expect("an array");
    assert_eq!(cases.len(), 82);
    let mut counts = BTreeMap::new();
    // Two bytes for a simple value from 24 to 31 were valid in 2014 and are not since RFC 8949.
    for case in cases.iter().filter(|case| case["hex"] != "f818") {
        let bytes = hex(text(case, "hex"));
        let class = class(&bytes, case["roundtrip"] == true);
        *counts.entry(class).or_insert(0) += 1;
        assert_eq!(cbor::check(&bytes).is_ok(), class.starts_with("in use"), "{case}");
        if class.starts_with("in use") {
            let value: Value = cbor::decode(&bytes, bytes.len()).expect("is in use");
            assert_eq!(hex_encode(&cbor::encode(&value)), text(case, "hex"));
            assert_eq!(hex_encode(&Node::from(&value).canonical()), text(case, "hex"));
            // Byte strings and numbers beyond JSON's precision have no exact decoded value in the file.
            if let Some(decoded) = case.get("decoded").filter(|decoded| !decoded.is_f64()) {
                assert_eq!(to_json(&value), *decoded);
            }
        } else {
            assert!(cbor::decode::<Value>(&bytes, bytes.len()).is_err(), "{case}");
        }
    }
    let expected = [
        ("bignum", 2),
        ("float", 22),
        ("in use: array", 5),
        ("in use: bool or null", 3),
        ("in use: bytes", 2),
        ("in use: integer", 16),
        ("in use: map", 3),
        ("in use: text", 7),
        ("indefinite", 11),
        ("map with keys that are no texts", 1),
        ("simple", 3),
        ("tag", 6),
    ];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
#[ignore = "reads FOLKMOOT_VECTORS, a directory of conformance vectors"]
fn cbor_malformed() {
    let file = json("cbor-fail/fail.json");
    let cases = file.as_array().expect("an array");
    for case in cases {
        let bytes = hex(text(case, "hex"));
        assert!(cbor::check(&bytes).is_err(), "{case}");
        assert!(cbor::decode::<Value>(&bytes, bytes.len()).is_err(), "{case}");
        assert!(Signed::<Value>::decode(Kind::Statement, &bytes).is_err(), "{case}");
    }
    assert_eq!(cases.len(), 568);
}

/// A COSE_Sign1 taken apart without our own code.
struct Sign1 {
    bytes: Vec<u8>,
    protected: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Sign1 {
    fn of(example: &Json) -> Self {
        Self::read(&hex(text(&example["output"], "cbor")))
    }

    fn read(bytes: &[u8]) -> Self {
        let value: Value = ciborium::from_reader(bytes).expect("an example is CBOR");
        let array = match value {
            Value::Tag(_, array) => *array,
            untagged => untagged,
        };
        let part = |at: usize| array.as_array().expect("an array")[at].as_bytes().expect("a byte string").clone();
        Self { bytes: bytes.to_vec(), protected: part(0), payload: part(2), signature: part(3) }
    }

    /// The Sig_structure as coset builds it for our records.
    fn to_be_signed(&self, external_aad: &[u8]) -> Vec<u8> {
        let protected = match self.protected[..] {
            // Without protected parameters a zero-length string is signed (RFC 9052 §4.4, step 2).
            [] | [0xa0] => ProtectedHeader::default(),
            _ => ProtectedHeader { original_data: Some(self.protected.clone()), header: Header::default() },
        };
        coset::sig_structure_data(SignatureContext::CoseSign1, protected, None, external_aad, &self.payload)
    }

    /// Says whether no kind of record takes it: neither as it is, nor when tag and unprotected header are put right.
    fn is_refused(&self) -> bool {
        let parts = Item::Array(vec![
            Node::bytes(self.protected.clone()),
            Item::Map(Vec::new()).into(),
            Node::bytes(self.payload.clone()),
            Node::bytes(self.signature.clone()),
        ]);
        let tidy = Node::from(parts).tagged(18).write();
        KINDS.into_iter().all(|kind| {
            let as_it_is = Signed::<Value>::decode(kind, &self.bytes);
            let tidied = Signed::<Value>::decode(kind, &tidy);
            matches!(as_it_is, Err(EnvelopeError::Malformed { .. }))
                && if self.signature.len() == 64 {
                    matches!(tidied, Err(EnvelopeError::Header { .. }))
                } else {
                    matches!(tidied, Err(EnvelopeError::Malformed { .. }))
                }
        })
    }
}

/// The part of CBOR that `bytes` belong to, by their heads alone.
fn class(bytes: &[u8], roundtrip: bool) -> &'static str {
    match bytes[0] {
        0xf9..=0xfb => "float",
        0xf4..=0xf6 => "in use: bool or null",
        0xe0..=0xff => "simple",
        0xc2 | 0xc3 => "bignum",
        0xc0..=0xdf => "tag",
        _ if !roundtrip => "indefinite",
        0x00..=0x3f => "in use: integer",
        0x40..=0x5f => "in use: bytes",
        0x60..=0x7f => "in use: text",
        0x80..=0x9f => "in use: array",
        0xa1..=0xbf if bytes[1] >> 5 != 3 => "map with keys that are no texts",
        0xa0..=0xbf => "in use: map",
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => match i128::from(*number) {
            number @ 0.. => u64::try_from(number).expect("64 bits").into(),
            number => i64::try_from(number).expect("64 bits").into(),
        },
        Value::Text(text) => text.as_str().into(),
        Value::Bool(yes) => (*yes).into(),
        Value::Null => Json::Null,
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Map(pairs) => {
            pairs.iter().map(|(key, value)| (key.as_text().expect("a text").to_owned(), to_json(value))).collect()
        }
        other => panic!("{other:?} has no JSON"),
    }
}

fn assert_x25519(id: &str) {
    let fragment = id.rsplit('#').next().expect("an id");
    assert!(fragment.starts_with("z6LS"), "{id} is no X25519 key");
    let error = format!("did:key:{fragment}").parse::<PublicKey>();
    assert!(matches!(error, Err(KeyError::NotDidKey(_))), "{id}: {error:?}");
}

/// The 32 bytes of a verification method, in base58 or as a JWK.
fn document_key(method: &Json) -> Vec<u8> {
    const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    match method.get("publicKeyBase58") {
        Some(text) => big_number(text.as_str().expect("base58"), BASE58),
        // 43 digits hold 258 bits, of which the last two are filling; 44 digits make whole bytes of them.
        None => big_number(&format!("{}A", text(&method["publicKeyJwk"], "x")), BASE64URL)[..32].to_vec(),
    }
}

/// The bytes of the number that `text` writes in the digits of `alphabet`.
fn big_number(text: &str, alphabet: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    for digit in text.chars() {
        let mut carry = alphabet.find(digit).expect("a digit");
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * alphabet.len();
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            bytes.insert(0, carry as u8);
        }
    }
    bytes
}

fn public_key(text: &str) -> Option<PublicKey> {
    PublicKey::from_bytes(hex_decode(text)?).ok()
}

/// The verdict of a node that gets the key, the message and the signature from outside.
fn verifies(key: &str, message: &[u8], signature: &str) -> bool {
    let signature: Option<[u8; 64]> = hex_decode(signature);
    public_key(key).zip(signature).is_some_and(|(key, signature)| key.verifies(message, &signature))
}

fn directory() -> PathBuf {
    let Some(named) = env::var_os("FOLKMOOT_VECTORS") else {
        panic!("set FOLKMOOT_VECTORS to the directory of conformance vectors");
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(named);
    assert!(path.is_dir(), "FOLKMOOT_VECTORS: {} is no directory", path.display());
    path
}

fn json(name: &str) -> Json {
    let path = directory().join(name);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let path = directory().join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

fn list<'a>(value: &'a Json, field: &str) -> &'a [Json] {
    value[field].as_array().unwrap_or_else(|| panic!("no list {field}"))
}

fn text<'a>(value: &'a Json, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no text {field}"))
}

fn hex(text: &str) -> Vec<u8> {
    hex_decode_vec(text).unwrap_or_else(|| panic!("{text} is not hexadecimal"))
}

fn lower(value: &Json, field: &str) -> String {
    text(value, field).to_lowercase()
}
