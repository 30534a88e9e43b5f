//! Matters between groups, made up from a seed: rivals on purpose, stages, texts that take up others, and what each
//! group says to them and when.

use std::fmt::Write as _;

use super::{
    charters::{Charters, SHARED},
    decisions::Decisions,
    terms::{self, Line, RESOURCES},
    troubles::Dates,
};
use crate::sim::rng::Rng;

/// The longest window of the domains that matters touch, and how long news may take, in milliseconds.
pub(super) const WINDOW_MS: u64 = 40_000;
pub(super) const NEWS_MS: u64 = 60_000;
/// When the last matter is opened.
const LAST_OPENING_MS: u64 = 300_000;

/// A matter that was made up.
#[derive(Clone, Debug)]
pub(super) struct Matter {
    label: String,
    sponsor: usize,
    /// When its opening is proposed.
    at: u64,
    by: [u64; 3],
    /// Whether groups answer at the last moment, when the network is cut.
    is_close: bool,
    parts: Vec<Part>,
    settles: Option<Settled>,
}

/// Terms that a matter settles: all that are named in them have a part in it.
#[derive(Clone, Debug)]
struct Settled {
    requester: usize,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Part {
    group: usize,
    domains: Vec<&'static str>,
    effects: bool,
    linked: bool,
    after: Option<usize>,
}

/// What the groups are minded to do about a matter.
#[derive(Clone, Copy)]
enum Mood {
    Willing,
    Mixed,
    Silent,
    /// Everybody says yes at the last moment of the last level.
    Late,
}

/// Matters, and the steps about them.
pub(super) struct Matters<'a> {
    charters: &'a Charters,
    opened: Vec<Matter>,
    decisions: Decisions<'a>,
    /// Whether groups have resources, and some matters settle terms about them.
    settling: bool,
}

impl<'a> Matters<'a> {
    pub(super) fn new(decisions: Decisions<'a>, settling: bool) -> Self {
        Self { charters: decisions.charters, opened: Vec::new(), decisions, settling }
    }

    /// Writes so many matters, and what follows from them.
    pub(super) fn write(mut self, file: &mut String, count: usize, rng: &mut Rng) -> Vec<Dates> {
        for _ in 0..count {
            let matter = self.another(rng);
            self.open(&matter, "", rng);
            self.takes_up(&matter, rng);
        }
        self.decisions.write(file);
        let dates =
            |matter: &Matter| Dates { at: matter.at, by: matter.by, close: matter.is_close.then_some(matter.by[2]) };
        self.opened.iter().map(dates).collect()
    }

    fn another(&self, rng: &mut Rng) -> Matter {
        let groups = self.charters.0.len() as u64;
        let mut at = 5_000 + rng.below(LAST_OPENING_MS);
        let mut parts: Vec<Part> = Vec::new();
        let mut add = |group: usize, domains: Vec<&'static str>, rng: &mut Rng| {
            if parts.iter().all(|part| part.group != group) {
                let (effects, linked) = (rng.chance(850_000), rng.chance(300_000));
                parts.push(Part { group, domains, effects, linked, after: None });
            }
        };
        if let Some(other) = rng.pick(&self.opened).filter(|_| rng.chance(500_000)) {
            // A rival: open at the same time, in one domain of one group.
            at = (other.at + rng.below(60_000)).min(LAST_OPENING_MS);
            if let Some(part) = rng.pick(&other.parts) {
                add(part.group, part.domains.clone(), rng);
            }
        }
        for _ in 0..1 + rng.below(4) {
            let domains = match rng.below(5) {
                0 => SHARED.to_vec(),
                which => vec![SHARED[which as usize % 2]],
            };
            add(rng.below(groups) as usize, domains, rng);
        }
        let settles = (self.settling && rng.chance(600_000)).then(|| Settled {
            requester: rng.below(groups) as usize,
            lines: (0..=rng.below(2)).map(|_| terms::line(rng.below(groups) as usize, rng)).collect(),
        });
        settles.iter().for_each(|settled| settled.takes_part(&mut parts));
        let sponsor = if rng.chance(700_000) { parts[0].group } else { rng.below(groups) as usize };
        if let Some(first) = parts.iter().map(|part| part.group).find(|_| rng.chance(250_000)) {
            let mut later = parts.iter_mut().filter(|part| part.group != first && part.group != sponsor);
            if let Some(later) = later.next() {
                later.after = Some(first);
            }
        }
        let (label, is_close) = (format!("m{}", self.opened.len()), rng.chance(200_000));
        Matter { label, sponsor, at, by: schedule(at, rng), is_close, parts, settles }
    }

    /// A text that replaces it while it is open, or one that overrides it afterwards, now and then.
    fn takes_up(&mut self, matter: &Matter, rng: &mut Rng) {
        let choice = rng.below(10);
        let (at, how) = match choice {
            0..3 => (matter.by[0] - rng.below(20_000), format!("replaces = \"{}\"\n", matter.label)),
            3..6 => {
                (matter.by[2] + NEWS_MS + 1_000 + rng.below(20_000), format!("overrides = [\"{}\"]\n", matter.label))
            }
            _ => return,
        };
        if at > LAST_OPENING_MS + 360_000 {
            return;
        }
        let label = format!("m{}", self.opened.len());
        let knows = rng.pick(&matter.parts).filter(|_| rng.chance(400_000)).map(|part| part.group);
        let sponsor = knows.unwrap_or(matter.sponsor);
        let mut parts = matter.parts.clone();
        parts.iter_mut().for_each(|part| part.after = None);
        let settles = matter.settles.clone();
        self.open(&Matter { label, sponsor, at, by: schedule(at, rng), is_close: false, parts, settles }, &how, rng);
    }

    fn open(&mut self, matter: &Matter, how: &str, rng: &mut Rng) {
        let Matter { label, by: [first, second, third], .. } = matter;
        let mut text = format!(
            "[[steps.effects]]\n[steps.effects.open_matter]\ntitle = \"M{label}\"\ntext = \"What {label} says.\"\n\
             by = [\"+{first}ms\", \"+{second}ms\", \"+{third}ms\"]\n{how}"
        );
        for part in &matter.parts {
            let (name, domains) = (&self.charters.0[part.group].name, &part.domains);
            let effect = |domain: &&str| format!("{{ text = {{ domain = \"{domain}\", text = \"{label}\" }} }}");
            let effects = if part.effects { domains.iter().map(effect).collect() } else { Vec::new() }.join(", ");
            let linked = part.linked;
            let _ = write!(
                text,
                "[steps.effects.open_matter.parts.{name}]\ndomains = {domains:?}\neffects = [{effects}]\nlinked = {linked}\n"
            );
            if let Some(before) = part.after {
                let due = first - rng.below(20_000);
                let _ = write!(text, "after = [\"{}\"]\ndue = \"+{due}ms\"\n", self.charters.0[before].name);
            }
        }
        if let Some(settled) = &matter.settles {
            let by = third + 3 * NEWS_MS + rng.below(60_000);
            text.push_str(&settled.text(label, by, &self.decisions));
            if rng.chance(300_000) {
                let (at, label) = (by + rng.below(100_000), format!("{label}-release"));
                let effect = format!("{{ release_terms = {{ terms = \"{}\" }} }}", matter.label);
                let text = format!("title = \"Say {label}\"\neffects = [{effect}]\n");
                self.decisions.decide(settled.requester, at, &label, &text, rng);
            }
        }
        self.decisions.decide(matter.sponsor, matter.at, label, &format!("title = \"Open {label}\"\n{text}"), rng);
        self.answers(matter, rng);
        self.opened.push(matter.clone());
    }

    fn answers(&mut self, matter: &Matter, rng: &mut Rng) {
        let mood = [Mood::Willing, Mood::Willing, Mood::Mixed, Mood::Mixed, Mood::Silent][rng.below(5) as usize];
        let mood = if matter.is_close { Mood::Late } else { mood };
        for group in 0..self.charters.0.len() {
            let affected = matter.parts.iter().any(|part| part.group == group);
            if affected && group == matter.sponsor {
                continue;
            }
            let says = match (mood, affected) {
                (Mood::Willing, true) => rng.chance(950_000),
                (Mood::Mixed, _) | (Mood::Willing, false) => rng.chance(600_000),
                (Mood::Silent, _) => rng.chance(150_000),
                (Mood::Late, _) => rng.chance(800_000),
            };
            if !says {
                continue;
            }
            // Those who are not affected are asked once the first level is over.
            let from = if affected { matter.at + 15_000 } else { matter.by[0] + NEWS_MS / 2 };
            let until = matter.by[if matches!(mood, Mood::Willing) && affected { 0 } else { rng.below(3) as usize }];
            let mut at = from + rng.below(until.saturating_sub(from).max(10_000));
            if matter.is_close {
                at = matter.by[2] - 8_000 - rng.below(15_000);
            } else if rng.chance(100_000) {
                self.stance(matter, group, at, false, rng);
                at += 30_000;
            }
            self.stance(matter, group, at, true, rng);
        }
    }

    fn stance(&mut self, matter: &Matter, group: usize, at: u64, consents: bool, rng: &mut Rng) {
        let label = format!("{}-{group}-{consents}", matter.label);
        let effect = format!("{{ stance = {{ matter = \"{}\", consents = {consents} }} }}", matter.label);
        self.decisions.decide(group, at, &label, &format!("title = \"Say {label}\"\neffects = [{effect}]\n"), rng);
    }
}

impl Settled {
    /// Gives each party a part, in the domains of what it promises.
    fn takes_part(&self, parts: &mut Vec<Part>) {
        let promised = self.lines.iter().map(|line| (line.steward, RESOURCES[line.resource].1));
        for (group, domain) in promised.chain([(self.requester, SHARED[0])]) {
            match parts.iter_mut().find(|part| part.group == group) {
                Some(part) if part.domains.contains(&domain) || group == self.requester && domain == SHARED[0] => {}
                Some(part) => part.domains = SHARED.to_vec(),
                None => parts.push(Part { group, domains: vec![domain], effects: false, linked: false, after: None }),
            }
        }
    }

    fn text(&self, label: &str, by: u64, decisions: &Decisions<'_>) -> String {
        let (requester, closer) = (decisions.name(self.requester), decisions.name(self.lines[0].steward));
        let lines: Vec<String> = self.lines.iter().map(|line| line.text(decisions)).collect();
        format!(
            "[steps.effects.open_matter.settles]\ntitle = \"T{label}\"\nrequester = \"{requester}\"\n\
             closer = \"{closer}\"\nby = \"+{by}ms\"\nlines = [{}]\n",
            lines.join(", ")
        )
    }
}

/// The dates of the levels, with room for the decision to open it.
fn schedule(at: u64, rng: &mut Rng) -> [u64; 3] {
    let mut before = at + 25_000;
    [(); 3].map(|()| {
        before += NEWS_MS + WINDOW_MS + rng.below(30_000);
        before
    })
}
