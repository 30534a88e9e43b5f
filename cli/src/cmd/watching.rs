//! Commands that stay: they print what happens until Ctrl-C, also over a node that goes away and comes back.

use std::time::Duration;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, Ctx};
use crate::client::{ClientError, Events};

/// The first and the longest pause before a node that went away is looked for again: nothing tells that it is back.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Runs `follow` on the node's events until Ctrl-C; it prints what happens, and ends with why it cannot go on.
///
/// # Errors
/// If the node is not there to begin with, or `follow` ends for another reason than that it went away.
pub(crate) async fn watch(ctx: &Ctx, mut follow: impl AsyncFnMut(&mut Events) -> CliError) -> Result<(), CliError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A node that is not there to begin with is a mistake to be told of, not one to wait for.
    let mut events = ctx.client().events().await?;
    loop {
        let lost = tokio::select! {
            lost = follow(&mut events) => lost,
            _ = interrupt.recv() => return Ok(()),
        };
        let CliError::Client(ClientError::Broken(_) | ClientError::NoNode { .. }) = lost else { return Err(lost) };
        let away = json!({"event": "away", "message": lost.to_string()});
        let socket = ctx.socket.display();
        ctx.out.show(&away, |_| format!("The node at {socket} went away; waiting for it (Ctrl-C ends)."))?;
        events = tokio::select! {
            events = look_again(ctx) => events,
            _ = interrupt.recv() => return Ok(()),
        };
        ctx.out.show(&json!({"event": "back"}), |_| "The node is back.".into())?;
    }
}

/// Waits for an event that matters, and takes those that are here with it: one look answers for all of them.
///
/// # Errors
/// If the node is gone, or sends something else.
pub(crate) async fn next(events: &mut Events, matters: impl Fn(&str) -> bool) -> Result<(), ClientError> {
    while !matters(&events.event().await?) {}
    events.drain().await
}

async fn look_again(ctx: &Ctx) -> Events {
    let (mut pause, longest) = LOOK_AGAIN;
    loop {
        tokio::time::sleep(pause).await;
        if let Ok(events) = ctx.client().events().await {
            return events;
        }
        pause = (pause * 2).min(longest);
    }
}
