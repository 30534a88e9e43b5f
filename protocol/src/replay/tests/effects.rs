//! Effects: each carried out, all or none, void when one no longer applies.

use crate::{
    charter::{Holder, Host, Times},
    decision::Outcome,
    effect::Effect,
    entry::EntryAct,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    fixture::{
        DAY, Group, assert_refused, body, charter, days, drop_member, key, ms, name, person, public, start, text,
    },
    id::{Hash, LogId},
    ladder::Reason,
    statement::Act,
    table::Table,
    time::Span,
};

fn effect_of(domain: &str, words: &str) -> Effect {
    Effect::Text { domain: name(domain), text: words.into(), replaces: None }
}

/// An agreement that founds a federation of this group and a neighbour.
fn agreement(group: &Group) -> FederationAgreement {
    let member =
        |called: &str, log, node| FederatedGroup { name: name(called), log, node, escalates_to: None, weight: 1 };
    let seat = |called: &str| Seat { name: name(called), node: public(called), addresses: Vec::new() };
    FederationAgreement {
        name: name("street"),
        purpose: "To share a street".into(),
        groups: Table::new(vec![
            member("kitchen", group.replica.log(), public("node")),
            member("garden", LogId(Hash::of(b"garden").0), public("garden-node")),
        ])
        .unwrap(),
        panel: Table::new(vec![seat("node"), seat("garden-node")]).unwrap(),
        timing: Timing::default(),
        amends: None,
    }
}

#[test]
fn an_agreement_in_words_is_in_force() {
    let mut group = Group::new();
    let proposal = group.carry("ana", &[effect_of("policy", "one"), effect_of("principles", "two")]);
    let found: Vec<_> = group.replica.agreements().collect();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|agreement| agreement.id.0 == proposal && agreement.since == group.now));
    assert_eq!((found[1].id.1, found[1].domain.as_str(), found[1].text.as_str()), (1, "principles", "two"));
}

#[test]
fn an_agreement_has_words_and_not_too_many() {
    let mut group = Group::new();
    assert_refused!(group.propose("ana", &[effect_of("policy", "")]), Conflict::Effect { .. });
    let longest = crate::limits::TEXT_BYTES;
    assert_refused!(group.propose("ana", &[effect_of("policy", &"x".repeat(longest + 1))]), Conflict::Effect { .. });
    group.open("ana", &[effect_of("policy", &"x".repeat(longest))]);
}

#[test]
fn purpose_and_values_are_replaced() {
    let mut group = Group::new();
    group.carry("ana", &[Effect::Purpose { purpose: "To eat".into(), values: vec!["Salt".into()] }]);
    let charter = group.replica.charter();
    assert_eq!((charter.purpose.as_str(), charter.values.as_slice()), ("To eat", &["Salt".to_owned()][..]));
}

#[test]
fn roles_come_change_and_go() {
    let mut group = Group::new();
    let mut role = charter().roles.find(&name("keeper")).unwrap().clone();
    role.purpose = "Keeps knives".into();
    let mut new = role.clone();
    new.name = name("cook");
    group.carry("ana", &[Effect::SetRole(role), Effect::SetRole(new)]);
    assert_eq!(group.replica.charter().roles.find(&name("keeper")).unwrap().purpose, "Keeps knives");
    group.carry("ana", &[Effect::DropRole { role: name("cook") }]);
    assert!(group.replica.charter().roles.find(&name("cook")).is_none());
    assert_refused!(group.propose("ana", &[Effect::DropRole { role: name("cook") }]), Conflict::Effect { .. });
}

#[test]
fn a_role_that_owns_a_domain_goes_with_it_only() {
    let mut group = Group::new();
    let (role, domain) = (Effect::DropRole { role: name("keeper") }, Effect::DropDomain { domain: name("tools") });
    assert_refused!(group.propose("ana", std::slice::from_ref(&role)), Malformed::Charter(_));
    group.carry("ana", &[role, domain]);
    assert_eq!(group.replica.charter().roles.len(), 1);
    assert!(group.replica.charter().domains.find(&name("tools")).is_none());
}

#[test]
fn domains_come_change_and_go() {
    let mut group = Group::new();
    let mut changed = group.domain("principles");
    changed.purpose = "What we hold".into();
    let mut new = changed.clone();
    new.name = name("rest");
    group.carry("ana", &[Effect::SetDomain(changed), Effect::SetDomain(new)]);
    assert_eq!(group.domain("principles").purpose, "What we hold");
    let proposal = group.carry("ana", &[text("rest")]);
    group.carry("ana", &[Effect::DropDomain { domain: name("rest") }]);
    assert_refused!(group.propose("ana", &[text("rest")]), Conflict::NoDomain(_));
    assert_eq!(group.ended(proposal), Outcome::Applied);
}

#[test]
fn the_charters_own_domain_stays() {
    let mut group = Group::new();
    assert_refused!(group.propose("ana", &[Effect::DropDomain { domain: name("charter") }]), Malformed::Charter(_));
    let mut open = group.domain("charter");
    open.people_only = false;
    assert_refused!(group.propose("ana", &[Effect::SetDomain(open)]), Malformed::Charter(_));
}

#[test]
fn times_are_replaced() {
    let mut group = Group::new();
    let times = Times { digest_every: 7, receipt: days(1) };
    group.carry("ana", &[Effect::SetTimes(times)]);
    assert_eq!(group.replica.charter().times, times);
}

#[test]
fn members_come_and_go_with_their_roles() {
    let mut group = Group::new();
    group.carry("ana", &[Effect::SetMember(person("dan"))]);
    group.act("dan", Act::Seen {}).unwrap();
    group.carry("cem", &[drop_member("ben")]);
    assert!(group.replica.charter().members.find(&name("ben")).is_none());
    assert!(group.replica.charter().roles.find(&name("keeper")).unwrap().holders.is_empty());
    assert_refused!(group.act("ben", Act::Seen {}), Unauthorised::NotAMember(_));
    assert_refused!(group.propose("ana", &[drop_member("ben")]), Conflict::Effect { .. });
}

#[test]
fn the_last_person_stays() {
    let mut group = Group::with(|charter| {
        for member in ["ben", "cem"] {
            charter.members.take(&name(member));
        }
        charter.roles.find_mut(&name("keeper")).unwrap().holders.take(&name("ben"));
    });
    let all = [drop_member("bot"), drop_member("ana")];
    assert_refused!(group.propose("ana", &all), Malformed::Charter(_));
}

#[test]
fn keys_count_from_the_next_entry_on() {
    let mut group = Group::new();
    group.carry("ana", &[Effect::AddKey { member: name("ben"), key: public("ben/2") }]);
    group.act("ben/2", Act::Seen {}).unwrap();
    let last = group.statement("ben", Act::Seen {});
    group.carry("ana", &[Effect::DropKey { member: name("ben"), key: public("ben") }]);
    assert_refused!(group.admit(&[last]), Unauthorised::NotAMember(_));
    group.act("ben/2", Act::Seen {}).unwrap();
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let mut group = Group::new();
    let add = |member: &str, of: &str| Effect::AddKey { member: name(member), key: public(of) };
    let drop = |member: &str, of: &str| Effect::DropKey { member: name(member), key: public(of) };
    for effect in [add("ben", "ben"), add("dan", "dan"), drop("ben", "ana"), drop("dan", "ana")] {
        assert_refused!(group.propose("ana", &[effect]), Conflict::Effect { .. });
    }
    for effect in [add("ben", "ana"), add("ben", "host"), add("ben", "node"), drop("ben", "ben")] {
        assert_refused!(group.propose("ana", &[effect]), Malformed::Charter(_));
    }
    let nine: Vec<Effect> = (2..=9).map(|at| add("ben", &format!("ben/{at}"))).collect();
    assert_refused!(group.propose("ana", &nine), Malformed::Charter(_));
    group.carry("ana", &[add("ben", "ben/2"), drop("ben", "ben")]);
}

#[test]
fn the_entry_after_a_new_log_key_is_signed_by_it() {
    let mut group = Group::new();
    let same = group.replica.charter().host;
    assert_refused!(group.propose("ana", &[Effect::SetHost(same)]), Conflict::Effect { .. });
    let host = Host { log_key: public("host/2"), node: public("node/2") };
    let taken = Host { log_key: public("ben"), ..host };
    assert_refused!(group.propose("ana", &[Effect::SetHost(taken)]), Malformed::Charter(_));
    group.carry("ana", &[Effect::SetHost(host)]);
    assert_eq!(group.replica.charter().host, host);
    assert_refused!(group.act("ana", Act::Seen {}), Forged::NotTheLogKey { .. });
    group.host = key("host/2");
    group.act("ana", Act::Seen {}).unwrap();
    assert_eq!(group.replayed().digest(), group.replica.digest());
}

#[test]
fn the_group_erases_anybodys_body_by_decision() {
    let mut group = Group::new();
    let unwritten = Effect::Erase { body: body("never written") };
    assert_refused!(group.propose("ana", &[unwritten]), Conflict::NoBody);
    let proposal = group.open("ana", &[text("policy")]);
    group.object("ben", proposal).unwrap();
    let erase = group.open("cem", &[Effect::Erase { body: body("because") }]);
    assert_eq!(group.shown(erase).polls[0].domain, name("charter"));
    for person in ["ana", "ben"] {
        group.agree(person, erase).unwrap();
    }
    assert!(!group.replica.is_erased(&body("because")));
    group.wait(DAY);
    let entry = group.entry(EntryAct::Close { proposal: erase });
    assert_eq!(group.replica.check(&entry).unwrap().erased(), [body("because")]);
    group.take(&entry).unwrap();
    assert!(group.replica.is_erased(&body("because")));
    assert_eq!(group.replica.erased().count(), 1);
}

#[test]
fn a_federation_is_founded_by_decision() {
    let mut group = Group::new();
    let agreement = agreement(&group);
    let proposal = group.carry("ana", &[Effect::Federate(agreement.clone())]);
    assert_eq!(group.replica.charter().federation, Some(agreement.id()));
    assert_eq!(group.replica.decision(&proposal).unwrap().proposal.polls[0].domain, name("charter"));
    let again = FederationAgreement { purpose: "Another".into(), ..agreement };
    assert_refused!(group.propose("ana", &[Effect::Federate(again)]), Conflict::Effect { .. });
}

#[test]
fn a_federation_names_this_group_and_its_node() {
    let mut group = Group::new();
    let good = agreement(&group);
    let garden = good.groups.find(&name("garden")).unwrap().clone();
    let without = FederationAgreement { groups: Table::new(vec![garden.clone()]).unwrap(), ..good.clone() };
    assert_refused!(group.propose("ana", &[Effect::Federate(without)]), Conflict::Effect { .. });
    let kitchen = FederatedGroup { node: public("elsewhere"), ..good.groups.find(&name("kitchen")).unwrap().clone() };
    let elsewhere = FederationAgreement { groups: Table::new(vec![garden, kitchen]).unwrap(), ..good };
    assert_refused!(group.propose("ana", &[Effect::Federate(elsewhere)]), Conflict::Effect { .. });
}

#[test]
fn a_federation_agreement_that_cannot_stand_is_refused() {
    let mut group = Group::new();
    let good = agreement(&group);
    let group_of = |called: &str| good.groups.find(&name(called)).unwrap().clone();
    let above = |called: &str, above: &str| FederatedGroup { escalates_to: Some(name(above)), ..group_of(called) };
    let groups =
        |groups: Vec<FederatedGroup>| FederationAgreement { groups: Table::new(groups).unwrap(), ..good.clone() };
    let seat = good.panel.find(&name("node")).unwrap().clone();
    let twice = vec![seat.clone(), Seat { name: name("again"), ..seat.clone() }];
    let many =
        (0..14).map(|at| Seat { name: name(&format!("s{at}")), node: public(&format!("s{at}")), ..seat.clone() });
    let timing = |news, skew| FederationAgreement { timing: Timing { news, skew, ..good.timing }, ..good.clone() };
    let bad = [
        FederationAgreement { purpose: String::new(), ..good.clone() },
        FederationAgreement { panel: Table::default(), ..good.clone() },
        FederationAgreement { panel: Table::new(twice).unwrap(), ..good.clone() },
        FederationAgreement { panel: Table::new(many.collect()).unwrap(), ..good.clone() },
        groups(Vec::new()),
        groups(vec![group_of("kitchen"), FederatedGroup { name: name("twin"), ..group_of("kitchen") }]),
        groups(vec![above("kitchen", "nobody"), group_of("garden")]),
        groups(vec![above("kitchen", "kitchen"), group_of("garden")]),
        groups(vec![above("kitchen", "garden"), above("garden", "kitchen")]),
        timing(ms(399), ms(100)),
        timing(Span::ZERO, Span::ZERO),
    ];
    for agreement in bad {
        assert_refused!(group.propose("ana", &[Effect::Federate(agreement.clone())]), Malformed::Agreement(_));
    }
    group.open("ana", &[Effect::Federate(timing(ms(400), ms(100)))]);
    group.open("ana", &[Effect::Federate(groups(vec![above("kitchen", "garden"), group_of("garden")]))]);
}

// All or nothing

#[test]
fn effects_build_on_each_other() {
    let mut group = Group::new();
    let mut dans = charter().roles.find(&name("keeper")).unwrap().clone();
    dans.holders = Table::new(vec![Holder { member: name("dan"), from: start(), until: start() + days(30) }]).unwrap();
    assert_refused!(group.propose("ana", &[Effect::SetRole(dans.clone())]), Malformed::Charter(_));
    group.carry("ana", &[Effect::SetMember(person("dan")), Effect::SetRole(dans)]);
}

#[test]
fn what_could_not_be_carried_out_now_does_not_open() {
    let mut group = Group::new();
    assert_refused!(group.propose("ana", &[text("policy"), drop_member("dan")]), Conflict::Effect { .. });
    let proposal = group.open("ana", &[text("membership")]);
    assert_refused!(group.amend("ana", proposal, &[drop_member("dan")]), Conflict::Effect { .. });
}

#[test]
fn a_decision_whose_effects_no_longer_apply_is_void_as_a_whole() {
    let mut group = Group::new();
    let add = || Effect::AddKey { member: name("ben"), key: public("ben/2") };
    let first = group.open("ana", &[add()]);
    let second = group.open("ana", &[effect_of("membership", "welcome"), add()]);
    for proposal in [first, second] {
        group.agree("cem", proposal).unwrap();
        group.agree("ben", proposal).unwrap();
    }
    group.wait(DAY);
    group.close(first).unwrap();
    let before = group.replica.charter().clone();
    group.close(second).unwrap();
    let Outcome::Void { reason } = group.ended(second) else { panic!("{:?}", group.ended(second)) };
    assert!(reason.contains("device key"), "{reason}");
    assert_eq!(*group.replica.charter(), before);
    assert_eq!(group.replica.agreements().count(), 0, "nor its words");
    assert_eq!(group.replica.decision(&second).unwrap().review, None);
    assert!(group.replica.decision(&second).unwrap().standings.iter().all(|standing| standing.passes));
}

#[test]
fn effects_are_checked_again_after_the_call_in_window() {
    let mut group = Group::new();
    let drop = group.open("cem", &[drop_member("bot"), Effect::DropDomain { domain: name("purchases") }]);
    for person in ["ana", "ben"] {
        group.agree(person, drop).unwrap();
    }
    group.tick(days(2));
    let purchase = group.open("cem", &[text("purchases")]);
    group.agree("ana", purchase).unwrap();
    group.tick(DAY);
    assert_eq!(group.ended(drop), Outcome::Applied, "a day of minimum time and a window of two days");
    assert!(group.is_open(purchase));
    group.tick(DAY);
    assert!(matches!(group.ended(purchase), Outcome::Void { .. }));
}

#[test]
fn a_text_in_a_domain_that_is_gone_is_void() {
    let mut group = Group::new();
    let proposal = group.open("ana", &[text("tools"), text("policy")]);
    group.agree("ben", proposal).unwrap();
    group.carry("ana", &[Effect::DropDomain { domain: name("tools") }]);
    group.tick(days(7));
    assert!(matches!(group.ended(proposal), Outcome::Void { .. }));
    assert_eq!(group.replica.agreements().count(), 0);
}

/// A proposal must pass every domain that its effects touch, also one that came into being while it was open: or
/// the rule of a new domain could be lifted by a proposal that was filed before it.
#[test]
fn effects_on_a_domain_that_came_meanwhile_are_void() {
    let mut group = Group::new();
    let mut lax = group.domain("policy");
    lax.name = name("garden");
    let early = group.open("ana", &[Effect::SetDomain(lax)]);
    group.agree("ben", early).unwrap();
    let mut strict = group.domain("principles");
    strict.name = name("garden");
    group.carry("cem", &[Effect::SetDomain(strict.clone())]);
    group.tick(days(7));
    assert!(matches!(group.ended(early), Outcome::Void { .. }), "{:?}", group.ended(early));
    assert_eq!(group.domain("garden"), strict);
}

#[test]
fn a_decision_records_how_it_stood_before_its_effects() {
    let mut group = Group::new();
    let back = group.open("ana", &[Effect::SetMember(person("cem"))]);
    group.carry("ana", &[drop_member("cem")]);
    group.tick(days(7));
    assert_eq!(group.ended(back), Outcome::Applied, "one of the two who are left is enough");
    let standing = &group.replica.decision(&back).unwrap().standings[0];
    assert_eq!(standing.reason, Reason::NoObjection { responded: 1, quorum: 1 });
}

#[test]
fn a_removal_of_somebody_who_is_gone_is_void() {
    let mut group = Group::new();
    let first = group.open("ana", &[drop_member("cem")]);
    let second = group.open("ben", &[drop_member("cem")]);
    group.agree("ben", first).unwrap();
    group.agree("ana", second).unwrap();
    group.tick(DAY);
    let mut outcomes = [group.ended(first), group.ended(second)];
    outcomes.sort_by_key(|outcome| outcome.word());
    assert!(matches!(&outcomes, [Outcome::Applied, Outcome::Void { .. }]), "{outcomes:?}");
}
