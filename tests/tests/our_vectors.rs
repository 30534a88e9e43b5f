//! The vectors in `docs/vectors/` are what this program makes, no more and no less.

use std::{collections::BTreeMap, fs, path::Path};

use folkmoot_tests::vectors::all;

#[test]
fn the_vectors_are_those_that_the_program_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors");
    let made: BTreeMap<String, String> = all().into_iter().collect();
    let again = "make them with cargo run -p folkmoot-tests --bin vectors, and look at what changed";
    for (name, text) in &made {
        let stored = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(stored == *text, "docs/vectors/{name} is not what the program makes: {again}");
    }
    let mut found = Vec::new();
    for sub in ["", "logs/"] {
        for file in fs::read_dir(folder.join(sub)).unwrap() {
            let name = format!("{sub}{}", file.unwrap().file_name().to_str().unwrap());
            if name.ends_with(".json") {
                found.push(name);
            }
        }
    }
    found.sort();
    assert_eq!(found, made.into_keys().collect::<Vec<_>>(), "files in docs/vectors: {again}");
}
