//! `moot resource round`: divide what is scarce, claim of what is divided, see how the shares came about.

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{
    ClaimDraft, ClaimantDraft, DraftedClaim, DraftedRound, OfferDraft, RoundDraft, RoundView,
};
use folkmoot_protocol::{
    cbor,
    charter::{Charter, FEDERATION},
    effect::Effect,
    id::{RoundId, hex_decode_vec},
    limits::ENTRY_BYTES,
    name::Name,
};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{ask, round_words as words};
use crate::{
    client::{Client, ClientError, escape},
    cmd::{CliError, Ctx, propose, rank::name},
    complete,
    editor::Wanted,
};

/// Divide what is scarce by a declared rule; claim of it
#[derive(Debug, clap::Subcommand)]
pub(crate) enum RoundCommand {
    /// Propose to your group to divide what it stewards among others; it is held until then
    Open(Box<OpenArgs>),
    /// Propose to your group to claim of a round, once
    Claim(ClaimArgs),
    /// Propose to your group to give up what it got of a round
    Release(ReleaseArgs),
    /// List rounds of which something may still come
    List {
        /// Only those in which this group offers or may claim
        #[arg(long, add = ArgValueCandidates::new(complete::groups))]
        group: Option<String>,
        /// Rounds that are over, too
        #[arg(long)]
        all: bool,
    },
    /// Show a round: who claims what, and the shares with how they came about
    Show {
        /// Its id, or the start of it
        #[arg(add = ArgValueCandidates::new(complete::rounds))]
        round: String,
    },
}

/// The arguments of `moot resource round open`.
#[derive(Debug, clap::Args)]
pub(crate) struct OpenArgs {
    /// What is divided: a resource of your group, as RESOURCE=AMOUNT, with @FROM..UNTIL if it has a time
    #[arg(required = true, value_name = "RESOURCE=AMOUNT")]
    offers: Vec<String>,
    /// By which rule (moot help division)
    #[arg(long)]
    rule: Rule,
    /// Who may claim, with a weight if it is not 1: GROUP or GROUP*3; left out, all other groups of the federation
    #[arg(long = "for", value_name = "GROUP", add = ArgValueCandidates::new(complete::groups))]
    claimants: Vec<String>,
    /// The last date of claims; left out, in a day
    #[arg(long, value_name = "DATE")]
    claims_by: Option<String>,
    /// Of a lot: the last date on which nodes reveal; left out, as soon as may be
    #[arg(long, value_name = "DATE")]
    reveals_by: Option<String>,
    /// Before which date it is divided, or lapses; left out, a day after the last date
    #[arg(long, value_name = "DATE")]
    divides_by: Option<String>,
    /// One line; left out, what is offered
    #[arg(long)]
    title: Option<String>,
    /// What it is for
    #[arg(long)]
    text: Option<String>,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// Only show what would be opened, and what is in the way; with --json also as an effect
    #[arg(long)]
    dry_run: bool,
}

/// A rule to divide by.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Rule {
    /// Each gets the same part of its claim
    Proportional,
    /// All get the same, nobody more than it claims
    MaxMin,
    /// Each gets the same share of what it needs most of
    DominantResource,
    /// One after the other, what it claims or what is left
    LotPart,
    /// One after the other, all that it claims or nothing
    LotWhole,
}

impl Rule {
    fn word(self) -> &'static str {
        match self {
            Self::Proportional => "proportional",
            Self::MaxMin => "max_min",
            Self::DominantResource => "dominant_resource",
            Self::LotPart => "lot_part",
            Self::LotWhole => "lot_whole",
        }
    }
}

/// The arguments of `moot resource round claim`.
#[derive(Debug, clap::Args)]
pub(crate) struct ClaimArgs {
    /// The round: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::rounds))]
    round: String,
    /// How much of each offer, in their order; or RESOURCE=AMOUNT for some
    #[arg(required = true, value_name = "AMOUNT")]
    amounts: Vec<String>,
    /// Where your group decides it; left out, where it decides about federations
    #[arg(long)]
    domain: Vec<String>,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
}

/// The arguments of `moot resource round release`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReleaseArgs {
    /// The round: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::rounds))]
    round: String,
    /// Where your group decides it; left out, where it decides about federations
    #[arg(long)]
    domain: Vec<String>,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
}

/// Runs `moot resource round`.
///
/// # Errors
/// If something is missing or in the way, there is no such round, or the node refuses.
pub(super) async fn run(command: RoundCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        RoundCommand::Open(args) => open(&args, ctx).await,
        RoundCommand::Claim(args) => claim(&args, ctx).await,
        RoundCommand::Release(args) => release(&args, ctx).await,
        RoundCommand::List { group, all } => {
            let only = group.map(|group| format!("&group={}", escape(&group))).unwrap_or_default();
            let found: Vec<RoundView> = ctx.client().get(&format!("/v1/rounds?open={}{only}", !all)).await?;
            ctx.out.show(&found, |found| words::list(found, ctx.out))?;
            Ok(())
        }
        RoundCommand::Show { round } => show(&round, ctx).await,
    }
}

/// Says whether a text is the id of a round, or the start of one.
pub(crate) fn is_id(text: &str) -> bool {
    text.strip_prefix('r').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Runs `moot resource round show`, which is also `moot show` for rounds.
///
/// # Errors
/// If there is no such round, or the node does not answer.
pub(crate) async fn show(id: &str, ctx: &Ctx) -> Result<(), CliError> {
    let view = find(&ctx.client(), id).await?;
    ctx.out.show(&view, |view| words::round(view, ctx.out))?;
    Ok(())
}

async fn find(client: &Client, id: &str) -> Result<RoundView, ClientError> {
    client.get(&format!("/v1/rounds/{}", escape(id))).await
}

async fn open(args: &OpenArgs, ctx: &Ctx) -> Result<(), CliError> {
    let group = ctx.group(args.group.as_deref(), &ctx.key()?).await?;
    let offers = args.offers.iter().map(|text| offer(text)).collect::<Result<Vec<_>, _>>()?;
    let all = || offers.iter().map(|offer| format!("{} of {}", offer.portion.amount, offer.resource));
    let title = args.title.clone().unwrap_or_else(|| all().collect::<Vec<_>>().join(", ").chars().take(60).collect());
    let moment = |text: &Option<String>| text.as_deref().map(ask::moment);
    let draft = RoundDraft {
        group,
        title: title.clone(),
        text: args.text.clone().unwrap_or_default(),
        rule: args.rule.word().into(),
        offers,
        claimants: args.claimants.iter().map(|text| claimant(text)).collect::<Result<_, _>>()?,
        claims_by: moment(&args.claims_by),
        reveals_by: moment(&args.reveals_by),
        divides_by: moment(&args.divides_by),
    };
    let drafted: DraftedRound = ctx.client().post("/v1/rounds/drafts", &draft).await?;
    let effect = Effect::OpenRound { domains: domains(&drafted.domains)?, round: Box::new(decode(&drafted.bytes)?) };
    if args.dry_run {
        let shown = json!({"drafted": drafted, "effects": [effect]});
        ctx.out.show(&shown, |_| words::drafted(&drafted, ctx.out))?;
        return Ok(());
    }
    if !drafted.problems.is_empty() {
        return Err(CliError::Input(drafted.problems.join("; ")));
    }
    if !ctx.json {
        ctx.out.line(&words::drafted(&drafted, ctx.out))?;
        ctx.out.line("")?;
    }
    let help = format!("Why should {} divide '{title}'?", drafted.group);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    propose::file(ctx, Some(&drafted.group_id), &title, &why.text, vec![effect], None).await
}

async fn claim(args: &ClaimArgs, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let group = ctx.group(args.group.as_deref(), &ctx.key()?).await?;
    let draft = ClaimDraft { group, amounts: args.amounts.clone() };
    let drafted: DraftedClaim = client.post(&format!("/v1/rounds/{}/claims", escape(&args.round)), &draft).await?;
    let named = if args.domain.is_empty() { &drafted.domains } else { &args.domain };
    let effect = Effect::Claim { domains: domains(named)?, claim: decode(&drafted.bytes)? };
    let what = words::amounts(&drafted.view, &drafted.amounts);
    let help = format!("Why should {} claim {what} of '{}'?", drafted.group, drafted.view.title);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    let title: String = format!("Claim {what} of '{}'", drafted.view.title).chars().take(60).collect();
    propose::file(ctx, Some(&drafted.group_id), &title, &why.text, vec![effect], None).await?;
    if !ctx.json {
        ctx.out.line(&words::after_claim(&drafted))?;
    }
    Ok(())
}

async fn release(args: &ReleaseArgs, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let group = ctx.group(args.group.as_deref(), &ctx.key()?).await?;
    let view = find(&client, &args.round).await?;
    let charter: Charter = client.get(&format!("/v1/groups/{}/charter", escape(&group))).await?;
    let domains = match args.domain.as_slice() {
        [] => charter.reserved_domain(FEDERATION).map(|domain| domain.name.clone()).into_iter().collect(),
        named => domains(named)?,
    };
    let round: RoundId = view.round.parse().map_err(|error| CliError::Input(format!("'{}': {error}", view.round)))?;
    let effect = Effect::ReleaseShare { domains, round };
    let help = format!("Why should {} give up its share of '{}'?", charter.name, view.title);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    let title: String = format!("Give up the share of '{}'", view.title).chars().take(60).collect();
    propose::file(ctx, Some(&group), &title, &why.text, vec![effect], None).await
}

/// One offer: `RESOURCE=AMOUNT`, with `@FROM..UNTIL` if it has a time.
fn offer(text: &str) -> Result<OfferDraft, CliError> {
    let form = || CliError::Input(format!("'{text}': write it as RESOURCE=AMOUNT, with @FROM..UNTIL if it has a time"));
    let (resource, portion) = ask::portion(text).ok_or_else(form)?;
    Ok(OfferDraft { resource, portion })
}

/// Who may claim: `GROUP`, or `GROUP*WEIGHT`.
fn claimant(text: &str) -> Result<ClaimantDraft, CliError> {
    let (group, weight) = text.split_once('*').unwrap_or((text, "1"));
    let weight = weight.parse();
    let weight = weight.map_err(|_| CliError::Input(format!("'{text}': write a weight as GROUP*3")))?;
    Ok(ClaimantDraft { group: group.to_owned(), weight })
}

fn domains(named: &[String]) -> Result<Vec<Name>, CliError> {
    let mut domains = named.iter().map(|domain| name(domain)).collect::<Result<Vec<_>, _>>()?;
    domains.sort();
    domains.dedup();
    Ok(domains)
}

fn decode<T: DeserializeOwned + serde::Serialize>(hex: &str) -> Result<T, CliError> {
    let bytes = hex_decode_vec(hex).unwrap_or_default();
    cbor::decode(&bytes, ENTRY_BYTES).map_err(|error| ClientError::Answer(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_says_how_much_and_when() {
        let found = offer("hall=3@+1d..+2d").unwrap();
        assert_eq!((found.resource.as_str(), found.portion.amount.as_str()), ("hall", "3"));
        assert_eq!(found.portion.from.as_deref(), Some("+1d"));
        assert!(["hall", "=3", "hall=", "hall=1@soon"].into_iter().all(|text| offer(text).is_err()));
        let found = claimant("bakery*3").unwrap();
        assert_eq!((found.group.as_str(), found.weight), ("bakery", 3));
        assert!(claimant("bakery*many").is_err());
    }

    #[test]
    fn rounds_are_named_by_a_letter_and_digits() {
        assert!(["r1", "r12ab"].into_iter().all(is_id));
        assert!(["r", "t12", "role:cook", "12"].into_iter().all(|text| !is_id(text)));
    }
}
