//! Dates of a scenario, counted from its start.

use folkmoot_protocol::{
    resource::Window,
    time::{RawDate, Timestamp},
};

/// A date.
///
/// # Errors
/// What is wrong with it.
pub(super) fn date(raw: &RawDate, start: Timestamp) -> Result<Timestamp, String> {
    raw.resolve(start).map_err(|error| error.to_string())
}

/// When a thing is asked for or offered: from when and until when, or at any time.
///
/// # Errors
/// What is wrong with it; `says` names what has the dates, with its verb.
pub(super) fn window(dates: [&Option<RawDate>; 2], start: Timestamp, says: &str) -> Result<Window, String> {
    match dates {
        [None, None] => Ok(Window::ALL),
        [Some(from), Some(until)] => {
            Window::new(date(from, start)?, date(until, start)?).map_err(|error| error.to_string())
        }
        _ => Err(format!("{says} from when and until when, or at any time")),
    }
}
