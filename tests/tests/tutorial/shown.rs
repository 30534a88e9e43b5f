//! Holds what a page shows against what was printed: what is made anew in every run is learned, the rest has to be there.
//!
//! - Ids (`p4d1b7c6b`, `did:key:z6Mk…`) are other ones in every run. The first time that a page shows one it stands for
//!   the one that was printed, and from then on for no other: also in what the page says to type next.
//! - Dates are dates, whichever.
//! - `…` stands for anything: alone for any lines, in a line for any words, at the end of a word for the rest of it.
//! - Lines without words, and how many spaces there are, say nothing.

use std::collections::BTreeMap;

/// What the page's ids stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids(BTreeMap<String, String>);

impl Ids {
    /// Takes what a page shows for what was printed, and learns the ids.
    ///
    /// # Errors
    /// The lines that fit, where something else was printed.
    pub(crate) fn learn(&mut self, shown: &[String], printed: &str) -> Result<(), Vec<String>> {
        let shown: Vec<&str> = shown.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
        let printed: Vec<&str> = printed.lines().filter(|line| !line.trim().is_empty()).collect();
        let mut furthest = 0;
        let line = |ids: &Self, shown: &&str, printed: &&str, at: usize| {
            let (shown, printed) = (pieces(shown), pieces(printed));
            let fits = fit(ids, &shown, &printed, 0, &mut |ids, shown, printed, _| ids.piece(shown, printed))?;
            furthest = furthest.max(at + 1);
            Some(fits)
        };
        match fit(self, &shown, &printed, 0, &mut { line }) {
            Some(ids) => *self = ids,
            None => return Err(shown[..furthest].iter().map(|line| (*line).to_owned()).collect()),
        }
        Ok(())
    }

    /// What a page says to type, with the ids that were printed.
    pub(crate) fn put_into(&self, script: &str) -> String {
        pieces_with_spaces(script).into_iter().map(|piece| self.0.get(piece).map_or(piece, String::as_str)).collect()
    }

    fn piece(&self, shown: &&str, printed: &&str) -> Option<Self> {
        if let Some(real) = self.0.get(*shown) {
            return (real == printed).then(|| self.clone());
        }
        if is_id(shown) && is_id(printed) && shown.len() == printed.len() && shown[..1] == printed[..1] {
            // One that is known already is not another one as well.
            let taken = self.0.values().any(|real| real == printed);
            let mut ids = self.clone();
            ids.0.insert((*shown).to_owned(), (*printed).to_owned());
            return (!taken).then_some(ids);
        }
        let same = shown == printed
            || shown.strip_suffix('…').is_some_and(|start| !start.is_empty() && same_start(start, printed))
            || is_date(shown) && is_date(printed);
        same.then(|| self.clone())
    }
}

/// The start of what is an id in every run another one is only its kind.
fn same_start(start: &str, printed: &str) -> bool {
    let kind = ["did:key:z6Mk", "moot-ticket1"].into_iter().find(|kind| start.starts_with(kind));
    printed.starts_with(kind.unwrap_or(start))
}

/// Fits a pattern with wildcards to items, one after the other; gives back what was learned on the way.
fn fit<'a>(
    ids: &Ids,
    shown: &[&'a str],
    printed: &[&'a str],
    at: usize,
    one: &mut impl FnMut(&Ids, &&'a str, &&'a str, usize) -> Option<Ids>,
) -> Option<Ids> {
    let Some((first, rest)) = shown.split_first() else { return printed.is_empty().then(|| ids.clone()) };
    if first.trim() == "…" {
        return (0..=printed.len()).find_map(|skip| fit(ids, rest, &printed[skip..], at + 1, one));
    }
    let (next, others) = printed.split_first()?;
    let ids = one(ids, first, next, at)?;
    fit(&ids, rest, others, at + 1, one)
}

fn pieces(line: &str) -> Vec<&str> {
    pieces_with_spaces(line).into_iter().filter(|piece| !piece.trim().is_empty()).collect()
}

/// Words with what ids and dates are made of, and what lies between them.
fn pieces_with_spaces(text: &str) -> Vec<&str> {
    let of_word = |c: char| c.is_alphanumeric() || ":-_…".contains(c);
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside = |c: char| of_word(c) == of_word(first) && c.is_whitespace() == first.is_whitespace();
        let (piece, after) = rest.split_at(rest.find(|c| !inside(c)).unwrap_or(rest.len()));
        // 'p4d1b7c6b:' is an id and a colon.
        let word = piece.trim_end_matches([':', '-']);
        let cut = if word.is_empty() { piece.len() } else { word.len() };
        pieces.extend([&piece[..cut], &piece[cut..]].into_iter().filter(|part| !part.is_empty()));
        rest = after;
    }
    pieces
}

/// A letter and a hash, whole or shortened; or a key.
fn is_id(word: &str) -> bool {
    let hash = |rest: &str| [8, 64].contains(&rest.len()) && rest.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    word.starts_with("did:key:z6Mk") && word.len() == 56 || word.get(1..).is_some_and(hash)
}

fn is_date(word: &str) -> bool {
    word.len() >= 8 && word.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(ids: &mut Ids, shown: &str, printed: &str) -> bool {
        let shown: Vec<String> = shown.lines().map(str::to_owned).collect();
        ids.learn(&shown, printed).is_ok()
    }

    #[test]
    fn what_is_not_shown_as_it_was_printed_is_found() {
        for (shown, printed, fits) in [
            ("passed", "passed", true),
            ("passed", "not passed", false),
            ("passed", "passed\nand more", false),
            ("passed\n…", "passed\nand more", true),
            ("…\nlast", "first\nsecond\nlast", true),
            ("…\nlast", "first\nlast\nmore", false),
            ("one\n\n  two", "one\ntwo", true),
            ("one\nthree", "one\ntwo", false),
            ("open until 2026-11-28 16:19:23 UTC.", "open until 2027-01-01 00:00:00 UTC.", true),
            ("open until 2026-11-28 16:19:23 UTC.", "open until soon", false),
            ("its log is … by you", "its log is /tmp/x/node.log by you", true),
            ("did:key:z6MkvC…", "did:key:z6MkhfP128Rz7wwHbDsKzRR7sCiYs7v1PhhxY9BoEVpL5pv5", true),
            ("2 of 3", "3 of 3", false),
        ] {
            assert_eq!(learn(&mut Ids::default(), shown, printed), fits, "{shown} and {printed}");
        }
    }

    #[test]
    fn an_id_stands_for_one_id() {
        let mut ids = Ids::default();
        assert!(learn(&mut ids, "p11111111  Buy (g22222222)", "paaaaaaaa Buy (gbbbbbbbb)"));
        assert_eq!(ids.put_into("moot why p11111111 # g22222222:"), "moot why paaaaaaaa # gbbbbbbbb:");
        for (shown, printed, fits) in [
            ("p11111111", "paaaaaaaa", true),
            ("p11111111", "pcccccccc", false),
            ("p33333333", "paaaaaaaa", false),
            ("p33333333", "gcccccccc", false),
            ("p33333333", "pcccccccc", true),
        ] {
            assert_eq!(learn(&mut ids.clone(), shown, printed), fits, "{shown} and {printed}");
        }
    }
}
