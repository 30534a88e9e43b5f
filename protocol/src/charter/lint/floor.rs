//! Who can decide, and whether they are enough: nobody, one alone, more than there are people, or the proposer alone.

use super::{Lint, floor, list, owning_role, place};
use crate::charter::{CHARTER, Domain, MEMBERSHIP, Rule, Stakes};

/// Looks at who is eligible in each domain, and at what its rule asks of them.
pub(super) fn look(lint: &mut Lint<'_>) {
    let domains: Vec<Domain> = lint.charter.domains.iter().cloned().collect();
    for domain in &domains {
        match lint.eligible(domain).len() {
            0 => nobody(lint, domain),
            1 => alone(lint, domain),
            _ => enough(lint, domain),
        }
        testers(lint, domain);
        advisers(lint, domain);
    }
}

fn nobody(lint: &mut Lint<'_>, domain: &Domain) {
    let role = owning_role(domain).map_or_else(String::new, |role| format!(" '{role}'"));
    let later = owning_role(domain).and_then(|role| lint.charter.roles.find(role));
    let later = later.is_some_and(|role| role.holders.iter().any(|holder| holder.from > lint.now));
    let remedy = format!("give the role{role} a holder who may count there, with a term that runs now");
    if domain.name.as_str() == CHARTER && !later {
        let what = "nobody is eligible, now or later: the charter could never change, not even to fill the role";
        lint.error(place(domain), what, "let the group own it: owner = \"group\"");
    } else {
        let until = if later { " before a term starts" } else { " before the charter's domain fills the role" };
        lint.warning(place(domain), format!("nobody is eligible now: no proposal can open{until}"), remedy);
    }
}

fn alone(lint: &mut Lint<'_>, domain: &Domain) {
    if domain.rule.is_delegate() {
        return;
    }
    let who = list(lint.eligible(domain));
    let what = format!("{who} alone is eligible: {} of one decides nothing together", domain.rule.rung());
    match owning_role(domain) {
        Some(_) => lint.warning(
            place(domain),
            what,
            "say that one decides (rule delegate, with a call-in), give the role a second holder, or let the group own it",
        ),
        None => lint.warning(place(domain), what, "take in a second person before the group relies on it"),
    }
    if domain.name.as_str() == MEMBERSHIP {
        let what = format!("{who} can never be removed: who is removed has no say, and then nobody is eligible");
        lint.warning(place(domain), what, "let the group own it, with at least two people");
    }
}

fn enough(lint: &mut Lint<'_>, domain: &Domain) {
    let eligible = lint.eligible(domain);
    let Some(needed) = floor(&domain.rule, eligible.len()) else { return };
    let is_person = |name: &&_| lint.charter.members.find(name).is_some_and(|member| member.is_person());
    let people = eligible.iter().filter(is_person).count();
    let all = eligible.len() as u32;
    if needed > people as u32 {
        let what =
            format!("{needed} of {all} must answer and only {people} are people: nothing passes without an agent");
        lint.warning(
            place(domain),
            what,
            "set people_only = true, take it out of the agents' scopes, or lower the quorum",
        );
    } else if needed == all && lint.charter.participation.silent_after.is_none() {
        let what = format!("all {all} must answer: one who says nothing stops everything, for as long as it takes");
        let remedy = "lower the quorum, or leave out who is long silent: [participation] silent_after = \"90d\"";
        lint.hint(place(domain), what, remedy);
    } else if needed == 1 && all > 2 && matches!(domain.rule, Rule::Consent(_)) {
        let what = format!("one answer of {all} is enough, and filing counts as one: what nobody objects to passes");
        let remedy = "raise the quorum, if that is not what you want";
        if domain.stakes == Stakes::High {
            lint.warning(place(domain), what, remedy);
        } else {
            lint.hint(place(domain), what, remedy);
        }
    }
}

/// An objection's test needs two others than objector and proposer.
fn testers(lint: &mut Lint<'_>, domain: &Domain) {
    let Rule::Consent(rule) = &domain.rule else { return };
    let eligible = lint.eligible(domain).len();
    if rule.objection_test.is_some() && eligible < 4 {
        let what =
            format!("an objection is tested by at least two others than objector and proposer; of {eligible} too few");
        lint.warning(place(domain), what, "leave objection_test out while you are fewer than four");
    }
}

/// Advice comes from others than those who decide.
fn advisers(lint: &mut Lint<'_>, domain: &Domain) {
    let Rule::Consult(rule) = &domain.rule else { return };
    let mut asked = lint.charter.asked(rule, lint.now);
    let deciders = lint.eligible(domain);
    asked.retain(|name| !deciders.contains(name));
    if asked.is_empty() {
        let what = "nobody is asked but those who decide: there is no advice to wait for";
        lint.warning(place(domain), what, "ask the group or another role, whose term runs: ask = [\"group\"]");
    }
}
