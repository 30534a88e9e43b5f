//! Logistics: somebody who holds a role decides alone, and has to say why.

use folkmoot_protocol::statement::Answer;
use serde_json::json;

use super::{Story, decision, text};
use crate::cmd::CliError;

impl Story {
    pub(super) async fn purchase(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("Logistics: eli is quartermaster and decides alone what to buy, but has to say why.")?;
        let effects = vec![text("purchases", "Buy a used cargo bike for 900 from the cycle workshop.")?];
        let why = "The van is sold, and the kitchen needs 40 kg of vegetables every morning.";
        let id = self.logistics.propose("eli", "A cargo bike", why, effects).await?;
        self.logistics.respond("eli", (id, 1), Answer::Agree, Some(why)).await?;
        let view = self.logistics.proposal(id).await?;
        let words = "eli decided; effects wait for the call-in window, in which any member could move it up to all";
        teller.tell("decided", json!({"proposal": id, "state": view.state}), words)?;
        let view = self.logistics.ended(id).await?;
        teller.tell(
            "decision",
            decision(&view),
            &format!("{} {}: nobody called it in. Why: {why}", id.short(), view.state),
        )
    }
}
