//! `moot help`: commands, and the words of the ladder and of the model.
//!
//! A word may be both (`moot help charter`): then its topic comes first and the command after it.

use clap::{Command, CommandFactory as _};
use serde_json::json;

use super::{CliError, Ctx};
use crate::{
    args::Args,
    output::{indent, table},
};

/// A word that is explained.
struct Topic {
    name: &'static str,
    aliases: &'static [&'static str],
    text: &'static str,
}

macro_rules! topic {
    ($name:literal $(, $alias:literal)*) => {
        Topic { name: $name, aliases: &[$($alias),*], text: include_str!(concat!("../help/", $name, ".md")) }
    };
}

/// In the order in which they are listed: how a group decides, what it is, and what binds groups together.
const TOPICS: &[Topic] = &[
    topic!("ladder", "rungs", "rung"),
    topic!("delegate"),
    topic!("consult"),
    topic!("consent"),
    topic!("consensus"),
    topic!("vote"),
    topic!("ranked"),
    topic!("eligible"),
    topic!("quorum"),
    topic!("response", "respond", "agree"),
    topic!("objection", "object"),
    topic!("concern"),
    topic!("stand-aside", "aside"),
    topic!("abstain"),
    topic!("advice", "advise"),
    topic!("call-in"),
    topic!("proposal", "propose"),
    topic!("versions", "version", "amend"),
    topic!("decision", "decide", "why"),
    topic!("effect"),
    topic!("agreement"),
    topic!("group"),
    topic!("member"),
    topic!("agent"),
    topic!("node"),
    topic!("statement"),
    topic!("entry", "log"),
    topic!("body"),
    topic!("receipt", "receipts"),
    topic!("catching-up", "intact", "complete"),
    topic!("digest", "snapshot"),
    topic!("fault", "equivocation"),
    topic!("charter"),
    topic!("domain"),
    topic!("rule"),
    topic!("role"),
    topic!("liaison"),
    topic!("mandate"),
    topic!("federation"),
    topic!("amendment", "in-force", "dormant", "expulsion", "expel"),
    topic!("weight", "weights"),
    topic!("joining", "leaving"),
    topic!("ticket", "guest"),
    topic!("panel", "seat"),
    topic!("witness"),
    topic!("note"),
    topic!("sealed", "seal", "seen"),
    topic!("proof", "bundle", "export", "verify"),
    topic!("matter", "level", "levels", "rival", "rivals"),
    topic!("stance"),
    topic!("certificate"),
    topic!("resource", "portion"),
    topic!("division", "claim", "share", "round", "rounds"),
    topic!("steward"),
    topic!("closer"),
    topic!("terms"),
    topic!("hold"),
    topic!("allocation"),
    topic!("grant", "use", "breach"),
];

impl Topic {
    fn is(&self, word: &str) -> bool {
        self.name == word || self.aliases.contains(&word)
    }

    /// What stands after the name in the first line.
    fn title(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.split_once(": ").map_or(line, |(_, title)| title)
    }

    /// The text for a terminal: no marks of Markdown.
    fn words(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.starts_with("```"));
        lines.map(|line| line.strip_prefix("# ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

/// Runs `moot help`.
///
/// # Errors
/// If there is neither a topic nor a command of that name.
pub(crate) fn run(words: &[String], ctx: &Ctx) -> Result<(), CliError> {
    let root = Args::command();
    if words.is_empty() {
        let names: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
        ctx.out.show(&json!({"topics": names}), |_| overview(root))?;
        return Ok(());
    }
    let topic = TOPICS.iter().find(|topic| topic.is(&words.join("-").to_lowercase()));
    let command = find(root, words).map(|mut command| command.render_help().to_string());
    if topic.is_none() && command.is_none() {
        let word = words.join(" ");
        return Err(CliError::Input(format!("'{word}' is no topic and no command: moot help lists both")));
    }
    let said =
        json!({"topic": topic.map(|topic| topic.name), "text": topic.map(|topic| topic.text), "command": command});
    ctx.out
        .show(&said, |_| [topic.map(Topic::words), command].into_iter().flatten().collect::<Vec<_>>().join("\n\n"))?;
    Ok(())
}

fn overview(mut root: Command) -> String {
    let planned = |topic: &Topic| if topic.text.contains("Planned: ") { " (planned)" } else { "" };
    let rows = TOPICS.iter().map(|topic| vec![topic.name.to_owned(), format!("{}{}", topic.title(), planned(topic))]);
    let topics = table(&["", ""], rows);
    // Without the empty heading.
    let topics = topics.split_once('\n').map_or("", |(_, rows)| rows);
    format!("{}\nTopics (moot help TOPIC):\n{}", root.render_help(), indent(topics, "  "))
}

/// The command that words name, with its whole name for its usage line.
fn find(mut root: Command, words: &[String]) -> Option<Command> {
    root.build();
    let mut command = root;
    for word in words {
        command = command.find_subcommand(word)?.clone();
    }
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(word: &str) -> Option<&'static Topic> {
        TOPICS.iter().find(|topic| topic.is(word))
    }

    #[test]
    fn every_rung_and_every_word_has_a_topic() {
        let rungs = ["delegate", "consult", "consent", "consensus", "vote", "ranked"];
        let planned = ["liaison", "matter", "stance", "certificate", "resource", "steward", "closer", "terms", "hold"];
        let glossary = include_str!("../../../docs/words.md");
        let rows = glossary.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
        let words: Vec<&str> =
            rows.flat_map(|cell| cell.split(", ")).filter(|word| !["word", "---"].contains(word)).collect();
        assert!(words.len() > 25, "{words:?}");
        for word in
            words.into_iter().chain(rungs).chain(planned).chain(["allocation", "objection", "concern", "quorum"])
        {
            assert!(topic(&word.replace(' ', "-")).is_some(), "{word}");
        }
    }

    #[test]
    fn a_word_means_one_thing_and_its_text_is_short() {
        for this in TOPICS {
            assert!(this.text.starts_with(&format!("# {}: ", this.name)), "{}", this.name);
            assert!(
                this.text.lines().count() < 30 && this.text.lines().all(|line| line.chars().count() <= 80),
                "{}",
                this.name
            );
            for word in this.aliases.iter().chain([&this.name]) {
                assert_eq!(TOPICS.iter().filter(|topic| topic.is(word)).count(), 1, "{word}");
            }
        }
    }

    #[test]
    fn what_a_topic_points_at_is_there() {
        let mut root = Args::command();
        root.build();
        for this in TOPICS {
            let text = this.text.split_whitespace().collect::<Vec<_>>().join(" ");
            for after in text.split("moot ").skip(1) {
                let mut words =
                    after.split(|c: char| !c.is_ascii_lowercase() && c != '-').filter(|word| !word.is_empty());
                let first = words.next().unwrap();
                let there = match first {
                    "help" => topic(words.next().unwrap()).is_some(),
                    "keeps" => true,
                    command => root.find_subcommand(command).is_some(),
                };
                assert!(there, "{}: moot {after}", this.name);
            }
        }
    }

    #[test]
    fn the_panel_table_is_what_the_rules_compute() {
        let row = |name: &str| -> Vec<usize> {
            let line =
                topic("panel").unwrap().text.lines().find(|line| line.starts_with(&format!("  {name} "))).unwrap();
            line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
        };
        for (at, m) in row("m").into_iter().enumerate() {
            let count = u32::try_from(m).unwrap();
            let panel = folkmoot_protocol::witness::Quorums::of(count);
            assert_eq!(
                [row("may lie")[at], row("notes seal")[at], row("may be down")[at]],
                [panel.liars, panel.seal, panel.may_be_down()].map(|n| n as usize),
                "{m}"
            );
        }
    }

    #[test]
    fn commands_are_explained_as_before() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let help = find(Args::command(), &words("group found")).unwrap().render_help().to_string();
        assert!(help.contains("Usage: moot group found"), "{help}");
        assert!(find(Args::command(), &words("group lost")).is_none());
    }
}
