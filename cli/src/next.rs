//! The command that helps after an error: every error has one.

use clap::Command;

use crate::{
    client::ClientError,
    cmd::{CliError, matter},
    identity::{IdentityError, PassphraseError},
};

/// Says which command helps after an error of `command` (such as `moot group found`).
pub(crate) fn next(error: &CliError, command: &str) -> String {
    let help = || format!("{command} --help");
    match error {
        CliError::Identity(error) => of_identity(error),
        CliError::Client(error) => of_client(error, command),
        CliError::Node(_) | CliError::Output(_) => "moot doctor".into(),
        CliError::Backup(_) | CliError::Import(_) | CliError::Input(_) | CliError::Cancelled(_) => help(),
        CliError::Timeout(_) => "moot node status".into(),
        CliError::Unresolved(_) => "moot help proof".into(),
        CliError::Failed(_) => help(),
    }
}

fn of_client(error: &ClientError, command: &str) -> String {
    match error {
        ClientError::NoNode { .. } => "moot node run".into(),
        ClientError::Broken(_) => "moot list".into(),
        ClientError::Answer(_) => "moot node status".into(),
        ClientError::Sign(_) => "moot id list".into(),
        ClientError::Refused(problem) => of_refusal(&problem.kind, &problem.message, command),
    }
}

/// By the word that the node gives for programs.
fn of_refusal(kind: &str, message: &str, command: &str) -> String {
    let next = match kind {
        "not-found" | "ambiguous" if message.contains("matter") => "moot matter list",
        "not-found" | "ambiguous" | "conflict"
            if message.contains(" round") || message.contains("the claim ") || message.contains(" a share") =>
        {
            "moot resource round list"
        }
        "not-found" | "ambiguous" | "conflict" if message.contains("terms") || message.contains("resource") => {
            "moot resource list"
        }
        "not-found" | "ambiguous" if message.contains("group") => "moot group show",
        "not-found" if message.contains("domain") => "moot charter show",
        "not-found" | "ambiguous" => "moot list",
        "unauthorised" => "moot charter show",
        "conflict" if message.contains("nobody is eligible") => "moot charter show",
        "conflict" if message.contains("of a matter") || message.contains("to a matter") => {
            return of_matter(message, command);
        }
        "premature" | "conflict" => "moot list --open",
        "not-hosted" => "moot group show",
        "stopped" | "stopping" | "forged" => "moot node status",
        "key-store" => "moot doctor",
        _ => return format!("{command} --help"),
    };
    next.into()
}

/// What helps where a matter cannot be opened or answered: to look at the one that is in the way, or at how to say it.
fn of_matter(message: &str, command: &str) -> String {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric());
    let mut ids = words.filter(|word| word.len() > 8 && matter::is_id(word));
    match ids.next() {
        Some(id) => format!("moot matter show {id}"),
        None if message.contains("to a matter") => "moot matter list".into(),
        None => format!("{command} --help"),
    }
}

fn of_identity(error: &IdentityError) -> String {
    match error {
        IdentityError::Name(_) | IdentityError::PublicName(_) => "moot id new --help".into(),
        IdentityError::Taken(_)
        | IdentityError::Unknown { .. }
        | IdentityError::NoFile(_)
        | IdentityError::NotPublic(_)
        | IdentityError::Damaged { .. } => "moot id list".into(),
        IdentityError::Read { .. } | IdentityError::Write { .. } | IdentityError::Random(_) | IdentityError::Encode => {
            "moot doctor".into()
        }
        IdentityError::Exposed { path, .. } => format!("chmod 600 {}", path.display()),
        IdentityError::NotPrivate(path) => format!("ssh-keygen -p -f {}", path.display()),
        IdentityError::NotEd25519 { .. } | IdentityError::Hardware { .. } | IdentityError::Key { .. } => {
            "moot id new NAME".into()
        }
        IdentityError::Mismatch { private, public } => {
            format!("ssh-keygen -y -f {} > {}", private.display(), public.display())
        }
        IdentityError::WrongPassphrase(path) => format!("ssh-keygen -y -f {}", path.display()),
        IdentityError::Locked { .. } | IdentityError::NotInAgent { .. } => "ssh-add".into(),
        IdentityError::Passphrase(PassphraseError::NotText(_) | PassphraseError::File { .. }) => {
            "moot id new --help".into()
        }
        IdentityError::Passphrase(_) => "moot id new NAME".into(),
        IdentityError::NoAgent(_) => "eval $(ssh-agent)".into(),
        IdentityError::NothingToImport(_) => "moot id new NAME".into(),
        IdentityError::Agent { .. } | IdentityError::NoSuchComment { .. } | IdentityError::Several(_) => {
            "ssh-add -l".into()
        }
    }
}

/// The command that words on a command line name, as far as they can be told: `moot group found`.
pub(crate) fn named<'a>(root: &Command, words: impl IntoIterator<Item = &'a str>) -> String {
    let (mut command, mut name) = (root, root.get_name().to_owned());
    for word in words {
        if let Some(found) = command.find_subcommand(word) {
            command = found;
            name.push_str(&format!(" {}", found.get_name()));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use std::{io, path::PathBuf};

    use clap::CommandFactory as _;
    use folkmoot_node::control::view::Problem;

    use super::*;
    use crate::args::Args;

    fn refused(kind: &str, message: &str) -> CliError {
        CliError::Client(ClientError::Refused(Problem { kind: kind.into(), message: message.into() }))
    }

    fn file() -> PathBuf {
        "/home/ana/.ssh/id".into()
    }

    #[test]
    fn every_error_names_the_command_that_helps() {
        let gone = || io::Error::other("gone");
        let unknown = IdentityError::Unknown { name: "ana".parse().unwrap(), dir: "/h/keys".into() };
        let locked = IdentityError::Locked { name: "ana".into(), source: PassphraseError::Nowhere };
        let table: Vec<(CliError, &str)> = vec![
            (ClientError::NoNode { path: "/run/x".into(), source: gone() }.into(), "moot node run"),
            (ClientError::Broken("gone".into()).into(), "moot list"),
            (ClientError::Answer("odd".into()).into(), "moot node status"),
            (refused("not-found", "there is no proposal 'x' here"), "moot list"),
            (refused("not-found", "there is no group 'x' here"), "moot group show"),
            (refused("not-found", "there is no matter 'm1' here"), "moot matter list"),
            (refused("not-found", "there is no round 'r1' here"), "moot resource round list"),
            (refused("not-found", "there is no domain 'x' in 'y'"), "moot charter show"),
            (refused("ambiguous", "'p' could be 3 proposals"), "moot list"),
            (refused("unauthorised", "this key belongs to no member"), "moot charter show"),
            (refused("premature", "not yet"), "moot list --open"),
            (refused("conflict", "it is closed"), "moot list --open"),
            (refused("conflict", "nobody is eligible in the domain 'x'"), "moot charter show"),
            (refused("conflict", "the answer to a matter cannot be carried out: it ended"), "moot matter list"),
            (refused("conflict", "the opening of a matter cannot be carried out: too soon"), "moot agree --help"),
            (
                refused("conflict", "the opening of a matter cannot be carried out: its rival m1a2b3c4d (Quiet) is"),
                "moot matter show m1a2b3c4d",
            ),
            (refused("not-hosted", "elsewhere"), "moot group show"),
            (refused("stopped", "by a fault"), "moot node status"),
            (refused("stopping", "the node is stopping"), "moot node status"),
            (refused("key-store", "full"), "moot doctor"),
            (refused("malformed", "no title"), "moot agree --help"),
            (refused("something new", "?"), "moot agree --help"),
            (unknown.into(), "moot id list"),
            (IdentityError::Taken(file()).into(), "moot id list"),
            (IdentityError::NoFile(file()).into(), "moot id list"),
            (IdentityError::Exposed { path: file(), mode: 0o644 }.into(), "chmod 600 /home/ana/.ssh/id"),
            (IdentityError::NotPrivate(file()).into(), "ssh-keygen -p -f /home/ana/.ssh/id"),
            (IdentityError::WrongPassphrase(file()).into(), "ssh-keygen -y -f /home/ana/.ssh/id"),
            (IdentityError::NotEd25519 { path: file(), algorithm: "ssh-rsa".into() }.into(), "moot id new NAME"),
            (IdentityError::NoAgent("ana".into()).into(), "eval $(ssh-agent)"),
            (locked.into(), "ssh-add"),
            (IdentityError::NothingToImport(file()).into(), "moot id new NAME"),
            (IdentityError::Several(vec!["a".into(), "b".into()]).into(), "ssh-add -l"),
            (IdentityError::Write { path: file(), source: gone() }.into(), "moot doctor"),
            (IdentityError::Passphrase(PassphraseError::Empty).into(), "moot id new NAME"),
            (gone().into(), "moot doctor"),
            (CliError::Input("say why: --why".into()), "moot agree --help"),
            (CliError::Cancelled("the text is empty".into()), "moot agree --help"),
            (CliError::Timeout("not within 60s".into()), "moot node status"),
            (CliError::Unresolved("neither".into()), "moot help proof"),
            (CliError::Failed("no".into()), "moot agree --help"),
        ];
        for (error, expected) in table {
            assert_eq!(next(&error, "moot agree"), expected, "{error}");
            // What is said to help is there.
            if let Some(words) = expected.strip_prefix("moot ") {
                let first = words.split(' ').next().unwrap();
                assert!(Args::command().find_subcommand(first).is_some(), "{expected}");
            }
        }
    }

    #[test]
    fn a_command_line_names_its_command() {
        let root = Args::command();
        for (words, command) in [
            ("", "moot"),
            ("--json group found c.toml", "moot group found"),
            ("agree p1234", "moot agree"),
            ("no-such", "moot"),
        ] {
            assert_eq!(named(&root, words.split(' ')), command);
        }
    }
}
