//! Printing: words for people, JSON for programs.

pub(crate) mod table;

use std::io::{self, IsTerminal as _, Write as _};

use folkmoot_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use self::table::{Grid, Place, Tone};

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON instead of words.
    pub(crate) json: bool,
    colour: bool,
}

impl Output {
    /// Words without colour, wherever a test runs.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { json: false, colour: false };

    /// Colour only on a terminal, and not where `NO_COLOR` is set (no-color.org).
    pub(crate) fn new(json: bool) -> Self {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { json, colour }
    }

    /// Prints `value` as JSON, or else what `words` says.
    ///
    /// # Errors
    /// If standard output is gone.
    pub(crate) fn show<T: Serialize>(self, value: &T, words: impl FnOnce(&T) -> String) -> io::Result<()> {
        if self.json { self.json_line(value) } else { self.line(&harmless(&words(value))) }
    }

    /// Prints one line.
    ///
    /// # Errors
    /// If standard output is gone.
    pub(crate) fn line(self, text: &str) -> io::Result<()> {
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

    /// Where a table is printed.
    pub(crate) fn place(self) -> Place {
        Place { width: terminal_width(), colour: self.colour }
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

/// A table that fits the terminal, in plain words.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut grid = Grid::new(header);
    rows.into_iter().for_each(|row| grid.row(row.into_iter().map(|text| (text, Tone::Plain))));
    grid.render(Place { width: terminal_width(), colour: false })
}

/// Names with their values, as wide as the terminal at most.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    fields_within(fields, terminal_width())
}

fn fields_within(fields: &[(&str, String)], width: Option<usize>) -> String {
    let mut grid = Grid::new(&["", ""]);
    fields.iter().for_each(|(name, value)| grid.row([name.to_string(), value.clone()].map(|text| (text, Tone::Plain))));
    let text = grid.render(Place { width: width.map(|width| width.saturating_sub(2)), colour: false });
    // Without the empty heading.
    indent(text.split_once('\n').map_or("", |(_, rows)| rows), "  ")
}

/// The columns of the terminal that standard output is, if it is one.
fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from).filter(|&width| width > 0)
}

/// Takes out what would do more on a terminal than show text: everything but line ends, tabs and colours.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n' && c != '\t') {
        out.push_str(&rest[..at]);
        let from = &rest[at..];
        let colour = from.strip_prefix("\x1b[").and_then(|after| {
            let len = after.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            after[len..].starts_with('m').then_some(2 + len + 1)
        });
        match colour {
            Some(len) => {
                out.push_str(&from[..len]);
                rest = &from[len..];
            }
            None => {
                out.push('\u{fffd}');
                rest = from.split_at(from.chars().next().map_or(0, char::len_utf8)).1;
            }
        }
    }
    out.push_str(rest);
    out
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

/// A number of bytes in the largest unit that fits.
pub(crate) fn bytes(count: u64) -> String {
    let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let fits = units.iter().find(|(size, _)| count >= *size);
    fits.map_or_else(|| format!("{count} bytes"), |(size, unit)| format!("{} {unit}", count / size))
}

/// The first nine characters of an id: a letter and eight digits.
pub(crate) fn short(id: &str) -> &str {
    id.get(..9).unwrap_or(id)
}

/// Indents every line.
pub(crate) fn indent(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_steer_the_terminal() {
        for (text, shown) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("\x1b[1mbold\x1b[0m", "\x1b[1mbold\x1b[0m"),
            ("\x1b[2Jgone", "\u{fffd}[2Jgone"),
            ("\x1b]0;title\x07", "\u{fffd}]0;title\u{fffd}"),
            ("\u{9b}31m\r", "\u{fffd}31m\u{fffd}"),
            ("end\x1b[3", "end\u{fffd}[3"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn fields_wrap_under_each_other() {
        let text = fields_within(
            &[("id", format!("g{}", "0123456789abcdef".repeat(4))), ("name", "庭園の会".into())],
            Some(60),
        );
        let expected = [
            "  id    g0123456789abcdef0123456789abcdef0123456789abcdef012",
            "        3456789abcdef",
            "  name  庭園の会",
        ];
        assert_eq!(text, expected.join("\n"));
    }
}
