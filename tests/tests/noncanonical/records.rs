//! The records whose every other encoding is tried: samples of all shapes, and each record of the protocol.

use folkmoot_protocol::{
    charter::{Charter, Host, RawCharter},
    effect::Effect,
    entry::{EntryAct, EntryContent, Raw, ReceiptContent},
    envelope::{Kind, Signed},
    evidence::Evidence,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    id::{EntryId, Hash, LogId, NoteId},
    key::{PublicKey, SecretKey},
    matter::{Matter, Mediator, Part},
    name::Name,
    note::NoteContent,
    resource::{
        Budget, Claimant, Every, Kind as Kinds, Line, Offer, Portion, Resource, Round, RoundClaim, Slots, Terms,
        Window,
        division::{Division, Fit, Secret},
    },
    statement::{
        Act as StatementAct, Amendment, Answer, Ballot, FoundingContent, Nomination, Proposal, ProposalOption,
        Response, StatementContent,
    },
    table::Table,
    time::{Span, Timestamp},
    voice::{Says, Voice},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Case, key};

/// All cases, signed by [`key`].
pub(crate) fn cases() -> Vec<Case> {
    let founding = FoundingContent { charter: charter().hash() };
    let mut cases = samples();
    cases.extend(statements());
    cases.extend(entries());
    cases.extend([
        Case::real("a founding", Kind::Founding, founding),
        Case::real("a first note", Kind::Note, note(None)),
        Case::real("a note", Kind::Note, note(Some(id("note")))),
        Case::real("a note of a group that spoke", Kind::Note, NoteContent { voice: Some(id("voice")), ..note(None) }),
        Case::real("a receipt", Kind::Receipt, receipt()),
    ]);
    cases
}

fn samples() -> Vec<Case> {
    vec![
        Case::new("a sample", Kind::Statement, sample()),
        Case::new("an empty sample", Kind::Statement, Sample::default()),
        Case::new("numbers", Kind::Note, [0, 23, 24, 255, 256, 65535, 65536, u32::MAX.into(), 1 << 32, u64::MAX]),
        Case::new("negative numbers", Kind::Receipt, [-1, -24, -25, -256, -257, -65536, -65537, i64::MIN]),
        Case::new("a bare text", Kind::Founding, "a text that is longer than 23 bytes: é, 水, 𐅑".to_owned()),
        Case::new("a bare null", Kind::Entry, None::<u64>),
    ]
}

fn statements() -> Vec<Case> {
    let case = |name, act| Case::real(name, Kind::Statement, StatementContent { previous: Some(id("0")), ..seen(act) });
    let objection = Response { reason: Some(id("reason")), ..response(Answer::Object) };
    let amendment = Amendment {
        proposal: id("proposal"),
        version: 2,
        content: proposal(Vec::new()),
        integrates: vec![id("1"), id("2")],
    };
    vec![
        Case::real("a first statement", Kind::Statement, seen(StatementAct::Seen {})),
        case("an answer", StatementAct::Respond(response(Answer::Agree))),
        case("an objection", StatementAct::Respond(objection)),
        case("an amendment", StatementAct::Amend(amendment)),
        case("a proposal", StatementAct::Propose(proposal(effects()))),
        case("a withdrawal", StatementAct::Withdraw { target: id("target") }),
        case("a call-in", StatementAct::CallIn { proposal: id("proposal"), reason: id("reason") }),
        case("a proposal to open a matter", StatementAct::Propose(proposal(vec![opening()]))),
        case("a proposal to answer a matter", StatementAct::Propose(proposal(vec![stance()]))),
        case("a proposal of terms", StatementAct::Propose(proposal(vec![stated()]))),
        case("a proposal about terms", StatementAct::Propose(proposal(about_terms()))),
        case("a proposal about resources", StatementAct::Propose(proposal(resources()))),
        case("a proposal of options", StatementAct::Propose(Proposal { options: options(), ..proposal(Vec::new()) })),
        case("a ballot", StatementAct::Rank(ballot())),
        case("a nomination", StatementAct::Nominate(nomination())),
        case("a withdrawal of an option", withdrawal_of_option()),
        case("an erasure", StatementAct::Erase { body: id("body") }),
    ]
}

fn seen(act: StatementAct) -> StatementContent {
    StatementContent { log: id("log"), seen: id("seen"), previous: None, act }
}

fn response(answer: Answer) -> Response {
    Response { proposal: id("proposal"), version: 1, answer, reason: None, weighs: Vec::new() }
}

fn proposal(effects: Vec<Effect>) -> Proposal {
    Proposal {
        title: "A title".into(),
        why: id("why"),
        effects,
        options: Vec::new(),
        review: Some(Span::from_days(90)),
    }
}

fn options() -> Vec<ProposalOption> {
    let option = |label: &str, text: Option<&str>, tags: &[(&str, &str)], effects| ProposalOption {
        label: name(label),
        text: text.map(str::to_owned),
        tags: tags.iter().map(|(tag, value)| (name(tag), name(value))).collect(),
        effects,
    };
    vec![
        option("ana", Some("Waters the garden."), &[("employer", "acme"), ("z", "y")], effects()),
        option("aa", None, &[], Vec::new()),
    ]
}

fn ballot() -> Ballot {
    let ranking = vec![vec![name("aa"), name("ana")], vec![name("b")]];
    Ballot { proposal: id("proposal"), version: 1, ranking, reason: Some(id("reason")) }
}

fn nomination() -> Nomination {
    Nomination { proposal: id("proposal"), version: 1, member: name("ana"), reason: id("reason") }
}

fn withdrawal_of_option() -> StatementAct {
    StatementAct::WithdrawOption { proposal: id("proposal"), version: 1, option: name("ana") }
}

fn effects() -> Vec<Effect> {
    let charter = charter();
    let mut effects = vec![
        Effect::Text { domain: name("garden"), text: "We buy a pump.".into(), replaces: None },
        Effect::Purpose { purpose: "To grow food".into(), values: vec!["Care".into(), "Patience".into()] },
        Effect::SetTimes(charter.times),
        Effect::SetHost(charter.host),
        Effect::DropRole { role: name("treasurer") },
        Effect::Unseat { role: name("treasurer"), member: name("ana") },
        Effect::DropDomain { domain: name("garden") },
        Effect::DropMember { member: name("ben") },
        Effect::AddKey { member: name("ana"), key: public(20) },
        Effect::DropKey { member: name("ana"), key: public(20) },
        Effect::Federate(agreement()),
        Effect::Erase { body: id("body") },
    ];
    effects.extend(charter.roles.iter().cloned().map(Effect::SetRole));
    effects.extend(charter.domains.iter().cloned().map(Effect::SetDomain));
    effects.extend(charter.members.iter().cloned().map(Effect::SetMember));
    effects
}

fn entries() -> Vec<Case> {
    let case = |name, act| {
        let content = EntryContent {
            log: Some(id("log")),
            number: 70_000,
            previous: Some(id("previous")),
            time: Timestamp::from_millis(1_700_000_000_000),
            cites: vec![id("1"), id("2")],
            act,
        };
        Case::real(name, Kind::Entry, content)
    };
    let founding = Signed::sign(Kind::Founding, FoundingContent { charter: charter().hash() }, key());
    let first = EntryContent {
        log: None,
        number: 0,
        previous: None,
        time: Timestamp::ZERO,
        cites: Vec::new(),
        act: EntryAct::Found { charter: Box::new(charter()), foundings: vec![Raw(founding.bytes().to_vec())] },
    };
    let statement = Signed::sign(Kind::Statement, seen(StatementAct::Seen {}), key());
    let statements = vec![Raw(statement.bytes().to_vec()); 2];
    vec![
        Case::real("a first entry", Kind::Entry, first),
        case("an admission", EntryAct::Admit { statements }),
        case("a close", EntryAct::Close { proposal: id("proposal") }),
        case("an application", EntryAct::Apply { proposal: id("proposal") }),
        case("a digest", EntryAct::Digest { digest: id("digest") }),
        case("an opening", EntryAct::Speak(voice(Some(id("voice")), Says::Open(Box::new(matter()))))),
        case("a first consent", EntryAct::Speak(voice(None, Says::Consent { matter: id("matter"), taken: None }))),
        case("a no", EntryAct::Speak(voice(Some(id("voice")), Says::Decline { matter: id("matter") }))),
        case("an enactment", EntryAct::Speak(enactment())),
        case("a round", EntryAct::Speak(voice(None, Says::Round(Box::new(round()))))),
        case("a claim", EntryAct::Speak(voice(None, Says::Claim(claim())))),
        case("a reveal", EntryAct::Speak(voice(None, Says::Reveal { round: round().id(), secret: Secret(id("s")) }))),
        case("terms", EntryAct::Speak(voice(None, Says::Terms { terms: Box::new(terms()), until: Some(date(2)) }))),
        case("an acceptance", follows(Says::AcceptTerms { terms: id("terms"), until: None })),
        case("a no to terms", follows(Says::DeclineTerms { terms: id("terms") })),
        case("a commit", follows(Says::Commit { terms: id("terms") })),
        case("a lapse", follows(Says::Lapse { terms: id("terms") })),
        case("a taking", follows(Says::Take { terms: id("terms") })),
        case("a release", follows(Says::ReleaseTerms { terms: id("terms"), breach: true })),
        case("evidence of terms", EntryAct::Cite { evidence: vec![evidence_of_terms()] }),
        case("evidence", EntryAct::Cite { evidence: vec![evidence(None), evidence(Some((id("matter"), 3)))] }),
    ]
}

fn opening() -> Effect {
    Effect::OpenMatter { domains: vec![name("garden"), name("tools")], matter: Box::new(matter()) }
}

fn stance() -> Effect {
    Effect::Stance { domains: vec![name("garden")], matter: id("matter"), consents: true }
}

fn voice(previous: Option<EntryId>, says: Says) -> Voice {
    Voice { previous, host: public(2), decision: Some(id("proposal")), says }
}

fn enactment() -> Voice {
    Voice { decision: None, ..voice(Some(id("voice")), Says::Enact { matter: id("matter"), level: 2 }) }
}

fn follows(says: Says) -> EntryAct {
    EntryAct::Speak(Voice { decision: None, ..voice(Some(id("voice")), says) })
}

fn stated() -> Effect {
    Effect::Terms { domains: vec![name("garden")], terms: Box::new(terms()), until: Some(date(2)) }
}

fn about_terms() -> Vec<Effect> {
    let domains = vec![name("garden")];
    vec![
        Effect::AcceptTerms { domains: domains.clone(), terms: id("terms"), until: Some(date(2)) },
        Effect::AcceptTerms { domains: domains.clone(), terms: id("terms"), until: None },
        Effect::DeclineTerms { domains: domains.clone(), terms: id("terms") },
        Effect::ReleaseTerms { domains, terms: id("terms") },
    ]
}

/// A resource of each kind.
fn resources() -> Vec<Effect> {
    let resource = |called: &str, kind| {
        Effect::SetResource(Resource {
            name: name(called),
            purpose: "To share".into(),
            unit: "piece".into(),
            domain: name("garden"),
            kind,
            capacity: 1000,
            grants: None,
        })
    };
    let budget = |every| Kinds::Budget(Budget { from: date(0), every, horizon: Span::from_days(90) });
    vec![
        resource("coins", Kinds::Stock),
        resource("hours", budget(Every::Span(Span::from_days(7)))),
        resource("money", budget(Every::Months(1))),
        resource("room", Kinds::Slots(Slots { horizon: Span::from_days(30) })),
        Effect::DropResource { resource: name("coins") },
    ]
}

/// Terms with every field: two stewards, and two portions of one of them.
fn terms() -> Terms {
    let portion =
        |from, until, amount| Portion { window: Window::new(date(from), date(until)).expect("a window"), amount };
    let all = Portion { window: Window::ALL, amount: 250 };
    let line =
        |steward: &str, resource: &str, portions| Line { steward: id(steward), resource: name(resource), portions };
    Terms {
        federation: agreement().id(),
        version: agreement().hash(),
        title: "A dance".into(),
        text: "We tidy up after.".into(),
        requester: id("school"),
        lines: vec![
            line("garden", "coins", vec![all]),
            line("kitchen", "room", vec![portion(3, 4, 1), portion(5, 6, 2)]),
        ],
        closer: id("garden"),
        by: date(1),
        counters: Some(id("other terms")),
        by_matter: true,
    }
}

fn date(day: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000) + Span::from_days(day)
}

/// A matter with a part that has every field, and one that has those which must be there.
fn matter() -> Matter {
    let plain = Part {
        group: id("kitchen"),
        head: 3,
        domains: vec![name("charter")],
        window: Span::from_days(7),
        ceded: false,
        effects: Vec::new(),
        linked: false,
        after: Vec::new(),
        due: None,
    };
    let full = Part {
        group: id("garden"),
        domains: vec![name("garden"), name("tools")],
        ceded: true,
        effects: vec![Effect::Text { domain: name("garden"), text: "Less water.".into(), replaces: None }],
        linked: true,
        after: vec![id("kitchen")],
        due: Some(date(8)),
        ..plain.clone()
    };
    Matter {
        federation: agreement().id(),
        version: agreement().hash(),
        title: "Water".into(),
        text: "There is less of it.".into(),
        parts: vec![full, plain],
        by: [date(9), date(18), date(27)],
        replaces: Some(id("matter")),
        overrides: vec![id("another"), id("one more")],
        amends: None,
        about: Some(id("terms")),
        mediator: Some(Mediator { group: id("garden"), role: name("keeper") }),
        settles: Some(Box::new(terms())),
    }
}

/// A lot of two windows, with every field.
fn round() -> Round {
    let date = |day: u64| Timestamp::from_millis(1_700_000_000_000) + Span::from_days(day);
    let offer = |day: u64| Offer {
        resource: name("hall"),
        window: Window::new(date(day), date(day + 1)).expect("a window"),
        amount: 300,
    };
    Round {
        federation: agreement().id(),
        version: agreement().hash(),
        title: "The hall".into(),
        text: "Two evenings.".into(),
        steward: id("garden"),
        division: Division::Lot(Fit::Part),
        offers: vec![offer(20), offer(30)],
        claimants: vec![Claimant { group: id("garden"), weight: 1 }, Claimant { group: id("kitchen"), weight: 1 }],
        claims_by: date(7),
        reveals_by: Some(date(8)),
        divides_by: date(9),
    }
}

fn claim() -> RoundClaim {
    RoundClaim { round: round().id(), amounts: vec![0, 300], commitment: Some(id("commitment")) }
}

fn evidence(silent: Option<(Hash, u8)>) -> Evidence {
    evidence_of(Says::Consent { matter: id("matter"), taken: None }, silent)
}

fn evidence_of_terms() -> Evidence {
    evidence_of(Says::Terms { terms: Box::new(terms()), until: None }, None)
}

fn evidence_of(says: Says, silent: Option<(Hash, u8)>) -> Evidence {
    let note = Signed::sign(Kind::Note, note(None), key());
    let content = EntryContent {
        log: Some(id("log")),
        number: 7,
        previous: Some(id("previous")),
        time: Timestamp::from_millis(1_700_000_000_000),
        cites: Vec::new(),
        act: EntryAct::Speak(voice(None, says)),
    };
    let entry = Signed::sign(Kind::Entry, content, key());
    let (voices, notes) = (vec![Raw(entry.bytes().to_vec())], vec![Raw(note.bytes().to_vec()); 2]);
    Evidence { log: id("log"), version: agreement().hash(), voices, notes, silent, asleep: silent.is_none() }
}

fn note(previous: Option<NoteId>) -> NoteContent {
    let time = Timestamp::from_millis(1_700_000_000_000);
    NoteContent { log: id("log"), number: 300, previous, entry: id("entry"), time, voice: None }
}

fn receipt() -> ReceiptContent {
    let time = Timestamp::from_millis(1_700_000_000_000);
    ReceiptContent { log: id("log"), epoch: 0, statement: id("statement"), time, by: time + Span::from_days(1) }
}

fn charter() -> Charter {
    let consent = json!({ "consent": { "closing": "7d", "minimum": "1d", "quorum": "2/3", "versions": 5 } });
    let call_in = json!({ "window": "2d", "rule": { "quorum": "1/2", "review": "30d" } });
    let file = json!({
        "name": "garden-group",
        "purpose": "To grow food together",
        "values": ["Care", "Patience"],
        "members": {
            "ana": { "keys": [public(10), public(11)] },
            "ben": { "keys": [public(12)] },
            "bot": {
                "keys": [public(13)],
                "agent": { "sponsor": "ana", "scope": ["garden"], "until": "+90d" },
            },
        },
        "roles": {
            "treasurer": { "purpose": "Keeps the books", "holders": [{ "member": "ben", "until": "+365d" }] },
        },
        "domains": {
            "charter": { "purpose": "The charter itself", "people_only": true, "rule": consent },
            "garden": {
                "purpose": "The beds",
                "owner": "role:treasurer",
                "affected": ["kitchen", "school"],
                "stakes": "low",
                "reversibility": "easy",
                "rule": { "delegate": { "closing": "3d", "call_in": call_in, "review": "60d" } },
            },
            "tools": { "purpose": "Tools", "owner": "role:treasurer", "rule": { "delegate": {} } },
        },
    });
    let raw: RawCharter = serde_json::from_value(file).expect("a charter file");
    let host = Host { log_key: public(1), node: public(2) };
    let charter = raw.resolve(Timestamp::from_millis(1_700_000_000_000), host, &|_| None).expect("a charter");
    Charter { federation: Some(agreement().id()), ..charter }
}

fn agreement() -> FederationAgreement {
    let group = |group: &str, at: u8, next: Option<&str>| FederatedGroup {
        name: name(group),
        log: id(group),
        node: public(at),
        escalates_to: next.map(name),
        weight: u32::from(at),
    };
    let groups = Table::new(vec![group("garden", 1, Some("kitchen")), group("kitchen", 2, None)]);
    let seat = Seat { name: name("elm"), node: public(3), addresses: vec!["/ip4/127.0.0.1/udp/4001/quic-v1".into()] };
    FederationAgreement {
        name: name("valley"),
        purpose: "To share water".into(),
        groups: groups.expect("names differ"),
        panel: Table::new(vec![seat]).expect("one name"),
        timing: Timing::default(),
        amends: None,
    }
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn public(seed: u8) -> PublicKey {
    SecretKey::from_seed([seed; 32]).public()
}

fn id<T: From<Hash>>(text: &str) -> T {
    Hash::of(text.as_bytes()).into()
}

/// One field for each shape that records are made of.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    log: Option<LogId>,
    previous: Vec<EntryId>,
    date: Timestamp,
    number: u64,
    balance: i64,
    title: String,
    urgent: bool,
    late: Option<bool>,
    author: Option<PublicKey>,
    pair: (u8, String),
    act: Act,
    acts: Vec<Act>,
    nested: Option<Box<Sample>>,
}

/// The shapes that serde gives to variants; the last ignores fields that it does not know.
#[derive(Debug, Default, Serialize, Deserialize)]
enum Act {
    #[default]
    Nothing,
    One(u64),
    Two(bool, String),
    Named {
        to: String,
        amount: u64,
    },
}

fn sample() -> Sample {
    let inner = Sample {
        title: "é水𐅑".into(),
        balance: -1,
        number: u64::MAX,
        late: Some(false),
        pair: (255, "a".repeat(24)),
        acts: vec![Act::Nothing],
        ..Sample::default()
    };
    Sample {
        log: Some(id("log")),
        previous: vec![id("1"), id("2")],
        date: Timestamp::from_millis(1_700_000_000_000),
        number: 24,
        balance: -500,
        title: "A title".into(),
        urgent: true,
        late: None,
        author: Some(key().public()),
        pair: (7, String::new()),
        act: Act::Named { to: "ana".into(), amount: 65536 },
        acts: vec![Act::One(300), Act::Two(true, "no".into()), Act::Named { to: String::new(), amount: 0 }],
        nested: Some(Box::new(inner)),
    }
}
