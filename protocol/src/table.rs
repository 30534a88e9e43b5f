//! A list of named things, sorted by name, each name once: what records use instead of maps with free keys.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::name::Name;

/// Maps whose keys are ids, written as a list of pairs: records have no maps with free keys.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Ord + Deserialize<'de>,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// A thing that has a name.
pub trait Named {
    /// Its name, unique in its table.
    fn name(&self) -> &Name;
}

/// Named things, sorted by name, each name once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T>(Vec<T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Named> Table<T> {
    /// Sorts `items` by name.
    ///
    /// # Errors
    /// The first name that stands twice.
    pub fn new(mut items: Vec<T>) -> Result<Self, Name> {
        items.sort_by(|a, b| a.name().cmp(b.name()));
        match items.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            Some(pair) => Err(pair[0].name().clone()),
            None => Ok(Self(items)),
        }
    }

    /// The thing of that name.
    pub fn find(&self, name: &Name) -> Option<&T> {
        self.position(name).ok().map(|at| &self.0[at])
    }

    /// The thing of that name, to change; its name must stay.
    pub fn find_mut(&mut self, name: &Name) -> Option<&mut T> {
        self.position(name).ok().map(|at| &mut self.0[at])
    }

    /// Puts a thing in its place and gives back the one of that name that it replaces.
    pub fn put(&mut self, item: T) -> Option<T> {
        match self.position(item.name()) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at], item)),
            Err(at) => {
                self.0.insert(at, item);
                None
            }
        }
    }

    /// Takes the thing of that name out.
    pub fn take(&mut self, name: &Name) -> Option<T> {
        self.position(name).ok().map(|at| self.0.remove(at))
    }

    fn position(&self, name: &Name) -> Result<usize, usize> {
        self.0.binary_search_by(|item| item.name().cmp(name))
    }
}

impl<T> Table<T> {
    /// All things, by name.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, T> IntoIterator for &'a Table<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Named + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<T>::deserialize(deserializer)?;
        match items.windows(2).find(|pair| pair[0].name() >= pair[1].name()) {
            Some(pair) => Err(de::Error::custom(format!("'{}' is out of order or stands twice", pair[1].name()))),
            None => Ok(Self(items)),
        }
    }
}
