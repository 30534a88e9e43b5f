//! Two stewards promise together: a request, acceptances with holds, a commit, a taking, and a release.

use folkmoot_protocol::{
    effect::Effect,
    id::{Hash, TermsId},
    resource::Terms,
    statement::Act,
    time::Timestamp,
    voice::Says,
};

use super::{
    dealing::{accepts, coins, hours, name, room, tools},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Attic asks for brook's room and cellar's coins. Brook accepts and holds, cellar accepts \
    and commits, brook takes; later attic releases, and so do the others. What promises more than there is, holds too \
    short or too long, or does not follow, is refused.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    street.decide("brook", room(1));
    street.decide("cellar", coins(1000));
    let wanted = street.terms("A dance", "attic", "cellar", vec![street.evening(9), street.some(700)]);
    not_stated(&mut street, &wanted);
    let id = street.ask("attic", &wanted, None, &["brook", "cellar"]);
    hold(&mut street, id, wanted.by);
    no_room(&mut street);
    commit(&mut street, id, wanted.by);
    take(&mut street, id);
    release(&mut street, id);
    street
}

/// Terms that cannot stand, or that attic cannot state so.
fn not_stated(street: &mut Street, wanted: &Terms) {
    let state = |street: &mut Street, until: Option<Timestamp>, change: &dyn Fn(&mut Terms)| {
        let mut terms = wanted.clone();
        change(&mut terms);
        let effect = Effect::Terms { domains: tools(), terms: Box::new(terms), until };
        refused(street.propose("attic", &[effect]), "conflict", "effect");
    };
    let (now, attic) = (street.now, street.log("attic"));
    state(street, None, &|terms| terms.title.clear());
    state(street, None, &|terms| terms.lines.clear());
    state(street, None, &|terms| terms.lines.reverse());
    state(street, None, &|terms| terms.lines[0].portions.clear());
    state(street, None, &|terms| terms.lines[0].steward = Hash::of(b"nobody").into());
    state(street, None, &|terms| terms.closer = attic);
    state(street, None, &|terms| terms.by = now);
    state(street, None, &|terms| terms.version = Hash::of(b"another version"));
    state(street, None, &|terms| terms.counters = Some(Hash::of(b"unknown").into()));
    state(street, Some(wanted.by), &|_| {});
    let effect = Effect::Terms { domains: Vec::new(), terms: Box::new(wanted.clone()), until: None };
    refused(street.propose("attic", &[effect]), "conflict", "effect");
    // What a group is no party of it does not state.
    let mut strange = wanted.clone();
    strange.lines.retain(|line| line.resource == name("coins"));
    let effect = Effect::Terms { domains: tools(), terms: Box::new(strange), until: None };
    refused(street.propose("brook", &[effect]), "conflict", "effect");
}

/// Brook holds its part, no shorter than news of the end may take and no longer than may be.
fn hold(street: &mut Street, id: TermsId, by: Timestamp) {
    let until = by + hours(3);
    let now = street.now;
    refused(street.propose("brook", &[accepts(Hash::of(b"unknown").into(), Some(until))]), "conflict", "effect");
    for wrong in [None, Some(by), Some(until.before(hours(1))), Some(now + days(15))] {
        refused(street.propose("brook", &[accepts(id, wrong)]), "conflict", "effect");
    }
    let elsewhere = Effect::AcceptTerms { domains: vec![name("policy")], terms: id, until: Some(until) };
    refused(street.propose("brook", &[elsewhere]), "conflict", "effect");
    refused(street.propose("brook", &[accepts(id, Some(until)), room(2)]), "conflict", "effect");
    street.decide("brook", accepts(id, Some(until)));
    refused(street.propose("brook", &[accepts(id, Some(until))]), "conflict", "effect");
    let decline = Effect::DeclineTerms { domains: tools(), terms: id };
    refused(street.propose("brook", &[decline]), "conflict", "effect");
}

/// Nobody else gets the same evening, and there cannot be less than is held.
fn no_room(street: &mut Street) {
    let other = street.terms("A concert", "cellar", "brook", vec![street.evening(9)]);
    let other = street.ask("cellar", &other, None, &["brook"]);
    let until = Some(street.now + days(2));
    refused(street.propose("brook", &[accepts(other, until)]), "conflict", "effect");
    refused(street.propose("brook", &[room(0)]), "conflict", "effect");
    refused(street.propose("brook", &[Effect::DropResource { resource: name("room") }]), "conflict", "effect");
}

/// Cellar commits once it has accepted itself and holds the evidence that brook has.
fn commit(street: &mut Street, id: TermsId, by: Timestamp) {
    let says = || Says::Commit { terms: id };
    refused(street.follow("cellar", says()), "conflict", "terms");
    street.decide("cellar", accepts(id, Some(by)));
    refused(street.follow("cellar", says()), "conflict", "terms");
    street.tell_last("brook", &["cellar"]);
    refused(street.follow("cellar", Says::Lapse { terms: id }), "conflict", "terms");
    refused(street.follow("cellar", Says::Commit { terms: Hash::of(b"unknown").into() }), "conflict", "no-terms");
    street.follow("cellar", says()).expect("all have accepted");
    refused(street.follow("cellar", says()), "conflict", "terms");
    refused(street.follow("cellar", Says::Lapse { terms: id }), "conflict", "terms");
}

/// Brook takes once the commit is shown; attic hears of it, too.
fn take(street: &mut Street, id: TermsId) {
    refused(street.follow("brook", Says::Take { terms: id }), "conflict", "terms");
    refused(street.follow("brook", Says::Commit { terms: id }), "conflict", "terms");
    refused(street.follow("brook", Says::Lapse { terms: id }), "conflict", "terms");
    refused(street.say("brook", "ana", Act::Withdraw { target: Hash::of(b"nothing").into() }), "conflict", "no-target");
    let commit = street.voices("cellar").len() - 1;
    street.tell("cellar", commit, &["brook", "attic"]);
    street.follow("brook", Says::Take { terms: id }).expect("the commit is shown in time");
    refused(street.follow("brook", Says::Take { terms: id }), "conflict", "terms");
    refused(street.follow("brook", Says::Lapse { terms: id }), "conflict", "terms");
    street.tick(days(4));
    refused(street.follow("brook", Says::ReleaseTerms { terms: id, breach: false }), "conflict", "terms");
}

/// Attic gives it up; the others follow once they know.
fn release(street: &mut Street, id: TermsId) {
    let release = || Effect::ReleaseTerms { domains: tools(), terms: id };
    street.decide("attic", release());
    refused(street.propose("attic", &[release()]), "conflict", "effect");
    street.tell_last("attic", &["brook", "cellar"]);
    for called in ["brook", "cellar"] {
        street.follow(called, Says::ReleaseTerms { terms: id, breach: false }).expect("who asked has released");
    }
    street.decide("brook", room(0));
    street.decide("brook", Effect::DropResource { resource: name("room") });
}
