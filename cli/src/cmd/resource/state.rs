//! `moot resource request`, `offer` and `counter`: proposals in the own group to state terms.

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{DealDraft, DraftedDeal, LineDraft, PortionDraft};
use folkmoot_protocol::{
    cbor, effect::Effect, id::hex_decode_vec, limits::ENTRY_BYTES, resource::Terms, time::Timestamp,
};
use serde_json::json;

use super::{
    ask::{self, WhenArgs},
    words,
};
use crate::{
    client::ClientError,
    cmd::{CliError, Ctx, propose, rank::name},
    complete,
    editor::Wanted,
};

/// What all terms may say.
#[derive(Debug, clap::Args)]
pub(crate) struct TermsArgs {
    #[command(flatten)]
    when: WhenArgs,
    /// One line; left out, what is asked
    #[arg(long)]
    title: Option<String>,
    /// What it is for, and what is given in return: all parties read it
    #[arg(long)]
    text: Option<String>,
    /// The steward whose log closes; left out, the first
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    closer: Option<String>,
    /// The last moment at which it may come into force: a date or +2d; left out, what the parties' rules need to decide,
    /// a day at least, but before the time that is asked for begins, or is over where it begins soon
    #[arg(long, value_name = "DATE")]
    by: Option<String>,
    /// Until when your group holds what it promises; left out, as short as may be
    #[arg(long, value_name = "DATE")]
    hold: Option<String>,
    /// Where your group decides it, if it promises nothing; left out, where it decides about federations
    #[arg(long)]
    domain: Vec<String>,
    /// Why your group should; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// File it although it could not be promised as things are now
    #[arg(long)]
    anyway: bool,
    /// Only show what would be stated, and what is in the way; with --json also as an effect
    #[arg(long)]
    dry_run: bool,
}

/// The arguments of `moot resource request`.
#[derive(Debug, clap::Args)]
pub(crate) struct RequestArgs {
    /// What is asked: GROUP/RESOURCE, or GROUP/RESOURCE=AMOUNT@FROM..UNTIL; several together hold or fall together
    #[arg(required_unless_present = "renew", value_name = "GROUP/RESOURCE",
        add = ArgValueCandidates::new(complete::resources))]
    asks: Vec<String>,
    /// Ask again for what these terms promised: in the next period, unless you say what; slots at the same time of the week
    #[arg(long, value_name = "TERMS", add = ArgValueCandidates::new(complete::terms))]
    renew: Option<String>,
    #[command(flatten)]
    terms: TermsArgs,
}

/// The arguments of `moot resource offer`.
#[derive(Debug, clap::Args)]
pub(crate) struct OfferArgs {
    /// What is offered: a resource of your group, or RESOURCE=AMOUNT@FROM..UNTIL
    #[arg(required = true, value_name = "RESOURCE", add = ArgValueCandidates::new(complete::resources))]
    asks: Vec<String>,
    /// To whom
    #[arg(long, value_name = "GROUP", add = ArgValueCandidates::new(complete::groups))]
    to: String,
    #[command(flatten)]
    terms: TermsArgs,
}

/// The arguments of `moot resource counter`.
#[derive(Debug, clap::Args)]
pub(crate) struct CounterArgs {
    /// The terms: their id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::terms))]
    counters: String,
    /// What is asked instead, as for `request`; left out, the same, with what flags change
    #[arg(value_name = "GROUP/RESOURCE", add = ArgValueCandidates::new(complete::resources))]
    asks: Vec<String>,
    #[command(flatten)]
    terms: TermsArgs,
}

/// Runs `moot resource request`.
///
/// # Errors
/// If something is missing or in the way, or the node refuses.
pub(super) async fn request(args: &RequestArgs, ctx: &Ctx) -> Result<(), CliError> {
    if args.renew.is_some() && args.asks.is_empty() && !args.terms.when.is_empty() {
        let problem = "--renew asks for the same in the next period: for other amounts or times write what is asked, too, \
                       GROUP/RESOURCE=AMOUNT@FROM..UNTIL each";
        return Err(CliError::Input(problem.into()));
    }
    let lines = ask::lines(&args.asks, &args.terms.when, &ctx.client()).await?;
    let title = match args.renew {
        Some(_) => args.terms.title.clone().unwrap_or_default(),
        None => title(&args.terms, &lines),
    };
    state(
        DealDraft { title, lines, renews: args.renew.clone(), ..draft(&args.terms, ctx).await? },
        "ask for",
        &args.terms,
        ctx,
    )
    .await
}

/// Runs `moot resource offer`.
///
/// # Errors
/// If something is missing or in the way, or the node refuses.
pub(super) async fn offer(args: &OfferArgs, ctx: &Ctx) -> Result<(), CliError> {
    let mut draft = draft(&args.terms, ctx).await?;
    let own = |ask: &String| if ask.contains('/') { ask.clone() } else { format!("{}/{ask}", draft.group) };
    let asks: Vec<String> = args.asks.iter().map(own).collect();
    draft.lines = ask::lines(&asks, &args.terms.when, &ctx.client()).await?;
    draft.title = title(&args.terms, &draft.lines);
    draft.requester = Some(args.to.clone());
    state(draft, "offer", &args.terms, ctx).await
}

/// Runs `moot resource counter`.
///
/// # Errors
/// If there are no such terms, something is missing or in the way, or the node refuses.
pub(super) async fn counter(args: &CounterArgs, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let before = super::terms(&client, &args.counters).await?;
    let lines = match args.asks.as_slice() {
        [] => changed(&before, &args.terms.when)?,
        asks => ask::lines(asks, &args.terms.when, &client).await?,
    };
    let draft = DealDraft {
        title: args.terms.title.clone().unwrap_or_else(|| before.title.clone()),
        text: args.terms.text.clone().unwrap_or_else(|| before.text.clone()),
        lines,
        counters: Some(before.terms.clone()),
        ..draft(&args.terms, ctx).await?
    };
    state(draft, "counter with", &args.terms, ctx).await
}

/// The lines of terms with what flags change, which must be clear.
fn changed(before: &folkmoot_node::control::view::DealView, when: &WhenArgs) -> Result<Vec<LineDraft>, CliError> {
    let mut lines: Vec<LineDraft> = before
        .lines
        .iter()
        .map(|line| LineDraft {
            steward: line.steward_group.clone(),
            resource: line.resource.clone(),
            portions: line
                .portions
                .iter()
                .map(|portion| PortionDraft {
                    amount: portion.amount.to_string(),
                    from: portion.from.clone(),
                    until: portion.until.clone(),
                })
                .collect(),
        })
        .collect();
    if when.is_empty() {
        return Ok(lines);
    }
    match lines.as_mut_slice() {
        [LineDraft { portions, .. }] if portions.len() == 1 => portions[0] = when.or(&portions[0]),
        _ => {
            let problem = "the terms ask for several things: write what is asked instead, GROUP/RESOURCE=AMOUNT each";
            return Err(CliError::Input(problem.into()));
        }
    }
    Ok(lines)
}

fn title(args: &TermsArgs, lines: &[LineDraft]) -> String {
    let all =
        || lines.iter().flat_map(|line| line.portions.iter().map(|p| format!("{} of {}", p.amount, line.resource)));
    args.title.clone().unwrap_or_else(|| all().collect::<Vec<_>>().join(", ").chars().take(60).collect())
}

async fn draft(args: &TermsArgs, ctx: &Ctx) -> Result<DealDraft, CliError> {
    Ok(DealDraft {
        group: ctx.group(args.group.as_deref(), &ctx.key()?).await?,
        text: args.text.clone().unwrap_or_default(),
        closer: args.closer.clone(),
        by: args.by.as_deref().map(ask::moment),
        hold: args.hold.as_deref().map(ask::moment),
        domains: args.domain.clone(),
        ..DealDraft::default()
    })
}

/// Has the node make terms of a draft, says what is in the way, and files a proposal to state them.
async fn state(draft: DealDraft, verb: &str, args: &TermsArgs, ctx: &Ctx) -> Result<(), CliError> {
    let drafted: DraftedDeal = ctx.client().post("/v1/deals/drafts", &draft).await?;
    let effect = effect(&drafted)?;
    // The own log would refuse it, whoever wants it all the same.
    if drafted.own_problem {
        return Err(CliError::Input(words::in_the_way(&drafted)));
    }
    if args.dry_run {
        let shown = json!({"drafted": drafted, "effects": [effect]});
        ctx.out.show(&shown, |_| words::drafted(&drafted, ctx.out))?;
        return Ok(());
    }
    if !drafted.problems.is_empty() && !args.anyway {
        return Err(CliError::Input(words::in_the_way(&drafted)));
    }
    if !ctx.json {
        ctx.out.line(&words::drafted(&drafted, ctx.out))?;
        ctx.out.line("")?;
    }
    let help = format!("Why should {} {verb} '{}'?", drafted.group, drafted.title);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    propose::file(ctx, Some(&drafted.group_id), &drafted.title, &why.text, vec![effect], None).await
}

/// The effect that states what the node drafted.
fn effect(drafted: &DraftedDeal) -> Result<Effect, CliError> {
    let bytes = hex_decode_vec(&drafted.bytes).unwrap_or_default();
    let answer = |error: String| CliError::from(ClientError::Answer(error));
    let terms: Terms = cbor::decode(&bytes, ENTRY_BYTES).map_err(|error| answer(error.to_string()))?;
    let hold = drafted.hold.as_ref().map(|at| at.parse::<Timestamp>());
    let until = hold.transpose().map_err(|error| answer(error.to_string()))?;
    let domains = drafted.domains.iter().map(|domain| name(domain)).collect::<Result<_, _>>()?;
    Ok(Effect::Terms { domains, terms: Box::new(terms), until })
}
