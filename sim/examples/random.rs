//! Prints the file of a scenario made up from a seed: `cargo run -p folkmoot-sim --example random SEED`, with `matters`
//! or `resources` behind it one of those with matters between groups or negotiations, with `rounds` one with rounds, with `both` one with the first two.

use folkmoot_sim::Random;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).ok_or("give a seed")?.parse()?;
    let shape = match std::env::args().nth(2).as_deref() {
        Some("matters") => Random::with_matters(),
        Some("resources") => Random::with_resources(),
        Some("rounds") => Random::with_rounds(),
        Some("both") => Random { matters: 3, ..Random::with_resources() },
        _ => Random::default(),
    };
    println!("{}", Random { seed, ..shape }.toml());
    Ok(())
}
