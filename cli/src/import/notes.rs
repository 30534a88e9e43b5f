//! What a reader should know about an import, and the texts of its files.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use folkmoot_protocol::{charter::RawCharter, name::Name};
use serde::Serialize;

use super::{
    ImportError, ImportReport,
    charters::{Plan, SIGN_OFF},
    rust_team::{COUNCIL, Data, Includes, Kind, Team},
};

const FEDERATION_HEAD: &str = "\
# A federation agreement for a trial, made by `moot import rust-team` from the public team data of the Rust project.
# It is not an agreement of that project: nobody in it was asked.
# Left to the founders: log and node of each group, and the panel. See notes.md and TRIAL-KEYS.md.

";

const CHARTER_HEAD: &str = "\
# Members, leads and roles are those of that file. Terms, and domains and rules other than those of sign-off, are not in
# the data: they are what the import suggests. Members have no keys here: see TRIAL-KEYS.md.
";

const SIGN_OFF_HEAD: &str = "\
# The domain sign-off decides as rfcbot does: a majority approves and at most two are outstanding, then ten days for last
# concerns, each of which holds the end up until it is resolved. That a year without approval, and half a year with a
# concern, end the waiting is what the import adds.
";

const TRIAL_KEYS: &str = "\
# There are no keys here

A group is founded with a key for each of its members, and only members have theirs.

- For a trial, the demo makes throwaway keys, derived from the members' names. Anybody can make the same keys, so
  what they sign proves nothing: throw the groups away after the trial.
- The members of a real group bring their own keys: each runs `moot id show`, and the `did:key:…` that it prints goes
  into the charter, as `keys = [\"did:key:…\"]` under `[members.HANDLE]`.
";

const LEFT_OUT: &str = "\
- Alumni, in every team: who was a member once has no say now.
- Display names, numeric ids, funding and personal permissions of people: a member is a handle and its keys.
- Permissions of teams, mailing lists, GitHub teams, chat groups and channels: access to services, not decisions.
- Pages, addresses and weights for the website, labels and pings of the bot: for show.
";

const ADDED: &str = "\
- Domains and rules: the data do not say how a group decides. Every group has the same four domains (charter,
  membership, federation, work); leads decide the everyday work where there are leads, with two days in which a member
  may call it in to consent; elsewhere the group consents.
- Ends of waiting: teams sign off by the rule of their bot (a majority, at most two outstanding, ten days for last
  concerns), which waits for ever; here it waits for approval a year, and for a concern half a year.
- The council decides matters of all by that rule as well, by those who represent a team (the roles `council-rep-…`).
- Terms: roles last a year from the founding, because the data know no terms.
- Members from other teams were looked up once: the charters do not follow when those teams change.
";

/// The files to write, with their paths below the folder.
///
/// # Errors
/// If a file cannot be written as TOML.
pub(super) fn files(
    data: &Data,
    plan: &Plan<'_>,
    report: &ImportReport,
) -> Result<Vec<(PathBuf, String)>, ImportError> {
    let federation = PathBuf::from("federation.toml");
    let text = FEDERATION_HEAD.to_owned() + &toml_text(&federation, &plan.agreement)?;
    let mut files = vec![
        (federation, text),
        ("TRIAL-KEYS.md".into(), TRIAL_KEYS.to_owned()),
        ("notes.md".into(), notes(data, plan, report)),
    ];
    for (name, charter) in &plan.charters {
        let file = Path::new("charters").join(format!("{name}.toml"));
        let text = head(&data.teams[name], charter) + &toml_text(&file, charter)?;
        files.push((file, text));
    }
    Ok(files)
}

/// What a reader should know, a sentence each.
pub(super) fn sentences(data: &Data, plan: &Plan<'_>) -> Vec<String> {
    let mut notes = vec!["there are no keys in it: TRIAL-KEYS.md says where they come from".to_owned()];
    notes.extend(plan.parts.iter().map(|(part, above)| part_note(part, *above)));
    notes.extend(top_note(data, plan));
    if !data.renamed.is_empty() {
        notes.push(format!("{} names are written in lower case here; notes.md lists them", data.renamed.len()));
    }
    if !data.archived.is_empty() {
        notes.push(format!("{} archived teams are left out", data.archived.len()));
    }
    notes.push("teams sign off by the rule of their bot: a majority, at most two outstanding, ten days".to_owned());
    notes.push("other rules, domains and terms are not in the data: they are suggestions for a trial".to_owned());
    notes
}

fn head(team: &Team, charter: &RawCharter) -> String {
    let file = file_name(team);
    let mut head =
        format!("# The charter of {} for a trial, made by `moot import rust-team` from teams/{file}.\n", team.name);
    head.push_str(CHARTER_HEAD);
    if charter.roles.contains_key(SIGN_OFF) {
        head.push_str(SIGN_OFF_HEAD);
    }
    head.push('\n');
    head
}

fn toml_text<T: Serialize>(file: &Path, value: &T) -> Result<String, ImportError> {
    toml::to_string_pretty(value).map_err(|source| ImportError::Text { file: file.to_owned(), source })
}

fn file_name(team: &Team) -> String {
    team.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn part_note(part: &Team, above: Option<&Team>) -> String {
    let (name, kind) = (&part.name, part.kind.singular());
    let none = if part.includes.alumni { "has former members only" } else { "has no members" };
    match above {
        Some(above) => format!("{name} ({kind}) {none}: it is a domain of {} now", above.name),
        None => format!("{name} ({kind}) {none} and no group above it: it is left out"),
    }
}

/// Groups that are a part of no other, the council itself aside.
fn at_the_top<'a>(data: &'a Data, plan: &'a Plan<'_>) -> Vec<&'a Team> {
    let groups = plan.charters.keys().map(|name| &data.teams[name]);
    groups.filter(|team| team.parent.is_none() && team.name.as_str() != COUNCIL).collect()
}

fn top_note(data: &Data, plan: &Plan<'_>) -> Option<String> {
    let top = at_the_top(data, plan).len();
    (top > 0).then(|| match plan.charters.keys().any(|name| name.as_str() == COUNCIL) {
        true => format!("{top} groups name no group above them and escalate to {COUNCIL}"),
        false => format!("{top} groups name no group above them and escalate to nobody: there is no {COUNCIL}"),
    })
}

fn notes(data: &Data, plan: &Plan<'_>, report: &ImportReport) -> String {
    let mut text = String::from("# What `moot import rust-team` made of the data\n\n");
    text.push_str(&counts(report));
    let _ =
        writeln!(text, "\n{}.\n", top_note(data, plan).unwrap_or_else(|| "Every group names one above it".to_owned()));
    let parts = plan.parts.iter().map(|(part, above)| part_note(part, *above));
    section(&mut text, "Groups that have nobody", parts);
    section(&mut text, "Members that come from other teams", derived(data, plan));
    let (sent, unsent): (Vec<_>, Vec<_>) = at_the_top(data, plan).into_iter().partition(|team| team.top_level);
    section(&mut text, "Top-level teams", sent.iter().map(|team| team.name.to_string()));
    let unsent = unsent.iter().map(|team| format!("{} ({})", team.name, team.kind.singular()));
    section(&mut text, "Other groups that name no group above them", unsent);
    let alone = plan.charters.values().filter(|charter| charter.members.len() == 1);
    section(&mut text, "Groups of one person, who decides alone", alone.map(|charter| charter.name.to_string()));
    let files = plan
        .charters
        .keys()
        .map(|name| &data.teams[name])
        .filter(|team| file_name(team) != format!("{}.toml", team.name));
    section(
        &mut text,
        "Teams whose file is called otherwise",
        files.map(|team| format!("{}: teams/{}", team.name, file_name(team))),
    );
    let renamed = data.renamed.iter().map(|(name, written)| format!("{written} is `{name}`"));
    section(&mut text, "Names that are written otherwise: here, names have lower case only", renamed);
    section(&mut text, "Archived teams, left out", data.archived.iter().cloned());
    text.push_str("## What else was left out\n\n");
    text.push_str(LEFT_OUT);
    text.push_str("\n## What the import added\n\n");
    text.push_str(ADDED);
    text
}

fn counts(report: &ImportReport) -> String {
    let kinds: Vec<String> = report.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let largest = &report.largest;
    format!(
        "{} active groups ({}) with {} people.\n\n{} of the groups have members, and a charter each; {} have nobody. {} \
         charters have the right to sign off. Escalation takes at most {} groups, the last included. The largest \
         charter is that of `{}`, with {} members and {} bytes in an entry.\n",
        report.groups,
        kinds.join(", "),
        report.people,
        report.charters,
        report.parts,
        report.sign_off,
        report.deepest,
        largest.group,
        largest.members,
        largest.bytes
    )
}

fn derived(data: &Data, plan: &Plan<'_>) -> Vec<String> {
    let includes = plan.charters.iter().filter(|(name, _)| data.teams[*name].includes.any());
    includes
        .map(|(name, charter)| {
            let team = &data.teams[name];
            let sources = sources(&team.includes).join(", ");
            format!(
                "{name}: {} members; {} stand in its own file, the others are {sources}",
                charter.members.len(),
                team.named.len()
            )
        })
        .collect()
}

fn sources(includes: &Includes) -> Vec<String> {
    let mut sources: Vec<String> = includes.teams.iter().map(|team: &Name| format!("all of {team}")).collect();
    sources.extend(includes.leads_of.iter().map(|kind: &Kind| format!("the leads of all {}", kind.plural())));
    if includes.all_team_members {
        sources.push(format!("the members of all {}", Kind::Team.plural()));
    }
    if includes.alumni {
        sources.push("former members, who have no say here".to_owned());
    }
    sources
}

fn section(text: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "## {title}\n");
    lines.for_each(|line| {
        let _ = writeln!(text, "- {line}");
    });
    text.push('\n');
}
