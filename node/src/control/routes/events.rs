//! The stream of what happens.

use std::convert::Infallible;

use axum::{
    extract::State,
    response::sse::{Event as SseEvent, KeepAlive, Sse},
};
use folkmoot_protocol::machine::Event;
use futures::{Stream, StreamExt as _};
use tokio_stream::wrappers::BroadcastStream;

use super::Api;

/// What happens, as server-sent events: `entry`, `decided`, `sealed`, `in_force`, `guest`, `stopped`, `catching-up`,
/// `caught-up`, `peer`.
#[utoipa::path(get, path = "/v1/events", responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(super) async fn events(State(api): State<Api>) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
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
