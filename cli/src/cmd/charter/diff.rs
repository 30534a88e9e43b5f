//! `moot charter diff`: what differs between two charters, and who must agree to it.

use std::path::Path;

use folkmoot_node::{clock, control::view::EntryView};
use folkmoot_protocol::{
    charter::{Charter, MemberKind},
    effect::Effect,
    key::{PublicKey, SecretKey},
    name::Name,
    time::{Span, Timestamp},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{resolve, written};
use crate::{
    client::escape,
    cmd::{CliError, Ctx},
    output::Output,
};

/// One side of the comparison.
struct Side {
    charter: Charter,
    /// Whether it is in force, so that its host and its members' keys are real.
    in_force: bool,
}

/// What an effect changes, field by field.
#[derive(Debug, Serialize)]
struct Change {
    /// The part: `domains.work`.
    #[serde(rename = "where")]
    place: String,
    fields: Vec<Field>,
    /// The effect that makes the change.
    effect: &'static str,
    /// The domains whose rules it must pass.
    passes: Vec<Name>,
}

/// A field of a part.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Field {
    field: String,
    was: Option<String>,
    becomes: Option<String>,
}

/// Runs `moot charter diff`.
///
/// # Errors
/// If a side is neither a charter that can stand nor a group that the node knows.
pub(super) async fn diff(old: &str, new: &str, file: Option<&Path>, ctx: &Ctx) -> Result<(), CliError> {
    let (old, new) = sides(old, new, ctx).await?;
    let (name, renamed) = (old.charter.name.clone(), old.charter.name != new.charter.name);
    let effects = old.charter.towards(&new.charter);
    let changes: Vec<Change> =
        effects.iter().map(|effect| change(effect, &old.charter, &new.charter)).collect::<Result<_, _>>()?;
    if let Some(file) = file {
        let text = toml::to_string(&json!({ "effects": effects }));
        let text = text.map_err(|error| CliError::Failed(format!("the effects cannot be written: {error}")))?;
        std::fs::write(file, text)
            .map_err(|error| CliError::Input(format!("cannot write {}: {error}", file.display())))?;
    }
    let mut notes = Vec::new();
    if renamed {
        notes.push(format!("the name '{name}' stays: no decision renames a group"));
    }
    let value = json!({ "same": changes.is_empty(), "changes": changes, "effects": effects, "notes": notes });
    ctx.out.show(&value, |_| words(&changes, &notes, file, ctx.out))?;
    Ok(())
}

/// Both sides; a file's dates and missing keys are taken from the group on the other side, if there is one.
async fn sides(old: &str, new: &str, ctx: &Ctx) -> Result<(Side, Side), CliError> {
    match (Path::new(old).is_file(), Path::new(new).is_file()) {
        (true, true) => {
            // One moment for both: dates that count from the founding are then the same.
            let now = clock::now();
            Ok((of_file(old, now, None, ctx)?, of_file(new, now, None, ctx)?))
        }
        (false, false) => Ok((of_group(old, ctx).await?.0, of_group(new, ctx).await?.0)),
        (false, true) => {
            let (group, founded) = of_group(old, ctx).await?;
            let file = of_file(new, founded, Some(&group.charter), ctx)?;
            Ok((group, file))
        }
        (true, false) => {
            let (group, founded) = of_group(new, ctx).await?;
            let file = of_file(old, founded, Some(&group.charter), ctx)?;
            Ok((file, group))
        }
    }
    .map(|(mut old, mut new)| {
        // A file says nothing about the host and the federation; two groups have different ones.
        if old.in_force != new.in_force {
            let (real, other) = if old.in_force { (&old, &mut new) } else { (&new, &mut old) };
            (other.charter.host, other.charter.federation) = (real.charter.host, real.charter.federation);
            align(&mut other.charter, &real.charter);
        } else if old.in_force {
            (new.charter.host, new.charter.federation) = (old.charter.host, old.charter.federation);
        }
        (old, new)
    })
}

fn of_file(file: &str, founded: Timestamp, group: Option<&Charter>, ctx: &Ctx) -> Result<Side, CliError> {
    let identities = ctx.identities();
    let key = |name: &Name| -> Option<PublicKey> {
        let known = group.and_then(|group| group.members.find(name)).and_then(|member| member.keys.first().copied());
        // A key that nobody has given is the same on both sides.
        let stand_in = || SecretKey::from_seed(folkmoot_protocol::id::Hash::of(name.as_str().as_bytes()).0).public();
        Some(known.or_else(|| identities.public(name.as_str()).ok()).unwrap_or_else(stand_in))
    };
    Ok(Side { charter: resolve(Path::new(file), founded, &key)?, in_force: false })
}

/// Takes the dates of a charter in force for those of a file that are nearly the same: what a file counts from the
/// founding was counted from the founder's clock, a moment before the log began.
fn align(file: &mut Charter, group: &Charter) {
    let near = |one: Timestamp, other: Timestamp| one.since(other).max(other.since(one)) < Span::from_secs(60);
    let take = |mine: &mut Timestamp, theirs: Timestamp| {
        if near(*mine, theirs) {
            *mine = theirs;
        }
    };
    for role in &group.roles {
        let Some(own) = file.roles.find_mut(&role.name) else { continue };
        for holder in &role.holders {
            if let Some(term) = own.holders.find_mut(&holder.member) {
                take(&mut term.from, holder.from);
                take(&mut term.until, holder.until);
            }
        }
    }
    for member in &group.members {
        let own = file.members.find_mut(&member.name).map(|own| &mut own.kind);
        if let (Some(MemberKind::Agent(own)), MemberKind::Agent(limits)) = (own, &member.kind) {
            take(&mut own.until, limits.until);
        }
    }
}

/// A group's charter in force, and when the group was founded.
async fn of_group(group: &str, ctx: &Ctx) -> Result<(Side, Timestamp), CliError> {
    let (client, group) = (ctx.client(), escape(group));
    let charter: Charter = client.get(&format!("/v1/groups/{group}/charter")).await?;
    let first: Vec<EntryView> = client.get(&format!("/v1/groups/{group}/log?from=0&limit=1")).await?;
    let founded = first.first().and_then(|entry| entry.time.parse().ok());
    let founded = founded.ok_or_else(|| CliError::Failed(format!("the log of {group} is empty")))?;
    Ok((Side { charter, in_force: true }, founded))
}

fn change(effect: &Effect, old: &Charter, new: &Charter) -> Result<Change, CliError> {
    let part = |charter: &Charter| -> Result<(String, Value), serde_json::Error> {
        Ok(match effect {
            Effect::Purpose { .. } => ("charter".into(), json!({"purpose": charter.purpose, "values": charter.values})),
            Effect::SetRole(role) => at("roles", &role.name, charter.roles.find(&role.name))?,
            Effect::DropRole { role } => at("roles", role, charter.roles.find(role))?,
            Effect::SetDomain(domain) => at("domains", &domain.name, charter.domains.find(&domain.name))?,
            Effect::DropDomain { domain } => at("domains", domain, charter.domains.find(domain))?,
            Effect::SetMember(member) => at("members", &member.name, charter.members.find(&member.name))?,
            Effect::DropMember { member } => at("members", member, charter.members.find(member))?,
            Effect::SetResource(resource) => at("resources", &resource.name, charter.resources.find(&resource.name))?,
            Effect::DropResource { resource } => at("resources", resource, charter.resources.find(resource))?,
            Effect::SetTimes(_) => ("times".into(), serde_json::to_value(charter.times)?),
            Effect::SetParticipation(_) => ("participation".into(), serde_json::to_value(charter.participation)?),
            // A charter leads to another by no other effects.
            _ => ("charter".into(), Value::Null),
        })
    };
    let cannot = |error: serde_json::Error| CliError::Failed(format!("a part of the charter cannot be shown: {error}"));
    let ((place, was), (_, becomes)) = (part(old).map_err(cannot)?, part(new).map_err(cannot)?);
    let mut fields = Vec::new();
    compare("", &was, &becomes, &mut fields);
    let passes = effect.governs(old).into_iter().collect();
    Ok(Change { place, fields, effect: effect.name(), passes })
}

fn at<T: Serialize>(table: &str, name: &Name, part: Option<&T>) -> Result<(String, Value), serde_json::Error> {
    Ok((format!("{table}.{name}"), serde_json::to_value(part)?))
}

/// Lists the fields that differ, each with its path.
fn compare(path: &str, was: &Value, becomes: &Value, fields: &mut Vec<Field>) {
    if was == becomes {
        return;
    }
    match (was, becomes) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let side = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                compare(&path, &side(left), &side(right), fields);
            }
        }
        (Value::Null, Value::Object(right)) if path.is_empty() => {
            right.iter().for_each(|(key, value)| compare(key, &Value::Null, value, fields));
        }
        (Value::Object(left), Value::Null) if path.is_empty() => {
            left.iter().for_each(|(key, value)| compare(key, value, &Value::Null, fields));
        }
        _ => fields.push(Field { field: path.to_owned(), was: written(was), becomes: written(becomes) }),
    }
}

fn words(changes: &[Change], notes: &[String], file: Option<&Path>, out: Output) -> String {
    if changes.is_empty() {
        return format!("They say the same.\n{}", notes.join("\n"));
    }
    let mut text = String::new();
    for change in changes {
        let passes: Vec<&str> = change.passes.iter().map(Name::as_str).collect();
        text.push_str(&format!("{}  ({}; must pass: {})\n", out.bold(&change.place), change.effect, passes.join(", ")));
        for field in &change.fields {
            let line = match (&field.was, &field.becomes) {
                (Some(was), Some(becomes)) => format!("  {}: {was} → {becomes}\n", field.field),
                (None, Some(becomes)) => format!("{}\n", out.good(&format!("  + {}: {becomes}", field.field))),
                (Some(was), None) => format!("{}\n", out.bad(&format!("  - {}: {was}", field.field))),
                (None, None) => continue,
            };
            text.push_str(&line);
        }
        text.push('\n');
    }
    notes.iter().for_each(|note| text.push_str(&format!("Note: {note}\n")));
    let next = match file {
        Some(file) => format!("Next: moot propose --title \"…\" --effects {}", file.display()),
        None => "Next: the same with --effects FILE, then moot propose --effects FILE".into(),
    };
    text + &next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(was: Value, becomes: Value) -> Vec<(String, Option<String>, Option<String>)> {
        let mut fields = Vec::new();
        compare("", &was, &becomes, &mut fields);
        fields.into_iter().map(|field| (field.field, field.was, field.becomes)).collect()
    }

    #[test]
    fn only_fields_that_differ_are_told_with_their_path() {
        let was = json!({"purpose": "Buy", "rule": {"consent": {"closing": "7d", "quorum": "1/2"}}});
        let becomes =
            json!({"purpose": "Buy", "rule": {"consent": {"closing": "5d", "quorum": "1/2", "review": "1d"}}});
        let text = |text: &str| Some(text.to_owned());
        let expected =
            [("rule.consent.closing".into(), text("7d"), text("5d")), ("rule.consent.review".into(), None, text("1d"))];
        assert_eq!(fields(was.clone(), becomes), expected);
        assert_eq!(fields(was.clone(), was), []);
    }

    #[test]
    fn what_is_new_or_gone_is_told_field_by_field() {
        let domain = json!({"purpose": "Buy", "rule": {"vote": {"quorum": "1/2"}}});
        let rule = || Some("{ vote = { quorum = 1/2 } }".to_owned());
        assert_eq!(fields(Value::Null, domain.clone())[1], ("rule".into(), None, rule()));
        assert_eq!(fields(domain, Value::Null)[1], ("rule".into(), rule(), None));
    }

    #[test]
    fn another_rung_is_told_as_gone_and_new() {
        let was = json!({"rule": {"consent": {"quorum": "1/2"}}});
        let becomes = json!({"rule": {"vote": {"quorum": "1/2"}}});
        let names: Vec<String> = fields(was, becomes).into_iter().map(|(field, ..)| field).collect();
        assert_eq!(names, ["rule.consent", "rule.vote"]);
    }
}
