//! A group's whole log, from a node or from a file, replayed here: nobody has to trust who showed it.

use std::path::Path;

use folkmoot_node::control::view::EntryView;
use folkmoot_protocol::{entry::Entry, id::hex_decode_vec, replay::Replica};
use serde_json::Value;

use crate::{
    client::{Client, escape},
    cmd::{CliError, read_file},
};

/// Entries fetched at a time.
const PAGE: usize = 500;

/// Fetches a group's log from its first entry; every signature is verified.
///
/// # Errors
/// If the node does not answer, or an entry does not verify.
pub(crate) async fn fetch(client: &Client, group: &str) -> Result<Vec<Entry>, CliError> {
    let views = views(client, group).await?;
    views.iter().enumerate().map(|(number, view)| decode(view.bytes.as_deref(), number, group)).collect()
}

/// Writes a group's log into a file, one entry with its bytes a line.
///
/// # Errors
/// If the node does not answer, or the file cannot be written.
pub(crate) async fn save(client: &Client, group: &str, path: &Path) -> Result<(), CliError> {
    let mut lines = String::new();
    for view in views(client, group).await? {
        lines.push_str(&serde_json::to_string(&view).map_err(std::io::Error::other)?);
        lines.push('\n');
    }
    let cannot = |error| CliError::Input(format!("cannot write {}: {error}", path.display()));
    std::fs::write(path, lines).map_err(cannot)
}

/// All entries of a group's log as the node shows them, with their bytes.
async fn views(client: &Client, group: &str) -> Result<Vec<EntryView>, CliError> {
    let mut views = Vec::new();
    loop {
        let path = format!("/v1/groups/{}/log?from={}&limit={PAGE}&bytes=true", escape(group), views.len());
        let page: Vec<EntryView> = client.get(&path).await?;
        let full = page.len() >= PAGE;
        views.extend(page);
        if !full {
            return Ok(views);
        }
    }
}

/// Reads a log that `moot --json log --bytes` printed, or that `moot demo --keep` wrote.
///
/// # Errors
/// If the file cannot be read, or an entry does not verify.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, CliError> {
    let (text, place) = (read_file(path)?, path.display().to_string());
    let mut entries = Vec::new();
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let value = value.map_err(|error| CliError::Input(format!("{place}: {error}")))?;
        let lines = if let Value::Array(lines) = value { lines } else { vec![value] };
        for line in lines {
            entries.push(decode(line["bytes"].as_str(), entries.len(), &place)?);
        }
    }
    if entries.first().is_some_and(|first| first.number() != 0) {
        let problem = "starts in the middle of the log: moot --json log GROUP --from 0 --limit 1000000 --bytes";
        return Err(CliError::Input(format!("{place} {problem}")));
    }
    Ok(entries)
}

/// Replays a log.
///
/// # Errors
/// The first entry that breaks a rule.
pub(crate) fn replay(entries: &[Entry]) -> Result<Replica, CliError> {
    let fails = |number: usize, what: String| CliError::Failed(format!("entry {number} breaks a rule: {what}"));
    let (first, rest) = entries.split_first().ok_or_else(|| CliError::Failed("the log is empty".into()))?;
    let mut replica = Replica::found(first).map_err(|refusal| fails(0, refusal.to_string()))?;
    for (at, entry) in rest.iter().enumerate() {
        let admitted = replica.check(entry).map_err(|refusal| fails(at + 1, refusal.to_string()))?;
        replica.apply(admitted);
    }
    Ok(replica)
}

fn decode(bytes: Option<&str>, number: usize, place: &str) -> Result<Entry, CliError> {
    let fails = |what: String| CliError::Failed(format!("entry {number} of {place} does not verify: {what}"));
    let bytes =
        bytes.and_then(hex_decode_vec).ok_or_else(|| fails("it has no bytes (moot --json log --bytes)".into()))?;
    Entry::decode(&bytes).map_err(|error| fails(error.to_string()))
}
