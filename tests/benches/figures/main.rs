//! First figures: what the program does in a second, beside what the same machine does bare in the same run.
//!
//! `cargo bench -p folkmoot-tests --bench figures` prints one JSON object on standard output and words on standard
//! error; `-- --quick` ends in seconds and proves only that it runs. How to read it: `docs/performance.md`.
//!
//! # Layout
//! - `ingest`: a node fetches a log from another; `host`: members hand statements in; `latency`: until all have it
//! - `bare`: the ceilings; `gossip`: bare messages
//! - `group`: a group whose log is written without a node; `seat`: a node in this process; `report`: numbers

mod bare;
mod gossip;
mod group;
mod host;
mod ingest;
mod latency;
mod report;
mod seat;

use std::process::ExitCode;

use serde_json::json;

/// How much is measured.
struct Size {
    /// Entries that one node fetches from another.
    entries: usize,
    /// Statements that are handed in, for each number of writers.
    statements: usize,
    /// Proposals that all nodes wait for.
    proposals: usize,
    /// How often the first two are measured, product and bare in turn; the best counts.
    rounds: usize,
}

const FULL: Size = Size { entries: 10_000, statements: 2_000, proposals: 200, rounds: 3 };
const QUICK: Size = Size { entries: 300, statements: 48, proposals: 5, rounds: 1 };

fn main() -> ExitCode {
    // cargo bench says --bench to whatever it runs.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let quick = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--quick"] => true,
        _ => {
            eprintln!("the only option is --quick, which measures little and ends in seconds; got {args:?}");
            return ExitCode::from(2);
        }
    };
    let size = if quick { QUICK } else { FULL };
    let load = report::load_average();
    let figures = json!({
        "machine": report::machine(),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
        "version": env!("CARGO_PKG_VERSION"),
        "date": folkmoot_node::clock::now(),
        "quick": quick,
        "load_average_before": load,
        "ingest": ingest::measure(size.entries, size.rounds),
        "host": host::measure(size.statements, size.rounds),
        "latency": latency::measure(size.proposals),
        "load_average_after": report::load_average(),
    });
    println!("{figures}");
    ExitCode::SUCCESS
}
