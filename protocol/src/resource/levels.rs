//! How much is promised from each moment on: a step function of time, kept as its edges.

use std::collections::BTreeMap;

use super::{Portion, Window};
use crate::time::Timestamp;

/// What is promised from each edge until the next one; before the first edge nothing is.
///
/// Neighbours differ, so that equal functions have equal edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Levels(BTreeMap<Timestamp, i128>);

/// By how much the promises change at each moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Change(BTreeMap<Timestamp, i128>);

impl Change {
    /// Adds portions.
    pub(super) fn plus(mut self, portions: &[Portion]) -> Self {
        portions.iter().for_each(|portion| self.add(portion.window, i128::from(portion.amount)));
        self
    }

    /// Takes portions away.
    pub(super) fn minus(mut self, portions: &[Portion]) -> Self {
        portions.iter().for_each(|portion| self.add(portion.window, -i128::from(portion.amount)));
        self
    }

    fn add(&mut self, window: Window, amount: i128) {
        *self.0.entry(window.from()).or_default() += amount;
        *self.0.entry(window.until()).or_default() -= amount;
    }
}

impl Levels {
    /// What is promised at a moment.
    pub(super) fn at(&self, at: Timestamp) -> i128 {
        self.0.range(..=at).next_back().map_or(0, |(_, level)| *level)
    }

    /// The most that is promised in any instant.
    pub(super) fn peak(&self) -> i128 {
        self.0.values().copied().max().unwrap_or(0)
    }

    /// What is promised within a window, piece by piece.
    pub(super) fn within(&self, window: Window) -> Vec<(Window, i128)> {
        let inner = self.0.range(window.from()..window.until()).filter(|(at, _)| **at > window.from());
        let mut starts = vec![(window.from(), self.at(window.from()))];
        starts.extend(inner.map(|(at, level)| (*at, *level)));
        pieces(&starts, window.until())
    }

    /// What would be promised after a change, piece by piece, from its first moment to its last.
    ///
    /// The work grows with the edges in between, not with all promises.
    pub(super) fn after(&self, change: &Change) -> Vec<(Window, i128)> {
        let (Some((first, _)), Some((last, _))) = (change.0.first_key_value(), change.0.last_key_value()) else {
            return Vec::new();
        };
        let mut moments: Vec<Timestamp> = change.0.keys().copied().filter(|at| at < last).collect();
        moments.extend(self.0.range(*first..*last).map(|(at, _)| *at));
        moments.sort_unstable();
        moments.dedup();
        let (mut added, mut level) = (0, self.at(*first));
        let starts: Vec<(Timestamp, i128)> = moments
            .into_iter()
            .map(|at| {
                added += change.0.get(&at).copied().unwrap_or(0);
                level = self.0.get(&at).copied().unwrap_or(level);
                (at, level + added)
            })
            .collect();
        pieces(&starts, *last)
    }

    /// Carries a change out.
    pub(super) fn apply(&mut self, change: &Change) {
        let after = self.after(change);
        let (Some((first, _)), Some((last, _))) = (after.first(), after.last()) else { return };
        let (from, until) = (first.from(), last.until());
        let end = self.at(until);
        let inside: Vec<Timestamp> = self.0.range(from..until).map(|(at, _)| *at).collect();
        for at in inside {
            self.0.remove(&at);
        }
        for (window, level) in after {
            self.put(window.from(), level);
        }
        self.0.remove(&until);
        self.put(until, end);
    }

    /// Sets the level from a moment on that has no edge; the edges before it are in place.
    fn put(&mut self, at: Timestamp, level: i128) {
        if self.at(at) != level {
            self.0.insert(at, level);
        }
    }
}

/// The pieces that start at these moments, the last of which ends at `until`.
fn pieces(starts: &[(Timestamp, i128)], until: Timestamp) -> Vec<(Window, i128)> {
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([until]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|((from, level), until)| Some((Window::new(*from, until).ok()?, *level)))
        .collect()
}
