//! Merkle trees over lists that only grow (RFC 9162 §2.1.1), kept as the roots of their full subtrees.
//!
//! A list of n items has one full subtree for each 1 in the binary form of n. Appending merges equal ones: one hash on
//! average, whatever the length.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Hash;

/// The hash of an item of a list.
pub fn leaf(item: &[u8]) -> Hash {
    Hash::of(&[&[0], item].concat())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash::of(&bytes)
}

/// The roots of the full subtrees of a list, the largest and first one first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
struct Wire(u64, Vec<Hash>);

impl TryFrom<Wire> for Frontier {
    type Error = &'static str;

    fn try_from(Wire(size, roots): Wire) -> Result<Self, Self::Error> {
        if roots.len() != size.count_ones() as usize {
            return Err("a list has one root for each full subtree");
        }
        Ok(Self { size, roots })
    }
}

impl From<Frontier> for Wire {
    fn from(frontier: Frontier) -> Self {
        Self(frontier.size, frontier.roots)
    }
}

impl Frontier {
    /// How many items the list has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the hash of an item.
    pub fn append(&mut self, leaf: Hash) {
        let mut root = leaf;
        let merges = self.size.trailing_ones() as usize;
        for left in self.roots.split_off(self.roots.len() - merges).iter().rev() {
            root = node(left, &root);
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// Says whether the list has that item at `index`, given the path from it to the root of its full subtree: the
    /// hashes beside it, from below.
    pub fn holds(&self, index: u64, leaf: Hash, path: &[Hash]) -> bool {
        let Some((root, subtree)) = self.roots.iter().zip(subtrees(self.size)).find(|(_, tree)| tree.has(index)) else {
            return false;
        };
        let step = |hash: Hash, (level, beside): (usize, &Hash)| match (index - subtree.start) >> level & 1 {
            0 => node(&hash, beside),
            _ => node(beside, &hash),
        };
        path.len() == subtree.height as usize && path.iter().enumerate().fold(leaf, step) == *root
    }
}

/// A full subtree of a list.
#[derive(Clone, Copy, Debug)]
struct Subtree {
    start: u64,
    height: u32,
}

impl Subtree {
    fn has(&self, index: u64) -> bool {
        index >= self.start && (index - self.start) >> self.height == 0
    }

    /// The hashes of its levels, from below.
    fn levels(&self, leaf: impl Fn(u64) -> Hash) -> Vec<Vec<Hash>> {
        let mut levels = vec![(self.start..self.start + (1 << self.height)).map(leaf).collect::<Vec<_>>()];
        for below in 0..self.height as usize {
            let above = levels[below].chunks(2).map(|pair| node(&pair[0], &pair[1])).collect();
            levels.push(above);
        }
        levels
    }
}

fn subtrees(size: u64) -> impl Iterator<Item = Subtree> {
    let heights = (0..u64::BITS).rev().filter(move |height| size >> height & 1 == 1);
    heights.scan(0, |start, height| {
        let subtree = Subtree { start: *start, height };
        *start += 1 << height;
        Some(subtree)
    })
}

/// The paths of items of a list as it was when it had `size` items; an item beyond it has none.
///
/// It costs one pass over each full subtree that holds one of them.
pub fn paths(size: u64, indices: &[u64], leaf: impl Fn(u64) -> Hash) -> Vec<Option<Vec<Hash>>> {
    let mut built: BTreeMap<u64, Vec<Vec<Hash>>> = BTreeMap::new();
    let path = |index: &u64| {
        let subtree = subtrees(size).find(|subtree| subtree.has(*index))?;
        let levels = built.entry(subtree.start).or_insert_with(|| subtree.levels(&leaf));
        let at = (index - subtree.start) as usize;
        Some((0..subtree.height as usize).map(|level| levels[level][at >> level ^ 1]).collect())
    };
    indices.iter().map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(index: u64) -> Hash {
        leaf(&index.to_be_bytes())
    }

    fn list(size: u64) -> Frontier {
        let mut frontier = Frontier::default();
        (0..size).for_each(|index| frontier.append(item(index)));
        frontier
    }

    /// The tree of RFC 9162 §2.1.1, computed as it is defined there.
    fn root_of(items: &[Hash]) -> Hash {
        match items {
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                node(&root_of(left), &root_of(right))
            }
        }
    }

    #[test]
    fn roots_fold_into_the_tree_of_the_rfc() {
        for size in 1..70 {
            let items: Vec<Hash> = (0..size).map(item).collect();
            let frontier = list(size);
            let folded = frontier.roots.iter().rev().copied().reduce(|right, left| node(&left, &right));
            assert_eq!(folded, Some(root_of(&items)), "{size} items");
        }
    }

    #[test]
    fn every_item_has_a_path_and_no_other_does() {
        for size in 0..40 {
            let (frontier, indices) = (list(size), (0..size + 2).collect::<Vec<_>>());
            for (index, path) in indices.iter().zip(paths(size, &indices, item)) {
                assert_eq!(path.is_some(), *index < size);
                let path = path.unwrap_or_default();
                assert_eq!(frontier.holds(*index, item(*index), &path), *index < size);
                assert!(!frontier.holds(*index, item(index + 1), &path));
                assert!(!frontier.holds(index + 1, item(*index), &path));
                assert!(!frontier.holds(*index, item(*index), &[path.as_slice(), &[Hash([0; 32])]].concat()));
            }
        }
        assert!(!list(3).holds(u64::MAX, item(0), &[]));
    }
}
