//! The table of the threads, and what was assumed, as text.

use std::fmt::Write as _;

use super::{
    reading::Story,
    trial::{Approvals, End, Row},
};

const HEAD: &str = "\
# Threads as scenarios

Made by `moot import fcp-threads` from public decision threads; nobody in them was asked. Each scenario runs with
`moot simulate FILE`. Who approved on which day is often not known: such an approval is placed on the day of a ping that
does not ask for it any more, or on the day on which the final period began, and the step says so. Where that was done,
that the final period begins on that day is no finding; that so many approvals suffice, and when the rule ends it, is.
";

const COLUMNS: [&str; 7] = ["thread", "rule", "history", "here", "compared", "approvals", "final period"];

/// The header and the cells of the table of threads.
pub(crate) fn cells(rows: &[Row]) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let cells = rows.iter().map(|row| {
        vec![
            row.thread.clone(),
            row.rule.to_owned(),
            end(&row.history),
            end(&row.here),
            row.compared.word().to_owned(),
            approvals(row.approvals),
            row.here.final_period.clone().map_or("-".into(), |day| format!("from {day}")),
        ]
    });
    (COLUMNS.to_vec(), cells.collect())
}

/// The text of `notes.md`.
pub(super) fn text(stories: &[Story], rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    if !rows.is_empty() {
        let (head, cells) = cells(rows);
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let head: Vec<String> = head.into_iter().map(str::to_owned).collect();
        text.push_str("\n## How they ended\n\n");
        text.push_str(&line(&head));
        text.push_str(&line(&vec!["---".to_owned(); head.len()]));
        cells.iter().for_each(|cells| text.push_str(&line(cells)));
        text.push_str(
            "\nApprovals: how many the file dates + knows without their day + does not have, of how many reviewers.\n",
        );
    }
    text.push_str("\n## What the file says, and what was assumed\n");
    for (at, story) in stories.iter().enumerate() {
        let _ = write!(
            text,
            "\n### {}: {}\n\n<{}>\n\nRule: {}.\n\n",
            story.place,
            story.title,
            story.url,
            story.era.word()
        );
        // Those of a row begin with why it differs.
        let notes = rows.get(at).map_or(&story.notes, |row| &row.notes);
        notes.iter().for_each(|note| text.push_str(&format!("- {note}\n")));
    }
    text
}

fn end(end: &End) -> String {
    let day = end.day.as_ref().map(|day| format!(" {day}")).unwrap_or_default();
    format!("{}{day}", end.outcome)
}

fn approvals(approvals: Approvals) -> String {
    let Approvals { of, dated, undated, assumed } = approvals;
    format!("{dated}+{undated}+{assumed} of {of}")
}
