//! Who does what on which day: what the file has, and the approvals whose day, or whose name, it does not have.

use std::{collections::BTreeMap, path::Path};

use folkmoot_protocol::name::Name;
use folkmoot_sim::scenario::ExpectedOutcome;

use super::{
    data::{Checked, Day, Event, Thread, What},
    era::Era,
    reading::{Act, Does, Known, Story, name},
};
use crate::import::ImportError;

/// Fills in the acts of a story that is proposed on a day:
/// - what the file dates, on its day
/// - approvals that the file does not date: on the day of a ping that does not ask for them, else when the final period
///   begins
/// - the fewest approvals that the rule still needs for what the file says came of it, when the final period begins
///
/// # Errors
/// If a handle is no name.
pub(super) fn add(story: &mut Story, thread: &Thread, proposed: Day, file: &Path) -> Result<(), ImportError> {
    let propose = Act {
        day: proposed,
        by: story.author.clone(),
        does: Does::Propose,
        text: None,
        known: if thread.first(What::Propose).is_some() { Known::Day } else { Known::Nothing },
    };
    story.acts.push(propose);
    let mut objections = BTreeMap::new();
    for event in &thread.events {
        if let Some(act) = act(event, story, &mut objections, proposed, file)? {
            story.acts.push(act);
        }
    }
    approvals(story, thread, file)?;
    story.acts.sort_by_key(|act| (act.day, act.does == Does::Cancel));
    Ok(())
}

/// What an event is in the story, if it is anything.
fn act(
    event: &Event,
    story: &mut Story,
    objections: &mut BTreeMap<Name, String>,
    proposed: Day,
    file: &Path,
) -> Result<Option<Act>, ImportError> {
    let by = event.by.as_deref().map(|by| name(by, file, &story.place)).transpose()?;
    let approver = by.clone().unwrap_or_else(|| story.author.clone());
    let (by, does) = match event.what {
        What::Approve if by.as_ref() == Some(&story.author) => return Ok(None),
        What::Approve if story.reviewers.contains(&approver) => (approver, Does::Agree),
        What::Approve | What::Argue | What::Question | What::Answer => (approver, Does::Advise),
        What::Concern => {
            let label = format!("concern-{}", objections.len() + 1);
            objections.insert(approver.clone(), label.clone());
            (approver, Does::Object(label))
        }
        What::Resolve => match objections.remove(&approver) {
            Some(label) => (approver, Does::Resolve(label)),
            None => return Ok(None),
        },
        What::Cancel => {
            if by.is_some_and(|by| by != story.author) {
                story.notes.push("Somebody else cancelled it; here its author withdraws it.".into());
            }
            (story.author.clone(), Does::Cancel)
        }
        What::Merged if story.era == Era::Merge => (story.reviewers[0].clone(), Does::Agree),
        _ => return Ok(None),
    };
    Ok(Some(Act { day: event.at.max(proposed), by, does, text: event.text.clone(), known: Known::Day }))
}

/// Adds the approvals that the file does not date, and those that must have been there.
fn approvals(story: &mut Story, thread: &Thread, file: &Path) -> Result<(), ImportError> {
    let checked = match &thread.checked {
        None => Vec::new(),
        Some(Checked::Word(word)) if word == "ALL" => story.reviewers.clone(),
        Some(Checked::Word(word)) => {
            let problem = format!("checked_in_stored_copy is '{word}': give a list of handles, or \"ALL\"");
            return Err(ImportError::Data { file: file.to_owned(), place: story.place.clone(), problem });
        }
        Some(Checked::Some(handles)) => {
            handles.iter().map(|handle| name(handle, file, &story.place)).collect::<Result<_, _>>()?
        }
    };
    let Some(entered) = story.entered.map(|entered| entered.day) else { return Ok(()) };
    let ping = thread.first(What::Ping).filter(|ping| ping.at < entered);
    let mut undated = 0;
    for by in checked {
        if has_approved(story, &by) || !story.reviewers.contains(&by) {
            continue;
        }
        let asked = ping.is_some_and(|ping| ping.who.iter().any(|who| who.to_lowercase() == by.as_str()));
        let day = ping.filter(|_| !asked).map_or(entered, |ping| ping.at);
        story.acts.push(Act { day, by, does: Does::Agree, text: None, known: Known::Fact });
        undated += 1;
    }
    if undated > 0 {
        let when = if ping.is_some() { "by the ping, or " } else { "" };
        story.notes.push(format!(
            "The file does not date {undated} of the approvals: they were placed {when}on the day on which the final period began."
        ));
    }
    if story.outcome != ExpectedOutcome::Withdrawn {
        must_have_been(story, entered);
    }
    Ok(())
}

fn must_have_been(story: &mut Story, day: Day) {
    let least = story.era.least(story.reviewers.len() as u32) as usize;
    let approved = story.reviewers.iter().filter(|reviewer| has_approved(story, reviewer)).count();
    let missing: Vec<Name> =
        story.reviewers.iter().filter(|reviewer| !has_approved(story, reviewer)).cloned().collect();
    let lacking = least.saturating_sub(approved).min(missing.len());
    if lacking > 0 {
        story.notes.push(format!(
            "{lacking} of the approvals are not in the file: the fewest that the rule still needs, by those who stand first."
        ));
    }
    for by in missing.into_iter().take(lacking) {
        story.acts.push(Act { day, by, does: Does::Agree, text: None, known: Known::Nothing });
    }
}

/// Says whether somebody approves; proposing is approving.
fn has_approved(story: &Story, who: &Name) -> bool {
    story.author == *who || story.acts.iter().any(|act| act.does == Does::Agree && act.by == *who)
}
