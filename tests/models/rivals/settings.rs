//! Which matters are searched, and what is planted.

use super::{LowerFirst, Rivals, Set, Text, Tick};
use crate::{
    search::{finds, holds},
    weights::Measure,
};

const NONE: Text = Text { open: 0, low: 0, high: 0, touches: 0, settles: 0, cites: 0 };

fn text(open: Tick, touches: Set, settles: Set) -> Text {
    Text { open, low: open + 1, high: open + 2, touches, settles, cites: 0 }
}

/// With one moment for each level.
fn short(open: Tick, touches: Set, settles: Set) -> Text {
    Text { open, low: open, high: open + 1, touches, settles, cites: 0 }
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
    Rivals::new([1, 1, 1, 0], [short(0, 0b001, 0), short(1, 0b001, 0b001), third])
}

#[test]
fn of_two_rivals_one_stands() {
    for (after, states) in [(0, 1_372), (1, 6_909), (2, 20_014), (3, 21_431)] {
        holds(&format!("rivals, {after} apart"), two(after), states);
    }
    for (after, states) in [(0, 9_604), (1, 101_137), (2, 411_119)] {
        holds(&format!("linked rivals, {after} apart"), linked(after), states);
    }
}

#[test]
fn of_two_rivals_one_stands_by_weight() {
    // One group with two thirds of the weight; one without which nothing goes; X, Y and Z that differ.
    let all = [([4, 1, 1, 0], 7_581), ([1, 1, 4, 0], 7_581), ([1, 3, 1, 0], 7_413), ([3, 1, 2, 0], 7_581)];
    for (weights, states) in all {
        holds(&format!("rivals by weight, {weights:?}"), Rivals { weights, ..two(1) }, states);
    }
    let four = Rivals { weights: [1, 2, 3, 1], ..Rivals::new([1; 4], two(1).texts) };
    holds("rivals by weight, four groups", four, 122_929);
}

#[test]
fn of_three_rivals_one_stands_in_each_domain() {
    for (after, states) in [(0, 55_680), (1, 220_029)] {
        holds(&format!("three rivals, {after} apart"), three(after), states);
    }
}

#[test]
fn what_overrides_an_override_leaves_one_standing() {
    for (settles, states) in [(0b010, 1_289_594), (0b011, 794_752)] {
        holds(&format!("override of an override, naming {settles:#05b}"), overrides(settles), states);
    }
}

#[test]
fn replacements_leave_one_standing() {
    let thirds =
        [("a later rival", short(2, 0b101, 0), 466_838), ("a second replacement", short(1, 0b001, 0b001), 65_920)];
    for (name, third, states) in thirds {
        holds(&format!("replacement and {name}"), replacement(third), states);
    }
}

#[test]
#[ignore = "takes a minute"]
fn replacements_of_replacements_leave_one_standing() {
    // Naming both that were before it, or the replacement alone: it is a rival of the first then.
    for (settles, states) in [(0b011, 790_592), (0b010, 1_268_941)] {
        let name = format!("replacement of a replacement, naming {settles:#05b}");
        holds(&name, replacement(short(2, 0b001, settles)), states);
    }
}

/// A and B are rivals whose consents may stay in doubt; C overrides A and cites the certificate of B.
fn doubtful() -> Rivals {
    let override_of_a = Text { cites: 0b010, ..short(2, 0b001, 0b001) };
    let texts = [short(0, 0b001, 0), short(0, 0b101, 0), override_of_a];
    Rivals { doubts: true, ..Rivals::new([1, 1, 1, 0], texts) }
}

#[test]
fn a_rival_in_doubt_is_overridden() {
    holds("rivals in doubt", doubtful(), 274_833);
}

#[test]
fn an_enactment_that_proves_nothing_of_rivals_is_found() {
    for property in ["one stands", "one stands in each log"] {
        finds("rivals, nothing proved", Rivals { lower_first: LowerFirst::Nothing, ..two(0) }, property);
    }
}

#[test]
fn a_log_that_consents_to_two_rivals_is_found() {
    // X, which both touch; and Y, which neither does.
    for consent_twice in [0b001, 0b010] {
        finds("rivals, two consents", Rivals { consent_twice, ..two(0) }, "one stands");
    }
}

#[test]
fn waiting_for_every_rival_is_found_to_wait_for_later_ones() {
    let model = Rivals { lower_first: LowerFirst::EachRival, ..two(2) };
    finds("rivals, each of them", model, "none waits for later ones");
}

#[test]
fn what_comes_back_when_its_override_is_overridden_is_found() {
    finds("an override undone", Rivals { revives: true, ..overrides(0b010) }, "one stands");
}

#[test]
fn a_log_that_enacts_in_any_order_is_found() {
    finds("enacted in any order", Rivals { in_any_order: true, ..overrides(0b010) }, "what stands comes last");
}

#[test]
fn an_override_by_one_of_two_is_found() {
    let model = Rivals::new([1, 1, 1, 0], [short(0, 0b011, 0), short(2, 0b001, 0b001), NONE]);
    finds("an override by one of two", model, "nobody is spoken for");
}

#[test]
fn weight_alone_is_found_to_let_one_group_decide() {
    let weights = [4, 1, 1, 0];
    finds("rivals, weight alone", Rivals { weights, measure: Measure::Weight, ..two(0) }, "most groups");
    finds("rivals, groups or weight", Rivals { weights, measure: Measure::Either, ..two(0) }, "one stands");
}
