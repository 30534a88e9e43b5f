//! Resources that can never be promised, or hardly.

use super::Lint;
use crate::{
    charter::Domain,
    limits::LONGEST_HOLD,
    resource::{Kind, Resource},
    time::Span,
};

/// Looks at each resource and the domain that promises it.
pub(super) fn look(lint: &mut Lint<'_>) {
    let resources: Vec<Resource> = lint.charter.resources.iter().cloned().collect();
    for resource in &resources {
        capacity(lint, resource);
        let Some(domain) = lint.charter.domains.find(&resource.domain).cloned() else { continue };
        promisers(lint, resource, &domain);
        windows(lint, resource, &domain);
    }
}

fn capacity(lint: &mut Lint<'_>, resource: &Resource) {
    if resource.capacity == 0 {
        lint.warning(place(resource), "nothing of it can be promised: its capacity is 0", "say how much there is");
    }
}

fn promisers(lint: &mut Lint<'_>, resource: &Resource, domain: &Domain) {
    if lint.eligible(domain).is_empty() {
        let what = format!("nobody can promise it: nobody decides in '{}' now", domain.name);
        lint.error(place(resource), what, "fill the role that owns the domain, or name another domain");
    }
}

/// What is decided more slowly than a window comes near, or than a hold lasts, is seldom promised in time.
fn windows(lint: &mut Lint<'_>, resource: &Resource, domain: &Domain) {
    let (closing, horizon) = (domain.rule.closing(), horizon(resource));
    if let Some(horizon) = horizon.filter(|horizon| *horizon <= closing) {
        let what = format!("a decision in '{}' may take {closing}, and it is promised {horizon} ahead", domain.name);
        lint.warning(place(resource), what, "make the horizon longer than the domain's closing");
    }
    if closing > LONGEST_HOLD {
        let what = format!("a decision in '{}' may take {closing}, and no hold of it lasts longer", domain.name);
        let what = format!("{what} than {LONGEST_HOLD}");
        lint.hint(place(resource), what, "name a domain that decides faster, or give deadlines that are far off");
    }
}

fn horizon(resource: &Resource) -> Option<Span> {
    match &resource.kind {
        Kind::Stock => None,
        Kind::Budget(budget) => Some(budget.horizon),
        Kind::Slots(slots) => Some(slots.horizon),
    }
}

fn place(resource: &Resource) -> String {
    format!("resources.{}", resource.name)
}
