//! Times that do not fit together, and decisions that nobody ever looks at again.

use super::{Lint, is_of_the_charter, list, place};
use crate::{
    charter::{Domain, Rule},
    time::Span,
};

/// Looks at windows, receipts, silence and reviews.
pub(super) fn look(lint: &mut Lint<'_>) {
    let domains: Vec<Domain> = lint.charter.domains.iter().cloned().collect();
    for domain in &domains {
        call_in(lint, domain);
        final_period(lint, domain);
    }
    receipts(lint, &domains);
    silence(lint, &domains);
    never_reviewed(lint, &domains);
}

fn call_in(lint: &mut Lint<'_>, domain: &Domain) {
    let (closing, Some(call_in)) = (domain.rule.closing(), domain.rule.call_in()) else { return };
    if call_in.window > closing {
        let what = format!("effects wait {} for a call-in, longer than the {closing} to decide", call_in.window);
        lint.warning(place(domain), what, "make the call-in's window shorter than closing");
    }
}

fn final_period(lint: &mut Lint<'_>, domain: &Domain) {
    let Rule::Consent(rule) = &domain.rule else { return };
    let Some(period) = &rule.final_period else { return };
    if period.length > rule.closing {
        let what = format!("the final period of {} is longer than the {} before it", period.length, rule.closing);
        lint.warning(place(domain), what, "make it a part of the whole: shorter than closing");
    }
}

/// A receipt that may come after the window is no use to who was left out.
fn receipts(lint: &mut Lint<'_>, domains: &[Domain]) {
    let receipt = lint.charter.times.receipt;
    let shortest = domains.iter().min_by_key(|domain| domain.rule.closing());
    if let Some(domain) = shortest.filter(|domain| domain.rule.closing() <= receipt) {
        let what = format!(
            "a statement may take {receipt} to stand in the log, and '{}' closes after {}",
            domain.name,
            domain.rule.closing()
        );
        lint.warning("times.receipt", what, "make the receipt's time a small part of the shortest window");
    }
}

/// Who misses one ordinary window should not be left out at once.
fn silence(lint: &mut Lint<'_>, domains: &[Domain]) {
    let longest = domains.iter().map(|domain| domain.rule.closing()).max().unwrap_or(Span::ZERO);
    if let Some(after) = lint.charter.participation.silent_after.filter(|after| *after <= longest) {
        let what = format!("who says nothing for {after} is left out, and a window takes up to {longest}");
        lint.warning("participation.silent_after", what, "let it be several windows: a member may be away for one");
    }
}

fn never_reviewed(lint: &mut Lint<'_>, domains: &[Domain]) {
    let never = domains.iter().filter(|domain| !is_of_the_charter(domain) && domain.rule.review().is_none());
    let never: Vec<_> = never.map(|domain| &domain.name).collect();
    if !never.is_empty() {
        let what = format!("agreements in {} are never due for review, unless a proposal says when", list(never));
        lint.hint("domains", what, "give the rules a review: review = \"365d\"");
    }
}
