//! `moot id`: make, import and show the keys that members sign with.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use serde::Serialize;

use super::{CliError, Ctx};
use crate::identity::{Identities, Identity, IdentityError, Keeper, Listing, PassphraseArgs};

/// The arguments of `moot id`.
#[derive(Debug, clap::Args)]
pub(crate) struct IdArgs {
    #[command(subcommand)]
    command: IdCommand,
}

/// Keep the keys that you sign with
#[derive(Debug, clap::Subcommand)]
enum IdCommand {
    /// Make a key that signs for you; it stays on this machine
    New(NewArgs),
    /// List your keys
    List,
    /// Show a public key, as others need it to enrol you and as OpenSSH writes it
    Show {
        /// Name of the key
        name: String,
    },
    /// Copy an existing OpenSSH Ed25519 key; a .pub file alone means that ssh-agent keeps the private key
    Import {
        /// Name for the key: a-z, 0-9, '.', '_' and '-'; a path here (with a '/') gets the name of your account
        #[arg(value_name = "NAME|PATH")]
        name: String,
        /// The private key file, or the .pub file of a key in ssh-agent; left out, ~/.ssh/id_ed25519 or else the key
        /// in ssh-agent
        #[arg(conflicts_with = "agent")]
        path: Option<PathBuf>,
        /// Take the key in ssh-agent that has this comment (ssh-add -L)
        #[arg(long, value_name = "COMMENT")]
        agent: Option<String>,
    },
}

/// The arguments of `moot id new`.
#[derive(Debug, clap::Args)]
struct NewArgs {
    /// Name for the key: a-z, 0-9, '.', '_' and '-'
    name: String,
    /// Do not encrypt the key: whoever copies its file can sign as you
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// What `moot id` has to say.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum IdReport {
    /// A key was made.
    Made(Identity),
    /// A key was copied.
    Imported(Identity),
    /// A key was asked for.
    Shown(Identity),
    /// All keys.
    Listed(Listing),
}

/// Runs `moot id` and prints what it has to say.
///
/// # Errors
/// If the key cannot be made, found or copied, or nothing can be printed.
pub(crate) fn run(args: IdArgs, ctx: &Ctx) -> Result<(), CliError> {
    let report = execute(args, &Identities::open(&ctx.home))?;
    let out = &mut io::stdout().lock();
    if ctx.json {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&report, out, &mut io::stderr().lock())?;
    }
    Ok(())
}

/// Does what the arguments say.
///
/// # Errors
/// If the key cannot be made, found or copied.
pub(crate) fn execute(args: IdArgs, identities: &Identities) -> Result<IdReport, IdentityError> {
    match args.command {
        IdCommand::New(args) => make(&args, identities).map(IdReport::Made),
        IdCommand::List => identities.list().map(IdReport::Listed),
        IdCommand::Show { name } => identities.identity(&name).map(IdReport::Shown),
        IdCommand::Import { name, path, agent } => {
            let name = import(name, path, agent, identities)?;
            identities.identity(&name).map(IdReport::Imported)
        }
    }
}

fn import(
    name: String,
    path: Option<PathBuf>,
    agent: Option<String>,
    identities: &Identities,
) -> Result<String, IdentityError> {
    let (name, path) = match path {
        // As everywhere: what has a slash is a path.
        None if name.contains('/') => (account(&name), Some(PathBuf::from(name))),
        path => (name, path),
    };
    match (path, agent) {
        (Some(path), _) => identities.import(&name, &path)?,
        (None, Some(comment)) => identities.import_from_agent(&name, Some(&comment))?,
        (None, None) => identities.import_usual(&name, &usual())?,
    };
    Ok(name)
}

/// Where ssh-keygen puts an Ed25519 key.
fn usual() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    home.join(".ssh/id_ed25519")
}

/// The name of the person's account, or else that of the key file.
fn account(path: &str) -> String {
    let named =
        ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    let file = || path.rsplit('/').next().unwrap_or(path).trim_end_matches(".pub").to_owned();
    named.unwrap_or_else(file).to_lowercase()
}

fn make(args: &NewArgs, identities: &Identities) -> Result<Identity, IdentityError> {
    // First, so that nobody types a passphrase twice for a name that is taken.
    identities.check_free(&args.name)?;
    let passphrase = if args.no_passphrase { None } else { Some(args.passphrase.source().read_new(&args.name)?) };
    identities.create(&args.name, passphrase.as_ref().map(|passphrase| passphrase.as_str()))?;
    identities.identity(&args.name)
}

/// Prints a report for people; what is wrong with a key goes to `notes`.
fn print(report: &IdReport, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    match report {
        IdReport::Made(identity) => print_kept("Made", identity, out),
        IdReport::Imported(identity) => print_kept("Imported", identity, out),
        IdReport::Shown(identity) => writeln!(out, "{}\n{}", identity.key, identity.openssh),
        IdReport::Listed(listing) => print_listing(listing, out, notes),
    }
}

fn print_kept(what: &str, identity: &Identity, out: &mut dyn Write) -> io::Result<()> {
    let file = identity.file.display();
    writeln!(out, "{what} key '{}': {}", identity.name, identity.key)?;
    match identity.keeper {
        Keeper::EncryptedFile => writeln!(out, "  private key  {file} (encrypted; without its passphrase it is lost)"),
        Keeper::File => writeln!(out, "  private key  {file} (not encrypted: whoever copies it can sign as you)"),
        Keeper::Agent => writeln!(out, "  public key   {file} (ssh-agent keeps the private key)"),
    }
}

fn print_listing(listing: &Listing, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    if listing.identities.is_empty() && listing.problems.is_empty() {
        return writeln!(notes, "There are no keys yet: make one with 'moot id new NAME'.");
    }
    let width = listing.identities.iter().map(|identity| identity.name.as_str().len()).max().unwrap_or(0);
    for identity in &listing.identities {
        writeln!(out, "{:width$}  {:14}  {}", identity.name, keeper(identity.keeper), identity.key)?;
    }
    for problem in &listing.problems {
        writeln!(notes, "'{}' cannot be used: {}", problem.name, problem.problem)?;
    }
    Ok(())
}

fn keeper(keeper: Keeper) -> &'static str {
    match keeper {
        Keeper::File => "file",
        Keeper::EncryptedFile => "encrypted file",
        Keeper::Agent => "ssh-agent",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Moot {
        #[command(flatten)]
        id: IdArgs,
    }

    struct Home(tempfile::TempDir);

    impl Home {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn id(&self, words: &[&str]) -> Result<IdReport, IdentityError> {
            let args = Moot::try_parse_from([&["id"], words].concat()).unwrap();
            execute(args.id, &Identities::open(self.0.path()))
        }

        fn text(&self, words: &[&str]) -> [String; 2] {
            let (mut out, mut notes) = (Vec::new(), Vec::new());
            print(&self.id(words).unwrap(), &mut out, &mut notes).unwrap();
            [out, notes].map(|bytes| String::from_utf8(bytes).unwrap())
        }
    }

    #[test]
    fn a_key_is_made_shown_listed_and_copied() {
        let home = Home::new();
        let file = home.0.path().join("keys/ana");
        let [made, _] = home.text(&["new", "ana", "--no-passphrase"]);
        assert!(made.starts_with("Made key 'ana': did:key:z6Mk"), "{made}");
        assert!(made.contains(&format!("{} (not encrypted", file.display())), "{made}");

        let [shown, _] = home.text(&["show", "ana"]);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(made.contains(lines[0]));
        assert_eq!(format!("{}\n", lines[1]), fs::read_to_string(file.with_extension("pub")).unwrap());

        home.text(&["import", "laptop.ana", file.to_str().unwrap()]);
        let [listed, notes] = home.text(&["list"]);
        assert_eq!(listed, format!("ana         file            {0}\nlaptop.ana  file            {0}\n", lines[0]));
        assert_eq!(notes, "");
    }

    #[test]
    fn a_passphrase_file_encrypts() {
        let home = Home::new();
        let passphrase = home.0.path().join("passphrase");
        fs::write(&passphrase, "open sesame\n").unwrap();
        let [made, _] = home.text(&["new", "ana", "--passphrase-file", passphrase.to_str().unwrap()]);
        assert!(made.contains("(encrypted; "), "{made}");
        let [listed, _] = home.text(&["list"]);
        assert!(listed.starts_with("ana  encrypted file  did:key:"), "{listed}");
    }

    #[test]
    fn a_broken_key_is_noted_beside_the_others() {
        let home = Home::new();
        let [_, notes] = home.text(&["list"]);
        assert!(notes.contains("moot id new"), "{notes}");
        home.text(&["new", "ana", "--no-passphrase"]);
        fs::write(home.0.path().join("keys/bo.pub"), "nonsense").unwrap();
        let [listed, notes] = home.text(&["list"]);
        assert!(listed.starts_with("ana  file"), "{listed}");
        assert!(notes.starts_with("'bo' cannot be used: ") && notes.contains("is no OpenSSH public key"), "{notes}");
    }

    #[test]
    fn programs_read_json() {
        let home = Home::new();
        let made = serde_json::to_value(home.id(&["new", "ana", "--no-passphrase"]).unwrap()).unwrap();
        assert_eq!(made["name"], "ana");
        assert_eq!(made["keeper"], "file");
        assert!(made["key"].as_str().unwrap().starts_with("did:key:z6Mk"));
        assert!(made["openssh"].as_str().unwrap().ends_with(" moot ana"));
        let listed = serde_json::to_value(home.id(&["list"]).unwrap()).unwrap();
        assert_eq!(listed["identities"][0], made);
        assert_eq!(listed["problems"], serde_json::json!([]));
    }

    #[test]
    fn a_name_that_is_taken_is_refused_before_the_passphrase_is_read() {
        let home = Home::new();
        home.text(&["new", "ana", "--no-passphrase"]);
        let taken = home.id(&["new", "ana", "--passphrase-file", "/nowhere/at/all"]);
        assert!(matches!(taken, Err(IdentityError::Taken(_))));
    }

    #[test]
    fn the_two_ways_of_saying_how_exclude_each_other() {
        assert!(Moot::try_parse_from(["id", "new", "ana", "--no-passphrase", "--passphrase-file", "f"]).is_err());
    }
}
