//! `moot backup` and `moot restore`: everything that a node holds in one file, and a new home from it.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use folkmoot_node::{
    backup::{self, BackupError, Restored},
    config::Home,
};
use serde_json::json;

use super::{CliError, Ctx};

/// The arguments of `moot restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The backup
    file: PathBuf,
    /// Only verify the file: all checksums, all signatures, and that every log replays
    #[arg(long)]
    check: bool,
}

/// Asks the running node for a backup and writes it under a name that is free.
///
/// # Errors
/// If the node does not answer, or what came is no whole backup: then there is no file.
pub(crate) async fn backup(file: &Path, ctx: &Ctx) -> Result<(), CliError> {
    if file.symlink_metadata().is_ok() {
        return Err(CliError::Input(format!("{} exists: choose another name", file.display())));
    }
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: io::Error| CliError::Failed(format!("cannot write {}: {error}", file.display()));
    let mut draft = tempfile::Builder::new()
        .prefix(".backup-")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(dir)
        .map_err(failed)?;
    ctx.client().download("/v1/backup", draft.as_file_mut()).await?;
    draft.as_file().sync_all().map_err(failed)?;
    let path = draft.path().to_owned();
    let records = blocking(move || checksums(&path)).await??;
    draft.persist_noclobber(file).map_err(|error| failed(error.error))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
    let bytes = fs::metadata(file).map_err(failed)?.len();
    ctx.out.show(&json!({"file": file, "records": records, "bytes": bytes}), |_| {
        format!(
            "{records} records in {} ({bytes} bytes).\nIt has no secret keys: keep a copy of {} in a safe place too.",
            file.display(),
            Home::new(&ctx.home).keys().display()
        )
    })?;
    Ok(())
}

/// Verifies a backup, and makes the store of this home from it.
///
/// # Errors
/// If the backup is damaged, or the home cannot take it; then nothing was changed.
pub(crate) async fn restore(args: RestoreArgs, ctx: &Ctx) -> Result<(), CliError> {
    let (home, check) = (Home::new(&ctx.home), args.check);
    let restored = blocking(move || match check {
        true => backup::check(&args.file),
        false => backup::restore(&args.file, &home),
    })
    .await??;
    ctx.out.show(&view(&restored, check), |_| words(&restored, check))?;
    Ok(())
}

fn view(restored: &Restored, check: bool) -> serde_json::Value {
    let groups = restored.groups.iter().map(|(name, id, number)| json!({"name": name, "group": id, "number": number}));
    json!({
        "node": restored.header.node,
        "made": restored.header.made,
        "version": restored.header.version,
        "records": restored.records,
        "groups": groups.collect::<Vec<_>>(),
        "restored": !check,
    })
}

fn words(restored: &Restored, check: bool) -> String {
    let Restored { header, records, groups } = restored;
    let done = if check { "The backup is whole" } else { "Restored" };
    let groups: String = groups.iter().map(|(name, _, number)| format!("\n  {name} up to entry {number}")).collect();
    let next = if check {
        ""
    } else {
        "\nStart the node (moot node run). It signs nothing for a group before that group's witnesses have reported how \
         far its log went since (moot node status shows it)."
    };
    format!("{done}: {records} records of node {}, of {}{groups}{next}", header.node, header.made)
}

/// Reads a backup to its end, which checks all checksums.
fn checksums(path: &Path) -> Result<u64, BackupError> {
    let mut reader = backup::Reader::open(path)?;
    while reader.next()?.is_some() {}
    Ok(reader.records())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CliError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| CliError::Failed(error.to_string()))
}
