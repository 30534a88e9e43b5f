//! What only the store on disk must do.

use super::{SledStore, contract::contract};

contract!({
    let dir = tempfile::tempdir().unwrap();
    (SledStore::open(dir.path()).unwrap(), dir)
});
