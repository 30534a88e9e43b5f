//! Which statement counts, where, and how often.

use crate::{
    effect::Effect,
    entry::EntryAct,
    envelope::{Kind, Signed},
    fixture::{Group, assert_refused, body, content, drop_member, hours, key, name, person, public, text},
    id::{EntryId, Hash, LogId},
    statement::{Act, Answer, Response, Statement, StatementContent},
};

/// A statement that says nothing, with a change.
fn seen(group: &Group, of: &str, change: impl FnOnce(&mut StatementContent)) -> Statement {
    let mut content = group.replica.compose(&key(of).public(), Act::Seen {});
    change(&mut content);
    Signed::sign(Kind::Statement, content, &key(of))
}

/// The group with a second device of ana's.
fn with_second_device() -> Group {
    Group::with(|charter| {
        let ana = charter.members.find_mut(&name("ana")).unwrap();
        ana.keys.push(public("ana/2"));
        ana.keys.sort();
    })
}

#[test]
fn only_members_keys_make_statements() {
    let mut group = Group::new();
    for stranger in ["dan", "host", "node", "ana/2"] {
        assert_refused!(group.act(stranger, Act::Seen {}), Unauthorised::NotAMember(_));
    }
}

#[test]
fn a_statement_for_another_log_is_refused() {
    let mut group = Group::new();
    let other = seen(&group, "ana", |statement| statement.log = LogId(Hash::of(b"other").0));
    assert_refused!(group.admit(&[other]), Conflict::OtherLog);
}

#[test]
fn a_statement_comes_after_an_entry_that_its_author_has_seen() {
    let mut group = Group::new();
    let founding = group.replica.head().id;
    let unseen = seen(&group, "ana", |statement| statement.seen = EntryId(Hash::of(b"unseen").0));
    assert_refused!(group.admit(&[unseen]), Premature::UnseenEntry(_));
    group.act("ben", Act::Seen {}).unwrap();
    let older = seen(&group, "ana", |statement| statement.seen = founding);
    group.admit(&[older]).unwrap();
}

#[test]
fn a_statement_is_not_carried_to_another_branch() {
    let mut group = Group::new();
    let mut branch = group.clone();
    group.act("ana", Act::Seen {}).unwrap();
    branch.act("ben", Act::Seen {}).unwrap();
    let statement = group.statement("cem", Act::Seen {});
    assert_refused!(branch.admit(std::slice::from_ref(&statement)), Premature::UnseenEntry(_));
    group.admit(&[statement]).unwrap();
}

#[test]
fn a_statement_is_taken_once() {
    let mut group = Group::new();
    let statement = group.statement("ana", Act::Seen {});
    let twice = [statement.clone(), statement.clone()];
    assert_refused!(group.admit(&twice), Conflict::OutOfOrder { .. });
    group.admit(&twice[..1]).unwrap();
    assert_refused!(group.admit(&twice[..1]), Conflict::OutOfOrder { .. });
    group.act("ana", Act::Seen {}).unwrap();
    assert_refused!(group.admit(&twice[..1]), Conflict::OutOfOrder { .. });
}

#[test]
fn a_node_cannot_drop_a_statement_and_take_the_next_or_swap_them() {
    let mut group = Group::new();
    let first = group.statement("ana", Act::Seen {});
    let second = seen(&group, "ana", |statement| statement.previous = Some(first.id()));
    assert_refused!(group.admit(std::slice::from_ref(&second)), Conflict::OutOfOrder { .. });
    assert_refused!(group.admit(&[second.clone(), first.clone()]), Conflict::OutOfOrder { .. });
    group.admit(&[first, second]).unwrap();
}

#[test]
fn each_device_has_its_own_chain() {
    let mut group = with_second_device();
    let phone = group.statement("ana/2", Act::Seen {});
    group.act("ana", Act::Seen {}).unwrap();
    group.act("ana", Act::Seen {}).unwrap();
    group.admit(&[phone]).unwrap();
    group.act("ana/2", Act::Seen {}).unwrap();
}

#[test]
fn all_devices_speak_for_one_member() {
    let mut group = with_second_device();
    let proposal = group.open("ben", &[text("policy")]);
    group.agree("ana", proposal).unwrap();
    group.answer("ana/2", proposal, Answer::Aside).unwrap();
    let given = &group.shown(proposal).responses[&name("ana")];
    assert_eq!(given.answer, Answer::Aside, "the latest response replaces the earlier one, from any device");
    let objection = group.object("ana", proposal).unwrap();
    group.withdraw("ana/2", objection).unwrap();
    assert_eq!(group.shown(proposal).standing_objections().count(), 0);
}

#[test]
fn statements_of_one_entry_build_on_each_other() {
    let mut group = Group::new();
    let proposes = group.statement("ana", Act::Propose(content(&[text("policy")])));
    let proposal = proposes.id().into();
    let response = Response { proposal, version: 1, answer: Answer::Aside, reason: None, weighs: Vec::new() };
    let responds = group.statement("ben", Act::Respond(response));
    assert_refused!(group.admit(&[responds.clone(), proposes.clone()]), Conflict::NoProposal(_));
    group.admit(&[proposes, responds]).unwrap();
    assert_eq!(group.shown(proposal).responses.len(), 2);
}

#[test]
fn one_bad_statement_spoils_its_entry() {
    let mut group = Group::new();
    let digest = group.replica.digest();
    let good = group.statement("ana", Act::Propose(content(&[text("policy")])));
    let bad = group.statement("dan", Act::Seen {});
    assert_refused!(group.admit(&[good.clone(), bad]), Unauthorised::NotAMember(_));
    assert_eq!(group.replica.digest(), digest);
    group.admit(&[good]).unwrap();
}

#[test]
fn a_removed_members_statements_are_refused() {
    let mut group = Group::new();
    let late = group.statement("cem", Act::Seen {});
    group.carry("ana", &[drop_member("cem")]);
    assert_refused!(group.admit(&[late]), Unauthorised::NotAMember(_));
}

#[test]
fn a_member_erases_own_bodies_only() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.object("ben", proposal).unwrap();
    assert_refused!(group.act("ben", Act::Erase { body: body("why") }), Conflict::NoBody);
    assert_refused!(group.act("ana", Act::Erase { body: body("because") }), Conflict::NoBody);
    assert_refused!(group.act("ana", Act::Erase { body: body("never written") }), Conflict::NoBody);
    group.act("ana", Act::Erase { body: body("why") }).unwrap();
    assert!(group.replica.is_erased(&body("why")) && !group.replica.is_erased(&body("because")));
    assert!(group.is_open(proposal), "nothing in replay depends on a body");
}

#[test]
fn naming_a_body_does_not_make_it_ones_own() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let quotes =
        Response { proposal, version: 1, answer: Answer::Concern, reason: Some(body("why")), weighs: Vec::new() };
    group.act("ben", Act::Respond(quotes)).unwrap();
    assert_refused!(group.act("ben", Act::Erase { body: body("why") }), Conflict::NoBody);
    group.act("ana", Act::Erase { body: body("why") }).unwrap();
}

#[test]
fn an_entry_is_safe_once_more_than_half_of_the_people_have_seen_it() {
    let mut group = Group::new();
    group.act("bot", Act::Seen {}).unwrap();
    group.act("ana", Act::Seen {}).unwrap();
    assert!(group.replica.seen_by_most() < Some(0), "one of three people, and an agent");
    group.act("ben", Act::Seen {}).unwrap();
    assert!(group.replica.seen_by_most() >= Some(0));
    assert!(group.replica.seen_by_most() >= Some(1), "ana and ben had both seen entry 1");
    assert!(group.replica.seen_by_most() < Some(2));
    let founding = group.replica.entry(0).unwrap();
    let older = seen(&group, "ben", |statement| statement.seen = founding);
    group.admit(&[older]).unwrap();
    assert!(group.replica.seen_by_most() >= Some(1), "what was seen stays seen");
}

#[test]
fn half_of_the_people_are_not_more_than_half() {
    let mut group = Group::with(|charter| drop(charter.members.put(person("dan"))));
    for (person, safe) in [("ana", false), ("ben", false), ("dan", true)] {
        group.act(person, Act::Seen {}).unwrap();
        assert_eq!(group.replica.seen_by_most() >= Some(0), safe, "{person}");
    }
}

#[test]
fn admission_can_be_asked_for_without_an_entry() {
    let mut group = Group::new();
    let good = group.statement("ana", Act::Propose(content(&[text("policy")])));
    let bad = group.statement("dan", Act::Seen {});
    group.replica.would_admit(std::slice::from_ref(&good), group.now).unwrap();
    assert_refused!(group.replica.would_admit(&[good, bad], group.now), Unauthorised::NotAMember(_));
    assert_refused!(group.replica.would_admit(&[], group.now), Malformed::Size { .. });
    group.tick(hours(1));
}

#[test]
fn close_and_apply_need_a_proposal() {
    let mut group = Group::new();
    let proposal = crate::id::ProposalId(Hash::of(b"none").0);
    assert_refused!(group.close(proposal), Conflict::NoProposal(_));
    assert_refused!(group.write(EntryAct::Apply { proposal }), Conflict::NoProposal(_));
    let unknown = Effect::Text { domain: name("nowhere"), text: "x".into(), replaces: None };
    assert_refused!(group.propose("ana", &[unknown]), Conflict::NoDomain(_));
}
