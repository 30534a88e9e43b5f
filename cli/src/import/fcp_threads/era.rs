//! The rules by which threads were decided in their days, as rules of a charter.

use folkmoot_protocol::{
    charter::{Approval, Bar, Consent, Delegate, FinalPeriod, Fraction, Rule},
    time::Span,
};

use super::data::{Thread, What};
use crate::import::charters;

/// The days of a final period where nothing says otherwise: rfcbot's.
const FINAL_DAYS: u32 = 10;

/// A rule of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// rfcbot: a majority approves and at most two are outstanding; ten days.
    Rfcbot,
    /// rfcbot in 2017, and those who copied it: all reviewers approve.
    All,
    /// mscbot: three quarters approve; five days.
    Mscbot,
    /// The leads of all impacted teams approve, and every member of those teams may object.
    Leads,
    /// Somebody who may merge it merges it.
    Merge,
}

impl Era {
    /// The rule of a thread: the one that it names, else its team's bot.
    pub(super) fn of(thread: &Thread) -> Self {
        let named = thread.events.iter().filter_map(|event| event.rule.as_deref());
        let text: String = thread.rule.as_deref().into_iter().chain(named).collect();
        if text.contains("LEADS") {
            Self::Leads
        } else if text.contains("75%") {
            Self::Mscbot
        } else if text.contains("all ") {
            Self::All
        } else if thread.first(What::Merged).is_some() && thread.first(What::Propose).is_none() {
            Self::Merge
        } else {
            Self::Rfcbot
        }
    }

    /// Its name in tables.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Rfcbot => "rfcbot: majority, at most 2 outstanding, 10 days",
            Self::All => "all reviewers, 10 days",
            Self::Mscbot => "mscbot: at least 3/4, 5 days",
            Self::Leads => "all leads, members may object, 10 days",
            Self::Merge => "whoever may merge",
        }
    }

    /// What of it the file does not say.
    pub(super) fn assumed(self, thread: &Thread) -> Option<String> {
        match self {
            Self::Merge => {
                Some("The file names no rule and no final period: that whoever may merge decides was assumed.".into())
            }
            Self::All | Self::Leads => {
                Some(format!("The file does not say how long the final period was: {FINAL_DAYS} days were assumed."))
            }
            Self::Rfcbot if thread.rule.is_none() => {
                Some("The file names no rule for it: that of rfcbot was assumed.".into())
            }
            Self::Rfcbot | Self::Mscbot => None,
        }
    }

    /// How many days its final period takes; none for a merge.
    pub(super) fn days(self) -> Option<u32> {
        match self {
            Self::Merge => None,
            Self::Mscbot => Some(5),
            Self::Rfcbot | Self::All | Self::Leads => Some(FINAL_DAYS),
        }
    }

    /// What approval it asks for.
    pub(super) fn approval(self) -> Option<Approval> {
        match self {
            Self::Rfcbot => Some(Approval { bar: Bar::MoreThan(part(1, 2)), outstanding: Some(2) }),
            Self::All | Self::Leads => Some(Approval { bar: Bar::AtLeast(part(1, 1)), outstanding: None }),
            Self::Mscbot => Some(Approval { bar: Bar::AtLeast(part(3, 4)), outstanding: None }),
            Self::Merge => None,
        }
    }

    /// The fewest of so many reviewers whose approval starts the final period.
    pub(super) fn least(self, reviewers: u32) -> u32 {
        let Some(approval) = self.approval() else { return 0 };
        let met = |approve: &u32| {
            let outstanding = approval.outstanding.is_none_or(|most| reviewers - approve <= most);
            approval.bar.is_met_by(*approve, reviewers) && outstanding
        };
        (0..=reviewers).find(met).unwrap_or(reviewers)
    }

    /// The rule of the domain in which reviewers sign off.
    ///
    /// The bots wait for ever; here a year for approval, and half a year for a concern, end the waiting.
    pub(super) fn rule(self) -> Rule {
        let Some(approval) = self.approval() else {
            return Rule::Delegate(Delegate { closing: Span::from_days(365), call_in: None, review: None });
        };
        Rule::Consent(Consent { approval: Some(approval), ..self.consent() })
    }

    /// The rule of the domain in which all members may object, where there is one.
    pub(super) fn members_rule(self) -> Option<Rule> {
        let anybody = Consent { quorum: part(0, 1), approval: None, ..self.consent() };
        (self == Self::Leads).then_some(Rule::Consent(anybody))
    }

    fn consent(self) -> Consent {
        let rfcbot = charters::sign_off_numbers();
        let days = u64::from(self.days().unwrap_or(FINAL_DAYS));
        let final_period = rfcbot.final_period.map(|period| FinalPeriod { length: Span::from_days(days), ..period });
        Consent { final_period, ..rfcbot }
    }
}

fn part(numerator: u32, denominator: u32) -> Fraction {
    Fraction::new(numerator, denominator).expect("a fraction of at most one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_that_start_the_final_period() {
        assert_eq!([7, 8, 11, 3].map(|reviewers| Era::Rfcbot.least(reviewers)), [5, 6, 9, 2]);
        assert_eq!([8, 4].map(|reviewers| Era::Mscbot.least(reviewers)), [6, 3]);
        assert_eq!(Era::All.least(3), 3);
        assert_eq!(Era::Merge.least(3), 0);
    }
}
