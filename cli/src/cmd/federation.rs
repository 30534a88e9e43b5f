//! `moot federation`: found, join, change, leave and show federations.

mod amend;
mod owed;
mod panel;
mod show;
mod weights;

use std::path::PathBuf;

use folkmoot_node::{
    clock,
    control::view::{
        FederationRequest, FederationTextView, FederationView, GroupView, InviteRequest, JoinRequest, JoinView, Taken,
        TicketView,
    },
};
use folkmoot_protocol::{
    cbor,
    effect::Effect,
    federation::{FederationAgreement, RawAgreement, Ticket},
    id::{hex_decode_vec, hex_encode},
    limits::ENTRY_BYTES,
    time::RawDate,
};

use super::{CliError, Ctx, propose, read_toml};
use crate::{
    client::{ClientError, escape},
    output::{local, short},
};

/// What a proposal about federations needs.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DecideArgs {
    /// The group, if you belong to several here
    #[arg(long)]
    group: Option<String>,
    /// Why
    #[arg(long)]
    why: String,
    /// The federation, if this node knows several: its name or id
    #[arg(long)]
    federation: Option<String>,
}

/// Found, join, change, leave and show federations
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
        /// The agreement file, or a ticket
        from: String,
        /// This node has no place in it yet: a group of it moves here, or it is to get a seat
        #[arg(long)]
        moving: bool,
    },
    /// Make a ticket for a node that is to join
    Invite {
        /// The only node that it is good for, as `moot node status` prints it there; left out, the first that shows it
        #[arg(long = "for", value_name = "NODE")]
        peer: Option<String>,
        /// How long it is good
        #[arg(long, default_value = "7d")]
        expires: String,
        /// Where this node is reached from there; may be given several times
        #[arg(long)]
        address: Vec<String>,
        /// The federation, if this node knows several: its name or id
        #[arg(long)]
        federation: Option<String>,
    },
    /// Ask with a ticket that a group of this node may join
    Join {
        /// The ticket
        ticket: String,
        /// The group, if this node hosts several
        #[arg(long)]
        group: Option<String>,
        /// The name that it is to have in the federation, if another than its own
        #[arg(long)]
        name: Option<String>,
    },
    /// Propose to your group to take a group in that asks to join
    Admit {
        /// The name of the group that asks
        name: String,
        #[command(flatten)]
        decide: DecideArgs,
    },
    /// Propose to your group to consent to a version under way; a group that it takes in joins by it
    Consent {
        /// The version: the start of its hash, as `moot federation show` prints it
        version: String,
        #[command(flatten)]
        decide: DecideArgs,
    },
    /// Propose to your group another text of the agreement: a matter with all groups, if each alone may not decide it
    Amend(amend::AmendArgs),
    /// Propose to your group to open a matter that expels a group
    Expel(amend::ExpelArgs),
    /// Propose to your group to leave its federation
    Leave {
        /// From when on, as 2027-01-31 or +60d; left out, when the agreement's notice has run
        #[arg(long)]
        from: Option<String>,
        /// The group, if you belong to several here
        #[arg(long)]
        group: Option<String>,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Show the nodes that are known: seats, groups, who is connected
    Peers,
    /// Show the federations that this node knows
    Show {
        /// Only this one: its name, its id, or the start of that
        federation: Option<String>,
    },
}

/// Runs `moot federation`.
///
/// # Errors
/// If the agreement cannot stand, or the node refuses.
pub(crate) async fn run(command: FederationCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        FederationCommand::Found { file, group, why } => {
            let agreement = read_agreement(&file)?;
            if !ctx.json {
                ctx.out.line(&format!("{}\n{}", panel::words(&agreement), weights::words(&agreement)))?;
            }
            let title = format!("Found the federation '{}'", agreement.name);
            propose::file(ctx, group.as_deref(), &title, &why, vec![Effect::Federate(agreement)], None).await
        }
        FederationCommand::Follow { from, moving } => follow(&from, moving, ctx).await,
        FederationCommand::Invite { peer, expires, address, federation } => {
            let request = InviteRequest { federation, peer, expires: Some(expires), addresses: address };
            invite(&request, ctx).await
        }
        FederationCommand::Join { ticket, group, name } => join(ticket, group, name, ctx).await,
        FederationCommand::Admit { name, decide } => {
            let agreement = text(&decide, &format!("admits={}", escape(&name)), ctx).await?;
            let title = format!("Take '{name}' into '{}'", agreement.name);
            consent(agreement, &title, &decide, ctx).await
        }
        FederationCommand::Consent { version, decide } => {
            let agreement = text(&decide, &format!("version={}", escape(&version)), ctx).await?;
            let title = format!("Consent to version {} of '{}'", agreement.number(), agreement.name);
            consent(agreement, &title, &decide, ctx).await
        }
        FederationCommand::Amend(args) => amend::amend(&args, ctx).await,
        FederationCommand::Expel(args) => amend::expel(&args, ctx).await,
        FederationCommand::Leave { from, group, why } => leave(from, group, &why, ctx).await,
        FederationCommand::Peers => show::peers(ctx).await,
        FederationCommand::Show { federation } => show::federations(federation.as_deref(), ctx).await,
    }
}

async fn follow(from: &str, moving: bool, ctx: &Ctx) -> Result<(), CliError> {
    if from.parse::<Ticket>().is_ok() {
        let request = JoinRequest { ticket: from.to_owned(), comes: moving, ..JoinRequest::default() };
        let followed: JoinView = ctx.client().post("/v1/joins", &request).await?;
        ctx.out.show(&followed, |view| {
            format!("This node follows '{}' ({}).", view.agreement.name, short(&view.agreement.federation))
        })?;
        return Ok(());
    }
    let agreement = read_agreement(std::path::Path::new(from))?;
    let request = FederationRequest { agreement: hex_encode(&cbor::encode(&agreement)), comes: moving };
    let taken: Taken = ctx.client().post("/v1/federations", &request).await?;
    ctx.out.show(&taken, |_| format!("This node follows '{}' ({}).", agreement.name, agreement.id().short()))?;
    Ok(())
}

async fn invite(request: &InviteRequest, ctx: &Ctx) -> Result<(), CliError> {
    let ticket: TicketView = ctx.client().post("/v1/tickets", request).await?;
    ctx.out.show(&ticket, |ticket| {
        let whom = match &ticket.peer {
            Some(peer) => format!("for the node {peer}"),
            None => "for the first node that shows it: send it where nobody else reads it".into(),
        };
        format!(
            "{}\n\nGood until {} and once, {whom}.\nThere: moot federation join TICKET",
            ticket.ticket,
            local(&ticket.expires)
        )
    })?;
    Ok(())
}

async fn join(ticket: String, group: Option<String>, name: Option<String>, ctx: &Ctx) -> Result<(), CliError> {
    let group = match group {
        Some(group) => group,
        None => only_hosted(ctx).await?.group,
    };
    let request = JoinRequest { ticket, group: Some(group), name, comes: true };
    let joined: JoinView = ctx.client().post("/v1/joins", &request).await?;
    ctx.out.show(&joined, |view| {
        let name = view.name.as_deref().unwrap_or_default();
        format!(
            "Asked '{}' ({}) to take '{name}' in.\nThere: moot federation admit {name}\n\
             Here, when a group has consented: moot inbox",
            view.agreement.name,
            short(&view.agreement.federation)
        )
    })?;
    Ok(())
}

async fn leave(from: Option<String>, group: Option<String>, why: &str, ctx: &Ctx) -> Result<(), CliError> {
    let named = ctx.group(group.as_deref(), &ctx.key()?).await?;
    let groups: Vec<GroupView> = ctx.client().get("/v1/groups").await?;
    let group = groups.into_iter().find(|group| group.name == named || group.group.starts_with(&named));
    let federation = group.as_ref().and_then(|group| group.federation.as_ref());
    let name = group.as_ref().map_or(&named, |group| &group.name);
    let federation = federation.ok_or_else(|| {
        CliError::Input(format!("'{name}' belongs to no federation (moot federation show lists them)"))
    })?;
    if let Some(group) = group.as_ref().filter(|_| !ctx.json) {
        ctx.out.line(&format!("{}\n", owed::words(&group.name, &owed::owed(&group.group, ctx).await?)))?;
    }
    let federation = federation.parse().map_err(|error| ClientError::Answer(format!("{error}")))?;
    let now = clock::now();
    let from = from.map(|text| RawDate(text).resolve(now)).transpose();
    let from = from.map_err(|error| CliError::Input(error.to_string()))?.unwrap_or(now);
    let title = "Leave the federation";
    propose::file(ctx, Some(&named), title, why, vec![Effect::Leave { federation, from }], None).await
}

async fn consent(agreement: FederationAgreement, title: &str, decide: &DecideArgs, ctx: &Ctx) -> Result<(), CliError> {
    let effects = vec![Effect::Federate(agreement)];
    propose::file(ctx, decide.group.as_deref(), title, &decide.why, effects, None).await
}

/// The text of a version, from the node.
async fn text(decide: &DecideArgs, query: &str, ctx: &Ctx) -> Result<FederationAgreement, CliError> {
    let client = ctx.client();
    let federation = match &decide.federation {
        Some(named) => named.clone(),
        None => {
            let known: Vec<FederationView> = client.get("/v1/federations").await?;
            match known.as_slice() {
                [one] => one.federation.clone(),
                [] => return Err(CliError::Input("this node knows no federation".into())),
                many => {
                    let names: Vec<&str> = many.iter().map(|federation| federation.name.as_str()).collect();
                    return Err(CliError::Input(format!("say which federation: --federation {}", names.join(" | "))));
                }
            }
        }
    };
    fetched(&format!("/v1/federations/{}/agreement?{query}", escape(&federation)), ctx).await
}

/// The text of a federation that is in force here.
///
/// # Errors
/// If the node knows no such federation.
pub(crate) async fn in_force(federation: &str, ctx: &Ctx) -> Result<FederationAgreement, CliError> {
    fetched(&format!("/v1/federations/{}/agreement", escape(federation)), ctx).await
}

async fn fetched(path: &str, ctx: &Ctx) -> Result<FederationAgreement, CliError> {
    let view: FederationTextView = ctx.client().get(path).await?;
    let bytes = hex_decode_vec(&view.agreement).unwrap_or_default();
    Ok(cbor::decode(&bytes, ENTRY_BYTES).map_err(|error| ClientError::Answer(error.to_string()))?)
}

async fn only_hosted(ctx: &Ctx) -> Result<GroupView, CliError> {
    let groups: Vec<GroupView> = ctx.client().get("/v1/groups").await?;
    let mut hosted: Vec<GroupView> = groups.into_iter().filter(|group| group.hosted).collect();
    match (hosted.pop(), hosted.as_slice()) {
        (Some(one), []) => Ok(one),
        (None, _) => Err(CliError::Input("this node hosts no group: found one first (moot group found)".into())),
        (Some(last), others) => {
            let names: Vec<&str> = others.iter().chain([&last]).map(|group| group.name.as_str()).collect();
            Err(CliError::Input(format!("this node hosts several groups: --group {}", names.join(" | --group "))))
        }
    }
}

fn read_agreement(file: &std::path::Path) -> Result<FederationAgreement, CliError> {
    let raw: RawAgreement = read_toml(file)?;
    raw.resolve().map_err(|error| CliError::Input(format!("{}: {error}", file.display())))
}
