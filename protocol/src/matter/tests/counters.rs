//! One negotiation has one outcome: of terms and what counters them a group holds for one, and one comes into force.

use super::{
    bargains::{deal, follows, here, hour, says, states, street, tells, terms},
    bench::Bench,
};
use crate::{
    effect::Effect,
    fixture::{assert_refused, hours, name},
    id::TermsId,
    resource::{Grants, Terms},
    time::{Span, Timestamp},
    voice::Says,
};

/// Attic asks brook for an hour of its hall, which has room for twenty of them.
fn asked(bench: &mut Bench) -> Terms {
    let wanted = terms(bench, "A dance", "attic", "brook", vec![hour(bench)]);
    states(bench, "attic", &wanted, None);
    tells(bench, "attic", &["brook"]);
    wanted
}

fn counter(of: &Terms, title: &str) -> Terms {
    Terms { title: title.into(), counters: Some(of.id()), ..of.clone() }
}

fn hold(bench: &Bench, id: TermsId) -> Option<Timestamp> {
    bench.groups["brook"].replica.dealings().books.held_until(&id)
}

fn accept(bench: &Bench, id: TermsId) -> Effect {
    Effect::AcceptTerms { domains: here(), terms: id, until: Some(deal(bench, "brook", &id).terms.by) }
}

/// What brook promises of its hall in that hour.
fn promised(bench: &Bench, terms: &Terms) -> u64 {
    let at = terms.lines[0].portions[0].window.from();
    bench.groups["brook"].replica.dealings().books.ledgers[&name("hall")].promised_at(at)
}

#[test]
fn what_was_countered_does_not_come_into_force_beside_the_counter() {
    let mut bench = street();
    let wanted = asked(&mut bench);
    let shorter = counter(&wanted, "A short dance");
    let second = states(&mut bench, "brook", &shorter, Some(shorter.by));
    tells(&mut bench, "brook", &["attic"]);
    bench.decides("attic", Effect::AcceptTerms { domains: here(), terms: second, until: None });
    tells(&mut bench, "attic", &["brook"]);
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &second).is_committed());
    let again = accept(&bench, wanted.id());
    let refused = bench.groups.get_mut("brook").unwrap().propose("ana", &[again]);
    assert_refused!(refused, Conflict::Effect { .. });
    assert_eq!(promised(&bench, &wanted), 1);
    // Nor does another counter, of either.
    for before in [&wanted, &shorter] {
        let third = counter(before, "Another");
        let effect = Effect::Terms { domains: here(), terms: Box::new(third.clone()), until: Some(third.by) };
        assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[effect]), Conflict::Effect { .. });
    }
    tells(&mut bench, "brook", &["attic"]);
    let third = counter(&wanted, "From attic");
    let effect = Effect::Terms { domains: here(), terms: Box::new(third), until: None };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[effect]), Conflict::Effect { .. });
}

#[test]
fn a_hold_moves_to_whatever_terms_of_the_negotiation_are_accepted_last() {
    let mut bench = street();
    let wanted = asked(&mut bench);
    let first = counter(&wanted, "From attic");
    states(&mut bench, "attic", &first, None);
    tells(&mut bench, "attic", &["brook"]);
    bench.tick(Span::from_secs(60));
    let second = counter(&wanted, "From brook");
    let since = bench.now;
    states(&mut bench, "brook", &second, Some(second.by));
    assert_eq!((hold(&bench, second.id()), promised(&bench, &wanted)), (Some(second.by), 1));
    bench.tick(Span::from_secs(60));
    // Two countered the same: brook takes attic's text, and its own is let go of.
    let other = accept(&bench, first.id());
    bench.decides("brook", other);
    assert_eq!((hold(&bench, second.id()), promised(&bench, &wanted)), (None, 1));
    assert_eq!(deal(&bench, "brook", &first.id()).since, Some(since), "it holds for the negotiation since then");
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &first.id()).is_committed());
    assert_refused!(says(&mut bench, "brook", Says::Commit { terms: second.id() }), Conflict::Terms { .. });
    bench.groups["brook"].replayed();
}

#[test]
fn a_hold_does_not_grow_longer_by_going_back() {
    let mut bench = street();
    let wanted = terms(&bench, "A dance", "attic", "brook", vec![hour(&bench)]);
    let late = Terms { by: wanted.by + hours(5), ..wanted.clone() };
    states(&mut bench, "attic", &late, None);
    tells(&mut bench, "attic", &["brook"]);
    let soon = Terms { by: wanted.by, ..counter(&late, "Sooner") };
    states(&mut bench, "brook", &soon, Some(soon.by));
    let back = accept(&bench, late.id());
    let refused = bench.groups.get_mut("brook").unwrap().propose("ana", &[back]);
    assert_refused!(refused, Conflict::Effect { .. });
    assert_eq!(hold(&bench, soon.id()), Some(soon.by));
}

#[test]
fn what_is_countered_is_not_granted_by_a_rule() {
    let mut bench = street();
    let wanted = asked(&mut bench);
    let shorter = counter(&wanted, "A short dance");
    states(&mut bench, "brook", &shorter, Some(shorter.by));
    let mut hall = bench.groups["brook"].replica.charter().resources.find(&name("hall")).unwrap().clone();
    hall.grants = Some(Grants { amount: Some(5), ..Grants::default() });
    bench.decides("brook", Effect::SetResource(hall));
    let grant = Says::AcceptTerms { terms: wanted.id(), until: Some(wanted.by) };
    assert_refused!(says(&mut bench, "brook", grant), Conflict::Terms { .. });
    assert_eq!(hold(&bench, shorter.id()), Some(shorter.by));
}
