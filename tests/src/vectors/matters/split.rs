//! Groups take up different versions, each by itself: a matter leads out of it, and what overrides it does not.

use folkmoot_protocol::{effect::Effect, id::MatterId};

use super::{
    amended::{amendment, federate, next, tell_consents},
    street::{Street, days, refused},
};

pub(super) const ABOUT: &str = "Attic and brook take one version up, cellar and dairy another one. A third text is adopted \
    as a matter, with what each took up; it is enacted once so many consent that neither of the first two can come into \
    force. Cellar consents to an override before it hears of that, and is bound by it until it has failed.";

const ALL: [&str; 4] = ["attic", "brook", "cellar", "dairy"];

pub(super) fn story() -> Street {
    let mut street = Street::of(&ALL);
    street.tick(days(1));
    let (one, other, third) = (next(&street, "One"), next(&street, "Other"), next(&street, "Third"));
    for (called, text) in [("attic", &one), ("brook", &one), ("cellar", &other), ("dairy", &other)] {
        street.decide(called, Effect::Federate(text.clone()));
    }
    let mut matter = amendment(&street, third.clone(), &[]);
    refused(street.propose("attic", &[Street::opening("charter", &matter)]), "conflict", "effect");
    matter.amends.as_mut().expect("it is one").taken = Some(other.hash());
    refused(street.propose("attic", &[Street::opening("charter", &matter)]), "conflict", "effect");
    matter.amends.as_mut().expect("it is one").taken = Some(one.hash());
    let id = street.open("attic", "charter", &matter);
    street.tell("attic", 0, &["brook", "cellar", "dairy"]);
    for called in ["brook", "cellar"] {
        street.consent(called, "charter", id);
    }
    federate(&mut street, "brook", &third);
    let end = street.known("attic", id).matter.end(2, street.agreement.timing.news);
    street.tick_to(end);
    tell_consents(&mut street, "brook", &["attic", "brook", "cellar"], id);
    refused(street.enact("brook", id, 3), "conflict", "enactment");
    street.consent("dairy", "charter", id);
    over(&mut street, id);
    street
}

/// An override to which cellar alone consents.
fn over(street: &mut Street, id: MatterId) {
    let news = street.agreement.timing.news;
    let doubtful = street.known("cellar", id).matter.doubtful_from(news);
    street.seal_all();
    street.tick_to(doubtful);
    let mut matter = amendment(street, next(street, "Fourth"), &[]);
    matter.overrides = vec![id];
    matter.amends.as_mut().expect("it is one").taken = Some(next(street, "Other").hash());
    let over = street.open("cellar", "charter", &matter);
    for called in ["brook", "dairy", "cellar"] {
        tell_consents(street, called, &ALL, id);
    }
    street.enact("brook", id, 3).expect("no other text can come into force");
    street.enact("dairy", id, 3).expect("no other text can come into force");
    refused(street.enact("cellar", id, 3), "conflict", "enactment");
    federate(street, "cellar", &next(street, "Third"));
    street.seal("cellar");
    let opening = street.shows("cellar", 1);
    street.cite("brook", vec![opening]).expect("it shows the opening");
    refused(street.propose("brook", &[Street::stance("charter", over, true)]), "conflict", "effect");
    let end = street.known("cellar", over).matter.end(3, news);
    street.tick_to(end);
    street.tick(folkmoot_protocol::time::Span::from_millis(1));
    street.seal_all();
    for called in ["attic", "brook"] {
        for level in 1..=3 {
            let silent = street.silence("cellar", called, over, level).expect("it was silent");
            street.cite("cellar", vec![silent]).expect("it was silent");
        }
    }
    street.enact("cellar", id, 3).expect("the override has failed");
}
