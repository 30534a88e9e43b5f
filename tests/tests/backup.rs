//! A backup that is older than its log is harmless: real processes, a host that is restored, a witness that lost its store.

use std::{fs, path::Path};

use folkmoot_node::control::view::{GroupView, NodeView, ProposalView};
use folkmoot_tests::harness::{Home, NodeProcess, eventually};
use serde_json::{Value, json};

const CHARTER: &str = r#"
name = "kitchen"
purpose = "To cook for the street."

[members]
ana = {}
ben = {}

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
[domains.work]
purpose = "How we work."
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
"#;

const CONFIG: &str = "sync_every = \"300ms\"\nredial = \"300ms\"\n";

/// A node with a seat, which may be away.
struct Seat {
    home: Home,
    node: Option<NodeProcess>,
    id: String,
    addresses: Vec<String>,
}

impl Seat {
    fn start() -> Self {
        let home = Home::new();
        home.write("node.toml", CONFIG);
        let node = home.node();
        Self { id: node.id().to_owned(), addresses: node.addresses().to_vec(), node: Some(node), home }
    }

    fn kill(&mut self) {
        self.node.take().unwrap().kill9();
    }

    fn up(&mut self) {
        self.node = Some(NodeProcess::start(&self.home, &self.addresses));
    }

    fn kitchen(&self) -> Option<GroupView> {
        self.home.api().group("kitchen").unwrap()
    }

    /// Lets ana propose and ben agree, which carries it.
    fn decide(&self, title: &str) -> String {
        let words = ["--title", title, "--text", title, "--why", "Because we agree."];
        let proposed: ProposalView =
            self.home.json(&[&["--as", "ana", "propose", "--domain", "work"], &words[..]].concat());
        let view: ProposalView = self.home.json(&["--as", "ben", "agree", &proposed.proposal]);
        assert_eq!(view.state, "passed", "{view:?}");
        view.proposal
    }

    #[track_caller]
    fn waits_for_seal(&self, proposal: &str) {
        eventually(format!("{proposal} is sealed on {}", self.id), || {
            let view: ProposalView = self.home.api().get(&format!("/v1/proposals/{proposal}")).ok()?;
            view.sealed.then_some(())
        });
    }
}

/// A host and two witnesses, with their agreement.
fn federation() -> ([Seat; 3], String) {
    let seats = [Seat::start(), Seat::start(), Seat::start()];
    let host = &seats[0].home;
    ["ana", "ben"].iter().for_each(|member| drop(host.id(member)));
    let file = host.write("kitchen.toml", CHARTER);
    let founded: Value = host.json(&["--as", "ana", "group", "found", &file]);
    let seat = |at: usize| json!({"node": seats[at].id, "addresses": seats[at].addresses});
    let agreement = json!({
        "name": "riverside",
        "purpose": "Sharing a yard.",
        "timing": {"news": "4s", "skew": "1s", "notes": "100ms"},
        "groups": {"kitchen": {"log": founded["group"], "node": seats[0].id}},
        "panel": {"alpha": seat(0), "beta": seat(1), "gamma": seat(2)},
    });
    let agreement = host.write("federation.toml", &toml::to_string(&agreement).unwrap());
    let found = ["--as", "ana", "federation", "found", &agreement, "--why", "Together."];
    let proposed: ProposalView = host.json(&found);
    let view: ProposalView = host.json(&["--as", "ben", "agree", &proposed.proposal]);
    assert_eq!(view.state, "passed");
    for seat in &seats[1..] {
        seat.home.json::<Value>(&["federation", "follow", &agreement]);
    }
    (seats, agreement)
}

/// Copies a folder of files, with their permissions.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn a_backup_that_is_older_than_the_log_is_harmless() {
    let ([mut alpha, mut beta, mut gamma], agreement) = federation();
    let first = alpha.decide("Meet on Mondays");
    alpha.waits_for_seal(&first);

    let file = alpha.home.path().join("kitchen.backup");
    let file = file.to_str().unwrap();
    let made: Value = alpha.home.json(&["backup", file]);
    assert!(made["records"].as_u64().unwrap() > 5, "{made}");
    let saved = alpha.kitchen().unwrap().number;
    assert!(alpha.home.refused(&["backup", file]).message.contains("choose another name"));

    // More is decided after it; then all three go down, and the host's disk is gone.
    let later = [alpha.decide("Buy a pot"), alpha.decide("Cook on Fridays")];
    later.iter().for_each(|proposal| alpha.waits_for_seal(proposal));
    let head = alpha.kitchen().unwrap();
    for seat in [&mut alpha, &mut beta, &mut gamma] {
        seat.kill();
    }
    let fresh = Home::new();
    fresh.write("node.toml", CONFIG);
    let problem = fresh.refused(&["restore", file]);
    assert!(problem.message.contains("node-keys"), "{}", problem.message);
    copy(&alpha.home.path().join("node-keys"), &fresh.path().join("node-keys"));
    copy(&alpha.home.path().join("keys"), &fresh.path().join("keys"));
    let restored: Value = fresh.json(&["restore", file]);
    assert_eq!(restored["groups"][0]["number"], saved);
    assert!(fresh.refused(&["restore", file]).message.contains("has a store already"));
    let lost = std::mem::replace(&mut alpha.home, fresh);

    // Alone it signs nothing, however often it is asked, and says why.
    alpha.up();
    for _ in 0..2 {
        let problem = alpha.home.refused(&["--as", "ana", "seen"]);
        assert_eq!(problem.kind, "catching-up");
        assert!(problem.message.contains("1 more witness"), "{}", problem.message);
        assert!(alpha.home.refused(&["node", "trust-store", "kitchen"]).message.contains("has witnesses"));
        assert_eq!(alpha.kitchen().unwrap().number, saved);
        alpha.node = alpha.node.take().map(NodeProcess::restart);
    }
    assert!(alpha.home.moot(&["node", "status"]).words().contains("signs nothing for it"));
    alpha.kill();
    alpha.up();

    // One witness of two settles it: the log goes on where it was, and no number has two entries.
    beta.up();
    eventually("the host has caught up", || alpha.kitchen().unwrap().catching_up.is_none().then_some(()));
    let now = alpha.kitchen().unwrap();
    assert!(now.number >= head.number, "{} of {}", now.number, head.number);
    assert_eq!(now.stopped, None);
    let (_, log) = alpha.home.api().replay("kitchen").unwrap();
    assert_eq!(log[usize::try_from(head.number).unwrap()].id().to_string(), head.head);
    let after = alpha.decide("Thank the cook");
    gamma.up();
    for seat in [&alpha, &beta, &gamma] {
        later.iter().chain([&after]).for_each(|proposal| seat.waits_for_seal(proposal));
        assert_eq!(seat.kitchen().unwrap().stopped, None);
    }

    // A witness that lost its store learns what it noted before it notes again: both notes are needed to seal.
    beta.kill();
    fs::remove_dir_all(beta.home.path().join("store")).unwrap();
    beta.up();
    beta.home.json::<Value>(&["federation", "follow", &agreement]);
    drop(lost);
    let last = alpha.decide("Dine together");
    for seat in [&alpha, &beta, &gamma] {
        seat.waits_for_seal(&last);
    }
    let status: NodeView = beta.home.json(&["node", "status"]);
    assert!(status.groups[0].catching_up.is_none());
}

#[test]
fn a_group_without_witnesses_has_its_operators_word() {
    let mut node = Seat::start();
    ["ana", "ben"].iter().for_each(|member| drop(node.home.id(member)));
    let file = node.home.write("kitchen.toml", CHARTER);
    node.home.json::<Value>(&["--as", "ana", "group", "found", &file]);
    node.decide("Meet on Mondays");
    let backup = node.home.path().join("backup");
    let backup = backup.to_str().unwrap();
    node.home.json::<Value>(&["backup", backup]);
    let problem = node.home.refused(&["restore", backup]);
    assert!(problem.message.contains("runs on"), "{}", problem.message);
    node.kill();

    // A backup with a flipped byte is refused, and leaves nothing behind.
    fs::rename(node.home.path().join("store"), node.home.path().join("store.old")).unwrap();
    let mut rotten = fs::read(backup).unwrap();
    let middle = rotten.len() / 2;
    rotten[middle] ^= 1;
    let bad = node.home.path().join("rotten");
    fs::write(&bad, rotten).unwrap();
    assert_eq!(node.home.refused(&["restore", bad.to_str().unwrap()]).kind, "backup");
    assert!(!node.home.path().join("store").exists());

    let checked: Value = node.home.json(&["restore", "--check", backup]);
    assert_eq!(checked["restored"], false);
    node.home.json::<Value>(&["restore", backup]);
    node.up();
    let problem = node.home.refused(&["--as", "ana", "seen"]);
    assert!(problem.message.contains("moot node trust-store"), "{}", problem.message);
    node.home.json::<Value>(&["node", "trust-store", "kitchen"]);
    node.decide("Cook on Fridays");
    node.node = node.node.take().map(NodeProcess::restart);
    node.decide("Thank the cook");
}
