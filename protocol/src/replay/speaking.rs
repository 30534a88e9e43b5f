//! Speaking and citing: what the group says to others, and what it takes for known of what they said.

use super::{Replica, dividing, effects, promising, representing, settling, view::View};
use crate::{
    charter::FEDERATION,
    effect::Effect,
    entry::{Entry, EntryAct, EntryContent},
    envelope::Signed,
    error::{Conflict, Malformed, Refusal, size},
    evidence::{Evidence, Heard, Proof, Said, asleep_until},
    federation::{Consent, FederationAgreement},
    id::{EntryId, FederationId, Hash, MatterId},
    limits::EVIDENCE,
    matter::{Known, LEVELS, Matter, Part, version_of},
    name::Name,
    time::Timestamp,
    voice::{Says, Voice},
};

impl Replica {
    /// Checks that the next entry, dated `now`, may enact a matter: what is cited shows it, and what changes applies.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_enact(&self, matter: &MatterId, level: u8, now: Timestamp) -> Result<(), Refusal> {
        enact(&mut View::new(self, self.head().number + 1, now), matter, level)
    }

    /// The payload of the entry that cites evidence, dated `now` or with the head's date if that is later.
    ///
    /// # Errors
    /// If a record in it is none, or it does not show what it is about.
    pub fn citing(&self, evidence: Vec<Evidence>, now: Timestamp) -> Result<EntryContent, String> {
        let mut cites = Vec::new();
        for evidence in &evidence {
            let proof =
                evidence.open(Signed::decode_stored, Signed::decode_stored).map_err(|error| error.to_string())?;
            if evidence.log == self.log && self.moving(now).is_some() {
                continue;
            }
            let agreement = version_of(&self.ties, &evidence.version)?;
            if evidence.asleep {
                asleep_until(evidence, &proof, &agreement)?;
                continue;
            }
            cites.extend(Heard::of(evidence, &proof, &agreement)?.said().map(|said| said.entry));
        }
        cites.sort_unstable();
        cites.dedup();
        Ok(self.next_citing(EntryAct::Cite { evidence }, cites, now))
    }
}

/// Says something to other groups: what a decision calls for, or the enactment of an adopted matter.
pub(super) fn speak(view: &mut View<'_>, entry: &Entry, voice: &Voice) -> Result<(), Refusal> {
    let refused = |reason: &str| Refusal::from(Conflict::Voice(reason.into()));
    if voice.previous != view.dealings().spoke {
        return Err(refused("it does not name the voice before it"));
    }
    let host = view.charter().host.node;
    if voice.host != host {
        return Err(refused("it names another node than the one that hosts the log"));
    }
    match (representing::due(view.charter(), view.dealings()), &voice.says) {
        (Some(due), Says::Represent(sitting)) if due == *voice => view.dealings_mut().liaisons.note(sitting),
        (Some(due), _) if due == *voice => drop(view.dealings_mut().unsaid.remove(0)),
        (Some(_), _) => return Err(refused("another one is due first")),
        (None, Says::Enact { matter, level }) if voice.decision.is_none() => enact(view, matter, *level)?,
        (None, says) if voice.decision.is_none() && says.round().is_some() => dividing::follows(view, says)?,
        (None, says) if voice.decision.is_none() => promising::follows(view, says)?,
        (None, _) => return Err(refused("no decision calls for it")),
    }
    let (log, now) = (view.base.log, view.now);
    let dealings = view.dealings_mut();
    dealings.spoke = Some(entry.id());
    if let Says::Open(matter) = &voice.says {
        let consented = matter.part(&log).map(|_| now).filter(|now| *now <= matter.by[2]);
        dealings.meet(Known { consented, ..Known::new(entry.id().into(), (**matter).clone(), log, now) });
    }
    if let Says::Round(round) = &voice.says {
        dealings.books.note_opened(&round.id(), now);
    }
    if let Some(known) = voice.says.matter().and_then(|id| dealings.matter_mut(&id)) {
        match voice.says {
            // What a slow host dates after the last moment counts nowhere, and binds nobody.
            Says::Consent { .. } if now > known.matter.by[2] => {}
            Says::Consent { .. } => (known.consented, known.declined) = (Some(now), false),
            Says::Decline { .. } => known.declined = true,
            Says::Enact { level, .. } => known.enacted = Some(level),
            _ => {}
        }
    }
    Ok(())
}

/// Carries out the group's part of an adopted matter: all its effects, where they apply.
fn enact(view: &mut View<'_>, id: &MatterId, level: u8) -> Result<(), Refusal> {
    let known = view.dealings().matter(id).cloned().ok_or(Conflict::NoMatter(*id))?;
    let fails = |reason: String| Refusal::from(Conflict::Enactment { matter: *id, reason });
    let (log, ties) = (view.base.log, view.base.ties());
    let part = view.dealings().may_enact(&known, &log, ties, level, (view.number, view.now)).map_err(fails)?;
    check_governed(view, &known.matter, part).map_err(fails)?;
    let leaves_no_other = |text| view.dealings().adopted(text, ties, view.now).is_some();
    if known.matter.amends.as_ref().is_some_and(|to| !leaves_no_other(&to.agreement)) {
        let reason = "groups took up another text by themselves, which may still come into force: more must consent";
        return Err(fails(reason.into()));
    }
    let mut changes = known.matter.effects_of(part);
    // Whoever took the text up already has nothing to change.
    changes.retain(|effect| !matches!(effect, Effect::Federate(text) if ties.consent_to(&text.hash()).is_some()));
    let settles = known.matter.settled_with(&log);
    settles.map_or(Ok(()), |terms| settling::may_settle(view, terms))?;
    let charter = effects::outcome(view, changes.iter())?;
    let carried: Vec<(u32, &Effect)> = (0..).zip(&changes).collect();
    effects::take(view, (*id).into(), &carried, charter, None);
    if let Some(terms) = settles {
        settling::settle(view, (*id).into(), terms);
    }
    Ok(())
}

/// Takes evidence into the log. What it shows must be new, and the entry must name the voices that it shows.
pub(super) fn cite(
    view: &mut View<'_>,
    content: &EntryContent,
    evidence: &[Evidence],
    proofs: &[Proof],
) -> Result<(), Refusal> {
    size("the list of evidence", evidence.len(), 1, EVIDENCE)?;
    let mut cited: Vec<EntryId> = Vec::new();
    for (evidence, proof) in evidence.iter().zip(proofs) {
        let fails = |reason: String| Refusal::from(Conflict::Evidence { log: evidence.log, reason });
        let agreement = version_of(view.base.ties(), &evidence.version).map_err(fails)?;
        let waits = view.base.moving(view.now).is_some() && view.dealings().moving.is_some();
        if waits && evidence.log == view.base.log {
            settle_move(view, evidence, proof, &agreement).map_err(fails)?;
            continue;
        }
        if evidence.asleep {
            // Who is asleep is asked in amendments: another federation, with a panel of its own, cannot say.
            let own = view.charter().federation == Some(agreement.id());
            if !own || view.base.ties().consent_to(&evidence.version).is_none() {
                return Err(fails("it is by no version of the group's federation to which it consented".into()));
            }
            let until = asleep_until(evidence, proof, &agreement).map_err(fails)?;
            if !view.dealings_mut().note_asleep(evidence.log, until) {
                return Err(fails("it shows nothing that this log does not know".into()));
            }
            continue;
        }
        let heard = Heard::of(evidence, proof, &agreement).map_err(fails)?;
        let mut news = false;
        for said in heard.said() {
            cited.push(said.entry);
            news |= take(view, evidence, &agreement, &said);
        }
        if let Some((about, step)) = evidence.silent {
            news |= match view.dealings().books.rounds.contains_key(&about.into()) {
                true => dividing::take_silence(view, evidence, &agreement, &heard, &about.into(), step),
                false => take_silence(view, evidence, &agreement, &heard, &about.into(), step),
            }
            .map_err(fails)?;
        }
        if !news {
            return Err(fails("it shows nothing that this log does not know".into()));
        }
    }
    if view.base.moving(view.now).is_some() && view.dealings().moving.is_some() {
        return Err(Conflict::Moving(content.number).into());
    }
    cited.sort_unstable();
    cited.dedup();
    match content.cites == cited {
        true => Ok(()),
        false => Err(Malformed::Cites.into()),
    }
}

/// Takes it that the witnesses before sealed the entry that moved this log.
fn settle_move(
    view: &mut View<'_>,
    evidence: &Evidence,
    proof: &Proof,
    agreement: &FederationAgreement,
) -> Result<(), String> {
    let moving = view.base.moving(view.now).filter(|moving| moving.version == evidence.version);
    let moving = moving.ok_or("the witnesses before are those of another version")?;
    if !evidence.voices.is_empty() || evidence.silent.is_some() || evidence.asleep {
        return Err("the seal of a move takes notes alone".into());
    }
    moving.check_sealed((view.base.log, view.base.head.id), agreement, proof.notes())?;
    view.dealings_mut().moving = None;
    Ok(())
}

/// Takes what a group said; says whether it is news.
fn take(view: &mut View<'_>, evidence: &Evidence, agreement: &FederationAgreement, said: &Said<'_>) -> bool {
    if matches!(said.voice.says, Says::Represent(_) | Says::Mandate(_)) {
        return representing::take(view, evidence.log, said.number, &said.voice.says);
    }
    // A version that is only followed tells about liaisons alone.
    if view.base.ties().consent_to(&evidence.version).is_none() {
        return false;
    }
    if said.voice.says.terms().is_some() {
        return promising::take(view, evidence, agreement, said);
    }
    if said.voice.says.round().is_some() {
        return dividing::take(view, evidence, agreement, said);
    }
    let dealings = view.dealings_mut();
    let mut news = false;
    let id = match &said.voice.says {
        Says::Open(matter) => {
            let id = MatterId::from(said.entry);
            // An opening counts only if it was sealed in time, and can stand.
            let in_time = said.sealed <= said.at + agreement.timing.news;
            let stands = matter.check(agreement, said.at).is_ok() && matter.reaches_others(&evidence.log, agreement);
            if !in_time || !stands || matter.version != evidence.version {
                return false;
            }
            news = dealings.matter(&id).is_none();
            dealings.meet(Known::new(id, (**matter).clone(), evidence.log, said.at));
            if matter.part(&evidence.log).is_none() {
                return news;
            }
            id
        }
        Says::Consent { matter, .. } => *matter,
        _ => return false,
    };
    let known = dealings.matter_mut(&id).filter(|known| known.matter.version == evidence.version);
    known.is_some_and(|known| known.note_consent(evidence.log, said.at, said.sealed, said.voice.says.taken())) || news
}

/// Takes that a group was silent on a matter at the end of a level.
fn take_silence(
    view: &mut View<'_>,
    evidence: &Evidence,
    agreement: &FederationAgreement,
    heard: &Heard<'_>,
    id: &MatterId,
    level: u8,
) -> Result<bool, String> {
    let Some(known) = view.dealings_mut().matter_mut(id).filter(|known| known.matter.version == evidence.version)
    else {
        return Err(format!("the matter {} is not known here by that version", id.short()));
    };
    if !(1..=LEVELS).contains(&level) {
        return Err(format!("there is no level {level}"));
    }
    let awaited = known.matter.awaited(*id, known.opened, (&evidence.log, level), agreement.timing.news);
    if !heard.is_silent(&awaited) {
        return Err(format!("too few witnesses show that it was silent at {}", awaited.end));
    }
    Ok(known.slot(evidence.log).dead.insert(level))
}

/// Checks that a decision may open a matter now (rules 1 and 5).
pub(super) fn may_open(view: &View<'_>, domains: &[Name], matter: &Matter) -> Result<(), String> {
    let ties = view.base.ties();
    let agreement = speaks_under(view, matter)?;
    if domains.is_empty() || !domains.is_sorted_by(|a, b| a < b) {
        return Err("name the domains in which the group decides to open it, sorted, each once".into());
    }
    matter.check(&agreement, view.now)?;
    agreement.check_heard([&view.base.log])?;
    if !matter.reaches_others(&view.base.log, &agreement) {
        return Err("it touches no other group: decide it in the group itself".into());
    }
    let known = Known::new(MatterId([0; 32]), matter.clone(), view.base.log, view.now);
    view.dealings().may_build_on(&known, ties, view.now)?;
    matter.check_says_taken(&view.base.log, ties)?;
    view.dealings().check_dormant(matter, &agreement, view.now)?;
    check_about(view, matter)?;
    let Some(part) = matter.part(&view.base.log) else { return Ok(()) };
    if part.domains != domains {
        return Err("where the group itself is affected, it decides in the domains that the matter touches".into());
    }
    if let Some(first) = part.after.first() {
        return Err(format!("its own part waits for {}: open it without one, and consent later", first.short()));
    }
    matter.check_taken_up(ties)?;
    check_part(view, matter, part, view.now)?;
    view.dealings().no_rival(&known, ties, view.now)
}

/// The version by which the group may consent to a matter now: the one that it consented to last; or the one before,
/// where the matter amends that, so that a group which took one successor up can follow those who want another.
fn speaks_under(view: &View<'_>, matter: &Matter) -> Result<FederationAgreement, String> {
    let ties = view.base.ties();
    let last = ties.latest(&matter.federation).filter(|last| !last.joins);
    let follows = |last: &&Consent| last.agreement.amends.is_some_and(|amends| amends.version == matter.version);
    match last.filter(|last| matter.amends.is_some() && follows(last)) {
        Some(last) => {
            bound_by(view, &matter.federation, &last.agreement.hash())?;
            version_of(ties, &matter.version)
        }
        None => Ok(bound_by(view, &matter.federation, &matter.version)?.agreement.clone()),
    }
}

/// The group's last consent to the agreement of the federation that it belongs to, by which it speaks for itself.
///
/// # Errors
/// If it does not belong there, or `version` is not that of the consent.
pub(super) fn bound_by<'v>(view: &View<'v>, federation: &FederationId, version: &Hash) -> Result<&'v Consent, String> {
    let ties = view.base.ties();
    let own = ties.latest(federation).filter(|_| view.charter().federation == Some(*federation));
    let Some(consent) = own.filter(|_| !ties.is_out(federation, view.now)) else {
        return Err(format!("the group does not belong to the federation {}", federation.short()));
    };
    match consent.agreement.hash() == *version {
        true => Ok(consent),
        false => Err("another version of the agreement is named than the last one that the group consented to".into()),
    }
}

/// Checks that a decision may answer a matter now (rules 3 and 5).
pub(super) fn may_answer(view: &View<'_>, domains: &[Name], id: &MatterId, consents: bool) -> Result<(), String> {
    let Some(known) = view.dealings().matter(id) else {
        return Err(format!("this log knows no matter {}: it comes with the evidence that it was opened", id.short()));
    };
    let agreement = version_of(view.base.ties(), &known.matter.version)?;
    if agreement.group(&view.base.log).is_none() {
        return Err("the version that the matter names does not name this group".into());
    }
    if view.now < known.opened {
        // The clock of the group that opened it is ahead: what is dated before the opening counts nowhere.
        return Err(format!("it is dated {}: the group can answer it from then on", known.opened));
    }
    if view.now > known.matter.by[2] {
        return Err(format!("its last date was {}", known.matter.by[2]));
    }
    if consents {
        speaks_under(view, &known.matter)?;
    }
    if known.consented.is_some() {
        return Err("the group has consented, for good".into());
    }
    match known.matter.part(&view.base.log) {
        Some(part) if part.domains != domains => {
            return Err(format!("it touches the domains {}: decide in them", join(&part.domains)));
        }
        Some(part) => {
            if consents {
                known.matter.check_taken_up(view.base.ties())?;
                check_part(view, &known.matter, part, known.opened)?;
                known.check_stages(part)?;
            }
        }
        None if consents && known.matter.amends.is_some() => {
            return Err("it gives this group no say: it is expelled by it, or shown to be dormant".into());
        }
        None => {
            let reserved = view.charter().reserved_domain(FEDERATION).map(|domain| &domain.name);
            if reserved.is_none_or(|name| domains != std::slice::from_ref(name)) {
                return Err("it touches no domain of this group: decide in the domain for federations".into());
            }
        }
    }
    match consents {
        true => {
            view.dealings().may_build_on(known, view.base.ties(), view.now)?;
            view.dealings().no_rival(known, view.base.ties(), view.now)
        }
        false => Ok(()),
    }
}

/// Checks that a matter about terms affects all their parties, of which the group is one.
fn check_about(view: &View<'_>, matter: &Matter) -> Result<(), String> {
    let Some(id) = &matter.about else { return Ok(()) };
    let Some(deal) = view.dealings().books.deals.get(id) else {
        return Err(format!("this log knows no terms {}, which it is about", id.short()));
    };
    match deal.terms.parties().iter().find(|party| matter.part(party).is_none()) {
        Some(party) => Err(format!("it is about terms to which {} is a party, and has no part for it", party.short())),
        None => Ok(()),
    }
}

/// Checks that a matter says of this group what is so: an entry that it has, what was ceded there, effects that its
/// domains govern.
fn check_part(view: &View<'_>, matter: &Matter, part: &Part, opened: Timestamp) -> Result<(), String> {
    if part.head >= view.number {
        return Err(format!("the group has no entry {} yet, by whose charter the matter was made", part.head));
    }
    let ceded = view.dealings().were_ceded(part, opened);
    if ceded != part.ceded {
        let says = match ceded {
            true => "its domains were ceded to the federation",
            false => "its domains were not all ceded to the federation, or decide for longer than it gives them",
        };
        return Err(format!("at entry {} {says}: the matter says otherwise", part.head));
    }
    check_governed(view, matter, part)
}

/// Checks that the domains which a part touches govern its effects.
fn check_governed(view: &View<'_>, matter: &Matter, part: &Part) -> Result<(), String> {
    for effect in &matter.effects_of(part) {
        if let Some(other) = effect.governs(view.charter()).iter().find(|name| !part.domains.contains(name)) {
            return Err(format!("the {} is governed by '{other}', which the matter does not touch", effect.name()));
        }
    }
    match matter.settled_with(&view.base.log) {
        Some(terms) => settling::check_touched(view, &part.domains, terms),
        None => Ok(()),
    }
}

fn join(names: &[Name]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
