//! What a machine gives: effects to carry out, records to store, events to tell.

use std::collections::BTreeMap;

use super::{CatchUp, InputError, Reply, Token};
use crate::{
    decision::Outcome,
    federation::GuestAnswer,
    id::{BodyId, EntryId, FederationId, Hash, LogId, NoteId, ProposalId},
    key::PublicKey,
    sync::{Answer, Gossip, Request},
    time::Timestamp,
};

/// Something to carry out.
#[derive(Debug)]
pub enum Effect {
    /// Store durably, all or nothing, before the effects that follow.
    Persist(Vec<Record>),
    /// Answer somebody who waits.
    Reply(Token, Result<Reply, InputError>),
    /// Tell all of a federation.
    Publish(FederationId, Gossip),
    /// Say what is to become of a gossip message.
    Verdict(Token, Verdict),
    /// Ask a peer.
    Ask(PublicKey, Request),
    /// Answer a peer.
    Serve(Token, Answer),
    /// Answer a peer with stored entries of a log from a number on.
    ServeEntries(Token, LogId, u64),
    /// Answer a guest.
    AnswerGuest(Token, GuestAnswer),
    /// Let guests in until then.
    Welcome(Timestamp),
    /// The peers that belong have changed.
    Belong(BTreeMap<PublicKey, Vec<String>>),
    /// Listen to a federation.
    Subscribe(FederationId),
    /// Tell whoever watches.
    Notify(Event),
}

/// Something to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An entry of a log.
    Entry {
        /// The log.
        log: LogId,
        /// Its number.
        number: u64,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// The snapshot that the digest entry with that number states.
    Snapshot {
        /// The log.
        log: LogId,
        /// The entry's number.
        number: u64,
        /// The snapshot's bytes.
        bytes: Vec<u8>,
    },
    /// A body of a log: another log may have the same, and erase its own.
    Body(LogId, BodyId, Vec<u8>),
    /// A body of a log is erased.
    DropBody(LogId, BodyId),
    /// A note of a log.
    Note(LogId, NoteId, Vec<u8>),
    /// A note is needless.
    DropNote(LogId, NoteId),
    /// A log stopped; the entry that proves why.
    Stop(LogId, Vec<u8>),
    /// A federation that the node was told of.
    Agreement(FederationId, Vec<u8>),
    /// The store may have lost something that this node signed.
    NotIntact,
    /// Whether the store has everything that this node signed about a log.
    Complete(LogId, bool),
    /// A ticket that was made here, by the hash of its secret.
    Invitation(Hash, Vec<u8>),
    /// A ticket is over.
    DropInvitation(Hash),
}

/// What is to become of a gossip message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Pass it on.
    Accept,
    /// Drop it; nobody is to blame.
    Ignore,
    /// Drop it; whoever sent it is to blame.
    Reject,
}

/// Something that happened here, for whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A log has a new entry.
    Entry {
        /// The log.
        log: LogId,
        /// Its number.
        number: u64,
        /// Its id.
        entry: EntryId,
        /// What it does, in one word.
        act: &'static str,
        /// How many statements it admits.
        statements: usize,
    },
    /// A proposal ended.
    Decided {
        /// The log.
        log: LogId,
        /// The proposal.
        proposal: ProposalId,
        /// How.
        outcome: Outcome,
    },
    /// Enough witnesses cover a log up to here.
    Sealed {
        /// The log.
        log: LogId,
        /// Up to this number.
        number: u64,
    },
    /// A log stopped.
    Stopped {
        /// The log.
        log: LogId,
        /// Why.
        reason: String,
    },
    /// A log for which this node signs nothing yet, and what it waits for now.
    CatchingUp {
        /// The log.
        log: LogId,
        /// What it waits for.
        lack: CatchUp,
    },
    /// Everything that this node signed about a log is here: it signs again.
    CaughtUp {
        /// The log.
        log: LogId,
    },
    /// Another version of a federation's agreement is in force.
    InForce {
        /// The federation.
        federation: FederationId,
        /// The version's number.
        version: u32,
    },
    /// A guest asked something.
    Guest {
        /// Who.
        peer: PublicKey,
        /// What became of it.
        what: String,
    },
    /// A peer came or went.
    Peer {
        /// Who.
        peer: PublicKey,
        /// Came.
        connected: bool,
    },
}
