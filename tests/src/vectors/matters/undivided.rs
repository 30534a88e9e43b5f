//! Rounds of which nothing comes: one that was sealed too late, and one of which a group is shown neither way.

use folkmoot_protocol::{
    resource::{CLAIMS_STAGE, RoundState, division::Division},
    time::Span,
};

use super::{
    dealing::{coins, hours},
    dividing::{coins_of, opening},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Two rounds of cellar's that come to nothing. The opening of the first is sealed too late, \
    so nobody takes it for known. Of the second attic claims, and nothing shows whether brook did: at its last date what \
    was held for it goes free.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    street.decide("cellar", coins(1000));
    late(&mut street);
    unshown(&mut street);
    street
}

/// The witnesses note the opening more than g after its date.
fn late(street: &mut Street) {
    let round = street.round("Some coins", Division::Proportional, vec![coins_of(400)], &[("attic", 1)]);
    street.decide("cellar", opening(&round));
    street.tick(hours(1) + Span::from_millis(1));
    street.seal("cellar");
    let shown = street.shows("cellar", 0);
    refused(street.cite("attic", vec![shown.clone()]), "conflict", "evidence");
    refused(street.cite("cellar", vec![shown]), "conflict", "evidence");
    street.tick_to(round.claims_by + hours(1) + Span::from_millis(1));
    street.seal_all();
    let silent = street.answer("attic", round.id(), CLAIMS_STAGE).expect("attic knew of nothing");
    street.cite("cellar", vec![silent]).expect("attic was silent");
    refused(street.divides(round.id()), "conflict", "round");
    street.tick_to(round.divides_by);
}

/// Attic has claimed; brook's witnesses have noted nothing since.
fn unshown(street: &mut Street) {
    let weights = [("attic", 1), ("brook", 1)];
    let round = street.round("More coins", Division::Proportional, vec![coins_of(1000)], &weights);
    let id = street.opens(&round, &["attic", "brook"]);
    street.claims("attic", id, &[1000]);
    street.tick_to(round.divides_by.before(Span::from_millis(1)));
    assert!(street.answer("brook", id, CLAIMS_STAGE).is_none(), "nothing shows what brook did");
    refused(street.divides(id), "conflict", "round");
    refused(street.propose("cellar", &[coins(999)]), "conflict", "effect");
    street.tick_to(round.divides_by);
    street.seal_all();
    let silent = street.answer("brook", id, CLAIMS_STAGE).expect("brook was silent");
    street.cite("cellar", vec![silent]).expect("brook was silent");
    refused(street.divides(id), "conflict", "round");
    assert_eq!(street.known_round("cellar", id).state(street.now), RoundState::Lapsed);
    street.decide("cellar", coins(0));
}
