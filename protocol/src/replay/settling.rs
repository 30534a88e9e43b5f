//! Settling: terms that the group accepts because it enacts its part of a matter.

use super::{effects, promising::least_hold, view::View};
use crate::{
    error::{Conflict, Refusal},
    id::ProposalId,
    name::Name,
    resource::{Deal, Terms},
    time::Timestamp,
    voice::Says,
};

/// Checks that the group can accept terms by a matter now:
/// - their deadline is not over
/// - what it promises is there, and there is room for it beside all else
///
/// Terms that were accepted by another matter are accepted for good.
///
/// # Errors
/// Why it cannot, or not yet: what was promised to others before stands.
pub(super) fn may_settle(view: &View<'_>, terms: &Terms) -> Result<(), Refusal> {
    let fails = |reason: String| Refusal::from(Conflict::Effect { effect: "acceptance of terms", reason });
    let books = &view.dealings().books;
    if books.deals.contains_key(&terms.id()) {
        return Ok(());
    }
    if view.now > terms.by {
        return Err(fails(format!("their deadline was {}", terms.by)));
    }
    match held_until(view, terms).map_err(fails)? {
        Some(until) => books.may_settle(&view.base.log(), view.charter(), terms, until, view.now).map_err(fails),
        None => Ok(()),
    }
}

/// Accepts terms by a matter, and makes the group say so.
pub(super) fn settle(view: &mut View<'_>, matter: ProposalId, terms: &Terms) {
    let (log, now, charter) = (view.base.log(), view.now, view.charter().clone());
    let until = held_until(view, terms).ok().flatten();
    let books = &mut view.dealings_mut().books;
    books.expire(&log, now);
    let id = terms.id();
    if books.deals.contains_key(&id) {
        return;
    }
    books.deals.insert(id, Deal::new(terms.clone(), log, now));
    books.accept(&log, &charter, &id, until, now);
    effects::say(view, matter, Says::AcceptTerms { terms: id, until });
}

/// Checks that a part touches the domains of all that the group promises.
pub(super) fn check_touched(view: &View<'_>, domains: &[Name], terms: &Terms) -> Result<(), String> {
    for line in terms.lines_of(&view.base.log()) {
        let resource = view.charter().resources.find(&line.resource);
        let resource = resource.ok_or_else(|| format!("the group has no resource '{}'", line.resource))?;
        if !domains.contains(&resource.domain) {
            let (name, domain) = (&resource.name, &resource.domain);
            return Err(format!("'{name}' is for '{domain}' to decide, which the matter does not touch"));
        }
    }
    Ok(())
}

/// Until when the group holds what it promises, if it promises anything: as short as may be.
fn held_until(view: &View<'_>, terms: &Terms) -> Result<Option<Timestamp>, String> {
    let promises = terms.lines_of(&view.base.log()).next().is_some();
    promises.then(|| least_hold(view, terms)).transpose()
}
