//! What liaisons wait for: the mandates that their own groups have to decide.

use folkmoot_protocol::{
    charter::{Represents, Role},
    effect::Effect,
    id::{MatterId, StatementId},
    name::Name,
    proposal::{OpenProposal, Stage},
    replay::Replica,
    time::Timestamp,
};

use super::{
    view::InboxItem,
    views::{Views, waiting_for},
};

impl Views<'_> {
    /// Proposals of other groups that wait for what this group's liaisons are to answer, for who decides that.
    pub(super) fn liaison_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
        let charter = log.charter();
        let mut items = Vec::new();
        for role in &charter.roles {
            let Some(Represents { group, mandated_in: Some(domain) }) = &role.represents else { continue };
            let decides =
                charter.domains.find(domain).is_some_and(|domain| charter.eligible(domain, now).contains(member));
            let Some(there) = self.machine.log(group).filter(|_| decides) else { continue };
            for proposal in there.proposals().filter(|proposal| asks(log, role, there, proposal)) {
                items.push((proposal.closes, self.mandate_item(log, role, there, proposal, member)));
            }
        }
        items
    }

    fn mandate_item(
        &self,
        log: &Replica,
        role: &Role,
        there: &Replica,
        proposal: &OpenProposal,
        member: &Name,
    ) -> InboxItem {
        let (id, name) = (proposal.id.short(), &there.charter().name);
        let matters = self.matters_of(there, &proposal.id, &proposal.content.effects);
        let matters = matters.iter().filter_map(|id| id.parse::<MatterId>().ok());
        let matters: String =
            matters.map(|id| format!("; about the matter {0} (moot matter show {0})", id.short())).collect();
        InboxItem {
            by: proposal.closes.to_string(),
            kind: "mandate".into(),
            what: format!(
                "{name} waits for what '{}' answers: moot liaison mandate {id} agree|aside|object|abstain{matters}",
                role.name
            ),
            group: log.charter().name.to_string(),
            member: member.to_string(),
            proposal: Some(proposal.id.to_string()),
            matter: None,
            terms: None,
            round: None,
            title: Some(proposal.content.title.clone()),
        }
    }
}

/// Says whether an open proposal waits for a group's liaison, and the group has neither decided nor proposed what it answers.
fn asks(log: &Replica, role: &Role, there: &Replica, proposal: &OpenProposal) -> bool {
    let Some(version) = proposal.versions.last().map(|version| version.statement) else { return false };
    let seat = there.charter().liaisons().find(|(_, seat)| seat.group == log.log() && seat.role == role.name);
    let waits = seat.is_some_and(|(seat, _)| waiting_for(there, proposal).contains(&seat.name));
    let told = there.dealings().liaisons.told(&log.log(), &role.name, &version).is_some();
    proposal.stage == Stage::Open && waits && !told && !is_under_way(log, role, &version)
}

/// Says whether the group decides about a mandate for that version now, or has just done.
fn is_under_way(log: &Replica, role: &Role, version: &StatementId) -> bool {
    let is = |effect: &Effect| matches!(effect, Effect::Mandate { role: named, version: about, .. } if *named == role.name && about == version);
    let decided = log.decisions().filter(|decision| decision.outcome == folkmoot_protocol::decision::Outcome::Applied);
    let contents = log.proposals().map(|open| &open.content).chain(decided.map(|decision| &decision.proposal.content));
    contents.into_iter().any(|content| content.effects.iter().any(is))
}
