//! From one charter to another: the effects that a decision would need.

use super::Charter;
use crate::effect::Effect;

impl Charter {
    /// The effects that turn this charter into `new`, in one proposal; name and federation stay as they are, because no
    /// effect of a charter's own changes them.
    pub fn towards(&self, new: &Self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if (&self.purpose, &self.values) != (&new.purpose, &new.values) {
            effects.push(Effect::Purpose { purpose: new.purpose.clone(), values: new.values.clone() });
        }
        let changed = new.members.iter().filter(|member| self.members.find(&member.name) != Some(member));
        effects.extend(changed.cloned().map(Effect::SetMember));
        let gone = self.members.iter().filter(|member| new.members.find(&member.name).is_none());
        effects.extend(gone.map(|member| Effect::DropMember { member: member.name.clone() }));
        let changed = new.roles.iter().filter(|role| self.roles.find(&role.name) != Some(role));
        effects.extend(changed.cloned().map(Effect::SetRole));
        let changed = new.domains.iter().filter(|domain| self.domains.find(&domain.name) != Some(domain));
        effects.extend(changed.cloned().map(Effect::SetDomain));
        let gone = self.domains.iter().filter(|domain| new.domains.find(&domain.name).is_none());
        effects.extend(gone.map(|domain| Effect::DropDomain { domain: domain.name.clone() }));
        let gone = self.roles.iter().filter(|role| new.roles.find(&role.name).is_none());
        effects.extend(gone.map(|role| Effect::DropRole { role: role.name.clone() }));
        let changed = new.resources.iter().filter(|resource| self.resources.find(&resource.name) != Some(resource));
        effects.extend(changed.cloned().map(Effect::SetResource));
        let gone = self.resources.iter().filter(|resource| new.resources.find(&resource.name).is_none());
        effects.extend(gone.map(|resource| Effect::DropResource { resource: resource.name.clone() }));
        if self.times != new.times {
            effects.push(Effect::SetTimes(new.times));
        }
        if self.participation != new.participation {
            effects.push(Effect::SetParticipation(new.participation));
        }
        if self.host != new.host {
            effects.push(Effect::SetHost(new.host));
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        charter::{Holder, Role},
        fixture::{Group, charter, days, name, person, public, rule, start},
        table::Table,
    };

    /// The fixture's charter with something changed, added and dropped in each part.
    fn other() -> Charter {
        let mut new = charter();
        new.purpose = "To cook for the town".into();
        new.members.put(person("dan"));
        new.members.take(&name("cem"));
        let mut ben = person("ben");
        ben.keys = vec![public("ben/2")];
        new.members.put(ben);
        let holders = Table::new(vec![Holder { member: name("dan"), from: start(), until: start() + days(90) }]);
        new.roles.put(Role {
            name: name("cook"),
            purpose: "Cooks".into(),
            holders: holders.unwrap(),
            filled_in: None,
            represents: None,
        });
        new.roles.take(&name("keeper"));
        new.domains.take(&name("tools"));
        new.domains.find_mut(&name("policy")).unwrap().rule = rule(r#"{ "consensus": { "asides": 1 } }"#);
        let meals = crate::charter::Domain {
            name: name("meals"),
            owner: crate::charter::Owner::Role(name("cook")),
            ..new.domains.find(&name("purchases")).unwrap().clone()
        };
        new.domains.put(meals);
        new.times.receipt = days(1);
        new.participation.silent_after = Some(days(90));
        new
    }

    #[test]
    fn carrying_out_the_effects_gives_the_new_charter() {
        let mut group = Group::new();
        let effects = group.replica.charter().towards(&other());
        group.carry("ana", &effects);
        assert_eq!(*group.replica.charter(), other());
    }

    #[test]
    fn nothing_leads_from_a_charter_to_itself() {
        assert_eq!(charter().towards(&charter()), []);
        let mut renamed = charter();
        renamed.name = name("bakery");
        assert_eq!(charter().towards(&renamed), [], "no effect renames a group");
    }
}
