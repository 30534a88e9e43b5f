//! The paths of proposals, agreements and the inbox.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use folkmoot_protocol::{key::PublicKey, replay::Replica};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, Api, Failure, KeyQuery, find_group, find_proposal};
use crate::{
    clock,
    control::{
        view::{AgreementView, InboxItem, Problem, ProposalView},
        views::Views,
    },
};

#[derive(Deserialize, IntoParams)]
pub(super) struct ProposalsQuery {
    /// Only this group's: a name, an id, or the start of an id.
    group: Option<String>,
    /// Only those that have not ended.
    #[serde(default)]
    open: bool,
}

#[derive(Deserialize, IntoParams)]
pub(super) struct AgreementsQuery {
    /// Only this group's: a name, an id, or the start of an id.
    group: Option<String>,
    /// Only those that are due for review.
    #[serde(default)]
    due: bool,
}

/// Proposals, the latest first.
#[utoipa::path(get, path = "/v1/proposals", params(ProposalsQuery),
    responses((status = 200, body = Vec<ProposalView>), (status = 404, body = Problem)))]
pub(super) async fn proposals(
    State(api): State<Api>,
    Query(query): Query<ProposalsQuery>,
) -> Answer<Vec<ProposalView>> {
    api.query(move |views, _| {
        let logs: Vec<&Replica> = match &query.group {
            Some(group) => vec![find_group(views.machine, group)?],
            None => views.machine.logs().collect(),
        };
        let mut all = Vec::new();
        for log in logs {
            all.extend(log.proposals().map(|proposal| views.open(log, proposal)));
            if !query.open {
                all.extend(log.decisions().map(|decision| views.decided(log, decision)));
            }
        }
        all.sort_by(|a, b| (&b.opened, &b.proposal).cmp(&(&a.opened, &a.proposal)));
        Ok(all)
    })
    .await?
    .map(Json)
}

/// A proposal, open or ended. PROPOSAL is an id or the start of one.
#[utoipa::path(get, path = "/v1/proposals/{proposal}", params(("proposal" = String, Path)),
    responses((status = 200, body = ProposalView), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn proposal(State(api): State<Api>, Path(id): Path<String>) -> Answer<ProposalView> {
    api.query(move |views, _| show_proposal(views, &id)).await?.map(Json)
}

/// The text agreements in force, those first that are due for review soonest.
#[utoipa::path(get, path = "/v1/agreements", params(AgreementsQuery), responses((status = 200, body = Vec<AgreementView>)))]
pub(super) async fn agreements(
    State(api): State<Api>,
    Query(query): Query<AgreementsQuery>,
) -> Answer<Vec<AgreementView>> {
    api.query(move |views, _| {
        let logs: Vec<&Replica> = match &query.group {
            Some(group) => vec![find_group(views.machine, group)?],
            None => views.machine.logs().collect(),
        };
        let mut all: Vec<_> = logs.into_iter().flat_map(|log| views.agreements(log, clock::now())).collect();
        all.retain(|agreement| agreement.due || !query.due);
        all.sort_by(|a, b| (a.review.is_none(), &a.review, &a.since).cmp(&(b.review.is_none(), &b.review, &b.since)));
        Ok(all)
    })
    .await?
    .map(Json)
}

/// What waits for the member of a key, soonest first.
#[utoipa::path(get, path = "/v1/inbox", params(KeyQuery), responses((status = 200, body = Vec<InboxItem>)))]
pub(super) async fn inbox(State(api): State<Api>, Query(query): Query<KeyQuery>) -> Answer<Vec<InboxItem>> {
    let key: PublicKey = query.key.parse().map_err(Failure::bad)?;
    api.query(move |views, _| views.inbox(&key, clock::now())).await.map(Json)
}

fn show_proposal(views: &Views<'_>, text: &str) -> Result<ProposalView, Failure> {
    let (log, id, decision) = find_proposal(views.machine, text)?;
    match (decision, log.proposal(&id)) {
        (Some(decision), _) => Ok(views.decided(log, decision)),
        (None, Some(open)) => Ok(views.open(log, open)),
        (None, None) => Err(Failure::new(StatusCode::NOT_FOUND, "not-found", format!("there is no proposal {text}"))),
    }
}
