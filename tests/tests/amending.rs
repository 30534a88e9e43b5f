//! The agreement changes as a matter, by nodes as real processes: one group is expelled by the two others.

use folkmoot_node::control::view::{AmendmentView, FederationView, ProposalView, TicketView};
use folkmoot_tests::harness::{GROUPS, Panel, Seat, eventually};

fn amendment(seat: &Seat) -> Option<AmendmentView> {
    let known: Vec<FederationView> = seat.home.json(&["federation", "show"]);
    known.into_iter().next()?.amendments.into_iter().next()
}

#[test]
fn two_of_three_groups_expel_the_third_and_every_node_knows() {
    // Longer than a busy machine takes to seal: an opening that is sealed too late counts for nothing.
    let panel = Panel::found_with_news("", "60s");
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == GROUPS.len());
    let [stays, other, gone] = GROUPS.map(|(group, _)| group);

    // Nobody is dormant here, and a group that is not there cannot go.
    let why = ["--why", "It has not come for a year."];
    let expel = ["federation", "expel", gone];
    let asleep =
        panel.seats[0].home.refused(&[&["--as", GROUPS[0].1[0]], &expel[..], &["--dormant", gone], &why].concat());
    assert!(asleep.message.contains("too few witnesses"), "{}", asleep.message);

    panel.carry(0, &[&expel[..], &why].concat());
    let seen = eventually("the other group sees the amendment", || amendment(&panel.seats[1]));
    assert_eq!((seen.needed, seen.changes.as_slice()), (2, &[format!("drops {gone}")][..]));
    let words = panel.seats[1].home.moot(&["federation", "show"]).words();
    assert!(words.contains("1 of 2 consents") && words.contains(&format!("drops {gone}")), "{words}");
    let words = panel.seats[1].home.moot(&["matter", "show", &seen.matter]).words();
    assert!(words.contains("What it changes in the agreement"), "{words}");

    let asked = || amendment(&panel.seats[1]).filter(|seen| seen.state.starts_with("open"));
    eventually("it is open", asked);
    let knows = || {
        let inbox = panel.seats[1].home.moot(&["--as", GROUPS[1].1[0], "inbox"]).words();
        inbox.contains(&format!("waits for {other}'s stance")).then_some(())
    };
    eventually("the other group is asked", knows);
    panel.carry(1, &["matter", "stance", &seen.matter[..9], "--consent", "--why", "Nobody answers there."]);
    panel.is_one("the version without it is in force", |federation| {
        federation.version == 2 && federation.groups.len() == 2
    });
    let known: Vec<FederationView> = panel.seats[2].home.json(&["federation", "show"]);
    let names: Vec<&str> = known[0].groups.iter().map(|group| group.name.as_str()).collect();
    assert!(names.contains(&stays) && names.contains(&other) && !names.contains(&gone), "{names:?}");
}

#[test]
fn a_node_of_the_panel_is_lost_and_another_one_takes_its_seat() {
    let mut panel = Panel::found_with_news("", "60s");
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == GROUPS.len());
    let lost = panel.seats.pop().expect("the friend without a group");
    lost.node.expect("it runs").kill9();
    let new = Seat::start("epsilon");
    let ticket: TicketView = panel.seats[0].home.json(&["federation", "invite"]);
    new.home.json::<serde_json::Value>(&["federation", "follow", &ticket.ticket, "--moving"]);

    // The same agreement, with the key and the addresses of the new node.
    let mut text = std::fs::read_to_string(&panel.agreement).expect("the agreement's file");
    text = text.replace(&lost.id, &new.id);
    for (old, address) in lost.addresses.iter().zip(&new.addresses) {
        text = text.replace(old, address);
    }
    let file = panel.seats[0].home.write("replaced.toml", &text);
    let why = ["--why", "Its server is gone for good."];
    let by = ["--as", GROUPS[0].1[0]];
    let words = panel.seats[0].home.moot(&[&by[..], &["federation", "amend", &file], &why].concat()).words();
    for said in [
        "What a panel of 4 seats withstands",
        "the panel loses delta",
        "the panel gains delta",
        "3 of 4 seats stay: enough",
    ] {
        assert!(words.contains(said), "'{said}' in {words}");
    }
    let open: Vec<ProposalView> = panel.seats[0].home.json(&["list"]);
    let proposal = &open.iter().find(|proposal| proposal.state == "open").expect("it was filed").proposal;
    panel.seats[0].home.json::<ProposalView>(&["--as", GROUPS[0].1[1], "agree", proposal]);

    for at in [1, 2] {
        let seen = eventually("the amendment is open here", || {
            amendment(&panel.seats[at]).filter(|seen| seen.state.starts_with("open"))
        });
        let asked = || {
            let inbox = panel.seats[at].home.moot(&["--as", GROUPS[at].1[0], "inbox"]).words();
            inbox.contains("stance").then_some(())
        };
        eventually("the group is asked", asked);
        panel.carry(at, &["matter", "stance", &seen.matter[..9], "--consent", "--why", "Yes."]);
    }
    panel.seats.push(new);
    panel.is_one("the version with the new node is in force", |federation| {
        federation.version == 2 && federation.groups.iter().all(|group| group.panel_of == Some(2))
    });
    panel.everywhere("all are connected", |seat| {
        seat.federation().is_some_and(|federation| federation.panel.iter().all(|seat| seat.connected))
    });
    let words = panel.seats[1].home.moot(&["federation", "show"]).words();
    assert!(!words.contains("witnessed by the panel of"), "all have gone on: {words}");
    let decided = panel.decide(0, "We go on");
    panel.everywhere("it is sealed", |seat| seat.why(&decided).is_some_and(|shown| shown.sealed));
}
