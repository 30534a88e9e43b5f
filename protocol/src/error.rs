//! Why a record is refused, split by whose fault it is.

use std::fmt;

use thiserror::Error;

use crate::{
    charter::CharterError,
    envelope::EnvelopeError,
    federation::AgreementError,
    id::{EntryId, LogId, MatterId, ProposalId, RoundId, StateDigest, StatementId, TermsId},
    key::PublicKey,
    limits,
    name::Name,
    time::Timestamp,
};

/// Why an entry, or a statement in it, breaks a rule or cannot be judged yet.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is not formed as it must be: its author's program is at fault.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is not signed by whom it claims.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// Its author may not do this.
    #[error(transparent)]
    Unauthorised(#[from] Unauthorised),
    /// Something that it builds on is not here yet.
    #[error(transparent)]
    Premature(#[from] Premature),
    /// It does not fit to what the log already holds.
    #[error(transparent)]
    Conflict(#[from] Conflict),
}

impl Refusal {
    /// One word for its kind, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Forged(_) => "forged",
            Self::Unauthorised(_) => "unauthorised",
            Self::Premature(_) => "premature",
            Self::Conflict(_) => "conflict",
        }
    }
}

/// A record is not formed as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// The envelope is not one.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The charter cannot stand.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// The federation agreement cannot stand.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
    /// A part has the wrong size.
    #[error("{part} has {found}, allowed is from {least} to {most}")]
    Size {
        /// The part.
        part: &'static str,
        /// Size found.
        found: usize,
        /// Least allowed.
        least: usize,
        /// Most allowed.
        most: usize,
    },
    /// What was handed in does not fit into one entry.
    #[error("it does not fit into one entry: {0}; hand in less at a time")]
    TooLargeForAnEntry(String),
    /// A first entry is not formed as one.
    #[error("the first entry of a log has number 0, no log, no previous entry and a charter; this has not")]
    NotAFirstEntry,
    /// A list is not sorted.
    #[error("{0} must be sorted, each once")]
    NotSorted(&'static str),
    /// An entry names other voices than its evidence shows.
    #[error("an entry that cites evidence names the voices that it shows, sorted, and no other entry names any")]
    Cites,
    /// Only a decision for a proposal weighs advice.
    #[error("only a decision for a proposal weighs advice: leave it out (weighs)")]
    Weighs,
    /// A ballot is none.
    #[error("the ballot does not count: {0}")]
    Ballot(String),
    /// A response of this kind needs a reason.
    #[error("{0} needs a reason: say why (--why)")]
    NoReason(&'static str),
}

/// A record is not signed by whom it claims.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Forged {
    /// An entry is not signed by the log key of the charter in force.
    #[error("entry {number} is signed by {found}, the log key in force is {expected}")]
    NotTheLogKey {
        /// The entry's number.
        number: u64,
        /// Who signed.
        found: PublicKey,
        /// Who must sign.
        expected: PublicKey,
    },
    /// A record inside the entry does not verify; the log key signed for it.
    #[error("entry {number} holds a bad record: {source}")]
    Inside {
        /// The entry's number.
        number: u64,
        /// What is wrong with it.
        source: EnvelopeError,
    },
    /// A founder's signature is under another charter.
    #[error("the founding by {0} is under another charter")]
    OtherCharter(PublicKey),
}

/// A domain in which nobody decides now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// The domain.
    pub domain: Name,
    /// Of the terms in its role that are over the one that ended last.
    pub ended: Option<LastTerm>,
}

/// The last term in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTerm {
    /// The role.
    pub role: Name,
    /// Who held it.
    pub member: Name,
    /// When it ended.
    pub at: Timestamp,
}

impl fmt::Display for Vacancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nobody is eligible in the domain '{}': ", self.domain)?;
        match &self.ended {
            Some(LastTerm { role, member, at }) => write!(
                f,
                "the term of {member} as '{role}' ended at {at}, and nobody holds the role now; a decision gives it a \
                 holder (moot propose --seat {role} --member NAME --until DATE)"
            ),
            None => f.write_str(
                "the proposal cannot open before somebody is, such as the holder of its role (moot charter show)",
            ),
        }
    }
}

/// A record's author may not do what it does.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unauthorised {
    /// The key belongs to no member.
    #[error("the key {0} belongs to no member of this group")]
    NotAMember(PublicKey),
    /// A founder is not a person of the charter.
    #[error("the key {0} founds the group but belongs to no person of its charter, or signs twice")]
    NotAFounder(PublicKey),
    /// An agent acts in a domain reserved for people.
    #[error(
        "{agent} is an agent, and the domain '{domain}' is reserved for people: there it may only propose and advise"
    )]
    PeopleOnly {
        /// The agent.
        agent: Name,
        /// The domain.
        domain: Name,
    },
    /// An agent acts outside its scope.
    #[error("the agent {agent} acts in the domain '{domain}', which is not in its scope")]
    OutOfScope {
        /// The agent.
        agent: Name,
        /// The domain.
        domain: Name,
    },
    /// An agent acts after its end.
    #[error("the agent {agent} ended at {until}: its sponsor may propose a later end")]
    AgentEnded {
        /// The agent.
        agent: Name,
        /// Its end.
        until: Timestamp,
    },
    /// A member is not among those who decide here.
    #[error(
        "{member} is not eligible in {domains}: {owner} decides there; advice is open to every member (moot advise)"
    )]
    NotEligible {
        /// The member.
        member: Name,
        /// The domains of the proposal.
        domains: String,
        /// Who is.
        owner: String,
    },
    /// A role's holder acts outside the term.
    #[error(
        "{member} does not decide here now: the term as '{role}' {}; who holds the role decides, and a decision gives it a holder (moot propose --seat {role} --member NAME --until DATE)",
        if *.ended { format!("ended at {at}") } else { format!("begins at {at}") }
    )]
    TermEnded {
        /// The member.
        member: Name,
        /// The role.
        role: Name,
        /// Whether the term has ended; otherwise it has not begun.
        ended: bool,
        /// When.
        at: Timestamp,
    },
    /// A mandated liaison says something else than its group decided.
    #[error(
        "{member} is bound to what its group decided, which is {mandate} on this version: it may not {what} (moot liaison mandate)"
    )]
    NotMandated {
        /// The liaison.
        member: Name,
        /// What it tried.
        what: &'static str,
        /// What the mandate says.
        mandate: &'static str,
    },
    /// Only the author may do this.
    #[error("only its author {author} may {what}, not {member}: ask {author} to")]
    NotAuthor {
        /// Who may.
        author: Name,
        /// Who tried.
        member: Name,
        /// What.
        what: &'static str,
    },
}

/// Something that a record builds on is not here, or its time has not come.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Premature {
    /// Entries before it are missing.
    #[error("entry {number} comes after entry {head}, which is the last one here: entries between are missing")]
    Gap {
        /// The entry's number.
        number: u64,
        /// The last number here.
        head: u64,
    },
    /// The statement has seen an entry that this log does not hold before it.
    #[error("its author has seen entry {seen}, which does not stand before it in this log", seen = .0.short())]
    UnseenEntry(EntryId),
    /// The proposal is still open.
    #[error("proposal {proposal} is open until {until} and not everybody has responded", proposal = .proposal.short())]
    StillOpen {
        /// The proposal.
        proposal: ProposalId,
        /// When it closes.
        until: Timestamp,
    },
    /// Those asked for advice have not all given it, and may still.
    #[error(
        "advice on {proposal} is open until {until}, and awaited from {awaited}: decide then, or when they have advised",
        proposal = .proposal.short()
    )]
    AdviceOpen {
        /// The proposal.
        proposal: ProposalId,
        /// When the advice window closes.
        until: Timestamp,
        /// Who has not advised.
        awaited: String,
    },
    /// The call-in window is still open.
    #[error("the call-in window of {proposal} is open until {until}", proposal = .proposal.short())]
    CallInOpen {
        /// The proposal.
        proposal: ProposalId,
        /// When it ends.
        until: Timestamp,
    },
}

/// A record does not fit to what the log already holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Conflict {
    /// The entry's place is taken, or its previous entry is another.
    #[error("entry {number} does not follow the entry before it in this log")]
    NotNext {
        /// The entry's number.
        number: u64,
    },
    /// The entry is dated before the one it follows.
    #[error("entry {number} is dated {time}, before the entry it follows ({last})")]
    TimeFell {
        /// The entry's number.
        number: u64,
        /// Its date.
        time: Timestamp,
        /// The date before.
        last: Timestamp,
    },
    /// The statement is for another log.
    #[error("the statement is for another group's log: hand it in there, or sign one for this log")]
    OtherLog,
    /// The statement is not the next one of its key.
    #[error(
        "statement {found} is not the next one of its key: it was taken already, or one before it is missing: ask for the log's head and sign anew",
        found = .found.short()
    )]
    OutOfOrder {
        /// The statement.
        found: StatementId,
    },
    /// There is no such proposal.
    #[error("there is no proposal {id} in this group", id = .0.short())]
    NoProposal(ProposalId),
    /// The proposal has ended.
    #[error("proposal {id} is closed: its decision stands (moot why {id})", id = .0.short())]
    Closed(ProposalId),
    /// The proposal is decided and waits for its call-in window.
    #[error("proposal {id} is decided and waits for its call-in window (moot show {id})", id = .0.short())]
    Decided(ProposalId),
    /// The statement came after the close.
    #[error("too late: proposal {proposal} closed at {closed}, this came at {at}", proposal = .proposal.short())]
    Late {
        /// The proposal.
        proposal: ProposalId,
        /// When it closed.
        closed: Timestamp,
        /// When this came.
        at: Timestamp,
    },
    /// The statement is about another version.
    #[error("proposal {proposal} is at version {current}, this is about version {found}: read it again (moot show)", proposal = .proposal.short())]
    OtherVersion {
        /// The proposal.
        proposal: ProposalId,
        /// Its version.
        current: u32,
        /// The version named.
        found: u32,
    },
    /// The proposal has had all its versions.
    #[error("proposal {proposal} has had its {most} versions: withdraw it and file a new one", proposal = .proposal.short())]
    NoMoreVersions {
        /// The proposal.
        proposal: ProposalId,
        /// How many it may have.
        most: u32,
    },
    /// A decision does not name the advice that it should weigh.
    #[error(
        "the decision on {proposal} must weigh {given} pieces of advice and names {found}: read them (moot show), then decide",
        proposal = .proposal.short()
    )]
    AdviceNotWeighed {
        /// The proposal.
        proposal: ProposalId,
        /// How much advice the asked gave.
        given: usize,
        /// How much of it, or other, the decision names.
        found: usize,
    },
    /// The objection is in no domain with a test that the member has a say in.
    #[error("the objection {objection} stands in no domain whose rule lets you test it: that is for at least two members who neither raised it nor proposed", objection = .0.short())]
    NoTest(StatementId),
    /// The member has spoken in this test.
    #[error("you have said whether the objection {objection} qualifies; each says so once per version", objection = .0.short())]
    Tested(StatementId),
    /// The proposal was sent to a vote.
    #[error("proposal {proposal} was sent to a vote after its last version: no version follows", proposal = .0.short())]
    Voting(ProposalId),
    /// An amendment touches a domain that the proposal did not touch at its opening.
    #[error(
        "the version would touch the domain '{0}', which the proposal did not touch when it opened: file a new proposal"
    )]
    NewDomain(Name),
    /// There is no such domain.
    #[error("there is no domain '{0}' in this group (moot charter show lists them)")]
    NoDomain(Name),
    /// Nobody could respond.
    #[error("{0}")]
    NobodyEligible(Vacancy),
    /// There is no such objection.
    #[error("statement {id} is no proposal or objection that stands here", id = .0.short())]
    NoTarget(StatementId),
    /// A call-in outside a call-in window.
    #[error("proposal {id} is not in a call-in window: it has none, or it is over (moot show {id})", id = .0.short())]
    NoCallIn(ProposalId),
    /// An effect cannot be carried out.
    #[error("the {effect} cannot be carried out: {reason}")]
    Effect {
        /// The effect.
        effect: &'static str,
        /// Why not.
        reason: String,
    },
    /// The proposal has no options to rank.
    #[error("proposal {id} has no options to rank: agree, object, or answer otherwise (moot help ladder)", id = .0.short())]
    NotRanked(ProposalId),
    /// Members rank the options of the proposal.
    #[error(
        "members rank the options of {id}: moot rank, or abstain or advise; there are no objections to a count",
        id = .0.short()
    )]
    OnlyRanked(ProposalId),
    /// There is no such option, or not any more.
    #[error("there is no option '{0}' (moot show lists them)")]
    NoOption(Name),
    /// The options of a proposal cannot be ranked.
    #[error("the options cannot be ranked: {0}")]
    Options(String),
    /// Nobody is named for the role yet.
    #[error(
        "nobody is named yet for the role that {id} fills: nominate (moot nominate); then its author proposes one",
        id = .0.short()
    )]
    NobodyNamed(ProposalId),
    /// The proposal did not open for nominations.
    #[error("proposal {id} did not open for nominations", id = .0.short())]
    NoNominations(ProposalId),
    /// The member cannot be named.
    #[error("the nominee cannot be: {0}")]
    Nominee(String),
    /// There is too much of something.
    #[error("too many {what}: at most {most}; end one first, or wait until one ends")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many may be.
        most: usize,
    },
    /// There is no such body, or it is not the author's.
    #[error("the body is not one that this member wrote here")]
    NoBody,
    /// The state here is not the one that the log states.
    #[error("entry {number} states the digest {found}, replay gives {expected}", found = .found.short(), expected = .expected.short())]
    Digest {
        /// The entry's number.
        number: u64,
        /// The digest in the log.
        found: StateDigest,
        /// The digest by replay.
        expected: StateDigest,
    },
    /// A digest is overdue.
    #[error("a digest is due before entry {0}")]
    DigestDue(u64),
    /// The log moved, or took up another panel, and nothing shows yet that its witnesses before sealed that.
    #[error(
        "before entry {0} the log has to cite the notes that seal the change of its host or panel: its node does so soon"
    )]
    Moving(u64),
    /// A voice is overdue.
    #[error("a voice is due before entry {0}: the group has decided to say something to others")]
    VoiceDue(u64),
    /// A voice does not follow from the log.
    #[error("the voice does not follow from the log: {0}")]
    Voice(String),
    /// What is cited shows nothing.
    #[error("the evidence about the log of {log} does not count: {reason}", log = .log.short())]
    Evidence {
        /// The log that it is about.
        log: LogId,
        /// Why not.
        reason: String,
    },
    /// There is no such matter.
    #[error("this log knows no matter {id}", id = .0.short())]
    NoMatter(MatterId),
    /// A matter cannot be enacted.
    #[error("the matter {matter} cannot be enacted: {reason}", matter = .matter.short())]
    Enactment {
        /// The matter.
        matter: MatterId,
        /// Why not.
        reason: String,
    },
    /// There are no such terms.
    #[error("this log knows no terms {id}", id = .0.short())]
    NoTerms(TermsId),
    /// A voice about terms does not follow.
    #[error("nothing follows for the terms {terms}: {reason}", terms = .terms.short())]
    Terms {
        /// The terms.
        terms: TermsId,
        /// Why not.
        reason: String,
    },
    /// There is no such round.
    #[error("this log knows no round {id}", id = .0.short())]
    NoRound(RoundId),
    /// A voice about a round does not follow.
    #[error("nothing follows for the round {round}: {reason}", round = .round.short())]
    Round {
        /// The round.
        round: RoundId,
        /// Why not.
        reason: String,
    },
    /// Two signed entries have one number.
    #[error("two entries {number} are signed by the log key: {first} and {second}", first = .first.short(), second = .second.short())]
    Equivocation {
        /// Their number.
        number: u64,
        /// The one that came first here.
        first: EntryId,
        /// The other.
        second: EntryId,
    },
    /// The log is stopped.
    #[error("the log is stopped: {0}")]
    Stopped(String),
}

/// Checks that a count is within its bounds.
///
/// # Errors
/// [`Malformed::Size`] if it is not.
pub(crate) fn size(part: &'static str, found: usize, least: usize, most: usize) -> Result<(), Malformed> {
    if (least..=most).contains(&found) { Ok(()) } else { Err(Malformed::Size { part, found, least, most }) }
}

/// The limit on open proposals as a refusal.
pub(crate) fn too_many_open() -> Conflict {
    Conflict::TooMany { what: "open proposals", most: limits::OPEN_PROPOSALS }
}
