//! How resources look to people: the ledger, and a calendar of the time to come.

use folkmoot_protocol::{
    charter::Charter,
    id::{RoundId, TermsId},
    name::Name,
    replay::Replica,
    resource::{Books, Kind, Ledger, Promise, Resource, Window},
    time::{Span, Timestamp},
};

use super::{
    deal_view::{PromiseView, ResourceView, StretchView},
    views::Views,
    words,
};

/// Most pieces of a calendar.
const STRETCHES: usize = 100;

impl Views<'_> {
    /// The resources of a group, with what is promised of them at `now` and in the time `ahead`.
    pub(super) fn resources(&self, log: &Replica, ahead: Span, now: Timestamp) -> Vec<ResourceView> {
        let mut books = log.dealings().books.clone();
        books.expire(&log.log(), now);
        let charter = log.charter();
        charter.resources.iter().map(|resource| self.resource(log, charter, resource, &books, ahead, now)).collect()
    }

    fn resource(
        &self,
        log: &Replica,
        charter: &Charter,
        resource: &Resource,
        books: &Books,
        ahead: Span,
        now: Timestamp,
    ) -> ResourceView {
        let none = Ledger::new(resource.capacity);
        let ledger = books.ledgers.get(&resource.name).unwrap_or(&none);
        let (held, allocated) = now_promised(ledger, now);
        let mut promises: Vec<PromiseView> =
            ledger.iter().flat_map(|(id, promise)| self.promise(books, id, &resource.name, promise)).collect();
        promises.sort_by(|a, b| (&a.from, &a.terms).cmp(&(&b.from, &b.terms)));
        ResourceView {
            group: charter.name.to_string(),
            group_id: log.log().to_string(),
            name: resource.name.to_string(),
            purpose: resource.purpose.clone(),
            unit: resource.unit.clone(),
            domain: resource.domain.to_string(),
            kind: kind(&resource.kind).into(),
            every: match &resource.kind {
                Kind::Budget(budget) => Some(budget.every.to_string()),
                _ => None,
            },
            until: resource.horizon(now).map(|until| until.to_string()),
            capacity: resource.capacity,
            grants: resource.grants.map(|grants| words::granted(&grants, resource.capacity, &resource.unit)),
            held,
            allocated,
            left: resource.capacity.saturating_sub(held + allocated),
            promises,
            asked: self.asked_of(log, &resource.name, now),
            calendar: calendar(resource, ledger, ahead, now),
        }
    }

    /// A promise as its windows, one view for each.
    pub(super) fn promise(&self, books: &Books, id: &TermsId, of: &Name, promise: &Promise) -> Vec<PromiseView> {
        let used = books.deals.get(id).into_iter().flat_map(|deal| &deal.used);
        let used = used.filter(|((_, _, resource), _)| resource == of).map(|(_, amount)| *amount).max();
        let terms = books.deals.get(id).map(|deal| &deal.terms);
        let share = books.share_of(id);
        let round = share.map(|(round, _)| *round).unwrap_or(RoundId(id.0));
        let round = books.rounds.get_key_value(&round);
        let requester = terms.map(|terms| terms.requester).or(share.map(|(_, group)| group));
        let title = terms.map(|terms| &terms.title).or(round.map(|(_, known)| &known.round.title));
        let requester = requester.map(|group| self.name_of(&group)).unwrap_or_default();
        let view = |portion: &folkmoot_protocol::resource::Portion| {
            let (from, until) = ends(portion.window);
            PromiseView {
                terms: round.map_or_else(|| id.to_string(), |(round, _)| round.to_string()),
                title: title.cloned().unwrap_or_default(),
                requester: requester.clone(),
                from,
                until,
                amount: portion.amount,
                held_until: promise.held_until.map(|until| until.to_string()),
                asked: false,
                used,
            }
        };
        promise.portions.iter().map(view).collect()
    }
}

/// The word for a kind of resource.
fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Stock => "stock",
        Kind::Budget(_) => "budget",
        Kind::Slots(_) => "slots",
    }
}

/// The ends of a window as people see them: all time has none.
pub(super) fn ends(window: Window) -> (Option<String>, Option<String>) {
    match window {
        Window::ALL => (None, None),
        window => (Some(window.from().to_string()), Some(window.until().to_string())),
    }
}

/// How much is held and how much is allocated at a moment.
fn now_promised(ledger: &Ledger<TermsId>, now: Timestamp) -> (u64, u64) {
    let at_now = |promise: &Promise| -> u64 {
        promise.portions.iter().filter(|portion| portion.window.contains(now)).map(|portion| portion.amount).sum()
    };
    let sum = |held: bool| -> u64 {
        let promises = ledger.iter().filter(|(_, promise)| promise.held_until.is_some() == held);
        promises.map(|(_, promise)| at_now(promise)).sum()
    };
    (sum(true), sum(false))
}

/// What is promised from now on: of slots as it changes, of a budget by its periods.
fn calendar(resource: &Resource, ledger: &Ledger<TermsId>, ahead: Span, now: Timestamp) -> Vec<StretchView> {
    let view = |window: Window| {
        let left = ledger.left(window);
        let promised = ledger.capacity().saturating_sub(left);
        StretchView { from: window.from().to_string(), until: window.until().to_string(), promised, left }
    };
    let Some(horizon) = resource.horizon(now) else { return Vec::new() };
    let end = (now + ahead).min(horizon);
    match &resource.kind {
        Kind::Stock => Vec::new(),
        Kind::Slots(_) => {
            let Ok(window) = Window::new(now, end) else { return Vec::new() };
            ledger.promised_within(window).into_iter().take(STRETCHES).map(|(window, _)| view(window)).collect()
        }
        Kind::Budget(budget) => {
            let first = budget.period_at(now.max(budget.from));
            let periods = std::iter::successors(first, |period| budget.period_at(period.until()));
            periods.take_while(|period| period.from() < end).take(STRETCHES).map(view).collect()
        }
    }
}
