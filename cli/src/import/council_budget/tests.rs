//! Budgets that are made up, and the council's own.

use std::{env, path::PathBuf};

use super::{
    council_budget,
    file::{dollars, parse},
};
use crate::import::ImportError;

const BUDGET: &str = "; -*- mode:ledger -*-

2024-03-26 Summit
  expenses:travel  $2,522.97
  assets:travel:free

2024-04-01 A grant
  ; https://example.org/grant
  assets:council  $6,500
  income:grant

2024-04-12 Travel allocation
  ; https://example.org/minutes
  assets:travel:free  $5,000.50  ; for a year
  assets:council

2024-04-12 Mentors allocation
  assets:mentors  $1,499.50
  assets:council
";

fn budget(text: &str, check: bool) -> Result<super::BudgetReport, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("budget.dat");
    std::fs::write(&file, text).unwrap();
    council_budget(&file, check)
}

#[test]
fn a_budget_is_read_to_the_cent() {
    let report = budget(BUDGET, false).unwrap();
    let kinds: Vec<_> = report.rows.iter().map(|row| (row.kind, row.amount, row.left)).collect();
    assert_eq!(
        kinds,
        [
            ("payment", 252_297, 0),
            ("income", 650_000, 650_000),
            ("allocation", 500_050, 149_950),
            ("allocation", 149_950, 0)
        ]
    );
    assert_eq!(report.rows[2].cites, ["https://example.org/minutes"]);
    assert_eq!(report.overdrawn["assets:travel:free"], (-252_297, "2024-03-26".into()));
    assert_eq!(report.balances["assets:travel:free"], 500_050 - 252_297);
    assert!(report.rows.iter().all(|row| row.ledger.is_none()));
}

#[test]
fn amounts_are_exact() {
    for (cents, text) in [(0, "$0.00"), (5, "$0.05"), (-252_297, "-$2,522.97"), (65_000_000, "$650,000.00")] {
        assert_eq!(dollars(cents), text);
    }
    for (text, says) in [
        ("2024-04-01 A\n  assets:council  $1.5\n  income:x", "line 2"),
        ("2024-04-01 A\n  assets:council  1.50\n  income:x", "is no amount"),
        ("2024-04-01 A\n  assets:council\n  income:x", "two postings have no amount"),
        ("2024-04-01 A\n  assets:council  $2\n  income:x  $-1", "is no amount"),
        ("2024-04-01 A\n  assets:council  $2\n  income:x  -$1", "it does not balance: $1.00 too much"),
        ("April A\n  assets:council  $2", "starts no transaction"),
        ("  assets:council  $2", "before any transaction"),
        ("2024-04-02 A\n  assets:council  $2\n  income:x\n\n2024-04-01 B\n  assets:council  $2\n  income:x", "sort"),
    ] {
        let (line, problem) = parse(text).unwrap_err();
        assert!(format!("line {line}: {problem}").contains(says), "{line}: {problem}");
    }
}

#[test]
fn what_is_no_allocation_is_told() {
    let text = "2024-04-01 A\n  assets:x  $1\n  assets:y  $1\n  assets:council\n";
    assert!(budget(text, false).unwrap_err().to_string().contains("line 1: neither an income"));
    let text = "2024-04-01 A\n  expenses:x  $1\n  assets:council\n";
    assert!(budget(text, false).unwrap_err().to_string().contains("goes to assets of a group"));
}

#[test]
fn a_replayed_budget_agrees_with_the_ledger() {
    let report = budget(BUDGET, true).unwrap();
    assert_eq!(report.differing, [""; 0]);
    assert_eq!(report.refused, 2);
    assert_eq!(report.rows.iter().map(|row| row.ledger.unwrap()).collect::<Vec<_>>(), [0, 650_000, 149_950, 0]);
}

#[test]
fn an_allocation_of_more_than_there_is_is_refused_with_what_is_missing() {
    let text = BUDGET.replace("$1,499.50", "$1,500.00");
    let differing = budget(&text, true).unwrap().differing;
    assert!(differing[0].contains("of 'assets' 50 too few"), "{differing:?}");
}

#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn the_councils_budget_agrees_with_the_ledger_at_every_date() {
    let data = PathBuf::from(env::var("FOLKMOOT_DATA").expect("FOLKMOOT_DATA names a directory"));
    let report = council_budget(&data.join("council-budget").join("budget.dat"), true).unwrap();
    assert_eq!(report.differing, [""; 0]);
    let of = |kind: &str| report.rows.iter().filter(|row| row.kind == kind).collect::<Vec<_>>();
    let sum = |kind: &str| of(kind).iter().map(|row| row.amount).sum::<i64>();
    assert_eq!((of("income").len(), sum("income")), (2, 65_450_000));
    assert_eq!((of("allocation").len(), report.refused, sum("allocation")), (9, 9, 62_950_000));
    assert_eq!(report.balances["assets:council"], 2_500_000);
    assert!(report.rows.iter().all(|row| row.ledger == Some(row.left)));
}
