//! The files of rust-lang/team as they are written there.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use folkmoot_protocol::name::Name;
use serde::Deserialize;

use super::{ImportError, Includes, Team, name, problem};

/// What a team is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::import) enum Kind {
    /// A team with a standing task.
    #[default]
    Team,
    /// Works on a subject, open to who wants to help.
    WorkingGroup,
    /// Works on a project and then ends.
    ProjectGroup,
    /// A list of people who have something in common.
    MarkerTeam,
}

impl Kind {
    /// What one is called.
    pub(in crate::import) fn singular(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::WorkingGroup => "working group",
            Self::ProjectGroup => "project group",
            Self::MarkerTeam => "marker team",
        }
    }

    /// What several are called.
    pub(in crate::import) fn plural(self) -> &'static str {
        match self {
            Self::Team => "teams",
            Self::WorkingGroup => "working groups",
            Self::ProjectGroup => "project groups",
            Self::MarkerTeam => "marker teams",
        }
    }
}

/// A file of `people/`, as far as it is read.
#[derive(Deserialize)]
pub(super) struct PersonFile {
    pub(super) github: String,
}

/// A file of `teams/`, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct TeamFile {
    pub(super) name: String,
    #[serde(default)]
    kind: Kind,
    subteam_of: Option<String>,
    #[serde(default)]
    top_level: bool,
    people: People,
    #[serde(default)]
    roles: Vec<Role>,
    rfcbot: Option<Rfcbot>,
    website: Option<Website>,
}

/// Who belongs to a team. A key that is not known here is refused: it might add members.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct People {
    leads: Vec<String>,
    members: Vec<Member>,
    #[serde(default, rename = "alumni")]
    _alumni: Vec<Member>,
    #[serde(default)]
    included_teams: Vec<String>,
    #[serde(default)]
    include_team_leads: bool,
    #[serde(default)]
    include_wg_leads: bool,
    #[serde(default)]
    include_project_group_leads: bool,
    #[serde(default)]
    include_all_team_members: bool,
    #[serde(default)]
    include_all_alumni: bool,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a member is \"HANDLE\", or { github = \"HANDLE\", roles = [\"ROLE\"] }")]
enum Member {
    Handle(String),
    Roles {
        github: String,
        #[serde(default)]
        roles: Vec<String>,
    },
}

#[derive(Deserialize)]
struct Role {
    id: String,
    description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Rfcbot {
    #[serde(default)]
    exclude_members: Vec<String>,
}

#[derive(Deserialize)]
struct Website {
    description: String,
}

impl TeamFile {
    /// Makes the team, with names instead of texts.
    pub(super) fn into_team(self, file: &Path) -> Result<Team, ImportError> {
        let names = |place: &str, texts: &[String]| -> Result<BTreeSet<Name>, ImportError> {
            texts.iter().map(|text| name(file, place, text)).collect()
        };
        let (named, roles) = members(file, &self.people.members, &self.roles)?;
        Ok(Team {
            name: name(file, "name", &self.name)?,
            kind: self.kind,
            parent: self.subteam_of.map(|parent| name(file, "subteam-of", &parent)).transpose()?,
            top_level: self.top_level,
            description: self.website.map(|website| website.description).filter(|text| !text.trim().is_empty()),
            leads: names("people.leads", &self.people.leads)?,
            named,
            includes: self.people.includes(names("people.included-teams", &self.people.included_teams)?),
            roles,
            sign_off: self.rfcbot.map(|bot| names("rfcbot.exclude-members", &bot.exclude_members)).transpose()?,
            file: file.to_owned(),
        })
    }
}

impl People {
    fn includes(&self, teams: BTreeSet<Name>) -> Includes {
        let leads_of = [
            (self.include_team_leads, Kind::Team),
            (self.include_wg_leads, Kind::WorkingGroup),
            (self.include_project_group_leads, Kind::ProjectGroup),
        ];
        Includes {
            teams,
            leads_of: leads_of.into_iter().filter(|(included, _)| *included).map(|(_, kind)| kind).collect(),
            all_team_members: self.include_all_team_members,
            alumni: self.include_all_alumni,
        }
    }
}

type Roles = BTreeMap<Name, (String, BTreeSet<Name>)>;

/// The members whom a team names, and its roles with those who hold them.
fn members(file: &Path, members: &[Member], listed: &[Role]) -> Result<(BTreeSet<Name>, Roles), ImportError> {
    let (mut named, mut roles) = (BTreeSet::new(), Roles::new());
    for role in listed {
        roles.insert(name(file, "roles.id", &role.id)?, (role.description.clone(), BTreeSet::new()));
    }
    for member in members {
        let (handle, held): (_, &[String]) = match member {
            Member::Handle(github) => (github, &[]),
            Member::Roles { github, roles } => (github, roles),
        };
        let member = name(file, "people.members", handle)?;
        for role in held {
            let Some((_, holders)) = roles.get_mut(&name(file, "people.members.roles", role)?) else {
                let text = format!("'{handle}' has the role '{role}', which is not listed: add it under [[roles]]");
                return Err(problem(file, "people.members", text));
            };
            holders.insert(member.clone());
        }
        named.insert(member);
    }
    Ok((named, roles))
}
