//! A fourth group comes to the federation with a ticket, is taken in, and decides.

use folkmoot_node::control::view::{
    FederationTextView, FederationView, InviteRequest, JoinRequest, JoinView, ProposalView, TicketView,
};
use folkmoot_protocol::{
    cbor, effect::Effect, federation::FederationAgreement, id::hex_decode_vec, limits::ENTRY_BYTES,
};
use serde_json::json;

use super::{
    super::{fleet::until, people::Group},
    NODES, Story, carried, decision, founding, outcome, sealed, text,
};
use crate::{
    client::{Client, ClientError},
    cmd::CliError,
};

/// The node that joins.
pub(super) const NEWCOMER: &str = "workshop-node";

const WORKSHOP: &str = include_str!("charters/workshop.toml");

impl Story {
    /// Takes the fourth group in, and gives it back.
    pub(super) async fn join(&mut self) -> Result<Group, CliError> {
        let teller = self.teller;
        teller.chapter("The cycle workshop wants to join: a fourth group, on a node that nobody knows yet.")?;
        let mut workshop = self.invite().await?;
        self.take_in(&mut workshop).await?;
        let effects = vec![text("repairs", "The camp's bicycles are repaired on Tuesdays.")?];
        let view = carried(&mut workshop, "Tuesdays for the camp", "They ride a lot.", effects).await?;
        for node in self.fleet.running() {
            sealed(&node.client(), &view.proposal).await?;
        }
        let words = format!("its first decision in it, {}, is sealed for all five nodes", outcome(&view));
        teller.tell("decision", decision(&view), &words)?;
        Ok(workshop)
    }

    /// Founds the fourth group, and lets it ask with a ticket.
    async fn invite(&mut self) -> Result<Group, CliError> {
        let teller = self.teller;
        let key = self.fleet.start(NEWCOMER).await?.key;
        let workshop = founding::found_group(teller, &self.fleet, NEWCOMER, WORKSHOP).await?;
        let request = InviteRequest { peer: Some(key.to_string()), ..InviteRequest::default() };
        let ticket: TicketView = self.fleet.client(NODES[0])?.post("/v1/tickets", &request).await?;
        let words = format!("{} makes a ticket: good once, for a week, and for {NEWCOMER} only", NODES[0]);
        teller.tell("ticket", json!({"node": NODES[0], "for": NEWCOMER, "expires": ticket.expires}), &words)?;
        let request =
            JoinRequest { ticket: ticket.ticket, group: Some(workshop.log.to_string()), name: None, comes: true };
        let joined: JoinView = workshop.client.post("/v1/joins", &request).await?;
        let words = format!("{NEWCOMER} shows it and asks '{}' to take the workshop in", joined.agreement.name);
        teller.tell("asked", json!({"group": workshop.log, "version": joined.agreement.version}), &words)?;
        Ok(workshop)
    }

    /// Lets the groups decide about the version that takes it in, until that is in force on every node.
    async fn take_in(&mut self, workshop: &mut Group) -> Result<(), CliError> {
        let teller = self.teller;
        let federation = self.agreement.id().to_string();
        let why = "They sold us the bike, and know how to repair it.";
        let view = consent(&mut self.finance, &federation, "Take the workshop in", why).await?;
        let words = format!("finance consents to a version 2 with it, {}: now its node is let in", outcome(&view));
        teller.tell("decision", decision(&view), &words)?;
        let (joins, second) = tokio::try_join!(
            consent(workshop, &federation, "Join the camp", "They bring bicycles, and we get bread."),
            consent(&mut self.logistics, &federation, "Take the workshop in", why),
        )?;
        let words = format!("the workshop decides to join, {}", outcome(&joins));
        teller.tell("decision", decision(&joins), &words)?;
        let words = format!("logistics consents too, {}: two thirds of the three groups are enough", outcome(&second));
        teller.tell("decision", decision(&second), &words)?;
        for node in self.fleet.running() {
            until(&node.client(), "version 2 to be in force", async |client| {
                let all: Vec<FederationView> = client.get("/v1/federations").await?;
                let found = all.iter().find(|found| found.federation == federation);
                Ok(found.is_some_and(|found| found.version == 2 && found.groups.len() == 4))
            })
            .await?;
        }
        let words = "every node finds version 2 in force, each from the sealed logs: four groups";
        teller.tell("in-force", json!({"federation": federation, "version": 2, "groups": 4}), words)
    }
}

/// Lets a group consent to the version that takes the workshop in, once its node knows of it.
async fn consent(group: &mut Group, federation: &str, title: &str, why: &str) -> Result<ProposalView, CliError> {
    until(&group.client, "a version that takes the workshop in", async |client| {
        Ok(admitting(client, federation).await?.is_some())
    })
    .await?;
    let agreement = admitting(&group.client, federation).await?;
    let agreement = agreement.ok_or_else(|| CliError::Failed(format!("{} lost the version again", group.name)))?;
    carried(group, title, why, vec![Effect::Federate(agreement)]).await
}

/// The version that takes the workshop in, if the node knows of it.
async fn admitting(client: &Client, federation: &str) -> Result<Option<FederationAgreement>, CliError> {
    let path = format!("/v1/federations/{federation}/agreement?admits=workshop");
    let view: FederationTextView = match client.get(&path).await {
        Ok(view) => view,
        Err(ClientError::Refused(problem)) if problem.kind == "not-found" => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let bytes = hex_decode_vec(&view.agreement).unwrap_or_default();
    Ok(Some(cbor::decode(&bytes, ENTRY_BYTES).map_err(|error| ClientError::Answer(error.to_string()))?))
}
