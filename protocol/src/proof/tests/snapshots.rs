//! Snapshots that a node makes up at random, with entries that it signs for them: verification answers, whatever they
//! say.

use super::{
    Bundle, House, Kind, Verdict,
    mutations::{Rng, tree},
    verify,
};
use crate::{
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::{Kind as Envelope, Signed},
    fixture::{admission, body, content, days, key, text},
    replay::{Replica, Snapshot},
    statement::{Act, Answer, Response},
    time::Span,
};

/// A state with something of everything that a snapshot may hold.
fn house() -> House {
    let mut house = House::with(|charter| charter.participation.silent_after = Some(days(9)));
    let group = &mut house.group;
    let policy = group.open("ana", &[text("policy")]);
    group.object("ben", policy).unwrap();
    group.carry("ana", &[text("policy")]);
    let purchase = group.open("cem", &[text("purchases")]);
    group.agree("ana", purchase).unwrap();
    group.tick(Span::from_millis(1));
    group.advise("bot", policy).unwrap();
    group.act("ana", Act::Erase { body: body("why") }).unwrap();
    house
}

/// Entries that a node signs after a snapshot: its digest, a proposal, an answer to what is open, a close of each.
fn signed_after(snapshot: &Snapshot, replica: &Replica) -> Vec<Entry> {
    let (mut head, mut entries) = ((snapshot.head.number, snapshot.head.id), Vec::new());
    let mut time = snapshot.head.time;
    let mut write = |act: EntryAct, after: Span| {
        time = time + after;
        let number = head.0 + 1;
        let previous = Some(head.1);
        let content = EntryContent { log: Some(snapshot.log), number, previous, time, cites: Vec::new(), act };
        let entry = Entry::sign(content, &key("host"));
        head = (entry.number(), entry.id());
        entries.push(entry);
    };
    write(EntryAct::Digest { digest: snapshot.digest() }, Span::ZERO);
    let sign = |of: &str, act| Signed::sign(Envelope::Statement, replica.compose(&key(of).public(), act), &key(of));
    let proposes = sign("ana", Act::Propose(content(&[text("policy")])));
    write(admission(std::slice::from_ref(&proposes)), Span::ZERO);
    for (of, open) in ["ben", "cem"].into_iter().zip(&snapshot.open) {
        let (proposal, version, reason) = (open.id, open.version(), Some(body("because")));
        let response = Response { proposal, version, answer: Answer::Agree, reason, weighs: Vec::new() };
        write(admission(&[sign(of, Act::Respond(response))]), Span::ZERO);
    }
    for open in snapshot.open.iter().map(|open| open.id).chain([proposes.id().into()]) {
        write(EntryAct::Close { proposal: open }, days(8));
    }
    entries
}

#[test]
fn whatever_a_snapshot_says_verification_answers() {
    let house = house();
    let bytes = house.group.replica.snapshot().bytes();
    let (mut rng, mut resumed, mut replayed) = (Rng(7), 0, 0);
    for _ in 0..1_500 {
        let Ok(snapshot) = Snapshot::decode(&tree(&mut rng, &bytes, &bytes)) else { continue };
        let Ok(replica) = Replica::resume(&snapshot) else { continue };
        resumed += 1;
        let entries = signed_after(&snapshot, &replica);
        let proposal = entries[1].inside().unwrap().statements[0].id().into();
        for end in [2 + rng.below(entries.len() - 1), entries.len()] {
            let bundle = Bundle {
                bundle: Bundle::VERSION,
                log: snapshot.log,
                proposal: Some(proposal),
                matter: None,
                start: Some(Raw(snapshot.bytes())),
                past_entries: Vec::new(),
                past_namings: Vec::new(),
                entries: entries[..end].iter().map(|entry| Raw(entry.bytes().to_vec())).collect(),
                notes: Vec::new(),
                agreements: Vec::new(),
                texts: vec![None],
            };
            let report = verify(&bundle.bytes(), &house.anchors());
            assert_ne!(report.verdict, Verdict::Pass, "nobody has sealed it: {report:#?}");
            let integrity = report.check(Kind::Integrity).unwrap();
            replayed += u32::from(integrity.detail.contains("ends before") || report.decision.is_some());
        }
    }
    assert!(resumed > 50 && replayed > 50, "{resumed} could be resumed from, {replayed} replays went on to an end");
}
