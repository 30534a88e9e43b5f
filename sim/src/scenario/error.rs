//! Why a scenario cannot run.

use std::path::PathBuf;

use thiserror::Error;

/// Says why a file is no scenario: the file, the place in it, and what to do.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// A file cannot be read.
    #[error("{path}: cannot be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not written as it must be.
    #[error("{path}: {source}", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A part does not fit to the others.
    #[error("{path}, {place}: {problem}", path = path.display())]
    Part {
        /// The file.
        path: PathBuf,
        /// The part, as `steps[3]`.
        place: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}
