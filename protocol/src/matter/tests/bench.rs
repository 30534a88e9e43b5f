//! Groups of one federation whose logs, voices and notes are written by hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    charter::Rule,
    effect::Effect,
    entry::{Entry, EntryAct},
    error::Refusal,
    evidence::{Evidence, Source},
    federation::{self, FederatedGroup, FederationAgreement, Seat, Timing},
    fixture::{DAY, Group, days, key, name, public, text},
    id::{LogId, MatterId, ProposalId},
    matter::{Amendment, Known, Matter, Part, Standing},
    note::{Note, NoteContent},
    replay::Replica,
    table::Table,
    time::{Span, Timestamp},
    voice::{Says, Voice},
    witness::Notes,
};

pub(super) const WITNESSES: [&str; 3] = ["one", "two", "three"];

/// Groups of one federation, with three friends who witness all of them.
pub(super) struct Bench {
    pub(super) groups: BTreeMap<&'static str, Group>,
    notes: BTreeMap<&'static str, Notes>,
    pub(super) agreement: FederationAgreement,
    pub(super) now: Timestamp,
}

fn group(called: &str) -> Group {
    Group::with(|charter| {
        charter.name = name(called);
        charter.host.node = public(&format!("{called}-node"));
        for called in ["policy", "charter"] {
            let domain = charter.domains.find_mut(&name(called)).unwrap();
            let Rule::Consent(rule) = &mut domain.rule else { panic!("{called} decides by consent") };
            (rule.minimum, domain.ceded) = (Span::ZERO, called == "policy");
        }
    })
}

impl Bench {
    pub(super) fn of(names: &[&'static str]) -> Self {
        Self::weighed(names, &[])
    }

    /// The same, of which the first groups have these weights.
    pub(super) fn weighed(names: &[&'static str], weights: &[u32]) -> Self {
        let weights: BTreeMap<&str, u32> = names.iter().copied().zip(weights.iter().copied()).collect();
        let groups: BTreeMap<_, _> = names.iter().map(|called| (*called, group(called))).collect();
        let seat = |called: &&str| Seat { name: name(called), node: public(called), addresses: Vec::new() };
        let member = |(called, group): (&&str, &Group)| FederatedGroup {
            name: name(called),
            log: group.replica.log(),
            node: group.replica.charter().host.node,
            escalates_to: None,
            weight: weights.get(called).copied().unwrap_or(1),
        };
        let agreement = FederationAgreement {
            name: name("street"),
            purpose: "To share a street".into(),
            groups: Table::new(groups.iter().map(member).collect()).unwrap(),
            panel: Table::new(WITNESSES.iter().map(seat).collect()).unwrap(),
            timing: Timing::default(),
            amends: None,
        };
        let now = groups[names[0]].now;
        let notes = names.iter().map(|called| (*called, Notes::default())).collect();
        let mut bench = Self { groups, notes, agreement, now };
        for called in names {
            let agreement = bench.agreement.clone();
            bench.groups.get_mut(called).unwrap().carry("ana", &[Effect::Federate(agreement)]);
        }
        bench.now = bench.groups[names[0]].now;
        bench
    }

    pub(super) fn log(&self, called: &str) -> LogId {
        self.groups[called].replica.log()
    }

    /// Moves all clocks to `span` after now; hosts write what is due at its moment.
    pub(super) fn tick(&mut self, span: Span) {
        self.now = self.now + span;
        for group in self.groups.values_mut() {
            group.tick(self.now.since(group.now));
        }
    }

    pub(super) fn tick_to(&mut self, moment: Timestamp) {
        self.tick(moment.since(self.now));
    }

    /// The part of a group in `policy`: a new agreement there.
    pub(super) fn part(&self, called: &str) -> Part {
        let replica = &self.groups[called].replica;
        Part {
            group: replica.log(),
            head: replica.head().number,
            domains: vec![name("policy")],
            window: self.groups[called].domain("policy").rule.longest(),
            ceded: true,
            effects: vec![text("policy")],
            linked: false,
            after: Vec::new(),
            due: None,
        }
    }

    /// A matter that affects these groups, with the shortest schedule for a window of seven days.
    pub(super) fn matter(&self, affected: &[&str]) -> Matter {
        let mut parts: Vec<Part> = affected.iter().map(|called| self.part(called)).collect();
        parts.sort_by_key(|part| part.group);
        let level = |at: u64| self.now + days(8 * at) + DAY;
        Matter {
            federation: self.agreement.id(),
            version: self.agreement.hash(),
            title: "Quiet hours".into(),
            text: "From ten to six, because people sleep.".into(),
            parts,
            by: [level(1), level(2), level(3)],
            replaces: None,
            overrides: Vec::new(),
            amends: None,
            about: None,
            mediator: None,
            settles: None,
        }
    }

    /// A matter that gives the next text of the agreement to all whom it keeps.
    pub(super) fn amendment(&self, text: &FederationAgreement) -> Matter {
        let kept: Vec<&str> =
            self.groups.keys().copied().filter(|called| text.group(&self.log(called)).is_some()).collect();
        let mut matter = self.matter(&kept);
        for part in &mut matter.parts {
            (part.domains, part.ceded, part.effects) = (vec![name("charter")], false, Vec::new());
        }
        matter.amends = Some(Box::new(Amendment { agreement: text.clone(), dormant: Vec::new(), taken: None }));
        matter
    }

    /// The version in force, by the seals of everything that is there.
    pub(super) fn in_force(&self) -> federation::Standing {
        let logs: BTreeMap<LogId, &Replica> =
            self.groups.values().map(|group| (group.replica.log(), &group.replica)).collect();
        let known = |log: &LogId| {
            logs.get(log).map(|replica| federation::Known { replica, sealed: Some(replica.head().number) })
        };
        federation::Standing::of(self.agreement.clone(), known, self.now)
    }

    /// Lets a group cite all consents to a matter, its own too.
    pub(super) fn tells_all_consents(&mut self, to: &'static str, matter: MatterId) {
        self.seal_all();
        let names: Vec<&'static str> = self.groups.keys().copied().collect();
        let consents = move |says: &Says| says.consents_to(&matter);
        for called in names {
            let is_sponsor = self.known(to, matter).sponsor == self.log(called);
            let opens = |says: &Says| matches!(says, Says::Open(_));
            let said =
                self.groups[called].replica.dealings().matter(&matter).is_some_and(|known| known.consented.is_some());
            if said && !self.known(to, matter).has_consent(&self.log(called)) {
                let shows = if is_sponsor { self.shows(called, opens) } else { self.shows(called, consents) };
                self.cites(to, shows.expect("it is sealed")).unwrap();
            }
        }
    }

    /// Lets a group decide to open a matter; the last voice is the opening.
    pub(super) fn opens(&mut self, called: &'static str, matter: &Matter) -> MatterId {
        let domains = vec![name(if matter.amends.is_some() { "charter" } else { "policy" })];
        self.decides(called, Effect::OpenMatter { domains, matter: Box::new(matter.clone()) });
        self.groups[called].replica.dealings().spoke.expect("it has spoken").into()
    }

    /// Lets a group carry an effect, with all voices at once.
    pub(super) fn decides(&mut self, called: &'static str, effect: Effect) -> ProposalId {
        let proposal = self.asks(called, effect);
        self.groups.get_mut(called).unwrap().tick(Span::ZERO);
        proposal
    }

    /// Lets everybody agree to an effect; nothing is closed yet.
    pub(super) fn asks(&mut self, called: &'static str, effect: Effect) -> ProposalId {
        let group = self.groups.get_mut(called).unwrap();
        let proposal = group.open("ana", &[effect]);
        let eligible: BTreeSet<_> = group.shown(proposal).polls.iter().flat_map(|poll| poll.eligible.clone()).collect();
        for member in eligible.into_iter().filter(|member| member.as_str() != "ana") {
            group.agree(member.as_str(), proposal).unwrap();
        }
        proposal
    }

    pub(super) fn stance(&self, called: &str, matter: MatterId, consents: bool) -> Effect {
        let known = self.known(called, matter);
        let own = known.matter.part(&self.log(called)).is_some();
        let policy = own && known.matter.amends.is_none();
        Effect::Stance { domains: vec![name(if policy { "policy" } else { "charter" })], matter, consents }
    }

    pub(super) fn consents(&mut self, called: &'static str, matter: MatterId) {
        let effect = self.stance(called, matter, true);
        self.decides(called, effect);
        assert!(self.known(called, matter).consented.is_some(), "{called} has consented");
    }

    pub(super) fn known(&self, called: &str, matter: MatterId) -> &Known {
        self.groups[called].replica.dealings().matter(&matter).expect("the log knows the matter")
    }

    pub(super) fn stands(&self, called: &str, matter: MatterId) -> Standing {
        self.known(called, matter).stands(&self.agreement, self.now)
    }

    /// Lets a witness note a group's head now.
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

    pub(super) fn seal_all(&mut self) {
        let names: Vec<_> = self.groups.keys().copied().collect();
        names.into_iter().for_each(|called| self.seal(called));
    }

    pub(super) fn voices(&self, called: &str) -> BTreeMap<u64, Entry> {
        let entries = self.groups[called].log.iter().map(|bytes| Entry::decode(bytes).unwrap());
        let spoken = entries.filter(|entry| matches!(entry.content().act, EntryAct::Speak(_)));
        spoken.map(|entry| (entry.number(), entry)).collect()
    }

    /// What shows the last voice of a group that `is` one.
    pub(super) fn shows(&self, called: &'static str, is: impl Fn(&Says) -> bool) -> Option<Evidence> {
        let voices = self.voices(called);
        let spoken = |entry: &&Entry| matches!(&entry.content().act, EntryAct::Speak(Voice { says, .. }) if is(says));
        let number = voices.values().rfind(spoken).expect("it said so").number();
        self.shows_all(called, number, number)
    }

    /// What shows the voices of a group from one entry to another, by the notes that cover the last.
    pub(super) fn shows_all(&self, called: &'static str, first: u64, last: u64) -> Option<Evidence> {
        let voices = self.voices(called);
        let source = Source { log: self.log(called), voices: &voices, notes: &self.notes[called] };
        source.said(&self.agreement, first, last)
    }

    /// What shows that a group is asleep.
    pub(super) fn shows_asleep(&self, called: &'static str) -> Option<Evidence> {
        let voices = self.voices(called);
        Source { log: self.log(called), voices: &voices, notes: &self.notes[called] }.asleep(&self.agreement)
    }

    /// Says whether a log refuses evidence.
    pub(super) fn cites_bad(&mut self, called: &'static str, evidence: Evidence) -> bool {
        let group = self.groups.get_mut(called).unwrap();
        group.write(EntryAct::Cite { evidence: vec![evidence] }).is_err()
    }

    /// What shows the voice in an entry of a group.
    pub(super) fn shows_from(&self, called: &'static str, number: u64) -> Evidence {
        let voices = self.voices(called);
        let source = Source { log: self.log(called), voices: &voices, notes: &self.notes[called] };
        source.said(&self.agreement, number, number).expect("it is sealed")
    }

    pub(super) fn shows_silence(
        &self,
        called: &'static str,
        of: &'static str,
        matter: MatterId,
        level: u8,
    ) -> Option<Evidence> {
        let voices = self.voices(of);
        let source = Source { log: self.log(of), voices: &voices, notes: &self.notes[of] };
        let known = self.known(called, matter);
        let news = self.agreement.timing.news;
        source.silent(&self.agreement, &known.matter.awaited(matter, known.opened, (&self.log(of), level), news))
    }

    /// Lets a group cite evidence.
    pub(super) fn cites(&mut self, called: &'static str, evidence: Evidence) -> Result<(), Refusal> {
        let group = self.groups.get_mut(called).unwrap();
        let content = group.replica.citing(vec![evidence], group.now).expect("it is well formed");
        let entry = Entry::sign(content, &group.host);
        group.take(&entry)
    }

    /// Seals the opening, and lets other groups cite it.
    pub(super) fn tells(&mut self, from: &'static str, to: &[&'static str]) {
        self.seal(from);
        let evidence = self.shows(from, |says| matches!(says, Says::Open(_))).expect("it is sealed");
        to.iter().for_each(|called| self.cites(called, evidence.clone()).unwrap());
    }

    /// Seals a group's consent, and lets a group cite it.
    pub(super) fn tells_consent(&mut self, from: &'static str, to: &'static str) {
        self.seal(from);
        let evidence = self.shows(from, |says| matches!(says, Says::Consent { .. })).expect("it is sealed");
        self.cites(to, evidence).unwrap();
    }

    pub(super) fn enacts(&mut self, called: &'static str, matter: MatterId, level: u8) -> Result<(), Refusal> {
        let group = self.groups.get_mut(called).unwrap();
        let (previous, host) = (group.replica.dealings().spoke, group.replica.charter().host.node);
        group.write(EntryAct::Speak(Voice { previous, host, decision: None, says: Says::Enact { matter, level } }))
    }
}
