//! The commands, one file each: parse, do, print.

pub(crate) mod act;
pub(crate) mod backup;
pub(crate) mod charter;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod federation;
pub(crate) mod group;
pub(crate) mod help;
pub(crate) mod id;
pub(crate) mod import;
pub(crate) mod inbox;
pub(crate) mod liaison;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod matter;
pub(crate) mod node;
pub(crate) mod part;
pub(crate) mod proof;
pub(crate) mod propose;
pub(crate) mod rank;
pub(crate) mod resource;
pub(crate) mod review;
pub(crate) mod show;
pub(crate) mod simulate;
pub(crate) mod tally;
pub(crate) mod term;
pub(crate) mod test;
pub(crate) mod watching;
pub(crate) mod who;
pub(crate) mod why;

use std::{io, path::PathBuf};

use folkmoot_node::control::view::GroupView;
use folkmoot_protocol::key::{PublicKey, Signer};
use thiserror::Error;

use crate::{
    client::{Client, ClientError},
    editor::{self, Wanted, Written},
    identity::{Identities, IdentityError, PassphraseArgs},
    output::{Output, short},
};

/// What every command knows about its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Ctx {
    /// Where keys and settings live.
    pub(crate) home: PathBuf,
    /// Print JSON for programs instead of text for people.
    pub(crate) json: bool,
    /// How to print.
    pub(crate) out: Output,
    /// The node's socket.
    pub(crate) socket: PathBuf,
    /// The identity to act as.
    pub(crate) identity: Option<String>,
    /// Where a passphrase comes from.
    pub(crate) passphrase: PassphraseArgs,
}

/// Says why a command failed.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// A key cannot be made, found or used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The answer cannot be printed.
    #[error("cannot print the answer: {0}")]
    Output(#[from] io::Error),
    /// The node did not do it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The node cannot run.
    #[error(transparent)]
    Node(#[from] folkmoot_node::NodeError),
    /// A backup cannot be made or restored.
    #[error(transparent)]
    Backup(#[from] folkmoot_node::backup::BackupError),
    /// The import failed.
    #[error(transparent)]
    Import(#[from] crate::import::ImportError),
    /// Something that a person gave cannot be used.
    #[error("{0}")]
    Input(String),
    /// The member gave it up.
    #[error("{0}")]
    Cancelled(String),
    /// What was waited for did not come in time.
    #[error("{0}")]
    Timeout(String),
    /// A proof that neither holds nor fails.
    #[error("{0}")]
    Unresolved(String),
    /// A check that the command made failed.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// One word for programs.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Client(ClientError::Refused(problem)) => &problem.kind,
            Self::Client(ClientError::NoNode { .. }) => "no-node",
            Self::Client(_) => "node",
            Self::Identity(_) => "identity",
            Self::Output(_) => "output",
            Self::Node(_) => "node",
            Self::Backup(_) => "backup",
            Self::Import(_) => "import",
            Self::Input(_) => "input",
            Self::Cancelled(_) => "cancelled",
            Self::Timeout(_) => "timeout",
            Self::Unresolved(_) => "unresolved",
            Self::Failed(_) => "failed",
        }
    }
}

impl From<folkmoot_protocol::key::SignError> for CliError {
    fn from(error: folkmoot_protocol::key::SignError) -> Self {
        Self::Client(error.into())
    }
}

impl Ctx {
    /// The node.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.socket)
    }

    /// The identities of this home.
    pub(crate) fn identities(&self) -> Identities {
        Identities::open(&self.home)
    }

    /// The name of the identity to act as: the one that `--as` names, or the only one there is.
    pub(crate) fn who(&self) -> Result<String, CliError> {
        if let Some(name) = &self.identity {
            return Ok(name.clone());
        }
        let names: Vec<String> =
            self.identities().list()?.identities.iter().map(|identity| identity.name.to_string()).collect();
        match names.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(CliError::Input("you have no key yet: make one (moot id new NAME)".into())),
            many => Err(CliError::Input(format!("say who you are: --as {}", many.join(" | --as ")))),
        }
    }

    /// The text that a flag gives, or that the member writes in an editor.
    pub(crate) async fn text(&self, given: Option<&str>, wanted: &Wanted) -> Result<Written, CliError> {
        editor::Source::choose(self.json).text(given, wanted).await
    }

    /// The public key of whom to act as.
    pub(crate) fn key(&self) -> Result<PublicKey, CliError> {
        Ok(self.identities().public(&self.who()?)?)
    }

    /// Whoever signs as whom to act as.
    pub(crate) fn signer(&self) -> Result<Box<dyn Signer + Send + Sync>, CliError> {
        Ok(self.identities().signer(&self.who()?, &self.passphrase.source())?)
    }

    /// The group to act in: the one named, or the only one here that the key belongs to.
    pub(crate) async fn group(&self, named: Option<&str>, key: &PublicKey) -> Result<String, CliError> {
        if let Some(name) = named {
            return Ok(name.to_owned());
        }
        let client = self.client();
        let groups: Vec<GroupView> = client.get("/v1/groups").await?;
        let mut mine = Vec::new();
        for group in groups.iter().filter(|group| group.hosted) {
            let path = format!("/v1/groups/{}/head?key={key}", group.group);
            let head: folkmoot_node::control::view::HeadView = client.get(&path).await?;
            if head.member.is_some() {
                mine.push((group.name.as_str(), head.group));
            }
        }
        match mine.as_slice() {
            [(_, id)] => Ok(id.clone()),
            [] => Err(CliError::Input("no group of this node has your key: name one (--group NAME)".into())),
            many => {
                let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
                let many = told_apart(many, &names).join(", ");
                Err(CliError::Input(format!("you belong to several groups here: {many}")))
            }
        }
    }

    /// Keeps receipts: a member's proof of what the node promised.
    pub(crate) fn keep_receipts(
        &self,
        ids: &[folkmoot_protocol::id::StatementId],
        receipts: &[Vec<u8>],
    ) -> io::Result<()> {
        let dir = self.home.join("receipts");
        std::fs::create_dir_all(&dir)?;
        for (id, bytes) in ids.iter().zip(receipts) {
            std::fs::write(dir.join(format!("{id}.cose")), bytes)?;
        }
        Ok(())
    }
}

/// Reads a file that a person wrote.
pub(crate) fn read_file(path: &std::path::Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|error| CliError::Input(format!("cannot read {}: {error}", path.display())))
}

/// Reads TOML that a person wrote; what is wrong comes with the line.
pub(crate) fn read_toml<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<T, CliError> {
    toml::from_str(&read_file(path)?).map_err(|error| CliError::Input(format!("{}: {error}", path.display())))
}

/// Each group with the flag that means it: its name, or its id where another group that the node has is called the same.
fn told_apart(groups: &[(&str, String)], names: &[&str]) -> Vec<String> {
    let is_one = |name: &str| names.iter().filter(|other| **other == name).count() == 1;
    let called =
        |(name, id): &(&str, String)| format!("{name} (--group {})", if is_one(name) { name } else { short(id) });
    groups.iter().map(called).collect()
}

#[cfg(test)]
mod tests {
    use super::told_apart;

    #[test]
    fn groups_of_one_name_are_told_apart_by_their_ids() {
        let group = |name, id: &str| (name, id.to_owned());
        let mine = [group("finance", "g11111111aa"), group("garden", "g22222222aa"), group("finance", "g33333333aa")];
        let said = told_apart(&mine, &["finance", "garden", "finance"]);
        assert_eq!(said, ["finance (--group g11111111)", "garden (--group garden)", "finance (--group g33333333)"]);
        let said = told_apart(&mine[..1], &["finance", "garden", "finance"]);
        assert_eq!(said, ["finance (--group g11111111)"], "a group of others is called the same");
    }
}
