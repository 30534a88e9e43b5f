//! Terms as a matter settles them, and which terms no matter can help.

use axum::http::StatusCode;
use folkmoot_protocol::{
    federation::FederationAgreement,
    machine::Machine,
    matter::Matter,
    resource::{DealState, Kind, Line, Terms},
    time::Timestamp,
};

use super::routes::Failure;

/// Terms as a matter settles them: the same, of its version, with a deadline that leaves time to enact it.
pub(super) fn settling(matter: &Matter, terms: &Terms, agreement: &FederationAgreement) -> Terms {
    Terms {
        federation: matter.federation,
        version: matter.version,
        by: matter.settles_from(agreement),
        counters: None,
        by_matter: true,
        ..terms.clone()
    }
}

/// Checks that settling terms helps, where they may come into force up to `by`:
/// - they are not in force, nor about to be, and never were: then there is nothing to settle
/// - what they ask for can still be had after that
///
/// # Errors
/// Which of it does not hold, and what to do.
pub(super) fn check_settles(machine: &Machine, terms: &Terms, by: Timestamp, now: Timestamp) -> Result<(), Failure> {
    check_unsettled(machine, terms, now)
        .and_then(|()| terms.lines.iter().try_for_each(|line| check_in_time(line, kind(machine, line), by)))
        .map_err(|problem| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "conflict", problem))
}

/// Asks every log that is here: one that closed them knows more than who opens the matter.
fn check_unsettled(machine: &Machine, terms: &Terms, now: Timestamp) -> Result<(), String> {
    machine.logs().try_for_each(|log| log.dealings().books.check_beside(terms))?;
    let id = terms.id();
    let states = machine.logs().filter_map(|log| log.dealings().books.state_at(&log.log(), &id, now));
    match states.into_iter().find(|state| !leaves_a_dispute(*state)) {
        Some(state) => Err(format!(
            "a matter settles terms on which their parties do not agree, and {} is {}: leave --settle out, or ask anew \
             (moot resource request)",
            id.short(),
            state.word()
        )),
        None => Ok(()),
    }
}

/// Whether parties may still disagree on terms that stand so. Who declined, or let them lapse, disagrees.
fn leaves_a_dispute(state: DealState) -> bool {
    match state {
        DealState::Requested | DealState::Offered | DealState::Countered => true,
        DealState::Declined | DealState::Lapsed => true,
        DealState::Accepted | DealState::InForce | DealState::Complete | DealState::Broken | DealState::Ended => false,
    }
}

fn kind<'a>(machine: &'a Machine, line: &Line) -> Option<&'a Kind> {
    let charter = machine.log(&line.steward)?.charter();
    charter.resources.find(&line.resource).map(|resource| &resource.kind)
}

/// Slots have to begin after the terms can come into force. Of a budget's period the rest will do.
fn check_in_time(line: &Line, kind: Option<&Kind>, by: Timestamp) -> Result<(), String> {
    let moment = |window: folkmoot_protocol::resource::Window| match kind {
        Some(Kind::Budget(_)) => (window.until(), "is over"),
        _ => (window.from(), "begins"),
    };
    // A stock has no time.
    let timed = line.portions.iter().map(|portion| portion.window).filter(|_| !matches!(kind, Some(Kind::Stock)));
    match timed.map(moment).filter(|(at, _)| *at < by).min() {
        Some((at, does)) => Err(format!(
            "what is asked of '{}' {does} at {at}, and by this matter the terms may come into force as late as {by}: \
             name earlier dates for its levels (--by DATE,DATE,DATE), or ask anew for a later time (moot resource \
             request)",
            line.resource
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        id::{Hash, LogId},
        resource::{Budget, Every, Portion, Slots, Window},
        time::Span,
    };

    use super::*;

    fn line(windows: &[Window]) -> Line {
        let portions = windows.iter().map(|window| Portion { window: *window, amount: 1 }).collect();
        Line { steward: LogId::from(Hash::of(b"steward")), resource: "hall".parse().unwrap(), portions }
    }

    fn window(from: &str, until: &str) -> Window {
        Window::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
    }

    #[test]
    fn slots_begin_after_the_matters_terms_can_come_into_force() {
        let slots = Kind::Slots(Slots { horizon: Span::from_days(90) });
        let evening = window("2026-12-05T19:00:00Z", "2026-12-05T23:00:00Z");
        let check = |by: &str| check_in_time(&line(&[evening]), Some(&slots), by.parse().unwrap());
        assert_eq!(check("2026-12-05T19:00:00Z"), Ok(()));
        let error = check("2026-12-05T19:00:01Z").unwrap_err();
        for part in ["'hall' begins at 2026-12-05T19:00:00Z", "as late as 2026-12-05T19:00:01Z", "--by", "ask anew"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        let later = window("2026-12-12T19:00:00Z", "2026-12-12T23:00:00Z");
        let both = check_in_time(&line(&[later, evening]), Some(&slots), "2026-12-10".parse().unwrap());
        assert!(both.unwrap_err().contains("at 2026-12-05T19"), "one that is too early spoils them");
    }

    #[test]
    fn of_a_budgets_period_the_rest_will_do_and_a_stock_has_no_time() {
        let from = "2026-01-01".parse().unwrap();
        let budget = Kind::Budget(Budget { from, every: Every::Months(1), horizon: Span::from_days(90) });
        let month = line(&[window("2026-12-01", "2027-01-01")]);
        let check = |by: &str| check_in_time(&month, Some(&budget), by.parse().unwrap());
        assert_eq!(check("2026-12-20"), Ok(()));
        assert!(check("2027-01-02").unwrap_err().contains("is over at 2027-01-01"));
        assert_eq!(check_in_time(&line(&[Window::ALL]), Some(&Kind::Stock), from), Ok(()));
    }

    #[test]
    fn what_is_agreed_or_was_in_force_needs_no_matter() {
        use DealState::{Accepted, Broken, Complete, Countered, Declined, Ended, InForce, Lapsed, Offered, Requested};
        assert!([Requested, Offered, Countered, Declined, Lapsed].into_iter().all(leaves_a_dispute));
        assert!(![Accepted, InForce, Complete, Broken, Ended].into_iter().any(leaves_a_dispute));
    }
}
