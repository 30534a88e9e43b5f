//! The paths of groups and their logs.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use folkmoot_protocol::{
    body::Body,
    cbor,
    charter::Charter,
    envelope::Kind,
    key::PublicKey,
    limits::{ENTRY_BYTES, STATEMENTS},
    machine::{Input, InputError},
    replay::Replica,
    statement::{Founding, Statement},
};
use serde::Deserialize;
use tokio::sync::oneshot;
use tracing::warn;
use utoipa::IntoParams;

use super::{Answer, Api, Failure, KeyQuery, bytes, find_group, taken};
use crate::{
    control::view::{EntryView, FoundRequest, GroupView, HeadView, LogKeyView, Problem, StatementsRequest, Taken},
    run::Command,
};

/// Most entries in one answer.
const MOST_ENTRIES: usize = 1000;

/// Makes a log key for a group that is about to be founded here.
#[utoipa::path(post, path = "/v1/log-keys", responses((status = 200, body = LogKeyView)))]
pub(super) async fn log_key(State(api): State<Api>) -> Answer<LogKeyView> {
    if api.witness_only {
        return Err(InputError::WitnessOnly.into());
    }
    let keys = api.keys.clone();
    let key = tokio::task::spawn_blocking(move || keys.new_log_key()).await.map_err(|_| Failure::stopping())?;
    let key = key.map_err(|error| Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "key-store", error))?;
    let view = LogKeyView { log_key: key.public().to_string(), node: api.node.to_string() };
    let (done, added) = oneshot::channel();
    api.commands.send(Command::Key(Box::new(key), done)).await.map_err(|_| Failure::stopping())?;
    added.await.map_err(|_| Failure::stopping())?;
    Ok(Json(view))
}

/// Founds a group on this node.
#[utoipa::path(post, path = "/v1/groups", request_body = FoundRequest,
    responses((status = 200, body = Taken), (status = 422, body = Problem)))]
pub(super) async fn found(State(api): State<Api>, Json(request): Json<FoundRequest>) -> Answer<Taken> {
    let charter: Charter = cbor::decode(&bytes(&request.charter)?, ENTRY_BYTES).map_err(Failure::bad)?;
    let foundings = request
        .foundings
        .iter()
        .map(|founding| Founding::decode(Kind::Founding, &bytes(founding)?).map_err(Failure::bad));
    let foundings = foundings.collect::<Result<Vec<_>, _>>()?;
    let reply = api.input(move |token| Input::Found { charter: Box::new(charter), foundings, token }).await?;
    Ok(Json(taken(reply)))
}

/// The groups whose logs are here.
#[utoipa::path(get, path = "/v1/groups", responses((status = 200, body = Vec<GroupView>)))]
pub(super) async fn groups(State(api): State<Api>) -> Answer<Vec<GroupView>> {
    api.query(|views, _| views.machine.logs().map(|log| views.group(log)).collect()).await.map(Json)
}

/// A group's charter. GROUP is a name, an id, or the start of an id.
#[utoipa::path(get, path = "/v1/groups/{group}/charter", params(("group" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub(super) async fn charter(State(api): State<Api>, Path(group): Path<String>) -> Answer<serde_json::Value> {
    api.query(move |views, _| {
        let log = find_group(views.machine, &group)?;
        serde_json::to_value(log.charter()).map_err(Failure::bad)
    })
    .await?
    .map(Json)
}

/// Where the next statement of a key in a group's log has to start.
#[utoipa::path(get, path = "/v1/groups/{group}/head", params(("group" = String, Path), KeyQuery),
    responses((status = 200, body = HeadView), (status = 404, body = Problem)))]
pub(super) async fn head(
    State(api): State<Api>,
    Path(group): Path<String>,
    Query(query): Query<KeyQuery>,
) -> Answer<HeadView> {
    let key: PublicKey = query.key.parse().map_err(Failure::bad)?;
    api.query(move |views, _| find_group(views.machine, &group).map(|log| views.head(log, &key))).await?.map(Json)
}

/// Hands in statements: they are taken together or not at all, and durable when this answers.
#[utoipa::path(post, path = "/v1/groups/{group}/statements", params(("group" = String, Path)),
    request_body = StatementsRequest,
    responses((status = 200, body = Taken), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn submit(
    State(api): State<Api>,
    Path(group): Path<String>,
    Json(request): Json<StatementsRequest>,
) -> Answer<Taken> {
    if request.statements.len() > STATEMENTS {
        return Err(Failure::bad(format!("at most {STATEMENTS} statements at a time")));
    }
    let log = api.query(move |views, _| find_group(views.machine, &group).map(Replica::log)).await??;
    let verify = move || {
        let statements = request.statements.iter().map(|hex| Statement::from_bytes(&bytes(hex)?).map_err(Failure::bad));
        let bodies = request.bodies.iter().map(|hex| Body::decode(&bytes(hex)?).map_err(Failure::bad));
        Ok::<_, Failure>((statements.collect::<Result<Vec<_>, _>>()?, bodies.collect::<Result<Vec<_>, _>>()?))
    };
    let (statements, bodies) = tokio::task::spawn_blocking(verify).await.map_err(|_| Failure::stopping())??;
    let reply = api.input(move |token| Input::Submit { log, statements, bodies, token }).await?;
    Ok(Json(taken(reply)))
}

/// Takes a log without witnesses for complete, on the operator's word, after its store may have lost something.
#[utoipa::path(post, path = "/v1/groups/{group}/trust", params(("group" = String, Path)),
    responses((status = 200, body = Taken), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn trust(State(api): State<Api>, Path(group): Path<String>) -> Answer<Taken> {
    let log = api.query(move |views, _| find_group(views.machine, &group).map(Replica::log)).await??;
    let reply = api.input(move |token| Input::Trust { log, token }).await?;
    warn!(log = %log.short(), "the operator says that nothing is missing from the log");
    Ok(Json(taken(reply)))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct LogQuery {
    /// The first number.
    #[serde(default)]
    from: u64,
    /// How many at most.
    limit: Option<usize>,
    /// With the bytes of each entry.
    #[serde(default)]
    bytes: bool,
}

/// Entries of a group's log.
#[utoipa::path(get, path = "/v1/groups/{group}/log", params(("group" = String, Path), LogQuery),
    responses((status = 200, body = Vec<EntryView>), (status = 404, body = Problem)))]
pub(super) async fn entries(
    State(api): State<Api>,
    Path(group): Path<String>,
    Query(query): Query<LogQuery>,
) -> Answer<Vec<EntryView>> {
    let limit = query.limit.unwrap_or(MOST_ENTRIES).min(MOST_ENTRIES);
    api.query(move |views, _| {
        find_group(views.machine, &group).map(|log| views.entries(log, query.from, limit, query.bytes))
    })
    .await?
    .map(Json)
}
