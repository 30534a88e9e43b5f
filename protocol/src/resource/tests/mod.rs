//! Resources, their windows and ledgers.

mod ledger;
mod oracle;
mod periods;
mod resources;

use super::*;
use crate::time::Timestamp;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn date(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window(from: u64, until: u64) -> Window {
    Window::new(at(from), at(until)).unwrap()
}

fn portion(from: u64, until: u64, amount: u64) -> Portion {
    Portion { window: window(from, until), amount }
}
