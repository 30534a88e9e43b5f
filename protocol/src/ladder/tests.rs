//! What a rung makes of a tally, whatever the tally: `PROPTEST_CASES=100000 cargo test -p folkmoot-protocol ladder`
//! looks longer.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{Standing, Tally, consensus, consent, delegate, ranked, vote};
use crate::{
    charter::{Approval, Bar, Base, Consensus, Consent, Fraction, Rule, Vote},
    fixture::{days, name},
    name::Name,
    statement::Answer::{self, Abstain, Agree, Aside, Concern, Object},
};

const ANSWERS: [Answer; 5] = [Agree, Aside, Concern, Object, Abstain];

/// Everybody: who is eligible, and what each answered.
type People = Vec<(bool, Option<Answer>)>;

fn people() -> impl Strategy<Value = People> {
    let answer = prop_oneof![3 => Just(None), 4 => Just(Some(Agree)), 5 => select(&ANSWERS[..]).prop_map(Some)];
    vec((prop::bool::weighted(0.8), answer), 0..14)
}

fn fraction() -> impl Strategy<Value = Fraction> {
    (1..8_u32).prop_flat_map(|whole| (0..=whole).prop_map(move |part| Fraction::new(part, whole).unwrap()))
}

fn bar() -> impl Strategy<Value = Bar> {
    let bar = (fraction(), any::<bool>());
    bar.prop_map(|(fraction, more)| if more { Bar::MoreThan(fraction) } else { Bar::AtLeast(fraction) })
        .prop_filter("it can be met and missed", |bar| bar.is_sound())
}

fn rule() -> impl Strategy<Value = Rule> {
    let approval = proptest::option::of((bar(), proptest::option::of(0..4_u32)));
    let consent = (fraction(), approval).prop_map(|(quorum, approval)| {
        let approval = approval.map(|(bar, outstanding)| Approval { bar, outstanding });
        Rule::Consent(Consent {
            closing: days(7),
            minimum: days(1),
            quorum,
            approval,
            final_period: None,
            objection_test: None,
            versions: 5,
            then_vote: None,
            review: None,
        })
    });
    let consensus = (0..4_u32).prop_map(|asides| {
        Rule::Consensus(Consensus { closing: days(7), minimum: days(1), asides, versions: 5, review: None })
    });
    let vote = (fraction(), bar(), select(&[Base::Votes, Base::Eligible][..])).prop_map(|(quorum, yes, of)| {
        Rule::Vote(Vote { closing: days(7), minimum: days(1), quorum, yes, of, versions: 5, review: None })
    });
    prop_oneof![consent, consensus, vote]
}

fn names() -> Vec<Name> {
    (0..14).map(|at| name(&format!("p{at:02}"))).collect()
}

fn tally<'a>(names: &'a [Name], people: &People, objections: usize) -> Tally<'a> {
    let zipped = || names.iter().zip(people);
    let eligible: BTreeSet<&Name> = zipped().filter(|(_, (eligible, _))| *eligible).map(|(name, _)| name).collect();
    let answers: BTreeMap<&Name, Answer> = zipped().filter_map(|(name, (_, said))| Some((name, (*said)?))).collect();
    Tally { eligible, answers, objections, asked: 0, advised: 0, contest: None }
}

/// How many of the eligible object.
fn objections(people: &People) -> usize {
    people.iter().filter(|(eligible, said)| *eligible && *said == Some(Object)).count()
}

fn stand(rule: &Rule, people: &People) -> Standing {
    let names = names();
    let tally = tally(&names, people, objections(people));
    match rule {
        Rule::Delegate(_) | Rule::Consult(_) => delegate::standing(&tally),
        Rule::Consent(rule) => consent::standing(rule, &tally),
        Rule::Consensus(rule) => consensus::standing(rule, &tally),
        Rule::Vote(rule) => vote::standing(rule, &tally),
        Rule::Ranked(rule) => ranked::standing(rule, &tally),
    }
}

/// Says whether a bar is met, by trying every share from the smallest.
fn met(bar: Bar, part: usize, whole: usize) -> bool {
    let (Bar::MoreThan(fraction) | Bar::AtLeast(fraction)) = bar;
    let text = fraction.to_string();
    let (n, d) = text.split_once('/').unwrap();
    let [n, d] = [n, d].map(|part| part.parse::<usize>().unwrap());
    let least = (0..=whole).find(|count| match bar {
        Bar::MoreThan(_) => count * d > n * whole,
        Bar::AtLeast(_) => count * d >= n * whole,
    });
    whole > 0 && least.is_some_and(|least| part >= least)
}

/// Whether it passes, in the words of the model.
fn passes(rule: &Rule, people: &People) -> bool {
    let said: Vec<Option<Answer>> = people.iter().filter(|(eligible, _)| *eligible).map(|(_, said)| *said).collect();
    let count = |answers: &[Option<Answer>]| said.iter().filter(|said| answers.contains(said)).count();
    let yes = count(&[Some(Agree), Some(Concern)]);
    let outstanding = count(&[None]);
    let enough =
        |quorum: Fraction| met(Bar::AtLeast(quorum), said.len() - outstanding, said.len()) && outstanding < said.len();
    let objects = count(&[Some(Object)]) > 0;
    match rule {
        Rule::Consent(rule) => {
            let floor = |approval: &Approval| {
                met(approval.bar, yes, said.len()) && approval.outstanding.is_none_or(|most| outstanding as u32 <= most)
            };
            !objects && enough(rule.quorum) && rule.approval.as_ref().is_none_or(floor)
        }
        Rule::Consensus(rule) => {
            let aside = count(&[Some(Aside)]);
            yes > 0 && yes + aside == said.len() && aside as u32 <= rule.asides
        }
        Rule::Vote(rule) => {
            let of = if rule.of == Base::Votes { yes + count(&[Some(Object)]) } else { said.len() };
            enough(rule.quorum) && met(rule.yes, yes, of)
        }
        Rule::Delegate(_) | Rule::Consult(_) | Rule::Ranked(_) => unreachable!("no tally of answers"),
    }
}

/// As many cases as `PROPTEST_CASES` says, or few enough for every run.
fn cases() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: 1024, ..config } }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn it_passes_as_counted_by_hand(rule in rule(), people in people()) {
        prop_assert_eq!(stand(&rule, &people).passes, passes(&rule, &people));
    }

    #[test]
    fn who_is_not_eligible_changes_nothing(rule in rule(), people in people(), other in people()) {
        // The same, once without the answers of the others and once with other ones.
        let without: People = people.iter().map(|(eligible, said)| (*eligible, said.filter(|_| *eligible))).collect();
        let mut replaced = without.clone();
        for (one, (_, said)) in replaced.iter_mut().zip(&other).filter(|(one, _)| !one.0) {
            one.1 = *said;
        }
        prop_assert_eq!(stand(&rule, &people), stand(&rule, &without));
        prop_assert_eq!(stand(&rule, &people), stand(&rule, &replaced));
    }

    #[test]
    fn who_they_are_does_not_matter(rule in rule(), (people, shuffled) in people().prop_flat_map(|people| {
        (Just(people.clone()), Just(people).prop_shuffle())
    })) {
        prop_assert_eq!(stand(&rule, &people), stand(&rule, &shuffled));
    }

    #[test]
    fn it_is_settled_only_when_nobody_is_awaited(rule in rule(), people in people()) {
        let awaited = people.iter().filter(|(eligible, said)| *eligible && said.is_none()).count();
        let waits = awaited > 0 || rule.is_blocked_by_objections() && objections(&people) > 0;
        prop_assert_eq!(stand(&rule, &people).settled, !waits);
    }

    #[test]
    fn one_more_who_agrees_never_turns_a_pass_into_a_fail(rule in rule(), people in people(), who: prop::sample::Index) {
        let eligible: Vec<usize> = (0..people.len()).filter(|at| people[*at].0).collect();
        if stand(&rule, &people).passes {
            // What passes has somebody who is eligible.
            let mut with = people.clone();
            with[*who.get(&eligible)].1 = Some(Agree);
            prop_assert!(stand(&rule, &with).passes);
        }
    }

    #[test]
    fn a_holder_decides_alone_and_one_objection_outweighs(said in vec(proptest::option::of(select(&ANSWERS[..])), 0..6)) {
        let names = names();
        let people: People = said.iter().map(|said| (true, *said)).collect();
        let standing = delegate::standing(&tally(&names, &people, objections(&people)));
        let (agreed, declined) = (said.contains(&Some(Agree)), said.contains(&Some(Object)));
        prop_assert_eq!((standing.passes, standing.settled), (agreed && !declined, agreed || declined));
    }
}
