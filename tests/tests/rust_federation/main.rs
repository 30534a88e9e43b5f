//! The real federation of rust-lang/team decides between its groups: imported charters with their real members and the
//! rule by which they sign off, made-up keys, virtual time. What is decided was decided there too, or is under way.

mod stories;
mod story;

use folkmoot_sim::{Report, run};

use self::story::Story;

/// Runs a story with two seeds; it must end as it says.
fn play(story: &Story) -> Report {
    let scenario = story.scenario();
    let mut last = None;
    for seed in [1, 2] {
        let report = run(&scenario, seed).unwrap_or_else(|violation| panic!("{violation}"));
        let missed: Vec<_> = report.expectations.iter().filter(|expectation| !expectation.met).collect();
        assert!(report.is_as_expected(), "seed {seed}: {missed:#?}\n{:#?}\n{:#?}", report.proposals, report.refused);
        assert!(report.converged, "{:?}", report.differences);
        last = Some(report);
    }
    last.expect("it ran")
}

/// Two teams promote a compiler target: each signs off by its own rule, in its own log, and both enact it.
#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn compiler_and_library_teams_sign_off_together() {
    let report = play(&stories::tier_two());
    let matter = &report.matters[0];
    assert_eq!((matter.standing, matter.level), ("adopted", Some(1)));
    assert_eq!(matter.consents.len(), 2);
}

/// The types team is a part of what the language team answers for: its consent comes first.
#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn the_language_team_signs_off_after_the_types_team() {
    play(&stories::stages());
}

/// The council's seven representatives renew a program out of its budget; one of them holds it up until that is resolved.
#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn the_council_gives_money_by_its_representatives() {
    let report = play(&stories::budget());
    let yes = report.proposals.iter().find(|proposal| proposal.label == "renew-yes").expect("it was proposed");
    assert_eq!(yes.outcome, "passed", "{yes:?}");
}

/// Whether something is for the council to decide goes up through all levels when a team does not answer.
#[test]
#[ignore = "reads FOLKMOOT_DATA, a directory of public data"]
fn a_question_of_jurisdiction_goes_up_to_all_groups() {
    let report = play(&stories::jurisdiction());
    assert_eq!(report.matters[0].level, Some(3));
}
