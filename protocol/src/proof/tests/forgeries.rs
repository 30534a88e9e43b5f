//! What a dishonest node makes up with real keys: its own log key, and where that alone would give it away, the keys of
//! witnesses and of a member who takes part. Nothing of it passes, and the reason is told.

use super::{Anchors, Bundle, House, Kind, Verdict, assert_check, assert_passes, founding, note, seat};
use crate::{
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::{Kind as Envelope, Signed},
    fixture::{Group, admission, body, days, drop_member, hours, key, ms, name, person, rule, text},
    id::{LogId, ProposalId, StatementId, hex_encode},
    key::SecretKey,
    note::Note,
    replay::Snapshot,
    statement::{Act, Answer, Response, Statement, StatementContent},
    table::Table,
    time::{Span, Timestamp},
};

/// A log that goes on after its honest part with whatever its node signs; witnesses sign it, too.
#[derive(Clone)]
struct Forger {
    house: House,
    entries: Vec<Raw>,
    head: (u64, crate::id::EntryId),
    now: Timestamp,
    host: SecretKey,
    start: Option<Snapshot>,
    agreements: Vec<crate::federation::FederationAgreement>,
    notes: Option<Vec<Note>>,
}

impl Forger {
    fn of(house: House) -> Self {
        let (head, now) = (house.group.replica.head(), house.group.now);
        let entries = house.group.log.iter().cloned().map(Raw).collect();
        let (start, agreements, notes) = (None, Vec::new(), None);
        Self { house, entries, head: (head.number, head.id), now, host: key("host"), start, agreements, notes }
    }

    /// Signs the next entry, whatever it does.
    fn write(&mut self, act: EntryAct) -> &mut Self {
        let content = EntryContent {
            log: Some(self.house.group.replica.log()),
            number: self.head.0 + 1,
            previous: Some(self.head.1),
            time: self.now,
            cites: Vec::new(),
            act,
        };
        let entry = Entry::sign(content, &self.host);
        self.head = (entry.number(), entry.id());
        self.entries.push(Raw(entry.bytes().to_vec()));
        self
    }

    fn admit(&mut self, statement: &Statement) -> &mut Self {
        self.write(admission(std::slice::from_ref(statement)))
    }

    fn close(&mut self, proposal: ProposalId) -> &mut Self {
        self.write(EntryAct::Close { proposal })
    }

    fn later(&mut self, span: Span) -> &mut Self {
        self.now = self.now + span;
        self
    }

    /// What `of` signs next, in this log or another, about whatever entry it has seen.
    fn sign(&self, of: &str, act: Act) -> Statement {
        self.house.group.statement(of, act)
    }

    fn agree(&self, of: &str, proposal: ProposalId) -> Statement {
        self.sign(of, respond(proposal, Answer::Agree))
    }

    fn bundle(&self, proposal: ProposalId) -> Bundle {
        let log = self.house.group.replica.log();
        let signed = ["one", "two"].map(|witness| note(witness, log, self.head.0, self.head.1)).to_vec();
        let mut notes = self.notes.clone().unwrap_or(signed);
        notes.sort_by_key(Note::signer);
        Bundle {
            bundle: Bundle::VERSION,
            log,
            proposal: Some(proposal),
            matter: None,
            start: self.start.as_ref().map(|start| Raw(start.bytes())),
            past_entries: Vec::new(),
            past_namings: Vec::new(),
            entries: self.entries.clone(),
            notes: notes.iter().map(|note| Raw(note.bytes().to_vec())).collect(),
            agreements: self.agreements.clone(),
            texts: Vec::new(),
        }
    }

    /// With the texts that an honest bundle would hold.
    fn with_texts(&self, proposal: ProposalId) -> Bundle {
        let mut bundle = self.bundle(proposal);
        bundle.texts = self.texts(&["why"]);
        bundle
    }

    fn texts(&self, texts: &[&str]) -> Vec<Option<Raw>> {
        let mut ids: Vec<_> = texts.iter().map(|text| body(text)).collect();
        ids.sort();
        ids.iter().map(|id| self.house.texts.get(id).map(|body| Raw(body.bytes()))).collect()
    }
}

fn respond(proposal: ProposalId, answer: Answer) -> Act {
    Act::Respond(Response { proposal, version: 1, answer, reason: Some(body("because")), weighs: Vec::new() })
}

/// A house in which ana has proposed something in `domain`.
fn opened(domain: &str) -> (House, ProposalId) {
    let mut house = House::new();
    let proposal = house.group.open("ana", &[text(domain)]);
    (house, proposal)
}

type Forgery = (&'static str, Bundle, Kind, &'static str);

#[test]
fn no_forgery_passes() {
    let house = House::new();
    let forgeries: Vec<Forgery> = [acts(), members(), chains(), starts(), seals()].concat();
    assert!(forgeries.len() >= 20);
    for (what, bundle, kind, words) in forgeries {
        // For the second verifier (tests/python), with --nocapture.
        let Anchors { log, federation, .. } = house.anchors();
        let known = log.map(|log| log.to_string()).into_iter().chain(federation.map(|id| id.to_string()));
        println!("forgery\t{}\t{}\t{what}", known.collect::<Vec<_>>().join("\t"), hex_encode(&bundle.bytes()));
        let report = house.verify(&bundle);
        assert_ne!(report.verdict, Verdict::Pass, "{what}: {report:#?}");
        // Without notes nobody has signed anything false; it is only not sealed.
        let result = if bundle.notes.is_empty() { Verdict::Unresolved } else { Verdict::Fail };
        assert_check(&report, kind, result, words);
    }
}

/// The forger's way of making bundles makes good ones, too: what the table shows is not its clumsiness.
#[test]
fn what_the_forger_does_honestly_passes() {
    let (house, policy) = opened("policy");
    let bundle = Forger::of(house.clone()).later(days(7)).close(policy).with_texts(policy);
    assert_passes(&house.verify(&bundle));
}

/// Entries that decide what the rules do not let them decide.
fn acts() -> Vec<Forgery> {
    let (mut house, policy) = opened("policy");
    let early = Forger::of(house.clone()).later(hours(30)).close(policy).bundle(policy);
    let too_early = {
        let mut house = house.clone();
        for member in ["ben", "bot", "cem"] {
            house.group.agree(member, policy).unwrap();
        }
        Forger::of(house).later(hours(1)).close(policy).bundle(policy)
    };
    let quorum = Forger::of(house.clone()).later(days(7)).write(EntryAct::Apply { proposal: policy }).bundle(policy);
    house.group.object("ben", policy).unwrap();
    for member in ["bot", "cem"] {
        house.group.agree(member, policy).unwrap();
    }
    let objection = Forger::of(house.clone()).later(days(2)).close(policy).bundle(policy);
    let withdrawn = {
        let mut forger = Forger::of(house);
        let target = forger.house.group.shown(policy).objections[0].given.statement;
        let statement = forger.sign("ana", Act::Withdraw { target });
        forger.admit(&statement).later(days(2)).close(policy).bundle(policy)
    };
    let (mut house, purchase) = opened("purchases");
    house.group.agree("ana", purchase).unwrap();
    house.group.tick(days(1));
    let waiting = Forger::of(house).write(EntryAct::Apply { proposal: purchase }).bundle(purchase);
    let (house, late) = opened("policy");
    let mut forger = Forger::of(house);
    let statement = forger.agree("ben", late);
    let late = forger.later(days(8)).admit(&statement).close(late).bundle(late);
    vec![
        ("closing over an objection", objection, Kind::Authority, "is open until"),
        ("an objection withdrawn by another", withdrawn, Kind::Authority, "only its author ben may"),
        ("closing before everybody has responded", early, Kind::Authority, "is open until"),
        ("closing before the minimum", too_early, Kind::Authority, "is open until"),
        ("applying what has not passed", quorum, Kind::Authority, "is open until"),
        ("applying within the call-in window", waiting, Kind::Authority, "call-in window"),
        ("a response after the close", late, Kind::Authority, "too late"),
    ]
}

/// Statements by those who may not make them.
fn members() -> Vec<Forgery> {
    let (house, principles) = opened("principles");
    let mut forger = Forger::of(house.clone());
    let agents = forger.agree("bot", principles);
    let agent = forger.admit(&agents).later(days(7)).close(principles).bundle(principles);

    let mut forger = Forger::of(house.clone());
    let stranger = forger.agree("eve", principles);
    let stranger = forger.admit(&stranger).later(days(7)).close(principles).bundle(principles);

    let mut dan = House::new();
    let open = dan.group.open("ana", &[text("policy")]);
    dan.group.carry("ana", &[Effect::SetMember(person("dan"))]);
    let mut forger = Forger::of(dan.clone());
    let newcomer = forger.agree("dan", open);
    let electorate = forger.admit(&newcomer).later(days(7)).close(open).bundle(open);

    let mut removed = dan;
    removed.group.carry("ana", &[drop_member("dan")]);
    let mut forger = Forger::of(removed);
    let gone = forger.agree("dan", open);
    let gone = forger.admit(&gone).later(days(7)).close(open).bundle(open);

    let mut expired = House::new();
    expired.group.wait(days(28));
    let purchase = expired.group.open("cem", &[text("purchases")]);
    let mut forger = Forger::of(expired);
    let decides = forger.agree("ana", purchase);
    let expired = forger.later(days(2)).admit(&decides).later(days(7)).close(purchase).bundle(purchase);

    let mut forger = Forger::of(House::new());
    let out = forger.sign("bot", Act::Propose(crate::fixture::content(&[text("tools")])));
    let scope = forger.admit(&out).later(days(7)).close(out.id().into()).bundle(out.id().into());

    let (house, policy) = opened("policy");
    let mut forger = Forger::of(house);
    let by_role = forger.agree("ben", policy);
    let content = by_role.content().clone();
    let stolen = Signed::sign(Envelope::Statement, content, &key("eve"));
    let bytes = swap_key(by_role.bytes(), stolen.bytes());
    let forged = forger.write(EntryAct::Admit { statements: vec![Raw(bytes)] }).bundle(policy);
    vec![
        ("an agent answers where people decide", agent, Kind::Authority, "reserved for people"),
        ("somebody who is no member", stranger, Kind::Authority, "no member"),
        ("a member who came after the opening", electorate, Kind::Authority, "not eligible"),
        ("a member who was removed", gone, Kind::Authority, "no member"),
        ("a holder whose term has ended", expired, Kind::Authority, "term"),
        ("an agent proposes outside its scope", scope, Kind::Authority, "scope"),
        ("a member's key over another's signature", forged, Kind::Authenticity, "signature"),
    ]
}

/// A member's record with the signature of another key.
fn swap_key(own: &[u8], other: &[u8]) -> Vec<u8> {
    let body = own.len() - 64;
    [&own[..body], &other[other.len() - 64..]].concat()
}

/// Statements and entries out of their place.
fn chains() -> Vec<Forgery> {
    let by_vote = |charter: &mut crate::charter::Charter| {
        charter.domains.find_mut(&name("policy")).unwrap().rule =
            rule(r#"{ "vote": { "quorum": "1/2", "yes": { "more_than": "1/2" } } }"#);
    };
    let mut house = House::with(by_vote);
    let vote = house.group.open("ana", &[text("policy")]);
    let mut forger = Forger::of(house.clone());
    let once = forger.agree("ben", vote);
    let twice = forger.admit(&once).admit(&once).later(days(7)).close(vote).bundle(vote);

    let (house, policy) = opened("policy");
    let mut other = Group::with(|charter| charter.name = name("garden"));
    let foreign = other.open("ben", &[text("policy")]);
    let foreign = other.statement("ben", respond(foreign, Answer::Agree));
    let foreign = Forger::of(house.clone()).admit(&foreign).later(days(7)).close(policy).bundle(policy);

    let mut skipped = Forger::of(house.clone());
    let first = skipped.sign("ben", respond(policy, Answer::Object));
    let content = StatementContent { previous: Some(first.id()), ..first.content().clone() };
    let second = Signed::sign(Envelope::Statement, content, &key("ben"));
    let skipped = skipped.admit(&second).later(days(7)).close(policy).bundle(policy);

    let mut back = Forger::of(house.clone());
    back.now = crate::fixture::start();
    let back = back.close(policy).bundle(policy);

    let mut stranger = Forger::of(house.clone());
    stranger.host = key("eve");
    let stranger = stranger.later(days(7)).close(policy).bundle(policy);

    let mut unseen = Forger::of(house);
    let honest = unseen.agree("ben", policy);
    let content = StatementContent { seen: crate::id::EntryId([9; 32]), ..honest.content().clone() };
    let unseen = unseen.admit(&Signed::sign(Envelope::Statement, content, &key("ben"))).bundle(policy);

    // The node leaves an objection out and signs all that follows anew; those who sealed it saw the true log.
    let (mut house, policy) = opened("policy");
    let honest = Forger::of(house.clone());
    house.group.object("ben", policy).unwrap();
    house.group.tick(days(7));
    house.seal();
    let mut left_out = honest;
    left_out.notes = Some(house.notes.iter().rev().take(2).cloned().collect());
    let left_out = left_out.later(days(7)).close(policy).with_texts(policy);

    let mut two = House::new();
    let mine = two.group.carry("ana", &[text("policy")]);
    two.seal();
    let bundle = two.bundle(mine);
    let other = Bundle { proposal: Some(ProposalId::from(StatementId([7; 32]))), ..bundle.clone() };
    let group = Bundle { log: LogId([7; 32]), ..bundle };
    vec![
        ("a vote that counts twice", twice, Kind::Authenticity, "not the next one of its key"),
        ("a statement for another group", foreign, Kind::Integrity, "another group"),
        ("a statement before it is left out", skipped, Kind::Authenticity, "not the next one of its key"),
        ("an entry that is dated back", back, Kind::Integrity, "dated"),
        ("an entry by another key", stranger, Kind::Authenticity, "log key"),
        ("a statement about an entry that is not there", unseen, Kind::Integrity, "has seen entry"),
        ("an objection that the log leaves out", left_out, Kind::Sealing, "do not seal"),
        ("the decision of another proposal", other, Kind::Integrity, "ends before the proposal"),
        ("the log of another group", group, Kind::Integrity, "another group"),
    ]
}

/// Starts that the log never stated.
fn starts() -> Vec<Forgery> {
    let mut house = House::new();
    let honest = house.group.replica.snapshot();
    house.digest();

    // Cem is a member no more, says the snapshot; the digest in the log says otherwise.
    let mut alone = honest.clone();
    alone.charter.members.take(&name("cem"));
    let mut policy = house.clone();
    let proposal = policy.group.carry("ana", &[text("policy")]);
    policy.seal();
    let electorate = Bundle { start: Some(Raw(alone.bytes())), ..policy.bundle(proposal) };

    // The node signs a digest entry for it, and whatever follows; the real panel has never seen that.
    let made_up = |snapshot: &Snapshot, notes: Option<Vec<Note>>| {
        let mut house = house.clone();
        house.group.replica = crate::replay::Replica::resume(snapshot).unwrap();
        let from = house.group.log.len();
        house.group.write(EntryAct::Digest { digest: snapshot.digest() }).unwrap();
        let proposal = house.group.open("ana", &[text("policy")]);
        let mut forger = Forger::of(house);
        forger.entries.drain(..from);
        forger.start = Some(snapshot.clone());
        forger.notes = notes;
        forger.later(days(7)).close(proposal).with_texts(proposal)
    };
    let unsealed = made_up(&alone, Some(Vec::new()));
    let mut friends = alone.clone();
    let mut text = founding(&house.group);
    text.panel = Table::new(["eve", "mal"].map(seat).to_vec()).unwrap();
    friends.charter.federation = Some(text.id());
    let mut ties = serde_json::to_value(&friends.ties).unwrap();
    ties["consents"][0]["agreement"] = serde_json::to_value(&text).unwrap();
    friends.ties = serde_json::from_value(ties).unwrap();
    let own_panel = {
        let bare = made_up(&friends, Some(Vec::new()));
        let last = Entry::decode(&bare.entries.last().unwrap().0).unwrap();
        let mut notes = ["eve", "mal"].map(|witness| note(witness, bare.log, last.number(), last.id()));
        notes.sort_by_key(Note::signer);
        Bundle { notes: notes.iter().map(|note| Raw(note.bytes().to_vec())).collect(), ..bare }
    };

    let mut garden = House::with(|charter| charter.name = name("garden"));
    let foreign = garden.group.replica.snapshot();
    garden.digest();
    let foreign = Bundle { start: Some(Raw(foreign.bytes())), ..policy.bundle(proposal) };

    let later = {
        let mut house = house.clone();
        let proposal = house.group.open("ana", &[crate::fixture::text("policy")]);
        house.digest();
        house.group.tick(days(7));
        house.seal();
        let start = house.snapshots.values().next_back().cloned();
        house.bundle_from(proposal, start)
    };
    let mut headless = policy.bundle(proposal);
    headless.entries.remove(0);
    vec![
        ("a snapshot with another electorate", electorate, Kind::Integrity, "digest"),
        ("a snapshot that the node made up", unsealed, Kind::Authority, "no panel stands"),
        ("a snapshot with a panel of friends", own_panel, Kind::Sealing, "not the one that was asked for"),
        ("the snapshot of another group", foreign, Kind::Integrity, "another group"),
        ("a start after the opening", later, Kind::Authority, "who had a say"),
        ("a start whose digest is left out", headless, Kind::Integrity, "no entry states the digest"),
    ]
}

/// Seals that are none.
fn seals() -> Vec<Forgery> {
    let (house, policy) = opened("policy");
    let mut forger = Forger::of(house);
    forger.later(days(7)).close(policy);
    let log = forger.house.group.replica.log();
    let (number, entry) = forger.head;
    let by = |witnesses: &[&str], number: u64, entry| {
        let notes = witnesses.iter().map(|witness| note(witness, log, number, entry)).collect();
        Forger { notes: Some(notes), ..forger.clone() }.with_texts(policy)
    };
    let twice = {
        let mut bundle = by(&["one"], number, entry);
        let again = Note::witness(
            crate::note::NoteContent {
                log,
                number,
                previous: None,
                entry,
                time: crate::fixture::start() + ms(1),
                voice: None,
            },
            &key("one"),
        );
        bundle.notes.push(Raw(again.bytes().to_vec()));
        bundle
    };
    let strangers = by(&["eve", "mal"], number, entry);
    let few = by(&["one"], number, entry);
    let none = by(&[], number, entry);
    let sibling = by(&["one", "two"], number, crate::id::EntryId([8; 32]));
    let host = by(&["one", "node"], number, entry);
    let earlier = by(&["one", "two"], number - 1, forger.house.group.replica.head().id);
    let mut foreign = by(&["one", "two"], number, entry);
    let mut notes = ["one", "two"].map(|witness| note(witness, LogId([6; 32]), number, entry));
    notes.sort_by_key(Note::signer);
    foreign.notes = notes.iter().map(|note| Raw(note.bytes().to_vec())).collect();
    let mut signed_by_another = by(&["one", "two"], number, entry);
    let at = signed_by_another.notes[0].0.len() - 1;
    signed_by_another.notes[0].0[at] ^= 1;

    let mut consented = by(&["one", "two"], number, entry);
    let mut other = founding(&forger.house.group);
    other.purpose.push('!');
    consented.agreements = vec![other];

    // A panel of friends, in a text that the group never consented to.
    let mut never = by(&["eve", "mal"], number, entry);
    let mut text = founding(&forger.house.group);
    text.panel = Table::new(["eve", "mal"].map(seat).to_vec()).unwrap();
    never.agreements = vec![text];
    let mut text = by(&["one", "two"], number, entry);
    text.texts = forger.texts(&["because"]);
    vec![
        ("notes by nodes without a seat", strangers, Kind::Sealing, "do not seal"),
        ("too few notes", few, Kind::Sealing, "do not seal"),
        ("no notes", none, Kind::Sealing, "2 of 3"),
        ("one witness twice", twice, Kind::Sealing, "do not seal"),
        ("notes of a sibling", sibling, Kind::Sealing, "do not seal"),
        ("the host's own note", host, Kind::Sealing, "do not seal"),
        ("notes from before the decision", earlier, Kind::Sealing, "do not seal"),
        ("notes of another log", foreign, Kind::Sealing, "do not seal"),
        ("a note by another key", signed_by_another, Kind::Authenticity, "signature"),
        ("an agreement that is not needed", consented, Kind::Sealing, "not needed"),
        ("an agreement that the group never consented to", never, Kind::Sealing, "do not seal"),
        ("another text in the place of the why", text, Kind::Texts, "in its place"),
    ]
}

#[test]
fn a_made_up_snapshot_passes_only_for_whoever_takes_its_federation_for_the_own() {
    let forgeries = starts();
    let (_, bundle, ..) = forgeries.iter().find(|(what, ..)| what.contains("friends")).unwrap();
    let report = super::verify(&bundle.bytes(), &super::Anchors::default());
    assert_check(&report, Kind::Authority, Verdict::Pass, "compare the federation");
    let shown = report.decision.unwrap();
    assert_ne!(shown.federation, Some(House::new().agreement.id()), "what there is to compare is shown");
}
