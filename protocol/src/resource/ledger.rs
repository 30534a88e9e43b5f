//! The ledger of one resource: what is held and allocated, which together never exceed the capacity.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Portion, Window,
    levels::{Change, Levels},
};
use crate::time::Timestamp;

/// What is promised of one resource, by the caller's ids.
///
/// It holds at any time: in every instant, the amounts of all portions whose window contains it come to the capacity at
/// most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "Raw<K>",
    into = "Raw<K>",
    bound(serialize = "K: Ord + Clone + Serialize", deserialize = "K: Ord + Clone + Deserialize<'de>")
)]
pub struct Ledger<K> {
    capacity: u64,
    promises: BTreeMap<K, Promise>,
    levels: Levels,
    /// When holds end, and whose.
    ends: BTreeSet<(Timestamp, K)>,
}

/// Capacity that is kept or given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// How much of it, and when.
    pub portions: Vec<Portion>,
    /// When a hold ends by itself; an allocation does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

/// Says what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{amount} too few {window}: ask for less, for another time, or wait until something is released")]
pub struct Missing {
    /// The first stretch of time in which there is not enough.
    pub window: Window,
    /// The most that is missing in any instant of it.
    pub amount: u64,
}

/// Says that a capacity would fall below what is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{least} are promised already: the capacity cannot be lower")]
pub struct TooLow {
    /// The smallest capacity that still fits.
    pub least: u64,
}

/// Says why a ledger refuses a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// There is not enough.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The id has a promise already.
    #[error("this is promised already: replace it, or use another id")]
    InUse,
    /// The id has no promise.
    #[error("nothing is promised under this id")]
    Unknown,
}

impl Promise {
    /// Makes a hold, which ends by itself.
    pub fn hold(portions: Vec<Portion>, until: Timestamp) -> Self {
        Self { portions, held_until: Some(until) }
    }

    /// Makes an allocation, which stays until it is released.
    pub fn allocation(portions: Vec<Portion>) -> Self {
        Self { portions, held_until: None }
    }

    /// Says whether it shares a moment with a window.
    pub fn overlaps(&self, window: Window) -> bool {
        self.portions.iter().any(|portion| portion.window.overlaps(window))
    }
}

impl<K: Ord + Clone> Ledger<K> {
    /// Makes a ledger in which nothing is promised.
    pub fn new(capacity: u64) -> Self {
        Self { capacity, promises: BTreeMap::new(), levels: Levels::default(), ends: BTreeSet::new() }
    }

    /// How much may be promised in every instant.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The promise of that id.
    pub fn find(&self, id: &K) -> Option<&Promise> {
        self.promises.get(id)
    }

    /// All promises, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Promise)> {
        self.promises.iter()
    }

    /// Says whether portions fit beside everything that is promised; together, where they overlap.
    ///
    /// # Errors
    /// Where there is not enough, and how much is missing there.
    pub fn fits(&self, portions: &[Portion]) -> Result<(), Missing> {
        self.room_for(&Change::default().plus(portions))
    }

    /// Says whether portions fit in the place of what an id is promised, if it is promised anything.
    ///
    /// # Errors
    /// Where there is not enough, and how much is missing there.
    pub fn fits_instead_of(&self, id: &K, portions: &[Portion]) -> Result<(), Missing> {
        self.room_for(&self.instead_of(id, portions))
    }

    /// The promises that share a moment with a window, by id: who else is there, at the moment of a request.
    ///
    /// It looks at each promise. To ask whether something fits, to promise and to release take work by the edges in the
    /// windows concerned alone.
    pub fn conflicts(&self, window: Window) -> impl Iterator<Item = (&K, &Promise)> {
        self.promises.iter().filter(move |(_, promise)| promise.overlaps(window))
    }

    /// What is promised at a moment.
    pub fn promised_at(&self, at: Timestamp) -> u64 {
        amount(self.levels.at(at))
    }

    /// What is promised within a window, piece by piece: what a calendar shows.
    pub fn promised_within(&self, window: Window) -> Vec<(Window, u64)> {
        self.levels.within(window).into_iter().map(|(window, level)| (window, amount(level))).collect()
    }

    /// What is left in every instant of a window.
    pub fn left(&self, window: Window) -> u64 {
        let most = self.levels.within(window).into_iter().map(|(_, level)| amount(level)).max().unwrap_or(0);
        self.capacity.saturating_sub(most)
    }

    /// Promises portions to a new id.
    ///
    /// # Errors
    /// If the id is in use, or there is not enough; then nothing changes.
    pub fn promise(&mut self, id: K, promise: Promise) -> Result<(), LedgerError> {
        if self.promises.contains_key(&id) {
            return Err(LedgerError::InUse);
        }
        self.exchange(id, promise).map(drop)
    }

    /// Puts a promise in the place of the one that an id has, which it gives back.
    ///
    /// # Errors
    /// If the id has none, or there is not enough; then nothing changes.
    pub fn replace(&mut self, id: &K, promise: Promise) -> Result<Promise, LedgerError> {
        if !self.promises.contains_key(id) {
            return Err(LedgerError::Unknown);
        }
        self.exchange(id.clone(), promise)?.ok_or(LedgerError::Unknown)
    }

    /// Makes an allocation of what an id holds, and says whether it has a promise.
    pub fn allocate(&mut self, id: &K) -> bool {
        let Some(promise) = self.promises.get_mut(id) else { return false };
        if let Some(until) = promise.held_until.take() {
            self.ends.remove(&(until, id.clone()));
        }
        true
    }

    /// Takes away what an id is promised.
    pub fn release(&mut self, id: &K) -> Option<Promise> {
        let promise = self.promises.remove(id)?;
        self.levels.apply(&Change::default().minus(&promise.portions));
        self.ends_no_more(id, &promise);
        Some(promise)
    }

    /// When the next hold ends.
    pub fn lapses_at(&self) -> Option<Timestamp> {
        self.ends.first().map(|(until, _)| *until)
    }

    /// Takes away the holds that have ended at `at`, the first that ended first.
    pub fn lapse(&mut self, at: Timestamp) -> Vec<(K, Promise)> {
        let mut lapsed = Vec::new();
        while let Some((_, id)) = self.ends.first().filter(|(until, _)| *until <= at) {
            let id = id.clone();
            let Some(promise) = self.release(&id) else { break };
            lapsed.push((id, promise));
        }
        lapsed
    }

    /// Forgets portions whose window is over at `at`, and promises that consist of such alone.
    pub fn forget(&mut self, at: Timestamp) {
        let mut past = Change::default();
        let mut gone = Vec::new();
        self.promises.retain(|id, promise| {
            let (kept, over): (Vec<Portion>, Vec<Portion>) =
                promise.portions.iter().partition(|portion| portion.window.until() > at);
            past = std::mem::take(&mut past).minus(&over);
            promise.portions = kept;
            let stays = over.is_empty() || !promise.portions.is_empty();
            if let Some(until) = promise.held_until.filter(|_| !stays) {
                gone.push((until, id.clone()));
            }
            stays
        });
        for end in gone {
            self.ends.remove(&end);
        }
        self.levels.apply(&past);
    }

    /// Sets the capacity. What lies in the past counts unless it is forgotten first ([`Self::forget`]).
    ///
    /// # Errors
    /// If more is promised; then nothing changes.
    pub fn set_capacity(&mut self, capacity: u64) -> Result<(), TooLow> {
        let least = amount(self.levels.peak());
        if capacity < least {
            return Err(TooLow { least });
        }
        self.capacity = capacity;
        Ok(())
    }

    fn exchange(&mut self, id: K, promise: Promise) -> Result<Option<Promise>, LedgerError> {
        let change = self.instead_of(&id, &promise.portions);
        self.room_for(&change)?;
        self.levels.apply(&change);
        let ends = promise.held_until.map(|until| (until, id.clone()));
        let old = self.promises.insert(id.clone(), promise);
        if let Some(old) = &old {
            self.ends_no_more(&id, old);
        }
        self.ends.extend(ends);
        Ok(old)
    }

    fn ends_no_more(&mut self, id: &K, promise: &Promise) {
        if let Some(until) = promise.held_until {
            self.ends.remove(&(until, id.clone()));
        }
    }

    fn instead_of(&self, id: &K, portions: &[Portion]) -> Change {
        let old = self.promises.get(id).map_or(&[][..], |promise| &promise.portions);
        Change::default().minus(old).plus(portions)
    }

    fn room_for(&self, change: &Change) -> Result<(), Missing> {
        let missing = |level: i128| level - i128::from(self.capacity);
        let after = self.levels.after(change);
        let mut short = after.iter().skip_while(|(_, level)| missing(*level) <= 0);
        let Some((first, most)) = short.next() else { return Ok(()) };
        let (mut window, mut most) = (*first, *most);
        for (next, level) in short.take_while(|(_, level)| missing(*level) > 0) {
            window = Window::new(window.from(), next.until()).unwrap_or(window);
            most = most.max(*level);
        }
        Err(Missing { window, amount: amount(missing(most)) })
    }
}

/// A level is never negative, and above the capacity only in what is refused.
fn amount(level: i128) -> u64 {
    u64::try_from(level.max(0)).unwrap_or(u64::MAX)
}

/// A ledger as it is written: what is promised follows from the promises.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<K> {
    capacity: u64,
    promises: Vec<(K, Promise)>,
}

impl<K: Ord + Clone> From<Ledger<K>> for Raw<K> {
    fn from(ledger: Ledger<K>) -> Self {
        Self { capacity: ledger.capacity, promises: ledger.promises.into_iter().collect() }
    }
}

impl<K: Ord + Clone> TryFrom<Raw<K>> for Ledger<K> {
    type Error = LedgerError;

    fn try_from(raw: Raw<K>) -> Result<Self, LedgerError> {
        let mut ledger = Self::new(raw.capacity);
        raw.promises.into_iter().try_for_each(|(id, promise)| ledger.promise(id, promise))?;
        Ok(ledger)
    }
}
