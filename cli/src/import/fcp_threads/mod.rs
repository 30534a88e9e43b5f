//! Turns threads in which others decided into scenarios, each under the rule of its days.
//!
//! # Layout
//! - `data`: the file; `era`: the rules; `reading` and `acts`: from a thread to a story, with what had to be assumed
//! - `scenario`: the story as TOML; `trial`: runs it and compares; `notes`: the table and what was assumed, as text

mod acts;
mod data;
mod era;
mod notes;
mod reading;
mod scenario;
#[cfg(test)]
mod tests;
mod trial;

use std::path::{Path, PathBuf};

use serde::Serialize;

use self::{data::File, reading::Story};
pub(crate) use self::{
    notes::cells,
    trial::{Compared, Row},
};
use super::{ImportError, write};

/// Says what was made of a file of threads.
#[derive(Debug, Serialize)]
pub(crate) struct ThreadsReport {
    /// How many threads, and scenarios.
    pub(crate) threads: usize,
    /// How each ended, and ends here; empty if they were not run.
    pub(crate) rows: Vec<Row>,
}

impl ThreadsReport {
    /// The threads that end otherwise.
    pub(crate) fn differing(&self) -> Vec<&str> {
        let differ = self.rows.iter().filter(|row| row.compared == Compared::Differs);
        differ.map(|row| row.thread.as_str()).collect()
    }
}

/// Turns a file of decision threads into scenarios, one file each, and `notes.md`:
/// - the reviewers are members who sign off by the rule of the thread's days
/// - what the file does not know is assumed, and the scenario says so
/// - with `check` each is run, and `notes.md` has a table of how it ends and how the thread ended
/// - `out` must not exist or be empty; it is filled whole, or not at all
///
/// # Errors
/// The first thread of which no scenario can be made, and why `out` cannot be written.
pub(crate) fn fcp_threads(from: &Path, out: &Path, check: bool) -> Result<ThreadsReport, ImportError> {
    let out = write::vacant(out)?;
    let data = File::read(from)?;
    let mut files = Vec::new();
    let (mut rows, mut stories) = (Vec::new(), Vec::new());
    for (at, thread) in data.threads.iter().enumerate() {
        let story = Story::of(thread, &data.threads, from)?;
        let name = PathBuf::from(format!("{:02}-{}.toml", at + 1, slug(&story.place)));
        let start = story.start().ok_or_else(|| ImportError::Data {
            file: from.to_owned(),
            place: story.place.clone(),
            problem: "nobody does anything in it: give it events".to_owned(),
        })?;
        let text = scenario::text(&story, start).map_err(|source| ImportError::Text { file: name.clone(), source })?;
        if check {
            rows.push(trial::row(&story, start, &text, &name)?);
        }
        files.push((name, text));
        stories.push(story);
    }
    files.push(("notes.md".into(), notes::text(&stories, &rows)));
    let report = ThreadsReport { threads: stories.len(), rows };
    write::all(&out, files)?;
    Ok(report)
}

/// A place as part of a file's name.
fn slug(place: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    place.chars().map(plain).collect()
}
