//! Resources between groups, by nodes as real processes: one asks, the steward accepts, and it is in force for both.

use folkmoot_node::{
    clock,
    control::view::{DealView, InboxItem, ResourceView},
};
use folkmoot_protocol::time::Span;
use folkmoot_tests::harness::{Panel, Seat, eventually};
use serde_json::Value;

const HALL: &str = r#"
[resources.hall]
purpose = "To meet in."
unit = "hall"
domain = "work"
kind = { slots = { horizon = "90d" } }
capacity = 1
"#;

fn deal(seat: &Seat, id: &str) -> Option<DealView> {
    seat.home.api().get(&format!("/v1/deals/{id}")).ok()
}

fn hall(seat: &Seat) -> ResourceView {
    let all: Vec<ResourceView> = seat.home.api().get("/v1/resources?group=logistics").unwrap();
    let [hall] = all.as_slice() else { panic!("{all:?}") };
    hall.clone()
}

/// An evening of a week from now: `[from, until]`.
fn evening() -> [String; 2] {
    let day = (clock::now() + Span::from_days(7)).to_string()[..10].to_owned();
    ["19:00", "23:00"].map(|time| format!("{day}T{time}:00Z"))
}

/// Waits until all nodes hold all logs alike: evidence still comes in after everybody knows the result.
fn come_to_rest(panel: &Panel) {
    let state = |seat: &Seat| -> Vec<_> {
        let groups = seat.groups().into_values();
        groups.map(|group| (group.name, group.number, group.head, group.digest, group.stopped)).collect()
    };
    eventually("all nodes hold all logs alike", || {
        let states: Vec<_> = panel.running().map(state).collect();
        (states.iter().all(|held| held == &states[0] && held.len() == 3)).then_some(())
    });
}

#[test]
fn one_asks_the_steward_accepts_and_it_is_in_force_until_it_is_given_up() {
    let panel = Panel::found_with(HALL);
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == 3);
    let (finance, logistics, assembly) = (&panel.seats[0], &panel.seats[1], &panel.seats[2]);
    let who = assembly.home.moot(&["who", "logistics/hall"]).words();
    assert!(who.contains("logistics/work") && who.contains("the members of logistics"), "{who}");

    let [from, until] = evening();
    let when = ["--from", &from, "--until", &until];
    let asks = [&["resource", "request", "logistics/hall", "--amount", "1 hall"][..], &when].concat();
    let asks = [&asks[..], &["--title", "A dance", "--text", "We tidy up.", "--why", "Midwinter."]].concat();
    let words = finance.home.moot(&[&["--as", "ana"], &asks[..], &["--dry-run"]].concat()).words();
    for part in ["A dance", "logistics/hall: 1 hall from", "logistics closes by", "finance decides in charter"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let none: Vec<DealView> = finance.home.api().get("/v1/deals").unwrap();
    assert!(none.is_empty(), "{none:?}");

    panel.carry(0, &asks);
    let listed: Value = finance.home.json(&["resource", "list", "--group", "finance"]);
    let id = listed["terms"][0]["terms"].as_str().expect("the request is listed").to_owned();
    panel.everywhere("the request is known and sealed", |seat| {
        deal(seat, &id).is_some_and(|view| {
            let sealed = view.parties.iter().any(|party| party.group == "finance" && party.sealed);
            view.state == "requested" && view.waits_for == ["logistics"] && sealed
        })
    });
    assert_eq!((hall(assembly).left, hall(assembly).promises.len()), (1, 0), "a request holds nothing");
    let asked = |item: &InboxItem| item.kind == "terms" && item.what.contains("wait for logistics's answer until");
    let inbox = |member: &str| -> Vec<InboxItem> { logistics.home.json(&["--as", member, "inbox"]) };
    let item = eventually("logistics is asked", || inbox("dora").into_iter().find(asked));
    assert_eq!(item.terms.as_ref(), Some(&id));

    // Two groups, one hall, one evening: whoever asks second sees it, and so does the steward.
    let rival =
        [&["resource", "request", "logistics/hall=1", "--title", "A play", "--why", "Too."][..], &when].concat();
    let words = assembly.home.moot(&[&["--as", "hugo"], &rival[..], &["--dry-run"]].concat()).words();
    for part in ["Asked for by others then, and there is not enough for all", "for finance, asked for", "A dance"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    panel.carry(2, &rival);
    let both = |item: &InboxItem| item.what.contains("asks for the same, and there is not enough");
    eventually("logistics sees both", || (inbox("dora").iter().filter(|item| both(item)).count() == 2).then_some(()));
    // Whoever asked first is told of the other one as well.
    let reads = |seat: &Seat, member: &str, what: &str| {
        let items: Vec<InboxItem> = seat.home.json(&["--as", member, "inbox"]);
        items.into_iter().find(|item| item.what.contains(what))
    };
    let same = format!("asks for the same as your terms {}", &id[..9]);
    let told = eventually("finance reads of the other one", || reads(finance, "ana", &same));
    assert_eq!(told.terms.as_ref(), Some(&id));
    let words = logistics.home.moot(&["resource", "show", "logistics/hall"]).words();
    for part in ["Asked for", "for finance, asked for", "for assembly, asked for"] {
        assert!(words.contains(part), "{part}: {words}");
    }

    // While nobody has answered, all groups could decide it.
    let settle = ["matter", "open", "--about", &id, "--settle", "--title", "T", "--text", "X", "--why", "W"];
    let settle = [&["--as", "ana"], &settle[..], &["--dry-run"]].concat();
    let words = finance.home.moot(&settle).words();
    for part in ["logistics in work: not ceded", "accepts the terms \"A dance\"", "and promises 'hall': 1 from"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(words.contains("The terms that it settles come into force until "), "{words}");

    panel.carry(1, &["resource", "accept", &id[..9], "--why", "The hall is free."]);
    let still = |item: &InboxItem| asked(item) && item.terms.as_ref() == Some(&id);
    assert!(!inbox("emil").iter().any(still), "it has answered");
    panel.everywhere("it is in force", |seat| {
        let known = deal(seat, &id).is_some_and(|view| view.state == "in force" && view.waits_for.is_empty());
        known
            && hall(seat).promises.iter().any(|promise| promise.held_until.is_none() && promise.requester == "finance")
    });
    come_to_rest(&panel);
    let lost = format!("cannot be met any more: {} of finance has logistics/hall until {until}", &id[..9]);
    assert!(reads(assembly, "hugo", &lost).is_some(), "{lost}");
    assert!(reads(finance, "ana", "your terms").is_none(), "it has what it asked for");
    let words = assembly.home.moot(&["resource", "show", &id]).words();
    for part in [
        "in force",
        "What is promised",
        "logistics (promises, closes): accepted",
        "commits in entry",
        "its part is allocated",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    // Why it is so stands with both decisions, also on a node that hosts neither group.
    let view = deal(assembly, &id).expect("it is known");
    let accepts = view.parties.iter().flat_map(|party| &party.said).find(|said| said.says == "accepts");
    let decision = accepts.and_then(|said| said.decision.clone()).expect("a decision is behind it");
    let words = assembly.home.moot(&["why", &decision]).words();
    for part in
        ["Terms", "asked by finance: in force", "states in entry", "of finance, proposed by ana", "why: Midwinter."]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    let words = assembly.home.moot(&["resource", "show", "logistics/hall"]).words();
    for part in ["1 hall from", "for finance, allocated", "Calendar", "1 promised, 0 left"] {
        assert!(words.contains(part), "{part}: {words}");
    }

    // Who else wants that evening learns at once who has it.
    let late = [&["--as", "hugo", "resource", "request", "logistics/hall=1", "--why", "Too."][..], &when].concat();
    let refused = assembly.home.moot(&late);
    assert_eq!(refused.code, Some(1), "{refused}");
    for part in ["1 too few", "1 hall from", "for finance, allocated", "--anyway"] {
        assert!(refused.stderr.contains(part), "{part}: {refused}");
    }

    // Who promised is told that giving it up is a breach, before anything is filed; who asked may give it up.
    let release = ["resource", "release", &id, "--dry-run"];
    let words = logistics.home.moot(&[&["--as", "dora"], &release[..]].concat()).words();
    assert!(words.contains("This breaks the terms: finance was promised"), "{words}");
    let words = finance.home.moot(&[&["--as", "ana"], &release[..]].concat()).words();
    assert!(words.contains("Release 'A dance'") && !words.contains("breaks"), "{words}");

    panel.carry(0, &["resource", "release", &id, "--why", "It rains."]);
    panel.everywhere("it is free again", |seat| {
        deal(seat, &id).is_some_and(|view| view.state == "ended") && hall(seat).promises.is_empty()
    });
    come_to_rest(&panel);
}

#[test]
fn an_offer_is_countered_and_the_counter_comes_into_force() {
    let panel = Panel::found_with(HALL);
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == 3);
    let [from, until] = evening();
    let offers = ["resource", "offer", "hall", "--to", "finance", "--amount", "1", "--from", &from, "--until", &until];
    // It ends within the hour: the steward is told so.
    panel.carry(1, &[&offers[..], &["--by", "+30m", "--why", "It stands empty."]].concat());
    let known: Vec<DealView> = panel.seats[1].home.api().get("/v1/deals?open=true").unwrap();
    let [offered] = known.as_slice() else { panic!("{known:?}") };
    let id = &offered.terms;
    panel.everywhere("it is offered and held", |seat| {
        let known = deal(seat, id).is_some_and(|view| view.state == "offered" && view.waits_for == ["finance"]);
        known && hall(seat).promises.iter().any(|promise| promise.held_until.as_ref() == Some(&offered.by))
    });
    let asked = |item: &InboxItem| item.terms.as_ref() == Some(id) && item.what.contains("accept|counter|decline");
    eventually("finance is asked", || {
        panel.seats[0].home.json::<Vec<InboxItem>>(&["--as", "ana", "inbox"]).into_iter().find(asked)
    });

    let ends = |item: &InboxItem| item.what.contains("the hold for the terms t") && item.by == offered.by;
    assert!(panel.seats[1].home.json::<Vec<InboxItem>>(&["--as", "dora", "inbox"]).iter().any(ends));

    let words = panel.seats[0].home.moot(&["resource", "show", id]).words();
    assert!(words.contains("logistics offers to finance, logistics closes by"), "{words}");
    assert!(words.contains("What is offered") && !words.contains("What is promised"), "{words}");

    let later = from.replace("T19", "T20");
    panel.carry(0, &["resource", "counter", id, "--from", &later, "--why", "We come later."]);
    let known: Vec<DealView> = panel.seats[0].home.api().get("/v1/deals").unwrap();
    let counter = known.iter().find(|view| view.counters.as_ref() == Some(id)).expect("it was countered");
    panel.everywhere("the counter waits for logistics", |seat| {
        let is = |id: &str, state: &str| deal(seat, id).is_some_and(|view| view.state == state);
        is(id, "countered") && is(&counter.terms, "requested")
    });
    panel.carry(1, &["resource", "accept", &counter.terms, "--why", "As you like."]);
    panel.everywhere("the counter is in force", |seat| {
        deal(seat, &counter.terms).is_some_and(|view| view.state == "in force" && view.title == offered.title)
    });
    let promises = hall(&panel.seats[2]).promises;
    let [promise] = promises.as_slice() else { panic!("{promises:?}") };
    assert_eq!((promise.from.as_ref(), promise.until.as_ref()), (Some(&later), Some(&until)));
    come_to_rest(&panel);

    // The steward breaks it: who was promised it reads so, until it has given it up, too.
    let release = ["resource", "release", &counter.terms, "--why", "We need it ourselves."];
    let broken = |item: &InboxItem| item.what.contains("logistics has given up the terms t");
    let inbox = |at: usize, who: &str| -> Vec<InboxItem> { panel.seats[at].home.json(&["--as", who, "inbox"]) };
    assert!(!inbox(0, "ana").iter().any(broken), "it stands");
    panel.carry(1, &release);
    let told = eventually("finance reads of the breach", || inbox(0, "ana").into_iter().find(broken));
    assert_eq!(told.terms.as_ref(), Some(&counter.terms));
    assert!(!inbox(1, "dora").iter().any(broken), "who broke it knows");
    panel.carry(0, &release);
    assert!(!inbox(0, "ana").iter().any(broken), "finance has given it up, too");
}

#[test]
fn a_rule_grants_it_it_is_used_broken_and_asked_for_again() {
    let panel = Panel::found_with(&format!("{HALL}grants = {{ share = \"1/1\", per = \"20d\" }}\n"));
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == 3);
    let finance = &panel.seats[0];
    let rule = "each group that asks gets up to 1 hall (1/1) in 20d without a decision";
    assert_eq!(hall(finance).grants.as_deref(), Some(rule));
    let [from, until] = evening();
    let ask = format!("logistics/hall=1@{from}..{until}");
    panel.carry(0, &["resource", "request", &ask, "--title", "A dance", "--text", "We tidy up.", "--why", "W"]);
    let known: Vec<DealView> = finance.home.api().get("/v1/deals").unwrap();
    let id = &known[0].terms;
    panel.everywhere("it is granted", |seat| deal(seat, id).is_some_and(|view| view.state == "in force"));
    let accepted = "logistics (promises, closes): accepted, by the rule of its charter";
    eventually("it is sealed", || {
        let words = finance.home.moot(&["resource", "show", id]).words();
        words.contains(accepted).then_some(())
    });

    panel.carry(0, &["resource", "use", id, "--amount", "1", "--why", "We danced."]);
    panel.everywhere("its use is known", |seat| hall(seat).promises.iter().any(|promise| promise.used == Some(1)));
    let words = finance.home.moot(&["resource", "show", id]).words();
    assert!(words.contains("1 hall of it used by now, says finance"), "{words}");

    let renew = ["--as", "ana", "resource", "request", "--renew", id, "--dry-run"];
    let words = finance.home.moot(&renew).words();
    assert!(words.contains("A dance") && words.contains("logistics/hall: 1 hall from"), "{words}");
    assert!(!words.contains("In the way"), "the evening a week later is free: {words}");

    panel.carry(0, &["resource", "breach", id, "--why", "It was locked."]);
    panel.everywhere("it is known to be broken", |seat| deal(seat, id).is_some_and(|view| view.state == "broken"));
    panel.carry(1, &["resource", "release", id, "--why", "So it was."]);
    panel.everywhere("it is given up", |seat| {
        let released =
            |view: &DealView| view.parties.iter().any(|who| who.said.iter().any(|said| said.says == "releases"));
        deal(seat, id).is_some_and(|view| view.state == "ended" && released(&view))
    });
    come_to_rest(&panel);
}
