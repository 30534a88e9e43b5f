//! `moot export` and `moot verify`: proof of a decision, or of a matter's result, in one file, and its verification by
//! anybody.

mod matter;

use std::{
    fs::{File, Permissions},
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use folkmoot_protocol::{
    id::{FederationId, Hash, LogId},
    limits::BUNDLE_BYTES,
    proof::{Anchors, Check, Report, Shown, Verdict, verify as verify_bundle},
};
use serde_json::json;

use super::{
    CliError, Ctx,
    matter::{find as find_matter, is_id as is_matter},
};
use crate::{
    client::escape,
    output::{Output, indent, local},
};

/// The arguments of `moot verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The file that `moot export` wrote
    file: PathBuf,
    /// The group that it must be about, by its whole id
    #[arg(long, value_name = "ID")]
    log: Option<LogId>,
    /// The federation whose panel must have sealed it, by its whole id
    #[arg(long, value_name = "ID")]
    federation: Option<FederationId>,
    /// The version of the federation's agreement, by its whole hash
    #[arg(long, value_name = "HASH")]
    agreement: Option<Hash>,
}

/// Writes what proves a decision, or how a matter stands in a group's log, into a file.
///
/// # Errors
/// If there is no such decision or matter, the node does not answer, or the file cannot be written: then there is none.
pub(crate) async fn export(id: &str, group: Option<&str>, file: &Path, full: bool, ctx: &Ctx) -> Result<(), CliError> {
    let path = match (is_matter(id), group) {
        (false, None) => format!("/v1/proposals/{}/proof?full={full}", escape(id)),
        (false, Some(_)) => {
            let problem = "a decision is in one group's log only: leave --group out, or name a matter (m…)";
            return Err(CliError::Input(problem.into()));
        }
        (true, None) => format!("/v1/matters/{}/proof?full={full}", escape(id)),
        (true, Some(group)) => format!("/v1/matters/{}/proof?full={full}&group={}", escape(id), escape(group)),
    };
    if file.symlink_metadata().is_ok() {
        return Err(CliError::Input(format!("{} exists: choose another name", file.display())));
    }
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: io::Error| CliError::Failed(format!("cannot write {}: {error}", file.display()));
    let mut draft = tempfile::Builder::new()
        .prefix(".proof-")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(dir)
        .map_err(failed)?;
    ctx.client().download(&path, draft.as_file_mut()).await?;
    draft.as_file().sync_all().map_err(failed)?;
    // Nobody should hand on what proves nothing without knowing it.
    let report = verify_bundle(&read(draft.path())?, &Anchors::default());
    draft.persist_noclobber(file).map_err(|error| failed(error.error))?;
    let bytes = file.metadata().map_err(failed)?.len();
    let mut view = json!({"file": file, "bytes": bytes, "verdict": report.verdict});
    let mut missing = String::new();
    if let Some(shown) = &report.matter {
        view["result"] =
            json!({"group": shown.name, "result": shown.result, "level": shown.level, "entry": shown.entry});
        if !matter::has_result(&shown.result) {
            missing = format!("\n{}", matter::no_result(shown.name.as_str(), &find_matter(&ctx.client(), id).await?));
        }
    }
    ctx.out.show(&view, |_| exported(file, bytes, &report) + &missing)?;
    Ok(())
}

fn exported(file: &Path, bytes: u64, report: &Report) -> String {
    let mut what =
        format!("{} has {bytes} bytes. Anybody verifies it by: moot verify {}", file.display(), file.display());
    if let Some(shown) = &report.matter {
        what.push_str(&format!("\nWhat the log of {} shows: {}.", shown.name, shown.words()));
    }
    match open_checks(report).as_str() {
        "" => what,
        reasons => format!("{what}\nIt does not pass yet:\n{reasons}"),
    }
}

/// Verifies a file by itself.
///
/// # Errors
/// If it fails, or is unresolved.
pub(crate) fn verify(args: &VerifyArgs, ctx: &Ctx) -> Result<(), CliError> {
    let anchors = Anchors { log: args.log, federation: args.federation, agreement: args.agreement };
    let report = verify_bundle(&read(&args.file)?, &anchors);
    ctx.out.show(&report, |report| words(report, &anchors, ctx.out))?;
    match report.verdict {
        Verdict::Pass => Ok(()),
        Verdict::Fail => Err(CliError::Failed(format!("{} does not prove what it says", args.file.display()))),
        Verdict::Unresolved => {
            let file = args.file.display();
            Err(CliError::Unresolved(format!("{file} does not prove what it says, and does not disprove it either")))
        }
    }
}

/// The file's bytes; of one that is too long to be a bundle only so many that this shows.
fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(BUNDLE_BYTES as u64 + 1).read_to_end(&mut bytes));
    // Nothing is proven by what cannot be read, and nothing disproven.
    read.map_err(|error| CliError::Unresolved(format!("cannot read {}: {error}", file.display())))?;
    Ok(bytes)
}

fn open_checks(report: &Report) -> String {
    let open = report.checks.iter().filter(|check| check.result != Verdict::Pass);
    open.map(|check| format!("  {}: {}", check.check.word(), check.detail)).collect::<Vec<_>>().join("\n")
}

fn words(report: &Report, anchors: &Anchors, out: Output) -> String {
    let verdict = match report.verdict {
        Verdict::Pass => out.good("pass"),
        Verdict::Fail => out.bad("fail"),
        Verdict::Unresolved => out.bold("unresolved"),
    };
    let mut text = format!("{verdict}\n");
    for Check { check, result, detail } in &report.checks {
        text.push_str(&format!("\n{}: {}\n{}\n", out.bold(check.word()), result.word(), indent(detail, "  ")));
    }
    if let Some(shown) = &report.decision {
        text.push_str(&decision(shown, report.verdict, out));
        text.push_str(&compare(shown.group, shown.federation, anchors));
    }
    if let Some(shown) = &report.matter {
        text.push_str(&matter::words(shown, report.verdict, out));
        text.push_str(&compare(shown.group, shown.federation, anchors));
    }
    text
}

fn decision(shown: &Shown, verdict: Verdict, out: Output) -> String {
    let claims =
        if verdict == Verdict::Pass { "What was decided" } else { "What it says was decided, which is not proven" };
    format!("\n{}\n{}\n", out.bold(claims), indent(&lines(shown).join("\n"), "  "))
}

/// A decision with its reasons, a line each.
fn lines(shown: &Shown) -> Vec<String> {
    let mut lines = vec![
        format!("{} ({})", shown.title, shown.proposal.short()),
        format!("{}: proposed by {} in {}, version {}", shown.outcome, shown.author, shown.name, shown.version),
        format!("opened {}, decided {}", local(&shown.opened.to_string()), local(&shown.decided.to_string())),
        format!("why: {}", shown.why.as_deref().unwrap_or("(the words are not here)")),
    ];
    lines.extend(shown.void_because.iter().map(|reason| format!("void: {reason}")));
    lines.extend(shown.responses.iter().map(|response| {
        let reason = response.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{} {}{reason}", response.member, response.answer)
    }));
    lines
}

/// What whoever verifies has to know from elsewhere, as far as it was not given.
fn compare(group: LogId, federation: Option<FederationId>, anchors: &Anchors) -> String {
    let group = anchors.log.is_none().then(|| format!("--log {group}"));
    let known = anchors.federation.is_some() || anchors.agreement.is_some();
    let federation = federation.filter(|_| !known).map(|federation| format!("--federation {federation}"));
    let open: Vec<String> = group.into_iter().chain(federation).collect();
    if open.is_empty() {
        return String::new();
    }
    format!("\nCompare with what you know from elsewhere, or give it:\n{}\n", indent(&open.join("\n"), "  "))
}
