//! How fast a node that has nothing fetches a log from another: verified, judged and durable.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use folkmoot_node::{records::Records, store::SledStore};
use folkmoot_protocol::{
    entry::Entry,
    machine::Record,
    replay::Replica,
    sync::{self, Answer, VerifiedAnswer},
};
use folkmoot_tests::harness::{Api, Home};
use serde_json::{Value, json};

use crate::{
    bare::{self, Pair},
    group::{Group, records},
    report::{self, best, cores, processor_time, rate, speed},
    seat::Seat,
};

/// Most bytes of records in one write of the node, and what it counts for each beside its bytes (`run.rs`).
const WRITE_BYTES: usize = 1024 * 1024;
const RECORD: usize = 128;

/// Measures the product, and what it cannot do without.
pub(crate) fn measure(entries: usize, rounds: usize) -> Value {
    let (mut products, mut processors, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for round in 1..=rounds {
        eprintln!("ingest, round {round} of {rounds}: a log of {entries} entries");
        let (product, processor, fetched) = fetch(entries);
        products.push(product);
        processors.push(processor);
        bares.push(Bare::of(&fetched));
        last = Some(fetched);
    }
    let (fetched, product, threads) = (last.expect("there is a round"), best(&products), cores());
    let count = fetched.entries.len();
    let least = |part: fn(&Bare) -> Duration| best(&bares.iter().map(part).collect::<Vec<_>>());
    let signatures = least(|bare| bare.signatures);
    let (decoding, store) = (least(|bare| bare.decoding), least(|bare| bare.store));
    let sum = signatures + decoding + store;
    eprintln!(
        "ingest: {:.2} s, {:.2} of the bare speed",
        product.as_secs_f64(),
        sum.as_secs_f64() / product.as_secs_f64()
    );
    let writes = fetched.batches();
    json!({
        "what": "from the connection of two nodes until all entries of a log are durable at the one that had none",
        "entries": count,
        "signatures": bares[0].checks,
        "bytes": writes.iter().flatten().map(|(key, value)| key.len() + value.len()).sum::<usize>(),
        "writes": writes.len(),
        "product": rate(count, product),
        "product_rounds_seconds": report::rounds(&products),
        "product_processor_seconds_of_both_nodes": report::rounds(&processors),
        "bare": {
            "what": "the same signatures, decoding and writes, each by itself; the first two on all cores, so that nothing \
                     can go on beside them, and then the writes",
            "threads": threads,
            "signatures": rate(count, signatures),
            "decoding": rate(count, decoding),
            "store": rate(count, store),
            "sum": rate(count, sum),
        },
        "ratio": {
            "what": "product speed / bare speed",
            "to_sum": speed(product, sum),
            "to_signatures_alone": speed(product, signatures),
        },
        "stages": fetched.stages(),
    })
}

/// The ceilings of one round.
struct Bare {
    checks: usize,
    signatures: Duration,
    decoding: Duration,
    store: Duration,
}

impl Bare {
    fn of(fetched: &Fetched) -> Self {
        let ((checks, payloads), dir) = (bare::parts(&fetched.entries), Home::new());
        Self {
            checks: checks.len(),
            signatures: bare::verify(&checks, cores()),
            decoding: bare::decode(&payloads, cores()),
            store: bare::write(dir.path(), &fetched.batches()),
        }
    }
}

/// What went over the wire.
struct Fetched {
    answers: Vec<Answer>,
    entries: Vec<Entry>,
    /// The records of each answer, as the node stores them.
    records: Vec<Vec<Record>>,
}

/// Lets a node fetch a log; the time is from its connection until its last entry is durable.
fn fetch(entries: usize) -> (Duration, Duration, Fetched) {
    let (from, to) = (Home::new(), Home::new());
    let seat = Seat::start(&to);
    let mut group = Group::found(&from);
    group.federate(&[seat.contact()]);
    group.load(entries.saturating_sub(group.replica.head().number as usize + 1));
    let answers = group.answers();
    seat.follow(group.agreement.as_ref().expect("it is in a federation"));
    let replica = group.close();
    let (time, processor) = watch(seat.api(), replica.head().number, || Seat::start(&from));
    let held = seat.api().group(&replica.log().to_string()).expect("the node answers").expect("the group is there");
    assert_eq!((held.number, held.digest), (replica.head().number, replica.digest().to_string()));
    seat.stop();
    (time, processor, Fetched::new(answers))
}

/// Time and processor time from the moment that a node is connected to one that starts until it has the last entry.
fn watch(api: Api, last: u64, host: impl FnOnce() -> Seat) -> (Duration, Duration) {
    let mut events = api.events().expect("the node answers");
    let watcher = thread::spawn(move || {
        events.wait("peer", |event| event["connected"] == true);
        let (start, processor) = (Instant::now(), processor_time());
        events.wait("entry", |event| event["number"] == last);
        (start.elapsed(), processor_time() - processor)
    });
    let host = host();
    let time = watcher.join().expect("the entries come");
    host.stop();
    time
}

impl Fetched {
    fn new(answers: Vec<Answer>) -> Self {
        let verified = answers.iter().map(|answer| answer.verify().expect("what the store holds is good"));
        let mut fetched = Self { answers: Vec::new(), entries: Vec::new(), records: Vec::new() };
        for answer in verified {
            let VerifiedAnswer::Entries(_, arrivals) = answer else { panic!("entries were asked for") };
            fetched.records.push(arrivals.iter().flat_map(|it| records(&it.entry, &it.bodies)).collect());
            fetched.entries.extend(arrivals.into_iter().map(|arrival| arrival.entry));
        }
        fetched.answers = answers;
        fetched
    }

    /// The records as keys and values in the writes that the node makes of them.
    fn batches(&self) -> Vec<Vec<Pair>> {
        self.writes().into_iter().map(|write| write.into_iter().map(pair).collect()).collect()
    }

    fn writes(&self) -> Vec<Vec<&Record>> {
        let mut writes = Vec::new();
        for answer in &self.records {
            let mut size = usize::MAX;
            for record in answer {
                let more = pair(record).1.len() + RECORD;
                if size.saturating_add(more) > WRITE_BYTES {
                    writes.push(Vec::new());
                    size = 0;
                }
                size += more;
                writes.last_mut().expect("the first one starts a write").push(record);
            }
        }
        writes
    }

    /// What the program itself spends on the same log, stage by stage on one thread: where the time goes.
    fn stages(&self) -> Value {
        let (count, dir) = (self.entries.len(), Home::new());
        let timed = |work: &mut dyn FnMut()| {
            let start = Instant::now();
            work();
            rate(count, start.elapsed())
        };
        let messages: Vec<Vec<u8>> = self.answers.iter().map(sync::encode).collect();
        let store = Records::new(Arc::new(SledStore::open(dir.path()).expect("a store can be made")));
        let writes = self.writes();
        let writes: Vec<Vec<Record>> = writes.into_iter().map(|write| write.into_iter().map(copy).collect()).collect();
        json!({
            "what": "the program's own stages on the same log, one after another on one thread; a node fetching one log \
                     from one peer goes through them one answer at a time",
            "encode": timed(&mut || self.answers.iter().for_each(|answer| drop(sync::encode(answer)))),
            "decode_without_signatures": timed(&mut || {
                messages.iter().for_each(|bytes| drop(sync::decode::<Answer>(bytes).expect("an answer")));
                self.entries.iter().for_each(|entry| drop(Entry::decode_stored(entry.bytes()).expect("an entry")));
            }),
            "decode_and_verify": timed(&mut || messages.iter().for_each(|bytes| {
                drop(sync::decode::<Answer>(bytes).expect("an answer").verify().expect("it verifies"));
            })),
            "rules": timed(&mut || drop(self.replay())),
            "store": timed(&mut || {
                writes.iter().for_each(|write| store.commit(write).expect("the store writes"));
            }),
        })
    }

    fn replay(&self) -> Replica {
        let mut replica = Replica::found(&self.entries[0]).expect("it founds a group");
        for entry in &self.entries[1..] {
            let admitted = replica.check(entry).unwrap_or_else(|rule| panic!("{rule}"));
            replica.apply(admitted);
        }
        replica
    }
}

/// Key and value of a record, as long as the node's own.
fn pair(record: &Record) -> Pair {
    match record {
        Record::Entry { log, number, bytes } => ([&b"e"[..], &log.0, &number.to_be_bytes()].concat(), bytes.clone()),
        Record::Body(log, id, bytes) => ([&b"b"[..], &log.0, &id.0].concat(), bytes.clone()),
        other => panic!("no such record in a log: {other:?}"),
    }
}

fn copy(record: &Record) -> Record {
    match record {
        Record::Entry { log, number, bytes } => Record::Entry { log: *log, number: *number, bytes: bytes.clone() },
        Record::Body(log, id, bytes) => Record::Body(*log, *id, bytes.clone()),
        other => panic!("no such record in a log: {other:?}"),
    }
}
