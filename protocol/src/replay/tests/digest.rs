//! Two replicas that replay the same entries are in the same state, whatever way the entries came.

use crate::{
    decision::{Decision, Outcome},
    effect::Effect,
    entry::{Entry, EntryAct},
    fixture::{Group, body, days, drop_member, ms, person, text},
    replay::{Replica, digest::record},
    statement::{Act, Answer},
};

/// A log with something of everything.
pub(in crate::replay) fn history() -> Group {
    let mut group = Group::with(|charter| charter.times.digest_every = 20);
    let policy = group.open("ana", &[text("policy")]);
    group.object("ben", policy).unwrap();
    let purchase = group.open("cem", &[text("purchases")]);
    group.agree("ana", purchase).unwrap();
    group.tick(ms(1));
    group.call_in("ben", purchase).unwrap();
    let dan = group.open("ana", &[Effect::SetMember(person("dan"))]);
    group.answer("ben", dan, Answer::Concern).unwrap();
    group.amend("ana", policy, &[text("policy"), text("policy")]).unwrap();
    group.write(EntryAct::Digest { digest: group.replica.digest() }).unwrap();
    group.tick(days(7));
    let gone = [group.open("ben", &[drop_member("dan")]), group.open("cem", &[drop_member("dan")])];
    for proposal in gone {
        group.agree("ana", proposal).unwrap();
    }
    group.act("ana", Act::Erase { body: body("why") }).unwrap();
    group.tick(days(7));
    group.open("ana", &[text("principles")]);
    group
}

#[test]
fn replicas_that_replay_the_same_bytes_have_the_same_digest() {
    let group = history();
    assert_eq!(group.replayed().digest(), group.replica.digest());
    assert_eq!(group.replayed().charter(), group.replica.charter());
    assert_eq!(group.replayed().head(), group.replica.head());
    assert!(group.replica.decisions().count() == 5);
}

#[test]
fn entries_from_the_store_replay_to_the_same_digest() {
    let group = history();
    let mut entries = group.log.iter().map(|bytes| Entry::decode_stored(bytes).unwrap());
    let mut replica = Replica::found(&entries.next().unwrap()).unwrap();
    for entry in entries {
        replica.apply(replica.check(&entry).unwrap());
    }
    assert_eq!(replica.digest(), group.replica.digest());
}

#[test]
fn every_entry_changes_the_digest() {
    let group = history();
    let mut replica = Replica::found(&Entry::decode(&group.log[0]).unwrap()).unwrap();
    let mut digests = std::collections::BTreeSet::from([replica.digest()]);
    for bytes in &group.log[1..] {
        replica.apply(replica.check(&Entry::decode(bytes).unwrap()).unwrap());
        assert!(digests.insert(replica.digest()));
    }
}

#[test]
fn checking_changes_nothing() {
    let mut group = history();
    let digest = group.replica.digest();
    let entry = group.entry(EntryAct::Digest { digest });
    let admitted = group.replica.check(&entry).unwrap();
    assert_eq!(group.replica.digest(), digest);
    group.replica.apply(admitted);
    assert_ne!(group.replica.digest(), digest);
}

#[test]
#[should_panic(expected = "applied to the state that admitted it")]
fn what_was_admitted_is_applied_to_that_state_only() {
    let mut group = Group::new();
    let entry = group.entry(EntryAct::Digest { digest: group.replica.digest() });
    let admitted = group.replica.check(&entry).unwrap();
    group.act("ana", Act::Seen {}).unwrap();
    group.replica.apply(admitted);
}

/// The words of a refusal are for people: a better wording must not stop the replay of an old log.
#[test]
fn the_digest_does_not_depend_on_the_wording_of_errors() {
    let mut group = Group::new();
    let proposal = group.carry("ana", &[text("policy")]);
    let decision = group.replica.decision(&proposal).unwrap();
    let void = |reason: &str| Decision { outcome: Outcome::Void { reason: reason.into() }, ..decision.clone() };
    assert_eq!(record(&void("no")), record(&void("there is no such member")));
    assert_ne!(record(&void("no")), record(decision));
}
