//! How it ends: equal digests, every decision proven by a file, and what to type next.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use folkmoot_node::control::view::MatterView;
use folkmoot_protocol::id::ProposalId;
use serde_json::json;

use super::{
    super::{people::Group, verify},
    NODES, Story, sharing,
};
use crate::{
    cmd::{CliError, Ctx, show},
    logs,
    output::indent,
};

impl Story {
    /// Leaves the log of each group in a folder, as the friend's node shows it.
    ///
    /// # Errors
    /// If a log cannot be fetched or written.
    pub(super) async fn save(&self, workshop: &Group, dir: &Path) -> Result<(), CliError> {
        std::fs::create_dir_all(dir)?;
        let client = self.fleet.client(NODES[3])?;
        for group in [&self.finance, &self.logistics, &self.assembly, workshop] {
            logs::save(&client, &group.log.to_string(), &dir.join(format!("{}.log", group.name))).await?;
        }
        Ok(())
    }

    /// Compares all nodes, and proves all decisions; the proofs are left in a folder, if one is given.
    ///
    /// # Errors
    /// If a digest differs, or the file of a decision does not pass.
    pub(super) async fn finish(
        mut self,
        workshop: &Group,
        integrated: ProposalId,
        keep: Option<&Path>,
        ctx: &Ctx,
    ) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("At the end: do all nodes hold the same, and can every decision be proven?")?;
        let groups = [&self.finance, &self.logistics, &self.assembly, workshop];
        let groups: Vec<String> = groups.iter().map(|group| group.log.to_string()).collect();
        let equal = verify::digests_equal(&self.fleet, &groups).await?;
        let nodes = self.fleet.running().count();
        let words = if equal { "the digests of all groups are equal on all nodes" } else { "the digests DIFFER" };
        teller.tell("digests", json!({"equal": equal}), words)?;
        let (mut decisions, mut verified) = (0, 0);
        for group in [&self.finance, &self.logistics, &self.assembly, workshop] {
            // From the friend's node, which hosts none of them: what an outsider would fetch.
            let client = self.fleet.client(NODES[3])?;
            let (all, proven) = verify::prove(&client, group.log, self.agreement.id(), keep).await?;
            decisions += all;
            verified += proven;
        }
        let words =
            format!("{verified} of {decisions} decisions exported, each as a file that proves it without a node");
        teller.tell("proven", json!({"decisions": decisions, "verified": verified}), &words)?;
        let (matters, contradictions) = self.matters().await?;
        let overcommitted = sharing::overcommitted(&self.fleet, &groups).await?;
        let words = format!(
            "{matters} matter settled, and no two nodes contradict each other; nowhere is more promised than there is"
        );
        let facts = json!({"matters": matters, "contradictions": contradictions, "overcommitted": overcommitted});
        teller.tell("between-groups", facts, &words)?;
        if !ctx.json {
            teller.chapter("What `moot why` says of the decision with the objection:")?;
            let view = self.finance.proposal(integrated).await?;
            ctx.out.line(&indent(&show::why_words(&view, ctx.out), "  │ "))?;
        }
        self.fleet.stop_all().await?;
        if !ctx.json {
            ctx.out.line(NEXT)?;
        }
        let done = json!({"nodes": nodes, "groups": groups.len(), "decisions": decisions, "digests_equal": equal, "verified": verified, "matters": matters, "contradictions": contradictions, "overcommitted": overcommitted});
        if ctx.json {
            teller.tell("done", done, "")?;
        }
        let sound = contradictions == 0 && overcommitted == 0 && matters > 0;
        if equal && verified == decisions && decisions > 0 && sound {
            return Ok(());
        }
        Err(CliError::Failed(
            "the demo ended with different digests, decisions that their files do not prove, or nodes that contradict \
             each other"
                .into(),
        ))
    }

    /// How many matters there are, and how many of them nodes see differently.
    async fn matters(&self) -> Result<(usize, usize), CliError> {
        let mut states: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in self.fleet.running() {
            let views: Vec<MatterView> = node.client().get("/v1/matters").await?;
            for view in views {
                states.entry(view.matter).or_default().insert(format!("{} {:?}", view.state, view.level));
            }
        }
        Ok((states.len(), states.values().filter(|states| states.len() > 1).count()))
    }
}

const NEXT: &str = "
What to type next, to found a group of your own:
  moot id new ana                                  a key that stays on your machine
  moot charter new garden --member ana             a first charter, to be edited
  moot node run &                                  the node of your group
  moot group found garden.toml                     found it
  moot propose --domain work --title \"…\" --why \"…\" --text \"…\"
  moot inbox                                       what waits for you
  moot federation join TICKET                      to a federation, with a ticket of one of its nodes
(`cargo install --path cli` puts moot on your path.)";
