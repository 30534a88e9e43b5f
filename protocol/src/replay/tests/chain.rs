//! Which entry may follow which.

use crate::{
    charter::Times,
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw},
    error::Refusal,
    fixture::{DAY, Group, admission, assert_refused, charter, days, first, foundings, hours, key, ms, text},
    id::{EntryId, Hash, LogId, StateDigest},
    statement::Act,
};

/// A harmless entry that follows the head, with a change.
fn follow(group: &mut Group, change: impl FnOnce(&mut EntryContent)) -> Result<(), Refusal> {
    let seen = group.statement("ana", Act::Seen {});
    let mut content = group.replica.next(admission(&[seen]), group.now);
    change(&mut content);
    group.take(&Entry::sign(content, &group.host.clone()))
}

fn some(text: &str) -> EntryId {
    Hash::of(text.as_bytes()).into()
}

#[test]
fn an_entry_follows_the_head() {
    let mut group = Group::new();
    follow(&mut group, |_| {}).unwrap();
    assert_eq!(group.replica.head().number, 1);
    assert_eq!(group.replica.entry(1), Some(group.replica.head().id));
    assert_eq!(group.replica.number_of(&group.replica.head().id), Some(1));
}

#[test]
fn an_entry_after_a_gap_waits() {
    assert_refused!(follow(&mut Group::new(), |entry| entry.number = 2), Premature::Gap { number: 2, head: 0 });
}

#[test]
fn a_taken_number_is_refused() {
    let mut group = Group::new();
    follow(&mut group, |_| {}).unwrap();
    assert_refused!(follow(&mut group, |entry| entry.number = 1), Conflict::NotNext { number: 1 });
    assert_refused!(follow(&mut group, |entry| entry.number = 0), Conflict::NotNext { number: 0 });
}

#[test]
fn an_entry_names_the_one_before_it() {
    let mut group = Group::new();
    let founding = group.replica.head().id;
    assert_refused!(follow(&mut group, |entry| entry.previous = Some(some("other"))), Conflict::NotNext { .. });
    assert_refused!(follow(&mut group, |entry| entry.previous = None), Conflict::NotNext { .. });
    follow(&mut group, |_| {}).unwrap();
    assert_refused!(follow(&mut group, |entry| entry.previous = Some(founding)), Conflict::NotNext { .. });
}

#[test]
fn an_entry_of_another_log_is_refused() {
    let other = LogId(some("other").0);
    assert_refused!(follow(&mut Group::new(), |entry| entry.log = Some(other)), Conflict::OtherLog);
    assert_refused!(follow(&mut Group::new(), |entry| entry.log = None), Conflict::OtherLog);
}

#[test]
fn time_never_falls_but_may_stand_still() {
    let mut group = Group::new();
    group.wait(DAY);
    follow(&mut group, |_| {}).unwrap();
    let head = group.replica.head().time;
    assert_refused!(follow(&mut group, |entry| entry.time = head.before(ms(1))), Conflict::TimeFell { .. });
    follow(&mut group, |entry| entry.time = head).unwrap();
}

#[test]
fn only_the_log_key_signs_entries() {
    let mut group = Group::new();
    for other in ["node", "ana", "dan"] {
        group.host = key(other);
        assert_refused!(follow(&mut group, |_| {}), Forged::NotTheLogKey { number: 1, .. });
    }
}

#[test]
fn only_what_cites_evidence_names_voices() {
    let mut group = Group::new();
    let mut cites: Vec<EntryId> = (0..65).map(|at| some(&at.to_string())).collect();
    cites.sort();
    assert_refused!(follow(&mut group, |entry| entry.cites = cites.clone()), Malformed::Size { .. });
    assert_refused!(follow(&mut group, |entry| entry.cites = vec![cites[1], cites[0]]), Malformed::NotSorted(_));
    assert_refused!(follow(&mut group, |entry| entry.cites = vec![cites[1], cites[1]]), Malformed::NotSorted(_));
    assert_refused!(follow(&mut group, |entry| entry.cites = cites[..64].to_vec()), Malformed::Cites);
}

#[test]
fn a_log_has_one_founding() {
    let mut group = Group::new();
    let EntryContent { act, .. } = first(&charter(), foundings(&charter(), &["ana"]));
    assert_refused!(group.write(act), Malformed::NotAFirstEntry);
}

#[test]
fn an_entry_admits_from_1_to_64_statements() {
    let mut group = Group::new();
    assert_refused!(group.admit(&[]), Malformed::Size { found: 0, .. });
    let mut chain = vec![group.statement("ana", Act::Seen {})];
    while chain.len() < 65 {
        let mut content = chain[0].content().clone();
        content.previous = chain.last().map(|last| last.id());
        chain.push(crate::envelope::Signed::sign(crate::envelope::Kind::Statement, content, &key("ana")));
    }
    assert_refused!(group.admit(&chain), Malformed::Size { found: 65, .. });
    group.admit(&chain[..64]).unwrap();
    group.admit(&chain[64..]).unwrap();
}

#[test]
fn a_bad_record_inside_is_the_log_keys_fault() {
    let mut group = Group::new();
    let good = group.statement("ana", Act::Seen {}).bytes().to_vec();
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    let entry = group.log[0].clone();
    for bad in [forged, good[1..].to_vec(), Vec::new(), entry] {
        let statements = vec![Raw(good.clone()), Raw(bad)];
        assert_refused!(group.write(EntryAct::Admit { statements }), Forged::Inside { number: 1, .. });
    }
}

#[test]
fn a_digest_is_stated_at_least_every_so_many_entries() {
    let mut group = Group::with(|charter| charter.times.digest_every = 3);
    for _ in 0..2 {
        for _ in 0..2 {
            assert_eq!(group.replica.due(group.now), None);
            follow(&mut group, |_| {}).unwrap();
        }
        assert_refused!(follow(&mut group, |_| {}), Conflict::DigestDue(_));
        assert_eq!(group.replica.due_at(), Some(group.replica.head().time));
        let digest = group.replica.digest();
        assert_eq!(group.replica.due(group.now), Some(EntryAct::Digest { digest }));
        group.write(EntryAct::Digest { digest }).unwrap();
    }
    assert_eq!(group.replica.head().number, 6);
}

#[test]
fn a_digest_may_come_early_and_starts_the_count_anew() {
    let mut group = Group::with(|charter| charter.times.digest_every = 3);
    follow(&mut group, |_| {}).unwrap();
    group.write(EntryAct::Digest { digest: group.replica.digest() }).unwrap();
    follow(&mut group, |_| {}).unwrap();
    follow(&mut group, |_| {}).unwrap();
    assert_refused!(follow(&mut group, |_| {}), Conflict::DigestDue(5));
}

#[test]
fn a_digest_that_replay_does_not_give_is_refused() {
    let mut group = Group::new();
    let old = group.replica.digest();
    follow(&mut group, |_| {}).unwrap();
    assert_refused!(group.write(EntryAct::Digest { digest: old }), Conflict::Digest { number: 2, .. });
    assert_refused!(group.write(EntryAct::Digest { digest: StateDigest([0; 32]) }), Conflict::Digest { .. });
}

#[test]
fn a_due_close_waits_for_a_due_digest() {
    let mut group = Group::with(|charter| charter.times.digest_every = 2);
    let proposal = group.open("ana", &[text("policy")]);
    group.wait(days(7));
    assert_refused!(group.close(proposal), Conflict::DigestDue(2));
    group.write(EntryAct::Digest { digest: group.replica.digest() }).unwrap();
    group.close(proposal).unwrap();
}

/// A digest entry counts as one entry: with "every 1" nothing else would ever fit into the log.
#[test]
fn no_charter_leaves_room_for_digests_only() {
    let mut group = Group::new();
    let times = Times { digest_every: 1, ..Times::default() };
    assert_refused!(group.propose("ana", &[Effect::SetTimes(times)]), Malformed::Charter(_));
    let mut group = Group::with(|charter| charter.times.digest_every = 2);
    for _ in 0..4 {
        group.tick(hours(1));
        follow(&mut group, |_| {}).unwrap();
    }
}

#[test]
fn after_a_pause_what_is_due_first_is_written_first() {
    // Ids are hashes: of so many proposals some are smaller than earlier ones.
    let mut group = Group::new();
    let proposals: Vec<_> = (0..8)
        .map(|_| {
            group.tick(crate::fixture::hours(1));
            group.open("ana", &[text("policy")])
        })
        .collect();
    assert!(!proposals.is_sorted());
    group.now = group.now + days(30);
    let mut closed = Vec::new();
    while let Some(EntryAct::Close { proposal }) = group.replica.due(group.now) {
        closed.push(proposal);
        group.close(proposal).unwrap();
    }
    assert_eq!(closed, proposals);
}
