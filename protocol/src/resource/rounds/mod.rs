//! Rounds: a steward divides what is scarce by a declared rule, and its log must show of each group that may claim what
//! it claimed, or that it was silent.

mod books;
mod known;
#[cfg(test)]
mod tests;
mod text;

pub use self::{
    known::{CLAIMS_STAGE, Claimed, KnownRound, REVEALS_STAGE, RoundClaim, RoundResult, RoundSlot, RoundState},
    text::{Claimant, Offer, Round},
};
