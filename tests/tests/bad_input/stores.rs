//! Stores and backups that a node or `moot restore` must not take.

use std::{fs, path::PathBuf};

use folkmoot_node::backup::Header;
use folkmoot_protocol::id::Hash;
use folkmoot_tests::harness::Home;

use super::{
    kitchen::{Kitchen, NODE_RUN, copy, refused},
    row::{Refused, Row},
};

/// The file with a node's records, and what was in it.
struct StoreFile {
    file: PathBuf,
    bytes: Vec<u8>,
}

impl StoreFile {
    fn of(home: &Home) -> Self {
        let file = home.path().join("store/db");
        let bytes = fs::read(&file).expect("the store can be read");
        Self { file, bytes }
    }

    /// Changes a byte of the first record that holds these words.
    fn damage(&self, words: &str) {
        let at = self.bytes.windows(words.len()).position(|window| window == words.as_bytes());
        let at = at.expect("the words are in the store");
        let mut bytes = self.bytes.clone();
        bytes[at] ^= 1;
        fs::write(&self.file, bytes).expect("the store can be written");
    }

    fn restore(&self) {
        fs::write(&self.file, &self.bytes).expect("the store can be written");
    }
}

/// Backs the kitchen up under a name of its own, and gives back the file.
fn backup(kitchen: &Kitchen, name: &str) -> String {
    let file = kitchen.home.path().join(name).into_os_string().into_string().expect("a path is text");
    kitchen.home.moot(&["backup", &file]).words();
    file
}

/// Restores into a home that must not get a store by it.
#[track_caller]
fn no_restore(home: &Home, file: &str) -> Refused {
    let refused = Refused::of(&home.moot(&["--json", "restore", file]));
    assert!(!home.path().join("store").exists(), "{}", refused.message);
    refused
}

/// A home with the kitchen's keys and nothing else.
fn heir(kitchen: &Kitchen) -> Home {
    let home = Home::new();
    ["keys", "node-keys"].iter().for_each(|dir| copy(&kitchen.home.path().join(dir), &home.path().join(dir)));
    home
}

/// A backup with its bytes changed in a home that could take it.
fn changed(kitchen: &Kitchen, name: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Refused {
    let file = backup(kitchen, name);
    fs::write(&file, change(fs::read(&file).unwrap())).unwrap();
    no_restore(&heir(kitchen), &file)
}

/// Another header in a backup, with its checksum.
fn with_format(bytes: &[u8], format: u32) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte == b'\n').expect("a first line") + 1;
    let length = u32::from_be_bytes(bytes[start..start + 4].try_into().unwrap()) as usize;
    let end = start + 4 + length;
    let mut header: Header = serde_json::from_slice(&bytes[start + 4..end]).expect("a header is JSON");
    header.format = format;
    let json = serde_json::to_vec(&header).unwrap();
    let part = [&u32::try_from(json.len()).unwrap().to_be_bytes()[..], &json].concat();
    [&bytes[..start], &part, &Hash::of(&part).0, &bytes[end + 32..]].concat()
}

/// Lets the store say that a later release wrote it.
fn set_format(home: &Home, format: u32) {
    let store = home.path().join("store");
    // As the node opens it; its own records stand beside the logs', each with the hash of its key and itself.
    let db = sled::Config::new().path(store).segment_size(16 << 20).open().expect("the store opens");
    let (key, value) = (b"\0format", format.to_be_bytes());
    let hash = Hash::of(&[&(key.len() as u64).to_be_bytes()[..], key, &value].concat());
    let own = db.open_tree(b"\0store").expect("the store's own records");
    assert!(own.insert(key, [&hash.0[..], &value].concat()).expect("it can be written").is_some(), "it had a format");
    db.flush().expect("it can be written");
}

pub(crate) const ROWS: &[Row<Kitchen>] = &[
    Row {
        name: "a store with a byte that has changed",
        attempt: |kitchen| {
            let title = "Sharpen the knives";
            kitchen.propose("work", title);
            let before = kitchen.state();
            kitchen.stop();
            let store = StoreFile::of(&kitchen.home);
            store.damage(title);
            let refused = Refused::of(&kitchen.home.moot(&[&["--json"], NODE_RUN].concat()));
            // A start that was refused must not be what makes the next one pass.
            assert_eq!(kitchen.home.refused(NODE_RUN).message, refused.message);
            store.restore();
            kitchen.start();
            assert_eq!(kitchen.state(), before);
            refused
        },
        kind: "node",
        says: ["is damaged", "the store in", "move the store away"],
    },
    Row {
        name: "a store of a newer version",
        attempt: |kitchen| {
            let before = kitchen.state();
            kitchen.stop();
            let kept = Home::new();
            copy(&kitchen.home.path().join("store"), kept.path());
            set_format(&kitchen.home, 99);
            let refused = Refused::of(&kitchen.home.moot(&[&["--json"], NODE_RUN].concat()));
            assert_eq!(kitchen.home.refused(NODE_RUN).message, refused.message);
            fs::remove_dir_all(kitchen.home.path().join("store")).unwrap();
            copy(kept.path(), &kitchen.home.path().join("store"));
            kitchen.start();
            assert_eq!(kitchen.state(), before);
            refused
        },
        kind: "node",
        says: ["has format 99 and this release knows", "the store in", "install a newer one"],
    },
    Row {
        name: "a second node on the same home",
        attempt: |kitchen| {
            let refused = kitchen.refused(NODE_RUN);
            let pid = kitchen.node.as_ref().unwrap().pid();
            assert!(refused.message.contains(&format!("(process {pid})")), "{}", refused.message);
            refused
        },
        kind: "node",
        says: ["a node runs on", "already (process", "stop that one first, or use another home (--home)"],
    },
    Row {
        name: "a backup over another file",
        attempt: |kitchen| {
            let file = backup(kitchen, "first.backup");
            let before = fs::read(&file).unwrap();
            let refused = kitchen.refused(&["backup", &file]);
            assert_eq!(fs::read(&file).unwrap(), before);
            refused
        },
        kind: "input",
        says: ["exists", "first.backup", "choose another name"],
    },
    Row {
        name: "a backup into a folder that is not there",
        attempt: |kitchen| {
            let file = kitchen.home.path().join("nowhere/x.backup");
            kitchen.refused(&["backup", file.to_str().unwrap()])
        },
        kind: "failed",
        says: ["cannot write", "nowhere/x.backup", "moot backup --help"],
    },
    Row {
        name: "restoring into a home whose node runs",
        attempt: |kitchen| {
            let file = backup(kitchen, "second.backup");
            kitchen.refused(&["restore", &file])
        },
        kind: "backup",
        says: ["a node runs on", "already (process", "stop that one first, or use another home"],
    },
    Row {
        name: "restoring over a store: the backup is older than its log",
        attempt: |kitchen| {
            let file = backup(kitchen, "third.backup");
            kitchen.propose("work", "Buy a bell");
            let before = kitchen.state();
            kitchen.stop();
            let refused = Refused::of(&kitchen.home.moot(&["--json", "restore", &file]));
            kitchen.start();
            assert_eq!(kitchen.state(), before);
            refused
        },
        kind: "backup",
        says: ["has a store already", "/store", "restore into a new home (--home), or move that store away"],
    },
    Row {
        name: "signing for a log that a backup is older than",
        attempt: |kitchen| {
            let file = backup(kitchen, "fourth.backup");
            kitchen.propose("work", "Ring the bell");
            kitchen.stop();
            let heir = heir(kitchen);
            heir.moot(&["restore", &file]).words();
            let node = heir.node();
            let refused = refused(&heir, &["--as", "ana", "seen", "--group", "kitchen"]);
            node.stop();
            kitchen.start();
            refused
        },
        kind: "catching-up",
        says: ["this node restored a backup or lost its store", "signs nothing for g", "moot node trust-store"],
    },
    Row {
        name: "restoring without the node's keys",
        attempt: |kitchen| no_restore(&Home::new(), &backup(kitchen, "fifth.backup")),
        kind: "backup",
        says: [
            "the backup is of node did:key:z6Mk",
            "node-keys has no keys",
            "copy that node's folder node-keys there",
        ],
    },
    Row {
        name: "restoring with another node's keys",
        attempt: |kitchen| {
            let file = backup(kitchen, "sixth.backup");
            let other = Home::new();
            other.node().stop();
            fs::remove_dir_all(other.path().join("store")).unwrap();
            no_restore(&other, &file)
        },
        kind: "backup",
        says: ["has those of did:key:z6Mk", "node-keys", "copy that node's folder node-keys there"],
    },
    Row {
        name: "a backup with a byte that has changed",
        attempt: |kitchen| {
            changed(kitchen, "rotten.backup", |mut bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                bytes
            })
        },
        kind: "backup",
        says: ["is not a whole backup", "rotten.backup", "use another one"],
    },
    Row {
        name: "a backup that was cut short",
        attempt: |kitchen| changed(kitchen, "short.backup", |bytes| bytes[..bytes.len() - 40].to_vec()),
        kind: "backup",
        says: ["is not a whole backup", "short.backup", "use another one"],
    },
    Row {
        name: "a file that is no backup",
        attempt: |kitchen| changed(kitchen, "letter.backup", |_| b"Dear all,\n".to_vec()),
        kind: "backup",
        says: ["is not a whole backup", "letter.backup", "use another one"],
    },
    Row {
        name: "a backup of a newer release",
        attempt: |kitchen| changed(kitchen, "newer.backup", |bytes| with_format(&bytes, 99)),
        kind: "backup",
        says: ["has format 99 and this release writes", "newer.backup", "restore it with release"],
    },
];
