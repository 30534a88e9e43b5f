//! What stories about resources need of a street: who has what, terms, and what follows in a log without a decision.

use folkmoot_protocol::{
    effect::Effect,
    entry::EntryAct,
    error::Refusal,
    id::TermsId,
    name::Name,
    resource::{Kind, Line, Portion, Resource, Slots, Terms, Window},
    time::{Span, Timestamp},
    voice::{Says, Voice},
};

use super::street::{Street, days};

/// The domains in which all of this is decided.
pub(super) fn tools() -> Vec<Name> {
    vec![name("tools")]
}

pub(super) fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub(super) fn hours(hours: u64) -> Span {
    Span::from_secs(3600 * hours)
}

pub(super) fn resource(called: &str, kind: Kind, capacity: u64) -> Resource {
    Resource {
        name: name(called),
        purpose: "To share".into(),
        unit: "piece".into(),
        domain: name("tools"),
        kind,
        capacity,
        grants: None,
    }
}

/// A room by the hour.
pub(super) fn room(capacity: u64) -> Effect {
    Effect::SetResource(resource("room", Kind::Slots(Slots { horizon: days(60) }), capacity))
}

/// Coins that are used up.
pub(super) fn coins(capacity: u64) -> Effect {
    Effect::SetResource(resource("coins", Kind::Stock, capacity))
}

pub(super) fn accepts(terms: TermsId, until: Option<Timestamp>) -> Effect {
    Effect::AcceptTerms { domains: tools(), terms, until }
}

impl Street {
    /// An evening in brook's room, so many days from now.
    pub(super) fn evening(&self, day: u64) -> Line {
        let window = Window::new(self.now + days(day), self.now + days(day) + hours(4)).expect("a window");
        let portions = vec![Portion { window, amount: 1 }];
        Line { steward: self.log("brook"), resource: name("room"), portions }
    }

    /// Some of cellar's coins.
    pub(super) fn some(&self, amount: u64) -> Line {
        let portions = vec![Portion { window: Window::ALL, amount }];
        Line { steward: self.log("cellar"), resource: name("coins"), portions }
    }

    /// Terms that a group asks for, within two days; a steward closes.
    pub(super) fn terms(&self, title: &str, requester: &str, closer: &str, mut lines: Vec<Line>) -> Terms {
        lines.sort_by_key(|line| line.steward);
        Terms {
            federation: self.agreement.id(),
            version: self.agreement.hash(),
            title: title.into(),
            text: "We tidy up after.".into(),
            requester: self.log(requester),
            closer: self.log(closer),
            lines,
            by: self.now + days(2),
            counters: None,
            by_matter: false,
        }
    }

    /// A group states terms by decision, and others hear of it.
    pub(super) fn ask(&mut self, called: &str, terms: &Terms, until: Option<Timestamp>, tells: &[&str]) -> TermsId {
        self.decide(called, Effect::Terms { domains: tools(), terms: Box::new(terms.clone()), until });
        self.tell_last(called, tells);
        terms.id()
    }

    /// Shows others the last thing that a group said.
    pub(super) fn tell_last(&mut self, called: &str, tells: &[&str]) {
        let last = self.voices(called).len() - 1;
        self.tell(called, last, tells);
    }

    /// Says what no decision calls for.
    pub(super) fn follow(&mut self, called: &str, says: Says) -> Result<(), Refusal> {
        let replica = self.replica(called);
        let (previous, host) = (replica.dealings().spoke, replica.charter().host.node);
        self.write(called, EntryAct::Speak(Voice { previous, host, decision: None, says }))
    }
}
