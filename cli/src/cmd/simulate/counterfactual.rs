//! `moot simulate --charter`: a group's history under another charter.

use std::path::Path;

use folkmoot_protocol::charter::RawCharter;
use folkmoot_sim::counterfactual::{self, Compared, Counterfactual, Difference, Ending};

use crate::{
    cmd::{CliError, Ctx, charter::only_group, read_toml},
    logs,
    output::{
        Output, indent, local, short,
        table::{Grid, Tone},
    },
};

/// Runs a history, from a file or from the node, under a charter file.
///
/// # Errors
/// If the charter cannot stand there, or the history is no valid log.
pub(super) async fn run(
    charter: &Path,
    history: Option<&Path>,
    group: Option<&str>,
    ctx: &Ctx,
) -> Result<(), CliError> {
    let raw: RawCharter = read_toml(charter)?;
    let history = match (history, group) {
        (Some(file), _) => logs::read(file)?,
        (None, Some(group)) => logs::fetch(&ctx.client(), group).await?,
        (None, None) => {
            logs::fetch(&ctx.client(), &only_group(&ctx.client().get::<Vec<_>>("/v1/groups").await?)?).await?
        }
    };
    let found = counterfactual::run(&history, &raw).map_err(|error| CliError::Input(error.to_string()))?;
    ctx.out.show(&found, |found| words(found, ctx.out))?;
    Ok(())
}

fn words(found: &Counterfactual, out: Output) -> String {
    let mut grid = Grid::new(&["", "proposal", "title", "was", "would be"]).spare(&["proposal"]);
    for one in &found.decisions {
        let (mark, tone) = match one.differs {
            Difference::Nothing => ("", Tone::Plain),
            Difference::Date => ("when", Tone::Plain),
            Difference::Outcome => ("otherwise", Tone::Bad),
        };
        let id = one.proposal.to_string();
        let cells = [short(&id).to_owned(), one.title.clone(), ended(&one.was), ended(&one.would_be)];
        grid.row([(mark.to_owned(), tone)].into_iter().chain(cells.map(|text| (text, Tone::Plain))));
    }
    let mut text = format!("{}\n", grid.render(out.place()));
    let differ = || found.decisions.iter().filter(|one| one.differs != Difference::Nothing);
    differ().for_each(|one| text.push_str(&details(one, found, out)));
    found.notes.iter().for_each(|note| text.push_str(&format!("\nNote: {note}")));
    let (all, otherwise) = (found.decisions.len(), differ().filter(|one| one.differs == Difference::Outcome).count());
    text.push_str(&format!(
        "\n{otherwise} of {all} proposals of {} would have come out otherwise, {} at another time.\n\
         The same people say the same words at the same time here; under other rules they might have said others.",
        found.group,
        differ().count() - otherwise
    ));
    text
}

fn ended(ending: &Ending) -> String {
    match &ending.at {
        Some(at) => format!("{} {}", ending.outcome, local(&at.to_string())),
        None => ending.outcome.clone(),
    }
}

/// Why a proposal comes out as it does, and which acts the new rules take otherwise.
fn details(one: &Compared, found: &Counterfactual, out: Output) -> String {
    let mut lines =
        vec![format!("was: {}", one.was.why.join("; ")), format!("would be: {}", one.would_be.why.join("; "))];
    if one.would_be.at.is_some_and(|at| at > found.until) {
        lines.push("that is after the end of the log, if nobody says anything more".into());
    }
    lines.extend(one.acts.iter().map(|act| format!("{}, {} at {}: {}", act.member, act.act, act.at, act.becomes)));
    format!("\n{}\n{}\n", out.bold(&one.title), indent(&lines.join("\n"), "  "))
}
