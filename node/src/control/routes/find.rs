//! Finds what a path names, by a name, an id, or the start of an id.

use axum::http::StatusCode;
use folkmoot_protocol::{
    decision::Decision,
    id::{LogId, ProposalId},
    machine::Machine,
    replay::Replica,
};

use super::Failure;

/// A proposal with its log, and with the decision, if it has ended.
pub(in crate::control) type FoundProposal<'a> = (&'a Replica, ProposalId, Option<&'a Decision>);

/// The group of that name, id, or start of an id.
pub(in crate::control) fn find_group<'a>(machine: &'a Machine, text: &str) -> Result<&'a Replica, Failure> {
    let logs = || machine.logs();
    let is = |id: &LogId| id.to_string().starts_with(text) && text.len() > 1;
    let named: Vec<&Replica> = logs().filter(|log| log.charter().name.as_str() == text).collect();
    let found: Vec<&Replica> = if named.is_empty() { logs().filter(|log| is(&log.log())).collect() } else { named };
    one(&found, "group", text, |log| format!("{} ({})", log.charter().name, log.log().short())).copied()
}

/// The proposal of that id, or start of an id, with its log; with the decision, if it has ended.
pub(in crate::control) fn find_proposal<'a>(machine: &'a Machine, text: &str) -> Result<FoundProposal<'a>, Failure> {
    let mut found = Vec::new();
    for log in machine.logs() {
        let is = |id: &ProposalId| text.len() > 1 && id.to_string().starts_with(text);
        found.extend(log.proposals().filter(|p| is(&p.id)).map(|p| (log, p.id, None)));
        found.extend(log.decisions().filter(|d| is(&d.proposal.id)).map(|d| (log, d.proposal.id, Some(d))));
    }
    one(&found, "proposal", text, |(_, id, _)| id.to_string()[..17].to_owned()).copied()
}

/// The only one that was found.
pub(in crate::control) fn one<'a, T>(
    found: &'a [T],
    what: &str,
    text: &str,
    show: impl Fn(&T) -> String,
) -> Result<&'a T, Failure> {
    match found {
        [one] => Ok(one),
        [] => {
            let none = if what == "terms" { "there are no" } else { "there is no" };
            Err(Failure::new(StatusCode::NOT_FOUND, "not-found", format!("{none} {what} '{text}' here")))
        }
        many => {
            let list: Vec<String> = many.iter().take(5).map(show).collect();
            let whats = if what == "terms" { what.to_owned() } else { format!("{what}s") };
            let message =
                format!("'{text}' could be {} {whats}: {}; write more of the id", many.len(), list.join(", "));
            Err(Failure::new(StatusCode::CONFLICT, "ambiguous", message))
        }
    }
}
