//! Carrying out effects: all of a decision's, or none.

use std::collections::BTreeSet;

use super::{dividing, promising, representing, speaking, view::View};
use crate::{
    charter::{Charter, Host, Role},
    decision::{Agreement, AgreementEnd, AgreementId},
    effect::Effect,
    error::{Conflict, Refusal},
    federation::FederationAgreement,
    id::{FederationId, ProposalId},
    key::PublicKey,
    limits::TEXT_BYTES,
    matter::Unsaid,
    name::Name,
    proposal::OpenProposal,
    time::Timestamp,
    voice::Says,
    witness::Moving,
};

/// What effects make of the charter, if they can all be carried out.
///
/// # Errors
/// The first effect that cannot, and why.
pub(super) fn outcome<'e>(
    view: &View<'_>,
    effects: impl Iterator<Item = &'e Effect> + Clone,
) -> Result<Charter, Refusal> {
    at_most_one_voice(effects.clone())?;
    let mut charter = view.charter().clone();
    let mut ended = BTreeSet::new();
    for effect in effects {
        one(view, &mut charter, effect)?;
        if let Some(agreement) = effect.agreement()
            && !ended.insert(agreement)
        {
            let reason = format!("two effects are about the agreement {agreement}");
            return Err(Conflict::Effect { effect: effect.name(), reason }.into());
        }
    }
    charter.check().map_err(crate::error::Malformed::from)?;
    Ok(charter)
}

/// Checks that the domains which govern the effects by now are among those in which the proposal passed.
///
/// A domain that came into being while the proposal was open may govern one of them: what did not pass there does
/// not apply, or a proposal filed in time would lift a rule without passing it.
///
/// # Errors
/// The first effect that another domain governs by now.
pub(super) fn still_governed(
    view: &View<'_>,
    proposal: &OpenProposal,
    carried: &[(u32, &Effect)],
) -> Result<(), Refusal> {
    for (_, effect) in carried {
        let governs = effect.governs(view.charter());
        if let Some(new) = governs.iter().find(|name| !proposal.polls.iter().any(|poll| poll.domain == **name)) {
            let reason = format!("by now the domain '{new}' governs it, in which the proposal did not pass");
            return Err(Conflict::Effect { effect: effect.name(), reason }.into());
        }
    }
    Ok(())
}

/// Puts the outcome into the view: the charter, the agreements in words, the bodies erased.
pub(super) fn take(
    view: &mut View<'_>,
    proposal: ProposalId,
    carried: &[(u32, &Effect)],
    charter: Charter,
    review: Option<Timestamp>,
) {
    for (place, effect) in carried {
        let id = AgreementId(proposal, *place);
        match effect {
            Effect::Text { domain, text, replaces } => {
                let (domain, text) = (domain.clone(), text.clone());
                view.changes.agreements.push(Agreement { id, domain, text, since: view.now, review });
                let end = AgreementEnd::Superseded { by: id, at: view.now };
                view.changes.ended.extend(replaces.map(|replaced| (replaced, end)));
            }
            Effect::Keep { agreement, review: after, .. } => {
                let kept = view.agreement(agreement).cloned();
                let review = after.map(|span| view.now + span).or(review);
                view.changes.agreements.extend(kept.map(|kept| Agreement { review, ..kept }));
            }
            Effect::Retire { agreement, .. } => {
                view.changes.ended.push((*agreement, AgreementEnd::Retired { by: proposal, at: view.now }));
            }
            Effect::SetMember(member) if view.charter().members.find(&member.name).is_none() => {
                view.changes.heard.insert(member.name.clone(), view.now);
            }
            Effect::Federate(agreement) => {
                note_other_panel(view, agreement);
                let adopted =
                    view.dealings().adopted(agreement, view.base.ties(), view.now).map(|(adopted, _)| adopted);
                view.changes.federated = Some((agreement.clone(), adopted));
            }
            Effect::Erase { body } => view.changes.erased.push(*body),
            Effect::OpenMatter { matter, .. } => say(view, proposal, Says::Open(matter.clone())),
            Effect::Stance { matter, consents: true, .. } => {
                let known = view.dealings().matter(matter);
                let taken = known.and_then(|known| known.matter.taken_before(view.base.ties()));
                say(view, proposal, Says::Consent { matter: *matter, taken });
            }
            Effect::Stance { matter, consents: false, .. } => say(view, proposal, Says::Decline { matter: *matter }),
            Effect::Mandate { role, version, position } => {
                if let Ok(mandate) = representing::mandate(view.charter(), role, *version, position) {
                    say(view, proposal, Says::Mandate(mandate));
                }
            }
            Effect::SetResource(resource) => {
                let (log, now) = (view.base.log, view.now);
                let books = &mut view.dealings_mut().books;
                books.expire(&log, now);
                books.keep(resource);
            }
            Effect::DropResource { resource } => drop(view.dealings_mut().books.ledgers.remove(resource)),
            Effect::SetHost(host) => note_moving(view, host),
            effect => {
                if let Some(says) = promising::carry_out(view, effect).or_else(|| dividing::carry_out(view, effect)) {
                    say(view, proposal, says);
                }
            }
        }
    }
    if charter != *view.charter() {
        view.put_charter(charter);
    }
}

/// Another node has other witnesses: what follows waits until those of now are shown to have sealed the change.
fn note_moving(view: &mut View<'_>, new: &Host) {
    if new.node != view.charter().host.node {
        wait_for_witnesses(view, None);
    }
}

/// A version with other nodes in its panel brings other witnesses: the same holds.
fn note_other_panel(view: &mut View<'_>, next: &FederationAgreement) {
    if view.base.federation_at(view.now) == Some(next.id()) {
        wait_for_witnesses(view, Some(next));
    }
}

/// Waits for the seal of the witnesses of now, if there are any and the next version, if it is one, has others.
fn wait_for_witnesses(view: &mut View<'_>, next: Option<&FederationAgreement>) {
    let host = view.charter().host.node;
    let federation = view.base.federation_at(view.now);
    let Some(last) = federation.and_then(|federation| view.base.ties().latest(&federation)) else { return };
    let moving = Moving { entry: view.number, host, version: last.agreement.hash() };
    let witnesses = moving.witnesses(&last.agreement);
    if !witnesses.is_empty() && next.is_none_or(|next| moving.witnesses(next) != witnesses) {
        view.dealings_mut().moving = Some(moving);
    }
}

/// What the decision, or a matter that is enacted, makes the group say, next.
pub(super) fn say(view: &mut View<'_>, decision: ProposalId, says: Says) {
    view.dealings_mut().unsaid.push(Unsaid { decision, says });
}

fn one(view: &View<'_>, charter: &mut Charter, effect: &Effect) -> Result<(), Refusal> {
    let fails = |reason: String| Refusal::from(Conflict::Effect { effect: effect.name(), reason });
    match effect {
        Effect::Text { domain, text, replaces } => {
            if let Some(replaced) = replaces {
                in_force(view, domain, replaced).map_err(fails)?;
            }
            if charter.domains.find(domain).is_none() {
                return Err(fails(format!("there is no domain '{domain}' any more")));
            }
            if text.is_empty() || text.len() > TEXT_BYTES {
                return Err(fails(format!("its text has {} bytes, from 1 to {TEXT_BYTES} are allowed", text.len())));
            }
        }
        Effect::Keep { domain, agreement, .. } | Effect::Retire { domain, agreement } => {
            in_force(view, domain, agreement).map_err(fails)?;
        }
        Effect::Purpose { purpose, values } => {
            charter.purpose.clone_from(purpose);
            charter.values.clone_from(values);
        }
        Effect::SetRole(role) => drop(charter.roles.put(role.clone())),
        Effect::DropRole { role } => {
            charter.roles.take(role).ok_or_else(|| fails(format!("there is no role '{role}'")))?;
        }
        Effect::Seat { role, member: Some(member), from, until } => {
            change_role(charter, role, |role| role.seat(member, *from, *until)).map_err(fails)?;
        }
        Effect::Seat { role, member: None, from, until } => {
            change_role(charter, role, |_| Ok(())).map_err(fails)?;
            if from >= until {
                return Err(fails("the term ends before it starts".into()));
            }
        }
        Effect::Unseat { role, member } => {
            let nobody = || format!("'{member}' does not hold the role '{role}'");
            change_role(charter, role, |role| role.holders.take(member).map(drop).ok_or_else(nobody)).map_err(fails)?;
        }
        Effect::SetDomain(domain) => drop(charter.domains.put(domain.clone())),
        Effect::DropDomain { domain } => {
            charter.domains.take(domain).ok_or_else(|| fails(format!("there is no domain '{domain}'")))?;
        }
        Effect::SetTimes(times) => charter.times = *times,
        Effect::SetParticipation(participation) => charter.participation = *participation,
        Effect::SetMember(member) => drop(charter.members.put(member.clone())),
        Effect::DropMember { member } => drop_member(charter, member).map_err(fails)?,
        Effect::AddKey { member, key } => change_keys(charter, member, |keys| add_key(keys, *key)).map_err(fails)?,
        Effect::DropKey { member, key } => change_keys(charter, member, |keys| drop_key(keys, key)).map_err(fails)?,
        Effect::SetHost(host) => set_host(charter, *host).map_err(fails)?,
        Effect::Federate(agreement) => federate(view, charter, agreement)?,
        Effect::Leave { federation, .. } => leave(view, charter, *federation).map_err(fails)?,
        Effect::OpenMatter { domains, matter } => speaking::may_open(view, domains, matter).map_err(fails)?,
        Effect::Stance { domains, matter, consents } => {
            speaking::may_answer(view, domains, matter, *consents).map_err(fails)?;
        }
        Effect::Follow(agreement) => representing::may_follow(view, agreement).map_err(fails)?,
        Effect::Mandate { role, version, position } => {
            representing::mandate(view.charter(), role, *version, position).map(drop).map_err(fails)?;
        }
        Effect::SetResource(resource) => {
            view.dealings().books.may_keep(resource, view.now).map_err(fails)?;
            charter.resources.put(resource.clone());
        }
        Effect::DropResource { resource } => {
            charter.resources.take(resource).ok_or_else(|| fails(format!("there is no resource '{resource}'")))?;
            view.dealings().books.may_drop(resource, view.now).map_err(fails)?;
        }
        Effect::Terms { .. }
        | Effect::AcceptTerms { .. }
        | Effect::DeclineTerms { .. }
        | Effect::ReleaseTerms { .. }
        | Effect::UseTerms { .. }
        | Effect::BreachTerms { .. } => promising::may(view, effect).map_err(fails)?,
        Effect::OpenRound { domains, round } => dividing::may_open(view, domains, round).map_err(fails)?,
        Effect::Claim { domains, claim } => dividing::may_claim(view, domains, claim).map_err(fails)?,
        Effect::ReleaseShare { domains, round } => dividing::may_release(view, domains, round).map_err(fails)?,
        Effect::Erase { body } => {
            if !view.is_named(body) {
                return Err(Conflict::NoBody.into());
            }
        }
    }
    Ok(())
}

/// An agreement is kept, replaced or ended in its own domain, while it is in force.
fn in_force(view: &View<'_>, domain: &Name, id: &AgreementId) -> Result<(), String> {
    let found = view.agreement(id).ok_or_else(|| format!("no agreement {id} is in force (moot review lists them)"))?;
    if found.domain != *domain {
        return Err(format!("the agreement {id} is in the domain '{}', not '{domain}'", found.domain));
    }
    Ok(())
}

fn drop_member(charter: &mut Charter, member: &Name) -> Result<(), String> {
    charter.members.take(member).ok_or_else(|| format!("there is no member '{member}'"))?;
    let roles: Vec<Name> = charter.roles.iter().map(|role| role.name.clone()).collect();
    for role in roles {
        if let Some(role) = charter.roles.find_mut(&role) {
            role.holders.take(member);
        }
    }
    Ok(())
}

fn change_role(
    charter: &mut Charter,
    role: &Name,
    change: impl FnOnce(&mut Role) -> Result<(), String>,
) -> Result<(), String> {
    change(charter.roles.find_mut(role).ok_or_else(|| format!("there is no role '{role}'"))?)
}

fn change_keys(
    charter: &mut Charter,
    member: &Name,
    change: impl FnOnce(&mut Vec<PublicKey>) -> Result<(), String>,
) -> Result<(), String> {
    let found = charter.members.find_mut(member).ok_or_else(|| format!("there is no member '{member}'"))?;
    change(&mut found.keys)
}

fn add_key(keys: &mut Vec<PublicKey>, key: PublicKey) -> Result<(), String> {
    match keys.binary_search(&key) {
        Ok(_) => Err(format!("the member has the key {key} already")),
        Err(at) => {
            keys.insert(at, key);
            Ok(())
        }
    }
}

fn drop_key(keys: &mut Vec<PublicKey>, key: &PublicKey) -> Result<(), String> {
    let at = keys.binary_search(key).map_err(|_| format!("the member has no key {key}"))?;
    keys.remove(at);
    Ok(())
}

fn set_host(charter: &mut Charter, host: Host) -> Result<(), String> {
    if charter.host == host {
        return Err("it is the node and log key already in force".into());
    }
    charter.host = host;
    Ok(())
}

/// A group has one home panel:
/// - outside any federation it founds one, or joins one by a version that names it and its node
/// - inside one it consents to its amendments, and to one successor only of each version; or takes up the one that was
///   adopted as a matter, which may change more
fn federate(view: &View<'_>, charter: &mut Charter, agreement: &FederationAgreement) -> Result<(), Refusal> {
    let fails = |reason: String| Refusal::from(Conflict::Effect { effect: "federation", reason });
    agreement.check().map_err(crate::error::Malformed::from)?;
    let ties = view.base.ties();
    let own = charter.federation.filter(|federation| !ties.is_out(federation, view.now));
    if let Some(federation) = own {
        if agreement.amends.is_none() || agreement.id() != federation {
            return Err(fails(format!("the group belongs to the federation {} already", federation.short())));
        }
        let adopted = view.dealings().adopted(agreement, ties, view.now);
        let same = |version: &FederationAgreement| version.logs().eq(agreement.logs());
        if adopted.is_some() || !ties.latest(&federation).is_some_and(|last| same(&last.agreement)) {
            view.dealings().all_settled(agreement, ties, view.now).map_err(fails)?;
        }
        view.dealings().free_for(agreement, adopted.is_some(), ties, view.now).map_err(fails)?;
        return ties.may_amend(agreement, adopted.map(|(_, consented)| consented)).map_err(fails);
    }
    let group = agreement
        .group(&view.base.log)
        .ok_or_else(|| fails("it does not name this group: its groups must list this log (moot group show)".into()))?;
    if group.node != charter.host.node {
        return Err(fails(format!("it names another node for {} than the one that hosts it", group.name)));
    }
    charter.federation = Some(agreement.id());
    Ok(())
}

/// Leaving takes a federation to leave, once.
fn leave(view: &View<'_>, charter: &Charter, federation: FederationId) -> Result<(), String> {
    let ties = view.base.ties();
    if charter.federation != Some(federation) || ties.is_out(&federation, view.now) {
        return Err(format!("the group does not belong to the federation {}", federation.short()));
    }
    match ties.leaving(&federation) {
        Some(leaving) => Err(format!("the group has decided to leave already: it is out from {}", leaving.from)),
        None => Ok(()),
    }
}

/// What is said to others is judged by what the group said and promised before: alone, or consents to two rivals would pass
/// together, and not beside a change of what it promises of.
fn at_most_one_voice<'e>(effects: impl Iterator<Item = &'e Effect> + Clone) -> Result<(), Refusal> {
    let mut speaks = effects.clone().filter(|effect| effect.speaks_to_others());
    let first = speaks.next();
    let changes = |effect: &&Effect| matches!(effect, Effect::SetResource(_) | Effect::DropResource { .. });
    let promises = |effect: &&Effect| effect.is_about_terms() || effect.is_about_rounds();
    let beside = first.filter(promises).and_then(|_| effects.clone().find(changes));
    match speaks.next().or(beside) {
        None => Ok(()),
        Some(effect) => {
            let reason =
                "a decision founds, joins, amends or leaves one federation, or says one thing about a matter, \
                          terms or a round, and changes no resource with it: file another proposal"
                    .into();
            Err(Conflict::Effect { effect: effect.name(), reason }.into())
        }
    }
}
