//! What goes wrong, made up from a seed.

use std::fmt::Write as _;

use super::{matters::NEWS_MS, node};
use crate::{scenario::FaultKind, sim::rng::Rng};

/// The dates of a matter or of a negotiation that count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    /// When it starts.
    pub(super) at: u64,
    /// The dates by which something must have been said.
    pub(super) by: [u64; 3],
    /// The date about which the network is cut, if groups answer at the last moment.
    pub(super) close: Option<u64>,
}

/// Writes a fault of any kind.
pub(super) fn any(file: &mut String, nodes: usize, last_ms: u64, rng: &mut Rng) {
    let kind = FaultKind::ALL[rng.below(FaultKind::ALL.len() as u64) as usize];
    if kind == FaultKind::Partition && nodes < 2 {
        return;
    }
    let at = rng.below(last_ms - 100_000);
    let lasts = 2_000 + rng.below(90_000);
    head(file, at, lasts, kind);
    let _ = match kind {
        FaultKind::Loss => writeln!(file, "rate = 0.{:02}", 5 + rng.below(50)),
        FaultKind::Duplicate => writeln!(file, "rate = 0.{:02}", 10 + rng.below(80)),
        FaultKind::Delay => writeln!(file, "min = \"50ms\"\nmax = \"{}ms\"", 100 + rng.below(9_000)),
        FaultKind::Reorder => Ok(()),
        FaultKind::Partition => writeln!(file, "sides = {:?}", sides(nodes, rng)),
        FaultKind::Crash => {
            let (no, writing) = (rng.below(nodes as u64) as usize, rng.chance(600_000));
            writeln!(file, "node = \"{}\"\nwhile_writing = {writing}", node(no))
        }
        FaultKind::TwoFaces => Ok(()),
    };
}

/// Writes what goes wrong while matters are decided and terms agreed: anything now and then, and some nodes that are down or cut off
/// about the dates that count.
pub(super) fn write(file: &mut String, nodes: usize, all: &[Dates], last_ms: u64, rng: &mut Rng) {
    // Now and then nothing at all goes wrong.
    if rng.chance(100_000) {
        return;
    }
    for close in all.iter().filter_map(|dates| dates.close) {
        // About as many witnesses hear of an answer in time as do not.
        let (before, after) = (rng.below(16_000), NEWS_MS + 5_000 + rng.below(30_000));
        head(file, close.saturating_sub(before), before + after, FaultKind::Partition);
        let _ = writeln!(file, "sides = {:?}", halves(nodes, rng));
    }
    for _ in 0..rng.below(4) {
        any(file, nodes, last_ms, rng);
    }
    for _ in 0..rng.below(4) {
        let Some(dates) = rng.pick(all) else { return };
        let Some(date) = rng.pick(&dates.by) else { return };
        let (before, after) = (rng.below(40_000), rng.below(NEWS_MS + 30_000));
        let at = date.saturating_sub(before);
        let lasts = if rng.chance(200_000) { 200_000 + rng.below(400_000) } else { before + after + 1_000 };
        let lasts = lasts.min(last_ms.saturating_sub(at)).max(1_000);
        some_nodes(file, nodes, (at, lasts), rng);
    }
}

/// A host shows two faces while a matter is decided, or terms are agreed; on a large panel a witness does so too, to the same nodes.
pub(super) fn two_faces(file: &mut String, nodes: usize, liar: usize, all: &[Dates], rng: &mut Rng) {
    let Some(dates) = rng.pick(all) else { return };
    let end = dates.by[rng.below(3) as usize] + NEWS_MS;
    let at = dates.at + rng.below(end - dates.at);
    let lasts = 5_000 + rng.below(120_000);
    let witness = (nodes >= super::LARGE && rng.chance(700_000)).then(|| 1 + rng.below(nodes as u64 - 1) as usize);
    let mut sides = [Vec::new(), Vec::new()];
    for other in (0..nodes).filter(|other| *other != liar && Some(*other) != witness) {
        sides[usize::from(rng.chance(500_000))].push(node(other));
    }
    if rng.chance(500_000) {
        // The two sides do not hear of each other meanwhile.
        head(file, at.saturating_sub(500), lasts + 1_000 + rng.below(60_000), FaultKind::Partition);
        let _ = writeln!(file, "sides = {sides:?}");
    }
    let behind = if rng.chance(400_000) { rng.below(90_000) } else { 0 };
    for two_faced in [Some(liar), witness].into_iter().flatten() {
        head(file, at, lasts, FaultKind::TwoFaces);
        let _ = writeln!(file, "node = \"{}\"\nsides = {sides:?}\nmax = \"{behind}ms\"", node(two_faced));
    }
}

/// Some nodes are down, or cannot be reached.
fn some_nodes(file: &mut String, nodes: usize, (at, lasts): (u64, u64), rng: &mut Rng) {
    if rng.chance(500_000) {
        head(file, at, lasts, FaultKind::Partition);
        let _ = writeln!(file, "sides = {:?}", sides(nodes, rng));
        return;
    }
    let share = 150_000 + rng.below(450_000);
    for no in (0..nodes).filter(|_| rng.chance(share)).collect::<Vec<_>>() {
        head(file, at, lasts, FaultKind::Crash);
        let _ = writeln!(file, "node = \"{}\"", node(no));
    }
}

fn head(file: &mut String, at: u64, lasts: u64, kind: FaultKind) {
    let _ = writeln!(file, "[[faults]]\nat = \"{at}ms\"\nfor = \"{lasts}ms\"\nkind = \"{}\"", kind.word());
}

fn halves(nodes: usize, rng: &mut Rng) -> [Vec<String>; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    (0..nodes).for_each(|at| sides[usize::from(rng.chance(500_000))].push(node(at)));
    sides
}

fn sides(nodes: usize, rng: &mut Rng) -> [Vec<String>; 2] {
    let lone = rng.below(nodes as u64) as usize;
    let mut sides = [Vec::new(), vec![node(lone)]];
    for at in (0..nodes).filter(|at| *at != lone) {
        sides[usize::from(rng.chance(300_000))].push(node(at));
    }
    sides
}
