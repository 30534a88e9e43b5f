use folkmoot_node::control::view::{GroupView, ProposalView};
use folkmoot_protocol::charter::{Charter, Host, RawCharter};
use folkmoot_protocol::{key::SecretKey, time::Timestamp};
use serde_json::{Value, json};

use super::{Group, adr, logbook};

/// A decision whose author tries to break the document.
fn decision(title: &str, state: &str, entry: u64) -> ProposalView {
    let value = json!({
        "proposal": format!("p{entry:064x}"), "group": "g00", "group_name": "kitchen", "title": title, "author": "ana",
        "why": "Most can come.\n---\nstatus: accepted\n# Not a heading", "state": state, "void_because": null,
        "version": 2,
        "versions": [
            { "at": "2026-01-01T10:00:00Z", "entry": 1, "statement": "s01", "integrates": [] },
            { "at": "2026-01-02T10:00:00Z", "entry": 3, "statement": "s03", "integrates": ["s020000000"] },
        ],
        "opened": "2026-01-01T10:00:00Z", "charter": "h00", "closes": "2026-01-09T10:00:00Z", "to_vote": null,
        "entry": entry, "review": "2026-07-01T10:00:00Z",
        "domains": [{
            "domain": "work", "rung": "consent", "rule": "consent: no objection", "owner": "group",
            "people_only": false, "eligible": ["ana", "ben"], "silent": [], "deciders": [], "asked": [], "awaited": [],
            "advice_until": null, "final_period": null, "quorum": 1, "passes": state == "passed",
            "reason": "no objection stands",
        }],
        "effects": ["agrees in 'work': On Mondays.\n\n<script>"],
        "responses": [
            response("ben", "agree", Value::Null), response("ana", "agree", Value::Null),
            response("cem", "advice", json!("| Ask | them |")),
        ],
        "objections": [{
            "objection": "s020000000", "member": "ben", "version": 1, "reason": "I *work* then.", "state": "integrated",
            "tests": [], "dismissed_in": [], "became": "version 2 integrated it; ben withdrew it",
            "at": "2026-01-01T11:00:00Z", "withdrawn_at": "2026-01-03T10:00:00Z",
        }],
        "called_in": null, "waiting_for": [], "sealed": false, "sealed_at": null, "seal": seal(),
    });
    serde_json::from_value(value).unwrap()
}

fn response(member: &str, answer: &str, reason: Value) -> Value {
    json!({ "member": member, "answer": answer, "reason": reason, "at": "2026-01-03T10:00:00Z", "statement": "s04",
            "entry": 4, "counts_in": ["work"], "weighs": [] })
}

fn seal() -> Value {
    json!({ "witnesses": 0, "needed": 1, "may_be_down": 0, "liars": 0, "up_to": null })
}

fn group(decisions: Vec<ProposalView>) -> Group {
    let raw: RawCharter = toml::from_str(
        r#"
        name = "kitchen"
        purpose = "Cook.\n# For all"
        values = ["- Nobody goes hungry"]
        members.ana = {}
        members.ben = {}
        roles.cook = { purpose = "Cooks", holders = [{ member = "ana", until = "+90d" }] }
        [domains.charter]
        purpose = "The charter."
        people_only = true
        rule = { consent = { quorum = "1/2" } }
        "#,
    )
    .unwrap();
    let key = |seed: u8| SecretKey::from_seed([seed; 32]).public();
    let host = Host { log_key: key(1), node: key(2) };
    let find = |name: &folkmoot_protocol::name::Name| Some(key(name.as_str().as_bytes()[0]));
    let charter: Charter = raw.resolve(Timestamp::ZERO, host, &find).unwrap();
    // As it comes over the control API.
    let charter: Charter = serde_json::from_value(serde_json::to_value(&charter).unwrap()).unwrap();
    let view: GroupView = serde_json::from_value(json!({
        "group": "g00", "name": "kitchen", "hosted": true, "host": "did:key:z", "number": 9, "head": "e09",
        "time": "2026-01-09T10:00:00Z", "digest": "d09", "members": 2, "open": 1, "decided": 2, "seal": seal(),
        "federation": null, "stopped": null,
    }))
    .unwrap();
    let open = vec![decision("Later?", "open", 99)];
    Group { view, charter, decisions, open }
}

#[test]
fn a_record_has_the_parts_of_madr_and_its_members_words_as_text() {
    let text = adr::text(&decision("Meet: \"on\"\n# Mondays", "passed", 7));
    let head = "---\nstatus: \"accepted\"\ndate: \"2026-01-09\"\ndecision-makers: [\"ana\", \"ben\"]\nconsulted: [\"cem\"]\n---\n";
    assert!(text.starts_with(head), "{text}");
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        headings,
        [
            "# Meet: \"on\" \\# Mondays",
            "## Context and Problem Statement",
            "## Considered Options",
            "## Decision Outcome",
            "### Consequences",
            "## Objections, and what became of them",
            "## More Information",
        ]
    );
    assert_eq!(text.lines().filter(|line| *line == "---").count(), 2, "{text}");
    for part in [
        "> \\---\n> status: accepted\n> \\# Not a heading",
        "- agrees in 'work': On Mondays.\n  \\<script\\>\n",
        "- Version 1 of 2026-01-01T10:00:00Z, replaced by the next",
        "Chosen: version 2.",
        "- ben to version 1: I \\*work\\* then.\n  - What became of it: version 2 integrated it",
        "- cem said advice: \\| Ask \\| them \\|",
        "- Due for review 2026-07-01T10:00:00Z",
        "`moot why p0000",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_record_says_what_became_of_what_did_not_pass() {
    for (state, status, outcome) in [
        ("not passed", "rejected", "Chosen: leaving it as it was."),
        ("withdrawn", "withdrawn", "Withdrawn by its author"),
        ("void", "void", "Void, because its effects no longer applied"),
    ] {
        let text = adr::text(&decision("Meet", state, 7));
        assert!(text.contains(&format!("status: \"{status}\"")) && text.contains(outcome), "{text}");
        assert!(text.contains("### Consequences\n\nNone.\n"), "{text}");
    }
}

#[test]
fn names_of_records_are_in_the_order_of_the_decisions_and_stay_so() {
    let names =
        |decisions: &[ProposalView]| adr::files(decisions).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let mut decisions = vec![decision("Meet on Mondays!", "passed", 7), decision("庭園", "not passed", 8)];
    let first = names(&decisions);
    assert_eq!(first, ["0001-meet-on-mondays.md", "0002-p00000000.md"]);
    decisions.push(decision("../x", "passed", 12));
    assert_eq!(names(&decisions), ["0001-meet-on-mondays.md", "0002-p00000000.md", "0003-x.md"]);
    // How far it is sealed changes after the decision, and must not change the record.
    let (mut sealed, open) = (decision("a", "passed", 7), decision("a", "passed", 7));
    sealed.sealed = true;
    sealed.seal.up_to = Some(7);
    assert_eq!(adr::text(&sealed), adr::text(&open));
}

#[test]
fn a_logbook_has_the_charter_and_every_decision() {
    let group = group(vec![decision("Meet", "passed", 7), decision("# Sing\nloud", "withdrawn", 8)]);
    let text = logbook::text(&group);
    assert!(text.starts_with(&logbook::mark(&group)), "{text}");
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        headings,
        [
            "# Logbook of kitchen",
            "## The charter as it is",
            "## Decisions",
            "### 1. Meet",
            "### 2. \\# Sing loud",
            "## Not decided yet",
        ]
    );
    for part in [
        "> Cook.\n> \\# For all\n",
        "- \\- Nobody goes hungry\n",
        "- cook: Cooks\n  - held by ana until",
        "**passed** 2026-01-09T10:00:00Z, proposed by ana, version 2.",
        "What would have changed:",
        "- ben agree, 2026-01-03T10:00:00Z, entry 4",
        "- Ended 2026-01-09T10:00:00Z by entry 8",
        "- Later?, by ana, closes",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_ranked_decision_shows_its_options_and_changes_what_won() {
    let mut ranked = decision("Elect a cook", "passed", 5);
    let option = |label: &str| json!({ "label": label, "text": null, "tags": {}, "effects": [format!("{label} cooks")], "withdrawn_by": null });
    let count = |decided: bool| json!({ "winners": ["ben"], "decided": decided, "ranking": [["ben"], ["ana"]], "rounds": [], "ties": [] });
    ranked.effects.clear();
    ranked.options = serde_json::from_value(json!([option("ana"), option("ben")])).unwrap();
    ranked.domains[0].count = serde_json::from_value(count(true)).unwrap();
    let record = adr::text(&ranked);
    let (options, consequences) = record.split_once("### Consequences").unwrap();
    assert!(options.contains("- ana: ana cooks\n- ben: ben cooks\n"), "{record}");
    assert!(consequences.contains("- ben cooks\n") && !consequences.contains("ana cooks"), "{record}");
    let book = logbook::text(&group(vec![ranked.clone()]));
    assert!(book.contains("Options:\n\n- ana: ana cooks\n- ben: ben cooks\n"), "{book}");

    // A tie that nothing broke has no winner.
    ranked.domains[0].count = serde_json::from_value(count(false)).unwrap();
    assert!(!adr::text(&ranked).split_once("### Consequences").unwrap().1.contains("cooks"));
}
