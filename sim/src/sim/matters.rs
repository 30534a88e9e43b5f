//! Matters between groups at the end of a run: how they stand, and whether that is what was expected.

use folkmoot_protocol::{
    id::LogId,
    matter::{Followed, LEVELS, Standing},
    name::Name,
};

use super::{standings::Absent, world::World};
use crate::{
    report::{ExpectationReport, MatterReport},
    scenario::{Action, Expectation, MatterStanding, Step, known},
};

impl World<'_> {
    /// The matters that steps opened, in the order of the steps.
    pub(crate) fn matters(&self) -> Vec<MatterReport> {
        let steps = self.scenario.steps_in_order().into_iter().map(|at| &self.scenario.steps[at]);
        steps.filter(|step| step.action == Action::Propose).filter_map(|step| self.matter(step)).collect()
    }

    fn matter(&self, step: &Step) -> Option<MatterReport> {
        let label = step.proposal.clone()?;
        let matter = self.clients.labels.matter(&label)?;
        let mut report = MatterReport {
            group: step.group.clone(),
            title: matter.title.clone(),
            standing: MatterStanding::Nothing.word(),
            level: None,
            consents: Vec::new(),
            enacted_by: Vec::new(),
            away: None,
            doubted: false,
            lies: false,
            settled: None,
            label,
        };
        let id = self.replica(&step.group).and_then(|own| known(own, matter));
        // The node of the group that opened it may have lied.
        let own = self.groups.get(&step.group).map(|hosted| &self.nodes[hosted.node]);
        let mut honest = own.into_iter().chain(&self.nodes).filter(|node| node.face.is_none());
        let machine = honest.find_map(|node| node.machine.as_ref());
        if let Some(followed) = machine.zip(id).and_then(|(machine, id)| machine.matter(&id)) {
            self.fill_matter(&mut report, followed);
        }
        Some(report)
    }

    fn fill_matter(&self, report: &mut MatterReport, followed: &Followed) {
        report.standing = MatterStanding::of(followed.standing).word();
        if let Standing::Adopted { level } = followed.standing {
            report.level = Some(level);
        }
        report.consents = self.names_of(followed.consents.keys());
        report.enacted_by = self.names_of(followed.enacted.keys());
        match self.absent(&followed.matter, &followed.agreement.logs().collect::<Vec<_>>()) {
            Absent::Few(away) | Absent::Many(away) => report.away = Some(away),
            Absent::Lies => report.lies = true,
        }
        report.doubted = self.results.doubted.contains(&followed.id);
        let end = followed.matter.end(LEVELS, followed.agreement.timing.news);
        let whole = end.since(followed.opened).millis().max(1);
        let first = self.results.first.get(&followed.id);
        report.settled = first.map(|first| first.at.since(followed.opened).millis() * 100 / whole);
    }

    fn names_of<'b>(&self, logs: impl Iterator<Item = &'b LogId>) -> Vec<Name> {
        let logs: Vec<&LogId> = logs.collect();
        let groups = self.groups.iter().filter(|(_, hosted)| logs.contains(&&hosted.log));
        groups.map(|(name, _)| name.clone()).collect()
    }
}

/// What an expectation says of a matter, part by part.
pub(crate) fn expectations(expectation: &Expectation, matters: &[MatterReport]) -> Vec<ExpectationReport> {
    let mut reports = Vec::new();
    let Some(label) = &expectation.matter else { return reports };
    let Some(matter) = matters.iter().find(|matter| matter.label == *label) else {
        let (expected, found) = (format!("'{label}' opens a matter"), Some("it opened none".to_owned()));
        return vec![ExpectationReport { expected, met: false, found }];
    };
    let mut expect = |expected: String, met: bool, found: String| {
        reports.push(ExpectationReport { expected, met, found: (!met).then_some(found) });
    };
    if let Some(standing) = expectation.standing {
        let met = matter.standing == standing.word();
        expect(format!("the matter '{label}' is {}", standing.word()), met, matter.standing.to_owned());
    }
    if let Some(level) = expectation.level {
        let met = matter.level == Some(level);
        expect(format!("the matter '{label}' is adopted at level {level}"), met, format!("{:?}", matter.level));
    }
    if let Some(groups) = &expectation.enacted_by {
        let mut wanted = groups.clone();
        wanted.sort();
        let met = wanted == matter.enacted_by;
        expect(format!("the matter '{label}' is enacted by {wanted:?}"), met, format!("{:?}", matter.enacted_by));
    }
    reports
}
