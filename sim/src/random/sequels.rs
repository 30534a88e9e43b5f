//! What follows from an act: answers of all, ends of objections, second devices; made up from a seed.

use super::{
    acts::{Acts, Filed, Raised},
    charters::Group,
};
use crate::sim::rng::Rng;

impl Acts<'_> {
    /// A member signs with a second device from then on, now and then, until all agree that it is lost.
    pub(super) fn gets_a_phone(&mut self, member: &str, rng: &mut Rng) {
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
    pub(super) fn everybody_answers(&mut self, rng: &mut Rng) {
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
            self.holder_decides(&filed, at, rng);
        }
    }

    /// The holder decides, maybe too early or without the advice at first, and somebody may call it in.
    fn holder_decides(&mut self, filed: &Filed, at: u64, rng: &mut Rng) {
        let Group { people, buyer, .. } = &self.charters.0[filed.group];
        if rng.chance(400_000) {
            let text = format!("do = \"agree\"\nproposal = \"{}\"\nweighs = []\nwhy = \"So\"\n", filed.label);
            self.later_by(at, filed, buyer, &text, rng);
        }
        let decided = at + rng.below(20_000);
        self.later_by(
            decided,
            filed,
            buyer,
            &format!("do = \"agree\"\nproposal = \"{}\"\nwhy = \"So\"\n", filed.label),
            rng,
        );
        if rng.chance(500_000) {
            let member = people[rng.below(people.len() as u64) as usize].clone();
            self.later_by(
                decided + rng.below(20_000),
                filed,
                &member,
                &format!("do = \"call_in\"\nproposal = \"{}\"\nwhy = \"Wait\"\n", filed.label),
                rng,
            );
        }
    }

    /// An objection is withdrawn, tested by all, integrated by an amendment, or stands.
    pub(super) fn ends_somehow(&mut self, raised: &Raised, from: u64, rng: &mut Rng) {
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
}

/// A word in the test of an objection.
pub(super) fn test(objection: &str, qualifies: bool, reason: bool) -> String {
    let why = if reason { "why = \"Because\"\n" } else { "" };
    format!("do = \"test\"\nobjection = \"{objection}\"\nqualifies = {qualifies}\n{why}")
}
