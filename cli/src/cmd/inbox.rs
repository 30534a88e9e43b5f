//! `moot inbox`: what waits for me, soonest first; `--watch` says it anew when it changes.

use folkmoot_node::{clock, control::view::InboxItem};
use folkmoot_protocol::key::PublicKey;
use serde_json::{Value, json};

use super::{CliError, Ctx, watching};
use crate::{
    client::{ClientError, Events},
    output::{
        from_now, local, short,
        table::{Grid, Tone},
    },
};

/// The arguments of `moot inbox`.
#[derive(Debug, clap::Args)]
pub(crate) struct InboxArgs {
    /// Stay, and print it anew when it changes; with --json one object for each change: inbox, away, back
    #[arg(long)]
    watch: bool,
}

/// Runs `moot inbox`.
///
/// # Errors
/// If the node does not answer.
pub(crate) async fn run(args: &InboxArgs, ctx: &Ctx) -> Result<(), CliError> {
    let key = ctx.key()?;
    if args.watch {
        return watch(&key, ctx).await;
    }
    let items: Vec<InboxItem> = read(&key, ctx).await?;
    ctx.out.show(&items, |items| words(items, ctx))?;
    Ok(())
}

async fn read(key: &PublicKey, ctx: &Ctx) -> Result<Vec<InboxItem>, ClientError> {
    ctx.client().get(&format!("/v1/inbox?key={key}")).await
}

fn words(items: &[InboxItem], ctx: &Ctx) -> String {
    if items.is_empty() {
        return "Nothing waits for you.".into();
    }
    let now = clock::now();
    let mut grid = Grid::new(&["until", "group", "what", "id", "title"]).spare(&["title", "group"]);
    for item in items {
        let cells = [
            from_now(&item.by, now),
            item.group.clone(),
            item.what.clone(),
            id(item).map(short).unwrap_or_default().into(),
            item.title.clone().unwrap_or_default(),
        ];
        grid.row(cells.map(|text| (text, Tone::Plain)));
    }
    grid.render(ctx.out.place())
}

/// What an item is about.
fn id(item: &InboxItem) -> Option<&str> {
    item.proposal.as_deref().or(item.matter.as_deref()).or(item.terms.as_deref()).or(item.round.as_deref())
}

/// Prints the inbox, and again whenever it is another one, until Ctrl-C.
async fn watch(key: &PublicKey, ctx: &Ctx) -> Result<(), CliError> {
    let mut shown = None;
    watching::watch(ctx, async |events| follow(events, key, &mut shown, ctx).await).await
}

/// Prints what changes for as long as the node is there; gives back why it ended.
async fn follow(events: &mut Events, key: &PublicKey, shown: &mut Option<Value>, ctx: &Ctx) -> CliError {
    loop {
        // The events were asked for before the inbox is read, so that nothing falls between them.
        if let Err(error) = print_change(key, shown, ctx).await {
            return error;
        }
        if let Err(error) = watching::next(events, matters).await {
            return error.into();
        }
    }
}

/// Says whether an event can change an inbox.
fn matters(event: &str) -> bool {
    ["entry", "decided", "stopped", "lagged"].contains(&event)
}

async fn print_change(key: &PublicKey, shown: &mut Option<Value>, ctx: &Ctx) -> Result<(), CliError> {
    let items = read(key, ctx).await?;
    let change = json!({"event": "inbox", "items": items});
    if shown.as_ref() != Some(&change) {
        let now = local(&clock::now().to_string());
        ctx.out.show(&change, |_| format!("{}\n{}\n", ctx.out.bold(&now), words(&items, ctx)))?;
        *shown = Some(change);
    }
    Ok(())
}
