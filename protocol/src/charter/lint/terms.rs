//! Roles that end: terms that are over, as good as endless, or without a successor.

use super::{Lint, list, owning_role};
use crate::{
    charter::{CHARTER, Role, Stakes},
    time::{Span, Timestamp},
};

/// A term longer than this is as good as endless.
const ENDLESS: Span = Span::from_days(3 * 366);
/// A term that ends within this time should have a successor by now.
const SOON: Span = Span::from_days(30);

/// Looks at every role's terms.
pub(super) fn look(lint: &mut Lint<'_>) {
    let roles: Vec<Role> = lint.charter.roles.iter().cloned().collect();
    for role in &roles {
        let at = format!("roles.{}", role.name);
        ended(lint, role, &at);
        endless(lint, role, &at);
        succession(lint, role, &at);
        locks_the_charter(lint, role, &at);
    }
}

fn ended(lint: &mut Lint<'_>, role: &Role, at: &str) {
    let now = lint.now;
    let over: Vec<_> = role.holders.iter().filter(|holder| holder.until <= now).map(|holder| &holder.member).collect();
    if role.holders.is_empty() {
        lint.hint(at, "nobody holds it", "name a holder with an end of the term, or drop the role");
    } else if !over.is_empty() {
        let what = format!("the term of {} has ended", list(over));
        lint.warning(at, what, "give a new term, or name a successor");
    }
}

fn endless(lint: &mut Lint<'_>, role: &Role, at: &str) {
    let now = lint.now;
    let long = |until: Timestamp, from: Timestamp| until.since(now.max(from)) > ENDLESS;
    let of = role.holders.iter().filter(|holder| long(holder.until, holder.from)).map(|holder| &holder.member);
    let of: Vec<_> = of.collect();
    if !of.is_empty() {
        let what = format!("the term of {} is as good as without an end", list(of));
        lint.warning(at, what, "let it end within three years and be renewed by decision: until = \"+365d\"");
    }
}

/// One holder, and nobody who goes on after.
fn succession(lint: &mut Lint<'_>, role: &Role, at: &str) {
    let mut now = role.holders.iter().filter(|holder| holder.from <= lint.now && lint.now < holder.until);
    let (Some(one), None) = (now.next(), now.next()) else { return };
    let goes_on = role.holders.iter().any(|other| other.member != one.member && other.until > one.until);
    let owned = lint.charter.domains.iter().filter(|domain| owning_role(domain) == Some(&role.name));
    let owned: Vec<_> = owned.collect();
    if goes_on || owned.is_empty() {
        return;
    }
    let domains = list(owned.iter().map(|domain| &domain.name));
    let remedy = "name a second holder, or a successor whose term starts when this one ends";
    if one.until.since(lint.now) <= SOON {
        let what =
            format!("the term of {} ends on {} and nobody follows: {domains} would stand still", one.member, one.until);
        lint.warning(at, what, remedy);
    } else if owned.iter().any(|domain| domain.stakes == Stakes::High) {
        let what = format!("{} alone holds it, without a successor, and the stakes of {domains} are high", one.member);
        lint.warning(at, what, remedy);
    } else {
        let what =
            format!("{} alone holds it, without a successor: {domains} stands still when the term ends", one.member);
        lint.hint(at, what, remedy);
    }
}

/// Terms end by themselves; where they decide about the charter, nobody could then renew them.
fn locks_the_charter(lint: &mut Lint<'_>, role: &Role, at: &str) {
    let mut domains = lint.charter.domains.iter();
    let owns = domains.any(|domain| domain.name.as_str() == CHARTER && owning_role(domain) == Some(&role.name));
    let last = role.holders.iter().map(|holder| holder.until).max();
    if let Some(last) = last.filter(|last| owns && *last > lint.now) {
        let what =
            format!("it decides about the charter: if nobody renews it before {last}, the charter can never change");
        lint.warning(at, what, "let the group own the domain 'charter': owner = \"group\"");
    }
}
