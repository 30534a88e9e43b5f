//! `moot review`: agreements that are due, and what to do with one: keep, amend or retire it.

use folkmoot_node::{clock, control::view::AgreementView};
use folkmoot_protocol::{decision::AgreementId, effect::Effect, name::Name, time::Span};

use super::{
    CliError, Ctx,
    propose::{file, parse_proposal},
};
use crate::{
    client::escape,
    output::{from_now, short, table},
};

/// The arguments of `moot review`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReviewArgs {
    /// The agreement: its id, or the start of it; left out, agreements are listed
    agreement: Option<String>,
    /// Propose to keep it
    #[arg(long, conflicts_with_all = ["text", "retire"], requires = "agreement")]
    keep: bool,
    /// With --keep: when it is due again, like 180d; left out, as its domain's rule says
    #[arg(long, value_name = "SPAN", requires = "keep")]
    until: Option<Span>,
    /// Propose this text in its place
    #[arg(long, conflicts_with = "retire", requires = "agreement")]
    text: Option<String>,
    /// Propose to end it
    #[arg(long, requires = "agreement")]
    retire: bool,
    /// Why
    #[arg(long)]
    why: Option<String>,
    /// List only those that are due now
    #[arg(long, conflicts_with = "agreement")]
    due: bool,
    /// Only this group's
    #[arg(long)]
    group: Option<String>,
}

/// Runs `moot review`.
///
/// # Errors
/// If there is no such agreement, something is missing, or the node refuses.
pub(crate) async fn review(args: ReviewArgs, ctx: &Ctx) -> Result<(), CliError> {
    let group = args.group.as_ref().map(|group| format!("&group={}", escape(group))).unwrap_or_default();
    let all: Vec<AgreementView> = ctx.client().get(&format!("/v1/agreements?due={}{group}", args.due)).await?;
    let Some(text) = &args.agreement else { return list(&all, &args, ctx) };
    let found = find(&all, text)?;
    let Some((what, effect)) = effect(&args, found)? else {
        ctx.out.show(found, words)?;
        return Ok(());
    };
    let why = args.why.as_deref().filter(|why| !why.is_empty());
    let why = why.ok_or_else(|| CliError::Input("say why: --why \"…\"".into()))?;
    let title = format!("{what}: {}", found.title);
    let title: String = title.chars().take(60).collect();
    file(ctx, Some(&found.group), &title, why, vec![effect], None).await
}

fn list(all: &[AgreementView], args: &ReviewArgs, ctx: &Ctx) -> Result<(), CliError> {
    let now = clock::now();
    ctx.out.show(&all, |all| {
        if all.is_empty() {
            let due = if args.due { " is due for review" } else { " is in force" };
            return format!("No agreement in words{due}.");
        }
        let rows = all.iter().map(|agreement| {
            let review = agreement.review.as_ref().map_or("never".into(), |at| from_now(at, now));
            let text = agreement.text.lines().next().unwrap_or_default().to_owned();
            let (group, domain) = (agreement.group_name.clone(), agreement.domain.clone());
            vec![agreement.agreement.clone(), group, domain, review, text]
        });
        let text = table(&["id", "group", "domain", "review", "text"], rows);
        format!("{text}\nNext: moot review ID --keep | --text \"…\" | --retire, with --why \"…\"")
    })?;
    Ok(())
}

/// The agreement whose id starts with `text`.
fn find<'a>(all: &'a [AgreementView], text: &str) -> Result<&'a AgreementView, CliError> {
    let is = |agreement: &&AgreementView| {
        agreement.agreement == text || (text.len() > 1 && agreement.decision.starts_with(text))
    };
    let found: Vec<&AgreementView> = all.iter().filter(is).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(CliError::Input(format!("no agreement '{text}' is in force here (moot review lists them)"))),
        many => {
            let ids: Vec<&str> = many.iter().map(|agreement| agreement.agreement.as_str()).collect();
            Err(CliError::Input(format!("'{text}' could be {}: write more of the id", ids.join(", "))))
        }
    }
}

/// What is proposed about the agreement, if something is.
fn effect(args: &ReviewArgs, found: &AgreementView) -> Result<Option<(&'static str, Effect)>, CliError> {
    let input = |error: &dyn std::fmt::Display| CliError::Input(error.to_string());
    let domain: Name = found.domain.parse().map_err(|error| input(&error))?;
    let agreement = AgreementId(parse_proposal(&found.decision)?, found.effect);
    Ok(match &args.text {
        Some(text) => Some(("Amend", Effect::Text { domain, text: text.clone(), replaces: Some(agreement) })),
        None if args.keep => Some(("Keep", Effect::Keep { domain, agreement, review: args.until })),
        None if args.retire => Some(("Retire", Effect::Retire { domain, agreement })),
        None => None,
    })
}

fn words(agreement: &AgreementView) -> String {
    let review = agreement.review.as_ref().map_or("no review".into(), |at| format!("due for review {at}"));
    format!(
        "{} in '{}' of {}, since {}, {review}\n\n{}\n\nNext: moot review {} --keep | --text \"…\" | --retire, with --why \"…\"; moot why {}",
        agreement.agreement,
        agreement.domain,
        agreement.group_name,
        agreement.since,
        agreement.text,
        agreement.agreement,
        short(&agreement.decision)
    )
}
