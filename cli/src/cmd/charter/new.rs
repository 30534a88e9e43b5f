//! `moot charter new` and `moot charter templates`: charters to start from.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use folkmoot_protocol::name::Name;
use serde_json::json;

use crate::{
    cmd::{CliError, Ctx},
    output::table,
};

/// A charter to start from.
struct Template {
    name: &'static str,
    /// One line about it.
    about: &'static str,
    text: &'static str,
}

/// The one without a name on the command line.
const FIRST: &str = include_str!("../../templates/first.toml");

const TEMPLATES: &[Template] = &[
    Template {
        name: "cooperative",
        about: "a small cooperative: statutes by consent, then two thirds; money by vote; a treasurer who can be called in",
        text: include_str!("../../templates/cooperative.toml"),
    },
    Template {
        name: "affinity-group",
        about: "an affinity group of a movement: consensus with few aside, short windows, spokes who ask first",
        text: include_str!("../../templates/affinity-group.toml"),
    },
    Template {
        name: "neighbourhood",
        about: "a neighbourhood of a city council: votes with low quorums, a budget, a delegate with a mandate",
        text: include_str!("../../templates/neighbourhood.toml"),
    },
    Template {
        name: "product-commons",
        about: "makers and users of one product: promises by consent, a roadmap, releases after advice",
        text: include_str!("../../templates/product-commons.toml"),
    },
    Template {
        name: "open-source",
        about: "maintainers of software: lazy consent on changes, a final period on designs, releases by one",
        text: include_str!("../../templates/open-source.toml"),
    },
];

/// The names that `--template` takes.
pub(super) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(TEMPLATES.iter().map(|template| template.name))
}

/// Runs `moot charter templates`.
///
/// # Errors
/// If standard output is gone.
pub(super) fn list(ctx: &Ctx) -> Result<(), CliError> {
    let value: Vec<_> = TEMPLATES.iter().map(|one| json!({"template": one.name, "about": one.about})).collect();
    ctx.out.show(&value, |_| {
        let rows = TEMPLATES.iter().map(|one| vec![one.name.to_owned(), one.about.to_owned()]);
        format!(
            "{}\nNext: moot charter new NAME --template TEMPLATE --member HANDLE …",
            table(&["template", "for"], rows)
        )
    })?;
    Ok(())
}

/// Runs `moot charter new`.
///
/// # Errors
/// If a name is none, nobody is named, or the file exists.
pub(super) fn new(
    name: &str,
    out: Option<PathBuf>,
    members: &[String],
    template: Option<&str>,
    ctx: &Ctx,
) -> Result<(), CliError> {
    let path = out.unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    name.parse::<Name>().map_err(|error| CliError::Input(error.to_string()))?;
    let members = if members.is_empty() { vec![ctx.who()?] } else { members.to_vec() };
    let key = |member: &str| ctx.identities().public(member).map(|key| key.to_string()).ok();
    let text = fill(template, name, &members, &key);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|error| CliError::Input(format!("cannot create {}: {error}", path.display())))?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    ctx.out.show(&json!({"file": path}), |_| {
        format!("Wrote {}. Edit it, then: moot charter check {}", path.display(), path.display())
    })?;
    Ok(())
}

/// A template's text with a name, members and terms filled in; there is at least one member.
fn fill(template: Option<&str>, name: &str, members: &[String], key: &dyn Fn(&str) -> Option<String>) -> String {
    let found = template.and_then(|wanted| TEMPLATES.iter().find(|template| template.name == wanted));
    let text = found.map_or(FIRST, |template| template.text);
    let mut lines = String::new();
    for member in members {
        let key = key(member).unwrap_or_else(|| "did:key:…".into());
        lines.push_str(&format!("[members.{member}]\nkeys = [\"{key}\"]\n\n"));
    }
    text.replace("TERM-1", &terms(members, 0))
        .replace("TERM-2", &terms(members, 1))
        .replace("NAME", name)
        .replace("FIRST", &members[0])
        .replace("MEMBERS\n", &lines)
}

/// A role's holder for half a year, and the member who follows, if there is another.
fn terms(members: &[String], from: usize) -> String {
    let (first, next) = (&members[from % members.len()], &members[(from + 1) % members.len()]);
    let mut terms = format!("{{ member = \"{first}\", until = \"+180d\" }}");
    if next != first {
        terms.push_str(&format!(", {{ member = \"{next}\", from = \"+180d\", until = \"+360d\" }}"));
    }
    format!("[{terms}]")
}

#[cfg(test)]
mod tests;
