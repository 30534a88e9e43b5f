//! A council's budget as the history of a resource: what comes in raises the capacity of a stock, and each allocation is
//! asked for, accepted and committed.
//!
//! # Layout
//! - `file`: reads the budget; `world`: nodes in memory and virtual time
//! - `replay`: the budget's history in that world, held against the file day by day

mod file;
mod replay;
#[cfg(test)]
mod tests;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use folkmoot_protocol::name::Name;
use serde::Serialize;

use self::file::Transaction;
pub(crate) use self::file::dollars;
use super::ImportError;

/// The account that the council decides about.
const COUNCIL: &str = "assets:council";

/// Says what a budget says, and what became of it when it was replayed.
#[derive(Debug, Serialize)]
pub(crate) struct BudgetReport {
    /// Every transaction, in order.
    pub(crate) rows: Vec<BudgetRow>,
    /// The balance of each account at the end, in cents.
    pub(crate) balances: BTreeMap<String, i64>,
    /// Accounts of assets that were below nothing for a while: the lowest balance and its day.
    pub(crate) overdrawn: BTreeMap<String, (i64, String)>,
    /// Allocations that were tried although there was not enough, each refused.
    pub(crate) refused: usize,
    /// Where the ledger and the file differ.
    pub(crate) differing: Vec<String>,
}

/// One transaction.
#[derive(Debug, Serialize)]
pub(crate) struct BudgetRow {
    /// Its day.
    pub(crate) date: String,
    /// What it is called.
    pub(crate) title: String,
    /// `income`, `allocation` or `payment`.
    pub(crate) kind: &'static str,
    /// To whom, of an allocation.
    pub(crate) to: Option<Name>,
    /// How much, in cents.
    pub(crate) amount: i64,
    /// The decisions that it cites.
    pub(crate) cites: Vec<String>,
    /// What the council has left after it, by the file.
    pub(crate) left: i64,
    /// The same by the ledger of the council's log; nothing if it was not replayed.
    pub(crate) ledger: Option<i64>,
}

/// What a transaction is to the council.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Assets come in.
    Income(u64),
    /// The council gives to a group.
    Allocation(Name, u64),
    /// A group spends what it was given: no promise of the council's changes.
    Payment(i64),
}

impl Step {
    fn of(transaction: &Transaction, file: &Path) -> Result<Self, ImportError> {
        let error = |problem: String| ImportError::Data {
            file: file.to_owned(),
            place: format!("line {}", transaction.line),
            problem,
        };
        let council = transaction.postings.get(COUNCIL).copied().unwrap_or_default();
        let others = transaction.postings.iter().filter(|(account, _)| *account != COUNCIL);
        let others: Vec<(&String, i64)> = others.map(|(account, amount)| (account, *amount)).collect();
        match (council, others.as_slice()) {
            (0, others) => {
                Ok(Self::Payment(others.iter().map(|(_, amount)| *amount).filter(|amount| *amount > 0).sum()))
            }
            (more, [(account, _)]) if more > 0 && account.starts_with("income:") => {
                Ok(Self::Income(more.unsigned_abs()))
            }
            (less, [(account, _)]) if less < 0 => {
                let group = account.strip_prefix("assets:").and_then(|rest| rest.split(':').next());
                let group = group.ok_or_else(|| {
                    error(format!("the council gives to '{account}': an allocation goes to assets of a group"))
                })?;
                Ok(Self::Allocation(group.parse().map_err(|e| error(format!("'{group}': {e}")))?, less.unsigned_abs()))
            }
            _ => Err(error("neither an income of the council nor an allocation to one group: divide it".into())),
        }
    }
}

/// Reads a budget in the form of ledger-cli, and with `check` replays it:
/// - what comes in raises the capacity of a stock that the council stewards
/// - each allocation is asked for by the group that gets it, accepted by the council, and committed; the terms name the
///   decision that the file cites
/// - after each transaction the ledger of every replica must say what the file says, to the cent
/// - before each allocation one of a cent more than there is is tried, and must be refused
///
/// # Errors
/// The first line that is not understood, or a replay that ends in what must never happen.
pub(crate) fn council_budget(file: &Path, check: bool) -> Result<BudgetReport, ImportError> {
    let transactions = file::read(file)?;
    let steps: Vec<Step> = transactions.iter().map(|one| Step::of(one, file)).collect::<Result<_, _>>()?;
    let mut report = add_up(&transactions, &steps);
    if check {
        replay::replay(&transactions, &steps, &mut report).map_err(ImportError::Simulation)?;
    }
    Ok(report)
}

/// What the file says by itself.
fn add_up(transactions: &[Transaction], steps: &[Step]) -> BudgetReport {
    let mut balances: BTreeMap<String, i64> = BTreeMap::new();
    let mut overdrawn: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let mut rows = Vec::new();
    for (transaction, step) in transactions.iter().zip(steps) {
        for (account, amount) in &transaction.postings {
            let balance = balances.entry(account.clone()).or_default();
            *balance += amount;
            let lowest = overdrawn.get(account).map_or(0, |(lowest, _)| *lowest);
            if account.starts_with("assets:") && *balance < lowest {
                overdrawn.insert(account.clone(), (*balance, transaction.date.clone()));
            }
        }
        let (kind, to, amount) = match step {
            Step::Income(amount) => ("income", None, amount.cast_signed()),
            Step::Allocation(group, amount) => ("allocation", Some(group.clone()), amount.cast_signed()),
            Step::Payment(amount) => ("payment", None, *amount),
        };
        rows.push(BudgetRow {
            date: transaction.date.clone(),
            title: transaction.title.clone(),
            kind,
            to,
            amount,
            cites: transaction.cites.clone(),
            left: balances.get(COUNCIL).copied().unwrap_or_default(),
            ledger: None,
        });
    }
    BudgetReport { rows, balances, overdrawn, refused: 0, differing: Vec::new() }
}

/// The groups that the council gives to.
fn groups(steps: &[Step]) -> BTreeSet<Name> {
    let to = |step: &Step| match step {
        Step::Allocation(group, _) => Some(group.clone()),
        Step::Income(_) | Step::Payment(_) => None,
    };
    steps.iter().filter_map(to).collect()
}
