//! `moot federation`: found and show federations.

use std::path::PathBuf;

use folkmoot_node::control::view::{FederationRequest, FederationView, Taken};
use folkmoot_protocol::{cbor, effect::Effect, federation::RawAgreement, id::hex_encode};

use super::{CliError, Ctx, propose, read_toml};
use crate::output::{short, table};

/// Found and show federations
#[derive(Debug, clap::Subcommand)]
pub(crate) enum FederationCommand {
    /// Propose to your group to found a federation with the groups that a file names
    Found {
        /// The agreement file; every group proposes the same one
        file: PathBuf,
        /// The group, if you belong to several here
        #[arg(long)]
        group: Option<String>,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Tell this node of a federation in which it has a seat but no group
    Follow {
        /// The agreement file
        file: PathBuf,
    },
    /// Show the federations that this node knows
    Show,
}

/// Runs `moot federation`.
///
/// # Errors
/// If the agreement cannot stand, or the node refuses.
pub(crate) async fn run(command: FederationCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        FederationCommand::Found { file, group, why } => {
            let agreement = read_agreement(&file)?;
            let title = format!("Found the federation '{}'", agreement.name);
            propose::file(ctx, group.as_deref(), &title, &why, vec![Effect::Federate(agreement)], None).await
        }
        FederationCommand::Follow { file } => {
            let agreement = read_agreement(&file)?;
            let request = FederationRequest { agreement: hex_encode(&cbor::encode(&agreement)), comes: false };
            let taken: Taken = ctx.client().post("/v1/federations", &request).await?;
            ctx.out
                .show(&taken, |_| format!("This node follows '{}' ({}).", agreement.name, agreement.id().short()))?;
            Ok(())
        }
        FederationCommand::Show => show(ctx).await,
    }
}

fn read_agreement(file: &std::path::Path) -> Result<folkmoot_protocol::federation::FederationAgreement, CliError> {
    let raw: RawAgreement = read_toml(file)?;
    raw.resolve().map_err(|error| CliError::Input(format!("{}: {error}", file.display())))
}

async fn show(ctx: &Ctx) -> Result<(), CliError> {
    let federations: Vec<FederationView> = ctx.client().get("/v1/federations").await?;
    ctx.out.show(&federations, |federations| {
        if federations.is_empty() {
            return "This node knows no federation yet (moot federation found FILE).".into();
        }
        federations.iter().map(|federation| words(federation, ctx)).collect::<Vec<_>>().join("\n\n")
    })?;
    Ok(())
}

fn words(federation: &FederationView, ctx: &Ctx) -> String {
    let exists = if federation.exists { "exists: every group's consent is sealed" } else { "does not exist yet" };
    let groups = federation.groups.iter().map(|group| {
        let state = match (group.consents, group.sealed) {
            (true, true) => "consents, sealed",
            (true, false) => "consents, not yet sealed",
            (false, _) if group.held => "has not decided",
            (false, _) => "not heard of yet",
        };
        vec![
            group.name.clone(),
            short(&group.group).into(),
            state.into(),
            group.escalates_to.clone().unwrap_or_default(),
        ]
    });
    let panel = federation.panel.iter().map(|seat| {
        let state = if seat.connected { "connected" } else { "away" };
        vec![seat.name.clone(), seat.node.clone(), state.into()]
    });
    format!(
        "{} ({}) {exists}\n{}\n{}\n\n{}\n\n{}",
        ctx.out.bold(&federation.name),
        short(&federation.federation),
        federation.purpose,
        federation.withstands,
        table(&["group", "id", "state", "escalates to"], groups),
        table(&["seat", "node", "state"], panel)
    )
}
