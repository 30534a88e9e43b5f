//! The groups of rust-lang/team as charters and a federation agreement.
//!
//! Who belongs, who leads, who signs off and who represents a team is theirs, and so is the rule by which they sign off.
//! The other domains and rules are not in the data: they are what this import suggests for a trial.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    charter::{
        Approval, Bar, CHARTER, CallIn, Consent, DEFAULT_VERSIONS, Delegate, FEDERATION, FinalPeriod, Fraction,
        MEMBERSHIP, OnObjection, Owner, Participation, RawCharter, RawDomain, RawHolder, RawMember, RawRole,
        Reversibility, Rule, Stakes, Times,
    },
    federation::{RawAgreement, RawGroup, Timing},
    name::Name,
    time::{RawDate, Span},
};

use super::{
    ImportError,
    rust_team::{COUNCIL, Data, Team},
};

/// The role and the domain of a team whose members sign off.
pub(super) const SIGN_OFF: &str = "sign-off";
/// The role of those who lead.
const LEAD: &str = "lead";
/// The domain of all that has no domain of its own.
const WORK: &str = "work";
/// The domain of what the council decides for all.
pub(super) const COUNCIL_MATTERS: &str = "council";
/// The role of those who represent a team in the council.
pub(super) const REPRESENTATIVE: &str = "representative";
/// How the roles are called in which each represents a team.
const REPRESENTS: &str = "council-rep-";

/// What is to be written.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The charter of each group that has members.
    pub(super) charters: BTreeMap<Name, RawCharter>,
    /// How the groups are bound together; logs, nodes and panel are left to the founders.
    pub(super) agreement: RawAgreement,
    /// Teams that have nobody, each with the group that it became a part of.
    pub(super) parts: Vec<(&'a Team, Option<&'a Team>)>,
}

impl<'a> Plan<'a> {
    /// Makes the charters and the agreement of `data`.
    ///
    /// # Errors
    /// If a team that has nobody is called like a domain that the group above it already has.
    pub(super) fn of(data: &'a Data) -> Result<Self, ImportError> {
        let mut charters = BTreeMap::new();
        let mut groups = BTreeMap::new();
        let mut parts = Vec::new();
        for team in data.teams.values() {
            let (members, above) = (data.members(&team.name), data.above(team));
            if members.is_empty() {
                parts.push((team, above));
                continue;
            }
            charters.insert(team.name.clone(), charter(team, &members));
            let escalates_to = above.map(|above| above.name.clone());
            groups.insert(team.name.clone(), RawGroup { escalates_to, ..RawGroup::default() });
        }
        for (part, above) in &parts {
            if let Some(charter) = above.and_then(|above| charters.get_mut(&above.name)) {
                add_part(charter, part)?;
            }
        }
        Ok(Self { charters, agreement: agreement(groups), parts })
    }

    /// Everybody who is a member of a group.
    pub(super) fn people(&self) -> BTreeSet<&Name> {
        self.charters.values().flat_map(|charter| charter.members.keys()).collect()
    }

    /// Most groups on one way of escalation, the last included.
    pub(super) fn deepest(&self) -> usize {
        let depth = |name| std::iter::successors(Some(name), |name: &&Name| self.above(name)).count();
        self.agreement.groups.keys().map(depth).max().unwrap_or_default()
    }

    fn above(&self, group: &Name) -> Option<&Name> {
        self.agreement.groups.get(group)?.escalates_to.as_ref()
    }
}

fn agreement(groups: BTreeMap<Name, RawGroup>) -> RawAgreement {
    RawAgreement {
        name: plain("rust-project"),
        purpose: "Binds the teams, working groups and project groups of the Rust project together, for a trial.".into(),
        timing: Timing::default(),
        groups,
        panel: BTreeMap::new(),
    }
}

fn charter(team: &Team, members: &BTreeSet<&Name>) -> RawCharter {
    let roles = roles(team, members);
    let domains = domains(team, &roles);
    RawCharter {
        resources: Default::default(),
        name: team.name.clone(),
        purpose: purpose(team),
        values: Vec::new(),
        times: Times::default(),
        participation: Participation::default(),
        members: members.iter().map(|member| ((*member).clone(), RawMember::default())).collect(),
        roles,
        domains,
    }
}

fn purpose(team: &Team) -> String {
    match &team.description {
        Some(description) => description.trim().to_owned(),
        None => format!("A {} of the Rust project; its public data do not say what it does.", team.kind.singular()),
    }
}

fn roles(team: &Team, members: &BTreeSet<&Name>) -> BTreeMap<Name, RawRole> {
    let mut roles = BTreeMap::new();
    for (name, (description, holders)) in &team.roles {
        let purpose = if description.trim().is_empty() { name.as_str() } else { description.trim() };
        hold(&mut roles, name.clone(), purpose, holders.iter());
    }
    if !team.leads.is_empty() {
        hold(&mut roles, plain(LEAD), "Leads the group and decides its everyday work", team.leads.iter());
    }
    if let Some(excluded) = &team.sign_off {
        let holders = members.iter().copied().filter(|member| !excluded.contains(*member));
        hold(&mut roles, plain(SIGN_OFF), "Signs off decisions that bind the group for long", holders);
    }
    if team.name.as_str() == COUNCIL {
        let represent = team.roles.iter().filter(|(name, _)| name.as_str().starts_with(REPRESENTS));
        let mut holders = represent.flat_map(|(_, (_, holders))| holders).peekable();
        if holders.peek().is_some() {
            hold(&mut roles, plain(REPRESENTATIVE), "Represents a top-level team and decides for it", holders);
        }
    }
    roles
}

/// Adds holders to a role; terms last a year from the founding, because the data know no terms.
fn hold<'a>(roles: &mut BTreeMap<Name, RawRole>, name: Name, purpose: &str, holders: impl Iterator<Item = &'a Name>) {
    let role = roles.entry(name).or_insert_with(|| RawRole {
        purpose: purpose.to_owned(),
        holders: Vec::new(),
        filled_in: None,
        represents: None,
    });
    for member in holders {
        if role.holders.iter().all(|holder| holder.member != *member) {
            role.holders.push(RawHolder { member: member.clone(), from: None, until: RawDate("+365d".to_owned()) });
        }
    }
}

fn domains(team: &Team, roles: &BTreeMap<Name, RawRole>) -> BTreeMap<Name, RawDomain> {
    let mut domains = BTreeMap::from([
        (
            plain(CHARTER),
            for_people("Purpose, roles, domains and rules of the group", Owner::Group, Stakes::High, consent(10)),
        ),
        (plain(MEMBERSHIP), for_people("Who belongs, and their keys", Owner::Group, Stakes::Medium, consent(10))),
        (
            plain(FEDERATION),
            for_people("Which federation the group is bound to, and how", Owner::Group, Stakes::High, consent(10)),
        ),
        (plain(WORK), work(roles)),
    ]);
    if roles.contains_key(SIGN_OFF) {
        let purpose = "Decisions that are a promise to others, such as accepting an RFC or making a feature stable";
        let owner = Owner::Role(plain(SIGN_OFF));
        domains.insert(plain(SIGN_OFF), for_people(purpose, owner, Stakes::High, sign_off()));
    }
    if team.name.as_str() == COUNCIL {
        let purpose = "Matters that go beyond one top-level team, decided by the representatives of those teams";
        let represented = roles.contains_key(REPRESENTATIVE);
        let owner = if represented { Owner::Role(plain(REPRESENTATIVE)) } else { Owner::Group };
        domains.insert(plain(COUNCIL_MATTERS), for_people(purpose, owner, Stakes::High, sign_off()));
    }
    domains
}

/// Everyday work: the leads decide and any member may call it in; without leads the group decides.
fn work(roles: &BTreeMap<Name, RawRole>) -> RawDomain {
    let (owner, rule) = if roles.contains_key(LEAD) {
        let call_in = CallIn { window: Span::from_days(2), rule: numbers(7) };
        let rule = Delegate { closing: Span::from_days(7), call_in: Some(call_in), review: None };
        (Owner::Role(plain(LEAD)), Rule::Delegate(rule))
    } else {
        (Owner::Group, consent(7))
    };
    RawDomain {
        reversibility: Reversibility::Easy,
        people_only: false,
        ..for_people("Everyday work: all that no other domain covers", owner, Stakes::Low, rule)
    }
}

fn add_part(charter: &mut RawCharter, part: &Team) -> Result<(), ImportError> {
    let purpose = match &part.description {
        _ if part.includes.alumni => format!("Stands in for '{}', those who were members once", part.name),
        Some(description) => format!("Stands in for '{}', which has no members: {}", part.name, description.trim()),
        None => format!("Stands in for '{}', a {} that has no members", part.name, part.kind.singular()),
    };
    let domain = for_people(&purpose, Owner::Group, Stakes::Medium, consent(10));
    if charter.domains.insert(part.name.clone(), RawDomain { people_only: false, ..domain }).is_some() {
        return Err(ImportError::Data {
            file: part.file.clone(),
            place: "name".to_owned(),
            problem: format!("'{}' has a domain of this name: call the team otherwise", charter.name),
        });
    }
    Ok(())
}

pub(super) fn for_people(purpose: &str, owner: Owner, stakes: Stakes, rule: Rule) -> RawDomain {
    RawDomain {
        purpose: purpose.to_owned(),
        owner,
        affected: Vec::new(),
        stakes,
        reversibility: Reversibility::Costly,
        people_only: true,
        ceded: false,
        rule,
    }
}

pub(super) fn consent(closing: u64) -> Rule {
    Rule::Consent(numbers(closing))
}

fn numbers(closing: u64) -> Consent {
    Consent {
        closing: Span::from_days(closing),
        minimum: Span::from_days(1),
        quorum: Fraction::new(1, 2).expect("one half is at most one"),
        approval: None,
        final_period: None,
        objection_test: None,
        versions: DEFAULT_VERSIONS,
        then_vote: None,
        review: None,
    }
}

/// How rfcbot decides: once a majority has approved and at most two have not, and no concern stands, ten days are left
/// for last concerns. One that is raised in them holds the end up until whoever raised it resolves it.
///
/// The bot waits for ever; here a year for approval, and half a year for a concern, end the waiting.
pub(super) fn sign_off_numbers() -> Consent {
    let half = Fraction::new(1, 2).expect("one half is at most one");
    Consent {
        closing: Span::from_days(365),
        minimum: Span::ZERO,
        quorum: half,
        approval: Some(Approval { bar: Bar::MoreThan(half), outstanding: Some(2) }),
        final_period: Some(FinalPeriod {
            length: Span::from_days(10),
            on_objection: OnObjection::Hold,
            latest: Span::from_days(180),
        }),
        ..numbers(365)
    }
}

fn sign_off() -> Rule {
    Rule::Consent(sign_off_numbers())
}

pub(super) fn plain(name: &str) -> Name {
    name.parse().expect("a plain name")
}
