//! Faults that start and end; crashes and restarts.

use super::{
    network::{NodeNo, pair},
    world::World,
};
use crate::scenario::{FaultKind, Trouble};

impl World<'_> {
    pub(crate) fn start_fault(&mut self, at: usize) -> Result<(), String> {
        let trouble = self.scenario.faults[at].trouble()?;
        self.trace.line(self.now, format_args!("fault {at} starts: {trouble:?}"));
        match &trouble {
            Trouble::Partition(_) => self.network.counts.count(FaultKind::Partition),
            Trouble::Crash { node, while_writing } => {
                let Some(no) = self.nodes.iter().position(|candidate| candidate.name == *node) else { return Ok(()) };
                if *while_writing {
                    // A written story counts on the first write; made-up ones try the next ones of a batch as well.
                    let skipped = if self.scenario.lenient { self.rng.below(3) } else { 0 };
                    self.nodes[no].crash_on_write = Some(1 + skipped);
                } else {
                    let epoch = self.nodes[no].epoch;
                    self.crash(no, epoch)?;
                }
            }
            Trouble::TwoFaces { node, see, behind } => {
                self.network.counts.count(FaultKind::TwoFaces);
                self.turn_two_faced(node, see, *behind)?;
            }
            _ => {}
        }
        self.network.troubles.insert(at, trouble);
        self.relink();
        Ok(())
    }

    pub(crate) fn end_fault(&mut self, at: usize) -> Result<(), String> {
        self.trace.line(self.now, format_args!("fault {at} ends"));
        let over = self.network.troubles.remove(&at);
        if let Some(Trouble::TwoFaces { node, .. }) = &over {
            self.lose_second_face(node)?;
        }
        if let Some(Trouble::Crash { node, .. }) = over {
            let held_down = |other: &Trouble| matches!(other, Trouble::Crash { node: other, .. } if *other == node);
            let held_down = self.network.troubles.values().any(held_down);
            let no = self.nodes.iter().position(|candidate| candidate.name == node);
            if let Some(no) = no.filter(|_| !held_down) {
                self.nodes[no].crash_on_write = None;
                self.restart(no)?;
            }
        }
        self.relink();
        Ok(())
    }

    pub(crate) fn crash(&mut self, at: NodeNo, epoch: u32) -> Result<(), String> {
        if self.nodes[at].epoch != epoch || self.nodes[at].machine.is_none() {
            return Ok(());
        }
        if !self.nodes[at].queue.is_empty() || self.nodes[at].syncing {
            self.results.forget(at);
        }
        let lost = self.nodes[at].crash();
        self.lost_records += lost;
        self.network.counts.count(FaultKind::Crash);
        self.trace.line(self.now, format_args!("{} crashes and loses {lost} records", self.nodes[at].name));
        self.network.pending.retain(|_, pending| pending.from != at && pending.to != at);
        for other in 0..self.nodes.len() {
            if self.network.links.contains(&pair(at, other)) {
                self.unlink(at, other)?;
            }
        }
        Ok(())
    }

    fn restart(&mut self, at: NodeNo) -> Result<(), String> {
        if self.nodes[at].machine.is_some() {
            return Ok(());
        }
        self.nodes[at].start(self.now, &mut self.facts)?;
        self.trace.line(self.now, format_args!("{} starts again", self.nodes[at].name));
        self.check_restarted(at)?;
        self.check_ends(at)?;
        self.pump(at)?;
        self.schedule_wake(at);
        Ok(())
    }
}
