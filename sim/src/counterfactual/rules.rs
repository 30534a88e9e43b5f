//! The new charter put over the history's: its domains, times and limits; the history's members and roles.

use folkmoot_protocol::{
    charter::{Charter, Domain, Host, Member, MemberKind, Participation, RawCharter, RawError, Role, Times},
    effect::Effect,
    id::Hash,
    key::{PublicKey, SecretKey},
    name::Name,
    table::Table,
    time::Timestamp,
};

use super::CounterfactualError;

/// What a new charter changes of a history.
#[derive(Clone)]
pub(super) struct NewRules {
    domains: Table<Domain>,
    roles: Table<Role>,
    times: Times,
    participation: Participation,
}

impl NewRules {
    /// The rules of a charter file, as if the group had been founded with them.
    pub(super) fn of(
        raw: &RawCharter,
        founding: &Charter,
        founded: Timestamp,
        notes: &mut Vec<String>,
    ) -> Result<Self, CounterfactualError> {
        let key = |of: &str| SecretKey::from_seed(Hash::of(of.as_bytes()).0).public();
        let host = Host { log_key: key("log of the new charter"), node: key("node of the new charter") };
        let member = |name: &Name| -> Option<PublicKey> { Some(key(&format!("member {name}"))) };
        let cannot =
            |error: RawError| CounterfactualError::Charter { group: founding.name.clone(), problem: error.to_string() };
        let charter = raw.resolve(founded, host, &member).map_err(cannot)?;
        let strangers = charter.members.iter().filter(|member| founding.members.find(&member.name).is_none());
        let strangers: Vec<String> = strangers.map(|member| member.name.to_string()).collect();
        if !strangers.is_empty() {
            let who = strangers.join(", ");
            notes.push(format!("{who}: in the new charter and not at the founding; members follow the history"));
        }
        let Charter { domains, roles, times, participation, .. } = charter;
        Ok(Self { domains, roles, times, participation })
    }

    /// The charter that the group would have been founded with.
    pub(super) fn found(&self, history: &Charter) -> Result<Charter, CounterfactualError> {
        let mut charter = history.clone();
        charter.domains = self.domains.clone();
        (charter.times, charter.participation) = (self.times, self.participation);
        for role in self.roles.iter().filter(|role| history.roles.find(&role.name).is_none()) {
            let mut role = role.clone();
            let gone: Vec<Name> = role.holders.iter().map(|holder| holder.member.clone()).collect();
            for name in gone.iter().filter(|name| history.members.find(name).is_none()) {
                role.holders.take(name);
            }
            charter.roles.put(role);
        }
        let members: Vec<Member> = charter.members.iter().cloned().collect();
        for mut member in members {
            within(&mut member, &charter.domains);
            charter.members.put(member);
        }
        let problem = |error: &dyn ToString| CounterfactualError::Charter {
            group: history.name.clone(),
            problem: error.to_string(),
        };
        charter.check().map_err(|error| problem(&error))?;
        Ok(charter)
    }

    /// What becomes of an effect of the history: members and roles change as they did, domains and limits stay as they
    /// are in the new charter. It is governed by the same domains as before.
    pub(super) fn over(&self, effect: Effect) -> Effect {
        match effect {
            Effect::SetDomain(domain) => Effect::SetDomain(self.domains.find(&domain.name).cloned().unwrap_or(domain)),
            Effect::DropDomain { domain } => match self.domains.find(&domain) {
                Some(kept) => Effect::SetDomain(kept.clone()),
                None => Effect::DropDomain { domain },
            },
            Effect::SetTimes(_) => Effect::SetTimes(self.times),
            Effect::SetParticipation(_) => Effect::SetParticipation(self.participation),
            other => other,
        }
    }
}

/// Leaves out of an agent's scope what is no domain.
pub(super) fn within(member: &mut Member, domains: &Table<Domain>) {
    if let MemberKind::Agent(limits) = &mut member.kind {
        limits.scope.retain(|name| domains.find(name).is_some());
    }
}
