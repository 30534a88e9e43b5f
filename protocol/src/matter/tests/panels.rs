//! Amendments that change the panel: each log goes on with the new one once the panel before has sealed that.

use std::collections::BTreeSet;

use super::bench::{Bench, WITNESSES};
use crate::{
    effect::Effect,
    entry::{EntryAct, Raw},
    evidence::Evidence,
    federation::{FederationAgreement, Home, Seat},
    fixture::{assert_refused, key, name, public},
    id::{Hash, MatterId},
    note::{Note, NoteContent},
    replay::Replica,
    statement::Act,
};

const NAMES: [&str; 3] = ["attic", "brook", "cellar"];

/// The text in which a friend takes another one's seat.
fn replaced(of: &FederationAgreement, old: &str, new: &str) -> FederationAgreement {
    let mut next = FederationAgreement { amends: Some(of.successor()), ..of.clone() };
    next.panel.take(&name(old)).unwrap();
    next.panel.put(Seat { name: name(new), node: public(new), addresses: Vec::new() });
    next
}

/// All three consent to a text in which `four` sits in the place of `three`; attic has enacted it.
fn enacted() -> (Bench, MatterId, FederationAgreement) {
    let mut bench = Bench::of(&NAMES);
    let text = replaced(&bench.agreement, "three", "four");
    let matter = bench.amendment(&text);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar"]);
    for called in ["brook", "cellar"] {
        bench.consents(called, id);
    }
    bench.tells_all_consents("attic", id);
    bench.enacts("attic", id, 1).unwrap();
    (bench, id, text)
}

/// What shows the change in a log to be sealed, by these.
fn seal(replica: &Replica, version: &FederationAgreement, by: &[&str]) -> Evidence {
    let head = replica.head();
    let (number, entry, time) = (head.number, head.id, head.time);
    let voice = replica.voice_at(number);
    let content = NoteContent { log: replica.log(), number, previous: None, entry, time, voice };
    let mut notes: Vec<Note> = by.iter().map(|witness| Note::witness(content.clone(), &key(witness))).collect();
    notes.sort_by_key(Note::signer);
    let notes = notes.iter().map(|note| Raw(note.bytes().to_vec())).collect();
    Evidence { log: replica.log(), version: version.hash(), voices: Vec::new(), notes, silent: None, asleep: false }
}

fn home(bench: &Bench, called: &str, in_force: &FederationAgreement) -> Home {
    let replica = &bench.groups[called].replica;
    let was = BTreeSet::from([bench.agreement.hash(), in_force.hash()]);
    let until = replica.moving(replica.head().time).map(|moving| moving.entry);
    Home::of(replica.ties(), in_force, &was, until)
}

#[test]
fn a_log_shows_the_seal_of_the_panel_before_it_goes_on_with_the_new_one() {
    let (mut bench, _, text) = enacted();
    let before = bench.agreement.clone();
    let replica = bench.groups["attic"].replica.clone();
    let moving = *replica.moving(bench.now).expect("the new panel takes over");
    let host = replica.charter().host.node;
    assert_eq!((moving.entry, moving.host, moving.version), (replica.head().number, host, before.hash()));
    assert_eq!(home(&bench, "attic", &before).panel, before.panel, "until then the panel before counts");
    let group = bench.groups.get_mut("attic").unwrap();
    assert_refused!(group.act("ana", Act::Seen {}), Conflict::Moving(_));
    assert_refused!(group.write(EntryAct::Digest { digest: replica.digest() }), Conflict::Moving(_));
    for (what, version, by) in [
        ("too few", &before, &["one"][..]),
        ("one of the new panel", &before, &["one", "four"]),
        ("by the new version", &text, &["one", "two"]),
    ] {
        let evidence = seal(&replica, version, by);
        assert!(bench.cites("attic", evidence).is_err(), "{what}");
    }
    bench.cites("attic", seal(&replica, &before, &["two", "three"])).unwrap();
    assert_eq!(bench.groups["attic"].replica.moves(), [(moving.entry, before.hash())]);
    assert_eq!(home(&bench, "attic", &before).panel, text.panel, "also before enough others have taken it up");
    bench.groups.get_mut("attic").unwrap().act("ana", Act::Seen {}).unwrap();
    bench.groups["attic"].replayed();
}

#[test]
fn the_seals_of_those_who_take_it_up_bring_a_new_panel_into_force() {
    let (mut bench, id, text) = enacted();
    assert_eq!(bench.in_force().agreement, bench.agreement);
    bench.tells_all_consents("brook", id);
    bench.enacts("brook", id, 1).unwrap();
    assert_eq!(bench.in_force().agreement, text);
    assert_eq!(home(&bench, "cellar", &text).panel, bench.agreement.panel, "who has not gone on keeps its witnesses");
    assert_eq!(home(&bench, "cellar", &text).version, 1);
}

#[test]
fn no_group_chooses_its_panel_for_itself() {
    let mut bench = Bench::of(&NAMES);
    let text = replaced(&bench.agreement, "three", "four");
    let group = bench.groups.get_mut("attic").unwrap();
    assert_refused!(group.propose("ana", &[Effect::Federate(text)]), Conflict::Effect { .. });
}

/// Attic takes a text up by itself that nobody else wants, and in that federation of its own a panel of its own.
#[test]
fn a_panel_adopted_by_groups_that_no_version_in_force_names_does_not_count() {
    let mut bench = Bench::of(&NAMES);
    let mut alone = FederationAgreement { amends: Some(bench.agreement.successor()), ..bench.agreement.clone() };
    for called in ["brook", "cellar"] {
        alone.groups.take(&name(called)).unwrap();
    }
    bench.decides("attic", Effect::Federate(alone.clone()));
    let real = bench.agreement.clone();
    bench.agreement = alone.clone();
    let own = replaced(&alone, "three", "mine");
    let mut matter = bench.amendment(&own);
    matter.version = alone.hash();
    let id = bench.opens("attic", &matter);
    WITNESSES.iter().for_each(|witness| bench.note(witness, "attic"));
    let shows = bench.shows("attic", |says| matches!(says, crate::voice::Says::Open(_))).unwrap();
    bench.cites("attic", shows).unwrap();
    bench.enacts("attic", id, 1).unwrap();
    let replica = bench.groups["attic"].replica.clone();
    bench.cites("attic", seal(&replica, &alone, &["one", "two"])).unwrap();
    let ties = bench.groups["attic"].replica.ties();
    assert_eq!(ties.latest(&real.id()).unwrap().agreement.hash(), own.hash(), "its own log is at its own version");
    let known = Home::of(ties, &real, &BTreeSet::from([real.hash()]), None);
    assert_eq!(known.panel, real.panel, "for everybody else it changes nothing");
    assert!(known.counts(&alone.hash()) && !known.counts(&own.hash()) && known.may_change());
    let were: BTreeSet<Hash> = [&real, &alone].map(FederationAgreement::hash).into();
    assert_eq!(Home::of(ties, &real, &were, None).panel, own.panel, "had its version been in force, it would count");
}
