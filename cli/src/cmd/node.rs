//! `moot node`: run a node, and look at it.

mod background;

use std::sync::Arc;

use folkmoot_node::{
    Node, SetLogLevel,
    config::{Home, NodeConfig},
    control::view::{LogLevelRequest, NodeView, StoreView, Taken},
};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, reload::Error as ReloadError};

use super::{CliError, Ctx};
use crate::{
    client::escape,
    output::{short, table},
};

/// Run a node, and look at it
#[derive(Debug, clap::Subcommand)]
pub(crate) enum NodeCommand {
    /// Run the node of this home until it is told to stop
    Run {
        /// Listen here instead of where the configuration says; may be given several times
        #[arg(long)]
        listen: Vec<String>,
        /// Only witness: refuse to host groups
        #[arg(long)]
        witness: bool,
        /// What to log: error, warn, info, debug, or a filter like folkmoot_node=debug
        #[arg(long, env = "MOOT_LOG", default_value = "info")]
        log: String,
        /// End as soon as the node runs, and leave it running; it logs into node.log in its home. A server has a
        /// service manager for that
        #[arg(long)]
        background: bool,
    },
    /// Show what a running node holds
    Status,
    /// Change what the running node logs, until it stops
    LogLevel {
        /// error, warn, info, debug, or a filter like info,folkmoot_node=debug
        filter: String,
    },
    /// Say that nothing is missing from a group's log that was restored and has no witnesses who could say so
    ///
    /// A node that restored a backup, or lost its store, signs nothing for a log before its witnesses have reported
    /// how far it went. A group without witnesses has only you. If something was signed after the backup was made, the
    /// log forks and everybody who has the other entries stops following it.
    TrustStore {
        /// The group: its name or id
        group: String,
    },
}

/// Runs `moot node`.
///
/// # Errors
/// If the node cannot start, had to stop, or does not answer.
pub(crate) async fn run(command: NodeCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        NodeCommand::Run { listen, witness, log, background: true } => {
            background::start(&listen, witness, &log, ctx).await
        }
        NodeCommand::Run { listen, witness, log, background: false } => serve(listen, witness, &log, ctx).await,
        NodeCommand::Status => status(ctx).await,
        NodeCommand::LogLevel { filter } => log_level(filter, ctx).await,
        NodeCommand::TrustStore { group } => trust_store(&group, ctx).await,
    }
}

async fn serve(listen: Vec<String>, witness: bool, log: &str, ctx: &Ctx) -> Result<(), CliError> {
    let log_level = trace(log, ctx.json)?;
    let home = Home::new(&ctx.home);
    let mut config = NodeConfig::load(&home).map_err(folkmoot_node::NodeError::from)?;
    if !listen.is_empty() {
        config.listen = listen;
    }
    config.witness |= witness;
    // Before the node starts, so that an early signal is not lost.
    let mut term = signal(SignalKind::terminate())?;
    let opening = home.clone();
    let node =
        tokio::task::spawn_blocking(move || Node::open(opening, config).map(|node| node.with_log_level(log_level)))
            .await
            .map_err(|error| CliError::Failed(error.to_string()))??;
    let mut running = node.run().await?;
    let listening: Vec<String> = running.listening().iter().map(ToString::to_string).collect();
    let ready = json!({"event": "ready", "node": running.node(), "socket": home.socket(), "listening": listening});
    ctx.out
        .show(&ready, |_| format!("Node {} runs on {}. Stop it with Ctrl-C.", running.node(), home.path().display()))?;
    tokio::select! {
        _ = term.recv() => {}
        interrupt = tokio::signal::ctrl_c() => interrupt?,
        stopped = running.stopped() => return Ok(stopped?),
    }
    Ok(running.shut_down().await?)
}

/// Logs to standard error, as JSON where the output is; gives back what changes the filter.
fn trace(filter: &str, json: bool) -> Result<SetLogLevel, CliError> {
    let filter = EnvFilter::try_new(filter).map_err(|error| CliError::Input(format!("--log '{filter}': {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    Ok(if json {
        let log = log.json().with_filter_reloading();
        let handle = log.reload_handle();
        log.init();
        setter(move |filter| handle.reload(filter))
    } else {
        let log = log.with_ansi(false).with_filter_reloading();
        let handle = log.reload_handle();
        log.init();
        setter(move |filter| handle.reload(filter))
    })
}

fn setter(reload: impl Fn(EnvFilter) -> Result<(), ReloadError> + Send + Sync + 'static) -> SetLogLevel {
    Arc::new(move |text: &str| {
        let filter = EnvFilter::try_new(text).map_err(|error| format!("'{text}' is no filter: {error}"))?;
        reload(filter).map_err(|error| error.to_string())
    })
}

async fn log_level(filter: String, ctx: &Ctx) -> Result<(), CliError> {
    let set: LogLevelRequest = ctx.client().put("/log-level", &LogLevelRequest { filter }).await?;
    ctx.out.show(&set, |set| format!("The node logs by '{}' until it stops.", set.filter))?;
    Ok(())
}

async fn trust_store(group: &str, ctx: &Ctx) -> Result<(), CliError> {
    let taken: Taken = ctx.client().post(&format!("/v1/groups/{}/trust", escape(group)), &json!({})).await?;
    ctx.out.show(&json!({"group": taken.id}), |_| format!("The node signs for '{group}' again."))?;
    Ok(())
}

async fn status(ctx: &Ctx) -> Result<(), CliError> {
    let node: NodeView = ctx.client().get("/v1/status").await?;
    ctx.out.show(&node, |node| {
        let rows = node.groups.iter().map(|group| {
            let state = match &group.stopped {
                Some(_) => "stopped".to_owned(),
                None if group.catching_up.is_some() => "waits".into(),
                None if group.hosted => "hosted".into(),
                None => "followed".into(),
            };
            let sealed = group.seal.up_to.map_or("-".into(), |number| number.to_string());
            vec![
                group.name.clone(),
                short(&group.group).into(),
                state,
                group.number.to_string(),
                sealed,
                group.open.to_string(),
            ]
        });
        let stopped = node.groups.iter().filter_map(|group| {
            let reason = group.stopped.as_ref()?;
            Some(format!("\n'{}' is stopped: {reason}", group.name))
        });
        let waits = node.groups.iter().filter_map(|group| {
            let lack = group.catching_up.as_ref()?;
            Some(format!(
                "\n'{}': this node restored a backup or lost its store, and signs nothing for it: {}",
                group.name, lack.what
            ))
        });
        let other = node.not_ready.iter().filter(|reason| !reason.starts_with("catching-up"));
        let other = other.map(|reason| format!("\nnot ready: {reason}"));
        format!(
            "node      {}\nversion   {} (rules {}, store {})\nlistening {}\npeers     {}\nstore     {}\n\n{}{}",
            node.node,
            node.version,
            node.rules_version,
            node.store.format,
            node.listening.join("\n          "),
            node.peers.len(),
            disk(&node.store),
            table(&["group", "id", "state", "entry", "sealed", "open"], rows),
            stopped.chain(waits).chain(other).collect::<String>()
        )
    })?;
    Ok(())
}

/// What the store takes and what is left, in MiB.
fn disk(store: &StoreView) -> String {
    let mib = |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| (bytes >> 20).to_string());
    let most = store.max.map(|max| format!(" of {} MiB for others", max >> 20)).unwrap_or_default();
    format!("{} MiB{most}, {} MiB free", mib(store.used), mib(store.free))
}
