//! What a rule of a charter grants without a decision, by hand.

use super::{bargains::*, bench::Bench};
use crate::{
    effect::Effect,
    fixture::{assert_refused, days, hours},
    id::TermsId,
    limits::GRANTS,
    resource::{Grants, Kind, Line, Slots, Terms, Window},
    time::Span,
    voice::Says,
};

/// Brook's hall has 20 places, of which this rule grants some to each.
fn granting(share: Option<&str>, amount: Option<u64>, per: Option<Span>) -> Bench {
    let mut bench = street();
    let mut hall = resource("hall", Kind::Slots(Slots { horizon: days(300) }), 20);
    hall.grants = Some(Grants { share: share.map(|share| share.parse().unwrap()), amount, per });
    bench.decides("brook", Effect::SetResource(hall));
    bench
}

/// Attic asks for a place; says whether brook's rule grants it.
fn asks(bench: &mut Bench, line: Line) -> (TermsId, bool) {
    bench.tick(Span::from_millis(1));
    let wanted = terms(bench, "A place", "attic", "brook", vec![line]);
    let id = states(bench, "attic", &wanted, None);
    tells(bench, "attic", &["brook"]);
    follows(bench, "brook");
    (id, deal(bench, "brook", &id).is_committed())
}

#[test]
fn a_share_at_once_is_granted_and_no_more() {
    let mut bench = granting(Some("1/9"), None, None);
    let place = hour(&bench);
    let (first, granted) = asks(&mut bench, place.clone());
    assert!(granted && deal(&bench, "brook", &first).granted);
    assert!(asks(&mut bench, place.clone()).1);
    assert!(!asks(&mut bench, place.clone()).1, "a ninth of 20 is two");
    let mut later = place;
    let window = later.portions[0].window;
    later.portions[0].window = Window::new(window.until(), window.until() + hours(1)).unwrap();
    assert!(asks(&mut bench, later).1, "at another time");
    bench.groups["brook"].replayed();
}

#[test]
fn what_was_granted_lately_counts() {
    let mut bench = granting(Some("1/2"), Some(2), Some(days(10)));
    let line = hour(&bench);
    let (id, granted) = asks(&mut bench, line);
    assert!(granted);
    bench.decides("brook", Effect::ReleaseTerms { domains: here(), terms: id });
    let line = hour(&bench);
    assert!(asks(&mut bench, line).1);
    let line = hour(&bench);
    assert!(!asks(&mut bench, line).1, "two in ten days, also of what was given back");
    bench.tick(days(10));
    let line = hour(&bench);
    assert!(asks(&mut bench, line).1);
}

#[test]
fn only_what_a_group_asks_for_itself_is_granted() {
    let mut bench = granting(Some("1/1"), None, None);
    let named = terms(&bench, "For others", "attic", "cellar", vec![hour(&bench), money(&bench)]);
    let until = Some(named.by);
    let named = states(&mut bench, "cellar", &named, until);
    tells(&mut bench, "cellar", &["brook"]);
    follows(&mut bench, "brook");
    assert_eq!(deal(&bench, "brook", &named).accepted, None);
    let wanted = terms(&bench, "Own", "attic", "cellar", vec![hour(&bench), money(&bench)]);
    let own = states(&mut bench, "attic", &wanted, None);
    tells(&mut bench, "attic", &["brook"]);
    let least = wanted.by + hours(3);
    let accept = |until| Says::AcceptTerms { terms: own, until };
    assert_refused!(says(&mut bench, "brook", accept(Some(least + Span::from_millis(1)))), Conflict::Terms { .. });
    assert_refused!(says(&mut bench, "brook", accept(None)), Conflict::Terms { .. });
    says(&mut bench, "brook", accept(Some(least))).unwrap();
    let counter = Terms { title: "Another".into(), counters: Some(own), ..wanted };
    let counter = states(&mut bench, "attic", &counter, None);
    tells(&mut bench, "attic", &["brook"]);
    follows(&mut bench, "brook");
    assert_eq!(deal(&bench, "brook", &counter).accepted, None, "people decide about a counter");
}

#[test]
fn a_group_is_granted_so_many_terms() {
    let mut bench = granting(Some("1/1"), None, Some(days(1)));
    let mut before = hour(&bench);
    for _ in 0..GRANTS {
        bench.tick(hours(3));
        before = hour(&bench);
        assert!(asks(&mut bench, before.clone()).1);
    }
    let (id, granted) = asks(&mut bench, before);
    assert!(!granted);
    accepts(&mut bench, "brook", id, hours(2));
}

/// Who asked first gets the last place, whatever the ids of the terms are.
#[test]
fn of_two_requests_the_earlier_one_is_granted() {
    let mut bench = street();
    let mut hall = resource("hall", Kind::Slots(Slots { horizon: days(300) }), 1);
    hall.grants = Some(Grants { share: "1/1".parse().ok(), ..Grants::default() });
    bench.decides("brook", Effect::SetResource(hall));
    let place = hour(&bench);
    let later = Terms { by: bench.now + hours(3), ..terms(&bench, "Later", "cellar", "brook", vec![place.clone()]) };
    let named = |number: u32| terms(&bench, &format!("Earlier {number}"), "attic", "brook", vec![place.clone()]);
    // By the ids the other one would come first.
    let earlier = (0..).map(named).find(|earlier| earlier.id() > later.id()).unwrap();
    let first = states(&mut bench, "attic", &earlier, None);
    bench.tick(Span::from_secs(60));
    let second = states(&mut bench, "cellar", &later, None);
    tells(&mut bench, "cellar", &["brook"]);
    tells(&mut bench, "attic", &["brook"]);
    follows(&mut bench, "brook");
    assert!(deal(&bench, "brook", &first).granted && !deal(&bench, "brook", &second).granted);
}
