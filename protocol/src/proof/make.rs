//! Making a bundle, by whoever holds the log.

use thiserror::Error;

use super::{
    bundle::Bundle,
    course::Course,
    seal::{Seal, Sealers, seal, sealers},
    subject::{MatterAt, Subject},
    texts::chain,
};
use crate::{
    body::Body,
    effect::Effect,
    entry::{Entry, Raw},
    envelope::EnvelopeError,
    error::Refusal,
    federation::FederationAgreement,
    id::{BodyId, EntryId, Hash, LogId, MatterId},
    note::Note,
    replay::{PastEntry, PastNaming, ResumeError, Snapshot},
    statement::Act,
};

/// How many entries are read at a time.
const PAGE: usize = 256;

/// Where the parts of a bundle come from.
pub trait Source {
    /// Why something cannot be read.
    type Error;

    /// Up to `limit` entries of the log from a number on, as bytes.
    ///
    /// # Errors
    /// If they cannot be read.
    fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, Self::Error>;

    /// Of these entries and bodies those from before a snapshot, with their paths.
    ///
    /// # Errors
    /// If they cannot be had.
    fn past(
        &self,
        start: &Snapshot,
        entries: &[EntryId],
        bodies: &[BodyId],
    ) -> Result<(Vec<PastEntry>, Vec<PastNaming>), Self::Error>;

    /// A text, unless it was erased or never came.
    ///
    /// # Errors
    /// If it cannot be read.
    fn body(&self, id: &BodyId) -> Result<Option<Body>, Self::Error>;

    /// A version of an agreement, by its hash.
    fn agreement(&self, version: &Hash) -> Option<FederationAgreement>;
}

/// What is to be proven, and from where.
#[derive(Clone, Debug)]
pub struct Request {
    /// The group.
    pub log: LogId,
    /// The proposal, which has ended; or the matter, and after which entry it is shown.
    pub subject: Subject,
    /// The snapshot to start from: of a digest entry before the proposal was opened, or the matter known; without one,
    /// the first entry.
    pub start: Option<Snapshot>,
    /// The notes that are known of the log.
    pub notes: Vec<Note>,
}

/// Says why no bundle can be made.
#[derive(Debug, Error)]
pub enum MakeError<E> {
    /// A part cannot be read.
    #[error("a part of the proof cannot be read")]
    Source(E),
    /// The log here does not replay.
    #[error("entry {number} does not replay: {why}")]
    Replay {
        /// Its number.
        number: u64,
        /// Why.
        why: Box<Refusal>,
    },
    /// An entry is none.
    #[error(transparent)]
    Entry(#[from] EnvelopeError),
    /// The snapshot is not one to start from.
    #[error(transparent)]
    Start(#[from] ResumeError),
    /// The proposal has not ended in this log, or the matter is not known in it by that entry.
    #[error("this log does not hold what is to be proven yet: no end of the proposal, or no such matter at that entry")]
    Undecided,
    /// The matter is known in the snapshot, or a proposal about it was opened before.
    #[error("the snapshot is too late to show who had a say: an earlier one serves, or the first entry")]
    Late,
}

/// Makes the bundle that proves a decision, or how a matter stands.
///
/// Without witnesses nobody but the group itself stands for a snapshot, so the bundle then starts with the first entry
/// of the log.
///
/// # Errors
/// [`MakeError`]; one that nothing seals yet is none: its bundle says so.
pub fn make<S: Source>(source: &S, request: &Request) -> Result<Bundle, MakeError<S::Error>> {
    let mut start = request.start.clone();
    let mut making = Making::run(source, request, start.clone(), None)?;
    if start.is_some() && matches!(sealers(&making.course.replica), Sealers::People) {
        start = None;
        making = Making::run(source, request, None, None)?;
    }
    if making.seal.is_none() {
        // What came after it did not seal it, and so proves nothing.
        let until = making.course.proves_at();
        making = Making::run(source, request, start, until)?;
    }
    making.finish(source, request)
}

/// The last entry of a log by which, or by whose date, a matter stands otherwise there than before: what comes later shows
/// nothing new. Nothing, if the log does not know the matter.
///
/// # Errors
/// [`MakeError`]; a snapshot in which the matter is known is [`MakeError::Late`].
pub fn last_change<S: Source>(
    source: &S,
    log: LogId,
    matter: MatterId,
    start: Option<Snapshot>,
) -> Result<Option<u64>, MakeError<S::Error>> {
    if start.as_ref().is_some_and(|start| start.dealings.matter(&matter).is_some()) {
        return Err(MakeError::Late);
    }
    let subject = Subject::Matter(MatterAt { id: matter, entry: u64::MAX });
    let request = Request { log, subject, start: start.clone(), notes: Vec::new() };
    let making = Making::replay(source, &request, start, None)?;
    match making.as_ref().is_some_and(|making| making.course.starts_late()) {
        true => Err(MakeError::Late),
        false => Ok(making.and_then(|making| making.course.watched.changed)),
    }
}

/// A bundle that is being made.
struct Making {
    course: Course,
    past_entries: Vec<PastEntry>,
    past_namings: Vec<PastNaming>,
    entries: Vec<Raw>,
    seal: Option<Seal>,
}

impl Making {
    fn of(course: Course) -> Self {
        Self { course, past_entries: Vec::new(), past_namings: Vec::new(), entries: Vec::new(), seal: None }
    }

    /// Replays to where that is sealed which is to be proven, to `until`, or to the head.
    fn run<S: Source>(
        source: &S,
        request: &Request,
        start: Option<Snapshot>,
        until: Option<u64>,
    ) -> Result<Self, MakeError<S::Error>> {
        let making = Self::replay(source, request, start, until)?;
        making.filter(|making| making.course.proves_at().is_some()).ok_or(MakeError::Undecided)
    }

    /// The same, whether or not it came to what is to be proven; nothing of a log without entries.
    fn replay<S: Source>(
        source: &S,
        request: &Request,
        start: Option<Snapshot>,
        until: Option<u64>,
    ) -> Result<Option<Self>, MakeError<S::Error>> {
        let mut next = start.as_ref().map_or(0, |start| start.head.number + 1);
        let mut making = match start {
            Some(start) => Some(Self::of(Course::resume(start, request.subject)?)),
            None => None,
        };
        loop {
            let page = source.entries(next, PAGE).map_err(MakeError::Source)?;
            let entries = page.iter().map(|bytes| Entry::decode_stored(bytes)).collect::<Result<Vec<_>, _>>()?;
            if let Some(making) = &mut making {
                making.hand_in(source, &entries)?;
            }
            for entry in &entries {
                let number = entry.number();
                let refused = |why| MakeError::Replay { number, why: Box::new(why) };
                let making = match &mut making {
                    None => making.insert(Self::of(Course::found(entry, request.subject).map_err(refused)?)),
                    Some(making) => {
                        making.course.step(entry).map_err(refused)?;
                        making
                    }
                };
                making.entries.push(Raw(entry.bytes().to_vec()));
                let proves = making.course.proves_at();
                making.seal = proves.and_then(|number| seal(&making.course.replica, number, &request.notes));
                if making.seal.is_some() || until == Some(number) {
                    break;
                }
            }
            let at_end = |making: &Self| making.seal.is_some() || until == Some(making.course.replica.head().number);
            if page.len() < PAGE || making.as_ref().is_some_and(at_end) {
                return Ok(making);
            }
            next += PAGE as u64;
        }
    }

    /// Hands in what these entries may need of the time before the start.
    fn hand_in<S: Source>(&mut self, source: &S, entries: &[Entry]) -> Result<(), MakeError<S::Error>> {
        let Some(start) = self.course.start.as_ref().filter(|_| !entries.is_empty()) else { return Ok(()) };
        let statements =
            || entries.iter().filter_map(|entry| entry.inside().ok()).flat_map(|inside| &inside.statements);
        let seen: Vec<EntryId> = statements().map(|statement| statement.content().seen).collect();
        let mut bodies: Vec<BodyId> = statements().flat_map(|statement| erases(&statement.content().act)).collect();
        let open = start.open.iter().flat_map(|proposal| proposal.content.all_effects());
        bodies.extend(open.filter_map(erased));
        let (past_entries, past_namings) = source.past(start, &seen, &bodies).map_err(MakeError::Source)?;
        self.course.replica.hand_in_entries(start, &past_entries)?;
        self.course.replica.hand_in_namings(start, &past_namings)?;
        self.past_entries.extend(past_entries);
        self.past_namings.extend(past_namings);
        Ok(())
    }

    fn finish<S: Source>(mut self, source: &S, request: &Request) -> Result<Bundle, MakeError<S::Error>> {
        let (named, Course { past_entries, past_namings, replica, .. }) = (self.course.named(), &self.course);
        self.past_entries.sort_by_key(|past| past.number);
        self.past_entries.dedup();
        self.past_entries.retain(|past| past_entries.contains(&past.id));
        self.past_namings.sort_by_key(|past| past.body);
        self.past_namings.dedup();
        self.past_namings.retain(|past| past_namings.contains(&past.body));
        let text = |id: &BodyId| match replica.is_erased(id) {
            true => Ok(None),
            false => source.body(id).map(|body| body.map(|body| Raw(body.bytes()))),
        };
        let texts = named.iter().map(text).collect::<Result<_, _>>().map_err(MakeError::Source)?;
        let (mut notes, mut agreements) = (Vec::new(), Vec::new());
        if let (Some(Seal::Notes(seal)), Sealers::Panel { agreement, .. }) = (&self.seal, sealers(replica)) {
            notes = seal.iter().map(|note| Raw(note.bytes().to_vec())).collect();
            // Where a version is nowhere, the bundle proves no federation, and whoever verifies it is told so.
            let given = |version: &Hash| source.agreement(version);
            agreements = chain(agreement, replica.ties(), given).map(|(_, taken)| taken).unwrap_or_default();
        }
        let (proposal, matter) = match request.subject {
            Subject::Proposal(proposal) => (Some(proposal), None),
            Subject::Matter(matter) => (None, Some(matter)),
        };
        Ok(Bundle {
            bundle: Bundle::VERSION,
            log: request.log,
            proposal,
            matter,
            start: self.course.start.as_ref().map(|start| Raw(start.bytes())),
            past_entries: self.past_entries,
            past_namings: self.past_namings,
            entries: self.entries,
            notes,
            agreements,
            texts,
        })
    }
}

/// The bodies that an act erases, at once or by what it proposes.
fn erases(act: &Act) -> Vec<BodyId> {
    match act {
        Act::Erase { body } => vec![*body],
        Act::Propose(proposal) => proposal.all_effects().filter_map(erased).collect(),
        Act::Amend(amendment) => amendment.content.all_effects().filter_map(erased).collect(),
        _ => Vec::new(),
    }
}

fn erased(effect: &Effect) -> Option<BodyId> {
    match effect {
        Effect::Erase { body } => Some(*body),
        _ => None,
    }
}
