//! Proofs of a group whose federation has changed its panel.

use super::{Anchors, Bundle, House, Kind, Verdict, assert_check, assert_passes, seat, verify};
use crate::{
    effect::Effect,
    entry::{Entry, EntryAct, Raw},
    evidence::Evidence,
    federation::FederationAgreement,
    fixture::{days, key, name, text},
    id::{EntryId, ProposalId},
    matter::{Amendment, Matter, Part},
    note::{Note, NoteContent},
    time::Span,
    voice::{Says, Voice},
};

/// A decision before the change, the opening of the matter that brings it, and a decision after.
struct Changed {
    house: House,
    before: ProposalId,
    after: ProposalId,
    next: FederationAgreement,
}

fn part(house: &House) -> Part {
    Part {
        group: house.group.replica.log(),
        head: house.group.replica.head().number,
        domains: vec![name("charter")],
        window: house.group.domain("charter").rule.longest(),
        ceded: false,
        effects: Vec::new(),
        linked: false,
        after: Vec::new(),
        due: None,
    }
}

/// Notes of the head by two of the panel before, sorted.
fn notes(house: &House, voice: Option<EntryId>) -> Vec<Raw> {
    let (log, head) = (house.group.replica.log(), house.group.replica.head());
    let content = NoteContent { log, number: head.number, previous: None, entry: head.id, time: head.time, voice };
    let mut notes = ["one", "two"].map(|witness| Note::witness(content.clone(), &key(witness)));
    notes.sort_by_key(Note::signer);
    notes.iter().map(|note| Raw(note.bytes().to_vec())).collect()
}

fn cites(house: &mut House, evidence: Evidence) {
    let content = house.group.replica.citing(vec![evidence], house.group.now).unwrap();
    let entry = Entry::sign(content, &house.group.host);
    house.group.take(&entry).unwrap();
}

/// The only group of a federation opens a matter in which three others take the seats of its friends, and goes on.
fn changed() -> Changed {
    let mut house = House::new();
    let before = house.group.carry("ana", &[text("policy")]);
    house.seal();
    let old = house.agreement.clone();
    let mut next = FederationAgreement { amends: Some(old.successor()), ..old.clone() };
    for (gone, new) in [("one", "four"), ("two", "five"), ("three", "six")] {
        next.panel.take(&name(gone)).unwrap();
        next.panel.put(seat(new));
    }
    let level = |at: u64| house.group.now + days(20 * at);
    let matter = Matter {
        federation: old.id(),
        version: old.hash(),
        title: "Other friends".into(),
        text: "They move away.".into(),
        parts: vec![part(&house)],
        by: [level(1), level(2), level(3)],
        replaces: None,
        overrides: Vec::new(),
        amends: Some(Box::new(Amendment { agreement: next.clone(), dormant: Vec::new(), taken: None })),
        about: None,
        mediator: None,
        settles: None,
    };
    house.group.carry("ana", &[Effect::OpenMatter { domains: vec![name("charter")], matter: Box::new(matter) }]);
    house.group.tick(Span::ZERO);
    let opening = house.group.replica.dealings().spoke.expect("it has opened it");
    house.seal();
    let (log, version) = (house.group.replica.log(), old.hash());
    let evidence = |voices, notes| Evidence { log, version, voices, notes, silent: None, asleep: false };
    let shows = evidence(vec![Raw(house.group.log.last().unwrap().clone())], notes(&house, Some(opening)));
    cites(&mut house, shows);
    let says = Says::Enact { matter: opening.into(), level: 1 };
    let host = house.group.replica.charter().host.node;
    house.group.write(EntryAct::Speak(Voice { previous: Some(opening), host, decision: None, says })).unwrap();
    let sealed = evidence(Vec::new(), notes(&house, house.group.replica.dealings().spoke));
    house.seal();
    cites(&mut house, sealed);
    let after = house.group.carry("ana", &[text("policy")]);
    Changed { house, before, after, next }
}

#[test]
fn what_the_panel_before_sealed_is_proven_as_ever() {
    let mut changed = changed();
    ["four", "five"].into_iter().for_each(|witness| changed.house.note(witness));
    assert_passes(&changed.house.verify(&changed.house.bundle(changed.before)));
}

#[test]
fn what_a_later_panel_sealed_is_proven_to_whoever_knows_its_version() {
    let mut changed = changed();
    let unsealed = changed.house.bundle(changed.after);
    assert_check(&changed.house.verify(&unsealed), Kind::Sealing, Verdict::Unresolved, "nothing seals it yet");
    changed.house.seal();
    assert_eq!(changed.house.bundle(changed.after), unsealed, "the panel before seals nothing that comes after");
    ["four", "five"].into_iter().for_each(|witness| changed.house.note(witness));
    for start in [false, true] {
        if start {
            changed.house.digest();
            changed.after = changed.house.group.carry("ana", &[text("policy")]);
            ["four", "five"].into_iter().for_each(|witness| changed.house.note(witness));
        }
        let bundle = changed.house.bundle(changed.after);
        assert_eq!(bundle.start.is_some(), start);
        let report = changed.house.verify(&bundle);
        assert_check(&report, Kind::Sealing, Verdict::Unresolved, "whose panel is not that of the founding text");
        let known = Anchors { agreement: Some(changed.next.hash()), ..changed.house.anchors() };
        assert_passes(&verify(&bundle.bytes(), &known));
        let other = Anchors { agreement: Some(changed.house.agreement.hash()), ..changed.house.anchors() };
        assert_eq!(verify(&bundle.bytes(), &other).verdict, Verdict::Fail);
        let stripped = Bundle { notes: Vec::new(), ..bundle };
        assert_ne!(verify(&stripped.bytes(), &known).verdict, Verdict::Pass);
    }
}
