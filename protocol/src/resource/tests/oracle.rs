//! Ledgers against a count of every instant by itself.

use proptest::{collection::vec, prelude::*};

use super::*;

/// Instants that stories take place in.
const INSTANTS: u64 = 24;

/// Something done to a ledger.
#[derive(Clone, Debug)]
enum Step {
    Promise(u8, Promise),
    Replace(u8, Promise),
    Allocate(u8),
    Release(u8),
    Lapse(u64),
    Forget(u64),
    SetCapacity(u64),
}

/// The promises alone: all else is counted anew, instant by instant.
#[derive(Clone, Debug)]
struct Plain {
    capacity: u64,
    promises: std::collections::BTreeMap<u8, Promise>,
}

impl Plain {
    fn level(&self, instant: u64, except: Option<u8>) -> u64 {
        let counted = self.promises.iter().filter(|(id, _)| Some(**id) != except);
        counted.map(|(_, promise)| sum(&promise.portions, instant)).sum()
    }

    /// The first stretch of instants in which there is too little, and the most that is missing there.
    fn fits(&self, portions: &[Portion], instead_of: Option<u8>) -> Result<(), Missing> {
        let missing = |at: u64| (self.level(at, instead_of) + sum(portions, at)).saturating_sub(self.capacity);
        let Some(from) = (0..INSTANTS).find(|at| missing(*at) > 0) else { return Ok(()) };
        let until = (from..=INSTANTS).find(|at| missing(*at) == 0).unwrap();
        Err(Missing { window: window(from, until), amount: (from..until).map(missing).max().unwrap() })
    }

    fn peak(&self) -> u64 {
        (0..INSTANTS).map(|at| self.level(at, None)).max().unwrap()
    }

    /// Does a step, and says whether it was refused.
    fn take(&mut self, step: &Step) -> Result<(), ()> {
        match step {
            Step::Promise(id, _) if self.promises.contains_key(id) => return Err(()),
            Step::Replace(id, _) if !self.promises.contains_key(id) => return Err(()),
            Step::Promise(id, promise) | Step::Replace(id, promise) => {
                self.fits(&promise.portions, Some(*id)).map_err(drop)?;
                self.promises.insert(*id, promise.clone());
            }
            Step::Allocate(id) => self.promises.get_mut(id).ok_or(())?.held_until = None,
            Step::Release(id) => drop(self.promises.remove(id).ok_or(())?),
            Step::Lapse(now) => {
                self.promises.retain(|_, promise| promise.held_until.is_none_or(|until| until > at(*now)));
            }
            Step::Forget(now) => self.promises.retain(|_, promise| {
                let before = promise.portions.len();
                promise.portions.retain(|portion| portion.window.until() > at(*now));
                before == 0 || !promise.portions.is_empty()
            }),
            Step::SetCapacity(capacity) if *capacity < self.peak() => return Err(()),
            Step::SetCapacity(capacity) => self.capacity = *capacity,
        }
        Ok(())
    }
}

fn sum(portions: &[Portion], instant: u64) -> u64 {
    portions.iter().filter(|portion| portion.window.contains(at(instant))).map(|portion| portion.amount).sum()
}

/// Does a step to a ledger, and says whether it was refused.
fn take(ledger: &mut Ledger<u8>, step: &Step) -> Result<(), ()> {
    match step.clone() {
        Step::Promise(id, promise) => ledger.promise(id, promise).map_err(drop),
        Step::Replace(id, promise) => ledger.replace(&id, promise).map(drop).map_err(drop),
        Step::Allocate(id) => ledger.allocate(&id).then_some(()).ok_or(()),
        Step::Release(id) => ledger.release(&id).map(drop).ok_or(()),
        Step::Lapse(now) => {
            ledger.lapse(at(now));
            Ok(())
        }
        Step::Forget(now) => {
            ledger.forget(at(now));
            Ok(())
        }
        Step::SetCapacity(capacity) => ledger.set_capacity(capacity).map_err(drop),
    }
}

fn windows() -> impl Strategy<Value = Window> {
    (0..INSTANTS, 1..=INSTANTS).prop_filter_map("not empty", |(from, until)| Window::new(at(from), at(until)).ok())
}

fn portions() -> impl Strategy<Value = Vec<Portion>> {
    vec((windows(), 0_u64..7).prop_map(|(window, amount)| Portion { window, amount }), 0..4)
}

fn steps() -> impl Strategy<Value = Step> {
    let promise = || {
        (portions(), proptest::option::of(0..INSTANTS))
            .prop_map(|(portions, until)| Promise { portions, held_until: until.map(at) })
    };
    prop_oneof![
        6 => (0_u8..6, promise()).prop_map(|(id, promise)| Step::Promise(id, promise)),
        3 => (0_u8..6, promise()).prop_map(|(id, promise)| Step::Replace(id, promise)),
        1 => (0_u8..6).prop_map(Step::Allocate),
        2 => (0_u8..6).prop_map(Step::Release),
        1 => (0..INSTANTS).prop_map(Step::Lapse),
        1 => (0..INSTANTS).prop_map(Step::Forget),
        1 => (0_u64..15).prop_map(Step::SetCapacity),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_ledger_counts_every_instant(
        capacity in 0_u64..15,
        story in vec(steps(), 1..25),
        asked in portions(),
        seen in windows(),
    ) {
        let mut ledger = Ledger::new(capacity);
        let mut plain = Plain { capacity, promises: Default::default() };
        for step in &story {
            let before = ledger.clone();
            let taken = take(&mut ledger, step);
            prop_assert_eq!(taken, plain.take(step), "{:?}", step);
            prop_assert!(taken.is_ok() || ledger == before, "a refusal changes nothing: {:?}", step);

            prop_assert!(ledger.iter().eq(plain.promises.iter()));
            prop_assert_eq!(ledger.capacity(), plain.capacity);
            for instant in 0..INSTANTS {
                prop_assert_eq!(ledger.promised_at(at(instant)), plain.level(instant, None));
            }
            prop_assert!(plain.peak() <= plain.capacity);
            let next = plain.promises.values().filter_map(|promise| promise.held_until).min();
            prop_assert_eq!(ledger.lapses_at(), next);
            // Equal promises make equal ledgers, whatever came before.
            let bytes = crate::cbor::encode(&ledger);
            prop_assert_eq!(crate::cbor::decode(&bytes, 100_000), Ok(ledger.clone()));
        }
        prop_assert_eq!(ledger.fits(&asked), plain.fits(&asked, None));
        for id in 0..6 {
            prop_assert_eq!(ledger.fits_instead_of(&id, &asked), plain.fits(&asked, Some(id)));
        }
        let instants = || (0..INSTANTS).filter(|instant| seen.contains(at(*instant)));
        let most = instants().map(|instant| plain.level(instant, None)).max().unwrap();
        prop_assert_eq!(ledger.left(seen), plain.capacity - most);
        let there = |id: &u8| plain.promises.get(id).is_some_and(|promise| {
            promise.portions.iter().any(|portion| instants().any(|instant| portion.window.contains(at(instant))))
        });
        prop_assert!(ledger.conflicts(seen).map(|(id, _)| *id).eq((0..6).filter(there)));
        let pieces = ledger.promised_within(seen);
        prop_assert_eq!((pieces[0].0.from(), pieces[pieces.len() - 1].0.until()), (seen.from(), seen.until()));
        for (piece, level) in pieces {
            for instant in (0..INSTANTS).filter(|instant| piece.contains(at(*instant))) {
                prop_assert_eq!(plain.level(instant, None), level);
            }
        }
    }
}
