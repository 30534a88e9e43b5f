//! The periods of budgets.

use proptest::prelude::*;

use super::*;
use crate::time::Span;

fn budget(from: &str, every: Every) -> Budget {
    Budget { from: date(from), every, horizon: Span::from_days(400) }
}

fn shown(window: Window) -> String {
    let day = |at: Timestamp| at.to_string()[..10].to_owned();
    format!("{} {}", day(window.from()), day(window.until()))
}

#[test]
fn months_are_those_of_the_calendar() {
    let monthly = budget("2027-11-15T08:00:00Z", Every::Months(1));
    let at = |text: &str| monthly.period_at(date(text)).map(shown);
    assert_eq!(at("2027-11-15T07:59:59Z"), None);
    assert_eq!(at("2027-11-15T08:00:00Z").as_deref(), Some("2027-11-15 2027-12-15"));
    assert_eq!(at("2028-02-15T07:59:59Z").as_deref(), Some("2028-01-15 2028-02-15"));
    // 2028 is a leap year: this period has 29 days.
    let february = monthly.period_at(date("2028-02-29")).unwrap();
    assert_eq!(february.until().since(february.from()), Span::from_days(29));
    assert_eq!(february.until().to_string(), "2028-03-15T08:00:00Z");
    let quarters = budget("2027-01-01", Every::Months(3));
    let year = Window::new(date("2028-01-01"), date("2029-01-01")).unwrap();
    let starts: Vec<String> = quarters.periods(year).map(shown).collect();
    let expected = ["2028-01-01 2028-04-01", "2028-04-01 2028-07-01", "2028-07-01 2028-10-01", "2028-10-01 2029-01-01"];
    assert_eq!(starts, expected);
}

#[test]
fn spans_are_as_long_as_they_say() {
    let weekly = budget("2027-03-01", Every::Span(Span::from_days(7)));
    assert_eq!(weekly.period_at(date("2027-03-14T23:59:59Z")).map(shown).as_deref(), Some("2027-03-08 2027-03-15"));
    let days = Window::new(date("2027-03-02"), date("2027-03-23")).unwrap();
    assert_eq!(weekly.periods(days).map(shown).collect::<Vec<_>>(), ["2027-03-08 2027-03-15", "2027-03-15 2027-03-22"]);
    assert!(!weekly.divides(days));
    assert!(weekly.divides(Window::new(date("2027-03-08"), date("2027-03-22")).unwrap()));
    // After the last whole period of all dates there is none.
    assert_eq!(weekly.period_at(Timestamp::MAX), None);
    assert_eq!(budget("2027-03-01", Every::Months(1)).period_at(Timestamp::MAX), None);
}

#[test]
fn periods_that_cannot_stand_are_refused() {
    let horizon = |days| Budget { horizon: Span::from_days(days), ..budget("2027-01-01", Every::Months(1)) };
    let secondly = Budget { every: Every::Span(Span::from_secs(1)), ..horizon(30) };
    for (budget, error) in [
        (budget("2027-01-01", Every::Months(0)), BudgetError::Every),
        (budget("2027-01-01", Every::Months(121)), BudgetError::Every),
        (budget("2027-01-01", Every::Span(Span::ZERO)), BudgetError::Every),
        (budget("2027-01-29", Every::Months(1)), BudgetError::Day),
        (horizon(27), BudgetError::Horizon),
        (secondly, BudgetError::Periods),
    ] {
        assert_eq!(budget.check(), Err(error), "{budget:?}");
        // Whatever it says, asking for a period ends.
        budget.period_at(date("2030-05-05"));
    }
    for good in [budget("2027-01-28", Every::Months(1)), budget("2027-01-31", Every::Span(Span::from_days(1)))] {
        assert_eq!(good.check(), Ok(()));
    }
}

fn any_budget() -> impl Strategy<Value = Budget> {
    let every = prop_oneof![
        (1_u32..=120).prop_map(Every::Months),
        (1_u64..400_000_000_000).prop_map(|millis| Every::Span(Span::from_millis(millis))),
    ];
    let start = (0_u64..4_000_000_000_000).prop_map(at);
    (start, every)
        .prop_map(|(from, every)| Budget { from, every, horizon: Span::from_days(3660) })
        .prop_filter("it can stand", |budget| budget.check().is_ok())
}

proptest! {
    #[test]
    fn periods_follow_each_other_without_gaps(budget in any_budget(), later in 0_u64..4_000_000_000_000) {
        let moment = at(budget.from.millis() + later);
        let period = budget.period_at(moment).unwrap();
        prop_assert!(period.contains(moment));
        let next = budget.period_at(period.until()).unwrap();
        prop_assert_eq!(next.from(), period.until());
        prop_assert!(budget.divides(period) && budget.divides(Window::new(period.from(), next.until()).unwrap()));
        prop_assert_eq!(budget.period_at(at(period.until().millis() - 1)), Some(period));
        if period.from() > budget.from {
            let before = budget.period_at(at(period.from().millis() - 1)).unwrap();
            prop_assert_eq!(before.until(), period.from());
        }
    }
}
