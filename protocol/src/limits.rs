//! Every limit of the protocol, each with its reason.
//!
//! Limits that change what is valid belong to the rules version: raising one is a new version.

use crate::time::Span;

/// The rules version that this crate implements; it stands in every protected header.
pub const RULES_VERSION: u64 = 1;

/// Longest signed entry in bytes: fits one gossip message with room for its bodies' hashes.
pub const ENTRY_BYTES: usize = 64 * 1024;
/// Longest signed statement in bytes; several fit into an entry.
pub const STATEMENT_BYTES: usize = 48 * 1024;
/// Longest witness note or receipt in bytes: a handful of hashes.
pub const NOTE_BYTES: usize = 1024;
/// Longest body in bytes: a long essay; larger texts belong elsewhere and are linked.
pub const BODY_BYTES: usize = 64 * 1024;
/// Longest protected header in bytes: algorithm, key id and rules version take 44.
pub const PROTECTED_BYTES: usize = 64;
/// Deepest nesting of a record: charters need 7; COSE and CBOR parsers recurse.
pub const DEPTH: usize = 16;
/// Deepest nesting of a snapshot or a bundle: what a statement holds stands deeper in the state than in the statement.
pub const FILE_DEPTH: usize = 20;
/// Most items in one array or map of a record, before anything is allocated for them.
pub const ITEMS: usize = 4096;

/// Longest name (handle, role, domain) in bytes: a column of a terminal table.
pub const NAME_BYTES: usize = 64;
/// Longest title in bytes: one line.
pub const TITLE_BYTES: usize = 200;
/// Longest text inside a charter or an agreement in bytes.
pub const TEXT_BYTES: usize = 16 * 1024;
/// Most members of a group: the largest charter still fits into one entry.
pub const MEMBERS: usize = 600;
/// Most roles of a group.
pub const ROLES: usize = 128;
/// Most domains of a group.
pub const DOMAINS: usize = 128;
/// Most device keys of one member.
pub const KEYS: usize = 8;
/// Most holders of one role.
pub const HOLDERS: usize = 600;
/// Most holders of a role that represents its group: each voice about it carries all their keys.
pub const LIAISONS: usize = 8;
/// Most effects of one proposal.
pub const EFFECTS: usize = 64;
/// Most options of one proposal that ranks them: a ballot that ranks all is still read by people.
pub const OPTIONS: usize = 64;
/// Most tags of one option.
pub const TAGS: usize = 8;
/// Most seats that STV counts with exact fractions, whose length doubles with each surplus.
pub const EXACT_SEATS: u32 = 8;
/// Most statements in one entry.
pub const STATEMENTS: usize = 64;
/// Most entries of other logs that one entry may cite.
pub const CITES: usize = 64;
/// Most objections that one amendment names: every member of a large group once.
pub const OBJECTIONS: usize = 600;
/// Most objections of one member that stand on one proposal, and to one of its versions: more says nothing new.
pub const OBJECTIONS_PER_MEMBER: usize = 8;
/// Most proposals open in one group at a time: bounds state and the cost of a digest.
pub const OPEN_PROPOSALS: usize = 4096;
/// Most groups of one federation: its agreement fits into one statement; above, federations nest.
pub const GROUPS: usize = 350;
/// Most seats of a panel.
pub const PANEL: usize = 13;
/// Most addresses of one seat.
pub const ADDRESSES: usize = 8;
/// Most pieces of evidence in one entry: several entries bring what one cannot.
pub const EVIDENCE: usize = 16;
/// Most texts that take up a matter one after the other.
pub const REPLACEMENTS: u32 = 3;
/// Most resources of a group.
pub const RESOURCES: usize = 128;
/// Most lines of terms: what is asked of whom.
pub const LINES: usize = 64;
/// Most portions of one line: a year of weekly slots fits.
pub const PORTIONS: usize = 64;
/// Most holds open in one group for one requester that asked for them: who only holds must not block others.
pub const HOLDS: usize = 4;
/// Most terms that one group stated and another one has not accepted: what strangers can make a log keep.
pub const TERMS_OF_ONE: usize = 32;
/// Most rounds of one steward that another log knows and has not claimed in: what strangers can make a log keep.
pub const ROUNDS_OF_ONE: usize = 16;
/// Most terms that one group is granted without a decision while they are kept: each makes entries.
pub const GRANTS: usize = 32;
/// Longest time for answers to terms: what nobody answers is forgotten at last.
pub const LONGEST_TERMS: Span = Span::from_days(60);
/// How long a log keeps terms and rounds that are over: longer than any hold for them can last.
pub const TERMS_KEPT: Span = Span::from_days(31);
/// Longest hold: who only holds gives back what others may need.
pub const LONGEST_HOLD: Span = Span::from_days(14);
/// How many times g a hold outlasts the closer's deadline, so that news of the commit comes in time; twice g and twice the
/// skew would just do (docs/decisions/0016-what-was-searched.md).
pub const HOLD_MARGIN: u64 = 3;
/// Largest amount of a resource: exact in every reader of JSON (2^53 - 1), and products of two fit into 128 bits.
pub const AMOUNT: u64 = (1 << 53) - 1;
/// Largest weight of a claim, and of a group in an agreement: what proportions between groups need.
pub const WEIGHT: u32 = 1_000_000;
/// Most claims that one round divides: every group of a federation once.
pub const CLAIMS: usize = GROUPS;
/// Most resources that one round divides together: bounds the cost of exact fractions.
pub const RESOURCES_PER_ROUND: usize = 8;
/// Longest span of time that a rule may name: ten years.
pub const LONGEST_SPAN_MS: u64 = 10 * 366 * 24 * 3600 * 1000;
/// Latest date that a record may carry (year 9999), so that sums of times never overflow.
pub const LATEST_MS: u64 = 253_402_300_799_000;

/// How many of the last notes of each witness two replicas compare: more come between two comparisons only where nobody
/// hears anything.
pub const NOTES_COMPARED: usize = 16;
/// Entries that wait for a missing predecessor, per log; more come back by sync.
pub const WAITING: usize = 64;
/// Logs that a node keeps for one peer beyond those its federations name.
pub const GUEST_LOGS_PER_PEER: usize = 4;
/// Logs that a node keeps beyond those its federations name.
pub const GUEST_LOGS: usize = 64;
/// Tickets that a node keeps: more than a federation grows in a week.
pub const TICKETS: usize = 64;
/// Most heads in one sync answer.
pub const HEADS: usize = 1024;
/// Target size of one sync answer in bytes; at least one record is sent.
pub const ANSWER_BYTES: usize = 1024 * 1024;
/// Most ranges asked from one peer at the same time; with a question about heads it stays below what a peer answers at once (8).
pub const RANGES_PER_PEER: usize = 6;

/// Longest snapshot in bytes: a large group with many open proposals; what nobody could send is not read either.
pub const SNAPSHOT_BYTES: usize = 64 * 1024 * 1024;
/// Most items in one list of a snapshot: lists of all members and keys that ever were grow slowly but without end.
pub const SNAPSHOT_ITEMS: usize = 1 << 20;
/// Longest snapshot that a node keeps, in bytes: it fits one write of the store. Decisions of a group with a larger state
/// are proven from an older snapshot, or from the first entry.
pub const SNAPSHOT_KEPT_BYTES: usize = 512 * 1024;
/// Longest bundle in bytes: a log of half a million entries, whole.
pub const BUNDLE_BYTES: usize = 256 * 1024 * 1024;
/// Most items in one list of a bundle: the entries of such a log.
pub const BUNDLE_ITEMS: usize = 1 << 20;
