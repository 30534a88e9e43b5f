//! The three kinds of capacity: a stock, an amount that recurs, and slots of a calendar.

use std::fmt;

use jiff::{civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Window;
use crate::time::{Span, Timestamp};

/// How the capacity of a resource lies in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An amount that is used up.
    Stock,
    /// An amount that is there anew in each period.
    Budget(Budget),
    /// Slots of a calendar: so many at a time.
    Slots(Slots),
}

/// The periods of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The start of its first period.
    pub from: Timestamp,
    /// How long a period is.
    pub every: Every,
    /// How far ahead it may be promised.
    pub horizon: Span,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// A fixed time: `{ span = "7d" }`.
    Span(Span),
    /// So many months of the calendar, in UTC: `{ months = 3 }`.
    Months(u32),
}

/// How far ahead slots may be promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slots {
    /// From any moment on.
    pub horizon: Span,
}

/// Says why the periods of a budget cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BudgetError {
    /// A period has no length.
    #[error("every must be a time, as {{ span = \"7d\" }}, or a number of months from 1 to 120, as {{ months = 1 }}")]
    Every,
    /// Not every month has such a day.
    #[error("starts on a day after the 28th, which not every month has: name an earlier day")]
    Day,
    /// Not a single period fits.
    #[error("the horizon is shorter than a period: name a longer one")]
    Horizon,
    /// Too many periods could be promised at once.
    #[error("the horizon holds more than {MOST_PERIODS} periods: name a shorter one, or longer periods")]
    Periods,
}

/// Most periods within a horizon: ten years of days.
const MOST_PERIODS: u64 = 3660;
/// Longest period in months, as long as the longest span.
const MOST_MONTHS: u32 = 120;

impl Kind {
    /// Divides the times in it by `scale`; months, which have no fixed length, become four weeks each before.
    pub(crate) fn scale_down(&mut self, scale: u64) {
        match self {
            Self::Stock => {}
            Self::Slots(slots) => slots.horizon = slots.horizon.scaled_down(scale),
            Self::Budget(budget) => {
                let period = match budget.every {
                    Every::Span(span) => span,
                    Every::Months(months) => Span::from_days(u64::from(months) * 28),
                };
                budget.every = Every::Span(period.scaled_down(scale));
                budget.horizon = budget.horizon.scaled_down(scale);
            }
        }
    }
}

impl Budget {
    /// Checks that its periods can stand:
    /// - they have a length; months start on a day that every month has
    /// - at least one period and at most 3,660 fit into the horizon
    ///
    /// # Errors
    /// The first condition that is not met.
    pub fn check(&self) -> Result<(), BudgetError> {
        let shortest = match self.every {
            Every::Span(span) => span,
            Every::Months(months) if months <= MOST_MONTHS => Span::from_days(u64::from(months) * 28),
            Every::Months(_) => return Err(BudgetError::Every),
        };
        if shortest == Span::ZERO {
            return Err(BudgetError::Every);
        }
        if matches!(self.every, Every::Months(_)) && civil(self.from).is_none_or(|date| date.day() > 28) {
            return Err(BudgetError::Day);
        }
        match self.horizon.millis() / shortest.millis() {
            0 => Err(BudgetError::Horizon),
            periods if periods > MOST_PERIODS => Err(BudgetError::Periods),
            _ => Ok(()),
        }
    }

    /// The period that `at` lies in; none before the first and at the end of all dates.
    pub fn period_at(&self, at: Timestamp) -> Option<Window> {
        if at < self.from {
            return None;
        }
        let number = match self.every {
            Every::Span(span) => at.since(self.from).millis().checked_div(span.millis())?,
            Every::Months(months) => self.months_until(at)?.checked_div(u64::from(months))?,
        };
        Window::new(self.start(number)?, self.start(number + 1)?).ok()
    }

    /// Says whether a window is made of whole periods.
    pub fn divides(&self, window: Window) -> bool {
        let starts = |at: Timestamp| self.period_at(at).is_some_and(|period| period.from() == at);
        starts(window.from()) && starts(window.until())
    }

    /// The whole periods of a window, in order.
    pub fn periods(&self, window: Window) -> impl Iterator<Item = Window> + '_ {
        let first = self.period_at(window.from());
        std::iter::successors(first, |period| self.period_at(period.until()))
            .take_while(move |period| period.until() <= window.until())
            .filter(move |period| period.from() >= window.from())
    }

    /// The start of a period, counted from 0.
    fn start(&self, number: u64) -> Option<Timestamp> {
        let millis = match self.every {
            Every::Span(span) => self.from.millis().checked_add(span.millis().checked_mul(number)?)?,
            Every::Months(months) => {
                let months = i64::try_from(number.checked_mul(u64::from(months))?).ok()?;
                let date = civil(self.from)?.checked_add(jiff::Span::new().try_months(months).ok()?).ok()?;
                let time = TimeZone::UTC.to_timestamp(date).ok()?;
                u64::try_from(time.as_millisecond()).ok()?
            }
        };
        (millis <= Timestamp::MAX.millis()).then(|| Timestamp::from_millis(millis))
    }

    /// How many whole months lie between the first period and `at`.
    fn months_until(&self, at: Timestamp) -> Option<u64> {
        let (first, at) = (civil(self.from)?, civil(at)?);
        let count = |date: DateTime| i64::from(date.year()) * 12 + i64::from(date.month());
        let in_month = |date: DateTime| (date.day(), date.time());
        let begun = i64::from(in_month(at) < in_month(first));
        u64::try_from(count(at) - count(first) - begun).ok()
    }
}

/// The date and time of day in UTC.
fn civil(at: Timestamp) -> Option<DateTime> {
    let millis = i64::try_from(at.millis()).ok()?;
    Some(TimeZone::UTC.to_datetime(jiff::Timestamp::from_millisecond(millis).ok()?))
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => write!(f, "every {span}"),
            Self::Months(1) => f.write_str("every month"),
            Self::Months(months) => write!(f, "every {months} months"),
        }
    }
}
