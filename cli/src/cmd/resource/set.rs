//! `moot resource set`: a proposal in the own group to set what it stewards.

use clap_complete::ArgValueCandidates;
use folkmoot_node::clock;
use folkmoot_protocol::{
    charter::{Charter, Fraction},
    effect::Effect,
    resource::{Budget, Every, Grants, Kind, Resource, Slots},
    time::{RawDate, Span, Timestamp},
};

use crate::{
    client::escape,
    cmd::{CliError, Ctx, propose, rank::name},
    complete,
    editor::Wanted,
};

/// The arguments of `moot resource set`.
#[derive(Debug, clap::Args)]
pub(crate) struct SetArgs {
    /// Its name in the group
    resource: String,
    /// What it is and what it is there for
    #[arg(long)]
    purpose: Option<String>,
    /// What is counted, as cent or hour
    #[arg(long)]
    unit: Option<String>,
    /// How much there is: of a budget in each period, of slots at a time
    #[arg(long)]
    capacity: Option<u64>,
    /// The domain that promises it
    #[arg(long)]
    domain: Option<String>,
    /// It is used up
    #[arg(long, conflicts_with_all = ["every", "from", "horizon"])]
    stock: bool,
    /// It recurs: in periods of a time, as 7d, or of months, as month or 3months
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    every: Option<Every>,
    /// The start of a budget's first period; left out, now
    #[arg(long, value_name = "DATE", requires = "every")]
    from: Option<String>,
    /// How far ahead it may be promised; alone, it is slots of a calendar
    #[arg(long)]
    horizon: Option<Span>,
    /// Grant each group that asks up to this share of the capacity without a decision: 1/10
    #[arg(long, value_name = "SHARE")]
    grant_share: Option<Fraction>,
    /// Grant each group that asks up to so much without a decision
    #[arg(long, value_name = "AMOUNT")]
    grant_amount: Option<u64>,
    /// Count what was granted in this time, up to 31d; left out, what is promised at once
    #[arg(long, value_name = "SPAN")]
    grant_per: Option<Span>,
    /// Grant nothing without a decision any more
    #[arg(long, conflicts_with_all = ["grant_share", "grant_amount", "grant_per"])]
    no_grants: bool,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
    /// The group, if you belong to several here
    #[arg(long, add = ArgValueCandidates::new(complete::groups))]
    group: Option<String>,
}

/// Runs `moot resource set`.
///
/// # Errors
/// If something is missing for a new resource, or the node refuses.
pub(super) async fn set(args: &SetArgs, ctx: &Ctx) -> Result<(), CliError> {
    let group = ctx.group(args.group.as_deref(), &ctx.key()?).await?;
    let charter: Charter = ctx.client().get(&format!("/v1/groups/{}/charter", escape(&group))).await?;
    let resource = args.resource(charter.resources.find(&name(&args.resource)?), clock::now())?;
    let help = format!("Why should {} set the resource '{}' so?", charter.name, resource.name);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    let title = format!("Set {}: {} {}", resource.name, resource.capacity, resource.unit);
    propose::file(ctx, Some(&group), &title, &why.text, vec![Effect::SetResource(resource)], None).await
}

impl SetArgs {
    /// The resource as it is to be: what no flag says is as it was.
    fn resource(&self, was: Option<&Resource>, now: Timestamp) -> Result<Resource, CliError> {
        let missing = |flag: &str| CliError::Input(format!("'{}' is new: say {flag}", self.resource));
        let text = |flag: &Option<String>, was: Option<&String>, missing_flag: &str| {
            flag.clone().or_else(|| was.cloned()).ok_or_else(|| missing(missing_flag))
        };
        let domain = match (&self.domain, was) {
            (Some(domain), _) => name(domain)?,
            (None, Some(was)) => was.domain.clone(),
            (None, None) => return Err(missing("which domain promises it: --domain NAME")),
        };
        Ok(Resource {
            name: name(&self.resource)?,
            purpose: text(&self.purpose, was.map(|was| &was.purpose), "what it is for: --purpose \"…\"")?,
            unit: text(&self.unit, was.map(|was| &was.unit), "what is counted: --unit hour")?,
            domain,
            kind: self.kind(was.map(|was| &was.kind), now)?,
            capacity: self.capacity.or(was.map(|was| was.capacity)).ok_or_else(|| missing("how much: --capacity 3"))?,
            grants: self.grants(was.and_then(|was| was.grants))?,
        })
    }

    fn grants(&self, was: Option<Grants>) -> Result<Option<Grants>, CliError> {
        let before = was.unwrap_or_default();
        let grants = Grants {
            share: self.grant_share.or(before.share),
            amount: self.grant_amount.or(before.amount),
            per: self.grant_per.or(before.per),
        };
        match grants {
            _ if self.no_grants => Ok(None),
            Grants { share: None, amount: None, per: Some(_) } => Err(CliError::Input(
                "say how much is granted in that time: --grant-share 1/10, or --grant-amount 5".into(),
            )),
            grants => Ok(Some(grants).filter(|grants| *grants != Grants::default())),
        }
    }

    fn kind(&self, was: Option<&Kind>, now: Timestamp) -> Result<Kind, CliError> {
        let horizon = |was: Option<Span>| {
            let problem = "say how far ahead it may be promised: --horizon 90d";
            self.horizon.or(was).ok_or_else(|| CliError::Input(problem.into()))
        };
        match (self.every, was) {
            _ if self.stock => Ok(Kind::Stock),
            (Some(every), was) => {
                let before = match was {
                    Some(Kind::Budget(budget)) => Some(budget),
                    _ => None,
                };
                let from = match &self.from {
                    Some(text) => {
                        RawDate(text.clone()).resolve(now).map_err(|error| CliError::Input(error.to_string()))?
                    }
                    None => before.map_or(now, |budget| budget.from),
                };
                Ok(Kind::Budget(Budget { from, every, horizon: horizon(before.map(|budget| budget.horizon))? }))
            }
            (None, Some(Kind::Budget(budget))) => {
                Ok(Kind::Budget(Budget { horizon: horizon(Some(budget.horizon))?, ..budget.clone() }))
            }
            (None, Some(was)) if self.horizon.is_none() => Ok(was.clone()),
            (None, None) if self.horizon.is_none() => Err(CliError::Input(format!(
                "'{}' is new: say --stock if it is used up, --every PERIOD --horizon SPAN if it recurs, or --horizon SPAN \
                 if it is slots of a calendar",
                self.resource
            ))),
            (None, _) => Ok(Kind::Slots(Slots { horizon: horizon(None)? })),
        }
    }
}

/// Reads a period: a span, or months.
fn period(text: &str) -> Result<Every, String> {
    let months = text.strip_suffix("months").or_else(|| text.strip_suffix("month")).map(str::trim);
    match months {
        Some("") => Ok(Every::Months(1)),
        Some(count) => count.parse().map(Every::Months).map_err(|_| format!("'{text}': write months as 3months")),
        None => text.parse().map(Every::Span).map_err(|error| format!("{error}; or months, as 3months")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(words: &[&str], was: Option<&Resource>) -> Result<Resource, String> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: SetArgs,
        }
        let args = <Line as clap::Parser>::try_parse_from([&["set", "hall"], words].concat()).unwrap().args;
        args.resource(was, "2026-11-21".parse().unwrap()).map_err(|error| error.to_string())
    }

    const NEW: [&str; 8] = ["--purpose", "To meet in", "--unit", "hour", "--capacity", "2", "--domain", "work"];

    #[test]
    fn what_a_new_resource_needs_is_asked_for() {
        let hall = resource(&[&NEW[..], &["--horizon", "90d"]].concat(), None).unwrap();
        assert_eq!(hall.kind, Kind::Slots(Slots { horizon: Span::from_days(90) }));
        assert_eq!(resource(&[&NEW[..], &["--stock"]].concat(), None).unwrap().kind, Kind::Stock);
        for (words, says) in [
            (&NEW[2..], "what it is for"),
            (&NEW[..6], "which domain"),
            (&NEW[..], "--stock if it is used up"),
            (&[&NEW[..], &["--every", "month"]].concat()[..], "--horizon 90d"),
        ] {
            let error = resource(words, None).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn what_no_flag_says_stays() {
        let words = [&NEW[..], &["--every", "3months", "--from", "2026-12-01", "--horizon", "365d"]].concat();
        let budget = resource(&words, None).unwrap();
        let Kind::Budget(kind) = &budget.kind else { panic!("{budget:?}") };
        assert_eq!(kind.every, Every::Months(3));
        let more = resource(&["--capacity", "5"], Some(&budget)).unwrap();
        assert_eq!(more, Resource { capacity: 5, ..budget });
    }

    #[test]
    fn what_is_granted_is_set_part_by_part() {
        let hall = resource(&[&NEW[..], &["--stock", "--grant-share", "1/10"]].concat(), None).unwrap();
        let share = "1/10".parse().ok();
        assert_eq!(hall.grants, Some(Grants { share, ..Grants::default() }));
        let more = resource(&["--grant-per", "7d"], Some(&hall)).unwrap();
        assert_eq!(more.grants, Some(Grants { share, per: Some(Span::from_days(7)), amount: None }));
        assert_eq!(resource(&["--no-grants"], Some(&more)).unwrap().grants, None);
        let error = resource(&["--grant-per", "7d"], Some(&Resource { grants: None, ..hall })).unwrap_err();
        assert!(error.contains("say how much is granted"), "{error}");
    }
}
