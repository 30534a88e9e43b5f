//! Printing: words for people, JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, TableStyle};
use folkmoot_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON instead of words.
    pub(crate) json: bool,
    colour: bool,
    silent: bool,
}

impl Output {
    /// Colour only on a terminal, and not where `NO_COLOR` is set (no-color.org).
    pub(crate) fn new(json: bool) -> Self {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { json, colour, silent: false }
    }

    /// Prints `value` as JSON, or else what `words` says.
    ///
    /// # Errors
    /// If standard output is gone.
    pub(crate) fn show<T: Serialize>(self, value: &T, words: impl FnOnce(&T) -> String) -> io::Result<()> {
        if self.json { self.json_line(value) } else { self.line(&words(value)) }
    }

    /// The same, but nothing is printed.
    pub(crate) fn silenced(self) -> Self {
        Self { silent: true, ..self }
    }

    /// Prints one line.
    ///
    /// # Errors
    /// If standard output is gone.
    pub(crate) fn line(self, text: &str) -> io::Result<()> {
        if self.silent {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{}", text.trim_end())?;
        out.flush()
    }

    /// Prints `value` as one line of JSON.
    ///
    /// # Errors
    /// If standard output is gone.
    pub(crate) fn json_line<T: Serialize>(self, value: &T) -> io::Result<()> {
        let text = serde_json::to_string(value).map_err(io::Error::other)?;
        self.line(&text)
    }

    /// Bold on a terminal.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Green on a terminal.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Red on a terminal.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A table that fits the terminal.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.to_string()
}

/// A date in the user's time zone.
pub(crate) fn local(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(time) => time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
        Err(_) => time.to_owned(),
    }
}

/// How far a date is away, in the largest unit that fits.
pub(crate) fn from_now(time: &str, now: Timestamp) -> String {
    let Ok(at) = time.parse::<Timestamp>() else { return time.to_owned() };
    let coarse = |millis: u64| {
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
        let fits = units.iter().find(|(size, _)| millis >= *size);
        fits.map_or_else(|| "0s".into(), |(size, unit)| format!("{}{unit}", millis / size))
    };
    if at >= now {
        format!("in {}", coarse(at.since(now).millis()))
    } else {
        format!("{} ago", coarse(now.since(at).millis()))
    }
}

/// The first nine characters of an id: a letter and eight digits.
pub(crate) fn short(id: &str) -> &str {
    id.get(..9).unwrap_or(id)
}

/// Indents every line.
pub(crate) fn indent(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect::<String>().trim_end().to_owned()
}
