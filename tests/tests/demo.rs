//! `moot demo` as a program sees it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use folkmoot_protocol::time::{Span, Timestamp};
use folkmoot_tests::harness::moot;
use serde_json::Value;

#[test]
fn the_demo_takes_a_fourth_group_in_and_every_decision_that_it_tells_comes_out_again() {
    let start = Instant::now();
    let logs = tempfile::tempdir().unwrap();
    let output = Command::new(moot()).args(["demo", "--json", "--keep"]).arg(logs.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());

    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let all = |event: &str| events.iter().filter(|told| told["event"] == event).collect::<Vec<_>>();
    let decisions = all("decision");
    assert!(decisions.iter().all(|decision| decision["outcome"] == "passed"), "{decisions:?}");
    assert!(decisions.iter().any(|decision| decision["group"] == "workshop" && decision["title"] == "Join the camp"));
    assert!(decisions.iter().any(|decision| decision["title"] == "A speaker for half a year"));
    // An early decision of the cook, and an agent's answer.
    let refused: Vec<&Value> = all("refused").iter().map(|refused| &refused["by"]).collect();
    assert_eq!(refused, ["fay", "ledgerbot"]);
    assert_eq!(all("stopped").len(), 4, "each node but the dishonest one stops the forged log");

    let [matter] = all("matter")[..] else { panic!("{told}") };
    assert_eq!((&matter["level"], &matter["mediator"]), (&3.into(), &"caretaker of assembly (hana)".into()));

    let done = &events[events.len() - 1];
    assert_eq!((&done["event"], &done["digests_equal"]), (&"done".into(), &true.into()));
    assert_eq!((&done["nodes"], &done["groups"]), (&5.into(), &4.into()));
    assert_eq!((&done["decisions"], &done["verified"]), (&decisions.len().into(), &decisions.len().into()));

    assert_eq!((&done["matters"], &done["contradictions"]), (&1.into(), &0.into()));
    assert_eq!(done["overcommitted"], 0);

    let files = std::fs::read_dir(logs.path()).unwrap().map(|file| file.unwrap().path());
    let proofs: Vec<_> = files.filter(|file| file.extension().is_some_and(|is| is == "proof")).collect();
    assert_eq!(proofs.len(), decisions.len());
    let verified = |file: &PathBuf| Command::new(moot()).arg("verify").arg(file).output().unwrap().status.success();
    assert!(proofs.iter().all(verified), "{proofs:?}");
    other_charters(logs.path());
}

/// The demo's history under its own charters, and the assembly's where dates are decided by consent.
fn other_charters(logs: &Path) {
    let charters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/src/demo/story/charters");
    for group in ["assembly", "finance", "logistics", "workshop"] {
        let found = simulate(&charters.join(group).with_extension("toml"), &logs.join(group).with_extension("log"));
        let decisions = found["decisions"].as_array().unwrap();
        assert!(decisions.iter().all(|decision| decision["differs"] == "nothing"), "{found}");
        assert!(decisions.len() > 1 && found["notes"] == serde_json::json!([]), "{found}");
    }
    let vote = std::fs::read_to_string(charters.join("assembly.toml")).unwrap();
    let consent = vote.replace(
        r#"{ vote = { yes = { at_least = "2/3" }, quorum = "3/4", closing = "5m", minimum = "0s" } }"#,
        r#"{ consent = { quorum = "3/4", closing = "5m", minimum = "0s" } }"#,
    );
    assert_ne!(vote, consent);
    let file = logs.join("consent.toml");
    std::fs::write(&file, consent).unwrap();
    let found = simulate(&file, &logs.join("assembly.log"));
    let otherwise = |decision: &&Value| decision["differs"] != "nothing";
    let differ: Vec<&Value> = found["decisions"].as_array().unwrap().iter().filter(otherwise).collect();
    assert_eq!(differ.len(), 1, "{found}");
    // Ivo's no blocks where dates are decided by consent, and the window then runs to its end.
    assert_eq!((&differ[0]["title"], &differ[0]["differs"]), (&"Begin on 3 August".into(), &"outcome".into()));
    assert_eq!(differ[0]["would_be"]["outcome"], "not passed");
    assert_eq!(differ[0]["would_be"]["why"], serde_json::json!(["dates: an objection stands"]));
    let [opened, closes] = [&differ[0]["opened"], &differ[0]["would_be"]["at"]]
        .map(|time| time.as_str().unwrap().parse::<Timestamp>().unwrap());
    assert_eq!(closes.since(opened), Span::from_secs(300));
}

fn simulate(charter: &Path, history: &Path) -> Value {
    let output = Command::new(moot())
        .args(["simulate", "--json", "--charter"])
        .arg(charter)
        .arg("--history")
        .arg(history)
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
