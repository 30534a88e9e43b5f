//! Conformance vectors of the protocol: what a second implementation has to say of the same bytes.
//!
//! `cargo run -p folkmoot-tests --bin vectors` writes them into `docs/vectors/`; a test makes them again and compares.
//! Every one is made by the program's own rules; none is written by hand.
//!
//! # Layout
//! - `story`: a group of a scenario on a bare replica; `tale`, `tales`: logs written by hand, for what no scenario has;
//!   `logs`: both entry by entry, with digests, refusals and decisions
//! - `matters`: groups that decide together, each with its log
//! - `bundles`: proofs of decisions and forgeries, with what verifying says; `matters/proven`: the same of matters
//! - `records`: single records that are read, and bytes that are not; `panels`: how many notes seal; `seals`: how far they do;
//!   `divisions`: who gets what of scarce capacity

mod bundles;
mod divisions;
mod logs;
mod matters;
mod panels;
mod records;
mod seals;
pub mod story;
mod tale;
mod tales;

use std::{fs, path::Path};

use folkmoot_sim::{Scenario, load};
use serde_json::Value;

pub use self::matters::forged;

/// Makes all vectors: the path of each file below the folder, and what stands in it.
///
/// # Panics
/// If the program does not make what its own scenarios say.
pub fn all() -> Vec<(String, String)> {
    let mut files = vec![
        ("records.json".to_owned(), text(&records::read())),
        ("malformed.json".to_owned(), text(&records::not_read())),
        ("panels.json".to_owned(), text(&panels::all())),
        ("seals.json".to_owned(), text(&seals::all())),
        ("divisions.json".to_owned(), text(&divisions::all())),
        ("bundles.json".to_owned(), text(&bundles::all())),
        ("matter-bundles.json".to_owned(), text(&matters::proven::all())),
    ];
    for (name, about, tale) in tales::all() {
        files.push((format!("logs/{name}.json"), text(&logs::file(about, "kitchen", &tale.replica, &tale.told))));
    }
    for (name, scenario) in scenarios() {
        for group in scenario.groups.keys() {
            let story = story::play(&scenario, group).unwrap_or_else(|problem| panic!("{name}, {group}: {problem}"));
            let log = logs::file(&scenario.description, group.as_str(), &story.replica, &story.told);
            files.push((format!("logs/{name}.{group}.json"), text(&log)));
        }
    }
    files.extend(matters::all().into_iter().map(|(name, value)| (name, text(&value))));
    files
}

/// The scenarios without federation and faults, by name: one for each rung and rule.
fn scenarios() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = fs::read_dir(&folder).expect("the folder of scenarios is there");
    let mut names: Vec<String> = files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(".toml"));
    names.sort();
    let read = |name: &String| load(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let all = names.iter().map(|name| (name.trim_end_matches(".toml").to_owned(), read(name)));
    all.filter(|(_, scenario)| scenario.federation.is_none() && scenario.faults.is_empty()).collect()
}

fn text(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("JSON of texts and numbers");
    text.push('\n');
    text
}
