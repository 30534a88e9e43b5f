//! Disks that take no more: the node stops with a reason, and what it acknowledged is there when it starts again.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use folkmoot_node::control::view::GroupView;
use folkmoot_protocol::id::EntryId;
use folkmoot_tests::harness::{CallError, Home, NodeProcess, key};

use super::{kitchen::charter, row::Refused, statements::proposal};

/// Files of at most 1 MiB, and an error beyond instead of a signal.
const SMALL_FILES: &str = "trap '' XFSZ; ulimit -f 2048";
/// More proposals of this size than fit.
const MANY: usize = 200;
const WORDS: usize = 15_000;

/// Founds a group and proposes until nothing more is taken; gives back the log that was acknowledged, and what the node
/// said at its end.
fn propose_until_it_stops(home: &Home, node: NodeProcess, first: impl FnOnce()) -> (Vec<EntryId>, Refused) {
    let id = home.api().found(&charter(), &key("ana")).unwrap();
    first();
    let mut acknowledged = Vec::new();
    for n in 0.. {
        assert!(n < MANY, "the disk takes it all");
        acknowledged = ids(home, &id);
        let (propose, why) = proposal("work", &"x".repeat(WORDS + n));
        match home.api().submit("kitchen", &key("dia"), [propose], &[why]) {
            Ok(_) => {}
            // The node was gone before it could answer.
            Err(CallError::Broken(_)) => break,
            Err(CallError::Refused(_, problem)) => {
                assert_eq!(problem.kind, "stopping");
                assert!(problem.message.contains("look whether it was taken (moot log)"), "{}", problem.message);
                break;
            }
        }
    }
    (acknowledged, Refused::of(&node.ends()))
}

fn ids(home: &Home, group: &str) -> Vec<EntryId> {
    home.api().log(group).unwrap().iter().map(|entry| entry.id()).collect()
}

/// Starts the node again and looks for all that was acknowledged; what was not may be there or not, whole.
fn is_all_there(home: &Home, acknowledged: &[EntryId]) {
    let node = home.node();
    let group: GroupView = home.api().group("kitchen").unwrap().unwrap();
    let (replica, log) = home.api().replay("kitchen").unwrap();
    let log: Vec<EntryId> = log.iter().map(|entry| entry.id()).collect();
    assert!(log.starts_with(acknowledged) && log.len() <= acknowledged.len() + 1, "{acknowledged:?}\n{log:?}");
    assert_eq!(replica.digest().to_string(), group.digest);
    node.stop();
}

#[test]
fn a_disk_that_takes_no_more_stops_the_node_and_loses_nothing() {
    let home = Home::new();
    let node = NodeProcess::start_after(SMALL_FILES, &home);
    let (acknowledged, refused) = propose_until_it_stops(&home, node, || {});
    println!("a disk that takes no more\n    {}: {}", refused.kind, refused.message);
    assert_eq!(refused.kind, "node");
    let said = ["the store in", "/store failed", "see to its disk, then restart the node", "File too large"];
    said.iter().for_each(|part| assert!(refused.message.contains(part), "'{part}' is not in: {}", refused.message));
    is_all_there(&home, &acknowledged);
}

#[test]
#[ignore = "needs a small filesystem: mounts a tmpfs as root"]
fn a_full_disk_stops_the_node_and_loses_nothing() {
    let home = Home::new();
    let disk = SmallDisk::mount(home.path().join("store"));
    let node = home.node();
    let (acknowledged, refused) = propose_until_it_stops(&home, node, || disk.fill());
    println!("a full disk\n    {}: {}", refused.kind, refused.message);
    assert_eq!(refused.kind, "node");
    let said = ["the disk of", "/store is full", "free some space, and start the node again"];
    said.iter().for_each(|part| assert!(refused.message.contains(part), "'{part}' is not in: {}", refused.message));
    disk.empty();
    is_all_there(&home, &acknowledged);
}

/// A filesystem of 200 MiB, which ends with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Self {
        fs::create_dir_all(&at).unwrap();
        run(Command::new("mount").args(["-t", "tmpfs", "-o", "size=200M,mode=0700", "tmpfs"]).arg(&at));
        Self(at)
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        while filler.write_all(&[1; 4096]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(&self.0 as &Path));
    }
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}
