//! `moot log`: the entries of a group's log.

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{EntryView, GroupView};

use super::{
    CliError, Ctx,
    charter::{find_group, only_group},
    watching,
};
use crate::{
    client::{Events, escape},
    complete,
    output::{
        local,
        table::{Grid, Tone},
    },
};

/// Entries read at a time while it follows.
const PAGE: usize = 200;

/// The arguments of `moot log`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// The group, if the node holds several
    #[arg(add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
    /// From this entry on; left out, the latest ones
    #[arg(long)]
    from: Option<u64>,
    /// How many entries
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// With the signed bytes of each entry (with --json)
    #[arg(long)]
    bytes: bool,
    /// Stay, and print entries as they come, until Ctrl-C; with --json one object a line: entries, and the events away
    /// and back
    #[arg(short, long)]
    follow: bool,
}

/// Runs `moot log`.
///
/// # Errors
/// If there is no such group, or the node does not answer.
pub(crate) async fn run(args: LogArgs, ctx: &Ctx) -> Result<(), CliError> {
    // Not clap's `requires`: it does not see a --json that stands before `log`.
    if args.bytes && !ctx.json {
        return Err(CliError::Input("--bytes are for programs: give --json too".into()));
    }
    let groups: Vec<GroupView> = ctx.client().get("/v1/groups").await?;
    let group = match &args.group {
        Some(group) => group.clone(),
        None => only_group(&groups)?,
    };
    let number = find_group(&groups, &group).map_or(0, |at| groups[at].number);
    let from = args.from.unwrap_or_else(|| (number + 1).saturating_sub(args.limit as u64));
    if args.follow {
        let mut from = from;
        return watching::watch(ctx, async |events| follow(events, &group, &mut from, args.bytes, ctx).await).await;
    }
    let entries = read(&group, from, args.limit, args.bytes, ctx).await?;
    ctx.out.show(&entries, |entries| words(entries, ctx))?;
    Ok(())
}

async fn read(
    group: &str,
    from: u64,
    limit: usize,
    bytes: bool,
    ctx: &Ctx,
) -> Result<Vec<EntryView>, crate::client::ClientError> {
    let path = format!("/v1/groups/{}/log?from={from}&limit={limit}&bytes={bytes}", escape(group));
    ctx.client().get(&path).await
}

fn words(entries: &[EntryView], ctx: &Ctx) -> String {
    let mut grid = Grid::new(&["#", "when", "who", "what", ""]).spare(&["when", "who"]);
    for entry in entries {
        let cells =
            [entry.number.to_string(), local(&entry.time), entry.by.join(", "), entry.what.clone(), safe(entry).into()];
        grid.row(cells.map(|text| (text, Tone::Plain)));
    }
    grid.render(ctx.out.place())
}

fn safe(entry: &EntryView) -> &'static str {
    if entry.sealed { "sealed" } else { "not yet safe" }
}

/// Prints the entries from `from` on for as long as the node is there; gives back why it ended.
async fn follow(events: &mut Events, group: &str, from: &mut u64, bytes: bool, ctx: &Ctx) -> CliError {
    loop {
        // The events were asked for before the log is read, so that nothing falls between them.
        if let Err(error) = print_new(group, from, bytes, ctx).await {
            return error;
        }
        if let Err(error) = watching::next(events, |event| ["entry", "lagged"].contains(&event)).await {
            return error.into();
        }
    }
}

async fn print_new(group: &str, from: &mut u64, bytes: bool, ctx: &Ctx) -> Result<(), CliError> {
    loop {
        let entries = read(group, *from, PAGE, bytes, ctx).await?;
        for entry in &entries {
            ctx.out.show(entry, line)?;
            *from = entry.number + 1;
        }
        if entries.len() < PAGE {
            return Ok(());
        }
    }
}

/// An entry on a line of its own: what comes later cannot widen the columns of a table.
fn line(entry: &EntryView) -> String {
    let who = if entry.by.is_empty() { String::new() } else { format!("{}: ", entry.by.join(", ")) };
    format!("{}  {}  {who}{} ({})", entry.number, local(&entry.time), entry.what, safe(entry))
}
