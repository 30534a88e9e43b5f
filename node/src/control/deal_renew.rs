//! The next period of what was promised: renewal is a new request.

use folkmoot_protocol::{
    id::LogId,
    resource::{Budget, Kind, Line, Portion, Resource, Terms, Window},
    time::{Span, Timestamp},
};

use super::{deals::find_terms, routes::Failure, views::Views};

/// Slots come back at the same time of the same day.
const WEEK: Span = Span::from_days(7);

/// The terms that a group would renew: it must have asked for them.
pub(super) fn renewed<'a>(views: &'a Views<'_>, text: &str, own: &LogId) -> Result<&'a Terms, Failure> {
    let id = find_terms(views, text)?;
    let known = views.best(&id).map(|(_, deal)| &deal.terms);
    let terms = known.ok_or_else(|| Failure::bad("no log here knows these terms any more"))?;
    match terms.requester == *own {
        true => Ok(terms),
        false => Err(Failure::bad(format!(
            "'{}' asked for '{}': who asked renews it, and others offer it again (moot resource offer)",
            views.name_of(&terms.requester),
            terms.title
        ))),
    }
}

/// The lines of terms in their next period: a budget's periods that come after, slots at the same time as many weeks
/// later as they last, a stock once more.
pub(super) fn next(views: &Views<'_>, terms: &Terms, now: Timestamp) -> Result<Vec<Line>, Failure> {
    let weeks = weeks(terms, now);
    let line = |line: &Line| {
        let charter = views.machine.log(&line.steward).map(folkmoot_protocol::replay::Replica::charter);
        let resource = charter.and_then(|charter| charter.resources.find(&line.resource)).ok_or_else(|| {
            let steward = views.name_of(&line.steward);
            Failure::bad(format!("'{steward}' has no resource '{}' any more: say what is asked instead", line.resource))
        })?;
        let portions = line.portions.iter().map(|portion| later(resource, portion, weeks, now));
        Ok(Line { portions: portions.collect::<Result<_, _>>()?, ..line.clone() })
    };
    terms.lines.iter().map(line).collect()
}

/// The least whole weeks after which all windows of terms come again, later than the last of them and than now.
fn weeks(terms: &Terms, now: Timestamp) -> u64 {
    let windows = || terms.lines.iter().flat_map(|line| &line.portions).map(|portion| portion.window);
    let windows = || windows().filter(|window| *window != Window::ALL);
    let first = windows().map(Window::from).min().unwrap_or(now);
    let last = windows().map(Window::until).max().unwrap_or(now).max(now);
    last.since(first).millis().div_ceil(WEEK.millis()).max(1)
}

fn later(resource: &Resource, portion: &Portion, weeks: u64, now: Timestamp) -> Result<Portion, Failure> {
    let window = match &resource.kind {
        Kind::Stock => Some(Window::ALL),
        Kind::Slots(_) => {
            let shift = Span::from_millis(WEEK.millis().saturating_mul(weeks));
            Window::new(portion.window.from() + shift, portion.window.until() + shift).ok()
        }
        Kind::Budget(budget) => after(budget, portion.window, now),
    };
    let window = window.ok_or_else(|| {
        Failure::bad(format!(
            "'{}' has no next period for {}: say what is asked instead",
            resource.name, portion.window
        ))
    })?;
    Ok(Portion { window, ..*portion })
}

/// As many periods as a window has, right after it, or the first of such that are not over.
fn after(budget: &Budget, window: Window, now: Timestamp) -> Option<Window> {
    let count = budget.periods(window).count().max(1);
    let mut window = window;
    loop {
        let start = budget.period_at(window.until())?;
        let mut periods = std::iter::successors(Some(start), |period| budget.period_at(period.until()));
        window = Window::new(start.from(), periods.nth(count - 1)?.until()).ok()?;
        if window.until() > now {
            return Some(window);
        }
    }
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::resource::Every;

    use super::*;

    fn window(from: &str, until: &str) -> Window {
        Window::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_budget_comes_again_in_the_periods_that_follow() {
        let budget =
            Budget { from: "2026-01-01".parse().unwrap(), every: Every::Months(1), horizon: Span::from_days(400) };
        let two = window("2026-01-01", "2026-03-01");
        let next = |now: &str| after(&budget, two, now.parse().unwrap());
        assert_eq!(next("2026-02-10"), Some(window("2026-03-01", "2026-05-01")));
        assert_eq!(next("2026-05-01"), Some(window("2026-05-01", "2026-07-01")));
    }

    #[test]
    fn slots_come_again_at_the_same_time_of_the_week() {
        let line = |windows: &[Window]| Line {
            steward: LogId::from(folkmoot_protocol::id::Hash::of(b"steward")),
            resource: "hall".parse().unwrap(),
            portions: windows.iter().map(|window| Portion { window: *window, amount: 1 }).collect(),
        };
        let terms = |windows: &[Window]| Terms {
            federation: folkmoot_protocol::id::Hash::of(b"federation").into(),
            version: folkmoot_protocol::id::Hash::of(b"version"),
            title: "Dances".into(),
            text: String::new(),
            requester: LogId::from(folkmoot_protocol::id::Hash::of(b"requester")),
            lines: vec![line(windows)],
            closer: LogId::from(folkmoot_protocol::id::Hash::of(b"steward")),
            by: "2026-01-01".parse().unwrap(),
            counters: None,
            by_matter: false,
        };
        let evening = |day: &str| window(&format!("{day}T19:00:00Z"), &format!("{day}T23:00:00Z"));
        let now = "2026-11-20".parse().unwrap();
        assert_eq!(weeks(&terms(&[evening("2026-11-24")]), now), 1);
        assert_eq!(weeks(&terms(&[evening("2026-11-24"), evening("2026-12-01")]), now), 2);
        assert_eq!(weeks(&terms(&[evening("2026-11-03")]), now), 3, "not what is over");
    }
}
