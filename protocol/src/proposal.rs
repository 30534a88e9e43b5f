//! The life cycle of a proposal: – → Open → (amend) Open v+1 → Withdrawn | NotPassed | Passed → (call-in: Open) →
//! Applied | Void.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    charter::{Charter, Member, MemberKind},
    effect::Effect,
    id::{BodyId, Hash, ProposalId, StatementId},
    ladder::{Contest, Poll, Standing, Tally},
    name::Name,
    statement::{Answer, Proposal},
    time::{Span, Timestamp},
};

/// A proposal that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenProposal {
    /// Its id: that of the statement that opened it.
    pub id: ProposalId,
    /// Who filed it.
    pub author: Name,
    /// When it opened.
    pub opened: Timestamp,
    /// The hash of the charter under which it opened, whose rules it keeps.
    pub charter: Hash,
    /// Its versions so far, the current one last.
    pub versions: Vec<Version>,
    /// The current content.
    pub content: Proposal,
    /// Its domains, pinned at opening.
    pub polls: Vec<Poll>,
    /// When the window of the current version started: with the version, a call-in, or the turn to a vote.
    pub window_from: Timestamp,
    /// When the current version closes, as things stand; final periods that start or are held move it.
    pub closes: Timestamp,
    /// Whether an objection in the last tenth has already extended the current version.
    pub extended: bool,
    /// Responses to the current version, the latest of each member.
    pub responses: BTreeMap<Name, Given>,
    /// Advice on the current version, the latest of each member; it stands beside a response and never counts.
    pub advice: BTreeMap<Name, Given>,
    /// All objections of all versions.
    pub objections: Vec<Objection>,
    /// What it waits for.
    pub stage: Stage,
    /// The call-in that moved it up to consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_in: Option<CalledIn>,
    /// When it turned to a vote, because its last version did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_vote: Option<Timestamp>,
    /// The options of the current version that were withdrawn.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withdrawn_options: BTreeMap<Name, WithdrawnOption>,
    /// Whom members nominate, the latest nomination of each, if it opened with a seat for nobody yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nominations: Option<BTreeMap<Name, Nominated>>,
}

/// One version of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The statement that proposed or amended.
    pub statement: StatementId,
    /// The entry that admitted it.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// The objections that it means to integrate.
    pub integrates: Vec<StatementId>,
}

/// A response as the log took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The statement.
    pub statement: StatementId,
    /// The entry that admitted it.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// The answer.
    pub answer: Answer,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BodyId>,
    /// The domains in which it counts.
    pub counts_in: BTreeSet<Name>,
    /// The advice that a decision weighed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weighs: Vec<StatementId>,
    /// What a ballot ranks, the most preferred first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranking: Vec<Vec<Name>>,
}

/// The end of an option while the proposal is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnOption {
    /// The statement.
    pub statement: StatementId,
    /// Who withdrew it.
    pub by: Name,
    /// When.
    pub at: Timestamp,
}

/// A nomination as the log took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nominated {
    /// The statement.
    pub statement: StatementId,
    /// The entry that admitted it.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// Who is nominated.
    pub member: Name,
    /// Why.
    pub reason: BodyId,
}

/// An objection as the log took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Who objects.
    pub author: Name,
    /// The version objected to.
    pub version: u32,
    /// The response behind it.
    pub given: Given,
    /// Its withdrawal by its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
    /// What members said in its test, on the current version, once each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tests: BTreeMap<Name, Tested>,
    /// The domains in which it was found not to qualify.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dismissed: BTreeMap<Name, Dismissed>,
}

/// What a member said in an objection's test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// The statement.
    pub statement: StatementId,
    /// When.
    pub at: Timestamp,
    /// Whether the objection qualifies.
    pub qualifies: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BodyId>,
}

/// The end of an objection by its test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissed {
    /// When.
    pub at: Timestamp,
    /// The version at that time.
    pub version: u32,
    /// How many found that it does not qualify.
    pub found: u32,
    /// Of how many who could say so.
    pub of: u32,
}

impl Objection {
    /// Says whether it stands in a domain: neither withdrawn nor found there not to qualify.
    pub fn stands_in(&self, domain: &Name) -> bool {
        self.withdrawn.is_none() && self.given.counts_in.contains(domain) && !self.dismissed.contains_key(domain)
    }

    /// Says whether it stands anywhere.
    pub fn stands(&self) -> bool {
        self.given.counts_in.iter().any(|domain| self.stands_in(domain))
    }
}

/// The end of an objection by its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The statement that withdrew it.
    pub statement: StatementId,
    /// When.
    pub at: Timestamp,
    /// The version at that time: a later one than the objection's means that it was integrated.
    pub version: u32,
}

/// A call-in as the log took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledIn {
    /// Who.
    pub by: Name,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: BodyId,
}

/// What a proposal waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// For responses.
    Open,
    /// Passed; its effects wait for the call-in window.
    Passed {
        /// When it passed.
        at: Timestamp,
        /// The end of the window.
        until: Timestamp,
    },
}

impl OpenProposal {
    /// The number of the current version, from 1.
    pub fn version(&self) -> u32 {
        self.versions.len() as u32
    }

    /// When the current version was filed.
    pub fn version_at(&self) -> Timestamp {
        self.versions.last().map_or(self.opened, |version| version.at)
    }

    /// Most versions that it may have: the least that one of its rules allows.
    pub fn most_versions(&self) -> u32 {
        self.polls.iter().map(|poll| poll.rule.versions()).min().unwrap_or(1)
    }

    /// Starts a full window for the current version at `at`.
    pub fn start_window(&mut self, at: Timestamp) {
        self.window_from = at;
        self.extended = false;
        self.stage = Stage::Open;
        self.polls.iter_mut().for_each(|poll| poll.final_period = None);
    }

    /// Whether it is open for the longest closing time of its domains; a final period may end it sooner.
    pub fn ran_in_full(&self) -> bool {
        let longest = self.polls.iter().map(|poll| poll.rule.closing()).max().unwrap_or(Span::ZERO);
        self.closes >= self.window_from + longest
    }

    /// The longest window of its domains, those with a final period aside.
    fn window(&self) -> Span {
        let plain = self.polls.iter().filter(|poll| poll.final_rule().is_none());
        plain.map(|poll| poll.rule.closing()).max().unwrap_or(Span::ZERO)
    }

    /// Notes at `now` how its domains stand: what starts and ends final periods, and so when it closes.
    ///
    /// It is told after each entry that changes its responses or the group's members, not after each statement: the
    /// order of statements of one date must not matter. What happens once the time is up, before somebody writes the
    /// close, starts and ends nothing any more.
    pub fn settle(&mut self, charter: &Charter, now: Timestamp) {
        if now >= self.closes {
            return;
        }
        // Only final periods wait for how a domain stands: ballots are not counted with every entry.
        let final_standing = |poll: &Poll| poll.final_rule().map(|_| poll.standing(&self.tally(poll, charter)));
        let standings: Vec<_> = self.polls.iter().map(final_standing).collect();
        for (poll, standing) in self.polls.iter_mut().zip(&standings) {
            if let Some(standing) = standing {
                poll.note_standing(standing.passes, now);
            }
        }
        self.reschedule();
    }

    /// Reckons when the current version closes.
    pub fn reschedule(&mut self) {
        let window = self.window();
        let plain = self.window_from + window + if self.extended { window.tenth() } else { Span::ZERO };
        let held = self.polls.iter().filter(|poll| poll.final_rule().is_some());
        let held = held.map(|poll| match poll.final_end() {
            Some(end) => end.max(self.window_from + poll.rule.minimum()),
            None => self.window_from + poll.rule.closing(),
        });
        self.closes = held.fold(plain, Timestamp::max);
    }

    /// The first moment at which it may close early.
    fn earliest(&self) -> Timestamp {
        let minimum = self.polls.iter().map(|poll| poll.rule.minimum()).max().unwrap_or(Span::ZERO);
        let held = self.polls.iter().filter_map(Poll::final_end);
        held.fold(self.window_from + minimum, Timestamp::max)
    }

    /// Extends the current version by a tenth of its window, once, if `at` lies in the last tenth and the objection
    /// counts where objections block and no final period waits for them anyway.
    pub fn extend_for_objection(&mut self, objection: &Given) {
        let waits = |poll: &Poll| poll.rule.is_blocked_by_objections() && poll.final_rule().is_none();
        let blocks = self.polls.iter().any(|poll| waits(poll) && objection.counts_in.contains(&poll.domain));
        let window = self.window();
        if blocks && !self.extended && objection.at >= (self.window_from + window).before(window.tenth()) {
            self.extended = true;
        }
    }

    /// The objections that stand.
    pub fn standing_objections(&self) -> impl Iterator<Item = &Objection> {
        self.objections.iter().filter(|objection| objection.stands())
    }

    /// How each domain stands, given the members of the charter in force.
    ///
    /// A member who was removed keeps the responses given, and without any leaves the denominator.
    pub fn standings(&self, charter: &Charter) -> Vec<Standing> {
        self.polls.iter().map(|poll| poll.standing(&self.tally(poll, charter))).collect()
    }

    /// What a domain's rung sees.
    pub fn tally<'a>(&'a self, poll: &'a Poll, charter: &Charter) -> Tally<'a> {
        let mut answers = BTreeMap::new();
        for (name, given) in &self.responses {
            if given.counts_in.contains(&poll.domain) {
                answers.insert(name, given.answer);
            }
        }
        // An objection that stands is its author's answer, whatever its author has said since.
        let objections = || self.objections.iter().filter(|objection| objection.stands_in(&poll.domain));
        for objection in objections() {
            answers.insert(&objection.author, Answer::Object);
        }
        let stays = |name: &&Name| charter.members.find(name).is_some() || answers.contains_key(*name);
        let eligible = poll.eligible.iter().filter(stays).collect();
        Tally {
            contest: poll.rule.is_ranked().then(|| self.contest(&poll.domain)),
            eligible,
            objections: objections().count(),
            asked: poll.asked.len() as u32,
            advised: poll.asked.iter().filter(|name| self.advice.contains_key(*name)).count() as u32,
            answers,
        }
    }

    /// What is ranked in a domain: the options that were not withdrawn, and the ballots.
    pub fn contest(&self, domain: &Name) -> Contest<'_> {
        let options = self.content.options.iter().filter(|option| !self.withdrawn_options.contains_key(&option.label));
        let counts = |given: &Given| given.answer == Answer::Rank && given.counts_in.contains(domain);
        let ballots = self.responses.iter().filter(|(_, given)| counts(given));
        Contest {
            options: options.collect(),
            ballots: ballots.map(|(name, given)| (name, given.ranking.as_slice())).collect(),
        }
    }

    /// Says whether members rank its options.
    pub fn is_ranked(&self) -> bool {
        self.polls.iter().any(|poll| poll.rule.is_ranked())
    }

    /// What it changes if it ends with these standings, each effect with its place among all: its effects, or those of
    /// the options that won.
    pub fn carried(&self, standings: &[Standing]) -> Vec<(u32, &Effect)> {
        let winners: BTreeSet<&Name> = standings.iter().flat_map(Standing::winners).collect();
        let all = self.content.numbered();
        all.filter(|(option, _, _)| option.is_none_or(|label| winners.contains(label)))
            .map(|(_, place, effect)| (place, effect))
            .collect()
    }

    /// Those asked for advice in a domain who have not given it, are still members, and may give it: an agent only
    /// where all domains are in its scope.
    pub fn awaited<'a>(&'a self, poll: &'a Poll, charter: &'a Charter) -> impl Iterator<Item = &'a Name> {
        let reaches = |member: &Member| match &member.kind {
            MemberKind::Person | MemberKind::Liaison(_) => true,
            MemberKind::Agent(limits) => self.polls.iter().all(|poll| limits.scope.binary_search(&poll.domain).is_ok()),
        };
        let may = move |name: &Name| charter.members.find(name).is_some_and(reaches);
        poll.asked.iter().filter(move |name| !self.advice.contains_key(*name) && may(name))
    }

    /// The moment from which it may close, as things stand; `None` while it waits for a call-in.
    pub fn may_close(&self, charter: &Charter) -> Option<Timestamp> {
        if self.stage != Stage::Open {
            return None;
        }
        let settled = self.polls.iter().all(|poll| poll.settled(&self.tally(poll, charter)));
        Some(if settled { self.earliest().min(self.closes) } else { self.closes })
    }

    /// How long its effects wait after it passed, for a call-in.
    pub fn call_in_window(&self) -> Option<Span> {
        self.polls.iter().filter_map(|poll| poll.call_in.as_ref()).map(|appeal| appeal.window).max()
    }
}
