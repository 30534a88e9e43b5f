//! The agreement changes as a matter, by nodes as real processes: one group is expelled by the two others.

use folkmoot_node::control::view::{AmendmentView, FederationView};
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
