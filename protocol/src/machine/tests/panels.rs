//! A node of the panel is lost for good, and the federation puts another one in its place.

use super::{
    amending::{NAMES, gives, opened},
    wires::{Wires, log_key, node_key},
};
use crate::{
    effect::Effect as DecisionEffect,
    entry::{Entry, EntryAct},
    federation::{FederationAgreement, Seat},
    fixture::{hours, name},
    id::{LogId, MatterId},
    machine::{Input, InputError, Machine, Settings},
    matter::Matter,
    note::{Note, NoteContent},
    replay::Replica,
    statement::Act,
    sync::{Arrival, VerifiedGossip},
    table::Table,
    time::Span,
};

/// The friend's node that is lost, and the one in its place.
const LOST: usize = 3;
const NEW: usize = 4;

fn text(text: &str) -> DecisionEffect {
    DecisionEffect::Text { domain: name("charter"), text: text.into(), replaces: None }
}

fn seat(at: usize) -> Seat {
    Seat { name: name(&format!("seat-{at}")), node: node_key(at).public(), addresses: Vec::new() }
}

/// Three groups on three nodes, with a friend: three witnesses for each log, of whom two seal.
fn federation() -> (Wires, FederationAgreement) {
    let mut wires = Wires::of(5);
    for (at, called) in NAMES.into_iter().enumerate() {
        wires.found(at, called);
    }
    let mut agreement = wires.agreement(&NAMES);
    agreement.panel = Table::new((0..=LOST).map(seat).collect()).unwrap();
    let told = Box::new(agreement.clone());
    wires.say(LOST, |token| Input::Follow { agreement: told, comes: false, token }).unwrap();
    for (at, called) in NAMES.into_iter().enumerate() {
        wires.carry(at, called, DecisionEffect::Federate(agreement.clone()));
    }
    wires.wait(Span::from_secs(60));
    (wires, agreement)
}

/// The text in which the new node has the seat of the lost one.
fn replaced(before: &FederationAgreement) -> FederationAgreement {
    let mut next = FederationAgreement { amends: Some(before.successor()), ..before.clone() };
    next.panel.take(&name("seat-3")).unwrap();
    next.panel.put(seat(NEW));
    next
}

fn consents(wires: &mut Wires, at: usize, matter: MatterId) {
    let effect = DecisionEffect::Stance { domains: vec![name("charter")], matter, consents: true };
    wires.carry(at, NAMES[at], effect);
    wires.wait(Span::from_secs(60));
}

/// All three have gone on with the new node, which was told of the founding text and has caught up.
fn gone_on() -> (Wires, FederationAgreement, FederationAgreement) {
    let (mut wires, before) = federation();
    wires.lose(LOST);
    let after = replaced(&before);
    let told = Box::new(before.clone());
    wires.say(NEW, |token| Input::Follow { agreement: told, comes: true, token }).unwrap();
    let id = opened(&mut wires, &before, gives(after.clone()));
    assert!(!wires.lets_in(0, NEW), "nobody has taken it up");
    consents(&mut wires, 1, id);
    consents(&mut wires, 2, id);
    wires.wait(Span::from_secs(600));
    (wires, before, after)
}

#[test]
fn a_lost_node_of_the_panel_is_replaced_and_the_federation_goes_on() {
    let (mut wires, before, after) = gone_on();
    for at in [0, 1, 2, NEW] {
        assert_eq!(wires.standing(at, &before.id()).agreement, after, "on node {at}");
        assert!(wires.lets_in(at, LOST), "it may still tell node {at} who was silent on the matter");
    }
    wires.wait(hours(12));
    for at in [0, 1, 2, NEW] {
        assert!(!wires.lets_in(at, LOST), "node {at} has nothing to do with the lost one any more");
    }
    assert!(wires.saw_in_force(0, 2));
    for (at, called) in NAMES.into_iter().enumerate() {
        wires.carry(at, called, text("With another friend"));
    }
    wires.wait(Span::from_secs(60));
    for called in NAMES {
        wires.agree(called);
        let log = wires.replica(0, called).unwrap().log();
        let head = wires.replica(0, called).unwrap().head().number;
        for at in [0, 1, 2, NEW] {
            assert_eq!(wires.machine(at).seal(&log).unwrap().up_to, Some(head), "{called} on node {at}");
        }
        let notes = wires.machine(0).notes(&log).unwrap();
        assert_eq!(notes.covers(&node_key(NEW).public()), Some(head), "the new one witnesses {called}");
        assert_eq!(wires.machine(0).home_version(&log), Some(2));
    }
    // With the new one, one of the others may be away again.
    wires.lose(2);
    wires.carry(0, "attic", text("And one more"));
    wires.wait(Span::from_secs(60));
    let (log, head) = (wires.id(0, "attic"), wires.replica(0, "attic").unwrap().head().number);
    assert_eq!(wires.machine(0).seal(&log).unwrap().up_to, Some(head));
}

/// Attic and bakery have gone on, and cellar has not: the friend is there, and so is the node in its place.
fn cellar_stayed_behind() -> (Wires, FederationAgreement, FederationAgreement) {
    let (mut wires, before) = federation();
    let after = replaced(&before);
    let told = Box::new(before.clone());
    wires.say(NEW, |token| Input::Follow { agreement: told, comes: true, token }).unwrap();
    let id = opened(&mut wires, &before, gives(after.clone()));
    consents(&mut wires, 1, id);
    wires.wait(hours(8));
    (wires, before, after)
}

#[test]
fn a_log_that_has_not_gone_on_keeps_its_panel_and_follows_later() {
    let (mut wires, before, after) = cellar_stayed_behind();
    let cellar = wires.id(2, "cellar");
    for at in 0..3 {
        assert_eq!(wires.standing(at, &before.id()).agreement, after, "on node {at}");
        assert_eq!(wires.machine(at).home_version(&cellar), Some(1), "on node {at}");
        assert!(wires.lets_in(at, LOST), "node {at} needs its notes of cellar");
    }
    wires.carry(2, "cellar", text("We go on as we are"));
    wires.wait(Span::from_secs(60));
    let sealed = |wires: &Wires, at: usize| wires.machine(at).seal(&cellar).unwrap().up_to;
    let head = |wires: &Wires| Some(wires.replica(2, "cellar").unwrap().head().number);
    for at in [0, 1, 2, NEW] {
        assert_eq!(sealed(&wires, at), head(&wires), "by the panel before, on node {at}");
    }
    wires.carry(2, "cellar", DecisionEffect::Federate(after.clone()));
    wires.wait(hours(4));
    for at in [0, 1, 2, NEW] {
        assert_eq!(wires.machine(at).home_version(&cellar), Some(2), "on node {at}");
        assert_eq!(sealed(&wires, at), head(&wires), "on node {at}");
        assert!(!wires.lets_in(at, LOST), "whose seat is taken need not be there any more, on node {at}");
    }
    wires.agree("cellar");
}

/// The entries of a log up to the one that changed its panel, and those after.
fn around_the_change(wires: &Wires, log: LogId) -> (Vec<Entry>, Vec<Entry>) {
    let mut entries = wires.entries(1, log);
    let mut replica = Replica::found(&entries[0]).unwrap();
    let changed = entries.iter().skip(1).position(|entry| {
        replica.apply(replica.check(entry).unwrap());
        replica.dealings().moving.is_some()
    });
    let after = entries.split_off(changed.unwrap() + 2);
    (entries, after)
}

fn replay(entries: &[Entry]) -> Replica {
    let mut replica = Replica::found(&entries[0]).unwrap();
    entries[1..].iter().for_each(|entry| replica.apply(replica.check(entry).unwrap()));
    replica
}

/// Attic lies: to the new node it shows the change, to a witness from before it shows an entry in its place.
#[test]
fn of_two_branches_around_a_change_of_the_panel_one_is_sealed() {
    let (wires, founding, after) = gone_on();
    let log = wires.id(0, "attic");
    let (before, rest) = around_the_change(&wires, log);
    assert!(matches!(rest[0].content().act, EntryAct::Cite { .. }), "the seal is cited first");
    let (changed, kept) = (replay(&before), replay(&before[..before.len() - 1]));
    let attic = log_key("attic");
    let other = kept.next(EntryAct::Digest { digest: kept.digest() }, wires.now);
    let other = Entry::sign(other, &attic);
    kept.check(&other).unwrap();
    let replica_of = |entries: &[Entry], in_force: &FederationAgreement| {
        let mut machine = Machine::new(node_key(9), Settings::default());
        machine.restore_agreement(in_force.clone());
        entries.iter().for_each(|entry| machine.restore_entry(entry).unwrap());
        machine.start(wires.now);
        machine
    };
    let noted = |machine: &mut Machine, by: &[usize]| {
        let head = machine.log(&log).unwrap().head();
        for by in by {
            let (number, entry) = (head.number, head.id);
            let voice = machine.log(&log).unwrap().voice_at(number);
            let content = NoteContent { log, number, previous: None, entry, time: wires.now, voice };
            machine.restore_note(Note::witness(content, &node_key(*by)));
        }
        machine.seal(&log).unwrap().up_to == Some(head.number)
    };
    // Two of nodes 1, 2 and 3 seal the other branch, and one of them is left.
    let mut branch = before[..before.len() - 1].to_vec();
    branch.push(other);
    assert!(noted(&mut replica_of(&branch, &founding), &[1, LOST]));
    for in_force in [&founding, &after] {
        let mut shown = replica_of(&before, in_force);
        assert!(!noted(&mut shown, &[2, NEW]), "the new one seals nothing that the panel before has not sealed");
        assert!(noted(&mut shown, &[1]), "but it does with what that would take");
    }
    let go_on = Entry::sign(changed.next(EntryAct::Digest { digest: changed.digest() }, wires.now), &attic);
    assert!(changed.check(&go_on).is_err(), "and nothing follows without that seal");
}

#[test]
fn who_comes_late_finds_the_version_by_what_the_logs_show() {
    let (wires, before, after) = gone_on();
    let mut late = Machine::new(node_key(9), Settings::default());
    late.restore_agreement(before.clone());
    for called in NAMES {
        let log = wires.replica(0, called).unwrap().log();
        wires.entries(0, log).iter().for_each(|entry| late.restore_entry(entry).unwrap());
    }
    late.start(wires.now);
    // No note is there: that the panel before sealed the change stands in the logs, for all but who took it up last.
    assert_eq!(late.standing(&before.id()).unwrap().agreement, after);
    for called in NAMES {
        assert_eq!(late.home_version(&wires.replica(0, called).unwrap().log()), Some(2), "{called}");
    }
}

#[test]
fn a_text_with_a_panel_that_no_version_has_is_refused() {
    let (mut wires, before, after) = gone_on();
    let follow = |wires: &mut Wires, text: &FederationAgreement| {
        let agreement = Box::new(text.clone());
        wires.say(0, |token| Input::Follow { agreement, comes: true, token })
    };
    follow(&mut wires, &after).unwrap();
    let mut other = after.clone();
    other.panel.take(&name("seat-0")).unwrap();
    assert!(matches!(follow(&mut wires, &other), Err(InputError::OtherPanel(2))));
    assert!(matches!(follow(&mut wires, &before), Err(InputError::OtherPanel(2))), "it was replaced");
    wires.act(0, "attic", "ana", Act::Seen {}, Vec::new()).unwrap();
}

/// Whoever was replaced may still have to tell who was silent on a matter, whenever the others start again.
#[test]
fn seats_that_are_kept_for_a_matter_are_kept_over_a_start() {
    let (wires, before, after) = gone_on();
    let mut again = Machine::new(node_key(0), Settings::default());
    again.restore_agreement(after);
    for called in NAMES {
        let log = wires.replica(0, called).unwrap().log();
        wires.entries(0, log).iter().for_each(|entry| again.restore_entry(entry).unwrap());
        wires.machine(0).notes(&log).unwrap().iter().cloned().for_each(|note| again.restore_note(note));
    }
    again.start(wires.now);
    again.handle(Input::Tick, wires.now);
    let [lost, stranger] = [LOST, 9].map(|at| node_key(at).public());
    assert!(again.lets_in(&before.id(), &lost));
    assert!(!again.lets_in(&before.id(), &stranger));
}

/// A log on a seat claims with a text of its own that it belongs, and opens a matter under that text, by whose panel
/// strangers witness everything.
#[test]
fn a_matter_under_a_version_that_nobody_took_up_gives_nobody_a_seat() {
    let (mut wires, agreement) = federation();
    for called in ["guest", "other"] {
        wires.found(LOST, called);
    }
    let mut claim = FederationAgreement { amends: Some(agreement.successor()), ..agreement.clone() };
    claim.panel = Table::new((7..10).map(seat).collect()).unwrap();
    for called in ["guest", "other"] {
        claim.groups.put(wires.entry_of(LOST, called));
    }
    for called in ["guest", "other"] {
        wires.carry(LOST, called, DecisionEffect::Federate(claim.clone()));
    }
    let parts = ["guest", "other"].map(|called| wires.part(LOST, called)).to_vec();
    let by = [1, 2, 3].map(|at| wires.now + hours(1000 * at));
    let matter = wires.matter(&claim, "For ever", parts);
    wires.open(LOST, "guest", Matter { by, ..matter });
    let guest = wires.id(LOST, "guest");
    for entry in wires.entries(LOST, guest) {
        let gossip = Box::new(VerifiedGossip::Entry(Arrival { entry, bodies: Vec::new() }));
        let (from, now) = (node_key(LOST).public(), wires.now);
        wires.machine_mut(0).handle(Input::Gossip { from, gossip, token: 0 }, now);
    }
    // Something about federations moves.
    wires.carry(0, "attic", text("As before"));
    wires.wait(Span::from_secs(600));
    assert!(wires.replica(0, "guest").is_some(), "its log is a guest's");
    assert!(wires.machine(0).matters().any(|followed| followed.matter.title == "For ever"), "the matter is known");
    for stranger in 7..10 {
        let stranger = node_key(stranger).public();
        assert!(!wires.machine(0).lets_in(&agreement.id(), &stranger), "{stranger} has no seat");
    }
}

#[test]
fn a_panel_by_which_a_log_is_still_counted_is_known_whatever_its_seats_are_called() {
    let (mut wires, before, after) = cellar_stayed_behind();
    let seats = before.panel.iter().rev().enumerate();
    let renamed = seats.map(|(at, seat)| Seat { name: name(&format!("friend-{at}")), ..seat.clone() }).collect();
    let mut text = FederationAgreement { panel: Table::new(renamed).unwrap(), ..after };
    let mut follow = |text: &FederationAgreement| {
        let agreement = Box::new(text.clone());
        wires.say(0, |token| Input::Follow { agreement, comes: true, token })
    };
    assert!(follow(&text).is_ok());
    text.panel.take(&name("friend-0")).unwrap();
    assert!(matches!(follow(&text), Err(InputError::OtherPanel(2))));
}
