//! What is shown not to be adopted, and what stays in doubt until something overrides it.

use folkmoot_protocol::{
    effect::Effect,
    evidence::Evidence,
    federation::FederatedGroup,
    id::{Hash, MatterId},
    matter::Matter,
    time::Span,
};

use super::street::{Street, days, key, refused};

pub(super) const ABOUT: &str = "Nobody but attic consents to quiet hours, which is shown at every level; then attic is free \
    for a rival. A shared yard stays in doubt, because nobody shows what brook said: another text overrides it, and only \
    then may the groups of the federation change.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    let quiet = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy")]);
    let yard = street.matter("A shared yard", &[("attic", "tools"), ("brook", "tools")]);
    let quiet = street.open("attic", "policy", &quiet);
    let yard = street.open("attic", "tools", &yard);
    street.tell("attic", 0, &["brook", "cellar"]);
    street.consent("brook", "tools", yard);
    street.seal("brook");
    taken_up(&mut street, quiet, yard);

    let rival = rival(&mut street, quiet);
    not_adopted(&mut street, quiet);
    refused(street.propose("attic", &[with_more(&street)]), "conflict", "effect");
    street.consent("attic", "policy", rival);
    overridden(&mut street, yard);
    street.seal("attic");
    let own = street.shows_some("attic", 2, 2);
    street.cite("attic", vec![own]).expect("it shows the own consent");
    street.enact("attic", rival, 1).expect("all who are affected consent");
    let more = with_more(&street);
    street.decide("attic", more);
    street
}

/// Texts that build on others in a way that they may not.
fn taken_up(street: &mut Street, quiet: MatterId, yard: MatterId) {
    let bad = |street: &mut Street, domain: &str, matter: &Matter| {
        refused(street.propose("attic", &[Street::opening(domain, matter)]), "conflict", "effect");
    };
    let mut early = street.matter("Another yard", &[("attic", "tools"), ("brook", "tools")]);
    early.overrides = vec![yard];
    bad(street, "tools", &early);
    let mut fewer = street.matter("Quiet hours in the attic", &[("attic", "policy")]);
    fewer.replaces = Some(quiet);
    bad(street, "policy", &fewer);
    let mut both = street.matter("Quiet hours again", &[("attic", "policy"), ("brook", "policy")]);
    (both.replaces, both.overrides) = (Some(quiet), vec![quiet]);
    bad(street, "policy", &both);
}

/// A rival, opened in time, to which attic may not consent yet.
fn rival(street: &mut Street, quiet: MatterId) -> MatterId {
    let last = street.known("attic", quiet).matter.by[2];
    street.tick_to(last);
    let rival = street.matter("Loud hours", &[("attic", "policy")]);
    let rival = street.open("cellar", "tools", &rival);
    street.tell("cellar", 0, &["attic"]);
    refused(street.propose("attic", &[Street::stance("policy", rival, true)]), "conflict", "effect");
    rival
}

/// Brook was silent at each level, cellar at the last one.
fn not_adopted(street: &mut Street, quiet: MatterId) {
    let end = street.known("attic", quiet).matter.end(3, street.agreement.timing.news);
    // One note at the very end of the last level says nothing yet; the next one does.
    street.tick_to(end);
    street.seal_all();
    assert!(street.silence("attic", "brook", quiet, 3).is_none());
    street.tick(Span::from_millis(1));
    street.seal_all();
    for level in 1..=3 {
        let silent = street.silence("attic", "brook", quiet, level).expect("brook was silent");
        street.cite("attic", vec![silent]).expect("brook was silent");
    }
    let good = street.silence("attic", "cellar", quiet, 3).expect("cellar was silent");
    let other = Evidence { silent: Some((Hash::of(b"unknown"), 3)), ..good.clone() };
    refused(street.cite("attic", vec![other]), "conflict", "evidence");
    refused(
        street.cite("attic", vec![Evidence { silent: Some((Hash(quiet.0), 0)), ..good.clone() }]),
        "conflict",
        "evidence",
    );
    street.cite("attic", vec![good]).expect("cellar was silent");
}

/// Attic and brook agree on another text; the first one was adopted, as is shown later, and is not enacted any more.
fn overridden(street: &mut Street, yard: MatterId) {
    let doubtful = street.known("attic", yard).matter.doubtful_from(street.agreement.timing.news);
    street.tick_to(doubtful);
    let mut other = street.matter("A yard with a lock", &[("attic", "tools"), ("brook", "tools")]);
    other.overrides = vec![yard];
    let other = street.open("attic", "tools", &other);
    let last = street.replica("attic").dealings().spoke.expect("it has spoken");
    assert_eq!(MatterId::from(last), other);
    street.seal("attic");
    let opening = street.shows("attic", 3);
    street.cite("brook", vec![opening]).expect("it shows the opening");
    street.consent("brook", "tools", other);
    street.seal("brook");
    let brook = [street.shows_some("brook", 0, 0), street.shows_some("brook", 1, 1)];
    street.cite("attic", brook.to_vec()).expect("they show both consents");
    let own = [street.shows_some("attic", 0, 1), street.shows_some("attic", 3, 3)];
    street.cite("attic", own.to_vec()).expect("they show the own consents");
    refused(street.enact("attic", yard, 1), "conflict", "enactment");
    street.enact("attic", other, 1).expect("both consent");
    refused(street.propose("attic", &[with_more(street)]), "conflict", "effect");
}

/// An amendment that takes another group in.
fn with_more(street: &Street) -> Effect {
    let node = key("dairy").public();
    let log = Hash::of(b"dairy").into();
    let dairy = FederatedGroup { name: "dairy".parse().expect("a name"), log, node, escalates_to: None, weight: 1 };
    Effect::Federate(street.agreement.with_group(dairy).expect("it can stand"))
}
