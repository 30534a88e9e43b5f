//! A replay resumes from a snapshot: it admits and refuses what the whole replay does, and comes to the same digests.

use super::digest::history;
use crate::{
    entry::{Entry, EntryAct},
    envelope::{Kind, Signed},
    fixture::{Group, admission, assert_refused, body, key, replay, text},
    id::EntryId,
    merkle::leaf,
    replay::{PastEntry, Replica, ResumeError, Snapshot},
    statement::Act,
};

/// The group's log up to an entry, and a replica that resumes from there with everything handed in.
fn resumed(group: &Group, entries: usize) -> (Snapshot, Replica) {
    let snapshot = replay(&group.log[..entries]).unwrap().snapshot();
    let decoded = Snapshot::decode(&snapshot.bytes()).unwrap();
    assert_eq!(decoded, snapshot);
    let mut replica = Replica::resume(&decoded).unwrap();
    let ids: Vec<EntryId> = (0..entries as u64).filter_map(|number| group.replica.entry(number)).collect();
    let past = group.replica.past_entries(&snapshot, &ids);
    assert_eq!(past.len(), entries);
    replica.hand_in_entries(&snapshot, &past).unwrap();
    let bodies = ["why", "because", "call in", "never named"].map(body);
    replica.hand_in_namings(&snapshot, &group.replica.past_namings(&snapshot, &bodies)).unwrap();
    (snapshot, replica)
}

#[test]
fn a_replay_resumes_anywhere_and_comes_to_the_same_state() {
    let group = history();
    for start in 1..group.log.len() {
        let (snapshot, mut replica) = resumed(&group, start);
        assert_eq!(replica.digest(), snapshot.digest());
        let mut whole = replay(&group.log[..start]).unwrap();
        for bytes in &group.log[start..] {
            let entry = Entry::decode(bytes).unwrap();
            let admitted = replica.check(&entry).unwrap_or_else(|refusal| panic!("from {start}: {refusal}"));
            replica.apply(admitted);
            whole.apply(whole.check(&entry).unwrap());
            assert_eq!(replica.snapshot(), whole.snapshot());
            assert_eq!(replica.digest(), whole.digest());
        }
    }
}

#[test]
fn what_was_not_handed_in_is_refused() {
    let group = history();
    let start = group.log.len() - 1;
    let snapshot = replay(&group.log[..start]).unwrap().snapshot();
    let bare = || Group { replica: Replica::resume(&snapshot).unwrap(), ..group.clone() };
    let early = group.replica.entry(1).unwrap();

    let mut ana = bare();
    let mut content = ana.replica.compose(&key("ana").public(), Act::Seen {});
    content.seen = early;
    let statement = Signed::sign(Kind::Statement, content, &key("ana"));
    assert_refused!(ana.admit(std::slice::from_ref(&statement)), Premature::UnseenEntry(..));
    ana.replica.hand_in_entries(&snapshot, &group.replica.past_entries(&snapshot, &[early])).unwrap();
    ana.admit(&[statement]).unwrap();

    let mut ana = bare();
    assert_refused!(ana.act("ana", Act::Erase { body: body("why") }), Conflict::NoBody);
    let past = group.replica.past_namings(&snapshot, &[body("why")]);
    ana.replica.hand_in_namings(&snapshot, &past).unwrap();
    assert_refused!(ana.act("ben", Act::Erase { body: body("why") }), Conflict::NoBody);
    let erase = ana.statement("ana", Act::Erase { body: body("why") });
    let entry = Entry::decode(ana.entry(admission(&[erase])).bytes()).unwrap();
    let admitted = ana.replica.check(&entry).unwrap();
    assert!(admitted.handed_in().contains(&body("why")), "it says for what it took what was handed in");
}

#[test]
fn a_path_leads_to_the_roots_of_its_own_snapshot_only() {
    let group = history();
    let snapshot = replay(&group.log[..9]).unwrap().snapshot();
    let past = group.replica.past_entries(&snapshot, &[group.replica.entry(3).unwrap()]);
    let mut replica = Replica::resume(&snapshot).unwrap();
    let moved: Vec<_> = past.iter().cloned().map(|past| PastEntry { number: 4, ..past }).collect();
    assert!(matches!(replica.hand_in_entries(&snapshot, &moved), Err(ResumeError::Path(_))));
    let later = replay(&group.log[..20]).unwrap().snapshot();
    assert!(matches!(replica.hand_in_entries(&later, &past), Err(ResumeError::Path(_))));
    replica.hand_in_entries(&snapshot, &past).unwrap();
    assert_eq!(replica.number_of(&past[0].id), Some(3));
}

#[test]
fn a_snapshot_that_contradicts_itself_is_refused() {
    let snapshot = history().replica.snapshot();
    let broken: [fn(&mut Snapshot); 6] = [
        |snapshot| snapshot.head.number += 1,
        |snapshot| snapshot.digest_at = snapshot.head.number + 1,
        |snapshot| snapshot.seen.reverse(),
        |snapshot| snapshot.heard.push(snapshot.heard[0].clone()),
        |snapshot| snapshot.open.push(snapshot.open[0].clone()),
        |snapshot| snapshot.charter.purpose.clear(),
    ];
    for (at, change) in broken.into_iter().enumerate() {
        let mut snapshot = snapshot.clone();
        change(&mut snapshot);
        assert!(Replica::resume(&snapshot).is_err(), "change {at}");
    }
}

/// Whatever a later rule reads is in the digest: a replica that differs in it would judge a later entry otherwise.
#[test]
fn every_part_of_a_snapshot_is_in_the_digest() {
    let mut group = history();
    group.carry("ana", &[text("policy")]);
    group.write(EntryAct::Digest { digest: group.replica.digest() }).unwrap();
    let snapshot = group.replica.snapshot();
    let changes: [fn(&mut Snapshot); 12] = [
        |snapshot| snapshot.founded = snapshot.head.time,
        |snapshot| snapshot.head.time = snapshot.founded,
        |snapshot| snapshot.digest_at = 0,
        |snapshot| snapshot.charter.purpose.push('!'),
        |snapshot| snapshot.chains.truncate(1),
        |snapshot| drop(snapshot.seen.pop()),
        |snapshot| drop(snapshot.heard.pop()),
        |snapshot| drop(snapshot.open.pop()),
        |snapshot| drop(snapshot.agreements.pop()),
        |snapshot| snapshot.erased.clear(),
        |snapshot| snapshot.entries.append(leaf(b"x")),
        |snapshot| snapshot.namings.append(leaf(b"x")),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut other = snapshot.clone();
        change(&mut other);
        assert_ne!(other, snapshot, "change {at} changes something");
        assert_ne!(other.digest(), snapshot.digest(), "change {at}");
    }
}
