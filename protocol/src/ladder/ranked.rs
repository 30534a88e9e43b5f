//! Ranked: members rank options, and a count of their ballots says which win.

use std::collections::BTreeMap;

use super::{
    Reason, Standing, Tally,
    tally::{Ballots, Choice, Count, count},
};
use crate::{
    charter::{Counting, Ranked},
    name::Name,
    statement::ProposalOption,
};

/// What members rank in a domain, and how.
#[derive(Clone, Debug)]
pub struct Contest<'a> {
    /// The options that are still offered, in the order of the proposal.
    pub options: Vec<&'a ProposalOption>,
    /// The ballots, by member; they may rank options that were withdrawn since.
    pub ballots: BTreeMap<&'a Name, &'a [Vec<Name>]>,
}

impl Contest<'_> {
    /// The ballots without what was withdrawn.
    pub fn ballots(&self) -> Ballots {
        let choice = |option: &&ProposalOption| Choice {
            label: option.label.to_string(),
            tags: option.tags.iter().map(|(tag, value)| (tag.to_string(), value.to_string())).collect(),
        };
        let mut ballots = Ballots::new(self.options.iter().map(choice).collect());
        let places: BTreeMap<&Name, usize> = self.options.iter().enumerate().map(|(at, o)| (&o.label, at)).collect();
        for ranking in self.ballots.values() {
            let group = |group: &Vec<Name>| group.iter().filter_map(|label| places.get(label).copied()).collect();
            // What the log admits ranks no option twice.
            let added = ballots.add(1, ranking.iter().map(group).collect());
            debug_assert!(added.is_ok(), "{added:?}");
        }
        ballots
    }

    /// Counts the ballots.
    pub fn count(&self, counting: &Counting) -> Count {
        count(counting, &self.ballots())
    }
}

/// At close: passes when the quorum has voted and the count has winners, without a tie that nothing breaks.
/// Early: when all eligible have voted.
///
/// Abstaining is voting. Options that were withdrawn are skipped on every ballot.
pub(super) fn standing(rule: &Ranked, tally: &Tally<'_>) -> Standing {
    let (eligible, responded) = (tally.size(), tally.responded());
    let quorum = super::poll::quorum(rule.quorum, eligible);
    let settled = settled(tally);
    let fails = |reason| Standing { passes: false, settled, reason };
    if responded < quorum {
        return fails(Reason::QuorumMissed { responded, quorum });
    }
    let Some(contest) = &tally.contest else { return fails(Reason::NobodyElected) };
    let count = contest.count(&rule.count);
    let names = |places: &[usize]| places.iter().map(|at| contest.options[*at].label.clone()).collect();
    let winners: Vec<Name> = names(&count.elected);
    if let Some(tie) = count.unbroken() {
        return fails(Reason::Tied { among: names(&tie.left), over: tie.over, winners });
    }
    if winners.is_empty() {
        return fails(Reason::NobodyElected);
    }
    let ranking = count.ranking.iter().map(|group| names(group)).collect();
    Standing { passes: true, settled, reason: Reason::Elected { winners, ranking, responded, quorum } }
}

/// Says whether all eligible have voted, without a count.
pub(super) fn settled(tally: &Tally<'_>) -> bool {
    tally.responded() == tally.size()
}
