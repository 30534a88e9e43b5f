//! What the documents tell readers to type works, and shows what they say it shows; and so do the commands that were
//! made for it.

mod page;
mod shell;
mod shown;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use folkmoot_node::control::view::ProposalView;
use folkmoot_tests::harness::{PATIENCE, Seat};

use self::{page::steps, shell::Shell, shown::Ids};

/// Types what a page or one of its sections says, and holds what is printed against what it shows. Gives back the `moot`
/// commands that ran.
fn follow(file: &str, section: Option<&str>) -> Vec<String> {
    let (mut shell, mut ids) = (Shell::start(), Ids::default());
    type_steps(file, section, &mut shell, &mut ids);
    shell.commands()
}

fn type_steps(file: &str, section: Option<&str>, shell: &mut Shell, ids: &mut Ids) {
    for step in steps(&read(file), section) {
        let script = ids.put_into(&step.script);
        let place = format!("{file}, line {}", step.line);
        // Who only looks may look again: what others said takes a moment.
        let end = Instant::now() + if only_looks(&script) { PATIENCE } else { Duration::ZERO };
        loop {
            let printed = shell.run(&script).unwrap_or_else(|printed| panic!("{place} fails:\n{script}\n→\n{printed}"));
            let Some(shows) = &step.shows else { break };
            let Err(fits) = ids.learn(shows, &printed) else {
                println!("{script}\n→\n{printed}");
                break;
            };
            let (fits, shows) = (fits.join("\n"), shows.join("\n"));
            assert!(
                Instant::now() < end,
                "{place} shows something else.\nIt was printed:\n{printed}\nThe page says:\n{shows}\nThis far it fits:\n{fits}"
            );
        }
    }
}

/// Whether a step is one command that changes nothing.
fn only_looks(script: &str) -> bool {
    let one = !script.contains('\n') && !script.contains(" --wait ");
    one && (script.contains(" --dry-run") || [" inbox", " show ", " why "].iter().any(|look| script.contains(look)))
}

fn read(file: &str) -> String {
    fs::read_to_string(format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_tutorial_founds_a_federation_in_less_than_thirty_commands() {
    let commands = follow("docs/tutorial.md", None);
    assert!(commands.len() < 30, "{} commands:\n{}", commands.len(), commands.join("\n"));
}

/// The second page goes on where the groups of the first one have founded their federation.
#[test]
fn the_second_part_shares_a_hall_and_agrees_on_quiet_hours() {
    let (mut shell, mut ids) = (Shell::start(), Ids::default());
    for section in ["Three homes", "Two groups found the federation", "The third comes with a ticket"] {
        type_steps("docs/tutorial.md", Some(section), &mut shell, &mut ids);
    }
    type_steps("docs/together.md", None, &mut shell, &mut ids);
}

#[test]
fn the_readme_leads_to_a_first_decision() {
    let commands = follow("README.md", Some("Sixty seconds to the first decision"));
    assert!(commands.iter().any(|command| command.contains("why")), "{commands:?}");
}

/// The names in capitals are those of files here.
#[test]
fn the_page_on_operating_restores_a_backup() {
    let mut shell = Shell::start();
    let lost = "moot --home old id new ana --no-passphrase && moot --home old charter new kitchen
        touch old/node.toml
        moot --home old node run --background
        moot --home old group found kitchen.toml
        moot --home old backup FILE
        mkdir SAFE && cp -a old/node-keys old/node.toml SAFE/
        kill -9 $(cat old/lock)";
    shell.run(lost).unwrap();
    let restoring = steps(&read("docs/operating.md"), Some("Restoring"));
    for step in &restoring {
        // Or else it would run until somebody stops it.
        let script = step.script.replace("node run", "node run --background");
        let printed = shell.run(&script).unwrap_or_else(|printed| panic!("{script}\n→\n{printed}"));
        assert!(printed.contains("kitchen up to entry 0"), "{printed}");
    }
    let status = shell.run("moot --home NEW node status").unwrap();
    assert!(status.contains("signs nothing for it"), "{status}");
}

#[test]
fn a_wait_ends_with_the_decision_or_in_time() {
    let seat = Seat::start("alpha");
    seat.found_group("kitchen", ["ana", "ben"]);
    let words = ["--domain", "work", "--title", "Mondays", "--text", "We meet.", "--why", "Most can come."];
    let proposed: ProposalView = seat.home.json(&[&["--as", "ana", "propose"], &words[..]].concat());
    let id = proposed.proposal.as_str();

    let late = seat.home.refused(&["why", id, "--wait", "decided", "--timeout", "100ms"]);
    assert_eq!(late.kind, "timeout");
    assert!(late.message.contains("was not decided within 100ms"), "{}", late.message);
    let unknown = seat.home.refused(&["why", "p00000000", "--wait", "decided", "--timeout", "100ms"]);
    assert_eq!(unknown.kind, "not-found");

    let decided: ProposalView = thread::scope(|scope| {
        let waiting = scope.spawn(|| seat.home.json(&["why", id, "--wait", "decided"]));
        seat.home.json::<ProposalView>(&["--as", "ben", "agree", id]);
        waiting.join().unwrap()
    });
    assert_eq!(decided.state, "passed");
    // Nobody witnesses it, so its members' word is awaited.
    assert_eq!(seat.home.refused(&["why", id, "--wait", "sealed", "--timeout", "100ms"]).kind, "timeout");
    ["ana", "ben"].iter().for_each(|member| drop(seat.home.moot(&["--as", member, "seen"]).words()));
    assert!(seat.home.json::<ProposalView>(&["why", id, "--wait", "sealed"]).sealed);
}

#[test]
fn a_node_that_cannot_start_in_the_background_says_why() {
    let seat = Seat::start("alpha");
    let second = seat.home.refused(&["node", "run", "--background"]);
    assert!(second.message.contains("a node runs on"), "{}", second.message);
}
