//! Hosting: founding groups, taking statements, writing what is due.

use super::{Effect, InputError, Log, Machine, Reply};
use crate::{
    body::Body,
    charter::Charter,
    entry::{Entry, EntryAct, EntryContent, Raw, Receipt, ReceiptContent},
    envelope::{Kind, Signed},
    error::{Malformed, Refusal},
    id::{BodyId, LogId},
    key::{PublicKey, SignError},
    replay::Replica,
    statement::{Founding, Statement},
    sync::Arrival,
    time::Timestamp,
};

impl Machine {
    /// Founds a group: the charter's host must be this node with a log key that it holds and that signs no other log.
    pub(super) fn found(
        &mut self,
        charter: Charter,
        foundings: &[Founding],
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<Reply, InputError> {
        if self.settings.witness_only {
            return Err(InputError::WitnessOnly);
        }
        let host = charter.host;
        let unused = !self.logs.values().any(|log| log.replica.charter().host.log_key == host.log_key);
        let key = self.keys.get(&host.log_key).filter(|_| unused && host.node == self.node.public());
        let foundings = foundings.iter().map(|founding| Raw(founding.bytes().to_vec())).collect();
        let content = EntryContent {
            log: None,
            number: 0,
            previous: None,
            time: now,
            cites: Vec::new(),
            act: EntryAct::Found { charter: Box::new(charter), foundings },
        };
        let Some(key) = key else {
            return Err(InputError::NoLogKey(host.log_key));
        };
        let entry = Entry::try_sign(content, key).map_err(too_large)?;
        let replica = Replica::found(&entry)?;
        let log = replica.log();
        self.logs.insert(log, Log::new(replica));
        // Nobody can have signed more of a log that starts here and now.
        self.complete(log, out);
        self.keep(Arrival { entry, bodies: Vec::new() }, &[], None, out);
        Ok(Reply::Founded(log))
    }

    /// Takes statements into a hosted log: all of them, with the bodies that they name, or none.
    pub(super) fn submit(
        &mut self,
        id: LogId,
        statements: &[Statement],
        bodies: &[Body],
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<Reply, InputError> {
        self.write_due(id, now, out);
        let log = self.logs.get(&id).ok_or(InputError::NotHosted(id))?;
        if let Some(stop) = &log.stopped {
            return Err(InputError::Stopped { log: id, reason: stop.reason.clone() });
        }
        if !self.hosts(log) {
            return Err(InputError::NotHosted(id));
        }
        self.may_sign(id)?;
        check_bodies(statements, bodies)?;
        // What the statements decide may move the log to another key; the receipt is by the one that took them.
        let log_key = log.replica.charter().host.log_key;
        let raw = statements.iter().map(|statement| Raw(statement.bytes().to_vec())).collect();
        self.append(id, EntryAct::Admit { statements: raw }, bodies.to_vec(), now, out)?;
        let receipts = statements.iter().filter_map(|statement| self.receipt(id, statement, &log_key)).collect();
        Ok(Reply::Receipts(receipts))
    }

    /// Writes what a rule calls for: digests, closes, applications.
    pub(super) fn write_due(&mut self, id: LogId, now: Timestamp, out: &mut Vec<Effect>) {
        loop {
            let Some(log) = self.logs.get(&id).filter(|log| self.may_write(log)) else { return };
            let Some(act) = log.replica.due(now.max(log.replica.head().time)) else { return };
            if self.append(id, act, Vec::new(), now, out).is_err() {
                // What is due by replay is valid by replay; if not, stopping here beats writing in circles.
                return;
            }
        }
    }

    /// Says why nothing is signed for a hosted log now.
    fn may_sign(&self, id: LogId) -> Result<(), InputError> {
        if let Some(lack) = self.catching_up(&id) {
            return Err(InputError::CatchingUp { log: id, lack });
        }
        match self.logs.get(&id).and_then(|log| self.clock_is_off(log)) {
            Some(offset) => Err(InputError::Clock { log: id, ahead: offset.saturating_neg() }),
            None => Ok(()),
        }
    }

    /// Writes an entry with `act` into a hosted log.
    pub(super) fn append(
        &mut self,
        id: LogId,
        act: EntryAct,
        bodies: Vec<Body>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let Some(log) = self.logs.get(&id) else { return Ok(()) };
        let content = log.replica.next(act, now);
        self.write(id, content, bodies, out)
    }

    /// Writes an entry into a hosted log.
    pub(super) fn write(
        &mut self,
        id: LogId,
        content: EntryContent,
        bodies: Vec<Body>,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let Some(log) = self.logs.get(&id) else { return Ok(()) };
        let Some(key) = self.keys.get(&log.replica.charter().host.log_key) else { return Ok(()) };
        let entry = Entry::try_sign(content, key).map_err(too_large)?;
        let admitted = log.replica.check(&entry)?;
        self.admit(Arrival { entry, bodies }, admitted, out);
        Ok(())
    }

    fn receipt(&self, id: LogId, statement: &Statement, log_key: &PublicKey) -> Option<Receipt> {
        let replica = &self.logs.get(&id)?.replica;
        let time = replica.head().time;
        let content = ReceiptContent {
            log: id,
            epoch: 0,
            statement: statement.id(),
            time,
            by: time + replica.charter().times.receipt,
        };
        let key = self.keys.get(log_key)?;
        Some(Signed::sign(Kind::Receipt, content, key))
    }
}

fn too_large(error: SignError) -> Refusal {
    Malformed::TooLargeForAnEntry(error.reason).into()
}

fn check_bodies(statements: &[Statement], bodies: &[Body]) -> Result<(), InputError> {
    let mut named: Vec<BodyId> = statements.iter().flat_map(|statement| statement.content().act.bodies()).collect();
    let mut given: Vec<BodyId> = bodies.iter().map(Body::id).collect();
    named.sort();
    named.dedup();
    given.sort();
    given.dedup();
    let missing = named.iter().find(|id| !given.contains(id));
    match missing.or_else(|| given.iter().find(|id| !named.contains(id))) {
        Some(id) => Err(InputError::Bodies(*id)),
        None => Ok(()),
    }
}
