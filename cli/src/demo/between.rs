//! Matters between groups in a scenario on real nodes: what their logs show, fetched and replayed here.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    charter::Host,
    federation::FederationAgreement,
    id::FederationId,
    matter::{Known, Matter, Standing},
    name::Name,
    replay::Replica,
    time::Timestamp,
};
use folkmoot_sim::{
    scenario::{Expectation, MatterStanding, Step},
    script::{Labels, Place},
};

use super::{fleet::until, people::Group};
use crate::{
    client::Client,
    cmd::CliError,
    logs::{fetch, replay},
};

/// The logs of all groups of a scenario, as one node shows them.
pub(super) struct Logs {
    own: Name,
    logs: BTreeMap<Name, Replica>,
}

impl Logs {
    /// Fetches them for a step about matters or terms, once the log of its group knows those that it names.
    pub(super) async fn of(step: &Step, groups: &BTreeMap<Name, Group>, labels: &Labels) -> Result<Self, CliError> {
        let missing = || CliError::Input(format!("there is no group '{}'", step.group));
        let group = groups.get(&step.group).ok_or_else(missing)?;
        let named: Vec<String> = step.all_effects().flat_map(|effect| effect.answers()).collect();
        until(&group.client, "a matter or terms that the group is to answer", async |client| {
            let own = read(client, group).await?;
            Ok(named.iter().all(|label| labels.is_known(label, &own)))
        })
        .await?;
        let mut logs = BTreeMap::new();
        for (name, other) in groups {
            // Groups outside the federation have logs that this node may not see.
            if let Ok(replica) = read(&group.client, other).await {
                logs.insert(name.clone(), replica);
            }
        }
        Ok(Self { own: step.group.clone(), logs })
    }
}

impl Place for Logs {
    fn host(&self, _: Option<&Name>, _: Option<&Name>) -> Option<Host> {
        None
    }

    fn federation(&self) -> Option<FederationId> {
        None
    }

    fn admission(&self, _: &Name) -> Option<FederationAgreement> {
        None
    }

    fn log(&self) -> Option<&Replica> {
        self.logs.get(&self.own)
    }

    fn log_of(&self, group: &Name) -> Option<&Replica> {
        self.logs.get(group)
    }
}

/// How a matter stands by what the groups' own logs hold, and who has enacted it.
#[derive(Default)]
struct Held {
    standing: Option<MatterStanding>,
    level: Option<u8>,
    enacted_by: Vec<Name>,
}

/// What is other than expected about a matter, once the logs have had time to say so.
pub(super) async fn check(
    expectation: &Expectation,
    groups: &BTreeMap<Name, Group>,
    labels: &Labels,
    now: impl Fn() -> Timestamp,
) -> Result<Option<String>, CliError> {
    let Some(label) = &expectation.matter else { return Ok(None) };
    let Some((matter, (_, sponsor))) = labels.matter(label).zip(labels.find(label)) else {
        return Ok(Some(format!("the matter '{label}' was never opened")));
    };
    let client = &groups[sponsor].client;
    let mut found = Held::default();
    let what = format!("the end of the matter '{label}'");
    let waited = until(client, &what, async |_| {
        found = held(groups, matter, now()).await?;
        Ok(found.is(expectation))
    });
    match waited.await {
        Ok(()) => Ok(None),
        Err(_) => Ok(Some(format!("the matter '{label}' ended otherwise: {}", found.words()))),
    }
}

async fn held(groups: &BTreeMap<Name, Group>, matter: &Matter, now: Timestamp) -> Result<Held, CliError> {
    let mut found = Held { standing: Some(MatterStanding::InDoubt), ..Held::default() };
    for (name, group) in groups {
        let replica = read(&group.client, group).await?;
        let Some(known) = known(&replica, matter) else { continue };
        if known.enacted.is_some() {
            found.enacted_by.push(name.clone());
        }
        let Some(consent) = replica.ties().consent_to(&matter.version) else { continue };
        match known.stands(&consent.agreement, now) {
            Standing::Adopted { level } => {
                (found.standing, found.level) = (Some(MatterStanding::Adopted), Some(level));
            }
            Standing::NotAdopted => found.standing = Some(MatterStanding::NotAdopted),
            Standing::Open { .. } | Standing::InDoubt => {}
        }
    }
    Ok(found)
}

impl Held {
    fn is(&self, expectation: &Expectation) -> bool {
        let mut enacted_by = expectation.enacted_by.clone();
        enacted_by.iter_mut().for_each(|groups| groups.sort());
        // Who did not consent needs no proof that others did not either, and holds none.
        let fits = |standing| {
            let unproved = standing == MatterStanding::NotAdopted && self.standing == Some(MatterStanding::InDoubt);
            unproved || self.standing == Some(standing)
        };
        expectation.standing.is_none_or(fits)
            && expectation.level.is_none_or(|level| self.level == Some(level))
            && enacted_by.is_none_or(|groups| self.enacted_by == groups)
    }

    fn words(&self) -> String {
        let standing = self.standing.map_or("none", MatterStanding::word);
        format!("{standing}, level {:?}, enacted by {:?}", self.level, self.enacted_by)
    }
}

async fn read(client: &Client, group: &Group) -> Result<Replica, CliError> {
    replay(&fetch(client, &group.log.to_string()).await?)
}

fn known<'a>(replica: &'a Replica, matter: &Matter) -> Option<&'a Known> {
    replica.dealings().matters.iter().find(|known| known.matter == *matter)
}
