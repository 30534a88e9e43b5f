//! The order in which records arrive does not matter: what a node holds is given to a fresh replica in another order.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    cbor,
    entry::Raw,
    id::{Hash, LogId, MatterId, StateDigest},
    key::SecretKey,
    limits::ENTRY_BYTES,
    machine::{Effect, Input, Machine, Verdict},
    matter::Standing,
    replay::Replica,
    sync::{Gossip, Parcel},
};

use super::{Planted, network::NodeNo, rng::Rng, world::World};

/// How far records are moved: entries that are further ahead a replica would not keep.
const ENTRIES_APART: u64 = 20;
const NOTES_APART: u64 = 40;
/// The planted bug loses one note in so many.
const LOST_ONE_IN: u64 = 3;

impl World<'_> {
    /// A replica that gets all records of one node in another order sees every matter as that node does, and has its states.
    pub(crate) fn check_order(&mut self) -> Result<(), String> {
        // A generator of its own: the run does not depend on what is checked after it.
        let mut rng = Rng::new(self.seed ^ 0x0de7_0de7);
        let at = rng.below(self.scenario.nodes.len() as u64) as NodeNo;
        // What a lying witness says depends on what came first; what a lying host says is not followed to its end.
        if !self.is_honest(at) || self.somebody_lied() && self.witnesses_lied() {
            return Ok(());
        }
        let Some(machine) = &self.nodes[at].machine else { return Ok(()) };
        let seen: BTreeMap<MatterId, Standing> = machine.matters().map(|seen| (seen.id, seen.standing)).collect();
        let negotiates = |replica: &Replica| !replica.dealings().books.deals.is_empty();
        if seen.is_empty() && !machine.logs().any(negotiates) {
            return Ok(());
        }
        let states: Vec<(LogId, StateDigest)> =
            machine.logs().map(|replica| (replica.log(), replica.digest())).collect();
        let fresh = self.replayed(at, &mut rng)?;
        if let Some((log, _)) = states.iter().find(|(log, state)| fresh.log(log).map(Replica::digest) != Some(*state)) {
            let (name, group) = (&self.nodes[at].name, self.group_of(log));
            return Err(format!("{name} has another state of {group} than a replica with the same records"));
        }
        for (id, standing) in seen {
            let other = fresh.matter(&id).map(|followed| followed.standing);
            if other.is_none_or(|other| word(other) != word(standing)) {
                let name = &self.nodes[at].name;
                return Err(format!(
                    "{name} sees the matter {} as {standing:?}, a replica with the same records as {other:?}",
                    id.short()
                ));
            }
        }
        Ok(())
    }

    /// A replica of nobody's that was given all records of a node in another order.
    fn replayed(&mut self, at: NodeNo, rng: &mut Rng) -> Result<Machine, String> {
        let node = &self.nodes[at];
        let now = node.clock(self.now) + node.settings.skew;
        let mut machine = Machine::new(SecretKey::from_seed(Hash::of(b"somebody else").0), node.settings);
        let store = node.disk.store.clone();
        for bytes in store.agreements.values() {
            machine.restore_agreement(cbor::decode(bytes, ENTRY_BYTES).map_err(|error| error.to_string())?);
        }
        let from = node.public();
        let mut records: Vec<((u64, u64), Gossip)> = Vec::new();
        for ((_, number), bytes) in &store.entries {
            let key = if *number == 0 { 0 } else { 1 + number + rng.below(ENTRIES_APART) };
            records.push(((key, rng.next()), Gossip::Entry(Parcel::new(bytes, []))));
        }
        for bytes in store.notes.values() {
            let number = self.facts.note(bytes).map_err(|error| error.to_string())?.content().number;
            if self.planted != Planted::LosesNotes || rng.below(LOST_ONE_IN) > 0 {
                records.push(((1 + number + rng.below(NOTES_APART), rng.next()), Gossip::Note(Raw(bytes.clone()))));
            }
        }
        records.sort_by_key(|(key, _)| *key);
        // What came too early comes again, as it does by sync: until nothing is new any more.
        loop {
            let before = records.len();
            let mut again = Vec::new();
            for (key, record) in records {
                let gossip = Box::new(self.facts.gossip(&record).map_err(|error| error.to_string())?);
                let effects = machine.handle(Input::Gossip { from, gossip, token: 0 }, now);
                if !effects.iter().any(|effect| matches!(effect, Effect::Verdict(_, Verdict::Accept))) {
                    again.push((key, record));
                }
            }
            records = again;
            if records.len() == before {
                break;
            }
        }
        machine.handle(Input::Tick, now);
        let short: Option<&LogId> = store
            .entries
            .keys()
            .map(|(log, _)| log)
            .find(|log| machine.log(log).is_some_and(|replica| Some(replica.head().number) != store.head(log)));
        match short {
            Some(log) => Err(format!("{} is not replayed to its end in another order", self.group_of(log))),
            None => Ok(machine),
        }
    }
}

/// The level at which something is adopted may be known later than that it is.
fn word(standing: Standing) -> &'static str {
    crate::scenario::MatterStanding::of(standing).word()
}
