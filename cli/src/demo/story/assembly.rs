//! Assembly: a change of its charter.

use folkmoot_protocol::{
    charter::{Charter, Domain, Rule},
    effect::Effect,
};

use super::{super::people::name, Story, decision, names};
use crate::cmd::CliError;

impl Story {
    pub(super) async fn charter_change(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("Assembly: a change of the charter is a decision like any other, by the charter's own rule.")?;
        let client = self.assembly.client.clone();
        let charter: serde_json::Value = client.get(&format!("/v1/groups/{}/charter", self.assembly.log)).await?;
        let charter: Charter = serde_json::from_value(charter).map_err(|error| CliError::Failed(error.to_string()))?;
        let domain = charter.domains.find(&name("programme")?).cloned();
        let domain = domain.ok_or_else(|| CliError::Failed("the assembly has no domain 'programme'".into()))?;
        let Rule::Consent(mut rule) = domain.rule.clone() else {
            return Err(CliError::Failed("'programme' does not decide by consent".into()));
        };
        rule.quorum = "2/3".parse().map_err(|error| CliError::Failed(format!("{error}")))?;
        let effect = Effect::SetDomain(Domain { rule: Rule::Consent(rule), ..domain });
        let why = "With half of us a programme passed that hardly anybody had read.";
        let id = self.assembly.propose("gus", "Two thirds decide the programme", why, vec![effect]).await?;
        self.assembly.agree(&names(&["hana", "ivo"])?, id, 1).await?;
        let view = self.assembly.ended(id).await?;
        let rules: Vec<&str> = view.domains.iter().map(|poll| poll.domain.as_str()).collect();
        let words = format!("{} {}; it had to pass both '{}' rules", id.short(), view.state, rules.join("' and '"));
        teller.tell("decision", decision(&view), &words)
    }
}
