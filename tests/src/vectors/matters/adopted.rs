//! All who are affected consent, one after the other, and each enacts its part.

use folkmoot_protocol::{
    effect::Effect,
    entry::{EntryAct, Raw},
    evidence::Evidence,
    id::{Hash, LogId, MatterId},
    matter::Matter,
    statement::Act,
    time::Span,
};

use super::street::{Street, days, refused, text};

pub(super) const ABOUT: &str = "Attic opens a matter that brook answers first, then cellar; all enact it at the first \
    level. What does not follow from a log, or shows nothing, is refused. Brook's node has a seat; cellar moves to a node \
    that has one.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    let matter = matter(&street);
    not_opened(&mut street, &matter);
    let id = open(&mut street, &matter);
    tell(&mut street);
    answer(&mut street, id);
    chains(&mut street, id);
    enact(&mut street, id);
    host_with_a_seat(&mut street);
    street
}

fn matter(street: &Street) -> Matter {
    let mut matter = street.matter("Quiet hours", &[("attic", "policy"), ("brook", "policy"), ("cellar", "tools")]);
    let (attic, brook) = (street.log("attic"), street.log("brook"));
    let due = matter.by[0].before(days(1));
    for part in &mut matter.parts {
        if part.group == brook {
            (part.after, part.due) = (vec![attic], Some(due));
        } else if part.group != attic {
            part.after = vec![brook];
        }
    }
    matter
}

/// Proposals to open a matter that cannot stand, or says of the group what is not so.
fn not_opened(street: &mut Street, matter: &Matter) {
    let attic = street.log("attic");
    let open = |street: &mut Street, domain: &str, change: &dyn Fn(&mut Matter)| {
        let mut matter = matter.clone();
        change(&mut matter);
        let result = street.propose("attic", &[Street::opening(domain, &matter)]);
        refused(result, "conflict", "effect");
    };
    let own = |matter: &Matter| matter.parts.iter().position(|part| part.group == attic).expect("attic is affected");
    open(street, "policy", &|matter| matter.parts.clear());
    open(street, "policy", &|matter| matter.parts.reverse());
    open(street, "policy", &|matter| matter.title.clear());
    open(street, "policy", &|matter| matter.by[1] = matter.by[0] + days(7));
    open(street, "policy", &|matter| matter.parts[0].due = Some(matter.by[0] + Span::from_millis(1)));
    open(street, "policy", &|matter| matter.parts[0].group = Hash::of(b"nobody").into());
    open(street, "policy", &|matter| matter.parts[1].effects = vec![Effect::Erase { body: Hash::of(b"a").into() }]);
    open(street, "policy", &|matter| matter.version = Hash::of(b"another version"));
    open(street, "policy", &|matter| matter.replaces = Some(Hash::of(b"unknown").into()));
    open(street, "tools", &|_| {});
    open(street, "policy", &|matter| {
        let at = own(matter);
        matter.parts[at].ceded = false;
    });
    open(street, "policy", &|matter| {
        let at = own(matter);
        matter.parts[at].head = 1000;
    });
    open(street, "policy", &|matter| {
        let at = own(matter);
        matter.parts[at].effects = vec![text("tools")];
    });
    let twice = [Street::opening("policy", matter), Street::opening("policy", matter)];
    refused(street.propose("attic", &twice), "conflict", "effect");
}

/// The voice is due at once, and nothing else is said.
fn open(street: &mut Street, matter: &Matter) -> MatterId {
    let proposal = street.agree("attic", Street::opening("policy", matter));
    street.write("attic", EntryAct::Close { proposal }).expect("it is closed");
    let Some(EntryAct::Speak(voice)) = street.replica("attic").due(street.now) else { panic!("a voice is due") };
    refused(street.say("attic", "ana", Act::Seen {}), "conflict", "voice-due");
    refused(street.write("attic", EntryAct::Close { proposal }), "conflict", "voice-due");
    let mut other = voice.clone();
    other.previous = Some(Hash::of(b"another voice").into());
    refused(street.write("attic", EntryAct::Speak(other)), "conflict", "voice");
    let mut other = voice.clone();
    other.host = street.replica("brook").charter().host.node;
    refused(street.write("attic", EntryAct::Speak(other)), "conflict", "voice");
    let mut other = voice.clone();
    other.decision = None;
    refused(street.write("attic", EntryAct::Speak(other)), "conflict", "voice");
    let digest = street.replica("attic").digest();
    street.write("attic", EntryAct::Digest { digest }).expect("a digest may come before");
    street.write("attic", EntryAct::Speak(voice.clone())).expect("it is said");
    refused(street.write("attic", EntryAct::Speak(voice)), "conflict", "voice");
    street.replica("attic").dealings().spoke.expect("it has spoken").into()
}

/// Evidence of the opening, as it counts and as it does not.
fn tell(street: &mut Street) {
    ["one", "two", "three", "four", "attic"].iter().for_each(|witness| street.note(witness, "attic"));
    let good = street.noted_by("attic", &["one", "two", "three"]);
    let bad =
        |street: &mut Street, evidence: Evidence| refused(street.cite("brook", vec![evidence]), "conflict", "evidence");
    bad(street, street.noted_by("attic", &["one", "two"]));
    bad(street, street.noted_by("attic", &["one", "two", "attic"]));
    bad(street, Evidence { voices: Vec::new(), ..good.clone() });
    bad(street, Evidence { notes: good.notes.iter().rev().cloned().collect(), ..good.clone() });
    bad(street, Evidence { notes: vec![good.notes[0].clone(); 3], ..good.clone() });
    bad(street, Evidence { version: Hash::of(b"another version"), ..good.clone() });
    bad(street, Evidence { log: LogId::from(Hash::of(b"another log")), ..good.clone() });
    bad(street, Evidence { log: street.log("cellar"), ..good.clone() });
    let mut forged = good.clone();
    *forged.notes[1].0.last_mut().expect("a signature") ^= 1;
    refused(street.cite("brook", vec![forged]), "forged", "inside");
    refused(street.cite("brook", Vec::new()), "malformed", "size");
    refused(street.cite("brook", vec![good.clone(); 17]), "malformed", "size");
    refused(street.cite("brook", vec![good.clone(); 2]), "conflict", "evidence");
    refused(street.cite_as("brook", vec![good.clone()], Vec::new()), "malformed", "cites");
    for called in ["brook", "cellar"] {
        street.cite(called, vec![good.clone()]).expect("it shows the opening");
    }
    bad(street, good);
}

/// A no, then a yes; and answers that do not apply.
fn answer(street: &mut Street, id: MatterId) {
    let bad = |street: &mut Street, called: &str, effect: Effect| {
        refused(street.propose(called, &[effect]), "conflict", "effect");
    };
    bad(street, "brook", Street::stance("tools", id, true));
    bad(street, "brook", Street::stance("policy", Hash::of(b"unknown").into(), true));
    bad(street, "attic", Street::stance("policy", id, true));
    bad(street, "cellar", Street::stance("tools", id, true));
    street.decide("brook", Street::stance("policy", id, false));
    street.tick(days(1));
    street.consent("brook", "policy", id);
    bad(street, "brook", Street::stance("policy", id, true));
    bad(street, "brook", Street::stance("policy", id, false));
    // Advice to cellar: it has a part, in which nothing changes.
    let mut advice = street.matter("A hint", &[("cellar", "tools")]);
    advice.parts[0].effects.clear();
    street.open("brook", "policy", &advice);
}

/// Three voices of brook, shown with a hole, in another order, by its own node; and as they are.
fn chains(street: &mut Street, id: MatterId) {
    ["one", "two", "four"].iter().for_each(|witness| street.note(witness, "brook"));
    let good = street.noted_by("brook", &["one", "two"]);
    let bad = |street: &mut Street, evidence: Evidence| {
        refused(street.cite("cellar", vec![evidence]), "conflict", "evidence")
    };
    let some = |places: &[usize]| -> Vec<Raw> { places.iter().map(|place| good.voices[*place].clone()).collect() };
    bad(street, Evidence { voices: some(&[0, 2]), ..good.clone() });
    bad(street, Evidence { voices: some(&[2, 1, 0]), ..good.clone() });
    bad(street, Evidence { voices: some(&[0, 1]), ..good.clone() });
    bad(street, street.noted_by("brook", &["one", "four"]));
    bad(street, Evidence { silent: Some((Hash(id.0), 1)), ..good.clone() });
    bad(street, Evidence { silent: Some((Hash(id.0), 4)), ..good.clone() });
    refused(street.enact("attic", id, 1), "conflict", "enactment");
    street.cite("cellar", vec![Evidence { voices: some(&[1, 2]), ..good.clone() }]).expect("it shows a consent");
    street.consent("cellar", "tools", id);
    street.cite("attic", vec![good]).expect("it shows a consent");
}

fn enact(street: &mut Street, id: MatterId) {
    street.seal_all();
    let [attic, brook, cellar] = ["attic", "brook", "cellar"].map(|called| street.shows(called, 0));
    refused(street.enact("attic", id, 1), "conflict", "enactment");
    street.cite("attic", vec![attic.clone(), cellar.clone()]).expect("they show two consents");
    refused(street.enact("attic", id, 2), "conflict", "enactment");
    refused(street.enact("attic", Hash::of(b"unknown").into(), 1), "conflict", "no-matter");
    street.enact("attic", id, 1).expect("all consent");
    refused(street.enact("attic", id, 1), "conflict", "enactment");
    street.cite("brook", vec![brook.clone(), cellar.clone()]).expect("they show two consents");
    street.enact("brook", id, 1).expect("all consent");
    street.cite("cellar", vec![cellar]).expect("it shows the own consent");
    street.enact("cellar", id, 1).expect("all consent");
    let spoke = street.known("cellar", id).id;
    let other = street.replica("cellar").dealings().matters.iter().map(|known| known.id).find(|known| *known != spoke);
    refused(street.enact("cellar", other.expect("brook's hint"), 1), "conflict", "enactment");
}

/// Cellar moves to a node with a seat, whose notes of it count no more.
fn host_with_a_seat(street: &mut Street) {
    street.tick(days(1));
    street.move_to("cellar", "one");
    let matter = street.matter("A bench", &[("attic", "charter"), ("cellar", "charter")]);
    // Where it enacted quiet hours, a rival of them has to wait for their last date.
    let rival = street.matter("A hammer", &[("attic", "charter"), ("cellar", "tools")]);
    refused(street.propose("cellar", &[Street::opening("tools", &rival)]), "conflict", "effect");
    street.open("cellar", "charter", &matter);
    street.seal("cellar");
    let last = street.voices("cellar").len() - 1;
    let by = |street: &Street, witnesses: &[&str]| {
        let evidence = street.noted_by("cellar", witnesses);
        Evidence { voices: vec![evidence.voices[last].clone()], ..evidence }
    };
    let lying = by(street, &["one", "two", "three"]);
    refused(street.cite("attic", vec![lying]), "conflict", "evidence");
    let good = by(street, &["two", "three", "four"]);
    street.cite("attic", vec![good]).expect("it shows the opening");
    street.say("attic", "ana", Act::Seen {}).expect("life goes on");
}
