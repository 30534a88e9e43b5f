use folkmoot_node::control::view::{EntryView, GroupView, ProposalView};
use folkmoot_protocol::{
    charter::{Host, RawCharter},
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::Kind,
    id::hex_decode_vec,
    key::SecretKey,
    proof::Bundle,
    replay::Replica,
    statement::{Founding, FoundingContent},
    time::Timestamp,
};
use serde_json::{Value, json};

use super::{
    recompute::{Recomputed, replay},
    replayed::Replayed,
};
use crate::logs;

/// A log of one entry, and what an honest node shows of it.
fn log() -> (Vec<(EntryView, Entry)>, GroupView) {
    let raw: RawCharter = toml::from_str(
        "name = \"kitchen\"\npurpose = \"Cook.\"\nmembers.ana = {}\n[domains.charter]\npurpose = \"It.\"\n\
         people_only = true\nrule = { consent = { quorum = \"1/2\" } }",
    )
    .unwrap();
    let [ana, node, log_key] = [1, 2, 3].map(|seed| SecretKey::from_seed([seed; 32]));
    let host = Host { log_key: log_key.public(), node: node.public() };
    let charter = raw.resolve(Timestamp::ZERO, host, &|_| Some(ana.public())).unwrap();
    let founding = Founding::sign(Kind::Founding, FoundingContent { charter: charter.hash() }, &ana);
    let act = EntryAct::Found { charter: Box::new(charter), foundings: vec![Raw(founding.bytes().to_vec())] };
    let content = EntryContent { log: None, number: 0, previous: None, time: Timestamp::ZERO, cites: Vec::new(), act };
    let entry = Entry::sign(content, &log_key);
    let replica = Replica::found(&entry).unwrap();
    let seal = json!({ "witnesses": 0, "needed": 1, "may_be_down": 0, "liars": 0, "up_to": null });
    let group = json!({
        "group": replica.log(), "name": "kitchen", "hosted": true, "host": "did:key:z", "number": 0,
        "head": entry.id(), "time": "1970-01-01T00:00:00Z", "digest": replica.digest(), "members": 1, "open": 1,
        "decided": 0, "seal": seal, "federation": null, "stopped": null,
    });
    let view = json!({ "number": 0, "entry": entry.id(), "time": "1970-01-01T00:00:00Z", "by": ["ana"],
                       "what": "found", "sealed": false });
    (vec![(serde_json::from_value(view).unwrap(), entry)], serde_json::from_value(group).unwrap())
}

fn proposal(group: &GroupView, state: &str, entry: Option<u64>) -> ProposalView {
    let value = json!({
        "proposal": format!("p{:064x}", 7), "group": group.group, "group_name": "kitchen", "title": "t",
        "author": "ana", "why": "w", "state": state, "void_because": null, "version": 1, "versions": [],
        "opened": "1970-01-01T00:00:00Z", "charter": "h00", "closes": "1970-01-01T00:00:00Z", "to_vote": null,
        "entry": entry, "review": null, "domains": [], "effects": [], "responses": [], "objections": [],
        "called_in": null, "waiting_for": [], "sealed": false, "sealed_at": null, "seal": group.seal,
    });
    serde_json::from_value(value).unwrap()
}

fn problem(recomputed: &Recomputed) -> &str {
    assert_eq!(recomputed.same, Some(false));
    recomputed.problem.as_deref().unwrap()
}

#[test]
fn what_the_log_says_goes_before_what_a_node_shows() {
    let (entries, honest) = log();
    assert_eq!(replay(&proposal(&honest, "open", None), &honest, &entries).same, Some(true));
    // It shows a decision that the log does not have, another state, another log, or nothing.
    let decided = proposal(&honest, "passed", Some(0));
    assert_eq!(problem(&replay(&decided, &honest, &entries)), "it is not decided, the node shows passed");
    let other = GroupView { digest: format!("d{:064x}", 1), ..honest.clone() };
    assert!(problem(&replay(&proposal(&other, "open", None), &other, &entries)).starts_with("the state is d"));
    let other = GroupView { group: format!("g{:064x}", 1), ..honest.clone() };
    assert!(problem(&replay(&proposal(&other, "open", None), &other, &entries)).starts_with("the log is that of g"));
    assert_eq!(problem(&replay(&proposal(&honest, "open", None), &honest, &[])), "the log is empty");
    // An entry that breaks a rule: the founding of the group once more.
    let twice = [entries.clone(), entries].concat();
    assert!(problem(&replay(&proposal(&honest, "open", None), &honest, &twice)).starts_with("entry 0 breaks a rule"));
}

/// The log in a proof of the conformance vectors, replayed, and the matter that it is about.
fn proven(about: &str) -> (Replica, String) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/vectors/matter-bundles.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let found = vectors["bundles"].as_array().unwrap().iter().find(|bundle| bundle["about"] == about);
    let bytes = hex_decode_vec(found.expect(about)["bytes"].as_str().unwrap()).unwrap();
    let bundle = Bundle::decode(&bytes).unwrap();
    let entries: Vec<Entry> = bundle.entries.iter().map(|raw| Entry::decode(&raw.0).unwrap()).collect();
    (logs::replay(&entries).unwrap(), bundle.matter.unwrap().id.to_string())
}

#[test]
fn how_a_matter_ended_is_held_against_the_log() {
    let (replica, matter) = proven("not adopted: whose silence the log cites, at which level");
    let log = replica.log().to_string();
    let shown = |result: &str, level: Option<u8>| {
        let asked = Replayed::asked("attic", &log, 1, (result, level));
        let said = asked.compare(&matter, &replica, replica.head().time);
        (said.same, said.problem.unwrap_or_default())
    };
    assert_eq!(shown("not adopted", None), (Some(true), String::new()));
    assert_eq!(shown("adopted", Some(3)), (Some(false), "by what it holds the matter is not adopted".into()));
    assert_eq!(shown("enacted", Some(3)).0, Some(false));
    let other = Replayed::asked("brook", &format!("g{:064x}", 1), 1, ("not adopted", None));
    assert_eq!(other.compare(&matter, &replica, replica.head().time).same, Some(false), "another log");

    let (replica, matter) = proven("adopted at the last level, and enacted by a group that had said no");
    let log = replica.log().to_string();
    let asked = |level: u8| Replayed::asked("brook", &log, 1, ("enacted", Some(level)));
    assert_eq!(asked(3).compare(&matter, &replica, replica.head().time).same, Some(true));
    assert_eq!(asked(2).compare(&matter, &replica, replica.head().time).same, Some(false));

    let (replica, matter) = proven("in doubt: the log shows neither");
    let asked = Replayed::asked("attic", &replica.log().to_string(), 1, ("not adopted", None));
    let said = asked.compare(&matter, &replica, replica.head().time);
    let problem = "its log does not hold yet what shows that it is not adopted";
    assert_eq!((said.same, said.problem.as_deref()), (None, Some(problem)));
}

#[test]
fn what_is_neither_a_decision_nor_a_matter_is_asked_for_elsewhere() {
    let says = super::elsewhere("t1a2b").unwrap();
    assert!(says.starts_with("'t1a2b' names terms") && says.ends_with("moot resource show t1a2b"), "{says}");
    assert!(super::elsewhere("r1a2b").unwrap().ends_with("moot resource round show r1a2b"));
    assert_eq!(["p1a2b", "m1a2b", "p1a2b.1"].map(super::elsewhere), [const { None }; 3]);
}
