//! What comes after a promise: how much was used of it, who broke it, and who may then give it up.

use folkmoot_protocol::{effect::Effect, id::TermsId, voice::Says};

use super::{
    dealing::{accepts, coins, hours, name, room, tools},
    street::{Street, refused},
};

pub(super) const ABOUT: &str = "Attic has brook's room and cellar's coins. Attic and cellar say how much was used; brook \
    gives its part up, which breaks the terms, attic says so, and cellar gives its part up without a breach. Less than was \
    said, more than is promised, and what is said by others or twice, is refused.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(super::street::days(1));
    street.decide("brook", room(1));
    street.decide("cellar", coins(1000));
    let id = in_force(&mut street);
    uses(&mut street, id);
    breaks(&mut street, id);
    street
}

/// Terms to which all agree, committed and taken.
fn in_force(street: &mut Street) -> TermsId {
    let wanted = street.terms("A dance", "attic", "cellar", vec![street.evening(9), street.some(700)]);
    let id = street.ask("attic", &wanted, None, &["brook", "cellar"]);
    street.decide("brook", accepts(id, Some(wanted.by + hours(3))));
    street.decide("cellar", accepts(id, Some(wanted.by)));
    street.tell_last("brook", &["cellar"]);
    let early = used(street, id, 100);
    refused(street.propose("attic", &[early]), "conflict", "effect");
    street.follow("cellar", Says::Commit { terms: id }).expect("all have accepted");
    street.tell_last("cellar", &["brook", "attic"]);
    street.follow("brook", Says::Take { terms: id }).expect("the commit is shown in time");
    id
}

/// So many of cellar's coins in all.
fn used(street: &Street, terms: TermsId, amount: u64) -> Effect {
    Effect::UseTerms { domains: tools(), terms, steward: street.log("cellar"), resource: name("coins"), amount }
}

/// Who asked, and the steward, say how much was used of the coins.
fn uses(street: &mut Street, id: TermsId) {
    let (some, more, all) = (used(street, id, 300), used(street, id, 450), used(street, id, 701));
    refused(street.propose("attic", &[all]), "conflict", "effect");
    let elsewhere = Effect::UseTerms {
        domains: tools(),
        terms: id,
        steward: street.log("brook"),
        resource: name("coins"),
        amount: 1,
    };
    refused(street.propose("attic", &[elsewhere]), "conflict", "effect");
    refused(street.propose("brook", std::slice::from_ref(&some)), "conflict", "effect");
    street.decide("attic", some.clone());
    refused(street.propose("attic", &[some]), "conflict", "effect");
    street.tell_last("attic", &["brook", "cellar"]);
    street.decide("cellar", more);
    street.tell_last("cellar", &["attic"]);
}

/// Brook gives up what it promised; nobody else breaks anything after that.
fn breaks(street: &mut Street, id: TermsId) {
    let release = || Effect::ReleaseTerms { domains: tools(), terms: id };
    let breach = || Effect::BreachTerms { domains: tools(), terms: id };
    street.decide("brook", release());
    refused(street.propose("brook", &[release()]), "conflict", "effect");
    refused(street.propose("brook", &[breach()]), "conflict", "effect");
    street.tell_last("brook", &["attic", "cellar"]);
    street.decide("attic", breach());
    refused(street.propose("attic", &[breach()]), "conflict", "effect");
    street.tell_last("attic", &["cellar"]);
    street.decide("cellar", release());
    street.tell_last("cellar", &["attic"]);
    street.decide("attic", release());
}
