//! Effects as people write them in a scenario.

use folkmoot_protocol::{
    charter::Host,
    decision::AgreementId,
    effect::Effect,
    federation::FederationAgreement,
    id::{BodyId, FederationId, Hash, RoundId},
    key::PublicKey,
    matter::Matter,
    name::Name,
    replay::Replica,
    resource::{Round, Terms},
    time::{RawDate, Span, Timestamp},
};
use serde::Deserialize;
use toml::{Table, Value};

use super::{matter, rounds, terms};

/// An effect as people write it: `{ text = { domain = "…", text = "…" } }` and the like.
///
/// It is the protocol's own form with less to write: keys of members are found, also by another name than the member's;
/// dates may be `+90d` after the start, terms start with the scenario unless they say when, a domain has the defaults
/// of a charter file, an agreement is named by its proposal's label, and a log key by any name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct ScenarioEffect(Table);

impl ScenarioEffect {
    /// The effect for a scenario that started at `start`; `find` finds the keys and texts that it leaves out.
    ///
    /// # Errors
    /// What is not written as it must be.
    pub fn resolve(&self, start: Timestamp, find: &dyn Find) -> Result<Effect, String> {
        if let Some(group) = self.admits() {
            let group: Name = group.parse().map_err(|error: folkmoot_protocol::name::NameError| error.to_string())?;
            let text = find.admission(&group).ok_or_else(|| format!("nothing can take '{group}' in here"))?;
            return Ok(Effect::Federate(text));
        }
        if let Some(Value::Table(table)) = self.0.get("open_matter") {
            return matter::open(table, start, find);
        }
        if let Some(Value::Table(table)) = self.0.get("stance") {
            return matter::answer(table, find);
        }
        if let Some(effect) = terms::resolve(&self.0, start, find).or_else(|| rounds::resolve(&self.0, start, find)) {
            return effect;
        }
        let mut table = self.0.clone();
        if let Some(Value::Table(leave)) = table.get_mut("leave") {
            complete_leaving(leave, start, find)?;
        }
        if let Some(Value::Table(host)) = table.get_mut("set_host") {
            complete_host(host, find)?;
        }
        resolve_dates(&mut table, start)?;
        if let Some(Value::Table(role)) = table.get_mut("set_role") {
            complete_role(role, start);
        }
        if let Some(Value::Table(domain)) = table.get_mut("set_domain") {
            complete_domain(domain);
        }
        for name in ["set_member", "add_key", "drop_key"] {
            if let Some(Value::Table(member)) = table.get_mut(name) {
                complete_keys(name, member, find)?;
            }
        }
        for (name, part) in [("text", "replaces"), ("keep", "agreement"), ("retire", "agreement")] {
            if let Some(Value::Table(effect)) = table.get_mut(name) {
                complete_agreement(effect, part, find)?;
            }
        }
        if let Some(Value::Table(erase)) = table.get_mut("erase") {
            complete_erasure(erase, find)?;
        }
        Value::Table(table).try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }

    /// The member that it adds, if it adds one.
    pub(super) fn adds_member(&self) -> Option<&str> {
        self.0.get("set_member")?.get("name")?.as_str()
    }

    /// The group that it takes into the federation, if it does: `{ admit = { group = "…" } }`.
    pub fn admits(&self) -> Option<&str> {
        self.0.get("admit")?.get("group")?.as_str()
    }

    /// Whether it gives the log another host, and the node that it names: `{ set_host = { node = "…" } }`; without a
    /// node the log gets a new key on its own.
    pub fn moves_to(&self) -> Option<Option<&str>> {
        Some(self.0.get("set_host")?.get("node").and_then(Value::as_str))
    }

    /// Checks it as far as that is possible before a scenario runs.
    pub(super) fn check(&self, find: &dyn Find) -> Result<(), String> {
        let start = Timestamp::ZERO;
        let checked = matter::check(&self.0, start, find).or_else(|| terms::check(&self.0, start, find));
        let checked = checked.or_else(|| rounds::check(&self.0, start, find));
        checked.unwrap_or_else(|| self.resolve(start, find).map(drop))
    }

    /// Says whether it is about what groups say to each other: matters, terms and rounds.
    pub fn is_between_groups(&self) -> bool {
        let matter = self.0.contains_key("open_matter") || self.0.contains_key("stance");
        matter || terms::is_about(&self.0) || rounds::is_about(&self.0)
    }

    /// The labels of the matters, terms and rounds that it answers, takes up, counters or claims of.
    pub fn answers(&self) -> Vec<String> {
        matter::named(&self.0).into_iter().chain(terms::named(&self.0)).chain(rounds::named(&self.0)).collect()
    }

    /// The groups that it touches by a matter, terms or a round.
    pub(super) fn touches(&self) -> impl Iterator<Item = &str> {
        matter::touched(&self.0).chain(terms::touched(&self.0)).chain(rounds::touched(&self.0))
    }

    pub(super) fn scale_down(&mut self, scale: u64) {
        for_dates(&mut self.0, &mut |text| {
            let mut date = RawDate(text.clone());
            date.scale_down(scale);
            *text = date.0;
            Ok(())
        })
        .unwrap_or_default();
        scale_spans(&mut self.0, scale);
    }

    /// The name of the log key that it puts in force, if it does.
    pub fn names_log_key(&self) -> Option<Name> {
        self.0.get("set_host")?.get("log_key")?.as_str()?.parse().ok()
    }
}

/// Finds what effects of a scenario leave out.
pub trait Find {
    /// The key of a member.
    fn key(&self, member: &Name) -> Option<PublicKey>;

    /// The why of the proposal with that label.
    fn why(&self, proposal: &str) -> Option<BodyId>;

    /// The reason of the objection with that label.
    fn reason(&self, objection: &str) -> Option<BodyId>;

    /// The agreement that the proposal with that label makes: by its effect with that number, or else by the first one
    /// that is a text.
    fn agreement(&self, proposal: &str, effect: Option<u32>) -> Option<AgreementId>;

    /// A log key of that name, or else a new one, of the node of that name, or else of the one that hosts the group.
    fn host(&self, node: Option<&Name>, log_key: Option<&Name>) -> Option<Host>;

    /// The federation.
    fn federation(&self) -> Option<FederationId>;

    /// The version of the agreement that takes a group in.
    fn admission(&self, group: &Name) -> Option<FederationAgreement>;

    /// The log of the group that acts.
    fn log(&self) -> Option<&Replica> {
        None
    }

    /// The log of a group, as the node sees it on which the group is that acts.
    fn log_of(&self, _: &Name) -> Option<&Replica> {
        None
    }

    /// The text of the matter that the proposal with that label opens.
    fn matter(&self, _: &str) -> Option<Matter> {
        None
    }

    /// The terms that the proposal with that label states.
    fn terms(&self, _: &str) -> Option<Terms> {
        None
    }

    /// The round that the proposal with that label opens.
    fn round(&self, _: &str) -> Option<Round> {
        None
    }

    /// What the group that acts commits to in a lot.
    fn commitment(&self, _: &RoundId) -> Option<Hash> {
        None
    }
}

/// Without a date a group leaves when its notice has run.
fn complete_leaving(leave: &mut Table, start: Timestamp, find: &dyn Find) -> Result<(), String> {
    let federation = find.federation().ok_or("there is no federation to leave")?;
    leave.entry("federation").or_insert_with(|| federation.to_string().into());
    leave.entry("from").or_insert_with(|| start.to_string().into());
    Ok(())
}

/// A host is a node and a log key by their names, if they have one; a host that is written out stays as it is.
fn complete_host(host: &mut Table, find: &dyn Find) -> Result<(), String> {
    let written = |part: &str| host.get(part).and_then(Value::as_str);
    let name = |part: &str| written(part).and_then(|text| text.parse::<Name>().ok());
    if (written("node").is_some() && name("node").is_none())
        || (written("log_key").is_some() && name("log_key").is_none())
    {
        return Ok(());
    }
    let (node, log_key) = (name("node"), name("log_key"));
    let missing = || "the node that is to host the group, or its log key, is not known here".to_owned();
    let found = find.host(node.as_ref(), log_key.as_ref()).ok_or_else(missing)?;
    host.insert("node".into(), found.node.to_string().into());
    host.insert("log_key".into(), found.log_key.to_string().into());
    Ok(())
}

/// The parts of effects that are spans: times of rules, of the log, of participation, of reviews and of resources.
const SPANS: [&str; 12] = [
    "closing",
    "minimum",
    "advice",
    "window",
    "length",
    "latest",
    "review",
    "receipt",
    "silent_after",
    "horizon",
    "span",
    "per",
];

fn scale_spans(table: &mut Table, scale: u64) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(text) if SPANS.contains(&key.as_str()) => {
                if let Ok(span) = text.parse::<Span>() {
                    *text = span.scaled_down(scale).to_string();
                }
            }
            Value::Table(inner) => scale_spans(inner, scale),
            Value::Array(items) => {
                items.iter_mut().filter_map(Value::as_table_mut).for_each(|inner| scale_spans(inner, scale));
            }
            _ => {}
        }
    }
}

/// The parts of effects that are dates.
const DATES: [&str; 6] = ["from", "until", "due", "claims_by", "reveals_by", "divides_by"];

/// Calls `change` for every date in it.
fn for_dates(table: &mut Table, change: &mut dyn FnMut(&mut String) -> Result<(), String>) -> Result<(), String> {
    for (key, value) in table.iter_mut() {
        match value {
            // The last date of terms is one by itself.
            Value::String(text) if DATES.contains(&key.as_str()) || key == "by" => change(text)?,
            Value::Table(inner) => for_dates(inner, change)?,
            Value::Array(items) => {
                // The last dates of a matter's levels.
                for item in items.iter_mut().filter(|_| key == "by") {
                    if let Value::String(text) = item {
                        change(text)?;
                    }
                }
                for inner in items.iter_mut().filter_map(Value::as_table_mut) {
                    for_dates(inner, change)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn resolve_dates(table: &mut Table, start: Timestamp) -> Result<(), String> {
    for_dates(table, &mut |text| {
        *text = RawDate(text.clone()).resolve(start).map_err(|error| error.to_string())?.to_string();
        Ok(())
    })
}

/// Terms start with the scenario unless they say when; holders are sorted.
fn complete_role(role: &mut Table, start: Timestamp) {
    let holders = role.entry("holders").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(holders) = holders else { return };
    for holder in holders.iter_mut().filter_map(Value::as_table_mut) {
        holder.entry("from").or_insert_with(|| Value::String(start.to_string()));
    }
    let name = |holder: &Value| holder.get("member").and_then(Value::as_str).map(str::to_owned);
    holders.sort_by_key(name);
}

fn complete_domain(domain: &mut Table) {
    let defaults: [(&str, Value); 6] = [
        ("owner", "group".into()),
        ("affected", Value::Array(Vec::new())),
        ("stakes", "medium".into()),
        ("reversibility", "costly".into()),
        ("people_only", false.into()),
        ("ceded", false.into()),
    ];
    for (part, value) in defaults {
        domain.entry(part).or_insert(value);
    }
}

/// A member without a key gets the one that belongs to the handle; somebody without a kind is a person.
fn complete_keys(effect: &str, member: &mut Table, find: &dyn Find) -> Result<(), String> {
    let part = if effect == "set_member" { "name" } else { "member" };
    let Some(name) = member.get(part).and_then(Value::as_str) else { return Ok(()) };
    let name: Name = name.parse().map_err(|error: folkmoot_protocol::name::NameError| error.to_string())?;
    let found = find.key(&name).map(|key| key.to_string());
    let missing = || format!("the key of '{name}' is not known: write it");
    if effect != "set_member" {
        // A key has the name of its member, or one of its own.
        let named = member.get("key").and_then(Value::as_str).and_then(|key| key.parse::<Name>().ok());
        let found = named.map_or(found, |name| find.key(&name).map(|key| key.to_string()));
        if let Some(key) = found {
            member.insert("key".into(), key.into());
        } else if !member.contains_key("key") {
            return Err(missing());
        }
        return Ok(());
    }
    member.entry("kind").or_insert_with(|| "person".into());
    if !member.contains_key("keys") {
        member.insert("keys".into(), Value::Array(vec![found.ok_or_else(missing)?.into()]));
    }
    Ok(())
}

/// A text is named by the label of what it stands with: `{ why = "LABEL" }` or `{ reason = "LABEL" }`.
fn complete_erasure(erase: &mut Table, find: &dyn Find) -> Result<(), String> {
    let mut label = |part: &str| match erase.remove(part) {
        Some(Value::String(label)) => Some(label),
        _ => None,
    };
    let found = match (label("why"), label("reason")) {
        (Some(label), None) => find.why(&label).ok_or(label),
        (None, Some(label)) => find.reason(&label).ok_or(label),
        _ => return Ok(()),
    };
    let body = found.map_err(|label| format!("the label '{label}' stands for no text that was taken"))?;
    erase.insert("body".into(), body.to_string().into());
    Ok(())
}

/// An agreement is named by the label of the proposal that made it, with a dot and the effect's number if need be.
fn complete_agreement(effect: &mut Table, part: &str, find: &dyn Find) -> Result<(), String> {
    let Some(Value::String(text)) = effect.get(part) else { return Ok(()) };
    let (label, number) = match text.rsplit_once('.').and_then(|(label, no)| Some((label, no.parse().ok()?))) {
        Some((label, number)) => (label, Some(number)),
        None => (text.as_str(), None),
    };
    let found = find.agreement(label, number);
    let AgreementId(proposal, at) =
        found.ok_or_else(|| format!("the label '{text}' stands for no agreement that was proposed"))?;
    let id = Value::Array(vec![proposal.to_string().into(), i64::from(at).into()]);
    effect.insert(part.into(), id);
    Ok(())
}
