//! Which matters are searched, and what is planted.

use super::{LowerFirst, Rivals, Set, Text, Tick};
use crate::search::{finds, holds};

const NONE: Text = Text { open: 0, low: 0, high: 0, touches: 0, settles: 0 };

fn text(open: Tick, touches: Set, settles: Set) -> Text {
    Text { open, low: open + 1, high: open + 2, touches, settles }
}

/// With one moment for each level.
fn short(open: Tick, touches: Set, settles: Set) -> Text {
    Text { open, low: open, high: open + 1, touches, settles }
}

/// Three groups: B touches X and Z and opens at 0; A touches X and opens later by `after`.
fn two(after: Tick) -> Rivals {
    Rivals::new([1, 1, 1, 0], [text(after, 0b001, 0), text(0, 0b101, 0), NONE])
}

/// Six groups: A binds X and Y, B binds X and Z; the last three act as one.
fn linked(after: Tick) -> Rivals {
    Rivals::new([1, 1, 1, 3], [text(after, 0b0011, 0), text(0, 0b0101, 0), NONE])
}

/// A touches X, B touches X and Z, a third touches Z.
fn three(after: Tick) -> Rivals {
    Rivals::new([1, 1, 1, 0], [text(after, 0b001, 0), text(0, 0b101, 0), text(1, 0b100, 0)])
}

/// A, then C that overrides it, then D that names `settles`.
fn overrides(settles: Set) -> Rivals {
    Rivals::new([1, 1, 1, 0], [short(0, 0b011, 0), short(2, 0b011, 0b001), short(4, 0b011, settles)])
}

/// A, its replacement R while it runs, and a third text: B, another replacement, or a replacement of R.
fn replacement(third: Text) -> Rivals {
    Rivals::new([1, 1, 1, 0], [text(0, 0b001, 0), text(1, 0b001, 0b001), third])
}

#[test]
fn of_two_rivals_one_stands() {
    for (after, states) in [(0, 0), (1, 0), (2, 0), (3, 0)] {
        holds(&format!("rivals, {after} apart"), two(after), states);
    }
    for (after, states) in [(0, 0), (1, 0), (2, 0), (3, 0)] {
        holds(&format!("linked rivals, {after} apart"), linked(after), states);
    }
}

#[test]
fn of_three_rivals_one_stands_in_each_domain() {
    for (after, states) in [(0, 0), (1, 0)] {
        holds(&format!("three rivals, {after} apart"), three(after), states);
    }
}

#[test]
fn what_overrides_an_override_leaves_one_standing() {
    for (settles, states) in [(0b010, 0), (0b011, 0)] {
        holds(&format!("override of an override, naming {settles:#05b}"), overrides(settles), states);
    }
}

#[test]
fn replacements_leave_one_standing() {
    let thirds = [
        ("a later rival", short(2, 0b101, 0), 0),
        ("a second replacement", short(1, 0b001, 0b001), 0),
        ("a replacement of the replacement", short(2, 0b001, 0b011), 0),
    ];
    for (name, third, states) in thirds {
        holds(&format!("replacement and {name}"), replacement(third), states);
    }
}

#[test]
fn an_enactment_that_proves_nothing_of_rivals_is_found() {
    finds("rivals, nothing proved", Rivals { lower_first: LowerFirst::Nothing, ..two(0) }, "one stands");
}

#[test]
fn a_log_that_consents_to_two_rivals_is_found() {
    finds("rivals, two consents", Rivals { consents_twice: true, ..two(0) }, "one stands");
}

#[test]
fn waiting_for_every_rival_is_found_to_wait_for_later_ones() {
    let model = Rivals { lower_first: LowerFirst::EachRival, ..two(2) };
    finds("rivals, each of them", model, "none waits for later ones");
}

#[test]
fn an_override_by_one_of_two_is_found() {
    let model = Rivals::new([1, 1, 1, 0], [short(0, 0b011, 0), short(2, 0b001, 0b001), NONE]);
    finds("an override by one of two", model, "nobody is spoken for");
}
