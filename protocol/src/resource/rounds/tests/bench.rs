//! Groups of one federation whose voices and notes are written by hand; attic stewards flour and a hall.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Claimant, KnownRound, Offer, REVEALS_STAGE, Round, RoundClaim};
use crate::{
    charter::Rule,
    effect::Effect,
    entry::{Entry, EntryAct},
    error::Refusal,
    evidence::{Evidence, Source},
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    fixture::{DAY, Group, days, hours, key, name, public},
    id::{Hash, LogId, RoundId},
    note::{Note, NoteContent},
    resource::{
        Kind, Resource, Slots, Window,
        division::{Division, Secret, commit},
    },
    table::Table,
    time::{Span, Timestamp},
    voice::{Says, Voice},
    witness::Notes,
};

const WITNESSES: [&str; 3] = ["one", "two", "three"];

pub(super) struct Bench {
    pub(super) groups: BTreeMap<&'static str, Group>,
    notes: BTreeMap<&'static str, Notes>,
    pub(super) agreement: FederationAgreement,
    pub(super) now: Timestamp,
}

fn resource(called: &str, kind: Kind) -> Resource {
    let (purpose, unit, domain) = ("To share".into(), "kg".into(), name("policy"));
    Resource { name: name(called), purpose, unit, domain, kind, capacity: 10, grants: None }
}

fn group(called: &str) -> Group {
    Group::with(|charter| {
        charter.name = name(called);
        charter.host.node = public(&format!("{called}-node"));
        if called == "attic" {
            charter.resources.put(resource("flour", Kind::Stock));
            charter.resources.put(resource("hall", Kind::Slots(Slots { horizon: days(60) })));
        }
        for called in ["policy", "charter"] {
            let Rule::Consent(rule) = &mut charter.domains.find_mut(&name(called)).unwrap().rule else { panic!() };
            rule.minimum = Span::ZERO;
        }
    })
}

/// The secret of a group in these tests.
pub(super) fn secret(called: &str) -> Secret {
    Secret(Hash::of(called.as_bytes()))
}

pub(super) fn flour(amount: u64) -> Offer {
    Offer { resource: name("flour"), window: Window::ALL, amount }
}

impl Bench {
    pub(super) fn new() -> Self {
        let names = ["attic", "brook", "cellar"];
        let groups: BTreeMap<_, _> = names.iter().map(|called| (*called, group(called))).collect();
        let seat = |called: &&str| Seat { name: name(called), node: public(called), addresses: Vec::new() };
        let member = |(called, group): (&&str, &Group)| FederatedGroup {
            name: name(called),
            log: group.replica.log(),
            node: group.replica.charter().host.node,
            escalates_to: None,
            weight: 1,
        };
        let agreement = FederationAgreement {
            name: name("street"),
            purpose: "To share a street".into(),
            groups: Table::new(groups.iter().map(member).collect()).unwrap(),
            panel: Table::new(WITNESSES.iter().map(seat).collect()).unwrap(),
            timing: Timing::default(),
            amends: None,
        };
        let now = groups["attic"].now;
        let notes = names.iter().map(|called| (*called, Notes::default())).collect();
        let mut bench = Self { groups, notes, agreement, now };
        for called in names {
            let agreement = bench.agreement.clone();
            bench.groups.get_mut(called).unwrap().carry("ana", &[Effect::Federate(agreement)]);
        }
        bench.now = bench.groups["attic"].now;
        bench
    }

    pub(super) fn log(&self, called: &str) -> LogId {
        self.groups[called].replica.log()
    }

    pub(super) fn tick(&mut self, span: Span) {
        self.now = self.now + span;
        for group in self.groups.values_mut() {
            group.tick(self.now.since(group.now));
        }
    }

    pub(super) fn tick_to(&mut self, moment: Timestamp) {
        self.tick(moment.since(self.now));
    }

    /// A round of attic's for these groups: a day for claims, another one for reveals where there are any.
    pub(super) fn round(&self, division: Division, offers: Vec<Offer>, claimants: &[&str]) -> Round {
        let mut claimants: Vec<Claimant> =
            claimants.iter().map(|called| Claimant { group: self.log(called), weight: 1 }).collect();
        claimants.sort_by_key(|claimant| claimant.group);
        let claims_by = self.now + DAY;
        let reveals_by = division.needs_seed().then(|| claims_by + DAY);
        Round {
            federation: self.agreement.id(),
            version: self.agreement.hash(),
            title: "Flour for the winter".into(),
            text: "Who bakes gets some.".into(),
            steward: self.log("attic"),
            division,
            offers,
            claimants,
            claims_by,
            reveals_by,
            divides_by: reveals_by.unwrap_or(claims_by) + DAY,
        }
    }

    /// Lets attic open a round and cite that it was sealed; the others hear of it.
    pub(super) fn opens(&mut self, round: &Round) -> RoundId {
        self.decides("attic", Effect::OpenRound { domains: vec![name("policy")], round: Box::new(round.clone()) })
            .unwrap();
        self.seal("attic");
        let opening = self.shows("attic", |says| matches!(says, Says::Round(_)));
        let claims = |called: &&str| round.claimant(&self.log(called)).is_some();
        let others: Vec<&'static str> = ["brook", "cellar"].into_iter().filter(claims).collect();
        for called in ["attic"].into_iter().chain(others) {
            self.cites(called, opening.clone()).unwrap();
        }
        round.id()
    }

    pub(super) fn claim(&self, called: &str, round: RoundId, amounts: &[u64]) -> RoundClaim {
        let lot = self.known("attic", round).round.division.needs_seed();
        let commitment = lot.then(|| commit(&Hash(round.0), &self.log(called), &secret(called)));
        RoundClaim { round, amounts: amounts.to_vec(), commitment }
    }

    pub(super) fn claims(&mut self, called: &'static str, round: RoundId, amounts: &[u64]) {
        let claim = self.claim(called, round, amounts);
        self.decides(called, Effect::Claim { domains: vec![name("policy")], claim }).unwrap();
        self.seal(called);
    }

    /// Lets a group claim, and attic cite that.
    pub(super) fn claims_and_tells(&mut self, called: &'static str, round: RoundId, amounts: &[u64]) {
        self.claims(called, round, amounts);
        self.tells(called, round, 1).unwrap();
    }

    pub(super) fn reveals(&mut self, called: &'static str, round: RoundId) -> Result<(), Refusal> {
        let secret = secret(called);
        self.speaks(called, Says::Reveal { round, secret })?;
        self.seal(called);
        Ok(())
    }

    pub(super) fn divides(&mut self, round: RoundId) -> Result<(), Refusal> {
        self.speaks("attic", Says::Divide { round })
    }

    pub(super) fn speaks(&mut self, called: &'static str, says: Says) -> Result<(), Refusal> {
        let group = self.groups.get_mut(called).unwrap();
        let (previous, host) = (group.replica.dealings().spoke, group.replica.charter().host.node);
        group.write(EntryAct::Speak(Voice { previous, host, decision: None, says }))
    }

    /// Moves to a millisecond after claims, or reveals, had to be sealed; all witnesses note all logs then.
    pub(super) fn after(&mut self, round: RoundId, stage: u8) {
        let round = &self.known("attic", round).round;
        let last = if stage == REVEALS_STAGE { round.last() } else { round.claims_by };
        self.tick_to(last + hours(1) + Span::from_millis(1));
        ["attic", "brook", "cellar"].into_iter().for_each(|called| self.seal(called));
    }

    /// What attic's log would be shown of a group at a stage: what it said in time, or that it was silent.
    pub(super) fn answer(&self, of: &'static str, round: RoundId, stage: u8) -> Option<Evidence> {
        let voices = self.voices(of);
        let source = Source { log: self.log(of), voices: &voices, notes: &self.notes[of] };
        let awaited = self.known("attic", round).awaited(round, self.log(of), stage, hours(1))?;
        source.answer(&self.agreement, &awaited)
    }

    /// Lets attic cite that.
    pub(super) fn tells(&mut self, of: &'static str, round: RoundId, stage: u8) -> Result<(), Refusal> {
        let evidence = self.answer(of, round, stage).expect("the notes show it");
        self.cites("attic", evidence)
    }

    pub(super) fn known(&self, called: &str, round: RoundId) -> &KnownRound {
        &self.groups[called].replica.dealings().books.rounds[&round]
    }

    /// What a promise of attic's flour comes to: of a group's share, or of the round as a whole.
    pub(super) fn promised(&self) -> BTreeMap<String, u64> {
        let books = &self.groups["attic"].replica.dealings().books;
        let name_of =
            |log: LogId| self.groups.iter().find(|(_, group)| group.replica.log() == log).unwrap().0.to_string();
        let promises = books.ledgers[&name("flour")].iter();
        let named = promises.map(|(id, promise)| {
            let whose = books.share_of(id).map_or_else(|| "held".to_owned(), |(_, group)| name_of(group));
            assert_eq!(whose == "held", promise.held_until.is_some(), "shares are allocations");
            (whose, promise.portions.iter().map(|portion| portion.amount).sum())
        });
        named.collect()
    }

    /// Lets everybody agree to an effect, with all voices at once.
    pub(super) fn decides(&mut self, called: &'static str, effect: Effect) -> Result<(), Refusal> {
        let group = self.groups.get_mut(called).unwrap();
        let proposal = group.propose("ana", &[effect])?;
        let eligible: BTreeSet<_> = group.shown(proposal).polls.iter().flat_map(|poll| poll.eligible.clone()).collect();
        for member in eligible.into_iter().filter(|member| member.as_str() != "ana") {
            group.agree(member.as_str(), proposal).unwrap();
        }
        group.tick(Span::ZERO);
        Ok(())
    }

    pub(super) fn note(&mut self, witness: &str, called: &'static str) {
        let replica = &self.groups[called].replica;
        let (head, notes) = (replica.head(), self.notes.get_mut(called).unwrap());
        let previous = notes.latest(&public(witness)).map(Note::id);
        let voice = replica.voice_at(head.number);
        let content =
            NoteContent { log: replica.log(), number: head.number, previous, entry: head.id, time: self.now, voice };
        // A second one at the same moment says nothing new.
        let _ = notes.take(Note::witness(content, &key(witness)));
    }

    pub(super) fn seal(&mut self, called: &'static str) {
        WITNESSES.iter().for_each(|witness| self.note(witness, called));
    }

    fn voices(&self, called: &str) -> BTreeMap<u64, Entry> {
        let entries = self.groups[called].log.iter().map(|bytes| Entry::decode(bytes).unwrap());
        let spoken = entries.filter(|entry| matches!(entry.content().act, EntryAct::Speak(_)));
        spoken.map(|entry| (entry.number(), entry)).collect()
    }

    /// What shows the last voice of a group that `is` one.
    pub(super) fn shows(&self, called: &'static str, is: impl Fn(&Says) -> bool) -> Evidence {
        let voices = self.voices(called);
        let spoken = |entry: &&Entry| matches!(&entry.content().act, EntryAct::Speak(Voice { says, .. }) if is(says));
        let number = voices.values().rfind(spoken).expect("it said so").number();
        let source = Source { log: self.log(called), voices: &voices, notes: &self.notes[called] };
        source.said(&self.agreement, number, number).expect("it is sealed")
    }

    pub(super) fn cites(&mut self, called: &'static str, evidence: Evidence) -> Result<(), Refusal> {
        let group = self.groups.get_mut(called).unwrap();
        let content = group.replica.citing(vec![evidence], group.now).expect("it is well formed");
        let entry = Entry::sign(content, &group.host);
        group.take(&entry)
    }
}
