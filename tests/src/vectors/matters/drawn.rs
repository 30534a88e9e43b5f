//! A lot: who commits and does not reveal loses the share.

use folkmoot_protocol::{
    effect::Effect,
    evidence::Evidence,
    id::{Hash, RoundId},
    resource::{
        CLAIMS_STAGE, REVEALS_STAGE, Round, RoundClaim,
        division::{Division, Fit, Secret},
    },
    time::Span,
    voice::Says,
};

use super::{
    dealing::{coins, hours, tools},
    dividing::{coins_of, opening},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Cellar divides coins by lot among attic, brook and itself. All three commit to a secret; \
    attic and cellar reveal theirs, brook is shown not to have revealed in time, and its share is lost. Secrets that come \
    early or are others, and a division before all is shown, are refused.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    street.decide("cellar", coins(1000));
    let weights = [("attic", 1), ("brook", 1), ("cellar", 1)];
    let round = street.round("Who gets coins", Division::Lot(Fit::Part), vec![coins_of(1000)], &weights);
    not_opened(&mut street, &round);
    let id = street.opens(&round, &["attic", "brook"]);
    let bare = RoundClaim { commitment: None, ..street.a_claim("attic", id, &[600]) };
    refused(street.propose("attic", &[Effect::Claim { domains: tools(), claim: bare }]), "conflict", "effect");
    ["attic", "brook", "cellar"].into_iter().for_each(|called| street.claims(called, id, &[600]));
    street.after_stage(id, CLAIMS_STAGE);
    refused(street.divides(id), "conflict", "round");
    reveals(&mut street, id);
    street.divides(id).expect("of everybody it is shown what they did");
    assert_eq!(street.share("brook", id), 0, "it has not revealed");
    assert_eq!(street.share("attic", id) + street.share("cellar", id), 1000);
    street
}

/// What only a lot needs.
fn not_opened(street: &mut Street, round: &Round) {
    let bad = |street: &mut Street, change: &dyn Fn(&mut Round)| {
        let mut other = round.clone();
        change(&mut other);
        refused(street.propose("cellar", &[opening(&other)]), "conflict", "effect");
    };
    bad(street, &|round| round.claimants[0].weight = 2);
    bad(street, &|round| round.reveals_by = None);
    bad(street, &|round| round.reveals_by = Some((round.claims_by + hours(3)).before(Span::from_millis(1))));
}

/// Attic and cellar reveal; brook does so too late.
fn reveals(street: &mut Street, id: RoundId) {
    let from = street.known_round("cellar", id).round.reveals_from(street.agreement.timing.news);
    street.tick_to(from.before(Span::from_millis(1)));
    refused(street.reveals("attic", id), "conflict", "round");
    street.tick_to(from);
    let other = Secret(Hash::of(b"another secret"));
    refused(street.follow("attic", Says::Reveal { round: id, secret: other }), "conflict", "round");
    street.reveals("attic", id).expect("it is time");
    refused(street.reveals("attic", id), "conflict", "round");
    street.tell_last("attic", &["cellar"]);
    street.reveals("cellar", id).expect("it is time");
    street.tell_last("cellar", &["cellar"]);
    let last = street.known_round("cellar", id).round.last();
    street.tick_to(last + Span::from_millis(1));
    refused(street.reveals("brook", id), "conflict", "round");
    street.after_stage(id, REVEALS_STAGE);
    refused(street.divides(id), "conflict", "round");
    let silent = Evidence { silent: Some((Hash(id.0), REVEALS_STAGE)), ..street.shows("attic", 1) };
    refused(street.cite("cellar", vec![silent]), "conflict", "evidence");
    let silent = street.answer("brook", id, REVEALS_STAGE).expect("brook has not revealed");
    street.cite("cellar", vec![silent]).expect("brook has not revealed");
}
