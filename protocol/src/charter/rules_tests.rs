//! Which rules and participation can stand.

use super::{Bar, Charter, Owner, Participation};
use crate::{
    cbor,
    fixture::{charter, days, name, rule},
    limits::{ENTRY_BYTES, OPEN_PROPOSALS},
    time::Span,
};

/// The part of the fixture's charter that cannot stand when the tools, which ben keeps, decide by this rule.
fn problem(json: &str) -> Option<String> {
    let mut charter = charter();
    charter.domains.find_mut(&name("tools")).unwrap().rule = rule(json);
    charter.check().err().map(|error| error.place)
}

fn at(place: &str) -> Option<String> {
    Some(format!("domains.tools.rule{place}"))
}

#[test]
fn rules_read_as_written_and_come_back_from_the_log() {
    for json in [
        r#"{ "consult": { "ask": ["group", "role:keeper"] } }"#,
        r#"{ "consensus": { "asides": 2 } }"#,
        r#"{ "vote": { "quorum": "1/2", "yes": { "at_least": "2/3" }, "of": "eligible" } }"#,
        r#"{ "consent": { "quorum": "1/2", "approval": { "bar": { "more_than": "1/2" }, "outstanding": 2 },
            "final_period": { "length": "2d", "on_objection": "restart", "latest": "9d" }, "objection_test": "2/3",
            "then_vote": { "quorum": "1/2", "yes": { "more_than": "1/2" } } } }"#,
    ] {
        assert_eq!(problem(json), None, "{json}");
        let mut charter = charter();
        charter.domains.find_mut(&name("tools")).unwrap().rule = rule(json);
        assert_eq!(cbor::decode::<Charter>(&cbor::encode(&charter), ENTRY_BYTES), Ok(charter));
    }
}

#[test]
fn a_rule_with_an_unknown_field_is_no_rule() {
    for json in [
        r#"{ "consensus": { "asides": 2, "quorum": "1/2" } }"#,
        r#"{ "vote": { "quorum": "1/2" } }"#,
        r#"{ "ranked": {} }"#,
        r#"{ "consent": { "quorum": "1/2", "final_period": { "length": "2d", "latest": "2d" } } }"#,
    ] {
        assert!(serde_json::from_str::<super::Rule>(json).is_err(), "{json}");
    }
}

#[test]
fn a_consult_names_whom_it_asks_and_ends_before_the_proposal_lapses() {
    let consult = |ask: &str, advice: &str| {
        problem(&format!(r#"{{ "consult": {{ "ask": {ask}, "advice": "{advice}", "closing": "4d" }} }}"#))
    };
    assert_eq!(consult(r#"["group", "role:keeper", "role:treasurer"]"#, "3d"), None);
    for ask in [r#"[]"#, r#"["role:cook"]"#] {
        assert_eq!(consult(ask, "3d"), at(""), "{ask}");
    }
    for ask in [r#"["role:keeper", "group"]"#, r#"["group", "group"]"#, r#"["role:treasurer", "role:keeper"]"#] {
        assert_eq!(consult(ask, "3d"), at(".ask"), "{ask}");
    }
    for (advice, fits) in [("0s", false), ("1s", true), ("345599s", true), ("4d", false), ("5d", false)] {
        assert_eq!(consult(r#"["group"]"#, advice).is_none(), fits, "{advice}");
    }
}

#[test]
fn where_one_decides_after_advice_a_role_owns_the_domain() {
    let mut charter = charter();
    let tools = charter.domains.find_mut(&name("tools")).unwrap();
    (tools.rule, tools.owner) = (rule(r#"{ "consult": { "ask": ["group"] } }"#), Owner::Group);
    assert_eq!(charter.check().err().map(|error| error.place), Some("domains.tools".into()));
}

#[test]
fn bars_can_be_met_and_missed() {
    for (bar, fits) in [
        (r#""more_than": "1/1""#, false),
        (r#""more_than": "99/100""#, true),
        (r#""more_than": "0/1""#, true),
        (r#""at_least": "1/1""#, true),
        (r#""at_least": "0/1""#, false),
    ] {
        let vote = format!(r#"{{ "quorum": "1/2", "yes": {{ {bar} }} }}"#);
        assert_eq!(problem(&format!(r#"{{ "vote": {vote} }}"#)).is_none(), fits, "{bar}");
        let then = format!(r#"{{ "consent": {{ "quorum": "1/2", "then_vote": {vote} }} }}"#);
        assert_eq!(problem(&then), if fits { None } else { at(".then_vote") }, "{bar}");
        let floor = format!(r#"{{ "consent": {{ "quorum": "1/2", "approval": {{ "bar": {{ {bar} }} }} }} }}"#);
        assert_eq!(problem(&floor).is_none(), fits, "{bar}");
    }
    assert_eq!(Bar::MoreThan("1/2".parse().unwrap()).to_string(), "more than 1/2");
}

#[test]
fn an_objection_test_asks_for_two_thirds_at_least() {
    for (share, fits) in [("66/100", false), ("2/3", true), ("1/1", true), ("1/2", false)] {
        let json = format!(r#"{{ "consent": {{ "quorum": "1/2", "objection_test": "{share}" }} }}"#);
        assert_eq!(problem(&json).is_none(), fits, "{share}");
    }
}

#[test]
fn a_final_period_is_not_empty_and_ends_at_its_latest_end() {
    for (length, latest, fits) in [("0s", "1d", false), ("1d", "1d", true), ("2d", "1d", false), ("1s", "9d", true)] {
        let period = format!(r#"{{ "length": "{length}", "on_objection": "hold", "latest": "{latest}" }}"#);
        let json = format!(r#"{{ "consent": {{ "quorum": "1/2", "final_period": {period} }} }}"#);
        assert_eq!(problem(&json).is_none(), fits, "{length} {latest}");
    }
}

#[test]
fn every_rung_has_a_window_a_minimum_in_it_and_versions() {
    for rung in [r#""consensus": { "asides": 0,"#, r#""vote": { "quorum": "1/2", "yes": { "more_than": "1/2" },"#] {
        for (rest, fits) in [
            (r#""closing": "1d", "minimum": "1d""#, true),
            (r#""closing": "1d", "minimum": "2d""#, false),
            (r#""closing": "0s", "minimum": "0s""#, false),
            (r#""versions": 0"#, false),
            (r#""versions": 101"#, false),
        ] {
            assert_eq!(problem(&format!("{{ {rung} {rest} }} }}")).is_none(), fits, "{rung} {rest}");
        }
    }
}

#[test]
fn members_may_hold_something_open_and_not_more_than_the_log() {
    let place = |open_proposals, call_ins, silent_after| {
        let mut charter = charter();
        charter.participation = Participation { open_proposals, call_ins, silent_after };
        charter.check().err().map(|error| error.place.replace("participation.", ""))
    };
    let most = OPEN_PROPOSALS as u32;
    assert_eq!(place(1, 0, None), None);
    assert_eq!(place(most, most, Some(days(30))), None);
    assert_eq!(place(0, 0, None), Some("open_proposals".into()));
    assert_eq!(place(most + 1, 0, None), Some("open_proposals".into()));
    assert_eq!(place(1, most + 1, None), Some("call_ins".into()));
    assert_eq!(place(1, 0, Some(Span::ZERO)), Some("silent_after".into()));
}
