//! Liaisons, by hand: what a log owes others to say of who represents it, and whose answers count where it is cited.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::Bench;
use crate::{
    charter::{Charter, Holder, Liaison, Member, MemberKind, Represents, Role},
    decision::Outcome,
    effect::Effect,
    entry::EntryAct,
    error::Refusal,
    evidence::Evidence,
    fixture::{DAY, Group, assert_refused, charter, content, days, key, name, person, public, rule, start, text},
    id::{LogId, ProposalId, StatementId},
    liaison::Position,
    replay::Replica,
    statement::{Act, Answer, Ballot, Proposal, ProposalOption},
    table::Table,
    time::Span,
    voice::{Says, Voice},
};

/// The liaison's handle, role, and key.
const ENVOY: &str = "envoy";

fn envoy(to: LogId, mandated: bool) -> Role {
    let holders = Table::new(vec![Holder { member: name("dan"), from: start(), until: start() + days(60) }]).unwrap();
    let mandated_in = mandated.then(|| name("policy"));
    let represents = Some(Represents { group: to, mandated_in });
    Role { name: name(ENVOY), purpose: "Speaks for us".into(), holders, filled_in: None, represents }
}

fn seat_of(handle: &str, group: LogId) -> Effect {
    let kind = MemberKind::Liaison(Liaison { group, role: name(ENVOY) });
    Effect::SetMember(Member { name: name(handle), kind, keys: Vec::new() })
}

/// Attic sends dan to brook, where its seat is called attic; nothing is cited yet.
fn sent(mandated: bool) -> Bench {
    let mut bench = Bench::of(&["attic", "brook"]);
    let (attic, brook) = (bench.log("attic"), bench.log("brook"));
    carry(&mut bench, "attic", &[Effect::SetMember(person("dan"))]);
    carry(&mut bench, "attic", &[Effect::SetRole(envoy(brook, mandated))]);
    carry(&mut bench, "brook", &[seat_of("attic", attic)]);
    bench
}

/// The same, and brook knows.
fn seated(mandated: bool) -> Bench {
    let mut bench = sent(mandated);
    tells(&mut bench);
    bench
}

fn carry(bench: &mut Bench, called: &'static str, effects: &[Effect]) {
    let group = bench.groups.get_mut(called).unwrap();
    let proposal = group.open("ana", effects);
    let own = |member: &&str| group.replica.charter().member_of(&public(member)).is_some();
    let asked: BTreeSet<_> = group.shown(proposal).polls.iter().flat_map(|poll| poll.eligible.clone()).collect();
    let asked: Vec<_> = asked.iter().map(|member| member.as_str()).filter(own).collect();
    for member in asked {
        group.agree(member, proposal).unwrap();
    }
    // Liaisons do not answer here: then it takes its time.
    let span =
        if group.shown(proposal).may_close(group.replica.charter()) > Some(group.now) { days(7) } else { Span::ZERO };
    bench.tick(span);
    assert_eq!(bench.groups[called].ended(proposal), Outcome::Applied);
}

fn is_represent(says: &Says) -> bool {
    matches!(says, Says::Represent(_))
}

fn is_mandate(says: &Says) -> bool {
    matches!(says, Says::Mandate(_))
}

fn shown(bench: &mut Bench, is: fn(&Says) -> bool) -> Evidence {
    bench.seal("attic");
    bench.shows("attic", is).expect("it is sealed")
}

fn tells(bench: &mut Bench) {
    let evidence = shown(bench, is_represent);
    bench.cites("brook", evidence).unwrap();
}

fn mandates(bench: &mut Bench, version: impl Into<StatementId>, position: Position) -> Result<(), Refusal> {
    let effect = Effect::Mandate { role: name(ENVOY), version: version.into(), position };
    carry(bench, "attic", &[effect]);
    let evidence = shown(bench, is_mandate);
    bench.cites("brook", evidence)
}

fn brook(bench: &mut Bench) -> &mut Group {
    bench.groups.get_mut("brook").unwrap()
}

fn eligible(group: &Group, proposal: ProposalId) -> BTreeSet<String> {
    group.shown(proposal).polls[0].eligible.iter().map(ToString::to_string).collect()
}

fn speak(group: &Group, says: Says) -> EntryAct {
    let (previous, host) = (group.replica.dealings().spoke, group.replica.charter().host.node);
    EntryAct::Speak(Voice { previous, host, decision: None, says })
}

#[test]
fn a_log_owes_it_to_say_who_represents_its_group() {
    let mut bench = Bench::of(&["attic", "brook"]);
    let to = bench.log("brook");
    carry(&mut bench, "attic", &[Effect::SetMember(person("dan"))]);
    let group = bench.groups.get_mut("attic").unwrap();
    let proposal = group.open("ana", &[Effect::SetRole(envoy(to, false))]);
    for member in ["ben", "cem", "dan"] {
        group.agree(member, proposal).unwrap();
    }
    group.close(proposal).unwrap();
    assert_eq!(group.ended(proposal), Outcome::Applied);
    let says = group.act("ana", Act::Seen {});
    assert_refused!(says, Conflict::VoiceDue(_));
    let Some(EntryAct::Speak(due)) = group.replica.due(group.now) else { panic!("a voice is due") };
    let Says::Represent(sitting) = due.says.clone() else { panic!("{:?}", due.says) };
    assert_eq!((sitting.group, sitting.mandated, sitting.terms[0].keys.clone()), (to, false, vec![public("dan")]));
    let mut other = sitting.clone();
    other.terms[0].keys = vec![public("eva")];
    assert_refused!(group.write(speak(group, Says::Represent(other))), Conflict::Voice(_));
    let with_decision = Voice { decision: Some(proposal), ..due.clone() };
    assert_refused!(group.write(EntryAct::Speak(with_decision)), Conflict::Voice(_));
    group.write(EntryAct::Speak(due)).unwrap();
    assert_refused!(group.write(speak(group, Says::Represent(sitting))), Conflict::Voice(_));
    assert_eq!(group.replica.due(group.now), None, "it is said once");
    group.replayed();
}

#[test]
fn keys_and_terms_that_change_are_said_and_an_end_needs_no_voice() {
    let mut bench = sent(false);
    let last = |bench: &Bench| {
        let voices = bench.voices("attic");
        let EntryAct::Speak(voice) = &voices.values().last().unwrap().content().act else { panic!("a voice") };
        let Says::Represent(sitting) = &voice.says else { panic!("{:?}", voice.says) };
        (voices.len(), sitting.terms.clone())
    };
    assert_eq!(last(&bench).0, 1);
    let dan_2 = key("dan/2").public();
    carry(&mut bench, "attic", &[Effect::AddKey { member: name("dan"), key: dan_2 }]);
    let (count, terms) = last(&bench);
    assert_eq!((count, terms[0].keys.len()), (2, 2));
    let unseat = Effect::Unseat { role: name(ENVOY), member: name("dan") };
    carry(&mut bench, "attic", &[unseat]);
    assert_eq!(last(&bench), (3, Vec::new()));
    let (here, there) = (bench.log("attic"), bench.log("brook"));
    carry(&mut bench, "attic", &[Effect::SetRole(envoy(there, true))]);
    assert_eq!(last(&bench).0, 4);
    bench.tick(days(70));
    assert_eq!(last(&bench).0, 4, "a term that ends by itself is no news");
    // Sent elsewhere: the group that it leaves hears that nobody comes any more, and the other one who does.
    carry(&mut bench, "attic", &[Effect::SetRole(envoy(here, true))]);
    assert_eq!(last(&bench).0, 6);
    assert_eq!(bench.groups["attic"].replica.dealings().liaisons.said.len(), 1);
    carry(&mut bench, "attic", &[Effect::DropRole { role: name(ENVOY) }]);
    assert!(bench.groups["attic"].replica.dealings().liaisons.is_empty());
    bench.groups["attic"].replayed();
}

#[test]
fn a_liaison_speaks_from_the_citing_on_until_its_term_ends() {
    let mut bench = sent(false);
    let proposal = brook(&mut bench).open("ana", &[text("policy")]);
    assert_refused!(brook(&mut bench).agree("dan", proposal), Unauthorised::NotAMember(_));
    tells(&mut bench);
    brook(&mut bench).agree("dan", proposal).unwrap();
    assert!(brook(&mut bench).shown(proposal).responses.contains_key(&name("attic")), "the handle is the seat's");
    let second = brook(&mut bench).open("dan", &[text("policy")]);
    assert_eq!(brook(&mut bench).shown(second).author, name("attic"));
    assert!(brook(&mut bench).replica.charter().member_of(&public("dan")).is_none());
    let end = start() + days(60);
    bench.tick_to(end.before(Span::from_millis(1)));
    brook(&mut bench).act("dan", Act::Seen {}).unwrap();
    bench.tick_to(end);
    assert_refused!(brook(&mut bench).act("dan", Act::Seen {}), Unauthorised::NotAMember(_));
    bench.groups["brook"].replayed();
}

#[test]
fn a_seat_that_nobody_holds_is_in_no_denominator_until_somebody_answers_for_it() {
    let mut bench = sent(false);
    let group = brook(&mut bench);
    let proposal = group.open("ana", &[text("charter")]);
    assert_eq!(eligible(group, proposal).len(), 3, "ana, ben and cem");
    assert_eq!(group.shown(proposal).polls[0].silent.iter().map(|n| n.as_str()).collect::<Vec<_>>(), ["attic"]);
    tells(&mut bench);
    let group = brook(&mut bench);
    let with = group.open("ana", &[text("charter")]);
    assert_eq!(eligible(group, with).len(), 4);
    group.agree("dan", proposal).unwrap();
    assert_eq!(eligible(group, proposal).len(), 4, "an answer brings it back");
    assert_eq!(group.replica.vacant(start() + days(60)).len(), 1);
}

/// Where a role owns the domain, too; nobody eligible is nobody at all.
#[test]
fn a_role_held_by_an_empty_seat_decides_nothing() {
    let mut bench = sent(false);
    let mut keeper = Role { name: name("keeper"), ..envoy(bench.log("attic"), false) };
    keeper.represents = None;
    keeper.holders =
        Table::new(vec![Holder { member: name("attic"), from: start(), until: start() + days(90) }]).unwrap();
    carry(&mut bench, "brook", &[Effect::SetRole(keeper)]);
    let refused = brook(&mut bench).propose("ana", &[text("tools")]);
    assert_refused!(refused, Conflict::NobodyEligible(_));
    tells(&mut bench);
    let proposal = brook(&mut bench).open("ana", &[text("tools")]);
    brook(&mut bench).agree("dan", proposal).unwrap();
    bench.tick(Span::ZERO);
    assert_eq!(bench.groups["brook"].ended(proposal), Outcome::Applied);
}

#[test]
fn an_older_voice_is_no_news() {
    let mut bench = sent(false);
    let old = shown(&mut bench, is_represent);
    carry(&mut bench, "attic", &[Effect::AddKey { member: name("dan"), key: public("dan/2") }]);
    let new = shown(&mut bench, is_represent);
    bench.cites("brook", new.clone()).unwrap();
    assert_refused!(bench.cites("brook", new), Conflict::Evidence { .. });
    assert_refused!(bench.cites("brook", old), Conflict::Evidence { .. });
    brook(&mut bench).act("dan/2", Act::Seen {}).unwrap();
}

#[test]
fn a_key_that_is_revoked_at_home_speaks_no_more_once_that_is_cited() {
    let mut bench = sent(false);
    carry(&mut bench, "attic", &[Effect::AddKey { member: name("dan"), key: public("dan/2") }]);
    tells(&mut bench);
    brook(&mut bench).act("dan/2", Act::Seen {}).unwrap();
    carry(&mut bench, "attic", &[Effect::DropKey { member: name("dan"), key: public("dan/2") }]);
    brook(&mut bench).act("dan/2", Act::Seen {}).unwrap();
    tells(&mut bench);
    assert_refused!(brook(&mut bench).act("dan/2", Act::Seen {}), Unauthorised::NotAMember(_));
    brook(&mut bench).act("dan", Act::Seen {}).unwrap();
}

/// A statement names no seat: the key is its owner's, or else the first handle's.
#[test]
fn a_key_speaks_for_one_member() {
    let mut bench = Bench::of(&["attic", "brook", "cellar"]);
    let to = bench.log("brook");
    for called in ["attic", "cellar"] {
        carry(&mut bench, called, &[Effect::SetMember(person("dan"))]);
        carry(&mut bench, called, &[Effect::SetRole(envoy(to, false))]);
        bench.seal(called);
    }
    let (attic, cellar) = (bench.log("attic"), bench.log("cellar"));
    carry(&mut bench, "brook", &[seat_of("upper", cellar)]);
    carry(&mut bench, "brook", &[seat_of("lower", attic)]);
    for called in ["cellar", "attic"] {
        let evidence = bench.shows(called, is_represent).unwrap();
        bench.cites("brook", evidence).unwrap();
    }
    let speaks = |bench: &Bench| {
        let replica = &bench.groups["brook"].replica;
        replica.speaker(&public("dan"), bench.now).map(|member| member.name.to_string())
    };
    assert_eq!(speaks(&bench).as_deref(), Some("lower"));
    carry(&mut bench, "brook", &[Effect::SetMember(person("dan"))]);
    assert_eq!(speaks(&bench).as_deref(), Some("dan"), "its owner comes first");
}

#[test]
fn a_mandated_liaison_answers_what_its_group_decided() {
    let mut bench = seated(true);
    let proposal = brook(&mut bench).open("ana", &[text("policy")]);
    assert_refused!(brook(&mut bench).agree("dan", proposal), Unauthorised::NotMandated { .. });
    brook(&mut bench).advise("dan", proposal).unwrap();
    mandates(&mut bench, proposal, Position::Agree).unwrap();
    for answer in [Answer::Object, Answer::Aside, Answer::Abstain] {
        assert_refused!(brook(&mut bench).answer("dan", proposal, answer), Unauthorised::NotMandated { .. });
    }
    brook(&mut bench).answer("dan", proposal, Answer::Concern).unwrap();
    brook(&mut bench).agree("dan", proposal).unwrap();
    // Another text needs another mandate.
    let filed = brook(&mut bench).amend("ana", proposal, &[text("policy")]).unwrap();
    assert_refused!(brook(&mut bench).agree("dan", proposal), Unauthorised::NotMandated { .. });
    mandates(&mut bench, filed, Position::Abstain).unwrap();
    assert_eq!(bench.groups["brook"].replica.dealings().liaisons.mandates.len(), 1, "the old one is forgotten");
    brook(&mut bench).answer("dan", proposal, Answer::Abstain).unwrap();
    bench.groups["brook"].replayed();
}

#[test]
fn a_mandate_ranks_too() {
    let mut bench = seated(true);
    let mut list = bench.groups["brook"].domain("policy");
    list.name = name("list");
    list.rule =
        rule(r#"{ "ranked": { "quorum": "1/2", "count": { "method": "schulze", "seats": 1, "unranked": "last" } } }"#);
    carry(&mut bench, "brook", &[Effect::SetDomain(list)]);
    let option = |label: &str| ProposalOption {
        label: name(label),
        text: None,
        tags: BTreeMap::new(),
        effects: vec![text("list")],
    };
    let content = Proposal { options: vec![option("a"), option("b")], ..content(&[]) };
    let proposal: ProposalId = brook(&mut bench).act("ana", Act::Propose(content)).unwrap().into();
    let ranks = |first: &str, second: &str| vec![vec![name(first)], vec![name(second)]];
    let ballot = |ranking| Act::Rank(Ballot { proposal, version: 1, ranking, reason: None });
    assert_refused!(brook(&mut bench).act("dan", ballot(ranks("a", "b"))), Unauthorised::NotMandated { .. });
    mandates(&mut bench, proposal, Position::Rank(ranks("a", "b"))).unwrap();
    assert_refused!(brook(&mut bench).act("dan", ballot(ranks("b", "a"))), Unauthorised::NotMandated { .. });
    brook(&mut bench).act("dan", ballot(ranks("a", "b"))).unwrap();
}

#[test]
fn a_mandated_liaison_withdraws_an_objection_when_its_group_says_something_else() {
    let mut bench = seated(true);
    let proposal = brook(&mut bench).open("ana", &[text("policy")]);
    mandates(&mut bench, proposal, Position::Object).unwrap();
    let objection = brook(&mut bench).object("dan", proposal).unwrap();
    assert_refused!(brook(&mut bench).withdraw("dan", objection), Unauthorised::NotMandated { .. });
    mandates(&mut bench, proposal, Position::Aside).unwrap();
    brook(&mut bench).withdraw("dan", objection).unwrap();
    brook(&mut bench).answer("dan", proposal, Answer::Aside).unwrap();
}

#[test]
fn what_a_mandated_liaison_files_is_no_answer() {
    let mut bench = seated(true);
    let proposal = brook(&mut bench).open("dan", &[text("policy")]);
    assert!(brook(&mut bench).shown(proposal).responses.is_empty());
    brook(&mut bench).amend("dan", proposal, &[text("policy")]).unwrap();
    assert!(brook(&mut bench).shown(proposal).responses.is_empty());
    let mut free = seated(false);
    let proposal = brook(&mut free).open("dan", &[text("policy")]);
    assert!(brook(&mut free).shown(proposal).responses.contains_key(&name("attic")));
}

#[test]
fn a_mandate_about_what_is_not_open_here_is_no_news() {
    let mut bench = seated(true);
    let proposal = brook(&mut bench).open("ana", &[text("policy")]);
    assert_refused!(mandates(&mut bench, StatementId([9; 32]), Position::Agree), Conflict::Evidence { .. });
    brook(&mut bench).withdraw("ana", proposal).unwrap();
    assert_refused!(mandates(&mut bench, proposal, Position::Agree), Conflict::Evidence { .. });
}

#[test]
fn only_a_role_that_is_mandated_gives_mandates_and_its_domain_decides() {
    let mut bench = sent(false);
    let effect =
        |role: &str| Effect::Mandate { role: name(role), version: StatementId([9; 32]), position: Position::Agree };
    let attic = bench.groups.get_mut("attic").unwrap();
    for role in [ENVOY, "keeper", "nobody"] {
        assert_refused!(attic.propose("ana", &[effect(role)]), Conflict::Effect { .. });
    }
    let mandated = envoy(bench.log("brook"), true);
    carry(&mut bench, "attic", &[Effect::SetRole(mandated)]);
    let attic = bench.groups.get_mut("attic").unwrap();
    let proposal = attic.open("ana", &[effect(ENVOY)]);
    assert_eq!(attic.shown(proposal).polls[0].domain, name("policy"));
}

/// Another group called brook, outside of attic's federation and in one of its own.
fn outside() -> Bench {
    let mut bench = Bench::of(&["attic", "brook"]);
    let mut wider = bench.agreement.clone();
    wider.name = name("town");
    let groups = wider.groups.iter().filter(|group| group.name.as_str() == "brook").cloned().collect();
    wider.groups = Table::new(groups).unwrap();
    let fresh = Group::with(|charter| {
        charter.name = name("brook");
        charter.host.node = public("brook-node");
        charter.host.log_key = key("host").public();
        charter.purpose = "To speak for the street".into();
    });
    wider.groups.put(crate::federation::FederatedGroup {
        name: name("brook"),
        log: fresh.replica.log(),
        node: public("brook-node"),
        escalates_to: None,
        weight: 1,
    });
    bench.groups.insert("brook", fresh);
    bench.tick(Span::ZERO);
    carry(&mut bench, "brook", &[Effect::Federate(wider)]);
    bench
}

#[test]
fn a_group_hears_of_liaisons_by_an_agreement_that_it_follows_and_of_nothing_else() {
    let mut bench = outside();
    let street = bench.agreement.clone();
    let (attic, to) = (bench.log("attic"), bench.log("brook"));
    carry(&mut bench, "attic", &[Effect::SetMember(person("dan"))]);
    carry(&mut bench, "attic", &[Effect::SetRole(envoy(to, false))]);
    carry(&mut bench, "brook", &[seat_of("attic", attic)]);
    let represents = shown(&mut bench, is_represent);
    let group = &bench.groups["brook"];
    assert!(group.replica.citing(vec![represents.clone()], group.now).is_err(), "a version that it does not hold");
    carry(&mut bench, "brook", &[Effect::Follow(street.clone())]);
    let again = brook(&mut bench).propose("ana", &[Effect::Follow(street)]);
    assert_refused!(again, Conflict::Effect { .. });
    bench.cites("brook", represents).unwrap();
    brook(&mut bench).act("dan", Act::Seen {}).unwrap();
    // A matter of that federation is none of its business.
    let mut matter = bench.matter(&["attic"]);
    let neighbour = bench.agreement.logs().find(|log| *log != attic).unwrap();
    matter.parts.push(crate::matter::Part { group: neighbour, ..matter.parts[0].clone() });
    matter.parts.sort_by_key(|part| part.group);
    bench.opens("attic", &matter);
    bench.seal("attic");
    let opening = bench.shows("attic", |says| matches!(says, Says::Open(_))).unwrap();
    assert_refused!(bench.cites("brook", opening), Conflict::Evidence { .. });
    bench.groups["brook"].replayed();
}

#[test]
fn a_version_that_is_only_followed_shows_nobody_asleep() {
    let mut bench = outside();
    let street = bench.agreement.clone();
    carry(&mut bench, "brook", &[Effect::Follow(street)]);
    bench.seal("attic");
    bench.tick(days(31));
    bench.seal("attic");
    let asleep = bench.shows_asleep("attic").unwrap();
    assert_refused!(bench.cites("brook", asleep.clone()), Conflict::Evidence { .. });
    bench.cites("attic", asleep).unwrap();
}

#[test]
fn a_group_follows_no_agreement_that_names_it() {
    let mut bench = Bench::of(&["attic", "brook"]);
    let mut other = bench.agreement.clone();
    other.name = name("other");
    let refused = brook(&mut bench).propose("ana", &[Effect::Follow(other)]);
    assert_refused!(refused, Conflict::Effect { .. });
}

#[test]
fn a_snapshot_holds_who_represents_whom() {
    let mut bench = seated(true);
    let proposal = brook(&mut bench).open("ana", &[text("policy")]);
    mandates(&mut bench, proposal, Position::Agree).unwrap();
    for called in ["attic", "brook"] {
        let replica = &bench.groups[called].replica;
        assert!(!replica.dealings().liaisons.is_empty());
        let snapshot = crate::replay::Snapshot::decode(&replica.snapshot().bytes()).unwrap();
        assert_eq!(Replica::resume(&snapshot).unwrap().digest(), replica.digest());
    }
}

fn refused(change: impl FnOnce(&mut Charter)) -> String {
    let mut charter = charter();
    change(&mut charter);
    charter.check().expect_err("it cannot stand").to_string()
}

#[test]
fn a_charter_with_a_bad_liaison_cannot_stand() {
    let (group, role) = (LogId([1; 32]), name(ENVOY));
    let liaison = |handle: &str, keys| Member {
        name: name(handle),
        kind: MemberKind::Liaison(Liaison { group, role: role.clone() }),
        keys,
    };
    let held_by = |charter: &mut Charter, member: &str, mandated_in: Option<&str>| {
        let holder = Holder { member: name(member), from: start(), until: start() + DAY };
        charter.roles.put(Role {
            holders: Table::new(vec![holder]).unwrap(),
            represents: Some(Represents { group, mandated_in: mandated_in.map(name) }),
            ..envoy(group, false)
        });
    };
    let two =
        refused(|charter| ["a", "b"].iter().for_each(|handle| drop(charter.members.put(liaison(handle, vec![])))));
    assert!(two.contains("members.b") && two.contains("already"), "{two}");
    let keys = refused(|charter| drop(charter.members.put(liaison("a", vec![public("a")]))));
    assert!(keys.contains("no keys of its own"), "{keys}");
    let agent = refused(|charter| held_by(charter, "bot", None));
    assert!(agent.contains("'bot' is no person"), "{agent}");
    let relayed = refused(|charter| {
        charter.members.put(liaison("a", vec![]));
        held_by(charter, "a", None);
    });
    assert!(relayed.contains("'a' is no person"), "{relayed}");
    let domain = refused(|charter| held_by(charter, "ana", Some("nowhere")));
    assert!(domain.contains("mandated_in names 'nowhere'"), "{domain}");
    let sponsor = refused(|charter| {
        charter.members.put(liaison("a", vec![]));
        let mut bot = charter.members.find(&name("bot")).unwrap().clone();
        let MemberKind::Agent(limits) = &mut bot.kind else { panic!("an agent") };
        limits.sponsor = name("a");
        charter.members.put(bot);
    });
    assert!(sponsor.contains("sponsor"), "{sponsor}");
    let mut good = charter();
    held_by(&mut good, "ana", Some("policy"));
    good.members.put(liaison("a", vec![]));
    good.check().unwrap();
}
