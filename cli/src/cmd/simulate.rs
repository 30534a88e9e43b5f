//! `moot simulate`: a scenario in virtual time, or a group's history under another charter.

mod counterfactual;

use std::path::PathBuf;

use clap_complete::ArgValueCandidates;
use folkmoot_sim::{Report, Soak, load, run as simulate, soak::LONGEST_LIFE};
use serde_json::json;

use super::{CliError, Ctx};
use crate::{complete, output::table};

/// The arguments of `moot simulate`.
#[derive(Debug, clap::Args)]
pub(crate) struct SimulateArgs {
    /// The scenario file
    #[arg(required_unless_present_any = ["soak", "charter"])]
    file: Option<PathBuf>,
    /// Instead of a file: a charter file, under which a group's history is run again
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "soak", "seed", "trace"])]
    charter: Option<PathBuf>,
    /// The history: a log as moot --json log --bytes prints it; left out, the node is asked
    #[arg(long, value_name = "LOG", requires = "charter")]
    history: Option<PathBuf>,
    /// The group whose history the node is asked for, if it holds several
    #[arg(long, requires = "charter", conflicts_with = "history", add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// Instead of a file: years of a federation made up from the seed, nine at most to a life, then the next seed
    #[arg(long, value_name = "YEARS", conflicts_with_all = ["file", "trace"])]
    soak: Option<u64>,
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
pub(crate) async fn run(args: &SimulateArgs, ctx: &Ctx) -> Result<(), CliError> {
    if let Some(charter) = &args.charter {
        return counterfactual::run(charter, args.history.as_deref(), args.group.as_deref(), ctx).await;
    }
    let Some(file) = &args.file else { return soak(args.soak.unwrap_or(1), args.seed.unwrap_or(0), ctx) };
    let scenario = load(file).map_err(|error| CliError::Input(error.to_string()))?;
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

/// Lives as many years as were asked for, each life with a seed of its own, and prints what each year left.
fn soak(years: u64, seed: u64, ctx: &Ctx) -> Result<(), CliError> {
    for (life, before) in (0..years.max(1)).step_by(LONGEST_LIFE as usize).enumerate() {
        let soak = Soak { seed: seed + life as u64, years: LONGEST_LIFE.min(years.max(1) - before) };
        let report = soak.run().map_err(CliError::Failed)?;
        if ctx.json {
            ctx.out.json_line(&report)?;
            continue;
        }
        let rows = report.years.iter().map(|year| {
            let numbers = [year.year, year.entries, year.decisions, year.members, year.events];
            let bytes = [year.present(), year.past(), year.disk].map(|bytes| bytes.to_string());
            numbers.map(|number| number.to_string()).into_iter().chain(bytes).collect()
        });
        let head = ["year", "entries", "decisions", "members", "events", "open and in force", "of the past", "disk"];
        ctx.out.line(&table(&head, rows))?;
        let outcomes: Vec<String> =
            report.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        ctx.out.line(&format!(
            "seed {}: {}; {} steps refused; {} crashes; all nodes hold the same, and what is open and in force has not grown",
            report.seed,
            outcomes.join(", "),
            report.refused,
            report.faults.get("crash").copied().unwrap_or(0)
        ))?;
    }
    Ok(())
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
