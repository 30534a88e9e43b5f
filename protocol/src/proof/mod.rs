//! Proof to outsiders: one file with everything that proves a decision, or how a matter between groups stands in a log,
//! and its verification without node or network.
//!
//! A bundle is replayed by the rules that judge every log: verification knows no rule of its own. There is one bundle
//! for a decision, a start and a set of notes, so whatever is missing, or is not needed, shows.

mod bundle;
mod course;
mod make;
mod matter;
mod report;
mod seal;
mod subject;
#[cfg(test)]
mod tests;
mod texts;
mod verify;

pub use self::{
    bundle::Bundle,
    make::{MakeError, Request, Source, last_change, make},
    matter::{EnactedShown, MatterShown, PartShown, PieceShown, StanceShown},
    report::{Check, Kind, PollShown, Report, ResponseShown, Shown, Verdict},
    subject::{MatterAt, Subject},
    verify::{Anchors, verify},
};
