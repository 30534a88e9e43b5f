//! Campaigns: many made-up scenarios, with a seed for each failure.

use folkmoot_sim::{CampaignReport, Random, Soak, campaign};

fn finds_nothing(report: &CampaignReport) {
    println!("{}", serde_json::to_string_pretty(report).expect("a report is JSON"));
    let failures: Vec<String> = report.failures.iter().map(|f| format!("seed {}: {}", f.seed, f.what)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(report: &CampaignReport) {
    finds_nothing(report);
    assert_eq!(report.silent_faults(), Vec::<&str>::new(), "every kind of fault must have fired");
    assert!(report.lost_records > 0, "some crash must have lost what was not synced");
}

#[test]
fn a_short_campaign_finds_nothing() {
    check(&campaign(0..30, &Random::default()));
}

/// Three seats, one of them with a clock further ahead than the skew: the others' logs are sealed all the same.
#[test]
fn one_clock_that_is_far_ahead_stops_nobody_else() {
    for seed in [43, 314] {
        let report = campaign(seed..seed + 1, &Random::default());
        assert!(report.failures.is_empty(), "{:?}", report.failures);
    }
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn a_long_campaign_finds_nothing() {
    let seeds = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    let report = campaign(0..seeds, &Random::default());
    check(&report);
    assert_eq!(report.silent_rules(), Vec::<&str>::new(), "every rule must have fired in {} seeds", report.runs);
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn long_campaigns_of_other_shapes_find_nothing() {
    let seeds: u64 = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(200);
    for (nodes, groups, members, steps) in [(1, 2, 3, 40), (2, 5, 3, 60), (4, 2, 5, 60), (7, 3, 6, 100), (5, 1, 8, 60)]
    {
        let shape = Random { seed: 0, nodes, groups, members, steps, matters: 0, terms: 0, rounds: 0 };
        let report = campaign(0..seeds, &shape);
        println!("{shape:?}: {} events, {:?}, {:?}", report.events, report.faults, report.outcomes);
        let failures: Vec<String> = report.failures.iter().map(|f| format!("seed {}: {}", f.seed, f.what)).collect();
        assert!(failures.is_empty(), "{shape:?}\n{}", failures.join("\n"));
    }
}

#[test]
fn a_year_is_lived_through() {
    let soak = Soak { seed: 7, years: 1 };
    let report = soak.run().unwrap_or_else(|what| panic!("{what}"));
    assert_eq!(report.years.len(), 1);
    for rule in
        ["key added", "key revoked", "log key changed", "member joined", "member removed", "agreement superseded"]
    {
        assert!(report.fired.contains_key(rule), "{rule} did not happen: {:?}", report.fired);
    }
    assert!(report.outcomes["passed"] > 50, "{:?}", report.outcomes);
}

#[test]
#[ignore = "nine years: CI runs it in release"]
fn long_campaign_of_nine_years_leaves_no_growing_state() {
    let report = Soak { seed: 1, years: 9 }.run().unwrap_or_else(|what| panic!("{what}"));
    for year in &report.years {
        println!("{year:?}");
    }
    assert_eq!(report.years.len(), 9);
}

/// Matters between groups, with hosts that lie among the faults.
fn of_matters(nodes: usize) -> Random {
    Random { nodes, ..Random::with_matters() }
}

/// A host whose clock is further off than the skew from its witnesses': it signs nothing, and its proposals wait for that.
#[test]
fn a_host_whose_clock_is_far_off_may_leave_proposals_open() {
    for seed in [2217, 2591, 3864] {
        let report = campaign(seed..seed + 1, &of_matters(5));
        assert!(report.failures.is_empty(), "{:?}", report.failures);
    }
}

#[test]
fn a_short_campaign_of_matters_finds_nothing() {
    finds_nothing(&campaign(0..12, &of_matters(5)));
}

/// Panels of seven and eight, of whom one may lie, and does.
#[test]
fn a_short_campaign_of_matters_on_a_large_panel_finds_nothing() {
    finds_nothing(&campaign(0..3, &of_matters(8)));
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn a_long_campaign_of_matters_finds_nothing() {
    let seeds = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    let report = campaign(0..seeds, &of_matters(5));
    check(&report);
    let figures = &report.matters;
    assert!(report.faults.contains_key("two_faces"), "some host must have lied");
    assert_eq!(figures.adopted.keys().copied().collect::<Vec<_>>(), [1, 2, 3], "{figures:?}");
    assert!(figures.not_adopted > 0 && figures.enacted > 0, "{figures:?}");
    assert!(figures.by_away.values().any(|away| away.in_doubt > 0) && figures.in_doubt_by_lies > 0, "{figures:?}");
}

/// Here nodes with two faces have seats: hostile witnesses, as many as the panel withstands.
#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn a_long_campaign_of_matters_with_hostile_witnesses_finds_nothing() {
    let seeds = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    let report = campaign(0..seeds, &of_matters(8));
    finds_nothing(&report);
    assert!(report.faults.contains_key("two_faces"), "some host must have lied");
    let adopted: Vec<u8> = report.matters.adopted.keys().copied().collect();
    assert_eq!(adopted, [1, 2, 3], "{:?}", report.matters);
}

/// Matters that settle negotiations, beside others about the same resources.
fn of_settling(nodes: usize) -> Random {
    Random { nodes, ..Random::with_settling() }
}

#[test]
fn a_short_campaign_of_settling_finds_nothing() {
    finds_nothing(&campaign(0..8, &of_settling(5)));
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn a_long_campaign_of_settling_finds_nothing() {
    let seeds = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(250);
    let report = campaign(0..seeds, &of_settling(5));
    finds_nothing(&report);
    for what in ["settled", "commits", "taken"] {
        assert!(report.negotiations.get(what).is_some_and(|times| *times > 0), "{what}: {:?}", report.negotiations);
    }
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn long_campaigns_of_other_shapes_of_matters_find_nothing() {
    let seeds: u64 = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(100);
    for shape in [of_matters(8), Random { groups: 7, ..of_matters(9) }, of_matters(3)] {
        let report = campaign(0..seeds, &shape);
        println!("{shape:?}: {} events, {:?}, {:?}", report.events, report.faults, report.matters);
        let failures: Vec<String> = report.failures.iter().map(|f| format!("seed {}: {}", f.seed, f.what)).collect();
        assert!(failures.is_empty(), "{shape:?}\n{}", failures.join("\n"));
    }
}

/// Negotiations about resources, with hosts that lie among the faults.
fn of_resources(nodes: usize) -> Random {
    Random { nodes, ..Random::with_resources() }
}

#[test]
fn a_short_campaign_of_negotiations_finds_nothing() {
    finds_nothing(&campaign(0..12, &of_resources(5)));
}

/// Two commits within one note: what shows the one shows the other, and is cited once.
#[test]
fn what_is_said_within_one_note_is_heard() {
    let report = campaign(5..6, &Random { matters: 3, ..of_resources(5) });
    assert!(report.failures.is_empty(), "{:?}", report.failures);
}

/// Panels of seven, of whom one may lie, and does.
#[test]
fn a_short_campaign_of_negotiations_on_a_large_panel_finds_nothing() {
    finds_nothing(&campaign(0..3, &of_resources(8)));
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn a_long_campaign_of_negotiations_finds_nothing() {
    let seeds = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    let report = campaign(0..seeds, &of_resources(5));
    check(&report);
    assert!(report.faults.contains_key("two_faces"), "some host must have lied");
    let silent = report.silent_negotiations();
    assert_eq!(silent, Vec::<&str>::new(), "everything must have happened in {} seeds", report.runs);
}

/// Rounds that divide resources, with hosts that lie among the faults.
fn of_rounds(nodes: usize) -> Random {
    Random { nodes, ..Random::with_rounds() }
}

#[test]
fn a_short_campaign_of_rounds_finds_nothing() {
    finds_nothing(&campaign(0..12, &of_rounds(5)));
}

/// Panels of seven, of whom one may lie, and does.
#[test]
fn a_short_campaign_of_rounds_on_a_large_panel_finds_nothing() {
    finds_nothing(&campaign(0..3, &of_rounds(8)));
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn a_long_campaign_of_rounds_finds_nothing() {
    let seeds = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    let report = campaign(0..seeds, &of_rounds(5));
    check(&report);
    assert!(report.faults.contains_key("two_faces"), "some host must have lied");
    let mut silent = report.silent_negotiations();
    silent.retain(|what| what.starts_with("round"));
    assert_eq!(silent, Vec::<&str>::new(), "everything must have happened in {} seeds", report.runs);
}

#[test]
#[ignore = "a long campaign: CI runs it in release"]
fn long_campaigns_of_other_shapes_of_negotiations_find_nothing() {
    let seeds: u64 = std::env::var("FOLKMOOT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(100);
    let both = Random { matters: 3, ..of_resources(5) };
    for shape in [of_resources(8), Random { groups: 7, terms: 12, ..of_resources(9) }, of_resources(3), both] {
        let report = campaign(0..seeds, &shape);
        println!("{shape:?}: {} events, {:?}, {:?}", report.events, report.faults, report.negotiations);
        let failures: Vec<String> = report.failures.iter().map(|f| format!("seed {}: {}", f.seed, f.what)).collect();
        assert!(failures.is_empty(), "{shape:?}\n{}", failures.join("\n"));
    }
}
