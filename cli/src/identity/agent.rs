//! Two messages of the ssh-agent protocol: which keys are there, and sign this.
//!
//! The protocol is draft-ietf-sshm-ssh-agent: every message is its length (four bytes), its type (one byte) and its
//! fields; a string is its length (four bytes) and its bytes (RFC 4251 §5). Keys and signatures are those of
//! RFC 8709 §4 and §6.

use std::{
    env,
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use folkmoot_protocol::key::{PublicKey, SignError, Signer};
use thiserror::Error;

/// The environment variable with the path of the agent's socket.
const SOCKET_VARIABLE: &str = "SSH_AUTH_SOCK";
/// How Ed25519 keys and signatures call themselves (RFC 8709).
const ED25519: &[u8] = b"ssh-ed25519";

/// `SSH_AGENT_FAILURE`: the agent will not.
const FAILURE: u8 = 5;
/// `SSH_AGENTC_REQUEST_IDENTITIES`, which `SSH_AGENT_IDENTITIES_ANSWER` answers.
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
/// `SSH_AGENTC_SIGN_REQUEST`, which `SSH_AGENT_SIGN_RESPONSE` answers.
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// Longest message in bytes, either way: OpenSSH's agent has the same limit.
const MESSAGE_BYTES: usize = 256 * 1024;
/// How long the agent may take to list its keys: it only looks into its memory.
const LIST_WAIT: Duration = Duration::from_secs(10);
/// How long the agent may take to sign: it may ask its user first (`ssh-add -c`, a fingerprint, a password).
const SIGN_WAIT: Duration = Duration::from_secs(120);

/// An ssh-agent behind its socket.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    socket: PathBuf,
    list_wait: Duration,
    sign_wait: Duration,
}

impl Agent {
    /// The agent that the environment names, if it names one.
    pub(super) fn from_env() -> Option<Self> {
        env::var_os(SOCKET_VARIABLE).filter(|path| !path.is_empty()).map(|path| Self::at(path.into()))
    }

    /// The agent behind `socket`.
    pub(super) fn at(socket: PathBuf) -> Self {
        Self { socket, list_wait: LIST_WAIT, sign_wait: SIGN_WAIT }
    }

    /// Where it listens.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Says whether the agent holds the private half of `key`.
    pub(super) fn holds(&self, key: &PublicKey) -> Result<bool, AgentError> {
        let answer = self.ask(&[REQUEST_IDENTITIES], IDENTITIES_ANSWER, self.list_wait)?;
        contains(&answer, &key_blob(key)).ok_or_else(|| self.error(AgentFault::Malformed("a list of keys")))
    }

    /// Lists the Ed25519 keys that the agent holds, with their comments.
    pub(super) fn keys(&self) -> Result<Vec<(PublicKey, String)>, AgentError> {
        let answer = self.ask(&[REQUEST_IDENTITIES], IDENTITIES_ANSWER, self.list_wait)?;
        ed25519_keys(&answer).ok_or_else(|| self.error(AgentFault::Malformed("a list of keys")))
    }

    /// Has the agent sign `message` with `key`, and verifies what it returns.
    pub(super) fn sign(&self, key: &PublicKey, message: &[u8]) -> Result<[u8; 64], AgentError> {
        let mut request = vec![SIGN_REQUEST];
        put_string(&mut request, &key_blob(key));
        put_string(&mut request, message);
        request.extend_from_slice(&[0; 4]); // no flags: they choose hashes for RSA
        let answer = self.ask(&request, SIGN_RESPONSE, self.sign_wait)?;
        let signature = signature(&answer).ok_or_else(|| self.error(AgentFault::Malformed("an Ed25519 signature")))?;
        if key.verifies(message, &signature) { Ok(signature) } else { Err(self.error(AgentFault::WrongSignature)) }
    }

    /// Sends a request over a connection of its own and takes the fields of the answer.
    fn ask(&self, request: &[u8], expected: u8, wait: Duration) -> Result<Vec<u8>, AgentError> {
        if request.len() > MESSAGE_BYTES {
            return Err(self.error(AgentFault::TooMuchToSign(request.len())));
        }
        let stream = UnixStream::connect(&self.socket).map_err(|error| self.error(AgentFault::Away(error)))?;
        match exchange(stream, request, wait).map_err(|fault| self.error(fault))?.split_first() {
            Some((&FAILURE, _)) => Err(self.error(AgentFault::Refused)),
            Some((&kind, fields)) if kind == expected => Ok(fields.to_vec()),
            Some((&kind, _)) => Err(self.error(AgentFault::Unexpected(kind))),
            None => Err(self.error(AgentFault::Length(0))),
        }
    }

    fn error(&self, fault: AgentFault) -> AgentError {
        AgentError { socket: self.socket.clone(), fault }
    }
}

/// One key that an agent keeps.
pub(super) struct AgentSigner {
    pub(super) agent: Agent,
    pub(super) key: PublicKey,
}

impl Signer for AgentSigner {
    fn public(&self) -> PublicKey {
        self.key
    }

    fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.agent.sign(&self.key, message).map_err(|error| SignError { key: self.key, reason: error.to_string() })
    }
}

/// Says why an agent was of no help.
#[derive(Debug, Error)]
#[error("ssh-agent at {} {fault}", socket.display())]
pub(crate) struct AgentError {
    socket: PathBuf,
    #[source]
    fault: AgentFault,
}

/// What an agent did, in words that follow its name.
#[derive(Debug, Error)]
enum AgentFault {
    #[error("cannot be reached ({0}): start one with 'eval $(ssh-agent)' and add your key with ssh-add")]
    Away(#[source] io::Error),
    #[error("did not answer within {} s: see whether it waits for you to confirm, or start another one", .0.as_secs_f32())]
    Silent(Duration),
    #[error("hung up without an answer: see whether {SOCKET_VARIABLE} names an agent")]
    HungUp,
    #[error("broke off ({0}): try again")]
    BrokeOff(#[source] io::Error),
    #[error("refused: it may be locked (ssh-add -X), have dropped the key (ssh-add FILE), or its user said no")]
    Refused,
    #[error(
        "announced an answer of {0} bytes, and one has 1 to {MESSAGE_BYTES}: see whether {SOCKET_VARIABLE} names an agent"
    )]
    Length(usize),
    #[error("gave an answer of type {0}, which was not asked for: see whether {SOCKET_VARIABLE} names an agent")]
    Unexpected(u8),
    #[error("did not return {0}: update it, or use the key file instead")]
    Malformed(&'static str),
    #[error("returned a signature that is not this key's: use another agent, or the key file instead")]
    WrongSignature,
    #[error("takes at most {MESSAGE_BYTES} bytes, and {0} are to be signed: use the key file instead")]
    TooMuchToSign(usize),
}

/// A connection with one deadline for everything, so that a byte now and then does not keep it open.
struct Line {
    stream: UnixStream,
    until: Instant,
}

impl Line {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Line {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Sends one message and reads one, whose length is checked before anything is allocated for it.
fn exchange(stream: UnixStream, request: &[u8], wait: Duration) -> Result<Vec<u8>, AgentFault> {
    let mut line = Line { stream, until: Instant::now() + wait };
    let failed = |error| broken(error, wait);
    let mut message = Vec::with_capacity(4 + request.len());
    put_string(&mut message, request);
    line.write_all(&message).map_err(failed)?;
    let mut length = [0; 4];
    line.read_exact(&mut length).map_err(failed)?;
    let length = u32::from_be_bytes(length) as usize;
    if !(1..=MESSAGE_BYTES).contains(&length) {
        return Err(AgentFault::Length(length));
    }
    let mut answer = vec![0; length];
    line.read_exact(&mut answer).map_err(failed)?;
    Ok(answer)
}

fn broken(error: io::Error, wait: Duration) -> AgentFault {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => AgentFault::Silent(wait),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => AgentFault::HungUp,
        _ => AgentFault::BrokeOff(error),
    }
}

/// Looks for a key in the fields of a list; `None` if they are no list.
fn contains(mut fields: &[u8], wanted: &[u8]) -> Option<bool> {
    let mut found = false;
    for _ in 0..take_u32(&mut fields)? {
        found |= take_string(&mut fields)? == wanted;
        let _comment = take_string(&mut fields)?;
    }
    fields.is_empty().then_some(found)
}

/// The Ed25519 keys in the fields of a list, other kinds left out; `None` if they are no list.
fn ed25519_keys(mut fields: &[u8]) -> Option<Vec<(PublicKey, String)>> {
    let mut keys = Vec::new();
    for _ in 0..take_u32(&mut fields)? {
        let (mut blob, comment) = (take_string(&mut fields)?, take_string(&mut fields)?);
        if take_string(&mut blob) == Some(ED25519)
            && let Some(key) = take_string(&mut blob).and_then(|bytes| bytes.try_into().ok())
            && let Ok(key) = PublicKey::from_bytes(key)
        {
            keys.push((key, String::from_utf8_lossy(comment).into_owned()));
        }
    }
    fields.is_empty().then_some(keys)
}

/// Takes the signature out of the fields of a response; `None` if it is not one of Ed25519.
fn signature(mut fields: &[u8]) -> Option<[u8; 64]> {
    let mut blob = take_string(&mut fields)?;
    let kind = take_string(&mut blob)?;
    let signature = take_string(&mut blob)?;
    if fields.is_empty() && blob.is_empty() && kind == ED25519 { signature.try_into().ok() } else { None }
}

/// The key as SSH writes it (RFC 8709 §4).
fn key_blob(key: &PublicKey) -> Vec<u8> {
    let mut blob = Vec::new();
    put_string(&mut blob, ED25519);
    put_string(&mut blob, key.as_bytes());
    blob
}

/// Writes a string; those here are under [`MESSAGE_BYTES`] or refused before they are sent.
fn put_string(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend_from_slice(bytes);
}

fn take_u32(from: &mut &[u8]) -> Option<u32> {
    let (head, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u32::from_be_bytes(*head))
}

fn take_string<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_u32(from)? as usize;
    let (head, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixListener, thread};

    use folkmoot_protocol::key::SecretKey;

    use super::*;

    /// An agent of one thread that answers every connection with what `answer` makes of the request.
    fn fake(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> (tempfile::TempDir, Agent) {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("agent");
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut length = [0; 4];
                stream.read_exact(&mut length).unwrap();
                let mut request = vec![0; u32::from_be_bytes(length) as usize];
                stream.read_exact(&mut request).unwrap();
                let _ = stream.write_all(&answer(&request));
            }
        });
        let agent = Agent { list_wait: Duration::from_secs(5), sign_wait: Duration::from_secs(5), ..Agent::at(socket) };
        (dir, agent)
    }

    fn framed(message: &[u8]) -> Vec<u8> {
        let mut framed = Vec::new();
        put_string(&mut framed, message);
        framed
    }

    fn listing(keys: &[&[u8]]) -> Vec<u8> {
        let mut message = vec![IDENTITIES_ANSWER];
        message.extend_from_slice(&u32::try_from(keys.len()).unwrap().to_be_bytes());
        for key in keys {
            put_string(&mut message, key);
            put_string(&mut message, b"a comment");
        }
        framed(&message)
    }

    fn signed(kind: &[u8], signature: &[u8]) -> Vec<u8> {
        let mut blob = Vec::new();
        put_string(&mut blob, kind);
        put_string(&mut blob, signature);
        let mut message = vec![SIGN_RESPONSE];
        put_string(&mut message, &blob);
        framed(&message)
    }

    fn secret() -> SecretKey {
        SecretKey::from_seed([7; 32])
    }

    /// What `holds` and `sign` say to an agent that always answers `bytes`.
    fn complaints(bytes: Vec<u8>) -> [String; 2] {
        let (_dir, agent) = fake(move |_| bytes.clone());
        let key = secret().public();
        [agent.holds(&key).unwrap_err().to_string(), agent.sign(&key, b"message").unwrap_err().to_string()]
    }

    #[test]
    fn a_key_is_found_among_others() {
        let key = secret().public();
        let (_dir, agent) = fake(move |request| {
            assert_eq!(request, [REQUEST_IDENTITIES]);
            listing(&[b"some RSA key", &key_blob(&key), b"", b"another"])
        });
        assert!(agent.holds(&key).unwrap());
        assert!(!agent.holds(&SecretKey::from_seed([8; 32]).public()).unwrap());
        let (_dir, empty) = fake(|_| listing(&[]));
        assert!(!empty.holds(&key).unwrap());
    }

    #[test]
    fn a_key_of_the_agent_is_imported_without_a_file() {
        use crate::identity::{Identities, IdentityError, Keeper};

        let key = secret().public();
        let (dir, agent) = fake(move |_| listing(&[b"some RSA key", &key_blob(&key), b""]));
        assert_eq!(agent.keys().unwrap(), [(key, "a comment".to_owned())]);
        let identities = Identities { dir: dir.path().join("keys"), agent: Some(agent) };
        let absent = dir.path().join("id_ed25519");
        assert_eq!(identities.import_usual("ana", &absent).unwrap(), key);
        let ana = identities.identity("ana").unwrap();
        assert_eq!((ana.key, ana.keeper), (key, Keeper::Agent));
        assert!(ana.openssh.ends_with(" a comment"), "{}", ana.openssh);
        assert_eq!(identities.import_from_agent("bo", Some("a comment")).unwrap(), key);
        let other = identities.import_from_agent("cleo", Some("another")).unwrap_err().to_string();
        assert!(other.contains("'another', only: a comment"), "{other}");

        // A file comes first, and with several keys somebody has to choose.
        let file = Identities { agent: None, ..identities.clone() };
        let made = file.create("made", None).unwrap();
        std::fs::rename(dir.path().join("keys/made"), &absent).unwrap();
        assert_eq!(identities.import_usual("dora", &absent).unwrap(), made);
        let twin = SecretKey::from_seed([8; 32]).public();
        let (_dir, agent) = fake(move |_| listing(&[&key_blob(&key), &key_blob(&twin)]));
        let several = Identities { agent: Some(agent), ..identities.clone() };
        assert!(matches!(several.import_usual("emil", Path::new("/nowhere/id")), Err(IdentityError::Several(_))));
        let nothing = file.import_usual("emil", Path::new("/nowhere/id")).unwrap_err();
        assert!(matches!(nothing, IdentityError::NothingToImport(_)), "{nothing}");
    }

    #[test]
    fn an_agent_signs_the_message_it_is_sent() {
        let (_dir, agent) = fake(|mut request| {
            assert_eq!(request.split_off_first(), Some(&SIGN_REQUEST));
            assert_eq!(take_string(&mut request), Some(&key_blob(&secret().public())[..]));
            let message = take_string(&mut request).unwrap();
            assert_eq!(request, [0; 4]);
            signed(ED25519, &secret().sign(message))
        });
        let signer = AgentSigner { agent, key: secret().public() };
        for message in [&b""[..], b"message", &[7; 200_000]] {
            assert_eq!(signer.try_sign(message).unwrap(), secret().sign(message));
        }
        let error = signer.try_sign(&[7; MESSAGE_BYTES]).unwrap_err().to_string();
        assert!(error.contains("takes at most 262144 bytes"), "{error}");
    }

    #[test]
    fn wrong_signatures_are_not_passed_on() {
        let other = SecretKey::from_seed([8; 32]).sign(b"message").to_vec();
        for bad in [vec![0; 64], other, secret().sign(b"another message").to_vec()] {
            let [_, sign] = complaints(signed(ED25519, &bad));
            assert!(sign.contains("a signature that is not this key's"), "{sign}");
        }
        let good = secret().sign(b"message");
        let mut longer = signed(ED25519, &good);
        longer[3] += 1;
        longer.push(0);
        for bad in [signed(ED25519, &good[..63]), signed(b"ssh-rsa", &good), longer, framed(&[SIGN_RESPONSE])] {
            let [_, sign] = complaints(bad);
            assert!(sign.contains("did not return an Ed25519 signature"), "{sign}");
        }
    }

    #[test]
    fn refusals_say_what_may_help() {
        for complaint in complaints(framed(&[FAILURE])) {
            assert!(complaint.contains("refused: it may be locked (ssh-add -X)"), "{complaint}");
        }
    }

    #[test]
    fn garbage_is_called_garbage() {
        for complaint in complaints(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()) {
            assert!(complaint.contains("announced an answer of 1213486160 bytes"), "{complaint}");
        }
        for length in [0, MESSAGE_BYTES + 1, u32::MAX as usize] {
            for complaint in complaints(u32::try_from(length).unwrap().to_be_bytes().to_vec()) {
                assert!(complaint.contains(&format!("announced an answer of {length} bytes")), "{complaint}");
            }
        }
        for complaint in complaints(framed(&[99, 1, 2, 3])) {
            assert!(complaint.contains("an answer of type 99"), "{complaint}");
        }
        let mut trailing = listing(&[b"key"]);
        trailing[3] += 1;
        trailing.push(0);
        let many = framed(&[IDENTITIES_ANSWER, 0xff, 0xff, 0xff, 0xff]);
        let long = framed(&[IDENTITIES_ANSWER, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
        for bad in [framed(&[IDENTITIES_ANSWER]), many, long, trailing] {
            let [holds, _] = complaints(bad);
            assert!(holds.contains("did not return a list of keys"), "{holds}");
        }
    }

    #[test]
    fn an_agent_that_hangs_up_is_noticed() {
        for bytes in [&b""[..], &[0, 0], &[0, 0, 0, 9, SIGN_RESPONSE]] {
            for complaint in complaints(bytes.to_vec()) {
                assert!(complaint.contains("hung up without an answer"), "{complaint}");
            }
        }
    }

    #[test]
    fn no_agent_is_said_plainly() {
        let agent = Agent::at("/nowhere/at/all".into());
        let error = agent.holds(&secret().public()).unwrap_err().to_string();
        assert!(error.starts_with("ssh-agent at /nowhere/at/all cannot be reached"), "{error}");
    }

    #[test]
    fn neither_silence_nor_dribbling_nor_deafness_hangs() {
        let dir = tempfile::tempdir().unwrap();
        let wait = Duration::from_millis(300);
        let at = |name: &str| Agent { list_wait: wait, sign_wait: wait, ..Agent::at(dir.path().join(name)) };
        let timed = |work: &dyn Fn() -> AgentError| {
            let start = Instant::now();
            let error = work().to_string();
            assert!(error.contains("did not answer within 0.3 s"), "{error}");
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        };

        // Nobody ever accepts: the request fits into the socket's buffer, or it does not.
        let _silent = UnixListener::bind(at("silent").socket()).unwrap();
        timed(&|| at("silent").holds(&secret().public()).unwrap_err());
        timed(&|| at("silent").sign(&secret().public(), &[0; MESSAGE_BYTES - 200]).unwrap_err());

        // A byte at a time, each well within the deadline.
        let dribbling = UnixListener::bind(at("dribbling").socket()).unwrap();
        thread::spawn(move || {
            let (mut stream, _) = dribbling.accept().unwrap();
            stream.write_all(&[0, 1, 0, 0]).unwrap();
            while stream.write_all(&[0]).is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        timed(&|| at("dribbling").holds(&secret().public()).unwrap_err());
    }
}
