//! One case, and how it is judged.

use folkmoot_node::control::view::Problem;
use folkmoot_tests::harness::Output;
use serde::Deserialize;

/// One thing that must not work.
pub(crate) struct Row<F> {
    /// What is done.
    pub(crate) name: &'static str,
    /// Tries it, after whatever has to be there first, and sees to it that nothing changes.
    pub(crate) attempt: fn(&mut F) -> Refused,
    /// The word that programs get.
    pub(crate) kind: &'static str,
    /// What the words for people hold: what is wrong, where, and what to do.
    pub(crate) says: [&'static str; 3],
}

/// How something was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) kind: String,
    pub(crate) message: String,
    /// The command that helps; only `moot` names one.
    pub(crate) next: Option<String>,
}

impl Refused {
    /// What `moot --json` said when it ended with 1.
    #[track_caller]
    pub(crate) fn of(output: &Output) -> Self {
        #[derive(Deserialize)]
        struct Failed {
            error: Next,
        }
        #[derive(Deserialize)]
        struct Next {
            next: String,
        }
        let Problem { kind, message } = output.problem();
        let last = output.stderr.lines().last().unwrap_or_default();
        let failed: Failed = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}\n{output}"));
        Self { kind, message, next: Some(failed.error.next) }
    }
}

impl From<Problem> for Refused {
    fn from(Problem { kind, message }: Problem) -> Self {
        Self { kind, message, next: None }
    }
}

/// Tries all of it, and prints each case with its message.
pub(crate) fn judge<F>(rows: &[Row<F>], fixture: &mut F) {
    for row in rows {
        let refused = (row.attempt)(fixture);
        let Refused { kind, message, next } = &refused;
        let next = next.as_deref().unwrap_or_default();
        println!("{}\n    {kind}: {message}", row.name);
        if !message.contains(next) {
            println!("    next: {next}");
        }
        assert_eq!(kind, row.kind, "{}: {message}", row.name);
        let [what, place, help] = row.says;
        for part in [what, place] {
            assert!(message.contains(part), "{}: '{part}' is not in: {message}", row.name);
        }
        let helps = message.contains(help) || next.contains(help);
        assert!(helps && !help.is_empty(), "{}: '{help}' is neither in: {message}\nnor in: {next}", row.name);
    }
}
