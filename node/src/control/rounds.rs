//! The paths about rounds: list and show them, draft one, draft a claim.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use folkmoot_protocol::{id::RoundId, replay::Replica};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::{
    round_draft,
    round_view::{ClaimDraft, DraftedClaim, DraftedRound, RoundDraft, RoundView},
    routes::{Answer, Api, Failure, find_group, one},
    view::Problem,
    views::Views,
};
use crate::clock;

#[derive(OpenApi)]
#[openapi(paths(rounds, round, draft, claim))]
pub(super) struct Doc;

/// The paths of this file.
pub(super) fn paths() -> Router<Api> {
    Router::new()
        .route("/v1/rounds", get(rounds))
        .route("/v1/rounds/drafts", post(draft))
        .route("/v1/rounds/{round}", get(round))
        .route("/v1/rounds/{round}/claims", post(claim))
}

#[derive(Deserialize, IntoParams)]
struct RoundsQuery {
    /// Only those in which this group offers or may claim: a name, an id, or the start of an id.
    group: Option<String>,
    /// Only those of which something may still come.
    #[serde(default)]
    open: bool,
}

/// Rounds, the latest first.
#[utoipa::path(get, path = "/v1/rounds", params(RoundsQuery),
    responses((status = 200, body = Vec<RoundView>), (status = 404, body = Problem)))]
async fn rounds(State(api): State<Api>, Query(query): Query<RoundsQuery>) -> Answer<Vec<RoundView>> {
    api.query(move |views, _| {
        let group = query.group.as_ref().map(|group| find_group(views.machine, group)).transpose()?.map(Replica::log);
        let now = clock::now();
        let mut found = Vec::new();
        for id in views.all_rounds() {
            let Some(known) = views.known_round(&id) else { continue };
            let concerns =
                group.is_none_or(|group| known.round.steward == group || known.round.claimant(&group).is_some());
            if concerns && (known.state(now).is_open() || !query.open) {
                found.push((known.opened, views.round(&id, known, now)));
            }
        }
        found.sort_by(|(a, one), (b, other)| (b, &other.round).cmp(&(a, &one.round)));
        Ok(found.into_iter().map(|(_, view)| view).collect())
    })
    .await?
    .map(Json)
}

/// A round with what everybody claims and got. ROUND is an id or the start of one.
#[utoipa::path(get, path = "/v1/rounds/{round}", params(("round" = String, Path)),
    responses((status = 200, body = RoundView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn round(State(api): State<Api>, Path(text): Path<String>) -> Answer<RoundView> {
    api.query(move |views, _| {
        let id = find_round(views, &text)?;
        let known = views.known_round(&id).ok_or_else(|| Failure::bad("no log here knows this round any more"))?;
        Ok(views.round(&id, known, clock::now()))
    })
    .await?
    .map(Json)
}

/// Makes a round of what a group wants to divide, with what stands in the way; nothing is filed.
#[utoipa::path(post, path = "/v1/rounds/drafts", request_body = RoundDraft,
    responses((status = 200, body = DraftedRound), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn draft(State(api): State<Api>, Json(request): Json<RoundDraft>) -> Answer<DraftedRound> {
    api.query(move |views, _| round_draft::draft(views, &request, clock::now())).await?.map(Json)
}

/// Makes a claim of what a group wants of a round; nothing is filed.
#[utoipa::path(post, path = "/v1/rounds/{round}/claims", params(("round" = String, Path)), request_body = ClaimDraft,
    responses((status = 200, body = DraftedClaim), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn claim(
    State(api): State<Api>,
    Path(text): Path<String>,
    Json(request): Json<ClaimDraft>,
) -> Answer<DraftedClaim> {
    api.query(move |views, _| {
        let id = find_round(views, &text)?;
        let known = views.known_round(&id).ok_or_else(|| Failure::bad("no log here knows this round any more"))?;
        round_draft::claim(views, known, &request, clock::now())
    })
    .await?
    .map(Json)
}

/// The round of that id, or start of an id.
fn find_round(views: &Views<'_>, text: &str) -> Result<RoundId, Failure> {
    let found: Vec<RoundId> =
        views.all_rounds().into_iter().filter(|id| text.len() > 1 && id.to_string().starts_with(text)).collect();
    one(&found, "round", text, |id| id.to_string()[..17].to_owned()).copied()
}
