//! Every scenario file runs and ends as it says.

use std::path::PathBuf;

use folkmoot_sim::{Report, Scenario, load, run};

fn scenario(file: &str) -> Scenario {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios").join(file);
    load(&path).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a file with its own seed and a few others: how it ends must not depend on luck.
fn play(file: &str) -> Report {
    let scenario = scenario(file);
    let mut first = None;
    for seed in [scenario.seed, 1, 2, 3] {
        let report = run(&scenario, seed).unwrap_or_else(|violation| panic!("{violation}"));
        let missed: Vec<_> = report.expectations.iter().filter(|expectation| !expectation.met).collect();
        assert!(
            report.is_as_expected(),
            "seed {seed}: {missed:#?}\n{:#?}\n{:#?}",
            report.proposals,
            report.differences
        );
        first.get_or_insert(report);
    }
    first.expect("it ran")
}

#[test]
fn rounds() {
    let report = play("rounds.toml");
    let lot = report.rounds.iter().find(|round| round.label == "hall").expect("it was opened");
    assert_eq!(lot.shares.values().collect::<Vec<_>>(), [&[1], &[1]], "two evenings, each as a whole");
}

#[test]
fn three_groups() {
    let report = play("three-groups.toml");
    assert_eq!(report.proposals.len(), 5);
}

#[test]
fn partition() {
    let report = play("partition.toml");
    assert_eq!(report.faults["partition"], 1);
    assert!(report.faults["loss"] > 0 && report.faults["delay"] > 0);
}

#[test]
fn crash() {
    let report = play("crash.toml");
    assert_eq!(report.faults["crash"], 3);
    assert!(report.lost_records > 0, "a crash lost what was not synced");
}

#[test]
fn joining() {
    let report = play("joining.toml");
    assert_eq!(report.faults["crash"], 1);
}

#[test]
fn leaving() {
    play("leaving.toml");
}

#[test]
fn moving() {
    let report = play("moving.toml");
    assert_eq!(report.faults["crash"], 1);
}

#[test]
fn a_matter_to_which_all_consent() {
    let report = play("matter-consent.toml");
    assert_eq!(report.matters[0].consents.len(), 3);
}

#[test]
fn a_matter_that_goes_through_three_levels() {
    let report = play("matter-levels.toml");
    assert_eq!(report.matters[0].consents.len(), 3);
    assert!(!report.matters[0].consents.iter().any(|group| group.as_str() == "finance"), "it is bound all the same");
}

#[test]
fn three_of_four_groups_without_the_weight() {
    let report = play("matter-weights.toml");
    assert_eq!(report.matters[0].consents.len(), 3);
}

#[test]
fn rivals() {
    let report = play("matter-rivals.toml");
    assert_eq!(report.matters[1].consents, []);
}

#[test]
fn a_week_without_each_other() {
    play("matter-cut.toml");
}

#[test]
fn two_stewards_promise_together() {
    let report = play("terms-two-stewards.toml");
    assert_eq!(report.deals.len(), 3);
    assert!(report.deals.iter().all(|deal| deal.label == "ask" || deal.closed == "commits"), "{:?}", report.deals);
}

#[test]
fn a_hold_ends_when_its_group_chose() {
    play("terms-hold.toml");
}

#[test]
fn terms_settle_after_a_week_without_each_other() {
    let report = play("terms-cut.toml");
    let closed: Vec<&str> = report.deals.iter().map(|deal| deal.closed).collect();
    assert_eq!(closed, ["lapses", "commits", "commits"]);
}

/// An expectation about terms or a resource that does not come true shows.
#[test]
fn terms_that_end_otherwise_show() {
    let mut scenario = scenario("terms-hold.toml");
    for expectation in &mut scenario.expect {
        expectation.deal = expectation.deal.as_ref().map(|_| "broken".to_owned());
        expectation.promised = expectation.promised.map(|amount| amount + 1);
    }
    let report = run(&scenario, 0).unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!(report.expectations.iter().filter(|expectation| !expectation.met).count(), 5);
}

/// An expectation about a matter that does not come true shows.
#[test]
fn a_matter_that_ends_otherwise_shows() {
    let mut scenario = scenario("matter-levels.toml");
    let wrong = scenario.expect.iter_mut().find(|expectation| expectation.matter.is_some()).expect("there is one");
    (wrong.level, wrong.enacted_by) = (Some(2), Some(Vec::new()));
    let report = run(&scenario, 0).unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!(report.expectations.iter().filter(|expectation| !expectation.met).count(), 2);
}

#[test]
fn late_objection() {
    play("late-objection.toml");
}

#[test]
fn agent() {
    let report = play("agent.toml");
    assert_eq!(report.refused.len(), 3);
}

/// Every file in the folder, so that none is forgotten; those without faults and peers also with another seed.
#[test]
fn every_file_plays() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let names = files.map(|file| file.expect("it can be listed").file_name().into_string().expect("it is UTF-8"));
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".toml")).collect();
    names.sort();
    assert!(names.len() >= 21, "{names:?}");
    for name in names {
        let scenario = scenario(&name);
        let seeds = if scenario.nodes.len() == 1 { vec![scenario.seed, 7] } else { vec![scenario.seed] };
        for seed in seeds {
            let report = run(&scenario, seed).unwrap_or_else(|violation| panic!("{violation}"));
            let missed: Vec<_> = report.expectations.iter().filter(|expectation| !expectation.met).collect();
            assert!(report.is_as_expected(), "{name}, seed {seed}: {missed:#?}");
            assert!(!scenario.expect.is_empty(), "{name} expects nothing");
        }
    }
}

#[test]
fn what_is_refused_on_every_rung_says_why() {
    for (file, reasons) in [
        ("consult.toml", ["awaited from cem, dora", "is not eligible", "must weigh 2 pieces of advice"].as_slice()),
        ("objection-test.toml", &["no domain whose rule lets you test it", "needs a reason", "each says so once"]),
        ("then-vote.toml", &["was sent to a vote after its last version"]),
        ("limits.toml", &["too many open proposals of one member: at most 2", "too many open call-ins"]),
        ("supersede-retire-review.toml", &["is in the domain 'money', not 'menu'", "no agreement"]),
    ] {
        let scenario = scenario(file);
        let report = run(&scenario, scenario.seed).unwrap_or_else(|violation| panic!("{violation}"));
        for reason in reasons {
            assert!(report.refused.iter().any(|refused| refused.reason.contains(reason)), "{file}: {reason}");
        }
    }
}

#[test]
fn a_story_scaled_down_ends_the_same() {
    for file in ["three-groups.toml", "late-objection.toml", "final-period-hold.toml", "then-vote.toml", "eras.toml"] {
        let mut scenario = scenario(file);
        scenario.scale_down(600);
        let report = run(&scenario, 0).unwrap_or_else(|violation| panic!("{violation}"));
        let missed: Vec<_> = report.expectations.iter().filter(|e| !e.met && !e.expected.contains(" ends ")).collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}
