//! What a group owes to others: matters to which it consented, terms that it promised under, and rounds that it divides.

use folkmoot_node::{
    clock,
    control::view::{ClaimantView, DealView, MatterView, OfferView, RoundView},
};
use folkmoot_protocol::time::Timestamp;

use crate::{
    client::escape,
    cmd::{CliError, Ctx},
    output::{local, short},
};

/// What binds a group whether it belongs to the federation or not, a line each.
///
/// # Errors
/// If the node does not answer.
pub(super) async fn owed(group: &str, ctx: &Ctx) -> Result<Vec<String>, CliError> {
    let client = ctx.client();
    let matters: Vec<MatterView> = client.get(&format!("/v1/matters?group={}", escape(group))).await?;
    let deals: Vec<DealView> = client.get(&format!("/v1/deals?group={}", escape(group))).await?;
    let rounds: Vec<RoundView> = client.get(&format!("/v1/rounds?group={}", escape(group))).await?;
    let now = clock::now();
    let mut lines: Vec<String> = matters.iter().filter_map(|matter| of_matter(matter, group)).collect();
    lines.extend(deals.iter().filter_map(of_terms));
    lines.extend(rounds.iter().filter_map(|round| of_round(round, group, now)));
    Ok(lines)
}

/// What a group says before it leaves, and while it is about to.
pub(super) fn words(name: &str, owed: &[String]) -> String {
    match owed {
        [] => format!(
            "'{name}' owes nothing that is open: no matter to which it consented, no terms, and no \
             round."
        ),
        lines => format!(
            "'{name}' still owes, until its notice has run and after it:\n  {}\nTerms in force run on to their end; give \
             them up by moot resource release. What a round gave out runs on, too.",
            lines.join("\n  ")
        ),
    }
}

fn of_matter(matter: &MatterView, group: &str) -> Option<String> {
    let own = matter.stances.iter().find(|stance| stance.group_id == group || stance.group == group)?;
    let what = match matter.state.as_str() {
        "adopted" if own.breach => "it is adopted and binds the group, which has not enacted it",
        "open" | "in doubt" if own.stance == "consents" => "it consented, for good",
        _ => return None,
    };
    Some(format!("{} '{}': {what}", short(&matter.matter), matter.title))
}

fn of_terms(deal: &DealView) -> Option<String> {
    let what = match deal.state.as_str() {
        "in force" => "in force",
        "accepted" | "offered" if deal.open => "not closed yet: what is held stays held",
        _ => return None,
    };
    Some(format!("{} '{}': {what}", short(&deal.terms), deal.title))
}

/// What a group offers in a round, or gave out in one whose windows are not over.
fn of_round(round: &RoundView, group: &str, now: Timestamp) -> Option<String> {
    let own = |is: &str| is == group;
    if !own(&round.steward_group) && !own(&round.steward) {
        return None;
    }
    let what = match round.state.as_str() {
        "divided" => {
            let others = round.claimants.iter().filter(|who| who.group_id != round.steward_group);
            let shares: Vec<String> = others.filter_map(|who| share(who, &round.offers, now)).collect();
            (!shares.is_empty()).then(|| format!("divided: {}", shares.join("; ")))?
        }
        _ if round.open => format!("not divided yet: what it offers is held until {}", local(&round.divides_by)),
        _ => return None,
    };
    Some(format!("{} '{}': {what}", short(&round.round), round.title))
}

/// What a group still has of a round; nothing, if it gave that up.
fn share(who: &ClaimantView, offers: &[OfferView], now: Timestamp) -> Option<String> {
    if who.given_up {
        return None;
    }
    let runs = |offer: &OfferView| {
        let until = offer.until.as_ref().and_then(|until| until.parse::<Timestamp>().ok());
        until.is_none_or(|until| now < until)
    };
    let some = offers.iter().zip(who.share.iter().flatten()).filter(|(offer, amount)| **amount > 0 && runs(offer));
    let unit = |offer: &OfferView| offer.unit.clone().unwrap_or_else(|| "units".into());
    let all: Vec<String> =
        some.map(|(offer, amount)| format!("{amount} {} of {}", unit(offer), offer.resource)).collect();
    (!all.is_empty()).then(|| format!("{} has {}", who.group, all.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A round of logistics; finance got of the money, and of a hall that is free again by 2026-12-02.
    fn round(state: &str, open: bool, shares: [u64; 2]) -> RoundView {
        let offer = |resource: &str, unit: &str, until: Option<&str>| json!({"resource": resource, "unit": unit, "from": null, "until": until, "amount": 300, "left": null});
        let who = |group: &str, id: &str, share: [u64; 2]| {
            json!({
                "group": group, "group_id": id, "weight": 1, "knows": true, "claims": null, "revealed": false,
                "silent": false, "cited": true, "share": share, "proposal": null,
            })
        };
        serde_json::from_value(json!({
            "round": "r1", "title": "Winter", "text": "", "steward": "logistics", "steward_group": "g2",
            "federation": "f", "version": "h", "rule": "max_min", "division": "", "opened": "2026-12-01T00:00:00Z",
            "claims_by": "2026-12-01T00:00:00Z", "reveals_by": null, "divides_by": "2026-12-01T12:00:00Z",
            "state": state, "open": open, "until": null,
            "offers": [offer("money", "cent", None), offer("hall", "hour", Some("2026-12-02T00:00:00Z"))],
            "claimants": [who("finance", "g1", shares), who("logistics", "g2", [50, 0])],
            "waits_for": null, "divided": null, "seed": null, "how": [],
        }))
        .unwrap()
    }

    #[test]
    fn what_a_round_gave_to_others_is_owed_until_its_window_is_over() {
        let owed = |state: &str, open: bool, shares: [u64; 2], now: &str| {
            of_round(&round(state, open, shares), "g2", now.parse().unwrap())
        };
        let (before, after) = ("2026-12-01T18:00:00Z", "2026-12-02T00:00:00Z");
        let all = owed("divided", false, [250, 3], before).unwrap();
        assert_eq!(all, "r1 'Winter': divided: finance has 250 cent of money, 3 hour of hall");
        assert_eq!(
            owed("divided", false, [250, 3], after).unwrap(),
            "r1 'Winter': divided: finance has 250 cent of money"
        );
        assert_eq!(owed("divided", false, [0, 3], after), None, "what it kept itself it owes to nobody");
        let held = owed("open for claims", true, [0, 0], before).unwrap();
        assert!(held.starts_with("r1 'Winter': not divided yet: what it offers is held until "), "{held}");
        assert_eq!(owed("lapsed", false, [0, 0], before), None);
        let mut others = round("divided", false, [250, 3]);
        assert_eq!(of_round(&others, "g1", before.parse().unwrap()), None, "a claimant owes nothing");
        others.claimants[0].given_up = true;
        assert_eq!(of_round(&others, "g2", before.parse().unwrap()), None, "what was given up is owed no more");
    }
}
