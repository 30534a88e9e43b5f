//! Attic sends a liaison to brook, mandated, and brook follows a federation that it does not belong to.

use folkmoot_protocol::{
    charter::{Holder, Liaison, Member, MemberKind, Represents, Role},
    effect::Effect,
    entry::{EntryAct, Raw},
    envelope::Kind,
    error::Refusal,
    federation::FederationAgreement,
    id::{Hash, LogId, ProposalId, StatementId},
    liaison::{Position, Sitting},
    name::Name,
    statement::{Act, Answer, Response, Statement},
    table::Table,
    voice::{Says, Voice},
};

use super::street::{Street, days, key, refused, text};

pub(super) const ABOUT: &str = "Attic sends ana to brook, where she answers as attic mandates; what brook has not cited, and \
    what nobody mandated, is refused. Her role ends, the seat is empty, and ben comes instead. Brook follows a federation \
    that it does not belong to.";

pub(super) fn story() -> Street {
    let mut street = Street::of(&["attic", "brook"]);
    street.tick(days(1));
    sent(&mut street);
    seated(&mut street);
    mandated(&mut street);
    replaced(&mut street);
    follows(&mut street);
    street
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn role(street: &Street, holders: &[&str], group: LogId, mandated_in: &str) -> Role {
    let holder = |member: &&str| Holder { member: name(member), from: street.now, until: street.now + days(60) };
    Role {
        name: name("envoy"),
        purpose: "Speaks for us".into(),
        holders: Table::new(holders.iter().map(holder).collect()).expect("names differ"),
        filled_in: None,
        represents: Some(Represents { group, mandated_in: Some(name(mandated_in)) }),
    }
}

fn seat(handle: &str, group: LogId) -> Member {
    Member { name: name(handle), kind: MemberKind::Liaison(Liaison { group, role: name("envoy") }), keys: Vec::new() }
}

/// A statement in brook's log by a member of attic.
fn says(street: &mut Street, member: &str, act: Act) -> Result<StatementId, Refusal> {
    let key = key(&format!("{member} of attic"));
    let statement = Statement::sign(Kind::Statement, street.replica("brook").compose(&key.public(), act), &key);
    let statements = vec![Raw(statement.bytes().to_vec())];
    street.write("brook", EntryAct::Admit { statements }).map(|()| statement.id())
}

fn answer(proposal: ProposalId, answer: Answer) -> Act {
    let reason = (answer == Answer::Object).then(|| Hash::of(b"a reason").into());
    Act::Respond(Response { proposal, version: 1, answer, reason, weighs: Vec::new() })
}

/// Attic owes it to say who its liaison is.
fn sent(street: &mut Street) {
    let to = street.log("brook");
    let nowhere = Effect::SetRole(role(street, &["ana"], to, "dreams"));
    refused(street.propose("attic", &[nowhere]), "malformed", "charter");
    let effect = Effect::SetRole(role(street, &["ana"], to, "policy"));
    let proposal = street.agree("attic", effect);
    street.write("attic", EntryAct::Close { proposal }).expect("it is closed");
    let Some(EntryAct::Speak(voice)) = street.replica("attic").due(street.now) else { panic!("a voice is due") };
    let Says::Represent(sitting) = voice.says.clone() else { panic!("{:?}", voice.says) };
    refused(street.say("attic", "ana", Act::Seen {}), "conflict", "voice-due");
    let mut bad = |change: &dyn Fn(&mut Sitting), decision| {
        let mut other = sitting.clone();
        change(&mut other);
        let voice = Voice { says: Says::Represent(other), decision, ..voice.clone() };
        refused(street.write("attic", EntryAct::Speak(voice)), "conflict", "voice");
    };
    bad(&|sitting| sitting.mandated = false, None);
    bad(&|sitting| sitting.terms.clear(), None);
    bad(&|sitting| sitting.terms[0].keys = vec![key("somebody").public()], None);
    bad(&|sitting| sitting.role = name("other"), None);
    bad(&|_| {}, Some(proposal));
    street.write("attic", EntryAct::Speak(voice.clone())).expect("it is said");
    refused(street.write("attic", EntryAct::Speak(voice)), "conflict", "voice");
}

/// Brook has a seat for it, and takes the voice in.
fn seated(street: &mut Street) {
    let attic = street.log("attic");
    street.seal("attic");
    let evidence = street.shows("attic", 0);
    refused(street.cite("brook", vec![evidence.clone()]), "conflict", "evidence");
    let keys = Member { keys: vec![key("somebody").public()], ..seat("attic", attic) };
    refused(street.propose("brook", &[Effect::SetMember(keys)]), "malformed", "charter");
    let two = ["attic", "loft"].map(|handle| Effect::SetMember(seat(handle, attic)));
    refused(street.propose("brook", &two), "malformed", "charter");
    let add = Effect::AddKey { member: name("attic"), key: key("somebody").public() };
    street.decide("brook", Effect::SetMember(seat("attic", attic)));
    refused(street.propose("brook", &[add]), "malformed", "charter");
    refused(says(street, "ana", Act::Seen {}), "unauthorised", "not-a-member");
    street.cite("brook", vec![evidence.clone()]).expect("it shows who comes");
    refused(street.cite("brook", vec![evidence]), "conflict", "evidence");
    says(street, "ana", Act::Seen {}).expect("her key speaks for the seat");
    refused(says(street, "ben", Act::Seen {}), "unauthorised", "not-a-member");
}

fn mandate(role: &str, version: StatementId, position: Position) -> Effect {
    Effect::Mandate { role: name(role), version, position }
}

/// Attic decides what its liaison answers, and brook takes that in.
fn tells(street: &mut Street, version: StatementId, position: Position) -> Result<(), Refusal> {
    street.decide("attic", mandate("envoy", version, position));
    street.seal("attic");
    let last = street.voices("attic").len() - 1;
    let evidence = street.shows("attic", last);
    street.cite("brook", vec![evidence])
}

fn mandated(street: &mut Street) {
    let proposal = street.propose("brook", &[text("policy")]).expect("it is taken");
    refused(says(street, "ana", answer(proposal, Answer::Agree)), "unauthorised", "not-mandated");
    says(street, "ana", answer(proposal, Answer::Advice)).expect("advice is free");
    refused(street.propose("attic", &[mandate("nobody", proposal.into(), Position::Agree)]), "conflict", "effect");
    refused(tells(street, Hash::of(b"unknown").into(), Position::Agree), "conflict", "evidence");
    tells(street, proposal.into(), Position::Object).expect("it is news");
    refused(says(street, "ana", answer(proposal, Answer::Aside)), "unauthorised", "not-mandated");
    let objection = says(street, "ana", answer(proposal, Answer::Object)).expect("it is what attic decided");
    let withdraw = Act::Withdraw { target: objection };
    refused(says(street, "ana", withdraw.clone()), "unauthorised", "not-mandated");
    tells(street, proposal.into(), Position::Agree).expect("it is news");
    says(street, "ana", withdraw).expect("attic says something else by now");
    says(street, "ana", answer(proposal, Answer::Concern)).expect("that is an agree");
    street.say("brook", "ben", answer(proposal, Answer::Agree)).expect("it is taken");
    street.tick(days(1));
    assert!(street.replica("brook").decision(&proposal).is_some(), "all have answered");
    refused(tells(street, proposal.into(), Position::Abstain), "conflict", "evidence");
}

/// The seat is empty for a while: it counts nowhere, until somebody answers for it.
fn replaced(street: &mut Street) {
    street.decide("attic", Effect::Unseat { role: name("envoy"), member: name("ana") });
    street.seal("attic");
    let last = street.voices("attic").len() - 1;
    let evidence = street.shows("attic", last);
    street.cite("brook", vec![evidence]).expect("it shows that nobody comes");
    refused(says(street, "ana", Act::Seen {}), "unauthorised", "not-a-member");
    let proposal = street.propose("brook", &[text("tools")]).expect("it is taken");
    let brook = street.log("brook");
    let effect = Effect::SetRole(Role {
        represents: Some(Represents { group: brook, mandated_in: None }),
        ..role(street, &["ben"], brook, "policy")
    });
    street.decide("attic", effect);
    refused(street.propose("attic", &[mandate("envoy", proposal.into(), Position::Agree)]), "conflict", "effect");
    street.seal("attic");
    let last = street.voices("attic").len() - 1;
    let evidence = street.shows("attic", last);
    street.cite("brook", vec![evidence]).expect("it shows who comes");
    says(street, "ben", answer(proposal, Answer::Agree)).expect("he answers freely, and counts again");
    street.say("brook", "ben", answer(proposal, Answer::Agree)).expect("it is taken");
    street.tick(days(1));
    assert!(street.replica("brook").decision(&proposal).is_some(), "all have answered");
    let drop = Effect::DropMember { member: name("attic") };
    street.decide("brook", drop);
}

/// Another federation's agreement is followed once, unless it names the group.
fn follows(street: &mut Street) {
    let (attic, brook) = (street.log("attic"), street.log("brook"));
    let town = |street: &Street, group: LogId| FederationAgreement {
        name: name("town"),
        groups: Table::new(street.agreement.groups.iter().filter(|one| one.log == group).cloned().collect())
            .expect("names differ"),
        ..street.agreement.clone()
    };
    let own = town(street, brook);
    refused(street.propose("brook", &[Effect::Follow(own)]), "conflict", "effect");
    let held = street.agreement.clone();
    refused(street.propose("brook", &[Effect::Follow(held)]), "conflict", "effect");
    let other = Effect::Follow(town(street, attic));
    refused(street.propose("brook", &[other.clone(), other.clone()]), "conflict", "effect");
    street.decide("brook", other.clone());
    refused(street.propose("brook", &[other]), "conflict", "effect");
    street.say("brook", "ana", Act::Seen {}).expect("life goes on");
}
