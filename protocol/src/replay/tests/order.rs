//! The order in which different members' statements arrive does not matter, as long as each keeps the own order.

use proptest::{collection::vec, option::weighted, prelude::*, sample::select};

use super::random::{ANSWERS, WISHES, cases, put_the_ladder};
use crate::{
    decision::{Decision, Outcome},
    effect::Effect,
    envelope::{Kind, Signed},
    error::{Conflict, Refusal},
    fixture::{Group, body, days, hours, key, ms, name, person, text},
    id::{ProposalId, StatementId},
    ladder::Standing,
    name::Name,
    statement::{Act, Answer, Response, Statement, StatementContent, Test},
    time::{Span, Timestamp},
};

// One statement per entry, all long before the close

/// What a member says in turn: an answer, or the withdrawal of the latest own objection.
type Turns = Vec<(usize, Option<Answer>)>;

fn turns() -> impl Strategy<Value = (Turns, Turns)> {
    let turn = (0..4_usize, weighted(0.8, select(&ANSWERS[..])));
    vec(turn, 1..14).prop_flat_map(|turns| {
        // Another order of the members that keeps each member's own order.
        let whose: Vec<usize> = turns.iter().map(|(of, _)| *of).collect();
        let original = turns.clone();
        Just(whose).prop_shuffle().prop_map(move |whose| {
            let mut own: Vec<std::collections::VecDeque<Option<Answer>>> = vec![Default::default(); 4];
            original.iter().for_each(|(of, said)| own[*of].push_back(*said));
            (original.clone(), whose.iter().map(|of| (*of, own[*of].pop_front().unwrap())).collect())
        })
    })
}

/// How a proposal with these effects ends when members say this, all within its first hours.
fn told(effects: &[Effect], turns: &Turns) -> (Outcome, Vec<Standing>) {
    let mut group = Group::new();
    let proposal = group.open("ana", effects);
    let mut objections: [Vec<StatementId>; 4] = Default::default();
    for (of, said) in turns {
        group.wait(ms(60_000));
        let handle = ["ana", "ben", "cem", "bot"][*of];
        match said {
            Some(answer) => {
                if let (Ok(id), Answer::Object) = (group.answer(handle, proposal, *answer), answer) {
                    objections[*of].push(id);
                }
            }
            None => {
                if let Some(objection) = objections[*of].pop() {
                    group.withdraw(handle, objection).unwrap();
                }
            }
        }
    }
    group.tick(days(10));
    let decision = group.replica.decision(&proposal).unwrap();
    (decision.outcome.clone(), decision.standings.clone())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_order_of_different_members_does_not_matter((one, other) in turns(), what in 0..8_usize) {
        prop_assert_eq!(told(&WISHES[what], &one), told(&WISHES[what], &other));
    }
}

// Several statements per entry, at any time

const PEOPLE: [&str; 5] = ["ana", "ben", "cem", "eva", "bot"];

/// What a member does in turn.
#[derive(Clone, Debug)]
enum Turn {
    Answer(Answer),
    /// Withdraws the latest own objection.
    Integrate,
    /// Says of that member's latest objection whether it qualifies.
    Test(usize, bool),
}

/// An entry: the time before it, and who does what, in two orders that keep each member's own.
type Together = (Span, Vec<(usize, Turn)>, Vec<(usize, Turn)>);

fn together() -> impl Strategy<Value = Together> {
    let answer = prop_oneof![Just(Answer::Agree), Just(Answer::Object), select(&ANSWERS[..])];
    let turn = prop_oneof![
        5 => answer.prop_map(Turn::Answer),
        2 => Just(Turn::Integrate),
        2 => (0..4_usize, prop::bool::weighted(0.1)).prop_map(|(of, qualifies)| Turn::Test(of, qualifies)),
    ];
    let span = select(vec![ms(1), hours(1), hours(9), days(1), days(3)]);
    (span, vec((0..PEOPLE.len(), turn), 1..6)).prop_flat_map(|(span, turns)| {
        let whose: Vec<usize> = turns.iter().map(|(of, _)| *of).collect();
        Just(whose).prop_shuffle().prop_map(move |whose| {
            let mut own: Vec<_> = (0..PEOPLE.len())
                .map(|of| turns.iter().filter(move |turn| turn.0 == of).map(|(_, turn)| turn.clone()))
                .collect();
            let other = whose.iter().map(|of| (*of, own[*of].next().expect("as many turns"))).collect();
            (span, turns.clone(), other)
        })
    })
}

/// A group that takes several statements at a time.
struct Room {
    group: Group,
    proposal: ProposalId,
    /// The objections of each member.
    objections: Vec<Vec<StatementId>>,
}

impl Room {
    fn new(effects: &[Effect]) -> Self {
        let mut group = Group::with(|charter| {
            charter.members.put(person("eva"));
            put_the_ladder(charter);
        });
        let proposal = group.open("ana", effects);
        Self { group, proposal, objections: vec![Vec::new(); PEOPLE.len()] }
    }

    fn act(&self, of: usize, turn: &Turn) -> Option<Act> {
        Some(match turn {
            Turn::Answer(answer) => {
                let (proposal, version, reason) = (self.proposal, 1, Some(body("because")));
                Act::Respond(Response { proposal, version, answer: *answer, reason, weighs: Vec::new() })
            }
            Turn::Integrate => Act::Withdraw { target: *self.objections[of].last()? },
            Turn::Test(objector, qualifies) => {
                let objection = *self.objections[*objector].last()?;
                Act::Test(Test { objection, version: 1, qualifies: *qualifies, reason: Some(body("because")) })
            }
        })
    }

    /// Takes those turns that are allowed one after the other, or those given, in one entry; says which it took.
    fn take(
        &mut self,
        turns: &[(usize, Turn)],
        only: Option<&[(usize, usize)]>,
    ) -> Result<Vec<(usize, usize)>, Refusal> {
        let (mut taken, mut batch, mut nth): (Vec<_>, Vec<Statement>, _) =
            (Vec::new(), Vec::new(), vec![0; PEOPLE.len()]);
        for (of, turn) in turns {
            let place = (*of, nth[*of]);
            nth[*of] += 1;
            if only.is_some_and(|only| !only.contains(&place)) {
                continue;
            }
            // What an entry holds was said before any of it was taken: of objections, those of earlier entries are known.
            let Some(act) = self.act(*of, turn) else { continue };
            let handle = PEOPLE[*of];
            let plain = self.group.statement(handle, act).content().clone();
            let before = batch.iter().rev().find(|said| said.signer() == key(handle).public()).map(Statement::id);
            let content = StatementContent { previous: before.or(plain.previous), ..plain };
            batch.push(Signed::sign(Kind::Statement, content, &key(handle)));
            if only.is_none() && self.group.replica.would_admit(&batch, self.group.now).is_err() {
                batch.pop();
                continue;
            }
            taken.push(place);
        }
        if batch.is_empty() {
            return Ok(taken);
        }
        self.group.admit(&batch)?;
        for said in &batch {
            if let Act::Respond(Response { answer: Answer::Object, .. }) = said.content().act {
                let of = PEOPLE.iter().position(|of| key(of).public() == said.signer()).expect("one of them");
                self.objections[of].push(said.id());
            }
        }
        Ok(taken)
    }

    fn is_open(&self) -> bool {
        let open = self.group.replica.proposal(&self.proposal);
        open.is_some_and(|open| open.closes > self.group.now && open.stage == crate::proposal::Stage::Open)
    }
}

/// What is to be the same whatever the order.
fn outcome(decision: &Decision) -> (Outcome, Vec<Standing>, Timestamp, Vec<Vec<Name>>, Option<Timestamp>) {
    let mut dismissed: Vec<Vec<Name>> =
        decision.proposal.objections.iter().map(|objection| objection.dismissed.keys().cloned().collect()).collect();
    dismissed.sort();
    (decision.outcome.clone(), decision.standings.clone(), decision.closed, dismissed, decision.proposal.to_vote)
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_order_within_an_entry_does_not_matter(
        entries in vec(together(), 1..10),
        domains in proptest::sample::subsequence(DOMAINS.to_vec(), 1..=2),
    ) {
        let effects: Vec<Effect> = domains.iter().map(|domain| text(domain)).collect();
        let (mut one, mut other) = (Room::new(&effects), Room::new(&effects));
        for (span, turns, turned) in &entries {
            one.group.tick(*span);
            other.group.tick(*span);
            prop_assert_eq!(one.is_open(), other.is_open());
            if !one.is_open() {
                break;
            }
            let taken = one.take(turns, None).expect("what is allowed is admitted");
            match other.take(turned, Some(&taken)) {
                Ok(_) => {}
                // A word in a test before or after the withdrawal of the objection is another story.
                Err(Refusal::Conflict(Conflict::NoTarget(_) | Conflict::NoTest(_))) => return Ok(()),
                Err(refusal) => panic!("one order is admitted and the other is not: {refusal:?}"),
            }
        }
        for room in [&mut one, &mut other] {
            room.group.tick(days(40));
        }
        let told = |room: &Room| outcome(room.group.replica.decision(&room.proposal).expect("it has ended"));
        prop_assert_eq!(told(&one), told(&other));
    }

    #[test]
    fn who_has_no_say_in_a_domain_changes_nothing_there(turns in vec((0..5_usize, select(&ANSWERS[..])), 1..16), what in 0..DOMAINS.len()) {
        // Principles are for people, the agent has a say in most other domains; both are in one proposal.
        let effects = [text("principles"), text(DOMAINS[what])];
        let standing = |heard: &dyn Fn(usize) -> bool| {
            let mut room = Room::new(&effects);
            for (of, answer) in turns.iter().filter(|(of, _)| heard(*of)) {
                // Where the agent has no say at all, it is refused.
                drop(room.group.answer(PEOPLE[*of], room.proposal, *answer));
            }
            let charter = room.group.replica.charter();
            let open = room.group.shown(room.proposal);
            let at = open.polls.iter().position(|poll| poll.domain == name("principles")).unwrap();
            open.standings(charter).swap_remove(at)
        };
        prop_assert_eq!(standing(&|_| true), standing(&|of| PEOPLE[of] != "bot"));
    }
}

/// Domains of every rung that the group owns.
const DOMAINS: [&str; 9] = ["all", "again", "again", "half", "most", "policy", "slow", "slow", "tried"];
