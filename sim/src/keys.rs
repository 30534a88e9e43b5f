//! Keys of scenarios: made from the seed and a name, so that the same run has the same keys.

use folkmoot_protocol::{
    id::{Hash, hex_encode},
    key::SecretKey,
    name::Name,
};

/// The key of a member; a handle means the same person in every group.
pub fn member_key(seed: u64, handle: &Name) -> SecretKey {
    key(seed, "member", handle)
}

/// The identity of a node.
pub fn node_key(seed: u64, node: &Name) -> SecretKey {
    key(seed, "node", node)
}

/// The log key of a group.
pub fn log_key(seed: u64, group: &Name) -> SecretKey {
    key(seed, "log", group)
}

/// The log key of a group that moves to a node, or gets a new key on it.
pub fn moved_log_key(seed: u64, group: &Name, node: &Name) -> SecretKey {
    let text = format!("folkmoot-sim/{}/log/{group} on {node}", hex_encode(&seed.to_be_bytes()));
    SecretKey::from_seed(Hash::of(text.as_bytes()).0)
}

fn key(seed: u64, kind: &str, name: &Name) -> SecretKey {
    let text = format!("folkmoot-sim/{}/{kind}/{name}", hex_encode(&seed.to_be_bytes()));
    SecretKey::from_seed(Hash::of(text.as_bytes()).0)
}
