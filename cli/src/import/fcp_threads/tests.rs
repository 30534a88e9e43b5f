use std::{env, fs, path::PathBuf};

use folkmoot_sim::{load, run};

use super::*;

/// Threads of every kind, made up: what a file can say and leave out.
const THREADS: &str = r#"{ "threads": [
  { "url": "https://x/o/calm/issues/1", "team": "T-a (bot)", "title": "Calm", "outcome": "accepted",
    "rule": "majority and <=2 outstanding", "reviewers": ["Ana", "ben", "cem", "dora"],
    "checked_in_stored_copy": ["Ana", "cem"],
    "events": [ { "at": "2026-01-30", "by": "Ana", "do": "propose" },
                { "at": "2026-02-02", "by": "ben", "do": "approve" },
                { "at": "2026-02-03", "by": "bot", "do": "enter-fcp" },
                { "at": "2026-02-13", "by": "bot", "do": "fcp-complete" } ] },
  { "url": "https://x/o/held/issues/2", "team": "T-a", "title": "Held", "outcome": "accepted",
    "rule": ">=75%", "reviewers": ["ana", "ben", "cem", "dora"],
    "checked_in_stored_copy": ["ana", "ben", "cem"],
    "events": [ { "at": "2026-02-01", "by": "ana", "do": "propose" },
                { "at": "2026-02-02", "by": "bot", "do": "enter-fcp" },
                { "at": "2026-02-04", "by": "dora", "do": "concern", "text": "too soon" },
                { "at": "2026-02-20", "by": "dora", "do": "resolve" },
                { "at": "2026-02-20", "by": "bot", "do": "fcp-complete" } ] },
  { "url": "https://x/o/stuck/issues/3", "team": "T-a", "title": "Stuck", "outcome": "blocked",
    "rule": "all reviewers", "reviewers": ["ana", "ben"], "checked_in_stored_copy": "ALL",
    "events": [ { "at": "2026-02-01", "by": "ana", "do": "propose" },
                { "at": "2026-02-01", "by": "bot", "do": "enter-fcp" },
                { "at": "2026-02-04", "by": "ben", "do": "concern" },
                { "at": "2026-03-20", "by": "cem", "do": "argue" } ] },
  { "url": "https://x/o/gone/issues/4", "team": "T-b", "title": "Gone", "outcome": "cancelled",
    "reviewers": ["ana", "ben"], "events": [ { "at": "2026-02-01", "by": "ana", "do": "propose" },
                                             { "at": "2026-02-02", "by": "ana", "do": "cancel" } ] },
  { "url": "https://x/o/human/pull/5", "team": "T-c", "title": "Human", "outcome": "merged",
    "events": [ { "at": "2026-02-13", "by": "ana", "do": "merge-decision", "note": "day 12 of the original FCP" } ] },
  { "url": "https://x/o/early/issues/6", "team": "T-a", "title": "Early", "outcome": "accepted",
    "reviewers": ["ana", "ben"], "checked_in_stored_copy": ["ana", "ben"],
    "events": [ { "at": "2026-02-01", "by": "ana", "do": "propose" },
                { "at": "2026-02-03", "by": "bot", "do": "enter-fcp" },
                { "at": "2026-02-09", "by": "bot", "do": "fcp-complete" } ] }
] }"#;

fn import(text: &str) -> (ThreadsReport, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("threads.json");
    fs::write(&file, text).unwrap();
    let report = fcp_threads(&file, &folder.path().join("out"), true).unwrap();
    (report, folder)
}

#[test]
fn threads_end_by_the_rules_of_their_days() {
    let (report, folder) = import(THREADS);
    let ends: Vec<_> =
        report.rows.iter().map(|row| (row.compared, row.here.outcome, row.here.day.as_deref())).collect();
    assert_eq!(
        ends,
        [
            (Compared::Same, "passed", Some("2026-02-13")),
            // Five days were over on the seventh; the concern held the end until it was resolved.
            (Compared::Same, "passed", Some("2026-02-20")),
            (Compared::Same, "open", None),
            (Compared::Same, "withdrawn", Some("2026-02-02")),
            (Compared::Later, "passed", Some("2026-02-11")),
            // Six days are not ten: what does not fit is not hidden.
            (Compared::Differs, "open", None),
        ]
    );
    assert_eq!(report.differing(), ["o/early#6"]);
    let calm = &report.rows[0];
    assert_eq!((calm.approvals.dated, calm.approvals.undated, calm.approvals.assumed), (2, 1, 0));
    assert_eq!(calm.here.final_period.as_deref(), Some("2026-02-03"), "the third of four leaves one outstanding");
    let notes = fs::read_to_string(folder.path().join("out/notes.md")).unwrap();
    assert!(notes.contains("| o/human#5 |") && notes.contains("is the decision to merge"), "{notes}");
}

#[test]
fn every_scenario_is_a_file_that_runs_alone() {
    let (report, folder) = import(THREADS);
    let files = fs::read_dir(folder.path().join("out")).unwrap().map(|file| file.unwrap().path());
    let scenarios: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|end| end == "toml")).collect();
    assert_eq!(scenarios.len(), report.threads);
    for file in scenarios.iter().filter(|file| !file.ends_with("06-o-early-6.toml")) {
        let scenario = load(file).unwrap();
        let report = run(&scenario, 7).unwrap();
        assert!(report.is_as_expected(), "{}: {:#?}", file.display(), report.expectations);
    }
}

#[test]
fn a_file_that_is_none_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    for (text, says) in [
        ("{", "EOF"),
        (
            r#"{"threads": [{"url": "u", "team": "t", "title": "x", "outcome": "accepted", "events": []}]}"#,
            "has no events",
        ),
        (&THREADS.replace("\"merged\"", "\"who knows\""), "o/human#5: the outcome 'who knows' is not understood"),
        (&THREADS.replace("2026-02-13\", \"by\": \"ana\"", "2026-02-31\", \"by\": \"ana\""), "no day like 2025-01-31"),
        (&THREADS.replace("\"cancel\"", "\"sing\""), "unknown variant `sing`"),
    ] {
        let file = folder.path().join("threads.json");
        fs::write(&file, text).unwrap();
        let error = fcp_threads(&file, &folder.path().join("out"), false).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("threads.json"), "{error}");
        assert!(!folder.path().join("out").exists());
    }
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn the_17_threads_end_as_they_did() {
    let data = PathBuf::from(env::var("FOLKMOOT_DATA").expect("FOLKMOOT_DATA names a directory"));
    let folder = tempfile::tempdir().unwrap();
    let report = fcp_threads(&data.join("fcp-threads.json"), &folder.path().join("out"), true).unwrap();
    println!("{}", fs::read_to_string(folder.path().join("out/notes.md")).unwrap());
    assert_eq!(report.threads, 17);
    assert!(report.differing().is_empty(), "{:?}", report.differing());
    let outcomes = ["passed", "open", "withdrawn"]
        .map(|outcome| report.rows.iter().filter(|row| row.here.outcome == outcome).count());
    assert_eq!(outcomes, [14, 2, 1]);
    let compared = |compared| report.rows.iter().filter(|row| row.compared == compared).count();
    let kinds = [Compared::Same, Compared::Fits, Compared::Outcome, Compared::Later].map(compared);
    assert_eq!(kinds, [7, 6, 3, 1]);
}
