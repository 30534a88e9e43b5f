//! What concerns this machine: the node, the disk, files, keys.

use folkmoot_protocol::time::Span;

use super::{Finding, Node, Snapshot};
use crate::{identity::Keeper, output::bytes};

/// Below this a node refuses to write.
const DISK_FULL: u64 = 64 << 20;
/// Below this it is time to make room.
const DISK_LOW: u64 = 1 << 30;
/// How long before an end somebody should take care of it: a decision takes a week by default.
const SOON_SECS: u64 = 14 * 86_400;

/// Whether the node runs, as the same version.
pub(super) fn node(snapshot: &Snapshot) -> Vec<Finding> {
    let Snapshot { node, version, home, .. } = snapshot;
    let start = format!("moot --home {} node run", home.display());
    vec![match node {
        // Whoever acts through a node elsewhere has no store, and nothing that is to run here.
        Node::Away { why } if snapshot.store.is_none() => {
            Finding::warn("node", format!("no node runs here, so what it knows was not looked at: {why}"), start)
        }
        Node::Away { why } => Finding::fail("node", format!("the node of this home does not run: {why}"), start),
        Node::Here(node) if node.version != *version => Finding::warn(
            "node",
            format!("the node is version {}, and this is moot {version}", node.version),
            "start the node again with this version of moot",
        ),
        Node::Here(node) => Finding::ok(
            "node",
            format!("it runs as version {version} and listens on {} addresses", node.listening.len()),
        ),
    }]
}

/// Whether there is room for the store.
pub(super) fn disk(snapshot: &Snapshot) -> Vec<Finding> {
    let home = snapshot.home.display();
    let store = snapshot.store.map_or("there is no store".into(), |used| format!("the store takes {}", bytes(used)));
    vec![match snapshot.free {
        None => Finding::warn(
            "disk",
            format!("nobody can tell how much room there is for {home}; {store}"),
            format!("df -h {home}"),
        ),
        Some(free) if free < DISK_FULL => Finding::fail(
            "disk",
            format!("{} are left, and a node writes nothing below {}; {store}", bytes(free), bytes(DISK_FULL)),
            format!("make room on the disk of {home}"),
        ),
        Some(free) if free < DISK_LOW => Finding::warn(
            "disk",
            format!("{} are left; {store}", bytes(free)),
            format!("make room on the disk of {home}"),
        ),
        Some(free) => Finding::ok("disk", format!("{} are left; {store}", bytes(free))),
    }]
}

/// Whether what is for the owner alone is.
pub(super) fn permissions(snapshot: &Snapshot) -> Vec<Finding> {
    let open: Vec<Finding> = snapshot
        .private
        .iter()
        .filter(|(_, mode)| mode & 0o077 != 0)
        .map(|(path, mode)| {
            let path = path.display();
            Finding::fail("files", format!("others may use {path} (mode {mode:04o})"), format!("chmod go= {path}"))
        })
        .collect();
    if !open.is_empty() {
        return open;
    }
    let count = snapshot.private.len();
    vec![Finding::ok("files", format!("what is private is private ({count} files and folders)"))]
}

/// Whether members' keys can be used, and only by them.
pub(super) fn keys(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings: Vec<Finding> = snapshot
        .broken_keys
        .iter()
        .map(|(name, why)| Finding::fail("keys", format!("the key '{name}' cannot be used: {why}"), "moot id list"))
        .collect();
    for (name, keeper) in &snapshot.keys {
        findings.push(match keeper {
            Keeper::File => Finding::warn(
                "keys",
                format!("the key '{name}' is not encrypted: whoever copies its file can sign as its member"),
                format!("ssh-keygen -p -f {}", snapshot.home.join("keys").join(name).display()),
            ),
            Keeper::EncryptedFile => Finding::ok("keys", format!("the key '{name}' takes a passphrase")),
            Keeper::Agent => Finding::ok("keys", format!("ssh-agent keeps the key '{name}'")),
        });
    }
    if findings.is_empty() {
        // A node that only witnesses needs none.
        findings.push(Finding::ok("keys", "no member's key is here (moot id new NAME makes one)"));
    }
    findings
}

/// What ends soon, or has ended.
pub(super) fn terms(snapshot: &Snapshot) -> Vec<Finding> {
    let near = snapshot.terms.iter().filter(|term| term.until.before(Span::from_secs(SOON_SECS)) <= snapshot.now);
    near.map(|term| {
        let what = format!("{} in {}", term.what, term.group);
        let next = format!("moot propose --group {} --effects FILE, with a new term", term.group);
        if term.until <= snapshot.now {
            Finding::fail("terms", format!("{what} has ended, at {}", term.until), next)
        } else {
            Finding::warn("terms", format!("{what} ends soon, at {}", term.until), next)
        }
    })
    .collect()
}
