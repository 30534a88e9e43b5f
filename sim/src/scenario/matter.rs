//! Matters between groups as people write them in a scenario.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    charter::FEDERATION,
    effect::Effect,
    id::LogId,
    matter::{Matter, Part},
    name::Name,
    replay::Replica,
    time::{RawDate, Span, Timestamp},
};
use serde::Deserialize;
use toml::{Table, Value};

use super::{Find, ScenarioEffect, terms};

/// A matter as people write it: heads, windows and what is ceded are read off the logs when it is proposed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMatter {
    title: String,
    text: String,
    /// The last date of each level.
    by: [RawDate; 3],
    /// What it means for each affected group.
    parts: BTreeMap<Name, RawPart>,
    /// The domains in which a group decides to open it that is not affected; left out: the one for federations.
    #[serde(default)]
    domains: Vec<Name>,
    /// The label of the matter whose text it takes up.
    #[serde(default)]
    replaces: Option<String>,
    /// The labels of the matters in doubt that it overrides.
    #[serde(default)]
    overrides: Vec<String>,
    /// The terms that it settles, as in the effect `terms`, without what a group says to them.
    #[serde(default)]
    settles: Option<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    domains: Vec<Name>,
    #[serde(default)]
    effects: Vec<ScenarioEffect>,
    #[serde(default)]
    linked: bool,
    #[serde(default)]
    after: Vec<Name>,
    #[serde(default)]
    due: Option<RawDate>,
}

/// A stance: domains left out are those that the matter touches, or the one for federations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStance {
    matter: String,
    consents: bool,
    #[serde(default)]
    domains: Option<Vec<Name>>,
}

/// The opening of a matter by the group that acts.
pub(super) fn open(table: &Table, start: Timestamp, find: &dyn Find) -> Result<Effect, String> {
    let raw: RawMatter = read(table)?;
    let own = find.log().ok_or("the log of the group that opens it is not known here")?;
    let ties = own.charter().federation.and_then(|federation| own.ties().latest(&federation));
    let agreement = &ties.ok_or("the group belongs to no federation: it opens no matter")?.agreement;
    let mut parts = Vec::new();
    for (group, part) in raw.parts {
        parts.push(part.resolve(&group, start, find).map_err(|problem| format!("parts.{group}: {problem}"))?);
    }
    parts.sort_by_key(|part| part.group);
    let affected = parts.iter().find(|part| part.group == own.log()).map(|part| part.domains.clone());
    let domains = affected.or(Some(raw.domains).filter(|named| !named.is_empty()));
    let domains = domains.or_else(|| for_federations(own)).ok_or("name the domains in which it is decided")?;
    let matter = |label: &String| {
        let found = find.matter(label).and_then(|matter| known(own, &matter));
        found.ok_or_else(|| format!("the group's log knows no matter that '{label}' stands for"))
    };
    let mut overrides = raw.overrides.iter().map(matter).collect::<Result<Vec<_>, _>>()?;
    overrides.sort_unstable();
    let settles = raw.settles.map(|table| terms::of_matter(&table, own, agreement, start, find)).transpose()?;
    let [first, second, third] = raw.by.map(|date| date.resolve(start).map_err(|error| error.to_string()));
    let matter = Matter {
        federation: agreement.id(),
        version: agreement.hash(),
        title: raw.title,
        text: raw.text,
        parts,
        by: [first?, second?, third?],
        replaces: raw.replaces.as_ref().map(matter).transpose()?,
        overrides,
        amends: None,
        about: None,
        mediator: None,
        settles: settles.map(Box::new),
    };
    Ok(Effect::OpenMatter { domains, matter: Box::new(matter) })
}

/// The answer of the group that acts.
pub(super) fn answer(table: &Table, find: &dyn Find) -> Result<Effect, String> {
    let raw: RawStance = read(table)?;
    let own = find.log().ok_or("the log of the group that answers is not known here")?;
    let text = find.matter(&raw.matter).ok_or_else(|| format!("'{}' stands for no matter", raw.matter))?;
    let unknown = || format!("the group's log does not know the matter that '{}' stands for", raw.matter);
    let matter = known(own, &text).ok_or_else(unknown)?;
    let touched = text.part(&own.log()).map(|part| part.domains.clone());
    let domains = raw.domains.or(touched).or_else(|| for_federations(own)).ok_or("name the domains")?;
    Ok(Effect::Stance { domains, matter, consents: raw.consents })
}

/// Checks what can be checked before anything runs: how it is written, and the effects inside.
pub(super) fn check(effect: &Table, start: Timestamp, find: &dyn Find) -> Option<Result<(), String>> {
    if let Some(Value::Table(table)) = effect.get("open_matter") {
        let check = || {
            let raw: RawMatter = read(table)?;
            let mut labels = raw.replaces.iter().chain(&raw.overrides);
            labels.try_for_each(|label| is_proposed(label, find))?;
            raw.settles.iter().try_for_each(|table| terms::check_of_matter(table, start))?;
            let mut inside = raw.parts.values().flat_map(|part| &part.effects);
            inside.try_for_each(|effect| effect.resolve(start, find).map(drop))
        };
        return Some(check());
    }
    let Some(Value::Table(table)) = effect.get("stance") else { return None };
    Some(read(table).and_then(|raw: RawStance| is_proposed(&raw.matter, find)))
}

/// The labels of matters that an effect names.
pub(super) fn named(effect: &Table) -> Vec<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let mut found: Vec<String> =
        text(effect.get("stance").and_then(|stance| stance.get("matter"))).into_iter().collect();
    if let Some(matter) = effect.get("open_matter") {
        found.extend(text(matter.get("replaces")));
        let overrides = matter.get("overrides").and_then(Value::as_array);
        found.extend(overrides.into_iter().flatten().filter_map(|label| text(Some(label))));
    }
    found
}

/// The groups that an effect touches.
pub(super) fn touched(effect: &Table) -> impl Iterator<Item = &str> {
    let parts = effect.get("open_matter").and_then(|matter| matter.get("parts")).and_then(Value::as_table);
    parts.into_iter().flat_map(|parts| parts.keys().map(String::as_str))
}

/// The id of a matter with that text, once the log knows it.
pub(crate) fn known(own: &Replica, matter: &Matter) -> Option<folkmoot_protocol::id::MatterId> {
    own.dealings().matters.iter().find(|known| known.matter == *matter).map(|known| known.id)
}

impl RawPart {
    fn resolve(self, group: &Name, start: Timestamp, find: &dyn Find) -> Result<Part, String> {
        let log = |group: &Name| find.log_of(group).ok_or_else(|| format!("the log of '{group}' is not known here"));
        let replica = log(group)?;
        let domain = |name: &Name| {
            let found = replica.charter().domains.find(name);
            found.ok_or_else(|| format!("the group has no domain '{name}'"))
        };
        let mut domains = self.domains;
        domains.sort();
        let charters = domains.iter().map(domain).collect::<Result<Vec<_>, _>>()?;
        let mut after = self.after.iter().map(|other| Ok(log(other)?.log())).collect::<Result<Vec<LogId>, String>>()?;
        after.sort_unstable();
        let effects = self.effects.iter().map(|effect| effect.resolve(start, find)).collect::<Result<_, _>>()?;
        let due = self.due.map(|due| due.resolve(start).map_err(|error| error.to_string())).transpose()?;
        Ok(Part {
            group: replica.log(),
            head: replica.head().number,
            window: charters.iter().map(|domain| domain.rule.longest()).max().unwrap_or(Span::ZERO),
            ceded: charters.iter().all(|domain| domain.ceded),
            domains,
            effects,
            linked: self.linked,
            after,
            due,
        })
    }
}

pub(super) fn read<T: for<'de> Deserialize<'de>>(table: &Table) -> Result<T, String> {
    table.clone().try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}

pub(super) fn for_federations(own: &Replica) -> Option<Vec<Name>> {
    own.charter().reserved_domain(FEDERATION).map(|domain| vec![domain.name.clone()])
}

pub(super) fn is_proposed(label: &str, find: &dyn Find) -> Result<(), String> {
    find.why(label).map(drop).ok_or_else(|| format!("no earlier step proposes '{label}'"))
}
