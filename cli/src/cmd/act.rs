//! The responses and what else a member does to a proposal: agree, concern, object, aside, abstain, advise, withdraw,
//! call-in, seen.

use std::collections::BTreeSet;

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{HeadView, PollView, ProposalView};
use folkmoot_protocol::{
    id::StatementId,
    key::PublicKey,
    statement::{Act, Answer, Response},
};

use super::{
    CliError, Ctx,
    propose::{done, parse_id, parse_proposal},
};
use crate::{
    client::{Chain, body, receipts},
    complete,
    editor::Wanted,
    output::{local, short},
};

/// The arguments of a response.
#[derive(Debug, clap::Args)]
pub(crate) struct RespondArgs {
    /// The proposal: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::proposals))]
    pub(crate) proposal: String,
    /// Why; `-` reads it from standard input. Where a reason is due and a person is at the terminal, left out, it opens
    /// an editor
    #[arg(long)]
    pub(crate) why: Option<String>,
    /// The version that you read; refused if there is a newer one
    #[arg(long)]
    pub(crate) version: Option<u32>,
}

/// The arguments of `moot withdraw`.
#[derive(Debug, clap::Args)]
pub(crate) struct WithdrawArgs {
    /// The proposal: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::proposals))]
    proposal: String,
    /// Withdraw your objection to it, not the proposal: its id, or the start of it, or `mine` for your only one
    #[arg(long, conflicts_with = "option")]
    objection: Option<String>,
    /// Withdraw an option that members rank, not the proposal: as its author, or as the candidate
    #[arg(long)]
    option: Option<String>,
}

/// Responds to a proposal.
///
/// # Errors
/// If there is none, a reason is missing, or the node refuses.
pub(crate) async fn respond(args: &RespondArgs, answer: Answer, ctx: &Ctx) -> Result<(), CliError> {
    let missing = match answer {
        Answer::Object => Some("an objection needs a reason: --why \"…\""),
        Answer::Concern => Some("say what your concern is: --why \"…\""),
        Answer::Advice => Some("say what you advise: --why \"…\""),
        Answer::Agree | Answer::Aside | Answer::Abstain | Answer::Rank => None,
    };
    reply(&args.proposal, answer, args.why.as_deref(), missing, args.version, ctx).await
}

/// Responds with a reason, or without one where none is `missing`.
///
/// # Errors
/// If there is no such proposal, the reason is missing, or the node refuses.
pub(crate) async fn reply(
    proposal: &str,
    answer: Answer,
    why: Option<&str>,
    missing: Option<&'static str>,
    version: Option<u32>,
    ctx: &Ctx,
) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(proposal).await?;
    let written = match (why, missing) {
        (None, None) => None,
        (why, missing) => {
            let help = format!("You say {} to {}.", answer.word(), about(&view));
            Some(ctx.text(why, &Wanted { missing: missing.unwrap_or_default(), help }).await?)
        }
    };
    let reason = written.as_ref().map(|written| body(&written.text)).transpose()?;
    let response = Response {
        proposal: parse_proposal(&view.proposal)?,
        version: version.unwrap_or(view.version),
        answer,
        reason: reason.as_ref().map(folkmoot_protocol::body::Body::id),
        weighs: if answer == Answer::Agree { weighed(&view, &signer.public(), ctx).await? } else { Vec::new() },
    };
    let sign = |chain: &mut Chain<'_>| chain.sign(Act::Respond(response)).map(drop);
    let bodies: Vec<_> = reason.into_iter().collect();
    let sent = client.act(&view.group, signer.as_ref(), sign, &bodies).await;
    let (ids, taken) = match written {
        Some(written) => written.unless_sent(sent)?,
        None => sent?,
    };
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out.show(&view, |view| format!("You said {}. {}", answer.word(), state_words(view)))?;
    Ok(())
}

/// The advice that a decision weighs: all of those who were asked, where the key's member decides after consultation.
async fn weighed(view: &ProposalView, key: &PublicKey, ctx: &Ctx) -> Result<Vec<StatementId>, CliError> {
    let polls: Vec<_> = view.domains.iter().filter(|poll| poll.rung == "consult").collect();
    if polls.is_empty() {
        return Ok(Vec::new());
    }
    let head: HeadView = ctx.client().get(&format!("/v1/groups/{}/head?key={key}", view.group)).await?;
    let decides = |poll: &&&PollView| head.member.as_ref().is_some_and(|member| poll.deciders.contains(member));
    let asked: BTreeSet<&String> = polls.iter().filter(decides).flat_map(|poll| &poll.asked).collect();
    let advice = view.responses.iter().filter(|response| response.answer == Answer::Advice.word());
    let mut weighs = Vec::new();
    for response in advice.filter(|response| asked.contains(&response.member)) {
        weighs.push(parse_id(&response.statement)?);
    }
    weighs.sort();
    Ok(weighs)
}

/// Runs `moot withdraw`.
///
/// # Errors
/// If there is nothing of that name, or the node refuses.
pub(crate) async fn withdraw(args: WithdrawArgs, ctx: &Ctx) -> Result<(), CliError> {
    if let Some(option) = &args.option {
        return super::rank::withdraw_option(&args.proposal, option, ctx).await;
    }
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(&args.proposal).await?;
    let target = match &args.objection {
        None => parse_proposal(&view.proposal)?.into(),
        Some(text) => {
            let head: folkmoot_node::control::view::HeadView =
                client.get(&format!("/v1/groups/{}/head?key={}", view.group, signer.public())).await?;
            let is = |objection: &&folkmoot_node::control::view::ObjectionView| match text.as_str() {
                "mine" => Some(&objection.member) == head.member.as_ref() && objection.state == "stands",
                text => objection.objection.starts_with(text),
            };
            let found: Vec<_> = view.objections.iter().filter(is).collect();
            match found.as_slice() {
                [one] => parse_id(&one.objection)?,
                [] => {
                    return Err(CliError::Input(format!(
                        "there is no such objection to {} (moot show {})",
                        short(&view.proposal),
                        short(&view.proposal)
                    )));
                }
                _ => {
                    return Err(CliError::Input(format!(
                        "you have several: name one by its id (moot show {})",
                        short(&view.proposal)
                    )));
                }
            }
        }
    };
    let sign = |chain: &mut Chain<'_>| chain.sign(Act::Withdraw { target }).map(drop);
    let (ids, taken) = client.act(&view.group, signer.as_ref(), sign, &[]).await?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out.show(&view, |view| {
        let what = if args.objection.is_some() { "Your objection is withdrawn." } else { "Withdrawn." };
        format!("{what} {}", state_words(view))
    })?;
    Ok(())
}

/// Runs `moot call-in`.
///
/// # Errors
/// If there is no such proposal, or the node refuses.
pub(crate) async fn call_in(proposal: &str, why: Option<&str>, ctx: &Ctx) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(proposal).await?;
    let help = format!("You move a delegate's decision up to the members: {}.", about(&view));
    let written = ctx.text(why, &Wanted { missing: "say why you call it in: --why \"…\"", help }).await?;
    let reason = body(&written.text)?;
    let act = Act::CallIn { proposal: parse_proposal(&view.proposal)?, reason: reason.id() };
    let sign = |chain: &mut Chain<'_>| chain.sign(act).map(drop);
    let sent = client.act(&view.group, signer.as_ref(), sign, &[reason]).await;
    let (ids, taken) = written.unless_sent(sent)?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out.show(&view, |view| format!("Called in: now the members decide. {}", state_words(view)))?;
    Ok(())
}

/// Runs `moot seen`: in a group without witnesses, more than half of its people seal what they have seen.
///
/// # Errors
/// If the node refuses.
pub(crate) async fn seen(group: Option<&str>, ctx: &Ctx) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let group = ctx.group(group, &signer.public()).await?;
    let sign = |chain: &mut Chain<'_>| chain.sign(Act::Seen {}).map(drop);
    let (ids, taken) = ctx.client().act(&group, signer.as_ref(), sign, &[]).await?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    ctx.out.show(&done("seen"), |_| "Signed that you have seen the log up to here.".into())?;
    Ok(())
}

/// Which proposal a text is about, for the help in an editor.
pub(crate) fn about(view: &ProposalView) -> String {
    format!(
        "{} '{}' by {} in {}, version {}",
        short(&view.proposal),
        view.title,
        view.author,
        view.group_name,
        view.version
    )
}

/// Where a proposal stands, in a sentence.
pub(crate) fn state_words(view: &ProposalView) -> String {
    let id = short(&view.proposal);
    match view.state.as_str() {
        "open" => {
            let standing: Vec<String> =
                view.domains.iter().map(|poll| format!("{}: {}", poll.domain, poll.reason)).collect();
            format!("{id} is open until {}; {}.", local(&view.closes), standing.join("; "))
        }
        "call-in" => format!("{id} is decided; members may call it in until {}.", local(&view.closes)),
        state => format!("{id} {state} at {} (moot why {id}).", local(&view.closes)),
    }
}
