//! What waits for a group in negotiations: terms that it has not answered, holds that end soon, terms that others
//! broke, and what others ask for or were promised instead.

use folkmoot_protocol::{
    id::TermsId,
    name::Name,
    replay::Replica,
    resource::Deal,
    time::{Span, Timestamp},
};

use super::{
    deal_deadline::{is_answerable, waits_until},
    deal_view::BesideView,
    deal_views::waits,
    view::InboxItem,
    views::Views,
};

impl Views<'_> {
    /// What negotiations wait for from a group, with the time by which it counts.
    pub(super) fn deal_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
        let mut items = Vec::new();
        for (id, deal) in &log.dealings().books.deals {
            let asked = waits(log, id, deal, now).then(|| self.waits_for_answer(log, id, deal, now));
            let found = asked
                .or_else(|| ends_soon(log, id, deal, now))
                .or_else(|| self.broken(log, id, deal, now))
                .or_else(|| self.rivalled(log, id, deal, now));
            items.extend(found.map(|(by, what)| {
                let item = InboxItem {
                    by: by.to_string(),
                    kind: "terms".into(),
                    what,
                    group: log.charter().name.to_string(),
                    member: member.to_string(),
                    proposal: None,
                    matter: None,
                    terms: Some(id.to_string()),
                    round: None,
                    title: Some(deal.terms.title.clone()),
                };
                (by, item)
            }));
        }
        items
    }

    /// Terms that another party broke, or says that they are broken, until the group gives them up or their time is over.
    fn broken(&self, log: &Replica, id: &TermsId, deal: &Deal, now: Timestamp) -> Option<(Timestamp, String)> {
        let own = log.log();
        let mut portions = deal.terms.lines.iter().flat_map(|line| &line.portions);
        let runs = portions.any(|portion| now < portion.window.until());
        if !runs || deal.released.contains(&own) {
            return None;
        }
        let by = deal.breaches.iter().find(|party| **party != own)?;
        let (name, id) = (self.name_of(by), id.short());
        // Who asked promised nothing that it could break.
        let how = match deal.released.contains(by) && *by != deal.terms.requester {
            true => format!("{name} has given up the terms {id} and broken them: what it promised is gone"),
            false => format!("{name} states that the terms {id} are broken"),
        };
        Some((now, format!("{how}; see moot resource show {id}, and give them up: moot resource release {id}")))
    }

    fn waits_for_answer(&self, log: &Replica, id: &TermsId, deal: &Deal, now: Timestamp) -> (Timestamp, String) {
        let others = others(&self.contested(&deal.terms, now));
        let others = others.map(|others| format!("; {others} the same, and there is not enough")).unwrap_or_default();
        let (id, by) = (id.short(), waits_until(&deal.terms));
        let (from, name) = (self.name_of(&deal.stated_by), &log.charter().name);
        let what = format!(
            "the terms {id} of {from} wait for {name}'s answer until {by}: moot resource accept|counter|decline {id}{others}"
        );
        (by, what)
    }

    /// What a group asks for and others ask for as well, or were promised since.
    fn rivalled(&self, log: &Replica, id: &TermsId, deal: &Deal, now: Timestamp) -> Option<(Timestamp, String)> {
        let terms = &deal.terms;
        if terms.requester != log.log() || !is_answerable(terms, now) {
            return None;
        }
        // The closer's log may know more than the own one.
        let (closer, _) = self.best(id)?;
        if !closer.dealings().books.state_at(&closer.log(), id, now)?.is_open() {
            return None;
        }
        let (taken, asked, id) = (self.in_the_way(terms, now), self.contested(terms, now), id.short());
        let what = match (holders(&taken), others(&asked)) {
            (Some(holders), _) => format!("as things are your terms {id} cannot be met any more: {holders}"),
            (None, Some(others)) => format!(
                "{others} the same as your terms {id}, and there is not enough for all: whoever is accepted first has \
                 it"
            ),
            (None, None) => return None,
        };
        Some((waits_until(terms), format!("{what}; see moot resource show {id}")))
    }
}

/// The terms that ask for the same, with the verb.
fn others(contested: &[BesideView]) -> Option<String> {
    let mut ids: Vec<&str> = contested.iter().map(|other| start(&other.promise.terms)).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [] => None,
        [one] => Some(format!("{one} asks for")),
        some => Some(format!("{} ask for", some.join(", "))),
    }
}

/// Who holds or has what, and until when.
fn holders(taken: &[BesideView]) -> Option<String> {
    let words = |beside: &BesideView| {
        let promise = &beside.promise;
        let who = if promise.requester.is_empty() { "a round".into() } else { promise.requester.clone() };
        let verb = if promise.held_until.is_some() { "holds" } else { "has" };
        let until = promise.held_until.as_ref().or(promise.until.as_ref());
        let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
        let what = format!("{}/{}", beside.steward, beside.resource);
        format!("{} of {who} {verb} {what}{until}", start(&promise.terms))
    };
    let words: Vec<String> = taken.iter().map(words).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// As much of an id as people see.
fn start(id: &str) -> &str {
    id.get(..9).unwrap_or(id)
}

/// A hold that ends within a tenth of its time, or within an hour.
fn ends_soon(log: &Replica, id: &TermsId, deal: &Deal, now: Timestamp) -> Option<(Timestamp, String)> {
    let until = log.dealings().books.held_until(id).filter(|until| now < *until)?;
    let (since, _) = deal.accepted?;
    let last = until.since(since).tenth().max(Span::from_secs(3600));
    let by = deal.terms.by;
    let what = format!("the hold for the terms {} ends, unless they are in force by {by}", id.short());
    (now >= until.before(last)).then_some((until, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::deal_view::PromiseView;

    fn beside(terms: &str, held_until: Option<&str>, until: Option<&str>) -> BesideView {
        let promise = PromiseView {
            terms: terms.repeat(20),
            title: "A play".into(),
            requester: "assembly".into(),
            from: until.map(|_| "2026-12-05T19:00:00Z".into()),
            until: until.map(String::from),
            amount: 1,
            held_until: held_until.map(String::from),
            asked: false,
            used: None,
        };
        BesideView { steward: "logistics".into(), resource: "hall".into(), unit: "hall".into(), promise }
    }

    #[test]
    fn who_asked_reads_who_has_it_and_until_when() {
        let end = Some("2026-12-05T23:00:00Z");
        let words = holders(&[beside("t1", Some("2026-11-30T12:00:00Z"), end), beside("t2", None, end)]).unwrap();
        let held = "t1t1t1t1t of assembly holds logistics/hall until 2026-11-30T12:00:00Z";
        assert_eq!(words, format!("{held}, t2t2t2t2t of assembly has logistics/hall until 2026-12-05T23:00:00Z"));
        assert_eq!(holders(&[beside("t3", None, None)]).unwrap(), "t3t3t3t3t of assembly has logistics/hall");
        assert_eq!(holders(&[]), None);
    }

    #[test]
    fn terms_that_ask_for_the_same_are_named_once_each() {
        let (one, two) = (beside("t1", None, None), beside("t2", None, None));
        assert_eq!(others(&[one.clone(), one.clone()]).unwrap(), "t1t1t1t1t asks for");
        assert_eq!(others(&[one.clone(), two, one]).unwrap(), "t1t1t1t1t, t2t2t2t2t ask for");
        assert_eq!(others(&[]), None);
    }
}
