//! How a matter stands: a function of consents and silences, each with the seal that shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Matter;
use crate::{
    evidence::Awaited,
    federation::FederationAgreement,
    id::{EntryId, Hash, LogId, MatterId},
    time::{Span, Timestamp},
};

/// How many levels there are.
pub const LEVELS: u8 = 3;
/// The last level, at which two thirds of all groups decide.
pub const ASSEMBLY: u8 = 3;

/// What is known of a group's stance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// When it consented, and by when that was sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<(Timestamp, Timestamp)>,
    /// The levels at which enough witnesses were silent on a consent in time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub dead: BTreeSet<u8>,
    /// Where it is an amendment: the successor that the group had taken up by itself when it consented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Hash>,
}

/// How a matter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Groups may still say something that counts at this level.
    Open {
        /// The level, from 1.
        level: u8,
    },
    /// Enough groups consented.
    Adopted {
        /// The first level at which they did.
        level: u8,
    },
    /// It is proved that they did not, at any level.
    NotAdopted,
    /// Neither is proved, and the time is up: things stay as they are.
    InDoubt,
}

/// How a matter stands at `now` (model, rules 3, 4 and 6):
/// - at the first two levels all affected groups consent, at the last groups with at least two thirds of the weight of
///   all, and more than half of them; of an amendment those who have a say, as many and as heavy as it needs
/// - a consent counts at a level if it is dated by the level's date, and its stage's, and sealed by then plus g
/// - not adopted: at every level too many slots are dead; so is that of a group whose log nobody witnesses
///
/// The last level's result stands no sooner than the second level has ended.
pub fn stand(
    matter: &Matter,
    agreement: &FederationAgreement,
    slots: &BTreeMap<LogId, Slot>,
    now: Timestamp,
) -> Standing {
    let news = agreement.timing.news;
    let counts =
        |level: u8| move |group: &LogId| slots.get(group).is_some_and(|slot| slot.counts(matter, group, level, news));
    let dead = |level: u8| {
        move |group: &LogId| {
            !agreement.is_heard(group) || slots.get(group).is_some_and(|slot| slot.dead.contains(&level))
        }
    };
    let affected = || matter.parts.iter().map(|part| part.group);
    if let Some(level) = (1..ASSEMBLY).find(|level| affected().all(|group| counts(*level)(&group))) {
        return Standing::Adopted { level };
    }
    let (electorate, needed) = (matter.electorate(agreement), matter.needed(agreement));
    let share =
        |holds: &dyn Fn(&LogId) -> bool| agreement.share(electorate.iter().copied().filter(|group| holds(group)));
    if share(&counts(ASSEMBLY)).reaches(needed) && now >= matter.end(ASSEMBLY - 1, news) {
        return Standing::Adopted { level: ASSEMBLY };
    }
    let failed = |level: u8| affected().any(|group| dead(level)(&group));
    let alive = share(&|group| !dead(ASSEMBLY)(group));
    if (1..ASSEMBLY).all(failed) && !alive.reaches(needed) {
        return Standing::NotAdopted;
    }
    match (1..=LEVELS).find(|level| now < matter.end(*level, news)) {
        Some(level) => Standing::Open { level },
        None if now < matter.doubtful_from(news) => Standing::Open { level: LEVELS },
        None => Standing::InDoubt,
    }
}

impl Slot {
    /// Says whether the consent counts at a level.
    pub fn counts(&self, matter: &Matter, group: &LogId, level: u8, news: Span) -> bool {
        self.consent.is_some_and(|(at, sealed)| at <= matter.last(group, level) && sealed <= matter.end(level, news))
    }
}

impl Matter {
    /// The consent of a group that counts at a level, of the matter of that id, opened at `opened`; opening it is one,
    /// where it has a part for the group.
    pub fn awaited(
        &self,
        id: MatterId,
        opened: Timestamp,
        (group, level): (&LogId, u8),
        news: Span,
    ) -> Awaited<'static> {
        let own = self.part(group).is_some();
        let opens = move |entry: EntryId| own && MatterId::from(entry) == id;
        Awaited {
            about: Hash(id.0),
            step: level,
            since: opened,
            last: self.last(group, level),
            end: self.end(level, news),
            says: Box::new(move |entry, voice| opens(entry) || voice.says.consents_to(&id)),
        }
    }

    /// From when on it is in doubt if nothing is proved: notes that show who was silent are dated after the last level's
    /// end, and news of them takes up to g again.
    pub fn doubtful_from(&self, news: Span) -> Timestamp {
        self.end(LEVELS, news) + news
    }

    /// The last date at which a group's consent counts at a level.
    pub fn last(&self, group: &LogId, level: u8) -> Timestamp {
        let by = self.by[usize::from(level.clamp(1, LEVELS)) - 1];
        let stage = self.part(group).and_then(|part| part.due).filter(|_| level == 1);
        stage.map_or(by, |due| due.min(by))
    }
}
