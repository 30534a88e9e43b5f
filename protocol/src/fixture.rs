//! A small group for tests of the rules: three people, an agent, two roles, six domains.
//!
//! Handles are also the names of keys: `ana` is her first device, `ana/2` her second; `host` is the log key.

use std::collections::BTreeSet;

use crate::{
    body::Body,
    charter::{Charter, Consent, Domain, Host, Member, MemberKind, RawCharter, Rule},
    decision::Outcome,
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::{Kind, Signed},
    error::Refusal,
    id::{BodyId, Hash, ProposalId, StatementId},
    key::{PublicKey, SecretKey},
    ladder::Reason,
    name::Name,
    proposal::OpenProposal,
    replay::Replica,
    statement::{Act, Amendment, Answer, FoundingContent, Proposal, Response, Statement, Test},
    time::{Span, Timestamp},
};

const CHARTER: &str = r#"{
    "name": "kitchen",
    "purpose": "To cook for the street",
    "values": ["Nobody eats alone"],
    "members": {
        "ana": {}, "ben": {}, "cem": {},
        "bot": { "agent": { "sponsor": "ana", "scope": ["policy", "principles", "purchases"], "until": "+60d" } }
    },
    "roles": {
        "treasurer": { "purpose": "Pays", "holders": [{ "member": "ana", "until": "+30d" }] },
        "keeper": { "purpose": "Keeps the tools", "holders": [{ "member": "ben", "until": "+30d" }] }
    },
    "domains": {
        "charter": { "purpose": "The charter", "people_only": true, "rule": { "consent": { "quorum": "1/2" } } },
        "membership": { "purpose": "Members", "people_only": true, "rule": { "consent": { "quorum": "1/2" } } },
        "principles": { "purpose": "Principles", "people_only": true, "rule": { "consent": { "quorum": "1/1" } } },
        "policy": { "purpose": "How we work", "rule": { "consent": { "quorum": "1/2", "versions": 3 } } },
        "purchases": {
            "purpose": "Buying", "owner": "role:treasurer",
            "rule": { "delegate": {
                "closing": "3d", "call_in": { "window": "2d", "rule": { "quorum": "1/2", "closing": "5d" } }
            } }
        },
        "tools": { "purpose": "Tools", "owner": "role:keeper", "rule": { "delegate": { "closing": "4d" } } }
    }
}"#;

/// A day, in which nothing but a minimum time ends.
pub(crate) const DAY: Span = Span::from_days(1);

/// Asserts that a result is the refusal of that kind by that rule.
macro_rules! assert_refused {
    ($result:expr, $kind:ident :: $rule:ident $($fields:tt)*) => {{
        let result = $result;
        let refused = matches!(
            result,
            Err($crate::error::Refusal::$kind($crate::error::$kind::$rule $($fields)*))
        );
        assert!(refused, "not refused as {}: {result:?}", stringify!($kind::$rule));
    }};
}
pub(crate) use assert_refused;

pub(crate) fn days(days: u64) -> Span {
    Span::from_days(days)
}

pub(crate) fn hours(hours: u64) -> Span {
    Span::from_secs(hours * 3600)
}

pub(crate) fn ms(millis: u64) -> Span {
    Span::from_millis(millis)
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn key(of: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of(of.as_bytes()).0)
}

/// The name of a body that says `text`.
pub(crate) fn body(text: &str) -> BodyId {
    Body::new([7; 16], text).unwrap().id()
}

/// When the group is founded.
pub(crate) fn start() -> Timestamp {
    "2026-03-01".parse().unwrap()
}

/// The charter as a file, without keys.
pub(crate) fn raw_charter() -> RawCharter {
    serde_json::from_str(CHARTER).unwrap()
}

/// The charter that the group is founded with.
pub(crate) fn charter() -> Charter {
    let host = Host { log_key: key("host").public(), node: key("node").public() };
    raw_charter().resolve(start(), host, &|name| Some(key(name.as_str()).public())).unwrap()
}

/// A charter's foundings by these keys.
pub(crate) fn foundings(charter: &Charter, by: &[&str]) -> Vec<Raw> {
    let sign = |by: &&str| Signed::sign(Kind::Founding, FoundingContent { charter: charter.hash() }, &key(by));
    by.iter().map(|by| Raw(sign(by).bytes().to_vec())).collect()
}

/// The payload of a first entry.
pub(crate) fn first(charter: &Charter, foundings: Vec<Raw>) -> EntryContent {
    let act = EntryAct::Found { charter: Box::new(charter.clone()), foundings };
    EntryContent { log: None, number: 0, previous: None, time: start(), cites: Vec::new(), act }
}

/// A person with the key of that name.
pub(crate) fn person(handle: &str) -> Member {
    Member { name: name(handle), kind: MemberKind::Person, keys: vec![key(handle).public()] }
}

/// An agreement in words.
pub(crate) fn text(domain: &str) -> Effect {
    Effect::Text { domain: name(domain), text: format!("an agreement about {domain}"), replaces: None }
}

pub(crate) fn drop_member(member: &str) -> Effect {
    Effect::DropMember { member: name(member) }
}

/// A rule as a charter file writes it.
pub(crate) fn rule(json: &str) -> Rule {
    serde_json::from_str(json).expect("a rule")
}

/// The content of a proposal with these effects.
pub(crate) fn content(effects: &[Effect]) -> Proposal {
    Proposal { title: "A title".into(), why: body("why"), effects: effects.to_vec(), options: Vec::new(), review: None }
}

/// A group with its log and its clock.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) replica: Replica,
    /// The log key.
    pub(crate) host: SecretKey,
    pub(crate) now: Timestamp,
    /// The bytes of all entries.
    pub(crate) log: Vec<Vec<u8>>,
}

impl Group {
    /// The group as its charter says.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The group with something else in its charter.
    pub(crate) fn with(change: impl FnOnce(&mut Charter)) -> Self {
        let mut charter = charter();
        change(&mut charter);
        let entry = Entry::sign(first(&charter, foundings(&charter, &["ana"])), &key("host"));
        let replica = Replica::found(&Entry::decode(entry.bytes()).unwrap()).unwrap();
        Self { replica, host: key("host"), now: start(), log: vec![entry.bytes().to_vec()] }
    }

    /// The group with another consent rule in a domain.
    pub(crate) fn with_consent(domain: &str, change: impl FnOnce(&mut Consent)) -> Self {
        Self::with(|charter| {
            let domain = charter.domains.find_mut(&name(domain)).unwrap();
            let Rule::Consent(rule) = &mut domain.rule else { panic!("{} does not decide by consent", domain.name) };
            change(rule);
        })
    }

    /// Five people (ana, ben, cem, dan and eva), whose domain `policy` decides by this rule; the agent has no say there.
    pub(crate) fn five(rule: &str) -> Self {
        Self::with(|charter| {
            ["dan", "eva"].into_iter().for_each(|handle| drop(charter.members.put(person(handle))));
            let policy = charter.domains.find_mut(&name("policy")).unwrap();
            (policy.rule, policy.people_only) = (self::rule(rule), true);
        })
    }

    /// Another replica of the same log, from its bytes.
    pub(crate) fn replayed(&self) -> Replica {
        replay(&self.log).unwrap()
    }

    /// What `of` would sign, having seen the whole log.
    pub(crate) fn statement(&self, of: &str, act: Act) -> Statement {
        let content = self.replica.compose(&key(of).public(), act);
        Signed::sign(Kind::Statement, content, &key(of))
    }

    /// The entry that the host would write now.
    pub(crate) fn entry(&self, act: EntryAct) -> Entry {
        Entry::sign(self.replica.next(act, self.now), &self.host)
    }

    /// Takes an entry from its bytes; a refusal must change nothing.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let decoded = Entry::decode(entry.bytes()).unwrap();
        assert_eq!((decoded.id(), decoded.content()), (entry.id(), entry.content()));
        let admitted = self.replica.check(&decoded)?;
        self.replica.apply(admitted);
        self.log.push(entry.bytes().to_vec());
        Ok(())
    }

    /// Writes an entry now.
    pub(crate) fn write(&mut self, act: EntryAct) -> Result<(), Refusal> {
        self.take(&self.entry(act))
    }

    /// Writes an entry that admits statements now.
    pub(crate) fn admit(&mut self, statements: &[Statement]) -> Result<(), Refusal> {
        self.write(admission(statements))
    }

    /// Signs and admits a statement now.
    pub(crate) fn act(&mut self, of: &str, act: Act) -> Result<StatementId, Refusal> {
        let statement = self.statement(of, act);
        self.admit(std::slice::from_ref(&statement))?;
        Ok(statement.id())
    }

    /// Lets time pass; the host writes each entry that is due at its very moment.
    pub(crate) fn tick(&mut self, span: Span) {
        let end = self.now + span;
        for written in 0.. {
            assert!(written < 1000, "the host never comes to an end");
            let Some(due) = self.replica.due_at().filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            let act = self.replica.due(self.now).expect("what due_at announces is due");
            self.write(act).expect("what is due is admitted");
        }
        self.now = end;
    }

    /// Lets time pass; the host sleeps.
    pub(crate) fn wait(&mut self, span: Span) {
        self.now = self.now + span;
    }

    pub(crate) fn propose(&mut self, of: &str, effects: &[Effect]) -> Result<ProposalId, Refusal> {
        self.act(of, Act::Propose(content(effects))).map(ProposalId::from)
    }

    /// Opens a proposal that must be admitted.
    pub(crate) fn open(&mut self, of: &str, effects: &[Effect]) -> ProposalId {
        self.propose(of, effects).expect("the proposal is admitted")
    }

    /// Answers the current version; only an objection and an agreement come with a reason.
    pub(crate) fn answer(&mut self, of: &str, proposal: ProposalId, answer: Answer) -> Result<StatementId, Refusal> {
        let reason = matches!(answer, Answer::Object | Answer::Agree).then(|| body("because"));
        let version = self.replica.proposal(&proposal).map_or(1, OpenProposal::version);
        self.act(of, Act::Respond(Response { proposal, version, answer, reason, weighs: Vec::new() }))
    }

    pub(crate) fn agree(&mut self, of: &str, proposal: ProposalId) -> Result<StatementId, Refusal> {
        self.answer(of, proposal, Answer::Agree)
    }

    pub(crate) fn object(&mut self, of: &str, proposal: ProposalId) -> Result<StatementId, Refusal> {
        self.answer(of, proposal, Answer::Object)
    }

    pub(crate) fn advise(&mut self, of: &str, proposal: ProposalId) -> Result<StatementId, Refusal> {
        self.answer(of, proposal, Answer::Advice)
    }

    /// Files the next version.
    pub(crate) fn amend(&mut self, of: &str, proposal: ProposalId, effects: &[Effect]) -> Result<StatementId, Refusal> {
        let version = self.replica.proposal(&proposal).map_or(1, OpenProposal::version) + 1;
        self.act(of, Act::Amend(Amendment { proposal, version, content: content(effects), integrates: Vec::new() }))
    }

    /// Says in an objection's test whether it qualifies, with a reason.
    pub(crate) fn test(&mut self, of: &str, objection: StatementId, qualifies: bool) -> Result<StatementId, Refusal> {
        let holds = |open: &&OpenProposal| open.objections.iter().any(|other| other.given.statement == objection);
        let version = self.replica.proposals().find(holds).map_or(1, OpenProposal::version);
        self.act(of, Act::Test(Test { objection, version, qualifies, reason: Some(body("because")) }))
    }

    pub(crate) fn withdraw(&mut self, of: &str, target: impl Into<StatementId>) -> Result<StatementId, Refusal> {
        self.act(of, Act::Withdraw { target: target.into() })
    }

    pub(crate) fn call_in(&mut self, of: &str, proposal: ProposalId) -> Result<StatementId, Refusal> {
        self.act(of, Act::CallIn { proposal, reason: body("call in") })
    }

    /// Asks the host to close a proposal now.
    pub(crate) fn close(&mut self, proposal: ProposalId) -> Result<(), Refusal> {
        self.write(EntryAct::Close { proposal })
    }

    /// Lets all who are eligible carry a proposal with these effects, in the least time.
    pub(crate) fn carry(&mut self, of: &str, effects: &[Effect]) -> ProposalId {
        let proposal = self.open(of, effects);
        let eligible: BTreeSet<Name> =
            self.shown(proposal).polls.iter().flat_map(|poll| poll.eligible.clone()).collect();
        for member in eligible {
            self.agree(member.as_str(), proposal).unwrap();
        }
        self.tick(DAY);
        assert_eq!(self.ended(proposal), Outcome::Applied);
        proposal
    }

    /// The proposal, which must be open.
    pub(crate) fn shown(&self, proposal: ProposalId) -> &OpenProposal {
        self.replica.proposal(&proposal).expect("the proposal is open")
    }

    pub(crate) fn is_open(&self, proposal: ProposalId) -> bool {
        self.replica.proposal(&proposal).is_some()
    }

    /// How the proposal ended, which it must have.
    pub(crate) fn ended(&self, proposal: ProposalId) -> Outcome {
        self.replica.decision(&proposal).expect("the proposal has ended").outcome.clone()
    }

    /// When the proposal ended, counted from the founding.
    pub(crate) fn ended_after(&self, proposal: ProposalId) -> Span {
        self.replica.decision(&proposal).expect("the proposal has ended").closed.since(start())
    }

    /// Why the first domain of a proposal that has ended stands as it does.
    pub(crate) fn reason(&self, proposal: ProposalId) -> Reason {
        self.replica.decision(&proposal).expect("the proposal has ended").standings[0].reason.clone()
    }

    /// The domain, to change it in an effect.
    pub(crate) fn domain(&self, of: &str) -> Domain {
        self.replica.charter().domains.find(&name(of)).expect("there is that domain").clone()
    }
}

/// The entry that admits statements.
pub(crate) fn admission(statements: &[Statement]) -> EntryAct {
    EntryAct::Admit { statements: statements.iter().map(|statement| Raw(statement.bytes().to_vec())).collect() }
}

/// Replays a log from its bytes.
pub(crate) fn replay(log: &[Vec<u8>]) -> Result<Replica, String> {
    let decode = |bytes: &Vec<u8>| Entry::decode(bytes).map_err(|error| error.to_string());
    let (first, rest) = log.split_first().ok_or("an empty log")?;
    let mut replica = Replica::found(&decode(first)?).map_err(|refusal| refusal.to_string())?;
    for bytes in rest {
        let admitted = replica.check(&decode(bytes)?).map_err(|refusal| refusal.to_string())?;
        replica.apply(admitted);
    }
    Ok(replica)
}

/// The public half of a key.
pub(crate) fn public(of: &str) -> PublicKey {
    key(of).public()
}
