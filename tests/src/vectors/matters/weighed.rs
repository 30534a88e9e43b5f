//! Groups with weights: what the assembly takes, and an amendment.

use folkmoot_protocol::{effect::Effect, federation::FederationAgreement, id::MatterId, name::Name, time::Span};

use super::{
    amended::{amendment, next},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Attic weighs four of eight, brook two. Attic and brook have two thirds of the weight and are \
    half of the groups, so that it takes cellar; brook, cellar and dairy are three of four and have half of the weight, so \
    that what they want is not adopted as soon as attic is silent. Attic, cellar and dairy then give attic a smaller \
    weight.";

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub(super) fn story() -> Street {
    let mut street = Street::weighed(&[("attic", 4), ("brook", 2), ("cellar", 1), ("dairy", 1)]);
    street.seal_all();
    bad_weights(&mut street);
    let heavy = street.matter("Shared tools", &[("attic", "tools"), ("dairy", "tools")]);
    let light = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy")]);
    let heavy = street.open("attic", "tools", &heavy);
    let light = street.open("brook", "policy", &light);
    street.tell("attic", 0, &["brook", "cellar", "dairy"]);
    street.tell("brook", 0, &["attic", "cellar", "dairy"]);
    street.consent("brook", "charter", heavy);
    for called in ["cellar", "dairy"] {
        street.consent(called, "charter", light);
    }
    the_assembly(&mut street, heavy);
    not_adopted(&mut street, heavy, light);
    smaller(&mut street);
    street
}

/// The text with another weight for attic.
fn weighing(street: &Street, weight: u32) -> FederationAgreement {
    let mut text = next(street, "To share a street otherwise");
    text.groups.find_mut(&name("attic")).expect("it is there").weight = weight;
    text
}

fn bad_weights(street: &mut Street) {
    for weight in [0, 1_000_001] {
        let text = weighing(street, weight);
        refused(street.propose("cellar", &[Effect::Federate(text)]), "malformed", "agreement");
    }
}

/// Lets a group cite all that another one said since its voice `first`.
fn hears(street: &mut Street, to: &str, from: &str, first: usize) {
    street.seal(from);
    let shown = street.shows(from, first);
    street.cite(to, vec![shown]).unwrap_or_else(|refusal| panic!("{to}, of {from}: {refusal}"));
}

/// Two groups with six of eight are not enough, and with a third one they are.
fn the_assembly(street: &mut Street, heavy: MatterId) {
    hears(street, "attic", "attic", 0);
    hears(street, "attic", "brook", 1);
    let end = street.known("attic", heavy).matter.end(2, street.agreement.timing.news);
    street.tick_to(end);
    refused(street.enact("attic", heavy, 3), "conflict", "enactment");
    street.consent("cellar", "charter", heavy);
    hears(street, "attic", "cellar", 1);
    street.enact("attic", heavy, 3).expect("three of four groups, and seven of eight");
}

/// Three groups with four of eight are not enough, and without attic nobody else can be.
fn not_adopted(street: &mut Street, heavy: MatterId, light: MatterId) {
    let fewer = fewer(street, "dairy");
    for to in ["brook", "cellar"] {
        for from in ["attic", "brook", "cellar"] {
            if !street.known(to, heavy).has_consent(&street.log(from)) {
                hears(street, to, from, 1);
            }
        }
        refused(street.propose(to, &[Effect::Federate(fewer.clone())]), "conflict", "effect");
    }
    let end = street.known("brook", light).matter.end(3, street.agreement.timing.news);
    street.tick_to(end + Span::from_millis(1));
    street.seal_all();
    for to in ["brook", "cellar", "dairy"] {
        for level in 1..=3 {
            refused(street.propose(to, &[Effect::Federate(fewer.clone())]), "conflict", "effect");
            let silent = street.silence(to, "attic", light, level).expect("attic did not answer");
            street.cite(to, vec![silent]).expect("it shows that attic was silent");
        }
    }
    street.decide("brook", Effect::Federate(fewer));
}

fn fewer(street: &Street, called: &str) -> FederationAgreement {
    let mut fewer = next(street, "To share a street with fewer");
    fewer.groups.take(&name(called)).expect("it is there");
    fewer
}

/// Attic is too heavy to be expelled; it takes a smaller weight with cellar and dairy, which is two thirds of both.
fn smaller(street: &mut Street) {
    let expelled = |street: &Street, called: &str| {
        let matter = amendment(street, fewer(street, called), &[]);
        Street::opening("charter", &matter)
    };
    let (attic, dairy) = (expelled(street, "attic"), expelled(street, "dairy"));
    refused(street.propose("cellar", &[attic]), "conflict", "effect");
    street.propose("cellar", &[dairy]).expect("three groups with seven of eight may expel the fourth");
    street.tick(days(1));
    let matter = amendment(street, weighing(street, 2), &[]);
    let id = street.open("attic", "charter", &matter);
    let last = street.voices("attic").len() - 1;
    street.tell("attic", last, &["brook", "cellar", "dairy"]);
    street.consent("cellar", "charter", id);
    hears(street, "attic", "attic", last);
    hears(street, "attic", "cellar", 2);
    let end = street.known("attic", id).matter.end(2, street.agreement.timing.news);
    street.tick_to(end);
    refused(street.enact("attic", id, 3), "conflict", "enactment");
    street.consent("dairy", "charter", id);
    hears(street, "attic", "dairy", 1);
    street.enact("attic", id, 3).expect("three of four groups, and six of eight");
    for to in ["cellar", "dairy"] {
        for (from, first) in [("attic", last), ("cellar", 2), ("dairy", 1)] {
            if !street.known(to, id).has_consent(&street.log(from)) {
                hears(street, to, from, first);
            }
        }
        street.enact(to, id, 3).expect("three of four groups, and six of eight");
    }
}
