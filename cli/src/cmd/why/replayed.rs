//! How a matter stands in a group's log, replayed here.

use folkmoot_node::{
    clock,
    control::{
        matter_state,
        view::{EnactedView, MatterView, StanceView},
    },
};
use folkmoot_protocol::{replay::Replica, time::Timestamp};
use serde::Serialize;

use super::recompute::LONGEST;
use crate::{
    cmd::{CliError, Ctx},
    logs,
    output::Output,
};

/// What came of replaying the log of a group that holds all the evidence of how a matter ended.
#[derive(Serialize)]
pub(super) struct Replayed {
    pub(super) group: String,
    #[serde(skip)]
    log: String,
    /// The entry that it is about: by which the group enacted the matter, or consented.
    #[serde(skip)]
    entry: u64,
    /// Whether it is what the node shows; nothing if it was not replayed, or the log does not hold all of it yet.
    pub(super) same: Option<bool>,
    /// How many entries were replayed.
    entries: usize,
    /// `enacted`, or how the matter stands by what the log holds.
    result: String,
    /// The level at whose result the group enacted it, or at which it was adopted.
    level: Option<u8>,
    /// What differs, or why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

impl Replayed {
    /// What a group that enacted its part is asked: its log holds all that this needed.
    pub(super) fn enacted(stance: &StanceView, enacted: &EnactedView) -> Self {
        let level = Some(enacted.level);
        Self::asked(&stance.group, &stance.group_id, enacted.entry, ("enacted", level))
    }

    /// What a group is asked that consented, best the one that opened it: its log holds what came of it. A log whose group
    /// said nothing holds no evidence.
    pub(super) fn consented(view: &MatterView) -> Option<Self> {
        let mut said: Vec<&StanceView> = view.stances.iter().filter(|stance| stance.stance == "consents").collect();
        said.sort_by_key(|stance| stance.group_id != view.sponsor_group);
        let stance = said.first()?;
        Some(Self::asked(&stance.group, &stance.group_id, stance.entry?, (&view.state, view.level)))
    }

    pub(super) fn asked(group: &str, log: &str, entry: u64, (result, level): (&str, Option<u8>)) -> Self {
        let (group, log, result) = (group.to_owned(), log.to_owned(), result.to_owned());
        Self { group, log, entry, same: None, entries: 0, result, level, problem: None }
    }

    /// Fetches the log, replays it, and compares.
    pub(super) async fn replay(mut self, view: &MatterView, ctx: &Ctx) -> Result<Self, CliError> {
        if self.entry >= LONGEST {
            self.problem = Some(format!("it is about entry {}, and a look replays {LONGEST} at most", self.entry));
            return Ok(self);
        }
        let replayed = match logs::fetch(&ctx.client(), &self.log).await {
            Ok(entries) => {
                self.entries = entries.len();
                logs::replay(&entries)
            }
            Err(error) => Err(error),
        };
        match replayed {
            Ok(replica) => Ok(self.compare(&view.matter, &replica, clock::now())),
            Err(CliError::Failed(problem)) => Ok(Self { same: Some(false), problem: Some(problem), ..self }),
            Err(error) => Err(error),
        }
    }

    /// Holds what the node shows against what the log says.
    pub(super) fn compare(mut self, matter: &str, replica: &Replica, now: Timestamp) -> Self {
        let known = replica.dealings().matters.iter().find(|known| known.id.to_string() == matter);
        let stands = known.and_then(|known| known.stands_in(replica.ties(), now.max(replica.head().time)));
        let (result, level) = match known.and_then(|known| known.enacted) {
            Some(level) if self.result == "enacted" => ("enacted", Some(level)),
            _ => stands.map_or(("unknown", None), matter_state),
        };
        let open = self.result != "enacted" && matches!(result, "open" | "in doubt");
        self.same = match replica.log().to_string() == self.log && (result, level) == (&*self.result, self.level) {
            true => Some(true),
            false if open => None,
            false => Some(false),
        };
        self.problem = match self.same {
            Some(true) => None,
            Some(false) => Some(format!("by what it holds the matter is {}", at(result, level))),
            None => Some(format!("its log does not hold yet what shows that it is {}", at(&self.result, self.level))),
        };
        self
    }

    /// A line of it.
    pub(super) fn words(&self, out: Output) -> String {
        let (group, problem) = (&self.group, self.problem.as_deref().unwrap_or_default());
        let came = match self.result.as_str() {
            "enacted" => format!("it was adopted at level {} and enacted", self.level.unwrap_or_default()),
            result => format!("the matter is {}", at(result, self.level)),
        };
        match self.same {
            None => format!("{group}: no: {problem}"),
            Some(false) => format!("{group}: {}: {problem}", out.bad("IT DIFFERS")),
            Some(true) => format!(
                "{group}: {}: replayed here from its {} signed entries and the evidence in them, {came}",
                out.good("yes"),
                self.entries,
            ),
        }
    }
}

fn at(result: &str, level: Option<u8>) -> String {
    level.map_or(result.to_owned(), |level| format!("{result} at level {level}"))
}
