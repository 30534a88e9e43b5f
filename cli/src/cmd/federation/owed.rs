//! What a group owes to others: matters to which it consented, and terms that it promised under.

use folkmoot_node::control::view::{DealView, MatterView};

use crate::{
    client::escape,
    cmd::{CliError, Ctx},
    output::short,
};

/// What binds a group whether it belongs to the federation or not, a line each.
///
/// # Errors
/// If the node does not answer.
pub(super) async fn owed(group: &str, ctx: &Ctx) -> Result<Vec<String>, CliError> {
    let client = ctx.client();
    let matters: Vec<MatterView> = client.get(&format!("/v1/matters?group={}", escape(group))).await?;
    let deals: Vec<DealView> = client.get(&format!("/v1/deals?group={}", escape(group))).await?;
    let mut lines: Vec<String> = matters.iter().filter_map(|matter| of_matter(matter, group)).collect();
    lines.extend(deals.iter().filter_map(of_terms));
    Ok(lines)
}

/// What a group says before it leaves, and while it is about to.
pub(super) fn words(name: &str, owed: &[String]) -> String {
    match owed {
        [] => format!("'{name}' owes nothing that is open: no matter to which it consented, and no terms."),
        lines => format!(
            "'{name}' still owes, until its notice has run and after it:\n  {}\nTerms in force run on to their end; give \
             them up by moot resource release.",
            lines.join("\n  ")
        ),
    }
}

fn of_matter(matter: &MatterView, group: &str) -> Option<String> {
    let own = matter.stances.iter().find(|stance| stance.group_id == group || stance.group == group)?;
    let what = match matter.state.as_str() {
        "adopted" if own.breach => "it is adopted and binds the group, which has not enacted it",
        "open" | "in doubt" if own.stance == "consents" => "it consented, for good",
        _ => return None,
    };
    Some(format!("{} '{}': {what}", short(&matter.matter), matter.title))
}

fn of_terms(deal: &DealView) -> Option<String> {
    let what = match deal.state.as_str() {
        "in force" => "in force",
        "accepted" | "offered" if deal.open => "not closed yet: what is held stays held",
        _ => return None,
    };
    Some(format!("{} '{}': {what}", short(&deal.terms), deal.title))
}
