//! Tables that fit the terminal: what is long is wrapped, what matters less is left out.
//!
//! Where standard output is no terminal every row is one line of the width that it needs, so that scripts and tests
//! read the same everywhere.

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Row, Table, TableStyle, Width};
use unicode_width::UnicodeWidthStr as _;

/// Space between two columns.
const GAP: usize = 2;
/// The narrowest that the widest column gets while there are columns to leave out.
const READABLE: usize = 24;
/// The narrowest that any column gets: two wide characters and a gap's worth.
const NARROWEST: usize = 4;

/// What a cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing in particular.
    Plain,
    /// Green where there is colour.
    Good,
    /// Red where there is colour.
    Bad,
}

/// A table before its width is known.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    header: Vec<String>,
    rows: Vec<Vec<(String, Tone)>>,
    spare: Vec<&'static str>,
}

/// Where a table is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The columns of the terminal; none if there is no terminal.
    pub(crate) width: Option<usize>,
    /// Whether there is colour.
    pub(crate) colour: bool,
}

impl Grid {
    /// A table with these headings.
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|&word| word.to_owned()).collect(), rows: Vec::new(), spare: Vec::new() }
    }

    /// Names the columns to leave out where there is no room for the others, the first one first.
    pub(crate) fn spare(mut self, spare: &[&'static str]) -> Self {
        self.spare = spare.to_vec();
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = (String, Tone)>) {
        // What others wrote must neither move the cursor nor break the row.
        let one_line = |text: String| text.replace(|c: char| c.is_control(), " ");
        self.rows.push(cells.into_iter().map(|(text, tone)| (one_line(text), tone)).collect());
    }

    /// Renders it, no line wider than the place.
    pub(crate) fn render(&self, place: Place) -> String {
        let mut shown: Vec<usize> = (0..self.header.len()).collect();
        let natural: Vec<usize> = shown.iter().map(|&column| self.natural(column)).collect();
        let mut cap = usize::MAX;
        if let Some(width) = place.width {
            let mut spare = self.spare.iter();
            loop {
                let widths: Vec<usize> = shown.iter().map(|&column| natural[column]).collect();
                cap = fit(&widths, width);
                let cramped = cap < widths.iter().copied().max().unwrap_or(0).min(READABLE);
                let Some(next) = spare.next().filter(|_| cramped) else { break };
                shown.retain(|&column| self.header[column] != *next);
            }
        }
        let widths: Vec<usize> = shown.iter().map(|&column| natural[column].min(cap)).collect();
        self.lay_out(&shown, &widths, place)
    }

    fn natural(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|(text, _)| text.width());
        cells.chain([self.header[column].width()]).max().unwrap_or(0)
    }

    fn lay_out(&self, shown: &[usize], widths: &[usize], place: Place) -> String {
        let mut table = Table::new();
        table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
        // Wide enough for what the columns ask: they alone decide.
        let total = widths.iter().map(|width| width + GAP).sum::<usize>();
        table.set_width(u16::try_from(total).unwrap_or(u16::MAX));
        if place.colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.set_header(shown.iter().map(|&column| Cell::new(&self.header[column])));
        for cells in &self.rows {
            let mut row = Row::new();
            for (text, tone) in shown.iter().filter_map(|&column| cells.get(column)) {
                row.add_cell(match tone {
                    Tone::Plain => Cell::new(text),
                    Tone::Good => Cell::new(text).fg(Color::DarkGreen),
                    Tone::Bad => Cell::new(text).fg(Color::DarkRed),
                });
            }
            table.add_row(row);
        }
        for (column, width) in table.column_iter_mut().zip(widths) {
            column.set_padding((0, GAP as u16));
            let width = u16::try_from(width + GAP).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
        table.trim_fmt()
    }
}

/// The width above which columns are cut so that together they fit: the widest ones give way first.
fn fit(natural: &[usize], width: usize) -> usize {
    let room = width.saturating_sub(GAP * natural.len().saturating_sub(1));
    let taken = |cap: usize| natural.iter().map(|&column| column.min(cap)).sum::<usize>();
    (NARROWEST..=room).rev().find(|&cap| taken(cap) <= room).unwrap_or(NARROWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposals() -> Grid {
        let mut grid =
            Grid::new(&["id", "group", "domain", "state", "closes", "title"]).spare(&["domain", "closes", "group"]);
        let rows = [
            [
                "p4d1b7c6b",
                "kitchen",
                "work",
                "open",
                "in 6d",
                "Meet on Mondays at seven in the evening, and eat together",
            ],
            [
                "p77c01aa2",
                "庭園の会",
                "purchases",
                "not passed",
                "2d ago",
                "新しい鋤と種を買う、そして春までに温室の屋根を直す",
            ],
            ["p0000000f", "kitchen", "charter, membership", "passed", "12h ago", "Żółć"],
        ];
        for row in rows {
            let tone = |text: &str| match text {
                "passed" => Tone::Good,
                "not passed" => Tone::Bad,
                _ => Tone::Plain,
            };
            grid.row(row.map(|text| (text.to_owned(), tone(text))));
        }
        grid
    }

    fn at(width: usize) -> String {
        proposals().render(Place { width: Some(width), colour: false })
    }

    fn widest(text: &str) -> usize {
        text.lines().map(|line| line.width()).max().unwrap()
    }

    #[test]
    fn sixty_columns() {
        let expected = [
            "id         group     state       title",
            "p4d1b7c6b  kitchen   open        Meet on Mondays at seven in",
            "                                 the evening, and eat",
            "                                 together",
            "p77c01aa2  庭園の会  not passed  新しい鋤と種を買う、そして",
            "                                 春までに温室の屋根を直す",
            "p0000000f  kitchen   passed      Żółć",
        ]
        .join("\n");
        assert_eq!(at(60), expected);
    }

    #[test]
    fn eighty_columns() {
        let expected = [
            "id         group     state       closes   title",
            "p4d1b7c6b  kitchen   open        in 6d    Meet on Mondays at seven in the",
            "                                          evening, and eat together",
            "p77c01aa2  庭園の会  not passed  2d ago   新しい鋤と種を買う、そして春までに温室",
            "                                          の屋根を直す",
            "p0000000f  kitchen   passed      12h ago  Żółć",
        ]
        .join("\n");
        assert_eq!(at(80), expected);
    }

    #[test]
    fn a_hundred_and_twenty_columns() {
        let expected = [
                "id         group     domain               state       closes   title",
                "p4d1b7c6b  kitchen   work                 open        in 6d    Meet on Mondays at seven in the evening, and eat together",
                "p77c01aa2  庭園の会  purchases            not passed  2d ago   新しい鋤と種を買う、そして春までに温室の屋根を直す",
                "p0000000f  kitchen   charter, membership  passed      12h ago  Żółć",
            ]
            .join("\n");
        assert_eq!(at(120), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 40..140 {
            let text = at(width);
            assert!(widest(&text) <= width, "{width}:\n{text}");
            for id in ["p4d1b7c6b", "p77c01aa2", "p0000000f"] {
                assert!(text.contains(id), "{width}:\n{text}");
            }
        }
    }

    #[test]
    fn without_a_terminal_a_row_is_a_line() {
        let text = proposals().render(Place { width: None, colour: false });
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(text.contains("新しい鋤と種を買う、そして春までに温室の屋根を直す"), "{text}");
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn colour_takes_no_room() {
        let coloured = proposals().render(Place { width: Some(60), colour: true });
        assert!(coloured.contains("\x1b["), "{coloured}");
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\x1b') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        assert_eq!(trimmed(&plain), trimmed(&at(60)));
    }

    #[test]
    fn a_title_cannot_move_the_cursor() {
        let mut grid = Grid::new(&["title"]);
        grid.row([("a\x1b[2Jb\nc".to_owned(), Tone::Plain)]);
        assert_eq!(grid.render(Place { width: None, colour: false }), "title\na [2Jb c");
    }
}
