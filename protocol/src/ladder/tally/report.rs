//! A count with labels instead of places: what screens and programs are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Because, Choice, Count, Over, Round, Step, Tie};

/// A count with labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who won, in the order of winning. Where a tie for the last seats stays, those who are tied for them as well: more
    /// than there are seats, and `decided` is false.
    pub winners: Vec<String>,
    /// Whether all seats that can be filled are, without a tie that nothing broke.
    pub decided: bool,
    /// All options from the first to the last; who stands together is equal.
    pub ranking: Vec<Vec<String>>,
    /// What happened, round by round.
    pub rounds: Vec<RoundReport>,
    /// Every tie that mattered, with what broke it.
    pub ties: Vec<TieReport>,
    /// What Schulze's method compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<PairReport>,
}

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundReport {
    /// Its number, from 1.
    pub round: usize,
    /// Votes by option, exactly: a whole number, a fraction, or with the rule's decimals.
    pub votes: BTreeMap<String, String>,
    /// The quota of STV; in instant runoff half of the votes that still count, of which a winner has more.
    pub quota: String,
    /// Votes of ballots that rank nobody any more who is in the count.
    pub exhausted: String,
    /// Votes that cutting off decimals has cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// What followed.
    pub steps: Vec<StepReport>,
}

/// What a round led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// `elected`, `eliminated` or `surplus`.
    pub what: String,
    /// Whom.
    pub options: Vec<String>,
    /// Why: `quota`, `majority`, `remaining`, `fewest`, `limit`; of a surplus how many votes each passes on.
    pub because: String,
}

/// A tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieReport {
    /// The round, from 1; 0 where there are none.
    pub round: usize,
    /// `seat` or `elimination`.
    pub over: String,
    /// Who was tied.
    pub among: Vec<String>,
    /// Who won the seat or left by it.
    pub result: Vec<String>,
    /// What broke it, in order; nothing if it stays.
    pub broken_by: Vec<String>,
    /// Whether it was broken.
    pub broken: bool,
}

/// How two options compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairReport {
    /// The two.
    pub options: [String; 2],
    /// How many votes prefer the first to the second, and the second to the first.
    pub votes: [u64; 2],
    /// The strongest paths from the first to the second, and back.
    pub paths: [u64; 2],
}

impl Count {
    /// The count with the labels of its options.
    pub fn report(&self, options: &[Choice]) -> Report {
        let names = |places: &[usize]| -> Vec<String> { places.iter().map(|at| options[*at].label.clone()).collect() };
        let tied = self.unbroken().filter(|tie| tie.over == Over::Seat);
        let winners: Vec<usize> =
            self.elected.iter().chain(tied.map(|tie| &tie.left).into_iter().flatten()).copied().collect();
        let pair = |pair: &super::Pair| PairReport {
            options: pair.options.map(|at| options[at].label.clone()),
            votes: pair.votes,
            paths: pair.paths,
        };
        Report {
            winners: names(&winners),
            decided: !self.elected.is_empty() && self.unbroken().is_none(),
            ranking: self.ranking.iter().map(|group| names(group)).collect(),
            rounds: self
                .rounds
                .iter()
                .enumerate()
                .map(|(at, round)| round_report(at + 1, round, options, &names))
                .collect(),
            ties: self.ties.iter().map(|tie| tie_report(tie, &names)).collect(),
            pairs: self.pairs.iter().map(pair).collect(),
        }
    }
}

fn round_report(
    number: usize,
    round: &Round,
    options: &[Choice],
    names: &impl Fn(&[usize]) -> Vec<String>,
) -> RoundReport {
    let step = |step: &Step| {
        let (what, of, because) = match step {
            Step::Elected(of, because) => ("elected", of, because.word().to_owned()),
            Step::Eliminated(of, because) => ("eliminated", of, because.word().to_owned()),
            Step::Surplus(of, votes) => ("surplus", of, votes.clone()),
        };
        StepReport { what: what.to_owned(), options: names(of), because }
    };
    RoundReport {
        round: number,
        votes: round.votes.iter().map(|(at, votes)| (options[*at].label.clone(), votes.clone())).collect(),
        quota: round.quota.clone(),
        exhausted: round.exhausted.clone(),
        lost: round.lost.clone(),
        steps: round.steps.iter().map(step).collect(),
    }
}

fn tie_report(tie: &Tie, names: &impl Fn(&[usize]) -> Vec<String>) -> TieReport {
    TieReport {
        round: tie.round,
        over: match tie.over {
            Over::Seat => "seat".into(),
            Over::Elimination => "elimination".into(),
        },
        among: names(&tie.among),
        result: if tie.is_broken() { names(&tie.left) } else { Vec::new() },
        broken_by: tie.by.iter().map(|by| by.word().to_owned()).collect(),
        broken: tie.is_broken(),
    }
}

impl Because {
    /// Its word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Majority => "majority",
            Self::Remaining => "remaining",
            Self::Fewest => "fewest",
            Self::Limit => "limit",
        }
    }
}
