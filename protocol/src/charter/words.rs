//! Rules in words, for screens and reports.

use std::fmt;

use super::{Base, CallIn, Consent, Counting, Method, OnObjection, Quota, Ranked, Rule, Unranked, Vote};

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delegate(rule) => {
                write!(f, "delegate: the holder of the role decides with a why, within {}", rule.closing)?;
                call_in(f, rule.call_in.as_ref())
            }
            Self::Consult(rule) => {
                let asked: Vec<String> = rule.ask.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "consult: the holder of the role decides with a why, within {}, after the advice of {} or {} without it",
                    rule.closing,
                    asked.join(", "),
                    rule.advice
                )?;
                call_in(f, rule.call_in.as_ref())
            }
            Self::Consent(rule) => write!(f, "{rule}"),
            Self::Consensus(rule) => write!(
                f,
                "consensus: all of the eligible agree or stand aside, at most {} aside; open {}, at least {}, at most {} \
                 versions",
                rule.asides, rule.closing, rule.minimum, rule.versions
            ),
            Self::Vote(rule) => write!(f, "{rule}"),
            Self::Ranked(rule) => write!(f, "{rule}"),
        }
    }
}

fn call_in(f: &mut fmt::Formatter<'_>, call_in: Option<&CallIn>) -> fmt::Result {
    match call_in {
        Some(call_in) => write!(f, "; a member may call it in within {}, then {}", call_in.window, call_in.rule),
        None => Ok(()),
    }
}

impl fmt::Display for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "consent: no objection stands and {} of the eligible responded", self.quorum)?;
        if let Some(approval) = &self.approval {
            write!(f, ", {} approve", approval.bar)?;
            if let Some(most) = approval.outstanding {
                write!(f, " and at most {most} are outstanding")?;
            }
        }
        match &self.final_period {
            None => write!(f, "; open {}", self.closing)?,
            Some(period) => {
                let objection = match period.on_objection {
                    OnObjection::Hold => "hold it",
                    OnObjection::Restart => "restart it",
                };
                write!(
                    f,
                    "; then a final period of {}, to start within {}; objections {objection}, until {} at the latest",
                    period.length, self.closing, period.latest
                )?;
            }
        }
        write!(f, ", at least {}, at most {} versions", self.minimum, self.versions)?;
        if let Some(share) = self.objection_test {
            write!(f, "; {share} of the others may find that an objection does not qualify")?;
        }
        match &self.then_vote {
            Some(vote) => write!(f, "; if the last version does not pass: {vote}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            Base::Votes => "of those who say yes or no",
            Base::Eligible => "of the eligible",
        };
        write!(
            f,
            "vote: {} {of} say yes and {} of the eligible vote; open {}, at least {}, at most {} versions",
            self.yes, self.quorum, self.closing, self.minimum, self.versions
        )
    }
}

impl fmt::Display for Ranked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ranked: {}, if {} of the eligible vote; open {}, at least {}, at most {} versions",
            self.count, self.quorum, self.closing, self.minimum, self.versions
        )
    }
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seats = match self.seats {
            1 => "one option wins".to_owned(),
            seats => format!("{seats} options win"),
        };
        let method = match self.method {
            Method::Schulze => "by Schulze's method (winning votes)",
            Method::Irv => "by instant runoff",
            Method::Stv => "by the single transferable vote (weighted inclusive Gregory)",
        };
        let unranked = match self.unranked {
            Unranked::Last => "unranked options are last",
            Unranked::Ignore => "of unranked options there is no opinion",
        };
        write!(f, "{seats} {method}")?;
        match (self.method, self.quota) {
            (Method::Stv, Some(Quota::Hare)) => f.write_str(", Hare quota")?,
            (Method::Stv, _) => f.write_str(", Droop quota")?,
            _ => {}
        }
        if let Some(places) = self.decimals {
            write!(f, ", {places} decimals")?;
        }
        write!(f, "; {unranked}")?;
        for limit in &self.at_most {
            write!(f, "; at most {} with the same {}", limit.count, limit.tag)?;
        }
        match self.ties.as_slice() {
            [] => f.write_str("; nothing breaks a tie"),
            ties => write!(f, "; ties by {}", ties.iter().map(|tie| tie.word()).collect::<Vec<_>>().join(", then ")),
        }
    }
}
