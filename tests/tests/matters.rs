//! Matters between groups, by nodes as real processes: one group opens, the other answers, and each node enacts.

use folkmoot_node::{
    clock,
    control::view::{AgreementView, InboxItem, MatterView, ProposalView, StanceView},
};
use folkmoot_protocol::time::Span;
use folkmoot_tests::harness::{Home, Panel, Seat, eventually};
use serde_json::{Value, json};

const OPEN: [&str; 14] = [
    "matter",
    "open",
    "--group",
    "finance",
    "--title",
    "Quiet hours",
    "--text",
    "People sleep.",
    "--agree",
    "finance/work=No meetings after ten",
    "--agree",
    "logistics/work=No vans after ten",
    "--why",
    "Neighbours complain.",
];

fn matter(seat: &Seat, id: &str) -> Option<MatterView> {
    seat.home.api().get(&format!("/v1/matters/{id}")).ok()
}

fn stance<'a>(view: &'a MatterView, group: &str) -> &'a StanceView {
    view.stances.iter().find(|stance| stance.group == group).expect("every group has a slot")
}

fn inbox(seat: &Seat, member: &str) -> Vec<InboxItem> {
    seat.home.json(&["--as", member, "inbox"])
}

/// Opens a matter by a decision of finance, and gives back its id.
fn opened(panel: &Panel, open: &[&str]) -> String {
    let proposal = panel.carry(0, open);
    let view: ProposalView = panel.seats[0].home.api().get(&format!("/v1/proposals/{proposal}")).unwrap();
    let [id] = view.matters.as_slice() else { panic!("{view:?}") };
    id.clone()
}

#[test]
fn two_groups_agree_and_each_node_enacts_its_part() {
    // Longer than a busy machine takes to seal: an opening that is sealed too late counts for nothing.
    let panel = Panel::found_with_news("", "60s");
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == 3);
    let (finance, logistics, witness) = (&panel.seats[0], &panel.seats[1], &panel.seats[3]);

    // Who decides what is found on every node, with where it goes from there.
    let who = finance.home.moot(&["who", "logistics/work"]).words();
    assert!(who.contains("the members of logistics") && who.contains("--touches logistics/work"), "{who}");

    // What would be opened is shown first, and changes nothing.
    let words = finance.home.moot(&[&["--as", "ana"], &OPEN[..], &["--dry-run"]].concat()).words();
    for part in ["logistics in work", "No vans after ten", "at least 2 of all 3 groups", "not ceded"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(finance.home.json::<Vec<MatterView>>(&["matter", "list"]).is_empty());

    let id = opened(&panel, &OPEN);
    panel.everywhere("the matter is open", |seat| {
        matter(seat, &id).is_some_and(|view| view.counts && view.state == "open" && view.waits_for == ["logistics"])
    });
    let asks = |item: &InboxItem| item.kind == "matter" && item.what.contains("waits for logistics's stance until");
    eventually("logistics is asked", || inbox(logistics, "dora").into_iter().find(asks));
    assert!(!inbox(finance, "ana").iter().any(|item| item.kind == "matter"), "opening it was finance's consent");

    // An open answer says until when it counts, and takes the place of the question.
    let answer = ["--as", "dora", "matter", "stance", &id[..9], "--consent", "--why", "Fewer trips."];
    let proposed: ProposalView = logistics.home.json(&answer);
    let items = inbox(logistics, "emil");
    assert!(items.iter().any(|item| item.what.contains("its answer to the matter m")), "{items:?}");
    assert!(!items.iter().any(asks), "{items:?}");
    let view: ProposalView = logistics.home.json(&["--as", "emil", "agree", &proposed.proposal]);
    assert_eq!((view.state.as_str(), &view.matters), ("passed", &vec![id.clone()]));

    panel.everywhere("it is adopted and enacted by both", |seat| {
        matter(seat, &id).is_some_and(|view| {
            let enacted = |group: &str| stance(&view, group).enacted.as_ref().is_some_and(|enacted| enacted.sealed);
            view.state == "adopted" && view.level == Some(1) && enacted("finance") && enacted("logistics")
        })
    });
    panel.agrees();

    // A node that hosts neither tells why: both decisions with their reasons, and the certificate.
    let in_force: Vec<AgreementView> = witness.home.api().get("/v1/agreements?group=logistics").unwrap();
    let [agreement] = in_force.as_slice() else { panic!("{in_force:?}") };
    assert_eq!((agreement.text.as_str(), agreement.matter.as_ref()), ("No vans after ten", Some(&id)));
    assert_eq!(agreement.title, "Quiet hours");
    let why: MatterView = witness.home.json(&["why", &agreement.decision]);
    assert_eq!(why.matter, id);
    assert_eq!(why.certificate.len(), 2);
    assert!(why.certificate.iter().all(|piece| piece.entry.is_some() && piece.sealed_at.is_some()), "{why:?}");
    let because = |group: &str| stance(&why, group).decision.as_ref().and_then(|decision| decision.why.clone());
    assert_eq!(because("finance").as_deref(), Some("Neighbours complain."));
    assert_eq!(because("logistics").as_deref(), Some("Fewer trips."));
    let why: Value = witness.home.json(&["why", &id]);
    let replayed = why["recomputed"].as_array().expect("a list");
    assert!(replayed.len() == 2 && replayed.iter().all(|one| one["same"] == true && one["level"] == 1), "{why}");
    let why: Value = witness.home.json(&["why", &proposed.proposal]);
    assert!(why["chain"].as_array().unwrap().iter().any(|link| link["what"] == "says it to the other groups"), "{why}");
    assert_eq!((&why["between"][0]["matter"], &why["recomputed"]["same"]), (&Value::from(id.clone()), &true.into()));
    let words = witness.home.moot(&["why", &id]).words();
    for part in ["Certificate", "logistics consents: entry", "Opened by", "why: Fewer trips."] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let words = witness.home.moot(&["matter", "enact", &id]).words();
    assert!(words.contains("finance: enacted in entry") && words.contains("logistics: enacted in entry"), "{words}");
    proves_the_result(&panel, &id);
    proves_what_its_own_log_does_not_show(&panel);
}

/// Each of the nodes exports the result from the log that it hosts, or from the one that is named; who was not there
/// verifies it without a node, and nothing that was changed passes.
fn proves_the_result(panel: &Panel, id: &str) {
    let outside = Home::new();
    let federation = panel.seats[0].federation().unwrap().federation;
    let verify = |file: &str, more: &[&str]| {
        let output = outside.moot(&[&["--json", "verify", file], more].concat());
        (output.code, serde_json::from_str::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}")))
    };
    let export = |seat: &Seat, name: &str, more: &[&str]| {
        let file = seat.home.path().join(name).into_os_string().into_string().expect("the path is text");
        let said: Value = seat.home.json(&[&["export", id, "-o", &file], more].concat());
        assert_eq!((&said["verdict"], &said["result"]["result"]), (&"pass".into(), &"adopted".into()), "{said}");
        file
    };
    for (seat, group, more) in [(1, 1, &[][..]), (3, 0, &["--group", "finance", "--full"])] {
        let file = export(&panel.seats[seat], "hours.moot", more);
        let (code, report) = verify(&file, &["--log", &panel.groups[group], "--federation", &federation]);
        assert_eq!(code, Some(0), "{report:#}");
        let shown = &report["matter"];
        assert_eq!((&shown["matter"], &shown["result"], &shown["level"]), (&id.into(), &"adopted".into(), &1.into()));
        let certificate = shown["certificate"].as_array().expect("a list");
        let consents =
            |piece: &Value| piece["says"] == "consent" && piece["entry"].is_u64() && piece["sealed"].is_string();
        assert!(certificate.len() == 2 && certificate.iter().all(consents), "{shown:#}");
        assert_eq!((&shown["enacted"]["level"], &shown["text"]), (&1.into(), &"People sleep.".into()), "{shown:#}");
        let why = ["Neighbours complain.", "Fewer trips."][group];
        assert_eq!(shown["decisions"][0]["why"], why, "the group's own reasons travel with it");

        // Another group's log, another federation, another byte.
        assert_eq!(verify(&file, &["--log", &panel.groups[1 - group]]).0, Some(1));
        assert_eq!(verify(&file, &["--federation", &format!("f{}", "0".repeat(64))]).0, Some(1));
        let mut bytes = std::fs::read(&file).unwrap();
        let at = bytes.windows(13).position(|window| window == b"People sleep.").expect("the text is in it");
        bytes[at] = b'p';
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(verify(&file, &[]).0, Some(1));
    }
    let words = outside.moot(&["verify", &export(&panel.seats[0], "words.moot", &[])]).words();
    for part in ["adopted at level 1 by the consents of all", "Certificate", "logistics consented", "No vans after ten"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    let problem = panel.seats[0].home.refused(&["export", id, "-o", "nothing.moot", "--group", "nobody"]);
    assert_eq!(problem.kind, "not-found", "{}", problem.message);
}

/// A group that opened what does not touch it need not hold the result: its node exports it from a log that does.
fn proves_what_its_own_log_does_not_show(panel: &Panel) {
    let open =
        ["matter", "open", "--group", "assembly", "--title", "Yard", "--text", "T", "--touches", "logistics/charter"];
    let proposal = panel.carry(2, &[&open[..], &["--why", "W"]].concat());
    let assembly = &panel.seats[2].home;
    let view: ProposalView = assembly.api().get(&format!("/v1/proposals/{proposal}")).unwrap();
    let [id] = view.matters.as_slice() else { panic!("{view:?}") };
    let asked = |item: &InboxItem| item.matter.as_ref() == Some(id);
    eventually("logistics is asked", || inbox(&panel.seats[1], "dora").into_iter().find(asked));
    panel.carry(1, &["matter", "stance", id, "--consent", "--why", "W"]);
    let mut files = 0;
    let mut export = |more: &[&str]| {
        files += 1;
        let file = assembly.path().join(format!("yard-{files}.moot")).into_os_string().into_string().unwrap();
        assembly.moot(&[&["export", id, "-o", &file], more].concat()).words()
    };
    let shown = "What the log of logistics shows: ";
    eventually("the log of logistics shows the result", || {
        let words = export(&[]);
        (words.contains(shown) && words.contains("adopted at level 1")).then_some(())
    });
    let words = export(&["--group", "assembly"]);
    assert!(words.contains("This file proves no result. The matter is adopted"), "{words}");
    assert!(words.contains("--group logistics"), "{words}");
}

#[test]
fn a_no_has_a_reason_and_a_consent_may_follow() {
    let panel = Panel::found_with_news("", "60s");
    panel.is_one("all consents are sealed", |federation| federation.exists);
    panel.everywhere("the other logs are there", |seat| seat.groups().len() == 3);
    let id = opened(&panel, &[&OPEN[..], &["--linked"]].concat());
    let asked = |item: &InboxItem| item.matter.as_ref() == Some(&id);
    eventually("logistics is asked", || inbox(&panel.seats[1], "dora").into_iter().find(asked));

    panel.carry(1, &["matter", "stance", &id, "--decline", "--why", "Night trains."]);
    panel.everywhere("the no is known with its reason", |seat| {
        matter(seat, &id).is_some_and(|view| {
            let said = stance(&view, "logistics");
            let why = said.decision.as_ref().and_then(|decision| decision.why.as_deref());
            said.stance == "declines" && why == Some("Night trains.") && said.sealed_at.is_some()
        })
    });
    assert!(!inbox(&panel.seats[1], "dora").iter().any(asked), "it has answered");
    let problem = panel.seats[0].home.refused(&["why", &id, "--wait", "decided", "--timeout", "100ms"]);
    assert_eq!(problem.kind, "timeout");
    let words = panel.seats[0].home.moot(&["matter", "enact", &id]).words();
    assert!(words.contains("Nothing is enacted before it is adopted"), "{words}");

    panel.carry(1, &["matter", "stance", &id, "--consent", "--why", "They run by day now."]);
    for seat in &panel.seats {
        let why: MatterView = seat.home.json(&["why", &id, "--wait", "sealed"]);
        assert_eq!((why.state.as_str(), why.breaches.len()), ("adopted", 0));
        assert!(stance(&why, "finance").enacted.is_some() && stance(&why, "logistics").enacted.is_some(), "{why:?}");
    }
}

#[test]
fn who_mediates_is_told_when_it_is_time_and_rivals_are_named() {
    let panel = Panel::found_with_news("\n[roles.peacemaker]\npurpose = \"Listens.\"\n", "15s");
    panel.is_one("all consents are sealed", |federation| federation.exists);
    let seats =
        ["propose", "--seat", "peacemaker", "--member", "ida", "--until", "+90d", "--title", "Ida", "--why", "W"];
    panel.carry(2, &seats);
    let finance = &panel.seats[0].home;
    let open = ["--as", "ana", "matter", "open", "--dry-run", "--title", "Quiet hours", "--text", "People sleep."];
    let touches = ["--touches", "finance/work", "--touches", "logistics/work", "--mediator", "assembly/peacemaker"];
    let drafts = || finance.moot(&[&open[..], &touches].concat());
    eventually("the draft names who mediates", || {
        drafts().words().contains("with a mediator: peacemaker of assembly (ida)").then_some(())
    });

    // It claims that nobody needs time to decide, so that its dates can be soon.
    let mut drafted: Value = finance.json(&[&open[..], &touches].concat());
    let text = &mut drafted["effects"][0]["open_matter"]["matter"];
    for part in text["parts"].as_array_mut().expect("a list of parts") {
        part["window"] = "0s".into();
    }
    let now = clock::now();
    text["by"] = json!([35, 55, 75].map(|secs| now + Span::from_secs(secs)));
    let file = finance.write("matter.toml", &toml::to_string(&json!({"effects": drafted["effects"]})).unwrap());
    let id = opened(&panel, &["propose", "--title", "Quiet hours", "--why", "W", "--effects", &file]);

    let rival = ["--title", "Loud hours", "--text", "People dance.", "--touches", "logistics/work"];
    panel.everywhere("the matter is known", |seat| matter(seat, &id).is_some_and(|view| view.counts));
    let words = panel.seats[2].home.moot(&[&["--as", "hugo", "matter", "open", "--dry-run"][..], &rival].concat());
    let words = words.words();
    assert!(words.contains("Rivals") && words.contains("(Quiet hours, open)"), "{words}");
    panel.carry(2, &[&["matter", "open", "--why", "W"][..], &rival].concat());
    let named = |item: &InboxItem| item.matter.as_ref() == Some(&id) && item.what.contains("it is a rival of m");
    eventually("logistics reads of the rival where it is asked", || {
        inbox(&panel.seats[1], "emil").into_iter().find(named)
    });

    let mediates = |seat: usize, who: &str| {
        let items = inbox(&panel.seats[seat], who);
        items.into_iter().find(|item| item.kind == "mediate" && item.matter.as_ref() == Some(&id))
    };
    assert!(mediates(2, "ida").is_none(), "the first level is not over");
    let told = eventually("ida reads that it is time", || mediates(2, "ida"));
    assert!(told.what.contains("as 'peacemaker' you mediate until"), "{told:?}");
    assert!(told.what.contains("logistics has not consented yet"), "{told:?}");
    assert!(mediates(2, "hugo").is_none() && mediates(0, "ana").is_none(), "nobody else mediates");
    let words = panel.seats[1].home.moot(&["matter", "show", &id]).words();
    assert!(words.contains("peacemaker of assembly (ida)"), "{words}");
    eventually("ida reads that the level is over and counted", || {
        mediates(2, "ida").filter(|item| item.what.contains("is over: it is counted until"))
    });
    let words = panel.seats[1].home.moot(&["matter", "show", &id]).words();
    assert!(words.contains("level 2 is over and counted until") && words.contains("; then level 3"), "{words}");
}
