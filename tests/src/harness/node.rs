//! A node that dies with its test.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use super::{Home, Output, PATIENCE, eventually, moot_command, moot_command_after};

/// Where a node listens unless it is told otherwise: a free port of this machine.
const FREE_PORT: &str = "/ip4/127.0.0.1/tcp/0";
/// Lines of a node's log that a failed test shows.
const LOG_LINES: usize = 40;

/// A node that runs.
pub struct NodeProcess {
    child: Child,
    home: Home,
    ready: Ready,
}

/// What a node says once it runs.
#[derive(Debug, Deserialize)]
struct Ready {
    event: String,
    node: String,
    listening: Vec<String>,
}

impl NodeProcess {
    /// Starts the node of a home and waits until it is ready; without addresses it listens on a free port.
    ///
    /// # Panics
    /// If it does not start.
    #[track_caller]
    pub fn start(home: &Home, listen: &[String]) -> Self {
        Self::when_ready(home, spawn(moot_command(home.path()), home.path(), listen))
    }

    /// Starts the node of a home from a shell that runs something first, like `ulimit`.
    ///
    /// # Panics
    /// If it does not start.
    #[track_caller]
    pub fn start_after(first: &str, home: &Home) -> Self {
        Self::when_ready(home, spawn(moot_command_after(first, home.path()), home.path(), &[]))
    }

    #[track_caller]
    fn when_ready(home: &Home, mut child: Child) -> Self {
        let stdout = child.stdout.take().expect("standard output is a pipe");
        let (said, heard) = mpsc::channel();
        // Reads to the end, so that the node never writes into a pipe that nobody holds.
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(said.send(line)))
        });
        let failed = |child: &mut Child| {
            let _ = child.kill();
            format!("the node did not start: {:?}\n{}", child.wait(), log_end(home.path()))
        };
        let line = heard.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{}", failed(&mut child)));
        let ready: Ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(ready.event, "ready");
        Self { child, home: home.clone(), ready }
    }

    /// Starts the node of a home and kills it as soon as it has its lock: while it opens its store.
    pub fn start_and_kill(home: &Home) {
        let home = home.path();
        let mut child = spawn(moot_command(home), home, &[]);
        let own = child.id().to_string();
        eventually("the node takes its lock", || {
            (fs::read_to_string(home.join("lock")).ok()? == own || child.try_wait().ok()?.is_some()).then_some(())
        });
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Its identity as did:key.
    pub fn id(&self) -> &str {
        &self.ready.node
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[String] {
        &self.ready.listening
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(log_path(self.home.path())).expect("a node has a log")
    }

    /// Kills it on the spot, as a power cut of the process.
    pub fn kill9(mut self) {
        self.child.kill().expect("a node can be killed");
        let status = self.child.wait().expect("a node can be waited for");
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "it ended by itself: {}", log_end(self.home.path()));
    }

    /// Tells it to stop and waits until it has: it must end as one that was asked to.
    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("a node can be told to stop");
        let status = self.ended();
        assert_eq!(status.code(), Some(0), "{}", log_end(self.home.path()));
    }

    /// Waits until it has ended by itself, and gives back what it said last.
    #[track_caller]
    pub fn ends(mut self) -> Output {
        let code = self.ended().code();
        Output { command: "moot node run".into(), code, stdout: String::new(), stderr: self.log() }
    }

    /// Stops it and starts it again.
    pub fn restart(self) -> Self {
        let home = self.home.clone();
        self.stop();
        Self::start(&home, &[])
    }

    fn ended(&mut self) -> ExitStatus {
        eventually("the node stops", || self.child.try_wait().expect("a node can be waited for"))
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // After `stop` there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the end of the log of {}:\n{}", self.ready.node, log_end(self.home.path()));
        }
    }
}

fn spawn(mut command: Command, home: &Path, listen: &[String]) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log_path(home)).expect("a log can be written");
    command.args(["--json", "node", "run", "--log", "info,folkmoot_node=debug"]);
    let free = [FREE_PORT.to_owned()];
    for address in if listen.is_empty() { &free } else { listen } {
        command.args(["--listen", address]);
    }
    command.stdout(Stdio::piped()).stderr(log).spawn().expect("a node can be started")
}

fn log_path(home: &Path) -> PathBuf {
    home.join("node.log")
}

fn log_end(home: &Path) -> String {
    let log = fs::read_to_string(log_path(home)).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
