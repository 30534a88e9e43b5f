//! Completion in the shell: commands and flags from their definitions; ids and names by asking the node.
//!
//! The scripts of `moot completions` call `moot` itself with a variable set. Whoever presses tab waits for it, so a node
//! that does not answer at once is left out.

use std::{path::PathBuf, time::Duration};

use clap::CommandFactory as _;
use clap_complete::{
    CompleteEnv, CompletionCandidate,
    env::{Bash, EnvCompleter, Fish, Zsh},
};
use folkmoot_node::{
    config::{Home, default_home},
    control::view::{DealView, GroupView, MatterView, ProposalView, ResourceView, RoundView},
};
use folkmoot_protocol::charter::Charter;
use serde::de::DeserializeOwned;

use crate::{args::Args, client::Client, cmd::CliError, identity::Identities, output::short};

/// The variable by which a script asks.
const VARIABLE: &str = "MOOT_COMPLETE";
/// How long a person who pressed tab waits for the node.
const PATIENCE: Duration = Duration::from_millis(500);

/// The shells that there are scripts for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Shell {
    /// Bash: source <(moot completions bash)
    Bash,
    /// Zsh: source <(moot completions zsh)
    Zsh,
    /// Fish: moot completions fish | source
    Fish,
}

/// Answers a script that asks, and then ends the program; does nothing otherwise.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Args::command).var(VARIABLE).complete();
}

/// Prints the script for a shell.
///
/// # Errors
/// If standard output is gone.
pub(crate) fn script(shell: Shell) -> Result<(), CliError> {
    let shell: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    Ok(shell.write_registration(VARIABLE, "moot", "moot", "moot", &mut std::io::stdout().lock())?)
}

/// The proposals that the node knows, by the start of their ids.
pub(crate) fn proposals() -> Vec<CompletionCandidate> {
    let of = |view: ProposalView| CompletionCandidate::new(short(&view.proposal)).help(Some(view.title.into()));
    ask::<Vec<ProposalView>>("/v1/proposals?open=true").into_iter().flatten().map(of).collect()
}

/// The matters that the node knows, by the start of their ids.
pub(crate) fn matters() -> Vec<CompletionCandidate> {
    let of = |view: MatterView| CompletionCandidate::new(short(&view.matter)).help(Some(view.title.into()));
    ask::<Vec<MatterView>>("/v1/matters?open=true").into_iter().flatten().map(of).collect()
}

/// The resources that groups here steward, as paths.
pub(crate) fn resources() -> Vec<CompletionCandidate> {
    let of = |view: ResourceView| {
        CompletionCandidate::new(format!("{}/{}", view.group, view.name)).help(Some(view.purpose.into()))
    };
    ask::<Vec<ResourceView>>("/v1/resources").into_iter().flatten().map(of).collect()
}

/// The terms that the node knows and that have not ended, by the start of their ids.
pub(crate) fn terms() -> Vec<CompletionCandidate> {
    let ended = ["countered", "lapsed", "declined", "ended"];
    let of = |view: DealView| CompletionCandidate::new(short(&view.terms)).help(Some(view.title.into()));
    let known = ask::<Vec<DealView>>("/v1/deals").into_iter().flatten();
    known.filter(|view| !ended.contains(&view.state.as_str())).map(of).collect()
}

/// The rounds of which something may still come, by the start of their ids.
pub(crate) fn rounds() -> Vec<CompletionCandidate> {
    let of = |view: RoundView| CompletionCandidate::new(short(&view.round)).help(Some(view.title.into()));
    ask::<Vec<RoundView>>("/v1/rounds?open=true").into_iter().flatten().map(of).collect()
}

/// What `moot resource show` takes.
pub(crate) fn resources_and_terms() -> Vec<CompletionCandidate> {
    resources().into_iter().chain(terms()).collect()
}

/// What `moot why` takes: proposals and matters.
pub(crate) fn reasons() -> Vec<CompletionCandidate> {
    proposals().into_iter().chain(matters()).collect()
}

/// The domains of all groups here, as paths: what `moot who` takes beside words.
pub(crate) fn paths() -> Vec<CompletionCandidate> {
    let mut found = Vec::new();
    for group in ask::<Vec<GroupView>>("/v1/groups").into_iter().flatten() {
        let charter = ask::<Charter>(&format!("/v1/groups/{}/charter", group.group));
        let domains = charter.into_iter().flat_map(|charter| charter.domains.iter().cloned().collect::<Vec<_>>());
        found.extend(domains.map(|domain| CompletionCandidate::new(format!("{}/{}", group.name, domain.name))));
    }
    found
}

/// What `moot show` takes: proposals, and the parts of the charter of the node's only group.
pub(crate) fn shown() -> Vec<CompletionCandidate> {
    let groups: Vec<GroupView> = ask("/v1/groups").unwrap_or_default();
    let charter = match groups.as_slice() {
        [one] => ask::<Charter>(&format!("/v1/groups/{}/charter", one.group)),
        _ => None,
    };
    let mut found = proposals();
    found.extend(matters());
    found.extend(terms());
    found.extend(rounds());
    if let Some(charter) = charter {
        let domains =
            charter.domains.iter().flat_map(|one| [format!("domain:{}", one.name), format!("rule:{}", one.name)]);
        let roles = charter.roles.iter().map(|one| format!("role:{}", one.name));
        let members = charter.members.iter().map(|one| format!("member:{}", one.name));
        found.extend(domains.chain(roles).chain(members).map(CompletionCandidate::new));
    }
    found
}

/// The groups whose logs the node holds.
pub(crate) fn groups() -> Vec<CompletionCandidate> {
    let of = |group: GroupView| CompletionCandidate::new(group.name);
    ask::<Vec<GroupView>>("/v1/groups").into_iter().flatten().map(of).collect()
}

/// The keys of this home.
pub(crate) fn identities() -> Vec<CompletionCandidate> {
    let listing = home().and_then(|home| Identities::open(&home).list().ok());
    let identities = listing.into_iter().flat_map(|listing| listing.identities);
    identities.map(|identity| CompletionCandidate::new(identity.name.to_string())).collect()
}

/// Asks the node; nobody at the prompt wants to read an error.
fn ask<T: DeserializeOwned>(path: &str) -> Option<T> {
    let socket = option("--node", "MOOT_NODE").or_else(|| Some(Home::new(home()?).socket()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let answer = async { tokio::time::timeout(PATIENCE, Client::new(socket).get(path)).await };
    runtime.block_on(answer).ok()?.ok()
}

fn home() -> Option<PathBuf> {
    option("--home", "MOOT_HOME").or_else(default_home)
}

/// What the line that is completed says, else the environment.
fn option(flag: &str, variable: &str) -> Option<PathBuf> {
    let words: Vec<_> = std::env::args_os().collect();
    let given = words.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].clone());
    given.or_else(|| std::env::var_os(variable)).filter(|value| !value.is_empty()).map(PathBuf::from)
}
