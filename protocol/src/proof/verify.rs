//! Verifying a bundle: replay by the same rules, and nothing missing, nothing added.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    bundle::Bundle,
    course::Course,
    matter::{self, MatterShown},
    report::{Check, Kind, Report, Shown, Verdict, shown},
    seal::{Seal, Sealers, seal, sealers},
    subject::Subject,
    texts::{ChainError, chain},
};
use crate::{
    body::Body,
    charter::Owner,
    decision::Decision,
    entry::{Entry, EntryAct, Raw},
    envelope::EnvelopeError,
    error::{Conflict, Premature, Refusal},
    federation::FederationAgreement,
    id::{BodyId, FederationId, Hash, LogId},
    limits::PANEL,
    name::Name,
    note::Note,
    replay::Snapshot,
};

/// What is wrong with a start that hides who had a say.
const LATE: &str = "it starts after what it is about was opened, and does not show who had a say";

/// What whoever verifies knows already; what is left out is shown, to be compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anchors {
    /// The group.
    pub log: Option<LogId>,
    /// The federation.
    pub federation: Option<FederationId>,
    /// The version of its agreement whose panel seals, by its hash; those before it were in force, too.
    pub agreement: Option<Hash>,
}

/// Verifies a bundle: by itself, without node, network or clock.
pub fn verify(bytes: &[u8], anchors: &Anchors) -> Report {
    let mut findings = Findings::default();
    // Where it stops, what was not looked at stays unresolved.
    let _ = judge(bytes, anchors, &mut findings);
    findings.report()
}

/// Nothing more can be looked at.
struct Stop;

#[derive(Default)]
struct Findings {
    found: BTreeMap<Kind, (Verdict, Vec<String>)>,
    decision: Option<Shown>,
    matter: Option<MatterShown>,
}

impl Findings {
    fn note(&mut self, kind: Kind, verdict: Verdict, detail: impl Into<String>) {
        let found = self.found.entry(kind).or_insert((Verdict::Pass, Vec::new()));
        found.0 = found.0.max(verdict);
        found.1.push(detail.into());
    }

    fn fail(&mut self, kind: Kind, detail: impl Into<String>) -> Stop {
        self.note(kind, Verdict::Fail, detail);
        Stop
    }

    /// A failure that does not keep the rest from being looked at.
    fn require(&mut self, kind: Kind, holds: bool, detail: impl Into<String>) {
        if !holds {
            self.note(kind, Verdict::Fail, detail);
        }
    }

    fn report(self) -> Report {
        let check = |kind: Kind| match self.found.get(&kind) {
            Some((result, details)) => Check { check: kind, result: *result, detail: details.join("; ") },
            None => {
                Check { check: kind, result: Verdict::Unresolved, detail: "not looked at, because of the rest".into() }
            }
        };
        let checks = Kind::ALL.map(check).to_vec();
        let verdict = checks.iter().map(|check| check.result).max().unwrap_or(Verdict::Unresolved);
        Report { verdict, checks, decision: self.decision, matter: self.matter }
    }
}

fn judge(bytes: &[u8], anchors: &Anchors, findings: &mut Findings) -> Result<(), Stop> {
    let bundle =
        Bundle::decode(bytes).map_err(|error| findings.fail(Kind::Integrity, format!("not a bundle: {error}")))?;
    if bundle.bundle != Bundle::VERSION {
        let detail = format!("the file is of form {}, known is {}: a newer moot", bundle.bundle, Bundle::VERSION);
        findings.note(Kind::Integrity, Verdict::Unresolved, detail);
        return Err(Stop);
    }
    let neither = "it says neither a proposal nor a matter that it is about, or both";
    let subject = bundle.subject().ok_or_else(|| findings.fail(Kind::Integrity, neither))?;
    let notes = notes(&bundle, findings)?;
    let (course, seal) = replay(&bundle, subject, &notes, findings)?;
    let texts = texts(&bundle, &course, findings);
    findings.decision = shown(&course, &texts);
    findings.matter = course.proves_at().and_then(|entry| matter::shown(&course, entry, &texts));
    nothing_needless(&bundle, &course, findings);
    let group = anchors.log.is_none_or(|log| log == bundle.log);
    findings.require(Kind::Integrity, group, "it is about another group than the one that was asked for");
    sealing(&bundle, &course, seal, anchors, findings);
    authority(&course, findings);
    let found = format!("{} entries without gaps, each the next of the group {}", bundle.entries.len(), bundle.log);
    findings.note(Kind::Integrity, Verdict::Pass, found);
    findings.note(Kind::Authenticity, Verdict::Pass, "all signatures hold, each statement is the next of its key");
    Ok(())
}

/// The notes, whose signatures hold.
fn notes(bundle: &Bundle, findings: &mut Findings) -> Result<Vec<Note>, Stop> {
    if bundle.notes.len() > PANEL {
        return Err(findings.fail(Kind::Sealing, format!("it holds more notes than a panel has seats ({PANEL})")));
    }
    let decode = |raw: &Raw| Note::from_bytes(&raw.0);
    let notes = bundle.notes.iter().map(decode).collect::<Result<Vec<Note>, _>>();
    notes.map_err(|error| envelope(&error, "a note", findings))
}

/// Replays the entries; gives back what seals, at the last one, what it is about.
fn replay(
    bundle: &Bundle,
    subject: Subject,
    notes: &[Note],
    findings: &mut Findings,
) -> Result<(Course, Option<Seal>), Stop> {
    let (mut course, rest) = start(bundle, subject, findings)?;
    let mut sealed = None;
    if course.replica.log() != bundle.log {
        return Err(findings.fail(Kind::Integrity, "its entries are of another group than it says"));
    }
    let further = "it goes on after the entry that proves it";
    for (at, raw) in rest.iter().enumerate() {
        if sealed.is_some() {
            return Err(findings.fail(Kind::Integrity, further));
        }
        let entry = decode(&raw.0, findings)?;
        if at == 0 && bundle.start.is_some() && !matches!(entry.content().act, EntryAct::Digest { .. }) {
            return Err(findings.fail(Kind::Integrity, "no entry states the digest of its snapshot"));
        }
        course.step(&entry).map_err(|refusal| refused(&entry, &refusal, findings))?;
        sealed = course.proves_at().and_then(|number| seal(&course.replica, number, notes));
    }
    let missing = match subject {
        Subject::Proposal(_) => "it ends before the proposal that it is about is decided",
        Subject::Matter(_) => "at the entry that it names, its log does not know the matter that it is about",
    };
    match course.proves_at() {
        None => Err(findings.fail(Kind::Integrity, missing)),
        Some(number) if sealed.is_none() && number < course.replica.head().number => {
            Err(findings.fail(Kind::Integrity, further))
        }
        Some(number) if matches!(subject, Subject::Matter(_)) && course.watched.changed != Some(number) => {
            Err(findings
                .fail(Kind::Integrity, "the entry that it names is not the last that changes how the matter stands"))
        }
        Some(_) if course.starts_late() => Err(findings.fail(Kind::Authority, LATE)),
        Some(_) => Ok((course, sealed)),
    }
}

/// Where the replay starts, and the entries that follow.
fn start<'a>(bundle: &'a Bundle, subject: Subject, findings: &mut Findings) -> Result<(Course, &'a [Raw]), Stop> {
    let Some(raw) = &bundle.start else {
        let Some((first, rest)) = bundle.entries.split_first() else {
            return Err(findings.fail(Kind::Integrity, "it holds no entry"));
        };
        let entry = decode(&first.0, findings)?;
        let course = Course::found(&entry, subject).map_err(|refusal| refused(&entry, &refusal, findings))?;
        return Ok((course, rest));
    };
    let integrity = |findings: &mut Findings, error: String| findings.fail(Kind::Integrity, error);
    let snapshot = Snapshot::decode(&raw.0).map_err(|error| integrity(findings, format!("its snapshot: {error}")))?;
    let mut course =
        Course::resume(snapshot.clone(), subject).map_err(|error| integrity(findings, error.to_string()))?;
    if course.starts_late() {
        return Err(findings.fail(Kind::Authority, LATE));
    }
    let replica = &mut course.replica;
    replica
        .hand_in_entries(&snapshot, &bundle.past_entries)
        .and_then(|()| replica.hand_in_namings(&snapshot, &bundle.past_namings))
        .map_err(|error| integrity(findings, error.to_string()))?;
    Ok((course, &bundle.entries))
}

fn decode(bytes: &[u8], findings: &mut Findings) -> Result<Entry, Stop> {
    let entry = Entry::decode(bytes).map_err(|error| envelope(&error, "an entry", findings))?;
    match entry.inside() {
        Err(error) => Err(envelope(error, &format!("a record in entry {}", entry.number()), findings)),
        Ok(_) => Ok(entry),
    }
}

fn envelope(error: &EnvelopeError, what: &str, findings: &mut Findings) -> Stop {
    match error {
        EnvelopeError::Forged { .. } => findings.fail(Kind::Authenticity, format!("{what}: {error}")),
        EnvelopeError::UnknownVersion { .. } => {
            findings.note(Kind::Authority, Verdict::Unresolved, format!("{what}: {error}"));
            Stop
        }
        _ => findings.fail(Kind::Integrity, format!("{what}: {error}")),
    }
}

/// Says which check an entry that breaks a rule fails.
fn refused(entry: &Entry, refusal: &Refusal, findings: &mut Findings) -> Stop {
    let kind = match refusal {
        Refusal::Forged(_) | Refusal::Conflict(Conflict::OutOfOrder { .. }) => Kind::Authenticity,
        Refusal::Premature(Premature::Gap { .. } | Premature::UnseenEntry(_)) => Kind::Integrity,
        Refusal::Conflict(
            Conflict::NotNext { .. }
            | Conflict::TimeFell { .. }
            | Conflict::OtherLog
            | Conflict::Digest { .. }
            | Conflict::DigestDue(_),
        ) => Kind::Integrity,
        Refusal::Malformed(_) | Refusal::Unauthorised(_) | Refusal::Premature(_) | Refusal::Conflict(_) => {
            Kind::Authority
        }
    };
    if kind == Kind::Authority {
        let so_far = format!("to entry {}, where the replay stopped", entry.number());
        findings.note(Kind::Integrity, Verdict::Pass, format!("each entry is the next one, {so_far}"));
        findings.note(Kind::Authenticity, Verdict::Pass, format!("all signatures hold, {so_far}"));
    }
    findings.fail(kind, format!("entry {} breaks a rule: {refusal}", entry.number()))
}

/// One bundle proves a decision: what the replay did not need must not be there, nor in another order.
fn nothing_needless(bundle: &Bundle, course: &Course, findings: &mut Findings) {
    let entries = bundle.past_entries.iter().map(|past| past.id).collect::<BTreeSet<_>>();
    let namings = bundle.past_namings.iter().map(|past| past.body).collect::<BTreeSet<_>>();
    let sorted = bundle.past_entries.is_sorted_by(|a, b| a.number < b.number)
        && bundle.past_namings.is_sorted_by(|a, b| a.body < b.body);
    let exact = entries == course.past_entries && namings == course.past_namings && sorted;
    findings.require(
        Kind::Integrity,
        exact,
        "it shows more of the time before its start than it needs, or out of order",
    );
}

/// The texts that are here; their hashes must be those that the statements name.
fn texts(bundle: &Bundle, course: &Course, findings: &mut Findings) -> BTreeMap<BodyId, Body> {
    let mut here = BTreeMap::new();
    let named = course.named();
    if bundle.texts.len() != named.len() {
        let (found, named) = (bundle.texts.len(), named.len());
        findings.note(Kind::Texts, Verdict::Fail, format!("it holds {found} places for texts, and {named} are named"));
        return here;
    }
    let (mut erased, mut absent) = (0, 0);
    for (id, text) in named.iter().zip(&bundle.texts) {
        let is_erased = course.replica.is_erased(id);
        match text.as_ref().map(|raw| Body::decode(&raw.0)) {
            None if is_erased => erased += 1,
            None => absent += 1,
            Some(Ok(body)) if body.id() == *id && !is_erased => drop(here.insert(*id, body)),
            Some(_) if is_erased => {
                findings.note(Kind::Texts, Verdict::Fail, format!("the text {} was erased, and is here", id.short()));
            }
            Some(_) => {
                findings.note(Kind::Texts, Verdict::Fail, format!("another text than {} is in its place", id.short()));
            }
        }
    }
    let detail = format!("{} of {} texts are here, {erased} erased, {absent} absent", here.len(), named.len());
    findings.note(Kind::Texts, Verdict::Pass, detail);
    here
}

fn sealing(bundle: &Bundle, course: &Course, seal: Option<Seal>, anchors: &Anchors, findings: &mut Findings) {
    let replica = &course.replica;
    let by_panel = match (&seal, sealers(replica)) {
        (Some(Seal::Notes(seal)), Sealers::Panel { agreement, quorums, .. }) => {
            let same = seal.iter().map(Note::bytes).eq(bundle.notes.iter().map(|raw| raw.0.as_slice()));
            findings.require(Kind::Sealing, same, "it holds other notes than those that seal, or in another order");
            let sealed = format!("{} of {} witnesses sealed it", quorums.seal, quorums.witnesses);
            Some((agreement.clone(), sealed))
        }
        (None, Sealers::Panel { quorums, .. }) => {
            let detail = format!(
                "nothing seals it yet: it takes the notes of {} of {} witnesses",
                quorums.seal, quorums.witnesses
            );
            findings.note(Kind::Sealing, Verdict::Unresolved, detail);
            None
        }
        (Some(_), Sealers::People) => {
            let detail = "the group has no witnesses; more than half of its people have seen it";
            findings.note(Kind::Sealing, Verdict::Pass, detail);
            None
        }
        (_, _) => {
            let detail = "nothing seals it yet: more than half of the group's people have to see it (moot seen)";
            findings.note(Kind::Sealing, Verdict::Unresolved, detail);
            None
        }
    };
    match by_panel {
        Some((agreement, sealed)) => panel(bundle, course, &agreement, sealed, anchors, findings),
        None => {
            let bare = bundle.notes.is_empty() && bundle.agreements.is_empty();
            findings.require(Kind::Sealing, bare, "it holds notes or agreements that do not seal it");
            let own = match sealers(replica) {
                Sealers::Panel { agreement, .. } => Some((agreement.id(), agreement.hash())),
                Sealers::People => None,
            };
            let asked = anchors.federation.is_none_or(|asked| own.is_some_and(|(federation, _)| federation == asked))
                && anchors.agreement.is_none_or(|asked| own.is_some_and(|(_, agreement)| agreement == asked));
            findings.require(
                Kind::Sealing,
                asked,
                "the group is not in the federation, by the agreement, that was asked for",
            );
            if findings.matter.is_some() {
                let detail = "no panel stands for the version of the agreement by which the matter counts";
                findings.note(Kind::Sealing, Verdict::Unresolved, detail);
            }
            if course.start.is_some() {
                let detail = "it starts in the middle of the log, and no panel stands for what came before: \
                    export it again with --full";
                findings.note(Kind::Authority, Verdict::Unresolved, detail);
            }
        }
    }
}

/// The agreement whose panel sealed: the group's own, and of the federation that its texts lead back to.
fn panel(
    bundle: &Bundle,
    course: &Course,
    agreement: &FederationAgreement,
    sealed: String,
    anchors: &Anchors,
    findings: &mut Findings,
) {
    let texts: BTreeMap<Hash, &FederationAgreement> =
        bundle.agreements.iter().map(|text| (text.hash(), text)).collect();
    let given = |version: &Hash| texts.get(version).copied().cloned();
    let founding = match chain(agreement, course.replica.ties(), given) {
        Ok((founding, taken)) => {
            let exact = taken == bundle.agreements;
            findings.require(Kind::Sealing, exact, "it holds versions of the agreement that are not needed");
            founding
        }
        Err(ChainError::Broken(why)) => return findings.note(Kind::Sealing, Verdict::Fail, why),
        Err(ChainError::Missing { number, taken }) if taken != bundle.agreements => {
            let detail = format!("version {number} of the agreement is missing, and another text is in its place");
            return findings.note(Kind::Sealing, Verdict::Fail, detail);
        }
        Err(ChainError::Missing { number, .. }) => {
            let detail = format!("version {number} of the agreement is missing, so that nothing shows the federation");
            return findings.note(Kind::Sealing, Verdict::Unresolved, detail);
        }
    };
    let federation = founding.id();
    let own = Some(federation) == course.replica.charter().federation;
    findings.require(Kind::Sealing, own, "the agreement leads back to another federation than the charter names");
    let asked = anchors.federation.is_none_or(|asked| asked == federation)
        && anchors.agreement.is_none_or(|asked| asked == agreement.hash());
    let other = format!(
        "the panel is of federation {federation}, agreement {}: not the one that was asked for",
        agreement.hash()
    );
    findings.require(Kind::Sealing, asked, other);
    if anchors.agreement.is_none() && agreement.panel_nodes() != founding.panel_nodes() {
        // A group can make up a version, with groups of its own that adopt another one: its log alone does not show which
        // version was in force.
        let detail = format!(
            "{sealed} of version {} ({}), whose panel is not that of the founding text: nothing here shows that the \
             version was in force; say that you know it (moot verify --agreement {1})",
            agreement.number(),
            agreement.hash()
        );
        return findings.note(Kind::Sealing, Verdict::Unresolved, detail);
    }
    let named = findings.matter.as_ref().map(|matter| matter.counts_by);
    if let Some(version) = named.filter(|version| !is_known(version, agreement, &founding, anchors, course, given)) {
        // The groups of a version that was made up adopt whatever its maker likes.
        let detail = format!(
            "{sealed}; but the matter counts by version {version} of the agreement, and nothing here shows that it was \
             in force: say that you know version {} ({}), which names those before it (moot verify --agreement {1})",
            agreement.number(),
            agreement.hash()
        );
        return findings.note(Kind::Sealing, Verdict::Unresolved, detail);
    }
    let detail = format!(
        "{sealed}, of the panel of '{}' ({federation}), version {} ({}), to which the group consented",
        agreement.name,
        agreement.number(),
        agreement.hash()
    );
    findings.note(Kind::Sealing, Verdict::Pass, detail);
    if let Some(decision) = &mut findings.decision {
        decision.federation = Some(federation);
        decision.agreement = Some(agreement.hash());
    }
    if let Some(matter) = &mut findings.matter {
        matter.federation = Some(federation);
        matter.agreement = Some(agreement.hash());
    }
}

/// Whether a version is the founding text; or the one that seals or one before it, where whoever verifies knows that one.
fn is_known(
    version: &Hash,
    agreement: &FederationAgreement,
    founding: &FederationAgreement,
    anchors: &Anchors,
    course: &Course,
    given: impl Fn(&Hash) -> Option<FederationAgreement>,
) -> bool {
    let held = |version: &Hash| course.replica.ties().consent_to(version).map(|consent| consent.agreement.clone());
    match anchors.agreement {
        Some(_) => agreement.with_those_before(|version, _| held(version).or_else(|| given(version))).contains(version),
        None => founding.hash() == *version,
    }
}

/// By which charter, roles, electorate and rules it was decided; of a matter, what the log shows and the group decided.
fn authority(course: &Course, findings: &mut Findings) {
    let by_decision = findings.decision.as_ref().and_then(|shown| shown.federation);
    let sealed = by_decision.or(findings.matter.as_ref().and_then(|shown| shown.federation)).is_some();
    let from = match &course.start {
        None => "replayed from the first entry".to_owned(),
        Some(start) => {
            let stands = if sealed { ", for which the panel stands: compare the federation" } else { "" };
            format!("replayed from the state that entry {} states{stands}", start.head.number + 1)
        }
    };
    let mut details = vec![from];
    details.extend(findings.matter.as_ref().map(MatterShown::words));
    details.extend(course.decision().into_iter().chain(course.own_decisions()).flat_map(|one| decided(course, one)));
    findings.note(Kind::Authority, Verdict::Pass, details.join("; "));
}

/// By which charter, electorate and rules a decision was taken.
fn decided(course: &Course, decision: &Decision) -> Vec<String> {
    let charter = format!("opened under the charter {}", decision.proposal.charter);
    let polls = decision.proposal.polls.iter().zip(&decision.standings).map(|(poll, standing)| {
        let eligible: Vec<&str> = poll.eligible.iter().map(Name::as_str).collect();
        let people = if poll.people_only { ", people only" } else { "" };
        let ends = if standing.passes { "passes" } else { "does not pass" };
        format!(
            "'{}' ({}{people}) by {}; eligible: {}; {ends}: {}{}",
            poll.domain,
            poll.owner,
            poll.rule,
            eligible.join(", "),
            standing.reason,
            terms(course, &poll.owner)
        )
    });
    let outcome = format!("outcome: {}", decision.outcome.word());
    [charter].into_iter().chain(polls).chain([outcome]).collect()
}

/// The terms of those who held the owning role when it was decided.
fn terms(course: &Course, owner: &Owner) -> String {
    let Owner::Role(name) = owner else { return String::new() };
    let charter = course.charter.as_ref().unwrap_or(course.replica.charter());
    let holders = charter.roles.find(name).into_iter().flat_map(|role| &role.holders);
    let terms: Vec<String> =
        holders.map(|holder| format!("{} from {} until {}", holder.member, holder.from, holder.until)).collect();
    format!("; terms: {}", terms.join(", "))
}
