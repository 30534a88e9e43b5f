//! `moot matter stance`: a proposal in the own group to consent to a matter, or to decline it.

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{HeadView, MatterLevelView, MatterView, StanceView};
use folkmoot_protocol::{effect::Effect, id::MatterId};

use super::find;
use crate::{
    client::{Client, escape},
    cmd::{CliError, Ctx, propose, rank::name},
    complete,
    editor::Wanted,
    output::{local, short},
};

/// The arguments of `moot matter stance`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("side").required(true).args(["consent", "decline"]))]
pub(crate) struct StanceArgs {
    /// The matter: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::matters))]
    matter: String,
    /// Consent: once, for good, and for every later level
    #[arg(long)]
    consent: bool,
    /// Say no; a consent may follow
    #[arg(long)]
    decline: bool,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
}

/// Runs `moot matter stance`.
///
/// # Errors
/// If there is no such matter, the group has no say in it, or the node refuses.
pub(crate) async fn stance(args: &StanceArgs, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let view = find(&client, &args.matter).await?;
    let key = ctx.key()?;
    let group = ctx.group(args.group.as_deref(), &key).await?;
    let head: HeadView = client.get(&format!("/v1/groups/{}/head?key={key}", escape(&group))).await?;
    let own = view.stances.iter().find(|stance| stance.group_id == head.group);
    let own = own.ok_or_else(|| {
        let (id, name) = (short(&view.matter), &head.name);
        let groups: Vec<&str> = view.stances.iter().map(|stance| stance.group.as_str()).collect();
        CliError::Input(format!(
            "'{name}' has no say in the matter {id}: its version of the agreement names {} (moot matter show {id})",
            groups.join(", ")
        ))
    })?;
    if let Some(way_out) = &view.way_out {
        return Err(CliError::Input(format!("the matter {} does not count: {way_out}", short(&view.matter))));
    }
    if args.consent {
        in_the_way(&client, &view, own).await?;
    }
    let matter: MatterId = view.matter.parse().map_err(|error| CliError::Input(format!("{error}")))?;
    let mut domains = own.domains.iter().map(|domain| name(domain)).collect::<Result<Vec<_>, _>>()?;
    domains.sort();
    let (verb, does) = if args.consent { ("consent to", "Consent to") } else { ("decline", "Decline") };
    let help = format!("Why should {} {verb} '{}'?", own.group, view.title);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    let title: String = format!("{does} '{}' of {}", view.title, view.sponsor).chars().take(60).collect();
    let effect = Effect::Stance { domains, matter, consents: args.consent };
    propose::file(ctx, Some(&own.group_id), &title, &why.text, vec![effect], None).await?;
    if !ctx.json {
        ctx.out.line(&until(&view, own))?;
    }
    Ok(())
}

/// Refuses a consent where the group has consented to a rival that does not count, by opening that too late.
async fn in_the_way(client: &Client, view: &MatterView, own: &StanceView) -> Result<(), CliError> {
    for rival in view.rivals.iter().filter(|rival| rival.state.as_deref() == Some("does not count")) {
        let other = find(client, &rival.matter).await?;
        let consented = |stance: &StanceView| stance.group_id == own.group_id && stance.stance == "consents";
        if other.stances.iter().any(consented) {
            return Err(CliError::Input(blocked(view, own, &other)));
        }
    }
    Ok(())
}

fn blocked(view: &MatterView, own: &StanceView, other: &MatterView) -> String {
    format!(
        "{} has consented to {} ({}), a rival of the matter {}, by opening it. That one does not count, because its \
         opening was sealed too late, and stays in the way until its last level is over; {} may be adopted without {} at \
         level 3 (moot matter show {})",
        own.group,
        short(&other.matter),
        other.title,
        short(&view.matter),
        short(&view.matter),
        own.group,
        short(&other.matter)
    )
}

/// The level whose last date that is; a stage ends before the first one.
fn level(levels: &[MatterLevelView], until: &str) -> String {
    levels.iter().find(|level| level.by == until).map_or("level 1".into(), |level| format!("level {}", level.level))
}

/// By when the group has to have decided.
fn until(view: &MatterView, own: &StanceView) -> String {
    match &own.waits_until {
        Some(until) => format!(
            "It counts at {} if {} has decided by {}: the entry that says so must not be later, and be sealed soon after.",
            level(&view.levels, until),
            own.group,
            local(until)
        ),
        None => format!("No level of {} waits for it any more.", short(&view.matter)),
    }
}
