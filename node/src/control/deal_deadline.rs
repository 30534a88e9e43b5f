//! Until when terms wait for an answer: no longer than what they ask for can still be had.

use folkmoot_protocol::{
    limits::{HOLD_MARGIN, LONGEST_HOLD},
    resource::{Terms, Window},
    time::{Span, Timestamp},
};

/// The least time for an answer, where nobody says otherwise and the time that is asked for leaves it.
const LEAST: Span = Span::from_days(1);

/// How many times the news have to come between a request and the start of what it asks for: that of the request, and
/// that of the acceptance.
const THERE_AND_BACK: u64 = 2;

/// Until when terms wait for an answer: their deadline, or the end of the first window in them.
pub(super) fn waits_until(terms: &Terms) -> Timestamp {
    terms.by.min(first_end(terms))
}

/// Whether an answer to terms can lead to anything at `now`.
pub(super) fn is_answerable(terms: &Terms, now: Timestamp) -> bool {
    now <= terms.by && now < first_end(terms)
}

/// The deadline of terms where nobody names one.
///
/// When all parties can have `decided`, a day at least, and not so late that nobody could hold from now on. Before the
/// first window starts, where that leaves time for an answer, else before it is over.
pub(super) fn default_deadline(terms: &Terms, decided: Timestamp, news: Span, now: Timestamp) -> Timestamp {
    let held = (now + LONGEST_HOLD).before(news.times(HOLD_MARGIN));
    let answered = now + news.times(THERE_AND_BACK);
    let last = |window: Window| if window.from() > answered { window.from() } else { window.until() };
    let latest = windows(terms).map(last).min().unwrap_or(Timestamp::MAX);
    decided.min(held).max(now + LEAST).min(latest)
}

/// Checks that no window in terms is over at `now`.
///
/// # Errors
/// Which one is, and what to do.
pub(super) fn check_not_over(terms: &Terms, now: Timestamp) -> Result<(), String> {
    match windows(terms).find(|window| window.until() <= now) {
        Some(window) => Err(format!("the time that they ask for, {window}, is over: name a later one")),
        None => Ok(()),
    }
}

/// Checks that terms do not wait longer than until the end of the first window: then nothing can be promised any more.
///
/// # Errors
/// Which one ends before, and what to do.
pub(super) fn check_deadline(terms: &Terms) -> Result<(), String> {
    match windows(terms).min_by_key(|window| window.until()).filter(|first| terms.by > first.until()) {
        Some(first) => Err(format!(
            "their deadline {} lies after the time that they ask for, {first}: name one up to {} (--by)",
            terms.by,
            first.until()
        )),
        None => Ok(()),
    }
}

fn first_end(terms: &Terms) -> Timestamp {
    windows(terms).map(Window::until).min().unwrap_or(Timestamp::MAX)
}

fn windows(terms: &Terms) -> impl Iterator<Item = Window> {
    terms.lines.iter().flat_map(|line| &line.portions).map(|portion| portion.window)
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        id::{Hash, LogId},
        resource::{Line, Portion},
    };

    use super::*;

    const NOW: &str = "2026-11-22T07:00:00Z";

    fn news() -> Span {
        Span::from_secs(3600)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn asks(windows: &[(&str, &str)]) -> Terms {
        let steward = LogId::from(Hash::of(b"steward"));
        let portion =
            |(from, until): &(&str, &str)| Portion { window: Window::new(at(from), at(until)).unwrap(), amount: 1 };
        let portions = windows.iter().map(portion).collect();
        Terms {
            federation: Hash::of(b"federation").into(),
            version: Hash::of(b"version"),
            title: "A dance".into(),
            text: String::new(),
            requester: LogId::from(Hash::of(b"requester")),
            lines: vec![Line { steward, resource: "hall".parse().unwrap(), portions }],
            closer: steward,
            by: at(NOW),
            counters: None,
            by_matter: false,
        }
    }

    fn deadline(windows: &[(&str, &str)], decided: &str) -> String {
        default_deadline(&asks(windows), at(decided), news(), at(NOW)).to_string()
    }

    #[test]
    fn a_default_deadline_lies_before_what_is_asked_for_begins() {
        let evening = [("2026-11-22T19:00:00Z", "2026-11-22T23:00:00Z")];
        assert_eq!(deadline(&evening, "2026-11-22T07:10:00Z"), "2026-11-22T19:00:00Z", "sooner than in a day");
        let later = [("2026-11-27T19:00:00Z", "2026-11-27T23:00:00Z")];
        assert_eq!(deadline(&later, "2026-11-22T07:10:00Z"), "2026-11-23T07:00:00Z", "in a day");
        assert_eq!(deadline(&later, "2026-11-25T07:00:00Z"), "2026-11-25T07:00:00Z", "once all can have decided");
        assert_eq!(deadline(&later, "2027-01-01T00:00:00Z"), "2026-11-27T19:00:00Z", "no later than its start");
        assert_eq!(deadline(&[later[0], evening[0]], "2026-11-25T07:00:00Z"), "2026-11-22T19:00:00Z", "of the first");
    }

    #[test]
    fn what_begins_too_soon_for_an_answer_may_be_promised_until_it_is_over() {
        let soon = [("2026-11-22T08:00:00Z", "2026-11-22T12:00:00Z")];
        assert_eq!(deadline(&soon, "2026-11-22T07:10:00Z"), "2026-11-22T12:00:00Z");
        let begun = [("2026-11-22T06:00:00Z", "2026-11-22T07:48:08Z")];
        assert_eq!(deadline(&begun, "2026-11-22T07:10:00Z"), "2026-11-22T07:48:08Z");
    }

    #[test]
    fn a_stock_has_time_up_to_the_longest_hold() {
        let mut stock = asks(&[]);
        stock.lines[0].portions.push(Portion { window: Window::ALL, amount: 1 });
        let last = default_deadline(&stock, at("2027-01-01"), news(), at(NOW));
        assert_eq!(last, (at(NOW) + LONGEST_HOLD).before(news().times(HOLD_MARGIN)));
        assert!(is_answerable(&stock, at(NOW)) && check_not_over(&stock, at(NOW)).is_ok());
    }

    #[test]
    fn nothing_waits_past_the_time_that_it_is_about() {
        let mut terms = asks(&[("2026-11-22T06:00:00Z", "2026-11-22T07:48:08Z")]);
        terms.by = at("2026-11-23T07:00:00Z");
        assert_eq!(waits_until(&terms), at("2026-11-22T07:48:08Z"));
        assert!(is_answerable(&terms, at("2026-11-22T07:48:07Z")));
        assert!(!is_answerable(&terms, at("2026-11-22T07:48:08Z")));
        terms.by = at("2026-11-22T07:30:00Z");
        assert_eq!(waits_until(&terms), terms.by);
        assert!(is_answerable(&terms, terms.by) && !is_answerable(&terms, at("2026-11-22T07:30:01Z")));
    }

    #[test]
    fn terms_that_leave_no_time_are_refused() {
        let mut terms = asks(&[("2026-11-22T06:00:00Z", "2026-11-22T07:48:08Z")]);
        terms.by = at("2026-11-22T07:48:08Z");
        assert_eq!((check_not_over(&terms, at(NOW)), check_deadline(&terms)), (Ok(()), Ok(())));
        terms.by = at("2026-11-23T07:00:00Z");
        let error = check_deadline(&terms).unwrap_err();
        assert!(error.contains("name one up to 2026-11-22T07:48:08Z"), "{error}");
        let error = check_not_over(&terms, at("2026-11-22T07:48:08Z")).unwrap_err();
        assert!(error.contains("is over: name a later one"), "{error}");
    }
}
