//! Names, keys and settings that lead nowhere.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    os::unix::fs::PermissionsExt as _,
};

use folkmoot_tests::harness::Home;

use super::{
    kitchen::{Kitchen, NODE_RUN, names},
    row::{Refused, Row},
};

/// Starts a node in a new home with these settings, which must not come up nor leave a store.
fn node(settings: &str, args: &[&str]) -> Refused {
    let home = Home::new();
    home.write("node.toml", settings);
    let refused = Refused::of(&home.moot(&[&["--json"], args].concat()));
    assert!(!home.path().join("run/node.sock").exists());
    refused
}

/// Founds a federation in which the kitchen weighs that.
fn weighing(kitchen: &Kitchen, weight: &str) -> Refused {
    let (log, node) = (format!("g{}", "00".repeat(32)), kitchen.node.as_ref().expect("it runs").id());
    let text = format!(
        "name = \"street\"\npurpose = \"To share a street\"\n[groups.kitchen]\nlog = \"{log}\"\nnode = \"{node}\"\n\
         weight = {weight}\n[panel.one]\nnode = \"{node}\"\n"
    );
    kitchen.file("federation.toml", &text, &["federation", "found", "--why", "Together."])
}

pub(crate) const ROWS: &[Row<Kitchen>] = &[
    Row {
        name: "acting with a key that is not there",
        attempt: |kitchen| kitchen.refused(&["--as", "zoe", "seen"]),
        kind: "identity",
        says: ["there is no identity 'zoe'", "/keys", "moot id new zoe"],
    },
    Row {
        name: "a private key that others may read",
        attempt: |kitchen| {
            let file = kitchen.home.path().join("keys/ben");
            fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
            let refused = kitchen.refused(&["--as", "ben", "seen"]);
            fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
            refused
        },
        kind: "identity",
        says: ["others may read the private key", "keys/ben (mode 0644)", "chmod 600"],
    },
    Row {
        name: "a second key of one name",
        attempt: |kitchen| kitchen.refused(&["id", "new", "ana", "--no-passphrase"]),
        kind: "identity",
        says: ["is there already", "keys/ana", "choose another name, or move that file away first"],
    },
    Row {
        name: "a proposal that is not there",
        attempt: |kitchen| kitchen.refused(&["--as", "ana", "agree", "p0000000"]),
        kind: "not-found",
        says: ["there is no proposal", "'p0000000' here", "moot list"],
    },
    Row {
        name: "a group that is not there",
        attempt: |kitchen| kitchen.refused(&["log", "attic"]),
        kind: "not-found",
        says: ["there is no group", "'attic' here", "moot group show"],
    },
    Row {
        name: "a group of a federation that weighs nothing",
        attempt: |kitchen| weighing(kitchen, "0"),
        kind: "input",
        says: ["its weight is 0", "groups.kitchen", "name one from 1 to 1000000"],
    },
    Row {
        name: "a group of a federation that weighs too much",
        attempt: |kitchen| weighing(kitchen, "1000001"),
        kind: "input",
        says: ["its weight is 1000001", "groups.kitchen", "name one from 1 to 1000000"],
    },
    Row {
        name: "a weight that is no whole number",
        attempt: |kitchen| weighing(kitchen, "1.5"),
        kind: "input",
        says: ["invalid type: floating point `1.5`", "weight = 1.5", "expected u32"],
    },
    Row {
        name: "a home without a running node",
        attempt: |_| {
            let home = Home::new();
            let refused = Refused::of(&home.moot(&["--json", "list"]));
            assert_eq!(names(home.path()), Vec::<String>::new());
            refused
        },
        kind: "no-node",
        says: ["no node answers", "run/node.sock", "start one (moot node run)"],
    },
    Row {
        name: "a setting that is none",
        attempt: |_| node("lisen = []\n", NODE_RUN),
        kind: "node",
        says: ["unknown field `lisen`", "node.toml", "expected one of"],
    },
    Row {
        name: "an address that is none",
        attempt: |_| node("", &["node", "run", "--listen", "localhost:4150"]),
        kind: "node",
        says: ["is not an address", "'localhost:4150'", "write it like /ip4/0.0.0.0/tcp/4150"],
    },
    Row {
        name: "a port in use",
        attempt: |kitchen| {
            let before = kitchen.state();
            let taken = kitchen.node.as_ref().unwrap().addresses()[0].clone();
            let refused = node("", &["node", "run", "--listen", &taken]);
            assert_eq!(kitchen.state(), before);
            assert!(refused.message.contains(&taken), "{}", refused.message);
            refused
        },
        kind: "node",
        says: ["cannot listen on", "/ip4/127.0.0.1/tcp/", "choose another address (--listen, or listen in node.toml)"],
    },
    Row {
        name: "an answer that cannot be written: the disk is full",
        attempt: |kitchen| {
            let before = kitchen.state();
            let full: File = OpenOptions::new().write(true).open("/dev/full").unwrap();
            let refused = Refused::of(&kitchen.home.moot_into(full, &["--json", "list"]));
            assert_eq!(kitchen.state(), before);
            refused
        },
        kind: "output",
        says: ["No space left on device", "cannot print the answer", "moot doctor"],
    },
];
