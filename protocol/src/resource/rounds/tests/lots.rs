//! Rounds by lot: commitments and reveals as records.

use super::{BOTH, Bench, flour, shares};
use crate::{
    fixture::{assert_refused, hours},
    id::{Hash, RoundId},
    resource::{
        CLAIMS_STAGE, REVEALS_STAGE,
        division::{Division, Fit, Secret},
    },
    time::Span,
    voice::Says,
};

/// Attic's lot of 6, of which both claim all; attic's log knows what they claim.
fn claimed() -> (Bench, RoundId) {
    let mut bench = Bench::new();
    let round = bench.round(Division::Lot(Fit::Whole), vec![flour(6)], &BOTH);
    let id = bench.opens(&round);
    BOTH.into_iter().for_each(|called| bench.claims_and_tells(called, id, &[6]));
    (bench, id)
}

#[test]
fn all_who_reveal_take_part() {
    let (mut bench, id) = claimed();
    bench.tick_to(bench.known("attic", id).round.reveals_from(hours(1)));
    BOTH.into_iter().for_each(|called| bench.reveals(called, id).unwrap());
    bench.after(id, REVEALS_STAGE);
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    BOTH.into_iter().for_each(|called| bench.tells(called, id, REVEALS_STAGE).unwrap());
    bench.divides(id).unwrap();
    let result = bench.known("attic", id).result(id).unwrap();
    let first = result.divided.shares[result.divided.draws[0].drawn].id;
    let winner = if first == bench.log("brook") { "brook" } else { "cellar" };
    assert_eq!(bench.promised(), shares(&[(winner, 6)]));
    assert!(result.lost.is_empty() && result.seed.is_some());
}

#[test]
fn who_does_not_reveal_loses_the_share() {
    let (mut bench, id) = claimed();
    bench.tick_to(bench.known("attic", id).round.reveals_from(hours(1)));
    bench.reveals("cellar", id).unwrap();
    bench.tells("cellar", id, REVEALS_STAGE).unwrap();
    bench.after(id, REVEALS_STAGE);
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    bench.tells("brook", id, REVEALS_STAGE).unwrap();
    bench.divides(id).unwrap();
    assert_eq!(bench.promised(), shares(&[("cellar", 6)]));
    assert_eq!(bench.known("attic", id).result(id).unwrap().lost, [bench.log("brook")].into());
}

#[test]
fn where_nobody_reveals_nobody_gets_anything() {
    let (mut bench, id) = claimed();
    bench.after(id, REVEALS_STAGE);
    BOTH.into_iter().for_each(|called| bench.tells(called, id, REVEALS_STAGE).unwrap());
    bench.divides(id).unwrap();
    assert_eq!(bench.promised(), shares(&[]));
}

#[test]
fn who_claimed_nothing_has_nothing_to_reveal() {
    let mut bench = Bench::new();
    let round = bench.round(Division::Lot(Fit::Part), vec![flour(6)], &BOTH);
    let id = bench.opens(&round);
    bench.claims_and_tells("brook", id, &[4]);
    bench.after(id, CLAIMS_STAGE);
    bench.tells("cellar", id, CLAIMS_STAGE).unwrap();
    bench.tick_to(bench.known("attic", id).round.reveals_from(hours(1)));
    assert_refused!(bench.reveals("cellar", id), Conflict::Round { .. });
    bench.reveals("brook", id).unwrap();
    bench.tells("brook", id, REVEALS_STAGE).unwrap();
    bench.after(id, REVEALS_STAGE);
    bench.divides(id).unwrap();
    assert_eq!(bench.promised(), shares(&[("brook", 4)]));
}

#[test]
fn a_secret_is_revealed_once_and_in_time() {
    let (mut bench, id) = claimed();
    let from = bench.known("attic", id).round.reveals_from(hours(1));
    bench.tick_to(from.before(Span::from_millis(1)));
    assert_refused!(bench.reveals("brook", id), Conflict::Round { .. });
    bench.tick(Span::from_millis(1));
    let other = Says::Reveal { round: id, secret: Secret(Hash([3; 32])) };
    assert_refused!(bench.speaks("brook", other), Conflict::Round { .. });
    bench.reveals("brook", id).unwrap();
    assert_refused!(bench.reveals("brook", id), Conflict::Round { .. });
    bench.tick_to(bench.known("attic", id).round.last() + Span::from_millis(1));
    assert_refused!(bench.reveals("cellar", id), Conflict::Round { .. });
}

/// The steward cannot keep a secret from the lot by citing nothing, nor call its owner silent.
#[test]
fn a_steward_leaves_no_secret_out() {
    let (mut bench, id) = claimed();
    bench.tick_to(bench.known("attic", id).round.reveals_from(hours(1)));
    BOTH.into_iter().for_each(|called| bench.reveals(called, id).unwrap());
    bench.tells("cellar", id, REVEALS_STAGE).unwrap();
    bench.after(id, REVEALS_STAGE);
    assert_refused!(bench.divides(id), Conflict::Round { .. });
    let shown = bench.answer("brook", id, REVEALS_STAGE).unwrap();
    let forged = crate::evidence::Evidence { silent: Some((Hash(id.0), REVEALS_STAGE)), ..shown };
    assert_refused!(bench.cites("attic", forged), Conflict::Evidence { .. });
}
