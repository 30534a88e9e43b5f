//! A new home from a backup: everything is verified first, and a store appears whole or not at all.

use std::{
    fs::{self, File},
    path::Path,
};

use folkmoot_protocol::{
    body::Body,
    cbor,
    entry::Entry,
    federation::FederationAgreement,
    id::LogId,
    key::SecretKey,
    limits::ENTRY_BYTES,
    machine::{Machine, Settings},
    note::Note,
};

use super::{BackupError, Header, Reader, unfinished};
use crate::{
    config::Home,
    keystore::KeyStore,
    node,
    store::{Batch, FORMAT, SledStore, Store as _},
};

/// Most bytes of one write.
const WRITE_BYTES: usize = 1024 * 1024;

/// What was restored, or would be.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub header: Header,
    /// How many records it has.
    pub records: u64,
    /// The groups whose logs it has, with the number of the last entry.
    pub groups: Vec<(String, LogId, u64)>,
}

/// Verifies a backup: all checksums, all signatures, and that every log replays.
///
/// # Errors
/// If the file cannot be read or is not what it has to be.
pub fn check(path: &Path) -> Result<Restored, BackupError> {
    let mut reader = Reader::open(path)?;
    let header = reader.header().clone();
    if header.format != FORMAT {
        let (path, found) = (path.to_owned(), header.format);
        return Err(BackupError::Format { path, found, known: FORMAT, version: header.version });
    }
    // A machine without keys: it judges and signs nothing.
    let mut machine = Machine::new(SecretKey::from_seed([0; 32]), Settings::default());
    while let Some((key, value)) = reader.next()? {
        if let Err(why) = take(&mut machine, &key, &value) {
            return Err(reader.damaged(&format!("record {}: {why}", reader.records())));
        }
    }
    let groups = machine.logs().map(|log| (log.charter().name.to_string(), log.log(), log.head().number)).collect();
    Ok(Restored { header, records: reader.records(), groups })
}

/// Makes the store of a home from a backup; the home has the node's keys already, and no store.
///
/// The store does not say that it is intact: the node that opens it catches up with its witnesses before it signs.
///
/// # Errors
/// If the home has a store, lacks the keys or is in use, or the backup does not stand [`check`]; then the home has no
/// store afterwards either.
pub fn restore(path: &Path, home: &Home) -> Result<Restored, BackupError> {
    let _lock = node::lock_home(home).map_err(Box::new)?;
    if home.store().exists() {
        return Err(BackupError::HasStore { path: home.store() });
    }
    let header = Reader::open(path)?.header().clone();
    check_keys(&header, home)?;
    let restored = check(path)?;
    let dir = unfinished(home);
    let failed = |source| BackupError::Io { path: dir.clone(), source };
    if dir.exists() {
        fs::remove_dir_all(&dir).map_err(failed)?;
    }
    write(path, &dir)?;
    fs::rename(&dir, home.store()).and_then(|()| File::open(home.path())?.sync_all()).map_err(failed)?;
    Ok(restored)
}

fn check_keys(header: &Header, home: &Home) -> Result<(), BackupError> {
    let keys = KeyStore::open(home.keys())?;
    let wrong = |found: String| BackupError::Keys { node: header.node.clone(), path: home.keys(), found };
    if !keys.has_node()? {
        return Err(wrong("has no keys".into()));
    }
    let own = keys.node()?.public().to_string();
    if own == header.node { Ok(()) } else { Err(wrong(format!("has those of {own}"))) }
}

fn write(path: &Path, dir: &Path) -> Result<(), BackupError> {
    let store = SledStore::open(dir)?;
    let mut reader = Reader::open(path)?;
    let mut batch = Batch::new();
    while let Some((key, value)) = reader.next()? {
        if batch.bytes() + key.len() + value.len() > WRITE_BYTES {
            store.commit(std::mem::take(&mut batch))?;
        }
        batch.put(key, value);
    }
    Ok(store.commit(batch)?)
}

fn take(machine: &mut Machine, key: &[u8], value: &[u8]) -> Result<(), String> {
    let (kind, rest) = key.split_first().ok_or("an empty key")?;
    let same = |is: bool| if is { Ok(()) } else { Err("it stands under another key than its own".to_owned()) };
    let text = |error: &dyn std::fmt::Display| error.to_string();
    match kind {
        b'e' => {
            let entry = Entry::decode(value).map_err(|e| text(&e))?;
            same(rest == [&entry.log().0[..], &entry.number().to_be_bytes()].concat())?;
            machine.restore_entry(&entry).map_err(|e| text(&e))
        }
        b'b' => same(rest.get(32..) == Some(&Body::decode(value).map_err(|e| text(&e))?.id().0[..])),
        b'f' => {
            let agreement: FederationAgreement = cbor::decode(value, ENTRY_BYTES).map_err(|e| text(&e))?;
            same(rest == agreement.id().0)
        }
        b'n' => {
            let note = Note::from_bytes(value).map_err(|e| text(&e))?;
            let content = note.content();
            same(rest == [content.log.0, note.id().0].concat())?;
            let covers = machine.log(&content.log).and_then(|log| log.entry(content.number));
            if covers == Some(content.entry) { Ok(()) } else { Err("a note of an entry that is not there".into()) }
        }
        b'x' => same(rest == Entry::decode(value).map_err(|e| text(&e))?.log().0),
        b'i' | b'c' => Err("a backup cannot say that it is whole".into()),
        // Kinds that say nothing about a log: their checksum was right.
        _ => Ok(()),
    }
}
