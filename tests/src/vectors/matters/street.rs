//! Groups of one federation that speak to each other: each a log on a bare replica, with the notes of its witnesses.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    body::Body,
    charter::{Charter, Host, RawCharter},
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::Kind,
    error::Refusal,
    evidence::{Evidence, Source},
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    id::{EntryId, Hash, LogId, MatterId, ProposalId},
    key::{PublicKey, SecretKey},
    machine::InputError,
    matter::{Known, Matter, Part},
    name::Name,
    note::{Note, NoteContent},
    replay::Replica,
    statement::{Act, Answer, Founding, FoundingContent, Proposal, Response, Statement},
    table::Table,
    time::{Span, Timestamp},
    voice::{Says, Voice},
    witness::Notes,
};
use folkmoot_sim::script::names;

use crate::vectors::story::{START, Told};

const CHARTER: &str = r#"{
    "purpose": "To live in one street",
    "members": { "ana": {}, "ben": {} },
    "domains": {
        "charter": { "purpose": "The charter", "people_only": true,
            "rule": { "consent": { "minimum": "0s", "quorum": "1/1" } } },
        "policy": { "purpose": "How we live", "ceded": true,
            "rule": { "consent": { "minimum": "0s", "quorum": "1/1" } } },
        "tools": { "purpose": "What we use",
            "rule": { "consent": { "minimum": "0s", "quorum": "1/1" } } }
    }
}"#;

/// The nodes with a seat; the last one hosts a group, too. Three notes of the four seal, or two of the other three.
pub(super) const PANEL: [&str; 4] = ["one", "two", "three", "four"];

/// The groups of a street, at one moment.
pub(super) struct Street {
    groups: BTreeMap<&'static str, Member>,
    pub(super) agreement: FederationAgreement,
    pub(super) now: Timestamp,
}

struct Member {
    replica: Replica,
    told: Vec<Told>,
    log_key: SecretKey,
    voices: BTreeMap<u64, Entry>,
    notes: Notes,
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub(super) fn key(of: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of(of.as_bytes()).0)
}

fn public(of: &str) -> PublicKey {
    key(of).public()
}

pub(super) fn days(days: u64) -> Span {
    Span::from_days(days)
}

pub(super) fn text(domain: &str) -> Effect {
    Effect::Text { domain: name(domain), text: format!("what the street agrees about {domain}"), replaces: None }
}

impl Member {
    fn found(called: &str, node: PublicKey, now: Timestamp) -> Self {
        let log_key = key(&format!("log of {called}"));
        let mut raw: serde_json::Value = serde_json::from_str(CHARTER).expect("JSON");
        raw["name"] = called.into();
        let raw: RawCharter = serde_json::from_value(raw).expect("a charter file");
        let host = Host { log_key: log_key.public(), node };
        let member = |member: &Name| Some(public(&format!("{member} of {called}")));
        let charter: Charter = raw.resolve(now, host, &member).expect("a charter");
        let content = FoundingContent { charter: charter.hash() };
        let founding = Founding::sign(Kind::Founding, content, &key(&format!("ana of {called}")));
        let foundings = vec![Raw(founding.bytes().to_vec())];
        let act = EntryAct::Found { charter: Box::new(charter), foundings };
        let content = EntryContent { log: None, number: 0, previous: None, time: now, cites: Vec::new(), act };
        let entry = Entry::sign(content, &log_key);
        let replica = Replica::found(&entry).expect("a group");
        let told = vec![Told { end: Ok(replica.digest()), entry, bodies: Vec::new() }];
        Self { replica, told, log_key, voices: BTreeMap::new(), notes: Notes::default() }
    }

    fn take(&mut self, content: EntryContent) -> Result<(), Refusal> {
        let entry = Entry::sign(content, &self.log_key);
        // As it is read, so that a bad record inside is found.
        let entry = Entry::decode(entry.bytes()).expect("the entry itself is good");
        let end = self.replica.check(&entry).map(|admitted| {
            self.replica.apply(admitted);
            self.replica.digest()
        });
        if end.is_ok() && matches!(entry.content().act, EntryAct::Speak(_)) {
            self.voices.insert(entry.number(), entry.clone());
        }
        self.told.push(Told { entry, bodies: Vec::new(), end: end.clone() });
        end.map(drop)
    }

    fn write_due(&mut self, now: Timestamp) {
        while let Some(due) = self.replica.due_at().filter(|due| *due <= now) {
            let at = due.max(self.replica.head().time);
            let act = self.replica.due(at).expect("what is due can be written");
            self.take(self.replica.next(act, at)).expect("what is due is taken");
        }
    }
}

impl Street {
    /// Groups that found their federation; the last seat hosts brook.
    pub(super) fn of(called: &[&'static str]) -> Self {
        Self::weighed(&called.iter().map(|called| (*called, 1)).collect::<Vec<_>>())
    }

    /// Groups with weights that found their federation; the last seat hosts brook.
    pub(super) fn weighed(weights: &[(&'static str, u32)]) -> Self {
        let weights: BTreeMap<&'static str, u32> = weights.iter().copied().collect();
        let called: Vec<&'static str> = weights.keys().copied().collect();
        let now: Timestamp = START.parse().expect("a date");
        let node = |called: &str| public(if called == "brook" { PANEL[3] } else { called }.to_owned().as_str());
        let groups: BTreeMap<_, _> = called.iter().map(|one| (*one, Member::found(one, node(one), now))).collect();
        let seat = |seat: &&str| Seat { name: name(seat), node: public(seat), addresses: Vec::new() };
        let member = |(called, group): (&&str, &Member)| FederatedGroup {
            name: name(called),
            log: group.replica.log(),
            node: group.replica.charter().host.node,
            escalates_to: None,
            weight: weights[called],
        };
        let agreement = FederationAgreement {
            name: name("street"),
            purpose: "To share a street".into(),
            groups: Table::new(groups.iter().map(member).collect()).expect("names differ"),
            panel: Table::new(PANEL.iter().map(seat).collect()).expect("names differ"),
            timing: Timing::default(),
            amends: None,
        };
        let mut street = Self { groups, agreement, now };
        for one in called {
            let effect = Effect::Federate(street.agreement.clone());
            street.decide(one, effect);
        }
        street
    }

    pub(super) fn replica(&self, called: &str) -> &Replica {
        &self.groups[called].replica
    }

    pub(super) fn told(&self, called: &str) -> &[Told] {
        &self.groups[called].told
    }

    pub(super) fn log(&self, called: &str) -> LogId {
        self.replica(called).log()
    }

    fn at(&mut self, called: &str) -> &mut Member {
        self.groups.get_mut(called).expect("a group of the street")
    }

    pub(super) fn tick(&mut self, span: Span) {
        self.now = self.now + span;
        let now = self.now;
        self.groups.values_mut().for_each(|group| group.write_due(now));
    }

    pub(super) fn tick_to(&mut self, moment: Timestamp) {
        self.tick(moment.since(self.now));
    }

    /// Writes an entry now.
    pub(super) fn write(&mut self, called: &str, act: EntryAct) -> Result<(), Refusal> {
        let now = self.now;
        let group = self.at(called);
        group.take(group.replica.next(act, now))
    }

    /// Lets a member say something.
    pub(super) fn say(&mut self, called: &str, member: &str, act: Act) -> Result<ProposalId, Refusal> {
        let key = key(&format!("{member} of {called}"));
        let content = self.replica(called).compose(&key.public(), act);
        let statement = Statement::sign(Kind::Statement, content, &key);
        let statements = vec![Raw(statement.bytes().to_vec())];
        self.write(called, EntryAct::Admit { statements }).map(|()| statement.id().into())
    }

    /// Files a proposal.
    pub(super) fn propose(&mut self, called: &str, effects: &[Effect]) -> Result<ProposalId, Refusal> {
        let why = Body::new([7; 16], "because").expect("a short text").id();
        let content =
            Proposal { title: "A title".into(), why, effects: effects.to_vec(), options: Vec::new(), review: None };
        self.say(called, "ana", Act::Propose(content))
    }

    /// Files a proposal to which both agree, and leaves its close to be written.
    pub(super) fn agree(&mut self, called: &str, effect: Effect) -> ProposalId {
        let proposal = self.propose(called, &[effect]).expect("the proposal is taken");
        let answer = Response { proposal, version: 1, answer: Answer::Agree, reason: None, weighs: Vec::new() };
        self.say(called, "ben", Act::Respond(answer)).expect("the answer is taken");
        proposal
    }

    /// Lets a group decide, and say what follows from it.
    pub(super) fn decide(&mut self, called: &str, effect: Effect) {
        let proposal = self.agree(called, effect);
        let now = self.now;
        self.at(called).write_due(now);
        let decision = self.replica(called).decision(&proposal).expect("it is decided");
        assert_eq!(decision.outcome.word(), "passed", "{called}: {:?}", decision.outcome);
    }

    // ---- matters

    /// What a matter means for a group in a domain: a new agreement there.
    pub(super) fn part(&self, called: &str, domain: &str) -> Part {
        let replica = self.replica(called);
        Part {
            group: replica.log(),
            head: replica.head().number,
            domains: vec![name(domain)],
            window: replica.charter().domains.find(&name(domain)).expect("it has the domain").rule.longest(),
            ceded: domain == "policy",
            effects: vec![text(domain)],
            linked: false,
            after: Vec::new(),
            due: None,
        }
    }

    /// A matter about groups and their domains.
    pub(super) fn matter(&self, title: &str, touches: &[(&str, &str)]) -> Matter {
        let mut parts: Vec<Part> = touches.iter().map(|(called, domain)| self.part(called, domain)).collect();
        parts.sort_by_key(|part| part.group);
        let level = |at: u64| self.now + days(8 * at) + days(1);
        Matter {
            federation: self.agreement.id(),
            version: self.agreement.hash(),
            title: title.into(),
            text: "Because people sleep from ten to six.".into(),
            parts,
            by: [level(1), level(2), level(3)],
            replaces: None,
            overrides: Vec::new(),
            amends: None,
            about: None,
            mediator: None,
            settles: None,
        }
    }

    pub(super) fn opening(domain: &str, matter: &Matter) -> Effect {
        Effect::OpenMatter { domains: vec![name(domain)], matter: Box::new(matter.clone()) }
    }

    /// Opens a matter by decision.
    pub(super) fn open(&mut self, called: &str, domain: &str, matter: &Matter) -> MatterId {
        self.decide(called, Self::opening(domain, matter));
        self.replica(called).dealings().spoke.expect("it has spoken").into()
    }

    pub(super) fn known(&self, called: &str, matter: MatterId) -> &Known {
        self.replica(called).dealings().matter(&matter).expect("the log knows the matter")
    }

    pub(super) fn stance(domain: &str, matter: MatterId, consents: bool) -> Effect {
        Effect::Stance { domains: vec![name(domain)], matter, consents }
    }

    pub(super) fn consent(&mut self, called: &str, domain: &str, matter: MatterId) {
        self.decide(called, Self::stance(domain, matter, true));
    }

    /// The voice by which a group enacts a matter now.
    pub(super) fn enactment(&self, called: &str, matter: MatterId, level: u8) -> EntryAct {
        let replica = self.replica(called);
        let (previous, host) = (replica.dealings().spoke, replica.charter().host.node);
        EntryAct::Speak(Voice { previous, host, decision: None, says: Says::Enact { matter, level } })
    }

    pub(super) fn enact(&mut self, called: &str, matter: MatterId, level: u8) -> Result<(), Refusal> {
        let act = self.enactment(called, matter, level);
        self.write(called, act)
    }

    // ---- notes and evidence

    /// Lets a node note a group's head now.
    pub(super) fn note(&mut self, witness: &str, called: &str) {
        let now = self.now;
        let group = self.at(called);
        let head = group.replica.head();
        let previous = group.notes.latest(&public(witness)).map(Note::id);
        let (log, voice) = (group.replica.log(), group.replica.voice_at(head.number));
        let content = NoteContent { log, number: head.number, previous, entry: head.id, time: now, voice };
        // A second one at the same moment says nothing new.
        drop(group.notes.take(Note::witness(content, &key(witness))));
    }

    pub(super) fn seal(&mut self, called: &str) {
        PANEL.iter().for_each(|witness| self.note(witness, called));
    }

    pub(super) fn seal_all(&mut self) {
        let all: Vec<&'static str> = self.groups.keys().copied().collect();
        all.into_iter().for_each(|called| self.seal(called));
    }

    /// All notes on a group.
    pub(super) fn notes(&self, called: &str) -> Vec<Note> {
        self.groups[called].notes.iter().cloned().collect()
    }

    /// The last note of a node on a group.
    pub(super) fn last_note(&self, witness: &str, called: &str) -> Raw {
        Raw(self.groups[called].notes.latest(&public(witness)).expect("it has noted").bytes().to_vec())
    }

    pub(super) fn voices(&self, called: &str) -> Vec<Raw> {
        self.groups[called].voices.values().map(|entry| Raw(entry.bytes().to_vec())).collect()
    }

    pub(super) fn source(&self, called: &str) -> Source<'_> {
        let group = &self.groups[called];
        Source { log: group.replica.log(), voices: &group.voices, notes: &group.notes }
    }

    /// What shows all that a group said since its voice `first`, counted from 0.
    pub(super) fn shows(&self, called: &str, first: usize) -> Evidence {
        self.shows_some(called, first, self.groups[called].voices.len() - 1)
    }

    /// What shows the voices from `first` to `last`, sealed as early as they were.
    pub(super) fn shows_some(&self, called: &str, first: usize, last: usize) -> Evidence {
        let numbers: Vec<u64> = self.groups[called].voices.keys().copied().collect();
        self.source(called).said(&self.agreement, numbers[first], numbers[last]).expect("it is sealed")
    }

    /// What shows that a group is asleep.
    pub(super) fn asleep(&self, called: &str) -> Option<Evidence> {
        self.source(called).asleep(&self.agreement)
    }

    /// What shows that a group was silent on a matter that another one knows.
    pub(super) fn silence(&self, known_to: &str, of: &str, matter: MatterId, level: u8) -> Option<Evidence> {
        let known = self.known(known_to, matter);
        let news = self.agreement.timing.news;
        let awaited = known.matter.awaited(matter, known.opened, (&self.log(of), level), news);
        self.source(of).silent(&self.agreement, &awaited)
    }

    /// The entry that cites evidence, whether or not it counts.
    pub(super) fn citing(&self, called: &str, evidence: Vec<Evidence>) -> EntryContent {
        let replica = self.replica(called);
        let good = replica.citing(evidence.clone(), self.now);
        good.unwrap_or_else(|_| replica.next(EntryAct::Cite { evidence }, self.now))
    }

    pub(super) fn cite(&mut self, called: &str, evidence: Vec<Evidence>) -> Result<(), Refusal> {
        let content = self.citing(called, evidence);
        self.at(called).take(content)
    }

    /// Cites evidence and names these voices.
    pub(super) fn cite_as(
        &mut self,
        called: &str,
        evidence: Vec<Evidence>,
        cites: Vec<EntryId>,
    ) -> Result<(), Refusal> {
        let content = EntryContent { cites, ..self.citing(called, evidence) };
        self.at(called).take(content)
    }

    /// Seals what a group said since its voice `first`, and lets others cite it.
    pub(super) fn tell(&mut self, from: &str, first: usize, to: &[&str]) {
        self.seal(from);
        let evidence = self.shows(from, first);
        for called in to {
            self.cite(called, vec![evidence.clone()]).unwrap_or_else(|refusal| panic!("{called}: {refusal}"));
        }
    }

    /// Evidence with other notes: the first so many of these nodes' last ones, sorted.
    pub(super) fn noted_by(&self, called: &str, witnesses: &[&str]) -> Evidence {
        let mut notes: Vec<(PublicKey, Raw)> =
            witnesses.iter().map(|witness| (public(witness), self.last_note(witness, called))).collect();
        notes.sort_by_key(|(witness, _)| *witness);
        let notes = notes.into_iter().map(|(_, note)| note).collect();
        let (log, version) = (self.log(called), self.agreement.hash());
        Evidence { log, version, voices: self.voices(called), notes, silent: None, asleep: false }
    }

    /// Moves a group to another node, by decision; nothing follows before its witnesses until then have sealed that.
    pub(super) fn move_to(&mut self, called: &str, node: &str) {
        let log_key = self.replica(called).charter().host.log_key;
        self.decide(called, Effect::SetHost(Host { log_key, node: public(node) }));
        let replica = self.replica(called);
        let early = replica.next(EntryAct::Digest { digest: replica.digest() }, self.now);
        refused(self.at(called).take(early), "conflict", "moving");
        self.seal(called);
        let seal = |street: &Self, by: &[&str]| Evidence { voices: Vec::new(), ..street.noted_by(called, by) };
        for by in [&["one", "two"][..], &["one", "one", "two"]] {
            let few = seal(self, by);
            refused(self.cite(called, vec![few]), "conflict", "evidence");
        }
        let sealed = seal(self, &["one", "two", "three"]);
        self.cite(called, vec![sealed]).expect("those who witnessed it have sealed the move");
    }
}

/// Asserts that something was refused by a rule.
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, Refusal>, kind: &str, rule: &str) {
    let refusal = result.expect_err("it is refused");
    assert_eq!(names(&InputError::Refused(refusal.clone())), ["refused", kind, rule], "{refusal}");
}
