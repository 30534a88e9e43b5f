//! The paths about resources and terms: list and show them, draft terms.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use folkmoot_protocol::{
    id::TermsId,
    replay::Replica,
    time::{Span, Timestamp},
};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::{
    deal_draft,
    deal_view::{DealDraft, DealView, DraftedDeal, ResourceView},
    routes::{Answer, Api, Failure, find_group, one},
    view::Problem,
    views::Views,
};
use crate::clock;

/// How far a calendar looks ahead unless somebody says otherwise.
const WEEKS: u64 = 4;
/// The furthest that it looks: two years.
const MOST_WEEKS: u64 = 104;

#[derive(OpenApi)]
#[openapi(paths(resources, deals, deal, draft))]
pub(super) struct Doc;

/// The paths of this file.
pub(super) fn paths() -> Router<Api> {
    Router::new()
        .route("/v1/resources", get(resources))
        .route("/v1/deals", get(deals))
        .route("/v1/deals/drafts", post(draft))
        .route("/v1/deals/{terms}", get(deal))
}

#[derive(Deserialize, IntoParams)]
struct ResourcesQuery {
    /// Only those of this steward: a name, an id, or the start of an id.
    group: Option<String>,
    /// How many weeks ahead their calendars look: 4, at most 104.
    weeks: Option<u64>,
}

/// What groups steward, with what is promised of it.
#[utoipa::path(get, path = "/v1/resources", params(ResourcesQuery),
    responses((status = 200, body = Vec<ResourceView>), (status = 404, body = Problem)))]
async fn resources(State(api): State<Api>, Query(query): Query<ResourcesQuery>) -> Answer<Vec<ResourceView>> {
    api.query(move |views, _| {
        let ahead = Span::from_days(query.weeks.unwrap_or(WEEKS).clamp(1, MOST_WEEKS) * 7);
        let logs: Vec<&Replica> = match &query.group {
            Some(group) => vec![find_group(views.machine, group)?],
            None => views.machine.logs().collect(),
        };
        Ok(logs.into_iter().flat_map(|log| views.resources(log, ahead, clock::now())).collect())
    })
    .await?
    .map(Json)
}

#[derive(Deserialize, IntoParams)]
struct DealsQuery {
    /// Only those that this group has to accept: a name, an id, or the start of an id.
    group: Option<String>,
    /// Only those that may still come into force.
    #[serde(default)]
    open: bool,
}

/// Terms about resources, the latest first.
#[utoipa::path(get, path = "/v1/deals", params(DealsQuery),
    responses((status = 200, body = Vec<DealView>), (status = 404, body = Problem)))]
async fn deals(State(api): State<Api>, Query(query): Query<DealsQuery>) -> Answer<Vec<DealView>> {
    api.query(move |views, _| {
        let group = query.group.as_ref().map(|group| find_group(views.machine, group)).transpose()?.map(Replica::log);
        let now = clock::now();
        let mut found: Vec<(Timestamp, DealView)> = Vec::new();
        for id in views.all_terms() {
            let Some((_, known)) = views.best(&id) else { continue };
            if group.is_some_and(|group| !known.terms.parties().contains(&group)) {
                continue;
            }
            let stated = known.stated;
            found.extend(views.deal(&id, now).filter(|deal| deal.open || !query.open).map(|deal| (stated, deal)));
        }
        found.sort_by(|(a, one), (b, other)| (b, &other.terms).cmp(&(a, &one.terms)));
        Ok(found.into_iter().map(|(_, deal)| deal).collect())
    })
    .await?
    .map(Json)
}

/// Terms with what every party said. TERMS is an id or the start of one.
#[utoipa::path(get, path = "/v1/deals/{terms}", params(("terms" = String, Path)),
    responses((status = 200, body = DealView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn deal(State(api): State<Api>, Path(id): Path<String>) -> Answer<DealView> {
    api.query(move |views, _| {
        let id = find_terms(views, &id)?;
        views.deal(&id, clock::now()).ok_or_else(|| Failure::bad("no log here knows these terms any more"))
    })
    .await?
    .map(Json)
}

/// Makes terms of what a group wants, with what stands in the way; nothing is filed.
#[utoipa::path(post, path = "/v1/deals/drafts", request_body = DealDraft,
    responses((status = 200, body = DraftedDeal), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn draft(State(api): State<Api>, Json(request): Json<DealDraft>) -> Answer<DraftedDeal> {
    api.query(move |views, _| deal_draft::draft(views, &request, clock::now())).await?.map(Json)
}

/// The terms of that id, or start of an id.
pub(super) fn find_terms(views: &Views<'_>, text: &str) -> Result<TermsId, Failure> {
    let found: Vec<TermsId> =
        views.all_terms().into_iter().filter(|id| text.len() > 1 && id.to_string().starts_with(text)).collect();
    one(&found, "terms", text, |id| id.to_string()[..17].to_owned()).copied()
}
