//! Writes the conformance vectors into `docs/vectors/`, or into the folder that it is given.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors");
    let folder = env::args_os().nth(1).map_or_else(default, PathBuf::from);
    for (name, text) in folkmoot_tests::vectors::all() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
        fs::write(&path, text)?;
    }
    println!("written to {}", folder.display());
    Ok(())
}
