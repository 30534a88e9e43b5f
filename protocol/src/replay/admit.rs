//! Admitting statements: who may say what, when.

use std::collections::{BTreeMap, BTreeSet};

use super::{close, effects, ranked, representing, testing, view::View};
use crate::{
    charter::{Domain, Member, MemberKind, Owner, Rule},
    error::{Conflict, LastTerm, Malformed, Premature, Refusal, Unauthorised, Vacancy, size, too_many_open},
    id::{BodyId, ProposalId, StatementId},
    ladder::Poll,
    liaison::Position,
    limits::{EFFECTS, OBJECTIONS, OBJECTIONS_PER_MEMBER, OPEN_PROPOSALS, TITLE_BYTES},
    name::Name,
    proposal::{CalledIn, Given, Objection, OpenProposal, Stage, Version, Withdrawn},
    statement::{Act, Amendment, Answer, Proposal, Response, Statement},
};

/// Admits a statement:
/// - it is for this log, by a member's key; an agent has not ended
/// - its author has seen an entry before it; it is the next one of its key
/// - its act is one that its author may do now
pub(super) fn statement(view: &mut View<'_>, statement: &Statement) -> Result<(), Refusal> {
    let content = statement.content();
    if content.log != view.base.log {
        return Err(Conflict::OtherLog.into());
    }
    let key = statement.signer();
    let member = view.base.speaker(&key, view.now).cloned().ok_or(Unauthorised::NotAMember(key))?;
    if let MemberKind::Agent(limits) = &member.kind
        && view.now >= limits.until
    {
        return Err(Unauthorised::AgentEnded { agent: member.name, until: limits.until }.into());
    }
    let seen = view.base.number_of(&content.seen).ok_or(Premature::UnseenEntry(content.seen))?;
    if content.previous != view.last_statement(&key) {
        return Err(Conflict::OutOfOrder { found: statement.id() }.into());
    }
    view.changes.chains.insert(key, statement.id());
    let before = view.changes.seen.get(&member.name).or_else(|| view.base.seen.get(&member.name)).copied();
    view.changes.seen.insert(member.name.clone(), before.map_or(seen, |before| before.max(seen)));
    view.changes.heard.insert(member.name.clone(), view.now);
    view.changes.namings.extend(content.act.bodies().into_iter().map(|body| (body, member.name.clone())));
    act(view, statement.id(), &member, &content.act)
}

fn act(view: &mut View<'_>, id: StatementId, member: &Member, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Propose(proposal) => propose(view, id, member, proposal),
        Act::Amend(amendment) => amend(view, id, member, amendment),
        Act::Respond(response) => respond(view, id, member, response),
        Act::Withdraw { target } => withdraw(view, id, member, target),
        Act::CallIn { proposal, reason } => call_in(view, member, proposal, *reason),
        Act::Test(test) => testing::test(view, id, member, test),
        Act::Rank(ballot) => ranked::ballot(view, id, member, ballot),
        Act::Nominate(nomination) => ranked::nominate(view, id, member, nomination),
        Act::WithdrawOption { proposal, version, option } => {
            ranked::withdraw_option(view, id, member, (proposal, *version), option)
        }
        Act::Erase { body } => erase(view, member, *body),
        Act::Seen {} => Ok(()),
    }
}

/// Opens a proposal:
/// - title, effects and texts are within the limits; every effect could be carried out now
/// - each of its domains exists, is in the scope of an agent who proposes, and has somebody eligible
/// - the subject of a removal is not eligible on it
///
/// Filing counts as the author's agree, but never as a delegate's decision: that is always explicit.
fn propose(view: &mut View<'_>, id: StatementId, member: &Member, content: &Proposal) -> Result<(), Refusal> {
    let domains = check_content(view, member, content, None)?;
    if view.open_count() >= OPEN_PROPOSALS {
        return Err(too_many_open().into());
    }
    let most = view.charter().participation.open_proposals as usize;
    if view.open_of(&member.name).0 >= most {
        return Err(Conflict::TooMany { what: "open proposals of one member", most }.into());
    }
    let (without, vacant, mut silent) = (content.removes(), view.vacant(), view.silent());
    silent.remove(&member.name);
    let mut polls = Vec::new();
    for name in domains {
        let domain = view.charter().domains.find(&name).ok_or_else(|| Conflict::NoDomain(name.clone()))?;
        let mut poll = Poll::open(view.charter(), domain, view.now, &without, &silent);
        poll.leave_out(&vacant);
        poll.ask(view.charter(), view.now, &member.name);
        if poll.eligible.is_empty() {
            return Err(Conflict::NobodyEligible(vacancy(view, domain)).into());
        }
        polls.push(poll);
    }
    let mut proposal = OpenProposal {
        id: id.into(),
        author: member.name.clone(),
        opened: view.now,
        charter: view.charter_hash(),
        versions: Vec::new(),
        content: content.clone(),
        polls,
        window_from: view.now,
        closes: view.now,
        extended: false,
        responses: BTreeMap::new(),
        advice: BTreeMap::new(),
        objections: Vec::new(),
        stage: Stage::Open,
        called_in: None,
        to_vote: None,
        withdrawn_options: BTreeMap::new(),
        nominations: ranked::nominations_of(content),
    };
    start_version(view, &mut proposal, id, content.clone(), Vec::new());
    view.put(proposal);
    Ok(())
}

/// Starts a new version:
/// - by the proposal's author, while it is open, as the next version, not beyond the most that its rules allow
/// - its domains are among those of the opening; what it integrates are objections that stand
/// - it removes the same members: they have no say, and who has a say is settled at the opening
///
/// Objections stay; other responses end with the version that they answered.
fn amend(view: &mut View<'_>, id: StatementId, member: &Member, amendment: &Amendment) -> Result<(), Refusal> {
    let mut proposal = open(view, &amendment.proposal)?;
    if proposal.author != member.name {
        return Err(not_author(&proposal.author, member, "amend it"));
    }
    let current = proposal.version();
    if amendment.version != current + 1 {
        return Err(Conflict::OtherVersion { proposal: proposal.id, current, found: amendment.version }.into());
    }
    if proposal.to_vote.is_some() {
        return Err(Conflict::Voting(proposal.id).into());
    }
    if current >= proposal.most_versions() {
        return Err(Conflict::NoMoreVersions { proposal: proposal.id, most: proposal.most_versions() }.into());
    }
    let domains = check_content(view, member, &amendment.content, Some(&proposal))?;
    if let Some(new) = domains.iter().find(|domain| !proposal.polls.iter().any(|poll| poll.domain == **domain)) {
        return Err(Conflict::NewDomain(new.clone()).into());
    }
    if amendment.content.removes() != proposal.content.removes() {
        let reason = "an amendment removes the same members as the opening, who have no say: file a new proposal";
        return Err(Conflict::Effect { effect: "removal of a member", reason: reason.into() }.into());
    }
    ranked::check_seated(&proposal, &amendment.content)?;
    size("the list of integrated objections", amendment.integrates.len(), 0, OBJECTIONS)?;
    if !amendment.integrates.is_sorted_by(|a, b| a < b) {
        return Err(Malformed::NotSorted("integrates").into());
    }
    let stands = |id: &StatementId| proposal.standing_objections().any(|objection| objection.given.statement == *id);
    if let Some(other) = amendment.integrates.iter().find(|id| !stands(id)) {
        return Err(Conflict::NoTarget(*other).into());
    }
    start_version(view, &mut proposal, id, amendment.content.clone(), amendment.integrates.clone());
    view.put(proposal);
    Ok(())
}

fn start_version(
    view: &View<'_>,
    proposal: &mut OpenProposal,
    statement: StatementId,
    content: Proposal,
    integrates: Vec<StatementId>,
) {
    proposal.versions.push(Version { statement, entry: view.number, at: view.now, integrates });
    // Nobody agrees by filing where there is somebody to be named yet, or something to be ranked.
    let is_plain = |poll: &Poll| !poll.is_delegate() && !poll.rule.is_ranked() && !content.awaits_nominee();
    let mandated = representing::is_mandated(view.charter(), view.dealings(), &proposal.author);
    let eligible = |poll: &&Poll| !mandated && is_plain(poll) && poll.eligible.contains(&proposal.author);
    let counts_in: BTreeSet<Name> = proposal.polls.iter().filter(eligible).map(|poll| poll.domain.clone()).collect();
    proposal.responses.clear();
    proposal.advice.clear();
    proposal.withdrawn_options.clear();
    proposal.objections.iter_mut().for_each(|objection| objection.tests.clear());
    if !counts_in.is_empty() {
        let given = Given {
            statement,
            entry: view.number,
            at: view.now,
            answer: Answer::Agree,
            reason: Some(content.why),
            counts_in,
            weighs: Vec::new(),
            ranking: Vec::new(),
        };
        proposal.responses.insert(proposal.author.clone(), given);
    }
    proposal.content = content;
    proposal.start_window(view.now);
}

/// Takes a response:
/// - the proposal is open, at the version that was read, and not past its close
/// - an objection has a reason, and so has a delegate's decision
/// - its author is eligible in at least one of the domains; advice is open to every member
///
/// It replaces the author's earlier responses, but an objection ends only by a withdrawal that names it.
fn respond(view: &mut View<'_>, id: StatementId, member: &Member, response: &Response) -> Result<(), Refusal> {
    let mut proposal = open(view, &response.proposal)?;
    let current = proposal.version();
    if response.version != current {
        return Err(Conflict::OtherVersion { proposal: proposal.id, current, found: response.version }.into());
    }
    ranked::check_answer(&proposal, response.answer)?;
    let counts_in = match response.answer {
        Answer::Advice => {
            check_scope(member, proposal.polls.iter().map(|poll| &poll.domain)).map(|()| BTreeSet::new())?
        }
        _ => {
            bring_back(member, &mut proposal);
            eligible_in(view, member, &proposal)?
        }
    };
    check_decision(view, member, &proposal, response, &counts_in)?;
    representing::check_position(view, member, &proposal, Position::of(response.answer))?;
    let given = Given {
        statement: id,
        entry: view.number,
        at: view.now,
        answer: response.answer,
        reason: response.reason,
        counts_in,
        weighs: response.weighs.clone(),
        ranking: Vec::new(),
    };
    if response.answer == Answer::Object {
        add_objection(&mut proposal, member, given.clone())?;
        proposal.extend_for_objection(&given);
    }
    let answers = if response.answer == Answer::Advice { &mut proposal.advice } else { &mut proposal.responses };
    answers.insert(member.name.clone(), given);
    view.put(proposal);
    Ok(())
}

/// A silent member who responds is eligible again.
pub(super) fn bring_back(member: &Member, proposal: &mut OpenProposal) {
    for poll in &mut proposal.polls {
        if !in_reach(member, poll) {
            continue;
        }
        if poll.silent.remove(&member.name) {
            poll.eligible.insert(member.name.clone());
        }
        // A holder's decision brings back for what a call-in would make of it.
        if let Some(appeal) = &mut poll.call_in
            && appeal.silent.remove(&member.name)
        {
            appeal.eligible.insert(member.name.clone());
        }
    }
}

/// Checks what a decision must say:
/// - an objection has a reason, and so has a delegate's decision
/// - after consultation: those asked have advised, or their time is over; the decision names all their advice
fn check_decision(
    view: &View<'_>,
    member: &Member,
    proposal: &OpenProposal,
    response: &Response,
    counts_in: &BTreeSet<Name>,
) -> Result<(), Refusal> {
    if response.answer == Answer::Object && response.reason.is_none() {
        return Err(Malformed::NoReason("an objection").into());
    }
    if response.answer != Answer::Agree && !response.weighs.is_empty() {
        return Err(Malformed::Weighs.into());
    }
    let mut advice = BTreeSet::new();
    // A successor may have been asked before becoming the one who decides; who has ended cannot advise any more.
    let vacant = view.vacant();
    let is_waited_for = |name: &&Name| {
        let ended = view.charter().members.find(name).is_some_and(|other| other.has_ended(view.now));
        **name != member.name && !ended && !vacant.contains(*name)
    };
    for poll in proposal.polls.iter().filter(|poll| poll.is_delegate() && counts_in.contains(&poll.domain)) {
        if response.answer == Answer::Agree && response.reason.is_none() {
            return Err(Malformed::NoReason("a delegate's decision").into());
        }
        let Rule::Consult(rule) = &poll.rule else { continue };
        let until = proposal.window_from + rule.advice;
        let awaited = proposal.awaited(poll, view.charter()).filter(is_waited_for);
        let awaited: Vec<String> = awaited.map(ToString::to_string).collect();
        if response.answer == Answer::Agree && !awaited.is_empty() && view.now < until {
            return Err(Premature::AdviceOpen { proposal: proposal.id, until, awaited: awaited.join(", ") }.into());
        }
        advice.extend(poll.asked.iter().filter_map(|name| proposal.advice.get(name)).map(|given| given.statement));
    }
    if response.answer == Answer::Agree && !response.weighs.iter().eq(&advice) {
        let (given, found) = (advice.len(), response.weighs.len());
        return Err(Conflict::AdviceNotWeighed { proposal: proposal.id, given, found }.into());
    }
    Ok(())
}

/// Keeps an objection: at most eight of a member that stand, and eight of a member to one version, withdrawn or not.
///
/// The limit is each member's own: a common one would let some use it up and leave others without.
fn add_objection(proposal: &mut OpenProposal, member: &Member, given: Given) -> Result<(), Refusal> {
    let version = proposal.version();
    let own = || proposal.objections.iter().filter(|objection| objection.author == member.name);
    let standing = own().filter(|objection| objection.stands()).count();
    let to_version = own().filter(|objection| objection.version == version).count();
    if standing.max(to_version) >= OBJECTIONS_PER_MEMBER {
        return Err(Conflict::TooMany { what: "objections of one member", most: OBJECTIONS_PER_MEMBER }.into());
    }
    let author = member.name.clone();
    let (tests, dismissed) = (BTreeMap::new(), BTreeMap::new());
    proposal.objections.push(Objection { author, version, given, withdrawn: None, tests, dismissed });
    Ok(())
}

/// The domains in which the member's response counts; none is a refusal that says why.
pub(super) fn eligible_in(
    view: &View<'_>,
    member: &Member,
    proposal: &OpenProposal,
) -> Result<BTreeSet<Name>, Refusal> {
    let removed = proposal.content.removes();
    let counts = |poll: &&Poll| match &poll.owner {
        // A delegate must hold the role when acting; a successor may act, but not on the own removal.
        Owner::Role(role) if poll.is_delegate() => {
            let held = view.charter().roles.find(role).is_some_and(|role| role.is_held_by(&member.name, view.now));
            held && !removed.contains(&member.name) && in_reach(member, poll)
        }
        _ => poll.eligible.contains(&member.name) && in_reach(member, poll),
    };
    let domains: BTreeSet<Name> = proposal.polls.iter().filter(counts).map(|poll| poll.domain.clone()).collect();
    if domains.is_empty() { Err(why_not(view, member, proposal).into()) } else { Ok(domains) }
}

pub(super) fn in_reach(member: &Member, poll: &Poll) -> bool {
    match &member.kind {
        MemberKind::Person | MemberKind::Liaison(_) => true,
        MemberKind::Agent(limits) => !poll.people_only && limits.scope.binary_search(&poll.domain).is_ok(),
    }
}

/// Says in which domain nobody is eligible, and whose term in its role ended last if nobody holds that.
fn vacancy(view: &View<'_>, domain: &Domain) -> Vacancy {
    let role = match &domain.owner {
        Owner::Role(role) => view.charter().roles.find(role),
        Owner::Group => None,
    };
    let ended = role.and_then(|role| {
        let held = role.holders.iter().any(|term| view.now < term.until);
        let last = role.holders.iter().max_by_key(|term| term.until).filter(|_| !held)?;
        Some(LastTerm { role: role.name.clone(), member: last.member.clone(), at: last.until })
    });
    Vacancy { domain: domain.name.clone(), ended }
}

pub(super) fn why_not(view: &View<'_>, member: &Member, proposal: &OpenProposal) -> Unauthorised {
    let name = || member.name.clone();
    if let MemberKind::Agent(limits) = &member.kind {
        if let Some(poll) = proposal.polls.iter().find(|poll| poll.people_only) {
            return Unauthorised::PeopleOnly { agent: name(), domain: poll.domain.clone() };
        }
        if let Some(poll) = proposal.polls.iter().find(|poll| limits.scope.binary_search(&poll.domain).is_err()) {
            return Unauthorised::OutOfScope { agent: name(), domain: poll.domain.clone() };
        }
    }
    let had_role = proposal.polls.iter().find_map(|poll| match &poll.owner {
        Owner::Role(role) => {
            let holders = &view.charter().roles.find(role)?.holders;
            let term = holders.find(&member.name)?;
            (view.now < term.from || view.now >= term.until).then_some((role, term))
        }
        _ => None,
    });
    if let Some((role, term)) = had_role {
        let ended = view.now >= term.until;
        let at = if ended { term.until } else { term.from };
        return Unauthorised::TermEnded { member: name(), role: role.clone(), ended, at };
    }
    let list = |items: Vec<String>| items.join(", ");
    Unauthorised::NotEligible {
        member: name(),
        domains: list(proposal.polls.iter().map(|poll| format!("'{}'", poll.domain)).collect()),
        owner: list(proposal.polls.iter().map(|poll| poll.owner.to_string()).collect()),
    }
}

/// Withdraws an own proposal that is open, or an own objection that stands.
fn withdraw(view: &mut View<'_>, id: StatementId, member: &Member, target: &StatementId) -> Result<(), Refusal> {
    let as_proposal = ProposalId::from(*target);
    match view.proposal(&as_proposal) {
        Ok(_) => {
            let proposal = open(view, &as_proposal)?;
            if proposal.author != member.name {
                return Err(not_author(&proposal.author, member, "withdraw it"));
            }
            close::withdraw(view, proposal);
            Ok(())
        }
        Err(Conflict::NoProposal(_)) => withdraw_objection(view, id, member, target),
        Err(closed) => Err(closed.into()),
    }
}

fn withdraw_objection(
    view: &mut View<'_>,
    id: StatementId,
    member: &Member,
    target: &StatementId,
) -> Result<(), Refusal> {
    let found = view.proposal_of_objection(target).ok_or(Conflict::NoTarget(*target))?;
    let mut proposal = open(view, &found.id)?;
    let withdrawn = Withdrawn { statement: id, at: view.now, version: proposal.version() };
    let mandated = representing::check_withdrawal(view, member, &proposal);
    let objection = proposal
        .objections
        .iter_mut()
        .find(|objection| objection.given.statement == *target && objection.withdrawn.is_none())
        .ok_or(Conflict::NoTarget(*target))?;
    if objection.author != member.name {
        return Err(not_author(&objection.author, member, "withdraw it"));
    }
    mandated?;
    objection.withdrawn = Some(withdrawn);
    // The response that carried the objection has gone with it: silence until the member answers again.
    if proposal.responses.get(&member.name).is_some_and(|given| given.statement == *target) {
        proposal.responses.remove(&member.name);
    }
    view.put(proposal);
    Ok(())
}

/// Moves a delegate's decision up to consent: within its window, once, by a member who would then respond.
fn call_in(view: &mut View<'_>, member: &Member, id: &ProposalId, reason: BodyId) -> Result<(), Refusal> {
    let mut proposal = view.proposal(id)?;
    match proposal.stage {
        Stage::Passed { until, .. } if view.now >= until => {
            return Err(Conflict::Late { proposal: *id, closed: until, at: view.now }.into());
        }
        Stage::Passed { .. } if proposal.called_in.is_none() => {}
        _ => return Err(Conflict::NoCallIn(*id).into()),
    }
    if !view.base.may_call_in(&proposal, &member.name, view.now) {
        return Err(why_not(view, member, &proposal).into());
    }
    let most = view.charter().participation.call_ins as usize;
    if view.open_of(&member.name).1 >= most {
        return Err(Conflict::TooMany { what: "open call-ins of one member", most }.into());
    }
    proposal.polls.iter_mut().for_each(Poll::appeal);
    bring_back(member, &mut proposal);
    proposal.called_in = Some(CalledIn { by: member.name.clone(), at: view.now, reason });
    proposal.start_window(view.now);
    view.put(proposal);
    Ok(())
}

/// Erases a body that the member wrote.
fn erase(view: &mut View<'_>, member: &Member, body: BodyId) -> Result<(), Refusal> {
    if !view.is_author(&member.name, &body) {
        return Err(Conflict::NoBody.into());
    }
    view.changes.erased.push(body);
    Ok(())
}

/// Checks a content, of an amendment together with the proposal `of` which it is a version.
fn check_content(
    view: &View<'_>,
    member: &Member,
    content: &Proposal,
    of: Option<&OpenProposal>,
) -> Result<BTreeSet<Name>, Refusal> {
    size("the title (in bytes)", content.title.len(), 1, TITLE_BYTES)?;
    if content.options.is_empty() {
        size("the list of effects", content.effects.len(), 1, EFFECTS)?;
    }
    let domains: BTreeSet<Name> = content.all_effects().flat_map(|effect| effect.governs(view.charter())).collect();
    if let Some(missing) = domains.iter().find(|name| view.charter().domains.find(name).is_none()) {
        return Err(Conflict::NoDomain(missing.clone()).into());
    }
    check_scope(member, domains.iter())?;
    ranked::check_rungs(view, content, &domains, of)?;
    match content.options.as_slice() {
        [] => drop(effects::outcome(view, content.effects.iter())?),
        _ => ranked::check_options(view, content)?,
    }
    Ok(domains)
}

fn check_scope<'a>(member: &Member, domains: impl Iterator<Item = &'a Name>) -> Result<(), Refusal> {
    let MemberKind::Agent(limits) = &member.kind else { return Ok(()) };
    for domain in domains {
        if limits.scope.binary_search(domain).is_err() {
            return Err(Unauthorised::OutOfScope { agent: member.name.clone(), domain: domain.clone() }.into());
        }
    }
    Ok(())
}

/// A proposal that is open for responses at the entry's date.
pub(super) fn open(view: &View<'_>, id: &ProposalId) -> Result<OpenProposal, Refusal> {
    let proposal = view.proposal(id)?;
    if proposal.stage != Stage::Open {
        return Err(Conflict::Decided(*id).into());
    }
    if view.now >= proposal.closes {
        return Err(Conflict::Late { proposal: *id, closed: proposal.closes, at: view.now }.into());
    }
    Ok(proposal)
}

fn not_author(author: &Name, member: &Member, what: &'static str) -> Refusal {
    Unauthorised::NotAuthor { author: author.clone(), member: member.name.clone(), what }.into()
}
