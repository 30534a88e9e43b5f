//! The paths of the control API.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event as SseEvent, KeepAlive, Sse},
    },
    routing::{get, post},
};
use folkmoot_protocol::{
    body::Body,
    cbor,
    charter::Charter,
    decision::Decision,
    envelope::{Kind, Signed},
    id::{LogId, ProposalId, hex_decode_vec, hex_encode},
    key::PublicKey,
    limits::{ENTRY_BYTES, STATEMENTS},
    machine::{Event, Input, InputError, Machine, Reply, Token},
    replay::Replica,
    statement::{Founding, Statement},
};
use futures::{Stream, StreamExt as _};
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_stream::wrappers::BroadcastStream;
use tracing::warn;
use utoipa::{IntoParams, OpenApi};

use super::{
    backup, deals, federations, health, matters, proof,
    view::{
        AgreementView, EntryView, FoundRequest, GroupView, HeadView, InboxItem, LogKeyView, NodeView, Problem,
        ProposalView, StatementsRequest, Taken,
    },
    views::Views,
};
use crate::{
    clock, config::Home, disk::Disk, keystore::KeyStore, metrics::Metrics, net::Net, records::Records, run::Command,
};

/// Longest request body: in hexadecimal digits 1 MiB of statements and bodies, which are stored in one write.
const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// Most entries in one answer.
const MOST_ENTRIES: usize = 1000;

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
        log_key,
        found,
        groups,
        charter,
        head,
        submit,
        trust,
        entries,
        proposals,
        proposal,
        proof::proof,
        agreements,
        inbox,
        events,
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
    all.merge(deals::Doc::openapi());
    all
}

/// All paths.
pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/log-keys", post(log_key))
        .route("/v1/groups", get(groups).post(found))
        .route("/v1/groups/{group}/charter", get(charter))
        .route("/v1/groups/{group}/head", get(head))
        .route("/v1/groups/{group}/statements", post(submit))
        .route("/v1/groups/{group}/trust", post(trust))
        .route("/v1/groups/{group}/log", get(entries))
        .route("/v1/proposals", get(proposals))
        .route("/v1/proposals/{proposal}", get(proposal))
        .route("/v1/proposals/{proposal}/proof", get(proof::proof))
        .route("/v1/agreements", get(agreements))
        .route("/v1/inbox", get(inbox))
        .merge(federations::paths())
        .merge(matters::paths())
        .merge(deals::paths())
        .route("/v1/events", get(events))
        .route("/v1/backup", get(backup::backup))
        .route("/v1/openapi.json", get(|| async { Json(documentation()) }))
        .fallback(|| async { Failure::new(StatusCode::NOT_FOUND, "not-found", "there is nothing at this path") })
        .merge(health::logging())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(api.clone())
        .merge(health::monitoring(api))
}

/// Something that went wrong, with its HTTP status.
#[derive(Debug)]
pub(super) struct Failure(StatusCode, Problem);

impl Failure {
    pub(super) fn new(status: StatusCode, kind: &str, message: impl ToString) -> Self {
        Self(status, Problem { kind: kind.into(), message: message.to_string() })
    }

    pub(super) fn bad(message: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", message)
    }

    pub(super) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the node is stopping; nothing was taken")
    }

    /// The node stopped between taking something and saying so: its store failed, or it was told to stop.
    fn unknown() -> Self {
        let message =
            "the node stopped before it was sure of this: when it runs again, look whether it was taken (moot log)";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", message)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, class(&error), error)
    }
}

/// The class of a refusal, in one word for programs.
pub(crate) fn class(error: &InputError) -> &'static str {
    match error {
        InputError::Refused(refusal) => refusal.kind(),
        InputError::NotHosted(_) | InputError::NoLogKey(_) => "not-hosted",
        InputError::Stopped { .. } => "stopped",
        InputError::Bodies(_) | InputError::Agreement(_) => "malformed",
        InputError::NoSeat(_) => "unauthorised",
        InputError::Ticket(_) => "ticket",
        InputError::WitnessOnly => "witness-only",
        InputError::CatchingUp { .. } | InputError::HasWitnesses { .. } => "catching-up",
        InputError::Clock { .. } => "clock",
    }
}

/// A proposal with its log, and with the decision, if it has ended.
pub(super) type FoundProposal<'a> = (&'a Replica, ProposalId, Option<&'a Decision>);

pub(super) type Answer<T> = Result<Json<T>, Failure>;

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

/// This node and what it holds.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = NodeView)))]
async fn status(State(api): State<Api>) -> Answer<NodeView> {
    let disk = api.disk().await;
    api.query(move |views, net| views.node(net, disk)).await.map(Json)
}

/// Makes a log key for a group that is about to be founded here.
#[utoipa::path(post, path = "/v1/log-keys", responses((status = 200, body = LogKeyView)))]
async fn log_key(State(api): State<Api>) -> Answer<LogKeyView> {
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
async fn found(State(api): State<Api>, Json(request): Json<FoundRequest>) -> Answer<Taken> {
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
async fn groups(State(api): State<Api>) -> Answer<Vec<GroupView>> {
    api.query(|views, _| views.machine.logs().map(|log| views.group(log)).collect()).await.map(Json)
}

/// A group's charter. GROUP is a name, an id, or the start of an id.
#[utoipa::path(get, path = "/v1/groups/{group}/charter", params(("group" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
async fn charter(State(api): State<Api>, Path(group): Path<String>) -> Answer<serde_json::Value> {
    api.query(move |views, _| {
        let log = find_group(views.machine, &group)?;
        serde_json::to_value(log.charter()).map_err(Failure::bad)
    })
    .await?
    .map(Json)
}

#[derive(Deserialize, IntoParams)]
struct KeyQuery {
    /// A key as did:key.
    key: String,
}

/// Where the next statement of a key in a group's log has to start.
#[utoipa::path(get, path = "/v1/groups/{group}/head", params(("group" = String, Path), KeyQuery),
    responses((status = 200, body = HeadView), (status = 404, body = Problem)))]
async fn head(State(api): State<Api>, Path(group): Path<String>, Query(query): Query<KeyQuery>) -> Answer<HeadView> {
    let key: PublicKey = query.key.parse().map_err(Failure::bad)?;
    api.query(move |views, _| find_group(views.machine, &group).map(|log| views.head(log, &key))).await?.map(Json)
}

/// Hands in statements: they are taken together or not at all, and durable when this answers.
#[utoipa::path(post, path = "/v1/groups/{group}/statements", params(("group" = String, Path)),
    request_body = StatementsRequest,
    responses((status = 200, body = Taken), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn submit(
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
async fn trust(State(api): State<Api>, Path(group): Path<String>) -> Answer<Taken> {
    let log = api.query(move |views, _| find_group(views.machine, &group).map(Replica::log)).await??;
    let reply = api.input(move |token| Input::Trust { log, token }).await?;
    warn!(log = %log.short(), "the operator says that nothing is missing from the log");
    Ok(Json(taken(reply)))
}

#[derive(Deserialize, IntoParams)]
struct LogQuery {
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
async fn entries(
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

#[derive(Deserialize, IntoParams)]
struct ProposalsQuery {
    /// Only this group's: a name, an id, or the start of an id.
    group: Option<String>,
    /// Only those that have not ended.
    #[serde(default)]
    open: bool,
}

#[derive(Deserialize, IntoParams)]
struct AgreementsQuery {
    /// Only this group's: a name, an id, or the start of an id.
    group: Option<String>,
    /// Only those that are due for review.
    #[serde(default)]
    due: bool,
}

/// Proposals, the latest first.
#[utoipa::path(get, path = "/v1/proposals", params(ProposalsQuery),
    responses((status = 200, body = Vec<ProposalView>), (status = 404, body = Problem)))]
async fn proposals(State(api): State<Api>, Query(query): Query<ProposalsQuery>) -> Answer<Vec<ProposalView>> {
    api.query(move |views, _| {
        let logs: Vec<&Replica> = match &query.group {
            Some(group) => vec![find_group(views.machine, group)?],
            None => views.machine.logs().collect(),
        };
        let mut all = Vec::new();
        for log in logs {
            all.extend(log.proposals().map(|proposal| views.open(log, proposal)));
            if !query.open {
                all.extend(log.decisions().map(|decision| views.decided(log, decision)));
            }
        }
        all.sort_by(|a, b| (&b.opened, &b.proposal).cmp(&(&a.opened, &a.proposal)));
        Ok(all)
    })
    .await?
    .map(Json)
}

/// A proposal, open or ended. PROPOSAL is an id or the start of one.
#[utoipa::path(get, path = "/v1/proposals/{proposal}", params(("proposal" = String, Path)),
    responses((status = 200, body = ProposalView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn proposal(State(api): State<Api>, Path(id): Path<String>) -> Answer<ProposalView> {
    api.query(move |views, _| show_proposal(views, &id)).await?.map(Json)
}

/// The text agreements in force, those first that are due for review soonest.
#[utoipa::path(get, path = "/v1/agreements", params(AgreementsQuery), responses((status = 200, body = Vec<AgreementView>)))]
async fn agreements(State(api): State<Api>, Query(query): Query<AgreementsQuery>) -> Answer<Vec<AgreementView>> {
    api.query(move |views, _| {
        let logs: Vec<&Replica> = match &query.group {
            Some(group) => vec![find_group(views.machine, group)?],
            None => views.machine.logs().collect(),
        };
        let mut all: Vec<_> = logs.into_iter().flat_map(|log| views.agreements(log, clock::now())).collect();
        all.retain(|agreement| agreement.due || !query.due);
        all.sort_by(|a, b| (a.review.is_none(), &a.review, &a.since).cmp(&(b.review.is_none(), &b.review, &b.since)));
        Ok(all)
    })
    .await?
    .map(Json)
}

/// What waits for the member of a key, soonest first.
#[utoipa::path(get, path = "/v1/inbox", params(KeyQuery), responses((status = 200, body = Vec<InboxItem>)))]
async fn inbox(State(api): State<Api>, Query(query): Query<KeyQuery>) -> Answer<Vec<InboxItem>> {
    let key: PublicKey = query.key.parse().map_err(Failure::bad)?;
    api.query(move |views, _| views.inbox(&key, clock::now())).await.map(Json)
}

/// What happens, as server-sent events: `entry`, `decided`, `sealed`, `in_force`, `guest`, `stopped`, `catching-up`,
/// `caught-up`, `peer`.
#[utoipa::path(get, path = "/v1/events", responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn events(State(api): State<Api>) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    // A watcher that is too slow misses events; `lagged` tells it to read again.
    let stream = BroadcastStream::new(api.events.subscribe()).map(|event| {
        let (name, data) = event.map_or_else(|_| ("lagged", serde_json::json!({})), |event| event_json(&event));
        Ok(SseEvent::default().event(name).data(data.to_string()))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

fn event_json(event: &Event) -> (&'static str, serde_json::Value) {
    use serde_json::json;
    match event {
        Event::Entry { log, number, entry, act, .. } => {
            ("entry", json!({"group": log, "number": number, "entry": entry, "act": act}))
        }
        Event::Decided { log, proposal, outcome } => {
            ("decided", json!({"group": log, "proposal": proposal, "outcome": outcome.word()}))
        }
        Event::Sealed { log, number } => ("sealed", json!({"group": log, "number": number})),
        Event::InForce { federation, version } => ("in_force", json!({"federation": federation, "version": version})),
        Event::Guest { peer, what } => ("guest", json!({"peer": peer, "what": what})),
        Event::Stopped { log, reason } => ("stopped", json!({"group": log, "reason": reason})),
        Event::CatchingUp { log, lack } => {
            ("catching-up", json!({"group": log, "waits_for": lack.waits_for, "what": lack.words()}))
        }
        Event::CaughtUp { log } => ("caught-up", json!({"group": log})),
        Event::Peer { peer, connected } => ("peer", json!({"peer": peer, "connected": connected})),
    }
}

pub(super) fn bytes(hex: &str) -> Result<Vec<u8>, Failure> {
    hex_decode_vec(hex).ok_or_else(|| Failure::bad("bytes are written in hexadecimal digits"))
}

pub(super) fn taken(reply: Reply) -> Taken {
    match reply {
        Reply::Founded(log) | Reply::Trusted(log) => Taken { id: Some(log.to_string()), receipts: Vec::new() },
        Reply::Invited(_) => Taken { id: None, receipts: Vec::new() },
        Reply::Following(federation) => Taken { id: Some(federation.to_string()), receipts: Vec::new() },
        Reply::Receipts(receipts) => Taken {
            id: receipts.first().map(|receipt| receipt.content().statement.to_string()),
            receipts: receipts.iter().map(|receipt: &Signed<_>| hex_encode(receipt.bytes())).collect(),
        },
    }
}

/// The group of that name, id, or start of an id.
pub(super) fn find_group<'a>(machine: &'a Machine, text: &str) -> Result<&'a Replica, Failure> {
    let logs = || machine.logs();
    let is = |id: &LogId| id.to_string().starts_with(text) && text.len() > 1;
    let named: Vec<&Replica> = logs().filter(|log| log.charter().name.as_str() == text).collect();
    let found: Vec<&Replica> = if named.is_empty() { logs().filter(|log| is(&log.log())).collect() } else { named };
    one(&found, "group", text, |log| format!("{} ({})", log.charter().name, log.log().short())).copied()
}

/// The proposal of that id, or start of an id, with its log; with the decision, if it has ended.
pub(super) fn find_proposal<'a>(machine: &'a Machine, text: &str) -> Result<FoundProposal<'a>, Failure> {
    let mut found = Vec::new();
    for log in machine.logs() {
        let is = |id: &ProposalId| text.len() > 1 && id.to_string().starts_with(text);
        found.extend(log.proposals().filter(|p| is(&p.id)).map(|p| (log, p.id, None)));
        found.extend(log.decisions().filter(|d| is(&d.proposal.id)).map(|d| (log, d.proposal.id, Some(d))));
    }
    one(&found, "proposal", text, |(_, id, _)| id.to_string()[..17].to_owned()).copied()
}

fn show_proposal(views: &Views<'_>, text: &str) -> Result<ProposalView, Failure> {
    let (log, id, decision) = find_proposal(views.machine, text)?;
    match (decision, log.proposal(&id)) {
        (Some(decision), _) => Ok(views.decided(log, decision)),
        (None, Some(open)) => Ok(views.open(log, open)),
        (None, None) => Err(Failure::new(StatusCode::NOT_FOUND, "not-found", format!("there is no proposal {text}"))),
    }
}

pub(super) fn one<'a, T>(
    found: &'a [T],
    what: &str,
    text: &str,
    show: impl Fn(&T) -> String,
) -> Result<&'a T, Failure> {
    match found {
        [one] => Ok(one),
        [] => Err(Failure::new(StatusCode::NOT_FOUND, "not-found", format!("there is no {what} '{text}' here"))),
        many => {
            let list: Vec<String> = many.iter().take(5).map(show).collect();
            let message =
                format!("'{text}' could be {} {what}s: {}; write more of the id", many.len(), list.join(", "));
            Err(Failure::new(StatusCode::CONFLICT, "ambiguous", message))
        }
    }
}
