//! `moot who`: which group decides something, by which rule, who holds the role now, and where it goes from there.

mod search;

use std::collections::BTreeMap;

use clap_complete::ArgValueCandidates;
use folkmoot_node::{
    clock,
    control::view::{FederationView, GroupView},
};
use folkmoot_protocol::charter::Charter;

use self::search::{Circle, Found, search};
use super::{CliError, Ctx};
use crate::{
    complete,
    output::{Output, fields, local, short},
};

/// Most answers that are shown to people.
const MOST: usize = 5;

/// The arguments of `moot who`.
#[derive(Debug, clap::Args)]
pub(crate) struct WhoArgs {
    /// Words about it; or the name of a domain, role or resource; or a path like finance/purchases
    #[arg(required = true, add = ArgValueCandidates::new(complete::paths))]
    words: Vec<String>,
}

/// Runs `moot who`: looks through the charters of all groups whose logs are here.
///
/// # Errors
/// If nobody is found who decides it, or the node does not answer.
pub(crate) async fn run(args: &WhoArgs, ctx: &Ctx) -> Result<(), CliError> {
    let circles = circles(ctx).await?;
    let asked = args.words.join(" ");
    let found = search(&circles, &asked, clock::now());
    if found.is_empty() {
        let names: Vec<&str> = circles.iter().map(|circle| circle.charter.name.as_str()).collect();
        return Err(CliError::Input(format!(
            "no domain or role of {} is about '{asked}': try other words, or read what they decide (moot charter show)",
            if names.is_empty() { "any group here".into() } else { names.join(", ") }
        )));
    }
    ctx.out.show(&found, |found| words(found, ctx.out))?;
    Ok(())
}

/// The groups whose logs are here, with where each turns to.
async fn circles(ctx: &Ctx) -> Result<Vec<Circle>, CliError> {
    let client = ctx.client();
    let groups: Vec<GroupView> = client.get("/v1/groups").await?;
    let federations: Vec<FederationView> = client.get("/v1/federations").await?;
    let mut circles = Vec::new();
    for group in groups {
        let charter: Charter = client.get(&format!("/v1/groups/{}/charter", group.group)).await?;
        let federation =
            federations.iter().find(|federation| federation.groups.iter().any(|own| own.group == group.group));
        let own = federation.and_then(|federation| federation.groups.iter().find(|own| own.group == group.group));
        circles.push(Circle {
            name: own.map_or(group.name, |own| own.name.clone()),
            group: group.group,
            charter,
            federation: federation.map(|federation| federation.name.clone()),
            above: federation.map(above).unwrap_or_default(),
        });
    }
    Ok(circles)
}

/// Where each group of a federation turns to next.
fn above(federation: &FederationView) -> BTreeMap<String, String> {
    let next = federation.groups.iter().filter_map(|group| Some((group.name.clone(), group.escalates_to.clone()?)));
    next.collect()
}

fn words(found: &[Found], out: Output) -> String {
    let mut text: Vec<String> = found.iter().take(MOST).map(|found| one(found, out)).collect();
    if found.len() > MOST {
        text.push(format!("{} more: say it with other words, or as GROUP/DOMAIN.", found.len() - MOST));
    }
    text.join("\n\n")
}

fn one(found: &Found, out: Output) -> String {
    let mut rows = vec![("decides", found.who.clone())];
    if let Some(role) = &found.role {
        let held = |holder: &search::Term| format!("{} until {}", holder.member, local(&holder.until));
        let holders: Vec<String> = found.holders.iter().map(held).collect();
        let holders = if holders.is_empty() { "nobody now".into() } else { holders.join(", ") };
        rows.push(("role", format!("{role}, held by {holders}")));
    }
    rows.push(("rule", found.rule.clone()));
    rows.push(("from there", found.next.join("; ")));
    let head = format!("{} ({}): {}", out.bold(&found.path), short(&found.group_id), found.purpose);
    format!("{head}\n{}", fields(&rows))
}
