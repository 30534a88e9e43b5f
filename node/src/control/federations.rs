//! The paths about federations: follow one, invite, join, admit; and the peers.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use folkmoot_protocol::{
    cbor,
    entry::Raw,
    federation::{FederationAgreement, GuestAnswer, GuestRequest, Invitation, Standing, Ticket},
    id::{FederationId, Hash, hex_encode},
    key::PublicKey,
    limits::{ADDRESSES, ENTRY_BYTES},
    machine::{Input, Machine},
    name::Name,
    time::Span,
};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::{
    routes::{Answer, Api, Failure, bytes, find_group, one, taken},
    view::{
        FederationRequest, FederationTextView, FederationView, InviteRequest, JoinRequest, JoinView, PeerView, Taken,
        TicketView,
    },
};
use crate::{
    clock,
    net::{Multiaddr, Net, PeerKey},
};

#[derive(OpenApi)]
#[openapi(paths(federations, follow, agreement, invite, join, peers))]
pub(super) struct Doc;

/// The paths of this file.
pub(super) fn paths() -> Router<Api> {
    Router::new()
        .route("/v1/federations", get(federations).post(follow))
        .route("/v1/federations/{federation}/agreement", get(agreement))
        .route("/v1/tickets", post(invite))
        .route("/v1/joins", post(join))
        .route("/v1/peers", get(peers))
}

/// The federations that this node knows.
#[utoipa::path(get, path = "/v1/federations", responses((status = 200, body = Vec<FederationView>)))]
async fn federations(State(api): State<Api>) -> Answer<Vec<FederationView>> {
    api.query(|views, _| views.machine.standings().map(|standing| views.federation(standing)).collect()).await.map(Json)
}

/// Tells this node of a federation in which it has a seat, or to which it comes.
#[utoipa::path(post, path = "/v1/federations", request_body = FederationRequest,
    responses((status = 200, body = Taken), (status = 422, body = super::view::Problem)))]
async fn follow(State(api): State<Api>, Json(request): Json<FederationRequest>) -> Answer<Taken> {
    let agreement: FederationAgreement =
        cbor::decode(&bytes(&request.agreement)?, ENTRY_BYTES).map_err(Failure::bad)?;
    let comes = request.comes;
    let reply = api.input(move |token| Input::Follow { agreement: Box::new(agreement), comes, token }).await?;
    Ok(Json(taken(reply)))
}

#[derive(Deserialize, IntoParams)]
struct AgreementQuery {
    /// The version that takes in the group of this name: the one under way, or a new one.
    admits: Option<String>,
    /// A version under way: the start of its hash.
    version: Option<String>,
}

/// The text of a version: the one in force, one under way, or the one that would take a group in. FEDERATION is a name,
/// an id, or the start of an id.
#[utoipa::path(get, path = "/v1/federations/{federation}/agreement",
    params(("federation" = String, Path), AgreementQuery),
    responses((status = 200, body = FederationTextView), (status = 404, body = super::view::Problem)))]
async fn agreement(
    State(api): State<Api>,
    Path(federation): Path<String>,
    Query(query): Query<AgreementQuery>,
) -> Answer<FederationTextView> {
    api.query(move |views, _| {
        let standing = find_federation(views.machine, &federation)?;
        let text = match (&query.admits, &query.version) {
            (Some(name), _) => {
                let name: Name = name.parse().map_err(Failure::bad)?;
                let id = standing.agreement.id();
                views.machine.admission(&id, &name).map_err(|problem| Failure::new(NOT_FOUND, "not-found", problem))?
            }
            (None, Some(version)) => {
                let is = |pending: &&FederationAgreement| {
                    version.len() > 1 && pending.hash().to_string().starts_with(version.as_str())
                };
                let found: Vec<_> = standing.pending.iter().map(|pending| &pending.agreement).filter(is).collect();
                (*one(&found, "version under way", version, |text| text.hash().to_string()[..17].to_owned())?).clone()
            }
            (None, None) => standing.agreement.clone(),
        };
        Ok(agreement_view(&text))
    })
    .await?
    .map(Json)
}

const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;

fn agreement_view(text: &FederationAgreement) -> FederationTextView {
    FederationTextView {
        federation: text.id().to_string(),
        name: text.name.to_string(),
        version: text.number(),
        hash: text.hash().to_string(),
        agreement: hex_encode(&cbor::encode(text)),
    }
}

/// Makes a ticket for a node that does not belong yet.
#[utoipa::path(post, path = "/v1/tickets", request_body = InviteRequest,
    responses((status = 200, body = TicketView), (status = 422, body = super::view::Problem)))]
async fn invite(State(api): State<Api>, Json(request): Json<InviteRequest>) -> Answer<TicketView> {
    let spans = request.expires.as_deref().unwrap_or("7d");
    let expires = clock::now() + spans.parse::<Span>().map_err(Failure::bad)?;
    let peer: Option<PublicKey> = request.peer.as_deref().map(str::parse).transpose().map_err(Failure::bad)?;
    let named = request.federation;
    let (federation, listening) = api
        .query(move |views, net| {
            let standing = match named {
                Some(named) => find_federation(views.machine, &named)?,
                None => only(views.machine)?,
            };
            let listening: Vec<String> = net.listening().iter().map(ToString::to_string).collect();
            Ok::<_, Failure>((standing.agreement.id(), listening))
        })
        .await??;
    let mut addresses = [request.addresses, api.announce.to_vec(), listening].into_iter().find(|list| !list.is_empty());
    let mut addresses = addresses.take().unwrap_or_default();
    addresses.truncate(ADDRESSES);
    if let Some(bad) = addresses.iter().find(|address| address.parse::<Multiaddr>().is_err()) {
        return Err(Failure::bad(format!("'{bad}' is not an address: write it like /ip4/192.0.2.1/tcp/4150")));
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "random", format!("no randomness: {error}"))
    })?;
    let ticket = Ticket { federation, node: api.node, addresses, expires, secret: Hash(seed), peer };
    let invitation = Invitation { secret: ticket.hash(), federation, expires, peer, join: None };
    api.input(move |token| Input::Invite { invitation, token }).await?;
    Ok(Json(TicketView {
        ticket: ticket.to_string(),
        federation: federation.to_string(),
        expires: expires.to_string(),
        peer: peer.map(|peer| peer.to_string()),
        addresses: ticket.addresses,
    }))
}

/// Goes to the node that made a ticket: gets the agreement, follows the federation, and asks that a group may join.
///
/// Of a federation that this node knows nothing is taken from there: its logs say what is in force.
#[utoipa::path(post, path = "/v1/joins", request_body = JoinRequest,
    responses((status = 200, body = JoinView), (status = 422, body = super::view::Problem)))]
async fn join(State(api): State<Api>, Json(request): Json<JoinRequest>) -> Answer<JoinView> {
    let ticket: Ticket = request.ticket.parse().map_err(|error| ticket_problem(&error))?;
    if ticket.expires <= clock::now() {
        return Err(ticket_problem(&format!("the ticket was good until {}: ask for another", ticket.expires)));
    }
    if ticket.peer.is_some_and(|peer| peer != api.node) {
        return Err(ticket_problem(&"the ticket is for another node: ask for one for this node (moot node status)"));
    }
    let named = request.group.clone();
    let (net, group) = api
        .query(move |views, net| {
            let group = match named {
                None => None,
                Some(named) => {
                    let log = find_group(views.machine, &named)?;
                    let first =
                        views.records.entries(&log.log(), 0, 1).ok().and_then(|entries| entries.into_iter().next());
                    let first = first.ok_or_else(|| Failure::bad("the first entry of the group cannot be read"))?;
                    Some((log.charter().name.clone(), first))
                }
            };
            Ok::<_, Failure>((net.clone(), group))
        })
        .await??;
    let (question, name) = question(&ticket, request.name.as_deref(), group)?;
    let agreement = match ask(&net, &ticket, &question).await? {
        GuestAnswer::Agreement(agreement) if agreement.id() == ticket.federation => agreement,
        GuestAnswer::Refused { reason } => return Err(ticket_problem(&reason)),
        GuestAnswer::Agreement(_) => return Err(ticket_problem(&"its maker gave the agreement of another federation")),
    };
    let comes = name.is_some() || request.comes;
    let told = agreement_view(&agreement);
    api.input(move |token| Input::Follow { agreement: Box::new(agreement), comes, token }).await?;
    let known = move |machine: &Machine| machine.standing(&ticket.federation).map(|own| agreement_view(&own.agreement));
    let agreement = api.query(move |views, _| known(views.machine)).await?.unwrap_or(told);
    Ok(Json(JoinView { agreement, name }))
}

/// What to ask with a ticket, and the name under which a group asks to join.
fn question(
    ticket: &Ticket,
    wanted: Option<&str>,
    group: Option<(Name, Vec<u8>)>,
) -> Result<(GuestRequest, Option<String>), Failure> {
    let secret = ticket.secret;
    let Some((own, first)) = group else { return Ok((GuestRequest::Look { secret }, None)) };
    let name = wanted.map(str::parse::<Name>).transpose().map_err(Failure::bad)?.unwrap_or(own);
    let called = Some(name.to_string());
    Ok((GuestRequest::Join { secret, name, entry: Raw(first) }, called))
}

async fn ask(net: &Net, ticket: &Ticket, request: &GuestRequest) -> Result<GuestAnswer, Failure> {
    let addresses: Vec<Multiaddr> = ticket.addresses.iter().filter_map(|address| address.parse().ok()).collect();
    let expected = PeerKey(*ticket.node.as_bytes());
    let answer = net.ask_guest(addresses, Some(expected), cbor::encode(request)).await;
    let (_, answer) = answer.map_err(|error| {
        let text = format!(
            "the node that made the ticket ({}) did not answer at {}: see whether it runs there, or ask for another ticket ({error})",
            ticket.node.short(),
            ticket.addresses.join(", ")
        );
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "unreachable", text)
    })?;
    GuestAnswer::decode(&answer).map_err(|error| ticket_problem(&format!("the answer cannot be read: {error}")))
}

fn ticket_problem(problem: &dyn std::fmt::Display) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "ticket", problem)
}

/// Every node that is known from an agreement or a log.
#[utoipa::path(get, path = "/v1/peers", responses((status = 200, body = Vec<PeerView>)))]
async fn peers(State(api): State<Api>) -> Answer<Vec<PeerView>> {
    api.query(|views, _| views.peers()).await.map(Json)
}

fn find_federation<'a>(machine: &'a Machine, text: &str) -> Result<&'a Standing, Failure> {
    let is = |id: &FederationId| text.len() > 1 && id.to_string().starts_with(text);
    let named: Vec<&Standing> =
        machine.standings().filter(|standing| standing.agreement.name.as_str() == text).collect();
    let found: Vec<&Standing> = if named.is_empty() {
        machine.standings().filter(|standing| is(&standing.agreement.id())).collect()
    } else {
        named
    };
    let show = |standing: &&Standing| format!("{} ({})", standing.agreement.name, standing.agreement.id().short());
    one(&found, "federation", text, show).copied()
}

fn only(machine: &Machine) -> Result<&Standing, Failure> {
    let all: Vec<&Standing> = machine.standings().collect();
    match all.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::new(NOT_FOUND, "not-found", "this node knows no federation")),
        many => {
            let names: Vec<String> = many.iter().map(|standing| standing.agreement.id().short()).collect();
            let message = format!("this node knows several federations: name one of {}", names.join(", "));
            Err(Failure::new(StatusCode::CONFLICT, "ambiguous", message))
        }
    }
}
