//! A kitchen's history, as it was and under other charters.

mod histories;

use folkmoot_protocol::{
    charter::{Domain, Host, Member, MemberKind, RawCharter},
    decision::AgreementId,
    effect::Effect,
    id::{BodyId, Hash, ProposalId, StatementId},
    key::{PublicKey, SecretKey},
    name::Name,
    statement::{Act, Amendment, Answer, Proposal, Response},
    time::{Span, Timestamp},
};

use super::{
    Compared, Counterfactual, Difference,
    driver::{Driver, StandIns},
    run,
};

const CHARTER: &str = r#"
name = "kitchen"
purpose = "To cook for the street"
members = { ana = {}, ben = {}, cem = {} }
[roles.cook]
purpose = "Cooks"
holders = [{ member = "ben", until = "+90d" }]
[domains.charter]
purpose = "The charter"
people_only = true
rule = { consent = { quorum = "1/2" } }
[domains.work]
purpose = "How we work"
rule = { consent = { quorum = "1/2" } }
[domains.meals]
purpose = "What we eat"
owner = "role:cook"
rule = { delegate = { closing = "4d" } }
"#;

const VOTE: &str = r#"{ vote = { quorum = "1/2", yes = { more_than = "1/2" } } }"#;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn key(of: &str) -> PublicKey {
    SecretKey::from_seed(Hash::of(of.as_bytes()).0).public()
}

fn start() -> Timestamp {
    "2026-03-01".parse().unwrap()
}

fn raw(text: &str) -> RawCharter {
    toml::from_str(text).unwrap()
}

/// The charter with another rule for the domain `work`.
fn with_rule(rule: &str) -> RawCharter {
    let mut charter = raw(CHARTER);
    #[derive(serde::Deserialize)]
    struct Ruled {
        rule: folkmoot_protocol::charter::Rule,
    }
    let ruled: Ruled = toml::from_str(&format!("rule = {rule}")).unwrap();
    charter.domains.get_mut(&name("work")).unwrap().rule = ruled.rule;
    charter
}

/// A history in the making.
struct Kitchen(Driver);

impl Kitchen {
    fn new() -> Self {
        let host = Host { log_key: key("log"), node: key("node") };
        let charter = raw(CHARTER).resolve(start(), host, &|of| Some(key(of.as_str()))).unwrap();
        let mut keys = StandIns::default();
        let charter = keys.charter(&charter);
        Self(Driver::found(charter, keys, start()).unwrap())
    }

    fn at(&mut self, day: u64) -> &mut Self {
        self.0.advance(start() + Span::from_days(day));
        self
    }

    fn act(&mut self, of: &str, act: Act) -> StatementId {
        let key = self.0.keys.of(&key(of));
        self.0.act(&key, act).expect("the history is made of what was admitted")
    }

    fn propose(&mut self, of: &str, title: &str, effects: Vec<Effect>) -> ProposalId {
        let why = BodyId([1; 32]);
        self.act(of, Act::Propose(Proposal { title: title.into(), why, effects, options: Vec::new(), review: None }))
            .into()
    }

    fn say(&mut self, of: &str, proposal: ProposalId, version: u32, answer: Answer) -> StatementId {
        let reason = (answer != Answer::Abstain).then_some(BodyId([2; 32]));
        self.act(of, Act::Respond(Response { proposal, version, answer, reason, weighs: Vec::new() }))
    }

    fn under(&mut self, charter: &RawCharter) -> Counterfactual {
        self.0.finish();
        run(self.0.entries(), charter).unwrap()
    }
}

fn text(domain: &str) -> Effect {
    Effect::Text { domain: name(domain), text: format!("about {domain}"), replaces: None }
}

fn of(found: &Counterfactual, title: &str) -> Compared {
    found.decisions.iter().find(|compared| compared.title == title).unwrap().clone()
}

fn day(at: u64) -> Option<Timestamp> {
    Some(start() + Span::from_days(at))
}

/// Mondays were agreed by all, Sundays objected to by cem; the cook decided about soup.
fn history() -> Kitchen {
    let mut kitchen = Kitchen::new();
    let mondays = kitchen.at(1).propose("ana", "Mondays", vec![text("work")]);
    kitchen.say("ben", mondays, 1, Answer::Agree);
    kitchen.say("cem", mondays, 1, Answer::Concern);
    let sundays = kitchen.at(10).propose("ana", "Sundays", vec![text("work")]);
    kitchen.at(11).say("ben", sundays, 1, Answer::Agree);
    kitchen.at(12).say("cem", sundays, 1, Answer::Object);
    let soup = kitchen.at(20).propose("ana", "Soup", vec![text("meals")]);
    kitchen.say("ben", soup, 1, Answer::Agree);
    kitchen
}

#[test]
fn under_its_own_charter_a_history_comes_out_as_it_was() {
    let found = history().under(&raw(CHARTER));
    assert_eq!(found.notes, [""; 0]);
    let outcomes: Vec<_> = found.decisions.iter().map(|one| (one.was.outcome.as_str(), one.differs)).collect();
    let same = Difference::Nothing;
    assert_eq!(outcomes, [("passed", same), ("not passed", same), ("passed", same)]);
    assert!(found.decisions.iter().all(|one| one.was == one.would_be && one.acts.is_empty()), "{found:#?}");
}

#[test]
fn a_vote_passes_what_an_objection_stopped_and_when() {
    let found = history().under(&with_rule(VOTE));
    let sundays = of(&found, "Sundays");
    assert_eq!((sundays.was.outcome.as_str(), sundays.was.at), ("not passed", day(17)));
    // All have answered on the third day, which is past the shortest time.
    assert_eq!((sundays.would_be.outcome.as_str(), sundays.would_be.at), ("passed", day(12)));
    assert_eq!(sundays.differs, Difference::Outcome);
    assert_eq!(sundays.would_be.why, ["work: 2 yes, 1 no, 0 abstain: 2 of 3"]);
    assert_eq!(of(&found, "Mondays").differs, Difference::Nothing);
}

#[test]
fn what_only_takes_longer_differs_by_its_date() {
    let found = history().under(&with_rule(r#"{ consent = { quorum = "1/2", minimum = "3d" } }"#));
    let mondays = of(&found, "Mondays");
    assert_eq!((mondays.differs, mondays.was.at, mondays.would_be.at), (Difference::Date, day(2), day(4)));
}

#[test]
fn a_decision_waits_for_the_advice_that_the_new_rule_asks_for() {
    let mut consult = raw(CHARTER);
    let meals = r#"
        purpose = "What we eat"
        owner = "role:cook"
        rule = { consult = { ask = ["group"], advice = "2d", closing = "4d" } }"#;
    consult.domains.insert(name("meals"), toml::from_str(meals).unwrap());
    let soup = of(&history().under(&consult), "Soup");
    assert_eq!((soup.differs, soup.was.at, soup.would_be.at), (Difference::Date, day(20), day(22)));
    assert_eq!((soup.acts.len(), soup.acts[0].member.as_str()), (1, "ben"));
    assert!(soup.acts[0].becomes.starts_with("waits for advice"), "{soup:?}");
}

#[test]
fn filing_decides_where_the_new_rule_lets_its_author_decide() {
    let mut kitchen = Kitchen::new();
    kitchen.at(1).propose("ben", "A holder's", vec![text("work")]);
    kitchen.at(1).propose("ana", "Another's", vec![text("work")]);
    let decided = |rule: &str, history: &mut Kitchen| {
        let mut charter = with_rule(rule);
        charter.domains.get_mut(&name("work")).unwrap().owner = "role:cook".parse().unwrap();
        history.under(&charter)
    };
    let found = decided("{ delegate = { closing = '4d' } }", &mut kitchen);
    let bens = of(&found, "A holder's");
    assert_eq!((bens.would_be.outcome.as_str(), bens.would_be.at), ("passed", day(1)));
    assert_eq!(bens.acts[0].becomes, "is the decision as well: its author holds the role");
    assert_eq!(of(&found, "Another's").would_be.why, ["work: no holder of the role has decided"]);
    let found = decided("{ consult = { ask = ['group'], advice = '2d' } }", &mut kitchen);
    assert_eq!(of(&found, "A holder's").would_be.at, day(3));
}

#[test]
fn what_a_domain_that_is_gone_governs_never_opens() {
    let mut less = raw(CHARTER);
    less.domains.remove(&name("meals"));
    let soup = of(&history().under(&less), "Soup");
    assert_eq!((soup.would_be.outcome.as_str(), soup.differs), ("never opened", Difference::Outcome));
    assert!(soup.would_be.why[0].contains("meals"), "{soup:?}");
    assert_eq!(soup.acts.iter().map(|act| act.act.as_str()).collect::<Vec<_>>(), ["propose", "agree"]);
}

#[test]
fn members_follow_the_history_as_far_as_it_would_have_brought_them() {
    let mut kitchen = Kitchen::new();
    let dan = Member { name: name("dan"), kind: MemberKind::Person, keys: vec![key("dan")] };
    let stand_in = Member { keys: kitchen.0.keys.all(&dan.keys), ..dan };
    let joins = kitchen.at(1).propose("ana", "Dan joins", vec![Effect::SetMember(stand_in)]);
    kitchen.say("ben", joins, 1, Answer::Agree);
    let rota = kitchen.at(20).propose("dan", "A rota", vec![text("work")]);
    kitchen.say("ana", rota, 1, Answer::Agree);
    let found = kitchen.under(&raw(CHARTER));
    assert!(found.decisions.iter().all(|one| one.differs == Difference::Nothing), "{found:#?}");

    let mut all = raw(CHARTER);
    let rule = r#"
        purpose = "Members"
        people_only = true
        rule = { consent = { quorum = "1/1" } }"#;
    all.domains.insert(name("membership"), toml::from_str(rule).unwrap());
    let found = kitchen.under(&all);
    assert_eq!(of(&found, "Dan joins").would_be.why, ["membership: 2 responded, 3 were needed"]);
    let rota = of(&found, "A rota");
    assert_eq!((rota.would_be.outcome.as_str(), rota.acts[0].member.as_str()), ("never opened", "dan"));
}

#[test]
fn the_new_charter_prevails_over_changes_of_domains_in_the_history() {
    let mut kitchen = Kitchen::new();
    let work = kitchen.0.replica().charter().domains.find(&name("work")).unwrap().clone();
    let rule = with_rule(VOTE).domains[&name("work")].rule.clone();
    let set = Effect::SetDomain(Domain { rule, ..work });
    let change = kitchen.at(1).propose("ana", "We vote from now on", vec![set]);
    kitchen.say("ben", change, 1, Answer::Agree);
    let late = kitchen.at(20).propose("ana", "Sundays", vec![text("work")]);
    kitchen.say("ben", late, 1, Answer::Agree);
    kitchen.say("cem", late, 1, Answer::Object);
    let found = kitchen.under(&raw(CHARTER));
    assert_eq!(of(&found, "We vote from now on").differs, Difference::Nothing);
    let sundays = of(&found, "Sundays");
    assert_eq!((sundays.was.outcome.as_str(), sundays.would_be.outcome.as_str()), ("passed", "not passed"));
}

#[test]
fn versions_and_agreements_keep_their_names() {
    let mut kitchen = Kitchen::new();
    let first = kitchen.at(1).propose("ana", "Mondays", vec![text("work")]);
    let objection = kitchen.say("cem", first, 1, Answer::Object);
    let why = BodyId([3; 32]);
    let content =
        Proposal { title: "Mondays, late".into(), why, effects: vec![text("work")], options: Vec::new(), review: None };
    let amendment = Amendment { proposal: first, version: 2, content, integrates: vec![objection] };
    kitchen.at(2).act("ana", Act::Amend(amendment));
    kitchen.act("cem", Act::Withdraw { target: objection });
    for of in ["ben", "cem"] {
        kitchen.say(of, first, 2, Answer::Agree);
    }
    let replaces = Some(AgreementId(first, 0));
    let effect = Effect::Text { domain: name("work"), text: "Tuesdays".into(), replaces };
    let second = kitchen.at(10).propose("ana", "Tuesdays", vec![effect]);
    kitchen.say("ben", second, 1, Answer::Agree);
    let found = kitchen.under(&with_rule(VOTE));
    assert!(found.decisions.iter().all(|one| one.would_be.outcome == "passed"), "{found:#?}");

    // Where nothing is agreed on the first day, there is nothing to replace later.
    let found = kitchen.under(&with_rule(r#"{ vote = { quorum = "1/1", yes = { at_least = "1/1" }, versions = 1 } }"#));
    assert_eq!(of(&found, "Mondays, late").would_be.outcome, "not passed");
    assert_eq!(of(&found, "Tuesdays").would_be.outcome, "never opened");
}

#[test]
fn a_charter_that_cannot_stand_is_refused_with_its_place() {
    let mut kitchen = history();
    kitchen.0.finish();
    let mut charter = raw(CHARTER);
    charter.domains.remove(&name("charter"));
    let error = run(kitchen.0.entries(), &charter).unwrap_err().to_string();
    assert!(error.contains("'kitchen'") && error.contains("domains"), "{error}");
    let history: Vec<_> = kitchen.0.entries()[1..].to_vec();
    assert!(run(&history, &raw(CHARTER)).unwrap_err().to_string().contains("entry 0"));
}

#[test]
fn a_history_whose_host_was_late_is_not_relied_on() {
    let mut kitchen = Kitchen::new();
    let mondays = kitchen.at(1).propose("ana", "Mondays", vec![text("work")]);
    kitchen.say("ben", mondays, 1, Answer::Agree);
    kitchen.say("cem", mondays, 1, Answer::Agree);
    // It could close on the second day; the host sleeps until an objection has come.
    kitchen.0.sleep(start() + Span::from_days(3));
    kitchen.say("cem", mondays, 1, Answer::Object);
    let found = kitchen.under(&raw(CHARTER));
    assert_eq!((of(&found, "Mondays").was.outcome.as_str(), found.notes.len()), ("not passed", 2));
    assert!(found.notes[0].contains("do not rely on it"), "{:?}", found.notes);
    assert!(found.notes[1].starts_with("cem, object at 2026-03-04"), "{:?}", found.notes);
}
