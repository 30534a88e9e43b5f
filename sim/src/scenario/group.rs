//! Groups of a scenario.

use std::collections::BTreeMap;

use folkmoot_protocol::{charter::RawCharter, name::Name};
use serde::{Deserialize, Deserializer, de};

/// A group of a scenario: its node, and its charter inline or in a file of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The node that hosts it.
    pub node: Name,
    /// Its charter; keys that it leaves out are made from seed and handle.
    pub charter: RawCharter,
    /// The file that holds its charter, relative to the scenario, until it is loaded.
    pub(super) file: Option<String>,
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = toml::Table::deserialize(deserializer)?;
        let mut text = |key: &str| match table.remove(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(de::Error::custom(format!("'{key}' must be a text"))),
        };
        let node = text("node")?.ok_or_else(|| de::Error::custom("'node' is missing: name the node that hosts it"))?;
        let node: Name = node.parse().map_err(de::Error::custom)?;
        let file = text("charter")?;
        if file.is_some() && !table.is_empty() {
            let more = table.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(de::Error::custom(format!("give either charter = \"FILE\" or the charter itself ({more})")));
        }
        if file.is_some() {
            return Ok(Self { charter: empty(node.clone()), node, file });
        }
        // The group's name is the key of its table; the loader puts it in.
        table.insert("name".into(), node.as_str().into());
        let charter = table.try_into().map_err(|error: toml::de::Error| de::Error::custom(error.message()))?;
        Ok(Self { node, charter, file })
    }
}

fn empty(name: Name) -> RawCharter {
    RawCharter {
        resources: BTreeMap::new(),
        name,
        purpose: String::new(),
        values: Vec::new(),
        times: folkmoot_protocol::charter::Times::default(),
        participation: folkmoot_protocol::charter::Participation::default(),
        members: BTreeMap::new(),
        roles: BTreeMap::new(),
        domains: BTreeMap::new(),
    }
}
