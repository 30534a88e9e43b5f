//! Proof: every decision exported from a node as a file and verified by itself; or every log fetched as bytes, and
//! replayed from its first entry by a fresh replica.

use std::{collections::BTreeMap, path::Path};

use folkmoot_node::control::view::{GroupView, ProposalView};
use folkmoot_protocol::{
    id::{FederationId, LogId},
    proof::{Anchors, Verdict, verify},
};

use super::fleet::{Fleet, until};
use crate::{client::Client, cmd::CliError, logs, output::short};

/// Waits until all running nodes have the same digest of each of these groups; says whether they have.
pub(super) async fn digests_equal(fleet: &Fleet, groups: &[String]) -> Result<bool, CliError> {
    let Some(first) = fleet.running().next() else { return Ok(false) };
    for node in fleet.running() {
        // The heads move only by decisions, and all of them have been taken.
        let client = node.client();
        let result = until(&client, "equal digests", async |client| {
            let here = digests(client, groups).await?;
            Ok(here.len() == groups.len() && here == digests(&first.client(), groups).await?)
        });
        match result.await {
            Err(CliError::Failed(_)) => return Ok(false),
            other => other?,
        }
    }
    Ok(true)
}

/// The digest of each group at a node.
pub(super) async fn digests(client: &Client, groups: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    let views: Vec<GroupView> = client.get("/v1/groups").await?;
    let wanted = views.into_iter().filter(|view| groups.contains(&view.group));
    Ok(wanted.map(|view| (view.group, format!("{} {}", view.head, view.digest))).collect())
}

/// Exports all decisions of a group as files, and verifies each of them without the node, once it is sealed; gives back
/// how many there are and how many pass with the outcome that the node shows. The files are left in `keep`.
pub(super) async fn prove(
    client: &Client,
    log: LogId,
    federation: FederationId,
    keep: Option<&Path>,
) -> Result<(usize, usize), CliError> {
    let views: Vec<ProposalView> = client.get(&format!("/v1/proposals?group={log}")).await?;
    let anchors = Anchors { log: Some(log), federation: Some(federation), agreement: None };
    let (mut all, mut proven) = (0, 0);
    for view in views.iter().filter(|view| view.entry.is_some()) {
        all += 1;
        let sealed = format!("the seal of {} in {}", view.proposal, view.group_name);
        until(client, &sealed, async |client| Ok(client.proposal(&view.proposal).await?.sealed)).await?;
        let mut file = Vec::new();
        client.download(&format!("/v1/proposals/{}/proof", view.proposal), &mut file).await?;
        if let Some(dir) = keep {
            std::fs::write(dir.join(format!("{}.proof", short(&view.proposal))), &file)?;
        }
        let report = verify(&file, &anchors);
        let same = report.decision.is_some_and(|decision| decision.outcome == view.state);
        proven += usize::from(report.verdict == Verdict::Pass && same);
    }
    Ok((all, proven))
}

/// Recomputes all decisions of a group from its exported log; gives back how many there are and how many came out the
/// same, with the same digest at the end.
pub(super) async fn recompute(client: &Client, group: &str) -> Result<(usize, usize), CliError> {
    let replica = logs::replay(&logs::fetch(client, group).await?)?;
    let views: Vec<ProposalView> = client.get(&format!("/v1/proposals?group={group}")).await?;
    let shown: BTreeMap<&str, &str> = views.iter().map(|view| (view.proposal.as_str(), view.state.as_str())).collect();
    let same = replica
        .decisions()
        .filter(|decision| shown.get(decision.proposal.id.to_string().as_str()) == Some(&decision.outcome.word()));
    let same = same.count();
    let digest = digests(client, &[group.to_owned()]).await?;
    let own = format!("{} {}", replica.head().id, replica.digest());
    let all = views.iter().filter(|view| view.entry.is_some()).count();
    Ok((all, if digest.get(group) == Some(&own) { same } else { 0 }))
}
