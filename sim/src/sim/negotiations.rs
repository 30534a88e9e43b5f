//! What must hold of negotiations about resources, whatever goes wrong: nothing is promised twice, one log closes, what it
//! says is what the others follow, and nothing is held or open past its time.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    decision::Outcome,
    entry::{Entry, EntryAct},
    id::{EntryId, LogId, TermsId},
    key::PublicKey,
    matter::Known,
    replay::Replica,
    resource::{Deal, Terms},
    time::{Span, Timestamp},
    voice::Says,
    witness::Quorums,
};

use super::{
    clients::{End, Task},
    network::NodeNo,
    promises::{Promises, Texts},
    world::World,
};
use crate::{
    report::{DealReport, RoundReport},
    scenario::Fault,
};

/// How much later than it ends a hold may still be in the books of a host that is up, in milliseconds.
const TICK_MS: u64 = 1_000;

/// So long before or after a date what goes wrong may matter, in milliseconds.
pub(super) const ABOUT_MS: u64 = 30_000;
/// A node whose clock is further ahead may not be believed, in milliseconds.
pub(super) const AHEAD_MS: u64 = 9_000;

/// What can happen in negotiations and is counted, so that what does not shows as nothing.
const HAPPENS: [&str; 20] = [
    "accepted",
    "broken",
    "closer lapses",
    "commits",
    "counters",
    "declined",
    "ended",
    "granted by a rule",
    "hold lapses",
    "in force",
    "no room: refused",
    "no room: void",
    "refused: below what is promised",
    "refused: hold too short or too long",
    "refused: too late",
    "released by decision",
    "released in turn",
    "stated by a steward",
    "stated by who asks",
    "taken",
];

/// How often each thing happened in negotiations.
pub(crate) type Happened = BTreeMap<&'static str, u64>;

/// What a group said in its log: in which entry, when, and whether a decision called for it.
struct Told {
    number: u64,
    at: Timestamp,
    decided: bool,
    says: Says,
}

/// What all groups said about terms.
#[derive(Default)]
struct Record {
    texts: Texts,
    /// By the logs of honest hosts.
    told: BTreeMap<LogId, Vec<Told>>,
}

impl World<'_> {
    /// A host that is up holds nothing past the time that its group chose, a tick aside.
    pub(crate) fn check_holds(&self, at: NodeNo) -> Result<(), String> {
        let node = &self.nodes[at];
        let Some(machine) = &node.machine else { return Ok(()) };
        let now = node.clock(self.now);
        for replica in machine.logs().filter(|replica| machine.is_hosted(&replica.log())) {
            for ledger in replica.dealings().books.ledgers.values() {
                let over = |until: Timestamp| now > until + Span::from_millis(TICK_MS);
                // What is held for a round ends by itself: no entry says so.
                let mut held = ledger.iter().filter(|(id, _)| !replica.dealings().books.is_round(id));
                let past = held.find(|(_, promise)| promise.held_until.is_some_and(over));
                if let Some((terms, promise)) = past {
                    let (name, group) = (&node.name, self.group_of(&replica.log()));
                    let deal = replica.dealings().books.deals.get(terms);
                    return Err(format!(
                        "{name} has {group} hold for {} past the time that it chose, at {now}: {promise:?}, {deal:#?}",
                        terms.short()
                    ));
                }
            }
        }
        Ok(())
    }

    /// The checks of the end: each log counted anew, and what they say to each other.
    pub(crate) fn check_negotiations_end(&self) -> Result<(), String> {
        let record = self.record()?;
        if record.texts.is_empty() && self.known_rounds().next().is_none() {
            return Ok(());
        }
        self.count_promises(&record.texts)?;
        self.check_rounds_end()?;
        for (id, terms) in &record.texts {
            self.check_closing(&record, id, terms).map_err(|what| format!("the terms {}: {what}", id.short()))?;
        }
        match self.unsettled().first() {
            Some(left) => Err(left.clone()),
            None => Ok(()),
        }
    }

    /// Each log that an honest node holds, also one of a host that lied.
    fn count_promises(&self, texts: &Texts) -> Result<(), String> {
        let mut counted: BTreeMap<EntryId, Promises> = BTreeMap::new();
        for node in self.nodes.iter().filter(|node| node.face.is_none()) {
            for replica in node.machine.iter().flat_map(|machine| machine.logs()) {
                let (name, group) = (&node.name, self.group_of(&replica.log()));
                let problem = |what: String| format!("{name} holds a log of {group} in which {what}");
                let promises = match counted.entry(replica.head().id) {
                    std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::btree_map::Entry::Vacant(free) => {
                        let entries = node.disk.store.log(&replica.log())?;
                        free.insert(Promises::count(&entries, replica, texts).map_err(problem)?)
                    }
                };
                promises.compare(replica, replica.head().time).map_err(problem)?;
            }
        }
        Ok(())
    }

    /// The closer says one thing, in time and with all parties, and nobody takes what it did not give.
    fn check_closing(&self, record: &Record, id: &TermsId, terms: &Terms) -> Result<(), String> {
        let honest: Vec<LogId> = terms.parties().into_iter().filter(|party| record.told.contains_key(party)).collect();
        let closes = |told: &&Told| matches!(told.says, Says::Commit { .. } | Says::Lapse { .. });
        let closings: Vec<&Told> = record.about(&terms.closer, id).filter(closes).collect();
        let commit = closings.iter().find(|told| matches!(told.says, Says::Commit { .. }));
        if closings.len() > 1 {
            return Err(format!("the closer closes {} times", closings.len()));
        }
        if let Some(late) = commit.filter(|commit| commit.at > terms.by) {
            return Err(format!("the commit is dated {}, after the deadline {}", late.at, terms.by));
        }
        let mut outcomes = BTreeSet::new();
        for party in &honest {
            let group = self.group_of(party);
            let said = |what: fn(&Says) -> bool| record.about(party, id).any(|told| what(&told.says));
            let accepted = said(|says| matches!(says, Says::Terms { .. } | Says::AcceptTerms { .. }));
            let taken = said(|says| matches!(says, Says::Take { .. }));
            if commit.is_some() && !accepted {
                return Err(format!("the closer commits, and {group} has not accepted"));
            }
            if taken && honest.contains(&terms.closer) {
                let commit = commit.ok_or_else(|| format!("{group} takes what the closer has not committed"))?;
                self.check_seal(terms, commit.number).map_err(|what| format!("{group} takes, and {what}"))?;
            }
            outcomes.extend(self.deal_of(party, id).and_then(|deal| deal.closing).map(|closing| closing.commits));
        }
        match outcomes.len() {
            0 | 1 => Ok(()),
            _ => Err("some know that the closer committed, and others that it let go".into()),
        }
    }

    /// Enough witnesses noted an entry of the closer by the date that counts, by the notes on all disks.
    fn check_seal(&self, terms: &Terms, number: u64) -> Result<(), String> {
        let end = terms.by + self.scenario.federation.as_ref().map_or(Span::ZERO, |all| all.timing.news);
        match self.covered(&terms.closer, number, end) {
            (covered, needed) if covered >= needed => Ok(()),
            (covered, needed) => Err(format!("only {covered} of {needed} witnesses had the commit by {end}")),
        }
    }

    /// How many witnesses of a log noted an entry of it by a date, by the notes on all disks, and how many seal.
    pub(super) fn covered(&self, log: &LogId, number: u64, end: Timestamp) -> (usize, usize) {
        let Some(federation) = &self.scenario.federation else { return (0, 0) };
        let host = self.groups.values().find(|hosted| hosted.log == *log).map(|hosted| hosted.node);
        let of_host = host.map(|host| self.nodes[host].public());
        let panel = self.nodes.iter().filter(|node| federation.panel.contains(&node.name)).map(|node| node.public());
        let witnesses: BTreeSet<PublicKey> = panel.filter(|key| Some(*key) != of_host).collect();
        let mut covered = BTreeSet::new();
        for node in &self.nodes {
            let notes = node.disk.store.notes.iter().filter(|((of, _), _)| of == log);
            for note in notes.filter_map(|(_, bytes)| folkmoot_protocol::note::Note::from_bytes(bytes).ok()) {
                if note.content().number >= number && note.content().time <= end && witnesses.contains(&note.signer()) {
                    covered.insert(note.signer());
                }
            }
        }
        (covered.len(), Quorums::of(witnesses.len() as u32).seal as usize)
    }

    /// Negotiations that should have ended and have not, in logs of honest hosts.
    pub(crate) fn unsettled(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, hosted) in self.groups.iter().filter(|(_, hosted)| !self.hostile.contains(&hosted.log)) {
            let Some(replica) = self.replica(name) else { continue };
            let now = self.nodes[hosted.node].clock(self.now);
            let books = &replica.dealings().books;
            let held = books.ledgers.values().flat_map(|ledger| ledger.iter());
            let held = held.filter(|(id, promise)| promise.held_until.is_some() && !books.is_round(id));
            let mut held = held.map(|(id, _)| id);
            if let Some(id) = held.next() {
                found.push(format!("{name} still holds for {}", id.short()));
            }
            let deals = replica.dealings().books.deals.iter();
            let open = deals.filter_map(|(id, deal)| Some((id, self.left_open(replica, deal, now)?)));
            found.extend(open.map(|(id, what)| format!("{name}: the terms {} {what}", id.short())));
        }
        found
    }

    /// What has not happened to terms that a log knows, though it should have by now.
    fn left_open(&self, replica: &Replica, deal: &Deal, now: Timestamp) -> Option<String> {
        let (own, terms) = (replica.log(), &deal.terms);
        let news = self.scenario.federation.as_ref().map_or(Span::ZERO, |federation| federation.timing.news);
        if self.hostile.contains(&terms.closer) || now <= terms.by + news {
            return None;
        }
        let Some(closing) = self.deal_of(&terms.closer, &terms.id()).map(|deal| deal.closing) else {
            // What comes to the closer only after the deadline is never closed: there is nothing to be held for then.
            return self.should_have_come(deal).then(|| "never came to the closer".to_owned());
        };
        if closing.is_none() {
            return Some("are left open by the closer past their deadline".into());
        }
        if deal.closing.map(|known| known.commits) != closing.map(|closing| closing.commits) {
            return Some("are closed, and this is not known here".into());
        }
        let promised = deal.accepted.is_some_and(|(_, until)| until.is_some());
        let over = deal.allocated || deal.lapsed || deal.released.contains(&own) || deal.declined.contains(&own);
        match closing.is_some_and(|closing| closing.commits) && promised && !over {
            true => Some("are in force, and neither taken nor let go".into()),
            false => None,
        }
    }

    /// Whether the closer had time to hear of terms while nothing went wrong. Of a matter's terms it hears by enacting that.
    fn should_have_come(&self, deal: &Deal) -> bool {
        if deal.terms.by_matter {
            return self.has_settled(&deal.terms.closer, &deal.terms);
        }
        let (from, until) = (deal.stated.before(Span::from_millis(ABOUT_MS)), deal.terms.by);
        let in_time = deal.stated + Span::from_millis(ABOUT_MS) < until;
        let fault = |fault: &Fault| self.zero + fault.at <= until && from <= self.zero + fault.end();
        let ahead = self.nodes.iter().any(|node| node.ahead > Span::from_millis(AHEAD_MS));
        in_time && !ahead && self.hostile.is_empty() && !self.scenario.faults.iter().any(fault)
    }

    /// Whether a group has enacted a matter that settles these terms.
    fn has_settled(&self, log: &LogId, terms: &Terms) -> bool {
        let name = self.groups.iter().find(|(_, hosted)| hosted.log == *log).map(|(name, _)| name);
        let matters = name.and_then(|name| self.replica(name)).map(|replica| &replica.dealings().matters);
        let settles = |known: &Known| known.enacted.is_some() && known.matter.settles.as_deref() == Some(terms);
        matters.is_some_and(|matters| matters.iter().any(settles))
    }

    /// Terms as an honest host's log knows them.
    fn deal_of(&self, log: &LogId, id: &TermsId) -> Option<&Deal> {
        let (name, _) = self.groups.iter().find(|(_, hosted)| hosted.log == *log)?;
        self.replica(name).filter(|_| !self.hostile.contains(log))?.dealings().books.deals.get(id)
    }

    fn record(&self) -> Result<Record, String> {
        let mut record = Record::default();
        for node in &self.nodes {
            for log in node.disk.store.logs() {
                let hosted = self.groups.values().find(|hosted| hosted.log == log);
                let of_host = hosted.is_some_and(|hosted| {
                    !self.hostile.contains(&log) && self.nodes[hosted.node].public() == node.public()
                });
                for entry in node.disk.store.log(&log)? {
                    record.hear(&entry, &log, of_host);
                }
            }
        }
        Ok(record)
    }

    /// What happened in negotiations and rounds; nothing where there were none.
    pub(crate) fn happened(&self, deals: &[DealReport], rounds: &[RoundReport]) -> Happened {
        let mut happened = self.happened_in_rounds(rounds);
        let Some(record) = self.record().ok().filter(|record| !record.texts.is_empty()) else { return happened };
        happened.extend(HAPPENS.iter().map(|what| (*what, 0)));
        let mut count = |what: &'static str| *happened.entry(what).or_default() += 1;
        for (log, told) in &record.told {
            told.iter().filter_map(|told| told.words(log, &record.texts)).for_each(&mut count);
            let counters = |told: &&Told| matches!(&told.says, Says::Terms { terms, .. } if terms.counters.is_some());
            told.iter().filter(counters).for_each(|_| count("counters"));
        }
        let states = deals.iter().flat_map(|deal| deal.states.values());
        states.filter(|state| ["declined", "ended", "in force"].contains(state)).for_each(|state| count(state));
        let broken = |id: &&TermsId| record.told.keys().any(|log| self.deal_of(log, id).is_some_and(Deal::is_broken));
        record.texts.keys().filter(broken).for_each(|_| count("broken"));
        for decision in self.groups.keys().filter_map(|name| self.replica(name)).flat_map(|log| log.decisions()) {
            if matches!(&decision.outcome, Outcome::Void { reason } if reason.contains("too few")) {
                count("no room: void");
            }
        }
        for refused in self.clients.ops.iter().filter(|op| matches!(op.task, Task::Step(_))) {
            let Some(End::Refused(refusal)) = &refused.end else { continue };
            refused_for(&refusal.to_string()).into_iter().for_each(&mut count);
        }
        happened
    }
}

fn refused_for(text: &str) -> Option<&'static str> {
    let reasons = [
        ("too few", "no room: refused"),
        ("the capacity cannot be lower", "refused: below what is promised"),
        ("for these terms, not until", "refused: hold too short or too long"),
        ("no hold lasts over", "refused: hold too short or too long"),
        ("their deadline was", "refused: too late"),
    ];
    reasons.iter().find(|(part, _)| text.contains(part)).map(|(_, what)| *what)
}

impl Record {
    fn hear(&mut self, entry: &Entry, log: &LogId, of_host: bool) {
        let EntryAct::Speak(voice) = &entry.content().act else { return };
        let stated = match &voice.says {
            Says::Terms { terms, .. } => Some(&**terms),
            Says::Open(matter) => matter.settles.as_deref(),
            _ => None,
        };
        self.texts.extend(stated.map(|terms| (terms.id(), terms.clone())));
        if of_host && voice.says.terms().is_some() {
            let (number, at, decided) = (entry.content().number, entry.content().time, voice.decision.is_some());
            self.told.entry(*log).or_default().push(Told { number, at, decided, says: voice.says.clone() });
        }
    }

    /// What a group said about terms, if its host is honest.
    fn about<'a>(&'a self, log: &LogId, id: &'a TermsId) -> impl Iterator<Item = &'a Told> {
        self.told.get(log).into_iter().flatten().filter(move |told| told.says.terms() == Some(*id))
    }
}

impl Told {
    fn words(&self, log: &LogId, texts: &Texts) -> Option<&'static str> {
        Some(match &self.says {
            Says::Terms { terms, .. } if terms.requester == *log => "stated by who asks",
            Says::Terms { .. } => "stated by a steward",
            Says::AcceptTerms { .. } if !self.decided => "granted by a rule",
            Says::AcceptTerms { terms, .. } if texts.get(terms).is_some_and(|terms| terms.by_matter) => "settled",
            Says::AcceptTerms { .. } => "accepted",
            Says::Commit { .. } => "commits",
            Says::Lapse { terms } if texts.get(terms).is_some_and(|terms| terms.closer == *log) => "closer lapses",
            Says::Lapse { .. } => "hold lapses",
            Says::Take { .. } => "taken",
            Says::ReleaseTerms { .. } if self.decided => "released by decision",
            Says::ReleaseTerms { .. } => "released in turn",
            _ => return None,
        })
    }
}
