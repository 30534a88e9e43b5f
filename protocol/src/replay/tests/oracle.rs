//! A second count of a proposal, from the raw statements in the order of the log and nothing else.
//!
//! It is written from the model's words, without the ladder and the state of a proposal, to catch their mistakes.

use std::{collections::BTreeSet, rc::Rc};

use crate::{
    charter::{Charter, Consent, Domain, MemberKind, Owner, Rule},
    id::{ProposalId, StatementId},
    name::Name,
    statement::{Act, Answer, Statement},
    time::{Span, Timestamp},
};

/// A statement that the log took.
struct Event {
    at: Timestamp,
    /// The charter at that time.
    charter: Rc<Charter>,
    by: Name,
    id: StatementId,
    act: Act,
}

/// All statements that a log took.
#[derive(Default)]
pub(super) struct Oracle(Vec<Event>);

/// What the statements say about a proposal.
#[derive(Debug)]
pub(super) struct Count {
    /// From when on it may close.
    pub(super) from: Timestamp,
    /// Whether it passes then.
    pub(super) passes: bool,
}

/// A domain with what was pinned at the opening.
struct Pinned<'a> {
    domain: &'a Domain,
    rule: Option<&'a Consent>,
    eligible: BTreeSet<&'a Name>,
}

/// One proposal's part of the log.
struct Story<'a> {
    events: Vec<&'a Event>,
    /// Where the current version begins.
    version: usize,
    versions: u32,
    /// Where it was called in.
    call_in: Option<usize>,
}

impl Oracle {
    pub(super) fn note(&mut self, at: Timestamp, charter: &Charter, statement: &Statement) {
        let by = charter.member_of(&statement.signer()).expect("a member signed").name.clone();
        let act = statement.content().act.clone();
        self.0.push(Event { at, charter: Rc::new(charter.clone()), by, id: statement.id(), act });
    }

    /// Counts a proposal, given the members of the charter in force.
    pub(super) fn count(&self, proposal: ProposalId, charter: &Charter) -> Count {
        let story = self.story(proposal);
        let polls = story.polls();
        let states: Vec<(bool, bool)> = polls.iter().map(|poll| story.state(poll, charter)).collect();
        let (closes, earliest) = story.times(&polls);
        let settled = states.iter().all(|(_, settled)| *settled);
        let passes = states.iter().all(|(passes, _)| *passes);
        Count { from: if settled { earliest.min(closes) } else { closes }, passes }
    }

    fn story(&self, proposal: ProposalId) -> Story<'_> {
        let of = |event: &&Event| match &event.act {
            Act::Propose(_) => event.id == proposal.into(),
            Act::Amend(amendment) => amendment.proposal == proposal,
            Act::Respond(response) => response.proposal == proposal,
            Act::CallIn { proposal: called, .. } => *called == proposal,
            Act::Withdraw { .. } => true,
            Act::Test(_) | Act::Erase { .. } | Act::Seen {} => false,
        };
        let events: Vec<&Event> = self.0.iter().filter(of).collect();
        let is_version = |event: &&&Event| matches!(event.act, Act::Propose(_) | Act::Amend(_));
        Story {
            version: events.iter().rposition(|event| is_version(&event)).expect("it was proposed"),
            versions: events.iter().filter(is_version).count() as u32,
            call_in: events.iter().position(|event| matches!(event.act, Act::CallIn { .. })),
            events,
        }
    }
}

impl<'a> Story<'a> {
    fn polls(&self) -> Vec<Pinned<'a>> {
        let opening = self.events.iter().find(|event| matches!(event.act, Act::Propose(_))).expect("it was proposed");
        let Act::Propose(content) = &opening.act else { unreachable!() };
        let removed: Vec<&Name> = content.effects.iter().filter_map(|effect| effect.removes()).collect();
        let names: BTreeSet<Name> =
            content.effects.iter().flat_map(|effect| effect.governs(&opening.charter)).collect();
        let pin = |name: &Name| {
            let domain = opening.charter.domains.find(name).expect("the domain exists");
            let (rule, of_group) = match &domain.rule {
                Rule::Consent(rule) => (Some(rule), domain.owner == Owner::Group),
                Rule::Delegate(rule) => {
                    (rule.call_in.as_ref().filter(|_| self.call_in.is_some()).map(|c| &c.rule), true)
                }
                other => panic!("no story has the rung {}", other.rung()),
            };
            let counts = |name: &&Name| {
                let in_role = of_group || holds(&opening.charter, domain, name, opening.at);
                in_role && !removed.contains(name) && reaches(&opening.charter, domain, name, opening.at)
            };
            let eligible = opening.charter.members.iter().map(|member| &member.name).filter(counts).collect();
            Pinned { domain, rule, eligible }
        };
        names.iter().map(pin).collect()
    }

    /// Says whether what was said at `at` counts in a domain.
    fn counts(&self, at: usize, poll: &Pinned<'_>) -> bool {
        let event = self.events[at];
        let by_role = matches!(poll.domain.rule, Rule::Delegate(_))
            && (poll.rule.is_none() || self.call_in.is_some_and(|call_in| at < call_in));
        let says = match &event.act {
            Act::Propose(_) | Act::Amend(_) => !by_role,
            Act::Respond(response) => response.answer != Answer::Advice,
            _ => false,
        };
        let entitled = if by_role {
            holds(&event.charter, poll.domain, &event.by, event.at)
        } else {
            poll.eligible.contains(&event.by)
        };
        says && entitled && reaches(&event.charter, poll.domain, &event.by, event.at)
    }

    fn is_withdrawn(&self, id: StatementId) -> bool {
        self.events.iter().any(|event| matches!(event.act, Act::Withdraw { target } if target == id))
    }

    /// Who objects in a domain.
    fn objectors(&self, poll: &Pinned<'_>) -> BTreeSet<&'a Name> {
        let objects = |at: &usize| {
            let event = self.events[*at];
            matches!(&event.act, Act::Respond(response) if response.answer == Answer::Object)
                && self.counts(*at, poll)
                && !self.is_withdrawn(event.id)
        };
        (0..self.events.len()).filter(objects).map(|at| &self.events[at].by).collect()
    }

    /// Who has answered the current version in a domain, by the latest answer, and how.
    fn answers(&self, poll: &Pinned<'_>) -> Vec<(&'a Name, Answer)> {
        let mut latest: Vec<(&Name, usize)> = Vec::new();
        for at in self.version..self.events.len() {
            let event = self.events[at];
            let is_answer = match &event.act {
                // Advice stands beside an answer and replaces none.
                Act::Respond(response) => response.version == self.versions && response.answer != Answer::Advice,
                Act::Withdraw { .. } | Act::CallIn { .. } => false,
                _ => true,
            };
            if is_answer {
                latest.retain(|(name, _)| *name != &event.by);
                latest.push((&event.by, at));
            }
        }
        let answer = |(name, at): (&'a Name, usize)| {
            let event = self.events[at];
            let answer = match &event.act {
                Act::Respond(response) => response.answer,
                _ => Answer::Agree,
            };
            (self.counts(at, poll) && !self.is_withdrawn(event.id)).then_some((name, answer))
        };
        latest.into_iter().filter_map(answer).collect()
    }

    /// Whether a domain passes, and whether it may close early.
    fn state(&self, poll: &Pinned<'_>, charter: &Charter) -> (bool, bool) {
        let objectors = self.objectors(poll);
        let answers = self.answers(poll);
        let Some(rule) = poll.rule else {
            let decided = answers.iter().any(|(_, answer)| *answer == Answer::Agree);
            return (decided && objectors.is_empty(), decided || !objectors.is_empty());
        };
        let responded = |name: &Name| objectors.contains(name) || answers.iter().any(|(other, _)| *other == name);
        let counted = poll.eligible.iter().filter(|name| responded(name)).count();
        let silent = |name: &&&Name| !responded(name) && charter.members.find(name).is_some();
        let all = counted + poll.eligible.iter().filter(silent).count();
        let passes = objectors.is_empty() && counted >= quorum(rule, all);
        (passes, objectors.is_empty() && counted == all)
    }

    /// The closing time, and the earliest.
    fn times(&self, polls: &[Pinned<'_>]) -> (Timestamp, Timestamp) {
        let from = self.call_in.map_or(self.version, |call_in| call_in.max(self.version));
        let start = self.events[from].at;
        let closing = |poll: &Pinned<'_>| poll.rule.map_or(poll.domain.rule.closing(), |rule| rule.closing);
        let window = polls.iter().map(closing).max().unwrap_or(Span::ZERO);
        let minimum = polls.iter().filter_map(|poll| poll.rule.map(|rule| rule.minimum)).max().unwrap_or(Span::ZERO);
        let tenth = window.millis().div_ceil(10);
        let last_tenth = (start + window).millis() - tenth;
        let late = |event: &&Event| {
            let objects = matches!(&event.act, Act::Respond(response) if response.answer == Answer::Object);
            objects && event.at.millis() >= last_tenth
        };
        let extended = self.events[from..].iter().any(late);
        (start + Span::from_millis(window.millis() + if extended { tenth } else { 0 }), start + minimum)
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
        Some(MemberKind::Person) => true,
        Some(MemberKind::Agent(limits)) => {
            !domain.people_only && limits.scope.contains(&domain.name) && at < limits.until
        }
        None => false,
    }
}

fn quorum(rule: &Consent, all: usize) -> usize {
    let text = rule.quorum.to_string();
    let (numerator, denominator) = text.split_once('/').expect("a fraction");
    let [numerator, denominator] = [numerator, denominator].map(|part| part.parse::<usize>().unwrap());
    (1..=all).find(|count| count * denominator >= numerator * all).unwrap_or(1)
}
