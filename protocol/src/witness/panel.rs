//! The arithmetic of a panel.

/// How many notes seal, and how many reports settle an absence, with m witnesses of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorums {
    /// m: the panel, without the node that hosts the log.
    pub witnesses: u32,
    /// f: how many may lie.
    pub liars: u32,
    /// w: how many notes seal an entry.
    pub seal: u32,
    /// s: how many reports settle that something is not there.
    pub settle: u32,
}

impl Quorums {
    /// f = max(0, ⌊(m−1)/5⌋), w = ⌊(m+3f)/2⌋+1, s = m+f+1−w (thresholds of 5f+1 panels, by exhaustive search).
    ///
    /// With no witnesses nothing is sealed by notes: `seal` is 1, which no notes reach.
    pub fn of(witnesses: u32) -> Self {
        let liars = witnesses.saturating_sub(1) / 5;
        let seal = (witnesses + 3 * liars) / 2 + 1;
        Self { witnesses, liars, seal, settle: witnesses + liars + 1 - seal }
    }

    /// How many witnesses may be down while entries still get sealed.
    pub fn may_be_down(self) -> u32 {
        self.witnesses.saturating_sub(self.seal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorums_are_those_of_the_table() {
        let table = [
            (0, 1, 1, 0),
            (0, 2, 1, 0),
            (0, 2, 2, 1),
            (0, 3, 2, 1),
            (0, 3, 3, 2),
            (1, 5, 3, 1),
            (1, 6, 3, 1),
            (1, 6, 4, 2),
            (1, 7, 4, 2),
            (1, 7, 5, 3),
            (2, 9, 5, 2),
            (2, 10, 5, 2),
            (2, 10, 6, 3),
        ];
        for (m, (f, w, s, down)) in (1..).zip(table) {
            let q = Quorums::of(m);
            assert_eq!((q.liars, q.seal, q.settle, q.may_be_down()), (f, w, s, down), "m = {m}");
        }
    }
}
