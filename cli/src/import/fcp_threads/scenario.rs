//! A story as a scenario file.

use std::{collections::BTreeMap, fmt::Write as _};

use folkmoot_protocol::{
    charter::{CHARTER, Owner, Participation, RawCharter, RawHolder, RawMember, RawRole, Stakes, Times},
    name::Name,
    time::{RawDate, Span},
};
use folkmoot_sim::scenario::ExpectedOutcome;
use serde::Serialize;

use super::{
    data::Day,
    reading::{Act, Does, Known, Story},
};
use crate::import::charters::{SIGN_OFF, consent, for_people, plain};

/// The domain in which every member may object, where the rule has it.
const IMPACTED: &str = "impacted";
/// The only proposal of a scenario.
pub(super) const LABEL: &str = "thread";
const GROUP: &str = "team";
const NODE: &str = "alpha";
const DAY_HOURS: u64 = 24;

#[derive(Serialize)]
struct File {
    name: String,
    description: String,
    duration: Span,
    nodes: BTreeMap<&'static str, toml::Table>,
    groups: BTreeMap<&'static str, toml::Table>,
    steps: Vec<Step>,
    expect: Vec<Expect>,
}

#[derive(Serialize, Default)]
struct Step {
    at: Span,
    r#as: String,
    group: &'static str,
    r#do: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    objection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    effects: Vec<toml::Table>,
}

#[derive(Serialize)]
struct Expect {
    proposal: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_after: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_before: Option<Span>,
}

/// The scenario of a story, as TOML; `start` is its first day.
///
/// # Errors
/// If it cannot be written as TOML.
pub(super) fn text(story: &Story, start: Day) -> Result<String, toml::ser::Error> {
    let expect = expect(story, start);
    let last = story.acts.iter().map(|act| act.day).max().unwrap_or(start);
    let end = expect.closed_before.unwrap_or(span(last.since(start) + 1));
    let mut group = toml::Table::try_from(charter(story))?;
    group.remove("name");
    group.insert("node".into(), NODE.into());
    let steps = story.acts.iter().enumerate().map(|(at, act)| step(story, start, at, act)).collect();
    let file = File {
        name: super::slug(&story.place),
        description: description(story, start),
        duration: end,
        nodes: BTreeMap::from([(NODE, toml::Table::new())]),
        groups: BTreeMap::from([(GROUP, group)]),
        steps,
        expect: vec![expect],
    };
    toml::to_string_pretty(&file)
}

fn description(story: &Story, start: Day) -> String {
    let mut text = format!("{}\n{}\nRule: {}. Day 0 is {start}.\n", story.title, story.url, story.era.word());
    for note in &story.notes {
        let _ = writeln!(text, "- {note}");
    }
    text
}

fn charter(story: &Story) -> RawCharter {
    let holder = |member: &Name| RawHolder { member: member.clone(), from: None, until: RawDate("+3650d".into()) };
    let purpose = "Signs off decisions of the thread's team";
    let role = RawRole {
        purpose: purpose.into(),
        holders: story.reviewers.iter().map(holder).collect(),
        filled_in: None,
        represents: None,
    };
    let owner = Owner::Role(plain(SIGN_OFF));
    let mut domains = BTreeMap::from([
        (plain(CHARTER), for_people("The charter itself", Owner::Group, Stakes::High, consent(10))),
        (plain(SIGN_OFF), for_people("What the thread decides", owner, Stakes::High, story.era.rule())),
    ]);
    if let Some(rule) = story.era.members_rule() {
        let domain = for_people("What members of impacted teams may object to", Owner::Group, Stakes::High, rule);
        domains.insert(plain(IMPACTED), domain);
    }
    RawCharter {
        resources: Default::default(),
        name: plain(GROUP),
        purpose: format!("{}: {}", story.team, story.title),
        values: Vec::new(),
        times: Times::default(),
        participation: Participation::default(),
        members: story.reviewers.iter().chain(&story.others).map(|name| (name.clone(), RawMember::default())).collect(),
        roles: BTreeMap::from([(plain(SIGN_OFF), role)]),
        domains,
    }
}

fn step(story: &Story, start: Day, number: usize, act: &Act) -> Step {
    let hours = act.day.since(start).unsigned_abs() * DAY_HOURS + DAY_HOURS / 2;
    // One after the other, in the order of the file, around noon.
    let at = Span::from_secs(hours * 3600 + number as u64 * 60);
    let base = Step { at, r#as: act.by.to_string(), group: GROUP, proposal: Some(LABEL), ..Step::default() };
    match &act.does {
        Does::Propose => Step {
            r#do: "propose",
            title: Some(story.title.clone()),
            why: Some(format!("See {}", story.url)),
            effects: effects(story),
            ..base
        },
        Does::Agree => Step { r#do: "agree", why: Some(said(act)), ..base },
        Does::Advise => Step { r#do: "advise", why: Some(said(act)), ..base },
        Does::Object(label) => Step { r#do: "object", why: Some(said(act)), objection: Some(label.clone()), ..base },
        Does::Resolve(label) => Step { r#do: "withdraw", proposal: None, objection: Some(label.clone()), ..base },
        Does::Cancel => Step { r#do: "withdraw", ..base },
    }
}

fn said(act: &Act) -> String {
    match (act.known, &act.text) {
        (_, Some(text)) => text.clone(),
        (Known::Day, None) => "On this day by the record.".into(),
        (Known::Fact, None) => "By the record, which does not say on which day.".into(),
        (Known::Nothing, None) => "Not in the record, which only shows that so many must have approved.".into(),
    }
}

fn effects(story: &Story) -> Vec<toml::Table> {
    let impacted = story.era.members_rule().map(|_| IMPACTED);
    let text = |domain: &str| {
        let agreement: toml::Table = [("domain", domain), ("text", &story.title)]
            .map(|(key, value)| (key.into(), value.into()))
            .into_iter()
            .collect();
        toml::Table::from_iter([("text".to_owned(), toml::Value::Table(agreement))])
    };
    [Some(SIGN_OFF), impacted].into_iter().flatten().map(text).collect()
}

/// It ends as the file says, on the day that it says; where that is what a person did afterwards, at the latest then.
fn expect(story: &Story, start: Day) -> Expect {
    let ended = story.ended.map(|ended| ended.day);
    let (first, last) = match story.outcome {
        ExpectedOutcome::Open => (None, None),
        _ => ([ended, story.due()].into_iter().flatten().min(), ended.or(story.due())),
    };
    Expect {
        proposal: LABEL,
        outcome: story.outcome.word(),
        closed_after: first.map(|day| span(day.since(start))),
        closed_before: last.map(|day| span(day.since(start) + 1)),
    }
}

fn span(days: i64) -> Span {
    Span::from_days(days.unsigned_abs())
}
