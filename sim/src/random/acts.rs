//! What members do, made up from a seed. Much of it is refused: that is part of the test.

use std::fmt::Write as _;

use super::{
    changes,
    charters::{Charters, Group},
};
use crate::sim::rng::Rng;

/// How long a proposal is probably open, in milliseconds.
const LIVELY_MS: u64 = 60_000;

/// A proposal that a step files.
#[derive(Clone, Debug)]
pub(super) struct Filed {
    pub(super) label: String,
    group: usize,
    author: String,
    delegated: bool,
    /// The domain of its first effect, if that is a text.
    pub(super) domain: Option<String>,
    at: u64,
}

/// An objection that a step raises.
#[derive(Clone, Debug)]
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
    /// What follows from a step, later.
    later: Vec<(u64, String)>,
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

    /// A member signs with a second device from then on, now and then, until all agree that it is lost.
    fn gets_a_phone(&mut self, member: &str, rng: &mut Rng) {
        let Some(filed) = self.proposals.last().cloned() else { return };
        let Group { name: group, people, .. } = &self.charters.0[filed.group];
        let lost = self.now + 60_000 + rng.below(120_000);
        let text = format!(
            "do = \"propose\"\nproposal = \"lost-{0}\"\ntitle = \"Lost\"\nwhy = \"Lost\"\neffects = [{{ drop_key = {{ member = \"{member}\"{1} }} }}]\n",
            filed.label,
            if rng.chance(700_000) { format!(", key = \"{member}-phone\"") } else { String::new() }
        );
        self.later_by(lost, &filed, member, &text, rng);
        for other in people {
            let text = format!("do = \"agree\"\nproposal = \"lost-{}\"\n", filed.label);
            self.later_by(lost + 1_000 + rng.below(20_000), &filed, other, &text, rng);
        }
        for _ in 0..3 {
            let at = self.now + 20_000 + rng.below(150_000);
            if at < self.last_ms {
                let who = format!("as = \"{member}\"\nwith = \"{member}-phone\"\ngroup = \"{group}\"\n");
                self.later.push((at, format!("{who}do = \"seen\"\n")));
            }
        }
    }

    /// All members of the group answer the latest proposal, mostly of one mind; of an objection comes what may.
    fn everybody_answers(&mut self, rng: &mut Rng) {
        let Some(filed) = self.proposals.last().cloned() else { return };
        let Group { people, agent, buyer, .. } = &self.charters.0[filed.group];
        let everybody: Vec<&String> = people.iter().chain(agent).filter(|name| **name != filed.author).collect();
        let contested = rng.chance(450_000);
        let mut at = self.now;
        for member in everybody {
            at += rng.below(8_000);
            if at >= self.last_ms {
                break;
            }
            let action = match rng.below(10) {
                _ if filed.delegated && *member != *buyer => "advise",
                0 if contested => "object",
                0..4 if contested => ["aside", "aside", "abstain", "concern"][rng.below(4) as usize],
                _ => "agree",
            };
            if action == "object" {
                let raised = self.raise(&filed, member.clone());
                self.later_by(
                    at,
                    &filed,
                    member,
                    &format!(
                        "do = \"object\"\nproposal = \"{}\"\nobjection = \"{}\"\nwhy = \"No\"\n",
                        filed.label, raised.label
                    ),
                    rng,
                );
                self.ends_somehow(&raised, at, rng);
            } else {
                self.later_by(
                    at,
                    &filed,
                    member,
                    &format!("do = \"{action}\"\nproposal = \"{}\"\nwhy = \"So\"\n", filed.label),
                    rng,
                );
            }
        }
        let late_versions = if filed.domain.as_deref() == Some("promises") { 2 } else { rng.below(2) };
        for _ in 0..late_versions {
            let late = at + 20_000 + rng.below(150_000);
            let text = format!("do = \"amend\"\nproposal = \"{}\"\nwhy = \"Late\"\n", filed.label);
            self.later_by(late, &filed, &filed.author, &text, rng);
        }
        if filed.delegated {
            if rng.chance(400_000) {
                let text = format!("do = \"agree\"\nproposal = \"{}\"\nweighs = []\nwhy = \"So\"\n", filed.label);
                self.later_by(at, &filed, buyer, &text, rng);
            }
            let decided = at + rng.below(20_000);
            self.later_by(
                decided,
                &filed,
                buyer,
                &format!("do = \"agree\"\nproposal = \"{}\"\nwhy = \"So\"\n", filed.label),
                rng,
            );
            if rng.chance(500_000) {
                let member = people[rng.below(people.len() as u64) as usize].clone();
                self.later_by(
                    decided + rng.below(20_000),
                    &filed,
                    &member,
                    &format!("do = \"call_in\"\nproposal = \"{}\"\nwhy = \"Wait\"\n", filed.label),
                    rng,
                );
            }
        }
    }

    /// An objection is withdrawn, tested by all, integrated by an amendment, or stands.
    fn ends_somehow(&mut self, raised: &Raised, from: u64, rng: &mut Rng) {
        let Some(filed) = self.proposals.iter().find(|filed| filed.label == raised.proposal).cloned() else { return };
        let at = from + 1_000 + rng.below(30_000);
        match rng.below(5) {
            0 => self.later_by(
                at,
                &filed,
                &raised.author,
                &format!("do = \"withdraw\"\nobjection = \"{}\"\n", raised.label),
                rng,
            ),
            1 => {
                let (label, proposal) = (&raised.label, &filed.label);
                let text = format!(
                    "do = \"amend\"\nproposal = \"{proposal}\"\nwhy = \"Better\"\nintegrates = [\"{label}\"]\n"
                );
                self.later_by(at, &filed, &filed.author, &text, rng);
                let text = format!("do = \"withdraw\"\nobjection = \"{label}\"\n");
                self.later_by(at + rng.below(20_000), &filed, &raised.author, &text, rng);
            }
            2 | 3 => {
                for member in self.charters.0[filed.group].people.clone() {
                    let text = test(&raised.label, rng.chance(100_000), true);
                    self.later_by(at + rng.below(10_000), &filed, &member, &text, rng);
                    if rng.chance(600_000) {
                        self.later_by(at + 11_000, &filed, &member, &text, rng);
                    }
                }
            }
            _ => {}
        }
    }

    fn later_by(&mut self, at: u64, filed: &Filed, member: &str, text: &str, rng: &mut Rng) {
        if at < self.last_ms {
            let who = self.who(filed.group, member, rng);
            self.later.push((at, format!("{who}{text}")));
        }
    }

    fn raise(&mut self, filed: &Filed, author: String) -> Raised {
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
    fn who(&self, group: usize, member: &str, rng: &mut Rng) -> String {
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

fn test(objection: &str, qualifies: bool, reason: bool) -> String {
    let why = if reason { "why = \"Because\"\n" } else { "" };
    format!("do = \"test\"\nobjection = \"{objection}\"\nqualifies = {qualifies}\n{why}")
}
