//! A group with stand-ins for keys, and its clock: whole replicas, driven by hand.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    charter::{Charter, Host},
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::{Kind, Signed},
    error::Refusal,
    evidence::Evidence,
    id::{Hash, StatementId},
    key::{PublicKey, SecretKey},
    note::{Note, NoteContent},
    replay::Replica,
    statement::{Act, FoundingContent},
    time::Timestamp,
};

/// Keys that stand in for others, whose secret halves nobody here has.
#[derive(Clone, Default)]
pub struct StandIns(BTreeMap<PublicKey, SecretKey>);

impl StandIns {
    /// The key that stands in for `key`: always the same one.
    pub fn of(&mut self, key: &PublicKey) -> PublicKey {
        let seed = Hash::of(&[b"folkmoot/stand-in".as_slice(), key.as_bytes()].concat());
        let secret = SecretKey::from_seed(seed.0);
        let public = secret.public();
        self.0.insert(public, secret);
        public
    }

    /// The charter with stand-ins for the keys of its members, its log and its node.
    pub fn charter(&mut self, charter: &Charter) -> Charter {
        let mut charter = charter.clone();
        charter.host = Host { log_key: self.of(&charter.host.log_key), node: self.of(&charter.host.node) };
        let members: Vec<_> = charter.members.iter().cloned().collect();
        for mut member in members {
            member.keys = self.all(&member.keys);
            charter.members.put(member);
        }
        charter
    }

    /// The stand-ins for a member's keys, sorted as a charter has them.
    pub fn all(&mut self, keys: &[PublicKey]) -> Vec<PublicKey> {
        let mut keys: Vec<PublicKey> = keys.iter().map(|key| self.of(key)).collect();
        keys.sort();
        keys
    }

    /// The secret half of a stand-in.
    fn secret(&self, public: &PublicKey) -> Option<&SecretKey> {
        self.0.get(public)
    }
}

/// A group whose host writes every entry at the very moment at which it is due.
pub struct Driver {
    replica: Replica,
    entries: Vec<Entry>,
    /// The keys that stand in for those of the group.
    pub keys: StandIns,
    now: Timestamp,
}

impl Driver {
    /// Founds a group at `now` by a charter of stand-ins.
    ///
    /// # Errors
    /// If the charter cannot stand.
    ///
    /// # Panics
    /// If a key of the charter is no stand-in of `keys`.
    pub fn found(charter: Charter, keys: StandIns, now: Timestamp) -> Result<Self, Refusal> {
        let founding = FoundingContent { charter: charter.hash() };
        let person = charter.members.iter().find(|member| member.is_person());
        let by = person.and_then(|person| person.keys.first()).and_then(|key| keys.secret(key));
        let sign = |by: &SecretKey| Raw(Signed::sign(Kind::Founding, founding, by).bytes().to_vec());
        let foundings = by.map(sign).into_iter().collect();
        let host = keys.secret(&charter.host.log_key).expect("the log key is a stand-in");
        let act = EntryAct::Found { charter: Box::new(charter.clone()), foundings };
        let content = EntryContent { log: None, number: 0, previous: None, time: now, cites: Vec::new(), act };
        let entry = Entry::sign(content, host);
        Ok(Self { replica: Replica::found(&entry)?, entries: vec![entry], keys, now })
    }

    /// The group as it stands.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Its log so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What the clock says.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets a member do something now, with the stand-in of a key.
    ///
    /// # Errors
    /// The rule that refuses it; nothing has changed then.
    ///
    /// # Panics
    /// If the key is no stand-in.
    pub fn act(&mut self, key: &PublicKey, act: Act) -> Result<StatementId, Refusal> {
        if let Some(digest @ EntryAct::Digest { .. }) = self.replica.due(self.now) {
            self.write(digest)?;
        }
        let secret = self.keys.secret(key).expect("statements are signed by stand-ins").clone();
        let statement = Signed::sign(Kind::Statement, self.replica.compose(key, act), &secret);
        let id = statement.hash().into();
        self.write(EntryAct::Admit { statements: vec![Raw(statement.bytes().to_vec())] })?;
        Ok(id)
    }

    /// Sets the clock to `to`; what was due before that is written at its moment.
    ///
    /// What is due at `to` itself waits: acts of that date come first, as they do at a host.
    pub fn advance(&mut self, to: Timestamp) {
        while let Some(due) = self.replica.due_at().filter(|due| *due < to) {
            if !self.write_due(due) {
                break;
            }
        }
        self.now = self.now.max(to);
    }

    /// Lets everything that is open come to its end, as if nobody said anything more.
    pub fn finish(&mut self) {
        while let Some(due) = self.replica.due_at() {
            if !self.write_due(due) {
                break;
            }
        }
    }

    /// Sets the clock to `to` while the host sleeps.
    #[cfg(test)]
    pub(crate) fn sleep(&mut self, to: Timestamp) {
        self.now = self.now.max(to);
    }

    fn write_due(&mut self, at: Timestamp) -> bool {
        self.now = self.now.max(at);
        let act = self.replica.due(self.now);
        act.is_some_and(|act| self.write(act).is_ok())
    }

    /// Lets the stand-ins of the witnesses seal a move to another node, as what follows demands.
    fn settle_move(&mut self) -> Result<(), Refusal> {
        let Some(moving) = self.replica.moving(self.now).copied() else { return Ok(()) };
        let Some(consent) = self.replica.ties().consent_to(&moving.version) else { return Ok(()) };
        let (log, head) = (self.replica.log(), self.replica.head());
        let voice = self.replica.voice_at(head.number);
        let content = NoteContent { log, number: head.number, previous: None, entry: head.id, time: self.now, voice };
        let witnesses = moving.witnesses(&consent.agreement);
        let secrets = witnesses.iter().filter_map(|witness| self.keys.secret(witness));
        let notes = secrets.map(|secret| Raw(Note::witness(content.clone(), secret).bytes().to_vec())).collect();
        let evidence =
            Evidence { log, version: moving.version, voices: Vec::new(), notes, silent: None, asleep: false };
        self.write(EntryAct::Cite { evidence: vec![evidence] })
    }

    fn write(&mut self, act: EntryAct) -> Result<(), Refusal> {
        let host = self.replica.charter().host.log_key;
        let host = self.keys.secret(&host).expect("the log key is a stand-in");
        let entry = Entry::sign(self.replica.next(act, self.now), host);
        let admitted = self.replica.check(&entry)?;
        self.replica.apply(admitted);
        self.entries.push(entry);
        self.settle_move()
    }
}
