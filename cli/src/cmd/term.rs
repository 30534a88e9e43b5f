//! Terms in roles on the command line of `moot propose`: giving one, ending one, candidates to rank.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    effect::Effect,
    name::Name,
    statement::ProposalOption,
    time::{RawDate, Timestamp},
};

use super::{CliError, rank::name};

/// Whom a proposal gives a role, or takes it from.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TermArgs {
    /// The role to fill; without --member or --candidate members nominate first
    #[arg(long, value_name = "ROLE", requires = "until")]
    seat: Option<String>,
    /// The first moment of the term: a date, or a time from now like +7d; left out, now
    #[arg(long, requires = "seat")]
    from: Option<String>,
    /// The end of the term: a date, or a time from now like +365d
    #[arg(long, requires = "seat")]
    until: Option<String>,
    /// Ends a term in this role now: a recall
    #[arg(long, value_name = "ROLE", requires = "member", conflicts_with = "seat")]
    unseat: Option<String>,
    /// Whom
    #[arg(long, conflicts_with = "candidate")]
    member: Option<String>,
    /// A candidate whom members rank; repeat it
    #[arg(long, requires = "seat")]
    candidate: Vec<String>,
}

/// What a proposal changes, or what members rank.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// What changes if it passes.
    pub(crate) effects: Vec<Effect>,
    /// What members rank.
    pub(crate) options: Vec<ProposalOption>,
}

impl TermArgs {
    /// The effects and options that they stand for.
    ///
    /// # Errors
    /// A name or a date that is none.
    pub(crate) fn changes(&self) -> Result<Changes, CliError> {
        self.changes_at(folkmoot_node::clock::now())
    }

    fn changes_at(&self, now: Timestamp) -> Result<Changes, CliError> {
        let mut changes = Changes::default();
        if let (Some(role), Some(member)) = (&self.unseat, &self.member) {
            changes.effects.push(Effect::Unseat { role: name(role)?, member: name(member)? });
        }
        let (Some(role), Some(until)) = (&self.seat, &self.until) else { return Ok(changes) };
        let role = name(role)?;
        let date = |text: &str| RawDate(text.to_owned()).resolve(now).map_err(|e| CliError::Input(e.to_string()));
        let (from, until) = (self.from.as_deref().map_or(Ok(now), date)?, date(until)?);
        let seat = |member: Option<Name>| Effect::Seat { role: role.clone(), member, from, until };
        for candidate in &self.candidate {
            let label = name(candidate)?;
            let (text, tags, effects) = (None, BTreeMap::new(), vec![seat(Some(label.clone()))]);
            changes.options.push(ProposalOption { label, text, tags, effects });
        }
        if self.candidate.is_empty() {
            changes.effects.push(seat(self.member.as_deref().map(name).transpose()?));
        }
        Ok(changes)
    }
}
