//! What other groups wait for: stances that are due, and what a group is bound to do and has not done.

use folkmoot_protocol::{
    effect::Effect,
    id::LogId,
    matter::{Followed, Standing},
    name::Name,
    proposal::OpenProposal,
    replay::Replica,
    time::Timestamp,
};

use super::{
    matter_views::{called, open_stance, waits_until},
    view::InboxItem,
    views::Views,
};

impl Views<'_> {
    /// What matters wait for from a group, with the time by which its consent counts.
    pub(super) fn matter_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
        let mut items = Vec::new();
        for followed in self.machine.matters() {
            let found = match followed.standing {
                Standing::Open { .. } => awaited(followed, log, now),
                Standing::Adopted { .. } => self.breach(followed, log, now).map(|what| (now, what)),
                Standing::NotAdopted | Standing::InDoubt => None,
            };
            items.extend(found.map(|(by, what)| {
                let item = InboxItem {
                    by: by.to_string(),
                    kind: "matter".into(),
                    what,
                    group: log.charter().name.to_string(),
                    member: member.to_string(),
                    proposal: None,
                    matter: Some(followed.id.to_string()),
                    terms: None,
                    round: None,
                    title: Some(followed.matter.title.clone()),
                };
                (by, item)
            }));
        }
        items
    }

    /// What an open proposal says to other groups, and until when that counts.
    pub(super) fn answers(&self, log: &LogId, proposal: &OpenProposal, now: Timestamp) -> Option<String> {
        let answered = proposal.content.effects.iter().find_map(|effect| match effect {
            Effect::Stance { matter, .. } => Some(*matter),
            _ => None,
        });
        let followed = self.machine.matter(&answered?)?;
        let until = waits_until(followed, log, now)?;
        Some(format!("its answer to the matter {} counts until {until}", followed.id.short()))
    }

    /// What keeps a group that is bound from enacting an adopted matter, if its log holds all the evidence.
    fn breach(&self, followed: &Followed, log: &Replica, now: Timestamp) -> Option<String> {
        let known = log.dealings().matter(&followed.id).filter(|_| followed.breaches().contains(&log.log()))?;
        // What only has not come yet is on its way, and nobody here can do anything about it.
        let shown = matches!(known.stands(&followed.agreement, now), Standing::Adopted { .. });
        let reason = self.machine.enactment(&log.log(), &followed.id, now).err().filter(|_| shown)?;
        let id = followed.id.short();
        Some(format!("the matter {id} binds the group, which has not enacted it (moot matter enact {id}): {reason}"))
    }
}

/// Until when a matter waits for a group's stance: it counts, the group knows it, and nothing is under way.
fn awaited(followed: &Followed, log: &Replica, now: Timestamp) -> Option<(Timestamp, String)> {
    let (id, group) = (&followed.id, log.log());
    let until = waits_until(followed, &group, now)?;
    let known =
        log.dealings().matter(id).filter(|_| followed.counts() && followed.agreement.group(&group).is_some())?;
    let part = followed.matter.part(&group);
    let is_ready = part.is_none_or(|part| known.check_stages(part).is_ok());
    // Who said no is asked again when the level is over at which it did: then there is a mediator, or the assembly.
    let answered = known.declined && now <= followed.matter.last(&group, 1);
    if !is_ready || answered || open_stance(log, id).is_some() {
        return None;
    }
    let (short, name) = (id.short(), called(followed, &group));
    let asked = if part.is_some() { "waits for" } else { "asks all groups, and so for" };
    Some((
        until,
        format!(
            "the matter {short} of {} {asked} {name}'s stance until {until}: moot matter stance {short} \
             --consent|--decline",
            called(followed, &followed.sponsor)
        ),
    ))
}
