//! What members do, made up from a seed. Much of it is refused: that is part of the test.

use std::fmt::Write as _;

use super::{
    changes,
    charters::{Charters, Group},
    sequels::test,
};
use crate::sim::rng::Rng;

/// How long a proposal is probably open, in milliseconds.
const LIVELY_MS: u64 = 60_000;

/// A proposal that a step files.
#[derive(Clone, Debug)]
pub(super) struct Filed {
    pub(super) label: String,
    pub(super) group: usize,
    pub(super) author: String,
    pub(super) delegated: bool,
    /// The domain of its first effect, if that is a text.
    pub(super) domain: Option<String>,
    at: u64,
}

/// An objection that a step raises.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    pub(super) label: String,
    pub(super) proposal: String,
    group: usize,
    pub(super) author: String,
}

/// What members do.
#[derive(Debug)]
pub(super) struct Acts<'a> {
    pub(super) charters: &'a Charters,
    pub(super) last_ms: u64,
    pub(super) proposals: Vec<Filed>,
    objections: Vec<Raised>,
    joined: usize,
    pub(super) now: u64,
    /// What follows from a step, later.
    pub(super) later: Vec<(u64, String)>,
}

impl<'a> Acts<'a> {
    pub(super) fn new(charters: &'a Charters, last_ms: u64) -> Self {
        let (proposals, objections, later) = (Vec::new(), Vec::new(), Vec::new());
        Self { charters, last_ms, proposals, objections, joined: 0, now: 0, later }
    }

    /// Writes so many steps, and what follows from them.
    pub(super) fn write(mut self, file: &mut String, steps: usize, rng: &mut Rng) {
        let mut times: Vec<u64> = (0..steps).map(|_| rng.below(self.last_ms)).collect();
        times.sort_unstable();
        for at in times {
            self.now = at;
            let text = self.step(rng);
            let _ = writeln!(file, "[[steps]]\nat = \"{at}ms\"\n{text}");
        }
        for (at, text) in &self.later {
            let _ = writeln!(file, "[[steps]]\nat = \"{at}ms\"\n{text}");
        }
    }

    fn step(&mut self, rng: &mut Rng) -> String {
        let choice = rng.below(100);
        match choice {
            _ if self.lively().next().is_none() => self.propose(rng),
            0..16 => self.propose(rng),
            16..23 => self.object(rng),
            23..30 => self.withdraw_objection(rng),
            30..35 => self.test_objection(rng),
            35..42 => self.amend(rng),
            42..44 => self.by_author("withdraw", rng),
            44..46 => self.by_author("erase", rng),
            46..48 => self.erase_reason(rng),
            48..51 => self.seen(rng),
            51..55 => self.respond("call_in", rng),
            55..59 => self.respond("aside", rng),
            59..63 => self.respond("concern", rng),
            63..65 => self.respond("abstain", rng),
            65..69 => self.respond("advise", rng),
            _ => self.respond("agree", rng),
        }
    }

    fn propose(&mut self, rng: &mut Rng) -> String {
        let group = rng.below(self.charters.0.len() as u64) as usize;
        let author = self.member(group, rng);
        let label = format!("p{}", self.proposals.len());
        let charter = &self.charters.0[group];
        let own = || self.proposals.iter().filter(|filed| filed.group == group).cloned().collect::<Vec<_>>();
        let (effect, delegated) = changes::effect(charter, &own(), &mut self.joined, rng);
        let second = match rng.chance(150_000) {
            true => format!(", {}", changes::effect(charter, &own(), &mut self.joined, rng).0),
            false => String::new(),
        };
        let domain = effect.strip_prefix("{ text = { domain = \"").and_then(|rest| rest.split('"').next());
        let domain = domain.map(str::to_owned);
        let text = format!(
            "{}do = \"propose\"\nproposal = \"{label}\"\ntitle = \"T{label}\"\nwhy = \"Why {label}\"\neffects = [{effect}{second}]\n",
            self.who(group, &author, rng)
        );
        self.proposals.push(Filed { label, group, author, delegated, domain, at: self.now });
        let key = effect.contains("_key = ");
        if key || rng.chance(400_000) {
            self.everybody_answers(rng);
        }
        if let Some(member) = effect.strip_prefix("{ add_key = { member = \"").and_then(|rest| rest.split('"').next()) {
            self.gets_a_phone(member, rng);
        }
        text
    }

    pub(super) fn raise(&mut self, filed: &Filed, author: String) -> Raised {
        let label = format!("o{}", self.objections.len());
        let raised = Raised { label, proposal: filed.label.clone(), group: filed.group, author };
        self.objections.push(raised.clone());
        raised
    }

    fn amend(&mut self, rng: &mut Rng) -> String {
        let at = self.recent(rng);
        let integrates: Vec<String> = self
            .known_objections()
            .filter(|raised| raised.proposal == self.proposals[at].label && rng.chance(700_000))
            .map(|raised| raised.label.clone())
            .collect();
        let filed = &self.proposals[at];
        let label = &filed.label;
        let author = if rng.chance(900_000) { filed.author.clone() } else { self.member(filed.group, rng) };
        // Now and then a version would touch a domain that the proposal did not.
        let effects =
            if rng.chance(50_000) { "effects = [{ text = { domain = \"charter\", text = \"Z\" } }]\n" } else { "" };
        let who = self.who(filed.group, &author, rng);
        format!("{who}do = \"amend\"\nproposal = \"{label}\"\nwhy = \"Better\"\n{effects}integrates = {integrates:?}\n")
    }

    fn object(&mut self, rng: &mut Rng) -> String {
        let filed = self.proposals[self.recent(rng)].clone();
        let author = self.member(filed.group, rng);
        let raised = self.raise(&filed, author);
        let why = if rng.chance(950_000) { "why = \"No\"\n" } else { "" };
        let who = self.who(filed.group, &raised.author, rng);
        if rng.chance(500_000) {
            self.ends_somehow(&raised, self.now, rng);
        }
        format!("{who}do = \"object\"\nproposal = \"{}\"\nobjection = \"{}\"\n{why}", filed.label, raised.label)
    }

    /// The objections that steps have raised by now; others are still to come.
    fn known_objections(&self) -> impl Iterator<Item = &Raised> {
        let is_to_come = |raised: &&Raised| {
            let gives = format!("objection = \"{}\"\nwhy", raised.label);
            self.later.iter().any(|(at, text)| *at >= self.now && text.contains(&gives))
        };
        self.objections.iter().filter(move |raised| !is_to_come(raised))
    }

    fn known_objection(&self, rng: &mut Rng) -> Option<Raised> {
        let known: Vec<&Raised> = self.known_objections().collect();
        rng.pick(&known).map(|raised| (*raised).clone())
    }

    fn withdraw_objection(&self, rng: &mut Rng) -> String {
        let Some(raised) = self.known_objection(rng) else { return self.seen(rng) };
        let who = self.who(raised.group, &raised.author, rng);
        format!("{who}do = \"withdraw\"\nobjection = \"{}\"\n", raised.label)
    }

    fn test_objection(&self, rng: &mut Rng) -> String {
        let Some(raised) = self.known_objection(rng) else { return self.seen(rng) };
        let member = self.member(raised.group, rng);
        let (qualifies, reason) = (rng.chance(250_000), rng.chance(950_000));
        self.who(raised.group, &member, rng) + &test(&raised.label, qualifies, reason)
    }

    fn erase_reason(&self, rng: &mut Rng) -> String {
        let Some(raised) = self.known_objection(rng) else { return self.seen(rng) };
        let who = self.who(raised.group, &raised.author, rng);
        format!("{who}do = \"erase\"\nobjection = \"{}\"\n", raised.label)
    }

    fn by_author(&self, action: &str, rng: &mut Rng) -> String {
        let filed = &self.proposals[self.recent(rng)];
        let by = if rng.chance(900_000) { filed.author.clone() } else { self.member(filed.group, rng) };
        format!("{}do = \"{action}\"\nproposal = \"{}\"\n", self.who(filed.group, &by, rng), filed.label)
    }

    fn respond(&self, action: &str, rng: &mut Rng) -> String {
        let filed = &self.proposals[self.recent(rng)];
        let buyer = &self.charters.0[filed.group].buyer;
        let decides = action == "agree" && filed.delegated && rng.chance(700_000);
        let member = if decides { buyer.clone() } else { self.member(filed.group, rng) };
        // Now and then a decision weighs nothing, or has no reason.
        let weighs = if action == "agree" && rng.chance(50_000) { "weighs = []\n" } else { "" };
        let why = if action == "call_in" || rng.chance(950_000) { "why = \"So\"\n" } else { "" };
        let who = self.who(filed.group, &member, rng);
        format!("{who}do = \"{action}\"\nproposal = \"{}\"\n{weighs}{why}", filed.label)
    }

    fn seen(&self, rng: &mut Rng) -> String {
        let group = rng.below(self.charters.0.len() as u64) as usize;
        let member = self.member(group, rng);
        format!("{}do = \"seen\"\n", self.who(group, &member, rng))
    }

    /// Who acts where, now and then with the key of a phone.
    pub(super) fn who(&self, group: usize, member: &str, rng: &mut Rng) -> String {
        let with = if rng.chance(50_000) { format!("with = \"{member}-phone\"\n") } else { String::new() };
        format!("as = \"{member}\"\n{with}group = \"{}\"\n", self.charters.0[group].name)
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
