//! The vectors in `docs/vectors/` are what this program makes, no more and no less.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use folkmoot_tests::vectors::all;
use serde_json::Value;

/// All names of refusals in a value, each with its kind.
fn refusals(value: &Value, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| refusals(item, found)),
        Value::Object(fields) => {
            if let Some([_, kind, rule]) = fields.get("refused").and_then(Value::as_array).map(Vec::as_slice) {
                found.insert((kind.as_str().unwrap().to_owned(), rule.as_str().unwrap().to_owned()));
            }
            fields.values().for_each(|item| refusals(item, found));
        }
        _ => {}
    }
}

#[test]
fn the_page_has_every_name_of_a_refusal() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md")).unwrap();
    let (_, section) = page.split_once("Names of refusals\n\n").expect("the section is there");
    let rows: Vec<Vec<&str>> = section.lines().map(|line| line.split(" | ").collect()).collect();
    let mut found = BTreeSet::new();
    for (name, text) in all().into_iter().filter(|(name, _)| name.starts_with("logs/")) {
        refusals(&serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")), &mut found);
    }
    assert!(found.len() > 50, "the vectors refuse by {} names only", found.len());
    for (kind, rule) in found {
        let stands = |row: &Vec<&str>| row[0].contains(&format!("`{rule}`")) && row.get(1) == Some(&kind.as_str());
        assert!(rows.iter().any(stands), "docs/protocol.md, names of refusals, has no {kind} '{rule}'");
    }
}

#[test]
fn the_vectors_are_those_that_the_program_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors");
    let made: BTreeMap<String, String> = all().into_iter().collect();
    let again = "make them with cargo run -p folkmoot-tests --bin vectors, and look at what changed";
    for (name, text) in &made {
        let stored = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(stored == *text, "docs/vectors/{name} is not what the program makes: {again}");
    }
    let mut found = Vec::new();
    for sub in ["", "logs/"] {
        for file in fs::read_dir(folder.join(sub)).unwrap() {
            let name = format!("{sub}{}", file.unwrap().file_name().to_str().unwrap());
            if name.ends_with(".json") {
                found.push(name);
            }
        }
    }
    found.sort();
    assert_eq!(found, made.into_keys().collect::<Vec<_>>(), "files in docs/vectors: {again}");
}
