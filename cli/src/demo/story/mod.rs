//! The demo's story: three groups and a friend, on four real nodes; a chapter or two in a file.

mod assembly;
mod ending;
mod finance;
mod founding;
mod logistics;
mod trouble;

use folkmoot_node::control::view::ProposalView;
use folkmoot_protocol::{effect::Effect, federation::FederationAgreement, name::Name};
use serde_json::json;

use super::{
    fleet::Fleet,
    people::{Group, name},
    teller::Teller,
};
use crate::{
    cmd::{CliError, Ctx},
    output::short,
};

/// The nodes: three that host a group, and a friend's that only witnesses.
const NODES: [&str; 4] = ["finance-node", "logistics-node", "assembly-node", "friend-node"];

struct Story {
    teller: Teller,
    fleet: Fleet,
    finance: Group,
    logistics: Group,
    assembly: Group,
    agreement: FederationAgreement,
}

/// Runs the story.
///
/// # Errors
/// If something cannot be done, or the digests differ at the end, or a decision does not come out the same.
pub(super) async fn run(ctx: &Ctx) -> Result<(), CliError> {
    let mut story = founding::found(Teller(ctx.out)).await?;
    story.federate().await?;
    story.purchase().await?;
    let integrated = story.consent().await?;
    story.charter_change().await?;
    story.agent().await?;
    story.crash().await?;
    story.dishonest().await?;
    story.finish(integrated, ctx).await
}

fn decision(view: &ProposalView) -> serde_json::Value {
    json!({
        "proposal": short(&view.proposal), "group": view.group_name, "title": view.title, "outcome": view.state,
        "sealed": view.sealed,
    })
}

fn text(domain: &str, text: &str) -> Result<Effect, CliError> {
    Ok(Effect::Text { domain: name(domain)?, text: text.into(), replaces: None })
}

fn names(handles: &[&str]) -> Result<Vec<Name>, CliError> {
    handles.iter().map(|handle| name(handle)).collect()
}

fn people_of(group: &str) -> [&'static str; 3] {
    match group {
        "finance" => ["ana", "ben", "cem"],
        "logistics" => ["dana", "eli", "fay"],
        _ => ["gus", "hana", "ivo"],
    }
}
