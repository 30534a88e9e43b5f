//! The file of a backup: a line that says what it is, a header, records, an end. Each has a checksum, and so has all.
//!
//! ```text
//! folkmoot backup 1\n
//! length (4 bytes, big-endian) · header (JSON) · SHA-256 of both
//! length of the key (4) · length of the value (4) · key · value · SHA-256 of all four     for each record
//! 0 (4) · number of records (8) · SHA-256 of everything before
//! ```

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{BackupError, Header};
use crate::store::{MAX_KEY, MAX_VALUE, Pair};

const MAGIC: &[u8] = b"folkmoot backup 1\n";
/// Longest header in bytes.
const HEADER_BYTES: usize = 64 * 1024;

/// Writes a backup.
pub(super) struct Writer<W> {
    out: W,
    whole: Sha256,
    records: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W, header: &Header) -> io::Result<Self> {
        let mut writer = Self { out, whole: Sha256::new(), records: 0 };
        writer.write(MAGIC)?;
        let json = serde_json::to_vec(header)?;
        writer.checked(&[&length(&json), &json])?;
        Ok(writer)
    }

    pub(super) fn record(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.records += 1;
        self.checked(&[&length(key), &length(value), key, value])
    }

    /// Writes the end, without which the file is none.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.write(&0_u32.to_be_bytes())?;
        self.write(&self.records.to_be_bytes())?;
        self.out.write_all(&self.whole.finalize())?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn checked(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
            self.write(part)?;
        }
        self.write(&hash.finalize())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.whole.update(bytes);
        self.out.write_all(bytes)
    }
}

/// Reads a backup; nothing of it is to be used before [`Reader::next`] has come to its end once.
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    whole: Sha256,
    records: u64,
}

impl Reader {
    /// Opens a backup and reads its header.
    ///
    /// # Errors
    /// If the file cannot be read, or is no backup.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let file = BufReader::new(File::open(path).map_err(BackupError::io(path))?);
        let header = Header { format: 0, version: String::new(), node: String::new(), made: String::new() };
        let mut reader = Self { path: path.to_owned(), file, header, whole: Sha256::new(), records: 0 };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(reader.damaged("it does not begin like one"));
        }
        let length = reader.length(HEADER_BYTES)?;
        let json = reader.take(length)?;
        reader.check(&[&(length as u32).to_be_bytes(), &json], "its header")?;
        reader.header = serde_json::from_slice(&json).map_err(|error| reader.damaged(&error.to_string()))?;
        Ok(reader)
    }

    /// What stands at its beginning.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many records were read.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The next record, or nothing at the end, when all checksums have been right.
    ///
    /// # Errors
    /// If the file cannot be read, ends early or does not pass a check.
    #[allow(clippy::should_implement_trait, reason = "an iterator would go on after an error")]
    pub fn next(&mut self) -> Result<Option<Pair>, BackupError> {
        let key = self.length(MAX_KEY)?;
        if key == 0 {
            return self.end().map(|()| None);
        }
        let value = self.length(MAX_VALUE)?;
        let lengths = [(key as u32).to_be_bytes(), (value as u32).to_be_bytes()].concat();
        let pair = (self.take(key)?, self.take(value)?);
        self.check(&[&lengths, &pair.0, &pair.1], "a record")?;
        self.records += 1;
        Ok(Some(pair))
    }

    pub(super) fn damaged(&self, why: &str) -> BackupError {
        BackupError::Damaged { path: self.path.clone(), why: why.to_owned() }
    }

    fn end(&mut self) -> Result<(), BackupError> {
        let count = self.take(8)?;
        let whole = self.whole.clone().finalize();
        let mut found = Vec::new();
        let rest = self.file.by_ref().take(33).read_to_end(&mut found);
        rest.map_err(BackupError::io(&self.path))?;
        if count != self.records.to_be_bytes() || found != whole[..] {
            return Err(self.damaged("its end does not fit to what stands before it"));
        }
        Ok(())
    }

    fn check(&mut self, parts: &[&[u8]], what: &str) -> Result<(), BackupError> {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        if self.take(32)? != hash.finalize()[..] {
            return Err(self.damaged(&format!("the checksum of {what} is wrong (after {} records)", self.records)));
        }
        Ok(())
    }

    fn length(&mut self, most: usize) -> Result<usize, BackupError> {
        let bytes = self.take(4)?;
        let length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        if length > most {
            return Err(self.damaged(&format!("something of {length} bytes where {most} are the most")));
        }
        Ok(length)
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, BackupError> {
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it ends too early"),
            _ => BackupError::io(&self.path)(error),
        })?;
        self.whole.update(&bytes);
        Ok(bytes)
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    (bytes.len() as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup() -> Vec<u8> {
        let header = Header { format: 2, version: "0".into(), node: "n".into(), made: "m".into() };
        let mut writer = Writer::new(Vec::new(), &header).unwrap();
        writer.record(b"a", b"one").unwrap();
        writer.record(b"b", b"").unwrap();
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Pair>, BackupError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut reader = Reader::open(file.path())?;
        let mut pairs = Vec::new();
        while let Some(pair) = reader.next()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }

    #[test]
    fn what_was_written_is_read() {
        let pairs = read(&backup()).unwrap();
        assert_eq!(pairs, [(b"a".to_vec(), b"one".to_vec()), (b"b".to_vec(), Vec::new())]);
    }

    #[test]
    fn a_flipped_bit_or_a_missing_end_shows() {
        let whole = backup();
        for at in 0..whole.len() {
            let mut rotten = whole.clone();
            rotten[at] ^= 1;
            assert!(matches!(read(&rotten), Err(BackupError::Damaged { .. })), "byte {at}");
            assert!(matches!(read(&whole[..at]), Err(BackupError::Damaged { .. })), "cut at {at}");
        }
        assert!(read(&[&whole[..], b"x"].concat()).is_err(), "something after the end");
    }

    #[test]
    fn two_whole_records_that_changed_places_show() {
        let header = Header { format: 2, version: "0".into(), node: "n".into(), made: "m".into() };
        let mut other = Writer::new(Vec::new(), &header).unwrap();
        other.record(b"b", b"").unwrap();
        other.record(b"a", b"one").unwrap();
        let (whole, mut swapped) = (backup(), other.finish().unwrap());
        let end = whole.len() - 32;
        swapped[end..].copy_from_slice(&whole[end..]);
        assert!(matches!(read(&swapped), Err(BackupError::Damaged { .. })));
    }
}
