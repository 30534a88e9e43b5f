//! A shared budget and a shared barn: two stewards promise together, one log closes, and one group's node is dead in the
//! middle of it.

use folkmoot_protocol::{
    effect::Effect,
    federation::FederationAgreement,
    limits::AMOUNT,
    name::Name,
    replay::Replica,
    resource::{Line, Portion, Terms, Window},
    time::Span,
};
use serde_json::json;

use super::{
    super::{
        fleet::{Fleet, until},
        people::{Group, name},
    },
    Story, carried, decision, joining, outcome,
};
use crate::{client::Client, cmd::CliError, logs};

impl Story {
    /// The workshop asks finance for money and the assembly for the barn, and gets both or neither.
    pub(super) async fn share(&mut self, workshop: &mut Group) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("The workshop asks for a budget and for the barn: two stewards, and both or neither.")?;
        let agreement = agreement_of(workshop).await?;
        let terms = self.terms(workshop, &agreement)?;
        let id = terms.id();
        let here = vec![name("repairs")?];
        let effect = Effect::Terms { domains: here, terms: Box::new(terms.clone()), until: None };
        let view = carried(workshop, &terms.title, "Forty bicycles stand in the rain.", vec![effect]).await?;
        let words = format!("the workshop asks, {}: that holds nothing yet", outcome(&view));
        teller.tell("decision", decision(&view), &words)?;
        for group in [&self.finance, &self.assembly] {
            knows(group, "the request", |replica| replica.dealings().books.deals.contains_key(&id)).await?;
        }
        self.fleet.kill(joining::NEWCOMER).await?;
        teller.tell(
            "killed",
            json!({"node": joining::NEWCOMER}),
            "and its node is killed (SIGKILL), in the middle of it",
        )?;
        self.accept(&terms, "spending").await?;
        for group in [&self.finance, &self.assembly] {
            let taken = |replica: &Replica| replica.dealings().books.deals.get(&id).is_some_and(|deal| deal.allocated);
            knows(group, "the allocation", taken).await?;
        }
        let words = "finance's log closes: it has both acceptances, sealed by the others; the barn follows its commit";
        teller.tell("in-force", json!({"terms": id.short(), "closer": "finance"}), words)?;
        self.fleet.restart(joining::NEWCOMER).await?;
        workshop.client = self.fleet.client(joining::NEWCOMER)?;
        knows(workshop, "the commit", |replica| {
            replica.dealings().books.deals.get(&id).is_some_and(folkmoot_protocol::resource::Deal::is_committed)
        })
        .await?;
        teller.tell(
            "caught-up",
            json!({"node": joining::NEWCOMER}),
            "the workshop's node comes back and finds it in force",
        )
    }

    /// 300 of the camp's money and the barn for an afternoon; finance closes within a quarter of a minute.
    fn terms(&self, workshop: &Group, agreement: &FederationAgreement) -> Result<Terms, CliError> {
        let now = folkmoot_node::clock::now();
        let afternoon = Window::new(now + Span::from_days(3), now + Span::from_secs(3 * 24 * 3600 + 4 * 3600))
            .map_err(|error| CliError::Input(error.to_string()))?;
        let line = |group: &Group, resource: &str, window, amount| -> Result<Line, CliError> {
            Ok(Line { steward: group.log, resource: name(resource)?, portions: vec![Portion { window, amount }] })
        };
        let mut lines =
            vec![line(&self.finance, "money", Window::ALL, 30_000)?, line(&self.assembly, "barn", afternoon, 1)?];
        lines.sort_by_key(|line| line.steward);
        Ok(Terms {
            federation: agreement.id(),
            version: agreement.hash(),
            title: "A repair day in the barn".into(),
            text: "Spare parts, and a roof for an afternoon; every child's bicycle is repaired for nothing.".into(),
            requester: workshop.log,
            lines,
            closer: self.finance.log,
            by: now + Span::from_secs(25),
            counters: None,
            by_matter: false,
        })
    }

    /// Both stewards accept, and hold what they promise until the closer has had its time.
    async fn accept(&mut self, terms: &Terms, domain: &str) -> Result<(), CliError> {
        let teller = self.teller;
        let until = Some(terms.by + Span::from_secs(20));
        let effect = |domain: Name| Effect::AcceptTerms { domains: vec![domain], terms: terms.id(), until };
        let barn = vec![effect(name("programme")?)];
        let money = vec![effect(name(domain)?)];
        let (barn, money) = tokio::try_join!(
            carried(&mut self.assembly, &terms.title, "Nobody needs the barn then.", barn),
            carried(&mut self.finance, &terms.title, "It is in the budget.", money),
        )?;
        for (view, what) in [(&barn, "the assembly holds the barn"), (&money, "finance holds the money")] {
            let words = format!("{what}, {}, until the deadline has passed", outcome(view));
            teller.tell("decision", decision(view), &words)?;
        }
        Ok(())
    }
}

/// The version of the agreement that the group consented to last.
pub(super) async fn agreement_of(group: &Group) -> Result<FederationAgreement, CliError> {
    let replica = logs::replay(&logs::fetch(&group.client, &group.log.to_string()).await?)?;
    let last = replica.charter().federation.and_then(|id| replica.ties().latest(&id).cloned());
    last.map(|consent| consent.agreement).ok_or_else(|| CliError::Failed(format!("{} is in no federation", group.name)))
}

/// Waits until a group's log says so.
async fn knows(group: &Group, what: &str, holds: impl Fn(&Replica) -> bool) -> Result<(), CliError> {
    let log = group.log.to_string();
    until(&group.client, &format!("{what} in the log of {}", group.name), async |client| {
        Ok(holds(&logs::replay(&logs::fetch(client, &log).await?)?))
    })
    .await
}

/// In how many places more is promised than there is, over all groups and nodes: none.
pub(super) async fn overcommitted(fleet: &Fleet, groups: &[String]) -> Result<usize, CliError> {
    let mut over = 0;
    for node in fleet.running() {
        for group in groups {
            over += over_in(&node.client(), group).await?;
        }
    }
    Ok(over)
}

async fn over_in(client: &Client, group: &str) -> Result<usize, CliError> {
    let replica = logs::replay(&logs::fetch(client, group).await?)?;
    let charter = replica.charter();
    let over = replica.dealings().books.ledgers.iter().filter(|(name, ledger)| {
        let capacity = charter.resources.find(name).map_or(0, |resource| resource.capacity);
        // A capacity below what is promised cannot be set.
        (*ledger).clone().set_capacity(capacity.min(AMOUNT)).is_err()
    });
    Ok(over.count())
}
