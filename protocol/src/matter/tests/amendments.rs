//! Amendments of the agreement as matters: what binds a log to one successor, and how a split vote ends.

use super::bench::Bench;
use crate::{
    effect::Effect,
    error::Refusal,
    federation::FederationAgreement,
    fixture::{assert_refused, days, hours, name},
    id::{LogId, MatterId},
    matter::{Amendment, Matter, Standing},
    time::Span,
    voice::Says,
};

const FOUR: [&str; 4] = ["attic", "brook", "cellar", "dairy"];

fn purpose(of: &FederationAgreement, purpose: &str) -> FederationAgreement {
    FederationAgreement { purpose: purpose.into(), amends: Some(of.successor()), ..of.clone() }
}

fn without(of: &FederationAgreement, called: &str) -> FederationAgreement {
    let mut next = purpose(of, "Fewer of us");
    next.groups.take(&name(called)).unwrap();
    next
}

/// Attic opens an amendment, and the others know.
fn opens(bench: &mut Bench, text: &FederationAgreement) -> MatterId {
    let matter = bench.amendment(text);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar", "dairy"]);
    id
}

fn consents(bench: &mut Bench, who: &[&'static str], matter: MatterId) {
    who.iter().for_each(|called| bench.consents(called, matter));
}

fn consent_again(bench: &mut Bench, called: &'static str, matter: MatterId) -> Result<(), Refusal> {
    let effect = bench.stance(called, matter, true);
    bench.groups.get_mut(called).unwrap().propose("ana", &[effect]).map(drop)
}

fn federate(bench: &mut Bench, called: &'static str, text: &FederationAgreement) -> Result<(), Refusal> {
    bench.groups.get_mut(called).unwrap().propose("ana", &[Effect::Federate(text.clone())]).map(drop)
}

fn version_of(bench: &Bench, called: &str) -> u32 {
    let ties = bench.groups[called].replica.ties();
    ties.latest(&bench.agreement.id()).unwrap().agreement.number()
}

/// Shows a group that these were silent on a matter at all levels.
fn tells_silence(bench: &mut Bench, to: &'static str, of: &[&'static str], matter: MatterId) {
    for called in of {
        for level in 1..=3 {
            let silent = bench.shows_silence(to, called, matter, level).expect("enough notes after the end");
            bench.cites(to, silent).unwrap();
        }
    }
}

/// After the last date, with notes by all witnesses.
fn after_the_end(bench: &mut Bench, matter: MatterId) {
    let end = bench.known("attic", matter).matter.end(3, hours(1));
    bench.tick_to(end + Span::from_millis(1));
    bench.seal_all();
    bench.tick(hours(1));
}

#[test]
fn an_amendment_is_in_force_by_the_enactments_of_two_thirds() {
    let mut bench = Bench::of(&FOUR);
    let mut second = purpose(&bench.agreement, "To share two streets");
    second.timing.notes = Span::from_secs(30);
    let id = opens(&mut bench, &second);
    consents(&mut bench, &["brook", "cellar", "dairy"], id);
    for (enacted, called) in (0..).zip(["attic", "brook", "cellar"]) {
        assert_eq!((bench.in_force().agreement.number(), enacted < 3), (1, true));
        assert_refused!(bench.enacts(called, id, 1), Conflict::Enactment { .. });
        bench.tells_all_consents(called, id);
        bench.enacts(called, id, 1).unwrap();
        assert_eq!(version_of(&bench, called), 2);
        bench.groups[called].replayed();
    }
    let standing = bench.in_force();
    assert_eq!(standing.agreement, second, "consents alone bring nothing into force, three enactments of four do");
    assert_refused!(bench.enacts("attic", id, 1), Conflict::Enactment { .. });
}

#[test]
fn a_group_is_expelled_by_a_matter_in_which_it_has_no_say() {
    let mut bench = Bench::of(&FOUR);
    let second = without(&bench.agreement, "dairy");
    let id = opens(&mut bench, &second);
    let yes = Effect::Stance { domains: vec![name("charter")], matter: id, consents: true };
    assert_refused!(bench.groups.get_mut("dairy").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
    consents(&mut bench, &["brook"], id);
    bench.tells_all_consents("attic", id);
    let end = bench.known("attic", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_eq!(bench.stands("attic", id), Standing::Open { level: 3 }, "two thirds of all four, not of three");
    consents(&mut bench, &["cellar"], id);
    for called in ["attic", "brook", "cellar"] {
        bench.tells_all_consents(called, id);
        bench.enacts(called, id, 3).unwrap();
    }
    let standing = bench.in_force();
    assert_eq!(standing.agreement, second);
    assert!(!standing.has_group(&bench.log("dairy")));
}

#[test]
fn nobody_is_expelled_without_a_matter() {
    let mut bench = Bench::of(&FOUR);
    let second = without(&bench.agreement, "dairy");
    for called in ["attic", "brook", "cellar"] {
        bench.decides(called, Effect::Federate(second.clone()));
    }
    let standing = bench.in_force();
    assert_eq!((standing.agreement.number(), standing.pending[0].sealed.len()), (1, 3));
    assert_eq!(standing.pending[0].not_left.len(), 1);
}

#[test]
fn an_amendment_names_all_who_have_a_say_and_leaves_enough() {
    let bench = Bench::of(&FOUR);
    let second = without(&bench.agreement, "dairy");
    let good = bench.amendment(&second);
    assert_eq!(good.check(&bench.agreement, bench.now), Ok(()));
    let bad = |change: &dyn Fn(&mut Matter)| {
        let mut matter = good.clone();
        change(&mut matter);
        assert!(matter.check(&bench.agreement, bench.now).is_err());
    };
    bad(&|matter| drop(matter.parts.pop()));
    bad(&|matter| matter.parts[0].effects = vec![Effect::Purpose { purpose: "x".into(), values: Vec::new() }]);
    bad(&|matter| matter.parts[0].linked = true);
    bad(&|matter| matter.parts[0].due = Some(matter.by[0]));
    let text = |matter: &mut Matter, agreement| {
        matter.amends = Some(Box::new(Amendment { agreement, dormant: vec![], taken: None }))
    };
    bad(&|matter| text(matter, bench.agreement.clone()));
    bad(&|matter| text(matter, purpose(&bench.agreement, "All of us")));
    let all = bench.amendment(&purpose(&bench.agreement, "All of us"));
    assert_eq!(all.check(&bench.agreement, bench.now), Ok(()));
    let two = bench.amendment(&without(&second, "cellar"));
    assert!(two.check(&bench.agreement, bench.now).is_err(), "two of four are fewer than three");
    let mut panel = purpose(&bench.agreement, "Another panel");
    panel.panel.take(&name("one")).unwrap();
    assert_eq!(bench.amendment(&panel).check(&bench.agreement, bench.now), Ok(()), "the panel changes by a matter");
    let mut both = panel.groups.find(&name("attic")).unwrap().clone();
    (both.name, both.log) = (name("another"), LogId::from(crate::id::Hash::of(b"another")));
    panel.groups.put(both);
    let refused = bench.amendment(&panel).check(&bench.agreement, bench.now).unwrap_err();
    assert!(refused.contains("takes no group in"), "{refused}");
}

/// The dates of two amendments may lie far apart: they are rivals all the same.
#[test]
fn a_log_consents_to_a_second_amendment_once_the_first_has_failed() {
    let mut bench = Bench::of(&FOUR);
    let first = purpose(&bench.agreement, "One");
    let one = opens(&mut bench, &first);
    consents(&mut bench, &["brook"], one);
    after_the_end(&mut bench, one);
    let other = bench.amendment(&purpose(&bench.agreement, "Other"));
    let open = Effect::OpenMatter { domains: vec![name("charter")], matter: Box::new(other.clone()) };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open]), Conflict::Effect { .. });
    tells_silence(&mut bench, "attic", &["cellar", "dairy"], one);
    assert_eq!(bench.stands("attic", one), Standing::NotAdopted);
    let other = bench.opens("attic", &other);
    bench.tells("attic", &["brook", "cellar", "dairy"]);
    assert_refused!(consent_again(&mut bench, "brook", other), Conflict::Effect { .. });
    bench.consents("cellar", other);
    tells_silence(&mut bench, "brook", &["cellar", "dairy"], one);
    bench.consents("brook", other);
}

#[test]
fn who_consented_takes_no_other_text_up_by_itself() {
    let mut bench = Bench::of(&FOUR);
    let (one, other) = (purpose(&bench.agreement, "One"), purpose(&bench.agreement, "Other"));
    let id = opens(&mut bench, &one);
    assert_refused!(federate(&mut bench, "attic", &other), Conflict::Effect { .. });
    // The very text may be taken up beforehand.
    federate(&mut bench, "attic", &one).unwrap();
    after_the_end(&mut bench, id);
    assert_refused!(federate(&mut bench, "attic", &other), Conflict::Effect { .. });
    tells_silence(&mut bench, "attic", &["cellar", "dairy"], id);
    federate(&mut bench, "attic", &other).unwrap();
}

#[test]
fn who_was_outvoted_takes_up_what_was_adopted_and_nothing_that_was_not() {
    let mut bench = Bench::of(&FOUR);
    let mut second = purpose(&bench.agreement, "Quicker notes");
    second.timing.notes = Span::from_secs(1);
    assert_refused!(federate(&mut bench, "dairy", &second), Conflict::Effect { .. });
    let id = opens(&mut bench, &second);
    consents(&mut bench, &["brook", "cellar"], id);
    let end = bench.known("attic", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_refused!(federate(&mut bench, "dairy", &second), Conflict::Effect { .. });
    bench.tells_all_consents("dairy", id);
    assert_eq!(bench.stands("dairy", id), Standing::Adopted { level: 3 });
    assert_refused!(bench.enacts("dairy", id, 3), Conflict::Enactment { .. });
    bench.decides("dairy", Effect::Federate(second.clone()));
    assert_eq!(version_of(&bench, "dairy"), 2);
    for called in ["attic", "brook"] {
        bench.tells_all_consents(called, id);
        bench.enacts(called, id, 3).unwrap();
    }
    assert_eq!(bench.in_force().agreement, second, "it counts among the two thirds");
    bench.groups["dairy"].replayed();
}

/// Attic and brook consent to the first; only attic learns in time that cellar did, too.
fn overridden() -> (Bench, MatterId, MatterId, [FederationAgreement; 2]) {
    let mut bench = Bench::of(&FOUR);
    let texts = ["One", "Other"].map(|text| purpose(&bench.agreement, text));
    let one = opens(&mut bench, &texts[0]);
    consents(&mut bench, &["brook", "cellar"], one);
    bench.seal_all();
    let end = bench.known("attic", one).matter.end(3, hours(1));
    bench.tick_to(end + hours(1));
    let mut over = bench.amendment(&texts[1]);
    over.overrides = vec![one];
    let over = bench.opens("dairy", &over);
    bench.tells("dairy", &["attic", "brook", "cellar"]);
    (bench, one, over, texts)
}

#[test]
fn who_enacted_consents_to_no_override_and_who_overrides_does_not_enact() {
    let (mut bench, one, over, texts) = overridden();
    consents(&mut bench, &["brook"], over);
    for called in ["attic", "brook"] {
        bench.tells_all_consents(called, one);
    }
    assert_eq!(bench.stands("brook", one), Standing::Adopted { level: 3 });
    assert_refused!(bench.enacts("brook", one, 3), Conflict::Enactment { .. });
    assert_refused!(federate(&mut bench, "brook", &texts[0]), Conflict::Effect { .. });
    bench.enacts("attic", one, 3).unwrap();
    assert_refused!(consent_again(&mut bench, "attic", over), Conflict::Effect { .. });
    // The override fails: brook is free again.
    after_the_end(&mut bench, over);
    tells_silence(&mut bench, "brook", &["attic", "cellar"], over);
    assert_eq!(bench.stands("brook", over), Standing::NotAdopted);
    bench.enacts("brook", one, 3).unwrap();
    bench.tells_all_consents("cellar", one);
    bench.enacts("cellar", one, 3).unwrap();
    assert_eq!(bench.in_force().agreement, texts[0]);
}

#[test]
fn the_text_that_some_enacted_comes_back_by_an_override_of_the_override() {
    let (mut bench, one, over, texts) = overridden();
    consents(&mut bench, &["brook"], over);
    bench.tells_all_consents("attic", one);
    bench.enacts("attic", one, 3).unwrap();
    after_the_end(&mut bench, over);
    let mut back = bench.amendment(&texts[0]);
    back.overrides = vec![over];
    let back = bench.opens("attic", &back);
    bench.tells("attic", &["brook", "cellar", "dairy"]);
    consents(&mut bench, &["brook", "cellar", "dairy"], back);
    for called in ["brook", "cellar"] {
        bench.tells_all_consents(called, back);
        bench.enacts(called, back, 1).unwrap();
    }
    assert_eq!(bench.in_force().agreement, texts[0], "attic took it up by the first, the others by the last");
}

#[test]
fn nothing_is_enacted_before_every_consent_is_settled() {
    let mut bench = Bench::of(&FOUR);
    let other = bench.matter(&["attic", "brook"]);
    let other = bench.opens("attic", &other);
    bench.tells("attic", &["brook", "cellar", "dairy"]);
    let second = purpose(&bench.agreement, "Second");
    let id = opens(&mut bench, &second);
    consents(&mut bench, &["brook", "cellar", "dairy"], id);
    bench.tells_all_consents("attic", id);
    assert_refused!(bench.enacts("attic", id, 1), Conflict::Effect { .. });
    bench.consents("brook", other);
    bench.tells_consent("brook", "attic");
    let voices = bench.voices("attic");
    let opening = voices.values().find(|entry| MatterId::from(entry.id()) == other).unwrap().number();
    let shows = bench.shows_from("attic", opening);
    bench.cites("attic", shows).unwrap();
    assert_eq!(bench.stands("attic", other), Standing::Adopted { level: 1 });
    bench.enacts("attic", id, 1).unwrap();
    // From now on it speaks for itself under the new version alone.
    bench.tick(days(1));
    let log: LogId = bench.log("attic");
    let old = bench.matter(&["brook"]);
    assert!(old.part(&log).is_none());
    let open = Effect::OpenMatter { domains: vec![name("policy")], matter: Box::new(old) };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open]), Conflict::Effect { .. });
}

#[test]
fn the_voices_of_an_amendment_are_those_of_a_matter() {
    let mut bench = Bench::of(&FOUR);
    let second = purpose(&bench.agreement, "Second");
    let id = opens(&mut bench, &second);
    let spoken = |says: &Says| matches!(says, Says::Open(matter) if matter.amends.is_some());
    assert!(bench.shows("attic", spoken).is_some());
    assert!(bench.known("brook", id).matter.amends.is_some());
}

/// Two groups took up one text by themselves, two another one: a matter leads out of it.
#[test]
fn a_split_vote_ends_by_a_matter() {
    let mut bench = Bench::of(&FOUR);
    let [one, other, third] = ["One", "Other", "Third"].map(|text| purpose(&bench.agreement, text));
    for (called, text) in [("attic", &one), ("brook", &one), ("cellar", &other), ("dairy", &other)] {
        bench.decides(called, Effect::Federate(text.clone()));
    }
    assert_eq!(bench.in_force().pending.len(), 2);
    let mut matter = bench.amendment(&third);
    let open =
        |matter: &Matter| Effect::OpenMatter { domains: vec![name("charter")], matter: Box::new(matter.clone()) };
    let silent = open(&matter);
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[silent]), Conflict::Effect { .. });
    matter.amends.as_mut().unwrap().taken = Some(one.hash());
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar", "dairy"]);
    consents(&mut bench, &["brook", "cellar"], id);
    let end = bench.known("attic", id).matter.end(2, hours(1));
    bench.tick_to(end);
    bench.tells_all_consents("cellar", id);
    assert_eq!(bench.stands("cellar", id), Standing::Adopted { level: 3 });
    // The first text has two who do not consent to have taken it up, and might have a third: dairy.
    assert_refused!(bench.enacts("cellar", id, 3), Conflict::Enactment { .. });
    consents(&mut bench, &["dairy"], id);
    for called in ["cellar", "attic", "dairy"] {
        bench.tells_all_consents(called, id);
        let level = if called == "cellar" { 3 } else { 1 };
        let level = match bench.stands(called, id) {
            Standing::Adopted { level } => level,
            _ => level,
        };
        bench.enacts(called, id, level).unwrap();
        bench.groups[called].replayed();
    }
    assert_eq!(bench.in_force().agreement, third);
}

/// Of six groups two are gone: the four others go on without waiting for two thirds of six.
#[test]
fn groups_that_are_shown_to_be_asleep_have_no_say() {
    const SIX: [&str; 6] = ["attic", "brook", "cellar", "dairy", "eaves", "forge"];
    let mut bench = Bench::of(&SIX);
    bench.seal_all();
    bench.tick(days(29));
    ["one", "two"].iter().for_each(|witness| bench.note(witness, "eaves"));
    assert!(bench.shows_asleep("eaves").is_none());
    bench.tick(days(1));
    bench.note("one", "eaves");
    assert!(bench.shows_asleep("eaves").is_none(), "two of three have to show it");
    ["one", "two"].iter().for_each(|witness| bench.note(witness, "eaves"));
    ["one", "three"].iter().for_each(|witness| bench.note(witness, "forge"));
    let text = purpose(&bench.agreement, "Four of us");
    let mut dormant = vec![bench.log("eaves"), bench.log("forge")];
    dormant.sort_unstable();
    let four = |bench: &Bench| {
        let mut matter = bench.amendment(&text);
        matter.parts.retain(|part| !dormant.contains(&part.group));
        matter.amends.as_mut().unwrap().dormant = dormant.clone();
        matter
    };
    let matter = four(&bench);
    let open =
        |matter: &Matter| Effect::OpenMatter { domains: vec![name("charter")], matter: Box::new(matter.clone()) };
    assert_refused!(bench.groups.get_mut("attic").unwrap().propose("ana", &[open(&matter)]), Conflict::Effect { .. });
    for called in ["eaves", "forge"] {
        let asleep = bench.shows_asleep(called).unwrap();
        bench.cites("attic", asleep.clone()).unwrap();
        assert_refused!(bench.cites("attic", asleep), Conflict::Evidence { .. });
    }
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar", "dairy", "eaves"]);
    assert_eq!(matter.needed(&bench.agreement).groups, 4, "more than half of six");
    consents(&mut bench, &["brook", "cellar", "dairy"], id);
    let yes = Effect::Stance { domains: vec![name("charter")], matter: id, consents: true };
    assert_refused!(bench.groups.get_mut("eaves").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
    for called in ["attic", "brook", "cellar", "dairy"] {
        assert_eq!(bench.in_force().agreement.number(), 1);
        bench.tells_all_consents(called, id);
        bench.enacts(called, id, 1).unwrap();
        bench.groups[called].replayed();
    }
    assert_eq!(bench.in_force().agreement, text);
    // Three of six are too many to be dormant, and what was shown long ago shows nothing.
    let mut three = dormant.clone();
    three.push(bench.log("dairy"));
    three.sort_unstable();
    let mut matter = four(&bench);
    matter.parts.retain(|part| !three.contains(&part.group));
    matter.amends.as_mut().unwrap().dormant = three;
    assert!(matter.check(&bench.agreement, bench.now).is_err());
}

#[test]
fn what_shows_a_group_asleep_is_two_notes_of_each_witness_about_one_entry() {
    let mut bench = Bench::of(&FOUR);
    bench.seal_all();
    bench.tick(days(30));
    bench.seal_all();
    let good = bench.shows_asleep("dairy").unwrap();
    assert_eq!(good.notes.len(), 4);
    let mut one_witness = good.clone();
    one_witness.notes.truncate(2);
    let mut twice = one_witness.clone();
    twice.notes.extend(one_witness.notes.clone());
    let mut unpaired = good.clone();
    unpaired.notes.truncate(3);
    let mut other = good.clone();
    other.log = bench.log("cellar");
    for bad in [one_witness, twice, unpaired, other] {
        assert!(bench.cites_bad("attic", bad));
    }
    bench.cites("attic", good).unwrap();
    // An entry wakes it.
    bench.groups.get_mut("dairy").unwrap().open("ana", &[crate::fixture::text("policy")]);
    bench.seal("dairy");
    assert!(bench.shows_asleep("dairy").is_none());
}
