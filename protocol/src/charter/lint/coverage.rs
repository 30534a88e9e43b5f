//! Gaps and overlaps: what no domain covers, and what two domains seem to.

use std::collections::BTreeSet;

use super::{Lint, list, owning_role, place};
use crate::charter::{CHARTER, Domain, FEDERATION, HOSTING, MEMBERSHIP};

/// The shortest word that says something about a purpose.
const TELLING: usize = 4;

/// Looks for everyday work that nothing covers, and for two domains that could both govern one thing.
pub(super) fn look(lint: &mut Lint<'_>) {
    let reserved = [CHARTER, MEMBERSHIP, FEDERATION, HOSTING];
    let everyday: Vec<&Domain> =
        lint.charter.domains.iter().filter(|domain| !reserved.contains(&domain.name.as_str())).collect();
    if everyday.is_empty() {
        lint.warning(
            "domains",
            "no domain covers everyday work: an agreement in words could only be made where the charter is changed",
            "add a domain for it, with a lighter rule than that of 'charter': [domains.work]",
        );
    }
    for (at, one) in everyday.iter().enumerate() {
        for other in &everyday[at + 1..] {
            overlap(lint, one, other);
        }
    }
    idle_roles(lint);
}

fn overlap(lint: &mut Lint<'_>, one: &Domain, other: &Domain) {
    let both = format!("{} and {}", place(one), place(other));
    let (left, right) = (words(&one.purpose), words(&other.purpose));
    let remedy =
        format!("say in each purpose what is not the other's, or drop one of '{}' and '{}'", one.name, other.name);
    if !left.is_empty() && left == right {
        lint.warning(both, "their purposes say the same, so whoever proposes chooses the rule", remedy);
    } else if one.owner == other.owner && one.rule == other.rule {
        // Whichever of them is chosen, the same people decide in the same way.
    } else if is_part(one.name.as_str(), other.name.as_str()) {
        let what = "by their names one is a part of the other, and different people or rules decide in them";
        lint.hint(both, what, remedy);
    } else if left.len().min(right.len()) > 1 && (left.is_subset(&right) || right.is_subset(&left)) {
        lint.hint(both, "the purpose of one is a part of the other's, and different people or rules decide", remedy);
    }
}

/// The words of a purpose that say something.
fn words(purpose: &str) -> BTreeSet<String> {
    let words = purpose.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.chars().count() >= TELLING).map(str::to_lowercase).collect()
}

/// Says whether one name starts with the other and a mark: `work` and `work-kitchen`.
fn is_part(one: &str, other: &str) -> bool {
    let starts =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(['-', '.', '_']));
    starts(one, other) || starts(other, one)
}

fn idle_roles(lint: &mut Lint<'_>) {
    let owned: BTreeSet<_> = lint.charter.domains.iter().filter_map(owning_role).collect();
    // A liaison decides elsewhere.
    let here = lint.charter.roles.iter().filter(|role| role.represents.is_none()).map(|role| &role.name);
    let idle: Vec<_> = here.filter(|role| !owned.contains(role)).collect();
    if !idle.is_empty() {
        let what = format!("no domain is owned by {}: holding such a role decides nothing", list(idle));
        lint.hint("roles", what, "give the role a domain (owner = \"role:NAME\") if it should decide something");
    }
}
