//! How rounds look to people.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    effect::Effect,
    entry::EntryAct,
    id::{LogId, RoundId},
    replay::Replica,
    resource::{
        CLAIMS_STAGE, Claimant, Claimed, KnownRound, Offer, REVEALS_STAGE, Round, RoundResult, RoundState,
        division::{Divided, Filling},
    },
    time::Timestamp,
    voice::Says,
};

use super::{
    deal_view::OpenAnswerView,
    resource_views::ends,
    round_view::{ClaimantView, OfferView, RoundView},
    views::Views,
};

impl Views<'_> {
    /// All rounds that some log here knows.
    pub(super) fn all_rounds(&self) -> BTreeSet<RoundId> {
        self.machine.logs().flat_map(|log| log.dealings().books.rounds.keys().copied()).collect()
    }

    /// A round as its steward's log knows it, or any other.
    pub(super) fn known_round(&self, id: &RoundId) -> Option<&KnownRound> {
        let any = self.machine.logs().find_map(|log| log.dealings().books.rounds.get(id))?;
        let steward = self.machine.log(&any.round.steward);
        steward.and_then(|log| log.dealings().books.rounds.get(id)).or(Some(any))
    }

    /// A round with what everybody claims, as far as the logs here tell.
    pub(super) fn round(&self, id: &RoundId, known: &KnownRound, now: Timestamp) -> RoundView {
        let round = &known.round;
        let result = known.divided.and_then(|_| known.result(*id).ok());
        let state = known.state(now);
        let left = |at: usize| result.as_ref().map(|result| result.divided.left[at]);
        let offers: Vec<OfferView> =
            round.offers.iter().enumerate().map(|(at, offer)| self.offer(round, offer, left(at))).collect();
        let claimants =
            round.claimants.iter().map(|claimant| self.claimant(id, known, claimant, result.as_ref(), now)).collect();
        let how = result.as_ref().map(|result| self.how(round, result)).unwrap_or_default();
        RoundView {
            round: id.to_string(),
            title: round.title.clone(),
            text: round.text.clone(),
            steward: self.name_of(&round.steward),
            steward_group: round.steward.to_string(),
            federation: round.federation.to_string(),
            version: round.version.to_string(),
            rule: round.division.word().into(),
            division: round.division.to_string(),
            opened: known.opened.to_string(),
            claims_by: round.claims_by.to_string(),
            reveals_by: round.reveals_by.map(|at| at.to_string()),
            divides_by: round.divides_by.to_string(),
            state: state.word().into(),
            open: state.is_open(),
            until: next(round, state).map(|at| at.to_string()),
            offers,
            claimants,
            waits_for: self.waits_for(known, state, now),
            divided: known.divided.map(|at| at.to_string()),
            seed: result.and_then(|result| result.seed).map(|seed| seed.0.to_string()),
            how,
        }
    }

    pub(super) fn offer(&self, round: &Round, offer: &Offer, left: Option<u64>) -> OfferView {
        let resource = self.machine.log(&round.steward).and_then(|log| log.charter().resources.find(&offer.resource));
        let (from, until) = ends(offer.window);
        OfferView {
            resource: offer.resource.to_string(),
            unit: resource.map(|resource| resource.unit.clone()),
            from,
            until,
            amount: offer.amount,
            left,
        }
    }

    fn claimant(
        &self,
        id: &RoundId,
        known: &KnownRound,
        claimant: &Claimant,
        result: Option<&RoundResult>,
        now: Timestamp,
    ) -> ClaimantView {
        let group = claimant.group;
        let slot = known.slots.get(&group).cloned().unwrap_or_default();
        let own = self.machine.log(&group).and_then(|log| log.dealings().books.rounds.get(id));
        let said = || own.and_then(|own| own.claimed.as_ref()).filter(|_| self.has_claimed(&group, id));
        let claims = slot.claim.as_ref().or_else(said).map(|Claimed { amounts, .. }| amounts.clone());
        let lot = known.round.division.needs_seed();
        let reveals = lot && slot.claim.is_some();
        let got = result.and_then(|result| result.divided.shares.iter().find(|share| share.id == group));
        let given_up = got.zip(self.machine.log(&known.round.steward));
        let given_up = given_up.is_some_and(|(share, log)| log.dealings().books.gave_up(id, share, now));
        ClaimantView {
            group: self.name_of(&group),
            group_id: group.to_string(),
            weight: claimant.weight,
            knows: own.is_some(),
            claims,
            revealed: slot.secret.is_some() || own.is_some_and(|own| own.revealed),
            silent: !slot.silent.is_empty(),
            cited: slot.knows(CLAIMS_STAGE) && (!reveals || slot.knows(REVEALS_STAGE)),
            share: result.map(|_| got.map_or_else(|| vec![0; known.round.offers.len()], |share| share.amounts.clone())),
            given_up,
            proposal: self.machine.log(&group).and_then(|log| open_claim(log, id)),
        }
    }

    /// Says whether a group has spoken its claim: what it has decided alone does not count yet.
    fn has_claimed(&self, group: &LogId, id: &RoundId) -> bool {
        let claims = |says: &Says| matches!(says, Says::Claim(claim) if claim.round == *id);
        self.machine.source(group).is_some_and(|source| {
            source.voices.values().any(|entry| match &entry.content().act {
                EntryAct::Speak(voice) => claims(&voice.says),
                _ => false,
            })
        })
    }

    /// What the steward's log needs before it can divide, in words.
    fn waits_for(&self, known: &KnownRound, state: RoundState, now: Timestamp) -> Option<String> {
        let steward = self.machine.log(&known.round.steward).filter(|_| state.is_open())?;
        let agreement = &steward.ties().consent_to(&known.round.version)?.agreement;
        known.may_divide(agreement, now).err()
    }

    /// How shares came about.
    fn how(&self, round: &Round, result: &RoundResult) -> Vec<String> {
        let Divided { fillings, draws, shares, .. } = &result.divided;
        let mut how: Vec<String> = fillings.iter().flat_map(|filling| self.filled(round, filling)).collect();
        how.extend(draws.iter().enumerate().map(|(at, draw)| {
            let among = draws.len() - at;
            format!("drawn number {}: {}, among {among}", at + 1, self.name_of(&shares[draw.drawn].id))
        }));
        how.extend(
            result.lost.iter().map(|group| format!("{} did not reveal, and lost its share", self.name_of(group))),
        );
        how
    }

    fn filled(&self, round: &Round, filling: &Filling<LogId>) -> Vec<String> {
        let names = |groups: &[LogId]| groups.iter().map(|group| self.name_of(group)).collect::<Vec<_>>().join(", ");
        let of = |at: usize| format!("'{}' {}", round.offers[at].resource, round.offers[at].window);
        let all: Vec<String> = filling.resources.iter().map(|at| of(*at)).collect();
        let all = all.join(" and ");
        let mut how = Vec::new();
        for step in &filling.steps {
            let mut what = Vec::new();
            if !step.met.is_empty() {
                what.push(format!("{} has all that it claims", names(&step.met)));
            }
            if !step.exhausted.is_empty() {
                let gone: Vec<String> = step.exhausted.iter().map(|at| of(*at)).collect();
                what.push(format!("{} is used up", gone.join(" and ")));
            }
            if !step.stopped.is_empty() {
                what.push(format!("{} gets no more", names(&step.stopped)));
            }
            how.push(format!("{all}: at level {} {}", step.level, what.join("; ")));
        }
        for (at, up) in &filling.rounded_up {
            how.push(format!("{}: what rounding left over went to {}", of(*at), names(up)));
        }
        how
    }
}

/// The next date of a round.
fn next(round: &Round, state: RoundState) -> Option<Timestamp> {
    match state {
        RoundState::Claims => Some(round.claims_by),
        RoundState::Reveals => Some(round.last()),
        RoundState::Divides => Some(round.divides_by),
        RoundState::Divided | RoundState::Lapsed => None,
    }
}

/// A proposal of a group, not ended yet, to claim.
pub(super) fn open_claim(replica: &Replica, id: &RoundId) -> Option<OpenAnswerView> {
    let claims = |effect: &Effect| matches!(effect, Effect::Claim { claim, .. } if claim.round == *id);
    let proposal = replica.proposals().find(|proposal| proposal.content.effects.iter().any(claims))?;
    Some(OpenAnswerView {
        does: "claim".into(),
        proposal: proposal.id.to_string(),
        closes: proposal.closes.to_string(),
    })
}
