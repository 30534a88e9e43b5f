//! The paths about matters: list and show them, draft one.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use folkmoot_protocol::{
    id::LogId,
    machine::Machine,
    matter::{Followed, Standing},
    replay::Replica,
};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::{
    matter_draft,
    matter_late::is_late,
    routes::{Answer, Api, Failure, find_group, one},
    view::{DraftedMatter, MatterDraft, MatterView, Problem},
};
use crate::clock;

#[derive(OpenApi)]
#[openapi(paths(matters, matter, draft))]
pub(super) struct Doc;

/// The paths of this file.
pub(super) fn paths() -> Router<Api> {
    Router::new()
        .route("/v1/matters", get(matters))
        .route("/v1/matters/drafts", post(draft))
        .route("/v1/matters/{matter}", get(matter))
}

#[derive(Deserialize, IntoParams)]
struct MattersQuery {
    /// Only those whose electorate has this group: a name, an id, or the start of an id.
    group: Option<String>,
    /// Only those that are open: groups may still say something that counts.
    #[serde(default)]
    open: bool,
}

/// Matters between groups, the latest first.
#[utoipa::path(get, path = "/v1/matters", params(MattersQuery),
    responses((status = 200, body = Vec<MatterView>), (status = 404, body = Problem)))]
async fn matters(State(api): State<Api>, Query(query): Query<MattersQuery>) -> Answer<Vec<MatterView>> {
    api.query(move |views, _| {
        let group = query.group.as_ref().map(|group| find_group(views.machine, group)).transpose()?.map(Replica::log);
        let concerns = |followed: &&Followed| {
            let open = matches!(followed.standing, Standing::Open { .. }) && !is_late(followed);
            let has = |log: &LogId| followed.agreement.group(log).is_some();
            (open || !query.open) && group.as_ref().is_none_or(has)
        };
        let mut found: Vec<&Followed> = views.machine.matters().filter(concerns).collect();
        found.sort_by_key(|followed| std::cmp::Reverse((followed.opened, followed.id)));
        let now = clock::now();
        Ok(found.into_iter().map(|followed| views.matter(followed, now)).collect())
    })
    .await?
    .map(Json)
}

/// A matter with everything that is known of it here. MATTER is an id or the start of one.
#[utoipa::path(get, path = "/v1/matters/{matter}", params(("matter" = String, Path)),
    responses((status = 200, body = MatterView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn matter(State(api): State<Api>, Path(id): Path<String>) -> Answer<MatterView> {
    api.query(move |views, _| find_matter(views.machine, &id).map(|followed| views.matter(followed, clock::now())))
        .await?
        .map(Json)
}

/// Makes a matter of what a group wants to open, with what this node knows of the others; nothing is filed.
#[utoipa::path(post, path = "/v1/matters/drafts", request_body = MatterDraft,
    responses((status = 200, body = DraftedMatter), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn draft(State(api): State<Api>, Json(request): Json<MatterDraft>) -> Answer<DraftedMatter> {
    api.query(move |views, _| matter_draft::draft(views.machine, &request, clock::now())).await?.map(Json)
}

/// The matter of that id, or start of an id.
pub(super) fn find_matter<'a>(machine: &'a Machine, text: &str) -> Result<&'a Followed, Failure> {
    let is = |followed: &&Followed| text.len() > 1 && followed.id.to_string().starts_with(text);
    let found: Vec<&Followed> = machine.matters().filter(is).collect();
    let show = |followed: &&Followed| format!("{} ({})", &followed.id.to_string()[..17], followed.matter.title);
    one(&found, "matter", text, show).copied()
}
