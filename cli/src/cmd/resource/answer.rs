//! `moot resource accept`, `decline` and `release`: proposals in the own group to answer terms.

use clap_complete::ArgValueCandidates;
use folkmoot_node::{
    clock,
    control::view::{DealLineView, DealPartyView, DealView, HeadView},
};
use folkmoot_protocol::{
    effect::Effect,
    id::TermsId,
    name::Name,
    time::{RawDate, Timestamp},
};

use serde_json::json;

use super::ask::moment;
use crate::{
    client::{ClientError, escape},
    cmd::{CliError, Ctx, propose, rank::name},
    complete,
    editor::Wanted,
    output::{local, short},
};

/// The arguments of `moot resource accept`, `decline` and `release`.
#[derive(Debug, clap::Args)]
pub(crate) struct AnswerArgs {
    /// The terms: their id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::terms))]
    terms: String,
    /// For `accept`: until when your group holds what it promises; left out, as short as may be
    #[arg(long, value_name = "DATE")]
    hold: Option<String>,
    /// Where your group decides it, if it promises nothing; left out, where it decides about federations. For `breach` also
    /// which domains of what it promises; left out, all
    #[arg(long)]
    domain: Vec<String>,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// Only show what would be proposed, and what it would break; with --json also as an effect
    #[arg(long)]
    dry_run: bool,
}

/// The arguments of `moot resource use`.
#[derive(Debug, clap::Args)]
pub(crate) struct UseArgs {
    #[command(flatten)]
    answer: AnswerArgs,
    /// How much was used in all, by now
    #[arg(long)]
    amount: u64,
    /// Of what, if the terms promise several things: GROUP/RESOURCE
    #[arg(long, value_name = "GROUP/RESOURCE")]
    of: Option<String>,
}

/// What a group answers.
struct Answer {
    view: DealView,
    own: DealPartyView,
    terms: TermsId,
    domains: Vec<Name>,
}

/// Runs `moot resource accept`.
///
/// # Errors
/// If there are no such terms, the group is no party to them, or the node refuses.
pub(super) async fn accept(args: &AnswerArgs, ctx: &Ctx) -> Result<(), CliError> {
    let answer = answer(args, ctx).await?;
    let hold = match (&args.hold, &answer.own.least_hold) {
        (Some(text), _) => Some(RawDate(moment(text)).resolve(clock::now()).map_err(input)?),
        (None, Some(least)) => Some(least.parse::<Timestamp>().map_err(input)?),
        (None, None) => None,
    };
    let (terms, domains) = (answer.terms, answer.domains.clone());
    answer.file("Accept", Effect::AcceptTerms { domains, terms, until: hold }, args, ctx).await?;
    if !ctx.json && !args.dry_run {
        let (name, by) = (&answer.own.group, local(&answer.view.by));
        ctx.out.line(&match hold {
            Some(until) => format!(
                "When it has passed, {name} holds its part until {}, and {} closes by {by}.",
                local(&until.to_string()),
                answer.view.closer
            ),
            None => format!("When it has passed, {} closes by {by}.", answer.view.closer),
        })?;
    }
    Ok(())
}

/// Runs `moot resource decline`.
///
/// # Errors
/// As [`accept`].
pub(super) async fn decline(args: &AnswerArgs, ctx: &Ctx) -> Result<(), CliError> {
    let answer = answer(args, ctx).await?;
    let (terms, domains) = (answer.terms, answer.domains.clone());
    answer.file("Decline", Effect::DeclineTerms { domains, terms }, args, ctx).await
}

/// Runs `moot resource release`; says before it files anything whether that breaks the terms.
///
/// # Errors
/// As [`accept`].
pub(super) async fn release(args: &AnswerArgs, ctx: &Ctx) -> Result<(), CliError> {
    let answer = answer(args, ctx).await?;
    let (terms, domains) = (answer.terms, answer.domains.clone());
    answer.file("Release", Effect::ReleaseTerms { domains, terms }, args, ctx).await
}

/// Runs `moot resource use`.
///
/// # Errors
/// As [`accept`]; if it is not clear what was used.
pub(super) async fn uses(args: &UseArgs, ctx: &Ctx) -> Result<(), CliError> {
    let answer = answer(&args.answer, ctx).await?;
    let path = |line: &DealLineView| format!("{}/{}", line.steward, line.resource);
    let is = |line: &&DealLineView| args.of.as_ref().is_none_or(|of| *of == path(line) || *of == line.resource);
    let found: Vec<&DealLineView> = answer.view.lines.iter().filter(is).collect();
    let [line] = found.as_slice() else {
        let there: Vec<String> = answer.view.lines.iter().map(path).collect();
        return Err(CliError::Input(format!("say of what it was used: --of with one of {}", there.join(", "))));
    };
    let mut domains = answer.domains.clone();
    if line.steward_group == answer.own.group_id {
        // The domain of the one resource says what was used of it.
        domains = vec![name(&super::find(&ctx.client(), &path(line), 1).await?.domain)?];
    }
    let (terms, amount) = (answer.terms, args.amount);
    let steward = line.steward_group.parse().map_err(input)?;
    let effect = Effect::UseTerms { domains, terms, steward, resource: name(&line.resource)?, amount };
    answer.file("Use", effect, &args.answer, ctx).await
}

/// Runs `moot resource breach`.
///
/// # Errors
/// As [`accept`].
pub(super) async fn breach(args: &AnswerArgs, ctx: &Ctx) -> Result<(), CliError> {
    let answer = answer(args, ctx).await?;
    let (terms, mut domains) = (answer.terms, answer.domains.clone());
    if !args.domain.is_empty() {
        domains = args.domain.iter().map(|domain| name(domain)).collect::<Result<_, _>>()?;
        domains.sort();
        domains.dedup();
    }
    answer.file("State a breach of", Effect::BreachTerms { domains, terms }, args, ctx).await
}

async fn answer(args: &AnswerArgs, ctx: &Ctx) -> Result<Answer, CliError> {
    let client = ctx.client();
    let view = super::terms(&client, &args.terms).await?;
    let key = ctx.key()?;
    let group = ctx.group(args.group.as_deref(), &key).await?;
    let head: HeadView = client.get(&format!("/v1/groups/{}/head?key={key}", escape(&group))).await?;
    let own = view.parties.iter().find(|party| party.group_id == head.group).cloned();
    let own = own.ok_or_else(|| {
        let (id, name) = (short(&view.terms), &head.name);
        let parties: Vec<&str> = view.parties.iter().map(|party| party.group.as_str()).collect();
        let parties = parties.join(", ");
        CliError::Input(format!(
            "'{name}' is no party to the terms {id}, which are between {parties} (moot resource show {id})"
        ))
    })?;
    if !own.knows {
        return Err(CliError::Input(unknown(&view, &own.group)));
    }
    let named = if args.domain.is_empty() || own.promises { &own.domains } else { &args.domain };
    let mut domains = named.iter().map(|domain| name(domain)).collect::<Result<Vec<_>, _>>()?;
    domains.sort();
    domains.dedup();
    Ok(Answer { terms: view.terms.parse().map_err(input)?, own, domains, view })
}

/// Why a party cannot answer terms of which its own log does not know.
fn unknown(view: &DealView, group: &str) -> String {
    let id = short(&view.terms);
    let sealed =
        |party: &DealPartyView| party.said.iter().any(|said| said.says == "states" && said.sealed_at.is_some());
    let by = view.parties.iter().find(|party| party.group == view.stated_by);
    match by.is_some_and(sealed) {
        false => format!(
            "the terms {id} of {} are not sealed yet: {group} can answer once enough of the panel has noted them (moot \
             resource show {id})",
            view.stated_by
        ),
        true => format!(
            "the log of {group} knows no terms {id}: they come with the evidence that {} stated them, and go when long \
             over (moot resource show {id})",
            view.stated_by
        ),
    }
}

impl Answer {
    async fn file(&self, does: &str, effect: Effect, args: &AnswerArgs, ctx: &Ctx) -> Result<(), CliError> {
        let verb = does.to_lowercase();
        let title: String =
            format!("{does} '{}' of {}", self.view.title, self.view.stated_by).chars().take(60).collect();
        let breaks = matches!(effect, Effect::ReleaseTerms { .. }) && self.own.would_break;
        let warning = breaks.then(|| breaks_words(&self.view, &self.own.group));
        if args.dry_run {
            let shown = json!({"title": title, "breaks": breaks, "effects": [effect]});
            let words =
                |_: &_| [Some(title.clone()), warning.clone()].into_iter().flatten().collect::<Vec<_>>().join("\n");
            ctx.out.show(&shown, words)?;
            return Ok(());
        }
        if let Some(warning) = warning.filter(|_| !ctx.json) {
            ctx.out.line(&format!("{}\n", ctx.out.bad(&warning)))?;
        }
        let help = format!("Why should {} {verb} '{}' of {}?", self.own.group, self.view.title, self.view.stated_by);
        let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
        let filed = propose::file(ctx, Some(&self.own.group_id), &title, &why.text, vec![effect], None).await;
        filed.map_err(|error| with_names(error, &self.view))
    }
}

/// What a release means that breaks terms.
fn breaks_words(view: &DealView, group: &str) -> String {
    format!(
        "This breaks the terms: {} was promised what {group} would give up, and everybody sees that it is a breach. It is \
         none once {} has released them.",
        view.requester, view.requester
    )
}

/// A refusal in which the parties are called by their names, not by the starts of their ids.
fn with_names(error: CliError, view: &DealView) -> CliError {
    let CliError::Client(ClientError::Refused(mut problem)) = error else { return error };
    for party in &view.parties {
        problem.message = problem.message.replace(short(&party.group_id), &party.group);
    }
    ClientError::Refused(problem).into()
}

fn input(error: impl std::fmt::Display) -> CliError {
    CliError::Input(error.to_string())
}
