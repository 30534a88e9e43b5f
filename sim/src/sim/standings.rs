//! What must hold of matters between groups, whatever goes wrong: results do not contradict each other, every matter
//! ends, rivals are not both enacted.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    id::{LogId, MatterId},
    matter::{Followed, LEVELS, Matter, Standing},
    time::{Span, Timestamp},
};

use super::{network::NodeNo, world::World};
use crate::scenario::Trouble;

/// How much later than due a matter may still be shown as open, in milliseconds.
const TICK_MS: u64 = 1_000;
/// A witness that was away so long before or after the dates of a level may have missed something, in milliseconds.
const ABOUT_MS: u64 = 20_000;
/// A node whose clock is further ahead may not be believed, in milliseconds.
const AHEAD_MS: u64 = 9_000;

/// The first final result that an honest node saw of a matter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) adopted: bool,
    pub(crate) at: Timestamp,
    node: NodeNo,
}

/// What honest nodes saw of matters.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) first: BTreeMap<MatterId, Settled>,
    /// What some node saw in doubt, if only for a while.
    pub(crate) doubted: BTreeSet<MatterId>,
    /// What each node has seen settled.
    seen: BTreeMap<(NodeNo, MatterId), bool>,
}

impl Results {
    /// Forgets what a node saw that crashes before all that it rests on was durable.
    pub(crate) fn forget(&mut self, node: NodeNo) {
        self.seen.retain(|(at, _), _| *at != node);
    }
}

impl World<'_> {
    /// Results are the same for all honest nodes, for good, and there is one once the last level is over.
    pub(crate) fn check_matters(&mut self, at: NodeNo) -> Result<(), String> {
        let node = &self.nodes[at];
        let Some(machine) = &node.machine else { return Ok(()) };
        let now = node.clock(self.now);
        let shown: Vec<(MatterId, Timestamp, Standing)> = machine.matters().map(shown).collect();
        for (id, end, standing) in shown {
            let adopted = match standing {
                Standing::Adopted { .. } => Some(true),
                Standing::NotAdopted => Some(false),
                Standing::Open { .. } if now > end + Span::from_millis(TICK_MS) => {
                    return Err(format!("{} shows the matter {} open, past its end", self.nodes[at].name, id.short()));
                }
                Standing::InDoubt => {
                    self.results.doubted.insert(id);
                    None
                }
                Standing::Open { .. } => None,
            };
            self.check_result(at, id, adopted)?;
        }
        Ok(())
    }

    fn check_result(&mut self, at: NodeNo, id: MatterId, adopted: Option<bool>) -> Result<(), String> {
        let word = |adopted| if adopted { "adopted" } else { "not adopted" };
        let seen = self.results.seen.get(&(at, id)).copied();
        if let Some(before) = seen.filter(|before| adopted != Some(*before)) {
            let (name, now) = (&self.nodes[at].name, adopted.map_or("neither", word));
            return Err(format!("{name} saw the matter {} {}, now {now}", id.short(), word(before)));
        }
        let Some(adopted) = adopted else { return Ok(()) };
        self.results.seen.insert((at, id), adopted);
        let now = self.now;
        let first = *self.results.first.entry(id).or_insert(Settled { adopted, at: now, node: at });
        if first.adopted == adopted {
            return Ok(());
        }
        let (one, other) = (&self.nodes[first.node].name, &self.nodes[at].name);
        let (before, after) = (word(first.adopted), word(adopted));
        Err(format!("{one} sees the matter {} {before}, {other} {after}: results contradict each other", id.short()))
    }

    /// The checks of the end: everything has settled that could, and nothing was enacted that must not be.
    pub(crate) fn check_matters_end(&self) -> Result<(), String> {
        for node in self.nodes.iter().filter(|node| node.face.is_none()) {
            let Some(machine) = &node.machine else { continue };
            let matters: Vec<&Followed> = machine.matters().collect();
            for followed in &matters {
                let absent = self.absent(&followed.matter, &followed.agreement.logs().collect::<Vec<_>>());
                if followed.standing == Standing::InDoubt && matches!(absent, Absent::Few(_)) {
                    let id = followed.id.short();
                    return Err(format!(
                        "{} sees the matter {id} in doubt, though enough witnesses were there",
                        node.name
                    ));
                }
            }
            self.check_enacted(&matters).map_err(|problem| format!("{}: {problem}", node.name))?;
        }
        Ok(())
    }

    fn check_enacted(&self, matters: &[&Followed]) -> Result<(), String> {
        for (at, followed) in matters.iter().enumerate() {
            let id = followed.id.short();
            let result = self.results.first.get(&followed.id);
            let honest = followed.enacted.keys().any(|group| !self.hostile.contains(group));
            if honest && !result.is_some_and(|result| result.adopted) {
                return Err(format!("the matter {id} was enacted, which nobody saw adopted"));
            }
            for other in &matters[at + 1..] {
                let both = followed
                    .enacted
                    .keys()
                    .find(|group| !self.hostile.contains(group) && other.enacted.contains_key(*group));
                if let Some(group) = both.filter(|group| are_rivals(followed, other, group)) {
                    let group = self.group_of(group);
                    return Err(format!("{group} enacted {id} and its rival {}", other.id.short()));
                }
            }
        }
        Ok(())
    }

    /// Whether so many witnesses of some log were away about one of the dates of a matter that it may be in doubt.
    pub(crate) fn absent(&self, matter: &Matter, logs: &[LogId]) -> Absent {
        let mut most = 0;
        let mut too_many = false;
        for level in 1..=LEVELS {
            let news = self.scenario.federation.as_ref().map_or(Span::ZERO, |federation| federation.timing.news);
            let window = (
                matter.by[usize::from(level) - 1].before(Span::from_millis(ABOUT_MS)),
                matter.end(level, news) + Span::from_millis(ABOUT_MS),
            );
            for log in logs {
                let (away, of) = self.away(log, window);
                let quorums = folkmoot_protocol::witness::Quorums::of(of);
                most = most.max(away);
                too_many |= of - away < quorums.seal;
            }
        }
        match (self.hostile.is_empty(), too_many) {
            (false, _) => Absent::Lies,
            (true, true) => Absent::Many(most),
            (true, false) => Absent::Few(most),
        }
    }

    /// How many of a log's witnesses were away from its host at some time of a window, and how many it has.
    fn away(&self, log: &LogId, window: (Timestamp, Timestamp)) -> (u32, u32) {
        let Some(hosted) = self.groups.values().find(|hosted| hosted.log == *log) else { return (0, 0) };
        let panel = self.scenario.federation.iter().flat_map(|federation| &federation.panel);
        let host = &self.nodes[hosted.node].name;
        let witnesses: Vec<_> = panel.filter(|name| *name != host).collect();
        let troubles: Vec<Trouble> = self
            .scenario
            .faults
            .iter()
            .filter_map(|fault| {
                let overlaps = self.zero + fault.at <= window.1 && window.0 <= self.zero + fault.end();
                fault.trouble().ok().filter(|_| overlaps)
            })
            .collect();
        let is_away = |name: &folkmoot_protocol::name::Name| {
            self.nodes.iter().any(|node| node.name == *name && node.ahead > Span::from_millis(AHEAD_MS))
                || troubles.iter().any(|trouble| match trouble {
                    Trouble::Loss(_) => true,
                    Trouble::Crash { node, .. } => node == name || node == host,
                    Trouble::Partition(sides) => {
                        let side = |name| sides.iter().position(|side| side.contains(name));
                        matches!((side(name), side(host)), (Some(a), Some(b)) if a != b)
                    }
                    _ => false,
                })
        };
        let away = witnesses.iter().filter(|name| is_away(name)).count();
        (away as u32, witnesses.len() as u32)
    }
}

/// How many witnesses of a log were away about the dates of a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// So many of one log at the worst that it cannot be in doubt.
    Few(u32),
    /// So many that it can.
    Many(u32),
    /// A host signed two branches.
    Lies,
}

fn shown(followed: &Followed) -> (MatterId, Timestamp, Standing) {
    let end = followed.matter.doubtful_from(followed.agreement.timing.news);
    (followed.id, end, followed.standing)
}

/// Both were open at the same time and touch one domain of the group, and neither takes up the other; counted here
/// from the texts alone.
fn are_rivals(one: &Followed, other: &Followed, group: &LogId) -> bool {
    let at_once = one.opened <= other.matter.by[2] && other.opened <= one.matter.by[2];
    let domains =
        |followed: &Followed| followed.matter.part(group).map(|part| part.domains.clone()).unwrap_or_default();
    let theirs = domains(other);
    let shared = domains(one).iter().any(|domain| theirs.contains(domain));
    let takes_up = |a: &Followed, b: &Followed| a.matter.replaces == Some(b.id) || a.matter.overrides.contains(&b.id);
    at_once && shared && !takes_up(one, other) && !takes_up(other, one)
}
