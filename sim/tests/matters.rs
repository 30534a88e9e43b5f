//! Matters between groups where more goes wrong than may, and checks that have to find what is planted.

use std::path::Path;

use folkmoot_sim::{Random, campaign::campaign_planted, run, scenario::parse, sim::Planted};

const LIARS: &str = r#"
name = "too-many-liars"
description = "A host shows two branches of its log, and so many witnesses note both that they seal both."
duration = "30h"
[nodes.one]
[nodes.two]
[nodes.three]
[nodes.wana]
[nodes.wben]
[nodes.wcem]
[federation]
name = "all"
purpose = "Being tested."
panel = ["wana", "wben", "wcem"]
timing = { news = "1h", skew = "10m", notes = "1m" }
[groups.liars]
node = "one"
purpose = "Lie."
members = { ana = {} }
domains = { charter = { purpose = "Charter.", people_only = true, rule = { consent = { closing = "1h", minimum = "0s", quorum = "1/1" } } } }
[groups.askers]
node = "two"
purpose = "Ask."
members = { ben = {} }
domains = { charter = { purpose = "Charter.", people_only = true, rule = { consent = { closing = "1h", minimum = "0s", quorum = "1/1" } } } }
[groups.others]
node = "three"
purpose = "Look on."
members = { cem = {} }
domains = { charter = { purpose = "Charter.", people_only = true, rule = { consent = { closing = "1h", minimum = "0s", quorum = "1/1" } } } }

[[steps]]
at = "10m"
as = "ben"
group = "askers"
do = "propose"
proposal = "m"
title = "Open it"
why = "So"
[[steps.effects]]
[steps.effects.open_matter]
title = "M"
text = "Text"
by = ["+4h", "+8h", "+12h"]
[steps.effects.open_matter.parts.liars]
domains = ["charter"]
effects = [{ text = { domain = "charter", text = "Text" } }]

[[steps]]
at = "2h"
as = "ana"
group = "liars"
do = "propose"
proposal = "yes"
title = "Yes"
why = "So"
effects = [{ stance = { matter = "m", consents = true } }]
"#;

/// Faults that give these nodes two faces: one for node `two` and one for node `three`.
fn two_faces(nodes: &[&str]) -> String {
    let sides = r#"sides = [["two"], ["three", "wcem"]]"#;
    let fault = |node: &&str| {
        format!("[[faults]]\nat = \"1h30m\"\nuntil = \"28h\"\nkind = \"two_faces\"\nnode = \"{node}\"\n{sides}\n")
    };
    let cut = format!("[[faults]]\nat = \"1h30m\"\nuntil = \"28h\"\nkind = \"partition\"\n{sides}\n");
    nodes.iter().map(fault).chain([cut]).collect()
}

/// Two of three witnesses seal; where two lie beside the host, two honest replicas see what contradicts itself.
#[test]
fn results_that_contradict_each_other_are_found() {
    let text = format!("{LIARS}{}", two_faces(&["one", "wana", "wben"]));
    let scenario = parse(&text, Path::new("story.toml")).unwrap_or_else(|error| panic!("{error}"));
    let violation = run(&scenario, 0).expect_err("two branches are sealed");
    assert!(violation.what.contains("contradict each other"), "{violation}");
}

/// A host that lies alone is found out, and nobody sees anything that contradicts what others see.
#[test]
fn a_host_that_lies_alone_contradicts_nothing() {
    let text = format!("{LIARS}{}", two_faces(&["one"]));
    let scenario = parse(&text, Path::new("story.toml")).unwrap_or_else(|error| panic!("{error}"));
    for seed in 0..3 {
        let report = run(&scenario, seed).unwrap_or_else(|violation| panic!("{violation}"));
        assert_eq!(report.faults["two_faces"], 1);
    }
}

/// Notes that never came are what a campaign finds by giving a replica all records in another order.
#[test]
fn notes_that_are_lost_are_found() {
    let report = campaign_planted(0..30, &Random::with_matters(), Planted::LosesNotes);
    let found = |text: &str| report.failures.iter().any(|failure| failure.what.contains(text));
    assert!(found("a replica with the same records"), "{:#?}", report.failures);
}
