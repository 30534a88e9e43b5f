//! Prints the file of a scenario made up from a seed: `cargo run -p folkmoot-sim --example random SEED`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).ok_or("give a seed")?.parse()?;
    println!("{}", folkmoot_sim::Random { seed, ..folkmoot_sim::Random::default() }.toml());
    Ok(())
}
