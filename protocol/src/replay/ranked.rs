//! Options that members rank, and nominations for roles.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    admit::{bring_back, eligible_in, open},
    effects, representing,
    view::View,
};
use crate::{
    charter::Member,
    effect::Effect,
    error::{Conflict, Malformed, Refusal, Unauthorised, size},
    id::{ProposalId, StatementId},
    liaison::Position,
    limits::{EFFECTS, OPTIONS, TAGS, TEXT_BYTES},
    name::Name,
    proposal::{Given, Nominated, OpenProposal, WithdrawnOption},
    statement::{Answer, Ballot, Nomination, Proposal, ProposalOption},
};

/// Takes a ballot:
/// - the proposal is open, at the version that was read, and its members rank options
/// - its author is eligible
/// - it ranks at least one option of the version, each once; equal ranks are sorted
///
/// It replaces the author's earlier response. An option that was withdrawn may stand on it and is skipped.
pub(super) fn ballot(view: &mut View<'_>, id: StatementId, member: &Member, ballot: &Ballot) -> Result<(), Refusal> {
    let mut proposal = open_at(view, &ballot.proposal, ballot.version)?;
    if !proposal.is_ranked() {
        return Err(Conflict::NotRanked(proposal.id).into());
    }
    bring_back(member, &mut proposal);
    let counts_in = eligible_in(view, member, &proposal)?;
    check_ranking(&proposal.content, &ballot.ranking)?;
    representing::check_position(view, member, &proposal, Some(Position::Rank(ballot.ranking.clone())))?;
    let given = Given {
        statement: id,
        entry: view.number,
        at: view.now,
        answer: Answer::Rank,
        reason: ballot.reason,
        counts_in,
        weighs: Vec::new(),
        ranking: ballot.ranking.clone(),
    };
    proposal.responses.insert(member.name.clone(), given);
    view.put(proposal);
    Ok(())
}

/// Withdraws an option:
/// - the proposal is open, at the version that was read, and offers the option
/// - by the proposal's author, or by the candidate: whom the option is called after or would seat
pub(super) fn withdraw_option(
    view: &mut View<'_>,
    id: StatementId,
    member: &Member,
    (proposal, version): (&ProposalId, u32),
    label: &Name,
) -> Result<(), Refusal> {
    let mut proposal = open_at(view, proposal, version)?;
    let offered = |option: &&ProposalOption| option.label == *label;
    let option = proposal.content.options.iter().find(offered).ok_or_else(|| no_option(label))?;
    let seats = |effect: &Effect| matches!(effect, Effect::Seat { member: Some(seated), .. } if *seated == member.name);
    let is_candidate = option.label == member.name || option.effects.iter().any(seats);
    if proposal.author != member.name && !is_candidate {
        let author = proposal.author.clone();
        return Err(Unauthorised::NotAuthor { author, member: member.name.clone(), what: "withdraw an option" }.into());
    }
    let withdrawn = WithdrawnOption { statement: id, by: member.name.clone(), at: view.now };
    if proposal.withdrawn_options.contains_key(label) {
        return Err(no_option(label));
    }
    proposal.withdrawn_options.insert(label.clone(), withdrawn);
    view.put(proposal);
    Ok(())
}

/// Takes a nomination:
/// - the proposal is open, at the version that was read, and opened with a role to fill and nobody named
/// - its author is eligible; who is nominated is a member
///
/// It replaces the author's earlier one, in all later versions too.
pub(super) fn nominate(
    view: &mut View<'_>,
    id: StatementId,
    member: &Member,
    nomination: &Nomination,
) -> Result<(), Refusal> {
    let mut proposal = open_at(view, &nomination.proposal, nomination.version)?;
    bring_back(member, &mut proposal);
    eligible_in(view, member, &proposal)?;
    if view.charter().members.find(&nomination.member).is_none() {
        return Err(Conflict::Nominee(format!("'{}' is no member of this group", nomination.member)).into());
    }
    let nominated = Nominated {
        statement: id,
        entry: view.number,
        at: view.now,
        member: nomination.member.clone(),
        reason: nomination.reason,
    };
    let nominations = proposal.nominations.as_mut().ok_or(Conflict::NoNominations(nomination.proposal))?;
    nominations.insert(member.name.clone(), nominated);
    view.put(proposal);
    Ok(())
}

/// Checks that an answer other than a ballot can be one:
/// - where members rank options: to abstain or advise
/// - where nobody is named for a role yet: to advise
pub(super) fn check_answer(proposal: &OpenProposal, answer: Answer) -> Result<(), Refusal> {
    match answer {
        Answer::Advice => Ok(()),
        Answer::Rank => Err(Malformed::Ballot("a ballot ranks options: moot rank".into()).into()),
        Answer::Abstain if proposal.is_ranked() => Ok(()),
        _ if proposal.is_ranked() => Err(Conflict::OnlyRanked(proposal.id).into()),
        _ if proposal.content.awaits_nominee() => Err(Conflict::NobodyNamed(proposal.id).into()),
        _ => Ok(()),
    }
}

/// Nominations of a proposal that opens with a role to fill and nobody named.
pub(super) fn nominations_of(content: &Proposal) -> Option<BTreeMap<Name, Nominated>> {
    content.awaits_nominee().then(BTreeMap::new)
}

/// Checks that an amendment seats whom somebody nominated, if the proposal opened for nominations.
pub(super) fn check_seated(proposal: &OpenProposal, content: &Proposal) -> Result<(), Refusal> {
    let Some(nominations) = &proposal.nominations else {
        return match content.awaits_nominee() {
            true => {
                Err(Conflict::Nominee("nominations come first: file a new proposal without a member".into()).into())
            }
            false => Ok(()),
        };
    };
    let is_nominated = |name: &Name| nominations.values().any(|nominated| nominated.member == *name);
    let seated = content.all_effects().filter_map(|effect| match effect {
        Effect::Seat { member, .. } => member.as_ref(),
        _ => None,
    });
    match seated.into_iter().find(|name| !is_nominated(name)) {
        Some(other) => Err(Conflict::Nominee(format!("nobody nominates '{other}'")).into()),
        None => Ok(()),
    }
}

/// Checks options that members are to rank:
/// - from 2 on, with different labels; texts, tags and effects within the limits; no effects beside them
/// - the effects of each could be carried out now; none names nobody, or changes where the log or the group belongs
pub(super) fn check_options(view: &View<'_>, content: &Proposal) -> Result<(), Refusal> {
    size("the list of options", content.options.len(), 2, OPTIONS)?;
    size("the list of all options' effects", content.all_effects().count(), 1, EFFECTS)?;
    if !content.effects.is_empty() {
        return Err(Conflict::Options("effects belong to the options: give each its own".into()).into());
    }
    let mut labels = BTreeSet::new();
    for option in &content.options {
        let label = &option.label;
        if !labels.insert(label) {
            return Err(Conflict::Options(format!("two are called '{label}'")).into());
        }
        size("the list of tags of an option", option.tags.len(), 0, TAGS)?;
        option.text.iter().try_for_each(|text| size("the text of an option", text.len(), 1, TEXT_BYTES))?;
        let bound = |effect: &&Effect| {
            let elsewhere = matches!(effect, Effect::Federate(_) | Effect::Leave { .. } | Effect::SetHost(_))
                || matches!(effect, Effect::Follow(_));
            elsewhere || matches!(effect, Effect::Seat { member: None, .. })
        };
        if let Some(effect) = option.effects.iter().find(bound) {
            return Err(Conflict::Options(format!("'{label}': a {} is no matter of a ranking", effect.name())).into());
        }
        if !option.effects.is_empty() {
            effects::outcome(view, option.effects.iter())?;
        }
    }
    Ok(())
}

/// Checks that options are ranked where the rule says so, in one domain, and nowhere else: for a version of an open
/// proposal the rules are those of its polls, whatever the charter says by now.
pub(super) fn check_rungs(
    view: &View<'_>,
    content: &Proposal,
    domains: &BTreeSet<Name>,
    of: Option<&OpenProposal>,
) -> Result<(), Refusal> {
    let is_ranked = |name: &&Name| match of {
        Some(proposal) => proposal.polls.iter().any(|poll| poll.domain == **name && poll.rule.is_ranked()),
        None => view.charter().domains.find(name).is_some_and(|domain| domain.rule.is_ranked()),
    };
    if content.options.is_empty() {
        return match domains.iter().find(is_ranked) {
            Some(name) => Err(Conflict::Options(format!("in '{name}' members rank options: give at least two")).into()),
            None => Ok(()),
        };
    }
    if domains.is_empty() {
        return Err(Conflict::Options("none of them changes anything: give at least one effects".into()).into());
    }
    let list = || domains.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
    match domains.iter().all(|name| is_ranked(&name)) && domains.len() == 1 {
        true => Ok(()),
        false => {
            let reason =
                format!("their effects belong to one domain, whose rule is ranked; these belong to {}", list());
            Err(Conflict::Options(reason).into())
        }
    }
}

fn check_ranking(content: &Proposal, ranking: &[Vec<Name>]) -> Result<(), Refusal> {
    size("a ballot's list of ranks", ranking.len(), 1, OPTIONS)?;
    let mut seen = BTreeSet::new();
    for group in ranking {
        if group.is_empty() || !group.is_sorted_by(|a, b| a < b) {
            return Err(Malformed::NotSorted("options of one rank, at least one,").into());
        }
        for label in group {
            if !content.options.iter().any(|option| option.label == *label) {
                return Err(no_option(label));
            }
            if !seen.insert(label) {
                return Err(Malformed::Ballot(format!("it ranks '{label}' twice")).into());
            }
        }
    }
    Ok(())
}

fn open_at(view: &View<'_>, id: &ProposalId, version: u32) -> Result<OpenProposal, Refusal> {
    let proposal = open(view, id)?;
    let current = proposal.version();
    if version != current {
        return Err(Conflict::OtherVersion { proposal: proposal.id, current, found: version }.into());
    }
    Ok(proposal)
}

fn no_option(label: &Name) -> Refusal {
    Conflict::NoOption(label.clone()).into()
}
