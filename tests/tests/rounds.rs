//! Rounds by nodes as real processes: a steward opens them, the others claim, and nodes reveal and divide by
//! themselves.

use folkmoot_node::control::view::{InboxItem, ResourceView, RoundView};
use folkmoot_tests::harness::{Panel, Seat};

const FLOUR: &str = r#"
[resources.flour]
purpose = "To bake with."
unit = "kg"
domain = "work"
kind = "stock"
capacity = 10
"#;

fn round(seat: &Seat, id: &str) -> Option<RoundView> {
    seat.home.api().get(&format!("/v1/rounds/{id}")).ok()
}

/// Lets logistics open a round, and gives back its id once all know of it.
fn opened(panel: &Panel, words: &[&str]) -> String {
    panel.carry(1, &[&["resource", "round", "open"], words, &["--why", "Everybody wants some."]].concat());
    let known: Vec<RoundView> = panel.seats[1].home.json(&["resource", "round", "list"]);
    let id = known.first().expect("it was opened").round.clone();
    panel.everywhere("the groups that may claim know of it", |seat| {
        round(seat, &id).is_some_and(|view| view.claimants.iter().all(|claimant| claimant.knows))
    });
    id
}

fn claim(panel: &Panel, at: usize, id: &str, amount: &str) {
    panel.carry(at, &["resource", "round", "claim", &id[..9], amount, "--why", "We bake."]);
}

fn street() -> Panel {
    let panel = Panel::found_with(FLOUR);
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == 3);
    panel
}

#[test]
fn a_round_is_divided_by_its_rule_and_everybody_sees_how() {
    let panel = street();
    let words = ["flour=9", "--rule", "max-min", "--for", "finance", "--for", "assembly", "--claims-by", "+20s"];
    let id = opened(&panel, &[&words[..], &["--title", "Flour"]].concat());
    let held: Vec<ResourceView> = panel.seats[0].home.api().get("/v1/resources?group=logistics").unwrap();
    assert_eq!((held[0].held, held[0].left, held[0].promises[0].title.as_str()), (9, 1, "Flour"));
    let waiting = |panel: &Panel| -> Vec<InboxItem> {
        let items: Vec<InboxItem> = panel.seats[0].home.json(&["--as", "ana", "inbox"]);
        items.into_iter().filter(|item| item.kind == "round").collect()
    };
    let items = waiting(&panel);
    assert_eq!(items.len(), 1, "{items:?}");
    let item = &items[0];
    assert_eq!((item.round.as_deref(), item.title.as_deref()), (Some(id.as_str()), Some("Flour")));
    assert!(item.what.contains("logistics waits for finance's claim until"), "{item:?}");
    assert_eq!(item.by, round(&panel.seats[0], &id).unwrap().claims_by);
    claim(&panel, 0, &id, "8");
    assert!(waiting(&panel).is_empty(), "it has claimed");
    claim(&panel, 2, &id, "3");
    panel.everywhere("it is divided", |seat| round(seat, &id).is_some_and(|view| view.state == "divided"));
    let words = panel.seats[0].home.moot(&["resource", "round", "show", &id]).words();
    for part in [
        "finance: claims 8 kg of flour, gets 6 kg of flour",
        "assembly: claims 3 kg of flour, gets 3 kg",
        "level 3 assembly has all that it claims",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let given: Vec<ResourceView> = panel.seats[2].home.api().get("/v1/resources?group=logistics").unwrap();
    assert_eq!((given[0].held, given[0].allocated), (0, 9));
    assert!(given[0].promises.iter().all(|promise| promise.terms == id && promise.held_until.is_none()));
    panel.carry(0, &["resource", "round", "release", &id[..9], "--why", "The oven broke."]);
    panel.everywhere("finance's share is free again", |seat| {
        let given: Vec<ResourceView> = seat.home.api().get("/v1/resources?group=logistics").unwrap();
        given[0].allocated == 3
    });
    let words = panel.seats[2].home.moot(&["resource", "round", "show", &id]).words();
    assert!(words.contains("finance: claims 8 kg of flour, gave up 6 kg of flour"), "{words}");
}

#[test]
fn nodes_reveal_in_a_lot_and_who_is_silent_gets_nothing() {
    let panel = street();
    let words = ["flour=10", "--rule", "lot-whole", "--claims-by", "+20s", "--title", "All of it"];
    let id = opened(&panel, &words);
    claim(&panel, 0, &id, "flour=10");
    panel.everywhere("it is divided", |seat| round(seat, &id).is_some_and(|view| view.state == "divided"));
    let view = round(&panel.seats[2], &id).unwrap();
    let of = |name: &str| view.claimants.iter().find(|who| who.group == name).unwrap();
    assert_eq!((of("finance").share.clone(), of("finance").revealed), (Some(vec![10]), true));
    assert_eq!((of("assembly").share.clone(), of("assembly").silent), (Some(vec![0]), true));
    assert!(view.seed.is_some() && view.how.iter().any(|step| step.contains("drawn number 1: finance")), "{view:?}");
}
