//! Runs the real `moot` as child processes, as members and operators do; what it starts ends with the test.
//!
//! A step that fails panics with what the process said, so that a test reads as a story without error handling.
//!
//! # Layout
//! - here: homes and commands
//! - `binary`: where `moot` is; `node`: a node that dies with its test; `api`: the control API and signing for it
//! - `panel`: a whole federation

mod api;
mod binary;
mod node;
mod panel;

use std::{
    fmt,
    fs::File,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use folkmoot_node::control::view::Problem;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, de::DeserializeOwned};
use tempfile::TempDir;

pub use self::{
    api::{Api, CallError, Events, Submission, key, text},
    binary::moot,
    node::NodeProcess,
    panel::{GROUPS, Panel, Seat},
};

/// What takes longer than this hangs. Generous, because it only costs time when something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
///
/// # Panics
/// If there is none within [`PATIENCE`].
#[track_caller]
pub fn eventually<T>(what: impl fmt::Display, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A folder for keys and a node's data, removed when neither the test nor a node needs it any more.
#[derive(Clone)]
pub struct Home {
    dir: Arc<TempDir>,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty one, with a short path: that of a socket must fit into 107 bytes.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("moot").tempdir().expect("a temporary folder can be made");
        Self { dir: Arc::new(dir) }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.into_os_string().into_string().expect("the path of a temporary folder is text")
    }

    /// The control API of its node.
    pub fn api(&self) -> Api {
        Api::new(self.path().join("run/node.sock"))
    }

    /// Makes a key and gives back its public half as did:key.
    pub fn id(&self, name: &str) -> String {
        let made: serde_json::Value = self.json(&["id", "new", name, "--no-passphrase"]);
        made["key"].as_str().expect("a key is shown").to_owned()
    }

    /// Starts its node, listening on a free port.
    pub fn node(&self) -> NodeProcess {
        NodeProcess::start(self, &[])
    }

    /// Runs `moot` with its words for people.
    pub fn moot(&self, args: &[&str]) -> Output {
        run(moot_command(self.path()).args(args))
    }

    /// Runs `moot` with its standard output going to a file, which the answer then lacks.
    #[track_caller]
    pub fn moot_into(&self, file: File, args: &[&str]) -> Output {
        end(moot_command(self.path()).args(args).stdout(file))
    }

    /// Runs `moot`, which must succeed, and reads its JSON.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self, args: &[&str]) -> T {
        self.moot(&[&["--json"], args].concat()).json()
    }

    /// Runs `moot`, which must refuse, and gives back why.
    #[track_caller]
    pub fn refused(&self, args: &[&str]) -> Problem {
        self.moot(&[&["--json"], args].concat()).problem()
    }
}

/// What a command said and how it ended.
#[derive(Clone, Debug)]
pub struct Output {
    command: String,
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// The words of a command that succeeded.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn words(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.stdout
    }

    /// The JSON of a command that succeeded: one value and nothing else, and no complaint beside it.
    ///
    /// # Panics
    /// If it did not, or printed something else.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// Why a command with `--json` failed: exit code 1, nothing on standard output, the reason last on standard error.
    ///
    /// # Panics
    /// If it did not fail like that.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        #[derive(Deserialize)]
        struct Failed {
            error: Problem,
        }
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{self}");
        let last = self.stderr.lines().last().unwrap_or_default();
        let failed: Failed = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}\n{self}"));
        failed.error
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n→ {:?}\n{}{}", self.command, self.code, self.stdout, self.stderr)
    }
}

/// `moot` in a home, with nothing of the surroundings but the path.
fn moot_command(home: &Path) -> Command {
    in_surroundings(Command::new(moot()), home)
}

/// `moot` in a home, started by a shell that runs something first.
fn moot_command_after(first: &str, home: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\"")).arg(moot());
    in_surroundings(shell, home)
}

fn in_surroundings(mut command: Command, home: &Path) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MOOT_") {
            command.env_remove(name);
        }
    }
    command.env_remove("SSH_AUTH_SOCK").env_remove("XDG_DATA_HOME").env("HOME", home).env("TZ", "UTC");
    command.arg("--home").arg(home).stdin(Stdio::null());
    command
}

/// Runs a command to its end and takes what it prints.
#[track_caller]
fn run(command: &mut Command) -> Output {
    end(command.stdout(Stdio::piped()))
}

/// Runs a command to its end, and kills it if there is none.
#[track_caller]
fn end(command: &mut Command) -> Output {
    let words = format!("{command:?}");
    let child = command.stderr(Stdio::piped()).spawn().expect("moot can be started");
    let pid = Pid::from_child(&child);
    let (done, ended) = mpsc::channel();
    // It only fails if nobody waits any more.
    thread::spawn(move || drop(done.send(child.wait_with_output())));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        let _ = kill_process(pid, Signal::KILL);
        panic!("did not end within {PATIENCE:?}: {words}");
    };
    let output = output.expect("a child can be waited for");
    let text = |bytes| String::from_utf8(bytes).expect("moot prints text");
    Output { command: words, code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
