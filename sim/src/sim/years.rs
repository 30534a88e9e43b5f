//! A run of years, measured after each.

use folkmoot_protocol::{cbor, time::Span};

use super::world::World;
use crate::soak::{YEAR_DAYS, YearReport};

impl World<'_> {
    /// Plays the scenario like [`World::play`], and measures after each year.
    pub(crate) fn play_years(&mut self, years: u64) -> Result<(Vec<String>, Vec<YearReport>), String> {
        self.set_up()?;
        self.trace.keep_the_last();
        self.schedule_scenario();
        let mut measured = Vec::new();
        for year in 1..=years {
            self.run_until(self.zero + Span::from_days(YEAR_DAYS * year))?;
            measured.push(self.measure(year));
        }
        self.run_until(self.zero + self.scenario.duration)?;
        self.settle()?;
        self.check_end()?;
        Ok((self.differences(), measured))
    }

    fn measure(&self, year: u64) -> YearReport {
        let mut report = YearReport { year, events: self.count, ..YearReport::default() };
        for name in self.groups.keys() {
            let Some(replica) = self.replica(name) else { continue };
            report.entries += replica.head().number + 1;
            report.decisions += replica.decisions().count() as u64;
            report.members += replica.charter().members.len() as u64;
            report.charters += cbor::encode(replica.charter()).len();
            for (part, bytes) in replica.state_sizes() {
                *report.state.entry(part).or_default() += bytes;
            }
        }
        report.disk = self.nodes.iter().map(|node| node.disk.store.size()).max().unwrap_or(0);
        report
    }
}
