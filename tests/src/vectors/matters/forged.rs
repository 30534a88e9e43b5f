//! Voices that a lying node writes and signs though its log does not let it say them: each is refused by every replica.

use folkmoot_protocol::{
    error::Refusal,
    id::{MatterId, TermsId},
    voice::Says,
};

use super::{
    dealing::{accepts, coins, hours, room},
    street::{Street, days},
};

/// A commit though one of those who promise has not accepted.
///
/// # Panics
/// If a replica takes it, or is another one after it.
pub fn commit_without_all_acceptances() -> Refusal {
    let (mut street, terms) = asked();
    let by = street.now + days(2);
    street.decide("cellar", accepts(terms, Some(by)));
    refused(&mut street, "cellar", Says::Commit { terms })
}

/// A taking of what the closer has not committed, though all have accepted.
///
/// # Panics
/// As [`commit_without_all_acceptances`].
pub fn take_without_a_commit() -> Refusal {
    let (mut street, terms) = asked();
    let by = street.now + days(2);
    street.decide("brook", accepts(terms, Some(by + hours(3))));
    street.decide("cellar", accepts(terms, Some(by)));
    street.tell_last("cellar", &["brook"]);
    refused(&mut street, "brook", Says::Take { terms })
}

/// An enactment in a domain that the group has not ceded, of a matter that two thirds of all groups adopted without it.
///
/// # Panics
/// As [`commit_without_all_acceptances`].
pub fn enactment_outside_ceded_domains() -> Refusal {
    let mut street = Street::of(&["attic", "brook", "cellar", "dairy"]);
    street.tick(days(1));
    let matter = street.matter("Shared tools", &[("attic", "tools"), ("dairy", "tools")]);
    let matter: MatterId = street.open("attic", "tools", &matter);
    street.tell("attic", 0, &["brook", "cellar", "dairy"]);
    for called in ["brook", "cellar"] {
        street.consent(called, "charter", matter);
    }
    street.seal_all();
    let shown = ["brook", "cellar"].map(|called| street.shows(called, 0));
    street.cite("dairy", shown.to_vec()).expect("they show consents");
    let end = street.known("dairy", matter).matter.end(2, street.agreement.timing.news);
    street.tick_to(end);
    refused(&mut street, "dairy", Says::Enact { matter, level: 3 })
}

/// Attic asks for brook's room and cellar's coins; cellar closes.
fn asked() -> (Street, TermsId) {
    let mut street = Street::of(&["attic", "brook", "cellar"]);
    street.tick(days(1));
    street.decide("brook", room(1));
    street.decide("cellar", coins(1000));
    let wanted = street.terms("A dance", "attic", "cellar", vec![street.evening(9), street.some(700)]);
    let terms = street.ask("attic", &wanted, None, &["brook", "cellar"]);
    (street, terms)
}

/// Has a group's node write what does not follow, and sees to it that nothing changes.
fn refused(street: &mut Street, called: &str, says: Says) -> Refusal {
    let before = street.replica(called).digest();
    let refusal = street.follow(called, says).expect_err("it does not follow from the log");
    assert_eq!(street.replica(called).digest(), before, "{refusal}");
    refusal
}
