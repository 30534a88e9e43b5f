//! Logs written by hand: entries and effects that no scenario has, and what the rules refuse, each by its name.

mod chain;
mod effects;
mod founding;
mod ranked;
mod ties;

pub(super) use self::ties::agreement;

use serde_json::{Value, json};

use super::tale::Tale;

/// Each with the name of its file, and what it is about.
pub(super) fn all() -> Vec<(&'static str, &'static str, Tale)> {
    vec![
        ("founding", "First entries that found no group, and one that does.", founding::tell()),
        (
            "chain",
            "Entries that cannot be where they are, statements out of their place, and closes and applications that \
             are not due; digests in between.",
            chain::tell(),
        ),
        ("effects", "Every effect but those of federations and hosts, and why others do not apply.", effects::tell()),
        ("ties", "A group founds a federation, amends its agreement, leaves it, and joins again.", ties::tell()),
        (
            "ranked-refusals",
            "Ballots, options and nominations that are refused; the same agreement in several options; a rule that \
             changes under an open ballot.",
            ranked::tell(),
        ),
    ]
}

/// A charter file: three people and an agent, two roles, domains with a consent, a delegate and a ranked rule.
fn file() -> Value {
    let consent = json!({ "consent": { "quorum": "1/2", "closing": "3d", "minimum": "1h", "versions": 3 } });
    json!({
        "name": "kitchen",
        "purpose": "To cook for the street",
        "values": ["Nobody eats alone"],
        "members": {
            "ana": {}, "ben": {}, "cem": {},
            "bot": { "agent": { "sponsor": "ana", "scope": ["charter", "policy"], "until": "+60d" } },
        },
        "roles": {
            "buyer": { "purpose": "Buys", "holders": [{ "member": "ana", "until": "+90d" }] },
            "cook": {
                "purpose": "Cooks", "filled_in": "policy",
                "holders": [{ "member": "ben", "from": "+10d", "until": "+20d" }],
            },
        },
        "domains": {
            "charter": { "purpose": "The charter", "people_only": true, "rule": consent },
            "policy": { "purpose": "How we work", "rule": consent },
            "buying": {
                "purpose": "What is bought", "owner": "role:buyer",
                "rule": { "delegate": {
                    "closing": "2d", "call_in": { "window": "1d", "rule": { "quorum": "1/2", "closing": "2d", "minimum": "1h" } },
                } },
            },
            "dishes": {
                "purpose": "What is cooked", "people_only": true,
                "rule": { "ranked": {
                    "quorum": "1/2", "closing": "3d", "minimum": "1h",
                    "count": { "method": "irv", "seats": 1, "unranked": "ignore", "ties": ["order"] },
                } },
            },
        },
    })
}
