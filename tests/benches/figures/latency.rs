//! How long a proposal takes until every node of a federation has it durably.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use folkmoot_node::{records::Records, store::SledStore};
use folkmoot_protocol::{
    body::Body,
    entry::Entry,
    envelope::{Kind, Signed},
    replay::Replica,
    statement::{Statement, StatementContent},
    sync::{self, Gossip, Parcel},
};
use folkmoot_tests::harness::{Api, Home, text};
use serde_json::{Value, json};

use crate::{
    bare, gossip,
    group::{Group, member, propose, records, why, words},
    report::{quantile, spread, times},
    seat::Seat,
};

/// Runs before those that count: connections, meshes and caches warm up.
const WARM_UP: usize = 5;

/// Measures the product, a bare message of the same size, and the disk.
pub(crate) fn measure(runs: usize) -> Value {
    let Runs { taken, visible, entries, why } = run(runs);
    let last = entries.last().expect("there are entries");
    let parcel = Parcel::new(last.bytes(), [why.bytes()]);
    let bytes = sync::encode(&Gossip::Entry(parcel)).len();
    eprintln!("latency: {:?} until all have it; now bare", quantile(&visible, 0.5));

    let message = gossip::measure(bytes, runs);
    let (dir, store) = (Home::new(), Home::new());
    let disk = bare::synchronise(dir.path(), bytes, runs);
    let commit = commits(&store, &entries[entries.len() - runs..], &why);
    json!({
        "what": "from handing a proposal to the node of its group until two other nodes report its entry, which they do \
                 once it is durable there",
        "bytes": bytes,
        "product": spread(&visible),
        "taken": spread(&taken),
        "bare": {
            "gossip": spread(&message),
            "fdatasync": spread(&disk),
        },
        "store_commit": spread(&commit),
        "ratio": {
            "what": "product time / bare time",
            "to_gossip": times(&visible, &message),
            "to_fdatasync": times(&visible, &disk),
        },
    })
}

/// What the runs brought.
struct Runs {
    /// Until the group's node has answered.
    taken: Vec<Duration>,
    /// Until both other nodes have reported the entry.
    visible: Vec<Duration>,
    entries: Vec<Entry>,
    /// One of the texts that came along.
    why: Body,
}

fn run(runs: usize) -> Runs {
    let homes = [Home::new(), Home::new(), Home::new()];
    let others = [Seat::start(&homes[1]), Seat::start(&homes[2])];
    let mut group = Group::found(&homes[0]);
    group.federate(&others.each_ref().map(Seat::contact));
    others.iter().for_each(|seat| seat.follow(group.agreement.as_ref().expect("it is in a federation")));
    let replica = group.close();
    let first = replica.head().number;
    let watchers = others.each_ref().map(|seat| watch(&seat.api(), first, first + (WARM_UP + runs) as u64));
    let host = Seat::start(&homes[0]);
    for watcher in &watchers {
        reported(watcher, first);
    }

    let (log, api) = (replica.log().to_string(), host.api());
    let (mut taken, mut visible) = (Vec::new(), Vec::new());
    for (number, (statement, why)) in (first + 1..).zip(proposals(&replica, WARM_UP + runs)) {
        let start = Instant::now();
        api.hand_in(&log, &[statement], &[why]).unwrap_or_else(|error| panic!("{error}"));
        taken.push(start.elapsed());
        let last = watchers.iter().map(|watcher| reported(watcher, number)).max();
        visible.push(last.expect("there are watchers").duration_since(start));
    }
    let entries = api.log(&log).expect("the node answers");
    host.stop();
    others.into_iter().for_each(Seat::stop);
    Runs { taken: taken.split_off(WARM_UP), visible: visible.split_off(WARM_UP), entries, why: text(&why(0)) }
}

/// Proposals of one member, signed ahead, with their reasons.
fn proposals(replica: &Replica, count: usize) -> Vec<(Statement, Body)> {
    let key = member(0);
    let mut previous = replica.last_statement(&key.public());
    let next = |number| {
        let why = text(&why(number));
        let content = replica.compose(&key.public(), propose(words(number), &why));
        let statement: Statement = Signed::sign(Kind::Statement, StatementContent { previous, ..content }, &key);
        previous = Some(statement.id());
        (statement, why)
    };
    (0..count).map(next).collect()
}

/// Reports when a node says that it has an entry, from one number to another.
fn watch(api: &Api, first: u64, last: u64) -> mpsc::Receiver<(u64, Instant)> {
    let (report, reports) = mpsc::channel();
    let mut events = api.events().expect("the node answers");
    thread::spawn(move || {
        for number in first..=last {
            events.wait("entry", |event| event["number"] == number);
            if report.send((number, Instant::now())).is_err() {
                return;
            }
        }
    });
    reports
}

fn reported(watcher: &mpsc::Receiver<(u64, Instant)>, number: u64) -> Instant {
    let (reported, at) = watcher.recv().expect("the node reports every entry");
    assert_eq!(reported, number, "a node reports entries in order");
    at
}

/// How long the node's own store takes for one such entry at a time.
fn commits(home: &Home, entries: &[Entry], why: &Body) -> Vec<Duration> {
    let store = Records::new(Arc::new(SledStore::open(home.path()).expect("a store can be made")));
    let commit = |entry: &Entry| {
        let records = records(entry, std::slice::from_ref(why));
        let start = Instant::now();
        store.commit(&records).expect("the store writes");
        start.elapsed()
    };
    entries.iter().map(commit).collect()
}
