//! A federation's life as a scenario: what happens month by month.

use std::fmt::Write as _;

use super::YEAR_DAYS;
use crate::sim::rng::Rng;

/// Groups, and members that each has at a time.
const GROUPS: usize = 3;
const MEMBERS: usize = 5;
const DAY: u64 = 24 * 60;
const MONTH: u64 = 30 * DAY;

/// A group as it should be by now, if everything passed.
struct Group {
    name: String,
    /// Who belongs by now, with the key that each signs with.
    members: Vec<(String, String)>,
    /// How many have ever belonged.
    ever: usize,
    log_keys: usize,
    /// The labels of the agreements in force.
    agreements: Vec<String>,
    holder: String,
    /// Who says nothing for now.
    silent: Option<String>,
}

/// Writes a life.
struct Life<'a> {
    file: String,
    rng: &'a mut Rng,
    labels: usize,
    last: u64,
}

pub(super) fn write(seed: u64, years: u64) -> String {
    let mut rng = Rng::new(seed ^ 0x50a6_0f0e_a600_0000);
    // The last months let everything end.
    let days = years * YEAR_DAYS + 60;
    let mut life = Life { file: head(seed, days), rng: &mut rng, labels: 0, last: (days - 60) * DAY };
    let mut groups: Vec<Group> = (0..GROUPS).map(Group::new).collect();
    groups.iter().for_each(|group| life.found(group));
    for month in 0..(days - 60) / 30 {
        for group in &mut groups {
            life.month(group, month);
        }
        if month % 2 == 1 {
            life.fault(month * MONTH);
        }
    }
    life.file
}

fn head(seed: u64, days: u64) -> String {
    let mut text = format!(
        "name = \"soak-{seed}\"\ndescription = \"Years of a federation.\"\nseed = {seed}\nduration = \"{days}d\"\n\
         sync_every = \"12h\"\nlenient = true\n[federation]\nname = \"all\"\npurpose = \"To last.\"\n\
         timing = {{ news = \"7d\", skew = \"10m\", notes = \"1h\" }}\n"
    );
    let panel: Vec<String> = (0..=GROUPS).map(|at| format!("node{at}")).collect();
    let _ = writeln!(text, "panel = {panel:?}");
    for (at, node) in panel.iter().enumerate() {
        let _ = writeln!(text, "[nodes.{node}]\nwitness_only = {}", at == GROUPS);
    }
    text
}

impl Group {
    fn new(at: usize) -> Self {
        let name = format!("group{at}");
        let members: Vec<(String, String)> = (0..MEMBERS).map(|no| named(at, no)).collect();
        let holder = members[0].0.clone();
        Self { name, members, ever: MEMBERS, log_keys: 0, agreements: Vec::new(), holder, silent: None }
    }
}

fn named(group: usize, number: usize) -> (String, String) {
    let name = format!("m{group}-{number}");
    (name.clone(), name)
}

impl Life<'_> {
    fn found(&mut self, group: &Group) {
        let at = &group.name[5..];
        let members: Vec<String> = group.members.iter().map(|(name, _)| format!("{name} = {{}}")).collect();
        let rule = "closing = \"7d\", minimum = \"1d\", quorum = \"1/2\"";
        let _ = writeln!(
            self.file,
            "[groups.{name}]\nnode = \"node{at}\"\npurpose = \"To last.\"\ntimes = {{ digest_every = 50 }}\n\
             participation = {{ silent_after = \"60d\" }}\nmembers = {{ {members} }}\n\
             roles = {{ keeper = {{ purpose = \"Keeps.\", holders = [{{ member = \"{holder}\", until = \"+400d\" }}] }} }}\n\
             [groups.{name}.domains]\n\
             work = {{ purpose = \"Work.\", rule = {{ consent = {{ {rule}, objection_test = \"2/3\", \
             then_vote = {{ quorum = \"1/2\", yes = {{ more_than = \"1/2\" }}, minimum = \"1h\", closing = \"3d\" }} }} }} }}\n\
             keeping = {{ purpose = \"Keeping.\", owner = \"role:keeper\", rule = {{ consult = {{ ask = [\"group\"], \
             advice = \"3d\", closing = \"10d\", call_in = {{ window = \"2d\", rule = {{ {rule} }} }} }} }} }}\n\
             charter = {{ purpose = \"Charter.\", people_only = true, rule = {{ consent = {{ {rule} }} }} }}",
            name = group.name,
            members = members.join(", "),
            holder = group.holder
        );
    }

    /// What a group does in a month; once everything that changes who may sign has ended, the next month starts.
    fn month(&mut self, group: &mut Group, month: u64) {
        let start = month * MONTH + self.rng.below(DAY);
        match month % 6 {
            0 => self.someone_falls_silent(group, start),
            1 => self.members_change(group, start),
            2 => self.keys_change(group, start),
            3 => self.role_changes(group, start),
            4 => self.log_key_changes(group, start),
            _ => self.one_comes_back(group, start),
        }
        self.agree_on_words(group, start + 12 * DAY);
        self.keeper_decides(group, start + 9 * DAY);
    }

    fn step(&mut self, at: u64, group: &Group, who: usize, text: &str) {
        if at >= self.last {
            return;
        }
        let (member, key) = &group.members[who];
        let with = if key == member { String::new() } else { format!("with = \"{key}\"\n") };
        let _ = writeln!(
            self.file,
            "[[steps]]\nat = \"{at}m\"\nas = \"{member}\"\n{with}group = \"{}\"\n{text}",
            group.name
        );
    }

    fn propose(&mut self, at: u64, group: &Group, who: usize, effects: &str) -> String {
        let label = format!("p{}", self.labels);
        self.labels += 1;
        let text = format!(
            "do = \"propose\"\nproposal = \"{label}\"\ntitle = \"T\"\nwhy = \"It is needed by now.\"\neffects = [{effects}]"
        );
        self.step(at, group, who, &text);
        label
    }

    /// Everybody else answers within two days; who is silent does not.
    fn all_answer(&mut self, at: u64, group: &Group, author: usize, label: &str) {
        for who in (0..group.members.len()).filter(|who| *who != author) {
            let answer = if self.rng.chance(100_000) { "concern" } else { "agree" };
            self.answer(at, group, who, answer, label);
        }
    }

    fn answer(&mut self, at: u64, group: &Group, who: usize, answer: &str, label: &str) {
        if group.silent.as_ref() == Some(&group.members[who].0) {
            return;
        }
        let at = at + 60 + self.rng.below(2 * DAY);
        self.step(at, group, who, &format!("do = \"{answer}\"\nproposal = \"{label}\"\nwhy = \"So.\""));
    }

    fn decide(&mut self, at: u64, group: &Group, who: usize, effects: &str) -> String {
        let label = self.propose(at, group, who, effects);
        self.all_answer(at, group, who, &label);
        label
    }

    /// Somebody else than the holder says nothing for some months.
    fn someone_falls_silent(&mut self, group: &mut Group, _: u64) {
        let others: Vec<String> =
            group.members.iter().map(|(name, _)| name.clone()).filter(|name| *name != group.holder).collect();
        group.silent = self.rng.pick(&others).cloned();
    }

    /// One word brings a member back.
    fn one_comes_back(&mut self, group: &mut Group, at: u64) {
        let Some(back) = group.silent.take() else { return };
        let Some(who) = group.members.iter().position(|(name, _)| *name == back) else { return };
        self.step(at, group, who, "do = \"seen\"");
    }

    /// The one who has belonged longest leaves, if it is not the holder or the silent one, and somebody joins.
    fn members_change(&mut self, group: &mut Group, at: u64) {
        let stays = |name: &String| *name == group.holder || group.silent.as_ref() == Some(name);
        let Some(leaves) = group.members.iter().position(|(name, _)| !stays(name)) else { return };
        let author = usize::from(leaves == 0);
        let joins = named(group.name[5..].parse().unwrap_or(0), group.ever);
        let (old, new) = (&group.members[leaves].0, &joins.0);
        let effects =
            format!("{{ drop_member = {{ member = \"{old}\" }} }}, {{ set_member = {{ name = \"{new}\" }} }}");
        self.decide(at, group, author, &effects);
        group.ever += 1;
        group.members.remove(leaves);
        group.members.push(joins);
    }

    /// A member gets another key, and the old one is revoked.
    fn keys_change(&mut self, group: &mut Group, at: u64) {
        let who = self.rng.below(group.members.len() as u64) as usize;
        let (name, old) = group.members[who].clone();
        let new = format!("{name}-k{}", self.labels);
        let effects = format!(
            "{{ add_key = {{ member = \"{name}\", key = \"{new}\" }} }}, {{ drop_key = {{ member = \"{name}\", key = \"{old}\" }} }}"
        );
        self.decide(at, group, (who + 1) % group.members.len(), &effects);
        group.members[who].1 = new;
    }

    /// Another member keeps from then on.
    fn role_changes(&mut self, group: &mut Group, at: u64) {
        let last = group.members.iter().rev().find(|(name, _)| group.silent.as_ref() != Some(name));
        let Some((holder, _)) = last.cloned() else { return };
        let until = (at + 400 * DAY) / DAY;
        let effects = format!(
            "{{ set_role = {{ name = \"keeper\", purpose = \"Keeps.\", holders = [{{ member = \"{holder}\", until = \"+{until}d\" }}] }} }}"
        );
        self.decide(at, group, 0, &effects);
        group.holder = holder;
    }

    fn log_key_changes(&mut self, group: &mut Group, at: u64) {
        group.log_keys += 1;
        let effects = format!("{{ set_host = {{ log_key = \"{}-log{}\" }} }}", group.name, group.log_keys);
        self.decide(at, group, 0, &effects);
    }

    /// Words take the place of others, so that there are always as many; now and then against an objection.
    fn agree_on_words(&mut self, group: &mut Group, at: u64) {
        let old = if group.agreements.len() < 3 { None } else { Some(group.agreements.remove(0)) };
        let replaces = old.map_or(String::new(), |old| format!(", replaces = \"{old}\""));
        let text = format!("{{ text = {{ domain = \"work\", text = \"We meet on day {at}.\"{replaces} }} }}");
        let label = self.propose(at, group, 0, &text);
        let (objects, ends) = (self.rng.chance(300_000), self.rng.below(2));
        for who in 1..group.members.len() {
            self.answer(at, group, who, "agree", &label);
        }
        if objects {
            let raised = format!("o{label}");
            let reason =
                format!("do = \"object\"\nproposal = \"{label}\"\nobjection = \"{raised}\"\nwhy = \"Not so.\"");
            self.step(at + 60, group, 1, &reason);
            let later = at + 3 * DAY;
            if ends == 0 {
                self.step(later, group, 1, &format!("do = \"withdraw\"\nobjection = \"{raised}\""));
            } else {
                for who in 2..group.members.len() {
                    let text = format!(
                        "do = \"test\"\nobjection = \"{raised}\"\nqualifies = false\nwhy = \"It harms nobody.\""
                    );
                    self.step(later + who as u64, group, who, &text);
                }
            }
        }
        if self.rng.chance(100_000) {
            self.step(at + 14 * DAY, group, 0, &format!("do = \"erase\"\nproposal = \"{label}\""));
        }
        group.agreements.push(label);
    }

    /// The keeper decides after advice, and ends in the same month what that made.
    fn keeper_decides(&mut self, group: &mut Group, at: u64) {
        let author = group.members.iter().position(|(name, _)| *name != group.holder).unwrap_or(0);
        let label = self.propose(at, group, author, "{ text = { domain = \"keeping\", text = \"Bought.\" } }");
        for who in 0..group.members.len() {
            self.answer(at, group, who, "advise", &label);
        }
        let Some(holder) = group.members.iter().position(|(name, _)| *name == group.holder) else { return };
        let decides = format!("do = \"agree\"\nproposal = \"{label}\"\nwhy = \"As advised.\"");
        self.step(at + 4 * DAY, group, holder, &decides);
        if self.rng.chance(200_000) {
            let called = format!("do = \"call_in\"\nproposal = \"{label}\"\nwhy = \"Let us talk.\"");
            self.step(at + 5 * DAY, group, author, &called);
            for who in 0..group.members.len() {
                self.answer(at + 5 * DAY, group, who, "agree", &label);
            }
        }
        let retire = format!("{{ retire = {{ domain = \"keeping\", agreement = \"{label}\" }} }}");
        let ended = self.propose(at + 12 * DAY + DAY / 2, group, author, &retire);
        self.step(
            at + 16 * DAY,
            group,
            holder,
            &format!("do = \"agree\"\nproposal = \"{ended}\"\nwhy = \"It is done.\""),
        );
    }

    /// A node fails, or is cut off, for some days.
    fn fault(&mut self, from: u64) {
        let at = from + self.rng.below(20 * DAY);
        let node = format!("node{}", self.rng.below(GROUPS as u64 + 1));
        let fault = self.rng.below(4);
        // Whose node is down tries every few seconds: hours of that are enough.
        let lasts = 60 + self.rng.below(if fault < 2 { 3 * DAY } else { DAY / 4 });
        let kind = match fault {
            0 => format!("\"partition\"\nsides = [[\"{node}\"], {:?}]", others(&node)),
            1 => "\"loss\"\nrate = 0.3".to_owned(),
            writing => format!("\"crash\"\nnode = \"{node}\"\nwhile_writing = {}", writing == 2),
        };
        let _ = writeln!(self.file, "[[faults]]\nat = \"{at}m\"\nfor = \"{lasts}m\"\nkind = {kind}");
    }
}

fn others(node: &str) -> Vec<String> {
    (0..=GROUPS).map(|at| format!("node{at}")).filter(|other| other != node).collect()
}
