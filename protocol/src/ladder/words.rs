//! Reasons in words, for screens and reports.

use std::fmt;

use super::{Reason, tally::Over};
use crate::name::Name;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decided { by } => write!(f, "{by}, who holds the role, decided for it"),
            Self::DecidedAfterAdvice { by, asked, advised } => {
                write!(f, "{by}, who holds the role, decided for it after {advised} of {asked} asked had advised")
            }
            Self::Declined { by } => write!(f, "{by}, who holds the role, decided against it"),
            Self::NobodyDecided => f.write_str("no holder of the role has decided"),
            Self::QuorumMissed { responded, quorum } => write!(f, "{responded} responded, {quorum} were needed"),
            Self::ObjectionsStand { count: 1 } => f.write_str("an objection stands"),
            Self::ObjectionsStand { count } => write!(f, "{count} objections stand"),
            Self::ApprovalMissed { approve, eligible, outstanding } => {
                write!(f, "{approve} of {eligible} approve, {outstanding} have not answered: not enough")
            }
            Self::NoObjection { responded, quorum } => {
                write!(f, "no objection stands, {responded} responded, {quorum} were needed")
            }
            Self::NotAll { agree, aside, eligible } => {
                write!(f, "{agree} agree and {aside} stand aside, of {eligible} who all must")
            }
            Self::TooManyAside { aside, most } => write!(f, "{aside} stand aside, at most {most} may"),
            Self::AllAgree { agree, aside } => write!(f, "all agree ({agree}) or stand aside ({aside})"),
            Self::Voted { yes, no, abstain, of } => {
                write!(f, "{yes} yes, {no} no, {abstain} abstain: {yes} of {of}")
            }
            Self::Elected { winners, responded, quorum, .. } => {
                write!(f, "{} won; {responded} voted, {quorum} were needed", list(winners))
            }
            Self::Tied { among, over, winners } => {
                match over {
                    Over::Seat => write!(f, "a tie between {}, which no declared rule breaks", list(among))?,
                    Over::Elimination => {
                        write!(f, "a tie for the last place between {}, which no declared rule breaks", list(among))?;
                    }
                }
                if winners.is_empty() { Ok(()) } else { write!(f, "; {} won before it", list(winners)) }
            }
            Self::NobodyElected => f.write_str("no ballot ranks an option that is still offered"),
        }
    }
}

fn list(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}
