//! Groups, their logs, and what is handed in to them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A group's log on this node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupView {
    /// The group's id.
    pub group: String,
    /// What it is called.
    pub name: String,
    /// Whether this node writes its log.
    pub hosted: bool,
    /// The host's identity.
    pub host: String,
    /// The number of the last entry.
    pub number: u64,
    /// The last entry.
    pub head: String,
    /// When it was written.
    pub time: String,
    /// The digest of the state at the head.
    pub digest: String,
    /// How many members.
    pub members: usize,
    /// Proposals that have not ended.
    pub open: usize,
    /// Proposals that have ended.
    pub decided: usize,
    /// How far the log is sealed.
    pub seal: SealView,
    /// The federation that it belongs to.
    pub federation: Option<String>,
    /// Why the log is stopped here, if it is.
    pub stopped: Option<String>,
    /// What this node waits for before it signs for the log again, if its store may have lost something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catching_up: Option<CatchUpView>,
}

/// What a log waits for before this node signs for it again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CatchUpView {
    /// How many more nodes have to report how far the log went.
    pub waits_for: u32,
    /// How many have to; zero if there are no witnesses and the operator has to say so.
    pub needed: u32,
    /// The highest entry that was reported and is not here.
    pub behind: Option<u64>,
    /// All of it in words.
    pub what: String,
}

/// How far a log is sealed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SealView {
    /// Witnesses of the log; with none, more than half of the members seal by having seen.
    pub witnesses: u32,
    /// Notes that seal.
    pub needed: u32,
    /// Witnesses that may be away while entries still get sealed.
    pub may_be_down: u32,
    /// Witnesses that may lie.
    pub liars: u32,
    /// Sealed up to this entry.
    pub up_to: Option<u64>,
    /// Whether its federation, and so its panel, is not known here: then nobody here can tell what is sealed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
}

/// Where the next statement of a key has to start.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeadView {
    /// The group's id.
    pub group: String,
    /// The group's name.
    pub name: String,
    /// The member that the key belongs to, if any.
    pub member: Option<String>,
    /// The last entry: what the author has seen.
    pub seen: String,
    /// The key's previous statement.
    pub previous: Option<String>,
}

/// An entry of a log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub entry: String,
    /// When it was written.
    pub time: String,
    /// Who acted, where members did.
    pub by: Vec<String>,
    /// What it does, in words.
    pub what: String,
    /// Whether it is sealed.
    pub sealed: bool,
    /// Its bytes in hexadecimal digits, if asked for.
    pub bytes: Option<String>,
}

/// A new log key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogKeyView {
    /// The log key as did:key.
    pub log_key: String,
    /// The node as did:key.
    pub node: String,
}

/// What founds a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FoundRequest {
    /// The charter in its wire encoding, in hexadecimal digits.
    pub charter: String,
    /// Foundings, each in hexadecimal digits.
    pub foundings: Vec<String>,
}

/// What hands in statements.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatementsRequest {
    /// Statements in order, each in hexadecimal digits.
    pub statements: Vec<String>,
    /// The bodies that they name, each in hexadecimal digits.
    pub bodies: Vec<String>,
}
