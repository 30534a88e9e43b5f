//! Agents: limited by sponsor, scope and end; never counted where people decide.

use crate::{
    charter::{AgentLimits, Holder, Member, MemberKind},
    decision::Outcome,
    effect::Effect,
    fixture::{DAY, Group, assert_refused, charter, days, drop_member, key, ms, name, start, text},
    ladder::Reason,
    statement::{Act, Answer},
};

/// The agent with another scope and end.
fn bot(scope: &[&str], days_left: u64) -> Member {
    let limits = AgentLimits {
        sponsor: name("ana"),
        scope: scope.iter().map(|domain| name(domain)).collect(),
        until: start() + days(days_left),
    };
    Member { name: name("bot"), kind: MemberKind::Agent(limits), keys: vec![key("bot").public()] }
}

#[test]
fn where_people_decide_an_agent_only_proposes_and_advises() {
    let mut group = Group::new();
    let proposal = group.open("bot", &[text("principles")]);
    for answer in [Answer::Agree, Answer::Aside, Answer::Concern, Answer::Object, Answer::Abstain] {
        assert_refused!(group.answer("bot", proposal, answer), Unauthorised::PeopleOnly { .. });
    }
    group.advise("bot", proposal).unwrap();
    group.amend("bot", proposal, &[text("principles")]).unwrap();
    group.withdraw("bot", proposal).unwrap();
}

#[test]
fn where_people_decide_an_agent_is_in_no_count() {
    let mut group = Group::new();
    let proposal = group.open("bot", &[text("principles")]);
    assert_eq!(group.shown(proposal).polls[0].eligible, ["ana", "ben", "cem"].map(name).into());
    for person in ["ana", "ben", "cem"] {
        group.agree(person, proposal).unwrap();
    }
    group.tick(DAY);
    let standing = &group.replica.decision(&proposal).unwrap().standings[0];
    assert_eq!(standing.reason, Reason::NoObjection { responded: 3, quorum: 3 });
}

#[test]
fn an_agent_counts_in_its_scope_elsewhere() {
    let mut group = Group::new();
    let proposal = group.open("bot", &[text("policy")]);
    assert_eq!(group.shown(proposal).responses.len(), 1, "its filing is its agreement");
    group.agree("ana", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn an_agent_out_of_scope_does_nothing() {
    let mut group = Group::new();
    for effect in [text("tools"), text("charter"), drop_member("cem"), Effect::DropRole { role: name("keeper") }] {
        assert_refused!(group.propose("bot", &[effect]), Unauthorised::OutOfScope { .. });
    }
    assert_refused!(group.propose("bot", &[text("policy"), text("tools")]), Unauthorised::OutOfScope { .. });
    let proposal = group.open("ana", &[text("tools")]);
    assert_refused!(group.advise("bot", proposal), Unauthorised::OutOfScope { .. });
    assert_refused!(group.agree("bot", proposal), Unauthorised::OutOfScope { .. });
}

#[test]
fn an_agent_out_of_scope_is_in_no_count() {
    let mut group = Group::with(|charter| drop(charter.members.put(bot(&["purchases"], 60))));
    let proposal = group.open("ana", &[text("policy")]);
    assert_eq!(group.shown(proposal).polls[0].eligible.len(), 3);
    assert_refused!(group.object("bot", proposal), Unauthorised::OutOfScope { .. });
}

#[test]
fn an_agent_that_lost_a_domain_from_its_scope_is_silent_there() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.carry("ana", &[Effect::SetMember(bot(&["purchases"], 60))]);
    assert_refused!(group.object("bot", proposal), Unauthorised::OutOfScope { .. });
    assert_refused!(group.advise("bot", proposal), Unauthorised::OutOfScope { .. });
}

#[test]
fn an_agent_that_lost_a_domain_from_its_scope_calls_nothing_in_there() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("purchases")]);
    group.agree("ana", proposal).unwrap();
    group.tick(ms(0));
    assert!(group.replica.may_call_in(group.shown(proposal), &name("bot"), group.now));
    group.carry("ana", &[Effect::SetMember(bot(&["policy"], 60))]);
    assert!(!group.replica.may_call_in(group.shown(proposal), &name("bot"), group.now));
    assert_refused!(group.call_in("bot", proposal), Unauthorised::OutOfScope { .. });
}

#[test]
fn an_agent_that_has_ended_does_nothing() {
    let mut group = Group::new();
    group.now = (start() + days(60)).before(ms(1));
    let proposal = group.open("bot", &[text("policy")]);
    group.wait(ms(1));
    assert_refused!(group.act("bot", Act::Seen {}), Unauthorised::AgentEnded { .. });
    assert_refused!(group.agree("bot", proposal), Unauthorised::AgentEnded { .. });
    assert_refused!(group.withdraw("bot", proposal), Unauthorised::AgentEnded { .. });
    let later = group.open("ana", &[text("policy")]);
    assert_eq!(group.shown(later).polls[0].eligible.len(), 3, "and counts nowhere");
    assert!(group.shown(proposal).responses.contains_key(&name("bot")), "what it said before stands");
}

#[test]
fn a_decision_gives_an_agent_a_later_end() {
    let mut group = Group::new();
    group.now = start() + days(60);
    group.carry("ana", &[Effect::SetMember(bot(&["policy"], 90))]);
    group.open("bot", &[text("policy")]);
}

#[test]
fn an_agent_with_a_role_decides_only_outside_what_people_decide() {
    for people_only in [false, true] {
        let mut group = Group::with(|charter| {
            let holders = &mut charter.roles.find_mut(&name("treasurer")).unwrap().holders;
            holders.put(Holder { member: name("bot"), from: start(), until: start() + days(30) });
            charter.domains.find_mut(&name("purchases")).unwrap().people_only = people_only;
        });
        let proposal = group.open("cem", &[text("purchases")]);
        if people_only {
            assert_refused!(group.agree("bot", proposal), Unauthorised::PeopleOnly { .. });
            assert_refused!(group.object("bot", proposal), Unauthorised::PeopleOnly { .. });
        } else {
            group.agree("bot", proposal).unwrap();
        }
    }
}

#[test]
fn an_agent_with_the_only_term_opens_nothing_that_people_decide() {
    let mut group = Group::with(|charter| {
        let holders = &mut charter.roles.find_mut(&name("treasurer")).unwrap().holders;
        holders.take(&name("ana"));
        holders.put(Holder { member: name("bot"), from: start(), until: start() + days(30) });
        charter.domains.find_mut(&name("purchases")).unwrap().people_only = true;
    });
    assert_refused!(group.propose("ana", &[text("purchases")]), Conflict::NobodyEligible(_));
}

#[test]
fn a_person_who_becomes_an_agent_adds_nothing_where_people_decide() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("principles")]);
    let limits = AgentLimits { sponsor: name("ana"), scope: vec![name("principles")], until: start() + days(60) };
    let machine = Member { kind: MemberKind::Agent(limits), ..charter().members.find(&name("cem")).unwrap().clone() };
    group.carry("ana", &[Effect::SetMember(machine)]);
    assert_refused!(group.object("cem", proposal), Unauthorised::PeopleOnly { .. });
}

#[test]
fn an_agents_sponsor_is_not_removed_without_it() {
    let mut group = Group::new();
    assert_refused!(group.propose("ben", &[drop_member("ana")]), Malformed::Charter(_));
    group.open("ben", &[drop_member("bot"), drop_member("ana")]);
}
