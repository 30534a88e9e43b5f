//! How terms about resources look to people.

use std::collections::BTreeSet;

use folkmoot_protocol::{
    charter::{Charter, FEDERATION},
    effect::Effect,
    entry::EntryAct,
    federation::FederationAgreement,
    id::{LogId, MatterId, TermsId},
    name::Name,
    proposal::OpenProposal,
    replay::Replica,
    resource::{Books, Deal, DealState, Terms},
    time::Timestamp,
    voice::Says,
};

use super::{
    deal_deadline::{is_answerable, waits_until},
    deal_view::{DealLineView, DealPartyView, DealView, OpenAnswerView, PortionView, SaidView, UsedView},
    resource_views::ends,
    views::Views,
};

impl Views<'_> {
    /// All terms that some log here knows.
    pub(super) fn all_terms(&self) -> BTreeSet<TermsId> {
        self.machine.logs().flat_map(|log| log.dealings().books.deals.keys().copied()).collect()
    }

    /// The log that knows best how terms stand: the closer's, else that of who asks, else any.
    pub(super) fn best(&self, id: &TermsId) -> Option<(&Replica, &Deal)> {
        let knows = |log: &LogId| {
            let replica = self.machine.log(log)?;
            Some((replica, replica.dealings().books.deals.get(id)?))
        };
        let any = self.machine.logs().find_map(|log| knows(&log.log()))?;
        let terms = &any.1.terms;
        knows(&terms.closer).or_else(|| knows(&terms.requester)).or(Some(any))
    }

    /// Terms with what every party said, as far as the logs here tell.
    pub(super) fn deal(&self, id: &TermsId, now: Timestamp) -> Option<DealView> {
        let (log, deal) = self.best(id)?;
        let terms = &deal.terms;
        let state = log.dealings().books.state_at(&log.log(), id, now)?;
        let agreement = self.version(terms);
        let party = |group: &LogId| self.party(log, deal, group, agreement, now);
        let parties: Vec<DealPartyView> = terms.parties().iter().map(party).collect();
        let open = state.is_open() && is_answerable(terms, now);
        let missing = parties.iter().filter(|party| !party.accepted).map(|party| party.group.clone());
        let mut waits_for: Vec<String> = missing.filter(|_| open).collect();
        if open && waits_for.is_empty() {
            waits_for.push(self.name_of(&terms.closer));
        }
        Some(DealView {
            terms: id.to_string(),
            title: terms.title.clone(),
            text: terms.text.clone(),
            federation: terms.federation.to_string(),
            version: terms.version.to_string(),
            requester: self.name_of(&terms.requester),
            requester_group: terms.requester.to_string(),
            closer: self.name_of(&terms.closer),
            closer_group: terms.closer.to_string(),
            by: terms.by.to_string(),
            stated_by: self.name_of(&deal.stated_by),
            stated: deal.stated.to_string(),
            state: state.word().into(),
            told_by: self.name_of(&log.log()),
            open,
            waits_for,
            until: open.then(|| waits_until(terms).to_string()),
            lines: self.used_lines(log, deal),
            parties,
            by_matter: terms.by_matter,
            counters: terms.counters.map(|id| id.to_string()),
            countered_by: self.countered_by(id, terms),
            contested: if open { self.contested(terms, now) } else { Vec::new() },
        })
    }

    /// The terms that effects are about.
    pub(super) fn terms_of(&self, effects: &[Effect]) -> Vec<String> {
        let about = effects.iter().filter_map(|effect| match effect {
            Effect::Terms { terms, .. } => Some(terms.id()),
            Effect::AcceptTerms { terms, .. }
            | Effect::DeclineTerms { terms, .. }
            | Effect::ReleaseTerms { terms, .. }
            | Effect::UseTerms { terms, .. }
            | Effect::BreachTerms { terms, .. } => Some(*terms),
            _ => None,
        });
        about.map(|id| id.to_string()).collect()
    }

    /// What each steward promises under terms, and what was used of it: as this log and the stewards' own know.
    fn used_lines(&self, log: &Replica, deal: &Deal) -> Vec<DealLineView> {
        let (terms, mut lines) = (&deal.terms, self.lines(&deal.terms));
        for (line, view) in terms.lines.iter().zip(&mut lines) {
            for by in BTreeSet::from([terms.requester, line.steward]) {
                let key = (by, line.steward, line.resource.clone());
                let own = self.machine.log(&by).and_then(|log| log.dealings().books.deals.get(&terms.id()));
                let known = [log.dealings().books.deals.get(&terms.id()), own];
                let amount = known.into_iter().flatten().filter_map(|deal| deal.used.get(&key).copied()).max();
                view.used.extend(amount.map(|amount| UsedView { by: self.name_of(&by), amount }));
            }
        }
        lines
    }

    /// What each steward promises under terms.
    pub(super) fn lines(&self, terms: &Terms) -> Vec<DealLineView> {
        let line = |line: &folkmoot_protocol::resource::Line| {
            let resource = self.machine.log(&line.steward).and_then(|log| log.charter().resources.find(&line.resource));
            let portion = |portion: &folkmoot_protocol::resource::Portion| {
                let (from, until) = ends(portion.window);
                PortionView { from, until, amount: portion.amount }
            };
            DealLineView {
                steward: self.name_of(&line.steward),
                steward_group: line.steward.to_string(),
                resource: line.resource.to_string(),
                unit: resource.map(|resource| resource.unit.clone()),
                portions: line.portions.iter().map(portion).collect(),
                used: Vec::new(),
            }
        };
        terms.lines.iter().map(line).collect()
    }

    /// A group's own name, if its log is here.
    pub(super) fn name_of(&self, log: &LogId) -> String {
        self.machine.log(log).map_or_else(|| log.short(), |replica| replica.charter().name.to_string())
    }

    /// A text in which groups whose logs are here are called by their names, not by the starts of their ids.
    pub(super) fn with_names(&self, text: String) -> String {
        self.machine.logs().fold(text, |text, log| text.replace(&log.log().short(), log.charter().name.as_str()))
    }

    /// The version of the agreement that terms name, if a party here consented to it.
    fn version(&self, terms: &Terms) -> Option<&FederationAgreement> {
        let logs = terms.parties().into_iter().filter_map(|party| self.machine.log(&party));
        logs.into_iter().find_map(|log| log.ties().consent_to(&terms.version)).map(|held| &held.agreement)
    }

    /// The terms that came in the place of others, as far as their parties know.
    fn countered_by(&self, id: &TermsId, terms: &Terms) -> Vec<String> {
        let logs = terms.parties().into_iter().filter_map(|party| self.machine.log(&party));
        let known = logs.flat_map(|log| &log.dealings().books.deals);
        let counters = known.filter(|(_, deal)| deal.terms.counters == Some(*id)).map(|(other, _)| *other);
        counters.collect::<BTreeSet<TermsId>>().iter().map(ToString::to_string).collect()
    }

    fn party(
        &self,
        log: &Replica,
        deal: &Deal,
        group: &LogId,
        agreement: Option<&FederationAgreement>,
        now: Timestamp,
    ) -> DealPartyView {
        let (terms, id) = (&deal.terms, deal.terms.id());
        let replica = self.machine.log(group);
        let books = replica.map(|replica| &replica.dealings().books);
        let own = books.and_then(|books| books.deals.get(&id));
        let said = self.said(group, &id, agreement);
        let promises = terms.lines_of(group).next().is_some();
        let accepted = deal.is_accepted_by(group, &log.log()) || own.is_some_and(|own| own.accepted.is_some());
        let accepting = said.iter().find(|said| said.says == "states" || said.says == "accepts");
        let news = agreement.map(|agreement| agreement.timing.news);
        let least = news.filter(|_| promises).map(|news| Books::least_hold(terms, group, news));
        let may = own.filter(|own| own.accepted.is_none() && promises).and_then(|_| {
            let replica = replica?;
            books?.may_hold(group, replica.charter(), terms, least, news?, now).err()
        });
        DealPartyView {
            group: self.name_of(group),
            group_id: group.to_string(),
            asks: terms.requester == *group,
            promises,
            closes: terms.closer == *group,
            accepted,
            granted: own.is_some_and(|own| own.granted),
            sealed: accepting.is_some_and(|said| said.sealed_at.is_some()),
            held_until: books.and_then(|books| books.held_until(&id)).filter(|end| now < *end).map(|at| at.to_string()),
            allocated: own.is_some_and(|own| own.allocated && own.released.is_empty()),
            knows: own.is_some(),
            would_break: own
                .is_some_and(|own| own.is_committed() && !own.released.contains(group) && own.would_break(group)),
            domains: replica.map(|replica| decides_in(replica.charter(), group, terms)).unwrap_or_default(),
            least_hold: least.map(|at| at.to_string()),
            cannot: may.map(|reason| self.with_names(reason)),
            proposal: replica.and_then(|replica| open_answer(replica, &id)),
            said,
        }
    }

    /// What a group said about terms, in the order of its log.
    fn said(&self, group: &LogId, id: &TermsId, agreement: Option<&FederationAgreement>) -> Vec<SaidView> {
        let Some(source) = self.machine.source(group) else { return Vec::new() };
        let said = source.voices.iter().filter_map(|(number, entry)| {
            let EntryAct::Speak(voice) = &entry.content().act else { return None };
            if voice.says.terms() != Some(*id) {
                return None;
            }
            let decided = self.decision_behind(group, voice.decision);
            let matter = voice.decision.filter(|_| decided.is_none()).map(|id| MatterId(id.0));
            Some(SaidView {
                says: verb(&voice.says).into(),
                entry: *number,
                entry_id: entry.id().to_string(),
                at: entry.content().time.to_string(),
                sealed_at: agreement.and_then(|version| source.sealed_by(version, *number)).map(|at| at.to_string()),
                decision: decided.as_ref().map(|decided| decided.proposal.clone()),
                decided,
                matter: matter.filter(|id| self.machine.matter(id).is_some()).map(|id| id.to_string()),
            })
        });
        said.collect()
    }
}

/// Where a group decides about terms: a steward in the domains of what it promises, who only asks in that for
/// federations.
pub(super) fn decides_in(charter: &Charter, group: &LogId, terms: &Terms) -> Vec<String> {
    let resources = terms.lines_of(group).filter_map(|line| charter.resources.find(&line.resource));
    let domains: BTreeSet<&Name> = resources.map(|resource| &resource.domain).collect();
    if domains.is_empty() {
        return charter.reserved_domain(FEDERATION).map(|domain| domain.name.to_string()).into_iter().collect();
    }
    domains.into_iter().map(ToString::to_string).collect()
}

/// A proposal of a group, not ended yet, that answers terms.
pub(super) fn open_answer(replica: &Replica, id: &TermsId) -> Option<OpenAnswerView> {
    let answers = |proposal: &OpenProposal| proposal.content.effects.iter().find_map(|effect| answer(effect, id));
    replica.proposals().find_map(|proposal| {
        Some(OpenAnswerView {
            does: answers(proposal)?.into(),
            proposal: proposal.id.to_string(),
            closes: proposal.closes.to_string(),
        })
    })
}

fn answer(effect: &Effect, id: &TermsId) -> Option<&'static str> {
    match effect {
        Effect::AcceptTerms { terms, .. } if terms == id => Some("accept"),
        Effect::DeclineTerms { terms, .. } if terms == id => Some("decline"),
        Effect::ReleaseTerms { terms, .. } if terms == id => Some("release"),
        Effect::UseTerms { terms, .. } if terms == id => Some("say what was used"),
        Effect::BreachTerms { terms, .. } if terms == id => Some("state a breach"),
        Effect::Terms { terms, .. } if terms.counters == Some(*id) => Some("counter"),
        _ => None,
    }
}

fn verb(says: &Says) -> &'static str {
    match says {
        Says::Terms { .. } => "states",
        Says::AcceptTerms { .. } => "accepts",
        Says::DeclineTerms { .. } => "declines",
        Says::Commit { .. } => "commits",
        Says::Take { .. } => "takes",
        Says::Lapse { .. } => "lapses",
        Says::ReleaseTerms { breach: false, .. } => "releases",
        Says::ReleaseTerms { breach: true, .. } => "breaks",
        Says::UseTerms { .. } => "uses",
        Says::BreachTerms { .. } => "states a breach",
        _ => "speaks",
    }
}

/// Says whether terms wait for the answer of a group at `now`, as its own log knows them.
pub(super) fn waits(log: &Replica, id: &TermsId, deal: &Deal, now: Timestamp) -> bool {
    let (own, books) = (log.log(), &log.dealings().books);
    let open = matches!(books.state(&own, id), Some(DealState::Requested | DealState::Offered));
    open && deal.accepted.is_none() && is_answerable(&deal.terms, now) && open_answer(log, id).is_none()
}
