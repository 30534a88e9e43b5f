//! What waits for a group in rounds: those in which it may claim and has not.

use folkmoot_protocol::{name::Name, replay::Replica, resource::RoundState, time::Timestamp};

use super::{round_views::open_claim, view::InboxItem, views::Views};

impl Views<'_> {
    /// The rounds that wait for a claim of a group, with the last date of claims.
    pub(super) fn round_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
        let (own, group) = (log.log(), &log.charter().name);
        let mut items = Vec::new();
        for (id, known) in &log.dealings().books.rounds {
            let may_claim = known.round.claimant(&own).is_some() && known.claimed.is_none();
            if !may_claim || known.state(now) != RoundState::Claims || open_claim(log, id).is_some() {
                continue;
            }
            let (round, by) = (id.short(), known.round.claims_by);
            let from = self.name_of(&known.round.steward);
            let what = format!(
                "the round {round} of {from} waits for {group}'s claim until {by}: moot resource round claim {round}"
            );
            let item = InboxItem {
                by: by.to_string(),
                kind: "round".into(),
                what,
                group: group.to_string(),
                member: member.to_string(),
                proposal: None,
                matter: None,
                terms: None,
                round: Some(id.to_string()),
                title: Some(known.round.title.clone()),
            };
            items.push((by, item));
        }
        items
    }
}
