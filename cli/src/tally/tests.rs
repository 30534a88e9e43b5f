//! Files of ballots as people and programs write them.

use super::*;

fn ballots(text: &str) -> Vec<(Vec<Vec<String>>, u64)> {
    let poll = read(text, 1).unwrap();
    let name = |place: &usize| poll.ballots.options()[*place].label.clone();
    let names = |ranking: &Vec<Vec<usize>>| ranking.iter().map(|group| group.iter().map(name).collect()).collect();
    poll.ballots.iter().map(|(ranking, count)| (names(ranking), count)).collect()
}

fn ranks(groups: &[&[&str]]) -> Vec<Vec<String>> {
    groups.iter().map(|group| group.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn a_cell_is_a_rank_or_none() {
    let text = "ana,ben,cem\n2,1,No opinion\n1,1,\n,,\n10,No opinion,9\n2,1\n";
    assert_eq!(
        ballots(text),
        [(ranks(&[&["ana", "ben"]]), 1), (ranks(&[&["ben"], &["ana"]]), 2), (ranks(&[&["cem"], &["ana"]]), 1)]
    );
    assert_eq!(read(text, 1).unwrap().blank, 1);
}

#[test]
fn a_cell_names_an_option_where_columns_are_ranks() {
    let text = "count,rank1,rank2,rank3,rank4\n2,\"Bo, J. \",undervote,Al,\n1,Al,undervote,undervote,\"Bo, J.\"\n\
                3,Al,overvote,\"Bo, J.\",Al\n1,overvote,Al,,\n";
    assert_eq!(ballots(text), [(ranks(&[&["Al"]]), 4), (ranks(&[&["Bo, J."], &["Al"]]), 2)]);
    assert_eq!(read(text, 1).unwrap().blank, 1);
    let lenient = read(text, 9).unwrap();
    assert_eq!(lenient.ballots.iter().count(), 3, "with more skips the second ballot goes on to Bo");
}

#[test]
fn a_blt_file_has_seats_withdrawn_options_and_equal_ranks() {
    let text = "# a comment\n4 2\n-2\n3 1 3=4 0\n(x7) 2 2 - 1 0\n1 2 0\n0\n\"Ana\"\n\"Ben\"\n\"Cem #1\"\n\"Dan\"\n\"A vote\"\n";
    assert_eq!(ballots(text), [(ranks(&[&["Ana"]]), 2), (ranks(&[&["Ana"], &["Cem #1", "Dan"]]), 3)]);
    let poll = read(text, 1).unwrap();
    assert_eq!((poll.seats, poll.blank, poll.title.as_deref()), (Some(2), 1, Some("A vote")));
}

#[test]
fn what_is_no_ballot_is_refused_with_its_line() {
    for (text, expected) in [
        ("ana,ana\n1,2\n", "line 1"),
        ("ana,ben\n1,2,3\n", "line 2"),
        ("count,rank1\nmany,Al\n", "line 2: 'many' is no number"),
        ("2 1\n1 3 0\n0\n\"A\"\n\"B\"\n", "line 2: there is no option '3'"),
        ("2 1\n1 1 1 0\n0\n\"A\"\n\"B\"\n", "line 2: it ranks 'A' twice"),
        ("2 1\n1 1 2 0\n\"A\"\n\"B\"\n", "a ballot is"),
        ("2 1\n1 1 2 0\n0\n\"A\"\n", "names 1 of 2"),
        ("", "names no options"),
    ] {
        let error = read(text, 1).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}
