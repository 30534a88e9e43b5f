//! What members wrote, in Markdown that it cannot break out of (CommonMark 0.31, GitHub's tables among it).

/// One line of text: line ends become spaces, and nothing in it is markup.
pub(super) fn inline(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    escaped(&words.join(" "))
}

/// A quotation of text of any length.
pub(super) fn quote(text: &str) -> String {
    lines(text).map(|line| if line.is_empty() { ">\n".to_owned() } else { format!("> {line}\n") }).collect()
}

/// An item of a list; further lines belong to it.
pub(super) fn item(text: &str) -> String {
    let text: Vec<String> = lines(text).filter(|line| !line.is_empty()).collect();
    // An empty one below a line of text would make that a heading.
    let text = if text.is_empty() { "(nothing)".to_owned() } else { text.join("\n  ") };
    format!("- {text}\n")
}

/// An item below the one before: nothing that a member wrote can look like it, because their hyphens are escaped.
pub(super) fn subitem(text: &str) -> String {
    format!("  {}", item(text).replace("\n  ", "\n    "))
}

/// A text in the front matter, which is YAML: JSON's quotation marks are YAML's, too.
pub(super) fn yaml(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    // For JSON these are plain characters, for YAML they end lines.
    let plain = |c: char| !(c.is_control() || ['\u{2028}', '\u{2029}'].contains(&c));
    json.chars().map(|c| if plain(c) { c.to_string() } else { format!("\\u{:04x}", c as u32) }).collect()
}

/// The title as part of a file's name: letters, digits and hyphens, 50 at most.
pub(super) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        match c {
            _ if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(50);
    slug.trim_matches('-').to_owned()
}

/// The lines of a text, each escaped, without the blanks around it: four of them would make it code.
fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| escaped(line.trim()))
}

/// Takes the meaning from every character that could have one.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        // Only at its start makes a line a list, a rule or a heading with these.
        let starts = match c {
            '-' | '+' | '=' | ':' => at == 0,
            '.' | ')' => at > 0 && line[..at].chars().all(|c| c.is_ascii_digit()),
            _ => false,
        };
        if starts || "\\`*_[]<>#|~&$!{}".contains(c) {
            out.push('\\');
        }
        out.push(if c.is_control() { '\u{fffd}' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_members_wrote_breaks_nothing() {
        for (text, shown) in [
            ("Meet on Mondays, at 7.30", "Meet on Mondays, at 7.30"),
            ("# no heading", "\\# no heading"),
            ("one\n---\ntwo", "one --- two"),
            ("---", "\\---"),
            ("1. first 2. second", "1\\. first 2. second"),
            ("<script>&amp; `x` | *y*", "\\<script\\>\\&amp; \\`x\\` \\| \\*y\\*"),
            ("a\u{1b}[2Jb", "a\u{fffd}\\[2Jb"),
            ("![x](y)", "\\!\\[x\\](y)"),
        ] {
            assert_eq!(inline(text), shown);
        }
        assert_eq!(quote("a\n\n    b\n# c"), "> a\n>\n> b\n> \\# c\n");
        assert_eq!(item("a\n\n- b\n===\n"), "- a\n  \\- b\n  \\===\n");
        assert_eq!(item("a\n  - b") + &subitem("c\nd"), "- a\n  \\- b\n  - c\n    d\n");
        assert_eq!(item(" \n") + &subitem(""), "- (nothing)\n  - (nothing)\n");
        assert_eq!(yaml("a\": \n- b\u{85}\u{2028}"), r#""a\": \n- b\u0085\u2028""#);
    }

    #[test]
    fn slugs_are_plain_and_short() {
        for (title, name) in [
            ("Meet on Mondays!", "meet-on-mondays"),
            ("../../etc/passwd", "etc-passwd"),
            ("庭園", ""),
            ("  --  a  ", "a"),
        ] {
            assert_eq!(slug(title), name);
        }
        assert_eq!(slug(&"long ".repeat(30)).len(), 49);
    }
}
