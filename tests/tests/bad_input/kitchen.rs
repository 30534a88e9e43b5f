//! A node and a group with its members' keys, and how its state is compared.

use std::{fs, path::Path};

use folkmoot_node::control::view::ProposalView;
use folkmoot_protocol::{
    body::Body,
    key::SecretKey,
    statement::{Act, Statement},
};
use folkmoot_tests::harness::{Api, CallError, Home, NodeProcess, key};
use serde_json::{Value, json};

use super::row::Refused;

/// Ana buys and soon neither bakes nor stirs, Ben does not buy, the bot is an agent; Dia and Eli sign here in the test.
/// Nothing closes by itself but in `quick` and `voted`.
const CHARTER: &str = r#"
name = "kitchen"
purpose = "To cook for the street."

[members.ana]
[members.ben]
[members.dia]
keys = ["DIA"]
[members.eli]
keys = ["ELI"]
[members.bot]
agent = { sponsor = "ana", scope = ["work"], until = "+60d" }

[roles.buyer]
purpose = "Buys what we need."
holders = [{ member = "ana", until = "+90d" }]
[roles.keeper]
purpose = "Keeps the tools."
holders = [{ member = "ana", until = "+90d" }, { member = "ben", until = "+90d" }]
[roles.smith]
purpose = "Mends the tools."
holders = [{ member = "dia", until = "+90d" }]
[roles.baker]
purpose = "Bakes; nobody has taken over yet."
holders = [{ member = "ana", until = "+2s" }]
[roles.stirrer]
purpose = "Stirs, as ana did until now."
holders = [{ member = "ana", until = "+2s" }, { member = "ben", until = "+90d" }]
[roles.gardener]
purpose = "Grows flowers, once there is one."

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { quorum = "1/1" } }
[domains.work]
purpose = "How we work."
rule = { consent = { quorum = "1/1" } }
[domains.tested]
purpose = "Where objections are tested."
rule = { consent = { quorum = "1/1", objection_test = "2/3" } }
[domains.quick]
purpose = "What cannot wait."
rule = { consent = { closing = "1500ms", minimum = "0s", quorum = "1/1" } }
[domains.voted]
purpose = "What the keepers vote on."
owner = "role:keeper"
rule = { vote = { minimum = "0s", quorum = "1/1", yes = { more_than = "1/2" } } }
[domains.purchases]
purpose = "What we buy."
owner = "role:buyer"
rule = { delegate = { closing = "7d" } }
[domains.tools]
purpose = "Which tools we have."
owner = "role:smith"
rule = { consult = { ask = ["role:buyer"] } }
[domains.flowers]
purpose = "What grows."
owner = "role:gardener"
rule = { delegate = { closing = "7d" } }
[domains.bread]
purpose = "What we bake."
owner = "role:baker"
rule = { delegate = { closing = "7d" } }
[domains.soup]
purpose = "What we cook."
owner = "role:stirrer"
rule = { delegate = { closing = "7d" } }
"#;

pub(crate) fn charter() -> String {
    CHARTER.replace("DIA", &key("dia").public().to_string()).replace("ELI", &key("eli").public().to_string())
}

pub(crate) const NODE_RUN: &[&str] = &["node", "run", "--listen", "/ip4/127.0.0.1/tcp/0"];

pub(crate) struct Kitchen {
    pub(crate) home: Home,
    pub(crate) node: Option<NodeProcess>,
}

impl Kitchen {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        for name in ["ana", "ben", "bot"] {
            home.id(name);
        }
        let node = Some(home.node());
        let file = home.write("charter.toml", &charter());
        home.moot(&["--as", "ana", "group", "found", &file]).words();
        Self { home, node }
    }

    pub(crate) fn api(&self) -> Api {
        self.home.api()
    }

    pub(crate) fn start(&mut self) {
        self.node = Some(self.home.node());
    }

    pub(crate) fn stop(&mut self) {
        self.node.take().expect("it runs").stop();
    }

    /// Lets Ana propose something in words, and gives back its id.
    pub(crate) fn propose(&self, domain: &str, title: &str) -> String {
        let words = ["propose", "--domain", domain, "--title", title, "--text", title, "--why", "It is time."];
        let view: ProposalView = self.home.json(&[&["--as", "ana"], &words[..]].concat());
        view.proposal
    }

    /// Signs something as a member whose key is made here, and lets the node take it.
    pub(crate) fn submit(&self, group: &str, member: &SecretKey, act: Act, bodies: &[Body]) {
        self.api().submit(group, member, [act], bodies).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Everything that a refusal must leave as it is.
    pub(crate) fn state(&self) -> Value {
        state(&self.home)
    }

    /// Runs a command that must be refused and change nothing.
    #[track_caller]
    pub(crate) fn refused(&self, args: &[&str]) -> Refused {
        refused(&self.home, args)
    }

    /// Writes a file and has a command read it that must refuse it and change nothing.
    #[track_caller]
    pub(crate) fn file(&self, name: &str, text: &str, command: &[&str]) -> Refused {
        let file = self.home.write(name, text);
        self.refused(&[&["--as", "ana"], command, &[&file]].concat())
    }

    /// Hands in statements that must be refused and change nothing.
    #[track_caller]
    pub(crate) fn handed_in(&self, group: &str, statements: &[Statement], bodies: &[Body]) -> Refused {
        let before = self.state();
        let Err(CallError::Refused(422, problem)) = self.api().hand_in(group, statements, bodies) else {
            panic!("{group} takes {statements:?}")
        };
        assert_eq!(self.state(), before, "{}", problem.message);
        problem.into()
    }
}

/// Runs a command in a home whose node runs, which must be refused and change nothing.
#[track_caller]
pub(crate) fn refused(home: &Home, args: &[&str]) -> Refused {
    let before = state(home);
    let refused = Refused::of(&home.moot(&[&["--json"], args].concat()));
    assert_eq!(state(home), before, "{}", refused.message);
    refused
}

/// What a node holds: groups, logs to the byte, proposals, federations; and the names of its keys and receipts.
pub(crate) fn state(home: &Home) -> Value {
    let api = home.api();
    let get = |path: &str| api.get::<Value>(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let groups = get("/v1/groups");
    let logs = groups.as_array().expect("a list of groups").iter().map(|group| {
        let id = group["group"].as_str().expect("a group has an id");
        [get(&format!("/v1/groups/{id}/log?bytes=true")), get(&format!("/v1/groups/{id}/charter"))]
    });
    let logs: Vec<_> = logs.collect();
    let files = ["keys", "node-keys", "receipts"].map(|dir| names(&home.path().join(dir)));
    json!({
        "logs": logs,
        "groups": groups,
        "proposals": get("/v1/proposals"),
        "federations": get("/v1/federations"),
        "files": files,
    })
}

/// The names in a folder; none if it is not there.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> =
        files.map(|file| file.expect("a folder can be read").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Copies a folder with all that is in it, files with their permissions.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("a file can be copied");
        }
    }
}
