//! How many notes seal, for every panel.

use folkmoot_protocol::witness::Quorums;
use serde_json::{Value, json};

pub(super) fn all() -> Value {
    let rows = (1..=13).map(|witnesses| {
        let quorums = Quorums::of(witnesses);
        json!({
            "witnesses": witnesses,
            "liars": quorums.liars,
            "seal": quorums.seal,
            "settle": quorums.settle,
            "may_be_down": quorums.may_be_down(),
        })
    });
    json!({ "about": "Witnesses of a log (the panel without the log's host), and the notes that seal.", "panels": rows.collect::<Vec<_>>() })
}
