//! Drafting a matter from what this node knows of the groups: their charters, heads, and how long they take to decide.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use folkmoot_protocol::{
    cbor,
    charter::{Charter, FEDERATION, Rule},
    federation::{FederatedGroup, FederationAgreement, Share},
    id::{LogId, MatterId, hex_encode},
    machine::Machine,
    matter::{Amendment, Followed, Matter, Mediator, Part, Standing},
    name::Name,
    replay::Replica,
    resource::{Line, Terms},
    time::{RawDate, Span, Timestamp},
};

use super::{
    amendments,
    matter_late::{in_the_way, is_late},
    matter_view::{DraftedMatter, DraftedPart, MatterDraft, PartDraft},
    matter_views::{mediates, part_words, reference},
    matters::find_matter,
    routes::{Failure, find_group, one},
    settling::{check_settles, settling},
};

/// Makes a matter of a draft.
///
/// What is left out comes from the charters as they are here now: the domains that govern the effects, whether they are
/// ceded, how long a decision in them may take; and from that the dates of the levels.
pub(super) fn draft(machine: &Machine, draft: &MatterDraft, now: Timestamp) -> Result<DraftedMatter, Failure> {
    draft_of(machine, draft, None, now)
}

/// Makes a matter of a draft, or of an amendment with the version that it follows.
pub(super) fn draft_of(
    machine: &Machine,
    draft: &MatterDraft,
    amends: Option<(FederationAgreement, Amendment)>,
    now: Timestamp,
) -> Result<DraftedMatter, Failure> {
    let sponsor = find_group(machine, &draft.group)?;
    let (agreement, amends) = match amends {
        Some((before, amendment)) => (before, Some(Box::new(amendment))),
        None => (held(sponsor)?, None),
    };
    let mut parts = Vec::new();
    let about = draft.about.as_ref().map(|text| own_terms(sponsor, text)).transpose()?;
    let wanted = match about.filter(|_| draft.parts.is_empty()) {
        Some(terms) => parties(machine, terms)?,
        None => draft.parts.clone(),
    };
    let settles = about.filter(|_| draft.settle);
    if draft.settle && about.is_none() {
        return Err(Failure::bad("say which terms it settles: --about TERMS --settle"));
    }
    for part in &wanted {
        parts.push(Touched::of(machine, &agreement, part, settles)?);
    }
    parts.sort_by_key(|touched| touched.part.group);
    let own = parts.iter().find(|touched| touched.part.group == sponsor.log());
    let named = decides_in(sponsor.charter(), &draft.domains)?;
    let domains = own.map_or(named, |touched| touched.part.domains.clone());
    let open_by = now + longest(sponsor.charter(), &domains);
    let by = schedule(&mut parts, draft, agreement.timing.news, open_by, now)?;
    let named = |text: &String| find_matter(machine, text).map(|followed| followed.id);
    let mut overrides: Vec<MatterId> = draft.overrides.iter().map(named).collect::<Result<_, _>>()?;
    overrides.sort_unstable();
    let mut matter = Matter {
        federation: agreement.id(),
        version: agreement.hash(),
        title: draft.title.clone(),
        text: draft.text.clone(),
        parts: parts.iter().map(|touched| touched.part.clone()).collect(),
        by,
        replaces: draft.replaces.as_ref().map(named).transpose()?,
        overrides,
        amends,
        about: about.map(Terms::id),
        mediator: draft.mediator.as_ref().map(|text| mediator(machine, &agreement, &parts, text)).transpose()?,
        settles: None,
    };
    matter.settles = settles.map(|terms| Box::new(settling(&matter, terms, &agreement)));
    check(&matter, &sponsor.log(), &agreement, if matter.amends.is_some() { open_by } else { now })?;
    if let Some((terms, settled)) = settles.zip(matter.settles.as_deref()) {
        check_settles(machine, terms, settled.by, now)?;
    }
    if let Some(problem) = in_the_way(machine.matters(), &matter, &sponsor.log(), now) {
        return Err(no_opening(problem));
    }
    Ok(DraftedMatter {
        bytes: hex_encode(&cbor::encode(&matter)),
        group: sponsor.charter().name.to_string(),
        group_id: sponsor.log().to_string(),
        federation_name: agreement.name.to_string(),
        groups: agreement.groups.len(),
        needed: matter.needed(&agreement).groups as usize,
        weight: amendments::weight(&agreement, Share::default(), matter.needed(&agreement)),
        changes: amendments::matter_changes(&agreement, &matter),
        domains: domains.iter().map(ToString::to_string).collect(),
        open_by: open_by.to_string(),
        news: agreement.timing.news.to_string(),
        by: by.map(|at| at.to_string()).into(),
        settles_by: matter.settles.as_ref().map(|terms| terms.by.to_string()),
        parts: parts.iter().map(|touched| touched.view(&matter, &agreement)).collect(),
        mediator: matter.mediator.as_ref().map(|mediator| mediates(machine, &agreement, mediator, now)),
        rivals: rivals(machine, &matter, now).map(reference).collect(),
    })
}

/// Refuses what could not stand: nobody should read a plan that its own log will not take.
fn check(matter: &Matter, sponsor: &LogId, agreement: &FederationAgreement, now: Timestamp) -> Result<(), Failure> {
    matter.check(agreement, now).map_err(no_opening)?;
    match matter.reaches_others(sponsor, agreement) {
        true => Ok(()),
        false => Err(no_opening("it touches no other group: decide it in the group itself (moot propose)".into())),
    }
}

fn no_opening(problem: String) -> Failure {
    let problem = format!("the opening of a matter cannot be carried out: {problem}");
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "conflict", problem)
}

/// The matters that a matter opened now would be a rival of, but for those that have failed or do not count.
fn rivals<'a>(machine: &'a Machine, matter: &'a Matter, now: Timestamp) -> impl Iterator<Item = &'a Followed> {
    let fails = |other: &Followed| matches!(other.standing, Standing::NotAdopted) || is_late(other);
    let taken_up = |other: &Followed| matter.replaces == Some(other.id) || matter.overrides.contains(&other.id);
    let meets =
        move |other: &&Followed| !fails(other) && !taken_up(other) && matter.meets(now, &other.matter, other.opened);
    machine.matters().filter(meets)
}

/// Terms that the sponsor's log knows, by their id or the start of it.
fn own_terms<'a>(sponsor: &'a Replica, text: &str) -> Result<&'a Terms, Failure> {
    let known = sponsor.dealings().books.deals.iter();
    let found: Vec<&Terms> = known
        .filter(|(id, _)| text.len() > 1 && id.to_string().starts_with(text))
        .map(|(_, deal)| &deal.terms)
        .collect();
    one(&found, "terms", text, |terms| format!("{} ({})", &terms.id().to_string()[..17], terms.title)).copied()
}

/// A part for each party of terms: where it stewards what these are about, or else decides about federations.
fn parties(machine: &Machine, terms: &Terms) -> Result<Vec<PartDraft>, Failure> {
    let part = |party: &LogId| {
        let replica = machine.log(party).ok_or_else(|| missing(format!("the log of {} is not here", party.short())))?;
        let charter = replica.charter();
        let domain = |line: &Line| charter.resources.find(&line.resource).map(|resource| resource.domain.clone());
        let mut domains: Vec<Name> = terms.lines_of(party).filter_map(domain).collect();
        if domains.is_empty() {
            domains = decides_in(charter, &[])?;
        }
        let domains = domains.iter().map(ToString::to_string).collect();
        Ok(PartDraft { group: party.to_string(), domains, ..PartDraft::default() })
    };
    terms.parties().iter().map(part).collect()
}

/// A group's role that mediates, of a text like `council/mediator`: a role that its charter has, where that is here, of a
/// group that the matter does not touch.
fn mediator(
    machine: &Machine,
    agreement: &FederationAgreement,
    parts: &[Touched],
    text: &str,
) -> Result<Mediator, Failure> {
    let form = || Failure::bad(format!("'{text}': write who mediates as GROUP/ROLE"));
    let (group, role) = text.split_once('/').ok_or_else(form)?;
    let (group, role) = (group_of(agreement, group)?, role.parse::<Name>().map_err(Failure::bad)?);
    if parts.iter().any(|touched| touched.part.group == group.log) {
        let problem = format!(
            "'{}' is affected by the matter: let somebody mediate whom it does not touch, a role of another group \
             (--mediator GROUP/ROLE)",
            group.name
        );
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "conflict", problem));
    }
    let charter = machine.log(&group.log).map(Replica::charter);
    if let Some(charter) = charter.filter(|charter| charter.roles.find(&role).is_none()) {
        let there: Vec<&str> = charter.roles.iter().map(|role| role.name.as_str()).collect();
        let there = if there.is_empty() { "it has none".into() } else { format!("it has {}", there.join(", ")) };
        return Err(missing(format!(
            "there is no role '{role}' in '{}' that could mediate: {there} (moot charter show)",
            group.name
        )));
    }
    Ok(Mediator { group: group.log, role })
}

/// A group that a matter touches.
struct Touched {
    name: Name,
    /// The end of its stage as it was given.
    due: Option<String>,
    part: Part,
}

impl Touched {
    fn of(
        machine: &Machine,
        agreement: &FederationAgreement,
        draft: &PartDraft,
        settles: Option<&Terms>,
    ) -> Result<Self, Failure> {
        let group = group_of(agreement, &draft.group)?;
        let replica = machine.log(&group.log).ok_or_else(|| {
            missing(format!("the log of the group '{}' has not come here yet (moot federation show)", group.name))
        })?;
        let charter = replica.charter();
        let mut domains: BTreeSet<Name> = BTreeSet::new();
        for domain in &draft.domains {
            domains.insert(domain_of(charter, &group.name, domain)?);
        }
        domains.extend(draft.effects.iter().flat_map(|effect| effect.governs(charter)));
        let promised = settles.into_iter().flat_map(|terms| terms.lines_of(&group.log));
        let resources = promised.filter_map(|line| charter.resources.find(&line.resource));
        domains.extend(resources.map(|resource| resource.domain.clone()));
        let domains: Vec<Name> = domains.into_iter().collect();
        let is_ceded = |name: &Name| charter.domains.find(name).is_some_and(|domain| domain.ceded);
        let mut after = Vec::new();
        for name in &draft.after {
            after.push(group_of(agreement, name)?.log);
        }
        after.sort_unstable();
        after.dedup();
        let part = Part {
            group: group.log,
            head: replica.head().number,
            window: longest(charter, &domains),
            ceded: domains.iter().all(is_ceded),
            domains,
            effects: draft.effects.clone(),
            linked: draft.linked,
            after,
            due: None,
        };
        Ok(Self { name: group.name.clone(), due: draft.due.clone(), part })
    }

    fn view(&self, matter: &Matter, agreement: &FederationAgreement) -> DraftedPart {
        let part = &self.part;
        let name = |log: &LogId| agreement.group(log).map_or_else(|| log.short(), |group| group.name.to_string());
        DraftedPart {
            group: self.name.to_string(),
            domains: part.domains.iter().map(ToString::to_string).collect(),
            window: part.window.to_string(),
            ceded: part.ceded,
            effects: part_words(matter, part),
            linked: part.linked,
            after: part.after.iter().map(name).collect(),
            due: part.due.map(|due| due.to_string()),
        }
    }
}

/// The version of the agreement to which a group consented last.
fn held(sponsor: &Replica) -> Result<FederationAgreement, Failure> {
    let consent = sponsor.charter().federation.and_then(|federation| sponsor.ties().latest(&federation));
    consent.map(|consent| consent.agreement.clone()).ok_or_else(|| {
        let name = &sponsor.charter().name;
        let problem = format!(
            "'{name}' belongs to no federation, so nobody else decides with it: decide in the group itself (moot \
             propose), or found a federation (moot federation found)"
        );
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "conflict", problem)
    })
}

pub(super) fn group_of<'a>(agreement: &'a FederationAgreement, text: &str) -> Result<&'a FederatedGroup, Failure> {
    let is = |group: &&FederatedGroup| {
        group.name.as_str() == text || text.len() > 1 && group.log.to_string().starts_with(text)
    };
    let found: Vec<&FederatedGroup> = agreement.groups.iter().filter(is).collect();
    if found.is_empty() {
        let there: Vec<&str> = agreement.groups.iter().map(|group| group.name.as_str()).collect();
        let problem = format!("there is no group '{text}' in '{}': it has {}", agreement.name, there.join(", "));
        return Err(missing(problem));
    }
    one(&found, "group", text, |group| group.name.to_string()).copied()
}

/// Where a group that is not affected decides to open a matter.
fn decides_in(charter: &Charter, named: &[String]) -> Result<Vec<Name>, Failure> {
    let mut domains: Vec<Name> =
        named.iter().map(|name| domain_of(charter, &charter.name, name)).collect::<Result<_, _>>()?;
    if domains.is_empty() {
        domains.extend(charter.reserved_domain(FEDERATION).map(|domain| domain.name.clone()));
    }
    domains.sort();
    domains.dedup();
    Ok(domains)
}

/// A domain that the charter of a group has.
fn domain_of(charter: &Charter, group: &Name, text: &str) -> Result<Name, Failure> {
    let name: Name = text.parse().map_err(Failure::bad)?;
    if charter.domains.find(&name).is_some() {
        return Ok(name);
    }
    let there: Vec<&str> = charter.domains.iter().map(|domain| domain.name.as_str()).collect();
    Err(missing(format!("there is no domain '{name}' in '{group}': it has {}", there.join(", "))))
}

/// How long a decision in these domains may take at the longest, unless its author amends it.
fn longest(charter: &Charter, domains: &[Name]) -> Span {
    let rules = domains.iter().filter_map(|name| charter.domains.find(name)).map(|domain| &domain.rule);
    rules.map(Rule::longest).max().unwrap_or(Span::ZERO)
}

/// The dates of the levels and of the stages before them.
///
/// Each level has time for the news, for the longest decision, and a tenth more; the first one as often as stages follow
/// each other. All count from the moment at which the opening is decided at the latest.
fn schedule(
    parts: &mut [Touched],
    draft: &MatterDraft,
    news: Span,
    open_by: Timestamp,
    now: Timestamp,
) -> Result<[Timestamp; 3], Failure> {
    let date = |text: &String| RawDate(text.clone()).resolve(now).map_err(Failure::bad);
    let longest = parts.iter().map(|touched| touched.part.window).max().unwrap_or(Span::ZERO);
    let step = news + longest;
    let step = step + step.tenth();
    let stages = stages(parts);
    let last = stages.values().copied().max().unwrap_or(1);
    let after = |from: Timestamp, steps: u32| (0..steps).fold(from, |at, _| at + step);
    for touched in parts.iter_mut() {
        let stage = stages.get(&touched.part.group).copied().unwrap_or(1);
        touched.part.due = match &touched.due {
            Some(due) => Some(date(due)?),
            None => (stage < last).then(|| after(open_by, stage)),
        };
    }
    match draft.by.as_slice() {
        [] => {
            let first = after(open_by, last);
            Ok([first, after(first, 1), after(first, 2)])
        }
        [first, second, third] => Ok([date(first)?, date(second)?, date(third)?]),
        other => Err(Failure::bad(format!("name the last moments of all three levels, not of {}", other.len()))),
    }
}

/// Which stage each part belongs to, from 1; a circle of stages ends where it would go round.
fn stages(parts: &[Touched]) -> BTreeMap<LogId, u32> {
    let mut stages: BTreeMap<LogId, u32> = parts.iter().map(|touched| (touched.part.group, 1)).collect();
    for _ in parts {
        for touched in parts {
            let before = touched.part.after.iter().filter_map(|log| stages.get(log)).max().copied();
            stages.insert(touched.part.group, before.map_or(1, |stage| stage + 1).min(parts.len() as u32));
        }
    }
    stages
}

fn missing(problem: String) -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "not-found", problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(byte: u8) -> LogId {
        LogId([byte; 32])
    }

    /// A part whose decision takes so many hours, after the parts of other groups.
    fn touched(group: u8, hours: u64, after: &[u8]) -> Touched {
        let part = Part {
            group: log(group),
            head: 0,
            domains: Vec::new(),
            window: Span::from_secs(3600 * hours),
            ceded: false,
            effects: Vec::new(),
            linked: false,
            after: after.iter().map(|byte| log(*byte)).collect(),
            due: None,
        };
        Touched { name: format!("g{group}").parse().unwrap(), due: None, part }
    }

    fn dates(parts: &mut [Touched]) -> ([u64; 3], Vec<Option<u64>>) {
        let (start, news) = (Timestamp::from_millis(1_000_000_000), Span::from_secs(3600));
        let by = schedule(parts, &MatterDraft::default(), news, start, start).unwrap();
        let hours = |at: Timestamp| at.since(start).millis() / 3_600_000;
        (by.map(hours), parts.iter().map(|touched| touched.part.due.map(hours)).collect())
    }

    #[test]
    fn each_level_has_time_for_the_news_and_the_longest_decision_and_a_tenth() {
        // 9 hours and one for the news, and a tenth.
        assert_eq!(dates(&mut [touched(1, 2, &[]), touched(2, 9, &[])]), ([11, 22, 33], vec![None, None]));
    }

    #[test]
    fn stages_have_a_level_each_before_the_first_date() {
        let mut parts = [touched(1, 9, &[]), touched(2, 9, &[1, 3]), touched(3, 9, &[1])];
        assert_eq!(dates(&mut parts), ([33, 44, 55], vec![Some(11), None, Some(22)]));
        // A circle has no first stage; the rules refuse it, and drafting it ends.
        let mut circle = [touched(1, 9, &[2]), touched(2, 9, &[1])];
        assert_eq!(dates(&mut circle).0, [22, 33, 44]);
    }

    #[test]
    fn dates_are_given_for_all_levels_or_for_none() {
        let now = Timestamp::ZERO;
        let draft =
            |by: &[&str]| MatterDraft { by: by.iter().map(ToString::to_string).collect(), ..Default::default() };
        let by = |draft: &MatterDraft| schedule(&mut [touched(1, 1, &[])], draft, Span::ZERO, now, now);
        assert_eq!(by(&draft(&["+1d", "+2d", "+3d"])).unwrap()[2], now + Span::from_days(3));
        assert!(by(&draft(&["+1d"])).is_err() && by(&draft(&["soon", "+2d", "+3d"])).is_err());
    }

    #[test]
    fn a_group_decides_in_a_domain_that_it_has() {
        use folkmoot_protocol::{
            charter::{Host, RawCharter},
            key::SecretKey,
        };
        let raw: RawCharter = toml::from_str(
            "name = \"kitchen\"\npurpose = \"Cook.\"\nmembers.ana = {}\n[domains.charter]\npurpose = \"It.\"\n\
             people_only = true\nrule = { consent = { quorum = \"1/2\" } }",
        )
        .unwrap();
        let [ana, node, log_key] = [1, 2, 3].map(|seed| SecretKey::from_seed([seed; 32]).public());
        let charter = raw.resolve(Timestamp::ZERO, Host { log_key, node }, &|_| Some(ana)).unwrap();
        let decides = |named: &[&str]| decides_in(&charter, &named.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(decides(&[]).unwrap(), decides(&["charter", "charter"]).unwrap());
        let problem = decides(&["nothing"]).unwrap_err();
        assert!(format!("{problem:?}").contains("there is no domain 'nothing' in 'kitchen': it has charter"));
    }

    #[test]
    fn a_version_takes_all_that_its_rule_allows() {
        let hours = |text: &str| {
            #[derive(serde::Deserialize)]
            struct File {
                rule: Rule,
            }
            toml::from_str::<File>(&format!("rule = {{ {text} }}")).unwrap().rule.longest().millis() / 3_600_000
        };
        assert_eq!(hours("consent = { closing = \"10h\", quorum = \"1/2\" }"), 11);
        let period = "final_period = { length = \"2h\", on_objection = \"hold\", latest = \"5h\" }";
        assert_eq!(hours(&format!("consent = {{ closing = \"10h\", quorum = \"1/2\", {period} }}")), 15);
        assert_eq!(hours("delegate = { closing = \"10h\" }"), 10);
        let call_in = "call_in = { window = \"3h\", rule = { closing = \"10h\", quorum = \"1/2\" } }";
        assert_eq!(hours(&format!("delegate = {{ closing = \"10h\", {call_in} }}")), 24);
    }
}
