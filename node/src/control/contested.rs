//! Who asks for the same: open terms about one resource at one time for which there is not enough together.
//!
//! A request holds nothing, so only screens know of this: before both are accepted, and when the second one finds no
//! room.

use folkmoot_protocol::{
    id::{LogId, TermsId},
    name::Name,
    replay::Replica,
    resource::{Deal, Kind, Ledger, Line, Portion, Promise, Terms, Window},
    time::Timestamp,
};

use super::{
    deal_deadline::is_answerable,
    deal_view::{BesideView, PromiseView},
    resource_views::ends,
    views::Views,
};

impl Views<'_> {
    /// What open terms ask of a resource that its steward has not promised yet.
    pub(super) fn asked_of(&self, steward: &Replica, resource: &Name, now: Timestamp) -> Vec<PromiseView> {
        let log = steward.log();
        let asked = self.open_terms(now).into_iter().flat_map(|(id, deal)| {
            let portions = asks(&deal.terms, &log, resource).filter(|_| !self.is_promised(steward, resource, &id));
            let views = portions.map(|portion| self.asked(&id, deal, portion));
            views.collect::<Vec<PromiseView>>()
        });
        asked.collect()
    }

    /// The open terms that ask for what these ask for, where there is not enough for all of them.
    pub(super) fn contested(&self, terms: &Terms, now: Timestamp) -> Vec<BesideView> {
        let open = self.open_terms(now);
        terms.lines.iter().flat_map(|line| self.contested_line(terms, line, &open, now)).collect()
    }

    /// What is promised to others in the way of terms: with it there is not enough for these any more.
    pub(super) fn in_the_way(&self, terms: &Terms, now: Timestamp) -> Vec<BesideView> {
        let lacks =
            |line: &&Line| self.machine.log(&line.steward).is_some_and(|steward| !fit(steward, line, terms, &[], now));
        terms.lines.iter().filter(lacks).flat_map(|line| self.beside(terms, line, now)).collect()
    }

    /// Who else is promised something of a resource in the windows of a line.
    pub(super) fn beside(&self, terms: &Terms, line: &Line, now: Timestamp) -> Vec<BesideView> {
        let Some(replica) = self.machine.log(&line.steward) else { return Vec::new() };
        let books = &replica.dealings().books;
        let resource = replica.charter().resources.find(&line.resource);
        let ledger = books.ledger_for(&line.resource, [terms], now);
        let (Some(ledger), Some(resource)) = (ledger, resource) else { return Vec::new() };
        // Of a stock everything shares the same time: that matters only where it does not suffice.
        if resource.kind == Kind::Stock && ledger.fits(&line.portions).is_ok() {
            return Vec::new();
        }
        let shares = |window: &Window| line.portions.iter().any(|portion| portion.window.overlaps(*window));
        let mut found = Vec::new();
        for (id, promise) in ledger.iter() {
            for (portion, view) in promise.portions.iter().zip(self.promise(books, id, &line.resource, promise)) {
                if shares(&portion.window) {
                    found.push(BesideView {
                        steward: self.name_of(&line.steward),
                        resource: line.resource.to_string(),
                        unit: resource.unit.clone(),
                        promise: view,
                    });
                }
            }
        }
        found
    }

    fn contested_line(&self, terms: &Terms, line: &Line, open: &[(TermsId, &Deal)], now: Timestamp) -> Vec<BesideView> {
        let Some(steward) = self.machine.log(&line.steward) else { return Vec::new() };
        let Some(resource) = steward.charter().resources.find(&line.resource) else { return Vec::new() };
        let books = &steward.dealings().books;
        let overlaps = |portion: &Portion| line.portions.iter().any(|own| own.window.overlaps(portion.window));
        let mut others: Vec<(TermsId, &Deal, Vec<Portion>)> = Vec::new();
        for (id, deal) in open.iter().filter(|(_, deal)| !books.is_one_negotiation(terms, &deal.terms)) {
            let same: Vec<Portion> =
                asks(&deal.terms, &line.steward, &line.resource).copied().filter(overlaps).collect();
            if !same.is_empty() && !self.is_promised(steward, &line.resource, id) {
                others.push((*id, deal, same));
            }
        }
        if fit(steward, line, terms, &others, now) {
            return Vec::new();
        }
        let view = |(id, deal, portions): &(TermsId, &Deal, Vec<Portion>)| -> Vec<BesideView> {
            let beside = |portion| BesideView {
                steward: self.name_of(&line.steward),
                resource: line.resource.to_string(),
                unit: resource.unit.clone(),
                promise: self.asked(id, deal, portion),
            };
            portions.iter().map(beside).collect()
        };
        others.iter().flat_map(view).collect()
    }

    fn open_terms(&self, now: Timestamp) -> Vec<(TermsId, &Deal)> {
        let open = |id: TermsId| {
            let (log, deal) = self.best(&id)?;
            let state = log.dealings().books.state_at(&log.log(), &id, now)?;
            (state.is_open() && is_answerable(&deal.terms, now)).then_some((id, deal))
        };
        self.all_terms().into_iter().filter_map(open).collect()
    }

    fn is_promised(&self, steward: &Replica, resource: &Name, id: &TermsId) -> bool {
        steward.dealings().books.ledgers.get(resource).is_some_and(|ledger| ledger.find(id).is_some())
    }

    fn asked(&self, id: &TermsId, deal: &Deal, portion: &Portion) -> PromiseView {
        let (from, until) = ends(portion.window);
        PromiseView {
            terms: id.to_string(),
            title: deal.terms.title.clone(),
            requester: self.name_of(&deal.terms.requester),
            from,
            until,
            amount: portion.amount,
            held_until: None,
            asked: true,
            used: None,
        }
    }
}

fn asks<'a>(terms: &'a Terms, steward: &'a LogId, resource: &'a Name) -> impl Iterator<Item = &'a Portion> {
    terms.lines_of(steward).filter(move |line| line.resource == *resource).flat_map(|line| &line.portions)
}

/// Whether a line and all that others ask for fit beside what is promised.
fn fit(
    steward: &Replica,
    line: &Line,
    terms: &Terms,
    others: &[(TermsId, &Deal, Vec<Portion>)],
    now: Timestamp,
) -> bool {
    let all = others.iter().map(|(_, deal, _)| &deal.terms).chain([terms]);
    let Some(mut ledger) = steward.dealings().books.ledger_for(&line.resource, all, now) else { return true };
    let own = terms.id();
    let wanted = ledger.find(&own).is_none().then(|| (own, line.portions.clone()));
    let others = others.iter().map(|(id, _, portions)| (*id, portions.clone()));
    wanted.into_iter().chain(others).all(|(id, portions)| takes(&mut ledger, id, portions))
}

fn takes(ledger: &mut Ledger<TermsId>, id: TermsId, portions: Vec<Portion>) -> bool {
    ledger.promise(id, Promise::allocation(portions)).is_ok()
}
