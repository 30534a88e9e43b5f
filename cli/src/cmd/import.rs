//! `moot import`: charters and a federation agreement from what others keep.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{CliError, Ctx};
use crate::{
    import::{self, BudgetReport, dollars},
    output::table,
};

/// Bring a federation from elsewhere
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ImportCommand {
    /// Make charters and an agreement from a checkout of rust-lang/team
    RustTeam {
        /// The folder with teams/ and people/
        dir: PathBuf,
        /// Where to write; must not exist or be empty
        #[arg(long)]
        out: PathBuf,
    },
    /// Make scenarios from public decision threads, each under the rule of its days
    FcpThreads {
        /// The file with the threads
        file: PathBuf,
        /// Where to write; must not exist or be empty
        #[arg(long)]
        out: PathBuf,
        /// Run each, and show how it ends beside how the thread ended; ends with 1 if one ends otherwise
        #[arg(long)]
        check: bool,
    },
    /// Read a council's budget in the form of ledger-cli, and show what is left after each transaction
    CouncilBudget {
        /// The file with the transactions
        file: PathBuf,
        /// Replay it: what comes in is a resource, each allocation is asked for, accepted and committed; ends with 1 if
        /// the ledger says otherwise than the file
        #[arg(long)]
        check: bool,
    },
}

/// Runs `moot import`.
///
/// # Errors
/// If the data cannot be read or make no federation; then nothing is written.
pub(crate) fn run(command: ImportCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        ImportCommand::RustTeam { dir, out } => rust_team(&dir, &out, ctx),
        ImportCommand::CouncilBudget { file, check } => council_budget(&file, check, ctx),
        ImportCommand::FcpThreads { file, out, check } => fcp_threads(&file, &out, check, ctx),
    }
}

fn rust_team(dir: &Path, out: &Path, ctx: &Ctx) -> Result<(), CliError> {
    let report = import::rust_team(dir, out)?;
    ctx.out.show(&report, |report| {
        format!(
            "{} groups of {} people: {} charters, {} are part of the group above; {} have sign-off rights.\n\
             Written to {}; notes.md says what was derived and left out.\n\
             Next: moot demo --from {}",
            report.groups,
            report.people,
            report.charters,
            report.parts,
            report.sign_off,
            out.display(),
            out.display()
        )
    })?;
    Ok(())
}

fn council_budget(file: &Path, check: bool, ctx: &Ctx) -> Result<(), CliError> {
    let report = import::council_budget(file, check)?;
    ctx.out.show(&report, |report| budget_words(report, check))?;
    match report.differing.len() {
        0 => Ok(()),
        count => Err(CliError::Failed(format!("the ledger differs from {} {count} times", file.display()))),
    }
}

/// What was left at every date, and what the accounts have in the end.
fn budget_words(report: &BudgetReport, check: bool) -> String {
    let rows = report.rows.iter().filter(|row| row.kind != "payment").map(|row| {
        let to = row.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
        let ledger = row.ledger.map(dollars).unwrap_or_default();
        let (amount, left) = (dollars(row.amount), dollars(row.left));
        vec![row.date.clone(), format!("{}{to}", row.kind), amount, left, ledger, row.title.clone()]
    });
    let mut text = table(&["date", "what", "amount", "left by the file", "by the ledger", "title"], rows);
    text.push_str("\n\nBalances\n");
    let balances = report.balances.iter().filter(|(_, balance)| **balance != 0);
    text.extend(balances.map(|(account, balance)| format!("  {account}: {}\n", dollars(*balance))));
    for (account, (lowest, date)) in &report.overdrawn {
        text.push_str(&format!("Note: {account} was below nothing: {} on {date}.\n", dollars(*lowest)));
    }
    report.differing.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    match check {
        true => text.push_str(&format!(
            "Replayed: the council's ledger {} the file at every date; {} allocations of a cent more than there was were \
             refused.",
            if report.differing.is_empty() { "agrees with" } else { "differs from" },
            report.refused
        )),
        false => text.push_str("Next: the same with --check replays it by decisions of groups."),
    }
    text
}

fn fcp_threads(file: &Path, out: &Path, check: bool, ctx: &Ctx) -> Result<(), CliError> {
    let report = import::fcp_threads(file, out, check)?;
    if ctx.json {
        report.rows.iter().try_for_each(|row| ctx.out.json_line(row))?;
    } else if check {
        let (head, cells) = import::thread_cells(&report.rows);
        ctx.out.line(&table(&head, cells))?;
    }
    let done = json!({"threads": report.threads, "differing": report.differing()});
    ctx.out.show(&done, |_| {
        let next = if check { "" } else { "\nNext: run one with moot simulate FILE, or all with --check." };
        format!("{} scenarios written to {}; notes.md says what was assumed.{next}", report.threads, out.display())
    })?;
    match report.differing().as_slice() {
        [] => Ok(()),
        differing => Err(CliError::Failed(format!(
            "{} ended otherwise than the thread did: notes.md in {} says how",
            differing.join(", "),
            out.display()
        ))),
    }
}
