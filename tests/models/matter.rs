//! A matter and its witnesses: can *adopted* and *not adopted* both be proved?
//!
//! Both results are monotone in the records that a replica holds, so it is enough to ask the set of all records that
//! exist, lies included: no replica can hold more. Nobody has a clock here beyond the dates that count, which is every
//! delay, loss, crash and late entry; a log may date its consent back as it likes.

use folkmoot_protocol::witness::Quorums;
use stateright::{Model, Property};

use crate::search::{finds, holds};

/// Dates, as far as they count: up to D1 + g, up to D3 + g, after. A consent is dated ≤ D1 (0) or ≤ D3 (1).
type Phase = u8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// One silent witness fewer settles an absence.
    SettleWithOneLess,
    /// A witness is silent by any note without a consent, whatever lay between that and its later one.
    SilentWithoutLink,
}

#[derive(Clone, Debug)]
struct Matter {
    quorums: Quorums,
    /// Witnesses of each log that say everything to everybody.
    liars: u32,
    /// Groups of the electorate; the first `affected` of them are touched.
    groups: usize,
    affected: usize,
    /// The log of group 0 signs siblings: a consent dated ≤ D1 and one dated ≤ D3.
    siblings: bool,
    mistake: Mistake,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
struct Witness {
    /// The phase of its latest note, from 1; 0 is none.
    last: Phase,
    /// The first note that covers a consent: its phase, and how the consent is dated.
    cover: Option<(Phase, Phase)>,
    /// The first note without a consent, from 1. Kept only where a mistake looks at it.
    without: Phase,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Log {
    consents: [bool; 2],
    honest: Vec<Witness>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    phase: Phase,
    logs: Vec<Log>,
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    Consent { group: usize, dated: Phase },
    Note { group: usize, witness: usize, covers: Option<Phase> },
    TimePasses,
}

impl Matter {
    fn new(witnesses: u32, liars: u32, groups: usize) -> Self {
        let quorums = Quorums::of(witnesses);
        Self { quorums, liars, groups, affected: groups.min(2), siblings: true, mistake: Mistake::None }
    }

    fn settle(&self) -> usize {
        self.quorums.settle as usize - usize::from(self.mistake == Mistake::SettleWithOneLess)
    }

    /// A consent counts at a level if dated ≤ D and sealed by D + g. Siblings are sealed one by one.
    fn counted(&self, log: &Log, level: Phase) -> bool {
        (0..=level).any(|date| {
            let covers = log.honest.iter().filter(|witness| in_time(witness, level) == Some(date)).count();
            log.consents[usize::from(date)] && covers + self.liars as usize >= self.quorums.seal as usize
        })
    }

    fn dead(&self, log: &Log, level: Phase) -> bool {
        let silent = |witness: &&Witness| {
            let between = self.mistake == Mistake::SilentWithoutLink && (1..=level + 1).contains(&witness.without);
            witness.last > level + 1 && (in_time(witness, level).is_none() || between)
        };
        log.honest.iter().filter(silent).count() + self.liars as usize >= self.settle()
    }

    fn adopted(&self, state: &State) -> bool {
        let consents =
            |groups: usize, level| state.logs[..groups].iter().filter(|log| self.counted(log, level)).count();
        consents(self.affected, 0) == self.affected || 3 * consents(self.groups, 1) >= 2 * self.groups
    }

    fn not_adopted(&self, state: &State) -> bool {
        let dead = |groups: usize, level| state.logs[..groups].iter().filter(|log| self.dead(log, level)).count();
        dead(self.affected, 0) > 0 && 3 * (self.groups - dead(self.groups, 1)) < 2 * self.groups
    }
}

/// The date of the consent that a witness covers in time for a level.
fn in_time(witness: &Witness, level: Phase) -> Option<Phase> {
    witness.cover.filter(|(noted, dated)| *noted <= level && *dated <= level).map(|(_, dated)| dated)
}

impl Model for Matter {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let honest = vec![Witness::default(); (self.quorums.witnesses - self.liars) as usize];
        let log = |group| Log { consents: [self.siblings && group == 0; 2], honest: honest.clone() };
        vec![State { phase: 0, logs: (0..self.groups).map(log).collect() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.phase < 2 {
            actions.push(Action::TimePasses);
        }
        for (group, log) in state.logs.iter().enumerate() {
            if log.consents == [false; 2] {
                actions.extend([0, 1].map(|dated| Action::Consent { group, dated }));
            }
            // Witnesses are alike, and sorted: one of each kind is enough.
            let alike = |witness: &usize| *witness > 0 && log.honest[*witness] == log.honest[*witness - 1];
            for witness in (0..log.honest.len()).filter(|witness| !alike(witness)) {
                actions.push(Action::Note { group, witness, covers: None });
                let consents = (0..2u8).filter(|dated| log.consents[usize::from(*dated)]);
                actions.extend(consents.map(|dated| Action::Note { group, witness, covers: Some(dated) }));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::TimePasses => next.phase += 1,
            Action::Consent { group, dated } => next.logs[group].consents[usize::from(dated)] = true,
            Action::Note { group, witness, covers } => {
                let noted = &mut next.logs[group].honest[witness];
                noted.last = state.phase + 1;
                match covers {
                    // What is covered after the last date counts for nothing: a note like one without.
                    Some(dated) if noted.cover.is_none() && state.phase < 2 => noted.cover = Some((state.phase, dated)),
                    Some(_) => return None,
                    None if noted.cover.is_some() || self.mistake != Mistake::SilentWithoutLink => {}
                    None if noted.without == 0 => noted.without = state.phase + 1,
                    None => {}
                }
                next.logs[group].honest.sort_unstable();
            }
        }
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one result", |model: &Self, state| !(model.adopted(state) && model.not_adopted(state))),
            Property::sometimes("adopted", |model: &Self, state| model.adopted(state)),
            Property::sometimes("not adopted", |model: &Self, state| model.not_adopted(state)),
        ]
    }
}

#[test]
fn three_groups_of_which_one_signs_siblings_come_to_one_result() {
    holds("matter, three groups, m = 2", Matter::new(2, 0, 3), 1_155_930);
    holds("matter, two groups, m = 3", Matter::new(3, 0, 2), 216_610);
}

#[test]
fn panels_with_as_many_liars_as_they_bear_come_to_one_result() {
    for (witnesses, liars, states) in [(3, 0, 745), (4, 0, 2_910), (5, 0, 9_911), (6, 1, 9_911), (8, 1, 84_075)] {
        holds(&format!("matter, one group, m = {witnesses}"), Matter::new(witnesses, liars, 1), states);
    }
}

#[test]
#[ignore = "takes half a minute"]
fn a_panel_that_bears_two_liars_comes_to_one_result() {
    holds("matter, one group, m = 11", Matter::new(11, 2, 1), 521_950);
}

#[test]
fn one_liar_too_many_is_found() {
    for (witnesses, liars) in [(2, 1), (3, 1), (4, 1), (5, 1), (6, 2)] {
        finds("matter, a liar too many", Matter::new(witnesses, liars, 1), "one result");
    }
}

#[test]
fn one_silent_witness_fewer_is_found() {
    for (witnesses, liars) in [(3, 0), (6, 1)] {
        let model = Matter { mistake: Mistake::SettleWithOneLess, ..Matter::new(witnesses, liars, 1) };
        finds("matter, s - 1", model, "one result");
    }
}

#[test]
fn silence_that_skips_a_note_is_found() {
    let model = Matter { mistake: Mistake::SilentWithoutLink, ..Matter::new(3, 0, 1) };
    finds("matter, silence without the link", model, "one result");
}
