//! The chain behind a proposal: every entry of the log that is about it, as its host signed it.

use std::collections::BTreeSet;

use folkmoot_node::control::view::{EntryView, ProposalView};
use folkmoot_protocol::{
    entry::{Entry, EntryAct},
    statement::{Act, Statement},
    voice::{Says, Voice},
};
use serde::Serialize;

use crate::output::{local, short};

/// An entry that is about the proposal.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    /// Its number.
    pub(super) number: u64,
    /// Its id.
    pub(super) entry: String,
    /// When it was written.
    pub(super) time: String,
    /// Who acts, where a member does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    /// What it does.
    pub(super) what: String,
    /// The statement, where a member signed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<String>,
    /// Whether it is sealed.
    pub(super) sealed: bool,
}

impl Link {
    /// The link on a line.
    pub(super) fn words(&self) -> String {
        let who = self.by.as_ref().map(|by| format!("{by}: ")).unwrap_or_default();
        let safe = if self.sealed { "sealed" } else { "not yet safe" };
        format!("entry {} {}, {}, {who}{} ({safe})", self.number, short(&self.entry), local(&self.time), self.what)
    }
}

/// The links of a proposal among entries, in their order.
pub(super) fn links(proposal: &ProposalView, entries: &[(EntryView, Entry)]) -> Vec<Link> {
    let about = About {
        own: digits(&proposal.proposal),
        objections: proposal.objections.iter().map(|objection| digits(&objection.objection)).collect(),
    };
    let mut links = Vec::new();
    for (view, entry) in entries {
        let link = |by: Option<&String>, what: String, statement: Option<String>| Link {
            number: view.number,
            entry: entry.id().to_string(),
            time: view.time.clone(),
            by: by.cloned(),
            what,
            statement,
            sealed: view.sealed,
        };
        let whole = match &entry.content().act {
            EntryAct::Close { proposal } if about.is_own(&proposal.to_string()) => Some("closes it"),
            EntryAct::Apply { proposal } if about.is_own(&proposal.to_string()) => Some("carries it out"),
            EntryAct::Speak(voice) if voice.decision.is_some_and(|decision| about.is_own(&decision.to_string())) => {
                Some("says it to the other groups")
            }
            _ => None,
        };
        links.extend(whole.map(|what| link(None, what.into(), None)));
        links.extend(mandates(proposal, entry).into_iter().map(|what| link(None, what, None)));
        let statements = entry.inside().map(|inside| inside.statements.as_slice()).unwrap_or_default();
        for (at, statement) in statements.iter().enumerate() {
            if let Some(what) = about.words(statement) {
                links.push(link(view.by.get(at), what, Some(statement.id().to_string())));
            }
        }
    }
    links
}

/// What an entry cites of what other groups decided that their liaisons answer to a version of the proposal.
fn mandates(proposal: &ProposalView, entry: &Entry) -> Vec<String> {
    let EntryAct::Cite { evidence } = &entry.content().act else { return Vec::new() };
    let voices = evidence.iter().flat_map(|evidence| &evidence.voices).filter_map(|raw| Entry::decode(&raw.0).ok());
    let mandated = |voice: Entry| {
        let EntryAct::Speak(Voice { decision, says: Says::Mandate(mandate), .. }) = &voice.content().act else {
            return None;
        };
        let version = mandate.version.to_string();
        let is = |filed: &str| digits(filed) == digits(&version);
        if !is(&proposal.proposal) && !proposal.versions.iter().any(|version| is(&version.statement)) {
            return None;
        }
        let by = decision.map(|decision| format!(" by {}", decision.short())).unwrap_or_default();
        let (group, role) = (voice.log().short(), &mandate.role);
        Some(format!("cites that {group} decided{by} what its '{role}' answers: {}", mandate.position.name()))
    };
    voices.filter_map(mandated).collect()
}

/// What a proposal and its objections are named by.
struct About<'a> {
    own: &'a str,
    objections: BTreeSet<&'a str>,
}

impl About<'_> {
    fn is_own(&self, id: &str) -> bool {
        digits(id) == self.own
    }

    /// What a statement does about the proposal, if anything.
    fn words(&self, statement: &Statement) -> Option<String> {
        let objection = |id: &str| self.objections.contains(digits(id));
        match &statement.content().act {
            Act::Propose(_) if self.is_own(&statement.id().to_string()) => Some("proposes it".into()),
            Act::Amend(amendment) if self.is_own(&amendment.proposal.to_string()) => {
                Some(format!("files version {}", amendment.version))
            }
            Act::Respond(response) if self.is_own(&response.proposal.to_string()) => {
                Some(format!("{} on version {}", response.answer.word(), response.version))
            }
            Act::Withdraw { target } if self.is_own(&target.to_string()) => Some("withdraws it".into()),
            Act::Withdraw { target } if objection(&target.to_string()) => {
                Some(format!("withdraws the objection {}", short(&target.to_string())))
            }
            Act::CallIn { proposal, .. } if self.is_own(&proposal.to_string()) => Some("calls it in".into()),
            Act::Test(test) if objection(&test.objection.to_string()) => {
                let finds = if test.qualifies { "qualifies" } else { "does not qualify" };
                Some(format!("finds that the objection {} {finds}", short(&test.objection.to_string())))
            }
            _ => None,
        }
    }
}

/// An id without its letter: a proposal has the hash of the statement that opened it.
fn digits(id: &str) -> &str {
    id.get(1..).unwrap_or_default()
}
