//! A backup of the running node, as it is read from the store.

use std::{collections::BTreeMap, io};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use folkmoot_protocol::id::LogId;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::{info, warn};

use super::{Api, routes::Failure, views::Views};
use crate::{backup::Header, clock, net::Net, store::FORMAT};

/// Bytes of a backup that are sent at a time, and how many such pieces may wait for whoever takes them.
const BACKUP_CHUNK: usize = 64 * 1024;
const BACKUP_CHUNKS: usize = 8;

/// Everything that the node holds, without secret keys, as a file to restore from. One without its end is none.
#[utoipa::path(get, path = "/v1/backup",
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
pub(super) async fn backup(State(api): State<Api>) -> Result<Response, Failure> {
    let heads = |views: &Views<'_>, _: &Net| views.machine.logs().map(|log| (log.log(), log.head().number)).collect();
    let heads: BTreeMap<LogId, u64> = api.query(heads).await?;
    let header = Header {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        node: api.node.to_string(),
        made: clock::now().to_string(),
    };
    let (chunks, received) = mpsc::channel(BACKUP_CHUNKS);
    tokio::task::spawn_blocking(move || {
        let out = io::BufWriter::with_capacity(BACKUP_CHUNK, Chunks(chunks.clone()));
        match crate::backup::make(&api.records, &heads, &header, out) {
            Ok(records) => info!(records, "made a backup"),
            Err(error) => {
                warn!(%error, "the backup was not finished");
                // The connection breaks off: what came is no backup. Whoever asked may have gone.
                let _ = chunks.blocking_send(Err(io::Error::other(error)));
            }
        }
    });
    Ok(Body::from_stream(ReceiverStream::new(received)).into_response())
}

/// Writes into the body of an answer.
struct Chunks(mpsc::Sender<io::Result<Vec<u8>>>);

impl io::Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(bytes.to_vec())).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
