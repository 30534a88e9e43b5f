//! `moot demo` as a program sees it.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use folkmoot_tests::harness::moot;
use serde_json::Value;

#[test]
fn the_demo_takes_a_fourth_group_in_and_every_decision_that_it_tells_comes_out_again() {
    let start = Instant::now();
    let output = Command::new(moot()).args(["demo", "--json"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());

    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let all = |event: &str| events.iter().filter(|told| told["event"] == event).collect::<Vec<_>>();
    let decisions = all("decision");
    assert!(decisions.iter().all(|decision| decision["outcome"] == "passed"), "{decisions:?}");
    assert!(decisions.iter().any(|decision| decision["group"] == "workshop" && decision["title"] == "Join the camp"));
    // An early decision of the cook, and an agent's answer.
    let refused: Vec<&Value> = all("refused").iter().map(|refused| &refused["by"]).collect();
    assert_eq!(refused, ["fay", "ledgerbot"]);
    assert_eq!(all("stopped").len(), 4, "each node but the dishonest one stops the forged log");

    let done = &events[events.len() - 1];
    assert_eq!((&done["event"], &done["digests_equal"]), (&"done".into(), &true.into()));
    assert_eq!((&done["nodes"], &done["groups"]), (&5.into(), &4.into()));
    assert_eq!((&done["decisions"], &done["verified"]), (&decisions.len().into(), &decisions.len().into()));
}
