//! `moot tally`: what it prints of published ballots, and of small ones.

use std::{env, fs, path::PathBuf, process::Command};

use folkmoot_tests::harness::moot;
use serde_json::Value;

#[track_caller]
fn tally(args: &[&str]) -> Value {
    let output = Command::new(moot()).arg("tally").args(args).arg("--json").output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn file(dir: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn data(name: &str) -> PathBuf {
    PathBuf::from(env::var("FOLKMOOT_DATA").expect("FOLKMOOT_DATA names a directory")).join("ballots").join(name)
}

#[test]
fn three_forms_of_ballots_give_one_result() {
    let dir = tempfile::tempdir().unwrap();
    let sheet = file(&dir, "sheet.csv", "ana,ben,cem\n1,2,\n1,2,3\n2,1,No opinion\n,1,2\n3,2,1\n");
    let ranks = file(
        &dir,
        "ranks.csv",
        "count,rank1,rank2,rank3\n1,ana,ben,\n1,ana,ben,cem\n1,ben,ana,\n1,ben,cem,\n1,cem,ben,ana\n",
    );
    let blt = file(
        &dir,
        "poll.blt",
        "3 1\n1 1 2 0\n1 1 2 3 0\n1 2 1 0\n1 2 3 0\n1 3 2 1 0\n0\n\"ana\"\n\"ben\"\n\"cem\"\n\"Poll\"\n",
    );
    for method in ["schulze", "irv", "stv"] {
        let [a, b, c] = [&sheet, &ranks, &blt].map(|file| tally(&["--method", method, "--unranked", "last", file]));
        assert_eq!((&a["winners"], &a["ranking"]), (&b["winners"], &b["ranking"]), "{method}");
        assert_eq!((&a["winners"], &a["rounds"]), (&c["winners"], &c["rounds"]), "{method}");
        assert_eq!(a["winners"], serde_json::json!(["ben"]), "{method}");
        assert_eq!(a["rounds"].as_array().unwrap().is_empty(), method == "schulze");
    }
}

#[test]
fn a_limit_reads_the_tags_of_the_options() {
    let dir = tempfile::tempdir().unwrap();
    let sheet = file(&dir, "sheet.csv", "ana,ben,cem\n1,2,3\n1,2,3\n2,1,3\n");
    let tags = file(&dir, "tags.csv", "option,Employer\nana,acme\nben,acme\ncem,bolt\n");
    let limited = tally(&["--seats", "2", "--tags", &tags, "--at-most", "employer=1", &sheet]);
    assert_eq!(limited["winners"], serde_json::json!(["ana", "cem"]));
    assert_eq!(tally(&["--seats", "2", &sheet])["winners"], serde_json::json!(["ana", "ben"]));
}

#[test]
fn what_cannot_be_counted_is_an_error_that_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let bad = file(&dir, "bad.csv", "ana,ana\n1,2\n");
    let good = file(&dir, "good.csv", "ana,ben\n1,2\n");
    for (args, expected) in
        [(vec![bad.as_str()], "line 1"), (vec!["--method", "irv", "--seats", "2", good.as_str()], "stv")]
    {
        let output = Command::new(moot()).arg("tally").args(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(expected), "{output:?}");
    }
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn kubernetes_published_these_places() {
    let places_2020 = "Jordan Liggitt,Bob Killen,Davanum Srinivas,Stephen Augustus,Ian Coldwater,Lachlan Evenson,\
                       Federico Bongiovanni,Carlos Panato,Divya Mohan,Mayank Kumar";
    let places_2024 = "bentheelder,aojea,saschagrunert,natalisucks,katcosgrove,palnabarun,xmudrii";
    for (file, places) in [("kubernetes-2020/BALLOTS.csv", places_2020), ("kubernetes-2024/ballots.csv", places_2024)] {
        let path = data(file);
        let counted = tally(&["--method", "schulze", "--seats", "3", "--unranked", "ignore", path.to_str().unwrap()]);
        let places: Vec<&str> = places.split(',').collect();
        let ranking: Vec<Vec<&str>> = places.iter().map(|place| vec![*place]).collect();
        assert_eq!(counted["winners"], serde_json::json!(places[..3]), "{file}");
        assert_eq!(counted["ranking"], serde_json::json!(ranking), "{file}");
        check_pairs(&counted, &fs::read_to_string(&path).unwrap());
    }
}

/// Compares the pairs with another count of the same file: a pair is counted where both cells are numbers.
fn check_pairs(counted: &Value, text: &str) {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<Option<u32>>> =
        lines.map(|line| line.split(',').map(|cell| cell.trim().parse().ok()).collect()).collect();
    for pair in counted["pairs"].as_array().unwrap() {
        let at = |which: usize| names.iter().position(|name| *name == pair["options"][which]).unwrap();
        let (a, b) = (at(0), at(1));
        let prefer =
            |a: usize, b: usize| rows.iter().filter(|row| row[a].zip(row[b]).is_some_and(|(a, b)| a < b)).count();
        assert_eq!(pair["votes"], serde_json::json!([prefer(a, b), prefer(b, a)]), "{pair}");
    }
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn portland_counted_fourteen_rounds() {
    let ballots = data("portland-2015/2015_portland_mayor.ballots.csv");
    let expected = fs::read_to_string(data("portland-2015/2015_portland_mayor.expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let expected = expected["expected"]["results"].as_array().unwrap();
    // Its rule for ties is the order of the candidates; the default breaks the same two ties the same way.
    for ties in ["order", "earlier,pairwise"] {
        let counted = tally(&["--method", "irv", "--unranked", "ignore", "--ties", ties, ballots.to_str().unwrap()]);
        let rounds = counted["rounds"].as_array().unwrap();
        assert_eq!((rounds.len(), &counted["winners"]), (14, &serde_json::json!(["Mavodones, Nicholas M. Jr."])));
        for (round, published) in rounds.iter().zip(expected) {
            let mut tally = published["tally"].clone();
            // A column for names that nobody wrote: it is no candidate, and always 0.
            assert_eq!(tally.as_object_mut().unwrap().remove("Undeclared Write-ins").map_or("0".into(), |v| v), "0");
            assert_eq!(round["votes"], tally, "round {}", round["round"]);
            let inactive = published["inactiveBallots"].as_object().unwrap().values();
            let inactive: u32 = inactive.map(|count| count.as_str().unwrap().parse::<u32>().unwrap()).sum();
            let blank = counted["blank"].as_u64().unwrap() as u32;
            let exhausted: u32 = round["exhausted"].as_str().unwrap().parse().unwrap();
            assert_eq!(exhausted + blank, inactive, "round {}", round["round"]);
        }
    }
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn textbook_cases_come_out_as_their_authors_say() {
    let cases: Value = serde_json::from_str(&fs::read_to_string(data("condorcet-cases.json")).unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut counted = 0;
    for case in cases.as_array().unwrap() {
        assert_eq!(case["unranked"], "unranked=tied last");
        for expect in case["expect"].as_array().unwrap() {
            let method = match expect["method"].as_str().unwrap() {
                "Schulze Winning" => "schulze",
                "InstantRunoff" => "irv",
                _ => continue,
            };
            let sheet = file(&dir, "case.csv", &sheet(case));
            let found = tally(&["--method", method, "--unranked", "last", &sheet]);
            let sorted = |value: &Value| {
                let mut names: Vec<String> = value.as_array().unwrap().iter().map(ToString::to_string).collect();
                names.sort();
                names
            };
            match (expect["what"].as_str().unwrap(), &expect["value"]) {
                ("ranking", Value::Array(places)) => {
                    let ranking = found["ranking"].as_array().unwrap();
                    let same = ranking.iter().zip(places).all(|(a, b)| sorted(a) == sorted(b));
                    assert!(same && ranking.len() == places.len(), "{case}: {ranking:?}");
                }
                (_, Value::String(winner)) => assert_eq!(found["winners"], serde_json::json!([winner]), "{case}"),
                (_, winners) => assert_eq!(sorted(&found["winners"]), sorted(winners), "{case}"),
            }
            counted += 1;
        }
    }
    assert_eq!(counted, 14, "of the other expectations none is of a method that is here");
}

/// A case as a spreadsheet: a row for each vote, ranks in the cells.
fn sheet(case: &Value) -> String {
    let options: Vec<&str> = case["candidates"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut text = format!("{}\n", options.join(","));
    for vote in case["votes"].as_array().unwrap() {
        let vote = vote.as_str().unwrap();
        let (order, count) = vote.split_once('*').unwrap_or((vote, "1"));
        let order: Vec<&str> = order.split('>').map(str::trim).collect();
        let cell = |option: &&str| {
            order.iter().position(|name| name == option).map_or(String::new(), |at| (at + 1).to_string())
        };
        let row = options.iter().map(cell).collect::<Vec<_>>().join(",");
        (0..count.trim().parse::<u32>().unwrap()).for_each(|_| text.push_str(&format!("{row}\n")));
    }
    text
}
