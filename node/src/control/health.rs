//! Whether the node lives and is ready, what its metrics are, and how much it logs.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use tracing::warn;

use super::{
    Api,
    routes::{Answer, Failure},
    view::{Health, LogLevelRequest, Ready},
    views::Views,
};
use crate::{disk::Disk, metrics, net::Net};

/// The content type of metrics in the text format of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long the loop may take to answer before the node does not count as alive.
const LIVE: Duration = Duration::from_secs(10);

/// The paths that only read: on the socket, and on the address for metrics if there is one.
pub(crate) fn monitoring(api: Api) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .with_state(api)
}

/// The path that changes how much is logged.
pub(super) fn logging() -> Router<Api> {
    Router::new().route("/log-level", put(log_level))
}

/// Whether the node lives: its loop answers.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(super) async fn health(State(api): State<Api>) -> Response {
    let live = matches!(tokio::time::timeout(LIVE, api.query(|_, _| ())).await, Ok(Ok(())));
    let status = if live { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { live })).into_response()
}

/// Whether the node can do its work now, and if not, why.
#[utoipa::path(get, path = "/ready", responses((status = 200, body = Ready), (status = 503, body = Ready)))]
pub(super) async fn ready(State(api): State<Api>) -> Response {
    let disk = api.disk().await;
    let asked = api.query(move |views, net| views.not_ready(net, disk)).await;
    let reasons = asked.unwrap_or_else(|_| vec!["store: the node is stopping".into()]);
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ready: reasons.is_empty(), reasons })).into_response()
}

/// What monitoring reads, in the text format of OpenMetrics.
#[utoipa::path(get, path = "/metrics",
    responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
pub(super) async fn metrics(State(api): State<Api>) -> Result<Response, Failure> {
    let (disk, metrics) = (api.disk().await, api.metrics.clone());
    let text = api.query(move |views, net| {
        measure(&metrics, views, net, disk);
        metrics.text()
    });
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text.await?).into_response())
}

/// Changes what is logged, until the node stops.
#[utoipa::path(put, path = "/log-level", request_body = LogLevelRequest,
    responses((status = 200, body = LogLevelRequest), (status = 400, body = super::view::Problem)))]
pub(super) async fn log_level(State(api): State<Api>, Json(request): Json<LogLevelRequest>) -> Answer<LogLevelRequest> {
    let Some(set) = &api.log_level else {
        return Err(Failure::new(
            StatusCode::NOT_IMPLEMENTED,
            "log-level",
            "this program does not change what it logs",
        ));
    };
    set(&request.filter).map_err(Failure::bad)?;
    warn!(filter = request.filter, "logs by another filter from here on");
    Ok(Json(request))
}

/// Sets the gauges to what is the case now.
fn measure(metrics: &metrics::Metrics, views: &Views<'_>, net: &Net, disk: Option<Disk>) {
    views.measure(metrics);
    metrics.peers.set(views.machine.peers().count() as i64);
    {
        let status = net.status();
        let status = status.borrow();
        metrics::take_over(&metrics.received, status.received);
        metrics::take_over(&metrics.dropped, status.dropped);
        metrics::take_over(&metrics.refused_connections, status.refused_connections);
        metrics::take_over(&metrics.failed_dials, status.failed_dials);
    }
    if let Some(memory) = metrics::memory() {
        metrics.memory.set(memory.cast_signed());
    }
    if let Some(disk) = disk {
        metrics.store.set(disk.used.cast_signed());
        metrics.free.set(disk.free.cast_signed());
    }
}
