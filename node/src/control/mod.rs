//! The control API: HTTP over a unix socket, for the operator's account alone.
//!
//! There is no TCP, but for what monitoring reads, on an address that the configuration may name.
//!
//! The socket lies in a folder that only the owner may enter, and every connection's credentials are checked: the
//! account that runs the node, or root. Whoever gets through may read everything that the node holds and hand in
//! statements; signing is done elsewhere, with keys that never come here.

mod amendments;
mod backup;
mod condition;
mod contested;
mod deal_deadline;
mod deal_draft;
mod deal_inbox;
mod deal_renew;
mod deal_view;
mod deal_views;
mod deals;
mod federation_views;
mod federations;
mod health;
mod heard_matters;
mod inbox;
mod liaison_inbox;
mod matter_draft;
mod matter_inbox;
mod matter_late;
mod matter_view;
mod matter_views;
mod matters;
mod proof;
mod resource_views;
mod round_draft;
mod round_inbox;
mod round_view;
mod round_views;
mod rounds;
mod routes;
mod settling;
pub mod view;
mod views;
mod words;

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use thiserror::Error;
use tokio::net::{UnixListener, UnixStream, unix::SocketAddr};
use tracing::warn;

pub(crate) use self::{
    health::monitoring,
    routes::{Api, class, router},
};
pub use self::{
    matter_views::state as matter_state,
    routes::SetLogLevel,
    words::{effect as effect_in_words, settled as settled_in_words},
};

/// Says why the control socket cannot be opened.
#[derive(Debug, Error)]
#[error("cannot open the control socket {path}")]
pub struct ControlError {
    path: PathBuf,
    source: io::Error,
}

/// A listener that lets only the node's own account and root in.
pub(crate) struct OwnerListener {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl OwnerListener {
    /// Opens the socket: 0600 in a folder of 0700. The caller holds the home's lock, so a socket that is there is a
    /// leftover.
    pub(crate) fn bind(dir: &Path, path: &Path) -> Result<Self, ControlError> {
        let open = || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(path)?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            Ok(listener)
        };
        let listener = open().map_err(|source| ControlError { path: path.to_owned(), source })?;
        Ok(Self { listener, path: path.to_owned(), owner: rustix::process::geteuid().as_raw() })
    }

    fn admits(&self, stream: &UnixStream) -> bool {
        match stream.peer_cred() {
            Ok(peer) if peer.uid() == self.owner || peer.uid() == 0 => true,
            Ok(peer) => {
                warn!(uid = peer.uid(), "refused a connection of another account to the control socket");
                false
            }
            Err(error) => {
                warn!(%error, "refused a connection without credentials to the control socket");
                false
            }
        }
    }
}

impl Drop for OwnerListener {
    fn drop(&mut self) {
        // A leftover would only be removed by the next start.
        let _ = fs::remove_file(&self.path);
    }
}

impl axum::serve::Listener for OwnerListener {
    type Io = UnixStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (UnixStream, SocketAddr) {
        loop {
            let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
            if self.admits(&stream) {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
