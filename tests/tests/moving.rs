//! A group moves to another node, and to another log key, by its own decision; nodes as real processes.

use folkmoot_node::control::view::GroupView;
use folkmoot_protocol::entry::Entry;
use folkmoot_tests::harness::{Home, NodeProcess, Panel, Seat, eventually};
use serde_json::Value;

#[test]
fn a_group_moves_to_a_new_node_and_goes_on_there() {
    let mut panel = Panel::found();
    panel.is_one("all consents are sealed", |federation| federation.exists);
    let before = panel.decide(0, "Meet on Mondays");

    // The new node makes a log key and follows the federation, in which it has no place yet.
    let new = Seat::start("epsilon");
    let prepared: Value = new.home.json(&["group", "prepare-move", "finance"]);
    let (log_key, node) = (prepared["log_key"].as_str().unwrap(), prepared["node"].as_str().unwrap());
    assert_eq!(node, new.id);
    let problem = new.home.refused(&["federation", "follow", &panel.agreement]);
    assert_eq!(problem.kind, "unauthorised");
    new.home.json::<Value>(&["federation", "follow", "--moving", &panel.agreement]);

    // The members decide; the old node signs up to there and no further.
    let moved = ["group", "move", "finance", "--log-key", log_key, "--to", node, "--why", "The old machine is loud."];
    let decision = panel.carry(0, &moved);
    let refused = panel.seats[0].home.refused(&[
        "--as", "ana", "propose", "--group", "finance", "--domain", "work", "--title", "x", "--text", "x", "--why", "x",
    ]);
    assert_eq!(refused.kind, "not-hosted");
    let group = eventually("the new node takes over", || {
        new.groups().remove("finance").filter(|group: &GroupView| group.hosted)
    });
    assert!(new.why(&before).is_some() && new.why(&decision).is_some(), "it has all that was decided");
    assert_eq!(group.host, new.id);

    // The members go on there with their keys.
    for member in ["ana", "ben"] {
        let keys = |home: &Home| home.path().join("keys");
        std::fs::create_dir_all(keys(&new.home)).unwrap();
        for file in std::fs::read_dir(keys(&panel.seats[0].home)).unwrap() {
            let file = file.unwrap();
            if file.file_name().to_string_lossy().starts_with(member) {
                std::fs::copy(file.path(), keys(&new.home).join(file.file_name())).unwrap();
            }
        }
    }
    let words = [
        "propose", "--group", "finance", "--domain", "work", "--title", "Quiet", "--text", "Quiet.", "--why",
        "At last.",
    ];
    let after = new.carry(["ana", "ben"], &words);
    panel.seats.push(new);
    panel.everywhere("what is decided there is sealed", |seat| seat.why(&after).is_some_and(|view| view.sealed));
    panel.agrees();
    let signers: Vec<_> = panel.seats[1].home.api().log("finance").unwrap().iter().map(Entry::signer).collect();
    let first = signers.iter().position(|key| key.to_string() == log_key).expect("the new node signs");
    assert!(signers[first..].iter().all(|key| key.to_string() == log_key));
    assert!(signers[..first].iter().all(|key| *key == signers[0]));

    // The old node is needed no more.
    panel.seats[0].node.take().unwrap().stop();
    let alone = panel.seats[4].carry(["ana", "ben"], &words);
    panel.everywhere("it is sealed without the old node", |seat| seat.why(&alone).is_some_and(|view| view.sealed));
}

#[test]
fn a_log_key_is_replaced() {
    let mut panel = Panel::found();
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.carry(0, &["group", "new-key", "finance", "--why", "The backup was stolen."]);
    let after = panel.decide(0, "Lock the door");
    panel.everywhere("it is sealed", |seat| seat.why(&after).is_some_and(|view| view.sealed));
    let signers: Vec<_> = panel.seats[1].home.api().log("finance").unwrap().iter().map(Entry::signer).collect();
    assert_ne!(signers.first(), signers.last());
    // The new key is there after a start, too.
    let node = panel.seats[0].node.take().unwrap();
    let addresses = panel.seats[0].addresses.clone();
    node.stop();
    panel.seats[0].node = Some(NodeProcess::start(&panel.seats[0].home, &addresses));
    let again = panel.decide(0, "Lock the window");
    panel.everywhere("it is sealed", |seat| seat.why(&again).is_some_and(|view| view.sealed));
    panel.agrees();
}
