//! Federations and peers on the screen.

use folkmoot_node::control::view::{AmendmentView, FederatedGroupView, FederationView, PeerView, PendingView};

use super::owed;
use crate::{
    cmd::{CliError, Ctx, matter::words::weight},
    output::{local, short, table},
};

/// Shows the federations that the node knows, or those of a name or the start of an id.
pub(super) async fn federations(which: Option<&str>, ctx: &Ctx) -> Result<(), CliError> {
    let mut federations: Vec<FederationView> = ctx.client().get("/v1/federations").await?;
    if let Some(which) = which {
        let is = |one: &FederationView| one.name == which || which.len() > 1 && one.federation.starts_with(which);
        federations.retain(is);
        if federations.is_empty() {
            let problem = format!("there is no federation '{which}' here (moot federation show shows all)");
            return Err(CliError::Input(problem));
        }
    }
    let going = federations.iter().flat_map(|federation| &federation.groups);
    let mut debts = Vec::new();
    for group in going.filter(|group| group.held && (group.left || group.leaving.is_some())) {
        debts.push(owed::words(&group.name, &owed::owed(&group.group, ctx).await?));
    }
    ctx.out.show(&federations, |federations| {
        if federations.is_empty() {
            return "This node knows no federation yet (moot federation found FILE).".into();
        }
        federations.iter().map(|federation| words(federation, ctx)).chain(debts).collect::<Vec<_>>().join("\n\n")
    })?;
    Ok(())
}

/// Shows the nodes that are known.
pub(super) async fn peers(ctx: &Ctx) -> Result<(), CliError> {
    let peers: Vec<PeerView> = ctx.client().get("/v1/peers").await?;
    ctx.out.show(&peers, |peers| {
        let rows = peers.iter().map(|peer| {
            let state = match (peer.this, peer.connected) {
                (true, _) => "this node",
                (false, true) => "connected",
                (false, false) => "away",
            };
            vec![
                peer.node.clone(),
                state.into(),
                peer.seats.join(", "),
                peer.groups.join(", "),
                peer.last_note.as_deref().map(local).unwrap_or_default(),
                peer.addresses.join(" "),
            ]
        });
        table(&["node", "state", "seats", "groups", "last note", "addresses"], rows)
    })?;
    Ok(())
}

fn words(federation: &FederationView, ctx: &Ctx) -> String {
    let exists = if federation.exists { "exists: every group's consent is sealed" } else { "does not exist yet" };
    let state =
        if federation.version > 1 { format!("version {} is in force", federation.version) } else { exists.into() };
    let groups = federation.groups.iter().map(|group| {
        vec![
            group.name.clone(),
            short(&group.group).into(),
            group_state(group, federation.version),
            group.escalates_to.clone().unwrap_or_default(),
            group.weight.map(|weight| weight.to_string()).unwrap_or_default(),
        ]
    });
    let weighed = federation.groups.iter().any(|group| group.weight.is_some());
    let columns = ["group", "id", "state", "escalates to", "weight"];
    let columns = if weighed { &columns[..] } else { &columns[..4] };
    let panel = federation.panel.iter().map(|seat| {
        let state = if seat.connected { "connected" } else { "away" };
        vec![seat.name.clone(), seat.node.clone(), state.into()]
    });
    let mut text = format!(
        "{} ({}) {state}\nagreement {}\n{}\n{}\n\n{}\n\n{}",
        ctx.out.bold(&federation.name),
        short(&federation.federation),
        federation.hash,
        federation.purpose,
        federation.withstands,
        table(columns, groups.map(|row| row.into_iter().take(columns.len()).collect())),
        table(&["seat", "node", "state"], panel)
    );
    federation.pending.iter().for_each(|pending| text.push_str(&pending_words(pending)));
    federation.amendments.iter().for_each(|amendment| text.push_str(&amendment_words(amendment)));
    if federation.pending.len() > 1 {
        text.push_str(
            "\n\nGroups took up different versions: a matter decides between them (moot federation amend --matter)",
        );
    }
    for join in &federation.joins {
        text.push_str(&format!(
            "\n\n'{}' ({}, {} people) asks to join since {}: {}\n  moot federation admit {}",
            join.name,
            short(&join.group),
            join.people,
            local(&join.at),
            join.purpose,
            join.name
        ));
    }
    text
}

fn group_state(group: &FederatedGroupView, version: u32) -> String {
    let state = match (&group.leaving, group.consents, group.sealed) {
        _ if group.left => return "has left".into(),
        (Some(at), ..) => format!("leaves at {}", local(at)),
        (None, true, true) => "consents, sealed".into(),
        (None, true, false) => "consents, not yet sealed".into(),
        (None, false, _) if group.held => "has not decided".into(),
        (None, false, _) => "not heard of yet".into(),
    };
    match group.panel_of {
        Some(number) if number < version => format!("{state}; witnessed by the panel of version {number}"),
        _ => state,
    }
}

fn amendment_words(amendment: &AmendmentView) -> String {
    let lines: String = amendment.changes.iter().map(|line| format!("\n  {line}")).collect();
    let enacted = match amendment.enacted.len() {
        0 => String::new(),
        enacted => format!(
            "\n  {enacted} of {} have enacted it{}: {}",
            amendment.needed,
            weight(amendment.weight.as_ref()),
            amendment.enacted.join(", ")
        ),
    };
    format!(
        "\n\nThe matter {} '{}' amends it, {}: {} of {} consents ({}){lines}{enacted}\n  moot matter show {0}",
        short(&amendment.matter),
        amendment.title,
        amendment.state,
        amendment.consents.len(),
        amendment.needed,
        amendment.consents.join(", ")
    )
}

fn pending_words(pending: &PendingView) -> String {
    let list = |what: &str, names: &[String]| {
        if names.is_empty() { String::new() } else { format!("\n  {what}: {}", names.join(", ")) }
    };
    format!(
        "\n\nVersion {} ({}) is under way: {} of {} sealed consents{}\n  consent: {}{}{}{}{}\n  moot federation consent {}",
        pending.version,
        short(&pending.hash),
        pending.sealed.len(),
        pending.needed,
        weight(pending.weight.as_ref()),
        pending.consents.join(", "),
        list("adds", &pending.adds),
        list("drops", &pending.drops),
        list("have not decided to join", &pending.not_joined),
        list("have not left", &pending.not_left),
        short(&pending.hash)
    )
}
