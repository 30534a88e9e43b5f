//! Reading what was decided: why with its chain, a log that is followed, and decisions as Markdown.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use folkmoot_node::control::view::ProposalView;
use folkmoot_tests::harness::{Home, NodeProcess, PATIENCE, moot};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const CHARTER: &str = r#"
name = "choir"
purpose = "To sing."

[members.ana]
[members.ben]

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "7d", minimum = "0s", quorum = "1/1" } }
[domains.songs]
purpose = "What we sing."
rule = { consent = { closing = "7d", minimum = "0s", quorum = "1/1" } }
"#;

/// A node and a group of two whose keys are in its home.
struct Choir {
    home: Home,
    node: Option<NodeProcess>,
}

impl Choir {
    fn new() -> Self {
        let home = Home::new();
        let node = home.node();
        ["ana", "ben"].iter().for_each(|name| drop(home.id(name)));
        let charter = home.write("choir.toml", CHARTER);
        home.moot(&["--as", "ana", "group", "found", &charter]).words();
        Self { home, node: Some(node) }
    }

    #[track_caller]
    fn act(&self, who: &str, args: &[&str]) -> ProposalView {
        self.home.json(&[&["--as", who], args].concat())
    }

    fn propose(&self, title: &str) -> String {
        let words = ["propose", "--domain", "songs", "--title", title, "--text", title, "--why", "# It is *fun*."];
        self.act("ana", &words).proposal
    }

    /// Proposed, objected to, withdrawn and agreed to: a decision with a chain of four entries.
    fn decide(&self, title: &str) -> String {
        let id = self.propose(title);
        self.act("ben", &["object", &id, "--why", "Too long."]);
        self.act("ben", &["withdraw", &id, "--objection", "mine"]);
        assert_eq!(self.act("ben", &["agree", &id]).state, "passed");
        id
    }
}

#[test]
fn why_shows_the_chain_and_what_a_replay_comes_to() {
    let choir = Choir::new();
    let id = choir.decide("A round");
    let other = choir.propose("A fugue");
    let why: Value = choir.home.json(&["why", &id]);
    let chain: Vec<(&str, &str)> = why["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| (link["by"].as_str().unwrap_or("host"), link["what"].as_str().unwrap()))
        .collect();
    let objection = &why["objections"][0]["objection"].as_str().unwrap()[..9];
    let withdraws = format!("withdraws the objection {objection}");
    let expected = [
        ("ana", "proposes it"),
        ("ben", "object on version 1"),
        ("ben", withdraws.as_str()),
        ("ben", "agree on version 1"),
        ("host", "closes it"),
    ];
    assert_eq!(chain, expected);
    let recomputed = &why["recomputed"];
    assert_eq!((&recomputed["same"], &recomputed["outcome"]), (&Value::from(true), &Value::from("passed")));
    let groups: Value = choir.home.json(&["group", "show"]);
    assert_eq!(recomputed["digest"], groups[0]["digest"]);

    let words = choir.home.moot(&["why", &id[..9]]).words();
    for part in [
        "Chain\n  entry 1 e",
        "ana: proposes it (",
        "closes it (not yet safe)",
        "Recomputed\n  yes: replayed here from its ",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    let open: Value = choir.home.json(&["why", &other]);
    assert_eq!((open["chain"].as_array().map(Vec::len), &open["recomputed"]["same"]), (Some(1), &Value::from(true)));
}

#[test]
fn a_log_is_followed_until_ctrl_c() {
    let mut choir = Choir::new();
    let mut follow = Follow::start(&choir.home, &["log", "--follow", "--bytes"]);
    assert_eq!(follow.next()["what"], "found the group 'choir' with 2 members");

    choir.decide("A round");
    let numbers: Vec<u64> = (0..5).map(|_| follow.next()["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);

    drop(choir.node.take());
    assert_eq!(follow.next()["event"], "away");
    choir.node = Some(choir.home.node());
    assert_eq!(follow.next()["event"], "back");
    choir.propose("A fugue");
    let entry = follow.next();
    assert_eq!((entry["number"].as_u64(), entry["what"].as_str()), (Some(6), Some("propose \"A fugue\"")));
    assert!(entry["bytes"].is_string());
    assert_eq!(follow.interrupt(), Some(0));
}

#[test]
fn decisions_are_exported_as_markdown() {
    let choir = Choir::new();
    let first = choir.decide("A round!");
    let withdrawn = choir.propose("A fugue");
    choir.act("ana", &["withdraw", &withdrawn]);
    choir.propose("A march");
    let folder = choir.home.path().join("adr");
    let adr = ["export", "--adr", folder.to_str().unwrap()];

    let done: Value = choir.home.json(&adr);
    assert_eq!((&done["decisions"], &done["written"]), (&Value::from(2), &Value::from(2)));
    let record = fs::read_to_string(folder.join("0001-a-round.md")).unwrap();
    assert!(record.starts_with("---\nstatus: \"accepted\"\n") && record.contains("> \\# It is \\*fun\\*."), "{record}");
    assert!(record.contains(&first) && record.contains("- ben to version 1: Too long."), "{record}");
    let record = fs::read_to_string(folder.join("0002-a-fugue.md")).unwrap();
    assert!(record.starts_with("---\nstatus: \"withdrawn\"\n"), "{record}");

    // What is there stays as it is, also when it is sealed in the meantime; what somebody else wrote does, too.
    for who in ["ana", "ben"] {
        choir.home.json::<Value>(&["--as", who, "seen"]);
    }
    assert_eq!(choir.home.json::<Value>(&adr)["written"], 0);
    fs::write(folder.join("0002-a-fugue.md"), "mine").unwrap();
    let refused = choir.home.refused(&adr);
    assert!(refused.kind == "input" && refused.message.contains("0002-a-fugue.md"), "{refused:?}");
    assert_eq!(choir.home.json::<Value>(&[&adr[..], &["--force"]].concat())["written"], 1);

    let file = choir.home.path().join("log.md");
    let logbook = ["export", "--logbook", "--output", file.to_str().unwrap()];
    choir.home.json::<Value>(&logbook);
    let printed = choir.home.moot(&["export", "--logbook"]).words();
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(printed.trim_end(), written.trim_end());
    for part in ["# Logbook of choir", "### 1. A round\\!", "### 2. A fugue", "## Not decided yet", "A march"] {
        assert!(written.contains(part), "{part}\n{written}");
    }
    // It is written anew without being told to, because it is ours.
    choir.decide("A hymn");
    choir.home.json::<Value>(&logbook);
    assert!(fs::read_to_string(&file).unwrap().contains("### 3. A hymn"));
    fs::write(&file, "mine").unwrap();
    assert_eq!(choir.home.refused(&logbook).kind, "input");
    assert_eq!(choir.home.moot(&["export"]).code, Some(2));
}

/// A command that goes on, whose lines of JSON are read as they come.
struct Follow {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Follow {
    fn start(home: &Home, args: &[&str]) -> Self {
        let mut command = Command::new(moot());
        command.arg("--json").arg("--home").arg(home.path()).args(args).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| drop(said.send(line))));
        Self { child, lines }
    }

    #[track_caller]
    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    /// Presses Ctrl-C.
    #[track_caller]
    fn interrupt(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.child.wait().unwrap().code()
    }
}
