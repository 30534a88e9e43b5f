//! Rungs that are too light for what is at stake, and rules by which the charter could be undermined.

use super::{Lint, is_of_the_charter, place, quorum};
use crate::charter::{Base, Domain, Fraction, Reversibility, Rule, Stakes};

/// Looks at each domain's rung beside its stakes, and at the charter's own rules beside all others.
pub(super) fn look(lint: &mut Lint<'_>) {
    let domains: Vec<Domain> = lint.charter.domains.iter().cloned().collect();
    for domain in &domains {
        delegate(lint, domain);
        minority(lint, domain);
    }
    for domain in domains.iter().filter(|domain| is_of_the_charter(domain)) {
        lighter(lint, domain, &domains);
    }
    nobody_calls_in(lint, &domains);
}

/// One person decides what cannot be undone, or what endangers the group.
fn delegate(lint: &mut Lint<'_>, domain: &Domain) {
    if !domain.rule.is_delegate() {
        return;
    }
    let (high, irreversible) = (domain.stakes == Stakes::High, domain.reversibility == Reversibility::Irreversible);
    let call_in = "give it a call-in, so that members can move a decision up: call_in = { window = \"3d\", rule = … }";
    if is_of_the_charter(domain) {
        let what =
            format!("one person changes it by {}: who belongs and by which rules is everybody's", domain.rule.rung());
        lint.warning(place(domain), what, "let the group decide: owner = \"group\", rule = { consent = … }");
    } else if high && irreversible {
        let what = format!("{} decides alone about high stakes that cannot be undone", domain.rule.rung());
        lint.warning(place(domain), what, "take a rung on which the group decides: consent, consensus or a vote");
    } else if (high || irreversible) && domain.rule.call_in().is_none() {
        let about = if high { "high stakes" } else { "what cannot be undone" };
        let what = format!("{} decides alone about {about}, and nobody can call it in", domain.rule.rung());
        lint.warning(place(domain), what, call_in);
    }
}

/// A vote in which less than half of the eligible can bind the rest for ever.
fn minority(lint: &mut Lint<'_>, domain: &Domain) {
    let Rule::Vote(rule) = &domain.rule else { return };
    let half = Fraction::new(1, 2);
    let few = rule.of == Base::Votes && half.is_ok_and(|half| rule.quorum < half);
    if few && domain.stakes == Stakes::High && domain.reversibility == Reversibility::Irreversible {
        let what = format!("a vote with a quorum of {} lets a few decide what cannot be undone", rule.quorum);
        lint.warning(
            place(domain),
            what,
            "ask for a quorum of 1/2 at least, or count the yes of all: of = \"eligible\"",
        );
    }
}

/// How much a rung asks of a group.
fn weight(rule: &Rule) -> u8 {
    match rule {
        Rule::Delegate(_) => 0,
        Rule::Consult(_) => 1,
        Rule::Consent(_) => 3,
        Rule::Consensus(_) => 4,
        _ => 2,
    }
}

/// Who can change members or roles lightly decides in the end about what is decided less lightly.
fn lighter(lint: &mut Lint<'_>, domain: &Domain, all: &[Domain]) {
    let others = all.iter().filter(|other| other.name != domain.name);
    let heavier = others
        .clone()
        .filter(|other| weight(&other.rule) > weight(&domain.rule))
        .max_by_key(|other| weight(&other.rule));
    if let Some(other) = heavier {
        let what = format!(
            "it decides by {} and '{}' by {}: who changes the members or the roles changes what comes out there",
            domain.rule.rung(),
            other.name,
            other.rule.rung()
        );
        lint.warning(place(domain), what, format!("take a rung that is not lighter than {}", other.rule.rung()));
        return;
    }
    let same = others.filter(|other| weight(&other.rule) == weight(&domain.rule) && other.owner == domain.owner);
    let more = same.filter(|other| quorum(&other.rule) > quorum(&domain.rule)).max_by_key(|other| quorum(&other.rule));
    if let (Some(other), Some(own)) = (more, quorum(&domain.rule)) {
        let what = format!("its quorum of {own} is lower than that of '{}'", other.name);
        lint.hint(place(domain), what, "ask for as many answers where the charter is changed as where it is applied");
    }
}

/// Call-ins that the charter gives with one hand and takes with the other.
fn nobody_calls_in(lint: &mut Lint<'_>, domains: &[Domain]) {
    let with: Vec<_> =
        domains.iter().filter(|domain| domain.rule.call_in().is_some()).map(|domain| &domain.name).collect();
    if !with.is_empty() && lint.charter.participation.call_ins == 0 {
        let what = format!("no member may ever call in, though {} wait for it", super::list(with));
        lint.error("participation.call_ins", what, "set it to 1 at least, or leave the call-ins out of the rules");
    }
}
