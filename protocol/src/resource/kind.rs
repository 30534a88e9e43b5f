//! A resource, as its steward's charter describes it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Grants, Kind, Portion, Window};
use crate::{
    charter::CharterError,
    limits::{AMOUNT, TEXT_BYTES, TITLE_BYTES},
    name::Name,
    table::Named,
    time::{Span, Timestamp},
};

/// Something that a group stewards: a stock, a budget, or slots of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Name, unique in the group.
    pub name: Name,
    /// What it is and what it is there for.
    pub purpose: String,
    /// What is counted, as `cent` or `hour`.
    pub unit: String,
    /// The domain that promises it.
    pub domain: Name,
    /// How its capacity lies in time.
    pub kind: Kind,
    /// How much there is in every instant.
    pub capacity: u64,
    /// How much of it other groups get without a decision; left out, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Grants>,
}

/// Says why a portion cannot be asked of a resource, whatever is promised of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PortionError {
    /// Nothing, or more than may be counted.
    #[error("the amount is {0}: name one from 1 to {AMOUNT}")]
    Amount(u64),
    /// A stock has no windows.
    #[error("'{0}' is a stock, which is used up: name no window")]
    Stock(Name),
    /// A budget is promised in whole periods.
    #[error("'{name}' is promised in whole periods, and {window} is none: {hint}")]
    Periods {
        /// The resource.
        name: Name,
        /// What was asked.
        window: Window,
        /// Which period would be near.
        hint: String,
    },
    /// The window is over.
    #[error("{0} is past: name a later window")]
    Past(Window),
    /// Further ahead than may be promised.
    #[error("'{name}' is promised until {until} for now, and {window} is longer: name an earlier end")]
    Horizon {
        /// The resource.
        name: Name,
        /// What was asked.
        window: Window,
        /// The latest end.
        until: Timestamp,
    },
}

impl Resource {
    /// Checks that it can stand in a charter:
    /// - purpose and unit are given, within the limits
    /// - the capacity is an amount that may be counted
    /// - what it grants is named, in a time that the log can look back over
    /// - its periods can stand, its horizon is not empty
    ///
    /// # Errors
    /// The first part that cannot stand.
    pub fn check(&self) -> Result<(), CharterError> {
        self.text("purpose", &self.purpose, TEXT_BYTES)?;
        self.text("unit", &self.unit, TITLE_BYTES)?;
        if self.capacity > AMOUNT {
            return Err(self.error("capacity", &format!("is {}, at most {AMOUNT} may be counted", self.capacity)));
        }
        if let Some(grants) = &self.grants {
            grants.check(&format!("resources.{}.grants", self.name))?;
        }
        match &self.kind {
            Kind::Stock => Ok(()),
            Kind::Budget(budget) => budget.check().map_err(|error| self.error("kind.budget", &error.to_string())),
            Kind::Slots(slots) if slots.horizon == Span::ZERO => {
                Err(self.error("kind.slots.horizon", "is no time at all: name how far ahead slots may be promised"))
            }
            Kind::Slots(_) => Ok(()),
        }
    }

    /// Checks that a portion could be promised at `at`, if there is room:
    /// - its amount is at least 1 and may be counted
    /// - of a stock: its window is all time
    /// - of a budget: its window is made of whole periods
    /// - its window is not over, and ends within the horizon
    ///
    /// # Errors
    /// The first condition that is not met.
    pub fn admits(&self, portion: &Portion, at: Timestamp) -> Result<(), PortionError> {
        let window = portion.window;
        if portion.amount == 0 || portion.amount > AMOUNT {
            return Err(PortionError::Amount(portion.amount));
        }
        let Some(until) = self.horizon(at) else {
            return if window == Window::ALL { Ok(()) } else { Err(PortionError::Stock(self.name.clone())) };
        };
        if let Kind::Budget(budget) = &self.kind
            && !budget.divides(window)
        {
            let hint = match budget.period_at(window.from()) {
                Some(period) => format!("one is {period}"),
                None => format!("the first starts at {}", budget.from),
            };
            return Err(PortionError::Periods { name: self.name.clone(), window, hint });
        }
        if window.until() <= at {
            return Err(PortionError::Past(window));
        }
        if window.until() > until {
            return Err(PortionError::Horizon { name: self.name.clone(), window, until });
        }
        Ok(())
    }

    /// The latest end of a window that may be promised at `at`; a stock has none.
    ///
    /// A budget's horizon counts from the end of the period that `at` lies in, or from the first start, so that whole
    /// periods are within reach at any moment of a period.
    pub fn horizon(&self, at: Timestamp) -> Option<Timestamp> {
        match &self.kind {
            Kind::Stock => None,
            Kind::Budget(budget) => {
                Some(budget.period_at(at).map_or(budget.from.max(at), Window::until) + budget.horizon)
            }
            Kind::Slots(slots) => Some(at + slots.horizon),
        }
    }

    fn text(&self, part: &str, text: &str, limit: usize) -> Result<(), CharterError> {
        match text.len() {
            0 => Err(self.error(part, "must not be empty")),
            len if len > limit => Err(self.error(part, &format!("has {len} bytes, at most {limit} are allowed"))),
            _ => Ok(()),
        }
    }

    fn error(&self, part: &str, problem: &str) -> CharterError {
        CharterError { place: format!("resources.{}.{part}", self.name), problem: problem.to_owned() }
    }
}

impl Named for Resource {
    fn name(&self) -> &Name {
        &self.name
    }
}
