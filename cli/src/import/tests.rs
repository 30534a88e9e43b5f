use std::{collections::BTreeSet, env, fs, path::PathBuf};

use folkmoot_protocol::{
    charter::{Host, OnObjection, Owner, RawCharter, Rule},
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::Kind as Envelope,
    federation::RawAgreement,
    id::Hash,
    key::SecretKey,
    limits::ENTRY_BYTES,
    replay::Replica,
    statement::{Founding, FoundingContent},
    time::{Span, Timestamp},
};
use tempfile::TempDir;

use super::*;

/// A copy of rust-lang/team in small: a council, teams in three steps, an umbrella, and lists of every kind.
const TEAMS: [(&str, &str); 9] = [
    (
        "leadership-council",
        r#"name = "leadership-council"
        [people]
        leads = []
        members = [{ github = "Ana", roles = ["council-rep-lang"] }, "bo-1"]
        alumni = ["Old"]
        [rfcbot]
        label = "T-council"
        name = "Council"
        ping = "x/council"
        exclude-members = ["BO-1"]
        [[roles]]
        id = "council-rep-lang"
        description = "Language team"
        [[roles]]
        id = "council-rep-nobody"
        description = "Nobody yet""#,
    ),
    (
        "lang",
        r#"name = "lang"
        top-level = true
        permissions = { perf = true }
        [people]
        leads = ["Ana"]
        members = ["Ana", "Cy"]
        alumni = []
        [website]
        name = "Language team"
        description = "Designing new language features""#,
    ),
    (
        "umbrella",
        r#"name = "umbrella"
        top-level = true
        people = { leads = [], members = [], alumni = [] }
        website = { name = "Umbrella", description = "A home for teams" }"#,
    ),
    (
        "empty",
        r#"name = "empty"
        subteam-of = "umbrella"
        people = { leads = [], members = [] }"#,
    ),
    (
        "wg-deep",
        r#"name = "wg-deep"
        kind = "working-group"
        subteam-of = "empty"
        people = { leads = ["Dee"], members = ["Dee"] }"#,
    ),
    (
        "renamed",
        r#"name = "project-Deeper"
        kind = "project-group"
        subteam-of = "wg-deep"
        people = { leads = ["Cy"], members = ["Cy", "0dd"], alumni = ["Old"] }"#,
    ),
    (
        "list",
        r#"name = "list"
        kind = "marker-team"
        people = { leads = [], members = ["bo-1"], included-teams = ["wg-leads", "list"] }"#,
    ),
    (
        "wg-leads",
        r#"name = "wg-leads"
        kind = "marker-team"
        people = { leads = [], members = [], include-wg-leads = true, include-project-group-leads = true }"#,
    ),
    (
        "alumni",
        r#"name = "alumni"
        kind = "marker-team"
        people = { leads = [], members = [], include-all-alumni = true }"#,
    ),
];

struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap() };
        for (name, text) in TEAMS {
            fixture.put(&format!("teams/{name}.toml"), text);
        }
        fixture.put("teams/archive/gone.toml", "this is not even TOML");
        fixture.put("teams/README.md", "no team");
        for handle in ["Ana", "bo-1", "Cy", "Dee", "0dd", "Old"] {
            fixture.put(&format!("people/{handle}.toml"), &format!("name = 'X'\ngithub = '{handle}'\ngithub-id = 1"));
        }
        fixture
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.folder.path().join("from").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn import(&self) -> Result<ImportReport, ImportError> {
        rust_team(&self.folder.path().join("from"), &self.out())
    }

    fn refusal(&self) -> String {
        let refusal = self.import().expect_err("refused").to_string();
        let left: Vec<_> = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["from"], "nothing is left of it");
        refusal
    }

    fn charter(&self, name: &str) -> RawCharter {
        toml::from_str(&fs::read_to_string(self.out().join(format!("charters/{name}.toml"))).unwrap()).unwrap()
    }
}

fn members(charter: &RawCharter) -> Vec<&str> {
    charter.members.keys().map(Name::as_str).collect()
}

fn holders<'a>(charter: &'a RawCharter, role: &str) -> Vec<&'a str> {
    charter.roles[role].holders.iter().map(|holder| holder.member.as_str()).collect()
}

/// Founds the group with throwaway keys and gives back the length of its first entry.
fn found(charter: &RawCharter) -> usize {
    let key = |name: &str| SecretKey::from_seed(Hash::of(name.as_bytes()).0);
    let log = key("the log");
    let host = Host { log_key: log.public(), node: key("the node").public() };
    let resolved = charter.resolve(Timestamp::ZERO, host, &|name| Some(key(name.as_str()).public())).unwrap();
    let founder = key(resolved.members.iter().next().unwrap().name.as_str());
    let founding = Founding::sign(Envelope::Founding, FoundingContent { charter: resolved.hash() }, &founder);
    let act = EntryAct::Found { charter: Box::new(resolved), foundings: vec![Raw(founding.bytes().to_vec())] };
    let content = EntryContent { log: None, number: 0, previous: None, time: Timestamp::ZERO, cites: Vec::new(), act };
    let entry = Entry::decode(Entry::sign(content, &log).bytes()).unwrap();
    Replica::found(&entry).unwrap();
    entry.bytes().len()
}

#[test]
fn groups_members_and_escalation_come_out_right() {
    let fixture = Fixture::new();
    let report = fixture.import().unwrap();
    assert_eq!((report.groups, report.charters, report.parts, report.people), (9, 6, 3, 5));
    assert_eq!((report.sign_off, report.deepest, report.renamed, report.archived), (1, 3, 4, 1));
    assert_eq!(report.kinds["marker teams"], 3);

    assert_eq!(members(&fixture.charter("lang")), ["ana", "cy"]);
    assert_eq!(members(&fixture.charter("project-deeper")), ["0dd", "cy"]);
    assert_eq!(members(&fixture.charter("wg-leads")), ["cy", "dee"]);
    assert_eq!(members(&fixture.charter("list")), ["bo-1", "cy", "dee"]);

    let text = fs::read_to_string(fixture.out().join("federation.toml")).unwrap();
    let federation: RawAgreement = toml::from_str(&text).unwrap();
    let next = |name: &str| federation.groups[name].escalates_to.as_ref().map(Name::as_str);
    assert_eq!(next("project-deeper"), Some("wg-deep"));
    assert_eq!(next("wg-deep"), Some("leadership-council"), "past two teams that have nobody");
    assert_eq!(next("list"), Some("leadership-council"));
    assert_eq!(next("leadership-council"), None);
    assert_eq!(federation.groups.len(), 6);
    assert!(federation.panel.is_empty());
}

#[test]
fn charters_say_who_leads_signs_off_and_stands_for_whom() {
    let fixture = Fixture::new();
    fixture.import().unwrap();
    let lang = fixture.charter("lang");
    assert_eq!(lang.purpose, "Designing new language features");
    assert_eq!(holders(&lang, "lead"), ["ana"]);
    let work = &lang.domains["work"];
    assert!(matches!(&work.rule, Rule::Delegate(rule) if rule.call_in.is_some()));
    assert_eq!(work.owner.to_string(), "role:lead");
    assert!(!lang.domains.contains_key("sign-off"));

    let council = fixture.charter("leadership-council");
    assert_eq!(holders(&council, "sign-off"), ["ana"], "an excluded member does not sign off");
    assert_eq!(holders(&council, "council-rep-lang"), ["ana"]);
    assert_eq!(holders(&council, "council-rep-nobody"), [""; 0]);
    assert_eq!(council.domains["sign-off"].owner.to_string(), "role:sign-off");
    assert_eq!(holders(&council, "representative"), ["ana"], "who holds a role council-rep-…, and nobody else");
    assert_eq!(council.domains["council"].owner.to_string(), "role:representative");
    assert_eq!(council.domains["work"].owner, Owner::Group);
    for part in ["council", "umbrella", "empty", "alumni"] {
        assert!(council.domains.contains_key(part), "{part}");
    }
}

#[test]
fn teams_sign_off_and_the_council_decides_by_the_rule_of_their_bot() {
    let fixture = Fixture::new();
    fixture.import().unwrap();
    let council = fixture.charter("leadership-council");
    for domain in ["sign-off", "council"] {
        let Rule::Consent(rule) = &council.domains[domain].rule else { panic!("{domain} consents") };
        let approval = rule.approval.expect("a floor");
        assert_eq!((approval.bar.to_string().as_str(), approval.outstanding), ("more than 1/2", Some(2)), "{domain}");
        let period = rule.final_period.expect("a final period");
        assert_eq!((period.length, period.on_objection), (Span::from_days(10), OnObjection::Hold), "{domain}");
    }
    let text = fs::read_to_string(fixture.out().join("charters/leadership-council.toml")).unwrap();
    assert!(text.contains("decides as rfcbot does"), "{text}");
}

#[test]
fn without_representatives_the_whole_council_decides() {
    let fixture = Fixture::new();
    let text = "name = 'leadership-council'\npeople = { leads = [], members = ['Ana'] }";
    fixture.put("teams/leadership-council.toml", text);
    fixture.import().unwrap();
    let council = fixture.charter("leadership-council");
    assert_eq!(council.domains["council"].owner, Owner::Group);
    assert!(!council.roles.contains_key("representative"));
}

#[test]
fn every_charter_founds_a_group() {
    let fixture = Fixture::new();
    fixture.import().unwrap();
    for name in ["leadership-council", "lang", "wg-deep", "project-deeper", "list", "wg-leads"] {
        assert!(found(&fixture.charter(name)) < ENTRY_BYTES, "{name}");
    }
}

#[test]
fn notes_say_what_was_changed() {
    let fixture = Fixture::new();
    let report = fixture.import().unwrap();
    assert!(
        report.notes.iter().any(|note| note == "empty (team) has no members: it is a domain of leadership-council now")
    );
    let notes = fs::read_to_string(fixture.out().join("notes.md")).unwrap();
    for text in ["Ana is `ana`", "project-Deeper is `project-deeper`", "project-deeper: teams/renamed.toml", "- gone"] {
        assert!(notes.contains(text), "{text} in {notes}");
    }
    assert!(!notes.contains("`old`"), "who is no member is not mentioned");
    assert!(fs::read_to_string(fixture.out().join("TRIAL-KEYS.md")).unwrap().contains("throwaway keys"));
}

#[test]
fn refusals_name_the_file_and_the_way_out() {
    let cases = [
        ("teams/x.toml", "name = 'x'\npeople = { leads = ['Cy'], members = [] }", "people.leads: 'cy' leads"),
        ("teams/x.toml", "name = 'x'\npeople = { leads = [], members = ['who'] }", "'who' has no file in people/"),
        (
            "teams/x.toml",
            "name = 'x'\nsubteam-of = 'gone'\npeople = { leads = [], members = [] }",
            "'gone' is no active team",
        ),
        (
            "teams/x.toml",
            "name = 'x'\nsubteam-of = 'x'\npeople = { leads = [], members = [] }",
            "subteam-of: runs in a circle",
        ),
        (
            "teams/x.toml",
            "name = 'x'\npeople = { leads = [], members = [], included-teams = ['gone'] }",
            "'gone' is no active team",
        ),
        ("teams/x.toml", "name = 'x'\npeople = { leads = [], members = [], include-bots = true }", "include-bots"),
        ("teams/x.toml", "name = 'x'\nkind = 'club'\npeople = { leads = [], members = [] }", "club"),
        (
            "teams/x.toml",
            "name = 'x'\npeople = { leads = [], members = [{ github = 'Cy', roles = ['r'] }] }",
            "add it under [[roles]]",
        ),
        ("teams/x.toml", "name = 'Lang'\npeople = { leads = [], members = [] }", "rename one"),
        ("teams/x.toml", "name = 'work'\npeople = { leads = [], members = [] }", "has a domain of this name"),
        ("teams/x.toml", "name = 'x y'\npeople = { leads = [], members = [] }", "is not a name"),
        ("people/cy.toml", "github = 'CY'", "keep one of the two"),
    ];
    for (path, text, expected) in cases {
        let fixture = Fixture::new();
        fixture.put(path, text);
        let refusal = fixture.refusal();
        assert!(refusal.contains(expected), "{expected} in {refusal}");
        assert!(refusal.contains(".toml"), "{refusal}");
    }
}

#[test]
fn the_folder_is_filled_whole_or_not_at_all() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.out()).unwrap();
    fixture.import().unwrap();
    let before = fs::read_to_string(fixture.out().join("notes.md")).unwrap();
    assert!(fixture.import().unwrap_err().to_string().contains("name a new or an empty folder"));
    assert_eq!(fs::read_to_string(fixture.out().join("notes.md")).unwrap(), before);

    let other = Fixture::new();
    fs::remove_dir_all(other.folder.path().join("from/people")).unwrap();
    assert!(other.refusal().contains("which holds teams/ and people/"));
    assert!(
        rust_team(other.folder.path(), &other.out().join("deep")).unwrap_err().to_string().contains("make the folder")
    );
}

#[test]
fn a_failed_write_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = vec![("a".into(), "a file".to_owned()), ("a/b".into(), "below a file".to_owned())];
    write::all(&folder.path().join("out"), files).unwrap_err();
    let filled = folder.path().join("filled");
    fs::create_dir(&filled).unwrap();
    fs::write(filled.join("mine"), "kept").unwrap();
    write::all(&filled, vec![("a".into(), "a file".to_owned())]).unwrap_err();
    assert_eq!(fs::read_to_string(filled.join("mine")).unwrap(), "kept");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn without_a_council_escalation_ends_at_the_top() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.folder.path().join("from/teams/leadership-council.toml")).unwrap();
    let report = fixture.import().unwrap();
    assert!(report.notes.iter().any(|note| note.contains("it is left out")), "{:?}", report.notes);
    assert!(report.notes.iter().any(|note| note.contains("there is no leadership-council")));
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn the_rust_project_has_165_groups_and_402_people() {
    let data = PathBuf::from(env::var("FOLKMOOT_DATA").expect("FOLKMOOT_DATA names a directory"));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let report = rust_team(&data.join("rust-team"), &out).unwrap();
    assert_eq!((report.groups, report.people), (165, 402));
    let kinds = ["teams", "marker teams", "working groups", "project groups"].map(|kind| report.kinds[kind]);
    assert_eq!(kinds, [77, 42, 31, 15]);
    assert_eq!((report.charters, report.parts, report.sign_off, report.deepest), (158, 7, 27, 5));

    let mut people = BTreeSet::new();
    for entry in fs::read_dir(out.join("charters")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let charter: RawCharter = toml::from_str(&text).unwrap();
        assert!(found(&charter) <= ENTRY_BYTES);
        if charter.name.as_str() == "leadership-council" {
            assert_eq!(holders(&charter, "representative").len(), 7);
        }
        people.extend(charter.members.into_keys());
    }
    assert_eq!(people.len(), 402);
}
