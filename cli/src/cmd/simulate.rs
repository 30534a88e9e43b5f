//! `moot simulate`: a scenario in virtual time.

use std::path::PathBuf;

use super::{CliError, Ctx};

/// The arguments of `moot simulate`.
#[derive(Debug, clap::Args)]
pub(crate) struct SimulateArgs {
    /// The scenario file
    file: PathBuf,
    /// The seed; the same seed gives the same run
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs `moot simulate`.
///
/// # Errors
/// If the scenario cannot be read, a rule of the simulator is violated, or it ends other than expected.
pub(crate) fn run(args: &SimulateArgs, ctx: &Ctx) -> Result<(), CliError> {
    let _ = (args, ctx);
    Err(CliError::Failed("wired below".into()))
}
