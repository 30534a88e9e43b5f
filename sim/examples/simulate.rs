//! Runs one scenario and prints its report: `cargo run -p folkmoot-sim --example simulate FILE SEED`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("name the scenario's file")?;
    let scenario = folkmoot_sim::load(file)?;
    let seed = arguments.next().map_or(Ok(scenario.seed), |seed| seed.parse())?;
    let report = folkmoot_sim::run(&scenario, seed)?;
    report.trace.iter().for_each(|line| println!("{line}"));
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
