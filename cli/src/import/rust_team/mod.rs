//! Reads a copy of rust-lang/team (`docs/toml-schema.md` there) and says who belongs to what.

mod file;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use folkmoot_protocol::name::Name;
use serde::de::DeserializeOwned;

pub(super) use self::file::Kind;
use self::file::{PersonFile, TeamFile};
use super::ImportError;

/// The group to which those at the top escalate.
pub(super) const COUNCIL: &str = "leadership-council";

/// The active teams and the people that they name.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// The folder it was read from.
    pub(super) folder: PathBuf,
    /// The active teams.
    pub(super) teams: BTreeMap<Name, Team>,
    /// The names of the files of archived teams.
    pub(super) archived: Vec<String>,
    /// Handles of active people and names of teams that are written otherwise there: here, and there.
    pub(super) renamed: BTreeSet<(Name, String)>,
    /// Everybody who has a file: the handle as it is written there.
    people: BTreeMap<Name, String>,
}

/// An active team.
#[derive(Debug)]
pub(super) struct Team {
    /// Its name.
    pub(super) name: Name,
    /// Its file.
    pub(super) file: PathBuf,
    /// What it is.
    pub(super) kind: Kind,
    /// The team that it is a part of.
    pub(super) parent: Option<Name>,
    /// It sends a representative to the council.
    pub(super) top_level: bool,
    /// What it does, where it says so.
    pub(super) description: Option<String>,
    /// Who leads it.
    pub(super) leads: BTreeSet<Name>,
    /// Members that it names itself.
    pub(super) named: BTreeSet<Name>,
    /// Members that it has from other teams.
    pub(super) includes: Includes,
    /// Its roles: what each is called, and who holds it.
    pub(super) roles: BTreeMap<Name, (String, BTreeSet<Name>)>,
    /// Members who do not sign off, if it has the right to.
    pub(super) sign_off: Option<BTreeSet<Name>>,
}

/// Members that a team has from other teams.
#[derive(Debug, Default)]
pub(super) struct Includes {
    /// All members of these teams.
    pub(super) teams: BTreeSet<Name>,
    /// The leads of all teams of these kinds.
    pub(super) leads_of: BTreeSet<Kind>,
    /// The members of all teams that are plain teams.
    pub(super) all_team_members: bool,
    /// Everybody who was a member once and is none now.
    pub(super) alumni: bool,
}

impl Includes {
    /// Says whether there are any.
    pub(super) fn any(&self) -> bool {
        !self.teams.is_empty() || !self.leads_of.is_empty() || self.all_team_members || self.alumni
    }
}

impl Data {
    /// Reads `folder`, which holds `teams/` and `people/`, and checks what the team tool checks of it:
    /// - each name once, handles whatever their case; every member has a file in `people/`
    /// - the teams that a team names exist, and being a part of another ends somewhere
    /// - leads are members; every role that a member has is listed
    ///
    /// # Errors
    /// The first file that does not fit, where, and what to do.
    pub(super) fn read(folder: &Path) -> Result<Self, ImportError> {
        let mut data = Self { folder: folder.to_owned(), ..Self::default() };
        for (file, person) in read_all::<PersonFile>(folder, "people")? {
            let name = name(&file, "github", &person.github)?;
            if let Some(other) = data.people.insert(name, person.github) {
                return Err(problem(&file, "github", format!("'{other}' has another file: keep one of the two")));
            }
        }
        for (file, team) in read_all::<TeamFile>(folder, "teams")? {
            let written = team.name.clone();
            let team = team.into_team(&file)?;
            data.note_name(&team.name, &written);
            if let Some(other) = data.teams.insert(team.name.clone(), team) {
                let other = other.file.display();
                return Err(problem(&file, "name", format!("'{written}' is also the name in {other}: rename one")));
            }
        }
        data.archived = archived(folder)?;
        data.teams.values().try_for_each(|team| data.check(team))?;
        data.note_handles();
        Ok(data)
    }

    /// The members of a team, as the team tool derives them (`Team::members`):
    /// - those that it names, those of the teams that it includes, and so on
    /// - the leads of all teams, working groups or project groups, if it includes them
    /// - the members of all plain teams, if it includes those
    ///
    /// Alumni are nobody here: who was a member once has no say now.
    pub(super) fn members(&self, team: &Name) -> BTreeSet<&Name> {
        let mut members = BTreeSet::new();
        let (mut seen, mut todo) = (BTreeSet::new(), vec![team]);
        while let Some(name) = todo.pop() {
            let Some(team) = self.teams.get(name).filter(|_| seen.insert(name)) else { continue };
            members.extend(&team.named);
            todo.extend(&team.includes.teams);
            for other in self.teams.values() {
                if team.includes.leads_of.contains(&other.kind) && other.name != team.name {
                    members.extend(&other.leads);
                }
                if team.includes.all_team_members && other.kind == Kind::Team {
                    todo.push(&other.name);
                }
            }
        }
        members
    }

    /// The nearest group above a team that has members: along the teams that it is a part of, then the council.
    pub(super) fn above(&self, team: &Team) -> Option<&Team> {
        let mut next = team.parent.as_ref();
        while let Some(above) = next.and_then(|name| self.teams.get(name)) {
            if !self.members(&above.name).is_empty() {
                return Some(above);
            }
            next = above.parent.as_ref();
        }
        self.teams.get(COUNCIL).filter(|council| council.name != team.name && !self.members(&council.name).is_empty())
    }

    fn note_name(&mut self, name: &Name, written: &str) {
        if name.as_str() != written {
            self.renamed.insert((name.clone(), written.to_owned()));
        }
    }

    fn note_handles(&mut self) {
        let active: BTreeSet<&Name> = self.teams.keys().flat_map(|team| self.members(team)).collect();
        let written = self.people.iter().filter(|(name, _)| active.contains(name));
        let written: Vec<_> = written.map(|(name, written)| (name.clone(), written.clone())).collect();
        written.iter().for_each(|(name, written)| self.note_name(name, written));
    }

    fn check(&self, team: &Team) -> Result<(), ImportError> {
        let members = self.members(&team.name);
        if let Some(lead) = team.leads.iter().find(|lead| !members.contains(lead)) {
            let text = format!("'{lead}' leads the team and is no member: name it in people.members too");
            return Err(problem(&team.file, "people.leads", text));
        }
        if let Some(member) = team.named.union(&team.leads).find(|member| !self.people.contains_key(*member)) {
            let text = format!("'{member}' has no file in people/: add it, or take the member out");
            return Err(problem(&team.file, "people.members", text));
        }
        if let Some(other) = team.includes.teams.iter().find(|other| !self.teams.contains_key(*other)) {
            let text = format!("'{other}' is no active team: take it out");
            return Err(problem(&team.file, "people.included-teams", text));
        }
        self.check_above(team)
    }

    fn check_above(&self, team: &Team) -> Result<(), ImportError> {
        let mut below = team;
        for _ in 0..=self.teams.len() {
            let Some(parent) = &below.parent else { return Ok(()) };
            below = self.teams.get(parent).ok_or_else(|| {
                let text = format!("'{parent}' is no active team: name one, or set top-level = true instead");
                problem(&below.file, "subteam-of", text)
            })?;
        }
        Err(problem(&team.file, "subteam-of", "runs in a circle: one of the teams must be at the top".to_owned()))
    }
}

/// Makes the name that a text in a file stands for: GitHub does not tell cases apart, and names here have one case.
fn name(file: &Path, place: &str, text: &str) -> Result<Name, ImportError> {
    let (file, place) = (file.to_owned(), place.to_owned());
    text.to_ascii_lowercase().parse().map_err(|source| ImportError::Name { file, place, source })
}

fn problem(file: &Path, place: &str, problem: String) -> ImportError {
    ImportError::Data { file: file.to_owned(), place: place.to_owned(), problem }
}

fn read_all<T: DeserializeOwned>(folder: &Path, part: &str) -> Result<Vec<(PathBuf, T)>, ImportError> {
    let mut all = Vec::new();
    for stem in stems(&folder.join(part))? {
        let file = folder.join(part).join(format!("{stem}.toml"));
        let text = fs::read_to_string(&file).map_err(|source| ImportError::File {
            file: file.clone(),
            todo: "it must be a text that you may read",
            source,
        })?;
        let read = toml::from_str(&text)
            .map_err(|source| ImportError::Toml { file: file.clone(), source: Box::new(source) })?;
        all.push((file, read));
    }
    Ok(all)
}

fn archived(folder: &Path) -> Result<Vec<String>, ImportError> {
    let folder = folder.join("teams/archive");
    if folder.is_dir() { stems(&folder) } else { Ok(Vec::new()) }
}

/// The names of the TOML files directly in `folder`, sorted, without `.toml`.
fn stems(folder: &Path) -> Result<Vec<String>, ImportError> {
    let error = |source| ImportError::File {
        file: folder.to_owned(),
        todo: "give a copy of rust-lang/team, which holds teams/ and people/",
        source,
    };
    let mut stems = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        stems.extend(name.to_str().and_then(|name| name.strip_suffix(".toml")).map(str::to_owned));
    }
    stems.sort();
    Ok(stems)
}
