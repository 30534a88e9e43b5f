//! Resources: what a group stewards, how much of it is promised, and how scarce capacity is divided.
//!
//! A [`Resource`] stands in its steward's charter. The steward's log is the one place where its capacity is counted, in
//! a [`Ledger`]: holds and allocations together never exceed the capacity in any instant. All three kinds are counted
//! alike, as [`Portion`]s, an amount over a half-open window in UTC:
//!
//! | kind | a portion is |
//! | --- | --- |
//! | stock | an amount, used up: its window is [`Window::ALL`] |
//! | budget | an amount in each of some whole periods that follow each other |
//! | slots | so many of the parallel slots from one moment to another |
//!
//! Where less is there than is claimed, [`division`] divides it by a declared rule; a [`Round`] is what a steward and those
//! who claim say about that. Nothing here knows of logs: callers say which moment it is and give ids of their own.

mod books;
mod capacity;
mod deals;
pub mod division;
mod grants;
mod idle;
mod kind;
mod ledger;
mod levels;
mod negotiation;
mod rounds;
mod terms;
#[cfg(test)]
mod tests;
mod window;

pub use self::{
    books::Books,
    capacity::{Budget, BudgetError, Every, Kind, Slots},
    deals::{Closing, Deal, DealState},
    grants::Grants,
    kind::{PortionError, Resource},
    ledger::{Ledger, LedgerError, Missing, Promise, TooLow},
    rounds::{
        CLAIMS_STAGE, Claimant, Claimed, KnownRound, Offer, REVEALS_STAGE, Round, RoundClaim, RoundResult, RoundSlot,
        RoundState,
    },
    terms::{Line, Terms},
    window::{Portion, Window, WindowError},
};
