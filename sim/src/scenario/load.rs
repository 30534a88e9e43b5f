//! Reading scenarios from files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use folkmoot_protocol::charter::RawCharter;

use super::{Scenario, ScenarioError};

/// Reads a scenario from a file, with the charters that it names, and checks it.
///
/// # Errors
/// What cannot be read, is not written as it must be, or does not fit, and where.
pub fn load(path: impl AsRef<Path>) -> Result<Scenario, ScenarioError> {
    let path = path.as_ref();
    parse(&read(path)?, path)
}

/// Reads a scenario from its text; `path` is where it stands, for messages and the charters that it names.
///
/// # Errors
/// As [`load`].
pub fn parse(text: &str, path: &Path) -> Result<Scenario, ScenarioError> {
    let mut scenario: Scenario = from_toml(text, path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    for (name, group) in &mut scenario.groups {
        if let Some(file) = group.file.take() {
            let file = folder.join(file);
            group.charter = from_toml::<RawCharter>(&read(&file)?, &file)?;
        }
        group.charter.name = name.clone();
    }
    scenario.check().map_err(|(place, problem)| ScenarioError::Part { path: path.to_owned(), place, problem })?;
    Ok(scenario)
}

fn read(path: &Path) -> Result<String, ScenarioError> {
    fs::read_to_string(path).map_err(|source| ScenarioError::Read { path: PathBuf::from(path), source })
}

fn from_toml<T: serde::de::DeserializeOwned>(text: &str, path: &Path) -> Result<T, ScenarioError> {
    toml::from_str(text).map_err(|source| ScenarioError::Form { path: path.to_owned(), source: Box::new(source) })
}
