//! Liaisons between logs: what a group says of who represents it, and what another log holds of that.

use serde::{Deserialize, Serialize};

use crate::{
    id::{LogId, StatementId},
    key::PublicKey,
    name::Name,
    statement::Answer,
    time::Timestamp,
};

/// Who represents a group in another one, as the group says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sitting {
    /// The group in which the role sits.
    pub group: LogId,
    /// The role.
    pub role: Name,
    /// Whether its holders answer only as the group decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mandated: bool,
    /// Its holders' keys and terms, in the order of their handles; nobody if it is empty.
    pub terms: Vec<Term>,
}

/// Keys that speak for a role for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The holder's device keys.
    pub keys: Vec<PublicKey>,
    /// First moment of the term.
    pub from: Timestamp,
    /// End of the term.
    pub until: Timestamp,
}

/// What a group decided that its liaison answers to a version of another group's proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mandate {
    /// The group in which the role sits.
    pub group: LogId,
    /// The role.
    pub role: Name,
    /// The version: the statement that filed it.
    pub version: StatementId,
    /// The answer.
    pub position: Position,
}

/// An answer that a group may give its liaison to give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Agree, with a concern or without.
    Agree,
    /// Stand aside.
    Aside,
    /// Object.
    Object,
    /// Abstain.
    Abstain,
    /// Rank the options so.
    Rank(Vec<Vec<Name>>),
}

impl Position {
    /// The position that an answer takes; advice takes none.
    pub fn of(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Agree | Answer::Concern => Some(Self::Agree),
            Answer::Aside => Some(Self::Aside),
            Answer::Object => Some(Self::Object),
            Answer::Abstain => Some(Self::Abstain),
            Answer::Advice | Answer::Rank => None,
        }
    }

    /// Its name on screens.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Aside => "stand aside",
            Self::Object => "object",
            Self::Abstain => "abstain",
            Self::Rank(_) => "ranking",
        }
    }
}

/// What one log knows of liaisons: what it said of its own, and what it cites of others'.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Liaisons {
    /// Who represents the group, as it said it last, sorted by group and role.
    pub said: Vec<Sitting>,
    /// Who represents others here, sorted by group and role.
    pub held: Vec<Held>,
    /// What others' liaisons are to answer, sorted by group, role and version.
    pub mandates: Vec<Told>,
}

/// Who represents a group here, by its last voice that is cited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The group that is represented.
    pub group: LogId,
    /// Its role.
    pub role: Name,
    /// The number of the voice in its log.
    pub number: u64,
    /// Whether its holders answer only as the group decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mandated: bool,
    /// Whose keys speak, and when.
    pub terms: Vec<Term>,
}

/// A mandate by a group's last voice about a version that is cited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The group that is represented.
    pub group: LogId,
    /// Its role.
    pub role: Name,
    /// The version of the proposal here.
    pub version: StatementId,
    /// The number of the voice in the group's log.
    pub number: u64,
    /// The answer.
    pub position: Position,
}

impl Sitting {
    /// Where it sits, and by which role.
    pub fn place(&self) -> (LogId, &Name) {
        (self.group, &self.role)
    }
}

impl Term {
    /// Says whether it runs.
    pub fn runs(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

impl Held {
    /// Says whether somebody holds the role.
    pub fn is_held(&self, at: Timestamp) -> bool {
        self.terms.iter().any(|term| term.runs(at))
    }

    /// Says whether a key speaks for the role.
    pub fn speaks(&self, key: &PublicKey, at: Timestamp) -> bool {
        self.terms.iter().any(|term| term.runs(at) && term.keys.contains(key))
    }
}

impl Liaisons {
    /// Says whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty() && self.held.is_empty() && self.mandates.is_empty()
    }

    /// What is to be said next, of what the charter `wants` said: the first that differs, in order of group and role.
    pub fn due(&self, wants: &[Sitting]) -> Option<Sitting> {
        let said = |wanted: &Sitting| self.said.contains(wanted);
        let gone = |said: &&Sitting| !wants.iter().any(|wanted| wanted.place() == said.place());
        let nobody = |said: &Sitting| Sitting { mandated: false, terms: Vec::new(), ..said.clone() };
        let changed = wants.iter().filter(|wanted| !said(wanted)).cloned();
        changed.chain(self.said.iter().filter(gone).map(nobody)).min_by(|a, b| a.place().cmp(&b.place()))
    }

    /// Notes what was said.
    pub fn note(&mut self, sitting: &Sitting) {
        self.said.retain(|said| said.place() != sitting.place());
        if !sitting.terms.is_empty() {
            let at = self.said.partition_point(|said| said.place() < sitting.place());
            self.said.insert(at, sitting.clone());
        }
    }

    /// Who represents a group by a role here.
    pub fn held(&self, group: &LogId, role: &Name) -> Option<&Held> {
        self.held.iter().find(|held| held.group == *group && held.role == *role)
    }

    /// What a group's liaison is to answer to a version.
    pub fn told(&self, group: &LogId, role: &Name, version: &StatementId) -> Option<&Told> {
        self.mandates.iter().find(|told| told.group == *group && told.role == *role && told.version == *version)
    }

    /// Takes who represents a group by its voice of that number.
    pub(crate) fn seat(&mut self, group: LogId, number: u64, sitting: &Sitting) {
        let Sitting { role, mandated, terms, .. } = sitting.clone();
        self.held.retain(|held| (held.group, &held.role) != (group, &role));
        let at = self.held.partition_point(|held| (held.group, &held.role) < (group, &role));
        self.held.insert(at, Held { group, role, number, mandated, terms });
    }

    /// Takes a mandate by its voice of that number; those about versions that are not `current` any more go.
    pub(crate) fn tell(
        &mut self,
        group: LogId,
        number: u64,
        mandate: &Mandate,
        current: impl Fn(&StatementId) -> bool,
    ) {
        let told = Told {
            group,
            role: mandate.role.clone(),
            version: mandate.version,
            number,
            position: mandate.position.clone(),
        };
        let place = |told: &Told| (told.group, told.role.clone(), told.version);
        self.mandates.retain(|other| current(&other.version) && place(other) != place(&told));
        let at = self.mandates.partition_point(|other| place(other) < place(&told));
        self.mandates.insert(at, told);
    }
}
