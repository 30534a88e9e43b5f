//! `moot doctor`: what may be wrong with this home and its node.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use folkmoot_node::{
    clock,
    config::Home,
    control::view::{FederationView, GroupView, NodeView},
};
use folkmoot_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::{CliError, Ctx};
use crate::{
    client::{ClientError, escape},
    doctor::{Finding, GroupFacts, Level, Node, NodeFacts, SeatFacts, Snapshot, Term, examine},
    output::table::{Grid, Tone},
};

/// Runs `moot doctor`.
///
/// # Errors
/// If something does not work.
pub(crate) async fn run(ctx: &Ctx) -> Result<(), CliError> {
    let findings = examine(&snapshot(ctx).await?);
    let failed = findings.iter().filter(|finding| finding.level == Level::Fail).count();
    ctx.out.show(&json!({"ok": failed == 0, "findings": findings}), |_| words(&findings, ctx))?;
    match failed {
        0 => Ok(()),
        1 => Err(CliError::Failed("something does not work: do what stands beside it, then moot doctor again".into())),
        many => Err(CliError::Failed(format!(
            "{many} things do not work: do what stands beside them, then moot doctor again"
        ))),
    }
}

fn words(findings: &[Finding], ctx: &Ctx) -> String {
    let plain = |text: &str| (text.to_owned(), Tone::Plain);
    let mut grid = Grid::new(&["level", "what", "found"]);
    for finding in findings {
        let level = match finding.level {
            Level::Ok => ("ok".to_owned(), Tone::Good),
            Level::Warn => ("warn".to_owned(), Tone::Plain),
            Level::Fail => ("FAIL".to_owned(), Tone::Bad),
        };
        grid.row([level, plain(finding.check), plain(&finding.says)]);
        if let Some(next) = &finding.next {
            grid.row([plain(""), plain(""), plain(&format!("→ {next}"))]);
        }
    }
    grid.render(ctx.out.place())
}

async fn snapshot(ctx: &Ctx) -> Result<Snapshot, CliError> {
    let home = Home::new(&ctx.home);
    let listing = ctx.identities().list()?;
    let keys: Vec<String> = listing.identities.iter().map(|identity| identity.key.to_string()).collect();
    let (node, terms) = match look(ctx, &keys).await {
        Ok((node, terms)) => (Node::Here(node), terms),
        Err(error) => (Node::Away { why: error.to_string() }, Vec::new()),
    };
    Ok(Snapshot {
        now: clock::now(),
        version: env!("CARGO_PKG_VERSION").into(),
        node,
        free: free(&ctx.home),
        store: size(&home.store()).ok(),
        private: private(&home),
        keys: listing.identities.iter().map(|identity| (identity.name.to_string(), identity.keeper)).collect(),
        broken_keys: listing.problems.into_iter().map(|broken| (broken.name.to_string(), broken.problem)).collect(),
        terms,
        home: ctx.home.clone(),
    })
}

/// Asks the node.
async fn look(ctx: &Ctx, keys: &[String]) -> Result<(NodeFacts, Vec<Term>), ClientError> {
    let client = ctx.client();
    let view: NodeView = client.get("/v1/status").await?;
    let federations: Vec<FederationView> = client.get("/v1/federations").await?;
    let mut terms = Vec::new();
    for group in &view.groups {
        let charter: Value = client.get(&format!("/v1/groups/{}/charter", escape(&group.group))).await?;
        terms.extend(terms_of(&charter, &group.name, keys));
    }
    let seats = federations.iter().flat_map(|federation| {
        federation.panel.iter().map(|seat| SeatFacts {
            federation: federation.name.clone(),
            seat: seat.name.clone(),
            connected: seat.connected,
            has_address: !seat.addresses.is_empty(),
        })
    });
    let node = NodeFacts {
        version: view.version,
        listening: view.listening,
        groups: view.groups.into_iter().map(facts).collect(),
        seats: seats.collect(),
    };
    Ok((node, terms))
}

fn facts(group: GroupView) -> GroupFacts {
    GroupFacts {
        name: group.name,
        hosted: group.hosted,
        number: group.number,
        time: group.time.parse().ok(),
        witnesses: group.seal.witnesses,
        sealed: group.seal.up_to,
        stopped: group.stopped,
    }
}

/// What ends in a charter for the members whose keys are here: agents, and the terms of roles.
fn terms_of(charter: &Value, group: &str, keys: &[String]) -> Vec<Term> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let term = |what: String, until: &Value| {
        let until: Timestamp = until.as_str()?.parse().ok()?;
        Some(Term { group: group.to_owned(), what, until })
    };
    let is_here = |member: &Value| list(member, "keys").iter().any(|key| keys.iter().any(|here| key == here));
    let members: Vec<Value> = list(charter, "members").into_iter().filter(is_here).collect();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let mut terms: Vec<Term> = Vec::new();
    for member in &members {
        terms.extend(term(format!("the agent {}", name(member)), &member["kind"]["agent"]["until"]));
    }
    for role in list(charter, "roles") {
        for holder in list(&role, "holders") {
            let Some(member) = members.iter().find(|member| member["name"] == holder["member"]) else { continue };
            terms.extend(term(format!("the role {} of {}", name(&role), name(member)), &holder["until"]));
        }
    }
    terms
}

fn free(home: &Path) -> Option<u64> {
    // A home that is not there yet will lie in the nearest folder that is.
    let there = home.ancestors().find(|path| path.exists())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn size(dir: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        total += if meta.is_dir() { size(&entry.path())? } else { meta.len() };
    }
    Ok(total)
}

/// Files and folders that nobody but their owner may use, as far as they are there.
fn private(home: &Home) -> Vec<(PathBuf, u32)> {
    let mut paths = vec![home.keys(), home.run(), home.socket()];
    let inside = fs::read_dir(home.keys()).into_iter().flatten().flatten().map(|entry| entry.path());
    paths.extend(inside);
    let mode = |path: PathBuf| {
        let mode = path.metadata().ok()?.permissions().mode() & 0o7777;
        Some((path, mode))
    };
    paths.into_iter().filter_map(mode).collect()
}
