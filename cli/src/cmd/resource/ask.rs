//! What is asked of whom, as people write it: `GROUP/RESOURCE=AMOUNT@FROM..UNTIL`.

use folkmoot_node::control::view::{LineDraft, PortionDraft};
use jiff::{civil::DateTime, tz::TimeZone};

use crate::{client::Client, cmd::CliError};

/// How much and when, for what does not say so itself.
#[derive(Debug, Default, clap::Args)]
pub(super) struct WhenArgs {
    /// How much, for what does not say: a whole number, with the unit or without
    #[arg(long)]
    pub(super) amount: Option<String>,
    /// From when: 2026-12-05, 2026-12-05T19:00 in your time zone, or +7d; nothing for a stock
    #[arg(long)]
    pub(super) from: Option<String>,
    /// Until when; left out for a budget, to the end of the period
    #[arg(long)]
    pub(super) until: Option<String>,
}

impl WhenArgs {
    /// Says whether no flag is given.
    pub(super) fn is_empty(&self) -> bool {
        self.amount.is_none() && self.from.is_none() && self.until.is_none()
    }

    /// These flags where they say something, else what was.
    pub(super) fn or(&self, was: &PortionDraft) -> PortionDraft {
        PortionDraft {
            amount: self.amount.clone().unwrap_or_else(|| was.amount.clone()),
            from: self.from.as_deref().map(moment).or_else(|| was.from.clone()),
            until: self.until.as_deref().map(moment).or_else(|| was.until.clone()),
        }
    }
}

/// One thing that is asked, before it is known who stewards it.
#[derive(Debug, PartialEq, Eq)]
struct Ask {
    group: Option<String>,
    resource: String,
    portion: PortionDraft,
}

/// The lines of what is asked; several windows of one resource make one line.
///
/// # Errors
/// If something is not written so, or it is not clear who stewards it.
pub(super) async fn lines(asks: &[String], when: &WhenArgs, client: &Client) -> Result<Vec<LineDraft>, CliError> {
    let mut lines: Vec<LineDraft> = Vec::new();
    for text in asks {
        let ask = ask(text, when)?;
        let steward = match ask.group {
            Some(group) => group,
            None => super::find(client, &ask.resource, 1).await?.group_id,
        };
        match lines.iter_mut().find(|line| line.steward == steward && line.resource == ask.resource) {
            Some(line) => line.portions.push(ask.portion),
            None => lines.push(LineDraft { steward, resource: ask.resource, portions: vec![ask.portion] }),
        }
    }
    Ok(lines)
}

fn ask(text: &str, when: &WhenArgs) -> Result<Ask, CliError> {
    let form =
        || CliError::Input(format!("'{text}': write it as GROUP/RESOURCE=AMOUNT, with @FROM..UNTIL if it has a time"));
    let (path, rest) = text.split_once('=').map_or((text, None), |(path, rest)| (path, Some(rest)));
    let (amount, window) = match rest.map(|rest| rest.split_once('@').map_or((rest, None), |(a, w)| (a, Some(w)))) {
        Some((amount, window)) => (Some(amount), window),
        None => (None, None),
    };
    let (from, until) = match window {
        Some(window) => {
            let (from, until) = window.split_once("..").ok_or_else(form)?;
            (Some(moment(from)), (!until.is_empty()).then(|| moment(until)))
        }
        None => (when.from.as_deref().map(moment), when.until.as_deref().map(moment)),
    };
    let amount = amount.map(str::to_owned).or_else(|| when.amount.clone());
    let amount = amount.ok_or_else(|| CliError::Input(format!("say how much of '{path}': --amount 3, or {path}=3")))?;
    let (group, resource) = match path.split_once('/') {
        Some((group, resource)) => (Some(group.to_owned()), resource),
        None => (None, path),
    };
    if resource.is_empty() || amount.is_empty() || group.as_ref().is_some_and(String::is_empty) {
        return Err(form());
    }
    Ok(Ask { group, resource: resource.to_owned(), portion: PortionDraft { amount, from, until } })
}

/// How much of what and when, where both are written: `RESOURCE=AMOUNT@FROM..UNTIL`.
pub(super) fn portion(text: &str) -> Option<(String, PortionDraft)> {
    let ask = ask(text, &WhenArgs::default()).ok().filter(|ask| ask.group.is_none())?;
    Some((ask.resource, ask.portion))
}

/// A moment in a form that the node reads: a time of day without a zone is meant in the user's.
pub(super) fn moment(text: &str) -> String {
    let local = text.contains(':').then(|| text.parse::<DateTime>().ok()).flatten();
    let zoned = local.and_then(|local| local.to_zoned(TimeZone::system()).ok());
    zoned.map_or_else(|| text.to_owned(), |zoned| zoned.timestamp().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portion(amount: &str, from: Option<&str>, until: Option<&str>) -> PortionDraft {
        PortionDraft { amount: amount.into(), from: from.map(String::from), until: until.map(String::from) }
    }

    #[test]
    fn what_is_asked_says_who_how_much_and_when() {
        let flags = WhenArgs { amount: Some("2".into()), from: Some("+7d".into()), until: Some("+8d".into()) };
        for (text, group, resource, expected) in [
            ("bakery/hall", Some("bakery"), "hall", portion("2", Some("+7d"), Some("+8d"))),
            ("hall=1", None, "hall", portion("1", Some("+7d"), Some("+8d"))),
            ("b/hall=3 hours@+1d..+2d", Some("b"), "hall", portion("3 hours", Some("+1d"), Some("+2d"))),
            ("b/money=5@2026-12-01..", Some("b"), "money", portion("5", Some("2026-12-01"), None)),
        ] {
            let found = ask(text, &flags).unwrap();
            assert_eq!((found.group.as_deref(), found.resource.as_str(), found.portion), (group, resource, expected));
        }
        for (text, says) in [("/hall=1", "GROUP/RESOURCE"), ("hall=1@soon", "@FROM..UNTIL"), ("hall", "say how much")] {
            let error = ask(text, &WhenArgs::default()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_time_of_day_is_meant_in_the_users_zone() {
        assert!(moment("2026-12-05 19:00").ends_with('Z') && moment("2026-12-05T19:00").ends_with('Z'));
        for same in ["2026-12-05", "+7d", "2026-12-05T19:00:00Z"] {
            assert_eq!(moment(same), same);
        }
    }
}
