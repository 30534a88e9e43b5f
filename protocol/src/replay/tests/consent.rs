//! Consent: quorum, objections, versions, windows, and what is pinned at opening.

use crate::{
    charter::{Owner, Rule},
    decision::Outcome,
    effect::Effect,
    envelope::{Kind, Signed},
    fixture::{DAY, Group, assert_refused, body, content, days, drop_member, hours, key, ms, name, person, text},
    id::{ProposalId, StatementId},
    ladder::Reason,
    limits::{EFFECTS, OBJECTIONS_PER_MEMBER, OPEN_PROPOSALS, STATEMENTS, TITLE_BYTES},
    statement::{Act, Amendment, Answer, Proposal, Response, StatementContent},
};

/// A group where `domain` needs that share of responses.
fn with_quorum(domain: &str, quorum: &str) -> Group {
    Group::with_consent(domain, |rule| rule.quorum = quorum.parse().unwrap())
}

/// Why the first domain of a proposal that has ended stands as it does.
fn reason(group: &Group, proposal: ProposalId) -> Reason {
    group.replica.decision(&proposal).unwrap().standings[0].reason.clone()
}

fn amendment(proposal: ProposalId, version: u32, integrates: Vec<StatementId>) -> Act {
    Act::Amend(Amendment { proposal, version, content: content(&[text("policy")]), integrates })
}

// Quorum

#[test]
fn the_quorum_is_the_ceiling_of_a_share_of_the_eligible() {
    // The charter's domain has three eligible, policy four: the agent belongs there.
    for (domain, quorum, needed) in [
        ("charter", "1/3", 1),
        ("charter", "1/2", 2),
        ("charter", "2/3", 2),
        ("charter", "67/100", 3),
        ("charter", "1/1", 3),
        ("policy", "1/2", 2),
        ("policy", "51/100", 3),
        ("policy", "3/4", 3),
    ] {
        for responders in 1..=3 {
            let mut group = with_quorum(domain, quorum);
            let proposal = group.open("ana", &[text(domain)]);
            for member in ["ben", "cem"].iter().take(responders - 1) {
                group.answer(member, proposal, Answer::Aside).unwrap();
            }
            group.tick(days(7));
            let passed = group.ended(proposal) == Outcome::Applied;
            assert_eq!(passed, responders >= needed, "{quorum} of {domain} with {responders}");
        }
    }
}

#[test]
fn a_missed_quorum_is_told_in_numbers() {
    let mut group = with_quorum("charter", "1/2");
    let proposal = group.open("ana", &[text("charter")]);
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(reason(&group, proposal), Reason::QuorumMissed { responded: 1, quorum: 2 });
    assert_eq!(group.replica.agreements().count(), 0);
}

#[test]
fn at_least_one_must_respond_even_where_the_quorum_is_nothing() {
    let mut group = with_quorum("principles", "0/1");
    let proposal = group.open("bot", &[text("principles")]);
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::QuorumMissed { responded: 0, quorum: 1 });
    let proposal = group.open("bot", &[text("principles")]);
    group.answer("cem", proposal, Answer::Abstain).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn every_answer_but_advice_is_a_response() {
    for (answer, counts) in [
        (Answer::Agree, true),
        (Answer::Aside, true),
        (Answer::Concern, true),
        (Answer::Abstain, true),
        (Answer::Advice, false),
    ] {
        let mut group = Group::new();
        let proposal = group.open("ana", &[text("policy")]);
        group.answer("ben", proposal, answer).unwrap();
        group.tick(days(7));
        assert_eq!(group.ended(proposal) == Outcome::Applied, counts, "{answer:?}");
    }
}

#[test]
fn filing_is_its_authors_agreement() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    assert_eq!(group.shown(proposal).responses[&name("ana")].answer, Answer::Agree);
}

// Objections

#[test]
fn an_objection_needs_a_reason_and_nothing_else_does() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let mut bare = |answer| {
        group.act("ben", Act::Respond(Response { proposal, version: 1, answer, reason: None, weighs: Vec::new() }))
    };
    for answer in [Answer::Agree, Answer::Aside, Answer::Concern, Answer::Abstain, Answer::Advice] {
        bare(answer).unwrap();
    }
    assert_refused!(bare(Answer::Object), Malformed::NoReason(_));
}

#[test]
fn one_standing_objection_stops_what_all_others_want() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.agree("ben", proposal).unwrap();
    group.agree("bot", proposal).unwrap();
    group.object("cem", proposal).unwrap();
    group.tick(days(6));
    assert!(group.is_open(proposal), "it never closes early while an objection stands");
    group.tick(DAY);
    assert_eq!(group.ended(proposal), Outcome::NotPassed);
    assert_eq!(reason(&group, proposal), Reason::ObjectionsStand { count: 1 });
}

#[test]
fn standing_aside_and_concerns_do_not_block_and_are_recorded() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.answer("ben", proposal, Answer::Aside).unwrap();
    let words =
        Response { proposal, version: 1, answer: Answer::Concern, reason: Some(body("a worry")), weighs: Vec::new() };
    group.act("cem", Act::Respond(words)).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    let record = &group.replica.decision(&proposal).unwrap().proposal.responses;
    assert_eq!(record[&name("ben")].answer, Answer::Aside);
    assert_eq!((record[&name("cem")].answer, record[&name("cem")].reason), (Answer::Concern, Some(body("a worry"))));
}

#[test]
fn another_answer_does_not_end_an_objection() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.object("ben", proposal).unwrap();
    for member in ["ben", "cem", "bot"] {
        group.agree(member, proposal).unwrap();
    }
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::ObjectionsStand { count: 1 });
}

#[test]
fn an_objection_ends_by_its_authors_withdrawal_that_names_it() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("ben", proposal).unwrap();
    assert_refused!(group.withdraw("ana", objection), Unauthorised::NotAuthor { .. });
    assert_refused!(group.withdraw("cem", objection), Unauthorised::NotAuthor { .. });
    group.withdraw("ben", objection).unwrap();
    assert_refused!(group.withdraw("ben", objection), Conflict::NoTarget(_));
    group.answer("cem", proposal, Answer::Aside).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn only_objections_and_proposals_are_withdrawn() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let agreed = group.agree("ben", proposal).unwrap();
    assert_refused!(group.withdraw("ben", agreed), Conflict::NoTarget(_));
}

#[test]
fn each_objection_is_withdrawn_by_itself() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let first = group.object("ben", proposal).unwrap();
    let second = group.object("ben", proposal).unwrap();
    group.withdraw("ben", second).unwrap();
    assert_eq!(group.shown(proposal).standing_objections().count(), 1);
    group.withdraw("ben", first).unwrap();
    assert_eq!(group.shown(proposal).standing_objections().count(), 0);
}

#[test]
fn a_withdrawn_objection_leaves_silence() {
    let mut group = with_quorum("policy", "1/1");
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    group.agree("bot", proposal).unwrap();
    group.withdraw("ben", objection).unwrap();
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::QuorumMissed { responded: 3, quorum: 4 });
}

#[test]
fn a_withdrawal_leaves_the_answer_that_came_after_the_objection() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("ben", proposal).unwrap();
    group.agree("ben", proposal).unwrap();
    group.withdraw("ben", objection).unwrap();
    assert_eq!(group.shown(proposal).responses[&name("ben")].answer, Answer::Agree);
}

#[test]
fn one_members_objections_do_not_crowd_out_anothers() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    for _ in 0..OBJECTIONS_PER_MEMBER {
        let objection = group.object("ben", proposal).unwrap();
        group.withdraw("ben", objection).unwrap();
    }
    assert_refused!(group.object("ben", proposal), Conflict::TooMany { .. });
    group.object("cem", proposal).unwrap();
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    group.object("ben", proposal).expect("another version may deserve another objection");
}

#[test]
fn a_member_has_at_most_eight_standing_objections() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    for _ in 0..OBJECTIONS_PER_MEMBER {
        group.object("ben", proposal).unwrap();
    }
    assert_refused!(group.object("ben", proposal), Conflict::TooMany { .. });
}

// Versions

#[test]
fn an_amendment_keeps_objections_and_resets_the_other_responses() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    group.act("ana", amendment(proposal, 2, vec![objection])).unwrap();
    let shown = group.shown(proposal);
    assert_eq!(shown.responses.keys().collect::<Vec<_>>(), [&name("ana")], "only its author has answered it");
    assert_eq!(shown.standing_objections().count(), 1, "it means to integrate it, which only its author can say");
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::ObjectionsStand { count: 1 });
}

#[test]
fn an_objection_to_an_earlier_version_can_be_withdrawn() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("ben", proposal).unwrap();
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    group.withdraw("ben", objection).unwrap();
    group.agree("cem", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
    let objection = &group.replica.decision(&proposal).unwrap().proposal.objections[0];
    assert_eq!((objection.version, objection.withdrawn.as_ref().unwrap().version), (1, 2), "it was integrated");
}

#[test]
fn responses_answer_the_current_version() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    for version in [0, 1, 3] {
        let answer = Response { proposal, version, answer: Answer::Agree, reason: None, weighs: Vec::new() };
        assert_refused!(group.act("ben", Act::Respond(answer)), Conflict::OtherVersion { current: 2, .. });
    }
}

#[test]
fn only_its_author_amends_or_withdraws_a_proposal() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    assert_refused!(group.amend("ben", proposal, &[text("policy")]), Unauthorised::NotAuthor { .. });
    assert_refused!(group.withdraw("ben", proposal), Unauthorised::NotAuthor { .. });
    group.withdraw("ana", proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Withdrawn);
    assert_refused!(group.agree("ben", proposal), Conflict::Closed(_));
    assert_refused!(group.amend("ana", proposal, &[text("policy")]), Conflict::Closed(_));
    assert_refused!(group.withdraw("ana", proposal), Conflict::Closed(_));
    assert_refused!(group.close(proposal), Conflict::Closed(_));
}

#[test]
fn versions_are_counted_and_limited_by_the_rule() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    for version in [0, 1, 3] {
        assert_refused!(group.act("ana", amendment(proposal, version, Vec::new())), Conflict::OtherVersion { .. });
    }
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    assert_refused!(group.amend("ana", proposal, &[text("policy")]), Conflict::NoMoreVersions { most: 3, .. });
}

#[test]
fn the_least_number_of_versions_of_its_domains_holds() {
    let mut group = Group::new();
    let both = [text("policy"), text("principles")];
    let proposal = group.open("ana", &both);
    group.amend("ana", proposal, &both).unwrap();
    group.amend("ana", proposal, &both).unwrap();
    assert_refused!(group.amend("ana", proposal, &both), Conflict::NoMoreVersions { most: 3, .. });
}

#[test]
fn each_version_has_a_full_window() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(days(6));
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    assert_eq!(group.shown(proposal).closes, group.now + days(7));
    for member in ["ben", "cem", "bot"] {
        group.agree(member, proposal).unwrap();
    }
    group.tick(hours(23));
    assert!(group.is_open(proposal), "the minimum time runs anew, too");
    group.tick(hours(1));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn an_amendment_integrates_objections_that_stand_sorted_each_once() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let mut both = [group.object("ben", proposal).unwrap(), group.object("cem", proposal).unwrap()];
    both.sort();
    let [low, high] = both;
    for wrong in [vec![high, low], vec![low, low]] {
        assert_refused!(group.act("ana", amendment(proposal, 2, wrong)), Malformed::NotSorted(_));
    }
    assert_refused!(group.act("ana", amendment(proposal, 2, vec![proposal.into()])), Conflict::NoTarget(_));
    group.act("ana", amendment(proposal, 2, vec![low, high])).unwrap();
    group
        .withdraw(if group.shown(proposal).objections[0].given.statement == low { "ben" } else { "cem" }, low)
        .unwrap();
    assert_refused!(group.act("ana", amendment(proposal, 3, vec![low])), Conflict::NoTarget(_));
}

#[test]
fn an_amendment_touches_no_new_domain() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    assert_refused!(group.amend("ana", proposal, &[text("policy"), text("tools")]), Conflict::NewDomain(_));
}

#[test]
fn a_proposal_still_passes_the_domains_that_an_amendment_left() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[text("policy"), text("tools")]);
    group.amend("cem", proposal, &[text("policy")]).unwrap();
    group.answer("ana", proposal, Answer::Aside).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::NotPassed, "the keeper of the tools has not decided");
}

// Who counts

#[test]
fn the_latest_response_replaces_the_earlier_ones() {
    let mut group = with_quorum("policy", "3/4");
    let proposal = group.open("ana", &[text("policy")]);
    for answer in [Answer::Agree, Answer::Concern, Answer::Aside] {
        group.answer("ben", proposal, answer).unwrap();
    }
    assert_eq!(group.shown(proposal).responses.len(), 2, "one response of each member");
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::QuorumMissed { responded: 2, quorum: 3 });
}

#[test]
fn advice_stands_beside_an_answer_and_replaces_none() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.agree("ben", proposal).unwrap();
    group.advise("ben", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::NoObjection { responded: 2, quorum: 2 });
}

#[test]
fn who_is_not_eligible_may_only_advise() {
    let mut group = Group::with(|charter| {
        charter.domains.find_mut(&name("policy")).unwrap().owner = Owner::Role(name("keeper"));
    });
    let proposal = group.open("ana", &[text("policy")]);
    assert!(group.shown(proposal).responses.is_empty(), "its author has no say in it either");
    for answer in [Answer::Agree, Answer::Aside, Answer::Concern, Answer::Object, Answer::Abstain] {
        assert_refused!(group.answer("cem", proposal, answer), Unauthorised::NotEligible { .. });
    }
    group.advise("cem", proposal).unwrap();
    group.agree("ben", proposal).unwrap();
    group.tick(DAY);
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn the_subject_of_a_removal_has_no_say_in_it() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[drop_member("cem")]);
    assert_refused!(group.object("cem", proposal), Unauthorised::NotEligible { .. });
    assert_refused!(group.answer("cem", proposal, Answer::Abstain), Unauthorised::NotEligible { .. });
    group.advise("cem", proposal).unwrap();
    group.agree("ben", proposal).unwrap();
    group.tick(DAY);
    assert_eq!(group.ended(proposal), Outcome::Applied, "the two others are all who are eligible");
    assert_eq!(reason(&group, proposal), Reason::NoObjection { responded: 2, quorum: 1 });
}

#[test]
fn who_proposes_the_own_removal_does_not_agree_to_it() {
    let mut group = Group::new();
    let proposal = group.open("cem", &[drop_member("cem")]);
    assert!(group.shown(proposal).responses.is_empty());
}

/// Whoever is to be removed has no say: a later version must neither add somebody who has had a say nor leave
/// somebody out who has had none.
#[test]
fn an_amendment_removes_the_same_members_as_the_opening() {
    let mut group = Group::new();
    let add = Effect::SetMember(person("dan"));
    let proposal = group.open("ana", std::slice::from_ref(&add));
    assert_refused!(group.amend("ana", proposal, &[drop_member("cem")]), Conflict::Effect { .. });
    let proposal = group.open("ana", &[drop_member("cem"), add.clone()]);
    assert_refused!(group.amend("ana", proposal, std::slice::from_ref(&add)), Conflict::Effect { .. });
    assert_refused!(group.amend("ana", proposal, &[drop_member("ben"), add]), Conflict::Effect { .. });
    group.amend("ana", proposal, &[drop_member("cem")]).unwrap();
}

// Closing

#[test]
fn nothing_closes_before_the_minimum_time() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    for member in ["ben", "cem", "bot"] {
        group.agree(member, proposal).unwrap();
    }
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
    group.wait(ms(DAY.millis() - 1));
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
    group.wait(ms(1));
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn it_closes_early_only_when_all_eligible_have_responded() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.agree("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    group.advise("bot", proposal).unwrap();
    group.wait(days(3));
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
    group.answer("bot", proposal, Answer::Abstain).unwrap();
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn it_closes_at_its_closing_time_whoever_is_silent() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    group.wait(ms(days(7).millis() - 1));
    assert_refused!(group.close(proposal), Premature::StillOpen { .. });
    group.agree("ben", proposal).unwrap();
    group.wait(ms(1));
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied);
    assert_eq!(group.replica.decision(&proposal).unwrap().closed, group.now);
}

#[test]
fn what_comes_at_the_closing_time_comes_too_late() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let objection = group.object("ben", proposal).unwrap();
    group.wait(days(7));
    assert_refused!(group.agree("cem", proposal), Conflict::Late { .. });
    assert_refused!(group.advise("cem", proposal), Conflict::Late { .. });
    assert_refused!(group.withdraw("ben", objection), Conflict::Late { .. });
    assert_refused!(group.withdraw("ana", proposal), Conflict::Late { .. });
    assert_refused!(group.amend("ana", proposal, &[text("policy")]), Conflict::Late { .. });
    group.close(proposal).unwrap();
    assert_refused!(group.agree("cem", proposal), Conflict::Closed(_));
}

/// Moves to `before` ahead of the closing time and objects.
fn object_late(group: &mut Group, of: &str, proposal: ProposalId, before: crate::time::Span) {
    group.now = group.shown(proposal).closes.before(before);
    group.object(of, proposal).unwrap();
}

#[test]
fn an_objection_in_the_last_tenth_extends_by_a_tenth() {
    let tenth = days(7).tenth();
    for (before, extends) in [(ms(1), true), (tenth, true), (ms(tenth.millis() + 1), false), (days(7), false)] {
        let mut group = Group::new();
        let proposal = group.open("ana", &[text("policy")]);
        let closes = group.shown(proposal).closes;
        object_late(&mut group, "ben", proposal, before);
        let expected = if extends { closes + tenth } else { closes };
        assert_eq!(group.shown(proposal).closes, expected, "{before} before the close");
    }
}

#[test]
fn late_objections_extend_once_per_version() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    object_late(&mut group, "ben", proposal, ms(1));
    let extended = group.shown(proposal).closes;
    object_late(&mut group, "cem", proposal, ms(1));
    assert_eq!(group.shown(proposal).closes, extended);
    group.amend("ana", proposal, &[text("policy")]).unwrap();
    let closes = group.shown(proposal).closes;
    assert_eq!(closes, group.now + days(7));
    object_late(&mut group, "cem", proposal, ms(1));
    assert_eq!(group.shown(proposal).closes, closes + days(7).tenth());
}

#[test]
fn other_late_answers_extend_nothing() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy")]);
    let closes = group.shown(proposal).closes;
    group.now = closes.before(ms(1));
    for answer in [Answer::Agree, Answer::Aside, Answer::Concern, Answer::Abstain, Answer::Advice] {
        group.answer("ben", proposal, answer).unwrap();
    }
    assert_eq!(group.shown(proposal).closes, closes);
}

// What is pinned

#[test]
fn the_rule_at_opening_holds_though_the_charter_changes_meanwhile() {
    let mut group = Group::new();
    let before = group.open("ana", &[text("policy")]);
    let closes = group.shown(before).closes;
    let mut strict = group.domain("policy");
    strict.rule = group.domain("principles").rule;
    let rule = group.open("ana", &[Effect::SetDomain(strict)]);
    for member in ["ben", "cem", "bot"] {
        group.agree(member, rule).unwrap();
    }
    group.tick(DAY);
    assert_eq!(group.ended(rule), Outcome::Applied);
    let after = group.open("ana", &[text("policy")]);
    for proposal in [before, after] {
        group.agree("ben", proposal).unwrap();
    }
    assert_eq!(group.shown(before).closes, closes);
    group.tick(days(7));
    assert_eq!(group.ended(before), Outcome::Applied, "half of four by the old rule");
    assert_eq!(group.ended(after), Outcome::NotPassed, "all of four by the new one");
}

#[test]
fn the_eligible_are_those_at_opening() {
    let mut group = Group::new();
    let before = group.open("ana", &[text("policy")]);
    group.carry("ana", &[Effect::SetMember(person("dan"))]);
    assert_refused!(group.object("dan", before), Unauthorised::NotEligible { .. });
    group.advise("dan", before).unwrap();
    let after = group.open("ana", &[text("policy")]);
    group.agree("dan", after).unwrap();
    assert_eq!(group.shown(before).polls[0].eligible.len(), 4);
    assert_eq!(group.shown(after).polls[0].eligible.len(), 5);
}

/// Three of four people must respond; dan is removed while the proposal is open.
fn with_dan_removed(dan: impl FnOnce(&mut Group, ProposalId)) -> (Group, ProposalId) {
    let mut group = Group::with(|charter| drop(charter.members.put(person("dan"))));
    let proposal = group.open("ana", &[text("principles")]);
    dan(&mut group, proposal);
    group.carry("ana", &[drop_member("dan")]);
    (group, proposal)
}

#[test]
fn a_removed_member_without_responses_leaves_the_denominator() {
    let (mut group, proposal) = with_dan_removed(|_, _| {});
    assert_refused!(group.agree("dan", proposal), Unauthorised::NotAMember(_));
    group.agree("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    group.tick(ms(1));
    assert_eq!(group.ended(proposal), Outcome::Applied, "all who are left have responded");
    assert_eq!(reason(&group, proposal), Reason::NoObjection { responded: 3, quorum: 3 });
}

#[test]
fn a_removed_member_keeps_the_responses_given() {
    let (mut group, proposal) = with_dan_removed(|group, proposal| {
        group.answer("dan", proposal, Answer::Aside).unwrap();
    });
    group.agree("ben", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::QuorumMissed { responded: 3, quorum: 4 });
}

#[test]
fn a_removed_members_advice_is_no_response() {
    let (mut group, proposal) = with_dan_removed(|group, proposal| {
        group.advise("dan", proposal).unwrap();
    });
    group.agree("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::NoObjection { responded: 3, quorum: 3 });
}

#[test]
fn a_removed_members_objection_stands() {
    let (mut group, proposal) = with_dan_removed(|group, proposal| {
        group.object("dan", proposal).unwrap();
    });
    group.agree("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(reason(&group, proposal), Reason::ObjectionsStand { count: 1 });
}

// Limits and reviews

#[test]
fn titles_and_effects_have_their_sizes() {
    let mut group = Group::new();
    let titled = |title: String| Act::Propose(Proposal { title, ..content(&[text("policy")]) });
    assert_refused!(group.act("ana", titled(String::new())), Malformed::Size { .. });
    assert_refused!(group.act("ana", titled("x".repeat(TITLE_BYTES + 1))), Malformed::Size { .. });
    group.act("ana", titled("x".repeat(TITLE_BYTES))).unwrap();
    assert_refused!(group.propose("ana", &[]), Malformed::Size { .. });
    assert_refused!(group.propose("ana", &vec![text("policy"); EFFECTS + 1]), Malformed::Size { .. });
    group.propose("ana", &vec![text("policy"); EFFECTS]).unwrap();
}

#[test]
fn a_group_has_a_limit_of_open_proposals() {
    let mut group = Group::with(|charter| charter.participation.open_proposals = OPEN_PROPOSALS as u32);
    let first = group.open("ana", &[text("policy")]);
    let mut last = group.statement("ana", Act::Propose(content(&[text("policy")])));
    let mut batch = vec![last.clone()];
    for at in 2..OPEN_PROPOSALS {
        let content = StatementContent { previous: Some(last.id()), ..last.content().clone() };
        last = Signed::sign(Kind::Statement, content, &key("ana"));
        batch.push(last.clone());
        if batch.len() == STATEMENTS || at + 1 == OPEN_PROPOSALS {
            group.admit(&std::mem::take(&mut batch)).unwrap();
        }
    }
    assert_eq!(group.replica.proposals().count(), OPEN_PROPOSALS);
    assert_refused!(group.propose("ben", &[text("policy")]), Conflict::TooMany { .. });
    group.withdraw("ana", first).unwrap();
    group.open("ben", &[text("policy")]);
    // One that ends makes room in its own entry.
    let withdrawal = group.statement("ana", Act::Withdraw { target: last.id() });
    let proposal = group.statement("ben", Act::Propose(content(&[text("policy")])));
    group.admit(&[withdrawal, proposal]).unwrap();
}

#[test]
fn a_decision_is_reviewed_when_its_proposal_or_else_its_rule_says() {
    let mut group = Group::with_consent("policy", |rule| rule.review = Some(days(90)));
    for (own, expected) in [(None, Some(days(90))), (Some(days(5)), Some(days(5)))] {
        let proposal = Proposal { review: own, ..content(&[text("policy")]) };
        let proposal = group.act("ana", Act::Propose(proposal)).unwrap().into();
        group.agree("ben", proposal).unwrap();
        group.tick(days(7));
        let due = expected.map(|span| group.now + span);
        assert_eq!(group.replica.decision(&proposal).unwrap().review, due);
        let agreement = group.replica.agreements().find(|agreement| agreement.id.0 == proposal).unwrap();
        assert_eq!((agreement.since, agreement.review), (group.now, due));
    }
}

#[test]
fn of_several_rules_the_earliest_review_holds() {
    let mut group = Group::with(|charter| {
        for (domain, after) in [("policy", days(90)), ("principles", days(30))] {
            let Rule::Consent(rule) = &mut charter.domains.find_mut(&name(domain)).unwrap().rule else { panic!() };
            rule.review = Some(after);
        }
    });
    let proposal = group.carry("ana", &[text("policy"), text("principles")]);
    assert_eq!(group.replica.decision(&proposal).unwrap().review, Some(group.now + days(30)));
}

#[test]
fn what_did_not_pass_is_not_reviewed() {
    let mut group = Group::with_consent("policy", |rule| rule.review = Some(days(90)));
    let proposal = group.open("ana", &[text("policy")]);
    group.tick(days(7));
    assert_eq!(group.replica.decision(&proposal).unwrap().review, None);
}

// Several domains

#[test]
fn a_proposal_passes_every_domain_that_its_effects_touch() {
    for (in_policy, in_principles) in [(true, true), (true, false), (false, true)] {
        let mut group = with_quorum("policy", "1/1");
        let proposal = group.open("ana", &[text("policy"), text("principles")]);
        group.agree("ben", proposal).unwrap();
        if in_principles {
            group.agree("cem", proposal).unwrap();
        } else {
            group.answer("cem", proposal, Answer::Advice).unwrap();
        }
        if in_policy {
            group.agree("bot", proposal).unwrap();
        }
        group.tick(days(7));
        assert_eq!(group.ended(proposal) == Outcome::Applied, in_policy && in_principles);
    }
}

#[test]
fn a_response_counts_where_its_author_is_eligible() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy"), text("principles")]);
    group.agree("ben", proposal).unwrap();
    group.agree("bot", proposal).unwrap();
    let counts = |of: &str| group.shown(proposal).responses[&name(of)].counts_in.clone();
    assert_eq!(counts("ben"), [name("policy"), name("principles")].into());
    assert_eq!(counts("bot"), [name("policy")].into());
}

#[test]
fn an_objection_in_one_domain_stops_all() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("policy"), text("principles")]);
    group.agree("ben", proposal).unwrap();
    group.agree("cem", proposal).unwrap();
    group.object("bot", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::NotPassed, "an agent may object where it is eligible");
    let passes: Vec<bool> = group.replica.decision(&proposal).unwrap().standings.iter().map(|s| s.passes).collect();
    assert_eq!(passes, [false, true], "policy, principles");
}

#[test]
fn it_closes_with_the_latest_of_its_domains_and_after_the_longest_minimum() {
    let mut group = Group::with_consent("principles", |rule| (rule.closing, rule.minimum) = (days(9), days(2)));
    let proposal = group.open("ana", &[text("policy"), text("principles")]);
    assert_eq!(group.shown(proposal).closes, group.now + days(9));
    for member in ["ben", "cem", "bot"] {
        group.agree(member, proposal).unwrap();
    }
    group.tick(hours(47));
    assert!(group.is_open(proposal));
    group.tick(hours(1));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn changing_a_rule_must_pass_that_rule_and_the_charters() {
    let mut light = Group::new().domain("principles");
    let Rule::Consent(rule) = &mut light.rule else { panic!("principles are decided by consent") };
    rule.quorum = "0/1".parse().unwrap();
    let lighten = (Effect::SetDomain(light), "principles");
    let drop = (Effect::DropDomain { domain: name("tools") }, "tools");
    for (effect, domain) in [lighten, drop] {
        let mut group = with_quorum("charter", "0/1");
        let proposal = group.open("ana", &[effect]);
        let domains: Vec<&str> = group.shown(proposal).polls.iter().map(|poll| poll.domain.as_str()).collect();
        assert_eq!(domains, ["charter", domain]);
        group.tick(days(7));
        assert_eq!(group.ended(proposal), Outcome::NotPassed, "her agreement passes the charter's rule only");
    }
}

#[test]
fn a_new_domain_passes_the_charters_rule() {
    let mut group = Group::new();
    let mut new = group.domain("policy");
    new.name = name("kitchen");
    let proposal = group.open("ana", &[Effect::SetDomain(new)]);
    assert_eq!(group.shown(proposal).polls.len(), 1);
    group.agree("ben", proposal).unwrap();
    group.tick(days(7));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn a_key_speaks_only_where_it_is_the_members() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[Effect::AddKey { member: name("ben"), key: key("ben/2").public() }]);
    assert_refused!(group.agree("ben/2", proposal), Unauthorised::NotAMember(_));
}
