//! A node, its store and its panel.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::GroupView;

/// A node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeView {
    /// Its identity as did:key.
    pub node: String,
    /// The same for libp2p.
    pub peer_id: String,
    /// The program's version.
    pub version: String,
    /// The rules version that it knows.
    pub rules_version: u64,
    /// Where it listens, as multiaddrs.
    pub listening: Vec<String>,
    /// Connected peers as did:key.
    pub peers: Vec<String>,
    /// The store and its disk.
    pub store: StoreView,
    /// By how many milliseconds the witnesses' clocks are ahead of this machine's, by the median of their last notes.
    pub clock_offset_ms: Option<i64>,
    /// Why the node cannot do all of its work now; nothing if it can.
    pub not_ready: Vec<String>,
    /// The nodes that witness with or for this one, with their last note.
    pub panel: Vec<SeatView>,
    /// The groups whose logs it holds.
    pub groups: Vec<GroupView>,
}

/// The store and its disk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StoreView {
    /// The version of its format.
    pub format: u32,
    /// Whether it has everything that the node ever signed.
    pub intact: bool,
    /// Bytes that it takes on the disk.
    pub used: Option<u64>,
    /// Bytes that are free there.
    pub free: Option<u64>,
    /// Bytes above which nothing of other groups is taken that need not be.
    pub max: Option<u64>,
    /// Whether the reserve against a full disk is there.
    pub reserve: Option<bool>,
}

/// A seat of a panel of which this node knows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SeatView {
    /// The federation's name.
    pub federation: String,
    /// The seat's name.
    pub name: String,
    /// The node.
    pub node: String,
    /// Whether it is this node, or connected.
    pub connected: bool,
    /// The date of its last note that is known here, of any log.
    pub last_note: Option<String>,
    /// By how many milliseconds its clock was ahead when its last fresh note came.
    pub clock_offset_ms: Option<i64>,
}

/// Whether the node lives.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Its loop answers.
    pub live: bool,
}

/// Whether the node can do its work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    /// It can.
    pub ready: bool,
    /// Why not, each as a word, a colon and what is the matter.
    pub reasons: Vec<String>,
}

/// What to log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogLevelRequest {
    /// A level, or a filter like `info,folkmoot_node=debug`.
    pub filter: String,
}
