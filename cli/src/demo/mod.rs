//! `moot demo`: real nodes on this machine that decide together, told as a story.
//!
//! # Layout
//! - `story`: the demo without arguments, by chapter; `trial`: a whole imported federation; `scenario`: a scenario file
//! - `fleet`: node processes in a temporary folder; `people`: members with throwaway keys
//! - `verify`: every decision proven by a file, or recomputed from its log; `dishonest`: a node that signs what no rule allows
//! - `teller`: words for people, one JSON object a line for programs

mod between;
mod dishonest;
mod fleet;
mod people;
mod scenario;
mod story;
mod teller;
mod trial;
mod verify;

use std::path::PathBuf;

use crate::cmd::{CliError, Ctx};

/// The arguments of `moot demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Host the federation of an import (moot import) instead of the story's
    #[arg(long, value_name = "DIR", conflicts_with = "scenario")]
    from: Option<PathBuf>,
    /// On how many nodes to host it, all of them on the panel
    #[arg(long, default_value_t = 5, requires = "from", value_parser = clap::value_parser!(u8).range(3..=13))]
    nodes: u8,
    /// Run a scenario file on real nodes, with its time scaled
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Leave the log of each group of the story in this folder, for moot simulate --history, and the proof of each
    /// decision, for moot verify
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "scenario"])]
    keep: Option<PathBuf>,
    /// How long the scenario may take at most, about
    #[arg(long, default_value = "30s", requires = "scenario")]
    within: folkmoot_protocol::time::Span,
}

/// Runs `moot demo`.
///
/// # Errors
/// If a node cannot be run, or what should hold at the end does not.
pub(crate) async fn run(args: DemoArgs, ctx: &Ctx) -> Result<(), CliError> {
    match (args.from, args.scenario) {
        (Some(dir), _) => trial::run(&dir, usize::from(args.nodes), ctx).await,
        (None, Some(file)) => scenario::run(&file, args.within, ctx).await,
        (None, None) => story::run(args.keep.as_deref(), ctx).await,
    }
}
