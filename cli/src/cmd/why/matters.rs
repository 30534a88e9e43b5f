//! The matters behind a decision, and why a matter came out as it did.

use folkmoot_node::control::view::{MatterView, ProposalView};

use crate::{
    client::{Client, ClientError},
    cmd::{
        CliError, Ctx,
        matter::{self, words},
    },
};

/// The matter that an id names: its own, or that of an agreement which came by a matter and not by a proposal.
///
/// # Errors
/// If there is no matter of that id, or the node does not answer.
pub(super) async fn instead(id: &str, ctx: &Ctx) -> Result<Option<MatterView>, CliError> {
    let client = ctx.client();
    if matter::is_id(id) {
        return Ok(Some(matter::find(&client, id).await?));
    }
    let Some(digits) = id.strip_prefix('p') else { return Ok(None) };
    match client.proposal(id).await {
        Err(ClientError::Refused(problem)) if problem.kind == "not-found" => known(&client, digits).await,
        // What else goes wrong shows when the proposal is read.
        _ => Ok(None),
    }
}

/// The matter of these digits; nothing if there is none, so that the complaint is about what was asked for.
async fn known(client: &Client, digits: &str) -> Result<Option<MatterView>, CliError> {
    // An agreement is written with the effect that made it, as p12345678.1.
    let digits = digits.split('.').next().unwrap_or_default();
    match matter::find(client, &format!("m{digits}")).await {
        Ok(view) => Ok(Some(view)),
        Err(ClientError::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Prints why a matter came out as it did.
///
/// # Errors
/// If standard output is gone.
pub(super) fn show(view: &MatterView, ctx: &Ctx) -> Result<(), CliError> {
    ctx.out.show(view, |view| words::why(view, ctx.out))?;
    Ok(())
}

/// The matters that a proposal opens or answers.
///
/// # Errors
/// If the node does not answer.
pub(super) async fn of(proposal: &ProposalView, ctx: &Ctx) -> Result<Vec<MatterView>, CliError> {
    let client = ctx.client();
    let mut found = Vec::new();
    for id in &proposal.matters {
        match matter::find(&client, id).await {
            Ok(view) => found.push(view),
            // The log that opened it may not be here.
            Err(ClientError::Refused(problem)) if problem.kind == "not-found" => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
