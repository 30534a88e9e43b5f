//! Ballots as CSV, in two forms: a column for each option with ranks in the cells, or a column for each rank.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord, Trim};
use folkmoot_protocol::ladder::tally::{Ballots, Choice, Ranking};

use super::{Poll, TallyError, line};

/// What elections offices write where a ballot ranks nobody, or several where one is allowed.
const UNDERVOTE: &str = "undervote";
const OVERVOTE: &str = "overvote";

/// Reads either form: `count,rank1,…` if the heading starts so.
///
/// # Errors
/// The first line that is no ballot.
pub(super) fn read(text: &str, skips: u32) -> Result<Poll, TallyError> {
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let heading = reader.headers()?.clone();
    let records = reader.records().collect::<Result<Vec<_>, _>>()?;
    let first = heading.get(0).unwrap_or_default().trim_start_matches('\u{feff}');
    let is_count = first.eq_ignore_ascii_case("count") && heading.len() > 1;
    if is_count { by_rank(&records, skips) } else { by_option(&heading, &records) }
}

/// A column for each option; a cell is its rank, and empty or no number where it has none.
fn by_option(heading: &StringRecord, records: &[StringRecord]) -> Result<Poll, TallyError> {
    let names = heading.iter().map(|name| name.trim_start_matches('\u{feff}'));
    let choices: Vec<Choice> = names.map(choice).collect();
    let different: BTreeSet<&String> = choices.iter().map(|choice| &choice.label).collect();
    if different.len() < choices.len() || different.iter().any(|name| name.is_empty()) {
        return Err(line(1, "the heading names an option twice, or one without a name"));
    }
    let options = choices.len();
    let mut poll = Poll { ballots: Ballots::new(choices), blank: 0, seats: None, title: None };
    for record in records {
        if record.len() > options {
            return Err(at(record, format!("has {} cells, the heading names {options} options", record.len())));
        }
        let mut ranks: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (option, cell) in record.iter().enumerate() {
            if let Ok(rank) = cell.parse() {
                ranks.entry(rank).or_default().push(option);
            }
        }
        add(&mut poll, record, 1, ranks.into_values().collect())?;
    }
    Ok(poll)
}

/// A column for each rank, after the number of such ballots; a cell names the option.
///
/// As elections offices count: `overvote` ends a ballot, and so do more than `skips` ranks in a row without an option
/// (empty, or `undervote`); who is named again is skipped. The file says nothing of an order, so options are sorted.
fn by_rank(records: &[StringRecord], skips: u32) -> Result<Poll, TallyError> {
    let named = |cell: &&str| !cell.is_empty() && *cell != UNDERVOTE && *cell != OVERVOTE;
    let names: BTreeSet<&str> = records.iter().flat_map(|record| record.iter().skip(1)).filter(named).collect();
    let places: BTreeMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
    let choices = names.iter().map(|name| choice(name)).collect();
    let mut poll = Poll { ballots: Ballots::new(choices), blank: 0, seats: None, title: None };
    for record in records {
        let first = record.get(0).unwrap_or_default();
        let count = first.parse().map_err(|_| at(record, format!("'{first}' is no number of ballots")))?;
        let mut ranking: Vec<usize> = Vec::new();
        let mut skipped = 0;
        for cell in record.iter().skip(1) {
            match places.get(cell) {
                _ if cell == OVERVOTE => break,
                None if skipped == skips => break,
                None => skipped += 1,
                Some(place) => {
                    skipped = 0;
                    if !ranking.contains(place) {
                        ranking.push(*place);
                    }
                }
            }
        }
        add(&mut poll, record, count, ranking.into_iter().map(|place| vec![place]).collect())?;
    }
    Ok(poll)
}

fn add(poll: &mut Poll, record: &StringRecord, count: u64, ranking: Ranking) -> Result<(), TallyError> {
    if ranking.is_empty() {
        poll.blank += count;
    }
    poll.ballots.add(count, ranking).map_err(|error| at(record, error.to_string()))
}

fn choice(label: &str) -> Choice {
    Choice { label: label.to_owned(), tags: BTreeMap::new() }
}

fn at(record: &StringRecord, problem: String) -> TallyError {
    line(record.position().map_or(0, csv::Position::line), problem)
}
