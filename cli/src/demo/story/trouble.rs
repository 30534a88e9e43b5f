//! What goes wrong: a node that is killed, and one that turns dishonest.

use folkmoot_node::{control::view::GroupView, net::PeerKey};
use folkmoot_protocol::id::hex_decode;
use serde_json::json;

use super::{
    super::{dishonest::Dishonest, fleet::until},
    NODES, Story, carried, decision, outcome, sealed, text,
};
use crate::{client::Client, cmd::CliError};

impl Story {
    pub(super) async fn crash(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("The assembly's node is killed. The others go on.")?;
        self.fleet.kill(NODES[2]).await?;
        teller.tell("killed", json!({"node": NODES[2]}), &format!("{} is gone (SIGKILL)", NODES[2]))?;
        let effects = vec![text("policy", "Deposits are paid back within two weeks.")?];
        let view = carried(&mut self.finance, "Deposits", "People asked.", effects).await?;
        let view = sealed(&self.finance.client, &view.proposal).await?;
        let seal = &view.seal;
        let words =
            format!("{} and is sealed by {} of {} witnesses without it", outcome(&view), seal.needed, seal.witnesses);
        teller.tell("decision", decision(&view), &words)?;
        self.fleet.restart(NODES[2]).await?;
        let back = self.fleet.client(NODES[2])?;
        until(&back, "the assembly's node to catch up", async |client| {
            Ok(client.proposal(&view.proposal).await.is_ok_and(|here| here.entry.is_some()))
        })
        .await?;
        teller.tell(
            "caught-up",
            json!({"node": NODES[2]}),
            &format!("{} is started again, opens its store and has caught up", NODES[2]),
        )
    }

    pub(super) async fn dishonest(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter(
            "The friend's node turns dishonest: in a throwaway log of its own it signs what no rule allows.",
        )?;
        let seed = std::fs::read_to_string(self.fleet.node(NODES[3])?.keys().join("node"))?;
        let seed = hex_decode(seed.trim()).ok_or_else(|| CliError::Failed("no node key".into()))?;
        // Not killed: the others would take its connections for alive until they time out.
        self.fleet.stop(NODES[3]).await?;
        let mut peers = Vec::new();
        for node in self.fleet.running() {
            let addresses = node.listening.iter().filter_map(|address| address.parse().ok()).collect();
            peers.push((PeerKey(*node.key.as_bytes()), addresses));
        }
        let dishonest = Dishonest::start(seed, self.agreement.id(), peers).await?;
        let log = dishonest.log.to_string();
        let mut first = None;
        for node in self.fleet.running() {
            let stopped = async |client: &Client| -> Result<Option<String>, CliError> {
                let groups: Vec<GroupView> = client.get("/v1/groups").await?;
                Ok(groups.into_iter().find(|group| group.group == log).and_then(|group| group.stopped))
            };
            until(&node.client(), "the forged log to be stopped", async |client| Ok(stopped(client).await?.is_some()))
                .await?;
            let reason = stopped(&node.client()).await?.unwrap_or_default();
            let words = match &first {
                None => format!("{} stops that log: {reason}", node.name()),
                Some(_) => format!("{} stops it too, by itself", node.name()),
            };
            teller.tell("stopped", json!({"node": node.name(), "group": log, "reason": reason}), &words)?;
            first.get_or_insert(reason);
        }
        dishonest.stop().await;
        self.fleet.restart(NODES[3]).await
    }
}
