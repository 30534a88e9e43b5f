//! Agreements in words: superseded, kept, retired, each in its own domain.

use crate::{
    decision::{AgreementEnd, AgreementId, Outcome},
    effect::Effect,
    fixture::{DAY, Group, assert_refused, content, days, name, text},
    statement::{Act, Proposal},
    time::Span,
};

/// A group with an agreement about policy.
fn agreed() -> (Group, AgreementId) {
    let mut group = Group::new();
    let id = AgreementId(group.carry("ana", &[text("policy")]), 0);
    (group, id)
}

fn replacing(domain: &str, replaces: AgreementId) -> Effect {
    Effect::Text { domain: name(domain), text: "a better one".into(), replaces: Some(replaces) }
}

fn keep(agreement: AgreementId, review: Option<Span>) -> Effect {
    Effect::Keep { domain: name("policy"), agreement, review }
}

fn retire(domain: &str, agreement: AgreementId) -> Effect {
    Effect::Retire { domain: name(domain), agreement }
}

#[test]
fn a_text_that_replaces_another_ends_it() {
    let (mut group, old) = agreed();
    let new = AgreementId(group.carry("ben", &[text("policy"), replacing("policy", old)]), 1);
    assert!(group.replica.agreement(&old).is_none());
    assert_eq!(group.replica.agreement_end(&old), Some(&AgreementEnd::Superseded { by: new, at: group.now }));
    assert_eq!(group.replica.agreement(&new).unwrap().text, "a better one");
    assert_eq!(group.replica.agreements().count(), 2);
}

#[test]
fn a_retired_agreement_has_ended() {
    let (mut group, old) = agreed();
    let by = group.carry("ben", &[retire("policy", old)]);
    assert_eq!(group.replica.agreement_end(&old), Some(&AgreementEnd::Retired { by, at: group.now }));
    assert_eq!(group.replica.agreements().count(), 0);
    assert_eq!(group.ended(old.0), Outcome::Applied, "the decision itself stands as it was");
}

#[test]
fn a_kept_agreement_has_a_new_date() {
    let (mut group, id) = agreed();
    let before = group.replica.agreement(&id).unwrap().clone();
    assert_eq!(before.review, None);
    group.carry("ben", &[keep(id, Some(days(90)))]);
    let kept = group.replica.agreement(&id).unwrap().clone();
    assert_eq!(kept.review, Some(group.now + days(90)));
    assert_eq!((kept.since, &kept.text), (before.since, &before.text), "nothing else changes");
    assert!(group.replica.agreement_end(&id).is_none());
}

#[test]
fn a_date_left_out_is_that_of_the_decision_or_of_the_rule() {
    let mut group = Group::with_consent("policy", |rule| rule.review = Some(days(30)));
    let id = AgreementId(group.carry("ana", &[text("policy")]), 0);
    assert_eq!(group.replica.agreement(&id).unwrap().review, Some(group.now + days(30)));
    group.tick(days(5));
    group.carry("ana", &[keep(id, None)]);
    assert_eq!(group.replica.agreement(&id).unwrap().review, Some(group.now + days(30)));
    let content = Proposal { review: Some(days(10)), ..content(&[keep(id, None)]) };
    let proposal = group.act("ana", Act::Propose(content)).unwrap().into();
    for of in ["ben", "cem", "bot"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(DAY);
    assert_eq!(group.replica.agreement(&id).unwrap().review, Some(group.now + days(10)));
}

#[test]
fn each_is_about_an_agreement_in_force_in_its_own_domain() {
    let (mut group, id) = agreed();
    let unknown = AgreementId(id.0, 7);
    for effect in [
        replacing("principles", id),
        retire("principles", id),
        Effect::Keep { domain: name("principles"), agreement: id, review: None },
        replacing("policy", unknown),
        retire("policy", unknown),
        keep(unknown, None),
    ] {
        assert_refused!(group.propose("ana", &[effect]), Conflict::Effect { .. });
    }
    let retired = group.carry("ana", &[retire("policy", id)]);
    for effect in [replacing("policy", id), retire("policy", id), keep(id, None)] {
        assert_refused!(group.propose("ana", &[effect]), Conflict::Effect { .. });
    }
    let nothing = AgreementId(retired, 0);
    assert_refused!(group.propose("ana", &[retire("policy", nothing)]), Conflict::Effect { .. });
}

#[test]
fn a_light_domain_does_not_end_what_a_heavy_one_agreed() {
    let mut group = Group::new();
    let heavy = AgreementId(group.carry("ana", &[text("principles")]), 0);
    assert_refused!(group.propose("ben", &[retire("tools", heavy)]), Conflict::Effect { .. });
    let honest = group.open("ben", &[retire("principles", heavy)]);
    let domains: Vec<_> = group.shown(honest).polls.iter().map(|poll| poll.domain.to_string()).collect();
    assert_eq!(domains, ["principles"]);
}

#[test]
fn what_is_left_of_a_domain_that_ended_is_the_charters_to_retire() {
    let mut group = Group::new();
    let left = AgreementId(group.carry("ana", &[text("tools")]), 0);
    group.carry("ana", &[Effect::DropDomain { domain: name("tools") }]);
    assert!(group.replica.agreement(&left).is_some());
    assert_refused!(group.propose("ana", &[retire("policy", left)]), Conflict::Effect { .. });
    let proposal = group.open("ana", &[retire("tools", left)]);
    assert_eq!(group.shown(proposal).polls[0].domain, name("charter"));
    for of in ["ben", "cem"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(DAY);
    assert!(group.replica.agreement(&left).is_none());
}

#[test]
fn two_effects_about_one_agreement_are_refused() {
    let (mut group, id) = agreed();
    for second in [retire("policy", id), keep(id, None), replacing("policy", id)] {
        assert_refused!(group.propose("ana", &[replacing("policy", id), second]), Conflict::Effect { .. });
    }
}

#[test]
fn of_two_decisions_about_one_agreement_the_later_is_void() {
    let (mut group, id) = agreed();
    let slow = group.open("ana", &[replacing("policy", id), text("policy")]);
    group.carry("ben", &[retire("policy", id)]);
    group.tick(days(7));
    assert!(matches!(group.ended(slow), Outcome::NotPassed), "only ana has answered");
    let (mut group, id) = agreed();
    let slow = group.open("ana", &[replacing("policy", id), text("policy")]);
    group.agree("ben", slow).unwrap();
    group.carry("ben", &[retire("policy", id)]);
    group.tick(days(7));
    assert!(matches!(group.ended(slow), Outcome::Void { .. }));
    assert_eq!(group.replica.agreements().count(), 0, "no part of it was carried out");
}

#[test]
fn both_ways_to_end_show_in_the_digest() {
    let (group, id) = agreed();
    let digests: Vec<_> = [retire("policy", id), keep(id, Some(days(1))), keep(id, Some(days(2)))]
        .into_iter()
        .map(|effect| {
            let mut group = group.clone();
            group.carry("ana", &[effect]);
            assert_eq!(group.replayed().digest(), group.replica.digest());
            group.replica.digest()
        })
        .collect();
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
}
