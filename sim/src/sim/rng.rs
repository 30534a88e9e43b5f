//! A small seeded random generator: the run depends on the seed alone.

use folkmoot_protocol::time::Span;

/// `SplitMix64` (Steele, Lea, Flood 2014): good enough to choose what goes wrong when, and nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The bias of a remainder is below 2^-40 for every use here.
        if end == 0 { 0 } else { self.next() % end }
    }

    /// A span from `least` to `most`.
    pub(crate) fn span(&mut self, least: Span, most: Span) -> Span {
        let width = most.millis().saturating_sub(least.millis());
        Span::from_millis(least.millis() + self.below(width + 1))
    }

    /// A span from `least` to `most` milliseconds.
    pub(crate) fn millis(&mut self, least: u64, most: u64) -> Span {
        self.span(Span::from_millis(least), Span::from_millis(most))
    }

    /// True so many times in a million.
    pub(crate) fn chance(&mut self, of_a_million: u64) -> bool {
        self.below(1_000_000) < of_a_million
    }

    /// One of `items`.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// Sixteen random bytes.
    pub(crate) fn salt(&mut self) -> [u8; 16] {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&self.next().to_be_bytes());
        salt[8..].copy_from_slice(&self.next().to_be_bytes());
        salt
    }
}
