//! `moot federation amend` and `expel`: another text of the agreement, by decisions of the groups or as a matter.

use std::path::PathBuf;

use folkmoot_node::control::view::{AmendmentDraft, DraftedMatter, FederationView};
use folkmoot_protocol::{cbor, federation::FederationAgreement, id::hex_encode, name::Name};

use super::{DecideArgs, consent, panel, read_agreement, text};
use crate::{
    cmd::{CliError, Ctx, matter, propose},
    editor::Wanted,
};

/// The arguments of `moot federation amend`.
#[derive(Debug, clap::Args)]
pub(crate) struct AmendArgs {
    /// The agreement file with the whole text
    file: PathBuf,
    /// Open a matter, also where each group could decide by itself: that ends a split vote
    #[arg(long)]
    matter: bool,
    #[command(flatten)]
    how: MatterArgs,
    #[command(flatten)]
    decide: DecideArgs,
}

/// The arguments of `moot federation expel`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExpelArgs {
    /// The name of the group in the federation
    name: String,
    #[command(flatten)]
    how: MatterArgs,
    #[command(flatten)]
    decide: DecideArgs,
}

/// What a matter about the agreement may need besides.
#[derive(Debug, clap::Args)]
struct MatterArgs {
    /// A group that has had no entry for as long as the agreement says: it has no say in it; repeat it
    #[arg(long, value_name = "GROUP")]
    dormant: Vec<String>,
    /// The last moments of the three levels, each a date or a time from now like +20d; left out, what the groups' rules
    /// need and a tenth more
    #[arg(long, value_name = "DATE,DATE,DATE", value_delimiter = ',')]
    by: Vec<String>,
    /// An amendment in doubt that it overrides; repeat it
    #[arg(long, value_name = "MATTER")]
    overrides: Vec<String>,
}

/// Runs `moot federation amend`.
///
/// # Errors
/// If the text cannot follow the one in force, or the node refuses.
pub(super) async fn amend(args: &AmendArgs, ctx: &Ctx) -> Result<(), CliError> {
    let before = text(&args.decide, "", ctx).await?;
    let mut agreement = read_agreement(&args.file)?;
    agreement.amends = Some(before.successor());
    let title = format!("Version {} of '{}'", agreement.number(), agreement.name);
    if !ctx.json && agreement.panel_nodes() != before.panel_nodes() {
        ctx.out.line(&format!("{}\n", panel::words(&agreement)))?;
    }
    let wants_matter = args.matter || !args.how.dormant.is_empty() || !args.how.overrides.is_empty();
    if wants_matter || agreement.check_amends(&before).is_err() || expels(&before, &agreement, ctx).await? {
        return open(&title, &agreement, &args.how, &args.decide, ctx).await;
    }
    consent(agreement, &title, &args.decide, ctx).await
}

/// Runs `moot federation expel`.
///
/// # Errors
/// If there is no such group, or the node refuses.
pub(super) async fn expel(args: &ExpelArgs, ctx: &Ctx) -> Result<(), CliError> {
    let before = text(&args.decide, "", ctx).await?;
    let name: Name = args.name.parse().map_err(|error| CliError::Input(format!("{error}")))?;
    let agreement = without(&before, &name)?;
    let title = format!("'{name}' leaves '{}'", before.name);
    open(&title, &agreement, &args.how, &args.decide, ctx).await
}

/// The text without a group; who turned to it turns to whom it turned to.
fn without(before: &FederationAgreement, name: &Name) -> Result<FederationAgreement, CliError> {
    let mut agreement = FederationAgreement { amends: Some(before.successor()), ..before.clone() };
    let Some(gone) = agreement.groups.take(name) else {
        let names: Vec<&str> = before.groups.iter().map(|group| group.name.as_str()).collect();
        let problem = format!("there is no group '{name}' in '{}': it has {}", before.name, names.join(", "));
        return Err(CliError::Input(problem));
    };
    let names: Vec<Name> = agreement.groups.iter().map(|group| group.name.clone()).collect();
    for other in names {
        if let Some(group) = agreement.groups.find_mut(&other).filter(|group| group.escalates_to.as_ref() == Some(name))
        {
            group.escalates_to = gone.escalates_to.clone().filter(|above| *above != other);
        }
    }
    agreement.check().map_err(|error| CliError::Input(error.to_string()))?;
    Ok(agreement)
}

/// Says whether a text drops a group that has not left.
async fn expels(before: &FederationAgreement, after: &FederationAgreement, ctx: &Ctx) -> Result<bool, CliError> {
    let known: Vec<FederationView> = ctx.client().get("/v1/federations").await?;
    let id = before.id().to_string();
    let left = |log: &str| {
        let groups = known.iter().filter(|federation| federation.federation == id).flat_map(|view| &view.groups);
        groups.into_iter().any(|group| group.group == log && group.left)
    };
    let mut dropped = before.logs().filter(|log| after.group(log).is_none());
    Ok(dropped.any(|log| !left(&log.to_string())))
}

/// Proposes to the group to open the matter.
async fn open(
    title: &str,
    agreement: &FederationAgreement,
    how: &MatterArgs,
    decide: &DecideArgs,
    ctx: &Ctx,
) -> Result<(), CliError> {
    let group = ctx.group(decide.group.as_deref(), &ctx.key()?).await?;
    let help = format!("Why '{title}'? All groups read it.");
    let why = ctx.text(Some(&decide.why), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    let draft = AmendmentDraft {
        group,
        agreement: hex_encode(&cbor::encode(agreement)),
        title: Some(title.to_owned()),
        text: why.text.clone(),
        dormant: how.dormant.clone(),
        by: how.by.clone(),
        overrides: how.overrides.clone(),
    };
    let drafted: DraftedMatter = ctx.client().post("/v1/amendments/drafts", &draft).await?;
    if !ctx.json {
        ctx.out.line(&matter::words::drafted(title, &drafted, ctx.out))?;
        ctx.out.line("")?;
    }
    propose::file(ctx, Some(&drafted.group_id), title, &why.text, vec![matter::effect(&drafted)?], None).await
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        federation::{FederatedGroup, Seat, Timing},
        id::Hash,
        key::SecretKey,
        table::Table,
    };

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    /// Who turned to a group that is gone turns to whom it turned to; nobody turns to itself.
    #[test]
    fn who_turned_to_an_expelled_group_turns_to_the_next() {
        let node = |byte: u8| SecretKey::from_seed([byte; 32]).public();
        let group = |called: &str, byte: u8, to: Option<&str>| FederatedGroup {
            name: name(called),
            log: Hash([byte; 32]).into(),
            node: node(byte),
            escalates_to: to.map(name),
            weight: 1,
        };
        let groups = vec![group("cook", 1, Some("hall")), group("hall", 2, Some("roof")), group("roof", 3, None)];
        let before = FederationAgreement {
            name: name("house"),
            purpose: "To live in it".into(),
            groups: Table::new(groups).unwrap(),
            panel: Table::new(vec![Seat { name: name("one"), node: node(9), addresses: Vec::new() }]).unwrap(),
            timing: Timing::default(),
            amends: None,
        };
        let after = without(&before, &name("hall")).unwrap();
        assert_eq!(after.groups.find(&name("cook")).unwrap().escalates_to, Some(name("roof")));
        assert_eq!((after.number(), after.groups.len()), (2, 2));
        let error = without(&before, &name("barn")).unwrap_err().to_string();
        assert!(error.contains("cook, hall, roof"), "{error}");
    }
}
