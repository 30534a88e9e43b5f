//! Counts 80,000 made-up ballots by each method and says how long it took:
//! `cargo run --release -p folkmoot-protocol --example count_ballots`

use std::{collections::BTreeMap, time::Instant};

use folkmoot_protocol::{
    charter::{Counting, Method, TieBreak, Unranked},
    ladder::tally::{Ballots, Choice, count},
};

const BALLOTS: u64 = 80_000;
const OPTIONS: usize = 30;

fn main() {
    let options = (0..OPTIONS).map(|at| Choice { label: format!("c{at:02}"), tags: BTreeMap::new() });
    let mut ballots = Ballots::new(options.collect());
    let mut state: u64 = 7;
    let mut next = |below: usize| {
        // A linear congruence (Knuth's MMIX) is even enough for made-up ballots.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..BALLOTS {
        let mut left: Vec<usize> = (0..OPTIONS).collect();
        let ranks = 5 + next(OPTIONS - 5);
        let ranking = (0..ranks).map(|_| vec![left.swap_remove(next(left.len()))]).collect();
        ballots.add(1, ranking).expect("each option once");
    }
    for (method, seats, decimals) in
        [(Method::Schulze, 3, None), (Method::Irv, 1, None), (Method::Stv, 8, None), (Method::Stv, 8, Some(5))]
    {
        for unranked in [Unranked::Last, Unranked::Ignore] {
            let (ties, at_most, quota) = (vec![TieBreak::Pairwise], Vec::new(), None);
            let counting = Counting { method, seats, unranked, ties, at_most, quota, decimals };
            let start = Instant::now();
            let rounds = count(&counting, &ballots).rounds.len();
            println!("{:?} {unranked:?} {decimals:?}: {rounds} rounds in {:?}", method, start.elapsed());
        }
    }
}
