//! Tests of the rules, written from the model's words: one file per part of it.

mod agents;
mod chain;
mod consensus;
mod consent;
mod consult;
mod delegate;
mod digest;
mod effects;
mod final_period;
mod floor;
mod founding;
mod objection_test;
mod oracle;
mod random;
mod statements;
mod terms;
mod vote;
