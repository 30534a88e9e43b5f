//! What members do, made up from a seed. Much of it is refused: that is part of the test.

use std::fmt::Write as _;

use super::charters::{Charters, DOMAINS, Group};
use crate::sim::rng::Rng;

/// How long a proposal is probably open, in milliseconds.
const LIVELY_MS: u64 = 60_000;

/// A proposal that a step files.
#[derive(Debug)]
struct Filed {
    label: String,
    group: usize,
    author: String,
    delegated: bool,
    at: u64,
}

/// An objection that a step raises.
#[derive(Debug)]
struct Raised {
    label: String,
    proposal: String,
    group: usize,
    author: String,
}

/// What members do.
#[derive(Debug)]
pub(super) struct Acts<'a> {
    charters: &'a Charters,
    last_ms: u64,
    proposals: Vec<Filed>,
    objections: Vec<Raised>,
    joined: usize,
    now: u64,
}

impl<'a> Acts<'a> {
    pub(super) fn new(charters: &'a Charters, last_ms: u64) -> Self {
        Self { charters, last_ms, proposals: Vec::new(), objections: Vec::new(), joined: 0, now: 0 }
    }

    /// Writes so many steps.
    pub(super) fn write(mut self, file: &mut String, steps: usize, rng: &mut Rng) {
        let mut times: Vec<u64> = (0..steps).map(|_| rng.below(self.last_ms)).collect();
        times.sort_unstable();
        for at in times {
            self.step(file, at, rng);
        }
    }

    fn step(&mut self, file: &mut String, at: u64, rng: &mut Rng) {
        self.now = at;
        let choice = rng.below(100);
        let text = match choice {
            _ if self.lively().next().is_none() => self.propose(rng),
            0..14 => self.propose(rng),
            14..22 => self.object(rng),
            22..32 => self.withdraw_objection(rng),
            32..39 => self.amend(rng),
            39..41 => self.by_author("withdraw", rng),
            41..44 => self.by_author("erase", rng),
            44..46 => self.erase_reason(rng),
            46..50 => self.seen(rng),
            50..54 => self.respond("call_in", rng),
            54..58 => self.respond("aside", rng),
            58..62 => self.respond("concern", rng),
            62..64 => self.respond("abstain", rng),
            64..67 => self.respond("advise", rng),
            _ => self.respond("agree", rng),
        };
        let _ = writeln!(file, "[[steps]]\nat = \"{at}ms\"\n{text}");
    }

    fn propose(&mut self, rng: &mut Rng) -> String {
        let group = rng.below(self.charters.0.len() as u64) as usize;
        let author = self.member(group, rng);
        let label = format!("p{}", self.proposals.len());
        let (effect, delegated) = self.effect(group, rng);
        let second = if rng.chance(150_000) { format!(", {}", self.effect(group, rng).0) } else { String::new() };
        let text = format!(
            "{}do = \"propose\"\nproposal = \"{label}\"\ntitle = \"T{label}\"\nwhy = \"Why {label}\"\neffects = [{effect}{second}]\n",
            self.who(group, &author)
        );
        self.proposals.push(Filed { label, group, author, delegated, at: self.now });
        text
    }

    fn effect(&mut self, group: usize, rng: &mut Rng) -> (String, bool) {
        let some =
            self.charters.0[group].people[rng.below(self.charters.0[group].people.len() as u64) as usize].clone();
        match rng.below(14) {
            0 => (format!("{{ purpose = {{ purpose = \"P{}\", values = [] }} }}", rng.below(100)), false),
            1 => {
                let until = 60 + rng.below(900);
                let holders = format!("[{{ member = \"{some}\", until = \"+{until}s\" }}]");
                (format!("{{ set_role = {{ name = \"buyer\", purpose = \"Buys.\", holders = {holders} }} }}"), false)
            }
            2 => {
                let times = format!("digest_every = {}, receipt = \"60s\"", 2 + rng.below(12));
                (format!("{{ set_times = {{ {times} }} }}"), false)
            }
            3 => {
                self.joined += 1;
                (format!("{{ set_member = {{ name = \"new{}\" }} }}", self.joined), false)
            }
            4 => (format!("{{ drop_member = {{ member = \"{some}\" }} }}"), false),
            5 => {
                let domain = ["work", "extra"][rng.below(2) as usize];
                let rule = format!(
                    "consent = {{ closing = \"{}s\", minimum = \"2s\", quorum = \"1/2\" }}",
                    10 + rng.below(60)
                );
                (
                    format!(
                        "{{ set_domain = {{ name = \"{domain}\", purpose = \"Changed.\", rule = {{ {rule} }} }} }}"
                    ),
                    false,
                )
            }
            7 if !self.proposals.is_empty() => {
                let label = self.proposals[self.recent(rng)].label.clone();
                (format!("{{ erase = {{ why = \"{label}\" }} }}"), false)
            }
            6 => ("{ drop_role = { role = \"buyer\" } }".to_owned(), false),
            _ => {
                let domain = DOMAINS[rng.below(3) as usize];
                (format!("{{ text = {{ domain = \"{domain}\", text = \"X{}\" }} }}", rng.below(1000)), domain == "buys")
            }
        }
    }

    fn amend(&mut self, rng: &mut Rng) -> String {
        let at = self.recent(rng);
        let integrates: Vec<String> = self
            .objections
            .iter()
            .filter(|raised| raised.proposal == self.proposals[at].label && rng.chance(700_000))
            .map(|raised| raised.label.clone())
            .collect();
        let filed = &self.proposals[at];
        let label = &filed.label;
        let author = if rng.chance(900_000) { filed.author.clone() } else { self.member(filed.group, rng) };
        let who = self.who(filed.group, &author);
        format!("{who}do = \"amend\"\nproposal = \"{label}\"\nwhy = \"Better\"\nintegrates = {integrates:?}\n")
    }

    fn object(&mut self, rng: &mut Rng) -> String {
        let filed = &self.proposals[self.recent(rng)];
        let author = self.member(filed.group, rng);
        let label = format!("o{}", self.objections.len());
        let (proposal, group) = (filed.label.clone(), filed.group);
        let why = if rng.chance(950_000) { "why = \"No\"\n" } else { "" };
        let who = self.who(group, &author);
        let text = format!("{who}do = \"object\"\nproposal = \"{proposal}\"\nobjection = \"{label}\"\n{why}");
        self.objections.push(Raised { label, proposal, group, author });
        text
    }

    fn withdraw_objection(&self, rng: &mut Rng) -> String {
        let Some(raised) = rng.pick(&self.objections) else { return self.seen(rng) };
        format!("{}do = \"withdraw\"\nobjection = \"{}\"\n", self.who(raised.group, &raised.author), raised.label)
    }

    fn erase_reason(&self, rng: &mut Rng) -> String {
        let Some(raised) = rng.pick(&self.objections) else { return self.seen(rng) };
        format!("{}do = \"erase\"\nobjection = \"{}\"\n", self.who(raised.group, &raised.author), raised.label)
    }

    fn by_author(&self, action: &str, rng: &mut Rng) -> String {
        let filed = &self.proposals[self.recent(rng)];
        format!("{}do = \"{action}\"\nproposal = \"{}\"\n", self.who(filed.group, &filed.author), filed.label)
    }

    fn respond(&self, action: &str, rng: &mut Rng) -> String {
        let filed = &self.proposals[self.recent(rng)];
        let buyer = &self.charters.0[filed.group].buyer;
        let decides = action == "agree" && filed.delegated && rng.chance(700_000);
        let member = if decides { buyer.clone() } else { self.member(filed.group, rng) };
        format!("{}do = \"{action}\"\nproposal = \"{}\"\nwhy = \"So\"\n", self.who(filed.group, &member), filed.label)
    }

    fn seen(&self, rng: &mut Rng) -> String {
        let group = rng.below(self.charters.0.len() as u64) as usize;
        let member = self.member(group, rng);
        format!("{}do = \"seen\"\n", self.who(group, &member))
    }

    fn who(&self, group: usize, member: &str) -> String {
        format!("as = \"{member}\"\ngroup = \"{}\"\n", self.charters.0[group].name)
    }

    /// One of the proposals that are probably open.
    fn recent(&self, rng: &mut Rng) -> usize {
        let lively: Vec<usize> = self.lively().collect();
        rng.pick(&lively).copied().unwrap_or(self.proposals.len() - 1)
    }

    /// The proposals that are probably open.
    fn lively(&self) -> impl Iterator<Item = usize> {
        self.proposals.iter().enumerate().filter(|(_, filed)| filed.at + LIVELY_MS > self.now).map(|(at, _)| at)
    }

    fn member(&self, group: usize, rng: &mut Rng) -> String {
        let Group { people, agent, .. } = &self.charters.0[group];
        match rng.below(20) {
            0 => agent.clone().unwrap_or_else(|| people[0].clone()),
            1 if self.joined > 0 => format!("new{}", 1 + rng.below(self.joined as u64)),
            _ => people[rng.below(people.len() as u64) as usize].clone(),
        }
    }
}
