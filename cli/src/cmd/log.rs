//! `moot log`: the entries of a group's log.

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{EntryView, GroupView};

use super::{CliError, Ctx, charter::only_group};
use crate::{
    client::escape,
    complete,
    output::{
        local,
        table::{Grid, Tone},
    },
};

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
    let client = ctx.client();
    let groups: Vec<GroupView> = client.get("/v1/groups").await?;
    let group = match args.group {
        Some(group) => group,
        None => only_group(&groups)?,
    };
    let number = groups.iter().find(|g| g.name == group || g.group.starts_with(&group)).map_or(0, |g| g.number);
    let from = args.from.unwrap_or_else(|| (number + 1).saturating_sub(args.limit as u64));
    let path = format!("/v1/groups/{}/log?from={from}&limit={}&bytes={}", escape(&group), args.limit, args.bytes);
    let entries: Vec<EntryView> = client.get(&path).await?;
    ctx.out.show(&entries, |entries| {
        let mut grid = Grid::new(&["#", "when", "who", "what", ""]).spare(&["when", "who"]);
        for entry in entries {
            let sealed = if entry.sealed { "sealed" } else { "not yet safe" };
            let cells = [entry.number.to_string(), local(&entry.time), entry.by.join(", "), entry.what.clone()];
            grid.row(cells.into_iter().chain([sealed.into()]).map(|text| (text, Tone::Plain)));
        }
        grid.render(ctx.out.place())
    })?;
    Ok(())
}
