//! Texts that a member gives with a flag, on standard input, or in an editor, as git does for commit messages.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _, Read as _},
    path::Path,
};

use folkmoot_protocol::limits::BODY_BYTES;
use tempfile::NamedTempFile;
use tokio::{process::Command, signal::unix::SignalKind};

use crate::cmd::CliError;

/// The line above which the text stands; what is below is left out. A text may have lines with `#`.
const CUT: &str = "# ------------------------ >8 ------------------------";
/// The flag's value that means standard input.
const STANDARD_INPUT: &str = "-";

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// What a program hears that gives none: it names the flag.
    pub(crate) missing: &'static str,
    /// What a person reads below the text, line by line.
    pub(crate) help: String,
}

/// Where texts come from that no flag gives.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A person with an editor, which is a command of the shell.
    Editor(OsString),
    /// Nobody is there to ask.
    Nowhere,
}

impl Source {
    /// An editor if a person is at the terminal and reads words, not JSON.
    pub(crate) fn choose(json: bool) -> Self {
        let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        if json || !io::stdin().is_terminal() {
            return Self::Nowhere;
        }
        Self::Editor(named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".into()))
    }

    /// Takes the text that a flag gives, or reads it from standard input for `-`, or asks for it.
    ///
    /// # Errors
    /// If there is none to be had, or it is empty.
    pub(crate) async fn text(&self, given: Option<&str>, wanted: &Wanted) -> Result<Written, CliError> {
        match (given, self) {
            (Some(STANDARD_INPUT), _) => Written::of(read(io::stdin().lock())?, None),
            (Some(text), _) => Written::of(text.to_owned(), None),
            (None, Self::Editor(editor)) => edit(editor, wanted).await,
            (None, Self::Nowhere) => Err(CliError::Input(wanted.missing.into())),
        }
    }
}

/// A text, which is not empty, and the file in which a person wrote it.
#[derive(Debug)]
pub(crate) struct Written {
    /// The text.
    pub(crate) text: String,
    file: Option<NamedTempFile>,
}

impl Written {
    fn of(text: String, file: Option<NamedTempFile>) -> Result<Self, CliError> {
        if text.trim().is_empty() {
            return Err(CliError::Cancelled("the text is empty, so nothing was sent".into()));
        }
        Ok(Self { text, file })
    }

    /// Forgets the file, unless what it was written for failed: nobody should have to write a text twice.
    pub(crate) fn unless_sent<T, E>(self, result: Result<T, E>) -> Result<T, E> {
        if let (Err(_), Some(file)) = (&result, self.file)
            && let Ok((_, path)) = file.keep()
        {
            eprintln!("Your text is kept in {path}: say it again with --why - < {path}", path = path.display());
        }
        result
    }
}

async fn edit(editor: &OsString, wanted: &Wanted) -> Result<Written, CliError> {
    let file = tempfile::Builder::new().prefix("moot-").suffix(".txt").tempfile()?;
    std::fs::write(file.path(), template(wanted))?;
    // Ctrl-C is the editor's while it runs; afterwards it ends this program again.
    let mut interrupts = tokio::signal::unix::signal(SignalKind::interrupt())?;
    let status = run(editor, file.path()).await?;
    tokio::spawn(async move {
        if interrupts.recv().await.is_some() {
            std::process::exit(130);
        }
    });
    let name = editor.to_string_lossy();
    if !status.success() {
        let hint = "choose another with EDITOR, or give the text with --why";
        return Err(CliError::Cancelled(format!("the editor '{name}' ended with {status}, nothing was sent: {hint}")));
    }
    let text = strip(&read(std::fs::File::open(file.path())?)?, wanted);
    // The file keeps only what the member wrote, in case it is needed again.
    std::fs::write(file.path(), &text)?;
    Written::of(text, Some(file))
}

/// Runs the editor as git does: through the shell, so that `EDITOR="code --wait"` works.
async fn run(editor: &OsString, file: &Path) -> io::Result<std::process::ExitStatus> {
    let mut script = editor.clone();
    script.push(" \"$@\"");
    Command::new("sh").arg("-c").arg(script).arg("moot").arg(file).status().await
}

fn template(wanted: &Wanted) -> String {
    let help: String = wanted.help.lines().map(|line| format!("# {line}\n")).collect();
    format!("\n{CUT}\n{help}# Write above the line; leave it empty to send nothing.\n")
}

/// What stands above the line; if somebody has removed the line, what is no help.
fn strip(text: &str, wanted: &Wanted) -> String {
    let text = match text.split_once(CUT) {
        Some((above, _)) => above.to_owned(),
        None => {
            let template = template(wanted);
            let help: Vec<&str> = template.lines().filter(|line| line.starts_with('#')).collect();
            text.lines().filter(|line| !help.contains(line)).collect::<Vec<_>>().join("\n")
        }
    };
    text.trim().to_owned()
}

/// Reads a text; one that is too long for a body is read a byte too far, and refused as such later.
fn read(from: impl io::Read) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    from.take(BODY_BYTES as u64 + 4096).read_to_end(&mut bytes)?;
    let text =
        String::from_utf8(bytes).map_err(|_| CliError::Input("the text is not UTF-8: convert it first".into()))?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn wanted() -> Wanted {
        Wanted { missing: "say why: --why \"…\"", help: "You object to p12345678: Chess".into() }
    }

    /// A person whose editor runs a line of shell on the file.
    fn person(script: &str) -> Source {
        Source::Editor(format!("f() {{ {script}; }}; f").into())
    }

    fn kept(written: &Written) -> PathBuf {
        written.file.as_ref().unwrap().path().to_owned()
    }

    #[tokio::test]
    async fn a_flag_comes_before_the_editor() {
        let written = person("false").text(Some("Because."), &wanted()).await.unwrap();
        assert_eq!((written.text.as_str(), written.file.is_none()), ("Because.", true));
    }

    #[tokio::test]
    async fn nobody_to_ask_is_told_the_flag() {
        let error = Source::Nowhere.text(None, &wanted()).await.unwrap_err();
        assert!(matches!(&error, CliError::Input(message) if message.contains("--why")), "{error}");
    }

    #[tokio::test]
    async fn what_stands_above_the_line_counts() {
        let person = person("printf '# Heading\\n\\nI work.\\n' | cat - \"$1\" > \"$1.new\" && mv \"$1.new\" \"$1\"");
        let written = person.text(None, &wanted()).await.unwrap();
        assert_eq!(written.text, "# Heading\n\nI work.");
    }

    #[tokio::test]
    async fn the_help_shows_what_it_is_about() {
        let person = person("grep -q '^# You object to p12345678: Chess' \"$1\" && echo 'I read it.' > \"$1\"");
        assert_eq!(person.text(None, &wanted()).await.unwrap().text, "I read it.");
    }

    #[tokio::test]
    async fn an_empty_text_cancels_and_so_does_an_editor_that_fails() {
        for (source, given) in [(person("true"), None), (person("false"), None), (person("true"), Some(" \n"))] {
            let error = source.text(given, &wanted()).await.unwrap_err();
            assert!(matches!(&error, CliError::Cancelled(_)), "{error}");
            assert!(error.to_string().contains("nothing was sent"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_text_is_kept_only_if_it_was_not_sent() {
        let writer = person("echo 'A long text.' > \"$1\"");
        let written = writer.text(None, &wanted()).await.unwrap();
        let path = kept(&written);
        assert!(written.unless_sent(Err::<(), _>("refused")).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "A long text.");
        std::fs::remove_file(path).unwrap();

        let written = writer.text(None, &wanted()).await.unwrap();
        let path = kept(&written);
        written.unless_sent(Ok::<_, ()>(())).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn without_the_line_the_help_is_left_out_and_nothing_else() {
        let text = "#1 is best.\n# You object to p12345678: Chess\nSo it is.";
        assert_eq!(strip(text, &wanted()), "#1 is best.\nSo it is.");
    }
}
