//! Exporting what proves a decision.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use folkmoot_protocol::{
    body::Body,
    federation::FederationAgreement,
    id::{BodyId, EntryId, Hash, LogId, ProposalId},
    note::Note,
    proof::{Bundle, MakeError, Request, Source, make},
    replay::{PastEntry, PastNaming, Snapshot},
};
use serde::Deserialize;
use tokio::runtime::Handle;
use tracing::warn;
use utoipa::IntoParams;

use super::{
    routes::{Api, Failure, find_proposal},
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
    let runtime = Handle::current();
    let made = tokio::task::spawn_blocking(move || evidence.bundle(&api, &runtime, query.full));
    let bundle = made.await.map_err(|_| Failure::stopping())??;
    Ok(bundle.bytes())
}

/// What the rules know of a decision and its seal.
struct Evidence {
    log: LogId,
    proposal: ProposalId,
    /// The entry that opened the proposal.
    opened: u64,
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
        let notes = machine.notes(&log.log()).into_iter().flat_map(|notes| notes.iter());
        let consents = machine.logs().flat_map(|log| log.ties().consents()).map(|consent| &consent.agreement);
        Ok(Self {
            log: log.log(),
            proposal,
            opened: decision.proposal.versions.first().map_or(0, |version| version.entry),
            notes: notes.filter(|note| note.content().number >= decision.entry).cloned().collect(),
            agreements: consents.chain(machine.agreements()).map(|text| (text.hash(), text.clone())).collect(),
        })
    }

    /// Makes the bundle from the last snapshot that serves, or from the first entry.
    fn bundle(&self, api: &Api, runtime: &Handle, full: bool) -> Result<Bundle, Failure> {
        let mut before =
            if full { None } else { api.records.snapshot_before(&self.log, self.opened).map_err(broken)? };
        let parts = Parts { evidence: self, api, runtime };
        loop {
            let start = match before {
                Some(number) => api.records.snapshot(&self.log, number).map_err(broken)?,
                None => None,
            };
            let missing = before.is_some() && start.is_none();
            let request = Request { log: self.log, proposal: self.proposal, start, notes: self.notes.clone() };
            let made = if missing { None } else { Some(make(&parts, &request)) };
            match (made, before) {
                (Some(Ok(bundle)), _) => return Ok(bundle),
                (Some(Err(MakeError::Source(failure))), _) => return Err(failure),
                (Some(Err(error)), None) => return Err(broken(error)),
                // A snapshot that is damaged costs a longer proof, not the proof.
                (_, Some(number)) => {
                    warn!(log = %self.log.short(), number, "the snapshot of this digest entry cannot be used");
                    before = api.records.snapshot_before(&self.log, number).map_err(broken)?;
                }
                (None, None) => return Err(Failure::stopping()),
            }
        }
    }
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
