//! Proofs of how matters stand in a group's log, whole and forged, with what verifying has to say of each.

use std::convert::Infallible;

use folkmoot_protocol::{
    body::Body,
    effect::Effect,
    entry::{Entry, EntryAct, Raw},
    evidence::Evidence,
    federation::FederationAgreement,
    id::{BodyId, EntryId, Hash, LogId, MatterId, hex_encode},
    note::{Note, NoteContent},
    proof::{Anchors, Bundle, Kind, MakeError, MatterAt, Request, Source, Verdict, last_change, make, verify},
    replay::{PastEntry, PastNaming, Snapshot},
    statement::Act,
    time::Span,
    voice::{Says, Voice},
};
use serde_json::{Value, json};

use super::street::{Street, days, key};

/// The log of one group of a street, as a bundle is made of it.
struct Log<'a> {
    street: &'a Street,
    called: &'static str,
}

/// A bundle with its answer.
struct Case {
    about: &'static str,
    bundle: Bundle,
    /// The log that whoever verifies expects, and the federation.
    log: LogId,
    federation: Hash,
    agreement: Option<Hash>,
    verdict: Verdict,
    /// The check that decides, and a word of why.
    check: (Kind, &'static str),
    /// How the matter stands, and at which level; nothing where the replay does not come so far.
    shows: Option<(&'static str, Option<u8>)>,
}

pub(in crate::vectors) fn all() -> Value {
    let cases: Vec<Value> = [assembly(), refused(), doubtful(), settling(), of_a_later_version()].concat();
    json!({
        "about": "Proofs of how matters stand in a group's log, whole and forged: what verifying says of each, and of each \
                  check; `shows` is how the matter stands and at which level, and null where the replay does not come so \
                  far. `log`, `federation` and, where it is there, `agreement` are what whoever verifies expects.",
        "bundles": cases,
    })
}

impl Case {
    fn told(&self) -> Value {
        let bytes = self.bundle.bytes();
        let anchors =
            Anchors { log: Some(self.log), federation: Some(self.federation.into()), agreement: self.agreement };
        let report = verify(&bytes, &anchors);
        let (kind, word) = self.check;
        let found = report.check(kind).unwrap_or_else(|| panic!("{}: no check {kind:?}", self.about));
        assert!(report.verdict == self.verdict && found.result == self.verdict, "{}: {report:#?}", self.about);
        assert!(found.detail.contains(word), "{}: {report:#?}", self.about);
        let shown = report.matter.as_ref().map(|shown| (shown.result.as_str(), shown.level));
        assert_eq!(shown, self.shows, "{}", self.about);
        let checks = report.checks.iter().map(|check| (check.check.word().to_owned(), check.result.word().into()));
        let mut told = json!({
            "about": self.about,
            "bytes": hex_encode(&bytes),
            "log": hex_encode(&self.log.0),
            "federation": hex_encode(&self.federation.0),
            "verdict": report.verdict.word(),
            "checks": checks.collect::<serde_json::Map<String, Value>>(),
            "shows": self.shows.map(|(result, level)| json!({ "result": result, "level": level })),
        });
        if let Some(agreement) = &self.agreement {
            told["agreement"] = hex_encode(&agreement.0).into();
        }
        told
    }
}

impl Case {
    fn showing(self, shows: (&'static str, Option<u8>)) -> Self {
        Self { shows: Some(shows), ..self }
    }
}

impl<'a> Log<'a> {
    fn of(street: &'a Street, called: &'static str) -> Self {
        Self { street, called }
    }

    fn id(&self) -> LogId {
        self.street.log(self.called)
    }

    /// The entry after which nothing new is shown of a matter.
    fn last(&self, matter: MatterId) -> u64 {
        let last = last_change(self, self.id(), matter, None).expect("the log replays");
        last.expect("the log knows the matter")
    }

    fn bundle(&self, matter: MatterId) -> Bundle {
        self.bundle_at(matter, self.last(matter), None)
    }

    fn bundle_at(&self, id: MatterId, entry: u64, start: Option<Snapshot>) -> Bundle {
        let subject = MatterAt { id, entry }.into();
        let notes = self.street.notes(self.called);
        make(self, &Request { log: self.id(), subject, start, notes }).expect("the log knows the matter")
    }

    fn passes(
        &self,
        about: &'static str,
        bundle: Bundle,
        shows: (&'static str, Option<u8>),
        word: &'static str,
    ) -> Case {
        let (log, federation) = (self.id(), Hash(self.street.agreement.id().0));
        let check = (Kind::Authority, word);
        Case { about, bundle, log, federation, agreement: None, verdict: Verdict::Pass, check, shows: Some(shows) }
    }

    fn fails(&self, about: &'static str, bundle: Bundle, check: (Kind, &'static str)) -> Case {
        let case = self.passes(about, bundle, ("", None), "");
        Case { verdict: Verdict::Fail, check, shows: None, ..case }
    }

    /// The bundle with whatever else the log's node signs after entry `keeps`, which two witnesses have signed.
    fn made_up(&self, matter: MatterId, keeps: u64, acts: Vec<(EntryAct, Vec<EntryId>)>) -> Bundle {
        let mut bundle = self.bundle(matter);
        bundle.entries.truncate(keeps as usize + 1);
        for (act, cites) in acts {
            let last = last_of(&bundle);
            let mut content = self.street.replica(self.called).next_citing(act, cites, self.street.now);
            (content.number, content.previous) = (last.number() + 1, Some(last.id()));
            let entry = Entry::sign(content, &key(&format!("log of {}", self.called)));
            bundle.entries.push(Raw(entry.bytes().to_vec()));
        }
        let last = last_of(&bundle);
        let note = |witness: &&str| {
            let content = NoteContent {
                log: self.id(),
                number: last.number(),
                previous: None,
                entry: last.id(),
                time: self.street.now,
                voice: None,
            };
            Note::witness(content, &key(witness))
        };
        let mut notes: Vec<Note> = ["one", "two"].iter().map(note).collect();
        notes.sort_by_key(Note::signer);
        bundle.notes = notes.iter().map(|note| Raw(note.bytes().to_vec())).collect();
        bundle.matter = Some(MatterAt { id: matter, entry: last.number() });
        bundle
    }
}

fn last_of(bundle: &Bundle) -> Entry {
    Entry::decode(&bundle.entries.last().expect("it has entries").0).expect("an entry")
}

impl Source for Log<'_> {
    type Error = Infallible;

    fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        let taken = self.street.told(self.called).iter().filter(|told| told.end.is_ok());
        Ok(taken.skip(from as usize).take(limit).map(|told| told.entry.bytes().to_vec()).collect())
    }

    fn past(
        &self,
        start: &Snapshot,
        entries: &[EntryId],
        bodies: &[BodyId],
    ) -> Result<(Vec<PastEntry>, Vec<PastNaming>), Infallible> {
        let replica = self.street.replica(self.called);
        Ok((replica.past_entries(start, entries), replica.past_namings(start, bodies)))
    }

    fn body(&self, id: &BodyId) -> Result<Option<Body>, Infallible> {
        let because = Body::new([7; 16], "because").expect("a short text");
        Ok((because.id() == *id).then_some(because))
    }

    fn agreement(&self, _: &Hash) -> Option<FederationAgreement> {
        None
    }
}

/// Lets a log state its digest; gives back the snapshot.
fn digest(street: &mut Street, called: &str) -> Snapshot {
    let snapshot = street.replica(called).snapshot();
    street.write(called, EntryAct::Digest { digest: snapshot.digest() }).expect("a digest may stand anywhere");
    snapshot
}

/// Brook said no, and enacts what the others adopted at the last level, because it had ceded the domain.
fn assembly() -> Vec<Value> {
    let mut street = Street::of(&["attic", "brook", "cellar", "dairy"]);
    street.tick(days(1));
    let before = digest(&mut street, "brook");
    let quiet = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy")]);
    let quiet = street.open("attic", "policy", &quiet);
    street.tell("attic", 0, &["brook", "cellar", "dairy"]);
    let late = digest(&mut street, "brook");
    street.decide("brook", Street::stance("policy", quiet, false));
    street.consent("cellar", "charter", quiet);
    street.consent("dairy", "charter", quiet);
    street.seal_all();
    let shown = ["cellar", "dairy"].map(|called| street.shows(called, 0));
    street.cite("brook", shown.to_vec()).expect("they show consents");
    let cited = street.replica("brook").head().number;
    street.seal("brook");
    let open = Log::of(&street, "brook").bundle(quiet);
    let end = street.known("brook", quiet).matter.end(2, street.agreement.timing.news);
    street.tick_to(end);
    street.enact("brook", quiet, 3).expect("three of four consent");
    street.seal("brook");

    let log = Log::of(&street, "brook");
    let (good, last) = (log.bundle(quiet), log.last(quiet));
    let adopted = ("adopted", Some(3));
    let mut cases = vec![
        log.passes(
            "adopted at the last level, and enacted by a group that had said no",
            good,
            adopted,
            "adopted at level 3 by the consents of attic, cellar, dairy; 3 of 4 groups are needed",
        ),
        log.passes(
            "the same, from a snapshot in which the matter is not known",
            log.bundle_at(quiet, last, Some(before)),
            adopted,
            "replayed from the state",
        ),
        log.passes(
            "the same log before, when the time was not up",
            open,
            ("open", Some(1)),
            "this log shows no result",
        ),
        log.fails(
            "a snapshot in which the matter is known: what shows the consents is not here",
            log.bundle_at(quiet, last, Some(late)),
            (Kind::Authority, "starts after"),
        ),
    ];
    cases.extend(forged(&street, quiet, &shown, cited));
    cases.iter().map(Case::told).collect()
}

/// What brook's node makes up with its log key, and what was changed on the way.
fn forged(street: &Street, quiet: MatterId, shown: &[Evidence; 2], cited: u64) -> Vec<Case> {
    let log = Log::of(street, "brook");
    let good = log.bundle(quiet);
    let entries: Vec<Entry> = good.entries.iter().map(|raw| Entry::decode(&raw.0).expect("an entry")).collect();
    let enacted = entries.last().expect("it has entries").content();
    let voice = |level: u8| {
        let EntryAct::Speak(voice) = &enacted.act else { panic!("it ends with the enactment") };
        let says = Says::Enact { matter: quiet, level };
        (EntryAct::Speak(Voice { says, ..voice.clone() }), Vec::new())
    };
    let citing = |evidence: Vec<Evidence>, voices: &[&Evidence]| {
        let said = voices.iter().flat_map(|evidence| &evidence.voices);
        let mut cites: Vec<EntryId> = said.map(|raw| Entry::decode(&raw.0).expect("a voice").id()).collect();
        cites.sort_unstable();
        (EntryAct::Cite { evidence }, cites)
    };
    let [cellar, dairy] = shown;
    let level = log.made_up(quiet, cited, vec![voice(2)]);
    let fewer = log.made_up(quiet, cited - 1, vec![citing(vec![cellar.clone()], &[cellar]), voice(3)]);
    let few = Evidence { notes: dairy.notes[..1].to_vec(), ..dairy.clone() };
    let unsealed = log.made_up(quiet, cited - 1, vec![citing(vec![cellar.clone(), few], &[cellar]), voice(3)]);
    let opens = |entry: &Entry| matches!(&entry.content().act, EntryAct::Cite { .. });
    let first = entries.iter().find(|entry| opens(entry)).expect("it cites the opening");
    let EntryAct::Cite { evidence } = &first.content().act else { panic!("it cites") };
    let mut changed = evidence.clone();
    swap(&mut changed[0].voices[0], b"Quiet hours", b"Silly hours");
    let text = log.made_up(
        quiet,
        first.number() - 1,
        vec![(EntryAct::Cite { evidence: changed }, first.content().cites.clone())],
    );
    let at = |entry: u64, id: MatterId| Bundle { matter: Some(MatterAt { id, entry }), ..good.clone() };
    let last = log.last(quiet);
    let other = street.log("attic");
    vec![
        log.fails("an enactment at another level", level, (Kind::Authority, "does not show that it was adopted")),
        log.fails("a consent left out of the evidence", fewer, (Kind::Authority, "does not show that it was adopted")),
        log.fails("a consent that too few have noted", unsealed, (Kind::Authority, "shows nothing")),
        log.fails("another text in the voice that opened it", text, (Kind::Authenticity, "signature")),
        log.fails(
            "an entry after which others change how it stands",
            at(last - 1, quiet),
            (Kind::Integrity, "not the last"),
        ),
        log.fails("an entry that is not there", at(last + 1, quiet), (Kind::Integrity, "does not know the matter")),
        log.fails("another matter", at(last, Hash::of(b"other").into()), (Kind::Integrity, "does not know the matter")),
        log.fails("another log", Bundle { log: other, ..good.clone() }, (Kind::Integrity, "another group")),
        Case {
            log: other,
            ..log.fails("the log of another group than the one expected", good.clone(), (Kind::Integrity, "asked for"))
        }
        .showing(("adopted", Some(3))),
        log.fails(
            "about a matter and a proposal",
            Bundle { proposal: Some(Hash::of(b"other").into()), ..good.clone() },
            (Kind::Integrity, "or both"),
        ),
        log.fails("about nothing", Bundle { matter: None, ..good.clone() }, (Kind::Integrity, "neither")),
        log.fails(
            "without the words behind the group's own decision",
            Bundle { texts: Vec::new(), ..good.clone() },
            (Kind::Texts, "places"),
        )
        .showing(("adopted", Some(3))),
    ]
}

/// Puts other bytes of the same length into a record.
fn swap(raw: &mut Raw, from: &[u8], to: &[u8]) {
    let at = raw.0.windows(from.len()).position(|window| window == from).expect("it is there");
    raw.0[at..at + to.len()].copy_from_slice(to);
}

/// Brook is silent at each level, and cellar at the last one: attic's log holds what shows that.
fn refused() -> Vec<Value> {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    let quiet = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy")]);
    let quiet = street.open("attic", "policy", &quiet);
    street.tell("attic", 0, &["brook", "cellar"]);
    street.decide("brook", Street::stance("policy", quiet, false));
    let mut relabelled = None;
    for level in 1..=3 {
        let end = street.known("attic", quiet).matter.end(level, street.agreement.timing.news);
        street.tick_to(end + Span::from_millis(1));
        street.seal_all();
        let silent = street.silence("attic", "brook", quiet, level).expect("brook was silent");
        relabelled.get_or_insert_with(|| Evidence { silent: Some((Hash(quiet.0), 2)), ..silent.clone() });
        street.cite("attic", vec![silent]).expect("brook was silent");
    }
    let silent = street.silence("attic", "cellar", quiet, 3).expect("cellar was silent");
    street.cite("attic", vec![silent]).expect("cellar was silent");
    street.seal("attic");

    let log = Log::of(&street, "attic");
    let (good, last) = (log.bundle(quiet), log.last(quiet));
    let relabelled = EntryAct::Cite { evidence: relabelled.into_iter().collect() };
    let forged = log.made_up(quiet, last - 3, vec![(relabelled, Vec::new())]);
    let cases = [
        log.passes(
            "not adopted: whose silence the log cites, at which level",
            good,
            ("not adopted", None),
            "at level 1 brook; at level 2 brook; at level 3 brook, cellar",
        ),
        log.fails("silence at one level, shown for another", forged, (Kind::Authority, "silent")),
    ];
    cases.iter().map(Case::told).collect()
}

/// What brook said is not shown to attic: its log says no more than that.
fn doubtful() -> Vec<Value> {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    let quiet = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy")]);
    let early = street.agree("attic", Street::opening("policy", &quiet));
    let late = digest(&mut street, "attic");
    street.tick(Span::ZERO);
    assert!(street.replica("attic").decision(&early).is_some(), "it is decided after the snapshot");
    let quiet: MatterId = street.replica("attic").dealings().spoke.expect("it has spoken").into();
    street.seal("attic");
    let doubtful = street.known("attic", quiet).matter.doubtful_from(street.agreement.timing.news);
    street.tick_to(doubtful);
    street.say("attic", "ana", Act::Seen {}).expect("she has looked");
    let unsealed = Log::of(&street, "attic").bundle(quiet);
    street.seal("attic");

    let log = Log::of(&street, "attic");
    let (good, last) = (log.bundle(quiet), log.last(quiet));
    let found = last_change(&log, log.id(), quiet, Some(late.clone()));
    assert!(matches!(found, Err(MakeError::Late)), "{found:?}");
    let doubt = ("in doubt", None);
    let cases = [
        log.passes("in doubt: the log shows neither", good, doubt, "neither that it was adopted nor that it was not"),
        Case {
            verdict: Verdict::Unresolved,
            check: (Kind::Sealing, "nothing seals it yet"),
            ..log.passes("the same before it is sealed", unsealed, doubt, "")
        },
        log.fails(
            "a snapshot from after the opening of the proposal that opened it",
            log.bundle_at(quiet, last, Some(late)),
            (Kind::Authority, "starts after"),
        ),
    ];
    cases.iter().map(Case::told).collect()
}

/// Brook accepts terms because the assembly bound it: who reads the proof learns which, and what brook promises by them.
fn settling() -> Vec<Value> {
    let mut street = super::settled::story();
    street.seal("brook");
    let known = street.replica("brook").dealings().matters.first().expect("it knows the matter");
    let terms = known.matter.settles.clone().expect("it settles terms");
    let log = Log::of(&street, "brook");
    let case = log.passes(
        "adopted at the last level: the group accepts the terms that it settles",
        log.bundle(known.id),
        ("adopted", Some(3)),
        "adopted at level 3",
    );
    let shown = verify(&case.bundle.bytes(), &Anchors::default()).matter.expect("it replays");
    assert!(shown.parts.iter().all(|part| part.settles.as_ref() == Some(&*terms)), "{shown:#?}");
    vec![case.told()]
}

/// It counts by a version that two groups took up by themselves: no log shows that this version was in force.
fn of_a_later_version() -> Vec<Value> {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    let text = super::amended::next(&street, "To share a street otherwise");
    for called in ["attic", "brook"] {
        street.decide(called, Effect::Federate(text.clone()));
    }
    street.agreement = text.clone();
    let quiet = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy")]);
    let quiet = street.open("attic", "policy", &quiet);
    street.tell("attic", 0, &["brook"]);
    street.consent("brook", "policy", quiet);
    street.seal_all();
    for called in ["attic", "brook"] {
        let shown = street.shows(called, 0);
        street.cite("attic", vec![shown]).expect("it shows a consent");
    }
    street.enact("attic", quiet, 1).expect("both consent");
    street.seal("attic");
    let log = Log::of(&street, "attic");
    let adopted = ("adopted", Some(1));
    let case = |about| log.passes(about, log.bundle(quiet), adopted, "adopted at level 1");
    let cases = [
        Case {
            verdict: Verdict::Unresolved,
            check: (Kind::Sealing, "counts by version"),
            ..case("by a version after the founding text, of which nothing shows that it was in force")
        },
        Case { agreement: Some(text.hash()), ..case("the same for who knows that this version was in force") },
        Case {
            agreement: Some(Hash::of(b"other")),
            verdict: Verdict::Fail,
            check: (Kind::Sealing, "not the one that was asked for"),
            ..case("the same for who knows of another version")
        },
    ];
    cases.iter().map(Case::told).collect()
}
