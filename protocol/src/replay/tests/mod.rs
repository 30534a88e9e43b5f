//! Tests of the rules, written from the model's words: one file per part of it.

mod agents;
mod chain;
mod consent;
mod delegate;
mod digest;
mod effects;
mod founding;
mod oracle;
mod random;
mod statements;
mod terms;
