//! The life of a charter on the command line: from a template, checked, founded, compared, changed, and looked back at.

use std::process::Command;

use folkmoot_node::control::view::ProposalView;
use folkmoot_tests::harness::{Home, NodeProcess, moot};
use serde_json::{Value, json};

/// A group founded from a template, in a home with the keys of both members.
struct Commons {
    home: Home,
    file: String,
    _node: NodeProcess,
}

impl Commons {
    fn new() -> Self {
        let home = Home::new();
        let node = home.node();
        ["ana", "ben"].iter().for_each(|name| drop(home.id(name)));
        let file = home.path().join("commons.toml").into_os_string().into_string().unwrap();
        let members = ["--member", "ana", "--member", "ben"];
        home.json::<Value>(
            &[&["charter", "new", "commons", "--template", "product-commons", "-o", &file], &members[..]].concat(),
        );
        // A decision is taken as soon as both have answered.
        let text = std::fs::read_to_string(&file).unwrap();
        home.write(
            "commons.toml",
            &text.replace(r#"minimum = "3d", "#, "").replace("quorum =", r#"minimum = "0s", quorum ="#),
        );
        home.json::<Value>(&["--as", "ana", "group", "found", &file]);
        Self { home, file, _node: node }
    }

    /// The charter file with something replaced.
    fn edited(&self, name: &str, from: &str, to: &str) -> String {
        let text = std::fs::read_to_string(&self.file).unwrap();
        assert!(text.contains(from), "{text}");
        self.home.write(name, &text.replace(from, to))
    }
}

const PURPOSE: &str = "What is built next, and what is not.";
const ROADMAP: &str = r#"rule = { consent = { closing = "7d", minimum = "0s", quorum = "1/2", versions = 3"#;

#[test]
fn a_charter_from_a_template_stands_and_is_the_one_in_force() {
    let commons = Commons::new();
    let checked: Value = commons.home.json(&["charter", "check", &commons.file]);
    assert_eq!((&checked["ok"], &checked["people"]), (&json!(true), &json!(2)));
    let in_force: Value = commons.home.json(&["charter", "check", "commons"]);
    assert_eq!(in_force["findings"], checked["findings"]);
    let same: Value = commons.home.json(&["charter", "diff", "commons", &commons.file]);
    assert_eq!(same, json!({"same": true, "changes": [], "effects": [], "notes": []}));
    let templates: Vec<Value> = commons.home.json(&["charter", "templates"]);
    assert_eq!(templates.len(), 5);
}

#[test]
fn findings_are_printed_and_only_errors_fail() {
    let commons = Commons::new();
    let warned = commons.edited("warned.toml", r#"stakes = "low""#, r#"stakes = "high""#);
    let checked: Value = commons.home.json(&["charter", "check", &warned]);
    let found = |value: &Value, severity: &str| -> Vec<String> {
        let findings = value["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == severity);
        findings.map(|finding| finding["where"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((found(&checked, "error").len(), &checked["ok"]), (0, &json!(true)));

    let broken = commons.edited("broken.toml", "[participation]\n", "[participation]\ncall_ins = 0\n");
    let output = Command::new(moot())
        .args(["--home", commons.home.path().to_str().unwrap(), "--json", "charter", "check", &broken])
        .output()
        .unwrap();
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &checked["ok"]), (Some(1), &json!(false)));
    assert_eq!(found(&checked, "error"), ["participation.call_ins"]);
    let words = commons.home.moot(&["charter", "check", &warned]).words();
    assert!(words.contains("moot group found"), "{words}");
}

#[test]
fn a_difference_becomes_a_proposal_and_a_part_of_its_domain_s_history() {
    let commons = Commons::new();
    let home = &commons.home;
    let new = commons.edited("new.toml", PURPOSE, "What is built next.");
    let effects = home.path().join("effects.toml").into_os_string().into_string().unwrap();
    let diff: Value = home.json(&["charter", "diff", "commons", &new, "--effects", &effects]);
    let field = json!({"field": "purpose", "was": PURPOSE, "becomes": "What is built next."});
    let change =
        json!({"where": "domains.roadmap", "fields": [field], "effect": "domain", "passes": ["charter", "roadmap"]});
    assert_eq!(diff["changes"], json!([change]));

    let propose = ["--as", "ana", "propose", "--title", "Shorter", "--effects", &effects, "--why", "Nobody reads it."];
    let view: ProposalView = home.json(&propose);
    let open: Value = home.json(&["show", "domain:roadmap"]);
    assert_eq!(open["open"][0]["proposal"], view.proposal.as_str());
    assert_eq!(open["changes"].as_array().map(Vec::len), Some(1), "{open}");
    home.json::<Value>(&["--as", "ben", "agree", &view.proposal]);
    let passed: Value = home.json(&["show", "domain:roadmap"]);
    assert_eq!((&passed["open"], &passed["now"]["purpose"]), (&json!([]), &json!("What is built next.")));
    assert_eq!(passed["changes"][1]["proposal"], view.proposal.as_str(), "{passed}");
    assert_eq!(home.json::<Value>(&["charter", "diff", "commons", &new])["same"], true);

    let member: Value = home.json(&["show", "member:ana", "--group", "commons"]);
    assert_eq!(member["changes"][0]["what"], "a member");
    let role = home.moot(&["show", "role:steward"]).words();
    assert!(role.contains("hosting-costs: delegate") && role.contains("ben (until "), "{role}");
    let rule = home.moot(&["show", "rule:roadmap"]).words();
    assert!(rule.contains("consent: no objection stands") && rule.contains("(the founding)"), "{rule}");
    assert!(home.refused(&["show", "domain:nowhere"]).message.contains("roadmap"));
}

#[test]
fn the_node_s_history_runs_again_under_another_charter() {
    let commons = Commons::new();
    let home = &commons.home;
    let text = ["--domain", "roadmap", "--title", "Search", "--text", "We build search.", "--why", "Asked for."];
    home.json::<Value>(&[&["--as", "ana", "propose"], &text[..]].concat());
    let less = commons.edited("all.toml", ROADMAP, &ROADMAP.replace("1/2", "1/1"));
    let found: Value = home.json(&["simulate", "--charter", &less, "--group", "commons"]);
    let search = &found["decisions"][0];
    assert_eq!((&search["was"]["outcome"], &search["title"]), (&json!("open"), &json!("Search")));
    assert_eq!(search["differs"], "outcome", "{found}");
    let error = home.refused(&["simulate", "--charter", &less, "--history", &commons.file]);
    assert_eq!(error.kind, "input");
}

#[test]
fn what_a_group_stewards_is_a_difference_too() {
    let commons = Commons::new();
    let text = std::fs::read_to_string(&commons.file).unwrap();
    let barn = r#"
[resources.barn]
purpose = "A roof."
unit = "barn"
domain = "charter"
kind = { slots = { horizon = "90d" } }
capacity = 0
"#;
    let new = commons.home.write("barn.toml", &format!("{text}{barn}"));
    let diff: Value = commons.home.json(&["charter", "diff", "commons", &new]);
    let change = &diff["changes"][0];
    assert_eq!((&change["where"], &change["passes"][0]), (&json!("resources.barn"), &json!("charter")), "{diff}");
    let fields: Vec<&str> =
        change["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["capacity", "domain", "kind", "name", "purpose", "unit"]);
    let words = commons.home.moot(&["charter", "check", &new]).words();
    assert!(words.contains("resources.barn") && words.contains("its capacity is 0"), "{words}");
}
