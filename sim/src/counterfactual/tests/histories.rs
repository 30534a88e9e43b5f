//! Histories that the simulator's nodes wrote, with acts of all kinds.

use std::{collections::BTreeMap, fs, path::Path};

use folkmoot_protocol::{entry::Entry, name::Name};

use super::super::{Counterfactual, CounterfactualError, run};
use crate::{Random, Scenario, load, sim::histories};

/// The histories of a scenario, under the charters of its own groups; gives back how many proposals there were.
#[track_caller]
fn understood(scenario: &Scenario) -> usize {
    let of_all: BTreeMap<Name, Vec<Entry>> = histories(scenario, scenario.seed).unwrap();
    let mut proposals = 0;
    for (group, history) in &of_all {
        let found = run(history, &scenario.groups[group].charter).unwrap_or_else(|error| panic!("{group}: {error}"));
        let doubts: Vec<&String> = found.notes.iter().filter(|note| note.contains("own charter")).collect();
        assert!(doubts.is_empty(), "{}, {group}: {doubts:#?}", scenario.name);
        proposals += found.decisions.len();
    }
    proposals
}

#[test]
fn the_acts_of_all_scenarios_lead_to_what_the_nodes_wrote() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "toml"));
    let proposals: usize = files.map(|file| understood(&load(file).unwrap())).sum();
    assert!(proposals > 50, "{proposals}");
}

#[test]
fn made_up_histories_run_again_under_their_own_and_each_other_s_charters() {
    let mut otherwise = 0;
    for seed in 0..5 {
        let scenario = Random { seed, ..Random::default() }.scenario().unwrap();
        assert!(understood(&scenario) > 0, "seed {seed}");
        for history in histories(&scenario, scenario.seed).unwrap().values() {
            for group in scenario.groups.values() {
                match run(history, &group.charter) {
                    Ok(Counterfactual { decisions, .. }) => {
                        otherwise += decisions.iter().filter(|one| one.was.outcome != one.would_be.outcome).count();
                    }
                    Err(CounterfactualError::Charter { .. }) => {}
                    Err(error) => panic!("seed {seed}: {error}"),
                }
            }
        }
    }
    assert!(otherwise > 0, "other charters decide otherwise");
}
