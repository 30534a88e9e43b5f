//! Random stories: whatever members and hosts do, valid or not, the rules hold.
//!
//! `PROPTEST_CASES=5000 cargo test -p folkmoot-protocol random` looks longer.

use std::{collections::BTreeSet, sync::LazyLock};

use proptest::{
    collection::vec,
    option::weighted,
    prelude::*,
    sample::{Index, select},
};

use super::oracle::Oracle;
use crate::{
    charter::{AgentLimits, Charter, Domain, Holder, Host, Member, MemberKind, Owner, Participation, Rule, Times},
    decision::{Decision, Outcome},
    effect::Effect,
    entry::{Entry, EntryAct},
    error::{Conflict, Premature, Refusal},
    fixture::{
        Group, admission, body, charter, content, days, drop_member, hours, key, ms, name, person, public, replay,
        rule, start, text,
    },
    id::{ProposalId, StatementId},
    ladder::Poll,
    proposal::{OpenProposal, Stage},
    replay::Replica,
    statement::{Act, Amendment, Answer, Response, Test},
    table::Table,
    time::Span,
};

const KEYS: [&str; 8] = ["ana", "ben", "cem", "bot", "eva", "ana/2", "dan", "ben/2"];
pub(super) const ANSWERS: [Answer; 6] =
    [Answer::Agree, Answer::Aside, Answer::Concern, Answer::Object, Answer::Abstain, Answer::Advice];

/// As many cases as `PROPTEST_CASES` says, or few enough for every run.
pub(super) fn cases(default: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: default, ..config } }
}

/// What a story tries next; whom and what it is about is chosen among what is there by then.
#[derive(Clone, Debug)]
enum Step {
    Wait(Span),
    /// Waits for the next moment at which something is due, or for one just before.
    WaitForDue {
        just_before: bool,
    },
    /// The host writes what is due.
    WriteDue,
    Propose(&'static str, Index),
    /// A version with other effects or the same, mostly by the author.
    Amend {
        of: Option<&'static str>,
        proposal: Index,
        other: Option<Index>,
    },
    Respond {
        of: &'static str,
        proposal: Index,
        answer: Answer,
        reason: bool,
        old: bool,
    },
    /// Mostly by the author.
    Withdraw(Option<&'static str>, Index),
    /// Withdraws a standing objection, by its author.
    Integrate(Index),
    CallIn(&'static str, Index),
    Erase(&'static str, bool),
    Seen(&'static str),
    Test {
        of: &'static str,
        objection: Index,
        qualifies: bool,
    },
    Close(Index),
    Apply(Index),
    Digest {
        right: bool,
    },
}

/// Steps of a story about few proposals: most say something to them, and little time passes between.
fn close_steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let index = any::<Index>;
    let of = || select(&["ana", "ben", "cem", "bot", "ana", "ben", "eva", "eva"][..]);
    let spans = select(vec![ms(1), hours(1), hours(9), hours(30), days(4)]);
    let answers = prop_oneof![6 => Just(Answer::Agree), 3 => Just(Answer::Object), 5 => select(&ANSWERS[..])];
    let respond = (of(), index(), answers).prop_map(|(of, proposal, answer)| Step::Respond {
        of,
        proposal,
        answer,
        reason: true,
        old: false,
    });
    let step = prop_oneof![
        3 => spans.prop_map(Step::Wait),
        1 => any::<bool>().prop_map(|just_before| Step::WaitForDue { just_before }),
        4 => Just(Step::WriteDue),
        2 => (of(), index()).prop_map(|(of, what)| Step::Propose(of, what)),
        1 => index().prop_map(|proposal| Step::Amend { of: None, proposal, other: None }),
        14 => respond,
        4 => index().prop_map(Step::Integrate),
        2 => (of(), index()).prop_map(|(of, proposal)| Step::CallIn(of, proposal)),
        8 => (of(), index(), weighted(0.1, Just(())))
            .prop_map(|(of, objection, qualifies)| Step::Test { of, objection, qualifies: qualifies.is_some() }),
        2 => index().prop_map(Step::Close),
    ];
    vec(step, 10..most)
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let index = any::<Index>;
    let of = || select(&KEYS[..]);
    let spans = prop_oneof![
        Just(ms(1)),
        Just(hours(1)),
        Just(hours(23)),
        Just(days(1)),
        Just(days(2)),
        Just(days(6)),
        Just(days(20))
    ];
    let respond = (of(), index(), select(&ANSWERS[..]), any::<bool>(), 0..10_u8)
        .prop_map(|(of, proposal, answer, reason, old)| Step::Respond { of, proposal, answer, reason, old: old == 0 });
    let step = prop_oneof![
        3 => spans.prop_map(Step::Wait),
        3 => any::<bool>().prop_map(|just_before| Step::WaitForDue { just_before }),
        4 => Just(Step::WriteDue),
        6 => (of(), index()).prop_map(|(of, what)| Step::Propose(of, what)),
        3 => (weighted(0.2, of()), index(), weighted(0.3, index()))
            .prop_map(|(of, proposal, other)| Step::Amend { of, proposal, other }),
        20 => respond,
        3 => (weighted(0.2, of()), index()).prop_map(|(of, target)| Step::Withdraw(of, target)),
        3 => (of(), index()).prop_map(|(of, proposal)| Step::CallIn(of, proposal)),
        1 => (of(), any::<bool>()).prop_map(|(of, why)| Step::Erase(of, why)),
        1 => of().prop_map(Step::Seen),
        6 => (of(), index(), weighted(0.2, Just(())))
            .prop_map(|(of, objection, qualifies)| Step::Test { of, objection, qualifies: qualifies.is_some() }),
        4 => index().prop_map(Step::Close),
        1 => index().prop_map(Step::Apply),
        1 => any::<bool>().prop_map(|right| Step::Digest { right }),
    ];
    vec(step, 1..most)
}

/// What a proposal may want.
fn wishes() -> Vec<Vec<Effect>> {
    let mut strict = charter().domains.find(&name("policy")).unwrap().clone();
    strict.people_only = true;
    let mut garden = strict.clone();
    garden.name = name("garden");
    let mut keeper = charter().roles.find(&name("keeper")).unwrap().clone();
    keeper.holders =
        Table::new(vec![Holder { member: name("cem"), from: start(), until: start() + days(40) }]).unwrap();
    let limits = AgentLimits { sponsor: name("ana"), scope: vec![name("policy")], until: start() + days(20) };
    let machine = Member { kind: MemberKind::Agent(limits), ..person("cem") };
    let host = |of: &str| Effect::SetHost(Host { log_key: public(of), node: public("node") });
    vec![
        vec![text("policy")],
        vec![text("principles")],
        vec![text("purchases")],
        vec![text("purchases")],
        vec![text("tools")],
        vec![text("policy"), text("tools")],
        vec![text("policy"), text("principles")],
        vec![text("purchases"), text("policy")],
        vec![text("garden")],
        vec![text("all")],
        vec![text("most")],
        vec![text("most"), text("all")],
        vec![text("slow")],
        vec![text("slow")],
        vec![text("again")],
        vec![text("again")],
        vec![text("again"), text("slow")],
        vec![text("tried")],
        vec![text("tried"), text("slow")],
        vec![text("tried"), text("most"), text("all")],
        vec![text("half"), text("tried")],
        vec![text("advised")],
        vec![text("advised"), text("slow")],
        vec![Effect::SetMember(person("dan"))],
        vec![drop_member("cem")],
        vec![drop_member("bot"), text("policy")],
        vec![drop_member("ben")],
        vec![Effect::SetMember(machine)],
        vec![Effect::SetDomain(strict)],
        vec![Effect::SetDomain(garden.clone())],
        vec![Effect::SetDomain(garden), text("policy")],
        vec![Effect::SetRole(keeper)],
        vec![Effect::AddKey { member: name("ben"), key: public("ben/2") }],
        vec![Effect::DropKey { member: name("ana"), key: public("ana/2") }],
        vec![host("host/2")],
        vec![host("host")],
        vec![Effect::SetTimes(Times { digest_every: 2, ..Times::default() })],
        vec![Effect::Erase { body: body("because") }],
    ]
}

pub(super) static WISHES: LazyLock<Vec<Vec<Effect>>> = LazyLock::new(wishes);

/// A story as it happens, with a second replica and a second count.
struct World {
    group: Group,
    mirror: Replica,
    oracle: Oracle,
    /// What its proposals want.
    wishes: Vec<&'static [Effect]>,
    proposals: Vec<ProposalId>,
    /// Proposals and objections.
    targets: Vec<(StatementId, &'static str)>,
}

impl World {
    fn new(wishes: Vec<&'static [Effect]>) -> Self {
        let group = Group::with(|charter| {
            let ana = charter.members.find_mut(&name("ana")).unwrap();
            ana.keys.push(public("ana/2"));
            ana.keys.sort();
            charter.times.digest_every = 9;
            let treasurer = charter.roles.find_mut(&name("treasurer")).unwrap();
            treasurer.holders.put(Holder { member: name("ben"), from: start() + days(5), until: start() + days(50) });
            let mut crew = charter.domains.find(&name("policy")).unwrap().clone();
            (crew.name, crew.owner) = (name("crew"), Owner::Role(name("treasurer")));
            charter.domains.put(crew);
            charter.members.put(person("eva"));
            charter.participation = Participation { open_proposals: 6, call_ins: 2, silent_after: Some(days(9)) };
            put_the_ladder(charter);
        });
        let mirror = group.replayed();
        Self { group, mirror, oracle: Oracle::new(start()), wishes, proposals: Vec::new(), targets: Vec::new() }
    }

    fn step(&mut self, step: &Step) {
        // Mostly one that is open.
        let open = self.group.replica.proposals().flat_map(|open| [open.id; 8]);
        let proposals: Vec<ProposalId> = self.proposals.iter().copied().chain(open).collect();
        let proposal = |index: &Index| (!proposals.is_empty()).then(|| *index.get(&proposals));
        match step {
            Step::Wait(span) => self.group.wait(*span),
            Step::WaitForDue { just_before } => self.wait_for_due(*just_before),
            Step::WriteDue => {
                if let Some(act) = self.group.replica.due(self.group.now) {
                    self.write(act).expect("what is due is admitted");
                }
            }
            Step::Propose(of, what) => self.act(of, Act::Propose(content(self.wish(what)))),
            Step::Amend { of, proposal: about, other } => {
                let Some(proposal) = proposal(about) else { return };
                let Some(open) = self.group.replica.proposal(&proposal) else { return };
                let (version, author) = (open.version() + 1, open.author.to_string());
                let content = other.as_ref().map_or_else(|| open.content.clone(), |other| content(self.wish(other)));
                let integrates = Vec::new();
                self.act(of.unwrap_or(&author), Act::Amend(Amendment { proposal, version, content, integrates }));
            }
            Step::Respond { of, proposal: about, answer, reason, old } => {
                let Some(proposal) = proposal(about) else { return };
                let version = self.group.replica.proposal(&proposal).map_or(1, OpenProposal::version);
                let version = if *old { version - 1 } else { version };
                // Who says why has mostly read the advice too.
                let weighs =
                    if *reason && *answer == Answer::Agree { self.advice_on(of, proposal) } else { Vec::new() };
                let reason = reason.then(|| body("because"));
                self.act(of, Act::Respond(Response { proposal, version, answer: *answer, reason, weighs }));
            }
            Step::Withdraw(of, target) => {
                if !self.targets.is_empty() {
                    let (target, author) = *target.get(&self.targets);
                    self.act(of.unwrap_or(author), Act::Withdraw { target });
                }
            }
            Step::Integrate(objection) => {
                let open = self.group.replica.proposals().flat_map(OpenProposal::standing_objections);
                let objections: Vec<_> = open.map(|other| (other.author.clone(), other.given.statement)).collect();
                if !objections.is_empty() {
                    let (author, target) = objection.get(&objections);
                    self.act(author.as_str(), Act::Withdraw { target: *target });
                }
            }
            Step::CallIn(of, about) => {
                let Some(proposal) = proposal(about) else { return };
                self.act(of, Act::CallIn { proposal, reason: body("because") });
            }
            Step::Erase(of, why) => {
                self.act(of, Act::Erase { body: body(if *why { "why" } else { "because" }) });
            }
            Step::Seen(of) => self.act(of, Act::Seen {}),
            Step::Test { of, objection, qualifies } => {
                let open = self.group.replica.proposals();
                let objections: Vec<(StatementId, u32)> = open
                    .flat_map(|open| open.standing_objections().map(|other| (other.given.statement, open.version())))
                    .collect();
                if !objections.is_empty() {
                    let (objection, version) = *objection.get(&objections);
                    let reason = Some(body("because"));
                    self.act(of, Act::Test(Test { objection, version, qualifies: *qualifies, reason }));
                }
            }
            Step::Close(about) => {
                if let Some(proposal) = proposal(about) {
                    self.close(proposal);
                }
            }
            Step::Apply(about) => {
                if let Some(proposal) = proposal(about) {
                    self.apply(proposal);
                }
            }
            Step::Digest { right } => {
                let digest = if *right { self.mirror.digest() } else { crate::id::StateDigest([0; 32]) };
                assert_eq!(self.write(EntryAct::Digest { digest }).is_ok(), *right);
            }
        }
    }

    /// The advice that a decision of this member must weigh.
    fn advice_on(&self, of: &str, proposal: ProposalId) -> Vec<StatementId> {
        let Some(open) = self.group.replica.proposal(&proposal) else { return Vec::new() };
        let decides = |poll: &&Poll| match &poll.owner {
            Owner::Role(role) if poll.is_delegate() => {
                let role = self.group.replica.charter().roles.find(role);
                role.is_some_and(|role| role.is_held_by(&name(of.trim_end_matches("/2")), self.group.now))
            }
            _ => false,
        };
        let asked: BTreeSet<_> = open.polls.iter().filter(decides).flat_map(|poll| &poll.asked).collect();
        let given: BTreeSet<_> = asked.iter().filter_map(|name| open.advice.get(*name)).map(|g| g.statement).collect();
        given.into_iter().collect()
    }

    fn wish(&self, index: &Index) -> &'static [Effect] {
        self.wishes[index.index(self.wishes.len())]
    }

    fn wait_for_due(&mut self, just_before: bool) {
        if let Some(due) = self.group.replica.due_at() {
            let due = if just_before { due.before(ms(1)) } else { due };
            self.group.now = self.group.now.max(due);
            let is_due = self.group.replica.due_at().is_some_and(|due| due <= self.group.now);
            assert_eq!(self.group.replica.due(self.group.now).is_some(), is_due, "due and due_at agree");
        }
    }

    /// Tries a statement; its fate must be that which was foretold.
    fn act(&mut self, of: &str, act: Act) {
        let statement = self.group.statement(of, act.clone());
        let foretold = self.group.replica.would_admit(std::slice::from_ref(&statement), self.group.now);
        let charter = self.group.replica.charter().clone();
        let result = self.write(admission(std::slice::from_ref(&statement)));
        if matches!(result, Err(Refusal::Conflict(Conflict::DigestDue(_)))) {
            return;
        }
        assert_eq!(result, foretold);
        if result.is_err() {
            return;
        }
        self.oracle.said(self.group.now, &charter, &statement);
        self.check_limits();
        match act {
            Act::Propose(_) => self.proposals.push(statement.id().into()),
            Act::Respond(response) if response.answer == Answer::Object => {}
            _ => return,
        }
        let author = KEYS.iter().find(|key| **key == of).expect("one of the keys");
        self.targets.push((statement.id(), author));
    }

    fn check_limits(&self) {
        for member in &self.group.replica.charter().members {
            let open = || self.group.replica.proposals();
            assert!(open().filter(|open| open.author == member.name).count() <= 6);
            assert!(open().filter(|open| open.called_in.as_ref().is_some_and(|by| by.by == member.name)).count() <= 2);
        }
    }

    /// Tries to close; whether it may and how it ends must be as counted by hand.
    fn close(&mut self, proposal: ProposalId) {
        let is_open = self.group.replica.proposal(&proposal).is_some_and(|open| open.stage == Stage::Open);
        let count = is_open.then(|| self.oracle.count(proposal));
        let result = self.write(EntryAct::Close { proposal });
        if matches!(result, Err(Refusal::Conflict(Conflict::DigestDue(_)))) {
            return;
        }
        match count {
            None => assert!(matches!(result, Err(Refusal::Conflict(Conflict::Closed(_) | Conflict::Decided(_))))),
            Some(count) if self.group.now < count.from => {
                assert!(matches!(result, Err(Refusal::Premature(Premature::StillOpen { .. }))), "{result:?} {count:?}");
            }
            Some(_) => assert_eq!(result, Ok(())),
        }
    }

    fn apply(&mut self, proposal: ProposalId) {
        let until = match self.group.replica.proposal(&proposal).map(|open| open.stage.clone()) {
            Some(Stage::Passed { until, .. }) => Some(until),
            _ => None,
        };
        let result = self.write(EntryAct::Apply { proposal });
        if !matches!(result, Err(Refusal::Conflict(Conflict::DigestDue(_)))) {
            assert_eq!(result.is_ok(), until.is_some_and(|until| self.group.now >= until));
        }
    }

    /// Writes an entry, valid or not: a refusal changes nothing, and the mirror follows what is taken.
    fn write(&mut self, act: EntryAct) -> Result<(), Refusal> {
        let before = self.group.replica.digest();
        assert_eq!(before, self.mirror.digest());
        let closing = match &act {
            EntryAct::Close { proposal } => {
                let open = self.group.replica.proposal(proposal).filter(|open| open.stage == Stage::Open);
                open.map(|open| (open.id, self.oracle.count(open.id)))
            }
            _ => None,
        };
        let decided = self.mirror.decisions().count();
        let (charter, what) = (self.group.replica.charter().clone(), act.clone());
        if let Err(refusal) = self.group.write(act) {
            assert_eq!(self.group.replica.digest(), before, "a refusal changes nothing");
            return Err(refusal);
        }
        let entry = Entry::decode(self.group.log.last().unwrap()).unwrap();
        let admitted = self.mirror.check(&entry).unwrap();
        let ended = admitted.decisions().to_vec();
        self.mirror.apply(admitted);
        assert_eq!(self.group.replica.digest(), self.mirror.digest());
        assert_eq!(self.mirror.decisions().count(), decided + ended.len());
        if let Some((proposal, count)) = closing {
            assert!(self.group.now >= count.from, "nothing closes before its time");
            assert_eq!(self.has_passed(proposal), count.passes, "{count:?}");
            let told = ended.iter().all(|decision| count.passes == decision.standings.iter().all(|s| s.passes));
            assert!(told, "the record says how it stood");
            let goes_on = self.group.replica.proposal(&proposal).is_some_and(|open| open.stage == Stage::Open);
            assert_eq!(goes_on, !count.passes && count.turns, "it turns to a vote where the rules say so: {count:?}");
        }
        let after = self.group.replica.charter();
        match what {
            EntryAct::Close { proposal } => self.oracle.closed(self.group.now, &charter, after, proposal),
            EntryAct::Apply { .. } => self.oracle.applied(self.group.now, &charter, after),
            _ => {}
        }
        ended.iter().for_each(|decision| check_decision(decision, &charter));
        self.follow_the_log_key();
        Ok(())
    }

    fn has_passed(&self, proposal: ProposalId) -> bool {
        match self.group.replica.decision(&proposal) {
            Some(decision) => matches!(decision.outcome, Outcome::Applied | Outcome::Void { .. }),
            None => matches!(self.group.shown(proposal).stage, Stage::Passed { .. }),
        }
    }

    fn follow_the_log_key(&mut self) {
        let log_key = self.group.replica.charter().host.log_key;
        self.group.host = ["host", "host/2"].map(key).into_iter().find(|key| key.public() == log_key).unwrap();
    }

    /// Lets time pass without statements: everything ends.
    fn finish(&mut self) {
        for _ in 0..10_000 {
            let Some(due) = self.group.replica.due_at() else { break };
            self.group.now = self.group.now.max(due);
            let act = self.group.replica.due(self.group.now).expect("what due_at announces is due");
            self.write(act).expect("what is due is admitted");
        }
        assert_eq!(self.group.replica.proposals().count(), 0, "every proposal ends");
        assert_eq!(self.group.replayed().digest(), self.group.replica.digest());
    }
}

/// What must hold of every decision, whatever the rules.
fn check_decision(decision: &Decision, charter: &Charter) {
    let proposal = &decision.proposal;
    for poll in &proposal.polls {
        if poll.people_only {
            assert!(!poll.eligible.contains(&name("bot")), "no agent is counted where people decide");
            let counts = |given: &crate::proposal::Given| given.counts_in.contains(&poll.domain);
            assert!(!proposal.responses.get(&name("bot")).is_some_and(counts));
            assert!(!proposal.objections.iter().any(|o| o.author == name("bot") && counts(&o.given)));
        }
        if decision.outcome == Outcome::Applied {
            let stands = proposal.objections.iter().any(|objection| objection.stands_in(&poll.domain));
            let outvoted = matches!(poll.rule, Rule::Vote(_));
            assert!(outvoted || !stands, "nothing but a vote is carried out over a standing objection");
        }
    }
    let minimum = proposal.polls.iter().map(|poll| poll.rule.minimum()).max().unwrap();
    assert!(decision.outcome == Outcome::Withdrawn || decision.closed >= proposal.window_from + minimum);
    check_that_nothing_was_cut_short(decision, charter);
}

/// Before its time only what nobody who is awaited could still change is closed.
fn check_that_nothing_was_cut_short(decision: &Decision, charter: &Charter) {
    let proposal = &decision.proposal;
    if decision.outcome == Outcome::Withdrawn || decision.closed >= proposal.closes {
        return;
    }
    for poll in &proposal.polls {
        if let (Some(rule), run) = (poll.final_rule(), poll.final_period.as_ref()) {
            let run = run.expect("without a final period it waits for its closing time");
            assert!(decision.closed >= (run.from + rule.length).min(run.first + rule.latest), "the period has ended");
            continue;
        }
        let tally = proposal.tally(poll, charter);
        if poll.is_delegate() {
            assert!(tally.answers.values().any(|answer| matches!(answer, Answer::Agree | Answer::Object)));
        } else {
            let silent = poll.eligible.iter().filter(|name| !tally.answers.contains_key(name));
            let awaited = silent.filter(|name| charter.members.find(name).is_some()).count();
            assert_eq!(awaited, 0, "{} closed early", poll.domain);
        }
    }
}

/// A domain of every rung and rule.
pub(super) fn put_the_ladder(charter: &mut Charter) {
    const RULES: [(&str, &str); 7] = [
        ("all", r#"{ "consensus": { "asides": 1, "closing": "4d" } }"#),
        ("most", r#"{ "vote": { "quorum": "1/2", "yes": { "more_than": "1/2" }, "closing": "5d", "versions": 3 } }"#),
        ("half", r#"{ "vote": { "quorum": "1/4", "yes": { "at_least": "1/2" }, "of": "eligible", "minimum": "2d" } }"#),
        (
            "slow",
            r#"{ "consent": { "quorum": "1/2", "approval": { "bar": { "at_least": "1/2" }, "outstanding": 2 },
                "final_period": { "length": "2d", "on_objection": "hold", "latest": "6d" }, "objection_test": "2/3" } }"#,
        ),
        (
            "again",
            r#"{ "consent": { "quorum": "1/4", "closing": "3d", "minimum": "1d", "versions": 2,
                "approval": { "bar": { "more_than": "1/4" } },
                "final_period": { "length": "1d", "on_objection": "restart", "latest": "3d" },
                "then_vote": { "quorum": "1/2", "yes": { "at_least": "2/3" }, "closing": "2d" } } }"#,
        ),
        (
            "tried",
            r#"{ "consent": { "quorum": "1/2", "closing": "4d", "versions": 1, "objection_test": "2/3",
                "then_vote": { "quorum": "1/4", "yes": { "more_than": "1/2" }, "closing": "3d" } } }"#,
        ),
        (
            "advised",
            r#"{ "consult": { "ask": ["group"], "advice": "1d", "closing": "4d",
                "call_in": { "window": "2d", "rule": { "quorum": "1/2", "closing": "5d" } } } }"#,
        ),
    ];
    let like = charter.domains.find(&name("policy")).unwrap().clone();
    for (domain, json) in RULES {
        let owner = if domain == "advised" { Owner::Role(name("keeper")) } else { Owner::Group };
        charter.domains.put(Domain { name: name(domain), rule: rule(json), owner, ..like.clone() });
    }
    let MemberKind::Agent(limits) = &mut charter.members.find_mut(&name("bot")).unwrap().kind else { panic!() };
    limits.scope.extend(["advised", "again", "most", "slow"].map(name));
    limits.scope.sort();
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn whatever_happens_the_rules_hold(steps in steps(60)) {
        tell(WISHES.iter().map(Vec::as_slice).collect(), &steps);
    }

    #[test]
    fn every_rung_counts_as_counted_by_hand(wishes in vec(select(LADDER.clone()), 1..3), steps in close_steps(60)) {
        tell(wishes, &steps);
    }
}

/// All wishes that need nothing but agreements in words.
static LADDER: LazyLock<Vec<&'static [Effect]>> = LazyLock::new(|| {
    let in_words = |effects: &&Vec<Effect>| effects.iter().all(|effect| matches!(effect, Effect::Text { .. }));
    let wishes: Vec<&[Effect]> = WISHES.iter().filter(in_words).map(Vec::as_slice).collect();
    // The rules that it takes most steps to reach the end of come up more often.
    let long = |effects: &&&[Effect]| {
        ["again", "slow", "tried", "advised", "purchases"].iter().any(|domain| effects.contains(&text(domain)))
    };
    let again: Vec<_> = wishes.iter().copied().filter(|wish| wish.len() == 1).filter(|wish| long(&wish)).collect();
    [wishes, again.clone(), again].concat()
});

fn tell(wishes: Vec<&'static [Effect]>, steps: &[Step]) {
    let mut world = World::new(wishes);
    steps.iter().for_each(|step| world.step(step));
    world.finish();
}

// Damage

/// A log in which something happens.
static LOG: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| super::digest::history().log);

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_log_with_a_flipped_byte_is_refused(entry: Index, byte: Index, flip in 1..=255_u8) {
        let mut log = LOG.clone();
        let entry = entry.index(log.len());
        let byte = byte.index(log[entry].len());
        log[entry][byte] ^= flip;
        // What comes before the damage is not under test.
        prop_assert!(Entry::decode(&log[entry]).is_err() || replay(&log).is_err());
    }

    #[test]
    fn an_entry_cut_short_or_drawn_out_is_refused(entry: Index, keep: Index, more in vec(any::<u8>(), 1..4)) {
        let bytes = entry.get(&LOG);
        prop_assert!(Entry::decode(&bytes[..keep.index(bytes.len())]).is_err());
        prop_assert!(Entry::decode(&[&bytes[..], &more].concat()).is_err());
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_log_with_entries_swapped_is_refused(one: Index, other: Index) {
        let mut log = LOG.clone();
        let (one, other) = (one.index(log.len()), other.index(log.len()));
        prop_assume!(one != other);
        log.swap(one, other);
        prop_assert!(replay(&log).is_err());
    }

    #[test]
    fn a_log_with_an_entry_left_out_is_refused(entry: Index) {
        let mut log = LOG.clone();
        log.remove(entry.index(log.len() - 1));
        prop_assert!(replay(&log).is_err());
    }

    #[test]
    fn a_log_with_an_entry_twice_is_refused(entry: Index, again: Index) {
        let mut log = LOG.clone();
        let copy = entry.get(&log).clone();
        log.insert(again.index(log.len() + 1), copy);
        prop_assert!(replay(&log).is_err());
    }
}
