//! Ranked: what may be proposed, who votes, what wins, and what a tie does.

use proptest::prelude::*;

use super::random::cases;
use crate::{
    decision::Outcome,
    effect::Effect,
    error::Refusal,
    fixture::{DAY, Group, assert_refused, content, days, drop_member, hours, name, text},
    id::{ProposalId, StatementId},
    ladder::{Reason, tally::Over},
    name::Name,
    statement::{Act, Amendment, Answer, Ballot, Proposal, ProposalOption},
};

/// Five people whose domain `policy` is ranked by this count.
pub(super) fn ranked(count: &str) -> Group {
    Group::five(&format!(r#"{{ "ranked": {{ "quorum": "1/2", "count": {{ {count} }} }} }}"#))
}

const SCHULZE: &str = r#""method": "schulze", "unranked": "last""#;

/// An option that agrees on something, or leaves things as they are.
pub(super) fn option(label: &str, effects: &[Effect]) -> ProposalOption {
    ProposalOption { label: name(label), text: None, tags: [].into(), effects: effects.to_vec() }
}

pub(super) fn offer(options: &[ProposalOption]) -> Proposal {
    Proposal { options: options.to_vec(), ..content(&[]) }
}

/// Opens a proposal of these options in `policy`, each an agreement.
fn open(group: &mut Group, labels: &[&str]) -> ProposalId {
    let options: Vec<_> = labels.iter().map(|label| option(label, &[text("policy")])).collect();
    group.act("ana", Act::Propose(offer(&options))).unwrap().into()
}

/// Ranks as in `"a,b c"`: commas join equals.
pub(super) fn rank(group: &mut Group, of: &str, proposal: ProposalId, order: &str) -> Result<StatementId, Refusal> {
    let version = group.replica.proposal(&proposal).map_or(1, |open| open.version());
    let ranking = order.split_whitespace().map(|equal| equal.split(',').map(name).collect()).collect();
    group.act(of, Act::Rank(Ballot { proposal, version, ranking, reason: None }))
}

fn names(labels: &[&str]) -> Vec<Name> {
    labels.iter().map(|label| name(label)).collect()
}

fn winners(group: &Group, proposal: ProposalId) -> Vec<Name> {
    group.replica.decision(&proposal).unwrap().standings[0].winners().to_vec()
}

#[test]
fn the_effects_of_the_winner_are_carried_out_and_no_others() {
    let mut group = ranked(SCHULZE);
    let proposal = open(&mut group, &["apples", "bread", "cake"]);
    assert!(group.shown(proposal).responses.is_empty(), "filing is no ballot");
    for (of, order) in [("ana", "bread apples"), ("ben", "bread cake"), ("cem", "apples"), ("dan", "cake bread")] {
        rank(&mut group, of, proposal, order).unwrap();
    }
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_eq!(winners(&group, proposal), names(&["bread"]));
    let agreements: Vec<_> = group.replica.agreements().map(|agreement| agreement.id.1).collect();
    assert_eq!(agreements, [1], "the second effect of all options, by its place");
    assert_eq!(group.replayed().digest(), group.replica.digest());
}

#[test]
fn several_winners_are_carried_out_together() {
    let mut group = ranked(r#""method": "stv", "seats": 2, "unranked": "ignore""#);
    let proposal = open(&mut group, &["apples", "bread", "cake"]);
    for (of, order) in
        [("ana", "cake"), ("ben", "cake apples"), ("cem", "cake apples"), ("dan", "bread"), ("eva", "bread")]
    {
        rank(&mut group, of, proposal, order).unwrap();
    }
    group.tick(DAY);
    assert_eq!(winners(&group, proposal), names(&["cake", "bread"]), "everybody has voted: it closes early");
    assert_eq!(group.replica.agreements().count(), 2);
}

#[test]
fn the_latest_ballot_counts_and_abstaining_is_voting() {
    let mut group = ranked(SCHULZE);
    let proposal = open(&mut group, &["apples", "bread"]);
    rank(&mut group, "ana", proposal, "apples bread").unwrap();
    rank(&mut group, "ben", proposal, "apples").unwrap();
    rank(&mut group, "ana", proposal, "bread apples").unwrap();
    rank(&mut group, "ben", proposal, "bread").unwrap();
    group.tick(DAY);
    assert!(group.is_open(proposal));
    group.answer("cem", proposal, Answer::Abstain).unwrap();
    group.tick(days(7));
    let ranking = vec![names(&["bread"]), names(&["apples"])];
    let expected = Reason::Elected { winners: names(&["bread"]), ranking, responded: 3, quorum: 3 };
    assert_eq!(group.reason(proposal), expected);
}

#[test]
fn too_few_voters_decide_nothing() {
    let mut group = ranked(SCHULZE);
    let proposal = open(&mut group, &["apples", "bread"]);
    rank(&mut group, "ana", proposal, "apples").unwrap();
    group.answer("ben", proposal, Answer::Abstain).unwrap();
    group.tick(days(7));
    assert_eq!(group.reason(proposal), Reason::QuorumMissed { responded: 2, quorum: 3 });
    let empty = open(&mut group, &["apples", "bread"]);
    for of in ["ana", "ben", "cem"] {
        group.answer(of, empty, Answer::Abstain).unwrap();
    }
    group.tick(days(7));
    assert_eq!((group.ended(empty), group.reason(empty)), (Outcome::NotPassed, Reason::NobodyElected));
}

#[test]
fn a_tie_that_no_rule_breaks_does_not_pass_and_shows() {
    for (ties, outcome) in [("[]", Outcome::NotPassed), (r#"["order"]"#, Outcome::Applied)] {
        let mut group = ranked(&format!(r#"{SCHULZE}, "ties": {ties}"#));
        let proposal = open(&mut group, &["bread", "apples"]);
        rank(&mut group, "ana", proposal, "apples").unwrap();
        rank(&mut group, "ben", proposal, "bread").unwrap();
        group.answer("cem", proposal, Answer::Abstain).unwrap();
        group.tick(days(7));
        assert_eq!(group.ended(proposal), outcome, "{ties}");
        if outcome == Outcome::NotPassed {
            let among = names(&["bread", "apples"]);
            assert_eq!(group.reason(proposal), Reason::Tied { among, over: Over::Seat, winners: vec![] });
        } else {
            assert_eq!(winners(&group, proposal), names(&["bread"]), "the proposal names it first");
        }
    }
}

#[test]
fn a_withdrawn_option_is_skipped_on_every_ballot() {
    let mut group = ranked(SCHULZE);
    let proposal = open(&mut group, &["apples", "bread", "ben"]);
    for (of, order) in [("ana", "ben bread"), ("ben", "ben bread"), ("cem", "apples")] {
        rank(&mut group, of, proposal, order).unwrap();
    }
    let withdraw = |group: &mut Group, of: &str, option: &str| {
        group.act(of, Act::WithdrawOption { proposal, version: 1, option: name(option) })
    };
    assert_refused!(withdraw(&mut group, "cem", "bread"), Unauthorised::NotAuthor { .. });
    assert_refused!(withdraw(&mut group, "ana", "dates"), Conflict::NoOption(_));
    withdraw(&mut group, "ben", "ben").unwrap();
    assert_refused!(withdraw(&mut group, "ana", "ben"), Conflict::NoOption(_));
    rank(&mut group, "dan", proposal, "ben bread apples").expect("who had not seen the withdrawal votes as well");
    group.tick(days(7));
    assert_eq!(winners(&group, proposal), names(&["bread"]));
    let late = group.act("ana", Act::WithdrawOption { proposal, version: 1, option: name("bread") });
    assert_refused!(late, Conflict::Closed(_));
}

#[test]
fn a_new_version_starts_without_ballots_and_withdrawals() {
    let mut group = ranked(SCHULZE);
    let proposal = open(&mut group, &["apples", "bread"]);
    rank(&mut group, "ben", proposal, "apples").unwrap();
    group.act("ana", Act::WithdrawOption { proposal, version: 1, option: name("bread") }).unwrap();
    let content = offer(&[option("bread", &[text("policy")]), option("nothing", &[])]);
    let amendment = Amendment { proposal, version: 2, content, integrates: Vec::new() };
    group.act("ana", Act::Amend(amendment)).unwrap();
    let shown = group.shown(proposal);
    assert!(shown.responses.is_empty() && shown.withdrawn_options.is_empty());
    assert_refused!(rank(&mut group, "ben", proposal, "apples"), Conflict::NoOption(_));
    for of in ["ana", "ben", "cem"] {
        rank(&mut group, of, proposal, "nothing").unwrap();
    }
    group.tick(days(7));
    assert_eq!((group.ended(proposal), group.replica.agreements().count()), (Outcome::Applied, 0));
}

#[test]
fn a_ballot_ranks_options_of_the_version_once_by_who_is_eligible() {
    let mut group = ranked(SCHULZE);
    let proposal = open(&mut group, &["apples", "bread"]);
    assert_refused!(rank(&mut group, "ana", proposal, ""), Malformed::Size { .. });
    assert_refused!(rank(&mut group, "ana", proposal, "apples apples"), Malformed::Ballot(_));
    assert_refused!(rank(&mut group, "ana", proposal, "bread,apples"), Malformed::NotSorted(_));
    assert_refused!(rank(&mut group, "ana", proposal, "cake"), Conflict::NoOption(_));
    assert_refused!(rank(&mut group, "bot", proposal, "apples"), Unauthorised::PeopleOnly { .. });
    for answer in [Answer::Agree, Answer::Object, Answer::Concern, Answer::Aside] {
        assert_refused!(group.answer("ana", proposal, answer), Conflict::OnlyRanked(_));
    }
    assert_refused!(group.answer("ana", proposal, Answer::Rank), Malformed::Ballot(_));
    group.advise("bot", proposal).unwrap();
    rank(&mut group, "ana", proposal, "apples,bread").unwrap();
    group.tick(days(7));
    assert_refused!(rank(&mut group, "ben", proposal, "apples"), Conflict::Closed(_));
    let plain = group.open("ana", &[drop_member("cem")]);
    assert_refused!(rank(&mut group, "ana", plain, "apples"), Conflict::NotRanked(_));
}

#[test]
fn options_belong_to_one_ranked_domain() {
    let mut group = ranked(SCHULZE);
    let mut refused =
        |options: &[ProposalOption]| group.act("ana", Act::Propose(offer(options))).unwrap_err().to_string();
    let apples = || option("apples", &[text("policy")]);
    let bad = [
        (vec![apples()], "the list of options has 1"),
        (vec![apples(), apples()], "two are called 'apples'"),
        (vec![apples(), option("bread", &[text("principles")])], "belong to policy, principles"),
        (vec![option("a", &[text("principles")]), option("b", &[text("principles")])], "belong to principles"),
        (vec![option("a", &[]), option("b", &[])], "none of them changes anything"),
    ];
    for (options, expected) in bad {
        let found = refused(&options);
        assert!(found.contains(expected), "{found}");
    }
    assert_refused!(group.propose("ana", &[text("policy")]), Conflict::Options(_));
    let both = Proposal { effects: vec![text("policy")], ..offer(&[apples(), option("b", &[])]) };
    assert_refused!(group.act("ana", Act::Propose(both)), Conflict::Options(_));
}

/// The domain `policy` with another rule.
fn with_rule(group: &Group, like: &str) -> Effect {
    let mut domain = group.replica.charter().domains.find(&name("policy")).unwrap().clone();
    domain.rule = group.replica.charter().domains.find(&name(like)).unwrap().rule.clone();
    Effect::SetDomain(domain)
}

#[test]
fn a_domain_that_ranks_is_changed_by_the_charter_domain_alone() {
    let mut group = ranked(SCHULZE);
    let change = with_rule(&group, "membership");
    let change = group.carry("ana", &[change]);
    let polls = &group.replica.decision(&change).unwrap().proposal.polls;
    assert_eq!(polls.iter().map(|poll| &poll.domain).collect::<Vec<_>>(), [&name("charter")]);
    assert!(!group.replica.charter().domains.find(&name("policy")).unwrap().rule.is_ranked());
    // From now on its own rule has a say again.
    let change = with_rule(&group, "principles");
    let change = group.open("ana", &[change]);
    assert_eq!(group.shown(change).polls.len(), 2);
}

#[test]
fn a_version_has_options_where_the_rule_of_the_opening_ranks_them() {
    let mut group = ranked(SCHULZE);
    let ranking = open(&mut group, &["apples", "bread"]);
    let consent = with_rule(&group, "membership");
    let plain = group.open("ana", &[text("charter")]);
    group.carry("ben", &[consent]);
    let version = |proposal, content| Act::Amend(Amendment { proposal, version: 2, content, integrates: Vec::new() });
    let options = offer(&[option("apples", &[text("policy")]), option("cake", &[text("policy")])]);
    assert_refused!(group.act("ana", version(ranking, content(&[text("policy")]))), Conflict::Options(_));
    assert_refused!(group.act("ana", version(plain, options.clone())), Conflict::Options(_));
    group.act("ana", version(ranking, options)).unwrap();
    for of in ["ana", "ben", "cem"] {
        rank(&mut group, of, ranking, "cake").unwrap();
    }
    group.tick(days(7));
    assert_eq!((group.ended(ranking), winners(&group, ranking)), (Outcome::Applied, names(&["cake"])));
}

#[test]
fn options_may_be_about_one_agreement_until_two_of_them_win() {
    let count = r#""method": "stv", "seats": 2, "unranked": "ignore", "ties": ["order"]"#;
    let mut group = ranked(count);
    let agreed = open(&mut group, &["apples", "bread"]);
    for of in ["ana", "ben", "cem"] {
        rank(&mut group, of, agreed, "apples bread").unwrap();
    }
    group.tick(days(7));
    let agreement = group.replica.agreements().next().unwrap().id;
    let about = |label| option(label, &[Effect::Keep { domain: name("policy"), agreement, review: None }]);
    let rivals: ProposalId = group.act("ana", Act::Propose(offer(&[about("a"), about("b")]))).unwrap().into();
    for of in ["ana", "ben", "cem"] {
        rank(&mut group, of, rivals, "a b").unwrap();
    }
    group.tick(days(7));
    assert!(matches!(group.ended(rivals), Outcome::Void { .. }));
}

#[test]
fn who_leaves_keeps_the_ballot() {
    let mut group = ranked(SCHULZE);
    let proposal = open(&mut group, &["apples", "bread"]);
    rank(&mut group, "eva", proposal, "bread").unwrap();
    group.wait(hours(1));
    let leave = group.open("ana", &[drop_member("eva")]);
    for of in ["ben", "cem", "dan"] {
        group.agree(of, leave).unwrap();
    }
    rank(&mut group, "ana", proposal, "apples").unwrap();
    rank(&mut group, "ben", proposal, "bread apples").unwrap();
    group.tick(days(7));
    assert_eq!((group.ended(leave), winners(&group, proposal)), (Outcome::Applied, names(&["bread"])));
}

#[test]
fn a_winner_whose_effects_no_longer_apply_makes_the_decision_void() {
    let mut group = ranked(SCHULZE);
    let agreed = open(&mut group, &["apples", "bread"]);
    for of in ["ana", "ben", "cem"] {
        rank(&mut group, of, agreed, "apples").unwrap();
    }
    group.tick(days(7));
    let agreement = group.replica.agreements().next().unwrap().id;
    let retire = || option("end", &[Effect::Retire { domain: name("policy"), agreement }]);
    let mut both = || -> ProposalId {
        let proposal = group.act("ana", Act::Propose(offer(&[retire(), option("keep", &[])]))).unwrap().into();
        for of in ["ana", "ben", "cem"] {
            rank(&mut group, of, proposal, "end").unwrap();
        }
        proposal
    };
    let ends = [both(), both()];
    group.tick(days(7));
    let outcomes = ends.map(|proposal| group.ended(proposal));
    assert!(outcomes.contains(&Outcome::Applied), "{outcomes:?}");
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Void { .. })), "{outcomes:?}");
}

fn orders() -> impl Strategy<Value = Vec<(usize, &'static str)>> {
    let order = prop::sample::select(&["a", "b", "c", "a b c", "b c a", "b,c a", "a,c", "b,c"][..]);
    prop::collection::vec((0_usize..5, order), 1..12)
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_order_of_arrival_of_different_members_changes_nothing(said in orders(), method in 0_usize..3) {
        let count = [SCHULZE, r#""method": "irv", "unranked": "ignore", "ties": ["earlier", "pairwise"]"#, r#""method": "stv", "seats": 2, "unranked": "last", "ties": ["order"]"#][method];
        let people = ["ana", "ben", "cem", "dan", "eva"];
        let tell = |said: &[(usize, &str)]| {
            let mut group = ranked(count);
            let proposal = open(&mut group, &["a", "b", "c"]);
            for (of, order) in said {
                group.wait(hours(1));
                rank(&mut group, people[*of], proposal, order).unwrap();
            }
            group.tick(days(8));
            assert_eq!(group.replayed().digest(), group.replica.digest());
            let decision = group.replica.decision(&proposal).unwrap();
            (decision.outcome.clone(), decision.standings.clone())
        };
        // Each member's latest ballot, in another order.
        let mut latest: Vec<(usize, &str)> = Vec::new();
        for (of, order) in said.iter().rev() {
            if !latest.iter().any(|(other, _)| other == of) {
                latest.push((*of, order));
            }
        }
        prop_assert_eq!(tell(&said), tell(&latest));
    }
}
