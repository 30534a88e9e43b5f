//! Dividing: what the group says about rounds, by decisions and by what follows from them.

use std::collections::BTreeSet;

use super::{Replica, speaking, view::View};
use crate::{
    effect::Effect,
    error::{Conflict, Refusal},
    evidence::{Evidence, Heard, Said},
    federation::FederationAgreement,
    id::{Hash, RoundId},
    matter::version_of,
    name::Name,
    resource::{
        CLAIMS_STAGE, Claimed, KnownRound, REVEALS_STAGE, Round, RoundClaim,
        division::{Secret, commit},
    },
    time::Timestamp,
    voice::Says,
};

/// Checks that a decision may open a round now:
/// - the group belongs to the federation, by the version of its last consent, and is the steward
/// - the round can stand, and is not known here
/// - it is decided in the domains of what is offered
/// - there is room for all that is offered beside all that is promised
///
/// # Errors
/// Why it may not.
pub(super) fn may_open(view: &View<'_>, domains: &[Name], round: &Round) -> Result<(), String> {
    let consent = speaking::bound_by(view, &round.federation, &round.version)?;
    round.check(&consent.agreement, view.now)?;
    if round.steward != view.base.log() {
        return Err("another group is named as its steward".into());
    }
    let mut needed: BTreeSet<&Name> = BTreeSet::new();
    for offer in &round.offers {
        let resource = view.charter().resources.find(&offer.resource);
        needed.insert(&resource.ok_or_else(|| format!("the group has no resource '{}'", offer.resource))?.domain);
    }
    if !needed.iter().copied().eq(domains) {
        let needed: Vec<String> = needed.iter().map(ToString::to_string).collect();
        return Err(format!("what it offers is for the domains {} to decide", needed.join(", ")));
    }
    if view.dealings().books.rounds.contains_key(&round.id()) {
        return Err("this very round was opened before: another text, or other dates, make another round".into());
    }
    let mut books = view.dealings().books.clone();
    books.expire(&view.base.log, view.now);
    books.hold_round(view.charter(), round, view.now)
}

/// Checks that a decision may claim of a round now: it is known here, the group may claim in it and has not, the time
/// for claims runs, and the claim fits.
///
/// # Errors
/// Why it may not.
pub(super) fn may_claim(view: &View<'_>, domains: &[Name], claim: &RoundClaim) -> Result<(), String> {
    let Some(known) = view.dealings().books.rounds.get(&claim.round) else {
        let id = claim.round.short();
        return Err(format!("this log knows no round {id}: it comes with the evidence that it was opened"));
    };
    if known.round.claimant(&view.base.log()).is_none() {
        return Err("this group is not among those that may claim".into());
    }
    if known.claimed.is_some() {
        return Err("the group has claimed: one claim each".into());
    }
    if view.now < known.opened || view.now > known.round.claims_by {
        return Err(format!("claims come from {} to {}", known.opened, known.round.claims_by));
    }
    decided_in(domains)?;
    known.check_claim(claim)
}

/// Checks that a decision may give up the group's share of a round now. Whoever has a share may outlast what its log knows
/// of the round; where it is known, the group has claimed, and nobody may say anything to it any more.
///
/// # Errors
/// Why it may not.
pub(super) fn may_release(view: &View<'_>, domains: &[Name], round: &RoundId) -> Result<(), String> {
    decided_in(domains)?;
    let Some(known) = view.dealings().books.rounds.get(round) else { return Ok(()) };
    if known.claimed.is_none() {
        return Err("the group has claimed nothing of that round".into());
    }
    let agreement = version_of(view.base.ties(), &known.round.version)?;
    let end = known.round.last() + agreement.timing.news;
    match view.now > end {
        true => Ok(()),
        false => Err(format!("nothing is divided before {end}: there is no share yet")),
    }
}

fn decided_in(domains: &[Name]) -> Result<(), String> {
    match domains.is_empty() || !domains.is_sorted_by(|a, b| a < b) {
        true => Err("name the domains in which the group decides it, sorted, each once".into()),
        false => Ok(()),
    }
}

/// What a decision opens, claims or gives up, and makes the group say.
pub(super) fn carry_out(view: &mut View<'_>, effect: &Effect) -> Option<Says> {
    let (now, charter) = (view.now, view.charter().clone());
    match effect {
        Effect::OpenRound { round, .. } => {
            let log = view.base.log;
            let books = &mut view.dealings_mut().books;
            books.expire(&log, now);
            // `may_open` has just said that there is room.
            books.hold_round(&charter, round, now).ok()?;
            books.rounds.insert(round.id(), KnownRound::new((**round).clone(), now));
            Some(Says::Round(round.clone()))
        }
        Effect::Claim { claim, .. } => {
            let known = view.dealings_mut().books.rounds.get_mut(&claim.round)?;
            known.claimed = Some(claimed(claim, now));
            Some(Says::Claim(claim.clone()))
        }
        Effect::ReleaseShare { round, .. } => Some(Says::ReleaseShare { round: *round }),
        _ => None,
    }
}

fn claimed(claim: &RoundClaim, at: Timestamp) -> Claimed {
    Claimed { at, amounts: claim.amounts.clone(), commitment: claim.commitment }
}

impl Replica {
    /// The round that the group's log may divide at `now`, if there is one.
    pub fn divides(&self, now: Timestamp) -> Option<RoundId> {
        let rounds = &self.dealings.books.rounds;
        let may = |known: &KnownRound| {
            known.round.steward == self.log && known.divided.is_none() && now < known.round.divides_by
        };
        if !rounds.values().any(may) {
            return None;
        }
        let mut view = View::new(self, self.head.number + 1, now.max(self.head.time));
        if self.voice_due().is_some() {
            return None;
        }
        let at = view.now;
        view.dealings_mut().books.expire(&self.log, at);
        rounds.iter().find(|(id, known)| may_divide(&view, id, known).is_ok()).map(|(id, _)| *id)
    }
}

impl Replica {
    /// Says whether the group may reveal this secret at `now`.
    pub fn may_reveal(&self, round: &RoundId, secret: &Secret, now: Timestamp) -> bool {
        let view = View::new(self, self.head.number + 1, now.max(self.head.time));
        let known = self.dealings.books.rounds.get(round);
        self.voice_due().is_none() && known.is_some_and(|known| may_reveal(&view, round, known, secret).is_ok())
    }
}

/// What follows without a decision: a reveal, or the steward's division.
///
/// # Errors
/// Why it does not.
pub(super) fn follows(view: &mut View<'_>, says: &Says) -> Result<(), Refusal> {
    let now = view.now;
    let Some(id) = says.round() else { return Err(Conflict::Voice("no decision calls for it".into()).into()) };
    let log = view.base.log;
    view.dealings_mut().books.expire(&log, now);
    let Some(known) = view.dealings().books.rounds.get(&id).cloned() else { return Err(Conflict::NoRound(id).into()) };
    let fails = |reason: String| Refusal::from(Conflict::Round { round: id, reason });
    match says {
        Says::Reveal { secret, .. } => {
            may_reveal(view, &id, &known, secret).map_err(fails)?;
            if let Some(known) = view.dealings_mut().books.rounds.get_mut(&id) {
                known.revealed = true;
            }
        }
        Says::Divide { .. } => {
            may_divide(view, &id, &known).map_err(fails)?;
            view.dealings_mut().books.divide_round(&id, now);
        }
        _ => return Err(fails("no decision calls for it".into())),
    }
    Ok(())
}

/// The group has claimed and not revealed, it is the time for reveals, and the secret is what it committed to.
fn may_reveal(view: &View<'_>, id: &RoundId, known: &KnownRound, secret: &Secret) -> Result<(), String> {
    let agreement = version_of(view.base.ties(), &known.round.version)?;
    let from = known.round.reveals_from(agreement.timing.news);
    let until = known.round.reveals_by.ok_or("there is nothing to reveal where there is no lot")?;
    if known.claimed.is_none() || known.revealed {
        return Err("the group has claimed nothing, or revealed already".into());
    }
    if !(from..=until).contains(&view.now) {
        return Err(format!("secrets are revealed from {from} to {until}"));
    }
    let commitment = known.claimed.as_ref().and_then(|claimed| claimed.commitment);
    match commitment == Some(commit(&Hash(id.0), &view.base.log(), secret)) {
        true => Ok(()),
        false => Err("it is not the secret to which the group committed".into()),
    }
}

fn may_divide(view: &View<'_>, id: &RoundId, known: &KnownRound) -> Result<(), String> {
    if known.round.steward != view.base.log() {
        return Err("only its steward divides it".into());
    }
    let agreement = version_of(view.base.ties(), &known.round.version)?;
    known.may_divide(&agreement, view.now)?;
    match view.dealings().books.holds_round(id) {
        true => Ok(()),
        false => Err(format!("it is over since {}", known.round.divides_by)),
    }
}

/// Takes what a group said about a round; says whether it is news.
pub(super) fn take(view: &mut View<'_>, evidence: &Evidence, agreement: &FederationAgreement, said: &Said<'_>) -> bool {
    let (own, group, news, now) = (view.base.log(), evidence.log, agreement.timing.news, view.now);
    let books = &mut view.dealings_mut().books;
    if let Says::Round(round) = &said.voice.says {
        // An opening counts only if it was sealed in time, and can stand.
        if round.version != evidence.version || !round.counts(&group, agreement, said.at, said.sealed) {
            return false;
        }
        if let Some(known) = books.rounds.get_mut(&round.id()) {
            return group == own && !std::mem::replace(&mut known.shown, true);
        }
        let comes = group != own && books.takes_in(&own, round, now);
        if comes {
            books.forget_rounds(now);
            books.rounds.insert(round.id(), KnownRound::new((**round).clone(), said.at));
        }
        return comes;
    }
    if let Says::ReleaseShare { round } = &said.voice.says {
        let version = books.rounds.get(round).map(|known| known.round.version);
        return version == Some(evidence.version) && books.release_share(&own, round, &group);
    }
    let Some((id, known)) = said.voice.says.round().and_then(|id| Some((id, books.rounds.get_mut(&id)?))) else {
        return false;
    };
    let takes = known.round.steward == own && known.round.version == evidence.version && known.divided.is_none();
    let stage = if matches!(said.voice.says, Says::Claim(_)) { CLAIMS_STAGE } else { REVEALS_STAGE };
    let Some(awaited) = known.awaited(id, group, stage, news).filter(|_| takes) else { return false };
    if !awaited.is_in_time(said) || known.slots.get(&group).is_some_and(|slot| slot.knows(stage)) {
        return false;
    }
    drop(awaited);
    let slot = known.slots.entry(group).or_default();
    match &said.voice.says {
        Says::Claim(claim) => slot.claim = Some(claimed(claim, said.at)),
        Says::Reveal { secret, .. } => slot.secret = Some(*secret),
        _ => return false,
    }
    true
}

/// Takes that a group neither claimed in time, or did not reveal.
///
/// # Errors
/// If that is not shown, or means nothing here.
pub(super) fn take_silence(
    view: &mut View<'_>,
    evidence: &Evidence,
    agreement: &FederationAgreement,
    heard: &Heard<'_>,
    id: &RoundId,
    stage: u8,
) -> Result<bool, String> {
    let (own, group) = (view.base.log(), evidence.log);
    let known = view.dealings_mut().books.rounds.get_mut(id);
    let takes = |known: &&mut KnownRound| known.round.steward == own && known.round.version == evidence.version;
    let Some(known) = known.filter(takes).filter(|known| known.divided.is_none()) else {
        return Err(format!("the round {} is not this group's to divide by that version", id.short()));
    };
    let claimed = known.slots.get(&group).is_some_and(|slot| slot.claim.is_some());
    let awaited = known.awaited(*id, group, stage, agreement.timing.news);
    let Some(awaited) = awaited.filter(|_| stage == CLAIMS_STAGE || claimed) else {
        return Err(format!("nothing is awaited of {} at the stage {stage}", group.short()));
    };
    if !heard.is_silent(&awaited) {
        return Err(format!("too few witnesses show that it was silent at {}", awaited.end));
    }
    drop(awaited);
    let slot = known.slots.entry(group).or_default();
    Ok(!slot.knows(stage) && slot.silent.insert(stage))
}
