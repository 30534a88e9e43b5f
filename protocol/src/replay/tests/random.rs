//! Random stories: whatever members and hosts do, valid or not, the rules hold.
//!
//! `PROPTEST_CASES=5000 cargo test -p folkmoot-protocol random` looks longer.

use std::sync::LazyLock;

use proptest::{
    collection::vec,
    option::weighted,
    prelude::*,
    sample::{Index, select},
};

use super::oracle::Oracle;
use crate::{
    charter::{AgentLimits, Holder, Host, Member, MemberKind, Owner, Times},
    decision::{Decision, Outcome},
    effect::Effect,
    entry::{Entry, EntryAct},
    error::{Conflict, Premature, Refusal},
    fixture::{
        Group, admission, body, charter, content, days, drop_member, hours, key, ms, name, person, public, replay,
        start, text,
    },
    id::{ProposalId, StatementId},
    proposal::{OpenProposal, Stage},
    replay::Replica,
    statement::{Act, Amendment, Answer, Response},
    table::Table,
    time::Span,
};

const KEYS: [&str; 7] = ["ana", "ben", "cem", "bot", "ana/2", "dan", "ben/2"];
const ANSWERS: [Answer; 6] =
    [Answer::Agree, Answer::Aside, Answer::Concern, Answer::Object, Answer::Abstain, Answer::Advice];

/// As many cases as `PROPTEST_CASES` says, or few enough for every run.
fn cases(default: u32) -> ProptestConfig {
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
    CallIn(&'static str, Index),
    Erase(&'static str, bool),
    Seen(&'static str),
    Close(Index),
    Apply(Index),
    Digest {
        right: bool,
    },
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

static WISHES: LazyLock<Vec<Vec<Effect>>> = LazyLock::new(wishes);

fn wish(index: &Index) -> &'static [Effect] {
    &WISHES[index.index(WISHES.len())]
}

/// A story as it happens, with a second replica and a second count.
struct World {
    group: Group,
    mirror: Replica,
    oracle: Oracle,
    proposals: Vec<ProposalId>,
    /// Proposals and objections.
    targets: Vec<(StatementId, &'static str)>,
}

impl World {
    fn new() -> Self {
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
        });
        let mirror = group.replayed();
        Self { group, mirror, oracle: Oracle::default(), proposals: Vec::new(), targets: Vec::new() }
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
            Step::Propose(of, what) => self.act(of, Act::Propose(content(wish(what)))),
            Step::Amend { of, proposal: about, other } => {
                let Some(proposal) = proposal(about) else { return };
                let Some(open) = self.group.replica.proposal(&proposal) else { return };
                let (version, author) = (open.version() + 1, open.author.to_string());
                let content = other.as_ref().map_or_else(|| open.content.clone(), |other| content(wish(other)));
                let integrates = Vec::new();
                self.act(of.unwrap_or(&author), Act::Amend(Amendment { proposal, version, content, integrates }));
            }
            Step::Respond { of, proposal: about, answer, reason, old } => {
                let Some(proposal) = proposal(about) else { return };
                let version = self.group.replica.proposal(&proposal).map_or(1, OpenProposal::version);
                let version = if *old { version - 1 } else { version };
                let reason = reason.then(|| body("because"));
                self.act(of, Act::Respond(Response { proposal, version, answer: *answer, reason, weighs: Vec::new() }));
            }
            Step::Withdraw(of, target) => {
                if !self.targets.is_empty() {
                    let (target, author) = *target.get(&self.targets);
                    self.act(of.unwrap_or(author), Act::Withdraw { target });
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
        self.oracle.note(self.group.now, &charter, &statement);
        match act {
            Act::Propose(_) => self.proposals.push(statement.id().into()),
            Act::Respond(response) if response.answer == Answer::Object => {}
            _ => return,
        }
        let author = KEYS.iter().find(|key| **key == of).expect("one of the keys");
        self.targets.push((statement.id(), author));
    }

    /// Tries to close; whether it may and how it ends must be as counted by hand.
    fn close(&mut self, proposal: ProposalId) {
        let is_open = self.group.replica.proposal(&proposal).is_some_and(|open| open.stage == Stage::Open);
        let count = is_open.then(|| self.oracle.count(proposal, self.group.replica.charter()));
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
                open.map(|open| (open.id, self.oracle.count(open.id, self.group.replica.charter())))
            }
            _ => None,
        };
        let decided = self.mirror.decisions().count();
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
        }
        ended.iter().for_each(check_decision);
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
fn check_decision(decision: &Decision) {
    let proposal = &decision.proposal;
    for poll in &proposal.polls {
        if poll.people_only {
            assert!(!poll.eligible.contains(&name("bot")), "no agent is counted where people decide");
            let counts = |given: &crate::proposal::Given| given.counts_in.contains(&poll.domain);
            assert!(!proposal.responses.get(&name("bot")).is_some_and(counts));
            assert!(!proposal.objections.iter().any(|o| o.author == name("bot") && counts(&o.given)));
        }
        if decision.outcome == Outcome::Applied {
            let stands = proposal.standing_objections().any(|o| o.given.counts_in.contains(&poll.domain));
            assert!(!stands, "nothing is carried out over a standing objection");
        }
    }
    let minimum = proposal.polls.iter().map(|poll| poll.rule.minimum()).max().unwrap();
    assert!(decision.outcome == Outcome::Withdrawn || decision.closed >= proposal.version_at() + minimum);
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn whatever_happens_the_rules_hold(steps in steps(60)) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.finish();
    }
}

// Order

/// What a member says in turn: an answer, or the withdrawal of the latest own objection.
type Turns = Vec<(usize, Option<Answer>)>;

fn turns() -> impl Strategy<Value = (Turns, Turns)> {
    let turn = (0..4_usize, weighted(0.8, select(&ANSWERS[..])));
    vec(turn, 1..14).prop_flat_map(|turns| {
        // Another order of the members that keeps each member's own order.
        let whose: Vec<usize> = turns.iter().map(|(of, _)| *of).collect();
        let original = turns.clone();
        Just(whose).prop_shuffle().prop_map(move |whose| {
            let mut own: Vec<std::collections::VecDeque<Option<Answer>>> = vec![Default::default(); 4];
            original.iter().for_each(|(of, said)| own[*of].push_back(*said));
            (original.clone(), whose.iter().map(|of| (*of, own[*of].pop_front().unwrap())).collect())
        })
    })
}

/// How a proposal with these effects ends when members say this, all within its first hours.
fn told(effects: &[Effect], turns: &Turns) -> (Outcome, Vec<crate::ladder::Standing>) {
    let mut group = Group::new();
    let proposal = group.open("ana", effects);
    let mut objections: [Vec<StatementId>; 4] = Default::default();
    for (of, said) in turns {
        group.wait(ms(60_000));
        let handle = ["ana", "ben", "cem", "bot"][*of];
        match said {
            Some(answer) => {
                if let (Ok(id), Answer::Object) = (group.answer(handle, proposal, *answer), answer) {
                    objections[*of].push(id);
                }
            }
            None => {
                if let Some(objection) = objections[*of].pop() {
                    group.withdraw(handle, objection).unwrap();
                }
            }
        }
    }
    group.tick(days(10));
    let decision = group.replica.decision(&proposal).unwrap();
    (decision.outcome.clone(), decision.standings.clone())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_order_of_different_members_does_not_matter((one, other) in turns(), what in 0..8_usize) {
        prop_assert_eq!(told(&WISHES[what], &one), told(&WISHES[what], &other));
    }
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
