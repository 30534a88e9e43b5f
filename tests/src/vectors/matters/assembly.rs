//! Two thirds of all groups bind a group that ceded the domain, once the lower levels are over.

use folkmoot_protocol::{
    effect::Effect, entry::Raw, evidence::Evidence, federation::FederationAgreement, id::Hash, time::Span,
};

use super::street::{Street, days, refused};

pub(super) const ABOUT: &str = "Quiet hours pass at the last level: brook, who prefers loud ones, enacts them because it \
    ceded the domain and loud hours failed before. Shared tools bind nobody: dairy did not cede that domain, and the parts \
    are linked.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar", "dairy"]);
    // Dairy speaks once before anything else is opened.
    let hint = street.matter("A hint", &[("attic", "charter")]);
    street.open("dairy", "tools", &hint);
    street.tick(days(1));

    let quiet = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy")]);
    let mut tools = street.matter("Shared tools", &[("attic", "tools"), ("dairy", "tools")]);
    tools.parts.iter_mut().for_each(|part| part.linked = true);
    let loud = street.matter("Loud hours", &[("brook", "policy"), ("dairy", "policy")]);
    let quiet = street.open("attic", "policy", &quiet);
    let tools = street.open("attic", "tools", &tools);
    let loud = street.open("cellar", "tools", &loud);
    street.tell("attic", 0, &["brook", "cellar", "dairy"]);
    street.tell("cellar", 0, &["brook", "dairy"]);

    street.consent("brook", "policy", loud);
    refused(street.propose("brook", &[Street::stance("policy", quiet, true)]), "conflict", "effect");
    street.decide("brook", Street::stance("policy", quiet, false));
    refused(street.propose("cellar", &[Street::stance("policy", quiet, true)]), "conflict", "effect");
    street.consent("cellar", "charter", quiet);
    street.consent("dairy", "charter", quiet);
    street.consent("brook", "charter", tools);
    street.consent("cellar", "charter", tools);
    street.seal_all();
    let [brook, cellar, dairy] = ["brook", "cellar", "dairy"].map(|called| street.shows(called, 0));
    street.cite("brook", vec![cellar.clone(), dairy.clone()]).expect("they show consents");
    let own = street.shows("attic", 0);
    street.cite("attic", vec![own, brook.clone(), cellar.clone(), dairy]).expect("they show consents");
    street.cite("dairy", vec![brook, cellar]).expect("they show consents");

    let early = street.known("brook", quiet).matter.end(2, street.agreement.timing.news);
    street.tick_to(early.before(Span::from_millis(1)));
    refused(street.enact("brook", quiet, 3), "conflict", "enactment");
    street.seal_all();
    let shown = street.noted_by("dairy", &["one", "two"]);
    let silent = Evidence { silent: Some((Hash(loud.0), 2)), ..shown };
    refused(street.cite("brook", vec![silent]), "conflict", "evidence");
    street.tick(Span::from_millis(1));
    refused(street.enact("brook", quiet, 3), "conflict", "enactment");
    refused(street.enact("brook", quiet, 2), "conflict", "enactment");
    refused(street.enact("dairy", tools, 3), "conflict", "enactment");
    refused(street.enact("attic", tools, 3), "conflict", "enactment");
    street.enact("attic", quiet, 3).expect("three of four consent");

    street.tick(Span::from_millis(1));
    street.seal_all();
    let good = street.silence("brook", "dairy", loud, 2).expect("dairy was silent");
    let short: Vec<Raw> = good.voices[1..].to_vec();
    refused(street.cite("brook", vec![Evidence { voices: short, ..good.clone() }]), "conflict", "evidence");
    refused(
        street.cite("brook", vec![Evidence { silent: Some((Hash(quiet.0), 2)), ..good.clone() }]),
        "conflict",
        "evidence",
    );
    let few = Evidence { notes: good.notes[..1].to_vec(), ..good.clone() };
    refused(street.cite("brook", vec![few]), "conflict", "evidence");
    street.cite("brook", vec![good.clone()]).expect("dairy was silent");
    refused(street.cite("brook", vec![good]), "conflict", "evidence");
    street.enact("brook", quiet, 3).expect("loud hours failed");

    let last = street.known("dairy", loud).matter.by[2];
    street.tick_to(last + Span::from_millis(1));
    refused(street.propose("dairy", &[Street::stance("policy", loud, true)]), "conflict", "effect");
    amend(&mut street);
    street
}

/// Who decides changes only once what brook consented to is settled; another purpose it may have before.
fn amend(street: &mut Street) {
    let before = street.agreement.clone();
    let dairy = street.log("dairy");
    let mut fewer = FederationAgreement { amends: Some(before.successor()), ..before.clone() };
    let groups = before.groups.iter().filter(|group| group.log != dairy).cloned().collect();
    fewer.groups = folkmoot_protocol::table::Table::new(groups).expect("names differ");
    refused(street.propose("brook", &[Effect::Federate(fewer)]), "conflict", "effect");
    let amends = Some(before.successor());
    let purpose = FederationAgreement { purpose: "To share a street and a yard".into(), amends, ..before };
    street.decide("brook", Effect::Federate(purpose));
}
