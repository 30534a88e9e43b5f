//! What must not work, by the real program: each is refused with a reason that helps, and nothing is changed by it.
//!
//! `cargo test -p folkmoot-tests --test bad_input -- --nocapture --test-threads 1` prints every case with its message.
//!
//! # Layout
//! - `row`: one case and how it is judged; `kitchen`: a node, a group and its members
//! - `charters`, `proposals`, `statements`, `files`, `stores`, `tickets`, `matters`, `resources`, `rounds`, `liaisons`,
//!   `disks`, `voices`: the cases by what is bad

mod charters;
mod disks;
mod files;
mod kitchen;
mod liaisons;
mod matters;
mod proposals;
mod resources;
mod rounds;
mod row;
mod statements;
mod stores;
mod tickets;
mod voices;

use folkmoot_tests::harness::Home;

use self::{kitchen::Kitchen, row::judge};

#[test]
fn nothing_of_this_works_or_changes_anything() {
    let mut kitchen = Kitchen::new();
    for rows in [charters::ROWS, proposals::ROWS, statements::ROWS, files::ROWS, stores::ROWS, liaisons::ROWS] {
        judge(rows, &mut kitchen);
    }
    // Nor did any of it come into being later; and what is compared sees what does.
    let before = kitchen.state();
    kitchen.stop();
    kitchen.start();
    assert_eq!(kitchen.state(), before);
    kitchen.propose("work", "Go home");
    assert_ne!(kitchen.state(), before);
}

/// What `moot` cannot make sense of is told apart from what it refuses.
#[test]
fn a_command_that_is_none_ends_with_2() {
    let home = Home::new();
    let wrong: &[&[&str]] = &[
        &["frobnicate"],
        &["agree"],
        &["show"],
        &["group", "found"],
        &["--colour", "inbox"],
        &["propose", "--title", "T", "--why", "W", "--text", "without a domain"],
        &["amend", "p1", "--title", "T", "--why", "W", "--review", "soon"],
        &["test", "p1", "--fails"],
        &["review", "p1", "--keep", "--retire"],
        &["matter", "stance", "m1", "--why", "neither yes nor no"],
        &[],
    ];
    for args in wrong {
        let output = home.moot(args);
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{output}");
        assert!(output.stderr.contains("--help"), "{output}");
        println!("moot {}\n    {}", args.join(" "), output.stderr.lines().next().unwrap_or_default());
    }
}
