//! What must never happen, and what must happen once faults stop.

use folkmoot_protocol::{
    entry::Receipt,
    id::LogId,
    key::PublicKey,
    ladder::Poll,
    machine::Machine,
    proposal::{OpenProposal, Stage},
    sync::{Answer, Gossip},
    time::Span,
};

use super::{clients::receipt_holds, network::NodeNo, node::Node, world::World};

/// How much later than due a proposal may end, in milliseconds.
const TICK_MS: u64 = 1_000;
/// The digest of a log is compared at every so many entries.
const SAMPLE_EVERY: u64 = 5;

impl World<'_> {
    /// No two nodes ever hold different entries of one number.
    pub(crate) fn check_entry(&mut self, at: NodeNo, log: LogId, number: u64, bytes: &[u8]) -> Result<(), String> {
        if self.hostile.contains(&log) {
            return Ok(());
        }
        let Some(id) = self.facts.entry(bytes).id else {
            return Err(format!("{} stored something that is no entry", self.nodes[at].name));
        };
        let first = *self.ledger.entries.entry((log, number)).or_insert(id);
        if first == id {
            return Ok(());
        }
        let group = self.group_of(&log);
        Err(format!("{} holds {id:?} as entry {number} of {group}, another node {first:?}", self.nodes[at].name))
    }

    /// A receipt is given only for what is durable, and verifies.
    pub(crate) fn check_receipts(&mut self, at: NodeNo, receipts: &[Receipt]) -> Result<(), String> {
        let node = &self.nodes[at];
        for receipt in receipts {
            let content = receipt.content();
            if !receipt_holds(receipt.bytes()) {
                return Err(format!("{} gives a receipt that does not verify", node.name));
            }
            if !node.disk.store.statements.contains(&(content.log, content.statement)) {
                return Err(format!("{} gives a receipt for what is not durable", node.name));
            }
            if self.hostile.contains(&content.log) {
                continue;
            }
            self.ledger.acknowledged.insert((content.log, content.statement));
            // From its first receipt on the new host of a log answers for it.
            let log = content.log;
            self.groups.values_mut().filter(|group| group.log == log).for_each(|group| group.node = at);
        }
        Ok(())
    }

    /// A node publishes only what is durable.
    pub(crate) fn check_published(&mut self, at: NodeNo, gossip: &Gossip) -> Result<(), String> {
        let store = &self.nodes[at].disk.store;
        let durable = match gossip {
            Gossip::Entry(parcel) => store.entries.values().rev().any(|bytes| *bytes == parcel.entry.0),
            Gossip::Note(raw) => {
                let note = self.facts.note(&raw.0).map_err(|e| format!("an own note does not verify: {e}"))?;
                store.notes.contains_key(&(note.content().log, note.id()))
            }
        };
        if durable { Ok(()) } else { Err(format!("{} publishes what is not durable", self.nodes[at].name)) }
    }

    /// A node serves only what is durable.
    pub(crate) fn check_served(&mut self, at: NodeNo, answer: &Answer) -> Result<(), String> {
        let store = &self.nodes[at].disk.store;
        let durable = match answer {
            Answer::Heads(heads) => heads.iter().all(|have| store.head(&have.log) >= Some(have.number)),
            Answer::Entries { .. } => true,
            Answer::Notes { log, notes } => notes.iter().all(|raw| {
                let note = self.facts.note(&raw.0);
                note.is_ok_and(|note| store.notes.contains_key(&(*log, note.id())))
            }),
        };
        if durable { Ok(()) } else { Err(format!("{} serves what is not durable", self.nodes[at].name)) }
    }

    /// What is announced as sealed never falls back, and enough witnesses hold it durably.
    pub(crate) fn check_sealed(&mut self, at: NodeNo, log: LogId, number: u64) -> Result<(), String> {
        if self.hostile.contains(&log) || !self.is_honest(at) {
            return Ok(());
        }
        let group = self.group_of(&log);
        let node = &mut self.nodes[at];
        let Some(machine) = &node.machine else { return Ok(()) };
        let Some(replica) = machine.log(&log) else { return Ok(()) };
        let witnesses = machine.witnesses(replica);
        if witnesses.is_empty() {
            // The seal of a group without witnesses is its members', and gives way to the panel's.
            return Ok(());
        }
        let needed = machine.seal(&log).map_or(0, |seal| seal.quorums.seal);
        let before = node.sealed.insert(log, number);
        if before > Some(number) {
            return Err(format!("{} saw {group} sealed up to {before:?}, now only {number}", node.name));
        }
        let holds = |key: &&PublicKey| {
            self.nodes.iter().any(|node| node.public() == **key && node.disk.store.head(&log) >= Some(number))
        };
        let holding = witnesses.iter().filter(holds).count();
        if holding < needed as usize {
            let name = &self.nodes[at].name;
            return Err(format!("{name} sees {group} sealed up to {number}, but only {holding} witnesses hold that"));
        }
        Ok(())
    }

    /// A restarted node holds what it acknowledged, and what it saw sealed still is.
    pub(crate) fn check_restarted(&mut self, at: NodeNo) -> Result<(), String> {
        self.check_acknowledged(at)?;
        let node = &self.nodes[at];
        let Some(machine) = &node.machine else { return Ok(()) };
        for (log, number) in node.sealed.iter().filter(|(log, _)| !self.hostile.contains(log)) {
            let up_to = machine.seal(log).and_then(|seal| seal.up_to);
            if up_to < Some(*number) {
                let group = self.group_of(log);
                return Err(format!("{} had {group} sealed up to {number}, now {up_to:?}", node.name));
            }
        }
        Ok(())
    }

    /// The host of a log holds every statement that it gave a receipt for.
    pub(crate) fn check_acknowledged(&self, at: NodeNo) -> Result<(), String> {
        let hosted: Vec<LogId> = self.groups.values().filter(|group| group.node == at).map(|group| group.log).collect();
        let store = &self.nodes[at].disk.store;
        let lost =
            self.ledger.acknowledged.iter().find(|ack| hosted.contains(&ack.0) && !store.statements.contains(ack));
        match lost {
            Some((log, statement)) => {
                let (name, group) = (&self.nodes[at].name, self.group_of(log));
                Err(format!("{name} gave a receipt for {statement:?} in {group} and has lost it"))
            }
            None => Ok(()),
        }
    }

    /// No text that a log erased is on the disk of a node that has carried out its effects.
    fn check_erased(&self, at: NodeNo) -> Result<(), String> {
        let node = &self.nodes[at];
        let Some(machine) = node.machine.as_ref().filter(|_| node.queue.is_empty() && !node.syncing) else {
            return Ok(());
        };
        match node.erased_but_kept(machine) {
            Some(body) => Err(format!("{} still has the erased text {body:?}", node.name)),
            None => Ok(()),
        }
    }

    /// A host that is up leaves no proposal open past the latest end that its rules allow, a tick aside; but for one that
    /// signs nothing because its clock is off.
    ///
    /// The end is counted here from the rules alone, not from what the proposal says of itself.
    pub(crate) fn check_ends(&self, at: NodeNo) -> Result<(), String> {
        let node = &self.nodes[at];
        let Some(machine) = &node.machine else { return Ok(()) };
        let now = node.clock(self.now);
        let signs = |log: &LogId| machine.is_hosted(log) && !self.clock_stops(at, machine, log);
        for replica in machine.logs().filter(|replica| signs(&replica.log())) {
            for proposal in replica.proposals() {
                let end = match &proposal.stage {
                    Stage::Passed { until, .. } => *until,
                    Stage::Open => proposal.window_from + longest(proposal),
                };
                if now > end + Span::from_millis(TICK_MS) {
                    let group = self.group_of(&replica.log());
                    let id = proposal.id.short();
                    return Err(format!("{} leaves {id} of {group} open at {now}, past its end {end}", node.name));
                }
            }
        }
        Ok(())
    }

    /// Whether a node refuses to sign for its clock, and rightly: some clock is further from it than may be.
    fn clock_stops(&self, at: NodeNo, machine: &Machine, log: &LogId) -> bool {
        let (node, own) = (&self.nodes[at], self.nodes[at].clock(self.now).millis());
        let far = |other: &Node| other.clock(self.now).millis().abs_diff(own) > node.settings.skew.millis();
        self.nodes.iter().any(far) && machine.clock_refuses(log).is_some()
    }

    /// How many seats but the host's note a log, as their clocks are.
    fn clocks_that_note(&self, log: &LogId, host: NodeNo) -> usize {
        let panel = self.scenario.federation.iter().flat_map(|federation| &federation.panel);
        let seats = panel.filter_map(|name| self.nodes.iter().position(|node| node.name == *name));
        let refuses =
            |at: NodeNo| self.nodes[at].machine.as_ref().is_some_and(|machine| self.clock_stops(at, machine, log));
        seats.filter(|at| *at != host && !refuses(*at)).count()
    }

    /// Replicas with the same head have the same digest.
    pub(crate) fn sample_digest(&mut self, at: NodeNo, log: &LogId, number: u64) -> Result<(), String> {
        if number.is_multiple_of(SAMPLE_EVERY) { self.compare_digest(at, log, number) } else { Ok(()) }
    }

    fn compare_digest(&mut self, at: NodeNo, log: &LogId, number: u64) -> Result<(), String> {
        let machine = self.nodes[at].machine.as_ref();
        let replica = machine.and_then(|machine| machine.log(log)).filter(|replica| replica.head().number == number);
        let Some(digest) = replica.map(|replica| replica.digest()) else { return Ok(()) };
        if self.hostile.contains(log) {
            return Ok(());
        }
        let first = *self.ledger.digests.entry((*log, number)).or_insert(digest);
        if first == digest {
            return Ok(());
        }
        let group = self.group_of(log);
        Err(format!("{} has the digest {digest:?} at entry {number} of {group}, not {first:?}", self.nodes[at].name))
    }

    /// The checks of the end, when everything is quiet.
    pub(crate) fn check_end(&mut self) -> Result<(), String> {
        for at in (0..self.nodes.len()).filter(|at| self.is_honest(*at)).collect::<Vec<_>>() {
            self.check_acknowledged(at)?;
            self.check_erased(at)?;
            self.check_ends(at)?;
            self.check_matters(at)?;
            let heads: Vec<_> = self.nodes[at]
                .machine
                .iter()
                .flat_map(|machine| machine.logs())
                .map(|replica| (replica.log(), replica.head().number))
                .collect();
            for (log, number) in heads {
                self.compare_digest(at, &log, number)?;
            }
        }
        self.check_matters_end()?;
        self.check_negotiations_end()
    }

    /// What still differs between nodes that should hold the same, is not sealed or not done; nothing when converged.
    pub(crate) fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        if !self.clients.are_idle() {
            found.push("some members still wait for their nodes".to_owned());
        }
        for (name, hosted) in self.groups.iter().filter(|(_, hosted)| !self.hostile.contains(&hosted.log)) {
            let Some(host) = self.nodes[hosted.node].machine.as_ref() else {
                found.push(format!("{} is down", self.nodes[hosted.node].name));
                continue;
            };
            let Some(replica) = host.log(&hosted.log) else { continue };
            let head = replica.head();
            let Some(agreement) = host.home(replica) else { continue };
            let notes = self.clocks_that_note(&hosted.log, hosted.node);
            for node in
                self.nodes.iter().filter(|node| node.face.is_none() && host.lets_in(&agreement.id(), &node.public()))
            {
                let Some(machine) = &node.machine else {
                    found.push(format!("{} is down", node.name));
                    continue;
                };
                let Some(other) = machine.log(&hosted.log) else {
                    found.push(format!("{} does not hold {name}", node.name));
                    continue;
                };
                if other.head().id != head.id {
                    let number = other.head().number;
                    found.push(format!("{} has {name} up to {number}, its host up to {}", node.name, head.number));
                    continue;
                }
                let Some(seal) = machine.seal(&hosted.log) else { continue };
                if seal.quorums.witnesses > 0 && seal.up_to != Some(head.number) && notes >= seal.quorums.seal as usize
                {
                    found.push(format!("{} has {name} sealed up to {:?} of {}", node.name, seal.up_to, head.number));
                }
                if !node.queue.is_empty() || node.syncing {
                    found.push(format!("{} still writes", node.name));
                }
            }
        }
        found
    }
}

/// The longest that a window can last: of all its domains, with an extension by a tenth, or with a final period that starts
/// at the last moment and runs to its latest end.
fn longest(proposal: &OpenProposal) -> Span {
    let closing = |poll: &Poll| poll.rule.closing().millis();
    let of = |poll: &Poll| match poll.final_rule() {
        Some(period) => closing(poll) + period.latest.millis(),
        None => closing(poll) + closing(poll).div_ceil(10),
    };
    Span::from_millis(proposal.polls.iter().map(of).max().unwrap_or(0))
}
