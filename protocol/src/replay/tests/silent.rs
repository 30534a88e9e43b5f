//! Silent members: left out of what opens, until they say something.

use std::collections::BTreeSet;

use crate::{
    decision::Outcome,
    effect::Effect,
    fixture::{DAY, Group, assert_refused, days, drop_member, hours, ms, name, person, rule, start, text},
    id::ProposalId,
    ladder::Reason,
    name::Name,
    statement::Act,
    time::Span,
};

const RULE: &str = r#"{ "consent": { "quorum": "1/2" } }"#;

/// Five people, silent after so many days; each day ana and ben say something.
fn after(silent: u64) -> Group {
    Group::with(|charter| {
        ["dan", "eva"].into_iter().for_each(|handle| drop(charter.members.put(person(handle))));
        let policy = charter.domains.find_mut(&name("policy")).unwrap();
        (policy.rule, policy.people_only) = (rule(RULE), true);
        charter.participation.silent_after = Some(days(silent));
    })
}

fn talk(group: &mut Group, of: &[&str], span: Span) {
    let end = group.now + span;
    while group.now < end {
        for of in of {
            group.act(of, Act::Seen {}).unwrap();
        }
        group.tick(DAY.min(end.since(group.now)));
    }
}

fn silent(group: &Group) -> Vec<String> {
    group.replica.silent(group.now).iter().map(Name::to_string).collect()
}

fn names(of: &[&str]) -> BTreeSet<Name> {
    of.iter().map(|of| name(of)).collect()
}

/// A full window of seven days that starts a day after the founding, in which ana and ben speak and nobody else.
fn quiet(days_until_silent: u64) -> Group {
    let mut group = after(days_until_silent);
    group.tick(DAY);
    let proposal = group.open("ana", &[text("policy")]);
    talk(&mut group, &["ana", "ben"], days(7));
    assert!(!group.is_open(proposal));
    group
}

#[test]
fn who_says_nothing_while_a_full_window_runs_is_left_out() {
    let mut group = quiet(10);
    group.tick(ms(days(2).millis() - 1));
    assert_eq!(silent(&group), [""; 0], "not yet for so long");
    group.tick(ms(1));
    talk(&mut group, &["ana", "ben"], ms(1));
    assert_eq!(silent(&group), ["cem", "dan", "eva"], "the agent has no say in any window that ran");
    let proposal = group.open("ana", &[text("policy")]);
    let poll = &group.shown(proposal).polls[0];
    assert_eq!((&poll.eligible, &poll.silent), (&names(&["ana", "ben"]), &names(&["cem", "dan", "eva"])));
    group.agree("ben", proposal).unwrap();
    group.tick(DAY);
    assert_eq!(group.ended(proposal), Outcome::Applied, "early: nobody is waited for");
}

#[test]
fn they_stay_out_until_they_speak() {
    let mut group = quiet(10);
    talk(&mut group, &["ana", "ben"], days(60));
    assert_eq!(silent(&group), ["cem", "dan", "eva"], "long after the window that they missed");
    group.act("cem", Act::Seen {}).unwrap();
    assert_eq!(silent(&group), ["dan", "eva"]);
    talk(&mut group, &["ana", "ben"], days(30));
    assert_eq!(silent(&group), ["dan", "eva"], "cem was silent since, but missed nothing");
}

#[test]
fn without_a_window_nobody_is_silent() {
    let mut group = after(10);
    talk(&mut group, &["ana"], days(40));
    assert_eq!(silent(&group), [""; 0]);
    let mut never = Group::five(RULE);
    never.open("ana", &[text("policy")]);
    never.tick(days(90));
    assert_eq!(silent(&never), [""; 0], "a charter without a span leaves nobody out");
}

#[test]
fn a_window_counts_only_if_it_ran_in_full() {
    for ended in ["withdrawn", "amended", "early"] {
        let mut group = after(10);
        group.tick(DAY);
        let proposal = group.open("ana", &[text("policy")]);
        group.tick(DAY);
        match ended {
            "withdrawn" => drop(group.withdraw("ana", proposal).unwrap()),
            "amended" => {
                // The window of the second version starts with cem's word, and is the one that counts.
                group.act("cem", Act::Seen {}).unwrap();
                group.amend("ana", proposal, &[text("policy")]).unwrap();
            }
            _ => {
                for of in ["ben", "cem", "dan", "eva"] {
                    group.agree(of, proposal).unwrap();
                }
            }
        }
        talk(&mut group, &["ana", "ben"], days(20));
        let expected: &[&str] = if ended == "amended" { &["dan", "eva"] } else { &[] };
        assert_eq!(silent(&group), expected, "{ended}");
    }
}

#[test]
fn a_window_that_was_cut_short_was_not_missed() {
    let mut group = after(5);
    let mut keeper = group.replica.charter().roles.find(&name("keeper")).unwrap().clone();
    keeper.holders.put(crate::charter::Holder { member: name("cem"), from: start(), until: start() + days(90) });
    let set = group.open("ana", &[Effect::SetRole(keeper)]);
    for of in ["ben", "cem", "dan", "eva"] {
        group.agree(of, set).unwrap();
    }
    group.tick(DAY);
    let proposal = group.open("ana", &[text("tools")]);
    group.agree("cem", proposal).unwrap();
    group.tick(ms(0));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    talk(&mut group, &["ana"], days(20));
    assert_eq!(silent(&group), [""; 0], "the other keeper had no time to answer");
}

#[test]
fn any_word_in_the_window_is_enough() {
    let mut group = after(10);
    group.tick(DAY);
    let proposal = group.open("ana", &[text("policy")]);
    group.advise("cem", proposal).unwrap();
    group.tick(DAY);
    group.act("dan", Act::Seen {}).unwrap();
    talk(&mut group, &["ana", "ben"], days(30));
    assert_eq!(silent(&group), ["eva"]);
}

#[test]
fn who_had_no_say_missed_nothing() {
    let mut group = after(10);
    group.tick(DAY);
    group.open("ana", &[drop_member("eva")]);
    talk(&mut group, &["ana", "ben"], days(20));
    assert_eq!(silent(&group), ["cem", "dan"], "the subject of the removal had no say in it");
}

#[test]
fn a_response_brings_them_back_into_an_open_proposal() {
    let mut group = quiet(10);
    talk(&mut group, &["ana", "ben"], days(10));
    let proposal = group.open("ana", &[text("policy")]);
    group.act("dan", Act::Seen {}).unwrap();
    group.advise("eva", proposal).unwrap();
    assert_eq!(group.shown(proposal).polls[0].eligible, names(&["ana", "ben"]), "only a response does");
    let objection = group.object("cem", proposal).unwrap();
    let poll = &group.shown(proposal).polls[0];
    assert_eq!((&poll.eligible, &poll.silent), (&names(&["ana", "ben", "cem"]), &names(&["dan", "eva"])));
    let later = group.open("ana", &[text("policy")]);
    assert_eq!(group.shown(later).polls[0].eligible.len(), 5, "any word does for what opens later");
    group.agree("ben", proposal).unwrap();
    group.tick(DAY);
    assert!(group.is_open(proposal), "cem's objection stands");
    group.withdraw("cem", objection).unwrap();
    group.tick(days(7));
    assert_eq!(group.reason(proposal), Reason::NoObjection { responded: 2, quorum: 2 }, "of three: ana and ben");
}

#[test]
fn a_silent_author_is_heard_by_proposing() {
    let mut group = quiet(10);
    talk(&mut group, &["ana", "ben"], days(10));
    let proposal = group.open("cem", &[text("policy")]);
    assert_eq!(group.shown(proposal).polls[0].eligible, names(&["ana", "ben", "cem"]));
    assert!(group.shown(proposal).responses.contains_key(&name("cem")));
}

#[test]
fn the_order_in_one_entry_does_not_matter() {
    let group = {
        let mut group = quiet(10);
        talk(&mut group, &["ana", "ben"], days(10));
        group
    };
    for turned in [false, true] {
        let mut group = group.clone();
        let mut both = [
            group.statement("ana", Act::Propose(crate::fixture::content(&[text("policy")]))),
            group.statement("cem", Act::Seen {}),
        ];
        let proposal = ProposalId::from(both[0].id());
        if turned {
            both.reverse();
        }
        group.admit(&both).unwrap();
        assert_eq!(group.shown(proposal).polls[0].eligible, names(&["ana", "ben"]));
    }
}

#[test]
fn holders_who_decide_alone_are_never_silent() {
    let mut group = after(5);
    group.tick(hours(1));
    let proposal = group.open("cem", &[text("tools")]);
    talk(&mut group, &["cem"], days(8));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(silent(&group), ["ben"], "the keeper let the time pass");
    let next = group.open("cem", &[text("tools")]);
    assert_eq!(group.shown(next).polls[0].eligible, names(&["ben"]));
    group.agree("ben", next).unwrap();
    group.tick(ms(0));
    assert_eq!(group.ended(next), Outcome::Applied);
}

#[test]
fn after_a_call_in_the_silent_are_left_out_too_and_may_call_in() {
    let mut group = quiet(10);
    talk(&mut group, &["ana", "ben"], days(10));
    let decided = |group: &mut Group| {
        let proposal = group.open("ana", &[text("purchases")]);
        group.agree("ana", proposal).unwrap();
        group.tick(ms(0));
        proposal
    };
    let proposal = decided(&mut group);
    group.call_in("ben", proposal).unwrap();
    let poll = &group.shown(proposal).polls[0];
    assert_eq!(poll.silent, names(&["cem", "dan", "eva"]));
    assert!(!poll.eligible.contains(&name("cem")));
    let proposal = decided(&mut group);
    group.call_in("cem", proposal).expect("who calls in has spoken");
    let poll = &group.shown(proposal).polls[0];
    assert!(poll.eligible.contains(&name("cem")) && poll.silent == names(&["dan", "eva"]));
    group.object("dan", proposal).expect("a response brings dan back");
}

#[test]
fn a_silent_holder_who_decides_has_answered_what_a_call_in_makes_of_it() {
    let mut group = after(10);
    group.tick(DAY);
    group.open("ben", &[text("policy")]);
    talk(&mut group, &["ben", "cem"], days(10));
    assert_eq!(silent(&group), ["ana", "dan", "eva"]);
    let proposal = group.open("ben", &[text("purchases")]);
    group.agree("ana", proposal).unwrap();
    group.tick(ms(0));
    group.call_in("cem", proposal).unwrap();
    let poll = &group.shown(proposal).polls[0];
    assert!(poll.eligible.contains(&name("ana")) && poll.silent == names(&["dan", "eva"]));
}

#[test]
fn a_member_who_joins_was_heard_then() {
    let mut group = quiet(10);
    talk(&mut group, &["ana", "ben"], days(10));
    group.carry("ana", &[Effect::SetMember(person("fay")), drop_member("eva")]);
    group.carry("ana", &[Effect::SetMember(person("eva"))]);
    assert_eq!(silent(&group), ["cem", "dan"]);
    let from = group.now.since(start());
    let proposal = group.open("ana", &[text("policy")]);
    talk(&mut group, &["ana", "ben"], days(8));
    assert!(group.ended_after(proposal) > from);
    assert_eq!(silent(&group), ["cem", "dan"], "not for ten days yet");
}

#[test]
fn where_all_who_could_answer_are_silent_one_of_them_must_speak_first() {
    let mut group = after(10);
    group.tick(DAY);
    group.open("bot", &[text("policy")]);
    group.tick(days(20));
    assert_refused!(group.propose("bot", &[text("policy")]), Conflict::NobodyEligible(_));
    group.act("eva", Act::Seen {}).unwrap();
    let proposal = group.open("bot", &[text("policy")]);
    assert_eq!(group.shown(proposal).polls[0].eligible, names(&["eva"]));
}

#[test]
fn a_final_period_that_ends_soon_is_no_full_window() {
    let hasty = r#"{ "consent": { "quorum": "1/5", "minimum": "0s",
        "final_period": { "length": "1h", "on_objection": "hold", "latest": "2d" } } }"#;
    let mut group = Group::with(|charter| {
        ["dan", "eva"].into_iter().for_each(|handle| drop(charter.members.put(person(handle))));
        let policy = charter.domains.find_mut(&name("policy")).unwrap();
        (policy.rule, policy.people_only) = (rule(hasty), true);
        charter.participation.silent_after = Some(days(10));
    });
    group.tick(days(11));
    let proposal = group.open("ana", &[text("policy")]);
    group.agree("ana", proposal).unwrap();
    group.tick(hours(2));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_eq!(silent(&group), [""; 0], "an hour is not the seven days that they were promised");
}
