//! A round as one log knows it, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    super::division::{Claim, Divided, DivisionError, Secret, Seed, commit, divide, reveals},
    Round,
};
use crate::{
    evidence::Awaited,
    federation::FederationAgreement,
    id::{Hash, LogId, RoundId},
    limits::AMOUNT,
    table::pairs,
    time::{Span, Timestamp},
    voice::Says,
};

/// The stage at which groups claim.
pub const CLAIMS_STAGE: u8 = 1;
/// The stage of a lot at which groups reveal.
pub const REVEALS_STAGE: u8 = 2;

/// What a group claims of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundClaim {
    /// The round.
    pub round: RoundId,
    /// How much of each offer, in their order.
    pub amounts: Vec<u64>,
    /// For a lot: what it commits to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Hash>,
}

/// A claim that a log knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// When.
    pub at: Timestamp,
    /// How much of each offer.
    pub amounts: Vec<u64>,
    /// What it commits to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Hash>,
}

/// What a steward's log cites of a group that may claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundSlot {
    /// Its claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claimed>,
    /// What it revealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// The stages at which it is shown to have been silent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub silent: BTreeSet<u8>,
}

/// A round as one log knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownRound {
    /// Its text.
    pub round: Round,
    /// When it was opened.
    pub opened: Timestamp,
    /// Whether the steward's log cites that the opening was sealed in time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shown: bool,
    /// What this group claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Claimed>,
    /// Whether this group has revealed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revealed: bool,
    /// What the steward's log cites of those who may claim.
    #[serde(with = "pairs")]
    pub slots: BTreeMap<LogId, RoundSlot>,
    /// When it was divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divided: Option<Timestamp>,
}

/// How a round stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundState {
    /// Groups may claim.
    Claims,
    /// Claims are being sealed, or secrets revealed.
    Reveals,
    /// The steward's log is to divide it.
    Divides,
    /// It was divided.
    Divided,
    /// Its last date passed before that.
    Lapsed,
}

impl RoundState {
    /// Its word on screens and for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Claims => "open for claims",
            Self::Reveals => "open for reveals",
            Self::Divides => "to be divided",
            Self::Divided => "divided",
            Self::Lapsed => "lapsed",
        }
    }

    /// Whether something may still come of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Claims | Self::Reveals | Self::Divides)
    }
}

/// What came of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundResult {
    /// The shares, with how they came about; the claimants are those whose claims take part.
    pub divided: Divided<LogId>,
    /// What the order of a lot was made from.
    pub seed: Option<Seed>,
    /// Who committed and did not reveal.
    pub lost: BTreeSet<LogId>,
}

impl RoundSlot {
    /// Says whether it is known what the group did at a stage, or that it did nothing.
    pub fn knows(&self, stage: u8) -> bool {
        let said = match stage {
            CLAIMS_STAGE => self.claim.is_some(),
            _ => self.secret.is_some(),
        };
        said || self.silent.contains(&stage)
    }
}

impl KnownRound {
    /// A round of which nothing is known but that it was opened.
    pub fn new(round: Round, opened: Timestamp) -> Self {
        let slots = BTreeMap::new();
        Self { round, opened, shown: false, claimed: None, revealed: false, slots, divided: None }
    }

    /// How it stands at `now`; in other logs than the steward's nobody knows whether it was divided.
    pub fn state(&self, now: Timestamp) -> RoundState {
        match () {
            () if self.divided.is_some() => RoundState::Divided,
            () if now >= self.round.divides_by => RoundState::Lapsed,
            () if now <= self.round.claims_by => RoundState::Claims,
            () if now <= self.round.last() => RoundState::Reveals,
            () => RoundState::Divides,
        }
    }

    /// Checks that a claim fits the round: an amount of each offer, not all of them 0, and for a lot a commitment.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check_claim(&self, claim: &RoundClaim) -> Result<(), String> {
        let offers = self.round.offers.len();
        if claim.amounts.len() != offers {
            return Err(format!("it names {} amounts: name one for each of the {offers} offers", claim.amounts.len()));
        }
        if claim.amounts.iter().any(|amount| *amount > AMOUNT) || claim.amounts.iter().all(|amount| *amount == 0) {
            return Err(format!(
                "its amounts are from 0 to {AMOUNT}, and not all of them 0: name what the group wants"
            ));
        }
        match (self.round.division.needs_seed(), claim.commitment) {
            (true, None) => Err("for a lot it needs a commitment to a secret".into()),
            (false, Some(_)) => Err("where there is no lot nobody commits to anything".into()),
            _ => Ok(()),
        }
    }

    /// What a group's log, whose witnesses are those of the round's version, may hold of a claim or a reveal: it
    /// counts at that stage, if there is such a stage for the group.
    pub fn awaited(&self, id: RoundId, group: LogId, stage: u8, news: Span) -> Option<Awaited<'_>> {
        self.round.claimant(&group)?;
        let (since, last) = match stage {
            CLAIMS_STAGE => (self.opened, self.round.claims_by),
            REVEALS_STAGE => (self.round.reveals_from(news), self.round.reveals_by?),
            _ => return None,
        };
        let says = move |says: &Says| match (stage, says) {
            (CLAIMS_STAGE, Says::Claim(claim)) => claim.round == id && self.check_claim(claim).is_ok(),
            (REVEALS_STAGE, Says::Reveal { round, secret }) => *round == id && self.opens(id, &group, secret),
            _ => false,
        };
        let (about, end) = (Hash(id.0), last + news);
        Some(Awaited { about, step: stage, since, last, end, says: Box::new(move |_, voice| says(&voice.says)) })
    }

    /// Says whether a secret is what a group committed to, by what the steward's log cites of it.
    fn opens(&self, id: RoundId, group: &LogId, secret: &Secret) -> bool {
        let commitment = self.slots.get(group).and_then(|slot| slot.claim.as_ref()?.commitment);
        commitment == Some(commit(&Hash(id.0), group, secret))
    }

    /// The groups of which it is not known here what they did at a stage: of reveals, those who claimed.
    pub fn missing(&self, stage: u8) -> impl Iterator<Item = LogId> + '_ {
        let knows = move |group: &LogId| self.slots.get(group).is_some_and(|slot| slot.knows(stage));
        let claimed = |group: &LogId| self.slots.get(group).is_some_and(|slot| slot.claim.is_some());
        let asked = stage == CLAIMS_STAGE || self.round.division.needs_seed();
        let groups = self.round.claimants.iter().filter(move |_| asked).map(|claimant| claimant.group);
        groups.filter(move |group| !knows(group) && (stage == CLAIMS_STAGE || claimed(group)))
    }

    /// Says whether it is not known here what a group did at a stage.
    pub fn waits(&self, group: &LogId, stage: u8) -> bool {
        self.missing(stage).any(|missing| missing == *group)
    }

    /// Checks that the steward's log may divide it at `now`, as far as the round goes: nobody may speak any more, and
    /// of everybody it is known what they said.
    ///
    /// # Errors
    /// What is missing.
    pub fn may_divide(&self, agreement: &FederationAgreement, now: Timestamp) -> Result<(), String> {
        if let Some(at) = self.divided {
            return Err(format!("it was divided at {at}"));
        }
        let end = self.round.last() + agreement.timing.news;
        if now <= end {
            return Err(format!("what is said about it may be sealed until {end}"));
        }
        if !self.shown {
            return Err("this log must cite first that the opening was sealed in time".into());
        }
        for (stage, what) in [(CLAIMS_STAGE, "claimed"), (REVEALS_STAGE, "revealed")] {
            if let Some(group) = self.missing(stage).next() {
                let group = group.short();
                return Err(format!("this log must cite first what {group} {what}, or that it was silent"));
            }
        }
        Ok(())
    }

    /// What comes of it by what the steward's log cites: who was silent claims nothing, and in a lot who does not
    /// reveal loses the share.
    ///
    /// # Errors
    /// None for a round that can stand and claims that fit it.
    pub fn result(&self, id: RoundId) -> Result<RoundResult, DivisionError> {
        let claims = self.slots.iter().filter_map(|(group, slot)| Some((group, slot.claim.as_ref()?)));
        let committed: BTreeMap<LogId, Hash> =
            claims.clone().filter_map(|(group, claim)| Some((*group, claim.commitment?))).collect();
        let secrets: BTreeMap<LogId, Secret> =
            self.slots.iter().filter_map(|(group, slot)| Some((*group, slot.secret?))).collect();
        let revealed = reveals(&Hash(id.0), &committed, &secrets);
        let claim = |(group, claim): (&LogId, &Claimed)| {
            let weight = self.round.claimant(group)?.weight;
            Some(Claim { id: *group, weight, amounts: claim.amounts.clone() })
        };
        let takes_part = |group: &LogId| !self.round.division.needs_seed() || revealed.revealed.contains(group);
        let claims: Vec<Claim<LogId>> = claims.filter(|(group, _)| takes_part(group)).filter_map(claim).collect();
        let amounts = self.round.amounts();
        // Where nobody revealed nobody takes part: any seed divides nothing among nobody.
        let empty = Seed(Hash([0; 32]));
        let seed = self.round.division.needs_seed().then(|| revealed.seed.unwrap_or(empty));
        let divided = divide(self.round.division, &amounts, &claims, seed.as_ref())?;
        Ok(RoundResult { divided, seed: revealed.seed, lost: revealed.lost })
    }
}
