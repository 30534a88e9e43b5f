//! What comes after a promise, by hand: use, breach, release.

use super::{bargains::*, bench::Bench};
use crate::{
    effect::Effect,
    fixture::{assert_refused, hours, name},
    id::TermsId,
    resource::{DealState, Kind, Line},
    voice::Says,
};

/// Attic is promised an hour by brook and money by cellar; all know that it is in force.
fn in_force() -> (Bench, TermsId) {
    let mut bench = street();
    let id = held(&mut bench, "cellar");
    tells(&mut bench, "brook", &["cellar"]);
    accepts(&mut bench, "cellar", id, hours(2));
    says(&mut bench, "cellar", Says::Commit { terms: id }).unwrap();
    tells(&mut bench, "cellar", &["attic", "brook"]);
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &id).allocated);
    (bench, id)
}

fn uses(bench: &Bench, terms: TermsId, amount: u64) -> Effect {
    Effect::UseTerms { domains: here(), terms, steward: bench.log("cellar"), resource: name("money"), amount }
}

fn breach(terms: TermsId) -> Effect {
    Effect::BreachTerms { domains: here(), terms }
}

fn release(terms: TermsId) -> Effect {
    Effect::ReleaseTerms { domains: here(), terms }
}

fn refused(bench: &mut Bench, called: &'static str, effect: Effect) -> String {
    format!("{:?}", bench.groups.get_mut(called).unwrap().propose("ana", &[effect]).expect_err("it does not apply"))
}

fn state(bench: &Bench, called: &str, id: &TermsId) -> DealState {
    let books = &bench.groups[called].replica.dealings().books;
    books.state_at(&bench.log(called), id, bench.now).unwrap()
}

#[test]
fn who_uses_and_the_steward_say_how_much_in_all() {
    let (mut bench, id) = in_force();
    let some = uses(&bench, id, 4);
    bench.decides("attic", some);
    let key = (bench.log("attic"), bench.log("cellar"), name("money"));
    tells(&mut bench, "attic", &["cellar"]);
    for called in ["attic", "cellar"] {
        assert_eq!(deal(&bench, called, &id).used.get(&key), Some(&4), "{called}");
    }
    for (called, amount) in [("attic", 4), ("attic", 11), ("brook", 5)] {
        let effect = uses(&bench, id, amount);
        let refused = refused(&mut bench, called, effect);
        assert!(refused.contains("how much was used in all"), "{refused}");
    }
    let all = uses(&bench, id, 10);
    bench.decides("cellar", all);
    tells(&mut bench, "cellar", &["attic"]);
    assert_eq!(deal(&bench, "attic", &id).used.len(), 2, "each says what it knows");
    bench.groups["cellar"].replayed();
}

#[test]
fn after_a_breach_others_give_it_up_without_one() {
    let (mut bench, id) = in_force();
    bench.decides("attic", breach(id));
    assert!(refused(&mut bench, "attic", breach(id)).contains("has stated a breach"));
    tells(&mut bench, "attic", &["brook"]);
    for called in ["attic", "brook"] {
        assert_eq!(state(&bench, called, &id), DealState::Broken);
    }
    assert_refused!(says(&mut bench, "brook", Says::ReleaseTerms { terms: id, breach: false }), Conflict::Terms { .. });
    bench.decides("brook", release(id));
    assert!(!deal(&bench, "brook", &id).breaches.contains(&bench.log("brook")));
    // Cellar has not heard of it.
    bench.decides("cellar", release(id));
    tells(&mut bench, "cellar", &["attic"]);
    assert!(deal(&bench, "attic", &id).breaches.contains(&bench.log("cellar")));
    assert_eq!(state(&bench, "attic", &id), DealState::Ended);
}

#[test]
fn who_asked_gives_it_up_without_a_breach() {
    let (mut bench, id) = in_force();
    bench.decides("attic", release(id));
    assert!(deal(&bench, "attic", &id).breaches.is_empty());
    tells(&mut bench, "attic", &["brook"]);
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &id).released.contains(&bench.log("brook")));
    assert!(refused(&mut bench, "brook", breach(id)).contains("has released them"));
}

/// Brook promises its hall in `policy` and its tools in `charter`: each domain speaks for its own.
#[test]
fn the_domain_of_a_resource_says_what_was_used_of_it_or_that_it_was_not_given() {
    let mut bench = street();
    let mut tools = resource("tools", Kind::Stock, 10);
    tools.domain = name("charter");
    bench.decides("brook", Effect::SetResource(tools));
    let some = Line { steward: bench.log("brook"), resource: name("tools"), ..money(&bench) };
    let wanted = terms(&bench, "A workshop", "attic", "brook", vec![hour(&bench), some]);
    let id = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook"]);
    let (both, until) = (vec![name("charter"), name("policy")], Some(wanted.by));
    bench.decides("brook", Effect::AcceptTerms { domains: both.clone(), terms: id, until });
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &id).is_committed());
    tells(&mut bench, "brook", &["attic"]);
    let steward = bench.log("brook");
    let uses = |domains: &[crate::name::Name]| Effect::UseTerms {
        domains: domains.to_vec(),
        terms: id,
        steward,
        resource: name("tools"),
        amount: 3,
    };
    for domains in [&both[..], &both[1..]] {
        assert!(refused(&mut bench, "brook", uses(domains)).contains("for the domains charter to decide"));
    }
    bench.decides("brook", uses(&both[..1]));
    assert_eq!(deal(&bench, "brook", &id).used.len(), 1);
    let broken = |domains: &[crate::name::Name]| Effect::BreachTerms { domains: domains.to_vec(), terms: id };
    assert!(refused(&mut bench, "brook", broken(&[])).contains("name the domains"));
    let other = [name("purchases")];
    assert!(refused(&mut bench, "brook", broken(&other)).contains("for the domains charter, policy to decide"));
    bench.decides("brook", broken(&both[1..]));
    assert_eq!(deal(&bench, "brook", &id).breaches.len(), 1);
    tells(&mut bench, "brook", &["attic"]);
    bench.decides("attic", broken(&both[1..]));
    bench.groups["brook"].replayed();
}
