//! Rules that can work: their numbers checked, and their spans scaled.

use super::{
    Approval, CallIn, CharterError, Consensus, Consent, Consult, Delegate, FinalPeriod, Fraction, Rule, Vote, error,
};
use crate::time::Span;

/// Checks that a rule can pass something, can refuse something, and ends:
/// - windows are not empty, minimum ≤ closing, from 1 to 100 versions
/// - a consult's advice window ends before the proposal lapses
/// - bars can be met and missed; an objection test asks for at least 2/3
/// - a final period is not empty and ends at its latest end
///
/// # Errors
/// The first number that cannot stand.
pub(super) fn check(place: &str, rule: &Rule) -> Result<(), CharterError> {
    if rule.closing() == Span::ZERO {
        return Err(error(place, "closing must be longer than nothing"));
    }
    if rule.minimum() > rule.closing() {
        let problem = format!("minimum {} is longer than closing {}: shorten it", rule.minimum(), rule.closing());
        return Err(error(place, &problem));
    }
    if !(1..=100).contains(&rule.versions()) {
        return Err(error(place, "versions must be from 1 to 100"));
    }
    match rule {
        Rule::Delegate(rule) => call_in(place, rule.call_in.as_ref()),
        Rule::Consult(rule) => {
            if rule.advice == Span::ZERO || rule.advice >= rule.closing {
                return Err(error(place, "advice must be longer than nothing and shorter than closing"));
            }
            call_in(place, rule.call_in.as_ref())
        }
        Rule::Consent(rule) => consent(place, rule),
        Rule::Consensus(_) => Ok(()),
        Rule::Vote(rule) if !rule.yes.is_sound() => {
            Err(error(place, &format!("yes: a share of {} is met by all or by none: name one between", rule.yes)))
        }
        Rule::Vote(_) => Ok(()),
        Rule::Ranked(rule) => rule.count.check(&format!("{place}.count")),
    }
}

fn call_in(place: &str, call_in: Option<&CallIn>) -> Result<(), CharterError> {
    match call_in {
        Some(call_in) if call_in.window == Span::ZERO => {
            Err(error(place, "the call-in window must be longer than nothing"))
        }
        Some(call_in) => check(&format!("{place}.call_in"), &Rule::Consent(call_in.rule.clone())),
        None => Ok(()),
    }
}

fn consent(place: &str, rule: &Consent) -> Result<(), CharterError> {
    if let Some(Approval { bar, .. }) = &rule.approval
        && !bar.is_sound()
    {
        return Err(error(place, &format!("approval: a share of {bar} is met by all or by none: name one between")));
    }
    if let Some(FinalPeriod { length, latest, .. }) = &rule.final_period
        && (*length == Span::ZERO || latest < length)
    {
        return Err(error(place, "final_period: length must be longer than nothing, and latest not shorter than it"));
    }
    let two_thirds = Fraction::new(2, 3).map_err(|e| error(place, &e.to_string()))?;
    if rule.objection_test.is_some_and(|share| share < two_thirds) {
        return Err(error(place, "objection_test must be at least 2/3"));
    }
    match &rule.then_vote {
        Some(vote) => check(&format!("{place}.then_vote"), &Rule::Vote(vote.clone())),
        None => Ok(()),
    }
}

impl Rule {
    /// Divides every span of the rule by `scale`, so that a story of weeks runs in seconds.
    pub fn scale_down(&mut self, scale: u64) {
        match self {
            Self::Delegate(rule) => rule.scale_down(scale),
            Self::Consult(rule) => rule.scale_down(scale),
            Self::Consent(rule) => rule.scale_down(scale),
            Self::Consensus(rule) => rule.scale_down(scale),
            Self::Vote(rule) => rule.scale_down(scale),
            Self::Ranked(rule) => {
                shrink([&mut rule.closing, &mut rule.minimum].into_iter().chain(&mut rule.review), scale);
            }
        }
    }
}

fn shrink<'a>(spans: impl IntoIterator<Item = &'a mut Span>, scale: u64) {
    spans.into_iter().for_each(|span| *span = span.scaled_down(scale));
}

impl CallIn {
    fn scale_down(&mut self, scale: u64) {
        shrink([&mut self.window], scale);
        self.rule.scale_down(scale);
    }
}

impl Delegate {
    fn scale_down(&mut self, scale: u64) {
        shrink([&mut self.closing].into_iter().chain(&mut self.review), scale);
        self.call_in.iter_mut().for_each(|call_in| call_in.scale_down(scale));
    }
}

impl Consult {
    fn scale_down(&mut self, scale: u64) {
        shrink([&mut self.closing, &mut self.advice].into_iter().chain(&mut self.review), scale);
        self.call_in.iter_mut().for_each(|call_in| call_in.scale_down(scale));
    }
}

impl Consent {
    fn scale_down(&mut self, scale: u64) {
        shrink([&mut self.closing, &mut self.minimum].into_iter().chain(&mut self.review), scale);
        if let Some(period) = &mut self.final_period {
            shrink([&mut period.length, &mut period.latest], scale);
        }
        self.then_vote.iter_mut().for_each(|vote| vote.scale_down(scale));
    }
}

impl Consensus {
    fn scale_down(&mut self, scale: u64) {
        shrink([&mut self.closing, &mut self.minimum].into_iter().chain(&mut self.review), scale);
    }
}

impl Vote {
    fn scale_down(&mut self, scale: u64) {
        shrink([&mut self.closing, &mut self.minimum].into_iter().chain(&mut self.review), scale);
    }
}
