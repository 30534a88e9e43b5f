//! The node's condition: what keeps it from its work, its clock, its panel, and the gauges of its metrics.

use std::collections::BTreeSet;

use folkmoot_protocol::{id::LogId, key::PublicKey, replay::Replica};

use super::{
    view::{SeatView, StoreView},
    views::Views,
};
use crate::{clock, disk::Disk, metrics::Metrics, net::Net, store::FORMAT};

/// What this node is to a log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Hosted,
    Witnessed,
    Followed,
    Stopped,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Hosted => "hosted",
            Self::Witnessed => "witnessed",
            Self::Followed => "followed",
            Self::Stopped => "stopped",
        }
    }
}

impl Views<'_> {
    /// Why the node cannot do all of its work now.
    pub(super) fn not_ready(&self, net: &Net, disk: Option<Disk>) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Some(disk) = disk.filter(|disk| !disk.enough) {
            reasons.push(format!("disk: only {} bytes are free: nothing is stored any more", disk.free));
        }
        if let Some((disk, max)) = disk.and_then(|disk| Some((disk, disk.max?))).filter(|(disk, max)| disk.used > *max)
        {
            reasons.push(format!(
                "max-disk: the store takes {} bytes of {max}: guests' logs and texts of others are not taken",
                disk.used
            ));
        }
        if net.listening().is_empty() {
            reasons.push("listening: on no address; peers cannot reach this node".into());
        }
        for log in self.machine.logs() {
            let (id, name) = (log.log(), &log.charter().name);
            if let Some(lack) = self.machine.catching_up(&id) {
                reasons.push(format!("catching-up: '{name}' ({}): {}", id.short(), lack.words()));
            }
            if let Some(offset) = self.machine.clock_refuses(&id) {
                reasons.push(format!("clock: the witnesses of '{name}' are {offset} ms ahead: set the clock"));
            }
        }
        reasons
    }

    pub(super) fn store(&self, disk: Option<Disk>) -> StoreView {
        StoreView {
            format: FORMAT,
            intact: self.machine.is_intact(),
            used: disk.map(|disk| disk.used),
            free: disk.map(|disk| disk.free),
            max: disk.and_then(|disk| disk.max),
            reserve: disk.map(|disk| disk.reserve),
        }
    }

    /// By how many milliseconds the clocks of the witnesses are ahead, by their median.
    pub(super) fn clock_offset(&self) -> Option<i64> {
        let mut offsets: Vec<i64> = self.machine.clock_offsets().map(|(_, offset)| offset).collect();
        offsets.sort_unstable();
        offsets.get(offsets.len() / 2).copied()
    }

    /// The seats of all panels, each with the last note that is known here.
    pub(super) fn seats(&self) -> Vec<SeatView> {
        let connected: BTreeSet<PublicKey> = self.machine.peers().copied().chain([self.machine.node()]).collect();
        let offset = |node| self.machine.clock_offsets().find(|(seat, _)| **seat == node).map(|(_, offset)| offset);
        let seats = self.machine.agreements().flat_map(|agreement| {
            agreement.panel.iter().map(|seat| SeatView {
                federation: agreement.name.to_string(),
                name: seat.name.to_string(),
                node: seat.node.to_string(),
                connected: connected.contains(&seat.node),
                last_note: self.last_note(&seat.node).map(|at| at.to_string()),
                clock_offset_ms: offset(seat.node),
            })
        });
        seats.collect()
    }

    /// Sets the gauges that the replica knows.
    pub(super) fn measure(&self, metrics: &Metrics) {
        let now = clock::now();
        metrics.logs.clear();
        metrics.overdue.clear();
        metrics.last_entry.clear();
        metrics.unsealed.clear();
        let (mut catching_up, mut open) = (0, 0);
        for log in self.machine.logs() {
            let (id, role) = (log.log(), self.role(log));
            metrics.logs.get_or_create(&[("role", role.word())]).inc();
            catching_up += i64::from(self.machine.catching_up(&id).is_some());
            if role == Role::Hosted {
                open += log.proposals().count() as i64;
            }
            if role != Role::Stopped && log.due_at().is_some_and(|due| due < now) {
                metrics.overdue.get_or_create(&[("role", role.word())]).inc();
            }
            let group = [("group", id.short().to_string())];
            let head = log.head().number;
            metrics.last_entry.get_or_create(&group).set(head.cast_signed());
            metrics.unsealed.get_or_create(&group).set((head + 1 - self.sealed(&id)).cast_signed());
        }
        metrics.catching_up.set(catching_up);
        metrics.open.set(open);
        metrics.clock.set(self.clock_offset().unwrap_or_default());
    }

    /// How many entries of a log are sealed.
    fn sealed(&self, log: &LogId) -> u64 {
        self.machine.seal(log).and_then(|seal| seal.up_to).map_or(0, |number| number + 1)
    }

    fn role(&self, log: &Replica) -> Role {
        let id = log.log();
        if self.machine.stopped(&id).is_some() {
            Role::Stopped
        } else if self.machine.is_hosted(&id) {
            Role::Hosted
        } else if self.machine.witnesses(log).contains(&self.machine.node()) {
            Role::Witnessed
        } else {
            Role::Followed
        }
    }
}
