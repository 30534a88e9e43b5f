//! What must not work, by the real program: each is refused with a reason that helps, and nothing is changed by it.

use std::{fs, path::PathBuf};

use folkmoot_node::control::view::{Problem, ProposalView};
use folkmoot_protocol::statement::{Act, Answer, Response, Statement};
use folkmoot_tests::harness::{Api, CallError, Home, NodeProcess, key};
use serde_json::Value;

/// Ana buys, Ben does not, the bot is an agent, and Dia signs here in the test. Nothing closes by itself but in `quick`.
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
    attempt: fn(&mut Kitchen) -> Problem,
    /// The word that programs get.
    kind: &'static str,
    /// What the words for people hold.
    says: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        name: "a charter with an unknown field",
        attempt: |kitchen| {
            let charter = charter().replace("people_only = true", "people_only = true\ncolour = \"red\"");
            kitchen.file("kitchen.toml", &charter, &["group", "found"])
        },
        kind: "input",
        says: &["kitchen.toml", "line 19", "unknown field `colour`", "people_only"],
    },
    Row {
        name: "a charter with a fraction over one",
        attempt: |kitchen| kitchen.file("kitchen.toml", &charter().replacen("1/1", "3/2", 1), &["group", "found"]),
        kind: "input",
        says: &["kitchen.toml", "line 19", "'3/2' is not a fraction from 0 to 1: write it like 1/2"],
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
            let answer = Response {
                proposal: id.parse().unwrap(),
                version: 1,
                answer: Answer::Agree,
                reason: None,
                weighs: Vec::new(),
            };
            let signed = kitchen.api().sign("kitchen", &key("dia"), [Act::Respond(answer)]).unwrap();
            kitchen.api().hand_in("kitchen", &signed, &[]).unwrap();
            kitchen.handed_in("kitchen", &signed)
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
            kitchen.home.moot(&["--as", "ben", "agree", &id]).words();
            let log = kitchen.api().log("kitchen").unwrap();
            let taken = log.last().unwrap().inside().unwrap().statements.clone();
            kitchen.handed_in("kitchen", &taken)
        },
        kind: "conflict",
        says: &["is not the next one of its key: it was taken already"],
    },
    Row {
        name: "a statement for another group",
        attempt: |kitchen| {
            let other = charter().replace("kitchen", "garden");
            let other = kitchen.api().found(&other, &key("ana")).unwrap();
            let signed = kitchen.api().sign(&other, &key("dia"), [Act::Seen {}]).unwrap();
            kitchen.handed_in("kitchen", &signed)
        },
        kind: "conflict",
        says: &["the statement is for another group's log"],
    },
    Row {
        name: "a store with a byte that has changed",
        attempt: |kitchen| {
            let title = "Sharpen the knives";
            kitchen.propose("work", title);
            kitchen.stop();
            let backup = Backup::of(&kitchen.home);
            backup.damage(title);
            let problem = kitchen.home.refused(NODE_RUN);
            // A start that was refused must not be what makes the next one pass.
            assert_eq!(kitchen.home.refused(NODE_RUN).kind, problem.kind);
            backup.restore();
            kitchen.start();
            problem
        },
        kind: "node",
        says: &["the store in", "is damaged", "moot restore", "move the store away"],
    },
    Row {
        name: "a second node on the same home",
        attempt: |kitchen| kitchen.refused(NODE_RUN),
        kind: "node",
        says: &["a node runs on", "process PID", "stop that one first, or use another home (--home)"],
    },
];

const NODE_RUN: &[&str] = &["node", "run", "--listen", "/ip4/127.0.0.1/tcp/0"];

#[test]
fn nothing_of_this_works_or_changes_anything() {
    let mut kitchen = Kitchen::new();
    for row in ROWS {
        let problem = (row.attempt)(&mut kitchen);
        assert_eq!(problem.kind, row.kind, "{}: {}", row.name, problem.message);
        for part in row.says {
            let part = part.replace("PID", &kitchen.node.as_ref().unwrap().pid().to_string());
            assert!(problem.message.contains(&part), "{}: '{part}' is not in: {}", row.name, problem.message);
        }
    }
    let before = kitchen.state();
    kitchen.stop();
    kitchen.start();
    assert_eq!(kitchen.state(), before);
}

/// What `moot` cannot make sense of is told apart from what it refuses.
#[test]
fn a_command_that_is_none_ends_with_2() {
    let home = Home::new();
    let wrong: &[&[&str]] = &[
        &["frobnicate"],
        &["agree"],
        &["show"],
        &["group", "found"],
        &["--colour", "inbox"],
        &["propose", "--title", "T", "--why", "W", "--text", "without a domain"],
        &["amend", "p1", "--title", "T", "--why", "W", "--review", "soon"],
        &[],
    ];
    for args in wrong {
        let output = home.moot(args);
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{output}");
        assert!(output.stderr.contains("--help"), "{output}");
    }
}

/// A node and a group with its members' keys.
struct Kitchen {
    home: Home,
    node: Option<NodeProcess>,
}

impl Kitchen {
    fn new() -> Self {
        let home = Home::new();
        for name in ["ana", "ben", "bot"] {
            home.id(name);
        }
        let node = Some(home.node());
        let file = home.write("charter.toml", &charter());
        home.moot(&["--as", "ana", "group", "found", &file]).words();
        Self { home, node }
    }

    fn api(&self) -> Api {
        self.home.api()
    }

    fn start(&mut self) {
        self.node = Some(self.home.node());
    }

    fn stop(&mut self) {
        self.node.take().expect("it runs").stop();
    }

    /// Lets Ana propose something in words, and gives back its id.
    fn propose(&self, domain: &str, title: &str) -> String {
        let words = ["propose", "--domain", domain, "--title", title, "--text", title, "--why", "It is time."];
        let view: ProposalView = self.home.json(&[&["--as", "ana"], &words[..]].concat());
        view.proposal
    }

    /// Everything that a refusal must leave as it is.
    fn state(&self) -> [Value; 3] {
        [&["group", "show", "kitchen"][..], &["list"], &["log", "kitchen", "--bytes"]].map(|args| self.home.json(args))
    }

    /// Runs a command that must be refused and change nothing.
    fn refused(&self, args: &[&str]) -> Problem {
        let before = self.state();
        let problem = self.home.refused(args);
        assert_eq!(self.state(), before, "{}", problem.message);
        problem
    }

    /// Writes a file and has a command read it that must refuse it and change nothing.
    fn file(&self, name: &str, text: &str, command: &[&str]) -> Problem {
        let file = self.home.write(name, text);
        self.refused(&[&["--as", "ana"], command, &[&file]].concat())
    }

    /// Hands in statements that must be refused and change nothing.
    fn handed_in(&self, group: &str, statements: &[Statement]) -> Problem {
        let before = self.state();
        let Err(CallError::Refused(422, problem)) = self.api().hand_in(group, statements, &[]) else {
            panic!("{group} takes {statements:?}")
        };
        assert_eq!(self.state(), before, "{}", problem.message);
        problem
    }
}

/// The file with a node's records, and what was in it.
struct Backup {
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Backup {
    fn of(home: &Home) -> Self {
        let file = home.path().join("store/db");
        let bytes = fs::read(&file).expect("the store can be read");
        Self { file, bytes }
    }

    /// Changes a byte of the first record that holds these words.
    fn damage(&self, words: &str) {
        let at = self.bytes.windows(words.len()).position(|window| window == words.as_bytes());
        let at = at.expect("the words are in the store");
        let mut bytes = self.bytes.clone();
        bytes[at] ^= 1;
        fs::write(&self.file, bytes).expect("the store can be written");
    }

    fn restore(&self) {
        fs::write(&self.file, &self.bytes).expect("the store can be written");
    }
}

fn charter() -> String {
    CHARTER.replace("DIA", &key("dia").public().to_string())
}
