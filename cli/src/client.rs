//! Talks to a node over its control socket.

use std::path::PathBuf;

use folkmoot_node::control::view::{HeadView, Problem, ProposalView, StatementsRequest, Taken};
use folkmoot_protocol::{
    body::Body,
    entry::Receipt,
    envelope::{Kind, Signed},
    id::{StatementId, hex_decode_vec, hex_encode},
    key::{SignError, Signer},
    statement::{Act, Statement, StatementContent},
};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, StatusCode,
    body::{Bytes, Incoming},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use tokio::{net::UnixStream, task::JoinHandle};

/// Longest answer that is read: a page of proposals with all their texts.
const ANSWER_BYTES: usize = 256 * 1024 * 1024;

/// Longest line of the events: they name ids and reasons.
const LINE_BYTES: usize = 1024 * 1024;

/// Says why a node did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum ClientError {
    /// There is no node at the socket.
    #[error("no node answers at {path} ({source}): start one (moot node run), or name its socket (--node PATH)", path = path.display())]
    NoNode {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The node refused.
    #[error("{}", .0.message)]
    Refused(Problem),
    /// The connection broke.
    #[error(
        "the connection to the node broke ({0}): what was asked may have been done or not; look (moot list) before you repeat it"
    )]
    Broken(String),
    /// The answer is none that this program understands.
    #[error("the node's answer cannot be read ({0}): are moot and the node of the same version?")]
    Answer(String),
    /// The key cannot sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A node, by its socket.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    socket: PathBuf,
}

impl Client {
    /// The node at `socket`.
    pub(crate) fn new(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into() }
    }

    /// Reads.
    ///
    /// # Errors
    /// If the node does not answer, or refuses.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.call(Method::GET, path, Vec::new()).await
    }

    /// Hands something in.
    ///
    /// # Errors
    /// If the node does not answer, or refuses.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| ClientError::Answer(error.to_string()))?;
        self.call(Method::POST, path, body).await
    }

    /// Changes something.
    ///
    /// # Errors
    /// If the node does not answer, or refuses.
    pub(crate) async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| ClientError::Answer(error.to_string()))?;
        self.call(Method::PUT, path, body).await
    }

    /// A proposal by its id or the start of it.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub(crate) async fn proposal(&self, id: &str) -> Result<ProposalView, ClientError> {
        self.get(&format!("/v1/proposals/{}", escape(id))).await
    }

    /// Signs acts as the next statements of a key and hands them in together; gives back their ids.
    ///
    /// # Errors
    /// If the key cannot sign, or the node refuses.
    pub(crate) async fn act(
        &self,
        group: &str,
        signer: &dyn Signer,
        acts: impl FnOnce(&mut Chain<'_>) -> Result<(), SignError>,
        bodies: &[Body],
    ) -> Result<(Vec<StatementId>, Taken), ClientError> {
        let key = signer.public();
        let head: HeadView = self.get(&format!("/v1/groups/{}/head?key={key}", escape(group))).await?;
        let mut chain = Chain::new(&head, signer)?;
        acts(&mut chain)?;
        let ids: Vec<StatementId> = chain.statements.iter().map(Statement::id).collect();
        let request = StatementsRequest {
            statements: chain.statements.iter().map(|statement| hex_encode(statement.bytes())).collect(),
            bodies: bodies.iter().map(|body| hex_encode(&body.bytes())).collect(),
        };
        let taken = self.post(&format!("/v1/groups/{}/statements", escape(&head.group)), &request).await?;
        check_receipts(&head, &ids, &taken)?;
        Ok((ids, taken))
    }

    /// Watches what happens at the node from now on.
    ///
    /// # Errors
    /// If the node does not answer.
    pub(crate) async fn events(&self) -> Result<Events, ClientError> {
        let (response, connection) = self.send(Method::GET, "/v1/events", Vec::new()).await?;
        Ok(Events { body: response.into_body(), connection, unread: Vec::new() })
    }

    /// Reads an answer of any length into a file.
    ///
    /// # Errors
    /// If the node does not answer, refuses, or breaks off.
    pub(crate) async fn download(&self, path: &str, out: &mut impl std::io::Write) -> Result<(), ClientError> {
        let broken = |error: &dyn std::fmt::Display| ClientError::Broken(error.to_string());
        let (response, connection) = self.send(Method::GET, path, Vec::new()).await?;
        let (status, mut body) = (response.status(), response.into_body());
        if !status.is_success() {
            let problem = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
            return read::<serde_json::Value>(status, &problem).map(drop);
        }
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| broken(&error))?;
            if let Ok(data) = frame.into_data() {
                out.write_all(&data).map_err(|error| broken(&error))?;
            }
        }
        connection.abort();
        Ok(())
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Vec<u8>) -> Result<T, ClientError> {
        let (response, connection) = self.send(method, path, body).await?;
        let status = response.status();
        let body = http_body_util::Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let bytes = body.map_err(|error| ClientError::Broken(error.to_string()))?.to_bytes();
        connection.abort();
        read(status, &bytes)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<(hyper::Response<Incoming>, JoinHandle<()>), ClientError> {
        let no_node = |source| ClientError::NoNode { path: self.socket.clone(), source };
        let stream = UnixStream::connect(&self.socket).await.map_err(no_node)?;
        let broken = |error: hyper::Error| ClientError::Broken(error.to_string());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // It ends with the answer; what goes wrong on it shows there.
        let connection = tokio::spawn(async move { drop(connection.await) });
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "node")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| ClientError::Answer(error.to_string()))?;
        Ok((sender.send_request(request).await.map_err(broken)?, connection))
    }
}

/// Something happens at the node: a stream of it, for whoever waits.
#[derive(Debug)]
pub(crate) struct Events {
    body: Incoming,
    connection: JoinHandle<()>,
    unread: Vec<u8>,
}

impl Events {
    /// Waits for the next events.
    ///
    /// # Errors
    /// If the node is gone.
    pub(crate) async fn next(&mut self) -> Result<(), ClientError> {
        match self.body.frame().await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(ClientError::Broken(error.to_string())),
            None => Err(ClientError::Broken("the node stopped".into())),
        }
    }

    /// Waits for the next event and gives back its name; what keeps the connection alive is none.
    ///
    /// # Errors
    /// If the node is gone, or sends something else.
    pub(crate) async fn event(&mut self) -> Result<String, ClientError> {
        loop {
            if let Some(name) = take_event(&mut self.unread) {
                return Ok(name);
            }
            if self.unread.len() > LINE_BYTES {
                return Err(ClientError::Answer("a line of its events has no end".into()));
            }
            let frame = match self.body.frame().await {
                Some(frame) => frame.map_err(|error| ClientError::Broken(error.to_string()))?,
                None => return Err(ClientError::Broken("the node stopped".into())),
            };
            if let Ok(data) = frame.into_data() {
                self.unread.extend_from_slice(&data);
            }
        }
    }

    /// Takes the events that are here already: one look answers for all of them.
    ///
    /// # Errors
    /// If the node is gone, or sends something else.
    pub(crate) async fn drain(&mut self) -> Result<(), ClientError> {
        loop {
            tokio::select! {
                biased;
                event = self.event() => drop(event?),
                () = std::future::ready(()) => return Ok(()),
            }
        }
    }
}

/// Takes whole lines up to the name of an event (WHATWG HTML, 9.2 server-sent events).
fn take_event(unread: &mut Vec<u8>) -> Option<String> {
    while let Some(end) = unread.iter().position(|&byte| byte == b'\n') {
        let line: Vec<u8> = unread.drain(..=end).collect();
        let line = String::from_utf8_lossy(&line);
        if let Some(name) = line.strip_prefix("event:") {
            return Some(name.trim().to_owned());
        }
    }
    None
}

impl Drop for Events {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

fn read<T: DeserializeOwned>(status: StatusCode, bytes: &[u8]) -> Result<T, ClientError> {
    if !status.is_success() {
        return Err(match serde_json::from_slice(bytes) {
            Ok(problem) => ClientError::Refused(problem),
            Err(_) => {
                ClientError::Answer(format!("{status}: {}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)])))
            }
        });
    }
    serde_json::from_slice(bytes).map_err(|error| ClientError::Answer(error.to_string()))
}

/// Checks that the node promised, with a signature that holds, to keep exactly these statements in this log.
fn check_receipts(head: &HeadView, ids: &[StatementId], taken: &Taken) -> Result<(), ClientError> {
    let bad = |what: &str| ClientError::Answer(format!("its receipt {what}: keep what you sent, and ask its operator"));
    let receipts = receipts(taken);
    if receipts.len() != ids.len() {
        return Err(bad("is missing"));
    }
    for (id, bytes) in ids.iter().zip(&receipts) {
        let receipt =
            Receipt::decode(Kind::Receipt, bytes).map_err(|error| bad(&format!("does not verify ({error})")))?;
        if receipt.content().statement != *id || receipt.content().log.to_string() != head.group {
            return Err(bad("is for something else"));
        }
    }
    Ok(())
}

/// Statements of one key that follow each other.
pub(crate) struct Chain<'a> {
    head: StatementContent,
    signer: &'a dyn Signer,
    statements: Vec<Statement>,
}

impl<'a> Chain<'a> {
    fn new(head: &HeadView, signer: &'a dyn Signer) -> Result<Self, ClientError> {
        let answer = |error: folkmoot_protocol::id::IdError| ClientError::Answer(error.to_string());
        let head = StatementContent {
            log: head.group.parse().map_err(answer)?,
            seen: head.seen.parse().map_err(answer)?,
            previous: head.previous.as_ref().map(|id| id.parse().map_err(answer)).transpose()?,
            act: Act::Seen {},
        };
        Ok(Self { head, signer, statements: Vec::new() })
    }

    /// Signs the next act.
    pub(crate) fn sign(&mut self, act: Act) -> Result<StatementId, SignError> {
        let content = StatementContent { act, ..self.head.clone() };
        let statement = Signed::try_sign(Kind::Statement, content, self.signer)?;
        let id = statement.id();
        self.head.previous = Some(id);
        self.statements.push(statement);
        Ok(id)
    }
}

/// Makes a body with a random salt.
pub(crate) fn body(text: &str) -> Result<Body, ClientError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| ClientError::Broken(error.to_string()))?;
    Body::new(salt, text).map_err(|error| {
        ClientError::Refused(Problem { kind: "malformed".into(), message: format!("the text is too long: {error}") })
    })
}

/// The bytes of receipts, to keep them.
pub(crate) fn receipts(taken: &Taken) -> Vec<Vec<u8>> {
    taken.receipts.iter().filter_map(|hex| hex_decode_vec(hex)).collect()
}

/// Escapes what a person typed for use in a path.
pub(crate) fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_line_by_line_however_they_arrive() {
        let stream = b"event: entry\ndata: {}\n\n:\n\nevent:lagged\ndata: {}\n\n";
        for step in 1..stream.len() {
            let (mut unread, mut names) = (Vec::new(), Vec::new());
            for part in stream.chunks(step) {
                unread.extend_from_slice(part);
                names.extend(std::iter::from_fn(|| take_event(&mut unread)));
            }
            assert_eq!(names, ["entry", "lagged"], "{step}");
        }
    }
}
