//! A decision is exported from running nodes, and verified where there is neither node nor network.

use std::fs;

use folkmoot_tests::harness::{GROUPS, Home, Panel, Seat};
use serde_json::Value;

/// Verifies a file in a home without a node; gives back the exit code, the verdict and the whole answer.
fn verify(file: &str, more: &[&str]) -> (Option<i32>, String, Value) {
    let output = Home::new().moot(&[&["--json", "verify", file], more].concat());
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"));
    (output.code, report["verdict"].as_str().expect("there is a verdict").to_owned(), report)
}

fn detail<'a>(report: &'a Value, check: &str) -> &'a str {
    let checks = report["checks"].as_array().expect("there are checks");
    let found = checks.iter().find(|found| found["check"] == check).expect("there is that check");
    found["detail"].as_str().expect("it says why")
}

fn export(seat: &Seat, id: &str, name: &str, more: &[&str]) -> String {
    let file = seat.home.path().join(name).into_os_string().into_string().expect("the path is text");
    let said: Value = seat.home.json(&[&["export", id, "-o", &file], more].concat());
    assert_eq!(said["bytes"], fs::metadata(&file).unwrap().len());
    file
}

#[test]
fn any_node_of_a_federation_proves_a_decision_to_whoever_was_not_there() {
    let panel = Panel::found_with("[times]\ndigest_every = 4\n");
    panel.is_one("all consents are sealed", |federation| federation.exists);
    (0..3).for_each(|_| drop(panel.decide(0, "Meet on Mondays")));
    let id = panel.decide(0, "Buy a ladder");
    panel.everywhere("the decision is sealed", |seat| seat.why(&id).is_some_and(|view| view.sealed));
    let federation = panel.seats[0].federation().unwrap().federation;

    // From its host, and from the node that only witnesses.
    for seat in [&panel.seats[0], &panel.seats[3]] {
        let file = export(seat, &id, "ladder.moot", &[]);
        let known = ["--log", &panel.groups[0], "--federation", &federation];
        let (code, verdict, report) = verify(&file, &known);
        assert_eq!((code, verdict.as_str()), (Some(0), "pass"), "{report:#}");
        assert!(detail(&report, "authority").starts_with("replayed from the state that entry"), "{report:#}");
        assert!(detail(&report, "texts").starts_with("1 of 1 texts are here"), "{report:#}");
        let decision = &report["decision"];
        assert_eq!((&decision["title"], &decision["outcome"]), (&"Buy a ladder".into(), &"passed".into()));
        assert_eq!((&decision["why"], &decision["name"]), (&"Because we agree.".into(), &GROUPS[0].0.into()));
        assert_eq!(verify(&file, &[]).0, Some(0));

        let whole = export(seat, &id, "whole.moot", &["--full"]);
        let (code, _, report) = verify(&whole, &known);
        assert_eq!(code, Some(0), "{report:#}");
        assert!(detail(&report, "authority").starts_with("replayed from the first entry"), "{report:#}");
    }

    // Another federation, a changed byte, another group.
    let file = export(&panel.seats[0], &id, "again.moot", &[]);
    let other = format!("f{}", "0".repeat(64));
    assert_eq!(verify(&file, &["--federation", &other]).0, Some(1));
    assert_eq!(verify(&file, &["--log", &panel.groups[1]]).0, Some(1));
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = panel.seats[0].home.path().join("changed.moot");
    fs::write(&changed, bytes).unwrap();
    let (code, verdict, _) = verify(changed.to_str().unwrap(), &[]);
    assert_eq!((code, verdict.as_str()), (Some(1), "fail"));
    let words = Home::new().moot(&["verify", &file]).words();
    assert!(words.starts_with("pass\n") && words.contains("Compare with what you know"), "{words}");
}

#[test]
fn what_its_people_have_not_seen_is_unresolved_and_what_is_open_has_no_proof() {
    let seat = Seat::start("alone");
    seat.found_group("kitchen", ["ana", "ben"]);
    let propose = ["propose", "--domain", "work", "--title", "Tea", "--text", "Tea at five.", "--why", "We like it."];
    let id = seat.carry(["ana", "ben"], &propose);
    let file = export(&seat, &id, "tea.moot", &[]);
    let (code, verdict, report) = verify(&file, &[]);
    assert_eq!((code, verdict.as_str()), (Some(2), "unresolved"), "{report:#}");
    assert!(detail(&report, "sealing").contains("moot seen"), "{report:#}");
    for member in ["ana", "ben"] {
        seat.home.json::<Value>(&["--as", member, "seen"]);
    }
    let (code, verdict, report) = verify(&export(&seat, &id, "seen.moot", &[]), &[]);
    assert_eq!((code, verdict.as_str()), (Some(0), "pass"), "{report:#}");

    let open: Value = seat.home.json(&[&["--as", "ana"], &propose[..]].concat());
    let open = open["proposal"].as_str().unwrap();
    let problem = seat.home.refused(&["export", open, "-o", "nothing.moot"]);
    assert_eq!(problem.kind, "undecided", "{}", problem.message);
    assert!(!std::path::Path::new("nothing.moot").exists());
    let problem = seat.home.refused(&["export", &id, "-o", &file]);
    assert!(problem.message.contains("exists"), "{}", problem.message);
    assert_eq!(Home::new().moot(&["verify", "/no/such/file"]).code, Some(2));
    assert_eq!(Home::new().moot(&["verify"]).code, Some(2));
}
