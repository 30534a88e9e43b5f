//! A look at sled's log before sled opens it, because sled changes what it finds and keeps quiet about much of it.
//!
//! On opening, sled replays its log from the last snapshot on. Where a message in the middle does not pass its check, sled
//! leaves out the rest of that segment and goes on with the next: later records survive, and what was left out
//! reverts to older values, each with a hash that fits. That is meant for one case, a free segment overwritten in part
//! when a crash came. A damaged byte has the same effect, so this module walks the same segments first and tells one
//! from the other.
//!
//! The end of the log is not judged here. A crash may leave anything there; `tally` tells whether too much is gone.
//! What lies before the snapshot is not read either: sled finds each page there by its place and checks it when it does.
//!
//! The form of the file is that of sled 0.34, the last of its line. Numbers are little-endian.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

/// The start of a segment: its check, its place in the log, and how far the log was stable when it was begun.
const SEGMENT_HEADER: usize = 20;

/// No message begins so near to the end of a segment.
const RED_ZONE: usize = 32;

const CAP: u8 = 2;
const KINDS: std::ops::RangeInclusive<u8> = 1..=11;

/// Returns what is wrong with the log in a directory, if something is.
pub(super) fn damage(dir: &Path, segment: usize) -> io::Result<Option<String>> {
    let file = match File::open(dir.join("db")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut log = match Log::read(file, segment)? {
        Ok(log) => log,
        Err(offset) => return Ok(Some(format!("the segment at {offset} has a bad header"))),
    };
    let mut broken = None;
    for (lsn, offset) in log.replayed(snapshot(dir)?) {
        match log.walk(lsn, offset)? {
            None => {}
            Some(place) if broken.is_none() => broken = Some(place),
            Some(place) => return Ok(Some(format!("bad messages at {place} and before"))),
        }
    }
    let Some(place) = broken else { return Ok(None) };
    Ok((!log.may_be_rolling()?).then(|| format!("a bad message at {place}")))
}

/// The segments of a log by their place in it.
struct Log {
    file: File,
    size: usize,
    segments: BTreeMap<u64, u64>,
    stable: u64,
    buffer: Vec<u8>,
}

impl Log {
    /// Reads the headers. Returns in place of the log the offset of one that is neither empty nor sound.
    fn read(file: File, size: usize) -> io::Result<Result<Self, u64>> {
        let len = file.metadata()?.len();
        let mut log = Self { file, size, segments: BTreeMap::new(), stable: 0, buffer: Vec::new() };
        for offset in (0..len).step_by(size) {
            let mut header = [0; SEGMENT_HEADER];
            if len - offset < header.len() as u64 {
                break;
            }
            log.file.read_exact_at(&mut header, offset)?;
            if header == [0; SEGMENT_HEADER] {
                continue;
            }
            let Some((lsn, stable)) = places(&header) else { return Ok(Err(offset)) };
            log.stable = log.stable.max(stable);
            if lsn % size as u64 != 0 || log.segments.insert(lsn, offset).is_some() {
                return Ok(Err(offset));
            }
        }
        Ok(Ok(log))
    }

    /// Lists the segments that are replayed after a snapshot, up to the part that a crash may have torn.
    fn replayed(&self, snapshot: u64) -> Vec<(u64, u64)> {
        let base = |lsn: u64| lsn / self.size as u64 * self.size as u64;
        let (first, torn) = (base(snapshot), base(self.stable.max(snapshot)));
        self.segments.range(first..torn).map(|(&lsn, &offset)| (lsn, offset)).collect()
    }

    /// Follows the messages of a segment; returns the place in the file of the first that does not pass its check.
    fn walk(&mut self, lsn: u64, offset: u64) -> io::Result<Option<u64>> {
        self.load(offset)?;
        let number = lsn / self.size as u64;
        let mut at = SEGMENT_HEADER;
        while self.size - at > RED_ZONE {
            match self.buffer.get(at..).and_then(|bytes| message(bytes, number)) {
                Some((CAP, _)) => break,
                Some((_, len)) => at += len,
                None => return Ok(Some(offset + at as u64)),
            }
        }
        Ok(None)
    }

    /// Tells whether the log ends where a segment ends. Then a free segment may have been in use for the next one.
    fn may_be_rolling(&mut self) -> io::Result<bool> {
        match self.segments.last_key_value() {
            Some((&lsn, &offset)) => Ok(self.walk(lsn, offset)?.is_none()),
            None => Ok(false),
        }
    }

    fn load(&mut self, offset: u64) -> io::Result<()> {
        let left = self.file.metadata()?.len().saturating_sub(offset);
        self.buffer.resize(self.size.min(usize::try_from(left).unwrap_or(self.size)), 0);
        self.file.read_exact_at(&mut self.buffer, offset)
    }
}

/// Returns how far the latest snapshot goes, which is in its name.
fn snapshot(dir: &Path) -> io::Result<u64> {
    let mut latest = 0;
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let place = name.to_str().and_then(|name| name.strip_prefix("snap."));
        latest = latest.max(place.and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(0));
    }
    Ok(latest)
}

/// Returns a segment's place in the log and how far the log was stable, if its header passes its check.
fn places(header: &[u8; SEGMENT_HEADER]) -> Option<(u64, u64)> {
    let (check, places) = header.split_first_chunk::<4>()?;
    let (lsn, stable) = places.split_first_chunk::<8>()?;
    let stable = stable.first_chunk::<8>()?;
    let plain = |bytes: &[u8; 8]| i64::from_le_bytes(*bytes) ^ i64::MAX;
    let sound = u32::from_le_bytes(*check) == !crc32fast::hash(places);
    // Before the first byte is stable, the log is stable up to -1.
    sound.then(|| u64::try_from(plain(lsn)).ok().map(|lsn| (lsn, plain(stable).max(0).unsigned_abs())))?
}

/// Returns the kind and length of the message that `bytes` begin with, if it is whole and belongs to this segment.
fn message(bytes: &[u8], segment: u64) -> Option<(u8, usize)> {
    let (check, rest) = bytes.split_first_chunk::<4>()?;
    let (&kind, mut rest) = rest.split_first()?;
    let len = usize::try_from(varint(&mut rest)?).ok()?;
    let number = varint(&mut rest)?;
    let _page = varint(&mut rest)?;
    let start = bytes.len() - rest.len();
    let body = rest.get(..len)?;
    let mut hash = crc32fast::Hasher::new();
    hash.update(body);
    hash.update(&bytes[4..start]);
    let sound = KINDS.contains(&kind) && number == segment && u32::from_le_bytes(*check) == !hash.finalize();
    sound.then_some((kind, start + len))
}

/// Takes a number in SQLite's variable-length form, with little-endian tails, from the front of `bytes`.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    let tail = match first {
        0..=240 => 0,
        241..=248 => 1,
        249 => 2,
        _ => usize::from(first) - 247,
    };
    let (tail, rest) = rest.split_at_checked(tail)?;
    *bytes = rest;
    Some(match (first, tail) {
        (241..=248, &[low]) => 240 + 256 * (u64::from(first) - 241) + u64::from(low),
        (249, &[high, low]) => 2288 + 256 * u64::from(high) + u64::from(low),
        (_, []) => u64::from(first),
        _ => tail.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{contract::noise, opening};

    const SEGMENT: usize = 64 * 1024;

    #[test]
    fn numbers_are_read_as_sled_writes_them() {
        let cases: [(&[u8], u64); 8] = [
            (&[0], 0),
            (&[240], 240),
            (&[241, 1], 241),
            (&[248, 255], 2287),
            (&[249, 0, 0], 2288),
            (&[249, 255, 255], 67823),
            (&[250, 1, 2, 3], 0x03_0201),
            (&[255, 1, 2, 3, 4, 5, 6, 7, 8], 0x0807_0605_0403_0201),
        ];
        for (bytes, number) in cases {
            let mut rest = bytes;
            assert_eq!(varint(&mut rest), Some(number));
            assert!(rest.is_empty());
            assert_eq!(varint(&mut &bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn a_new_directory_is_sound() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(damage(dir.path(), SEGMENT).unwrap(), None);
    }

    #[test]
    fn a_log_is_sound_however_often_it_was_opened() {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..5 {
            churn(dir.path(), round);
            assert_eq!(damage(dir.path(), SEGMENT).unwrap(), None);
        }
    }

    #[test]
    fn a_flipped_byte_in_what_is_replayed_shows() {
        let dir = tempfile::tempdir().unwrap();
        churn(dir.path(), 0);
        let replayed = replayed(dir.path());
        assert!(replayed.len() > 3);
        for (n, &offset) in replayed.iter().enumerate() {
            for place in [offset + n as u64 % 20, offset + 20, offset + 1000 + 777 * n as u64] {
                flip(dir.path(), place);
                assert!(damage(dir.path(), SEGMENT).unwrap().is_some(), "{place}");
                flip(dir.path(), place);
            }
        }
        assert_eq!(damage(dir.path(), SEGMENT).unwrap(), None);
    }

    #[test]
    fn what_a_crash_leaves_is_no_damage() {
        let dir = tempfile::tempdir().unwrap();
        churn(dir.path(), 0);
        let (_, &end) = log(dir.path()).segments.last_key_value().unwrap();
        flip(dir.path(), end + 30);
        assert_eq!(damage(dir.path(), SEGMENT).unwrap(), None, "the end of the log");
        overwrite(dir.path(), end, &[0; SEGMENT]);
        let replayed = replayed(dir.path());
        flip(dir.path(), replayed[0] + 1000);
        assert_eq!(damage(dir.path(), SEGMENT).unwrap(), None, "a free segment in use for the next one");
        flip(dir.path(), replayed[1] + 1000);
        assert!(damage(dir.path(), SEGMENT).unwrap().is_some(), "two of them");
    }

    /// Writes enough, over and over, for segments to be freed and used again.
    fn churn(dir: &Path, round: u64) {
        opening::settle(dir).unwrap();
        let db = sled::Config::new().path(dir).segment_size(SEGMENT).flush_every_ms(None).open().unwrap();
        for commit in 0..100 {
            let mut batch = sled::Batch::default();
            for n in 0..10 {
                let key = (commit * 10 + n) * 7919 % 300_u64;
                batch.insert(&key.to_be_bytes(), noise(round * 1000 + commit, 400));
            }
            db.apply_batch(batch).unwrap();
            db.flush().unwrap();
        }
    }

    fn log(dir: &Path) -> Log {
        Log::read(File::open(dir.join("db")).unwrap(), SEGMENT).unwrap().ok().unwrap()
    }

    fn replayed(dir: &Path) -> Vec<u64> {
        log(dir).replayed(snapshot(dir).unwrap()).into_iter().map(|(_, offset)| offset).collect()
    }

    fn flip(dir: &Path, offset: u64) {
        let mut byte = [0];
        File::open(dir.join("db")).unwrap().read_exact_at(&mut byte, offset).unwrap();
        overwrite(dir, offset, &[byte[0] ^ 4]);
    }

    fn overwrite(dir: &Path, offset: u64, bytes: &[u8]) {
        fs::OpenOptions::new().write(true).open(dir.join("db")).unwrap().write_all_at(bytes, offset).unwrap();
    }
}
