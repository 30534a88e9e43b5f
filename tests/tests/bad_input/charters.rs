//! Charters that cannot stand: a part of the kitchen's is written otherwise, and a group founded with it.

use folkmoot_tests::harness::key;

use super::{
    kitchen::{Kitchen, charter},
    row::{Refused, Row},
};

/// Founds a group with the charter in which `part` stands as `instead`.
#[track_caller]
fn with(kitchen: &Kitchen, part: &str, instead: &str) -> Refused {
    let charter = charter();
    assert!(charter.contains(part), "{part} is no part of the charter");
    kitchen.file("bad.toml", &charter.replacen(part, instead, 1), &["group", "found"])
}

/// Founds a group with one more domain, with this rule.
fn with_rule(kitchen: &Kitchen, owner: &str, rule: &str) -> Refused {
    let domain = format!("[domains.extra]\npurpose = \"X.\"\nowner = \"{owner}\"\nrule = {{ {rule} }}\n");
    kitchen.file("bad.toml", &(charter() + &domain), &["group", "found"])
}

const fn row(name: &'static str, attempt: fn(&mut Kitchen) -> Refused, says: [&'static str; 3]) -> Row<Kitchen> {
    Row { name, attempt, kind: "input", says }
}

pub(crate) const ROWS: &[Row<Kitchen>] = &[
    row(
        "a charter with an unknown field",
        |kitchen| with(kitchen, "people_only = true", "people_only = true\ncolour = \"red\""),
        ["unknown field `colour`", "bad.toml: TOML parse error at line", "expected one of"],
    ),
    row(
        "a charter with a fraction over one",
        |kitchen| with(kitchen, "1/1", "3/2"),
        ["'3/2' is not a fraction from 0 to 1", "bad.toml", "write it like 1/2"],
    ),
    row(
        "a date that is none",
        |kitchen| with(kitchen, "+60d", "soon"),
        ["'soon' is not a date", "members.bot.agent.until", "write it like 2027-01-31"],
    ),
    row(
        "a term that ended in the past",
        |kitchen| with(kitchen, "until = \"+90d\"", "until = \"2020-01-01\""),
        ["the term of 'ana' ends (2020-01-01", "bad.toml: charter, roles.buyer", "name a later end"],
    ),
    row(
        "a term that ends before it starts",
        |kitchen| with(kitchen, "until = \"+90d\"", "from = \"+30d\", until = \"+20d\""),
        ["before it starts", "bad.toml: charter, roles.buyer", "name a later end"],
    ),
    row(
        "an agent whose end is in the past",
        |kitchen| with(kitchen, "+60d", "2020-01-01"),
        ["2020-01-01T00:00:00Z is past", "members.bot.agent.until", "give a later end"],
    ),
    row(
        "an agent whose sponsor is no person",
        |kitchen| with(kitchen, "sponsor = \"ana\"", "sponsor = \"bot\""),
        ["its sponsor 'bot' is not a person of this group", "members.bot", "name one who is"],
    ),
    row(
        "two terms of one member in one role",
        |kitchen| with(kitchen, "{ member = \"ben\", until", "{ member = \"ana\", until"),
        ["'ana' holds it twice", "roles.keeper", "give one term"],
    ),
    row(
        "one key for two members",
        |kitchen| {
            let [dia, eli] = ["dia", "eli"].map(|name| key(name).public().to_string());
            with(kitchen, &eli, &dia)
        },
        ["is already in use by another member", "members.eli", "give each its own"],
    ),
    row(
        "a member without a key",
        |kitchen| with(kitchen, "[members.ben]", "[members.ben]\n[members.zed]"),
        ["has no key", "members.zed", "moot id show prints it"],
    ),
    row(
        "a charter that agents may change",
        |kitchen| with(kitchen, "people_only = true", "people_only = false"),
        ["are for people only", "domains.charter", "set people_only = true"],
    ),
    row(
        "a domain of a role that is not there",
        |kitchen| with_rule(kitchen, "role:cook", "delegate = { closing = \"7d\" }"),
        ["its owner 'cook' is not a role of this group", "domains.extra", "add the role, or name another"],
    ),
    row(
        "a delegate's domain that the group owns",
        |kitchen| with_rule(kitchen, "group", "delegate = { closing = \"7d\" }"),
        ["where one decides, a role owns the domain", "domains.extra", "owner = \"role:NAME\""],
    ),
    row(
        "a minimum longer than the closing time",
        |kitchen| with_rule(kitchen, "group", "consent = { quorum = \"1/2\", closing = \"1d\", minimum = \"2d\" }"),
        ["minimum 2d is longer than closing 1d", "domains.extra.rule", "shorten it"],
    ),
    row(
        "a final period longer than its latest end",
        |kitchen| {
            let period = "{ length = \"3d\", on_objection = \"hold\", latest = \"2d\" }";
            with_rule(kitchen, "group", &format!("consent = {{ quorum = \"1/2\", final_period = {period} }}"))
        },
        ["final_period", "domains.extra.rule", "latest not shorter than it"],
    ),
    row(
        "a test of objections below two thirds",
        |kitchen| with_rule(kitchen, "group", "consent = { quorum = \"1/2\", objection_test = \"1/2\" }"),
        ["objection_test", "domains.extra.rule", "must be at least 2/3"],
    ),
    row(
        "a bar that nobody can meet",
        |kitchen| with_rule(kitchen, "group", "vote = { quorum = \"1/2\", yes = { more_than = \"1/1\" } }"),
        ["a share of more than 1/1 is met by all or by none", "domains.extra.rule: yes", "name one between"],
    ),
    row(
        "a consultation that asks nobody",
        |kitchen| with_rule(kitchen, "role:buyer", "consult = { ask = [] }"),
        ["ask names nobody", "domains.extra.rule", "give ask = [\"group\"], or roles as \"role:NAME\""],
    ),
    row(
        "overlapping windows: advice until the proposal closes",
        |kitchen| {
            let windows = "advice = \"4d\", closing = \"4d\"";
            with_rule(kitchen, "role:buyer", &format!("consult = {{ ask = [\"group\"], {windows} }}"))
        },
        ["advice must be longer than nothing", "domains.extra.rule", "shorter than closing"],
    ),
    row(
        "overlapping windows: a call-in whose minimum outlasts it",
        |kitchen| {
            let rule = "{ quorum = \"1/2\", closing = \"1d\", minimum = \"3d\" }";
            let call_in = format!("{{ window = \"1d\", rule = {rule} }}");
            with_rule(kitchen, "role:buyer", &format!("delegate = {{ closing = \"7d\", call_in = {call_in} }}"))
        },
        ["minimum 3d is longer than closing 1d", "domains.extra.rule.call_in", "shorten it"],
    ),
    row(
        "a call-in window of no time",
        |kitchen| {
            let call_in = "{ window = \"0s\", rule = { quorum = \"1/2\" } }";
            with_rule(kitchen, "role:buyer", &format!("delegate = {{ closing = \"7d\", call_in = {call_in} }}"))
        },
        ["the call-in window", "domains.extra.rule", "must be longer than nothing"],
    ),
    row(
        "members who may not propose anything",
        |kitchen| {
            let part = "purpose = \"To cook for the street.\"\n";
            with(kitchen, part, &format!("{part}participation = {{ open_proposals = 0 }}\n"))
        },
        ["must be from 1 to 4096", "participation.open_proposals", "from 1"],
    ),
];
