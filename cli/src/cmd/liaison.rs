//! `moot liaison`: who represents which group where, what a liaison is to answer, and whose liaisons a group hears.

use clap_complete::ArgValueCandidates;
use folkmoot_node::{
    clock,
    control::view::{GroupView, HeadView, ProposalView},
};
use folkmoot_protocol::{
    charter::{Charter, Represents},
    effect::Effect,
    liaison::Position,
    name::Name,
    time::Timestamp,
};
use serde::Serialize;

use super::{CliError, Ctx, federation, propose, rank::name};
use crate::{
    complete,
    editor::Wanted,
    output::{short, table},
};

/// See who speaks for groups in others, and say what a liaison answers
#[derive(Debug, clap::Subcommand)]
pub(crate) enum LiaisonCommand {
    /// List the liaisons of all groups that are here: the roles that represent, and the seats that they are given
    List,
    /// Propose to your group what its liaison answers to another group's proposal
    Mandate(MandateArgs),
    /// Propose to your group to follow a federation that it does not belong to, so that liaisons of its groups are heard
    Follow {
        /// The federation: its name or id
        federation: String,
        /// Why
        #[arg(long)]
        why: String,
        /// The group, if you belong to several here
        #[arg(long, add = ArgValueCandidates::new(complete::groups))]
        group: Option<String>,
    },
}

/// The arguments of `moot liaison mandate`.
#[derive(Debug, clap::Args)]
pub(crate) struct MandateArgs {
    /// The other group's proposal: its id, or the start of it
    #[arg(add = ArgValueCandidates::new(complete::proposals))]
    proposal: String,
    /// What it answers: agree, aside, object or abstain; or `rank` and the options, the most preferred first, where
    /// commas join those that are preferred equally
    #[arg(required = true)]
    answer: Vec<String>,
    /// The role, if several of your roles represent groups there
    #[arg(long)]
    role: Option<String>,
    /// Why; `-` reads it, and left out at a terminal an editor opens
    #[arg(long)]
    why: Option<String>,
}

/// A liaison, from either side.
#[derive(Clone, Debug, Serialize)]
struct Line {
    /// The group that is represented: its name, or its id if its log is not here.
    from: String,
    /// The role there.
    role: String,
    /// Who holds it now, if that group's log is here.
    holders: Option<Vec<String>>,
    /// The group in which it sits.
    sits_in: String,
    /// The handle there, if there is a seat for it.
    handle: Option<String>,
    /// The domain that mandates it; nobody does if it answers freely.
    mandated_in: Option<String>,
}

/// A group's role that represents it.
struct Envoy {
    group: String,
    group_name: String,
    role: Name,
    is_mandated: bool,
}

/// Runs `moot liaison`.
///
/// # Errors
/// If something is missing, or the node refuses.
pub(crate) async fn run(command: LiaisonCommand, ctx: &Ctx) -> Result<(), CliError> {
    match command {
        LiaisonCommand::List => {
            let lines = lines(&charters(ctx).await?, clock::now());
            ctx.out.show(&lines, |lines| words(lines))?;
            Ok(())
        }
        LiaisonCommand::Mandate(args) => mandate(&args, ctx).await,
        LiaisonCommand::Follow { federation, why, group } => {
            let agreement = federation::in_force(&federation, ctx).await?;
            let title = format!("Hear the liaisons of the groups of {}", agreement.name);
            propose::file(ctx, group.as_deref(), &title, &why, vec![Effect::Follow(agreement)], None).await
        }
    }
}

async fn charters(ctx: &Ctx) -> Result<Vec<(GroupView, Charter)>, CliError> {
    let client = ctx.client();
    let groups: Vec<GroupView> = client.get("/v1/groups").await?;
    let mut charters = Vec::new();
    for group in groups {
        let charter: Charter = client.get(&format!("/v1/groups/{}/charter", group.group)).await?;
        charters.push((group, charter));
    }
    Ok(charters)
}

/// The groups of this node, each with a domain of it, that mandate what their liaisons answer in a group.
///
/// # Errors
/// If the node does not answer.
pub(crate) async fn senders(group: &str, ctx: &Ctx) -> Result<Vec<String>, CliError> {
    let hosted = charters(ctx).await?.into_iter().filter(|(sender, _)| sender.hosted);
    let mandates = |(sender, charter): (GroupView, Charter)| {
        let sent = charter.roles.iter().filter_map(|role| role.represents.as_ref());
        let here = sent.filter(|to| to.group.to_string() == group);
        here.filter_map(|to| Some(format!("{}/{}", sender.name, to.mandated_in.as_ref()?))).collect::<Vec<_>>()
    };
    Ok(hosted.flat_map(mandates).collect())
}

/// The roles that represent their groups, with the seats that stand for them; then the seats whose groups are not here.
fn lines(groups: &[(GroupView, Charter)], now: Timestamp) -> Vec<Line> {
    let called =
        |id: &str| groups.iter().find(|(group, _)| group.group == id).map_or(id, |(group, _)| &group.name).to_owned();
    let seat = |sits_in: &str, from: &str, role: &Name| {
        let (_, charter) = groups.iter().find(|(group, _)| group.group == sits_in)?;
        let is = charter.liaisons().find(|(_, seat)| seat.group.to_string() == from && seat.role == *role);
        is.map(|(member, _)| member.name.to_string())
    };
    let sent = groups.iter().flat_map(|(group, charter)| {
        charter.roles.iter().filter_map(|role| {
            let Represents { group: to, mandated_in } = role.represents.as_ref()?;
            let to = to.to_string();
            Some(Line {
                from: group.name.clone(),
                role: role.name.to_string(),
                holders: Some(role.held_by(now).map(ToString::to_string).collect()),
                handle: seat(&to, &group.group, &role.name),
                sits_in: called(&to),
                mandated_in: mandated_in.as_ref().map(ToString::to_string),
            })
        })
    });
    let here = |id: &str| groups.iter().any(|(group, _)| group.group == id);
    let given = groups.iter().flat_map(|(group, charter)| {
        charter.liaisons().filter(|(_, seat)| !here(&seat.group.to_string())).map(|(member, seat)| Line {
            from: seat.group.to_string(),
            role: seat.role.to_string(),
            holders: None,
            sits_in: group.name.clone(),
            handle: Some(member.name.to_string()),
            mandated_in: None,
        })
    });
    sent.chain(given).collect()
}

fn words(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "No group here sends a liaison, or has a seat for one (moot help liaison).".into();
    }
    let row = |line: &Line| {
        let holders = line.holders.as_ref().map_or("its log is not here".into(), |holders| match holders.as_slice() {
            [] => "nobody now".into(),
            holders => holders.join(", "),
        });
        let bound = match (&line.mandated_in, &line.holders) {
            (Some(domain), _) => format!("as '{domain}' mandates"),
            (None, Some(_)) => "freely".into(),
            (None, None) => String::new(),
        };
        let handle = line.handle.clone().unwrap_or_else(|| "no seat yet".into());
        vec![short_of(&line.from), line.role.clone(), holders, line.sits_in.clone(), handle, bound]
    };
    table(&["from", "role", "held by", "sits in", "as", "answers"], lines.iter().map(row))
}

/// A group's name, or the start of its id.
fn short_of(group: &str) -> String {
    let is_id = group.len() == 65 && group.starts_with('g');
    if is_id { short(group).to_owned() } else { group.to_owned() }
}

async fn mandate(args: &MandateArgs, ctx: &Ctx) -> Result<(), CliError> {
    let position = position(&args.answer)?;
    let view = ctx.client().proposal(&args.proposal).await?;
    let key = ctx.key()?;
    let mut envoys = Vec::new();
    for (group, charter) in charters(ctx).await?.into_iter().filter(|(group, _)| group.hosted) {
        let head: HeadView = ctx.client().get(&format!("/v1/groups/{}/head?key={key}", group.group)).await?;
        let sits = |represents: &Represents| represents.group.to_string() == view.group;
        let own = charter.roles.iter().filter_map(|role| Some((role, role.represents.as_ref().filter(|to| sits(to))?)));
        let own = own.filter(|(role, _)| args.role.as_ref().is_none_or(|named| role.name.as_str() == named));
        envoys.extend(own.filter(|_| head.member.is_some()).map(|(role, represents)| Envoy {
            group: group.group.clone(),
            group_name: group.name.clone(),
            role: role.name.clone(),
            is_mandated: represents.mandated_in.is_some(),
        }));
    }
    let envoy = one(envoys, &view)?;
    let version = view.versions.last().map_or(view.proposal.as_str(), |version| version.statement.as_str());
    let version = propose::parse_id(version).or_else(|_| propose::parse_proposal(version).map(Into::into))?;
    let id = short(&view.proposal);
    let title = format!("{} answers {} to {id} in {}: {}", envoy.role, position.name(), view.group_name, view.title);
    let title: String = title.chars().take(100).collect();
    let help = format!("Why should {} answer {} to '{}'?", envoy.group_name, position.name(), view.title);
    let why = ctx.text(args.why.as_deref(), &Wanted { missing: "say why: --why \"…\"", help }).await?;
    let effect = Effect::Mandate { role: envoy.role, version, position };
    propose::file(ctx, Some(&envoy.group), &title, &why.text, vec![effect], None).await
}

fn one(mut envoys: Vec<Envoy>, view: &ProposalView) -> Result<Envoy, CliError> {
    let there = &view.group_name;
    match (envoys.pop(), envoys.as_slice()) {
        (None, _) => Err(CliError::Input(format!(
            "no group of yours on this node has a role that represents it in '{there}' (moot liaison list)"
        ))),
        (Some(envoy), []) if !envoy.is_mandated => Err(CliError::Input(format!(
            "the role '{}' of '{}' answers freely in '{there}': its holder just answers (moot agree {})",
            envoy.role,
            envoy.group_name,
            short(&view.proposal)
        ))),
        (Some(envoy), []) => Ok(envoy),
        (Some(last), others) => {
            let roles: Vec<&str> = others.iter().chain([&last]).map(|envoy| envoy.role.as_str()).collect();
            Err(CliError::Input(format!(
                "several of your roles represent groups there: --role {}",
                roles.join(" | --role ")
            )))
        }
    }
}

fn position(answer: &[String]) -> Result<Position, CliError> {
    let words: Vec<&str> = answer.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["agree"] => Ok(Position::Agree),
        ["aside"] => Ok(Position::Aside),
        ["object"] => Ok(Position::Object),
        ["abstain"] => Ok(Position::Abstain),
        ["rank", order @ ..] if !order.is_empty() => {
            let rank = |equal: &&str| {
                let mut equal = equal.split(',').map(name).collect::<Result<Vec<_>, _>>()?;
                equal.sort();
                Ok(equal)
            };
            order.iter().map(rank).collect::<Result<_, CliError>>().map(Position::Rank)
        }
        _ => Err(CliError::Input(format!(
            "'{}' is no answer: say agree, aside, object, abstain, or rank and the options in their order",
            words.join(" ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let read = |text: &str| position(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(read("aside").unwrap(), Position::Aside);
        let [ana, ben, cem]: [Name; 3] = ["ana", "ben", "cem"].map(|name| name.parse().unwrap());
        assert_eq!(read("rank cem ben,ana").unwrap(), Position::Rank(vec![vec![cem], vec![ana, ben]]));
        for wrong in ["rank", "agree twice", "concern", "advice", "Agree"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
