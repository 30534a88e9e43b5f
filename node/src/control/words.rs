//! Effects and entries in words.

use folkmoot_protocol::{
    charter::{Liaison, MemberKind},
    effect::Effect,
    entry::{Entry, EntryAct},
    id::LogId,
    liaison::Position,
    name::Name,
    replay::Replica,
    resource::{Grants, Line, Portion, Round, RoundClaim, Terms, Window},
    statement::Act,
    voice::Says,
};

/// What an effect does, in a line.
pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Text { domain, text, replaces: None } => format!("agrees in '{domain}': {text}"),
        Effect::Text { domain, text, replaces: Some(replaced) } => {
            format!("agrees in '{domain}', in place of {replaced}: {text}")
        }
        Effect::Keep { domain, agreement, .. } => format!("keeps the agreement {agreement} in '{domain}'"),
        Effect::Retire { domain, agreement } => format!("ends the agreement {agreement} in '{domain}'"),
        Effect::Purpose { purpose, .. } => format!("sets the purpose: {purpose}"),
        Effect::SetRole(role) => {
            let holders: Vec<_> = role.holders.iter().map(|h| format!("{} until {}", h.member, h.until)).collect();
            let represents =
                role.represents.as_ref().map(|to| format!(", which represents the group in {}", to.group.short()));
            let represents = represents.unwrap_or_default();
            format!("sets the role '{}'{represents}, held by {}", role.name, or_nobody(&holders))
        }
        Effect::Seat { role, member: Some(member), from, until } => {
            format!("gives {member} the role '{role}' from {from} until {until}")
        }
        Effect::Seat { role, member: None, from, until } => {
            format!("fills the role '{role}' from {from} until {until}, with whom members nominate")
        }
        Effect::Unseat { role, member } => format!("ends {member}'s term in the role '{role}' now"),
        Effect::DropRole { role } => format!("ends the role '{role}'"),
        Effect::SetDomain(domain) => {
            format!("sets the domain '{}', owned by {}: {}", domain.name, domain.owner, domain.rule)
        }
        Effect::DropDomain { domain } => format!("ends the domain '{domain}'"),
        Effect::SetTimes(times) => {
            format!(
                "sets the times of the log: a digest every {}, receipts within {}",
                times.digest_every, times.receipt
            )
        }
        Effect::SetParticipation(participation) => format!(
            "lets each member have {} proposals open and {} called in; {}",
            participation.open_proposals,
            participation.call_ins,
            match participation.silent_after {
                Some(span) => format!("who says nothing for {span} is left out until heard"),
                None => "nobody is left out for being silent".into(),
            }
        ),
        Effect::SetMember(member) => match &member.kind {
            MemberKind::Person => format!("sets the member {} (person)", member.name),
            MemberKind::Agent(_) => format!("sets the member {} (agent)", member.name),
            MemberKind::Liaison(Liaison { group, role }) => {
                format!("sets the member {} (liaison: '{role}' of {})", member.name, group.short())
            }
        },
        Effect::DropMember { member } => format!("removes the member {member}"),
        Effect::AddKey { member, key } => format!("adds the key {} of {member}", key.short()),
        Effect::DropKey { member, key } => format!("revokes the key {} of {member}", key.short()),
        Effect::SetHost(host) => {
            format!("moves the log to node {}, log key {}", host.node.short(), host.log_key.short())
        }
        Effect::Leave { federation, from } => {
            format!("leaves the federation {} at {from}, or when its notice has run", federation.short())
        }
        Effect::Federate(agreement) if agreement.amends.is_some() => format!(
            "consents to version {} of the agreement of '{}' ({}) with {} groups",
            agreement.number(),
            agreement.name,
            agreement.id().short(),
            agreement.groups.len()
        ),
        Effect::Federate(agreement) => format!(
            "founds the federation '{}' ({}) with {} groups and {} seats",
            agreement.name,
            agreement.id().short(),
            agreement.groups.len(),
            agreement.panel.len()
        ),
        Effect::OpenMatter { matter, .. } => {
            format!("opens the matter \"{}\", which touches {} groups", matter.title, matter.parts.len())
        }
        Effect::Stance { matter, consents: true, .. } => format!("consents to the matter {}", matter.short()),
        Effect::Stance { matter, consents: false, .. } => format!("says no to the matter {}", matter.short()),
        Effect::SetResource(resource) => {
            let (name, unit) = (&resource.name, &resource.unit);
            let grants =
                resource.grants.map(|grants| format!(", of which {}", granted(&grants, resource.capacity, unit)));
            format!("sets the resource '{name}': {} {unit}{}", resource.capacity, grants.unwrap_or_default())
        }
        Effect::DropResource { resource } => format!("ends the resource '{resource}'"),
        Effect::Terms { terms, until, .. } => match until {
            Some(until) => {
                format!("offers under the terms \"{}\" ({}), held until {until}", terms.title, terms.id().short())
            }
            None => format!("asks under the terms \"{}\" ({})", terms.title, terms.id().short()),
        },
        Effect::AcceptTerms { terms, until: Some(until), .. } => {
            format!("accepts the terms {}, and holds its part until {until}", terms.short())
        }
        Effect::AcceptTerms { terms, until: None, .. } => format!("accepts the terms {}", terms.short()),
        Effect::DeclineTerms { terms, .. } => format!("declines the terms {}", terms.short()),
        Effect::ReleaseTerms { terms, .. } => format!("gives up what was promised under the terms {}", terms.short()),
        Effect::UseTerms { terms, resource, amount, .. } => {
            format!("says that {amount} of '{resource}' was used under the terms {}", terms.short())
        }
        Effect::BreachTerms { terms, .. } => format!("states that the terms {} were broken", terms.short()),
        Effect::OpenRound { round, .. } => {
            format!("offers {} in the round \"{}\" ({})", offered(round), round.title, round.id().short())
        }
        Effect::Claim { claim, .. } => format!("claims {} of the round {}", amounts(claim), claim.round.short()),
        Effect::ReleaseShare { round, .. } => format!("gives up its share of the round {}", round.short()),
        Effect::Follow(agreement) => format!(
            "follows version {} of the agreement of '{}' ({}), to hear of liaisons of its groups",
            agreement.number(),
            agreement.name,
            agreement.id().short()
        ),
        Effect::Mandate { role, version, position } => {
            format!("gives the liaison '{role}' the answer to {}: {}", version.short(), self::position(position))
        }
        Effect::Erase { body } => format!("erases the text {}", body.short()),
    }
}

/// Who acts in an entry, and what it does.
pub(super) fn entry(entry: &Entry, replica: &Replica) -> (Vec<String>, String) {
    let Ok(inside) = entry.inside() else { return (Vec::new(), "holds a bad record".into()) };
    let at = entry.content().time;
    let by = |key| replica.speaker(&key, at).map_or_else(|| key.short(), |member| member.name.to_string());
    match &entry.content().act {
        EntryAct::Found { charter, .. } => {
            let founders = inside.foundings.iter().map(|founding| by(founding.signer())).collect();
            (founders, format!("found the group '{}' with {} members", charter.name, charter.members.len()))
        }
        EntryAct::Admit { .. } => {
            let who = inside.statements.iter().map(|statement| by(statement.signer())).collect();
            let what: Vec<_> = inside.statements.iter().map(|statement| act(&statement.content().act)).collect();
            (who, what.join("; "))
        }
        EntryAct::Close { proposal } => (Vec::new(), format!("closes {}", proposal.short())),
        EntryAct::Apply { proposal } => (Vec::new(), format!("carries out {}", proposal.short())),
        EntryAct::Digest { digest } => (Vec::new(), format!("states the digest {}", digest.short())),
        EntryAct::Speak(voice) => (Vec::new(), says(&voice.says)),
        EntryAct::Cite { evidence } => {
            let about: Vec<_> = evidence.iter().map(|evidence| evidence.log.short()).collect();
            (Vec::new(), format!("cites evidence about {}", about.join(", ")))
        }
    }
}

/// What a group promises in terms that a matter settles.
pub fn settled(terms: &Terms, group: &LogId) -> String {
    let portion = |portion: &Portion| match portion.window == Window::ALL {
        true => portion.amount.to_string(),
        false => format!("{} {}", portion.amount, portion.window),
    };
    let line = |line: &Line| {
        let portions: Vec<String> = line.portions.iter().map(portion).collect();
        format!("'{}': {}", line.resource, portions.join(", "))
    };
    let lines: Vec<String> = terms.lines_of(group).map(line).collect();
    let promises = if lines.is_empty() { String::new() } else { format!(" and promises {}", lines.join("; ")) };
    format!("accepts the terms \"{}\" ({}){promises}", terms.title, terms.id().short())
}

fn says(says: &Says) -> String {
    match says {
        Says::Open(matter) => format!("opens the matter \"{}\"", matter.title),
        Says::Consent { matter, .. } => format!("consents to the matter {}", matter.short()),
        Says::Decline { matter } => format!("says no to the matter {}", matter.short()),
        Says::Enact { matter, level } => format!("enacts the matter {}, adopted at level {level}", matter.short()),
        Says::Terms { terms, .. } => format!("states the terms \"{}\" ({})", terms.title, terms.id().short()),
        Says::AcceptTerms { terms, .. } => format!("accepts the terms {}", terms.short()),
        Says::DeclineTerms { terms } => format!("declines the terms {}", terms.short()),
        Says::Commit { terms } => format!("brings the terms {} into force", terms.short()),
        Says::Lapse { terms } => format!("lets the terms {} lapse", terms.short()),
        Says::Take { terms } => format!("takes what it held under the terms {}", terms.short()),
        Says::ReleaseTerms { terms, breach: false } => {
            format!("gives up what was promised under the terms {}", terms.short())
        }
        Says::ReleaseTerms { terms, breach: true } => {
            format!("breaks the terms {}: gives up what was promised under them", terms.short())
        }
        Says::UseTerms { terms, resource, amount, .. } => {
            format!("says that {amount} of '{resource}' was used under the terms {}", terms.short())
        }
        Says::BreachTerms { terms } => format!("states that the terms {} were broken", terms.short()),
        Says::Round(round) => format!("opens the round \"{}\" ({})", round.title, round.id().short()),
        Says::Claim(claim) => format!("claims {} of the round {}", amounts(claim), claim.round.short()),
        Says::Reveal { round, .. } => format!("reveals its secret in the round {}", round.short()),
        Says::Divide { round } => format!("divides the round {}", round.short()),
        Says::ReleaseShare { round } => format!("gives up its share of the round {}", round.short()),
        Says::Represent(sitting) if sitting.terms.is_empty() => {
            format!("says that nobody represents it in {} as '{}'", sitting.group.short(), sitting.role)
        }
        Says::Represent(sitting) => {
            let bound = if sitting.mandated { "mandated" } else { "free" };
            format!("says who represents it in {} as '{}', {bound}", sitting.group.short(), sitting.role)
        }
        Says::Mandate(mandate) => {
            let (version, position) = (mandate.version.short(), position(&mandate.position));
            format!("says that its liaison '{}' answers {position} to {version}", mandate.role)
        }
    }
}

/// What a liaison is to answer.
pub(super) fn position(position: &Position) -> String {
    match position {
        Position::Rank(ranks) => format!("{}: {}", position.name(), ranking(ranks)),
        _ => position.name().into(),
    }
}

fn offered(round: &Round) -> String {
    let offers = round.offers.iter().map(|offer| format!("{} of '{}'", offer.amount, offer.resource));
    offers.collect::<Vec<_>>().join(", ")
}

fn amounts(claim: &RoundClaim) -> String {
    claim.amounts.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn act(act: &Act) -> String {
    match act {
        Act::Propose(proposal) => format!("propose \"{}\"", proposal.title),
        Act::Amend(amendment) => format!("amend {} to version {}", amendment.proposal.short(), amendment.version),
        Act::Respond(response) => format!("{} on {}", response.answer.word(), response.proposal.short()),
        Act::Withdraw { target } => format!("withdraw {}", target.short()),
        Act::CallIn { proposal, .. } => format!("call {} in", proposal.short()),
        Act::Test(test) => {
            let finds = if test.qualifies { "qualifies" } else { "does not qualify" };
            format!("find that the objection {} {finds}", test.objection.short())
        }
        Act::Rank(ballot) => format!("rank on {}: {}", ballot.proposal.short(), ranking(&ballot.ranking)),
        Act::Nominate(nomination) => format!("nominate {} on {}", nomination.member, nomination.proposal.short()),
        Act::WithdrawOption { proposal, option, .. } => {
            format!("withdraw the option '{option}' of {}", proposal.short())
        }
        Act::Erase { body } => format!("erase {}", body.short()),
        Act::Seen {} => "has seen".into(),
    }
}

/// A ranking on one line: `ana, ben = cem`.
pub(super) fn ranking(ranking: &[Vec<Name>]) -> String {
    let group = |group: &Vec<Name>| group.iter().map(Name::as_str).collect::<Vec<_>>().join(" = ");
    ranking.iter().map(group).collect::<Vec<_>>().join(", ")
}

fn or_nobody(names: &[String]) -> String {
    if names.is_empty() { "nobody".into() } else { names.join(", ") }
}

/// What a rule of a charter grants, in words.
pub(super) fn granted(grants: &Grants, capacity: u64, unit: &str) -> String {
    let most = grants.most(capacity);
    let share = grants.share.map(|share| format!(" ({share})")).unwrap_or_default();
    let time = grants.per.map_or_else(|| "at once".to_owned(), |per| format!("in {per}"));
    format!("each group that asks gets up to {most} {unit}{share} {time} without a decision")
}
