//! A log written by hand: for entries and effects that no scenario has, and for what cannot be in a log.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    body::Body,
    charter::{Charter, Domain, Host, RawCharter},
    decision::Outcome,
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::Kind,
    error::Refusal,
    id::{BodyId, Hash, ProposalId, StatementId},
    key::SecretKey,
    machine::InputError,
    name::Name,
    note::Note,
    proposal::OpenProposal,
    replay::{Replica, Snapshot},
    statement::{Act, Answer, Founding, FoundingContent, Proposal, ProposalOption, Response, Statement},
    time::{Span, Timestamp},
};
use folkmoot_sim::script::names;
use serde_json::Value;

use super::story::{START, Told};

/// A group, its log so far, and what was refused on the way; keys are made from names.
pub(super) struct Tale {
    pub(super) replica: Replica,
    pub(super) told: Vec<Told>,
    pub(super) now: Timestamp,
    /// Who signs entries.
    pub(super) host: SecretKey,
    /// The notes of witnesses.
    pub(super) notes: Vec<Note>,
    pub(super) texts: BTreeMap<BodyId, Body>,
    /// What digest entries state.
    pub(super) snapshots: BTreeMap<u64, Snapshot>,
}

/// The key of that name.
pub(super) fn key(of: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of(format!("folkmoot vectors: {of}").as_bytes()).0)
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(super) fn start() -> Timestamp {
    START.parse().expect("a date")
}

pub(super) const DAY: Span = Span::from_days(1);

pub(super) fn hour() -> Span {
    Span::from_secs(3600)
}

/// The text that says this.
pub(super) fn body(text: &str) -> Body {
    let salt = Hash::of(text.as_bytes()).0;
    Body::new(std::array::from_fn(|at| salt[at]), text).expect("a short text")
}

/// An agreement in words.
pub(super) fn text(domain: &str) -> Effect {
    Effect::Text { domain: name(domain), text: format!("What holds in {domain}."), replaces: None }
}

/// A proposal with these effects.
pub(super) fn content(effects: &[Effect]) -> Proposal {
    let why = body("It helps.").id();
    Proposal { title: "A change".into(), why, effects: effects.to_vec(), options: Vec::new(), review: None }
}

/// A proposal with options of one effect each.
pub(super) fn choice(options: &[(&str, Effect)]) -> Proposal {
    let option = |(label, effect): &(&str, Effect)| ProposalOption {
        label: name(label),
        text: None,
        tags: BTreeMap::new(),
        effects: vec![effect.clone()],
    };
    Proposal { options: options.iter().map(option).collect(), ..content(&[]) }
}

/// A charter as a file writes it, of a group that `host` signs for.
pub(super) fn charter(file: &Value) -> Charter {
    let raw: RawCharter = serde_json::from_value(file.clone()).expect("a charter file");
    let host = Host { log_key: key("log").public(), node: key("node").public() };
    raw.resolve(start(), host, &|member| Some(key(member.as_str()).public())).expect("a charter that can stand")
}

/// The signature of a founder under a charter.
pub(super) fn founding(charter: &Charter, of: &str) -> Raw {
    let content = FoundingContent { charter: charter.hash() };
    Raw(Founding::sign(Kind::Founding, content, &key(of)).bytes().to_vec())
}

/// What stands in the first entry.
pub(super) fn first(charter: &Charter, foundings: Vec<Raw>) -> EntryContent {
    let act = EntryAct::Found { charter: Box::new(charter.clone()), foundings };
    EntryContent { log: None, number: 0, previous: None, time: start(), cites: Vec::new(), act }
}

/// An entry that admits statements.
pub(super) fn admission(statements: &[Statement]) -> EntryAct {
    EntryAct::Admit { statements: statements.iter().map(|statement| Raw(statement.bytes().to_vec())).collect() }
}

/// The name of the rule that a refusal is about.
pub(super) fn rule(refusal: &Refusal) -> String {
    names(&InputError::Refused(refusal.clone())).pop().unwrap_or_default()
}

impl Tale {
    /// A group founded by ana under this charter.
    pub(super) fn found(charter: &Charter) -> Self {
        let entry = Entry::sign(first(charter, vec![founding(charter, "ana")]), &key("log"));
        let replica = Replica::found(&entry).expect("a first entry");
        let told = vec![Told { end: Ok(replica.digest()), entry, bodies: Vec::new() }];
        let (notes, texts, snapshots) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { replica, told, now: start(), host: key("log"), notes, texts, snapshots }
    }

    /// Signs an entry and takes it into the log, if it can be there.
    pub(super) fn write(&mut self, act: EntryAct) -> Result<(), Refusal> {
        self.take(Entry::sign(self.replica.next(act, self.now), &self.host))
    }

    /// Writes an entry that must be refused by the rule of that name.
    #[track_caller]
    pub(super) fn refuse(&mut self, rule: &str, act: EntryAct) {
        self.refuse_entry(rule, self.replica.next(act, self.now), &self.host.clone());
    }

    /// The same for any entry, by any key.
    #[track_caller]
    pub(super) fn refuse_entry(&mut self, rule: &str, content: EntryContent, by: &SecretKey) {
        let end = self.take(Entry::sign(content, by));
        assert_eq!(end.as_ref().map_err(self::rule), Err(rule.to_owned()), "{end:?}");
    }

    fn take(&mut self, entry: Entry) -> Result<(), Refusal> {
        // As whoever receives it reads it: with all signatures.
        let entry = Entry::decode(entry.bytes()).expect("a record");
        let snapshot =
            matches!(entry.content().act, EntryAct::Digest { .. }).then(|| (entry.number(), self.replica.snapshot()));
        let end = self.replica.check(&entry).map(|admitted| {
            self.replica.apply(admitted);
            self.replica.digest()
        });
        if end.is_ok() {
            self.snapshots.extend(snapshot);
        }
        let bodies = self.bodies(&entry);
        self.texts.extend(bodies.iter().map(|body| (body.id(), body.clone())));
        self.told.push(Told { entry, bodies, end: end.clone() });
        end.map(drop)
    }

    /// The texts that statements inside name for the first time.
    fn bodies(&self, entry: &Entry) -> Vec<Body> {
        let statements = entry.inside().map(|inside| inside.statements.as_slice()).unwrap_or_default();
        let named: Vec<BodyId> = statements.iter().flat_map(|statement| statement.content().act.bodies()).collect();
        let known = ["It helps.", "Because.", "It harms.", "Not alone.", "He cares."].map(body);
        { known }
            .into_iter()
            .filter(|body| named.contains(&body.id()) && !self.texts.contains_key(&body.id()))
            .collect()
    }

    /// States the digest of the state.
    pub(super) fn digest(&mut self) {
        let digest = self.replica.digest();
        self.write(EntryAct::Digest { digest }).expect("the digest of the state");
    }

    /// What a member signs next.
    pub(super) fn statement(&self, of: &str, act: Act) -> Statement {
        Statement::sign(Kind::Statement, self.replica.compose(&key(of).public(), act), &key(of))
    }

    /// Admits what a member says.
    #[track_caller]
    pub(super) fn say(&mut self, of: &str, act: Act) -> StatementId {
        let statement = self.statement(of, act);
        self.write(admission(std::slice::from_ref(&statement))).unwrap_or_else(|refusal| panic!("{of}: {refusal}"));
        statement.id()
    }

    /// Has what a member says refused by the rule of that name.
    #[track_caller]
    pub(super) fn refuse_say(&mut self, rule: &str, of: &str, act: Act) {
        let statement = self.statement(of, act);
        self.refuse(rule, admission(std::slice::from_ref(&statement)));
    }

    /// Opens a proposal with these effects.
    #[track_caller]
    pub(super) fn open(&mut self, of: &str, effects: &[Effect]) -> ProposalId {
        self.say(of, Act::Propose(content(effects))).into()
    }

    /// Has such a proposal refused.
    #[track_caller]
    pub(super) fn refuse_open(&mut self, rule: &str, of: &str, effects: &[Effect]) {
        self.refuse_say(rule, of, Act::Propose(content(effects)));
    }

    /// What a member answers to the current version.
    pub(super) fn response(&self, proposal: ProposalId, answer: Answer) -> Act {
        let version = self.replica.proposal(&proposal).map_or(1, OpenProposal::version);
        let reason = match answer {
            Answer::Object => Some(body("It harms.").id()),
            Answer::Agree => Some(body("Because.").id()),
            _ => None,
        };
        Act::Respond(Response { proposal, version, answer, reason, weighs: Vec::new() })
    }

    #[track_caller]
    pub(super) fn answer(&mut self, of: &str, proposal: ProposalId, answer: Answer) -> StatementId {
        let act = self.response(proposal, answer);
        self.say(of, act)
    }

    /// Lets time pass; the host writes what is due at its moment.
    pub(super) fn pass(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(due) = self.replica.due_at().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let act = self.replica.due(self.now).expect("what is due can be written");
            self.write(act).expect("what is due is admitted");
        }
        self.now = end;
    }

    /// Opens a proposal, lets all eligible agree, and waits until it is carried out.
    #[track_caller]
    pub(super) fn carry(&mut self, of: &str, effects: &[Effect]) -> ProposalId {
        let proposal = self.open(of, effects);
        self.agreed(proposal);
        let outcome = self.outcome(proposal);
        assert_eq!(outcome, Outcome::Applied, "{effects:?}");
        proposal
    }

    /// Lets all eligible who have not answered agree, and a day pass.
    #[track_caller]
    pub(super) fn agreed(&mut self, proposal: ProposalId) {
        let open = self.replica.proposal(&proposal).expect("it is open");
        let mut eligible: Vec<Name> = open.polls.iter().flat_map(|poll| poll.eligible.iter().cloned()).collect();
        eligible.retain(|name| !open.responses.contains_key(name));
        eligible.sort();
        eligible.dedup();
        for member in eligible {
            self.answer(member.as_str(), proposal, Answer::Agree);
        }
        self.pass(DAY);
    }

    /// How a proposal ended, which it must have.
    #[track_caller]
    pub(super) fn outcome(&self, proposal: ProposalId) -> Outcome {
        self.replica.decision(&proposal).expect("it has ended").outcome.clone()
    }

    /// A domain of the charter in force, changed.
    pub(super) fn domain(&self, of: &str, change: impl FnOnce(&mut Domain)) -> Domain {
        let mut domain = self.replica.charter().domains.find(&name(of)).expect("there is that domain").clone();
        change(&mut domain);
        domain
    }
}
