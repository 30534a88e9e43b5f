//! `moot test`: says whether an objection qualifies, where the charter has such a test.

use folkmoot_node::control::view::{ObjectionView, ProposalView};
use folkmoot_protocol::statement::{Act, Test};

use super::{
    CliError, Ctx,
    act::state_words,
    propose::{parse_id, parse_proposal},
};
use crate::{
    client::{Chain, body, receipts},
    output::short,
};

/// The arguments of `moot test`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("word").required(true))]
pub(crate) struct TestArgs {
    /// The proposal: its id, or the start of it
    proposal: String,
    /// The objection: its id, or the start of it; left out, the only one that stands
    #[arg(long)]
    objection: Option<String>,
    /// It qualifies: it names a harm that the group should not risk
    #[arg(long, group = "word")]
    qualifies: bool,
    /// It does not qualify; needs --why
    #[arg(long, group = "word", requires = "why")]
    fails: bool,
    /// Why
    #[arg(long)]
    why: Option<String>,
}

/// Runs `moot test`.
///
/// # Errors
/// If there is no such objection, or the node refuses.
pub(crate) async fn test(args: TestArgs, ctx: &Ctx) -> Result<(), CliError> {
    let signer = ctx.signer()?;
    let client = ctx.client();
    let view = client.proposal(&args.proposal).await?;
    parse_proposal(&view.proposal)?;
    let objection = find(&view, args.objection.as_deref())?;
    let reason = args.why.as_deref().map(body).transpose()?;
    let test = Test {
        objection: parse_id(&objection.objection)?,
        version: view.version,
        qualifies: args.qualifies,
        reason: reason.as_ref().map(folkmoot_protocol::body::Body::id),
    };
    let sign = |chain: &mut Chain<'_>| chain.sign(Act::Test(test)).map(drop);
    let bodies: Vec<_> = reason.into_iter().collect();
    let (ids, taken) = client.act(&view.group, signer.as_ref(), sign, &bodies).await?;
    ctx.keep_receipts(&ids, &receipts(&taken))?;
    let view = client.proposal(&view.proposal).await?;
    ctx.out.show(&view, |view| format!("Your word in the test is taken. {}", state_words(view)))?;
    Ok(())
}

/// The objection that is meant: the one named, or the only one that stands.
fn find<'a>(view: &'a ProposalView, named: Option<&str>) -> Result<&'a ObjectionView, CliError> {
    let is = |objection: &&ObjectionView| match named {
        Some(text) => objection.objection.starts_with(text),
        None => objection.state == "stands",
    };
    let found: Vec<&ObjectionView> = view.objections.iter().filter(is).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            Err(CliError::Input(format!("no such objection stands (moot show {} lists them)", short(&view.proposal))))
        }
        many => {
            let ids: Vec<String> = many.iter().map(|objection| short(&objection.objection).to_owned()).collect();
            Err(CliError::Input(format!("say which: --objection {}", ids.join(" | --objection "))))
        }
    }
}
