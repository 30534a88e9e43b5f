//! What monitoring reads, over the socket and over TCP, and what a running node logs.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
};

use folkmoot_node::control::view::NodeView;
use folkmoot_tests::harness::{Home, eventually};
use serde_json::Value;

const CHARTER: &str = r#"
name = "kitchen"
purpose = "To cook for the street."

[members]
ana = {}

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
"#;

/// Reads a path from whatever answers HTTP: its status and what follows the head.
fn read(mut stream: impl Read + Write, path: &str) -> (u16, String) {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn socket(home: &Home) -> UnixStream {
    UnixStream::connect(home.path().join("run/node.sock")).unwrap()
}

/// The value of a metric, labels and all.
fn value(text: &str, name: &str) -> Option<i64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn monitoring_sees_what_the_node_does() {
    let home = Home::new();
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    home.write("node.toml", &format!("metrics = \"{address}\"\n"));
    let node = home.node();
    home.id("ana");
    let file = home.write("kitchen.toml", CHARTER);
    home.json::<Value>(&["--as", "ana", "group", "found", &file]);
    home.json::<Value>(&["--as", "ana", "seen"]);
    let words = ["--title", "Cook", "--text", "Cook", "--why", "Hunger."];
    home.refused(&[&["--as", "ana", "propose", "--domain", "nowhere"], &words[..]].concat());

    for (status, text) in [read(socket(&home), "/metrics"), read(TcpStream::connect(address).unwrap(), "/metrics")] {
        assert_eq!(status, 200);
        assert_eq!(value(&text, "folkmoot_entries_total{act=\"found\"}"), Some(1), "{text}");
        assert_eq!(value(&text, "folkmoot_entries_total{act=\"admit\"}"), Some(1));
        assert_eq!(value(&text, "folkmoot_statements_total"), Some(1));
        assert_eq!(value(&text, "folkmoot_logs{role=\"hosted\"}"), Some(1));
        assert!(value(&text, "folkmoot_store_commits_total") >= Some(2));
        assert!(value(&text, "folkmoot_memory_bytes") > Some(1 << 20));
        assert!(value(&text, "folkmoot_store_bytes") > Some(1 << 20));
        assert!(text.contains("folkmoot_refusals_total{class="), "{text}");
        assert!(text.trim_end().ends_with("# EOF"));
    }
    assert_eq!(read(socket(&home), "/health"), (200, r#"{"live":true}"#.into()));
    assert_eq!(read(socket(&home), "/ready"), (200, r#"{"ready":true,"reasons":[]}"#.into()));
    // Nothing but monitoring is to be had over TCP.
    for path in ["/v1/status", "/v1/backup", "/log-level"] {
        assert_eq!(read(TcpStream::connect(address).unwrap(), path).0, 404, "{path}");
    }
    let status: NodeView = home.json(&["node", "status"]);
    assert!(status.store.intact && status.store.free > Some(0) && status.not_ready.is_empty(), "{status:?}");
    node.kill9();

    // A store that lost something is no reason to die, and one not to be ready.
    std::fs::rename(home.path().join("store"), home.path().join("store.old")).unwrap();
    let kept = home.path().join("kept");
    let node = home.node();
    assert!(!home.json::<NodeView>(&["node", "status"]).store.intact);
    node.kill9();
    std::fs::rename(home.path().join("store"), home.path().join("store.new")).unwrap();
    std::fs::rename(home.path().join("store.old"), home.path().join("store")).unwrap();
    let node = home.node();
    home.json::<Value>(&["backup", kept.to_str().unwrap()]);
    node.stop();
    std::fs::remove_dir_all(home.path().join("store")).unwrap();
    home.json::<Value>(&["restore", kept.to_str().unwrap()]);
    let _node = home.node();
    let (status, text) = read(socket(&home), "/ready");
    assert_eq!(status, 503);
    assert!(text.contains("catching-up: 'kitchen'"), "{text}");
    assert_eq!(value(&read(socket(&home), "/metrics").1, "folkmoot_logs_catching_up"), Some(1));
}

#[test]
fn a_running_node_logs_what_it_is_told_to() {
    let home = Home::new();
    let node = home.node();
    home.id("ana");
    let file = home.write("kitchen.toml", CHARTER);
    home.json::<Value>(&["--as", "ana", "group", "found", &file]);
    let entries = |log: String| log.matches("\"message\":\"entry\"").count();
    eventually("entries are logged", || (entries(node.log()) == 1).then_some(()));
    home.json::<Value>(&["node", "log-level", "warn"]);
    home.json::<Value>(&["--as", "ana", "seen"]);
    home.json::<Value>(&["node", "log-level", "debug"]);
    home.json::<Value>(&["--as", "ana", "seen"]);
    eventually("entries are logged again", || (entries(node.log()) == 2).then_some(()));
    let problem = home.refused(&["node", "log-level", "folkmoot=loudly"]);
    assert!(problem.message.contains("is no filter"), "{}", problem.message);
}

#[test]
fn a_node_over_its_disk_says_so_and_its_own_group_goes_on() {
    let home = Home::new();
    // The store's reserve alone takes more.
    home.write("node.toml", "max_disk_mib = 1\n");
    let node = home.node();
    let (status, text) = read(socket(&home), "/ready");
    assert_eq!(status, 503);
    assert!(text.contains("max-disk: "), "{text}");
    assert!(node.log().contains("no guests' logs"), "{}", node.log());
    home.id("ana");
    let file = home.write("kitchen.toml", CHARTER);
    home.json::<Value>(&["--as", "ana", "group", "found", &file]);
    home.json::<Value>(&["--as", "ana", "seen"]);
    assert_eq!(home.json::<NodeView>(&["node", "status"]).store.max, Some(1 << 20));
}
