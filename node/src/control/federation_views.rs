//! How federations and peers look to people.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    effect::Effect,
    federation::{FederationAgreement, Pending, Standing},
    id::LogId,
    key::PublicKey,
    machine::Machine,
    name::Name,
    replay::Replica,
    time::Timestamp,
    witness::Quorums,
};

use super::{
    amendments,
    view::{FederatedGroupView, FederationView, InboxItem, JoinRequestView, PanelSeatView, PeerView, PendingView},
    views::Views,
};

impl Views<'_> {
    pub(super) fn federation(&self, standing: &Standing) -> FederationView {
        let agreement = &standing.agreement;
        let id = agreement.id();
        let groups: Vec<_> = agreement.groups.iter().map(|group| self.federated_group(standing, &group.log)).collect();
        let connected = self.connected();
        FederationView {
            federation: id.to_string(),
            name: agreement.name.to_string(),
            purpose: agreement.purpose.clone(),
            version: agreement.number(),
            hash: agreement.hash().to_string(),
            exists: agreement.amends.is_some() || groups.iter().all(|group| group.sealed),
            groups,
            panel: agreement
                .panel
                .iter()
                .map(|seat| PanelSeatView {
                    name: seat.name.to_string(),
                    node: seat.node.to_string(),
                    addresses: seat.addresses.clone(),
                    connected: connected.contains(&seat.node),
                })
                .collect(),
            withstands: withstands(agreement),
            pending: standing.pending.iter().map(|pending| pending_view(pending, agreement, self.machine)).collect(),
            amendments: amendments::under_way(self.machine, agreement),
            joins: self
                .machine
                .joins(&id)
                .filter(|join| !standing.has_group(&join.log))
                .map(|join| JoinRequestView {
                    name: join.name.to_string(),
                    group: join.log.to_string(),
                    node: join.node.to_string(),
                    purpose: join.purpose.clone(),
                    people: join.people,
                    at: join.at.to_string(),
                })
                .collect(),
        }
    }

    fn federated_group(&self, standing: &Standing, log: &LogId) -> FederatedGroupView {
        let agreement = &standing.agreement;
        let id = agreement.id();
        let named = agreement.group(log);
        let replica = self.machine.log(log);
        let up_to = self.machine.seal(log).and_then(|seal| seal.up_to);
        let consents = replica.is_some_and(|replica| replica.charter().federation == Some(id));
        // Of a version in force the consents that matter are behind it.
        let consent = replica.and_then(|replica| replica.ties().consents().find(|c| c.agreement.id() == id));
        let from = standing.leaving.get(log).map(ToString::to_string);
        FederatedGroupView {
            name: named.map(|group| group.name.to_string()).unwrap_or_default(),
            group: log.to_string(),
            node: replica.map(|r| r.charter().host.node).or(named.map(|g| g.node)).map(|n| n.to_string()),
            weight: named.filter(|_| agreement.has_weights()).map(|group| group.weight),
            escalates_to: named.and_then(|group| group.escalates_to.as_ref()).map(ToString::to_string),
            held: replica.is_some(),
            consents,
            sealed: consents && consent.is_some_and(|consent| up_to >= Some(consent.entry)),
            leaving: from,
            left: standing.out.contains(log),
            panel_of: self.machine.home_version(log),
        }
    }

    /// The peers that are connected, and this node.
    fn connected(&self) -> BTreeSet<PublicKey> {
        self.machine.peers().copied().chain([self.machine.node()]).collect()
    }

    /// Every node that is known from an agreement or from a log, with what it does there.
    pub(super) fn peers(&self) -> Vec<PeerView> {
        let connected = self.connected();
        let mut peers: BTreeMap<PublicKey, PeerView> = BTreeMap::new();
        for standing in self.machine.standings() {
            let agreement = &standing.agreement;
            for seat in &agreement.panel {
                let peer = view_of(&mut peers, &seat.node);
                peer.seats.push(format!("{} of {}", seat.name, agreement.name));
                peer.addresses.extend(seat.addresses.iter().cloned());
            }
            let under_way = standing.pending.iter().flat_map(|pending| &pending.agreement.groups);
            for group in agreement.groups.iter().chain(under_way.filter(|group| agreement.group(&group.log).is_none()))
            {
                let hosted = self.machine.log(&group.log).map_or(group.node, |log| log.charter().host.node);
                let peer = view_of(&mut peers, &hosted);
                if !peer.groups.contains(&group.name.to_string()) {
                    peer.groups.push(group.name.to_string());
                }
            }
        }
        for (node, peer) in &mut peers {
            peer.connected = connected.contains(node);
            peer.this = *node == self.machine.node();
            peer.last_note = self.last_note(node).map(|at| at.to_string());
        }
        peers.into_values().collect()
    }

    /// The date of the last note of a node that is known here.
    pub(super) fn last_note(&self, node: &PublicKey) -> Option<Timestamp> {
        let notes = self.machine.logs().filter_map(|log| self.machine.notes(&log.log())?.latest(node));
        notes.map(|note| note.content().time).max()
    }

    /// What of its federation waits for a member of a group: versions under way, and who asks to join.
    pub(super) fn federation_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<InboxItem> {
        let Some(standing) = self.standing_for(log) else { return Vec::new() };
        let proposed = |agreement: &FederationAgreement| {
            let effects = log.proposals().flat_map(|proposal| &proposal.content.effects);
            effects.into_iter().any(|effect| matches!(effect, Effect::Federate(open) if open == agreement))
        };
        let item = |what: String| InboxItem {
            by: now.to_string(),
            kind: "federation".into(),
            what,
            group: log.charter().name.to_string(),
            member: member.to_string(),
            proposal: None,
            matter: None,
            terms: None,
            round: None,
            title: None,
        };
        let mut items = Vec::new();
        for pending in &standing.pending {
            let text = &pending.agreement;
            let decided = log.ties().consent_to(&text.hash()).is_some()
                || log.ties().successors_of(&standing.agreement.hash()).next().is_some();
            if !decided && !proposed(text) {
                let hash = &text.hash().to_string()[..9];
                let (number, consents, name) = (text.number(), pending.consents.len(), &text.name);
                items.push(item(format!(
                    "{consents} of {} groups consent to version {number} of '{name}': moot federation consent {hash}",
                    standing.agreement.groups.len()
                )));
            }
        }
        let known = |log: &LogId| standing.pending_with(log).is_some() || standing.has_group(log);
        if standing.has_group(&log.log()) {
            for join in self.machine.joins(&standing.agreement.id()).filter(|join| !known(&join.log)) {
                let open = log.proposals().flat_map(|proposal| &proposal.content.effects);
                let named = |effect: &Effect| matches!(effect, Effect::Federate(a) if a.group(&join.log).is_some());
                if !open.into_iter().any(named) {
                    items.push(item(format!("'{0}' asks to join: moot federation admit {0}", join.name)));
                }
            }
        }
        items
    }

    /// The federation that a group belongs to, or the one that is about to take it in.
    fn standing_for(&self, log: &Replica) -> Option<&Standing> {
        match log.charter().federation {
            Some(federation) => self.machine.standing(&federation),
            None => self.machine.standings().find(|standing| standing.pending_with(&log.log()).is_some()),
        }
    }
}

fn view_of<'a>(peers: &'a mut BTreeMap<PublicKey, PeerView>, node: &PublicKey) -> &'a mut PeerView {
    peers.entry(*node).or_insert_with(|| PeerView { node: node.to_string(), ..PeerView::default() })
}

fn pending_view(pending: &Pending, before: &FederationAgreement, machine: &Machine) -> PendingView {
    let text = &pending.agreement;
    let name = |log: &LogId| {
        let group = before.group(log).or_else(|| text.group(log));
        group.map_or_else(|| log.short(), |group| group.name.to_string())
    };
    let names = |logs: &BTreeSet<LogId>| logs.iter().map(name).collect::<Vec<_>>();
    let added = text.groups.iter().filter(|group| before.group(&group.log).is_none());
    let dropped = before.groups.iter().filter(|group| text.group(&group.log).is_none());
    let missing = pending
        .joins_missing
        .iter()
        .filter(|log| machine.log(log).is_none_or(|replica| replica.ties().consent_to(&text.hash()).is_none()));
    PendingView {
        version: text.number(),
        hash: text.hash().to_string(),
        consents: names(&pending.consents),
        sealed: names(&pending.sealed),
        needed: pending.least().groups as usize,
        weight: amendments::weight(before, pending.share, pending.least()),
        adds: added.map(|group| group.name.to_string()).collect(),
        drops: dropped.map(|group| group.name.to_string()).collect(),
        not_joined: missing.map(name).collect(),
        not_left: if pending.adopted.is_some() { Vec::new() } else { names(&pending.not_left) },
    }
}

/// What a panel withstands, said plainly: of the logs that withstand the least, where not every host has a seat.
pub(super) fn withstands(agreement: &FederationAgreement) -> String {
    let hosts: BTreeSet<PublicKey> = agreement.groups.iter().map(|group| group.node).collect();
    let seats = agreement.panel.len() as u32;
    let nodes = agreement.panel_nodes();
    let both = nodes.intersection(&hosts).count();
    let of_each: BTreeSet<u32> = hosts.iter().map(|host| seats - u32::from(nodes.contains(host))).collect();
    let quorums = of_each.iter().map(|witnesses| Quorums::of(*witnesses));
    let q = quorums.min_by_key(|q| (q.may_be_down(), q.liars)).unwrap_or_else(|| Quorums::of(seats));
    let per = if of_each.len() > 1 { "for the log with the worst panel" } else { "per log" };
    let liars = match q.liars {
        0 => "it withstands a lying group, not a lying witness".to_owned(),
        n => format!("it withstands {n} lying witness{}", if n == 1 { "" } else { "es" }),
    };
    let mixed = match both {
        0 => String::new(),
        n => format!("; {n} of the {seats} seats also host a group, so such a node is a group and a witness at once"),
    };
    format!("{} witnesses {per}, {} notes seal, {} may be down; {liars}{mixed}", q.witnesses, q.seal, q.may_be_down())
}
