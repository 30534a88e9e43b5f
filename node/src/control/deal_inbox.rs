//! What waits for a group in negotiations: terms that it has not answered, holds that end soon, and terms that others
//! broke.

use folkmoot_protocol::{
    id::TermsId,
    name::Name,
    replay::Replica,
    resource::Deal,
    time::{Span, Timestamp},
};

use super::{deal_deadline::waits_until, deal_views::waits, view::InboxItem, views::Views};

impl Views<'_> {
    /// What negotiations wait for from a group, with the time by which it counts.
    pub(super) fn deal_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
        let mut items = Vec::new();
        for (id, deal) in &log.dealings().books.deals {
            let asked = waits(log, id, deal, now).then(|| self.waits_for_answer(log, id, deal, now));
            let found = asked.or_else(|| ends_soon(log, id, deal, now)).or_else(|| self.broken(log, id, deal, now));
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
        let how = match deal.released.contains(by) {
            true => format!("{name} has given up the terms {id} and broken them: what it promised is gone"),
            false => format!("{name} states that the terms {id} are broken"),
        };
        Some((now, format!("{how}; see moot resource show {id}, and give them up: moot resource release {id}")))
    }

    fn waits_for_answer(&self, log: &Replica, id: &TermsId, deal: &Deal, now: Timestamp) -> (Timestamp, String) {
        let mut others: Vec<String> =
            self.contested(&deal.terms, now).into_iter().map(|other| other.promise.terms).collect();
        others.dedup();
        let others = others.iter().filter_map(|other| other.get(..9)).collect::<Vec<&str>>().join(", ");
        let others =
            if others.is_empty() { others } else { format!("; {others} ask for the same, and there is not enough") };
        let (id, by) = (id.short(), waits_until(&deal.terms));
        let (from, name) = (self.name_of(&deal.stated_by), &log.charter().name);
        let what = format!(
            "the terms {id} of {from} wait for {name}'s answer until {by}: moot resource accept|counter|decline {id}{others}"
        );
        (by, what)
    }
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
