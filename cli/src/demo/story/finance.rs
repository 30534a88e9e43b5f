//! Finance: consent, where an objection is integrated, and a domain that is for people.

use folkmoot_protocol::{
    id::ProposalId,
    statement::{Act, Answer},
};
use serde_json::json;

use super::{super::people::name, Story, decision, names, text};
use crate::cmd::CliError;

impl Story {
    pub(super) async fn consent(&mut self) -> Result<ProposalId, CliError> {
        let teller = self.teller;
        teller.chapter("Finance: a proposal by consent. An objection is not a veto but something to integrate.")?;
        let title = "Two signatures above 200";
        let first = text("policy", "Every payment above 200 takes two signatures.")?;
        let id =
            self.finance.propose("ana", title, "Last year a transfer went to the wrong account.", vec![first]).await?;
        teller.tell("proposed", json!({"proposal": id}), &format!("ana proposes {}: \"{title}\"", id.short()))?;
        let reason = "Kitchen buys for 300 every morning at six. Nobody is there to sign twice.";
        let objection = self.finance.respond("ben", (id, 1), Answer::Object, Some(reason)).await?;
        teller.tell("objection", json!({"proposal": id, "by": "ben"}), &format!("ben objects: {reason}"))?;
        let why = "Ben is right about the kitchen: the limit moves, and food is counted weekly.";
        let second = text("policy", "Payments above 500 take two signatures; food is checked every Sunday instead.")?;
        self.finance
            .amend("ana", id, 2, ("Two signatures above 500, food weekly", why), vec![second], vec![objection])
            .await?;
        teller.tell(
            "amended",
            json!({"proposal": id, "version": 2}),
            "ana amends it to version 2; the objection stays until ben withdraws it",
        )?;
        let withdraw = Act::Withdraw { target: objection };
        self.finance.act(vec![(name("ben")?, withdraw)], &[]).await?;
        self.finance.respond("ben", (id, 2), Answer::Agree, None).await?;
        let concern = Some("Sunday is a long day already.");
        self.finance.respond("cem", (id, 2), Answer::Concern, concern).await?;
        teller.tell(
            "withdrawn",
            json!({"proposal": id, "by": "ben"}),
            "ben withdraws the objection and agrees; cem has a concern, which is recorded and does not block",
        )?;
        let view = self.finance.ended(id).await?;
        teller.tell(
            "decision",
            decision(&view),
            &format!("{} {}: {}", id.short(), view.state, view.domains[0].reason),
        )?;
        Ok(id)
    }

    pub(super) async fn agent(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter(
            "Finance: purpose, principle and belonging are for people. Their agent, ledgerbot, may only advise.",
        )?;
        let effects = vec![text("principles", "We never lend at interest.")?];
        let id = self.finance.propose("cem", "No interest", "We are here to share.", effects).await?;
        match self.finance.respond("ledgerbot", (id, 1), Answer::Agree, None).await {
            Err(CliError::Client(error)) => {
                teller.tell(
                    "refused",
                    json!({"proposal": id, "by": "ledgerbot", "message": error.to_string()}),
                    &format!("its node refuses: {error}"),
                )?;
            }
            Err(other) => return Err(other),
            Ok(_) => return Err(CliError::Failed("the node took an agent's answer in a domain for people".into())),
        }
        self.finance
            .respond("ledgerbot", (id, 1), Answer::Advice, Some("Two loans of last year carried interest."))
            .await?;
        self.finance.agree(&names(&["ana", "ben"])?, id, 1).await?;
        let view = self.finance.ended(id).await?;
        teller.tell(
            "decision",
            decision(&view),
            &format!("its advice is taken and does not count; {} {} by people", id.short(), view.state),
        )
    }
}
