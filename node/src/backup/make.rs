//! Making a backup from the store of a node that runs.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use folkmoot_protocol::{envelope::Kind, id::LogId, note::Note};

use super::{Header, file::Writer};
use crate::records::{Records, RecordsError};

/// How many records are read at a time.
const PAGE: usize = 64;

/// Writes a backup of everything that is stored, with each log up to where `heads` says.
///
/// The node goes on meanwhile. Entries are never changed, so a log cut at one number is what it was at one moment; of
/// notes only those are taken that cover what is there. A text that is erased meanwhile is missing, as it should be.
///
/// # Errors
/// If a record cannot be read, or `out` takes no more: then what was written is no backup.
pub(crate) fn make(
    records: &Records,
    heads: &BTreeMap<LogId, u64>,
    header: &Header,
    out: impl Write,
) -> Result<u64, RecordsError> {
    let broken = |error: io::Error| RecordsError::Broken(format!("the backup cannot be written: {error}"));
    let mut writer = Writer::new(out, header).map_err(broken)?;
    let mut count = 0;
    let mut from = Vec::new();
    loop {
        let page = records.pairs(&from, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        from = [&last[..], &[0]].concat();
        for (key, value) in page.iter().filter(|(key, value)| belongs(key, value, heads)) {
            writer.record(key, value).map_err(broken)?;
            count += 1;
        }
    }
    writer.finish().map_err(broken)?;
    Ok(count)
}

fn belongs(key: &[u8], value: &[u8], heads: &BTreeMap<LogId, u64>) -> bool {
    let head = key.get(1..33).and_then(|id| id.try_into().ok()).and_then(|id| heads.get(&LogId(id)));
    match key.first() {
        // That the store has everything is true of this store, and of no copy.
        Some(b'i' | b'c') => false,
        Some(b'e' | b's') => {
            let number = key.get(33..41).and_then(|number| number.try_into().ok()).map(u64::from_be_bytes);
            head.zip(number).is_some_and(|(head, number)| number <= *head)
        }
        Some(b'n') => {
            let note = Note::decode_stored(Kind::Note, value);
            head.is_some_and(|head| note.is_ok_and(|note| note.content().number <= *head))
        }
        Some(b'b' | b'x') => head.is_some(),
        _ => true,
    }
}
