//! Assembly: a vote, a proposal in two domains with different rungs, an election, and a change of the charter.

use std::collections::BTreeMap;

use folkmoot_node::clock;
use folkmoot_protocol::{
    charter::{Charter, Domain, Rule},
    effect::Effect,
    statement::{Answer, ProposalOption},
    time::Span,
};
use serde_json::json;

use super::{
    super::{
        people::{Group, name},
        teller::Track,
    },
    carried, decision, names, outcome, passed, text,
};
use crate::cmd::CliError;

/// Lets the group decide.
pub(super) async fn run(group: &mut Group, track: Track) -> Result<(), CliError> {
    vote(group, &track).await?;
    two_domains(group, &track).await?;
    election(group, &track).await?;
    charter_change(group, &track).await
}

async fn vote(group: &mut Group, track: &Track) -> Result<(), CliError> {
    track.chapter("Assembly: the date is put to the vote. At least 2/3 of yes and no must be yes, counted exactly.");
    let effects = vec![text("dates", "The camp begins on 3 August.")?];
    let id = group.propose("gus", "Begin on 3 August", "The meadow is dry by then.", effects).await?;
    group.agree(&names(&["hana"])?, id, 1).await?;
    let reason = "My exams end on the 5th.";
    group.respond("ivo", (id, 1), Answer::Object, Some(reason)).await?;
    let words =
        format!("gus and hana say yes, ivo objects: {reason} Here that is a no, which counts and does not block");
    track.tell("objection", json!({"proposal": id, "by": "ivo"}), words);
    group.respond("jana", (id, 1), Answer::Abstain, None).await?;
    let view = passed(group, id).await?;
    let words = format!("jana abstains, and all have voted; {}: {}", outcome(&view), view.domains[0].reason);
    track.tell("decision", decision(&view), words);
    Ok(())
}

async fn two_domains(group: &mut Group, track: &Track) -> Result<(), CliError> {
    track.chapter("Assembly: one proposal, two domains. The date goes by vote; the meadow is hana's to decide.");
    let effects = vec![
        text("dates", "The camp ends on Sunday, a day later than last year.")?,
        text("meadow", "The meadow is ours until Monday noon.")?,
    ];
    let id = group.propose("gus", "One more day", "The last evening is the best one.", effects).await?;
    group.agree(&names(&["ivo", "jana"])?, id, 1).await?;
    let view = group.proposal(id).await?;
    if view.entry.is_some() {
        return Err(CliError::Failed(format!("{} ended without the holder of the meadow", id.short())));
    }
    let words = "three of four say yes, which is enough for the date; but nobody decides over the meadow except hana";
    track.tell("waiting", json!({"proposal": id, "for": view.waiting_for}), words);
    let reason = Some("The farmer needs it back on Monday evening only.");
    group.respond("hana", (id, 1), Answer::Agree, reason).await?;
    let view = passed(group, id).await?;
    let both = view.responses.iter().find(|given| given.member == "hana").map(|given| given.counts_in.join("' and '"));
    let words = format!("hana agrees, with a reason; her one answer counts in '{}'", both.unwrap_or_default());
    track.tell("decided", json!({"proposal": id, "by": "hana"}), words);
    let polls = view.domains.iter().map(|poll| format!("'{}' by {}: {}", poll.domain, poll.rung, poll.reason));
    let words = format!("{}; {}", outcome(&view), polls.collect::<Vec<_>>().join("; "));
    track.tell("decision", decision(&view), words);
    Ok(())
}

async fn election(group: &mut Group, track: &Track) -> Result<(), CliError> {
    track.chapter(
        "Assembly: who speaks for the camp? Everybody ranks the candidates; all pairs are compared (Schulze).",
    );
    let from = clock::now();
    let candidate = |handle: &str| -> Result<ProposalOption, CliError> {
        let (label, until) = (name(handle)?, from + Span::from_days(180));
        let seat = Effect::Seat { role: name("speaker")?, member: Some(label.clone()), from, until };
        Ok(ProposalOption { label, text: None, tags: BTreeMap::new(), effects: vec![seat] })
    };
    let options = ["gus", "ivo", "jana"].into_iter().map(candidate).collect::<Result<_, _>>()?;
    let id = group.elect("hana", "A speaker for half a year", "The village wants one name.", options).await?;
    // Equal ranks stand together.
    let ballots: [(&str, &[&[&str]]); 4] = [
        ("gus", &[&["jana"], &["gus"]]),
        ("hana", &[&["ivo", "jana"]]),
        ("ivo", &[&["ivo"], &["jana"]]),
        ("jana", &[&["jana"], &["ivo"]]),
    ];
    for (who, ranking) in ballots {
        let ranking = ranking.iter().map(|equal| names(equal)).collect::<Result<_, _>>()?;
        group.rank(who, (id, 1), ranking).await?;
    }
    let view = passed(group, id).await?;
    let words = format!("{}: {}; the term ends by itself after 180 days", outcome(&view), view.domains[0].reason);
    track.tell("decision", decision(&view), words);
    Ok(())
}

async fn charter_change(group: &mut Group, track: &Track) -> Result<(), CliError> {
    track.chapter("Assembly: a change of the charter is a decision like any other, by the charter's own rule.");
    let charter: serde_json::Value = group.client.get(&format!("/v1/groups/{}/charter", group.log)).await?;
    let charter: Charter = serde_json::from_value(charter).map_err(|error| CliError::Failed(error.to_string()))?;
    let domain = charter.domains.find(&name("programme")?).cloned();
    let domain = domain.ok_or_else(|| CliError::Failed("the assembly has no domain 'programme'".into()))?;
    let Rule::Consent(mut rule) = domain.rule.clone() else {
        return Err(CliError::Failed("'programme' does not decide by consent".into()));
    };
    rule.quorum = "2/3".parse().map_err(|error| CliError::Failed(format!("{error}")))?;
    let effect = Effect::SetDomain(Domain { rule: Rule::Consent(rule), ..domain });
    let why = "With half of us a programme passed that hardly anybody had read.";
    let view = carried(group, "Two thirds decide the programme", why, vec![effect]).await?;
    let rules: Vec<&str> = view.domains.iter().map(|poll| poll.domain.as_str()).collect();
    let words = format!("{}; it had to pass both '{}' rules", outcome(&view), rules.join("' and '"));
    track.tell("decision", decision(&view), words);
    Ok(())
}
