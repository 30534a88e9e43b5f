//! Counts against published cases, and what must hold for all ballots.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{piles::Votes, *};
use crate::charter::{AtMost, Quota, Unranked};

/// A rule without anything that is optional.
fn rule(method: Method, seats: u32) -> Counting {
    let (unranked, ties, at_most) = (Unranked::Last, Vec::new(), Vec::new());
    Counting { method, seats, unranked, ties, at_most, quota: None, decimals: None }
}

/// Ballots as the literature writes them: `"A>B=C*3 D"`; options are single letters, in alphabetical order.
fn ballots(options: &str, votes: &str) -> Ballots {
    let labels: Vec<String> = options.chars().map(String::from).collect();
    let place = |label: char| options.find(label).expect("an option");
    let choices = labels.into_iter().map(|label| Choice { label, tags: BTreeMap::new() });
    let mut ballots = Ballots::new(choices.collect());
    for vote in votes.split_whitespace() {
        let (ranking, count) = vote.split_once('*').unwrap_or((vote, "1"));
        let group = |group: &str| group.split('=').map(|label| place(label.chars().next().unwrap())).collect();
        ballots.add(count.parse().unwrap(), ranking.split('>').map(group).collect()).unwrap();
    }
    ballots
}

fn report(rule: &Counting, ballots: &Ballots) -> Report {
    rule.check("count").unwrap();
    count(rule, ballots).report(ballots.options())
}

/// A ranking in short: `"A BC D"`.
fn short(report: &Report) -> String {
    report.ranking.iter().map(|group| group.concat()).collect::<Vec<_>>().join(" ")
}

#[test]
fn schulze_ranks_as_published() {
    // M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
    // election method": the example that everybody copies, and examples 2, 4 and 13.
    let first = "A>C>B>E>D*5 A>D>E>C>B*5 B>E>D>A>C*8 C>A>B>E>D*3 C>A>E>B>D*7 C>B>A>D>E*2 D>C>E>B>A*7 E>B>A>D>C*8";
    for (options, votes, ranking) in [
        ("ABCDE", first, "E A C B D"),
        ("ABCD", "A>C>D>B*3 B>A>C>D*9 C>D>A>B*8 D>A>B>C*5 D>B>C>A*5", "C D B A"),
        ("ABCD", "A>B>C>D*3 C>B>D>A*2 D>A>B>C*2 D>B>C>A*2", "BD AC"),
        ("ABC", "A>B>C*2 B>C>A*2 C>A>B", "AB C"),
    ] {
        let report = report(&rule(Method::Schulze, 1), &ballots(options, votes));
        assert_eq!(short(&report), ranking, "{votes}");
        assert_eq!(report.winners, report.ranking[0]);
    }
}

#[test]
fn an_unbroken_tie_is_shown_and_nobody_wins_by_it() {
    let ballots = ballots("ABCD", "A>B>C>D*3 C>B>D>A*2 D>A>B>C*2 D>B>C>A*2");
    let mut rule = rule(Method::Schulze, 1);
    let open = count(&rule, &ballots);
    assert_eq!((open.elected.clone(), open.unbroken().map(|tie| tie.left.clone())), (vec![], Some(vec![1, 3])));
    rule.ties = vec![TieBreak::Order];
    let broken = report(&rule, &ballots);
    assert_eq!((broken.winners, broken.decided), (vec!["B".to_owned()], true));
    assert_eq!(broken.ties[0].broken_by, ["order"]);
    rule.seats = 2;
    let both = report(&rule, &ballots);
    assert_eq!((both.winners.len(), both.ties.len()), (2, 0), "there is room for both: no tie that matters");
}

#[test]
fn unranked_options_are_last_or_not_spoken_of() {
    // B is ranked by few, and high; who does not know it says nothing about it.
    let ballots = ballots("AB", "A*3 B>A*2");
    let mut rule = rule(Method::Schulze, 1);
    assert_eq!(report(&rule, &ballots).winners, ["A"]);
    rule.unranked = Unranked::Ignore;
    let ignoring = report(&rule, &ballots);
    assert_eq!((ignoring.winners, ignoring.pairs[0].votes), (vec!["B".to_owned()], [0, 2]));
}

#[test]
fn instant_runoff_eliminates_the_last_until_somebody_has_more_than_half() {
    let ballots = ballots("ABCD", "A>B>C>D*42 B>C>D>A*26 C>D>B>A*15 D>C>B>A*17");
    let report = report(&rule(Method::Irv, 1), &ballots);
    assert_eq!((short(&report).as_str(), report.rounds.len()), ("D A B C", 3));
    assert_eq!(report.rounds[1].votes["D"], "32");
    assert_eq!(report.rounds[2].votes["D"], "58");
}

#[test]
fn ties_for_the_last_place_break_by_the_declared_rule_only() {
    let ballots = ballots("ABC", "A>C>B*2 B>A>C*2 C>B>A C>A>B");
    let mut rule = rule(Method::Irv, 1);
    let open = report(&rule, &ballots);
    assert_eq!((open.decided, open.ties[0].broken, short(&open).as_str()), (false, false, "ABC"));
    rule.ties = vec![TieBreak::Earlier, TieBreak::Pairwise];
    let broken = report(&rule, &ballots);
    assert_eq!(short(&broken), "A C B");
    assert_eq!(
        (broken.ties[0].broken_by.as_slice(), broken.ties[0].result.as_slice()),
        (&["pairwise".to_owned()][..], &["B".to_owned()][..])
    );
}

#[test]
fn earlier_rounds_break_ties_backwards() {
    // D leaves first and lifts C to B, which had more before.
    let ballots = ballots("ABCD", "A*5 B*4 C*3 D>C");
    let mut rule = rule(Method::Irv, 1);
    rule.ties = vec![TieBreak::Earlier];
    let report = report(&rule, &ballots);
    assert_eq!((report.ties[0].result.as_slice(), report.ties[0].round), (&["C".to_owned()][..], 2));
}

#[test]
fn who_is_last_together_below_the_next_leaves_together_without_a_tie_rule() {
    let report = report(&rule(Method::Irv, 1), &ballots("ABCDE", "A*5 B*3 C*0 D E>B"));
    assert_eq!(report.rounds[0].steps[0].options, ["C"]);
    assert_eq!(report.rounds[1].steps[0].options, ["D", "E"], "two together have less than B alone");
    assert!(report.ties.is_empty() && report.decided);
}

#[test]
fn stv_passes_surpluses_on_at_their_share() {
    // The example of many introductions: 20 votes on sweets, three seats, a Droop quota of 6.
    let ballots = ballots("OPCSW", "O*4 P>O*2 C>S*8 C>W*4 S W");
    let report = report(&rule(Method::Stv, 3), &ballots);
    assert_eq!((report.rounds[0].quota.as_str(), report.rounds[0].votes["C"].as_str()), ("6", "12"));
    assert_eq!((report.rounds[1].votes["S"].as_str(), report.rounds[1].votes["W"].as_str()), ("5", "3"));
    assert_eq!(report.winners, ["C", "O", "S"]);
}

#[test]
fn fractions_are_exact_or_cut_off_as_the_rule_says() {
    let ballots = ballots("ABCD", "A>B*5 A>C*5 A>D*1 B*2 C*2 D*3");
    let mut rule = rule(Method::Stv, 2);
    let exact = report(&rule, &ballots);
    assert_eq!((exact.rounds[0].quota.as_str(), exact.rounds[1].votes["B"].as_str()), ("7", "42/11"));
    rule.decimals = Some(5);
    let cut = report(&rule, &ballots);
    assert_eq!(cut.rounds[1].votes["B"], "3.81815", "4/11 is 0.36363 with five places");
    assert_eq!(cut.rounds[1].lost.as_deref(), Some("0.00007"));
    rule.quota = Some(Quota::Hare);
    assert_eq!(report(&rule, &ballots).rounds[0].quota, "9");
}

#[test]
fn equal_ranks_share_a_vote() {
    let report = report(&rule(Method::Irv, 1), &ballots("ABC", "A=B*2 C*2 B>A"));
    assert_eq!(
        report.rounds[0].votes,
        BTreeMap::from([("A", "1"), ("B", "2"), ("C", "2")].map(|(a, b)| (a.into(), b.into())))
    );
}

#[test]
fn no_more_win_from_one_employer_than_the_rule_allows() {
    let tagged = |votes: &str| {
        let plain = ballots("ABCDE", votes);
        let employer = |label: &str| if "ABC".contains(label) { "acme" } else { "bolt" };
        let tag = |choice: &Choice| Choice {
            label: choice.label.clone(),
            tags: BTreeMap::from([("employer".to_owned(), employer(&choice.label).to_owned())]),
        };
        let mut tagged = Ballots::new(plain.options().iter().map(tag).collect());
        plain.iter().for_each(|(ranking, count)| tagged.add(count, ranking.clone()).unwrap());
        tagged
    };
    let ballots = tagged("A>B>C>D>E*9 B>C>A>E>D*2 D>E>A>B>C");
    for method in [Method::Schulze, Method::Stv] {
        let mut rule = rule(method, 3);
        assert!(!report(&rule, &ballots).winners.contains(&"D".to_owned()), "{method:?}");
        rule.at_most = vec![AtMost { tag: "employer".parse().unwrap(), count: 2 }];
        let limited = report(&rule, &ballots);
        assert_eq!((limited.winners.len(), limited.decided), (3, true), "{method:?}");
        assert!(limited.winners.contains(&"D".to_owned()) && !limited.winners.contains(&"C".to_owned()), "{method:?}");
    }
    let limited =
        Counting { at_most: vec![AtMost { tag: "employer".parse().unwrap(), count: 2 }], ..rule(Method::Stv, 3) };
    let barred = report(&limited, &ballots);
    assert!(barred.rounds.iter().flat_map(|round| &round.steps).any(|step| step.because == "limit"));
}

#[test]
fn without_ballots_nobody_wins() {
    for method in [Method::Schulze, Method::Irv, Method::Stv] {
        let report = report(&rule(method, 1), &ballots("AB", ""));
        assert_eq!((report.winners.len(), report.decided, short(&report).as_str()), (0, false, "AB"), "{method:?}");
    }
}

#[test]
fn a_rule_must_define_its_count() {
    let bad = |change: &dyn Fn(&mut Counting)| {
        let mut counting = rule(Method::Stv, 2);
        change(&mut counting);
        counting.check("count").is_err()
    };
    assert!(bad(&|c| c.seats = 0) && bad(&|c| c.method = Method::Irv) && bad(&|c| c.seats = 9));
    assert!(bad(&|c| c.decimals = Some(13)) && bad(&|c| c.ties = vec![TieBreak::Order; 2]));
    assert!(bad(&|c| (c.method, c.ties) = (Method::Schulze, vec![TieBreak::Earlier])));
    assert!(bad(&|c| (c.method, c.decimals) = (Method::Schulze, Some(2))));
    assert!(bad(&|c| c.at_most = vec![AtMost { tag: "a".parse().unwrap(), count: 0 }]));
    assert!(!bad(&|c| (c.seats, c.decimals) = (9, Some(5))));
}

/// Some ballots over at most five options, with equal ranks and gaps.
fn some_ballots() -> impl Strategy<Value = (usize, Vec<(u64, Vec<u8>)>)> {
    (2_usize..6).prop_flat_map(|options| {
        let ballot = (1_u64..4, proptest::collection::vec(0_u8..5, options));
        (Just(options), proptest::collection::vec(ballot, 1..14))
    })
}

/// Ranks as in a spreadsheet: 0 is unranked; `to` says which column an option stands in.
fn of_ranks(options: usize, votes: &[(u64, Vec<u8>)], to: &[usize]) -> Ballots {
    let mut choices = vec![Choice::default(); options];
    (0..options).for_each(|at| choices[to[at]].label = char::from(b'A' + at as u8).to_string());
    let mut ballots = Ballots::new(choices);
    for (count, ranks) in votes {
        let mut groups: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        let ranked = ranks.iter().enumerate().filter(|(_, rank)| **rank > 0);
        ranked.for_each(|(at, rank)| groups.entry(*rank).or_default().push(to[at]));
        ballots.add(*count, groups.into_values().collect()).unwrap();
    }
    ballots
}

fn some_rule() -> impl Strategy<Value = Counting> {
    let methods = prop_oneof![Just(Method::Schulze), Just(Method::Irv), Just(Method::Stv)];
    let ties =
        prop_oneof![Just(vec![]), Just(vec![TieBreak::Pairwise]), Just(vec![TieBreak::Earlier, TieBreak::Pairwise])];
    let unranked = prop_oneof![Just(Unranked::Last), Just(Unranked::Ignore)];
    let quota = prop_oneof![Just(None), Just(Some(Quota::Hare))];
    (methods, 1_u32..4, unranked, ties, quota, proptest::option::of(0_u32..6)).prop_map(
        |(method, seats, unranked, mut ties, quota, decimals)| {
            let stv = method == Method::Stv;
            if method == Method::Schulze {
                ties.retain(|tie| *tie != TieBreak::Earlier);
            }
            let seats = if method == Method::Irv { 1 } else { seats };
            let (quota, decimals) = (quota.filter(|_| stv), decimals.filter(|_| stv));
            Counting { method, seats, unranked, ties, at_most: Vec::new(), quota, decimals }
        },
    )
}

fn number(text: &str, scale: i128) -> Votes {
    match text.split_once('.') {
        Some((before, after)) => {
            let digits: i128 = format!("{before}{after}").parse().unwrap();
            Votes::new(digits.into(), 10_i128.pow(after.len() as u32).into()) * Votes::from_integer(scale.into())
        }
        None => text.parse::<Votes>().unwrap() * Votes::from_integer(scale.into()),
    }
}

proptest! {
    #[test]
    fn every_vote_is_somewhere_in_every_round((options, votes) in some_ballots(), rule in some_rule()) {
        let to: Vec<usize> = (0..options).collect();
        let ballots = of_ranks(options, &votes, &to);
        let count = count(&rule, &ballots);
        for round in &count.rounds {
            let there: Votes = round.votes.iter().map(|(_, votes)| number(votes, 1)).sum();
            let all = there + number(&round.exhausted, 1) + round.lost.as_deref().map_or_else(|| number("0", 1), |lost| number(lost, 1));
            prop_assert_eq!(all, Votes::from_integer(ballots.total().into()));
        }
    }

    #[test]
    fn columns_and_rows_may_stand_in_any_order((options, votes) in some_ballots(), rule in some_rule(), turn in 1_usize..5) {
        let straight: Vec<usize> = (0..options).collect();
        let turned: Vec<usize> = (0..options).map(|at| (at + turn) % options).collect();
        let mut backwards = votes.clone();
        backwards.reverse();
        let (a, b) = (of_ranks(options, &votes, &straight), of_ranks(options, &backwards, &turned));
        let sort = |mut report: Report| {
            report.ranking.iter_mut().for_each(|group| group.sort());
            report.winners.sort();
            (report.ranking, report.winners, report.decided, report.rounds.into_iter().map(|round| round.votes).collect::<Vec<_>>())
        };
        prop_assert_eq!(sort(report(&rule, &a)), sort(report(&rule, &b)));
    }

    #[test]
    fn all_seats_are_filled_or_a_tie_is_shown((options, votes) in some_ballots(), rule in some_rule()) {
        let to: Vec<usize> = (0..options).collect();
        let ballots = of_ranks(options, &votes, &to);
        let count = count(&rule, &ballots);
        let mut named: Vec<usize> = count.ranking.concat();
        named.sort_unstable();
        prop_assert_eq!(named, to, "the ranking names every option once");
        let full = count.elected.len() == options.min(rule.seats as usize);
        prop_assert_eq!(full, count.unbroken().is_none() && ballots.total() > 0);
        // Breaking by the order of the options leaves no tie.
        let ordered = super::count(&Counting { ties: vec![TieBreak::Order], ..rule }, &ballots);
        prop_assert!(ordered.unbroken().is_none());
    }

    #[test]
    fn who_beats_all_others_wins_by_schulze((options, votes) in some_ballots(), ignore in any::<bool>()) {
        let to: Vec<usize> = (0..options).collect();
        let ballots = of_ranks(options, &votes, &to);
        let unranked = if ignore { Unranked::Ignore } else { Unranked::Last };
        let pairs = super::pairs::Pairs::of(&ballots, unranked);
        let beats_all = |option: &usize| to.iter().all(|other| other == option || pairs.beats(*option, *other));
        let count = count(&Counting { unranked, ..rule(Method::Schulze, 1) }, &ballots);
        if let Some(winner) = to.iter().find(|option| beats_all(option)) {
            prop_assert_eq!(count.elected, vec![*winner]);
        }
    }

    #[test]
    fn raising_the_winner_keeps_it_winning_by_schulze((options, votes) in some_ballots(), at in any::<prop::sample::Index>()) {
        let to: Vec<usize> = (0..options).collect();
        let rule = rule(Method::Schulze, 1);
        let before = count(&rule, &of_ranks(options, &votes, &to));
        if let [winner] = before.elected[..] {
            let mut raised: Vec<(u64, Vec<u8>)> = votes.clone();
            let ranks = &mut raised[at.index(votes.len())].1;
            // One rank alone at the top: nobody else moves.
            ranks.iter_mut().filter(|rank| **rank > 0).for_each(|rank| *rank += 1);
            ranks[winner] = 1;
            prop_assert_eq!(count(&rule, &of_ranks(options, &raised, &to)).elected, vec![winner]);
        }
    }

    #[test]
    fn a_clone_of_a_loser_changes_no_winner_by_schulze((options, votes) in some_ballots(), of in any::<prop::sample::Index>()) {
        let to: Vec<usize> = (0..options).collect();
        let rule = rule(Method::Schulze, 1);
        let before = count(&rule, &of_ranks(options, &votes, &to));
        let of = of.index(options);
        if let [winner] = before.elected[..] && winner != of {
            // The clone stands beside what it copies, on every ballot.
            let cloned: Vec<(u64, Vec<u8>)> = votes.iter().map(|(count, ranks)| {
                let mut ranks: Vec<u8> = ranks.iter().map(|rank| if *rank == 0 { 200 } else { rank * 2 }).collect();
                ranks.push(ranks[of]);
                (*count, ranks)
            }).collect();
            let to: Vec<usize> = (0..=options).collect();
            prop_assert_eq!(count(&rule, &of_ranks(options + 1, &cloned, &to)).elected, vec![winner]);
        }
    }
}
