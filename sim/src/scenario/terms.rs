//! Terms about resources as people write them in a scenario.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    effect::Effect,
    federation::FederationAgreement,
    id::{LogId, TermsId},
    name::Name,
    replay::Replica,
    resource::{Books, Line, Portion, Terms, Window},
    time::{RawDate, Timestamp},
};
use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Find,
    dates::{date, window},
    matter,
};

/// Effects about terms that another proposal stated.
const ANSWERS: [&str; 3] = ["accept_terms", "decline_terms", "release_terms"];

/// Terms as people write them: ids, the version and the shortest hold are read off the logs when they are proposed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerms {
    title: String,
    #[serde(default)]
    text: String,
    /// Who asks; left out: the group that acts.
    #[serde(default)]
    requester: Option<Name>,
    /// What is asked of whom.
    lines: Vec<RawLine>,
    /// Who closes; left out: the steward of the first line.
    #[serde(default)]
    closer: Option<Name>,
    /// The last moment at which it commits.
    by: RawDate,
    /// The label of the terms in whose place they come.
    #[serde(default)]
    counters: Option<String>,
    /// Until when the group that acts holds what it promises; left out: as short as may be.
    #[serde(default)]
    until: Option<RawDate>,
    /// The domains in which it is decided; left out: those of what it promises, or else the one for federations.
    #[serde(default)]
    domains: Option<Vec<Name>>,
}

/// A portion; two of one steward and resource make one line. Without a window it is all time: a stock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine {
    steward: Name,
    resource: Name,
    amount: u64,
    #[serde(default)]
    from: Option<RawDate>,
    #[serde(default)]
    until: Option<RawDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    terms: String,
    #[serde(default)]
    until: Option<RawDate>,
    #[serde(default)]
    domains: Option<Vec<Name>>,
}

/// The effect about terms that a table is, if it is one.
pub(super) fn resolve(effect: &Table, start: Timestamp, find: &dyn Find) -> Option<Result<Effect, String>> {
    if let Some(Value::Table(table)) = effect.get("terms") {
        return Some(state(table, start, find));
    }
    let (word, table) = answer(effect)?;
    Some(say(word, table, start, find))
}

/// Says whether an effect is about terms.
pub(super) fn is_about(effect: &Table) -> bool {
    effect.contains_key("terms") || answer(effect).is_some()
}

/// Checks what can be checked before anything runs: how it is written, and that its labels are given.
pub(super) fn check(effect: &Table, start: Timestamp, find: &dyn Find) -> Option<Result<(), String>> {
    if let Some(Value::Table(table)) = effect.get("terms") {
        let check = || {
            let raw: RawTerms = matter::read(table)?;
            check_dates(&raw, start)?;
            raw.counters.iter().try_for_each(|label| matter::is_proposed(label, find))
        };
        return Some(check());
    }
    let (_, table) = answer(effect)?;
    Some(matter::read(table).and_then(|raw: RawAnswer| matter::is_proposed(&raw.terms, find)))
}

/// The labels of the terms that an effect names.
pub(super) fn named(effect: &Table) -> impl Iterator<Item = String> {
    let counters = effect.get("terms").and_then(|terms| terms.get("counters"));
    let terms = answer(effect).and_then(|(_, answer)| answer.get("terms"));
    let labels = [counters, terms].into_iter().flatten();
    labels.filter_map(|label| label.as_str().map(str::to_owned)).collect::<Vec<_>>().into_iter()
}

/// The groups that terms name.
pub(super) fn touched(effect: &Table) -> impl Iterator<Item = &str> {
    let terms = effect.get("terms").and_then(Value::as_table);
    let roles = terms.into_iter().flat_map(|terms| ["requester", "closer"].map(|role| terms.get(role)));
    let lines = terms.and_then(|terms| terms.get("lines")).and_then(Value::as_array);
    let stewards = lines.into_iter().flatten().map(|line| line.get("steward"));
    roles.chain(stewards).flatten().filter_map(Value::as_str)
}

fn answer(effect: &Table) -> Option<(&'static str, &Table)> {
    ANSWERS.into_iter().find_map(|word| Some((word, effect.get(word)?.as_table()?)))
}

/// What the group that acts asks, offers or counters.
fn state(table: &Table, start: Timestamp, find: &dyn Find) -> Result<Effect, String> {
    let raw: RawTerms = matter::read(table)?;
    let own = find.log().ok_or("the log of the group that states them is not known here")?;
    let ties = own.charter().federation.and_then(|federation| own.ties().latest(&federation));
    let agreement = &ties.ok_or("the group belongs to no federation: it states no terms")?.agreement;
    let terms = text(&raw, own, agreement, start, find)?;
    let until = held_until(raw.until.as_ref(), &terms, agreement, own, start)?;
    let domains = raw.domains.or_else(|| decides(own, &terms)).ok_or("name the domains in which it is decided")?;
    Ok(Effect::Terms { domains, terms: Box::new(terms), until })
}

/// The terms that a matter of the group settles.
pub(super) fn of_matter(
    table: &Table,
    own: &Replica,
    agreement: &FederationAgreement,
    start: Timestamp,
    find: &dyn Find,
) -> Result<Terms, String> {
    let raw: RawTerms = matter::read(table).map_err(|problem| format!("settles: {problem}"))?;
    Ok(Terms { by_matter: true, ..text(&raw, own, agreement, start, find)? })
}

/// Checks what can be checked of them before anything runs.
pub(super) fn check_of_matter(table: &Table, start: Timestamp) -> Result<(), String> {
    let raw: RawTerms = matter::read(table).map_err(|problem| format!("settles: {problem}"))?;
    if raw.counters.is_some() || raw.until.is_some() || raw.domains.is_some() {
        return Err("settles: a matter's terms counter none, and no group says how long or where it holds them".into());
    }
    check_dates(&raw, start)
}

fn check_dates(raw: &RawTerms, start: Timestamp) -> Result<(), String> {
    raw.lines.iter().try_for_each(|line| line.window(start).map(drop))?;
    date(&raw.by, start).map(drop)
}

fn text(
    raw: &RawTerms,
    own: &Replica,
    agreement: &FederationAgreement,
    start: Timestamp,
    find: &dyn Find,
) -> Result<Terms, String> {
    let log = |group: &Name| {
        let replica = find.log_of(group).ok_or_else(|| format!("the log of '{group}' is not known here"));
        replica.map(Replica::log)
    };
    let mut lines: BTreeMap<(LogId, Name), Vec<Portion>> = BTreeMap::new();
    for line in &raw.lines {
        let portion = Portion { window: line.window(start)?, amount: line.amount };
        lines.entry((log(&line.steward)?, line.resource.clone())).or_default().push(portion);
    }
    let first = raw.lines.first().map(|line| line.steward.clone());
    let closer = raw.closer.clone().or(first).ok_or("terms need lines: what is asked of whom")?;
    let counters = |label: &String| known_as(own, label, find);
    Ok(Terms {
        federation: agreement.id(),
        version: agreement.hash(),
        title: raw.title.clone(),
        text: raw.text.clone(),
        requester: raw.requester.as_ref().map_or(Ok(own.log()), log)?,
        lines: lines.into_iter().map(|((steward, resource), portions)| Line { steward, resource, portions }).collect(),
        closer: log(&closer)?,
        by: date(&raw.by, start)?,
        counters: raw.counters.as_ref().map(counters).transpose()?,
        by_matter: false,
    })
}

/// What the group that acts says to terms that its log knows.
fn say(word: &str, table: &Table, start: Timestamp, find: &dyn Find) -> Result<Effect, String> {
    let raw: RawAnswer = matter::read(table)?;
    let own = find.log().ok_or("the log of the group that answers is not known here")?;
    let terms = known_as(own, &raw.terms, find)?;
    let deal = own.dealings().books.deals.get(&terms).ok_or("the group's log does not know these terms")?;
    let domains = raw.domains.or_else(|| decides(own, &deal.terms)).ok_or("name the domains in which it is decided")?;
    Ok(match word {
        "decline_terms" => Effect::DeclineTerms { domains, terms },
        "release_terms" => Effect::ReleaseTerms { domains, terms },
        _ => {
            let held = own.ties().consent_to(&deal.terms.version).ok_or("the group holds another version")?;
            let until = held_until(raw.until.as_ref(), &deal.terms, &held.agreement, own, start)?;
            Effect::AcceptTerms { domains, terms, until }
        }
    })
}

/// Who promises nothing holds nothing; a steward holds as long as it says, or as short as may be.
fn held_until(
    raw: Option<&RawDate>,
    terms: &Terms,
    agreement: &FederationAgreement,
    own: &Replica,
    start: Timestamp,
) -> Result<Option<Timestamp>, String> {
    let (log, news) = (own.log(), agreement.timing.news);
    let promises = terms.lines_of(&log).next().is_some();
    let shortest = promises.then(|| Books::least_hold(terms, &log, news));
    raw.map_or(Ok(shortest), |until| date(until, start).map(Some))
}

/// The domains of what the group promises, or the one for federations.
fn decides(own: &Replica, terms: &Terms) -> Option<Vec<Name>> {
    let log = own.log();
    let resources = terms.lines_of(&log).filter_map(|line| own.charter().resources.find(&line.resource));
    let domains: BTreeSet<Name> = resources.map(|resource| resource.domain.clone()).collect();
    Some(domains.into_iter().collect())
        .filter(|domains: &Vec<Name>| !domains.is_empty())
        .or_else(|| matter::for_federations(own))
}

/// The id of the terms that a label stands for, once the log knows them.
fn known_as(own: &Replica, label: &str, find: &dyn Find) -> Result<TermsId, String> {
    let id = find.terms(label).map(|terms| terms.id()).ok_or_else(|| format!("'{label}' stands for no terms"))?;
    let known = own.dealings().books.deals.contains_key(&id);
    let unknown = || format!("the group's log does not know the terms that '{label}' stands for");
    known.then_some(id).ok_or_else(unknown)
}

impl RawLine {
    fn window(&self, start: Timestamp) -> Result<Window, String> {
        window([&self.from, &self.until], start, &format!("'{}' is asked for", self.resource))
    }
}
