//! The Folkmoot daemon: carries out what `folkmoot-protocol` asks for.
//!
//! # Layout
//! - [`Node`] opens a home and runs; `run` is the one loop that owns the replica
//! - [`store`]: durable records; `records` knows their keys
//! - [`backup`]: all of it in one file, and back
//! - [`net`]: peers over libp2p
//! - [`control`]: the local HTTP API over a unix socket
//! - [`config`], [`clock`], [`keystore`]

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod backup;
pub mod clock;
pub mod config;
pub mod control;
mod disk;
pub mod keystore;
mod metrics;
pub mod net;
mod node;
pub mod records;
mod run;
pub mod store;
mod verify;

pub use self::{
    control::SetLogLevel,
    node::{Node, NodeError, Running},
};
