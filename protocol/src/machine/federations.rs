//! Federations as this node knows them: which version is in force, who belongs, and whose logs they see.

use std::collections::{BTreeMap, BTreeSet};

use super::{Effect, Event, InputError, Log, Machine, Record, Reply};
use crate::{
    cbor,
    decision::{Decision, Outcome},
    effect::Effect as DecisionEffect,
    federation::{FederationAgreement, Home, Known, Pending, Seat, Standing},
    id::{FederationId, Hash, LogId},
    key::PublicKey,
    matter::Followed,
    replay::Replica,
    table::Table,
    time::Timestamp,
};

/// A federation as it is known here.
#[derive(Debug)]
pub(super) struct Federation {
    standing: Standing,
    /// The logs that the version in force or one under way names.
    logs: BTreeSet<LogId>,
    /// The nodes of its groups.
    hosts: BTreeSet<PublicKey>,
    /// The nodes of groups that a version under way adds, which at least one group has consented to, sealed: they may
    /// come in, so that their own decision can be sealed.
    candidates: BTreeSet<PublicKey>,
    /// The nodes that witness its logs, with their addresses: those of the panel in force, of one that was adopted and
    /// that groups have taken up, sealed, and of those by which logs or matters are still counted.
    seats: BTreeMap<PublicKey, Vec<String>>,
    /// When the last matter that is counted by another panel can be settled: then who else belongs is looked at again.
    kept_until: Option<Timestamp>,
}

impl Federation {
    fn new(agreement: FederationAgreement) -> Self {
        let hosts = agreement.groups.iter().map(|group| group.node).collect();
        let (out, leaving) = (BTreeSet::new(), BTreeMap::new());
        let logs = agreement.logs().collect();
        let standing = Standing { agreement, pending: Vec::new(), out, leaving };
        let seats = seats_of(&standing.agreement).collect();
        Self { standing, logs, hosts, candidates: BTreeSet::new(), seats, kept_until: None }
    }

    /// Says whether a node belongs: it has a seat, hosts a group, or is about to.
    fn belongs(&self, node: &PublicKey) -> bool {
        self.has_seat(node) || self.hosts.contains(node) || self.candidates.contains(node)
    }

    /// The version in force.
    pub(super) fn agreement(&self) -> &FederationAgreement {
        &self.standing.agreement
    }

    /// Says whether a node witnesses logs of this federation.
    pub(super) fn has_seat(&self, node: &PublicKey) -> bool {
        self.seats.contains_key(node)
    }
}

impl Machine {
    /// The agreements in force of the federations that are known here.
    pub fn agreements(&self) -> impl Iterator<Item = &FederationAgreement> {
        self.standings().map(|standing| &standing.agreement)
    }

    /// How the federations that are known here stand.
    pub fn standings(&self) -> impl Iterator<Item = &Standing> {
        self.federations.values().map(|federation| &federation.standing)
    }

    /// How a federation stands.
    pub fn standing(&self, federation: &FederationId) -> Option<&Standing> {
        self.federations.get(federation).map(|federation| &federation.standing)
    }

    /// The federation whose panel witnesses a log: the one that its own charter names, where a version in force or under
    /// way names the log, until the group has left.
    pub fn home(&self, log: &Replica) -> Option<&FederationAgreement> {
        self.home_of(log).map(|federation| &federation.standing.agreement)
    }

    /// The witnesses of a log: its panel without the node that hosts it, or that did until a move is shown to be sealed.
    ///
    /// Its panel is that of the last version that it took up and that counts ([`Home`]), until a change of it is shown to be
    /// sealed that of the version before; whatever is in force by now.
    pub fn witnesses(&self, log: &Replica) -> Vec<PublicKey> {
        let home = self.logs.get(&log.log()).and_then(|held| held.home.as_ref());
        home.into_iter().flat_map(|home| home.witnesses(log.unheard())).collect()
    }

    /// The number of the version by whose panel a log is counted.
    pub fn home_version(&self, log: &LogId) -> Option<u32> {
        self.logs.get(log)?.home.as_ref().map(|home| home.version)
    }

    /// All nodes whose notes of a log are taken: its witnesses, and the others that witness logs of its federation, by
    /// whose notes it may be counted in a matter.
    pub(super) fn heard(&self, log: &Replica) -> BTreeSet<PublicKey> {
        let host = log.unheard();
        let named = log.charter().federation.and_then(|id| self.federations.get(&id));
        let seats = named.into_iter().flat_map(|federation| federation.seats.keys()).copied();
        self.witnesses(log).into_iter().chain(seats.filter(|node| *node != host)).collect()
    }

    /// Says whether a node witnesses logs of a federation that is known here.
    pub(super) fn witnesses_somewhere(&self, node: &PublicKey) -> bool {
        self.federations.values().any(|federation| federation.has_seat(node))
    }

    /// Says whether a federation that is known here lets a node in.
    pub fn lets_in(&self, federation: &FederationId, node: &PublicKey) -> bool {
        self.federations.get(federation).is_some_and(|federation| federation.belongs(node))
    }

    /// Takes back a federation that the node was told of.
    pub fn restore_agreement(&mut self, agreement: FederationAgreement) {
        self.federations.insert(agreement.id(), Federation::new(agreement));
    }

    /// Takes back the federations that the groups of this node have founded.
    pub(super) fn restore_founded(&mut self) {
        let own = self.logs.values().filter(|log| log.replica.charter().host.node == self.node.public());
        let founded: Vec<FederationAgreement> =
            own.flat_map(|log| log.replica.decisions()).flat_map(foundings).cloned().collect();
        for agreement in founded {
            self.federations.entry(agreement.id()).or_insert_with(|| Federation::new(agreement));
        }
    }

    /// What to carry out at a start; what came into force before is stored, also if the store had not got so far.
    pub(super) fn start_federations(&mut self, out: &mut Vec<Effect>) {
        out.extend(self.federations.keys().copied().map(Effect::Subscribe));
        self.ties_moved = true;
        let mut reviewed = Vec::new();
        self.review_federations(&mut reviewed);
        // What came into force before the start is no news.
        out.extend(reviewed.into_iter().filter(|effect| matches!(effect, Effect::Persist(_))));
        self.told = self.belonging();
        out.push(Effect::Belong(self.told.clone()));
    }

    /// Follows a federation in which this node has a seat, or to which it comes.
    ///
    /// Of a federation that is known it takes nothing: its logs say what is in force. A text that no amendment can lead
    /// to is refused, so that whoever brings it learns that something is wrong with it.
    pub(super) fn follow(
        &mut self,
        agreement: FederationAgreement,
        comes: bool,
        out: &mut Vec<Effect>,
    ) -> Result<Reply, InputError> {
        agreement.check()?;
        if !comes && !agreement.includes(&self.node.public()) {
            return Err(InputError::NoSeat(self.node.public()));
        }
        let id = agreement.id();
        if let Some(standing) = self.standing(&id) {
            self.check_known(&agreement, standing)?;
        }
        self.learn(agreement, out);
        Ok(Reply::Following(id))
    }

    /// Takes a version as the one in force, unless the federation is known: then its logs say which one is.
    pub(super) fn learn(&mut self, agreement: FederationAgreement, out: &mut Vec<Effect>) {
        let id = agreement.id();
        if self.federations.contains_key(&id) {
            return;
        }
        out.push(Effect::Persist(vec![in_force(&agreement)]));
        self.federations.insert(id, Federation::new(agreement));
        out.push(Effect::Subscribe(id));
        self.ties_moved = true;
        self.find_homes(|_, _| true);
    }

    /// Checks that a text of a federation that is known here has the panel of a version that may have come into force.
    fn check_known(&self, text: &FederationAgreement, standing: &Standing) -> Result<(), InputError> {
        let nodes = text.panel_nodes();
        let under_way = standing.pending.iter().map(|pending| &pending.agreement);
        let held = self.logs.values().filter_map(|log| log.home.as_ref());
        let known = nodes == standing.agreement.panel_nodes()
            || under_way.into_iter().any(|version| version.panel_nodes() == nodes)
            || held.into_iter().any(|home| home.nodes() == nodes);
        if known { Ok(()) } else { Err(InputError::OtherPanel(standing.agreement.number())) }
    }

    /// Finds by whose panel logs are counted, of those that `which` names; the caller looks at what that seals.
    pub(super) fn find_homes(&mut self, which: impl Fn(&LogId, Option<&Home>) -> bool) {
        let versions: BTreeMap<FederationId, BTreeSet<Hash>> = self
            .federations
            .iter()
            .map(|(id, federation)| (*id, federation.standing.agreement.with_those_before(|v, n| self.text_of(v, n))))
            .collect();
        let found: Vec<(LogId, Home)> = self
            .logs
            .iter()
            .filter(|(id, log)| which(id, log.home.as_ref()))
            .filter_map(|(id, log)| {
                let federation = log.replica.charter().federation?;
                let in_force = &self.federations.get(&federation)?.standing.agreement;
                let moving = log.replica.moving(log.replica.head().time);
                let until = moving.map(|moving| moving.entry);
                Some((*id, Home::of(log.replica.ties(), in_force, versions.get(&federation)?, until)))
            })
            .collect();
        for (id, home) in found {
            if let Some(log) = self.logs.get_mut(&id) {
                log.home = Some(home);
            }
        }
    }

    /// The text of a version that a log here holds.
    fn text_of(&self, version: &Hash, number: u32) -> Option<FederationAgreement> {
        let consents = self.logs.values().flat_map(|log| log.replica.ties().consents());
        let mut texts = consents.map(|consent| &consent.agreement).filter(|text| text.number() == number);
        texts.find(|text| text.hash() == *version).cloned()
    }

    /// Says whether a node belongs to a federation that is known here.
    pub(super) fn belongs(&self, node: &PublicKey) -> bool {
        self.federations.values().any(|federation| federation.belongs(node))
    }

    /// Says whether a version in force names the log.
    pub(super) fn names(&self, id: &LogId) -> bool {
        self.agreements().any(|agreement| agreement.group(id).is_some())
    }

    /// Says whether a version under way names the log: its group may join.
    pub(super) fn expects(&self, id: &LogId) -> bool {
        self.standings().flat_map(|standing| &standing.pending).any(|pending| pending.agreement.group(id).is_some())
    }

    /// A peer sees the logs of the federations that it belongs to, and no others that lie on this node but
    /// - those that it hosts: of a group that has left its host may ask what it has lost
    /// - those of groups that give a seat to a group that it hosts: who mandates has to read what its liaison is asked,
    ///   and a federation that speaks in a larger one has no seat on that one's panel for each of its nodes
    pub(super) fn may_see(&self, peer: &PublicKey, log: &Replica) -> bool {
        log.charter().host.node == *peer
            || self.home_of(log).is_some_and(|federation| federation.belongs(peer))
            || self.gives_seat_to(peer, log)
    }

    /// Says whether a group has a liaison of a group that the node hosts, by that group's log as it is here.
    fn gives_seat_to(&self, node: &PublicKey, log: &Replica) -> bool {
        let host = |group: &LogId| self.log(group).map(|sender| sender.charter().host.node);
        log.charter().liaisons().any(|(_, liaison)| host(&liaison.group) == Some(*node))
    }

    /// Says whether a group has left the federation that its charter names, and that is sealed there.
    pub(super) fn has_left(&self, log: &Log) -> bool {
        let Some(federation) = log.replica.charter().federation else { return false };
        let leaving = log.replica.ties().leaving(&federation);
        // Only who has decided to leave needs a closer look.
        leaving
            .filter(|leaving| leaving.from <= self.now)
            .is_some_and(|leaving| self.sealed_inside(log, &self.witnesses(&log.replica)) >= Some(leaving.entry))
    }

    /// When the next group leaves, or a node whose seat was taken away need not stay any more.
    pub(super) fn next_leaving(&self) -> Option<Timestamp> {
        let leaving = self.standings().flat_map(|standing| standing.leaving.values()).copied();
        leaving.chain(self.federations.values().filter_map(|federation| federation.kept_until)).min()
    }

    /// Looks whether another version is in force, and who belongs now; called after every input, when what it rests on
    /// is about to be stored first.
    pub(super) fn review_federations(&mut self, out: &mut Vec<Effect>) {
        if !self.ties_moved && self.next_leaving().is_none_or(|at| at > self.now) {
            return;
        }
        // Another version may bring other witnesses to logs, and what they sealed yet another version.
        while self.review_once(out) {
            self.find_homes(|_, _| true);
            let logs: Vec<LogId> = self.logs.keys().copied().collect();
            logs.into_iter().for_each(|log| self.look_at_seal(log, out));
        }
        self.ties_moved = false;
        let belonging = self.belonging();
        if belonging != self.told {
            self.told.clone_from(&belonging);
            out.push(Effect::Belong(belonging));
        }
    }

    /// Says whether another version is in force than before.
    fn review_once(&mut self, out: &mut Vec<Effect>) -> bool {
        let ids: Vec<FederationId> = self.federations.keys().copied().collect();
        let mut moved = false;
        for id in ids {
            let Some(next) = self.federations.get(&id).map(|federation| self.reviewed(federation)) else { continue };
            let (version, record) = (next.standing.agreement.number(), in_force(&next.standing.agreement));
            let Some(before) = self.federations.insert(id, next) else { continue };
            if before.standing.agreement.number() != version {
                moved = true;
                out.push(Effect::Persist(vec![record]));
                out.push(Effect::Notify(Event::InForce { federation: id, version }));
            }
        }
        moved
    }

    fn reviewed(&self, federation: &Federation) -> Federation {
        let known = |id: &LogId| {
            let replica = self.log(id)?;
            Some(Known { replica, sealed: self.seal(id).and_then(|seal| seal.up_to) })
        };
        let standing = Standing::of(federation.standing.agreement.clone(), known, self.now);
        let staying = standing.agreement.groups.iter().filter(|group| standing.has_group(&group.log));
        let moved = |log: &LogId| self.log(log).map(|replica| replica.charter().host.node);
        // The node that the text names stays, too: members may read there until an amendment names the new one.
        let hosts = staying.flat_map(|group| [Some(group.node), moved(&group.log)]).flatten().collect();
        let under_way = standing.pending.iter().filter(|pending| !pending.sealed.is_empty());
        let candidates = under_way
            .flat_map(|pending| {
                pending.agreement.groups.iter().filter(|group| pending.joins_missing.contains(&group.log))
            })
            .map(|group| group.node)
            .collect();
        let versions = [&standing.agreement].into_iter().chain(standing.pending.iter().map(|p| &p.agreement));
        let logs = versions.flat_map(FederationAgreement::logs).collect();
        let (seats, kept_until) = self.seats(&standing);
        Federation { logs, hosts, candidates, standing, seats, kept_until }
    }

    /// Who witnesses the logs of a federation, and until when somebody of them does that for the sake of matters alone.
    fn seats(&self, standing: &Standing) -> (BTreeMap<PublicKey, Vec<String>>, Option<Timestamp>) {
        let mut seats: BTreeMap<PublicKey, Vec<String>> = seats_of(&standing.agreement).collect();
        let mut add = |panel: &Table<Seat>| {
            for seat in panel {
                seats.entry(seat.node).or_insert_with(|| seat.addresses.clone());
            }
        };
        let adopted = |pending: &&Pending| pending.adopted.is_some();
        standing.pending.iter().filter(adopted).for_each(|pending| add(&pending.agreement.panel));
        let homes = standing.agreement.logs().filter_map(|log| self.logs.get(&log)?.home.as_ref());
        homes.for_each(|home| add(&home.panel));
        // Who names any other version brings nobody in: its groups alone say that it is one.
        let versions = standing.agreement.with_those_before(|version, number| self.text_of(version, number));
        let named = |followed: &&Followed| versions.contains(&followed.matter.version) && followed.may_count(self.now);
        let mut until = None;
        for followed in self.matters.values().filter(named) {
            // What it rests on is dated by then, and noted within as long again.
            let last = followed.dates().max().filter(|last| *last > self.now);
            let panel = &followed.agreement.panel;
            if let Some(last) = last.filter(|_| panel.iter().any(|seat| !seats.contains_key(&seat.node))) {
                panel.iter().for_each(|seat| {
                    seats.entry(seat.node).or_insert_with(|| seat.addresses.clone());
                });
                until = until.max(Some(last));
            }
        }
        (seats, until)
    }

    pub(super) fn home_of(&self, log: &Replica) -> Option<&Federation> {
        let id = log.charter().federation?;
        // Anybody can write into a charter that a group belongs; what the federation names is for its groups to say.
        let federation = self.federations.get(&id).filter(|federation| federation.logs.contains(&log.log()))?;
        let left = self.logs.get(&log.log()).is_some_and(|held| self.has_left(held));
        (!left).then_some(federation)
    }

    /// The peers that belong, with their addresses.
    fn belonging(&self) -> BTreeMap<PublicKey, Vec<String>> {
        let mut peers: BTreeMap<PublicKey, Vec<String>> = BTreeMap::new();
        for federation in self.federations.values() {
            for node in federation.hosts.iter().chain(&federation.candidates) {
                peers.entry(*node).or_default();
            }
            for (node, addresses) in &federation.seats {
                peers.entry(*node).or_default().extend(addresses.iter().cloned());
            }
        }
        peers.remove(&self.node.public());
        peers
    }
}

/// The nodes of a version's panel, with their addresses.
fn seats_of(agreement: &FederationAgreement) -> impl Iterator<Item = (PublicKey, Vec<String>)> {
    agreement.panel.iter().map(|seat| (seat.node, seat.addresses.clone()))
}

/// The record of the version in force: a start goes on from it, whatever the logs say by then.
fn in_force(agreement: &FederationAgreement) -> Record {
    Record::Agreement(agreement.id(), cbor::encode(agreement))
}

/// The federations that a decision founded.
pub(super) fn foundings(decision: &Decision) -> impl Iterator<Item = &FederationAgreement> {
    let applied = decision.outcome == Outcome::Applied;
    decision.proposal.content.effects.iter().filter_map(move |effect| match effect {
        DecisionEffect::Federate(agreement) if applied && agreement.amends.is_none() => Some(agreement),
        _ => None,
    })
}
