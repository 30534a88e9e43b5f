//! A matter as a person writes it: in a file, with flags, or both.

use std::path::Path;

use folkmoot_node::control::view::{MatterDraft, PartDraft};
use folkmoot_protocol::effect::Effect;
use serde::Deserialize;

use super::open::OpenArgs;
use crate::cmd::{CliError, rank::name, read_file, read_toml};

/// A file with a matter, in TOML or JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterFile {
    title: Option<String>,
    text: Option<String>,
    #[serde(default)]
    parts: Vec<PartFile>,
    #[serde(default)]
    by: Vec<String>,
    #[serde(default)]
    domains: Vec<String>,
    replaces: Option<String>,
    #[serde(default)]
    overrides: Vec<String>,
    about: Option<String>,
    #[serde(default)]
    settle: bool,
    mediator: Option<String>,
}

/// What it means for a group.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartFile {
    group: String,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    effects: Vec<Effect>,
    /// Effects in a file of their own, beside this one.
    effects_file: Option<std::path::PathBuf>,
    #[serde(default)]
    linked: bool,
    #[serde(default)]
    after: Vec<String>,
    due: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EffectsFile {
    effects: Vec<Effect>,
}

/// What a member wants to open; flags go before what the file says.
///
/// # Errors
/// A file or a flag that cannot be read, or nothing that says whom it touches.
pub(super) fn draft(args: &OpenArgs, group: String) -> Result<MatterDraft, CliError> {
    let file = args.file.as_deref().map(read).transpose()?.unwrap_or_default();
    let mut parts = Vec::new();
    for part in file.parts {
        parts.push(part.draft(args.file.as_deref())?);
    }
    flags(args, &mut parts)?;
    let about = args.about.clone().or(file.about);
    if parts.is_empty() && about.is_none() {
        let problem = "the matter names no affected group: say whom it touches, --touches GROUP/DOMAIN, or parts in a \
                       file; what touches nobody else is decided with moot propose";
        return Err(CliError::Input(problem.into()));
    }
    let say = |flag: &Option<String>, file: Option<String>, missing: &str| {
        flag.clone().or(file).ok_or_else(|| CliError::Input(missing.into()))
    };
    let or = |flags: &[String], file: Vec<String>| if flags.is_empty() { file } else { flags.to_vec() };
    Ok(MatterDraft {
        group,
        title: say(&args.title, file.title, "give it a title: --title \"…\"")?,
        text: say(&args.text, file.text, "say what is to hold between the groups: --text \"…\"")?,
        parts,
        by: or(&args.by, file.by),
        domains: or(&args.domain, file.domains),
        replaces: args.replaces.clone().or(file.replaces),
        overrides: or(&args.overrides, file.overrides),
        about,
        settle: args.settle || file.settle,
        mediator: args.mediator.clone().or(file.mediator),
    })
}

fn read(path: &Path) -> Result<MatterFile, CliError> {
    if path.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&read_file(path)?)
            .map_err(|error| CliError::Input(format!("{}: {error}", path.display())));
    }
    read_toml(path)
}

impl PartFile {
    fn draft(self, beside: Option<&Path>) -> Result<PartDraft, CliError> {
        let mut effects = self.effects;
        if let Some(file) = self.effects_file {
            let dir = beside.and_then(Path::parent).unwrap_or(Path::new(""));
            effects.extend(read_toml::<EffectsFile>(&dir.join(file))?.effects);
        }
        let (group, domains, linked, after, due) = (self.group, self.domains, self.linked, self.after, self.due);
        Ok(PartDraft { group, domains, effects, linked, after, due })
    }
}

/// What flags add to the parts of a matter.
fn flags(args: &OpenArgs, parts: &mut Vec<PartDraft>) -> Result<(), CliError> {
    for path in &args.touches {
        let (group, domain) = pair(path, '/', "--touches GROUP/DOMAIN")?;
        part(parts, group).domains.push(domain.to_owned());
    }
    for agreement in &args.agree {
        let (path, text) = pair(agreement, '=', "--agree GROUP/DOMAIN=TEXT")?;
        let (group, domain) = pair(path, '/', "--agree GROUP/DOMAIN=TEXT")?;
        let effect = Effect::Text { domain: name(domain)?, text: text.to_owned(), replaces: None };
        part(parts, group).effects.push(effect);
    }
    for effects in &args.effects {
        let (group, file) = pair(effects, '=', "--effects GROUP=FILE")?;
        let effects = read_toml::<EffectsFile>(Path::new(file))?.effects;
        part(parts, group).effects.extend(effects);
    }
    for after in &args.after {
        let (group, before) = pair(after, '=', "--after GROUP=EARLIER")?;
        part(parts, group).after.push(before.to_owned());
    }
    if args.linked {
        parts.iter_mut().for_each(|part| part.linked = true);
    }
    Ok(())
}

/// The part of a group, which is made if there is none.
fn part<'a>(parts: &'a mut Vec<PartDraft>, group: &str) -> &'a mut PartDraft {
    let at = parts.iter().position(|part| part.group == group).unwrap_or_else(|| {
        parts.push(PartDraft { group: group.to_owned(), ..PartDraft::default() });
        parts.len() - 1
    });
    &mut parts[at]
}

fn pair<'a>(text: &'a str, sign: char, form: &str) -> Result<(&'a str, &'a str), CliError> {
    let parts = text.split_once(sign).filter(|(first, second)| !first.is_empty() && !second.is_empty());
    parts.ok_or_else(|| CliError::Input(format!("'{text}': write it as {form}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> OpenArgs {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: OpenArgs,
        }
        <Line as clap::Parser>::try_parse_from([&["open"], words].concat()).unwrap().args
    }

    const FILE: &str = r#"
title = "Quiet hours"
text = "From ten to six."
by = ["+10d", "+20d", "+30d"]

[[parts]]
group = "attic"
domains = ["policy"]
effects_file = "attic.toml"
linked = true

[[parts]]
group = "brook"
after = ["attic"]
due = "+9d"
[[parts.effects]]
text = { domain = "policy", text = "Quiet from ten." }
"#;

    #[test]
    fn a_file_says_everything_and_flags_go_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let effects = "[[effects]]\ntext = { domain = \"policy\", text = \"Quiet.\" }\n";
        std::fs::write(dir.path().join("attic.toml"), effects).unwrap();
        let file = dir.path().join("matter.toml");
        std::fs::write(&file, FILE).unwrap();
        let words =
            [file.to_str().unwrap(), "--title", "Quiet", "--touches", "cellar/sound", "--touches", "attic/beds"];
        let draft = draft(&args(&words), "attic".into()).unwrap();
        assert_eq!((draft.title.as_str(), draft.text.as_str(), draft.by.len()), ("Quiet", "From ten to six.", 3));
        let parts: Vec<_> = draft
            .parts
            .iter()
            .map(|part| (part.group.as_str(), part.domains.join(" "), part.effects.len(), part.linked))
            .collect();
        let attic = ("attic", "policy beds".into(), 1, true);
        assert_eq!(parts, [attic, ("brook", String::new(), 1, false), ("cellar", "sound".into(), 0, false)]);
        assert_eq!(
            (draft.parts[1].after.as_slice(), draft.parts[1].due.as_deref()),
            (&["attic".into()][..], Some("+9d"))
        );
    }

    #[test]
    fn flags_alone_do_as_well() {
        let words = ["--title", "T", "--text", "X", "--agree", "attic/policy=Quiet=yes", "--after", "attic=brook"];
        let draft =
            draft(&args(&[&words[..], &["--touches", "brook/policy", "--linked"]].concat()), "g".into()).unwrap();
        let Effect::Text { text, .. } = &draft.parts[1].effects[0] else { panic!("{draft:?}") };
        assert_eq!(text, "Quiet=yes");
        assert!(draft.parts.iter().all(|part| part.linked));
    }

    #[test]
    fn what_is_missing_or_misspelt_is_said() {
        for (words, says) in [
            (&["--title", "T", "--text", "X"][..], "names no affected group"),
            (&["--title", "T", "--text", "X", "--touches", "attic"], "--touches GROUP/DOMAIN"),
            (&["--text", "X", "--touches", "attic/policy"], "--title"),
            (&["--title", "T", "--touches", "attic/policy"], "--text"),
            (&["--title", "T", "--text", "X", "--after", "attic="], "--after GROUP=EARLIER"),
        ] {
            let error = draft(&args(words), "g".into()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
