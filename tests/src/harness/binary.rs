//! Where `moot` is.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The `moot` that belongs to this test, built from the same sources in the same profile.
///
/// cargo builds no binary of another package for a test, so this asks it to; it knows best whether one is fresh. The
/// variable `FOLKMOOT_MOOT` names another one, such as one built in release that is to be measured.
///
/// # Panics
/// If `moot` cannot be built.
pub fn moot() -> &'static Path {
    static MOOT: OnceLock<PathBuf> = OnceLock::new();
    MOOT.get_or_init(|| {
        if let Some(other) = env::var_os("FOLKMOOT_MOOT") {
            return fs::canonicalize(other).expect("FOLKMOOT_MOOT names a program, from the root of the disk on");
        }
        // target/PROFILE/deps/TEST, or target/TRIPLE/PROFILE/deps/TEST
        let test = env::current_exe().expect("a test knows its own path");
        let dir = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
        build(dir);
        dir.join("moot")
    })
}

fn build(dir: &Path) {
    let profile = match dir.file_name().and_then(|name| name.to_str()).expect("a profile has a name") {
        "debug" => "dev",
        other => other,
    };
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo tells a test about its package would make it build anew whatever asks for these variables.
    let package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix));
    env::vars_os().filter(|(name, _)| package(&name.to_string_lossy())).for_each(|(name, _)| {
        cargo.env_remove(name);
    });
    // With the workspace's features, as for its tests, so that little is built twice.
    let status = cargo
        .args(["build", "--quiet", "--workspace", "--bin", "moot", "--profile", profile])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"), "--target-dir"])
        .arg(dir.parent().expect("a profile's folder lies in another"))
        .status();
    assert!(status.expect("cargo can be started").success(), "moot cannot be built");
}
