//! What a page tells its reader to type, and what it says that they see then.

/// Something to type, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Where it stands in the page.
    pub(crate) line: usize,
    /// The commands of a block marked `sh`.
    pub(crate) script: String,
    /// The lines of the block marked `text` that follows, if there is one.
    pub(crate) shows: Option<Vec<String>>,
}

/// Reads the blocks of a page, or of one of its sections.
///
/// # Panics
/// If there is no such section, or something is shown that no command can have printed.
pub(crate) fn steps(page: &str, section: Option<&str>) -> Vec<Step> {
    let (mut steps, mut block, mut inside) = (Vec::<Step>::new(), None::<(&str, Vec<String>)>, section.is_none());
    for (at, line) in page.lines().enumerate() {
        match (&mut block, line.strip_prefix("```")) {
            (Some(_), Some(_)) => {
                let (kind, lines) = block.take().expect("a block is open");
                match kind {
                    "sh" if inside => {
                        let script = lines.join("\n");
                        steps.push(Step { line: at - lines.len(), script, shows: None });
                    }
                    "text" if inside => {
                        let step = steps.last_mut().filter(|step| step.shows.is_none());
                        step.unwrap_or_else(|| panic!("line {at} is shown by no command")).shows = Some(lines);
                    }
                    _ => {}
                }
            }
            (Some((_, lines)), None) => lines.push(line.to_owned()),
            (None, Some(kind)) => block = Some((kind, Vec::new())),
            (None, None) => {
                let heading = section.and_then(|section| Some((section, line.strip_prefix("## ")?)));
                inside = heading.map_or(inside, |(section, heading)| section == heading);
            }
        }
    }
    assert!(!steps.is_empty(), "nothing to type in {section:?}");
    steps
}

#[test]
fn a_page_is_its_blocks() {
    let page = "# A\n```sh\none\ntwo\n```\nwords\n```text\nseen\n```\n## B\n```toml\nx = 1\n```\n```sh\nthree\n```\n";
    let step = |line, script: &str, shows: Option<&str>| {
        let shows = shows.map(|line| vec![line.to_owned()]);
        Step { line, script: script.to_owned(), shows }
    };
    assert_eq!(steps(page, None), [step(2, "one\ntwo", Some("seen")), step(14, "three", None)]);
    assert_eq!(steps(page, Some("B")), [step(14, "three", None)]);
}
