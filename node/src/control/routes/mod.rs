//! The paths of the control API.
//!
//! # Layout
//! - here: all paths, and what they share; `failure`, `find`: what goes wrong, what a path names
//! - `groups`, `proposals`, `events`: paths by what they are about

mod events;
mod failure;
mod find;
mod groups;
mod proposals;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    routing::{get, post},
};
use folkmoot_protocol::{
    envelope::Signed,
    id::{hex_decode_vec, hex_encode},
    key::PublicKey,
    machine::{Event, Input, Machine, Reply, Token},
};
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc, oneshot};
use utoipa::{IntoParams, OpenApi};

pub(crate) use self::failure::class;
pub(super) use self::{
    failure::{Answer, Failure},
    find::{find_group, find_proposal, one},
};
use super::{
    amendments, backup, deals, federations, health, heard_matters, matters, proof, rounds,
    view::{NodeView, Taken},
    views::Views,
};
use crate::{config::Home, disk::Disk, keystore::KeyStore, metrics::Metrics, net::Net, records::Records, run::Command};

/// Longest request body: in hexadecimal digits 1 MiB of statements and bodies, which are stored in one write.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// Changes what a program logs; an error says what is wrong with the filter.
pub type SetLogLevel = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// What the paths share.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) records: Records,
    pub(crate) keys: Arc<KeyStore>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) node: PublicKey,
    pub(crate) home: Home,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) log_level: Option<SetLogLevel>,
    pub(crate) max_disk: Option<u64>,
    /// Where peers reach this node, if not where it listens.
    pub(crate) announce: Arc<[String]>,
    /// Whether this node only witnesses.
    pub(crate) witness_only: bool,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Folkmoot node", description = "Control API of a Folkmoot node, over its unix socket"),
    paths(
        status,
        groups::log_key,
        groups::found,
        groups::groups,
        groups::charter,
        groups::head,
        groups::submit,
        groups::trust,
        groups::entries,
        proposals::proposals,
        proposals::proposal,
        proof::proof,
        proof::matter_proof,
        proposals::agreements,
        proposals::inbox,
        events::events,
        backup::backup,
        health::health,
        health::ready,
        health::metrics,
        health::log_level
    )
)]
struct Doc;

fn documentation() -> utoipa::openapi::OpenApi {
    let mut all = Doc::openapi();
    all.merge(federations::Doc::openapi());
    all.merge(matters::Doc::openapi());
    all.merge(heard_matters::Doc::openapi());
    all.merge(amendments::Doc::openapi());
    all.merge(deals::Doc::openapi());
    all.merge(rounds::Doc::openapi());
    all
}

/// All paths.
pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/log-keys", post(groups::log_key))
        .route("/v1/groups", get(groups::groups).post(groups::found))
        .route("/v1/groups/{group}/charter", get(groups::charter))
        .route("/v1/groups/{group}/head", get(groups::head))
        .route("/v1/groups/{group}/statements", post(groups::submit))
        .route("/v1/groups/{group}/trust", post(groups::trust))
        .route("/v1/groups/{group}/log", get(groups::entries))
        .route("/v1/proposals", get(proposals::proposals))
        .route("/v1/proposals/{proposal}", get(proposals::proposal))
        .route("/v1/proposals/{proposal}/proof", get(proof::proof))
        .route("/v1/matters/{matter}/proof", get(proof::matter_proof))
        .route("/v1/agreements", get(proposals::agreements))
        .route("/v1/inbox", get(proposals::inbox))
        .merge(federations::paths())
        .merge(matters::paths())
        .merge(heard_matters::paths())
        .merge(amendments::paths())
        .merge(deals::paths())
        .merge(rounds::paths())
        .route("/v1/events", get(events::events))
        .route("/v1/backup", get(backup::backup))
        .route("/v1/openapi.json", get(|| async { Json(documentation()) }))
        .fallback(|| async { Failure::new(StatusCode::NOT_FOUND, "not-found", "there is nothing at this path") })
        .merge(health::logging())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(api.clone())
        .merge(health::monitoring(api))
}

impl Api {
    /// Looks at the disk, which may take a while.
    pub(super) async fn disk(&self) -> Option<Disk> {
        let store = self.home.store();
        let max = self.max_disk;
        tokio::task::spawn_blocking(move || Disk::of(&store, max).ok()).await.ok().flatten()
    }

    pub(super) async fn query<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Views<'_>, &Net) -> T + Send + Sync + 'static,
    ) -> Result<T, Failure> {
        let (answer, answered) = oneshot::channel();
        let records = self.records.clone();
        let query = move |machine: &Machine, net: &Net| {
            // Whoever asked may have gone.
            let _ = answer.send(read(&Views { machine, records: &records }, net));
        };
        self.commands.send(Command::Query(Box::new(query))).await.map_err(|_| Failure::stopping())?;
        answered.await.map_err(|_| Failure::stopping())
    }

    pub(super) async fn input(&self, make: impl FnOnce(Token) -> Input + Send + 'static) -> Result<Reply, Failure> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(Command::Input(Box::new(make), answer)).await.map_err(|_| Failure::stopping())?;
        Ok(answered.await.map_err(|_| Failure::unknown())??)
    }
}

#[derive(Deserialize, IntoParams)]
struct KeyQuery {
    /// A key as did:key.
    key: String,
}

/// This node and what it holds.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = NodeView)))]
async fn status(State(api): State<Api>) -> Answer<NodeView> {
    let disk = api.disk().await;
    api.query(move |views, net| views.node(net, disk)).await.map(Json)
}

/// Bytes from hexadecimal digits.
pub(super) fn bytes(hex: &str) -> Result<Vec<u8>, Failure> {
    hex_decode_vec(hex).ok_or_else(|| Failure::bad("bytes are written in hexadecimal digits"))
}

/// What a reply says to programs.
pub(super) fn taken(reply: Reply) -> Taken {
    match reply {
        Reply::Founded(log) | Reply::Trusted(log) | Reply::Shown(log) => {
            Taken { id: Some(log.to_string()), receipts: Vec::new() }
        }
        Reply::Invited(_) => Taken { id: None, receipts: Vec::new() },
        Reply::Following(federation) => Taken { id: Some(federation.to_string()), receipts: Vec::new() },
        Reply::Receipts(receipts) => Taken {
            id: receipts.first().map(|receipt| receipt.content().statement.to_string()),
            receipts: receipts.iter().map(|receipt: &Signed<_>| hex_encode(receipt.bytes())).collect(),
        },
    }
}
