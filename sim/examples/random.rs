//! Prints the file of a scenario made up from a seed: `cargo run -p folkmoot-sim --example random SEED`, with `matters`
//! behind it one of those with matters between groups.

use folkmoot_sim::Random;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).ok_or("give a seed")?.parse()?;
    let matters = std::env::args().nth(2).is_some_and(|word| word == "matters");
    let shape = if matters { Random::with_matters() } else { Random::default() };
    println!("{}", Random { seed, ..shape }.toml());
    Ok(())
}
