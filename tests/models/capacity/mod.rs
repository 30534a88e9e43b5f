//! Terms over what two stewards have little of: is anything promised twice, and is anybody blocked or bound alone?
//!
//! Somebody asks for terms over both, which overlap, counter or renew each other. Each log has a date of its own, which
//! rises as it likes: how far clocks are apart is for [`terms`](super::terms). One log may sign siblings: a branch
//! for each half of the others. Notes of w witnesses are on one of them at most ([`panels`](super::panels)), so
//! the first entry that others cite from one branch alone decides which of the two is sealed. What is cited may be as old
//! as it likes, or never come: that is every delay, loss and partition.
//!
//! A crash before an entry is durable leaves the log as it was, as nobody was shown it; after that, a restart reads the
//! entry. Whoever shows what is not durable signs siblings.

use stateright::Model;

mod books;
mod properties;
mod settings;

use books::{Books, Rules, Stand};

const WINDOWS: usize = 2;
/// When a hold ends: it counts before that date.
type Until = u8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    HoldNotCounted,
    /// A request holds in the logs that cite it.
    RequestHolds,
    /// A hold in the place of another one may last longer.
    CounterExtends,
    /// Terms are accepted beside others that counter them.
    OriginalBesideCounter,
    /// A hold that is over is taken.
    TakesPastEnd,
    /// What is not sealed is cited.
    Unsealed,
    /// Who lapses gives back what ended before.
    GivenBackTwice,
    /// Room is looked for before what is over ends.
    StaleCheck,
    /// The capacity may be set below what is promised.
    CapacityFalls,
    /// A restart counts allocations alone.
    RestartForgetsHolds,
    /// A holder lapses only citing the closer.
    NoOwnEnd,
    /// What is in force is not released.
    NoRelease,
}

/// A text that the requester asks for, of both stewards.
#[derive(Clone, Copy, Debug)]
struct Terms {
    closer: usize,
    /// The last date at which the closer commits.
    by: u8,
    /// How much of each window, of each steward.
    amounts: [i8; WINDOWS],
    counters: Option<usize>,
    /// The steward that states them; otherwise who asks.
    stated_by: Option<usize>,
}

#[derive(Clone, Debug)]
struct Capacity {
    terms: Vec<Terms>,
    capacities: [i8; 2],
    /// The logs that sign siblings.
    liars: [bool; 2],
    /// How many ends a hold may choose from.
    ends: u8,
    /// Whether it is said, too, what only forbids or changes nothing: requests are cited one by one and declined, logs
    /// restart; and capacities are set anew, to one less, and back.
    whole: bool,
    /// Whether who accepted may decline once its hold is over.
    withdraws: bool,
    mistake: Mistake,
}

/// A log as others know it: one branch, or two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Log {
    branches: Vec<Books>,
    /// Whether the first of two is sealed beyond the fork.
    decided: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    logs: [Log; 2],
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    Know { terms: usize },
    Accept { terms: usize, until: Until },
    Decline { terms: usize },
    Commit { terms: usize },
    Take { terms: usize },
    LetGo { terms: usize },
    Lapse { terms: usize },
    LapseCiting { terms: usize },
    Release { terms: usize },
    Resize { capacity: i8 },
    Restart,
    Tick,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Fork { log: usize },
    Entry { log: usize, branch: usize, says: Says },
}

impl Log {
    /// This log once others cite what a branch of it says, if they can: that may decide which branch is sealed.
    fn cited(&self, unsealed: bool, said: impl Fn(&Books) -> bool) -> Option<Self> {
        let by = |branch: usize| self.branches.get(branch).is_none_or(&said);
        match (by(0), by(1)) {
            (true, true) => Some(self.clone()),
            (false, false) => None,
            (true, false) if self.decided => Some(self.clone()),
            (first, _) if unsealed => (first || self.branches.len() > 1).then(|| self.clone()),
            (false, true) if self.decided || self.branches.len() < 2 => None,
            (first, _) => {
                let mut branches = self.branches.clone();
                if !first {
                    branches.swap(0, 1);
                }
                Some(Self { branches, decided: true })
            }
        }
    }

    fn sorted(mut self) -> Self {
        if !self.decided {
            self.branches.sort_unstable();
        }
        self
    }
}

impl Capacity {
    /// Other terms of the negotiation: what these counter, what counters that, and what counters these.
    fn beside(&self, terms: usize) -> impl Iterator<Item = usize> {
        let beginning = |terms: usize| self.terms[terms].counters.unwrap_or(terms);
        (0..self.terms.len()).filter(move |other| *other != terms && beginning(*other) == beginning(terms))
    }

    fn rules(&self, log: usize) -> Rules<'_> {
        Rules { model: self, log }
    }

    /// What a branch is after it says something, and the other log by what that cites.
    fn after(&self, state: &State, log: usize, branch: usize, says: Says) -> Option<(Books, Log)> {
        let (rules, books, other) = (self.rules(log), &state.logs[log].branches[branch], &state.logs[1 - log]);
        let cited = |said: &dyn Fn(&Books) -> bool| other.cited(self.mistake == Mistake::Unsealed, said);
        let committed =
            |terms: usize| move |of: &Books| of.stands[terms] == Stand::Taken || of.stands[terms] == Stand::Released;
        match says {
            Says::Know { terms } => {
                let other = match self.terms[terms].stated_by {
                    Some(steward) if steward != log => cited(&|of| of.stands[terms].accepted())?,
                    Some(_) => return None,
                    None => other.clone(),
                };
                Some((rules.know(books, terms)?, other))
            }
            Says::Commit { terms } if self.terms[terms].closer == log => {
                Some((rules.take(books, terms)?, cited(&|of| of.stands[terms].accepted())?))
            }
            Says::Take { terms } if self.terms[terms].closer != log => {
                Some((rules.take(books, terms)?, cited(&committed(terms))?))
            }
            Says::LapseCiting { terms } => {
                Some((rules.lapse(books, terms, true)?, cited(&|of| of.stands[terms] == Stand::LetGo)?))
            }
            Says::Release { terms } if books.stands[terms] != Stand::Taken => {
                Some((rules.release(books, terms, true)?, cited(&committed(terms))?))
            }
            alone => Some((self.alone(rules, books, alone)?, other.clone())),
        }
    }

    /// What it says without citing anything.
    fn alone(&self, rules: Rules<'_>, books: &Books, says: Says) -> Option<Books> {
        match says {
            Says::Accept { terms, until } => rules.accept(books, terms, until),
            Says::Decline { terms } => rules.decline(books, terms),
            Says::LetGo { terms } => rules.let_go(books, terms),
            Says::Lapse { terms } => rules.lapse(books, terms, false),
            Says::Release { terms } => rules.release(books, terms, false),
            Says::Resize { capacity } => rules.resize(books, capacity),
            Says::Restart => Some(rules.restart(books)),
            Says::Tick => rules.tick(books),
            _ => None,
        }
    }

    /// All that might be said.
    fn says(&self, log: usize, books: &Books) -> Vec<Says> {
        let mut all = vec![Says::Tick];
        if self.whole {
            let capacity = self.capacities[log];
            all.push(Says::Resize { capacity: if books.capacity == capacity { capacity - 1 } else { capacity } });
            all.push(Says::Restart);
        }
        for (terms, stand) in books.stands.iter().enumerate() {
            match stand {
                Stand::Released | Stand::LetGo | Stand::Lapsed | Stand::Withdrew => {}
                Stand::Taken => all.push(Says::Release { terms }),
                Stand::Unknown | Stand::Known => {
                    all.extend(self.rules(log).ends(terms).map(|until| Says::Accept { terms, until }));
                    all.extend([Says::Know { terms }, Says::Decline { terms }, Says::LetGo { terms }]);
                }
                Stand::Declined => all.push(Says::LetGo { terms }),
                Stand::Held(_) | Stand::Ended | Stand::Countered(_) => {
                    all.extend([Says::Commit { terms }, Says::Take { terms }, Says::Decline { terms }]);
                    all.extend([Says::LetGo { terms }, Says::Lapse { terms }, Says::LapseCiting { terms }]);
                    all.push(Says::Release { terms });
                }
            }
        }
        all
    }
}

impl Model for Capacity {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let known = |terms: &Terms| !self.whole && terms.stated_by.is_none();
        let stand = |terms| if known(terms) { Stand::Known } else { Stand::Unknown };
        let stands: Vec<Stand> = self.terms.iter().map(stand).collect();
        let books = |capacity| Books { now: 0, capacity, ledger: [0; WINDOWS], stands: stands.clone() };
        let log = |capacity| Log { branches: vec![books(capacity)], decided: false };
        vec![State { logs: self.capacities.map(log) }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (log, of) in state.logs.iter().enumerate() {
            if self.liars[log] && of.branches.len() == 1 {
                actions.push(Action::Fork { log });
            }
            for (branch, books) in of.branches.iter().enumerate() {
                actions.extend(self.says(log, books).into_iter().map(|says| Action::Entry { log, branch, says }));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Fork { log } => {
                let twin = next.logs[log].branches[0].clone();
                next.logs[log].branches.push(twin);
            }
            Action::Entry { log, branch, says } => {
                let (books, other) = self.after(state, log, branch, says)?;
                next.logs[log].branches[branch] = books;
                next.logs[1 - log] = other;
            }
        }
        next.logs = next.logs.map(Log::sorted);
        Some(next)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        properties::all()
    }
}
