//! Findings about a charter that can stand: where it will not work as its group expects, and what to change.
//!
//! [`Charter::check`] is the law and says what cannot stand; a finding adds to it and never contradicts it. What a
//! finding looks at are members, terms and agents as they are at one moment.
//!
//! # Layout
//! - `coverage`: gaps and overlaps; `floor`: who can decide, and whether they are enough; `terms`: roles that end
//! - `stakes`: rungs that are too light for what is at stake; `windows`: times that do not fit; `agents`: software
//! - `resources`: what can never be promised

mod agents;
mod coverage;
mod floor;
mod resources;
mod stakes;
mod terms;
#[cfg(test)]
mod tests;
mod windows;

use std::collections::BTreeSet;

use serde::Serialize;

use super::{CHARTER, Charter, Domain, Fraction, MEMBERSHIP, Owner, Rule};
use crate::{name::Name, time::Timestamp};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A part that can never work: nobody could ever act by it.
    Error,
    /// It works until something ordinary happens, or lighter than what is at stake.
    Warning,
    /// Worth a look.
    Hint,
}

impl Severity {
    /// Its word on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// Something about a charter that its group should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The part, as `domains.purchases.rule`.
    #[serde(rename = "where")]
    pub place: String,
    /// What is so.
    pub what: String,
    /// What to change.
    #[serde(rename = "do")]
    pub remedy: String,
}

impl Charter {
    /// What its group should know about a charter that can stand, at `now`; what matters most comes first.
    pub fn lint(&self, now: Timestamp) -> Vec<Finding> {
        let mut lint = Lint { charter: self, now, findings: Vec::new() };
        coverage::look(&mut lint);
        floor::look(&mut lint);
        terms::look(&mut lint);
        stakes::look(&mut lint);
        windows::look(&mut lint);
        agents::look(&mut lint);
        resources::look(&mut lint);
        // The order within a severity is that of the themes.
        lint.findings.sort_by_key(|finding| finding.severity);
        lint.findings
    }
}

/// A look at a charter at one moment.
struct Lint<'a> {
    charter: &'a Charter,
    now: Timestamp,
    findings: Vec<Finding>,
}

impl Lint<'_> {
    fn error(&mut self, place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) {
        self.find(Severity::Error, place.into(), what.into(), remedy.into());
    }

    fn warning(&mut self, place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) {
        self.find(Severity::Warning, place.into(), what.into(), remedy.into());
    }

    fn hint(&mut self, place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) {
        self.find(Severity::Hint, place.into(), what.into(), remedy.into());
    }

    fn find(&mut self, severity: Severity, place: String, what: String, remedy: String) {
        self.findings.push(Finding { severity, place, what, remedy });
    }

    /// Who is eligible in a domain now.
    fn eligible(&self, domain: &Domain) -> BTreeSet<Name> {
        self.charter.eligible(domain, self.now)
    }
}

fn place(domain: &Domain) -> String {
    format!("domains.{}", domain.name)
}

/// The domains of the charter itself and of who belongs.
fn is_of_the_charter(domain: &Domain) -> bool {
    [CHARTER, MEMBERSHIP].contains(&domain.name.as_str())
}

/// The role that owns a domain.
fn owning_role(domain: &Domain) -> Option<&Name> {
    match &domain.owner {
        Owner::Group => None,
        Owner::Role(role) => Some(role),
    }
}

/// The share of the eligible that a rule needs answers of, where it says one.
fn quorum(rule: &Rule) -> Option<Fraction> {
    match rule {
        Rule::Consent(rule) => Some(rule.quorum),
        Rule::Vote(rule) => Some(rule.quorum),
        Rule::Ranked(rule) => Some(rule.quorum),
        _ => None,
    }
}

/// How many answers a rule needs of so many eligible.
fn floor(rule: &Rule, eligible: usize) -> Option<u32> {
    let eligible = eligible as u32;
    match rule {
        Rule::Consensus(_) => Some(eligible),
        _ => quorum(rule).map(|share| share.ceil_of(eligible).max(1)),
    }
}

/// Names in a sentence.
fn list<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}
