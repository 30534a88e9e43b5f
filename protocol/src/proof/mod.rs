//! Proof to outsiders: one file with everything that proves a decision, and its verification without node or network.
//!
//! A bundle is replayed by the rules that judge every log: verification knows no rule of its own. There is one bundle
//! for a decision, a start and a set of notes, so whatever is missing, or is not needed, shows.

mod bundle;
mod course;
mod make;
mod report;
mod seal;
#[cfg(test)]
mod tests;
mod texts;
mod verify;

pub use self::{
    bundle::Bundle,
    make::{MakeError, Request, Source, make},
    report::{Check, Kind, PollShown, Report, ResponseShown, Shown, Verdict},
    verify::{Anchors, verify},
};
