//! Promising: what the group says about terms, by decisions and by what follows from them.

use std::collections::BTreeSet;

use super::{Replica, speaking, view::View};
use crate::{
    effect::Effect,
    error::{Conflict, Refusal},
    evidence::{Evidence, Said},
    federation::FederationAgreement,
    id::{LogId, TermsId},
    matter::version_of,
    name::Name,
    resource::{Books, Closing, Deal, Line, Terms},
    time::Timestamp,
    voice::Says,
};

/// Checks that a decision may say this about terms now, as the books are after what would expire then.
///
/// # Errors
/// Why it may not.
pub(super) fn may(view: &View<'_>, effect: &Effect) -> Result<(), String> {
    let log = view.base.log();
    let mut books = view.dealings().books.clone();
    books.expire(&log, view.now);
    match effect {
        Effect::Terms { domains, terms, until } => may_state(view, &books, domains, terms, *until),
        Effect::AcceptTerms { domains, terms, until } => may_accept(view, &books, domains, terms, *until),
        Effect::DeclineTerms { domains, terms } => {
            let deal = open(&books, terms)?;
            party(view, &deal.terms)?;
            if deal.terms.by_matter {
                return Err("they were accepted by a matter: nobody takes that back before they are in force".into());
            }
            decided_in(view, domains, &deal.terms, false)?;
            if deal.declined.contains(&log) {
                return Err("the group has declined them".into());
            }
            // Who holds has given its word: the closer may have committed already, and nobody must fall short of that.
            match (books.held_until(terms), deal.accepted) {
                (Some(until), _) => {
                    Err(format!("the group holds its part until {until}, or until the closer lets it go"))
                }
                // A lapse shows to a closer which has committed that nobody is bound; a decline would not.
                (None, Some((_, Some(_)))) => {
                    Err("the group accepted them, and what it held is over: its log says so by itself".into())
                }
                (None, _) => Ok(()),
            }
        }
        Effect::ReleaseTerms { domains, terms } => {
            let deal = known(&books, terms)?;
            party(view, &deal.terms)?;
            decided_in(view, domains, &deal.terms, false)?;
            if !deal.is_committed() {
                return Err("they are not in force: there is nothing to release (moot resource decline)".into());
            }
            match deal.released.contains(&log) {
                true => Err("the group has released them".into()),
                false => Ok(()),
            }
        }
        Effect::UseTerms { domains, terms, steward, resource, amount } => {
            let deal = in_force(view, &books, terms)?;
            let own = deal.terms.lines_of(&log).filter(|line| line.steward == *steward && line.resource == *resource);
            check_named(domains, &domains_of(view, own))?;
            match deal.may_use(&log, steward, resource, *amount) {
                true => Ok(()),
                false => {
                    Err("of terms in force who uses, or the steward, says how much was used in all: more than it has said, and not \
                              more than is promised"
                        .into())
                }
            }
        }
        Effect::BreachTerms { domains, terms } => {
            let deal = in_force(view, &books, terms)?;
            let promised = domains_of(view, deal.terms.lines_of(&log));
            // Each domain answers for its own resources.
            match domains.iter().all(|domain| promised.contains(domain)) {
                true => check_named(domains, &BTreeSet::new())?,
                false => check_named(domains, &promised)?,
            }
            match deal.breaches.contains(&log) {
                true => Err("the group has stated a breach of them".into()),
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Terms in force, which the group has not given up.
fn in_force<'a>(view: &View<'_>, books: &'a Books, id: &TermsId) -> Result<&'a Deal, String> {
    let deal = known(books, id)?;
    party(view, &deal.terms)?;
    if !deal.is_committed() {
        return Err("they are not in force".into());
    }
    match deal.released.contains(&view.base.log()) {
        true => Err("the group has released them".into()),
        false => Ok(deal),
    }
}

fn may_state(
    view: &View<'_>,
    books: &Books,
    domains: &[Name],
    terms: &Terms,
    until: Option<Timestamp>,
) -> Result<(), String> {
    let consent = speaking::bound_by(view, &terms.federation, &terms.version)?;
    if terms.by_matter {
        return Err("terms by a matter are accepted by who enacts it: open a matter that settles them".into());
    }
    terms.check(&consent.agreement, view.now)?;
    party(view, terms)?;
    decided_in(view, domains, terms, true)?;
    if books.deals.contains_key(&terms.id()) {
        return Err("these very terms were stated before: another text, or another deadline, makes other terms".into());
    }
    if let Some(countered) = terms.counters.as_ref() {
        known(books, countered)?;
    }
    check_countered(books, terms)?;
    books.check_beside(terms)?;
    let news = consent.agreement.timing.news;
    books.may_hold(&view.base.log(), view.charter(), terms, until, news, view.now)
}

fn may_accept(
    view: &View<'_>,
    books: &Books,
    domains: &[Name],
    id: &TermsId,
    until: Option<Timestamp>,
) -> Result<(), String> {
    let deal = open(books, id)?;
    let agreement = version_of(view.base.ties(), &deal.terms.version)?;
    party(view, &deal.terms)?;
    decided_in(view, domains, &deal.terms, true)?;
    if deal.accepted.is_some() {
        return Err("the group has accepted them".into());
    }
    if view.now > deal.terms.by {
        return Err(format!("their deadline was {}", deal.terms.by));
    }
    check_countered(books, &deal.terms)?;
    books.check_beside(&deal.terms)?;
    let news = agreement.timing.news;
    books.may_hold(&view.base.log(), view.charter(), &deal.terms, until, news, view.now)
}

/// What terms counter, where it is known here, is of the same requester and may not have come into force: it would be
/// given up with that. A matter's terms are not for one group to give up.
fn check_countered(books: &Books, terms: &Terms) -> Result<(), String> {
    let Some(countered) = terms.counters.filter(|id| books.deals.contains_key(id)) else {
        return Ok(());
    };
    let id = countered.short();
    let countered = &open(books, &countered).map_err(|why| format!("{id}, which they counter: {why}"))?.terms;
    if countered.by_matter {
        return Err("they counter terms by a matter, which nobody takes back".into());
    }
    match countered.requester == terms.requester {
        true => Ok(()),
        false => Err("they counter the terms of another requester".into()),
    }
}

fn known<'a>(books: &'a Books, id: &TermsId) -> Result<&'a Deal, String> {
    books.deals.get(id).ok_or_else(|| {
        let id = id.short();
        format!(
            "this log knows no terms {id}: they come with the evidence that they were stated, and go when long over"
        )
    })
}

/// Terms that may still come into force.
fn open<'a>(books: &'a Books, id: &TermsId) -> Result<&'a Deal, String> {
    let deal = known(books, id)?;
    if let Some(closing) = deal.closing {
        let how = if closing.commits { "in force" } else { "lapsed" };
        return Err(format!("they are {how} since {}", closing.at));
    }
    match deal.declined.first() {
        Some(party) => Err(format!("{} has declined them", party.short())),
        None => Ok(deal),
    }
}

fn party(view: &View<'_>, terms: &Terms) -> Result<(), String> {
    match terms.parties().contains(&view.base.log()) {
        true => Ok(()),
        false => Err("this group neither asks nor promises anything in them".into()),
    }
}

/// The domains of the resources of the group in these lines.
fn domains_of<'t>(view: &View<'_>, lines: impl Iterator<Item = &'t Line>) -> BTreeSet<Name> {
    let resources = lines.filter_map(|line| view.charter().resources.find(&line.resource));
    resources.map(|resource| resource.domain.clone()).collect()
}

/// A steward decides in the domains of what it promises; who only asks, in any of its own. Who promises must have all of
/// it; who gives it up decides about what it still has.
fn decided_in(view: &View<'_>, domains: &[Name], terms: &Terms, promises: bool) -> Result<(), String> {
    let log = view.base.log();
    let missing = |line: &&Line| view.charter().resources.find(&line.resource).is_none();
    if let Some(line) = terms.lines_of(&log).find(missing).filter(|_| promises) {
        return Err(format!("the group has no resource '{}'", line.resource));
    }
    check_named(domains, &domains_of(view, terms.lines_of(&log)))
}

/// Checks that a decision names domains, and those that are needed if there are any.
fn check_named(domains: &[Name], needed: &BTreeSet<Name>) -> Result<(), String> {
    if domains.is_empty() || !domains.is_sorted_by(|a, b| a < b) {
        return Err("name the domains in which the group decides it, sorted, each once".into());
    }
    if !needed.is_empty() && !needed.iter().eq(domains) {
        let needed: Vec<String> = needed.iter().map(ToString::to_string).collect();
        return Err(format!("what it promises is for the domains {} to decide", needed.join(", ")));
    }
    Ok(())
}

/// What a decision promises or gives up, and makes the group say.
pub(super) fn carry_out(view: &mut View<'_>, effect: &Effect) -> Option<Says> {
    if !effect.is_about_terms() {
        return None;
    }
    let (log, now, charter) = (view.base.log(), view.now, view.charter().clone());
    let books = &mut view.dealings_mut().books;
    books.expire(&log, now);
    let says = match effect {
        Effect::Terms { terms, until, .. } => {
            books.deals.insert(terms.id(), Deal::new((**terms).clone(), log, now));
            books.accept(&log, &charter, &terms.id(), *until, now);
            Says::Terms { terms: terms.clone(), until: *until }
        }
        Effect::AcceptTerms { terms, until, .. } => {
            books.accept(&log, &charter, terms, *until, now);
            Says::AcceptTerms { terms: *terms, until: *until }
        }
        Effect::DeclineTerms { terms, .. } => {
            books.deals.get_mut(terms)?.declined.insert(log);
            books.let_go(Some(terms));
            Says::DeclineTerms { terms: *terms }
        }
        Effect::ReleaseTerms { terms, .. } => {
            let deal = books.deals.get_mut(terms)?;
            let breach = deal.would_break(&log);
            deal.released.insert(log);
            deal.breaches.extend(breach.then_some(log));
            books.let_go(Some(terms));
            Says::ReleaseTerms { terms: *terms, breach }
        }
        Effect::UseTerms { terms, steward, resource, amount, .. } => {
            let (terms, steward, resource, amount) = (*terms, *steward, resource.clone(), *amount);
            books.deals.get_mut(&terms)?.used.insert((log, steward, resource.clone()), amount);
            Says::UseTerms { terms, steward, resource, amount }
        }
        Effect::BreachTerms { terms, .. } => {
            books.deals.get_mut(terms)?.breaches.insert(log);
            Says::BreachTerms { terms: *terms }
        }
        _ => return None,
    };
    Some(says)
}

impl Replica {
    /// What the group has to say about terms at `now` without a decision of its own, if anything: about those first that
    /// were stated first.
    pub fn follows(&self, now: Timestamp) -> Option<Says> {
        let mut view = View::new(self, self.head.number + 1, now.max(self.head.time));
        if self.voice_due().is_some() {
            return None;
        }
        let at = view.now;
        view.dealings_mut().books.expire(&self.log, at);
        let mut deals: Vec<(&TermsId, &Deal)> = view.dealings().books.deals.iter().collect();
        // Of two requests of which a rule grants one, who asked first gets it.
        deals.sort_by_key(|(id, deal)| (deal.stated, **id));
        deals.into_iter().find_map(|(id, deal)| {
            let terms = *id;
            let until = least_hold(&view, &deal.terms).ok();
            let says = [
                Says::Commit { terms },
                Says::Take { terms },
                Says::Lapse { terms },
                Says::ReleaseTerms { terms, breach: false },
                Says::AcceptTerms { terms, until },
            ];
            says.into_iter().find(|says| may_follow(&view, deal, says).is_ok())
        })
    }

    /// When something may follow by the clock alone, the next time after `now`.
    pub fn follows_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.dealings.books.next_end(&self.log, now)
    }
}

/// What follows without a decision: the closer's commit or lapse, a holder's taking or lapse, a release that another
/// party's makes possible, an acceptance that a rule of the charter grants.
pub(super) fn follows(view: &mut View<'_>, says: &Says) -> Result<(), Refusal> {
    let (log, now) = (view.base.log(), view.now);
    let Some(id) = says.terms() else { return Err(Conflict::Voice("no decision calls for it".into()).into()) };
    view.dealings_mut().books.expire(&log, now);
    let Some(deal) = view.dealings().books.deals.get(&id).cloned() else { return Err(Conflict::NoTerms(id).into()) };
    may_follow(view, &deal, says).map_err(|reason| Refusal::from(Conflict::Terms { terms: id, reason }))?;
    let charter = view.charter().clone();
    let books = &mut view.dealings_mut().books;
    match says {
        Says::AcceptTerms { until, .. } => books.accept(&log, &charter, &id, *until, now),
        Says::Commit { .. } | Says::Take { .. } => books.allocate(&log, &deal.terms),
        Says::Lapse { .. } if books.held_until(&id).is_some() => {
            books.ended_for_nothing(&log, &id, now);
            books.let_go(Some(&id));
        }
        _ => books.let_go(Some(&id)),
    }
    let closes = deal.terms.closer == log;
    let Some(deal) = books.deals.get_mut(&id) else { return Ok(()) };
    match says {
        Says::Commit { .. } => {
            deal.allocated = true;
            deal.closing = Some(Closing { commits: true, at: now, sealed: None });
        }
        Says::Take { .. } => deal.allocated = true,
        Says::AcceptTerms { .. } => deal.granted = true,
        Says::Lapse { .. } if closes => deal.closing = Some(Closing { commits: false, at: now, sealed: None }),
        Says::Lapse { .. } => deal.lapsed = true,
        _ => drop(deal.released.insert(log)),
    }
    Ok(())
}

fn may_follow(view: &View<'_>, deal: &Deal, says: &Says) -> Result<(), String> {
    let (log, now) = (view.base.log(), view.now);
    let held = view.dealings().books.held_until(&deal.terms.id()).is_some();
    match says {
        Says::Commit { .. } => {
            may_commit(deal, &log, now, held)?;
            view.dealings().books.check_beside(&deal.terms)
        }
        Says::Lapse { .. } => may_lapse(deal, &log, now, held),
        Says::Take { .. } => may_take(view, deal, held),
        Says::ReleaseTerms { breach: false, .. } => may_release(deal, &log),
        Says::AcceptTerms { until, .. } => may_grant(view, deal, *until),
        _ => Err("no decision calls for it".into()),
    }
}

fn may_commit(deal: &Deal, log: &LogId, now: Timestamp, held: bool) -> Result<(), String> {
    if deal.terms.closer != *log {
        return Err("only the closer commits".into());
    }
    if deal.closing.is_some() {
        return Err("they are closed".into());
    }
    if now > deal.terms.by {
        return Err(format!("their deadline was {}", deal.terms.by));
    }
    if !held {
        return Err("the closer does not hold its part any more".into());
    }
    if let Some(party) = deal.declined.first() {
        return Err(format!("{} has declined them", party.short()));
    }
    match deal.is_accepted_by_all(log) {
        true => Ok(()),
        false => Err("the acceptances of all parties must be cited first".into()),
    }
}

fn may_lapse(deal: &Deal, log: &LogId, now: Timestamp, held: bool) -> Result<(), String> {
    let promised = deal.accepted.is_some_and(|(_, until)| until.is_some());
    let left = deal.declined.contains(log) || deal.released.contains(log);
    if deal.allocated || deal.lapsed || deal.terms.closer != *log && (!promised || left) {
        return Err("nothing is held for them".into());
    }
    if deal.terms.closer == *log {
        return match deal.closing {
            Some(_) => Err("they are closed".into()),
            None if now > deal.terms.by || !deal.declined.is_empty() => Ok(()),
            None => Err(format!("their deadline is {}", deal.terms.by)),
        };
    }
    let closed = deal.closing.is_some_and(|closing| !closing.commits);
    match closed || !held {
        true => Ok(()),
        false => Err("the closer has not let them go, and the own hold is not over".into()),
    }
}

fn may_take(view: &View<'_>, deal: &Deal, held: bool) -> Result<(), String> {
    let agreement = version_of(view.base.ties(), &deal.terms.version)?;
    let log = view.base.log();
    if deal.terms.closer == log || deal.allocated {
        return Err("the group has it already".into());
    }
    if !held {
        return Err("the group holds nothing for them any more".into());
    }
    let in_time = deal.closing.is_some_and(|closing| {
        let end = deal.terms.by + agreement.timing.news;
        closing.commits && closing.at <= deal.terms.by && closing.sealed.is_some_and(|sealed| sealed <= end)
    });
    match in_time {
        true => Ok(()),
        false => Err("the closer's commit, sealed in time, must be cited first".into()),
    }
}

fn may_release(deal: &Deal, log: &LogId) -> Result<(), String> {
    if !deal.allocated || deal.released.contains(log) {
        return Err("nothing is promised under them".into());
    }
    match deal.is_split() || deal.released.contains(&deal.terms.requester) {
        true => Ok(()),
        false => Err("who was promised it has not released it, and no hold for them has lapsed".into()),
    }
}

/// The shortest hold that terms need of the group, where it promises something in them.
pub(super) fn least_hold(view: &View<'_>, terms: &Terms) -> Result<Timestamp, String> {
    let agreement = version_of(view.base.ties(), &terms.version)?;
    Ok(Books::least_hold(terms, &view.base.log(), agreement.timing.news))
}

/// An acceptance without a decision holds as short as may be, and nothing else of it differs.
fn may_grant(view: &View<'_>, deal: &Deal, until: Option<Timestamp>) -> Result<(), String> {
    let (log, books) = (view.base.log(), &view.dealings().books);
    if until != Some(least_hold(view, &deal.terms)?) {
        return Err("without a decision the group holds as short as may be".into());
    }
    books.may_grant(&log, view.charter(), deal, view.now)?;
    let domains: Vec<Name> = domains_of(view, deal.terms.lines_of(&log)).into_iter().collect();
    may_accept(view, books, &domains, &deal.terms.id(), until)
}

/// Takes what another party said about terms; says whether it is news.
pub(super) fn take(view: &mut View<'_>, evidence: &Evidence, agreement: &FederationAgreement, said: &Said<'_>) -> bool {
    let (log, now) = (view.base.log(), view.now);
    let (party, says) = (evidence.log, &said.voice.says);
    let books = &mut view.dealings_mut().books;
    if !books.is_news(&log, &party, says, Some(said.sealed), now) {
        return false;
    }
    if let Says::Terms { terms, .. } = says {
        if let Some(deal) = books.deals.get_mut(&terms.id()) {
            let of_it = terms.version == evidence.version;
            of_it.then(|| deal.accepts.insert(party, said.at));
            return of_it;
        }
        let stands = terms.version == evidence.version && terms.check(agreement, said.at).is_ok();
        if stands {
            books.forget(&log, now);
            books.deals.insert(terms.id(), Deal::new((**terms).clone(), party, said.at));
        }
        return stands;
    }
    let deal = says.terms().and_then(|id| books.deals.get_mut(&id));
    let Some(deal) = deal.filter(|deal| deal.terms.version == evidence.version) else { return false };
    let closing = |commits| Some(Closing { commits, at: said.at, sealed: Some(said.sealed) });
    match says {
        Says::AcceptTerms { .. } => drop(deal.accepts.insert(party, said.at)),
        Says::DeclineTerms { .. } => drop(deal.declined.insert(party)),
        Says::ReleaseTerms { breach, .. } => {
            deal.released.insert(party);
            deal.breaches.extend(breach.then_some(party));
        }
        Says::BreachTerms { .. } => drop(deal.breaches.insert(party)),
        Says::UseTerms { steward, resource, amount, .. } => {
            deal.used.insert((party, *steward, resource.clone()), *amount);
        }
        Says::Commit { .. } => deal.closing = closing(true),
        Says::Lapse { .. } if deal.terms.closer == party => deal.closing = closing(false),
        Says::Lapse { .. } => drop(deal.lapses.insert(party)),
        _ => return false,
    }
    true
}
