//! Negotiations that come to nothing: a closer that lets go, a hold that is over, a commit that is sealed too late, a
//! counter and a no; and what a rule grants.

use folkmoot_protocol::{
    effect::Effect,
    id::TermsId,
    resource::{Grants, Kind, Resource, Slots, Terms},
    time::Span,
    voice::Says,
};

use super::{
    dealing::{accepts, coins, hours, resource, room, tools},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Five negotiations between attic, brook and cellar: one lapses at its deadline, one is \
    broken by a commit that nobody could seal in time, one is countered and then declined, one is countered by both at \
    once and has one outcome, and of the last some is granted by a rule without a decision.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    street.decide("brook", room(2));
    street.decide("cellar", coins(1000));
    deadline(&mut street);
    late(&mut street);
    countered(&mut street);
    one_outcome(&mut street);
    granted(&mut street);
    street
}

/// Cellar does not answer: it lets go after the deadline, and brook's hold ends by itself.
fn deadline(street: &mut Street) {
    let wanted = street.terms("A dance", "attic", "cellar", vec![street.evening(9), street.some(700)]);
    let id = street.ask("attic", &wanted, None, &["brook", "cellar"]);
    let end = wanted.by + hours(3);
    street.decide("brook", accepts(id, Some(end)));
    refused(street.follow("brook", Says::Lapse { terms: id }), "conflict", "terms");
    street.tick_to(wanted.by);
    refused(street.follow("cellar", Says::Lapse { terms: id }), "conflict", "terms");
    street.tick(Span::from_millis(1));
    refused(street.propose("cellar", &[accepts(id, Some(wanted.by))]), "conflict", "effect");
    street.follow("cellar", Says::Lapse { terms: id }).expect("the deadline is over");
    street.tick_to(end.before(Span::from_millis(1)));
    refused(street.follow("brook", Says::Lapse { terms: id }), "conflict", "terms");
    street.tick_to(end);
    street.follow("brook", Says::Lapse { terms: id }).expect("the hold is over");
    street.tell_last("cellar", &["attic"]);
}

/// Cellar commits in time, and its witnesses note that too late: brook may not take, and cellar need not give.
fn late(street: &mut Street) {
    street.tick(days(1));
    let wanted = street.terms("A wedding", "attic", "cellar", vec![street.evening(9), street.some(300)]);
    let id = street.ask("attic", &wanted, None, &["brook", "cellar"]);
    let end = wanted.by + hours(3);
    street.decide("brook", accepts(id, Some(end)));
    street.tell_last("brook", &["cellar"]);
    street.tick_to(wanted.by);
    street.decide("cellar", accepts(id, Some(wanted.by + hours(1))));
    street.follow("cellar", Says::Commit { terms: id }).expect("all have accepted");
    street.tick(hours(1) + Span::from_millis(1));
    street.tell_last("cellar", &["brook"]);
    refused(street.follow("brook", Says::Take { terms: id }), "conflict", "terms");
    street.tick_to(end);
    street.follow("brook", Says::Lapse { terms: id }).expect("the hold is over");
    refused(street.follow("cellar", Says::ReleaseTerms { terms: id, breach: false }), "conflict", "terms");
    street.tell_last("brook", &["cellar"]);
    street.follow("cellar", Says::ReleaseTerms { terms: id, breach: false }).expect("they are broken");
}

/// Brook offers less, which keeps no more than the hold that it replaces; attic declines that.
fn countered(street: &mut Street) {
    street.tick(days(1));
    let mut line = street.evening(9);
    line.portions[0].amount = 2;
    let wanted = street.terms("A market", "attic", "brook", vec![line]);
    let first = street.ask("attic", &wanted, None, &["brook"]);
    street.decide("brook", accepts(first, Some(wanted.by)));
    let mut less = Terms { title: "A smaller market".into(), counters: Some(first), ..wanted.clone() };
    less.lines[0].portions[0].amount = 1;
    let state = |terms: &Terms, until| Effect::Terms { domains: tools(), terms: Box::new(terms.clone()), until };
    refused(street.propose("brook", &[state(&less, Some(wanted.by + hours(1)))]), "conflict", "effect");
    let other = Terms { requester: street.log("cellar"), ..less.clone() };
    refused(street.propose("brook", &[state(&other, Some(wanted.by))]), "conflict", "effect");
    let less = street.ask("brook", &less, Some(wanted.by), &["attic"]);
    let no = |terms: TermsId| Effect::DeclineTerms { domains: tools(), terms };
    street.decide("attic", no(less));
    refused(street.propose("attic", &[accepts(less, None)]), "conflict", "effect");
    street.tell_last("attic", &["brook"]);
    street.follow("brook", Says::Lapse { terms: less }).expect("attic has declined");
    street.tick_to(wanted.by + Span::from_millis(1));
    street.follow("brook", Says::Lapse { terms: first }).expect("the deadline is over");
}

/// Attic and brook counter the same terms; brook takes attic's, and there is room for all three.
fn one_outcome(street: &mut Street) {
    street.tick(days(5));
    let wanted = street.terms("A concert", "attic", "brook", vec![street.evening(9)]);
    let first = street.ask("attic", &wanted, None, &["brook"]);
    let counter = |title: &str| Terms { title: title.into(), counters: Some(first), ..wanted.clone() };
    let own = street.ask("brook", &counter("An earlier concert"), Some(wanted.by), &["attic"]);
    street.tick(hours(1));
    let theirs = street.ask("attic", &counter("A quiet concert"), None, &["brook"]);
    refused(street.propose("brook", &[accepts(theirs, Some(wanted.by + hours(1)))]), "conflict", "effect");
    street.decide("brook", accepts(theirs, Some(wanted.by)));
    refused(street.follow("brook", Says::Commit { terms: own }), "conflict", "terms");
    street.follow("brook", Says::Commit { terms: theirs }).expect("both have accepted");
    street.tell_last("brook", &["attic"]);
    refused(street.propose("brook", &[accepts(first, Some(wanted.by))]), "conflict", "effect");
    refused(street.propose("attic", &[accepts(own, None)]), "conflict", "effect");
    let another = Effect::Terms { domains: tools(), terms: Box::new(counter("Another concert")), until: None };
    refused(street.propose("attic", &[another]), "conflict", "effect");
    street.tick_to(wanted.by + Span::from_millis(1));
    for terms in [first, own] {
        street.follow("brook", Says::Lapse { terms }).expect("the deadline is over");
    }
}

/// Of its tables brook grants one to each group, without a decision.
fn granted(street: &mut Street) {
    street.tick(days(30));
    let grants = Grants { share: None, amount: Some(1), per: Some(days(7)) };
    let tables = resource("room", Kind::Slots(Slots { horizon: days(60) }), 2);
    street.decide("brook", Effect::SetResource(Resource { grants: Some(grants), ..tables }));
    let one = street.terms("A table", "attic", "brook", vec![street.evening(9)]);
    let until = Some(one.by);
    let first = street.ask("attic", &one, None, &["brook"]);
    let says = |terms, until| Says::AcceptTerms { terms, until };
    refused(street.follow("brook", says(first, Some(one.by + hours(1)))), "conflict", "terms");
    refused(street.follow("attic", says(first, None)), "conflict", "terms");
    street.follow("brook", says(first, until)).expect("the rule grants one");
    street.follow("brook", Says::Commit { terms: first }).expect("all have accepted");
    let more = street.terms("Another table", "attic", "brook", vec![street.evening(10)]);
    let second = street.ask("attic", &more, None, &["brook"]);
    refused(street.follow("brook", says(second, Some(more.by))), "conflict", "terms");
    street.decide("brook", accepts(second, Some(more.by)));
    street.follow("brook", Says::Commit { terms: second }).expect("people may give more");
}
