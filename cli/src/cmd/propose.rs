//! `moot propose`, `moot amend`, and `moot decide` on something new.

use std::{collections::BTreeMap, path::PathBuf};

use clap::ArgGroup;
use clap_complete::ArgValueCandidates;
use folkmoot_protocol::{
    effect::Effect,
    id::StatementId,
    key::Signer,
    statement::{Act, Amendment, Answer, Proposal, ProposalOption, Response},
    time::Span,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    CliError, Ctx,
    rank::name,
    read_toml,
    term::{Changes, TermArgs},
};
use crate::{
    client::{body, receipts},
    complete,
    editor::{Wanted, Written},
    output::{local, short},
};

const SAY_WHY: &str = "say why: --why \"…\"";

/// What a proposal says.
#[derive(Debug, Clone, clap::Args)]
#[command(group(ArgGroup::new("worded").multiple(true).args(["text", "option"])))]
pub(crate) struct ContentArgs {
    /// One line
    #[arg(long)]
    title: Option<String>,
    /// Why; `-` reads it from standard input, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The domain of an agreement in words, or of options
    #[arg(long, requires = "worded")]
    domain: Option<String>,
    /// An agreement in words
    #[arg(long, requires = "domain")]
    text: Option<String>,
    /// A TOML file with a list of effects, or of options with their own effects
    #[arg(long)]
    effects: Option<PathBuf>,
    /// An option that members rank; with a text it is an agreement in the domain, without one it leaves things as
    /// they are
    #[arg(long, value_name = "LABEL[=TEXT]", requires = "domain")]
    option: Vec<String>,
    #[command(flatten)]
    term: TermArgs,
    /// When the decision is due for review, like 180d
    #[arg(long)]
    review: Option<Span>,
}

/// The arguments of `moot propose`.
#[derive(Debug, clap::Args)]
pub(crate) struct ProposeArgs {
    #[command(flatten)]
    content: ContentArgs,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
}

/// The arguments of `moot amend`.
#[derive(Debug, clap::Args)]
pub(crate) struct AmendArgs {
    /// The proposal: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::proposals))]
    proposal: String,
    #[command(flatten)]
    content: ContentArgs,
    /// An objection that the new version means to integrate: its id, or the start of it
    #[arg(long = "integrates")]
    integrates: Vec<String>,
}

/// The arguments of `moot decide`.
#[derive(Debug, clap::Args)]
pub(crate) struct DecideArgs {
    /// The proposal to decide; left out, --domain, --text and --title decide something new
    #[arg(add = ArgValueCandidates::new(complete::proposals))]
    proposal: Option<String>,
    #[command(flatten)]
    content: ContentArgs,
    /// Decide against it
    #[arg(long)]
    decline: bool,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EffectsFile {
    #[serde(default)]
    effects: Vec<Effect>,
    #[serde(default)]
    options: Vec<ProposalOption>,
}

impl ContentArgs {
    fn changes(&self) -> Result<Changes, CliError> {
        let Changes { mut effects, mut options } = self.term.changes()?;
        for option in &self.option {
            options.push(self.option(option)?);
        }
        if let (Some(domain), Some(text)) = (&self.domain, &self.text) {
            effects.push(Effect::Text { domain: name(domain)?, text: text.clone(), replaces: None });
        }
        if let Some(file) = &self.effects {
            let file = read_toml::<EffectsFile>(file)?;
            effects.extend(file.effects);
            options.extend(file.options);
        }
        if effects.is_empty() && options.is_empty() {
            let ways = "--domain D --text T, --seat ROLE, --effects FILE, or --domain D --option A=… --option B=…";
            return Err(CliError::Input(format!("say what changes: {ways}")));
        }
        Ok(Changes { effects, options })
    }

    /// An option as `LABEL=TEXT`, or a label that leaves things as they are.
    fn option(&self, option: &str) -> Result<ProposalOption, CliError> {
        let (label, text) = option.split_once('=').map_or((option, None), |(label, text)| (label, Some(text)));
        let effects = match (text, &self.domain) {
            (Some(text), Some(domain)) => {
                vec![Effect::Text { domain: name(domain)?, text: text.to_owned(), replaces: None }]
            }
            _ => Vec::new(),
        };
        Ok(ProposalOption { label: name(label)?, text: None, tags: BTreeMap::new(), effects })
    }

    fn title(&self) -> Result<&str, CliError> {
        self.title.as_deref().ok_or_else(|| CliError::Input("give it a title: --title \"…\"".into()))
    }

    async fn why(&self, help: String, ctx: &Ctx) -> Result<Written, CliError> {
        ctx.text(self.why.as_deref(), &Wanted { missing: SAY_WHY, help }).await
    }
}

/// Runs `moot propose`.
///
/// # Errors
/// If something is missing, or the node refuses.
pub(crate) async fn propose(args: ProposeArgs, ctx: &Ctx) -> Result<(), CliError> {
    let content = &args.content;
    let (title, changes) = (content.title()?, content.changes()?);
    // Before the member writes, so that nothing is written in vain.
    let signer = ctx.signer()?;
    let group = ctx.group(args.group.as_deref(), &signer.public()).await?;
    let why = content.why(format!("Why do you propose '{title}'?"), ctx).await?;
    submit(ctx, &group, signer.as_ref(), Draft { title, why, changes, review: content.review }).await
}

/// Files a proposal.
///
/// # Errors
/// If the node refuses.
pub(crate) async fn file(
    ctx: &Ctx,
    group: Option<&str>,
    title: &str,
    why: &str,
    effects: Vec<Effect>,
    review: Option<Span>,
) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let group = ctx.group(group, &signer.public()).await?;
    let why = ctx.text(Some(why), &Wanted { missing: SAY_WHY, help: String::new() }).await?;
    let changes = Changes { effects, options: Vec::new() };
    submit(ctx, &group, signer.as_ref(), Draft { title, why, changes, review }).await
}

/// A proposal before it is signed.
struct Draft<'a> {
    title: &'a str,
    why: Written,
    changes: Changes,
    review: Option<Span>,
}

async fn submit(ctx: &Ctx, group: &str, signer: &dyn Signer, draft: Draft<'_>) -> Result<(), CliError> {
    let why = body(&draft.why.text)?;
    let proposal = Proposal {
        title: draft.title.to_owned(),
        why: why.id(),
        effects: draft.changes.effects,
        options: draft.changes.options,
        review: draft.review,
    };
    let client = ctx.client();
    let sign = |chain: &mut crate::client::Chain<'_>| chain.sign(Act::Propose(proposal)).map(drop);
    let sent = client.act(group, signer, sign, &[why]).await;
    let (ids, taken) = draft.why.unless_sent(sent)?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&proposal_id(ids[0])).await?;
    ctx.out.show(&view, |view| {
        let domains: Vec<String> = view.domains.iter().map(|poll| format!("{} ({})", poll.domain, poll.rung)).collect();
        if view.state != "open" {
            let (id, domains) = (short(&view.proposal), domains.join(", "));
            return format!("Proposed {id} in {domains}. {}", super::act::state_words(view));
        }
        format!(
            "Proposed {} in {}: open until {}.\nWaits for: {}\nNext: moot show {}",
            short(&view.proposal),
            domains.join(", "),
            local(&view.closes),
            if view.waiting_for.is_empty() { "nobody".into() } else { view.waiting_for.join(", ") },
            short(&view.proposal)
        )
    })?;
    Ok(())
}

/// Runs `moot amend`: what is left out stays as it is.
///
/// # Errors
/// If there is no such proposal or objection, or the node refuses.
pub(crate) async fn amend(args: AmendArgs, ctx: &Ctx) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(&args.proposal).await?;
    let mut integrates = Vec::new();
    for text in &args.integrates {
        let found: Vec<_> =
            view.objections.iter().filter(|objection| objection.objection.starts_with(text.as_str())).collect();
        let [one] = found.as_slice() else {
            return Err(CliError::Input(format!(
                "'{text}' is not one objection of {id}: see their ids (moot show {id})",
                id = short(&view.proposal)
            )));
        };
        integrates.push(parse_id(&one.objection)?);
    }
    integrates.sort();
    let Changes { effects, options } = args.content.changes()?;
    let help = format!("Why this new version of {}?", super::act::about(&view));
    let written = args.content.why(help, ctx).await?;
    let why = body(&written.text)?;
    let content = Proposal {
        title: args.content.title.clone().unwrap_or_else(|| view.title.clone()),
        why: why.id(),
        effects,
        options,
        review: args.content.review,
    };
    let amendment =
        Amendment { proposal: parse_proposal(&view.proposal)?, version: view.version + 1, content, integrates };
    let sign = |chain: &mut crate::client::Chain<'_>| chain.sign(Act::Amend(amendment)).map(drop);
    let sent = client.act(&view.group, signer.as_ref(), sign, &[why]).await;
    let (ids, taken) = written.unless_sent(sent)?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out.show(&view, |view| {
        format!(
            "{} is now at version {}: open until {}. Objections stay until their authors withdraw them.",
            short(&view.proposal),
            view.version,
            local(&view.closes)
        )
    })?;
    Ok(())
}

/// Runs `moot decide`: a delegate's agree, with a why, on a proposal that is there or on one filed with it.
///
/// # Errors
/// If something is missing, or the node refuses.
pub(crate) async fn decide(args: DecideArgs, ctx: &Ctx) -> Result<(), CliError> {
    let answer = if args.decline { Answer::Object } else { Answer::Agree };
    if let Some(proposal) = args.proposal {
        return super::act::reply(&proposal, answer, args.content.why.as_deref(), Some(SAY_WHY), None, ctx).await;
    }
    let (title, Changes { effects, options }) = (args.content.title()?, args.content.changes()?);
    let signer = ctx.signer()?;
    let group = ctx.group(args.group.as_deref(), &signer.public()).await?;
    let written = args.content.why(format!("Why do you decide '{title}'?"), ctx).await?;
    let reason = body(&written.text)?;
    let proposal =
        Proposal { title: title.to_owned(), why: reason.id(), effects, options, review: args.content.review };
    let client = ctx.client();
    let id = reason.id();
    let sign = |chain: &mut crate::client::Chain<'_>| {
        let proposal = chain.sign(Act::Propose(proposal))?.into();
        chain
            .sign(Act::Respond(Response { proposal, version: 1, answer, reason: Some(id), weighs: Vec::new() }))
            .map(drop)
    };
    let sent = client.act(&group, signer.as_ref(), sign, &[reason]).await;
    let (ids, taken) = written.unless_sent(sent)?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&proposal_id(ids[0])).await?;
    ctx.out.show(&view, super::act::state_words)?;
    Ok(())
}

fn proposal_id(id: StatementId) -> String {
    folkmoot_protocol::id::ProposalId::from(id).to_string()
}

/// Reads a proposal's id from an answer of the node.
pub(crate) fn parse_proposal(text: &str) -> Result<folkmoot_protocol::id::ProposalId, CliError> {
    text.parse().map_err(|error: folkmoot_protocol::id::IdError| CliError::Input(error.to_string()))
}

/// Reads a statement's id from an answer of the node.
pub(crate) fn parse_id(text: &str) -> Result<StatementId, CliError> {
    text.parse().map_err(|error: folkmoot_protocol::id::IdError| CliError::Input(error.to_string()))
}

/// Shown as JSON where a command has nothing else to say.
pub(crate) fn done(what: &str) -> serde_json::Value {
    json!({"done": what})
}
