//! How a rung counts, by counting people one by one.

use crate::{
    charter::{Bar, Base, Fraction, Rule},
    statement::Answer,
};

/// What is counted in a domain.
pub(super) struct Votes {
    /// The answer of each who is eligible, if there is one; a standing objection is one.
    pub(super) eligible: Vec<Option<Answer>>,
    /// Whether an objection stands, of whomever.
    pub(super) objected: bool,
    /// Whether a holder agreed.
    pub(super) decided: bool,
}

/// Whether a domain passes, and whether it may close early.
pub(super) fn judge(rule: &Rule, votes: &Votes) -> (bool, bool) {
    let all = votes.eligible.len() as u64;
    let says = |answers: &[Answer]| {
        votes.eligible.iter().filter(|given| given.is_some_and(|given| answers.contains(&given))).count() as u64
    };
    let answered = votes.eligible.iter().flatten().count() as u64;
    let approve = says(&[Answer::Agree, Answer::Concern]);
    let heard_all = answered == all;
    match rule {
        Rule::Delegate(_) | Rule::Consult(_) => (votes.decided && !votes.objected, votes.decided || votes.objected),
        Rule::Consent(rule) => {
            let floor = rule.approval.as_ref().is_none_or(|approval| {
                let few = approval.outstanding.is_none_or(|most| all - answered <= u64::from(most));
                few && meets(approval.bar, approve, all)
            });
            let passes = !votes.objected && answered >= quorum(rule.quorum, all) && floor;
            let settled = if rule.final_period.is_some() { passes } else { heard_all && !votes.objected };
            (passes, settled)
        }
        Rule::Consensus(rule) => {
            let aside = says(&[Answer::Aside]);
            let passes = !votes.objected && approve > 0 && approve + aside == all && aside <= u64::from(rule.asides);
            (passes, heard_all && !votes.objected)
        }
        Rule::Ranked(_) => unreachable!("ballots are counted by tests of their own"),
        Rule::Vote(rule) => {
            let of = match rule.of {
                Base::Votes => approve + says(&[Answer::Object]),
                Base::Eligible => all,
            };
            (answered >= quorum(rule.quorum, all) && meets(rule.yes, approve, of), heard_all)
        }
    }
}

/// Says whether so many are enough of all, at least two thirds or whatever the fraction says.
pub(super) fn reaches_share(fraction: Fraction, part: u64, all: u64) -> bool {
    let (numerator, denominator) = parts(fraction);
    part * denominator >= numerator * all
}

fn meets(bar: Bar, part: u64, all: u64) -> bool {
    let (Bar::MoreThan(fraction) | Bar::AtLeast(fraction)) = bar;
    let (numerator, denominator) = parts(fraction);
    let (share, needed) = (part * denominator, numerator * all);
    all > 0 && if matches!(bar, Bar::MoreThan(_)) { share > needed } else { share >= needed }
}

fn quorum(fraction: Fraction, all: u64) -> u64 {
    (1..=all).find(|count| reaches_share(fraction, *count, all)).unwrap_or(1)
}

fn parts(fraction: Fraction) -> (u64, u64) {
    let text = fraction.to_string();
    let (numerator, denominator) = text.split_once('/').expect("a fraction");
    (numerator.parse().unwrap(), denominator.parse().unwrap())
}
