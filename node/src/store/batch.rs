use super::{MAX_BATCH, MAX_KEY, MAX_VALUE, StoreError};

/// Writes that become durable together or not at all.
///
/// The order counts: of several writes to one key the last one holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    ops: Vec<Op>,
    bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Op {
    Put(Vec<u8>, Vec<u8>),
    Delete(Vec<u8>),
}

impl Batch {
    /// Makes a batch without writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a write of `value` under `key`.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let (key, value) = (key.into(), value.into());
        self.bytes += key.len() + value.len();
        self.ops.push(Op::Put(key, value));
    }

    /// Adds the removal of `key`; a key that is not there is fine.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        let key = key.into();
        self.bytes += key.len();
        self.ops.push(Op::Delete(key));
    }

    /// Tells whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Counts the writes.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Adds up the lengths of keys and values, which [`MAX_BATCH`] bounds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives up the writes, in order, once every length is within the limits.
    pub(super) fn into_checked(self) -> Result<Vec<Op>, StoreError> {
        within("batch", self.bytes, MAX_BATCH)?;
        for op in &self.ops {
            match op {
                Op::Put(key, value) => {
                    within("key", key.len(), MAX_KEY)?;
                    within("value", value.len(), MAX_VALUE)?;
                }
                Op::Delete(key) => within("key", key.len(), MAX_KEY)?,
            }
        }
        Ok(self.ops)
    }
}

fn within(what: &'static str, len: usize, max: usize) -> Result<(), StoreError> {
    if len > max {
        return Err(StoreError::TooLarge { what, len, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_writes_and_bytes() {
        let mut batch = Batch::new();
        assert!(batch.is_empty());
        batch.put("key", "value");
        batch.delete("gone");
        assert_eq!((batch.len(), batch.bytes()), (2, 12));
        assert!(!batch.is_empty());
    }
}
