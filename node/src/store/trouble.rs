//! What may go wrong inside the database, panics included, sorted by what the caller can do about it.

use std::{
    any::Any,
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Why the database did not do its work.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No room on the disk.
    Full,
    /// What is on disk makes no sense.
    Damaged(String),
    /// Anything else.
    Failed(sled::Error),
}

/// Runs a piece of work on the database and catches its panics, which sled has for much of what damage can do to it.
pub(super) fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, Trouble> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(Trouble::from),
        Err(panic) => Err(Trouble::Damaged(format!("the database panicked: {}", message(&*panic)))),
    }
}

impl From<sled::Error> for Trouble {
    fn from(error: sled::Error) -> Self {
        match &error {
            sled::Error::Io(io) => match io.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
                ErrorKind::UnexpectedEof => Self::Damaged("a file ends too early".into()),
                _ => Self::Failed(error),
            },
            sled::Error::Corruption { at: Some(at), .. } => Self::Damaged(format!("a bad page at {at:?}")),
            sled::Error::Corruption { at: None, .. } => Self::Damaged("a file does not pass its check".into()),
            sled::Error::ReportableBug(bug) => Self::Damaged(bug.clone()),
            sled::Error::CollectionNotFound(_) => Self::Damaged("a tree is missing".into()),
            _ => Self::Failed(error),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn failing(kind: ErrorKind) -> Trouble {
        Trouble::from(sled::Error::Io(io::Error::from(kind)))
    }

    #[test]
    fn errors_are_sorted_by_what_helps() {
        assert!(matches!(failing(ErrorKind::StorageFull), Trouble::Full));
        assert!(matches!(failing(ErrorKind::QuotaExceeded), Trouble::Full));
        assert!(matches!(failing(ErrorKind::UnexpectedEof), Trouble::Damaged(_)));
        assert!(matches!(failing(ErrorKind::PermissionDenied), Trouble::Failed(_)));
    }

    #[test]
    fn a_panic_is_an_error() {
        let caught = guarded::<()>(|| panic!("page {} is gone", 7));
        assert!(matches!(caught, Err(Trouble::Damaged(why)) if why.ends_with("page 7 is gone")));
        let caught = guarded::<()>(|| panic!("gone"));
        assert!(matches!(caught, Err(Trouble::Damaged(why)) if why.ends_with("gone")));
    }
}
