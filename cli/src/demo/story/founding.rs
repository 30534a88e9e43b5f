//! How it begins: nodes, groups, and the federation that the groups found.

use folkmoot_node::control::view::{FederationRequest, FederationView, Taken};
use folkmoot_protocol::{
    cbor,
    charter::RawCharter,
    effect::Effect,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    id::hex_encode,
    table::Table,
    time::Span,
};
use serde_json::json;

use super::{
    super::{
        fleet::{Fleet, until},
        people::{Group, name},
        teller::Teller,
    },
    NODES, Story, carried, decision,
};
use crate::cmd::CliError;

const FINANCE: &str = include_str!("charters/finance.toml");
const LOGISTICS: &str = include_str!("charters/logistics.toml");
const ASSEMBLY: &str = include_str!("charters/assembly.toml");

/// Starts the nodes and founds the groups.
pub(super) async fn found(teller: Teller) -> Result<Story, CliError> {
    let mut fleet = Fleet::new()?;
    teller.chapter("Four nodes start: three host a group each, a friend's only witnesses.")?;
    for name in NODES {
        let node = fleet.start(name).await?;
        let words = format!("{name} listens on {}", node.listening.join(" and "));
        teller.tell("node", json!({"node": name, "key": node.key, "listening": node.listening}), &words)?;
    }
    teller.chapter("Three groups are founded, each on its own node, by a charter that its people signed.")?;
    let finance = found_group(teller, &fleet, NODES[0], FINANCE).await?;
    let logistics = found_group(teller, &fleet, NODES[1], LOGISTICS).await?;
    let assembly = found_group(teller, &fleet, NODES[2], ASSEMBLY).await?;
    let agreement = agreement(&fleet, [&finance, &logistics, &assembly])?;
    Ok(Story { teller, fleet, finance, logistics, assembly, agreement })
}

/// Founds a group on a node.
pub(super) async fn found_group(teller: Teller, fleet: &Fleet, node: &str, charter: &str) -> Result<Group, CliError> {
    let raw: RawCharter = toml::from_str(charter).map_err(|error| CliError::Failed(error.to_string()))?;
    let group = Group::found(&fleet.client(node)?, &raw).await?;
    let who: Vec<String> = raw
        .members
        .iter()
        .map(|(name, member)| if member.agent.is_some() { format!("{name} (an agent)") } else { name.to_string() })
        .collect();
    let words = format!("{} ({}): {}", group.name, group.log.short(), who.join(", "));
    teller.tell("group", json!({"group": group.log, "name": group.name, "members": raw.members.len()}), &words)?;
    Ok(group)
}

fn agreement(fleet: &Fleet, groups: [&Group; 3]) -> Result<FederationAgreement, CliError> {
    let mut table = Table::default();
    for (group, node) in groups.iter().zip(NODES) {
        let escalates_to = if group.name == "assembly" { None } else { Some(name("assembly")?) };
        let node = fleet.node(node)?.key;
        table.put(FederatedGroup { name: name(&group.name)?, log: group.log, node, escalates_to, weight: 1 });
    }
    let mut panel = Table::default();
    for node in NODES {
        let process = fleet.node(node)?;
        panel.put(Seat { name: name(node)?, node: process.key, addresses: process.listening.clone() });
    }
    let timing = Timing {
        news: Span::from_secs(4),
        skew: Span::from_secs(1),
        notes: Span::from_millis(100),
        ..Timing::default()
    };
    let purpose = "Run the summer camp together.".into();
    Ok(FederationAgreement { name: name("camp")?, purpose, groups: table, panel, timing, amends: None })
}

impl Story {
    /// Lets each group decide to found the federation.
    pub(super) async fn federate(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter(
            "Each group decides for itself to found a federation; its panel of four nodes will witness all logs.",
        )?;
        let friend = self.fleet.client(NODES[3])?;
        let request = FederationRequest { agreement: hex_encode(&cbor::encode(&self.agreement)), comes: false };
        let _: Taken = friend.post("/v1/federations", &request).await?;
        let effect = Effect::Federate(self.agreement.clone());
        let decide = async |group: &mut Group| {
            let why = "Each of us runs a part of the camp; together we decide what touches all.";
            carried(group, "Found the camp's federation", why, vec![effect.clone()]).await
        };
        let (one, two, three) =
            tokio::try_join!(decide(&mut self.finance), decide(&mut self.logistics), decide(&mut self.assembly))?;
        for view in [one, two, three] {
            let words = format!("{} {}: {}", view.group_name, view.state, view.domains[0].reason);
            teller.tell("decision", decision(&view), &words)?;
        }
        let client = self.fleet.client(NODES[0])?;
        let federation = self.agreement.id().to_string();
        until(&client, "the federation to exist", async |client| {
            let all: Vec<FederationView> = client.get("/v1/federations").await?;
            Ok(all.iter().any(|found| found.federation == federation && found.exists))
        })
        .await?;
        let all: Vec<FederationView> = client.get("/v1/federations").await?;
        let withstands = all.first().map(|found| found.withstands.clone()).unwrap_or_default();
        let words =
            "the federation exists: each consent is sealed, that is, enough other nodes signed that they hold it";
        teller.tell("federation", json!({"federation": federation, "withstands": withstands}), words)?;
        teller.note(&format!("how safe that is: {withstands}"))
    }
}
