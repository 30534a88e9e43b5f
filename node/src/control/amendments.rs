//! Amendments of a federation's agreement as matters: drafting one, and what it changes in words.

use std::collections::BTreeSet;

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use folkmoot_protocol::{
    cbor,
    charter::FEDERATION,
    federation::{FederationAgreement, Share},
    id::LogId,
    key::PublicKey,
    limits::ENTRY_BYTES,
    machine::{Input, Machine},
    matter::{Amendment, Followed, Matter, Standing},
    replay::Replica,
    time::Timestamp,
    witness::Quorums,
};
use utoipa::OpenApi;

use super::{
    federation_views::withstands,
    matter_draft,
    matter_views::{called, state},
    routes::{Answer, Api, Failure, bytes, find_group},
    view::{AmendmentDraft, AmendmentView, DraftedMatter, MatterDraft, PartDraft, Problem, WeightView},
};
use crate::clock;

#[derive(OpenApi)]
#[openapi(paths(draft))]
pub(super) struct Doc;

/// The paths of this file.
pub(super) fn paths() -> Router<Api> {
    Router::new().route("/v1/amendments/drafts", post(draft))
}

/// Makes a matter of another text of the agreement, with a part for every group that has a say. Where it names dormant
/// groups, the log of the group that opens it cites what shows that; nothing else is filed.
#[utoipa::path(post, path = "/v1/amendments/drafts", request_body = AmendmentDraft,
    responses((status = 200, body = DraftedMatter), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn draft(State(api): State<Api>, Json(request): Json<AmendmentDraft>) -> Answer<DraftedMatter> {
    let text: FederationAgreement = cbor::decode(&bytes(&request.agreement)?, ENTRY_BYTES).map_err(Failure::bad)?;
    let (named, asked) = (text.clone(), request.clone());
    let (log, dormant) = api
        .query(move |views, _| {
            let sponsor = find_group(views.machine, &asked.group)?;
            let before = follows(sponsor, &named)?;
            let groups = asked.dormant.iter().map(|name| matter_draft::group_of(&before, name).map(|group| group.log));
            Ok::<_, Failure>((sponsor.log(), groups.collect::<Result<BTreeSet<LogId>, _>>()?))
        })
        .await??;
    if !dormant.is_empty() {
        let (version, groups) = (text.amends.map(|amends| amends.version), dormant.iter().copied().collect());
        let version = version.ok_or_else(|| Failure::bad("it is a founding text"))?;
        api.input(move |token| Input::ShowAsleep { log, version, groups, token }).await?;
    }
    api.query(move |views, _| drafted(views.machine, &request, text, dormant, clock::now())).await?.map(Json)
}

fn drafted(
    machine: &Machine,
    request: &AmendmentDraft,
    text: FederationAgreement,
    dormant: BTreeSet<LogId>,
    now: Timestamp,
) -> Result<DraftedMatter, Failure> {
    let sponsor = find_group(machine, &request.group)?;
    let before = follows(sponsor, &text)?;
    let title = format!("Version {} of '{}'", text.number(), text.name);
    let mut amendment = Amendment { agreement: text, dormant: dormant.into_iter().collect(), taken: None };
    let mut parts = Vec::new();
    for log in amendment.voters(&before) {
        let group = machine.log(&log).and_then(|replica| replica.charter().reserved_domain(FEDERATION));
        let domains = group.map(|domain| domain.name.to_string()).into_iter().collect();
        parts.push(PartDraft { group: log.to_string(), domains, ..PartDraft::default() });
    }
    let taken = sponsor.ties().decided_after(&before.hash());
    let votes = amendment.voters(&before).any(|log| log == sponsor.log());
    amendment.taken = taken.filter(|_| votes).map(|taken| taken.agreement.hash());
    let draft = MatterDraft {
        group: request.group.clone(),
        title: request.title.clone().unwrap_or(title),
        text: request.text.clone(),
        parts,
        by: request.by.clone(),
        overrides: request.overrides.clone(),
        ..MatterDraft::default()
    };
    matter_draft::draft_of(machine, &draft, Some((before, amendment)), now)
}

/// The version that a text amends, which the group that opens the matter has to hold.
fn follows(sponsor: &Replica, text: &FederationAgreement) -> Result<FederationAgreement, Failure> {
    let before = text.amends.and_then(|amends| sponsor.ties().consent_to(&amends.version));
    let problem = || {
        let name = &sponsor.charter().name;
        let problem = format!(
            "'{name}' has not taken up the version before version {} (moot federation show; moot federation consent)",
            text.number()
        );
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "conflict", problem)
    };
    before.map(|held| held.agreement.clone()).ok_or_else(problem)
}

/// How much some groups weigh of what is needed; nothing, where all groups count the same.
pub(super) fn weight(agreement: &FederationAgreement, some: Share, needed: Share) -> Option<WeightView> {
    let (has, needed, all) = (some.weight, needed.weight, agreement.all().weight);
    agreement.has_weights().then_some(WeightView { has, needed, all })
}

/// What an amendment changes, in words: a line each.
pub(super) fn changes(before: &FederationAgreement, amendment: &Amendment) -> Vec<String> {
    let after = &amendment.agreement;
    let mut lines = Vec::new();
    let mut groups = |verb: &str, of: &FederationAgreement, other: &FederationAgreement| {
        let names: Vec<&str> =
            of.groups.iter().filter(|group| other.group(&group.log).is_none()).map(|g| g.name.as_str()).collect();
        if !names.is_empty() {
            lines.push(format!("{verb} {}", names.join(", ")));
        }
    };
    groups("takes in", after, before);
    groups("drops", before, after);
    let dormant: Vec<&str> =
        amendment.dormant.iter().filter_map(|log| before.group(log)).map(|group| group.name.as_str()).collect();
    if !dormant.is_empty() {
        lines.push(format!("dormant, and without a say in it: {}", dormant.join(", ")));
    }
    if before.name != after.name {
        lines.push(format!("is called '{}'", after.name));
    }
    if before.purpose != after.purpose {
        lines.push(format!("purpose: {}", after.purpose));
    }
    if before.timing != after.timing {
        let timing = &after.timing;
        let all = [
            ("news", timing.news),
            ("skew", timing.skew),
            ("notes", timing.notes),
            ("notice", timing.notice()),
            ("dormant", timing.dormant()),
        ];
        lines.push(format!("times: {}", all.map(|(name, span)| format!("{name} {span}")).join(", ")));
    }
    for group in &after.groups {
        let Some(old) = before.group(&group.log) else { continue };
        if old.name != group.name {
            lines.push(format!("'{}' is called '{}'", old.name, group.name));
        }
        if old.node != group.node {
            lines.push(format!("'{}' is on the node {}", group.name, group.node));
        }
        if old.weight != group.weight {
            lines.push(format!("'{}' weighs {} and no longer {}", group.name, group.weight, old.weight));
        }
        if old.escalates_to != group.escalates_to {
            let to = group.escalates_to.as_ref().map_or("nobody", |name| name.as_str());
            lines.push(format!("'{}' turns to {to}", group.name));
        }
    }
    lines.extend(panel_changes(before, after));
    lines
}

/// What becomes of the panel: which nodes come and go, and what all of it withstands then.
fn panel_changes(before: &FederationAgreement, after: &FederationAgreement) -> Vec<String> {
    let (old, new) = (before.panel_nodes(), after.panel_nodes());
    let missing = |of: &FederationAgreement, there: &BTreeSet<PublicKey>| {
        let seats = of.panel.iter().filter(|seat| !there.contains(&seat.node));
        seats.map(|seat| format!("{} ({})", seat.name, seat.node.short())).collect::<Vec<_>>().join(", ")
    };
    let (gone, come) = (missing(before, &new), missing(after, &old));
    let mut lines = Vec::new();
    if old != new {
        let named = [("loses", gone), ("gains", come)].into_iter().filter(|(_, seats)| !seats.is_empty());
        lines.extend(named.map(|(verb, seats)| format!("the panel {verb} {seats}")));
        lines.push(format!("the new panel: {}", withstands(after)));
        lines.push(stays(before, after));
    } else if before.panel != after.panel {
        lines.push("the names or addresses of the panel".into());
    }
    lines
}

/// Says what rests on the seats that stay: logs that have not gone on, and what names the version before. They have to
/// seal each group's log without its host, which is no witness of it wherever the group is by now.
fn stays(before: &FederationAgreement, after: &FederationAgreement) -> String {
    let old = before.panel_nodes();
    let both: BTreeSet<PublicKey> = old.intersection(&after.panel_nodes()).copied().collect();
    let seals = |host: PublicKey| {
        let without = |nodes: &BTreeSet<PublicKey>| nodes.iter().filter(|node| **node != host).count() as u32;
        without(&both) >= Quorums::of(without(&old)).seal
    };
    let enough =
        if before.groups.iter().chain(&after.groups).all(|group| seals(group.node)) { "enough" } else { "too few" };
    format!(
        "{} of {} seats stay: {enough} to seal what still counts by the panel before, without those that go \
         (matters and terms that name its version; groups that have not gone on)",
        both.len(),
        old.len()
    )
}

/// What a matter changes in the agreement, in words; nothing if it is about something else.
pub(super) fn matter_changes(before: &FederationAgreement, matter: &Matter) -> Vec<String> {
    matter.amends.as_ref().map(|amendment| changes(before, amendment)).unwrap_or_default()
}

/// The matters that amend the version in force and are not over.
pub(super) fn under_way(machine: &Machine, in_force: &FederationAgreement) -> Vec<AmendmentView> {
    let version = in_force.hash();
    let amends = |followed: &&Followed| followed.matter.amends.is_some() && followed.matter.version == version;
    let open = machine.matters().filter(amends).filter(|followed| followed.standing != Standing::NotAdopted);
    open.map(|followed| {
        let names = |logs: &mut dyn Iterator<Item = &LogId>| logs.map(|log| called(followed, log)).collect::<Vec<_>>();
        let (word, level) = state(followed.standing);
        let needed = followed.matter.needed(&followed.agreement);
        let enacted = followed.agreement.share(followed.enacted.keys().copied());
        AmendmentView {
            matter: followed.id.to_string(),
            title: followed.matter.title.clone(),
            state: level.map_or_else(|| word.to_owned(), |level| format!("{word} at level {level}")),
            changes: matter_changes(in_force, &followed.matter),
            consents: names(&mut followed.consents.keys()),
            enacted: names(&mut followed.enacted.keys()),
            needed: needed.groups as usize,
            weight: weight(&followed.agreement, enacted, needed),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        federation::{FederatedGroup, Seat, Timing},
        key::SecretKey,
        table::Table,
    };

    use super::*;

    /// A federation of two groups on the nodes `hosts`, with the nodes `seats` on its panel.
    fn federation(hosts: [u8; 2], seats: impl IntoIterator<Item = u8>) -> FederationAgreement {
        let node = |at: u8| SecretKey::from_seed([at; 32]).public();
        let group = |(number, host): (u8, u8)| FederatedGroup {
            name: format!("group-{number}").parse().unwrap(),
            log: LogId([number; 32]),
            node: node(host),
            escalates_to: None,
            weight: 1,
        };
        let seat = |at: u8| Seat { name: format!("seat-{at}").parse().unwrap(), node: node(at), addresses: Vec::new() };
        FederationAgreement {
            name: "street".parse().unwrap(),
            purpose: String::new(),
            groups: Table::new((1..).zip(hosts).map(group).collect()).unwrap(),
            panel: Table::new(seats.into_iter().map(seat).collect()).unwrap(),
            timing: Timing::default(),
            amends: None,
        }
    }

    /// What is said where so many of the seats from 1 on are replaced, the last ones.
    fn said(hosts: [u8; 2], seats: u8, gone: u8) -> String {
        let after = (1..=seats - gone).chain(101..101 + gone);
        stays(&federation(hosts, 1..=seats), &federation(hosts, after))
    }

    #[test]
    fn enough_seats_stay_if_they_seal_the_log_of_each_group() {
        let is_enough = |hosts, seats, gone| said(hosts, seats, gone).contains("seats stay: enough to seal");
        // Friends' nodes: nobody's host among them, so each log has a witness in every seat.
        assert!(said([50, 51], 6, 2).starts_with("4 of 6 seats stay: too few to seal"), "6 witnesses, of whom 5 seal");
        assert!(is_enough([50, 51], 6, 1) && is_enough([50, 51], 4, 1) && !is_enough([50, 51], 4, 2));
        assert!(!is_enough([50, 51], 11, 3) && is_enough([50, 51], 11, 2), "11 witnesses, of whom 9 seal");
        // Hosts with seats that stay: 5 witnesses each, of whom 3 seal.
        assert!(is_enough([1, 2], 6, 2));
        assert!(!is_enough([1, 50], 6, 2), "one log has a witness more than the other, and needs two notes more");
        // A host whose seat goes witnesses its own log in neither panel.
        assert!(is_enough([3, 4], 4, 1) && !is_enough([1, 2], 4, 2));
    }

    #[test]
    fn a_panel_withstands_what_the_log_withstands_that_it_witnesses_worst() {
        // A host on the panel leaves five witnesses, of whom three seal; the other one's log has six, and five seal.
        let words = withstands(&federation([1, 50], 1..=6));
        assert!(words.contains("6 witnesses for the log with the worst panel, 5 notes seal, 1 may be down"), "{words}");
        let words = withstands(&federation([1, 2], 1..=6));
        assert!(words.contains("5 witnesses per log, 3 notes seal, 2 may be down"), "{words}");
    }

    #[test]
    fn a_group_that_moved_is_witnessed_without_the_node_that_it_is_on() {
        let (before, after) = (federation([50, 51], 1..=5), federation([1, 51], [1, 2, 3, 101, 102]));
        assert!(stays(&before, &after).starts_with("3 of 5 seats stay: too few"), "2 of 4 witnesses, of whom 3 seal");
    }
}
