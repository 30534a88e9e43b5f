//! What may be wrong with a home and its node: pure functions from a snapshot to findings.
//!
//! # Layout
//! - here: the snapshot and what is found; `local`: what concerns this machine; `network`: what concerns others
//! - `cmd/doctor.rs` takes the snapshot and prints

mod local;
mod network;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use folkmoot_protocol::time::Timestamp;
use serde::Serialize;

use crate::identity::Keeper;

/// Everything that is looked at, taken at one time.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// This machine's clock.
    pub(crate) now: Timestamp,
    /// The version of this program.
    pub(crate) version: String,
    /// The home.
    pub(crate) home: PathBuf,
    /// The node.
    pub(crate) node: Node,
    /// Bytes left on the home's disk, if that can be told.
    pub(crate) free: Option<u64>,
    /// Bytes of the store, if there is one.
    pub(crate) store: Option<u64>,
    /// Files and folders that are for their owner alone, with their permissions.
    pub(crate) private: Vec<(PathBuf, u32)>,
    /// Members' keys.
    pub(crate) keys: Vec<(String, Keeper)>,
    /// Keys that cannot be used, and why.
    pub(crate) broken_keys: Vec<(String, String)>,
    /// What ends by itself for a member whose key is here.
    pub(crate) terms: Vec<Term>,
}

/// The node of the home, or whose socket was named.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// It does not answer.
    Away {
        /// Why not.
        why: String,
    },
    /// It runs.
    Here(NodeFacts),
}

/// What a running node says.
#[derive(Clone, Debug)]
pub(crate) struct NodeFacts {
    /// Its version.
    pub(crate) version: String,
    /// Where it listens.
    pub(crate) listening: Vec<String>,
    /// The logs that it holds.
    pub(crate) groups: Vec<GroupFacts>,
    /// The seats of all panels that it knows.
    pub(crate) seats: Vec<SeatFacts>,
}

/// A log on the node.
#[derive(Clone, Debug)]
pub(crate) struct GroupFacts {
    /// What the group is called.
    pub(crate) name: String,
    /// Whether this node writes the log.
    pub(crate) hosted: bool,
    /// The last entry.
    pub(crate) number: u64,
    /// Its date.
    pub(crate) time: Option<Timestamp>,
    /// How many witnesses the log has.
    pub(crate) witnesses: u32,
    /// The last sealed entry.
    pub(crate) sealed: Option<u64>,
    /// Why the log is stopped, if it is.
    pub(crate) stopped: Option<String>,
}

/// A seat of a panel.
#[derive(Clone, Debug)]
pub(crate) struct SeatFacts {
    /// The federation.
    pub(crate) federation: String,
    /// The seat.
    pub(crate) seat: String,
    /// Whether its node is connected, or this one.
    pub(crate) connected: bool,
    /// Whether the agreement says where it is reached.
    pub(crate) has_address: bool,
}

/// Something that ends by itself.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// The group.
    pub(crate) group: String,
    /// What ends: `the agent bot`, `the role treasurer of ana`.
    pub(crate) what: String,
    /// When.
    pub(crate) until: Timestamp,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// It works, and something should be done.
    Warn,
    /// Something does not work, or soon will not.
    Fail,
}

/// What was found in one respect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at, in one word.
    pub(crate) check: &'static str,
    /// How bad it is.
    pub(crate) level: Level,
    /// What was found, in a sentence.
    pub(crate) says: String,
    /// What to do about it.
    pub(crate) next: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, says: says.into(), next: None }
    }

    fn warn(check: &'static str, says: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, level: Level::Warn, says: says.into(), next: Some(next.into()) }
    }

    fn fail(check: &'static str, says: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, level: Level::Fail, says: says.into(), next: Some(next.into()) }
    }
}

/// Looks at everything; each respect has at least one finding, unless it takes a node and none runs.
pub(crate) fn examine(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = local::node(snapshot);
    findings.extend(local::disk(snapshot));
    findings.extend(local::permissions(snapshot));
    findings.extend(local::keys(snapshot));
    findings.extend(local::terms(snapshot));
    if let Node::Here(node) = &snapshot.node {
        findings.extend(network::clock(node, snapshot.now));
        findings.extend(network::logs(node));
        findings.extend(network::panels(node));
        findings.extend(network::seats(node));
    }
    findings
}
