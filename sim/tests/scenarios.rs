//! Every scenario file runs and ends as it says.

use std::path::PathBuf;

use folkmoot_sim::{Report, load, run};

fn play(file: &str) -> Report {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios").join(file);
    let scenario = load(&path).unwrap_or_else(|error| panic!("{error}"));
    let report = run(&scenario, scenario.seed).unwrap_or_else(|violation| panic!("{violation}"));
    let missed: Vec<_> = report.expectations.iter().filter(|expectation| !expectation.met).collect();
    assert!(report.is_as_expected(), "{missed:#?}\n{:#?}\n{:#?}", report.proposals, report.differences);
    report
}

#[test]
fn three_groups() {
    let report = play("three-groups.toml");
    assert_eq!(report.proposals.len(), 5);
}
