//! Roles end by themselves: an expired holder's acts are invalid.

use crate::{
    charter::{Holder, Owner, Role},
    decision::Outcome,
    effect::Effect,
    fixture::{DAY, Group, assert_refused, days, ms, name, start, text},
    statement::Answer,
    table::Table,
    time::Timestamp,
};

/// A role with these terms.
fn role(of: &str, holders: &[(&str, Timestamp, Timestamp)]) -> Role {
    let holder = |(member, from, until): &(&str, Timestamp, Timestamp)| Holder {
        member: name(member),
        from: *from,
        until: *until,
    };
    let holders = Table::new(holders.iter().map(holder).collect()).unwrap();
    Role { name: name(of), purpose: "Work".into(), holders, filled_in: None, represents: None }
}

/// The tools are ben's from the second day on, for three days.
fn with_term() -> Group {
    Group::with(|charter| drop(charter.roles.put(role("keeper", &[("ben", start() + DAY, start() + days(4))]))))
}

#[test]
fn a_term_starts_at_its_start_and_ends_before_its_end() {
    for (day, holds) in [(1, true), (3, true), (4, false)] {
        let mut group = with_term();
        group.wait(days(1));
        let proposal = group.open("ana", &[text("tools")]);
        group.now = start() + days(day);
        let decides = group.agree("ben", proposal);
        if holds {
            decides.unwrap();
        } else {
            assert_refused!(decides, Unauthorised::TermEnded { .. });
        }
    }
}

#[test]
fn the_last_moment_of_a_term_is_a_millisecond_before_its_end() {
    let mut group = with_term();
    group.wait(days(1));
    let proposal = group.open("ana", &[text("tools")]);
    group.now = (start() + days(4)).before(ms(1));
    group.agree("ben", proposal).unwrap();
}

#[test]
fn a_domain_whose_role_nobody_holds_opens_nothing() {
    let mut group = with_term();
    assert_refused!(group.propose("ana", &[text("tools")]), Conflict::NobodyEligible(_));
    group.wait(ms(DAY.millis() - 1));
    assert_refused!(group.propose("ana", &[text("tools")]), Conflict::NobodyEligible(_));
    group.wait(ms(1));
    group.open("ana", &[text("tools")]);
    group.wait(days(3));
    let refused = group.propose("ana", &[text("tools")]);
    assert_refused!(refused.clone(), Conflict::NobodyEligible(_));
    let words = refused.unwrap_err().to_string();
    let ended = format!("the term of ben as 'keeper' ended at {}", start() + days(4));
    assert!(words.contains("in the domain 'tools'") && words.contains(&ended), "{words}");
    assert!(words.contains("moot propose --seat keeper"), "{words}");
}

#[test]
fn who_acts_outside_the_term_is_told_when_it_ended_or_begins() {
    let term = (start() + DAY, start() + days(4));
    for (day, says) in [(0, format!("begins at {}", term.0)), (5, format!("ended at {}", term.1))] {
        let later = (start(), start() + days(9));
        let holders = [("ben", term.0, term.1), ("cem", later.0, later.1)];
        let mut group = Group::with(|charter| drop(charter.roles.put(role("keeper", &holders))));
        group.wait(days(day));
        let proposal = group.open("ana", &[text("tools")]);
        let refused = group.agree("ben", proposal);
        assert_refused!(refused.clone(), Unauthorised::TermEnded { .. });
        let words = refused.unwrap_err().to_string();
        assert!(words.contains(&format!("the term as 'keeper' {says}")), "{words}");
    }
}

#[test]
fn an_expired_holder_neither_decides_nor_declines() {
    let mut group = with_term();
    group.wait(days(3));
    let proposal = group.open("ana", &[text("tools")]);
    group.wait(days(2));
    for answer in [Answer::Agree, Answer::Object, Answer::Abstain] {
        assert_refused!(group.answer("ben", proposal, answer), Unauthorised::TermEnded { .. });
    }
    group.advise("ben", proposal).unwrap();
    group.tick(days(2));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
}

#[test]
fn what_a_holder_decided_in_the_term_stands() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("tools"), text("policy")]);
    group.now = (start() + days(30)).before(ms(1));
    let late = group.propose("cem", &[text("tools"), text("policy")]).unwrap();
    group.agree("ben", late).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(late), Outcome::Applied, "the term ended while others responded");
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
}

#[test]
fn the_successor_may_act_on_what_is_open() {
    let mut group = Group::new();
    let end = start() + days(30);
    group.carry("ana", &[Effect::SetRole(role("keeper", &[("ben", start(), end), ("cem", end, end + days(30))]))]);
    group.now = end.before(DAY);
    let proposal = group.open("ana", &[text("tools")]);
    assert_refused!(group.agree("cem", proposal), Unauthorised::TermEnded { .. });
    group.tick(DAY);
    assert_refused!(group.agree("ben", proposal), Unauthorised::TermEnded { .. });
    group.agree("cem", proposal).unwrap();
    group.tick(ms(0));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn a_holder_named_after_the_opening_may_act() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("tools")]);
    group.carry("ana", &[Effect::SetRole(role("keeper", &[("cem", start(), start() + days(30))]))]);
    assert_refused!(group.agree("ben", proposal), Unauthorised::NotEligible { .. });
    group.agree("cem", proposal).unwrap();
    group.tick(ms(0));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn a_removed_holders_decision_stands_until_the_close() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("tools"), text("policy")]);
    group.agree("ben", proposal).unwrap();
    group.carry("ana", &[crate::fixture::drop_member("ben")]);
    assert!(group.replica.charter().roles.find(&name("keeper")).unwrap().holders.is_empty());
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn holders_of_the_owning_role_decide_by_its_rule() {
    let mut group = Group::with(|charter| {
        charter.roles.put(role("keeper", &[("ben", start(), start() + DAY), ("cem", start(), start() + days(9))]));
        charter.domains.find_mut(&name("policy")).unwrap().owner = Owner::Role(name("keeper"));
    });
    let both = group.open("ana", &[text("policy")]);
    assert_eq!(group.shown(both).polls[0].eligible, [name("ben"), name("cem")].into());
    group.wait(days(2));
    let one = group.open("ana", &[text("policy")]);
    assert_eq!(group.shown(one).polls[0].eligible, [name("cem")].into());
    group.agree("ben", both).expect("for consent, the eligible are those at opening");
    assert_refused!(group.agree("ben", one), Unauthorised::TermEnded { .. });
}
