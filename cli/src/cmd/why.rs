//! `moot why`: why something is so, with the chain of entries behind it, replayed here; `--wait` first waits until it is.

mod chain;
mod matters;
mod recompute;
mod replayed;
#[cfg(test)]
mod tests;

use std::time::Duration;

use clap_complete::ArgValueCandidates;
use folkmoot_node::control::view::{DealView, HeardMatterView, MatterView, ProposalView};
use folkmoot_protocol::time::Span;
use serde::Serialize;

use self::{chain::Link, recompute::Evidence};
use super::{CliError, Ctx, matter, resource, show::why_words_with};
use crate::{client::ClientError, complete};

/// The arguments of `moot why`.
#[derive(Debug, clap::Args)]
pub(crate) struct WhyArgs {
    /// The proposal: its id, or the start of it; or that of a matter, or of an agreement that came by one
    #[arg(add = ArgValueCandidates::new(complete::reasons))]
    proposal: String,
    /// First wait until it is: decided (it has ended), or sealed (safe to rely on; of a matter also: enacted by all who
    /// are bound); also until this node has heard of it
    #[arg(long, value_name = "STATE")]
    wait: Option<Wait>,
    /// How long to wait at most, like 90s
    #[arg(long, requires = "wait", default_value = "60s", value_name = "SPAN")]
    timeout: Span,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Wait {
    Decided,
    Sealed,
}

impl Wait {
    fn is_over(self, view: &ProposalView) -> bool {
        match self {
            Self::Decided => view.entry.is_some(),
            Self::Sealed => view.sealed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Sealed => "sealed",
        }
    }
}

/// Runs `moot why`: who decided, why, by which rules, on what evidence, what became of each objection, and whether it
/// is sealed; the entries behind it, and what a replay of the signed log comes to.
///
/// # Errors
/// If there is no such proposal, the node does not answer, what is waited for does not come in time, or the replay comes
/// to something else than the node shows.
pub(crate) async fn run(args: &WhyArgs, ctx: &Ctx) -> Result<(), CliError> {
    if let Some(instead) = elsewhere(&args.proposal) {
        return Err(CliError::Input(instead));
    }
    let matter = match args.wait {
        None if matter::is_id(&args.proposal) => match matter::find(&ctx.client(), &args.proposal).await {
            Ok(view) => Some(view),
            Err(missing) => return matter::show_heard(&args.proposal, missing, ctx).await,
        },
        None => matters::instead(&args.proposal, ctx).await?,
        Some(wait) if matter::is_id(&args.proposal) => Some(matters::wait_for(wait, args, ctx).await?),
        Some(_) => None,
    };
    if let Some(matter) = matter {
        return matters::show(matter, ctx).await;
    }
    let view = match args.wait {
        None => ctx.client().proposal(&args.proposal).await?,
        Some(wait) => wait_for(wait, args, ctx).await?,
    };
    let evidence = recompute::evidence(&view, ctx).await?;
    let (between, heard) = matters::of(&view, ctx).await?;
    let bargains = matters::terms_of(&view, ctx).await?;
    let why = Why { view, between, heard, bargains, evidence };
    ctx.out.show(&why, |why| why.words(ctx))?;
    match why.evidence.recomputed.same {
        Some(false) => Err(CliError::Failed(format!(
            "what the node shows is not what its log says: {}",
            why.evidence.recomputed.problem.unwrap_or_default()
        ))),
        _ => Ok(()),
    }
}

/// What to ask instead about what is neither a decision nor a matter.
fn elsewhere(id: &str) -> Option<String> {
    let (what, show) = match () {
        () if resource::is_id(id) => ("terms", "moot resource show"),
        () if resource::is_round(id) => ("a round", "moot resource round show"),
        () => return None,
    };
    Some(format!("'{id}' names {what}, and moot why is about decisions and matters: who said what is in {show} {id}"))
}

/// The answer: what the node shows, and what its signed log says.
#[derive(Serialize)]
struct Why {
    #[serde(flatten)]
    view: ProposalView,
    /// The matters that it opens or answers, with what all groups said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    between: Vec<MatterView>,
    /// Those of them that only the group's own log tells of here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    heard: Vec<HeardMatterView>,
    /// The terms that it is about, with what every party said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bargains: Vec<DealView>,
    #[serde(flatten)]
    evidence: Evidence,
}

impl Why {
    fn words(&self, ctx: &Ctx) -> String {
        let chain: Vec<String> = self.evidence.chain.iter().map(Link::words).collect();
        let between = self.between.iter().flat_map(|view| matter::words::behind(view, ctx.out));
        let between = between.chain(self.heard.iter().flat_map(matter::heard::behind)).collect();
        let bargains = self.bargains.iter().flat_map(|view| resource::words::behind(view, ctx.out)).collect();
        let recomputed = self.evidence.recomputed.words(ctx.out);
        let more = [("Between groups", between), ("Terms", bargains), ("Chain", chain), ("Recomputed", recomputed)];
        why_words_with(&self.view, &more, ctx.out)
    }
}

async fn wait_for(wait: Wait, args: &WhyArgs, ctx: &Ctx) -> Result<ProposalView, CliError> {
    let timeout = Duration::from_millis(args.timeout.millis());
    let mut last = None;
    match tokio::time::timeout(timeout, follow(wait, &args.proposal, &mut last, ctx)).await {
        Ok(done) => done,
        Err(_) => Err(match last {
            Some(Unmet::Unknown(error)) => error.into(),
            _ => CliError::Timeout(format!("{} was not {} within {}", args.proposal, wait.word(), args.timeout)),
        }),
    }
}

/// Why the last look did not do.
enum Unmet {
    Unknown(ClientError),
    NotYet,
}

/// Looks whenever something happens that can have changed the answer.
async fn follow(wait: Wait, id: &str, last: &mut Option<Unmet>, ctx: &Ctx) -> Result<ProposalView, CliError> {
    // Asked for before the first look, so that nothing falls between them.
    let mut events = ctx.client().events().await?;
    loop {
        *last = Some(match ctx.client().proposal(id).await {
            Ok(view) if wait.is_over(&view) => return Ok(view),
            Ok(_) => Unmet::NotYet,
            Err(ClientError::Refused(problem)) if problem.kind == "not-found" => {
                Unmet::Unknown(ClientError::Refused(problem))
            }
            Err(error) => return Err(error.into()),
        });
        while !matters(&events.event().await?) {}
        events.drain().await?;
    }
}

/// Says whether an event can end a proposal, seal it, or bring it here.
fn matters(event: &str) -> bool {
    ["entry", "decided", "sealed", "lagged"].contains(&event)
}
