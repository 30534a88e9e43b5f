//! `moot matter`: what touches several groups: open, list, show, answer, and see it enacted.

mod draft;
pub(crate) mod heard;
mod open;
mod stance;
pub(crate) mod words;

use clap_complete::ArgValueCandidates;
use folkmoot_node::{clock, control::view::MatterView};

pub(crate) use self::open::effect;
use self::{open::OpenArgs, stance::StanceArgs};
use super::{CliError, Ctx};
use crate::{
    client::{Client, ClientError, escape},
    complete,
    output::{
        from_now, short,
        table::{Grid, Tone},
    },
};

/// Open, answer and show what touches several groups
#[derive(Debug, clap::Subcommand)]
pub(crate) enum MatterCommand {
    /// Propose to your group to open a matter with the groups that it touches
    Open(Box<OpenArgs>),
    /// List matters, the latest first
    List {
        /// Only those in which this group has a say
        #[arg(long, add = ArgValueCandidates::new(complete::groups))]
        group: Option<String>,
        /// Only those that groups may still answer
        #[arg(long)]
        open: bool,
    },
    /// Show a matter: its levels, and what every group said and why
    Show {
        /// The matter: its id, or the start of it
        #[arg(add = ArgValueCandidates::new(complete::matters))]
        matter: String,
    },
    /// Propose to your group to answer a matter: that is its stance once the group has decided
    Stance(StanceArgs),
    /// Show who has enacted an adopted matter, and why others have not; a group's node does it by itself
    Enact {
        /// The matter: its id, or the start of it
        #[arg(add = ArgValueCandidates::new(complete::matters))]
        matter: String,
    },
}

/// Runs `moot matter`.
///
/// # Errors
/// If something is missing, there is no such matter, or the node refuses.
pub(crate) async fn run(command: MatterCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        MatterCommand::Open(args) => open::open(&args, ctx).await,
        MatterCommand::List { group, open } => list(group.as_deref(), open, ctx).await,
        MatterCommand::Show { matter } => show(&matter, ctx).await,
        MatterCommand::Stance(args) => stance::stance(&args, ctx).await,
        MatterCommand::Enact { matter } => enact(&matter, ctx).await,
    }
}

/// Says whether a text is the id of a matter, or the start of one.
pub(crate) fn is_id(text: &str) -> bool {
    text.strip_prefix('m').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A matter by its id or the start of it.
///
/// # Errors
/// If there is none, or more than one.
pub(crate) async fn find(client: &Client, id: &str) -> Result<MatterView, ClientError> {
    client.get(&format!("/v1/matters/{}", escape(id))).await
}

/// Runs `moot matter show`, which is also `moot show` for a matter.
///
/// # Errors
/// If there is no such matter, or the node does not answer.
pub(crate) async fn show(id: &str, ctx: &Ctx) -> Result<(), CliError> {
    match find(&ctx.client(), id).await {
        Ok(view) => ctx.out.show(&view, |view| words::show(view, ctx.out))?,
        Err(missing) => show_heard(id, missing, ctx).await?,
    }
    Ok(())
}

/// Shows a matter that is `missing` here as a log tells of it that is here.
///
/// # Errors
/// What was missing, if no log here tells of it; or if the node does not answer.
pub(crate) async fn show_heard(id: &str, missing: ClientError, ctx: &Ctx) -> Result<(), CliError> {
    let view = heard::instead(&ctx.client(), id, missing).await?;
    ctx.out.show(&view, |view| heard::words(view, ctx.out))?;
    Ok(())
}

async fn list(group: Option<&str>, open: bool, ctx: &Ctx) -> Result<(), CliError> {
    let group = group.map(|group| format!("&group={}", escape(group))).unwrap_or_default();
    let matters: Vec<MatterView> = ctx.client().get(&format!("/v1/matters?open={open}{group}")).await?;
    let now = clock::now();
    ctx.out.show(&matters, |matters| {
        if matters.is_empty() {
            return "No matters yet (moot matter open).".into();
        }
        let mut grid = Grid::new(&["id", "from", "state", "until", "waits for", "title"]).spare(&["until", "from"]);
        for view in matters {
            let plain = |text: String| (text, Tone::Plain);
            grid.row([
                plain(short(&view.matter).into()),
                plain(view.sponsor.clone()),
                (words::state(view), words::tone(view)),
                plain(words::until(view).map(|until| from_now(until, now)).unwrap_or_default()),
                plain(view.waits_for.join(", ")),
                plain(view.title.clone()),
            ]);
        }
        grid.render(ctx.out.place())
    })?;
    Ok(())
}

async fn enact(id: &str, ctx: &Ctx) -> Result<(), CliError> {
    let view = find(&ctx.client(), id).await?;
    ctx.out.show(&view, |view| words::enactment(view, ctx.out))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn a_matter_is_named_by_a_letter_and_digits() {
        assert!(["m1", "m12ab", "mABC"].into_iter().all(is_id));
        assert!(["m", "p12", "member:ana", "mz", "12"].into_iter().all(|text| !is_id(text)));
    }
}
