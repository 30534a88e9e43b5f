//! The decision ladder: one file per rung, from responses to an outcome.

mod consent;
mod delegate;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    charter::{Charter, Consent, Domain, Owner, Rule},
    name::Name,
    statement::Answer,
    time::{Span, Timestamp},
};

/// A domain of a proposal, with everything that is pinned when the proposal opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    /// What a call-in turns it into, if its rule has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_in: Option<Appeal>,
}

/// What a call-in turns a delegate's poll into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Appeal {
    /// How long effects wait for it.
    pub window: Span,
    /// The rule by which the members then decide.
    pub rule: Consent,
    /// The members who may call in, and then respond.
    pub eligible: BTreeSet<Name>,
}

/// What a rung sees of a proposal.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    /// Those eligible in the domain, without members who were removed before they responded.
    pub eligible: BTreeSet<&'a Name>,
    /// Latest responses that count in the domain, advice not among them; a standing objection is its author's.
    pub answers: BTreeMap<&'a Name, Answer>,
    /// How many objections stand in the domain.
    pub objections: usize,
}

/// How a domain stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Would it pass if the proposal closed now?
    pub passes: bool,
    /// May it close before its time?
    pub settled: bool,
    /// Why, in numbers.
    pub reason: Reason,
}

/// Why a domain passes or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A holder of the role decided for it.
    Decided {
        /// Who.
        by: Name,
    },
    /// A holder of the role decided against it.
    Declined {
        /// Who.
        by: Name,
    },
    /// No holder decided.
    NobodyDecided,
    /// Too few responded.
    QuorumMissed {
        /// How many did.
        responded: u32,
        /// How many were needed.
        quorum: u32,
    },
    /// Objections stand.
    ObjectionsStand {
        /// How many.
        count: usize,
    },
    /// The quorum is met and no objection stands.
    NoObjection {
        /// How many responded.
        responded: u32,
        /// How many were needed.
        quorum: u32,
    },
}

impl Poll {
    /// Pins a domain of the charter at `at`; `without` are members who have no say in the proposal.
    pub fn open(charter: &Charter, domain: &Domain, at: Timestamp, without: &BTreeSet<Name>) -> Self {
        let pin = |domain: &Domain| charter.eligible(domain, at).difference(without).cloned().collect::<BTreeSet<_>>();
        let call_in = match &domain.rule {
            Rule::Delegate(rule) => rule.call_in.as_ref().map(|call_in| {
                let of_group = Domain { owner: Owner::Group, ..domain.clone() };
                Appeal { window: call_in.window, rule: call_in.rule.clone(), eligible: pin(&of_group) }
            }),
            Rule::Consent(_) => None,
        };
        Self {
            domain: domain.name.clone(),
            owner: domain.owner.clone(),
            rule: domain.rule.clone(),
            people_only: domain.people_only,
            eligible: pin(domain),
            call_in,
        }
    }

    /// Turns a delegate's poll into the consent of the members.
    pub fn appeal(&mut self) {
        if let Some(appeal) = self.call_in.take() {
            self.owner = Owner::Group;
            self.rule = Rule::Consent(appeal.rule);
            self.eligible = appeal.eligible;
        }
    }

    /// How the domain stands by its rule.
    pub fn standing(&self, tally: &Tally<'_>) -> Standing {
        match &self.rule {
            Rule::Delegate(_) => delegate::standing(tally),
            Rule::Consent(rule) => consent::standing(rule, tally),
        }
    }

    /// How many of `eligible` must respond.
    pub fn quorum(&self, eligible: u32) -> u32 {
        match &self.rule {
            Rule::Delegate(_) => 1,
            Rule::Consent(rule) => consent::quorum(rule, eligible),
        }
    }

    /// Says whether deciding here takes a holder of the owning role at that very moment.
    pub fn is_delegate(&self) -> bool {
        matches!(self.rule, Rule::Delegate(_))
    }
}
