//! What must not work, by the real program: each is refused with a reason that helps, and nothing is changed by it.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt as _,
    path::PathBuf,
};

use folkmoot_node::control::view::{GroupView, Problem, ProposalView};
use folkmoot_protocol::{
    body::Body,
    statement::{Act, Answer, Proposal, Response, Statement},
};
use folkmoot_tests::harness::{Api, CallError, Home, NodeProcess, key, text};

/// Ana buys, Ben and Cleo do not; the bot is an agent; `dia` signs here in the test. Nothing closes while it is looked at
/// but in the domain `quick`.
const CHARTER: &str = r#"
name = "kitchen"
purpose = "To cook for the street."

[members.ana]
[members.ben]
[members.dia]
keys = ["DIA"]
[members.bot]
agent = { sponsor = "ana", scope = ["work"], until = "+60d" }

[roles.buyer]
purpose = "Buys what we need."
holders = [{ member = "ana", until = "+90d" }]

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { quorum = "1/1" } }
[domains.work]
purpose = "How we work."
rule = { consent = { quorum = "1/1" } }
[domains.quick]
purpose = "What cannot wait."
rule = { consent = { closing = "1500ms", minimum = "0s", quorum = "1/1" } }
[domains.purchases]
purpose = "What we buy."
owner = "role:buyer"
rule = { delegate = { closing = "7d" } }
"#;

/// One thing that must not work.
struct Row {
    name: &'static str,
    /// Tries it, after whatever has to be there first.
    attempt: fn(&mut Kitchen) -> Attempt,
    /// The word for programs.
    kind: &'static str,
    /// What the words for people must hold.
    says: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        name: "a charter with an unknown field",
        attempt: |kitchen| {
            let charter = CHARTER.replace("people_only = true", "people_only = true\ncolour = \"red\"");
            kitchen.file("kitchen.toml", &charter, &["group", "found"])
        },
        kind: "input",
        says: &["kitchen.toml", "line 21", "unknown field `colour`", "people_only"],
    },
    Row {
        name: "a charter with a fraction over one",
        attempt: |kitchen| {
            kitchen.file("kitchen.toml", &CHARTER.replacen("1/1", "3/2", 1), &["group", "found"])
        },
        kind: "input",
        says: &["kitchen.toml", "line 21", "'3/2' is not a fraction from 0 to 1: write it like 1/2"],
    },
    Row {
        name: "deciding in somebody else's domain",
        attempt: |kitchen| {
            let new = ["--domain", "purchases", "--text", "A tent.", "--title", "Buy a tent", "--why", "It rains."];
            kitchen.refused(&[&["--as", "ben", "decide"], &new[..]].concat())
        },
        kind: "unauthorised",
        says: &["ben is not eligible in 'purchases'", "role:buyer decides there", "moot advise"],
    },
    Row {
        name: "a response after the close",
        attempt: |kitchen| {
            let mut events = kitchen.api().events().unwrap();
            let id = kitchen.propose("quick", "Close the window");
            events.wait("decided", |event| event["proposal"] == *id);
            kitchen.refused(&["--as", "ben", "agree", &id])
        },
        kind: "conflict",
        says: &["is closed: its decision stands", "moot why"],
    },
    Row {
        name: "withdrawing twice",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Sing at work");
            kitchen.home.moot(&["--as", "ana", "withdraw", &id]).words();
            kitchen.refused(&["--as", "ana", "withdraw", &id])
        },
        kind: "conflict",
        says: &["is closed: its decision stands"],
    },
    Row {
        name: "the same response twice",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Wash up at once");
            let answer = Response { proposal: id.parse().unwrap(), version: 1, answer: Answer::Agree, reason: None };
            let signed = kitchen.api().sign("kitchen", &key("dia"), [Act::Respond(answer)]).unwrap();
            kitchen.api().hand_in("kitchen", &signed, &[]).unwrap();
            kitchen.handed_in("kitchen", &signed, &[])
        },
        kind: "conflict",
        says: &["is not the next one of its key: it was taken already, or one before it is missing"],
    },
    Row {
        name: "a response by somebody who is not eligible",
        attempt: |kitchen| {
            let id = kitchen.propose("purchases", "Buy a pan");
            kitchen.refused(&["--as", "ben", "object", &id, "--why", "We have one."])
        },
        kind: "unauthorised",
        says: &["ben is not eligible in 'purchases'", "role:buyer decides there"],
    },
    Row {
        name: "an agent's response where people decide",
        attempt: |kitchen| {
            let role = "[[effects]]\nset_role = { name = \"cook\", purpose = \"Cooks.\", holders = [] }\n";
            let file = kitchen.home.write("role.toml", role);
            let new = ["propose", "--title", "A cook", "--why", "We are hungry.", "--effects", &file];
            let view: ProposalView = kitchen.home.json(&[&["--as", "ana"], &new[..]].concat());
            kitchen.refused(&["--as", "bot", "agree", &view.proposal])
        },
        kind: "unauthorised",
        says: &["bot is an agent", "'charter' is reserved for people", "propose and advise"],
    },
    Row {
        name: "a key that belongs to no member",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Open the door");
            kitchen.home.id("mallory");
            kitchen.refused(&["--as", "mallory", "agree", &id])
        },
        kind: "unauthorised",
        says: &["the key did:key:z6Mk", "belongs to no member of this group"],
    },
    Row {
        name: "a statement of the log once more",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Peel the onions");
            kitchen.home.moot(&["--as", "ben", "concern", &id, "--why", "They sting."]).words();
            let log = kitchen.api().log("kitchen").unwrap();
            let statement = log.last().unwrap().inside().unwrap().statements[0].clone();
            assert_eq!(log.last().unwrap().bodies(), [statement.content().act.bodies()[0]]);
            kitchen.handed_in("kitchen", &[statement], &[text("They sting.")]);
            let statement = log.last().unwrap().inside().unwrap().statements[0].clone();
            kitchen.handed_in("kitchen", &[statement], &[])
        },
        kind: "conflict",
        says: &["is not the next one of its key: it was taken already"],
    },
    Row {
        name: "a statement for another group",
        attempt: |kitchen| {
            let other = kitchen.api().found(&CHARTER.replace("DIA", &did("dia")), &key("ana")).unwrap();
            let signed = kitchen.api().sign(&other, &key("dia"), [Act::Seen {}]).unwrap();
            let group = kitchen.group.clone();
            kitchen.handed_in(&group, &signed, &[])
        },
        kind: "conflict",
        says: &["the statement is for another group's log"],
    },
];
