//! Matters between groups, by hand: what each log may say, and what it may rely on.

mod amendments;
mod bargains;
mod bench;
mod breach;
mod counters;
mod grants;
mod liaisons;
mod limits;
mod panels;
mod settling;
mod weights;

use bench::Bench;

use super::Standing;
use crate::{
    decision::AgreementId,
    effect::Effect,
    entry::EntryAct,
    fixture::{assert_refused, hours, name},
    id::MatterId,
    time::Span,
    voice::Says,
};

const NAMES: [&str; 3] = ["attic", "brook", "cellar"];

/// Attic opens a matter that affects attic and brook, and brook knows.
fn opened() -> (Bench, MatterId) {
    let mut bench = Bench::of(&NAMES);
    let matter = bench.matter(&["attic", "brook"]);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook"]);
    (bench, id)
}

#[test]
fn all_affected_consent_and_each_enacts() {
    let (mut bench, id) = opened();
    assert_eq!(bench.known("attic", id).consented.map(|_| ()), Some(()), "opening it is the sponsor's consent");
    bench.consents("brook", id);
    bench.tells_consent("brook", "attic");
    // The sponsor's own consent counts by its seal, too.
    let own = bench.shows("attic", |says| matches!(says, Says::Open(_))).unwrap();
    bench.cites("attic", own).unwrap();
    assert_eq!(bench.stands("attic", id), Standing::Adopted { level: 1 });
    let before = bench.groups["attic"].replica.agreements().count();
    bench.enacts("attic", id, 1).unwrap();
    let replica = &bench.groups["attic"].replica;
    assert_eq!(replica.agreements().count(), before + 1);
    assert_eq!(replica.dealings().matter(&id).unwrap().enacted, Some(1));
    assert_refused!(bench.enacts("attic", id, 1), Conflict::Enactment { .. });
    bench.groups["attic"].replayed();
}

#[test]
fn nothing_is_enacted_before_all_consents_are_shown() {
    let (mut bench, id) = opened();
    bench.consents("brook", id);
    assert_refused!(bench.enacts("attic", id, 1), Conflict::Enactment { .. });
    bench.tells_consent("brook", "attic");
    assert_refused!(bench.enacts("attic", id, 1), Conflict::Enactment { .. });
    assert_refused!(bench.enacts("brook", id, 1), Conflict::Enactment { .. });
}

#[test]
fn two_thirds_of_all_groups_bind_who_had_ceded() {
    let (mut bench, id) = opened();
    bench.tells("attic", &["cellar"]);
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "brook");
    assert_eq!(bench.stands("brook", id), Standing::Open { level: 1 });
    let end = bench.known("brook", id).matter.end(2, hours(1));
    bench.tick_to(end.before(Span::from_millis(1)));
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
    bench.tick(Span::from_millis(1));
    assert_eq!(bench.stands("brook", id), Standing::Adopted { level: 3 });
    assert_refused!(bench.enacts("brook", id, 2), Conflict::Enactment { .. });
    bench.enacts("brook", id, 3).unwrap();
    bench.groups["brook"].replayed();
}

#[test]
fn who_had_not_ceded_is_not_bound_by_the_assembly() {
    let mut bench = Bench::of(&NAMES);
    let mut matter = bench.matter(&["attic", "brook"]);
    let brook = bench.log("brook");
    let part = matter.parts.iter_mut().find(|part| part.group == brook).unwrap();
    (part.domains, part.ceded, part.effects) =
        (vec![name("purchases")], false, vec![crate::fixture::text("purchases")]);
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook", "cellar"]);
    bench.consents("cellar", id);
    bench.tells_consent("cellar", "brook");
    let end = bench.known("brook", id).matter.end(2, hours(1));
    bench.tick_to(end);
    assert_eq!(bench.stands("brook", id), Standing::Adopted { level: 3 });
    assert_refused!(bench.enacts("brook", id, 3), Conflict::Enactment { .. });
}

#[test]
fn silence_at_every_level_is_not_adopted() {
    let (mut bench, id) = opened();
    for level in 1..=3 {
        let end = bench.known("attic", id).matter.end(level, hours(1));
        bench.tick_to(end);
        assert!(bench.shows_silence("attic", "brook", id, level).is_none(), "no note after the end yet");
        bench.tick(Span::from_millis(1));
        bench.seal_all();
        let evidence = bench.shows_silence("attic", "brook", id, level).unwrap();
        bench.cites("attic", evidence).unwrap();
    }
    assert_eq!(bench.stands("attic", id), Standing::Open { level: 3 }, "news of notes may be under way");
    let moment = bench.known("attic", id).matter.doubtful_from(hours(1));
    bench.tick_to(moment);
    assert_eq!(bench.stands("attic", id), Standing::InDoubt, "one of three is silent: two thirds might still be there");
    let evidence = bench.shows_silence("attic", "cellar", id, 3).unwrap();
    bench.cites("attic", evidence).unwrap();
    assert_eq!(bench.stands("attic", id), Standing::NotAdopted);
}

#[test]
fn a_consent_that_was_sealed_late_counts_at_the_next_level() {
    let (mut bench, id) = opened();
    bench.seal_all();
    let date = bench.known("attic", id).matter.by[0];
    bench.tick_to(date);
    bench.consents("brook", id);
    bench.tick(hours(1));
    bench.tick(Span::from_millis(1));
    bench.tells_consent("brook", "attic");
    let own = bench.shows("attic", |says| matches!(says, Says::Open(_))).unwrap();
    bench.cites("attic", own).unwrap();
    assert_eq!(bench.stands("attic", id), Standing::Adopted { level: 2 });
    let silence = bench.shows_silence("attic", "brook", id, 1).expect("it was silent when the level ended");
    bench.cites("attic", silence).unwrap();
    assert!(bench.shows_silence("attic", "brook", id, 2).is_none(), "it was not when the next one will have ended");
}

#[test]
fn a_consent_is_for_good_and_a_no_is_not() {
    let (mut bench, id) = opened();
    let no = bench.stance("brook", id, false);
    bench.decides("brook", no.clone());
    assert!(bench.known("brook", id).declined);
    bench.consents("brook", id);
    assert!(!bench.known("brook", id).declined);
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[no]), Conflict::Effect { .. });
}

#[test]
fn a_stance_comes_by_the_last_date() {
    let (mut bench, id) = opened();
    let yes = bench.stance("brook", id, true);
    let date = bench.known("brook", id).matter.by[2];
    bench.tick_to(date);
    bench.tick(Span::from_millis(1));
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
}

#[test]
fn a_log_consents_to_one_of_two_rivals() {
    let (mut bench, id) = opened();
    let mut other = bench.matter(&["brook", "cellar"]);
    other.title = "Loud hours".into();
    let rival = bench.opens("cellar", &other);
    bench.tells("cellar", &["brook"]);
    bench.consents("brook", id);
    let yes = bench.stance("brook", rival, true);
    assert_refused!(bench.groups.get_mut("brook").unwrap().propose("ana", &[yes]), Conflict::Effect { .. });
}

#[test]
fn a_voice_that_is_due_comes_before_anything_else() {
    let mut bench = Bench::of(&NAMES);
    let matter = bench.matter(&["attic", "brook"]);
    let domains = vec![name("policy")];
    let proposal = bench.asks("attic", Effect::OpenMatter { domains, matter: Box::new(matter) });
    let group = bench.groups.get_mut("attic").unwrap();
    group.close(proposal).unwrap();
    let seen = group.statement("ana", crate::statement::Act::Seen {});
    assert_refused!(group.admit(&[seen]), Conflict::VoiceDue(_));
    let Some(EntryAct::Speak(voice)) = group.replica.due(group.now) else { panic!("a voice is due") };
    let mut other = voice.clone();
    other.previous = Some(group.replica.head().id);
    assert_refused!(group.write(EntryAct::Speak(other)), Conflict::Voice(_));
    group.write(EntryAct::Speak(voice.clone())).unwrap();
    assert_refused!(group.write(EntryAct::Speak(voice)), Conflict::Voice(_));
}

#[test]
fn a_matter_has_time_for_the_news_and_for_each_window() {
    let mut bench = Bench::of(&NAMES);
    let mut matter = bench.matter(&["attic", "brook"]);
    let window = matter.parts[0].window;
    matter.by[0] = bench.now + window + Span::from_millis(hours(1).millis() - 1);
    let domains = vec![name("policy")];
    let group = bench.groups.get_mut("attic").unwrap();
    let open =
        |matter: &super::Matter| Effect::OpenMatter { domains: domains.clone(), matter: Box::new(matter.clone()) };
    assert_refused!(group.propose("ana", &[open(&matter)]), Conflict::Effect { .. });
    matter.by[0] = matter.by[0] + Span::from_millis(1);
    group.propose("ana", &[open(&matter)]).unwrap();
}

#[test]
fn what_does_not_fit_any_more_is_said_before_it_is_written() {
    let mut bench = Bench::of(&NAMES);
    let before = AgreementId(bench.decides("attic", crate::fixture::text("policy")), 0);
    let mut matter = bench.matter(&["attic", "brook"]);
    let attic = bench.log("attic");
    let part = matter.parts.iter_mut().find(|part| part.group == attic).unwrap();
    part.effects = vec![Effect::Text { domain: name("policy"), text: "Quiet".into(), replaces: Some(before) }];
    let id = bench.opens("attic", &matter);
    bench.tells("attic", &["brook"]);
    bench.consents("brook", id);
    bench.tells_consent("brook", "attic");
    let own = bench.shows("attic", |says| matches!(says, Says::Open(_))).unwrap();
    bench.cites("attic", own).unwrap();
    let may = |bench: &Bench| bench.groups["attic"].replica.may_enact(&id, 1, bench.groups["attic"].now);
    may(&bench).unwrap();
    bench.decides("attic", Effect::Retire { domain: name("policy"), agreement: before });
    let refused = may(&bench).unwrap_err();
    assert_refused!(Err::<(), _>(refused.clone()), Conflict::Effect { .. });
    assert_eq!(bench.enacts("attic", id, 1).unwrap_err(), refused);
}
