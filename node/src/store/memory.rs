use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{PoisonError, RwLock},
};

use super::{Batch, Pair, Store, StoreError, after_prefix, batch::Op};

/// A store that forgets everything when it is dropped: for tests and simulations.
///
/// It keeps to the same limits as the one on disk, so that what works here works there.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, read: impl FnOnce(&BTreeMap<Vec<u8>, Vec<u8>>) -> T) -> T {
        read(&self.records.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for MemoryStore {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.with(|records| records.get(key).cloned()))
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError> {
        let first = Bound::Included(from.max(prefix));
        Ok(self.with(|records| {
            records
                .range::<[u8], _>((first, Bound::Unbounded))
                .take_while(|(key, _)| key.starts_with(prefix))
                .take(limit)
                .map(owned)
                .collect()
        }))
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<Pair>, StoreError> {
        let end = after_prefix(prefix);
        let bounds = (Bound::Included(prefix), end.as_deref().map_or(Bound::Unbounded, Bound::Excluded));
        Ok(self.with(|records| records.range::<[u8], _>(bounds).next_back().map(owned)))
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let ops = batch.into_checked()?;
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        for op in ops {
            match op {
                Op::Put(key, value) => records.insert(key, value),
                Op::Delete(key) => records.remove(&key),
            };
        }
        Ok(())
    }
}

fn owned((key, value): (&Vec<u8>, &Vec<u8>)) -> Pair {
    (key.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::contract;

    contract!((MemoryStore::new(), ()));
}
