//! From the replica to what the control API shows.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    charter::{Owner, Rule},
    decision::{Agreement, Decision, Outcome},
    entry::Entry,
    id::{BodyId, LogId, MatterId, StatementId, hex_encode},
    key::PublicKey,
    ladder::{Poll, Standing},
    limits::RULES_VERSION,
    machine::Machine,
    name::Name,
    proposal::{Given, Nominated, Objection, OpenProposal, Stage},
    replay::Replica,
    statement::ProposalOption,
    time::Timestamp,
    witness::Quorums,
};

use super::{
    view::{
        AgreementView, CallInView, CatchUpView, EntryView, FinalPeriodView, GroupView, HeadView, InboxItem, NodeView,
        NominationView, ObjectionView, OptionView, PollView, ProposalView, ResponseView, SealView, TestView,
        VersionView,
    },
    words,
};
use crate::{clock, disk::Disk, net::Net, records::Records};

/// Reads the replica and the texts beside it.
pub(super) struct Views<'a> {
    pub(super) machine: &'a Machine,
    pub(super) records: &'a Records,
}

impl Views<'_> {
    pub(super) fn node(&self, net: &Net, disk: Option<Disk>) -> NodeView {
        NodeView {
            node: self.machine.node().to_string(),
            peer_id: net.key().peer_id().to_string(),
            version: env!("CARGO_PKG_VERSION").into(),
            rules_version: RULES_VERSION,
            listening: net.listening().iter().map(ToString::to_string).collect(),
            peers: self.machine.peers().map(ToString::to_string).collect(),
            store: self.store(disk),
            clock_offset_ms: self.clock_offset(),
            not_ready: self.not_ready(net, disk),
            panel: self.seats(),
            groups: self.machine.logs().map(|log| self.group(log)).collect(),
        }
    }

    pub(super) fn group(&self, log: &Replica) -> GroupView {
        let (head, charter) = (log.head(), log.charter());
        GroupView {
            group: log.log().to_string(),
            name: charter.name.to_string(),
            hosted: self.machine.is_hosted(&log.log()),
            host: charter.host.node.to_string(),
            number: head.number,
            head: head.id.to_string(),
            time: head.time.to_string(),
            digest: log.digest().to_string(),
            members: charter.members.len(),
            open: log.proposals().count(),
            decided: log.decisions().count(),
            seal: self.seal(&log.log()),
            federation: charter.federation.map(|id| id.to_string()),
            stopped: self.machine.stopped(&log.log()).map(str::to_owned),
            catching_up: self.machine.catching_up(&log.log()).map(|lack| CatchUpView {
                waits_for: lack.waits_for,
                needed: lack.needed,
                behind: lack.behind,
                what: lack.words(),
            }),
        }
    }

    fn seal(&self, log: &LogId) -> SealView {
        let seal = self.machine.seal(log);
        let quorums = seal.map_or(Quorums::of(0), |seal| seal.quorums);
        let elsewhere = self.is_sealed_elsewhere(log);
        SealView {
            witnesses: quorums.witnesses,
            needed: quorums.seal,
            may_be_down: quorums.may_be_down(),
            liars: quorums.liars,
            up_to: seal.and_then(|seal| seal.up_to).filter(|_| !elsewhere),
            elsewhere,
        }
    }

    /// Says whether a panel that is not known here seals a log: that its members have seen it says nothing then.
    fn is_sealed_elsewhere(&self, log: &LogId) -> bool {
        let federation = self.machine.log(log).and_then(|replica| replica.charter().federation);
        federation.is_some_and(|id| self.machine.standing(&id).is_none()) && !self.machine.is_hosted(log)
    }

    pub(super) fn head(&self, log: &Replica, key: &PublicKey) -> HeadView {
        HeadView {
            group: log.log().to_string(),
            name: log.charter().name.to_string(),
            member: log.speaker(key, log.head().time).map(|member| member.name.to_string()),
            seen: log.head().id.to_string(),
            previous: log.last_statement(key).map(|id| id.to_string()),
        }
    }

    pub(super) fn open(&self, log: &Replica, proposal: &OpenProposal) -> ProposalView {
        let state = match proposal.stage {
            Stage::Open => "open",
            Stage::Passed { .. } => "call-in",
        };
        let standings = proposal.standings(log.charter());
        let mut view = self.proposal(log, proposal, &standings, state);
        if let Stage::Passed { until, .. } = proposal.stage {
            view.closes = until.to_string();
        } else {
            view.waiting_for = waiting_for(log, proposal).iter().map(ToString::to_string).collect();
        }
        view
    }

    pub(super) fn decided(&self, log: &Replica, decision: &Decision) -> ProposalView {
        let mut view = self.proposal(log, &decision.proposal, &decision.standings, decision.outcome.word());
        view.closes = decision.closed.to_string();
        view.entry = Some(decision.entry);
        view.review = decision.review.map(|at| at.to_string());
        if let Outcome::Void { reason } = &decision.outcome {
            view.void_because = Some(reason.clone());
        }
        view.sealed = view.seal.up_to >= Some(decision.entry);
        let witnesses = self.machine.witnesses(log);
        let notes = self.machine.notes(&log.log());
        let at = notes.and_then(|notes| notes.sealed_by(decision.entry, &witnesses, view.seal.needed));
        view.sealed_at = at.filter(|_| view.sealed).map(|at| at.to_string());
        view
    }

    fn proposal(&self, log: &Replica, proposal: &OpenProposal, standings: &[Standing], state: &str) -> ProposalView {
        let (polls, now) = (proposal.polls.iter().zip(standings), clock::now());
        ProposalView {
            proposal: proposal.id.to_string(),
            group: log.log().to_string(),
            group_name: log.charter().name.to_string(),
            title: proposal.content.title.clone(),
            author: proposal.author.to_string(),
            why: self.text(log, Some(&proposal.content.why)),
            state: state.into(),
            void_because: None,
            version: proposal.version(),
            versions: proposal
                .versions
                .iter()
                .map(|version| VersionView {
                    at: version.at.to_string(),
                    entry: version.entry,
                    statement: version.statement.to_string(),
                    integrates: version.integrates.iter().map(StatementId::to_string).collect(),
                })
                .collect(),
            opened: proposal.opened.to_string(),
            charter: proposal.charter.to_string(),
            closes: proposal.closes.to_string(),
            to_vote: proposal.to_vote.map(|at| at.to_string()),
            entry: None,
            review: None,
            domains: polls.map(|(poll, standing)| poll_view(poll, standing, proposal, log, now)).collect(),
            effects: proposal.content.effects.iter().map(words::effect).collect(),
            matters: self.matters_of(log, &proposal.id, &proposal.content.effects),
            terms: self.terms_of(&proposal.content.effects),
            options: proposal.content.options.iter().map(|option| option_view(proposal, option)).collect(),
            nominations: self.nominations(log, proposal),
            awaits_nominee: proposal.content.awaits_nominee(),
            responses: proposal
                .responses
                .iter()
                .chain(&proposal.advice)
                .map(|(member, given)| self.response(log, member, given))
                .collect(),
            objections: proposal.objections.iter().map(|objection| self.objection(log, proposal, objection)).collect(),
            called_in: proposal.called_in.as_ref().map(|call| CallInView {
                by: call.by.to_string(),
                at: call.at.to_string(),
                reason: self.text(log, Some(&call.reason)),
            }),
            waiting_for: Vec::new(),
            sealed: false,
            sealed_at: None,
            seal: self.seal(&log.log()),
        }
    }

    fn nominations(&self, log: &Replica, proposal: &OpenProposal) -> Vec<NominationView> {
        let view = |(by, nominated): (&Name, &Nominated)| NominationView {
            by: by.to_string(),
            member: nominated.member.to_string(),
            reason: self.text(log, Some(&nominated.reason)),
            at: nominated.at.to_string(),
        };
        proposal.nominations.iter().flatten().map(view).collect()
    }

    fn response(&self, log: &Replica, member: &Name, given: &Given) -> ResponseView {
        ResponseView {
            member: member.to_string(),
            answer: given.answer.word().into(),
            reason: self.text(log, given.reason.as_ref()),
            at: given.at.to_string(),
            statement: given.statement.to_string(),
            entry: given.entry,
            counts_in: given.counts_in.iter().map(ToString::to_string).collect(),
            weighs: given.weighs.iter().map(ToString::to_string).collect(),
            ranking: given.ranking.iter().map(|group| group.iter().map(ToString::to_string).collect()).collect(),
        }
    }

    fn objection(&self, log: &Replica, proposal: &OpenProposal, objection: &Objection) -> ObjectionView {
        let id = objection.given.statement;
        let meant = proposal.versions.iter().position(|version| version.integrates.contains(&id));
        let author = &objection.author;
        let (state, became) = match (&objection.withdrawn, meant) {
            (Some(_), Some(at)) => ("integrated", format!("version {} integrated it; {author} withdrew it", at + 1)),
            (Some(_), None) => ("withdrawn", format!("{author} withdrew it")),
            (None, _) if !objection.stands() => ("dismissed", dismissal(objection)),
            (None, Some(at)) => ("stands", format!("stands, though version {} means to integrate it", at + 1)),
            (None, None) => ("stands", "stands".into()),
        };
        ObjectionView {
            objection: id.to_string(),
            member: objection.author.to_string(),
            version: objection.version,
            reason: self.text(log, objection.given.reason.as_ref()),
            state: state.into(),
            tests: objection
                .tests
                .iter()
                .map(|(member, word)| TestView {
                    member: member.to_string(),
                    qualifies: word.qualifies,
                    reason: self.text(log, word.reason.as_ref()),
                    at: word.at.to_string(),
                })
                .collect(),
            dismissed_in: objection.dismissed.keys().map(ToString::to_string).collect(),
            became,
            at: objection.given.at.to_string(),
            withdrawn_at: objection.withdrawn.as_ref().map(|end| end.at.to_string()),
        }
    }

    pub(super) fn text(&self, log: &Replica, id: Option<&BodyId>) -> Option<String> {
        // A text that cannot be read is shown as missing: the proof stands without it.
        self.records.body(&log.log(), id?).ok().flatten().map(|body| body.text().to_owned())
    }

    /// What waits for the member of a key, soonest first.
    pub(super) fn inbox(&self, key: &PublicKey, now: Timestamp) -> Vec<InboxItem> {
        let mut items: Vec<(Timestamp, InboxItem)> = Vec::new();
        for log in self.machine.logs() {
            if let Some(member) = log.speaker(key, now) {
                items.extend(super::inbox::items(self, log, &member.name, now));
                items.extend(self.matter_inbox(log, &member.name, now));
                items.extend(self.heard_inbox(log, &member.name, now));
                items.extend(self.deal_inbox(log, &member.name, now));
                items.extend(self.round_inbox(log, &member.name, now));
                items.extend(self.liaison_inbox(log, &member.name, now));
                items.extend(self.federation_inbox(log, &member.name, now).into_iter().map(|item| (now, item)));
            }
        }
        items.sort_by(|(a, x), (b, y)| (a, &x.proposal).cmp(&(b, &y.proposal)));
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// The text agreements in force in a group.
    pub(super) fn agreements(&self, log: &Replica, now: Timestamp) -> Vec<AgreementView> {
        let matter = |agreement: &Agreement| log.dealings().matter(&MatterId(agreement.id.0.0));
        let title = |agreement: &Agreement| match (log.decision(&agreement.id.0), matter(agreement)) {
            (Some(decision), _) => decision.proposal.content.title.clone(),
            (None, Some(known)) => known.matter.title.clone(),
            (None, None) => String::new(),
        };
        let view = |agreement: &Agreement| AgreementView {
            agreement: agreement.id.to_string(),
            decision: agreement.id.0.to_string(),
            effect: agreement.id.1,
            matter: matter(agreement).map(|known| known.id.to_string()),
            title: title(agreement),
            group: log.log().to_string(),
            group_name: log.charter().name.to_string(),
            domain: agreement.domain.to_string(),
            text: agreement.text.clone(),
            since: agreement.since.to_string(),
            review: agreement.review.map(|at| at.to_string()),
            due: agreement.review.is_some_and(|at| at <= now),
        };
        log.agreements().map(view).collect()
    }

    pub(super) fn entries(&self, log: &Replica, from: u64, limit: usize, bytes: bool) -> Vec<EntryView> {
        let up_to = self.seal(&log.log()).up_to;
        let stored = self.records.entries(&log.log(), from, limit).unwrap_or_default();
        let entries = stored.iter().filter_map(|bytes| Entry::decode_stored(bytes).ok());
        entries
            .map(|entry| {
                let (by, what) = words::entry(&entry, log);
                EntryView {
                    number: entry.number(),
                    entry: entry.id().to_string(),
                    time: entry.content().time.to_string(),
                    by,
                    what,
                    sealed: up_to >= Some(entry.number()),
                    bytes: bytes.then(|| hex_encode(entry.bytes())),
                }
            })
            .collect()
    }
}

/// What became of an objection that was found not to qualify.
fn dismissal(objection: &Objection) -> String {
    let words = objection.dismissed.iter().map(|(domain, end)| {
        format!("in '{domain}' {} of {} others found that it does not qualify", end.found, end.of)
    });
    words.collect::<Vec<_>>().join("; ")
}

fn poll_view(poll: &Poll, standing: &Standing, proposal: &OpenProposal, log: &Replica, now: Timestamp) -> PollView {
    let tally = proposal.tally(poll, log.charter());
    let names = |names: &mut dyn Iterator<Item = &Name>| names.map(ToString::to_string).collect::<Vec<_>>();
    let held_by = |role: &Name| log.charter().roles.find(role).map(|role| names(&mut role.held_by(now)));
    let final_period = poll.final_rule().zip(poll.final_period.as_ref()).map(|(rule, run)| FinalPeriodView {
        from: run.from.to_string(),
        until: poll.final_end().unwrap_or(proposal.closes).to_string(),
        latest: (run.first + rule.latest).to_string(),
        held: !run.passing,
    });
    PollView {
        domain: poll.domain.to_string(),
        rung: poll.rule.rung().into(),
        rule: poll.rule.to_string(),
        owner: poll.owner.to_string(),
        people_only: poll.people_only,
        eligible: tally.eligible.iter().map(ToString::to_string).collect(),
        silent: names(&mut poll.silent.iter()),
        deciders: match &poll.owner {
            Owner::Role(role) if poll.is_delegate() => held_by(role).unwrap_or_default(),
            _ => Vec::new(),
        },
        asked: names(&mut poll.asked.iter()),
        awaited: names(&mut proposal.awaited(poll, log.charter())),
        advice_until: match &poll.rule {
            Rule::Consult(rule) => Some((proposal.window_from + rule.advice).to_string()),
            _ => None,
        },
        final_period,
        quorum: poll.quorum(tally.eligible.len() as u32),
        passes: standing.passes,
        reason: standing.reason.to_string(),
        count: match &poll.rule {
            Rule::Ranked(rule) => {
                let contest = proposal.contest(&poll.domain);
                Some(contest.count(&rule.count).report(contest.ballots().options()))
            }
            _ => None,
        },
    }
}

fn option_view(proposal: &OpenProposal, option: &ProposalOption) -> OptionView {
    OptionView {
        label: option.label.to_string(),
        text: option.text.clone(),
        tags: option.tags.iter().map(|(tag, value)| (tag.to_string(), value.to_string())).collect(),
        effects: option.effects.iter().map(words::effect).collect(),
        withdrawn_by: proposal.withdrawn_options.get(&option.label).map(|withdrawn| withdrawn.by.to_string()),
    }
}

/// Members who may respond to the current version and have not.
pub(super) fn waiting_for(log: &Replica, proposal: &OpenProposal) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let nominates = |name: &&Name| proposal.nominations.as_ref().is_some_and(|given| given.contains_key(*name));
    let awaits_nominee = proposal.content.awaits_nominee();
    for poll in &proposal.polls {
        let tally = proposal.tally(poll, log.charter());
        if poll.is_delegate() && !tally.answers.is_empty() {
            continue;
        }
        let silent = tally.eligible.iter().filter(|name| !tally.answers.contains_key(**name));
        let silent = silent.filter(|name| !awaits_nominee || !nominates(name));
        names.extend(silent.map(|name| (*name).clone()));
    }
    names
}
