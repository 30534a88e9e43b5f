//! A group whose log is written straight into a home, by the rules and without a node.

use std::{mem, sync::Arc};

use folkmoot_node::{clock, config::Home as Places, keystore::KeyStore, records::Records, store::SledStore};
use folkmoot_protocol::{
    body::Body,
    charter::{Host, RawCharter},
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::{Kind, Signed},
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    id::ProposalId,
    key::{PublicKey, SecretKey},
    machine::Record,
    replay::Replica,
    statement::{Act, Answer, FoundingContent, Proposal, Response, Statement},
    sync,
    table::Table,
};
use folkmoot_tests::harness::{Home, key, text};

/// The members: each proposes in turn, and the others respond.
pub(crate) const MEMBERS: usize = 16;
/// Entries that are written to the disk together.
const WRITE: usize = 500;

/// A group that this home hosts.
pub(crate) struct Group {
    /// Its state.
    pub(crate) replica: Replica,
    /// What its node and the witnesses are told, if it is in a federation.
    pub(crate) agreement: Option<FederationAgreement>,
    host: SecretKey,
    node: PublicKey,
    records: Records,
    unwritten: Vec<Record>,
    /// The number of the last digest.
    digest: u64,
}

impl Group {
    /// Founds the group of a home without a node so far.
    pub(crate) fn found(home: &Home) -> Self {
        let places = Places::new(home.path());
        let keys = KeyStore::open(places.keys()).expect("keys can be made");
        let (node, host) = (keys.node().expect("a key").public(), keys.new_log_key().expect("a key"));
        let records = Records::new(Arc::new(SledStore::open(&places.store()).expect("a store can be made")));
        records.mark_intact(&node).expect("the store writes");
        let raw: RawCharter = toml::from_str(&charter()).expect("a charter");
        let place = Host { log_key: host.public(), node };
        let now = clock::now();
        let charter = raw.resolve(now, place, &|name| Some(key(name.as_str()).public())).expect("it can stand");
        let founding = Signed::sign(Kind::Founding, FoundingContent { charter: charter.hash() }, &member(0));
        let act = EntryAct::Found { charter: Box::new(charter), foundings: vec![Raw(founding.bytes().to_vec())] };
        let content = EntryContent { log: None, number: 0, previous: None, time: now, cites: Vec::new(), act };
        let entry = Entry::sign(content, &host);
        let replica = Replica::found(&entry).expect("it founds a group");
        let mut group = Self { replica, agreement: None, host, node, records, unwritten: Vec::new(), digest: 0 };
        group.keep(&entry, &[]);
        group
    }

    /// Lets the group decide for a federation of its own node and others, all of them on the panel.
    pub(crate) fn federate(&mut self, others: &[(PublicKey, Vec<String>)]) {
        let own = (self.node, Vec::new());
        let mut agreement = FederationAgreement {
            name: "figures".parse().expect("a name"),
            purpose: "To be measured.".to_owned(),
            groups: Table::default(),
            panel: Table::default(),
            timing: Timing::default(),
            amends: None,
        };
        let name = "club".parse().expect("a name");
        agreement.groups.put(FederatedGroup {
            name,
            log: self.replica.log(),
            node: self.node,
            escalates_to: None,
            weight: 1,
        });
        for (number, (node, addresses)) in [own].iter().chain(others).enumerate() {
            let name = format!("seat{number}").parse().expect("a name");
            agreement.panel.put(Seat { name, node: *node, addresses: addresses.clone() });
        }
        let proposal = self.propose(0, Effect::Federate(agreement.clone()), "Together.");
        for responder in 0..MEMBERS {
            self.respond(responder, proposal);
        }
        self.write_due();
        assert!(self.replica.charter().federation.is_some(), "all agreed, and so it is decided");
        self.agreement = Some(agreement);
    }

    /// Writes entries of one statement each: a proposal, a response of every other member, and so on.
    ///
    /// Nothing of it can close before a day is over. Digests come when they are due and count as entries.
    pub(crate) fn load(&mut self, entries: usize) {
        let end = self.replica.head().number + entries as u64;
        for round in 0.. {
            let effect = words(round);
            let proposal = self.propose(round % MEMBERS, effect, &why(round));
            for other in 1..MEMBERS {
                if self.replica.head().number >= end {
                    return;
                }
                self.respond((round + other) % MEMBERS, proposal);
            }
        }
    }

    /// Proposes as a member.
    pub(crate) fn propose(&mut self, author: usize, effect: Effect, why: &str) -> ProposalId {
        let why = text(why);
        let act = propose(effect, &why);
        self.admit(author, act, &[why]).into()
    }

    /// What the node sends to one that has nothing, answer by answer.
    pub(crate) fn answers(&mut self) -> Vec<sync::Answer> {
        self.flush();
        let (mut answers, mut next) = (Vec::new(), 0);
        while next <= self.replica.head().number {
            let answer = self.records.answer(self.replica.log(), next).expect("the store reads");
            let sync::Answer::Entries { entries, .. } = &answer else { panic!("entries were asked for") };
            next += entries.len() as u64;
            answers.push(answer);
        }
        answers
    }

    /// Writes what is not on the disk yet and closes the store, so that a node can open it.
    pub(crate) fn close(mut self) -> Replica {
        self.flush();
        self.replica
    }

    fn respond(&mut self, author: usize, proposal: ProposalId) {
        self.admit(author, agree(proposal), &[]);
    }

    fn admit(&mut self, author: usize, act: Act, bodies: &[Body]) -> folkmoot_protocol::id::StatementId {
        let key = member(author);
        let statement: Statement = Signed::sign(Kind::Statement, self.replica.compose(&key.public(), act), &key);
        self.write(EntryAct::Admit { statements: vec![Raw(statement.bytes().to_vec())] }, bodies);
        // Nothing else comes due: looking through all open proposals after each entry would take most of the time.
        if self.replica.head().number + 1 - self.digest >= u64::from(self.replica.charter().times.digest_every) {
            self.write_due();
            self.digest = self.replica.head().number;
        }
        statement.id()
    }

    fn write_due(&mut self) {
        while let Some(due) = self.replica.due(clock::now().max(self.replica.head().time)) {
            self.write(due, &[]);
        }
    }

    fn write(&mut self, act: EntryAct, bodies: &[Body]) {
        let entry = Entry::sign(self.replica.next(act, clock::now()), &self.host);
        let admitted = self.replica.check(&entry).unwrap_or_else(|rule| panic!("{rule}"));
        self.replica.apply(admitted);
        self.keep(&entry, bodies);
    }

    fn keep(&mut self, entry: &Entry, bodies: &[Body]) {
        self.unwritten.extend(records(entry, bodies));
        if self.unwritten.len() >= WRITE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.records.commit(&mem::take(&mut self.unwritten)).expect("the store writes");
    }
}

/// The key of a member.
pub(crate) fn member(number: usize) -> SecretKey {
    key(&format!("m{number:02}"))
}

/// A proposal's effect: an agreement of a few lines.
pub(crate) fn words(number: usize) -> Effect {
    let text = format!("{number}. {}", "We lend the ladder to whoever brings it back. ".repeat(6));
    Effect::Text { domain: "work".parse().expect("a name"), text, replaces: None }
}

/// Why: a few lines that differ.
pub(crate) fn why(number: usize) -> String {
    format!("Reason {number}: {}", "it stood unused in the yard. ".repeat(8))
}

/// The act that proposes.
pub(crate) fn propose(effect: Effect, why: &Body) -> Act {
    Act::Propose(Proposal {
        title: "Lend the ladder".to_owned(),
        why: why.id(),
        effects: vec![effect],
        options: Vec::new(),
        review: None,
    })
}

/// The act that agrees to a first version.
pub(crate) fn agree(proposal: ProposalId) -> Act {
    Act::Respond(Response { proposal, version: 1, answer: Answer::Agree, reason: None, weighs: Vec::new() })
}

/// What a node stores of an entry.
pub(crate) fn records(entry: &Entry, bodies: &[Body]) -> Vec<Record> {
    let log = entry.log();
    let mut records = vec![Record::Entry { log, number: entry.number(), bytes: entry.bytes().to_vec() }];
    records.extend(bodies.iter().map(|body| Record::Body(log, body.id(), body.bytes())));
    records
}

fn charter() -> String {
    let members: String = (0..MEMBERS).map(|number| format!("m{number:02} = {{}}\n")).collect();
    format!(
        r#"
name = "club"
purpose = "To be measured."
participation = {{ open_proposals = 4096 }}

[members]
{members}
[domains.charter]
purpose = "The charter."
people_only = true
rule = {{ consent = {{ closing = "1d", minimum = "0s", quorum = "1/1" }} }}
[domains.work]
purpose = "How we work."
rule = {{ consent = {{ closing = "30d", minimum = "1d", quorum = "1/1" }} }}
"#
    )
}
