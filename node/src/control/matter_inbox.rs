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
    matter_views::{called, counted_until, open_stance, waits_until},
    view::InboxItem,
    views::Views,
};

impl Views<'_> {
    /// What matters wait for from a group, with the time by which its consent counts.
    pub(super) fn matter_inbox(&self, log: &Replica, member: &Name, now: Timestamp) -> Vec<(Timestamp, InboxItem)> {
        let mut items = Vec::new();
        for followed in self.machine.matters() {
            let mediates = matches!(followed.standing, Standing::Open { level: 2 } if followed.counts());
            if let Some((by, what)) = mediates.then(|| mediation(followed, log, member, now)).flatten() {
                items.push((by, self.matter_item(followed, log, member, (by, "mediate", what))));
            }
            let found = match followed.standing {
                Standing::Open { .. } => {
                    awaited(followed, log, now).map(|(by, what)| (by, what + &self.but_rivals(followed)))
                }
                Standing::Adopted { .. } => self.breach(followed, log, now).map(|what| (now, what)),
                Standing::NotAdopted | Standing::InDoubt => None,
            };
            items.extend(found.map(|(by, what)| (by, self.matter_item(followed, log, member, (by, "matter", what)))));
        }
        items
    }

    fn matter_item(
        &self,
        followed: &Followed,
        log: &Replica,
        member: &Name,
        (by, kind, what): (Timestamp, &str, String),
    ) -> InboxItem {
        InboxItem {
            by: by.to_string(),
            kind: kind.into(),
            what,
            group: log.charter().name.to_string(),
            member: member.to_string(),
            proposal: None,
            matter: Some(followed.id.to_string()),
            terms: None,
            round: None,
            title: Some(followed.matter.title.clone()),
        }
    }

    /// The rivals of a matter that have not failed, for whoever is asked to consent to it.
    fn but_rivals(&self, followed: &Followed) -> String {
        let stands = |other: &&Followed| {
            let fails = matches!(other.standing, Standing::NotAdopted);
            !fails && other.counts() && followed.rivals(other)
        };
        let rivals = self.machine.matters().filter(stands);
        let rivals: Vec<String> =
            rivals.map(|other| format!("{} ({})", other.id.short(), other.matter.title)).collect();
        match rivals.as_slice() {
            [] => String::new(),
            some => format!("; it is a rival of {}: a group may consent to one of them only", some.join(", ")),
        }
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

/// What a matter at the second level asks of a member who holds the role that mediates in it.
fn mediation(followed: &Followed, log: &Replica, member: &Name, now: Timestamp) -> Option<(Timestamp, String)> {
    let mediator = followed.matter.mediator.as_ref().filter(|mediator| mediator.group == log.log())?;
    let term = log.charter().roles.find(&mediator.role)?.holders.find(member)?;
    if now < term.from || now >= term.until {
        return None;
    }
    let id = followed.id.short();
    if let Some((level, end)) = counted_until(followed, now) {
        let next = level + 1;
        let over = format!(
            "level {level} of the matter {id} of {}, at which you mediate as '{}', is over: it is counted until {end}; \
             then level {next}: moot matter show {id}",
            called(followed, &followed.sponsor),
            mediator.role
        );
        return Some((end, over));
    }
    let until = followed.matter.by[1];
    let missing = followed.matter.parts.iter().filter(|part| !followed.consents.contains_key(&part.group));
    let missing: Vec<String> = missing.map(|part| called(followed, &part.group)).collect();
    Some((
        until,
        format!(
            "the matter {id} of {} is at level 2, and as '{}' you mediate until {until}; {} not consented yet: moot \
             matter show {id}",
            called(followed, &followed.sponsor),
            mediator.role,
            match missing.as_slice() {
                [one] => format!("{one} has"),
                some => format!("{} have", some.join(", ")),
            }
        ),
    ))
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
