//! What a machine takes: inputs, why one is refused, and what somebody who waits gets.

use thiserror::Error;

use super::CatchUp;
use crate::{
    body::Body,
    charter::Charter,
    entry::Receipt,
    error::Refusal,
    federation::{AgreementError, FederationAgreement, GuestRequest, Invitation},
    id::{BodyId, FederationId, Hash, LogId},
    key::PublicKey,
    statement::{Founding, Statement},
    sync::{Request, VerifiedAnswer, VerifiedGossip},
};

/// Names something that waits for an answer; the caller chooses the numbers.
pub type Token = u64;

/// Something that happened outside.
#[derive(Debug)]
pub enum Input {
    /// Somebody founds a group here.
    Found {
        /// The charter; its host is this node with a log key that it holds.
        charter: Box<Charter>,
        /// Signatures under it.
        foundings: Vec<Founding>,
        /// Who waits.
        token: Token,
    },
    /// A member hands in statements for a log that is hosted here.
    Submit {
        /// The log.
        log: LogId,
        /// The statements, in order; taken together or not at all.
        statements: Vec<Statement>,
        /// The bodies that they name.
        bodies: Vec<Body>,
        /// Who waits.
        token: Token,
    },
    /// The operator tells the node of a federation in which it has a seat without hosting a group.
    Follow {
        /// The agreement: the version that the operator trusts to be in force.
        agreement: Box<FederationAgreement>,
        /// It has no place in it yet: a group of it moves here, or one of this node joins.
        comes: bool,
        /// Who waits.
        token: Token,
    },
    /// The operator says that nothing is missing from a log without witnesses, whose store may have lost something.
    Trust {
        /// The log.
        log: LogId,
        /// Who waits.
        token: Token,
    },
    /// Somebody wants groups to be shown dormant in a log that is hosted here, before its group opens an amendment.
    ShowAsleep {
        /// The log.
        log: LogId,
        /// The version of the agreement by which that is counted.
        version: Hash,
        /// The groups.
        groups: Vec<LogId>,
        /// Who waits.
        token: Token,
    },
    /// The operator makes a ticket.
    Invite {
        /// What is kept of it.
        invitation: Invitation,
        /// Who waits.
        token: Token,
    },
    /// Somebody who need not belong asks.
    Guest {
        /// Who; the connection has proved it.
        from: PublicKey,
        /// What.
        request: Box<GuestRequest>,
        /// To answer.
        token: Token,
    },
    /// A peer that belongs is connected.
    Connected(PublicKey),
    /// A peer is gone.
    Disconnected(PublicKey),
    /// Gossip came.
    Gossip {
        /// From whom directly.
        from: PublicKey,
        /// What.
        gossip: Box<VerifiedGossip>,
        /// To say what is to become of it.
        token: Token,
    },
    /// A peer asks.
    Request {
        /// Who.
        from: PublicKey,
        /// What.
        request: Request,
        /// To answer.
        token: Token,
    },
    /// A peer answered, or did not.
    Answer {
        /// Who.
        from: PublicKey,
        /// What was asked.
        request: Request,
        /// The answer, if it came and verified.
        answer: Option<VerifiedAnswer>,
    },
    /// The own clock was set, by so many milliseconds ahead; back, if negative.
    ClockSet(i64),
    /// Time has passed.
    Tick,
}

/// Why an input is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InputError {
    /// A rule refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The log is not hosted here.
    #[error("the group {log} is not hosted by this node: who speaks in it signs on the node that hosts it", log = .0.short())]
    NotHosted(LogId),
    /// The charter names another node, or a log key that this node does not hold or that signs another log.
    #[error(
        "the charter's log key {0} is not one that this node made for a new group: ask it for one (moot group found does)"
    )]
    NoLogKey(PublicKey),
    /// The log has stopped.
    #[error("the log of {log} is stopped: {reason}", log = .log.short())]
    Stopped {
        /// The log.
        log: LogId,
        /// Why.
        reason: String,
    },
    /// A named body is missing, or one that nothing names came along.
    #[error(
        "the texts do not match the statements: {0} is missing or not named; hand in just the texts that they name"
    )]
    Bodies(BodyId),
    /// The agreement cannot stand or does not name this node.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
    /// The agreement gives this node no seat.
    #[error("the agreement names no seat for this node ({0}): its panel must list the node's key")]
    NoSeat(PublicKey),
    /// The agreement names nodes that no version known here has on its panel.
    #[error(
        "federation agreement, panel: version {0} is in force here, and no version known here has these nodes on its \
         panel: compare the files"
    )]
    OtherPanel(u32),
    /// The store may have lost entries of the log: signing could fork it.
    #[error(
        "this node restored a backup or lost its store, and signs nothing for {log} until it knows how far the log went: {lack}",
        log = .log.short(), lack = .lack.words()
    )]
    CatchingUp {
        /// The log.
        log: LogId,
        /// What it waits for.
        lack: CatchUp,
    },
    /// The operator's word does not stand for that of the witnesses.
    #[error("{log} has witnesses, whose reports end the wait, not your word: {lack}", log = .log.short(), lack = .lack.words())]
    HasWitnesses {
        /// The log.
        log: LogId,
        /// What it waits for.
        lack: CatchUp,
    },
    /// The own clock differs too much from the witnesses'.
    #[error(
        "this node's clock is {} s {} its witnesses' clocks, which is more than it may be: nothing is signed for {log} until the clock is set",
        .ahead.unsigned_abs() / 1000, if *.ahead > 0 { "ahead of" } else { "behind" }, log = .log.short()
    )]
    Clock {
        /// The log.
        log: LogId,
        /// By how many milliseconds the own clock is ahead; negative if it is behind.
        ahead: i64,
    },
    /// The notes that are here do not show that a group is asleep.
    #[error(
        "too few witnesses have noted the log of {} unchanged for as long as the agreement says (timing.dormant)", .0.short()
    )]
    Awake(LogId),
    /// A ticket cannot be made.
    #[error("no ticket: {0}")]
    Ticket(String),
    /// The node only witnesses.
    #[error("this node only witnesses (--witness): found the group on another node")]
    WitnessOnly,
}

/// What somebody who waited gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The group is founded.
    Founded(LogId),
    /// The statements are in the log.
    Receipts(Vec<Receipt>),
    /// The federation is followed.
    Following(FederationId),
    /// The log is taken as it is.
    Trusted(LogId),
    /// The log holds what was to be shown.
    Shown(LogId),
    /// The ticket is kept, by the hash of its secret.
    Invited(Hash),
}
