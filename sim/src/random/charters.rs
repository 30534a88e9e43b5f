//! Charters made up from a seed.

use std::fmt::Write as _;

use super::{matters::WINDOW_MS, rules, terms};
use crate::sim::rng::Rng;

/// A group that was made up.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) people: Vec<String>,
    pub(super) agent: Option<String>,
    /// Who holds the role that owns the domain `buys`.
    pub(super) buyer: String,
    text: String,
    /// The domains, each with its name and its parts.
    domains: Vec<String>,
    /// What it stewards, each with its name and its parts.
    resources: String,
}

/// The groups of a scenario.
#[derive(Debug)]
pub(super) struct Charters(pub(super) Vec<Group>);

/// The domains that every group has.
pub(super) const DOMAINS: [&str; 4] = ["work", "buys", "promises", "charter"];
/// The domains that matters touch, and that promise resources.
pub(super) const SHARED: [&str; 2] = ["hall", "yard"];

impl Charters {
    pub(super) fn new(groups: usize, members: usize, rng: &mut Rng) -> Self {
        Self((0..groups).map(|at| group(at, members.max(1), rng)).collect())
    }

    /// Gives each group domains that matters touch and that promise resources, ceded to the federation or not.
    pub(super) fn share(&mut self, rng: &mut Rng) {
        for group in &mut self.0 {
            for domain in SHARED {
                let (ceded, minimum) = (rng.chance(500_000), rng.below(3));
                let quorum = ["1/2", "1/2", "2/3", "1/1"][rng.below(4) as usize];
                // An objection may add a tenth.
                let closing = (WINDOW_MS - rng.below(10_000)) * 10 / 11;
                let rule = format!("closing = \"{closing}ms\", minimum = \"{minimum}s\", quorum = \"{quorum}\"");
                group.domains.push(format!(
                    "{domain} = {{ purpose = \"Shared.\", ceded = {ceded}, rule = {{ consent = {{ {rule} }} }} }}"
                ));
            }
        }
    }

    /// Gives each group something to steward.
    pub(super) fn steward(&mut self, rng: &mut Rng) {
        self.0.iter_mut().for_each(|group| group.resources = terms::resources(rng));
    }

    /// Writes the groups, each on its host.
    pub(super) fn write(&self, file: &mut String, hosts: &[String]) {
        for (group, host) in self.0.iter().zip(hosts) {
            let domains = group.domains.join(", ");
            let _ =
                writeln!(file, "[groups.{}]\nnode = \"{host}\"\n{}domains = {{ {domains} }}\n", group.name, group.text);
            if !group.resources.is_empty() {
                let _ = writeln!(file, "resources = {{ {} }}\n", group.resources);
            }
        }
    }
}

fn group(at: usize, members: usize, rng: &mut Rng) -> Group {
    let name = super::group(at);
    // Some people are in several groups.
    let people: Vec<String> =
        (0..members).map(|no| if no == 0 { "ana".into() } else { format!("m{at}-{no}") }).collect();
    let agent = rng.chance(500_000).then(|| format!("bot{at}"));
    let buyer = people[rng.below(people.len() as u64) as usize].clone();
    let mut text = format!("purpose = \"Group {at}.\"\ntimes = {{ digest_every = {} }}\n", 2 + rng.below(20));
    let mut list: Vec<String> = people.iter().map(|name| format!("{name} = {{}}")).collect();
    if let Some(agent) = &agent {
        list.push(format!(
            "{agent} = {{ agent = {{ sponsor = \"ana\", scope = [\"work\", \"buys\"], until = \"+{}s\" }} }}",
            200 + rng.below(900)
        ));
    }
    let _ = writeln!(text, "members = {{ {} }}", list.join(", "));
    let term = if rng.chance(300_000) { 100 + rng.below(200) } else { 100 + rng.below(2_000) };
    let role = format!("purpose = \"Buys.\", holders = [{{ member = \"{buyer}\", until = \"+{term}s\" }}]");
    let _ = writeln!(text, "roles = {{ buyer = {{ {role} }} }}");
    if rng.chance(700_000) {
        let silent =
            if rng.chance(500_000) { format!(", silent_after = \"{}s\"", 30 + rng.below(90)) } else { String::new() };
        let (open, call_ins) = (1 + rng.below(4), rng.below(3));
        let _ = writeln!(text, "participation = {{ open_proposals = {open}, call_ins = {call_ins}{silent} }}");
    }
    let buys =
        format!("buys = {{ purpose = \"Buying.\", owner = \"role:buyer\", rule = {{ {} }} }}", rules::alone(rng));
    let owner = if rng.chance(200_000) { "role:buyer" } else { "group" };
    let promises =
        format!("promises = {{ purpose = \"Promises.\", owner = \"{owner}\", rule = {{ {} }} }}", rules::promise(rng));
    let people_only = rng.chance(300_000);
    let work = format!(
        "work = {{ purpose = \"Working.\", people_only = {people_only}, rule = {{ {} }} }}",
        rules::together(rng)
    );
    let charter = format!(
        "charter = {{ purpose = \"Charter.\", people_only = true, rule = {{ consent = {{ {} }} }} }}",
        rules::consent(rng)
    );
    Group { name, people, agent, buyer, text, domains: vec![work, buys, promises, charter], resources: String::new() }
}
