//! A fourth group joins a federation with a ticket, decides in it, and leaves again; nodes as real processes.

use folkmoot_node::{
    clock,
    control::view::{InboxItem, JoinView, PeerView, TicketView},
};
use folkmoot_protocol::time::Span;
use folkmoot_tests::harness::{NodeProcess, Panel, Seat, eventually};
use serde_json::Value;

const MEMBERS: [&str; 2] = ["kim", "lou"];

#[test]
fn a_fourth_group_joins_by_ticket_decides_and_leaves() {
    let mut panel = Panel::found();
    panel.is_one("all consents are sealed", |federation| federation.exists);
    let newcomer = Seat::start("epsilon");
    let garden = newcomer.found_group("garden", MEMBERS);

    // A ticket for that node; there the group asks to join.
    let ticket = invite(&panel.seats[0], &["--for", &newcomer.id]);
    let joined: JoinView = newcomer.home.json(&["federation", "join", &ticket]);
    assert_eq!((joined.agreement.version, joined.name.as_deref()), (1, Some("garden")));
    let shown = panel.seats[0].federation().unwrap();
    assert_eq!((shown.joins[0].name.as_str(), shown.joins[0].group.as_str()), ("garden", garden.as_str()));
    assert!(waits_for(&panel.seats[0], "ana", "federation admit garden"));
    assert!(panel.seats[1].federation().unwrap().joins.is_empty(), "who did not make the ticket has nothing to show");

    // One group takes it in; then its node is let in, and the group consents to what adds it.
    panel.carry(0, &["federation", "admit", "garden", "--group", "finance", "--why", "They help."]);
    eventually("the newcomer sees the version", || {
        newcomer.federation().filter(|federation| !federation.pending.is_empty()).map(drop)
    });
    assert!(waits_for(&newcomer, "kim", "federation consent h"));
    let version = newcomer.federation().unwrap().pending.remove(0);
    assert_eq!((version.adds.as_slice(), version.needed), (&["garden".to_owned()][..], 2));
    newcomer.carry(MEMBERS, &["federation", "consent", &version.hash, "--group", "garden", "--why", "Together."]);

    // A second group of the three is enough; it sees the version in the first one's log.
    eventually("logistics sees the version", || waits_for(&panel.seats[1], "dora", "federation consent").then_some(()));
    panel.carry(1, &["federation", "admit", "garden", "--group", "logistics", "--why", "Yes."]);
    panel.seats.push(newcomer);
    panel.is_one("version 2 is in force", |federation| federation.version == 2 && federation.groups.len() == 4);

    // It decides, and that is sealed everywhere; all digests are equal.
    let words = ["propose", "--domain", "work", "--title", "Dig", "--text", "We dig.", "--why", "It is spring."];
    let dig = panel.seats[4].carry(MEMBERS, &words);
    panel.everywhere("its decision is sealed", |seat| seat.why(&dig).is_some_and(|view| view.sealed));
    panel.agrees();
    let peers: Vec<PeerView> = panel.seats[2].home.json(&["federation", "peers"]);
    assert_eq!(peers.len(), 5);
    assert!(peers.iter().any(|peer| peer.node == panel.seats[4].id && peer.groups == ["garden"] && peer.connected));

    // It leaves: after its notice it is out, and no node lets its node in any more.
    panel.seats[4].carry(MEMBERS, &["federation", "leave", "--why", "The yard is gone."]);
    panel.is_one("the garden has left", |federation| {
        federation.groups.iter().any(|group| group.name == "garden" && group.left)
    });
    for seat in &panel.seats[..4] {
        eventually("its node is let in no more", || (!seat.status().peers.contains(&panel.seats[4].id)).then_some(()));
    }
    let again = panel.decide(0, "Buy seed all the same");
    let known = |seat: &Seat| seat.id == panel.seats[4].id || seat.why(&again).is_some_and(|view| view.sealed);
    panel.everywhere("the others go on", known);
}

#[test]
fn a_ticket_is_for_one_node_once_and_not_for_ever() {
    let panel = Panel::found();
    panel.is_one("all consents are sealed", |federation| federation.exists);
    let (first, second) = (Seat::start("first"), Seat::start("second"));
    first.found_group("garden", MEMBERS);
    second.found_group("garage", ["max", "nia"]);

    let ticket = invite(&panel.seats[0], &[]);
    first.home.json::<JoinView>(&["federation", "join", &ticket]);
    first.home.json::<JoinView>(&["federation", "join", &ticket]);
    let used = second.home.refused(&["federation", "join", &ticket]);
    assert_eq!(used.kind, "ticket");
    assert!(used.message.contains("was used by another node"), "{}", used.message);
    let log = panel.seats[0].node.as_ref().unwrap().log();
    assert!(log.contains("was refused: the ticket was used by another node"), "its maker sees it, too");

    // Whom a ticket names it is for, here and there.
    let other = invite(&panel.seats[0], &["--for", &first.id]);
    let refused = second.home.refused(&["federation", "join", &other]);
    assert!(refused.message.contains("for another node"), "{}", refused.message);

    let short = invite(&panel.seats[0], &["--expires", "200ms"]);
    let end = clock::now() + Span::from_millis(200);
    eventually("the ticket is over", || (clock::now() > end).then_some(()));
    let late = second.home.refused(&["federation", "join", &short]);
    assert!(late.message.contains("was good until"), "{}", late.message);
    let bad = second.home.refused(&["federation", "join", &ticket[..ticket.len() - 1]]);
    assert!(bad.message.contains("not whole"), "{}", bad.message);

    assert_eq!(panel.seats[0].federation().unwrap().joins.len(), 1);
    assert!(second.federation().is_none() && second.status().groups.len() == 1, "it has seen nothing");
}

/// A node that only witnesses gets its agreement by a ticket, and founds nothing.
#[test]
fn a_witness_follows_by_ticket_and_hosts_nothing() {
    let mut panel = Panel::found();
    let witness = panel.seats.pop().unwrap();
    drop(witness.node);
    // Its store is lost, its key is not; it is told of the federation again.
    std::fs::remove_dir_all(witness.home.path().join("store")).unwrap();
    witness.home.write("node.toml", "sync_every = \"500ms\"\nredial = \"500ms\"\nwitness = true\n");
    let node = NodeProcess::start(&witness.home, &witness.addresses);
    let witness = Seat { node: Some(node), ..witness };

    let charter = witness.home.write("own.toml", "name = \"own\"\npurpose = \"x\"\n[members]\nzoe = {}\n[domains.charter]\npurpose = \"x\"\npeople_only = true\nrule = { consent = { quorum = \"1/2\" } }\n");
    witness.home.id("zoe");
    let refused = witness.home.refused(&["--as", "zoe", "group", "found", &charter]);
    assert_eq!(refused.kind, "witness-only");
    assert_eq!(witness.home.refused(&["group", "prepare-move", "finance"]).kind, "witness-only");

    // Who hosts a group does not start as a mere witness.
    let host = panel.seats.pop().unwrap();
    host.node.unwrap().stop();
    let refused = host.home.refused(&["node", "run", "--witness"]);
    assert!(refused.message.contains("hosts 'assembly'"), "{}", refused.message);
    panel.seats.push(Seat { node: Some(NodeProcess::start(&host.home, &host.addresses)), ..host });

    let ticket = invite(&panel.seats[1], &[]);
    witness.home.json::<Value>(&["federation", "follow", &ticket]);
    panel.seats.push(witness);
    panel.is_one("all consents are sealed", |federation| federation.exists);
    // With another node gone its notes are needed.
    panel.seats[2].node.take().unwrap().kill9();
    let id = panel.decide(0, "Meet on Mondays");
    panel.everywhere("the decision is sealed", |seat| seat.why(&id).is_some_and(|view| view.sealed));
}

fn invite(seat: &Seat, args: &[&str]) -> String {
    let ticket: TicketView = seat.home.json(&[&["federation", "invite"], args].concat());
    ticket.ticket
}

fn waits_for(seat: &Seat, member: &str, what: &str) -> bool {
    let inbox: Vec<InboxItem> = seat.home.json(&["--as", member, "inbox"]);
    inbox.iter().any(|item| item.kind == "federation" && item.what.contains(what))
}
