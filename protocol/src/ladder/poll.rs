//! A domain of a proposal, with what is pinned when the proposal opens.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Standing, Tally, consensus, consent, delegate, ranked, vote};
use crate::{
    charter::{Charter, Consent, Domain, FinalPeriod, Fraction, OnObjection, Owner, Rule},
    name::Name,
    time::{Span, Timestamp},
};

/// A domain of a proposal, with everything that is pinned when the proposal opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// The domain.
    pub domain: Name,
    /// Who decides in it.
    pub owner: Owner,
    /// Its rule at opening.
    pub rule: Rule,
    /// Reserved for people at opening.
    pub people_only: bool,
    /// Who may respond so that it counts.
    pub eligible: BTreeSet<Name>,
    /// Members who would be eligible but have long been silent; a response brings them back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub silent: BTreeSet<Name>,
    /// Who is asked for advice before a holder decides.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asked: BTreeSet<Name>,
    /// What a call-in turns it into, if its rule has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_in: Option<Appeal>,
    /// The final period of the current version, once it has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_period: Option<FinalPeriodRun>,
}

/// What a call-in turns a delegate's poll into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// How long effects wait for it.
    pub window: Span,
    /// The rule by which the members then decide.
    pub rule: Consent,
    /// The members who may call in, and then respond.
    pub eligible: BTreeSet<Name>,
    /// Members who may as well, but have long been silent; a response or the call-in itself brings them back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub silent: BTreeSet<Name>,
}

impl Appeal {
    /// Says whether a member may call in.
    pub fn reaches(&self, member: &Name) -> bool {
        self.eligible.contains(member) || self.silent.contains(member)
    }
}

/// A final period that has started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalPeriodRun {
    /// Its first start in this version.
    pub first: Timestamp,
    /// The start from which it runs now: a later one after a restart.
    pub from: Timestamp,
    /// Whether the domain would pass, as it stood last.
    pub passing: bool,
}

impl Poll {
    /// Pins a domain of the charter at `at`; `without` are members who have no say in the proposal, `silent` those who
    /// have long said nothing.
    pub fn open(
        charter: &Charter,
        domain: &Domain,
        at: Timestamp,
        without: &BTreeSet<Name>,
        silent: &BTreeSet<Name>,
    ) -> Self {
        let pin = |domain: &Domain| charter.eligible(domain, at).difference(without).cloned().collect::<BTreeSet<_>>();
        let heard_and_not = |domain: &Domain| -> (BTreeSet<Name>, BTreeSet<Name>) {
            pin(domain).into_iter().partition(|name| domain.owner != Owner::Group || !silent.contains(name))
        };
        let call_in = domain.rule.call_in().map(|call_in| {
            let (eligible, silent) = heard_and_not(&Domain { owner: Owner::Group, ..domain.clone() });
            Appeal { window: call_in.window, rule: call_in.rule.clone(), eligible, silent }
        });
        let (eligible, left_out) = heard_and_not(domain);
        Self {
            domain: domain.name.clone(),
            owner: domain.owner.clone(),
            rule: domain.rule.clone(),
            people_only: domain.people_only,
            eligible,
            silent: left_out,
            asked: BTreeSet::new(),
            call_in,
            final_period: None,
        }
    }

    /// Leaves out liaisons whom nobody holds now, as those who are silent: an answer brings them back.
    pub fn leave_out(&mut self, vacant: &BTreeSet<Name>) {
        let moves = |eligible: &mut BTreeSet<Name>, silent: &mut BTreeSet<Name>| {
            let (left_out, stay): (BTreeSet<Name>, _) =
                std::mem::take(eligible).into_iter().partition(|name| vacant.contains(name));
            *eligible = stay;
            silent.extend(left_out);
        };
        moves(&mut self.eligible, &mut self.silent);
        if let Some(appeal) = &mut self.call_in {
            moves(&mut appeal.eligible, &mut appeal.silent);
        }
    }

    /// Asks those on a consult rule's list: all but the proposal's author and those who decide.
    pub fn ask(&mut self, charter: &Charter, at: Timestamp, author: &Name) {
        if let Rule::Consult(rule) = &self.rule {
            self.asked = charter.asked(rule, at);
            self.asked.retain(|name| name != author && !self.eligible.contains(name));
        }
    }

    /// Turns a delegate's poll into the consent of the members.
    pub fn appeal(&mut self) {
        if let Some(appeal) = self.call_in.take() {
            self.owner = Owner::Group;
            self.rule = Rule::Consent(appeal.rule);
            (self.eligible, self.silent) = (appeal.eligible, appeal.silent);
            self.asked.clear();
        }
    }

    /// Turns a consent that did not pass into the vote that its rule names; says whether it names one.
    pub fn send_to_vote(&mut self) -> bool {
        let Rule::Consent(Consent { then_vote: Some(vote), .. }) = &self.rule else { return false };
        self.rule = Rule::Vote(vote.clone());
        true
    }

    /// How the domain stands by its rule.
    pub fn standing(&self, tally: &Tally<'_>) -> Standing {
        match &self.rule {
            Rule::Delegate(_) | Rule::Consult(_) => delegate::standing(tally),
            Rule::Consent(rule) => consent::standing(rule, tally),
            Rule::Consensus(rule) => consensus::standing(rule, tally),
            Rule::Vote(rule) => vote::standing(rule, tally),
            Rule::Ranked(rule) => ranked::standing(rule, tally),
        }
    }

    /// Whether the domain may close before its time; ballots are not counted for that.
    ///
    /// A final period is settled by passing, at its end; without one, by everybody's response.
    pub fn settled(&self, tally: &Tally<'_>) -> bool {
        match &self.rule {
            Rule::Ranked(_) => ranked::settled(tally),
            _ if self.final_rule().is_some() => self.standing(tally).passes,
            _ => self.standing(tally).settled,
        }
    }

    /// How many of `eligible` must respond.
    pub fn quorum(&self, eligible: u32) -> u32 {
        match &self.rule {
            Rule::Delegate(_) | Rule::Consult(_) => 1,
            Rule::Consent(rule) => quorum(rule.quorum, eligible),
            Rule::Consensus(_) => eligible.max(1),
            Rule::Vote(rule) => quorum(rule.quorum, eligible),
            Rule::Ranked(rule) => quorum(rule.quorum, eligible),
        }
    }

    /// Says whether deciding here takes a holder of the owning role at that very moment.
    pub fn is_delegate(&self) -> bool {
        self.rule.is_delegate()
    }

    /// The final period that its rule asks for.
    pub fn final_rule(&self) -> Option<&FinalPeriod> {
        match &self.rule {
            Rule::Consent(rule) => rule.final_period.as_ref(),
            _ => None,
        }
    }

    /// Notes at `now` whether the domain would pass: that starts a final period, and restarts one that objections
    /// restart.
    pub fn note_standing(&mut self, passes: bool, now: Timestamp) {
        let Some(rule) = self.final_rule().copied() else { return };
        match &mut self.final_period {
            None if passes => self.final_period = Some(FinalPeriodRun { first: now, from: now, passing: true }),
            None => {}
            Some(run) => {
                if passes && !run.passing && rule.on_objection == OnObjection::Restart {
                    run.from = now;
                }
                run.passing = passes;
            }
        }
    }

    /// The end of a final period that runs: of the period while the domain would pass, else the latest one.
    pub fn final_end(&self) -> Option<Timestamp> {
        let (rule, run) = (self.final_rule()?, self.final_period.as_ref()?);
        let latest = run.first + rule.latest;
        Some(if run.passing { (run.from + rule.length).min(latest) } else { latest })
    }
}

/// ⌈fraction × eligible⌉, at least 1.
pub(super) fn quorum(fraction: Fraction, eligible: u32) -> u32 {
    fraction.ceil_of(eligible).max(1)
}
