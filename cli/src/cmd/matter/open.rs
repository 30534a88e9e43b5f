//! `moot matter open`: a proposal in the own group that opens a matter with others.

use std::path::PathBuf;

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::DraftedMatter;
use folkmoot_protocol::{cbor, effect::Effect, id::hex_decode_vec, limits::ENTRY_BYTES, matter::Matter};
use serde_json::json;

use super::{draft::draft, words};
use crate::{
    client::ClientError,
    cmd::{CliError, Ctx, propose},
    complete,
    editor::Wanted,
};

/// The arguments of `moot matter open`.
#[derive(Debug, clap::Args)]
pub(crate) struct OpenArgs {
    /// A file with title, text and parts, in TOML, or in JSON if its name ends so; flags add to it
    pub(super) file: Option<PathBuf>,
    /// One line
    #[arg(long)]
    pub(super) title: Option<String>,
    /// What is to hold between the groups, and why: all of them read it
    #[arg(long)]
    pub(super) text: Option<String>,
    /// A domain that it touches; repeat it
    #[arg(long, value_name = "GROUP/DOMAIN")]
    pub(super) touches: Vec<String>,
    /// An agreement in words that a group makes with it; repeat it
    #[arg(long, value_name = "GROUP/DOMAIN=TEXT")]
    pub(super) agree: Vec<String>,
    /// A TOML file with what else changes in a group; repeat it
    #[arg(long, value_name = "GROUP=FILE")]
    pub(super) effects: Vec<String>,
    /// What changes binds all of these groups, or none
    #[arg(long)]
    pub(super) linked: bool,
    /// A group that consents only after another one has; repeat it
    #[arg(long, value_name = "GROUP=EARLIER")]
    pub(super) after: Vec<String>,
    /// The last moments of the three levels, each a date or a time from now like +20d; left out, what the groups' rules
    /// need and a tenth more
    #[arg(long, value_name = "DATE,DATE,DATE", value_delimiter = ',')]
    pub(super) by: Vec<String>,
    /// Where your group decides to open it, if it is not affected; left out, where it decides about federations
    #[arg(long)]
    pub(super) domain: Vec<String>,
    /// The matter whose text it takes up again after mediation
    #[arg(long, value_name = "MATTER", add = ArgValueCandidates::new(complete::matters))]
    pub(super) replaces: Option<String>,
    /// A matter in doubt that it overrides; repeat it
    #[arg(long, value_name = "MATTER")]
    pub(super) overrides: Vec<String>,
    /// The terms on which their parties do not agree; without --touches it touches all of them
    #[arg(long, value_name = "TERMS")]
    pub(super) about: Option<String>,
    /// Settles them: whoever enacts its part accepts them, with a deadline after the last date; for other amounts state a
    /// counter first, and take that up
    #[arg(long, requires = "about")]
    pub(super) settle: bool,
    /// Who mediates at the second level: whoever holds that role
    #[arg(long, value_name = "GROUP/ROLE")]
    pub(super) mediator: Option<String>,
    /// Why your group should open it; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// Only show what would be opened; with --json also as an effect
    #[arg(long)]
    dry_run: bool,
}

/// Runs `moot matter open`.
///
/// # Errors
/// If something is missing, or the node refuses.
pub(crate) async fn open(args: &OpenArgs, ctx: &Ctx) -> Result<(), CliError> {
    let group = ctx.group(args.group.as_deref(), &ctx.key()?).await?;
    let draft = draft(args, group)?;
    let drafted: DraftedMatter = ctx.client().post("/v1/matters/drafts", &draft).await?;
    let effect = effect(&drafted)?;
    if args.dry_run {
        let shown = json!({"drafted": drafted, "effects": [effect]});
        ctx.out.show(&shown, |_| words::drafted(&draft.title, &drafted, ctx.out))?;
        return Ok(());
    }
    if !ctx.json {
        ctx.out.line(&words::drafted(&draft.title, &drafted, ctx.out))?;
        ctx.out.line("")?;
    }
    let help = format!("Why should {} open the matter '{}'?", drafted.group, draft.title);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    propose::file(ctx, Some(&drafted.group_id), &draft.title, &why.text, vec![effect], None).await
}

/// The effect that opens what the node drafted.
pub(crate) fn effect(drafted: &DraftedMatter) -> Result<Effect, CliError> {
    let bytes = hex_decode_vec(&drafted.bytes).unwrap_or_default();
    let matter: Matter = cbor::decode(&bytes, ENTRY_BYTES).map_err(|error| ClientError::Answer(error.to_string()))?;
    let domains = drafted.domains.iter().map(|domain| crate::cmd::rank::name(domain));
    Ok(Effect::OpenMatter { domains: domains.collect::<Result<_, _>>()?, matter: Box::new(matter) })
}
