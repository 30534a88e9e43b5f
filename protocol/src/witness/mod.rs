//! Witnesses: the arithmetic of a panel, and what its notes seal.

mod moving;
mod notes;
mod panel;

pub use self::{
    moving::Moving,
    notes::{NoteError, Notes},
    panel::Quorums,
};
