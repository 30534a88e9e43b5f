//! The lot against published draws; commitments and reveals.

use std::collections::BTreeMap;

use super::{super::lot::draw, *};
use crate::id::{Hash, LogId, hex_decode};

/// The places that are drawn, counted from 1 as RFC 3797 does.
fn drawn(key: &str, pool: u16) -> Vec<usize> {
    draw(key.as_bytes(), pool).iter().map(|draw| draw.drawn + 1).collect()
}

#[test]
fn the_worked_example_of_rfc_3797_comes_out_exactly() {
    // RFC 3797, section 6: sixteen draws out of 25, with their hashes.
    let published = "
        990DD0A5692A029A98B5E01AA28F3459  25  17
        3691E55CB63FCC37914430B2F70B5EC6  24   7
        FE814EDF564C190AC1D25753979990FA  23   2
        1863CCACEB568C31D7DDBDF1D4E91387  22  16
        F4AB33DF4889F0AF29C513905BE1D758  21  25
        13EAEB529F61ACFB9A29D0BA3A60DE4A  20  23
        992DB77C382CA2BDB9727001F3CDCCD9  19   8
        63AB4258ECA922976811C7F55C383CE7  18  24
        DFBC5AC97CED01B3A6E348E3CC63F40D  17  19
        31CB111C4A4EBE9287CEAE16FE51B909  16  13
        07FA46C122F164C215BBC72793B189A3  15  22
        AC52F8D75CCBE2E61AFEB3387637D501  14   5
        53306F73E14FC0B2FBF434218D25948E  13  18
        B5D1403501A81F9A47318BE7893B347C  12   9
        85B10B356AA06663EF1B1B407765100A  11   1
        3269E6CE559ABD57E2BA6AAB495EB9BD  10   4";
    let line = |draw: &Draw| format!("{:032X}  {}  {:2}", draw.hash, draw.among, draw.drawn + 1);
    let lines: Vec<String> = draw(b"9319./2.5.8.10.12./9.18.26.34.41.45./", 25).iter().map(line).collect();
    let published: Vec<&str> = published.trim().lines().map(str::trim).collect();
    assert_eq!(lines[..16], published);
    assert_eq!(lines.len(), 25);
}

#[test]
fn a_nominations_committee_is_drawn_as_it_was() {
    // The IETF's of 2022: ten out of 267.
    let key = "7.8.11.18.28.40.48./15.16.21.31.36.65./8.12.13.17.21.26.35.42./1.5.10.13.14.16.21.25.27./";
    assert_eq!(drawn(key, 267)[..10], [171, 245, 68, 190, 70, 126, 110, 128, 138, 173]);
}

#[test]
fn everybody_is_drawn_once() {
    let mut all = drawn("X/", 300);
    all.sort_unstable();
    assert_eq!(all, (1..=300).collect::<Vec<_>>());
    assert!(drawn("X/", 0).is_empty());
}

#[test]
fn a_lot_gives_in_its_order_in_part_or_as_a_whole() {
    let claims: Vec<Claim<u8>> = (0..5).map(|id| Claim::new(id, [4])).collect();
    let part = divide(Division::Lot(Fit::Part), &[10], &claims, Some(&seed(1))).unwrap();
    let order: Vec<usize> = part.draws.iter().map(|draw| draw.drawn).collect();
    let given = |divided: &Divided<u8>| order.iter().map(|at| divided.shares[*at].amounts[0]).collect::<Vec<_>>();
    assert_eq!(given(&part), [4, 4, 2, 0, 0]);
    let whole = divide(Division::Lot(Fit::Whole), &[10], &claims, Some(&seed(1))).unwrap();
    assert_eq!((given(&whole), &whole.left), (vec![4, 4, 0, 0, 0], &vec![2]));
    // Whoever is passed over leaves room for a smaller claim later in the order.
    let mut claims = claims;
    claims[order[4]].amounts = vec![2];
    let whole = divide(Division::Lot(Fit::Whole), &[10], &claims, Some(&seed(1))).unwrap();
    assert_eq!(given(&whole), [4, 4, 0, 0, 2]);
}

#[test]
fn another_seed_is_another_order() {
    let orders: std::collections::BTreeSet<Vec<usize>> = (0..20).map(|byte| drawn(&seed(byte).key(), 10)).collect();
    assert_eq!(orders.len(), 20);
}

fn group(byte: u8) -> LogId {
    LogId([byte; 32])
}

/// Three groups with their secrets, and what they commit to in a round.
fn committed(round: &Hash) -> (BTreeMap<LogId, Hash>, BTreeMap<LogId, Secret>) {
    let secrets: BTreeMap<LogId, Secret> =
        [1, 2, 3].map(|byte| (group(byte), Secret(Hash([byte + 100; 32])))).into_iter().collect();
    let commitments = secrets.iter().map(|(group, secret)| (*group, commit(round, group, secret))).collect();
    (commitments, secrets)
}

#[test]
fn commitment_and_seed_are_what_the_page_says() {
    // Computed apart from this code, from the CBOR of ["folkmoot lot", round, group, secret] and of
    // ["folkmoot seed", round, [[group, secret], …]].
    let round = Hash([9; 32]);
    let (commitments, secrets) = committed(&round);
    let hash = |text| Hash(hex_decode(text).unwrap());
    let (first, second) = (
        "06ff9215c2e4beaf0801e498b37c5d1700f3e47ddabc662c51dde764fa65c213",
        "ac0ce443d5e39cd7f3325ac33195ab9cc4f419165d311e4d80099e40e8379525",
    );
    assert_eq!(commitments[&group(1)], hash(first));
    let seed = reveals(&round, &commitments, &secrets).seed.unwrap();
    assert_eq!(seed.0, hash(second));
    assert_eq!(seed.key(), format!("{}/", second.to_uppercase()));
}

#[test]
fn who_does_not_reveal_loses_the_share() {
    let round = Hash([9; 32]);
    let (commitments, mut secrets) = committed(&round);
    let all = reveals(&round, &commitments, &secrets);
    assert!(all.lost.is_empty() && all.revealed.len() == 3);
    secrets.remove(&group(2));
    let some = reveals(&round, &commitments, &secrets);
    assert_eq!((some.lost.first(), some.revealed.len()), (Some(&group(2)), 2));
    assert_ne!(some.seed, all.seed);
    let nobody = reveals(&round, &commitments, &BTreeMap::new());
    assert_eq!((nobody.seed, nobody.lost.len()), (None, 3));
}

#[test]
fn a_reveal_counts_only_for_who_committed_to_it_in_this_round() {
    let round = Hash([9; 32]);
    let (mut commitments, mut secrets) = committed(&round);
    let two = reveals(&round, &commitments, &without(&secrets, 3)).seed;
    // Another secret than the one committed to.
    secrets.insert(group(3), Secret(Hash([0; 32])));
    assert_eq!(reveals(&round, &commitments, &secrets).seed, two);
    // The commitment and the secret of another group.
    commitments.insert(group(3), commitments[&group(1)]);
    secrets.insert(group(3), secrets[&group(1)]);
    assert!(reveals(&round, &commitments, &secrets).lost.contains(&group(3)));
    // The commitment of another round.
    commitments.insert(group(3), commit(&Hash([8; 32]), &group(3), &secrets[&group(3)]));
    assert!(reveals(&round, &commitments, &secrets).lost.contains(&group(3)));
    // Who never committed.
    secrets.insert(group(4), Secret(Hash([4; 32])));
    let outcome = reveals(&round, &commitments, &secrets);
    assert_eq!((outcome.seed, outcome.revealed.contains(&group(4))), (two, false));
}

fn without(secrets: &BTreeMap<LogId, Secret>, byte: u8) -> BTreeMap<LogId, Secret> {
    secrets.iter().filter(|(id, _)| **id != group(byte)).map(|(id, secret)| (*id, *secret)).collect()
}

#[test]
fn a_secret_is_not_printed() {
    assert_eq!(format!("{:?}", Secret(Hash([7; 32]))), "Secret(…)");
}
