//! The budget's history, by decisions of whole replicas in virtual time.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    effect::Effect,
    federation::FederationAgreement,
    id::{LogId, TermsId},
    name::Name,
    replay::Replica,
    resource::{DealState, Kind, Line, Portion, Resource, Terms, Window},
    time::{Span, Timestamp},
};

use super::{
    BudgetReport, Step,
    file::{Transaction, dollars},
    groups,
    world::{Broken, World, broken},
};

/// How long an allocation takes at most: all of it happens on its day.
const DEADLINE: Span = Span::from_days(1);
/// How many seconds until the others have heard and sealed something.
const NEWS: u64 = 180;

struct Council {
    world: World,
    name: Name,
    resource: Name,
    domain: Name,
    agreement: FederationAgreement,
    capacity: u64,
}

/// Replays a budget, and writes into its report what the ledger says after each transaction.
pub(super) fn replay(transactions: &[Transaction], steps: &[Step], report: &mut BudgetReport) -> Result<(), Broken> {
    let Some(first) = transactions.first() else { return Ok(()) };
    let start: Timestamp = first.date.parse().map_err(broken)?;
    let mut council = Council::new(start.before(Span::from_days(1)), steps)?;
    let mut given: BTreeMap<Name, u64> = BTreeMap::new();
    for (at, (transaction, step)) in transactions.iter().zip(steps).enumerate() {
        council.world.wait_until(transaction.date.parse().map_err(broken)?);
        match step {
            Step::Income(amount) => council.income(transaction, *amount)?,
            Step::Allocation(group, amount) => {
                council.refuses(transaction, group)?;
                report.refused += 1;
                match council.allocate(transaction, group, *amount)? {
                    None => *given.entry(group.clone()).or_default() += amount,
                    Some(reason) => report.differing.push(format!("{}: refused: {reason}", transaction.date)),
                }
            }
            Step::Payment(_) => {}
        }
        let row = &mut report.rows[at];
        for replica in council.world.replicas(&council.name) {
            let left = council.left(replica)?;
            row.ledger = Some(left.cast_signed());
            if left.cast_signed() != row.left {
                let (left, file) = (dollars(left.cast_signed()), dollars(row.left));
                report.differing.push(format!("{}: the ledger has {left} left, the file {file}", row.date));
            }
            if council.given(replica) != given {
                report.differing.push(format!("{}: the ledger gave others than the file", row.date));
            }
        }
    }
    Ok(())
}

impl Council {
    fn new(start: Timestamp, steps: &[Step]) -> Result<Self, Broken> {
        let name = |text: &str| -> Result<Name, Broken> { text.parse().map_err(broken) };
        let world = World::new(start, &name("council")?, &groups(steps))?;
        let agreement = world.agreement()?;
        let (resource, domain) = (name("assets")?, name("budget")?);
        Ok(Self { world, name: name("council")?, resource, domain, agreement, capacity: 0 })
    }

    /// What comes in is there to be promised.
    fn income(&mut self, transaction: &Transaction, amount: u64) -> Result<(), Broken> {
        self.capacity += amount;
        let resource = Resource {
            name: self.resource.clone(),
            purpose: "What the council may give".into(),
            unit: "cent".into(),
            domain: self.domain.clone(),
            kind: Kind::Stock,
            capacity: self.capacity,
            grants: None,
        };
        let name = self.name.clone();
        self.world.carry(&name, &transaction.title, &basis(transaction), Effect::SetResource(resource))?;
        self.world.wait(Span::from_secs(NEWS));
        Ok(())
    }

    /// A group asks, the council accepts, and its log commits; or there is not enough, and it says what is missing.
    fn allocate(&mut self, transaction: &Transaction, group: &Name, amount: u64) -> Result<Option<String>, Broken> {
        let terms = self.request(transaction, group, amount)?;
        match self.accept(transaction, &terms) {
            Err(reason) if reason.contains("too few") => return Ok(Some(reason)),
            accepted => accepted?,
        }
        self.world.wait(Span::from_secs(NEWS));
        for party in [self.name.clone(), group.clone()] {
            for replica in self.world.replicas(&party) {
                let state = replica.dealings().books.state(&replica.log(), &terms.id());
                if state != Some(DealState::InForce) {
                    return Err(format!("'{}' is {state:?} in {party}, not in force", transaction.title));
                }
            }
        }
        Ok(None)
    }

    /// An allocation of a cent more than there is must be refused, with the sum that is missing.
    fn refuses(&mut self, transaction: &Transaction, group: &Name) -> Result<(), Broken> {
        let name = self.name.clone();
        let replica = self.world.replicas(&name).next().ok_or("the council has no log")?;
        let more = self.left(replica)? + 1;
        let terms = self.request(transaction, group, more)?;
        match self.accept(transaction, &terms) {
            Ok(()) => Err(format!("{} of {} were allocated", dollars(more.cast_signed()), transaction.date)),
            Err(reason) if reason.contains("1 too few") => Ok(()),
            Err(reason) => Err(format!("it was refused for another reason: {reason}")),
        }
    }

    fn request(&mut self, transaction: &Transaction, group: &Name, amount: u64) -> Result<Terms, Broken> {
        let log = |name: &Name| self.world.id(name).ok_or_else(|| format!("there is no group {name}"));
        let (steward, requester) = (log(&self.name)?, log(group)?);
        let portions = vec![Portion { window: Window::ALL, amount }];
        let terms = Terms {
            federation: self.agreement.id(),
            version: self.agreement.hash(),
            title: transaction.title.clone(),
            text: basis(transaction),
            requester,
            lines: vec![Line { steward, resource: self.resource.clone(), portions }],
            closer: steward,
            by: self.world.now + DEADLINE,
            counters: None,
            by_matter: false,
        };
        let effect = Effect::Terms { domains: self.domains(), terms: Box::new(terms.clone()), until: None };
        self.world.carry(group, &transaction.title, &basis(transaction), effect)?;
        self.world.wait(Span::from_secs(NEWS));
        Ok(terms)
    }

    fn accept(&mut self, transaction: &Transaction, terms: &Terms) -> Result<(), Broken> {
        let (domains, name) = (self.domains(), self.name.clone());
        let effect = Effect::AcceptTerms { domains, terms: terms.id(), until: Some(terms.by) };
        self.world.carry(&name, &transaction.title, &basis(transaction), effect)
    }

    fn domains(&self) -> Vec<Name> {
        vec![self.domain.clone()]
    }

    /// What is left of the council's assets by the ledger of its log.
    fn left(&self, replica: &Replica) -> Result<u64, Broken> {
        match replica.dealings().books.ledgers.get(&self.resource) {
            Some(ledger) => Ok(ledger.left(Window::ALL)),
            None if self.capacity == 0 => Ok(0),
            None => Err("the council's log has no ledger of its assets".into()),
        }
    }

    /// What is allocated to each group.
    fn given(&self, replica: &Replica) -> BTreeMap<Name, u64> {
        let books = &replica.dealings().books;
        let name = |log: &LogId| self.agreement.groups.iter().find(|group| group.log == *log).map(|group| &group.name);
        let requester = |id: &TermsId| name(&books.deals.get(id)?.terms.requester);
        let mut given = BTreeMap::new();
        for (id, promise) in books.ledgers.get(&self.resource).into_iter().flat_map(|ledger| ledger.iter()) {
            let amount: u64 = promise.portions.iter().map(|portion| portion.amount).sum();
            if let Some(group) = requester(id).filter(|_| promise.held_until.is_none()) {
                *given.entry(group.clone()).or_default() += amount;
            }
        }
        given
    }
}

/// The decision behind a transaction, as the file cites it.
fn basis(transaction: &Transaction) -> String {
    match transaction.cites.as_slice() {
        [] => format!("{} of {}; the file cites no decision.", transaction.title, transaction.date),
        cites => format!("Decided: {}", cites.join(" ")),
    }
}
