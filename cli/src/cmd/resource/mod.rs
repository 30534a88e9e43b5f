//! `moot resource`: what groups steward, who is promised what of it, and the terms under which: request, offer, counter,
//! accept, decline, release.

mod answer;
mod ask;
mod round;
mod round_words;
mod set;
mod state;
pub(crate) mod words;

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{DealView, ResourceView};
use serde_json::json;

pub(crate) use self::round::{is_id as is_round, show as show_round};
use self::{
    answer::{AnswerArgs, UseArgs},
    round::RoundCommand,
    set::SetArgs,
    state::{CounterArgs, OfferArgs, RequestArgs},
};
use super::{CliError, Ctx};
use crate::{
    client::{Client, ClientError, escape},
    complete,
};

/// Share what groups steward: see it, ask for it, agree about it
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ResourceCommand {
    /// List resources with what is left of them, and terms that are open
    List {
        /// Only those of this group, and terms that it has to accept
        #[arg(long, add = ArgValueCandidates::new(complete::groups))]
        group: Option<String>,
        /// Terms that have ended, too
        #[arg(long)]
        all: bool,
    },
    /// Show a resource with its ledger and its calendar; or terms, with what everybody said
    Show {
        /// GROUP/RESOURCE or the name of a resource; or the id of terms
        #[arg(add = ArgValueCandidates::new(complete::resources_and_terms))]
        what: String,
        /// How many weeks ahead the calendar looks
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=104))]
        weeks: u64,
    },
    /// Propose to your group to set what it stewards: what a flag leaves out stays as it is
    Set(Box<SetArgs>),
    /// Propose to your group to ask others for resources; says at once what is in the way
    Request(Box<RequestArgs>),
    /// Propose to your group to offer another one what it stewards, and to hold it for that
    Offer(Box<OfferArgs>),
    /// Propose to your group to state other terms in the place of some
    Counter(Box<CounterArgs>),
    /// Propose to your group to accept terms; what it promises is then held until they are in force
    Accept(AnswerArgs),
    /// Propose to your group to decline terms: that ends them for all
    Decline(AnswerArgs),
    /// Propose to your group to give up what was promised under terms in force
    Release(AnswerArgs),
    /// Propose to your group to say how much of what was promised is used by now
    Use(UseArgs),
    /// Propose to your group to state that terms in force were broken: others may then release without a breach
    Breach(AnswerArgs),
    /// Divide what is scarce by a declared rule: open a round, claim of one, see the shares
    #[command(subcommand)]
    Round(RoundCommand),
}

/// Runs `moot resource`.
///
/// # Errors
/// If something is missing, there are no such resource or terms, or the node refuses.
pub(crate) async fn run(command: ResourceCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        ResourceCommand::List { group, all } => list(group.as_deref(), all, ctx).await,
        ResourceCommand::Show { what, weeks } => show(&what, weeks, ctx).await,
        ResourceCommand::Set(args) => set::set(&args, ctx).await,
        ResourceCommand::Request(args) => state::request(&args, ctx).await,
        ResourceCommand::Offer(args) => state::offer(&args, ctx).await,
        ResourceCommand::Counter(args) => state::counter(&args, ctx).await,
        ResourceCommand::Accept(args) => answer::accept(&args, ctx).await,
        ResourceCommand::Decline(args) => answer::decline(&args, ctx).await,
        ResourceCommand::Release(args) => answer::release(&args, ctx).await,
        ResourceCommand::Use(args) => answer::uses(&args, ctx).await,
        ResourceCommand::Breach(args) => answer::breach(&args, ctx).await,
        ResourceCommand::Round(command) => round::run(command, ctx).await,
    }
}

/// Says whether a text is the id of terms, or the start of one.
pub(crate) fn is_id(text: &str) -> bool {
    text.strip_prefix('t').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Runs `moot resource show`, which is also `moot show` for terms.
///
/// # Errors
/// If there is nothing of that name, or the node does not answer.
pub(crate) async fn show(what: &str, weeks: u64, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    // A resource may be called like the start of an id: a name goes first.
    let found = match find(&client, what, weeks).await {
        Err(CliError::Input(problem)) if !is_id(what) => return Err(CliError::Input(problem)),
        Err(CliError::Input(_)) => {
            let view = terms(&client, what).await?;
            ctx.out.show(&view, |view| words::deal(view, ctx.out))?;
            return Ok(());
        }
        found => found?,
    };
    ctx.out.show(&found, |found| words::resource(found, ctx.out))?;
    Ok(())
}

async fn list(group: Option<&str>, all: bool, ctx: &Ctx) -> Result<(), CliError> {
    let client = ctx.client();
    let only = |sign: char| group.map(|group| format!("{sign}group={}", escape(group))).unwrap_or_default();
    let resources: Vec<ResourceView> = client.get(&format!("/v1/resources{}", only('?'))).await?;
    let deals: Vec<DealView> = client.get(&format!("/v1/deals?open={}{}", !all, only('&'))).await?;
    let value = json!({"resources": resources, "terms": deals});
    ctx.out.show(&value, |_| words::list(&resources, &deals, ctx.out))?;
    Ok(())
}

/// Terms by their id or the start of it.
///
/// # Errors
/// If there are none, or more than one.
pub(super) async fn terms(client: &Client, id: &str) -> Result<DealView, ClientError> {
    client.get(&format!("/v1/deals/{}", escape(id))).await
}

/// The resource that a path or a name means.
///
/// # Errors
/// If there is none, or more than one.
pub(super) async fn find(client: &Client, what: &str, weeks: u64) -> Result<ResourceView, CliError> {
    let all: Vec<ResourceView> = client.get(&format!("/v1/resources?weeks={weeks}")).await?;
    let is = |view: &&ResourceView| match what.split_once('/') {
        Some((group, name)) => {
            view.name == name && (view.group == group || group.len() > 1 && view.group_id.starts_with(group))
        }
        None => view.name == what,
    };
    let paths = |views: &mut dyn Iterator<Item = &ResourceView>| {
        views.map(|view| format!("{}/{}", view.group, view.name)).collect::<Vec<_>>().join(", ")
    };
    let found: Vec<&ResourceView> = all.iter().filter(is).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] if all.is_empty() => {
            Err(CliError::Input(format!("there is no resource '{what}' here, nor any other (moot resource set)")))
        }
        [] => Err(CliError::Input(format!("there is no resource '{what}' here: there are {}", paths(&mut all.iter())))),
        many => Err(CliError::Input(format!(
            "several groups have a resource '{what}': name one of {}",
            paths(&mut many.iter().copied())
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn terms_are_named_by_a_letter_and_digits() {
        assert!(["t1", "t12ab", "tABC"].into_iter().all(is_id));
        assert!(["t", "m12", "tools", "finance/t1", "12"].into_iter().all(|text| !is_id(text)));
    }
}
