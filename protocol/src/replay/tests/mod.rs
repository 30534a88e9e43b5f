//! Tests of the rules, written from the model's words: one file per part of it.

mod agents;
mod agreements;
mod chain;
mod consensus;
mod consent;
mod consult;
mod delegate;
mod digest;
mod effects;
mod elections;
mod final_period;
mod floor;
mod founding;
mod limits;
mod objection_test;
mod oracle;
mod order;
mod published;
mod random;
mod ranked;
mod several_domains;
mod silent;
mod statements;
mod terms;
mod then_vote;
mod vote;
