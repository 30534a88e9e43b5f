//! Rules, effects and reasons in words.

use folkmoot_protocol::{
    charter::{Consent, Rule},
    effect::Effect,
    entry::{Entry, EntryAct},
    ladder::Reason,
    replay::Replica,
    statement::Act,
};

pub(super) fn rule(rule: &Rule) -> String {
    match rule {
        Rule::Consent(consent) => consent_rule(consent),
        Rule::Delegate(delegate) => {
            let call_in = delegate.call_in.as_ref().map(|call_in| {
                format!("; a member may call it in within {}, then {}", call_in.window, consent_rule(&call_in.rule))
            });
            format!(
                "delegate: the holder of the role decides with a why, within {}{}",
                delegate.closing,
                call_in.unwrap_or_default()
            )
        }
    }
}

fn consent_rule(consent: &Consent) -> String {
    format!(
        "consent: no objection stands and {} of the eligible responded; open {}, at least {}, at most {} versions",
        consent.quorum, consent.closing, consent.minimum, consent.versions
    )
}

pub(super) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Text { domain, text } => format!("agrees in '{domain}': {text}"),
        Effect::Purpose { purpose, .. } => format!("sets the purpose: {purpose}"),
        Effect::SetRole(role) => {
            let holders: Vec<_> = role.holders.iter().map(|h| format!("{} until {}", h.member, h.until)).collect();
            format!("sets the role '{}', held by {}", role.name, or_nobody(&holders))
        }
        Effect::DropRole { role } => format!("ends the role '{role}'"),
        Effect::SetDomain(domain) => {
            format!("sets the domain '{}', owned by {}: {}", domain.name, domain.owner, rule(&domain.rule))
        }
        Effect::DropDomain { domain } => format!("ends the domain '{domain}'"),
        Effect::SetTimes(times) => {
            format!(
                "sets the times of the log: a digest every {}, receipts within {}",
                times.digest_every, times.receipt
            )
        }
        Effect::SetMember(member) => {
            format!("sets the member {} ({})", member.name, if member.is_person() { "person" } else { "agent" })
        }
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
        Effect::Erase { body } => format!("erases the text {}", body.short()),
    }
}

pub(super) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Decided { by } => format!("{by}, who holds the role, decided for it"),
        Reason::Declined { by } => format!("{by}, who holds the role, decided against it"),
        Reason::NobodyDecided => "no holder of the role has decided".into(),
        Reason::QuorumMissed { responded, quorum } => format!("{responded} responded, {quorum} were needed"),
        Reason::ObjectionsStand { count: 1 } => "an objection stands".into(),
        Reason::ObjectionsStand { count } => format!("{count} objections stand"),
        Reason::NoObjection { responded, quorum } => {
            format!("no objection stands, {responded} responded, {quorum} were needed")
        }
    }
}

/// Who acts in an entry, and what it does.
pub(super) fn entry(entry: &Entry, replica: &Replica) -> (Vec<String>, String) {
    let Ok(inside) = entry.inside() else { return (Vec::new(), "holds a bad record".into()) };
    let by = |key| replica.charter().member_of(&key).map_or_else(|| key.short(), |member| member.name.to_string());
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
    }
}

fn act(act: &Act) -> String {
    match act {
        Act::Propose(proposal) => format!("propose \"{}\"", proposal.title),
        Act::Amend(amendment) => format!("amend {} to version {}", amendment.proposal.short(), amendment.version),
        Act::Respond(response) => format!("{} on {}", response.answer.word(), response.proposal.short()),
        Act::Withdraw { target } => format!("withdraw {}", target.short()),
        Act::CallIn { proposal, .. } => format!("call {} in", proposal.short()),
        Act::Erase { body } => format!("erase {}", body.short()),
        Act::Seen {} => "has seen".into(),
    }
}

fn or_nobody(names: &[String]) -> String {
    if names.is_empty() { "nobody".into() } else { names.join(", ") }
}
