//! From what a member wants to divide, or to have of it, to a round or a claim that can be decided.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    cbor,
    charter::FEDERATION,
    federation::FederationAgreement,
    id::hex_encode,
    name::Name,
    replay::Replica,
    resource::{
        Claimant, KnownRound, Offer, Round, RoundClaim,
        division::{Division, Fit},
    },
    time::{Span, Timestamp},
};

use super::{
    deal_draft::{date, group_of, held, portion_of},
    round_view::{ClaimDraft, DraftedClaim, DraftedRound, RoundDraft},
    routes::{Failure, find_group},
    views::Views,
};

/// The time for claims, and for dividing, where nobody says otherwise.
const DAY: Span = Span::from_days(1);

/// Makes a round of a draft.
///
/// # Errors
/// If something is not there, or is written so that no round comes of it. What could only not be opened as things are
/// now is told beside the round.
pub(super) fn draft(views: &Views<'_>, draft: &RoundDraft, now: Timestamp) -> Result<DraftedRound, Failure> {
    let group = find_group(views.machine, &draft.group)?;
    let agreement = held(group)?;
    let round = round_of(group, &agreement, draft, now)?;
    let domains: BTreeSet<&Name> = round
        .offers
        .iter()
        .filter_map(|offer| group.charter().resources.find(&offer.resource))
        .map(|resource| &resource.domain)
        .collect();
    let mut books = group.dealings().books.clone();
    books.expire(&group.log(), now);
    let stands = round.check(&agreement, now);
    let room = books.hold_round(group.charter(), &round, now);
    let view = views.round(&round.id(), &KnownRound::new(round.clone(), now), now);
    Ok(DraftedRound {
        bytes: hex_encode(&cbor::encode(&round)),
        group: group.charter().name.to_string(),
        group_id: group.log().to_string(),
        domains: domains.into_iter().map(ToString::to_string).collect(),
        view,
        problems: stands.err().into_iter().chain(room.err()).collect(),
    })
}

fn round_of(
    group: &Replica,
    agreement: &FederationAgreement,
    draft: &RoundDraft,
    now: Timestamp,
) -> Result<Round, Failure> {
    let division = rule(&draft.rule)?;
    let mut offers = Vec::new();
    for offer in &draft.offers {
        let name: Name = offer.resource.parse().map_err(Failure::bad)?;
        let resource = group.charter().resources.find(&name).ok_or_else(|| {
            Failure::bad(format!("'{}' has no resource '{name}' (moot resource list)", group.charter().name))
        })?;
        let portion = portion_of(resource, &offer.portion, now)?;
        offers.push(Offer { resource: name, window: portion.window, amount: portion.amount });
    }
    offers.sort_by(|a, b| (&a.resource, a.window).cmp(&(&b.resource, b.window)));
    let mut claimants = Vec::new();
    for claimant in &draft.claimants {
        claimants.push(Claimant { group: group_of(agreement, &claimant.group)?, weight: claimant.weight });
    }
    if claimants.is_empty() {
        let others = agreement.logs().filter(|log| *log != group.log());
        claimants.extend(others.map(|group| Claimant { group, weight: 1 }));
    }
    claimants.sort_by_key(|claimant| claimant.group);
    let at = |text: &Option<String>| text.as_ref().map(|text| date(text, now)).transpose();
    let news = agreement.timing.news;
    let claims_by = at(&draft.claims_by)?.unwrap_or(now + DAY);
    let soon = division.needs_seed().then(|| claims_by + news.times(3));
    let reveals_by = at(&draft.reveals_by)?.or(soon);
    let last = reveals_by.unwrap_or(claims_by);
    let divides_by = at(&draft.divides_by)?.unwrap_or((last + DAY).max(last + news.times(3)));
    let (federation, version) = (agreement.id(), agreement.hash());
    let (title, text, steward) = (draft.title.clone(), draft.text.clone(), group.log());
    Ok(Round {
        federation,
        version,
        title,
        text,
        steward,
        division,
        offers,
        claimants,
        claims_by,
        reveals_by,
        divides_by,
    })
}

fn rule(word: &str) -> Result<Division, Failure> {
    Ok(match word {
        "proportional" => Division::Proportional,
        "max_min" => Division::MaxMin,
        "dominant_resource" => Division::DominantResource,
        "lot_part" => Division::Lot(Fit::Part),
        "lot_whole" => Division::Lot(Fit::Whole),
        other => return Err(Failure::bad(format!("there is no rule '{other}' to divide by (moot help rounds)"))),
    })
}

/// Makes a claim of a draft; for a lot it commits to the secret that this node has for the group.
///
/// # Errors
/// If it does not fit the round, or this node does not host the group and cannot commit for it.
pub(super) fn claim(
    views: &Views<'_>,
    known: &KnownRound,
    draft: &ClaimDraft,
    now: Timestamp,
) -> Result<DraftedClaim, Failure> {
    let group = find_group(views.machine, &draft.group)?;
    let id = known.round.id();
    let amounts = amounts(&known.round, &draft.amounts)?;
    let commitment = match known.round.division.needs_seed() {
        false => None,
        true => Some(views.machine.commitment(&group.log(), &id).ok_or_else(|| {
            let name = &group.charter().name;
            Failure::bad(format!("this node does not host '{name}': in a lot its own node commits and reveals"))
        })?),
    };
    let claim = RoundClaim { round: id, amounts: amounts.clone(), commitment };
    known.check_claim(&claim).map_err(Failure::bad)?;
    let domain = group.charter().reserved_domain(FEDERATION).map(|domain| domain.name.to_string());
    Ok(DraftedClaim {
        bytes: hex_encode(&cbor::encode(&claim)),
        view: views.round(&id, known, now),
        group: group.charter().name.to_string(),
        group_id: group.log().to_string(),
        domains: domain.into_iter().collect(),
        amounts,
    })
}

/// Amounts as people write them: one for each offer, in order, or some by the name of the resource.
fn amounts(round: &Round, texts: &[String]) -> Result<Vec<u64>, Failure> {
    let number = |text: &str| {
        let text = text.trim();
        text.parse::<u64>().map_err(|_| Failure::bad(format!("'{text}' is no amount: write a whole number")))
    };
    let offers: Vec<String> = round.offers.iter().map(|offer| offer.resource.to_string()).collect();
    if texts.iter().all(|text| !text.contains('=')) {
        if texts.len() != offers.len() {
            let problem = format!("say how much of each: {} amounts, of {}", offers.len(), offers.join(", "));
            return Err(Failure::bad(problem));
        }
        return texts.iter().map(|text| number(text)).collect();
    }
    let mut found = vec![0; offers.len()];
    for text in texts {
        let (name, amount) = text.split_once('=').unwrap_or((text, ""));
        let places: Vec<usize> = (0..offers.len()).filter(|at| offers[*at] == name).collect();
        match places.as_slice() {
            [at] => found[*at] = number(amount)?,
            [] => return Err(Failure::bad(format!("the round offers no '{name}': it offers {}", offers.join(", ")))),
            _ => {
                let problem = format!("the round offers '{name}' at several times: write the amounts in their order");
                return Err(Failure::bad(problem));
            }
        }
    }
    Ok(found)
}
