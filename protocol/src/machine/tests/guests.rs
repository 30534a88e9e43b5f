//! Guests come with a ticket, see the agreement, and ask once to join.

use super::wires::{Wires, log_key, node_key};
use crate::{
    charter::Host,
    effect::Effect as DecisionEffect,
    entry::Raw,
    federation::{
        Amends, FederatedGroup, FederationAgreement, GuestAnswer, GuestRequest, Invitation, Seat, secret_hash,
    },
    fixture::{key, name},
    id::{FederationId, Hash},
    key::PublicKey,
    machine::{Effect, Input, InputError, Record, Reply},
    sync::{Answer, Arrival, Request, VerifiedGossip},
    table::Table,
    time::Span,
};

const HOUR: u64 = 3600;

fn secret() -> Hash {
    Hash::of(b"a secret")
}

fn invite(wires: &mut Wires, federation: FederationId, peer: Option<PublicKey>) -> Result<Reply, InputError> {
    let (secret, expires) = (secret_hash(&secret()), wires.now + Span::from_secs(HOUR));
    let invitation = Invitation { secret, federation, expires, peer, join: None };
    wires.say(0, |token| Input::Invite { invitation, token })
}

/// What the first node answers a guest.
fn ask(wires: &mut Wires, guest: usize, request: GuestRequest) -> GuestAnswer {
    let now = wires.now;
    let from = node_key(guest).public();
    let effects = wires.machine_mut(0).handle(Input::Guest { from, request: Box::new(request), token: 7 }, now);
    let answer = effects.into_iter().find_map(|effect| match effect {
        Effect::AnswerGuest(7, answer) => Some(answer),
        _ => None,
    });
    answer.expect("a guest is answered")
}

fn look(wires: &mut Wires, guest: usize) -> GuestAnswer {
    ask(wires, guest, GuestRequest::Look { secret: secret() })
}

fn join(wires: &mut Wires, guest: usize, called: &str) -> GuestAnswer {
    let entry = wires.entries(3, wires.id(3, "dairy"))[0].bytes().to_vec();
    ask(wires, guest, GuestRequest::Join { secret: secret(), name: name(called), entry: Raw(entry) })
}

#[track_caller]
fn refused(answer: GuestAnswer, why: &str) {
    let GuestAnswer::Refused { reason } = answer else { panic!("not refused: {answer:?}") };
    assert!(reason.contains(why), "{reason}");
}

#[test]
fn a_ticket_lets_somebody_look_and_ask_to_join() {
    let (mut wires, agreement) = Wires::street();
    invite(&mut wires, agreement.id(), None).unwrap();
    assert_eq!(look(&mut wires, 3), GuestAnswer::Agreement(agreement.clone()));
    assert_eq!(join(&mut wires, 3, "dairy"), GuestAnswer::Agreement(agreement.clone()));
    let asked: Vec<_> = wires.machine(0).joins(&agreement.id()).cloned().collect();
    assert_eq!((asked.len(), asked[0].log, asked[0].people), (1, wires.id(3, "dairy"), 2));

    // The version that takes it in follows from that; once another group consented, all decide about its text.
    let second = wires.machine(0).admission(&agreement.id(), &name("dairy")).unwrap();
    assert_eq!(second.groups.len(), 4);
    assert!(wires.machine(1).admission(&agreement.id(), &name("dairy")).is_err(), "it did not ask there");
    wires.carry(0, "attic", DecisionEffect::Federate(second.clone()));
    assert_eq!(wires.machine(1).admission(&agreement.id(), &name("dairy")), Ok(second));
    assert!(wires.machine(0).admission(&agreement.id(), &name("attic")).is_err(), "it is in already");
}

/// A node that belongs founds one group after the other and gives each to another node at once.
#[test]
fn the_quota_of_logs_that_no_federation_names_counts_where_they_were_founded() {
    let (mut wires, agreement) = Wires::street();
    for at in 0..6 {
        let called = format!("guest-{at}");
        wires.found(2, &called);
        // It claims to belong, with a text that nobody else has.
        let mut claim = FederationAgreement { amends: Some(agreement.successor()), ..agreement.clone() };
        claim.groups.put(FederatedGroup { name: name("guest"), ..wires.entry_of(2, &called) });
        wires.carry(2, &called, DecisionEffect::Federate(claim));
        let host = Host { log_key: log_key("nobody").public(), node: key("nobody").public() };
        wires.carry(2, &called, DecisionEffect::SetHost(host));
        let log = wires.id(2, &called);
        for entry in wires.entries(2, log) {
            let gossip = Box::new(VerifiedGossip::Entry(Arrival { entry, bodies: Vec::new() }));
            let (from, now) = (node_key(2).public(), wires.now);
            wires.machine_mut(0).handle(Input::Gossip { from, gossip, token: 0 }, now);
        }
    }
    wires.wait(Span::from_secs(600));
    let held = |at| (0..6).filter(|guest| wires.replica(at, &format!("guest-{guest}")).is_some()).count();
    assert_eq!((held(0), held(1)), (4, 0), "what nobody names is not passed on");
    let noted = wires.machine(0).logs().map(|log| wires.machine(0).notes(&log.log()).unwrap());
    assert_eq!(noted.filter(|notes| notes.iter().count() > 0).count(), 3, "nor noted");
    let log = wires.id(0, "guest-0");
    let now = wires.now;
    let heads = Input::Request { from: node_key(1).public(), request: Request::Heads {}, token: 0 };
    let served = wires.machine_mut(0).handle(heads, now).into_iter().find_map(|effect| match effect {
        Effect::Serve(_, Answer::Heads(heads)) => Some(heads),
        _ => None,
    });
    assert!(served.unwrap().iter().all(|have| have.log != log), "nor listed");
}

/// Whoever makes a ticket can answer with any text that claims to be of the federation.
#[test]
fn what_a_ticket_brings_replaces_no_federation_that_is_known() {
    let (mut wires, agreement) = Wires::street();
    let stranger = |called: &str| Seat { name: name(called), node: node_key(3).public(), addresses: Vec::new() };
    let amends = Amends { number: 99, ..agreement.successor() };
    let mut groups = agreement.clone();
    groups.amends = Some(amends);
    groups.groups.put(FederatedGroup { node: node_key(3).public(), ..wires.entry_of(1, "bakery") });
    let panel = FederationAgreement { panel: Table::new(vec![stranger("mine")]).unwrap(), ..groups.clone() };
    for (text, refused) in [(groups, false), (panel, true)] {
        let reply = wires.say(0, |token| Input::Follow { agreement: Box::new(text), comes: true, token });
        assert_eq!(reply.is_err(), refused, "{reply:?}");
        assert_eq!(wires.standing(0, &agreement.id()).agreement, agreement);
        assert!(!wires.lets_in(0, 3));
        assert_eq!(wires.stored_agreement(0, &agreement.id()), agreement);
    }
}

#[test]
fn a_ticket_is_good_for_one_join_of_one_node() {
    let (mut wires, agreement) = Wires::street();
    invite(&mut wires, agreement.id(), None).unwrap();
    look(&mut wires, 3);
    refused(look(&mut wires, 2), "for another node");
    assert_eq!(join(&mut wires, 3, "dairy"), GuestAnswer::Agreement(agreement.clone()));
    assert_eq!(
        join(&mut wires, 3, "dairy"),
        GuestAnswer::Agreement(agreement.clone()),
        "who did not hear the answer asks again"
    );
    refused(join(&mut wires, 3, "milk"), "was used");
    refused(join(&mut wires, 2, "dairy"), "was used by another node");
    assert_eq!(wires.machine(0).joins(&agreement.id()).count(), 1);
}

#[test]
fn a_ticket_for_one_node_is_good_for_that_one() {
    let (mut wires, agreement) = Wires::street();
    invite(&mut wires, agreement.id(), Some(node_key(3).public())).unwrap();
    refused(look(&mut wires, 2), "for another node");
    assert_eq!(look(&mut wires, 3), GuestAnswer::Agreement(agreement));
}

#[test]
fn without_a_ticket_or_after_its_end_nobody_sees_anything() {
    let (mut wires, agreement) = Wires::street();
    refused(look(&mut wires, 3), "none that its node made");
    invite(&mut wires, agreement.id(), None).unwrap();
    let other = GuestRequest::Look { secret: Hash::of(b"guessed") };
    refused(ask(&mut wires, 3, other), "none that its node made");
    wires.wait(Span::from_secs(HOUR));
    refused(look(&mut wires, 3), "was good until");
    refused(join(&mut wires, 3, "dairy"), "was good until");
}

#[test]
fn a_join_is_of_a_group_under_a_free_name() {
    let (mut wires, agreement) = Wires::street();
    invite(&mut wires, agreement.id(), None).unwrap();
    refused(join(&mut wires, 3, "attic"), "is in 'street' already");
    let second = wires.entries(0, wires.id(0, "attic"))[1].bytes().to_vec();
    let bad = |entry: Vec<u8>| GuestRequest::Join { secret: secret(), name: name("x"), entry: Raw(entry) };
    refused(ask(&mut wires, 3, bad(second)), "founds no group");
    refused(ask(&mut wires, 3, bad(vec![1, 2, 3])), "first entry");
    assert_eq!(join(&mut wires, 3, "dairy"), GuestAnswer::Agreement(agreement.clone()), "a refusal does not use it up");
}

#[test]
fn tickets_are_for_federations_that_the_node_belongs_to_and_come_back_after_a_start() {
    let (mut wires, agreement) = Wires::street();
    let elsewhere = invite(&mut wires, Hash::of(b"elsewhere").into(), None);
    assert!(matches!(elsewhere, Err(InputError::Ticket(_))), "{elsewhere:?}");
    let now = wires.now;
    let (secret, federation, expires) = (secret_hash(&secret()), agreement.id(), now + Span::from_secs(HOUR));
    let invitation = Invitation { secret, federation, expires, peer: None, join: None };
    let effects = wires.machine_mut(0).handle(Input::Invite { invitation, token: 1 }, now);
    let stored = effects.iter().find_map(|effect| match effect {
        Effect::Persist(records) => records.iter().find_map(|record| match record {
            Record::Invitation(_, bytes) => Some(bytes.clone()),
            _ => None,
        }),
        _ => None,
    });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Welcome(until) if *until == expires)));
    let mut again = crate::machine::Machine::new(node_key(0), crate::machine::Settings::default());
    again.restore_agreement(agreement);
    again.restore_invitation(crate::cbor::decode(&stored.unwrap(), 1000).unwrap());
    assert!(again.start(now).iter().any(|effect| matches!(effect, Effect::Welcome(until) if *until == expires)));
}
