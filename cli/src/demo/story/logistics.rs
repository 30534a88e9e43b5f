//! Logistics: who holds a role decides alone, in one domain at once, in the other after asking for advice.

use folkmoot_protocol::statement::Answer;
use serde_json::json;

use super::{
    super::{people::Group, teller::Track},
    decision, outcome, passed, refusal, text,
};
use crate::{
    cmd::{CliError, show},
    output::Output,
};

/// Lets the group decide.
pub(super) async fn run(group: &mut Group, track: Track) -> Result<(), CliError> {
    purchase(group, &track).await?;
    consultation(group, &track).await
}

async fn purchase(group: &mut Group, track: &Track) -> Result<(), CliError> {
    track.chapter("Logistics: eli is quartermaster and decides alone what to buy, but has to say why.");
    let effects = vec![text("purchases", "Buy a used cargo bike for 900 from the cycle workshop.")?];
    let why = "The van is sold, and the kitchen needs 40 kg of vegetables every morning.";
    let id = group.propose("eli", "A cargo bike", why, effects).await?;
    group.respond("eli", (id, 1), Answer::Agree, Some(why)).await?;
    let view = group.proposal(id).await?;
    let words = "eli decided; effects wait for the call-in window, in which any member could move it up to all";
    track.tell("decided", json!({"proposal": id, "state": view.state}), words);
    let view = passed(group, id).await?;
    let words = format!("{}: nobody called it in. Why: {why}", outcome(&view));
    track.tell("decision", decision(&view), words);
    Ok(())
}

async fn consultation(group: &mut Group, track: &Track) -> Result<(), CliError> {
    track.chapter("Logistics: fay is cook and decides alone what is eaten, but has to ask the quartermaster first.");
    let effects = vec![text("meals", "Bread is baked at the camp, every day.")?];
    let id = group.propose("fay", "Our own bread", "Fresh bread made last year's mornings.", effects).await?;
    let early = group.respond("fay", (id, 1), Answer::Agree, Some("Everybody wants it.")).await;
    let message = refusal(early, "premature", "advice")?;
    let words = format!("fay decides at once; her node refuses: {message}");
    track.tell("refused", json!({"proposal": id, "by": "fay", "message": message}), words);
    let reason = "The oven takes one batch a day. Bake every other day, and buy on the days between.";
    let advice = group.respond("eli", (id, 1), Answer::Advice, Some(reason)).await?;
    track.tell("advice", json!({"proposal": id, "by": "eli"}), format!("eli advises: {reason}"));
    let why = "Every day all the same: eli is right about the oven, so we borrow a second one.";
    group.weigh("fay", (id, 1), Answer::Agree, Some(why), vec![advice]).await?;
    let view = passed(group, id).await?;
    let weighs = view.responses.iter().any(|given| given.member == "fay" && given.weighs == [advice.to_string()]);
    if !weighs {
        return Err(CliError::Failed(format!("{} does not show the advice that fay weighed", id.short())));
    }
    track.tell("decision", decision(&view), format!("{}: {}", outcome(&view), view.domains[0].reason));
    // Without colours, as a program gets it.
    let why = show::why_words(&view, Output::new(true));
    for line in why.lines().filter(|line| line.contains("weighing")) {
        let words = format!("`moot why` then says what became of the advice: {}", line.trim());
        track.tell("why", json!({"proposal": id, "weighs": [advice]}), words);
    }
    Ok(())
}
