//! Ballots, options and nominations that are refused, and what happens where options or rules collide.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    charter::Rule,
    decision::{AgreementId, Outcome},
    effect::Effect,
    id::ProposalId,
    statement::{Act, Amendment, Answer, Ballot, Nomination, Proposal, ProposalOption, Response},
    time::Span,
};
use serde_json::json;

use super::file;
use crate::vectors::tale::{DAY, Tale, body, charter, choice, content, name, start, text};

pub(super) fn tell() -> Tale {
    let mut tale = Tale::found(&charter(&file()));
    let soup = options(&mut tale);
    ballots(&mut tale, soup);
    both_win(&mut tale, soup);
    nominations(&mut tale);
    rule_changes(&mut tale);
    tale
}

fn replacing(old: ProposalId, text: &str) -> Effect {
    Effect::Text { domain: name("dishes"), text: text.into(), replaces: Some(AgreementId(old, 0)) }
}

fn retire(old: ProposalId) -> Effect {
    Effect::Retire { domain: name("dishes"), agreement: AgreementId(old, 0) }
}

fn vote(proposal: ProposalId, ranking: &[&[&str]]) -> Act {
    let ranking = ranking.iter().map(|rank| rank.iter().map(|label| name(label)).collect()).collect();
    Act::Rank(Ballot { proposal, version: 1, ranking, reason: None })
}

/// What options cannot be; gives back a decision whose agreement later ones are about.
fn options(tale: &mut Tale) -> ProposalId {
    let dish = || text("dishes");
    let refuse = |tale: &mut Tale, rule: &str, content: Proposal| tale.refuse_say(rule, "ana", Act::Propose(content));
    refuse(tale, "options", content(&[dish()]));
    refuse(tale, "options", choice(&[("soup", text("policy")), ("stew", text("policy"))]));
    refuse(tale, "options", choice(&[("soup", dish()), ("stew", text("policy"))]));
    refuse(tale, "options", choice(&[("soup", dish()), ("soup", dish())]));
    refuse(tale, "size", choice(&[("soup", dish())]));
    let both = Proposal { effects: vec![dish()], ..choice(&[("soup", dish()), ("stew", dish())]) };
    refuse(tale, "options", both);
    let bare =
        |label: &str| ProposalOption { label: name(label), text: None, tags: BTreeMap::new(), effects: Vec::new() };
    let nothing = Proposal { options: vec![bare("soup"), bare("stew")], ..content(&[]) };
    refuse(tale, "options", nothing);
    let proposal: ProposalId =
        tale.say("ana", Act::Propose(choice(&[("soup", dish()), ("stew", dish()), ("rice", dish())]))).into();
    tale.say("ana", vote(proposal, &[&["soup"], &["rice", "stew"]]));
    tale.say("ben", vote(proposal, &[&["soup", "stew"]]));
    tale.answer("cem", proposal, Answer::Abstain);
    tale.pass(DAY);
    assert_eq!(tale.outcome(proposal), Outcome::Applied);
    proposal
}

/// What ballots cannot say, options withdrawn, and options about the same agreement, of which one wins.
fn ballots(tale: &mut Tale, soup: ProposalId) {
    let rivals = choice(&[
        ("more", replacing(soup, "Much soup.")),
        ("less", replacing(soup, "Some soup.")),
        ("none", retire(soup)),
    ]);
    let proposal: ProposalId = tale.say("ana", Act::Propose(rivals)).into();
    tale.refuse_say("not-sorted", "ben", vote(proposal, &[&["none", "less"]]));
    tale.refuse_say("not-sorted", "ben", vote(proposal, &[&["less", "less"]]));
    tale.refuse_say("ballot", "ben", vote(proposal, &[&["less"], &["less", "none"]]));
    tale.refuse_say("no-option", "ben", vote(proposal, &[&["all"]]));
    tale.refuse_say("people-only", "bot", vote(proposal, &[&["less"]]));
    let agrees = tale.response(proposal, Answer::Agree);
    tale.refuse_say("only-ranked", "ben", agrees);
    let objects = tale.response(proposal, Answer::Object);
    tale.refuse_say("only-ranked", "ben", objects);
    let as_response = Response { proposal, version: 1, answer: Answer::Rank, reason: None, weighs: Vec::new() };
    tale.refuse_say("ballot", "ben", Act::Respond(as_response));
    let withdraw = |option: &str| Act::WithdrawOption { proposal, version: 1, option: name(option) };
    tale.refuse_say("no-option", "ana", withdraw("all"));
    tale.refuse_say("not-author", "ben", withdraw("more"));
    tale.say("ana", withdraw("more"));
    tale.refuse_say("no-option", "ana", withdraw("more"));
    // An option that was withdrawn may stand on a ballot; one that ranks nothing else is a response all the same.
    tale.say("ben", vote(proposal, &[&["more"], &["none"], &["less"]]));
    tale.say("cem", vote(proposal, &[&["more"]]));
    tale.answer("ana", proposal, Answer::Advice);
    tale.pass(Span::from_days(3));
    assert_eq!(tale.outcome(proposal), Outcome::Applied);
    let plain = tale.open("ana", &[text("policy")]);
    tale.refuse_say("not-ranked", "ben", vote(plain, &[&["less"]]));
    tale.refuse_say("no-option", "ana", Act::WithdrawOption { proposal: plain, version: 1, option: name("less") });
    tale.refuse_say("no-nominations", "ben", nomination(plain, "cem"));
    tale.say("ana", Act::Withdraw { target: plain.into() });
}

/// Two seats, and both winners are about the same agreement: the decision is void.
fn both_win(tale: &mut Tale, soup: ProposalId) {
    let two = json!({ "ranked": {
        "quorum": "1/2", "closing": "3d", "minimum": "1h",
        "count": { "method": "stv", "seats": 2, "unranked": "ignore", "decimals": 2, "ties": ["order"] },
    } });
    let two: Rule = serde_json::from_value(two).expect("a rule");
    let mut sweets = tale.domain("dishes", |domain| domain.rule = two);
    sweets.name = name("sweets");
    tale.carry("ana", &[Effect::SetDomain(sweets)]);
    assert!(tale.replica.agreements().all(|agreement| agreement.id.0 != soup), "it was retired");
    let sweet = |text: &str| Effect::Text { domain: name("sweets"), text: text.into(), replaces: None };
    let first: ProposalId = tale
        .say("ana", Act::Propose(choice(&[("cake", sweet("Cake.")), ("pie", sweet("Pie.")), ("jam", sweet("Jam."))])))
        .into();
    // Equal ranks with two decimals: thirds are cut off.
    tale.say("ana", vote(first, &[&["cake", "jam", "pie"]]));
    tale.say("ben", vote(first, &[&["cake"], &["jam", "pie"]]));
    tale.say("cem", vote(first, &[&["cake", "pie"], &["jam"]]));
    tale.pass(DAY);
    assert_eq!(tale.outcome(first), Outcome::Applied);
    let about =
        |text: &str| Effect::Text { domain: name("sweets"), text: text.into(), replaces: Some(AgreementId(first, 0)) };
    let rivals = choice(&[("cream", about("With cream.")), ("fruit", about("With fruit.")), ("jam", sweet("Jam."))]);
    let second: ProposalId = tale.say("ben", Act::Propose(rivals)).into();
    tale.say("ana", vote(second, &[&["cream"], &["fruit"]]));
    tale.say("ben", vote(second, &[&["fruit"], &["cream"]]));
    tale.say("cem", vote(second, &[&["cream", "fruit"]]));
    tale.pass(DAY);
    assert!(matches!(tale.outcome(second), Outcome::Void { .. }));
}

fn nomination(proposal: ProposalId, member: &str) -> Act {
    Act::Nominate(Nomination { proposal, version: 1, member: name(member), reason: body("He cares.").id() })
}

fn seat(member: Option<&str>) -> Effect {
    let (from, until) = (start() + Span::from_days(40), start() + Span::from_days(50));
    Effect::Seat { role: name("cook"), member: member.map(name), from, until }
}

fn nominations(tale: &mut Tale) {
    let proposal = tale.open("ana", &[seat(None)]);
    let agrees = tale.response(proposal, Answer::Agree);
    tale.refuse_say("nobody-named", "ben", agrees);
    tale.refuse_say("nominee", "ben", nomination(proposal, "eve"));
    tale.say("ben", nomination(proposal, "cem"));
    tale.say("ben", nomination(proposal, "ana"));
    let amend = |effects: &[Effect]| {
        Act::Amend(Amendment { proposal, version: 2, content: content(effects), integrates: Vec::new() })
    };
    tale.refuse_say("nominee", "ana", amend(&[seat(Some("cem"))]));
    tale.say("ana", amend(&[seat(Some("ana"))]));
    tale.agreed(proposal);
    assert_eq!(tale.outcome(proposal), Outcome::Applied);
    let plain = tale.open("ana", &[text("policy")]);
    let vacant = Amendment { proposal: plain, version: 2, content: content(&[seat(None)]), integrates: Vec::new() };
    tale.refuse_say("nominee", "ana", Act::Amend(vacant));
    tale.say("ana", Act::Withdraw { target: plain.into() });
}

/// A domain comes to rank, or to rank no more, while a proposal is open: it goes on by the rule of its opening.
fn rule_changes(tale: &mut Tale) {
    let consent = tale.domain("policy", |_| {}).rule;
    let ranked = tale.domain("dishes", |_| {}).rule;
    let by_rule = |tale: &Tale, rule: &Rule| tale.domain("policy", |domain| domain.rule = rule.clone());
    let plain = tale.open("ana", &[text("policy")]);
    let change = by_rule(tale, &ranked);
    tale.carry("ben", &[Effect::SetDomain(change)]);
    let amend = |version, content| Amendment { proposal: plain, version, content, integrates: Vec::new() };
    let options = || choice(&[("soup", text("policy")), ("stew", text("policy"))]);
    tale.refuse_say("options", "ana", Act::Amend(amend(2, options())));
    tale.say("ana", Act::Amend(amend(2, content(&[text("policy"), text("policy")]))));
    tale.refuse_say("not-ranked", "ben", Act::Rank(Ballot { version: 2, ..ballot(plain) }));
    tale.agreed(plain);
    assert_eq!(tale.outcome(plain), Outcome::Applied);

    let ranking: ProposalId = tale.say("ana", Act::Propose(options())).into();
    let back = by_rule(tale, &consent);
    // A change of a domain that ranks has to pass the charter's rule alone.
    let proposal = tale.carry("ben", &[Effect::SetDomain(back)]);
    let polls = &tale.replica.decision(&proposal).expect("it has ended").proposal.polls;
    assert_eq!(polls.iter().map(|poll| poll.domain.as_str()).collect::<Vec<_>>(), ["charter"]);
    tale.say("ben", Act::Rank(ballot(ranking)));
    let amend = |content| Act::Amend(Amendment { proposal: ranking, version: 2, content, integrates: Vec::new() });
    tale.refuse_say("options", "ana", amend(content(&[text("policy")])));
    tale.say("ana", amend(options()));
    tale.say("cem", Act::Rank(Ballot { version: 2, ..ballot(ranking) }));
    tale.say("ben", Act::Rank(Ballot { version: 2, ..ballot(ranking) }));
    tale.pass(Span::from_days(3));
    assert_eq!(tale.outcome(ranking), Outcome::Applied);
}

fn ballot(proposal: ProposalId) -> Ballot {
    Ballot { proposal, version: 1, ranking: vec![vec![name("soup")], vec![name("stew")]], reason: None }
}
