//! A story as JSON: its entries in order, each with the digest after it or why it cannot be in the log.

use folkmoot_protocol::{cbor, decision::Decision, id::hex_encode, machine::InputError, replay::Replica};
use folkmoot_sim::script::names;
use serde_json::{Value, json};

use super::story::Told;

pub(super) fn file(about: &str, group: &str, replica: &Replica, told: &[Told]) -> Value {
    json!({
        "about": about.trim(),
        "group": group,
        "log": hex_encode(&replica.log().0),
        "entries": told.iter().map(entry).collect::<Vec<_>>(),
        "decisions": decisions(replica),
    })
}

fn entry(told: &Told) -> Value {
    let content = told.entry.content();
    let mut value = json!({
        "number": content.number,
        "bytes": hex_encode(told.entry.bytes()),
        "id": hex_encode(&told.entry.id().0),
        "date": content.time.to_string(),
        "act": content.act.word(),
        "bodies": told.bodies.iter().map(|body| hex_encode(&body.bytes())).collect::<Vec<_>>(),
    });
    match &told.end {
        Ok(digest) => value["digest_after"] = hex_encode(&digest.0).into(),
        Err(refusal) => {
            value["refused"] = names(&InputError::Refused(refusal.clone())).into();
            value["why"] = refusal.to_string().into();
        }
    }
    value
}

/// The decisions in the order of the entries that ended them.
fn decisions(replica: &Replica) -> Vec<Value> {
    let mut decisions: Vec<&Decision> = replica.decisions().collect();
    decisions.sort_by_key(|decision| (decision.entry, decision.proposal.id));
    let value = |decision: &&Decision| {
        json!({
            "proposal": hex_encode(&decision.proposal.id.0),
            "outcome": decision.outcome.word(),
            "entry": decision.entry,
            "date": decision.closed.to_string(),
            "record": hex_encode(&cbor::encode(decision)),
        })
    };
    decisions.iter().map(value).collect()
}
