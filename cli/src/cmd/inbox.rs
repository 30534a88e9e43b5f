//! `moot inbox`: what waits for me, soonest first.

use folkmoot_node::{clock, control::view::InboxItem};

use super::{CliError, Ctx};
use crate::output::{
    from_now, short,
    table::{Grid, Tone},
};

/// Runs `moot inbox`.
///
/// # Errors
/// If the node does not answer.
pub(crate) async fn run(ctx: &Ctx) -> Result<(), CliError> {
    let key = ctx.key()?;
    let items: Vec<InboxItem> = ctx.client().get(&format!("/v1/inbox?key={key}")).await?;
    let now = clock::now();
    ctx.out.show(&items, |items| {
        if items.is_empty() {
            return "Nothing waits for you.".into();
        }
        let mut grid = Grid::new(&["until", "group", "what", "id", "title"]).spare(&["title", "group"]);
        for item in items {
            let cells = [
                from_now(&item.by, now),
                item.group.clone(),
                item.what.clone(),
                item.proposal.as_deref().map(short).unwrap_or_default().into(),
                item.title.clone().unwrap_or_default(),
            ];
            grid.row(cells.map(|text| (text, Tone::Plain)));
        }
        grid.render(ctx.out.place())
    })?;
    Ok(())
}
