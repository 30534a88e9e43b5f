//! Every effect but those of federations and hosts, and why others do not apply.

use folkmoot_protocol::{
    charter::{Holder, Member, MemberKind, Role, Stakes},
    decision::{AgreementId, Outcome},
    effect::Effect,
    id::ProposalId,
    name::Name,
    statement::{Act, Answer},
    table::Table,
    time::Span,
};

use super::file;
use crate::vectors::tale::{DAY, Tale, body, charter, key, name, start, text};

pub(super) fn tell() -> Tale {
    let mut tale = Tale::found(&charter(&file()));
    agreements(&mut tale);
    charter_itself(&mut tale);
    roles(&mut tale);
    domains(&mut tale);
    members(&mut tale);
    erasures(&mut tale);
    void(&mut tale);
    tale.digest();
    tale
}

fn replacing(domain: &str, old: ProposalId) -> Effect {
    Effect::Text { domain: name(domain), text: "What holds now.".into(), replaces: Some(AgreementId(old, 0)) }
}

fn keep(domain: &str, old: ProposalId, review: Option<Span>) -> Effect {
    Effect::Keep { domain: name(domain), agreement: AgreementId(old, 0), review }
}

fn retire(domain: &str, old: ProposalId) -> Effect {
    Effect::Retire { domain: name(domain), agreement: AgreementId(old, 0) }
}

fn agreements(tale: &mut Tale) {
    let first = tale.carry("ana", &[text("policy"), text("policy")]);
    let other = Effect::Keep { domain: name("policy"), agreement: AgreementId(first, 1), review: Some(DAY) };
    tale.carry("ben", &[keep("policy", first, None), other]);
    let second = tale.carry("ana", &[replacing("policy", first)]);
    tale.refuse_open("effect", "ben", &[keep("policy", first, None)]);
    tale.refuse_open("effect", "ben", &[keep("charter", second, None)]);
    tale.refuse_open("effect", "ben", &[keep("policy", second, None), retire("policy", second)]);
    tale.refuse_open("effect", "ben", &[Effect::Text { domain: name("policy"), text: String::new(), replaces: None }]);
    tale.carry("cem", &[retire("policy", second)]);
    tale.refuse_open("effect", "ben", &[retire("policy", second)]);
}

fn charter_itself(tale: &mut Tale) {
    let purpose = |purpose: &str, values: &[&str]| Effect::Purpose {
        purpose: purpose.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    tale.carry("ana", &[purpose("To cook for the town", &["Nobody eats alone", "Everybody washes up"])]);
    tale.refuse_open("charter", "ana", &[purpose("", &[])]);
    tale.refuse_open("charter", "ana", &[purpose("To cook", &[""])]);
    let mut times = tale.replica.charter().times;
    (times.digest_every, times.receipt) = (500, Span::from_secs(600));
    tale.carry("ana", &[Effect::SetTimes(times)]);
    times.digest_every = 1;
    tale.refuse_open("charter", "ana", &[Effect::SetTimes(times)]);
    let mut participation = tale.replica.charter().participation;
    (participation.open_proposals, participation.call_ins) = (1, 0);
    participation.silent_after = Some(Span::from_days(300));
    tale.carry("ben", &[Effect::SetParticipation(participation)]);
    let one = tale.open("cem", &[text("policy")]);
    tale.refuse_open("too-many", "cem", &[text("policy")]);
    tale.say("cem", Act::Withdraw { target: one.into() });
    let purchase = tale.open("cem", &[text("buying")]);
    tale.answer("ana", purchase, Answer::Agree);
    tale.pass(Span::from_secs(60));
    let call_in = Act::CallIn { proposal: purchase, reason: body("Not alone.").id() };
    tale.refuse_say("too-many", "ben", call_in);
    tale.pass(DAY);
    participation.open_proposals = 0;
    tale.refuse_open("charter", "ana", &[Effect::SetParticipation(participation)]);
    (participation.open_proposals, participation.silent_after) = (64, None);
    tale.carry("ana", &[Effect::SetParticipation(participation)]);
}

fn holder(member: &str, from: u64, until: u64) -> Holder {
    Holder { member: name(member), from: start() + Span::from_days(from), until: start() + Span::from_days(until) }
}

fn seat(role: &str, member: &str, from: u64, until: u64) -> Effect {
    let Holder { member, from, until } = holder(member, from, until);
    Effect::Seat { role: name(role), member: Some(member), from, until }
}

fn unseat(role: &str, member: &str) -> Effect {
    Effect::Unseat { role: name(role), member: name(member) }
}

/// The term of a member in a role, in days.
fn term(tale: &Tale, role: &str, member: &str) -> (u64, u64) {
    let held = tale.replica.charter().roles.find(&name(role)).and_then(|role| role.holders.find(&name(member)));
    let days = |at: folkmoot_protocol::time::Timestamp| at.since(start()).millis() / DAY.millis();
    held.map_or((0, 0), |held| (days(held.from), days(held.until)))
}

fn roles(tale: &mut Tale) {
    let washer = |holders: Vec<Holder>, filled_in: Option<Name>| {
        let holders = Table::new(holders).expect("each once");
        Effect::SetRole(Role {
            name: name("washer"),
            purpose: "Washes up".into(),
            holders,
            filled_in,
            represents: None,
        })
    };
    tale.carry("ana", &[washer(vec![holder("cem", 0, 50)], None)]);
    tale.refuse_open("charter", "ana", &[washer(vec![holder("eve", 0, 50)], None)]);
    tale.refuse_open("charter", "ana", &[washer(vec![holder("cem", 50, 50)], None)]);
    tale.refuse_open("charter", "ana", &[washer(Vec::new(), Some(name("garden")))]);

    // Ben cooks from day 10 to day 20.
    tale.refuse_open("effect", "ana", &[seat("cook", "ben", 12, 12)]);
    tale.refuse_open("effect", "ana", &[seat("cook", "ben", 12, 19)]);
    tale.refuse_open("effect", "ana", &[seat("cook", "ben", 2, 9)]);
    tale.refuse_open("effect", "ana", &[seat("baker", "ben", 12, 30)]);
    tale.refuse_open("charter", "ana", &[seat("cook", "eve", 12, 30)]);
    tale.carry("ana", &[seat("cook", "ben", 15, 25)]);
    assert_eq!(term(tale, "cook", "ben"), (10, 25), "it goes on");
    tale.carry("ana", &[seat("cook", "ben", 5, 25)]);
    assert_eq!(term(tale, "cook", "ben"), (5, 25), "it starts sooner");
    tale.carry("ana", &[seat("cook", "ben", 25, 40), seat("cook", "cem", 30, 40)]);
    assert_eq!(term(tale, "cook", "ben"), (25, 40), "it starts anew where the one before has ended");
    tale.carry("ana", &[unseat("cook", "ben")]);
    tale.refuse_open("effect", "ana", &[unseat("cook", "ben")]);
    tale.refuse_open("effect", "ana", &[unseat("baker", "ben")]);
    tale.carry("ana", &[unseat("cook", "cem"), seat("cook", "cem", 31, 39)]);
    tale.refuse_open("effect", "ana", &[Effect::DropRole { role: name("baker") }]);
    // It owns a domain.
    tale.refuse_open("charter", "ana", &[Effect::DropRole { role: name("buyer") }]);
    tale.carry("ana", &[Effect::DropRole { role: name("washer") }]);
}

fn domains(tale: &mut Tale) {
    let garden = tale.domain("policy", |domain| domain.name = name("garden"));
    tale.carry("ana", &[Effect::SetDomain(garden.clone())]);
    let plot = tale.carry("ben", &[text("garden")]);
    let harder = tale.domain("garden", |domain| (domain.people_only, domain.stakes) = (true, Stakes::High));
    tale.carry("ana", &[Effect::SetDomain(harder)]);
    let lonely = tale.domain("charter", |domain| domain.people_only = false);
    tale.refuse_open("charter", "ana", &[Effect::SetDomain(lonely)]);
    let owned = tale.domain("buying", |domain| domain.owner = folkmoot_protocol::charter::Owner::Group);
    tale.refuse_open("charter", "ana", &[Effect::SetDomain(owned)]);
    // A role is filled in it.
    tale.refuse_open("charter", "ana", &[Effect::DropDomain { domain: name("policy") }]);
    tale.refuse_open("charter", "ana", &[Effect::DropDomain { domain: name("charter") }]);
    tale.refuse_open("effect", "ana", &[Effect::DropDomain { domain: name("cellar") }]);
    tale.carry("ana", &[Effect::DropDomain { domain: name("garden") }]);
    tale.refuse_open("no-domain", "ben", &[keep("garden", plot, None)]);
    // What is left of a domain that ended is the charter's to end.
    tale.carry("ben", &[retire("garden", plot)]);
    // With a domain of its own the membership is governed by that.
    let own = tale.domain("charter", |domain| domain.name = name("membership"));
    tale.carry("ana", &[Effect::SetDomain(own)]);
}

fn members(tale: &mut Tale) {
    let member = |of: &str, keys: &[&str]| {
        let mut keys: Vec<_> = keys.iter().map(|of| key(of).public()).collect();
        keys.sort();
        Effect::SetMember(Member { name: name(of), kind: MemberKind::Person, keys })
    };
    let key_of = |member: &str, of: &str| (name(member), key(of).public());
    let add = |member: &str, of: &str| {
        let (member, key) = key_of(member, of);
        Effect::AddKey { member, key }
    };
    let lose = |member: &str, of: &str| {
        let (member, key) = key_of(member, of);
        Effect::DropKey { member, key }
    };
    tale.carry("ana", &[member("dan", &["dan"])]);
    tale.refuse_open("charter", "ana", &[member("eve", &["dan"])]);
    tale.refuse_open("charter", "ana", &[member("eve", &[])]);
    tale.refuse_open("charter", "ana", &[member("eve", &["log"])]);
    tale.carry("dan", &[add("dan", "dan's phone")]);
    tale.refuse_open("effect", "dan", &[add("dan", "dan's phone")]);
    tale.refuse_open("effect", "dan", &[add("eve", "eve")]);
    tale.refuse_open("charter", "dan", &[add("dan", "ana")]);
    tale.carry("dan", &[lose("dan", "dan")]);
    tale.refuse_say("not-a-member", "dan", Act::Seen {});
    tale.say("dan's phone", Act::Seen {});
    tale.refuse_open("effect", "ana", &[lose("dan", "dan")]);
    tale.refuse_open("charter", "ana", &[lose("dan", "dan's phone")]);
    tale.carry("ana", &[Effect::DropMember { member: name("dan") }]);
    tale.refuse_open("effect", "ana", &[Effect::DropMember { member: name("dan") }]);
    // The agent's sponsor.
    tale.refuse_open("charter", "ben", &[Effect::DropMember { member: name("ana") }]);
}

fn erasures(tale: &mut Tale) {
    let proposal = tale.open("ana", &[text("policy")]);
    let objection = tale.answer("ben", proposal, Answer::Object);
    tale.refuse_say("no-body", "ana", Act::Erase { body: body("It harms.").id() });
    tale.refuse_open("no-body", "ana", &[Effect::Erase { body: body("Never said.").id() }]);
    tale.say("ben", Act::Erase { body: body("It harms.").id() });
    tale.say("ben", Act::Erase { body: body("It harms.").id() });
    tale.say("ben", Act::Withdraw { target: objection });
    tale.agreed(proposal);
    tale.carry("cem", &[Effect::Erase { body: body("It helps.").id() }]);
}

/// What applied when it was opened, and does not any more.
fn void(tale: &mut Tale) {
    let first = tale.carry("ana", &[text("policy")]);
    let rivals = [tale.open("ana", &[replacing("policy", first)]), tale.open("ben", &[retire("policy", first)])];
    // A domain that comes to be governs what the proposal did not pass in.
    let hosting = tale.domain("charter", |domain| domain.name = name("hosting"));
    let hosting = tale.open("ben", &[Effect::SetDomain(hosting)]);
    tale.pass(Span::from_secs(60));
    let moves = Effect::SetHost(folkmoot_protocol::charter::Host {
        log_key: key("another log").public(),
        ..tale.replica.charter().host
    });
    let moves = tale.open("ana", &[moves]);
    for (proposal, others) in [(hosting, ["ana", "cem"]), (moves, ["ben", "cem"])] {
        for member in others {
            tale.answer(member, proposal, Answer::Agree);
        }
    }
    for proposal in rivals {
        for member in ["ana", "ben", "cem", "bot"] {
            if !tale.replica.proposal(&proposal).expect("it is open").responses.contains_key(&name(member)) {
                tale.answer(member, proposal, Answer::Agree);
            }
        }
    }
    tale.pass(DAY);
    let outcomes = rivals.map(|proposal| tale.outcome(proposal));
    assert!(outcomes.contains(&Outcome::Applied) && outcomes.iter().any(|end| matches!(end, Outcome::Void { .. })));
    assert_eq!(tale.outcome(hosting), Outcome::Applied);
    assert!(matches!(tale.outcome(moves), Outcome::Void { .. }), "it did not pass in the new domain");
}
