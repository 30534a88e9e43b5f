//! `moot charter check`: what cannot stand, and what will not work as its group expects.

use std::path::Path;

use folkmoot_node::clock;
use folkmoot_protocol::charter::{Charter, Finding, Severity};
use serde_json::json;

use super::stands;
use crate::{
    client::escape,
    cmd::{CliError, Ctx},
    output::{
        Output,
        table::{Grid, Tone},
    },
};

/// Runs `moot charter check` on a file, or on the charter in force of a group.
///
/// # Errors
/// If the charter cannot stand or be found, or a part of it can never work.
pub(super) async fn check(what: &str, ctx: &Ctx) -> Result<(), CliError> {
    let file = Path::new(what);
    // What is written like a file is meant as one, even if it is not there.
    let in_force = !file.is_file() && !what.contains(['/', '.']);
    let charter: Charter = if in_force {
        ctx.client().get(&format!("/v1/groups/{}/charter", escape(what))).await?
    } else {
        stands(file, ctx)?
    };
    let findings = charter.lint(clock::now());
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let value = json!({
        "ok": errors == 0, "group": charter.name, "members": charter.members.len(), "people": charter.people(),
        "roles": charter.roles.len(), "domains": charter.domains.len(), "findings": findings,
    });
    ctx.out.show(&value, |_| {
        let (members, people) = (charter.members.len(), charter.people());
        let (roles, domains) = (charter.roles.len(), charter.domains.len());
        let size = format!("{members} members ({people} people), {roles} roles, {domains} domains");
        let verdict = if errors == 0 { "can stand" } else { "could be founded, and a part of it could never work" };
        let next = match (errors, in_force) {
            (0, false) => format!("\nNext: moot group found {what}"),
            (_, true) if !findings.is_empty() => {
                format!("\nNext: moot charter diff {what} FILE, with a file that mends it")
            }
            _ => String::new(),
        };
        format!("{}The charter of '{}' {verdict}: {size}.{next}", words(&findings, ctx.out), charter.name)
    })?;
    match errors {
        0 => Ok(()),
        _ => Err(CliError::Failed(format!("{what}: {errors} of the findings must be mended"))),
    }
}

fn words(findings: &[Finding], out: Output) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["", "where", "what", "do"]).spare(&["where"]);
    for finding in findings {
        let tone = if finding.severity == Severity::Hint { Tone::Plain } else { Tone::Bad };
        let texts = [&finding.place, &finding.what, &finding.remedy].map(|text| (text.clone(), Tone::Plain));
        grid.row([(finding.severity.word().to_owned(), tone)].into_iter().chain(texts));
    }
    format!("{}\n\n", grid.render(out.place()))
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        charter::{Host, RawCharter},
        id::Hash,
        key::SecretKey,
    };

    use super::*;

    #[test]
    fn the_demos_charters_have_no_errors() {
        let key = |of: &str| SecretKey::from_seed(Hash::of(of.as_bytes()).0).public();
        let host = Host { log_key: key("log of the demo"), node: key("node of the demo") };
        for text in [
            include_str!("../../demo/story/charters/assembly.toml"),
            include_str!("../../demo/story/charters/finance.toml"),
            include_str!("../../demo/story/charters/logistics.toml"),
            include_str!("../../demo/story/charters/workshop.toml"),
        ] {
            let raw: RawCharter = toml::from_str(text).unwrap();
            let now = clock::now();
            let charter = raw.resolve(now, host, &|name| Some(key(name.as_str()))).unwrap();
            let findings = charter.lint(now);
            assert!(findings.iter().all(|finding| finding.severity != Severity::Error), "{findings:#?}");
        }
    }
}
