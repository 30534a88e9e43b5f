//! Liaisons that cannot be: in charters, and in what is proposed about them.

use serde_json::json;

use super::{
    kitchen::{Kitchen, charter},
    row::{Refused, Row},
};

/// Founds a group with more in its charter.
fn with(kitchen: &Kitchen, more: &str) -> Refused {
    let other = format!("g{:064x}", 7);
    kitchen.file("bad.toml", &(charter() + &more.replace("GROUP", &other)), &["group", "found"])
}

/// Proposes one effect.
fn proposes(kitchen: &Kitchen, effect: &serde_json::Value) -> Refused {
    let file = kitchen.home.write("effect.toml", &toml::to_string(&json!({"effects": [effect]})).unwrap());
    kitchen.refused(&["--as", "ana", "propose", "--title", "T", "--why", "W", "--effects", &file])
}

const fn row(
    name: &'static str,
    attempt: fn(&mut Kitchen) -> Refused,
    kind: &'static str,
    says: [&'static str; 3],
) -> Row<Kitchen> {
    Row { name, attempt, kind, says }
}

pub(crate) const ROWS: &[Row<Kitchen>] = &[
    row(
        "a liaison with keys of its own",
        |kitchen| {
            let key = folkmoot_tests::harness::key("far").public();
            let keys = format!("[members.far]\nfor = {{ group = \"GROUP\", role = \"envoy\" }}\nkeys = [\"{key}\"]\n");
            with(kitchen, &keys)
        },
        "input",
        ["stands for another group's role", "charter, members.far", "leave its keys and agent out"],
    ),
    row(
        "a liaison of something that is no group",
        |kitchen| with(kitchen, "[members.far]\nfor = { group = \"the street\", role = \"envoy\" }\n"),
        "input",
        ["'the street'", "bad.toml", "64"],
    ),
    row(
        "two seats for one role",
        |kitchen| {
            let seat = "\nfor = { group = \"GROUP\", role = \"envoy\" }\n";
            with(kitchen, &format!("[members.far]{seat}[members.near]{seat}"))
        },
        "input",
        ["another member stands for 'envoy'", "members.near", "already"],
    ),
    row(
        "an agent who represents the group",
        |kitchen| {
            let role = "purpose = \"X.\"\nholders = [{ member = \"bot\", until = \"+30d\" }]\n";
            with(kitchen, &format!("[roles.envoy]\n{role}represents = {{ group = \"GROUP\" }}\n"))
        },
        "input",
        ["'bot' is no person of this group", "charter, roles.envoy", "only people represent it"],
    ),
    row(
        "a liaison who represents somebody else again",
        |kitchen| {
            let seat = "[members.far]\nfor = { group = \"GROUP\", role = \"envoy\" }\n";
            let role = "purpose = \"X.\"\nholders = [{ member = \"far\", until = \"+30d\" }]\n";
            with(kitchen, &format!("{seat}[roles.envoy]\n{role}represents = {{ group = \"GROUP\" }}\n"))
        },
        "input",
        ["'far' is no person of this group", "charter, roles.envoy", "only people represent it"],
    ),
    row(
        "a mandate by a domain that is not there",
        |kitchen| {
            let represents = "represents = { group = \"GROUP\", mandated_in = \"dreams\" }\n";
            with(kitchen, &format!("[roles.envoy]\npurpose = \"X.\"\n{represents}"))
        },
        "input",
        ["mandated_in names 'dreams'", "charter, roles.envoy", "which is no domain of this group"],
    ),
    row(
        "an agent whose sponsor is a liaison",
        |kitchen| {
            let seat = "[members.far]\nfor = { group = \"GROUP\", role = \"envoy\" }\n";
            let agent = "agent = { sponsor = \"far\", scope = [], until = \"+30d\" }";
            with(kitchen, &format!("{seat}[members.tool]\nkeys = [\"{}\"]\n{agent}\n", tool()))
        },
        "input",
        ["its sponsor 'far' is not a person of this group", "members.tool", "name one who is"],
    ),
    row(
        "a mandate for a role that represents nobody",
        |kitchen| {
            let id = format!("s{:064x}", 7);
            proposes(kitchen, &json!({"mandate": {"role": "keeper", "version": id, "position": "agree"}}))
        },
        "conflict",
        ["there is no role 'keeper' that represents the group", "the mandate of a liaison", "moot"],
    ),
    row(
        "a mandate that is no answer",
        |kitchen| {
            let id = kitchen.propose("work", "Air the room");
            kitchen.refused(&["--as", "ana", "liaison", "mandate", &id, "maybe", "--why", "W"])
        },
        "input",
        ["'maybe' is no answer", "say agree, aside, object, abstain", "rank"],
    ),
    row(
        "a mandate by a group that has no liaison there",
        |kitchen| {
            let id = kitchen.propose("work", "Air the hall");
            kitchen.refused(&["--as", "ana", "liaison", "mandate", &id, "agree", "--why", "W"])
        },
        "input",
        ["no group of yours", "represents it in 'kitchen'", "moot liaison list"],
    ),
    row(
        "following a federation that is not known",
        |kitchen| kitchen.refused(&["--as", "ana", "liaison", "follow", "nowhere", "--why", "W"]),
        "not-found",
        ["'nowhere'", "there is no federation", "moot list"],
    ),
];

fn tool() -> String {
    folkmoot_tests::harness::key("tool").public().to_string()
}
