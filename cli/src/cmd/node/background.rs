//! `moot node run --background`: a second process runs the node; this one ends when that one is ready.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    os::unix::{
        fs::{DirBuilderExt as _, OpenOptionsExt as _},
        process::CommandExt as _,
    },
    path::Path,
    process::{Child, Command, Stdio},
};

use folkmoot_node::{config::Home, control::view::NodeView};
use serde_json::json;

use crate::{
    client::Client,
    cmd::{CliError, Ctx},
};

/// Where its log goes, in the home.
const LOG: &str = "node.log";
/// The end of the log that is shown where the node does not start.
const LOG_END: u64 = 4096;

/// Starts `moot node run` in the background with the same settings, and waits until it is ready.
///
/// # Errors
/// If it does not start; with what it logged.
pub(super) async fn start(listen: &[String], witness: bool, log: &str, ctx: &Ctx) -> Result<(), CliError> {
    let home = Home::new(&ctx.home);
    let path = home.path().join(LOG);
    let (file, before) = open_log(home.path(), &path)
        .map_err(|error| CliError::Input(format!("cannot write the log {}: {error}", path.display())))?;
    let mut child = spawn(listen, witness, log, file, ctx)?;
    if !says_that_it_runs(&mut child)? {
        child.wait()?;
        let end = log_end(&path, before).unwrap_or_default();
        return Err(CliError::Failed(format!("the node did not start. What it logged:\n{}", end.trim_end())));
    }
    let node: NodeView = Client::new(home.socket()).get("/v1/status").await?;
    let (pid, log) = (child.id(), path.display());
    let ready = json!({
        "event": "ready", "node": node.node, "socket": home.socket(), "listening": node.listening,
        "pid": pid, "log": path,
    });
    ctx.out.show(&ready, |_| {
        format!("Node {} runs on {}.\nIts log is {log}. Stop it: kill {pid}", node.node, home.path().display())
    })?;
    Ok(())
}

/// Opens the log to go on with it; gives back how long it is.
fn open_log(home: &Path, path: &Path) -> io::Result<(File, u64)> {
    DirBuilder::new().recursive(true).mode(0o700).create(home)?;
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let before = file.metadata()?.len();
    Ok((file, before))
}

/// A process of its own group, so that Ctrl-C here does not reach it.
fn spawn(listen: &[String], witness: bool, log: &str, file: File, ctx: &Ctx) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--home").arg(&ctx.home).args(["node", "run", "--log", log]);
    command.args(listen.iter().flat_map(|address| ["--listen", address]));
    if ctx.json {
        command.arg("--json");
    }
    if witness {
        command.arg("--witness");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).process_group(0).spawn()
}

/// Waits until it prints that it is ready; it ends before it prints anything if it cannot start.
fn says_that_it_runs(child: &mut Child) -> io::Result<bool> {
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    Ok(!line.is_empty())
}

fn log_end(path: &Path, before: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let from = before.max(file.metadata()?.len().saturating_sub(LOG_END));
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
