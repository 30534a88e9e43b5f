//! Witnesses: the arithmetic of a panel, and what its notes seal.

mod notes;
mod panel;

pub use self::{
    notes::{NoteError, Notes},
    panel::Quorums,
};
