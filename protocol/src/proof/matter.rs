//! How a matter stands in a log after an entry, with what shows it: whose consents, who was silent, the whole text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{course::Course, report::Shown, subject::MatterAt};
use crate::{
    body::Body,
    effect::Effect,
    entry::{Entry, EntryAct},
    evidence::Heard,
    federation::FederationAgreement,
    id::{BodyId, EntryId, FederationId, Hash, LogId, MatterId, ProposalId},
    matter::{ASSEMBLY, Known, LEVELS, Standing, version_of},
    name::Name,
    replay::Replica,
    resource::Terms,
    time::Timestamp,
    voice::{Says, Voice},
};

/// What a replay saw of a matter.
#[derive(Default)]
pub(super) struct Watched {
    /// The proposals by which the group spoke about it, up to the entry.
    pub(super) behind: BTreeSet<ProposalId>,
    /// How it stood after the entry that was asked for.
    pub(super) at: Option<At>,
    /// The last entry by which, or by whose date, it stood otherwise than before.
    pub(super) changed: Option<u64>,
    now: Option<(Known, Option<Standing>)>,
    /// What the groups are shown to have said about it.
    voices: BTreeMap<LogId, Vec<Told>>,
    enacted: Option<EnactedShown>,
}

/// How a matter stood after an entry.
pub(super) struct At {
    known: Known,
    /// The version that it names, where the log holds that.
    agreement: Option<FederationAgreement>,
    standing: Option<Standing>,
    time: Timestamp,
}

/// Something that a group is shown to have said.
struct Told {
    number: u64,
    consents: bool,
}

impl Watched {
    /// Notes what an entry, which the replica has just taken, says of a matter.
    pub(super) fn step(&mut self, replica: &Replica, asked: MatterAt, entry: &Entry) {
        let (number, time) = (entry.number(), entry.content().time);
        match &entry.content().act {
            EntryAct::Speak(voice) if number <= asked.entry => self.speak(replica.log(), asked.id, entry, voice),
            EntryAct::Cite { .. } if number <= asked.entry => self.cite(replica, asked.id, entry),
            _ => {}
        }
        let Some(known) = replica.dealings().matter(&asked.id) else { return };
        let agreement = version_of(replica.ties(), &known.matter.version).ok();
        let standing = agreement.as_ref().map(|agreement| known.stands(agreement, time));
        if self.now.as_ref().is_none_or(|(before, stood)| before != known || *stood != standing) {
            self.now = Some((known.clone(), standing));
            self.changed = Some(number);
        }
        if number == asked.entry {
            self.at = Some(At { known: known.clone(), agreement, standing, time });
        }
    }

    fn speak(&mut self, log: LogId, matter: MatterId, entry: &Entry, voice: &Voice) {
        let Some(said) = about(matter, entry.id(), entry.number(), voice) else { return };
        self.behind.extend(voice.decision);
        match &voice.says {
            Says::Enact { level, .. } => {
                self.enacted = Some(EnactedShown { level: *level, entry: entry.number(), at: entry.content().time });
            }
            _ => self.voices.entry(log).or_default().push(said),
        }
    }

    fn cite(&mut self, replica: &Replica, matter: MatterId, entry: &Entry) {
        let (EntryAct::Cite { evidence }, Ok(inside)) = (&entry.content().act, entry.inside()) else { return };
        for (evidence, proof) in evidence.iter().zip(&inside.proofs) {
            let Ok(agreement) = version_of(replica.ties(), &evidence.version) else { continue };
            let Ok(heard) = Heard::of(evidence, proof, &agreement) else { continue };
            let said = heard.said().filter_map(|said| about(matter, said.entry, said.number, said.voice));
            self.voices.entry(evidence.log).or_default().extend(said);
        }
    }
}

/// What a voice says about a matter: that the group consents or not. An enactment is neither.
fn about(matter: MatterId, entry: EntryId, number: u64, voice: &Voice) -> Option<Told> {
    let consents = match &voice.says {
        Says::Open(_) if MatterId::from(entry) == matter => true,
        Says::Consent { matter: id, .. } if *id == matter => true,
        Says::Decline { matter: id } | Says::Enact { matter: id, .. } if *id == matter => false,
        _ => return None,
    };
    Some(Told { number, consents })
}

/// How a matter stands in a log after an entry, as people and programs see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatterShown {
    /// The group whose log shows it.
    pub group: LogId,
    /// That group's name.
    pub name: Name,
    /// The matter.
    pub matter: MatterId,
    /// Its title.
    pub title: String,
    /// What is to hold, and why.
    pub text: String,
    /// The group that opened it.
    pub sponsor: String,
    /// When.
    pub opened: Timestamp,
    /// The last dates of its three levels.
    pub by: [Timestamp; 3],
    /// `adopted`, `not adopted`, `open`, `in doubt`; or `unknown`, if the log does not hold the version that it names.
    pub result: String,
    /// The level at which it was adopted, or is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// The entry after which it stands so.
    pub entry: u64,
    /// That entry's date.
    pub at: Timestamp,
    /// How many groups the last level takes.
    pub needed: usize,
    /// Of how many.
    pub electorate: usize,
    /// Where groups differ in weight: how much the last level takes, and how much all have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<(u32, u32)>,
    /// What proves the result: the consents that count, or who was silent at which level.
    pub certificate: Vec<PieceShown>,
    /// What it means for each affected group.
    pub parts: Vec<PartShown>,
    /// What this log holds of each group of the version.
    pub stances: Vec<StanceShown>,
    /// How the group carried out its part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enacted: Option<EnactedShown>,
    /// The group's own decisions about it.
    pub decisions: Vec<Shown>,
    /// The version of the agreement by which it counts, by its hash.
    pub counts_by: Hash,
    /// Its number, if the log holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The federation whose panel sealed the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation: Option<FederationId>,
    /// The version of its agreement, by its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Hash>,
}

impl MatterShown {
    /// How it stands, in a sentence.
    pub fn words(&self) -> String {
        let said = |says: &str, level: u8| {
            let pieces = self.certificate.iter().filter(move |piece| piece.says == says && piece.level == level);
            pieces.map(|piece| piece.group.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (needed, of) = (self.needed, self.electorate);
        let heavy =
            self.weight.map(|(needed, all)| format!(" with {needed} of the weight of {all}")).unwrap_or_default();
        let result = match (self.result.as_str(), self.level) {
            ("adopted", Some(ASSEMBLY)) => {
                format!(
                    "adopted at level 3 by the consents of {}; {needed} of {of} groups{heavy} are needed",
                    said("consent", 3)
                )
            }
            ("adopted", Some(level)) => {
                format!("adopted at level {level} by the consents of all whom it affects: {}", said("consent", level))
            }
            ("not adopted", _) => {
                let silent = (1..=LEVELS).map(|level| match said("silent", level) {
                    // Of a group whose log nobody witnesses nothing is heard, at any level.
                    nobody if nobody.is_empty() => format!("at level {level} a group without witnesses"),
                    groups => format!("at level {level} {groups}"),
                });
                format!("not adopted: silent were {}", silent.collect::<Vec<_>>().join("; "))
            }
            ("open", Some(level)) => format!("open at level {level} then: this log shows no result"),
            ("in doubt", _) => "in doubt: this log shows neither that it was adopted nor that it was not".into(),
            (other, _) => format!("{other}: this log does not hold the version that it names"),
        };
        format!("after entry {} ({}) the matter is {result}", self.entry, self.at)
    }
}

/// A piece of what proves a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PieceShown {
    /// The group.
    pub group: String,
    /// `consent`, or `silent` where enough witnesses show that there was none in time.
    pub says: String,
    /// The level for which it counts.
    pub level: u8,
    /// The number of the entry in that group's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The date of the consent; of silence, the end of the level.
    pub at: Timestamp,
    /// By when enough witnesses had noted the consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Timestamp>,
}

/// What a matter means for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartShown {
    /// The group.
    pub group: String,
    /// Its id.
    pub group_id: LogId,
    /// The domains in which it decides.
    pub domains: Vec<Name>,
    /// Whether these are ceded to the federation.
    pub ceded: bool,
    /// Whether it binds only together with the other linked parts.
    pub linked: bool,
    /// What changes in it; nothing where it is advice, or accepts terms alone.
    pub effects: Vec<Effect>,
    /// The terms that it accepts when it enacts its part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settles: Option<Terms>,
}

/// What a log holds of a group's stance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StanceShown {
    /// The group's name in the version.
    pub group: String,
    /// Its id.
    pub group_id: LogId,
    /// Whether the matter has a part for it.
    pub affected: bool,
    /// `consents`, `declines`, or `unknown`.
    pub stance: String,
    /// The number of the entry that says so, in its log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The date of the consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// By when enough witnesses had noted it, if this log holds what shows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Timestamp>,
    /// The levels at which the consent counts.
    pub counts_at: Vec<u8>,
    /// The levels at which it is shown to have been silent.
    pub silent_at: Vec<u8>,
}

/// The entry by which a group carried out its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EnactedShown {
    /// The level at whose result it did.
    pub level: u8,
    /// The entry.
    pub entry: u64,
    /// Its date.
    pub at: Timestamp,
}

/// What a bundle about a matter shows, once the replay has come to the entry.
pub(super) fn shown(course: &Course, entry: u64, texts: &BTreeMap<BodyId, Body>) -> Option<MatterShown> {
    let (watched, replica) = (&course.watched, &course.replica);
    let at = watched.at.as_ref()?;
    let view = View { watched, at, own: replica.log() };
    let (known, matter) = (&at.known, &at.known.matter);
    let (result, level) = match at.standing {
        Some(Standing::Adopted { level }) => ("adopted", Some(level)),
        Some(Standing::NotAdopted) => ("not adopted", None),
        Some(Standing::Open { level }) => ("open", Some(level)),
        Some(Standing::InDoubt) => ("in doubt", None),
        None => ("unknown", None),
    };
    let own = |decision| Shown::of(decision, replica.log(), replica.charter().name.clone(), texts);
    let parts = matter.parts.iter().map(|part| PartShown {
        group: view.called(&part.group),
        group_id: part.group,
        domains: part.domains.clone(),
        ceded: part.ceded,
        linked: part.linked,
        effects: matter.effects_of(part),
        settles: matter.settled_with(&part.group).cloned(),
    });
    Some(MatterShown {
        group: replica.log(),
        name: replica.charter().name.clone(),
        matter: known.id,
        title: matter.title.clone(),
        text: matter.text.clone(),
        sponsor: view.called(&known.sponsor),
        opened: known.opened,
        by: matter.by,
        result: result.into(),
        level,
        entry,
        at: at.time,
        needed: at.agreement.as_ref().map_or(0, |agreement| matter.needed(agreement).groups as usize),
        weight: at
            .agreement
            .as_ref()
            .filter(|agreement| agreement.has_weights())
            .map(|agreement| (matter.needed(agreement).weight, agreement.all().weight)),
        electorate: at.agreement.as_ref().map_or(0, |agreement| matter.electorate(agreement).len()),
        certificate: view.certificate(),
        parts: parts.collect(),
        stances: at.agreement.iter().flat_map(FederationAgreement::logs).map(|log| view.stance(log)).collect(),
        enacted: watched.enacted,
        decisions: course.own_decisions().map(own).collect(),
        counts_by: matter.version,
        version: at.agreement.as_ref().map(FederationAgreement::number),
        federation: None,
        agreement: None,
    })
}

/// A matter as a log shows it.
struct View<'a> {
    watched: &'a Watched,
    at: &'a At,
    own: LogId,
}

impl View<'_> {
    /// The group's name in the version, or its id.
    fn called(&self, log: &LogId) -> String {
        let group = self.at.agreement.as_ref().and_then(|agreement| agreement.group(log));
        group.map_or_else(|| log.short(), |group| group.name.to_string())
    }

    /// The entry of a group that says so.
    fn entry(&self, log: &LogId, consents: bool) -> Option<u64> {
        let said = self.watched.voices.get(log).into_iter().flatten();
        said.filter(|said| said.consents == consents).map(|said| said.number).min()
    }

    fn counts(&self, log: &LogId, level: u8) -> bool {
        let (Some(agreement), Some(slot)) = (&self.at.agreement, self.at.known.cited(log)) else { return false };
        slot.counts(&self.at.known.matter, log, level, agreement.timing.news)
    }

    fn stance(&self, log: LogId) -> StanceShown {
        let known = &self.at.known;
        let slot = known.cited(&log).cloned().unwrap_or_default();
        // What the group itself said it knows without evidence, which only shows when that was sealed.
        let own = known.consented.filter(|_| log == self.own);
        let at = slot.consent.map(|(at, _)| at).or(own);
        let declines = at.is_none() && self.entry(&log, false).is_some();
        StanceShown {
            group: self.called(&log),
            group_id: log,
            affected: known.matter.part(&log).is_some(),
            stance: if at.is_some() {
                "consents"
            } else if declines {
                "declines"
            } else {
                "unknown"
            }
            .into(),
            entry: if at.is_some() || declines { self.entry(&log, at.is_some()) } else { None },
            at,
            sealed: slot.consent.map(|(_, sealed)| sealed),
            counts_at: (1..=LEVELS).filter(|level| self.counts(&log, *level)).collect(),
            silent_at: slot.dead.iter().copied().collect(),
        }
    }

    fn certificate(&self) -> Vec<PieceShown> {
        let (Some(agreement), matter) = (&self.at.agreement, &self.at.known.matter) else { return Vec::new() };
        let who = |level: u8| match level {
            ASSEMBLY => matter.electorate(agreement),
            _ => matter.parts.iter().map(|part| part.group).collect(),
        };
        let consent = |log: LogId, level: u8| {
            let (at, sealed) = self.at.known.cited(&log)?.consent.filter(|_| self.counts(&log, level))?;
            let entry = self.entry(&log, true);
            let group = self.called(&log);
            Some(PieceShown { group, says: "consent".into(), level, entry, at, sealed: Some(sealed) })
        };
        let silence = |log: LogId, level: u8| {
            let end = matter.end(level, agreement.timing.news);
            let piece = PieceShown {
                group: self.called(&log),
                says: "silent".into(),
                level,
                entry: None,
                at: end,
                sealed: None,
            };
            self.at.known.is_dead(&log, level).then_some(piece)
        };
        match self.at.standing {
            Some(Standing::Adopted { level }) => who(level).into_iter().filter_map(|log| consent(log, level)).collect(),
            Some(Standing::NotAdopted) => (1..=LEVELS)
                .flat_map(|level| who(level).into_iter().map(move |log| (log, level)))
                .filter_map(|(log, level)| silence(log, level))
                .collect(),
            Some(Standing::Open { .. } | Standing::InDoubt) | None => Vec::new(),
        }
    }
}
