//! From what a member wants of others' resources to terms that can be stated, with what stands in the way.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use folkmoot_protocol::{
    cbor,
    federation::FederationAgreement,
    id::{LogId, hex_encode},
    name::Name,
    replay::Replica,
    resource::{Books, Kind, Line, Portion, Resource, Terms, Window},
    time::{RawDate, Span, Timestamp},
};

use super::{
    deal_deadline::{check_deadline, check_not_over, default_deadline, waits_until},
    deal_renew,
    deal_view::{DealDraft, DraftedDeal, LineDraft, PortionDraft},
    deal_views::decides_in,
    deals::find_terms,
    routes::{Failure, find_group, one},
    views::Views,
};

/// Makes terms of a draft; what is left out is as in the terms that they counter, or else as short as may be.
///
/// # Errors
/// If something is not there, or is written so that no terms come of it. What could only not be promised as things are
/// now is told beside the terms.
pub(super) fn draft(views: &Views<'_>, draft: &DealDraft, now: Timestamp) -> Result<DraftedDeal, Failure> {
    let group = find_group(views.machine, &draft.group)?;
    let agreement = held(group)?;
    let counters = draft.counters.as_ref().map(|text| find_terms(views, text)).transpose()?;
    let before = counters.and_then(|id| views.best(&id)).map(|(_, deal)| &deal.terms);
    let renewed = draft.renews.as_ref().map(|text| deal_renew::renewed(views, text, &group.log())).transpose()?;
    let requester = match (&draft.requester, before) {
        (Some(text), _) => group_of(&agreement, text)?,
        (None, Some(before)) => before.requester,
        (None, None) => group.log(),
    };
    let mut lines = Vec::new();
    for line in &draft.lines {
        lines.push(line_of(views, &agreement, line, now)?);
    }
    if let Some(renewed) = renewed.filter(|_| lines.is_empty()) {
        lines = deal_renew::next(views, renewed, now)?;
    }
    lines.sort_by(|a, b| (a.steward, &a.resource).cmp(&(b.steward, &b.resource)));
    let first = lines.first().map(|line| line.steward);
    let closer = match (&draft.closer, before) {
        (Some(text), _) => Some(group_of(&agreement, text)?),
        (None, Some(before)) => Some(before.closer),
        (None, None) => renewed.map(|renewed| renewed.closer).or(first),
    };
    let closer = closer.ok_or_else(|| Failure::bad("say what is asked of whom: at least one resource"))?;
    let by = match (&draft.by, before) {
        (Some(text), _) => date(text, now)?,
        (None, Some(before)) => before.by,
        // Found out below, once it is clear who has to decide.
        (None, None) => now,
    };
    let open = draft.by.is_none() && before.is_none();
    let or_renewed = |said: &str, was: fn(&Terms) -> &String| match renewed.filter(|_| said.is_empty()) {
        Some(renewed) => was(renewed).clone(),
        None => said.to_owned(),
    };
    let (title, text) = (or_renewed(&draft.title, |was| &was.title), or_renewed(&draft.text, |was| &was.text));
    let (federation, version) = (agreement.id(), agreement.hash());
    let mut terms =
        Terms { federation, version, title, text, requester, lines, closer, by, counters, by_matter: false };
    if open {
        terms.by = answered_by(views, &agreement, group, &terms, now);
    } else if draft.by.is_none() {
        // The time that a counter names may be over before the deadline of what it counters.
        terms.by = waits_until(&terms);
    }
    drafted(views, draft, group, &agreement, terms, now)
}

/// By when all parties can have decided, each as slowly as its rule allows, the group that states the terms and then
/// the others; as far as their time leaves that.
fn answered_by(
    views: &Views<'_>,
    agreement: &FederationAgreement,
    group: &Replica,
    terms: &Terms,
    now: Timestamp,
) -> Timestamp {
    let takes = |log: &LogId| {
        let charter = views.machine.log(log).map(Replica::charter);
        let named = charter.map(|charter| decides_in(charter, log, terms)).unwrap_or_default();
        let domains = named.iter().filter_map(|name| charter?.domains.find(&name.parse().ok()?));
        domains.map(|domain| domain.rule.longest()).max().unwrap_or(Span::ZERO)
    };
    let own = group.log();
    let others = terms.parties().into_iter().filter(|party| *party != own);
    let (news, slowest) = (agreement.timing.news, others.map(|party| takes(&party)).max().unwrap_or(Span::ZERO));
    let decided = now + takes(&own) + news + slowest + news;
    default_deadline(terms, decided, news, now)
}

fn drafted(
    views: &Views<'_>,
    draft: &DealDraft,
    group: &Replica,
    agreement: &FederationAgreement,
    terms: Terms,
    now: Timestamp,
) -> Result<DraftedDeal, Failure> {
    // What cannot stand is not shown as a plan.
    let conflict = |reason| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "conflict", format!("the terms: {reason}"));
    check_not_over(&terms, now)
        .and_then(|()| terms.check(agreement, now))
        .and_then(|()| check_deadline(&terms))
        .map_err(conflict)?;
    let (own, news) = (group.log(), agreement.timing.news);
    let promises = terms.lines_of(&own).next().is_some();
    let hold = match &draft.hold {
        Some(text) => Some(date(text, now)?),
        None => promises.then(|| Books::least_hold(&terms, &own, news)),
    };
    let mut domains = draft.domains.clone();
    if domains.is_empty() {
        domains = decides_in(group.charter(), &own, &terms);
    }
    domains.sort();
    domains.dedup();
    let stewards: BTreeSet<LogId> = terms.lines.iter().map(|line| line.steward).collect();
    let (mut problems, mut own_problem) = (Vec::new(), false);
    for steward in &stewards {
        let Some(replica) = views.machine.log(steward) else { continue };
        let until = if *steward == own { hold } else { Some(Books::least_hold(&terms, steward, news)) };
        let may = replica.dealings().books.may_hold(steward, replica.charter(), &terms, until, news, now);
        own_problem |= may.is_err() && *steward == own;
        problems.extend(
            may.err().map(|reason| {
                format!("{} cannot promise it now: {}", views.name_of(steward), views.with_names(reason))
            }),
        );
    }
    Ok(DraftedDeal {
        bytes: hex_encode(&cbor::encode(&terms)),
        terms: terms.id().to_string(),
        title: terms.title.clone(),
        group: group.charter().name.to_string(),
        group_id: own.to_string(),
        domains,
        requester: views.name_of(&terms.requester),
        closer: views.name_of(&terms.closer),
        by: terms.by.to_string(),
        hold: hold.map(|at| at.to_string()),
        lines: views.lines(&terms),
        beside: terms.lines.iter().flat_map(|line| views.beside(&terms, line, now)).collect(),
        contested: views.contested(&terms, now),
        problems,
        own_problem,
    })
}

fn line_of(
    views: &Views<'_>,
    agreement: &FederationAgreement,
    draft: &LineDraft,
    now: Timestamp,
) -> Result<Line, Failure> {
    let steward = group_of(agreement, &draft.steward)?;
    let replica = views.machine.log(&steward).ok_or_else(|| {
        let problem = format!("the log of '{}' has not come here yet (moot federation show)", draft.steward);
        missing(problem)
    })?;
    let charter = replica.charter();
    let name: Name = draft.resource.parse().map_err(Failure::bad)?;
    let resource = charter.resources.find(&name).ok_or_else(|| {
        let there: Vec<&str> = charter.resources.iter().map(|resource| resource.name.as_str()).collect();
        let there = if there.is_empty() { "none".into() } else { there.join(", ") };
        missing(format!("there is no resource '{name}' in '{}': it has {there} (moot resource list)", charter.name))
    })?;
    let portions = draft.portions.iter().map(|portion| portion_of(resource, portion, now));
    Ok(Line { steward, resource: name, portions: portions.collect::<Result<_, _>>()? })
}

pub(super) fn portion_of(resource: &Resource, draft: &PortionDraft, now: Timestamp) -> Result<Portion, Failure> {
    let name = &resource.name;
    let text = draft.amount.trim();
    let (number, unit) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let unit = unit.trim();
    if !unit.is_empty() && unit.trim_end_matches('s') != resource.unit.trim_end_matches('s') {
        return Err(Failure::bad(format!(
            "'{name}' is counted in {}, not in {unit}: write the amount so",
            resource.unit
        )));
    }
    let amount: u64 = number.parse().map_err(|_| {
        Failure::bad(format!("'{text}' is no amount: write a whole number of {}, as --amount 3", resource.unit))
    })?;
    let from = draft.from.as_ref().map(|text| date(text, now)).transpose()?;
    let until = draft.until.as_ref().map(|text| date(text, now)).transpose()?;
    let window = match (&resource.kind, from, until) {
        (Kind::Stock, None, None) => Window::ALL,
        (Kind::Stock, ..) => {
            return Err(Failure::bad(format!("'{name}' is a stock, which is used up: leave --from and --until out")));
        }
        (Kind::Budget(budget), from, None) => {
            let from = from.unwrap_or(now);
            let period = budget.period_at(from);
            period.ok_or_else(|| Failure::bad(format!("'{name}' starts at {}: name a later --from", budget.from)))?
        }
        (_, Some(from), Some(until)) => Window::new(from, until).map_err(Failure::bad)?,
        _ => return Err(Failure::bad(format!("say from when until when you want '{name}': --from and --until"))),
    };
    Ok(Portion { window, amount })
}

/// The version of the agreement to which a group consented last.
pub(super) fn held(group: &Replica) -> Result<FederationAgreement, Failure> {
    let consent = group.charter().federation.and_then(|federation| group.ties().latest(&federation));
    consent.map(|consent| consent.agreement.clone()).ok_or_else(|| {
        let name = &group.charter().name;
        let problem = format!(
            "'{name}' belongs to no federation, so nobody else agrees with it about resources (moot federation found)"
        );
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "conflict", problem)
    })
}

pub(super) fn group_of(agreement: &FederationAgreement, text: &str) -> Result<LogId, Failure> {
    let named: Vec<(LogId, String)> =
        agreement.groups.iter().map(|group| (group.log, group.name.to_string())).collect();
    let is = |(log, name): &&(LogId, String)| name == text || text.len() > 1 && log.to_string().starts_with(text);
    let found: Vec<&(LogId, String)> = named.iter().filter(is).collect();
    if found.is_empty() {
        let there: Vec<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
        let problem = format!("there is no group '{text}' in '{}': it has {}", agreement.name, there.join(", "));
        return Err(missing(problem));
    }
    one(&found, "group", text, |(_, name)| name.clone()).map(|(log, _)| *log)
}

pub(super) fn date(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    RawDate(text.to_owned()).resolve(now).map_err(Failure::bad)
}

fn missing(problem: String) -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "not-found", problem)
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::resource::{Budget, Every, Slots};

    use super::*;

    fn resource(kind: Kind) -> Resource {
        let name = |text: &str| text.parse().unwrap();
        let (purpose, unit) = ("To meet in".into(), "hour".into());
        Resource { name: name("hall"), purpose, unit, domain: name("work"), kind, capacity: 3, grants: None }
    }

    fn portion(kind: Kind, amount: &str, from: Option<&str>, until: Option<&str>) -> Result<Portion, String> {
        let now = "2026-11-15T12:00:00Z".parse().unwrap();
        let (from, until) = (from.map(String::from), until.map(String::from));
        portion_of(&resource(kind), &PortionDraft { amount: amount.into(), from, until }, now)
            .map_err(|failure| format!("{failure:?}"))
    }

    fn monthly() -> Kind {
        let from = "2026-01-01".parse().unwrap();
        Kind::Budget(Budget { from, every: Every::Months(1), horizon: Span::from_days(90) })
    }

    #[test]
    fn an_amount_is_written_with_its_unit_or_without() {
        for amount in ["2", "2 hour", " 2 hours "] {
            assert_eq!(portion(Kind::Stock, amount, None, None).unwrap().amount, 2, "{amount}");
        }
        for (amount, says) in [("2 cent", "counted in hour"), ("two", "is no amount"), ("-1", "is no amount")] {
            let error = portion(Kind::Stock, amount, None, None).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_window_fits_the_kind_of_resource() {
        let slots = || Kind::Slots(Slots { horizon: Span::from_days(90) });
        assert_eq!(portion(Kind::Stock, "1", None, None).unwrap().window, Window::ALL);
        assert!(portion(Kind::Stock, "1", Some("+1d"), None).unwrap_err().contains("is a stock"));
        let month = portion(monthly(), "1", Some("2026-12-24"), None).unwrap().window;
        assert_eq!(month.to_string(), "from 2026-12-01T00:00:00Z to 2027-01-01T00:00:00Z");
        assert!(portion(monthly(), "1", Some("2025-12-24"), None).unwrap_err().contains("name a later --from"));
        let evening = portion(slots(), "1", Some("2026-12-05T19:00:00Z"), Some("2026-12-05T23:00:00Z"));
        assert_eq!(evening.unwrap().window.from().to_string(), "2026-12-05T19:00:00Z");
        assert!(portion(slots(), "1", Some("+1d"), None).unwrap_err().contains("from when until when"));
    }
}
