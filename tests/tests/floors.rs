//! Versions in `Cargo.lock` below which a dependency has known advisories, and dependencies that must come once.

use std::{fs, path::Path};

use toml::{Table, Value};

/// Dependency, its first version without a known advisory.
const FLOORS: [(&str, [u64; 3]); 6] = [
    ("libp2p", [0, 57, 0]),
    ("libp2p-gossipsub", [0, 50, 1]),
    ("yamux", [0, 13, 10]),
    ("quinn-proto", [0, 11, 15]),
    ("curve25519-dalek", [4, 1, 3]),
    ("ed25519-dalek", [3, 0, 0]),
];

#[test]
fn no_dependency_is_below_its_floor() {
    let packages = packages();
    for (name, floor) in FLOORS {
        let versions = versions(&packages, name);
        assert!(!versions.is_empty(), "{name} is not in Cargo.lock: take its floor out of the list");
        for version in versions {
            assert!(numbers(version) >= floor, "{name} {version} is below {floor:?}: cargo update -p {name}");
        }
    }
}

#[test]
fn records_have_one_ed25519() {
    let packages = packages();
    assert_eq!(versions(&packages, "ed25519-dalek").len(), 1, "two ed25519-dalek could disagree about a signature");
    let ed25519 = packages.iter().find(|package| text(package, "name") == "ed25519-dalek").expect("is there");
    let newest = versions(&packages, "curve25519-dalek").into_iter().max_by_key(|version| numbers(version));
    let newest = format!("curve25519-dalek {}", newest.expect("is there"));
    assert!(needs(ed25519, "curve25519-dalek") || needs(ed25519, &newest), "ed25519-dalek lags behind {newest}");
}

/// libp2p's Noise (`snow`) names an older curve for browsers; native builds take X25519 from `ring` and do without.
/// When it moves on, nothing is left here; anything else that comes by an older curve is new, and a decision.
#[test]
fn a_second_curve_comes_by_snow_alone() {
    let packages = packages();
    let mut versions = versions(&packages, "curve25519-dalek");
    versions.sort_by_key(|version| numbers(version));
    versions.pop();
    let by: Vec<(&str, &str)> = versions
        .iter()
        .flat_map(|version| packages.iter().map(move |package| (package, *version)))
        .filter(|(package, version)| needs(package, &format!("curve25519-dalek {version}")))
        .map(|(package, version)| (text(package, "name"), version))
        .collect();
    assert!(by == [("snow", "4.1.3")] || by.is_empty(), "older curve25519-dalek come by {by:?}");
}

fn packages() -> Vec<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lock: Table = lock.parse().expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("an array of packages");
    packages.iter().map(|package| package.as_table().expect("a table").clone()).collect()
}

fn text<'a>(package: &'a Table, field: &str) -> &'a str {
    package.get(field).and_then(Value::as_str).unwrap_or_else(|| panic!("{package:?} has no {field}"))
}

fn versions<'a>(packages: &'a [Table], name: &str) -> Vec<&'a str> {
    let named = packages.iter().filter(|package| text(package, "name") == name);
    named.map(|package| text(package, "version")).collect()
}

/// Says whether `package` depends on `dependency`, written as in Cargo.lock: the version only where there are two.
fn needs(package: &Table, dependency: &str) -> bool {
    let dependencies = package.get("dependencies").and_then(Value::as_array);
    dependencies.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(dependency)))
}

fn numbers(version: &str) -> [u64; 3] {
    let numbers: Vec<u64> = version
        .split('+')
        .next()
        .into_iter()
        .flat_map(|version| version.split('.'))
        .map(|number| number.parse().unwrap_or_else(|_| panic!("{version} is no release")))
        .collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{version} has not three numbers"))
}
