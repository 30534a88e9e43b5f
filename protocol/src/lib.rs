//! The rules of Folkmoot as pure functions: no clock, randomness, files, sockets, threads or async.
//!
//! ```text
//!  bytes ──► envelope ──► Entry ──► check(&Replica) ──► Admitted ──► apply ──► Replica' + effects ──► node carries them out
//!            decode and             may this group             cannot fail       Persist · Publish · Send · Wake · Reply
//!            verify once            do this, now in its log?
//! ```
//!
//! # Layout
//! - ground floor: [`limits`], [`time`], [`id`], [`key`], [`name`], [`table`], [`cbor`], [`merkle`], [`envelope`]
//! - records: [`statement`], [`entry`], [`note`], [`body`]
//! - replay of one group's log: [`replay`]; a whole replica: [`machine`]; have and want: [`sync`]
//! - meaning: [`charter`], [`effect`], [`ladder`], [`proposal`], [`decision`], [`federation`], [`witness`]
//! - between groups: [`voice`], [`evidence`], [`matter`], [`liaison`], [`resource`]
//! - proof to outsiders: [`proof`]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod body;
pub mod cbor;
pub mod charter;
pub mod decision;
pub mod effect;
pub mod entry;
pub mod envelope;
pub mod error;
pub mod evidence;
pub mod federation;
#[cfg(test)]
mod fixture;
pub mod id;
pub mod key;
pub mod ladder;
pub mod liaison;
pub mod limits;
pub mod machine;
pub mod matter;
pub mod merkle;
pub mod name;
pub mod note;
pub mod proof;
pub mod proposal;
pub mod replay;
pub mod resource;
pub mod statement;
pub mod sync;
pub mod table;
pub mod time;
pub mod voice;
pub mod witness;
