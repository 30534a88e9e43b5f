//! Published elections as ranked decisions: every ballot is a member's, and the winners are those published.
//!
//! `FOLKMOOT_DATA=DIR cargo test -p folkmoot-protocol published -- --ignored`

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use super::ranked::{offer, option};
use crate::{
    decision::Outcome,
    fixture::{Group, days, name, person, rule, text},
    ladder::Reason,
    limits::STATEMENTS,
    name::Name,
    proposal::OpenProposal,
    statement::{Act, Ballot, Statement},
};

/// A ballot as it was cast: ranks of labels.
type Cast = Vec<Vec<String>>;

/// The lines of a file of ballots. The rules read nothing of their surroundings; this test of them has to.
#[allow(clippy::disallowed_methods)]
fn read(file: &str) -> Vec<Vec<String>> {
    let data = PathBuf::from(env::var("FOLKMOOT_DATA").expect("FOLKMOOT_DATA names a directory"));
    let file = fs::read_to_string(data.join("ballots").join(file)).unwrap();
    file.lines().map(cells).collect()
}

/// The cells of a line of CSV, some in quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}

/// A candidate's name as a label.
fn label(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Ballots with a rank in each candidate's column.
fn by_column(file: &str) -> (Vec<String>, Vec<Cast>) {
    let lines = read(file);
    let labels: Vec<String> = lines[0].iter().map(|cell| label(cell)).collect();
    let cast = lines[1..].iter().map(|cells| {
        let mut ranks: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (label, cell) in labels.iter().zip(cells) {
            if let Ok(rank) = cell.parse() {
                ranks.entry(rank).or_default().push(label.clone());
            }
        }
        ranks.into_values().collect()
    });
    let cast = cast.collect();
    (labels, cast)
}

/// Decides by these ballots, each of a member of its own; who ranks nobody stays away.
fn decide(count: &str, mut labels: Vec<String>, cast: &[Cast]) -> (Outcome, Reason) {
    let voter = |at: usize| format!("v{at:03}");
    let mut group = Group::with(|charter| {
        (0..cast.len()).for_each(|at| drop(charter.members.put(person(&voter(at)))));
        let policy = charter.domains.find_mut(&name("policy")).unwrap();
        policy.rule = rule(&format!(r#"{{ "ranked": {{ "quorum": "1/2", "count": {{ {count} }} }} }}"#));
        policy.people_only = true;
    });
    labels.sort();
    let options: Vec<_> = labels.iter().map(|label| option(label, &[text("policy")])).collect();
    let proposal = group.act("ana", Act::Propose(offer(&options))).unwrap().into();
    let sorted = |group: &Vec<String>| -> Vec<Name> {
        let mut group: Vec<Name> = group.iter().map(|label| name(label)).collect();
        group.sort();
        group
    };
    let ballot = |at: usize| {
        let ranking = cast[at].iter().map(sorted).collect();
        group.statement(&voter(at), Act::Rank(Ballot { proposal, version: 1, ranking, reason: None }))
    };
    let voters = (0..cast.len()).filter(|at| !cast[*at].is_empty());
    let ballots: Vec<Statement> = voters.map(ballot).collect();
    for some in ballots.chunks(STATEMENTS / 4) {
        group.admit(some).unwrap();
    }
    assert!(group.replica.proposal(&proposal).is_some_and(|open: &OpenProposal| open.responses.len() == ballots.len()));
    group.tick(days(7));
    (group.ended(proposal), group.reason(proposal))
}

fn names(text: &str) -> Vec<Name> {
    text.split(", ").map(|text| name(&label(text))).collect()
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn kubernetes_elects_by_schulze_whom_it_published() {
    let places_2020 = "Jordan Liggitt, Bob Killen, Davanum Srinivas, Stephen Augustus, Ian Coldwater, Lachlan Evenson, \
                       Federico Bongiovanni, Carlos Panato, Divya Mohan, Mayank Kumar";
    let places_2024 = "bentheelder, aojea, saschagrunert, natalisucks, katcosgrove, palnabarun, xmudrii";
    for (file, places) in [("kubernetes-2020/BALLOTS.csv", places_2020), ("kubernetes-2024/ballots.csv", places_2024)] {
        let (labels, cast) = by_column(file);
        let (outcome, reason) = decide(r#""method": "schulze", "seats": 3, "unranked": "ignore""#, labels, &cast);
        let Reason::Elected { winners, ranking, .. } = reason else { panic!("{reason:?}") };
        assert_eq!((outcome, &winners[..]), (Outcome::Applied, &names(places)[..3]));
        assert_eq!(ranking.concat(), names(places), "{file}");
    }
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn portland_elects_its_mayor_by_instant_runoff() {
    let lines = read("portland-2015/2015_portland_mayor.ballots.csv");
    let mut cast: Vec<Cast> = Vec::new();
    for cells in &lines[1..] {
        // Maine's rules: an overvote ends a ballot, and so do two ranks in a row without a choice; who is named
        // again is skipped.
        let mut ranking: Cast = Vec::new();
        let mut skipped = 0;
        for cell in &cells[1..] {
            match cell.trim() {
                "overvote" => break,
                "undervote" | "" if skipped == 1 => break,
                "undervote" | "" => skipped = 1,
                candidate => {
                    skipped = 0;
                    let candidate = vec![label(candidate)];
                    if !ranking.contains(&candidate) {
                        ranking.push(candidate);
                    }
                }
            }
        }
        (0..cells[0].parse::<usize>().unwrap()).for_each(|_| cast.push(ranking.clone()));
    }
    let mut labels: Vec<String> = cast.iter().flatten().flatten().cloned().collect();
    labels.sort();
    labels.dedup();
    let (outcome, reason) = decide(r#""method": "irv", "unranked": "ignore", "ties": ["order"]"#, labels, &cast);
    let Reason::Elected { winners, ranking, .. } = reason else { panic!("{reason:?}") };
    let first = ["Mavodones, Nicholas M. Jr.", "Carmona, Ralph C.", "Bragdon, Charles E.", "Dodge, Richard A."];
    let first: Vec<Vec<Name>> = first.iter().map(|text| vec![name(&label(text))]).collect();
    assert_eq!((outcome, winners, &ranking[..4]), (Outcome::Applied, first[0].clone(), &first[..]));
}
