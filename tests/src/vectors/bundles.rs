//! Proofs of decisions, whole and forged, with what verifying has to say of each.

use std::convert::Infallible;

use folkmoot_protocol::{
    body::Body,
    effect::Effect,
    entry::{Entry, EntryAct, Raw},
    envelope::Kind as Envelope,
    federation::{FederatedGroup, FederationAgreement, Seat},
    id::{BodyId, EntryId, Hash, ProposalId, hex_encode},
    note::{Note, NoteContent},
    proof::{Anchors, Bundle, Kind, Request, Source, Verdict, make, verify},
    replay::{PastEntry, PastNaming, Snapshot},
    statement::{Act, Answer, Statement, StatementContent},
    table::Table,
    time::Span,
};
use serde_json::{Value, json};

use super::{
    tale::{Tale, admission, body, charter, hour, key, name, text},
    tales::agreement,
};

/// A group in a federation with three witnesses, of whom two seal.
struct House {
    tale: Tale,
    agreement: FederationAgreement,
    /// Versions of the agreement that the group's log does not hold.
    versions: Vec<FederationAgreement>,
}

/// A bundle with its answer, and what whoever verifies expects.
#[derive(Clone)]
struct Case {
    about: &'static str,
    bundle: Bundle,
    federation: Option<Hash>,
    /// The version that whoever verifies expects.
    agreement: Option<Hash>,
    verdict: Verdict,
    /// The check that decides, and a word of why.
    check: (Kind, &'static str),
}

pub(super) fn all() -> Value {
    let cases: Vec<Value> =
        [whole(), unsealed(), forged(), agreements(), panels()].concat().iter().map(Case::told).collect();
    json!({
        "about": "Proofs of decisions, whole and forged: what verifying says of each, and of each check. `log`, \
                  `federation` and `agreement` (a version) are what whoever verifies expects; null is nothing.",
        "bundles": cases,
    })
}

impl Case {
    /// What verifying says, which is what the case is for.
    fn told(&self) -> Value {
        let bytes = self.bundle.bytes();
        let log = self.bundle.log;
        let anchors =
            Anchors { log: Some(log), federation: self.federation.map(Into::into), agreement: self.agreement };
        let report = verify(&bytes, &anchors);
        let (kind, word) = self.check;
        let found = report.check(kind).unwrap_or_else(|| panic!("{}: no check {kind:?}", self.about));
        assert!(report.verdict == self.verdict && found.result == self.verdict, "{}: {report:#?}", self.about);
        assert!(found.detail.contains(word), "{}: {report:#?}", self.about);
        let checks = report.checks.iter().map(|check| (check.check.word().to_owned(), check.result.word().into()));
        json!({
            "about": self.about,
            "bytes": hex_encode(&bytes),
            "log": hex_encode(&log.0),
            "federation": self.federation.map(|id| hex_encode(&id.0)),
            "agreement": self.agreement.map(|id| hex_encode(&id.0)),
            "verdict": report.verdict.word(),
            "checks": checks.collect::<serde_json::Map<String, Value>>(),
        })
    }
}

/// A small charter: the bytes are to be read.
fn file() -> Value {
    let consent = json!({ "consent": { "quorum": "1/2", "closing": "3d", "minimum": "1h" } });
    let vote = json!({ "vote": { "quorum": "1/2", "yes": { "more_than": "1/2" }, "closing": "2d", "minimum": "1h" } });
    json!({
        "name": "kitchen",
        "purpose": "To cook",
        "members": { "ana": {}, "ben": {}, "cem": {} },
        "roles": { "buyer": { "purpose": "Buys", "holders": [{ "member": "ana", "until": "+90d" }] } },
        "domains": {
            "charter": { "purpose": "The charter", "people_only": true, "rule": consent },
            "buying": {
                "purpose": "What is bought", "owner": "role:buyer",
                "rule": { "delegate": {
                    "closing": "2d", "call_in": { "window": "1d", "rule": { "quorum": "1/2", "closing": "2d" } },
                } },
            },
            "plans": { "purpose": "What is built", "rule": vote },
        },
    })
}

impl House {
    fn alone() -> Self {
        let tale = Tale::found(&charter(&file()));
        let agreement = agreement(&tale.replica, &["one", "two", "three"]);
        Self { tale, agreement, versions: Vec::new() }
    }

    fn new() -> Self {
        let mut house = Self::alone();
        house.tale.carry("ana", &[Effect::Federate(house.agreement.clone())]);
        house.seal();
        house
    }

    fn federation(&self) -> Option<Hash> {
        Some(Hash(self.agreement.id().0))
    }

    fn note(&self, witness: &str) -> Note {
        let head = self.tale.replica.head();
        let (log, number, entry) = (self.tale.replica.log(), head.number, head.id);
        Note::witness(
            NoteContent { log, number, previous: None, entry, time: self.tale.now, voice: None },
            &key(witness),
        )
    }

    /// Two of the three witnesses sign the head.
    fn seal(&mut self) {
        let notes = ["one", "two"].map(|witness| self.note(witness));
        self.tale.notes.extend(notes);
    }

    /// The bundle from the last snapshot before the opening, or from the first entry.
    fn bundle(&self, proposal: ProposalId) -> Bundle {
        let opened = self.tale.replica.decision(&proposal).expect("it is decided").proposal.versions[0].entry;
        let start = self.tale.snapshots.range(..opened).next_back().map(|(_, snapshot)| snapshot.clone());
        self.bundle_from(proposal, start)
    }

    fn bundle_from(&self, proposal: ProposalId, start: Option<Snapshot>) -> Bundle {
        let request =
            Request { log: self.tale.replica.log(), subject: proposal.into(), start, notes: self.tale.notes.clone() };
        make(self, &request).expect("it is decided")
    }

    fn passes(&self, about: &'static str, bundle: Bundle, check: (Kind, &'static str)) -> Case {
        Case { about, bundle, federation: self.federation(), agreement: None, verdict: Verdict::Pass, check }
    }

    fn fails(&self, about: &'static str, bundle: Bundle, check: (Kind, &'static str)) -> Case {
        Case { verdict: Verdict::Fail, ..self.passes(about, bundle, check) }
    }
}

impl Source for House {
    type Error = Infallible;

    fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        let taken = self.tale.told.iter().filter(|told| told.end.is_ok());
        Ok(taken.skip(from as usize).take(limit).map(|told| told.entry.bytes().to_vec()).collect())
    }

    fn past(
        &self,
        start: &Snapshot,
        entries: &[EntryId],
        bodies: &[BodyId],
    ) -> Result<(Vec<PastEntry>, Vec<PastNaming>), Infallible> {
        let replica = &self.tale.replica;
        Ok((replica.past_entries(start, entries), replica.past_namings(start, bodies)))
    }

    fn body(&self, id: &BodyId) -> Result<Option<Body>, Infallible> {
        Ok(self.tale.texts.get(id).cloned())
    }

    fn agreement(&self, version: &Hash) -> Option<FederationAgreement> {
        self.versions.iter().find(|text| text.hash() == *version).cloned()
    }
}

/// Decisions by consent, vote and a delegate, from the first entry and from a snapshot, with texts and without.
fn whole() -> Vec<Case> {
    let mut house = House::new();
    let both = house.tale.carry("ana", &[text("charter"), text("plans")]);
    house.seal();
    let rungs = house.bundle(both);

    let mut erased = House::new();
    let plan = erased.tale.open("ana", &[text("plans")]);
    erased.tale.answer("ben", plan, Answer::Object);
    erased.tale.say("ben", Act::Erase { body: body("It harms.").id() });
    erased.tale.agreed(plan);
    erased.seal();
    let erased_bundle = erased.bundle(plan);

    let mut resumed = House::new();
    resumed.tale.say("ben", Act::Seen {});
    let stale = resumed.tale.statement("ben", Act::Seen {});
    resumed.tale.open("cem", &[text("plans")]);
    resumed.tale.digest();
    let purchase = resumed.tale.open("cem", &[text("buying")]);
    // Ben has not looked since; cem takes back words from before the start.
    resumed.tale.write(admission(&[stale])).expect("the next of ben");
    resumed.tale.say("ana", Act::Erase { body: body("It helps.").id() });
    resumed.tale.answer("ana", purchase, Answer::Agree);
    resumed.tale.pass(Span::from_days(2));
    resumed.seal();
    let resumed_bundle = resumed.bundle(purchase);
    assert!(resumed_bundle.start.is_some() && !resumed_bundle.past_entries.is_empty());
    assert!(!resumed_bundle.past_namings.is_empty());
    let from_first = resumed.bundle_from(purchase, None);

    let mut withdrawn = House::new();
    let plan = withdrawn.tale.open("ana", &[text("plans")]);
    withdrawn.tale.say("ana", Act::Withdraw { target: plan.into() });
    withdrawn.seal();
    let withdrawn_bundle = withdrawn.bundle(plan);
    vec![
        house.passes("a decision by consent and by vote, from the first entry", rungs, (Kind::Sealing, "2 of 3")),
        erased.passes("a vote, with words that were erased since", erased_bundle, (Kind::Texts, "1 erased")),
        resumed.passes(
            "a delegate's decision, from a snapshot, with what statements had seen and named before it",
            resumed_bundle,
            (Kind::Authority, "replayed from the state"),
        ),
        resumed.passes("the same decision, from the first entry", from_first, (Kind::Authority, "first entry")),
        withdrawn.passes("a proposal that was withdrawn", withdrawn_bundle, (Kind::Authority, "withdrawn")),
    ]
}

/// What nothing seals, and what the people of a group without witnesses do.
fn unsealed() -> Vec<Case> {
    let mut house = House::new();
    house.tale.digest();
    let plan = house.tale.carry("ana", &[text("plans")]);
    let note = house.note("one");
    house.tale.notes.push(note);
    let unresolved = |about, bundle, check| Case { verdict: Verdict::Unresolved, ..house.passes(about, bundle, check) };
    let bare = house.bundle_from(plan, None);
    let resumed = house.bundle(plan);

    let mut alone = House::alone();
    let plan = alone.tale.carry("ana", &[text("plans")]);
    let unseen = Case {
        federation: None,
        ..unresolved(
            "a group without witnesses, whose people have not looked since",
            alone.bundle(plan),
            (Kind::Sealing, "moot seen"),
        )
    };
    alone.tale.say("ana", Act::Seen {});
    alone.tale.say("ben", Act::Seen {});
    let bundle = alone.bundle(plan);
    let seen = Case {
        federation: None,
        ..alone.passes("a group without witnesses, sealed by its people", bundle.clone(), (Kind::Sealing, "people"))
    };
    let asked = alone.fails("the same, asked for as of a federation", bundle, (Kind::Sealing, "not in the federation"));
    vec![
        unresolved("one note where two seal", bare, (Kind::Sealing, "2 of 3")),
        unresolved("a snapshot for which nobody stands", resumed, (Kind::Authority, "--full")),
        unseen,
        seen,
        asked,
    ]
}

/// What a dishonest node makes up with its own log key, and what was changed on the way.
fn forged() -> Vec<Case> {
    let mut house = House::new();
    let plan = house.tale.open("ana", &[text("plans")]);
    house.tale.answer("ben", plan, Answer::Agree);
    let early = made_up(&house, plan, |tale| vec![EntryAct::Close { proposal: plan }, seen(tale)]);
    let stranger = made_up(&house, plan, |tale| vec![admission(&[respond(tale, "eve", plan)])]);
    let skipped = made_up(&house, plan, |tale| {
        let said = respond(tale, "cem", plan);
        let content = StatementContent { previous: Some(said.id()), ..said.content().clone() };
        vec![admission(&[Statement::sign(Envelope::Statement, content, &key("cem"))])]
    });
    house.tale.pass(Span::from_days(2));
    house.seal();
    let good = house.bundle(plan);
    let with = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        assert_ne!(bundle, good);
        bundle
    };
    let flip = |raw: &mut Raw| {
        if let Some(last) = raw.0.last_mut() {
            *last ^= 1;
        }
    };
    let gone = with(&|bundle| drop(bundle.entries.remove(3)));
    let notes_flipped = with(&|bundle| bundle.notes.reverse());
    let signature = with(&|bundle| flip(&mut bundle.notes[0]));
    let other = with(&|bundle| bundle.texts.iter_mut().for_each(|text| *text = Some(Raw(body("Because.").bytes()))));
    let needless = with(&|bundle| bundle.agreements.push(house.agreement.clone()));
    let version = with(&|bundle| bundle.bundle = 2);
    vec![
        house.fails("an entry that closes a vote too early", early, (Kind::Authority, "is open until")),
        house.fails("an answer by somebody who is no member", stranger, (Kind::Authority, "no member")),
        house.fails("a statement whose predecessor is left out", skipped, (Kind::Authenticity, "next one of its key")),
        house.fails("an entry left out", gone, (Kind::Integrity, "entries between are missing")),
        house.fails("notes out of order", notes_flipped, (Kind::Sealing, "another order")),
        house.fails("a note with another signature", signature, (Kind::Authenticity, "signature")),
        house.fails("another text in the place of the why", other, (Kind::Texts, "in its place")),
        house.fails("an agreement that nobody needs", needless, (Kind::Sealing, "not needed")),
        Case {
            verdict: Verdict::Unresolved,
            ..house.fails("a bundle of a later form", version, (Kind::Integrity, ""))
        },
    ]
}

fn seen(tale: &Tale) -> EntryAct {
    admission(&[tale.statement("ana", Act::Seen {})])
}

fn respond(tale: &Tale, of: &str, proposal: ProposalId) -> Statement {
    tale.statement(of, tale.response(proposal, Answer::Agree))
}

/// The log with whatever else its node signs an hour later, as a bundle that two witnesses have signed.
fn made_up(house: &House, proposal: ProposalId, acts: impl Fn(&Tale) -> Vec<EntryAct>) -> Bundle {
    let tale = &house.tale;
    let (mut head, mut entries) = (tale.replica.head(), house.entries(0, usize::MAX).unwrap_or_default());
    for act in acts(tale) {
        let mut content = tale.replica.next(act, tale.now + hour());
        (content.number, content.previous) = (head.number + 1, Some(head.id));
        let entry = Entry::sign(content, &tale.host);
        (head.number, head.id) = (entry.number(), entry.id());
        entries.push(entry.bytes().to_vec());
    }
    let log = tale.replica.log();
    let note = |witness: &&str| {
        let content = NoteContent {
            log,
            number: head.number,
            previous: None,
            entry: head.id,
            time: tale.now + hour(),
            voice: None,
        };
        Note::witness(content, &key(witness))
    };
    let mut notes: Vec<Note> = ["one", "two"].iter().map(note).collect();
    notes.sort_by_key(Note::signer);
    Bundle {
        bundle: Bundle::VERSION,
        log,
        proposal: Some(proposal),
        matter: None,
        start: None,
        past_entries: Vec::new(),
        past_namings: Vec::new(),
        entries: entries.into_iter().map(Raw).collect(),
        notes: notes.iter().map(|note| Raw(note.bytes().to_vec())).collect(),
        agreements: Vec::new(),
        texts: Vec::new(),
    }
}

/// The group that is there before.
fn garden() -> FederatedGroup {
    FederatedGroup {
        name: name("garden"),
        log: Hash::of(b"garden").into(),
        node: key("garden's node").public(),
        escalates_to: None,
        weight: 1,
    }
}

/// A group that joined with the second version of an agreement.
fn agreements() -> Vec<Case> {
    let mut house = House::alone();
    let mut first = house.agreement.clone();
    let own = first.groups.find(&name("kitchen")).expect("it names this group").clone();
    first.groups = Table::new(vec![garden()]).expect("each once");
    let second = first.with_group(own).expect("an amendment");
    house.agreement = first.clone();
    house.versions = vec![first.clone(), second.clone()];
    house.tale.carry("ana", &[Effect::Federate(second.clone())]);
    let plan = house.tale.carry("ana", &[text("plans")]);
    house.seal();
    let good = house.bundle(plan);
    assert_eq!(good.agreements, [first.clone()]);
    let with = |agreements: Vec<FederationAgreement>| Bundle { agreements, ..good.clone() };
    let mut changed = first.clone();
    changed.purpose.push('!');
    vec![
        house.passes(
            "a group that joined later: the founding text is handed in",
            good.clone(),
            (Kind::Sealing, "version 2"),
        ),
        Case {
            verdict: Verdict::Unresolved,
            ..house.fails("the same without the founding text", with(Vec::new()), (Kind::Sealing, "version 1"))
        },
        house.fails("a changed text in its place", with(vec![changed]), (Kind::Sealing, "another text")),
        house.fails("a text besides it", with(vec![first, second]), (Kind::Sealing, "not needed")),
    ]
}

/// A group that joined after the panel had changed: no log of its own shows that.
fn panels() -> Vec<Case> {
    let mut first = House::alone().agreement;
    let own = first.groups.find(&name("kitchen")).expect("it names this group").clone();
    first.groups = Table::new(vec![garden()]).expect("each once");
    let mut second = FederationAgreement { amends: Some(first.successor()), ..first.clone() };
    for (gone, new) in [("one", "four"), ("two", "five"), ("three", "six")] {
        second.panel.take(&name(gone)).expect("it is there");
        second.panel.put(Seat { name: name(new), node: key(new).public(), addresses: Vec::new() });
    }
    let joined = |version: &FederationAgreement, versions: &[&FederationAgreement]| {
        let versions = versions.iter().map(|text| (*text).clone()).collect();
        let mut house = House { agreement: first.clone(), versions, ..House::alone() };
        house.tale.carry("ana", &[Effect::Federate(version.clone())]);
        let plan = house.tale.carry("ana", &[text("plans")]);
        let notes = ["four", "five"].map(|witness| house.note(witness));
        house.tale.notes.extend(notes);
        let bundle = house.bundle(plan);
        (house, bundle)
    };
    let third = second.with_group(own.clone()).expect("an amendment");
    let (known, good) = joined(&third, &[&first, &second]);
    // The same change, and the group with it.
    let mut both = second.clone();
    both.groups.put(own);
    let (_, at_once) = joined(&both, &[]);
    let unknown =
        known.fails("a panel that is not that of the founding text", good.clone(), (Kind::Sealing, "founding"));
    vec![
        Case { verdict: Verdict::Unresolved, ..unknown },
        Case {
            agreement: Some(third.hash()),
            ..known.passes("the same for whoever knows the version", good, (Kind::Sealing, "version 3"))
        },
        known.fails(
            "a version that changes the panel and takes the group in",
            Bundle { agreements: vec![first.clone()], ..at_once },
            (Kind::Sealing, "takes no group in"),
        ),
    ]
}
