//! Representing: what the group says of its liaisons, and what it takes for known of others'.

use std::collections::BTreeSet;

use super::{Replica, view::View};
use crate::{
    charter::{Charter, Liaison, Member, Represents},
    error::{Refusal, Unauthorised},
    federation::FederationAgreement,
    id::{LogId, StatementId},
    key::PublicKey,
    liaison::{Mandate, Position},
    matter::Dealings,
    name::Name,
    proposal::OpenProposal,
    time::Timestamp,
    voice::{Says, Voice},
};

impl Replica {
    /// The member for whom a key speaks at `at`: the one whose key it is, or else the first liaison for whom a voice that
    /// is cited says so.
    pub fn speaker(&self, key: &PublicKey, at: Timestamp) -> Option<&Member> {
        let speaks = |liaison: &Liaison| {
            self.dealings.liaisons.held(&liaison.group, &liaison.role).is_some_and(|held| held.speaks(key, at))
        };
        let liaison = || self.charter.liaisons().find(|(_, liaison)| speaks(liaison)).map(|(member, _)| member);
        self.charter.member_of(key).or_else(liaison)
    }

    /// The liaisons for whom nobody speaks at `at`.
    pub fn vacant(&self, at: Timestamp) -> BTreeSet<Name> {
        vacant(&self.charter, &self.dealings, at)
    }

    /// Says whether it would be news here that another log said this about a liaison, in the entry of that number.
    pub fn hears(&self, from: &LogId, number: u64, says: &Says) -> bool {
        let is_here = |role: &Name| self.charter.liaisons().any(|(_, l)| l.group == *from && l.role == *role);
        let liaisons = &self.dealings.liaisons;
        match says {
            Says::Represent(sitting) => {
                let later = liaisons.held(from, &sitting.role).is_none_or(|held| held.number < number);
                sitting.group == self.log && is_here(&sitting.role) && later
            }
            Says::Mandate(mandate) => {
                let told = liaisons.told(from, &mandate.role, &mandate.version);
                let later = told.is_none_or(|told| told.number < number);
                mandate.group == self.log && is_here(&mandate.role) && self.is_current(&mandate.version) && later
            }
            _ => false,
        }
    }

    /// The version that another group's word about its liaisons is cited by: the last that this log holds or follows and
    /// that names the group.
    pub fn version_about(&self, group: &LogId) -> Option<&FederationAgreement> {
        let held = self.ties.consents().map(|consent| &consent.agreement).chain(self.ties.followed());
        held.filter(|agreement| agreement.group(group).is_some()).last()
    }

    /// Says whether a version is the current one of an open proposal; it is named by the statement that filed it.
    fn is_current(&self, version: &StatementId) -> bool {
        self.open.values().any(|proposal| current(proposal) == Some(*version))
    }

    pub(super) fn voice_due(&self) -> Option<Voice> {
        due(&self.charter, &self.dealings)
    }
}

/// The voice that is due: what a decision calls for, or else who represents the group.
pub(super) fn due(charter: &Charter, dealings: &Dealings) -> Option<Voice> {
    let host = charter.host.node;
    let represents = || {
        let sitting = dealings.liaisons.due(&charter.sittings())?;
        Some(Voice { previous: dealings.spoke, host, decision: None, says: Says::Represent(Box::new(sitting)) })
    };
    dealings.due(host).or_else(represents)
}

/// The liaisons for whom nobody speaks at `at`.
pub(super) fn vacant(charter: &Charter, dealings: &Dealings, at: Timestamp) -> BTreeSet<Name> {
    let held = |liaison: &Liaison| dealings.liaisons.held(&liaison.group, &liaison.role);
    let nobody = |liaison: &Liaison| held(liaison).is_none_or(|held| !held.is_held(at));
    charter.liaisons().filter(|(_, liaison)| nobody(liaison)).map(|(member, _)| member.name.clone()).collect()
}

/// What a mandate makes the group say, by the charter before the decision.
///
/// # Errors
/// If the role is none that is mandated.
pub(super) fn mandate(
    charter: &Charter,
    role: &Name,
    version: StatementId,
    position: &Position,
) -> Result<Mandate, String> {
    let represents = charter.roles.find(role).and_then(|role| role.represents.as_ref());
    match represents {
        Some(Represents { group, mandated_in: Some(_) }) => {
            Ok(Mandate { group: *group, role: role.clone(), version, position: position.clone() })
        }
        Some(_) => Err(format!("the role '{role}' answers freely: it takes no mandate")),
        None => Err(format!("there is no role '{role}' that represents the group")),
    }
}

/// Checks that the group may follow a version of another federation's agreement: it can stand, does not name the group,
/// and is not held here.
pub(super) fn may_follow(view: &View<'_>, agreement: &FederationAgreement) -> Result<(), String> {
    let ties = view.base.ties();
    agreement.check().map_err(|error| error.to_string())?;
    if agreement.group(&view.base.log).is_some() {
        return Err("it names this group, which consents to it instead (federate)".into());
    }
    let hash = agreement.hash();
    match ties.consent_to(&hash).is_some() || ties.followed().any(|followed| followed.hash() == hash) {
        true => Err("the group holds that version already".into()),
        false => Ok(()),
    }
}

/// Takes what another group said about its liaisons; says whether it is news.
pub(super) fn take(view: &mut View<'_>, from: LogId, number: u64, says: &Says) -> bool {
    // Of several voices in one entry the later ones count: what the entry itself has taken is looked at, too.
    let later = |held: Option<u64>| held.is_none_or(|held| held < number);
    let base = view.base;
    if !base.hears(&from, number, says) {
        return false;
    }
    let liaisons = &view.dealings().liaisons;
    match says {
        Says::Represent(sitting) if later(liaisons.held(&from, &sitting.role).map(|held| held.number)) => {
            view.dealings_mut().liaisons.seat(from, number, sitting);
            true
        }
        Says::Mandate(mandate)
            if later(liaisons.told(&from, &mandate.role, &mandate.version).map(|told| told.number)) =>
        {
            view.dealings_mut().liaisons.tell(from, number, mandate, |version| base.is_current(version));
            true
        }
        _ => false,
    }
}

/// Says whether a member is a liaison who answers only as the group decided.
pub(super) fn is_mandated(view: &View<'_>, member: &Name) -> bool {
    let liaison = view.charter().members.find(member).and_then(Member::liaison);
    liaison.is_some_and(|Liaison { group, role }| {
        view.dealings().liaisons.held(group, role).is_some_and(|held| held.mandated)
    })
}

/// Checks that a mandated liaison takes a position that a mandate about the current version gives.
pub(super) fn check_position(
    view: &View<'_>,
    member: &Member,
    proposal: &OpenProposal,
    position: Option<Position>,
) -> Result<(), Refusal> {
    let Some(position) = position else { return Ok(()) };
    check(view, member, proposal, position.name(), |mandate| *mandate == position)
}

/// Checks that a mandated liaison withdraws an objection: a mandate about the current version says something else.
pub(super) fn check_withdrawal(view: &View<'_>, member: &Member, proposal: &OpenProposal) -> Result<(), Refusal> {
    check(view, member, proposal, "withdraw an objection", |mandate| *mandate != Position::Object)
}

fn check(
    view: &View<'_>,
    member: &Member,
    proposal: &OpenProposal,
    what: &'static str,
    covers: impl Fn(&Position) -> bool,
) -> Result<(), Refusal> {
    let Some(Liaison { group, role }) = member.liaison().filter(|_| is_mandated(view, &member.name)) else {
        return Ok(());
    };
    let told = current(proposal).and_then(|version| view.dealings().liaisons.told(group, role, &version));
    match told.is_some_and(|told| covers(&told.position)) {
        true => Ok(()),
        false => {
            let mandate = told.map_or("nothing yet", |told| told.position.name());
            Err(Unauthorised::NotMandated { member: member.name.clone(), what, mandate }.into())
        }
    }
}

/// The statement that filed the current version.
fn current(proposal: &OpenProposal) -> Option<StatementId> {
    proposal.versions.last().map(|version| version.statement)
}
