//! What a ledger takes and refuses, by hand.

use super::*;
use crate::cbor;

fn hold(portions: &[Portion], until: u64) -> Promise {
    Promise::hold(portions.to_vec(), at(until))
}

fn allocation(portions: &[Portion]) -> Promise {
    Promise::allocation(portions.to_vec())
}

#[test]
fn two_groups_one_hall_one_saturday() {
    let mut hall = Ledger::new(1);
    hall.promise("choir", hold(&[portion(10, 14, 1)], 100)).unwrap();
    let dance = [portion(12, 16, 1)];
    assert_eq!(hall.fits(&dance), Err(Missing { window: window(12, 14), amount: 1 }));
    assert_eq!(hall.conflicts(window(12, 16)).map(|(id, _)| *id).collect::<Vec<_>>(), ["choir"]);
    // Half-open: who ends at 14 does not meet who starts at 14.
    assert_eq!(hall.fits(&[portion(14, 16, 1)]), Ok(()));
    assert_eq!(hall.conflicts(window(14, 16)).count(), 0);
    assert_eq!(
        hall.promise("dance", allocation(&dance)).unwrap_err().to_string(),
        hall.fits(&dance).unwrap_err().to_string()
    );
    hall.release(&"choir").unwrap();
    assert_eq!(hall.promise("dance", allocation(&dance)), Ok(()));
}

#[test]
fn the_first_stretch_with_too_little_is_named_with_the_most_that_is_missing() {
    let mut ledger = Ledger::new(10);
    for (id, portion) in
        [portion(0, 4, 6), portion(4, 6, 9), portion(6, 8, 2), portion(8, 9, 9)].into_iter().enumerate()
    {
        ledger.promise(id, allocation(&[portion])).unwrap();
    }
    let missing = ledger.fits(&[portion(2, 10, 5)]).unwrap_err();
    assert_eq!(missing, Missing { window: window(2, 6), amount: 4 });
    assert_eq!(ledger.left(window(2, 10)), 1);
    assert_eq!(ledger.left(window(6, 8)), 8);
    let pieces = [(window(5, 6), 9), (window(6, 8), 2), (window(8, 9), 9), (window(9, 10), 0)];
    assert_eq!(ledger.promised_within(window(5, 10)), pieces);
    assert_eq!([0, 4, 8, 9].map(|moment| ledger.promised_at(at(moment))), [6, 9, 9, 0]);
}

#[test]
fn portions_of_one_claim_count_together() {
    let ledger: Ledger<u8> = Ledger::new(10);
    assert_eq!(ledger.fits(&[portion(0, 5, 6), portion(5, 9, 6)]), Ok(()));
    let missing = Missing { window: window(4, 5), amount: 2 };
    assert_eq!(ledger.fits(&[portion(0, 5, 6), portion(4, 9, 6)]), Err(missing));
    assert_eq!(ledger.fits(&[]), Ok(()));
    // Sums of the largest amounts do not wrap around.
    let much = [portion(0, 5, u64::MAX); 3];
    assert_eq!(ledger.fits(&much), Err(Missing { window: window(0, 5), amount: u64::MAX }));
}

#[test]
fn a_stock_is_used_up() {
    let mut stock = Ledger::new(100);
    let of = |amount| [Portion { window: Window::ALL, amount }];
    stock.promise(1, allocation(&of(70))).unwrap();
    assert_eq!(stock.fits(&of(31)), Err(Missing { window: Window::ALL, amount: 1 }));
    assert_eq!(
        stock.fits(&of(31)).unwrap_err().to_string(),
        "1 too few at any time: ask for less, for another time, or wait until something is released"
    );
    stock.promise(2, hold(&of(30), 50)).unwrap();
    assert_eq!((stock.left(Window::ALL), stock.promised_at(at(7))), (0, 100));
}

#[test]
fn a_counter_takes_the_place_of_what_it_replaces() {
    let mut ledger = Ledger::new(10);
    ledger.promise("a", hold(&[portion(0, 9, 8)], 50)).unwrap();
    let (wider, more) = ([portion(0, 12, 9)], [portion(0, 12, 11)]);
    assert!(ledger.fits(&wider).is_err());
    assert_eq!(ledger.fits_instead_of(&"a", &wider), Ok(()));
    let before = ledger.clone();
    let missing = Missing { window: window(0, 12), amount: 1 };
    assert_eq!(ledger.fits_instead_of(&"a", &more), Err(missing));
    assert_eq!(ledger.replace(&"a", hold(&more, 50)), Err(LedgerError::Missing(missing)));
    assert_eq!(ledger.replace(&"b", hold(&wider, 50)), Err(LedgerError::Unknown));
    assert_eq!(ledger.promise("a", hold(&wider, 50)), Err(LedgerError::InUse));
    assert_eq!(ledger, before);
    assert_eq!(ledger.replace(&"a", hold(&wider, 50)), Ok(hold(&[portion(0, 9, 8)], 50)));
    assert_eq!(ledger.find(&"a"), Some(&hold(&wider, 50)));
}

#[test]
fn holds_lapse_and_allocations_stay() {
    let mut ledger = Ledger::new(10);
    ledger.promise("a", hold(&[portion(0, 9, 5)], 50)).unwrap();
    ledger.promise("b", hold(&[portion(0, 9, 5)], 51)).unwrap();
    assert!(ledger.allocate(&"b") && !ledger.allocate(&"c"));
    assert!(ledger.lapse(at(49)).is_empty());
    assert_eq!(ledger.lapse(at(50)), [("a", hold(&[portion(0, 9, 5)], 50))]);
    assert!(ledger.lapse(at(1000)).is_empty());
    assert_eq!((ledger.release(&"a"), ledger.iter().count()), (None, 1));
}

#[test]
fn the_capacity_does_not_fall_below_what_is_promised() {
    let mut ledger = Ledger::new(10);
    ledger.promise("a", allocation(&[portion(0, 5, 7)])).unwrap();
    ledger.promise("b", allocation(&[portion(3, 9, 2), portion(20, 30, 4)])).unwrap();
    assert_eq!(ledger.set_capacity(8), Err(TooLow { least: 9 }));
    assert_eq!(ledger.capacity(), 10);
    assert_eq!(ledger.set_capacity(9), Ok(()));
    // What is past counts until it is forgotten.
    ledger.forget(at(9));
    assert_eq!(ledger.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["b"]);
    assert_eq!(ledger.find(&"b"), Some(&allocation(&[portion(20, 30, 4)])));
    assert_eq!(ledger.set_capacity(3), Err(TooLow { least: 4 }));
    assert_eq!(ledger.set_capacity(4), Ok(()));
    assert_eq!(ledger.promised_at(at(4)), 0);
}

#[test]
fn a_ledger_that_promises_too_much_cannot_be_read() {
    let mut ledger = Ledger::new(10);
    ledger.promise("a".to_owned(), allocation(&[portion(0, 5, 7)])).unwrap();
    ledger.promise("b".to_owned(), hold(&[portion(3, 9, 3)], 40)).unwrap();
    assert_eq!(cbor::decode(&cbor::encode(&ledger), 1000), Ok(ledger.clone()));
    let text = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger<String>>(&text).unwrap(), ledger);
    let too_low = text.replacen("\"capacity\":10", "\"capacity\":9", 1);
    assert!(too_low != text && serde_json::from_str::<Ledger<String>>(&too_low).is_err());
    let twice = text.replacen("\"b\"", "\"a\"", 1);
    assert!(twice != text && serde_json::from_str::<Ledger<String>>(&twice).is_err());
}

#[test]
fn windows_are_never_empty() {
    assert!(Window::new(at(5), at(5)).is_err() && Window::new(at(6), at(5)).is_err());
    assert!(serde_json::from_str::<Window>(r#"{"from":"2027-01-01","until":"2027-01-01"}"#).is_err());
    let week: Window = serde_json::from_str(r#"{"from":"2027-01-01","until":"2027-01-08"}"#).unwrap();
    assert_eq!(week.to_string(), "from 2027-01-01T00:00:00Z to 2027-01-08T00:00:00Z");
    assert!(week.contains(week.from()) && !week.contains(week.until()));
}
