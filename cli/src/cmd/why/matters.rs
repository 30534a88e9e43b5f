//! The matters behind a decision, and why a matter came out as it did.

use std::time::Duration;

use folkmoot_node::control::view::{DealView, HeardMatterView, MatterView, ProposalView, StanceView};
use serde::Serialize;

use super::{Wait, WhyArgs, replayed::Replayed};
use crate::{
    client::{Client, ClientError},
    cmd::{
        CliError, Ctx,
        matter::{self, words},
        resource,
    },
};

/// How long to wait for an event before looking again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The matter of an agreement which came by a matter and not by a proposal.
///
/// # Errors
/// If there is no matter of that id, or the node does not answer.
pub(super) async fn instead(id: &str, ctx: &Ctx) -> Result<Option<MatterView>, CliError> {
    let client = ctx.client();
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

/// Waits until a matter has an outcome; and for `sealed` until all who are bound have enacted it, sealed.
///
/// # Errors
/// If it does not in time, or the node does not answer.
pub(super) async fn wait_for(wait: Wait, args: &WhyArgs, ctx: &Ctx) -> Result<MatterView, CliError> {
    let timeout = Duration::from_millis(args.timeout.millis());
    match tokio::time::timeout(timeout, follow(wait, &args.proposal, ctx)).await {
        Ok(done) => done,
        Err(_) => {
            let (id, timeout) = (&args.proposal, args.timeout);
            Err(CliError::Timeout(format!("{id} was not {} within {timeout} (moot matter show {id})", wait.word())))
        }
    }
}

async fn follow(wait: Wait, id: &str, ctx: &Ctx) -> Result<MatterView, CliError> {
    let client = ctx.client();
    // Asked for before the first look, so that nothing falls between them.
    let mut events = client.events().await?;
    loop {
        match matter::find(&client, id).await {
            Ok(view) if is_over(wait, &view) => return Ok(view),
            Ok(_) => {}
            Err(ClientError::Refused(problem)) if problem.kind == "not-found" => {}
            Err(error) => return Err(error.into()),
        }
        let next = async {
            while !super::matters(&events.event().await?) {}
            events.drain().await
        };
        // That a level ends is no event, and may be all that the outcome waits for.
        if let Ok(gone) = tokio::time::timeout(LOOK_AGAIN, next).await {
            gone?;
        }
    }
}

fn is_over(wait: Wait, view: &MatterView) -> bool {
    let sealed = |stance: &StanceView| stance.enacted.as_ref().is_none_or(|enacted| enacted.sealed);
    let ended = view.state != "open";
    match wait {
        Wait::Decided => ended,
        Wait::Sealed => ended && view.breaches.is_empty() && view.stances.iter().all(sealed),
    }
}

/// Prints why a matter came out as it did, with what a replay of the logs comes to that hold all the evidence: those of the
/// groups that enacted it, or where nobody did that of one that consented.
///
/// # Errors
/// If the node does not answer, or a log says something else than the node shows.
pub(super) async fn show(view: MatterView, ctx: &Ctx) -> Result<(), CliError> {
    let enacted: Vec<Replayed> =
        view.stances.iter().filter_map(|stance| Some(Replayed::enacted(stance, stance.enacted.as_ref()?))).collect();
    let asked = match (enacted.is_empty(), view.state.as_str()) {
        (true, "open") => Vec::new(),
        (true, _) => Replayed::consented(&view).into_iter().collect(),
        (false, _) => enacted,
    };
    let mut recomputed = Vec::new();
    for replayed in asked {
        recomputed.push(replayed.replay(&view, ctx).await?);
    }
    let why = Why { view, recomputed };
    ctx.out.show(&why, |why| {
        words::why(&why.view, why.recomputed.iter().map(|replayed| replayed.words(ctx.out)).collect(), ctx.out)
    })?;
    match why.recomputed.iter().find(|replayed| replayed.same == Some(false)) {
        Some(Replayed { group, problem, .. }) => Err(CliError::Failed(format!(
            "what the node shows is not what the log of {group} says: {}",
            problem.as_deref().unwrap_or_default()
        ))),
        None => Ok(()),
    }
}

/// The answer: what the node shows, and what the signed logs say.
#[derive(Serialize)]
struct Why {
    #[serde(flatten)]
    view: MatterView,
    recomputed: Vec<Replayed>,
}

/// The matters that a proposal opens or answers.
///
/// # Errors
/// If the node does not answer.
pub(super) async fn of(
    proposal: &ProposalView,
    ctx: &Ctx,
) -> Result<(Vec<MatterView>, Vec<HeardMatterView>), CliError> {
    let client = ctx.client();
    let (mut found, mut heard) = (Vec::new(), Vec::new());
    for id in &proposal.matters {
        match matter::find(&client, id).await {
            Ok(view) => found.push(view),
            // The log that opened it may not be here.
            Err(missing) => match matter::heard::instead(&client, id, missing).await {
                Ok(view) => heard.push(view),
                Err(ClientError::Refused(problem)) if problem.kind == "not-found" => {}
                Err(error) => return Err(error.into()),
            },
        }
    }
    Ok((found, heard))
}

/// The terms that a proposal states or is about.
///
/// # Errors
/// If the node does not answer.
pub(super) async fn terms_of(proposal: &ProposalView, ctx: &Ctx) -> Result<Vec<DealView>, CliError> {
    let client = ctx.client();
    let mut found = Vec::new();
    for id in &proposal.terms {
        match resource::terms(&client, id).await {
            Ok(view) => found.push(view),
            // Terms that are long over are forgotten, and those that only an open proposal has are nowhere yet.
            Err(ClientError::Refused(problem)) if problem.kind == "not-found" => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
