//! Voices that no command makes: a node that lies writes them into its log and signs them, and every replica refuses them.

use folkmoot_protocol::error::Refusal;
use folkmoot_tests::vectors::forged;

use super::row::{Refused, Row, judge};

fn of(refusal: &Refusal) -> Refused {
    Refused { kind: refusal.kind().into(), message: refusal.to_string(), next: None }
}

const ROWS: &[Row<()>] = &[
    Row {
        name: "a commit without all acceptances",
        attempt: |()| of(&forged::commit_without_all_acceptances()),
        kind: "conflict",
        says: ["nothing follows", "for the terms t", "the acceptances of all parties must be cited first"],
    },
    Row {
        name: "a taking without a commit",
        attempt: |()| of(&forged::take_without_a_commit()),
        kind: "conflict",
        says: ["nothing follows", "for the terms t", "commit, sealed in time, must be cited first"],
    },
    Row {
        name: "an enactment outside the ceded domains",
        attempt: |()| of(&forged::enactment_outside_ceded_domains()),
        kind: "conflict",
        says: ["had not ceded the domains that it touches", "the matter m", "it is advice"],
    },
];

#[test]
fn no_replica_takes_a_voice_that_does_not_follow() {
    judge(ROWS, &mut ());
}
