//! The simulator itself: it is deterministic, it finds planted bugs, and a file that is wrong says where.

use std::path::Path;

use folkmoot_sim::{Random, campaign::campaign_planted, run, scenario::parse, sim::Planted};

#[test]
fn the_same_seed_gives_the_same_trace() {
    let scenario = Random { seed: 5, ..Random::default() }.scenario().unwrap();
    let [first, second] = [(), ()].map(|()| run(&scenario, 5).unwrap_or_else(|violation| panic!("{violation}")));
    assert_eq!(first, second);
    assert!(first.trace.len() > 100, "something happened");
    let other = run(&scenario, 6).unwrap_or_else(|violation| panic!("{violation}"));
    assert_ne!(first.trace_hash, other.trace_hash);
}

#[test]
fn a_disk_that_lies_is_found() {
    let report = campaign_planted(0..20, &Random::default(), Planted::DiskLies);
    let found = |text: &str| report.failures.iter().any(|failure| failure.what.contains(text));
    assert!(found("has lost it"), "a statement with a receipt is lost: {:#?}", report.failures);
}

#[test]
fn a_node_that_goes_on_before_it_has_synced_is_found() {
    let report = campaign_planted(0..3, &Random::default(), Planted::GoesOnBeforeSync);
    assert_eq!(report.failures.len(), 3);
    assert!(report.failures.iter().all(|failure| failure.what.contains("not durable")), "{:#?}", report.failures);
}

#[test]
fn a_node_that_sleeps_through_the_end_of_a_proposal_is_found() {
    let report = campaign_planted(0..3, &Random::default(), Planted::Oversleeps);
    assert_eq!(report.failures.len(), 3);
    assert!(report.failures.iter().any(|failure| failure.what.contains("past its end")), "{:#?}", report.failures);
}

const HEAD: &str = r#"
name = "x"
description = "x"
duration = "1h"
[nodes.alpha]
[groups.one]
node = "alpha"
purpose = "One."
members = { ana = {} }
domains = { charter = { purpose = "Charter.", people_only = true, rule = { consent = { quorum = "1/2" } } } }
"#;

fn error(more: &str) -> String {
    parse(&format!("{HEAD}{more}"), Path::new("story.toml")).map(drop).expect_err("it is wrong").to_string()
}

#[test]
fn a_wrong_file_says_where_and_what() {
    let cases = [
        ("[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"agree\"\n", "needs proposal"),
        ("[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"two\"\ndo = \"seen\"\n", "'two' is not one of [groups]"),
        ("[[steps]]\nat = \"1m\"\nas = \"zoe\"\ngroup = \"one\"\ndo = \"seen\"\n", "'zoe' is no member of 'one'"),
        ("[[steps]]\nat = \"2h\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"seen\"\n", "after the end"),
        ("[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"dance\"\n", "unknown variant `dance`"),
        (
            "[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"agree\"\nproposal = \"p\"\n",
            "no earlier step proposes 'p'",
        ),
        ("[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"seen\"\nwhy = \"so\"\n", "'seen' has no 'why'"),
        (
            "[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"test\"\nobjection = \"o\"\n",
            "needs qualifies = true or false",
        ),
        (
            "[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"seen\"\nweighs = []\n",
            "'seen' has no 'weighs'",
        ),
        ("[[expect]]\nagreement = \"p\"\n", "belong together"),
        ("[[expect]]\nagreement = \"p\"\nstate = \"retired\"\n", "no step proposes 'p'"),
        ("[[faults]]\nat = \"1m\"\nfor = \"1m\"\nkind = \"loss\"\n", "faults[0]"),
        ("[[faults]]\nat = \"1m\"\nfor = \"1m\"\nkind = \"crash\"\nnode = \"beta\"\n", "'beta' is not one of [nodes]"),
        (
            "[federation]\nname = \"all\"\npurpose = \"x\"\npanel = [\"alpha\"]\nweights = { oen = 3 }\n",
            "federation.weights: 'oen' is not one of the federation's groups",
        ),
        (
            "[federation]\nname = \"all\"\npurpose = \"x\"\npanel = [\"alpha\"]\nescalates_to = { one = \"oen\" }\n",
            "federation.escalates_to: 'oen' is not one of the federation's groups",
        ),
        ("[[expect]]\nproposal = \"p\"\noutcome = \"passed\"\n", "no step proposes 'p'"),
        ("[[expect]]\nproposal = \"p\"\noutcome = \"won\"\n", "unknown variant `won`"),
        ("[groups.two]\nnode = \"beta\"\ncharter = \"missing.toml\"\n", "missing.toml: cannot be read"),
        ("[groups.two]\nnode = \"alpha\"\npurpose = \"x\"\ncolour = \"red\"\n", "unknown field `colour`"),
        ("colour = \"red\"\n", "unknown field `colour`"),
    ];
    for (more, part) in cases {
        let error = error(more);
        assert!(
            error.contains(part) && error.contains("missing.toml") | error.starts_with("story.toml"),
            "{more}\n{error}"
        );
    }
    let effect = "[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"propose\"\nproposal = \"p\"\ntitle = \"T\"\nwhy = \"W\"\n";
    let wrong = error(&format!("{effect}effects = [{{ sing = {{}} }}]\n"));
    assert!(
        wrong.contains("steps[0] (ana propose at 1m), effects") || wrong.contains("unknown variant `sing`"),
        "{wrong}"
    );
}

#[test]
fn a_step_that_is_taken_though_it_should_be_refused_shows() {
    let step = "[[steps]]\nat = \"1m\"\nas = \"ana\"\ngroup = \"one\"\ndo = \"seen\"\nrefused = \"conflict\"\n";
    let scenario = parse(&format!("{HEAD}{step}"), Path::new("story.toml")).unwrap();
    let report = run(&scenario, 0).unwrap_or_else(|violation| panic!("{violation}"));
    assert!(!report.is_as_expected());
}

#[test]
fn members_who_join_roles_that_change_and_texts_that_are_erased() {
    let steps = r#"
[[steps]]
at = "1m"
as = "ana"
group = "one"
do = "propose"
proposal = "bea"
title = "Bea joins"
why = "She helps."
effects = [
    { set_member = { name = "bea" } },
    { set_role = { name = "cook", purpose = "Cooks.", holders = [{ member = "bea", until = "+7d" }, { member = "ana", until = "+1d" }] } },
    { set_domain = { name = "food", purpose = "Food.", owner = "role:cook", rule = { delegate = { closing = "10m" } } } },
]
[[steps]]
at = "30m"
as = "bea"
group = "one"
do = "propose"
proposal = "soup"
title = "Soup"
why = "It is cold outside."
effects = [{ text = { domain = "food", text = "Soup today." } }]
[[steps]]
at = "31m"
as = "bea"
group = "one"
do = "agree"
proposal = "soup"
why = "I cook it."
[[steps]]
at = "32m"
as = "bea"
group = "one"
do = "erase"
proposal = "soup"
[[steps]]
at = "33m"
as = "ana"
group = "one"
do = "propose"
proposal = "forget"
title = "Forget why Bea joined"
why = "She asked for it."
effects = [{ erase = { why = "bea" } }]
[[steps]]
at = "34m"
as = "bea"
group = "one"
do = "agree"
proposal = "forget"
[[expect]]
proposal = "forget"
outcome = "passed"
[[expect]]
proposal = "bea"
outcome = "passed"
[[expect]]
proposal = "soup"
outcome = "passed"
decided_by = "bea"
"#;
    let text = format!("{HEAD}{steps}").replace(r#"quorum = "1/2""#, r#"minimum = "5m", quorum = "1/2""#);
    let scenario = parse(&text, Path::new("story.toml")).unwrap_or_else(|error| panic!("{error}"));
    let report = run(&scenario, 0).unwrap_or_else(|violation| panic!("{violation}"));
    assert!(report.is_as_expected(), "{:#?}", report.expectations);
}
