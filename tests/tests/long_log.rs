//! A proof from a running node whose log is long costs what the decision costs and not what the log does.
//!
//! The logs are written straight into a home, by the rules; the node that then runs there is a real one.

use std::{fs, mem, sync::Arc, time::Instant};

use folkmoot_node::{clock, config::Home as Places, keystore::KeyStore, records::Records, store::SledStore};
use folkmoot_protocol::{
    charter::{Host, RawCharter},
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::Kind,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    id::ProposalId,
    key::{PublicKey, SecretKey},
    machine::Record,
    note::{Note, NoteContent},
    replay::Replica,
    statement::{Act, Answer, Founding, FoundingContent, Proposal, Response, Statement},
    table::Table,
};
use folkmoot_tests::harness::{Home, key, text};
use serde_json::Value;

const MEMBERS: [&str; 3] = ["ana", "ben", "cem"];
const WITNESSES: [&str; 3] = ["one", "two", "three"];
/// Records that are written together.
const WRITE: usize = 1000;

const CHARTER: &str = r#"
name = "kitchen"
purpose = "To cook for long."
members = { ana = {}, ben = {}, cem = {} }

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
"#;

/// A group whose node does not run yet, and its log on the disk.
struct Group {
    replica: Replica,
    host: SecretKey,
    node: PublicKey,
    records: Records,
    unwritten: Vec<Record>,
}

impl Group {
    fn found(home: &Home) -> Self {
        let places = Places::new(home.path());
        let keys = KeyStore::open(places.keys()).unwrap();
        let (node, host) = (keys.node().unwrap().public(), keys.new_log_key().unwrap());
        let records = Records::new(Arc::new(SledStore::open(&places.store()).unwrap()));
        records.mark_intact(&node).unwrap();
        let raw: RawCharter = toml::from_str(CHARTER).unwrap();
        let now = clock::now();
        let place = Host { log_key: host.public(), node };
        let charter = raw.resolve(now, place, &|name| Some(key(name.as_str()).public())).unwrap();
        let founding = FoundingContent { charter: charter.hash() };
        let founding = Founding::sign(Kind::Founding, founding, &key("ana"));
        let act = EntryAct::Found { charter: Box::new(charter), foundings: vec![Raw(founding.bytes().to_vec())] };
        let content = EntryContent { log: None, number: 0, previous: None, time: now, cites: Vec::new(), act };
        let entry = Entry::sign(content, &host);
        let replica = Replica::found(&entry).unwrap();
        let mut group = Self { replica, host, node, records, unwritten: Vec::new() };
        group.keep(&entry);
        group
    }

    fn keep(&mut self, entry: &Entry) {
        let (log, number) = (self.replica.log(), entry.number());
        self.unwritten.push(Record::Entry { log, number, bytes: entry.bytes().to_vec() });
        if self.unwritten.len() >= WRITE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.records.commit(&mem::take(&mut self.unwritten)).unwrap();
    }

    fn write(&mut self, act: EntryAct) {
        if let EntryAct::Digest { .. } = &act {
            let (log, number) = (self.replica.log(), self.replica.head().number + 1);
            self.unwritten.push(Record::Snapshot { log, number, bytes: self.replica.snapshot().bytes() });
        }
        let entry = Entry::sign(self.replica.next(act, clock::now()), &self.host);
        let admitted = self.replica.check(&entry).unwrap();
        self.replica.apply(admitted);
        self.keep(&entry);
    }

    /// Writes what is due, and then what a member says.
    fn say(&mut self, of: &str, act: Act) -> Statement {
        self.write_due();
        let statement = Statement::sign(Kind::Statement, self.replica.compose(&key(of).public(), act), &key(of));
        self.write(EntryAct::Admit { statements: vec![Raw(statement.bytes().to_vec())] });
        statement
    }

    fn write_due(&mut self) {
        while let Some(due) = self.replica.due(clock::now().max(self.replica.head().time)) {
            self.write(due);
        }
    }

    /// Carries a proposal that all agree to.
    fn carry(&mut self, effect: Effect) -> ProposalId {
        let why = text("It helps.");
        self.unwritten.push(Record::Body(self.replica.log(), why.id(), why.bytes()));
        let (title, effects, why) = ("A change".to_owned(), vec![effect], why.id());
        let proposal = Proposal { title, why, effects, options: Vec::new(), review: None };
        let proposal: ProposalId = self.say("ana", Act::Propose(proposal)).id().into();
        for member in &MEMBERS[1..] {
            let (version, answer) = (1, Answer::Agree);
            self.say(member, Act::Respond(Response { proposal, version, answer, reason: None, weighs: Vec::new() }));
        }
        self.write_due();
        assert!(self.replica.decision(&proposal).is_some(), "all agreed, and nothing has to be waited for");
        proposal
    }

    /// Decides for a federation of its own node and three witnesses, of whom two seal.
    fn federate(&mut self) {
        let seat = |(name, node): (&str, PublicKey)| Seat { name: name.parse().unwrap(), node, addresses: Vec::new() };
        let witnesses = WITNESSES.map(|name| (name, key(name).public()));
        let (name, log, node) = ("kitchen".parse().unwrap(), self.replica.log(), self.node);
        self.carry(Effect::Federate(FederationAgreement {
            name: "street".parse().unwrap(),
            purpose: "To share a street.".to_owned(),
            groups: Table::new(vec![FederatedGroup { name, log, node, escalates_to: None, weight: 1 }]).unwrap(),
            panel: Table::new(witnesses.into_iter().chain([("own", node)]).map(seat).collect()).unwrap(),
            timing: Timing::default(),
            amends: None,
        }));
        self.seal();
    }

    /// Two witnesses sign the head.
    fn seal(&mut self) {
        let (log, head) = (self.replica.log(), self.replica.head());
        for witness in &WITNESSES[..2] {
            let content =
                NoteContent { log, number: head.number, previous: None, entry: head.id, time: head.time, voice: None };
            let note = Note::witness(content, &key(witness));
            self.unwritten.push(Record::Note(log, note.id(), note.bytes().to_vec()));
        }
    }
}

/// A home with a log of about that many entries, its last decision made 500 entries after a digest; which one it is.
fn grown(home: &Home, entries: u64) -> (ProposalId, u64) {
    let mut group = Group::found(home);
    group.federate();
    let mut members = MEMBERS.into_iter().cycle();
    while group.replica.head().number < entries || group.replica.head().number % 1000 != 500 {
        group.say(members.next().unwrap(), Act::Seen {});
    }
    let decision = group.carry(Effect::Purpose { purpose: "To cook for longer.".to_owned(), values: Vec::new() });
    group.seal();
    group.flush();
    (decision, group.replica.head().number + 1)
}

/// How many bytes the proof has that a running node gives out; prints how long the command took.
fn proof(entries: u64) -> u64 {
    let home = Home::new();
    let (decision, held) = grown(&home, entries);
    let node = home.node();
    let file = home.path().join("decision.moot").into_os_string().into_string().unwrap();
    let started = Instant::now();
    let _: Value = home.json(&["export", &decision.to_string(), "-o", &file]);
    let (took, bytes) = (started.elapsed(), fs::metadata(&file).unwrap().len());
    let report: Value = home.json(&["verify", &file]);
    assert_eq!(report["verdict"], "pass", "{report:#}");
    println!("a log of {held} entries: moot export took {took:?}, {bytes} bytes");
    node.stop();
    bytes
}

fn assert_flat(short: u64, long: u64) {
    let (small, large) = (proof(short), proof(long));
    // Numbers of entries are longer in a longer log, and its snapshot has a few more roots.
    assert!(large <= small + 4096, "{large} bytes from {long} entries, {small} from {short}");
}

#[test]
fn a_proof_from_a_node_does_not_grow_with_the_log() {
    assert_flat(1_000, 3_000);
}

#[test]
#[ignore = "writes a log of 100,000 entries and starts a node on it, which takes a minute; FOLKMOOT_MOOT may name a release build"]
fn a_proof_from_a_node_with_100_000_entries_is_as_large_as_from_one_with_10_000() {
    assert_flat(10_000, 100_000);
}
