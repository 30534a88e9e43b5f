//! Node processes in a temporary folder: started, killed, started again, and gone at the end.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use folkmoot_node::config::{Home, NodeConfig};
use folkmoot_protocol::{key::PublicKey, time::Span};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{client::Client, cmd::CliError};

/// How long something may take that should happen soon.
const PATIENCE: Duration = Duration::from_secs(60);

/// Nodes by name.
pub(super) struct Fleet {
    dir: tempfile::TempDir,
    nodes: BTreeMap<String, NodeProcess>,
}

/// One node.
pub(super) struct NodeProcess {
    name: String,
    home: Home,
    child: Option<Child>,
    /// Its identity.
    pub(super) key: PublicKey,
    /// Where it listens, with real ports.
    pub(super) listening: Vec<String>,
}

#[derive(Deserialize)]
struct Ready {
    node: PublicKey,
    listening: Vec<String>,
}

impl Fleet {
    /// Makes an empty fleet.
    pub(super) fn new() -> Result<Self, CliError> {
        // The system's own folder: a socket's path must stay short.
        let dir = tempfile::Builder::new().prefix("moot-").tempdir()?;
        Ok(Self { dir, nodes: BTreeMap::new() })
    }

    /// Starts a node with that name on free ports.
    pub(super) async fn start(&mut self, name: &str) -> Result<&NodeProcess, CliError> {
        let home = Home::new(self.dir.path().join(name));
        std::fs::create_dir_all(home.path())?;
        let config = NodeConfig {
            listen: vec!["/ip4/127.0.0.1/tcp/0".into(), "/ip4/127.0.0.1/udp/0/quic-v1".into()],
            sync_every: Span::from_millis(500),
            redial: Span::from_millis(500),
            ..NodeConfig::default()
        };
        let text = toml::to_string(&config).map_err(|error| CliError::Failed(error.to_string()))?;
        std::fs::write(home.config(), text)?;
        let (child, ready) = spawn(&home, &[]).await?;
        let node = NodeProcess {
            name: name.to_owned(),
            home,
            child: Some(child),
            key: ready.node,
            listening: ready.listening,
        };
        self.nodes.insert(name.to_owned(), node);
        self.node(name)
    }

    /// A node by name.
    pub(super) fn node(&self, name: &str) -> Result<&NodeProcess, CliError> {
        self.nodes.get(name).ok_or_else(|| CliError::Failed(format!("there is no node '{name}'")))
    }

    /// The control client of a node.
    pub(super) fn client(&self, name: &str) -> Result<Client, CliError> {
        Ok(self.node(name)?.client())
    }

    /// All nodes that run.
    pub(super) fn running(&self) -> impl Iterator<Item = &NodeProcess> {
        self.nodes.values().filter(|node| node.child.is_some())
    }

    /// Ends a node as a power cut would: SIGKILL.
    pub(super) async fn kill(&mut self, name: &str) -> Result<(), CliError> {
        if let Some(mut child) = self.nodes.get_mut(name).and_then(|node| node.child.take()) {
            child.kill().await?;
        }
        Ok(())
    }

    /// Starts a node again where it was, on the same ports.
    pub(super) async fn restart(&mut self, name: &str) -> Result<(), CliError> {
        let Some(node) = self.nodes.get_mut(name) else { return Ok(()) };
        let (child, _) = spawn(&node.home, &node.listening).await?;
        node.child = Some(child);
        Ok(())
    }

    /// Tells a node to stop, and waits until it has: it says goodbye to the others.
    pub(super) async fn stop(&mut self, name: &str) -> Result<(), CliError> {
        let Some(node) = self.nodes.get_mut(name) else { return Ok(()) };
        node.tell_to_stop();
        node.stopped().await
    }

    /// Tells all nodes to stop, and waits until they have.
    pub(super) async fn stop_all(&mut self) -> Result<(), CliError> {
        for node in self.nodes.values() {
            node.tell_to_stop();
        }
        for node in self.nodes.values_mut() {
            node.stopped().await?;
        }
        Ok(())
    }

    /// The most memory that each running node has used, in KiB.
    pub(super) fn memory(&self) -> BTreeMap<String, u64> {
        let peak = |pid: u32| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?.to_owned();
            line.split_whitespace().nth(1)?.parse().ok()
        };
        self.running().filter_map(|node| Some((node.name.clone(), peak(node.child.as_ref()?.id()?)?))).collect()
    }
}

impl NodeProcess {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its control client.
    pub(super) fn client(&self) -> Client {
        Client::new(self.home.socket())
    }

    /// The folder of its own keys.
    pub(super) fn keys(&self) -> PathBuf {
        self.home.keys()
    }

    fn tell_to_stop(&self) {
        if let Some(child) = &self.child
            && let Some(pid) = child.id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()))
        {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    async fn stopped(&mut self) -> Result<(), CliError> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        tokio::time::timeout(PATIENCE, child.wait())
            .await
            .map_err(|_| CliError::Failed(format!("node {} does not stop", self.name)))??;
        Ok(())
    }

    /// The end of what it logged, for a failure's message.
    fn last_words(home: &Path) -> String {
        let log = std::fs::read_to_string(home.join("node.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

async fn spawn(home: &Home, listen: &[String]) -> Result<(Child, Ready), CliError> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(home.path().join("node.log"))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("node").arg("run").arg("--json").arg("--home").arg(home.path());
    for address in listen {
        command.arg("--listen").arg(address);
    }
    command.env_remove("MOOT_NODE").env_remove("MOOT_HOME");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
    let mut child = command.spawn()?;
    let failed = || CliError::Failed(format!("a node did not start: {}", NodeProcess::last_words(home.path())));
    let stdout = child.stdout.take().ok_or_else(failed)?;
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.map_err(|_| failed())??.ok_or_else(failed)?;
    Ok((child, serde_json::from_str(&line).map_err(|_| failed())?))
}

/// Waits until `holds`, looking again after each event of the node.
///
/// # Errors
/// If it does not hold after a minute.
pub(super) async fn until(
    client: &Client,
    what: &str,
    mut holds: impl AsyncFnMut(&Client) -> Result<bool, CliError>,
) -> Result<(), CliError> {
    let mut events = client.events().await?;
    let wait = async {
        // What happened before the subscription shows in the first look.
        while !holds(client).await? {
            events.next().await?;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| Err(CliError::Failed(format!("waited in vain for: {what}"))))
}
