//! One bash in which a page is typed, in a folder of its own; the nodes that it starts end with it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
};

use folkmoot_tests::harness::{PATIENCE, moot};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Printed after each step.
const END: &str = "=== end of the step ===";
/// Ports that pages name, as a part of an address: an id may have the same digits.
const PORTS: [&str; 4] = ["tcp/4150", "tcp/4151", "tcp/4152", "tcp/4153"];
/// Counts, and lets a node for which the page names no port listen on a free one.
const MOOT: &str = r#"#!/bin/sh
echo "$*" >> "COUNT"
case "$*" in
    *--listen*) ;;
    *"node run"*) set -- "$@" --listen /ip4/127.0.0.1/tcp/0 ;;
esac
exec "MOOT" "$@"
"#;

/// A bash.
pub(crate) struct Shell {
    dir: TempDir,
    bash: Child,
    lines: Receiver<String>,
    ports: Vec<(&'static str, String)>,
}

impl Shell {
    /// Starts one that stops at the first mistake. `cargo install` does nothing in it.
    pub(crate) fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("moot").tempdir().expect("a temporary folder can be made");
        let (bin, tmp) = (dir.path().join("bin"), dir.path().join("tmp"));
        fs::create_dir(&bin).unwrap();
        fs::create_dir(&tmp).unwrap();
        let count = dir.path().join("count").display().to_string();
        program(&bin, "moot", &MOOT.replace("COUNT", &count).replace("MOOT", &moot().display().to_string()));
        program(&bin, "cargo", "#!/bin/sh\n");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MOOT_")) {
            command.env_remove(name);
        }
        command.args(["--noprofile", "--norc"]).env("PATH", path).env("HOME", dir.path()).env("TMPDIR", &tmp);
        command.env_remove("SSH_AUTH_SOCK").env_remove("XDG_DATA_HOME").env_remove("EDITOR").env("TZ", "UTC");
        let mut bash =
            command.current_dir(dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash");
        let stdout = BufReader::new(bash.stdout.take().expect("standard output is a pipe"));
        let (said, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| drop(said.send(line))));
        let mut shell = Self { dir, bash, lines, ports: free_ports() };
        shell.type_in("exec 2>&1\nset -euo pipefail\n");
        shell
    }

    /// Types commands and gives back what they print.
    ///
    /// # Errors
    /// What they printed, where one of them failed or did not end.
    pub(crate) fn run(&mut self, script: &str) -> Result<String, String> {
        // From a file, so that no command can read what is to be typed next.
        let file = self.dir.path().join("step.sh");
        fs::write(&file, self.ports.iter().fold(script.to_owned(), |text, (page, free)| text.replace(page, free)))
            .unwrap();
        self.type_in(&format!(". {} < /dev/null\necho '{END}'\n", file.display()));
        let mut printed = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == END => break,
                Ok(line) => printed.push_str(&(line + "\n")),
                Err(_) => return Err(printed),
            }
        }
        Ok(self.ports.iter().fold(printed, |text, (page, free)| text.replace(free.as_str(), page)))
    }

    /// The `moot` commands that ran so far.
    pub(crate) fn commands(&self) -> Vec<String> {
        let count = fs::read_to_string(self.dir.path().join("count")).unwrap_or_default();
        count.lines().map(str::to_owned).collect()
    }

    fn type_in(&mut self, text: &str) {
        // If it is gone, that shows in what it prints.
        let _ = self.bash.stdin.as_mut().expect("standard input is a pipe").write_all(text.as_bytes());
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.bash.kill();
        let _ = self.bash.wait();
        for pid in nodes(self.dir.path()) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn program(bin: &Path, name: &str, text: &str) {
    let path = bin.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A free port for each that pages name: below those that the system gives to whoever asks for any, who could get one
/// before a node listens on it.
fn free_ports() -> Vec<(&'static str, String)> {
    static USED: AtomicU32 = AtomicU32::new(0);
    let mut candidates = std::iter::repeat_with(|| {
        let used = USED.fetch_add(1, Ordering::Relaxed);
        u16::try_from(20_000 + (std::process::id().wrapping_mul(16) + used) % 12_000).expect("below 32,000")
    });
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut next = || candidates.by_ref().take(12_000).find(free).expect("there are free ports");
    PORTS.iter().map(|page| (*page, format!("tcp/{}", next()))).collect()
}

/// The processes that hold a lock in this folder, as long as they are `moot`.
fn nodes(dir: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let (dirs, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let locks = files.iter().filter(|file| file.ends_with("lock"));
    let pids = locks.filter_map(|lock| fs::read_to_string(lock).ok()?.parse().ok());
    let own = |pid: &i32| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == moot());
    let here = pids.filter(own).filter_map(Pid::from_raw);
    here.chain(dirs.iter().flat_map(|dir| nodes(dir))).collect()
}
