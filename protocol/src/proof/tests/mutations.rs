//! 10,000 random changes of bundles, none of which passes: bytes, records dropped, repeated and swapped at every level
//! of the file, parts of other bundles.

use ciborium::Value;

use super::{Bundle, House, Verdict, assert_passes, verify};
use crate::{
    fixture::{body, days, text},
    statement::Act,
};

/// Splitmix64: enough to choose from, and the same for ever.
pub(super) struct Rng(pub(super) u64);

impl Rng {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}

/// Bundles of one group, and of another: from a snapshot, from the first entry, of several decisions.
fn bundles() -> (House, Vec<Vec<u8>>) {
    let mut house = House::new();
    let stale = house.group.statement("ben", Act::Seen {});
    house.group.open("cem", &[text("policy")]);
    house.digest();
    let policy = house.group.open("ana", &[text("policy")]);
    house.group.admit(&[stale]).unwrap();
    house.group.act("ana", Act::Erase { body: body("because") }).unwrap();
    let other = house.group.open("ben", &[text("policy")]);
    house.group.agree("cem", policy).unwrap();
    house.group.tick(days(8));
    house.seal();
    let mut garden = House::with(|charter| charter.name = crate::fixture::name("garden"));
    let foreign = garden.group.carry("ana", &[text("policy")]);
    garden.seal();
    assert_passes(&garden.verify(&garden.bundle(foreign)));
    let own = [house.bundle(policy), house.bundle(other), house.whole(policy), house.whole(other)];
    let bundles = [&own[..], &[garden.bundle(foreign)]].concat();
    for bundle in &own {
        assert_passes(&house.verify(bundle));
    }
    let bundles = bundles.iter().map(Bundle::bytes).collect();
    (house, bundles)
}

fn mutate(rng: &mut Rng, bundles: &[Vec<u8>]) -> Vec<u8> {
    let base = bundles[rng.below(4)].clone();
    let donor = &bundles[rng.below(bundles.len())];
    match rng.below(8) {
        0..3 => bytes(rng, base, donor),
        3..6 => tree(rng, &base, donor),
        6 => record(rng, &base),
        _ => parts(rng, &base, donor),
    }
}

/// Bytes are flipped, dropped, added, repeated, or taken from the other.
fn bytes(rng: &mut Rng, mut bytes: Vec<u8>, donor: &[u8]) -> Vec<u8> {
    let at = rng.below(bytes.len());
    match rng.below(6) {
        0..3 => bytes[at] ^= 1 << rng.below(8),
        3 => drop(bytes.remove(at)),
        4 => bytes.truncate(at),
        _ => {
            let (from, len) = (rng.below(donor.len()), rng.below(64));
            let piece = donor[from..donor.len().min(from + len)].to_vec();
            bytes.splice(at..at, piece);
        }
    }
    bytes
}

/// An item anywhere in the file's tree is dropped, repeated, swapped, or replaced by one of the other file.
pub(super) fn tree(rng: &mut Rng, base: &[u8], donor: &[u8]) -> Vec<u8> {
    let mut value: Value = ciborium::from_reader(base).unwrap();
    let donor: Value = ciborium::from_reader(donor).unwrap();
    let mut places = Vec::new();
    find(&donor, &mut places);
    let piece = places[rng.below(places.len())].clone();
    let count = {
        let mut places = Vec::new();
        find(&value, &mut places);
        places.len()
    };
    let chosen = rng.below(count);
    change(&mut value, chosen, &mut 0, rng, &piece);
    let mut bytes = Vec::new();
    ciborium::into_writer(&value, &mut bytes).unwrap();
    bytes
}

fn find<'a>(value: &'a Value, places: &mut Vec<&'a Value>) {
    places.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, places)),
        Value::Map(pairs) => pairs.iter().for_each(|(_, item)| find(item, places)),
        _ => {}
    }
}

fn change(value: &mut Value, chosen: usize, at: &mut usize, rng: &mut Rng, piece: &Value) {
    if *at == chosen {
        *at += 1;
        return change_here(value, rng, piece);
    }
    *at += 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, chosen, at, rng, piece)),
        Value::Map(pairs) => pairs.iter_mut().for_each(|(_, item)| change(item, chosen, at, rng, piece)),
        _ => {}
    }
}

fn change_here(value: &mut Value, rng: &mut Rng, piece: &Value) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let (one, two) = (rng.below(items.len()), rng.below(items.len()));
            match rng.below(4) {
                0 => drop(items.remove(one)),
                1 => items.insert(two, items[one].clone()),
                2 => items.swap(one, two),
                _ => items[one] = piece.clone(),
            }
        }
        Value::Map(pairs) if !pairs.is_empty() => {
            let (one, two) = (rng.below(pairs.len()), rng.below(pairs.len()));
            match rng.below(3) {
                0 => drop(pairs.remove(one)),
                1 => pairs.swap(one, two),
                _ => pairs[one].1 = piece.clone(),
            }
        }
        Value::Bytes(bytes) if !bytes.is_empty() => {
            let at = rng.below(bytes.len());
            bytes[at] ^= 1 << rng.below(8);
        }
        other => *other = piece.clone(),
    }
}

/// A record or proof is dropped, repeated or swapped with its neighbour.
fn record(rng: &mut Rng, base: &[u8]) -> Vec<u8> {
    fn shuffle<T: Clone>(rng: &mut Rng, items: &mut Vec<T>) {
        if items.is_empty() {
            return;
        }
        let at = rng.below(items.len());
        match rng.below(4) {
            0 => drop(items.remove(at)),
            1 => items.insert(at, items[at].clone()),
            2 => {
                let other = rng.below(items.len());
                items.swap(at, other);
            }
            _ => items.truncate(at),
        }
    }
    let mut bundle = Bundle::decode(base).unwrap();
    match rng.below(5) {
        0..2 => shuffle(rng, &mut bundle.entries),
        2 => shuffle(rng, &mut bundle.notes),
        3 => shuffle(rng, &mut bundle.texts),
        _ => {
            shuffle(rng, &mut bundle.past_entries);
            shuffle(rng, &mut bundle.past_namings);
        }
    }
    bundle.bytes()
}

/// Whole parts are those of the other bundle.
fn parts(rng: &mut Rng, base: &[u8], donor: &[u8]) -> Vec<u8> {
    let (mut bundle, donor) = (Bundle::decode(base).unwrap(), Bundle::decode(donor).unwrap());
    for _ in 0..=rng.below(2) {
        match rng.below(7) {
            0 => bundle.proposal = donor.proposal,
            1 => bundle.start.clone_from(&donor.start),
            2 => bundle.entries.clone_from(&donor.entries),
            3 => bundle.notes.clone_from(&donor.notes),
            4 => bundle.texts.clone_from(&donor.texts),
            5 => bundle.past_entries.clone_from(&donor.past_entries),
            _ => {
                let at = rng.below(bundle.entries.len());
                bundle.entries[at] = donor.entries[rng.below(donor.entries.len())].clone();
            }
        }
    }
    bundle.bytes()
}

/// Some swaps change nothing, and some exchanges give another bundle, whole; and a text may be blanked by whoever passes
/// the file on, as if it had been erased.
fn is_honest(changed: &[u8], bundles: &[Vec<u8>]) -> bool {
    let Ok(changed) = Bundle::decode(changed) else { return false };
    bundles.iter().map(|bytes| Bundle::decode(bytes).unwrap()).any(|honest| {
        let blanked = honest.texts.iter().zip(&changed.texts).all(|(text, left)| left.is_none() || left == text);
        let same = Bundle { texts: changed.texts.clone(), ..honest.clone() } == changed;
        same && blanked && honest.texts.len() == changed.texts.len()
    })
}

#[test]
fn ten_thousand_changes_never_pass() {
    const CHANGES: usize = 10_000;
    let (house, bundles) = bundles();
    let anchors = house.anchors();
    let run = |seed: u64| {
        let mut rng = Rng(seed);
        let mut made = 0;
        while made < CHANGES / 4 {
            let changed = mutate(&mut rng, &bundles);
            if bundles.contains(&changed) {
                continue;
            }
            let report = verify(&changed, &anchors);
            if report.verdict == Verdict::Pass && is_honest(&changed, &bundles) {
                continue;
            }
            made += 1;
            assert_ne!(report.verdict, Verdict::Pass, "seed {seed}, change {made}: {report:#?}");
        }
    };
    std::thread::scope(|scope| (1..5).for_each(|seed| drop(scope.spawn(move || run(seed)))));
}
