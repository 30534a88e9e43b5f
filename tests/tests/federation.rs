//! Three groups on three nodes and a fourth node that only witnesses: real processes that find each other over TCP.

use std::collections::BTreeMap;

use folkmoot_node::control::view::{FederationView, GroupView, NodeView, ProposalView};
use folkmoot_tests::harness::{Home, NodeProcess, eventually};
use serde_json::{Value, json};

/// The groups, each on a node of its own, with their members.
const GROUPS: [(&str, [&str; 2]); 3] =
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
struct Seat {
    home: Home,
    node: Option<NodeProcess>,
    addresses: Vec<String>,
    id: String,
}

/// Four nodes: the hosts of the groups, and a witness.
struct Panel {
    seats: Vec<Seat>,
    /// The id of each group.
    groups: Vec<String>,
    agreement: String,
}

#[test]
fn three_groups_federate_seal_and_survive_an_absence() {
    let mut panel = Panel::found();
    panel.is_one("all consents are sealed", |federation| federation.exists);

    // What one group decides is sealed, and its words can be read, on every node.
    let decided: Vec<String> = (0..GROUPS.len()).map(|at| panel.decide(at, "Meet on Mondays")).collect();
    for id in &decided {
        panel.everywhere(&format!("{id} is sealed"), |seat| seat.why(id).is_some_and(|view| view.sealed));
        panel.everywhere(&format!("{id} has its words"), |seat| {
            seat.why(id).is_some_and(|view| view.why.as_deref() == Some("Because we agree."))
        });
    }
    panel.agrees();

    // One node goes away: the others decide and seal on, since one of three witnesses may be down.
    let addresses = panel.seats[2].addresses.clone();
    panel.seats[2].node.take().unwrap().kill9();
    let meanwhile = [panel.decide(0, "Buy a ladder"), panel.decide(1, "Drive on Tuesdays")];
    for id in &meanwhile {
        panel.everywhere(&format!("{id} is sealed"), |seat| seat.why(id).is_some_and(|view| view.sealed));
    }

    // It comes back, catches up, and its own group goes on.
    let back = NodeProcess::start(&panel.seats[2].home, &addresses);
    panel.seats[2].node = Some(back);
    let after = panel.decide(2, "Thank the others");
    for id in meanwhile.iter().chain([&after]) {
        panel.everywhere(&format!("{id} is sealed"), |seat| seat.why(id).is_some_and(|view| view.sealed));
    }
    panel.agrees();
}

/// Somebody who knows where the nodes are, and forges an agreement that includes the own node, learns nothing.
#[test]
fn a_stranger_gets_nothing() {
    let panel = Panel::found();
    panel.is_one("all consents are sealed", |federation| federation.exists);

    let stranger = Seat::start("stranger");
    let problem = stranger.home.refused(&["federation", "follow", &panel.agreement]);
    assert_eq!(problem.kind, "unauthorised");
    assert!(problem.message.contains("names no seat for this node"), "{}", problem.message);

    let mut forged: toml::Table = toml::from_str(&std::fs::read_to_string(&panel.agreement).unwrap()).unwrap();
    forged["panel"].as_table_mut().unwrap().remove("delta");
    let own = toml::toml! { node = "" addresses = [] };
    forged["panel"].as_table_mut().unwrap().insert("stranger".into(), own.into());
    forged["panel"]["stranger"]["node"] = stranger.id.clone().into();
    let forged = stranger.home.write("forged.toml", &forged.to_string());
    stranger.home.json::<Value>(&["federation", "follow", &forged]);

    // It comes to every door, and is turned away there.
    let peer = stranger.status().peer_id;
    for seat in &panel.seats[..GROUPS.len()] {
        let node = seat.node.as_ref().unwrap();
        eventually("the stranger knocks", || {
            let knocks = |line: &&str| line.contains("incoming connection failed") && line.contains(&peer);
            node.log().lines().find(knocks).map(drop)
        });
    }
    let id = panel.decide(0, "Change the lock");
    panel.everywhere("the decision is sealed", |seat| seat.why(&id).is_some_and(|view| view.sealed));
    let status = stranger.status();
    assert!(status.groups.is_empty() && status.peers.is_empty(), "the stranger has {status:?}");
    for seat in &panel.seats {
        assert!(!seat.status().peers.contains(&stranger.id), "{} knows the stranger", seat.id);
    }
}

impl Seat {
    fn start(name: &str) -> Self {
        let home = Home::new();
        home.write("node.toml", "sync_every = \"500ms\"\nredial = \"500ms\"\n");
        let node = home.node();
        println!("{name} is {} in {}", node.id(), home.path().display());
        Self { addresses: node.addresses().to_vec(), id: node.id().to_owned(), node: Some(node), home }
    }

    fn status(&self) -> NodeView {
        self.home.json(&["node", "status"])
    }

    fn groups(&self) -> BTreeMap<String, GroupView> {
        let groups: Vec<GroupView> = self.home.api().get("/v1/groups").unwrap();
        groups.into_iter().map(|group| (group.name.clone(), group)).collect()
    }

    /// A decision, if the node has it.
    fn why(&self, id: &str) -> Option<ProposalView> {
        self.home.api().get(&format!("/v1/proposals/{id}")).ok().filter(|view: &ProposalView| view.state == "passed")
    }
}

impl Panel {
    /// Founds three groups on three nodes, and their federation: each decides for it in its own log.
    fn found() -> Self {
        let seats: Vec<Seat> = ["alpha", "beta", "gamma", "delta"].map(Seat::start).into();
        let mut groups = Vec::new();
        for (seat, (name, members)) in seats.iter().zip(GROUPS) {
            members.iter().for_each(|member| drop(seat.home.id(member)));
            let charter = CHARTER.replace("NAME", name).replace("FIRST", members[0]).replace("SECOND", members[1]);
            let file = seat.home.write("charter.toml", &charter);
            let founded: Value = seat.home.json(&["--as", members[0], "group", "found", &file]);
            groups.push(founded["group"].as_str().unwrap().to_owned());
        }
        let agreement = seats[0].home.write("federation.toml", &agreement(&seats, &groups));
        let panel = Self { seats, groups, agreement };
        for (at, (name, _)) in GROUPS.iter().enumerate() {
            let found = ["federation", "found", &panel.agreement, "--group", name, "--why", "Together."];
            panel.carry(at, &found);
        }
        panel.seats[3].home.json::<Value>(&["federation", "follow", &panel.agreement]);
        panel
    }

    /// Lets a group decide for an agreement in words, and gives back the decision.
    fn decide(&self, at: usize, title: &str) -> String {
        let words = ["--title", title, "--text", title, "--why", "Because we agree."];
        self.carry(at, &[&["propose", "--group", GROUPS[at].0, "--domain", "work"], &words[..]].concat())
    }

    /// Lets the first member of a group propose and the second agree, which carries it.
    fn carry(&self, at: usize, propose: &[&str]) -> String {
        let (home, [first, second]) = (&self.seats[at].home, GROUPS[at].1);
        let proposed: ProposalView = home.json(&[&["--as", first], propose].concat());
        let view: ProposalView = home.json(&["--as", second, "agree", &proposed.proposal]);
        assert_eq!(view.state, "passed", "{view:?}");
        view.proposal
    }

    fn running(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.node.is_some())
    }

    /// Waits until something holds on every node that runs.
    #[track_caller]
    fn everywhere(&self, what: &str, holds: impl Fn(&Seat) -> bool) {
        for seat in self.running() {
            eventually(format!("{what} on {}", seat.id), || holds(seat).then_some(()));
        }
    }

    /// Waits until something holds of the federation on every node.
    #[track_caller]
    fn is_one(&self, what: &str, holds: impl Fn(&FederationView) -> bool) {
        self.everywhere(what, |seat| {
            let known: Vec<FederationView> = seat.home.json(&["federation", "show"]);
            matches!(known.as_slice(), [one] if holds(one))
        });
    }

    /// Waits until all nodes hold all logs up to the same entry, and compares what they make of them.
    #[track_caller]
    fn agrees(&self) {
        let hosted: BTreeMap<String, GroupView> = GROUPS
            .iter()
            .zip(&self.seats)
            .map(|((name, _), seat)| ((*name).into(), seat.groups()[*name].clone()))
            .collect();
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
            assert_eq!(seat.groups().len(), self.groups.len());
        }
    }
}

/// The agreement as a person would write it from what `moot group show` and `moot node status` print.
fn agreement(seats: &[Seat], groups: &[String]) -> String {
    let group = |at: usize| json!({"log": groups[at], "node": seats[at].id});
    let seat = |at: usize| json!({"node": seats[at].id, "addresses": seats[at].addresses});
    let agreement = json!({
        "name": "riverside",
        "purpose": "Sharing a yard.",
        "timing": {"news": "4s", "skew": "1s", "notes": "100ms"},
        "groups": {"finance": group(0), "logistics": group(1), "assembly": group(2)},
        "panel": {"alpha": seat(0), "beta": seat(1), "gamma": seat(2), "delta": seat(3)},
    });
    toml::to_string(&agreement).expect("an agreement can be written")
}
