//! `moot man`: manual pages, from the same definitions as `--help`.

use std::path::Path;

use clap::CommandFactory as _;
use serde_json::json;

use super::{CliError, Ctx};
use crate::args::Args;

/// Runs `moot man`.
///
/// # Errors
/// If the folder cannot be written.
pub(crate) fn run(dir: &Path, ctx: &Ctx) -> Result<(), CliError> {
    let write = || {
        std::fs::create_dir_all(dir)?;
        clap_mangen::generate_to(Args::command(), dir)
    };
    write().map_err(|error| CliError::Input(format!("cannot write manual pages to {}: {error}", dir.display())))?;
    ctx.out.show(&json!({"folder": dir}), |_| {
        let dir = dir.display();
        format!("Wrote the manual pages to {dir}: man -l {dir}/moot.1, or put them into a man1 folder of your MANPATH.")
    })?;
    Ok(())
}
