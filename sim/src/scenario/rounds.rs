//! Rounds as people write them in a scenario: what a steward divides, and what a group claims of it.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    effect::Effect,
    id::RoundId,
    name::Name,
    replay::Replica,
    resource::{Claimant, Offer, Round, RoundClaim, Window, division::Division},
    time::{RawDate, Timestamp},
};
use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Find,
    dates::{date, window},
    matter,
};

/// A round as people write it: ids and the version are read off the logs when it is proposed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRound {
    title: String,
    #[serde(default)]
    text: String,
    division: Division,
    /// What the group that acts divides.
    offers: Vec<RawOffer>,
    /// Who may claim, with which weight.
    claimants: BTreeMap<Name, u32>,
    claims_by: RawDate,
    #[serde(default)]
    reveals_by: Option<RawDate>,
    divides_by: RawDate,
    /// The domains in which it is decided; left out: those of what is offered.
    #[serde(default)]
    domains: Option<Vec<Name>>,
}

/// So much of a resource; without a window it is all time: a stock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOffer {
    resource: Name,
    amount: u64,
    #[serde(default)]
    from: Option<RawDate>,
    #[serde(default)]
    until: Option<RawDate>,
}

/// A claim; in a lot the node of the group commits to its own secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaim {
    round: String,
    amounts: Vec<u64>,
    /// Left out: the domain for federations.
    #[serde(default)]
    domains: Option<Vec<Name>>,
}

/// What a group got of a round, given up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRelease {
    round: String,
    /// Left out: the domain for federations.
    #[serde(default)]
    domains: Option<Vec<Name>>,
}

/// The effect about a round that a table is, if it is one.
pub(super) fn resolve(effect: &Table, start: Timestamp, find: &dyn Find) -> Option<Result<Effect, String>> {
    if let Some(Value::Table(table)) = effect.get("open_round") {
        return Some(open(table, start, find));
    }
    if let Some(Value::Table(table)) = effect.get("release_share") {
        return Some(release(table, find));
    }
    Some(claim(effect.get("claim")?.as_table()?, find))
}

/// Says whether an effect is about a round.
pub(super) fn is_about(effect: &Table) -> bool {
    ["open_round", "claim", "release_share"].iter().any(|word| effect.contains_key(*word))
}

/// Checks what can be checked before anything runs: how it is written, and that its labels are given.
pub(super) fn check(effect: &Table, start: Timestamp, find: &dyn Find) -> Option<Result<(), String>> {
    if let Some(Value::Table(table)) = effect.get("open_round") {
        let check = || {
            let raw: RawRound = matter::read(table)?;
            raw.offers.iter().try_for_each(|offer| offer.window(start).map(drop))?;
            let dates = [&raw.claims_by, &raw.divides_by].into_iter().chain(&raw.reveals_by);
            dates.into_iter().try_for_each(|raw| date(raw, start).map(drop))
        };
        return Some(check());
    }
    if let Some(Value::Table(table)) = effect.get("release_share") {
        return Some(matter::read(table).and_then(|raw: RawRelease| matter::is_proposed(&raw.round, find)));
    }
    let table = effect.get("claim")?.as_table()?;
    Some(matter::read(table).and_then(|raw: RawClaim| matter::is_proposed(&raw.round, find)))
}

/// The label of the round that an effect names.
pub(super) fn named(effect: &Table) -> Option<String> {
    effect.get("claim").or_else(|| effect.get("release_share"))?.get("round")?.as_str().map(str::to_owned)
}

/// The groups that a round names.
pub(super) fn touched(effect: &Table) -> impl Iterator<Item = &str> {
    let claimants = effect.get("open_round").and_then(|round| round.get("claimants")).and_then(Value::as_table);
    claimants.into_iter().flat_map(|claimants| claimants.keys().map(String::as_str))
}

/// What the group that acts divides.
fn open(table: &Table, start: Timestamp, find: &dyn Find) -> Result<Effect, String> {
    let raw: RawRound = matter::read(table)?;
    let own = find.log().ok_or("the log of the group that divides is not known here")?;
    let ties = own.charter().federation.and_then(|federation| own.ties().latest(&federation));
    let agreement = &ties.ok_or("the group belongs to no federation: it divides nothing")?.agreement;
    let mut claimants = Vec::new();
    for (group, weight) in &raw.claimants {
        let log = find.log_of(group).ok_or_else(|| format!("the log of '{group}' is not known here"))?;
        claimants.push(Claimant { group: log.log(), weight: *weight });
    }
    claimants.sort_by_key(|claimant| claimant.group);
    let offer =
        |raw: &RawOffer| Ok(Offer { resource: raw.resource.clone(), window: raw.window(start)?, amount: raw.amount });
    let mut offers = raw.offers.iter().map(offer).collect::<Result<Vec<Offer>, String>>()?;
    offers.sort_by(|a, b| (&a.resource, a.window).cmp(&(&b.resource, b.window)));
    let resources = offers.iter().filter_map(|offer| own.charter().resources.find(&offer.resource));
    let domains: BTreeSet<Name> = resources.map(|resource| resource.domain.clone()).collect();
    let round = Round {
        federation: agreement.id(),
        version: agreement.hash(),
        title: raw.title,
        text: raw.text,
        steward: own.log(),
        division: raw.division,
        offers,
        claimants,
        claims_by: date(&raw.claims_by, start)?,
        reveals_by: raw.reveals_by.as_ref().map(|by| date(by, start)).transpose()?,
        divides_by: date(&raw.divides_by, start)?,
    };
    let domains = raw.domains.unwrap_or_else(|| domains.into_iter().collect());
    Ok(Effect::OpenRound { domains, round: Box::new(round) })
}

/// What the group that acts claims of a round that its log knows.
fn claim(table: &Table, find: &dyn Find) -> Result<Effect, String> {
    let raw: RawClaim = matter::read(table)?;
    let own = find.log().ok_or("the log of the group that claims is not known here")?;
    let round = known_as(own, &raw.round, find)?;
    let lot = own.dealings().books.rounds.get(&round).is_some_and(|known| known.round.division.needs_seed());
    let unknown = "in a lot the node commits to its secret: it is not known here";
    let commitment = lot.then(|| find.commitment(&round).ok_or(unknown)).transpose()?;
    let domains = raw.domains.or_else(|| matter::for_federations(own)).ok_or("name the domains of the claim")?;
    Ok(Effect::Claim { domains, claim: RoundClaim { round, amounts: raw.amounts, commitment } })
}

/// What the group that acts gives up.
fn release(table: &Table, find: &dyn Find) -> Result<Effect, String> {
    let raw: RawRelease = matter::read(table)?;
    let own = find.log().ok_or("the log of the group that gives up a share is not known here")?;
    let round = known_as(own, &raw.round, find)?;
    let domains =
        raw.domains.or_else(|| matter::for_federations(own)).ok_or("name the domains in which it is decided")?;
    Ok(Effect::ReleaseShare { domains, round })
}

/// The id of the round that a label stands for, once the log knows it.
fn known_as(own: &Replica, label: &str, find: &dyn Find) -> Result<RoundId, String> {
    let id = find.round(label).map(|round| round.id()).ok_or_else(|| format!("'{label}' stands for no round"))?;
    let known = own.dealings().books.rounds.contains_key(&id);
    known.then_some(id).ok_or_else(|| format!("the group's log does not know the round that '{label}' stands for"))
}

impl RawOffer {
    fn window(&self, start: Timestamp) -> Result<Window, String> {
        window([&self.from, &self.until], start, &format!("'{}' is offered", self.resource))
    }
}
