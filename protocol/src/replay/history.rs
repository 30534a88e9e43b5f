//! What a log has grown so far: the ids of its entries, and who named which text. Digests hold the roots of both.

use std::collections::BTreeMap;

use crate::{
    cbor,
    id::{BodyId, EntryId, Hash},
    merkle::{self, Frontier},
    name::Name,
};

/// The ids of a log's entries, from where its replay started.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    /// The number of the first one.
    from: u64,
    ids: Vec<EntryId>,
    numbers: BTreeMap<EntryId, u64>,
    pub(super) frontier: Frontier,
}

impl Entries {
    /// The entries of a log of which only the last one is known, and the roots.
    pub(super) fn resume(head: EntryId, frontier: Frontier) -> Self {
        let from = frontier.size() - 1;
        Self { from, ids: vec![head], numbers: BTreeMap::from([(head, from)]), frontier }
    }

    pub(super) fn first(id: EntryId) -> Self {
        let mut frontier = Frontier::default();
        frontier.append(merkle::leaf(&id.0));
        Self::resume(id, frontier)
    }

    pub(super) fn push(&mut self, id: EntryId) {
        self.numbers.insert(id, self.frontier.size());
        self.ids.push(id);
        self.frontier.append(merkle::leaf(&id.0));
    }

    pub(super) fn id(&self, number: u64) -> Option<EntryId> {
        self.ids.get(usize::try_from(number.checked_sub(self.from)?).ok()?).copied()
    }

    pub(super) fn number(&self, id: &EntryId) -> Option<u64> {
        self.numbers.get(id).copied()
    }

    /// Knows an entry from before the start, whose path was checked.
    pub(super) fn hand_in(&mut self, id: EntryId, number: u64) {
        self.numbers.insert(id, number);
    }

    /// The paths of entries to the roots that the log had with `size` entries; none of one that is not known.
    pub(super) fn paths(&self, size: u64, numbers: &[u64]) -> Vec<Option<Vec<Hash>>> {
        if self.from > 0 || size > self.ids.len() as u64 {
            return vec![None; numbers.len()];
        }
        merkle::paths(size, numbers, |number| merkle::leaf(&self.ids[number as usize].0))
    }
}

/// Who named which text, in the order of the log, from where its replay started.
#[derive(Clone, Debug, Default)]
pub(super) struct Namings {
    /// Who named a body first since the start, and as which item of the list.
    first: BTreeMap<BodyId, (Name, u64)>,
    /// The hashes of the items since the start.
    leaves: Vec<Hash>,
    pub(super) frontier: Frontier,
    /// Who named a body before the start, as far as that was handed in.
    handed_in: BTreeMap<BodyId, Name>,
}

impl Namings {
    pub(super) fn resume(frontier: Frontier) -> Self {
        Self { frontier, ..Self::default() }
    }

    pub(super) fn push(&mut self, body: BodyId, by: Name) {
        let leaf = naming(&body, &by);
        let index = self.frontier.size();
        self.first.entry(body).or_insert((by, index));
        self.leaves.push(leaf);
        self.frontier.append(leaf);
    }

    /// Who named a body first since the start.
    pub(super) fn author(&self, body: &BodyId) -> Option<&Name> {
        self.first.get(body).map(|(name, _)| name)
    }

    /// Who named a body before the start, if that was handed in.
    pub(super) fn before(&self, body: &BodyId) -> Option<&Name> {
        self.handed_in.get(body)
    }

    /// Knows who named a body before the start, whose path was checked.
    pub(super) fn hand_in(&mut self, body: BodyId, by: Name) {
        self.handed_in.insert(body, by);
    }

    /// Which item of the list named a body first, and who.
    pub(super) fn first(&self, body: &BodyId) -> Option<(u64, &Name)> {
        self.first.get(body).map(|(name, index)| (*index, name))
    }

    /// The paths of items to the roots that the list had with `size` items; none of one that is not known.
    pub(super) fn paths(&self, size: u64, indices: &[u64]) -> Vec<Option<Vec<Hash>>> {
        if self.leaves.len() as u64 != self.frontier.size() || size > self.frontier.size() {
            return vec![None; indices.len()];
        }
        merkle::paths(size, indices, |index| self.leaves[index as usize])
    }
}

/// The hash of one naming as an item of its list.
pub(super) fn naming(body: &BodyId, by: &Name) -> Hash {
    merkle::leaf(&cbor::encode(&(body, by)))
}
