//! `moot node`: run a node, and look at it.

use folkmoot_node::{
    Node,
    config::{Home, NodeConfig},
    control::view::NodeView,
};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, Ctx};
use crate::output::{short, table};

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
    },
    /// Show what a running node holds
    Status,
}

/// Runs `moot node`.
///
/// # Errors
/// If the node cannot start, had to stop, or does not answer.
pub(crate) async fn run(command: NodeCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        NodeCommand::Run { listen, witness, log } => serve(listen, witness, &log, ctx).await,
        NodeCommand::Status => status(ctx).await,
    }
}

async fn serve(listen: Vec<String>, witness: bool, log: &str, ctx: &Ctx) -> Result<(), CliError> {
    trace(log, ctx.json)?;
    let home = Home::new(&ctx.home);
    let mut config = NodeConfig::load(&home).map_err(folkmoot_node::NodeError::from)?;
    if !listen.is_empty() {
        config.listen = listen;
    }
    config.witness |= witness;
    // Before the node starts, so that an early signal is not lost.
    let mut term = signal(SignalKind::terminate())?;
    let opening = home.clone();
    let node = tokio::task::spawn_blocking(move || Node::open(opening, config))
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

/// Logs to standard error, as JSON where the output is.
fn trace(filter: &str, json: bool) -> Result<(), CliError> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .map_err(|error| CliError::Input(format!("--log '{filter}': {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        log.json().init()
    } else {
        log.with_ansi(false).init()
    }
    Ok(())
}

async fn status(ctx: &Ctx) -> Result<(), CliError> {
    let node: NodeView = ctx.client().get("/v1/status").await?;
    ctx.out.show(&node, |node| {
        let rows = node.groups.iter().map(|group| {
            let state = match &group.stopped {
                Some(_) => "stopped".to_owned(),
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
        format!(
            "node      {}\nversion   {} (rules {})\nlistening {}\npeers     {}\n\n{}{}",
            node.node,
            node.version,
            node.rules_version,
            node.listening.join("\n          "),
            node.peers.len(),
            table(&["group", "id", "state", "entry", "sealed", "open"], rows),
            stopped.collect::<String>()
        )
    })?;
    Ok(())
}
