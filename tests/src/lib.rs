//! wip

pub mod cbor_tree;
