//! `moot show domain:NAME`, `role:NAME`, `member:NAME`, `rule:NAME`: a part of a group's charter, with what hangs on it.
//!
//! What it shows is recomputed from the group's log.

mod changes;
mod facts;
mod words;

use std::{fmt, str::FromStr};

use folkmoot_node::{
    clock,
    control::view::{GroupView, ProposalView},
};
use folkmoot_protocol::{charter::Charter, entry::EntryAct, name::Name, replay::Replica, time::Timestamp};
use serde::Serialize;
use serde_json::Value;

use self::{
    changes::{Change, changes},
    facts::{facts, owns},
};
use super::{
    CliError, Ctx,
    charter::{find_group, only_group},
};
use crate::{client::escape, logs};

/// A part of a charter, as `domain:work`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    kind: Kind,
    name: Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Domain,
    Role,
    Member,
    Rule,
}

const KINDS: [(Kind, &str); 4] =
    [(Kind::Domain, "domain"), (Kind::Role, "role"), (Kind::Member, "member"), (Kind::Rule, "rule")];

impl FromStr for Part {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, name) = text.split_once(':').ok_or(())?;
        let (kind, _) = KINDS.into_iter().find(|(_, word)| *word == kind).ok_or(())?;
        Ok(Self { kind, name: name.parse().map_err(|_| ())? })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = KINDS.into_iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, word)| word);
        write!(f, "{word}:{}", self.name)
    }
}

/// What there is to know of a part.
#[derive(Debug, Serialize)]
struct Shown {
    part: String,
    group: String,
    /// As the charter in force has it; nothing if it has ended.
    now: Option<Value>,
    /// For a domain its rule in words; for a role what it decides; for a member where an answer counts.
    facts: Vec<(String, String)>,
    /// Proposals that are open there, or wait for the member.
    open: Vec<Open>,
    /// Agreements in force there.
    agreements: Vec<Agreed>,
    /// How it came to be as it is.
    changes: Vec<Change>,
}

#[derive(Debug, Serialize)]
struct Open {
    proposal: String,
    title: String,
    closes: String,
}

#[derive(Debug, Serialize)]
struct Agreed {
    agreement: String,
    text: String,
    since: Timestamp,
    /// Whether that is sealed, where there are witnesses.
    safe: bool,
}

/// What may be relied on: everything where nobody witnesses.
#[derive(Clone, Copy, Debug)]
struct Safe {
    /// The last entry that is sealed, with its date; nothing where none is.
    sealed: Option<(u64, Timestamp)>,
    witnessed: bool,
}

impl Safe {
    fn entry(self, number: u64) -> bool {
        !self.witnessed || self.sealed.is_some_and(|(last, _)| number <= last)
    }

    fn date(self, at: Timestamp) -> bool {
        !self.witnessed || self.sealed.is_some_and(|(_, last)| at <= last)
    }
}

/// Runs `moot show` for a part of a charter.
///
/// # Errors
/// If there is no such group or part, or the node does not answer.
pub(crate) async fn show(part: &Part, group: Option<&str>, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let groups: Vec<GroupView> = client.get("/v1/groups").await?;
    let group = match group {
        Some(group) => group.to_owned(),
        None => only_group(&groups)?,
    };
    let entries = logs::fetch(&client, &group).await?;
    let replica = logs::replay(&entries)?;
    let views: Vec<ProposalView> = client.get(&format!("/v1/proposals?open=true&group={}", escape(&group))).await?;
    let founding = match entries.first().map(|entry| &entry.content().act) {
        Some(EntryAct::Found { charter, .. }) => (**charter).clone(),
        _ => replica.charter().clone(),
    };
    let first = entries.first().map_or(Timestamp::ZERO, |entry| entry.content().time);
    let seal = find_group(&groups, &group).map(|at| &groups[at].seal);
    let last = seal.and_then(|seal| seal.up_to);
    let date = |number: u64| entries.get(number as usize).map(|entry| (number, entry.content().time));
    let safe = Safe { sealed: last.and_then(date), witnessed: seal.is_some_and(|seal| seal.witnesses > 0) };
    let changes = changes(part, &founding, first, &replica, safe);
    let now = value(part, replica.charter())?;
    if now.is_none() && changes.is_empty() {
        return Err(missing(part, replica.charter()));
    }
    let shown = Shown {
        part: part.to_string(),
        group: replica.charter().name.to_string(),
        facts: facts(part, replica.charter(), &replica, clock::now()),
        open: open(part, replica.charter(), &views),
        agreements: agreements(part, &replica, safe),
        now,
        changes,
    };
    ctx.out.show(&shown, |shown| words::words(shown, ctx.out))?;
    Ok(())
}

fn missing(part: &Part, charter: &Charter) -> CliError {
    let names: Vec<&str> = match part.kind {
        Kind::Domain | Kind::Rule => charter.domains.iter().map(|domain| domain.name.as_str()).collect(),
        Kind::Role => charter.roles.iter().map(|role| role.name.as_str()).collect(),
        Kind::Member => charter.members.iter().map(|member| member.name.as_str()).collect(),
    };
    CliError::Input(format!("there is no {part} in '{}'; there are: {}", charter.name, names.join(", ")))
}

/// The part as the charter has it.
fn value(part: &Part, charter: &Charter) -> Result<Option<Value>, CliError> {
    let value = match part.kind {
        Kind::Domain => serde_json::to_value(charter.domains.find(&part.name)),
        Kind::Rule => serde_json::to_value(charter.domains.find(&part.name).map(|domain| &domain.rule)),
        Kind::Role => serde_json::to_value(charter.roles.find(&part.name)),
        Kind::Member => serde_json::to_value(charter.members.find(&part.name)),
    };
    let value = value.map_err(|error| CliError::Failed(format!("{part} cannot be shown: {error}")))?;
    Ok((!value.is_null()).then_some(value))
}

/// The proposals that are open in a domain, in those of a role, or that wait for a member.
fn open(part: &Part, charter: &Charter, views: &[ProposalView]) -> Vec<Open> {
    let governs = |view: &ProposalView, domain: &str| view.domains.iter().any(|poll| poll.domain == domain);
    let concerns = |view: &&ProposalView| match part.kind {
        Kind::Domain | Kind::Rule => governs(view, part.name.as_str()),
        Kind::Role => {
            let mut owned = charter.domains.iter().filter(|domain| owns(domain, &part.name));
            owned.any(|domain| governs(view, domain.name.as_str()))
        }
        Kind::Member => view.waiting_for.iter().any(|name| name == part.name.as_str()),
    };
    let open = views.iter().filter(concerns);
    open.map(|view| Open { proposal: view.proposal.clone(), title: view.title.clone(), closes: view.closes.clone() })
        .collect()
}

fn agreements(part: &Part, replica: &Replica, safe: Safe) -> Vec<Agreed> {
    let here = replica.agreements().filter(|agreement| part.kind == Kind::Domain && agreement.domain == part.name);
    here.map(|agreement| Agreed {
        agreement: agreement.id.to_string(),
        text: agreement.text.clone(),
        since: agreement.since,
        // What came by a matter is no decision of this log.
        safe: match replica.decision(&agreement.id.0) {
            Some(decision) => safe.entry(decision.entry),
            None => safe.date(agreement.since),
        },
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_witnesses_have_sealed_is_safe_and_all_where_there_are_none() {
        let at = |day: &str| day.parse::<Timestamp>().unwrap();
        let (early, late) = (at("2026-01-01"), at("2026-01-03"));
        let safe = |sealed, witnessed| {
            let safe = Safe { sealed, witnessed };
            [safe.entry(4), safe.entry(5), safe.date(early), safe.date(late)]
        };
        assert_eq!(safe(Some((4, at("2026-01-02"))), true), [true, false, true, false]);
        assert_eq!(safe(None, true), [false; 4]);
        assert_eq!(safe(None, false), [true; 4]);
    }

    #[test]
    fn a_part_is_named_by_its_kind_and_name() {
        for text in ["domain:work", "role:cook", "member:ana", "rule:work"] {
            assert_eq!(text.parse::<Part>().unwrap().to_string(), text);
        }
        for other in ["p1234abcd", "domain", "domain:", "rules:work", "role:No Name"] {
            assert_eq!(other.parse::<Part>(), Err(()), "{other}");
        }
    }
}
