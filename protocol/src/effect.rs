//! Effects: what a passed proposal changes, and the domain that governs each.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    charter::{CHARTER, Charter, Domain, FEDERATION, HOSTING, Host, MEMBERSHIP, Member, Participation, Role, Times},
    decision::AgreementId,
    federation::FederationAgreement,
    id::{BodyId, FederationId, LogId, MatterId, RoundId, StatementId, TermsId},
    key::PublicKey,
    liaison::Position,
    matter::Matter,
    name::Name,
    resource::{Resource, Round, RoundClaim, Terms},
    time::{Span, Timestamp},
};

/// One change that a passed proposal makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// An agreement in words: a purchase, a policy, a plan. Its text is not erasable.
    Text {
        /// The domain in which it holds.
        domain: Name,
        /// What is agreed.
        text: String,
        /// The agreement of that domain that it supersedes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<AgreementId>,
    },
    /// Keeps an agreement that was reviewed.
    Keep {
        /// The domain in which it holds.
        domain: Name,
        /// The agreement.
        agreement: AgreementId,
        /// After which time it is due for review again; left out: as the domain's rule says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Span>,
    },
    /// Ends an agreement.
    Retire {
        /// The domain in which it holds.
        domain: Name,
        /// The agreement.
        agreement: AgreementId,
    },
    /// Replaces purpose and values.
    Purpose {
        /// What the group is there for.
        purpose: String,
        /// What it holds to.
        values: Vec<String>,
    },
    /// Adds a role or replaces it.
    SetRole(Role),
    /// Ends a role.
    DropRole {
        /// The role.
        role: Name,
    },
    /// Gives a member a term in a role, beside the other holders.
    Seat {
        /// The role.
        role: Name,
        /// The member; nobody yet while members nominate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<Name>,
        /// First moment of the term.
        from: Timestamp,
        /// End of the term.
        until: Timestamp,
    },
    /// Ends a member's term in a role now.
    Unseat {
        /// The role.
        role: Name,
        /// The member, who has no say in it.
        member: Name,
    },
    /// Adds a domain or replaces it.
    SetDomain(Domain),
    /// Ends a domain.
    DropDomain {
        /// The domain.
        domain: Name,
    },
    /// Replaces the times of the log.
    SetTimes(Times),
    /// Replaces what each member may hold open, and who counts as silent.
    SetParticipation(Participation),
    /// Adds a member or replaces it.
    SetMember(Member),
    /// Removes a member, who then holds no role either.
    DropMember {
        /// The member.
        member: Name,
    },
    /// Adds a device key to a member.
    AddKey {
        /// The member.
        member: Name,
        /// The key.
        key: PublicKey,
    },
    /// Revokes a device key of a member.
    DropKey {
        /// The member.
        member: Name,
        /// The key.
        key: PublicKey,
    },
    /// Gives the log another log key or node, from the next entry on.
    SetHost(Host),
    /// Consents to a version of a federation's agreement: founds it with the other groups that it names, joins it, or
    /// amends it.
    Federate(FederationAgreement),
    /// Leaves a federation, with notice.
    Leave {
        /// The federation.
        federation: FederationId,
        /// Out from here on, or from the end of the notice if that is later.
        from: Timestamp,
    },
    /// Opens a matter with other groups; where it affects the own group, that consents with it.
    OpenMatter {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// The matter.
        matter: Box<Matter>,
    },
    /// Answers a matter in the name of the group.
    Stance {
        /// The domains that it touches, sorted.
        domains: Vec<Name>,
        /// The matter.
        matter: MatterId,
        /// Whether the group consents.
        consents: bool,
    },
    /// Adds a resource or replaces it.
    SetResource(Resource),
    /// Ends a resource, of which nothing is promised.
    DropResource {
        /// The resource.
        resource: Name,
    },
    /// States terms about resources: a request, an offer, or a counter.
    Terms {
        /// The domains in which the group decides it, sorted: those of the resources that it promises.
        domains: Vec<Name>,
        /// The terms.
        terms: Box<Terms>,
        /// Until when the group holds what it promises.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Accepts terms that another party stated.
    AcceptTerms {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// The terms.
        terms: TermsId,
        /// Until when the group holds what it promises.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Declines terms.
    DeclineTerms {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// The terms.
        terms: TermsId,
    },
    /// Gives up what was promised under terms in force.
    ReleaseTerms {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// The terms.
        terms: TermsId,
    },
    /// Says how much of what terms in force promise was used so far.
    UseTerms {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// The terms.
        terms: TermsId,
        /// Whose resource.
        steward: LogId,
        /// The resource.
        resource: Name,
        /// How much of it, in all.
        amount: u64,
    },
    /// States that terms in force were broken; the decision's why says how.
    BreachTerms {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// The terms.
        terms: TermsId,
    },
    /// Opens a round that divides what is scarce; what it offers is held.
    OpenRound {
        /// The domains in which the group decides it, sorted: those of the resources that it offers.
        domains: Vec<Name>,
        /// The round.
        round: Box<Round>,
    },
    /// Claims of a round.
    Claim {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// What it claims.
        claim: RoundClaim,
    },
    /// Gives up what the group got, or gets, of a round.
    ReleaseShare {
        /// The domains in which the group decides it, sorted.
        domains: Vec<Name>,
        /// The round.
        round: RoundId,
    },
    /// Follows a version of an agreement of a federation that the group does not belong to: evidence of its groups about
    /// their liaisons may be cited by it.
    Follow(FederationAgreement),
    /// Says what the group's liaison answers to a version of another group's proposal.
    Mandate {
        /// The role.
        role: Name,
        /// The version: the statement that filed it, or the proposal's id for the first one.
        version: StatementId,
        /// The answer.
        position: Position,
    },
    /// Erases a body.
    Erase {
        /// The body.
        body: BodyId,
    },
}

impl Effect {
    /// The names of the domains whose rules it must pass.
    ///
    /// A change of a domain must pass that domain's own rule and the charter domain's, or a light rung could
    /// be lifted by a lighter one. Where members rank options, it must pass the charter domain's alone: a ballot has
    /// one domain, so that such a domain could not be changed at all.
    pub fn governs(&self, charter: &Charter) -> BTreeSet<Name> {
        let reserved = |name: &str| charter.reserved_domain(name).map(|domain| domain.name.clone());
        let mut domains = BTreeSet::new();
        match self {
            // What is left of a domain that ended is the charter's to end.
            Self::Retire { domain, .. } if charter.domains.find(domain).is_none() => domains.extend(reserved(CHARTER)),
            Self::Text { domain, .. } | Self::Keep { domain, .. } | Self::Retire { domain, .. } => {
                domains.extend([domain.clone()]);
            }
            Self::SetDomain(Domain { name, .. }) | Self::DropDomain { domain: name } => {
                let own = charter.domains.find(name).filter(|domain| !domain.rule.is_ranked());
                domains.extend(own.map(|domain| domain.name.clone()));
                domains.extend(reserved(CHARTER));
            }
            Self::Seat { role, .. } | Self::Unseat { role, .. } => {
                let filled_in = charter.roles.find(role).and_then(|role| role.filled_in.clone());
                domains.extend(filled_in.or_else(|| reserved(CHARTER)));
            }
            Self::Purpose { .. }
            | Self::SetRole(_)
            | Self::DropRole { .. }
            | Self::SetTimes(_)
            | Self::SetParticipation(_)
            | Self::Erase { .. } => {
                domains.extend(reserved(CHARTER));
            }
            Self::SetMember(_) | Self::DropMember { .. } | Self::AddKey { .. } | Self::DropKey { .. } => {
                domains.extend(reserved(MEMBERSHIP));
            }
            Self::SetHost(_) => domains.extend(reserved(HOSTING)),
            Self::Federate(_) | Self::Leave { .. } | Self::Follow(_) => domains.extend(reserved(FEDERATION)),
            Self::Mandate { role, .. } => {
                let represents = charter.roles.find(role).and_then(|role| role.represents.clone());
                domains.extend(represents.and_then(|role| role.mandated_in).or_else(|| reserved(CHARTER)));
            }
            Self::OpenMatter { domains: named, .. }
            | Self::Stance { domains: named, .. }
            | Self::Terms { domains: named, .. }
            | Self::AcceptTerms { domains: named, .. }
            | Self::DeclineTerms { domains: named, .. }
            | Self::ReleaseTerms { domains: named, .. }
            | Self::UseTerms { domains: named, .. }
            | Self::BreachTerms { domains: named, .. }
            | Self::OpenRound { domains: named, .. }
            | Self::Claim { domains: named, .. }
            | Self::ReleaseShare { domains: named, .. } => domains.extend(named.iter().cloned()),
            Self::SetResource(Resource { name, .. }) | Self::DropResource { resource: name } => {
                domains.extend(charter.resources.find(name).map(|resource| resource.domain.clone()));
                domains.extend(reserved(CHARTER));
            }
        }
        domains
    }

    /// Says whether it is about terms.
    pub fn is_about_terms(&self) -> bool {
        matches!(
            self,
            Self::Terms { .. }
                | Self::AcceptTerms { .. }
                | Self::DeclineTerms { .. }
                | Self::ReleaseTerms { .. }
                | Self::UseTerms { .. }
                | Self::BreachTerms { .. }
        )
    }

    /// Says whether it is about a round.
    pub fn is_about_rounds(&self) -> bool {
        matches!(self, Self::OpenRound { .. } | Self::Claim { .. } | Self::ReleaseShare { .. })
    }

    /// Says whether it is about the group's place among others: its federation, a matter, terms, or a round.
    pub fn speaks_to_others(&self) -> bool {
        let matters = matches!(self, Self::OpenMatter { .. } | Self::Stance { .. });
        self.is_about_terms()
            || self.is_about_rounds()
            || matters
            || matches!(self, Self::Federate(_) | Self::Leave { .. } | Self::Follow(_))
    }

    /// Says whether a matter may change it in a group: not its keys, its node, its ties, nor what it says to others; and
    /// nobody nominates for a seat of a matter.
    pub fn may_stand_in_a_matter(&self) -> bool {
        let own = matches!(
            self,
            Self::AddKey { .. }
                | Self::DropKey { .. }
                | Self::SetHost(_)
                | Self::Seat { member: None, .. }
                | Self::Erase { .. }
                | Self::Mandate { .. }
        );
        !own && !self.speaks_to_others()
    }

    /// The member whom it removes from the group or from a role, who has no say in that.
    pub fn removes(&self) -> Option<&Name> {
        match self {
            Self::DropMember { member } | Self::Unseat { member, .. } => Some(member),
            _ => None,
        }
    }

    /// The agreement in words that it keeps, replaces or ends.
    pub fn agreement(&self) -> Option<AgreementId> {
        match self {
            Self::Text { replaces, .. } => *replaces,
            Self::Keep { agreement, .. } | Self::Retire { agreement, .. } => Some(*agreement),
            _ => None,
        }
    }

    /// Its name on screens.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text agreement",
            Self::Keep { .. } => "keeping of an agreement",
            Self::Retire { .. } => "end of an agreement",
            Self::Purpose { .. } => "purpose",
            Self::SetRole(_) => "role",
            Self::DropRole { .. } => "end of a role",
            Self::Seat { .. } => "term in a role",
            Self::Unseat { .. } => "end of a term",
            Self::SetDomain(_) => "domain",
            Self::DropDomain { .. } => "end of a domain",
            Self::SetTimes(_) => "times of the log",
            Self::SetParticipation(_) => "participation",
            Self::SetMember(_) => "member",
            Self::DropMember { .. } => "removal of a member",
            Self::AddKey { .. } => "device key",
            Self::DropKey { .. } => "revocation of a device key",
            Self::SetHost(_) => "node or log key",
            Self::Federate(_) => "federation",
            Self::Leave { .. } => "leaving of a federation",
            Self::OpenMatter { .. } => "opening of a matter",
            Self::Stance { .. } => "answer to a matter",
            Self::SetResource(_) => "resource",
            Self::DropResource { .. } => "end of a resource",
            Self::Terms { .. } => "terms",
            Self::AcceptTerms { .. } => "acceptance of terms",
            Self::DeclineTerms { .. } => "refusal of terms",
            Self::ReleaseTerms { .. } => "release of terms",
            Self::UseTerms { .. } => "use of an allocation",
            Self::BreachTerms { .. } => "breach of terms",
            Self::OpenRound { .. } => "opening of a round",
            Self::Claim { .. } => "claim",
            Self::ReleaseShare { .. } => "release of a share",
            Self::Follow(_) => "following of a federation",
            Self::Mandate { .. } => "mandate of a liaison",
            Self::Erase { .. } => "erasure",
        }
    }
}
