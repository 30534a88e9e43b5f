//! A matter of a federation that this node does not belong to, as the log of a group tells that is here.

use folkmoot_node::control::view::{HeardMatterView, HeardPartView};

use super::words::section;
use crate::{
    client::{Client, ClientError, escape},
    output::{Output, local, short},
};

/// The matter as a log here tells of it, for whom `missing` says that its own logs are not here.
///
/// # Errors
/// What was missing, if no log here tells of it or it failed otherwise; or if the node does not answer.
pub(crate) async fn instead(client: &Client, id: &str, missing: ClientError) -> Result<HeardMatterView, ClientError> {
    let ClientError::Refused(problem) = &missing else { return Err(missing) };
    if problem.kind != "not-found" {
        return Err(missing);
    }
    match client.get(&format!("/v1/heard-matters/{}", escape(id))).await {
        Err(ClientError::Refused(problem)) if problem.kind == "not-found" => Err(missing),
        answer => answer,
    }
}

/// The whole of it.
pub(crate) fn words(view: &HeardMatterView, out: Output) -> String {
    let heading = format!("{}  {}\n{}\n\n{}\n", short(&view.matter), out.bold(&view.title), origin(view), view.text);
    heading + &sections(view, out)
}

/// The same beside a proposal that answers it.
pub(crate) fn behind(view: &HeardMatterView) -> Vec<String> {
    let first = format!("{} '{}' {}", short(&view.matter), view.title, origin(view));
    [first, view.text.clone()].into_iter().chain(view.parts.iter().map(part_words)).collect()
}

fn origin(view: &HeardMatterView) -> String {
    let level = view.level.map(|level| format!(" at level {level}")).unwrap_or_default();
    format!(
        "of {} in '{}', opened {}; {}{level}, as the log of {} tells: other logs of '{}' are not here",
        view.sponsor,
        view.federation_name,
        local(&view.opened),
        view.state,
        view.heard_in,
        view.federation_name
    )
}

fn sections(view: &HeardMatterView, out: Output) -> String {
    let parts: Vec<String> = view.parts.iter().map(part_words).collect();
    let until: Vec<String> =
        view.by.iter().enumerate().map(|(at, by)| format!("level {}: until {}", at + 1, local(by))).collect();
    let answer = match (&view.open, view.enacted, view.stance.as_str()) {
        (_, Some(level), _) => format!("consented, and carried its part out at the result of level {level}"),
        (Some(open), None, stance) => {
            let does = if open.consents { "consent" } else { "say no" };
            let said = if stance == "declines" { "said no; " } else { "" };
            format!("{said}{} proposes to {does}, open until {}", short(&open.proposal), local(&open.closes))
        }
        (None, None, "consents") => "consents".into(),
        (None, None, "declines") => "says no".into(),
        _ => "has not answered".into(),
    };
    section(out, "What it touches", &parts)
        + &section(out, "Until when", &until)
        + &section(out, "What the group says there", &[format!("{}: {answer}", view.heard_in)])
}

fn part_words(part: &HeardPartView) -> String {
    let consents = if part.consents { " (consents)" } else { "" };
    let effects: String = part.effects.iter().map(|effect| format!("\n  {effect}")).collect();
    format!("{} in {}{consents}{effects}", part.group, part.domains.join(", "))
}
