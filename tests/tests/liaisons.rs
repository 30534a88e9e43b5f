//! A liaison by real processes: finance sends ana to logistics, mandated; she answers there on the node of logistics.

use folkmoot_node::{
    clock,
    config::Home,
    control::view::{HeadView, ProposalView},
};
use folkmoot_protocol::time::Span;
use folkmoot_tests::harness::{Panel, Seat, eventually};
use serde_json::{Value, json};

const FINANCE: usize = 0;
const LOGISTICS: usize = 1;

/// Lets a group carry one effect.
fn carry(panel: &Panel, at: usize, title: &str, effect: &Value) {
    let file = panel.seats[at].home.write("effect.toml", &toml::to_string(&json!({"effects": [effect]})).unwrap());
    panel.carry(at, &["propose", "--title", title, "--why", "Together.", "--effects", &file]);
}

/// Runs a command as ana, whose key is in the home of finance, on the node of logistics.
fn as_ana<'a>(panel: &'a Panel, args: &[&'a str]) -> folkmoot_tests::harness::Output {
    let socket = Home::new(panel.seats[LOGISTICS].home.path()).socket();
    let there = ["--json", "--as", "ana", "--node", socket.to_str().expect("a path in words")];
    panel.seats[FINANCE].home.moot(&[&there[..], args].concat())
}

fn speaks_for(panel: &Panel, seat: &Seat, group: &str) -> Option<String> {
    let shown: Value = panel.seats[FINANCE].home.json(&["id", "show", "ana"]);
    let key = shown["key"].as_str().expect("a key").to_owned();
    let head: HeadView = seat.home.api().get(&format!("/v1/groups/{group}/head?key={key}")).ok()?;
    head.member
}

#[test]
fn a_mandated_liaison_answers_what_its_group_decided() {
    let panel = Panel::found();
    let (finance, logistics) = (&panel.groups[FINANCE], &panel.groups[LOGISTICS]);
    let (from, until) = (clock::now(), clock::now() + Span::from_days(90));
    let role = json!({"set_role": {
        "name": "envoy", "purpose": "Speaks for us", "holders": [{"member": "ana", "from": from, "until": until}],
        "represents": {"group": logistics, "mandated_in": "work"},
    }});
    carry(&panel, FINANCE, "Send somebody to logistics", &role);
    let seat = json!({"set_member": {
        "name": "finance", "kind": {"liaison": {"group": finance, "role": "envoy"}}, "keys": [],
    }});
    carry(&panel, LOGISTICS, "A seat for finance", &seat);
    let there = &panel.seats[LOGISTICS];
    let speaks = |handle: &str| speaks_for(&panel, there, logistics).as_deref() == Some(handle);
    eventually("logistics has heard of ana", || speaks("finance").then_some(()));

    let words = ["propose", "--domain", "work", "--title", "Vans", "--text", "Three vans.", "--why", "We need them."];
    let proposed: ProposalView = there.home.json(&[&["--as", "dora"], &words[..]].concat());
    let id = proposed.proposal.as_str();
    assert_eq!(proposed.waiting_for, ["emil", "finance"], "the seat counts");
    let refused = as_ana(&panel, &["agree", id]).problem();
    assert_eq!(refused.kind, "unauthorised");
    assert!(refused.message.contains("bound to what its group decided"), "{}", refused.message);

    // Finance reads the proposal on its own node, and decides.
    let here = &panel.seats[FINANCE];
    eventually("finance sees it", || here.home.api().get::<ProposalView>(&format!("/v1/proposals/{id}")).ok());
    let mandated = panel.carry(FINANCE, &["liaison", "mandate", id, "agree", "--why", "It is cheap."]);
    let view: ProposalView = here.home.api().get(&format!("/v1/proposals/{mandated}")).unwrap();
    assert_eq!(view.domains.iter().map(|poll| poll.domain.as_str()).collect::<Vec<_>>(), ["work"]);
    eventually("logistics has cited the mandate", || (as_ana(&panel, &["agree", id]).code == Some(0)).then_some(()));
    let view: ProposalView = there.home.json(&["--as", "emil", "agree", id]);
    assert_eq!(view.state, "passed");
    assert!(view.responses.iter().any(|given| given.member == "finance" && given.answer == "agree"), "{view:?}");

    let lines: Value = here.home.json(&["liaison", "list"]);
    let [line] = lines.as_array().expect("a list").as_slice() else { panic!("{lines}") };
    for (field, expected) in [
        ("from", "finance"),
        ("role", "envoy"),
        ("sits_in", "logistics"),
        ("handle", "finance"),
        ("mandated_in", "work"),
    ] {
        assert_eq!(line[field], expected, "{line}");
    }
    let who = here.home.moot(&["who", "envoy"]).words();
    assert!(who.contains("represents finance in logistics, where it answers as 'finance/work' mandates"), "{who}");
    panel.agrees();

    // She leaves the role, and speaks there no more.
    carry(&panel, FINANCE, "Ana has done enough", &json!({"unseat": {"role": "envoy", "member": "ana"}}));
    eventually("logistics has heard that nobody comes", || {
        speaks_for(&panel, there, logistics).is_none().then_some(())
    });
}
