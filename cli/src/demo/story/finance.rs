//! Finance: consent, where an objection is integrated, and a domain that is for people.

use folkmoot_protocol::{
    id::ProposalId,
    statement::{Act, Answer},
};
use serde_json::json;

use super::{
    super::{
        people::{Group, name},
        teller::Track,
    },
    decision, names, outcome, passed, refusal, text,
};
use crate::cmd::CliError;

/// Lets the group decide; gives back the proposal whose objection was integrated.
pub(super) async fn run(group: &mut Group, track: Track) -> Result<ProposalId, CliError> {
    let integrated = consent(group, &track).await?;
    agent(group, &track).await?;
    Ok(integrated)
}

async fn consent(group: &mut Group, track: &Track) -> Result<ProposalId, CliError> {
    track.chapter("Finance: a proposal by consent. An objection is not a veto but something to integrate.");
    let title = "Two signatures above 200";
    let first = text("policy", "Every payment above 200 takes two signatures.")?;
    let id = group.propose("ana", title, "Last year a transfer went to the wrong account.", vec![first]).await?;
    track.tell("proposed", json!({"proposal": id}), format!("ana proposes {}: \"{title}\"", id.short()));
    let reason = "Kitchen buys for 300 every morning at six. Nobody is there to sign twice.";
    let objection = group.respond("ben", (id, 1), Answer::Object, Some(reason)).await?;
    track.tell("objection", json!({"proposal": id, "by": "ben"}), format!("ben objects: {reason}"));
    let why = "Ben is right about the kitchen: the limit moves, and food is counted weekly.";
    let second = text("policy", "Payments above 500 take two signatures; food is checked every Sunday instead.")?;
    let content = ("Two signatures above 500, food weekly", why);
    group.amend("ana", id, 2, content, vec![second], vec![objection]).await?;
    let words = "ana amends it to version 2; the objection stays until ben withdraws it";
    track.tell("amended", json!({"proposal": id, "version": 2}), words);
    group.act(vec![(name("ben")?, Act::Withdraw { target: objection })], &[]).await?;
    group.respond("ben", (id, 2), Answer::Agree, None).await?;
    group.respond("cem", (id, 2), Answer::Concern, Some("Sunday is a long day already.")).await?;
    let words = "ben withdraws the objection and agrees; cem has a concern, which is recorded and does not block";
    track.tell("withdrawn", json!({"proposal": id, "by": "ben"}), words);
    let view = passed(group, id).await?;
    track.tell("decision", decision(&view), format!("{}: {}", outcome(&view), view.domains[0].reason));
    Ok(id)
}

async fn agent(group: &mut Group, track: &Track) -> Result<(), CliError> {
    track.chapter("Finance: purpose, principle and belonging are for people. Their agent, ledgerbot, may only advise.");
    let effects = vec![text("principles", "We never lend at interest.")?];
    let id = group.propose("cem", "No interest", "We are here to share.", effects).await?;
    let message =
        refusal(group.respond("ledgerbot", (id, 1), Answer::Agree, None).await, "unauthorised", "reserved for people")?;
    let facts = json!({"proposal": id, "by": "ledgerbot", "message": message});
    track.tell("refused", facts, format!("its node refuses: {message}"));
    let reason = "Two loans of last year carried interest.";
    group.respond("ledgerbot", (id, 1), Answer::Advice, Some(reason)).await?;
    group.agree(&names(&["ana", "ben"])?, id, 1).await?;
    let view = passed(group, id).await?;
    let words = format!("its advice is taken and does not count; {} by people", outcome(&view));
    track.tell("decision", decision(&view), words);
    Ok(())
}
