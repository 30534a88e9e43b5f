//! One proposal's part of the log, moment by moment.

use std::collections::BTreeSet;

use super::{
    Count, Event, What, after, holds, reaches,
    rungs::{Votes, judge, reaches_share},
};
use crate::{
    charter::{Charter, Domain, FinalPeriod, OnObjection, Owner, Rule},
    id::{ProposalId, StatementId},
    name::Name,
    statement::{Act, Answer, Proposal},
    time::{Span, Timestamp},
};

/// A domain as it stands at a moment.
#[derive(Clone)]
struct Poll<'a> {
    domain: &'a Domain,
    rule: Rule,
    /// All who might have a say: in the role, or in the group once it was called in.
    pinned: BTreeSet<Name>,
    /// All in the group who might have a say if it is called in.
    group: BTreeSet<Name>,
    /// Whether those who were silent at the opening are left out.
    leaves_out: bool,
    /// Who came back by a response, or by the call-in.
    back: BTreeSet<Name>,
}

/// What is known after an event.
#[derive(Clone)]
struct Moment<'a> {
    polls: Vec<Poll<'a>>,
    /// The event with which the window started.
    window: usize,
    /// Objections found not to qualify, each with the domain.
    dismissed: BTreeSet<(StatementId, Name)>,
    /// How each domain stands: whether it passes, and whether it may close early.
    states: Vec<(bool, bool)>,
    /// Whether each domain passed when final periods were last looked at, which is before the time is up.
    looked: Vec<bool>,
    turned: bool,
}

pub(super) struct Story<'a> {
    events: Vec<&'a Event>,
    proposal: ProposalId,
    silent: &'a BTreeSet<Name>,
    moments: Vec<Moment<'a>>,
}

impl<'a> Story<'a> {
    /// Tells a proposal's story: of its events, the first opens it.
    pub(super) fn tell(events: Vec<&'a Event>, proposal: ProposalId, silent: &'a BTreeSet<Name>) -> Self {
        let polls = open(events[0], silent);
        let first = Moment {
            polls,
            window: 0,
            dismissed: BTreeSet::new(),
            states: Vec::new(),
            looked: Vec::new(),
            turned: false,
        };
        let mut story = Self { events, proposal, silent, moments: vec![first] };
        for at in 0..story.events.len() {
            if at > 0 {
                story.moments.push(story.moments[at - 1].clone());
                story.follow(at);
            }
            story.dismiss(at);
            let states = (0..story.moments[at].polls.len()).map(|poll| story.state(at, poll)).collect();
            story.moments[at].states = states;
            if story.moments[at].window == at || story.events[at].at < story.times(at - 1).0 {
                story.moments[at].looked = story.moments[at].states.iter().map(|(passes, _)| *passes).collect();
            }
        }
        story
    }

    /// What the last moment says.
    pub(super) fn count(&self) -> Count {
        let now = self.events.len() - 1;
        let moment = &self.moments[now];
        let (closes, earliest) = self.times(now);
        let settled = moment.states.iter().all(|(_, settled)| *settled);
        let eligible = moment.polls.iter().flat_map(|poll| self.eligible(poll)).collect();
        let start = self.events[moment.window].at;
        Count {
            full: moment.polls.iter().all(|poll| closes >= after(start, poll.rule.closing())),
            from: if settled { earliest.min(closes) } else { closes },
            closes,
            passes: moment.states.iter().all(|(passes, _)| *passes),
            turns: self.turns(now),
            window_from: start,
            eligible,
        }
    }

    /// What an event changes of rules and windows.
    fn follow(&mut self, at: usize) {
        let event = self.events[at];
        let turns = matches!(event.what, What::Closed(closed) if closed == self.proposal) && self.turns(at - 1);
        let failing: Vec<bool> = self.moments[at - 1].states.iter().map(|(passes, _)| !passes).collect();
        let moment = &mut self.moments[at];
        match &event.what {
            What::Closed(_) if turns => {
                for (poll, _) in moment.polls.iter_mut().zip(failing).filter(|(_, fails)| *fails) {
                    let Rule::Consent(rule) = &poll.rule else { unreachable!("only a consent turns") };
                    poll.rule = Rule::Vote(rule.then_vote.clone().expect("it names a vote"));
                }
                (moment.window, moment.turned) = (at, true);
            }
            What::Said { by, act, .. } => {
                let comes_back = match act {
                    Act::Respond(response) => response.answer != Answer::Advice,
                    Act::CallIn { .. } => true,
                    _ => false,
                };
                let back = |poll: &&mut Poll<'_>| comes_back && reaches(&event.before, poll.domain, by, event.at);
                moment.polls.iter_mut().filter(back).for_each(|poll| poll.back.extend([by.clone()]));
                match act {
                    Act::Amend(_) => moment.window = at,
                    Act::CallIn { .. } => {
                        moment.window = at;
                        moment.polls.iter_mut().for_each(Poll::appeal);
                    }
                    _ => {}
                }
            }
            What::Closed(_) | What::Applied => {}
        }
    }

    /// Whether it would turn to a vote, were it closed now.
    fn turns(&self, at: usize) -> bool {
        let moment = &self.moments[at];
        let most = moment.polls.iter().map(|poll| poll.rule.versions()).min().unwrap_or(1);
        let mut failing = moment.polls.iter().zip(&moment.states).filter(|(_, (passes, _))| !passes).peekable();
        let votes = |poll: &Poll<'_>| matches!(&poll.rule, Rule::Consent(rule) if rule.then_vote.is_some());
        failing.peek().is_some() && failing.all(|(poll, _)| votes(poll)) && self.versions(at) >= most
    }

    fn acts(&self, until: usize) -> impl Iterator<Item = (usize, &'a Name, StatementId, &'a Act)> {
        self.events[..=until].iter().enumerate().filter_map(|(at, event)| match &event.what {
            What::Said { by, id, act } => Some((at, by, *id, act)),
            _ => None,
        })
    }

    fn versions(&self, until: usize) -> u32 {
        self.acts(until).filter(|(_, _, _, act)| matches!(act, Act::Propose(_) | Act::Amend(_))).count() as u32
    }

    fn version_start(&self, until: usize) -> usize {
        let versions = self.acts(until).filter(|(_, _, _, act)| matches!(act, Act::Propose(_) | Act::Amend(_)));
        versions.map(|(at, ..)| at).last().expect("it was proposed")
    }

    fn eligible(&self, poll: &Poll<'a>) -> BTreeSet<Name> {
        let has_say = |name: &&Name| !poll.leaves_out || !self.silent.contains(*name) || poll.back.contains(*name);
        poll.pinned.iter().filter(has_say).cloned().collect()
    }

    /// Says whether what was said at `at` counts in a domain.
    fn counts(&self, at: usize, poll: usize) -> bool {
        let (event, poll) = (self.events[at], &self.moments[at].polls[poll]);
        let What::Said { by, act, .. } = &event.what else { return false };
        let alone = poll.rule.is_delegate();
        let says = match act {
            Act::Propose(_) | Act::Amend(_) => !alone,
            Act::Respond(response) => response.answer != Answer::Advice,
            _ => false,
        };
        let entitled = if alone {
            holds(&event.before, poll.domain, by, event.at) && !removed(self.events[0]).contains(by)
        } else {
            self.eligible(poll).contains(by)
        };
        says && entitled && reaches(&event.before, poll.domain, by, event.at)
    }

    fn is_withdrawn(&self, id: StatementId, until: usize) -> bool {
        self.acts(until).any(|(.., act)| matches!(act, Act::Withdraw { target } if *target == id))
    }

    /// The objections that stand in a domain, each with who made it.
    fn objections(&self, until: usize, poll: usize) -> Vec<(StatementId, &'a Name)> {
        let moment = &self.moments[until];
        let objects = self.acts(until).filter(|(at, _, id, act)| {
            matches!(act, Act::Respond(response) if response.answer == Answer::Object)
                && self.counts(*at, poll)
                && !self.is_withdrawn(*id, until)
                && !moment.dismissed.contains(&(*id, moment.polls[poll].domain.name.clone()))
        });
        objects.map(|(_, by, id, _)| (id, by)).collect()
    }

    /// Ends the objections that enough others found not to qualify.
    fn dismiss(&mut self, until: usize) {
        let charter = &self.events[until].after;
        let What::Said { by: author, .. } = &self.events[0].what else { unreachable!("somebody proposed") };
        let from = self.version_start(until);
        for poll in 0..self.moments[until].polls.len() {
            let Rule::Consent(rule) = &self.moments[until].polls[poll].rule else { continue };
            let Some(share) = rule.objection_test else { continue };
            for (objection, objector) in self.objections(until, poll) {
                let words: Vec<(&Name, bool)> = self
                    .acts(until)
                    .skip_while(|(at, ..)| *at < from)
                    .filter_map(|(_, by, _, act)| match act {
                        Act::Test(test) if test.objection == objection => Some((by, test.qualifies)),
                        _ => None,
                    })
                    .collect();
                let mut testers = self.eligible(&self.moments[until].polls[poll]);
                testers.retain(|name| name != author && name != objector);
                testers.retain(|name| charter.members.find(name).is_some() || words.iter().any(|(by, _)| *by == name));
                let against = words.iter().filter(|(by, qualifies)| !qualifies && testers.contains(*by)).count() as u64;
                if against >= 2 && reaches_share(share, against, testers.len() as u64) {
                    let domain = self.moments[until].polls[poll].domain.name.clone();
                    self.moments[until].dismissed.insert((objection, domain));
                }
            }
        }
    }

    /// The answer of each to the current version in a domain, by the latest one.
    fn answers(&self, until: usize, poll: usize) -> Vec<(&'a Name, Answer)> {
        let (from, version) = (self.version_start(until), self.versions(until));
        let mut latest: Vec<(&Name, usize, StatementId, Answer)> = Vec::new();
        for (at, by, id, act) in self.acts(until).filter(|(at, ..)| *at >= from) {
            let answer = match act {
                // Advice stands beside an answer and replaces none.
                Act::Respond(response) if response.answer == Answer::Advice => continue,
                Act::Respond(response) => {
                    assert_eq!(response.version, version);
                    response.answer
                }
                Act::Propose(_) | Act::Amend(_) => Answer::Agree,
                _ => continue,
            };
            latest.retain(|(name, ..)| *name != by);
            latest.push((by, at, id, answer));
        }
        let stays =
            latest.into_iter().filter(|(_, at, id, _)| self.counts(*at, poll) && !self.is_withdrawn(*id, until));
        stays.map(|(name, _, _, answer)| (name, answer)).collect()
    }

    /// Whether a domain passes, and whether it may close early.
    fn state(&self, until: usize, poll: usize) -> (bool, bool) {
        let charter: &Charter = &self.events[until].after;
        let objectors: BTreeSet<&Name> = self.objections(until, poll).into_iter().map(|(_, by)| by).collect();
        let answers = self.answers(until, poll);
        let says = |name: &Name| match objectors.contains(name) {
            true => Some(Answer::Object),
            false => answers.iter().find(|(other, _)| *other == name).map(|(_, answer)| *answer),
        };
        let poll = &self.moments[until].polls[poll];
        let eligible = self.eligible(poll);
        let stays = |name: &&Name| says(name).is_some() || charter.members.find(name).is_some();
        let votes = Votes {
            eligible: eligible.iter().filter(stays).map(says).collect(),
            objected: !objectors.is_empty()
                || (poll.rule.is_delegate() && answers.iter().any(|a| a.1 == Answer::Object)),
            decided: answers.iter().any(|(_, answer)| *answer == Answer::Agree),
        };
        judge(&poll.rule, &votes)
    }

    /// The closing time, and the earliest.
    fn times(&self, until: usize) -> (Timestamp, Timestamp) {
        let moment = &self.moments[until];
        let start = self.events[moment.window].at;
        let final_rule = |poll: &Poll<'_>| match &poll.rule {
            Rule::Consent(rule) => rule.final_period,
            _ => None,
        };
        let plain = moment.polls.iter().filter(|poll| final_rule(poll).is_none());
        let window = plain.map(|poll| poll.rule.closing()).max().unwrap_or(Span::ZERO);
        let tenth = window.millis().div_ceil(10);
        let extended = self.is_extended(until, (start + window).millis() - tenth);
        let mut closes = start + Span::from_millis(window.millis() + if extended { tenth } else { 0 });
        let mut earliest = start;
        for (at, poll) in moment.polls.iter().enumerate() {
            earliest = earliest.max(after(start, poll.rule.minimum()));
            let Some(period) = final_rule(poll) else { continue };
            match self.final_end(until, at, period) {
                Some(end) => {
                    closes = closes.max(end).max(after(start, poll.rule.minimum()));
                    earliest = earliest.max(end);
                }
                None => closes = closes.max(after(start, poll.rule.closing())),
            }
        }
        (closes, earliest)
    }

    /// Says whether somebody objected in the last tenth where that blocks and nothing else waits for it.
    fn is_extended(&self, until: usize, last_tenth: u64) -> bool {
        let window = self.moments[until].window;
        let waits = |rule: &Rule| match rule {
            Rule::Consent(rule) => rule.final_period.is_none(),
            Rule::Consensus(_) => true,
            _ => false,
        };
        self.acts(until).filter(|(at, ..)| *at >= window).any(|(at, _, _, act)| {
            let objects = matches!(act, Act::Respond(response) if response.answer == Answer::Object);
            let blocks = |poll: usize| waits(&self.moments[at].polls[poll].rule) && self.counts(at, poll);
            objects && self.events[at].at.millis() >= last_tenth && (0..self.moments[at].polls.len()).any(blocks)
        })
    }

    /// The end of a final period that has started.
    fn final_end(&self, until: usize, poll: usize, period: FinalPeriod) -> Option<Timestamp> {
        let window = self.moments[until].window;
        let passes = |at: usize| self.moments[at].looked[poll];
        let first = (window..=until).find(|at| passes(*at))?;
        let latest = after(self.events[first].at, period.latest);
        if !passes(until) {
            return Some(latest);
        }
        let again = (first + 1..=until).rev().find(|at| passes(*at) && !passes(*at - 1));
        let from = again.filter(|_| period.on_objection == OnObjection::Restart).unwrap_or(first);
        Some(after(self.events[from].at, period.length).min(latest))
    }
}

impl Poll<'_> {
    /// Makes of a holder's decision the group's consent, where the rule has a call-in.
    fn appeal(&mut self) {
        if let Some(call_in) = self.rule.call_in() {
            self.rule = Rule::Consent(call_in.rule.clone());
            (self.pinned, self.leaves_out) = (self.group.clone(), true);
        }
    }
}

fn content(event: &Event) -> &Proposal {
    match &event.what {
        What::Said { act: Act::Propose(content), .. } => content,
        _ => unreachable!("the first event proposes"),
    }
}

fn removed(opening: &Event) -> BTreeSet<&Name> {
    content(opening).all_effects().filter_map(|effect| effect.removes()).collect()
}

/// The domains of a proposal as they are when it opens.
fn open<'a>(opening: &'a Event, silent: &BTreeSet<Name>) -> Vec<Poll<'a>> {
    let charter = &opening.before;
    let domains: BTreeSet<Name> = content(opening).effects.iter().flat_map(|effect| effect.governs(charter)).collect();
    let gone = removed(opening);
    let pin = |name: &Name| {
        let domain = charter.domains.find(name).expect("the domain exists");
        let of_group = domain.owner == Owner::Group;
        let has_say = |name: &&Name| !gone.contains(*name) && reaches(charter, domain, name, opening.at);
        let group: BTreeSet<Name> =
            charter.members.iter().map(|member| &member.name).filter(has_say).cloned().collect();
        let in_role = |name: &&Name| of_group || holds(charter, domain, name, opening.at);
        let pinned: BTreeSet<Name> = group.iter().filter(in_role).cloned().collect();
        assert!(!of_group || pinned.iter().any(|name| !silent.contains(name)), "somebody has a say");
        Poll { domain, rule: domain.rule.clone(), pinned, group, leaves_out: of_group, back: BTreeSet::new() }
    };
    domains.iter().map(pin).collect()
}
