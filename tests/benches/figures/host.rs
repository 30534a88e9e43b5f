//! How fast a node takes statements of its own group: in the log and durable when it answers.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use folkmoot_protocol::{
    envelope::{Kind, Signed},
    id::ProposalId,
    replay::Replica,
    statement::{Statement, StatementContent},
};
use folkmoot_tests::harness::{Api, Home};
use serde_json::{Value, json};

use crate::{
    bare,
    group::{Group, MEMBERS, agree, member, why, words},
    report::{self, best, rate, speed, spread},
    seat::Seat,
};

/// Measures one writer, and as many as there are members.
pub(crate) fn measure(statements: usize, rounds: usize) -> Value {
    json!([writers(1, statements, rounds), writers(MEMBERS, statements, rounds)])
}

fn writers(writers: usize, statements: usize, rounds: usize) -> Value {
    let (mut products, mut bares, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (signed, bytes, product) = round(writers, statements / writers, &mut answers);
        products.push(product);
        let (checks, dir) = (bare::checks(&signed), Home::new());
        bares.push(bare::host(dir.path(), &checks, bytes, writers));
    }
    let (count, product, bare) = (statements / writers * writers, best(&products), best(&bares));
    let share = bare.as_secs_f64() / product.as_secs_f64();
    eprintln!("host, {writers} at a time: {count} in {:.2} s, {share:.2} of the bare speed", product.as_secs_f64());
    json!({
        "what": "statements handed in over the control API, a connection each, until the node has answered",
        "writers": writers,
        "statements": count,
        "product": rate(count, product),
        "product_rounds_seconds": report::rounds(&products),
        "answer": spread(&answers),
        "bare": {
            "what": "the same signatures verified, one made for each, as many bytes written, and fdatasync after as many \
                     as there are writers",
            "verify_sign_synchronise": rate(count, bare),
        },
        "ratio": {"what": "product speed / bare speed", "to_bare": speed(product, bare)},
    })
}

/// Lets members of a new group write; gives what they wrote, how long an entry was, and how long it took.
fn round(writers: usize, each: usize, answers: &mut Vec<Duration>) -> (Vec<Statement>, usize, Duration) {
    let home = Home::new();
    let mut group = Group::found(&home);
    let proposal = group.propose(0, words(0), &why(0));
    let replica = group.close();
    let signed: Vec<_> = (0..writers).map(|writer| sign(&replica, proposal, writer, each)).collect();
    let seat = Seat::start(&home);
    let log = replica.log().to_string();
    let (product, times) = hand_in(&seat.api(), &log, &signed);
    answers.extend(times);
    let entry = seat.api().log(&log).expect("the node answers").pop().expect("it has entries");
    seat.stop();
    (signed.into_iter().flatten().collect(), entry.bytes().len(), product)
}

/// A chain of responses of one member, signed ahead: each replaces the one before.
fn sign(replica: &Replica, proposal: ProposalId, writer: usize, count: usize) -> Vec<Statement> {
    let key = member(writer);
    let first = replica.compose(&key.public(), agree(proposal));
    let mut previous = first.previous;
    let next = |_| {
        let content = StatementContent { previous, ..first.clone() };
        let statement: Statement = Signed::sign(Kind::Statement, content, &key);
        previous = Some(statement.id());
        statement
    };
    (0..count).map(next).collect()
}

/// All writers at the same time; gives the whole time and that of every answer.
fn hand_in(api: &Api, log: &str, signed: &[Vec<Statement>]) -> (Duration, Vec<Duration>) {
    let ready = Barrier::new(signed.len() + 1);
    let write = |chain: &Vec<Statement>| {
        ready.wait();
        let hand_in = |statement: &Statement| {
            let start = Instant::now();
            let taken = api.hand_in(log, std::slice::from_ref(statement), &[]);
            taken.unwrap_or_else(|error| panic!("{error}"));
            start.elapsed()
        };
        chain.iter().map(hand_in).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let writers: Vec<_> = signed.iter().map(|chain| scope.spawn(|| write(chain))).collect();
        ready.wait();
        let start = Instant::now();
        let answers = writers.into_iter().flat_map(|writer| writer.join().expect("the node takes all")).collect();
        (start.elapsed(), answers)
    })
}
