//! Exporting what proves a decision, or how a matter stands in a group's log.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use folkmoot_protocol::{
    body::Body,
    federation::FederationAgreement,
    id::{BodyId, EntryId, Hash, LogId, MatterId, ProposalId},
    machine::Machine,
    matter::Standing,
    note::Note,
    proof::{Bundle, MakeError, MatterAt, Request, Source, last_change, make},
    replay::{PastEntry, PastNaming, Replica, Snapshot},
};
use serde::Deserialize;
use tokio::runtime::Handle;
use tracing::warn;
use utoipa::IntoParams;

use super::{
    routes::{Api, Failure, find_group, find_proposal, one},
    views::Views,
};

#[derive(Deserialize, IntoParams)]
pub(super) struct ProofQuery {
    /// From the first entry of the log on, instead of the last snapshot before the proposal was opened.
    #[serde(default)]
    full: bool,
}

/// Everything that proves a decision, as a file for `moot verify`. PROPOSAL is an id or the start of one.
#[utoipa::path(get, path = "/v1/proposals/{proposal}/proof", params(("proposal" = String, Path), ProofQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = super::view::Problem), (status = 409, body = super::view::Problem)))]
pub(super) async fn proof(
    State(api): State<Api>,
    Path(id): Path<String>,
    Query(query): Query<ProofQuery>,
) -> Result<Vec<u8>, Failure> {
    let evidence = api.query(move |views, _| Evidence::of(views, &id)).await??;
    evidence.file(api, query.full).await
}

#[derive(Deserialize, IntoParams)]
pub(super) struct MatterProofQuery {
    /// From the first entry of the log on, instead of the last snapshot before the matter was known.
    #[serde(default)]
    full: bool,
    /// In whose log: a name, an id, or the start of one; left out, one that shows how it ended, if any log here does, of a
    /// group of this node if there is one.
    group: Option<String>,
}

/// Everything that proves how a matter stands in a group's log, as a file for `moot verify`. MATTER is an id or the start
/// of one.
#[utoipa::path(get, path = "/v1/matters/{matter}/proof", params(("matter" = String, Path), MatterProofQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = super::view::Problem), (status = 409, body = super::view::Problem)))]
pub(super) async fn matter_proof(
    State(api): State<Api>,
    Path(id): Path<String>,
    Query(query): Query<MatterProofQuery>,
) -> Result<Vec<u8>, Failure> {
    let evidence = api.query(move |views, _| Evidence::of_matter(views, &id, query.group.as_deref())).await??;
    evidence.file(api, query.full).await
}

/// What is to be proven.
#[derive(Clone, Copy)]
enum Asked {
    /// A decision, by its proposal.
    Proposal(ProposalId),
    /// How a matter stands, after the last entry that changed that.
    Matter(MatterId),
}

/// What the rules know of what is to be proven, and of its seal.
struct Evidence {
    log: LogId,
    asked: Asked,
    /// A snapshot from after this entry is too late: the one that opened the proposal; of a matter the head.
    before: u64,
    notes: Vec<Note>,
    agreements: BTreeMap<Hash, FederationAgreement>,
}

impl Evidence {
    fn of(views: &Views<'_>, text: &str) -> Result<Self, Failure> {
        let machine = views.machine;
        let (log, proposal, decision) = find_proposal(machine, text)?;
        let Some(decision) = decision else {
            let message = format!("proposal {} is not decided yet: there is nothing to prove", proposal.short());
            return Err(Failure::new(StatusCode::CONFLICT, "undecided", message));
        };
        let opened = decision.proposal.versions.first().map_or(0, |version| version.entry);
        let mut this = Self::about(machine, log.log(), Asked::Proposal(proposal), opened);
        this.notes.retain(|note| note.content().number >= decision.entry);
        Ok(this)
    }

    fn of_matter(views: &Views<'_>, text: &str, group: Option<&str>) -> Result<Self, Failure> {
        let machine = views.machine;
        let is = |id: &MatterId| text.len() > 1 && id.to_string().starts_with(text);
        let ids = |log: &Replica| log.dealings().matters.iter().map(|known| known.id).filter(is).collect::<Vec<_>>();
        // What was opened elsewhere may not be cited here yet: it is known all the same.
        let known = machine.matters().map(|followed| followed.id).filter(is);
        let mut found: Vec<MatterId> = known.chain(machine.logs().flat_map(ids)).collect();
        found.sort_unstable();
        found.dedup();
        let id = *one(&found, "matter", text, |id| id.to_string()[..17].to_owned())?;
        let log = match group {
            Some(group) => Some(find_group(machine, group)?).filter(|log| log.dealings().matter(&id).is_some()),
            None => machine
                .logs()
                .filter(|log| log.dealings().matter(&id).is_some())
                .min_by_key(|log| rank(machine, log, &id)),
        };
        let Some(log) = log else {
            let whose =
                group.map_or("no log here holds".to_owned(), |group| format!("the log of {group} does not hold"));
            let message = format!("{whose} the matter {} yet: there is nothing to prove", id.short());
            return Err(Failure::new(StatusCode::CONFLICT, "unknown-there", message));
        };
        Ok(Self::about(machine, log.log(), Asked::Matter(id), log.head().number + 1))
    }

    fn about(machine: &Machine, log: LogId, asked: Asked, before: u64) -> Self {
        let notes = machine.notes(&log).into_iter().flat_map(|notes| notes.iter());
        let consents = machine.logs().flat_map(|log| log.ties().consents()).map(|consent| &consent.agreement);
        Self {
            log,
            asked,
            before,
            notes: notes.cloned().collect(),
            agreements: consents.chain(machine.agreements()).map(|text| (text.hash(), text.clone())).collect(),
        }
    }

    /// The bundle's bytes, made off the loop.
    async fn file(self, api: Api, full: bool) -> Result<Vec<u8>, Failure> {
        let runtime = Handle::current();
        let made = tokio::task::spawn_blocking(move || self.bundle(&api, &runtime, full));
        let bundle = made.await.map_err(|_| Failure::stopping())??;
        Ok(bundle.bytes())
    }

    /// Makes the bundle from the last snapshot that serves, or from the first entry.
    fn bundle(&self, api: &Api, runtime: &Handle, full: bool) -> Result<Bundle, Failure> {
        let mut before =
            if full { None } else { api.records.snapshot_before(&self.log, self.before).map_err(broken)? };
        let parts = Parts { evidence: self, api, runtime };
        loop {
            let start = match before {
                Some(number) => api.records.snapshot(&self.log, number).map_err(broken)?,
                None => None,
            };
            let missing = before.is_some() && start.is_none();
            let made = if missing { None } else { Some(self.attempt(&parts, start)) };
            match (made, before) {
                (Some(Ok(bundle)), _) => return Ok(bundle),
                (Some(Err(MakeError::Source(failure))), _) => return Err(failure),
                (Some(Err(error)), None) => return Err(broken(error)),
                (Some(Err(MakeError::Late)), Some(number)) => {
                    before = api.records.snapshot_before(&self.log, number).map_err(broken)?;
                }
                // A snapshot that is damaged costs a longer proof, not the proof.
                (_, Some(number)) => {
                    warn!(log = %self.log.short(), number, "the snapshot of this digest entry cannot be used");
                    before = api.records.snapshot_before(&self.log, number).map_err(broken)?;
                }
                (None, None) => return Err(Failure::stopping()),
            }
        }
    }

    /// Makes the bundle from that start.
    fn attempt(&self, parts: &Parts<'_>, start: Option<Snapshot>) -> Result<Bundle, MakeError<Failure>> {
        let mut notes = self.notes.clone();
        let subject = match self.asked {
            Asked::Proposal(proposal) => proposal.into(),
            Asked::Matter(id) => {
                let last = last_change(parts, self.log, id, start.clone())?;
                let entry = last.ok_or(MakeError::Undecided)?;
                notes.retain(|note| note.content().number >= entry);
                MatterAt { id, entry }.into()
            }
        };
        make(parts, &Request { log: self.log, subject, start, notes })
    }
}

/// Which log is taken first: one that shows how the matter ended, then of a group of this node.
///
/// The log of a group that is not affected, and has not answered, need not show that.
fn rank(machine: &Machine, log: &Replica, id: &MatterId) -> (bool, bool, LogId) {
    let known = log.dealings().matter(id);
    let version = known.and_then(|known| log.ties().consent_to(&known.matter.version));
    let shows = known.zip(version).is_some_and(|(known, version)| {
        let standing = known.stands(&version.agreement, log.head().time);
        known.enacted.is_some() || matches!(standing, Standing::Adopted { .. } | Standing::NotAdopted)
    });
    (!shows, !machine.is_hosted(&log.log()), log.log())
}

/// Where a bundle's parts come from: entries and texts from disk, paths from the replica in the loop.
struct Parts<'a> {
    evidence: &'a Evidence,
    api: &'a Api,
    runtime: &'a Handle,
}

impl Source for Parts<'_> {
    type Error = Failure;

    fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, Failure> {
        self.api.records.entries(&self.evidence.log, from, limit).map_err(broken)
    }

    fn past(
        &self,
        start: &Snapshot,
        entries: &[EntryId],
        bodies: &[BodyId],
    ) -> Result<(Vec<PastEntry>, Vec<PastNaming>), Failure> {
        let (log, start, entries, bodies) = (self.evidence.log, start.clone(), entries.to_vec(), bodies.to_vec());
        let past = self.api.query(move |views, _| {
            let replica = views.machine.log(&log)?;
            Some((replica.past_entries(&start, &entries), replica.past_namings(&start, &bodies)))
        });
        self.runtime.block_on(past)?.ok_or_else(Failure::stopping)
    }

    fn body(&self, id: &BodyId) -> Result<Option<Body>, Failure> {
        self.api.records.body(&self.evidence.log, id).map_err(broken)
    }

    fn agreement(&self, version: &Hash) -> Option<FederationAgreement> {
        self.evidence.agreements.get(version).cloned()
    }
}

fn broken(error: impl std::error::Error) -> Failure {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        message.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "proof", message)
}
