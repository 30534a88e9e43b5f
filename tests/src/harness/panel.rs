//! A federation of three groups on three nodes and a fourth node that only witnesses: real processes that find each
//! other over TCP.

use std::collections::BTreeMap;

use folkmoot_node::control::view::{FederationView, GroupView, NodeView, ProposalView};
use serde_json::{Value, json};

use super::{Home, NodeProcess, eventually};

/// The groups, each on a node of its own, with their members.
pub const GROUPS: [(&str, [&str; 2]); 3] =
    [("finance", ["ana", "ben"]), ("logistics", ["dora", "emil"]), ("assembly", ["hugo", "ida"])];

/// Decisions close as soon as both members have responded.
const CHARTER: &str = r#"
name = "NAME"
purpose = "To do its part."

[members]
FIRST = {}
SECOND = {}

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
[domains.work]
purpose = "How we work."
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
"#;

/// A home whose node runs.
pub struct Seat {
    /// Its home.
    pub home: Home,
    /// Its node, while it runs.
    pub node: Option<NodeProcess>,
    /// Where it listens.
    pub addresses: Vec<String>,
    /// The node as did:key.
    pub id: String,
}

/// Four nodes: the hosts of the groups, and a witness.
pub struct Panel {
    /// The nodes.
    pub seats: Vec<Seat>,
    /// The id of each group.
    pub groups: Vec<String>,
    /// The agreement file.
    pub agreement: String,
}

impl Seat {
    /// Starts a node in a home of its own.
    pub fn start(name: &str) -> Self {
        let home = Home::new();
        home.write("node.toml", "sync_every = \"500ms\"\nredial = \"500ms\"\n");
        let node = home.node();
        println!("{name} is {} in {}", node.id(), home.path().display());
        Self { addresses: node.addresses().to_vec(), id: node.id().to_owned(), node: Some(node), home }
    }

    /// What `moot node status` shows.
    pub fn status(&self) -> NodeView {
        self.home.json(&["node", "status"])
    }

    /// The logs that are here, by the names of their groups.
    pub fn groups(&self) -> BTreeMap<String, GroupView> {
        let groups: Vec<GroupView> = self.home.api().get("/v1/groups").unwrap();
        groups.into_iter().map(|group| (group.name.clone(), group)).collect()
    }

    /// Founds a group of two members, whose keys are made here, and gives back its id.
    pub fn found_group(&self, name: &str, members: [&str; 2]) -> String {
        self.found_group_with(name, members, "")
    }

    /// The same, with more in its charter.
    pub fn found_group_with(&self, name: &str, members: [&str; 2], more: &str) -> String {
        members.iter().for_each(|member| drop(self.home.id(member)));
        let charter = CHARTER.replace("NAME", name).replace("FIRST", members[0]).replace("SECOND", members[1]) + more;
        let file = self.home.write("charter.toml", &charter);
        let founded: Value = self.home.json(&["--as", members[0], "group", "found", &file]);
        founded["group"].as_str().expect("a group has an id").to_owned()
    }

    /// Lets the first member propose and the second agree, which carries it.
    pub fn carry(&self, [first, second]: [&str; 2], propose: &[&str]) -> String {
        let proposed: ProposalView = self.home.json(&[&["--as", first], propose].concat());
        let view: ProposalView = self.home.json(&["--as", second, "agree", &proposed.proposal]);
        assert_eq!(view.state, "passed", "{view:?}");
        view.proposal
    }

    /// What `moot federation show` shows of the only federation.
    pub fn federation(&self) -> Option<FederationView> {
        let known: Vec<FederationView> = self.home.json(&["federation", "show"]);
        known.into_iter().next()
    }

    /// A decision, if the node has it.
    pub fn why(&self, id: &str) -> Option<ProposalView> {
        self.home.api().get(&format!("/v1/proposals/{id}")).ok().filter(|view: &ProposalView| view.state == "passed")
    }
}

impl Panel {
    /// Founds three groups on three nodes, and their federation: each decides for it in its own log.
    pub fn found() -> Self {
        Self::found_with("")
    }

    /// The same, with more in the charters.
    pub fn found_with(more: &str) -> Self {
        Self::found_with_news(more, "4s")
    }

    /// The same, with the time that news may take.
    pub fn found_with_news(more: &str, news: &str) -> Self {
        let seats: Vec<Seat> = ["alpha", "beta", "gamma", "delta"].map(Seat::start).into();
        let mut groups = Vec::new();
        for (seat, (name, members)) in seats.iter().zip(GROUPS) {
            groups.push(seat.found_group_with(name, members, more));
        }
        let agreement = seats[0].home.write("federation.toml", &agreement(&seats, &groups, news));
        let panel = Self { seats, groups, agreement };
        for (at, (name, _)) in GROUPS.iter().enumerate() {
            let found = ["federation", "found", &panel.agreement, "--group", name, "--why", "Together."];
            panel.carry(at, &found);
        }
        panel.seats[3].home.json::<Value>(&["federation", "follow", &panel.agreement]);
        panel
    }

    /// Lets a group decide for an agreement in words, and gives back the decision.
    pub fn decide(&self, at: usize, title: &str) -> String {
        let words = ["--title", title, "--text", title, "--why", "Because we agree."];
        self.carry(at, &[&["propose", "--group", GROUPS[at].0, "--domain", "work"], &words[..]].concat())
    }

    /// Lets the first member of a group propose and the second agree, which carries it.
    pub fn carry(&self, at: usize, propose: &[&str]) -> String {
        self.seats[at].carry(GROUPS[at].1, propose)
    }

    /// The nodes that run.
    pub fn running(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.node.is_some())
    }

    /// Waits until something holds on every node that runs.
    #[track_caller]
    pub fn everywhere(&self, what: &str, holds: impl Fn(&Seat) -> bool) {
        for seat in self.running() {
            eventually(format!("{what} on {}", seat.id), || holds(seat).then_some(()));
        }
    }

    /// Waits until something holds of the federation on every node.
    #[track_caller]
    pub fn is_one(&self, what: &str, holds: impl Fn(&FederationView) -> bool) {
        self.everywhere(what, |seat| {
            let known: Vec<FederationView> = seat.home.json(&["federation", "show"]);
            matches!(known.as_slice(), [one] if holds(one))
        });
    }

    /// Waits until all nodes hold all logs up to the same entry, and compares what they make of them.
    #[track_caller]
    pub fn agrees(&self) {
        let hosted: BTreeMap<String, GroupView> =
            self.running().flat_map(Seat::groups).filter(|(_, group)| group.hosted).collect();
        self.everywhere("all logs are there", |seat| {
            let held = seat.groups();
            hosted.iter().all(|(name, group)| held.get(name).is_some_and(|held| held.number == group.number))
        });
        for seat in self.running() {
            for (name, held) in seat.groups() {
                let host = &hosted[&name];
                let state = |group: &GroupView| (group.group.clone(), group.head.clone(), group.digest.clone());
                assert_eq!(state(&held), state(host), "{name} on {}", seat.id);
                assert_eq!(held.stopped, None);
            }
            assert_eq!(seat.groups().len(), hosted.len());
        }
    }
}

/// The agreement as a person would write it from what `moot group show` and `moot node status` print.
fn agreement(seats: &[Seat], groups: &[String], news: &str) -> String {
    let group = |at: usize| json!({"log": groups[at], "node": seats[at].id});
    let seat = |at: usize| json!({"node": seats[at].id, "addresses": seats[at].addresses});
    let agreement = json!({
        "name": "riverside",
        "purpose": "Sharing a yard.",
        "timing": {"news": news, "skew": "1s", "notes": "100ms", "notice": "3s"},
        "groups": {"finance": group(0), "logistics": group(1), "assembly": group(2)},
        "panel": {"alpha": seat(0), "beta": seat(1), "gamma": seat(2), "delta": seat(3)},
    });
    toml::to_string(&agreement).expect("an agreement can be written")
}
