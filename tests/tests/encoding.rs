//! Properties of the canonical encoding: it agrees with an independent encoder, and no bytes make it panic.

use ciborium::Value;
use folkmoot_protocol::{
    cbor::{self, CborError},
    envelope::{EnvelopeError, Kind, Signed},
    key::SecretKey,
    limits::{DEPTH, ITEMS},
};
use folkmoot_tests::cbor_tree::Node;
use proptest::{collection::vec, prelude::*};

const KINDS: [Kind; 5] = [Kind::Founding, Kind::Statement, Kind::Entry, Kind::Note, Kind::Receipt];

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..=300)) {
        let _ = cbor::check(&bytes);
        for kind in KINDS {
            prop_assert!(Signed::<Value>::decode(kind, &bytes).is_err());
            prop_assert!(Signed::<Value>::decode_stored(kind, &bytes).is_err());
        }
    }

    /// The protected header is the one part that another parser sees before it is known to be canonical.
    #[test]
    fn arbitrary_protected_headers_never_panic(header in prop_oneof![vec(any::<u8>(), 0..=64), vec(head(), 0..=64)]) {
        let parts = [&[0xd2, 0x84][..], &Node::bytes(header).write(), &[0xa0, 0x40], &Node::bytes([0; 64]).write()];
        let error = Signed::<Value>::decode(Kind::Note, &parts.concat()).expect_err("no key signs with zeros");
        prop_assert!(!matches!(error, EnvelopeError::Malformed { .. }), "the outer form is right: {}", error);
    }

    #[test]
    fn damaged_records_never_panic_and_never_pass(
        payload in vec(any::<u8>(), 0..=100),
        damage in vec((any::<prop::sample::Index>(), 0..=2_u8, any::<u8>()), 1..4),
    ) {
        let signed = Signed::sign(Kind::Statement, Value::Bytes(payload), &SecretKey::from_seed([3; 32]));
        let mut bytes = signed.bytes().to_vec();
        for (at, how, byte) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let _ = Signed::<Value>::decode_stored(Kind::Statement, &bytes);
        prop_assert_eq!(Signed::<Value>::decode(Kind::Statement, &bytes).is_ok(), bytes == signed.bytes());
    }

    #[test]
    fn an_independent_encoder_agrees(value in value()) {
        let bytes = cbor::encode(&value);
        prop_assert_eq!(&bytes, &Node::from(&value).canonical());
        prop_assert_eq!(cbor::check(&bytes), Ok(()));
        let again: Value = cbor::decode(&bytes, bytes.len()).expect("what we encode we decode");
        prop_assert_eq!(cbor::encode(&again), bytes);
    }
}

/// All strings of up to two bytes and of up to four heads: what passes the check is one value in its one encoding.
#[test]
fn what_passes_the_check_is_canonical() {
    let all: Vec<u8> = (0..=255).collect();
    let mut passed = 0;
    for (alphabet, longest) in [(&all[..], 2), (&HEADS[..], 4)] {
        let mut strings = vec![Vec::new()];
        for _ in 0..longest {
            let longer =
                |string: &Vec<u8>| alphabet.iter().map(|byte| [&string[..], &[*byte]].concat()).collect::<Vec<_>>();
            strings = strings.iter().flat_map(longer).collect();
            for bytes in strings.iter().filter(|bytes| cbor::check(bytes).is_ok()) {
                let value: Value = ciborium::from_reader(&bytes[..]).expect("checked bytes are CBOR");
                assert_eq!(cbor::encode(&value), *bytes);
                assert_eq!(Node::from(&value).canonical(), *bytes);
                passed += 1;
            }
        }
    }
    println!("{passed} short items pass");
    assert!(passed > 1000, "{passed}");
}

#[test]
fn no_key_stands_twice() {
    let map = |keys: &[&str]| Value::Map(keys.iter().map(|key| ((*key).into(), Value::Null)).collect());
    assert_eq!(cbor::check(&cbor::encode(&map(&["", "a", "b"]))), Ok(()));
    for keys in [&["", ""][..], &["a", "a"], &["a", "b", "b"], &["a", "a", "b"], &["a", "b", "b", "bb"]] {
        for value in [map(keys), Value::Array(vec![map(keys)])] {
            let error = cbor::decode::<Value>(&cbor::encode(&value), 100);
            assert!(matches!(error, Err(CborError::Refused { .. })), "{keys:?}: {error:?}");
        }
    }
}

#[test]
fn nesting_ends_at_the_limit() {
    let nested = |depth: usize| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let maps = |depth: usize| (0..depth).fold(Value::Null, |inner, _| Value::Map(vec![("a".into(), inner)]));
    for value in [nested(DEPTH), maps(DEPTH)] {
        assert_eq!(cbor::decode(&cbor::encode(&value), 1000), Ok(value));
    }
    for value in [nested(DEPTH + 1), maps(DEPTH + 1)] {
        let error = cbor::decode::<Value>(&cbor::encode(&value), 1000);
        assert!(matches!(error, Err(CborError::Refused { what: "nested too deep", .. })), "{error:?}");
    }
}

#[test]
fn items_end_at_the_limit() {
    let array = |count: usize| Value::Array(vec![Value::Null; count]);
    let map = |count: usize| Value::Map((0..count).map(|key| (key.to_string().into(), Value::Null)).collect());
    for value in [array(ITEMS), map(ITEMS)] {
        assert_eq!(cbor::check(&cbor::encode(&value)), Ok(()));
    }
    for value in [array(ITEMS + 1), map(ITEMS + 1)] {
        let error = cbor::check(&cbor::encode(&value));
        assert!(matches!(error, Err(CborError::Refused { what: "too many items", .. })), "{error:?}");
    }
}

/// Heads of every major type: short, long, indefinite, reserved.
const HEADS: [u8; 33] = [
    0x00, 0x17, 0x18, 0x19, 0x20, 0x38, 0x40, 0x41, 0x42, 0x58, 0x60, 0x61, 0x62, 0x78, 0x80, 0x81, 0x82, 0x83, 0x98,
    0x9f, 0xa0, 0xa1, 0xa2, 0xbf, 0xc2, 0xd8, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xff,
];

fn head() -> impl Strategy<Value = u8> {
    prop::sample::select(HEADS.to_vec())
}

/// Any value of the types in use, keys in any order.
fn value() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![8 => "\\PC{0,30}", 1 => "[a-z]{250,260}", 1 => "[é]{2040,2060}"];
    let leaf = prop_oneof![
        4 => number().prop_map(|number| Value::Integer(number.try_into().expect("64 bits"))),
        2 => vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        1 => vec(any::<u8>(), 4090..4100).prop_map(Value::Bytes),
        3 => text().prop_map(Value::Text),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 60, 30, move |inner| {
        let pairs = prop::collection::hash_map(text(), inner.clone(), 0..30);
        prop_oneof![
            vec(inner, 0..30).prop_map(Value::Array),
            pairs.prop_map(|pairs| { Value::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect()) }),
        ]
    })
}

/// Integers of major types 0 and 1, all widths and their edges alike.
fn number() -> impl Strategy<Value = i128> {
    let edges = [0, 23, 24, 255, 256, 65535, 65536, u32::MAX.into(), 1 << 32, u64::MAX];
    let magnitude = prop_oneof![
        prop::sample::select(edges.to_vec()),
        (any::<u64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift),
    ];
    (magnitude, any::<bool>()).prop_map(
        |(number, negative)| {
            if negative { -1 - i128::from(number) } else { i128::from(number) }
        },
    )
}
