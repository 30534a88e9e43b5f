//! What is asked for, and the tests.

use super::{Capacity, Mistake, Terms, properties::*};
use crate::search::{finds, holds};

/// Both windows, of each steward.
const FIRST: Terms = Terms { closer: 0, by: 0, amounts: [1, 1], counters: None, stated_by: None };
/// Wants one of them, too, and may be accepted when a hold of [`FIRST`] is over.
const RIVAL: Terms = Terms { by: 2, amounts: [0, 1], ..FIRST };
const COUNTER: Terms = Terms { by: 1, amounts: [0, 1], counters: Some(0), ..FIRST };
/// What is asked for a window, and for the one that begins when that ends.
const WEEK: Terms = Terms { amounts: [1, 0], ..FIRST };
const RENEWAL: Terms = Terms { by: 2, amounts: [0, 1], ..FIRST };

impl Capacity {
    fn new(terms: &[Terms]) -> Self {
        let (capacities, mistake) = ([1, 1], Mistake::None);
        Self {
            terms: terms.to_vec(),
            capacities,
            liars: [false, false],
            ends: 1,
            whole: false,
            withdraws: false,
            mistake,
        }
    }

    fn with(self, mistake: Mistake) -> Self {
        Self { mistake, ..self }
    }

    /// Whether each steward has room for all terms.
    pub(super) fn fits_all(&self) -> bool {
        let most = (0..super::WINDOWS).map(|at| self.terms.iter().map(|terms| terms.amounts[at]).sum::<i8>()).max();
        self.capacities.iter().all(|capacity| most.is_none_or(|most| most <= *capacity))
    }
}

fn rivals() -> Capacity {
    Capacity::new(&[FIRST, RIVAL])
}

fn counters() -> Capacity {
    Capacity { ends: 2, ..Capacity::new(&[FIRST, COUNTER]) }
}

fn crossing() -> Capacity {
    Capacity::new(&[FIRST, Terms { closer: 1, ..RIVAL }])
}

fn renewal() -> Capacity {
    Capacity::new(&[WEEK, RENEWAL])
}

/// A log that lies: the first is the closer's, the second the holder's.
const CLOSER: [bool; 2] = [true, false];
const HOLDER: [bool; 2] = [false, true];

#[test]
fn what_overlaps_is_never_promised_twice() {
    holds("capacity, rivals", Capacity { ends: 2, ..rivals() }, 5_996);
    for (capacities, states) in [([1, 2], 3_744), ([2, 1], 3_596)] {
        holds(&format!("capacity, {capacities:?}, rivals"), Capacity { capacities, ..rivals() }, states);
    }
    holds("capacity, rivals with a closer each", crossing(), 2_954);
    let terms = [FIRST, RIVAL, Terms { by: 1, ..FIRST }];
    let model = Capacity { capacities: [2, 2], ..Capacity::new(&terms) };
    holds("capacity, room for two of three", model, 58_599);
}

#[test]
fn a_counter_takes_the_place_of_what_it_counters() {
    holds("capacity, counter", counters(), 6_794);
    for (steward, states) in [(0, 6_239), (1, 6_644)] {
        let counter = Terms { stated_by: Some(steward), ..COUNTER };
        let model = Capacity { terms: vec![FIRST, counter], ..counters() };
        holds(&format!("capacity, counter by steward {steward}"), model, states);
    }
    let model = Capacity { ends: 2, ..Capacity::new(&[FIRST, COUNTER, RIVAL]) };
    holds("capacity, counter and rival", model, 138_471);
}

/// Two stewards counter the same terms at once, and there is room for all of them.
fn negotiation() -> Capacity {
    let of = |steward| Terms { stated_by: Some(steward), ..COUNTER };
    Capacity { capacities: [3, 3], ..Capacity::new(&[FIRST, of(0), of(1)]) }
}

#[test]
fn one_text_of_a_negotiation_is_promised_also_where_there_is_room() {
    holds("capacity, counter, room for both", Capacity { capacities: [2, 2], ..counters() }, 6_794);
    holds("capacity, a counter by each, room for all", negotiation(), 22_632);
}

#[test]
fn a_renewal_stands_beside_what_it_renews() {
    holds("capacity, renewal", Capacity { ends: 2, ..renewal() }, 9_596);
}

#[test]
fn requests_declines_restarts_and_other_capacities_change_none_of_it() {
    for (name, model, states) in
        [("rivals", rivals(), 17_484), ("counter", counters(), 26_298), ("renewal", renewal(), 19_525)]
    {
        holds(&format!("capacity, {name}, whole"), Capacity { whole: true, ..model }, states);
    }
}

#[test]
fn a_log_with_two_branches_is_relied_on_by_one() {
    for (name, liars, states) in [("closer", CLOSER, 203_983), ("holder", HOLDER, 180_545)] {
        holds(&format!("capacity, rivals, lying {name}"), Capacity { liars, ..rivals() }, states);
    }
}

#[test]
#[ignore = "takes three minutes"]
fn a_log_with_two_branches_is_relied_on_by_one_in_more_settings() {
    for (name, liars, capacities, states) in [("closer", CLOSER, [1, 2], 253_922), ("holder", HOLDER, [2, 1], 214_672)]
    {
        let model = Capacity { liars, capacities, ..rivals() };
        holds(&format!("capacity, {capacities:?}, rivals, lying {name}"), model, states);
    }
    holds("capacity, lying steward, a closer each", Capacity { liars: CLOSER, ..crossing() }, 187_727);
    for (name, liars, states) in [("closer", CLOSER, 471_296), ("holder", HOLDER, 513_646)] {
        holds(&format!("capacity, counter, lying {name}"), Capacity { liars, ..counters() }, states);
    }
}

fn whole() -> Capacity {
    Capacity { whole: true, ..rivals() }
}

#[test]
fn what_is_held_and_does_not_count_is_found() {
    finds("capacity, a hold not counted", rivals().with(Mistake::HoldNotCounted), ENOUGH);
    finds("capacity, a restart forgets holds", whole().with(Mistake::RestartForgetsHolds), ENOUGH);
}

#[test]
fn what_counts_and_is_not_held_is_found() {
    finds("capacity, a request holds", whole().with(Mistake::RequestHolds), ROOM);
    finds("capacity, expiry after the check", rivals().with(Mistake::StaleCheck), ROOM);
}

#[test]
fn what_comes_back_twice_is_found() {
    finds("capacity, given back twice", Capacity::new(&[FIRST, RIVAL, RIVAL]).with(Mistake::GivenBackTwice), ENOUGH);
    finds("capacity, taken past the own end", rivals().with(Mistake::TakesPastEnd), ENOUGH);
}

#[test]
fn a_capacity_below_what_is_promised_is_found() {
    finds("capacity, set too low", whole().with(Mistake::CapacityFalls), ENOUGH);
}

#[test]
fn a_counter_that_holds_for_longer_is_found() {
    finds("capacity, a longer counter", counters().with(Mistake::CounterExtends), ENDS);
}

#[test]
fn terms_beside_what_counters_them_are_found() {
    let model = Capacity { capacities: [2, 2], ..counters() };
    finds("capacity, beside the counter", model.with(Mistake::OriginalBesideCounter), ONE_TEXT);
}

#[test]
fn a_hold_without_an_own_end_and_terms_without_a_release_are_found() {
    finds("capacity, no own end", rivals().with(Mistake::NoOwnEnd), CLOSES);
    finds("capacity, no release", rivals().with(Mistake::NoRelease), ALONE);
}

#[test]
fn branches_that_are_believed_unsealed_are_found() {
    for (name, liars, capacities) in [("closer", CLOSER, [1, 2]), ("holder", HOLDER, [2, 1])] {
        let model = Capacity { liars, capacities, ..rivals() }.with(Mistake::Unsealed);
        finds(&format!("capacity, an unsealed {name} believed"), model, ONE_BRANCH);
    }
}

/// Who accepted declines when its hold is over, and then it does not lapse: a closer that has committed sees no split, and
/// breaks the terms when it releases.
#[test]
fn a_holder_that_declines_when_its_hold_is_over_is_found() {
    finds("capacity, declined and not lapsed", Capacity { withdraws: true, ..rivals() }, ALONE);
}
