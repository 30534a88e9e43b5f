//! `moot import`: charters and a federation agreement from what others keep.

use std::path::PathBuf;

use super::{CliError, Ctx};
use crate::import;

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
}

/// Runs `moot import`.
///
/// # Errors
/// If the data cannot be read or make no federation; then nothing is written.
pub(crate) fn run(command: ImportCommand, ctx: &Ctx) -> Result<(), CliError> {
    let ImportCommand::RustTeam { dir, out } = command;
    let report = import::rust_team(&dir, &out)?;
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
