//! Commits records to a store in a new directory and says how long that took.
//!
//! `store_commit DIR [COMMITS [RECORDS]]`: so many commits of so many records of 500 bytes, one of one by default. Under
//! `strace -f` it shows what a commit asks of the system.

use std::{env, error::Error, path::PathBuf, time::Instant};

use folkmoot_node::store::{Batch, SledStore, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let dir = PathBuf::from(args.next().ok_or("which directory?")?);
    let commits: u32 = args.next().as_deref().unwrap_or("1").parse()?;
    let records: u32 = args.next().as_deref().unwrap_or("1").parse()?;
    let store = SledStore::open(&dir)?;
    let batches: Vec<Batch> = (0..commits).map(|commit| batch(commit, records)).collect();

    eprintln!("commit begins");
    let start = Instant::now();
    for batch in batches {
        store.commit(batch)?;
    }
    let time = start.elapsed();
    eprintln!("commit returned");

    let rate = f64::from(commits) / time.as_secs_f64();
    println!("{commits} commits of {records}: {rate:.0} commits/s, {:.0} records/s", rate * f64::from(records));
    Ok(())
}

fn batch(commit: u32, records: u32) -> Batch {
    let mut batch = Batch::new();
    for record in 0..records {
        let key = [commit.to_be_bytes(), record.to_be_bytes()].concat();
        let value = key.repeat(500_usize.div_ceil(key.len()));
        batch.put(key, &value[..500]);
    }
    batch
}
