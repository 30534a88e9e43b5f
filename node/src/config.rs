//! Where a node lives and how it is set up.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use folkmoot_protocol::time::Span;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::net::RelayMode;

/// Longest path of a unix socket on Linux, less the ending zero (unix(7)).
const SOCKET_PATH: usize = 107;

/// The places inside a node's home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// The home at `path`; nothing is created yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.0.join("node.toml")
    }

    /// The folder of the store.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The folder of the node's own keys; members' keys are never here.
    pub fn keys(&self) -> PathBuf {
        self.0.join("node-keys")
    }

    /// The folder of the control socket, for the owner alone.
    pub fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    /// The control socket.
    pub fn socket(&self) -> PathBuf {
        self.run().join("node.sock")
    }

    /// The file that remembers where peers are.
    pub fn addresses(&self) -> PathBuf {
        self.0.join("addresses")
    }

    /// The file whose lock says that a node runs here.
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }
}

/// A node's configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeConfig {
    /// Where to listen for peers, as multiaddrs.
    pub listen: Vec<String>,
    /// Where peers reach this node, as multiaddrs, if not where it listens; empty tells them where it listens.
    pub announce: Vec<String>,
    /// Whether to carry connections between peers that cannot reach each other (`serve`), or to be reached through a
    /// peer that does (`use`).
    pub relay: RelayMode,
    /// Whether to look for peers on the local network (mDNS), and be found there.
    pub mdns: bool,
    /// How often to compare heads with a peer.
    pub sync_every: Span,
    /// How far an entry may be dated ahead of this machine's clock before it has to wait.
    pub skew: Span,
    /// The longest pause before a peer that is away is dialled again.
    pub redial: Span,
    /// Above so many MiB in the store nothing is taken that need not be: logs of guests, and texts of others' logs.
    pub max_disk_mib: Option<u64>,
    /// Where monitoring may read metrics and health over TCP, like 127.0.0.1:9464; left out, only on the socket.
    pub metrics: Option<SocketAddr>,
    /// Allows an address for metrics that others can reach; there is no password.
    pub metrics_public: bool,
    /// Whether it only witnesses: it then refuses to host groups.
    pub witness: bool,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            listen: vec!["/ip4/0.0.0.0/tcp/4150".into(), "/ip4/0.0.0.0/udp/4150/quic-v1".into()],
            announce: Vec::new(),
            relay: RelayMode::Off,
            mdns: false,
            sync_every: Span::from_secs(10),
            skew: Span::from_secs(600),
            redial: Span::from_secs(30),
            max_disk_mib: None,
            metrics: None,
            metrics_public: false,
            witness: false,
        }
    }
}

/// Says why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not as it must be.
    #[error("the configuration {path} is not valid: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// Metrics would be readable from elsewhere.
    #[error(
        "others can reach the address for metrics, {address} in {path}: use one like 127.0.0.1:9464, or say metrics_public = true"
    )]
    MetricsPublic {
        /// The file.
        path: PathBuf,
        /// The address.
        address: SocketAddr,
    },
    /// The socket's path is too long for the system.
    #[error("the socket's path {path} is longer than {SOCKET_PATH} bytes: choose a shorter home (--home)")]
    SocketPath {
        /// The path.
        path: PathBuf,
    },
}

impl NodeConfig {
    /// Reads the configuration of a home; without a file, the defaults.
    ///
    /// # Errors
    /// If the file is there and cannot be read or used.
    pub fn load(home: &Home) -> Result<Self, ConfigError> {
        if home.socket().as_os_str().len() > SOCKET_PATH {
            return Err(ConfigError::SocketPath { path: home.socket() });
        }
        let path = home.config();
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let parsed: Result<Self, _> = toml::from_str(&text);
                parsed
                    .map_err(|source| ConfigError::Parse { path: path.clone(), source: Box::new(source) })?
                    .checked(path)
            }
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ConfigError::Read { path, source }),
        }
    }
}

impl NodeConfig {
    fn checked(self, path: PathBuf) -> Result<Self, ConfigError> {
        match self.metrics {
            Some(address) if !address.ip().is_loopback() && !self.metrics_public => {
                Err(ConfigError::MetricsPublic { path, address })
            }
            _ => Ok(self),
        }
    }
}

/// The home that is used when none is named: `$XDG_DATA_HOME/folkmoot`, else `~/.local/share/folkmoot`.
pub fn default_home() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|d| d.join("folkmoot"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        std::fs::write(home.config(), "lisen = []\n").unwrap();
        let error = NodeConfig::load(&home).unwrap_err().to_string();
        assert!(error.contains("lisen"), "{error}");
        std::fs::write(home.config(), "sync_every = \"2s\"\n").unwrap();
        assert_eq!(NodeConfig::load(&home).unwrap().sync_every, Span::from_secs(2));
    }

    #[test]
    fn the_network_is_set_by_words_that_are_documented() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        std::fs::write(home.config(), "mdns = true\nrelay = \"serve\"\n").unwrap();
        let config = NodeConfig::load(&home).unwrap();
        assert_eq!((config.mdns, config.relay), (true, RelayMode::Serve));
        std::fs::write(home.config(), "relay = \"yes\"\n").unwrap();
        let error = NodeConfig::load(&home).unwrap_err().to_string();
        assert!(error.contains("serve") && error.contains("use"), "{error}");

        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operating-network.md");
        let page = std::fs::read_to_string(page).unwrap();
        let fields = toml::Table::try_from(NodeConfig::default()).unwrap();
        for field in ["listen", "announce", "relay", "mdns", "redial", "sync_every"] {
            assert!(fields.contains_key(field), "{field} is documented and is no field");
            assert!(page.contains(&format!("| `{field}` |")), "{field} is not documented");
        }
    }

    #[test]
    fn metrics_for_everybody_have_to_be_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let load = |text: &str| {
            std::fs::write(home.config(), text).unwrap();
            NodeConfig::load(&home)
        };
        assert!(load("metrics = \"127.0.0.1:9464\"").unwrap().metrics.is_some());
        assert!(load("metrics = \"[::1]:9464\"").is_ok());
        assert!(matches!(load("metrics = \"0.0.0.0:9464\""), Err(ConfigError::MetricsPublic { .. })));
        assert!(load("metrics = \"0.0.0.0:9464\"\nmetrics_public = true").is_ok());
    }

    #[test]
    fn a_home_too_deep_for_a_socket_is_refused() {
        let home = Home::new("/".to_owned() + &"x".repeat(120));
        assert!(matches!(NodeConfig::load(&home), Err(ConfigError::SocketPath { .. })));
    }
}
