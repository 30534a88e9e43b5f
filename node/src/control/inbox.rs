//! What waits for a member.

use folkmoot_protocol::{
    charter::Rule,
    name::Name,
    proposal::{Objection, OpenProposal, Stage},
    replay::Replica,
    time::Timestamp,
};

use super::{
    view::InboxItem,
    views::{Views, waiting_for},
};

/// What waits for a member of a group, with the time by which it is to be done.
pub(super) fn items(views: &Views<'_>, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
    let mut items = Vec::new();
    let mut add = |by: Timestamp, kind: &str, what: String, proposal: Option<&OpenProposal>| {
        let what = match proposal.and_then(|proposal| views.answers(&log.log(), proposal, now)) {
            Some(answers) => format!("{what}; {answers}"),
            None => what,
        };
        // A liaison reads at home what waits for it elsewhere.
        let away = proposal.is_some() && !views.machine.is_hosted(&log.log());
        let what = if away { format!("{what}; sign it on the node that hosts {}", log.charter().name) } else { what };
        items.push((
            by,
            InboxItem {
                by: by.to_string(),
                kind: kind.into(),
                what,
                group: log.charter().name.to_string(),
                member: member.to_string(),
                proposal: proposal.map(|proposal| proposal.id.to_string()),
                matter: None,
                terms: None,
                round: None,
                title: proposal.map(|proposal| proposal.content.title.clone()),
            },
        ));
    };
    for proposal in log.proposals() {
        match proposal.stage {
            // Its group is asked first, in its own inbox.
            Stage::Open if log.is_mandated(member) && log.told(member, proposal).is_none() => {}
            Stage::Open if waiting_for(log, proposal).contains(member) => {
                let (kind, mut what) = asked_to_decide(log, proposal, member);
                if let Some(position) = log.told(member, proposal) {
                    what = format!("answer as your group decided: {}", super::words::position(position));
                }
                add(proposal.closes, kind, what, Some(proposal));
            }
            Stage::Open if advice_until(log, proposal, member).is_some_and(|until| now < until) => {
                let until = advice_until(log, proposal, member).unwrap_or(proposal.closes);
                add(until, "advise", "you are asked for advice (moot advise)".into(), Some(proposal));
            }
            Stage::Open => {
                let own =
                    |objection: &&Objection| objection.author == *member && objection.version < proposal.version();
                if proposal.standing_objections().any(|objection| own(&objection)) {
                    add(
                        proposal.closes,
                        "objection",
                        "your objection stands on a new version: withdraw or keep it".into(),
                        Some(proposal),
                    );
                } else if proposal.author == *member && proposal.standing_objections().next().is_some() {
                    add(proposal.closes, "objection", "an objection stands: amend or withdraw".into(), Some(proposal));
                }
            }
            Stage::Passed { until, .. } if log.may_call_in(proposal, member, now) => {
                add(
                    until,
                    "call-in",
                    "decided by a delegate: call it in if it should be decided together".into(),
                    Some(proposal),
                );
            }
            Stage::Passed { .. } => {}
        }
    }
    for agreement in log.agreements() {
        let author = log.decision(&agreement.id.0).map(|decision| &decision.proposal.author);
        // Where its author has left, it is everybody's.
        let concerns = author.is_none_or(|author| author == member || log.charter().members.find(author).is_none());
        if let Some(review) = agreement.review.filter(|at| *at <= now && concerns) {
            let proposal = log.decision(&agreement.id.0).map(|decision| &decision.proposal);
            let what = format!("due for review: keep, amend or retire it (moot review {})", agreement.id);
            add(review, "review", what, proposal);
        }
    }
    for role in &log.charter().roles {
        // A term that ends within a tenth of its length needs a successor soon.
        if let Some(term) = role.holders.find(member) {
            let warn = term.until.before(term.until.since(term.from).tenth());
            if now >= warn && now < term.until {
                add(term.until, "term", format!("your term as '{}' ends: see to a successor", role.name), None);
            }
        }
    }
    items
}

/// What is asked of a member whose answer is awaited.
fn asked_to_decide(log: &Replica, proposal: &OpenProposal, member: &Name) -> (&'static str, String) {
    if proposal.content.awaits_nominee() {
        return ("nominate", "nominate somebody (moot nominate)".into());
    }
    if proposal.is_ranked() {
        return ("rank", "rank its options (moot rank)".into());
    }
    let own = proposal.polls.iter().find(|poll| poll.is_delegate() && poll.eligible.contains(member));
    let Some(poll) = own else { return ("respond", "respond to it".into()) };
    let awaited: Vec<String> = proposal.awaited(poll, log.charter()).map(ToString::to_string).collect();
    match &poll.rule {
        Rule::Consult(rule) if !awaited.is_empty() => {
            let until = proposal.window_from + rule.advice;
            ("decide", format!("decide it, when {} advised or after {until}", awaited.join(", ")))
        }
        _ => ("decide", "decide it".into()),
    }
}

/// Until when a member's advice is awaited.
fn advice_until(log: &Replica, proposal: &OpenProposal, member: &Name) -> Option<Timestamp> {
    let asks = proposal.polls.iter().filter(|poll| proposal.awaited(poll, log.charter()).any(|name| name == member));
    let until = asks.filter_map(|poll| match &poll.rule {
        Rule::Consult(rule) => Some(proposal.window_from + rule.advice),
        _ => None,
    });
    until.max()
}
