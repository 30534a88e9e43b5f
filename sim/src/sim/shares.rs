//! What a log shows of the rounds that its group divides, read anew from the evidence in its entries and counted by a
//! loop of its own: not from the slots that the rules keep.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    cbor,
    entry::{Entry, EntryAct},
    evidence::Evidence,
    federation::FederationAgreement,
    id::{EntryId, Hash, LogId, RoundId},
    key::PublicKey,
    note::Note,
    resource::{
        CLAIMS_STAGE, REVEALS_STAGE, Round, RoundClaim,
        division::{Claim, Secret, Seed, commit, divide},
    },
    time::Timestamp,
    voice::{Says, Voice},
    witness::Quorums,
};

/// A round of this log, and what the log shows of those who may claim.
#[derive(Debug)]
struct Shown {
    round: Round,
    opened: Timestamp,
    claims: BTreeMap<LogId, RoundClaim>,
    secrets: BTreeMap<LogId, Secret>,
    silent: BTreeSet<(LogId, u8)>,
}

/// The rounds that a log divides.
#[derive(Debug, Default)]
pub(super) struct Shares(BTreeMap<RoundId, Shown>);

impl Shares {
    pub(super) fn open(&mut self, round: &Round, opened: Timestamp) {
        let (claims, secrets, silent) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        self.0.insert(round.id(), Shown { round: round.clone(), opened, claims, secrets, silent });
    }

    /// Takes what a piece of evidence shows about rounds, and gives back of which the group gives up its share.
    pub(super) fn hear(&mut self, evidence: &Evidence, agreement: &FederationAgreement) -> Vec<RoundId> {
        let (group, mut given_up) = (evidence.log, Vec::new());
        let Some(heard) = Heard::of(evidence, agreement) else { return given_up };
        for (at, (entry, voice)) in heard.voices.iter().enumerate() {
            let Some((id, shown)) = voice.says.round().and_then(|id| Some((id, self.0.get_mut(&id)?))) else {
                continue;
            };
            let (round, date, news) = (&shown.round, entry.content().time, agreement.timing.news);
            if round.version != evidence.version || !round.claimants.iter().any(|claimant| claimant.group == group) {
                continue;
            }
            match &voice.says {
                Says::Claim(claim) => {
                    let in_time = shown.opened <= date && date <= round.claims_by;
                    let sealed = heard.is_sealed(at, Some(round.claims_by + news));
                    let fits = claim.amounts.len() == round.offers.len()
                        && claim.amounts.iter().any(|amount| *amount > 0)
                        && claim.commitment.is_some() == round.reveals_by.is_some();
                    if in_time && sealed && fits && !shown.silent.contains(&(group, CLAIMS_STAGE)) {
                        shown.claims.entry(group).or_insert_with(|| claim.clone());
                    }
                }
                Says::Reveal { secret, .. } => {
                    let Some(until) = round.reveals_by else { continue };
                    let in_time = round.claims_by + news + news <= date && date <= until;
                    let committed = shown.claims.get(&group).and_then(|claim| claim.commitment);
                    let opens = committed == Some(commit(&Hash(id.0), &group, secret));
                    let open = !shown.silent.contains(&(group, REVEALS_STAGE));
                    if in_time && opens && open && heard.is_sealed(at, Some(until + news)) {
                        shown.secrets.entry(group).or_insert(*secret);
                    }
                }
                Says::ReleaseShare { .. } if heard.is_sealed(at, None) => given_up.push(id),
                _ => {}
            }
        }
        if let Some((about, stage)) = evidence.silent
            && let Some(shown) = self.0.get_mut(&RoundId::from(about))
        {
            shown.silent.insert((group, stage));
        }
        given_up
    }

    /// What each claimant gets of each offer.
    ///
    /// # Errors
    /// Of whom the log shows neither what it said nor that it was silent.
    pub(super) fn divide(&self, id: &RoundId) -> Result<(&Round, BTreeMap<LogId, Vec<u64>>), String> {
        let shown = self.0.get(id).ok_or_else(|| format!("the round {} was never opened", id.short()))?;
        let round = &shown.round;
        let mut claims = Vec::new();
        for claimant in &round.claimants {
            let group = claimant.group;
            let Some(claim) = shown.claims.get(&group) else {
                if shown.silent.contains(&(group, CLAIMS_STAGE)) {
                    continue;
                }
                return Err(format!("{} is left out of the round {}", group.short(), id.short()));
            };
            let lost = round.division.needs_seed() && !shown.secrets.contains_key(&group);
            if lost && !shown.silent.contains(&(group, REVEALS_STAGE)) {
                return Err(format!("{} is left out of the lot {}", group.short(), id.short()));
            }
            if !lost {
                claims.push(Claim { id: group, weight: claimant.weight, amounts: claim.amounts.clone() });
            }
        }
        if claims.is_empty() {
            return Ok((round, BTreeMap::new()));
        }
        let revealed: Vec<(LogId, Secret)> = shown.secrets.iter().map(|(group, secret)| (*group, *secret)).collect();
        let seed = Seed(Hash::of(&cbor::encode(&("folkmoot seed", id, revealed))));
        let seed = round.division.needs_seed().then_some(seed);
        let amounts: Vec<u64> = round.offers.iter().map(|offer| offer.amount).collect();
        let divided = divide(round.division, &amounts, &claims, seed.as_ref()).map_err(|error| error.to_string())?;
        Ok((round, divided.shares.into_iter().map(|share| (share.id, share.amounts)).collect()))
    }
}

/// The voices and notes of a piece of evidence, read once more.
struct Heard {
    voices: Vec<(Entry, Voice)>,
    /// Who noted which voice, and when.
    notes: Vec<(PublicKey, Option<EntryId>, Timestamp)>,
    witnesses: BTreeSet<PublicKey>,
    needed: usize,
}

impl Heard {
    fn of(evidence: &Evidence, agreement: &FederationAgreement) -> Option<Self> {
        let entries = evidence.voices.iter().filter_map(|raw| Entry::decode(&raw.0).ok());
        let voices: Vec<(Entry, Voice)> = entries
            .filter_map(|entry| match &entry.content().act {
                EntryAct::Speak(voice) => Some((entry.clone(), voice.clone())),
                _ => None,
            })
            .collect();
        let notes = evidence.notes.iter().filter_map(|raw| Note::from_bytes(&raw.0).ok());
        let notes = notes.map(|note| (note.signer(), note.content().voice, note.content().time)).collect();
        let witnesses = agreement.witnesses_of(&evidence.log)?;
        let needed = Quorums::of(witnesses.len() as u32).seal as usize;
        Some(Self { voices, notes, witnesses, needed })
    }

    /// Whether enough witnesses noted the voice at that place, or a later one, by a date if there is one.
    fn is_sealed(&self, at: usize, end: Option<Timestamp>) -> bool {
        let hosts: Vec<PublicKey> = self.voices.iter().map(|(_, voice)| voice.host).collect();
        let covers = |voice: &Option<EntryId>| {
            let place = voice.and_then(|id| self.voices.iter().position(|(entry, _)| entry.id() == id));
            place.is_some_and(|place| place >= at)
        };
        let noted = self.notes.iter().filter(|(_, voice, time)| end.is_none_or(|end| *time <= end) && covers(voice));
        let noted: BTreeSet<PublicKey> = noted.map(|(witness, ..)| *witness).collect();
        let counts = |witness: &&PublicKey| self.witnesses.contains(witness) && !hosts.contains(witness);
        noted.iter().filter(counts).count() >= self.needed
    }
}
