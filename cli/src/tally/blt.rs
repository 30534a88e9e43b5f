//! Ballots as a BLT file, the form that programs for STV exchange.
//!
//! ```text
//! 4 2              options, seats
//! -2               withdrawn options
//! 3 1 3=4 0        a number of ballots, the options in order (equal ranks with =, - a rank left out), 0
//! 0                the end of the ballots
//! "Ana" … "Title"  names in order, and a title
//! ```

use std::collections::BTreeMap;

use folkmoot_protocol::ladder::tally::{Ballots, Choice, Ranking};

use super::{Poll, TallyError, line};

/// Says whether a file starts with two numbers, as BLT files do.
pub(super) fn is_blt(text: &str) -> bool {
    let first = text.lines().map(before_comment).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let numbers: Vec<_> = first.split_whitespace().map(str::parse::<u32>).collect();
    matches!(numbers.as_slice(), [Ok(_), Ok(_)])
}

/// Reads a BLT file; options that it says are withdrawn are left out.
///
/// # Errors
/// The first line that is not as it must be.
pub(super) fn read(text: &str) -> Result<Poll, TallyError> {
    let mut lines = (1..).zip(text.lines().map(before_comment)).filter(|(_, line)| !line.trim().is_empty());
    let (_, first) = lines.next().unwrap_or_default();
    let mut numbers = first.split_whitespace().map(str::parse::<u32>);
    let (Some(Ok(options)), Some(Ok(seats))) = (numbers.next(), numbers.next()) else {
        return Err(line(1, "write the number of options and of seats"));
    };
    let options = options as usize;
    let mut withdrawn = vec![false; options];
    let mut rankings: Vec<(u64, u64, Ranking)> = Vec::new();
    let mut ended = false;
    for (number, text) in lines.by_ref() {
        let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with('(')).collect();
        match words.as_slice() {
            ["0"] => {
                ended = true;
                break;
            }
            leave if rankings.is_empty() && leave.iter().all(|word| word.starts_with('-') && word.len() > 1) => {
                for word in leave {
                    let place = place(&word[1..], options).ok_or_else(|| line(number, format!("no option {word}")))?;
                    withdrawn[place] = true;
                }
            }
            [count, ranks @ .., "0"] => {
                let count = count.parse().map_err(|_| line(number, format!("'{count}' is no number of ballots")))?;
                rankings.push((number, count, ranking(number, ranks, options)?));
            }
            _ => return Err(line(number, "a ballot is: how many, the options in order, 0")),
        }
    }
    if !ended {
        return Err(TallyError::File("the ballots do not end: write a line 0 after them".into()));
    }
    let names: Vec<String> = lines.map(|(_, name)| name.trim().trim_matches('"').to_owned()).collect();
    if names.len() < options {
        return Err(TallyError::File(format!("it names {} of {options} options after the ballots", names.len())));
    }
    collect(&names, &withdrawn, rankings, seats)
}

fn collect(
    names: &[String],
    withdrawn: &[bool],
    rankings: Vec<(u64, u64, Ranking)>,
    seats: u32,
) -> Result<Poll, TallyError> {
    let offered: Vec<usize> = (0..withdrawn.len()).filter(|place| !withdrawn[*place]).collect();
    let choice = |place: &usize| Choice { label: names[*place].clone(), tags: BTreeMap::new() };
    let new: BTreeMap<usize, usize> = offered.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    let title = names.get(withdrawn.len()).cloned();
    let ballots = Ballots::new(offered.iter().map(choice).collect());
    let mut poll = Poll { ballots, blank: 0, seats: Some(seats), title };
    for (number, count, ranking) in rankings {
        let kept = ranking.iter().map(|group| group.iter().filter_map(|old| new.get(old).copied()).collect());
        let kept: Ranking = kept.filter(|group: &Vec<usize>| !group.is_empty()).collect();
        if kept.is_empty() {
            poll.blank += count;
        }
        poll.ballots.add(count, kept).map_err(|error| line(number, error.to_string()))?;
    }
    Ok(poll)
}

fn ranking(number: u64, ranks: &[&str], options: usize) -> Result<Ranking, TallyError> {
    let of = |word: &str| place(word, options).ok_or_else(|| line(number, format!("there is no option '{word}'")));
    let ranks = ranks.iter().filter(|rank| **rank != "-");
    ranks.map(|rank| rank.split('=').map(of).collect()).collect()
}

fn place(word: &str, options: usize) -> Option<usize> {
    word.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < options)
}

/// A line without what stands behind `#`, unless that is part of a name.
fn before_comment(line: &str) -> &str {
    if line.trim_start().starts_with('"') { line } else { line.split('#').next().unwrap_or_default() }
}
