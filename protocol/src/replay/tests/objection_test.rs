//! The test of an objection: those who are neither objector nor proposer may find that it does not qualify.

use crate::{
    charter::Rule,
    decision::Outcome,
    effect::Effect,
    fixture::{Group, assert_refused, body, days, drop_member, name, rule, text},
    id::{ProposalId, StatementId},
    ladder::Reason,
    proposal::Objection,
    statement::{Act, Test},
};

const RULE: &str = r#"{ "consent": { "quorum": "1/5", "objection_test": "2/3" } }"#;

/// Eva objects to what ana proposes; ben, cem and dan may test it.
fn objected() -> (Group, ProposalId, StatementId) {
    let mut group = Group::five(RULE);
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("eva", proposal).unwrap();
    (group, proposal, objection)
}

fn the(group: &Group, proposal: ProposalId) -> &Objection {
    &group.shown(proposal).objections[0]
}

fn ends(mut group: Group, proposal: ProposalId) -> bool {
    group.tick(days(8));
    group.ended(proposal) == Outcome::Applied
}

#[test]
fn two_thirds_of_the_others_end_an_objection() {
    let (mut group, proposal, objection) = objected();
    group.test("ben", objection, false).unwrap();
    assert!(the(&group, proposal).stands());
    group.test("cem", objection, false).unwrap();
    assert!(!the(&group, proposal).stands(), "two of three");
    let found = &the(&group, proposal).dismissed[&name("policy")];
    assert_eq!((found.found, found.of, found.version), (2, 3, 1));
    assert!(ends(group, proposal));
}

#[test]
fn who_finds_that_it_qualifies_does_not_end_it() {
    let (mut group, proposal, objection) = objected();
    group.test("ben", objection, false).unwrap();
    group.test("cem", objection, true).unwrap();
    assert!(the(&group, proposal).stands());
    group.test("dan", objection, false).unwrap();
    assert!(!the(&group, proposal).stands());
}

#[test]
fn the_share_is_exact_and_of_all_who_could_say_so() {
    for (share, testers, enough) in [("2/3", 4, 3), ("3/4", 4, 3), ("76/100", 4, 4), ("1/1", 3, 3), ("2/3", 2, 2)] {
        let mut group = Group::five(&RULE.replace("2/3", share));
        // The proposer is the agent, who is nobody's equal here; or ana; or one has left.
        let of = if testers == 4 { "bot" } else { "ana" };
        if testers == 2 {
            group.carry("ana", &[drop_member("dan")]);
        }
        let proposal = group.open(of, &[text("policy")]);
        let objection = group.object("eva", proposal).unwrap();
        let who: Vec<&str> = ["ben", "cem", "dan", "ana"].into_iter().filter(|who| *who != of).collect();
        let who = who.into_iter().filter(|who| testers > 2 || *who != "dan");
        for (said, tester) in who.enumerate() {
            assert_eq!(the(&group, proposal).stands(), said < enough, "{share} of {testers} after {said}");
            if said < enough {
                group.test(tester, objection, false).unwrap();
            }
        }
        assert!(!the(&group, proposal).stands());
    }
}

#[test]
fn objector_and_proposer_have_no_say_in_it() {
    let (mut group, _, objection) = objected();
    for party in ["ana", "eva"] {
        assert_refused!(group.test(party, objection, false), Conflict::NoTest(_));
    }
    assert_refused!(group.test("bot", objection, false), Unauthorised::PeopleOnly { .. });
}

#[test]
fn each_says_so_once_per_objection_and_version() {
    let (mut group, proposal, objection) = objected();
    group.test("ben", objection, true).unwrap();
    assert_refused!(group.test("ben", objection, false), Conflict::Tested(_));
    let other = group.object("dan", proposal).unwrap();
    group.test("ben", other, false).expect("it is another objection");
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    assert!(the(&group, proposal).tests.is_empty(), "a new version is tested anew");
    group.test("ben", objection, false).unwrap();
    group.test("cem", objection, false).unwrap();
    let objections = &group.shown(proposal).objections;
    assert_eq!((objections[0].stands(), objections[1].stands()), (false, true));
}

#[test]
fn a_word_on_another_version_or_without_a_reason_is_refused() {
    let (mut group, proposal, objection) = objected();
    let test = |version, qualifies, reason| Act::Test(Test { objection, version, qualifies, reason });
    assert_refused!(group.act("ben", test(2, false, Some(body("because")))), Conflict::OtherVersion { .. });
    assert_refused!(group.act("ben", test(1, false, None)), Malformed::NoReason(_));
    group.act("ben", test(1, true, None)).expect("that it qualifies needs no reason");
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    assert_refused!(group.act("cem", test(1, false, Some(body("because")))), Conflict::OtherVersion { .. });
}

#[test]
fn only_an_objection_that_stands_is_tested_while_it_is_open() {
    let (mut group, proposal, objection) = objected();
    let agreed = group.agree("cem", proposal).unwrap();
    assert_refused!(group.test("ben", agreed, false), Conflict::NoTarget(_));
    let mut withdrawn = group.clone();
    withdrawn.withdraw("eva", objection).unwrap();
    assert_refused!(withdrawn.test("ben", objection, false), Conflict::NoTarget(_));
    for of in ["ben", "cem"] {
        group.test(of, objection, false).unwrap();
    }
    assert_refused!(group.test("dan", objection, false), Conflict::NoTarget(_));
    let (mut late, _, objection) = objected();
    late.wait(days(7));
    assert_refused!(late.test("ben", objection, false), Conflict::Late { .. });
}

#[test]
fn without_a_test_in_the_charter_it_stands() {
    let mut group = Group::five(r#"{ "consent": { "quorum": "1/5" } }"#);
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("eva", proposal).unwrap();
    assert_refused!(group.test("ben", objection, false), Conflict::NoTest(_));
    assert!(!ends(group, proposal));
}

#[test]
fn where_only_one_could_speak_there_is_no_test() {
    let mut group = Group::with(|charter| {
        charter.domains.find_mut(&name("principles")).unwrap().rule = rule(RULE);
    });
    let proposal = group.open("ana", &[text("principles")]);
    let objection = group.object("cem", proposal).unwrap();
    assert_refused!(group.test("ben", objection, false), Conflict::NoTest(_));
}

#[test]
fn a_dismissed_objection_is_an_answer_and_blocks_nothing() {
    let (mut group, proposal, objection) = objected();
    for of in ["ben", "cem"] {
        group.test(of, objection, false).unwrap();
    }
    let standing = &group.shown(proposal).standings(group.replica.charter())[0];
    assert_eq!(standing.reason, Reason::NoObjection { responded: 2, quorum: 1 }, "ana and eva; tests are no answers");
    for of in ["ben", "cem", "dan"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(days(1));
    assert_eq!(group.ended(proposal), Outcome::Applied, "early: all have answered");
}

#[test]
fn it_stays_dismissed_in_later_versions_but_may_be_raised_again() {
    let (mut group, proposal, objection) = objected();
    for of in ["ben", "cem"] {
        group.test(of, objection, false).unwrap();
    }
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    assert!(!the(&group, proposal).stands());
    let mut quiet = group.clone();
    quiet.tick(days(7));
    assert_eq!(quiet.ended(proposal), Outcome::Applied);
    group.object("eva", proposal).unwrap();
    assert!(!ends(group, proposal));
}

#[test]
fn a_removed_members_word_stays_and_who_said_nothing_leaves() {
    let mut group = Group::five(&RULE.replace("2/3", "1/1"));
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("eva", proposal).unwrap();
    group.test("ben", objection, false).unwrap();
    group.test("cem", objection, false).unwrap();
    let mut silent_left = group.clone();
    silent_left.carry("ana", &[drop_member("dan")]);
    assert!(!the(&silent_left, proposal).stands(), "two of two, with the entry that removed dan");
    group.carry("ana", &[drop_member("ben")]);
    assert!(the(&group, proposal).stands(), "dan is still to be heard");
    group.test("dan", objection, false).unwrap();
    let found = &the(&group, proposal).dismissed[&name("policy")];
    assert_eq!((found.found, found.of), (3, 3), "ben's word stays");
}

#[test]
fn words_in_one_entry_are_counted_together() {
    let (mut group, proposal, objection) = objected();
    let word = |group: &Group, of: &str, qualifies| {
        group.statement(of, Act::Test(Test { objection, version: 1, qualifies, reason: Some(body("because")) }))
    };
    let all = [word(&group, "ben", false), word(&group, "cem", false), word(&group, "dan", true)];
    group.admit(&all).expect("the third is not late: all come at one moment");
    assert_eq!(the(&group, proposal).tests.len(), 3);
    assert!(!the(&group, proposal).stands());
}

#[test]
fn it_ends_only_in_the_domains_with_a_test() {
    let mut group = Group::five(RULE);
    let proposal = group.open("ana", &[text("policy"), text("principles")]);
    let objection = group.object("eva", proposal).unwrap();
    for of in ["ben", "cem"] {
        group.test(of, objection, false).unwrap();
    }
    let objection = the(&group, proposal);
    assert!(!objection.stands_in(&name("policy")) && objection.stands_in(&name("principles")));
    let given = objection.given.statement;
    assert_refused!(group.test("dan", given, false), Conflict::NoTest(_));
    for of in ["ben", "cem", "dan"] {
        group.agree(of, proposal).unwrap();
    }
    let mut withdrawn = group.clone();
    group.tick(days(7));
    let standings = &group.replica.decision(&proposal).unwrap().standings;
    assert_eq!(standings.iter().map(|standing| standing.passes).collect::<Vec<_>>(), [true, false]);
    withdrawn.withdraw("eva", given).unwrap();
    withdrawn.agree("eva", proposal).unwrap();
    withdrawn.tick(days(1));
    assert_eq!(withdrawn.ended(proposal), Outcome::Applied);
}

#[test]
fn it_starts_a_final_period() {
    let rule = r#"{ "consent": { "quorum": "1/5", "objection_test": "2/3",
        "final_period": { "length": "2d", "on_objection": "hold", "latest": "9d" } } }"#;
    let mut group = Group::five(rule);
    let proposal = group.open("bot", &[text("policy")]);
    let objection = group.object("eva", proposal).unwrap();
    for of in ["ana", "ben", "cem"] {
        assert!(group.shown(proposal).polls[0].final_period.is_none());
        group.test(of, objection, false).unwrap();
    }
    group.tick(days(2));
    assert_eq!(group.ended(proposal), Outcome::Applied, "eva has responded, and nothing stands");
}

#[test]
fn the_test_is_that_of_the_opening() {
    let mut group = Group::five(RULE);
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("eva", proposal).unwrap();
    let mut policy = group.domain("policy");
    let Rule::Consent(consent) = &mut policy.rule else { panic!() };
    consent.objection_test = None;
    let both = group.open("ana", &[Effect::SetDomain(policy)]);
    for of in ["ben", "cem", "dan", "eva"] {
        group.agree(of, both).unwrap();
    }
    group.tick(days(1));
    assert_eq!(group.ended(both), Outcome::Applied);
    for of in ["ben", "cem"] {
        group.test(of, objection, false).expect("the rule is that of the opening");
    }
    assert!(!the(&group, proposal).stands());
}
