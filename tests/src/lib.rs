//! What tests of more than one crate share.

pub mod cbor_tree;
pub mod harness;
pub mod vectors;
