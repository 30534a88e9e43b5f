//! Liaisons on real machines: a group in another one, in both directions, and a federation in a larger one.

use std::collections::BTreeSet;

use super::wires::{Wires, node_key};
use crate::{
    body::Body,
    charter::{Holder, Liaison, Member, MemberKind, Represents, Role},
    decision::Outcome,
    effect::Effect as DecisionEffect,
    envelope::{Kind, Signed},
    federation::{FederationAgreement, Seat},
    fixture::{days, key, name},
    id::{LogId, MatterId, ProposalId, StatementId},
    liaison::Position,
    machine::{Input, InputError},
    matter::{Part, Standing},
    replay::Replica,
    statement::{Act, Answer, Proposal, Response},
    table::Table,
    time::Span,
};

/// A role of which ana is the holder.
fn envoy(wires: &Wires, to: LogId, mandated: bool) -> DecisionEffect {
    let holder = Holder { member: name("ana"), from: wires.now, until: wires.now + days(60) };
    DecisionEffect::SetRole(Role {
        name: name("envoy"),
        purpose: "Speaks for us".into(),
        holders: Table::new(vec![holder]).unwrap(),
        filled_in: None,
        represents: Some(Represents { group: to, mandated_in: mandated.then(|| name("charter")) }),
    })
}

fn seat(called: &str, group: LogId) -> DecisionEffect {
    let kind = MemberKind::Liaison(Liaison { group, role: name("envoy") });
    DecisionEffect::SetMember(Member { name: name(called), kind, keys: Vec::new() })
}

fn text(words: &str) -> DecisionEffect {
    DecisionEffect::Text { domain: name("charter"), text: words.into(), replaces: None }
}

/// A statement in one group's log by a member of another one.
fn says(
    wires: &mut Wires,
    (at, called): (usize, &str),
    from: &str,
    act: Act,
    bodies: Vec<Body>,
) -> Result<StatementId, InputError> {
    let replica = wires.replica(at, called).unwrap();
    let (log, signer) = (replica.log(), key(&format!("ana of {from}")));
    let statement = Signed::sign(Kind::Statement, replica.compose(&signer.public(), act), &signer);
    let id = StatementId::from(statement.hash());
    wires.say(at, |token| Input::Submit { log, statements: vec![statement], bodies, token }).map(|_| id)
}

fn agree(wires: &mut Wires, place: (usize, &str), from: &str, proposal: ProposalId) -> Result<StatementId, InputError> {
    let answer = Response { proposal, version: 1, answer: Answer::Agree, reason: None, weighs: Vec::new() };
    says(wires, place, from, Act::Respond(answer), Vec::new())
}

fn propose(wires: &mut Wires, place: (usize, &str), from: &str, effects: Vec<DecisionEffect>) -> ProposalId {
    let why = Body::new([1; 16], "Because.").unwrap();
    let content = Proposal { title: "A title".into(), why: why.id(), effects, options: Vec::new(), review: None };
    says(wires, place, from, Act::Propose(content), vec![why]).unwrap().into()
}

fn mandating(proposal: ProposalId) -> DecisionEffect {
    DecisionEffect::Mandate { role: name("envoy"), version: proposal.into(), position: Position::Agree }
}

fn ben_agrees(wires: &mut Wires, (at, called): (usize, &str), proposal: ProposalId) {
    let answer = Response { proposal, version: 1, answer: Answer::Agree, reason: None, weighs: Vec::new() };
    wires.act(at, called, "ben", Act::Respond(answer), Vec::new()).unwrap();
}

fn mandate(wires: &mut Wires, (at, called): (usize, &str), proposal: ProposalId) {
    wires.carry(at, called, mandating(proposal));
    wires.wait(Span::from_secs(60));
}

fn ended(replica: &Replica, proposal: ProposalId) -> Outcome {
    replica.decision(&proposal).expect("it has ended").outcome.clone()
}

/// A double link is two roles: attic's sits in bakery, mandated, and bakery's in attic, free.
#[test]
fn two_groups_sit_in_each_other() {
    let (mut wires, _) = Wires::street();
    let (attic, bakery) = (wires.id(0, "attic"), wires.id(1, "bakery"));
    let (there, here) = (envoy(&wires, bakery, true), envoy(&wires, attic, false));
    wires.carry(0, "attic", there);
    wires.carry(1, "bakery", here);
    // What was said before there was a seat is heard when there is one.
    wires.carry(0, "attic", seat("bakery", bakery));
    wires.carry(1, "bakery", seat("attic", attic));
    wires.wait(Span::from_secs(60));
    for (at, called) in [(0, "attic"), (1, "bakery")] {
        let replica = wires.replica(at, called).unwrap();
        assert_eq!(replica.dealings().liaisons.held.len(), 1, "{called} cites the voice by itself");
        assert!(replica.vacant(wires.now).is_empty());
    }
    let proposal = propose(&mut wires, (1, "bakery"), "bakery", vec![text("We bake on Mondays")]);
    assert!(agree(&mut wires, (1, "bakery"), "attic", proposal).is_err(), "attic has decided nothing yet");
    // Bakery's liaison is one of those who decide what attic's answers.
    let inner = propose(&mut wires, (0, "attic"), "attic", vec![mandating(proposal)]);
    agree(&mut wires, (0, "attic"), "bakery", inner).unwrap();
    ben_agrees(&mut wires, (0, "attic"), inner);
    wires.wait(Span::from_secs(60));
    assert_eq!(wires.replica(1, "bakery").unwrap().dealings().liaisons.mandates.len(), 1);
    agree(&mut wires, (1, "bakery"), "attic", proposal).unwrap();
    ben_agrees(&mut wires, (1, "bakery"), proposal);
    wires.wait(Span::from_secs(60));
    assert_eq!(ended(wires.replica(1, "bakery").unwrap(), proposal), Outcome::Applied);
    ["attic", "bakery"].into_iter().for_each(|called| wires.agree(called));
}

/// A federation of these groups, each on its node, with the nodes of a panel.
fn federation(
    wires: &mut Wires,
    called: &str,
    groups: &[(usize, &str)],
    panel: std::ops::Range<usize>,
) -> FederationAgreement {
    let mut agreement = wires.agreement(&["attic"]);
    agreement.name = name(called);
    let seat = |at| Seat { name: name(&format!("seat-{at}")), node: node_key(at).public(), addresses: Vec::new() };
    agreement.panel = Table::new(panel.clone().map(seat).collect()).unwrap();
    agreement.groups = Table::new(groups.iter().map(|(at, group)| wires.entry_of(*at, group)).collect()).unwrap();
    for (at, group) in groups {
        wires.carry(*at, group, DecisionEffect::Federate(agreement.clone()));
    }
    // Nodes with a seat and without a group of it are told of it by their operators.
    for at in panel.filter(|at| groups.iter().all(|(host, _)| host != at)) {
        let agreement = Box::new(agreement.clone());
        wires.say(at, |token| Input::Follow { agreement, comes: false, token }).unwrap();
    }
    wires.wait(Span::from_secs(60));
    agreement
}

/// Attic and bakery are the street; the union speaks for the street in the town, beside cellar. Nobody in the street but
/// the node of the union belongs to the town, and nobody else in the town to the street.
struct Town {
    wires: Wires,
    street: FederationAgreement,
    town: FederationAgreement,
}

const UNION: (usize, &str) = (2, "union");
const CELLAR: (usize, &str) = (3, "cellar");

impl Town {
    fn new() -> Self {
        let mut wires = Wires::of(4);
        for (at, called) in [(0, "attic"), (1, "bakery"), CELLAR, UNION] {
            wires.found(at, called);
        }
        let street = federation(&mut wires, "street", &[(0, "attic"), (1, "bakery")], 0..3);
        let town = federation(&mut wires, "town", &[UNION, CELLAR], 2..4);
        let mut this = Self { wires, street, town };
        this.wires.carry(UNION.0, UNION.1, DecisionEffect::Follow(this.street.clone()));
        for (at, called) in [(0, "attic"), (1, "bakery")] {
            let group = this.wires.id(at, called);
            this.wires.carry(UNION.0, UNION.1, seat(called, group));
        }
        for (at, called) in [(0, "attic"), (1, "bakery")] {
            let role = envoy(&this.wires, this.wires.id(UNION.0, UNION.1), true);
            this.wires.carry(at, called, role);
        }
        this.wires.wait(Span::from_secs(60));
        // Who founded it has done its work: from now on its members are liaisons alone.
        let leave = |member: &str| DecisionEffect::DropMember { member: name(member) };
        this.decides(vec![leave("ana"), leave("ben")]);
        this
    }

    /// A decision of the union: each group of the street decides its mandate, and the liaisons answer as mandated.
    fn decides(&mut self, effects: Vec<DecisionEffect>) {
        let proposal = propose(&mut self.wires, UNION, "attic", effects);
        for (at, called) in [(0, "attic"), (1, "bakery")] {
            assert!(agree(&mut self.wires, UNION, called, proposal).is_err(), "{called} has not decided");
            mandate(&mut self.wires, (at, called), proposal);
            agree(&mut self.wires, UNION, called, proposal).unwrap();
        }
        self.wires.wait(Span::from_secs(60));
        assert_eq!(ended(self.union(), proposal), Outcome::Applied);
    }

    fn union(&self) -> &Replica {
        self.wires.replica(UNION.0, UNION.1).unwrap()
    }

    /// A matter of a federation for two groups, opened by the first.
    fn opens(&mut self, upper: bool, words: &str, groups: [(usize, &str); 2]) -> MatterId {
        let agreement = if upper { &self.town } else { &self.street };
        let part = |(at, called)| Part { effects: vec![text(words)], ..self.wires.part(at, called) };
        let matter = self.wires.matter(agreement, "Quiet hours", groups.map(part).to_vec());
        let (at, called) = groups[0];
        self.wires.open(at, called, matter)
    }

    #[track_caller]
    fn is_enacted(&self, matter: MatterId, by: [(usize, &str); 2]) {
        let seen = self.wires.machine(UNION.0).matter(&matter).expect("the node sees the matter");
        assert_eq!(seen.standing, Standing::Adopted { level: 1 });
        for (at, called) in by {
            let replica = self.wires.replica(at, called).unwrap();
            assert!(seen.enacted.contains_key(&replica.log()), "{called} has enacted it");
            assert_eq!(replica.agreements().count(), 1, "{called}");
        }
    }
}

fn consent(matter: MatterId) -> DecisionEffect {
    DecisionEffect::Stance { domains: vec![name("charter")], matter, consents: true }
}

#[test]
fn a_group_whose_members_are_liaisons_speaks_for_a_federation_in_a_larger_one() {
    let mut town = Town::new();
    assert!(town.union().charter().members.iter().all(|member| member.liaison().is_some()));
    let upper = town.opens(true, "From ten to six", [CELLAR, UNION]);
    assert!(town.union().dealings().matter(&upper).is_some(), "the opening was cited by itself");
    town.decides(vec![consent(upper)]);
    town.wires.wait(Span::from_secs(60));
    town.is_enacted(upper, [CELLAR, UNION]);
    // It reaches down as a matter of the street that names the upper one, and takes effect where the domain lives.
    let words = format!("From ten to six, as {upper} says");
    let lower = town.opens(false, &words, [(0, "attic"), (1, "bakery")]);
    town.wires.carry(1, "bakery", consent(lower));
    town.wires.wait(Span::from_secs(60));
    town.is_enacted(lower, [(0, "attic"), (1, "bakery")]);
    ["attic", "bakery", "cellar", "union"].into_iter().for_each(|called| town.wires.agree(called));
    // Who sends a liaison to the union reads its log, though its node does not belong to the town; and no other of the
    // town's. The town sees nothing of the street.
    for (node, reads) in [(0, ["attic", "bakery", "union"]), (3, ["cellar", "union", "union"])] {
        let held: BTreeSet<&str> = town.wires.machine(node).logs().map(|log| log.charter().name.as_str()).collect();
        assert_eq!(held, reads.into(), "node {node}");
    }
}

#[test]
fn a_liaison_whose_term_ended_at_home_is_replaced_by_its_successor() {
    let (mut wires, _) = Wires::street();
    let (attic, bakery) = (wires.id(0, "attic"), wires.id(1, "bakery"));
    wires.carry(1, "bakery", seat("attic", attic));
    let role = envoy(&wires, bakery, false);
    wires.carry(0, "attic", role);
    wires.wait(Span::from_secs(60));
    says(&mut wires, (1, "bakery"), "attic", Act::Seen {}, Vec::new()).unwrap();
    wires.carry(0, "attic", DecisionEffect::Unseat { role: name("envoy"), member: name("ana") });
    wires.wait(Span::from_secs(60));
    assert!(says(&mut wires, (1, "bakery"), "attic", Act::Seen {}, Vec::new()).is_err());
    assert_eq!(wires.replica(1, "bakery").unwrap().vacant(wires.now).len(), 1);
    let (from, until) = (wires.now, wires.now + days(9));
    wires.carry(0, "attic", DecisionEffect::Seat { role: name("envoy"), member: Some(name("ben")), from, until });
    wires.wait(Span::from_secs(60));
    let ben = key("ben of attic").public();
    let replica = wires.replica(1, "bakery").unwrap();
    assert_eq!(replica.speaker(&ben, wires.now).map(|member| member.name.to_string()).as_deref(), Some("attic"));
    wires.agree("bakery");
}
