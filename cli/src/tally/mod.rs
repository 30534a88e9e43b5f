//! Ballots from elsewhere: spreadsheets and BLT files, read for the protocol's own count.

mod blt;
mod sheet;
#[cfg(test)]
mod tests;

use folkmoot_protocol::ladder::tally::Ballots;
use thiserror::Error;

/// What a file says.
#[derive(Debug)]
pub(crate) struct Poll {
    /// Options and ballots.
    pub(crate) ballots: Ballots,
    /// How many ballots rank nothing that is offered.
    pub(crate) blank: u64,
    /// How many seats the file says there are, if it does.
    pub(crate) seats: Option<u32>,
    /// What the file is called inside, if it is.
    pub(crate) title: Option<String>,
}

/// Says why a file cannot be counted.
#[derive(Debug, Error)]
pub(crate) enum TallyError {
    /// A line is not as it must be.
    #[error("line {line}: {problem}")]
    Line {
        /// Which, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The CSV cannot be read.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The file as a whole is not as it must be.
    #[error("{0}")]
    File(String),
}

/// Reads ballots: a BLT file if it starts with two numbers, else a CSV, whose heading says which.
///
/// `skips` says after how many ranks left out in a row a ballot of the form `count,rank1,…` ends.
///
/// # Errors
/// The first line that is not as it must be.
pub(crate) fn read(text: &str, skips: u32) -> Result<Poll, TallyError> {
    let poll = if blt::is_blt(text) { blt::read(text)? } else { sheet::read(text, skips)? };
    match poll.ballots.options().len() {
        0 => Err(TallyError::File("it names no options: a heading with their names, or count,rank1,rank2,…".into())),
        _ => Ok(poll),
    }
}

fn line(line: u64, problem: impl Into<String>) -> TallyError {
    TallyError::Line { line, problem: problem.into() }
}
