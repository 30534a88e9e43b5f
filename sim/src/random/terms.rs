//! Negotiations made up from a seed: requests for what others ask for too, offers, counters, late answers, releases, and
//! capacities that change meanwhile.

use std::fmt::Write as _;

use super::{decisions::Decisions, matters::NEWS_MS, troubles::Dates};
use crate::sim::rng::Rng;

/// When the last negotiation starts.
const LAST_MS: u64 = 400_000;
/// How long others than the closer hold at least after the deadline.
const MARGIN_MS: u64 = 3 * NEWS_MS;
/// What each group stewards: a name, the domain, the kind, and about how much there is of it.
pub(super) const RESOURCES: [(&str, &str, &str, u64); 3] = [
    ("room", "hall", "{ slots = { horizon = \"2h\" } }", 3),
    ("coins", "yard", "\"stock\"", 300),
    (
        "hours",
        "hall",
        "{ budget = { from = \"2026-01-01T00:00:00Z\", every = { span = \"10m\" }, horizon = \"2h\" } }",
        20,
    ),
];

/// Terms that were made up.
#[derive(Clone, Debug)]
struct Made {
    label: String,
    requester: usize,
    closer: usize,
    lines: Vec<Line>,
    at: u64,
    by: u64,
    /// Who states them.
    by_whom: usize,
    counters: Option<String>,
    is_close: bool,
}

/// What is asked of a steward.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) steward: usize,
    /// Its place in [`RESOURCES`].
    pub(super) resource: usize,
    amount: u64,
    window: String,
}

/// Negotiations, and the decisions in them.
pub(super) struct Negotiations<'a> {
    decisions: Decisions<'a>,
    made: Vec<Made>,
    dates: Vec<Dates>,
}

/// The resources that a group starts with.
pub(super) fn resources(rng: &mut Rng) -> String {
    let all = RESOURCES.iter().enumerate();
    let some: Vec<(usize, u64)> = all.map(|(at, (_, _, _, most))| (at, most.div_ceil(2) + rng.below(*most))).collect();
    let mut text =
        |(at, capacity): (usize, u64)| format!("{} = {{ {} }}", RESOURCES[at].0, resource(at, capacity, rng));
    let texts: Vec<String> = some.into_iter().map(&mut text).collect();
    texts.join(", ")
}

/// A resource; now and then some of it is granted without a decision.
fn resource(at: usize, capacity: u64, rng: &mut Rng) -> String {
    let (_, domain, kind, _) = RESOURCES[at];
    let grants = match rng.below(6) {
        0 => ", grants = { share = \"2/3\" }",
        1 => ", grants = { amount = 2, per = \"3m\" }",
        _ => "",
    };
    format!(
        "purpose = \"To share.\", unit = \"piece\", domain = \"{domain}\", kind = {kind}, capacity = {capacity}{grants}"
    )
}

impl<'a> Negotiations<'a> {
    pub(super) fn new(decisions: Decisions<'a>) -> Self {
        Self { decisions, made: Vec::new(), dates: Vec::new() }
    }

    /// Writes so many negotiations, and what follows from them.
    pub(super) fn write(mut self, file: &mut String, count: usize, rng: &mut Rng) -> Vec<Dates> {
        for _ in 0..count {
            let made = self.another(rng);
            self.run(made, 2, rng);
            if rng.chance(400_000) {
                self.change_capacity(rng);
            }
        }
        self.decisions.write(file);
        self.dates
    }

    fn groups(&self) -> u64 {
        self.decisions.charters.0.len() as u64
    }

    fn another(&self, rng: &mut Rng) -> Made {
        let mut at = 5_000 + rng.below(LAST_MS);
        let mut lines = Vec::new();
        if let Some(other) = rng.pick(&self.made).filter(|_| rng.chance(600_000)) {
            // Others ask for the same at about the same time.
            at = (other.at + rng.below(90_000)).min(LAST_MS);
            lines.extend(rng.pick(&other.lines).cloned());
        }
        for _ in 0..=rng.below(3) {
            lines.push(line(rng.below(self.groups()) as usize, rng));
        }
        let requester = rng.below(self.groups()) as usize;
        let closer = lines[rng.below(lines.len() as u64) as usize].steward;
        let by_whom = if rng.chance(750_000) { requester } else { closer };
        let (label, by) = (format!("t{}", self.made.len()), at + 35_000 + rng.below(200_000));
        Made { label, requester, closer, lines, at, by, by_whom, counters: None, is_close: rng.chance(250_000) }
    }

    /// States them, and has the others answer; `counters` says how often other terms may come in their place.
    fn run(&mut self, made: Made, counters: u32, rng: &mut Rng) {
        let text = self.text(&made, rng);
        self.decisions.decide(made.by_whom, made.at, &made.label, &text, rng);
        let mut parties: Vec<usize> = made.lines.iter().map(|line| line.steward).chain([made.requester]).collect();
        parties.sort_unstable();
        parties.dedup();
        for party in parties.iter().copied().filter(|party| *party != made.by_whom) {
            self.answer(&made, party, rng);
        }
        if rng.chance(300_000) {
            let (party, at) = (*rng.pick(&parties).unwrap_or(&made.requester), made.by + rng.below(250_000));
            self.say(&made, "release_terms", party, at, "", rng);
        }
        self.made.push(made.clone());
        self.dates.push(Dates {
            at: made.at,
            by: [made.by, made.by + NEWS_MS, made.by + MARGIN_MS],
            close: made.is_close.then_some(made.by),
        });
        if counters > 0 && rng.chance(300_000) {
            let counter = self.counter(&made, &parties, rng);
            self.run(counter, counters - 1, rng);
        }
    }

    fn counter(&self, made: &Made, parties: &[usize], rng: &mut Rng) -> Made {
        let at = made.at + 12_000 + rng.below((made.by - made.at).min(120_000));
        let mut lines = made.lines.clone();
        let changed = rng.below(lines.len() as u64) as usize;
        lines[changed].amount = amount(lines[changed].resource, rng);
        if rng.chance(300_000) {
            lines.push(line(rng.below(self.groups()) as usize, rng));
        }
        let closer = lines[rng.below(lines.len() as u64) as usize].steward;
        let by_whom = *rng.pick(parties).unwrap_or(&made.requester);
        // Mostly the same deadline: a hold that is replaced keeps its end.
        let by = if rng.chance(700_000) { made.by.max(at + 20_000) } else { at + 30_000 + rng.below(120_000) };
        let (label, counters) = (format!("t{}", self.made.len()), Some(made.label.clone()));
        Made { label, closer, lines, at, by, by_whom, counters, is_close: false, ..*made }
    }

    fn text(&self, made: &Made, rng: &mut Rng) -> String {
        let name = |group| self.decisions.name(group);
        let Made { label, requester, closer, by, .. } = made;
        let mut text = format!(
            "title = \"State {label}\"\n[[steps.effects]]\n[steps.effects.terms]\ntitle = \"T{label}\"\ntext = \"So.\"\n\
             requester = \"{}\"\ncloser = \"{}\"\nby = \"+{by}ms\"\n",
            name(*requester),
            name(*closer)
        );
        if let Some(counters) = &made.counters {
            let _ = writeln!(text, "counters = \"{counters}\"");
        }
        if made.lines.iter().any(|line| line.steward == made.by_whom) {
            text.push_str(&until(made, rng).map_or(String::new(), |until| format!("until = \"{until}\"\n")));
        }
        let lines: Vec<String> = made.lines.iter().map(|line| line.text(&self.decisions)).collect();
        let _ = writeln!(text, "lines = [{}]", lines.join(", "));
        text
    }

    fn answer(&mut self, made: &Made, party: usize, rng: &mut Rng) {
        let mut at = made.at + 12_000 + rng.below((made.by - made.at).saturating_sub(20_000).max(1_000));
        // The closer has the last word: its commit comes when the network is cut.
        if made.is_close && (party == made.closer || rng.chance(300_000)) {
            at = made.by - 8_000 - rng.below(15_000);
        }
        match rng.below(100) {
            // Nothing, a no, or an answer that is too late.
            0..7 => return,
            7..14 => return self.say(made, "decline_terms", party, at, "", rng),
            14..20 => at = made.by + rng.below(30_000),
            _ => {}
        }
        let promises = made.lines.iter().any(|line| line.steward == party);
        let until = until(made, rng).filter(|_| promises).map(|until| format!(", until = \"{until}\""));
        self.say(made, "accept_terms", party, at, &until.unwrap_or_default(), rng);
        if rng.chance(60_000) {
            self.say(made, "decline_terms", party, at + 15_000 + rng.below(60_000), "", rng);
        }
    }

    fn say(&mut self, made: &Made, what: &str, party: usize, at: u64, more: &str, rng: &mut Rng) {
        let label = format!("{}-{party}-{what}", made.label);
        let effect = format!("{{ {what} = {{ terms = \"{}\"{more} }} }}", made.label);
        self.decisions.decide(party, at, &label, &format!("title = \"Say {label}\"\neffects = [{effect}]\n"), rng);
    }

    fn change_capacity(&mut self, rng: &mut Rng) {
        let (group, which) = (rng.below(self.groups()) as usize, rng.below(RESOURCES.len() as u64) as usize);
        let (name, _, _, most) = RESOURCES[which];
        let at = rng.below(LAST_MS + 300_000);
        let label = format!("c{}-{at}-{group}", self.made.len());
        let effect = match rng.below(10) {
            0 => format!("{{ drop_resource = {{ resource = \"{name}\" }} }}"),
            _ => {
                let capacity = rng.below(most + 1);
                format!("{{ set_resource = {{ name = \"{name}\", {} }} }}", resource(which, capacity, rng))
            }
        };
        self.decisions.decide(group, at, &label, &format!("title = \"Change {name}\"\neffects = [{effect}]\n"), rng);
    }
}

impl Line {
    pub(super) fn text(&self, decisions: &Decisions<'_>) -> String {
        let (steward, resource) = (decisions.name(self.steward), RESOURCES[self.resource].0);
        let Self { amount, window, .. } = self;
        format!("{{ steward = \"{steward}\", resource = \"{resource}\", amount = {amount}{window} }}")
    }
}

/// Now and then a group holds longer than it must, or shorter than it may.
fn until(made: &Made, rng: &mut Rng) -> Option<String> {
    match rng.below(20) {
        0 => Some(format!("+{}ms", made.by + rng.below(100_000))),
        1..8 => Some(format!("+{}ms", made.by + MARGIN_MS + rng.below(120_000))),
        _ => None,
    }
}

pub(super) fn line(steward: usize, rng: &mut Rng) -> Line {
    let resource = rng.below(RESOURCES.len() as u64) as usize;
    let window = match resource {
        0 => {
            let from = 200_000 + rng.below(8) * 200_000;
            format!(", from = \"+{from}ms\", until = \"+{}ms\"", from + 100_000 + rng.below(400_000))
        }
        1 => String::new(),
        _ => {
            let first = rng.below(6);
            let date = |period: u64| format!("2026-01-01T{:02}:{:02}:00Z", period / 6, period % 6 * 10);
            format!(", from = \"{}\", until = \"{}\"", date(first), date(first + 1 + rng.below(3)))
        }
    };
    Line { steward, resource, amount: amount(resource, rng), window }
}

/// Mostly so much that several of them have no room together.
fn amount(resource: usize, rng: &mut Rng) -> u64 {
    1 + rng.below(RESOURCES[resource].3.div_ceil(2))
}
