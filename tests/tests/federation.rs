//! Three groups on three nodes and a fourth node that only witnesses: real processes that find each other over TCP.

use folkmoot_tests::harness::{GROUPS, NodeProcess, Panel, Seat, eventually};
use serde_json::Value;

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
