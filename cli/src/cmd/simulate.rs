//! `moot simulate`: a scenario in virtual time.

use std::path::PathBuf;

use folkmoot_sim::{Report, load, run as simulate};
use serde_json::json;

use super::{CliError, Ctx};
use crate::output::table;

/// The arguments of `moot simulate`.
#[derive(Debug, clap::Args)]
pub(crate) struct SimulateArgs {
    /// The scenario file
    file: PathBuf,
    /// The seed; the same seed gives the same run, byte for byte
    #[arg(long)]
    seed: Option<u64>,
    /// Print what happened, line by line, on standard error
    #[arg(long)]
    trace: bool,
}

/// Runs `moot simulate`.
///
/// # Errors
/// If the scenario cannot be read, something happens that must never happen, or it ends other than expected.
pub(crate) fn run(args: &SimulateArgs, ctx: &Ctx) -> Result<(), CliError> {
    let scenario = load(&args.file).map_err(|error| CliError::Input(error.to_string()))?;
    let seed = args.seed.unwrap_or(scenario.seed);
    let report = simulate(&scenario, seed).map_err(|violation| CliError::Failed(violation.to_string()))?;
    if args.trace {
        for line in &report.trace {
            eprintln!("{line}");
        }
    }
    if ctx.json {
        print_json(&report, ctx)?
    } else {
        print_words(&report, ctx)?
    }
    if !report.converged {
        return Err(CliError::Failed(format!(
            "the nodes differ in the end (seed {seed}): {}",
            report.differences.join("; ")
        )));
    }
    let missed: Vec<String> = report
        .expectations
        .iter()
        .filter(|expectation| !expectation.met)
        .map(|e| format!("{}, found {}", e.expected, e.found.as_deref().unwrap_or("otherwise")))
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(CliError::Failed(format!("it ended other than expected (seed {seed}): {}", missed.join("; "))))
}

/// One object per proposal, the last with the digests.
fn print_json(report: &Report, ctx: &Ctx) -> Result<(), CliError> {
    for proposal in &report.proposals {
        ctx.out.json_line(proposal)?;
    }
    ctx.out.json_line(&json!({
        "scenario": report.scenario, "seed": report.seed, "converged": report.converged, "digests": report.digests,
        "as_expected": report.is_as_expected(), "refused": report.refused, "faults": report.faults,
        "virtual_time": report.virtual_time, "events": report.events, "lost_records": report.lost_records,
        "trace_hash": report.trace_hash,
    }))?;
    Ok(())
}

fn print_words(report: &Report, ctx: &Ctx) -> Result<(), CliError> {
    let rows = report.proposals.iter().map(|proposal| {
        let closed = proposal.closed.as_ref().map_or("-".into(), |moment| format!("after {}", moment.after));
        vec![
            proposal.label.clone(),
            proposal.group.to_string(),
            proposal.outcome.to_owned(),
            closed,
            proposal.reasons.join("; "),
        ]
    });
    ctx.out.line(&table(&["proposal", "group", "outcome", "closed", "because"], rows))?;
    for refused in &report.refused {
        let mark = if refused.expected { "refused, as expected" } else { "refused" };
        ctx.out
            .line(&format!("{mark}: {} {} at {}: {}", refused.member, refused.action, refused.at, refused.reason))?;
    }
    let faults: Vec<String> = report.faults.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    ctx.out.line(&format!(
        "\n{} of virtual time, {} events, seed {}; faults: {}; {}",
        report.virtual_time,
        report.events,
        report.seed,
        if faults.is_empty() { "none".into() } else { faults.join(", ") },
        if report.converged { "all nodes hold the same" } else { "the nodes DIFFER" }
    ))?;
    Ok(())
}
