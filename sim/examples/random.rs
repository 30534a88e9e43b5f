//! Prints the file of a scenario made up from a seed: `cargo run -p folkmoot-sim --example random SEED`, with `matters`
//! or `resources` behind it one of those with matters between groups or negotiations, with `rounds` one with rounds, with
//! `settling` one whose matters settle negotiations; and with a number behind that, one of so many nodes.

use folkmoot_sim::Random;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).ok_or("give a seed")?.parse()?;
    let shape = match std::env::args().nth(2).as_deref() {
        Some("matters") => Random::with_matters(),
        Some("resources") => Random::with_resources(),
        Some("rounds") => Random::with_rounds(),
        Some("settling") => Random::with_settling(),
        _ => Random::default(),
    };
    let nodes = std::env::args().nth(3).map_or(Ok(shape.nodes), |nodes| nodes.parse())?;
    println!("{}", Random { seed, nodes, ..shape }.toml());
    Ok(())
}
