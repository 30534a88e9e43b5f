//! A matter that settles a negotiation: the assembly binds the steward that ceded the domain of its room.

use folkmoot_protocol::{
    effect::Effect,
    id::{MatterId, TermsId},
    matter::Matter,
    resource::Terms,
    time::Timestamp,
    voice::Says,
};

use super::{
    dealing::{accepts, coins, hours, name, room, tools},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Brook declines attic's request for its room and cellar's coins. A matter settles it at the \
    last level, in domains that brook and cellar ceded: a promise of brook's in between stands, and while that leaves too \
    little nothing is enacted. Then brook, cellar and attic accept by enacting; cellar commits and brook takes. Nobody \
    states, declines or counters such terms by itself.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    for (called, effect) in [("brook", room(1)), ("cellar", coins(1000))] {
        let Effect::SetResource(mut resource) = effect else { continue };
        resource.domain = name("policy");
        street.decide(called, Effect::SetResource(resource));
    }
    let wanted = street.terms("A dance", "attic", "cellar", vec![street.evening(40), street.some(700)]);
    let stalled = street.ask("attic", &wanted, None, &["brook", "cellar"]);
    street.decide("brook", Effect::DeclineTerms { domains: vec![name("policy")], terms: stalled });
    street.tell_last("brook", &["attic", "cellar"]);

    let matter = settling(&street, &wanted, stalled);
    not_opened(&mut street, &matter);
    let id = street.open("attic", "tools", &matter);
    street.tell_last("attic", &["brook", "cellar"]);
    let terms = *matter.settles.clone().expect("it settles terms");
    let until = Some(terms.by);
    let state = Effect::Terms { domains: tools(), terms: Box::new(terms.clone()), until: None };
    refused(street.propose("attic", &[state]), "conflict", "effect");
    in_between(&mut street);
    street.consent("cellar", "policy", id);
    street.tick_to(matter.end(2, hours(1)));
    adopted(&mut street, id);
    bound(&mut street, id, &terms);
    in_force(&mut street, terms.id(), until);
    street
}

/// Attic's matter about what was declined.
fn settling(street: &Street, wanted: &Terms, stalled: TermsId) -> Matter {
    let touches = [("attic", "tools"), ("brook", "policy"), ("cellar", "policy")];
    let mut matter = street.matter("The dance", &touches);
    matter.parts.iter_mut().for_each(|part| part.effects.clear());
    matter.about = Some(stalled);
    let by = matter.by[2] + hours(3);
    matter.settles = Some(Box::new(Terms { by, by_matter: true, ..wanted.clone() }));
    matter
}

/// Matters that cannot stand with the terms that they would settle.
fn not_opened(street: &mut Street, matter: &Matter) {
    let open = |street: &mut Street, change: &dyn Fn(&mut Matter, &mut Terms)| {
        let mut matter = matter.clone();
        let mut terms = *matter.settles.take().expect("it settles terms");
        change(&mut matter, &mut terms);
        matter.settles = Some(Box::new(terms));
        refused(street.propose("attic", &[Street::opening("tools", &matter)]), "conflict", "effect");
    };
    let brook = street.log("brook");
    open(street, &|_, terms| terms.by = terms.by.before(hours(1)));
    open(street, &|_, terms| terms.by = terms.by + days(60));
    open(street, &|_, terms| terms.by_matter = false);
    open(street, &|_, terms| terms.counters = Some(terms.id()));
    open(street, &|_, terms| terms.lines.clear());
    open(street, &|matter, _| matter.parts.retain(|part| part.group != brook));
    open(street, &|matter, _| {
        matter.parts.iter_mut().for_each(|part| part.effects = vec![Effect::DropResource { resource: name("room") }]);
    });
}

/// Brook promises the same evening to cellar.
fn in_between(street: &mut Street) {
    let other = street.terms("A feast", "cellar", "brook", vec![street.evening(40)]);
    let other = Terms { by: other.by, ..other };
    let id = street.ask("cellar", &other, None, &["brook"]);
    let until = Some(other.by);
    street.decide("brook", Effect::AcceptTerms { domains: vec![name("policy")], terms: id, until });
    street.follow("brook", Says::Commit { terms: id }).expect("both have accepted");
}

/// All three logs hold that two thirds adopted it.
fn adopted(street: &mut Street, id: MatterId) {
    street.seal_all();
    let opening = street.voices("attic").len() - 1;
    for (to, from) in [("brook", "cellar"), ("cellar", "cellar"), ("attic", "attic"), ("attic", "cellar")] {
        let at = if from == "attic" { opening } else { street.voices("cellar").len() - 1 };
        let evidence = street.shows(from, at);
        street.cite(to, vec![evidence]).expect("it shows a consent");
    }
    refused(street.enact("brook", id, 3), "conflict", "effect");
}

/// Brook has room again, and all three accept by enacting.
fn bound(street: &mut Street, id: MatterId, terms: &Terms) {
    let given =
        street.replica("brook").dealings().books.ledgers[&name("room")].iter().next().expect("it is promised").0;
    let release = Effect::ReleaseTerms { domains: vec![name("policy")], terms: *given };
    street.decide("brook", release);
    for called in ["brook", "cellar", "attic"] {
        street.enact(called, id, 3).expect("it is bound, or consented");
        refused(street.follow(called, Says::Lapse { terms: terms.id() }), "conflict", "voice");
        street.tick(hours(0));
    }
    refused(street.enact("brook", id, 3), "conflict", "enactment");
    let decline = Effect::DeclineTerms { domains: tools(), terms: terms.id() };
    refused(street.propose("attic", &[decline]), "conflict", "effect");
    let less = Terms { counters: Some(terms.id()), by_matter: false, title: "Less".into(), ..terms.clone() };
    let counter = Effect::Terms { domains: tools(), terms: Box::new(less), until: None };
    refused(street.propose("attic", &[counter]), "conflict", "effect");
}

/// Cellar hears of both, commits, and brook takes.
fn in_force(street: &mut Street, id: TermsId, until: Option<Timestamp>) {
    refused(street.propose("brook", &[accepts(id, until)]), "conflict", "effect");
    refused(street.follow("cellar", Says::Commit { terms: id }), "conflict", "terms");
    for called in ["brook", "attic"] {
        street.tell_last(called, &["cellar"]);
    }
    street.follow("cellar", Says::Commit { terms: id }).expect("all have accepted");
    street.tell_last("cellar", &["attic", "brook"]);
    street.follow("brook", Says::Take { terms: id }).expect("the commit was sealed in time");
}
