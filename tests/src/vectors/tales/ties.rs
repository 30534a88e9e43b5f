//! Founding, amending, leaving and joining a federation.

use folkmoot_protocol::{
    effect::Effect,
    entry::EntryAct,
    federation::{Amends, FederatedGroup, FederationAgreement, Seat, Timing},
    id::{FederationId, Hash},
    replay::Replica,
    table::Table,
    time::Span,
};

use super::file;
use crate::vectors::tale::{DAY, Tale, charter, key, name};

/// A federation of this group alone, with these witnesses and the group's own node on the panel.
pub(in crate::vectors) fn agreement(replica: &Replica, witnesses: &[&str]) -> FederationAgreement {
    let seat = |of: &&str| Seat { name: name(of), node: key(of).public(), addresses: Vec::new() };
    FederationAgreement {
        name: name("street"),
        purpose: "To share a street".into(),
        groups: Table::new(vec![group("kitchen", Hash(replica.log().0), "node")]).expect("each once"),
        panel: Table::new([witnesses, &["node"]].concat().iter().map(seat).collect()).expect("each once"),
        timing: Timing { notice: Some(DAY), ..Timing::default() },
        amends: None,
    }
}

fn group(of: &str, log: Hash, node: &str) -> FederatedGroup {
    FederatedGroup { name: name(of), log: log.into(), node: key(node).public(), escalates_to: None, weight: 1 }
}

fn leave(federation: FederationId, tale: &Tale, after: Span) -> Effect {
    Effect::Leave { federation, from: tale.now + after }
}

pub(super) fn tell() -> Tale {
    let mut tale = Tale::found(&charter(&file()));
    let first = agreement(&tale.replica, &["one", "two", "three"]);
    let federate = |text: &FederationAgreement| Effect::Federate(text.clone());
    cannot_found(&mut tale, &first);
    tale.carry("ana", &[federate(&first)]);
    let garden = || group("garden", Hash::of(b"garden"), "garden's node");
    let second = first.with_group(garden()).expect("an amendment");

    let changed = |change: &dyn Fn(&mut FederationAgreement)| {
        let mut text = second.clone();
        change(&mut text);
        Effect::Federate(text)
    };
    tale.refuse_open("effect", "ana", &[federate(&first)]);
    tale.refuse_open("effect", "ana", &[changed(&|text| text.timing.notice = None)]);
    tale.refuse_open("effect", "ana", &[changed(&|text| drop(text.panel.take(&name("one"))))]);
    tale.refuse_open("effect", "ana", &[changed(&|text| set(text, |amends| amends.number = 3))]);
    tale.refuse_open("agreement", "ana", &[changed(&|text| set(text, |amends| amends.number = 1))]);
    let other = Hash::of(b"another federation").into();
    tale.refuse_open("effect", "ana", &[changed(&|text| set(text, |amends| amends.federation = other))]);
    tale.carry("ana", &[federate(&second)]);
    // A second successor of the version that it has amended.
    tale.refuse_open("effect", "ana", &[changed(&|text| text.purpose.push('!'))]);
    // Of a version that the log does not hold nothing is known.
    let third = second.with_group(group("cellar", Hash::of(b"cellar"), "cellar's node")).expect("an amendment");
    let fourth = third.with_group(group("roof", Hash::of(b"roof"), "roof's node")).expect("an amendment");
    tale.carry("ben", &[federate(&fourth)]);
    tale.digest();

    let street = first.id();
    tale.refuse_open("effect", "ana", &[leave(other, &tale, DAY)]);
    tale.refuse_open("effect", "ana", &[leave(street, &tale, DAY), federate(&third)]);
    let goes = leave(street, &tale, Span::from_days(5));
    tale.carry("ana", &[goes]);
    let again = leave(street, &tale, Span::from_days(9));
    tale.refuse_open("effect", "ana", &[again]);
    // Until it is out it may consent to a version.
    tale.carry("ana", &[federate(&third)]);
    tale.pass(Span::from_days(9));
    tale.refuse_open("effect", "ana", &[leave(street, &tale, DAY)]);
    // Out, it joins with the version that names it, the same as before; and may leave once more, with notice.
    tale.carry("ana", &[federate(&third)]);
    let goes = leave(street, &tale, Span::ZERO);
    tale.carry("ana", &[goes]);
    tale.digest();
    tale.pass(DAY);
    tale.write(EntryAct::Digest { digest: tale.replica.digest() }).expect("a digest");
    tale
}

fn set(text: &mut FederationAgreement, change: impl FnOnce(&mut Amends)) {
    change(text.amends.as_mut().expect("it is an amendment"));
}

/// Texts that cannot stand, or are not this group's.
fn cannot_found(tale: &mut Tale, good: &FederationAgreement) {
    let changed = |change: &dyn Fn(&mut FederationAgreement)| {
        let mut text = good.clone();
        change(&mut text);
        Effect::Federate(text)
    };
    let elsewhere = |of: &str, log: Hash, node: &str| {
        let groups = Table::new(vec![group(of, log, node)]).expect("each once");
        changed(&move |text| text.groups = groups.clone())
    };
    let log = Hash(tale.replica.log().0);
    tale.refuse_open("agreement", "ana", &[changed(&|text| text.purpose.clear())]);
    tale.refuse_open("agreement", "ana", &[changed(&|text| text.timing.news = text.timing.skew)]);
    tale.refuse_open("effect", "ana", &[elsewhere("kitchen", Hash::of(b"garden"), "node")]);
    tale.refuse_open("effect", "ana", &[elsewhere("kitchen", log, "another node")]);
    tale.refuse_open("effect", "ana", &[leave(good.id(), tale, DAY)]);
}
