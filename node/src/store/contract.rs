//! What every store must do, as one suite that [`contract`] runs against a backend.

use super::{Batch, MAX_BATCH, MAX_KEY, MAX_VALUE, Pair, Store, StoreError};

/// Makes a test of each rule for a backend: the expression returns a new, empty store and whatever must outlive it.
macro_rules! contract {
    ($empty:expr) => {
        contract!($empty =>
            reads_what_was_written,
            overwrites,
            deletes,
            keeps_the_order_of_a_batch,
            takes_an_empty_batch,
            scans_in_order,
            scans_from_a_key,
            scans_up_to_a_limit,
            scans_one_prefix_only,
            scans_and_finds_the_last_among_many,
            finds_the_last,
            takes_the_largest,
            refuses_what_is_too_large,
            serves_many_threads,
            is_object_safe,
        );
    };
    ($empty:expr => $($rule:ident),* $(,)?) => {
        $(
            #[test]
            fn $rule() {
                let (store, _keep) = $empty;
                $crate::store::contract::$rule(&store);
            }
        )*
    };
}
pub(super) use contract;

/// Commits one value.
pub(super) fn put(store: &impl Store, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
    let mut batch = Batch::new();
    batch.put(key, value);
    store.commit(batch).unwrap();
}

/// Returns bytes that do not compress and differ by seed.
pub(super) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..len.div_ceil(8)).flat_map(|_| next()).collect();
    bytes.truncate(len);
    bytes
}

pub(super) fn reads_what_was_written(store: &impl Store) {
    assert_eq!(store.read(b"a").unwrap(), None);
    put(store, "a", "1");
    put(store, "", "the empty key");
    put(store, "e", "");
    assert_eq!(store.read(b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.read(b"").unwrap(), Some(b"the empty key".to_vec()));
    assert_eq!(store.read(b"e").unwrap(), Some(vec![]));
    assert_eq!(store.read(b"aa").unwrap(), None);
}

pub(super) fn overwrites(store: &impl Store) {
    put(store, "a", "1");
    put(store, "a", "22");
    assert_eq!(store.read(b"a").unwrap(), Some(b"22".to_vec()));
    assert_eq!(keys(&store.scan(b"", b"", 9).unwrap()), ["a"]);
}

pub(super) fn deletes(store: &impl Store) {
    put(store, "a", "1");
    put(store, "b", "2");
    let mut batch = Batch::new();
    batch.delete("a");
    batch.delete("never there");
    store.commit(batch).unwrap();
    assert_eq!(store.read(b"a").unwrap(), None);
    assert_eq!(keys(&store.scan(b"", b"", 9).unwrap()), ["b"]);
}

pub(super) fn keeps_the_order_of_a_batch(store: &impl Store) {
    put(store, "a", "old");
    let mut batch = Batch::new();
    batch.delete("a");
    batch.put("a", "new");
    batch.put("b", "first");
    batch.put("b", "second");
    batch.put("c", "1");
    batch.delete("c");
    store.commit(batch).unwrap();
    assert_eq!(store.read(b"a").unwrap(), Some(b"new".to_vec()));
    assert_eq!(store.read(b"b").unwrap(), Some(b"second".to_vec()));
    assert_eq!(store.read(b"c").unwrap(), None);
}

pub(super) fn takes_an_empty_batch(store: &impl Store) {
    store.commit(Batch::new()).unwrap();
    assert_eq!(store.scan(b"", b"", 9).unwrap(), []);
}

pub(super) fn scans_in_order(store: &impl Store) {
    fill(store, &["b", "ab", "", "a", "b\u{0}", "aa", "ba"]);
    let all = store.scan(b"", b"", 9).unwrap();
    assert_eq!(keys(&all), ["", "a", "aa", "ab", "b", "b\u{0}", "ba"]);
    assert_eq!(all[3].1, b"=ab");
}

pub(super) fn scans_from_a_key(store: &impl Store) {
    fill(store, &["a1", "b1", "b3", "b5", "c1"]);
    let scan = |from: &str| store.scan(b"b", from.as_bytes(), 9).unwrap();
    assert_eq!(keys(&scan("b")), ["b1", "b3", "b5"]);
    assert_eq!(keys(&scan("b3")), ["b3", "b5"]);
    assert_eq!(keys(&scan("b3\u{0}")), ["b5"]);
    assert_eq!(keys(&scan("a")), ["b1", "b3", "b5"], "from below the prefix");
    assert_eq!(scan("b9"), []);
    assert_eq!(scan("c1"), [], "from above the prefix");
    assert_eq!(scan("z"), []);
}

pub(super) fn scans_up_to_a_limit(store: &impl Store) {
    fill(store, &["a", "b", "c"]);
    assert_eq!(store.scan(b"", b"", 0).unwrap(), []);
    assert_eq!(keys(&store.scan(b"", b"", 2).unwrap()), ["a", "b"]);
    assert_eq!(keys(&store.scan(b"", b"", usize::MAX).unwrap()), ["a", "b", "c"]);
}

pub(super) fn scans_one_prefix_only(store: &impl Store) {
    let records: [&[u8]; 7] = [&[0], &[1], &[1, 0], &[1, 255], &[1, 255, 255], &[2], &[255, 255]];
    let mut batch = Batch::new();
    records.iter().for_each(|key| batch.put(*key, *key));
    store.commit(batch).unwrap();
    let scan = |prefix: &[u8]| -> Vec<Vec<u8>> {
        store.scan(prefix, prefix, 9).unwrap().into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(scan(&[1]), [&[1][..], &[1, 0], &[1, 255], &[1, 255, 255]]);
    assert_eq!(scan(&[1, 255]), [&[1, 255][..], &[1, 255, 255]]);
    assert_eq!(scan(&[255]), [&[255, 255]]);
    assert_eq!(scan(&[3]), [[0; 0]; 0]);
    let last = |prefix: &[u8]| store.last(prefix).unwrap().map(|(key, _)| key);
    assert_eq!(last(&[1, 255]), Some(vec![1, 255, 255]));
    assert_eq!(last(&[255]), Some(vec![255, 255]));
    assert_eq!(last(&[255, 255]), Some(vec![255, 255]));
    assert_eq!(last(&[3]), None);
}

pub(super) fn scans_and_finds_the_last_among_many(store: &impl Store) {
    for part in 0..20_u32 {
        let mut batch = Batch::new();
        for n in 0..100 {
            // Scattered, so that pages split everywhere.
            let n = (part * 100 + n) * 7919 % 2000;
            batch.put([b"n", &n.to_be_bytes()[..]].concat(), noise(u64::from(n), 64));
        }
        store.commit(batch).unwrap();
    }
    let (mut from, mut seen) = (b"n".to_vec(), 0);
    loop {
        let page = store.scan(b"n", &from, 77).unwrap();
        let Some((last, _)) = page.last() else { break };
        from = [last, &[0][..]].concat();
        for (key, value) in &page {
            assert_eq!(key[1..], u32::to_be_bytes(seen));
            assert_eq!(*value, noise(u64::from(seen), 64));
            seen += 1;
        }
    }
    assert_eq!(seen, 2000);
    assert_eq!(store.last(b"n\0\0").unwrap().unwrap().0[1..], 1999_u32.to_be_bytes());
    assert_eq!(store.last(b"n\0\0\x03").unwrap().unwrap().0[1..], 1023_u32.to_be_bytes());
}

pub(super) fn finds_the_last(store: &impl Store) {
    assert_eq!(store.last(b"").unwrap(), None);
    fill(store, &["a1", "b1", "b2", "b\u{7f}", "c1"]);
    assert_eq!(store.last(b"b").unwrap(), Some((b"b\x7f".to_vec(), b"=b\x7f".to_vec())));
    assert_eq!(store.last(b"").unwrap().unwrap().0, b"c1");
    assert_eq!(store.last(b"d").unwrap(), None);
    let mut batch = Batch::new();
    batch.delete("c1");
    store.commit(batch).unwrap();
    assert_eq!(store.last(b"").unwrap().unwrap().0, b"b\x7f");
}

pub(super) fn takes_the_largest(store: &impl Store) {
    let (key, value) = (vec![7; MAX_KEY], noise(1, MAX_VALUE));
    put(store, key.clone(), value.clone());
    assert_eq!(store.read(&key).unwrap(), Some(value.clone()));
    assert_eq!(store.last(&[7]).unwrap(), Some((key, value)));
    let mut batch = Batch::new();
    let count = MAX_BATCH / (MAX_VALUE + 1);
    (0..count).for_each(|n| batch.put([n as u8], noise(n as u64, MAX_VALUE)));
    store.commit(batch).unwrap();
    assert_eq!(store.read(&[3]).unwrap(), Some(noise(3, MAX_VALUE)));
}

pub(super) fn refuses_what_is_too_large(store: &impl Store) {
    put(store, "a", "1");
    let mut value = Batch::new();
    value.put("a", "2");
    value.put("b", vec![0; MAX_VALUE + 1]);
    let mut key = Batch::new();
    key.put("a", "2");
    key.put(vec![0; MAX_KEY + 1], "");
    let mut gone = Batch::new();
    gone.delete("a");
    gone.delete(vec![0; MAX_KEY + 1]);
    let mut many = Batch::new();
    many.put("a", "2");
    (0..=MAX_BATCH / MAX_VALUE).for_each(|n| many.put([n as u8], vec![0; MAX_VALUE]));
    for (batch, what) in [(value, "value"), (key, "key"), (gone, "key"), (many, "batch")] {
        let refusal = store.commit(batch).unwrap_err();
        assert!(matches!(refusal, StoreError::TooLarge { what: found, len, max } if found == what && len > max));
        assert_eq!(store.scan(b"", b"", 9).unwrap(), [(b"a".to_vec(), b"1".to_vec())]);
    }
    put(store, "a", "3");
}

pub(super) fn serves_many_threads(store: &impl Store) {
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            scope.spawn(move || {
                for n in 0..10_u8 {
                    let mut batch = Batch::new();
                    batch.put([thread, n, 0], [n]);
                    batch.put([thread, n, 1], [n]);
                    store.commit(batch).unwrap();
                    let both = store.scan(&[thread, n], &[thread, n], 9).unwrap();
                    assert_eq!(both.len(), 2);
                }
            });
            scope.spawn(move || {
                for _ in 0..100 {
                    let seen = store.scan(&[thread], &[thread], 99).unwrap().len();
                    assert_eq!(seen % 2, 0, "half a batch was seen");
                }
            });
        }
    });
    assert_eq!(store.scan(b"", b"", 99).unwrap().len(), 80);
}

pub(super) fn is_object_safe(store: &impl Store) {
    fn read(store: &dyn Store) -> Option<Vec<u8>> {
        store.read(b"a").unwrap()
    }
    put(store, "a", "1");
    assert_eq!(read(store), Some(b"1".to_vec()));
}

fn fill(store: &impl Store, keys: &[&str]) {
    let mut batch = Batch::new();
    keys.iter().for_each(|key| batch.put(*key, format!("={key}")));
    store.commit(batch).unwrap();
}

fn keys(pairs: &[Pair]) -> Vec<&str> {
    pairs.iter().map(|(key, _)| std::str::from_utf8(key).unwrap()).collect()
}
