//! Opening a home and running the node in it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use folkmoot_protocol::{
    key::PublicKey,
    machine::{Machine, Settings},
    name::Name,
    time::Span,
};
use rustix::fs::{FlockOperation, flock};
use thiserror::Error;
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    task::JoinHandle,
};
use tracing::info;

use crate::{
    config::{ConfigError, Home, NodeConfig},
    control::{Api, ControlError, OwnerListener, SetLogLevel, monitoring, router},
    disk::Watch,
    keystore::{KeyStore, KeyStoreError},
    metrics::Metrics,
    net::{self, Multiaddr, NetConfig, NetError},
    records::{Records, RecordsError},
    run::Loop,
    store::{SledStore, StoreError},
};

/// Commands that may wait for the loop before whoever calls does.
const COMMANDS: usize = 256;
/// Events that a slow watcher may fall behind before it misses some.
const EVENTS: usize = 4096;

/// Says why a node cannot start or had to stop.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The home cannot be used.
    #[error("cannot use the home {path}")]
    Home {
        /// The home.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A node runs there already.
    #[error("a node runs on {path} already (process {pid}): stop that one first, or use another home (--home)")]
    Running {
        /// The home.
        path: PathBuf,
        /// The other's process id.
        pid: String,
    },
    /// An address of the configuration is not one.
    #[error("'{0}' is not an address: write it like /ip4/0.0.0.0/tcp/4150")]
    Address(String),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The node's keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The records cannot be used.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The network cannot be started.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The control socket cannot be opened.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// Metrics cannot be offered.
    #[error("cannot listen on {address} for metrics: choose another address (metrics in node.toml)")]
    Metrics {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// It is to witness only, and hosts a group.
    #[error("this node hosts '{0}', so it cannot only witness: leave --witness out, or move the group first")]
    Hosts(Name),
    /// A part of the node broke down.
    #[error("a part of the node broke down: {0}; this is a bug")]
    Broken(String),
}

/// A home that is locked and whose records were read, ready to run.
pub struct Node {
    home: Home,
    config: NodeConfig,
    keys: KeyStore,
    machine: Machine,
    records: Records,
    log_level: Option<SetLogLevel>,
    lock: File,
}

/// A node that runs.
#[derive(Debug)]
pub struct Running {
    node: PublicKey,
    listening: Vec<Multiaddr>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), RecordsError>>,
    api: JoinHandle<()>,
    stop_api: oneshot::Sender<()>,
    /// Ends with the node.
    _monitored: Option<AbortOnDrop>,
    _lock: File,
}

impl Node {
    /// Locks a home, opens its store and replays what is in it.
    ///
    /// # Errors
    /// If another node runs there, or something in it cannot be used; then nothing was changed.
    pub fn open(home: Home, config: NodeConfig) -> Result<Self, NodeError> {
        let lock = lock_home(&home)?;
        let keys = KeyStore::open(home.keys())?;
        let settings = Settings { sync_every: config.sync_every, skew: config.skew, witness_only: config.witness };
        let new = !keys.has_node()?;
        let mut machine = Machine::new(keys.node()?, settings);
        keys.log_keys()?.into_iter().for_each(|key| machine.add_key(key));
        let records = Records::new(Arc::new(SledStore::open(&home.store())?));
        if new {
            // An identity that is as new as the store cannot have signed anything that is not in it.
            records.mark_intact(&machine.node())?;
        }
        records.restore(&mut machine)?;
        if let Some(group) = config.witness.then(|| hosted(&machine)).flatten() {
            return Err(NodeError::Hosts(group));
        }
        Ok(Self { home, config, keys, machine, records, log_level: None, lock })
    }

    /// Lets the control API change what this program logs.
    #[must_use]
    pub fn with_log_level(mut self, set: SetLogLevel) -> Self {
        self.log_level = Some(set);
        self
    }

    /// Listens to peers and to the control socket, and runs.
    ///
    /// # Errors
    /// If an address or the socket cannot be listened on.
    pub async fn run(self) -> Result<Running, NodeError> {
        let node = self.machine.node();
        let net = net::spawn(net_config(&self.home, &self.config, self.keys.node()?.seed())?).await?;
        let listening = net.0.listening();
        let listener = OwnerListener::bind(&self.home.run(), &self.home.socket())?;
        let (commands, received) = mpsc::channel(COMMANDS);
        let (events, _) = broadcast::channel(EVENTS);
        let keys = Arc::new(self.keys);
        let metrics = Arc::new(Metrics::new());
        let max_disk = self.config.max_disk_mib.map(|mib| mib.saturating_mul(1 << 20));
        let disk = Watch::new(self.home.store(), max_disk);
        let api = Api {
            commands,
            records: self.records.clone(),
            keys,
            events: events.clone(),
            node,
            home: self.home.clone(),
            metrics: metrics.clone(),
            log_level: self.log_level,
            max_disk,
            announce: self.config.announce.clone().into(),
            witness_only: self.config.witness,
        };
        let monitored = match self.config.metrics {
            Some(address) => Some(monitor(address, api.clone()).await?),
            None => None,
        };
        let (stop, stopped) = oneshot::channel();
        let (stop_api, api_stopped) = oneshot::channel::<()>();
        let (net, net_events, _net_task) = net;
        let task = tokio::spawn(
            Loop::new(self.machine, self.records, (net, net_events), received, events, metrics, disk).run(stopped),
        );
        let api = tokio::spawn(async move {
            let wait = async move { drop(api_stopped.await) };
            if let Err(error) = axum::serve(listener, router(api)).with_graceful_shutdown(wait).await {
                tracing::error!(%error, "the control API stopped");
            }
        });
        for address in &listening {
            info!(%address, "listening");
        }
        info!(node = %node, socket = %self.home.socket().display(), "running");
        Ok(Running { node, listening, stop, task, api, stop_api, _monitored: monitored, _lock: self.lock })
    }
}

/// A task that ends when nobody holds this any more.
#[derive(Debug)]
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Lets monitoring read over TCP.
async fn monitor(address: SocketAddr, api: Api) -> Result<AbortOnDrop, NodeError> {
    let error = |source| NodeError::Metrics { address, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(error)?;
    info!(address = %listener.local_addr().map_err(error)?, "metrics");
    Ok(AbortOnDrop(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, monitoring(api)).await {
            tracing::error!(%error, "metrics stopped");
        }
    })))
}

impl Running {
    /// The node's identity.
    pub fn node(&self) -> PublicKey {
        self.node
    }

    /// Where it listens.
    pub fn listening(&self) -> &[Multiaddr] {
        &self.listening
    }

    /// Waits until the node stops by itself: only when its store fails.
    ///
    /// # Errors
    /// Why it stopped.
    pub async fn stopped(&mut self) -> Result<(), NodeError> {
        (&mut self.task).await.map_err(|panic| NodeError::Broken(panic.to_string()))?.map_err(NodeError::from)
    }

    /// Stops it: what was taken is finished, what comes is refused.
    ///
    /// # Errors
    /// If the store failed on the way.
    pub async fn shut_down(self) -> Result<(), NodeError> {
        // The loop may have ended by itself; then there is nobody to tell.
        let _ = self.stop.send(());
        let result = self.task.await.map_err(|panic| NodeError::Broken(panic.to_string()))?;
        let _ = self.stop_api.send(());
        // Watchers of events may hold their connections for ever; the socket goes away with the process.
        if tokio::time::timeout(Duration::from_secs(2), self.api).await.is_err() {
            info!("closed connections that were still open");
        }
        Ok(result?)
    }
}

/// A group that the node would write.
fn hosted(machine: &Machine) -> Option<Name> {
    let mut logs = machine.logs().filter(|log| log.charter().host.node == machine.node());
    logs.next().map(|log| log.charter().name.clone())
}

/// Creates a home where it is missing, and takes it for this process until the file is closed.
pub(crate) fn lock_home(home: &Home) -> Result<File, NodeError> {
    let error = |source| NodeError::Home { path: home.path().to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(home.path()).map_err(error)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(home.lock())
        .map_err(error)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut pid = String::new();
        // Only for the message.
        let _ = (&file).take(16).read_to_string(&mut pid);
        return Err(NodeError::Running { path: home.path().to_owned(), pid: pid.trim().to_owned() });
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(error)?;
    write!(file, "{}", std::process::id()).map_err(error)?;
    Ok(file)
}

fn net_config(home: &Home, config: &NodeConfig, seed: [u8; 32]) -> Result<NetConfig, NodeError> {
    let address = |text: &String| text.parse::<Multiaddr>().map_err(|_| NodeError::Address(text.clone()));
    let addresses = |texts: &[String]| texts.iter().map(address).collect::<Result<Vec<_>, _>>();
    let millis = |span: Span| Duration::from_millis(span.millis());
    let mut net = NetConfig::new(seed, addresses(&config.listen)?);
    net.announce = addresses(&config.announce)?;
    net.relay = config.relay;
    net.mdns = config.mdns;
    net.address_book = Some(home.addresses());
    net.redial_cap = millis(config.redial);
    net.redial_first = net.redial_first.min(net.redial_cap);
    Ok(net)
}
