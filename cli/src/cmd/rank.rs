//! `moot rank` and `moot nominate`; and withdrawing an option.

use clap_complete::ArgValueCandidates;
use folkmoot_protocol::{
    body::Body,
    name::{Name, NameError},
    statement::{Act, Ballot, Nomination},
};

use super::{CliError, Ctx, act, propose::parse_proposal};
use crate::{
    client::{Chain, body, receipts},
    complete,
    editor::Wanted,
};

/// The arguments of `moot rank`.
#[derive(Debug, clap::Args)]
pub(crate) struct RankArgs {
    /// The proposal: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::proposals))]
    proposal: String,
    /// Its options, the most preferred first; commas join those that you prefer equally: ana ben,cem
    #[arg(required = true)]
    order: Vec<String>,
    /// Why
    #[arg(long)]
    why: Option<String>,
    /// The version that you read; refused if there is a newer one
    #[arg(long)]
    version: Option<u32>,
}

/// The arguments of `moot nominate`.
#[derive(Debug, clap::Args)]
pub(crate) struct NominateArgs {
    /// The proposal: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::proposals))]
    proposal: String,
    /// The member whom you name; a later nomination replaces this one
    member: String,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
}

/// Runs `moot rank`.
///
/// # Errors
/// If a label is none, or the node refuses.
pub(crate) async fn rank(args: RankArgs, ctx: &Ctx) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(&args.proposal).await?;
    let mut ranking: Vec<Vec<Name>> = Vec::new();
    for equal in &args.order {
        let mut equal = equal.split(',').map(name).collect::<Result<Vec<_>, _>>()?;
        equal.sort();
        ranking.push(equal);
    }
    let reason = args.why.as_deref().map(body).transpose()?;
    let (proposal, version) = (parse_proposal(&view.proposal)?, args.version.unwrap_or(view.version));
    let ballot = Ballot { proposal, version, ranking, reason: reason.as_ref().map(Body::id) };
    let sign = |chain: &mut Chain<'_>| chain.sign(Act::Rank(ballot)).map(drop);
    let bodies: Vec<_> = reason.into_iter().collect();
    let (ids, taken) = client.act(&view.group, signer.as_ref(), sign, &bodies).await?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out.show(&view, |view| format!("Your ballot is taken; a later one replaces it. {}", act::state_words(view)))?;
    Ok(())
}

/// Runs `moot nominate`.
///
/// # Errors
/// If the reason is missing, or the node refuses.
pub(crate) async fn nominate(args: NominateArgs, ctx: &Ctx) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(&args.proposal).await?;
    let member = name(&args.member)?;
    let help = format!("You nominate {member} in {}.", act::about(&view));
    let missing = "say why you nominate: --why \"…\"";
    let written = ctx.text(args.why.as_deref(), &Wanted { missing, help }).await?;
    let reason = body(&written.text)?;
    let (proposal, version) = (parse_proposal(&view.proposal)?, view.version);
    let nomination = Nomination { proposal, version, member: member.clone(), reason: reason.id() };
    let sign = |chain: &mut Chain<'_>| chain.sign(Act::Nominate(nomination)).map(drop);
    let sent = client.act(&view.group, signer.as_ref(), sign, &[reason]).await;
    let (ids, taken) = written.unless_sent(sent)?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out.show(&view, |view| format!("You nominated {member}. {}", act::state_words(view)))?;
    Ok(())
}

/// Withdraws an option of a proposal.
///
/// # Errors
/// If the node refuses.
pub(crate) async fn withdraw_option(proposal: &str, option: &str, ctx: &Ctx) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(proposal).await?;
    let (proposal, version, option) = (parse_proposal(&view.proposal)?, view.version, name(option)?);
    let act = Act::WithdrawOption { proposal, version, option: option.clone() };
    let sign = |chain: &mut Chain<'_>| chain.sign(act).map(drop);
    let (ids, taken) = client.act(&view.group, signer.as_ref(), sign, &[]).await?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out
        .show(&view, |view| format!("The option {option} is withdrawn: ballots skip it. {}", act::state_words(view)))?;
    Ok(())
}

/// Reads a name that a person gave.
pub(crate) fn name(text: &str) -> Result<Name, CliError> {
    text.parse().map_err(|error: NameError| CliError::Input(error.to_string()))
}
