//! Terms in roles: given and ended one by one, filled after nominations or by ranked ballots, and recall.

use super::ranked::{offer, option, rank};
use crate::{
    charter::Holder,
    decision::Outcome,
    effect::Effect,
    error::Refusal,
    fixture::{DAY, Group, assert_refused, body, days, name, rule, start},
    id::{ProposalId, StatementId},
    ladder::Reason,
    statement::{Act, Answer, Nomination},
    time::Timestamp,
};

/// Five people; the role `keeper` is filled in the domain `policy`, by this rule.
fn group(of: &str) -> Group {
    Group::with(|charter| {
        ["dan", "eva"].into_iter().for_each(|handle| drop(charter.members.put(crate::fixture::person(handle))));
        let policy = charter.domains.find_mut(&name("policy")).unwrap();
        (policy.rule, policy.people_only) = (rule(of), true);
        charter.roles.find_mut(&name("keeper")).unwrap().filled_in = Some(name("policy"));
    })
}

const CONSENT: &str = r#"{ "consent": { "quorum": "1/2" } }"#;

fn from() -> Timestamp {
    start() + days(20)
}

fn seat(member: Option<&str>) -> Effect {
    Effect::Seat { role: name("keeper"), member: member.map(name), from: from(), until: from() + days(90) }
}

fn unseat(member: &str) -> Effect {
    Effect::Unseat { role: name("keeper"), member: name(member) }
}

fn nominate(group: &mut Group, of: &str, proposal: ProposalId, member: &str) -> Result<StatementId, Refusal> {
    let version = group.shown(proposal).version();
    group.act(of, Act::Nominate(Nomination { proposal, version, member: name(member), reason: body("a good one") }))
}

fn holders(group: &Group) -> Vec<(String, Timestamp, Timestamp)> {
    let role = group.replica.charter().roles.find(&name("keeper")).unwrap();
    role.holders.iter().map(|Holder { member, from, until }| (member.to_string(), *from, *until)).collect()
}

#[test]
fn a_seat_leaves_the_other_holders_alone() {
    let mut group = group(CONSENT);
    group.carry("ana", &[seat(Some("cem")), seat(Some("dan"))]);
    let term = |of: &str, first, last| (of.to_owned(), first, last);
    let both = [term("cem", from(), from() + days(90)), term("dan", from(), from() + days(90))];
    assert_eq!(holders(&group), [&[term("ben", start(), start() + days(30))], &both[..]].concat());
    group.carry("ana", &[seat(Some("ben"))]);
    assert_eq!(holders(&group)[0], term("ben", start(), from() + days(90)), "a term goes on");
    assert_refused!(
        group.propose(
            "ana",
            &[Effect::Seat { role: name("keeper"), member: Some(name("ben")), from: start(), until: from() }]
        ),
        Conflict::Effect { .. }
    );
    assert_refused!(group.propose("ana", &[seat(Some("fay"))]), Malformed::Charter(_));
    let nothing = Effect::Seat { role: name("keeper"), member: None, from: from(), until: from() };
    assert_refused!(group.propose("ana", &[nothing]), Conflict::Effect { .. });
}

#[test]
fn the_role_names_the_domain_that_fills_it() {
    let mut group = group(CONSENT);
    let domain = |group: &mut Group, effect: Effect| {
        let proposal = group.open("ana", &[effect]);
        group.shown(proposal).polls[0].domain.to_string()
    };
    assert_eq!(domain(&mut group, seat(Some("cem"))), "policy");
    assert_eq!(domain(&mut group, unseat("ben")), "policy");
    let treasurer =
        Effect::Seat { role: name("treasurer"), member: Some(name("cem")), from: from(), until: from() + DAY };
    assert_eq!(domain(&mut group, treasurer), "charter", "one that names none is the charter's to fill");
}

#[test]
fn members_nominate_and_the_proposer_seats_one_of_them() {
    let mut group = group(CONSENT);
    let proposal = group.open("ana", &[seat(None)]);
    assert!(group.shown(proposal).responses.is_empty(), "nobody agrees to nobody");
    for answer in [Answer::Agree, Answer::Abstain, Answer::Object] {
        assert_refused!(group.answer("ben", proposal, answer), Conflict::NobodyNamed(_));
    }
    assert_refused!(nominate(&mut group, "ben", proposal, "fay"), Conflict::Nominee(_));
    assert_refused!(nominate(&mut group, "bot", proposal, "cem"), Unauthorised::PeopleOnly { .. });
    nominate(&mut group, "ben", proposal, "dan").unwrap();
    nominate(&mut group, "cem", proposal, "eva").unwrap();
    nominate(&mut group, "ben", proposal, "eva").unwrap();
    group.advise("bot", proposal).unwrap();
    assert_refused!(group.amend("ana", proposal, &[seat(Some("dan"))]), Conflict::Nominee(_));
    group.amend("ana", proposal, &[seat(Some("eva"))]).unwrap();
    group.agree("ben", proposal).unwrap();
    let objection = group.object("cem", proposal).unwrap();
    nominate(&mut group, "dan", proposal, "cem").unwrap();
    group.amend("ana", proposal, &[seat(Some("cem"))]).unwrap();
    group.withdraw("cem", objection).unwrap();
    for of in ["ben", "cem", "dan", "eva"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(DAY);
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert!(holders(&group).iter().any(|(member, ..)| member == "cem"));
    let nominations = group.replica.decision(&proposal).unwrap().proposal.nominations.clone().unwrap();
    let of = |by: &str| nominations[&name(by)].member.to_string();
    assert_eq!((of("ben"), of("cem"), of("dan")), ("eva".into(), "eva".into(), "cem".into()));
    assert_eq!(group.replayed().digest(), group.replica.digest());
}

#[test]
fn without_a_name_nothing_passes_by_any_rule() {
    let vote = r#"{ "vote": { "quorum": "1/5", "yes": { "more_than": "1/2" } } }"#;
    for of in [CONSENT, vote, r#"{ "consensus": { "asides": 0 } }"#] {
        let mut group = group(of);
        let proposal = group.open("ana", &[seat(None)]);
        nominate(&mut group, "ben", proposal, "dan").unwrap();
        group.tick(days(8));
        assert_eq!(group.ended(proposal), Outcome::NotPassed, "{of}");
    }
}

#[test]
fn nominations_belong_to_a_proposal_that_opened_for_them() {
    let mut group = group(CONSENT);
    let named = group.open("ana", &[seat(Some("cem"))]);
    assert_refused!(nominate(&mut group, "ben", named, "dan"), Conflict::NoNominations(_));
    assert_refused!(group.amend("ana", named, &[seat(None)]), Conflict::Nominee(_));
}

#[test]
fn who_is_recalled_has_no_say_in_it() {
    let mut group = group(CONSENT);
    let proposal = group.open("ana", &[unseat("ben")]);
    assert_refused!(group.object("ben", proposal), Unauthorised::NotEligible { .. });
    for of in ["cem", "dan", "eva"] {
        group.agree(of, proposal).unwrap();
    }
    group.tick(DAY);
    assert_eq!((group.ended(proposal), holders(&group).len()), (Outcome::Applied, 0));
    assert!(group.replica.charter().members.find(&name("ben")).is_some(), "a recall removes nobody");
    assert_refused!(group.propose("ana", &[unseat("ben")]), Conflict::Effect { .. });
}

#[test]
fn a_role_is_filled_by_ranked_ballots() {
    let mut group = group(
        r#"{ "ranked": { "quorum": "1/2", "count": { "method": "stv", "seats": 2, "unranked": "ignore", "ties": ["order"] } } }"#,
    );
    let candidates = ["cem", "dan", "eva"].map(|of| option(of, &[seat(Some(of))]));
    let proposal = group.act("ana", Act::Propose(offer(&candidates))).unwrap().into();
    group.act("eva", Act::WithdrawOption { proposal, version: 1, option: name("eva") }).unwrap();
    for (of, order) in [("ana", "eva dan"), ("ben", "cem"), ("cem", "cem"), ("dan", "dan cem")] {
        rank(&mut group, of, proposal, order).unwrap();
    }
    group.tick(days(7));
    let Reason::Elected { mut winners, .. } = group.reason(proposal) else { panic!("{:?}", group.reason(proposal)) };
    winners.sort();
    assert_eq!(winners, [name("cem"), name("dan")]);
    let seated: Vec<_> = holders(&group).into_iter().map(|(member, ..)| member).collect();
    assert_eq!(seated, ["ben", "cem", "dan"]);
    let recall = offer(&[option("recall", &[unseat("cem")]), option("keep", &[])]);
    let recall = group.act("ana", Act::Propose(recall)).unwrap().into();
    assert_refused!(rank(&mut group, "cem", recall, "keep"), Unauthorised::NotEligible { .. });
    let nobody = offer(&[option("a", &[seat(None)]), option("b", &[])]);
    assert_refused!(group.act("ana", Act::Propose(nobody)), Conflict::Options(_));
}
