//! Matters of federations that this node does not belong to, as the logs tell that are here: whoever sends a liaison to
//! a group reads what that group is asked.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use folkmoot_protocol::{
    federation::FederationAgreement,
    id::{LogId, MatterId},
    matter::{ASSEMBLY, Known, Part, Standing},
    name::Name,
    replay::Replica,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    matter_views::{open_stance, part_words, state},
    routes::{Answer, Api, one},
    view::{InboxItem, OpenStanceView, Problem},
    views::Views,
};
use crate::clock;

/// A matter as one log tells of it whose group cites its opening.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeardMatterView {
    /// Its id.
    pub matter: String,
    /// One line.
    pub title: String,
    /// What is to hold, and why.
    pub text: String,
    /// The federation's id.
    pub federation: String,
    /// The federation's name.
    pub federation_name: String,
    /// The group that opened it.
    pub sponsor: String,
    /// When it opened.
    pub opened: String,
    /// The group whose log tells of it.
    pub heard_in: String,
    /// That group's id.
    pub heard_in_group: String,
    /// `open`, `adopted`, `not adopted` or `in doubt`, by what that log holds and the clock.
    pub state: String,
    /// The level at which groups answer now, or at which it was adopted.
    pub level: Option<u8>,
    /// The last moments of the three levels.
    pub by: Vec<String>,
    /// What it means for each affected group.
    pub parts: Vec<HeardPartView>,
    /// What that group said: `consents`, `declines` or `silent`.
    pub stance: String,
    /// That group's proposal for a stance, while it is open.
    pub open: Option<OpenStanceView>,
    /// The level at whose result that group carried its part out.
    pub enacted: Option<u8>,
}

/// What a matter means for a group, and whether that log shows its consent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeardPartView {
    /// The group's name in the federation.
    pub group: String,
    /// The domains in which it decides.
    pub domains: Vec<String>,
    /// What changes there, in words.
    pub effects: Vec<String>,
    /// Whether its consent is shown.
    pub consents: bool,
}

#[derive(OpenApi)]
#[openapi(paths(heard_matter))]
pub(super) struct Doc;

/// The path of this file.
pub(super) fn paths() -> Router<Api> {
    Router::new().route("/v1/heard-matters/{matter}", get(heard_matter))
}

/// A matter as a log tells of it that is here, though those of its federation are not. MATTER is an id or the start of
/// one.
#[utoipa::path(get, path = "/v1/heard-matters/{matter}", params(("matter" = String, Path)),
    responses((status = 200, body = HeardMatterView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn heard_matter(State(api): State<Api>, Path(text): Path<String>) -> Answer<HeardMatterView> {
    api.query(move |views, _| {
        let is = |id: &MatterId| text.len() > 1 && id.to_string().starts_with(&text);
        let told =
            |log: &'_ Replica| log.dealings().matters.iter().map(|known| known.id).filter(is).collect::<Vec<_>>();
        let mut ids: Vec<MatterId> = views.machine.logs().flat_map(told).collect();
        ids.sort_unstable();
        ids.dedup();
        let id = *one(&ids, "matter", &text, |id| id.to_string()[..17].to_owned())?;
        let tells = |log: &'_ Replica| {
            let known = log.dealings().matter(&id)?;
            // The log holds the version by whose electorate it answers; of a matter that names another one it cites nothing.
            Some((known.clone(), log.ties().consent_to(&known.matter.version)?.agreement.clone()))
        };
        let most = views.machine.logs().filter_map(|log| Some((log, tells(log)?)));
        let most = most.max_by_key(|(_, (known, _))| (known.enacted.is_some(), known.slots.len()));
        let now = clock::now();
        let view = most.map(|(log, (known, agreement))| view(log, &known, &agreement, now));
        Ok(one(&view.into_iter().collect::<Vec<_>>(), "matter", &text, |view| view.title.clone())?.clone())
    })
    .await?
    .map(Json)
}

impl Views<'_> {
    /// Matters that wait for the stance of a group which is hosted elsewhere, in a federation whose other logs are not
    /// here: for a liaison who reads at home.
    pub(super) fn heard_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
        let away = !self.machine.is_hosted(&log.log());
        let unanswered = log.dealings().matters.iter().filter(|known| {
            let declined = known.declined && now <= known.matter.last(&log.log(), 1);
            let answered = known.consented.is_some() || declined || open_stance(log, &known.id).is_some();
            // An amendment asks nobody else.
            let asked = known.matter.amends.is_none() || known.matter.part(&log.log()).is_some();
            away && asked && !answered && self.machine.matter(&known.id).is_none()
        });
        let waits = unanswered.filter_map(|known| {
            let agreement = &log.ties().consent_to(&known.matter.version)?.agreement;
            let Standing::Open { level } = known.stands(agreement, now) else { return None };
            // Who is not affected has a say at the last level only.
            let level = if known.matter.part(&log.log()).is_some() { level } else { ASSEMBLY };
            Some((known, agreement, known.matter.last(&log.log(), level)))
        });
        let item = |(known, agreement, until): (&Known, &FederationAgreement, Timestamp)| {
            let (id, group) = (known.id.short(), &log.charter().name);
            let what = format!(
                "the matter {id} of {} waits for {group}'s stance until {until}: moot matter stance {id} \
                 --consent|--decline, on the node that hosts {group}",
                called(agreement, &known.sponsor)
            );
            let item = InboxItem {
                by: until.to_string(),
                kind: "matter".into(),
                what,
                group: group.to_string(),
                member: member.to_string(),
                proposal: None,
                matter: Some(known.id.to_string()),
                terms: None,
                round: None,
                title: Some(known.matter.title.clone()),
            };
            (until, item)
        };
        waits.map(item).collect()
    }
}

/// What the federation calls a group.
fn called(agreement: &FederationAgreement, group: &LogId) -> String {
    agreement.group(group).map_or_else(|| group.short(), |group| group.name.to_string())
}

fn view(log: &Replica, known: &Known, agreement: &FederationAgreement, now: Timestamp) -> HeardMatterView {
    let matter = &known.matter;
    let part = |part: &Part| HeardPartView {
        group: called(agreement, &part.group),
        domains: part.domains.iter().map(ToString::to_string).collect(),
        effects: part_words(matter, part),
        consents: known.has_consent(&part.group) || part.group == log.log() && known.consented.is_some(),
    };
    let (state, level) = state(known.stands(agreement, now));
    let stance = match (known.consented, known.declined) {
        (Some(_), _) => "consents",
        (None, true) => "declines",
        (None, false) => "silent",
    };
    HeardMatterView {
        matter: known.id.to_string(),
        title: matter.title.clone(),
        text: matter.text.clone(),
        federation: matter.federation.to_string(),
        federation_name: agreement.name.to_string(),
        sponsor: called(agreement, &known.sponsor),
        opened: known.opened.to_string(),
        heard_in: log.charter().name.to_string(),
        heard_in_group: log.log().to_string(),
        state: state.into(),
        level,
        by: matter.by.iter().map(ToString::to_string).collect(),
        parts: matter.parts.iter().map(part).collect(),
        stance: stance.into(),
        open: open_stance(log, &known.id),
        enacted: known.enacted,
    }
}
