//! The command line as a whole: what it prints, what it ends with, and how it finds what a person means.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use folkmoot_node::control::view::{EntryView, FederationView, GroupView, InboxItem, NodeView, ProposalView};
use folkmoot_protocol::{
    effect::Effect,
    statement::{Act, Proposal, Statement},
};
use folkmoot_tests::harness::{Home, NodeProcess, PATIENCE, key, moot, text};
use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use serde_json::Value;

/// Ana buys what the club needs; everything else is decided by consent, as soon as all have responded.
const CHARTER: &str = r#"
name = "club"
purpose = "To play."

[members.ana]
[members.ben]
[members.cleo]

[roles.buyer]
purpose = "Buys what we need."
holders = [{ member = "ana", until = "+90d" }]

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "7d", minimum = "0s", quorum = "1/1" } }
[domains.games]
purpose = "What we play."
rule = { consent = { closing = "7d", minimum = "0s", quorum = "2/3" } }
[domains.purchases]
purpose = "What we buy."
owner = "role:buyer"
stakes = "low"
rule = { delegate = { closing = "3d" } }
"#;

/// A node and a group of three whose keys are in its home.
struct Club {
    home: Home,
    node: Option<NodeProcess>,
}

impl Club {
    fn new() -> Self {
        let home = Home::new();
        let node = home.node();
        ["ana", "ben", "cleo"].iter().for_each(|name| drop(home.id(name)));
        let charter = home.write("club.toml", CHARTER);
        home.moot(&["--as", "ana", "group", "found", &charter]).words();
        Self { home, node: Some(node) }
    }

    /// Ends the node and starts it again.
    fn restart(&mut self) {
        drop(self.node.take());
        self.node = Some(self.home.node());
    }

    /// Runs a command as somebody, which must succeed, and gives back the proposal that it shows.
    #[track_caller]
    fn act(&self, who: &str, args: &[&str]) -> ProposalView {
        self.home.json(&[&["--as", who], args].concat())
    }

    fn propose(&self, who: &str, domain: &str, title: &str) -> String {
        let words = ["propose", "--domain", domain, "--title", title, "--text", title, "--why", "It is fun."];
        self.act(who, &words).proposal
    }

    fn words(&self, args: &[&str]) -> String {
        self.home.moot(args).words()
    }

    /// A decision with everything that `why` has to tell.
    fn chess(&self) -> String {
        let id = self.propose("ana", "games", "Chess on Mondays");
        self.act("ben", &["object", &id, "--why", "I work on Mondays."]);
        let objection =
            self.act("cleo", &["concern", &id, "--why", "The hall is cold."]).objections[0].objection.clone();
        let new =
            ["--title", "Chess on Tuesdays", "--why", "Ben has time.", "--domain", "games", "--text", "On Tuesdays."];
        self.act("ana", &[&["amend", &id, "--integrates", &objection], &new[..]].concat());
        self.act("cleo", &["concern", &id, "--why", "The hall is cold."]);
        self.act("ben", &["withdraw", &id, "--objection", "mine"]);
        assert_eq!(self.act("ben", &["agree", &id]).state, "passed");
        id
    }
}

#[test]
fn why_tells_who_decided_why_by_which_rules_and_what_became_of_objections() {
    let club = Club::new();
    let id = club.chess();

    let view: ProposalView = club.home.json(&["why", &id]);
    assert_eq!((view.state.as_str(), view.version, view.title.as_str()), ("passed", 2, "Chess on Tuesdays"));
    assert_eq!((view.author.as_str(), view.why.as_deref()), ("ana", Some("Ben has time.")));
    let answers: Vec<(&str, &str, Option<&str>)> =
        view.responses.iter().map(|r| (r.member.as_str(), r.answer.as_str(), r.reason.as_deref())).collect();
    let expected = [
        ("ana", "agree", Some("Ben has time.")),
        ("ben", "agree", None),
        ("cleo", "concern", Some("The hall is cold.")),
    ];
    assert_eq!(answers, expected);
    let [poll] = view.domains.as_slice() else { panic!("{view:?}") };
    assert_eq!((poll.domain.as_str(), poll.rung.as_str(), poll.quorum, poll.passes), ("games", "consent", 2, true));
    assert_eq!(poll.eligible, ["ana", "ben", "cleo"]);
    assert!(poll.rule.contains("no objection stands and 2/3 of the eligible responded"), "{}", poll.rule);
    let [objection] = view.objections.as_slice() else { panic!("{view:?}") };
    assert_eq!((objection.member.as_str(), objection.version), ("ben", 1));
    assert_eq!((objection.state.as_str(), objection.reason.as_deref()), ("integrated", Some("I work on Mondays.")));
    assert!(objection.became.starts_with("version 2 integrated it; ben withdrew it"), "{}", objection.became);
    assert!(!view.sealed);

    let words = club.words(&["why", &id[..9]]);
    let order = [
        "Chess on Tuesdays",
        "Why: Ben has time.",
        "Who decided",
        "agree: ana, ben",
        "concern: cleo",
        "By which rules",
        "'games' (group), eligible: ana, ben, cleo",
        "no objection stands, 3 responded, 2 were needed",
        "What changes",
        "agrees in 'games': On Tuesdays.",
        "Responses",
        "cleo concern",
        "The hall is cold.",
        "Objections, and what became of them",
        "by ben to version 1: I work on Mondays.",
        "version 2 integrated it",
        "Evidence",
        "version 2 in entry",
        "ended in entry",
        "Sealed",
        "not yet safe to rely on: more than half of the people must have seen it",
    ];
    in_order(&words, &order);

    // A group without witnesses seals by what its people have seen.
    for who in ["ana", "ben"] {
        club.home.json::<Value>(&["--as", who, "seen"]);
    }
    assert!(club.home.json::<ProposalView>(&["why", &id]).sealed);
    in_order(&club.words(&["why", &id]), &["Sealed", "yes: entry", "by its members"]);
}

#[test]
fn a_delegates_decision_names_who_holds_the_role() {
    let club = Club::new();
    let new =
        ["decide", "--domain", "purchases", "--title", "Buy dice", "--text", "Ten dice.", "--why", "They got lost."];
    let view = club.act("ana", &new);
    assert_eq!(view.state, "passed");
    let expected = ["Who decided", "agree: ana", "'purchases' (role:buyer), eligible: ana", "delegate: the holder"];
    let words = club.words(&["why", &view.proposal]);
    in_order(&words, &expected);
    assert!(words.contains("ana, who holds the role, decided for it"), "{words}");

    let id = club.propose("ben", "purchases", "Buy a clock");
    let view = club.act("ana", &["decide", &id, "--decline", "--why", "We have one."]);
    assert_eq!(view.state, "not passed");
    assert!(club.words(&["why", &id]).contains("ana, who holds the role, decided against it"));
}

/// Runs `moot` at a terminal, whose editor is a line of shell.
fn at_a_terminal(home: &Home, editor: &str, args: &[&str]) -> std::process::Output {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let screen = openpt(flags).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let keyboard = std::fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = Command::new(moot());
    command.env("HOME", home.path()).env("EDITOR", editor).env_remove("VISUAL").stdin(keyboard);
    command.arg("--home").arg(home.path()).args(args).output().unwrap()
}

#[test]
fn at_a_terminal_a_text_is_written_in_the_editor() {
    let club = Club::new();
    let id = club.propose("ana", "games", "Chess on Mondays");
    let said = at_a_terminal(&club.home, "echo 'I work on Mondays.' >", &["--as", "ben", "object", &id]);
    assert!(said.status.success(), "{said:?}");
    let view: ProposalView = club.home.json(&["show", &id]);
    assert_eq!(view.objections[0].reason.as_deref(), Some("I work on Mondays."));

    // Nothing written is nothing said.
    let said = at_a_terminal(&club.home, "true", &["--as", "cleo", "object", &id]);
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert!(String::from_utf8_lossy(&said.stderr).contains("nothing was sent"), "{said:?}");
    assert_eq!(club.home.json::<ProposalView>(&["show", &id]).objections.len(), 1);

    // Programs are never asked.
    let said = at_a_terminal(&club.home, "echo no >", &["--json", "--as", "cleo", "object", &id]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("an objection needs a reason: --why"), "{said:?}");
}

#[test]
fn a_text_comes_from_standard_input() {
    let club = Club::new();
    let id = club.propose("ana", "games", "Chess on Mondays");
    let mut child = Command::new(moot())
        .args(["--as", "ben", "concern", &id, "--why", "-", "--home"])
        .arg(club.home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("The hall\nis cold.\n".as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let view: ProposalView = club.home.json(&["show", &id]);
    let ben = view.responses.iter().find(|response| response.member == "ben").unwrap();
    assert_eq!(ben.reason.as_deref(), Some("The hall\nis cold."));
    for (command, words) in [("concern", "your concern"), ("advise", "you advise"), ("call-in", "you call it in")] {
        let problem = club.home.refused(&["--as", "cleo", command, &id]);
        assert!(problem.kind == "input" && problem.message.contains(words), "{}", problem.message);
        assert!(problem.message.contains("--why"), "{}", problem.message);
    }
}

/// A command that goes on, whose lines of JSON are read as they come.
struct Watch {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Watch {
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
    fn next(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    /// Presses Ctrl-C.
    #[track_caller]
    fn interrupt(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.child.wait().unwrap().code()
    }
}

#[test]
fn an_inbox_is_watched_until_ctrl_c() {
    let mut club = Club::new();
    let watch = Watch::start(&club.home, &["--as", "ben", "inbox", "--watch"]);
    assert_eq!(watch.next(), serde_json::json!({"event": "inbox", "items": []}));

    let id = club.propose("ana", "games", "Chess on Mondays");
    let change = watch.next();
    assert_eq!((change["items"][0]["proposal"].as_str(), &change["items"][1]), (Some(&*id), &Value::Null));
    // What is no news to ben is not said: the next change is his own answer.
    club.act("cleo", &["concern", &id, "--why", "The hall is cold."]);
    club.act("ben", &["aside", &id]);
    assert_eq!(watch.next()["items"], serde_json::json!([]));

    club.restart();
    assert_eq!(watch.next()["event"], "away");
    assert_eq!(watch.next()["event"], "back");
    club.propose("ana", "games", "Draughts");
    assert_eq!(watch.next()["items"][0]["title"], "Draughts");
    assert_eq!(watch.interrupt(), Some(0));

    let alone = Home::new();
    alone.id("ana");
    assert_eq!(alone.refused(&["inbox", "--watch"]).kind, "no-node");
}

#[test]
fn every_command_that_reads_prints_json() {
    let club = Club::new();
    let id = club.chess();
    let open = club.propose("ben", "games", "Draughts");
    let home = &club.home;
    let charter = home.path().join("club.toml");

    assert_eq!(home.json::<Value>(&["id", "list"])["identities"].as_array().map(Vec::len), Some(3));
    assert_eq!(home.json::<Value>(&["id", "show", "ana"])["name"], "ana");
    assert_eq!(home.json::<Value>(&["charter", "check", charter.to_str().unwrap()])["people"], 3);
    assert_eq!(home.json::<Value>(&["charter", "show"])["name"], "club");
    let groups: Vec<GroupView> = home.json(&["group", "show"]);
    let named: Vec<GroupView> = home.json(&["group", "show", &groups[0].group[..6]]);
    assert_eq!((groups.len(), named[0].digest.as_str()), (1, groups[0].digest.as_str()));
    let node: NodeView = home.json(&["node", "status"]);
    assert_eq!((node.groups.len(), node.listening.len()), (1, 1));
    assert!(home.json::<Vec<FederationView>>(&["federation", "show"]).is_empty());
    let inbox: Vec<InboxItem> = home.json(&["--as", "cleo", "inbox"]);
    assert_eq!(inbox.iter().map(|item| item.kind.as_str()).collect::<Vec<_>>(), ["respond"]);
    assert_eq!(inbox[0].proposal.as_deref(), Some(open.as_str()));
    let ids =
        |args: &[&str]| home.json::<Vec<ProposalView>>(args).into_iter().map(|view| view.proposal).collect::<Vec<_>>();
    assert_eq!(ids(&["list"]), [&*open, &*id]);
    assert_eq!(ids(&["list", "--open", "--group", "club"]), [&*open]);
    assert_eq!(home.json::<ProposalView>(&["show", &open]).waiting_for, ["ana", "cleo"]);
    assert_eq!(home.json::<ProposalView>(&["why", &open]).state, "open");
    assert!(home.json::<Vec<Value>>(&["matter", "list", "--open"]).is_empty());
    assert_eq!(home.json::<Value>(&["who", "club/games"])[0]["path"], "club/games");
    let log: Vec<EntryView> = home.json(&["log", "--from", "1", "--limit", "2"]);
    assert_eq!(
        log.iter().map(|entry| (entry.number, entry.bytes.is_some())).collect::<Vec<_>>(),
        [(1, false), (2, false)]
    );
    let log: Vec<EntryView> = home.json(&["log", "--bytes"]);
    assert!(log.iter().all(|entry| entry.bytes.is_some()) && log.len() as u64 == groups[0].number + 1);
}

#[test]
fn ids_are_found_by_their_start() {
    let club = Club::new();
    let api = club.home.api();
    // Seventeen proposals: at least two of their ids have the same first digit.
    let charter = CHARTER.replace("name = \"club\"", "name = \"lab\"");
    let lab = api.found(&charter, &key("ana")).unwrap();
    let why = text("To have many.");
    let propose = |n: usize| {
        let effects =
            vec![Effect::Text { domain: "games".parse().unwrap(), text: format!("Game {n}"), replaces: None }];
        Act::Propose(Proposal { title: format!("Game {n}"), why: why.id(), effects, options: Vec::new(), review: None })
    };
    let taken = api.submit(&lab, &key("ana"), (0..17).map(propose), std::slice::from_ref(&why)).unwrap();
    let ids: Vec<String> = taken
        .statements
        .iter()
        .map(|s: &Statement| folkmoot_protocol::id::ProposalId::from(s.id()).to_string())
        .collect();

    let start = |id: &str| id[..2].to_owned();
    let twins = ids.iter().find(|id| ids.iter().filter(|other| start(other) == start(id)).count() > 1).unwrap();
    let problem = club.home.refused(&["show", &start(twins)]);
    assert_eq!(problem.kind, "ambiguous");
    assert!(
        problem.message.contains("could be") && problem.message.contains("write more of the id"),
        "{}",
        problem.message
    );
    assert!(problem.message.contains(&twins[..17]), "{}", problem.message);

    for id in &ids {
        let others = |len: &usize| ids.iter().filter(|other| other.starts_with(&id[..*len])).count() == 1;
        let unique = (2..).find(others).unwrap();
        assert_eq!(club.home.json::<ProposalView>(&["show", &id[..unique]]).proposal, *id);
    }
    for nobody in ["p", "q123", "p/../x", "", twins.to_uppercase().as_str()] {
        let problem = club.home.refused(&["show", nobody]);
        assert_eq!(problem.kind, "not-found", "{nobody}: {}", problem.message);
    }
    assert_eq!(club.home.refused(&["charter", "show", "pub"]).kind, "not-found");
    assert_eq!(club.home.json::<Value>(&["charter", "show", "lab"])["name"], "lab");
    let several = club.home.refused(&["charter", "show"]);
    assert!(several.message.contains("several groups, name one: "), "{}", several.message);
}

#[test]
fn commands_end_with_0_1_or_2() {
    let home = Home::new();
    for fine in [&["--help"][..], &["--version"], &["help", "propose"], &["id", "list"]] {
        assert_eq!(home.moot(fine).code, Some(0), "{fine:?}");
    }
    let alone = home.refused(&["list"]);
    assert_eq!(alone.kind, "no-node");
    assert!(alone.message.contains("start one (moot node run)"), "{}", alone.message);
    let nobody = home.refused(&["inbox"]);
    assert_eq!(nobody.kind, "input");
    assert!(nobody.message.contains("moot id new NAME"), "{}", nobody.message);
    assert_eq!(home.refused(&["id", "show", "ana"]).kind, "identity");
    // A failure of the system comes with its cause.
    let unreadable = Home::new();
    std::fs::create_dir(unreadable.path().join("node.toml")).unwrap();
    let config = unreadable.refused(&["node", "run"]);
    assert!(config.message.contains("node.toml: ") && config.message.contains("directory"), "{}", config.message);
    assert_eq!(home.refused(&["charter", "check", "/nowhere.toml"]).kind, "input");
    let usage = home.moot(&["agree"]);
    assert_eq!(usage.code, Some(2));
    assert!(usage.stderr.contains("Usage: moot agree"), "{usage}");

    // Words for people go to standard error, and no JSON.
    let output = home.moot(&["list"]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
    assert!(output.stderr.starts_with("moot: no node answers at "), "{output}");
}

/// What a command with `--json` says when it fails: exit code, kind, message, and the command that helps.
#[track_caller]
fn complaint(home: &Home, args: &[&str]) -> (Option<i32>, String, String, String) {
    let output = home.moot(args);
    assert_eq!(output.stdout, "", "{output}");
    let said: Value = serde_json::from_str(&output.stderr).unwrap_or_else(|error| panic!("{error}: {output}"));
    let part = |name: &str| said["error"][name].as_str().unwrap_or_else(|| panic!("{name}: {output}")).to_owned();
    (output.code, part("kind"), part("message"), part("next"))
}

#[test]
fn every_error_names_what_helps() {
    let club = Club::new();
    let id = club.propose("ana", "games", "Chess on Mondays");
    club.home.id("dora");
    let alone = Home::new();
    let missing = club.home.path().join("none.toml");
    let missing = missing.to_str().unwrap();
    let table: &[(&Home, &[&str], i32, &str, &str)] = &[
        (&alone, &["--json"], 2, "usage", "moot --help"),
        (&alone, &["--json", "agree"], 2, "usage", "moot agree --help"),
        (&alone, &["agree", "--json", "--color"], 2, "usage", "moot agree --help"),
        (&alone, &["group", "fund", "--json"], 2, "usage", "moot group --help"),
        (&alone, &["--json", "amend", "p1", "--domain", "work"], 2, "usage", "moot amend --help"),
        (&alone, &["--json", "list"], 1, "no-node", "moot node run"),
        (&alone, &["--json", "inbox"], 1, "input", "moot inbox --help"),
        (&alone, &["--json", "id", "show", "ana"], 1, "identity", "moot id list"),
        (&alone, &["--json", "id", "new", "Ana", "--no-passphrase"], 1, "identity", "moot id new --help"),
        (&alone, &["--json", "id", "new", "ana"], 1, "identity", "moot id new NAME"),
        (&club.home, &["--json", "charter", "check", missing], 1, "input", "moot charter check --help"),
        (&club.home, &["--json", "show", "pffff"], 1, "not-found", "moot list"),
        (&club.home, &["--json", "charter", "show", "pub"], 1, "not-found", "moot group show"),
        (&club.home, &["--json", "--as", "ana", "propose"], 1, "input", "moot propose --help"),
        (&club.home, &["--json", "--as", "ana", "object", &id], 1, "input", "moot object --help"),
        (&club.home, &["--json", "--as", "dora", "agree", &id], 1, "unauthorised", "moot charter show"),
        (&club.home, &["--json", "--as", "ana", "agree", &id, "--version", "7"], 1, "conflict", "moot list --open"),
    ];
    for (home, args, code, kind, next) in table {
        let said = complaint(home, args);
        assert_eq!((said.0, said.1.as_str(), said.3.as_str()), (Some(*code), *kind, *next), "{args:?}: {}", said.2);
        assert!(!said.2.is_empty() && !said.2.contains('\n'), "{args:?}: {}", said.2);
    }
    // People read it on a line of its own, unless it was said already.
    let words = club.home.moot(&["show", "pffff"]).stderr;
    assert!(words.ends_with("\nNext: moot list\n"), "{words}");
    assert_eq!(alone.moot(&["list"]).stderr.lines().count(), 1);
}

#[test]
fn the_doctor_looks_at_home_and_node() {
    let mut club = Club::new();
    let look = |home: &Home| {
        let output = home.moot(&["--json", "doctor"]);
        let said: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
        let level = |check: &str| {
            let findings = said["findings"].as_array().unwrap().iter();
            findings.filter(|f| f["check"] == check).map(|f| f["level"].as_str().unwrap().to_owned()).max()
        };
        let levels = ["node", "files", "keys", "logs", "panel"].map(|check| level(check).unwrap_or_default());
        (output.code, said["ok"] == true, levels)
    };
    // These keys are not encrypted, and the club has no witnesses: that works, and is said.
    assert_eq!(look(&club.home), (Some(0), true, ["ok", "ok", "warn", "ok", "warn"].map(str::to_owned)));
    let words = club.words(&["doctor"]);
    in_order(
        &words,
        &[
            "ok     node   it runs as version",
            "warn   keys   the key",
            "not encrypted",
            "→ ssh-keygen -p",
            "warn   panel",
        ],
    );

    // A term that ends soon is said in good time.
    let soon = CHARTER.replace("name = \"club\"", "name = \"lab\"").replace("+90d", "+10d");
    let soon = club.home.write("lab.toml", &soon);
    club.words(&["--as", "ana", "group", "found", &soon]);
    in_order(&club.words(&["doctor"]), &["warn   terms", "the role buyer of ana in lab ends soon", "--group lab"]);

    let key = club.home.path().join("node-keys");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o755)).unwrap();
    drop(club.node.take());
    assert_eq!(look(&club.home), (Some(1), false, ["fail", "fail", "warn", "", ""].map(str::to_owned)));
    let output = club.home.moot(&["doctor"]);
    assert!(output.stdout.contains("does not run") && output.stderr.contains("2 things do not work"), "{output}");

    // Where nothing ever was, nothing is broken.
    assert_eq!(look(&Home::new()), (Some(0), true, ["warn", "ok", "ok", "", ""].map(str::to_owned)));
}

#[test]
fn a_key_that_is_there_already_is_imported() {
    let (home, other) = (Home::new(), Home::new());
    let key = home.id("ana");
    let file = home.path().join("keys/ana");
    let import = |args: &[&str]| {
        let mut command = Command::new(moot());
        command.args(["--json", "--home"]).arg(other.path()).args(["id", "import"]).args(args);
        let output = command.env("HOME", other.path()).env("USER", "ben").env_remove("SSH_AUTH_SOCK").output().unwrap();
        serde_json::from_slice::<Value>(if output.status.success() { &output.stdout } else { &output.stderr }).unwrap()
    };
    // A path alone gets the name of the account; a name alone takes what ssh has.
    let by_path = import(&[file.to_str().unwrap()]);
    assert_eq!((by_path["name"].as_str(), by_path["key"].as_str()), (Some("ben"), Some(&*key)));
    assert!(import(&["cleo"])["error"]["message"].as_str().unwrap().contains(".ssh/id_ed25519"));
    std::fs::create_dir(other.path().join(".ssh")).unwrap();
    std::fs::copy(&file, other.path().join(".ssh/id_ed25519")).unwrap();
    assert_eq!(import(&["cleo"])["key"].as_str(), Some(&*key));
    assert_eq!(import(&["dora", file.to_str().unwrap()])["name"], "dora");
}

/// Presses tab after some words in bash.
fn completed(home: &Home, words: &[&str]) -> Vec<String> {
    let mut command = Command::new(moot());
    command.env("MOOT_COMPLETE", "bash").env("MOOT_HOME", home.path()).env_remove("MOOT_NODE");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string()).args(["--", "moot"]).args(words);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_shell_completes_commands_ids_and_names() {
    let club = Club::new();
    let id = club.propose("ana", "games", "Chess on Mondays");
    assert_eq!(completed(&club.home, &["ag"]), ["agree"]);
    assert_eq!(completed(&club.home, &["agree", &id[..4]]), [&id[..9]]);
    assert_eq!(completed(&club.home, &["list", "--group", "c"]), ["club"]);
    assert_eq!(completed(&club.home, &["--as", "b"]), ["ben"]);
    // Without a node there is nothing to say, and nothing is said.
    assert!(completed(&Home::new(), &["agree", "p"]).is_empty());

    for shell in ["bash", "zsh", "fish"] {
        let script = club.words(&["completions", shell]);
        assert!(script.contains("MOOT_COMPLETE"), "{script}");
        if shell == "bash" {
            let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
            bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
            assert!(bash.wait().unwrap().success());
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let home = Home::new();
    let dir = home.path().join("man1");
    home.moot(&["man", dir.to_str().unwrap()]).words();
    let page = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    for name in ["moot.1", "moot-propose.1", "moot-group-found.1", "moot-node-run.1", "moot-help.1"] {
        let text = page(name);
        let (title, rest) = text.split_once(".SH NAME\n").unwrap_or_else(|| panic!("{name}: {text}"));
        assert!(title.contains(".TH moot") && rest.contains(".SH SYNOPSIS\n"), "{name}: {text}");
    }
    assert!(page("moot-propose.1").contains("\\-\\-why"), "{}", page("moot-propose.1"));
    // Where there is a man, it takes them.
    if let Ok(man) = Command::new("man").args(["-l", "-P", "cat"]).arg(dir.join("moot.1")).output() {
        assert!(man.status.success() && man.stderr.is_empty(), "{man:?}");
    }
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let home = Home::new();
    home.id("ana");
    let mut child = Command::new(moot())
        .args(["id", "list", "--home"])
        .arg(home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

/// Says that all parts stand in a text, each after the one before.
#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let (_, after) =
            rest.split_once(part).unwrap_or_else(|| panic!("'{part}' is not where it belongs in:\n{text}"));
        rest = after;
    }
}
