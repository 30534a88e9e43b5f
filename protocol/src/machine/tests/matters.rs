//! Matters between the groups of three nodes: evidence goes its way by itself, and what binds is enacted.

use super::wires::Wires;
use crate::{
    charter::Times,
    effect::Effect as DecisionEffect,
    federation::FederationAgreement,
    fixture::{hours, name},
    id::MatterId,
    matter::{Followed, Part, Standing},
    time::Span,
};

fn text() -> DecisionEffect {
    DecisionEffect::Text { domain: name("charter"), text: "Quiet from ten to six".into(), replaces: None }
}

fn part(wires: &Wires, at: usize, called: &str) -> Part {
    Part { effects: vec![text()], ..wires.part(at, called) }
}

/// Attic's matter for attic and bakery, with the least time for each level.
fn opened(wires: &mut Wires, agreement: &FederationAgreement) -> MatterId {
    let parts = vec![part(wires, 0, "attic"), part(wires, 1, "bakery")];
    let matter = wires.matter(agreement, "Quiet hours", parts);
    wires.open(0, "attic", matter)
}

fn answer(matter: MatterId, consents: bool) -> DecisionEffect {
    DecisionEffect::Stance { domains: vec![name("charter")], matter, consents }
}

fn seen(wires: &Wires, at: usize, id: MatterId) -> &Followed {
    wires.machine(at).matter(&id).expect("the node sees the matter")
}

#[test]
fn what_all_affected_consent_to_is_enacted_by_all() {
    let (mut wires, agreement) = Wires::street();
    let id = opened(&mut wires, &agreement);
    assert!(wires.replica(1, "bakery").unwrap().dealings().matter(&id).is_some(), "the opening was cited by itself");
    assert!(
        wires.replica(2, "cellar").unwrap().dealings().matter(&id).is_none(),
        "who is not affected is not asked yet"
    );
    wires.carry(1, "bakery", answer(id, true));
    wires.wait(Span::from_secs(60));
    for at in 0..3 {
        let seen = seen(&wires, at, id);
        assert_eq!((seen.standing, seen.enacted.len()), (Standing::Adopted { level: 1 }, 2), "on node {at}");
    }
    for (at, called) in [(0, "attic"), (1, "bakery")] {
        assert_eq!(wires.replica(at, called).unwrap().agreements().count(), 1, "{called}");
        wires.agree(called);
    }
}

/// A digest that is due stands before whatever comes next, also before what the node writes by itself.
#[test]
fn digests_that_are_due_do_not_keep_a_group_from_citing_and_enacting() {
    for every in 2..6 {
        let (mut wires, agreement) = Wires::street();
        for (at, called) in [(0, "attic"), (1, "bakery")] {
            wires.carry(at, called, DecisionEffect::SetTimes(Times { digest_every: every, ..Times::default() }));
        }
        let id = opened(&mut wires, &agreement);
        wires.carry(1, "bakery", answer(id, true));
        wires.wait(Span::from_secs(60));
        for at in 0..3 {
            assert_eq!(seen(&wires, at, id).enacted.len(), 2, "on node {at}, with a digest every {every} entries");
            assert!(wires.machine(at).wake_at() > wires.now, "node {at} has written what is due");
        }
    }
}

#[test]
fn what_stays_silent_is_not_adopted_and_everybody_knows() {
    let (mut wires, agreement) = Wires::street();
    let id = opened(&mut wires, &agreement);
    wires.wait(hours(11));
    for at in 0..3 {
        assert_eq!(seen(&wires, at, id).standing, Standing::NotAdopted, "on node {at}");
    }
    let known = wires.replica(0, "attic").unwrap().dealings().matter(&id).unwrap();
    assert_eq!(known.stands(&agreement, wires.now), Standing::NotAdopted, "whoever consented holds the proof");
    assert!(wires.replica(2, "cellar").unwrap().dealings().matter(&id).is_some(), "all were asked at the last level");
}

#[test]
fn who_opened_too_late_learns_that_it_failed() {
    let (mut wires, agreement) = Wires::street();
    wires.lose(2);
    let id = opened(&mut wires, &agreement);
    wires.wait(hours(2));
    wires.find(2);
    wires.wait(Span::from_secs(60));
    let late = seen(&wires, 0, id);
    assert!(late.sealed.is_some() && !late.counts(), "both witnesses have to note it, and one came back too late");
    assert!(wires.replica(1, "bakery").unwrap().dealings().matter(&id).is_none(), "it comes to nobody");
    wires.wait(hours(11));
    let known = wires.replica(0, "attic").unwrap().dealings().matter(&id).unwrap();
    assert_eq!(known.stands(&agreement, wires.now), Standing::NotAdopted, "nothing is left that it consented to");
}

#[test]
fn two_thirds_adopt_at_the_last_level_what_binds_who_consented() {
    let (mut wires, agreement) = Wires::street();
    let id = opened(&mut wires, &agreement);
    wires.wait(hours(4));
    wires.carry(2, "cellar", answer(id, true));
    wires.wait(hours(1));
    assert_eq!(seen(&wires, 1, id).standing, Standing::Open { level: 2 });
    wires.wait(hours(3));
    for at in 0..3 {
        let seen = seen(&wires, at, id);
        assert_eq!(seen.standing, Standing::Adopted { level: 3 }, "on node {at}");
        assert_eq!(
            seen.enacted.keys().copied().collect::<Vec<_>>(),
            [wires.id(0, "attic")],
            "bakery had ceded nothing"
        );
        assert_eq!(seen.breaches(), []);
    }
}
