//! How it ends: equal digests, every decision proven by a file, and what to type next.

use std::path::Path;

use folkmoot_protocol::id::ProposalId;
use serde_json::json;

use super::{
    super::{people::Group, verify},
    NODES, Story,
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
        if !ctx.json {
            teller.chapter("What `moot why` says of the decision with the objection:")?;
            let view = self.finance.proposal(integrated).await?;
            ctx.out.line(&indent(&show::why_words(&view, ctx.out), "  │ "))?;
        }
        self.fleet.stop_all().await?;
        if !ctx.json {
            ctx.out.line(NEXT)?;
        }
        let done = json!({"nodes": nodes, "groups": groups.len(), "decisions": decisions, "digests_equal": equal, "verified": verified});
        if ctx.json {
            teller.tell("done", done, "")?;
        }
        if equal && verified == decisions && decisions > 0 {
            return Ok(());
        }
        Err(CliError::Failed("the demo ended with different digests or decisions that their files do not prove".into()))
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
