//! Campaigns: many made-up scenarios, with a seed for each failure.

use folkmoot_sim::{CampaignReport, Random, campaign};

fn check(report: &CampaignReport) {
    println!("{}", serde_json::to_string_pretty(report).expect("a report is JSON"));
    let failures: Vec<String> = report.failures.iter().map(|f| format!("seed {}: {}", f.seed, f.what)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(report.silent_faults(), Vec::<&str>::new(), "every kind of fault must have fired");
    assert!(report.lost_records > 0, "some crash must have lost what was not synced");
}

#[test]
fn a_short_campaign_finds_nothing() {
    check(&campaign(0..30, &Random::default()));
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn a_long_campaign_finds_nothing() {
    let seeds = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    check(&campaign(0..seeds, &Random::default()));
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn long_campaigns_of_other_shapes_find_nothing() {
    let seeds: u64 = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(200);
    for (nodes, groups, members, steps) in [(1, 2, 3, 40), (2, 5, 3, 60), (4, 2, 5, 60), (7, 3, 6, 100), (5, 1, 8, 60)]
    {
        let shape = Random { seed: 0, nodes, groups, members, steps };
        let report = campaign(0..seeds, &shape);
        println!("{shape:?}: {} events, {:?}, {:?}", report.events, report.faults, report.outcomes);
        let failures: Vec<String> = report.failures.iter().map(|f| format!("seed {}: {}", f.seed, f.what)).collect();
        assert!(failures.is_empty(), "{shape:?}\n{}", failures.join("\n"));
    }
}
