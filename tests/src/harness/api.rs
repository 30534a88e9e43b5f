//! The control API as a program speaks it: HTTP over the node's socket, with statements that are signed here.

use std::{
    fmt,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Instant,
};

use folkmoot_node::{
    clock,
    control::view::{EntryView, FoundRequest, GroupView, HeadView, LogKeyView, Problem, StatementsRequest, Taken},
};
use folkmoot_protocol::{
    body::Body,
    cbor,
    charter::{Host, RawCharter},
    entry::{Entry, Receipt},
    envelope::{Kind, Signed},
    id::{Hash, StatementId, hex_decode_vec, hex_encode},
    key::SecretKey,
    replay::Replica,
    statement::{Act, FoundingContent, Statement, StatementContent},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::PATIENCE;

/// Entries in one page of a log.
const PAGE: usize = 500;

/// The key of that name: the same one in every test.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of(name.as_bytes()).0)
}

/// A free text. Its salt is no secret, which nobody needs here.
pub fn text(words: &str) -> Body {
    let salt = Hash::of(words.as_bytes()).0;
    Body::new(*salt.first_chunk().expect("a hash has 32 bytes"), words).expect("the text is short")
}

/// Why a call brought nothing.
#[derive(Debug)]
pub enum CallError {
    /// The node went away: what was asked may have been done or not.
    Broken(io::Error),
    /// The node refused.
    Refused(u16, Problem),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(error) => write!(f, "the connection broke: {error}"),
            Self::Refused(status, problem) => write!(f, "{status} {}: {}", problem.kind, problem.message),
        }
    }
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// Statements that a node has taken, with its receipts.
#[derive(Debug)]
pub struct Submission {
    /// The statements.
    pub statements: Vec<Statement>,
    /// A receipt for each, whose signature was verified.
    pub receipts: Vec<Receipt>,
}

/// A node's control API.
#[derive(Clone, Debug)]
pub struct Api {
    socket: PathBuf,
}

impl Api {
    pub(super) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Reads.
    ///
    /// # Errors
    /// If the node is away or refuses.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.call("GET", path, "")
    }

    /// Hands something in.
    ///
    /// # Errors
    /// If the node is away or refuses.
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, CallError> {
        self.call("POST", path, &serde_json::to_string(body).expect("a request is JSON"))
    }

    /// Founds a group with a charter, signed by the first of its people whose [`key`] it names.
    ///
    /// # Errors
    /// If the node is away or refuses.
    pub fn found(&self, charter: &str, founder: &SecretKey) -> Result<String, CallError> {
        let made: LogKeyView = self.post("/v1/log-keys", &json!({}))?;
        let parse = |key: &str| key.parse().expect("the node shows a key");
        self.found_at(charter, founder, Host { log_key: parse(&made.log_key), node: parse(&made.node) })
    }

    /// Founds a group as [`Self::found`] does, but with a node and log key of one's own choice.
    ///
    /// # Errors
    /// If the node is away or refuses.
    pub fn found_at(&self, charter: &str, founder: &SecretKey, host: Host) -> Result<String, CallError> {
        let raw: RawCharter = toml::from_str(charter).expect("a charter");
        let charter = raw.resolve(clock::now(), host, &|name| Some(key(name.as_str()).public())).expect("it can stand");
        let founding = Signed::sign(Kind::Founding, FoundingContent { charter: charter.hash() }, founder);
        let foundings = vec![hex_encode(founding.bytes())];
        let request = FoundRequest { charter: hex_encode(&cbor::encode(&charter)), foundings };
        let taken: Taken = self.post("/v1/groups", &request)?;
        Ok(taken.id.expect("a group has an id"))
    }

    /// Signs acts as the next statements of a key and hands them in together.
    ///
    /// # Errors
    /// If the node is away or refuses.
    ///
    /// # Panics
    /// If what the node answers is not what it has to.
    pub fn submit(
        &self,
        group: &str,
        author: &SecretKey,
        acts: impl IntoIterator<Item = Act>,
        bodies: &[Body],
    ) -> Result<Submission, CallError> {
        let statements = self.sign(group, author, acts)?;
        let taken = self.hand_in(group, &statements, bodies)?;
        let receipts: Vec<Receipt> = taken.receipts.iter().map(|hex| receipt(hex)).collect();
        let named: Vec<StatementId> = receipts.iter().map(|receipt| receipt.content().statement).collect();
        assert_eq!(named, statements.iter().map(Statement::id).collect::<Vec<_>>(), "a receipt for each statement");
        Ok(Submission { statements, receipts })
    }

    /// Signs acts as the next statements of a key and keeps them.
    ///
    /// # Errors
    /// If the node is away or knows no such group.
    pub fn sign(
        &self,
        group: &str,
        author: &SecretKey,
        acts: impl IntoIterator<Item = Act>,
    ) -> Result<Vec<Statement>, CallError> {
        let head: HeadView = self.get(&format!("/v1/groups/{group}/head?key={}", author.public()))?;
        let mut previous = head.previous.map(|id| id.parse().expect("the id of a statement"));
        let (log, seen) = (head.group.parse().expect("a group's id"), head.seen.parse().expect("an entry's id"));
        let next = acts.into_iter().map(|act| {
            let statement = Signed::sign(Kind::Statement, StatementContent { log, seen, previous, act }, author);
            previous = Some(statement.id());
            statement
        });
        Ok(next.collect())
    }

    /// Hands in statements as they are.
    ///
    /// # Errors
    /// If the node is away or refuses.
    pub fn hand_in(&self, group: &str, statements: &[Statement], bodies: &[Body]) -> Result<Taken, CallError> {
        let request = StatementsRequest {
            statements: statements.iter().map(|statement| hex_encode(statement.bytes())).collect(),
            bodies: bodies.iter().map(|body| hex_encode(&body.bytes())).collect(),
        };
        self.post(&format!("/v1/groups/{group}/statements"), &request)
    }

    /// The group of that name or id.
    ///
    /// # Errors
    /// If the node is away.
    pub fn group(&self, name: &str) -> Result<Option<GroupView>, CallError> {
        let groups: Vec<GroupView> = self.get("/v1/groups")?;
        Ok(groups.into_iter().find(|group| group.name == name || group.group == name))
    }

    /// All entries of a group's log, with every signature verified.
    ///
    /// # Errors
    /// If the node is away or knows no such group.
    ///
    /// # Panics
    /// If one of them is none.
    pub fn log(&self, group: &str) -> Result<Vec<Entry>, CallError> {
        let mut log = Vec::new();
        loop {
            let path = format!("/v1/groups/{group}/log?from={}&limit={PAGE}&bytes=true", log.len());
            let page: Vec<EntryView> = self.get(&path)?;
            let last = page.len() < PAGE;
            log.extend(page.iter().map(|view| {
                let bytes = view.bytes.as_deref().and_then(hex_decode_vec).expect("an entry comes with its bytes");
                Entry::decode(&bytes).expect("an entry of a log verifies")
            }));
            if last {
                return Ok(log);
            }
        }
    }

    /// A group's state by replay of its log from the first entry on, as a stranger to the node would do it.
    ///
    /// # Errors
    /// If the node is away or knows no such group.
    ///
    /// # Panics
    /// If the log breaks a rule.
    pub fn replay(&self, group: &str) -> Result<(Replica, Vec<Entry>), CallError> {
        let log = self.log(group)?;
        let mut replica = Replica::found(&log[0]).expect("the first entry founds a group");
        for entry in &log[1..] {
            let admitted = replica.check(entry).unwrap_or_else(|rule| panic!("entry {}: {rule}", entry.number()));
            replica.apply(admitted);
        }
        Ok((replica, log))
    }

    /// Watches what happens from now on.
    ///
    /// # Errors
    /// If the node is away.
    pub fn events(&self) -> Result<Events, CallError> {
        let mut lines = BufReader::new(self.send("GET", "/v1/events", "")?);
        let (status, _) = head(&mut lines)?;
        assert_eq!(status, 200, "events can be watched");
        Ok(Events { lines })
    }

    fn call<T: DeserializeOwned>(&self, method: &str, path: &str, body: &str) -> Result<T, CallError> {
        let mut answer = BufReader::new(self.send(method, path, body)?);
        let (status, length) = head(&mut answer)?;
        let mut body = vec![0; length.ok_or_else(|| broken("an answer without a length"))?];
        answer.read_exact(&mut body)?;
        if status != 200 {
            let problem = serde_json::from_slice(&body);
            let problem = problem.unwrap_or_else(|_| panic!("{status}: {}", String::from_utf8_lossy(&body)));
            return Err(CallError::Refused(status, problem));
        }
        Ok(serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    fn send(&self, method: &str, path: &str, body: &str) -> io::Result<UnixStream> {
        let mut stream = connect(&self.socket)?;
        let head = format!("{method} {path} HTTP/1.1\r\nhost: node\r\nconnection: close");
        let kind = "content-type: application/json";
        stream.write_all(format!("{head}\r\n{kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
        Ok(stream)
    }
}

/// What happens at a node, as it happens.
pub struct Events {
    lines: BufReader<UnixStream>,
}

impl Events {
    /// Waits for an event of that name about which `is` says yes.
    ///
    /// # Panics
    /// If none comes.
    #[track_caller]
    pub fn wait(&mut self, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        let mut named = false;
        while Instant::now() < end {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).unwrap_or_else(|error| panic!("waits for {name}: {error}"));
            assert!(read > 0, "the node went away before {name}");
            if let Some(event) = line.strip_prefix("event:") {
                named = event.trim() == name;
            } else if let Some(data) = line.strip_prefix("data:").filter(|_| named) {
                let data = serde_json::from_str(data).expect("an event is JSON");
                if is(&data) {
                    return data;
                }
            }
        }
        panic!("no such event within {PATIENCE:?}: {name}");
    }
}

fn connect(socket: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Reads the head of an answer: its status, and the length of what follows where it has one.
fn head(answer: &mut BufReader<UnixStream>) -> io::Result<(u16, Option<usize>)> {
    let mut line = || {
        let mut line = String::new();
        match answer.read_line(&mut line)? {
            0 => Err(broken("the answer ends before its body")),
            _ => Ok(line.trim_end().to_ascii_lowercase()),
        }
    };
    let status = line()?.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut length = None;
    loop {
        match line()? {
            end if end.is_empty() => break,
            header => length = length.or(header.strip_prefix("content-length:").and_then(|n| n.trim().parse().ok())),
        }
    }
    Ok((status.ok_or_else(|| broken("no status"))?, length))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, what.to_owned())
}

fn receipt(hex: &str) -> Receipt {
    let bytes = hex_decode_vec(hex).expect("a receipt is written in hexadecimal digits");
    Signed::decode(Kind::Receipt, &bytes).expect("a receipt verifies")
}
