//! A second count of a proposal, from the raw statements in the order of the log and nothing else.
//!
//! It is written from the model's words, without the ladder and the state of a proposal, to catch their mistakes: every
//! question is answered anew from all that was said so far.

mod rungs;
mod story;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use self::story::Story;
use crate::{
    charter::{Charter, Domain, MemberKind, Owner},
    id::{ProposalId, StatementId},
    name::Name,
    statement::{Act, Statement},
    time::{Span, Timestamp},
};

/// Something that the log took.
struct Event {
    at: Timestamp,
    /// The charter before it.
    before: Rc<Charter>,
    /// The charter after it.
    after: Rc<Charter>,
    what: What,
}

enum What {
    Said {
        by: Name,
        id: StatementId,
        act: Act,
    },
    /// A close, whatever came of it.
    Closed(ProposalId),
    /// Effects that were carried out later.
    Applied,
}

/// All that a log took.
pub(super) struct Oracle {
    founded: Timestamp,
    events: Vec<Event>,
    /// Who was silent when a proposal opened.
    silent: BTreeMap<ProposalId, BTreeSet<Name>>,
    /// Who said nothing in a window that ran in full, and when it started.
    missed: Vec<(Name, Timestamp)>,
}

/// What the statements say about a proposal.
#[derive(Debug)]
pub(super) struct Count {
    /// From when on it may close.
    pub(super) from: Timestamp,
    /// When it closes if not before.
    pub(super) closes: Timestamp,
    /// Whether it passes then.
    pub(super) passes: bool,
    /// Whether it turns to a vote, if it does not pass.
    pub(super) turns: bool,
    /// Whether the window is as long as its domains promise, which a final period may cut short.
    full: bool,
    /// Since when the window runs.
    window_from: Timestamp,
    /// All who are eligible in one of its domains.
    eligible: BTreeSet<Name>,
}

impl Oracle {
    pub(super) fn new(founded: Timestamp) -> Self {
        Self { founded, events: Vec::new(), silent: BTreeMap::new(), missed: Vec::new() }
    }

    pub(super) fn said(&mut self, at: Timestamp, charter: &Charter, statement: &Statement) {
        let by = charter.member_of(&statement.signer()).expect("a member signed").name.clone();
        let (id, act) = (statement.id(), statement.content().act.clone());
        if matches!(act, Act::Propose(_)) {
            let mut silent = self.who_is_silent(charter, at);
            silent.remove(&by);
            self.silent.insert(id.into(), silent);
        }
        let charter = Rc::new(charter.clone());
        self.events.push(Event { at, before: charter.clone(), after: charter, what: What::Said { by, id, act } });
    }

    pub(super) fn closed(&mut self, at: Timestamp, before: &Charter, after: &Charter, proposal: ProposalId) {
        let count = self.count(proposal);
        if at >= count.closes && count.full {
            let quiet = count.eligible.into_iter().filter(|name| self.heard(name) < count.window_from);
            let quiet: Vec<_> = quiet.map(|name| (name, count.window_from)).collect();
            self.missed.extend(quiet);
        }
        self.note(at, before, after, What::Closed(proposal));
    }

    pub(super) fn applied(&mut self, at: Timestamp, before: &Charter, after: &Charter) {
        self.note(at, before, after, What::Applied);
    }

    fn note(&mut self, at: Timestamp, before: &Charter, after: &Charter, what: What) {
        self.events.push(Event { at, before: Rc::new(before.clone()), after: Rc::new(after.clone()), what });
    }

    /// Counts a proposal that is open for responses, as of now.
    pub(super) fn count(&self, proposal: ProposalId) -> Count {
        let about = |event: &&Event| match &event.what {
            What::Said { id, act, .. } => match act {
                Act::Propose(_) => *id == proposal.into(),
                Act::Amend(amendment) => amendment.proposal == proposal,
                Act::Respond(response) => response.proposal == proposal,
                Act::CallIn { proposal: called, .. } => *called == proposal,
                Act::Withdraw { .. } | Act::Test(_) => true,
                Act::Nominate(nomination) => nomination.proposal == proposal,
                Act::Rank(_) | Act::WithdrawOption { .. } | Act::Erase { .. } | Act::Seen {} => false,
            },
            What::Closed(closed) => *closed == proposal || event.before.members != event.after.members,
            What::Applied => event.before.members != event.after.members,
        };
        let opens = |event: &&Event| matches!(&event.what, What::Said { id, .. } if *id == proposal.into());
        let events = self.events.iter().skip_while(|event| !opens(event)).filter(about).collect();
        Story::tell(events, proposal, &self.silent[&proposal]).count()
    }

    /// When a member was last heard: by a word, by joining, or at the founding.
    fn heard(&self, member: &Name) -> Timestamp {
        let joins =
            |event: &Event| event.before.members.find(member).is_none() && event.after.members.find(member).is_some();
        let speaks = |event: &Event| matches!(&event.what, What::Said { by, .. } if by == member);
        let last = self.events.iter().rev().find(|event| speaks(event) || joins(event));
        last.map_or(self.founded, |event| event.at)
    }

    fn who_is_silent(&self, charter: &Charter, now: Timestamp) -> BTreeSet<Name> {
        let Some(span) = charter.participation.silent_after else { return BTreeSet::new() };
        let is_silent = |name: &&Name| {
            let heard = self.heard(name);
            now.since(heard) >= span && self.missed.iter().any(|(who, start)| who == *name && *start > heard)
        };
        charter.members.iter().map(|member| &member.name).filter(is_silent).cloned().collect()
    }
}

fn holds(charter: &Charter, domain: &Domain, member: &Name, at: Timestamp) -> bool {
    let Owner::Role(role) = &domain.owner else { return false };
    let term = charter.roles.find(role).and_then(|role| role.holders.find(member));
    term.is_some_and(|term| term.from <= at && at < term.until)
}

/// Says whether a member is a person, or an agent that may speak in the domain at that time.
fn reaches(charter: &Charter, domain: &Domain, member: &Name, at: Timestamp) -> bool {
    match charter.members.find(member).map(|member| &member.kind) {
        Some(MemberKind::Person | MemberKind::Liaison(_)) => true,
        Some(MemberKind::Agent(limits)) => {
            !domain.people_only && limits.scope.contains(&domain.name) && at < limits.until
        }
        None => false,
    }
}

/// The moment `span` after another.
fn after(at: Timestamp, span: Span) -> Timestamp {
    at + span
}
