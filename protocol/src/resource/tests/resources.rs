//! What a resource may be, and what may be asked of it.

use super::*;
use crate::{
    cbor,
    limits::{AMOUNT, TITLE_BYTES},
    time::Span,
};

fn resource(kind: Kind) -> Resource {
    Resource {
        name: "hall".parse().unwrap(),
        purpose: "The hall on the ground floor".into(),
        unit: "room".into(),
        domain: "rooms".parse().unwrap(),
        kind,
        capacity: 2,
        grants: None,
    }
}

fn monthly() -> Kind {
    Kind::Budget(Budget { from: date("2027-01-01"), every: Every::Months(1), horizon: Span::from_days(100) })
}

fn slots() -> Kind {
    Kind::Slots(Slots { horizon: Span::from_days(30) })
}

#[test]
fn resources_have_one_encoding() {
    for (kind, json) in [
        (Kind::Stock, r#""stock""#),
        (monthly(), r#"{"budget":{"from":"2027-01-01T00:00:00Z","every":{"months":1},"horizon":"100d"}}"#),
        (slots(), r#"{"slots":{"horizon":"30d"}}"#),
    ] {
        assert_eq!(serde_json::to_string(&kind).unwrap(), json);
        let resource = resource(kind);
        assert_eq!(resource.check(), Ok(()));
        assert_eq!(cbor::decode(&cbor::encode(&resource), 1000), Ok(resource));
    }
}

#[test]
fn what_cannot_stand_is_named() {
    let stock = || resource(Kind::Stock);
    let days = |days| Budget { from: date("2027-01-30"), every: Every::Months(1), horizon: Span::from_days(days) };
    for (resource, place) in [
        (Resource { purpose: String::new(), ..stock() }, "resources.hall.purpose"),
        (Resource { unit: String::new(), ..stock() }, "resources.hall.unit"),
        (Resource { unit: "x".repeat(TITLE_BYTES + 1), ..stock() }, "resources.hall.unit"),
        (Resource { capacity: AMOUNT + 1, ..stock() }, "resources.hall.capacity"),
        (resource(Kind::Slots(Slots { horizon: Span::ZERO })), "resources.hall.kind.slots.horizon"),
        (resource(Kind::Budget(days(100))), "resources.hall.kind.budget"),
    ] {
        assert_eq!(resource.check().unwrap_err().place, place);
    }
    let rule = |json: &str| Resource { grants: serde_json::from_str(json).unwrap(), ..stock() }.check();
    for bad in ["{}", r#"{ "per": "7d" }"#, r#"{ "amount": 1, "per": "0s" }"#, r#"{ "amount": 1, "per": "32d" }"#] {
        assert_eq!(rule(bad).unwrap_err().place, "resources.hall.grants", "{bad}");
    }
    assert_eq!(rule(r#"{ "share": "1/3", "amount": 1, "per": "31d" }"#), Ok(()));
    assert_eq!(Resource { capacity: AMOUNT, ..stock() }.check(), Ok(()));
    assert_eq!(Resource { capacity: 0, ..stock() }.check(), Ok(()));
}

/// What is wrong with asking for the hall at `now`, in a word.
fn asked(kind: Kind, from: &str, until: &str, now: &str) -> &'static str {
    let window = Window::new(date(from), date(until)).unwrap();
    match resource(kind).admits(&Portion { window, amount: 1 }, date(now)) {
        Ok(()) => "",
        Err(PortionError::Amount(_)) => "amount",
        Err(PortionError::Stock(_)) => "stock",
        Err(PortionError::Periods { .. }) => "periods",
        Err(PortionError::Past(_)) => "past",
        Err(PortionError::Horizon { .. }) => "horizon",
    }
}

#[test]
fn portions_suit_their_kind() {
    for (kind, from, until, now, problem) in [
        (Kind::Stock, "2027-01-01", "2027-02-01", "2027-01-01", "stock"),
        (monthly(), "2027-01-01", "2027-02-01", "2027-01-31T23:59:59Z", ""),
        (monthly(), "2027-01-01", "2027-02-01", "2027-02-01", "past"),
        (monthly(), "2027-02-01", "2027-04-01", "2027-01-15", ""),
        (monthly(), "2027-02-01", "2027-03-15", "2027-01-15", "periods"),
        (monthly(), "2027-01-15", "2027-03-01", "2027-01-15", "periods"),
        (monthly(), "2026-12-01", "2027-02-01", "2027-01-15", "periods"),
        // Within a period the horizon stays: 100 days from its end reach to the end of April in January.
        (monthly(), "2027-02-01", "2027-05-01", "2027-01-01", ""),
        (monthly(), "2027-02-01", "2027-05-01", "2027-01-31T23:59:59Z", ""),
        (monthly(), "2027-02-01", "2027-06-01", "2027-01-31T23:59:59Z", "horizon"),
        (monthly(), "2027-02-01", "2027-06-01", "2027-02-01", ""),
        // Before the first period it counts from there.
        (monthly(), "2027-01-01", "2027-04-01", "2026-06-01", ""),
        (monthly(), "2027-01-01", "2027-05-01", "2026-06-01", "horizon"),
        (slots(), "2027-01-09T14:00:00Z", "2027-01-09T16:00:00Z", "2027-01-01", ""),
        (slots(), "2027-01-09T14:00:00Z", "2027-01-09T16:00:00Z", "2027-01-09T15:00:00Z", ""),
        (slots(), "2027-01-09T14:00:00Z", "2027-01-09T16:00:00Z", "2027-01-09T16:00:00Z", "past"),
        (slots(), "2027-01-30T14:00:00Z", "2027-01-31", "2027-01-01", ""),
        (slots(), "2027-01-30T14:00:00Z", "2027-01-31T00:00:01Z", "2027-01-01", "horizon"),
    ] {
        assert_eq!(asked(kind, from, until, now), problem, "{from} to {until} at {now}");
    }
}

#[test]
fn a_portion_is_something_that_can_be_counted() {
    let stock = resource(Kind::Stock);
    let of = |amount| stock.admits(&Portion { window: Window::ALL, amount }, date("2027-01-01"));
    assert_eq!([of(1), of(AMOUNT)], [Ok(()), Ok(())]);
    assert_eq!([of(0), of(AMOUNT + 1)], [Err(PortionError::Amount(0)), Err(PortionError::Amount(AMOUNT + 1))]);
}

#[test]
fn a_refusal_names_what_would_do() {
    let budget = resource(monthly());
    let middle = Portion { window: Window::new(date("2027-02-10"), date("2027-03-10")).unwrap(), amount: 1 };
    let error = budget.admits(&middle, date("2027-01-15")).unwrap_err().to_string();
    assert!(error.contains("one is from 2027-02-01T00:00:00Z to 2027-03-01T00:00:00Z"), "{error}");
    let early = Portion { window: Window::new(date("2026-02-10"), date("2027-03-01")).unwrap(), amount: 1 };
    let error = budget.admits(&early, date("2026-01-15")).unwrap_err().to_string();
    assert!(error.contains("the first starts at 2027-01-01T00:00:00Z"), "{error}");
}
