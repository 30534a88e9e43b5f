//! Turns public records of how others are organised into charters and a federation agreement, for a trial.
//!
//! # Layout
//! - `rust_team`: reads a copy of rust-lang/team and says who belongs to what
//! - `charters`: its groups as charters and a federation agreement
//! - `check`: founds them with stand-in keys, so that nothing is written which could not stand
//! - `council_budget`: a budget as the history of a resource
//! - `fcp_threads`: threads in which others decided, as scenarios
//! - `notes`: what a reader should know, as text
//! - `write`: all files or none

mod charters;
mod check;
mod council_budget;
mod fcp_threads;
mod notes;
mod rust_team;
#[cfg(test)]
mod tests;
mod write;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use folkmoot_protocol::{
    charter::RawError,
    federation::RawAgreementError,
    limits::ENTRY_BYTES,
    name::{Name, NameError},
};
use serde::Serialize;
use thiserror::Error;

pub(crate) use self::council_budget::{BudgetReport, council_budget, dollars};
pub(crate) use self::fcp_threads::{cells as thread_cells, fcp_threads};
use self::{charters::Plan, rust_team::Data};

/// Says what an import found and made.
#[derive(Debug, Serialize)]
pub(crate) struct ImportReport {
    /// Active teams of every kind.
    pub(crate) groups: usize,
    /// The same by kind.
    pub(crate) kinds: BTreeMap<&'static str, usize>,
    /// Distinct people in them.
    pub(crate) people: usize,
    /// Charters made: one for each group that has members.
    pub(crate) charters: usize,
    /// Groups that have nobody and became a domain of the group above.
    pub(crate) parts: usize,
    /// Charters with the right to sign off.
    pub(crate) sign_off: usize,
    /// Most groups on one way of escalation, the last included.
    pub(crate) deepest: usize,
    /// Handles and names that had to be written in lower case.
    pub(crate) renamed: usize,
    /// Archived teams, left out.
    pub(crate) archived: usize,
    /// The charter with the longest first entry.
    pub(crate) largest: Largest,
    /// What a reader should know, a sentence each; `notes.md` has it at length.
    pub(crate) notes: Vec<String>,
}

/// The charter with the longest first entry.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Largest {
    /// The group.
    pub(crate) group: Name,
    /// Its members.
    pub(crate) members: usize,
    /// Length of its charter in an entry, in bytes.
    pub(crate) bytes: usize,
}

/// Says why nothing was imported: which file, where in it, and what to do.
#[derive(Debug, Error)]
pub(crate) enum ImportError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}: {todo}", file.display())]
    File {
        /// The file or folder.
        file: PathBuf,
        /// What to do.
        todo: &'static str,
        /// What went wrong.
        source: io::Error,
    },
    /// A file is not written as the team tool demands.
    #[error("{}: not as rust-lang/team writes it: {source}", file.display())]
    Toml {
        /// The file.
        file: PathBuf,
        /// What is wrong and where.
        source: Box<toml::de::Error>,
    },
    /// A file of threads is not written as it must be.
    #[error("{}: no file of decision threads: {source}", file.display())]
    Threads {
        /// The file.
        file: PathBuf,
        /// What is wrong and where.
        source: serde_json::Error,
    },
    /// A scenario that was made is none.
    #[error("{source}: please report this")]
    Scenario {
        /// What is wrong.
        source: folkmoot_sim::ScenarioError,
    },
    /// In a scenario that was made something happens that must never happen.
    #[error("{0}: please report this")]
    Simulation(String),
    /// A file says what cannot be.
    #[error("{}, {place}: {problem}", file.display())]
    Data {
        /// The file.
        file: PathBuf,
        /// The part of it.
        place: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A file holds what is no name, even in lower case.
    #[error("{}, {place}: {source}", file.display())]
    Name {
        /// The file.
        file: PathBuf,
        /// The part of it.
        place: String,
        /// What is wrong.
        source: NameError,
    },
    /// A group's charter could not stand.
    #[error("{}: the charter made of it cannot stand: {source}", file.display())]
    Charter {
        /// The group's file.
        file: PathBuf,
        /// What is wrong.
        source: RawError,
    },
    /// A group's charter would not fit into the first entry of a log.
    #[error(
        "{}: the charter made of it has {bytes} bytes, which leaves no room for a founder's signature in an entry of \
         {ENTRY_BYTES}: divide the group",
        file.display()
    )]
    TooLarge {
        /// The group's file.
        file: PathBuf,
        /// The charter's length.
        bytes: usize,
    },
    /// The agreement could not stand.
    #[error("the federation made of {}: {source}", folder.display())]
    Agreement {
        /// The folder of the groups.
        folder: PathBuf,
        /// What is wrong.
        source: RawAgreementError,
    },
    /// What was made cannot be written as TOML.
    #[error("{}: cannot be written as TOML: {source}: please report this", file.display())]
    Text {
        /// The file to write.
        file: PathBuf,
        /// What is wrong.
        source: toml::ser::Error,
    },
}

/// Turns a copy of rust-lang/team into charters and a federation agreement, without keys:
/// - `from` holds `teams/` and `people/`; `teams/archive/` is left out
/// - a group for each team that has members, derived as the team tool derives them; a team that has nobody becomes a
///   domain of the nearest group above it
/// - a group escalates to the team it is a part of, and those at the top to the leadership council
/// - `out` must not exist or be empty; it is filled whole, or not at all
///
/// # Errors
/// The first file that cannot be read, does not fit or cannot stand as a charter, and why `out` cannot be written.
pub(crate) fn rust_team(from: &Path, out: &Path) -> Result<ImportReport, ImportError> {
    let out = write::vacant(out)?;
    let data = Data::read(from)?;
    let plan = Plan::of(&data)?;
    let largest = check::plan(&data, &plan)?;
    let report = report(&data, &plan, largest);
    write::all(&out, notes::files(&data, &plan, &report)?)?;
    Ok(report)
}

fn report(data: &Data, plan: &Plan<'_>, largest: Largest) -> ImportReport {
    let mut kinds = BTreeMap::new();
    for team in data.teams.values() {
        *kinds.entry(team.kind.plural()).or_default() += 1;
    }
    ImportReport {
        groups: data.teams.len(),
        kinds,
        people: plan.people().len(),
        charters: plan.charters.len(),
        parts: plan.parts.len(),
        sign_off: plan.charters.values().filter(|charter| charter.roles.contains_key(charters::SIGN_OFF)).count(),
        deepest: plan.deepest(),
        renamed: data.renamed.len(),
        archived: data.archived.len(),
        largest,
        notes: notes::sentences(data, plan),
    }
}
