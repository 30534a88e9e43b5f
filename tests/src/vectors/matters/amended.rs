//! The agreement changes as a matter: a group is shown to be asleep, and expelled; others take the text up.

use folkmoot_protocol::{
    effect::Effect,
    entry::EntryAct,
    evidence::Evidence,
    federation::FederationAgreement,
    id::{Hash, MatterId},
    matter::{Amendment, Matter},
    name::Name,
    time::Span,
};

use super::street::{Street, days, refused};

pub(super) const ABOUT: &str = "Dairy has no entry for a month, which is shown; an amendment names it dormant, drops it, \
    and changes the times. Attic, brook and cellar consent, and take the text up: by enacting it, or by an own decision \
    once it is known to be adopted. Who consented takes up nothing else.";

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// The next version, with another purpose.
pub(super) fn next(street: &Street, purpose: &str) -> FederationAgreement {
    let before = &street.agreement;
    FederationAgreement { purpose: purpose.into(), amends: Some(before.successor()), ..before.clone() }
}

/// A matter that gives a text to all whom it keeps and who are not dormant.
pub(super) fn amendment(street: &Street, agreement: FederationAgreement, dormant: &[&str]) -> Matter {
    let mut dormant: Vec<_> = dormant.iter().map(|called| street.log(called)).collect();
    dormant.sort_unstable();
    let amendment = Amendment { agreement, dormant, taken: None };
    let voters: Vec<_> = amendment.voters(&street.agreement).collect();
    let all = street.agreement.groups.iter().map(|group| (group.name.as_str(), group.log));
    let called = all.filter(|(_, log)| voters.contains(log)).map(|(called, _)| called);
    let touches: Vec<(&str, &str)> = called.map(|called| (called, "charter")).collect();
    let mut matter = street.matter("Another text", &touches);
    matter.parts.iter_mut().for_each(|part| part.effects.clear());
    matter.amends = Some(Box::new(amendment));
    matter
}

pub(super) fn federate(street: &mut Street, called: &str, text: &FederationAgreement) {
    refused(street.propose(called, &[Effect::Federate(text.clone())]), "conflict", "effect");
}

/// Lets a group cite the consents of others, and its own.
pub(super) fn tell_consents(street: &mut Street, to: &str, from: &[&str], matter: MatterId) {
    for called in from {
        street.seal(called);
        let known = street.known(to, matter);
        if !known.has_consent(&street.log(called)) {
            let shown = street.shows_some(called, 0, 0);
            street.cite(to, vec![shown]).unwrap_or_else(|refusal| panic!("{to}, of {called}: {refusal}"));
        }
    }
}

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar", "dairy"]);
    street.seal_all();
    asleep(&mut street);
    let mut text = next(&street, "To share a street with fewer");
    text.groups.take(&name("dairy")).expect("it is there");
    text.timing.notes = Span::from_secs(30);
    let matter = amendment(&street, text.clone(), &["dairy"]);
    not_opened(&mut street, &matter);
    let id = street.open("attic", "charter", &matter);
    street.tell("attic", 0, &["brook", "cellar", "dairy"]);
    refused(street.propose("dairy", &[Street::stance("charter", id, true)]), "conflict", "effect");
    street.consent("brook", "charter", id);
    let other = next(&street, "To share it otherwise");
    federate(&mut street, "brook", &other);
    federate(&mut street, "cellar", &text);
    taken_up(&mut street, id, &text);
    street
}

/// Dairy is noted unchanged for a month.
fn asleep(street: &mut Street) {
    street.tick(days(29));
    street.seal_all();
    street.tick(days(1));
    ["one", "four"].iter().for_each(|witness| street.note(witness, "dairy"));
    let good = street.asleep("dairy").expect("two of four witnesses noted it twice");
    let bad = |street: &mut Street, change: &dyn Fn(&mut Evidence)| {
        let mut evidence = good.clone();
        change(&mut evidence);
        refused(street.write("attic", EntryAct::Cite { evidence: vec![evidence] }), "conflict", "evidence");
    };
    bad(street, &|evidence| evidence.notes.truncate(2));
    bad(street, &|evidence| drop(evidence.notes.pop()));
    bad(street, &|evidence| evidence.notes.swap(0, 2));
    bad(street, &|evidence| evidence.notes.swap(0, 1));
    bad(street, &|evidence| evidence.asleep = false);
    bad(street, &|evidence| evidence.silent = Some((Hash::of(b"matter"), 1)));
    let cellar = street.log("cellar");
    bad(street, &|evidence| evidence.log = cellar);
    street.cite("attic", vec![good.clone()]).expect("it shows that dairy is asleep");
    bad(street, &|_| ());
}

/// What an amendment may not be.
fn not_opened(street: &mut Street, matter: &Matter) {
    let bad = |street: &mut Street, change: &dyn Fn(&mut Matter, &mut Amendment)| {
        let mut matter = matter.clone();
        let mut amendment = matter.amends.take().expect("it is one");
        change(&mut matter, &mut amendment);
        matter.amends = Some(amendment);
        refused(street.propose("attic", &[Street::opening("charter", &matter)]), "conflict", "effect");
    };
    let (cellar, founding) = (street.log("cellar"), street.agreement.clone());
    bad(street, &|matter, _| drop(matter.parts.pop()));
    bad(street, &|matter, _| matter.parts[0].linked = true);
    bad(street, &|matter, _| matter.parts[0].effects = vec![super::street::text("charter")]);
    bad(street, &|_, amendment| amendment.taken = Some(Hash::of(b"another")));
    bad(street, &|_, amendment| amendment.agreement = founding.clone());
    bad(street, &|_, amendment| amendment.agreement.purpose.clear());
    bad(street, &|_, amendment| {
        amendment.agreement.panel.take(&name("one"));
        let cellar = amendment.agreement.groups.find(&name("cellar")).expect("it is there").clone();
        let (log, another) = (Hash::of(b"another").into(), name("another"));
        amendment.agreement.groups.put(folkmoot_protocol::federation::FederatedGroup { name: another, log, ..cellar });
    });
    bad(street, &|_, amendment| amendment.agreement.timing.dormant = Some(Span::from_secs(1)));
    bad(street, &|_, amendment| amendment.dormant.push(cellar));
    bad(street, &|matter, amendment| {
        amendment.dormant = vec![cellar];
        matter.parts.retain(|part| part.group != cellar);
    });
    bad(street, &|matter, amendment| {
        amendment.agreement.groups.take(&name("cellar"));
        matter.parts.retain(|part| part.group != cellar);
    });
}

/// Cellar takes the text up by its own decision, the others enact it.
fn taken_up(street: &mut Street, id: MatterId, text: &FederationAgreement) {
    street.consent("cellar", "charter", id);
    refused(street.enact("brook", id, 1), "conflict", "enactment");
    tell_consents(street, "brook", &["attic", "brook", "cellar"], id);
    street.enact("brook", id, 1).expect("all who have a say consent");
    tell_consents(street, "cellar", &["attic", "brook", "cellar"], id);
    street.decide("cellar", Effect::Federate(text.clone()));
    street.enact("cellar", id, 1).expect("there is nothing left to change");
    tell_consents(street, "attic", &["attic", "brook", "cellar"], id);
    street.enact("attic", id, 1).expect("all who have a say consent");
    refused(street.enact("attic", id, 1), "conflict", "enactment");
    // Of the version before it says nothing more.
    let old = street.matter("Quiet hours", &[("attic", "policy")]);
    refused(street.propose("attic", &[Street::opening("policy", &old)]), "conflict", "effect");
    let other = amendment(street, next(street, "To share it otherwise"), &[]);
    refused(street.propose("attic", &[Street::opening("charter", &other)]), "conflict", "effect");
    tell_consents(street, "dairy", &["attic", "brook", "cellar"], id);
    street.decide("dairy", Effect::Federate(text.clone()));
}
