//! A budget in the form of ledger-cli: transactions with postings that sum up to nothing.
//!
//! Of that form it reads what the file uses: `DATE TITLE`, comments after `;`, and postings of dollars of which one may
//! leave its amount out.

use std::{collections::BTreeMap, fs, path::Path};

use super::super::ImportError;

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    /// Its day, as 2024-03-26.
    pub(super) date: String,
    /// What it is called.
    pub(super) title: String,
    /// Where the decision behind it can be read.
    pub(super) cites: Vec<String>,
    /// By how many cents it changes each account.
    pub(super) postings: BTreeMap<String, i64>,
    /// The line that it starts in.
    pub(super) line: usize,
}

/// Reads a file of transactions, which must be in the order of their days.
///
/// # Errors
/// The first line that is not understood, or a transaction that does not balance.
pub(super) fn read(file: &Path) -> Result<Vec<Transaction>, ImportError> {
    let todo = "name the file with the budget";
    let text = fs::read_to_string(file).map_err(|source| ImportError::File { file: file.to_owned(), todo, source })?;
    parse(&text).map_err(|(line, problem)| ImportError::Data {
        file: file.to_owned(),
        place: format!("line {line}"),
        problem,
    })
}

type Problem = (usize, String);

/// A transaction while its lines are read.
struct Draft {
    read: Transaction,
    /// The account whose amount is left out.
    open: Option<String>,
}

pub(super) fn parse(text: &str) -> Result<Vec<Transaction>, Problem> {
    let mut done: Vec<Transaction> = Vec::new();
    let mut draft: Option<Draft> = None;
    for (at, raw) in text.lines().enumerate() {
        let line = at + 1;
        if raw.trim().is_empty() {
            done.extend(draft.take().map(Draft::finish).transpose()?);
        } else if raw.starts_with(char::is_whitespace) {
            let draft =
                draft.as_mut().ok_or((line, "a posting before any transaction: start one with its date".into()))?;
            draft.take(raw.trim(), line)?;
        } else if !raw.starts_with(';') {
            done.extend(draft.take().map(Draft::finish).transpose()?);
            draft = Some(Draft::start(raw, line)?);
        }
    }
    done.extend(draft.map(Draft::finish).transpose()?);
    match done.windows(2).find(|pair| pair[1].date < pair[0].date) {
        Some(pair) => Err((pair[1].line, format!("{} comes after {}: sort them by date", pair[1].date, pair[0].date))),
        None => Ok(done),
    }
}

impl Draft {
    fn start(raw: &str, line: usize) -> Result<Self, Problem> {
        let (date, title) = raw.split_once(' ').unwrap_or((raw, ""));
        let is_date = date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok();
        if !is_date || title.trim().is_empty() {
            return Err((line, format!("'{raw}' starts no transaction: write a date like 2024-03-26 and a title")));
        }
        let (date, title) = (date.to_owned(), title.trim().to_owned());
        let read = Transaction { date, title, cites: Vec::new(), postings: BTreeMap::new(), line };
        Ok(Self { read, open: None })
    }

    fn take(&mut self, text: &str, line: usize) -> Result<(), Problem> {
        if let Some(comment) = text.strip_prefix(';') {
            self.read.cites.push(comment.trim().to_owned());
            return Ok(());
        }
        let posting = text.split_once(';').map_or(text, |(posting, _)| posting).trim();
        let (account, amount) = posting.split_once("  ").unwrap_or((posting, ""));
        let account = account.trim().to_owned();
        if amount.trim().is_empty() {
            return match self.open.replace(account) {
                None => Ok(()),
                Some(_) => Err((line, "two postings have no amount: give one of them".into())),
            };
        }
        *self.read.postings.entry(account).or_default() += cents(amount.trim()).map_err(|problem| (line, problem))?;
        Ok(())
    }

    fn finish(mut self) -> Result<Transaction, Problem> {
        let sum: i64 = self.read.postings.values().sum();
        match self.open {
            Some(account) => *self.read.postings.entry(account).or_default() -= sum,
            None if sum != 0 => {
                return Err((self.read.line, format!("it does not balance: {} too much", dollars(sum))));
            }
            None => {}
        }
        Ok(self.read)
    }
}

/// Reads `$2,522.97`, exactly.
fn cents(text: &str) -> Result<i64, String> {
    let problem = || format!("'{text}' is no amount: write it like $2,522.97");
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let digits = rest.strip_prefix('$').ok_or_else(problem)?.replace(',', "");
    let (whole, part) = digits.split_once('.').unwrap_or((&digits, "00"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() != 2 {
        return Err(problem());
    }
    let whole: i64 = whole.parse().map_err(|_| problem())?;
    let part: i64 = part.parse().map_err(|_| problem())?;
    whole.checked_mul(100).and_then(|cents| cents.checked_add(part)).map(|cents| sign * cents).ok_or_else(problem)
}

/// Cents as people write them: `$2,522.97`.
pub(crate) fn dollars(cents: i64) -> String {
    let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
    let digits = (cents / 100).to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("{sign}${}.{:02}", groups.join(","), cents % 100)
}
