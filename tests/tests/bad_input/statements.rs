//! Statements that a program signed: taken twice, out of order, for another log.

use folkmoot_node::control::view::GroupView;
use folkmoot_protocol::{
    body::Body,
    charter::Host,
    effect::Effect,
    statement::{Act, Answer, Proposal, Response},
};
use folkmoot_tests::harness::{CallError, key, text};
use serde_json::Value;

use super::{
    kitchen::{Kitchen, charter},
    row::Row,
};

/// A proposal of an agreement in words, with the same words as its why and their beginning as its title.
pub(crate) fn proposal(domain: &str, words: &str) -> (Act, Body) {
    let why = text(words);
    let effects = vec![Effect::Text { domain: domain.parse().unwrap(), text: words.into(), replaces: None }];
    let title = words.chars().take(60).collect();
    (Act::Propose(Proposal { title, why: why.id(), effects, options: Vec::new(), review: None }), why)
}

/// Agreement to the first version of a proposal, with a reason, that weighs nothing.
pub(crate) fn response(proposal: &str, reason: &str) -> (Act, Body) {
    let reason = text(reason);
    let (answer, weighs) = (Answer::Agree, Vec::new());
    let proposal = proposal.parse().unwrap();
    (Act::Respond(Response { proposal, version: 1, answer, reason: Some(reason.id()), weighs }), reason)
}

impl Kitchen {
    /// The proposal of that title.
    pub(crate) fn latest(&self, title: &str) -> String {
        let all: Vec<Value> = self.api().get("/v1/proposals").unwrap();
        let found = all.iter().find(|view| view["title"] == title).expect("there is one of that title");
        found["proposal"].as_str().expect("a proposal has an id").to_owned()
    }
}

pub(crate) const ROWS: &[Row<Kitchen>] = &[
    Row {
        name: "the same response twice",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Wash up at once");
            let (agree, reason) = response(&id, "Clean is good.");
            let signed = kitchen.api().sign("kitchen", &key("dia"), [agree]).unwrap();
            kitchen.api().hand_in("kitchen", &signed, std::slice::from_ref(&reason)).unwrap();
            kitchen.handed_in("kitchen", &signed, &[reason])
        },
        kind: "conflict",
        says: [
            "it was taken already, or one before it is missing",
            "statement s",
            "ask for the log's head and sign anew",
        ],
    },
    Row {
        name: "a statement of the log once more",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Peel the onions");
            kitchen.home.moot(&["--as", "ben", "agree", &id]).words();
            let log = kitchen.api().log("kitchen").unwrap();
            let taken = log.last().unwrap().inside().unwrap().statements.clone();
            kitchen.handed_in("kitchen", &taken, &[])
        },
        kind: "conflict",
        says: ["is not the next one of its key: it was taken already", "statement s", "sign anew"],
    },
    Row {
        name: "a statement for another group",
        attempt: |kitchen| {
            let other = charter().replace("kitchen", "garden");
            let other = kitchen.api().found(&other, &key("ana")).unwrap();
            let signed = kitchen.api().sign(&other, &key("dia"), [Act::Seen {}]).unwrap();
            kitchen.handed_in("kitchen", &signed, &[])
        },
        kind: "conflict",
        says: ["the statement is for another group's log", "for this log", "hand it in there"],
    },
    Row {
        name: "a reason that did not come along",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Keep it short");
            let (agree, _) = response(&id, "This stays at home.");
            let signed = kitchen.api().sign("kitchen", &key("dia"), [agree]).unwrap();
            kitchen.handed_in("kitchen", &signed, &[])
        },
        kind: "malformed",
        says: [
            "the texts do not match the statements",
            "is missing or not named",
            "hand in just the texts that they name",
        ],
    },
    Row {
        name: "a log key used twice",
        attempt: |kitchen| {
            let (before, api) = (kitchen.state(), kitchen.api());
            let group: GroupView = api.group("kitchen").unwrap().unwrap();
            let charter_in_force: Value = api.get(&format!("/v1/groups/{}/charter", group.group)).unwrap();
            let used: Host = serde_json::from_value(charter_in_force["host"].clone()).unwrap();
            let second = charter().replace("kitchen", "cellar");
            let Err(CallError::Refused(422, problem)) = api.found_at(&second, &key("ana"), used) else {
                panic!("a group was founded with another group's log key")
            };
            assert_eq!(kitchen.state(), before);
            problem.into()
        },
        kind: "not-hosted",
        says: [
            "is not one that this node made for a new group",
            "the charter's log key did:key:z6Mk",
            "moot group found",
        ],
    },
];
