//! The chain of entries, the chains of statements, digests, closes and applications.

use folkmoot_protocol::{
    decision::Outcome,
    entry::{EntryAct, EntryContent, Raw},
    envelope::Kind,
    id::{Hash, ProposalId},
    statement::{Act, Amendment, Answer, Response, Statement, StatementContent},
    time::Span,
};
use serde_json::json;

use super::file;
use crate::vectors::tale::{DAY, Tale, admission, body, charter, content, hour, key, start, text};

pub(super) fn tell() -> Tale {
    let mut file = file();
    file["times"] = json!({ "digest_every": 8 });
    let mut tale = Tale::found(&charter(&file));
    places(&mut tale);
    statements(&mut tale);
    due(&mut tale);
    authors(&mut tale);
    tale
}

/// Entries elsewhere than next.
fn places(tale: &mut Tale) {
    tale.now = tale.now + hour();
    let seen = tale.statement("ana", Act::Seen {});
    let next = tale.replica.next(admission(std::slice::from_ref(&seen)), tale.now);
    let host = tale.host.clone();
    let other: Hash = Hash::of(b"another");
    tale.refuse_entry("gap", EntryContent { number: 2, ..next.clone() }, &host);
    tale.refuse_entry("not-next", EntryContent { number: 0, ..next.clone() }, &host);
    tale.refuse_entry("not-next", EntryContent { previous: Some(other.into()), ..next.clone() }, &host);
    tale.refuse_entry("not-next", EntryContent { previous: None, ..next.clone() }, &host);
    tale.refuse_entry("other-log", EntryContent { log: Some(other.into()), ..next.clone() }, &host);
    tale.refuse_entry("other-log", EntryContent { log: None, ..next.clone() }, &host);
    let early = tale.replica.head().time.before(Span::from_millis(1));
    tale.refuse_entry("time-fell", EntryContent { time: early, ..next.clone() }, &host);
    let cites = vec![Hash::of(b"cited").into(); 2];
    tale.refuse_entry("not-sorted", EntryContent { cites, ..next.clone() }, &host);
    tale.refuse_entry("not-the-log-key", next, &key("node"));
    let EntryAct::Found { .. } = &tale.told[0].entry.content().act else { unreachable!("the first entry founds") };
    let again = tale.told[0].entry.content().act.clone();
    tale.refuse("not-a-first-entry", again);
    tale.refuse("size", EntryAct::Admit { statements: Vec::new() });
    tale.refuse("digest", EntryAct::Digest { digest: other.into() });
    tale.write(admission(&[seen])).expect("the next entry");
}

/// Statements elsewhere than next, or in part of an entry.
fn statements(tale: &mut Tale) {
    let with = |tale: &Tale, of: &str, change: &dyn Fn(&mut StatementContent)| {
        let mut content = tale.replica.compose(&key(of).public(), Act::Seen {});
        change(&mut content);
        Statement::sign(Kind::Statement, content, &key(of))
    };
    let one = std::slice::from_ref::<Statement>;
    let taken = tale.statement("ben", Act::Seen {});
    tale.write(admission(one(&taken))).expect("the first statement of its key");
    tale.refuse("out-of-order", admission(one(&taken)));
    let skips = with(tale, "ben", &|content| content.previous = Some(Hash::of(b"lost").into()));
    tale.refuse("out-of-order", admission(&[skips]));
    let starts = with(tale, "ben", &|content| content.previous = None);
    tale.refuse("out-of-order", admission(&[starts]));
    let elsewhere = with(tale, "ben", &|content| content.log = Hash::of(b"garden").into());
    tale.refuse("other-log", admission(&[elsewhere]));
    let unseen = with(tale, "ben", &|content| content.seen = Hash::of(b"unseen").into());
    tale.refuse("unseen-entry", admission(&[unseen]));
    let good = tale.statement("cem", Act::Seen {});
    tale.refuse("out-of-order", admission(&[good.clone(), good.clone()]));
    tale.refuse("not-a-member", admission(&[good.clone(), tale.statement("eve", Act::Seen {})]));
    let mut forged = good.bytes().to_vec();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    tale.refuse("inside", EntryAct::Admit { statements: vec![Raw(forged)] });
    // Two of one key follow each other in one entry.
    let next = with(tale, "cem", &|content| content.previous = Some(good.id()));
    tale.write(admission(&[good, next])).expect("two in a row");
}

/// Digests, closes and applications before they are due, again, and of nothing.
fn due(tale: &mut Tale) {
    let policy = tale.open("ana", &[text("policy")]);
    let purchase = tale.open("cem", &[text("buying")]);
    let close = |proposal| EntryAct::Close { proposal };
    let apply = |proposal| EntryAct::Apply { proposal };
    let nothing: ProposalId = Hash::of(b"nothing").into();
    tale.refuse("no-proposal", close(nothing));
    tale.refuse("no-proposal", apply(nothing));
    tale.refuse("still-open", close(policy));
    tale.refuse("still-open", apply(policy));
    tale.answer("ana", purchase, Answer::Agree);
    // Six entries after the founding, and this is the eighth.
    tale.answer("ben", policy, Answer::Agree);
    tale.refuse("digest-due", admission(&[tale.statement("ben", Act::Seen {})]));
    tale.refuse("digest-due", close(purchase));
    tale.digest();
    tale.write(close(purchase)).expect("the buyer has decided");
    tale.refuse("decided", close(purchase));
    tale.refuse("call-in-open", apply(purchase));
    let late = tale.response(purchase, Answer::Agree);
    tale.refuse_say("decided", "ana", late);
    for member in ["cem", "bot"] {
        tale.answer(member, policy, Answer::Agree);
    }
    // All have responded, and the minimum has not run.
    tale.refuse("still-open", close(policy));
    tale.now = tale.now + hour();
    tale.write(close(policy)).expect("settled, after the minimum");
    tale.refuse("closed", close(policy));
    tale.refuse("closed", apply(policy));
    let late = tale.response(policy, Answer::Agree);
    tale.refuse_say("closed", "ben", late);
    tale.refuse_say("closed", "ana", Act::Withdraw { target: policy.into() });
    tale.now = tale.now + DAY;
    let call_in = Act::CallIn { proposal: purchase, reason: body("Not alone.").id() };
    tale.refuse_say("late", "ben", call_in);
    tale.write(apply(purchase)).expect("nobody called it in");
    assert_eq!((tale.outcome(policy), tale.outcome(purchase)), (Outcome::Applied, Outcome::Applied));
    // A digest may come sooner than it is due.
    tale.digest();
    tale.digest();
}

/// Acts by those who may not do them, and at another time.
fn authors(tale: &mut Tale) {
    let policy = tale.open("ana", &[text("policy")]);
    let charter = tale
        .open("bot", &[folkmoot_protocol::effect::Effect::Purpose { purpose: "To eat".into(), values: Vec::new() }]);
    tale.refuse_say("not-author", "ben", Act::Withdraw { target: policy.into() });
    let agrees = tale.response(charter, Answer::Agree);
    tale.refuse_say("people-only", "bot", agrees);
    tale.refuse_say("no-call-in", "ben", Act::CallIn { proposal: policy, reason: body("Not alone.").id() });
    tale.refuse_say("no-target", "ben", Act::Withdraw { target: Hash::of(b"nothing").into() });
    tale.refuse_say("no-body", "ben", Act::Erase { body: body("Because.").id() });
    let Act::Respond(mut other) = tale.response(policy, Answer::Agree) else { return };
    other.version = 2;
    tale.refuse_say("other-version", "ben", Act::Respond(other.clone()));
    (other.version, other.answer, other.reason) = (1, Answer::Object, None);
    let concern = other.clone();
    tale.refuse_say("no-reason", "ben", Act::Respond(other));
    let weighed = Response { answer: Answer::Concern, weighs: vec![Hash::of(b"advice").into()], ..concern };
    tale.refuse_say("weighs", "ben", Act::Respond(weighed));
    let amend = |version, domain| {
        let content = content(&[text(domain)]);
        Act::Amend(Amendment { proposal: policy, version, content, integrates: Vec::new() })
    };
    tale.refuse_say("new-domain", "ana", amend(2, "charter"));
    tale.refuse_say("other-version", "ana", amend(3, "policy"));
    tale.say("ana", amend(2, "policy"));
    tale.say("ana", amend(3, "policy"));
    tale.refuse_say("no-more-versions", "ana", amend(4, "policy"));
    tale.refuse_open("out-of-scope", "bot", &[text("dishes")]);
    tale.refuse_open("no-domain", "ana", &[text("garden")]);
    tale.refuse_open("size", "ana", &[]);
    let untitled = folkmoot_protocol::statement::Proposal { title: String::new(), ..content(&[text("policy")]) };
    tale.refuse_say("size", "ana", Act::Propose(untitled));
    tale.say("ana", Act::Withdraw { target: policy.into() });
    tale.pass(Span::from_days(3));
    assert_eq!(tale.outcome(charter), Outcome::NotPassed);
    tale.now = tale.now + Span::from_days(60);
    tale.refuse_say("agent-ended", "bot", Act::Seen {});
    // Ana's term ends while her decision is waited for.
    tale.now = start() + Span::from_days(89);
    let purchase = tale.open("cem", &[text("buying")]);
    tale.now = start() + Span::from_days(90);
    tale.digest();
    let decides = tale.response(purchase, Answer::Agree);
    tale.refuse_say("term-ended", "ana", decides);
    tale.pass(Span::from_days(1));
    assert_eq!(tale.outcome(purchase), Outcome::NotPassed);
    tale.refuse_open("nobody-eligible", "ana", &[text("buying")]);
}
