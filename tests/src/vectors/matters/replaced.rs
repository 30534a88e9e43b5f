//! A node of the panel is replaced: each log goes on with the new panel once the one before has sealed that.

use folkmoot_protocol::{
    charter::Host,
    effect::Effect,
    entry::EntryAct,
    evidence::Evidence,
    federation::{FederatedGroup, FederationAgreement, Seat},
    id::{Hash, MatterId},
    matter::Matter,
    name::Name,
    time::Span,
};

use super::{
    amended::{amendment, federate, next, tell_consents},
    street::{Street, key, refused},
};

pub(super) const ABOUT: &str = "The friend with the third seat is gone; a fifth one takes it, by an amendment. Attic and \
    brook enact it, cellar takes it up by its own decision. Each of them goes on once it has shown that the panel before \
    sealed that; then attic moves, and the new panel seals it.";

/// The seats after the change.
const AFTER: [&str; 4] = ["one", "two", "four", "five"];

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    let mut text = next(&street, "To share a street with another friend");
    text.panel.take(&name("three")).expect("it is there");
    text.panel.put(Seat { name: name("five"), node: key("five").public(), addresses: Vec::new() });
    // No group chooses its witnesses by itself.
    federate(&mut street, "attic", &text);
    let matter = amendment(&street, text.clone(), &[]);
    takes_nobody_in(&mut street, &matter);
    let id = street.open("attic", "charter", &matter);
    street.tell("attic", 0, &["brook", "cellar"]);
    for called in ["brook", "cellar"] {
        street.consent(called, "charter", id);
    }
    for called in ["attic", "brook", "cellar"] {
        tell_consents(&mut street, called, &["attic", "brook", "cellar"], id);
    }
    street.enact("attic", id, 1).expect("all consent");
    goes_on(&mut street, "attic", &text, &["one", "two", "three", "four"]);
    street.enact("brook", id, 1).expect("all consent");
    goes_on(&mut street, "brook", &text, &["one", "two", "three"]);
    street.decide("cellar", Effect::Federate(text.clone()));
    goes_on(&mut street, "cellar", &text, &["one", "two", "three", "four"]);
    enacts_nothing_more(&mut street, id);
    moves(&mut street, &text);
    street
}

/// A version that changes the panel takes no group in.
fn takes_nobody_in(street: &mut Street, matter: &Matter) {
    let mut matter = matter.clone();
    let amendment = matter.amends.as_mut().expect("it amends");
    let log = Hash::of(b"dairy").into();
    let dairy = FederatedGroup { name: name("dairy"), log, node: key("dairy").public(), escalates_to: None, weight: 1 };
    amendment.agreement.groups.put(dairy);
    refused(street.propose("attic", &[Street::opening("charter", &matter)]), "conflict", "effect");
}

/// What the notes of these show: that they seal the head, counted by a version.
fn seal(street: &Street, called: &str, by: &[&str], version: &FederationAgreement) -> Evidence {
    Evidence { voices: Vec::new(), version: version.hash(), ..street.noted_by(called, by) }
}

/// A log has taken the text up, and shows that enough of `before` have sealed that; nothing else follows, and nobody else
/// seals it.
fn goes_on(street: &mut Street, called: &str, text: &FederationAgreement, before: &[&str]) {
    street.tick(Span::from_secs(1));
    let digest = EntryAct::Digest { digest: street.replica(called).digest() };
    refused(street.write(called, digest), "conflict", "moving");
    for witness in before.iter().chain(&["five"]) {
        street.note(witness, called);
    }
    let old = street.agreement.clone();
    let enough = &before[..if before.len() == 4 { 3 } else { 2 }];
    let few = &enough[1..];
    let bad = [
        seal(street, called, few, &old),
        seal(street, called, &[few, &["five"]].concat(), &old),
        seal(street, called, enough, text),
        Evidence { voices: street.voices(called), ..seal(street, called, enough, &old) },
    ];
    for evidence in bad {
        refused(street.cite(called, vec![evidence]), "conflict", "evidence");
    }
    let good = seal(street, called, enough, &old);
    street.cite(called, vec![good]).expect("the panel before has sealed it");
}

/// Who took the text up already changes nothing by enacting it.
fn enacts_nothing_more(street: &mut Street, id: MatterId) {
    street.enact("cellar", id, 1).expect("there is nothing left to change");
    assert!(street.replica("cellar").dealings().moving.is_none(), "its panel stays");
}

/// Attic moves to another node: the panel of now seals it, the one before does not.
fn moves(street: &mut Street, text: &FederationAgreement) {
    street.agreement = text.clone();
    let log_key = street.replica("attic").charter().host.log_key;
    street.decide("attic", Effect::SetHost(Host { log_key, node: key("two").public() }));
    for witness in AFTER.iter().chain(&["three"]) {
        street.note(witness, "attic");
    }
    let before = seal(street, "attic", &["one", "two", "three"], text);
    refused(street.cite("attic", vec![before]), "conflict", "evidence");
    let now = seal(street, "attic", &["one", "two", "five"], text);
    street.cite("attic", vec![now]).expect("the panel of now has sealed it");
}
