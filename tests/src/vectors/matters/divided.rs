//! A round that is divided by weights, with one group shown to have been silent, and one by dominant resource.

use folkmoot_protocol::{
    effect::Effect,
    evidence::Evidence,
    id::{Hash, RoundId},
    resource::{CLAIMS_STAGE, Offer, Round, RoundClaim, Window, division::Division},
    time::Span,
    voice::Says,
};

use super::{
    dealing::{coins, hours, name, room, tools},
    dividing::{coins_of, opening},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Cellar divides coins among attic and brook by max-min, brook with the double weight, and \
    dairy, which is shown by the notes of its witnesses to have claimed nothing; later coins and an evening of its room \
    together, by the dominant resource, with itself among those who claim. Attic and brook give up their coins, and rounds \
    that are long over are forgotten. What cannot stand or fit, comes out of time, \
    or is not shown, is refused.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar", "dairy"]);
    street.tick(days(1));
    street.decide("cellar", coins(1000));
    street.decide("cellar", room(3));
    let weights = [("attic", 1), ("brook", 2), ("dairy", 1)];
    let round = street.round("Coins", Division::MaxMin, vec![coins_of(900)], &weights);
    not_opened(&mut street, &round);
    let id = street.opens(&round, &["attic", "brook", "dairy"]);
    refused(street.propose("cellar", &[opening(&round)]), "conflict", "effect");
    refused(street.propose("cellar", &[coins(899)]), "conflict", "effect");
    claims(&mut street, id);
    silence(&mut street, id);
    street.divides(id).expect("of everybody it is shown what they did");
    assert_eq!(["attic", "brook", "dairy"].map(|called| street.share(called, id)), [300, 600, 0]);
    refused(street.divides(id), "conflict", "round");
    given_up(&mut street, id);
    together(&mut street);
    forgotten(&mut street, id);
    street
}

/// Rounds that cannot stand, or that cellar cannot open so.
fn not_opened(street: &mut Street, round: &Round) {
    let bad = |street: &mut Street, change: &dyn Fn(&mut Round)| {
        let mut other = round.clone();
        change(&mut other);
        refused(street.propose("cellar", &[opening(&other)]), "conflict", "effect");
    };
    let attic = street.log("attic");
    let least = round.claims_by.before(days(1)) + hours(2);
    bad(street, &|round| round.title.clear());
    bad(street, &|round| round.offers.clear());
    bad(street, &|round| round.offers[0].amount = 0);
    bad(street, &|round| round.offers[0].amount = 1001);
    bad(street, &|round| round.offers.push(coins_of(1)));
    bad(street, &|round| round.offers[0].resource = name("boats"));
    bad(street, &|round| round.claimants.clear());
    bad(street, &|round| round.claimants.reverse());
    bad(street, &|round| round.claimants[0].weight = 0);
    bad(street, &|round| round.claimants[0].group = Hash::of(b"nobody").into());
    bad(street, &|round| round.steward = attic);
    bad(street, &|round| round.version = Hash::of(b"another version"));
    bad(street, &|round| round.claims_by = least.before(Span::from_millis(1)));
    bad(street, &|round| round.reveals_by = Some(round.claims_by + hours(5)));
    bad(street, &|round| round.divides_by = (round.claims_by + hours(3)).before(Span::from_millis(1)));
    bad(street, &|round| round.divides_by = round.claims_by + days(14) + Span::from_millis(1));
    let elsewhere = Effect::OpenRound { domains: vec![name("policy")], round: Box::new(round.clone()) };
    refused(street.propose("cellar", &[elsewhere]), "conflict", "effect");
}

/// Attic and brook claim, each once and in a way that fits.
fn claims(street: &mut Street, id: RoundId) {
    let bad = |street: &mut Street, called: &str, claim: RoundClaim| {
        let effect = Effect::Claim { domains: tools(), claim };
        refused(street.propose(called, &[effect]), "conflict", "effect");
    };
    let good = street.a_claim("attic", id, &[500]);
    for amounts in [vec![], vec![0], vec![1, 1], vec![u64::MAX >> 10]] {
        bad(street, "attic", RoundClaim { amounts, ..good.clone() });
    }
    bad(street, "attic", RoundClaim { commitment: Some(Hash::of(b"a secret")), ..good.clone() });
    bad(street, "attic", RoundClaim { round: Hash::of(b"unknown").into(), ..good.clone() });
    bad(street, "cellar", good.clone());
    street.claims("attic", id, &[500]);
    bad(street, "attic", good.clone());
    let said = street.shows_some("attic", 0, 0);
    refused(street.cite("cellar", vec![said]), "conflict", "evidence");
    let last = street.known_round("cellar", id).round.claims_by;
    street.tick_to(last);
    street.claims("brook", id, &[600]);
    street.tick(Span::from_millis(1));
    bad(street, "dairy", good);
}

/// Dairy has not claimed: its witnesses noted its log after the last claim had to be sealed.
fn silence(street: &mut Street, id: RoundId) {
    refused(street.follow("cellar", Says::Divide { round: Hash::of(b"unknown").into() }), "conflict", "no-round");
    refused(street.follow("attic", Says::Divide { round: id }), "conflict", "round");
    street.after_stage(id, CLAIMS_STAGE);
    refused(street.divides(id), "conflict", "round");
    let good = street.answer("dairy", id, CLAIMS_STAGE).expect("dairy was silent");
    let bad = |street: &mut Street, change: &dyn Fn(&mut Evidence)| {
        let mut other = good.clone();
        change(&mut other);
        refused(street.cite("cellar", vec![other]), "conflict", "evidence");
    };
    bad(street, &|piece| piece.silent = Some((Hash(id.0), 2)));
    bad(street, &|piece| piece.silent = Some((Hash::of(b"unknown"), 1)));
    bad(street, &|piece| drop(piece.notes.pop()));
    refused(street.cite("attic", vec![good.clone()]), "conflict", "evidence");
    let said = Evidence { silent: Some((Hash(id.0), 1)), ..street.noted_by("attic", &["one", "two", "three"]) };
    refused(street.cite("cellar", vec![said]), "conflict", "evidence");
    street.cite("cellar", vec![good]).expect("dairy was silent");
}

/// Attic gives up its coins, which are free then; dairy, which has claimed nothing, gives up nothing.
fn given_up(street: &mut Street, id: RoundId) {
    let release = |round: RoundId| Effect::ReleaseShare { domains: tools(), round };
    refused(street.propose("dairy", &[release(id)]), "conflict", "effect");
    let nowhere = Effect::ReleaseShare { domains: Vec::new(), round: id };
    refused(street.propose("attic", &[nowhere]), "conflict", "effect");
    refused(street.follow("attic", Says::ReleaseShare { round: id }), "conflict", "round");
    street.decide("attic", release(id));
    street.tell_last("attic", &["cellar"]);
    assert_eq!(["attic", "brook"].map(|called| street.share(called, id)), [0, 600]);
    let last = street.voices("attic").len() - 1;
    let again = street.shows_some("attic", last, last);
    refused(street.cite("cellar", vec![again]), "conflict", "evidence");
}

/// After 31 days attic's log knows no more of the rounds, once another one comes; cellar's does while shares stand.
fn forgotten(street: &mut Street, id: RoundId) {
    street.tick(days(40));
    let rounds = |street: &Street, called: &str| street.replica(called).dealings().books.rounds.len();
    assert_eq!((rounds(street, "attic"), rounds(street, "cellar")), (2, 2));
    let early = street.round("Few coins", Division::Proportional, vec![coins_of(10)], &[("attic", 1)]);
    let early = street.opens(&early, &["attic"]);
    assert_eq!((rounds(street, "attic"), rounds(street, "cellar")), (1, 3));
    let release = |round: RoundId| Effect::ReleaseShare { domains: tools(), round };
    refused(street.propose("attic", &[release(early)]), "conflict", "effect");
    street.decide("brook", release(id));
    street.tell_last("brook", &["cellar"]);
    let more = street.round("More coins", Division::Proportional, vec![coins_of(10)], &[("attic", 1)]);
    street.opens(&more, &["attic"]);
    assert_eq!(
        (rounds(street, "attic"), rounds(street, "cellar")),
        (2, 3),
        "nothing of the first is promised any more"
    );
}

/// What is left of the coins and an evening: who takes most of one thing gets less of the other.
fn together(street: &mut Street) {
    street.tick(days(2));
    let window = Window::new(street.now + days(5), street.now + days(5) + hours(4)).expect("a window");
    let evening = Offer { resource: name("room"), window, amount: 3 };
    let weights = [("attic", 1), ("cellar", 1)];
    let round = street.round("Coins and a room", Division::DominantResource, vec![coins_of(100), evening], &weights);
    let id = street.opens(&round, &["attic"]);
    street.claims("attic", id, &[90, 1]);
    street.claims("cellar", id, &[20, 3]);
    street.after_stage(id, CLAIMS_STAGE);
    street.divides(id).expect("of both it is shown what they claimed");
    assert!(street.share("attic", id) > 0 && street.share("cellar", id) > 0);
}
